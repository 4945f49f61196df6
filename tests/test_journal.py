"""The journal alone: order, links, gaps, forks, tampering, forgetting."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from data import journal
from data.entry import Broken, Entry, Personal, Placed, canonical, check_letters, genesis, link_after, new_id
from data.rebuild import check_chains
from tests.conftest import certificate


@pytest.fixture
def db() -> Iterator[Any]:
    """A journal in memory with its first chain."""
    connection = dbapi2.connect(":memory:", isolation_level=None)
    journal.create(connection)
    journal.begin_chain(connection, certificate("c1"))
    yield connection
    connection.close()


def other() -> Any:
    """Another desk's journal."""
    connection = dbapi2.connect(":memory:", isolation_level=None)
    journal.create(connection)
    journal.begin_chain(connection, certificate("c2", "B", "门岗"))
    return connection


def write(db: Any, n: int = 1, subject: str | None = None) -> list[Entry]:
    """Append n entries."""
    return [
        journal.append(db, kind="thing.put", subject=subject, by="m1", body={"n": i}, personal={"owner": f"张{i}"})[0]
        for i in range(n)
    ]


def test_ids_are_uuid_version_7_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(len(one) == 32 and one[12] == "7" and one[16] in "89ab" for one in ids)
    assert [one[:12] for one in ids] == sorted(one[:12] for one in ids)


def test_an_entry_says_nothing_of_its_chain_and_nothing_personal(db: Any) -> None:
    entry = write(db)[0]
    said = json.loads(entry.stored)
    assert set(said) == {"v", "id", "kind", "subject", "clock", "at", "by", "body", "personal"}
    assert "张0" not in entry.stored.decode()
    assert said["personal"] == entry.commitment == entry.personal.commitment()  # type: ignore[union-attr]


def test_the_clock_goes_on_after_a_pc_that_lives_in_the_future(db: Any, noon: Any) -> None:
    late = noon.replace(year=2031)
    first, _ = journal.append(db, kind="thing.put", subject=None, by="m1", body={}, now=late)
    second, _ = journal.append(db, kind="thing.taken", subject=first.id, by="m1", body={}, now=noon)
    assert second.clock == first.clock + 1
    assert second.after == first.id
    unrelated, _ = journal.append(db, kind="thing.put", subject=None, by="m1", body={}, now=noon)
    assert unrelated.clock == int(noon.timestamp() * 1000) << 16


def test_links_are_over_the_bytes_as_stored(db: Any) -> None:
    entries = write(db, 3)
    link = genesis(certificate("c1"))
    for seq, entry in enumerate(entries, 1):
        link = link_after("c1", seq, link, entry.stored)
        assert journal.link_at(db, "c1", seq) == link
    assert journal.active(db).link == link
    assert len(check_letters(link)) == 4
    assert check_chains(db) == (3, [])


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"n\":1', '\"n\":7') AS BLOB) WHERE n = 2",
        "DELETE FROM link WHERE seq = 2",
        "DELETE FROM link WHERE seq = 3",
        "UPDATE chain SET seq = 2",
        "UPDATE personal SET payload = CAST('{}' AS BLOB)",
    ],
)
def test_a_silent_change_on_disk_shows(db: Any, harm: str) -> None:
    write(db, 3)
    db.execute(harm)
    _, faults = check_chains(db)
    assert faults


def test_others_entries_continue_their_chain_or_are_refused(db: Any) -> None:
    there = other()
    write(there, 3)
    placed = journal.since(there, "c2", 0, 10)
    with pytest.raises(Broken, match="来历不明"):
        journal.take(db, placed[0])
    journal.know_chain(db, certificate("c2", "B", "门岗"))
    with pytest.raises(Broken, match="缺第 1 条"):
        journal.take(db, placed[1])
    assert journal.take(db, placed[0]) is not None
    assert journal.take(db, placed[0]) is None  # again: nothing
    changed = Placed("c2", 2, placed[1].link, placed[1].stored.replace(b'"n":1', b'"n":9'), None)
    with pytest.raises(Broken, match="改动过"):
        journal.take(db, changed)
    with pytest.raises(Broken, match="分叉"):
        journal.take(db, Placed("c2", 1, placed[1].link, placed[1].stored, None))
    for one in placed[1:]:
        journal.take(db, one)
    assert check_chains(db) == (3, [])
    assert Placed.unwire(json.loads(json.dumps(placed[0].wire()))) == placed[0]


def test_one_id_never_says_two_things(db: Any) -> None:
    entry = write(db)[0]
    forged = canonical({**json.loads(entry.stored), "body": {"n": 99}})
    cert = certificate("c2", "B", "门岗")
    journal.know_chain(db, cert)
    assert journal.take(db, Placed("c2", 1, link_after("c2", 1, genesis(cert), forged), forged, None)) is None
    assert journal.history(db, entry.id)[0].body == {"n": 0}
    assert db.execute("SELECT reason FROM parked").fetchall() == [("与已有记录同号不同文",)]
    assert check_chains(db)[1] == []


def test_a_new_chain_writes_again_what_the_old_one_did_not_share(db: Any) -> None:
    entries = write(db, 5)
    journal.begin_chain(db, certificate("c9", "D"), common=2)
    assert [(chain.id, chain.ours, chain.seq) for chain in journal.chains(db)] == [("c9", 2, 3), ("c1", 1, 2)]
    assert [one.stored for one in journal.since(db, "c9", 0, 10)] == [entry.stored for entry in entries[2:]]
    write(db)
    assert journal.active(db).seq == 4
    assert check_chains(db) == (6, [])


def test_what_is_forgotten_stays_forgotten_and_the_chain_still_checks(db: Any) -> None:
    there = other()
    entry = write(there)[0]
    placed = journal.since(there, "c2", 0, 10)[0]
    journal.know_chain(db, certificate("c2", "B", "门岗"))
    journal.forget(db, [entry.id])
    journal.take(db, placed)
    assert journal.history(db, entry.id)[0].personal is None
    assert check_chains(db) == (1, [])


def test_a_commitment_is_kept_by_its_salt() -> None:
    one, two = Personal.seal({"phone": "13800001234"}), Personal.seal({"phone": "13800001234"})
    assert one.commitment() != two.commitment()


@pytest.mark.parametrize("stored", [b"", b"[]", b"{}", b'{"id":1}', b"\xff"])
def test_bytes_that_are_no_entry_are_broken(stored: bytes) -> None:
    with pytest.raises(Broken):
        Entry.read(stored)


def test_series_are_gapless_within_a_transaction(db: Any) -> None:
    db.execute("BEGIN")
    assert [journal.next_number(db, "A26-") for _ in range(3)] == [1, 2, 3]
    db.execute("ROLLBACK")
    assert journal.next_number(db, "A26-") == 1


@pytest.mark.parametrize("odd", [{"grams": 1 << 63}, {"grams": 1.5}, {"what": "\ud800"}])
def test_what_no_table_can_keep_is_parked_and_the_chain_goes_on(db: Any, odd: dict[str, Any]) -> None:
    there = other()
    write(there)
    good = journal.since(there, "c2", 0, 1)[0]
    poison = json.dumps({**json.loads(good.stored), "id": "f" * 32, "body": odd}).encode()
    cert = certificate("c2", "B", "门岗")
    journal.know_chain(db, cert)
    first = link_after("c2", 1, genesis(cert), poison)
    assert journal.take(db, Placed("c2", 1, first, poison, None)) is None
    assert journal.take(db, Placed("c2", 2, link_after("c2", 2, first, good.stored), good.stored, None)) is not None
    assert db.execute("SELECT count(*) FROM parked").fetchone()[0] == 1
    assert check_chains(db) == (2, [])


def test_a_personal_part_central_would_not_take_is_refused_at_the_desk(db: Any) -> None:
    with pytest.raises(ValueError, match="太长"):
        journal.append(db, kind="thing.put", subject=None, by="m1", body={}, personal={"owner": "张" * 20_000})
