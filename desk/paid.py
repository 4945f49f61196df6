"""What is said of money taken at the counter: paid, settled from what was paid ahead, voided, moved, invoiced."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from data.records import Event, PersonalText
from desk import shifts, staff
from desk.billed import WaiveReason
from desk.bills import Bill
from desk.china import fold_digits
from desk.fields import Moment
from desk.money import Fen, yuan

TenderKind = Literal["现金", "微信", "支付宝", "刷卡", "转账", "预存", "支票"]
TENDERS: tuple[TenderKind, ...] = ("现金", "微信", "支付宝", "刷卡", "转账", "预存", "支票")
"""By digit 1-7. Cash can never be switched off (《人民币现金收付及服务规定》, from 2026-02-01)."""
SCANNED: tuple[TenderKind, ...] = ("微信", "支付宝")
"""Taken by QR code: counts as 待核 until the merchant's bill agrees at the close of the shift."""


def _title(text: str) -> str:
    if not 2 <= len(text) <= 100:
        raise ValueError("请填发票抬头：个人写姓名，单位写全称")
    return text


def _tax_id(text: str) -> str:
    """A unified credit code has 18 characters; older tax numbers 15 or 20."""
    text = fold_digits(text).replace(" ", "").upper()
    if text and not (text.isascii() and text.isalnum() and len(text) in (15, 18, 20)):
        raise ValueError("税号是 15、18 或 20 位数字和大写字母；个人抬头可以空着")
    return text


def _invoice_number(text: str) -> str:
    text = fold_digits(text).replace(" ", "")
    if not (text.isascii() and text.isdigit() and len(text) in (8, 10, 20)):
        raise ValueError("发票号码是 20 位数字（纸质发票 8 位），请核对后重填")
    return text


class Part(BaseModel):
    """What of a payment goes to one bill, or is paid ahead (`kind` 预存, `bill` the account), in fen.

    `waived` is given up of the bill in the same receipt, for the reason `why`.
    """

    model_config = ConfigDict(frozen=True)

    bill: str
    item: str
    period: str = ""
    fen: Fen
    waived: Fen = 0
    why: WaiveReason | Literal[""] = ""
    kind: Literal["账单", "预存"] = "账单"


class Tender(BaseModel):
    """Money handed over: `fen` net, `given` and `change` for cash.

    reference  the last six digits of a QR order, or what a card slip or cheque is known by
    at         the wall time the payer's phone shows, where that is not now
    source     the account that 预存 comes from
    """

    model_config = ConfigDict(frozen=True)

    kind: TenderKind
    fen: Fen
    given: Fen = 0
    change: Fen = 0
    reference: str = ""
    at: Moment = ""
    source: str = ""


class Paid(Event):
    """Money was taken for bills and a receipt written; header, parts and tenders are one event, so none goes missing.

    `request` is made when the form opens: one request, one payment, however often a key is pressed. `shift` is the open
    shift of the drawer. `designated` says that the payer named the bills (民法典 §560). `approved_by` agreed to what is waived.
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
    shift: str = ""
    designated: bool = False
    approved_by: str = ""

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        """Parts and tenders agree to the fen, and change is what was given less what was owed."""
        if not self.parts:
            raise ValueError("请先勾选要交的账单")
        if any(part.fen < 0 or part.waived < 0 or part.fen + part.waived <= 0 for part in self.parts):
            raise ValueError("每一笔金额都要大于 0")
        if any(tender.fen <= 0 for tender in self.tenders):
            raise ValueError("每一种付款方式的金额都要大于 0")
        if any(part.waived and (not part.why or part.kind == "预存") for part in self.parts):
            raise ValueError("减免要写原因，预存不能减免")
        if len({part.bill for part in self.parts}) != len(self.parts):
            raise ValueError("同一笔账单不能在一张收据里收两次")
        if len({(tender.kind, tender.reference, tender.source) for tender in self.tenders}) != len(self.tenders):
            raise ValueError("同一种付款方式请合成一笔；两笔扫码付款请分别填订单尾号")
        owed, taken = sum(part.fen for part in self.parts), sum(tender.fen for tender in self.tenders)
        if owed != taken:
            raise ValueError(f"应收 {yuan(owed)} 元，实收 {yuan(taken)} 元，两边不相等")
        for tender in self.tenders:
            if tender.kind != "现金" and (tender.given or tender.change):
                raise ValueError("只有现金才有找零")
            if tender.change < 0:
                raise ValueError(f"还差 {yuan(-tender.change)} 元，现金不够")
            if tender.kind == "现金" and tender.given - tender.change != tender.fen:
                raise ValueError("现金的实收减找零与应收不符，请重新点数")
            if (tender.kind == "预存") != bool(tender.source):
                raise ValueError("预存抵扣要指明用哪一项预存")
        return self

    def complete(self, read: Session) -> "Paid":
        """With the shift whose drawer the money goes into, and each bill's own item, whose account 多收 goes to."""
        found = {part.bill: bill.item for part in self.parts if (bill := read.get(Bill, part.bill))}
        parts = tuple(part.model_copy(update={"item": found.get(part.bill, part.item)}) for part in self.parts)
        return self.model_copy(update={"shift": shifts.open_id(read), "parts": parts})

    @property
    def fen(self) -> int:
        """The whole amount, in fen."""
        return sum(part.fen for part in self.parts)


class Applied(Event):
    """What was paid ahead went to a bill that fell due; no money moved and no receipt is written."""

    kind: ClassVar[str] = "payment.applied"
    opens: ClassVar[bool] = True
    roles = staff.MONEY

    room: str
    bill: str
    item: str
    period: str = ""
    fen: Fen
    source: str

    def key(self) -> str:
        """Two desks that both settle a bill from what was paid ahead meet in one record."""
        return applied_id(self.bill)


class Voided(Event):
    """A receipt was taken back: all copies recovered, a reason, and a second person who agreed (`approved_by`)."""

    kind: ClassVar[str] = "payment.voided"
    roles = staff.MONEY

    reason: str = Field(min_length=2)
    approved_by: str
    copies_recovered: bool = False
    shift: str = ""

    def complete(self, read: Session) -> "Voided":
        """With the shift it is done in."""
        return self.model_copy(update={"shift": shifts.open_id(read)})


class Moved(Event):
    """What was paid twice for a bill (two desks apart) was put on the household's account, by a supervisor's choice."""

    kind: ClassVar[str] = "payment.moved"
    roles = staff.SUPERVISION

    bill: str
    fen: Fen
    reason: str = ""


class Invoiced(Event):
    """The payer wants an invoice for a receipt (发票管理办法 §19); from here on it cannot be voided."""

    kind: ClassVar[str] = "payment.invoiced"
    roles = staff.MONEY

    title: Annotated[PersonalText, AfterValidator(_title)]
    tax_id: Annotated[PersonalText, AfterValidator(_tax_id)] = ""
    contact: PersonalText = ""


class InvoiceIssued(Event):
    """The invoice was issued; `number` is that of the electronic invoice, 20 digits (8 or 10 on old paper)."""

    kind: ClassVar[str] = "payment.invoice_issued"
    roles = staff.MONEY

    number: Annotated[str, AfterValidator(_invoice_number)]


def applied_id(bill: str) -> str:
    """The id of the record that a bill was settled from what was paid ahead."""
    return f"applied:{bill}"
