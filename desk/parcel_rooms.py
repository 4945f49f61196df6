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


HOUSEHOLD = """
SELECT person.care, home.role, home.opened_at, person.name FROM home JOIN person ON person.id = home.person
WHERE home.room = ? AND NOT home.ended
"""


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
    people = raw(read.connection()).execute(HOUSEHOLD, (room,)).fetchall()
    owner = min(people, key=lambda one: residents.rank(*one[1:]))[3] if people else ""
    return About(owner, residents.consent(read, room), any(flag in care for care, *_ in people for flag in DOOR))


def by_tail(read: Session, tail: str, limit: int = 9) -> Sequence[tuple[str, str]]:
    """Rooms and names of the people whose phone ends so, as one walks, each room once."""
    joined = select(Home, Person).join(Person, col(Person.id) == col(Home.person))
    found = read.exec(joined.where(Person.tail == tail, col(Home.ended).is_(False))).all()
    rooms = {home.room: person.name for home, person in sorted(found, key=lambda pair: pair[1].name, reverse=True)}
    return sorted(rooms.items(), key=lambda pair: room_key(pair[0]))[:limit]
