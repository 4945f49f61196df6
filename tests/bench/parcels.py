"""A courier's cart at a desk with 20,000 parcels held and a million gone: how long until each scan is on the glass.

Run by hand on Linux: `python -m tests.bench.parcels [scans a minute] [minutes] [held] [gone]`. The real program runs on
a terminal of its own; every scan is a burst of waybill, Enter, room, Enter. Beside it the same bursts into a Textual
program that is nothing but two Inputs.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from data.file import connect
from desk.parcels import Parcel
from desk.residents import ConsentGiven
from tests.office import PIN, office

BARE = """
from textual import on
from textual.app import App
from textual.widgets import Input, Static
class Bare(App):
    count = 0
    def compose(self):
        yield Static("ready", id="told")
        yield Input(id="one")
        yield Input(id="two")
    @on(Input.Submitted, "#one")
    def one(self):
        self.query_one("#two").focus()
    @on(Input.Submitted, "#two")
    def two(self):
        self.count += 1
        self.query_one("#told", Static).update(f"n{self.count:06d}")
        for box in self.query(Input):
            box.value = ""
        self.query_one("#one").focus()
Bare().run()
"""


def fill(home: Path, held: int, gone: int) -> None:
    """An office whose parcel table is as full as after years; straight into the table, the journal knows nothing of it."""
    store, staff = office(home)
    store.act(ConsentGiven(parcels="是"), staff["赵强"], "room:3-2-501")
    store.close()
    db = connect(home / "desk.db")
    db.execute("BEGIN")
    indexes = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'parcel' AND sql LIKE 'CREATE INDEX%'"
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX {name}")
    # Opened a parcel every half minute; what is gone stood for a day. The numbers are A's own: all short ones rest, so that
    # every scan looks through a stretch of them before it takes a longer one.
    row = dict(Parcel(id="", opened_by="k", courier="中通", size="小"))
    hour = "strftime('%Y-%m-%dT%H:%M:%S.000+00:00', 'now', 'localtime', printf('-%d seconds', {}))"
    where = {"shelf": "1 + i % 5", "layer": "1 + i / 5 % 5", "number": "'A' || (i + 5)"}
    where["room"] = household = "printf('%d-%d-%d01', 1 + i % 40, 1 + i / 40 % 3, 1 + i / 120 % 11)"  # 1,320 of them
    waits = {
        "id": "printf('h%031x', i)",
        "serial": "iif(i < 9000, 10000 + i, 91000 + i)",
        "waybill": "printf('73%012d', i)",
        "opened_at": hour.format("i * 30"),
        "waits": hour.format("i * 30"),
        "here": household,
        "place": "printf('%d-%d', 1 + i % 5, 1 + i / 5 % 5)",
        "claim": "printf('%06d ~', iif(i < 9000, 10000 + i, 91000 + i))",
    }
    went = {
        "id": "printf('g%031x', i)",
        "serial": "1 + i % 999",
        "waybill": "printf('75%012d', i)",
        "state": "'已取'",
        "opened_at": hour.format("90000 + i * 15"),
        "closed_at": hour.format("3600 + i * 15"),
        "claim": f"printf('%06d %s', 1 + i % 999, {hour.format('3600 + i * 15')})",
    }
    for count, own in ((held, waits), (gone, went)):
        said = {**where, **own, "code": f"printf('%d-%d-%04d', 1 + i % 5, 1 + i / 5 % 5, {own['serial']})"}
        rest = [name for name in row if name not in said]
        db.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) "
            f"INSERT INTO parcel({', '.join([*said, *rest])}) SELECT {', '.join(said.values())}{', ?' * len(rest)} FROM n",
            [row[name] for name in rest],
        )
    db.executemany("INSERT INTO series VALUES(?, ?)", [("parcel A1", 0), ("parcel A10000", 0), ("parcel A100000", 11_000)])
    for _, statement in indexes:
        db.execute(statement)
    db.execute("COMMIT")
    db.close()


A_HAND = 0.25
"""Seconds between a scan and the first digit, and between the last and Enter: no hand is quicker."""


class Glass:
    """A program on a terminal of its own."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env, start_new_session=True)
        os.close(side)
        self.seen = b""

    def type(self, text: str) -> None:
        """What a keyboard or scanner sends."""
        os.write(self.main, text.encode())

    def until(self, wanted: str, seconds: float = 60) -> None:
        """Read until that text was painted after the last time it was asked; Textual paints changed cells alone."""
        end = time.perf_counter() + seconds
        while wanted.encode() not in self.seen:
            assert time.perf_counter() < end, f"{wanted} never painted: {self.seen[-800:]!r}"
            if select.select([self.main], [], [], 0.5)[0]:
                self.seen += os.read(self.main, 65536)
        self.seen = self.seen[self.seen.index(wanted.encode()) + len(wanted.encode()) :]

    def drain(self, seconds: float = 0.05) -> None:
        """Let it paint for so long; a caret that blinks never ends."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.main], [], [], left)[0]:
                os.read(self.main, 65536)
        self.seen = b""

    def cpu(self) -> float:
        """Milliseconds of a processor it has used: what the same work costs on a machine that does nothing else."""
        spent = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(spent[11]) + int(spent[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> "Glass":
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.child.kill()
        self.child.wait()
        os.close(self.main)


LIMIT = 50
"""Milliseconds within which each scan is on the glass (measures.md)."""


def told(name: str, times: list[float]) -> float:
    """Print the spread in milliseconds and how many took longer than LIMIT; gives the median."""
    times = sorted(times)
    p = [times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.95, 0.99)]
    spread = f"p50 {p[0]:6.1f}  p95 {p[1]:6.1f}  p99 {p[2]:6.1f}  max {times[-1]:6.1f} ms"
    print(f"{name:34} {spread}  over {LIMIT}: {sum(one > LIMIT for one in times)} of {len(times)}", flush=True)
    return p[0]


def scan(glass: Glass, waybill: str, wanted: str) -> tuple[float, float]:
    """One burst; gives the milliseconds from its last Enter, and from its first character, until that text is painted."""
    begun = time.perf_counter()
    glass.type(f"{waybill}\r")
    glass.drain(A_HAND)
    glass.type("32501")
    glass.drain(A_HAND)
    entered = time.perf_counter()
    glass.type("\r")
    glass.until(wanted)
    done = time.perf_counter()
    glass.drain(0.02)
    return (done - entered) * 1000, (done - begun) * 1000


def bare(env: dict[str, str], scans: int) -> tuple[float, float]:
    """The same bursts into two Inputs; gives the median of the last Enter, and the processor's time for one burst."""
    with Glass([sys.executable, "-c", BARE], env) as glass:
        glass.until("ready")
        glass.drain(0.5)
        spent = glass.cpu()
        took = [scan(glass, f"SF{1234560000000 + n}", f"n{n:06d}") for n in range(1, scans + 1)]
        spent = (glass.cpu() - spent) / scans
    return told("two Inputs: last Enter to painted", [last for last, _ in took]), spent


def main(a_minute: int = 60, minutes: int = 10, held: int = 20_000, gone: int = 1_000_000, kept: str = "") -> None:
    """Fill, scan, count; in the folder `kept`, which is filled only once, or in one that goes away."""
    env = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_FPS": "1000", "TEXTUAL_DISABLE_KITTY_KEY": "1"}
    scans, series = a_minute * minutes, f"SF{int(time.time()) % 10**9:09d}"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(kept or folder) / "home"
        begun = time.perf_counter()
        if not (home / "desk.db").exists():
            fill(home, held, gone)
        size = (home / "desk.db").stat().st_size / 1e6
        print(f"{held:,} held, {gone:,} gone, {size:.0f} MB, filled in {time.perf_counter() - begun:.0f} s", flush=True)
        took = []
        with Glass([sys.executable, "-m", "desk", "--home", str(home)], env) as glass:
            glass.until("王芳")
            for text in ("王芳\r", f"{PIN['王芳']}\r"):
                glass.drain(1)
                glass.type(text)
            glass.until("二维码")
            glass.drain(2)
            begun = time.perf_counter()
            glass.type("\x1b[15~")
            glass.until("中通")
            print(f"F5 to the list of parcels {(time.perf_counter() - begun) * 1000:.0f} ms", flush=True)
            glass.drain(0.5)
            glass.type("\x1b[19~")
            glass.until("扫单号")
            glass.drain(2)
            next_at, spent = time.perf_counter(), glass.cpu()
            for n in range(1, scans + 1):
                time.sleep(max(0.0, next_at - time.perf_counter()))
                next_at += 60 / a_minute
                # The line of what was just taken in ends with its courier and the tail of its waybill.
                took.append(scan(glass, f"{series}{n:04d}", f"顺丰 {n:04d}"))
            spent = (glass.cpu() - spent) / scans
        enter = told("last Enter to painted", [last for last, _ in took])
        told("whole burst to painted", [whole for _, whole in took])
        db = connect(home / "desk.db")
        found = db.execute("SELECT count(*), count(DISTINCT code) FROM parcel WHERE waybill LIKE ?", (f"{series}%",)).fetchone()
        db.close()
        print(f"scanned {scans}, kept {found[0]}, lost {scans - found[0]}, codes of their own {found[1]}", flush=True)
        limit, least = bare(env, min(scans, 300))
        print(
            f"against two Inputs {enter / limit:.1f} ×; processor {spent:.0f} ms a scan, two Inputs {least:.0f} ms", flush=True
        )


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:5]), *sys.argv[5:])
