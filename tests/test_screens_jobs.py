"""Repairs, visitors and parcels by keys: what was pressed, and the records that came of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import SQLModel, select
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, Static

from data.records import Event
from data.store import Store
from desk import visits
from desk.parcels import Parcel, TakenIn
from desk.repairs import Repair, Reported
from desk.residents import ConsentGiven
from desk.visits import Arrived, Visit
from screens.ask import Pick
from screens.counter import Counter
from screens.form import Form
from screens.repairs import Repairs
from tests.office import office, opened, until

Kept = TypeVar("Kept", bound=SQLModel)
ROOM = "3-2-501"
SCAN, SCAN_TOO = "SF1234567890123", "YT1234567890123"


def pressed(key: str) -> Key:
    """A key by its name or its character."""
    return Key(_character_to_key(key), key) if len(key) == 1 else Key(key, " " if key == "space" else None)


class Desk:
    """The program under somebody's fingers."""

    def __init__(self, pilot: Pilot[None], store: Store) -> None:
        self.pilot, self.store = pilot, store

    async def press(self, *keys: str) -> int:
        """Press keys faster than any hand: each is done before the next is given out. Gives how many."""
        await self.at_once(*keys)
        return len(keys)

    async def scan(self, text: str) -> int:
        """A scanner's burst with its Enter, or what is typed with an Enter: one gesture."""
        self.pilot.app.post_message(Paste(text))
        await self.pilot.press("enter")
        await self.pilot.pause()
        return 1

    async def at_once(self, *keys: str) -> None:
        """Every key on its way before the first has done anything."""
        for key in keys:
            self.pilot.app.post_message(pressed(key))
        await self.pilot.pause()
        await self.pilot.pause()

    async def household(self, room: str = ROOM) -> int:
        """Somebody stands there; gives the keys it took."""
        self.pilot.app.screen.query_one("#find", Input).value = ""
        return await self.press(*room.replace("-", ""))

    async def place(self, key: str) -> Counter:
        """Go to a job's own screen."""
        await self.press(key)
        screen = self.pilot.app.screen
        assert isinstance(screen, Counter)
        return screen

    def said(self, name: str) -> str:
        """The sentence beside a field, "" while it is hidden."""
        place = self.pilot.app.screen.query_one(f"#{name}-error", Static)
        return "" if place.has_class("hidden") else str(place.render())

    def typed(self, name: str) -> str:
        """What stands in a field."""
        return self.pilot.app.screen.query_one(f"#{name}", Input).value

    @property
    def form(self) -> Form:
        """The form on the glass."""
        assert isinstance(self.pilot.app.screen, Form)
        return self.pilot.app.screen

    @property
    def notices(self) -> str:
        """What was said in passing."""
        return "\n".join(one.message for one in self.pilot.app._notifications)

    def all(self, kind: type[Kept]) -> Sequence[Kept]:
        """Every record of a kind, in the order of their numbers."""
        with self.store.read() as read:
            return sorted(read.exec(select(kind)).all(), key=lambda one: str(getattr(one, "number", "")))


@asynccontextmanager
async def desk(
    home: Path, who: str = "王芳", before: Sequence[Event] = (), ago: timedelta = timedelta(), size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Desk]:
    """The desk with somebody at it; `before` happened `ago`, under the supervisor's hands."""
    store, staff = office(home)
    store.now = lambda: datetime.now().astimezone() - ago
    for event in before:
        store.act(event, staff["赵强"], "room:3-2-501" if isinstance(event, ConsentGiven) else None)
    async with opened(home, staff[who], size) as pilot:
        yield Desk(pilot, store)
    store.close()


def parcel(waybill: str, room: str = ROOM) -> TakenIn:
    """A parcel the household agreed to."""
    return TakenIn(courier="顺丰", room=room, waybill=waybill, consented=True)


LEAK = Reported(room=ROOM, category="水", problem="水管漏水", reporter="张秀兰")
FRIEND = Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", name="王先生")

# ── repairs ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_canned_repair_takes_five_keys_from_the_card(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        keys = await d.press("f3", "4", "1", "enter")
        assert d.typed("phone") == "138****1234"
        assert keys + await d.press("ctrl+s") <= 12
        (repair,) = d.all(Repair)
        assert (repair.room, repair.category, repair.problem) == (ROOM, "下水", "厨房下水堵了")
        assert (repair.reporter, repair.phone, repair.urgency, repair.channel) == ("张秀兰", "13800001234", "急修", "到访")


async def test_enter_alone_leads_through_a_repair(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household("3-2-502")
        assert await d.press("f3", "1", "1", *["enter"] * 6) <= 12
        (repair,) = d.all(Repair)
        assert (repair.room, repair.problem, repair.reporter, repair.phone) == ("3-2-502", "水龙头关不住", "王磊", "")


async def test_the_last_categories_are_reached_without_a_digit(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "left")
        assert d.typed("category") == "其他"
        await d.press("屋", "enter", "1", "enter", "ctrl+s")
        (repair,) = d.all(Repair)
        assert (repair.category, repair.problem, repair.urgency, repair.promised_arrive) == ("屋面外墙", "顶层漏雨", "工程", "")


async def test_a_changed_room_changes_who_reports_unless_somebody_wrote_there(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3")
        room = d.form.query_one("#room", Input)
        room.focus()
        room.value = "3-2-502"
        await d.press("enter")
        assert (d.typed("reporter"), d.typed("phone")) == ("王磊", "")
        d.form.query_one("#reporter", Input).value = "王太太"
        room.value = ROOM
        room.focus()
        await d.press("enter")
        assert (d.typed("reporter"), d.typed("phone")) == ("王太太", "138****1234")


async def test_a_public_place_is_reported_by_who_saw_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await d.place("f3")
        await d.press("f8")
        await d.scan("公共电梯3")
        await d.press("5", "1", "enter")
        await d.scan("保洁老孙")
        await d.press("ctrl+s")
        (repair,) = d.all(Repair)
        assert (repair.room, repair.problem, repair.reporter, repair.urgency) == ("公共-电梯3", "困人", "保洁老孙", "特急")


async def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("f3")
        await d.press("f8")
        await d.scan("9-9-999[/]")
        assert "没有" in d.said("room") and d.typed("room") == "9-9-999[/]"
        d.form.query_one("#room", Input).value = ""
        await d.scan("32501")
        await d.press("1", *"漏", "ctrl+s")
        assert "至少两个字" in d.said("problem") and d.typed("problem") == "漏" and d.typed("category") == "水"
        assert d.form.focused is d.form.query_one("#problem")
        await d.press("水", "ctrl+s")
        assert [repair.problem for repair in d.all(Repair)] == ["漏水"]


async def test_two_saves_at_once_make_one_repair(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "1", "1", "enter")
        await d.at_once("ctrl+s", "ctrl+s", "ctrl+s")
        assert len(d.all(Repair)) == 1
        assert len(d.pilot.app.screen_stack) == 1


async def test_an_open_repair_is_urged_by_one_digit(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LEAK]) as d:
        await d.household()
        await d.press("f3")
        assert isinstance(d.pilot.app.screen, Pick)
        await d.at_once("1", "1")
        (repair,) = d.all(Repair)
        assert repair.urged == 1
        assert len(d.pilot.app.screen_stack) == 1


@pytest.mark.parametrize(("answer", "urged", "orders"), [("1", 1, 1), ("2", 0, 2)])
async def test_a_second_order_for_the_same_thing_is_asked_about(tmp_path: Path, answer: str, urged: int, orders: int) -> None:
    async with desk(tmp_path, before=[LEAK]) as d:
        await d.household()
        await d.press("f3", "2", "1", "1", "enter", "ctrl+s")
        assert "已有 A2" in d.said("again") and d.form.focused is d.form.query_one("#again")
        await d.press(answer, "ctrl+s")
        found = d.all(Repair)
        assert (len(found), sum(repair.urged for repair in found)) == (orders, urged)


async def test_a_repair_goes_its_way_by_f9(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LEAK]) as d:
        await d.place("f3")
        await d.press("f9")
        await d.scan("刘师傅")
        await d.scan("13700000000")
        assert [(one.state, one.worker, one.worker_phone) for one in d.all(Repair)] == [("已派工", "刘师傅", "13700000000")]
        await d.press("f9", "1")
        await d.scan("23:59")
        if datetime.now().strftime("%H:%M") < "23:59":
            assert "还没到" in d.said("at")
        d.form.query_one("#at", Input).value = ""
        await d.press("enter", "f9", "1", "enter")
        assert [(one.state, one.result) for one in d.all(Repair)] == [("已完工", "已修好")]
        await d.press("f9", "enter", "enter")
        assert "评价" in d.said("rating")
        await d.press("5", "enter")
        assert [(one.state, one.rating) for one in d.all(Repair)] == [("已关闭", 5)]
        await d.press("f9")
        assert "已经了结" in d.notices


async def test_a_worker_sent_before_stands_by_digit_with_the_phone(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LEAK, LEAK.model_copy(update={"room": "3-2-502"})]) as d:
        await d.place("f3")
        await d.press("f9")
        await d.scan("刘师傅")
        await d.scan("13700000000")
        screen = d.pilot.app.screen
        assert isinstance(screen, Repairs)
        screen.mark(next(one.id for one in d.all(Repair) if one.state == "已登记"))
        await d.press("f9", "1", "enter", "enter")
        assert {(one.worker, one.worker_phone) for one in d.all(Repair)} == {("刘师傅", "13700000000")}


async def test_urging_and_cancelling_work_from_the_search_box(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LEAK]) as d:
        screen = await d.place("f3")
        assert isinstance(screen.focused, Input)
        await d.press("ctrl+u", "enter")
        await d.press("ctrl+d", "3", "enter")
        assert [(one.urged, one.state, one.reason) for one in d.all(Repair)] == [(1, "已取消", "误报")]
        await d.press("ctrl+u")
        assert "不能再催办" in d.notices


async def test_a_guard_is_told_who_dispatches(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[LEAK]) as d:
        await d.place("f3")
        await d.press("f9")
        assert "您的岗位" in d.notices
        assert isinstance(d.pilot.app.screen, Repairs)


async def test_what_people_type_is_no_markup(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LEAK.model_copy(update={"problem": "[/red]坏了[b", "reporter": "[bold]"})]) as d:
        screen = await d.place("f3")
        assert str(screen.table.get_cell_at((0, 2))) == "[/red]坏了[b"  # type: ignore[arg-type]
        await d.press("f9")
        assert "[/red]" in str(d.form.query_one(".form-lead", Static).render())
        await d.press("escape")
        await d.press(*"坏了")
        assert screen.table.row_count == 1


# ── visitors ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_guard_lets_a_friend_in_with_nine_keys(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        keys = await d.household()
        keys += await d.press("f4", "1", "3", "enter")
        assert keys <= 9
        (visit,) = d.all(Visit)
        assert (visit.room, visit.category, visit.confirmed_by, visit.state) == (ROOM, "访友", "对讲已同意", "在场")
        assert visit.opened_by != ""


async def test_a_delivery_is_called_what_it_is(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        keys = await d.household() + await d.press("f4", "2", "7", "enter")
        assert keys <= 9
        assert [(one.name, one.confirmed_by) for one in d.all(Visit)] == [("外卖员", "门岗放行")]


async def test_a_clerk_is_asked_how_to_call_a_friend(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f4", "1", "2", "enter", "2", "enter")
        assert [(one.name, one.confirmed_by) for one in d.all(Visit)] == [("女士", "电话已同意")]


async def test_movers_leave_a_phone_and_keep_what_was_typed(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f4", "7")
        await d.scan("蚂蚁搬家")
        await d.press("2", "enter")
        assert "电话" in d.said("phone") and d.typed("name") == "蚂蚁搬家" and not d.all(Visit)
        await d.press(*"13812345678", "ctrl+s")
        assert [(one.name, one.phone) for one in d.all(Visit)] == [("蚂蚁搬家", "13812345678")]


async def test_more_may_be_noted_and_an_hour_is_enough(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("f4")
        await d.press("f8")
        await d.scan("公共")
        await d.press("8", "enter", "6", "tab")
        d.form.query_one("#headcount", Input).value = "3"
        d.form.query_one("#leave_by", Input).value = "0:05"
        await d.press("ctrl+s")
        (visit,) = d.all(Visit)
        tomorrow = datetime.now() + timedelta(days=datetime.now().strftime("%H:%M") >= "00:05")
        assert (visit.room, visit.headcount, visit.leave_by) == (visits.OFFICE, 3, f"{tomorrow:%Y-%m-%d}T00:05")


async def test_two_enters_at_once_let_one_visitor_in(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await d.household()
        await d.press("f4", "1", "3")
        await d.at_once("enter", "enter")
        assert len(d.all(Visit)) == 1


async def test_who_stays_too_long_is_first_and_marked_by_a_word(tmp_path: Path) -> None:
    rider = Arrived(room="3-2-502", category="外卖", confirmed_by="门岗放行", name="外卖员")
    police = Arrived(room=ROOM, category="公务", confirmed_by="免确认公务", name="民警")
    async with desk(tmp_path, "老周", before=[police, rider], ago=timedelta(minutes=82)) as d:
        screen = await d.place("f4")
        assert str(screen.table.get_cell_at((0, 3))).startswith("! 超时 +5")  # type: ignore[arg-type]
        await d.press("f9")
        assert {one.name: one.state for one in d.all(Visit)}["外卖员"] == "已离开"
        assert "已签离 A3" in d.notices


async def test_who_is_turned_away_is_noted_with_the_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await d.place("f4")
        await d.press("ctrl+d")
        await d.scan("32501")
        await d.press("9", "2", "enter")
        assert [(one.state, one.reason, one.category) for one in d.all(Visit)] == [("已拒绝", "无法联系", "其他")]


async def test_a_guard_sees_no_money_in_the_jobs(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[LEAK, FRIEND, parcel(SCAN)]) as d:
        for key in ("f3", "f4", "f5"):
            screen = await d.place(key)
            shown = str(screen.query_one("#detail", Static).render())
            assert ROOM in shown and "欠" not in shown and "￥" not in shown and "13800001234" not in shown


# ── parcels ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_parcels_go_in_one_after_another(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[ConsentGiven(parcels="是")]) as d:
        await d.place("f5")
        await d.press("f8")
        assert await d.scan(SCAN) + await d.press(*"32501", "enter") <= 7
        assert (d.typed("waybill"), d.typed("room"), d.form.focused) == ("", "", d.form.query_one("#waybill"))
        await d.scan(SCAN_TOO)
        await d.scan("+")
        assert [(one.waybill, one.room, one.courier, one.addressee) for one in d.all(Parcel)] == [
            (SCAN, ROOM, "顺丰", "张秀兰"),
            (SCAN_TOO, ROOM, "圆通", "张秀兰"),
        ]
        shown = str(d.form.query_one("#taken", Static).render())
        assert "已入 2 件" in shown and all(one.code in shown for one in d.all(Parcel))
        await d.press("escape")
        assert isinstance(d.pilot.app.screen, Counter)


async def test_a_courier_chosen_once_stays_for_the_cart(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[ConsentGiven(parcels="是")]) as d:
        await d.place("f5")
        await d.press("f8")
        await d.scan("1234567890")
        await d.scan("32501")
        assert "快递公司" in d.said("courier") and not d.all(Parcel)
        await d.press("4", "enter")
        await d.scan(SCAN)
        await d.scan("+")
        await d.scan("1234567891")
        await d.scan("+")
        assert [one.courier for one in d.all(Parcel)] == ["申通", "顺丰", "申通"]


async def test_two_saves_at_once_take_one_parcel_in(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[ConsentGiven(parcels="是")]) as d:
        await d.household()
        await d.press("f5")
        await d.scan(SCAN)
        await d.at_once("ctrl+s", "ctrl+s", "enter")
        assert len(d.all(Parcel)) == 1
        assert d.said("waybill") == d.said("room") == ""


async def test_a_household_that_wants_to_be_asked_is_asked(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f5")
        await d.scan(SCAN)
        await d.press("enter")
        assert "请先打电话" in d.said("consented") and d.typed("waybill") == SCAN
        await d.press("2", "enter")
        assert "请先打电话" in d.said("consented") and not d.all(Parcel)
        await d.press("1", "enter")
        assert len(d.all(Parcel)) == 1


async def test_a_household_that_refuses_is_refused_beside_the_room(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[ConsentGiven(parcels="否")]) as d:
        await d.household()
        await d.press("f5")
        await d.scan(SCAN)
        await d.press("enter")
        assert "不同意代收" in d.said("room") and d.typed("waybill") == SCAN and not d.all(Parcel)


async def test_a_parcel_scanned_twice_is_heard_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        await d.place("f5")
        await d.press("f8")
        await d.scan(SCAN.lower())
        assert "已在库" in d.said("waybill") and d.form.focused is d.form.query_one("#waybill")
        await d.scan(SCAN_TOO)
        assert d.typed("waybill") == SCAN_TOO


async def test_shelves_are_proposed_or_said(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[ConsentGiven(parcels="是")]) as d:
        await d.household()
        await d.press("f5")
        await d.scan(SCAN)
        shelf = d.form.query_one("#shelf", Input)
        shelf.value = "里间"
        await d.press("ctrl+s")
        assert "架-层" in d.said("shelf") and d.typed("shelf") == "里间"
        shelf.value = "7-3"
        await d.press("ctrl+s")
        assert [(one.shelf, one.layer) for one in d.all(Parcel)] == [(7, 3)]


async def test_all_parcels_of_a_household_go_out_in_five_keys(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[parcel(SCAN), parcel(SCAN_TOO), parcel("JT1234567890123", "3-2-502")]) as d:
        await d.household()
        assert await d.press("f5", "1", "1", "enter") + await d.scan("0001") <= 6
        assert [(one.state, one.by_whom, one.proof) for one in d.all(Parcel)] == [
            ("已取", "本人", "取件码"),
            ("已取", "本人", "取件码"),
            ("待取", "", ""),
        ]
        assert "已取走 2 件" in d.notices


async def test_one_may_be_left_and_a_proxy_has_a_name(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN), parcel(SCAN_TOO)]) as d:
        await d.place("f5")
        await d.press("f9", "ctrl+g", "1", "ctrl+s")
        assert d.said("by_whom") and not [one for one in d.all(Parcel) if one.state == "已取"]
        await d.press("3", "enter", "enter", "4", "enter")
        assert "代取" in d.said("name")
        await d.scan("老孙")
        await d.press("1", "enter", "ctrl+s")
        assert [(one.waybill, one.state, one.picker, one.relation) for one in d.all(Parcel)] == [
            (SCAN, "待取", "", ""),
            (SCAN_TOO, "已取", "老孙", "邻居"),
        ]


async def test_nothing_ticked_hands_nothing_out(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        await d.place("f5")
        await d.press("f9", "ctrl+g", "space", "tab", "1", "4", "enter")
        assert "至少勾选一件" in d.said("form")
        assert [one.state for one in d.all(Parcel)] == ["待取"]


async def test_two_enters_at_once_hand_out_once(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        await d.household()
        await d.press("f5", "2", "4")
        await d.at_once("enter", "enter", "ctrl+s")
        assert [(one.state, one.by_whom, one.doubt) for one in d.all(Parcel)] == [("已取", "家人", "")]
        assert "已经" not in d.notices


async def test_a_parcel_is_told_of_and_goes_back(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)], ago=timedelta(days=8)) as d:
        screen = await d.place("f5")
        assert str(screen.table.get_cell_at((0, 3))) == "! 超7天"  # type: ignore[arg-type]
        await d.press("ctrl+u", "4")
        await d.press("ctrl+d", "1", "enter")
        await d.scan("小李")
        assert "通知两次" in d.said("reason") and d.typed("courier") == "小李"
        d.form.query_one("#reason", Input).value = "住户拒收"
        await d.press("ctrl+s")
        assert [(one.notices, one.state, one.reason, one.picker) for one in d.all(Parcel)] == [(1, "已退", "住户拒收", "小李")]


async def test_a_guard_takes_no_parcels_in(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await d.household()
        await d.press("f5")
        assert "门岗不收快递" in d.notices and len(d.pilot.app.screen_stack) == 1


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_columns_fit_the_glass(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, before=[LEAK, FRIEND, parcel(SCAN)], size=size) as d:
        for key in ("f3", "f4", "f5"):
            table = (await d.place(key)).query_one("#rows", DataTable)
            await until(d.pilot, lambda table=table: table.row_count == 1)
            assert table.virtual_size.width <= table.scrollable_content_region.width
            assert all(column.width % 2 == 0 for column in table.columns.values())


async def test_a_text_finds_by_room_name_and_number(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LEAK, FRIEND, parcel(SCAN), parcel(SCAN_TOO, "3-2-502")]) as d:
        for key, texts in (("f3", ("A2", "32501", "水管")), ("f4", ("A3", "32501", "王先")), ("f5", ("A4", "32501", "0123"))):
            screen = await d.place(key)
            for text in texts:
                screen.query_one("#find", Input).value = text
                await d.pilot.pause()
                assert screen.table.row_count >= 1, text
            screen.query_one("#find", Input).value = "没有这个"
            await d.pilot.pause()
            assert screen.table.row_count == 0


async def test_a_half_written_form_waits_while_another_job_is_done(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("f3")
        await d.press("f8")
        await d.scan("32501")
        await d.place("f4")
        await d.press("f3")
        assert d.typed("room") == ROOM
        await d.press("escape", "1")
        assert d.typed("room") == ROOM
        await d.press("escape", "2")
        assert isinstance(d.pilot.app.screen, Repairs) and not d.all(Repair)
