"""What the counter asks of a drawer besides its count: cash put in or taken out, the close, the bank's slip, the hand-over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Digits, Input, Static

from data.entry import new_id
from data.records import Event, Refused
from data.store import Done
from desk import fields, shifts, staff
from desk.china import fold_digits
from desk.figures import CASH, figures
from desk.handovers import HandoverSigned
from desk.money import yuan
from desk.rules import rules
from desk.shifts import CashMoved, Shift, ShiftBanked, ShiftClosed
from desk.till import REASONS
from printers.cells import glass_pad
from screens.counting import amount, second_if_shown, show_second
from screens.form import Field, Form
from screens.second import SECOND, second

WAYS = {"找零补充": "入", "解款": "出", "备用金支取": "出"}
"""Which way cash goes for a reason that says so itself."""

DIFFERS = ("找零差错", "少收或多收", "面额点错", "收款方式记错", "原因不明")
SEALED = ("当日送存", "入保险柜次日送")
BANK_SHUTS = 17
"""The hour from which the envelope is proposed to go into the safe (现金管理暂行条例 §11)."""


class Close(Form):
    """A counted shift is closed: now it shows what was expected, asks why it differs, and what stays in the drawer."""

    def __init__(self, shift: Shift) -> None:
        super().__init__()
        self.subject, self.shift = shift.id, shift
        self.title = f"结班 {shift.number}"
        self.lead = "点错了按 Esc 返回，再按 F8 重新盘点；Z 报表会写明盘点了几次"

    def above(self) -> ComposeResult:
        """Each tender as recorded and as counted, beside what goes to the bank."""
        with Horizontal(classes="split"):
            yield Static(self.compared(), classes="split-said")
            with Vertical(classes="split-sum"):
                yield Static("解款", classes="form-title")
                yield Digits("0.00", id="banked")
                yield Static("", id="banked-said", markup=False)

    def compared(self) -> Text:
        """应有, 实点 and 差额, a line for each tender."""
        with self.desk.store.read() as read:
            found, counted = figures(read, self.shift.id), shifts.tenders(read, self.shift.id)
            self.limit = rules(read).difference_limit
        rows = [(CASH, found.expected, self.shift.counted)]
        rows += [(one.kind, found.tender(one.kind), one.counted) for one in counted]
        self.difference = self.shift.counted - found.expected
        self.differs = any(expected != seen for _, expected, seen in rows)
        said = Text(f"{' ' * 6}{glass_pad('应有', 12, 'right')}{glass_pad('实点', 12, 'right')}\n", "bold", no_wrap=True)
        for kind, expected, seen in rows:
            word = "相符" if seen == expected else f"{'长' if seen > expected else '短'} {yuan(abs(seen - expected))}"
            said.append(f"{glass_pad(kind, 6)}{glass_pad(yuan(expected), 12, 'right')}{glass_pad(yuan(seen), 12, 'right')}  ")
            said.append(f"{word}\n", "bold" if seen != expected else "")
        return said

    def fields(self) -> Sequence[Field]:
        """Why it differs, what stays, the envelope; a second person only over the limit."""
        self.kept = min(self.shift.float_fen, self.shift.counted)
        late = fields.wall().hour >= BANK_SHUTS
        return (
            Field("reason", "差额原因", DIFFERS, free=True),
            *SECOND,
            Field("left", "留备用金", default=yuan(self.kept), hint="留在钱箱里给下一班"),
            Field("envelope", "封包号", hint="解款封包上的号码"),
            Field("sealed", "送存", SEALED, default=SEALED[1 if late else 0]),
        )

    def on_mount(self) -> None:
        """Only what this close needs is asked."""
        self.row("reason").display = self.differs
        show_second(self, abs(self.difference) > self.limit)
        if abs(self.difference) > self.limit:
            self.say("form", f"差额超过 {yuan(self.limit)} 元，要请主管输密码复核")
        self.sum_up()

    def first(self) -> Widget:
        """The first that is asked and still empty."""
        shown = [box for box in self.query(Input) if self.row(box.id or "").display]
        return next((box for box in shown if not box.value), shown[0])

    @on(Input.Changed, "#left")
    def sum_up(self) -> None:
        """What goes to the bank for what stays in the drawer."""
        try:
            banked = self.shift.counted - amount(self.values()["left"], "left")
        except Refused as refused:
            banked, said = 0, str(refused)
        else:
            said = "全部留在钱箱，不用解款" if not banked else "装封包送存银行" if banked > 0 else "点到的现金没有这么多"
        self.query_one("#banked", Digits).update(yuan(max(banked, 0)))
        self.query_one("#banked-said", Static).update(said)
        self.row("envelope").display = self.row("sealed").display = banked > 0

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """What differs by now is asked about, also where it did not when the form opened."""
        for name, _ in faults:
            if name == "approver":
                show_second(self, True)
            elif name == "reason":
                self.row("reason").display = True
        super().fault(faults)

    def event(self, values: dict[str, str]) -> ShiftClosed:
        """The close, agreed to by a second person where it must be."""
        left = amount(values["left"], "left")
        banked = left < self.shift.counted
        return ShiftClosed(
            left=left,
            reason=values["reason"],
            envelope=values["envelope"] if banked else "",
            sealed=banked and values["sealed"] == SEALED[1],
            approved_by=second_if_shown(self, values),
        )


class Move(Form):
    """Cash goes into the drawer or out of it, for a coded reason."""

    def __init__(self, shift: Shift) -> None:
        super().__init__()
        self.subject = shift.id
        self.title = f"现金出入 {shift.number}"
        self.lead = "只记找零补充、解款、备用金支取等；收费和退款不在这里记"
        self.request = new_id()

    def fields(self) -> Sequence[Field]:
        """Why, which way, how much."""
        return (
            Field("reason", "原因", REASONS),
            Field("direction", "方向", ("入", "出")),
            Field("fen", "金额", hint="元，如 200 或 35.50"),
            Field("note", "说明", hint="选“其他”时写明是什么事"),
        )

    def settled(self, name: str) -> None:
        """Most reasons go one way only."""
        if name == "reason" and (way := WAYS.get(self.values()["reason"])):
            self.query_one("#direction", Input).value = way

    def after(self, name: str) -> str | None:
        """The way is not asked where the reason says it."""
        following = super().after(name)
        return "fen" if following == "direction" and self.values()["reason"] in WAYS else following

    def event(self, values: dict[str, str]) -> CashMoved:
        """The move; one form moves cash once."""
        given = {name: values[name] for name in ("reason", "direction", "note") if values[name]}
        return CashMoved.model_validate(given | {"fen": amount(values["fen"], "fen"), "request": self.request})


class Banked(Form):
    """The bank took the envelope."""

    def __init__(self, shift: Shift) -> None:
        super().__init__()
        self.subject = shift.id
        self.title = f"登记银行回单  {shift.z}"
        self.lead = f"解款 ￥{yuan(shift.banked)}  封包 {shift.envelope}"

    def fields(self) -> Sequence[Field]:
        """The bank's number, and when."""
        return (
            Field("slip", "回单号", hint="银行回单上的编号"),
            Field("at", "送存时间", hint="空着就是现在；或写 14:30、昨天 14:30"),
        )

    def event(self, values: dict[str, str]) -> ShiftBanked:
        """What the bank said."""
        return ShiftBanked(slip=values["slip"], at=past(values["at"]))


def past(text: str) -> str:
    """A time already past as typed (`14:30`, `昨天 14:30`) as a wall time; anything else as it is."""
    said = fold_digits(text)
    day, _, hour = said.rpartition(" ")
    if day not in ("", "今天", "昨天") or not hour:
        return said
    return f"{fields.wall() - timedelta(days=day == '昨天'):%Y-%m-%d} {hour:0>5}"


class HandOver(Form):
    """Who takes over signs by PIN for what this one leaves; guards too."""

    def __init__(self) -> None:
        super().__init__()
        self.title = "交接单"

    def fields(self) -> Sequence[Field]:
        """Who takes over, and what else to know."""
        assert self.desk.actor is not None
        self.lead = f"交班：{self.desk.actor.name}。Ctrl+R 先看交接单，接班人看过后输自己的密码"
        with self.desk.store.read() as read:
            others = [one.name for one in staff.roster(read) if one.id != self.desk.actor.id]
        return (
            Field("remarks", "备注", hint="还有什么要交代；没有就空着"),
            Field("approver", "接班人", tuple(others[:9]), free=True),
            Field("pin", "接班密码", secret=True, hint="由接班人自己输入"),
        )

    def event(self, values: dict[str, str]) -> HandoverSigned:
        """The handing over, to be looked at before anybody signs."""
        with self.desk.store.read() as read:
            taker = next((one.id for one in staff.roster(read) if one.name == values["approver"]), "")
        if not taker:
            raise Refused("没有这个人，请按数字键选接班人" if values["approver"] else "请选接班人", "approver")
        return HandoverSigned(taken_by=taker, remarks=values["remarks"])

    def act(self, event: Event) -> Done:
        """Both sign: one is logged in, the other gives the PIN. Raises Refused beside it."""
        second(self.desk, self.values())
        return super().act(event)
