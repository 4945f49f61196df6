"""违约金: what a household owes for paying late, where its contract says so, day by day, with the arithmetic in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from desk.money import half_up, yuan

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Clause:
    """What the contract says: `ppm` of the principal a day (500 = 0.05 %), days of `grace`, `cap_percent` of the principal."""

    ppm: int
    grace: int = 0
    cap_percent: int = 100


@dataclass(frozen=True, slots=True)
class Penalty:
    """What is to be billed now, in fen; over how many days in all; `how` it comes about, as printed."""

    days: int
    fen: int
    how: str


NOTHING = Penalty(0, 0, "")


def penalty(steps: Sequence[tuple[str, int]], due: str, until: str, clause: Clause, already: int = 0) -> Penalty:
    """The 违约金 of one bill, less what was `already` billed of it; NOTHING where nobody is late or no due day was named.

    steps   (day from which, fen of principal open from then on): what the bill asked for first, then after each payment
    due     the last day to pay in time, `YYYY-MM-DD`; counting begins the day after, or so many days of grace later
    until   the last day counted: yesterday

    Simple, never on itself; rounded once, half up, at the end; in all at most `cap_percent` of what the bill asked for
    first (domain.md B4; 民法典 §585). Billing it in parts therefore gives the same fen as billing it once.
    Raises ValueError for a day that is none.
    """
    if not due or not steps:
        return NOTHING
    first = date.fromisoformat(due) + timedelta(days=clause.grace + 1)
    end = date.fromisoformat(until) + timedelta(days=1)
    ordered = sorted(steps, key=lambda step: step[0])
    starts = [max(first, date.fromisoformat(day)) for day, _ in ordered]
    spans = [
        (fen, (min(end, after) - start).days)
        for (_, fen), start, after in zip(ordered, starts, [*starts[1:], end], strict=True)
        if fen > 0 and start < min(end, after)
    ]
    if not spans:
        return NOTHING
    days = sum(count for _, count in spans)
    full = half_up(sum(fen * count for fen, count in spans) * clause.ppm, MILLION)
    cap = ordered[0][1] * clause.cap_percent // 100
    how = f"违约金 {days}天 {percent(clause.ppm)}/日"
    runs = [(fen, sum(count for _, count in same)) for fen, same in groupby(spans, key=lambda span: span[0])]
    if len(runs) > 1:
        how += " 本金" + "＋".join(f"{yuan(fen)}×{count}天" for fen, count in runs)
    if full > cap:
        how += f" 上限{yuan(cap)}"
    if already > 0:
        how += f" 减已计{yuan(already)}"
    return Penalty(days, max(min(full, cap) - already, 0), how)


def percent(ppm: int) -> str:
    """A rate in millionths as people write it: 500 → 0.05%."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04}".rstrip("0").rstrip(".") + "%"


def excessive(ppm: int, lpr_bp: int) -> bool:
    """Whether a court would probably lower a rate: over a year it is more than 130 % of the LPR (in 1/100 %).

    The law asks for more than 30 % above the loss (合同编通则解释 §65, 民法典 §585); the LPR stands in for the loss, as what
    the money costs meanwhile. A warning and no refusal: what was agreed stands until a court lowers it.
    """
    return ppm * 365 > lpr_bp * 130
