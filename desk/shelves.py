"""Where a parcel stands, and the number it is called by: the least full place of its size, a code nobody else holds."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlmodel import Session

from data.file import raw
from data.journal import active
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

FULL = 60
"""Parcels on one layer from which on the glass says how many stand there already."""

REST = timedelta(days=30)
"""How long the number of a code rests after its parcel went, so that an old slip opens nothing."""

TRIED = 8
"""Numbers looked at in a range before a longer one is taken; the next parcel goes on from there.

Each may be a page of the file nobody has read today: 40 of them took 5–14 ms, and a range is round soon enough.
"""


def ranges_of(prefix: str) -> tuple[tuple[int, int], ...]:
    """First and last numbers of the codes of a chain, the shortest first: A 1-999, then 10000-18999, then 100000-189999.

    B has 1000-1999, 19000-27999, 190000-279999 … J 9000-9999, 91000-99999, 910000-999999, then from the start again: ten
    desks that cannot see each other draw from ranges of their own and never meet, and each can hold some 100,000.
    """
    place = 0
    for letter in prefix.upper():
        place = place * 26 + max(0, ord(letter) - ord("A") + 1)
    desk = max(0, place - 1) % 10
    longer = [(digits + desk * wide, digits + desk * wide + wide - 1) for digits, wide in ((10_000, 9_000), (100_000, 90_000))]
    return ((max(1, desk * 1000), desk * 1000 + 999), *longer)


def claim(serial: int, gone_at: str) -> str:
    """What a parcel has to say of its number: that it has it, or when it let go of it; sorts by number, then by time.

    One look at the last of a number tells whether it is free, however many parcels it has named before.
    """
    return f"{serial:06d} {gone_at or '~'}"


FREE = """
WITH RECURSIVE tried(n, serial) AS (
    SELECT 0, :first + :start % :count
    UNION ALL SELECT n + 1, :first + (:start + n + 1) % :count FROM tried WHERE n + 1 < :tries
)
SELECT n FROM tried WHERE NOT EXISTS (
    SELECT 1 FROM parcel WHERE claim >= printf('%06d ', tried.serial) || :since AND claim < printf('%06d!', tried.serial)
) LIMIT 1
"""
"""How far from `start` the first number is that nobody has and nobody had since then; one look into the index for each."""


def free_serial(read: Session, now: datetime) -> int:
    """The next number of our ranges that is neither held nor rests, the shortest range first. Raises Refused when none is."""
    db = raw(read.connection())
    prefix, since = active(db).prefix, (now - REST).isoformat()
    for first, last in ranges_of(prefix):
        series, count = f"parcel {prefix}{first}", last - first + 1
        row = db.execute("SELECT n FROM series WHERE name = ?", (series,)).fetchone()
        # Where nobody remembers (tables made anew) or no longer range is left, every number is looked at.
        start, tries = (row[0], TRIED) if row and last < 100_000 else (row[0] if row else 0, count)
        tries = min(tries, count)
        asked = {"first": first, "start": start, "count": count, "tries": tries, "since": since}
        row = db.execute(FREE, asked).fetchone()
        found = row[0] if row else None
        after = (start + (tries if found is None else found + 1)) % count
        db.execute("INSERT OR REPLACE INTO series VALUES(?, ?)", (series, after))
        if found is not None:
            return int(first + (start + found) % count)
    raise Refused("取件码都用完了，请先办理取件或退件再入库")


def suggest(read: Session, size: Size, shelf: int | None = None, layer: int | None = None) -> tuple[int, int]:
    """The least full place for a size, as (shelf, layer), within the shelf or the layer already chosen."""
    shelves = SHELVES[size] if shelf is None else (shelf,)
    places = {
        place(at, on): (at, on)
        for at in shelves for on in ((layer,) if layer else range(1, 2 if at == FLOOR else LAYERS + 1))
    }  # fmt: skip
    counts = f"SELECT place, count(*) FROM parcel WHERE place IN ({', '.join('?' * len(places))}) GROUP BY place"
    full = dict(raw(read.connection()).execute(counts, tuple(places)).fetchall())
    return min(places.values(), key=lambda one: (full.get(place(*one), 0), one))


def standing_at(read: Session, shelf: int, layer: int) -> int:
    """How many parcels stand at a place."""
    counted = raw(read.connection()).execute("SELECT count(*) FROM parcel WHERE place = ?", (place(shelf, layer),))
    return int(counted.fetchone()[0])


def place(shelf: int | None, layer: int | None) -> str:
    """A place as people say it: 2-5, 地-1."""
    return f"{'地' if shelf == FLOOR else shelf}-{layer}"
