"""Where a parcel stands, and the number it is called by: the least full place of its size, a code nobody else holds."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlmodel import Session

from data.file import raw
from data.journal import active, next_number
from data.records import Refused

Size = Literal["信", "袋", "小", "中", "大", "超大"]
SIZES: tuple[Size, ...] = get_args(Size)

HELD = "待取"
"""The state of a parcel that stands on a shelf."""

FLOOR = 0
"""The shelf number of what stands on the floor, said and printed as 地."""

LAYERS = 5
SHELVES: Mapping[Size, tuple[int, ...]] = {
    "信": (1,), "袋": (1, 2), "小": (2, 3), "中": (3, 4), "大": (5,), "超大": (FLOOR,)
}  # fmt: skip
"""The shelves the desk proposes by size, each of five layers; the floor has one."""

REST = timedelta(days=30)
"""How long the number of a code rests after its parcel went, so that an old slip opens nothing."""


def serials_of(prefix: str) -> tuple[int, int]:
    """First and last number of the codes of a chain: A 1-999, B 1000-1999 … J 9000-9999, then from the start again.

    Two desks that cannot see each other draw from different thousands and never meet.
    """
    place = 0
    for letter in prefix.upper():
        place = place * 26 + max(0, ord(letter) - ord("A") + 1)
    thousand = max(0, place - 1) % 10
    return max(1, thousand * 1000), thousand * 1000 + 999


def free_serial(read: Session, now: datetime) -> int:
    """The next number of our thousand that is neither held nor rests; when all rest, the one that has rested longest.

    Raises Refused when every one of them is held.
    """
    db = raw(read.connection())
    prefix = active(db).prefix
    first, last = serials_of(prefix)
    rows = db.execute(
        "SELECT serial, state, closed_at FROM parcel WHERE serial BETWEEN ? AND ? AND (state = ? OR closed_at >= ?)",
        (first, last, HELD, (now - REST).isoformat()),
    ).fetchall()
    held_now = {serial for serial, state, _ in rows if state == HELD}
    went: dict[int, str] = {}
    for serial, _, closed_at in rows:
        went[serial] = max(went.get(serial, ""), closed_at)
    start, count = next_number(db, f"parcel {prefix}") - 1, last - first + 1
    free = [serial for n in range(count) if (serial := first + (start + n) % count) not in held_now]
    if not free:
        raise Refused(f"{count} 个取件码都在用，请先办理取件或退件再入库")
    return next((serial for serial in free if serial not in went), min(free, key=lambda serial: went.get(serial, "")))


def suggest(read: Session, size: Size, shelf: int | None = None, layer: int | None = None) -> tuple[int, int]:
    """The least full place for a size, as (shelf, layer), within the shelf or the layer already chosen."""
    rows = raw(read.connection()).execute(
        "SELECT shelf, layer, count(*) FROM parcel WHERE state = ? GROUP BY shelf, layer", (HELD,)
    )
    full = {(at, on): count for at, on, count in rows}
    shelves = SHELVES[size] if shelf is None else (shelf,)
    places = [
        (at, on) for at in shelves for on in ((layer,) if layer else range(1, 2 if at == FLOOR else LAYERS + 1))
    ]  # fmt: skip
    return min(places, key=lambda place: (full.get(place, 0), place))
