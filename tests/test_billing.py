"""The billing run and the sale of a room: each day is billed once, by the price of that day, to who owned the room."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from data.records import Actor, Refused
from data.store import Store
from desk import staff
from desk.billed import Billed, Waived, Withdrawn, bill_id
from desk.billing import Run, plan_run
from desk.bills import Bill, open_bills
from desk.charges import ChargeBegan, ChargeChanged, ChargeEnded, ReadingTaken, charge_id
from desk.jobs import JOBS
from desk.money import half_up
from desk.periods import DAY, count_days, days_of, month_end
from desk.residents import RoomRegistered
from desk.sales import RoomSale, RoomSold, Transfer, sale_acts
from desk.staff import COMMAND_LINE
from desk.stretches import Reign, charged
from desk.tariffs import TariffChanged, TariffEnded, TariffRate, TariffSet, tariff_id
from tests.conftest import certificate
from tests.test_cli import HOUSEHOLDS, Desk, count, desk, ready, sheet  # noqa: F401  (fixtures)

ROOM = "3-2-501"
ROOMS = {ROOM: 8960, "3-2-502": 7250, "11-1-101": 6000}
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = fresh(tmp_path)
    yield made
    made.close()


def fresh(folder: Path) -> Store:
    """A desk with three rooms."""
    made = Store(folder / "desk.db", JOBS)
    made.create(certificate("c1"))
    made.act_all([(RoomRegistered(code=room, area=area), None) for room, area in ROOMS.items()], COMMAND_LINE)
    return made


def fee(**said: Any) -> TariffSet:
    base = {"item": "物业费", "klass": "物业费", "basis": "面积", "price": 18000, "since": "2026-01-01"}
    return TariffSet(**(base | said))


def parking(**said: Any) -> TariffSet:
    return fee(**({"item": "停车费", "klass": "停车", "basis": "固定", "price": 150_0000} | said))


def power(**said: Any) -> TariffSet:
    return fee(**({"item": "电费", "klass": "代收水电", "basis": "用量", "price": 4883} | said))


def changed(event: TariffSet, **said: Any) -> TariffChanged:
    return TariffChanged(**(event.model_dump() | said))


def act(store: Store, *events: Any) -> None:
    for event in events:
        store.act(event, COMMAND_LINE)


def planned(store: Store, period: str = "2026-12") -> Run:
    with store.read() as read:
        return plan_run(read, period, COMMAND_LINE)


def ran(store: Store, period: str = "2026-12") -> Run:
    run = planned(store, period)
    store.act_all(run.acts, COMMAND_LINE)
    return run


def bills(store: Store, room: str = ROOM, item: str = "物业费") -> list[Bill]:
    """The bills that stand, oldest first."""
    with store.read() as read:
        found = read.exec(select(Bill).where(Bill.room == room, Bill.item == item, Bill.withdrawn == "")).all()
    return sorted(found, key=lambda bill: (bill.period_from, bill.period_to))


def said(store: Store, room: str = ROOM, item: str = "物业费") -> list[tuple[str, int, str]]:
    return [(bill.period, bill.fen, bill.how) for bill in bills(store, room, item)]


# ── the run ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_room_is_billed_by_its_area_once(store: Store) -> None:
    act(store, fee())
    run = ran(store)
    assert [(total.item, total.count, total.fen) for total in run.totals] == [("物业费", 3, 16128 + 13050 + 10800)]
    assert run.fen == 39978 and not run.notes and not run.skipped
    assert said(store) == [("2026-12", 16128, "89.60㎡×1.80×1月")]
    (bill,) = bills(store)
    assert (bill.klass, bill.due, bill.owner) == ("物业费", "2026-12-31", "")
    again = planned(store)
    assert (list(again.acts), again.totals, again.skipped) == ([], [], 3)
    assert store.check()[1] == []


def test_a_quarter_is_billed_in_its_first_month_and_the_others_say_when(store: Store) -> None:
    act(store, fee(cycle=3, due="期初", due_days=15))
    for period in ("2026-11", "2026-12"):
        run = planned(store, period)
        assert not run.acts and "desk bills run --period 2026-10" in run.notes[0]
    ran(store, "2026-10")
    assert said(store) == [("2026-10～2026-12", 48384, "89.60㎡×1.80×3月")]
    assert bills(store)[0].due == "2026-10-16"


def test_a_year_is_billed_in_january(store: Store) -> None:
    act(store, fee(cycle=12))
    assert not planned(store, "2026-12").acts
    ran(store, "2027-01")
    assert said(store) == [("2027-01～2027-12", 193536, "89.60㎡×1.80×12月")]


def test_what_begins_within_a_quarter_is_billed_in_the_month_it_begins_to_the_end_of_it(store: Store) -> None:
    act(store, parking(cycle=3), ChargeBegan(room=ROOM, item="停车费", since="2026-11-16"))
    assert not planned(store, "2026-10").acts
    ran(store, "2026-11")
    assert said(store, item="停车费") == [("2026-11-16～2026-12-31", 225_00, "150.00×(15/30+1)月")]
    assert planned(store, "2026-12").acts == []


def test_a_price_changed_within_the_month_splits_by_days_in_one_bill(store: Store) -> None:
    act(store, fee(), changed(fee(), price=20000, since="2026-12-15"))
    ran(store)
    exact = Fraction(8960 * 18000, 10_000) * 14 / 31 + Fraction(8960 * 20000, 10_000) * 17 / 31
    assert said(store) == [
        ("2026-12", half_up(exact.numerator, exact.denominator), "89.60㎡×1.80×14/31月+89.60㎡×2.00×17/31月")
    ]


def test_a_changed_tariff_is_billed_from_its_date(store: Store) -> None:
    act(store, fee(), changed(fee(), price=20000, since="2026-12-01"))
    ran(store, "2026-11")
    ran(store, "2026-12")
    assert [fen for _, fen, _ in said(store)] == [16128, 17920]


def test_terms_changed_but_not_the_price_print_as_one(store: Store) -> None:
    act(store, fee(), changed(fee(), grace=10, since="2026-12-15"))
    ran(store)
    assert said(store) == [("2026-12", 16128, "89.60㎡×1.80×1月")]


def test_a_cycle_changed_within_a_quarter_leaves_no_day_unbilled(store: Store) -> None:
    act(store, fee(), changed(fee(), cycle=3, since="2026-11-01"))
    for month in ("2026-10", "2026-11", "2026-12"):
        ran(store, month)
    assert [period for period, _, _ in said(store)] == ["2026-10", "2026-11～2026-12"]


def test_a_tariff_begun_or_ended_within_a_month_is_billed_for_its_days(store: Store) -> None:
    act(store, fee(since="2026-12-10"))
    store.act(TariffEnded(until="2026-12-20"), COMMAND_LINE, tariff_id("物业费"))
    ran(store)
    assert said(store) == [("2026-12-10～2026-12-20", half_up(16128 * 11, 31), "89.60㎡×1.80×11/31月")]
    with pytest.raises(Refused, match="2027-01 没有在用的收费标准"):
        planned(store, "2027-01")


def test_two_spaces_and_a_pause_between(store: Store) -> None:
    act(store, parking(), ChargeBegan(room=ROOM, item="停车费", quantity=2000, since="2026-01-01"))
    store.act(ChargeEnded(until="2026-12-10"), COMMAND_LINE, charge_id(ROOM, "停车费"))
    act(store, ChargeChanged(room=ROOM, item="停车费", since="2026-12-21"))
    ran(store)
    assert said(store, item="停车费") == [
        ("2026-12-01～2026-12-10", half_up(300_00 * 10, 31), "2×150.00×10/31月"),
        ("2026-12-21～2026-12-31", half_up(150_00 * 11, 31), "150.00×11/31月"),
    ]
    assert not bills(store, "3-2-502", "停车费")


def test_use_is_billed_by_readings_as_money_of_others(store: Store) -> None:
    act(store, power(), ChargeBegan(room="3-2-502", item="电费", since="2026-01-01"))
    assert "先用 desk readings import" in planned(store).notes[0]
    act(store, ReadingTaken(room=ROOM, item="电费", month="2026-12", previous=1234_500, current=1358_000))
    run = ran(store)
    assert said(store, item="电费") == [("2026-12", half_up(123500 * 4883, 100_000), "(1358-1234.5)×0.4883")]
    assert bills(store, item="电费")[0].klass == "代收水电"
    assert run.notes == ["“电费”：3-2-502 没有 2026-12 的读数，没有出账；导入读数后再运行一次"]
    act(store, ReadingTaken(room="3-2-502", item="电费", month="2026-12", previous=0, current=0))
    assert not planned(store).acts


def test_rooms_without_an_area_are_named_and_billed_once_they_have_one(store: Store) -> None:
    act(store, fee(), RoomRegistered(code="车位-7"))
    run = ran(store)
    assert len(run.acts) == 3 and "车位-7 没有面积" in run.notes[0]


def test_what_a_list_brought_already_is_not_billed_again(store: Store) -> None:
    act(store, fee(cycle=3))
    act(store, Billed(room=ROOM, item="物业费", klass="物业费", period_from="2026-10", period_to="2026-10", fen=16128))
    run = ran(store, "2026-10")
    assert (len(run.acts), run.skipped) == (2, 1)
    assert "3-2-501 的账期有一部分已另外出账" in run.notes[0]
    assert len(bills(store)) == 1


def test_a_bill_taken_back_is_written_anew_under_the_next_number(store: Store) -> None:
    act(store, fee())
    ran(store)
    for again in (1, 2):
        store.act(Withdrawn(reason="价格错了"), COMMAND_LINE, bills(store)[0].id)
        assert [event.again for event, _ in ran(store).acts] == [again]
    assert bills(store)[0].id == f"{bill_id(ROOM, '物业费', '2026-12', '2026-12')}#3"
    assert not planned(store).acts


@pytest.mark.parametrize("period", ["2026", "2026-13", "2026-1", "12月", "2026-12-01", ""])
def test_what_is_no_month_is_refused(store: Store, period: str) -> None:
    act(store, fee())
    with pytest.raises(Refused, match="请写成 2026-12"):
        planned(store, period)


def test_without_prices_and_without_the_post_nothing_is_billed(store: Store) -> None:
    with pytest.raises(Refused, match="desk tariffs set"):
        planned(store)
    act(store, fee())
    with store.read() as read, pytest.raises(Refused, match="岗位"):
        plan_run(read, "2026-12", Actor("x", "老周", staff.GUARD))


def test_a_price_two_desks_differ_on_is_said_before_it_is_billed(store: Store) -> None:
    act(store, fee())
    store.transact(lambda db: db.execute("UPDATE tariff SET doubt = '两台前台'"))
    assert "请主管核对" in planned(store).notes[0]


def test_the_run_asks_as_often_whatever_the_number_of_rooms(tmp_path: Path) -> None:
    asked = []
    for many in (3, 40):
        store = fresh(tmp_path / str(many))
        act(store, fee(), parking(), power())
        for n in range(many - 3):
            act(store, RoomRegistered(code=f"5-1-{n + 101}", area=5000))
            act(store, ChargeBegan(room=f"5-1-{n + 101}", item="停车费", since="2026-01-01"))
        statements: list[str] = []
        with store.read() as read:
            read.connection().connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]
            assert len(plan_run(read, "2026-12", COMMAND_LINE).acts) == many + (many - 3)
            read.connection().connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
        asked.append(len(statements))
        store.close()
    assert asked[0] == asked[1] < 20


# ── whatever the price, the area and the days ──────────────────────────────────────────────────────────────────────────

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
PRICES = st.integers(1_0000, 50_0000)
"""From a yuan on, so that no day costs less than a fen."""
MONTHS = [f"2026-{n:02}" for n in range(1, 13)]


def a_rate(price: int, since: date, until: date | None, cycle: int = 1) -> TariffRate:
    return TariffRate(
        owner="t", n=0, item="物业费", klass="物业费", basis="面积", price=price, cycle=cycle, since=since.isoformat(),
        until=until.isoformat() if until else "", due="期末", due_days=0, applies="全部房屋", penalty_ppm=0, clause="",
        grace=0, cap_percent=100,
    )  # fmt: skip


@given(PRICES, PRICES, st.integers(1, 50_000), st.dates(date(2026, 1, 2), date(2026, 12, 31)))
def test_a_year_cut_by_a_price_costs_what_its_days_cost(price: int, then: int, area: int, cut: date) -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    two = Reign([a_rate(price, first, cut - DAY), a_rate(then, cut, None)], first, last)
    (stretch,) = charged(ROOM, two, [(first, last, 1000)], area)
    by_day = Fraction(0)
    for n in range(365):
        day = first + timedelta(days=n)
        by_day += Fraction(area * (price if day < cut else then), 10_000 * month_end(day).day)
    assert stretch.fen == by_day
    assert (stretch.first, stretch.last) == (first, last)


@given(st.data())
@QUICK
def test_any_charges_over_a_year_are_billed_day_by_day_once(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Twelve runs, each twice: the days billed are the days charged, none twice, and a second run adds nothing."""
    store = fresh(tmp_path_factory.mktemp("estate"))
    cycle = data.draw(st.sampled_from([1, 3, 12]))
    begun, ended = sorted(data.draw(st.lists(DAYS, min_size=2, max_size=2)))
    act(store, parking(cycle=cycle, price=data.draw(PRICES), since="2026-01-01"))
    act(store, ChargeBegan(room=ROOM, item="停车费", quantity=data.draw(st.integers(500, 3000)), since=begun.isoformat()))
    store.act(ChargeEnded(until=ended.isoformat()), COMMAND_LINE, charge_id(ROOM, "停车费"))
    if data.draw(st.booleans()):
        act(store, changed(parking(cycle=cycle), price=data.draw(PRICES), since=data.draw(DAYS).isoformat()))
    if data.draw(st.booleans()):
        act(store, RoomSold(room=ROOM, date=data.draw(DAYS).isoformat(), seller="甲", buyer="乙"))
    for month in MONTHS:
        ran(store, month)
        assert not planned(store, month).acts
    days: list[date] = []
    for bill in bills(store, item="停车费"):
        stretch = days_of(bill.period_from, bill.period_to)
        assert stretch
        days += [stretch[0] + timedelta(days=n) for n in range(count_days(*stretch))]
    charged_days = {begun + timedelta(days=n) for n in range(count_days(begun, ended))}
    assert sorted(days) == sorted(charged_days)
    assert store.check()[1] == []
    store.close()


@given(PRICES, st.integers(100, 50_000), st.sampled_from([1, 3, 12]), st.lists(DAYS, max_size=3, unique=True))
@QUICK
def test_parts_of_a_sold_room_add_up_to_the_whole(
    tmp_path_factory: pytest.TempPathFactory, price: int, area: int, cycle: int, days: list[date]
) -> None:
    """The same estate with and without sales: Σ of the parts is the bill, each part is one owner's, days in order."""
    store = fresh(tmp_path_factory.mktemp("estate"))
    act(store, RoomRegistered(code="7-1-701", area=area), fee(price=price, cycle=cycle))
    wholes = {month: {e.room: e for e, _ in planned(store, month).acts} for month in MONTHS}
    for n, day in enumerate(sorted(days)):
        act(store, RoomSold(room="7-1-701", date=day.isoformat(), seller=f"业主{n}", buyer=f"业主{n + 1}"))
    for month in MONTHS:
        parts = [event for event, _ in planned(store, month).acts if event.room == "7-1-701"]
        whole = wholes[month].get("7-1-701")
        assert sum(part.fen for part in parts) == (whole.fen if whole else 0)
        for part in parts:
            first = days_of(part.period_from, part.period_to)
            before = sum(day <= first[0] for day in days) if first else 0
            assert part.owner == (f"业主{before}" if before < len(days) or len(parts) > 1 else "")
    store.close()


# ── a sale ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def transfer(store: Store, day: str = "2026-12-15") -> Transfer:
    with store.read() as read:
        return sale_acts(read, ROOM, day, "张秀兰", "王磊", COMMAND_LINE)


def test_a_sale_splits_the_bill_of_its_period_by_days(store: Store) -> None:
    act(store, fee())
    ran(store)
    made = transfer(store)
    store.act_all(made.acts, COMMAND_LINE)
    assert [(bill.period, bill.fen, bill.owner, bill.how, bill.due) for bill in bills(store)] == [
        ("2026-12-01～2026-12-14", 7284, "张秀兰", "89.60㎡×1.80×1月×14/31天", "2026-12-31"),
        ("2026-12-15～2026-12-31", 8844, "王磊", "89.60㎡×1.80×1月-72.84", "2026-12-31"),
    ]
    assert made.notes == []
    assert not planned(store).acts and store.check()[1] == []
    with store.read() as read:
        assert sum(row.open for row in open_bills(read, ROOM, COMMAND_LINE)) == 16128
        (sale,) = read.exec(select(RoomSale)).all()
        assert (sale.room, sale.date, sale.seller, sale.buyer) == (ROOM, "2026-12-15", "张秀兰", "王磊")


def test_a_room_sold_before_the_run_is_billed_as_one_sold_after_it(tmp_path: Path) -> None:
    parts = []
    for order in ("run first", "sale first"):
        store = fresh(tmp_path / order)
        act(store, fee(cycle=3))
        if order == "run first":
            ran(store, "2026-10")
        store.act_all(transfer(store, "2026-11-20").acts, COMMAND_LINE)
        ran(store, "2026-10")
        parts.append([(bill.period, bill.fen, bill.owner) for bill in bills(store)])
        store.close()
    assert parts[0] == parts[1] and [fen for _, fen, _ in parts[0]] == [
        half_up(48384 * 50, 92),
        48384 - half_up(48384 * 50, 92),
    ]


def test_a_part_taken_back_is_billed_anew_alone(store: Store) -> None:
    act(store, fee())
    ran(store)
    store.act_all(transfer(store).acts, COMMAND_LINE)
    before = said(store)
    store.act(Withdrawn(reason="重出"), COMMAND_LINE, bills(store)[1].id)
    assert len(ran(store).acts) == 1
    assert [(period, fen) for period, fen, _ in said(store)] == [(period, fen) for period, fen, _ in before]


def test_a_second_sale_in_one_month_splits_again(store: Store) -> None:
    act(store, fee())
    ran(store)
    store.act_all(transfer(store).acts, COMMAND_LINE)
    with store.read() as read:
        store_acts = sale_acts(read, ROOM, "2026-12-25", "王磊", "李建国", COMMAND_LINE).acts
    store.act_all(store_acts, COMMAND_LINE)
    assert [bill.owner for bill in bills(store)] == ["张秀兰", "王磊", "李建国"]
    assert sum(bill.fen for bill in bills(store)) == 16128


def test_a_bill_with_money_on_it_is_left_and_named(store: Store) -> None:
    act(store, fee(), parking(), ChargeBegan(room=ROOM, item="停车费", since="2026-01-01"))
    ran(store, "2026-11")
    ran(store)
    store.act(Waived(fen=99, reason="抹零"), COMMAND_LINE, bill_id(ROOM, "物业费", "2026-12", "2026-12"))
    made = transfer(store)
    assert "物业费 2026-12 已收过款或减免过" in made.notes[0] and "还欠 311.28 元" in made.notes[1]
    store.act_all(made.acts, COMMAND_LINE)
    assert [bill.period for bill in bills(store)] == ["2026-11", "2026-12"]
    assert [bill.owner for bill in bills(store, item="停车费")][1:] == ["张秀兰", "王磊"]


def test_the_first_day_of_a_period_splits_nothing_and_neither_are_deposits(store: Store) -> None:
    act(store, fee())
    ran(store)
    act(store, Billed(room=ROOM, item="装修押金", klass="押金", period_from="2026-12", period_to="2026-12", fen=2000_00))
    assert len(transfer(store, "2026-12-01").acts) == 1
    assert [event.kind for event, _ in transfer(store, "2026-12-02").acts] == [
        "sale.made", "bill.withdrawn", "bill.billed", "bill.billed",
    ]  # fmt: skip


def test_a_sale_is_registered_once_with_both_names(store: Store) -> None:
    store.act_all(transfer(store).acts, COMMAND_LINE)
    with pytest.raises(Refused, match="已经登记过"):
        transfer(store)
    with pytest.raises(Refused, match="姓名"):
        act(store, RoomSold(room=ROOM, date="2026-12-16", seller="张秀兰", buyer=""))
    with pytest.raises(Refused, match="没有“9-9-999”这个房号"):
        act(store, RoomSold(room="9-9-999", date="2026-12-16", seller="甲", buyer="乙"))
    with store.read() as read, pytest.raises(Refused, match="门岗"):
        sale_acts(read, ROOM, "2026-12-20", "甲", "乙", Actor("g", "老周", staff.GUARD))


@given(st.integers(1, 10**8), st.dates(date(2026, 12, 2), date(2026, 12, 31)))
@QUICK
def test_a_split_bill_adds_up_whatever_its_fen(tmp_path_factory: pytest.TempPathFactory, fen: int, day: date) -> None:
    store = fresh(tmp_path_factory.mktemp("estate"))
    act(store, Billed(room=ROOM, item="物业费", klass="物业费", period_from="2026-12", period_to="2026-12", fen=fen))
    store.act_all(transfer(store, day.isoformat()).acts, COMMAND_LINE)
    found = bills(store)
    assert sum(bill.fen for bill in found) == fen
    assert found[0].fen == half_up(fen * (day.day - 1), 31) or len(found) == 1
    store.close()


# ── the commands ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def priced(ready: Desk, tmp_path: Path) -> Desk:  # noqa: F811
    """A desk with two households and three prices."""
    assert ready.run("residents", "import", sheet(tmp_path, *HOUSEHOLDS)).exit_code == 0
    for words in (
        ("物业费", "1.80", "--class", "物业费", "--basis", "面积", "--since", "2026-01-01"),
        ("停车费", "150", "--class", "停车", "--basis", "固定", "--since", "2026-01-01"),
        ("电费", "0.4883", "--class", "代收水电", "--basis", "用量", "--since", "2026-01-01"),
    ):
        done = ready.run("tariffs", "set", *words)
        assert done.exit_code == 0, done.output
    return ready


def listed(folder: Path, heads: str, *rows: str) -> Path:
    path = folder / "表.csv"
    path.write_text("\n".join((heads, *rows)) + "\n", encoding="utf-8-sig")
    return path


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """The wall clock of the commands stands in December."""
    from datetime import datetime

    with mock.patch("desk.fields.wall", lambda: datetime(2026, 12, 1, 9, 0)):
        yield


def test_prices_are_set_listed_changed_and_ended(priced: Desk) -> None:
    done = priced.run("tariffs", "set", "物业费", "2.00", "--since", "2027-01-01", "--penalty", "0.05", "--clause", "第十二条")
    assert done.exit_code == 0 and "1.3 倍" in done.stdout
    shown = priced.run("tariffs", "list").stdout
    assert "物业费（物业费）1.80 元/㎡·月，2026-01-01～2026-12-31，每月出账，期末到期，全部房屋" in shown
    assert "2.00 元/㎡·月，2027-01-01 起" in shown and "违约金 0.05%/日" in shown and "第十二条" in shown
    assert "登记的房屋" in shown and "0.4883 元/单位用量" in shown
    again = priced.run("tariffs", "set", "物业费", "2.00", "--since", "2027-01-01")
    assert again.exit_code == 1 and "不用再设" in again.stderr
    assert "收到 2026-12-31 为止" in priced.run("tariffs", "end", "停车费", "--until", "2026-12-31").stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("set", "物业费", "0", "--since", "2027-01-01"), 1, "还没有单价"),
        (("set", "物业费", "一块八", "--since", "2027-01-01"), 2, "不是单价"),
        (("set", "物业费", "1.80", "--since", "明天"), 1, "不是日期"),
        (("set", "物业费", "1.80"), 2, "还缺“--since”"),
        (("set", "宽带费", "60", "--since", "2027-01-01"), 2, "是新项目，请写上 --class"),
        (("set", "宽带费", "60", "--since", "2027-01-01", "--class", "网费"), 2, "没有“网费”"),
        (("set", "物业费", "1.80", "--since", "2027-01-01", "--cycle", "周"), 2, "月、季 或 年"),
        (("set", "物业费", "1.80", "--since", "2027-01-01", "--penalty", "0.05"), 1, "合同条款原文"),
        (("end", "宽带费", "--until", "2026-12-31"), 1, "没有“宽带费”的收费标准"),
        (("end", "物业费", "--until", "年底"), 1, "不是日期"),
    ],
)
def test_wrong_prices_are_said_in_chinese(priced: Desk, words: tuple[str, ...], code: int, sentence: str) -> None:
    before = count(priced.home, "entry")
    done = priced.run("tariffs", *words)
    assert (done.exit_code, sentence in done.stderr) == (code, True), done.output
    assert count(priced.home, "entry") == before


def test_an_empty_list_of_prices_says_how_to_begin(ready: Desk) -> None:  # noqa: F811
    assert "desk tariffs set" in ready.run("tariffs", "list").stdout
    done = ready.run("bills", "run", "--period", "2026-12")
    assert done.exit_code == 1 and "desk tariffs set" in done.stderr


def test_charges_are_imported_once_and_then_changed(priced: Desk, tmp_path: Path) -> None:
    heads = "房号,项目,数量,开始日期,结束日期"
    file = listed(tmp_path, heads, "3-2-501,停车费,2,2026-03-01,", "3-2-502,停车费,,2026/3/1,2026-06-30")
    tried = priced.run("charges", "import", file, "--dry-run")
    assert "新增 2 户" in tried.stdout and count(priced.home, "charge") == 0
    assert "新增 2 户" in priced.run("charges", "import", file).stdout
    assert "不变 2 户" in priced.run("charges", "import", file).stdout
    assert "变更 1 户" in priced.run("charges", "import", listed(tmp_path, heads, "3-2-501,停车费,1,2026-12-01,")).stdout
    assert count(priced.home, "chargespan") == 3


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("9-9-999,停车费,1,2026-03-01,", "住户表里没有"),
        ("3-2-501,宽带费,1,2026-03-01,", "还没有“宽带费”的收费标准"),
        ("3-2-501,物业费,1,2026-03-01,", "对全部房屋收"),
        ("3-2-501,停车费,0,2026-03-01,", "数量是 0"),
        ("3-2-501,停车费,两个,2026-03-01,", "不是数"),
        ("3-2-501,停车费,1,,", "不是日期"),
        ("3-2-501,停车费,1,2026-03-01,2026-02-01", "结束日期早于开始日期"),
        ("3-2-501,,1,2026-03-01,", "没有项目"),
        (",停车费,1,2026-03-01,", "没有房号"),
        ("3-2-502,停车费,2,2026-03-01,", "从 2026-05-01 起已登记 1 个"),
        ("3-2-502,停车费,1,2026-05-01,2026-12-31", "要续收请把开始日期写成 2026-07-01"),
    ],
)
def test_a_fault_in_charges_costs_the_whole_list(priced: Desk, tmp_path: Path, row: str, sentence: str) -> None:
    heads = "房号,项目,数量,开始日期,结束日期"
    priced.run("charges", "import", listed(tmp_path, heads, "3-2-502,停车费,1,2026-05-01,2026-06-30"))
    done = priced.run("charges", "import", listed(tmp_path, heads, "3-2-501,停车费,1,2026-01-01,", row))
    assert done.exit_code == 1 and "第 3 行" in done.stderr and sentence in done.stderr, done.output
    assert count(priced.home, "charge") == 1


def test_readings_go_on_from_the_last_ones_and_are_put_right_until_billed(priced: Desk, tmp_path: Path) -> None:
    first = listed(tmp_path, "房号,项目,上期,本期", "3-2-501,电费,1000,1100.5", "3-2-502,电费,0,20")
    assert "新增 2 户" in priced.run("readings", "import", first, "--month", "2026-11").stdout
    assert "不变 2 户" in priced.run("readings", "import", first, "--month", "2026-11").stdout
    second = listed(tmp_path, "房号,项目,本期,换表原因", "3-2-501,电费,1200.5,", "3-2-502,电费,5,表坏了")
    assert "新增 2 户" in priced.run("readings", "import", second, "--month", "2026-12").stdout
    wrong = listed(tmp_path, "房号,项目,本期", "3-2-501,电费,1300.5")
    assert "变更 1 户" in priced.run("readings", "import", wrong, "--month", "2026-12").stdout
    run = priced.run("bills", "run", "--period", "2026-12")
    assert "电费（代收水电）：2 笔，100.10 元" in run.stdout
    late = listed(tmp_path, "房号,项目,本期", "3-2-501,电费,1200.5")
    done = priced.run("readings", "import", late, "--month", "2026-12")
    assert done.exit_code == 1 and "请先撤销账单" in done.stderr


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("3-2-501,电费,,99", "比上期 100 小"),
        ("3-2-501,电费,90,199", "与 2026-11 抄的 100 不同"),
        ("3-2-502,电费,,99", "没有上一次的读数"),
        ("3-2-501,物业费,1,2", "没有按用量收的“物业费”"),
        ("3-2-501,电费,,", "没有本期读数"),
        ("3-2-501,电费,,一百", "不是数"),
    ],
)
def test_a_fault_in_readings_costs_the_whole_list(priced: Desk, tmp_path: Path, row: str, sentence: str) -> None:
    heads = "房号,项目,上期,本期"
    priced.run("readings", "import", listed(tmp_path, heads, "3-2-501,电费,0,100"), "--month", "2026-11")
    done = priced.run("readings", "import", listed(tmp_path, heads, row), "--month", "2026-12")
    assert done.exit_code == 1 and "第 2 行" in done.stderr and sentence in done.stderr, done.output
    assert count(priced.home, "reading") == 1
    month = priced.run("readings", "import", listed(tmp_path, heads, row), "--month", "十二月")
    assert month.exit_code == 2 and "不是月份" in month.stderr


def test_a_month_is_billed_once_and_a_second_run_says_so(priced: Desk) -> None:
    tried = priced.run("bills", "run", "--period", "2026-12", "--dry-run")
    assert tried.exit_code == 0 and "物业费：2 笔，291.78 元" in tried.stdout and "没有写入" in tried.stdout
    assert count(priced.home, "bill") == 0
    done = priced.run("bills", "run", "--period", "2026-12")
    assert "已出账单 2 笔，共 291.78 元" in done.stdout and "还没有 2026-12 的抄表" in done.stdout
    again = priced.run("bills", "run", "--period", "2026-12")
    assert again.exit_code == 0 and "已出过的 2 笔不再出" in again.stdout and "2026-12 没有要出的账单" in again.stdout
    assert count(priced.home, "bill") == 2
    assert priced.run("check").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--period", "十二月"), 1, "请写成 2026-12"),
        (("--period", "2062-12"), 1, "是不是写错了年份"),
        ((), 2, "还缺“--period”"),
        (("--period", "2025-12"), 1, "2025-12 没有在用的收费标准"),
    ],
)
def test_a_wrong_period_is_said_and_nothing_billed(priced: Desk, words: tuple[str, ...], code: int, sentence: str) -> None:
    done = priced.run("bills", "run", *words)
    assert (done.exit_code, sentence in done.stderr) == (code, True), done.output
    assert count(priced.home, "bill") == 0


def test_a_sale_by_the_command(priced: Desk) -> None:
    priced.run("bills", "run", "--period", "2026-12")
    words = ("residents", "sold", ROOM, "--date", "2026-12-15", "--seller", "张秀兰", "--buyer", "王磊")
    tried = priced.run(*words, "--dry-run")
    assert "72.84 元，由 张秀兰 承担" in tried.stdout and count(priced.home, "roomsale") == 0
    done = priced.run(*words)
    assert done.exit_code == 0 and "88.44 元，由 王磊 承担" in done.stdout and count(priced.home, "bill") == 4
    again = priced.run(*words)
    assert again.exit_code == 1 and "已经登记过" in again.stderr
    wrong = priced.run("residents", "sold", ROOM, "--date", "十五号", "--seller", "甲", "--buyer", "乙")
    assert wrong.exit_code == 1 and "不是日期" in wrong.stderr
