"""The drawer counted on the glass: a line for each note and coin, when a shift begins and, blind, before it ends."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Digits, Input, Static

from data.records import Refused
from desk import shifts
from desk.china import fold_digits
from desk.figures import QR
from desk.money import parse_yuan, yuan
from desk.shift_slips import denomination, signed
from desk.shifts import Shift, ShiftCounted, ShiftOpened
from desk.till import DENOMINATIONS
from screens.form import Field, Form
from screens.second import SECOND, second

SMALL = tuple(fen for fen in DENOMINATIONS if fen < 10)
"""分币 are rare: one field takes what they come to."""

MOST = 100_000
"""No drawer holds more of one denomination; what is more was scanned into the wrong field."""


def amount(typed: str, name: str) -> int:
    """The amount typed in a field, in fen. Raises Refused beside it."""
    try:
        return parse_yuan(typed)
    except ValueError as error:
        raise Refused(str(error) if typed else "请填金额", name) from None


def second_if_shown(form: Form, values: dict[str, str]) -> str:
    """The id of the second person where one is asked for, "" where not. Raises Refused beside name or PIN."""
    return second(form.desk, values) if form.row("approver").display else ""


def show_second(form: Form, wanted: bool) -> None:
    """Ask for a second person, or do not."""
    form.row("approver").display = form.row("pin").display = wanted


class Counting(Form):
    """Notes and coins, a line each, and what they come to in big digits while they are typed."""

    def above(self) -> ComposeResult:
        """The sum stays where it is while the lines roll."""
        with Vertical(id="counted"):
            yield Static("合计", classes="form-title")
            yield Digits("0.00", id="total")
            yield Static("", id="beside", markup=False)

    def pieces_asked(self) -> tuple[Field, ...]:
        """A field for each denomination, largest first, and one for 分币."""
        notes = tuple(Field(f"p{fen}", denomination(fen)) for fen in DENOMINATIONS if fen not in SMALL)
        return (*notes, Field("p1", "分币", hint="共几分"))

    def pieces(self, values: dict[str, str]) -> tuple[tuple[int, int], ...]:
        """(denomination in fen, how many). Raises Refused beside the field that is no number."""
        asked = [field.name for field in self.pieces_asked()]
        if not any(values[name] for name in asked):
            raise Refused("还没有填张数；钱箱是空的，也请在任意一格填 0", asked[0])
        return tuple((int(name[1:]), count) for name in asked if (count := how_many(values[name], name)))

    def settle(self, name: str) -> bool:
        """A number, or nothing; a scanned code is said at once."""
        try:
            if name.startswith("p") and name[1:].isdecimal():
                how_many(self.values()[name], name)
        except Refused as refused:
            self.say(name, str(refused))
            return False
        return super().settle(name)

    @on(Input.Changed)
    def sum_up(self) -> None:
        """What is counted so far, and what each line comes to; a line that is no number counts for nothing yet."""
        values, total = self.values(), 0
        for field in self.pieces_asked():
            try:
                fen = int(field.name[1:]) * how_many(values[field.name], field.name)
            except Refused:
                fen = 0
            total += fen
            self.row(field.name).query_one(".options", Static).update(f"＝ {yuan(fen)}" if fen else field.hint)
        self.query_one("#total", Digits).update(yuan(total))
        self.query_one("#beside", Static).update(self.beside(total))

    def beside(self, total: int) -> str:
        """What is said under the sum, in fen."""
        return ""

    def first(self) -> Widget:
        """The largest note."""
        return self.query_one(f"#p{DENOMINATIONS[0]}")


def how_many(typed: str, name: str) -> int:
    """How many notes were typed; nothing is none. Raises Refused beside its field."""
    said = fold_digits(typed).replace(" ", "")
    if said and not (said.isascii() and said.isdigit()):
        raise Refused(f"「{typed}」不是张数，请只填数字", name)
    if said and (len(said) > 9 or int(said) > MOST):
        raise Refused("张数太大，是不是把条码扫到了这里？请重新点数", name)
    return int(said or 0)


class Open(Counting):
    """A shift begins: what is in the drawer."""

    def __init__(self) -> None:
        super().__init__()
        self.title = "开班：点备用金"

    def fields(self) -> Sequence[Field]:
        """Notes and coins; a second person only where the clock is behind."""
        with self.desk.store.read() as read:
            before = shifts.last_closed(read)
        self.left = before.left if before else None
        self.lead = f"上一班 {before.z} 留下 ￥{yuan(before.left)}。" if before else "第一次开班。"
        self.lead += "填张数，Enter 下一格，没有的空着"
        return (*self.pieces_asked(), *SECOND)

    def on_mount(self) -> None:
        """Nobody else is needed until the desk says so."""
        show_second(self, False)

    def beside(self, total: int) -> str:
        """Whether it is what the last shift left."""
        if self.left is None or total == self.left:
            return "与上一班留下的相符" if total and self.left is not None else ""
        return f"与上一班留下的差 {signed(total - self.left)}，开班后记交接差异" if total else ""

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """A clock that is behind asks for the supervisor."""
        if any(name == "approver" for name, _ in faults):
            show_second(self, True)
        super().fault(faults)

    def event(self, values: dict[str, str]) -> ShiftOpened:
        """The opening."""
        return ShiftOpened(pieces=self.pieces(values), approved_by=second_if_shown(self, values))


class Count(Counting):
    """The drawer is counted, and each other tender read off the merchant's bill, before anything expected is shown."""

    def __init__(self, shift: Shift, others: Sequence[str]) -> None:
        """`others` are the tenders besides cash that this shift took."""
        super().__init__()
        self.subject, self.others = shift.id, tuple(others)
        self.title = f"盘点 {shift.number}"
        self.lead = "先点钱，后看账：填张数和各收款方式合计。保存后这一班不再收款"

    def fields(self) -> Sequence[Field]:
        """Notes and coins, then a total for each other tender."""
        totals = (Field(f"t{n}", f"{kind}合计", hint=where_read(kind)) for n, kind in enumerate(self.others))
        return (*self.pieces_asked(), *totals)

    def event(self, values: dict[str, str]) -> ShiftCounted:
        """The count."""
        pieces, totals = self.pieces(values), []
        for n, kind in enumerate(self.others):
            if not values[f"t{n}"]:
                raise Refused(f"请照“{where_read(kind)}”上的合计填；一笔都没有就填 0", f"t{n}")
            totals.append((kind, amount(values[f"t{n}"], f"t{n}")))
        return ShiftCounted(pieces=pieces, totals=tuple(totals))


def where_read(kind: str) -> str:
    """Where the total of a tender is read."""
    return "商户账单" if kind in QR else {"刷卡": "POS 结算单", "转账": "银行到账"}.get(kind, "手上的票据")
