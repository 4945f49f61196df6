"""Whose parcel it is: what the desk knows of a household as soon as its room is typed, and rooms by a phone's last four."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.file import raw
from desk import residents
from desk.china import mask_name, room_key
from desk.fields import is_public
from desk.residents import Home, Person

DOOR = ("独居", "不便")
"""Care flags of whom a parcel is rather brought to the door."""


@dataclass(frozen=True, slots=True)
class About:
    """A household as the one who takes in must know it; `consent` is "" for a public place, `door` whether to bring it."""

    owner: str
    consent: str
    door: bool

    @property
    def told(self) -> str:
        """In one line beside the room."""
        word = {"是": "同意代收", "否": "! 不同意代收", "每次问": "每次代收都要问"}.get(self.consent, "")
        return "  ".join(filter(None, (mask_name(self.owner), word, "♥ 送上门" if self.door else "")))


def about(read: Session, room: str) -> About:
    """What is known of a room's household; plain SQL, because every scan asks it."""
    if is_public(room):
        return About("", "", False)
    row = raw(read.connection()).execute("SELECT parcels FROM room WHERE id = ?", (residents.room_id(room),)).fetchone()
    people = residents.household(read, room)
    door = any(flag in person.care for _, person in people for flag in DOOR)
    return About(people[0][1].name if people else "", row[0] if row else "", door)


def by_tail(read: Session, tail: str, limit: int = 9) -> Sequence[tuple[str, str]]:
    """Rooms and names of the people whose phone ends so, as one walks, each room once."""
    joined = select(Home, Person).join(Person, col(Person.id) == col(Home.person))
    found = read.exec(joined.where(Person.tail == tail, col(Home.ended).is_(False))).all()
    rooms = {home.room: person.name for home, person in sorted(found, key=lambda pair: pair[1].name, reverse=True)}
    return sorted(rooms.items(), key=lambda pair: room_key(pair[0]))[:limit]
