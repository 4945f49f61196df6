"""Money given back: never beyond what is held, never by one person alone, never out of takings, and on paper to the fen."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.entry import new_id
from data.file import connect, raw
from data.records import Actor, Event, Refused, fold_whole, values
from desk import bills, daybook, figures, prepaid, refundable, refunds, shifts, staff
from desk.billed import Billed, Withdrawn, bill_id
from desk.config import Config
from desk.paid import Invoiced, Paid, Part, Tender, Voided, applied_id
from desk.payments import Payment
from desk.refunded import Approved, Cancelled, PaidOut, RefundPart, Rejected, Requested
from desk.refunds import Refund, RefundLine
from desk.rules import RulesSet
from desk.setup import store_of
from desk.till import DENOMINATIONS, ShiftClosed, ShiftCounted, ShiftOpened
from printers.slip import Drawer, Slip, layout, plain
from tests import jobs
from tests.conftest import certificate
from tests.office import FLOAT, office

ROOM = "3-2-501"
FEE = bill_id(ROOM, "物业费", "2026-09", "2026-09")
DEPOSIT = bill_id(ROOM, "装修押金", "2026-11", "2026-11")
ACCOUNT = prepaid.account_id(ROOM, "物业费")
CARD = "6222 0212 0300 1234 567"


class Office:
    """A furnished office with a deposit of ￥500 billed, and what its people do in one word."""

    def __init__(self, home: Path) -> None:
        self.store, people = office(home)
        self.cashier, self.manager, self.guard, self.clerk = (people[name] for name in ("李敏", "赵强", "老周", "王芳"))
        deposit = Billed(room=ROOM, item="装修押金", klass="押金", period_from="2026-11", period_to="2026-11", fen=500_00)
        self.store.act(deposit, self.manager)

    def pay(self, bill: str, fen: int, kind: str = "微信") -> Payment:
        """So much of a bill is paid."""
        cash = {"given": fen} if kind == "现金" else {"reference": "123456"}
        part = Part(bill=bill, item=bill.split("/")[1], fen=fen)
        tender = Tender(kind=kind, fen=fen, **cash)  # type: ignore[arg-type]
        record = self.store.act(Paid(room=ROOM, parts=(part,), tenders=(tender,), request=new_id()), self.cashier).record
        assert isinstance(record, Payment)
        return record

    def next_shift(self) -> None:
        """The shift is counted to the fen and closed, and another opened."""
        with self.store.read() as read:
            shift = shifts.open_shift(read)
            assert shift
            found = figures.figures(read, shift.id)
        pieces, rest = [], found.expected
        for coin in DENOMINATIONS:
            pieces.append((coin, rest // coin))
            rest %= coin
        totals = tuple((kind, found.tender(kind)) for kind in found.other_tenders)
        self.store.act(ShiftCounted(pieces=tuple(pieces), totals=totals), self.cashier, shift.id)
        self.store.act(ShiftClosed(left=0, envelope="E1"), self.cashier, shift.id)
        self.store.act(ShiftOpened(pieces=FLOAT), self.cashier)

    def ask(self, said: Requested, by: Actor | None = None) -> Refund:
        """A refund is asked for."""
        record = self.store.act(said, by or self.cashier).record
        assert isinstance(record, Refund)
        return record

    def give(self, refund: Refund) -> Refund:
        """A refund is approved and paid out."""
        self.store.act(Approved(), self.manager, refund.id)
        return self.pay_out(refund)

    def pay_out(self, refund: Refund) -> Refund:
        """An approved refund is paid out."""
        record = self.store.act(PaidOut(reference="20261120001"), self.cashier, refund.id).record
        assert isinstance(record, Refund)
        return record

    def refused(self, said: Event, why: str, by: Actor | None = None, subject: str | None = None) -> Refused:
        """That is turned down, with such a sentence."""
        with pytest.raises(Refused, match=why) as found:
            self.store.act(said, by or self.cashier, subject)
        return found.value

    def open_of(self, bill: str) -> int:
        """What is owed of a bill, in fen."""
        with self.store.read() as read:
            found = read.get(bills.Bill, bill)
            assert found
            return bills.open_of(read, found)

    def held(self) -> int:
        """What is held of the deposit, in fen."""
        with self.store.read() as read:
            return refunds.held_of(read, DEPOSIT)

    def balance(self) -> int:
        """What stands on the prepaid account, in fen."""
        with self.store.read() as read:
            return prepaid.balance(read, ACCOUNT)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Office]:
    """An office."""
    made = Office(tmp_path)
    yield made
    made.store.close()


def red(payment: str, fen: int = 161_28, **more: Any) -> Requested:
    """A receipt is to be reversed, by the way the money came unless said otherwise."""
    target = more.pop("target", FEE)
    said = {"sort": "红冲", "route": "原路退回", "slip": "原单收回", "reason": "重复缴费", "request": new_id()} | more
    return Requested(room=ROOM, payment=payment, parts=(RefundPart(target=target, fen=fen),), **said)


def deposit(fen: int = 500_00, deducted: int = 0, **more: Any) -> Requested:
    """A deposit is to go back, to a bank unless said otherwise."""
    kept = {"deducted": deducted, "why": "墙面破损", "evidence": "照片 3 张"} if deducted else {}
    kept |= more.pop("kept", {})
    said = {
        "sort": "押金", "route": "银行转账", "payee": "张秀兰", "account": CARD, "slip": "原单收回",
        "inspection": "现场完好", "reason": "装修完工", "request": new_id(),
    } | more  # fmt: skip
    return Requested(room=ROOM, parts=(RefundPart(target=said.pop("target", DEPOSIT), fen=fen, **kept),), **said)


def ahead(fen: int, **more: Any) -> Requested:
    """What was paid ahead is to go back."""
    said = {"sort": "预存", "route": "银行转账", "payee": "张秀兰", "account": CARD, "reason": "迁出"} | more
    return Requested(room=ROOM, parts=(RefundPart(target=said.pop("target", ACCOUNT), fen=fen),), request=new_id(), **said)


def papers(slips: Any) -> dict[str, str]:
    """Slips as a person reads them, without blanks, by kind."""
    assert all(isinstance(slip, Slip) and slip.money for slip in slips)
    return {slip.kind: plain(layout(slip, 32)).replace(" ", "").replace("\n", "") for slip in slips}


def test_a_red_receipt_reopens_the_bill_by_what_went_back_and_no_more(at: Office) -> None:
    payment = at.pay(FEE, 161_28)
    at.next_shift()
    refund = at.ask(red(payment.id, 100_00))
    assert (refund.state, refund.fen, at.open_of(FEE)) == ("待审批", 100_00, 0), "nothing is owed again before it is paid"
    with at.store.read() as read:
        assert refunds.refundable(read, payment.id) == {FEE: 61_28}
    at.refused(red(payment.id, 61_29), r"最多还能退 61\.28 元")
    paid = at.give(refund)
    assert (paid.state, paid.red, at.open_of(FEE)) == ("已退", "A26-000002", 100_00)
    with at.store.read() as read:
        shift = shifts.open_shift(read)
        assert shift and paid.shift == shift.id and figures.figures(read, shift.id).refunds == {"原路退回": 100_00}
        assert refunds.refundable(read, payment.id) == {FEE: 61_28}
    at.pay(FEE, 100_00)
    at.give(at.ask(red(payment.id, 61_28)))
    assert at.open_of(FEE) == 61_28
    at.refused(red(payment.id, 1), r"最多还能退 0\.00 元")
    assert at.store.check()[1] == []


def test_what_can_be_voided_is_voided_and_what_has_an_invoice_is_reversed(at: Office) -> None:
    payment = at.pay(FEE, 161_28)
    assert at.refused(red(payment.id), "还没结班，请直接作废").field == "payment"
    at.store.act(Invoiced(title="张秀兰"), at.cashier, payment.id)
    at.give(at.ask(red(payment.id)))
    assert at.open_of(FEE) == 161_28
    voided = at.pay(FEE, 161_28)
    at.store.act(Voided(reason="收错账单", approved_by=at.manager.id, copies_recovered=True), at.cashier, voided.id)
    at.refused(red(voided.id), "已经作废")


@pytest.mark.parametrize(
    ("more", "why", "field"),
    [
        ({"slip": ""}, "收回原收据.*遗失声明", "slip"),
        ({"payment": ""}, "请先选 3-2-501 要红冲的收据", "payment"),
        ({"payment": "nobody"}, "请先选", "payment"),
        ({"room": "3-2-502"}, "请先选 3-2-502", "payment"),
        ({"room": "9-9-999"}, "没有“9-9-999”", "room"),
        ({"target": bill_id(ROOM, "物业费", "2026-10", "2026-10")}, "“物业费 2026-10”不在 3-2-501 可以退的红冲", "parts"),
        ({"target": "bill:x"}, "“bill:x”不在", "parts"),
        ({"parts": (RefundPart(target=FEE, fen=1, deducted=1),)}, "只有押金可以扣款", "parts"),
        ({"route": "转预存"}, "签字", "signed"),
        ({"route": "备用金现金"}, "签字", "signed"),
        ({"route": "备用金现金", "signed": True}, "收款人姓名", "payee"),
        ({"route": "银行转账", "account": CARD}, "收款人姓名", "payee"),
        ({"route": "银行转账", "payee": "张秀兰"}, "银行账号", "account"),
    ],
)  # fmt: skip
def test_a_red_receipt_is_refused_with_what_to_do(at: Office, more: dict[str, Any], why: str, field: str) -> None:
    payment = at.pay(FEE, 161_28)
    at.next_shift()
    whole = {name: more[name] for name in ("payment", "parts", "room") if name in more}
    said = red(payment.id, **{name: more[name] for name in more.keys() - whole.keys()}).model_copy(update=whole)
    assert at.refused(said, why).field == field


def test_what_was_paid_in_cash_has_no_way_back_through_a_merchant(at: Office) -> None:
    payment = at.pay(FEE, 161_28, "现金")
    at.next_shift()
    assert at.refused(red(payment.id), "没有原路可退").field == "route"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: deposit(-1), "大于 0"),
        (lambda: deposit(0), "大于 0"),
        (lambda: deposit(deducted=-1), "大于 0"),
        (lambda: Requested(**{**dict(deposit()), "parts": ()}), "请先勾选"),
        (lambda: Requested(**{**dict(deposit()), "parts": (RefundPart(target=FEE, fen=1),) * 2}), "退两次"),
        (lambda: deposit(account="6222x"), "只写数字"),
        (lambda: deposit(reason="啊"), "请写退款原因"),
        (lambda: Rejected(reason=""), "请写驳回原因"),
        (lambda: Cancelled(reason=" "), "请写取消原因"),
        (lambda: PaidOut(day="昨天"), "不是日期"),
    ],
)
def test_a_refund_that_does_not_add_up_is_no_event(made: Callable[[], Event], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        made()


def test_a_deposit_goes_back_less_what_is_kept_with_reason_and_proof(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(380_00, 120_00, inspection="墙面破损一处", payment="only a red receipt has one"))
    assert refund.payment == ""
    assert (refund.fen, refund.deducted, refund.account, at.held()) == (380_00, 120_00, CARD.replace(" ", ""), 500_00)
    at.refused(deposit(1), r"最多还能退 0\.00 元")
    at.give(refund)
    assert (at.held(), at.open_of(DEPOSIT)) == (0, 0), "what was kept is not owed again"
    with at.store.read() as read:
        assert refunds.held(read, at.cashier) == []
        (line,) = refunds.lines_of(read, refund.id, at.cashier)
        assert (line.fen, line.deducted, line.why, line.evidence, line.item, line.period, line.reopens, line.done) == (
            380_00, 120_00, "墙面破损", "照片 3 张", "装修押金", "2026-11", False, True,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "why", "field"),
    [
        ({"slip": ""}, "收回原收据.*遗失声明", "slip"),
        ({"inspection": ""}, "验收结果", "inspection"),
        ({"fen": 500_01}, r"最多还能退 500\.00 元", "parts"),
        ({"fen": 400_00, "deducted": 100_01}, r"最多还能退 500\.00 元", "parts"),
        ({"deducted": 1_00, "fen": 1_00, "kept": {"why": ""}}, "原因和凭据", "parts"),
        ({"deducted": 1_00, "fen": 1_00, "kept": {"evidence": ""}}, "原因和凭据", "parts"),
        ({"target": FEE}, "“物业费 2026-09”不在 3-2-501 可以退的押金", "parts"),
        ({"target": ACCOUNT}, "可以退的押金", "parts"),
    ],
)
def test_a_deposit_is_refused_with_what_to_do(at: Office, more: dict[str, Any], why: str, field: str) -> None:
    at.pay(DEPOSIT, 500_00)
    at.pay(FEE, 161_28)
    assert at.refused(deposit(**more), why).field == field


def test_a_deposit_that_was_never_paid_is_not_given_back(at: Office) -> None:
    at.refused(deposit(1), r"最多还能退 0\.00 元")


def test_a_lost_slip_is_declared_and_a_deposit_may_be_kept_whole(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(0, 500_00, slip="遗失声明", payee="", account=""))
    at.store.act(Approved(), at.manager, refund.id)
    record = at.store.act(PaidOut(), at.cashier, refund.id).record
    assert isinstance(record, Refund)
    assert (record.state, record.fen, record.deducted, at.held()) == ("已退", 0, 500_00, 0)


def test_a_deposit_kept_whole_credits_no_account(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    at.give(at.ask(deposit(0, 500_00, route="转预存")))
    assert (at.held(), at.balance()) == (0, 0)


def test_a_deposit_given_back_is_not_given_back_again_by_reversing_its_receipt(at: Office) -> None:
    payment = at.pay(DEPOSIT, 500_00)
    at.next_shift()
    at.give(at.ask(deposit(300_00)))
    at.refused(red(payment.id, 200_01, target=DEPOSIT), r"最多还能退 200\.00 元")
    at.give(at.ask(red(payment.id, 200_00, target=DEPOSIT)))
    assert (at.held(), at.open_of(DEPOSIT)) == (0, 200_00)


def test_what_is_asked_back_of_a_deposit_is_not_taken_away_beneath_it(at: Office) -> None:
    payment = at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(300_00))
    void = Voided(reason="收错账单", approved_by=at.manager.id, copies_recovered=True)
    at.refused(void, "押金已经退了或正在退", subject=payment.id)
    with at.store.read() as read:
        assert refunds.refuse_less(read, DEPOSIT, 200_00) is None
        assert "正在退" in str(refunds.refuse_less(read, DEPOSIT, 200_01))
        assert refunds.refuse_less(read, FEE, 10**6) is None
    at.store.act(Cancelled(reason="住户不退了"), at.cashier, refund.id)
    with at.store.read() as read:
        assert refunds.refuse_less(read, DEPOSIT, 500_00) is None


def test_a_deposit_becomes_prepaid_only_when_the_payee_signs_and_goes_back_from_there(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    at.refused(deposit(route="转预存"), "签字")
    refund = at.ask(deposit(400_00, 100_00, route="转预存", signed=True))
    assert at.balance() == 0
    at.give(refund)
    assert (at.balance(), at.held()) == (400_00, 0)
    first = at.ask(ahead(300_00))
    with at.store.read() as read:
        assert refunds.pending_of(read, ACCOUNT) == 300_00
        assert prepaid.available(read, ACCOUNT) == 100_00
    at.refused(ahead(100_01), r"最多还能退 100\.00 元")
    at.refused(ahead(1, route="转预存", signed=True), "本来就在账上")
    more = Billed(room=ROOM, item="钥匙押金", klass="押金", period_from="2026-11", period_to="2026-11", fen=50_00)
    keys = at.store.act(more, at.manager).record.id
    at.pay(keys, 50_00)
    at.ask(deposit(50_00, target=keys, route="转预存", signed=True))
    at.refused(ahead(100_01), r"最多还能退 100\.00 元")
    at.refused(ahead(1, target=prepaid.account_id("3-2-502", "物业费")), "不在 3-2-501 可以退的预存")
    at.give(first)
    assert at.balance() == 100_00
    with at.store.read() as read:
        assert refunds.pending_of(read, ACCOUNT) == 0


def test_a_reversed_fee_goes_to_the_account_of_its_own_item_and_a_reversed_deposit_to_the_common_one(at: Office) -> None:
    parking = Billed(room=ROOM, item="车位费", klass="停车", period_from="2026-11", period_to="2026-11", fen=300_00)
    bill = at.store.act(parking, at.manager).record.id
    fee, held = at.pay(bill, 300_00), at.pay(DEPOSIT, 500_00)
    at.next_shift()
    at.give(at.ask(red(fee.id, 300_00, target=bill, route="转预存", signed=True)))
    at.give(at.ask(red(held.id, 500_00, target=DEPOSIT, route="转预存", signed=True)))
    with at.store.read() as read:
        assert prepaid.balance(read, prepaid.account_id(ROOM, "车位费")) == 300_00
    assert (at.balance(), at.open_of(bill), at.open_of(DEPOSIT)) == (500_00, 300_00, 500_00)


def test_a_bill_settled_from_what_was_paid_ahead_goes_back_there(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    at.give(at.ask(deposit(route="转预存", signed=True)))
    prepaid.apply_all(at.store, at.cashier)
    assert (at.balance(), at.open_of(FEE)) == (500_00 - 3 * 161_28, 0)
    at.refused(red(applied_id(FEE), slip=""), "没有收过钱，请选“转预存”")
    at.give(at.ask(red(applied_id(FEE), slip="", route="转预存", signed=True)))
    assert (at.balance(), at.open_of(FEE)) == (500_00 - 2 * 161_28, 161_28)


def test_cash_comes_from_the_float_within_the_limit_and_never_from_takings(at: Office) -> None:
    at.pay(DEPOSIT, 500_00, "现金")
    cash = {"route": "备用金现金", "signed": True}
    assert at.refused(deposit(200_01, **cash), r"每笔最多退 200\.00 元，200\.01 元请改走").field == "route"
    small = [at.ask(deposit(fen, **cash)) for fen in (200_00, 200_00, 100_00)]
    for refund in small[:2]:
        at.give(refund)
    with at.store.read() as read:
        shift = shifts.open_shift(read)
        assert shift and refundable.cash_left(read, shift.id) == 100_00
        assert figures.figures(read, shift.id).expected == 500_00 + 500_00 - 400_00
    at.give(small[2])
    at.pay(FEE, 161_28, "现金")
    at.next_shift()
    assert at.held() == 0


def test_a_limit_lowered_after_approval_holds_when_it_is_paid(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(200_00, route="备用金现金", signed=True))
    at.store.act(Approved(), at.manager, refund.id)
    at.store.act(RulesSet(cash_refund_limit=100_00), at.manager)
    at.refused(PaidOut(), r"每笔最多退 100\.00 元", subject=refund.id)


def test_when_the_float_is_spent_a_drawer_full_of_takings_refunds_nothing(at: Office) -> None:
    at.store.act(RulesSet(cash_refund_limit=1000_00), at.manager)
    at.pay(DEPOSIT, 500_00, "现金")
    payment = at.pay(FEE, 161_28, "现金")
    at.next_shift()
    at.give(at.ask(deposit(450_00, route="备用金现金", signed=True)))
    refund = at.ask(red(payment.id, route="备用金现金", signed=True, payee="张秀兰"))
    at.store.act(Approved(), at.manager, refund.id)
    assert at.refused(PaidOut(), r"备用金只剩 50\.00 元.*坐支", subject=refund.id).field == "route"


def test_another_approves_a_supervisor_once_and_only_what_is_approved_is_paid(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(), by=at.manager)
    for by in (at.cashier, at.clerk, at.guard):
        at.refused(Approved(), "岗位", by, refund.id)
    at.refused(Approved(), "申请人不能审批自己的退款", at.manager, refund.id)
    at.refused(PaidOut(reference="1"), "还没审批", subject=refund.id)
    record = at.store.act(Approved(), staff.COMMAND_LINE, refund.id).record
    assert isinstance(record, Refund) and (record.state, record.approved_by) == ("已批准", staff.COMMAND_LINE.id)
    at.refused(Approved(), "不用再审批；要收回请取消", at.manager, refund.id)
    assert at.refused(PaidOut(), "流水号", subject=refund.id).field == "reference"
    assert at.refused(PaidOut(reference="1", day="2999-01-01"), "不能晚于今天", subject=refund.id).field == "day"
    at.pay_out(refund)
    at.refused(PaidOut(reference="2"), "红字收据号 A26-000002，不会再退一次", subject=refund.id)
    at.refused(Cancelled(reason="不退了"), "不能再取消", subject=refund.id)


def test_what_was_rejected_or_cancelled_holds_nothing_and_is_not_paid(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit())
    record = at.store.act(Rejected(reason="没有验收照片"), at.manager, refund.id).record
    assert isinstance(record, Refund) and (record.state, record.ended) == ("已驳回", "没有验收照片")
    at.refused(PaidOut(reference="1"), "已驳回，不能付款", subject=refund.id)
    at.refused(Cancelled(reason="不退了"), "已驳回，不能再取消", subject=refund.id)
    again = at.ask(deposit())
    at.store.act(Approved(), at.manager, again.id)
    at.store.act(Cancelled(reason="住户不退了"), at.cashier, again.id)
    at.refused(PaidOut(reference="1"), "已取消，不能付款", subject=again.id)
    at.refused(Rejected(reason="没有照片"), "不用再审批", at.manager, again.id)
    with at.store.read() as read:
        assert refunds.open_refunds(read, at.cashier) == []
        assert [one.id for one in refunds.refunds_of(read, ROOM, at.cashier)] == [again.id, refund.id]
    assert at.held() == 500_00


def test_one_request_is_one_refund_and_no_shift_pays_none(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(100_00, request="r1"))
    at.refused(deposit(100_00, request="r1"), f"已经申请过了，单号 {refund.number}")
    at.store.act(Approved(), at.manager, refund.id)
    with at.store.read() as read:
        shift = shifts.open_shift(read)
        assert shift
    at.store.act(ShiftCounted(pieces=FLOAT, totals=(("微信", 500_00),)), at.cashier, shift.id)
    at.refused(PaidOut(reference="1"), "盘点", subject=refund.id)
    at.store.act(ShiftClosed(left=500_00), at.cashier, shift.id)
    at.refused(PaidOut(reference="1"), "开班", subject=refund.id)
    at.ask(deposit(100_00))


def test_a_withdrawn_bill_that_was_paid_is_settled_by_its_red_receipt(at: Office) -> None:
    payment = at.pay(FEE, 161_28)
    at.store.act(Withdrawn(reason="出错了账"), at.manager, FEE)
    at.next_shift()
    assert at.open_of(FEE) == -161_28
    refund = at.ask(red(payment.id))
    at.store.act(Approved(), at.manager, refund.id)
    paper = papers(at.store.rehearse(PaidOut(reference="1"), at.cashier, refund.id))["red"]
    assert "恢复欠费" not in paper
    at.pay_out(refund)
    assert at.open_of(FEE) == 0


def entries(*events: tuple[Event, int]) -> list[Any]:
    """Entries of one refund at these clocks."""
    return [jobs.entry(n, event, clock) for n, (event, clock) in enumerate(events, 1)]


def folded(*events: tuple[Event, int]) -> tuple[Refund, list[RefundLine]]:
    """The refund these make, said twice and backwards."""
    made = entries(*events)
    whole = fold_whole(Refund, "s", [*reversed(made), *made])
    assert whole and isinstance(whole[0], Refund)
    return whole[0], [line for line in whole[1] if isinstance(line, RefundLine)]


YES, NO, PAID, OFF = Approved(), Rejected(reason="没有照片"), PaidOut(reference="1"), Cancelled(reason="不退了")


@pytest.mark.parametrize(
    ("events", "state", "doubt"),
    [
        ((YES, PAID), "已退", ""),
        ((YES, PAID, PAID), "已退", "两台前台都退了"),
        ((YES, NO), "已批准", "又驳回"),
        ((NO, YES), "已驳回", "又批准"),
        ((OFF, YES), "已取消", "又批准"),
        ((YES, OFF), "已取消", ""),
        ((YES, PAID, OFF), "已退", "又取消"),
        ((YES, PAID, NO), "已退", "又驳回"),
        ((NO, YES, PAID), "已退", "又批准"),
        ((YES, OFF, PAID), "已退", "已取消的退款另一台前台已付出去"),
        ((NO, YES, PAID, PAID), "已退", "两台前台都退了"),
        ((YES, YES, NO, NO), "已批准", "又驳回"),
        ((NO, NO, OFF), "已驳回", ""),
    ],
)
def test_of_two_desks_apart_the_first_counts_and_money_that_went_out_is_seen(
    events: tuple[Event, ...], state: str, doubt: str
) -> None:
    record, (line,) = folded((deposit(), 1), *((event, n) for n, event in enumerate(events, 2)))
    assert record.state == state and line.done == (state == "已退")
    assert doubt in record.doubt and bool(doubt) == bool(record.doubt)
    if PAID in events:
        assert record.red_entry == f"{2 + events.index(PAID):032x}", "the first that paid"


@given(st.permutations([YES, NO, PAID, OFF, PAID]), st.permutations(range(6)))
@settings(max_examples=60, deadline=None)
def test_the_fold_is_the_same_in_every_order_of_arrival(events: list[Event], order: list[int]) -> None:
    made = entries((deposit(route="转预存", request="r"), 1), *((event, n) for n, event in enumerate(events, 2)))
    whole, other = (fold_whole(Refund, "s", some) for some in (made, [made[n] for n in order]))
    assert whole and other
    assert values(whole[0]) == values(other[0]) and [*map(values, whole[1])] == [*map(values, other[1])]
    assert sum(line.fen for line in whole[1] if isinstance(line, RefundLine)) == 0, "what becomes prepaid leaves no hole"


@pytest.fixture
def apart(at: Office, tmp_path: Path) -> Iterator[tuple[Office, Office, Callable[[], None]]]:
    """Two desks with a drawer each, the deposit paid at the first before they parted, and what brings them together."""
    at.pay(DEPOSIT, 500_00)
    (tmp_path / "b").mkdir()
    source, copy = connect(at.store.path), connect(tmp_path / "b" / "desk.db")
    source.backup(copy)
    source.close()
    copy.close()
    mine = at.store.look(journal.active)
    there = object.__new__(Office)
    vars(there).update(vars(at), store=store_of(tmp_path / "b", Config(estate="明强小区")))
    there.store.begin_chain(certificate("other", "B"), mine.seq, {"drawer": "other"})
    there.store.act(ShiftOpened(pieces=FLOAT), there.cashier)
    theirs = there.store.look(journal.active)

    def meet() -> None:
        for one, chain, other in ((at, mine, there), (there, theirs, at)):
            heads = {known.id: known.seq for known in other.store.look(journal.chains)}
            with one.store.read() as read:
                placed = journal.since(raw(read.connection()), chain.id, heads.get(chain.id, 0), 999)
            other.store.receive([chain.certificate], placed)

    yield at, there, meet
    there.store.close()


def test_two_desks_that_pay_one_refund_count_it_once_and_say_so(apart: tuple[Office, Office, Callable[[], None]]) -> None:
    here, there, meet = apart
    refund = here.ask(deposit())
    here.store.act(Approved(), here.manager, refund.id)
    meet()
    assert [here.pay_out(refund).red, there.pay_out(refund).red] == ["A26-000002", "B26-000001"]
    meet()
    for desk in (here, there):
        with desk.store.read() as read:
            (one,) = refunds.refunds_of(read, ROOM, desk.cashier)
            assert (one.state, one.red) == ("已退", "A26-000002") and "A26-000002 和 B26-000001" in one.doubt
        assert desk.held() == 0
        assert desk.store.check()[1] == []


def test_two_desks_that_each_give_one_deposit_back_leave_less_than_nothing_to_see(
    apart: tuple[Office, Office, Callable[[], None]],
) -> None:
    here, there, meet = apart
    for desk in (here, there):
        desk.give(desk.ask(deposit(300_00)))
    meet()
    for desk in (here, there):
        with desk.store.read() as read:
            assert [(row.bill.id, row.held) for row in refunds.held(read, desk.cashier)] == [(DEPOSIT, -100_00)]
        desk.refused(deposit(1), r"最多还能退 0\.00 元")


def test_two_desks_that_each_ask_for_one_deposit_pay_only_when_one_gives_way(
    apart: tuple[Office, Office, Callable[[], None]],
) -> None:
    here, there, meet = apart
    asked = [desk.ask(deposit()) for desk in (here, there)]
    for desk, refund in zip((here, there), asked, strict=True):
        desk.store.act(Approved(), desk.manager, refund.id)
    meet()
    here.refused(PaidOut(reference="1"), "先取消别的申请", subject=asked[0].id)
    here.store.act(Cancelled(reason="两台都申请了"), here.cashier, asked[1].id)
    here.pay_out(asked[0])
    assert here.held() == 0


def test_a_receipt_of_another_drawer_is_voided_there_while_its_shift_is_open(
    apart: tuple[Office, Office, Callable[[], None]],
) -> None:
    here, there, meet = apart
    payment = there.pay(FEE, 161_28)
    meet()
    here.refused(red(payment.id), "还没结班，请到收款的那台前台直接作废")


def test_an_erased_payee_leaves_the_refund(at: Office) -> None:
    whole = fold_whole(Refund, "s", [jobs.entry(1, deposit(), 1, personal=False)])
    assert whole and isinstance(whole[0], Refund)
    assert (whole[0].payee, whole[0].account, whole[0].fen, whole[0].route) == ("", "", 500_00, "银行转账")


def test_a_guard_is_shown_nothing_of_it(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit())
    with at.store.read() as read:
        for asked in (
            lambda: refunds.held(read, at.guard),
            lambda: refunds.refunds_of(read, ROOM, at.guard),
            lambda: refunds.open_refunds(read, at.guard),
            lambda: refunds.lines_of(read, refund.id, at.guard),
        ):
            with pytest.raises(Refused, match="门岗"):
                asked()
        assert any(line.what == f"申请退款 {refund.number} {ROOM}" for line in daybook.latest(read, at.manager))
        assert not any("退款" in line.what for line in daybook.latest(read, at.guard))
        (row,) = refunds.held(read, at.cashier)
        assert (row.bill.id, row.held) == (DEPOSIT, 500_00)
    for by in (at.guard, at.clerk):
        at.refused(deposit(), "岗位", by)
        at.refused(PaidOut(reference="1"), "岗位", by, refund.id)


def test_the_papers_of_a_red_receipt(at: Office) -> None:
    payment = at.pay(FEE, 161_28)
    at.next_shift()
    said = red(payment.id, route="备用金现金", signed=True, payee="张秀兰")
    (asked,) = at.store.rehearse(said, at.cashier)
    assert asked.large, "the household asked for large print"
    for words in ("退款申请单", "原收据No.A26-000001", "原单处理原单收回", "￥161.28", "人民币壹佰陆拾壹元贰角捌分", "备用金",
                  "张*兰", "重复缴费", "申请李敏", "主管审批__", "财务__", "收款人签字__"):  # fmt: skip
        assert words in papers([asked])["refund"], words
    refund = at.ask(said)
    at.store.act(Approved(), at.manager, refund.id)
    (slip,) = at.store.rehearse(PaidOut(), at.cashier, refund.id)
    assert slip.copies == ("客户联", "留存联") and sum(isinstance(node, Drawer) for node in slip.nodes) == 1
    paper = papers([slip])["red"]
    for words in ("收款收据(红字)", "No.A26-000002", "原收据No.A26-000001", "物业费2026-09-161.28", "合计￥-161.28",
                  "(红字)人民币壹佰陆拾壹元贰角捌分", "恢复欠费161.28元", "申请李敏", "审批赵强", "经办李敏",
                  "收款人签字__", f"退款单{refund.number}"):  # fmt: skip
        assert words in paper, words
    assert "张秀兰" not in paper and "13800001234" not in paper


def test_the_papers_of_a_deposit(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    said = deposit(380_00, 120_00, inspection="墙面破损一处")
    paper = papers(at.store.rehearse(said, at.cashier))["refund"]
    assert "装修押金2026-11500.00" in paper and "扣墙面破损-120.00" in paper and "申请退￥380.00" in paper
    refund = at.ask(said)
    at.store.act(Approved(), at.manager, refund.id)
    slips = at.store.rehearse(PaidOut(reference="20261120001"), at.cashier, refund.id)
    paper = papers(slips)["deposit"]
    for words in ("押金退还单", "No.A26-000002", "原收据No.A26-000001", "装修押金2026-11500.00", "扣墙面破损-120.00",
                  "凭据照片3张", "实退￥380.00", "人民币叁佰捌拾元整", "银行转账", "尾号4567", "流水号20261120001",
                  "墙面破损一处", "审批赵强", "收款人签字__"):  # fmt: skip
        assert words in paper, words
    assert "62220212" not in paper and "张秀兰" not in paper
    assert not any(isinstance(node, Drawer) for slip in slips for node in slip.nodes), "only cash opens the drawer"


def test_the_paper_of_a_deposit_that_became_prepaid(at: Office) -> None:
    at.pay(DEPOSIT, 500_00)
    refund = at.ask(deposit(route="转预存", signed=True))
    at.store.act(Approved(), at.manager, refund.id)
    assert "转入物业费预存500.00元" in papers(at.store.rehearse(PaidOut(), at.cashier, refund.id))["deposit"]


STEP = st.one_of(
    st.tuples(st.just("pay"), st.booleans(), st.integers(1, 500_00)),
    st.tuples(st.sampled_from(("deposit", "red", "ahead", "to_account", "kept")), st.booleans(), st.integers(1, 300_00)),
    st.tuples(st.sampled_from(("approve", "reject", "cancel", "pay_out", "pay_out")), st.booleans(), st.integers(0, 5)),
    st.tuples(st.just("shift"), st.booleans(), st.just(0)),
)


@given(st.lists(STEP, max_size=25))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_goes_back_that_is_not_held_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bool, int]]
) -> None:
    desk = Office(tmp_path_factory.mktemp("r"))
    paid: list[tuple[str, str]] = []
    asked: list[str] = []
    taken, back, reopened = {FEE: 0, DEPOSIT: 0}, {DEPOSIT: 0}, {FEE: 0, DEPOSIT: 0}
    for step, of_fee, n in steps:
        target = FEE if of_fee else DEPOSIT
        try:
            match step:
                case "pay":
                    paid.append((desk.pay(target, n).id, target))
                    taken[target] += n
                case "deposit":
                    asked.append(desk.ask(deposit(n)).id)
                case "kept":
                    asked.append(desk.ask(deposit(n // 2, n - n // 2)).id)
                case "to_account":
                    asked.append(desk.ask(deposit(n, route="转预存", signed=True)).id)
                case "ahead":
                    asked.append(desk.ask(ahead(n)).id)
                case "red" if paid:
                    payment, of = paid[n % len(paid)]
                    asked.append(desk.ask(red(payment, n, target=of)).id)
                case "shift":
                    desk.next_shift()
                case "approve" | "reject" | "cancel" | "pay_out" if asked:
                    refund = asked[n % len(asked)]
                    if step == "pay_out":
                        done = desk.store.act(PaidOut(reference="1"), desk.cashier, refund).record
                        assert isinstance(done, Refund)
                        with desk.store.read() as read:
                            for line in refunds.lines_of(read, refund, desk.cashier):
                                if line.target in back:
                                    back[line.target] += line.fen + line.deducted
                                if done.sort == "红冲" and line.target in reopened:
                                    reopened[line.target] += line.fen
                    else:
                        event = {"approve": YES, "reject": NO, "cancel": OFF}[step]
                        desk.store.act(event, desk.manager, refund)
        except Refused:
            continue
        assert desk.held() == taken[DEPOSIT] - back[DEPOSIT] >= 0
        assert desk.balance() >= 0
        for bill, whole in ((FEE, 161_28), (DEPOSIT, 500_00)):
            assert desk.open_of(bill) == whole - taken[bill] + reopened[bill]
        with desk.store.read() as read:
            assert refundable.pending_of(read, DEPOSIT) <= desk.held()
            assert all(left >= 0 for payment, _ in paid for left in refunds.refundable(read, payment).values())
    with desk.store.read() as read:
        numbers = [row[0] for row in read.connection().exec_driver_sql(
            "SELECT number FROM payment UNION ALL SELECT red FROM refund WHERE red <> '' ORDER BY 1")]  # fmt: skip
    assert numbers == [f"A26-{n + 1:06d}" for n in range(len(numbers))], "red documents leave no gap either"
    assert desk.store.check()[1] == []
    desk.store.close()
