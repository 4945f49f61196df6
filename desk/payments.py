"""Taking money: one record a receipt, what the desk refuses of it, and what was taken."""

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry
from data.records import Actor, Event, Record, Refused
from desk import prepaid, receipts, shifts, staff
from desk.billed import ROUNDING
from desk.bills import Allocation, Bill, given_up, open_of, refuse_waiver
from desk.fields import wall
from desk.figures import CASH, figures
from desk.money import yuan
from desk.paid import Applied, Invoiced, InvoiceIssued, Moved, Paid, Part, Tender, Voided
from desk.refundable import refundable, refuse_less
from printers.slip import Slip

PAID, VOIDED, APPLIED = "已收", "已作废", "已冲抵"
REGISTERED, ISSUED = "已登记", "已开具"


class PaymentTender(SQLModel, table=True):
    """How a payment was handed over; belongs to the payment `owner`."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    kind: str
    fen: int
    given: int
    change: int
    reference: str = ""
    at: str = ""
    source: str = Field(default="", index=True)
    void: bool = False


class Payment(Record, table=True):
    """One payment with its receipt; `number` is the receipt's. Voided, never deleted."""

    kinds = {event.kind: event for event in (Paid, Applied, Voided, Moved, Invoiced, InvoiceIssued)}

    room: str = Field(default="", index=True)
    state: str = Field(default=PAID, index=True)
    fen: int = 0
    payer: str = ""
    relation: str = ""
    request: str = Field(default="", index=True)
    shift: str = Field(default="", index=True)
    void_reason: str = ""
    void_shift: str = Field(default="", index=True)
    invoice: str = ""
    invoice_title: str = ""
    invoice_number: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; a second void changes nothing."""
        match event:
            case Paid():
                self.room, self.fen, self.request, self.shift = event.room, event.fen, event.request, event.shift
                self.payer, self.relation = event.payer, event.relation
            case Applied() if not self.room:
                self.room, self.fen, self.state = event.room, event.fen, APPLIED
            case Applied() if event.fen != self.fen:
                self.doubt = "两台前台用预存抵扣同一笔账单，金额不同，请核对预存余额"
            case Voided() if self.state == PAID:
                self.state, self.void_reason, self.void_shift = VOIDED, event.reason, event.shift
                if self.invoice:
                    self.doubt = "收据作废前另一台前台已登记发票，请核对发票"
            case Invoiced():
                self.invoice, self.invoice_title = self.invoice or REGISTERED, event.title
                if self.state == VOIDED:
                    self.doubt = "收据已作废，另一台前台又登记了发票，请核对发票"
            case InvoiceIssued():
                self.invoice, self.invoice_number = ISSUED, event.number

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (Allocation, PaymentTender)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Its allocations, as they stand after what was moved, and its tenders."""
        opening = said[0][1]
        if isinstance(opening, Applied):
            parts = [Part(bill=opening.bill, item=opening.item, period=opening.period, fen=opening.fen)]
            tenders: Sequence[Tender] = [Tender(kind="预存", fen=opening.fen, source=opening.source)]
        else:
            assert isinstance(opening, Paid)
            parts, tenders = list(opening.parts), opening.tenders
        for _, event in said:
            if isinstance(event, Moved):
                parts = _moved(parts, event, self.room)
        void = self.state == VOIDED
        return (
            *(
                Allocation(owner=self.id, n=n, void=void, **part.model_dump(exclude={"kind"}))
                for n, part in enumerate(parts)
            ),
            *(PaymentTender(owner=self.id, n=n, void=void, **tender.model_dump()) for n, tender in enumerate(tenders)),
        )  # fmt: skip

    @classmethod
    def refusal(cls, read: Session, record: "Payment | None", event: Event, by: Actor) -> Refused | None:
        """One request pays once; nothing is paid beyond what is open; a void needs its copies and a second person."""
        match event:
            case Paid():
                return _refuse_paid(read, event, by)
            case Applied():
                return _refuse_applied(read, event)
            case Voided() if record:
                return _refuse_void(read, record, event, by)
            case Moved() if record:
                return _refuse_moved(read, record, event)
            case Invoiced() | InvoiceIssued() if record:
                return _refuse_invoice(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """The receipt in two copies, or the slip that says it was taken back."""
        if isinstance(event, Paid):
            return [receipts.receipt(read, event, entry, link, by)]
        if isinstance(event, Voided):
            return [receipts.void_slip(read, self, event, entry, by)]
        return ()


def _moved(parts: list[Part], event: Moved, room: str) -> list[Part]:
    """The parts after so much of one went to the account of its item; never more than stands on it."""
    part = next((part for part in parts if part.bill == event.bill), None)
    fen = min(event.fen, part.fen) if part else 0
    if part is None or fen <= 0:
        return parts
    account = prepaid.account_id(room, part.item)
    had = sum(other.fen for other in parts if other.bill == account)
    kept = [other for other in parts if other.bill not in (event.bill, account)]
    left = [part.model_copy(update={"fen": part.fen - fen})] if part.fen > fen or part.waived else []
    return [*kept, *left, Part(bill=account, item=part.item, fen=had + fen, kind="预存")]


def _refuse_paid(read: Session, event: Paid, by: Actor) -> Refused | None:
    twin = read.exec(select(Payment).where(Payment.request == event.request)).first()
    if twin:
        return Refused(f"这笔款已经收过了，收据号 {twin.number}，不会再收一次")
    if refused := shifts.refuse_without(read):
        return refused
    for part in event.parts:
        if refused := _refuse_part(read, event, part, by):
            return refused
    rounded = sum(part.waived for part in event.parts if part.why == "抹零")
    if rounded > ROUNDING:
        return Refused(f"一张收据抹零最多 {yuan(ROUNDING)} 元，现在是 {yuan(rounded)} 元", "waive")
    used = Counter[str]()
    for tender in event.tenders:
        if tender.source:
            used[tender.source] += tender.fen
    for source, fen in used.items():
        if any(part.kind == "预存" for part in event.parts):
            return Refused("不能用预存来交预存", "kind")
        if not source.startswith(prepaid.account_id(event.room, "")):
            return Refused("只能用本户自己的预存抵扣，请另选付款方式", "kind")
        if (left := prepaid.available(read, source)) < fen:
            return Refused(f"预存只剩 {yuan(left)} 元，不够抵扣 {yuan(fen)} 元，差的请另选付款方式", "kind")
    return None


def _refuse_part(read: Session, event: Paid, part: Part, by: Actor) -> Refused | None:
    if part.kind == "预存":
        if part.bill != prepaid.account_id(event.room, part.item):
            return Refused("预存只能存到本户，请按 Esc 返回后重新打开")
        return prepaid.refuse_over_cap(read, event.room, part.item, part.fen, f"{wall():%Y-%m-%d}")
    bill = read.get(Bill, part.bill)
    if bill is None or bill.room != event.room:
        return Refused(f"{event.room} 没有“{part.item} {part.period}”这笔账单，请按 Esc 返回后重新打开收费", "parts")
    still = open_of(read, bill)
    if part.fen + part.waived > still:
        more = f"{yuan(part.fen)} 元" + (f"、减免 {yuan(part.waived)} 元" if part.waived else "")
        return Refused(f"{bill.item} {bill.period} 只欠 {yuan(max(still, 0))} 元，不能收 {more}", "parts")
    if part.waived and part.why:
        before = given_up(read, bill.id, part.why)
        return refuse_waiver(read, bill.klass, part.waived, part.why, event.approved_by, by, before)
    return None


def _refuse_applied(read: Session, event: Applied) -> Refused | None:
    bill = read.get(Bill, event.bill)
    if bill is None or bill.room != event.room or event.source != prepaid.account_id(bill.room, bill.item):
        return Refused(f"{event.room} 的这笔账单不能用这项预存抵扣，请刷新后再试")
    if event.fen <= 0 or event.fen > open_of(read, bill):
        return Refused(f"{event.room} {event.item} {event.period} 不欠这么多，没有抵扣预存，请刷新后再试")
    if prepaid.available(read, event.source) < event.fen:
        return Refused(f"{event.room} 的预存不够抵扣 {event.item} {event.period}，请刷新后再试")
    return None


def _refuse_void(read: Session, record: Payment, event: Voided, by: Actor) -> Refused | None:
    if record.state != PAID:
        return Refused(f"收据 {record.number} {record.state}，不用再作废")
    if record.invoice:
        return Refused(f"收据 {record.number} 发票{record.invoice}，不能作废；请按 Ctrl+O 办退款（红冲）")
    if record.shift != shifts.open_id(read):
        return Refused(f"收据 {record.number} 不是这一班收的，不能作废；请按 Ctrl+O 办退款（红冲）")
    if refused := shifts.refuse_without(read):
        return refused
    for part in read.exec(select(Allocation).where(Allocation.owner == record.id)).all():
        if part.bill.startswith(prepaid.HEAD) and prepaid.available(read, part.bill) < part.fen:
            return Refused(f"这张收据存的{part.item}预存已经用过，不能作废；请主管按余额退预存")
        if refused := refuse_less(read, part.bill, part.fen):
            return refused
    cash = read.exec(select(PaymentTender.fen).where(PaymentTender.owner == record.id, PaymentTender.kind == CASH)).all()
    if sum(cash) > figures(read, record.shift).expected:
        return Refused("钱箱里没有这么多现金可退，请先把取走的现金放回并登记（F10 现金出入），再作废")
    if not event.copies_recovered:
        return Refused("请先收回客户联和留存联，再作废；收不回不能作废", "copies_recovered")
    return staff.refuse_second(read, event.approved_by, by, staff.MONEY)


def _refuse_moved(read: Session, record: Payment, event: Moved) -> Refused | None:
    bill = read.get(Bill, event.bill)
    over = -open_of(read, bill) if bill else 0
    held = read.exec(select(Allocation).where(Allocation.owner == record.id, Allocation.bill == event.bill)).first()
    if record.state == VOIDED or event.fen <= 0 or event.fen > over or held is None or event.fen > held.fen:
        return Refused("这笔账单没有多收这么多，请刷新后再看")
    if refused := refuse_less(read, event.bill, event.fen):
        return refused
    if event.fen > refundable(read, record.id).get(event.bill, 0):
        return Refused("这张收据的钱已经退了或正在退，不能再转预存；请换另一张收据，或先取消退款申请")
    own = record.state == APPLIED
    return None if own else prepaid.refuse_moved_over_cap(read, record.room, held.item, event.fen, f"{wall():%Y-%m-%d}")


def _refuse_invoice(record: Payment, event: Event) -> Refused | None:
    if record.state == VOIDED:
        return Refused(f"收据 {record.number} 已作废，不能开发票")
    if isinstance(event, Invoiced) and record.invoice == ISSUED:
        return Refused(f"收据 {record.number} 已开具发票 {record.invoice_number}，不能再登记")
    if isinstance(event, InvoiceIssued) and record.invoice != REGISTERED:
        return Refused("已开具过，不用再填" if record.invoice else "请先登记发票抬头，再填发票号码", "number")
    return None


def payments_of(read: Session, room: str, by: Actor, limit: int = 20) -> Sequence[Payment]:
    """A household's latest receipts, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Payment).where(Payment.room == room).order_by(col(Payment.opened_at).desc()).limit(limit)).all()


def recent(read: Session, by: Actor, limit: int = 500) -> Sequence[Payment]:
    """The latest receipts of the whole desk, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    taken = select(Payment).where(Payment.state != APPLIED)
    return read.exec(taken.order_by(col(Payment.opened_at).desc()).limit(limit)).all()


def paid_for(read: Session, bill: str, by: Actor) -> Sequence[Payment]:
    """The payments of which something stands on a bill, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    those = select(Allocation.owner).where(Allocation.bill == bill, col(Allocation.void).is_(False), Allocation.fen > 0)
    return read.exec(select(Payment).where(col(Payment.id).in_(those)).order_by(col(Payment.opened_at).desc())).all()


def allocations(read: Session, payment: Payment, by: Actor) -> Sequence[Allocation]:
    """What a payment went to. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Allocation).where(Allocation.owner == payment.id).order_by(col(Allocation.n))).all()


def tenders(read: Session, payment: Payment, by: Actor) -> Sequence[PaymentTender]:
    """How a payment was handed over. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(PaymentTender).where(PaymentTender.owner == payment.id).order_by(col(PaymentTender.n))).all()
