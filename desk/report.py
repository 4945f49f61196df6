"""What a report is: the days it covers, tables whose cells know their unit, and a picture where people would rather look."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from data.records import Refused
from desk.money import yuan

Unit = Literal["日", "月", "年"]
UNITS: tuple[Unit, ...] = ("日", "月", "年")

Kind = Literal["text", "day", "count", "fen", "rate"]
"""What a column holds: words, a day as `YYYY-MM-DD`, a number of things, fen, or hundredths of a percent."""

Cell = str | int | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """The days a report covers, both ends included. Raises Refused where the end is before the beginning."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Refused(f"结束日期 {self.last} 早于开始日期 {self.first}，请核对后重填")

    @classmethod
    def of(cls, unit: Unit, day: date) -> "Span":
        """The day, month or year in which a day lies."""
        if unit == "日":
            return cls(day, day)
        first, last = (day.month, day.month) if unit == "月" else (1, 12)
        return cls(date(day.year, first, 1), date(day.year, last, monthrange(day.year, last)[1]))

    def __str__(self) -> str:
        """As people write it: 2026-11-20, 2026-11, 2026年 or 2026-11-01～2026-11-15."""
        if self.first == self.last:
            return str(self.first)
        if self == Span.of("月", self.first):
            return f"{self.first:%Y-%m}"
        return f"{self.first.year}年" if self == Span.of("年", self.first) else f"{self.first}～{self.last}"

    @property
    def months(self) -> str:
        """The months it lies in, for what counts by month: 2026-11 or 2026-10～2026-12."""
        first, last = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
        return first if first == last else f"{first}～{last}"

    @property
    def ends(self) -> dict[str, str]:
        """Its ends for a query, as `first` and `last`."""
        return {"first": str(self.first), "last": str(self.last)}


def moved(unit: Unit, day: date, by: int) -> date:
    """A day so many days, months or years on, or back where `by` is negative; the last of a shorter month at most."""
    if unit == "日":
        return day + timedelta(days=by)
    months = day.year * 12 + day.month - 1 + by * (12 if unit == "年" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what stands over it, and what its cells are."""

    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one a column; `total` is the row under them, where they add up."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar for each label, in fen or hundredths of a percent; `lying` bars for names, standing ones for days."""

    title: str
    labels: tuple[str, ...]
    values: tuple[int, ...]
    kind: Kind = "fen"
    lying: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `covers` says in words what it is of: a period, or how things stand now; `note` what to know of it."""

    name: str
    span: Span
    covers: str
    tables: tuple[Table, ...]
    note: str = ""
    chart: Chart | None = None


def columns(*labels: str, **kinds: str) -> tuple[Column, ...]:
    """Columns in this order; `kinds` names those that are no words: `fen="金额 已收"`."""
    of = {label: kind for kind, names in kinds.items() for label in names.split()}
    return tuple(Column(label, of.get(label, "text")) for label in labels)  # type: ignore[arg-type]


def table(title: str, heads: tuple[Column, ...], rows: Iterable[Row], total: str = "合计") -> Table:
    """A table whose sums and counts are added up under the word `total`; no line for it where that is "" or nothing adds up."""
    rows = tuple(rows)
    adds = [column.kind in ("fen", "count") for column in heads]
    if not total or not any(adds):
        return Table(title, heads, rows)
    sums = [sum(int(row[n] or 0) for row in rows) if added else None for n, added in enumerate(adds)]
    return Table(title, heads, rows, (total, *sums[1:]))


def without_empty(found: Table, keep: Sequence[str] = ()) -> Table:
    """The table without the columns of money and counts in which nothing stands, but for those to `keep`."""
    stays = [
        n
        for n, column in enumerate(found.columns)
        if column.kind not in ("fen", "count") or column.label in keep or any(row[n] for row in found.rows)
    ]

    def cut(row: Row) -> Row:
        return tuple(row[n] for n in stays)

    total = cut(found.total) if found.total else None
    return Table(found.title, tuple(found.columns[n] for n in stays), tuple(map(cut, found.rows)), total)


def shown(cell: Cell, kind: Kind) -> str:
    """A cell as people read it: fen as yuan, a rate in percent, nothing for None."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if kind == "fen":
        return yuan(cell)
    return f"{cell // 100}.{cell % 100:02}%" if kind == "rate" else f"{cell:,}"


def rate(part: int, whole: int) -> int | None:
    """A part of a whole in hundredths of a percent, cut and not rounded, so that only all of it is 100 %; None of nothing."""
    return part * 10_000 // whole if whole else None


def in_order(place: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts rooms and buildings as people walk them: 2-1-101 before 11-1-101, shops after flats."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in place.removesuffix("栋").split("-"))


def period(first: str, last: str) -> str:
    """A period as people write it."""
    return first if first == last else f"{first}～{last}"
