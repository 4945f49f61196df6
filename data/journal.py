"""The journal: what happened at the desk, in SQLite, one fact once, and where each fact stands on which chain.

`entry` holds each fact once; `link` holds its places: a fact re-issued after a fork or an enrolment stands on two chains.
All functions take `db`, an open SQLite connection of the DB-API; the caller owns the transaction.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from data.entry import MAX_BYTES, VERSION, Broken, Entry, Personal, Placed, canonical, genesis, link_after, new_id

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS entry(
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, subject TEXT NOT NULL, clock INTEGER NOT NULL,
        bytes BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS entry_subject ON entry(subject, clock, id)",
    """CREATE TABLE IF NOT EXISTS link(
        chain TEXT NOT NULL, seq INTEGER NOT NULL, entry INTEGER REFERENCES entry(n), link BLOB NOT NULL,
        PRIMARY KEY(chain, seq)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS parked(
        chain TEXT NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY(chain, seq)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS personal(
        id TEXT PRIMARY KEY, salt BLOB NOT NULL, payload BLOB NOT NULL) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS forgotten(id TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS chain(
        id TEXT PRIMARY KEY, prefix TEXT NOT NULL, desk TEXT NOT NULL, certificate BLOB NOT NULL, ours INTEGER NOT NULL,
        seq INTEGER NOT NULL, link BLOB NOT NULL, acked INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX IF NOT EXISTS chain_active ON chain(ours) WHERE ours = 2",
    "CREATE TABLE IF NOT EXISTS series(name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS note(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
"""The tables that never change shape. `chain.ours`: 2 the chain this copy writes, 1 one it wrote before, 0 another desk's.
`parked` holds the bytes standing at a place of a chain that make no entry here, `link.entry` being NULL there."""


class Db(Protocol):
    """An SQLite connection as the DB-API gives it."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Chain:
    """The gapless, hashed sequence of one living copy of one desk's database. `seq` and `link` are its head."""

    id: str
    prefix: str
    desk: str
    certificate: bytes
    ours: int
    seq: int
    link: bytes
    acked: int


def create(db: Db) -> None:
    """Make the journal's tables where they are not there yet."""
    for statement in SCHEMA:
        db.execute(statement)


def note(db: Db, key: str) -> str | None:
    """A fact about this copy itself (feed, cursor …), or None."""
    row = db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else None


def set_note(db: Db, key: str, value: str) -> None:
    """Remember `value` under `key`; it stays with this copy and is never exchanged."""
    db.execute("INSERT INTO note VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value", (key, value))


COLUMNS = "id, prefix, desk, certificate, ours, seq, link, acked"


def chains(db: Db) -> list[Chain]:
    """Every chain known here, the one being written first."""
    return [Chain(*row) for row in db.execute(f"SELECT {COLUMNS} FROM chain ORDER BY ours DESC, id")]


def active(db: Db) -> Chain:
    """The chain this copy writes. Raises Broken when there is none: the database was never set up."""
    row = db.execute(f"SELECT {COLUMNS} FROM chain WHERE ours = 2").fetchone()
    if row is None:
        raise Broken("这个数据库还没有初始化，请先运行 desk setup")
    return Chain(*row)


def know_chain(db: Db, certificate: bytes) -> str:
    """Note another desk's chain by its certificate, so that its entries can be checked; gives its id."""
    held = json.loads(certificate)
    db.execute(
        "INSERT OR IGNORE INTO chain(id, prefix, desk, certificate, ours, seq, link) VALUES(?, ?, ?, ?, 0, 0, ?)",
        (held["chain"], held["prefix"], held["desk"], certificate, genesis(certificate)),
    )
    return str(held["chain"])


def begin_chain(db: Db, certificate: bytes, common: int = 0) -> Chain:
    """Go on under a new chain, and write again on it every own entry that stood beyond `common` of the old one.

    For the first chain of a new database, an enrolment, and a copy that found itself cloned or restored. What the old
    chain holds up to `common` stays there, known to central; the rest keeps its ids and bytes and gets new places.
    """
    old = db.execute(f"SELECT {COLUMNS} FROM chain WHERE ours = 2").fetchone()
    db.execute("UPDATE chain SET ours = 1 WHERE ours = 2")
    chain = know_chain(db, certificate)
    db.execute("UPDATE chain SET ours = 2 WHERE id = ?", (chain,))
    if old:
        before = Chain(*old)
        again = db.execute(
            "SELECT entry FROM link WHERE chain = ? AND seq > ? AND entry IS NOT NULL ORDER BY seq", (before.id, common)
        ).fetchall()
        db.execute("DELETE FROM link WHERE chain = ? AND seq > ?", (before.id, common))
        last = db.execute("SELECT seq, link FROM link WHERE chain = ? AND seq = ?", (before.id, common)).fetchone()
        seq, link = last or (0, genesis(before.certificate))
        db.execute("UPDATE chain SET seq = ?, link = ?, acked = ? WHERE id = ?", (seq, link, seq, before.id))
        for (n,) in again:
            stored = db.execute("SELECT bytes FROM entry WHERE n = ?", (n,)).fetchone()[0]
            _place(db, active(db), n, stored)
    return active(db)


def _place(db: Db, chain: Chain, n: int | None, stored: bytes) -> tuple[int, bytes]:
    seq = chain.seq + 1
    link = link_after(chain.id, seq, chain.link, stored)
    db.execute("INSERT INTO link(chain, seq, entry, link) VALUES(?, ?, ?, ?)", (chain.id, seq, n, link))
    db.execute("UPDATE chain SET seq = ?, link = ? WHERE id = ?", (seq, link, chain.id))
    return seq, link


def next_number(db: Db, series: str) -> int:
    """The next whole number of a series, 1 first; gapless, because it is taken in the transaction that uses it."""
    row = db.execute(
        "INSERT INTO series VALUES(?, 1) ON CONFLICT(name) DO UPDATE SET n = n + 1 RETURNING n", (series,)
    ).fetchone()
    return int(row[0])


def append(
    db: Db,
    *,
    kind: str,
    subject: str | None,
    by: str,
    body: dict[str, Any],
    personal: dict[str, Any] | None = None,
    number: str = "",
    now: datetime | None = None,
) -> tuple[Entry, bytes]:
    """Write one entry of ours at the head of the active chain; gives it with its link.

    `subject` None names the subject by this entry's own id. `now` is the wall time (with its offset), of the PC if None.
    Raises ValueError when the entry is larger than the 32 KiB every desk and central agree on.
    """
    now = now or datetime.now().astimezone()
    identity = new_id()
    subject = subject or identity
    row = db.execute(
        "SELECT clock, id FROM entry WHERE subject = ? ORDER BY clock DESC, id DESC LIMIT 1", (subject,)
    ).fetchone()
    clock = int(now.timestamp() * 1000) << 16
    envelope: dict[str, Any] = {
        "v": VERSION, "id": identity, "kind": kind, "subject": subject, "clock": max(clock, row[0] + 1) if row else clock,
        "at": now.isoformat(timespec="milliseconds"), "by": by, "body": body,
    }  # fmt: skip
    if row:
        envelope["after"] = row[1]
    if number:
        envelope["number"] = number
    part = Personal.seal(personal) if personal else None
    if part and len(part.payload) > MAX_BYTES:
        raise ValueError("这条记录太长，请缩短文字后再保存")
    if part:
        envelope["personal"] = part.commitment()
    stored = canonical(envelope)
    if len(stored) > MAX_BYTES:
        raise ValueError("这条记录太长，请缩短文字后再保存")
    entry = Entry.read(stored, part)
    n = _insert(db, entry)
    _, link = _place(db, active(db), n, stored)
    return entry, link


def _insert(db: Db, entry: Entry) -> int:
    cursor = db.execute(
        "INSERT INTO entry(id, kind, subject, clock, bytes) VALUES(?, ?, ?, ?, ?)",
        (entry.id, entry.kind, entry.subject, entry.clock, entry.stored),
    )
    if entry.personal and not db.execute("SELECT 1 FROM forgotten WHERE id = ?", (entry.id,)).fetchone():
        db.execute("INSERT OR IGNORE INTO personal VALUES(?, ?, ?)", (entry.id, entry.personal.salt, entry.personal.payload))
    return int(cursor.lastrowid)


def take(db: Db, placed: Placed) -> Entry | None:
    """Take another desk's entry at its place. Gives the entry when it is new here, None when only its place was.

    Idempotent. Raises Broken when it does not continue its chain. What continues it but cannot be read, or says other
    bytes under an id known here, is parked with its reason, so that what comes after it on the chain flows on.
    """
    row = db.execute(f"SELECT {COLUMNS} FROM chain WHERE id = ?", (placed.chain,)).fetchone()
    if row is None:
        raise Broken("收到一条来历不明的记录（链未登记），已停止同步，请联系管理员")
    chain = Chain(*row)
    if placed.seq <= chain.seq:
        held = db.execute("SELECT link FROM link WHERE chain = ? AND seq = ?", (chain.id, placed.seq)).fetchone()
        if held is None or held[0] != placed.link:
            raise Broken(f"{chain.desk} 的记录在第 {placed.seq} 条处分叉，已停止同步，请联系管理员", placed.seq)
        return None
    if placed.seq != chain.seq + 1:
        raise Broken(f"{chain.desk} 的记录缺第 {chain.seq + 1} 条，已停止同步，请联系管理员", chain.seq + 1)
    if link_after(chain.id, placed.seq, chain.link, placed.stored) != placed.link:
        raise Broken(f"{chain.desk} 的第 {placed.seq} 条记录被改动过，已停止同步，请联系管理员", placed.seq)
    try:
        entry = Entry.judged(placed.stored, placed.personal)
    except Broken as error:
        _park(db, chain, placed, str(error))
        return None
    known = db.execute("SELECT n, bytes FROM entry WHERE id = ?", (entry.id,)).fetchone()
    if known and known[1] != entry.stored:
        _park(db, chain, placed, "与已有记录同号不同文")
        return None
    _place(db, chain, known[0] if known else _insert(db, entry), entry.stored)
    return None if known else entry


def _park(db: Db, chain: Chain, placed: Placed, reason: str) -> None:
    _place(db, chain, None, placed.stored)
    db.execute("INSERT INTO parked VALUES(?, ?, ?, ?)", (chain.id, placed.seq, placed.stored, reason))


ENTRY = "SELECT entry.bytes, personal.salt, personal.payload FROM entry LEFT JOIN personal USING(id)"


def _read(rows: Iterable[tuple[bytes, bytes | None, bytes | None]]) -> Iterator[Entry]:
    for stored, salt, payload in rows:
        yield Entry.read(stored, Personal(salt, payload) if salt is not None and payload is not None else None)


def history(db: Db, subject: str) -> list[Entry]:
    """All entries of one subject in clock order, ties by id: the line every desk folds in."""
    return list(_read(db.execute(f"{ENTRY} WHERE subject = ? ORDER BY clock, id", (subject,))))


def everything(db: Db) -> Iterator[Entry]:
    """All entries, subject by subject, each in clock order: what `rebuild` folds."""
    return _read(db.execute(f"{ENTRY} ORDER BY subject, clock, id"))


def newest(db: Db, before: int | None = None, limit: int = 100) -> list[tuple[int, Entry]]:
    """The latest entries as they arrived here, newest first, with their place in that order; pages by `before`."""
    top = before if before is not None else 1 << 62
    rows = db.execute(
        "SELECT entry.n, entry.bytes, personal.salt, personal.payload FROM entry LEFT JOIN personal USING(id) "
        "WHERE entry.n < ? ORDER BY entry.n DESC LIMIT ?", (top, limit),
    ).fetchall()  # fmt: skip
    return [(row[0], entry) for row, entry in zip(rows, _read(row[1:] for row in rows), strict=True)]


def number_of(db: Db, subject: str) -> str:
    """The number a record got when it was opened, or ""."""
    row = db.execute("SELECT bytes FROM entry WHERE id = ?", (subject,)).fetchone()
    return str(json.loads(row[0]).get("number", "")) if row else ""


def since(db: Db, chain: str, seq: int, limit: int) -> list[Placed]:
    """What stands on a chain beyond `seq`, at most `limit`, with the personal parts that still exist."""
    rows = db.execute(
        "SELECT link.seq, link.link, COALESCE(entry.bytes, parked.bytes), personal.salt, personal.payload FROM link "
        "LEFT JOIN entry ON entry.n = link.entry LEFT JOIN personal ON personal.id = entry.id "
        "LEFT JOIN parked ON parked.chain = link.chain AND parked.seq = link.seq "
        "WHERE link.chain = ? AND link.seq > ? ORDER BY link.seq LIMIT ?", (chain, seq, limit),
    ).fetchall()  # fmt: skip
    return [
        Placed(chain, at, link, stored, Personal(salt, payload) if salt is not None else None)
        for at, link, stored, salt, payload in rows
    ]


def link_at(db: Db, chain: str, seq: int) -> bytes | None:
    """The link standing at a place of a chain, its genesis at 0, or None beyond its head."""
    if seq == 0:
        row = db.execute("SELECT certificate FROM chain WHERE id = ?", (chain,)).fetchone()
        return genesis(row[0]) if row else None
    row = db.execute("SELECT link FROM link WHERE chain = ? AND seq = ?", (chain, seq)).fetchone()
    return bytes(row[0]) if row else None


def forget(db: Db, ids: Iterable[str]) -> None:
    """Erase the personal part of these entries, here and for good: it is not taken again when it comes back."""
    for identity in ids:
        db.execute("INSERT OR IGNORE INTO forgotten VALUES(?)", (identity,))
        db.execute("DELETE FROM personal WHERE id = ?", (identity,))
