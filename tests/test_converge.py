"""Convergence: the fold of a set of entries is one thing, and desks that exchange what they wrote end in equal tables."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from data import journal
from data.entry import Entry, Placed
from data.file import connect, raw
from data.records import Event, Refused, fold_whole, values
from data.store import Store
from tests.conftest import MANAGER, certificate
from tests.things import KINDS, Named, Put, Taken, Thing, Weighed

SETTINGS = settings(max_examples=25, deadline=None)


class Estate:
    """Three desks, their clocks apart, that act, exchange, are copied and are put back, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, count(1)
        self.desks: list[Store] = []
        self.backups: dict[int, Path] = {}
        self.central: dict[str, list[Placed]] = {}
        self.certificates: dict[str, bytes] = {}
        for n, prefix in enumerate("ABC"):
            store = self.opened(folder / prefix / "desk.db", skew=timedelta(days=400 * (n - 1)))
            store.create(self.issue(prefix))
            self.desks.append(store)

    def opened(self, path: Path, skew: timedelta = timedelta()) -> Store:
        """A store whose PC's clock is off by `skew`."""
        return Store(path, KINDS, now=lambda: datetime(2026, 11, 20, tzinfo=UTC) + skew)

    def act(self, n: int, what: int) -> None:
        """One of a few things, to one of a few subjects; what the desk refuses is not done."""
        store = self.desks[n]
        with store.read() as read:
            known = [row[0] for row in raw(read.connection()).execute("SELECT id FROM thing ORDER BY opened_at, id LIMIT 3")]
        said: Event
        if what < 2 or not known:
            said, subject = (Named(name=f"架{what}", size=n + 1), None) if what == 1 else (Put(what=f"{n}", owner="张三"), None)
        elif what < 5:
            said, subject = Taken(by_whom=f"{n}"), known[what % len(known)]
        else:
            said, subject = Weighed(grams=what), known[what % len(known)]
        with suppress(Refused):
            store.act(said, MANAGER, subject)

    def exchange(self, n: int) -> None:
        """Push and pull through a central that keeps what it was given first; a fork goes on under a new chain."""
        store = self.desks[n]
        with store.read() as read:
            db = raw(read.connection())
            chain = journal.active(db)
            held = self.central.setdefault(chain.id, [])
            mine = journal.since(db, chain.id, 0, 10_000)
        shared = 0
        while shared < min(len(held), len(mine)) and held[shared].link == mine[shared].link:
            shared += 1
        if shared < len(held):  # central has more or other: this copy was cloned or restored
            prefix = f"{'DEFGHJKLMNPQRSTUVWXYZ'[next(self.made) % 21]}"
            store.begin_chain(self.issue(prefix), shared)
            return self.exchange(n)
        held.extend(mine[shared:])
        for chain_id, placed in self.central.items():
            with store.read() as read:
                known = next((c.seq for c in journal.chains(raw(read.connection())) if c.id == chain_id), 0)
            store.receive([self.certificates[chain_id]], placed[known:])
        return None

    def issue(self, prefix: str) -> bytes:
        """A certificate of a new chain."""
        chain = f"c{next(self.made)}"
        self.certificates[chain] = certificate(chain, prefix)
        return self.certificates[chain]

    def back_up(self, n: int) -> None:
        """Copy a desk's database by SQLite's own backup."""
        target = self.folder / f"backup{n}.db"
        target.unlink(missing_ok=True)
        here, there = connect(self.desks[n].path), connect(target)
        here.backup(there)
        here.close()
        there.close()
        self.backups[n] = target

    def restore(self, n: int, onto: int) -> None:
        """Put a backup back: over its own desk (restored) or over another's place (cloned). What was not sent is gone."""
        if n not in self.backups:
            return
        self.exchange(onto)
        self.desks[onto].close()
        path = self.folder / f"r{next(self.made)}" / "desk.db"
        path.parent.mkdir()
        shutil.copy(self.backups[n], path)
        self.desks[onto] = self.opened(path)

    def settle(self) -> list[list[Any]]:
        """Exchange until nothing moves; each desk's tables."""
        for _ in range(2):
            for n in range(3):
                self.exchange(n)
        return [tables(store) for store in self.desks]


def tables(store: Store) -> list[Any]:
    """Every row of every table of records."""
    db = connect(store.path)
    names = [str(table.__tablename__) for kind in KINDS for table in (kind, *kind.tables())]
    found = [(name, sorted(db.execute(f"SELECT * FROM {name}").fetchall())) for name in names]
    db.close()
    return found


@contextmanager
def estate() -> Iterator[Estate]:
    """Three desks in a folder that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        made = Estate(Path(folder))
        yield made
        for store in made.desks:
            store.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.integers(0, 2), st.integers(0, 8)),
        st.tuples(st.just("exchange"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("back_up"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("restore"), st.integers(0, 2), st.integers(0, 2)),
    ),
    max_size=25,
)


@given(STEPS)
@SETTINGS
def test_any_script_of_acts_exchanges_and_copies_ends_in_equal_tables(steps: list[tuple[str, int, int]]) -> None:
    with estate() as made:
        for step, n, what in steps:
            if step in ("act", "restore"):
                getattr(made, step)(n, what)
            else:
                getattr(made, step)(n)
        first, *others = made.settle()
        assert all(other == first for other in others)
        written = {Entry.read(one.stored).id for placed in made.central.values() for one in placed}
        for store in made.desks:
            assert store.check()[1] == []
            db = connect(store.path)
            assert {row[0] for row in db.execute("SELECT id FROM entry")} == written
            db.close()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(3, 8), st.booleans()), min_size=4, max_size=15), st.data())
@SETTINGS
def test_the_fold_is_the_same_for_every_order_and_with_duplicates(steps: list[tuple[int, int, bool]], data: Any) -> None:
    """One thing, taken and weighed at three desks that meet now and then; its entries in any order fold to one record."""
    with estate() as made:
        made.act(0, 0)
        for n in range(3):
            made.exchange(n)
        for n, what, meet in steps:
            made.act(n, what)
            if meet:
                made.exchange(n)
        made.settle()
        db = connect(made.desks[0].path)
        ((subject,),) = db.execute("SELECT id FROM thing").fetchall()
        entries = journal.history(db, subject)
        db.close()
    assert len(entries) > 1
    shuffled = data.draw(st.permutations([*entries, *entries[: len(entries) // 2]]))
    assert folded(Thing, subject, shuffled) == folded(Thing, subject, entries)


def folded(kind: Any, subject: str, entries: list[Entry]) -> Any:
    """A fold in plain values."""
    whole = fold_whole(kind, subject, entries)
    return whole and (values(whole[0]), [values(line) for line in whole[1]])
