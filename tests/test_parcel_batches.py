"""A courier's round, standing proxies, stock-taking and rounds of notices: rules, folds and paper."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.records import Actor, Event, Refused, fold
from data.store import Store
from desk import batches, fields, notice_rounds, parcel_lists, parcel_rooms, parcels, proxies, staff, stocktakes
from desk.batches import Batch, Checked, Closed, Opened, TurnedAway
from desk.notice_rounds import ListMade, NoticeRound
from desk.parcels import Collected, Notified, Parcel, ReturnChosen, Returned, TakenIn, Undone
from desk.proxies import Ended, Named, Proxy
from desk.residents import HomeBegan, PersonRegistered
from desk.stocktakes import Counted, Stocktake
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, Desks
from tests.jobs import NOON, entry
from tests.parcels import CLERK, GUARD, TAKEN, WAYBILL, Clock, maker, stopped, take, taken

OTHER = Actor("k2", "李敏", staff.CLERK)
CART = Opened(courier="顺丰", person="小李", shelf=2, announced=2)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped(monkeypatch)


@pytest.fixture
def store(desks: Desks, clock: Clock) -> Store:
    return maker(desks, clock, Stocktake, NoticeRound)("A")


def opened(store: Store, **said: object) -> str:
    return store.act(CART.model_copy(update=said), CLERK).record.id


def printed(slip: Slip) -> str:
    rows = layout(slip, 32)
    assert all(paper_width(row.text) * row.size <= 32 for row in rows)
    return plain(rows)


# ── a round ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value"), [("courier", "菜鸟"), ("shelf", 0), ("shelf", 100), ("announced", 0), ("announced", 2001)]
)
def test_a_wrong_header_is_refused_beside_its_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Opened.model_validate({"courier": "顺丰", field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(("state", "word"), list(product(("入库中", "已交接"), ("拒收", "结批"))))
def test_every_step_from_every_state(store: Store, state: str, word: str) -> None:
    cart = opened(store, announced=None)
    store.act(TurnedAway(why="到付"), CLERK, cart)
    if state == "已交接":
        store.act(Closed(counted=0), CLERK, cart)
    event: Event = TurnedAway(why="活体") if word == "拒收" else Closed(counted=0)
    if state == "入库中":
        store.act(event, CLERK, cart)
    else:
        with pytest.raises(Refused, match="已在 11-20 12:00 交接"):
            store.act(event, CLERK, cart)
    with pytest.raises(Refused, match="没有待核对的事"):
        store.act(Checked(doubt="x", found="问过了"), CLERK, cart)


def test_a_round_is_counted_and_signed(store: Store, papers: list[Slip]) -> None:
    cart = opened(store, announced=4)
    with pytest.raises(Refused, match="还一件都没有入库"):
        store.act(Closed(counted=0), CLERK, cart)
    kept = [take(store, batch=cart, waybill=f"SF145600000771{n}") for n in range(2)]
    wrong = take(store, batch=cart)
    store.act(Undone(), CLERK, wrong.id)
    store.act(TurnedAway(why="破损已拆", waybill="SF1456000009999"), CLERK, cart)
    with pytest.raises(Refused, match="现在是 2 件") as caught:
        store.act(Closed(counted=3), CLERK, cart)
    assert caught.value.field == "counted"
    with pytest.raises(Refused, match="快递员说 4 件，实收 2 件、拒收 1 件") as caught:
        store.act(Closed(counted=2), CLERK, cart)
    assert caught.value.field == "why"
    del papers[:]
    store.act(Closed(counted=2, why="快递员少带了"), CLERK, cart)
    (slip,) = papers
    assert slip.copies == ("前台联", "快递员联")
    text = printed(slip)
    for fact in (
        "快递交接单",
        "顺丰",
        "小李",
        "4 件",
        "2 件",
        "7710",
        "7711",
        "破损已拆",
        "少带了",
        "前台签字",
        "快递员签字",
        "王芳",
    ):
        assert fact in text
    assert "3-2-501" not in text and kept[0].waybill not in text
    with pytest.raises(Refused, match="已经交接，请开新的一批") as caught:
        take(store, batch=cart)
    assert caught.value.field == "batch"
    with pytest.raises(Refused, match="已经和快递员交接，不能撤回"):
        store.act(Undone(), CLERK, kept[0].id)
    with store.read() as read:
        assert batches.open_batch(read, CLERK) is None
        assert [one.id for one in batches.recent(read)] == [cart]


def test_a_round_nobody_handed_over_has_one_copy(store: Store, papers: list[Slip]) -> None:
    cart = opened(store, person="", announced=None)
    take(store, batch=cart)
    del papers[:]
    store.act(Closed(counted=1), CLERK, cart)
    assert papers[0].copies == ("前台联",) and "无人交接" in printed(papers[0]) and "快递员签字" not in printed(papers[0])


def test_one_open_round_a_person(store: Store) -> None:
    cart = opened(store)
    with pytest.raises(Refused, match="还没交接，请先结批"):
        opened(store)
    store.act(CART, OTHER)
    with store.read() as read:
        found = batches.open_batch(read, CLERK)
    assert found is not None and found.id == cart
    with pytest.raises(Refused, match="找不到这一批"):
        take(store, batch="nothing")


def test_guards_take_in_no_rounds(store: Store) -> None:
    with pytest.raises(Refused, match="岗位"):
        store.act(CART, GUARD)


SAID = st.lists(
    st.tuples(st.sampled_from([CART, TurnedAway(why="到付"), Closed(counted=3), Closed(counted=4)]), st.integers(0, 5)),
    max_size=6,
)


@given(SAID, st.randoms(use_true_random=False))
def test_a_round_s_fold_is_one_thing_in_every_order(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(CART, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold(Batch, "s", entries), fold(Batch, "s", shuffled)
    assert isinstance(one, Batch) and other is not None and one.model_dump() == other.model_dump()
    counts = {event.counted for event, _ in said if isinstance(event, Closed)}
    assert one.state == ("已交接" if counts else "入库中")
    if len(counts) > 1:
        assert "件数不同" in one.doubt


def test_a_doubt_of_a_round_is_settled() -> None:
    whole = [entry(n, event, n) for n, event in enumerate([CART, Closed(counted=3), Closed(counted=4)])]
    record = fold(Batch, "s", whole)
    assert isinstance(record, Batch) and (record.counted, bool(record.doubt)) == (3, True)
    settled = fold(Batch, "s", [*whole, entry(9, Checked(doubt=record.doubt, found="是 3 件"), 9)])
    assert settled is not None and settled.doubt == ""


def test_a_round_s_number_finds_its_parcels(store: Store) -> None:
    cart = store.act(CART, CLERK).record
    kept = take(store, batch=cart.id)
    take(store)
    with store.read() as read:
        assert [one.id for one in parcel_lists.found(read, cart.number, set(), {cart.id})] == [kept.id]
        assert batches.doubtful(read) is None


# ── proxies ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_proxy_holds_until_it_ends(store: Store, clock: Clock) -> None:
    said = Named(room="3-2-501", name="老张", relation="邻居", tail="6677", said_by="张秀兰", until="2026-11-30")
    one = store.act(said, CLERK).record.id
    with pytest.raises(Refused, match="已经授权过 老张"):
        store.act(said, CLERK)
    with store.read() as read:
        assert [two.id for two in proxies.of_room(read, "3-2-501", clock.at)] == [one]
        assert proxies.of_room(read, "3-2-502", clock.at) == []
        assert proxies.of_room(read, "3-2-501", clock.at + timedelta(days=11)) == []
    store.act(Ended(why="吵架了"), CLERK, one)
    with pytest.raises(Refused, match="授权已在 11-20 12:00 停用"):
        store.act(Ended(), CLERK, one)
    subject = store.act(TAKEN, CLERK).record.id
    with pytest.raises(Refused, match="手机尾号"):
        store.act(Collected(by_whom="代取", name="老张", relation="邻居", proof="手机尾号", shown="6677"), CLERK, subject)


@pytest.mark.parametrize(("change", "field"), [({"room": "9-9-9"}, "room"), ({"until": "2026-11-19"}, "until")])
def test_a_proxy_is_of_a_known_household_and_for_the_future(store: Store, change: dict[str, str], field: str) -> None:
    said = {"room": "3-2-501", "name": "老张", "relation": "邻居", "said_by": "张秀兰"}
    with pytest.raises(Refused) as caught:
        store.act(Named.model_validate({**said, **change}), CLERK)
    assert caught.value.field == field
    with pytest.raises(ValidationError):
        Named.model_validate({**said, "tail": "12"})


def test_no_more_proxies_than_digits(store: Store) -> None:
    for n in range(proxies.AT_MOST):
        store.act(Named(room="3-2-501", name=f"邻居{n}", relation="邻居", said_by="张秀兰"), CLERK)
    with pytest.raises(Refused, match="已有 6 位代取人"):
        store.act(Named(room="3-2-501", name="老张", relation="邻居", said_by="张秀兰"), CLERK)


@given(st.permutations([0, 1, 2]))
def test_two_desks_end_one_permission(order: list[int]) -> None:
    said = [Named(room="3-2-501", name="老张", relation="邻居", said_by="张秀兰"), Ended(why="一"), Ended(why="二")]
    entries = [entry(n, event, n) for n, event in enumerate(said)]
    record = fold(Proxy, "s", [entries[n] for n in order])
    assert isinstance(record, Proxy) and (record.why, record.doubt) == ("一", "")


# ── a shelf ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_shelf_is_held_against_the_book(store: Store, papers: list[Slip]) -> None:
    first, second = take(store, shelf=2, layer=1), take(store, shelf=2, layer=2, waybill=WAYBILL)
    third = take(store, shelf=2, layer=3)
    elsewhere, gone = take(store, shelf=22, layer=1), take(store, shelf=2, layer=1)
    store.act(Collected(proof="熟识"), CLERK, gone.id)
    store.act(ReturnChosen(reason="住户拒收"), CLERK, third.id)
    del papers[:]
    seen = (first.code, f"{second.number}.7Q3F", elsewhere.code, gone.code, "不认识", first.code)
    record = store.act(Counted(shelf=2, seen=seen), GUARD).record
    assert isinstance(record, Stocktake)
    assert (record.expected, record.counted, record.right) == (3, 5, False)
    assert (record.missing, record.misplaced) == (third.code, elsewhere.code)
    assert record.extra == f"{gone.code} 已取、不认识 没有记录"
    text = printed(papers[0])
    for fact in ("盘点单", "2 架", "3 件", "5 件", "缺 1 件", "多 2 件", "错位 1 件", third.code):
        assert fact in text
    del papers[:]
    assert [one.code for one in _shelf(store, 22)] == [elsewhere.code]
    right = store.act(Counted(shelf=22, seen=(elsewhere.code,)), CLERK).record
    assert isinstance(right, Stocktake) and right.right and not papers


def _shelf(store: Store, shelf: int) -> list[Parcel]:
    with store.read() as read:
        return list(stocktakes.on_shelf(read, shelf))


def test_a_shelf_nobody_scanned_is_not_counted(store: Store) -> None:
    take(store, shelf=2)
    with pytest.raises(Refused, match="账上这一架有 1 件，还一件都没有扫"):
        store.act(Counted(shelf=2), CLERK)
    empty = store.act(Counted(shelf=9), CLERK).record
    assert isinstance(empty, Stocktake) and empty.right


def test_a_long_list_of_faults_is_cut(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stocktakes, "NAMED", 2)
    record = store.act(Counted(shelf=2, seen=("甲", "乙", "丙", "丁")), CLERK).record
    assert isinstance(record, Stocktake) and record.extra == "甲 没有记录、乙 没有记录、另 2 件"


# ── notices ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_must_be_told_and_who_was(store: Store, clock: Clock, papers: list[Slip]) -> None:
    one, two = take(store), take(store)
    take(store, room="3-2-502", consented=True)
    take(store, room="公共-物业办公室")
    clock.at = NOON + timedelta(days=2, hours=1)
    with store.read() as read:
        assert notice_rounds.counts(read, clock.at) == {1: 2, 3: 0, 7: 0}
        due = notice_rounds.due(read, 1, clock.at)
        assert [(found.room, found.codes, found.days) for found in due] == [
            ("3-2-501", (one.code, two.code), 2), ("3-2-502", ("2-3-0003",), 2),
        ]  # fmt: skip
        assert due[0].phones == (("张秀兰", "13700009999"),)
        doors = notice_rounds.door_slips(read, 1, clock.at)
    del papers[:]
    store.act(ListMade(days=1, rooms=("3-2-501", "3-2-502")), CLERK)
    assert papers[0].money, "a guard could look it up among the slips"
    text = printed(papers[0])
    for fact in ("电话通知名单", "3-2-501", "张秀兰 13700009999", "没有登记电话", "用完请碎掉"):
        assert fact in text
    del papers[:]
    store.act_all(doors, CLERK)
    assert [slip.title for slip in papers] == ["取件通知", "取件通知"]
    text = printed(papers[0])
    assert one.code in text and two.code in text and "2 件" in text and "张" not in text and "3-2-501" not in text
    with store.read() as read:
        assert notice_rounds.due(read, 1, clock.at) == []
        clock.at += timedelta(hours=9)
        assert len(notice_rounds.due(read, 1, clock.at)) == 2


def test_a_list_of_nobody_is_not_printed_and_not_by_guards(store: Store) -> None:
    with pytest.raises(Refused, match="没有要打电话的住户"):
        store.act(ListMade(days=1, rooms=()), CLERK)
    with pytest.raises(Refused, match="岗位"):
        store.act(ListMade(days=1, rooms=("3-2-501",)), GUARD)


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_household_in_one_line(store: Store) -> None:
    store.act(PersonRegistered(uid="p2", name="王磊", phone="13812349999", care="独居"), MANAGER)
    store.act(HomeBegan(room="3-2-502", person="p2"), MANAGER)
    with store.read() as read:
        told = [parcel_rooms.about(read, room).told for room in ("3-2-501", "3-2-502", "3-2-503", "公共-门岗", "9-9-9")]
        assert told == ["张*兰  同意代收", "王*  每次代收都要问  ♥ 送上门", "! 不同意代收", "", ""]
        assert parcel_rooms.by_tail(read, "9999") == [("3-2-501", "张秀兰"), ("3-2-502", "王磊")]
        assert parcel_rooms.by_tail(read, "0000") == []


# ── the other paper ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_courier_signs_for_what_goes_back(store: Store, papers: list[Slip]) -> None:
    two = [take(store, waybill=WAYBILL, courier="顺丰"), take(store, courier="顺丰")]
    del papers[:]
    store.act_all(parcels.together(two, Returned(reason="住户拒收", courier="小李")), CLERK)
    (slip,) = papers
    text = printed(slip)
    for fact in ("退件交接单", "顺丰", "小李", "2 件", "7712", "无单", two[0].code, two[1].code, "快递员签字", "住户拒收"):
        assert fact in text
    assert WAYBILL not in text and "3-2-501" not in text


def test_dear_things_are_looked_at_before_they_are_signed_for(store: Store, papers: list[Slip]) -> None:
    dear, plain_one = take(store, special="贵重", consented=True), take(store)
    del papers[:]
    store.act_all(parcels.collect_all([dear, plain_one], Collected(proof="熟识")), CLERK)
    assert f"{dear.code} 请当面验看外观后签字" in printed(papers[0]).replace("\n", "")
    store.act(Collected(proof="熟识"), CLERK, take(store).id)
    assert "验看" not in printed(papers[-1])


def test_a_search_has_a_list_of_places(store: Store, papers: list[Slip]) -> None:
    from desk.parcels import Troubled

    subject = store.act(TAKEN, CLERK).record.id
    store.act(Troubled(sort="找不到", note="架上没有"), CLERK, subject)
    text = printed(papers[-1])
    for fact in ("查找单", "2-5-0001", "7712", "[ ] 地面大件区", "24 小时"):
        assert fact in text
    for kept in ("张秀兰", "3-2-501", WAYBILL):
        assert kept not in text


def test_a_door_slip_of_one_is_as_it_was(store: Store, papers: list[Slip], make_one: Callable[[], str]) -> None:
    store.act(Notified(way="门贴"), CLERK, make_one())
    assert "共" not in printed(papers[-1])


@pytest.fixture
def make_one(store: Store) -> Callable[[], str]:
    return lambda: store.act(TAKEN, CLERK).record.id


def test_a_parcel_of_no_round_asks_for_none(store: Store) -> None:
    assert store.act(taken(), CLERK).record.doubt == ""
    assert TakenIn.model_fields["batch"].default == "" and fields.wall() == NOON
