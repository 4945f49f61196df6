"""What a slip adds to its act, against one raw durable commit in the same run; and how many bytes a slip is.

Run by hand: .venv/bin/python -m tests.bench.spool [acts]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from data.entry import new_id
from data.file import connect
from data.records import Actor, Event
from data.store import Paper, Store
from desk import staff
from desk.billed import Billed
from desk.config import Config, Printer
from desk.paid import Paid, Part, Tender
from desk.paper import spooler
from desk.repairs import Reported
from desk.residents import RoomRegistered
from desk.visits import Arrived
from printers import spool
from tests.office import office

ROOM = "3-2-501"
FEN = 20_00
NUMBERS = count()
Make = Callable[[], Event]


def visitor() -> Event:
    """One slip with a code."""
    return Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", name=f"王{next(NUMBERS)}", phone="13800001234")


def repair() -> Event:
    """One slip, all text."""
    return Reported(room="公共-电梯3", category="电梯", problem="门关不严，有异响", reporter="张阿姨", again=True)


def receipts(store: Store) -> Make:
    """Receipts of three lines, each of another household: two copies, the drawer and a code."""

    def bill(room: str, item: str) -> Part:
        said = Billed(room=room, item=item, klass="物业费", period_from="2026-09", period_to="2026-11", fen=FEN)
        return Part(bill=store.act(said, staff.COMMAND_LINE).record.id, item=item, period="2026-09~2026-11", fen=FEN)

    def make() -> Event:
        room = f"8-1-{next(NUMBERS)}"
        store.act(RoomRegistered(code=room, area=9000), staff.COMMAND_LINE)
        parts = tuple(bill(room, item) for item in ("物业费", "公摊电费", "电梯运行费"))
        return Paid(room=room, parts=parts, tenders=(Tender(kind="现金", fen=3 * FEN, given=3 * FEN),), request=new_id())

    return make


class Timed:
    """The store's way to the spool, with a watch."""

    def __init__(self, put: Paper) -> None:
        self.put = put
        self.took: list[float] = []

    def __call__(self, *given: Any) -> None:
        began = time.perf_counter()
        self.put(*given)
        self.took.append((time.perf_counter() - began) * 1000)


def commits(path: Path) -> Iterator[float]:
    """Milliseconds of a durable commit of a row as large as an entry, in the same kind of file, one after another."""
    db = connect(path)
    db.execute("CREATE TABLE bare(n INTEGER PRIMARY KEY, entry BLOB)")
    db.commit()
    while True:
        began = time.perf_counter()
        db.execute("INSERT INTO bare(entry) VALUES(?)", (b"x" * 370,))
        db.commit()
        yield (time.perf_counter() - began) * 1000


def measure(store: Store, by: Actor, put: Paper, make: Make, bare: Iterator[float], acts: int) -> str:
    """One line: the act with its slips and without, by turns, medians, and what a raw commit takes meanwhile."""
    timed = Timed(put)
    took: dict[bool, list[float]] = {True: [], False: []}
    raw: list[float] = []
    for number in range(2 * acts):
        event, printed = make(), bool(number % 2)
        store.paper = timed if printed else None
        began = time.perf_counter()
        store.act(event, by)
        took[printed].append((time.perf_counter() - began) * 1000)
        raw.append(next(bare))
    store.paper = put
    without, full = (statistics.median(took[printed][5:]) for printed in (False, True))
    inside, commit = statistics.median(timed.took[5:]), statistics.median(raw)
    return (
        f"act {without:5.2f} ms, with its slips {full:5.2f} ms: +{full - without:.2f} ms ({(full - without) / commit:.2f} raw "
        f"commits of {commit:.2f} ms), of which laid out, encoded and inserted in {inside:.2f} ms"
    )


def sizes(store: Store) -> str:
    """The bytes of the newest slips, per copy."""
    latest: Sequence[spool.Job] = store.look(lambda db: spool.jobs(db, limit=2))
    held = [store.look(lambda db, n=job.id: len(spool.payload(db, n))) for job in latest]  # type: ignore[misc]
    return "、".join(f"{job.copy or job.kind} {size} B" for job, size in zip(latest, held, strict=True))


def main() -> None:
    acts = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        store, people = office(Path(folder) / "desk")
        bare = commits(Path(folder) / "bare.db")
        jobs = (
            ("访客单", visitor, people["老周"]),
            ("报修受理单", repair, people["王芳"]),
            ("收款收据", receipts(store), people["李敏"]),
        )
        for qr in ("native", "image"):
            printer = Printer(url="dummy:", qr=qr)
            put = spooler(Config(estate="明强小区", phone="8888 1234", printer=(printer,)), Path(folder))
            for name, make, by in jobs:
                print(f"{name} qr={qr}: {measure(store, by, put, make, bare, acts)}; {sizes(store)}", flush=True)
        store.close()


if __name__ == "__main__":
    main()
