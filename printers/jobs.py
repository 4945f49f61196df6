"""Where a slip stands on its way to paper: the table of jobs in the desk's file, and how it is read.

A job is one copy of one slip: queued → sending → confirmed or uncertain, or cancelled. The caller owns every transaction.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol


class Cursor(Protocol):
    """The part of a DB-API cursor the spool reads."""

    @property
    def rowcount(self) -> int: ...
    @property
    def lastrowid(self) -> int | None: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Database(Protocol):
    """The part of a DB-API SQLite connection the spool needs."""

    def execute(self, sql: str, params: Sequence[Any] = ..., /) -> Cursor: ...


SCHEMA = (
    """CREATE TABLE IF NOT EXISTS print_job(
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL, doc_id TEXT NOT NULL, doc_no TEXT NOT NULL, copy TEXT NOT NULL, seq INTEGER NOT NULL,
  printer TEXT NOT NULL, profile TEXT NOT NULL, slip TEXT NOT NULL, mark TEXT NOT NULL,
  payload BLOB NOT NULL, plain TEXT NOT NULL, money INTEGER NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('queued', 'sending', 'confirmed', 'uncertain', 'cancelled')),
  reason TEXT NOT NULL DEFAULT '', operator TEXT NOT NULL, confirmed_by TEXT NOT NULL DEFAULT '',
  supersedes INTEGER REFERENCES print_job, created INTEGER NOT NULL, done INTEGER, request_key TEXT,
  UNIQUE(doc_id, kind, copy, seq), UNIQUE(request_key, copy))""",
    "CREATE INDEX IF NOT EXISTS print_job_open ON print_job(printer, id) WHERE done IS NULL",
    "CREATE INDEX IF NOT EXISTS print_job_number ON print_job(doc_no)",
    """CREATE TABLE IF NOT EXISTS print_attempt(
  id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL REFERENCES print_job,
  started INTEGER NOT NULL, bytes_sent INTEGER NOT NULL DEFAULT 0, ended INTEGER, outcome TEXT NOT NULL DEFAULT '')""",
    "CREATE INDEX IF NOT EXISTS print_attempt_job ON print_attempt(job_id)",
)

DEVICE = "device"  # confirmed_by, when the printer itself said so

_COLUMNS = (
    "id, kind, doc_id, doc_no, copy, seq, printer, state, reason, mark, operator, confirmed_by, supersedes, money,"
    " created, done, request_key, plain"
)


@dataclass(frozen=True)
class Job:
    """One copy of one slip on its way to paper; `created` and `done` in ms, `seq` 0 for the original."""

    id: int
    kind: str
    doc_id: str
    doc_no: str
    copy: str
    seq: int
    printer: str
    state: str
    reason: str
    mark: str
    operator: str
    confirmed_by: str
    supersedes: int | None
    money: bool
    created: int
    done: int | None
    request_key: str | None
    plain: str


def now() -> int:
    """Wall time in ms."""
    return time.time_ns() // 1_000_000


def create(db: Database) -> None:
    """Make the two tables where they are missing."""
    for statement in SCHEMA:
        db.execute(statement)


def _jobs(db: Database, rest: str, params: Sequence[Any] = ()) -> list[Job]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM print_job {rest}", params).fetchall()
    return [replace(found, money=bool(found.money)) for found in (Job(*row) for row in rows)]


def job(db: Database, job_id: int) -> Job:
    """One job. Raises ValueError when there is none of this number."""
    found = _jobs(db, "WHERE id = ?", (job_id,))
    if not found:
        raise ValueError(f"没有第 {job_id} 号打印任务")
    return found[0]


def jobs(db: Database, doc_id: str | None = None, limit: int = 50) -> list[Job]:
    """The latest jobs, newest first; of one document with `doc_id`."""
    if doc_id is None:
        return _jobs(db, "ORDER BY id DESC LIMIT ?", (limit,))
    return _jobs(db, "WHERE doc_id = ? ORDER BY id DESC LIMIT ?", (doc_id, limit))


def past(db: Database, number: str = "", limit: int = 100) -> list[Job]:
    """The latest jobs that are over, newest first; of documents whose number has `number` in it, upper or lower case."""
    if not number:
        return _jobs(db, "WHERE done IS NOT NULL ORDER BY id DESC LIMIT ?", (limit,))
    # instr knows no wildcards; the inner look runs over the index of numbers alone, not over years of slips.
    found = "SELECT id FROM print_job WHERE instr(upper(doc_no), upper(?)) > 0"
    return _jobs(db, f"WHERE done IS NOT NULL AND id IN ({found}) ORDER BY id DESC LIMIT ?", (number, limit))


def waiting(db: Database) -> list[Job]:
    """What paper still owes the desk, oldest first: queued, sending and uncertain jobs."""
    # +id, or SQLite goes through every slip there ever was in the order of id instead of the small index of these.
    return _jobs(db, "WHERE done IS NULL ORDER BY +id")


def payload(db: Database, job_id: int) -> bytes:
    """The frozen bytes of a job. Raises ValueError when there is none of this number."""
    row = db.execute("SELECT payload FROM print_job WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        raise ValueError(f"没有第 {job_id} 号打印任务")
    return bytes(row[0])
