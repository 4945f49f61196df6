"""Sync: whatever is cut, cloned, restored or tampered with, every desk of an estate ends with the same records."""

import json
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import keys
from data.central import Central
from data.entry import FORGOT, Broken, Placed, genesis
from data.keys import RefusedByCentral
from data.records import ERASED
from data.sync import Exchange, Offline, Worker, enrol, waiting
from tests.central_fixtures import (
    CLERK,
    Desk,
    Opened,
    Pen,
    Served,
    Torn,
    agree,
    central,
    database,
    estate,
    everything,
    fact,
    served,
    settle,
)

__all__ = ["central", "database", "estate", "served"]


@pytest.fixture
def new_desk(tmp_path: Path, central: Central, served: Served, estate: str) -> Iterator[Callable[..., Desk]]:
    """Makes desks of one estate, enrolled, each in a folder of its own."""
    made: list[Desk] = []

    def make(name: str, url: str = "", home: Path | None = None, enrolled: bool = True) -> Desk:
        desk = Desk(home or tmp_path / name, url or served.url, made=home is not None)
        made.append(desk)
        return desk.enrol(central, estate) if enrolled and home is None else desk

    yield make
    for desk in made:
        desk.close()


@pytest.fixture
def torn(served: Served) -> Iterator[Torn]:
    torn = Torn(served.port)
    yield torn
    torn.close()


# ── the good day ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_desks_see_each_others_records(new_desk: Callable[..., Desk]) -> None:
    a, b = new_desk("a"), new_desk("b")
    box = a.open("钥匙", "张秀兰")
    assert waiting(a.store) == 1
    assert (a.round().pushed, waiting(a.store)) == (1, 0)
    assert b.round().pulled == 1
    b.note(box, "已取")
    agree([a, b])
    assert [(row[-3:]) for row in a.table()] == [("钥匙", "张秀兰", "已取;")]


def test_both_write_to_one_record_while_apart(new_desk: Callable[..., Desk]) -> None:
    a, b = new_desk("a"), new_desk("b")
    box = a.open("钥匙")
    agree([a, b])
    a.note(box, "a1")
    b.note(box, "b1")
    a.note(box, "a2")
    agree([b, a])
    assert sorted(a.table()[0][-1].strip(";").split(";")) == ["a1", "a2", "b1"]


def test_what_was_done_before_enrolling_goes_along(new_desk: Callable[..., Desk], central: Central, estate: str) -> None:
    a, b = new_desk("a"), new_desk("b", enrolled=False)
    b.open("早先", "李建国")
    before = b.ids()
    with pytest.raises(RefusedByCentral, match="登记码") as alone:
        b.round()
    assert alone.value.code == "NOT_ENROLLED"
    assert enrol(b.store, b.home, b.url, central.new_code(estate), "门岗") == "B"
    assert (b.ids(), waiting(b.store)) == (before, 1)
    agree([a, b])
    assert b.open("后来") and b.table()[-1][1] in ("A1", "B1")


def test_a_desk_that_enrols_again_loses_nothing(new_desk: Callable[..., Desk], central: Central, estate: str) -> None:
    a, b = new_desk("a"), new_desk("b")
    for number in range(3):
        a.open(str(number), "张秀兰")
    agree([a, b])
    a.open("还没传")
    shutil.rmtree(a.home / "keys")
    with pytest.raises(RefusedByCentral, match="重新登记"):
        a.round()
    enrol(a.store, a.home, a.url, central.new_code(estate), "前台")
    agree([a, b])
    assert len(b.table()) == 4


def test_large_backlogs_go_in_several_pushes(new_desk: Callable[..., Desk], served: Served) -> None:
    a, b = new_desk("a"), new_desk("b")
    a.store.act_all([(Opened(label=f"{number}"), None) for number in range(410)], CLERK)
    a.store.act_all([(Opened(label="x" * 30_000), None) for number in range(40)], CLERK)
    assert a.round().pushed == 450
    assert b.round().pulled == 450
    agree([a, b])


def test_a_desk_is_never_given_its_own_entries_back(new_desk: Callable[..., Desk]) -> None:
    a = new_desk("a")
    a.open("x")
    assert (a.round().pulled, a.round().pulled) == (0, 0)
    assert a.rows("SELECT value FROM note WHERE key = 'cursor'") == [("1",)]


# ── a bad line ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_lost_after_the_commit_doubles_nothing(
    new_desk: Callable[..., Desk], torn: Torn, central: Central, estate: str
) -> None:
    a, b = new_desk("a", torn.url), new_desk("b")
    a.open("x")
    torn.cut = b"/v1/push"
    for _ in range(2):
        with pytest.raises(Offline, match="业务照常"):
            a.round()
        a.open("y")
    assert (torn.dropped, waiting(a.store), len(everything(central, estate)["entry"])) == (2, 3, 2)
    torn.cut = b""
    agree([a, b])
    assert len(b.table()) == 3
    assert len(everything(central, estate)["entry"]) == 3


def test_an_answer_lost_while_pulling_is_asked_for_again(new_desk: Callable[..., Desk], torn: Torn) -> None:
    a, b = new_desk("a", torn.url), new_desk("b")
    b.open("x")
    b.round()
    torn.cut = b"/v1/pull"
    with pytest.raises(Offline):
        a.round()
    torn.cut = b""
    agree([a, b])


def test_a_lost_answer_to_enrolling_uses_no_code_and_no_prefix(
    new_desk: Callable[..., Desk], torn: Torn, central: Central, estate: str
) -> None:
    a = new_desk("a", torn.url, enrolled=False)
    a.open("x")
    code = central.new_code(estate)
    torn.cut = b"/v1/enrol"
    with pytest.raises(Offline):
        enrol(a.store, a.home, torn.url, code, "前台")
    assert (len(a.chains()), waiting(a.store)) == (1, 1)
    torn.cut = b""
    assert enrol(a.store, a.home, torn.url, code, "前台") == "A"
    agree([a, new_desk("b")])
    assert len(everything(central, estate)["chain"]) == 2


def test_desks_work_on_while_central_is_away(tmp_path: Path, central: Central, estate: str) -> None:
    served = Served(central)
    a, b = (Desk(tmp_path / name, served.url).enrol(central, estate) for name in "ab")
    box = a.open("钥匙")
    agree([a, b])
    served.stop()
    for number in range(5):
        a.note(box, f"a{number}")
        b.note(box, f"b{number}")
        b.open("独自")
    for desk in (a, b):
        with pytest.raises(Offline, match="连不上中心"):
            desk.round()
    assert (waiting(a.store), waiting(b.store)) == (5, 10)
    served.start()
    agree([a, b])
    assert len(a.table()) == 6
    for desk in (a, b):
        desk.close()
    served.stop()


def test_only_this_pc_is_spoken_to_without_tls(new_desk: Callable[..., Desk]) -> None:
    a = new_desk("a")
    for server in ("http://central.example.cn", "ftp://localhost", "central", "http://10.0.0.1:8000"):
        with pytest.raises(RefusedByCentral, match="https") as refused:
            Exchange(a.store, a.home, server).round()
        assert refused.value.code == "BAD_SERVER"


# ── two copies of one database ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_cloned_database_goes_on_under_a_new_chain(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    a, other = new_desk("a"), new_desk("other")
    box = a.open("一起")
    settle([a, other])
    a.open("未传")
    clone = new_desk("clone", home=a.copy(tmp_path / "clone"))
    a.note(box, "a")
    clone.note(box, "克隆")
    clone.open("克隆独有", "王磊")
    old = a.chain().id
    agree([a, clone, other])
    assert (a.chain().id, a.chain().prefix) == (old, "A")
    assert (clone.chain().id != old, clone.chain().prefix) == (True, "C")
    assert json.loads(clone.chain().certificate)["previous"] == old
    assert {row[-3] for row in a.table()} == {"一起", "未传", "克隆独有"}
    a.note(box, "a again")
    clone.note(box, "克隆 again")
    agree([clone, other, a])


def test_a_clone_that_overheard_nothing_still_gets_what_the_other_wrote_meanwhile(
    new_desk: Callable[..., Desk], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a clone's hello and its pull the other pushes on the same chain: the pull leaves out just these rows."""
    a = new_desk("a")
    a.open("一起")
    a.round()
    clone = new_desk("clone", home=a.copy(tmp_path / "clone"))
    push = Exchange._push

    def late(self: Exchange, chain: object) -> int:
        if self is clone.exchange:
            a.open("错过")
            a.round()
            monkeypatch.undo()
        return push(self, chain)  # type: ignore[arg-type]

    monkeypatch.setattr(Exchange, "_push", late)
    clone.round()
    assert clone.rows("SELECT value FROM note WHERE key = 'cursor'") == [("2",)]
    agree([a, clone])
    assert len(clone.table()) == 2


def test_a_restored_backup_gets_back_what_it_had_sent(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    a, b = new_desk("a"), new_desk("b")
    box = a.open("先", "张秀兰")
    agree([a, b])
    backup = a.copy(tmp_path / "backup")
    a.open("传过的")
    a.note(box, "传过的")
    agree([a, b])
    a.open("没传就没了")
    a.restore(backup)
    a.open("恢复后")
    agree([a, b])
    assert {row[-3] for row in a.table()} == {"先", "传过的", "恢复后"}
    assert a.chain().prefix == "C"
    a.open("从此用新字头")
    assert a.table()[-1][1] == "C1"


def test_a_restored_backup_with_nothing_new_notices_too(new_desk: Callable[..., Desk], tmp_path: Path) -> None:
    a, b = new_desk("a"), new_desk("b")
    backup = a.copy(tmp_path / "backup")
    a.open("x")
    agree([a, b])
    a.restore(backup)
    assert a.round().again
    agree([a, b])
    assert len(a.table()) == 1


def test_a_lost_answer_to_a_new_chain_takes_one_chain(
    new_desk: Callable[..., Desk], torn: Torn, tmp_path: Path, central: Central, estate: str
) -> None:
    a = new_desk("a", torn.url)
    clone = new_desk("clone", torn.url, home=a.copy(tmp_path / "clone"))
    a.open("a")
    clone.open("c")
    a.round()
    torn.cut = b"/v1/chains"
    for _ in range(2):
        with pytest.raises(Offline):
            clone.round()
    torn.cut = b""
    agree([a, clone])
    assert sorted(row[2] for row in everything(central, estate)["chain"]) == ["A", "B"]


# ── central restored ───────────────────────────────────────────────────────────────────────────────────────────────────


def lose(central: Central, estate: str, keep: int, chains: tuple[str, ...] = ()) -> None:
    """Put an estate back to where it was at position `keep`, and before `chains` were issued, as a backup would."""
    with central.work() as db:
        db.execute("DELETE FROM entry WHERE estate = %s AND cur > %s", (estate, keep))
        db.execute("DELETE FROM fact WHERE estate = %s AND cur > %s", (estate, keep))
        db.execute("DELETE FROM personal WHERE estate = %s AND id NOT IN (SELECT id FROM fact)", (estate,))
        db.execute("UPDATE estate SET head = %s WHERE id = %s", (keep, estate))
        for chain, certificate in db.execute("SELECT id, certificate FROM chain WHERE estate = %s", (estate,)).fetchall():
            last = db.execute(
                "SELECT seq, link FROM entry WHERE estate = %s AND chain = %s ORDER BY seq DESC LIMIT 1", (estate, chain)
            ).fetchone() or (0, genesis(bytes(certificate)))
            db.execute("UPDATE chain SET seq = %s, link = %s WHERE estate = %s AND id = %s", (*last, estate, chain))
        for chain in chains:
            db.execute("DELETE FROM chain WHERE estate = %s AND id = %s", (estate, chain))


@pytest.mark.parametrize("told", [True, False])
def test_a_restored_central_gets_everything_back(
    new_desk: Callable[..., Desk], tmp_path: Path, central: Central, estate: str, told: bool
) -> None:
    a, b = new_desk("a"), new_desk("b")
    box = a.open("先", "张秀兰")
    agree([a, b])
    b.note(box, "b")
    settle([b])
    clone = new_desk("clone", home=a.copy(tmp_path / "clone"))
    clone.open("克隆", "王磊")
    a.open("丢过的", "李建国")
    agree([a, clone, b])
    a.open("未传")
    full = a.ids() | b.ids()
    lose(central, estate, 1, (clone.chain().id,))
    if told:
        central.new_feed("从备份恢复")
    reports = [a.round() for _ in range(3)]
    assert [report.again for report in reports] == [True, False, False]
    agree([a, clone, b])
    assert a.ids() == full
    fresh = new_desk("fresh")
    agree([fresh, a])
    assert sorted(row[-2] for row in fresh.table()) == ["", "张秀兰", "李建国", "王磊"]


def test_entries_of_an_older_own_chain_are_given_back(
    new_desk: Callable[..., Desk], tmp_path: Path, central: Central, estate: str
) -> None:
    a = new_desk("a")
    a.open("旧链", "张秀兰")
    a.round()
    backup = a.copy(tmp_path / "backup")
    a.open("之后")
    a.round()
    a.restore(backup)
    settle([a])
    a.open("新链")
    settle([a])
    assert [(chain.prefix, chain.seq) for chain in a.chains() if chain.seq] == [("B", 1), ("A", 2)]
    lose(central, estate, 0, tuple(chain.id for chain in a.chains()))
    central.new_feed("从备份恢复")
    agree([a, new_desk("fresh")])
    assert len(a.table()) == 3


# ── what must not pass ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tampered_push_is_refused_and_nothing_changes(
    new_desk: Callable[..., Desk], central: Central, estate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = new_desk("a"), new_desk("b")
    a.open("真")
    agree([a, b])
    a.open("真二")
    before = everything(central, estate)
    wire = Placed.wire

    def crooked(self: Placed) -> dict[str, object]:
        return wire(self) | {"bytes": keys.b64(self.stored.replace("真二".encode(), "假的".encode()))}

    monkeypatch.setattr(Placed, "wire", crooked)
    with pytest.raises(RefusedByCentral, match="desk check") as refused:
        a.round()
    assert (refused.value.code, refused.value.facts["seq"]) == ("CHAIN_BROKEN", 2)
    assert everything(central, estate) == before
    assert waiting(a.store) == 1
    monkeypatch.undo()
    agree([a, b])


def test_poison_stops_nobody(new_desk: Callable[..., Desk], central: Central, estate: str) -> None:
    a, pen = new_desk("a"), Pen(central, estate)
    same = fact("先到", "a" * 32)
    forgot = fact("f", kind=FORGOT, body={"entries": ["a" * 32]})
    pen.send(same, b"\xff", b'{"id":' + b"[" * 20_000, fact("二"), fact("后到", "a" * 32), forgot, fact("三"))
    agree([a, new_desk("b")])
    assert sorted(row[-3] for row in a.table()) == ["三", "二", "先到"]
    reasons = [row[0] for row in a.rows("SELECT reason FROM parked ORDER BY seq")]
    assert len(reasons) == 3 and reasons[-1] == "与已有记录同号不同文"


def test_own_entries_that_central_keeps_aside_are_said(new_desk: Callable[..., Desk], central: Central, estate: str) -> None:
    a, pen = new_desk("a"), Pen(central, estate)
    box = a.open("a 的")
    pen.send(fact("别人先用了这个号", box))
    assert a.round().aside == ("第 1 条：这条记录与中心已有的记录同号不同文，已单独存放，其余记录照常同步，请联系管理员核对",)
    a.open("其余")
    agree([new_desk("b"), new_desk("c")])
    assert a.round().pushed == 1


def test_what_is_forgotten_leaves_every_desk_and_central(
    new_desk: Callable[..., Desk], central: Central, estate: str, tmp_path: Path
) -> None:
    a, b, apart = new_desk("a"), new_desk("b"), new_desk("apart")
    box = a.open("钥匙", "张秀兰")
    b.open("别的", "李建国")
    agree([a, b, apart])
    backup = b.copy(tmp_path / "backup")
    (identity,) = [row[0] for row in a.rows(f"SELECT id FROM entry WHERE subject = '{box}'")]
    a.store.forget([identity], "本人要求", CLERK)
    agree([a, b])
    assert "张秀兰" not in str(b.table()) and "李建国" in str(b.table())
    assert len(everything(central, estate)["personal"]) == 1
    # A copy that still holds it writes it again under a chain of its own.
    enrol(apart.store, apart.home, apart.url, central.new_code(estate), "门岗")
    b.restore(backup)
    agree([a, b, apart, new_desk("late")])
    assert len(everything(central, estate)["personal"]) == 1
    for desk in (a, b, apart):
        assert "张秀兰" not in str(desk.rows("SELECT payload FROM personal")) + str(desk.table())
    assert ERASED not in str(a.table()), "this field is not required, so it is merely empty"


def test_a_desk_with_another_key_or_chain_is_nobody(
    new_desk: Callable[..., Desk], central: Central, served: Served, tmp_path: Path
) -> None:
    a, b = new_desk("a"), new_desk("b")
    elsewhere = Desk(tmp_path / "elsewhere", served.url).enrol(central, central.add_estate("别处"))
    elsewhere.open("机密", "外人")
    settle([elsewhere])
    keys.keep(a.home, a.chain().id, keys.Key.make())
    with pytest.raises(RefusedByCentral) as refused:
        a.round()
    assert refused.value.code == "BAD_SIGNATURE"
    estate = elsewhere.rows("SELECT value FROM note WHERE key = 'estate'")[0][0]
    b.store.transact(lambda db: db.execute("UPDATE note SET value = ? WHERE key = 'estate'", (estate,)))
    with pytest.raises(RefusedByCentral) as crossed:
        b.round()
    assert (crossed.value.code, b.table()) == ("NOT_YOUR_ESTATE", [])
    b.store.transact(lambda db: db.execute("DELETE FROM note WHERE key LIKE 'signature %'"))
    with pytest.raises(RefusedByCentral) as crossed:
        b.round()
    assert (crossed.value.code, b.table()) == ("CHAIN_UNKNOWN", [])
    elsewhere.close()


def test_a_revoked_desk_keeps_its_work(new_desk: Callable[..., Desk], central: Central, estate: str) -> None:
    a = new_desk("a")
    a.open("x")
    central.revoke(estate, a.chain().id)
    with pytest.raises(RefusedByCentral, match="停用"):
        a.round()
    assert (len(a.table()), waiting(a.store)) == (1, 1)


def test_another_server_in_centrals_place_is_noticed(
    new_desk: Callable[..., Desk], central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = new_desk("a"), new_desk("b")
    a.open("x")
    honest, central._key = central._key, keys.Key.make()
    with pytest.raises(RefusedByCentral, match="别的服务器"):
        a.round()
    assert waiting(a.store) == 1
    central._key = honest
    settle([a])
    with central.work() as db:
        db.execute("UPDATE chain SET signature = %s WHERE id = %s", (keys.Key.make().sign(b"x"), a.chain().id))
    with pytest.raises(Broken, match="没有签名"):
        b.round()
    assert b.table() == []


@pytest.mark.parametrize("off", [-86_400, 86_400 * 365])
def test_a_clock_that_is_off_is_corrected_for_the_proof_alone(new_desk: Callable[..., Desk], served: Served, off: int) -> None:
    a, b = new_desk("a"), new_desk("b")
    a.open("x")
    exchange = Exchange(a.store, a.home, served.url, now=lambda: b.exchange.line.now() + off)
    report = exchange.round()
    assert (report.pushed, abs(report.skew - off) <= 1) == (1, True)
    assert exchange.round().skew == report.skew
    exchange.close()
    agree([a, b])


def test_answers_that_cannot_be_read_are_said(new_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    a = new_desk("a")
    for said, raised in (
        (httpx.Response(200, text="<html>请登录校园网</html>"), Offline),
        (httpx.Response(502, text="bad gateway"), Offline),
        (httpx.Response(200, json=[]), Offline),
        (httpx.Response(200, json={}), RefusedByCentral),
    ):
        monkeypatch.setattr(httpx.Client, "request", lambda *_, said=said, **__: said)
        with pytest.raises(raised, match="中心的回应"):
            a.round()


# ── the worker ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Watched:
    """A worker whose news can be waited for."""

    def __init__(self, desk: Desk, url: str, every: float = 60.0) -> None:
        self.news = threading.Condition()
        self.worker = Worker(desk.store, desk.home, url, self._changed, every=every)
        self.seen: list[str] = []

    def _changed(self) -> None:
        with self.news:
            self.seen.append(self.worker.state)
            self.news.notify_all()

    def until(self, state: str, left: int = 0, timeout: float = 10) -> None:
        with self.news:
            worker = self.worker
            assert self.news.wait_for(lambda: (worker.state, worker.waiting) == (state, left), timeout), (
                worker.state, worker.text, worker.waiting,
            )  # fmt: skip


def test_the_worker_comes_back_after_the_network(tmp_path: Path, central: Central, estate: str) -> None:
    served = Served(central)
    desk = Desk(tmp_path / "a", served.url).enrol(central, estate)
    watched = Watched(desk, served.url)
    watched.worker.start()
    watched.until("synced")
    desk.open("x")
    watched.worker.poke()
    watched.until("synced")
    while waiting(desk.store):  # the news above may still have been of the first round
        watched.until("synced")
    assert "已同步" in watched.worker.text
    served.stop()
    desk.open("y")
    watched.worker.poke()
    watched.until("offline", 1)
    assert "待上传 1 条" in watched.worker.text
    served.start()
    watched.worker.poke()
    watched.until("synced")
    assert waiting(desk.store) == 0
    central.revoke(estate, desk.chain().id)
    watched.worker.poke()
    watched.until("trouble")
    assert "停用" in watched.worker.text
    watched.worker.stop()
    watched.worker.join(10)
    assert not watched.worker.is_alive()
    desk.close()
    served.stop()


def test_failures_are_further_and_further_apart_but_never_the_last(
    new_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = new_desk("a")
    worker = Worker(desk.store, desk.home, "http://127.0.0.1:9")
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    assert [worker._once() for _ in range(12)] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    slow = RefusedByCentral("SLOW_DOWN", "中心正忙", 503, retry_after=700)
    for error, state, wait in (
        (slow, "offline", 700), (Broken("断了"), "trouble", 300), (OSError("磁盘"), "trouble", 300),
        (OverflowError("int too large"), "trouble", 300), (Offline("离线"), "offline", 300),
    ):  # fmt: skip

        def fail(error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(worker.exchange, "round", fail)
        assert (worker._once(), worker.state) == (wait, state)
    worker.exchange.close()


# ── anything at all ────────────────────────────────────────────────────────────────────────────────────────────────────

STEP = st.tuples(
    st.sampled_from(["open", "note", "note", "round", "round", "round", "clone", "backup", "restore", "lost", "forget"]),
    st.integers(0, 2),
)


@settings(
    max_examples=12, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(STEP, min_size=15, max_size=45))
def test_any_script_ends_with_equal_desks(
    tmp_path_factory: pytest.TempPathFactory, central: Central, torn: Torn, script: list[tuple[str, int]]
) -> None:
    folder, estate = tmp_path_factory.mktemp("script"), central.add_estate("任意")
    torn.cut = b""
    desks = [Desk(folder / f"desk{number}", torn.url).enrol(central, estate) for number in range(3)]
    backups: dict[int, Path] = {}
    written: set[str] = set()
    try:
        for count, (step, number) in enumerate(script):
            desk = desks[number]
            if step == "open":
                desk.open(f"箱{count}", f"人{count}")
            elif step == "note" and desk.table():
                desk.note(desk.table()[count % len(desk.table())][0], f"{count}")
            elif step == "forget" and desk.rows("SELECT id FROM personal"):
                desk.store.forget([desk.rows("SELECT id FROM personal ORDER BY id")[0][0]], "本人要求", CLERK)
            elif step == "round":
                desk.round()
            elif step == "lost":
                torn.cut = b"/v1/push"
                with suppress(Offline):
                    desk.round()
                torn.cut = b""
            elif step == "clone" and len(desks) < 6:
                home = desk.copy(folder / f"clone{count}")
                desks.append(Desk(home, torn.url, made=True))
                # The clone takes the next turns, so that both of them write.
                desks[number], desks[-1] = desks[-1], desks[number]
            elif step == "backup":
                backups[number] = desk.copy(folder / f"backup{count}")
            elif step == "restore" and number in backups:
                written |= desk.ids()
                desk.restore(backups[number])
            written |= desk.ids()
        sent = {row[5] for row in everything(central, estate)["entry"]}
        held = set().union(*(desk.ids() for desk in desks))
        agree(desks)
        assert desks[0].ids() == sent | held, "nothing that central or a living desk had is lost"
        assert held <= written
        erased = {row[1] for row in everything(central, estate)["erasure"]}
        kept = {row[1] for row in everything(central, estate)["personal"]}
        assert not erased & kept
        for desk in desks:
            assert {row[0] for row in desk.rows("SELECT id FROM personal")} == kept
        prefixes = [row[2] for row in everything(central, estate)["chain"]]
        assert len(prefixes) == len(set(prefixes))
    finally:
        for desk in desks:
            desk.close()
        shutil.rmtree(folder)
