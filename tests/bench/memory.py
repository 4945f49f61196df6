"""One act, search and rebuild in 1,200 households and 200,000 entries, each against its limit in the same run. By hand.

python -m tests.bench.memory [entries]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlmodel import select

from data.file import connect, raw
from data.store import Store
from desk import example, find, imports, sheets, staff
from desk.config import Config
from desk.residents import Room
from desk.setup import found
from desk.visits import Arrived, Left


def timed(work: Callable[[], object]) -> float:
    """Milliseconds one call takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def line(name: str, times: list[float], limit: float | None = None) -> None:
    """Print a median and a 99th percentile, and the ratio to the limit."""
    times = sorted(times)
    middle = statistics.median(times)
    ratio = f"{middle / limit:6.2f} × its limit" if limit else ""
    print(f"{name:44} p50 {middle:8.3f} ms  p99 {times[int(len(times) * 0.99) - 1]:8.3f} ms  {ratio}", flush=True)


def grown(home: Path, entries: int) -> tuple[Store, list[str]]:
    """An estate of 1,200 households whose journal has about so many entries, mostly visitors who came and left."""
    store, _ = found(home, Config(estate="明强小区"), "赵强", "258036")
    example.write(home)
    with store.read() as read:
        plan = imports.plan_residents(read, sheets.read_residents(home / "residents.xlsx"))
    store.act_all(plan.acts, staff.COMMAND_LINE)
    with store.read() as read:
        rooms = [code for code in read.exec(select(Room.code)).all() if code[0].isdigit()]
    store.paper = None
    have = raw_count(store)
    n = 0
    while have < entries:
        acts = [
            (Arrived(room=rooms[(n + i) % len(rooms)], category="访友", name=f"王{n + i}", confirmed_by="电话已同意"), None)
            for i in range(500)
        ]
        done = store.act_all(acts, staff.COMMAND_LINE)
        store.act_all([(Left(), one.record.id) for one in done], staff.COMMAND_LINE)
        n, have = n + 500, have + 1000
        print(f"\r{have} entries", end="", flush=True)
    print()
    return store, rooms


def raw_count(store: Store) -> int:
    """How many entries there are."""
    with store.read() as read:
        return int(raw(read.connection()).execute("SELECT count(*) FROM entry").fetchone()[0])


def main() -> None:
    """Build, measure, print."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        begun = time.perf_counter()
        store, rooms = grown(home, entries)
        size = (home / "desk.db").stat().st_size + Path(f"{home}/desk.db-wal").stat().st_size
        print(f"built in {time.perf_counter() - begun:.0f} s, {raw_count(store)} entries, {size / 1e6:.0f} MB on disk")
        bare = connect(home / "bare.db")
        bare.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB)")
        body = b"x" * 400
        commits, acts = [], []
        from desk.paper import spooler

        store.paper = spooler(Config(estate="明强小区"), home)
        for n in range(300):
            commits.append(timed(lambda: bare.execute("INSERT INTO t(body) VALUES(?)", (body,))))
            event = Arrived(room=rooms[n], category="访友", name=f"张{n}", confirmed_by="电话已同意")
            acts.append(timed(lambda event=event: store.act(event, staff.COMMAND_LINE)))  # type: ignore[misc]
        bare.close()
        line("a raw durable commit of 400 bytes (limit)", commits)
        line("one act with its slip in the spool", acts, statistics.median(commits))
        with store.read() as read:
            db = raw(read.connection())
            one = [timed(lambda: db.execute("SELECT * FROM room WHERE id = 'room:3-2-501'").fetchone()) for _ in range(200)]
            limit = statistics.median(one)
            line("one row by its key (limit)", one)
            for typed in ("3-2-501", "32501", "3-2-", "张", "张秀", "zx", "1234", "A12", "没有这个"):
                searches = [timed(lambda typed=typed: find.search(read, typed, staff.COMMAND_LINE)) for _ in range(60)]  # type: ignore[misc]
                line(f"search {typed}", searches, limit)
        took = timed(store.rebuild) / 1000
        print(f"rebuild of {raw_count(store)} entries: {took:.1f} s, {raw_count(store) / took:,.0f} entries/s")
        took = timed(store.check) / 1000
        print(f"check of everything: {took:.1f} s")
        store.close()
        print(f"open again: {timed(store.open):.1f} ms")


if __name__ == "__main__":
    main()
