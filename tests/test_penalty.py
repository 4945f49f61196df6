"""违约金: simple, per bill, day by day, rounded once, capped, and the same however often it is billed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.penalty import NOTHING, Clause, Penalty, excessive, penalty, percent

CLAUSE = Clause(500)
DUE = "2026-10-31"
BILLED = "2026-10-01"


def day(n: int) -> str:
    """The nth day after the due day."""
    return str(date.fromisoformat(DUE) + timedelta(days=n))


def of(fen: int, days: int, clause: Clause = CLAUSE, already: int = 0) -> Penalty:
    """The penalty of a bill nobody paid anything of."""
    return penalty([(BILLED, fen)], DUE, day(days), clause, already)


def test_the_example_of_the_receipt() -> None:
    # domain.md B4 prints 18天 0.05%/日 1.20: that is the penalty of ￥133.33.
    assert of(133_33, 18) == Penalty(18, 1_20, "违约金 18天 0.05%/日")


@pytest.mark.parametrize(
    ("fen", "days", "owed"),
    [
        (483_84, 18, 4_35),  # 48384 × 18 × 0.0005 = 435.456
        (161_28, 30, 2_42),  # 241.92
        (1000_00, 1, 50),
        (10_00, 1, 1),  # 0.5 fen: half up
        (9_99, 1, 0),
        (9_99, 3, 1),  # 1.4985: rounded once at the end, not a day at a time
    ],
)
def test_amounts_reckoned_by_hand(fen: int, days: int, owed: int) -> None:
    assert of(fen, days).fen == owed


def test_it_begins_the_day_after_the_due_day_or_after_the_grace() -> None:
    assert of(1000_00, 0) == NOTHING
    assert of(1000_00, -40) == NOTHING
    assert of(1000_00, 1).days == 1
    graceful = Clause(500, grace=5)
    assert of(1000_00, 5, graceful) == NOTHING
    assert of(1000_00, 6, graceful) == Penalty(1, 50, "违约金 1天 0.05%/日")


def test_where_no_day_was_named_nobody_is_late() -> None:
    assert penalty([(BILLED, 1000_00)], "", day(400), CLAUSE) == NOTHING
    assert penalty([], DUE, day(400), CLAUSE) == NOTHING
    assert of(1000_00, 400, Clause(0)).fen == 0


def test_a_day_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError):
        penalty([(BILLED, 1)], "2026-02-30", day(1), CLAUSE)


def test_what_was_paid_bears_nothing_from_its_day_on() -> None:
    steps = [(BILLED, 1000_00), (day(11), 400_00), (day(16), 0)]
    found = penalty(steps, DUE, day(20), CLAUSE)
    # 100000 × 10 + 40000 × 5 = 1200000 fen·days; the five days with nothing open do not count.
    assert found == Penalty(15, 6_00, "违约金 15天 0.05%/日 本金1,000.00×10天＋400.00×5天")
    assert penalty(steps[::-1], DUE, day(20), CLAUSE) == found


def test_what_was_paid_in_time_bears_nothing_and_the_cap_stays_that_of_the_whole_bill() -> None:
    steps = [(BILLED, 1000_00), (DUE, 400_00)]
    assert penalty(steps, DUE, day(10), CLAUSE) == Penalty(10, 2_00, "违约金 10天 0.05%/日")
    assert penalty(steps, DUE, day(10_000), CLAUSE).fen == 1000_00


def test_of_two_steps_on_one_day_the_last_counts() -> None:
    assert penalty([(BILLED, 1000_00), (day(1), 500_00), (day(1), 100_00)], DUE, day(1), CLAUSE).fen == 5


def test_the_cap_holds_for_all_that_was_ever_billed_and_is_said() -> None:
    late = Clause(3000, cap_percent=30)
    assert of(1000_00, 365, late) == Penalty(365, 300_00, "违约金 365天 0.3%/日 上限300.00")
    assert of(1000_00, 365, late, already=120_00) == Penalty(365, 180_00, "违约金 365天 0.3%/日 上限300.00 减已计120.00")
    assert of(1000_00, 365, late, already=300_00).fen == 0
    assert of(1_01, 365, late).fen == 30, "a cap that falls within a fen is rounded down"
    assert of(1000_00, 2000) == Penalty(2000, 1000_00, "违约金 2000天 0.05%/日"), "what just reaches the cap lost nothing by it"


def test_more_billed_before_than_is_owed_now_is_never_less_than_nothing() -> None:
    assert of(1000_00, 1, already=51).fen == 0


@pytest.mark.parametrize(("ppm", "said"), [(500, "0.05%"), (3000, "0.3%"), (10_000, "1%"), (123, "0.0123%"), (100_000, "10%")])
def test_rates_as_people_write_them(ppm: int, said: str) -> None:
    assert percent(ppm) == said


@pytest.mark.parametrize(
    ("ppm", "lpr", "so"),
    [
        (500, 300, True),  # 18.25 % a year
        (106, 300, False),  # 3.869 % against 3.9 %
        (107, 300, True),  # 3.9055 %
        (0, 300, False),
        (13, 365, False),
        (130, 365, False),  # exactly 130 % of the LPR
        (131, 365, True),
    ],
)
def test_a_rate_a_court_would_lower(ppm: int, lpr: int, so: bool) -> None:
    assert excessive(ppm, lpr) is so


amounts = st.integers(1, 10**8)
clauses = st.builds(Clause, ppm=st.integers(0, 10_000), grace=st.integers(0, 30), cap_percent=st.integers(0, 100))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int]]:
    """A bill and its payments, oldest first: what was open from which day on, never more than before."""
    steps, left = [(BILLED, draw(amounts))], 0
    for after in sorted(draw(st.lists(st.integers(-29, 400), max_size=4))):
        left = draw(st.integers(0, steps[-1][1]))
        steps.append((day(after), left))
    return steps


@given(histories(), clauses, st.integers(-10, 2000), st.integers(0, 2000))
def test_it_grows_with_the_days_and_never_beyond_the_cap(
    steps: list[tuple[str, int]], clause: Clause, first: int, more: int
) -> None:
    once = penalty(steps, DUE, day(first), clause)
    later = penalty(steps, DUE, day(first + more), clause)
    assert 0 <= once.fen <= later.fen
    assert later.fen * 100 <= steps[0][1] * clause.cap_percent
    assert once.days <= later.days <= max(first + more, 0)
    assert "滞纳金" not in later.how


@given(histories(), clauses, st.lists(st.integers(-10, 1500), min_size=1, max_size=5))
def test_billed_in_parts_it_comes_to_what_one_bill_would_be(
    steps: list[tuple[str, int]], clause: Clause, days: list[int]
) -> None:
    already = 0
    for n in sorted(days):
        already += penalty(steps, DUE, day(n), clause, already).fen
    assert already == penalty(steps, DUE, day(max(days)), clause).fen


@given(histories(), clauses, st.integers(0, 1500))
def test_a_day_at_a_time_it_is_the_same_to_the_rounding(steps: list[tuple[str, int]], clause: Clause, until: int) -> None:
    open_on = {n: next(fen for since, fen in reversed(steps) if since <= day(n)) for n in range(clause.grace + 1, until + 1)}
    exact = sum(open_on.values()) * clause.ppm
    found = penalty(steps, DUE, day(until), clause)
    assert found.days == sum(fen > 0 for fen in open_on.values())
    assert found.fen == min((2 * exact + 10**6) // (2 * 10**6), steps[0][1] * clause.cap_percent // 100)
