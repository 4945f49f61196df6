"""Where money goes when the payer does not say for which debt it is: what is suggested, by law, to the fen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Owing:
    """One debt: `open` fen, `due` as `YYYY-MM-DD` or "", `period_from` as `YYYY-MM` or `YYYY-MM-DD`, whether it is 违约金."""

    key: str
    open: int
    due: str
    period_from: str
    penalty: bool = False


def suggest(rows: Sequence[Owing], fen: int, today: str) -> list[tuple[str, int]]:
    """How an undesignated amount goes to debts: (key, fen > 0) in the order of payment, Σ = min(fen, Σ open).

    Due debts first, oldest due day first; then those not due yet, oldest period first; within one day in proportion
    (民法典 §560). A debt without due day is due from the first day of its period. All are held to be equally secured and
    equally heavy. 违约金 comes last, never unasked before principal (domain.md B4; §561 puts costs and interest first, and
    does not name it). What is not open takes nothing; no order of `rows` changes the answer.
    """
    shares: list[tuple[str, int]] = []
    waiting = sorted((row for row in rows if row.open > 0), key=lambda row: (_rank(row, today), row.key))
    for _, group in groupby(waiting, key=lambda row: _rank(row, today)):
        paid = _in_proportion(list(group), fen - sum(share for _, share in shares))
        shares.extend((key, share) for key, share in paid if share > 0)
    return shares


def _rank(row: Owing, today: str) -> tuple[bool, bool, str, str]:
    day = row.due or f"{row.period_from}-01"[:10]
    if day <= today:
        return row.penalty, False, day, ""
    return row.penalty, True, row.period_from, day


def _in_proportion(rows: Sequence[Owing], fen: int) -> list[tuple[str, int]]:
    """Each row's share by what is open of it; the fen left over go to the largest remainders, then by key."""
    whole = sum(row.open for row in rows)
    fen = min(max(fen, 0), whole)
    shares = [fen * row.open // whole for row in rows]
    by_remainder = sorted(range(len(rows)), key=lambda n: (-(fen * rows[n].open % whole), rows[n].key))
    for n in by_remainder[: fen - sum(shares)]:
        shares[n] += 1
    return [(row.key, share) for row, share in zip(rows, shares, strict=True)]
