"""What a repair costs: signed before it is done, never more than signed, and in the bill to the fen; the work never waits."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import select

from data.records import Event, Refused, fold
from desk import daybook, repair_charges, repair_lines
from desk.billed import Billed, Waived
from desk.bills import Bill
from desk.household import card, waiting
from desk.repair_charges import QUOTE as QUOTE_PART
from desk.repair_charges import WORK as WORK_PART
from desk.repair_events import Charged, ChargeWaived, Finished, QuoteAgreed, Quoted, QuoteDeclined
from desk.repair_lines import Line, total, typed
from desk.repair_states import CHARGES
from desk.repairs import Repair
from tests.conftest import MANAGER
from tests.jobs import entry
from tests.repairing import (
    CASHIER,
    CHARGE,
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
    WORK,
    At,
    exchange,
    printed,
    stop,
    titles,
)

STEPS: dict[str, Event] = {
    "报价": QUOTE,
    "登记签字": SIGNED,
    "登记不同意报价": QuoteDeclined(),
    "入账": Charged(bill="bill:x"),
    "减免": ChargeWaived(free_because="服务补偿"),
}
LEADS = {
    ("无", "报价"): "已报价",
    ("待报价", "报价"): "已报价",
    ("已报价", "报价"): "已报价",
    ("不同意", "报价"): "已报价",
    ("已同意", "报价"): "已报价",
    ("已报价", "登记签字"): "已同意",
    ("已报价", "登记不同意报价"): "不同意",
    ("待收", "入账"): "已入账",
    ("待收", "减免"): "已减免",
}


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> At:
    return stop(At(tmp_path), monkeypatch)


def in_charge(at: At, state: str) -> str:
    """A repair whose charge is in a state."""
    if state == "无":
        return at.did(SINK.model_copy(update={"duty": "公共部位", "again": True})).id
    repair = at.did(SINK.model_copy(update={"again": True}), SENT, THERE, *CHARGE.get(state, CHARGE["已同意"])).id
    if state in ("待收", "已入账", "已减免"):
        at.did(PAID_WORK, to=repair)
    if state == "已入账":
        at.charged(repair)
    if state == "已减免":
        at.did(ChargeWaived(free_because="服务补偿"), to=repair, by=MANAGER)
    return repair


@pytest.mark.parametrize("state", ["无", *CHARGE, "待收", "已减免", "已入账"])
def test_every_step_of_the_charge_from_every_state(at: At, state: str) -> None:
    for word, step in STEPS.items():
        repair = in_charge(at, state)
        assert at.get(repair).charge == state
        if (to := LEADS.get((state, word))) is None:
            with pytest.raises(Refused, match=f"收费是“{state}”，不能{word}。") as caught:
                at.did(step, to=repair, by=MANAGER)
            for possible in [known for was, known in LEADS if was == state]:
                assert possible in str(caught.value)
        else:
            record = at.charged(repair) if word == "入账" else at.did(step, to=repair, by=MANAGER)
            assert (record.charge, record.doubt) == (to, "")


def test_each_step_of_the_charge_is_called_something() -> None:
    assert {step[2] for step in CHARGES.values()} == STEPS.keys()


@pytest.mark.parametrize("charge", CHARGE)
@pytest.mark.parametrize("state", WORK)
def test_the_charge_never_holds_up_the_work(at: At, charge: str, state: str) -> None:
    record = at.did(SINK, *CHARGE[charge], *WORK[state])
    assert record.state == state
    assert record.charge == (charge if state not in ("已取消", "已完工", "已关闭") else "无")


def test_arrears_never_hold_up_a_repair(at: At) -> None:
    for month in ("2026-08", "2026-09", "2026-10"):
        at.store.act(Billed(room=ROOM, item="物业费", klass="物业费", period_from=month, period_to=month, fen=999_99), MANAGER)
    assert at.did(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK).state == "已完工"


def test_paid_work_is_signed_for_first(at: At) -> None:
    repair = at.did(SINK, SENT, THERE).id
    for before, was in (((), "待报价"), ((QUOTE,), "已报价"), ((QuoteDeclined(),), "不同意")):
        for event in before:
            at.did(event, to=repair)
        with pytest.raises(Refused, match=f"先报价、住户签字（现在是“{was}”）") as caught:
            at.did(PAID_WORK, to=repair)
        assert caught.value.field == "lines"
    assert at.did(DONE, to=repair).charge == "无"


def test_not_more_is_asked_than_was_signed_for(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, QUOTE, SIGNED).id
    with pytest.raises(Refused, match=r"合计 200.01 元，超过住户签字的上限 200.00 元") as caught:
        at.did(Finished(result="换了弯头", lines=(Line(item="工时", price=200_01),)), to=repair)
    assert caught.value.field == "lines"
    record = at.did(Finished(result="换了弯头", lines=(Line(item="工时", price=200_00),)), to=repair)
    assert (record.charge, record.cost) == ("待收", 200_00)


def test_a_changed_quote_is_signed_again(at: At) -> None:
    repair = at.did(SINK, QUOTE, SIGNED).id
    record = at.did(Quoted(lines=LINES, cap=300_00), to=repair)
    assert (record.charge, record.agreed_at, record.cap) == ("已报价", "", 300_00)
    with pytest.raises(Refused, match=r"刚刚又改过报价，现在上限是 300\.00 元"):
        at.did(SIGNED, to=repair)


def test_nobody_is_quoted_for_what_is_free(at: At) -> None:
    lamp = at.did(LAMP).id
    with pytest.raises(Refused, match="公共部位，物业来修，不向住户报价"):
        at.did(QUOTE, to=lamp)
    first = at.did(SINK, SENT, THERE, DONE).id
    again = at.did(SINK.model_copy(update={"redo_of": first}))
    assert again.charge == "无"
    with pytest.raises(Refused, match="返修，不收费"):
        at.did(QUOTE, to=again.id)
    with pytest.raises(Refused, match="没有要报价的活"):
        at.did(QUOTE, to=first)


def test_a_quote_of_nothing_and_a_cap_below_it_are_refused() -> None:
    for said in ({"lines": ()}, {"lines": (Line(item="看看", price=0),)}, {"lines": LINES, "cap": 159_99}):
        with pytest.raises(ValidationError):
            Quoted.model_validate(said)
    assert Quoted(lines=LINES).most == 160_00


def test_the_clerk_finishes_and_the_cashier_bills(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK).id
    with pytest.raises(Refused, match="岗位"):
        at.charged(repair, CLERK)
    with at.store.read() as read:
        lines = waiting(card(read, ROOM, CASHIER), CASHIER)
        assert [line for line in lines if line[0] == "维修费"] == [("维修费", "A1 ￥160.00 待入账", "F3 ^O 入账")]
        assert not [line for line in waiting(card(read, ROOM, GUARD), GUARD) if "维修费" in line[0]]
    at.charged(repair)
    with at.store.read() as read:
        (bill,) = read.exec(select(Bill)).all()
        assert (bill.room, bill.item, bill.klass, bill.fen, bill.id) == (ROOM, "维修费 A1", "其他", 160_00, at.get(repair).bill)
        assert not [line for line in waiting(card(read, ROOM, CASHIER), CASHIER) if line[0] == "维修费"]
    with pytest.raises(Refused):
        at.charged(repair)
    at.store.act(Waived(fen=1, reason="抹零"), CASHIER, bill.id)


def test_a_bill_that_is_not_the_work_s_is_not_taken_for_it(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK).id
    other = Billed(room=ROOM, item="维修费 A1", klass="其他", period_from="2026-11-20", period_to="2026-11-20", fen=1_00)
    with pytest.raises(Refused, match="对不上"):
        at.store.act_all([(other, None), (Charged(bill=other.key()), repair)], CASHIER)
    with at.store.read() as read:
        assert not read.exec(select(Bill)).all()


AMOUNTS = st.lists(
    st.builds(Line, item=st.just("工时"), qty=st.integers(1, 99_999), unit=st.just("时"), price=st.integers(0, 9_999_99)),
    min_size=1, max_size=6,
)  # fmt: skip


@given(AMOUNTS)
def test_a_bill_is_its_lines_to_the_fen(lines: list[Line]) -> None:
    fen = total(lines)
    assert fen == sum((2 * one.qty * one.price + 100) // 200 for one in lines)
    if fen:
        assert repair_charges.bill_of("A1", ROOM, lines, "2026-11-20").fen == fen
        assert total(typed(repair_lines.written(lines))) == fen
        record = fold(
            Repair,
            "s",
            [
                entry(n, event, n)
                for n, event in enumerate(
                    (SINK, SENT, THERE, Quoted(lines=tuple(lines)), QuoteAgreed(signed_by="张阿姨", cap=fen),
                     Finished(result="修好", lines=tuple(lines)))
                )
            ],
        )  # fmt: skip
        assert isinstance(record, Repair)
        assert (record.cost, record.charge, record.doubt) == (fen, "待收", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("弯头 1个 35", [("弯头", 100, "个", 35_00)]),
        ("弯头 2 35；工时 1.5小时 60.5", [("弯头", 200, "", 35_00), ("工时", 150, "小时", 60_50)]),
        ("开锁 80", [("开锁", 100, "", 80_00)]),
        ("ＰＶＣ 管 0.5米 １２", [("ＰＶＣ 管", 50, "米", 12_00)]),
        ("  ； ", []),
    ],
)
def test_lines_as_they_are_typed(text: str, found: list[tuple[str, int, str, int]]) -> None:
    assert [(one.item, one.qty, one.unit, one.price) for one in typed(text)] == found


@pytest.mark.parametrize("text", ["弯头", "弯头 两个 35", "弯头 1个 三十五", "弯头 0个 35", "弯头 1个 -3", f"{'长' * 21} 3"])
def test_what_is_no_line_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="「"):
        typed(text)


def test_the_lines_of_quote_and_work_are_kept_apart(at: At) -> None:
    repair = at.did(SINK, QUOTE, Quoted(lines=typed("软管 1根 25")), QuoteAgreed(signed_by="张", cap=25_00), SENT, THERE).id
    at.did(Finished(result="换软管", lines=typed("软管 1根 20")), to=repair)
    with at.store.read() as read:
        assert [one.fen for one in repair_charges.lines_of(read, repair, QUOTE_PART, CLERK)] == [25_00]
        assert [one.fen for one in repair_charges.lines_of(read, repair, WORK_PART, CLERK)] == [20_00]


def test_a_guard_is_shown_no_price(at: At) -> None:
    repair = at.did(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK).id
    with at.store.read() as read:
        with pytest.raises(Refused, match="门岗"):
            repair_charges.lines_of(read, repair, WORK_PART, GUARD)
        said = " ".join(line.what for line in daybook.latest(read, GUARD))
        assert "报价" not in said and "完工" in said
    assert all(slip.money for slip in at.papers if slip.title in ("维修报价单", "维修完工单"))


def test_the_papers_say_what_is_signed(at: At) -> None:
    at.did(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK)
    assert titles(at.papers) == ["报修受理单", "派工单", "维修报价单", "维修完工单"]
    # Large print goes on in further lines: what is said is compared without spaces and line ends.
    household, worker, quote, done = ("".join(printed(slip).split()) for slip in at.papers)
    assert "看后报价，您签字才动工" in household and "业主自理" in household
    assert "要收费先回前台报价签字" in worker
    for fact in (
        "弯头",
        "2个×35.00",
        "70.00",
        "1.5小时×60.00",
        "90.00",
        "￥160.00",
        "￥200.00",
        "签字后施工",
        "住户签字",
        "客户联",
    ):
        assert fact in quote
    for fact in ("￥160.00", "签字报价上限200.00", "本单不是收据", "换了弯头"):
        assert fact in done
    assert at.papers[2].large and at.papers[2].copies == ("客户联", "存根联")


# ── two desks apart ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Event], tuple[At, At, str]]:
    """Two desks that both know a repair."""

    def made(*events: Event) -> tuple[At, At, str]:
        here, there = stop(At(tmp_path), monkeypatch), At(tmp_path, "B")
        repair = here.did(*events).id
        exchange(here, there)
        return here, there, repair

    return made


def alike(here: At, there: At, repair: str) -> Repair:
    """What both have of a repair after they met; the same."""
    exchange(here, there)
    one, other = here.get(repair), there.get(repair)
    assert one.model_dump() == other.model_dump()
    return one


def test_two_desks_that_bill_one_repair_make_one_bill(two: Callable[..., tuple[At, At, str]]) -> None:
    here, there, repair = two(SINK, SENT, THERE, QUOTE, SIGNED, PAID_WORK)
    here.charged(repair)
    there.charged(repair)
    record = alike(here, there, repair)
    assert record.charge == "已入账" and "“已入账”之后又有“入账”" in record.doubt
    for at in (here, there):
        with at.store.read() as read:
            assert [bill.fen for bill in read.exec(select(Bill)).all()] == [160_00]


def test_two_quotes_made_apart_are_in_doubt(two: Callable[..., tuple[At, At, str]]) -> None:
    here, there, repair = two(SINK)
    here.did(QUOTE, to=repair)
    there.wait(minutes=1)
    there.did(Quoted(lines=LINES, cap=300_00), to=repair)
    record = alike(here, there, repair)
    assert (record.charge, record.cap) == ("已报价", 300_00) and "两台前台都登记了“报价”" in record.doubt


def test_work_that_ends_over_a_new_quote_is_not_billed_by_itself(two: Callable[..., tuple[At, At, str]]) -> None:
    here, there, repair = two(SINK, SENT, THERE, QUOTE, SIGNED)
    there.did(Quoted(lines=LINES, cap=300_00), to=repair)
    here.wait(minutes=1)
    here.did(PAID_WORK, to=repair)
    record = alike(here, there, repair)
    assert (record.state, record.charge) == ("已完工", "待收") and "没有签字的报价" in record.doubt
    with pytest.raises(Refused, match="没有签字的报价"):
        here.charged(repair)


@given(st.lists(st.tuples(st.sampled_from([*STEPS.values(), SENT, THERE, PAID_WORK, DONE]), st.integers(0, 5)), max_size=10),
       st.randoms(use_true_random=False))  # fmt: skip
def test_the_charge_folds_alike_in_every_order(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(SINK, 0), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold(Repair, "s", entries), fold(Repair, "s", shuffled)
    assert isinstance(one, Repair) and isinstance(other, Repair)
    assert one.model_dump() == other.model_dump()
    assert (one.charge == "待收") <= (one.cost > 0)
