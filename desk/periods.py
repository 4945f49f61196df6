"""Days and months of what is billed: periods as they are written, what holds from when to when, and shares by days."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from data.entry import Entry
from desk.china import fold_digits
from desk.money import half_up

DAY = timedelta(days=1)
Said = TypeVar("Said")


def day(text: str) -> str:
    """A day as kept, `2026-12-31`, of 2000 to 2099; 2026/12/31 and 2026年12月31日 too. Raises ValueError in Chinese."""
    found = re.fullmatch(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?", fold_digits(text))
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        found = None
    raise ValueError(f"「{text}」不是日期，请写成 2026-12-01")


def month(text: str) -> str:
    """A month as kept, `2026-12`, of 2000 to 2099. Raises ValueError in Chinese."""
    plain = fold_digits(text)
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", plain):
        raise ValueError(f"「{text}」不是月份，请写成 2026-12")
    return plain


def day_after(text: str) -> str:
    """The day after a day, `YYYY-MM-DD`."""
    return (date.fromisoformat(text) + DAY).isoformat()


def month_end(first: date) -> date:
    """The last day of the month of a day."""
    return first.replace(day=monthrange(first.year, first.month)[1])


def days_of(period_from: str, period_to: str) -> tuple[date, date] | None:
    """First and last day of a period of months (`2026-12`) or days; None where it is neither."""
    try:
        first = date.fromisoformat(period_from if len(period_from) > 7 else f"{period_from}-01")
        last = date.fromisoformat(period_to) if len(period_to) > 7 else month_end(date.fromisoformat(f"{period_to}-01"))
    except ValueError:
        return None
    return first, last


def written(first: date, last: date) -> tuple[str, str]:
    """A stretch of days as bills say it: whole months as `2026-12`, anything else as `2026-12-15`."""
    if first.day == 1 and last == month_end(last):
        return f"{first:%Y-%m}", f"{last:%Y-%m}"
    return first.isoformat(), last.isoformat()


def cycle_around(first: date, months: int) -> tuple[date, date]:
    """First and last day of the month, quarter or year (1, 3, 12 `months`) around a day."""
    begins = first.replace(month=(first.month - 1) // months * months + 1, day=1)
    return begins, month_end(begins.replace(month=begins.month + months - 1))


def count_days(first: date, last: date) -> int:
    """How many days from `first` to `last`, both included."""
    return (last - first).days + 1


def months_of(first: date, last: date) -> tuple[Fraction, str]:
    """How many months a stretch of days is, each part of a month by its own days, and how that is printed.

    Three whole months → 3, "3月"; the 1st to the 14th of December → 14/31, "14/31月"; both → "(17/31+2)月".
    """
    whole, parts = 0, []
    begins = first
    while begins <= last:
        ends = min(month_end(begins), last)
        covered, full = count_days(begins, ends), month_end(begins).day
        if covered == full:
            whole += 1
        else:
            parts.append((begins, Fraction(covered, full), f"{covered}/{full}"))
        begins = ends + DAY
    words = [text for start, _, text in parts if start == first]
    words += [str(whole)] if whole else []
    words += [text for start, _, text in parts if start != first]
    said = "+".join(words)
    return whole + sum((part for _, part, _ in parts), Fraction(0)), f"({said})月" if len(words) > 1 else f"{said}月"


def shares(fen: int, weights: Sequence[Fraction | int]) -> list[int]:
    """An amount in fen split by weights: each cut rounded half up, the last share the exact rest; adds up to the fen."""
    whole = Fraction(sum(weights))
    cuts, reached = [0], Fraction(0)
    for weight in weights[:-1]:
        reached += weight
        part = fen * reached / whole
        cuts.append(half_up(part.numerator, part.denominator))
    cuts.append(fen)
    return [after - before for before, after in pairwise(cuts)]


def spells(said: Sequence[tuple[Entry, str, Said | None]]) -> tuple[list[tuple[str, str, Said]], bool]:
    """What holds from when to when, out of entries in clock order: (first day, last day or "", what was said).

    Each entry says something from a day on, or None: nothing from that day on, whatever was said before of later days.
    Of two for one day the later holds. Also gives whether one that holds took the place of another its desk had not seen.
    """
    place = {entry.id: n for n, (entry, _, _) in enumerate(said)}
    held: dict[str, Said | None] = {}
    by: dict[str, int] = {}
    apart: set[str] = set()
    for n, (entry, since, what) in enumerate(said):
        seen = place.get(entry.after, n) if entry.after else -1
        replaced = [when for when in held if when == since or (what is None and when > since)]
        unseen = any(by[when] > seen and held[when] != what for when in replaced)
        for when in replaced:
            del held[when]
        apart = apart - set(replaced) | ({since} if unseen else set())
        held[since], by[since] = what, n
    starts = sorted(held)
    ends = [(date.fromisoformat(after) - DAY).isoformat() for after in starts[1:]] + [""]
    spans = [(start, end, what) for start, end in zip(starts, ends, strict=True) if (what := held[start]) is not None]
    return spans, bool(apart)
