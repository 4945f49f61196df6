"""Money given back on the glass: asked for from a receipt or a household, agreed to by the supervisor, paid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType

from data.entry import new_id
from data.records import Event, Refused
from desk import payments, prepaid, refunds, residents, staff
from desk.china import fold_digits
from desk.money import yuan
from desk.refundable import left_of
from desk.refunded import (
    APPROVED,
    ASKED,
    DONE,
    OPEN,
    RED,
    TO_ACCOUNT,
    Approved,
    Cancelled,
    PaidOut,
    RefundPart,
    Rejected,
    Requested,
)
from desk.refunds import Refund
from screens.ask import Ask, Pick
from screens.counter import SHOWN, Counter, hour
from screens.form import Field, Form
from screens.refund_forms import BY_BANK, Ahead, Deposit, Reverse

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from desk.payments import Payment
    from screens.app import FrontDesk


class PayOut(Form):
    """The bank or the merchant gave the money back: its number."""

    def __init__(self, refund: Refund) -> None:
        super().__init__()
        self.subject = refund.id
        self.title = f"付款 {refund.number}  {refund.room}  ￥{yuan(refund.fen)}"
        account = f"  账号尾号 {refund.account[-4:]}" if refund.account else ""
        self.lead = f"{refund.route}  {refund.payee}{account}；银行或商户退成后再登记"

    def fields(self) -> Sequence[Field]:
        """What it is known by, and when it was."""
        return (
            Field("reference", "流水号", hint="银行或商户的退款流水号"),
            Field("day", "退款日期", hint="今天就空着；或写 2026-11-20"),
        )

    def event(self, values: dict[str, str]) -> PaidOut:
        """The payment."""
        return PaidOut.model_validate(values)


class Reject(Form):
    """The supervisor does not agree."""

    def __init__(self, refund: Refund) -> None:
        super().__init__()
        self.subject = refund.id
        self.title = f"驳回 {refund.number}  {refund.room}  ￥{yuan(refund.fen)}"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("凭据不全", "金额不对", "收款人不符", "不符合退款规定"), free=True),)

    def event(self, values: dict[str, str]) -> Rejected:
        """The rejection."""
        return Rejected(reason=values["reason"])


class Cancel(Form):
    """It is not to go back after all."""

    def __init__(self, refund: Refund) -> None:
        super().__init__()
        self.subject = refund.id
        self.title = f"取消退款 {refund.number}  {refund.room}  ￥{yuan(refund.fen)}"
        self.lead = "单号保留，记录不删；要退可以重新申请"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("住户不退了", "改退款方式", "填错了"), free=True),)

    def event(self, values: dict[str, str]) -> Cancelled:
        """The end of it."""
        return Cancelled(reason=values["reason"])


class Refunds(Counter):
    """Requests for money back: what waits first, longest first, then the others, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "cancel", "取消", tooltip="还没付的退款不办了：写明原因，单号保留", priority=True)
    ]
    heading = "退款"
    looking_for = "房号 / 单号 / 收款人"
    columns = (("单号", 8), ("房号", 10), ("金额", 10), ("状态", 10))

    def rows(self, read: Session, text: str) -> Sequence[Refund]:
        """What waits, then the latest; with something in the search box, those it means. A guard gets none."""
        actor = self.desk.actor
        if actor is None or not staff.sees_money(actor):
            return []
        found = {one.id: one for one in (*refunds.open_refunds(read, actor), *refunds.recent(read, actor, SHOWN))}
        if not text:
            return list(found.values())
        _, rooms = self.meant(read, text, "refunds")
        for room in rooms:
            found |= {one.id: one for one in refunds.refunds_of(read, room, actor)}
        typed = fold_digits(text).upper()
        return [one for one in found.values() if one.room in rooms or typed in f"{one.number} {one.red} {one.payee} {one.room}"]

    def cells(self, record: Any) -> Sequence[str]:
        """Number, room, amount, state."""
        return record.number, record.room, yuan(record.fen), record.state

    def detail(self, read: Session, record: Any) -> Text:
        """What goes back of what, how, why, and who said so."""
        assert self.desk.actor is not None
        people = staff.names(read)
        said = Text(f"{record.number}  退{record.sort}  {record.state}\n", "bold")
        said.append(f"{record.room}  {residents.owner_name(read, record.room)}\n")
        for line in refunds.lines_of(read, record.id, self.desk.actor):
            into = f"转入{line.item}预存" if line.fen < 0 else f"{line.item} {line.period}".rstrip()
            said.append(f"  {into}  {yuan(abs(line.fen))}\n")
            said.append(f"    扣 {yuan(line.deducted)} {line.why}（{line.evidence}）\n" if line.deducted else "")
        said.append(f"退 ￥{yuan(record.fen)}  {record.route}\n", "bold")
        account = f"尾号 {record.account[-4:]}" if record.account else ""
        for label, value in (
            ("收款人", f"{record.payee} {account}".strip()), ("原因", record.reason), ("原收据", record.slip),
            ("验收", record.inspection), ("流水号", record.reference), ("退款日", record.day),
        ):  # fmt: skip
            said.append(f"{label}  {value}\n" if value else "")
        said.append(f"申请  {hour(record.opened_at)} {people.get(record.opened_by, '其他前台')}\n")
        said.append(f"批准  {people.get(record.approved_by, '其他前台')}\n" if record.approved_by else "")
        said.append(f"已退  {hour(record.paid_at)}\n红字  {record.red}\n" if record.paid_at else "")
        said.append(f"{record.state}  {record.ended}\n" if record.ended else "")
        return said.append(f"\n{STEPS[record.state]}\n", "bold") if record.state in STEPS else said

    def new_form(self, room: str = "") -> Form | None:
        """Money is asked back from a receipt or a household's card, where it shows what there is."""
        self.notify("退收据：F6 收费里选那张收据按 Ctrl+O；退押金、预存：F2 找到住户按 Ctrl+O")
        return None

    async def next_step(self, record: Any) -> Done | None:
        """The supervisor decides; what is approved is paid out."""
        if record.state == ASKED:
            return await self.decide(record)
        if record.state == APPROVED:
            return await self.pay_out(record) if self.may(PaidOut) else None
        self.notify(f"退款 {record.number} {record.state}，不用再办")
        return None

    async def decide(self, record: Refund) -> Done | None:
        """批准 or 驳回."""
        if self.desk.actor is None or self.desk.actor.role not in Approved.roles:
            self.notify("等主管审批：请主管登录后在这里按 F9", severity="warning")
            return None
        question = f"退款 {record.number}  {record.room}  ￥{yuan(record.fen)}  {record.route}"
        answer = await self.app.push_screen_wait(Pick(question, ("批准", "驳回")))
        if answer == 1:
            return await self.app.push_screen_wait(Reject(record))
        return self.act(Approved(), record) if answer == 0 else None

    async def pay_out(self, record: Refund) -> Done | None:
        """By bank with its number; out of the float or onto the account after one question."""
        if record.fen and record.route in BY_BANK:
            return await self.app.push_screen_wait(PayOut(record))
        if not record.fen:
            question = f"押金全部扣下，没有钱要退。办结 {record.number} 吗？"
        elif record.route == TO_ACCOUNT:
            question = f"把 ￥{yuan(record.fen)} 转入 {record.room} 的预存吗？"
        else:
            question = f"从备用金付现金 ￥{yuan(record.fen)} 给{record.payee}吗？请收款人在单上签字"
        if not await self.app.push_screen_wait(Ask(question, "付款" if record.fen else "办结", "返回")):
            return None
        return self.act(PaidOut(), record)

    def act(self, event: Event, record: Refund) -> Done | None:
        """Do a step that asks nothing; what the desk turns down is said."""
        try:
            return self.desk.act(event, record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    def said(self, done: Done) -> None:
        """Say what became of it."""
        record = done.record
        assert isinstance(record, Refund)
        self.notify(f"退款 {record.number} {record.state}{f'，红字 {record.red}' if record.state == DONE else ''}")

    @work
    async def action_cancel(self) -> None:
        """The marked refund is called off."""
        record = self.marked()
        if record is None or not self.is_current or not self.may(Cancelled):
            return
        if record.state not in OPEN:
            self.notify(f"退款 {record.number} {record.state}，不能再取消", severity="warning")
            return
        done = await self.app.push_screen_wait(Cancel(record))
        if done:
            self.said(done)
            self.mark(record.id)


STEPS = {ASKED: "F9 审批（主管）", APPROVED: "F9 付款"}
"""What F9 does next, by state."""


async def request_for(desk: FrontDesk, room: str) -> Done | None:
    """Ask for a deposit or what was paid ahead back; gives the request, or None. Says why where there is nothing."""
    if not _may_ask(desk):
        return None
    assert desk.actor is not None
    with desk.store.read() as read:
        payee = residents.owner_name(read, room)
        deposits = [
            (one.bill, _left(read, "押金", room, one.bill.id))
            for one in refunds.held(read, desk.actor)
            if one.bill.room == room
        ]
        accounts = [(one, _left(read, "预存", room, one.id)) for one in prepaid.accounts(read, desk.actor, room)]
    deposits, accounts = [one for one in deposits if one[1] > 0], [one for one in accounts if one[1] > 0]
    answers = [f"退押金  {bill.item} {bill.period}  {yuan(fen)}" for bill, fen in deposits]
    answers += (
        [f"退预存  {'、'.join(account.item for account, _ in accounts)}  {yuan(sum(fen for _, fen in accounts))}"]
        if accounts
        else []
    )
    if not answers:
        desk.notify(f"{room} 没有可退的押金和预存；退收据请按 F6，选那张收据按 Ctrl+O", severity="warning")
        return None
    chosen = await desk.push_screen_wait(Pick(f"{room} 退哪一笔", answers)) if len(answers) > 1 else 0
    if chosen is None:
        return None
    form = Deposit(room, payee, *deposits[chosen]) if chosen < len(deposits) else Ahead(room, payee, accounts)
    return await _ask(desk, form)


async def reverse(desk: FrontDesk, payment: Payment) -> Done | None:
    """Ask for the money of a receipt back (红冲); gives the request, or None. Says why where it cannot be."""
    if not _may_ask(desk):
        return None
    assert desk.actor is not None
    with desk.store.read() as read:
        parts = payments.allocations(read, payment, desk.actor)
        left = refunds.refundable(read, payment.id)
        kinds = {tender.kind for tender in payments.tenders(read, payment, desk.actor)}
        payee = payment.payer or residents.owner_name(read, payment.room)
    if refused := _refused(desk, payment, parts[0].bill):
        desk.turn_down(refused)
        return None
    newest = sorted(parts, key=lambda part: (part.period or "9999", part.n), reverse=True)
    open_parts = [(part, left[part.bill]) for part in newest if left.get(part.bill, 0) > 0]
    if not open_parts:
        desk.notify(f"收据 {payment.number} 没有可退的了：已退，或正在退", severity="warning")
        return None
    return await _ask(desk, Reverse(payment, payee, open_parts, cashless=not kinds <= {"现金", "预存"}))


def _left(read: Session, sort: str, room: str, target: str) -> int:
    return left_of(read, sort, room, "", target, "") or 0


def _may_ask(desk: FrontDesk) -> bool:
    if desk.actor is not None and desk.actor.role in Requested.roles:
        return True
    desk.notify("您的岗位不办退款，请请收费员或主管来办", severity="warning")
    return False


def _refused(desk: FrontDesk, payment: Payment, target: str) -> Refused | None:
    """Why a receipt cannot be reversed at all, asked before anybody fills in a form, or None."""
    assert desk.actor is not None
    event = Requested(
        sort=RED, room=payment.room, parts=(RefundPart(target=target, fen=1),), route=TO_ACCOUNT, reason="核对",
        request=new_id(), payment=payment.id, slip="原单收回", signed=True,
    )  # fmt: skip
    try:
        desk.store.rehearse(event, desk.actor)
    except Refused as refused:
        return refused if refused.field == "payment" else None
    return None


async def _ask(desk: FrontDesk, form: Form) -> Done | None:
    done = await desk.push_screen_wait(form)
    if done:
        desk.notify(f"退款 {done.record.number} 已申请，请主管审批")
    return done
