"""Records of the tests' own: a locker that things are put in and taken from, enough to try the memory on."""

from collections.abc import Sequence
from typing import ClassVar

from sqlmodel import Field, Session, SQLModel

from data.entry import Entry
from data.records import Actor, Event, PersonalText, Record, Refused

ALL = frozenset({"manager", "clerk"})


class Put(Event):
    """Something was put in the locker."""

    kind: ClassVar[str] = "thing.put"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = ALL

    what: str
    owner: PersonalText = ""


class Taken(Event):
    """Somebody took it."""

    kind: ClassVar[str] = "thing.taken"
    roles = ALL

    by_whom: PersonalText


class Weighed(Event):
    """It was weighed; a thing may be weighed often."""

    kind: ClassVar[str] = "thing.weighed"
    roles = ALL

    grams: int


class Weight(SQLModel, table=True):
    """One weighing of a thing."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    grams: int


class Thing(Record, table=True):
    """A thing in the locker."""

    kinds = {event.kind: event for event in (Put, Taken, Weighed)}

    what: str = ""
    whose: str = ""
    taken_by: str = ""
    grams: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; the first who takes it has it."""
        match event:
            case Put():
                self.what, self.whose = event.what, event.owner
            case Taken() if self.taken_by:
                self.doubt = "被取走两次"
            case Taken():
                self.taken_by = event.by_whom
            case Weighed():
                self.grams = event.grams

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """Its weighings."""
        return (Weight,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """One a weighing."""
        grams = [event.grams for _, event in said if isinstance(event, Weighed)]
        return [Weight(owner=self.id, n=n, grams=one) for n, one in enumerate(grams)]

    @classmethod
    def refusal(cls, read: Session, record: "Thing | None", event: Event, by: Actor) -> Refused | None:
        """A thing is taken once."""
        if isinstance(event, Taken) and record and record.taken_by:
            return Refused(f"已被{record.taken_by}取走", "by_whom")
        return None


class Named(Event):
    """A shelf got its name; the name is its key."""

    kind: ClassVar[str] = "shelf.named"
    opens: ClassVar[bool] = True
    roles = ALL

    name: str
    size: int = 1

    def key(self) -> str:
        """Two desks that name the same shelf meet."""
        return f"shelf:{self.name}"


class Shelf(Record, table=True):
    """A shelf of the locker."""

    kinds = {Named.kind: Named}

    name: str = ""
    size: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """The first naming counts; another size is doubtful."""
        assert isinstance(event, Named)
        if self.name and event.size != self.size:
            self.doubt = "两台前台说的大小不同"
        elif not self.name:
            self.name, self.size = event.name, event.size


KINDS = (Thing, Shelf)
