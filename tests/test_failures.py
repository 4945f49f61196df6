"""The ways printing fails (printing.md §9.3), each ending in the state and with the number of slips named there."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from printers import line, spool, status
from printers.lock import device_lock, machine
from printers.slip import QR, Slip, Text
from printers.thermal import Profile
from tests import paper
from tests.fakeprinter import FakePrinter
from tests.test_slips import receipt, visitor
from tests.tray import AT, QUICK, At, Desk

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.usefixtures("locks_of_our_own")


def money(desk: Desk, doc_id: str = "p1") -> int:
    """A slip of money, one copy, in the tray."""
    slip = receipt()
    return desk.put(Slip(slip.kind, slip.title, slip.nodes, money=True), doc_id)[0]


def is_left_alone(desk: Desk, printer: FakePrinter, worker_at: At, number: int) -> None:
    """In doubt it stays where it is, whoever looks: only a person may say more."""
    job, heard = spool.job(desk.db, number), printer.received
    assert (job.state, job.done, job.confirmed_by) == ("uncertain", None, "")
    assert "请看是否出纸" in job.reason
    printer.drop_after, printer.silent, printer.mute_done, printer.stall = None, False, False, False
    assert worker_at(printer.url, harmless=("visitor",)).step() == "idle"
    assert spool.recover(desk.db) == 0
    assert printer.received == heard
    assert [job.id for job in spool.waiting(desk.db)] == [number]


def marked(slip: bytes) -> bool:
    """Whether a slip on paper says that it is a second one."""
    return "※补打 第1次※" in paper.text(paper.decode(slip, "gbk"), 32)


# ── the thirteen ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("answers_id", "proof"), [(True, "id"), (False, "done")])
def test_t1_all_is_well(desk: Desk, printer: FakePrinter, worker_at: At, answers_id: bool, proof: str) -> None:
    """An Epson gives the job's own number back; a clone only says that everything before was done."""
    number = money(desk)
    printer.answers_id = answers_id
    assert worker_at(f"{printer.url}?answers=id" if answers_id else printer.url).step() == "done"
    job = spool.job(desk.db, number)
    assert (job.state, job.confirmed_by, job.reason, len(printer.slips)) == ("confirmed", spool.DEVICE, "", 1)
    assert desk.attempts() == [(number, 1, 1, f"confirmed {proof}")]


@pytest.mark.parametrize("query", ["?answers=no", ""])
def test_t1c_a_printer_without_a_voice(desk: Desk, printer: FakePrinter, worker_at: At, query: str) -> None:
    number = money(desk)
    printer.silent = True
    assert worker_at(printer.url + query, QUICK).step() == "done"
    assert printer.quiet() and len(printer.slips) == 1
    is_left_alone(desk, printer, worker_at, number)
    assert len(printer.slips) == 1


def test_t2_unreachable(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    with FakePrinter() as gone:
        url = gone.url
    worker = worker_at(url)
    assert [worker.step(), worker.step()] == ["held", "held"]
    job = spool.job(desk.db, number)
    assert (job.state, desk.attempts()) == ("queued", [])
    assert "请检查电源和网线" in job.reason


def test_t3_no_paper_to_begin_with(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.paper_out = True
    worker = worker_at(printer.url)
    assert worker.step() == "held"
    job = spool.job(desk.db, number)
    assert (job.state, job.reason[:5], printer.received) == ("queued", "打印机缺纸", b"")
    printer.load_paper()
    assert worker.step() == "done"
    job = spool.job(desk.db, number)
    assert (job.state, job.reason, len(printer.slips)) == ("confirmed", "", 1)


def test_t4_paper_ends_in_mid_slip_and_is_loaded(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.paper_lines = 3
    worker = worker_at(printer.url)
    seen: list[str] = []

    def changed() -> None:
        assert worker._db is not None
        seen.append(spool.job(worker._db, number).reason)
        if "缺纸" in seen[-1]:
            printer.load_paper()

    worker._changed = changed
    assert worker.step() == "done"
    assert any("缺纸" in reason for reason in seen), "a person is told"
    assert (desk.states(), len(printer.slips), printer.scraps) == (["confirmed"], 1, [])
    assert desk.attempts() == [(number, 1, 1, "confirmed done")], "nothing was sent a second time"


def test_t4b_nobody_loads_paper(desk: Desk, printer: FakePrinter, worker_at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    number = money(desk)
    printer.paper_lines = 3
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    assert worker_at(printer.url, 2 * QUICK).step() == "done"
    assert "缺纸" in spool.job(desk.db, number).reason and "不要补打" in spool.job(desk.db, number).reason
    assert printer.slips == []
    printer.load_paper()
    assert len(printer.slips) == 1, "it finishes by itself: a blind second one would be one too many"
    is_left_alone(desk, printer, worker_at, number)
    spool.settle(desk.db, number, "printed", "李敏")
    assert (desk.states(), len(printer.slips)) == (["confirmed"], 1)


def test_t5_the_power_goes_in_mid_slip(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.power_lines = 3
    assert worker_at(printer.url).step() == "done"
    assert "断" in spool.job(desk.db, number).reason
    assert (printer.slips, len(printer.scraps)) == ([], 1)
    is_left_alone(desk, printer, worker_at, number)


def test_t5b_the_line_drops_in_mid_slip(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.drop_after, printer.drop_keeps = 150, True
    assert worker_at(printer.url).step() == "done"
    assert printer.quiet() and len(printer.slips) == 1, "it had all of it, and nobody heard"
    is_left_alone(desk, printer, worker_at, number)
    assert len(printer.slips) == 1


CHILD = """\
import sys
from sqlcipher3 import dbapi2
from printers import spool
spool.Worker(lambda: dbapi2.connect(sys.argv[1], isolation_level=None), "前台", sys.argv[2], lambda: None).step()
"""


def test_t6_killed_between_the_paper_and_the_mark(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.mute_done = True
    arrived = threading.Event()
    printer.before_slip = arrived.set
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(desk.path), printer.url], cwd=ROOT)
    try:
        assert arrived.wait(20)
    finally:
        child.kill()
        child.wait()
    assert desk.states() == ["sending"]

    worker = worker_at(printer.url)
    assert worker.step() == "idle", "who takes the printer over finds it so"
    assert desk.attempts() == [(number, 0, 1, "interrupted")]
    is_left_alone(desk, printer, worker_at, number)

    again = spool.reprint(desk.db, number, "", "王", AT)
    assert worker_at(printer.url).step() == "done"
    assert [spool.job(desk.db, each).state for each in (number, again)] == ["cancelled", "confirmed"]
    assert len(printer.slips) == 2
    assert [marked(slip) for slip in printer.slips] == [False, True]


def test_t7_printed_and_the_answer_lost(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.mute_done = True
    assert worker_at(printer.url, QUICK).step() == "done"
    is_left_alone(desk, printer, worker_at, number)
    assert len(printer.slips) == 1


def test_t8_three_programs_twenty_slips(desk: Desk, printer: FakePrinter) -> None:
    numbers = [money(desk, f"p{n}") for n in range(20)]
    workers = [spool.Worker(desk.connect, "前台", printer.url, lambda: None, 2) for _ in range(3)]

    def poke_all() -> None:
        for worker in workers:
            worker.poke()

    printer.before_slip = poke_all
    for worker in workers:
        worker.start()
    assert printer.wait_for(lambda fake: len(fake.slips) == 20, 30)
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.join(10)
    assert printer.slips == [spool.payload(desk.db, number) for number in numbers], "whole, and in order"
    assert (printer.cuts, printer.scraps, set(desk.states())) == (20, [], {"confirmed"})


def test_t9_a_printer_that_hangs(desk: Desk, worker_at: At) -> None:
    number = money(desk)
    desk.db.execute("UPDATE print_job SET payload = ?", (spool.payload(desk.db, number) + bytes(295_000),))
    with FakePrinter(rcvbuf=4096) as printer:
        printer.stall = True
        began = time.monotonic()
        assert worker_at(printer.url, QUICK).step() == "done"
        assert time.monotonic() - began < 2
        assert spool.job(desk.db, number).state == "uncertain"
        assert (printer.received, printer.slips) == (b"", [])
        assert worker_at(printer.url, QUICK).step() == "idle"


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 和 fork 只有 Linux 和 macOS 有")
def test_killed_anywhere(tmp_path: Path) -> None:
    """Ten of the two hundred of tests/bench/kill_printing.py: nothing is printed twice unmarked, nothing lost."""
    from tests.bench.kill_printing import run

    found = run(tmp_path, 10, 11)
    assert found["killed"] == 10 and found["on paper"] >= found["slips asked for"] - found["given up by a person"]


# ── what else goes wrong ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_printer_that_comes_to_itself_late_prints_once(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    printer.frozen = True
    assert worker_at(printer.url, QUICK).step() == "done"
    assert printer.quiet() and printer.slips == []
    printer.thaw()
    is_left_alone(desk, printer, worker_at, number)
    assert len(printer.slips) == 1


def test_switched_off_to_be_rid_of_a_stuck_slip(
    desk: Desk, printer: FakePrinter, worker_at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the words say to do before 补打: what the printer still held is gone, so the marked slip is the only one."""
    number = money(desk)
    printer.paper_lines = 3
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    worker = worker_at(printer.url, 2 * QUICK)
    assert worker.step() == "done"
    printer.power_cycle()
    printer.load_paper()
    assert (printer.slips, len(printer.scraps)) == ([], 1)
    spool.reprint(desk.db, number, "", "王", AT)
    assert worker_at(printer.url).step() == "done"
    assert [marked(slip) for slip in printer.slips] == [True]


def test_half_a_picture_does_not_swallow_the_next_slip(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    """What a printer still waits for of a picture it would take from the slip after it."""
    code = Slip("code", "单", (Text("号"), QR("x" * 40)))
    [first], [second] = desk.put(code, profile=Profile(qr="image")), desk.put(visitor(), "p2", kind="visitor")
    printer.drop_after, printer.drop_keeps = 2000, True
    worker = worker_at(printer.url)
    assert worker.step() == "done"
    assert printer.quiet() and printer.slips == []
    printer.drop_after = None
    assert worker.step() == "done"
    assert [spool.job(desk.db, number).state for number in (first, second)] == ["uncertain", "confirmed"]
    # A long job also asks to be told of trouble on its way.
    [whole] = [slip.replace(status.SPEAK_UP, b"").replace(status.BE_QUIET, b"") for slip in printer.slips]
    assert whole == spool.payload(desk.db, second)
    third = money(desk, "p3")
    heard = len(printer.received)
    assert worker.step() == "done"
    assert printer.received[heard:] == spool.payload(desk.db, third), "and that is only once so"


def test_a_harmless_slip_is_printed_once_more_by_itself_and_marked(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    worker = worker_at(printer.url, harmless=("visitor",))
    desk.put(visitor(), "p1", kind="visitor")
    worker.step()
    [number] = desk.put(visitor(), "p2", kind="visitor")
    printer.power_lines = 3
    assert [worker.step(), worker.step(), worker.step()] == ["done", "done", "idle"]
    old, new = spool.job(desk.db, number), spool.jobs(desk.db)[0]
    assert (old.state, old.confirmed_by, old.done is not None) == ("cancelled", spool.BY_ITSELF, True)
    assert "断" in old.reason and old.reason.endswith("已自动补打一张")
    assert (new.state, new.supersedes, new.operator) == ("confirmed", number, spool.BY_ITSELF)
    assert [marked(slip) for slip in printer.slips] == [False, True]


def test_what_was_printed_again_by_itself_is_not_so_a_second_time(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    worker = worker_at(printer.url, harmless=("visitor",))
    desk.put(visitor(), "p1", kind="visitor")
    worker.step()
    desk.put(visitor(), "p2", kind="visitor")
    for result in ("done", "done", "idle"):
        printer.power_lines = 3
        assert worker.step() == result
    assert desk.states() == ["confirmed", "cancelled", "uncertain"]


@pytest.mark.parametrize("why", ["money", "another kind", "never answered", "no paper"])
def test_what_is_not_printed_again_by_itself(
    desk: Desk, printer: FakePrinter, worker_at: At, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = worker_at(printer.url, 2 * QUICK, harmless=("visitor", "receipt") if why != "another kind" else ("parcel",))
    if why != "never answered":
        desk.put(visitor(), "p1", kind="visitor")
        assert worker.step() == "done"
    number = money(desk, "p2") if why == "money" else desk.put(visitor(), "p2", kind="visitor")[0]
    if why == "no paper":
        printer.paper_lines = 3
        monkeypatch.setattr(line, "PATIENCE", 0.0)
    else:
        printer.power_lines = 3
    assert worker.step() == "done"
    if why == "no paper":
        printer.load_paper()
    assert worker.step() == "idle"
    assert spool.job(desk.db, number).state == "uncertain"


def test_a_printer_held_by_another_program_is_said_when_it_lasts(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = money(desk)
    worker = worker_at(printer.url)
    with device_lock(f"{printer.url}?answers=id") as ours:
        assert ours
        assert worker.step() == "held"
        assert spool.job(desk.db, number).reason == "", "they take turns all day long"
        assert worker.step() == "held"
        assert "另一个程序" in spool.job(desk.db, number).reason
    assert printer.connections == 0
    assert worker.step() == "done"
    assert (spool.job(desk.db, number).state, spool.job(desk.db, number).reason) == ("confirmed", "")


HOLD = """\
import sys, tempfile
tempfile.tempdir = sys.argv[2]
from printers.lock import device_lock
with device_lock(sys.argv[1]) as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


def test_a_program_that_is_killed_lets_go_of_its_printer(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, "tcp://printer", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with device_lock("tcp://printer:9100") as ours:
            assert not ours
        other.kill()
        other.wait()
    with device_lock("tcp://printer:9100") as ours:
        assert ours


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tcp://printer", "tcp://PRINTER:9100/?answers=id"),
        ("tcp://[::1]", "tcp://[::1]:9100"),
        ("usb://0x0416:0x5011", "usb://416:5011?in=0x81"),
        ("usb://0x0416:0x5011?serial=A", "usb://416:5011?out=3&serial=A"),
        ("serial://COM3", "serial://com3?baud=9600"),
        ("win32://XP-80", "win32://xp-80"),
    ],
)
def test_one_printer_has_one_lock_however_its_address_is_written(one: str, other: str) -> None:
    assert machine(one) == machine(other)


def test_two_printers_have_two_locks() -> None:
    urls = (
        "tcp://a", "tcp://a:9101", "tcp://b", "usb://1:2", "usb://1:20", "usb://1:2?serial=A", "usb://1:2?serial=a",
        "serial:///dev/ttyS0", "serial:///dev/ttyS1", "serial://COM3", "win32://A", "cups://A", "cups://a", "file:///a",
    )  # fmt: skip
    assert len({machine(url) for url in urls}) == len(urls)
