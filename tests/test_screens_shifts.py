"""The drawer by keys: opened, counted blind, closed, handed over, resumed after a crash; what a guard is shown of it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.widgets import Digits, Input, Static

from data import journal
from data.entry import new_id
from data.records import Actor, Refused
from desk import fields, shifts, staff
from desk.billed import bill_id
from desk.config import read_config
from desk.days import Day
from desk.handovers import Handover
from desk.paid import Paid, Part, Tender
from desk.payments import Payment
from desk.repairs import Repair
from desk.setup import open_store
from desk.shifts import CashMove, Shift, ShiftTender
from screens.ask import Ask, Pick
from screens.counting import Count, Open
from screens.shift_forms import Close, HandOver
from screens.shifts import Report, Shifts
from tests.office import PIN, opened
from tests.test_screens_jobs import Desk, desk

FEN = 16128
NO_MONEY = ("￥", "备用金", "现金", "解款", "应有", "实点", "实收", "500.00", "X报表", "日结", "开班")


async def drawer(d: Desk) -> Shifts:
    """Go to the drawer's shifts."""
    screen = await d.place("f10")
    assert isinstance(screen, Shifts)
    return screen


def pay(d: Desk, month: str, kind: str = "现金", fen: int = FEN) -> None:
    """A month's fee is paid."""
    assert d.pilot.app.actor is not None  # type: ignore[attr-defined]
    part = Part(bill=bill_id("3-2-501", "物业费", month, month), item="物业费", period=month, fen=fen)
    cash = {"given": fen} if kind == "现金" else {"reference": "318204"}
    tender = Tender.model_validate({"kind": kind, "fen": fen} | cash)
    d.store.act(Paid(room="3-2-501", parts=(part,), tenders=(tender,), request=new_id()), d.pilot.app.actor)  # type: ignore[attr-defined]


async def fill(d: Desk, **said: str) -> None:
    """Put texts in fields of the form on the glass."""
    for name, text in said.items():
        d.form.query_one(f"#{name}", Input).value = text
    await d.pilot.pause()


def glass(d: Desk) -> str:
    """Everything that is written on the glass now."""
    return "\n".join(strip.text for strip in d.pilot.app.screen._compositor.render_strips())


def side(d: Desk) -> str:
    """What stands beside the list."""
    return str(d.pilot.app.screen.query_one("#detail", Static).render())


def listed(screen: Shifts) -> Sequence[str]:
    """The states the list shows."""
    return [str(cell) for cell in screen.table.get_column_at(3)]


def kinds(d: Desk) -> list[str]:
    """The kinds of the newest entries of the drawer, first first."""
    found = d.store.look(lambda db: journal.newest(db, None, 50))
    return [entry.kind for _, entry in reversed(found) if entry.kind.startswith(("shift.", "day.", "handover."))][1:]


@asynccontextmanager
async def reopened(home: Path, who: str = "李敏") -> AsyncIterator[Desk]:
    """The program started again on what is in the folder."""
    store = open_store(home, read_config(home))
    with store.read() as read:
        one = next(one for one in staff.roster(read) if one.name == who)
    async with opened(home, Actor(one.id, one.name, one.role)) as pilot:
        yield Desk(pilot, store)
    store.close()


def guard(d: Desk) -> Actor:
    """老周 of the office."""
    with d.store.read() as read:
        one = next(one for one in staff.roster(read) if one.role == staff.GUARD)
    return Actor(one.id, one.name, one.role)


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def closed_unmoved(d: Desk) -> Shifts:
    """The office's shift, in which nothing happened, is closed."""
    screen = await drawer(d)
    await d.press("f9", "2")
    assert isinstance(d.pilot.app.screen, Pick)
    await d.press("2")
    return screen


async def test_a_shift_in_which_nothing_moved_is_closed_in_one_key_and_its_answer(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        screen = await drawer(d)
        await d.press("f9")
        assert isinstance(d.pilot.app.screen, Ask) and "500.00" in glass(d)
        await d.press("1")
        assert kinds(d) == []
        await closed_unmoved(d)
        (shift,) = d.all(Shift)
        assert (shift.state, shift.z, shift.difference, shift.left, shift.banked) == ("已结", "AZ00001", 0, 500_00, 0)
        assert listed(screen) == ["已结"] and kinds(d) == ["shift.closed"]


async def test_a_shift_is_opened_by_counting_and_says_what_differs_from_what_was_left(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await closed_unmoved(d)
        await d.press("f8")
        assert isinstance(d.form, Open) and "留下 ￥500.00" in glass(d)
        assert all(not d.typed(name) for name in d.form.asked)
        await d.scan("4")
        await d.scan("1")
        await d.press("enter", "enter", "enter", "enter")
        await d.scan("3")
        assert d.form.query_one("#total", Digits).value == "451.50" and "-48.50" in glass(d)
        await d.press("ctrl+s", "ctrl+s")
        shift = next(one for one in d.all(Shift) if one.state == "在班")
        assert (shift.float_fen, shift.carried, shift.opened_by != "") == (451_50, 500_00, True)
        with d.store.read() as read:
            found = [(one.fen, one.count) for one in shifts.pieces(read, shift.id, closing=False)]
        assert found == [(100_00, 4), (50_00, 1), (50, 3)]
        assert "交接差异  -48.50" in side(d)


async def test_nothing_typed_opens_nothing_and_a_zero_says_that_the_drawer_is_empty(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await closed_unmoved(d)
        await d.press("f8", "ctrl+s")
        assert "填 0" in d.said("p10000") and len(d.all(Shift)) == 1
        await d.press("0", "ctrl+s")
        assert next(one for one in d.all(Shift) if one.state == "在班").float_fen == 0


@pytest.mark.parametrize("wrong", ["1x", "一百", "6901234567892", "-3", "2.5"])
async def test_what_is_no_count_is_said_beside_its_line_and_the_others_stay(tmp_path: Path, wrong: str) -> None:
    async with desk(tmp_path, "李敏") as d:
        await closed_unmoved(d)
        await d.press("f8")
        await d.scan("4")
        await d.scan(wrong)
        assert "张数" in d.said("p5000") and d.form.focused is d.form.query_one("#p5000")
        await d.press("ctrl+s")
        assert d.typed("p10000") == "4" and len(d.all(Shift)) == 1


async def test_a_second_shift_is_not_opened_over_the_first(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await drawer(d)
        await d.press("f8")
        assert "F9" in d.notices and len(d.pilot.app.screen_stack) == 1


async def test_a_clock_that_is_behind_asks_for_the_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(tmp_path, "李敏") as d:
        await closed_unmoved(d)
        monkeypatch.setattr(fields, "wall", lambda: datetime.now() - timedelta(hours=3))
        await d.press("f8", "5")
        assert not d.form.row("approver").display
        await d.press("ctrl+s")
        assert d.form.row("approver").display and "校准" in d.said("approver")
        await d.scan("赵强")
        await d.scan("000000")
        assert "密码不对" in d.said("pin") and d.typed("p10000") == "5" and len(d.all(Shift)) == 1
        await fill(d, pin=PIN["赵强"])
        await d.press("ctrl+s")
        shift = next(one for one in d.all(Shift) if one.state == "在班")
        assert shift.float_fen == 500_00 and shift.approved_by


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def counted(d: Desk, **said: str) -> Close:
    """The drawer is counted: 500.00 of the float are there unless something else is said."""
    await d.press("f9")
    assert isinstance(d.form, Count)
    await fill(d, **({"p10000": "2", "p5000": "2", "p1000": "15", "p100": "50"} | said))
    await d.press("ctrl+s")
    assert isinstance(d.form, Close), d.said("form")
    return d.form


async def test_a_day_is_counted_blind_and_closed_half_a_yuan_short(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09")
        pay(d, "2026-10", "微信")
        screen = await drawer(d)
        assert "661.28" not in glass(d) and "161.28" not in glass(d) and "收据  2 张" in side(d)
        await d.press("f9")
        assert "微信合计" in glass(d) and "刷卡" not in glass(d)
        assert "661.28" not in glass(d) and "161.28" not in glass(d)
        await fill(d, p10000="3", p5000="2", p1000="15", p100="110", p10="7", p1="8")
        await d.press("ctrl+s")
        assert "商户账单" in d.said("t0")
        await fill(d, t0="161.28")
        await d.press("ctrl+s")
        assert isinstance(d.form, Close)
        assert "661.28" in glass(d) and "660.78" in glass(d) and "短 0.50" in glass(d) and "相符" in glass(d)
        assert not d.form.row("approver").display and d.form.focused is d.form.query_one("#reason")
        assert d.form.query_one("#banked", Digits).value == "160.78"
        await d.press("ctrl+s")
        assert "封包号" in d.said("envelope")
        await fill(d, envelope="FB001")
        await d.press("ctrl+s")
        assert "短款" in d.said("reason") and d.typed("envelope") == "FB001"
        d.form.query_one("#reason", Input).focus()
        await d.press("1", "enter", "ctrl+s")
        assert isinstance(d.pilot.app.screen, Pick)
        await d.press("2")
        (shift,) = d.all(Shift)
        assert (shift.state, shift.expected, shift.counted, shift.difference) == ("已结", 661_28, 660_78, -50)
        assert (shift.reason, shift.left, shift.banked, shift.envelope) == ("找零差错", 500_00, 160_78, "FB001")
        assert [(one.kind, one.counted, one.ok) for one in d.all(ShiftTender)] == [("微信", FEN, True)]
        assert kinds(d) == ["shift.counted", "shift.closed"] and listed(screen) == ["短款 0.50"]
        assert "短款 0.50" in side(d) and "待送存" in side(d)


async def test_over_the_limit_the_supervisor_gives_a_pin(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09")
        await drawer(d)
        form = await counted(d)
        assert form.row("approver").display and "主管" in d.said("form")
        await fill(d, reason="原因不明", approver="赵强", pin="135791")
        await d.press("ctrl+s")
        assert "密码不对" in d.said("pin") and d.typed("reason") == "原因不明"
        await fill(d, approver="王芳", pin=PIN["王芳"])
        await d.press("ctrl+s")
        assert "主管" in d.said("approver")
        await fill(d, approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s", "2")
        (shift,) = d.all(Shift)
        assert (shift.difference, shift.banked) == (-FEN, 0) and shift.close_approved_by
        assert kinds(d) == ["shift.counted", "shift.closed"]


async def test_what_stays_cannot_be_more_than_what_is_there(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09", "微信")
        await drawer(d)
        form = await counted(d, t0="161.28")
        assert d.typed("left") == "500.00" and not form.row("envelope").display and not form.row("reason").display
        await fill(d, left="500.01")
        await d.press("ctrl+s")
        assert "留不下" in d.said("left")
        await fill(d, left="300")
        assert form.row("envelope").display and form.query_one("#banked", Digits).value == "200.00"
        await fill(d, left="三百")
        await d.press("ctrl+s")
        assert "不是金额" in d.said("left") and kinds(d) == ["shift.counted"]


async def test_two_saves_at_once_leave_one_z(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09", "微信")
        await drawer(d)
        await counted(d, t0="161.28")
        await d.at_once("ctrl+s", "ctrl+s")
        assert kinds(d) == ["shift.counted", "shift.closed"] and isinstance(d.pilot.app.screen, Pick)


async def test_a_wrong_count_is_counted_again_and_the_z_says_so(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09", "微信")
        await drawer(d)
        await counted(d, p10000="1", t0="161.28")
        await d.press("escape", "f8")
        assert isinstance(d.form, Count)
        await fill(d, p10000="2", p5000="2", p1000="15", p100="50", t0="161.28")
        await d.press("ctrl+s")
        await d.press("f9", "ctrl+s", "2")
        (shift,) = d.all(Shift)
        assert (shift.counts, shift.first_counted, shift.difference, shift.state) == (2, 400_00, 0, "已结")


async def test_after_a_crash_the_close_goes_on_where_it_was(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09", "微信")
        await drawer(d)
        await d.press("f9")
        await fill(d, p10000="2")
    async with reopened(tmp_path) as d:
        await drawer(d)
        assert "F9 盘点结班" in side(d)
        await counted(d, t0="161.28")
    async with reopened(tmp_path) as d:
        screen = await drawer(d)
        assert listed(screen) == ["盘点"] and "500.00" in side(d)
        await d.press("f9")
        assert isinstance(d.form, Close)
        await d.press("ctrl+s", "2")
        assert [one.state for one in d.all(Shift)] == ["已结"] and kinds(d) == ["shift.counted", "shift.closed"]


async def test_while_it_is_counted_no_money_is_taken_but_repairs_are(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09")
        await drawer(d)
        await counted(d, p10000="3", p1000="21", p100="51", p10="2", p1="8")
        await d.press("escape")
        with pytest.raises(Refused, match="盘点"):
            pay(d, "2026-10")
        await d.press("ctrl+o")
        await fill(d, reason="找零补充", direction="入", fen="100")
        await d.press("ctrl+s")
        assert "盘点" in d.said("form") and not d.all(CashMove)
        await d.press("escape", "2", "f2")
        await d.household()
        await d.press("f3", "1", "1")
        await d.press("ctrl+s")
        assert len(d.all(Repair)) == 1 and len(d.all(Payment)) == 1


async def test_the_bank_slip_is_the_last_step(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09")
        await drawer(d)
        await counted(d, p10000="3", p1000="21", p100="51", p10="2", p1="8")
        await fill(d, envelope="FB002")
        await d.press("ctrl+s", "2")
        await d.press("f9", "ctrl+s")
        assert "回单号" in d.said("slip")
        await fill(d, slip="HD8810", at="改天")
        await d.press("ctrl+s")
        assert "不是时间" in d.said("at")
        await fill(d, at="昨天 9:05")
        await d.press("ctrl+s")
        (shift,) = d.all(Shift)
        yesterday = datetime.now() - timedelta(days=1)
        assert (shift.bank_slip, shift.banked_at) == ("HD8810", f"{yesterday:%Y-%m-%d}T09:05")
        await d.press("f9")
        assert "没有下一步" in d.notices and kinds(d)[-1] == "shift.banked"


# ── beside it ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_cash_moves_once_for_a_coded_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await drawer(d)
        await d.press("ctrl+o", "3")
        assert d.typed("direction") == "出" and d.form.focused is d.form.query_one("#fen")
        await d.press("ctrl+s")
        assert "金额" in d.said("fen")
        await fill(d, fen="600")
        await d.press("ctrl+s")
        assert "没有这么多" in d.said("fen")
        await fill(d, fen="35.50", reason="其他")
        await d.press("ctrl+s")
        assert "写明" in d.said("note") and d.typed("fen") == "35.50"
        await fill(d, note="买灯泡")
        await d.at_once("ctrl+s", "ctrl+s")
        assert [(one.reason, one.fen, one.note) for one in d.all(CashMove)] == [("其他", -35_50, "买灯泡")]
        assert "现金出  35.50 其他 买灯泡" in side(d) and len(d.pilot.app.screen_stack) == 1


async def test_the_x_report_is_seen_then_printed_and_is_no_entry(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09")
        await drawer(d)
        before = kinds(d)
        await d.press("ctrl+x")
        assert isinstance(d.pilot.app.screen, Report) and "不是结班" in glass(d)
        await d.press("escape")
        assert x_jobs(d) == []
        await d.press("ctrl+x")
        await d.at_once("f12", "f12")
        assert len(x_jobs(d)) == 1 and "661.28" in x_jobs(d)[0] and kinds(d) == before


def x_jobs(d: Desk) -> list[str]:
    """What stands on the X reports that were put in the tray."""
    return [row[0] for row in d.store.look(lambda db: db.execute("SELECT plain FROM print_job WHERE kind = 'x'").fetchall())]


async def test_the_books_of_a_day_are_closed_once_its_shifts_are(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await drawer(d)
        await d.press("ctrl+y")
        assert "结班" in d.notices and not d.all(Day)
        await closed_unmoved(d)
        await d.press("ctrl+y", "2")
        (day,) = d.all(Day)
        assert (day.date, day.shifts, day.taken) == (f"{datetime.now():%Y-%m-%d}", "AZ00001", 0)
        assert f"日结 {day.date}" in side(d)
        await d.press("ctrl+y")
        assert "没有要日结" in d.notices and len(d.all(Day)) == 1


async def test_a_hand_over_is_signed_by_the_pin_of_who_takes_over(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await closed_unmoved(d)
        await d.press("ctrl+e")
        assert isinstance(d.form, HandOver)
        await d.scan("三栋钥匙在抽屉")
        await d.press("ctrl+s")
        assert "接班人" in d.said("approver")
        await fill(d, approver="老周", pin="999999")
        await d.press("ctrl+s")
        assert "密码不对" in d.said("pin") and d.typed("remarks") == "三栋钥匙在抽屉" and not d.all(Handover)
        await fill(d, pin=PIN["老周"])
        await d.at_once("ctrl+s", "ctrl+s")
        (one,) = d.all(Handover)
        assert one.remarks == "三栋钥匙在抽屉" and one.shift == d.all(Shift)[0].id
        assert "接班  老周" in side(d)


async def test_the_hand_over_is_seen_before_anybody_signs(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await drawer(d)
        await d.press("ctrl+e")
        await fill(d, approver="王芳")
        await d.press("ctrl+r")
        assert "交接单" in glass(d) and "接班" in glass(d) and not d.all(Handover)


async def test_after_the_close_the_hand_over_is_one_digit_away(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await drawer(d)
        await d.press("f9", "2", "1")
        assert isinstance(d.form, HandOver)
        await fill(d, approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s")
        assert len(d.all(Handover)) == 1 and "Ctrl+L" in d.notices


# ── whose drawer it is ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_guard_is_shown_handing_over_and_no_money(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        pay(d, "2026-09")
        await drawer(d)
        await d.press("ctrl+e")
        await fill(d, approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s", "ctrl+l")
        d.pilot.app.enter(guard(d))  # type: ignore[attr-defined]
        await d.pilot.pause()
        screen = await drawer(d)
        assert [cell[:1] for cell in listed(screen)] == ["交"]
        assert [word for word in NO_MONEY if word in glass(d)] == []
        for key in ("f8", "f9", "ctrl+o", "ctrl+x", "ctrl+y"):
            await d.press(key)
            assert d.pilot.app.screen is screen
        await d.press("f12")
        assert "收费员或主管" in d.notices and d.pilot.app.screen is screen
        await d.press("ctrl+e")
        await fill(d, approver="王芳", pin=PIN["王芳"])
        await d.press("ctrl+s", "f12")
        assert "交接单" in glass(d) and [word for word in NO_MONEY if word in glass(d)] == []


async def test_a_clerk_looks_on_but_the_drawer_is_the_cashier_s(tmp_path: Path) -> None:
    async with desk(tmp_path, "王芳") as d:
        screen = await drawer(d)
        assert listed(screen) == ["在班"]
        for key in ("f8", "f9", "ctrl+o", "ctrl+x", "ctrl+y"):
            await d.press(key)
            assert d.pilot.app.screen is screen and "岗位" in d.notices
        assert kinds(d) == []


async def test_the_list_is_searched_by_number_and_name(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        screen = await closed_unmoved(d)
        for text, found in (("az00001", 1), ("李敏", 1), ("王芳", 0), ("", 1)):
            screen.query_one("#find", Input).value = text
            await d.pilot.pause()
            assert len(listed(screen)) == found, text
