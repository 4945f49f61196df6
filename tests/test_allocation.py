"""Where undesignated money goes: due debts first, oldest first, one day in proportion, 违约金 last (民法典 §560-561)."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.allocation import Owing, suggest

TODAY = "2026-12-01"


def owing(key: str, fen: int, due: str = "2026-11-30", since: str = "2026-11", penalty: bool = False) -> Owing:
    """A debt due yesterday unless said otherwise."""
    return Owing(key, fen, due, since, penalty)


def test_due_debts_come_first_and_the_oldest_of_them_before_all() -> None:
    rows = [
        owing("coming", 100, due="2026-12-02", since="2026-07"),
        owing("late", 100, due="2026-09-30"),
        owing("later", 100, due="2026-10-31", since="2026-01"),
        owing("today", 100, due=TODAY),
    ]
    assert suggest(rows, 250, TODAY) == [("late", 100), ("later", 100), ("today", 50)]
    assert suggest(rows, 350, TODAY)[-1] == ("coming", 50)


def test_what_is_not_due_goes_by_the_oldest_period_and_then_by_its_day() -> None:
    rows = [
        owing("november", 100, due="2026-12-10", since="2026-11"),
        owing("october", 100, due="2026-12-31", since="2026-10"),
        owing("october parking", 100, due="2026-12-20", since="2026-10-15"),
    ]
    assert [key for key, _ in suggest(rows, 300, TODAY)] == ["october", "october parking", "november"]


@pytest.mark.parametrize(
    ("since", "order"),
    [("2026-10", ["undated", "dated"]), ("2026-11", ["dated", "undated"]), ("2027-01", ["dated", "undated"])],
)
def test_a_debt_without_due_day_is_due_from_the_first_day_of_its_period(since: str, order: list[str]) -> None:
    rows = [owing("undated", 100, due="", since=since), owing("dated", 100, due="2026-10-15")]
    assert [key for key, _ in suggest(rows, 200, TODAY)] == order


def test_one_due_day_is_shared_in_proportion_and_odd_fen_go_to_the_largest_remainders() -> None:
    rows = [owing("a", 300), owing("b", 200), owing("c", 100)]
    assert suggest(rows, 60, TODAY) == [("a", 30), ("b", 20), ("c", 10)]
    assert suggest(rows, 100, TODAY) == [("a", 50), ("b", 33), ("c", 17)]
    thirds = [owing("c", 100), owing("a", 100), owing("b", 100)]
    assert suggest(thirds, 200, TODAY) == [("a", 67), ("b", 67), ("c", 66)]
    assert suggest(thirds, 1, TODAY) == [("a", 1)]


def test_two_debts_of_one_name_lose_no_fen() -> None:
    assert suggest([owing("a", 560), owing("a", 1120)], 1680, TODAY) == [("a", 560), ("a", 1120)]


def test_a_penalty_waits_for_all_principal_even_for_what_is_not_due() -> None:
    rows = [owing("penalty", 50, due="2026-01-01", penalty=True), owing("fee", 100), owing("coming", 100, due="2027-01-31")]
    assert suggest(rows, 210, TODAY) == [("fee", 100), ("coming", 100), ("penalty", 10)]


@pytest.mark.parametrize("fen", [0, -5])
def test_no_money_goes_nowhere(fen: int) -> None:
    assert suggest([owing("a", 100)], fen, TODAY) == []
    assert suggest([], 100, TODAY) == []


def test_what_is_overpaid_takes_nothing() -> None:
    assert suggest([owing("over", -100), owing("even", 0), owing("a", 100)], 500, TODAY) == [("a", 100)]


debts = st.lists(
    st.builds(
        Owing,
        key=st.integers(0, 10**6).map(str),
        open=st.integers(-500, 10**7),
        due=st.sampled_from(["", "2026-10-31", "2026-11-30", "2026-12-01", "2026-12-31"]),
        period_from=st.sampled_from(["2026-10", "2026-11-15", "2026-12", "2027-01"]),
        penalty=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda row: row.key,
)


@given(debts, st.integers(0, 10**8), st.randoms(use_true_random=False))
def test_every_fen_goes_somewhere_and_none_beyond_what_is_open(rows: list[Owing], fen: int, chance: Random) -> None:
    shares = suggest(rows, fen, TODAY)
    opened = {row.key: row.open for row in rows}
    assert sum(share for _, share in shares) == min(fen, sum(max(row.open, 0) for row in rows))
    assert all(0 < share <= opened[key] for key, share in shares)
    assert len({key for key, _ in shares}) == len(shares)
    mixed = list(rows)
    chance.shuffle(mixed)
    assert suggest(mixed, fen, TODAY) == shares


@given(debts, st.integers(0, 10**8))
def test_no_debt_gets_a_fen_while_one_that_goes_before_it_is_open(rows: list[Owing], fen: int) -> None:
    paid = dict(suggest(rows, fen, TODAY))
    for first in rows:
        for second in rows:
            before = (not first.penalty and second.penalty) or (
                first.penalty == second.penalty and "" < first.due <= TODAY and (first.due < second.due or second.due > TODAY)
            )
            if before and paid.get(second.key):
                assert paid.get(first.key, 0) == max(first.open, 0)


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=8), st.integers(0, 10**7))
def test_shares_of_one_day_are_within_a_fen_of_the_exact_proportion(amounts: list[int], fen: int) -> None:
    paid = dict(suggest([owing(str(n), amount) for n, amount in enumerate(amounts)], fen, TODAY))
    given_out = min(fen, sum(amounts))
    for n, amount in enumerate(amounts):
        assert abs(paid.get(str(n), 0) - Fraction(given_out * amount, sum(amounts))) < 1
