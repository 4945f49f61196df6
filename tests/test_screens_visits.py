"""Visitors and their leave by keys: how many were pressed, what was said when something was wrong, and what came of it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import DataTable, Input, Static

from data.entry import check_letters
from data.records import Actor, Event, Refused
from data.store import Store
from desk import bills, bookings, find, household
from desk.barrings import Barred, Barring
from desk.bookings import Booked, Booking
from desk.inquiries import Inquiry, Opened
from desk.permits import Granted, Permit
from desk.releases import Issued, Item, Release, ReleaseItem
from desk.residents import PersonChanged
from desk.staff import COMMAND_LINE
from desk.visits import Arrived, Visit
from screens.access import Access
from screens.ask import Pick
from screens.visits import Visits
from tests.office import office
from tests.test_screens_jobs import FRIEND, ROOM, Desk, desk

NOW = datetime.now()
NEXT_YEAR = f"{NOW + timedelta(days=300):%Y-%m-%d}"
SOON = f"{NOW + timedelta(hours=3):%Y-%m-%dT%H:%M}"
CARER = Granted(room=ROOM, relation="保姆", name="小陈", until=NEXT_YEAR, how="业主当面", said_by="张秀兰")
GUEST = Booked(room=ROOM, name="陈先生", headcount=2, plate="京A12345", until=SOON, said_by="张秀兰")
NOBODY = Barred(room=ROOM, sort="住户不接待", until=NEXT_YEAR, said_by="张秀兰", reason="和前夫有官司")
SOFA = Issued(room=ROOM, way="搬出", items=(Item(what="沙发", large=True),), how="业主当面", said_by="张秀兰", until=SOON)
GROUP = Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", name="合唱队", headcount=20)


def code_of(d: Desk) -> str:
    return d.all(Booking)[0].code


async def typed_at_the_list(d: Desk, text: str) -> int:
    """What is typed into the search box of the visits."""
    await d.place("f4")
    box = d.pilot.app.screen.query_one("#find", Input)
    box.value = ""
    box.focus()
    return await d.press(*text)


# ── in ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_visitor_at_night_takes_nine_keys_from_the_list(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        keys = await typed_at_the_list(d, "32501")
        keys += await d.press("f8", "1", "3", "enter")
        assert keys == 9
        assert [(one.room, one.category, one.confirmed_by) for one in d.all(Visit)] == [(ROOM, "访友", "对讲已同意")]


async def test_the_permitted_come_in_by_one_digit(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[CARER]) as d:
        keys = await typed_at_the_list(d, "32501") + await d.press("f8")
        shown = str(d.form.row("known").query_one(".options", Static).render())
        assert shown.startswith("1保姆 小陈 每天") and "2其他来访" in shown
        keys += await d.press("1", "enter")
        assert keys == 8
        (visit,), (permit,) = d.all(Visit), d.all(Permit)
        assert (visit.permit, visit.name, visit.category, visit.confirmed_by) == (permit.id, "小陈", "家政护工", "长期授权")


async def test_from_the_card_too_and_others_of_that_flat_one_digit_later(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[CARER]) as d:
        keys = await d.household() + await d.press("f4", "2", "1", "3", "enter")
        assert keys == 10
        assert [(one.permit, one.category) for one in d.all(Visit)] == [("", "访友")]


async def test_another_choice_takes_the_permitted_back(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[CARER]) as d:
        await d.household()
        await d.press("f4", "1")
        assert (d.typed("name"), d.typed("confirmed_by")) == ("小陈", "长期授权")
        d.form.query_one("#known").focus()
        await d.press("2")
        assert (d.typed("name"), d.typed("confirmed_by"), d.typed("category")) == ("", "", "")
        room = d.form.query_one("#room", Input)
        room.focus()
        room.value = "3-2-502"
        await d.press("enter")
        assert not d.form.row("known").display, "another household, another leave"


async def test_who_says_they_are_permitted_and_are_not_is_refused_beside_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await d.household()
        await d.press("f4", "4", "5", "enter")
        assert "现在没有有效的长期授权；请电话或对讲问住户" in d.said("confirmed_by") and not d.all(Visit)
        await d.press("3", "enter")
        assert [one.confirmed_by for one in d.all(Visit)] == ["对讲已同意"]


async def test_four_digits_let_a_guest_in_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GUEST]) as d:
        code = code_of(d)
        keys = await typed_at_the_list(d, code) + await d.press("enter")
        assert (d.typed("room"), d.typed("name"), d.typed("headcount"), d.typed("plate")) == (ROOM, "陈先生", "2", "京A12345")
        keys += await d.press("enter")
        assert keys == 6
        (visit,), (booking,) = d.all(Visit), d.all(Booking)
        assert (visit.booking, visit.confirmed_by, booking.state) == (booking.id, "预约码", "已到")
        await typed_at_the_list(d, code)
        await d.press("enter")
        assert "用过；又来的请电话" in d.notices and len(d.all(Visit)) == 1


async def test_a_code_typed_where_the_room_stands_fills_the_form(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GUEST]) as d:
        await d.place("f4")
        await d.press("f8")
        await d.scan("9999")
        assert "没有预约码 9999" in d.said("room") and d.typed("room") == "9999"
        d.form.query_one("#room", Input).value = ""
        await d.scan(code_of(d))
        assert (d.typed("room"), d.form.focused) == (ROOM, d.form.query_one("#confirmed_by"))
        await d.press("enter")
        assert [one.state for one in d.all(Booking)] == ["已到"]


async def test_another_room_than_the_code_s_forgets_the_code(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GUEST]) as d:
        await d.place("f4")
        await d.press("f8")
        await d.scan(code_of(d))
        room = d.form.query_one("#room", Input)
        room.focus()
        room.value = "3-2-502"
        await d.press("ctrl+s")
        assert "4 位预约码" in d.said("confirmed_by") and not d.all(Visit)
        assert [one.state for one in d.all(Booking)] == ["预约"]


async def test_two_enters_at_once_use_a_code_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GUEST]) as d:
        await typed_at_the_list(d, code_of(d))
        await d.press("enter")
        await d.at_once("enter", "enter", "ctrl+s")
        assert len(d.all(Visit)) == 1 and [one.doubt for one in d.all(Booking)] == [""]


async def test_a_code_at_the_counter_lets_in_and_a_phone_of_the_same_end_is_found_as_well(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GUEST]) as d:
        code = code_of(d)
        d.store.act(PersonChanged(phone=f"1380000{code}"), COMMAND_LINE, "p-3-2-502-0")
        await d.press(*code)
        home = d.pilot.app.screen
        titles = [one.title for one in home.found]  # type: ignore[attr-defined]
        assert any("预约码" in one for one in titles) and any("王磊" in one for one in titles)
        await d.press("enter", "enter")
        assert [(one.room, one.confirmed_by) for one in d.all(Visit)] == [(ROOM, "预约码")]


@pytest.mark.parametrize("who", ["老周", "王芳"])
async def test_a_household_that_receives_nobody_is_refused_with_the_kind_of_reason_alone(tmp_path: Path, who: str) -> None:
    async with desk(tmp_path, who, before=[NOBODY]) as d:
        await d.household()
        await d.press("f4", "1", "2", "enter") if who == "老周" else await d.press("f4", "1", "1", "enter", "2", "enter")
        assert "一律不接待（住户不接待，A2）：请电话问住户" in d.said("room") and not d.all(Visit)
        await d.press("escape", "2")
        d.pilot.app.switch_mode("access")
        await d.pilot.pause()
        shown = str(d.pilot.app.screen.query_one("#detail", Static).render())
        assert "住户不接待" in shown and "前夫" not in shown
        await d.press("ctrl+o", "1")
        assert "只有主管可以看" in d.notices and "前夫" not in d.notices


# ── out ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_scanned_slip_signs_out_once_and_says_so_twice(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        done = d.store.act(FRIEND, COMMAND_LINE)
        token = f"{done.record.number}.{check_letters(done.link)}"
        await d.place("f4")
        assert await d.scan(token) == 1
        assert [one.state for one in d.all(Visit)] == ["已离开"] and "已签离" in d.notices
        d.pilot.app.screen.query_one("#find", Input).value = ""
        await d.scan(token.lower())
        assert "签离，不用再签；又来了请新登记" in d.notices


async def test_a_number_that_is_nobody_s_and_digits_that_are_no_code_go_to_the_list(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[FRIEND]) as d:
        for text in ("A99", "8888", "32501"):
            await typed_at_the_list(d, text)
            await d.press("enter")
            assert ("没有预约码 8888；请再问一遍" in d.notices) or text != "8888"
            assert isinstance(d.pilot.app.screen, Visits) and isinstance(d.pilot.app.focused, DataTable)
        assert [one.state for one in d.all(Visit)] == ["在场"]


async def test_a_guest_stays_the_night(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[FRIEND]) as d:
        await d.place("f4")
        await d.press("ctrl+o", "5")
        d.form.query_one("#until", Input).value = "昨天"
        await d.press("ctrl+s")
        assert "不是时间" in d.said("until")
        d.form.query_one("#until", Input).value = ""
        await d.press("ctrl+s")
        tomorrow = f"{datetime.now() + timedelta(days=1):%Y-%m-%d}"
        assert [(one.leave_by, one.stays) for one in d.all(Visit)] == [(f"{tomorrow}T12:00", True)]
        assert "留宿" in d.notices and "留宿" in str(d.pilot.app.screen.query_one("#detail", Static).render())


async def test_a_group_goes_out_as_many_as_they_were(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GROUP]) as d:
        await d.place("f4")
        await d.press("ctrl+o", "6")
        count = d.form.query_one("#headcount", Input)
        count.value = "很多"
        await d.press("enter")
        assert "整数" in d.said("headcount")
        count.value = "18"
        await d.press("enter")
        assert [(one.state, one.headcount) for one in d.all(Visit)] == [("已离开", 18)]


async def test_the_supervisor_goes_through_who_was_never_seen_leaving(tmp_path: Path) -> None:
    three = [
        FRIEND.model_copy(update={"name": name, "room": room}) for name, room in (("甲", ROOM), ("乙", ROOM), ("丙", ROOM))
    ]
    async with desk(tmp_path, "赵强", before=three, ago=timedelta(days=2)) as d:
        await d.place("f4")
        await d.press("ctrl+o")
        menu = d.pilot.app.screen
        assert isinstance(menu, Pick)
        await d.press(str(menu.answers.index("主管：系统签离、调取登记") + 1), "1", "1", "2", "3", "enter", "enter")
        found = {one.name: (one.state, one.left_at, one.stays) for one in d.all(Visit)}
        assert found == {"甲": ("系统签离", "", False), "乙": ("在场", "", False), "丙": ("在场", "", True)}
        assert "都看过了" in d.notices


async def test_a_guard_is_not_offered_what_is_the_supervisor_s(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[GROUP]) as d:
        await d.place("f4")
        await d.press("ctrl+o")
        menu = d.pilot.app.screen
        assert isinstance(menu, Pick)
        assert menu.answers == ("预约", "放行条", "不放行名单", "看出入授权", "留宿（住户已知）", "签离并更正人数")


async def test_the_menu_fits_nine_digits(tmp_path: Path) -> None:
    async with desk(tmp_path, "赵强", before=[GROUP]) as d:
        await d.place("f4")
        await d.press("ctrl+o")
        menu = d.pilot.app.screen
        assert isinstance(menu, Pick) and len(menu.answers) <= 8, "one more where there is something to check"


# ── leave ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_permission_is_registered_by_digits(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await typed_at_the_list(d, "32501")
        await d.press("ctrl+o", "2", "2")
        await d.scan("小陈")
        days = d.form.query_one("#days", Input)
        days.value = "一三五"
        await d.press("enter")
        d.form.query_one("#hours", Input).value = "早上"
        await d.press("enter", "4", "enter", "1", "enter", "1", "ctrl+s")
        assert "8-18" in d.said("hours") and d.typed("days") == "一三五" and d.typed("said_by") == "张秀兰"
        d.form.query_one("#hours", Input).value = "3"
        await d.press("ctrl+s")
        (permit,) = d.all(Permit)
        assert (permit.relation, permit.name, permit.days, permit.hours) == ("保姆", "小陈", "135", "08:00-18:00")
        assert permit.until == f"{datetime.now() + timedelta(days=365):%Y-%m-%d}" and permit.said_by == "张秀兰"


async def test_a_booking_gives_its_code_to_say(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await typed_at_the_list(d, "32501")
        await d.press("ctrl+o", "1", "1", "enter", "enter", "enter")
        (booking,) = d.all(Booking)
        assert f"预约码 {booking.code}，请告诉客人" in d.notices
        assert (booking.room, booking.category, booking.until[11:]) == (ROOM, "访友", "23:59")


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [("明天 18:00", "22:00", ("18:00", "22:00", 1, 1)), ("明天", "", ("00:00", "23:59", 1, 1)),
     ("明天 9:00", "后天", ("09:00", "23:59", 1, 2))],
)  # fmt: skip
async def test_times_as_people_say_them(tmp_path: Path, since: str, until: str, kept: tuple[str, str, int, int]) -> None:
    async with desk(tmp_path, "老周") as d:
        await typed_at_the_list(d, "32501")
        await d.press("ctrl+o", "1", "1")
        d.form.query_one("#since", Input).value = since
        d.form.query_one("#until", Input).value = until
        await d.press("ctrl+s")
        (booking,) = d.all(Booking)
        first, last = (f"{datetime.now() + timedelta(days=n):%Y-%m-%d}" for n in kept[2:])
        assert (booking.since, booking.until) == (f"{first}T{kept[0]}", f"{last}T{kept[1]}")


async def test_goods_pass_the_gate_whatever_the_household_owes(tmp_path: Path) -> None:
    """3-2-501 owes three months: nobody asks, nothing shows it, and the goods go (民法典 §944; domain.md d-14)."""
    async with desk(tmp_path, "老周") as d:
        await typed_at_the_list(d, "32501")
        await d.press("ctrl+o", "2", "1")
        await d.scan("冰箱 大件，纸箱 12")
        await d.press("1", "enter", "1", "enter")
        (release,) = d.all(Release)
        assert (release.way, release.said_by, release.how, release.state) == ("搬出", "张秀兰", "业主当面", "待放行")
        assert [(one.what, one.count, one.large) for one in d.all(ReleaseItem)] == [("冰箱", 1, True), ("纸箱", 12, False)]
        d.pilot.app.switch_mode("access")
        await d.pilot.pause()
        shown = str(d.pilot.app.screen.query_one("#detail", Static).render())
        assert "冰箱（大件）、纸箱 12" in shown and "欠" not in shown and "￥" not in shown
        await d.press("f9")
        await d.at_once("enter", "enter", "ctrl+s")
        assert [(one.state, one.doubt) for one in d.all(Release)] == [("已放行", "")]
        await d.press("f9")
        assert "已在" in d.notices and "还有东西要搬请新开一张" in d.notices


async def test_a_slip_of_goods_scanned_at_the_visits_or_at_the_counter_is_looked_at(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[CARER, SOFA]) as d:
        for place in ("f4", "f2"):
            await d.press(place)
            d.pilot.app.screen.query_one("#find", Input).value = ""
            await d.scan("A3.ABCD")
            await d.pilot.pause()
            screen = d.pilot.app.screen
            assert isinstance(screen, Access) and screen.marked().id == d.all(Release)[0].id
        await d.press("f9", "enter")
        assert [one.state for one in d.all(Release)] == ["已放行"]


async def test_goods_without_a_piece_are_asked_for_beside_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await typed_at_the_list(d, "32501")
        await d.press("ctrl+o", "2", "1", "enter", "1", "enter", "1", "enter")
        assert "一样一样写" in d.said("items") and not d.all(Release)
        d.form.query_one("#items", Input).value = "纸箱 0"
        await d.press("ctrl+s")
        assert "数量" in d.said("items")


async def test_everything_of_leave_stands_in_one_list_and_is_taken_back_there(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[CARER, GUEST, SOFA, NOBODY]) as d:
        d.pilot.app.switch_mode("access")
        await d.pilot.pause()
        screen = d.pilot.app.screen
        assert isinstance(screen, Access) and screen.table.row_count == 4
        for kind, keys in ((Permit, ("1", "1", "enter")), (Booking, ("1", "1", "enter")), (Release, ("1", "1", "enter"))):
            screen.mark(d.all(kind)[0].id)
            await d.press("ctrl+o", *keys)
        screen.mark(d.all(Barring)[0].id)
        await d.press("f9")
        await d.scan("张秀兰")
        await d.press("1", "enter")
        states = [d.all(kind)[0].state for kind in (Permit, Booking, Release, Barring)]
        assert states == ["已终止", "已取消", "已作废", "已撤销"]
        for kind in (Permit, Booking, Release, Barring):
            screen.mark(d.all(kind)[0].id)
            await d.press("f9")
            assert len(d.pilot.app.screen_stack) == 1
        assert d.notices.count("请") >= 4, "each says what is possible"


@pytest.mark.parametrize("text", ["小陈", "陈先生", "沙发", "看房", "32501", "京A1", "授权", "放行条", "A2", "A3"])
async def test_leave_is_found_by_what_people_say(tmp_path: Path, text: str) -> None:
    agents = NOBODY.model_copy(update={"category": "看房中介"})
    async with desk(tmp_path, before=[CARER, GUEST, SOFA, agents]) as d:
        d.pilot.app.switch_mode("access")
        await d.pilot.pause()
        screen = d.pilot.app.screen
        assert isinstance(screen, Access)
        screen.query_one("#find", Input).value = text
        await d.pilot.pause()
        assert 1 <= screen.table.row_count <= 4
        screen.query_one("#find", Input).value = "没有这个"
        await d.pilot.pause()
        assert screen.table.row_count == 0


async def test_the_police_are_given_what_they_ask_by_the_supervisor_alone(tmp_path: Path) -> None:
    async with desk(tmp_path, "赵强") as d:
        d.pilot.app.switch_mode("access")
        await d.pilot.pause()
        await d.press("f8", "5")
        today = f"{datetime.now():%m-%d}"
        for text in ("明强派出所", "警号 012345", "", today, today, "昨晚 3 栋来访", "打印 3 条"):
            await d.scan(text) if text else await d.press("enter")
        assert "没有文书的不能调取" in d.said("document") and not d.all(Inquiry)
        d.form.query_one("#document", Input).value = "明公调 18 号"
        await d.press("ctrl+s")
        (inquiry,) = d.all(Inquiry)
        assert (inquiry.unit, inquiry.since, inquiry.until) == ("明强派出所", f"{datetime.now():%Y-%m-%d}", inquiry.since)
        await d.press("f9", "1", "enter")
        assert [one.state for one in d.all(Inquiry)] == ["已办结"]


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_list_fits_the_glass_and_is_found_by_name(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, "老周", before=[CARER, GUEST, SOFA, NOBODY], size=size) as d:
        await d.press("ctrl+p")
        assert isinstance(d.pilot.app.screen, CommandPalette)
        await d.press(*"出入授权")
        for _ in range(50):
            await d.pilot.pause(0.02)
            if d.pilot.app.screen.query("CommandList Option, OptionList") and len(d.pilot.app.screen_stack) == 2:
                break
        await d.press("enter", "enter")
        screen = d.pilot.app.screen
        assert isinstance(screen, Access)
        assert screen.table.virtual_size.width <= screen.table.scrollable_content_region.width


# ── what a guard is shown ──────────────────────────────────────────────────────────────────────────────────────────


def furnished(tmp_path: Path) -> tuple[Store, dict[str, Actor]]:
    store, people = office(tmp_path)
    police = {"unit": "明强派出所", "officer": "警号 1", "document": "18 号", "asked": "来访", "given": "未提供"}
    today = f"{datetime.now():%Y-%m-%d}"
    acts: list[Event] = [CARER, GUEST, SOFA, NOBODY, Opened.model_validate(police | {"since": today, "until": today})]
    for event in acts:
        store.act(event, people["赵强"])
    return store, people


def test_a_guard_finds_leave_by_number_code_and_plate_and_neither_arrears_nor_inquiries(tmp_path: Path) -> None:
    store, people = furnished(tmp_path)
    with store.read() as read:
        guard, boss = people["老周"], people["赵强"]
        code = bookings.expected(read, datetime.now())[0].code
        places = {
            text: [one.place for one in find.search(read, text, guard)]
            for text in ("A2", "A3", "A4", "A5", "A6", code, "京A12345")
        }
        assert places == {**{key: ["access"] for key in ("A2", "A3", "A4", "A5", code, "京A12345")}, "A6": []}
        assert [one.place for one in find.search(read, "A6", boss)] == ["access"]
        shown = household.card(read, ROOM, guard)
        lines = household.waiting(shown, guard)
        assert shown.bills is None and not any("欠" in text or "￥" in text for _, text, _ in lines)
        assert next(text for label, text, _ in lines if label == "访客") == "没有在场访客 · 长期授权 1（保姆 每天） · 预约 1"
        with pytest.raises(Refused, match="门岗"):
            bills.open_bills(read, ROOM, guard)
    store.close()


async def test_no_screen_of_a_guard_s_shows_arrears_or_a_full_phone(tmp_path: Path) -> None:
    by_phone = FRIEND.model_copy(update={"phone": "13911112222"})
    async with desk(tmp_path, "老周", before=[by_phone, CARER, GUEST, SOFA, NOBODY]) as d:
        for place in ("visits", "access"):
            d.pilot.app.switch_mode(place)
            await d.pilot.pause()
            screen = d.pilot.app.screen
            for row in range(screen.query_one("#rows", DataTable).row_count):
                screen.query_one("#rows", DataTable).move_cursor(row=row)
                await d.pilot.pause()
                shown = str(screen.query_one("#detail", Static).render())
                for kept in ("欠", "￥", "13911112222", "13800001234", "前夫"):
                    assert kept not in shown
