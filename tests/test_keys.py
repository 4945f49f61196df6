"""Keys: kept for their owner alone, bound to a chain by its certificate, and proving each request to the letter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data import keys
from data.entry import canonical, genesis
from data.keys import Caller, Key, RefusedByCentral

NOW = 1_790_000_000.0
CALLER = Caller("ESTATE1", "CHAIN1")


def signed(key: Key, now: float = NOW) -> dict[str, str]:
    return keys.sign_request(key, CALLER, "POST", "/v1/push", "a=1", b"body", now)


def verify(headers: dict[str, str], key: Key, **other: object) -> Caller:
    said = {"method": "POST", "path": "/v1/push", "query": "a=1", "body": b"body", "now": NOW} | other
    return keys.verify_request(headers, public=lambda caller: key.public, **said)  # type: ignore[arg-type]


def test_a_desk_without_central_issues_its_own_certificate_and_keeps_the_key(tmp_path: Path) -> None:
    stored = keys.own_certificate(tmp_path, "前台", "A")
    held = json.loads(stored)
    assert canonical(held) == stored
    assert set(held) == {"chain", "prefix", "estate", "desk", "alg", "key", "issued"}
    assert (held["prefix"], held["estate"], held["desk"], held["alg"], len(held["chain"])) == ("A", "", "前台", "sha256", 16)
    assert keys.key_of(tmp_path, held["chain"]).public == held["key"]
    assert genesis(stored) != genesis(keys.own_certificate(tmp_path, "前台", "A"))


@pytest.mark.skipif(os.name != "posix", reason="only POSIX knows modes")
def test_a_key_is_its_owners_alone(tmp_path: Path) -> None:
    keys.keep(tmp_path, "CHAIN1", Key.make())
    assert (tmp_path / "keys" / "CHAIN1.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["CHAIN1.key"]


def test_asking_again_offers_the_same_key_until_the_chain_arrived(tmp_path: Path) -> None:
    first = keys.coming(tmp_path).public
    assert keys.coming(tmp_path).public == first
    keys.arrived(tmp_path)
    assert keys.coming(tmp_path).public != first


def test_a_missing_or_hurt_key_is_said_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(RefusedByCentral, match="重新登记") as missing:
        keys.key_of(tmp_path, "CHAIN1")
    assert missing.value.code == "NO_KEY"
    keys.keep(tmp_path, "CHAIN1", Key.make())
    (tmp_path / "keys" / "CHAIN1.key").write_text("half", encoding="utf-8")
    with pytest.raises(RefusedByCentral, match="密钥"):
        keys.key_of(tmp_path, "CHAIN1")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a.b", "x" * 65])
def test_a_chain_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a chain"):
        keys.keep(tmp_path, name, Key.make())


def test_a_signed_request_says_who_asks() -> None:
    key = Key.make()
    assert verify(signed(key), key) == Caller("ESTATE1", "CHAIN1", key.public)
    assert signed(key)["signature"] != signed(key)["signature"]


@pytest.mark.parametrize(
    "other", [{"method": "GET"}, {"path": "/v1/pull"}, {"query": "a=2"}, {"query": ""}, {"body": b"Body"}, {"body": b""}]
)
def test_a_request_that_was_altered_is_refused(other: dict[str, object]) -> None:
    key = Key.make()
    with pytest.raises(RefusedByCentral) as refused:
        verify(signed(key), key, **other)
    assert (refused.value.code, refused.value.status) == ("BAD_SIGNATURE", 401)


@pytest.mark.parametrize(
    ("name", "was", "becomes"),
    [
        ("signature-input", "CHAIN1", "CHAIN2"),
        ("signature-input", "ESTATE1", "ESTATE2"),
        ("signature-input", f"created={int(NOW)}", f"created={int(NOW) + 1}"),
        ("signature-input", ' "@query"', ""),
        ("signature-input", 'nonce="', 'nonce="X'),
        ("signature-input", 'alg="ed25519"', 'alg="none"'),
        ("content-digest", "sha-256=:", "sha-256=:A"),
        ("signature", "desk=:", "desk=:AAAA"),
        ("signature", "desk=", "other="),
    ],
)
def test_headers_that_were_altered_are_refused(name: str, was: str, becomes: str) -> None:
    key = Key.make()
    headers = signed(key)
    assert was in headers[name]
    headers[name] = headers[name].replace(was, becomes)
    with pytest.raises(RefusedByCentral) as refused:
        verify(headers, key)
    assert refused.value.code == "BAD_SIGNATURE"


def test_no_headers_and_another_key_are_refused() -> None:
    for headers in ({}, signed(Key.make())):
        with pytest.raises(RefusedByCentral) as refused:
            verify(headers, Key.make())
        assert refused.value.code == "BAD_SIGNATURE"


@pytest.mark.parametrize(("off", "taken"), [(0, True), (300, True), (-300, True), (301, False), (-301, False), (9e8, False)])
def test_the_clock_may_be_off_by_five_minutes(off: float, taken: bool) -> None:
    key = Key.make()
    headers = signed(key, NOW + off)
    if taken:
        assert verify(headers, key).chain == "CHAIN1"
        return
    with pytest.raises(RefusedByCentral, match="时钟") as refused:
        verify(headers, key)
    assert (refused.value.code, refused.value.facts) == ("CLOCK_SKEW", {"server_time": int(NOW)})


def test_the_library_is_not_loaded_before_a_key_is_touched() -> None:
    asked = "import sys, data.sync, data.central; print({'cryptography', 'httpx', 'psycopg', 'fastapi'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
