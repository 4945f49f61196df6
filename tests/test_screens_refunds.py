"""Money back by keys: asked for from a receipt or a household, agreed to by the supervisor, paid out, or called off."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Digits, Input, Static

from data.entry import new_id
from data.records import Actor
from desk import shifts
from desk.paid import Paid, Part, Tender
from desk.refunded import Approved, Requested
from desk.refunds import Refund, RefundLine
from desk.till import ShiftClosed
from screens.app import FrontDesk
from screens.ask import Ask, Pick
from screens.form import Form
from screens.refund_forms import Ahead, Deposit, Reverse
from screens.refunds import Refunds, request_for, reverse
from tests.office import opened
from tests.test_refunds import ACCOUNT, DEPOSIT, FEE, ROOM, Office, deposit, red
from tests.test_screens_jobs import Desk

OCTOBER, NOVEMBER = (FEE.replace("2026-09", month) for month in ("2026-10", "2026-11"))


class Counter(Desk):
    """The program under somebody's fingers, in an office that has taken money."""

    def __init__(self, pilot: Any, office: Office) -> None:
        super().__init__(pilot, office.store)
        self.office = office

    @property
    def app(self) -> FrontDesk:
        """The program."""
        assert isinstance(self.pilot.app, FrontDesk)
        return self.pilot.app

    async def ask(self, asking: Coroutine[Any, Any, Any]) -> None:
        """Somebody asks for money back."""
        self.app.run_worker(asking)
        await self.pilot.pause()
        await self.pilot.pause()

    async def list(self, who: Actor | None = None) -> Refunds:
        """Go to the refunds, as somebody else if need be."""
        if who:
            self.app.enter(who)
            await self.pilot.pause()
        await self.app.switch_mode("refunds")
        await self.pilot.pause()
        assert isinstance(self.app.screen, Refunds)
        return self.app.screen

    async def fill(self, **said: str) -> None:
        """Put texts in fields of the form on the glass."""
        for name, text in said.items():
            self.form.query_one(f"#{name}", Input).value = text
        await self.pilot.pause()

    @property
    def one(self) -> Refund:
        """The only refund."""
        (found,) = self.all(Refund)
        return found

    @property
    def side(self) -> str:
        """What stands beside the list."""
        return str(self.app.screen.query_one("#detail", Static).render())


@asynccontextmanager
async def counter(home: Path, *given: Requested, who: str = "cashier", taken: bool = True) -> AsyncIterator[Counter]:
    """An office whose deposit was paid a shift ago, if `taken`; `given` is asked for already by the cashier."""
    office = Office(home)
    if taken:
        office.pay(DEPOSIT, 500_00)
        office.next_shift()
    for said in given:
        office.ask(said)
    async with opened(home, getattr(office, who)) as pilot:
        yield Counter(pilot, office)
    office.store.close()


def shown(form: Form) -> list[str]:
    """The fields that are asked."""
    return [name for name in form.asked if form.row(name).display]


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_deposit_is_asked_back_less_what_is_kept_and_proven(tmp_path: Path) -> None:
    async with counter(tmp_path) as d:
        await d.ask(request_for(d.app, ROOM))
        assert isinstance(d.form, Deposit) and d.form.query_one("#back", Digits).value == "500.00"
        assert shown(d.form) == ["inspection", "deducted", "route", "slip", "reason"]
        await d.press("ctrl+s")
        assert "退款方式" in d.said("route")
        await d.press("2")
        assert shown(d.form)[2:] == ["route", "payee", "account", "slip", "reason"] and d.typed("payee") == "张秀兰"
        await d.fill(inspection="墙面破损", deducted="600", account="6222 0212 0300 1234 567", reason="装修完工")
        await d.press("ctrl+s")
        assert "只有 500.00" in d.said("deducted")
        await d.fill(deducted="80")
        assert shown(d.form)[2:4] == ["why", "evidence"]
        await d.press("ctrl+s")
        assert "原因" in d.said("why")
        await d.fill(why="墙面破损")
        await d.press("ctrl+s")
        assert "凭据" in d.said("evidence") and d.typed("account").startswith("6222")
        await d.fill(evidence="照片 3 张")
        assert d.form.query_one("#back", Digits).value == "420.00"
        await d.press("ctrl+s")
        assert "原收据" in d.said("slip")
        await d.fill(slip="原单收回")
        await d.at_once("ctrl+s", "ctrl+s")
        assert (d.one.sort, d.one.state, d.one.fen, d.one.deducted, d.one.route) == (
            "押金",
            "待审批",
            420_00,
            80_00,
            "银行转账",
        )
        (line,) = d.all(RefundLine)
        assert (line.target, line.why, line.evidence) == (DEPOSIT, "墙面破损", "照片 3 张")
        assert "主管审批" in d.notices and len(d.app.screen_stack) == 1


async def test_cash_is_signed_for(tmp_path: Path) -> None:
    async with counter(tmp_path) as d:
        await d.ask(request_for(d.app, ROOM))
        await d.fill(inspection="现场完好", route="备用金现金", slip="原单收回", reason="迁出交还")
        assert "signed" in shown(d.form) and "account" not in shown(d.form)
        await d.press("ctrl+s")
        assert "签字" in d.said("signed")
        await d.fill(signed="已签字")
        await d.press("ctrl+s")
        assert "最多退 200.00" in d.said("route") and not d.all(Refund)


async def test_where_there_is_nothing_no_form_opens(tmp_path: Path) -> None:
    async with counter(tmp_path, deposit()) as d:
        for room in (ROOM, "3-2-502"):
            await d.ask(request_for(d.app, room))
            assert "没有可退" in d.notices and len(d.app.screen_stack) == 1


async def test_deposit_and_what_was_paid_ahead_are_told_apart(tmp_path: Path) -> None:
    async with counter(tmp_path, taken=False) as d:
        receipt = d.office.pay(FEE, 161_28)
        d.office.pay(DEPOSIT, 500_00)
        d.office.next_shift()
        d.office.give(d.office.ask(red(receipt.id, route="转预存", signed=True)))
        await d.ask(request_for(d.app, ROOM))
        assert isinstance(d.app.screen, Pick)
        await d.press("2")
        assert isinstance(d.form, Ahead) and d.typed("a0") == "161.28"
        await d.fill(a0="161.29", route="银行转账", account="622202120300", reason="迁出结清")
        await d.press("ctrl+s")
        assert "最多还能退 161.28" in d.said("a0")
        await d.fill(a0="100")
        await d.press("ctrl+s")
        asked = next(one for one in d.all(Refund) if one.sort == "预存")
        assert (asked.state, asked.fen) == ("待审批", 100_00)
        assert [one.target for one in d.all(RefundLine) if one.owner == asked.id] == [ACCOUNT]


async def test_a_receipt_of_this_shift_is_voided_not_reversed(tmp_path: Path) -> None:
    async with counter(tmp_path) as d:
        receipt = d.office.pay(FEE, 161_28)
        await d.ask(reverse(d.app, receipt))
        assert "直接作废" in d.notices and len(d.app.screen_stack) == 1


async def test_a_receipt_is_reversed_whole_or_in_part_the_newest_bill_first(tmp_path: Path) -> None:
    async with counter(tmp_path, taken=False) as d:
        receipt = paid_three(d.office)
        d.office.next_shift()
        await d.ask(reverse(d.app, receipt))
        assert isinstance(d.form, Reverse) and d.typed("fen") == "483.84"
        assert d.form.focused is d.form.query_one("#route")
        await d.fill(fen="483.85")
        await d.press("ctrl+s")
        assert "退款方式" in d.said("route")
        await d.fill(route="原路退回")
        await d.press("ctrl+s")
        assert "最多还能退 483.84" in d.said("fen")
        await d.fill(fen="200", slip="原单收回", reason="多收")
        await d.at_once("ctrl+s", "ctrl+s")
        rows = [(one.target, one.fen) for one in d.all(RefundLine)]
        assert sorted(rows) == sorted([(NOVEMBER, 161_28), (OCTOBER, 38_72)]) and d.one.payment == receipt.id
        await d.ask(reverse(d.app, receipt))
        assert d.typed("fen") == "283.84"
        await d.press("escape")


async def test_what_came_in_cash_goes_back_no_other_way_than_it_can(tmp_path: Path) -> None:
    async with counter(tmp_path, taken=False) as d:
        receipt = d.office.pay(FEE, 161_28, "现金")
        d.office.next_shift()
        await d.ask(reverse(d.app, receipt))
        assert "原路退回" not in d.form.asked["route"].options
        await d.press("escape")
        d.office.give(d.office.ask(red(receipt.id, route="转预存", signed=True)))
        await d.ask(reverse(d.app, receipt))
        assert "没有可退的了" in d.notices and len(d.app.screen_stack) == 1


def paid_three(office: Office) -> Any:
    """Three months on one receipt."""
    parts = tuple(Part(bill=bill, item="物业费", period=bill[-7:], fen=161_28) for bill in (FEE, OCTOBER, NOVEMBER))
    tender = Tender(kind="微信", fen=483_84, reference="123456")
    return office.store.act(Paid(room=ROOM, parts=parts, tenders=(tender,), request=new_id()), office.cashier).record


# ── deciding and paying ────────────────────────────────────────────────────────────────────────────────────────────


async def test_it_is_approved_by_the_supervisor_and_paid_by_the_cashier(tmp_path: Path) -> None:
    async with counter(tmp_path, deposit()) as d:
        await d.list()
        assert "待审批" in d.side
        await d.press("f9")
        assert "主管" in d.notices and d.one.state == "待审批" and len(d.app.screen_stack) == 1
        await d.list(d.office.manager)
        await d.press("f9")
        assert isinstance(d.app.screen, Pick)
        await d.at_once("1", "1")
        assert d.one.state == "已批准" and d.one.approved_by == d.office.manager.id
        await d.list(d.office.cashier)
        await d.press("f9", "ctrl+s")
        assert "流水号" in d.said("reference")
        await d.fill(reference="20261120001", day="改天")
        await d.press("ctrl+s")
        assert "不是日期" in d.said("day") and d.typed("reference") == "20261120001"
        await d.fill(day="")
        await d.at_once("ctrl+s", "ctrl+s")
        assert (d.one.state, d.one.reference) == ("已退", "20261120001") and d.one.red and d.office.held() == 0
        assert d.one.red in d.side and len(d.app.screen_stack) == 1
        await d.press("f9")
        assert "不用再办" in d.notices


async def test_cash_out_of_the_float_is_one_question(tmp_path: Path) -> None:
    small = deposit(fen=120_00, deducted=380_00, route="备用金现金", signed=True, account="")
    async with counter(tmp_path, small) as d:
        d.office.store.act(Approved(), d.office.manager, d.one.id)
        await d.list()
        await d.press("f9")
        assert isinstance(d.app.screen, Ask)
        await d.press("1")
        assert d.one.state == "已批准"
        await d.press("f9")
        await d.at_once("2", "2")
        assert d.one.state == "已退" and len(d.app.screen_stack) == 1


async def test_nothing_is_paid_while_no_shift_is_open(tmp_path: Path) -> None:
    async with counter(tmp_path, deposit(route="转预存", signed=True, payee="", account="")) as d:
        d.office.store.act(Approved(), d.office.manager, d.one.id)
        close(d.office)
        await d.list()
        await d.press("f9", "2")
        assert "开班" in d.notices and d.one.state == "已批准"


async def test_a_rejection_says_why(tmp_path: Path) -> None:
    async with counter(tmp_path, deposit(), who="manager") as d:
        await d.list()
        await d.press("f9", "2", "ctrl+s")
        assert "原因" in d.said("reason")
        await d.press("1", "enter")
        assert (d.one.state, d.one.ended) == ("已驳回", "凭据不全") and "凭据不全" in d.side


async def test_nobody_agrees_to_what_they_asked_for(tmp_path: Path) -> None:
    async with counter(tmp_path, who="manager") as d:
        d.office.ask(deposit(), d.office.manager)
        await d.list()
        await d.press("f9", "1")
        assert "另一位主管" in d.notices and d.one.state == "待审批"


async def test_a_refund_is_called_off_with_a_reason(tmp_path: Path) -> None:
    async with counter(tmp_path, deposit()) as d:
        await d.list()
        await d.press("ctrl+d", "1", "ctrl+s")
        assert (d.one.state, d.one.ended) == ("已取消", "住户不退了")
        await d.press("ctrl+d")
        assert "不能再取消" in d.notices and len(d.app.screen_stack) == 1


async def test_what_waits_stands_first_and_is_found_by_room_and_number(tmp_path: Path) -> None:
    async with counter(tmp_path, deposit(fen=100_00), deposit(fen=50_00)) as d:
        first, second = d.all(Refund)
        d.office.give(first)
        screen = await d.list()
        assert [str(cell) for cell in screen.table.get_column_at(3)] == ["待审批", "已退"]
        for text, found in ((ROOM, 2), (second.number, 1), ("3-2-502", 0), ("张秀", 2)):
            screen.query_one("#find", Input).value = text
            await d.pilot.pause()
            assert screen.table.row_count == found, text


@pytest.mark.parametrize("who", ["guard", "clerk"])
async def test_who_takes_no_money_gives_none_back(tmp_path: Path, who: str) -> None:
    async with counter(tmp_path, deposit(), who=who) as d:
        d.app.action_place("refunds")
        await d.pilot.pause()
        assert isinstance(d.app.screen, Refunds) == (who == "clerk")
        screen = await d.list()
        assert screen.table.row_count == (who == "clerk")
        await d.press("f9", "ctrl+d")
        await d.ask(request_for(d.app, ROOM))
        assert d.one.state == "待审批" and d.app.screen is screen


def close(office: Office) -> None:
    """The shift, in which nothing moved yet, is closed."""
    with office.store.read() as read:
        shift = shifts.open_id(read)
    office.store.act(ShiftClosed(), office.cashier, shift)
