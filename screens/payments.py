"""Taking money at the counter: what is owed, how it is paid, what change is due; receipts and taking them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits, Input, SelectionList, Static
from textual.widgets.selection_list import Selection

from data.entry import new_id
from data.records import Refused
from desk import bills, find, payments, residents, staff
from desk.bills import OpenBill
from desk.money import capital, parse_yuan, yuan
from desk.payments import TENDERS, Paid, Part, Payment, Tender, Voided
from screens.counter import SHOWN, Counter
from screens.form import Field, Form

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk


class Pay(Form):
    """Takes money for a household's bills: all that are open are ticked, oldest first; space leaves one out."""

    def __init__(self, room: str, owed: Sequence[OpenBill], owner: str) -> None:
        super().__init__()
        self.room, self.owed = room, tuple(owed)
        self.title = f"收费  {room}  {owner}"
        self.request = new_id()

    def above(self) -> ComposeResult:
        """The bills beside the amounts in big digits."""
        with Horizontal(id="pay"):
            yield SelectionList[int](
                *(
                    Selection(f"{row.bill.item} {row.bill.period}  {yuan(row.open)}", n, initial_state=True)
                    for n, row in enumerate(self.owed)
                ),
                id="bills",
            )
            with Vertical(id="sums"):
                yield Static("应收", classes="sum-label")
                yield Digits("0.00", id="owed")
                yield Static("", id="capital")
                yield Static("找零", classes="sum-label", id="change-label")
                yield Digits("0.00", id="change")

    def fields(self) -> Sequence[Field]:
        """How it is paid, and by whom where that is somebody else."""
        return (
            Field("kind", "付款方式", TENDERS, default="现金"),
            Field("given", "实收", hint="收到的现金；刚好就直接保存"),
            Field("reference", "订单尾号", hint="扫码付款的订单号后 6 位"),
            Field("payer", "缴款人", hint="本人就空着"),
            Field("relation", "关系", ("子女", "亲属", "租户", "邻居", "护工"), free=True, hint="代缴时填"),
        )

    def on_mount(self) -> None:
        """Show the sums from the start, and wait for the money."""
        super().on_mount()
        self.query_one("#given").focus()
        self.sum_up()

    def chosen(self) -> list[OpenBill]:
        """The ticked bills."""
        ticked = self.query_one("#bills", SelectionList).selected
        return [row for n, row in enumerate(self.owed) if n in ticked]

    @on(SelectionList.SelectedChanged)
    @on(Input.Changed)
    def sum_up(self) -> None:
        """Owed, in capitals, and what change is due for what stands in 实收."""
        owed = sum(row.open for row in self.chosen())
        self.query_one("#owed", Digits).update(yuan(owed))
        self.query_one("#capital", Static).update(capital(owed) if owed else "请先勾选要交的账单")
        cash = self.query_one("#kind", Input).value == "现金"
        try:
            given = parse_yuan(self.query_one("#given", Input).value) if cash else owed
        except ValueError:
            given = owed
        short = given < owed
        self.query_one("#change-label", Static).update("还差" if short else "找零")
        self.query_one("#change", Digits).update(yuan(abs(given - owed)))

    def event(self, values: dict[str, str]) -> Paid:
        """The payment of what is ticked."""
        rows = self.chosen()
        owed = sum(row.open for row in rows)
        if not rows:
            raise Refused("请先勾选要交的账单（Shift+Tab 到账单，空格勾选）")
        kind = values["kind"]
        if kind not in TENDERS:
            raise Refused("请按数字键选付款方式", "kind")
        if kind == "现金":
            try:
                given = parse_yuan(values["given"]) if values["given"] else owed
            except ValueError as error:
                raise Refused(str(error), "given") from None
            if given < owed:
                raise Refused(f"还差 {yuan(owed - given)} 元；钱不够可以少勾几笔账单", "given")
            tender = Tender(kind="现金", fen=owed, given=given, change=given - owed)
        else:
            digits = values["reference"]
            if kind in ("微信", "支付宝") and not (digits.isascii() and digits.isdigit() and len(digits) == 6):
                raise Refused("请填对方手机上显示的订单号后 6 位数字；没有显示成功不能算收到", "reference")
            tender = Tender(kind=kind, fen=owed, reference=digits)
        return Paid(
            room=self.room,
            parts=tuple(Part(bill=r.bill.id, item=r.bill.item, period=r.bill.period, fen=r.open) for r in rows),
            tenders=(tender,),
            request=self.request,
            payer=values["payer"],
            relation=values["relation"] if values["payer"] else "",
        )


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
            Field("copies_recovered", "两联", ("已收回", "未收回")),
            Field("approver", "复核人", hint="另一位收费员或主管的姓名"),
            Field("pin", "复核密码", secret=True, hint="由复核人自己输入"),
        )

    def event(self, values: dict[str, str]) -> Voided:
        """The void, agreed to by the second person."""
        if len(values["reason"]) < 2:
            raise Refused("请写清作废原因，会印在作废单上", "reason")
        if values["copies_recovered"] != "已收回":
            raise Refused("请先收回客户联和留存联，再作废；收不回不能作废", "copies_recovered")
        if not values["approver"]:
            raise Refused("请另一位收费员或主管来复核", "approver")
        try:
            second = staff.login(self.desk.store, values["approver"], values["pin"])
        except Refused as refused:
            raise Refused(str(refused), "approver" if refused.field == "name" else "pin") from None
        return Voided(reason=values["reason"], approved_by=second.id, copies_recovered=True)


class Payments(Counter):
    """Receipts, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "void", "作废", tooltip="收回两联、另一人复核后作废这张收据", priority=True)
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
        return record.number, at, record.room, yuan(record.fen) if record.state == payments.PAID else record.state

    def detail(self, read: Session, record: Any) -> Text:
        """What was paid and how, who took it, and why it was taken back."""
        assert self.desk.actor is not None
        said = Text()
        said.append(f"No. {record.number}\n", "bold")
        said.append(f"{record.room}  {residents.owner_name(read, record.room)}\n")
        for part in payments.allocations(read, record, self.desk.actor):
            said.append(f"  {part.item} {part.period}  {yuan(part.fen)}\n")
        said.append(f"合计 ￥{yuan(record.fen)}\n", "bold")
        for tender in payments.tenders(read, record, self.desk.actor):
            cash = f"  实收 {yuan(tender.given)} 找零 {yuan(tender.change)}" if tender.kind == "现金" else ""
            said.append(f"{tender.kind} {yuan(tender.fen)}{cash}{f' 尾号 {tender.reference}' if tender.reference else ''}\n")
        if record.payer:
            said.append(f"缴款人 {record.payer} {record.relation}\n")
        said.append(f"收款人 {staff.names(read).get(record.opened_by, '')}  {record.opened_at[:16].replace('T', ' ')}\n")
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

    async def action_void(self) -> None:
        """Take the marked receipt back."""
        record = self.marked()
        if record is None or self.desk.actor is None:
            return
        if self.desk.actor.role not in staff.MONEY:
            self.notify("只有收费员和主管能作废收据", severity="warning")
        elif record.state == payments.VOIDED:
            self.notify(f"收据 {record.number} 已经作废")
        else:
            self.run_worker(self.void(record))

    async def void(self, record: Payment) -> None:
        """Await the form, then show what became of the receipt."""
        done = await self.app.push_screen_wait(Void(record))
        if done:
            self.notify(f"收据 {record.number} 已作废，账单恢复未缴")
            self.mark(record.id)


async def pay_for(desk: FrontDesk, room: str) -> Done | None:
    """Take money from a household; gives the payment, or None. Says why where nothing can be taken."""
    assert desk.actor is not None
    if desk.actor.role not in staff.MONEY:
        desk.notify("您的岗位不收费，请请收费员或主管来收", severity="warning")
        return None
    with desk.store.read() as read:
        owed = [row for row in bills.open_bills(read, room, desk.actor) if row.open > 0]
        owner = residents.owner_name(read, room)
    if not owed:
        desk.notify(f"{room} 没有未缴账单，下面是以前的收据")
        await desk.switch_mode("payments")
        desk.screen.query_one("#find", Input).value = room
        return None
    return await desk.push_screen_wait(Pay(room, owed, owner))
