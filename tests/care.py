"""What the tests of care share: a desk with every job's records, a clock in the test's hands, and an old woman on the list."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from data import journal
from data.file import raw
from data.records import Actor, Event, Record, Refused
from data.store import Store
from desk import care, care_list, fields, staff
from desk.care import CareDay
from desk.care_events import CareAgreed, care_id
from desk.contacts import ContactNamed
from desk.jobs import JOBS
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from printers import spool
from printers.slip import Slip
from tests.conftest import certificate
from tests.jobs import NOON

ROOM, OTHER = "3-2-501", "3-2-502"
MANAGER = Actor("m1", "赵强", staff.MANAGER)
CLERK = Actor("k1", "王芳", staff.CLERK)
GUARD = Actor("g1", "老周", staff.GUARD)
AGREED = CareAgreed(flags="独居,大字", tier="A", said_by="张秀兰")
DAUGHTER = ContactNamed(room=ROOM, name="张敏", relation="女儿", phone="13900008888", agreed_by="张秀兰", phrase="腊梅")


class Estate:
    """Desks of one estate with one wall clock; slips of the last act in `papers`."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.at, self.papers = folder, NOON, list[Slip]()
        self.made: list[Store] = []
        self.ticks = count(1)
        patch.setattr(fields, "wall", lambda: self.at)

    def clock(self) -> datetime:
        """The wall time, each time a little later."""
        return self.at.astimezone() + timedelta(milliseconds=10 * next(self.ticks))

    def desk(self, prefix: str) -> Store:
        """One more desk; it knows nobody yet."""

        def paper(db: object, slips: Sequence[Slip], *_: object) -> None:
            self.papers = list(slips)

        store = Store(self.folder / prefix / "desk.db", JOBS, paper=paper, schema=spool.SCHEMA, now=self.clock)
        store.create(certificate(f"c{prefix}", prefix))
        self.made.append(store)
        return store

    def furnished(self, prefix: str = "A") -> Store:
        """A desk with two rooms, an old woman on the care list in one of them, and two staff."""
        store = self.desk(prefix)
        for who in (CLERK, GUARD, MANAGER):
            joined = staff.Joined(name=who.name, role=who.role, pin="x")  # type: ignore[arg-type]
            store.act_all([(joined, who.id)], staff.COMMAND_LINE)
        store.act_all([(RoomRegistered(code=code), None) for code in (ROOM, OTHER)], MANAGER)
        self.person(store, "p1", "张秀兰", ROOM, "13800001234")
        store.act(AGREED, CLERK, "p1")
        return store

    @staticmethod
    def person(store: Store, uid: str, name: str, room: str, phone: str = "") -> None:
        """Somebody lives in a room."""
        store.act(PersonRegistered(uid=uid, name=name, phone=phone), MANAGER)
        store.act(HomeBegan(room=room, person=uid), MANAGER)

    def day(self, store: Store, person: str = "p1") -> CareDay:
        """The person's record of today, as the list has it."""
        with store.read() as read:
            found = read.get(CareDay, care_id(person, f"{self.at:%Y-%m-%d}"))
            return found or next(one for one in care_list.todays(read, self.at) if one.person == person)

    def did(self, store: Store, event: Event, by: Actor = CLERK, person: str = "p1") -> CareDay:
        """Something of the person's day. Raises Refused."""
        with store.read() as read:
            acts = care.acts(read, self.day(store, person), event)
        record = store.act_all(acts, by)[-1].record
        assert isinstance(record, CareDay)
        return record

    def refused(self, store: Store, event: Event, by: Actor = CLERK) -> Refused:
        """What is said of the person's day."""
        with pytest.raises(Refused) as caught:
            self.did(store, event, by)
        return caught.value

    def exchange(self) -> None:
        """Every desk hears what the others wrote."""
        for sender in self.made:
            chain = f"c{sender.path.parent.name}"
            with sender.read() as read:
                sent = journal.since(raw(read.connection()), chain, 0, 999)
            for receiver in self.made:
                if receiver is not sender:
                    receiver.receive([certificate(chain, chain[1:])], sent)


@contextmanager
def estate(folder: Path) -> Iterator[Estate]:
    """An estate in a folder, closed at the end."""
    with pytest.MonkeyPatch.context() as patch:
        made = Estate(folder, patch)
        yield made
        for store in made.made:
            store.close()


def kept(store: Store, kind: type[Record], subject: str) -> Record:
    """A record as it stands."""
    with store.read() as read:
        found = read.get(kind, subject)
    assert found is not None
    return found
