"""The one who carries slips from the tray to a printer: a thread per printer, one slip at a time, never the same twice."""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Literal, Protocol

from printers.device import NotStarted, Outcome, open_device
from printers.jobs import DEVICE, SCHEMA, Database, Job, create, job, jobs, now, past, payload, waiting
from printers.line import WRITE, Talking
from printers.lock import device_lock
from printers.tray import BY_ITSELF, adopt, enqueue, forget, recover, reprint, reprint_mark, retry, settle, spelled

__all__ = [
    "BY_ITSELF",
    "DEVICE",
    "SCHEMA",
    "Connection",
    "Database",
    "Job",
    "Worker",
    "adopt",
    "create",
    "enqueue",
    "forget",
    "job",
    "jobs",
    "past",
    "payload",
    "recover",
    "reprint",
    "reprint_mark",
    "retry",
    "settle",
    "spelled",
    "waiting",
]

FIRST, LAST = 2.0, 30.0  # seconds between attempts at a printer that cannot start
ELSEWHERE = "打印机被另一个程序占用：那边打完会自动接着打"
IDLE = 30.0  # seconds until the tray is looked at unasked: another program on this PC may have put something in


class Connection(Database, Protocol):
    """A connection of the worker's own: sqlcipher3 or sqlite3 with isolation_level=None."""

    OperationalError: type[Exception]
    in_transaction: bool

    def close(self) -> None: ...


@contextmanager
def _transaction(db: Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


class Worker(threading.Thread):
    """Prints the jobs of `printer` at `url`, oldest first, until stopped.

    `connect` opens a connection to the desk's file, in the thread that will use it; `changed` is called, in that
    thread, after each change of a job. A printer that cannot start leaves its job queued with the reason and is
    tried again after 2 … 30 s, at once after `poke`. A slip of the `harmless` kinds whose printing breaks off on a
    printer that answered before is printed once more by itself, marked. Raises ValueError for a wrong `url`.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        printer: str,
        url: str,
        changed: Callable[[], None],
        timeout: float = WRITE,
        harmless: Collection[str] = (),
    ) -> None:
        super().__init__(name=f"printer {printer}", daemon=True)
        self.printer = printer
        self.harmless = frozenset(harmless)
        self.device = open_device(url, timeout)
        self._connect = connect
        self._changed = changed
        self._db: Connection | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        # What became of a job, while the file was too busy to be told.
        self._unwritten: tuple[int, int, Outcome | NotStarted] | None = None
        self._kept_out = False  # at the last look another program had the printer
        self._answers = False  # it has said of a slip that it is done: silence later on means something
        self._complaint = ""  # what it said of the slip in hand

    def poke(self) -> None:
        """Something is in the tray, or paper in the printer: look now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the slip in hand; returns at once."""
        self._stopping.set()
        self._wake.set()
        if not self.is_alive():
            self._hang_up()

    def run(self) -> None:
        pause = FIRST
        try:
            while not self._stopping.is_set():
                match self.step():
                    case "done":
                        pause = FIRST
                        continue
                    case "idle":
                        wait, pause = IDLE, FIRST
                    case "held":
                        wait, pause = pause, min(pause * 2, LAST)
                if self._wake.wait(wait):
                    pause = FIRST
                self._wake.clear()
        finally:
            self._hang_up()

    def step(self) -> Literal["done", "idle", "held"]:
        """Print one job: "done" when it left the queue, "idle" when there was none, "held" when it cannot start now."""
        if self._db is None:
            self._db = self._connect()
            self._db.execute("PRAGMA busy_timeout = 10000")
        try:
            return self._step(self._db)
        except self._db.OperationalError:
            # The file is locked by a long writer (backup, rebuild); what is not yet written is kept and written later.
            return "held"

    def _step(self, db: Connection) -> Literal["done", "idle", "held"]:
        if self._unwritten is not None:
            self._write(db)
        states = "SELECT state FROM print_job WHERE done IS NULL AND printer = ? AND state IN ('queued', 'sending')"
        found = {row[0] for row in db.execute(states, (self.printer,)).fetchall()}
        if not found:
            return "idle"
        with device_lock(self.device.url) if self.device.exclusive else nullcontext(True) as ours:
            if not ours:
                if self._kept_out:
                    self._hold(db, ELSEWHERE)
                self._kept_out = True
                return "held"
            self._kept_out = False
            if "sending" in found:
                # Who holds the printer's lock sends; nobody else does, so this one was left by a program that died.
                with _transaction(db):
                    recover(db, self.printer)
                self._changed()
            return self._print(db) if "queued" in found else "idle"

    def _print(self, db: Connection) -> Literal["done", "idle", "held"]:
        try:
            with self.device:
                taken = self._take(db)
                if taken is None:
                    return "idle"
                job_id, attempt, gap, content = taken
                self._complaint = ""
                self._changed()
                try:
                    sent = self.device.send(bytes(gap) + content, lambda text: self._note(db, job_id, text))
                    outcome: Outcome | NotStarted = replace(sent, sent=max(0, sent.sent - gap))
                except NotStarted as not_started:
                    outcome = not_started
        except NotStarted as not_started:
            self._hold(db, not_started.reason)
            return "held"
        self._unwritten = (job_id, attempt, outcome)
        self._write(db)
        return "held" if isinstance(outcome, NotStarted) else "done"

    def _take(self, db: Connection) -> tuple[int, int, int, bytes] | None:
        """Mark the oldest queued job as being sent, for good, before its first byte: (job, attempt, gap, bytes)."""
        gap = self._left_open(db)
        with _transaction(db):
            row = db.execute(
                "SELECT id, payload FROM print_job WHERE done IS NULL AND printer = ? AND state = 'queued' ORDER BY id LIMIT 1",
                (self.printer,),
            ).fetchone()
            if row is None:
                return None
            db.execute("UPDATE print_job SET state = 'sending', reason = '' WHERE id = ?", (row[0],))
            attempt = db.execute("INSERT INTO print_attempt(job_id, started) VALUES(?, ?)", (row[0], now())).lastrowid
        assert attempt is not None, "an INSERT of one row has a row id"
        return row[0], attempt, gap, bytes(row[1])

    def _left_open(self, db: Connection) -> int:
        """Bytes the printer may still want of the slip before, which broke off: the rest of a picture, say.

        So many NULs before the next slip, dropped by a printer that wants none, keep it from being swallowed instead.
        """
        row = db.execute(
            "SELECT outcome, length(payload), bytes_sent FROM print_attempt AS attempt JOIN print_job AS job ON job.id = job_id"
            " WHERE attempt.id > (SELECT max(id) - 200 FROM print_attempt) AND printer = ? AND outcome != 'not-started'"
            " ORDER BY attempt.id DESC LIMIT 1",
            (self.printer,),
        ).fetchone()
        match row:
            case ("interrupted", size, _):
                return int(size)
            case ("uncertain", size, sent):
                # Taken by the line is not yet taken by the printer; but one that never answers is always in doubt.
                silent = not isinstance(self.device, Talking) or self.device.answers == "no"
                return max(0, size - sent) if silent else int(size)
        return 0

    def _hold(self, db: Connection, reason: str) -> None:
        """Say on the next job why it does not start; written once, not at every attempt."""
        with _transaction(db):
            held = db.execute(
                "UPDATE print_job SET reason = ?1 WHERE reason != ?1 AND id ="
                " (SELECT min(id) FROM print_job WHERE done IS NULL AND printer = ?2 AND state = 'queued')",
                (reason, self.printer),
            ).rowcount
        if held:
            self._changed()

    def _note(self, db: Connection, job_id: int, reason: str) -> None:
        """What the printer complains of in mid-slip. Only words: a busy file may miss them."""
        self._complaint = reason
        try:
            with _transaction(db):
                db.execute("UPDATE print_job SET reason = ? WHERE id = ? AND state = 'sending'", (reason, job_id))
        except db.OperationalError:
            return
        self._changed()

    def _write(self, db: Connection) -> None:
        """Write down what became of the job in hand. A person's word, given meanwhile, stands."""
        assert self._unwritten is not None
        job_id, attempt, outcome = self._unwritten
        if isinstance(outcome, NotStarted):
            state, word, by, done = "queued", "not-started", "", None
        elif outcome.confirmed:
            state, word, by, done = "confirmed", f"confirmed {outcome.proof}".rstrip(), DEVICE, now()
        else:
            state, word, by, done = "uncertain", "uncertain", "", None
        sent = 0 if isinstance(outcome, NotStarted) else outcome.sent
        with _transaction(db):
            db.execute(
                "UPDATE print_job SET state = ?, reason = ?, confirmed_by = ?, done = ?"
                " WHERE id = ? AND state IN ('sending', 'uncertain')",
                (state, outcome.reason, by, done, job_id),
            )
            db.execute(
                "UPDATE print_attempt SET ended = ?, bytes_sent = ?, outcome = ? WHERE id = ?", (now(), sent, word, attempt)
            )
            # Out of paper it finishes by itself once there is some: one more would be one too many.
            if state == "uncertain" and self._answers and not self._complaint and job(db, job_id).kind in self.harmless:
                retry(db, job_id)
        self._answers = self._answers or state == "confirmed"
        self._unwritten = None
        self._changed()

    def _hang_up(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
