"""What the counter asks when money goes back: of which receipt, deposit or account, by which way, into whose hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Digits, Input, Static

from data.entry import new_id
from data.records import Refused
from desk.bills import Allocation, Bill
from desk.money import capital, yuan
from desk.payments import APPLIED, Payment
from desk.prepaid import Account
from desk.refunded import (
    CASH,
    DEPOSIT,
    RED,
    ROUTES,
    TO_ACCOUNT,
    Original,
    RefundPart,
    Requested,
    Sort,
)
from screens.counting import amount
from screens.form import Field, Form

BY_BANK = ("原路退回", "银行转账")
"""Routes of which the bank or the merchant gives a number."""

ORIGINALS = tuple(one for one in get_args(Original) if one)
SIGNED = ("已签字", "未签字")


class Asking(Form):
    """Money is asked back. A subclass says of what (`parts`) and which fields come before the way it goes (`what`)."""

    sort: Sort
    routes: tuple[str, ...] = ROUTES
    reasons: tuple[str, ...] = ()
    original = True
    """Whether the household's copy of the receipt must come back."""
    counted = ""
    """The field that refusals of the amounts stand beside."""

    def __init__(self, room: str, payee: str) -> None:
        super().__init__()
        self.room, self.payee = room, payee
        self.request = new_id()

    def what(self) -> Sequence[Field]:
        """The fields about what goes back."""
        raise NotImplementedError

    def parts(self, values: dict[str, str]) -> list[RefundPart]:
        """What goes back as typed. Raises Refused beside its field."""
        raise NotImplementedError

    def of(self) -> Text:
        """What it is that goes back, as it stands beside the sum."""
        raise NotImplementedError

    def above(self) -> ComposeResult:
        """What it is, beside what goes back in big digits."""
        with Horizontal(classes="split"):
            yield Static(self.of(), classes="split-said")
            with Vertical(classes="split-sum"):
                yield Static("退", classes="form-title")
                yield Digits("0.00", id="back")
                yield Static("", id="back-said", markup=False)

    def fields(self) -> Sequence[Field]:
        """What goes back, which way it goes, what must be there first, and why."""
        slip = (Field("slip", "原收据", ORIGINALS),) if self.original else ()
        return (
            *self.what(),
            Field("route", "退款方式", self.routes),
            Field("payee", "收款人", default=self.payee, hint="与签字或银行账户一致"),
            Field("account", "银行账号", hint="收款人的卡号或账号"),
            Field("signed", "签字", SIGNED),
            *slip,
            Field("reason", "退款原因", self.reasons, free=True),
        )

    def on_mount(self) -> None:
        """What the way asks waits for it."""
        self.show_way()
        self.sum_up()

    @on(Input.Changed, "#route")
    def show_way(self) -> None:
        """The bank asks for an account; hands ask for a signature."""
        route = self.values()["route"]
        self.row("payee").display = route in (CASH, BY_BANK[1])
        self.row("account").display = route == BY_BANK[1]
        self.row("signed").display = route in (CASH, TO_ACCOUNT)

    @on(Input.Changed)
    def sum_up(self) -> None:
        """What goes back for what is typed so far."""
        try:
            fen = sum(part.fen for part in self.parts(self.values()))
            said = capital(fen)
        except Refused as refused:
            fen, said = 0, str(refused)
        self.query_one("#back", Digits).update(yuan(fen))
        self.query_one("#back-said", Static).update(said)

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """What is wrong with the amounts stands beside the amount."""
        super().fault([(self.counted if name == "parts" else name, text) for name, text in faults])

    def event(self, values: dict[str, str]) -> Requested:
        """The request; one form asks once."""
        if not values["route"]:
            raise Refused("请按数字键选退款方式", "route")
        shown = {name: values[name] for name in ("payee", "account") if self.row(name).display}
        asked = {name: values[name] for name in ("slip", "inspection") if name in values}
        return Requested.model_validate(
            shown
            | asked
            | {
                "sort": self.sort,
                "room": self.room,
                "parts": tuple(self.parts(values)),
                "route": values["route"],
                "reason": values["reason"],
                "signed": self.row("signed").display and values["signed"] == SIGNED[0],
                "request": self.request,
                "payment": self.reversed(),
            }
        )

    def reversed(self) -> str:
        """The id of the receipt that is taken back, "" for none."""
        return ""


class Deposit(Asking):
    """A deposit goes back after an inspection, less what is kept of it and proven."""

    sort = DEPOSIT
    reasons = ("装修验收合格", "迁出交还", "证件钥匙交回", "场地使用结束")
    counted = "deducted"

    def __init__(self, room: str, payee: str, bill: Bill, left: int) -> None:
        """`left` is what may still go back of it, in fen."""
        super().__init__(room, payee)
        self.bill, self.left = bill, left
        self.title = f"退押金  {room}  {bill.item}"

    def of(self) -> Text:
        """The deposit."""
        return Text(f"{self.bill.item} {self.bill.period}\n押着 {yuan(self.left)}\n")

    def what(self) -> Sequence[Field]:
        """What was found, and what is kept for it."""
        return (
            Field("inspection", "验收", ("现场完好", "已恢复原状", "有损坏"), free=True),
            Field("deducted", "扣款", hint="没有就空着"),
            Field("why", "扣款原因", ("墙面破损", "管线损坏", "垃圾未清", "物品遗失"), free=True),
            Field("evidence", "凭据", hint="例如 验收照片 3 张、报价单"),
        )

    @on(Input.Changed, "#deducted")
    def show_kept(self) -> None:
        """What is kept must be said why, and shown."""
        self.row("why").display = self.row("evidence").display = bool(self.values()["deducted"])

    def on_mount(self) -> None:
        """Nothing is kept until it is said."""
        self.show_kept()

    def parts(self, values: dict[str, str]) -> list[RefundPart]:
        """All of it, less what is kept."""
        kept = amount(values["deducted"], "deducted") if values["deducted"] else 0
        if kept > self.left:
            raise Refused(f"押金只有 {yuan(self.left)} 元，扣不了 {yuan(kept)} 元；不够的部分请另出账单", "deducted")
        if kept and not values["why"]:
            raise Refused("扣款要写明原因", "why")
        if kept and not values["evidence"]:
            raise Refused("扣款要有凭据，例如 验收照片 3 张", "evidence")
        shown = {"why": values["why"], "evidence": values["evidence"]} if kept else {}
        return [RefundPart.model_validate(shown | {"target": self.bill.id, "fen": self.left - kept, "deducted": kept})]


class Ahead(Asking):
    """What was paid ahead goes back."""

    sort = "预存"
    routes = tuple(route for route in ROUTES if route != TO_ACCOUNT)
    reasons = ("迁出结清", "房屋过户", "多存了", "合同终止")
    original = False
    counted = "a0"

    def __init__(self, room: str, payee: str, standing: Sequence[tuple[Account, int]]) -> None:
        """`standing` are the accounts with what may go back of each, in fen."""
        super().__init__(room, payee)
        self.standing = tuple(standing)
        self.title = f"退预存  {room}"

    def of(self) -> Text:
        """The accounts."""
        return Text("".join(f"{account.item}预存 可退 {yuan(fen)}\n" for account, fen in self.standing))

    def what(self) -> Sequence[Field]:
        """An amount for each account, all of it unless something else is typed."""
        return [
            Field(f"a{n}", f"{account.item[:4]}", default=yuan(fen), hint=f"{account.item}退多少；不退填 0")
            for n, (account, fen) in enumerate(self.standing)
        ]

    def parts(self, values: dict[str, str]) -> list[RefundPart]:
        """What goes back of each account."""
        given = [(account, amount(values[f"a{n}"], f"a{n}")) for n, (account, _) in enumerate(self.standing)]
        return [RefundPart(target=account.id, fen=fen) for account, fen in given if fen]


class Reverse(Asking):
    """A receipt that can no longer be voided is taken back by a red one (红冲), all of it or part, the newest bill first."""

    sort = RED
    reasons = ("重复缴费", "收错账单", "金额有误", "多收")
    counted = "fen"

    def __init__(self, payment: Payment, payee: str, left: Sequence[tuple[Allocation, int]], cashless: bool) -> None:
        """`left` are the parts of the receipt, newest first, with what may go back of each; `cashless`: not all was cash."""
        super().__init__(payment.room, payee)
        self.payment, self.left_over = payment, tuple(left)
        self.title = f"退款（红冲）  收据 {payment.number}"
        self.original = payment.state != APPLIED
        if payment.state == APPLIED:
            self.routes = (TO_ACCOUNT,)
        elif not cashless:
            self.routes = tuple(route for route in ROUTES if route != BY_BANK[0])

    def of(self) -> Text:
        """The receipt, line by line."""
        said = Text(f"{self.payment.room}  收 {yuan(self.payment.fen)}  {self.payment.opened_at[:10]}\n")
        for part, fen in self.left_over:
            said.append(f"{part.item} {part.period}  可退 {yuan(fen)}\n")
        return said

    def what(self) -> Sequence[Field]:
        """How much; all of it unless less is typed."""
        whole = sum(fen for _, fen in self.left_over)
        return (Field("fen", "退多少", default=yuan(whole), hint="少退就改；从最新的账单退起"),)

    def parts(self, values: dict[str, str]) -> list[RefundPart]:
        """So much, the newest bill first."""
        fen, parts = amount(values["fen"], "fen"), []
        if fen > (whole := sum(left for _, left in self.left_over)):
            raise Refused(f"这张收据最多还能退 {yuan(whole)} 元", "fen")
        if not fen:
            raise Refused("退款金额要大于 0", "fen")
        for part, left in self.left_over:
            if share := min(fen, left):
                parts.append(RefundPart(target=part.bill, fen=share))
                fen -= share
        return parts

    def reversed(self) -> str:
        """This receipt."""
        return self.payment.id
