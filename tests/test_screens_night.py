"""The night board, emergencies and outages by keys: what was pressed, and the records that came of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Static

from data.records import Event
from desk import fields
from desk.config import read_config, write_config
from desk.evacuation import Evacuation
from desk.incident_events import Opened
from desk.incidents import Incident, IncidentVisit
from desk.outages import Announced, Outage
from desk.repairs import Repair, Reported
from desk.visits import Arrived, Visit
from screens.app import FrontDesk
from screens.ask import Ask
from screens.emergency import Emergency, Tell, Which, past
from screens.events import Events
from screens.home import Home
from screens.night import Night
from screens.outage_forms import Announce
from screens.slips import Preview
from tests.office import office, opened, until
from tests.test_screens_jobs import Desk

NIGHT = datetime(2036, 11, 20, 23, 10)
"""Later than the office of the tests was made."""

FRIEND = Arrived(room="3-2-501", category="访友", confirmed_by="电话已同意", name="王先生", leave_by="2036-11-21T02:00")
COURIER = Arrived(room="3-2-502", category="外卖", confirmed_by="门岗放行", name="外卖员")
WATER = Announced(category="水", place="3栋", say="正在抢修，请先存一点水", until="2036-11-21T02:00")


class Hour:
    """A clock that stands where it is put."""

    at = NIGHT


@pytest.fixture(autouse=True)
def hour(monkeypatch: pytest.MonkeyPatch) -> Hour:
    """The wall clock and the one on the glass stand at ten past eleven at night."""
    made = Hour()
    monkeypatch.setattr(fields, "wall", lambda: made.at)
    monkeypatch.setattr(FrontDesk, "now", lambda self: made.at)
    return made


@asynccontextmanager
async def desk(
    home: Path, hour: Hour, who: str = "老周", before: Sequence[Event] = (), ago: timedelta = timedelta(),
    size: tuple[int, int] = (80, 24), night: bool = True,
) -> AsyncIterator[Desk]:  # fmt: skip
    """The desk with somebody at it at night; `before` happened `ago`, under the supervisor's hands."""
    hour.at -= ago
    store, staff = office(home)
    store.now = lambda: hour.at.astimezone()
    for event in before:
        store.act(event, staff["赵强"])
    hour.at += ago
    async with opened(home, staff[who], size, night=night) as pilot:
        app = pilot.app
        assert isinstance(app, FrontDesk)
        app.store.now = store.now
        yield Desk(pilot, store)
    store.close()


def column(d: Desk, name: str) -> list[str]:
    """The lines of a column of the board."""
    place = d.pilot.app.screen.query_one(f"#{name}", OptionList)
    return [" ".join(str(option.prompt).split()) for option in place.options]


def glass(d: Desk, name: str) -> str:
    """What stands in a place of the glass."""
    return str(d.pilot.app.screen.query_one(f"#{name}", Static).render())


def where(d: Desk) -> str:
    """The place on the glass."""
    return type(d.pilot.app.screen).__name__


# ── coming to the board ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "at", "place"),
    [
        ("老周", 23, "Night"),
        ("老周", 5, "Night"),
        ("老周", 6, "Home"),
        ("老周", 14, "Home"),
        ("王芳", 23, "Home"),
        ("赵强", 2, "Home"),
    ],
)
async def test_a_guard_who_comes_at_night_has_the_board(tmp_path: Path, hour: Hour, who: str, at: int, place: str) -> None:
    hour.at = NIGHT.replace(hour=at)
    async with desk(tmp_path, hour, who) as d:
        assert where(d) == place
        await d.press("f2")
        assert where(d) == "Home"
        await d.press("ctrl+w")
        assert where(d) == "Night"


async def test_before_login_no_key_leads_anywhere(tmp_path: Path) -> None:
    store, _ = office(tmp_path)
    store.close()
    async with opened(tmp_path) as pilot:
        await pilot.press("ctrl+w")
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert type(pilot.app.screen).__name__ == "Login"


async def test_it_gets_dark_and_light_by_itself(tmp_path: Path, hour: Hour) -> None:
    store, staff = office(tmp_path)
    store.close()
    write_config(tmp_path, read_config(tmp_path).model_copy(update={"theme": "auto"}))
    hour.at = NIGHT.replace(hour=17, minute=59)
    async with opened(tmp_path, staff["老周"]) as pilot:
        app = pilot.app
        assert isinstance(app, FrontDesk)
        ticking = [timer for timer in app._timers if timer._callback == app.tick]
        assert len(ticking) == 1 and app.theme == "textual-light"
        for hour_of_day, theme in ((18, "dark"), (23, "dark"), (6, "dark"), (7, "light")):
            hour.at = NIGHT.replace(hour=hour_of_day, minute=0)
            app.told_at = app.pressed_at = 0.0  # some time ago
            ticking[0]._callback()  # type: ignore[misc]
            assert app.theme == f"textual-{theme}"


# ── visitors ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_visitor_at_night_takes_nine_keys_from_the_board(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour) as d:
        keys = await d.press("3", "2", "5", "0", "1")
        keys += await d.press("f8", "1", "2", "enter")
        assert keys <= 9 and where(d) == "Night"
        (visit,) = d.all(Visit)
        assert (visit.room, visit.category, visit.confirmed_by) == ("3-2-501", "访友", "电话已同意")
        assert column(d, "inside") == ["23:10 3-2-501 访友"] and d.pilot.app.screen.query_one("#find", Input).value == ""


async def test_a_room_and_enter_do_the_same_and_f8_alone_asks_for_it(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour) as d:
        await d.press("3", "2", "5", "0", "1", "enter", "2", "7", "enter")
        await d.press("f8", "3", "2", "5", "0", "2", "enter", "3", "7", "enter")
        assert [(one.room, one.category) for one in d.all(Visit)] == [("3-2-501", "外卖"), ("3-2-502", "快递")]


async def test_the_marked_visitor_leaves_by_one_key_and_a_scanned_slip_by_none(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, before=[FRIEND, COURIER], ago=timedelta(minutes=65)) as d:
        assert column(d, "inside") == ["! 22:05 3-2-502 外卖员 超35分", "22:05 3-2-501 王先生"]
        await d.press("down", "f9")
        assert column(d, "inside") == ["! 22:05 3-2-502 外卖员 超35分"] and "已签离 A2" in d.notices
        assert await d.scan("A3.7K3F") == 1
        assert column(d, "inside") == [] and [one.state for one in d.all(Visit)] == ["已离开", "已离开"]
        await d.press("f9")
        assert "没有在场的访客" in d.notices
        await d.scan("A99")
        assert "没有找到" in d.notices


async def test_the_mark_stays_on_its_visitor_when_others_come(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, before=[FRIEND, COURIER], ago=timedelta(minutes=65)) as d:
        screen = d.pilot.app.screen
        assert isinstance(screen, Night)
        await d.press("down")
        marked = screen.marked()
        hour.at += timedelta(hours=4)  # now both are too long, the friend no longer last
        screen.reload()
        await d.pilot.pause()
        assert marked is not None and screen.marked() is not None and screen.marked().id == marked.id  # type: ignore[union-attr]


@pytest.mark.parametrize(("size", "columns"), [((80, 24), 2), ((120, 36), 3)])
async def test_the_columns_stand_side_by_side_where_there_is_room(
    tmp_path: Path, hour: Hour, size: tuple[int, int], columns: int
) -> None:
    async with desk(tmp_path, hour, before=[FRIEND, WATER], size=size) as d:
        places = [d.pilot.app.screen.query_one(f"#{name}").region for name in ("inside", "expected", "tonight")]
        assert len({place.x for place in places}) == columns
        assert all(place.width >= 36 and place.height >= 8 for place in places)
        assert glass(d, "coming").split() == ["明02:00", "3-2-501", "王先生", "该离开"]
        assert column(d, "tonight") == ["23:10 3栋 停水 预计 02:00 恢复"]


async def test_what_happened_leads_to_its_record(tmp_path: Path, hour: Hour) -> None:
    broken = Reported(room="3-2-501", category="水", problem="水管漏水", reporter="张秀兰")
    async with desk(tmp_path, hour, before=[broken, WATER]) as d:
        d.pilot.app.screen.query_one("#tonight").focus()
        await d.press("down", "down", "enter")
        assert where(d) == "Repairs" and d.pilot.app.screen.marked().number == "A2"  # type: ignore[attr-defined]
        await d.press("ctrl+w")
        d.pilot.app.screen.query_one("#tonight").focus()
        await d.press("home", "enter")
        assert where(d) == "Events" and d.pilot.app.screen.marked().number == "A3"  # type: ignore[attr-defined]


async def test_nothing_of_money_is_on_the_board_of_a_guard(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, before=[FRIEND, WATER], size=(120, 36)) as d:
        await d.press("3", "2", "5", "0", "1")
        shown = "".join("".join(segment.text for segment in strip) for strip in d.pilot.app.screen._compositor.render_strips())
        assert "￥" not in shown and "F6" not in shown and "138" not in shown


# ── emergencies ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("digit", "sort", "number"), [("1", "救护", "120"), ("2", "消防", "119"), ("3", "110", "110"), ("4", "困人", "119"),
                                  ("5", "燃气", "119"), ("6", "其他", "110")],
)  # fmt: skip
async def test_an_emergency_is_written_by_two_keys_and_says_whom_to_ring(
    tmp_path: Path, hour: Hour, digit: str, sort: str, number: str
) -> None:
    async with desk(tmp_path, hour) as d:
        assert await d.press("ctrl+z", digit) == 2
        (one,) = d.all(Incident)
        assert (one.sort, one.opened_at[:16], one.state) == (sort, "2036-11-20T23:10", "处理中")
        screen = d.pilot.app.screen
        assert isinstance(screen, Emergency)
        assert number in [digits.value for digits in screen.query("Digits")]  # type: ignore[attr-defined]
        assert "我在明强小区" in glass(d, "advice") and "抬杆放行" in glass(d, "advice")
        await d.press("escape")
        assert column(d, "tonight") == [f"! 23:10 {sort} 等人到场 0分"]


async def test_it_works_from_every_place_and_over_a_half_filled_form(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, "王芳") as d:
        await d.press("f4", "f8", "3", "2", "5", "0", "1", "ctrl+z", "3", "escape")
        assert d.typed("room") == "32501" and len(d.all(Incident)) == 1
        await d.press("escape", "2", "f2", "3", "2", "5", "0", "1", "ctrl+z", "1")
        assert [(one.sort, one.room) for one in d.all(Incident)] == [("110", ""), ("救护", "3-2-501")]
        assert "3-2-501" in glass(d, "advice")


async def test_the_key_pressed_twice_asks_once_and_writes_once(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour) as d:
        await d.at_once("ctrl+z", "ctrl+z")
        assert isinstance(d.pilot.app.screen, Which) and len(d.pilot.app.screen_stack) == 2
        await d.at_once("1", "1")
        await d.press("ctrl+z")
        assert len(d.all(Incident)) == 1 and isinstance(d.pilot.app.screen, Emergency)
        await d.press("escape", "ctrl+z", "escape")
        assert len(d.all(Incident)) == 1 and where(d) == "Night"


async def test_what_happens_is_added_line_by_line(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, before=[FRIEND]) as d:
        await d.press("ctrl+z", "1")
        await d.scan("3-2")
        assert "明强小区3栋2单元" in glass(d, "advice")
        hour.at += timedelta(minutes=9)
        await d.press("f9", "f9")
        assert "已记到场" in d.notices
        await d.press("f8", "3")
        await d.scan("老人摔倒，意识清楚")
        await d.press("f8", "5", "enter")
        d.form.query_one("#visit", Input).value = "A99"
        await d.press("ctrl+s")
        assert "没有访客单" in d.said("visit")
        d.form.query_one("#visit", Input).value = "a2"
        await d.press("ctrl+s")
        (one,) = d.all(Incident)
        assert (one.place, one.came) == ("3栋2单元", "2036-11-20T23:19")
        assert [row.visit for row in d.all(IncidentVisit)] == [d.all(Visit)[0].id]
        assert glass(d, "told").split("\n")[-3:] == ["23:19 到场", "23:19 情况 老人摔倒，意识清楚", "23:19 涉及"]
        await d.scan("32501")
        assert d.all(Incident)[0].room == "3-2-501"
        await d.scan("东门保安亭旁边")
        assert (d.all(Incident)[0].room, d.all(Incident)[0].place) == ("", "东门保安亭旁边")


def test_an_hour_before_midnight_told_after_it_is_yesterday_s(hour: Hour) -> None:
    hour.at = datetime(2036, 11, 21, 0, 10)
    assert past("23:50") == "2036-11-20T23:50" and past("0:05") == "2036-11-21T00:05"
    assert past("11-20 23:50") == "2036-11-20T23:50" and past("") == "" and past("99:99").endswith("99:99")


async def test_a_supervisor_closes_corrects_and_joins(tmp_path: Path, hour: Hour) -> None:
    pressed = [Opened(sort="救护"), Opened(sort="救护")]
    async with desk(tmp_path, hour, "赵强", before=pressed) as d:
        await d.press("ctrl+z", "8")
        screen = d.pilot.app.screen
        assert isinstance(screen, Events) and screen.table.row_count == 2
        first, second = d.all(Incident)
        screen.mark(second.id)
        await d.press("ctrl+o", "5", "1")
        assert [one.state for one in d.all(Incident)] == ["处理中", "已并案"]
        await d.press("f9")
        assert "已并案" in d.notices
        await d.press("ctrl+o", "3", "1", "enter")
        assert [one.state for one in d.all(Incident)] == ["处理中", "处理中"]
        screen.mark(first.id)
        await d.press("ctrl+o", "4")
        await d.scan("按错了")
        screen.mark(first.id)
        await d.press("f9", "5", "enter")
        (closed, _) = d.all(Incident)
        assert (closed.state, closed.result) == ("已结案", "误报")
        jobs = d.store.look(lambda db: db.execute("SELECT kind FROM print_job WHERE doc_id = ?", (closed.id,)).fetchall())
        assert jobs == [("incident",)]
        screen.mark(first.id)
        await d.press("ctrl+o", "1")
        jobs = d.store.look(lambda db: db.execute("SELECT kind FROM print_job WHERE doc_id = ?", (closed.id,)).fetchall())
        assert len(jobs) == 2


async def test_a_guard_adds_to_an_incident_in_the_book_and_closes_none(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, before=[Opened(sort="其他")]) as d:
        await d.press("ctrl+z", "8", "f9")
        assert isinstance(d.form, Tell)
        await d.press("3")
        await d.scan("找到了，在中心花园")
        await d.press("ctrl+o")
        answers = [str(option.prompt) for option in d.pilot.app.screen.query_one(OptionList).options]
        assert answers == ["1 打哪个电话、怎么说", "2 记一笔", "3 打事件记录"]
        await d.press("1")
        assert isinstance(d.pilot.app.screen, Emergency) and "找到了" in glass(d, "told")


async def test_the_book_is_searched_by_number_room_place_and_kind(tmp_path: Path, hour: Hour) -> None:
    before = [WATER, Opened(sort="救护", room="3-2-501"), Opened(sort="110", place="东门")]
    async with desk(tmp_path, hour, before=before) as d:
        await d.press("ctrl+z", "8")
        screen = d.pilot.app.screen
        assert isinstance(screen, Events)
        for typed, numbers in (("", {"A2", "A3", "A4"}), ("a3", {"A3"}), ("32501", {"A2", "A3"}), ("停水", {"A2"}),
                               ("东门", {"A4"}), ("11-1-101", set()), ("没有", set())):  # fmt: skip
            screen.query_one("#find", Input).value = typed
            await d.pilot.pause()
            assert {record.number for record in screen.listed.values()} == numbers, typed
        await d.press("escape", "f2", *"a4", "enter")
        assert where(d) == "Events" and d.pilot.app.screen.marked().number == "A4"  # type: ignore[attr-defined]


# ── the evacuation list ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("keys", [("ctrl+y",), ("ctrl+z", "2", "ctrl+y")], ids=["board", "fire"])
async def test_the_list_is_one_key_on_paper_and_on_the_glass(tmp_path: Path, hour: Hour, keys: tuple[str, ...]) -> None:
    async with desk(tmp_path, hour, before=[FRIEND]) as d:
        await d.press(*keys)
        assert isinstance(d.pilot.app.screen, Preview)
        (listed,) = d.all(Evacuation)
        assert (listed.visitors, listed.registered, listed.need_help) == (1, 4, 1)
        rows = "SELECT kind, plain FROM print_job WHERE doc_id = ?"
        ((kind, plain),) = d.store.look(lambda db: db.execute(rows, (listed.id,)).fetchall())
        assert kind == "evacuation" and "独居" in plain and "张秀兰" not in plain and "老周" in plain


# ── outages ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_third_repair_of_a_kind_asks_for_an_outage(tmp_path: Path, hour: Hour) -> None:
    first = Reported(room="3-2-501", category="下水", problem="马桶堵了", reporter="张秀兰")
    second = first.model_copy(update={"again": True, "problem": "地漏返水"})
    async with desk(tmp_path, hour, "王芳", before=[first, second], ago=timedelta(minutes=20)) as d:
        await d.press("f3", "f8", *"32502", "enter", "4", "1", "enter", "ctrl+s")
        await until(d.pilot, lambda: isinstance(d.pilot.app.screen, Ask))
        assert isinstance(d.pilot.app.screen, Ask) and "3栋 下水 60 分钟内 3 单" in d.pilot.app.screen.question
        await d.press("2")
        assert isinstance(d.form, Announce)
        assert [d.typed(name) for name in ("category", "place", "begin")] == ["下水", "3栋", "22:50"]
        d.form.query_one("#say", Input).focus()
        await d.press("1", "ctrl+s")
        (outage,) = d.all(Outage)
        assert (outage.category, outage.place, outage.begin, outage.until) == ("下水", "3栋", "2036-11-20T22:50", "")
        assert len(d.all(Repair)) == 3
        # Now the household's form says it, and a fourth is not asked about.
        await d.press("f3", "f8", *"32502", "enter", "4")
        assert "下水不通" in str(d.form.query("Static")[1].render()) and "不用另开单" in str(d.form.query("Static")[1].render())
        await d.press("1")
        d.form.query_one("#category", Input).focus()
        await d.press("2")
        assert "下水不通" not in str(d.form.query("Static")[1].render())


async def test_who_says_no_goes_on_working(tmp_path: Path, hour: Hour) -> None:
    first = Reported(room="3-2-501", category="下水", problem="马桶堵了", reporter="张秀兰")
    before = [first, first.model_copy(update={"again": True})]
    async with desk(tmp_path, hour, before=before, ago=timedelta(minutes=20)) as d:
        await d.press("f3", "f8", *"32502", "enter", "4", "1", "enter", "ctrl+s")
        await until(d.pilot, lambda: isinstance(d.pilot.app.screen, Ask))
        await d.press("enter")
        assert where(d) == "Repairs" and not d.all(Outage)
        await d.press("ctrl+w")
        assert column(d, "tonight")[0] == "! 3栋 下水 60 分钟内 3 单：登记公共事件"


async def test_an_outage_is_announced_corrected_and_ended_by_keys(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, "王芳") as d:
        await d.press("ctrl+z", "7", "1")
        await d.scan("3")
        await d.press("1", "enter")
        await d.scan("2:00")
        await d.press("1", "enter", "2", "enter")
        (outage,) = d.all(Outage)
        assert (outage.category, outage.place, outage.until) == ("水", "3栋", "2036-11-21T02:00")
        rows = "SELECT kind, copy FROM print_job WHERE doc_id = ? ORDER BY id"
        jobs = d.store.look(lambda db: db.execute(rows, (outage.id,)).fetchall())
        assert jobs == [("door", "3栋2单元")]
        await d.press("f2", *"32501")
        assert "请告知  3栋 停水" in glass(d, "card") and isinstance(d.pilot.app.screen, Home)
        await d.press("escape")
        assert "3栋 停水" in glass(d, "card")
        await d.press("ctrl+z", "8", "ctrl+o", "1")
        d.form.query_one("#until", Input).value = "4:00"
        await d.press("ctrl+s")
        assert (d.all(Outage)[0].until, d.all(Outage)[0].say) == ("2036-11-21T04:00", outage.say)
        await d.press("f9", "enter", "enter")
        (ended,) = d.all(Outage)
        assert (ended.state, ended.ended_at) == ("已恢复", "2036-11-20T23:10")
        await d.press("f9")
        assert "不用再办" in d.notices


async def test_planned_work_and_a_guard_by_day(tmp_path: Path, hour: Hour) -> None:
    hour.at = NIGHT.replace(hour=14)
    async with desk(tmp_path, hour) as d:
        await d.press("ctrl+z", "7")  # not offered: 7 is the book
        assert where(d) == "Events"
        await d.press("f8")
        assert where(d) == "Events" and "白天请前台登记" in d.notices


async def test_planned_work_is_announced_for_tomorrow(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, "王芳") as d:
        await d.press("ctrl+z", "7", "1")
        await d.scan("11栋 3-2")
        await d.press("2")
        await d.scan("明天 9:00")
        await d.scan("明天 12:00")
        await d.press("1", "ctrl+s")
        (outage,) = d.all(Outage)
        assert (outage.planned, outage.begin, outage.until) == (True, "2036-11-21T09:00", "2036-11-21T12:00")
        assert (outage.place, outage.say) == ("11栋、3栋2单元", "计划检修，请提前存水")


async def test_what_cannot_be_stands_beside_its_field(tmp_path: Path, hour: Hour) -> None:
    async with desk(tmp_path, hour, "王芳") as d:
        await d.press("ctrl+z", "7", "1")
        await d.scan("楼上")
        d.form.query_one("#say", Input).value = "停水了"
        await d.press("ctrl+s")
        assert "例如 3栋" in d.said("place")
        d.form.query_one("#place", Input).value = "9栋"
        await d.press("ctrl+s")
        assert "没有“9栋”" in d.said("place") and not d.all(Outage)
        d.form.query_one("#place", Input).value = "3栋"
        d.form.query_one("#doors", Input).value = "11-1"
        await d.press("ctrl+s")
        assert "不在 3栋 里" in d.said("doors")
        d.form.query_one("#doors", Input).value = ""
        await d.at_once("ctrl+s", "ctrl+s")
        assert len(d.all(Outage)) == 1
