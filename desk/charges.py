"""What a room has besides its area: parking spaces and the like, from when to when, and what its meters showed."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Strict, model_validator
from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import periods, staff, tariffs
from desk.fields import within, words
from desk.residents import refuse_unknown_room
from desk.tariffs import EVERY_ROOM, Day, Item

MOST = 10**9
"""Thousandths: a number beyond a million of anything was scanned into the wrong field."""

_SIZE = within(0, MOST, "读数要在 0 到 1,000,000 之间，是不是把条码扫到了读数里？")
Month = Annotated[str, AfterValidator(periods.month)]
Shown = Annotated[int, Strict(), _SIZE]
"""What a meter shows, in thousandths."""


def thousandths(number: int) -> str:
    """Thousandths as people write them: 2000 → 2, 1500 → 1.5."""
    whole, rest = divmod(number, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".")


class ChargeBegan(Event):
    """A room has an item from the day `since` on; `quantity` in thousandths (two parking spaces: 2000)."""

    kind: ClassVar[str] = "charge.began"
    opens: ClassVar[bool] = True
    roles = staff.MONEY

    room: str
    item: Item
    quantity: Annotated[int, Strict(), within(1, MOST, "数量要大于 0；不再收的请写结束日期")] = 1000
    since: Day

    def key(self) -> str:
        """One charge a room and item."""
        return charge_id(self.room, self.item)


class ChargeChanged(ChargeBegan):
    """A room has another quantity, or has the item again, from the day `since` on."""

    kind: ClassVar[str] = "charge.changed"
    opens: ClassVar[bool] = False


class ChargeEnded(Event):
    """A room has the item up to and with the day `until`."""

    kind: ClassVar[str] = "charge.ended"
    roles = staff.MONEY

    until: Day


class ChargeSpan(SQLModel, table=True):
    """How many thousandths of an item a room has from `since` to `until` ("" while no end is set), both included."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    room: str = Field(index=True)
    item: str
    quantity: int
    since: str
    until: str


class Charge(Record, table=True):
    """That a room has an item; how much of it on a day is in its ChargeSpans."""

    kinds = {event.kind: event for event in (ChargeBegan, ChargeChanged, ChargeEnded)}

    room: str = Field(default="", index=True)
    item: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        if isinstance(event, ChargeBegan):
            self.room, self.item = event.room, event.item

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The table of `lines`."""
        return (ChargeSpan,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Its spans, oldest first; two desks that say one day differently leave the later said and a doubt."""
        told: list[tuple[Entry, str, int | None]] = []
        for entry, event in said:
            if isinstance(event, ChargeBegan):
                told.append((entry, event.since, event.quantity))
            elif isinstance(event, ChargeEnded):
                told.append((entry, periods.day_after(event.until), None))
        spans, apart = periods.spells(told)
        if apart:
            self.doubt = "两台前台给同一天登记了不同的数量，现按后登记的算，请核对后重新登记"
        return [
            ChargeSpan(owner=self.id, n=n, room=self.room, item=self.item, quantity=quantity, since=since, until=until)
            for n, (since, until, quantity) in enumerate(spans)
        ]

    @classmethod
    def refusal(cls, read: Session, record: "Charge | None", event: Event, by: Actor) -> Refused | None:
        """For a known room and an item that is charged by what is registered; nothing is said twice."""
        match event:
            case ChargeBegan():
                if refusal := refuse_unknown_room(read, event.room) or _refuse_item(read, event.item):
                    return refusal
                if record and not record.doubt and quantity_on(read, event.room, event.item, event.since) == event.quantity:
                    many = thousandths(event.quantity)
                    return Refused(f"{event.room} 在 {event.since} 已经登记了 {many} 个“{event.item}”，不用再登记", "quantity")
            case ChargeEnded() if record:
                if quantity_on(read, record.room, record.item, event.until) is None:
                    return Refused(f"{record.room} 在 {event.until} 没有登记“{record.item}”，不用停", "until")
        return None


def _refuse_item(read: Session, item: str) -> Refused | None:
    found = tariffs.rates(read, item)
    if not found:
        return Refused(f"还没有“{item}”的收费标准，请主管先用 desk tariffs set 设定", "item")
    if found[-1].applies == EVERY_ROOM:
        return Refused(f"“{item}”对全部房屋收，不用逐户登记", "item")
    return None


def charge_id(room: str, item: str) -> str:
    """The id of the charge of a room for an item."""
    return f"charge:{room}/{item}"


def quantity_on(read: Session, room: str, item: str, day: str) -> int | None:
    """How many thousandths of an item a room has on a day; None for none."""
    found = raw(read.connection()).execute(tariffs.SPAN, (room, item, day, day)).fetchone()
    return int(found[0]) if found else None


class ReadingTaken(Event):
    """A meter was read for a month; all in thousandths.

    Where the meter was changed: the `reason`, what the old one showed last (`old_end`, None where nobody noted it: then its
    last use is given to the household), and where the new one began.
    """

    kind: ClassVar[str] = "reading.taken"
    opens: ClassVar[bool] = True
    roles = staff.MONEY

    room: str
    item: Item
    month: Month
    previous: Shown
    current: Shown
    reason: Annotated[str, words()] = ""
    old_end: Annotated[int | None, Strict(), _SIZE] = None
    new_start: Shown = 0

    @model_validator(mode="after")
    def goes_up(self) -> Self:
        """A meter counts up, unless it was changed."""
        before, now = thousandths(self.previous), thousandths(self.current)
        if not self.reason:
            if self.current < self.previous:
                raise ValueError(f"本期读数 {now} 比上期 {before} 小：换了表请写换表原因，没换表请核对读数")
            if self.old_end is not None or self.new_start:
                raise ValueError("写了旧表止码或新表起码，就要写换表原因")
        elif self.old_end is not None and self.old_end < self.previous:
            raise ValueError(f"旧表止码 {thousandths(self.old_end)} 比上期 {before} 小，请核对读数")
        elif self.current < self.new_start:
            raise ValueError(f"本期读数 {now} 比新表起码 {thousandths(self.new_start)} 小，请核对读数")
        return self

    @property
    def usage(self) -> int:
        """What was used, in thousandths."""
        if not self.reason:
            return self.current - self.previous
        return self.current - self.new_start + (0 if self.old_end is None else self.old_end - self.previous)

    def key(self) -> str:
        """One reading a room, item and month."""
        return reading_id(self.room, self.item, self.month)


class ReadingCorrected(ReadingTaken):
    """A reading was put right, said whole, before it was billed."""

    kind: ClassVar[str] = "reading.corrected"
    opens: ClassVar[bool] = False


class Reading(Record, table=True):
    """What a meter of a room showed for a month, and what was used, in thousandths."""

    kinds = {event.kind: event for event in (ReadingTaken, ReadingCorrected)}

    room: str = ""
    item: str = ""
    month: str = Field(default="", index=True)
    previous: int = 0
    current: int = 0
    reason: str = ""
    usage: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Two desks that read differently leave the first and a doubt, until it is corrected."""
        match event:
            case ReadingTaken() if not self.room or isinstance(event, ReadingCorrected):
                self.room, self.item, self.month, self.doubt = event.room, event.item, event.month, ""
                self.previous, self.current, self.reason = event.previous, event.current, event.reason
                self.usage = event.usage
            case ReadingTaken() if (event.previous, event.current, event.usage) != (self.previous, self.current, self.usage):
                self.doubt = "两台前台抄的读数不同，请核对后更正"

    @classmethod
    def refusal(cls, read: Session, record: "Reading | None", event: Event, by: Actor) -> Refused | None:
        """For a known room and an item charged by use; a reading that was billed stands."""
        if not isinstance(event, ReadingTaken):
            return None
        if refusal := refuse_unknown_room(read, event.room):
            return refusal
        if not any(one.basis == "用量" for one in tariffs.rates(read, event.item)):
            return Refused(f"没有按用量收的“{event.item}”，请核对项目名称，或请主管先用 desk tariffs set 设定", "item")
        if record and billed(read, event.room, event.item, event.month):
            return Refused(f"{event.room} {event.item} {event.month} 已按这次读数出账，请先撤销账单再更正", "current")
        return None


def reading_id(room: str, item: str, month: str) -> str:
    """The id of the reading of a meter for a month."""
    return f"reading:{room}/{item}/{month}"


BILLED = """
SELECT 1 FROM bill WHERE room = ? AND item = ? AND withdrawn = '' AND substr(period_from, 1, 7) <= ? AND period_to >= ?
"""


def billed(read: Session, room: str, item: str, month: str) -> bool:
    """Whether a bill of a room for an item and a month stands."""
    return raw(read.connection()).execute(BILLED, (room, item, month, month)).fetchone() is not None


def readings(read: Session, month: str) -> Sequence[Reading]:
    """Every reading of a month."""
    return read.exec(select(Reading).where(col(Reading.month) == month)).all()
