"""A parcel's states: every step from every state, what two desks apart make of one parcel, and the proof of whose it is."""

import random
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import journal
from data.file import raw
from data.records import Event, Refused, fold
from data.store import Store
from desk import parcel_lists, parcels
from desk.parcel_refusals import CALLED, POSSIBLE, STEPS
from desk.parcels import (
    STATES,
    Checked,
    Collected,
    Notified,
    Parcel,
    Resolved,
    ReturnChosen,
    Returned,
    Troubled,
    Undone,
)
from desk.proxies import Named
from tests.conftest import MANAGER, Desks, certificate
from tests.jobs import NOON, entry
from tests.parcels import (
    BACK,
    CLERK,
    GUARD,
    HANDED,
    NEXT,
    PATHS,
    TAKEN,
    TOLD,
    WAYBILL,
    Clock,
    folded,
    led,
    maker,
    stopped,
    take,
)

ALLOWED: dict[tuple[str, str], str] = {
    **{(state, "取走"): "已取" for state in ("待取", "送上门", "待退")},
    **{(state, "退件"): "已退" for state in ("待取", "待退")},
    ("待取", "通知"): "待取",
    ("待退", "通知"): "待退",
    ("待取", "撤回"): "已撤回",
    ("待取", "送上门"): "送上门",
    ("送上门", "拿回"): "待取",
    ("待取", "列入退件"): "待退",
    ("待退", "不退了"): "待取",
    ("已取", "误领"): "异常",
    **{(state, word): "异常" for state in ("待取", "送上门", "待退") for word in ("误领", "找不到")},
    ("异常", "追查"): "异常",
    ("异常", "找回"): "待取",
    ("异常", "定已取"): "已取",
    ("异常", "定已退"): "已退",
    ("异常", "赔付"): "赔付",
}
"""Where each step that is allowed leads; every other one is refused."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped(monkeypatch)


@pytest.fixture
def make(desks: Desks, clock: Clock) -> Callable[[str], Store]:
    return maker(desks, clock)


@pytest.fixture
def store(make: Callable[[str], Store]) -> Store:
    return make("A")


def test_the_paths_come_to_every_state() -> None:
    assert set(PATHS) == set(STATES)
    assert set(STEPS) == set(CALLED) == {type(event) for event in NEXT.values()}
    assert set(POSSIBLE) == set(STATES) - {"已取", "已退"}


@pytest.mark.parametrize(("state", "word"), list(product(PATHS, NEXT)))
def test_every_step_from_every_state(store: Store, state: str, word: str) -> None:
    subject = led(store, state)
    if (state, word) in ALLOWED:
        record = store.act(NEXT[word], MANAGER if word == "赔付" else CLERK, subject).record
        assert isinstance(record, Parcel)
        assert (record.state, record.doubt) == (ALLOWED[state, word], "")
        return
    with pytest.raises(Refused, match="2-5-0001"):
        store.act(NEXT[word], MANAGER, subject)


@pytest.mark.parametrize("state", STATES)
def test_what_the_desk_has_is_found_and_what_it_has_not_is_not(store: Store, state: str) -> None:
    subject = led(store, state)
    with store.read() as read:
        assert [one.id for one in parcels.held(read)] == [subject] * (state == "待取")
        assert [one.id for one in parcel_lists.aside(read)] == [subject] * (state in parcels.ASIDE)
        assert [one.id for one in parcels.held(read, "3-2-501")] == [subject] * (state in parcels.GIVABLE)
        assert sum(parcels.counts(read, NOON).values()) == (state == "待取")
        assert parcel_lists.count_aside(read) == ({state: 1} if state in parcels.ASIDE else {})
        record = read.get(Parcel, subject)
    assert record is not None
    assert bool(record.place) is (state in ("待取", "待退")) and bool(record.waits) is (state == "待取")
    assert record.claim.endswith("~") is (state in parcels.PRESENT) is not bool(record.closed_at)
    again = led_again(store)
    assert again is (state not in parcels.PRESENT)


def led_again(store: Store) -> bool:
    """Whether the same waybill can be taken in once more."""
    try:
        store.act(TAKEN, CLERK)
    except Refused as refused:
        assert "已在库" in str(refused) and refused.field == "waybill"
        return False
    return True


@pytest.mark.parametrize("state", STATES)
def test_next_step(state: str) -> None:
    record = folded(TAKEN, *(NEXT[word] for word in PATHS[state]))
    step = Collected if state in parcels.GIVABLE else Resolved if state == "异常" else None
    assert (record.state, parcels.next_step(record)) == (state, step)


# ── two desks apart ────────────────────────────────────────────────────────────────────────────────────────────────

SAID = st.lists(st.tuples(st.sampled_from([TAKEN, *NEXT.values()]), st.integers(0, 5)), max_size=8)


@given(SAID, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order_and_never_raises(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(TAKEN, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold(Parcel, "s", entries), fold(Parcel, "s", shuffled)
    assert isinstance(one, Parcel) and isinstance(other, Parcel)
    assert one.model_dump() == other.model_dump()
    assert one.state in STATES
    assert bool(one.waits) is (one.state == "待取") and one.claim.endswith("~") is (one.state in parcels.PRESENT)
    if any(event is TAKEN for event, _ in said):
        assert one.doubt


@pytest.mark.parametrize("here", [word for word in NEXT if ("待取", word) in ALLOWED])
@pytest.mark.parametrize("there", [word for word in NEXT if ("待取", word) in ALLOWED])
def test_two_desks_apart_do_something_to_one_parcel(here: str, there: str) -> None:
    """Whichever was first by the clock, both desks fold the same; whoever reads it need only look where the two exclude
    each other, and a parcel that left the house is never said to stand there."""
    both = folded(TAKEN, NEXT[here], NEXT[there])
    assert both.state in STATES
    harmless = {"通知"} & {here, there} or (here == there and here not in ("取走", "退件", "送上门"))
    fits = (here, there) in {(one, two) for one, two in product(NEXT, NEXT) if (ALLOWED.get(("待取", one), ""), two) in ALLOWED}
    assert bool(both.doubt) is not bool(harmless or fits)
    if "取走" in (here, there):
        assert both.state in ("已取", "异常")
        assert both.state == "已取" or there == "误领"


def test_one_parcel_given_out_at_two_desks_is_one_state_with_a_doubt_a_person_settles(
    make: Callable[[str], Store], clock: Clock
) -> None:
    here, there = make("A"), make("B")
    subject = here.act(TAKEN, CLERK).record.id

    def exchange() -> list[Parcel]:
        for sender, receiver, chain in ((here, there, "cA"), (there, here, "cB")):
            with sender.read() as read:
                sent = journal.since(raw(read.connection()), chain, 0, 999)
            receiver.receive([certificate(chain, chain[1])], sent)
        found = []
        for desk in (here, there):
            with desk.read() as read:
                record = read.get(Parcel, subject)
                assert record is not None
                found.append(record)
        assert found[0].model_dump() == found[1].model_dump()
        return found

    assert take(there).code == "2-1-1000"
    exchange()
    with pytest.raises(Refused, match="已在库，取件码 2-5-0001"):
        there.act(TAKEN, CLERK)
    here.act(Collected(name="张秀兰", proof="熟识"), CLERK, subject)
    there.act(HANDED, GUARD, subject)
    record = exchange()[0]
    assert (record.state, record.by_whom, record.second) == ("已取", "本人", "家人张敏")
    assert "两处都登记了取走" in record.doubt and "张" not in record.doubt
    with pytest.raises(Refused, match="刚刚又有新的情况"):
        there.act(Checked(doubt="别的", found="问过了"), CLERK, subject)
    there.act(Checked(doubt=record.doubt, found="问过张阿姨，女儿拿走的"), CLERK, subject)
    settled = exchange()[0]
    assert (settled.state, settled.doubt) == ("已取", "")


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(sorted(NEXT))), max_size=6))
def test_whatever_two_desks_do_apart_folds_alike(steps: list[tuple[bool, str]]) -> None:
    """Each desk only does what it is allowed on what it sees; together they fold alike, and only a true clash is doubted."""
    views: dict[bool, list[Any]] = {True: [entry(0, TAKEN, 0)], False: [entry(0, TAKEN, 0)]}
    alone = len({desk for desk, _ in steps}) < 2
    for n, (desk, word) in enumerate(steps, 1):
        seen = fold(Parcel, "s", views[desk])
        assert isinstance(seen, Parcel)
        if (seen.state, word) in ALLOWED:
            views[desk].append(entry(n, NEXT[word], n))
    one, other = fold(Parcel, "s", views[True] + views[False]), fold(Parcel, "s", views[False] + views[True])
    assert one is not None and other is not None and one.model_dump() == other.model_dump()
    if alone:
        assert one.doubt == ""


# ── rules of the steps ─────────────────────────────────────────────────────────────────────────────────────────────


def test_undoing_frees_the_waybill_and_rests_the_code(store: Store, clock: Clock) -> None:
    wrong = store.act(TAKEN, CLERK).record.id
    record = store.act(Undone(), CLERK, wrong).record
    assert isinstance(record, Parcel) and record.state == "已撤回"
    again = store.act(TAKEN, CLERK).record
    assert isinstance(again, Parcel) and again.code == "2-5-0002"


def test_only_who_took_it_in_undoes_it_and_only_for_ten_minutes(store: Store, clock: Clock) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    with pytest.raises(Refused, match="入库的人在 10 分钟内"):
        store.act(Undone(), MANAGER, subject)
    clock.at = NOON + timedelta(minutes=11)
    with pytest.raises(Refused, match="入库的人在 10 分钟内"):
        store.act(Undone(), CLERK, subject)


@pytest.mark.parametrize("event", [Returned(reason="超过七天无人取", courier="小李"), ReturnChosen(reason="超过七天无人取")])
def test_nothing_goes_back_before_two_notices_eight_hours_apart(store: Store, clock: Clock, event: Event) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    for hours in (0, 7):
        clock.at = NOON + timedelta(hours=hours)
        store.act(TOLD, CLERK, subject)
        with pytest.raises(Refused, match="通知两次、相隔 8 小时") as caught:
            store.act(event, CLERK, subject)
        assert caught.value.field == "reason"
    clock.at = NOON + timedelta(hours=8, minutes=1)
    store.act(Notified(way="门贴"), CLERK, subject)
    assert store.act(event, CLERK, subject).record.doubt == ""


@pytest.mark.parametrize("reason", ["住户拒收", "查无此人", "送错小区", "快递员错投"])
def test_what_nobody_here_wants_goes_back_at_once(store: Store, reason: str) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    store.act(Returned(reason=reason, courier="小李"), CLERK, subject)
    another = store.act(TAKEN, CLERK).record.id
    store.act(Returned(reason="快递员要求带回", courier="小李"), MANAGER, another)


def test_a_wrong_hand_over_is_frozen_chased_and_set_right(store: Store, clock: Clock) -> None:
    subject = led(store, "已取")
    clock.at = NOON + timedelta(days=2)
    with pytest.raises(Refused, match="只能登记误领或破损争议"):
        store.act(Troubled(sort="找不到", note="架上没有"), CLERK, subject)
    store.act(NEXT["误领"], GUARD, subject)
    store.act(NEXT["追查"], GUARD, subject)
    with pytest.raises(Refused, match="误领，不能取走；按 F9 了结"):
        store.act(HANDED, CLERK, subject)
    back = store.act(NEXT["找回"], CLERK, subject).record
    assert isinstance(back, Parcel)
    assert (back.state, back.trouble, back.pursued, back.closed_at, back.waits) == ("待取", "", 1, "", back.opened_at)
    store.act(HANDED, CLERK, subject)


def test_a_hand_over_of_long_ago_is_no_longer_pulled_back(store: Store, clock: Clock) -> None:
    subject = led(store, "已取")
    clock.at = NOON + timedelta(days=31)
    with pytest.raises(Refused, match="已过 30 天"):
        store.act(NEXT["误领"], CLERK, subject)


def test_the_supervisor_alone_pays_and_only_after_a_day_of_looking(store: Store, clock: Clock) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    store.act(NEXT["找不到"], CLERK, subject)
    with pytest.raises(Refused, match="主管决定"):
        store.act(NEXT["赔付"], CLERK, subject)
    with pytest.raises(Refused, match="找满 24 小时"):
        store.act(NEXT["赔付"], MANAGER, subject)
    clock.at = NOON + timedelta(hours=24, minutes=1)
    assert store.act(NEXT["赔付"], MANAGER, subject).record.doubt == ""


def test_guards_hand_out_and_say_what_is_wrong_but_decide_nothing(store: Store) -> None:
    for word in ("退件", "撤回", "送上门", "列入退件"):
        with pytest.raises(Refused, match="岗位"):
            store.act(NEXT[word], GUARD, led_new(store))
    subject = led_new(store)
    store.act(NEXT["找不到"], GUARD, subject)
    store.act(NEXT["追查"], GUARD, subject)
    with pytest.raises(Refused, match="岗位"):
        store.act(NEXT["找回"], GUARD, subject)


def led_new(store: Store) -> str:
    """A parcel that waits."""
    return take(store).id


# ── whose it is ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("proof", "shown"),
    [
        ("取件码", "2-5-0001"),
        ("取件码", "0001"),
        ("取件码", "1"),
        ("取件码", "０００１"),
        ("取件码", WAYBILL),
        ("取件码", "a1.7Q3F"),
        ("手机尾号", "9999"),
        ("手机尾号", "13700009999"),
        ("手机尾号", "6677"),
        ("房号+姓名", "张秀兰"),
        ("房号+姓名", "老张"),
        ("熟识", ""),
        ("电话核实", ""),
    ],
)
def test_what_proves_that_somebody_may_have_it(store: Store, proof: str, shown: str) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    store.act(Named(room="3-2-501", name="老张", relation="邻居", tail="13812346677", said_by="张秀兰"), CLERK)
    store.act(Collected.model_validate({"proof": proof, "shown": shown}), GUARD, subject)


@pytest.mark.parametrize(
    ("proof", "shown", "sentence"),
    [
        ("取件码", "", "请住户报取件码"),
        ("取件码", "2-5-0002", "不是要取的这几件的取件码"),
        ("取件码", "7712", "不是要取"),
        ("手机尾号", "", "报手机尾号"),
        ("手机尾号", "1234", "手机尾号和 3-2-501 登记的不一致"),
        ("房号+姓名", "李四", "姓名和 3-2-501"),
        ("房号+姓名", "", "报收件人姓名"),
    ],
)
def test_what_does_not_prove_it_asks_for_a_call(store: Store, proof: str, shown: str, sentence: str) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    take(store, room="3-2-502", consented=True)
    with pytest.raises(Refused, match=sentence) as caught:
        store.act(Collected.model_validate({"proof": proof, "shown": shown}), CLERK, subject)
    assert caught.value.field == "shown"
    if shown:
        assert "电话核实" in str(caught.value)


def test_one_code_proves_all_that_goes_with_it_and_no_other(store: Store) -> None:
    one, two, left = (take(store) for _ in range(3))
    with pytest.raises(Refused, match="不是要取的这几件"):
        store.act_all(parcels.collect_all([one, two], Collected(shown=left.code)), CLERK)
    done = store.act_all(parcels.collect_all([one, two], Collected(shown=two.code)), CLERK)
    assert [parcel.record.state for parcel in done if isinstance(parcel.record, Parcel)] == ["已取", "已取"]


def test_back_and_told_are_said_of_several_at_once(store: Store, papers: list[Any]) -> None:
    two = [take(store), take(store)]
    del papers[:]
    store.act_all(parcels.together(two, Notified(way="门贴")), CLERK)
    store.act_all(parcels.together(two, BACK), CLERK)
    assert [slip.title for slip in papers] == ["取件通知", "退件交接单"]
