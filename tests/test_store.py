"""The store: one act is all or nothing, tables are caches, and a hurt file is refused, never made anew."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from data import journal
from data.entry import FORGOT
from data.file import Damaged, connect, raw
from data.records import Actor, Refused
from data.store import Store
from tests.conftest import MANAGER, certificate
from tests.things import Named, Put, Taken, Thing, Weighed, Weight

NewStore = Callable[..., Store]


def count(store: Store, table: str) -> int:
    """Rows of a table, by a connection of its own."""
    db = connect(store.path)
    found = int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    db.close()
    return found


def test_an_act_makes_its_record_entry_and_number(new_store: NewStore) -> None:
    store = new_store()
    done = store.act(Put(what="伞", owner="张三"), MANAGER)
    assert done.record.number == "A1"
    assert done.record.id == done.entry.id
    assert store.act(Put(what="包"), MANAGER).record.number == "A2"
    store.act(Weighed(grams=300), MANAGER, done.record.id)
    with store.read() as read:
        thing = read.get_one(Thing, done.record.id)
        assert (thing.what, thing.whose, thing.grams) == ("伞", "张三", 300)
        assert read.get_one(Weight, (done.record.id, 0)).grams == 300


def test_a_refusal_leaves_nothing_and_uses_no_number(new_store: NewStore) -> None:
    store = new_store()
    thing = store.act(Put(what="伞"), MANAGER).record.id
    store.act(Taken(by_whom="张三"), MANAGER, thing)
    before = count(store, "entry")
    with pytest.raises(Refused) as refused:
        store.act_all([(Put(what="包"), None), (Taken(by_whom="李四"), thing)], MANAGER)
    assert refused.value.field == "by_whom"
    assert count(store, "entry") == before
    assert count(store, "thing") == 1
    assert store.act(Put(what="包"), MANAGER).record.number == "A2"


def test_a_rehearsal_leaves_nothing(new_store: NewStore) -> None:
    store = new_store()
    assert list(store.rehearse(Put(what="伞"), MANAGER)) == []
    assert count(store, "entry") == 0
    assert store.act(Put(what="伞"), MANAGER).record.number == "A1"


def test_only_the_roles_of_an_event_may_act_it(new_store: NewStore) -> None:
    with pytest.raises(Refused, match="岗位"):
        new_store().act(Put(what="伞"), Actor("g", "老周", "guard"))


def test_what_is_open_already_is_not_opened_again(new_store: NewStore) -> None:
    store = new_store()
    store.act(Named(name="一架"), MANAGER)
    with pytest.raises(Refused, match="已经登记过"):
        store.act(Named(name="一架", size=3), MANAGER)
    with pytest.raises(Refused, match="找不到"):
        store.act(Taken(by_whom="张三"), MANAGER, "0" * 32)


def test_forgetting_empties_the_record_and_keeps_the_chain(new_store: NewStore) -> None:
    store = new_store()
    done = store.act(Put(what="伞", owner="张三"), MANAGER)
    taken = store.act(Taken(by_whom="李四"), MANAGER, done.record.id)
    store.forget([done.entry.id, taken.entry.id], "本人要求", MANAGER)
    with store.read() as read:
        thing = read.get_one(Thing, done.record.id)
        assert (thing.what, thing.whose, thing.taken_by) == ("伞", "", "已删除")
    assert store.check()[1] == []
    raw = store.path.read_bytes() + Path(f"{store.path}-wal").read_bytes()
    store.transact(lambda db: None)
    assert "李四".encode() not in raw or _after_checkpoint(store)


def _after_checkpoint(store: Store) -> bool:
    db = connect(store.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return "李四".encode() not in store.path.read_bytes()


def test_rebuild_gives_the_same_tables_and_numbers(new_store: NewStore) -> None:
    store = new_store()
    ids = [store.act(Put(what=f"件{n}"), MANAGER).record.id for n in range(5)]
    store.act(Weighed(grams=5), MANAGER, ids[0])
    db = connect(store.path)
    db.execute("UPDATE thing SET what = '假'")
    db.execute("DELETE FROM weight")
    assert len(store.check()[1]) == 5
    assert store.rebuild() == 6
    assert store.check()[1] == []
    assert count(store, "weight") == 1
    assert store.act(Put(what="包"), MANAGER).record.number == "A6"
    db.close()


def test_tables_of_another_version_are_made_anew_at_opening(new_store: NewStore) -> None:
    store = new_store()
    store.act(Put(what="伞"), MANAGER)
    store.transact(lambda db: db.execute("DROP TABLE thing"))
    store.transact(lambda db: db.execute("PRAGMA user_version = 1"))
    store.close()
    store.open()
    assert count(store, "thing") == 1


@pytest.mark.parametrize("harm", ["header", "missing", "page", "tail"])
def test_a_hurt_file_is_refused_with_the_way_to_restore(new_store: NewStore, harm: str) -> None:
    store = new_store()
    for n in range(300):
        store.act(Put(what=f"件{n}"), MANAGER)
    store.transact(lambda db: None)
    if harm == "tail":
        store.transact(lambda db: db.execute("DELETE FROM link WHERE seq = 300"))
    store.close()
    raw = bytearray(store.path.read_bytes())
    if harm == "header":
        raw[:16] = b"not a database!!"
    elif harm == "page":
        raw = raw[: len(raw) // 2]
    if harm == "missing":
        store.path.unlink()
    else:
        store.path.write_bytes(raw)
    with pytest.raises(Damaged, match="备份"):
        store.open()
    assert store.path.exists() == (harm != "missing")


def test_a_second_desk_is_not_set_up_over_the_first(new_store: NewStore) -> None:
    store = new_store()
    store.act(Named(name="一架"), MANAGER)
    with pytest.raises(Refused, match="已经有一个前台数据库"):
        store.create(b'{"chain":"c5","prefix":"E","desk":"x"}')
    assert count(store, "shelf") == 1


@pytest.mark.parametrize("odd", ["一号", "7", "A" + "9" * 40])
def test_a_number_another_desk_made_up_stops_no_rebuild(new_store: NewStore, odd: str) -> None:
    store, there = new_store(), new_store("c2", "B")
    store.act(Put(what="伞"), MANAGER)
    there.transact(lambda db: journal.append(db, kind="thing.put", subject=None, by="x", body={"what": "包"}, number=odd))
    placed = there.look(lambda db: journal.since(db, "c2", 0, 10))
    store.receive([certificate("c2", "B")], placed)
    assert store.rebuild() == 2
    assert store.act(Put(what="帽"), MANAGER).record.number == "A2"


def test_a_full_disk_is_said_and_nothing_is_half_kept(new_store: NewStore) -> None:
    store = new_store()
    store.act(Put(what="伞"), MANAGER)
    with store.engine.connect() as connection:
        db = raw(connection)
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(Refused, match="磁盘满了"):
        for _ in range(50):
            store.act(Put(what="很长的说明" * 200), MANAGER)
    with store.engine.connect() as connection:
        raw(connection).execute("PRAGMA max_page_count = 1000000")
    assert store.check()[1] == []
    numbers = sorted(int(row[0][1:]) for row in store.look(lambda db: db.execute("SELECT number FROM thing").fetchall()))
    assert numbers == list(range(1, len(numbers) + 1))
    assert store.act(Put(what="包"), MANAGER).record.number == f"A{len(numbers) + 1}"


KILLED = """
import sys, pathlib
from data.store import Store
from tests.conftest import MANAGER, certificate
from tests.things import KINDS, Put
store = Store(pathlib.Path(sys.argv[1]), KINDS)
store.create(certificate("c1"))
while True:
    print(store.act(Put(what="伞"), MANAGER).record.number, flush=True)
"""


def test_a_kill_at_any_moment_loses_nothing_that_was_shown(tmp_path: Path, new_store: NewStore) -> None:
    for shown in (1, 7, 40):
        path = tmp_path / f"{shown}" / "desk.db"
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, env=env) as child:
            assert child.stdout
            told = [child.stdout.readline().strip() for _ in range(shown)]
            child.kill()
            told += child.stdout.read().split()
        store = new_store(path=path, create=False)
        store.open()
        assert store.check()[1] == []
        with store.read() as read:
            kept = {thing.number for thing in read.exec(select(Thing))}
        assert set(told) <= kept
        assert sorted(int(number[1:]) for number in kept) == list(range(1, len(kept) + 1))


@pytest.mark.parametrize("listed", ["all", None, [7, "x" * 99], {"a": 1}])
def test_an_erasure_that_lists_nothing_sensible_erases_nothing_and_stops_nothing(new_store: NewStore, listed: object) -> None:
    store, there = new_store(), new_store("c2", "B")
    kept = store.act(Put(what="伞", owner="张三"), MANAGER).record.id
    there.transact(lambda db: journal.append(db, kind=FORGOT, subject=None, by="x", body={"entries": listed}))
    with there.read() as read:
        placed = journal.since(raw(read.connection()), "c2", 0, 10)
    assert store.receive([certificate("c2", "B")], placed) == 1
    with store.read() as read:
        assert read.get_one(Thing, kept).whose == "张三"
