"""Parcels: consent, codes that never meet, hands they went into, and what two desks make of one parcel."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.entry import check_letters
from data.file import raw
from data.records import ERASED, Actor, Event, Refused, fold
from data.store import Store
from desk import fields, parcels, shelves, staff
from desk.parcels import Collected, Notified, Parcel, Returned, TakenIn
from desk.residents import ConsentGiven, HomeBegan, PersonRegistered, RoomRegistered, room_id
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, Desks, certificate
from tests.jobs import NOON, entry

CLERK = Actor("k1", "王芳", staff.CLERK)
GUARD = Actor("g1", "老周", staff.GUARD)
WAYBILL = "SF1456000007712"

TAKEN = TakenIn(courier="顺丰", waybill=WAYBILL, room="3-2-501", addressee="张秀兰", description="红色纸箱", shelf=2, layer=5)
NEXT: dict[str, Event] = {
    "取走": Collected(by_whom="家人", name="张敏", relation="女儿"),
    "退件": Returned(reason="超过七天无人取", courier="小李"),
    "通知": Notified(way="电话", note="女儿接的"),
}
PATHS: dict[str, tuple[str, ...]] = {"待取": (), "已取": ("取走",), "已退": ("退件",)}
ALLOWED = {("待取", "取走"): "已取", ("待取", "退件"): "已退", ("待取", "通知"): "待取"}


class Clock:
    """The wall time of all desks of a test."""

    def __init__(self) -> None:
        self.at, self.ticks = NOON, count()

    def now(self) -> datetime:
        return self.at.astimezone() + timedelta(milliseconds=10 * next(self.ticks))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fields, "wall", lambda: clock.at)
    return clock


@pytest.fixture
def make(desks: Desks, clock: Clock) -> Callable[[str], Store]:
    """Desks of one estate: 3-2-501 lets parcels be taken in, 3-2-502 must be asked, 3-2-503 does not want it."""

    def desk(prefix: str) -> Store:
        store = desks(prefix, Parcel, clock.now)
        for code in ("3-2-501", "3-2-502", "3-2-503"):
            store.act(RoomRegistered(code=code), MANAGER)
        store.act(ConsentGiven(parcels="是", said_by="张秀兰"), MANAGER, room_id("3-2-501"))
        store.act(ConsentGiven(parcels="否"), MANAGER, room_id("3-2-503"))
        store.act(PersonRegistered(uid="p1", name="张秀兰", phone="13700009999", care="大字"), MANAGER)
        store.act(HomeBegan(room="3-2-501", person="p1"), MANAGER)
        return store

    return desk


@pytest.fixture
def store(make: Callable[[str], Store]) -> Store:
    return make("A")


def taken(**said: Any) -> TakenIn:
    return TakenIn.model_validate({"courier": "中通", "room": "3-2-501", "description": "无单号小盒", **said})


def take(store: Store, **said: Any) -> Parcel:
    record = store.act(taken(**said), CLERK).record
    assert isinstance(record, Parcel)
    return record


def led(store: Store, state: str) -> str:
    subject = store.act(TAKEN, CLERK).record.id
    for step in PATHS[state]:
        store.act(NEXT[step], CLERK, subject)
    return subject


def folded(*said: Event, personal: bool = True) -> Parcel:
    record = fold(Parcel, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert isinstance(record, Parcel)
    return record


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("courier", "菜鸟"),
        ("room", ""),
        ("waybill", "SF12"),
        ("size", "巨大"),
        ("shelf", -1),
        ("shelf", 0),
        ("shelf", 100),
        ("layer", 0),
        ("layer", 10),
        ("condition", "已拆"),
        ("special", "到付"),
        ("addressee", "张" * 201),
    ],
)
def test_a_wrong_field_is_refused_beside_it(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        taken(**{field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("event", "fields"), [(Returned, {"courier": "李", "reason": ""}), (Returned, {"reason": "拒收", "courier": ""})]
)
def test_a_return_names_why_and_to_whom(event: type[Event], fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        event.model_validate(fields)
    assert caught.value.errors()[0]["loc"] == (list(fields)[-1],)


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("word", NEXT)
def test_every_step_from_every_state(store: Store, state: str, word: str) -> None:
    subject = led(store, state)
    if (state, word) in ALLOWED:
        record = store.act(NEXT[word], CLERK, subject).record
        assert isinstance(record, Parcel)
        assert (record.state, record.doubt) == (ALLOWED[state, word], "")
        return
    with pytest.raises(Refused, match="2-5-0001 已在 11-20 12:00"):
        store.act(NEXT[word], CLERK, subject)


def test_a_second_collection_is_told_when_and_by_whom(store: Store) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    someone = store.act(staff.Joined(name="王芳", role="clerk", pin="x"), MANAGER).record.id
    store.act(NEXT["取走"], Actor(someone, "王芳", staff.CLERK), subject)
    with pytest.raises(Refused, match="由家人张敏取走，经办 王芳"):
        store.act(NEXT["取走"], CLERK, subject)


def test_next_step_is_into_someone_s_hands() -> None:
    steps = [parcels.next_step(folded(TAKEN, *(NEXT[word] for word in path))) for path in PATHS.values()]
    assert steps == [Collected, None, None]


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"room": "9-9-999"}, "room", "没有"),
        ({"description": ""}, "description", "单号"),
        ({"waybill": "sf 1456000007712"}, "waybill", "这个单号已在库，取件码 2-5-0001"),
        ({"room": "3-2-502"}, "consented", "打电话"),
        ({"room": "3-2-503"}, "room", "不同意代收"),
        ({"room": "3-2-503", "consented": True}, "room", "代收授权"),
        ({"special": "贵重"}, "consented", "贵重"),
        ({"special": "生鲜"}, "consented", "生鲜"),
    ],
)
def test_what_is_not_taken_in(store: Store, change: dict[str, Any], field: str, sentence: str) -> None:
    store.act(TAKEN, CLERK)
    with pytest.raises(Refused, match=sentence) as caught:
        store.act(taken(**change), CLERK)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"room": "3-2-502", "consented": True},
        {"special": "生鲜", "consented": True},
        {"special": "药"},
        {"room": "公共-物业办公室"},
    ],
)
def test_what_is_taken_in(store: Store, change: dict[str, Any]) -> None:
    assert take(store, **change).state == "待取"


def test_a_waybill_that_went_may_come_again(store: Store) -> None:
    for state in ("已退", "已取"):
        led(store, state)
    assert store.act(TAKEN, CLERK).record.number == "A3"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (Collected(by_whom="代取"), "name"),
        (Collected(by_whom="代取", name="老张"), "relation"),
        (Collected(codes=("9-9-9999",)), "codes"),
    ],
)
def test_hands_must_be_named(store: Store, event: Event, field: str) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    with pytest.raises(Refused) as caught:
        store.act(event, CLERK, subject)
    assert caught.value.field == field
    store.act(Collected(by_whom="代取", name="老张", relation="邻居", proof="房号+姓名"), CLERK, subject)


def test_guards_hand_out_and_take_nothing_in(store: Store) -> None:
    with pytest.raises(Refused, match="岗位"):
        store.act(TAKEN, GUARD)
    subject = store.act(TAKEN, CLERK).record.id
    with pytest.raises(Refused, match="岗位"):
        store.act(NEXT["退件"], GUARD, subject)
    store.act(NEXT["通知"], GUARD, subject)
    store.act(NEXT["取走"], GUARD, subject)


# ── codes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_codes_say_where_and_count_on(store: Store) -> None:
    assert [take(store, shelf=2, layer=5).code, take(store, shelf=12, layer=1).code] == ["2-5-0001", "12-1-0002"]
    big = take(store, size="超大")
    assert (big.code, big.shelf, big.serial) == ("地-1-0003", 0, 3)
    assert take(store, code="9-9-0001").code != "9-9-0001"


@pytest.mark.parametrize(
    ("prefix", "first", "last"),
    [("A", 1, 999), ("B", 1000, 1999), ("J", 9000, 9999), ("K", 1, 999), ("AA", 6000, 6999), ("", 1, 999)],
)
def test_each_chain_draws_from_its_thousand(prefix: str, first: int, last: int) -> None:
    assert shelves.serials_of(prefix) == (first, last)


def test_ten_desks_never_meet() -> None:
    drawn = [
        number for prefix in "ABCDEFGHIJ" for number in range(shelves.serials_of(prefix)[0], shelves.serials_of(prefix)[1] + 1)
    ]
    assert sorted(drawn) == list(range(1, 10000))


def test_a_refused_parcel_takes_no_code(store: Store) -> None:
    with pytest.raises(Refused):
        take(store, room="3-2-503")
    assert take(store).serial == 1


def wind(store: Store, to: int) -> None:
    """The counter of codes stands before `to`."""
    store.transact(lambda db: db.execute("INSERT OR REPLACE INTO series VALUES('parcel A', ?)", (to - 1,)))


def test_a_number_rests_thirty_days_and_is_never_given_while_held(store: Store, clock: Clock) -> None:
    waiting, gone = take(store), take(store)
    store.act(Collected(), CLERK, gone.id)
    wind(store, 1)
    assert take(store).serial == 3
    clock.at = NOON + timedelta(days=30, seconds=-1)
    wind(store, 1)
    assert take(store).serial == 4
    clock.at = NOON + timedelta(days=30, minutes=1)
    wind(store, 1)
    assert take(store).serial == gone.serial
    assert waiting.serial == 1


def test_after_999_comes_1_again(store: Store) -> None:
    wind(store, 999)
    assert [take(store).serial, take(store).serial] == [999, 1]


def test_when_every_number_rests_the_longest_rested_goes_first_and_held_ones_never(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "serials_of", lambda prefix: (1, 3))
    first, second, third = take(store), take(store), take(store)
    with pytest.raises(Refused, match="3 个取件码都在用"):
        take(store)
    clock.at = NOON + timedelta(hours=1)
    store.act(Collected(), CLERK, third.id)
    clock.at = NOON + timedelta(hours=2)
    store.act(Collected(), CLERK, second.id)
    assert [take(store).serial, take(store).serial] == [third.serial, second.serial]
    with pytest.raises(Refused):
        take(store)
    assert first.serial == 1


def test_the_least_full_place_of_the_size_is_proposed(store: Store) -> None:
    with store.read() as read:
        assert shelves.suggest(read, "小") == (2, 1)
        assert shelves.suggest(read, "超大") == (0, 1)
        assert shelves.suggest(read, "小", 7) == (7, 1)
        assert shelves.suggest(read, "小", None, 9) == (2, 9)
    found = [(one.shelf, one.layer) for one in (take(store) for _ in range(11))]
    assert found == [*((shelf, layer) for shelf in (2, 3) for layer in range(1, 6)), (2, 1)]
    with store.read() as read:
        on_2_1 = [one for one in parcels.held(read) if (one.shelf, one.layer) == (2, 1)]
    for one in on_2_1:
        store.act(Collected(), CLERK, one.id)
    assert take(store).code.startswith("2-1-")
    assert take(store, shelf=4).code.startswith("4-1-")


# ── folds ──────────────────────────────────────────────────────────────────────────────────────────────────────────

EVENTS = st.lists(st.tuples(st.sampled_from([TAKEN, *NEXT.values()]), st.integers(0, 5)), max_size=8)


@given(EVENTS, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order_and_never_raises(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(TAKEN, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold(Parcel, "s", entries), fold(Parcel, "s", shuffled)
    assert isinstance(one, Parcel) and isinstance(other, Parcel)
    assert one.model_dump() == other.model_dump()
    gone = [event for event, _ in said if isinstance(event, Collected | Returned)]
    assert (one.state == "待取") is (not gone)
    assert (one.state == "已取") is any(isinstance(event, Collected) for event in gone)
    assert bool(one.doubt) is (len(gone) > 1 or any(isinstance(event, TakenIn) for event, _ in said))


@given(st.text(max_size=12))
def test_no_code_breaks_the_fold(code: str) -> None:
    assert folded(TAKEN.model_copy(update={"code": code})).serial in range(10000)


def test_two_collections_leave_the_first_and_a_doubt_that_names_the_second() -> None:
    record = folded(TAKEN, NEXT["取走"], Collected(by_whom="代取", name="老张", relation="邻居"))
    assert (record.state, record.by_whom, record.picker, record.handed_by) == ("已取", "家人", "张敏", "k1")
    assert record.second == "代取老张" and "又交给代取" in record.doubt and "待核对" not in record.doubt
    later = folded(TAKEN, NEXT["退件"], NEXT["取走"])
    assert (later.state, bool(later.doubt)) == ("已取", True)
    assert folded(TAKEN, NEXT["取走"], NEXT["通知"]).doubt == ""


def test_erased_people_leave_a_parcel_that_still_folds() -> None:
    record = folded(TAKEN, NEXT["通知"], NEXT["取走"], personal=False)
    assert (record.state, record.waybill, record.addressee, record.description, record.picker) == ("已取", WAYBILL, "", "", "")
    assert folded(TAKEN, NEXT["退件"], personal=False).reason == ERASED


def test_erasing_takes_the_names_out_of_the_doubt_too(store: Store) -> None:
    subject = led(store, "已取")
    with store.read() as read:
        held = journal.history(raw(read.connection()), subject)
    store.forget([one.id for one in held], "住户要求删除", MANAGER)
    with store.read() as read:
        record = read.get(Parcel, subject)
    assert record is not None
    assert (record.state, record.picker, record.addressee) == ("已取", "", "")


def test_nothing_personal_lies_in_the_bytes(store: Store) -> None:
    subject = led(store, "已取")
    with store.read() as read:
        stored = b"".join(one.stored for one in journal.history(raw(read.connection()), subject)).decode()
    for text in ("张秀兰", "红色", "张敏", "女儿"):
        assert text not in stored


def test_two_desks_apart_give_different_codes_and_end_alike(make: Callable[[str], Store]) -> None:
    here, there = make("A"), make("B")
    subject = here.act(TAKEN, CLERK).record.id
    assert take(there).code == "2-1-1000"

    def exchange() -> None:
        for sender, receiver, chain in ((here, there, "cA"), (there, here, "cB")):
            with sender.read() as read:
                sent = journal.since(raw(read.connection()), chain, 0, 999)
            receiver.receive([certificate(chain, chain[1])], sent)

    exchange()
    with pytest.raises(Refused, match="已在库，取件码 2-5-0001"):
        there.act(TAKEN, CLERK)
    here.act(Collected(name="张秀兰"), CLERK, subject)
    there.act(NEXT["取走"], GUARD, subject)
    exchange()
    found = []
    for desk in (here, there):
        with desk.read() as read:
            found.append(read.get(Parcel, subject))
    assert found[0] is not None and found[1] is not None
    assert found[0].model_dump() == found[1].model_dump()
    assert (found[0].state, bool(found[0].doubt)) == ("已取", True)


# ── queries and paper ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("age", "level"),
    [
        ({"hours": 24}, 0),
        ({"hours": 25}, 1),
        ({"hours": 72}, 1),
        ({"hours": 73}, 2),
        ({"days": 7}, 2),
        ({"days": 7, "minutes": 1}, 3),
    ],
)
def test_level(age: dict[str, int], level: int) -> None:
    record = Parcel(id="s", opened_at="2026-11-20T12:00:00.000+08:00")
    assert parcels.level(record, NOON + timedelta(**age)) == level
    record.state = "已取"
    assert parcels.level(record, NOON + timedelta(**age)) == 0
    assert parcels.level(Parcel(id="s", opened_at="昨天"), NOON) == 0


def test_queries(store: Store, clock: Clock) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    clock.at = NOON + timedelta(days=2)
    take(store, room="3-2-502", consented=True)
    with store.read() as read:
        assert [one.number for one in parcels.held(read)] == ["A1", "A2"]
        assert [one.number for one in parcels.held(read, "3-2-502")] == ["A2"]
        assert parcels.counts(read, clock.at) == {"新": 1, "超1天": 1, "超3天": 0, "超7天": 0}
        assert [one.number for one in parcels.recent(read)] == ["A2", "A1"]
        assert parcels.by_waybill(read, "") is None
    store.act(NEXT["退件"], CLERK, subject)
    clock.at = NOON + timedelta(days=3)
    again = store.act(TAKEN, CLERK).record.id
    clock.at = NOON + timedelta(days=4)
    with store.read() as read:
        found = parcels.by_waybill(read, WAYBILL)
        assert found is not None and found.id == again
        assert parcels.counts(read, clock.at) == {"新": 1, "超1天": 1, "超3天": 0, "超7天": 0}


def test_the_one_that_is_held_is_found_before_a_newer_one_that_went(make: Callable[[str], Store], clock: Clock) -> None:
    here, there = make("A"), make("B")
    held = here.act(TAKEN, CLERK).record.id
    clock.at = NOON + timedelta(hours=1)
    led(there, "已取")
    with there.read() as read:
        sent = journal.since(raw(read.connection()), "cB", 0, 999)
    here.receive([certificate("cB", "B")], sent)
    with here.read() as read:
        found = parcels.by_waybill(read, WAYBILL)
    assert found is not None and found.id == held


def printed(slip: Slip) -> str:
    rows = layout(slip, 32)
    assert all(paper_width(row.text) * row.size <= 32 for row in rows)
    return plain(rows)


def test_label_and_notice_show_the_code_and_nobody(store: Store, papers: list[Slip]) -> None:
    done = store.act(TAKEN, CLERK)
    store.act(Notified(way="电话"), CLERK, done.record.id)
    store.act(Notified(way="门贴"), CLERK, done.record.id)
    assert [(slip.kind, slip.title) for slip in papers] == [("parcel", "包裹标签"), ("notice", "取件通知")]
    for slip in papers:
        text = printed(slip)
        for fact in ("2-5-0001", "顺丰 尾号 7712", "11-20 入库", "[二维码 A1."):
            assert fact in text
        for kept in (WAYBILL, "3-2-501", "张秀兰", "红色", "13700009999"):
            assert kept not in text
        assert slip.large
    assert f"[二维码 A1.{check_letters(done.link)}]" in printed(papers[0])
    rows = layout(take_slip(store, papers), 32)
    assert [row.size for row in rows if "0002" in row.text] == [3]


def take_slip(store: Store, papers: list[Slip]) -> Slip:
    take(store, room="3-2-502", consented=True, description="张秀兰的药")
    assert "无单号" in printed(papers[-1]) and "张秀兰" not in printed(papers[-1])
    return papers[-1]


def test_one_handover_slip_names_all_that_went_at_once(store: Store, papers: list[Slip]) -> None:
    for n in range(3):
        take(store, shelf=2, layer=n + 1)
    del papers[:]
    with store.read() as read:
        waiting = parcels.held(read, "3-2-501")
    done = store.act_all(parcels.collect_all(waiting, Collected(by_whom="家人", name="张小敏", relation="女儿")), CLERK)
    assert [one.record.state for one in done if isinstance(one.record, Parcel)] == ["已取"] * 3
    assert [slip.kind for slip in papers] == ["handover"]
    text = printed(papers[0])
    for fact in (
        "签收单",
        "3-2-501",
        "2-1-0001",
        "2-2-0002",
        "2-3-0003",
        "3 件",
        "家人 张*敏（女儿）",
        "2026-11-20 12:00",
        "王芳",
        "签字",
    ):
        assert fact in text
    assert "张小敏" not in text


def test_one_parcel_has_a_slip_of_its_own(store: Store, papers: list[Slip]) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    store.act(Collected(), CLERK, subject)
    text = printed(papers[-1])
    assert "2-5-0001" in text and "1 件" in text and "本人" in text
