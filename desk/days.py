"""The day's books (日结): the shifts of a business date summed, the receipt numbers accounted for, the cash journal closed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import day_slips, shifts, staff
from desk.fields import day as a_day
from desk.figures import PAID_OUT, Figures, summed
from desk.money import Fen
from desk.shifts import CLOSED, Shift
from printers.slip import Slip


class Range(BaseModel):
    """The numbers of one series (`A26-`), from `first` to `last`: how many, which were voided, red, missing or given twice."""

    model_config = ConfigDict(frozen=True)

    series: str
    first: str
    last: str
    count: int
    voided: tuple[str, ...] = ()
    red: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()


class DayClosed(Event):
    """The books of a drawer's business date were closed. `complete` fills in all but drawer and date.

    shifts       the Z numbers, in order
    figures      what they come to together
    difference   长款 above 0, 短款 below, in fen; `banked` what went to the bank
    ranges       the receipt numbers of the day
    """

    kind: ClassVar[str] = "day.closed"
    opens: ClassVar[bool] = True
    roles = staff.MONEY

    drawer: str
    date: Annotated[str, AfterValidator(a_day)]
    shifts: tuple[str, ...] = ()
    figures: Figures = Figures()
    difference: Fen = 0
    banked: Fen = 0
    ranges: tuple[Range, ...] = ()

    def key(self) -> str:
        """A date is closed once for a drawer."""
        return day_id(self.drawer, self.date)

    def complete(self, read: Session) -> Self:
        """With what the shifts of the date left behind."""
        found = [one for one in shifts_of(read, self.drawer, self.date) if one.state == CLOSED]
        return self.model_copy(
            update={
                "shifts": tuple(one.z for one in found),
                "figures": summed([Figures.read(one.snapshot) for one in found]),
                "difference": sum(one.difference for one in found),
                "banked": sum(one.banked for one in found),
                "ranges": tuple(number_ranges(read, of=[one.id for one in found])),
            }
        )


class Day(Record, table=True):
    """A closed business date of a drawer. Amounts in fen; `taken` without what was voided, `snapshot` the Figures as JSON."""

    kinds = {DayClosed.kind: DayClosed}

    drawer: str = Field(default="", index=True)
    date: str = Field(default="", index=True)
    shifts: str = ""
    taken: int = 0
    difference: int = 0
    banked: int = 0
    snapshot: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; the first close counts."""
        assert isinstance(event, DayClosed)
        if self.date:
            self.doubt = self.doubt or "这一天日结了两次，请主管核对两张日报"
            return
        self.drawer, self.date, self.shifts = event.drawer, event.date, " ".join(event.shifts)
        self.taken, self.difference, self.banked = event.figures.taken, event.difference, event.banked
        self.snapshot = event.figures.model_dump_json()

    @classmethod
    def refusal(cls, read: Session, record: "Day | None", event: Event, by: Actor) -> Refused | None:
        """This desk's own drawer, a date that had shifts, all of them closed."""
        assert isinstance(event, DayClosed)
        if event.drawer != shifts.drawer_of(read):
            return Refused("这是另一台前台的钱箱，请到那台前台日结")
        found = shifts_of(read, event.drawer, event.date)
        if not found:
            return Refused(f"{event.date} 没有开过班，不用日结", "date")
        if waiting := next((one for one in found if one.state != CLOSED), None):
            return Refused(f"{event.date} 还有一班（{shifts.called(read, waiting)}）没有结，请先按 F10 结班，再日结")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """收费日报 with the 号段, and the cash journal (现金管理暂行条例 §12)."""
        assert isinstance(event, DayClosed)
        found = shifts_of(read, event.drawer, event.date)
        lines = cash_journal(read, found)
        return [day_slips.report(read, event, found, entry, by), day_slips.cashbook(event, lines, entry, by)]


class CashLine(BaseModel):
    """One line of the cash journal: ISO time, what for, fen in and out, and what is in the drawer after it."""

    model_config = ConfigDict(frozen=True)

    at: str
    what: str
    into: int = 0
    out: int = 0
    balance: int = 0


def day_id(drawer: str, date: str) -> str:
    """The id of the books of a drawer's business date."""
    return f"day:{drawer}:{date}"


def closing(read: Session, date: str) -> DayClosed:
    """The act that closes a date of this desk's drawer."""
    return DayClosed(drawer=shifts.drawer_of(read), date=date)


def unclosed(read: Session) -> list[str]:
    """The business dates of this drawer whose shifts are all closed but whose books are not, oldest first."""
    rows = raw(read.connection()).execute(
        "SELECT business_date FROM shift WHERE drawer = ?1 AND business_date NOT IN (SELECT date FROM day WHERE drawer = ?1) "
        "GROUP BY business_date HAVING MIN(state = ?2) ORDER BY business_date", (shifts.drawer_of(read), CLOSED),
    )  # fmt: skip
    return [date for (date,) in rows]


def shifts_of(read: Session, drawer: str, date: str) -> Sequence[Shift]:
    """The shifts of a drawer's business date, first first."""
    wanted = select(Shift).where(Shift.drawer == drawer, Shift.business_date == date)
    return read.exec(wanted.order_by(col(Shift.opened_at), col(Shift.id))).all()


NUMBERS = """
SELECT number, CASE WHEN state = '已作废' THEN 'void' ELSE '' END AS how, shift FROM payment WHERE number <> ''
UNION ALL
SELECT json_extract(CAST(bytes AS TEXT), '$.number'), 'red', json_extract(CAST(bytes AS TEXT), '$.body.shift')
FROM refund JOIN entry ON entry.subject = refund.id AND entry.kind = 'refund.paid'
"""
"""Every receipt number given out here or at another desk, red ones too, with the shift it belongs to."""


def number_ranges(read: Session, year: str = "", of: Sequence[str] | None = None) -> list[Range]:
    """The receipt numbers by series: of a year (`26`) or all of them, from 1 on; or only those `of` some shifts (ids).

    `gaps` must be empty: a number is taken in the transaction that uses it.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for number, how, shift in raw(read.connection()).execute(NUMBERS):
        head, _, tail = str(number).rpartition("-")
        if not (tail.isascii() and tail.isdigit()) or (of is not None and shift not in of):
            continue
        if head.endswith(year):
            found.setdefault(f"{head}-", []).append((int(tail), how))
    return [_range(series, given, 1 if of is None else None) for series, given in sorted(found.items())]


def _range(series: str, given: Sequence[tuple[int, str]], begin: int | None) -> Range:
    times = Counter(n for n, _ in given)
    first, last = min(times), max(times)

    def named(numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(f"{series}{n:06d}" for n in sorted(set(numbers)))

    return Range(
        series=series,
        first=f"{series}{first:06d}",
        last=f"{series}{last:06d}",
        count=len(times),
        voided=named(n for n, how in given if how == "void"),
        red=named(n for n, how in given if how == "red"),
        gaps=named(set(range(begin or first, last + 1)) - times.keys()),
        twice=named(n for n, count in times.items() if count > 1),
    )


CASH = f"""
SELECT payment.opened_at, '收据 ' || number || CASE WHEN void THEN ' 作废' ELSE '' END,
    CASE WHEN void THEN 0 ELSE paymenttender.fen END, 0
    FROM payment JOIN paymenttender ON paymenttender.owner = payment.id WHERE shift = ?1 AND kind = '现金'
UNION ALL SELECT at, '退款 ' || red, 0, fen FROM {PAID_OUT} WHERE shift = ?1 AND route = '备用金现金'
UNION ALL SELECT at, reason || CASE WHEN note <> '' THEN ' ' || note ELSE '' END, MAX(fen, 0), MAX(-fen, 0)
    FROM cashmove WHERE owner = ?1
ORDER BY 1
"""


def cash_journal(read: Session, of: Sequence[Shift]) -> list[CashLine]:
    """The cash of these shifts of one drawer, line by line with its balance, each closed with its count and 解款.

    A shift begins with what the one before left; where its float differs, the 交接差异 is a line of its own.
    """
    db, lines = raw(read.connection()), list[CashLine]()
    for shift in of:
        balance = shift.float_fen if shift.carried is None else shift.carried
        lines.append(CashLine(at=shift.opened_at, what=f"{shift.number} 开班备用金", balance=balance))
        rows = _odd(shift.opened_at, "交接差异", "交接差异", shift.float_fen - balance)
        rows += db.execute(CASH, (shift.id,))
        if shift.state == CLOSED:
            rows += _odd(shift.closed_at, "长款", "短款", shift.difference)
            rows += _odd(shift.closed_at, "", f"解款 {shift.envelope}", -shift.banked)
        for at, what, into, out in rows:
            balance += into - out
            lines.append(CashLine(at=at, what=what, into=into, out=out, balance=balance))
    return lines


def _odd(at: str, over: str, short: str, fen: int) -> list[tuple[str, str, int, int]]:
    """A line of the cash journal where there is anything to say: into the drawer above 0, out of it below."""
    return [(at, over if fen > 0 else short, max(fen, 0), max(-fen, 0))] if fen else []


def recent(read: Session, by: Actor, limit: int = 100) -> Sequence[Day]:
    """The latest closed dates, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Day).order_by(col(Day.date).desc(), col(Day.id)).limit(limit)).all()
