"""What things cost: rates from a date on, refused where they cannot be billed; charges, readings, and days told apart."""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.entry import Entry, canonical
from data.records import Actor, Event, Refused, fold_whole
from data.store import Store
from desk import periods, staff
from desk.billed import Billed, Withdrawn, bill_id
from desk.charges import Charge, ChargeBegan, ChargeChanged, ChargeEnded, Reading, ReadingCorrected, ReadingTaken, quantity_on
from desk.jobs import JOBS
from desk.residents import RoomRegistered
from desk.staff import COMMAND_LINE
from desk.tariffs import (
    Tariff,
    TariffChanged,
    TariffEnded,
    TariffSet,
    monthly_fee,
    parse_price,
    price_text,
    rate,
    rates,
    tariff_id,
)
from tests.conftest import certificate

ROOM = "3-2-501"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "desk.db", JOBS)
    made.create(certificate("c1"))
    made.act(RoomRegistered(code=ROOM, area=8960), COMMAND_LINE)
    yield made
    made.close()


def terms(**said: Any) -> dict[str, Any]:
    return {"item": "物业费", "klass": "物业费", "basis": "面积", "price": 18000, "since": "2026-01-01"} | said


def parking(**said: Any) -> dict[str, Any]:
    return terms(item="停车费", klass="停车", basis="固定", price=150_0000) | said


def water(**said: Any) -> dict[str, Any]:
    return terms(item="电费", klass="代收水电", basis="用量", price=4883) | said


def price_on(store: Store, day: str, item: str = "物业费") -> int | None:
    with store.read() as read:
        found = rate(read, item, day)
        return found.price if found else None


def entry(n: int, event: Event, clock: int, after: int | None) -> Entry:
    """The nth entry of a subject, whose writer had last seen the entry `after`."""
    envelope = {
        "v": 1, "id": f"{n:032x}", "kind": event.kind, "subject": "s", "clock": clock, "by": "k", "body": event.split()[0],
        "at": "2026-11-20T12:00:00.000+08:00",
    } | ({} if after is None else {"after": f"{after:032x}"})  # fmt: skip
    return Entry.read(canonical(envelope))


# ── tariffs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_tariff_takes_effect_from_its_date(store: Store) -> None:
    store.act(TariffSet(**terms()), COMMAND_LINE)
    store.act(TariffChanged(**terms(price=20000, since="2026-11-15")), COMMAND_LINE)
    assert [price_on(store, day) for day in ("2025-12-31", "2026-01-01", "2026-11-14", "2026-11-15", "2030-01-01")] == [
        None, 18000, 18000, 20000, 20000,
    ]  # fmt: skip
    store.act(TariffChanged(**terms(price=19000, since="2026-03-01")), COMMAND_LINE)
    assert [price_on(store, day) for day in ("2026-02-28", "2026-03-01", "2026-11-15")] == [18000, 19000, 20000]


def test_an_ended_tariff_costs_nothing_after_its_day_nor_what_was_set_for_later(store: Store) -> None:
    store.act(TariffSet(**terms()), COMMAND_LINE)
    store.act(TariffChanged(**terms(price=20000, since="2027-01-01")), COMMAND_LINE)
    store.act(TariffEnded(until="2026-06-30"), COMMAND_LINE, tariff_id("物业费"))
    assert [price_on(store, day) for day in ("2026-06-30", "2026-07-01", "2027-01-01")] == [18000, None, None]
    with pytest.raises(Refused, match="不用再停"):
        store.act(TariffEnded(until="2026-06-30"), COMMAND_LINE, tariff_id("物业费"))
    with pytest.raises(Refused, match="没有收费标准"):
        store.act(TariffEnded(until="2026-12-31"), COMMAND_LINE, tariff_id("物业费"))
    store.act(TariffChanged(**terms(price=21000, since="2027-07-01")), COMMAND_LINE)
    assert [price_on(store, day) for day in ("2026-06-30", "2027-06-30", "2027-07-01")] == [18000, None, 21000]


def test_a_mistyped_price_is_set_again_for_the_same_day_without_a_doubt(store: Store) -> None:
    store.act(TariffSet(**terms(price=1800)), COMMAND_LINE)
    record = store.act(TariffChanged(**terms()), COMMAND_LINE).record
    assert (price_on(store, "2026-01-01"), record.doubt) == (18000, "")
    with pytest.raises(Refused, match="不用再设"):
        store.act(TariffChanged(**terms()), COMMAND_LINE)
    with pytest.raises(Refused, match="已经登记过"):
        store.act(TariffSet(**terms(price=17000)), COMMAND_LINE)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"price": 0}, "还没有单价"),
        ({"price": -1}, "还没有单价"),
        ({"klass": "押金"}, "不按期出账"),
        ({"klass": "违约金"}, "不按期出账"),
        ({"basis": "用量", "cycle": 3}, "周期请写每月"),
        ({"penalty_ppm": 500}, "合同里有约定才能收违约金"),
        ({"penalty_ppm": 20_000, "clause": "第十二条"}, "最多写到 1%"),
        ({"cap_percent": 101}, "1% 到 100%"),
        ({"since": "2026-02-30"}, "不是日期"),
        ({"item": "停车/地下"}, "1 到 20 个字"),
        ({"due_days": -1}, "0 到 180 天"),
    ],
)
def test_a_tariff_that_cannot_be_billed_is_refused_with_a_sentence(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        TariffSet(**terms(**said))


def test_a_tariff_without_a_price_is_refused() -> None:
    without = terms()
    del without["price"]
    with pytest.raises(ValidationError, match="还没有单价"):
        TariffSet(**without)


def test_only_supervisors_set_prices(store: Store) -> None:
    for role in (staff.CASHIER, staff.CLERK, staff.GUARD):
        with pytest.raises(Refused, match="岗位"):
            store.act(TariffSet(**terms()), Actor("x", "某", role))


def test_a_penalty_is_kept_with_its_clause(store: Store) -> None:
    store.act(TariffSet(**terms(penalty_ppm=500, clause="第十二条", grace=10, cap_percent=30)), COMMAND_LINE)
    with store.read() as read:
        found = rate(read, "物业费", "2026-12-31")
        assert found and (found.penalty_ppm, found.clause, found.grace, found.cap_percent) == (500, "第十二条", 10, 30)


def test_two_desks_apart_leave_the_later_price_and_a_doubt_until_it_is_set_again() -> None:
    first = entry(1, TariffSet(**terms()), 10, None)
    one = entry(2, TariffChanged(**terms(price=20000, since="2027-01-01")), 20, 1)
    other = entry(3, TariffChanged(**terms(price=21000, since="2027-01-01")), 30, 1)
    whole = fold_whole(Tariff, "s", [other, first, one])
    assert whole and "两台前台" in whole[0].doubt
    assert [(row.price, row.since, row.until) for row in whole[1]] == [  # type: ignore[attr-defined]
        (18000, "2026-01-01", "2026-12-31"), (21000, "2027-01-01", ""),
    ]  # fmt: skip
    settled = entry(4, TariffChanged(**terms(price=20500, since="2027-01-01")), 40, 3)
    again = fold_whole(Tariff, "s", [first, one, other, settled])
    assert again and again[0].doubt == "" and again[1][-1].price == 20500  # type: ignore[attr-defined]


def test_two_desks_apart_that_agree_leave_no_doubt() -> None:
    whole = fold_whole(Tariff, "s", [entry(1, TariffSet(**terms()), 10, None), entry(2, TariffSet(**terms()), 20, None)])
    assert whole and whole[0].doubt == "" and len(whole[1]) == 1


def test_an_end_that_takes_away_a_price_it_had_not_seen_is_doubtful() -> None:
    said = [
        entry(1, TariffSet(**terms()), 10, None),
        entry(2, TariffChanged(**terms(price=20000, since="2027-01-01")), 20, 1),
        entry(3, TariffEnded(until="2026-06-30"), 30, 1),
    ]
    whole = fold_whole(Tariff, "s", said)
    assert whole and whole[0].doubt and len(whole[1]) == 1


def test_the_tables_are_what_the_journal_says(store: Store) -> None:
    store.act(TariffSet(**parking()), COMMAND_LINE)
    store.act(TariffChanged(**parking(price=1, since="2026-05-01")), COMMAND_LINE)
    store.act(ChargeBegan(room=ROOM, item="停车费", since="2026-02-01"), COMMAND_LINE)
    store.act(TariffEnded(until="2026-09-30"), COMMAND_LINE, tariff_id("停车费"))
    assert store.check()[1] == []
    store.rebuild()
    assert store.check()[1] == []


def test_a_month_s_fee_by_the_rate_of_the_day(store: Store) -> None:
    for said in (terms(), parking(), water()):
        store.act(TariffSet(**said), COMMAND_LINE)
    store.act(TariffChanged(**terms(price=20000, since="2027-01-01")), COMMAND_LINE)
    store.act(ChargeBegan(room=ROOM, item="停车费", quantity=2000, since="2026-03-01"), COMMAND_LINE)
    store.act(RoomRegistered(code="车位-1"), COMMAND_LINE)
    with store.read() as read:
        assert monthly_fee(read, ROOM, "物业费", "2026-12-31") == 16128
        assert monthly_fee(read, ROOM, "物业费", "2027-01-01") == 17920
        assert monthly_fee(read, ROOM, "停车费", "2026-03-01") == 300_00
        for room, item, day in (
            (ROOM, "物业费", "2025-12-31"), (ROOM, "停车费", "2026-02-28"), (ROOM, "电费", "2026-12-01"),
            (ROOM, "没有的", "2026-12-01"), ("车位-1", "物业费", "2026-12-01"), ("9-9-999", "物业费", "2026-12-01"),
        ):  # fmt: skip
            assert monthly_fee(read, room, item, day) is None


@pytest.mark.parametrize(
    ("text", "price"), [("1.80", 18000), ("1.8", 18000), ("￥0.4883", 4883), ("１５０元", 150_0000), (" 2 ", 20000)]
)
def test_prices_as_typed(text: str, price: int) -> None:
    assert parse_price(text) == price


@pytest.mark.parametrize("text", ["", "1.80001", "-1", "一块八", "6901234567890", "1,800"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="不是单价"):
        parse_price(text)


@given(st.integers(1, 10**10 - 1))
def test_a_price_is_read_as_it_is_written(price: int) -> None:
    assert parse_price(price_text(price).replace(",", "")) == price


# ── charges ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def parked(store: Store) -> Store:
    store.act(TariffSet(**parking()), COMMAND_LINE)
    store.act(TariffSet(**terms()), COMMAND_LINE)
    return store


def many(store: Store, day: str) -> int | None:
    with store.read() as read:
        return quantity_on(read, ROOM, "停车费", day)


def test_a_charge_changes_and_ends_from_its_dates(parked: Store) -> None:
    charge = parked.act(ChargeBegan(room=ROOM, item="停车费", since="2026-02-01"), COMMAND_LINE).record.id
    parked.act(ChargeChanged(room=ROOM, item="停车费", quantity=2000, since="2026-06-15"), COMMAND_LINE)
    parked.act(ChargeEnded(until="2026-09-30"), COMMAND_LINE, charge)
    parked.act(ChargeChanged(room=ROOM, item="停车费", since="2026-12-01"), COMMAND_LINE)
    days = ("2026-01-31", "2026-02-01", "2026-06-14", "2026-06-15", "2026-09-30", "2026-10-01", "2026-12-01")
    assert [many(parked, day) for day in days] == [None, 1000, 1000, 2000, 2000, None, 1000]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"room": "9-9-999"}, "没有“9-9-999”这个房号"),
        ({"item": "宽带费"}, "还没有“宽带费”的收费标准"),
        ({"item": "物业费"}, "对全部房屋收"),
    ],
)
def test_a_charge_for_nothing_is_refused(parked: Store, said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        parked.act(ChargeBegan(**({"room": ROOM, "item": "停车费", "since": "2026-02-01"} | said)), COMMAND_LINE)


def test_what_is_charged_already_is_not_registered_twice(parked: Store) -> None:
    charge = parked.act(ChargeBegan(room=ROOM, item="停车费", since="2026-02-01"), COMMAND_LINE).record.id
    with pytest.raises(Refused, match="已经登记了 1 个"):
        parked.act(ChargeChanged(room=ROOM, item="停车费", since="2026-03-01"), COMMAND_LINE)
    with pytest.raises(Refused, match="没有登记"):
        parked.act(ChargeEnded(until="2026-01-31"), COMMAND_LINE, charge)
    with pytest.raises(ValidationError, match="数量要大于 0"):
        ChargeBegan(room=ROOM, item="停车费", quantity=0, since="2026-02-01")


def test_two_desks_apart_with_other_quantities_leave_a_doubt() -> None:
    said = {"room": ROOM, "item": "停车费", "since": "2026-02-01"}
    entries = [entry(1, ChargeBegan(**said), 10, None), entry(2, ChargeBegan(**said, quantity=2000), 20, None)]
    whole = fold_whole(Charge, "s", entries)
    assert whole and whole[0].doubt and [row.quantity for row in whole[1]] == [2000]  # type: ignore[attr-defined]


# ── readings ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def shown(previous: int, current: int, **said: Any) -> ReadingTaken:
    return ReadingTaken(room=ROOM, item="电费", month="2026-12", previous=previous, current=current, **said)


@pytest.mark.parametrize(
    ("reading", "usage"),
    [
        (shown(1000, 1500), 500),
        (shown(1000, 1000), 0),
        (shown(9000, 300, reason="换表"), 300),
        (shown(9000, 300, reason="换表", old_end=9200), 500),
        (shown(9000, 300, reason="换表", old_end=9200, new_start=100), 400),
        (shown(9000, 9500, reason="换表", old_end=9100, new_start=9000), 600),
    ],
)
def test_what_was_used(reading: ReadingTaken, usage: int) -> None:
    assert reading.usage == usage


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"previous": 1000, "current": 999}, "换了表请写换表原因"),
        ({"previous": 1000, "current": 1200, "old_end": 1100}, "就要写换表原因"),
        ({"previous": 1000, "current": 10, "reason": "换表", "old_end": 999}, "旧表止码"),
        ({"previous": 1000, "current": 10, "reason": "换表", "new_start": 11}, "新表起码"),
        ({"previous": -1, "current": 10}, "0 到 1,000,000"),
    ],
)
def test_a_reading_that_goes_down_is_refused(said: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        shown(**said)


def test_a_reading_is_put_right_until_it_is_billed(store: Store) -> None:
    with pytest.raises(Refused, match="没有按用量收的“电费”"):
        store.act(shown(0, 100), COMMAND_LINE)
    store.act(TariffSet(**water()), COMMAND_LINE)
    store.act(shown(0, 100_000), COMMAND_LINE)
    right = ReadingCorrected.model_validate(shown(0, 101_000).model_dump())
    assert store.act(right, COMMAND_LINE).record.current == 101_000  # type: ignore[attr-defined]
    bill = Billed(room=ROOM, item="电费", klass="代收水电", period_from="2026-12", period_to="2026-12", fen=4932)
    store.act(bill, COMMAND_LINE)
    wrong = ReadingCorrected.model_validate(shown(0, 99_000).model_dump())
    with pytest.raises(Refused, match="请先撤销账单"):
        store.act(wrong, COMMAND_LINE)
    store.act(Withdrawn(reason="读数不对"), COMMAND_LINE, bill_id(ROOM, "电费", "2026-12", "2026-12"))
    assert store.act(wrong, COMMAND_LINE).record.usage == 99_000  # type: ignore[attr-defined]


def test_two_desks_that_read_differently_keep_the_first_until_it_is_put_right() -> None:
    taken = [entry(1, shown(0, 100), 10, None), entry(2, shown(0, 200), 20, None)]
    whole = fold_whole(Reading, "s", taken)
    assert whole and isinstance(whole[0], Reading) and (whole[0].current, bool(whole[0].doubt)) == (100, True)
    right = entry(3, ReadingCorrected.model_validate(shown(0, 150).model_dump()), 30, 2)
    again = fold_whole(Reading, "s", [*taken, right])
    assert again and isinstance(again[0], Reading) and (again[0].current, again[0].doubt) == (150, "")


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@given(DATES, st.integers(0, 800), st.data())
def test_months_of_two_neighbouring_stretches_add_up(first: date, length: int, data: st.DataObject) -> None:
    last = first + timedelta(days=length)
    cut = data.draw(st.dates(first, last))
    whole = periods.months_of(first, last)[0]
    after = periods.months_of(cut + periods.DAY, last)[0] if cut < last else Fraction(0)
    if cut.day == periods.month_end(cut).day:
        assert periods.months_of(first, cut)[0] + after == whole
    assert Fraction(length, 31) < whole <= Fraction(length + 1, 28)
    since, until = periods.written(first, last)
    assert periods.days_of(since, until) == (first, last)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-10-01", "2026-12-31", "3月"),
        ("2026-12-01", "2026-12-14", "14/31月"),
        ("2026-10-15", "2026-12-31", "(17/31+2)月"),
        ("2026-10-01", "2026-12-14", "(2+14/31)月"),
        ("2026-10-15", "2026-12-14", "(17/31+1+14/31)月"),
        ("2028-02-01", "2028-02-29", "1月"),
    ],
)
def test_months_as_printed(first: str, last: str, said: str) -> None:
    assert periods.months_of(date.fromisoformat(first), date.fromisoformat(last))[1] == said


@given(st.integers(1, 10**9), st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_shares_add_up_to_the_fen_and_are_fair(fen: int, days: list[int]) -> None:
    parts = periods.shares(fen, days)
    assert sum(parts) == fen and all(part >= 0 for part in parts)
    for part, share in zip(parts, days, strict=True):
        assert abs(part - Fraction(fen * share, sum(days))) <= 1


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (("2026-02", "2026-02"), (date(2026, 2, 1), date(2026, 2, 28))),
        (("2026-02-10", "2026-03"), (date(2026, 2, 10), date(2026, 3, 31))),
        (("", ""), None),
        (("2026-13", "2026-13"), None),
    ],
)
def test_periods_as_days(period: tuple[str, str], days: object) -> None:
    assert periods.days_of(*period) == days


@pytest.mark.parametrize("text", ["2026-12-01", "2026/12/1", "2026年12月1日", "２０２６-12-01"])
def test_days_as_typed(text: str) -> None:
    assert periods.day(text) == "2026-12-01"


def test_rates_of_all_items_are_in_order(store: Store) -> None:
    for said in (parking(), terms()):
        store.act(TariffSet(**said), COMMAND_LINE)
    store.act(TariffChanged(**terms(price=1, since="2020-01-01")), COMMAND_LINE)
    with store.read() as read:
        found = [(one.item, one.since) for one in rates(read)]
    assert found == sorted(found) and len(found) == 3
