"""What the tests of outages, incidents and the night board share: desks with every job, in a night that stands still."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from data import journal
from data.file import raw
from data.records import Actor
from data.store import Paper, Store
from desk import staff
from desk.jobs import JOBS
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from printers import spool
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, certificate

NIGHT = datetime(2026, 11, 20, 23, 10)
CLERK, GUARD = Actor("k1", "王芳", staff.CLERK), Actor("g1", "老周", staff.GUARD)
EVERYBODY = {"guard": GUARD, "clerk": CLERK, "manager": MANAGER}
PHONE = "13700009999"

HOMES = (
    ("3-1-101", "p1", "张秀兰", "独居,听力,大字"),
    ("3-1-102", "p2", "王磊", ""),
    ("3-2-501", "p3", "李建国", "不便"),
    ("11-1-101", "p4", "欧阳丽", "大字"),
)


class Clock:
    """A wall clock that stands where it is put; entries come 100 ms apart."""

    def __init__(self) -> None:
        self.at, self.ticks = NIGHT, count()

    def wall(self) -> datetime:
        """What the desk reads."""
        return self.at

    def now(self) -> datetime:
        """What entries are stamped with."""
        return self.at.astimezone() + timedelta(milliseconds=100 * next(self.ticks))


def new_desk(folder: Path, prefix: str, now: Callable[[], datetime], papers: list[Slip]) -> Store:
    """A desk with four households in two buildings; its slips go to `papers`."""
    paper: Paper = lambda db, slips, record, entry, by: papers.extend(slips)  # noqa: E731
    store = Store(folder / prefix / "desk.db", JOBS, paper=paper, schema=spool.SCHEMA, now=now)
    store.create(certificate(f"c{prefix}", prefix))
    for code, uid, name, care in HOMES:
        store.act(RoomRegistered(code=code), MANAGER)
        store.act(PersonRegistered(uid=uid, name=name, phone=PHONE, care=care), MANAGER)
        store.act(HomeBegan(room=code, person=uid), MANAGER)
    return store


def exchange(here: Store, there: Store) -> None:
    """Each gets what the other wrote."""
    for sender, receiver, chain in ((here, there, "cA"), (there, here, "cB")):
        with sender.read() as read:
            sent = journal.since(raw(read.connection()), chain, 0, 999)
        receiver.receive([certificate(chain, chain[1])], sent)


def printed(slip: Slip, columns: int = 32, copy: str = "") -> str:
    """What is on the paper, every line within its width."""
    rows = layout(slip, columns, copy)
    for row in rows:
        assert row.kind != "text" or paper_width(row.text) * row.size <= columns
    return plain(rows)
