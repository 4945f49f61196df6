"""A month of an estate of 1,200 households at one till, the books added up a second time after every step.

Run by hand: `python -m tests.bench.month [households] [days]`. Every step is one of tests/till.py, drawn with a fixed seed.
Every evening the program is killed (SIGKILL) in the middle of taking money; at the end every table is made anew and checked.
"""

import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from data.records import Actor
from desk.billing import plan_run
from tests.ledger import agree
from tests.till import STEPS, Clock, Till, estate, rooms

A_DAY = 60
"""Steps a day: a cashier serves 40-80 people."""

SEED = 20261201


def run(till: Till, month: str) -> int:
    """Bill every household for a month; gives how many bills there were."""
    with till.store.read() as read:
        plan = plan_run(read, month, till.boss)
    till.store.act_all(plan.acts, till.boss)
    return len(plan.acts)


def hurry(path: Path, at: datetime, cashier: Actor, boss: Actor, doors: list[str], seed: int) -> None:
    """Take money as fast as it goes, until killed."""
    from unittest.mock import patch

    from desk import fields

    dice, clock = random.Random(seed), Clock()
    clock.at = at
    with patch.object(fields, "wall", clock.wall):
        till = Till(path, clock, cashier, boss)
        while True:
            till.step(dice.choice(("pay", "deposit", "prepay", "void")), dice.choice(doors), dice.randrange(10_000))


def kill(till: Till, doors: list[str], dice: random.Random) -> None:
    """A second program on the same file is killed at some moment of its work."""
    spawn = multiprocessing.get_context("spawn")
    given = (till.path, till.clock.at, till.cashier, till.boss, doors, dice.randrange(10**6))
    other = spawn.Process(target=hurry, args=given)
    other.start()
    time.sleep(1.5 + dice.random())
    assert other.pid is not None
    os.kill(other.pid, signal.SIGKILL)
    other.join()
    till.crash()


def main(households: int = 1200, days: int = 30) -> None:
    """Live through the month and say what came of it."""
    dice = random.Random(SEED)
    begun = time.monotonic()
    taken = 0
    with tempfile.TemporaryDirectory() as folder, estate(Path(folder), households) as (_, (till,)):
        doors = rooms(households)
        for month in ("2026-10", "2026-11", "2026-12"):
            print(f"{month}: billed {run(till, month):,}, a second run adds {run(till, month)}")
        agree(till.store)
        for _ in range(days):
            for _ in range(A_DAY):
                often = doors if dice.random() < 0.5 else doors[:40]
                steps = [step for step in STEPS if step not in ("bill", "turn")]
                till.step(dice.choice(steps), dice.choice(often), dice.randrange(10_000))
                agree(till.store)
            before = len(agree(till.store).numbers["A26-"])
            kill(till, doors, dice)
            taken += len(agree(till.store).numbers["A26-"]) - before
            till.step("turn", doors[0], dice.randrange(10_000))
            till.clock.at = till.clock.at.replace(hour=8, minute=0) + timedelta(days=1)
        books = agree(till.store)
        folded = till.store.rebuild()
        assert agree(till.store) == books
        faults = till.store.check()[1]
    fees = books.billed.keys() - books.deposits
    whole, paid = sum(books.billed[one] for one in fees), sum(books.paid[one] for one in fees)
    waived, still = sum(map(books.given_up, fees)), sum(map(books.open, fees))
    steps, refused = sum(till.did.values()), sum(till.turned_down.values())
    print(f"{days} days, {steps:,} steps done, {refused:,} turned down, {folded:,} entries")
    print(f"{days} kills in the middle of work, {taken:,} receipts written before them, none lost, none twice")
    print(f"bills {whole:,} = paid {paid:,} + waived {waived:,} + open {still:,} fen: {whole == paid + waived + still}")
    print(f"deposits held {sum(books.held[one] for one in books.deposits):,}, paid ahead {sum(books.accounts.values()):,} fen")
    for series, numbers in sorted(books.numbers.items()):
        print(f"receipts {series}: {len(numbers):,} of 1…{max(numbers):,}, no gap")
    print("done:", ", ".join(f"{name} {count}" for name, count in till.did.most_common()))
    for sentence, count in till.turned_down.most_common(12):
        print(f"turned down {count:4}  {sentence}")
    print(f"check: {faults or 'no fault'}; {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:]))
