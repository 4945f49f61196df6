"""One entry of the journal: its bytes, its personal part, its place on a chain, and the hashes that bind them.

An entry's bytes hold neither chain nor seq nor the link before it, so that an entry can be written again on a new chain
with the same id and bytes. What is personal lies beside the bytes behind a commitment keyed by a random salt, and can be
erased everywhere while every chain still checks. Desk and central share this module.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import time
from dataclasses import dataclass, replace
from typing import Any

VERSION = 1
MAX_BYTES = 32 * 1024
LINK_DOMAIN = b"front-desk/1\x00"
GENESIS_DOMAIN = b"front-desk/genesis\x00"


FORGOT = "journal.forgot"
"""The kind of an entry that erases the personal parts of the entries its body lists, at every desk it reaches."""

UNREADABLE = "日志里有一条读不懂的记录，请运行 desk check 查看"


class Broken(Exception):
    """A journal that does not continue: a link, a gap or bytes that do not agree. The text is for the clerk, in Chinese.

    `seq` is where the chain stops agreeing; 0 where that is not known.
    """

    def __init__(self, text: str, seq: int = 0) -> None:
        super().__init__(text)
        self.seq = seq


@dataclass(frozen=True, slots=True)
class Personal:
    """The part of an entry that names people: `payload` is JSON, `salt` 32 random bytes that key its commitment."""

    salt: bytes
    payload: bytes

    @classmethod
    def seal(cls, fields: dict[str, Any]) -> "Personal":
        """Personal fields under a fresh salt."""
        return cls(os.urandom(32), canonical(fields))

    def commitment(self) -> str:
        """Hex HMAC-SHA256; a plain hash of a phone number is guessed in minutes (sync.md §2.5), a salted one is not."""
        return hmac.new(self.salt, self.payload, hashlib.sha256).hexdigest()

    def fields(self) -> dict[str, Any]:
        """The personal fields as they were given."""
        found: dict[str, Any] = json.loads(self.payload)
        return found


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. `clock` orders the entries of a subject; `at` is the wall time people read (ISO, offset).

    `after` is the newest entry of the subject its writer had seen, `by` the id of the person who acted, `number` what
    people call the thing opened by it (`A1042`), `personal` None when there is none or it has been erased.
    """

    id: str
    kind: str
    subject: str
    clock: int
    at: str
    by: str
    after: str | None
    number: str
    body: dict[str, Any]
    commitment: str | None
    stored: bytes
    personal: Personal | None = None

    @classmethod
    def read(cls, stored: bytes, personal: Personal | None = None) -> "Entry":
        """The entry in `stored`. Raises Broken when the envelope is not one of ours or the personal part does not fit."""
        try:
            entry = cls._of(json.loads(stored), stored)
        except ValueError as error:
            raise Broken(UNREADABLE) from error
        if personal and personal.commitment() != entry.commitment:
            raise Broken("日志里有一条个人信息与原记录对不上，请运行 desk check 查看")
        return replace(entry, personal=personal) if personal else entry

    @classmethod
    def _of(cls, held: Any, stored: bytes) -> "Entry":
        try:
            entry = cls(
                held["id"], held["kind"], held["subject"], held["clock"], held["at"], held["by"], held.get("after"),
                held.get("number", ""), held["body"], held.get("personal"), stored,
            )  # fmt: skip
        except (KeyError, TypeError, AttributeError) as error:
            raise Broken(UNREADABLE) from error
        texts = (entry.id, entry.kind, entry.subject, entry.at, entry.by, entry.number)
        if not (all(isinstance(text, str) for text in texts) and isinstance(entry.body, dict)):
            raise Broken(UNREADABLE)
        if type(entry.clock) is not int or not 0 <= entry.clock < 1 << 63:
            raise Broken("日志里有一条时序不合规的记录，请运行 desk check 查看")
        return entry

    def erases(self) -> list[str]:
        """The ids of the entries whose personal parts this one erases; of any entry but a FORGOT one, none."""
        listed = self.body.get("entries") if self.kind == FORGOT else None
        return (
            [one for one in listed if isinstance(one, str) and one.isalnum() and len(one) <= 64]
            if isinstance(listed, list)
            else []
        )

    @classmethod
    def judged(cls, stored: bytes, personal: Personal | None) -> "Entry":
        """Somebody else's entry, as every desk and central judge it alike. Raises Broken when it is none of ours.

        A personal part that does not fit its commitment is left out: what it would say was never committed to.
        """
        try:
            held = json.loads(stored)
            if not _sound(held):
                raise Broken(UNREADABLE)
        except (ValueError, RecursionError) as error:
            raise Broken(UNREADABLE) from error
        entry = cls._of(held, stored)
        texts = (entry.id, entry.kind, entry.subject, entry.at, entry.by, entry.number, entry.after, entry.commitment)
        if len(entry.id) > 64 or any(text is not None and (not isinstance(text, str) or "\0" in text) for text in texts):
            raise Broken(UNREADABLE)
        return replace(entry, personal=personal) if personal and personal.commitment() == entry.commitment else entry


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry where it stands on a chain, as desks and central exchange it."""

    chain: str
    seq: int
    link: bytes
    stored: bytes
    personal: Personal | None

    def wire(self) -> dict[str, Any]:
        """JSON shape: seq, link and bytes in base64; salt and payload where the personal part still exists."""
        sent: dict[str, Any] = {"chain": self.chain, "seq": self.seq, "link": b64(self.link), "bytes": b64(self.stored)}
        if self.personal:
            sent["salt"], sent["payload"] = b64(self.personal.salt), b64(self.personal.payload)
        return sent

    @classmethod
    def unwire(cls, sent: dict[str, Any]) -> "Placed":
        """The reverse of `wire`. Raises ValueError or KeyError on a shape that is not ours."""
        personal = Personal(unb64(sent["salt"]), unb64(sent["payload"])) if sent.get("salt") else None
        return cls(str(sent["chain"]), int(sent["seq"]), unb64(sent["link"]), unb64(sent["bytes"]), personal)


def b64(raw: bytes) -> str:
    """Base64 text of bytes."""
    return base64.b64encode(raw).decode("ascii")


def unb64(text: str) -> bytes:
    """Bytes of base64 text. Raises ValueError when it is none."""
    return base64.b64decode(text, validate=True)


def canonical(value: Any) -> bytes:
    """JSON as UTF-8 with sorted keys, no spaces and no floats: made once, hashed and sent as stored."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def genesis(certificate: bytes) -> bytes:
    """link(0) of a chain: the hash of its certificate, so that a chain belongs to one key and one desk."""
    return hashlib.sha256(GENESIS_DOMAIN + certificate).digest()


def link_after(chain: str, seq: int, before: bytes, stored: bytes) -> bytes:
    """link(n) = H(chain, seq, link(n-1), H(bytes)), over the bytes as stored; 32 bytes."""
    return hashlib.sha256(
        LINK_DOMAIN + chain.encode() + seq.to_bytes(8, "big") + before + hashlib.sha256(stored).digest()
    ).digest()


def _sound(value: Any) -> bool:
    """Whether any desk can keep a JSON value in its tables: whole numbers of 64 bits, whole characters, no floats."""
    match value:
        case None | bool():
            return True
        case int():
            return -(1 << 63) <= value < 1 << 63
        case str():
            return value.isascii() or not HALF.search(value)
        case list():
            return all(map(_sound, value))
        case dict():
            return all(map(_sound, value)) and all(map(_sound, value.values()))
    return False


HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: JSON may carry one, no database keeps it."""

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def check_letters(link: bytes) -> str:
    """Four Crockford letters (20 bits) of a link: printed on receipts, they anchor the chain in residents' pockets."""
    bits = int.from_bytes(link[:3], "big") >> 4
    return "".join(CROCKFORD[bits >> shift & 31] for shift in (15, 10, 5, 0))


def new_id() -> str:
    """A UUIDv7 as 32 hex digits: sortable by the millisecond it was made in (RFC 9562 §5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    number = int.from_bytes(os.urandom(10), "big")
    value = milliseconds << 80 | 7 << 76 | (number >> 68 & 0xFFF) << 64 | 2 << 62 | number & (1 << 62) - 1
    return f"{value:032x}"
