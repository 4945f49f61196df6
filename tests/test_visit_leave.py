"""Who may come, who may not, and what may be carried out: every step from every state, two desks apart, and what is refused."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.records import ERASED, Actor, Event, Record, Refused, fold_whole, values
from data.store import Store
from desk import barrings, bookings, doubts, fields, inquiries, permits, releases, staff, visits
from desk.barrings import Barred, Barring, Lifted
from desk.bookings import Booked, Booking
from desk.inquiries import Inquiry
from desk.permits import Granted, Permit
from desk.releases import Issued, Item, Release
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from desk.visits import Arrived, Visit
from printers.slip import Row, Slip, layout, plain
from tests.conftest import MANAGER, Desks
from tests.jobs import NOON, entry

GUARD, CLERK = Actor("g1", "老周", staff.GUARD), Actor("c1", "王芳", staff.CLERK)
ROOM, OTHER = "3-2-501", "3-1-101"
ID = "11010519491231002X"
YEAR = "2027-10-01"

CARER = Granted(
    room=ROOM, relation="保姆", name="小陈", days="周一至五", hours="8-18", until=YEAR, how="业主当面", said_by="张秀兰"
)  # fmt: skip
GUEST = Booked(room=ROOM, name="陈先生", headcount=2, since="2026-11-20T12:00", until="2026-11-20T22:00", said_by="张秀兰")
AGENTS = Barred(room=ROOM, sort="住户不接待", category="看房中介", until=YEAR, said_by="张秀兰", reason="天天来敲门")
SOFA = Issued(
    room=ROOM, way="搬出", items=(Item(what="沙发", large=True), Item(what="纸箱", count=12)), how="电话回拨", said_by="张秀兰",
    until="2026-11-20T18:00",
)  # fmt: skip
POLICE = inquiries.Opened(
    unit="明强派出所", officer="警号 012345", document="明公调〔2026〕18号", since="2026-11-18", until="2026-11-20",
    asked="18 日晚上 3 栋来访", given="打印 3 条",
)  # fmt: skip


@dataclass(frozen=True)
class Machine:
    """One record of leave: its paths to every state, the steps, which of them the desk allows, and what a fold makes of two."""

    kind: type[Record]
    opening: Event
    steps: dict[str, Event]
    states: dict[str, tuple[str, ...]]
    allowed: dict[tuple[str, str], str]
    doubtful: frozenset[tuple[str, ...]]


MACHINES = {
    "permit": Machine(
        Permit, CARER, {"终止": permits.Ended(reason="换人了")}, {"有效": (), "已终止": ("终止",)},
        {("有效", "终止"): "已终止"}, frozenset(),
    ),
    "booking": Machine(
        Booking, GUEST, {"到访": bookings.Came(), "取消": bookings.Cancelled(reason="改期")},
        {"预约": (), "已到": ("到访",), "已取消": ("取消",)}, {("预约", "到访"): "已到", ("预约", "取消"): "已取消"},
        frozenset({("到访", "到访"), ("到访", "取消"), ("取消", "到访")}),
    ),
    "barring": Machine(
        Barring, AGENTS, {"撤销": Lifted(said_by="张秀兰", reason="改主意了")}, {"不放行": (), "已撤销": ("撤销",)},
        {("不放行", "撤销"): "已撤销"}, frozenset(),
    ),
    "release": Machine(
        Release, SOFA, {"核对": releases.Passed(), "作废": releases.Cancelled(reason="改期")},
        {"待放行": (), "已放行": ("核对",), "已作废": ("作废",)},
        {("待放行", "核对"): "已放行", ("待放行", "作废"): "已作废"},
        frozenset({("核对", "核对"), ("核对", "作废"), ("作废", "核对")}),
    ),
    "inquiry": Machine(
        Inquiry, POLICE, {"办结": inquiries.Closed(result="已交接")}, {"办理中": (), "已办结": ("办结",)},
        {("办理中", "办结"): "已办结"}, frozenset(),
    ),
}  # fmt: skip
EVERY = [(name, state, step) for name, machine in MACHINES.items() for state in machine.states for step in machine.steps]
PAIRS = [(name, one, two) for name, machine in MACHINES.items() for one in machine.steps for two in machine.steps]


@pytest.fixture
def make(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Record]], Store]:
    """A desk that keeps one job, a Friday's clock stopped at noon; its slips go to `papers`."""
    monkeypatch.setattr(fields, "wall", lambda: NOON)

    def desk(kind: type[Record], prefix: str = "A") -> Store:
        store = desks(prefix, kind, lambda: NOON.astimezone())
        for code in (ROOM, OTHER):
            store.act(RoomRegistered(code=code), MANAGER)
        store.act(PersonRegistered(uid="p1", name="张秀兰", care="大字"), MANAGER)
        store.act(HomeBegan(room=ROOM, person="p1"), MANAGER)
        return store

    return desk


def at(monkeypatch: pytest.MonkeyPatch, when: datetime) -> None:
    monkeypatch.setattr(fields, "wall", lambda: when)


def folded(kind: type[Record], *said: Event, personal: bool = True) -> Any:
    whole = fold_whole(kind, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert whole is not None
    return whole[0]


@pytest.mark.parametrize(("name", "state", "step"), EVERY)
def test_every_step_from_every_state(make: Callable[..., Store], name: str, state: str, step: str) -> None:
    machine = MACHINES[name]
    store = make(machine.kind)
    subject = store.act(machine.opening, MANAGER).record.id
    for before in machine.states[state]:
        store.act(machine.steps[before], MANAGER, subject)
    if (state, step) in machine.allowed:
        record: Any = store.act(machine.steps[step], MANAGER, subject).record
        assert (record.state, record.doubt, record.closed_by) == (machine.allowed[state, step], "", MANAGER.id)
        return
    with pytest.raises(Refused, match="；") as caught:
        store.act(machine.steps[step], MANAGER, subject)
    assert any(word in str(caught.value) for word in ("请", "新"))


@pytest.mark.parametrize(("name", "one", "two"), PAIRS)
def test_two_desks_that_both_act_end_in_one_state(name: str, one: str, two: str) -> None:
    machine = MACHINES[name]
    record = folded(machine.kind, machine.opening, machine.steps[one], machine.steps[two])
    assert bool(record.doubt) is ((one, two) in machine.doubtful)
    assert record.state in machine.states
    if name in ("booking", "release") and {one, two} & {"到访", "核对"}:
        assert record.state in ("已到", "已放行"), "what went through the gate went through"
    settled = next(kind for kind in machine.kind.kinds.values() if issubclass(kind, doubts.Checked))
    again = folded(
        machine.kind, machine.opening, machine.steps[one], machine.steps[two], settled(doubt=record.doubt, found="问清了")
    )
    assert again.doubt == ""


@pytest.mark.parametrize("name", MACHINES)
@given(data=st.data(), dice=st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order(name: str, data: Any, dice: random.Random) -> None:
    machine = MACHINES[name]
    steps = st.lists(st.tuples(st.sampled_from([machine.opening, *machine.steps.values()]), st.integers(0, 5)), max_size=7)
    said = [(machine.opening, 2), *data.draw(steps)]
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate(said)]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold_whole(machine.kind, "s", entries), fold_whole(machine.kind, "s", shuffled)
    assert one is not None and other is not None
    assert values(one[0]) == values(other[0])
    assert [values(line) for line in one[1]] == [values(line) for line in other[1]]


@pytest.mark.parametrize("name", MACHINES)
def test_what_is_opened_twice_is_looked_into_and_what_is_erased_still_folds(name: str) -> None:
    machine = MACHINES[name]
    assert "两次" in folded(machine.kind, machine.opening, machine.opening).doubt
    record = folded(machine.kind, machine.opening, *machine.steps.values(), personal=False)
    assert record.state in machine.states
    for text in ("小陈", "陈先生", "张秀兰", "天天来敲门", "沙发", "012345"):
        assert text not in str(values(record))


@pytest.mark.parametrize("name", MACHINES)
def test_nothing_personal_lies_in_the_bytes(make: Callable[..., Store], name: str) -> None:
    stored = make(MACHINES[name].kind).act(MACHINES[name].opening, MANAGER).entry.stored.decode()
    for text in ("小陈", "陈先生", "张秀兰", "天天来敲门", "沙发", "012345"):
        assert text not in stored


@pytest.mark.parametrize(
    ("event", "field"),
    [(CARER, "name"), (CARER, "note"), (CARER, "said_by"), (GUEST, "name"), (AGENTS, "reason"), (SOFA, "carrier"),
     (POLICE, "officer"), (POLICE, "asked"), (POLICE, "given"), (permits.Ended(reason="换人"), "reason")],
)  # fmt: skip
def test_no_id_number_is_written_down_anywhere(event: Event, field: str) -> None:
    with pytest.raises(ValidationError, match="不留证件号码") as caught:
        type(event).model_validate(event.model_dump() | {field: f"证件{ID}"})
    assert caught.value.errors()[0]["loc"] == (field,)


def test_no_record_has_a_place_for_a_document_or_a_debt() -> None:
    """No 押证件, no ID number, no arrears (保安服务管理条例 §30, 居民身份证法 §15, 民法典 §944)."""
    for kind in (Visit, Permit, Booking, Barring, Release, Inquiry):
        for event in kind.kinds.values():
            assert not {"id_number", "id_card", "deposit", "arrears", "owed", "fen"} & event.model_fields.keys()


# ── standing permissions ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "kept", "told"),
    [("", "1234567", "每天"), ("每天", "1234567", "每天"), ("周一至五", "12345", "周一至五"), ("一三五", "135", "周一、三、五"),
     ("1-5", "12345", "周一至五"), ("周末", "67", "周六、日"), ("星期六", "6", "周六"), ("周六日", "67", "周六、日"),
     ("周一到周三、周五", "1235", "周一、二、三、五"), ("５、３", "35", "周三、五"), ("工作日", "12345", "周一至五")],
)  # fmt: skip
def test_days_of_the_week_as_people_say_them(said: str, kept: str, told: str) -> None:
    assert permits.weekdays(said) == kept
    assert permits.said_days(kept) == told
    assert permits.weekdays(told) == kept


@pytest.mark.parametrize("said", ["周八", "五至一", "明天", "0", "12月"])
def test_what_is_no_day_of_the_week(said: str) -> None:
    with pytest.raises(ValueError, match="周一至五"):
        permits.weekdays(said)


@pytest.mark.parametrize(
    ("said", "kept"),
    [("", ""), ("全天", ""), ("8-18", "08:00-18:00"), ("8:30至18:00", "08:30-18:00"), ("8点到18点30分", "08:00-18:30"),
     ("20-6", "20:00-06:00"), ("０８：００－１２：００", "08:00-12:00"), ("18-24", "18:00-24:00"),
     ("夜里 20-6", "20:00-06:00")],
)  # fmt: skip
def test_hours_as_people_say_them(said: str, kept: str) -> None:
    assert permits.day_hours(said) == kept
    assert permits.day_hours(kept) == kept


@pytest.mark.parametrize("said", ["8", "8-8", "25-26", "8:70-9", "8-18:99", "24-6", "早上", "8-25"])
def test_what_is_no_stretch_of_hours(said: str) -> None:
    with pytest.raises(ValueError, match="8-18"):
        permits.day_hours(said)


@pytest.mark.parametrize(
    ("days", "hours", "when", "why"),
    [("12345", "08:00-18:00", "2026-11-20T08:00", ""), ("12345", "08:00-18:00", "2026-11-20T07:59", "只许"),
     ("12345", "08:00-18:00", "2026-11-20T18:00", "只许"), ("12345", "08:00-18:00", "2026-11-21T12:00", "只许"),
     ("5", "20:00-06:00", "2026-11-20T19:59", "只许"), ("5", "20:00-06:00", "2026-11-20T23:00", ""),
     ("5", "20:00-06:00", "2026-11-21T05:59", ""), ("5", "20:00-06:00", "2026-11-21T06:00", "只许"),
     ("5", "20:00-06:00", "2026-11-20T05:00", "只许"), ("1234567", "", "2027-10-01T23:59", ""),
     ("1234567", "", "2027-10-02T00:00", "到期"), ("1234567", "20:00-06:00", "2027-10-02T05:00", "")],
)  # fmt: skip
def test_when_a_permission_holds(days: str, hours: str, when: str, why: str) -> None:
    record = Permit(id="s", room=ROOM, days=days, hours=hours, until=YEAR)
    found = permits.why_not(record, datetime.fromisoformat(when))
    assert why in found and bool(found) is bool(why)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"until": "2026-11-19"}, "until"), ({"until": "2027-11-22"}, "until"), ({"room": "9-9-999"}, "room"), ({}, "name")],
)
def test_what_is_no_permission(make: Callable[..., Store], change: dict[str, str], field: str) -> None:
    store = make(Permit)
    store.act(CARER, CLERK)
    with pytest.raises(Refused) as caught:
        store.act(CARER.model_copy(update=change), CLERK)
    assert caught.value.field == field


def test_a_guard_registers_no_permission_and_may_end_one(make: Callable[..., Store]) -> None:
    store = make(Permit)
    with pytest.raises(Refused, match="岗位"):
        store.act(CARER, GUARD)
    subject = store.act(CARER, CLERK).record.id
    record: Any = store.act(permits.Ended(reason="住户来电话"), GUARD, subject).record
    assert record.state == "已终止"
    assert store.act(CARER, CLERK).record.number == "A2", "after it ended it may be given anew"


def came(**said: Any) -> Arrived:
    return Arrived.model_validate({"room": ROOM, "category": "家政护工", "confirmed_by": "长期授权", **said})


def test_the_permitted_come_in_by_what_the_household_said(make: Callable[..., Store]) -> None:
    store = make(Visit)
    with pytest.raises(Refused, match="没有有效的长期授权；请电话或对讲") as caught:
        store.act(came(), GUARD)
    assert caught.value.field == "confirmed_by"
    permit = store.act(CARER, CLERK).record
    visit: Any = store.act(came(), GUARD).record
    assert (visit.name, visit.permit) == ("小陈", permit.id), "the one that can be meant is meant"
    store.act(visits.Left(), GUARD, visit.id)
    visit = store.act(came(permit=permit.id, name="小陈"), GUARD).record
    assert visit.permit == permit.id


@pytest.mark.parametrize(
    ("said", "when", "sentence", "field"),
    [({"name": "小李"}, NOON, "现在有 保姆 小陈", "confirmed_by"),
     ({"room": OTHER}, NOON, "没有有效的长期授权", "confirmed_by"),
     ({}, NOON + timedelta(days=1), "没有有效的长期授权（保姆 小陈 周一至五 08:00-18:00）", "confirmed_by"),
     ({"permit": "", "name": ""}, NOON + timedelta(hours=9), "请电话或对讲问住户", "confirmed_by")],
)  # fmt: skip
def test_who_is_not_permitted_is_told_what_is_possible(
    make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, said: dict[str, str], when: datetime, sentence: str, field: str
) -> None:
    store = make(Visit)
    store.act(CARER, CLERK)
    at(monkeypatch, when)
    with pytest.raises(Refused) as caught:
        store.act(came(**said), GUARD)
    assert sentence in str(caught.value) and caught.value.field == field


def test_a_permission_named_is_that_one(make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(Visit)
    permit = store.act(CARER, CLERK).record
    with pytest.raises(Refused, match="授权的是小陈") as caught:
        store.act(came(permit=permit.id, name="小李"), GUARD)
    assert caught.value.field == "name"
    at(monkeypatch, NOON + timedelta(days=1))
    with pytest.raises(Refused, match="A1 保姆 小陈：只许周一至五"):
        store.act(came(permit=permit.id, name="小陈"), GUARD)
    store.act(permits.Ended(reason="换人了"), GUARD, permit.id)
    with pytest.raises(Refused, match="已终止；请电话"):
        store.act(came(permit=permit.id, name="小陈"), GUARD)


def run_together(rows: Sequence[Row]) -> str:
    """What a slip says without its spaces and line ends: in large print a text goes on in further lines."""
    return "".join(plain(rows).split())


def test_the_household_reads_whom_it_lets_in(make: Callable[..., Store], papers: list[Slip]) -> None:
    make(Permit).act(CARER, CLERK)
    text = run_together(layout(papers[0], 32))
    for fact in ("长期授权确认单", ROOM, "保姆小陈", "周一至五08:00-18:00", f"有效到{YEAR}", "张*兰（业主当面）", "终止"):
        assert fact in text
    assert papers[0].large


# ── bookings ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_is_the_desk_s_own_and_nobody_else_s(make: Callable[..., Store]) -> None:
    here, there = make(Booking), make(Booking, "B")
    codes = [here.act(GUEST, GUARD).record.code for _ in range(12)]  # type: ignore[attr-defined]
    others = [there.act(GUEST, GUARD).record.code for _ in range(12)]  # type: ignore[attr-defined]
    assert len({*codes, *others}) == 24
    assert all(len(code) == 4 and code < "1000" for code in codes)
    assert all("1000" <= code < "2000" for code in others)
    assert not any(abs(int(one) - int(two)) == 1 for one, two in pairwise(codes)), "no neighbour's by adding one"


def test_a_code_rests_before_it_is_given_again(make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(Booking)
    monkeypatch.setattr(bookings.shelves, "ranges_of", lambda prefix: ((1, 2),))
    first: Any = store.act(GUEST, GUARD).record
    store.act(GUEST, GUARD)
    with pytest.raises(Refused, match="预约码都在用"):
        store.act(GUEST, GUARD)
    at(monkeypatch, NOON + timedelta(days=2))
    again: Any = store.act(GUEST.model_copy(update={"since": "", "until": ""}), GUARD).record
    assert again.code in ("0001", "0002") and (again.since, again.until) == ("2026-11-22T12:00", "2026-11-22T23:59")
    assert first.code in ("0001", "0002")


@pytest.mark.parametrize(
    ("change", "field"),
    [({"until": "2026-11-20T11:00"}, "until"), ({"since": "2026-11-20T23:00"}, "until"),
     ({"until": "2026-11-28T12:00"}, "until"),
     ({"room": "9-9-999"}, "room"), ({"category": "看房中介"}, "category")],
)  # fmt: skip
def test_what_is_no_booking(make: Callable[..., Store], change: dict[str, str], field: str) -> None:
    store = make(Booking)
    store.act(AGENTS, GUARD)
    with pytest.raises(Refused, match="请") as caught:
        store.act(GUEST.model_copy(update=change), GUARD)
    assert caught.value.field == field


def by_code(held: Booking, **said: Any) -> Arrived:
    return Arrived.model_validate(
        {"room": ROOM, "category": "访友", "confirmed_by": "预约码", "name": "陈先生", "booking": held.id, **said}
    )


def test_a_code_lets_in_once(make: Callable[..., Store]) -> None:
    store = make(Visit)
    booking: Any = store.act(GUEST, GUARD).record
    with store.read() as read:
        assert bookings.said(read, booking.code, NOON).id == booking.id
    done = store.act_all(visits.arrival(by_code(booking)), GUARD)
    assert [getattr(one.record, "state", "") for one in done] == ["在场", "已到"]
    with store.read() as read, pytest.raises(Refused, match="已在 11-20 12:00 用过；又来的请电话"):
        bookings.said(read, booking.code, NOON)
    with pytest.raises(Refused, match="用过") as caught:
        store.act_all(visits.arrival(by_code(booking, name="陈太太")), GUARD)
    assert caught.value.field == "confirmed_by"


@pytest.mark.parametrize(
    ("said", "sentence"), [({"booking": ""}, "请在“到访”里输入"), ({"room": OTHER}, "请在“到访”里输入")]
)  # fmt: skip
def test_a_code_without_its_booking_lets_nobody_in(make: Callable[..., Store], said: dict[str, str], sentence: str) -> None:
    store = make(Visit)
    booking: Any = store.act(GUEST, GUARD).record
    with pytest.raises(Refused, match=sentence) as caught:
        store.act_all(visits.arrival(by_code(booking, **said)), GUARD)
    assert caught.value.field == "confirmed_by"
    with store.read() as read:
        assert read.get(Booking, booking.id).state == "预约", "all or nothing"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("when", "sentence", "standing"),
    [(NOON - timedelta(minutes=1), "还没到时间", "预约"), (NOON + timedelta(hours=11), "已过时间", "未到"), (NOON, "", "预约")],
)
def test_a_code_holds_in_its_window(make: Callable[..., Store], when: datetime, sentence: str, standing: str) -> None:
    store = make(Booking)
    booking: Any = store.act(GUEST, GUARD).record
    why = bookings.why_not(booking, when)
    assert sentence in why and bool(why) is bool(sentence)
    assert bookings.standing(booking, when) == standing
    with store.read() as read:
        assert [one.id for one in bookings.expected(read, when)] == ([] if standing == "未到" else [booking.id])
        assert bookings.expected(read, when, OTHER) == []


def test_digits_that_are_no_code(make: Callable[..., Store]) -> None:
    with make(Booking).read() as read, pytest.raises(Refused, match="没有预约码 9999") as caught:
        bookings.said(read, "9999", NOON)
    assert caught.value.field == "room"


def test_the_code_is_large_and_names_nobody(make: Callable[..., Store], papers: list[Slip]) -> None:
    booking: Any = make(Booking).act(GUEST, GUARD).record
    rows = layout(papers[0], 32)
    assert next(row.size for row in rows if row.text.strip() == booking.code) >= 4
    text = run_together(rows)
    assert "3栋" in text and "11-2012:00-22:00" in text and "告诉客人" in text
    for kept in (ROOM, "陈先生", "张秀兰"):
        assert kept not in text


# ── refuse lists ───────────────────────────────────────────────────────────────────────────────────────────────────


def barred(**said: str) -> Barred:
    return Barred.model_validate({"room": ROOM, "sort": "住户不接待", "until": YEAR, "said_by": "张秀兰", **said})


@pytest.mark.parametrize(
    ("line", "visitor", "field"),
    [({}, {}, "room"), ({"name": "李四"}, {"name": "李四"}, "name"), ({"name": "李四"}, {"name": "张三"}, None),
     ({"name": "李四"}, {"name": "李四先生"}, "name"), ({"name": "李四"}, {}, None),
     ({"plate": "京A12345"}, {"plate": "京A12345"}, "plate"), ({"plate": "京A12345"}, {"plate": "京A54321"}, None),
     ({"name": "李四", "plate": "京A12345"}, {"name": "李四"}, "name"), ({"category": "看房中介"}, {}, None),
     ({"category": "看房中介"}, {"category": "看房中介"}, "category"), ({}, {"room": OTHER}, None),
     ({"name": "李四", "category": "看房中介"}, {"name": "李四"}, None), ({}, {"category": "公务"}, None),
     ({"room": "", "name": "李四"}, {"name": "李四", "room": OTHER}, "name")],
)  # fmt: skip
def test_whom_a_list_keeps_out(
    make: Callable[..., Store], line: dict[str, str], visitor: dict[str, str], field: str | None
) -> None:
    store = make(Visit)
    store.act(barred(reason="动过手", **line), MANAGER)
    said = {"room": ROOM, "category": "访友", "confirmed_by": "对讲已同意"} | visitor
    if field is None:
        store.act(Arrived.model_validate(said), GUARD)
        return
    with pytest.raises(Refused, match="住户不接待") as caught:
        store.act(Arrived.model_validate(said), GUARD)
    assert caught.value.field == field
    assert "动过手" not in str(caught.value)
    assert ("报当班主管" in str(caught.value)) is (line.get("room") == "")
    assert ("电话问住户" in str(caught.value)) is (line.get("room") != "")


def test_a_list_runs_out_and_is_lifted(make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(Visit)
    guest = Arrived(room=ROOM, category="访友", confirmed_by="对讲已同意")
    line = store.act(barred(until="2026-11-20"), GUARD).record
    with pytest.raises(Refused, match="一律不接待"):
        store.act(guest, GUARD)
    store.act(Lifted(said_by="张秀兰", reason="改主意了"), GUARD, line.id)
    store.act(guest, GUARD)
    store.act(barred(until="2026-11-20"), GUARD)
    at(monkeypatch, NOON + timedelta(days=1))
    store.act(guest, GUARD)


def test_the_estate_s_list_is_the_supervisor_s_and_so_is_the_whole_story(make: Callable[..., Store]) -> None:
    store = make(Barring)
    with pytest.raises(Refused, match="只有主管") as caught:
        store.act(barred(room="", name="李四"), CLERK)
    assert caught.value.field == "room"
    with pytest.raises(Refused, match="不能谁都不放"):
        store.act(barred(room=""), MANAGER)
    line: Any = store.act(barred(room="", name="李四", reason="偷过电瓶"), MANAGER).record
    with pytest.raises(Refused, match="报当班主管"):
        store.act(Lifted(said_by="王芳", reason="误登记"), CLERK, line.id)
    assert barrings.full_reason(line, MANAGER) == "偷过电瓶"
    for by in (GUARD, CLERK):
        with pytest.raises(Refused, match="只有主管可以看"):
            barrings.full_reason(line, by)


# ── goods ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_goods_as_people_type_them() -> None:
    goods = releases.goods_of("冰箱 大件，纸箱 12、椅子4把，电视(大件)；米 2袋，三轮车,,")
    assert [(one.what, one.count, one.large) for one in goods] == [
        ("冰箱", 1, True), ("纸箱", 12, False), ("椅子", 4, False), ("电视", 1, True), ("米", 2, False), ("三轮车", 1, False)
    ]  # fmt: skip
    assert releases.goods_of("") == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"items": ()}, "items"), ({"room": "9-9-999"}, "room"), ({"until": "2026-11-20T11:00"}, "until"),
     ({"until": "2026-11-29T12:00"}, "until")],
)  # fmt: skip
def test_what_is_no_slip_of_goods(make: Callable[..., Store], change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        make(Release).act(SOFA.model_copy(update=change), GUARD)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        (NOON + timedelta(hours=7), "已过时间；请问住户后新开一张"),
        (NOON - timedelta(minutes=1), "还没到时间；要提前搬请问住户"),
    ],
)
def test_goods_pass_in_their_time(
    make: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, when: datetime, sentence: str
) -> None:
    store = make(Release)
    slip: Any = store.act(SOFA, GUARD).record
    at(monkeypatch, when)
    with pytest.raises(Refused, match=sentence):
        store.act(releases.Passed(), GUARD, slip.id)
    assert releases.standing(slip, when) == ("已过期" if when > NOON else "待放行")


def test_a_slip_of_goods_has_two_copies_and_every_piece(make: Callable[..., Store], papers: list[Slip]) -> None:
    store = make(Release)
    slip: Any = store.act(SOFA, GUARD).record
    assert papers[0].copies == ("门岗联", "业主联")
    text = run_together(layout(papers[0], 32, "门岗联"))
    for fact in (
        "放行条",
        "门岗联",
        ROOM,
        "搬出",
        "沙发（大件）",
        "×12",
        "13件",
        "到11-2018:00有效",
        "门岗核对",
        "住户签字",
    ):
        assert fact in text
    with store.read() as read:
        assert releases.listed(releases.items(read, slip)) == "沙发（大件）、纸箱 12"


# ── inquiries ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "field"), [({"until": "2026-11-17"}, "until"), ({"since": "2026-11-21", "until": "2026-11-22"}, "since")]
)
def test_what_is_no_period(make: Callable[..., Store], change: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as caught:
        make(Inquiry).act(POLICE.model_copy(update=change), MANAGER)
    assert caught.value.field == field


def test_nothing_is_given_without_a_paper_and_only_by_the_supervisor(make: Callable[..., Store], papers: list[Slip]) -> None:
    with pytest.raises(ValidationError, match="没有文书的不能调取"):
        inquiries.Opened.model_validate(POLICE.model_dump() | {"document": ""})
    store = make(Inquiry)
    for by in (GUARD, CLERK):
        with pytest.raises(Refused, match="岗位"):
            store.act(POLICE, by)
        with store.read() as read, pytest.raises(Refused, match="只有主管"):
            inquiries.latest(read, by)
    store.act(POLICE, MANAGER)
    text = plain(layout(papers[0], 32, "物业留存"))
    for fact in (
        "调取登记单",
        "明强派出所",
        "警号 012345",
        "明公调〔2026〕18号",
        "2026-11-18",
        "打印 3 条",
        "调取人签字",
        "主管签字",
    ):
        assert fact in text
    with store.read() as read:
        assert [one.state for one in inquiries.latest(read, MANAGER)] == ["办理中"]


def test_erased_words_read_as_erased() -> None:
    assert folded(Permit, CARER, personal=False).name == ERASED
