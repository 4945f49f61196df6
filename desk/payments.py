"""Taking money: what was paid, how, for which bills, on which receipt; and taking a receipt back."""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import residents, staff
from desk.bills import Allocation, Bill, open_of, paid_until
from desk.china import mask_name
from desk.money import Fen, capital, yuan
from printers.slip import QR, Drawer, Feed, Node, Pair, Rule, Slip, Text

TenderKind = Literal["现金", "微信", "支付宝", "刷卡", "转账"]
TENDERS: tuple[TenderKind, ...] = ("现金", "微信", "支付宝", "刷卡", "转账")
"""By digit 1-5. Cash can never be switched off (《人民币现金收付及服务规定》, from 2026-02-01)."""

PAID, VOIDED = "已收", "已作废"


class Part(BaseModel):
    """What of a payment goes to one bill, in fen."""

    model_config = ConfigDict(frozen=True)

    bill: str
    item: str
    period: str = ""
    fen: Fen


class Tender(BaseModel):
    """Money handed over: `fen` net, `given` and `change` for cash, `reference` the last six digits of a QR order."""

    model_config = ConfigDict(frozen=True)

    kind: TenderKind
    fen: Fen
    given: Fen = 0
    change: Fen = 0
    reference: str = ""


class Paid(Event):
    """Money was taken for bills and a receipt written; header, parts and tenders are one event, so none goes missing.

    `request` is made when the form opens: one request, one payment, however often a key is pressed.
    """

    kind: ClassVar[str] = "payment.paid"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "receipt"
    roles = staff.MONEY

    room: str
    parts: tuple[Part, ...]
    tenders: tuple[Tender, ...]
    request: str
    payer: PersonalText = ""
    relation: PersonalText = ""

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        """Parts and tenders agree to the fen, and change is what was given less what was owed."""
        if not self.parts:
            raise ValueError("请先勾选要交的账单")
        if any(part.fen <= 0 for part in self.parts) or any(tender.fen <= 0 for tender in self.tenders):
            raise ValueError("每一笔金额都要大于 0")
        if len({part.bill for part in self.parts}) != len(self.parts):
            raise ValueError("同一笔账单不能在一张收据里收两次")
        owed, taken = sum(part.fen for part in self.parts), sum(tender.fen for tender in self.tenders)
        if owed != taken:
            raise ValueError(f"应收 {yuan(owed)} 元，实收 {yuan(taken)} 元，两边不相等")
        for tender in self.tenders:
            if tender.kind != "现金" and (tender.given or tender.change):
                raise ValueError("只有现金才有找零")
            if tender.kind == "现金" and tender.given - tender.change != tender.fen:
                raise ValueError("现金的实收减找零与应收不符，请重新点数")
            if tender.change < 0:
                raise ValueError(f"还差 {yuan(-tender.change)} 元，现金不够")
        return self

    @property
    def fen(self) -> int:
        """The whole amount, in fen."""
        return sum(part.fen for part in self.parts)


class Voided(Event):
    """A receipt was taken back: all copies recovered, a reason, and a second person who agreed (`approved_by`)."""

    kind: ClassVar[str] = "payment.voided"
    roles = staff.MONEY

    reason: str = Field(min_length=2)
    approved_by: str
    copies_recovered: bool = False


class PaymentTender(SQLModel, table=True):
    """How a payment was handed over; belongs to the payment `owner`."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    kind: str
    fen: int
    given: int
    change: int
    reference: str = ""
    void: bool = False


class Payment(Record, table=True):
    """One payment with its receipt; `number` is the receipt's. Voided, never deleted."""

    kinds = {event.kind: event for event in (Paid, Voided)}

    room: str = Field(default="", index=True)
    state: str = Field(default=PAID, index=True)
    fen: int = 0
    payer: str = ""
    relation: str = ""
    request: str = Field(default="", index=True)
    void_reason: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; a second void changes nothing."""
        match event:
            case Paid():
                self.room, self.fen, self.request = event.room, event.fen, event.request
                self.payer, self.relation = event.payer, event.relation
            case Voided() if self.state == PAID:
                self.state, self.void_reason = VOIDED, event.reason

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (Allocation, PaymentTender)

    def lines(self, said: Sequence[Event]) -> Sequence[SQLModel]:
        """Its allocations and tenders."""
        paid = said[0]
        assert isinstance(paid, Paid)
        void = self.state == VOIDED
        return (
            *(
                Allocation(owner=self.id, n=n, bill=part.bill, item=part.item, period=part.period, fen=part.fen, void=void)
                for n, part in enumerate(paid.parts)
            ),
            *(PaymentTender(owner=self.id, n=n, void=void, **tender.model_dump()) for n, tender in enumerate(paid.tenders)),
        )

    @classmethod
    def refusal(cls, read: Session, record: "Payment | None", event: Event, by: Actor) -> Refused | None:
        """One request pays once; nothing is paid beyond what is open; a void needs its copies and a second person."""
        match event:
            case Paid():
                return _refuse_paid(read, event)
            case Voided() if record:
                return _refuse_void(read, record, event, by)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """The receipt in two copies, or the slip that says it was taken back."""
        if isinstance(event, Paid):
            return [receipt(read, self, event, entry, link, by)]
        if isinstance(event, Voided):
            return [void_slip(read, self, event, entry, by)]
        return ()


def _refuse_paid(read: Session, event: Paid) -> Refused | None:
    twin = read.exec(select(Payment).where(Payment.request == event.request)).first()
    if twin:
        return Refused(f"这笔款已经收过了，收据号 {twin.number}，不会再收一次")
    for part in event.parts:
        bill = read.get(Bill, part.bill)
        if bill is None or bill.room != event.room:
            return Refused(f"{event.room} 没有“{part.item} {part.period}”这笔账单，请按 Esc 返回后重新打开收费", "parts")
        still = open_of(read, bill)
        if part.fen > still:
            return Refused(f"{bill.item} {bill.period} 只欠 {yuan(max(still, 0))} 元，不能收 {yuan(part.fen)} 元", "parts")
    return None


def _refuse_void(read: Session, record: Payment, event: Voided, by: Actor) -> Refused | None:
    if record.state == VOIDED:
        return Refused(f"收据 {record.number} 已经作废，不用再作废")
    if not event.copies_recovered:
        return Refused("请先收回客户联和留存联，再作废；收不回不能作废", "copies_recovered")
    second = read.get(staff.Staff, event.approved_by)
    if second is None or not second.active or second.role not in staff.MONEY:
        return Refused("请由另一位收费员或主管输入姓名和密码复核", "approver")
    if second.id == by.id:
        return Refused("经办人和复核人不能是同一个人，请另一位收费员或主管复核", "approver")
    return None


def receipt(read: Session, payment: Payment, event: Paid, entry: Entry, link: bytes, by: Actor) -> Slip:
    """The receipt (收款收据): what was paid, in capitals too, and how; domain.md B4. No phone, the owner's name masked."""
    owner = residents.owner_name(read, event.room)
    room = residents.room(read, event.room)
    nodes: list[Node] = [Text(f"No. {entry.number}"), Pair("房号", event.room, size=2, bold=True)]
    if owner:
        nodes.append(Pair("业主", mask_name(owner)))
    if room.area:
        nodes.append(Pair("面积", f"{room.area / 100:.2f} 平方米"))
    if event.payer:
        nodes.append(Pair("缴款", f"{mask_name(event.payer)}{f'（{event.relation}·代缴）' if event.relation else ''}"))
    nodes.append(Rule())
    nodes.extend(Pair(f"{part.item} {part.period}", yuan(part.fen)) for part in event.parts)
    nodes += [Rule(), Pair("合计", f"￥{yuan(event.fen)}", size=2, bold=True), Text(capital(event.fen))]
    for tender in event.tenders:
        if tender.kind == "现金":
            nodes.append(Pair(f"现金 {yuan(tender.given)}", f"找零 {yuan(tender.change)}"))
        else:
            nodes.append(Pair(tender.kind, f"{yuan(tender.fen)}{f' 尾号{tender.reference}' if tender.reference else ''}"))
    left = sum(open_of(read, bill) for part in event.parts if (bill := read.get(Bill, part.bill)))
    nodes.append(Text(f"尚欠 {yuan(left)} 元" if left > 0 else "尚欠 无"))
    for item in dict.fromkeys(part.item for part in event.parts):
        if until := paid_until(read, event.room, item, by):
            nodes.append(Text(f"{item}已缴至 {until}", bold=True))
    nodes += [
        Rule(),
        Text(f"收款人 {by.name}  {entry.at[:10]} {entry.at[11:16]}"),
        Text("收款单位（盖章）"),
        Feed(2),
        QR(f"{entry.number}.{check_letters(link)}"),
        Text(f"校验 {check_letters(link)}", align="center"),
        Text("本收据不作发票；需发票凭此登记"),
        Text("热敏纸会褪色，请复印或拍照留存"),
    ]
    if any(tender.kind == "现金" for tender in event.tenders):
        nodes.append(Drawer())
    large = residents.wants_large_print(read, event.room)
    return Slip("receipt", "收款收据", tuple(nodes), copies=("客户联", "留存联"), large=large, money=True)


def void_slip(read: Session, payment: Payment, event: Voided, entry: Entry, by: Actor) -> Slip:
    """The slip that says a receipt was taken back (作废单); the receipt keeps its number (会计基础工作规范 §51)."""
    second = read.get(staff.Staff, event.approved_by)
    nodes = (
        Text(f"原收据 No. {payment.number}", bold=True),
        Text("作 废", size=2, bold=True, align="center"),
        Pair("房号", payment.room),
        Pair("金额", f"￥{yuan(payment.fen)}"),
        Pair("原因", event.reason),
        Text("两联已收回，账单恢复未缴"),
        Rule(),
        Text(f"经办 {by.name}  复核 {second.name if second else ''}"),
        Text(f"{entry.at[:10]} {entry.at[11:16]}"),
        Text("签字"),
        Feed(2),
    )
    return Slip("void", "收据作废单", nodes, money=True)


def payments_of(read: Session, room: str, by: Actor, limit: int = 20) -> Sequence[Payment]:
    """A household's latest receipts, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Payment).where(Payment.room == room).order_by(col(Payment.opened_at).desc()).limit(limit)).all()


def recent(read: Session, by: Actor, limit: int = 500) -> Sequence[Payment]:
    """The latest receipts of the whole desk, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Payment).order_by(col(Payment.opened_at).desc()).limit(limit)).all()


def allocations(read: Session, payment: Payment, by: Actor) -> Sequence[Allocation]:
    """What a payment went to. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Allocation).where(Allocation.owner == payment.id).order_by(col(Allocation.n))).all()


def tenders(read: Session, payment: Payment, by: Actor) -> Sequence[PaymentTender]:
    """How a payment was handed over. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(PaymentTender).where(PaymentTender.owner == payment.id).order_by(col(PaymentTender.n))).all()
