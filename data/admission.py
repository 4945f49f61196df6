"""Admission: how a desk gets its chain from central: by a code once, after a fork again, and back after central forgot it.

Functions take `db`, an open PostgreSQL connection; the caller owns the transaction.
"""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data import keys
from data.entry import CROCKFORD, genesis, unb64
from data.keys import Caller, Key, RefusedByCentral

if TYPE_CHECKING:
    from psycopg import Connection

LIFE = 600
"""Seconds an enrolment code may be used (sync.md §7.1)."""

TRIES = 5
"""Wrong tries that wear a code out (sync.md §7.1)."""

SELECTOR = 4
"""Letters of a code that find it; the other six, 30 bits, prove it, so that wrong tries count against one code."""

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""What prefixes are made of: I and O are read as digits."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A chain certificate with central's signature beside it; `cursor` is where its desk must pull again from, if set."""

    certificate: bytes
    signature: str
    estate: str
    feed: str
    cursor: int | None = None


def new_code(db: "Connection[Any]", estate: str, desk: str, now: int) -> str | None:
    """A fresh enrolment code, kept only stretched; None when its first letters are those of one still alive."""
    code, salt = keys.new_name(10), os.urandom(16)
    made = db.execute(
        "INSERT INTO code(selector, estate, desk, salt, hash, expires) VALUES(%s, %s, %s, %s, %s, %s) "
        "ON CONFLICT(selector) DO UPDATE SET estate = excluded.estate, desk = excluded.desk, salt = excluded.salt, "
        "hash = excluded.hash, expires = excluded.expires, tries = 0, key = '' WHERE code.expires < %s RETURNING selector",
        (code[:SELECTOR], estate, desk, salt, _stretched(code, salt), now + LIFE, now),
    ).fetchone()
    return code if made else None


def _stretched(code: str, salt: bytes) -> bytes:
    """Slow on purpose: half of a code is only 30 bits, and they must hold ten minutes against a stolen table."""
    return hashlib.scrypt(code.encode(), salt=salt, n=1 << 13, r=8, p=1)


def enrol(db: "Connection[Any]", signer: Key, code: str, key: str, prefix: str, desk: str, now: float) -> Issued | None:
    """The chain a code gives to `key`, or None with the try counted when the code is not, or no longer, worth one."""
    typed = code.upper().translate(str.maketrans("OIL", "011", "- "))
    if len(typed) != 10 or not set(typed) <= set(CROCKFORD):
        return None
    row = db.execute(
        "SELECT estate, desk, salt, hash, expires, tries, key FROM code WHERE selector = %s FOR UPDATE", (typed[:SELECTOR],)
    ).fetchone()
    if row is None or row[4] < now or row[5] >= TRIES:
        return None
    if not hmac.compare_digest(_stretched(typed, bytes(row[2])), bytes(row[3])):
        db.execute("UPDATE code SET tries = tries + 1 WHERE selector = %s", (typed[:SELECTOR],))
        return None
    if row[6] not in ("", key):
        return None
    db.execute("UPDATE code SET key = %s WHERE selector = %s", (key, typed[:SELECTOR]))
    return _issue(db, signer, str(row[0]), str(row[1]) or desk, key, prefix)


def _issue(
    db: "Connection[Any]", signer: Key, estate: str, desk: str, key: str, prefix: str, previous: str = "", reissued: int = 0
) -> Issued:
    if len(unb64(key)) != 32:
        raise ValueError("a public key has 32 bytes")
    # The lock lets one desk at a time choose its prefix.
    place = db.execute("SELECT feed FROM estate WHERE id = %s FOR UPDATE", (estate,)).fetchone()
    assert place is not None, "codes and chains belong to an estate"
    held = db.execute("SELECT certificate, signature FROM chain WHERE estate = %s AND key = %s", (estate, key)).fetchone()
    if held:
        return Issued(bytes(held[0]), str(held[1]), estate, str(place[0]))
    taken = {str(row[0]) for row in db.execute("SELECT prefix FROM chain WHERE estate = %s", (estate,))}
    chain, prefix = keys.new_name(), free_prefix(prefix, taken)
    stored = keys.certificate(chain=chain, prefix=prefix, estate=estate, desk=desk, key=key, previous=previous)
    signature = signer.sign(stored)
    db.execute(
        "INSERT INTO chain(estate, id, prefix, desk, key, certificate, signature, link, reissued) "
        "VALUES(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (estate, chain, prefix, desk, key, stored, signature, genesis(stored), reissued),
    )
    return Issued(stored, signature, estate, str(place[0]))


def free_prefix(wanted: str, taken: set[str]) -> str:
    """The prefix wanted where it is one of ours and free, else the next free: A…Z without I and O, then AA…"""
    ours: list[str] = [*LETTERS, *(one + two for one in LETTERS for two in LETTERS)]
    return wanted if wanted in ours and wanted not in taken else next(prefix for prefix in ours if prefix not in taken)


def link_at(db: "Connection[Any]", caller: Caller, seq: int) -> bytes:
    """The link central has at a place of a chain, its genesis at 0; empty beyond its head."""
    if seq == 0:
        sql = "SELECT certificate FROM chain WHERE estate = %s AND id = %s"
        row = db.execute(sql, (caller.estate, caller.chain)).fetchone()
        return genesis(bytes(row[0])) if row else b""
    row = db.execute(
        "SELECT link FROM entry WHERE estate = %s AND chain = %s AND seq = %s", (caller.estate, caller.chain, seq)
    ).fetchone()
    return bytes(row[0]) if row else b""


def go_on(db: "Connection[Any]", signer: Key, caller: Caller, common: int, link: bytes, key: str, reissue: int) -> Issued:
    """A new chain from the caller's, which both have alike up to `common`. Raises RefusedByCentral (CHAIN_FORK)."""
    row = db.execute("SELECT seq, desk FROM chain WHERE estate = %s AND id = %s", (caller.estate, caller.chain)).fetchone()
    if row is None or not 0 <= common <= row[0] or link_at(db, caller, common) != link:
        raise RefusedByCentral("CHAIN_FORK", "与中心没有在这一条上对齐，将自动重新比对", at=common)
    issued = _issue(db, signer, caller.estate, str(row[1]), key, "", caller.chain, reissue)
    # While it still wrote the old chain, the copy left out the old chain's rows when it pulled.
    first = db.execute(
        "SELECT min(cur) FROM entry WHERE estate = %s AND chain = %s AND seq > %s", (caller.estate, caller.chain, common)
    ).fetchone()
    cursor = int(first[0]) - 1 if first and first[0] is not None else None
    return Issued(issued.certificate, issued.signature, issued.estate, issued.feed, cursor)


def readmit(db: "Connection[Any]", signer: Key, caller: Caller, certificate: bytes, signature: str) -> None:
    """Know a chain again by the certificate central once signed for it; do nothing when it did not, or knows it.

    Raises RefusedByCentral (NOT_YOUR_ESTATE) when the certificate is not the caller's.
    """
    if not keys.signed_by(signer.public, signature, certificate):
        return
    held = json.loads(certificate)
    if (held["estate"], held["chain"]) != (caller.estate, caller.chain):
        raise RefusedByCentral("NOT_YOUR_ESTATE", "这台电脑不属于这个小区，请联系管理员", 403)
    db.execute(
        "INSERT INTO chain(estate, id, prefix, desk, key, certificate, signature, link, readmitted) "
        "SELECT id, %s, %s, %s, %s, %s, %s, %s, true FROM estate WHERE id = %s ON CONFLICT DO NOTHING",
        (
            held["chain"], held["prefix"], held["desk"], held["key"], certificate, signature, genesis(certificate),
            held["estate"],
        ),
    )  # fmt: skip
