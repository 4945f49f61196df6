"""What the tests share: desks in folders of their own, a clock that stands still, and no caret that blinks."""

import os

os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine

from data.entry import canonical
from data.records import Actor, Record
from data.store import Paper, Store
from desk import staff
from desk.barrings import Barring
from desk.bookings import Booking
from desk.lending import Stock
from desk.permits import Permit
from desk.residents import Home, Person, Room
from desk.rules import Rules
from printers.slip import Slip
from tests import tray
from tests.things import KINDS

# Receipts bear the year, bills their months: every test runs on this day, in every year; clocks go on from there.
TODAY = datetime(2026, 11, 25, 10, 0).astimezone()
_clock = time_machine.travel(TODAY)


def pytest_configure() -> None:
    _clock.start()


def pytest_unconfigure() -> None:
    _clock.stop()


# The fixtures of the tests of printing; others have a desk or a printer of their own.
desk, printer, worker_at, locks_of_our_own = tray.desk, tray.printer, tray.worker_at, tray.locks_of_our_own

if TYPE_CHECKING:
    from tests.nights import Clock

BEIJING = timezone(timedelta(hours=8))
MANAGER = Actor("m1", "赵强", staff.MANAGER)


Desks = Callable[..., Store]


def certificate(chain: str, prefix: str = "A", desk: str = "前台") -> bytes:
    """A chain certificate nobody signed; enough for everything but central."""
    return canonical({"chain": chain, "prefix": prefix, "desk": desk})


@pytest.fixture(autouse=True)
def quick_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """PINs are hashed at the weakest setting; what is tested is who may, not how long it takes."""
    monkeypatch.setattr(staff, "HASHING", (1, 8, 1))


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Makes stores of the tests' own records, each a file of its own, closed at the end."""
    made: list[Store] = []

    def make(chain: str = "c1", prefix: str = "A", path: Path | None = None, create: bool = True) -> Store:
        store = Store(path or tmp_path / chain / "desk.db", KINDS)
        made.append(store)
        if create:
            store.create(certificate(chain, prefix))
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def noon() -> datetime:
    """A Friday noon in Beijing."""
    return datetime(2026, 11, 20, 4, 0, tzinfo=UTC).astimezone(BEIJING)


@pytest.fixture
def desks(tmp_path: Path, papers: list[Slip]) -> Iterator[Desks]:
    """Makes desks of one estate that keep one job's records and those it asks; their slips go to `papers`."""
    made: list[Store] = []

    def desk(prefix: str, job: type[Record], now: Callable[[], datetime], *asked: type[Record]) -> Store:
        kinds = list(dict.fromkeys([staff.Staff, Room, Person, Home, Rules, Stock, Permit, Booking, Barring, job, *asked]))
        paper: Paper = lambda db, slips, record, entry, by: papers.extend(slips)  # noqa: E731
        store = Store(tmp_path / prefix / "desk.db", kinds, paper=paper, now=now)
        made.append(store)
        store.create(certificate(f"c{prefix}", prefix))
        return store

    yield desk
    for store in made:
        store.close()


@pytest.fixture
def papers() -> list[Slip]:
    """Where a store of a test may put the slips of its acts."""
    return []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    """The wall clock, put to ten past eleven at night and anywhere else by the test."""
    from desk import fields
    from tests.nights import Clock

    made = Clock()
    monkeypatch.setattr(fields, "wall", made.wall)
    return made


@pytest.fixture
def night_desks(tmp_path: Path, clock: "Clock", papers: list[Slip]) -> Iterator[Callable[[str], Store]]:
    """Makes desks of one estate with every job and four households, by prefix; their slips go to `papers`."""
    from tests.nights import new_desk

    made: list[Store] = []

    def desk(prefix: str) -> Store:
        made.append(new_desk(tmp_path, prefix, clock.now, papers))
        return made[-1]

    yield desk
    for store in made:
        store.close()
