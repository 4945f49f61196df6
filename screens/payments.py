"""The receipts: what was taken, how and in which shift; taken back, invoiced, paid back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType

from data.records import Event, Refused
from desk import find, payments, residents, shifts, staff
from desk.money import yuan
from desk.paid import SCANNED, Invoiced, InvoiceIssued, Voided
from desk.payments import Payment, PaymentTender
from desk.prepaid import HEAD
from desk.shifts import Shift
from screens.counter import SHOWN, Counter
from screens.form import Field, Form
from screens.second import SECOND, second

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done

COPIES = ("已收回", "未收回")


class Void(Form):
    """Takes a receipt back: why, that its copies are recovered, and a second person's PIN."""

    def __init__(self, payment: Payment) -> None:
        super().__init__()
        self.subject = payment.id
        self.title = f"作废收据 {payment.number}"
        self.lead = f"{payment.room}  ￥{yuan(payment.fen)}  {payment.opened_at[:16].replace('T', ' ')}；号码保留，账单恢复未缴"

    def fields(self) -> Sequence[Field]:
        """Reason, copies, second person."""
        return (
            Field("reason", "原因", ("收错账单", "金额有误", "付款方式选错", "重复收款"), free=True),
            Field("copies_recovered", "两联", COPIES),
            *SECOND,
        )

    def event(self, values: dict[str, str]) -> Voided:
        """The void, agreed to by the second person."""
        if len(values["reason"]) < 2:
            raise Refused("请写清作废原因，会印在作废单上", "reason")
        if values["copies_recovered"] != COPIES[0]:
            raise Refused("请先收回客户联和留存联，再作废；收不回不能作废", "copies_recovered")
        return Voided(reason=values["reason"], approved_by=second(self.desk, values), copies_recovered=True)


class Invoice(Form):
    """The payer wants an invoice for a receipt."""

    def __init__(self, payment: Payment, title: str) -> None:
        super().__init__()
        self.subject, self.called = payment.id, payment.invoice_title or title
        self.title = f"发票登记  收据 {payment.number}"
        self.lead = f"{payment.room}  ￥{yuan(payment.fen)}；登记后这张收据不能再作废，要退走退款"

    def fields(self) -> Sequence[Field]:
        """To whom it is made out, and where it goes."""
        return (
            Field("title", "抬头", default=self.called, hint="个人写姓名，单位写全称"),
            Field("tax_id", "税号", hint="单位的 15、18 或 20 位；个人空着"),
            Field("contact", "联系方式", hint="手机或邮箱，收电子发票用"),
        )

    def first(self) -> Any:
        """The name is only proposed."""
        return self.query_one("#title")

    def event(self, values: dict[str, str]) -> Event:
        """The wish."""
        return Invoiced.model_validate(values)


class Issue(Form):
    """The invoice was issued."""

    def __init__(self, payment: Payment) -> None:
        super().__init__()
        self.subject = payment.id
        self.title = f"发票号码  收据 {payment.number}"
        self.lead = f"抬头 {payment.invoice_title}  ￥{yuan(payment.fen)}"

    def fields(self) -> Sequence[Field]:
        """Its number."""
        return (Field("number", "发票号码", hint="数电票 20 位数字，纸质票 8 位"),)

    def event(self, values: dict[str, str]) -> Event:
        """The number."""
        return InvoiceIssued.model_validate(values)


class Payments(Counter):
    """Receipts, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "void", "作废", tooltip="收回两联、另一人复核后作废这张收据；只限本班收的", priority=True),
        Binding("ctrl+g", "invoice", "发票", tooltip="登记发票抬头；已登记的填发票号码", priority=True),
        Binding("ctrl+o", "reverse", "退款", tooltip="结班后或已开发票的收据：申请退款（红冲）", priority=True),
        Binding("f9", "app.place('refunds')", "退款单", tooltip="退款申请：审批、付款、取消"),
    ]
    heading = "收据"
    looking_for = "房号 / 收据号"
    columns = (("收据号", 10), ("时间", 12), ("房号", 8), ("金额", 10))

    def rows(self, read: Session, text: str) -> Sequence[Payment]:
        """By room or number, else the latest; a guard gets none, and is not let in."""
        actor = self.desk.actor
        if actor is None or not staff.sees_money(actor):
            return []
        if not text:
            return payments.recent(read, actor, SHOWN)
        found = [match for match in find.search(read, text, actor, 50) if match.place in ("payments", "home")]
        listed = [
            payment for match in found if match.place == "home" for payment in payments.payments_of(read, match.room, actor)
        ]
        named = [read.get_one(Payment, match.record) for match in found if match.place == "payments"]
        return list({payment.id: payment for payment in (*named, *listed)}.values())

    def cells(self, record: Any) -> Sequence[str]:
        """Number, time, room, and the amount or that it was taken back."""
        at = record.opened_at[5:16].replace("T", " ")
        return record.number or "—", at, record.room, yuan(record.fen) if record.state == payments.PAID else record.state

    def detail(self, read: Session, record: Any) -> Text:
        """What was paid and how, who took it in which shift, its invoice, and why it was taken back."""
        assert self.desk.actor is not None
        said = Text()
        said.append(f"No. {record.number}\n" if record.number else "预存抵扣，没有收据\n", "bold")
        said.append(f"{record.room}  {residents.owner_name(read, record.room)}\n")
        for part in payments.allocations(read, record, self.desk.actor):
            ahead = "预存 " if part.bill.startswith(HEAD) else ""
            said.append(f"  {ahead}{part.item} {part.period}  {yuan(part.fen)}\n")
            said.append(f"    减免 {part.why} -{yuan(part.waived)}\n" if part.waived else "")
        said.append(f"合计 ￥{yuan(record.fen)}\n", "bold")
        shift = read.get(Shift, record.shift)
        checked = {one.kind: one.ok for one in shifts.tenders(read, record.shift)} if shift and shift.closed_at else {}
        for tender in payments.tenders(read, record, self.desk.actor):
            said.append(f"{tendered(tender, checked.get(tender.kind))}\n")
        if record.payer:
            said.append(f"缴款人 {record.payer} {record.relation}\n")
        said.append(f"收款人 {staff.names(read).get(record.opened_by, '')}  {record.opened_at[:16].replace('T', ' ')}\n")
        if shift:
            said.append(f"班次 {shifts.called(read, shift)}{f'  {shift.z}' if shift.z else ''}\n")
        if record.invoice:
            said.append(f"发票{record.invoice} {record.invoice_title} {record.invoice_number}\n", "bold")
        if record.void_reason:
            said.append(f"已作废：{record.void_reason}\n", "bold")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """Money is taken from a household's card, where it shows what is owed."""
        self.notify("先按 F2 回柜台找到住户，再按 F6 收费")
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key for what is done elsewhere."""
        return action not in ("new", "next")

    async def next_step(self, record: Any) -> Done | None:
        """A receipt has no next step; show its paper."""
        self.action_paper()
        return None

    def receipt(self, event: type[Event]) -> Payment | None:
        """The marked receipt, where this post may do that to it and there is one; else says why not."""
        record: Payment | None = self.marked()
        if record is None or not self.is_current or not self.may(event):
            return None
        if record.state == payments.APPLIED:
            self.notify("这一条是预存抵扣，没有收据；预存要退请回柜台按 Ctrl+O 选“退预存”", severity="warning")
            return None
        return record

    @work
    async def action_void(self) -> None:
        """Take the marked receipt back, where all but the second person allows it."""
        record = self.receipt(Voided)
        if record is None or self.desk.actor is None:
            return
        with self.desk.store.read() as read:
            agreed = Voided(reason="作废", approved_by="", copies_recovered=True).complete(read)
            refused = Payment.refusal(read, record, agreed, self.desk.actor)
        if refused and refused.field != "approver":
            self.desk.turn_down(refused)
            return
        done = await self.app.push_screen_wait(Void(record))
        if done:
            self.notify(f"收据 {record.number} 已作废，账单恢复未缴")
            self.mark(record.id)

    @work
    async def action_invoice(self) -> None:
        """Register an invoice for the marked receipt, or its number."""
        record = self.receipt(Invoiced)
        if record is None:
            return
        if record.state == payments.VOIDED or record.invoice == payments.ISSUED:
            state = f"发票已开具 {record.invoice_number}" if record.invoice == payments.ISSUED else "已作废，不能开发票"
            self.notify(f"收据 {record.number} {state}", severity="warning")
            return
        with self.desk.store.read() as read:
            title = record.payer or residents.owner_name(read, record.room)
        form = Issue(record) if record.invoice else Invoice(record, title)
        done = await self.app.push_screen_wait(form)
        if done:
            self.notify(
                f"收据 {record.number} 发票已登记" if isinstance(form, Invoice) else f"收据 {record.number} 发票号已记下"
            )
            self.mark(record.id)

    @work
    async def action_reverse(self) -> None:
        """Ask for the money of the marked receipt back."""
        from screens.refunds import reverse

        record = self.receipt(Voided)
        if record is not None:
            await reverse(self.desk, record)


def tendered(tender: PaymentTender, checked: bool | None) -> str:
    """A tender as the glass says it; one by QR code is 待核 until its shift was closed, `checked` then whether it agreed."""
    said = f"{tender.kind} {yuan(tender.fen)}"
    if tender.given:
        said += f"  实收 {yuan(tender.given)} 找零 {yuan(tender.change)}"
    if tender.reference:
        said += f" 尾号 {tender.reference}"
    if tender.kind in SCANNED:
        said += "  待核" if checked is None else "  已核" if checked else "  ! 核对有差额"
    return said
