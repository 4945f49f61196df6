"""Money given back: red reversals, deposits and what was paid ahead, each asked for, approved by another, then paid out."""

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, Record, Refused
from desk import prepaid, refund_slips, residents, shifts, staff
from desk.fields import wall
from desk.money import yuan
from desk.payments import APPLIED, VOIDED, Payment
from desk.refund_lines import RefundAgain as RefundAgain
from desk.refund_lines import RefundLine as RefundLine
from desk.refund_refusals import refuse_much_cash, refuse_parts, refuse_route
from desk.refundable import Held as Held
from desk.refundable import cash_left
from desk.refundable import held as held
from desk.refundable import held_of as held_of
from desk.refundable import pending_of as pending_of
from desk.refundable import refundable as refundable
from desk.refundable import refuse_less as refuse_less
from desk.refunded import (
    APPROVED,
    ASKED,
    CANCELLED,
    CASH,
    COMMON,
    DEPOSIT,
    DONE,
    OPEN,
    RED,
    REJECTED,
    TO_ACCOUNT,
    Approved,
    Cancelled,
    PaidOut,
    Rejected,
    Requested,
)
from desk.shifts import CLOSED, Shift
from printers.slip import QR, Slip


class Refund(Record, table=True):
    """One refund. `fen` goes to the payee, `deducted` is kept; `red` and `red_entry` are number and entry of the red document.

    `ended` is why it was rejected or cancelled, `paid_at` when it was paid out, `shift` in which shift.
    """

    kinds = {event.kind: event for event in (Requested, Approved, Rejected, Cancelled, PaidOut)}

    sort: str = ""
    room: str = Field(default="", index=True)
    payment: str = Field(default="", index=True)
    route: str = ""
    payee: str = ""
    account: str = ""
    reason: str = ""
    slip: str = ""
    signed: bool = False
    inspection: str = ""
    state: str = Field(default=ASKED, index=True)
    fen: int = 0
    deducted: int = 0
    red: str = Field(default="", index=True)
    red_entry: str = ""
    shift: str = Field(default="", index=True)
    approved_by: str = ""
    ended: str = ""
    reference: str = ""
    paid_at: str = ""
    day: str = ""
    request: str = Field(default="", index=True)

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Of two desks that decide apart the first counts; money that went out went out all the same."""
        match event:
            case Requested() if not self.room:
                for name in type(event).model_fields.keys() & type(self).model_fields.keys():
                    setattr(self, name, getattr(event, name))
                self.fen, self.deducted = event.fen, sum(part.deducted for part in event.parts)
            case Approved() if self.state == ASKED:
                self.state, self.approved_by = APPROVED, entry.by
            case Approved() if self.state in (REJECTED, CANCELLED):
                self._doubt(f"{self.state}之后另一台前台又批准了，请主管核对，要退请重新申请")
            case Rejected() if self.state == ASKED:
                self.state, self.ended = REJECTED, event.reason
            case Rejected() if self.state in (APPROVED, DONE):
                self._doubt(f"{self.state}之后另一台前台又驳回了，请主管核对")
            case Cancelled() if self.state in OPEN:
                self.state, self.ended = CANCELLED, event.reason
            case Cancelled() if self.state == DONE:
                self._doubt("已退款之后另一台前台又取消了，请主管核对")
            case PaidOut() if self.state == DONE:
                self.doubt = f"两台前台都退了这笔款（{self.red} 和 {entry.number}），请主管追回后一笔并作说明"
            case PaidOut():
                if self.state != APPROVED:
                    self._doubt(f"{self.state}的退款另一台前台已付出去（{entry.number}），请主管核对")
                self.state, self.red, self.red_entry, self.paid_at = DONE, entry.number, entry.id, entry.at
                self.shift, self.reference, self.day = event.shift, event.reference, event.day

    def _doubt(self, sentence: str) -> None:
        self.doubt = self.doubt or sentence

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (RefundLine, RefundAgain)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """What goes back of what, by 转预存 what goes to which account, and what was paid out more than once."""
        asked = said[0][1]
        assert isinstance(asked, Requested)
        done, credit = self.state == DONE, Counter[str]()
        rows = [
            RefundLine(
                owner=self.id, n=n, payment=asked.payment, reopens=asked.sort == RED, done=done,
                **part.model_dump(exclude={"into"}),
            )
            for n, part in enumerate(asked.parts)
        ]  # fmt: skip
        for part in asked.parts if asked.route == TO_ACCOUNT else ():
            credit[part.into or COMMON] += part.fen
        for item, fen in (+credit).items():
            account = prepaid.account_id(asked.room, item)
            rows.append(RefundLine(owner=self.id, n=len(rows), target=account, item=item, fen=-fen, done=done))
        again = [(entry, event) for entry, event in said if isinstance(event, PaidOut)][1:]
        return [
            *rows,
            *(
                RefundAgain(
                    owner=self.id, n=n, red=entry.number, route=self.route, fen=self.fen, shift=event.shift, at=entry.at
                )
                for n, (entry, event) in enumerate(again)
            ),
        ]  # fmt: skip

    @classmethod
    def refusal(cls, read: Session, record: "Refund | None", event: Event, by: Actor) -> Refused | None:
        """Nothing goes back beyond what is held, without the original, by its own approver, or in cash out of takings."""
        match event:
            case Requested():
                return _refuse_request(read, event)
            case Approved() | Rejected() if record:
                return _refuse_decision(record, event, by)
            case Cancelled() if record and record.state not in OPEN:
                return Refused(f"退款 {record.number} {record.state}，不能再取消")
            case PaidOut() if record:
                return _refuse_payout(read, record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """退款申请单 when asked; once paid out 押金退还单 for a deposit, else the red receipt."""
        if not isinstance(event, Requested | PaidOut):
            return ()
        rows = read.exec(select(RefundLine).where(RefundLine.owner == self.id).order_by(col(RefundLine.n))).all()
        token = QR(f"{entry.number}.{check_letters(link)}")
        if isinstance(event, Requested):
            return [refund_slips.application(read, self, rows, entry, token, by)]
        draw = refund_slips.deposit_back if self.sort == DEPOSIT else refund_slips.red_receipt
        return [draw(read, self, rows, entry, token, by)]


def _refuse_request(read: Session, event: Requested) -> Refused | None:
    if unknown := residents.refuse_unknown_room(read, event.room):
        return unknown
    if twin := read.exec(select(Refund).where(Refund.request == event.request)).first():
        return Refused(f"这笔退款已经申请过了，单号 {twin.number}，不会再申请一次")
    payment = read.get(Payment, event.payment) if event.payment else None
    return (
        _refuse_original(read, event, payment)
        or refuse_parts(read, event.sort, event.room, event.payment, event.parts)
        or refuse_route(read, event, payment)
    )


def _refuse_original(read: Session, event: Requested, payment: Payment | None) -> Refused | None:
    """A 红冲 is of a receipt that can no longer be voided; it and a deposit come with the original, or word of its loss."""
    if event.sort == RED:
        if payment is None or payment.room != event.room:
            return Refused(f"请先选 {event.room} 要红冲的收据，再填退款", "payment")
        if payment.state == VOIDED:
            return Refused(f"收据 {payment.number} 已经作废，不能再红冲", "payment")
        shift = read.get(Shift, payment.shift) if payment.shift else None
        if shift and shift.state != CLOSED and not payment.invoice:
            there = "" if shift.drawer == shifts.drawer_of(read) else "到收款的那台前台"
            return Refused(f"收据 {payment.number} 还没结班，请{there}直接作废", "payment")
    if not event.slip and (event.sort == DEPOSIT or (event.sort == RED and payment and payment.state != APPLIED)):
        return Refused("要先收回原收据；原收据找不到的，请住户写遗失声明后选“遗失声明”", "slip")
    if event.sort == DEPOSIT and len(event.inspection) < 2:
        return Refused("请写验收结果，例如 现场完好、墙面破损一处，再退押金", "inspection")
    return None


def _refuse_decision(record: Refund, event: Event, by: Actor) -> Refused | None:
    if record.state != ASKED:
        return Refused(f"退款 {record.number} {record.state}，不用再审批{'；要收回请取消' if record.state == APPROVED else ''}")
    if isinstance(event, Approved) and by.id == record.opened_by:
        return Refused("申请人不能审批自己的退款，请另一位主管审批")
    return None


def _refuse_payout(read: Session, record: Refund, event: PaidOut) -> Refused | None:
    if record.state == DONE:
        when = record.paid_at[5:16].replace("T", " ")
        return Refused(f"退款 {record.number} 已在 {when} 退过，红字收据号 {record.red}，不会再退一次")
    if record.state == ASKED:
        return Refused(f"退款 {record.number} 还没审批，请主管批准后再付款")
    if record.state != APPROVED:
        return Refused(f"退款 {record.number} {record.state}，不能付款；要退请重新申请")
    if refused := shifts.refuse_without(read):
        return refused
    if record.fen and record.route in ("原路退回", "银行转账") and not event.reference:
        return Refused("请填银行或商户的退款流水号；还没有流水号说明钱还没退，请退成后再登记", "reference")
    if event.day > f"{wall():%Y-%m-%d}":
        return Refused("退款日期不能晚于今天，请核对", "day")
    rows = read.exec(select(RefundLine).where(RefundLine.owner == record.id, RefundLine.fen >= 0)).all()
    if refused := refuse_parts(read, record.sort, record.room, record.payment, rows, record.id):
        return refused
    if record.route != CASH:
        return None
    if (left := cash_left(read, event.shift)) < record.fen:
        return Refused(
            f"备用金只剩 {yuan(max(left, 0))} 元，不够退 {yuan(record.fen)} 元；收来的现金不能用来退款（坐支），"
            "请取消后改走银行转账或原路退回", "route"
        )  # fmt: skip
    return refuse_much_cash(read, record.fen)


def refunds_of(read: Session, room: str, by: Actor, limit: int = 20) -> Sequence[Refund]:
    """A household's latest refunds, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Refund).where(Refund.room == room).order_by(col(Refund.opened_at).desc()).limit(limit)).all()


def open_refunds(read: Session, by: Actor) -> Sequence[Refund]:
    """What waits for approval or for payment, longest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Refund).where(col(Refund.state).in_(OPEN)).order_by(col(Refund.opened_at))).all()


def recent(read: Session, by: Actor, limit: int = 100) -> Sequence[Refund]:
    """The latest refunds of every household, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Refund).order_by(col(Refund.opened_at).desc(), col(Refund.id).desc()).limit(limit)).all()


def lines_of(read: Session, refund: str, by: Actor) -> Sequence[RefundLine]:
    """What a refund gives back. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(RefundLine).where(RefundLine.owner == refund).order_by(col(RefundLine.n))).all()
