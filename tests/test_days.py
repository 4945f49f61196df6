"""A day's books: its shifts summed, its receipt numbers without a gap, its cash to the fen, closed once."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.entry import new_id
from data.records import Actor, Refused, fold
from data.store import Done, Store
from desk import days, fields, shifts
from desk.billed import Billed, FeeClass
from desk.days import Day, DayClosed, Range
from desk.figures import Figures, figures
from desk.paid import Paid, Part, Tender, TenderKind, Voided
from desk.paper import slips_of
from desk.refunded import Approved, PaidOut, RefundPart, Requested
from desk.shifts import CashMoved, Shift, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened
from tests.jobs import entry
from tests.office import office

ROOM = "3-2-501"
HEAD = f"A{datetime.now():%y}-"
"""What this year's receipts are numbered in."""


@pytest.fixture
def at(tmp_path: Path) -> Iterator[tuple[Store, dict[str, Actor]]]:
    """A furnished office with a shift open over ￥500.00."""
    store, people = office(tmp_path)
    yield store, people
    store.close()


def pay(store: Store, by: Actor, fen: int, kind: TenderKind = "现金", klass: FeeClass = "物业费") -> Done:
    """Something billed and paid."""
    bill = Billed(room=ROOM, item=f"{klass}{new_id()[-6:]}", klass=klass, period_from="2026-10", period_to="2026-10", fen=fen)
    store.act(bill, by)
    part = Part(bill=bill.key(), item=bill.item, period="2026-10", fen=fen)
    given = {"given": fen, "change": 0} if kind == "现金" else {"reference": "318204"}
    return store.act(Paid(room=ROOM, parts=(part,), tenders=(Tender(kind=kind, fen=fen, **given),), request=new_id()), by)  # type: ignore[arg-type]


def void(store: Store, by: Actor, second: Actor, payment: str) -> None:
    """A receipt taken back."""
    store.act(Voided(reason="收错账单", approved_by=second.id, copies_recovered=True), by, payment)


def close(store: Store, by: Actor, off: int = 0, left: int = 500_00, **totals: int) -> Shift:
    """The open shift counted and closed; `off` by so much."""
    with store.read() as read:
        shift = shifts.open_shift(read)
        assert shift is not None
        held = figures(read, shift.id).expected + off
    pieces = ((1_00, held // 100), (1, held % 100))
    store.act(ShiftCounted(pieces=pieces, totals=tuple(totals.items())), by, shift.id)
    said = ShiftClosed(left=left, envelope="F1", reason="原因不明" if off else "")
    record = store.act(said, by, shift.id).record
    assert isinstance(record, Shift)
    return record


def close_day(store: Store, by: Actor, date: str) -> Day:
    """The books of a date closed."""
    with store.read() as read:
        said = days.closing(read, date)
    record = store.act(said, by).record
    assert isinstance(record, Day)
    return record


def paper_of(store: Store, record: str, kind: str, by: Actor) -> str:
    """What a slip of a record says, with one space where there are several."""
    found = next(job.plain for job in store.transact(lambda db: slips_of(db, record, by)) if job.kind == kind)
    return re.sub(" +", " ", found)


def test_a_day_is_the_sum_of_its_shifts_and_every_number_is_accounted_for(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier, manager = people["李敏"], people["赵强"]
    pay(store, cashier, 161_28)
    gone = pay(store, cashier, 20_00)
    void(store, cashier, manager, gone.record.id)
    pay(store, cashier, 30_00, "微信", "代收水电")
    with store.read() as read:
        store.act(CashMoved(direction="出", reason="解款", fen=100_00, request="m"), cashier, shifts.open_id(read))
    first = close(store, cashier, off=-50, 微信=30_00)
    store.act(ShiftOpened(pieces=((1_00, 499),)), people["赵强"])
    pay(store, manager, 2000_00, "刷卡", "押金")
    pay(store, manager, 40_00)
    second = close(store, manager, left=300_00, 刷卡=2000_00)
    store.act(ShiftBanked(slip="ICBC-778"), manager, second.id)
    date = first.business_date
    with store.read() as read:
        assert days.unclosed(read) == [date]
    day = close_day(store, cashier, date)
    assert (day.date, day.shifts, day.taken) == (date, "AZ00001 AZ00002", 2231_28)
    assert (day.difference, day.banked) == (-50, first.banked + second.banked)
    found = Figures.read(day.snapshot)
    assert found.classes == {"代收水电": 30_00, "物业费": 201_28, "押金": 2000_00}
    assert found.tenders == {"微信": (1, 30_00), "现金": (2, 201_28), "刷卡": (1, 2000_00)}
    assert found.cashiers == (cashier.id, manager.id) and found.receipts == 5
    report = paper_of(store, day.id, "day", cashier)
    for words in (
        "其中公司收入 201.28",
        "AZ00002",
        "回单 ICBC-778",
        f"{HEAD}000002",
        "无缺号",
        "长短款合计 -0.50",
    ):
        assert words in report
    book = paper_of(store, day.id, "cashbook", cashier)
    assert "日终余额 ￥300.00" in book and "交接差异" in book and f"收据 {HEAD}000002 作废" in book
    with store.read() as read:
        assert days.unclosed(read) == []
        lines = days.cash_journal(read, days.shifts_of(read, day.drawer, date))
        (numbers,) = days.number_ranges(read, HEAD[1:3])
        assert days.number_ranges(read, "99") == []
    assert lines[0].balance + sum(one.into - one.out for one in lines) == lines[-1].balance == second.left
    assert numbers == Range(
        series=HEAD, first=f"{HEAD}000001", last=f"{HEAD}000005", count=5, voided=(f"{HEAD}000002",)
    )  # fmt: skip


def test_a_red_receipt_stands_in_the_range_and_a_missing_number_is_seen(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier, manager = people["李敏"], people["赵强"]
    bill = Billed(room=ROOM, item="装修押金", klass="押金", period_from="2026-10", period_to="2026-10", fen=100_00)
    store.act(bill, cashier)
    part = Part(bill=bill.key(), item="装修押金", fen=100_00)
    given = Tender(kind="现金", fen=100_00, given=100_00)
    store.act(Paid(room=ROOM, parts=(part,), tenders=(given,), request="r"), cashier)
    asked = Requested(
        sort="押金", room=ROOM, parts=(RefundPart(target=bill.key(), fen=100_00),), route="备用金现金", reason="装修完工",
        request="q", payee="王建国", slip="原单收回", signed=True, inspection="现场完好",
    )  # fmt: skip
    refund = store.act(asked, cashier).record.id
    store.act(Approved(), manager, refund)
    red = store.act(PaidOut(), cashier, refund).entry.number
    pay(store, cashier, 1_00)
    lost = pay(store, cashier, 1_00).record.id
    last = pay(store, cashier, 1_00).record.number
    shift = close(store, cashier)
    assert shift.expected == 503_00
    day = close_day(store, cashier, shift.business_date)
    assert f"退款 {red}" in paper_of(store, day.id, "cashbook", cashier)
    with store.read() as read:
        (found,) = days.number_ranges(read)
        assert (found.red, found.last, found.gaps, found.twice) == ((red,), last, (), ())
    store.transact(lambda db: db.execute("DELETE FROM payment WHERE id = ?", (lost,)))
    store.transact(lambda db: db.execute("UPDATE payment SET number = ? WHERE number = ?", (last, f"{HEAD}000003")))
    with store.read() as read:
        (found,) = days.number_ranges(read)
    assert (found.gaps, found.twice) == ((f"{HEAD}000003", f"{HEAD}000004"), (last,))
    store.transact(lambda db: db.execute("DELETE FROM payment WHERE number = ?", (f"{HEAD}000001",)))
    with store.read() as read:
        (found,) = days.number_ranges(read)
    assert found.gaps[0] == f"{HEAD}000001"


def test_a_day_is_closed_once_after_its_last_shift_by_its_own_desk(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier = people["李敏"]
    with store.read() as read:
        shift = shifts.open_shift(read)
        assert shift is not None
        said = days.closing(read, shift.business_date)
        assert days.unclosed(read) == []
    with pytest.raises(Refused, match=r"还有一班（.* 李敏）没有结，请先按 F10 结班"):
        store.act(said, cashier)
    store.act(ShiftClosed(), cashier, shift.id)
    with pytest.raises(Refused, match="没有开过班"):
        store.act(DayClosed(drawer=said.drawer, date="2020-01-01"), cashier)
    with pytest.raises(Refused, match="另一台前台"):
        store.act(DayClosed(drawer="other", date=said.date), cashier)
    for who in ("王芳", "老周"):
        with pytest.raises(Refused, match="岗位"):
            store.act(said, people[who])
    store.act(said, cashier)
    with pytest.raises(Refused, match="不用再登记"):
        store.act(said, cashier)
    for bad in ("2026-13-01", "昨天"):
        with pytest.raises(ValidationError, match="不是日期"):
            DayClosed(drawer="d", date=bad)
    assert store.transact(lambda db: slips_of(db, said.key(), people["老周"])) == []
    with store.read() as read:
        assert [one.date for one in days.recent(read, cashier)] == [said.date]
        with pytest.raises(Refused, match="门岗"):
            days.recent(read, people["老周"])


def test_a_shift_opened_after_the_books_are_closed_counts_for_the_next_day(
    at: tuple[Store, dict[str, Actor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, people = at
    cashier = people["李敏"]
    with store.read() as read:
        shift = shifts.open_shift(read)
        assert shift is not None
    store.act(ShiftClosed(), cashier, shift.id)
    close_day(store, cashier, shift.business_date)
    today = datetime.fromisoformat(shift.business_date)

    def at_hour(hours: int) -> Shift:
        wall = today + timedelta(hours=hours)
        monkeypatch.setattr(fields, "wall", lambda: wall)
        store.now = wall.astimezone
        record = store.act(ShiftOpened(pieces=()), cashier).record
        assert isinstance(record, Shift)
        return record

    night = at_hour(23)
    assert night.opened_at[:10] == shift.business_date < night.business_date == f"{today + timedelta(days=1):%Y-%m-%d}"
    store.act(ShiftClosed(), cashier, night.id)
    morning = at_hour(32)
    assert morning.business_date == night.business_date == morning.opened_at[:10]
    store.act(ShiftClosed(), cashier, morning.id)
    with store.read() as read:
        assert days.unclosed(read) == [night.business_date]


def test_two_copies_that_close_one_day_leave_the_first_and_a_doubt() -> None:
    said: list[Callable[[], DayClosed]] = [
        lambda: DayClosed(drawer="d", date="2026-11-20", banked=1, shifts=("AZ00001",)),
        lambda: DayClosed(drawer="d", date="2026-11-20", banked=2),
    ]
    entries = [entry(n, make(), n) for n, make in enumerate(said)]
    day = fold(Day, "s", entries)
    assert isinstance(day, Day)
    assert (day.banked, day.shifts) == (1, "AZ00001") and "日结了两次" in day.doubt
