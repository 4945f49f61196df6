"""What is said of a drawer: opened with a counted float, cash put in or taken out, counted blind, closed, banked."""

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import field_validator
from sqlmodel import Session

from data import journal
from data.entry import new_id
from data.file import raw
from data.records import Event
from desk import staff
from desk.fields import Moment, Words, within, words
from desk.figures import Figures, figures
from desk.money import Fen

DENOMINATIONS = (100_00, 50_00, 20_00, 10_00, 5_00, 1_00, 50, 10, 5, 2, 1)
"""Notes and coins in fen, largest first; the last three are 分币, still legal tender."""

Reason = Literal["找零补充", "解款", "备用金支取", "其他"]
REASONS: tuple[Reason, ...] = get_args(Reason)

MOST = 100_000_000_00
"""No drawer holds a hundred million yuan; what is larger was scanned into the wrong field."""

Pieces = tuple[tuple[Fen, int], ...]
Amount = Annotated[Fen, within(1, MOST, "金额要大于 0，也不会超过一亿元，请重新填写")]
Held = Annotated[Fen | None, within(0, MOST, "金额不能小于 0，也不会超过一亿元，请重新填写")]


def pieces_fen(pieces: Pieces) -> int:
    """What counted notes and coins come to, in fen."""
    return sum(fen * count for fen, count in pieces)


def checked_pieces(pieces: Pieces) -> Pieces:
    """Counted notes and coins, largest first, without those of which there are none. Raises ValueError in Chinese."""
    known = dict(pieces)
    if len(known) != len(pieces) or not known.keys() <= set(DENOMINATIONS):
        raise ValueError("面额只能是 100、50、20、10、5、1 元，5、1 角和分币，每种填一次")
    if any(not 0 <= count <= 100_000 for count in known.values()):
        raise ValueError("张数是 0 到 100000，请重新点数")
    return tuple((fen, known[fen]) for fen in DENOMINATIONS if known.get(fen))


class ShiftOpened(Event):
    """A shift began with a counted float; `pieces` are (denomination in fen, how many).

    `complete` fills in the drawer, what the last shift left in it (`carried`, fen, None for the first shift), and the business
    date where it is not the day of opening, because that day's books are closed already.
    """

    kind: ClassVar[str] = "shift.opened"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.MONEY

    pieces: Pieces = ()
    approved_by: str = ""
    drawer: str = ""
    business_date: str = ""
    carried: Fen | None = None

    _pieces = field_validator("pieces")(checked_pieces)

    def complete(self, read: Session) -> Self:
        """With the drawer, the date it counts for and what should be in it."""
        from desk import shifts

        drawer = shifts.drawer_of(read)
        if not drawer:
            drawer = new_id()
            journal.set_note(raw(read.connection()), "drawer", drawer)
        before = shifts.last_closed(read)
        date, carried = shifts.business_date(read, drawer), before.left if before else None
        return self.model_copy(update={"drawer": drawer, "business_date": date, "carried": carried})


class CashMoved(Event):
    """Cash was put into the drawer or taken out for a coded reason, never as a sale. One `request` moves it once."""

    kind: ClassVar[str] = "shift.cash_moved"
    roles = staff.MONEY

    direction: Literal["入", "出"]
    reason: Reason
    fen: Amount
    request: str
    note: Words = ""


class ShiftCounted(Event):
    """The drawer was counted before anything expected was shown, and each other tender read off the merchant's bill.

    `totals` are (kind of tender, fen). From here on the shift takes no money; counted again, the last count stands.
    """

    kind: ClassVar[str] = "shift.counted"
    roles = staff.MONEY

    pieces: Pieces = ()
    totals: tuple[tuple[str, Annotated[Fen, within(0, MOST, "合计不能小于 0，也不会超过一亿元，请重新填写")]], ...] = ()

    _pieces = field_validator("pieces")(checked_pieces)


class ShiftClosed(Event):
    """A shift was closed under the next Z number. What differs is given a reason, never plugged.

    `left` fen stay in the drawer, the rest goes to the bank in `envelope`, `sealed` into the safe after bank hours (现金管理
    暂行条例 §11). `complete` fills in what was counted, the figures as they stood, and the number and letters of the Z before.
    """

    kind: ClassVar[str] = "shift.closed"
    series: ClassVar[str] = "Z"
    roles = staff.MONEY

    left: Held = None
    reason: Annotated[str, words()] = ""
    approved_by: str = ""
    envelope: Annotated[str, words()] = ""
    sealed: bool = False
    counted: Fen = 0
    figures: Figures | None = None
    z_before: str = ""

    def complete(self, read: Session) -> Self:
        """With the snapshot, the count and the Z before; a shift in which nothing moved needs no count."""
        from desk import shifts

        shift = shifts.open_shift(read)
        if shift is None:
            return self
        found = figures(read, shift.id)
        counted, left = shift.counted, self.left
        if shift.state == shifts.ON:
            counted = shift.float_fen
            left = counted if left is None and not found.moved else left
        before = shifts.z_letters(read, shifts.last_closed(read))
        return self.model_copy(update={"counted": counted, "left": left, "figures": found, "z_before": before})

    @property
    def banked(self) -> int:
        """What goes to the bank, in fen."""
        return self.counted - (self.left or 0)

    @property
    def difference(self) -> int:
        """Counted cash less expected cash, in fen: over (长款) above 0, short (短款) below."""
        return self.counted - (self.figures.expected if self.figures else 0)


class ShiftBanked(Event):
    """The bank took the envelope: the number of its slip, and when ("" as the entry says)."""

    kind: ClassVar[str] = "shift.banked"
    roles = staff.MONEY

    slip: Annotated[str, words(1, "请填银行回单号")]
    at: Moment = ""
