"""Intake: what central does with a push, in one transaction: check the chain, give each entry its place in the estate.

Faults of the chain are refused and change nothing. Facts never are: what is none of ours, or says other bytes under an
id already known, is kept in its place with its fault, makes no fact, and everything behind it flows on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, LiteralString

from data.entry import MAX_BYTES, Broken, Entry, Placed, genesis, link_after
from data.keys import RefusedByCentral

if TYPE_CHECKING:
    from psycopg import Connection

UNREADABLE, ID_REUSED = "UNREADABLE", "ID_REUSED"

SAYS = {
    UNREADABLE: "中心读不懂这条记录，已单独存放，其余记录照常同步，请联系管理员",
    ID_REUSED: "这条记录与中心已有的记录同号不同文，已单独存放，其余记录照常同步，请联系管理员核对",
}
"""What is said of an entry kept aside, by its fault."""


@dataclass(slots=True)
class Rows:
    """What a push adds to central's tables; `erased` are ids whose personal part is not to be kept."""

    entries: list[tuple[Any, ...]] = field(default_factory=list)
    facts: list[tuple[Any, ...]] = field(default_factory=list)
    personal: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)


def take_in(
    db: "Connection[Any]", estate: str, chain: str, before: bytes, placed: Sequence[Placed], proof: str
) -> tuple[int, list[tuple[int, str]]]:
    """Take a push into the estate; gives the estate's head and (seq, fault) of what of it was kept aside.

    `before` is the link the desk has before the first of `placed`, `proof` its signature over the last. Runs in the
    caller's transaction. Raises RefusedByCentral: CHAIN_GAP, CHAIN_FORK, CHAIN_BROKEN, ENTRY_TOO_BIG, BAD_REQUEST.
    """
    first, last = placed[0].seq, placed[-1].seq
    if first < 1 or any(one.chain != chain or one.seq != first + place for place, one in enumerate(placed)):
        raise RefusedByCentral("BAD_REQUEST", "中心读不懂这次同步的内容，请升级程序后再试", 400)
    for one in placed:
        if len(one.stored) > MAX_BYTES or (one.personal and len(one.personal.payload) > MAX_BYTES):
            raise RefusedByCentral("ENTRY_TOO_BIG", f"第 {one.seq} 条记录太大，请联系管理员", 422, seq=one.seq)
    # Lock order is chain, then estate, in every transaction.
    row = db.execute(
        "SELECT seq, link, certificate FROM chain WHERE estate = %s AND id = %s FOR UPDATE", (estate, chain)
    ).fetchone()
    assert row is not None, "the caller's chain was looked up to verify the request"
    seq, link = int(row[0]), bytes(row[1])
    if first > seq + 1:
        raise RefusedByCentral("CHAIN_GAP", f"中心还缺第 {seq + 1} 条记录，将从那里重新上传", expected=seq + 1)
    held = {seq: (link, "")}
    if first <= seq:
        overlap = db.execute(
            "SELECT seq, link, fault FROM entry WHERE estate = %s AND chain = %s AND seq BETWEEN %s AND %s",
            (estate, chain, first - 1, last),
        )
        held = {0: (genesis(bytes(row[2])), "")} | {at: (bytes(standing), fault) for at, standing, fault in overlap}
    if before != held[first - 1][0]:
        raise _fork(first - 1)
    fresh = _continues(chain, seq, link, placed, {at: standing for at, (standing, _) in held.items()})
    aside = [(at, fault) for at, (_, fault) in sorted(held.items()) if fault and at >= first]
    if not fresh:
        standing = db.execute("SELECT head FROM estate WHERE id = %s", (estate,)).fetchone()
        return int(standing[0]) if standing else 0, aside
    moved = db.execute("UPDATE estate SET head = head + %s WHERE id = %s RETURNING head", (len(fresh), estate)).fetchone()
    assert moved is not None, "a chain has an estate"
    head = int(moved[0])
    rows, faults = _judge(db, estate, head - len(fresh), fresh)
    _write(db, estate, rows)
    db.execute(
        "UPDATE chain SET seq = %s, link = %s, proof = %s WHERE estate = %s AND id = %s",
        (last, fresh[-1].link, proof, estate, chain),
    )
    return head, aside + faults


def _fork(at: int) -> RefusedByCentral:
    return RefusedByCentral("CHAIN_FORK", "中心已有另一份同名的记录（数据库被复制或恢复过），将自动换新字头继续", at=at)


def _continues(chain: str, seq: int, link: bytes, placed: Sequence[Placed], held: dict[int, bytes]) -> list[Placed]:
    """What of `placed` is new behind `seq`, once all of it agrees with what stands here and with its own links."""
    for one in placed:
        if one.seq <= seq:
            if held[one.seq] != one.link:
                raise _fork(one.seq)
            continue
        if link_after(chain, one.seq, link, one.stored) != one.link:
            raise RefusedByCentral(
                "CHAIN_BROKEN", f"第 {one.seq} 条记录与它的校验值不符，请运行 desk check 并联系管理员", 422, seq=one.seq
            )
        link = one.link
    return [one for one in placed if one.seq > seq]


def _judge(db: "Connection[Any]", estate: str, cur: int, fresh: Sequence[Placed]) -> tuple[Rows, list[tuple[int, str]]]:
    """Judge each new entry under the estate's lock: a fact, a known fact at a new place, or one to keep aside."""
    entries = [_read(one) for one in fresh]
    ids = [entry.id for entry in entries if entry]
    known = {
        identity: bytes(held)
        for identity, held in db.execute("SELECT id, hash FROM fact WHERE estate = %s AND id = ANY(%s)", (estate, ids))
    }
    erased = db.execute("SELECT id FROM erasure WHERE estate = %s AND id = ANY(%s)", (estate, ids)).fetchall()
    rows, faults = Rows(erased={row[0] for row in erased}), []
    for place, (one, entry) in enumerate(zip(fresh, entries, strict=True), cur + 1):
        says = sha256(one.stored).digest()
        fault = UNREADABLE if entry is None else ID_REUSED if known.get(entry.id, says) != says else ""
        identity = entry.id if entry and not fault else None
        rows.entries.append((estate, place, one.chain, one.seq, one.link, identity, one.stored, fault))
        if fault or entry is None:
            faults.append((one.seq, fault))
            continue
        if entry.id not in known:
            known[entry.id] = says
            rows.facts.append((estate, entry.id, says, place))
        if entry.personal:
            rows.personal[entry.id] = (estate, entry.id, entry.personal.salt, entry.personal.payload)
        rows.forgotten.update(entry.erases())
    return rows, faults


def _read(one: Placed) -> Entry | None:
    try:
        return Entry.judged(one.stored, one.personal)
    except Broken:
        return None


def _write(db: "Connection[Any]", estate: str, rows: Rows) -> None:
    # Arrays in binary are as quick as COPY, in text a third of it; and PostgreSQL refuses COPY on tables with row-level
    # security, which these get.
    _insert(
        db, rows.entries,
        "INSERT INTO entry(estate, cur, chain, seq, link, id, bytes, fault) SELECT * FROM unnest("
        "%b::text[], %b::bigint[], %b::text[], %b::bigint[], %b::bytea[], %b::text[], %b::bytea[], %b::text[])",
    )  # fmt: skip
    _insert(
        db, rows.facts,
        "INSERT INTO fact(estate, id, hash, cur) SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bigint[])",
    )  # fmt: skip
    gone = rows.erased | rows.forgotten
    _insert(
        db, [row for identity, row in rows.personal.items() if identity not in gone],
        "INSERT INTO personal(estate, id, salt, payload) SELECT * FROM unnest("
        "%b::text[], %b::text[], %b::bytea[], %b::bytea[]) ON CONFLICT DO NOTHING",
    )  # fmt: skip
    if rows.forgotten:
        listed = sorted(rows.forgotten)
        db.execute("INSERT INTO erasure(estate, id) SELECT %s, unnest(%b::text[]) ON CONFLICT DO NOTHING", (estate, listed))
        db.execute("DELETE FROM personal WHERE estate = %s AND id = ANY(%s)", (estate, listed))


def _insert(db: "Connection[Any]", rows: Sequence[tuple[Any, ...]], sql: LiteralString) -> None:
    if rows:
        db.execute(sql, [list(column) for column in zip(*rows, strict=True)])
