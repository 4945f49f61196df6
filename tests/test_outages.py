"""Outages: who may announce what, to whom it is told, when three repairs are one outage, and what hangs on the doors."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.file import raw
from data.records import ERASED, Actor, Event, Refused, fold
from data.store import Store
from desk import find, household, outages, places, repairs, staff
from desk import proposals as looks_like
from desk.handovers import HandoverSigned
from desk.outages import Announced, Checked, Corrected, Ended, Outage, Withdrawn
from desk.repairs import Cancelled, Reported
from printers.slip import Slip, layout
from tests.conftest import MANAGER
from tests.jobs import entry
from tests.nights import CLERK, GUARD, NIGHT, Clock, exchange, printed

SAY = "正在抢修，请先存一点水"
SUDDEN = Announced(category="水", place="3栋", say=SAY, until="2026-11-21T02:00")
PLANNED = Announced(
    category="水", place="3栋2单元 11栋", planned=True, begin="2026-11-22T09:00", until="2026-11-22T12:00", say="请提前存水"
)
EVENTS: dict[str, Event] = {
    "更正": Corrected(until="2026-11-21T04:00", say="还要两个小时"),
    "恢复": Ended(),
    "取消": Withdrawn(reason="登记错了"),
}
PATHS = {"进行中": (), "已恢复": ("恢复",), "已取消": ("取消",)}
ALLOWED = {("进行中", "更正"): "进行中", ("进行中", "恢复"): "已恢复", ("进行中", "取消"): "已取消"}


@pytest.fixture
def store(night_desks: Callable[[str], Store]) -> Store:
    return night_desks("A")


def kept(store: Store, subject: str) -> Outage:
    with store.read() as read:
        found = read.get(Outage, subject)
    assert found is not None
    return found


def folded(*said: Event, personal: bool = True) -> Outage:
    record = fold(Outage, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert isinstance(record, Outage)
    return record


def report(store: Store, room: str = "3-1-101", category: str = "下水", by: Actor = CLERK) -> str:
    said = {"room": room, "category": category, "problem": "马桶堵了", "reporter": "张阿姨", "again": True}
    return store.act(Reported.model_validate(said), by).record.id


# ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "kept_as", "inside", "outside"),
    [
        ("3", "3栋", "3-1-101", "33-1-101"),
        ("3栋", "3栋", "3-2-501", "13-1-101"),
        ("３号楼", "3栋", "3-2-501", "公共-电梯3"),
        ("3-2", "3栋2单元", "3-2-501", "3-1-101"),
        ("03幢02单元", "3栋2单元", "3-2-501", "3-21-101"),
        ("5#2单元，11栋", "5栋2单元、11栋", "11-1-101", "5-1-101"),
        ("3栋 3栋", "3栋", "3-1-101", "商铺-1"),
        ("商铺", "商铺", "商铺-12", "3-1-101"),
        ("3栋 全部", "全小区", "公共-电梯3", ""),
        ("A座", "A栋", "A-1-101", "B-1-101"),
    ],
)
def test_a_place_in_any_writing(typed: str, kept_as: str, inside: str, outside: str) -> None:
    assert places.where(typed) == kept_as == places.where(kept_as)
    assert places.touches(kept_as, inside)
    assert not outside or not places.touches(kept_as, outside)


@pytest.mark.parametrize("typed", ["", " 、", "3-2-501", "电梯", "3栋2", "楼上"])
def test_what_is_no_place_is_said(typed: str) -> None:
    if typed == "3栋2":  # the unit's word may be left out
        assert places.where(typed) == "3栋2单元"
        return
    with pytest.raises(ValueError, match="例如 3栋"):
        places.where(typed)


@pytest.mark.parametrize(
    ("one", "other", "shared", "in_it"),
    [
        ("3栋", "3栋2单元", True, False),
        ("3栋2单元", "3栋", True, True),
        ("3栋2单元", "3栋1单元", False, False),
        ("3栋", "13栋", False, False),
        ("全小区", "3栋", True, False),
        ("3栋、11栋", "全小区", True, True),
        ("3栋、11栋", "11栋", True, False),
    ],
)
def test_places_that_share_rooms(one: str, other: str, shared: bool, in_it: bool) -> None:
    assert places.overlap(one, other) is places.overlap(other, one) is shared
    assert places.within(one, other) is in_it


def test_units_come_from_the_register(store: Store) -> None:
    with store.read() as read:
        assert places.staircases(read) == ["3栋1单元", "3栋2单元", "11栋1单元"]
        assert places.staircases(read, "3栋2单元、11栋") == ["3栋2单元", "11栋1单元"]
        assert places.staircases(read, "9栋") == []


# ── announcing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value"),
    [("category", "停水"), ("place", ""), ("place", "楼上"), ("say", "好"), ("say", "好" * 201), ("until", "晚上"),
     ("until", "2026-11-20T20:00"), ("begin", "早上"), ("doors", tuple(["3栋"] * 100))],
)  # fmt: skip
def test_a_wrong_field_is_refused_beside_it(field: str, value: Any) -> None:
    said = {"category": "水", "place": "3栋", "say": SAY, "begin": "2026-11-20T21:00"}
    with pytest.raises(ValidationError) as caught:
        Announced.model_validate(said | {field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"place": "9栋"}, "place"), ({"place": "3栋、3栋7单元"}, "place"), ({"until": "2026-11-20T23:10"}, "until"),
     ({"doors": ("11栋1单元",)}, "doors")],
)  # fmt: skip
def test_what_the_register_and_the_clock_refuse(store: Store, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        store.act(SUDDEN.model_copy(update=change), CLERK)
    assert caught.value.field == field


def test_what_is_not_said_begins_now_and_ends_nobody_knows_when(store: Store) -> None:
    record = store.act(SUDDEN.model_copy(update={"until": ""}), CLERK).record
    assert isinstance(record, Outage)
    assert (record.number, record.begin, record.until, record.state) == ("A1", "2026-11-20T23:10", "", "进行中")
    assert "恢复时间待定" in outages.told(record, NIGHT)


def test_one_thing_is_announced_once(store: Store) -> None:
    store.act(SUDDEN, CLERK)
    for place in ("3栋1单元", "全小区"):
        with pytest.raises(Refused, match="已经登记了 A1"):
            store.act(SUDDEN.model_copy(update={"place": place}), CLERK)
    # Another thing, another place, and the work planned for the day after are no second time.
    for other in (SUDDEN.model_copy(update={"category": "电"}), SUDDEN.model_copy(update={"place": "11栋"}), PLANNED):
        store.act(other, CLERK)


@pytest.mark.parametrize("hour", [6, 12, 21, 22, 23, 0, 5])
@pytest.mark.parametrize("said", [SUDDEN, PLANNED], ids=["sudden", "planned"])
def test_a_guard_announces_what_is_sudden_at_night(store: Store, clock: Clock, hour: int, said: Announced) -> None:
    clock.at = NIGHT.replace(hour=hour) - timedelta(days=1)
    allowed = said is SUDDEN and (hour >= 22 or hour < 6)
    if not allowed:
        with pytest.raises(Refused, match="门岗夜里"):
            store.act(said, GUARD)
        return
    subject = store.act(said, GUARD).record.id
    store.act(EVENTS["更正"], GUARD, subject)
    with pytest.raises(Refused, match="岗位"):
        store.act(EVENTS["取消"], GUARD, subject)
    clock.at = NIGHT.replace(hour=12)
    with pytest.raises(Refused, match="门岗夜里"):
        store.act(EVENTS["恢复"], GUARD, subject)
    assert store.act(EVENTS["恢复"], CLERK, subject).record.doubt == ""


# ── what comes after ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("word", EVENTS)
def test_every_event_from_every_state(store: Store, state: str, word: str) -> None:
    subject = store.act(SUDDEN, CLERK).record.id
    for step in PATHS[state]:
        store.act(EVENTS[step], CLERK, subject)
    if (state, word) not in ALLOWED:
        with pytest.raises(Refused, match=f"A1 {state}.*请新登记"):
            store.act(EVENTS[word], CLERK, subject)
        assert kept(store, subject).state == state
        return
    record = store.act(EVENTS[word], CLERK, subject).record
    assert isinstance(record, Outage)
    assert (record.state, record.doubt) == (ALLOWED[state, word], "")
    assert (outages.next_step(record) is Ended) is (record.state == "进行中")


def test_a_correction_changes_what_it_says_and_nothing_else(store: Store) -> None:
    subject = store.act(SUDDEN, CLERK).record.id
    record = store.act(Corrected(until=""), CLERK, subject).record
    assert isinstance(record, Outage)
    assert (record.until, record.say, record.place) == ("", SAY, "3栋")
    store.act(Corrected(place="3栋1单元", say="一单元还没好"), CLERK, subject)
    record = kept(store, subject)
    assert (record.until, record.say, record.place, record.category) == ("", "一单元还没好", "3栋1单元", "水")


@pytest.mark.parametrize(
    ("event", "field"),
    [(Corrected(place="9栋"), "place"), (Corrected(until="2026-11-20T23:10"), "until"),
     (Corrected(place="3栋1单元", doors=("3栋2单元",)), "doors"), (Ended(at="2026-11-20T23:09"), "at"),
     (Ended(at="2026-11-20T23:11"), "at"), (Ended(doors=("11栋1单元",)), "doors")],
)  # fmt: skip
def test_what_does_not_fit_is_refused(store: Store, event: Event, field: str) -> None:
    subject = store.act(SUDDEN, CLERK).record.id
    with pytest.raises(Refused) as caught:
        store.act(event, CLERK, subject)
    assert caught.value.field == field and kept(store, subject).state == "进行中"


def test_work_that_has_not_begun_is_not_over(store: Store) -> None:
    subject = store.act(PLANNED, CLERK).record.id
    with pytest.raises(Refused, match="才开始"):
        store.act(Ended(), CLERK, subject)
    assert store.act(Withdrawn(reason="改期"), CLERK, subject).record.doubt == ""


def test_it_is_late_only_while_it_stands(store: Store, clock: Clock) -> None:
    subject = store.act(SUDDEN, CLERK).record.id
    clock.at = NIGHT + timedelta(hours=3)
    record = kept(store, subject)
    assert outages.overdue(record, clock.at) and "! 已过预计" in outages.span(record, clock.at)
    store.act(Ended(at="2026-11-21T01:30"), CLERK, subject)
    record = kept(store, subject)
    assert record.ended_at == "2026-11-21T01:30" and not outages.overdue(record, clock.at)


# ── two desks apart ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "state", "doubt"),
    [
        (("恢复", "恢复"), "已恢复", ""),
        (("取消", "取消"), "已取消", ""),
        (("恢复", "取消"), "已恢复", "恢复以后又登记取消"),
        (("取消", "恢复"), "已恢复", "取消以后又登记恢复"),
        (("恢复", "更正"), "已恢复", "是不是又停了"),
        (("取消", "更正"), "已取消", "是不是又停了"),
        (("更正", "更正"), "进行中", ""),
    ],
)
def test_what_two_desks_say_apart_leads_to_one_state(said: tuple[str, ...], state: str, doubt: str) -> None:
    record = folded(SUDDEN, *(EVENTS[word] for word in said))
    assert record.state == state and (doubt in record.doubt if doubt else not record.doubt)
    assert record.until == ("2026-11-21T04:00" if state == "进行中" else "2026-11-21T02:00")


def test_announced_twice_under_one_number_stays_as_it_was() -> None:
    record = folded(SUDDEN, PLANNED)
    assert (record.place, record.planned) == ("3栋", False) and "登记了两次" in record.doubt


STEPS = st.lists(st.tuples(st.sampled_from([SUDDEN, PLANNED, *EVENTS.values()]), st.integers(0, 5)), max_size=7)


@given(STEPS, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(SUDDEN, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold(Outage, "s", entries), fold(Outage, "s", shuffled)
    assert one is not None and other is not None and one.model_dump() == other.model_dump()
    assert isinstance(one, Outage) and bool(one.ended_at) is (one.state == "已恢复")


def test_two_desks_apart_end_alike_and_a_person_settles_it(night_desks: Callable[[str], Store]) -> None:
    here, there = night_desks("A"), night_desks("B")
    subject = here.act(SUDDEN, CLERK).record.id
    exchange(here, there)
    here.act(EVENTS["恢复"], CLERK, subject)
    there.act(EVENTS["取消"], CLERK, subject)
    exchange(here, there)
    assert kept(here, subject).model_dump() == kept(there, subject).model_dump()
    record = kept(there, subject)
    assert record.state == "已恢复" and record.doubt
    with pytest.raises(Refused, match="新的情况"):
        here.act(Checked(doubt="别的", found="来过了"), CLERK, subject)
    there.act(Checked(doubt=record.doubt, found="问过班长，确实恢复了"), CLERK, subject)
    exchange(here, there)
    for desk in (here, there):
        assert (kept(desk, subject).doubt, kept(desk, subject).state) == ("", "已恢复")
        with pytest.raises(Refused, match="没有待核对"):
            desk.act(Checked(doubt="x", found="再看一遍"), CLERK, subject)
        assert desk.check()[1] == []


def test_erased_words_leave_an_outage_that_still_folds(store: Store) -> None:
    record = folded(SUDDEN, EVENTS["更正"], EVENTS["取消"], personal=False)
    assert (record.say, record.state, record.place, record.reason) == (ERASED, "已取消", "3栋", ERASED)
    subject = store.act(SUDDEN, CLERK).record.id
    store.act(Withdrawn(reason="张阿姨说没停"), CLERK, subject)
    with store.read() as read:
        stored = b"".join(one.stored for one in journal.history(raw(read.connection()), subject)).decode()
    assert SAY not in stored and "张阿姨" not in stored


# ── told ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", [CLERK, GUARD, MANAGER], ids=lambda by: by.role)
def test_every_household_it_touches_is_told_while_it_stands(store: Store, by: Actor) -> None:
    subject = store.act(SUDDEN.model_copy(update={"place": "3栋1单元"}), CLERK).record.id

    def told(room: str) -> list[str]:
        with store.read() as read:
            lines = household.waiting(household.card(read, room, by), by)
        return [text for label, text, _ in lines if label == "请告知"]

    assert told("3-1-101") == told("3-1-102") == [f"3栋1单元 停水，今天 23:10 起，预计 明天 02:00 恢复。{SAY}"]
    assert told("3-2-501") == told("11-1-101") == []
    store.act(Corrected(place="全小区", say="全停了"), CLERK, subject)
    assert "全停了" in told("11-1-101")[0]
    store.act(EVENTS["恢复"], CLERK, subject)
    assert told("3-1-101") == []


def test_planned_work_is_told_beforehand(store: Store) -> None:
    store.act(PLANNED, CLERK)
    with store.read() as read:
        (found,) = outages.standing(read, "3-2-501")
        assert outages.told(found, NIGHT) == "3栋2单元、11栋 计划停水，11-22 09:00 到 12:00。请提前存水"
        assert outages.told(found, NIGHT + timedelta(hours=1)).startswith("3栋2单元、11栋 计划停水，明天 09:00 到 12:00")
        assert outages.standing(read, "3-1-101") == [] and outages.standing(read, "3-2-501", "电") == []


def test_its_number_is_found_and_the_next_shift_is_told(store: Store, papers: list[Slip]) -> None:
    store.act(SUDDEN, CLERK)
    taker = staff.join(store, "李敏", staff.CASHIER, "246813")
    with store.read() as read:
        (found,) = find.search(read, "a1", GUARD)
        assert (found.place, found.title) == ("events", "A1 公共事件 3栋 进行中")
    done = store.act(HandoverSigned(taken_by=taker), CLERK)
    assert done.entry.body["counts"]["outages"] == 1
    sheet = printed(papers[-1]).replace("\n", "").replace(" ", "")
    assert "■公共事件1件" in sheet and "A13栋停水" in sheet and "突发事件" not in sheet


# ── proposed ───────────────────────────────────────────────────────────────────────────────────────────────────────


def proposals(store: Store, clock: Clock) -> list[str]:
    with store.read() as read:
        return [str(one) for one in looks_like.proposed(read, clock.at)]


def test_three_of_one_kind_in_one_building_within_the_hour_are_one_outage(store: Store, clock: Clock) -> None:
    report(store)
    clock.at = NIGHT + timedelta(minutes=30)
    report(store, "3-1-102")
    report(store, "3-2-501", "电")
    report(store, "11-1-101")
    assert proposals(store, clock) == []
    clock.at = NIGHT + timedelta(minutes=59)
    third = report(store, "3-2-501")
    assert proposals(store, clock) == ["3栋 下水 60 分钟内 3 单"]
    clock.at = NIGHT + timedelta(minutes=61)
    assert proposals(store, clock) == []  # the first is too long ago
    report(store, "3-1-101")
    assert proposals(store, clock) == ["3栋 下水 60 分钟内 3 单"]
    store.act(Cancelled(reason="误报"), CLERK, third)
    assert proposals(store, clock) == []


@pytest.mark.parametrize(
    ("place", "category", "planned", "covers"),
    [("3栋", "下水", False, True), ("3栋2单元", "下水", False, True), ("全小区", "下水", False, True),
     ("11栋", "下水", False, False), ("3栋", "水", False, False), ("3栋", "下水", True, True)],
)  # fmt: skip
def test_what_is_announced_is_not_proposed(
    store: Store, clock: Clock, place: str, category: str, planned: bool, covers: bool
) -> None:
    for room in ("3-1-101", "3-1-102", "3-2-501"):
        report(store, room)
    begin = {"begin": "2026-11-22T09:00", "planned": True} if planned else {}
    store.act(Announced.model_validate({"category": category, "place": place, "say": SAY} | begin), CLERK)
    assert (proposals(store, clock) == []) is covers


def test_work_announced_days_ago_for_tomorrow_hides_no_burst_pipe(store: Store, clock: Clock) -> None:
    clock.at = NIGHT - timedelta(days=1)
    store.act(PLANNED.model_copy(update={"place": "3栋"}), CLERK)
    clock.at = NIGHT
    for room in ("3-1-101", "3-1-102", "3-2-501"):
        report(store, room, "水")
    assert proposals(store, clock) == ["3栋 水 60 分钟内 3 单"]


def test_what_is_public_belongs_to_no_building(store: Store, clock: Clock) -> None:
    for _ in range(4):
        report(store, "公共-电梯3", "电梯")
    assert proposals(store, clock) == []


def test_repairs_belong_to_it_by_kind_place_and_time(store: Store, clock: Clock) -> None:
    clock.at = NIGHT - timedelta(hours=2)
    report(store, "3-1-101", "水")
    clock.at = NIGHT - timedelta(minutes=50)
    first = report(store, "3-1-102", "水")
    clock.at = NIGHT
    subject = store.act(SUDDEN, CLERK).record.id
    second = report(store, "3-2-501", "水")
    report(store, "3-2-501", "电")
    report(store, "11-1-101", "水")
    with store.read() as read:
        assert [one.id for one in outages.linked(read, kept(store, subject))] == [first, second]
    clock.at = NIGHT + timedelta(hours=1)
    store.act(EVENTS["恢复"], CLERK, subject)
    clock.at = NIGHT + timedelta(hours=2)
    report(store, "3-1-102", "水")
    with store.read() as read:
        assert [one.id for one in outages.linked(read, kept(store, subject))] == [first, second]
        assert len(repairs.recent(read)) == 6


# ── paper ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_notice_hangs_on_every_door_in_large_type(store: Store, papers: list[Slip]) -> None:
    subject = store.act(Announced.model_validate(SUDDEN.model_dump() | {"doors": ("3栋1单元", "3-2")}), CLERK).record.id
    (slip,) = papers
    assert (slip.kind, slip.title, slip.copies) == ("door", "停水通知", ("3栋1单元", "3栋2单元"))
    for columns in (32, 48):
        text = printed(slip, columns, slip.copies[1])
        for words in ("停水通知", "（3栋2单元）", "11月20日23:10起", "11月21日02:00", "正在抢修", "单号 A1"):
            assert words in text
        big = {
            row.size for row in layout(slip, columns) if row.kind == "text" and ("抢修" in row.text or "23:10起" in row.text)
        }
        assert 1 not in big
    store.act(Corrected(until="2026-11-21T04:00"), CLERK, subject)
    assert len(papers) == 1  # no doors were named
    store.act(Corrected(say="还要等配件", doors=("3栋1单元",)), CLERK, subject)
    assert "还要等配件" in printed(papers[1]) and "04:00" in printed(papers[1])
    assert papers[1].copies == ("3栋1单元 23:10更正",)
    store.act(Ended(doors=("3栋1单元",)), CLERK, subject)
    assert (papers[2].kind, papers[2].title) == ("restored", "停水恢复通知") and "已恢复" in printed(papers[2])


def test_without_doors_nothing_is_printed(store: Store, papers: list[Slip]) -> None:
    subject = store.act(PLANNED, CLERK).record.id
    for event in (Corrected(say="改说法了"), Withdrawn(reason="改期")):
        store.act(event, CLERK, subject)
    assert papers == []
