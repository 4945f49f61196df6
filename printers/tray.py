"""The desk's tray of slips: what is to be printed, what was, and what nobody can be sure of.

Bytes and text are frozen when a slip is put in, in the transaction of the act it belongs to. A slip goes
queued → sending → confirmed or uncertain; `sending` is committed before the first byte, so a slip is sent at most once
without a person: an uncertain one waits until someone has looked at the paper. The caller owns every transaction.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from printers import thermal
from printers.slip import Drawer, Slip, layout, plain
from printers.thermal import Profile


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


def waiting(db: Database) -> list[Job]:
    """What paper still owes the desk, oldest first: queued, sending and uncertain jobs."""
    return _jobs(db, "WHERE done IS NULL ORDER BY id")


def payload(db: Database, job_id: int) -> bytes:
    """The frozen bytes of a job. Raises ValueError when there is none of this number."""
    row = db.execute("SELECT payload FROM print_job WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        raise ValueError(f"没有第 {job_id} 号打印任务")
    return bytes(row[0])


def reprint_mark(number: int, at_ms: int, operator: str) -> str:
    """What a slip printed again says under its title, in the PC's local time."""
    at = datetime.fromtimestamp(at_ms / 1000)
    return f"※补打 第{number}次※ {at:%Y-%m-%d %H:%M} 经办 {operator}"


def _put(
    db: Database, slip: Slip, profile: Profile, fields: dict[str, Any], copy: str, mark: str, supersedes: int | None
) -> int:
    rows = layout(slip, profile.columns, copy, mark)
    values = fields | {
        "copy": copy,
        "profile": json.dumps(asdict(profile)),
        "slip": slip.to_json(),
        "mark": mark,
        "payload": thermal.encode(rows, profile),
        "plain": plain(rows),
        "money": int(slip.money),
        "state": "queued",
        "supersedes": supersedes,
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    added = db.execute(f"INSERT INTO print_job({names}) VALUES({marks})", tuple(values.values())).lastrowid
    assert added is not None, "an INSERT of one row has a row id"
    return added


def _of_request(db: Database, request_key: str | None) -> list[int]:
    if request_key is None:
        return []
    return [
        row[0] for row in db.execute("SELECT id FROM print_job WHERE request_key = ? ORDER BY id", (request_key,)).fetchall()
    ]


def _before(db: Database, doc_id: str, kind: str, copy: str) -> tuple[int, bool, int]:
    """Of this copy: the next seq, whether one may be on paper or is still to come, the number of the next 补打."""
    row = db.execute(
        "SELECT coalesce(max(seq) + 1, 0), count(*) FILTER (WHERE state != 'cancelled' OR id IN"
        " (SELECT job_id FROM print_attempt WHERE outcome != 'not-started')), 1 + count(*) FILTER (WHERE mark != '')"
        " FROM print_job WHERE doc_id = ? AND kind = ? AND copy = ?",
        (doc_id, kind, copy),
    ).fetchone()
    return row[0], bool(row[1]), row[2]


def enqueue(
    db: Database,
    *,
    kind: str,
    doc_id: str,
    doc_no: str,
    slip: Slip,
    printer: str,
    profile: Profile,
    at_ms: int,
    operator: str,
    mark: str = "",
    request_key: str | None = None,
) -> list[int]:
    """Put a slip in the tray of `printer`: one job per copy, bytes and text frozen now. Returns the jobs' numbers.

    The same `request_key` again puts nothing in and returns the same jobs. A document of which this copy went in
    before gets the reprint mark by itself (first print = original, any later = 补打). Only the first copy opens
    the drawer. Raises ValueError as `layout` does.
    """
    known = _of_request(db, request_key)
    if known:
        return known
    added: list[int] = []
    fields: dict[str, Any] = {"kind": kind, "doc_id": doc_id, "doc_no": doc_no, "printer": printer, "operator": operator}
    fields |= {"created": at_ms, "request_key": request_key}
    without_drawer = replace(slip, nodes=tuple(node for node in slip.nodes if not isinstance(node, Drawer)))
    for number, copy in enumerate(slip.copies):
        seq, printed, nth = _before(db, doc_id, kind, copy)
        said = mark or (reprint_mark(nth, at_ms, operator) if printed else "")
        added.append(_put(db, without_drawer if number else slip, profile, fields | {"seq": seq}, copy, said, None))
    return added


def reprint(db: Database, job_id: int, mark: str, operator: str, at_ms: int, request_key: str | None = None) -> int:
    """Print a job again as it was, under a mark, with the drawer shut. Returns the new job's number.

    `mark` "" stands for ※补打 第n次※ with time and operator. A job still queued or being sent is returned as it is:
    its paper is yet to come. An uncertain one counts as not printed and is closed. Raises ValueError when there is no
    such job or its content was erased.
    """
    known = _of_request(db, request_key)
    if known:
        return known[0]
    old = job(db, job_id)
    if old.state in ("queued", "sending"):
        return old.id
    row = db.execute("SELECT slip, profile FROM print_job WHERE id = ?", (job_id,)).fetchone()
    if not row[0]:
        raise ValueError(f"{old.doc_no} 的内容已按规定删除，不能补打")
    seq, _, nth = _before(db, old.doc_id, old.kind, old.copy)
    fields: dict[str, Any] = {"kind": old.kind, "doc_id": old.doc_id, "doc_no": old.doc_no, "printer": old.printer, "seq": seq}
    fields |= {"operator": operator, "created": at_ms, "request_key": request_key}
    said = mark or reprint_mark(nth, at_ms, operator)
    added = _put(db, Slip.from_json(row[0]), Profile(**json.loads(row[1])), fields, old.copy, said, old.id)
    if old.state == "uncertain":
        db.execute(
            "UPDATE print_job SET state = 'cancelled', reason = '未出纸，已补打', confirmed_by = ?, done = ? WHERE id = ?",
            (operator, at_ms, job_id),
        )
    return added


def settle(db: Database, job_id: int, answer: str, by: str) -> None:
    """A person's word on a job: "printed" (已出纸, of an uncertain one) or "cancel" (作废, uncertain or queued).

    Raises ValueError with a Chinese sentence when the job is past such an answer.
    """
    match answer:
        case "printed":
            state, open_states = "confirmed", ("uncertain", "uncertain")
        case "cancel":
            state, open_states = "cancelled", ("uncertain", "queued")
        case _:
            raise ValueError(f"不认识的答复 {answer}，只有 printed、cancel")
    changed = db.execute(
        "UPDATE print_job SET state = ?, confirmed_by = ?, done = ? WHERE id = ? AND state IN (?, ?)",
        (state, by, now(), job_id, *open_states),
    ).rowcount
    if changed != 1:
        words = {
            "queued": "还没开始打",
            "sending": "正在打印",
            "confirmed": "已经打好",
            "cancelled": "已经作废",
            "uncertain": "",
        }
        raise ValueError(f"这张{words[job(db, job_id).state]}，不能改：请刷新再看")


def recover(db: Database, printer: str | None = None) -> int:
    """After a start: a job found `sending` (of one printer, or any) was cut short and becomes uncertain. How many."""
    reason = "上次打印到一半程序停了：请看是否出纸，再点“已出纸”或“补打”"
    which = "SELECT id FROM print_job WHERE state = 'sending' AND done IS NULL AND printer = coalesce(?, printer)"
    cut_short = [row[0] for row in db.execute(which, (printer,)).fetchall()]
    for job_id in cut_short:
        db.execute("UPDATE print_job SET state = 'uncertain', reason = ? WHERE id = ?", (reason, job_id))
        db.execute(
            "UPDATE print_attempt SET ended = ?, outcome = 'interrupted' WHERE job_id = ? AND ended IS NULL", (now(), job_id)
        )
    return len(cut_short)


def adopt(db: Database, printers: Sequence[str], heir: str) -> int:
    """Give what waits for a printer that is no longer there to `heir`, so that no slip waits for ever. How many."""
    holes = ", ".join("?" * len(printers))
    waiting_for_none = f"UPDATE print_job SET printer = ? WHERE state = 'queued' AND printer NOT IN ({holes})"
    return db.execute(waiting_for_none, (heir, *printers)).rowcount


def forget(db: Database, doc_id: str) -> int:
    """Erase what the finished slips of a document said; that they were printed stays. Returns how many."""
    return db.execute(
        "UPDATE print_job SET slip = '', plain = '', payload = x'' WHERE doc_id = ? AND done IS NOT NULL", (doc_id,)
    ).rowcount
