"""A desk's tray of slips and a printer beside it, for the tests of printing."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from printers import spool
from printers.slip import Slip
from printers.thermal import Profile
from tests.fakeprinter import FakePrinter

AT = 1_795_000_000_000
QUICK = 0.2
"""Seconds: for a printer from which nothing will come."""
PATIENT = 1.0
"""Seconds: for a printer that answers, however busy this PC is."""

At = Callable[..., spool.Worker]
"""Makes a worker of the desk for the printer at an address; all are stopped at the end."""


class Desk:
    """A desk's file and what a test does with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = self.connect()
        spool.create(self.db)
        self.changes = 0

    def connect(self) -> Any:
        db = dbapi2.connect(str(self.path), isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        return db

    def put(self, slip: Slip | None = None, doc_id: str = "p1", **more: Any) -> list[int]:
        from tests.test_slips import receipt  # here, so that no other test waits for what that module needs

        fields: dict[str, Any] = {
            "kind": "receipt", "doc_id": doc_id, "doc_no": "SJ01A26-000318", "printer": "前台", "profile": Profile(),
            "at_ms": AT, "operator": "李敏",
        }  # fmt: skip
        return spool.enqueue(self.db, slip=slip or receipt(), **(fields | more))

    def changed(self) -> None:
        self.changes += 1

    def states(self) -> list[str]:
        return [job.state for job in reversed(spool.jobs(self.db))]

    def attempts(self) -> list[tuple[Any, ...]]:
        sql = "SELECT job_id, bytes_sent > 0, ended IS NOT NULL, outcome FROM print_attempt ORDER BY id"
        return list(self.db.execute(sql).fetchall())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "desk.db")
    yield desk
    desk.db.close()


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    with FakePrinter() as fake:
        yield fake


@pytest.fixture
def worker_at(desk: Desk) -> Iterator[At]:
    made: list[spool.Worker] = []

    def at(url: str, timeout: float = PATIENT, harmless: tuple[str, ...] = ()) -> spool.Worker:
        made.append(spool.Worker(desk.connect, "前台", url, desk.changed, timeout, harmless))
        return made[-1]

    yield at
    for worker in made:
        worker.stop()


@pytest.fixture
def locks_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lock files live in the temporary folder; a test leaves none there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
