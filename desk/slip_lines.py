"""What the desk's slips share: a sum in large type, a line to sign on, a time, receipt numbers, what a waiver is called."""

from collections.abc import Sequence

from desk.money import yuan
from printers.cells import paper_width
from printers.slip import Feed, Node, Pair, Text

NARROW = 32
"""Columns of a line on 58 mm."""

Row = tuple[str, ...]
AMOUNTS: tuple[tuple[int, int], str] = ((0, 2), "lr")
"""How a table of `charged` rows is drawn: what for, and how much, the amounts below each other."""


def when(at: str) -> str:
    """An entry's time as slips say it: 2026-11-20 08:05."""
    return f"{at[:10]} {at[11:16]}"


def total(label: str, fen: int) -> list[Node]:
    """The sum a slip is about, large; below its label where the two do not fit beside each other on 58 mm."""
    amount = f"￥{yuan(fen)}"
    if paper_width(label) + paper_width(amount) < NARROW // 2:
        return [Pair(label, amount, size=2, bold=True)]
    return [Text(label, bold=True), Text(amount, size=2, bold=True, align="right")]


def charged(item: str, period: str, fen: int, how: str = "") -> list[Row]:
    """An item with its period, its amount and the arithmetic of it; a period stays in one piece on 58 mm."""
    amount = yuan(fen)
    if paper_width(f"{item} {period} {amount}") <= NARROW:
        return [(f"{item} {period}".rstrip(), amount), *([(f"  {how}",)] if how else [])]
    below = [said for said in (period, how) if said]
    if paper_width("  " + " ".join(below)) <= NARROW:
        below = [" ".join(below)] if below else []
    return [(item, amount), *((f"  {said}",) for said in below)]


def sign(*labels: str) -> list[Node]:
    """A line to sign on for each, with room for a hand above it."""
    return [node for label in labels for node in (Feed(1), Text(f"{label} {'_' * (30 - paper_width(label))}"))]


def numbers(found: Sequence[str]) -> list[Node]:
    """Receipt numbers, two a line."""
    return [Text("  " + "、".join(found[at : at + 2])) for at in range(0, len(found), 2)]


def from_to(first: str, last: str) -> str:
    """A stretch of receipt numbers: A26-000001～000009, or both in full where their series differ."""
    same = first.rpartition("-")[0] == last.rpartition("-")[0]
    return f"{first}～{last.rpartition('-')[2] if same else last}"


def given_up(why: str) -> str:
    """What a waiver is called: 减免 抹零, 空置减免, 违约金免收."""
    return why if why.endswith(("减免", "免收")) else f"减免 {why}"
