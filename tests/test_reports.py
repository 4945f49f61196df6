"""Reports: every sum agrees with the records to the fen, whatever happened; sheets, charts and the command say the same."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import Session, select
from typer.testing import CliRunner

from data.entry import new_id
from data.records import Actor, Refused
from data.store import Store
from desk import bills, charts, fields, figures, prepaid, report_sheets, reports, setup, staff
from desk.billed import Billed, Waived, Withdrawn, bill_id
from desk.commands import Faces, app
from desk.demands import Delivered, Made
from desk.paid import Invoiced, Paid, Part, Tender, Voided
from desk.payments import Payment, PaymentTender
from desk.refunded import Approved, PaidOut, RefundPart, Requested
from desk.refunds import Refund
from desk.report import Cell, Chart, Kind, Report, Row, Span, Table, columns, moved, rate, shown, table, without_empty
from desk.shifts import Shift
from desk.tariffs import TariffSet
from tests.ledger import BOSS, books
from tests.office import founded
from tests.till import STEPS, Till, estate, meet, rooms

ROOM = "3-2-501"
ALWAYS = Span(date(2000, 1, 1), date(2026, 12, 31))
GUARD = Actor("g", "老周", staff.GUARD)
SETTINGS = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def look(found: Table, label: str) -> list[Cell]:
    """A column by its label; empty where the table leaves it out."""
    places = [n for n, column in enumerate(found.columns) if column.label == label]
    return [row[places[0]] for row in found.rows] if places else []


def added(found: Table, label: str) -> int:
    """What a column comes to, which its total must say too."""
    fen = sum(int(cell or 0) for cell in look(found, label))
    places = [n for n, column in enumerate(found.columns) if column.label == label]
    assert not places or not found.total or found.total[places[0]] in (fen, None)
    return fen


# ── sums ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

ONE = st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 10_000), st.integers(0, 1))


BOTH_PAID = [("bill", 0, 0, 0), ("bill", 0, 0, 1), ("bill", 1, 3, 0), ("pay", 0, 0, 0), ("pay", 0, 0, 1)]
BOTH_WAIVED = [("bill", 0, 0, 0), ("bill", 0, 0, 1), ("bill", 0, 1, 0), ("waive", 0, 4, 0), ("waive", 0, 4, 1)]
TO_ACCOUNT = [("bill", 0, 0, 0), ("pay", 0, 3, 0), ("turn", 0, 1, 0), ("refund", 0, 2, 0)]
AHEAD_AND_VOID = [("prepay", 0, 2, 0), ("bill", 0, 11, 0), ("pay", 0, 3, 0), ("void", 0, 1, 0)]


@given(st.lists(ONE, min_size=8, max_size=30))
@example(BOTH_PAID)
@example(BOTH_WAIVED)
@example(TO_ACCOUNT)
@example(AHEAD_AND_VOID)
@SETTINGS
def test_every_report_agrees_with_the_books_through_any_month(steps: list[tuple[str, int, int, int]]) -> None:
    """Two desks apart, which may both take or waive the same debt; then they meet, and all is asked of one."""
    with tempfile.TemporaryDirectory() as folder, estate(Path(folder), 3, desks=2) as (_, tills):
        for name, room, n, at in steps:
            tills[at].step(name, rooms(3)[room], n)
        meet(tills)
        with tills[0].store.read() as read:
            made = {report.name: report for report in reports.every(read, BOSS, ALWAYS)}
            takings_agree(read, made)
            dues_agree(read, made)
            held_agree(tills[0], made)


def takings_agree(read: Session, made: dict[str, Report]) -> None:
    """What came, less what went back, by tender, by item, by class and by shift."""
    stands = PaymentTender.kind != "预存", PaymentTender.void == False  # noqa: E712
    came = sum(read.exec(select(PaymentTender.fen).where(*stands)).all())
    back = sum(read.exec(select(Refund.fen).where(Refund.state == "已退", Refund.route != "转预存")).all())
    by_day, by_item = made["收费日报"].tables
    assert (added(by_day, "收款"), added(by_day, "退款"), added(by_day, "净收")) == (came, back, came - back)
    assert added(by_item, "净收") == came - back
    whole, own, others = made["收入分类"].tables
    assert added(whole, "净额") == added(own, "净额") + added(others, "净额") == came - back
    assert not {"押金", "代收水电", "公共收益", "预存"} & set(look(own, "类别"))
    dates = {shift.business_date for shift in read.exec(select(Shift)).all()}
    for day in dates:
        mine = [figures.figures(read, one) for one in read.exec(select(Shift.id).where(Shift.business_date == day)).all()]
        taken = sum(one.taken - one.tender("预存") for one in mine)
        (row,) = [row for row in by_day.rows if row[0] == day] or [None]
        places = [column.label for column in by_day.columns]
        assert (int(row[places.index("收款")] or 0) if row else 0) == taken
    chart = made["收费日报"].chart
    assert chart is None or sum(chart.values) == came
    voided = read.exec(select(Payment).where(Payment.state == "已作废")).all()
    assert {row[1]: row[3] for row in made["作废清单"].tables[0].rows} == {one.number: one.fen for one in voided}
    assert {row[6] for row in made["作废清单"].tables[0].rows} <= {"赵强"}
    assert added(made["退款清单"].tables[0], "金额") == sum(read.exec(select(Refund.fen).where(Refund.state == "已退")).all())
    (series, special) = made["号段报告"].tables
    assert added(series, "缺号") == added(series, "重号") == 0
    assert {row[0] for row in special.rows if row[1] == "作废"} == {one.number for one in voided}


def dues_agree(read: Session, made: dict[str, Report]) -> None:
    """What is owed, by household, building, item and age, and what came in of each month."""
    owing = {room: [row for row in bills.open_bills(read, room, BOSS) if row.open > 0] for room in rooms(3)}
    owed = {room: sum(row.open for row in rows) for room, rows in owing.items() if rows}
    by_house, by_room, by_item = made["欠费"].tables
    told: dict[object, int] = {}
    for room, fen in zip(look(by_room, "房号"), look(by_room, "合计"), strict=True):
        told[room] = told.get(room, 0) + int(str(fen))  # a room that was sold has a line for each who owes
    assert told == owed
    assert added(by_house, "合计") == added(by_item, "合计") == sum(owed.values())
    chart = made["欠费"].chart
    assert sum(chart.values if chart else ()) == sum(owed.values())
    over = sum(-row.open for room in rooms(3) for row in bills.open_bills(read, room, BOSS) if row.open < 0)
    assert ("多收" in made["欠费"].note) == bool(over)
    fees = sum(row.open for rows in owing.values() for row in rows if row.bill.klass != "押金")
    houses, items = made["收缴率"].tables
    for one in (houses, items):
        assert added(one, "尚欠") == fees == added(one, "应收") - added(one, "减免") - added(one, "已收")
    waived = sum(read.exec(select(bills.Waiver.fen)).all()) + sum(
        read.exec(select(bills.Allocation.waived).where(bills.Allocation.void == False)).all()  # noqa: E712
    )
    listed, by_reason = made["减免清单"].tables
    assert added(listed, "金额") == added(by_reason, "金额") == waived


def held_agree(till: Till, made: dict[str, Report]) -> None:
    """Deposits and what was paid ahead, against a second set of books; the schedule is of all of it."""
    from data import journal
    from data.file import raw

    with till.store.read() as read:
        ledger = books(journal.everything(raw(read.connection())))
    held = sum(ledger.held[bill] for bill in ledger.deposits)
    assert [added(one, "余额") for one in made["押金余额"].tables] == [held, held]
    accounts, plan = made["预存余额"].tables
    assert added(accounts, "余额") == added(plan, "金额") == sum(ledger.accounts.values())


# ── one office ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Office:
    """A furnished office on a day of November."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store, people = founded(home)
        self.cashier, self.manager = people["李敏"], people["赵强"]

    def report(self, name: str, span: Span = ALWAYS, by: Actor | None = None) -> Report:
        """A report as it stands now."""
        with self.store.read() as read:
            return reports.make(name, read, by or self.cashier, span)

    def pay(self, bill: str, fen: int, waived: int = 0) -> Payment:
        """So much of a bill is paid in cash."""
        part = Part(bill=bill, item="物业费", fen=fen, waived=waived, why="抹零" if waived else "")
        said = Paid(room=ROOM, parts=(part,), tenders=(Tender(kind="现金", fen=fen, given=fen),), request=new_id())
        record = self.store.act(said, self.cashier).record
        assert isinstance(record, Payment)
        return record


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The office at nine in the morning of 2026-11-20."""
    morning = datetime(2026, 11, 20, 9, 0)
    monkeypatch.setattr(fields, "wall", lambda: morning)
    monkeypatch.setattr(setup, "Store", lambda *said, **more: Store(*said, **more | {"now": morning.astimezone}))
    made = Office(tmp_path)
    yield made
    made.store.close()


def fee(month: str) -> str:
    """A month's fee of the household."""
    return bill_id(ROOM, "物业费", month, month)


@pytest.mark.parametrize("name", reports.REPORTS)
def test_a_guard_sees_no_report(at: Office, name: str) -> None:
    with pytest.raises(Refused, match="门岗不办理、也不查看收费"):
        at.report(name, by=GUARD)


def test_the_night_belongs_to_the_day_its_shift_began(at: Office) -> None:
    at.store.now = datetime(2026, 11, 21, 2, 0).astimezone
    at.pay(fee("2026-09"), 161_28)
    (by_day, _) = at.report("收费日报").tables
    assert look(by_day, "日期") == ["2026-11-20"]
    assert at.report("收费日报", Span.of("日", date(2026, 11, 21))).tables[0].rows == ()
    assert added(at.report("收费日报", Span.of("日", date(2026, 11, 20))).tables[0], "现金") == 161_28


def test_money_of_others_is_no_income_of_ours(at: Office) -> None:
    for item, klass, fen in (("公摊电", "代收水电", 12_36), ("电梯广告", "公共收益", 300_00), ("装修押金", "押金", 500_00)):
        said = Billed(room=ROOM, item=item, klass=klass, period_from="2026-11", period_to="2026-11", fen=fen)  # type: ignore[arg-type]
        at.store.act(said, at.manager)
        at.pay(said.key(), fen)
    at.pay(fee("2026-09"), 161_28)
    whole, own, others = at.report("收入分类").tables
    assert (added(own, "净额"), added(others, "净额"), added(whole, "净额")) == (161_28, 812_36, 973_64)
    assert dict(zip(look(whole, "类别"), look(whole, "性质"), strict=True)) == {
        "物业费": "本公司收入", "代收水电": "代收代付", "公共收益": "公共收益（业主）", "押金": "押金（应退）",
    }  # fmt: skip


def test_what_is_kept_of_a_deposit_is_neither_held_nor_income(at: Office) -> None:
    said = Billed(room=ROOM, item="装修押金", klass="押金", period_from="2026-11", period_to="2026-11", fen=500_00)
    at.store.act(said, at.manager)
    at.pay(said.key(), 500_00)
    part = RefundPart(target=said.key(), fen=300_00, deducted=120_00, why="墙面破损", evidence="照片 3 张")
    asked = Requested(
        sort="押金", room=ROOM, parts=(part,), route="银行转账", reason="装修完工", request=new_id(), payee="张秀兰",
        account="6222000011112222", slip="原单收回", inspection="墙面破损一处",
    )  # fmt: skip
    refund = at.store.act(asked, at.cashier).record.id
    (waiting,) = at.report("退款清单").tables[1].rows
    assert (waiting[5], waiting[6], waiting[-1]) == (300_00, 120_00, "待审批")
    assert added(at.report("押金余额").tables[0], "余额") == 500_00, "what is only asked for is still held"
    at.store.act(Approved(), at.manager, refund)
    at.store.act(PaidOut(reference="77"), at.cashier, refund)
    held = at.report("押金余额").tables[0]
    (row,) = held.rows
    assert row[:5] == (ROOM, "张*兰", "装修押金", "2026-11-20", "A26-000001") and row[5:] == (500_00, 300_00, 120_00, 80_00)
    income = at.report("收入分类")
    assert "扣留的押金 120.00 元" in income.note and added(income.tables[0], "净额") == 200_00
    (out,) = at.report("退款清单").tables[0].rows
    assert (out[1], out[8]) == ("A26-000002", "赵强") and at.report("退款清单").tables[1].rows == ()


def test_debts_are_aged_from_the_day_they_fell_due(at: Office) -> None:
    came_due = ("2023-11-20", "2023-11-19", "2025-11-20", "2025-11-19", "2026-08-20", "2026-08-19", "2026-10-20", "2026-10-19")
    for n, due in enumerate((*came_due, "2026-11-19", "2026-11-20", "")):
        month = f"2022-{n + 1:02}" if due else "2025-10"
        said = Billed(room="3-2-502", item="物业费", klass="物业费", period_from=month, period_to=month, fen=10**n, due=due)
        at.store.act(said, at.manager)
    report = at.report("欠费")
    homes = report.tables[1]
    (row,) = [row for row in homes.rows if row[0] == "3-2-502"]
    cells = dict(zip((column.label for column in homes.columns), row, strict=True))
    assert [cells[name] for name in ("未到期", "1个月内", "1～3个月", "3～12个月", "1～3年", "3年以上")] == [
        10**9, 10**8 + 10**6, 10**7 + 10**4, 10**5 + 10**2, 10**10 + 10**3 + 1, 10,
    ]  # fmt: skip
    assert (cells["欠款人"], cells["时效"]) == ("王*", "1 笔满3年") and "§188" in report.note


def test_a_delivered_demand_begins_the_three_years_anew(at: Office) -> None:
    said = Billed(
        room=ROOM, item="物业费", klass="物业费", period_from="2023-01", period_to="2023-01", fen=1_00, due="2023-01-31"
    )
    at.store.act(said, at.manager)
    assert "1 笔满3年" in look(at.report("欠费").tables[1], "时效")
    claim: Any = {"bill": said.key(), "item": "物业费", "period": "2023-01", "fen": 1_00}
    demand = at.store.act(Made(room=ROOM, stage="欠费通知单", bills=(claim,)), at.cashier).record.id
    at.store.act(Delivered(way="当面签收"), at.cashier, demand)
    homes = at.report("欠费").tables[1]
    assert (look(homes, "时效"), look(homes, "催告送达")) == ([""], ["2026-11-20"])
    assert "没有满三年" in at.report("欠费").note


def test_a_rate_is_cut_so_that_only_all_of_it_is_all(at: Office) -> None:
    at.pay(fee("2026-11"), 161_27)
    november = Span.of("月", date(2026, 11, 3))
    houses, _ = at.report("收缴率", november).tables
    assert look(houses, "收缴率") == [9999] and houses.total and houses.total[1] == 9999
    at.store.act(Waived(fen=1, reason="政策减免", approved_by=at.manager.id), at.cashier, fee("2026-11"))
    assert look(at.report("收缴率", november).tables[0], "收缴率") == [10_000]
    assert at.report("收缴率", Span.of("月", date(2026, 10, 3))).tables[0].total == ("合计", 0, 161_28, 0, 161_28, 0, 1)
    assert [rate(0, 5), rate(5, 0), rate(1, 3)] == [0, None, 3333]


def test_lists_say_who_and_why_and_who_agreed(at: Office) -> None:
    at.store.act(Waived(fen=10_00, reason="服务补偿", note="停水三天", approved_by=at.manager.id), at.cashier, fee("2026-10"))
    at.pay(fee("2026-09"), 161_00, waived=28)
    payment = at.pay(fee("2026-11"), 161_28)
    at.store.act(Voided(reason="收错账单", approved_by=at.manager.id, copies_recovered=True), at.cashier, payment.id)
    at.store.act(Withdrawn(reason="重复出账"), at.manager, fee("2026-11"))
    assert at.report("减免清单").tables[0].rows == (
        ("2026-11-20", ROOM, "物业费", "2026-10", 10_00, "服务补偿", "停水三天", "", "李敏", "赵强"),
        ("2026-11-20", ROOM, "物业费", "", 28, "抹零", "", "A26-000001", "李敏", ""),
    )
    receipts, undone = at.report("作废清单").tables
    assert receipts.rows == (("2026-11-20", "A26-000002", ROOM, 161_28, "收错账单", "李敏", "赵强"),)
    assert undone.rows == (("2026-11-20", ROOM, "物业费", "2026-11", 161_28, "重复出账", "赵强"),)
    assert at.report("减免清单", Span.of("月", date(2026, 10, 1))).tables[0].rows == ()


def test_what_was_voided_or_is_only_asked_back_changes_no_rate(at: Office) -> None:
    payment = at.pay(fee("2026-09"), 161_00, waived=28)
    at.store.act(Voided(reason="收错账单", approved_by=at.manager.id, copies_recovered=True), at.cashier, payment.id)
    assert at.report("减免清单").tables[0].rows == ()
    kept = at.pay(fee("2026-09"), 161_28)
    at.store.act(Invoiced(title="张秀兰"), at.cashier, kept.id)
    part = RefundPart(target=fee("2026-09"), fen=100_00)
    said = Requested(
        sort="红冲", room=ROOM, parts=(part,), route="银行转账", reason="重复缴费", request=new_id(), payment=kept.id,
        payee="张秀兰", account="6222000011112222", slip="原单收回",
    )  # fmt: skip
    refund = at.store.act(said, at.cashier).record.id
    september = Span.of("月", date(2026, 9, 1))
    assert at.report("收缴率", september).tables[0].total == ("合计", 10_000, 161_28, 161_28, 0, 0, 1)
    at.store.act(Approved(), at.manager, refund)
    at.store.act(PaidOut(reference="77"), at.cashier, refund)
    assert at.report("收缴率", september).tables[0].total == ("合计", 3799, 161_28, 61_28, 100_00, 0, 1)


def test_penalties_are_listed_with_their_arithmetic(at: Office) -> None:
    clause = TariffSet(
        item="物业费", klass="物业费", basis="面积", price=18000, since="2026-01-01", penalty_ppm=500, clause="合同第十二条"
    )
    late = Billed(
        room=ROOM, item="物业费", klass="物业费", period_from="2026-08", period_to="2026-08", fen=161_28, due="2026-09-30"
    )
    said = Billed(
        room=ROOM, item="物业费违约金", klass="违约金", period_from="2026-10-01", period_to="2026-10-18", fen=1_45,
        how="18天 0.05%/日", of=late.key(),
    )  # fmt: skip
    at.store.act_all([(one, None) for one in (clause, late, said)], at.manager)
    at.pay(said.key(), 1_00)
    (row,) = at.report("违约金清单").tables[0].rows
    assert row == ("2026-11-20", ROOM, "物业费违约金", "2026-08", "18天 0.05%/日", 1_45, None, 1_00, 45)


# ── spans and names ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "", "2026-11"), ("2026-10", "", "2026-10"), ("2026-10", "2026-11", "2026-10-01～2026-11-30"),
        ("2026-11-20", "2026-11-20", "2026-11-20"), ("２０２６-11-05", "", "2026-11-05～2026-11-30"),
        ("", "2026-12", "2026-12"), ("2026-01", "2026-12", "2026年"), ("", "2026-12-03", "2026-12-01～2026-12-03"),
    ],
)  # fmt: skip
def test_a_span_as_typed(first: str, last: str, said: str) -> None:
    assert str(reports.span_of(first, last, date(2026, 11, 20))) == said


@pytest.mark.parametrize(("first", "last"), [("昨天", ""), ("2026-13", ""), ("2026-11-02", "2026-11-01"), ("2026-1", "")])
def test_a_span_that_is_none_is_said(first: str, last: str) -> None:
    with pytest.raises(Refused, match=r"不是日期|早于"):
        reports.span_of(first, last, date(2026, 11, 20))


def test_months_go_on_at_the_end_of_a_month() -> None:
    assert [moved("月", date(2026, 1, 31), n) for n in (-1, 1, 13)] == [
        date(2025, 12, 31),
        date(2026, 2, 28),
        date(2027, 2, 28),
    ]
    assert (moved("年", date(2028, 2, 29), 1), moved("日", date(2026, 3, 1), -1)) == (date(2029, 2, 28), date(2026, 2, 28))


def test_a_report_is_found_by_name_beginning_or_number() -> None:
    assert [reports.named(text) for text in ("欠费", "收缴", "1", "11")] == ["欠费", "收缴率", "收费日报", "号段报告"]
    for text in ("收", "", "12", "0", "利润表"):
        with pytest.raises(Refused, match="有：收费日报、"):
            reports.named(text)


# ── charts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

VALUES = st.lists(st.integers(0, 10**8), min_size=1, max_size=31).filter(any)


@given(VALUES, st.integers(50, 120))
@settings(deadline=None, max_examples=60)
def test_every_lying_bar_is_as_long_as_its_value(values: list[int], width: int) -> None:
    """The bar of a value is drawn on its own line and within a cell and a half of its length."""
    names = tuple(f"{n}栋" for n in range(len(values)))
    lines = charts.drawn(Chart("欠费", names, tuple(values)), width, 10).splitlines()
    bars = [line for line in lines if "┤" in line]
    assert [line.split()[0].split("┤")[0] for line in bars] == list(names)
    assert all(charts.cell_len(line) <= width for line in lines)
    place = width - charts.cell_len(bars[0].split("┤")[0]) - 1
    for line, value in zip(bars, values, strict=True):
        assert abs(line.count("█") - value * place / charts.round_up(max(values))) < 1.6, line


@given(VALUES, st.integers(50, 120), st.integers(8, 30))
@settings(deadline=None, max_examples=60)
def test_every_standing_bar_is_as_high_as_its_value(values: list[int], width: int, height: int) -> None:
    names = tuple(str(n) for n in range(1, len(values) + 1))
    lines = charts.drawn(Chart("每日收款", names, tuple(values), "fen", False), width, height).splitlines()
    assert len(lines) == height and all(charts.cell_len(line) <= width for line in lines)
    axis = lines[1].index("┤") + 1
    body = [line[axis:] for line in lines[1:] if line[axis - 1] in "┤│"]
    each = min((width - axis) // len(values), 8)
    for n, value in enumerate(values):
        high = sum(len(line) > n * each and line[n * each] == "█" for line in body)
        assert abs(high - value * len(body) / charts.round_up(max(values))) < 1.6, "\n".join(lines)


def test_a_chart_of_nothing_says_so_and_a_rate_is_of_a_hundred() -> None:
    assert charts.drawn(Chart("每日收款", ("1",), (0,)), 40, 10) == "每日收款：没有数据"
    drawn = charts.drawn(Chart("收缴率", ("1栋", "11栋"), (5000, 0), "rate"), 60, 10)
    assert "1栋  50.00%┤" in drawn and "11栋  0.00%┤" in drawn and drawn.rstrip().endswith("100%")


# ── sheets and the command ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sheet_has_numbers_and_no_formula(tmp_path: Path) -> None:
    heads = columns("日期", "房号", "原因", "金额", "收缴率", "张数", day="日期", fen="金额", rate="收缴率", count="张数")
    rows: list[Row] = [("2026-11-20", "3-2-12", "=1+1\x01", 1234567, 9999, 3), ("", "3-2-13", "x", -5, None, None)]
    report = Report("收费日报", ALWAYS, "2026-11", (table("按日/x"[:2], heads, rows),), "=cmd()")
    path = tmp_path / "new" / "a.xlsx"
    report_sheets.write(path, [report], "明强小区", "赵强", datetime(2026, 11, 20, 9, 0))
    sheet = load_workbook(path).worksheets[0]
    assert (sheet.title, sheet.freeze_panes) == ("收费日报", "A5")
    assert [sheet["A1"].value, sheet["A2"].value] == [
        "明强小区 收费日报",
        "2026-11   金额单位：元   制表 赵强 2026-11-20 09:00",
    ]
    assert sheet["A5"].value == datetime(2026, 11, 20) and (sheet["C5"].data_type, sheet["C5"].value) == ("s", "=1+1\ufffd")
    assert sheet["A3"].data_type == "s" and sheet["B5"].number_format == "@"
    assert [Decimal(str(sheet[cell].value)) for cell in ("D5", "E5", "F5", "D6", "D7")] == [
        Decimal("12345.67"), Decimal("0.9999"), Decimal(3), Decimal("-0.05"), Decimal("12345.62"),
    ]  # fmt: skip
    assert (sheet["D5"].number_format, sheet["E5"].number_format, sheet["E6"].value) == ("#,##0.00", "0.00%", None)
    assert sheet["A7"].value == "合计" and sheet["A7"].font.bold


def test_a_sheet_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(Refused, match=r"写不进 .*a\.xlsx"):
        report_sheets.write(tmp_path / "a.xlsx", [], "明强小区", "赵强", datetime(2026, 11, 20))


def test_columns_of_nothing_are_left_out() -> None:
    found = without_empty(
        table("t", columns("日期", "现金", "微信", "收款", fen="现金 微信 收款"), [("d", None, 5, 0)]), ("收款",)
    )
    assert ([column.label for column in found.columns], found.total) == (["日期", "微信", "收款"], ("合计", 5, 0))
    cells: list[tuple[Cell, Kind]] = [(None, "fen"), (-5, "fen"), (1234, "count"), (10_000, "rate"), ("x", "fen")]
    assert [shown(cell, kind) for cell, kind in cells] == ["", "-0.05", "1,234", "100.00%", "x"]


def run(home: Path, *words: object) -> Any:
    """What the command line says."""
    return CliRunner().invoke(
        app, ["--home", str(home), "report", *map(str, words)], obj=Faces(lambda *_: None, lambda *_: None), prog_name="desk"
    )


def test_the_command_lists_shows_and_writes(at: Office) -> None:
    at.pay(fee("2026-09"), 161_28)
    today = datetime.now().date()
    listed = run(at.home)
    assert listed.exit_code == 0 and all(name in listed.output for name in reports.REPORTS)
    said = run(at.home, "收费日报", "--from", "2026-11", "--to", "2026-11-20").output
    assert "收费日报  2026-11-01～2026-11-20" in said and "161.28" in said and "每日收款" in said
    lines = [line for line in said.splitlines() if line.startswith((" 2026-11-20 ", " 合计"))]
    assert len({charts.cell_len(line) for line in lines[:2]}) == 1, "figures stand under each other"
    owed = run(at.home, 3).output
    assert "张*兰" in owed and "张秀兰" not in owed and "322.56" in owed
    path = at.home / "报表.xlsx"
    written = run(at.home, "--xlsx", path, "--from", today - timedelta(days=400))
    assert written.exit_code == 0 and "11 个报表" in written.output
    book = load_workbook(path)
    assert len(book.sheetnames) == len(set(book.sheetnames)) >= 20 and "欠费 按楼栋" in book.sheetnames


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("利润表",), 1, "没有“利润表”这个报表"),
        (("欠费", "--from", "昨天"), 1, "不是日期"),
        (("欠费", "--xlsx", "a.csv"), 2, "以 .xlsx 结尾"),
        (("欠费", "--from", "2026-11-02", "--to", "2026-11-01"), 1, "早于开始日期"),
    ],
)
def test_the_command_says_what_is_wrong(at: Office, words: tuple[str, ...], code: int, said: str) -> None:
    done = run(at.home, *words)
    assert done.exit_code == code and said in done.stderr


def test_what_is_paid_ahead_is_shown_with_the_months_it_lasts(at: Office) -> None:
    from desk.tariffs import TariffSet

    at.store.act(TariffSet(item="物业费", klass="物业费", basis="面积", price=18000, since="2026-01-01"), at.manager)
    account = prepaid.account_id(ROOM, "物业费")
    part = Part(bill=account, item="物业费", fen=400_00, kind="预存")
    at.store.act(Paid(room=ROOM, parts=(part,), tenders=(Tender(kind="转账", fen=400_00),), request=new_id()), at.cashier)
    accounts, plan = at.report("预存余额").tables
    assert accounts.rows == ((ROOM, "张*兰", "物业费", 400_00, 161_28, "2027-02"),)
    assert plan.rows == (("2026-12", 1, 161_28), ("2027-01", 1, 161_28), ("2027-02", 1, 77_44))
