"""The clocks of a repair, what it waits for, asking how it went, mended again, the leak, what is said, who is sent."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import select

from data.records import Event, Refused, fold
from desk import handovers, repair_follow, repair_linked, repair_lists, repair_times, repairs, workers
from desk.fields import moment_of
from desk.notes import Note
from desk.repair_events import (
    HOLDS,
    RESIDENT_SIDE,
    Assigned,
    CallMissed,
    Closed,
    Hold,
    QuoteAgreed,
    Quoted,
    Rated,
    Reported,
    Resumed,
    Returned,
    Suspended,
    Transferred,
    WorkerArrived,
)
from desk.repair_guide import DUTIES, UNITS, duty_of, emergency, first_calls, line_of, sentence, spoken_time
from desk.repairs import Repair
from desk.rules import RulesSet
from desk.urgency import CANNED
from tests.conftest import MANAGER
from tests.jobs import NOON, entry
from tests.repairing import (
    ABOVE,
    CASHIER,
    CLERK,
    DONE,
    GUARD,
    LAMP,
    LINES,
    PAID_WORK,
    QUOTE,
    ROOM,
    SENT,
    SIGNED,
    SINK,
    THERE,
    At,
    exchange,
    printed,
    stop,
    titles,
)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    return stop(At(tmp_path), monkeypatch)


def minute(at: At) -> str:
    return moment_of(at.now)


# ── the clocks ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hold", HOLDS)
def test_only_the_household_s_reasons_stop_the_clocks(at: At, hold: Hold) -> None:
    """急修: 12:30 there, tomorrow 12:00 whole; put off from 12:10 till tomorrow 12:10."""
    repair = at.did(SINK, SENT).id
    at.wait(minutes=10)
    at.did(Suspended(hold=hold, restart="2026-11-21T12:10"), to=repair)
    at.wait(hours=3)
    stopped = hold in RESIDENT_SIDE
    record = at.get(repair)
    assert repair_times.late(record, minute(at)) == ("" if stopped else "超时未到场")
    assert repair_times.clocks(record, minute(at)) == (
        ["到场 剩 20 分钟（暂停计时）", "修好 剩 23 小时（暂停计时）"]
        if stopped
        else ["! 到场 已超 2 小时 40 分", "修好 剩 20 小时"]
    )
    at.did(Resumed(), to=repair)
    record = at.get(repair)
    assert (record.state, record.paused, record.hold) == ("已派工", 180 if stopped else 0, "")
    assert (record.promised_arrive, record.promised_done) == ("2026-11-20T12:30", "2026-11-21T12:00")
    assert repair_times.dues(record, minute(at)) == (
        ("2026-11-20T15:30", "2026-11-21T15:00") if stopped else ("2026-11-20T12:30", "2026-11-21T12:00")
    )


def test_what_was_put_off_comes_back_by_itself(at: At) -> None:
    repair = at.did(SINK, SENT, Suspended(hold="业主不在", restart="2026-11-21T08:00")).id
    at.wait(hours=19, minutes=59)
    assert repair_times.work_state(at.get(repair), minute(at)) == "挂起"
    assert repairs.next_step(at.get(repair), at.now) is Resumed
    at.wait(minutes=1)
    record = at.get(repair)
    assert (record.state, repair_times.work_state(record, minute(at))) == ("挂起", "已派工")
    assert repair_times.is_back(record, minute(at)) and record.worker == "刘师傅"
    assert repairs.next_step(record, at.now) is WorkerArrived
    with pytest.raises(Refused, match="现在是“已派工”，不能恢复。现在可以：派工、登记到场、退单、挂起、转办、催办、取消"):
        at.did(Resumed(), to=repair)
    at.wait(hours=1)
    record = at.did(THERE, to=repair)
    assert (record.state, record.paused, record.doubt) == ("已到场", 20 * 60, "")


def test_put_off_again_adds_up(at: At) -> None:
    repair = at.did(SINK, SENT, Suspended(hold="业主不在", restart="2026-11-20T13:00")).id
    at.wait(hours=2)
    at.did(Suspended(hold="待报价确认", restart="2026-11-20T15:00"), to=repair)
    at.wait(hours=3)
    assert repair_times.held(at.get(repair), minute(at)) == 120
    assert at.did(THERE, to=repair).paused == 120


@pytest.mark.parametrize("restart", ["2026-11-20T12:00", "2026-11-19T18:00"])
def test_it_waits_until_a_time_ahead(at: At, restart: str) -> None:
    repair = at.did(SINK, SENT).id
    with pytest.raises(Refused, match="要在以后") as caught:
        at.did(Suspended(hold="待配件", restart=restart), to=repair)
    assert caught.value.field == "restart"


@pytest.mark.parametrize(
    "said", [{"hold": "待配件", "restart": ""}, {"hold": "忘了", "restart": "2026-11-22"}, {"restart": "x"}]
)
def test_waiting_says_for_what_and_until_when(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Suspended.model_validate(said)


def test_who_came_once_is_not_late_for_coming(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, Suspended(hold="待配件", restart="2026-11-21T08:00")).id
    at.wait(hours=21)
    assert repair_times.late(at.get(repair), minute(at)) == ""
    at.wait(hours=4)
    assert repair_times.late(at.get(repair), minute(at)) == "超时未修好"


def test_what_was_passed_on_or_is_over_has_no_clock(at: At) -> None:
    for events in ((SINK, SENT, THERE, DONE), (SINK, Transferred(sent_to="自来水公司", sent_phone="95598"))):
        record = at.did(*events)
        at.wait(days=3)
        assert (repair_times.late(record, minute(at)), repair_times.clocks(record, minute(at))) == ("", [])


@pytest.mark.parametrize(
    ("begin", "end"), [("", "2026-11-20T12:00"), ("gestern", "heute"), ("2026-11-20T13:00", "2026-11-20T12:00")]
)
def test_no_time_is_no_minutes(begin: str, end: str) -> None:
    assert repair_times.minutes(begin, end) == 0


def test_the_sheet_at_the_change_of_shifts_counts_the_pauses(at: At) -> None:
    repair = at.did(SINK, SENT, Suspended(hold="业主不在", restart="2026-11-21T08:00")).id
    at.wait(hours=3)
    assert not handovers.is_late(at.get(repair), minute(at))
    at.did(Resumed(), to=repair)
    at.wait(hours=1)
    assert handovers.is_late(at.get(repair), minute(at))


# ── given back, passed on ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_given_back_waits_for_another_worker(at: At) -> None:
    record = at.did(SINK, SENT, Returned(because="不是本工种"))
    assert (record.state, record.worker, record.worker_phone, record.returned) == ("已登记", "", "", 1)
    record = at.did(Assigned(worker="孙师傅"), Returned(because="人手不够"), to=record.id)
    assert (record.returned, record.because) == (2, "人手不够")


def test_what_is_passed_on_is_still_asked_after(at: At) -> None:
    record = at.did(SINK, Transferred(sent_to="自来水公司", sent_phone="010 96116", told=False))
    assert (record.state, record.follow, record.sent_phone, record.told) == ("转办", "待回访", "01096116", False)
    assert titles(at.papers) == ["报修受理单", "报修转办单"]
    said = printed(at.papers[1])
    assert "自来水公司" in said and "01096116" in said and "回访" in said
    at.wait(days=30)
    with at.store.read() as read:
        assert [one.id for one in repair_lists.to_call(read, 9)] == [record.id]
        assert not repair_follow.closed_alone(record, at.now, 7)
    assert at.did(Closed(rating=3), to=record.id).follow == "已回访"


@pytest.mark.parametrize("phone", ["", "12", "问总机", "1380000123"])
def test_to_whom_it_is_passed_on_has_a_number(phone: str) -> None:
    with pytest.raises(ValidationError):
        Transferred(sent_to="自来水公司", sent_phone=phone)


@pytest.mark.parametrize(("typed", "kept"), [("95598", "95598"), ("010-96116", "010-96116"), ("８８８８ １２３４", "88881234")])
def test_hotlines_are_numbers(typed: str, kept: str) -> None:
    assert line_of(typed) == kept


def test_特急_is_sent_only_with_a_call(at: At) -> None:
    stuck = at.did(Reported(room="公共-电梯3", category="电梯", problem="困人", reporter="路人")).id
    with pytest.raises(Refused, match="特急要先打电话") as caught:
        at.did(SENT, to=stuck)
    assert caught.value.field == "called"
    assert at.did(SENT.model_copy(update={"called": "没打通"}), to=stuck).called == "没打通"


def test_less_urgent_than_it_sounds_needs_a_reason(at: At) -> None:
    with pytest.raises(Refused, match="一般按“急修”，降为“一般”请写原因") as caught:
        at.did(SINK.model_copy(update={"urgency": "一般"}))
    assert caught.value.field == "lowered"
    assert at.did(SINK.model_copy(update={"urgency": "一般", "lowered": "业主说明天来"})).urgency == "一般"
    at.did(SINK.model_copy(update={"urgency": "特急", "again": True}))


# ── asking how it went ─────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_not_reached_is_rung_again(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, DONE, CallMissed(), CallMissed()).id
    assert repair_follow.follow_up(at.get(repair), at.now, 7) == "联系不上×2"
    record = at.did(Closed(rating=5), to=repair)
    assert (record.state, record.follow, record.rating) == ("已关闭", "已回访", 5)
    with pytest.raises(Refused, match="不能登记联系不上"):
        at.did(CallMissed(), to=repair)
    with pytest.raises(Refused, match="没有要补的评价"):
        at.did(Rated(rating=1), to=repair)


def test_what_closed_without_a_word_is_listed_and_may_be_rated_later(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, DONE, Closed()).id
    with at.store.read() as read:
        assert [one.id for one in repair_lists.unrated(read, 9)] == [repair]
    record = at.did(Rated(rating=2, comment="又漏了一点"), to=repair)
    assert (record.state, record.follow, record.rating, record.comment) == ("已关闭", "已回访", 2, "又漏了一点")
    with at.store.read() as read:
        assert not repair_lists.unrated(read, 9)


def test_after_seven_days_it_closes_by_itself_and_says_so(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, DONE).id
    at.wait(days=6, hours=23)
    with at.store.read() as read:
        assert [one.id for one in repair_lists.to_call(read, 9)] == [repair] and not repair_lists.unrated(read, 9)
    at.wait(hours=2)
    assert repair_follow.follow_up(at.get(repair), at.now, 7) == "未回访自动关闭"
    with at.store.read() as read:
        assert not repair_lists.to_call(read, 9) and [one.id for one in repair_lists.unrated(read, 9)] == [repair]
    with pytest.raises(Refused, match="请按 F9 回访"):
        at.did(Rated(rating=2), to=repair)
    at.did(Closed(rating=4), to=repair)
    at.store.act(RulesSet(auto_close_days=1), MANAGER)
    with at.store.read() as read:
        assert not repair_lists.unrated(read, 9)


@pytest.mark.parametrize(("event", "by"), [(SINK, "2026-11-20"), (LAMP, "2026-11-21")])
def test_urgent_work_is_asked_after_the_same_day(at: At, event: Reported, by: str) -> None:
    assert repair_follow.call_by(at.did(event, SENT, THERE, DONE)) == by


# ── mended again ───────────────────────────────────────────────────────────────────────────────────────────────────


def redo(of: Repair) -> Reported:
    return Reported(room=of.room, category="下水", problem="又堵了", reporter="张阿姨", redo_of=of.id)


def test_mended_again_is_linked_free_and_the_second_time_told_to_the_supervisor(at: At) -> None:
    first = at.did(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK)
    for count in (1, 2):
        with at.store.read() as read:
            acts = repair_linked.redo_acts(read, redo(at.get(first.id)))
        again = at.store.act_all(acts, GUARD)[-1].record
        assert isinstance(again, Repair)
        assert (again.redo_of, again.redo, again.charge, again.state) == (first.id, count, "无", "已登记")
        assert f"第 {count} 次返修" in printed(at.papers[-1]) and "返修不收费" in printed(at.papers[-1])
        at.did(SENT, to=again.id)
        assert f"返修第 {count} 次" in printed(at.papers[-1])
        at.did(THERE, DONE, to=again.id)
        with at.store.read() as read:
            told = [note.text for note in read.exec(select(Note)).all()]
            assert told == ([f"{ROOM} 下水第 2 次返修，请主管过问"] if count == 2 else [])
            assert again.id in {one.id for one in repair_linked.linked(read, first)}
    with at.store.read() as read:
        third = repair_linked.mended(read, again.id)  # of one that was itself mended again: still of the first
        assert third == {"redo_of": first.id, "redo": 3}
        assert len(repair_lists.again(read, 9)) == 2


def test_what_was_not_done_or_is_long_done_is_not_mended_again(at: At) -> None:
    first = at.did(SINK, SENT)
    with pytest.raises(Refused, match="还没修好过，不能返修；请催办"):
        at.did(redo(first))
    at.did(THERE, DONE, to=first.id)
    with pytest.raises(Refused, match="找不到原来那单"):
        at.did(redo(first).model_copy(update={"room": ABOVE}))
    at.wait(days=91)
    with pytest.raises(Refused, match="过了 90 天保修期"):
        at.did(redo(first))
    at.store.act(RulesSet(warranty_days=120), MANAGER)
    assert at.did(redo(first)).redo == 1


def test_water_from_above_makes_two_orders_that_name_each_other(at: At) -> None:
    leak = SINK.model_copy(update={"problem": "楼上往下漏水"})
    with at.store.read() as read:
        assert (repair_linked.above(read, ROOM), repair_linked.above(read, ABOVE), repair_linked.above(read, "商铺-1")) == (
            ABOVE,
            "",
            "",
        )
        acts = repair_linked.pair_acts(ABOVE, leak)
    other, own = (done.record for done in at.store.act_all(acts, GUARD))
    assert isinstance(own, Repair) and isinstance(other, Repair)
    assert (own.room, own.side, other.room, other.side) == (ROOM, "受损方", ABOVE, "可能的漏水方")
    assert (other.duty, other.charge, other.phone) == ("现场查明", "无", "")
    with at.store.read() as read:
        assert [one.id for one in repair_linked.linked(read, own)] == [other.id]
        assert [one.id for one in repair_linked.linked(read, other)] == [own.id]
    assert "张阿姨" not in printed(at.papers[0]) and "楼下反映漏水" in printed(at.papers[0])
    assert f"楼上那户我们也登记了（{other.number}）" in sentence(own, at.now, other.number)


# ── what is said ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("room", "category", "problem", "duty"),
    [
        (ROOM, "水", "水龙头关不住", "业主自理"),
        (ROOM, "水", "家里没水", "专业单位"),
        (ROOM, "电", "空气开关跳闸", "业主自理"),
        (ROOM, "电", "家里没电", "专业单位"),
        (ROOM, "下水", "楼上往下漏水", "现场查明"),
        (ROOM, "下水", "马桶堵了", "业主自理"),
        (ROOM, "燃气", "闻到燃气味", "专业单位"),
        (ROOM, "屋面外墙", "顶层漏雨", "公共部位"),
        ("公共-3栋", "水", "水管漏水", "公共部位"),
        ("公共-电梯3", "电梯", "困人", "电梯维保"),
        (ROOM, "门窗锁", "单元门闭门器坏了", "公共部位"),
    ],
)
def test_whose_it_is(room: str, category: str, problem: str, duty: str) -> None:
    assert duty_of(room, category, problem) == duty


def test_every_canned_problem_is_somebody_s_and_has_its_sentence(at: At) -> None:
    for category, problems in CANNED.items():
        for problem in problems:
            record = at.did(Reported(room=ROOM, category=category, problem=problem, reporter="张秀兰", again=True))
            assert record.duty in DUTIES
            said = sentence(record, at.now)
            assert said.startswith(f"{ROOM}，") and record.number in said and "，，" not in said
            printed(at.papers[-1])


def test_common_parts_are_no_household_s(at: At) -> None:
    with pytest.raises(Refused, match="公共部位") as caught:
        at.did(LAMP.model_copy(update={"duty": "业主自理"}))
    assert caught.value.field == "duty"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-20T14:30", "今天下午两点半"),
        ("2026-11-20T12:05", "今天中午十二点零五分"),
        ("2026-11-21T00:20", "明天凌晨零点二十分"),
        ("2026-11-22T08:00", "后天上午八点"),
        ("2026-11-26T18:00", "十一月二十六号晚上六点"),
        ("2026-12-02T22:12", "十二月二号晚上十点十二分"),
    ],
)
def test_hours_are_said_as_people_say_them(moment: str, said: str) -> None:
    assert spoken_time(moment, NOON) == said


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)), st.integers(0, 10**6))
def test_every_hour_can_be_said(now: datetime, ahead: int) -> None:
    assert "点" in spoken_time(moment_of(now + timedelta(minutes=ahead)), now)


def test_the_sentence_says_when_what_it_costs_and_the_number(at: At) -> None:
    assert sentence(at.did(SINK), at.now) == ("张阿姨，今天中午十二点半前到，看后报价，您签字才动工，单号A1，要问就报这个号。")
    power = Reported(room=ROOM, category="电", problem="家里没电", reporter="李建国")
    assert "归供电公司管，电话95598，我们也替您跟进" in sentence(at.did(power), at.now)
    roof = Reported(room=ROOM, category="屋面外墙", problem="顶层漏雨", reporter="李建国")
    assert "主管另外答复您" in sentence(at.did(roof), at.now)


@pytest.mark.parametrize(
    ("problem", "number"), [("困人", "119"), ("着火", "119"), ("闻到燃气味", "燃气公司"), ("触电", "120"), ("坠物", "110")]
)
def test_特急_says_whom_to_ring(problem: str, number: str) -> None:
    numbers, advice = emergency(problem)
    assert number in numbers and advice
    assert number in first_calls([], "其他", problem)


def test_of_a_local_company_the_number_is_to_be_checked() -> None:
    assert "请核对本地电话" in first_calls([], "电梯", "困人")
    assert "通力电梯 88886666" in first_calls([("通力电梯", "88886666")], "电梯", "困人")
    assert set(UNITS.values()) == {"95598", "10000", "10086", "10010", ""}


# ── workers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_on_duty_for_a_trade_comes_first(at: At) -> None:
    def joined(name: str, *trades: str, company: bool = False, phone: str = "13900000001") -> str:
        said = {"name": name, "trades": trades, "company": company, "phone": phone}
        return at.store.act(workers.Joined.model_validate(said), CLERK).record.id

    joined("孙师傅", "电")
    liu = joined("刘师傅", "水", "下水")
    joined("杂工老赵")
    joined("通力电梯", "电梯", company=True, phone="88886666")
    with at.store.read() as read:
        assert [one.name for one in workers.for_trade(read, "下水")] == ["刘师傅", "杂工老赵", "孙师傅", "通力电梯"]
        assert [one.name for one in workers.to_ring(read, "电梯")] == ["通力电梯", "杂工老赵"]
    at.store.act(workers.DutyChanged(on_duty=False), CLERK, liu)
    with at.store.read() as read:
        assert next(one.name for one in workers.for_trade(read, "下水")) == "杂工老赵"
        assert [one.name for one in workers.roster(read)][-1] == "刘师傅"
    with pytest.raises(Refused, match="已经有“刘师傅”"):
        joined("刘师傅")
    at.store.act(workers.Changed(phone="", trades=("电",)), CLERK, liu)
    at.store.act(workers.Left(), CLERK, liu)
    for event in (workers.DutyChanged(on_duty=True), workers.Changed(), workers.Left()):
        with pytest.raises(Refused, match="已经离开"):
            at.store.act(event, CLERK, liu)
    joined("刘师傅", "水")
    with pytest.raises(Refused, match="岗位"):
        at.store.act(workers.Joined(name="周师傅"), GUARD)


@pytest.mark.parametrize("said", [{"name": ""}, {"name": "刘师傅", "phone": "1"}, {"name": "刘师傅", "trades": ("飞机",)}])
def test_a_wrong_worker_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        workers.Joined.model_validate(said)


DUTY: list[Event] = [
    workers.Joined(name="刘师傅"), workers.Changed(phone="95598"), workers.DutyChanged(on_duty=False),
    workers.DutyChanged(on_duty=True), workers.Left(),
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(DUTY), st.integers(0, 5)), max_size=8), st.randoms(use_true_random=False))
def test_what_desks_say_of_a_worker_folds_alike(said: list[tuple[Event, int]], dice: object) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(DUTY[0], 0), *said])]
    one, other = fold(workers.Worker, "s", entries), fold(workers.Worker, "s", [*reversed(entries), *entries[:2]])
    assert one is not None and other is not None and one.model_dump() == other.model_dump()


# ── two desks apart, and lists ─────────────────────────────────────────────────────────────────────────────────────


def apart(here: At, there: At, one: Event, other: Event, repair: str, first: bool) -> Repair:
    """What both have of a repair once each did its part without knowing of the other's."""
    for n, (at, event) in enumerate(((here, one), (there, other)) if first else ((there, other), (here, one))):
        at.now = here.now + timedelta(minutes=n)
        at.did(event, to=repair, by=CASHIER)
    exchange(here, there)
    found, also = here.get(repair), there.get(repair)
    assert found.model_dump() == also.model_dump()
    return found


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("before", "one", "other"),
    [
        ((), SENT, Assigned(worker="孙师傅")),
        ((SENT,), THERE, Returned(because="人手不够")),
        ((SENT,), Suspended(hold="业主不在", restart="2026-11-22T08:00"), THERE),
        ((SENT,), Suspended(hold="业主不在", restart="2026-11-22T08:00"), Suspended(hold="天气", restart="2026-11-23T08:00")),
        ((SENT, Suspended(hold="天气", restart="2026-11-23T08:00")), Resumed(), Resumed()),
        ((), Transferred(sent_to="社区居委会", sent_phone="88881234"), SENT),
        ((SENT, THERE), DONE, Transferred(sent_to="社区居委会", sent_phone="88881234")),
        ((SENT, THERE, DONE), Closed(rating=5), Closed(rating=1)),
        ((SENT, THERE, DONE, Closed()), Rated(rating=5), Rated(rating=1)),
        ((QUOTE,), QuoteAgreed(signed_by="张阿姨", cap=200_00), Quoted(lines=LINES, cap=300_00)),
    ],
)
def test_what_two_desks_do_apart_is_one_state_with_a_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: tuple[Event, ...], one: Event, other: Event, first: bool
) -> None:
    here, there = stop(At(tmp_path), monkeypatch), At(tmp_path, "B")
    repair = here.did(SINK, *before).id
    exchange(here, there)
    record = apart(here, there, one, other, repair, first)
    assert record.doubt, record.state


def test_lists_are_picked_out_of_all_there_is(at: At) -> None:
    old = at.did(SINK.model_copy(update={"problem": "阳台地漏返水"})).id
    for n in range(30):
        at.did(LAMP.model_copy(update={"room": f"公共-{n}栋"}), SENT, THERE, DONE, Closed(rating=5))
        at.wait(minutes=1)
    with at.store.read() as read:
        assert repair_lists.listed(read, 5)[0].id == old and len(repair_lists.listed(read, 5)) == 5
        assert [one.id for one in repair_lists.matching(read, "阳台地漏", (), (), 5)] == [old]
        assert [one.room for one in repair_lists.matching(read, "", (), (), 2)] == ["公共-29栋", "公共-28栋"]
        assert [one.id for one in repair_lists.matching(read, "%", (), (), 5)] == []
    at.did(SENT, Suspended(hold="待配件", restart="2026-11-22T08:00"), to=old)
    at.wait(days=2)
    with at.store.read() as read:
        assert [one.id for one in repair_lists.overdue(read, 5)] == [old]
        assert [one.id for one in repair_lists.put_off(read, 5)] == [old]
        assert repair_lists.queues(GUARD) == ["待回访", "未评价", "挂起", "超时", "返修"]
        assert repair_lists.queues(CLERK)[-1] == "待收"


def test_a_company_is_sent_under_its_hotline(at: At) -> None:
    gas = Reported(room=ROOM, category="燃气", problem="燃气表故障", reporter="张阿姨")
    record = at.did(gas, Assigned(worker="燃气公司", worker_phone="010-96777"))
    assert record.worker_phone == "010-96777" and "010-96777" in printed(at.papers[-1])
