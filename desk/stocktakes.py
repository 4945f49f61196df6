"""Stock-taking (盘点): a shelf is scanned label by label and held against the book: what is missing, too many, misplaced."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from sqlmodel import Session, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, Record, Refused
from desk import parcel_lists, parcel_slips, parcels, shelves, staff
from desk.fields import within
from desk.parcels import Parcel
from printers.slip import QR, Slip

ON_SHELF = (parcels.HELD, parcels.CHOSEN)
NAMED = 300
"""Codes of one fault an entry names; its size has a limit."""


class Counted(Event):
    """A shelf was counted, 0 is the floor. `seen` is what was scanned on it, as scanned; it is not kept.

    `complete` makes of it what the book says: how many were `counted` and how many `expected`, the codes of what is
    `missing`, what stands there and should not (`extra`: gone by the book, or unknown), and what belongs elsewhere
    (`misplaced`); of each the first NAMED and how many more.
    """

    kind: ClassVar[str] = "stocktake.counted"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    shelf: Annotated[int, within(0, 99, "架号是 1 到 99，地上写 地")]
    seen: tuple[str, ...] = ()
    counted: int = 0
    expected: int = 0
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    misplaced: tuple[str, ...] = ()

    def complete(self, read: Session) -> Self:
        """With what the book says of every scan and of every parcel that was not scanned."""
        there, extra, misplaced = set[str](), list[str](), list[str]()
        for text in dict.fromkeys(self.seen):
            parcel = parcel_lists.scanned(read, text)
            if parcel is None:
                extra.append(f"{text if len(text) <= 10 else f'…{text[-6:]}'} 没有记录")
            elif parcel.state not in ON_SHELF:
                extra.append(f"{parcel.code} {parcel.state}")
            elif parcel.shelf != self.shelf:
                misplaced.append(parcel.code)
            else:
                there.add(parcel.id)
        wanted = on_shelf(read, self.shelf)
        missing = tuple(one.code for one in wanted if one.id not in there)
        faults = {"missing": missing, "extra": tuple(extra), "misplaced": tuple(misplaced)}
        found = {name: _cut(codes) for name, codes in faults.items()}
        return self.model_copy(update={**found, "seen": (), "counted": len(set(self.seen)), "expected": len(wanted)})


def _cut(codes: tuple[str, ...]) -> tuple[str, ...]:
    return codes if len(codes) <= NAMED else (*codes[:NAMED], f"另 {len(codes) - NAMED} 件")


class Stocktake(Record, table=True):
    """One counting of one shelf; the three faults as codes, joined by 、."""

    kinds = {Counted.kind: Counted}

    shelf: int = 0
    counted: int = 0
    expected: int = 0
    missing: str = ""
    extra: str = ""
    misplaced: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; the first count of one subject stands."""
        if isinstance(event, Counted) and not self.counted and not self.expected:
            self.shelf, self.counted, self.expected = event.shelf, event.counted, event.expected
            self.missing, self.extra = "、".join(event.missing), "、".join(event.extra)
            self.misplaced = "、".join(event.misplaced)

    @classmethod
    def refusal(cls, read: Session, record: "Stocktake | None", event: Event, by: Actor) -> Refused | None:
        """Something was scanned, or the book has nothing there."""
        if isinstance(event, Counted) and not event.counted and event.expected:
            return Refused(f"账上这一架有 {event.expected} 件，还一件都没有扫", "seen")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """快递盘点单, where something is wrong: it is taken along to look for it."""
        if not isinstance(event, Counted) or not (event.missing or event.extra or event.misplaced):
            return ()
        return [parcel_slips.stocktake(event, entry, QR(f"{self.number}.{check_letters(link)}"), by)]

    @property
    def right(self) -> bool:
        """Whether book and shelf agree."""
        return not (self.missing or self.extra or self.misplaced)


def on_shelf(read: Session, shelf: int) -> Sequence[Parcel]:
    """What should stand on a shelf, by place and code."""
    first = f"{shelves.place(shelf, None).partition('-')[0]}-"
    wanted = select(Parcel).where(col(Parcel.place) >= first, col(Parcel.place) < first + "\uffff")
    return read.exec(wanted.order_by(col(Parcel.place), col(Parcel.code))).all()


def recent(read: Session, limit: int = 30) -> Sequence[Stocktake]:
    """The latest countings, newest first."""
    return read.exec(select(Stocktake).order_by(col(Stocktake.opened_at).desc()).limit(limit)).all()
