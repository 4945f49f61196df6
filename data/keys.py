"""Keys of the desk: one Ed25519 key for each chain, the certificate that binds them, and the proof of who asks central.

A request is signed as RFC 9421 lays it down, over method, path, query and the digest of its body (RFC 9530), so that no
token can expire at a desk that was offline for weeks. The library is loaded when the first key is touched.
"""

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.entry import CROCKFORD, b64, canonical, unb64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SKEW = 300
"""Seconds a signature may be off central's clock (sync.md §7.2)."""

NAME = re.compile(r"[0-9A-Za-z]{1,64}")
"""What an estate or a chain is called: never a path, never a quote."""


class RefusedByCentral(Exception):
    """Central does not take a request. `code` is for the program (sync.md §5.6), `detail` the Chinese sentence for people.

    `status` is the HTTP status it travels under, `facts` what else the program needs (`expected`, `at`, `server_time` …).
    """

    def __init__(self, code: str, detail: str, status: int = 409, **facts: Any) -> None:
        super().__init__(f"{detail}（{code}）")
        self.code, self.detail, self.status, self.facts = code, detail, status, facts


class Key:
    """A private key; `public` is its public half as base64 of 32 bytes."""

    def __init__(self, private: "Ed25519PrivateKey") -> None:
        self._private = private
        self.public = b64(private.public_key().public_bytes_raw())

    @classmethod
    def make(cls) -> "Key":
        """A fresh key, not yet kept anywhere."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def of(cls, raw: bytes) -> "Key":
        """The key of 32 private bytes. Raises ValueError when there are not 32."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.from_private_bytes(raw))

    def raw(self) -> bytes:
        """The 32 private bytes."""
        return self._private.private_bytes_raw()

    def sign(self, message: bytes) -> str:
        """Base64 of the 64-byte signature."""
        return b64(self._private.sign(message))


def signed_by(public: str, signature: str, message: bytes) -> bool:
    """Whether `signature` over `message` was made with the key whose public half this is."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(unb64(public)).verify(unb64(signature), message)
    except (ValueError, InvalidSignature):
        return False
    return True


# ── on the disk ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _path(home: Path, name: str) -> Path:
    if not NAME.fullmatch(name):
        raise ValueError(f"not a chain's name: {name!r}")
    return home / "keys" / f"{name}.key"


def _write(path: Path, key: Key) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(key.raw()) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def keep(home: Path, chain: str, key: Key) -> None:
    """Keep the key of a chain at `<home>/keys/<chain>.key`, readable by its owner alone where the system knows that."""
    _write(_path(home, chain), key)


def key_of(home: Path, chain: str) -> Key:
    """The key of a chain. Raises RefusedByCentral (NO_KEY) when this PC does not hold it: it must be enrolled again."""
    path = _path(home, chain)
    try:
        return Key.of(base64.b64decode(path.read_bytes()))
    except (FileNotFoundError, ValueError) as error:
        raise RefusedByCentral(
            "NO_KEY", f"本机没有这份数据的密钥（{path.name}），可以照常办理业务，请向管理员要一个登记码重新登记", 401
        ) from error


def coming(home: Path) -> Key:
    """The key of the chain that is being asked for; the same one until `arrived`, so that asking again gets one chain."""
    path = _path(home, "new")
    if not path.exists():
        _write(path, Key.make())
    return key_of(home, "new")


def arrived(home: Path) -> None:
    """The chain asked for is begun: the next one gets another key."""
    _path(home, "new").unlink(missing_ok=True)


# ── certificates ───────────────────────────────────────────────────────────────────────────────────────────────────────


def new_name(length: int = 16) -> str:
    """A random name of `length` Crockford letters, 5 bits each."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(length))


def certificate(*, chain: str, prefix: str, estate: str, desk: str, key: str, previous: str = "") -> bytes:
    """What a chain is, as the bytes its genesis is made of; `previous` names the chain it goes on from."""
    said = {
        "chain": chain, "prefix": prefix, "estate": estate, "desk": desk, "alg": "sha256", "key": key,
        "issued": datetime.now().astimezone().isoformat(timespec="seconds"),
    }  # fmt: skip
    return canonical(said | {"previous": previous} if previous else said)


def own_certificate(home: Path, desk: str, prefix: str) -> bytes:
    """The certificate of a desk that has no central, issued to itself with a new key, which is kept under `home`."""
    chain, key = new_name(), Key.make()
    keep(home, chain, key)
    return certificate(chain=chain, prefix=prefix, estate="", desk=desk, key=key.public)


def head(chain: str, seq: int, link: bytes) -> bytes:
    """Where a chain stands, as the bytes its desk signs with every push and central countersigns with every ack."""
    return canonical({"chain": chain, "seq": seq, "link": link.hex()})


# ── requests ───────────────────────────────────────────────────────────────────────────────────────────────────────────

COVERED = '("@method" "@path" "@query" "content-digest")'
INPUT = re.compile(
    r"desk=(?P<said>"
    + re.escape(COVERED)
    + r';created=(?P<created>\d{1,12});nonce="[0-9A-Z]{8,64}"'
    + r';keyid="(?P<estate>[0-9A-Za-z]{1,64})/(?P<chain>[0-9A-Za-z]{1,64})";alg="ed25519")'
)
BAD = "BAD_SIGNATURE", "中心没有认出这台电脑的签名，业务照常办理、数据都在，请联系管理员重新登记", 401


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request: a chain of an estate; `key` is the public key it was proven with, once it was."""

    estate: str
    chain: str
    key: str = ""


def _base(method: str, path: str, query: str, digest: str, said: str) -> bytes:
    lines = (
        f'"@method": {method}', f'"@path": {path}', f'"@query": ?{query}', f'"content-digest": {digest}',
        f'"@signature-params": {said}',
    )  # fmt: skip
    return "\n".join(lines).encode()


def _digest(body: bytes) -> str:
    return f"sha-256=:{b64(hashlib.sha256(body).digest())}:"


def sign_request(key: Key, caller: Caller, method: str, path: str, query: str, body: bytes, now: float) -> dict[str, str]:
    """Headers that prove `caller` sends this now; `query` as on the wire without its `?`, `now` in unix seconds."""
    said = f'{COVERED};created={int(now)};nonce="{new_name()}";keyid="{caller.estate}/{caller.chain}";alg="ed25519"'
    digest = _digest(body)
    return {
        "content-digest": digest,
        "signature-input": f"desk={said}",
        "signature": f"desk=:{key.sign(_base(method, path, query, digest, said))}:",
    }


def verify_request(
    headers: Mapping[str, str], method: str, path: str, query: str, body: bytes, now: float, public: Callable[[Caller], str]
) -> Caller:
    """Who sent this, by central's clock `now`. `public` gives a caller's key and raises when there is no such chain.

    Raises RefusedByCentral: CLOCK_SKEW with `server_time`, BAD_SIGNATURE, and whatever `public` raises.
    """
    found = INPUT.fullmatch(headers.get("signature-input", ""))
    signature = re.fullmatch(r"desk=:([0-9A-Za-z+/=]+):", headers.get("signature", ""))
    if not found or not signature:
        raise RefusedByCentral(*BAD)
    if abs(int(found["created"]) - now) > SKEW:
        raise RefusedByCentral("CLOCK_SKEW", "这台电脑的时钟与中心相差超过 5 分钟，请校准时间", 401, server_time=int(now))
    caller = Caller(found["estate"], found["chain"])
    caller = replace(caller, key=public(caller))
    digest = _digest(body)
    base = _base(method, path, query, digest, found["said"])
    if headers.get("content-digest") != digest or not signed_by(caller.key, signature[1], base):
        raise RefusedByCentral(*BAD)
    return caller
