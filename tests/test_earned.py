"""预存: no more than the law lets an office take ahead, and earned month by month until it is used up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.earned import cap, over_cap, schedule


def test_twelve_months_may_be_paid_ahead_and_no_fen_more() -> None:
    # 杭州市物业管理条例 §55: at most twelve months.
    assert cap(12, 161_28) == 1935_36
    assert over_cap(0, 1935_36, 12, 161_28) == 0
    assert over_cap(0, 1935_37, 12, 161_28) == 1
    assert over_cap(1000_00, 1000_00, 12, 161_28) == 64_64


def test_an_account_that_is_full_takes_nothing_and_one_used_twice_takes_more() -> None:
    assert over_cap(2000_00, 100, 12, 100_00) == 100, "a fee that fell leaves an account above the cap"
    assert over_cap(-50_00, 1250_00, 12, 100_00) == 0
    assert over_cap(0, 100, 12, 0) == 100
    assert over_cap(5000_00, 0, 12, 100_00) == 0


def test_a_balance_is_earned_month_by_month_across_the_year_and_the_last_month_is_the_rest() -> None:
    assert schedule(500_00, 161_28, "2026-11") == [
        ("2026-11", 161_28), ("2026-12", 161_28), ("2027-01", 161_28), ("2027-02", 16_16),
    ]  # fmt: skip
    assert schedule(200, 100, "2026-12") == [("2026-12", 100), ("2027-01", 100)]
    assert schedule(1, 100, "2026-01") == [("2026-01", 1)]


@pytest.mark.parametrize("balance", [0, -100])
def test_where_nothing_stands_nothing_is_earned(balance: int) -> None:
    assert schedule(balance, 100, "2026-11") == []


def test_without_a_fee_nobody_can_say_when_it_is_earned() -> None:
    with pytest.raises(ValueError, match="收费标准"):
        schedule(100, 0, "2026-11")


@given(st.integers(-(10**6), 10**7), st.integers(0, 10**7), st.integers(0, 12), st.integers(0, 10**6))
def test_what_may_be_added_never_takes_an_account_over_the_cap(balance: int, adding: int, months: int, monthly: int) -> None:
    over = over_cap(balance, adding, months, monthly)
    assert 0 <= over <= adding
    taken = adding - over
    assert taken == 0 or balance + taken <= cap(months, monthly)
    assert over == 0 or taken == 0 or balance + taken == cap(months, monthly)


@given(st.integers(1, 10**6), st.integers(10**3, 10**6), st.integers(2020, 2099), st.integers(1, 12))
def test_all_of_it_is_earned_once_in_months_that_follow_each_other(balance: int, monthly: int, year: int, month: int) -> None:
    rows = schedule(balance, monthly, f"{year}-{month:02}")
    assert sum(fen for _, fen in rows) == balance
    assert all(fen == monthly for _, fen in rows[:-1]) and 0 < rows[-1][1] <= monthly
    counted = [int(said[:4]) * 12 + int(said[5:]) - 1 for said, _ in rows]
    assert counted == list(range(year * 12 + month - 1, year * 12 + month - 1 + len(rows)))
