"""Visitors: who gets in, who is inside for how long, what is never kept, and what two gates make of one visit."""

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
from desk import fields, staff, visits
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from desk.visits import Arrived, Left, SignedOutBySystem, StayedOver, TurnedAway, Visit
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, Desks, certificate
from tests.jobs import NOON, entry

GUARD = Actor("g1", "老周", staff.GUARD)
PHONE, PLATE = "13800001234", "京A12345"
ID = "11010519491231002X"

GUEST = Arrived(
    room="3-2-501",
    category="访友",
    confirmed_by="电话已同意",
    name="李先生",
    headcount=2,
    phone=PHONE,
    plate=PLATE,
    company="明远公司",
)
TURNED = TurnedAway(room="3-2-501", category="看房中介", reason="业主拒绝", name="陈先生")
NEXT: dict[str, Event] = {"签离": Left(), "系统": SignedOutBySystem(), "留宿": StayedOver(until="2026-11-21T12:00")}
PATHS: dict[str, tuple[Event, ...]] = {
    "在场": (GUEST,),
    "已离开": (GUEST, Left()),
    "已拒绝": (TURNED,),
    "系统签离": (GUEST, SignedOutBySystem()),
}
ALLOWED = {
    ("在场", "签离"): "已离开", ("在场", "系统"): "系统签离", ("系统签离", "签离"): "已离开", ("在场", "留宿"): "在场"
}  # fmt: skip


@pytest.fixture
def make(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """Gates of one estate, the clock stopped at noon; their slips go to `papers`."""
    monkeypatch.setattr(fields, "wall", lambda: NOON)
    ticks = count()

    def gate(prefix: str) -> Store:
        store = desks(prefix, Visit, lambda: NOON.astimezone() + timedelta(milliseconds=100 * next(ticks)))
        for code in ("3-2-501", "3-1-101", "11-1-101", "商铺-12"):
            store.act(RoomRegistered(code=code), MANAGER)
        store.act(PersonRegistered(uid="p1", name="张秀兰", phone="13700009999", care="大字"), MANAGER)
        store.act(HomeBegan(room="3-2-501", person="p1"), MANAGER)
        return store

    return gate


@pytest.fixture
def store(make: Callable[[str], Store]) -> Store:
    return make("A")


def led(store: Store, state: str) -> str:
    opening, *steps = PATHS[state]
    subject = store.act(opening, MANAGER).record.id
    for step in steps:
        store.act(step, MANAGER, subject)
    return subject


def folded(*said: Event, personal: bool = True) -> Visit:
    record = fold(Visit, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert isinstance(record, Visit)
    return record


def arrived(**said: Any) -> Arrived:
    return Arrived.model_validate({"room": "3-2-501", "category": "访友", "confirmed_by": "对讲已同意", **said})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("room", ""),
        ("category", "推销"),
        ("confirmed_by", "无法联系"),
        ("headcount", 0),
        ("headcount", 100),
        ("phone", "1380000"),
        ("plate", "京I12345"),
        ("leave_by", "晚上"),
        ("name", f"李先生{ID}"),
        ("company", "身份证１１０１０５１９４９１２３１００２Ｘ"),
        ("note", "证件 110105 19491231 002x"),
        ("note", f"电话{PHONE} {ID}"),
        ("note", "好" * 201),
    ],
)
def test_a_wrong_field_is_refused_beside_it(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        arrived(**{field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


def test_id_numbers_are_refused_with_the_reason_and_other_numbers_are_not() -> None:
    for event in (lambda text: arrived(note=text), lambda text: TurnedAway(room="3-2-501", category="其他", reason=text)):
        with pytest.raises(ValidationError, match="不留证件号码"):
            event(f"看了{ID}")
        event(f"电话{PHONE}，订单 202611201234567890123")


@pytest.mark.parametrize(
    ("category", "confirmed_by", "room", "fits"),
    [
        ("公务", "免确认公务", "3-2-501", True),
        ("访友", "免确认公务", "3-2-501", False),
        ("外卖", "门岗放行", "3-2-501", True),
        ("快递", "门岗放行", "3-2-501", True),
        ("维修装修", "门岗放行", "3-2-501", False),
        ("其他", "门岗放行", "公共事务", True),
        ("维修装修", "门岗放行", "公共-电梯3", True),
    ],
)
def test_who_needs_the_household_s_word(category: str, confirmed_by: str, room: str, fits: bool) -> None:
    said = {"category": category, "confirmed_by": confirmed_by, "room": room}
    if fits:
        arrived(**said)
        return
    with pytest.raises(ValidationError) as caught:
        arrived(**said)
    assert caught.value.errors()[0]["loc"] == ("confirmed_by",)


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("word", NEXT)
def test_every_step_from_every_state(store: Store, state: str, word: str) -> None:
    subject = led(store, state)
    if (state, word) in ALLOWED:
        record = store.act(NEXT[word], MANAGER, subject).record
        assert isinstance(record, Visit)
        assert (record.state, record.doubt) == (ALLOWED[state, word], "")
        assert bool(record.left_at) is (word == "签离")
        return
    with pytest.raises(Refused, match="A1 ") as caught:
        store.act(NEXT[word], MANAGER, subject)
    assert "；" in str(caught.value)


def test_next_step_is_out() -> None:
    assert [visits.next_step(folded(*path)) for path in PATHS.values()] == [Left, None, None, None]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"room": "9-9-999"}, "room"),
        ({"category": "维修装修"}, "phone"),
        ({"category": "搬家"}, "phone"),
        ({"leave_by": "2026-11-20T12:00"}, "leave_by"),
        ({"leave_by": "2026-11-19T18:00"}, "leave_by"),
        ({"name": "李先生"}, "name"),
        ({"plate": PLATE, "room": "3-1-101"}, "plate"),
    ],
)
def test_what_the_desk_knows_refuses(store: Store, change: dict[str, str], field: str) -> None:
    store.act(GUEST, GUARD)
    with pytest.raises(Refused) as caught:
        store.act(arrived(**change), GUARD)
    assert caught.value.field == field
    if field in ("name", "plate"):
        assert "已在场 A1，请先签离" in str(caught.value)


def test_the_unknown_room_is_refused_for_those_turned_away_too(store: Store) -> None:
    with pytest.raises(Refused) as caught:
        store.act(TURNED.model_copy(update={"room": "9-9-999"}), GUARD)
    assert caught.value.field == "room"


def test_who_left_may_come_again_and_others_meanwhile(store: Store) -> None:
    subject = store.act(GUEST, GUARD).record.id
    store.act(arrived(name="李先生", room="3-1-101"), GUARD)
    store.act(arrived(plate="无牌"), GUARD)
    store.act(arrived(plate="无牌"), GUARD)
    store.act(Left(), GUARD, subject)
    assert store.act(GUEST, GUARD).record.number == "A5"


def test_places_that_are_no_flat(store: Store) -> None:
    for room in ("公共事务", "公共-地库"):
        assert store.act(arrived(room=room, category="公务", confirmed_by="免确认公务"), GUARD).record.number


def test_only_the_supervisor_and_the_system_sign_out_unseen(store: Store) -> None:
    subject = store.act(GUEST, GUARD).record.id
    with pytest.raises(Refused, match="岗位"):
        store.act(SignedOutBySystem(), GUARD, subject)
    record = store.act(SignedOutBySystem(), staff.COMMAND_LINE, subject).record
    assert isinstance(record, Visit)
    assert (record.state, record.left_at) == ("系统签离", "")


EVENTS = st.lists(st.tuples(st.sampled_from([GUEST, TURNED, *NEXT.values()]), st.integers(0, 5)), max_size=7)


@given(st.sampled_from([GUEST, TURNED]), EVENTS, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order(opening: Event, said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(opening, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold(Visit, "s", entries), fold(Visit, "s", shuffled)
    assert isinstance(one, Visit) and isinstance(other, Visit)
    assert one.model_dump() == other.model_dump()
    assert one.state in PATHS
    assert bool(one.left_at) is (one.state == "已离开")


@pytest.mark.parametrize(
    ("said", "state", "doubtful"),
    [
        ((GUEST, Left(), Left()), "已离开", True),
        ((GUEST, Left(), SignedOutBySystem()), "已离开", False),
        ((GUEST, SignedOutBySystem(), Left()), "已离开", False),
        ((GUEST, SignedOutBySystem(), SignedOutBySystem()), "系统签离", False),
        ((TURNED, Left()), "已拒绝", True),
        ((TURNED, SignedOutBySystem()), "已拒绝", True),
        ((GUEST, TURNED), "在场", True),
        ((GUEST, NEXT["留宿"], SignedOutBySystem()), "系统签离", False),
        ((GUEST, SignedOutBySystem(), NEXT["留宿"]), "在场", False),
        ((GUEST, NEXT["留宿"], NEXT["留宿"]), "在场", False),
        ((GUEST, Left(), NEXT["留宿"]), "已离开", True),
        ((TURNED, NEXT["留宿"]), "已拒绝", True),
    ],
)
def test_what_cannot_happen_is_in_doubt(said: tuple[Event, ...], state: str, doubtful: bool) -> None:
    record = folded(*said)
    assert (record.state, bool(record.doubt)) == (state, doubtful)


def test_the_first_time_seen_leaving_stands() -> None:
    assert folded(GUEST, Left(), Left()).left_at.startswith("2026-11-20T12:01")


def test_a_night_moves_the_end_to_noon_or_as_said(store: Store) -> None:
    subject = store.act(GUEST, GUARD).record.id
    record = store.act(StayedOver(), GUARD, subject).record
    assert isinstance(record, Visit)
    assert (record.leave_by, record.stays) == ("2026-11-21T12:00", True)
    assert visits.overstay(record, NOON + timedelta(hours=23)) == 0
    assert visits.overstay(record, NOON + timedelta(hours=25)) == 60
    with pytest.raises(Refused, match="住户已知留宿，到 11-21 12:00；不用系统签离"):
        store.act(SignedOutBySystem(), MANAGER, subject)
    with pytest.raises(Refused, match="空着就是明天中午") as caught:
        store.act(StayedOver(until="2026-11-20T11:00"), GUARD, subject)
    assert caught.value.field == "until"
    record = store.act(StayedOver(until="2026-11-25T09:00"), GUARD, subject).record
    assert isinstance(record, Visit) and record.leave_by == "2026-11-25T09:00"


def test_a_group_is_put_right_on_the_way_out() -> None:
    group = GUEST.model_copy(update={"headcount": 20})
    assert folded(group, Left(headcount=18)).headcount == 18
    assert folded(group, Left()).headcount == 20
    with pytest.raises(ValidationError, match="1 到 99"):
        Left(headcount=0)


def test_who_is_left_over_are_those_of_earlier_days_beyond_their_time(store: Store) -> None:
    for name in ("走了", "留宿", "没走"):
        store.act(arrived(room="3-1-101", name=name), GUARD)
    with store.read() as read:
        first, second, third = visits.inside(read)
        assert visits.left_over(read, NOON + timedelta(hours=11, minutes=30)) == [], "tonight is still theirs"
    store.act(Left(), GUARD, first.id)
    store.act(StayedOver(until="2026-11-30T12:00"), GUARD, second.id)
    with store.read() as read:
        assert [one.id for one in visits.left_over(read, NOON + timedelta(days=1))] == [third.id]


def test_a_text_is_looked_for_in_all_visits_and_not_in_the_latest_alone(store: Store) -> None:
    store.act(GUEST, GUARD)
    store.act(arrived(room="3-1-101", name="王女士"), GUARD)
    with store.read() as read:
        for text in ("李先", "京a123", "3-2"):
            assert [one.number for one in visits.meant(read, text, set(), set())] == ["A1"]
        assert [one.number for one in visits.meant(read, "不在", set(), {"3-1-101"})] == ["A2"]
        assert visits.meant(read, "%", set(), set()) == []
        assert [one.number for one in visits.since(read, "2026-11-20")] == ["A2", "A1"]
        assert visits.since(read, "2026-11-21") == []


def test_erased_people_leave_a_visit_that_still_folds() -> None:
    for category in visits.CATEGORIES:
        confirmed_by = "免确认公务" if category == "公务" else "预约码"
        said = arrived(category=category, confirmed_by=confirmed_by, phone=PHONE, plate=PLATE, name="李")
        record = folded(said, Left(), personal=False)
        assert (record.state, record.category, record.phone, record.plate, record.name) == ("已离开", category, "", "", "")
    assert folded(TURNED, personal=False).reason == ERASED


def test_nothing_personal_lies_in_the_bytes(store: Store) -> None:
    for event in (GUEST, TURNED):
        stored = store.act(event, GUARD).entry.stored.decode()
        for text in ("李先生", PHONE, PLATE, "明远", "陈先生", "业主拒绝"):
            assert text not in stored


def test_two_gates_that_both_sign_out_end_alike(make: Callable[[str], Store]) -> None:
    here, there = make("A"), make("B")
    subject = here.act(GUEST, GUARD).record.id

    def exchange() -> None:
        for sender, receiver, chain in ((here, there, "cA"), (there, here, "cB")):
            with sender.read() as read:
                sent = journal.since(raw(read.connection()), chain, 0, 999)
            receiver.receive([certificate(chain, chain[1])], sent)

    exchange()
    for gate in (here, there):
        gate.act(Left(), GUARD, subject)
    exchange()
    found = []
    for gate in (here, there):
        with gate.read() as read:
            found.append(read.get(Visit, subject))
    assert found[0] is not None and found[1] is not None
    assert found[0].model_dump() == found[1].model_dump()
    assert (found[0].state, bool(found[0].doubt)) == ("已离开", True)


def at(opened_at: str, category: str = "外卖", leave_by: str = "", state: str = "在场") -> Visit:
    return Visit(id="s", opened_at=opened_at, category=category, leave_by=leave_by, state=state)


@pytest.mark.parametrize(
    ("category", "opened", "until"),
    [
        ("外卖", "21:10", "2026-11-20T21:40"),
        ("快递", "21:10", "2026-11-20T22:10"),
        ("维修装修", "09:00", "2026-11-20T18:00"),
        ("维修装修", "18:00", "2026-11-21T18:00"),
        ("搬家", "09:00", "2026-11-20T18:00"),
        ("看房中介", "09:00", "2026-11-20T11:00"),
        ("访友", "09:00", "2026-11-20T23:00"),
        ("访友", "23:30", "2026-11-21T23:00"),
        ("公务", "09:00", None),
    ],
)
def test_overstay_is_computed_by_category(category: str, opened: str, until: str | None) -> None:
    visit = at(f"2026-11-20T{opened}:00.000+08:00", category)
    found = visits.due(visit)
    assert (found and found.isoformat(timespec="minutes")) == until
    if found:
        assert [visits.overstay(visit, found + timedelta(minutes=n)) for n in (-5, 0, 52)] == [0, 0, 52]
        visit.state = "已离开"
        assert visits.overstay(visit, found + timedelta(days=1)) == 0


def test_a_time_said_goes_before_the_category_s() -> None:
    visit = at("2026-11-20T09:00:00.000+08:00", "公务", "2026-11-20T10:00")
    assert visits.overstay(visit, datetime(2026, 11, 20, 10, 7).astimezone()) == 7


def test_a_foreign_time_that_is_none_overstays_nothing() -> None:
    assert visits.overstay(at("昨天"), NOON) == 0


@pytest.mark.parametrize(
    ("room", "building"),
    [("3-2-501", "3栋"), ("11-1-101", "11栋"), ("商铺-12", "商铺"), ("公共事务", "公共事务"), ("公共-地库", "公共")],
)
def test_building_of(room: str, building: str) -> None:
    assert visits.building_of(room) == building


def test_queries(store: Store) -> None:
    first = store.act(GUEST, GUARD).record.id
    store.act(arrived(room="11-1-101", category="外卖"), GUARD)
    store.act(arrived(room="3-1-101", category="快递"), GUARD)
    store.act(arrived(room="商铺-12"), GUARD)
    store.act(TURNED, GUARD)
    with store.read() as read:
        assert [one.number for one in visits.inside(read)] == ["A1", "A2", "A3", "A4"]
        assert [one.number for one in visits.inside(read, "3-2-501")] == ["A1"]
        assert [visits.building_of(one.room) for one in visits.inside(read)] == ["3栋", "11栋", "3栋", "商铺"]
        assert [one.number for one in visits.recent(read, 2)] == ["A5", "A4"]
        assert [one.number for one in visits.by_plate(read, PLATE)] == ["A1"]
        assert [visits.called(one) for one in visits.inside(read)] == ["李先生", "外卖", "快递", "访友"]
    store.act(Left(), GUARD, first)
    with store.read() as read:
        assert visits.inside(read, "3-2-501") == []


def test_the_visitor_slip_names_the_building_and_not_the_door(store: Store, papers: list[Slip]) -> None:
    done = store.act(GUEST, GUARD)
    rows = layout(papers[0], 32)
    assert all(paper_width(row.text) * row.size <= 32 for row in rows)
    text = plain(rows)
    for fact in (
        "访客单",
        "A1",
        "访友 2 人",
        "3栋",
        PLATE,
        "2026-11-20 12:00",
        "请于 23:00前离开",
        "老周",
        "签离",
        "保存30天",
    ):
        assert fact in text
    for kept in ("3-2-501", "501", PHONE, "李先生", "张秀兰"):
        assert kept not in text
    assert f"[二维码 A1.{check_letters(done.link)}]" in text
    assert papers[0].large


def test_a_stay_into_tomorrow_says_the_day_and_the_turned_away_get_no_slip(store: Store, papers: list[Slip]) -> None:
    store.act(arrived(room="3-1-101", leave_by="2026-11-22 08:00"), GUARD)
    assert "请于 11-22 08:00\n前离开" in plain(layout(papers[0], 32))
    assert not papers[0].large
    store.act(TURNED, GUARD)
    assert len(papers) == 1


def test_two_of_a_trade_may_be_at_one_door(desks: Desks) -> None:
    """外卖员 is what the desk calls whoever brings food, and no person's name."""
    store = desks("A", Visit, lambda: NOON.astimezone())
    store.act(RoomRegistered(code="3-2-501"), MANAGER)
    for _ in range(2):
        store.act(Arrived(room="3-2-501", category="外卖", name="外卖员", confirmed_by="对讲已同意"), MANAGER)
    with store.read() as read:
        assert len(visits.inside(read)) == 2
