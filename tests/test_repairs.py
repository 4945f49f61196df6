"""Repairs: what is promised, what is refused, what two desks make of one repair, and what the paper says of it."""

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
from desk import fields, repairs, staff
from desk.repair_events import (
    Assigned,
    CallMissed,
    Cancelled,
    Charged,
    ChargeWaived,
    Closed,
    Finished,
    QuoteAgreed,
    Quoted,
    QuoteDeclined,
    Rated,
    Reported,
    Resumed,
    Returned,
    Suspended,
    Transferred,
    Urged,
    WorkerArrived,
)
from desk.repair_lines import Line
from desk.repair_states import CHARGE_LINE, LINE
from desk.repairs import Repair
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from desk.urgency import CANNED, CATEGORIES, Category, Urgency, promises, urgency_of
from printers.slip import Slip, layout
from tests.conftest import MANAGER, Desks, certificate
from tests.jobs import NOON, entry
from tests.repairing import printed

CLERK = Actor("k1", "王芳", staff.CLERK)
GUARD = Actor("g1", "老周", staff.GUARD)
PHONE, WORKER_PHONE = "13800001234", "13900005678"

REPORTED = Reported(
    room="3-2-501", category="下水", problem="厨房地漏返水", reporter="张阿姨", phone=PHONE, when_home="下午在家"
)
NEXT: dict[str, Event] = {
    "派工": Assigned(worker="刘师傅", worker_phone=WORKER_PHONE),
    "到场": WorkerArrived(),
    "完工": Finished(result="疏通地漏"),
    "关闭": Closed(rating=5, comment="很快"),
    "取消": Cancelled(reason="业主撤回"),
    "催办": Urged(note="又来电话"),
    "退单": Returned(because="不是本工种"),
    "挂起": Suspended(hold="待配件", restart="2026-11-22T08:00"),
    "恢复": Resumed(),
    "转办": Transferred(sent_to="自来水公司", sent_phone="010-96116"),
}
PATHS: dict[str, tuple[str, ...]] = {
    "已登记": (),
    "已派工": ("派工",),
    "已到场": ("派工", "到场"),
    "已完工": ("派工", "到场", "完工"),
    "已关闭": ("派工", "到场", "完工", "关闭"),
    "已取消": ("取消",),
    "挂起": ("派工", "挂起"),
    "转办": ("转办",),
}
ALLOWED = {
    ("已登记", "派工"): "已派工",
    ("已登记", "催办"): "已登记",
    ("已登记", "取消"): "已取消",
    ("已派工", "派工"): "已派工",
    ("已派工", "到场"): "已到场",
    ("已派工", "催办"): "已派工",
    ("已派工", "取消"): "已取消",
    ("已到场", "完工"): "已完工",
    ("已到场", "催办"): "已到场",
    ("已到场", "取消"): "已取消",
    ("已完工", "关闭"): "已关闭",
    ("已派工", "退单"): "已登记",
    ("已派工", "挂起"): "挂起",
    ("已到场", "挂起"): "挂起",
    ("挂起", "挂起"): "挂起",
    ("挂起", "恢复"): "已派工",
    ("挂起", "催办"): "挂起",
    ("挂起", "取消"): "已取消",
    ("已登记", "转办"): "转办",
    ("已派工", "转办"): "转办",
    ("已到场", "转办"): "转办",
    ("挂起", "转办"): "转办",
    ("转办", "派工"): "已派工",
    ("转办", "催办"): "转办",
    ("转办", "取消"): "已取消",
    ("转办", "关闭"): "已关闭",
}
LINES = (Line(item="弯头", qty=200, unit="个", price=35_00),)
MONEY: tuple[Event, ...] = (
    Quoted(lines=LINES), QuoteAgreed(signed_by="张阿姨", cap=70_00), QuoteDeclined(), Finished(result="换了弯头", lines=LINES),
    Charged(bill="bill:x"), ChargeWaived(free_because="服务补偿"), CallMissed(), Rated(rating=4),
)  # fmt: skip
"""The steps of the other two states."""


@pytest.fixture
def make(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """Desks with two households, the clock stopped at noon; their slips go to `papers`."""
    monkeypatch.setattr(fields, "wall", lambda: NOON)
    ticks = count()

    def desk(prefix: str) -> Store:
        store = desks(prefix, Repair, lambda: NOON.astimezone() + timedelta(milliseconds=100 * next(ticks)))
        for code, uid, name, care in (("3-2-501", "p1", "张秀兰", "独居,听力,大字"), ("3-2-502", "p2", "王磊", "")):
            store.act(RoomRegistered(code=code), MANAGER)
            store.act(PersonRegistered(uid=uid, name=name, phone="13700009999", care=care), MANAGER)
            store.act(HomeBegan(room=code, person=uid), MANAGER)
        return store

    return desk


@pytest.fixture
def store(make: Callable[[str], Store]) -> Store:
    return make("A")


def led(store: Store, state: str) -> str:
    """The id of a repair led to a state the way people lead it."""
    subject = store.act(REPORTED.model_copy(update={"again": True}), CLERK).record.id
    for step in PATHS[state]:
        store.act(NEXT[step], CLERK, subject)
    return subject


def folded(*said: Event, personal: bool = True) -> Repair:
    record = fold(Repair, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert isinstance(record, Repair)
    return record


@pytest.mark.parametrize(
    ("category", "problem", "urgency"),
    [
        ("电梯", "困人", "特急"),
        ("燃气", "闻到燃气味", "特急"),
        ("电", "插座冒烟", "特急"),
        ("屋面外墙", "外墙皮掉下来了", "特急"),
        ("电", "漏电保护跳闸", "急修"),
        ("下水", "厨房地漏返水", "急修"),
        ("水", "水管漏水", "急修"),
        ("燃气", "燃气表故障", "急修"),
        ("电梯", "按键失灵", "急修"),
        ("门窗锁", "窗户关不上", "一般"),
        ("公区照明", "楼道灯不亮", "一般"),
        ("屋面外墙", "顶层漏雨", "工程"),
    ],
)
def test_urgency_comes_from_the_problem(category: Category, problem: str, urgency: str) -> None:
    assert urgency_of(category, problem) == urgency


def test_every_canned_problem_can_be_chosen_by_digit_and_reported() -> None:
    assert list(CANNED) == list(CATEGORIES)
    for category, problems in CANNED.items():
        assert 1 <= len(problems) <= 9
        for problem in problems:
            Reported(room="公共-门岗", category=category, problem=problem, reporter="巡检")


@pytest.mark.parametrize(
    ("urgency", "now", "arrive", "done"),
    [
        ("特急", "2026-11-20T12:00", "2026-11-20T12:05", ""),
        ("急修", "2026-11-20T23:50", "2026-11-21T00:20", "2026-11-21T23:50"),
        ("一般", "2026-11-20T08:00", "2026-11-20T12:00", "2026-11-22T08:00"),
        ("一般", "2026-11-20T09:01", "2026-11-20T18:00", "2026-11-22T09:01"),
        ("一般", "2026-11-20T14:00", "2026-11-20T18:00", "2026-11-22T14:00"),
        ("一般", "2026-11-20T14:01", "2026-11-21T12:00", "2026-11-22T14:01"),
        ("工程", "2026-11-20T12:00", "", ""),
    ],
)
def test_promises(urgency: Urgency, now: str, arrive: str, done: str) -> None:
    found = promises(urgency, datetime.fromisoformat(now))
    assert [when.isoformat(timespec="minutes") if when else "" for when in found] == [arrive, done]


def test_promises_are_filled_in_and_kept_in_the_journal(store: Store) -> None:
    done = store.act(REPORTED, CLERK)
    assert done.entry.body["urgency"] == "急修"
    assert done.entry.body["promised_arrive"] == "2026-11-20T12:30"
    assert done.entry.body["promised_done"] == "2026-11-21T12:00"
    assert done.entry.number == "A1"


def test_what_the_clerk_promises_stands() -> None:
    def promised(**said: str) -> tuple[str, str]:
        whole = REPORTED.model_validate({**REPORTED.model_dump(), **said})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fields, "wall", lambda: NOON)
            whole = whole.complete(None)  # type: ignore[arg-type]
        return whole.promised_arrive, whole.promised_done

    assert promised(promised_arrive="2026-11-20 16:00", promised_done="2026-11-23 18:00") == (
        "2026-11-20T16:00",
        "2026-11-23T18:00",
    )
    assert promised(promised_arrive="2026-11-21T12:30") == ("2026-11-21T12:30", "2026-11-22T12:00")
    assert promised(promised_done="2026-11-20T12:10") == ("2026-11-20T12:10", "2026-11-20T12:10")
    assert promised(urgency="工程", promised_done="2026-12-01T18:00") == ("", "2026-12-01T18:00")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("room", " "),
        ("category", "天气"),
        ("problem", "漏"),
        ("problem", "漏" * 201),
        ("reporter", "  "),
        ("phone", "12345678901"),
        ("promised_arrive", "今天下午"),
        ("promised_done", "2026-11-20T08:00"),
    ],
)
def test_a_wrong_field_is_refused_beside_it(field: str, value: str) -> None:
    said = {**REPORTED.model_dump(), "promised_arrive": "2026-11-20T09:00", field: value}
    with pytest.raises(ValidationError) as caught:
        Reported.model_validate(said)
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (Assigned, {"worker": ""}),
        (Assigned, {"worker": "刘", "worker_phone": "1"}),
        (Finished, {"result": "好"}),
        (Closed, {"rating": 6}),
        (Closed, {"rating": 0}),
        (Cancelled, {"reason": ""}),
        (WorkerArrived, {"at": "25:00"}),
    ],
)
def test_a_wrong_step_is_refused(event: type[Event], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        event.model_validate(fields)
    assert [fault["loc"][0] for fault in caught.value.errors()] == list(fields)[-1:]
    assert "Value error" in str(caught.value)


@pytest.mark.parametrize("state", PATHS)
def test_every_step_from_every_state(store: Store, state: str) -> None:
    for word, step in NEXT.items():
        subject = led(store, state)
        if (state, word) in ALLOWED:
            record = store.act(step, CLERK, subject).record
            assert isinstance(record, Repair)
            assert (record.state, record.doubt) == (ALLOWED[state, word], "")
            continue
        with pytest.raises(Refused, match=rf"A\d+ 现在是“{state}”，不能") as caught:
            store.act(step, CLERK, subject)
        for possible in [known for at, known in ALLOWED if at == state]:
            assert possible in str(caught.value), (state, word)


def test_next_step_leads_to_the_end() -> None:
    steps = [repairs.next_step(folded(REPORTED, *(NEXT[word] for word in path)), NOON) for path in PATHS.values()]
    assert steps == [Assigned, WorkerArrived, Finished, Closed, None, None, Resumed, Closed]


def test_a_second_order_for_the_same_thing_is_refused_with_the_first(store: Store) -> None:
    store.act(REPORTED, CLERK)
    with pytest.raises(Refused, match=r"A1.*追加催办") as caught:
        store.act(REPORTED, CLERK)
    assert caught.value.field == "again"
    assert store.act(REPORTED.model_copy(update={"again": True}), CLERK).record.number == "A2"
    assert store.act(REPORTED.model_copy(update={"category": "电"}), CLERK).record.number == "A3"
    assert store.act(REPORTED.model_copy(update={"room": "3-2-502"}), CLERK).record.number == "A4"


def test_after_the_work_the_same_thing_may_break_again(store: Store) -> None:
    led(store, "已完工")
    assert store.act(REPORTED, CLERK).record.number == "A2"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"room": "9-9-999"}, "room"),
        ({"room": "公共-"}, "room"),
        ({"promised_arrive": "2026-11-20T11:59"}, "promised_arrive"),
        ({"promised_done": "2025-11-21T18:00"}, "promised_done"),
    ],
)
def test_what_the_register_and_the_clock_refuse(store: Store, change: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as caught:
        store.act(REPORTED.model_copy(update=change), CLERK)
    assert caught.value.field == field


def test_public_places_need_not_be_registered(store: Store) -> None:
    said = Reported(room="公共-电梯3", category="电梯", problem="困人", reporter="路人")
    record = store.act(said, GUARD).record
    assert isinstance(record, Repair)
    assert (record.room, record.urgency, record.promised_done) == ("公共-电梯3", "特急", "")


@pytest.mark.parametrize("at", ["2026-11-20T12:01", "2026-11-20T11:59"])
def test_arrival_is_neither_ahead_nor_before_the_order(store: Store, at: str) -> None:
    subject = led(store, "已派工")
    with pytest.raises(Refused) as caught:
        store.act(WorkerArrived(at=at), CLERK, subject)
    assert caught.value.field == "at"
    record = store.act(WorkerArrived(at="2026-11-20T12:00"), CLERK, subject).record
    assert isinstance(record, Repair)
    assert record.arrived_at == "2026-11-20T12:00"


def test_guards_take_reports_and_reminders_and_nothing_else(store: Store) -> None:
    subject = store.act(REPORTED, GUARD).record.id
    store.act(NEXT["催办"], GUARD, subject)
    for word in NEXT.keys() - {"催办"}:
        with pytest.raises(Refused, match="岗位"):
            store.act(NEXT[word], GUARD, subject)


EVENTS = st.lists(st.tuples(st.sampled_from([REPORTED, *NEXT.values(), *MONEY]), st.integers(0, 6)), max_size=12)


@given(EVENTS, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order_and_never_raises(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(REPORTED, 3), *said])]
    shuffled = [*entries, *entries[:3]]
    dice.shuffle(shuffled)
    one, other = fold(Repair, "s", entries), fold(Repair, "s", shuffled)
    assert one is not None and other is not None
    assert one.model_dump() == other.model_dump()
    assert isinstance(one, Repair) and one.state in LINE and one.charge in CHARGE_LINE
    assert one.urged == sum(isinstance(event, Urged) for event, _ in said)


@pytest.mark.parametrize(
    ("said", "state", "doubt"),
    [
        (["派工", "派工"], "已派工", ""),
        (["到场"], "已到场", "登记到场"),
        (["派工", "完工"], "已完工", "登记完工"),
        (["派工", "到场", "派工"], "已到场", "派工"),
        (["派工", "到场", "完工", "取消"], "已完工", "取消"),
        (["取消", "派工"], "已取消", "派工"),
        (["取消", "完工"], "已完工", "登记完工"),
        (["派工", "到场", "完工", "关闭", "催办"], "已关闭", "催办"),
        (["派工", "挂起", "恢复"], "已派工", ""),
        (["派工", "挂起", "到场"], "已到场", "登记到场"),
        (["取消", "转办"], "转办", "转办"),
        (["转办", "取消"], "已取消", ""),
        (["派工", "到场", "退单"], "已到场", "退单"),
        (["派工", "到场", "完工", "挂起"], "已完工", "挂起"),
    ],
)
def test_what_cannot_happen_is_in_doubt(said: list[str], state: str, doubt: str) -> None:
    record = folded(REPORTED, *(NEXT[word] for word in said))
    assert record.state == state
    assert (f"“{doubt}”" in record.doubt) if doubt else record.doubt == ""


def test_a_second_report_under_one_number_changes_nothing_but_the_doubt() -> None:
    record = folded(REPORTED, NEXT["派工"], REPORTED.model_copy(update={"room": "3-2-502"}))
    assert (record.room, record.state, record.doubt) == ("3-2-501", "已派工", "同一单登记了两次，请核对")


def test_what_came_too_late_overwrites_nothing() -> None:
    record = folded(REPORTED, NEXT["派工"], NEXT["到场"], Finished(result="换了弯头"), Finished(result="没修好"))
    assert record.result == "换了弯头"
    assert record.doubt


def test_erased_people_leave_a_repair_that_still_folds() -> None:
    record = folded(REPORTED, *(NEXT[word] for word in PATHS["已关闭"]), personal=False)
    assert (record.state, record.category, record.room, record.rating) == ("已关闭", "下水", "3-2-501", 5)
    assert (record.problem, record.reporter, record.worker, record.result) == (ERASED,) * 4
    assert (record.phone, record.worker_phone, record.comment, record.doubt) == ("", "", "", "")


def test_nothing_personal_lies_in_the_bytes(store: Store) -> None:
    subject = led(store, "已关闭")
    with store.read() as read:
        stored = b"".join(one.stored for one in journal.history(raw(read.connection()), subject)).decode()
    for text in ("张阿姨", PHONE, "返水", "刘师傅", WORKER_PHONE, "疏通", "很快", "下午在家"):
        assert text not in stored


def test_two_desks_apart_end_alike(make: Callable[[str], Store]) -> None:
    here, there = make("A"), make("B")
    subject = led(here, "已派工")

    def exchange() -> None:
        for sender, receiver, chain in ((here, there, "cA"), (there, here, "cB")):
            with sender.read() as read:
                sent = journal.since(raw(read.connection()), chain, 0, 999)
            receiver.receive([certificate(chain, chain[1])], sent)

    exchange()
    here.act(NEXT["取消"], CLERK, subject)
    there.act(NEXT["到场"], CLERK, subject)
    there.act(NEXT["完工"], CLERK, subject)
    exchange()
    found = []
    for one in (here, there):
        with one.read() as read:
            found.append(read.get(Repair, subject))
    assert found[0] is not None and found[1] is not None
    assert found[0].model_dump() == found[1].model_dump()
    assert (found[0].state, bool(found[0].doubt)) == ("已完工", True)


def test_the_household_slip_says_what_was_promised_and_no_phone(store: Store, papers: list[Slip]) -> None:
    done = store.act(REPORTED, CLERK)
    assert [slip.kind for slip in papers] == ["repair"]
    text = printed(papers[0])
    for fact in (
        "报修受理单",
        "A1",
        "3-2-501",
        "厨房地漏返水",
        "11月20日 12:30前",
        "11月21日 12:00前",
        "前台 王芳",
        "下午在家",
    ):
        assert fact in text
    for kept in (PHONE, "张阿姨", "13700009999", "张秀兰"):
        assert kept not in text
    assert f"[二维码 A1.{check_letters(done.link)}]" in text
    assert papers[0].large
    big = [row.size for row in layout(papers[0], 32) if "12:30前" in row.text]
    assert big == [2]


def test_a_household_that_did_not_ask_gets_plain_print(store: Store, papers: list[Slip]) -> None:
    store.act(REPORTED.model_copy(update={"room": "3-2-502"}), CLERK)
    assert not papers[0].large


def test_the_worker_slip_says_whom_to_ring_and_what_to_mind(store: Store, papers: list[Slip]) -> None:
    led(store, "已派工")
    assert [slip.kind for slip in papers] == ["repair", "job"]
    text = printed(papers[1])
    for fact in (
        "派工单",
        "A1",
        "3-2-501",
        "张阿姨",
        PHONE,
        "刘师傅",
        WORKER_PHONE,
        "独居·先打电话再敲门",
        "听力不好",
        "急修",
        "业主签字",
    ):
        assert fact in text
    assert "大字" not in text


def test_project_work_promises_no_date(store: Store, papers: list[Slip]) -> None:
    store.act(Reported(room="3-2-502", category="屋面外墙", problem="顶层漏雨", reporter="王先生"), CLERK)
    assert "主管另行答复" in printed(papers[0])


def test_queries(store: Store) -> None:
    store.act(REPORTED.model_copy(update={"category": "门禁", "problem": "对讲不响"}), CLERK)
    subject = store.act(REPORTED, CLERK).record.id
    store.act(Reported(room="公共-电梯3", category="电梯", problem="困人", reporter="路人"), CLERK)
    store.act(REPORTED.model_copy(update={"room": "3-2-502"}), CLERK)
    with store.read() as read:
        assert [one.urgency for one in repairs.open_repairs(read)] == ["特急", "急修", "急修", "一般"]
        assert [one.number for one in repairs.open_repairs(read, "3-2-501")] == ["A2", "A1"]
        assert [one.number for one in repairs.recent(read, 2)] == ["A4", "A3"]
    store.act(NEXT["取消"], CLERK, subject)
    with store.read() as read:
        assert [one.number for one in repairs.open_repairs(read, "3-2-501")] == ["A1"]
