"""A round of notices (催取): who has parcels that wait too long, rung from a printed list or told by a slip on the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlmodel import Field, Session

from data.entry import Entry
from data.records import Actor, Event, Record, Refused
from desk import fields, parcel_lists, parcel_slips, parcels, residents, staff
from desk.china import room_key
from desk.parcel_events import Notified
from desk.parcel_refusals import APART
from desk.parcels import DAYS, Parcel
from printers.slip import Slip

AT_MOST = 40
"""Households of one round: what one person rings or walks to in an hour."""


@dataclass(frozen=True, slots=True)
class Household:
    """Somebody with parcels that wait: which, for how many days, whom to ring (name and whole phone)."""

    room: str
    codes: tuple[str, ...]
    days: int
    phones: tuple[tuple[str, str], ...]


class ListMade(Event):
    """The list of whom to ring was printed; it says whole phones, so that it was made is an entry. Nobody was told yet."""

    kind: ClassVar[str] = "notice_round.list_made"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    days: int
    rooms: tuple[str, ...]


class NoticeRound(Record, table=True):
    """One list of whom to ring: how long their parcels have waited at least, and how many households."""

    __tablename__ = "notice_round"
    kinds = {ListMade.kind: ListMade}

    days: int = 0
    households: int = Field(default=0)

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; the first stands."""
        if isinstance(event, ListMade) and not self.households:
            self.days, self.households = event.days, len(event.rooms)

    @classmethod
    def refusal(cls, read: Session, record: "NoticeRound | None", event: Event, by: Actor) -> Refused | None:
        """There is somebody to ring."""
        return Refused("没有要打电话的住户") if isinstance(event, ListMade) and not event.rooms else None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """电话通知名单."""
        if not isinstance(event, ListMade):
            return ()
        wanted = [one for one in due(read, event.days, fields.wall()) if one.room in event.rooms]
        return [parcel_slips.call_list(wanted, entry, by)]


def _waiting(read: Session, days: int, now: datetime) -> dict[str, list[Parcel]]:
    """What waits for longer, and was not told of in the last eight hours, by room, the longest waiting households first."""
    told = (now - APART).isoformat()
    by_room: dict[str, list[Parcel]] = {}
    for one in parcel_lists.overdue(read, now, days, 2000):
        if one.notified_at < told and not fields.is_public(one.room):
            by_room.setdefault(one.room, []).append(one)
    return dict(list(by_room.items())[:AT_MOST])


def due(read: Session, days: int, now: datetime) -> list[Household]:
    """Households to be told now, at most AT_MOST, as one walks: by building."""
    found = []
    for room, waiting in _waiting(read, days, now).items():
        people = residents.household(read, room)
        phones = tuple((person.name, person.phone) for _, person in people if person.phone)
        age = (now - datetime.fromisoformat(waiting[0].opened_at).replace(tzinfo=None)) // timedelta(days=1)
        found.append(Household(room, tuple(one.code for one in waiting), age, phones))
    return sorted(found, key=lambda one: room_key(one.room))


def door_slips(read: Session, days: int, now: datetime) -> list[tuple[Event, str]]:
    """The acts that tell all of them by a slip on the door, one for each household, for Store.act_all."""
    found = sorted(_waiting(read, days, now).items(), key=lambda pair: room_key(pair[0]))
    return [act for _, waiting in found for act in parcels.together(waiting, Notified(way="门贴"))]


def counts(read: Session, now: datetime) -> dict[int, int]:
    """How many households are to be told, by days of DAYS."""
    return {days: len(_waiting(read, days, now)) for days in DAYS}
