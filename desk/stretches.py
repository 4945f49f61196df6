"""What a room owes for days: prices that held, quantities it had, exact sums and how they are printed. Pure arithmetic."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from desk.charges import Reading, thousandths
from desk.periods import DAY, count_days, cycle_around, month_end, months_of
from desk.tariffs import TariffRate, per_month, price_text

Span = tuple[date, date, int]
"""First and last day, and thousandths of an item that a room has on them."""


@dataclass(frozen=True, slots=True)
class Reign:
    """Days for which an item keeps its class, basis, cycle and rooms, whatever its price; within one billing period."""

    rates: Sequence[TariffRate]
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Piece:
    """Days of one price and quantity: what they cost exactly, in fen, and how that is printed."""

    first: date
    last: date
    fen: Fraction
    what: str
    how: str

    def part(self, first: date, last: date) -> "Piece | None":
        """What of it lies within some days, by days; None for nothing."""
        first, last = max(first, self.first), min(last, self.last)
        if first > last:
            return None
        covered, whole = count_days(first, last), count_days(self.first, self.last)
        if covered == whole:
            return self
        one_month = self.first.day == 1 and self.last == month_end(self.first) and self.what != self.how
        how = f"{self.what}×{covered}/{whole}月" if one_month else f"{self.how}×{covered}/{whole}天"
        return Piece(first, last, self.fen * covered / whole, self.what, how)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days without a gap for which a room owes an item: one bill, unless the room was sold within them."""

    room: str
    rate: TariffRate
    pieces: Sequence[Piece]

    @property
    def first(self) -> date:
        """Its first day."""
        return self.pieces[0].first

    @property
    def last(self) -> date:
        """Its last day."""
        return self.pieces[-1].last

    @property
    def fen(self) -> Fraction:
        """What it costs, exactly."""
        return sum((piece.fen for piece in self.pieces), Fraction(0))


def end_of(until: str) -> date:
    """The last day of what holds `until` a day, or for good."""
    return date.fromisoformat(until) if until else date.max


def reigns(rates: Iterable[TariffRate], first: date) -> Iterator[Reign]:
    """The reigns of an item that touch the month beginning with `first`, each cut to the period around it.

    The period is the month, quarter or year (a rate's `cycle`) that the month lies in.
    """
    joined: list[list[TariffRate]] = []
    for rate in rates:
        before = joined[-1][-1] if joined else None
        if before and before.until and end_of(before.until) + DAY == date.fromisoformat(rate.since) and _like(before, rate):
            joined[-1].append(rate)
        else:
            joined.append([rate])
    for reign in joined:
        begins, ends = cycle_around(first, reign[0].cycle)
        begins = max(begins, date.fromisoformat(reign[0].since))
        ends = min(ends, end_of(reign[-1].until))
        if begins <= month_end(first) and ends >= first:
            yield Reign(reign, begins, ends)


def _like(one: TariffRate, other: TariffRate) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in ("klass", "basis", "cycle", "applies"))


def charged(room: str, reign: Reign, spans: Iterable[Span], area: int | None) -> Iterator[Stretch]:
    """What a room owes by area (1/100 ㎡) or by fixed price for the days of a reign on which it has the item."""
    parts: list[tuple[date, date, int, int]] = []
    for since, until, quantity in spans:
        for rate in reign.rates:
            first = max(since, reign.first, date.fromisoformat(rate.since))
            last = min(until, reign.last, end_of(rate.until))
            if first > last:
                continue
            if parts and parts[-1][1] + DAY == first and parts[-1][2:] == (rate.price, quantity):
                first = parts.pop()[0]
            parts.append((first, last, rate.price, quantity))
    basis = reign.rates[0].basis
    held: list[Piece] = []
    for first, last, price, quantity in parts:
        if held and held[-1].last + DAY != first:
            yield Stretch(room, reign.rates[0], held)
            held = []
        held.append(_piece(basis, price, quantity, area, first, last))
    if held:
        yield Stretch(room, reign.rates[0], held)


def _piece(basis: str, price: int, quantity: int, area: int | None, first: date, last: date) -> Piece:
    months, said = months_of(first, last)
    words = [f"{(area or 0) // 100}.{(area or 0) % 100:02}㎡"] if basis == "面积" else []
    words += [thousandths(quantity)] if quantity != 1000 else []
    what = "×".join([*words, price_text(price)])
    return Piece(first, last, per_month(basis, price, quantity, area) * months, what, f"{what}×{said}")


def used(reign: Reign, reading: Reading) -> Stretch:
    """What a meter showed, over the days of a reign; where the price changed meanwhile, by days."""
    counted = f"({thousandths(reading.current)}-{thousandths(reading.previous)})"
    if reading.reason:
        counted = thousandths(reading.usage)
    pieces: list[Piece] = []
    whole = count_days(reign.first, reign.last)
    for rate in reign.rates:
        first, last = max(reign.first, date.fromisoformat(rate.since)), min(reign.last, end_of(rate.until))
        if first <= last:
            covered, what = count_days(first, last), f"{counted}×{price_text(rate.price)}"
            fen = Fraction(rate.price * reading.usage * covered, 100 * 1000 * whole)
            how = what if covered == whole else f"{what}×{covered}/{whole}天"
            pieces.append(Piece(first, last, fen, what, how))
    return Stretch(reading.room, reign.rates[0], pieces)


def how(pieces: Iterable[Piece]) -> str:
    """The arithmetic of several pieces, as printed."""
    return "+".join(piece.how for piece in pieces)
