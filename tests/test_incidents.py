"""Incidents: written at once by anybody, told afterwards, joined where two desks pressed at once, closed by a supervisor."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.file import raw
from data.records import Actor, Event, Refused, fold_whole, values
from data.store import Store
from desk import find, incidents, staff
from desk.config import Config
from desk.emergencies import GATE, HINTS, SORTS, Sort, address, advice
from desk.handovers import HandoverSigned
from desk.incident_events import Checked, Closed, Corrected, Joined, Opened, Parted, Placed, Told
from desk.incidents import Incident, IncidentLine, IncidentVisit
from desk.visits import Arrived
from printers.slip import Slip
from tests.conftest import MANAGER
from tests.jobs import entry
from tests.nights import CLERK, EVERYBODY, GUARD, NIGHT, PHONE, Clock, exchange, printed

OPENED = Opened(sort="救护")
CAME, SAID = Told(step="到场"), Told(step="情况", text="老人摔倒，意识清楚")
EVENTS: dict[str, Event] = {
    "地点": Placed(place="3栋门口"),
    "记一笔": SAID,
    "更正": Corrected(text="按错了，是燃气", sort="燃气"),
    "并案": Joined(into="other"),
    "撤销并案": Parted(why="不是同一件"),
    "结案": Closed(result="已送医"),
}
PATHS = {"处理中": (), "已并案": ("并案",), "已结案": ("结案",)}
ALLOWED = {
    ("处理中", "地点"): "处理中", ("处理中", "记一笔"): "处理中", ("处理中", "更正"): "处理中", ("处理中", "并案"): "已并案",
    ("处理中", "结案"): "已结案", ("已并案", "更正"): "已并案", ("已并案", "撤销并案"): "处理中", ("已结案", "更正"): "已结案",
}  # fmt: skip


@pytest.fixture
def store(night_desks: Callable[[str], Store]) -> Store:
    return night_desks("A")


def kept(store: Store, subject: str) -> Incident:
    with store.read() as read:
        found = read.get(Incident, subject)
    assert found is not None
    return found


def told(store: Store, subject: str) -> list[tuple[str, str, str]]:
    with store.read() as read:
        record = read.get(Incident, subject)
        assert record is not None
        return [(one.at[11:], one.step, one.text) for one in incidents.lines(read, record)]


def folded(*said: Event, personal: bool = True) -> Incident:
    whole = fold_whole(Incident, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert whole is not None and isinstance(whole[0], Incident)
    return whole[0]


def step(store: Store, subject: str, word: str, other: str) -> Incident:
    event = Joined(into=other) if word == "并案" else EVENTS[word]
    record = store.act(event, MANAGER, subject).record
    assert isinstance(record, Incident)
    return record


# ── at once ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", EVERYBODY.values(), ids=list(EVERYBODY))
@pytest.mark.parametrize("sort", get_args(Sort))
def test_anybody_writes_it_at_once_with_nothing_but_its_sort(store: Store, by: Actor, sort: Sort) -> None:
    record = store.act(Opened(sort=sort), by).record
    assert isinstance(record, Incident)
    assert (record.number, record.sort, record.state, record.opened_at[:16]) == ("A1", sort, "处理中", "2026-11-20T23:10")
    assert told(store, record.id) == [("23:10", sort, "")]


def test_parcels_open_one_with_its_room(store: Store) -> None:
    record = store.act(Opened(sort="误领", room="3-2-501", text="2-5-0318 被人拿错"), CLERK).record
    assert isinstance(record, Incident) and incidents.called(record) == "误领 3-2-501"
    with pytest.raises(Refused) as caught:
        store.act(Opened(sort="误领", room="9-9-999"), CLERK)
    assert caught.value.field == "room"
    with pytest.raises(ValidationError):
        Opened.model_validate({"sort": "打架"})


@pytest.mark.parametrize("sort", get_args(Sort))
def test_the_glass_says_whom_to_ring_where_to_come_and_what_to_do(sort: Sort) -> None:
    config = Config(estate="明强小区", phone="8888 1234", address="民主路 88 号", lift="400-810-1234", gas="96777")
    found = advice(sort, config, "3栋2单元")
    numbers = {"救护": "120", "消防": "119", "110": "110", "困人": "400-810-1234", "燃气": "96777", "其他": "110"}
    if sort == "误领":
        assert not found.ring and any("追回" in line for line in found.do)
        return
    assert found.ring[0][1] == numbers[sort]
    assert found.say[0] == "我在民主路 88 号明强小区3栋2单元，电话 8888 1234" and GATE in found.do
    assert sort in HINTS


def test_without_settings_something_can_still_be_said() -> None:
    plain = Config(estate="明强小区")
    assert address(plain) == "明强小区" == address(plain.model_copy(update={"address": "明强小区"}))
    for sort in SORTS:
        found = advice(sort, plain)
        assert found.ring and "〈几栋几单元几楼〉" in found.say[0]


# ── told ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_stand_in_the_order_they_happened(store: Store, clock: Clock) -> None:
    subject = store.act(OPENED, GUARD).record.id
    clock.at = NIGHT + timedelta(minutes=30)
    store.act(Placed(place="3栋门口"), GUARD, subject)
    store.act(Told(step="到场", at="2026-11-20T23:21"), GUARD, subject)
    store.act(SAID, GUARD, subject)
    store.act(Told(step="情况", text="先叫了 120", at="2026-11-20T23:05"), CLERK, subject)
    store.act(Told(step="离开"), GUARD, subject)
    assert told(store, subject) == [
        ("23:05", "情况", "先叫了 120"), ("23:10", "救护", ""), ("23:21", "到场", ""), ("23:40", "地点", "3栋门口"),
        ("23:40", "情况", "老人摔倒，意识清楚"), ("23:40", "离开", ""),
    ]  # fmt: skip
    record = kept(store, subject)
    assert (record.came, incidents.called(record)) == ("2026-11-20T23:21", "救护 3栋门口")
    assert incidents.minutes(record, NIGHT + timedelta(minutes=30, seconds=30)) == 30


def test_the_visit_and_the_rooms_it_concerns_are_named(store: Store) -> None:
    visit = store.act(Arrived(room="3-2-501", category="访友", confirmed_by="电话已同意", name="王先生"), GUARD).record
    subject = store.act(Opened(sort="110"), GUARD).record.id
    with store.read() as read:
        assert incidents.visit_meant(read, "a1.7K3F") == visit.id and incidents.visit_meant(read, "") == ""
        with pytest.raises(Refused) as caught:
            incidents.visit_meant(read, "A99")
    assert caught.value.field == "visit"
    for _ in range(2):
        store.act(Told(step="涉及", visit=visit.id, room="3-2-501"), GUARD, subject)
    with store.read() as read:
        assert [one.number for one in incidents.visits_of(read, kept(store, subject))] == ["A1"]
        rows = read.connection().exec_driver_sql("SELECT owner, n, visit FROM incident_visit").fetchall()
    assert [tuple(row) for row in rows] == [(subject, 0, visit.id)]
    assert Incident.tables() == (IncidentLine, IncidentVisit)


@pytest.mark.parametrize(
    ("event", "field"),
    [(Told(step="情况"), "text"), (Told(step="处理", text="好"), "text"), (Told(step="涉及"), "room"),
     (Told(step="到场", at="2026-11-20T23:11"), "at"), (Told(step="涉及", room="9-9-999"), "room"),
     (Told(step="涉及", visit="nobody"), "visit"), (Placed(), "place"), (Placed(room="9-9-999"), "room")],
)  # fmt: skip
def test_what_says_nothing_or_cannot_be_is_refused(store: Store, event: Event, field: str) -> None:
    subject = store.act(OPENED, GUARD).record.id
    with pytest.raises(Refused) as caught:
        store.act(event, GUARD, subject)
    assert caught.value.field == field and len(told(store, subject)) == 1


# ── what may follow what ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("word", EVENTS)
def test_every_event_from_every_state(store: Store, state: str, word: str) -> None:
    other = store.act(OPENED, CLERK).record.id
    subject = store.act(OPENED, GUARD).record.id
    for before in PATHS[state]:
        step(store, subject, before, other)
    if (state, word) not in ALLOWED:
        with pytest.raises(Refused, match="A2"):
            step(store, subject, word, other)
        assert kept(store, subject).state == state
        return
    record = step(store, subject, word, other)
    assert (record.state, record.doubt) == (ALLOWED[state, word], "")
    assert bool(record.into) is (record.state == "已并案") and bool(record.closed_at) is (record.state == "已结案")


@pytest.mark.parametrize("by", EVERYBODY.values(), ids=list(EVERYBODY))
@pytest.mark.parametrize("word", EVENTS)
def test_a_supervisor_corrects_joins_and_closes_and_everybody_adds(store: Store, by: Actor, word: str) -> None:
    other = store.act(OPENED, CLERK).record.id
    subject = store.act(OPENED, GUARD).record.id
    if word == "撤销并案":
        store.act(Joined(into=other), MANAGER, subject)
    event = Joined(into=other) if word == "并案" else EVENTS[word]
    if by is MANAGER or word in ("地点", "记一笔"):
        store.act(event, by, subject)
        return
    with pytest.raises(Refused, match="岗位"):
        store.act(event, by, subject)


def test_what_cannot_be_joined(store: Store) -> None:
    first, second, third = (store.act(OPENED, GUARD).record.id for _ in range(3))
    for into in (first, "nobody"):
        with pytest.raises(Refused, match="请选"):
            store.act(Joined(into=into), MANAGER, first)
    store.act(Joined(into=second), MANAGER, first)
    with pytest.raises(Refused, match="自己已经并案"):
        store.act(Joined(into=first), MANAGER, third)
    with pytest.raises(Refused, match="反过来"):
        store.act(Joined(into=third), MANAGER, second)
    with pytest.raises(Refused, match="已并到 A2，请记到那一件里"):
        store.act(CAME, GUARD, first)
    with store.read() as read:
        assert [one.id for one in incidents.open_incidents(read)] == [second, third]
        assert [one.number for one in incidents.joined_to(read, kept(store, second))] == ["A1"]


# ── two desks apart ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "state", "doubt"),
    [
        (("结案", "结案"), "已结案", ""),
        (("结案", "并案"), "已结案", "并案"),
        (("并案", "结案"), "已结案", "结案"),
        (("并案", "并案"), "已并案", ""),
        (("结案", "记一笔"), "已结案", "又有记录"),
        (("并案", "地点"), "已并案", "又有记录"),
        (("结案", "更正"), "已结案", ""),
        (("结案", "撤销并案"), "已结案", "撤销并案"),
        (("撤销并案",), "处理中", ""),
        (("并案", "撤销并案", "结案"), "已结案", ""),
    ],
)
def test_what_two_desks_say_apart_leads_to_one_state(said: tuple[str, ...], state: str, doubt: str) -> None:
    record = folded(OPENED, *(EVENTS[word] for word in said))
    assert record.state == state and (doubt in record.doubt if doubt else not record.doubt)


def test_two_ends_and_two_targets_make_somebody_look() -> None:
    assert "两处都结案" in folded(OPENED, EVENTS["结案"], Closed(result="误报")).doubt
    record = folded(OPENED, EVENTS["并案"], Joined(into="third"))
    assert record.into == "other" and "并案" in record.doubt
    assert "登记了两次" in folded(OPENED, Opened(sort="消防")).doubt
    assert (
        folded(OPENED, Told(step="到场", at="2026-11-20T12:30"), Told(step="到场", at="2026-11-20T12:20")).came[11:] == "12:20"
    )


STEPS = st.lists(st.tuples(st.sampled_from([OPENED, CAME, *EVENTS.values()]), st.integers(0, 5)), max_size=8)


@given(STEPS, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(OPENED, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold_whole(Incident, "s", entries), fold_whole(Incident, "s", shuffled)
    assert one is not None and other is not None
    assert [values(row) for row in (one[0], *one[1])] == [values(row) for row in (other[0], *other[1])]
    record = one[0]
    assert isinstance(record, Incident) and record.state in incidents.LINE
    assert bool(record.into) is (record.state == "已并案") and bool(record.closed_at) is (record.state == "已结案")


def test_two_desks_that_press_at_once_have_two_that_are_joined(night_desks: Callable[[str], Store]) -> None:
    here, there = night_desks("A"), night_desks("B")
    one, two = here.act(OPENED, GUARD).record.id, there.act(OPENED, CLERK).record.id
    exchange(here, there)
    for desk in (here, there):
        with desk.read() as read:
            assert {found.id for found in incidents.open_incidents(read)} == {one, two}
            assert not any(found.doubt for found in incidents.open_incidents(read))
    here.act(Joined(into=one), MANAGER, two)
    exchange(here, there)
    for desk in (here, there):
        with desk.read() as read:
            assert [found.id for found in incidents.open_incidents(read)] == [one]


def test_two_that_were_joined_to_each_other_are_not_lost(night_desks: Callable[[str], Store]) -> None:
    here, there = night_desks("A"), night_desks("B")
    one, two = here.act(OPENED, GUARD).record.id, here.act(OPENED, CLERK).record.id
    exchange(here, there)
    here.act(Joined(into=one), MANAGER, two)
    there.act(Joined(into=two), MANAGER, one)
    exchange(here, there)
    for desk in (here, there):
        with desk.read() as read:
            assert [found.id for found in incidents.open_incidents(read)] == [one, two]
    here.act(Parted(why="并错了"), MANAGER, one)
    exchange(here, there)
    for desk in (here, there):
        with desk.read() as read:
            assert [(found.id, found.state) for found in incidents.open_incidents(read)] == [(one, "处理中")]
        assert desk.check()[1] == []


def test_a_line_written_without_knowing_of_the_end_is_looked_at_and_settled(night_desks: Callable[[str], Store]) -> None:
    here, there = night_desks("A"), night_desks("B")
    subject = here.act(OPENED, GUARD).record.id
    exchange(here, there)
    here.act(EVENTS["结案"], MANAGER, subject)
    there.act(SAID, GUARD, subject)
    exchange(here, there)
    assert kept(here, subject).model_dump() == kept(there, subject).model_dump()
    doubt = kept(there, subject).doubt
    assert doubt and told(here, subject) == told(there, subject)
    there.act(Checked(doubt=doubt, found="补看过了，不影响结案"), CLERK, subject)
    exchange(here, there)
    assert kept(here, subject).doubt == ""


def test_erased_words_leave_an_incident_that_still_folds(store: Store) -> None:
    record = folded(OPENED, EVENTS["地点"], SAID, EVENTS["结案"], personal=False)
    assert (record.sort, record.place, record.state, record.result) == ("救护", "", "已结案", "已删除")
    subject = store.act(Opened(sort="110", text="张敏报的"), GUARD).record.id
    for event in (SAID, EVENTS["地点"], EVENTS["更正"], EVENTS["结案"]):
        store.act(event, MANAGER, subject)
    with store.read() as read:
        stored = b"".join(one.stored for one in journal.history(raw(read.connection()), subject)).decode()
    for words in ("张敏", "老人", "3栋门口", "按错了", "已送医"):
        assert words not in stored


# ── paper, search, next shift ──────────────────────────────────────────────────────────────────────────────────────


def test_the_sheet_says_it_minute_by_minute_and_is_signed(store: Store, clock: Clock, papers: list[Slip]) -> None:
    visit = store.act(Arrived(room="3-2-501", category="访友", confirmed_by="电话已同意", name="王先生"), GUARD).record
    other = store.act(OPENED, CLERK).record.id
    subject = store.act(OPENED, GUARD).record.id
    papers.clear()
    clock.at = NIGHT + timedelta(minutes=12)
    for event in (EVENTS["地点"], CAME, SAID, Told(step="涉及", visit=visit.id, room="3-2-501")):
        store.act(event, GUARD, subject)
    store.act(Joined(into=subject), MANAGER, other)
    assert papers == []
    store.act(EVENTS["结案"], MANAGER, subject)
    (slip,) = papers
    assert (slip.kind, slip.title, slip.money) == ("incident", "事件记录", False)
    for columns in (24, 32, 48):
        flat = "".join(printed(slip, columns).split())
        for words in ("单号A3", "已结案", "救护", "3栋门口", "11-2023:10", "11-2023:22", "到场", "意识清楚", "并案A2",
                      "访客单A1", "记录人签字", "主管签字", "已送医"):  # fmt: skip
            assert words in flat, (columns, words)
        assert PHONE not in flat and "王先生" not in flat


def test_its_number_is_found_and_the_next_shift_is_told(store: Store, papers: list[Slip]) -> None:
    subject = store.act(Opened(sort="困人", place="3栋电梯"), GUARD).record.id
    taker = staff.join(store, "李敏", staff.CASHIER, "246813")
    with store.read() as read:
        (found,) = find.search(read, "A1", GUARD)
    assert (found.place, found.record, found.title) == ("events", subject, "A1 突发事件 困人 处理中")
    done = store.act(HandoverSigned(taken_by=taker), CLERK)
    assert done.entry.body["counts"]["incidents"] == 1
    assert "A1困人3栋电梯23:10" in "".join(printed(papers[-1]).split())
    store.act(EVENTS["结案"], MANAGER, subject)
    done = store.act(HandoverSigned(taken_by=taker), CLERK)
    assert "incidents" not in done.entry.body.get("counts", {})
