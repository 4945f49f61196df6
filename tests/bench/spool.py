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
from printers.thermal import Profile, encode
from tests.office import office
from tests.slips_of_a_day import day

ROOM = "3-2-501"
FEN = 20_00
NUMBERS = count()
REPORTS = ("Z报表", "X报表", "收费日报", "现金日记账", "交接单")
"""What stays in the office, as long as the day was."""

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


def unkept(*_: Any) -> None:
    """A way to the spool that goes nowhere."""


def measure(store: Store, by: Actor, put: Paper, make: Make, bare: Iterator[float], acts: int) -> str:
    """One line: an act without slips, with slips made but not kept, with all, by turns, medians; and a raw commit.

    What the slip adds is said in the processor's own time as well, which a busy machine does not stretch.
    """
    ways: tuple[Paper | None, ...] = (None, unkept, put)
    took: tuple[list[float], ...] = ([], [], [])
    worked: tuple[list[float], ...] = ([], [], [])
    raw: list[float] = []
    for number in range(3 * acts):
        event, way = make(), number % 3
        store.paper = ways[way]
        began, busy = time.perf_counter(), time.thread_time()
        store.act(event, by)
        took[way].append((time.perf_counter() - began) * 1000)
        worked[way].append((time.thread_time() - busy) * 1000)
        raw.append(next(bare))
    store.paper = put
    without, made, full = (statistics.median(times[5:]) for times in took)
    commit, adds = statistics.median(raw), full - made
    _, spoken, all_of_it = (statistics.median(times[5:]) for times in worked)
    return (
        f"act {without:5.2f} ms, its slip said +{made - without:.2f} ms, laid out, encoded and kept +{adds:.2f} ms "
        f"({adds / commit:.1f} raw commits of {commit:.2f} ms; {all_of_it - spoken:+.2f} ms of processor)"
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
    for columns in (32, 48):
        found = [(len(encode(made.rows(columns), Profile(columns=columns))), made.name) for made in day()]
        private = sorted(size for size, name in found if name.split()[0] not in REPORTS)
        print(
            f"{columns} columns, native code: slips for residents {private[0]}–{private[-1]} B; {max(found)} the longest of all"
        )


if __name__ == "__main__":
    main()
