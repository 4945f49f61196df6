"""Printing, killed at random moments by kill -9: no slip twice without 补打 on it, none lost without anybody knowing.

Run by hand on Linux or macOS: `python -m tests.bench.kill_printing [kills] [seed]`. A person looks at the paper after
each start and says what is true of every slip in doubt, or leaves it for later; all is added up at the end.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from data.file import connect
from printers import spool, status
from printers.slip import QR, Drawer, Pair, Rule, Slip, Text
from printers.thermal import Profile
from tests.fakeprinter import FakePrinter

PRINTER, AT = "前台", 1_795_000_000_000
# A program per kill, forked from one that has everything loaded: started cold, each would take half a second. It is
# told after how many lines of printers/ to kill itself (0: never), so that the points lie between any two statements.
PROGRAM = """\
import os, signal, sys
from pathlib import Path
from data.file import connect
from printers import spool

floor, left = os.path.dirname(spool.__file__), 0

def trace(frame, event, argument):
    global left
    if not frame.f_code.co_filename.startswith(floor):
        return None
    left -= event == "line"
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return trace

for line in sys.stdin:
    left = int(line)
    child = os.fork()
    if not child:
        if left:
            sys.settrace(trace)
        worker = spool.Worker(lambda: connect(Path(sys.argv[1])), sys.argv[3], sys.argv[2], lambda: None, 2)
        while worker.step() == "done":
            pass
        os._exit(0)
    print(child, flush=True)
    sys.stdin.readline()  # until then its number is its own, dead or alive
    _, how = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(how) else "over", flush=True)
"""


class Killed:
    """A desk's tray, a printer that works, a program that is killed again and again, and a person."""

    def __init__(self, folder: Path, printer: FakePrinter, dice: random.Random) -> None:
        self.path, self.printer, self.dice = folder / "desk.db", printer, dice
        self.db = connect(self.path)
        spool.create(self.db)
        self.db.commit()
        self.documents = 0
        # About as long as a program takes for what there is; learnt on the way.
        self.lines, self.seconds = 1500.0, 0.05
        self.given_up: set[tuple[str, str]] = set()
        self.points: Counter[str] = Counter()
        command = [sys.executable, "-c", PROGRAM, str(self.path), printer.url, PRINTER]
        root, env = Path(__file__).parents[2], {**os.environ, "TMPDIR": str(folder)}
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env=env)

    def close(self) -> None:
        """End the program."""
        self.program.communicate()
        self.db.close()

    def act(self) -> None:
        """Something is done at the counter that leaves a slip of money in two copies, or a harmless one with a picture."""
        self.documents += 1
        number = f"SJ{self.documents:06}"
        money = self.documents % 3 != 0
        # The harmless one is long, a dozen pictures, so that it goes out in many pieces.
        codes = [QR(f"R-{number}")] * (1 if money else 12)
        lines = (Text(number, size=2), Rule(), Pair("合计", "￥1,284.00"), *codes, Drawer())
        slip = Slip("receipt", "收款收据", lines, copies=("客户联", "留存联") if money else ("",), money=money)
        spool.enqueue(
            self.db, kind="receipt", doc_id=number, doc_no=number, slip=slip, printer=PRINTER, at_ms=AT, operator="李敏",
            profile=Profile(qr="native" if money else "image"),
        )  # fmt: skip
        self.db.commit()

    def paper(self) -> list[bytes]:
        """The whole slips on paper, without what a long job asks of the printer on its way."""
        return [slip.replace(status.SPEAK_UP, b"").replace(status.BE_QUIET, b"") for slip in self.printer.slips]

    def look(self, hurried: bool) -> None:
        """A person goes through what is in doubt: on paper or not; a hurried one leaves some of it, or gives some up."""
        found = self.paper()
        for job in spool.waiting(self.db):
            if job.state != "uncertain" or (hurried and self.dice.random() < 0.3):
                continue
            if spool.payload(self.db, job.id) in found:
                spool.settle(self.db, job.id, "printed", "李敏")
            elif hurried and self.dice.random() < 0.1:
                spool.settle(self.db, job.id, "cancel", "李敏")
                self.given_up.add((job.doc_id, job.copy))
            else:
                spool.reprint(self.db, job.id, "", "李敏", AT)
        self.db.commit()

    def _ask(self, lines: int = 0) -> str:
        assert self.program.stdin and self.program.stdout
        self.program.stdin.write(f"{lines}\n")
        self.program.stdin.flush()
        return self.program.stdout.readline().strip()

    def start(self, lines: int = 0) -> int:
        """Start a program that kills itself after so many lines; its process."""
        return int(self._ask(lines))

    def ended(self) -> bool:
        """Wait for its end; whether it was killed."""
        how = self._ask()
        assert self.printer.quiet(), "the printer never came to rest"
        return how == "killed"

    def kill_after_lines(self) -> bool:
        """Start a program that is killed between two statements."""
        self.start(self.dice.randrange(1, int(self.lines)))
        killed = self.ended()
        self.lines = self.lines * 1.1 if killed else max(50, self.lines * 0.8)
        return killed

    def kill_after_time(self) -> bool:
        """Start a program and kill it, wherever it is: inside a commit, inside a send."""
        process = self.start()
        time.sleep(self.dice.uniform(0, self.seconds))
        os.kill(process, signal.SIGKILL)
        killed = self.ended()
        self.seconds = self.seconds * 1.1 if killed else max(0.005, self.seconds * 0.8)
        return killed

    def kill_at_a_slip(self) -> bool:
        """Start a program and kill it when a slip is on paper and not yet answered for."""
        slips, process = self.dice.randrange(1, 3), 0

        def on_paper() -> None:
            nonlocal slips
            slips -= 1
            if not slips:
                os.kill(process, signal.SIGKILL)

        with self.printer._change:  # no slip may come before its process is known
            self.printer.before_slip = on_paper
            process = self.start()
        killed = self.ended()
        self.printer.before_slip = lambda: None
        return killed

    def kill(self) -> None:
        """One program, started and killed in one of the three ways; counted, unless it was done before."""
        ways = (self.kill_after_lines, self.kill_after_time, self.kill_at_a_slip)
        if self.dice.choices(ways, (6, 3, 1))[0]():
            self.points[self.point()] += 1

    def point(self) -> str:
        """Where in its work the program was killed, by what it left."""
        sending = [job for job in spool.waiting(self.db) if job.state == "sending"]
        if not sending:
            return "nothing being sent"
        if spool.payload(self.db, sending[-1].id) in self.paper():
            return "on paper, not yet marked"
        return "sent in part" if self.printer._on_paper or self.printer._buffer else "marked, nothing sent"

    def finish(self) -> None:
        """Undisturbed at last, with a person who answers everything."""
        while waiting := spool.waiting(self.db):
            self.look(hurried=False)
            if any(job.state != "uncertain" for job in waiting):
                self.start()
                assert not self.ended()

    def check(self) -> dict[str, Any]:
        """Add it up. Raises AssertionError where a slip is on paper twice unmarked, garbled, or lost."""
        paper = Counter(self.paper())
        jobs = spool.jobs(self.db, limit=1_000_000)
        held = {job.id: spool.payload(self.db, job.id) for job in jobs}
        assert set(paper) <= set(held.values()), "a slip on paper that nobody put in the tray"
        unmarked: Counter[tuple[str, str]] = Counter()
        printed: Counter[tuple[str, str]] = Counter()
        for job in jobs:
            times = paper[held[job.id]]
            assert times <= 1, f"{job.doc_no} {job.copy} {job.seq} is on paper {times} times"
            assert times or job.state != "confirmed", f"{job.doc_no} {job.copy} {job.seq} is on no paper"
            printed[job.doc_id, job.copy] += times
            unmarked[job.doc_id, job.copy] += times * (not job.mark)
        assert max(unmarked.values()) == 1, "two originals"
        lost = {copy for copy, times in printed.items() if not times}
        assert lost <= self.given_up, f"lost: {lost - self.given_up}"
        return {
            "slips asked for": len(printed), "on paper": sum(paper.values()), "of them marked": sum(
                paper[held[job.id]] for job in jobs if job.mark
            ), "given up by a person": len(lost), "scraps": len(self.printer.scraps),
        }  # fmt: skip


def run(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill so many programs; gives what there was at the end, with the points of work at which they were killed."""
    with FakePrinter() as printer:
        desk = Killed(folder, printer, random.Random(seed))
        try:
            while desk.points.total() < kills:
                desk.look(hurried=True)
                desk.act()
                desk.kill()
            desk.finish()
            return {**desk.check(), "killed": desk.points.total(), **desk.points}
        finally:
            desk.close()


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    print(f"seed {seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="desk-kill-") as folder:
        for name, count in run(Path(folder), kills, seed).items():
            print(f"{name:28} {count}")
    print(f"{time.monotonic() - began:.1f} s; no slip twice without 补打, none lost")


if __name__ == "__main__":
    main()
