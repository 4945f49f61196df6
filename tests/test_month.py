"""Money without a hole: whatever order payments, voids, refunds, crashes and meetings come in, the books agree to the fen."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.ledger import agree
from tests.till import STEPS, Till, estate, meet, rooms

SETTINGS = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    # Shrinking a script of forty steps over a real database takes minutes; the script that failed is printed as it was drawn.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip

Step = tuple[str, int, int]
ONE = st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 10_000))


def wound_up(tills: list[Till]) -> None:
    """Whatever came before, people can settle everything at any desk; the books agree to the end."""
    for till in tills:
        till.turn("", 1)
    meet(tills)
    tills[-1].wind_up()
    meet(tills)
    for till in tills:
        agree(till.store)
        assert till.store.check()[1] == []


@given(st.lists(ONE, min_size=10, max_size=40))
@settings(SETTINGS, max_examples=25)
def test_one_till_through_any_month(steps: list[Step]) -> None:
    """Σ bills = Σ paid + Σ waived + Σ open, receipts gapless, drawer = float + net cash − out, after every step and crash."""
    with tempfile.TemporaryDirectory() as folder, estate(Path(folder), 3) as (_, (till,)):
        for name, room, n in steps:
            till.step(name, rooms(3)[room], n)
            if n % 11 == 0:
                till.crash()
            agree(till.store)
        wound_up([till])


@given(st.lists(st.tuples(ONE, st.integers(0, 1), st.booleans()), min_size=6, max_size=30))
@settings(SETTINGS, max_examples=25)
def test_two_tills_apart_keep_all_money_and_end_equal(steps: list[tuple[Step, int, bool]]) -> None:
    """Both payments of one bill are kept; when the desks have met, both books say the same."""
    with tempfile.TemporaryDirectory() as folder, estate(Path(folder), 2, desks=2) as (_, tills):
        for (name, room, n), at, together in steps:
            tills[at].step(name, rooms(2)[room % 2], n)
            agree(tills[at].store)
            if together:
                meet(tills)
        meet(tills)
        here, there = (agree(till.store) for till in tills)
        assert here == there
        wound_up(tills)
