"""The store: one SQLite file and the only two ways to change it, `act` for what we do and `receive` for what others did.

Both end in the same place: fold this record again from all its entries, in the transaction that wrote the entry.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from data import journal
from data.entry import FORGOT, Entry, Placed
from data.file import RESTORE, Damaged, engine_of, kept_or_said, raw
from data.journal import Db
from data.rebuild import check, check_chains, make_anew, put_all
from data.records import Actor, Event, Record, Refused, fingerprint, fold_whole

Seen = TypeVar("Seen")

Paper = Callable[[Db, Sequence[Any], Record, Entry, Actor], None]
"""Puts slips into the spool, in the transaction that wrote the entry they speak of."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an act left: the record as it now is, its entry, and the link the entry got."""

    record: Record
    entry: Entry
    link: bytes


class Store:
    """One SQLite file with its journal and the records folded from it.

    `kinds` are the record classes it keeps, `paper` spools the slips of own acts, `schema` are further statements that
    make tables of the same file (the spool's), `now` the wall time. `changed` is called after every commit with the
    classes whose records changed, in the thread that changed them.
    """

    def __init__(
        self,
        path: Path,
        kinds: Sequence[type[Record]],
        *,
        paper: Paper | None = None,
        schema: Sequence[str] = (),
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.path, self.kinds, self.paper, self.schema = path, tuple(kinds), paper, tuple(schema)
        self.now = now or (lambda: datetime.now().astimezone())
        self.of_kind = {kind: record for record in self.kinds for kind in record.kinds}
        self.changed: Callable[[set[type[Record]]], None] = lambda kinds: None
        self.engine = engine_of(path)
        self._writing = threading.RLock()

    # ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────

    def create(self, certificate: bytes) -> None:
        """Make the file's tables and begin its first chain. Raises Refused where a journal is already kept."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._write() as (_, db):
            journal.create(db)
            if journal.chains(db):
                raise Refused("这个目录里已经有一个前台数据库，请换一个目录，或直接运行 desk 打开它")
            journal.begin_chain(db, certificate)
            for statement in self.schema:
                db.execute(statement)
        self._shape()

    def open(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Look the file over before work: its header, the tail of each chain, the shape of its tables.

        Tables of another version are rebuilt from the journal; `progress` is told how many entries are done. Raises
        Damaged when the file is missing or hurt; nothing is ever made anew over it.
        """
        if not self.path.exists():
            raise Damaged(f"找不到数据库文件 {self.path}。{RESTORE}")
        try:
            if not self.look(journal.chains):
                raise Damaged(f"数据库 {self.path} 里没有日志。{RESTORE}")
            _, faults = self.look(lambda db: check_chains(db, tail=200))
        except DatabaseError as error:
            raise Damaged(f"数据库 {self.path} 已损坏（{error.orig}）。{RESTORE}") from error
        if faults:
            raise Damaged(f"数据库 {self.path} 已损坏：{'；'.join(faults)}。{RESTORE}")
        with self._write() as (_, db):
            for statement in (*journal.SCHEMA, *self.schema):
                db.execute(statement)
        self._shape(progress)

    def _shape(self, progress: Callable[[int], None] = lambda done: None) -> None:
        """Make the record tables fit this version; a table is a cache, so a changed one is made anew from the journal."""
        if self.look(lambda db: db.execute("PRAGMA user_version").fetchone()[0]) != fingerprint(self.kinds):
            self.rebuild(progress)

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to read records in; short, so that it never holds up the log of a writer."""
        with self.engine.connect() as connection, connection.begin(), Session(bind=connection) as session:
            yield session

    def look(self, work: Callable[[Db], Seen]) -> Seen:
        """Run `work` on the raw connection in one reading transaction, which holds up no writer."""
        with self.read() as session:
            return work(raw(session.connection()))

    # ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _write(self, keep: bool = True) -> Iterator[tuple[Session, Db]]:
        with self._writing, self.engine.connect().execution_options(write=True) as connection, connection.begin() as whole:
            with Session(bind=connection, autoflush=False) as session:
                yield session, raw(connection)
            if not keep:
                whole.rollback()

    def transact(self, work: Callable[[Db], Seen]) -> Seen:
        """Run `work` on the raw connection in one writing transaction, for the spool and for what this copy notes."""
        with self._write() as (_, db):
            return work(db)

    def act(self, said: Event, by: Actor, subject: str | None = None) -> Done:
        """Do one thing: check it, write its entry, fold its record, spool its slips, all or nothing, durable on return.

        `subject` is the record it happens to; None for an event that opens one. Raises Refused with the clerk's sentence.
        """
        return self.act_all([(said, subject)], by)[0]

    def act_all(
        self, acts: Sequence[tuple[Event, str | None]], by: Actor, progress: Callable[[int], None] = lambda done: None
    ) -> list[Done]:
        """Do several things in one transaction, all or none. `progress` is told how many are done, every few hundred."""
        done: list[Done] = []
        with kept_or_said(), self._write() as (session, db):
            for count, (said, subject) in enumerate(acts, 1):
                done.append(self._act(session, db, said, by, subject, self.paper))
                if count % 200 == 0:
                    progress(count)
        self.changed({type(one.record) for one in done})
        return done

    def rehearse(self, said: Event, by: Actor, subject: str | None = None) -> Sequence[Any]:
        """The slips an act would leave, with the numbers it would get; nothing is kept. Raises Refused like `act`."""
        return self.rehearse_all([(said, subject)], by)

    def rehearse_all(self, acts: Sequence[tuple[Event, str | None]], by: Actor) -> Sequence[Any]:
        """The slips that acts in one transaction would leave; nothing is kept. Raises Refused like `act_all`."""
        shown: list[Any] = []
        with kept_or_said(), self._write(keep=False) as (session, db):
            for said, subject in acts:
                self._act(session, db, said, by, subject, lambda _db, slips, *_: shown.extend(slips))
        return shown

    def _act(self, session: Session, db: Db, said: Event, by: Actor, subject: str | None, paper: Paper | None) -> Done:
        kind = self.of_kind[said.kind]
        if by.role not in said.roles:
            raise Refused("您的岗位不能办理这项业务，请找当班主管")
        subject = subject or said.key()
        record = session.get(kind, subject, populate_existing=True) if subject else None
        if record is None and not said.opens:
            raise Refused("找不到这条记录，请刷新后再试")
        if record is not None and said.opens:
            raise Refused("已经登记过，不用再登记一次")
        said = said.complete(session)
        refusal = kind.refusal(session, record, said, by)
        if refusal:
            raise refusal if isinstance(refusal, Refused) else Refused(refusal)
        now = self.now()
        body, personal = said.split()
        try:
            entry, link = journal.append(
                db, kind=said.kind, subject=subject, by=by.id, body=body, personal=personal,
                number=self._number(db, said, now), now=now,
            )  # fmt: skip
        except ValueError as error:
            raise Refused(str(error)) from None
        folded = self._fold(db, kind, entry.subject)
        assert folded is not None, f"{said.kind} opened nothing"
        session.expunge_all()
        if paper and (slips := folded.slips(session, said, entry, link, by)):
            paper(db, slips, folded, entry, by)
        return Done(folded, entry, link)

    def _number(self, db: Db, said: Event, now: datetime) -> str:
        if not said.series:
            return ""
        prefix = journal.active(db).prefix
        if said.series == "receipt":
            series = f"{prefix}{now:%y}-"
            return f"{series}{journal.next_number(db, series):06d}"
        if said.series == "record":
            return f"{prefix}{journal.next_number(db, prefix)}"
        return f"{prefix}{said.series}{journal.next_number(db, prefix + said.series):05d}"

    def _fold(self, db: Db, kind: type[Record], subject: str) -> Record | None:
        whole = fold_whole(kind, subject, journal.history(db, subject))
        for table in kind.tables():
            db.execute(f"DELETE FROM {table.__tablename__} WHERE owner = ?", (subject,))
        if whole is None:
            return None
        put_all(db, whole)
        return whole[0]

    def receive(self, certificates: Sequence[bytes], placed: Sequence[Placed], notes: dict[str, str] | None = None) -> int:
        """Take what others did, in their chains' order, and fold every record it touches; gives how many were new.

        `notes` are kept in the same transaction (feed and cursor). Idempotent. Raises Broken where a chain does not
        continue; then nothing of this batch is kept.
        """
        touched: dict[str, type[Record]] = {}
        with self._write() as (_, db):
            for certificate in certificates:
                journal.know_chain(db, certificate)
            fresh = [entry for one in placed if (entry := journal.take(db, one))]
            for entry in fresh:
                if entry.kind == FORGOT:
                    gone = entry.erases()
                    journal.forget(db, gone)
                    touched.update(self._subjects(db, gone))
                elif kind := self.of_kind.get(entry.kind):
                    touched[entry.subject] = kind
            for subject, kind in touched.items():
                self._fold(db, kind, subject)
            for key, value in (notes or {}).items():
                journal.set_note(db, key, value)
        if touched:
            self.changed(set(touched.values()))
        return len(fresh)

    def begin_chain(self, certificate: bytes, common: int, notes: dict[str, str] | None = None) -> None:
        """Go on under a new chain, writing own entries beyond `common` again on it; nothing is lost."""
        with self._write() as (_, db):
            journal.begin_chain(db, certificate, common)
            for key, value in (notes or {}).items():
                journal.set_note(db, key, value)

    def acknowledge(self, chain: str, seq: int) -> None:
        """Central has committed this chain up to `seq`."""
        self.transact(lambda db: db.execute("UPDATE chain SET acked = MAX(acked, ?) WHERE id = ?", (seq, chain)))

    def forget(self, ids: Sequence[str], reason: str, by: Actor) -> None:
        """Erase the personal part of these entries here, and by an entry of its own at every desk (个保法 §47)."""
        with self._write() as (_, db):
            journal.append(
                db, kind=FORGOT, subject=None, by=by.id, body={"entries": list(ids), "reason": reason}, now=self.now()
            )
            journal.forget(db, ids)
            touched = self._subjects(db, ids)
            for subject, kind in touched.items():
                self._fold(db, kind, subject)
        self.changed(set(touched.values()))

    def _subjects(self, db: Db, ids: Sequence[str]) -> dict[str, type[Record]]:
        rows = [db.execute("SELECT subject, kind FROM entry WHERE id = ?", (identity,)).fetchone() for identity in ids]
        return {row[0]: self.of_kind[row[1]] for row in rows if row and row[1] in self.of_kind}

    # ── looking after ──────────────────────────────────────────────────────────────────────────────────────────────

    def rebuild(self, progress: Callable[[int], None] = lambda done: None) -> int:
        """Make every table anew from the journal; gives how many entries were folded. One transaction."""
        with self._write() as (session, db):
            return make_anew(session.connection(), db, self.kinds, self.of_kind, progress)

    def check(self) -> tuple[list[str], list[str]]:
        """Look everything over: the file's pages, every link of every chain, every record against a fresh fold.

        Gives what was checked and the faults, both as Chinese lines.
        """
        return self.look(lambda db: check(db, self.kinds, self.of_kind))
