"""The note book by keys: what was pressed, and the notes that came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from textual.widgets import DataTable, Input, Static

from desk import fields, notes
from desk.notes import ASKED, CALLED, SORTS, Left, Note, NoteRead
from screens.app import FrontDesk
from screens.form import Form
from screens.notes import Notes, back_by, beyond, next_day
from tests.jobs import NOON
from tests.office import until
from tests.test_screens_jobs import Desk, desk

TOLD = Left(sort="交班必读", text="二号楼水泵今晚八点检修")
LENT = Left(sort="借出", text="轮椅", holder="张敏", phone="13800001234")
LOST = Left(sort="失物", text="黑色雨伞，大堂沙发旁", holder="保洁老孙")
KEY = Left(sort="钥匙", text="泵房 2 号", holder="王师傅")
TELL = Left(sort="通知", text="三栋明天停水")


async def book(d: Desk) -> Notes:
    """Go to the note book."""
    screen = await d.place("ctrl+n")
    assert isinstance(screen, Notes)
    return screen


def column(screen: Notes, n: int) -> list[str]:
    """What a column of the list says."""
    return [str(cell) for cell in screen.table.get_column_at(n)]


def side(screen: Notes) -> str:
    """What stands beside the list."""
    return str(screen.query_one("#detail", Static).render())


def shown(form: Form) -> list[str]:
    """The fields that are asked."""
    return [name for name in form.asked if form.row(name).display]


# ── leaving ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("digit", "sort"), list(enumerate(SORTS, 1)))
async def test_each_sort_asks_only_what_it_needs(tmp_path: Path, digit: int, sort: str) -> None:
    async with desk(tmp_path) as d:
        await book(d)
        await d.press("f8")
        assert shown(d.form) == ["sort", "text", "room"]
        await d.press(str(digit))
        assert shown(d.form) == ["sort", "text", *ASKED[sort], "room"]
        assert d.form.focused is d.form.query_one("#text")


async def test_a_wheelchair_is_lent_in_few_keys_and_leaves_a_slip(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await book(d)
        keys = await d.press("f8", "3", "1", "enter")
        keys += await d.scan("张敏") + await d.scan("13800001234") + await d.scan("23:59")
        assert keys + await d.press("enter") <= 9
        (note,) = d.all(Note)
        assert (note.sort, note.text, note.holder, note.phone) == ("借出", "轮椅", "张敏", "13800001234")
        assert note.back_by[11:] == "23:59" and note.state == "有效"
        jobs = d.store.look(lambda db: db.execute("SELECT kind, money FROM print_job WHERE doc_id = ?", (note.id,)).fetchall())
        assert jobs == [("loan", 0)]


async def test_a_note_for_the_next_shift_is_two_keys_and_its_words(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await book(d)
        await d.press("f8", "1")
        await d.scan("二号楼水泵今晚八点检修")
        await d.press("enter")
        assert [(one.sort, one.text, one.room) for one in d.all(Note)] == [("交班必读", "二号楼水泵今晚八点检修", "")]


async def test_what_was_typed_for_another_sort_is_not_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await book(d)
        await d.press("f8", "3", "3", "enter")
        await d.scan("张敏")
        await d.scan("13800001234")
        d.form.query_one("#sort", Input).focus()
        await d.press("4", "ctrl+s")
        assert [(one.sort, one.text, one.holder, one.phone) for one in d.all(Note)] == [("失物", "雨伞", "张敏", "")]


async def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await book(d)
        await d.press("f8", "ctrl+s")
        assert "数字键" in d.said("sort")
        await d.press("2")
        await d.scan("泵房 2 号")
        await d.press("ctrl+s")
        assert "交给了谁" in d.said("holder") and d.form.focused is d.form.query_one("#holder")
        await d.scan("王师傅")
        d.form.query_one("#back_by", Input).value = "改天"
        await d.press("ctrl+s")
        assert "不是时间" in d.said("back_by") and d.typed("text") == "泵房 2 号"
        d.form.query_one("#back_by", Input).value = "明天 8:30"
        await d.press("ctrl+s", "ctrl+s")
        tomorrow = datetime.now() + timedelta(days=1)
        assert [(one.text, one.back_by) for one in d.all(Note)] == [("泵房 2 号", f"{tomorrow:%Y-%m-%d}T08:30")]


async def test_a_notice_with_a_day_that_is_over_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await book(d)
        await d.press("f8", "5")
        await d.scan("三栋明天停水")
        await d.scan(f"{datetime.now() - timedelta(days=1):%Y-%m-%d}")
        await d.press("ctrl+s")
        assert "已经过去" in d.said("until") and not d.all(Note)


async def test_two_saves_at_once_leave_one_note(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await book(d)
        await d.press("f8", "5")
        await d.scan("三栋明天停水")
        await d.at_once("ctrl+s", "ctrl+s")
        assert len(d.all(Note)) == 1 and len(d.pilot.app.screen_stack) == 1


# ── settling ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_must_be_read_is_read_then_done(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[TOLD]) as d:
        screen = await book(d)
        assert column(screen, 3) == ["! 未读"] and "F9 已读" in side(screen)
        await d.press("f9")
        assert [one.by for one in d.all(NoteRead)] == [cast("FrontDesk", d.pilot.app).actor.id]  # type: ignore[union-attr]
        assert column(screen, 3) != ["! 未读"] and "已读  今天" in side(screen) and "老周" in side(screen)
        await d.press("f9", "enter")
        assert [(one.state, one.how, one.who) for one in d.all(Note)] == [("已结", "已办完", "")]
        await d.press("f9")
        assert "不用再办" in d.notices and isinstance(d.pilot.app.screen, Notes)


async def test_who_wrote_it_is_not_told_to_read_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "赵强", before=[TOLD]) as d:
        screen = await book(d)
        assert "未读" not in column(screen, 3)[0]
        await d.press("f9", "enter")
        assert [one.how for one in d.all(Note)] == ["已办完"] and not d.all(NoteRead)


@pytest.mark.parametrize("note", [LENT, KEY], ids=["loan", "key"])
async def test_a_thing_comes_back_by_two_keys_from_who_had_it(tmp_path: Path, note: Left) -> None:
    async with desk(tmp_path, "老周", before=[note]) as d:
        await book(d)
        await d.press("f9")
        assert d.typed("who") == note.holder
        await d.press("enter")
        assert [(one.how, one.who) for one in d.all(Note)] == [("已归还", note.holder)]


async def test_lost_property_goes_to_somebody_with_a_name(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LOST]) as d:
        await book(d)
        await d.press("f9", "1", "ctrl+s")
        assert "交给了谁" in d.said("who") and not d.all(Note)[0].how
        await d.scan("李女士")
        await d.press("enter")
        assert [(one.how, one.who) for one in d.all(Note)] == [("已领走", "李女士")]


async def test_a_note_is_void_with_a_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[TELL]) as d:
        await book(d)
        await d.press("ctrl+d", "enter")
        assert "为什么作废" in d.said("why")
        await d.press("1", "enter")
        assert [(one.how, one.why) for one in d.all(Note)] == [("作废", "写错了")]
        await d.press("ctrl+d")
        assert "不能作废" in d.notices and isinstance(d.pilot.app.screen, Notes)


async def test_two_f9_at_once_read_once(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[TOLD]) as d:
        await book(d)
        await d.at_once("f9", "f9")
        assert len(d.all(NoteRead)) == 1 and d.all(Note)[0].state == "有效"


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_needs_somebody_stands_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now()
    then = now + timedelta(days=3)
    late = LENT.model_copy(update={"back_by": f"{then - timedelta(hours=3):%Y-%m-%dT%H:%M}", "text": "推车"})
    over = TELL.model_copy(update={"until": f"{then - timedelta(days=1):%Y-%m-%d}", "text": "昨天停水"})
    async with desk(tmp_path, before=[over, TELL, LOST, LENT, late, TOLD]) as d:
        monkeypatch.setattr(fields, "wall", lambda: then)
        screen = await book(d)
        assert column(screen, 0) == ["必读", "借出", "借出", "失物", "通知", "通知"]
        assert column(screen, 1)[1:3] == ["推车", "轮椅"] and column(screen, 1)[-1] == "昨天停水"
        states = column(screen, 3)
        assert states[:2] == ["! 未读", "! 超3时"] and states[-1] == "已过期"
        assert states[2] == f"{now:%m-%d}起"
        screen.mark(next(one.id for one in d.all(Note) if one.text == "推车"))
        assert "! 超3时" in side(screen)
        screen.mark(next(one.id for one in d.all(Note) if one.sort == "交班必读"))
        await d.press("f9")
        assert column(screen, 1)[:3] == ["推车", "二号楼水泵今晚八…", "轮椅"]


async def test_what_is_not_read_stands_before_what_was(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[TOLD, TOLD.model_copy(update={"text": "电梯三号停用"})]) as d:
        screen = await book(d)
        assert column(screen, 1)[0] == "二号楼水泵今晚八…"
        await d.press("f9")
        assert column(screen, 1)[0] == "电梯三号停用" and column(screen, 3)[0] == "! 未读"


async def test_what_was_settled_today_stays_in_sight_and_older_is_found(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[TELL, LOST]) as d:
        screen = await book(d)
        screen.mark(next(one.id for one in d.all(Note) if one.text == TELL.text))
        await d.press("f9", "enter")
        assert column(screen, 3)[-1] == "已办完" and screen.table.row_count == 2


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_the_columns_fit_the_glass(tmp_path: Path, size: tuple[int, int]) -> None:
    async with desk(tmp_path, before=[TOLD, LENT, KEY, LOST, TELL], size=size) as d:
        table = (await book(d)).query_one("#rows", DataTable)
        await until(d.pilot, lambda: table.row_count == 5)
        assert table.virtual_size.width <= table.scrollable_content_region.width
        assert all(column.width % 2 == 0 for column in table.columns.values())


async def test_a_text_finds_by_words_name_room_number_and_slip(tmp_path: Path) -> None:
    before: Sequence[Left] = [LENT.model_copy(update={"room": "3-2-501"}), LOST, *[TELL] * 9]
    async with desk(tmp_path, before=before) as d:
        screen = await book(d)
        number = next(one.number for one in d.all(Note) if one.text == "轮椅")
        for text, found in (
            ("轮椅", 1),
            ("张敏", 1),
            ("32501", 1),
            (number.lower(), 1),
            (f"{number}.0AB9", 1),
            ("失物", 1),
            ("通知", 9),
            ("没有这个", 0),
        ):
            screen.query_one("#find", Input).value = text
            await d.pilot.pause()
            assert screen.table.row_count == found, text


async def test_a_phone_is_masked_and_what_people_type_is_no_markup(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[LENT.model_copy(update={"text": "[/red]推车[b", "holder": "[bold]"})]) as d:
        screen = await book(d)
        assert (column(screen, 1), column(screen, 2)) == (["[/red]推车[b"], ["[bold]"])
        assert "138****1234" in side(screen) and "13800001234" not in side(screen)
        await d.press("f9")
        assert "[/red]" in str(d.form.query_one(".form-lead", Static).render())
        await d.press("enter")
        assert [(note.markup, "[/red]" in note.message) for note in d.pilot.app._notifications] == [(False, True)]


async def test_a_guard_sees_the_book_and_no_money_in_it(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[LENT]) as d:
        screen = await book(d)
        assert screen.table.row_count == 1 and "￥" not in side(screen)


async def test_the_hour_may_strike_while_nobody_is_logged_in(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[TOLD]) as d:
        screen = await book(d)
        screen.query_one("#find", Input).value = "水泵"
        await d.press("ctrl+l")
        screen.tick()
        assert d.pilot.app.screen is not screen


async def test_nobody_goes_there_before_login(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.press("ctrl+l", "ctrl+n")
        assert not isinstance(d.pilot.app.screen, Notes)


# ── days and hours as said ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", ""),
        ("今天", "2026-11-20"),
        ("后天", "2026-11-22"),
        ("11-30", "2026-11-30"),
        ("11月3日", "2026-11-03"),
        ("1-5", "2027-01-05"),
        ("２-30", "2027-02-30"),
        ("2026-12-01", "2026-12-01"),
        ("下周", "下周"),
    ],
)
def test_a_day_as_said(monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    monkeypatch.setattr(fields, "wall", lambda: NOON)
    assert next_day(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", ""),
        ("明天", "2026-11-21T23:59"),
        ("明天 8:30", "2026-11-21T08:30"),
        ("11-30 18:00", "2026-11-30T18:00"),
        ("2026-12-01 18:00", "2026-12-01T18:00"),
        ("2026-12-01", "2026-12-01T23:59"),
        ("改天 晚上", "改天 晚上"),
    ],
)
def test_when_something_should_be_back(monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    monkeypatch.setattr(fields, "wall", lambda: NOON)
    assert back_by(said) == meant


@pytest.mark.parametrize(("minutes", "said"), [(1, "超1分"), (99, "超99分"), (100, "超1时"), (2879, "超47时"), (2880, "超2天")])
def test_how_long_overdue_is_short_to_read(minutes: int, said: str) -> None:
    assert beyond(minutes) == said


def test_every_sort_has_its_words() -> None:
    from screens.notes import ASKS, ENDS

    for sort in SORTS:
        assert {field.name for field in ASKS[sort]} <= {"text", *ASKED[sort]} and ENDS[sort]
        assert set(ASKED[sort]) <= CALLED.keys() and notes.WAYS[sort][-1] == notes.VOID
