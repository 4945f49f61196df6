"""The tray of slips: nothing printed twice by itself, nothing lost, everything a person needs to decide."""

import threading
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlcipher3 import dbapi2

from printers import spool
from printers.device import NotStarted, Outcome
from printers.lock import device_lock
from printers.queues import Dummy
from printers.slip import Slip, Text, layout, plain
from printers.thermal import Profile, encode
from tests import paper
from tests.fakeprinter import FakePrinter
from tests.slips_of_a_day import GROUP, day
from tests.test_slips import receipt, visitor
from tests.tray import AT, QUICK, At, Desk

pytestmark = pytest.mark.usefixtures("locks_of_our_own")


@GROUP
def test_a_slip_for_a_resident_is_a_kilobyte_at_most() -> None:
    office = ("Z报表", "X报表", "收费日报", "现金日记账", "交接单")
    sizes = {made.name: len(encode(made.rows(32), Profile())) for made in day() if made.name.split()[0] not in office}
    assert len(sizes) > 15
    assert max(sizes.values()) <= 1000, sizes


def test_a_slip_goes_in_as_one_frozen_job_a_copy(desk: Desk) -> None:
    first, second = (spool.job(desk.db, number) for number in desk.put())
    assert (first.copy, second.copy) == ("客户联", "留存联")
    assert (first.state, first.seq, first.money, first.done) == ("queued", 0, True, None)
    assert first.plain == plain(layout(receipt(), 32, "客户联"))
    read = paper.decode(spool.payload(desk.db, first.id), "gbk")
    assert paper.text(read, 32) == first.plain
    assert len(read.pulses) == 1
    assert not paper.decode(spool.payload(desk.db, second.id), "gbk").pulses
    assert [job.id for job in spool.waiting(desk.db)] == [first.id, second.id]


def test_a_rolled_back_act_leaves_no_slip(desk: Desk) -> None:
    desk.db.execute("BEGIN IMMEDIATE")
    desk.put()
    desk.db.execute("ROLLBACK")
    assert spool.waiting(desk.db) == []


def test_the_same_request_prints_once(desk: Desk) -> None:
    first = desk.put(request_key="r1")
    assert desk.put(request_key="r1") == first
    assert len(spool.jobs(desk.db)) == 2
    assert desk.put(doc_id="p2", request_key="r2") != first


def test_a_document_that_went_in_before_is_marked(desk: Desk) -> None:
    desk.put()
    second = spool.job(desk.db, desk.put()[0])
    assert second.seq == 1
    assert second.mark.startswith("※补打 第1次※ 20") and second.mark.endswith("经办 李敏")
    assert "※补打 第1次※" in second.plain
    assert not paper.decode(spool.payload(desk.db, second.id), "gbk").pulses


def test_a_document_cancelled_before_its_first_byte_is_still_an_original(desk: Desk) -> None:
    [number] = desk.put(visitor())
    spool.settle(desk.db, number, "cancel", "王")
    again = spool.job(desk.db, desk.put(visitor())[0])
    assert (again.seq, again.mark) == (1, "")


def test_a_printer_that_works_confirms(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    numbers = desk.put()
    worker = worker_at(printer.url)
    assert [worker.step(), worker.step(), worker.step()] == ["done", "done", "idle"]
    assert desk.states() == ["confirmed", "confirmed"]
    assert printer.slips == [spool.payload(desk.db, number) for number in numbers]
    assert {job.confirmed_by for job in spool.jobs(desk.db)} == {spool.DEVICE}
    assert all(job.done is not None for job in spool.jobs(desk.db))
    assert desk.changes == 4
    assert desk.attempts() == [(numbers[0], 1, 1, "confirmed done"), (numbers[1], 1, 1, "confirmed done")]
    assert spool.waiting(desk.db) == []


def test_a_job_of_another_printer_is_left_alone(desk: Desk, worker_at: At) -> None:
    desk.put(printer="门岗")
    assert worker_at("dummy:").step() == "idle"
    assert desk.states() == ["queued", "queued"]


def test_what_waits_for_a_printer_that_was_taken_away_goes_to_another(desk: Desk, worker_at: At) -> None:
    desk.put(doc_id="p1", printer="旧打印机")
    desk.put(doc_id="p2", printer="前台")
    assert spool.adopt(desk.db, ["前台", "门岗"], "门岗") == 2
    assert sorted((job.doc_id, job.printer) for job in spool.jobs(desk.db)) == [("p1", "门岗")] * 2 + [("p2", "前台")] * 2


def test_paper_out_before_the_slip_holds_it_and_loading_prints_it_once(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    desk.put(visitor())
    printer.paper_out = True
    worker = worker_at(printer.url)
    assert [worker.step(), worker.step()] == ["held", "held"]
    [job] = spool.jobs(desk.db)
    assert job.state == "queued" and job.reason.startswith("打印机缺纸：请装纸")
    assert desk.changes == 1, "said once, not at every attempt"
    assert desk.attempts() == []
    printer.load_paper()
    assert worker.step() == "done"
    [job] = spool.jobs(desk.db)
    assert (job.state, job.reason, len(printer.slips)) == ("confirmed", "", 1)


def test_a_dead_port_keeps_the_job_queued(desk: Desk, worker_at: At) -> None:
    with FakePrinter() as gone:
        url = gone.url
    desk.put(visitor())
    assert worker_at(url).step() == "held"
    [job] = spool.jobs(desk.db)
    assert job.state == "queued" and "请检查电源和网线" in job.reason


@pytest.mark.parametrize("knob", [{"drop_after": 150}, {"silent": True}, {"mute_done": True}])
def test_a_slip_in_doubt_is_never_sent_again_by_itself(
    desk: Desk, printer: FakePrinter, worker_at: At, knob: dict[str, Any]
) -> None:
    [number] = desk.put(visitor())
    for name, value in knob.items():
        setattr(printer, name, value)
    worker = worker_at(printer.url, QUICK)
    assert worker.step() == "done"
    got = printer.received
    printer.drop_after, printer.silent, printer.mute_done = None, False, False
    assert [worker.step(), worker_at(printer.url).step()] == ["idle", "idle"]
    [job] = spool.jobs(desk.db)
    assert (job.state, job.confirmed_by, job.done) == ("uncertain", "", None)
    assert job.reason
    assert printer.received == got
    assert desk.attempts() == [(number, 1, 1, "uncertain")]
    assert [job.id for job in spool.waiting(desk.db)] == [number]


def test_the_slip_is_marked_as_being_sent_before_its_first_byte(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    desk.put(visitor())
    seen: list[str] = []
    other = desk.connect

    def look() -> None:
        db = other()
        seen.extend(row[0] for row in db.execute("SELECT state FROM print_job").fetchall())
        db.close()

    printer.before_slip = look
    worker_at(printer.url).step()
    assert seen == ["sending"]
    assert desk.states() == ["confirmed"]


def test_a_complaint_in_mid_slip_is_shown_and_goes_away(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    desk.put(visitor())
    printer.paper_lines = 3
    worker = worker_at(printer.url)
    seen: list[tuple[str, str]] = []

    def changed() -> None:
        [job] = spool.jobs(worker._db) if worker._db else [None]
        assert job is not None
        seen.append((job.state, job.reason[:5]))
        if job.reason:
            printer.load_paper()

    worker._changed = changed
    assert worker.step() == "done"
    assert seen[0] == ("sending", "")
    assert ("sending", "打印机缺纸") in seen
    assert seen[-1] == ("confirmed", "")
    assert len(printer.slips) == 1


def test_a_worker_closes_what_a_dead_program_left(desk: Desk, worker_at: At) -> None:
    left, new = desk.put(visitor())[0], desk.put(visitor(), "p2")[0]
    desk.db.execute("UPDATE print_job SET state = 'sending' WHERE id = ?", (left,))
    worker = worker_at("dummy:")
    assert worker.step() == "done"
    assert [spool.job(desk.db, number).state for number in (left, new)] == ["uncertain", "confirmed"]


def test_two_programs_take_turns_at_one_printer(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    desk.put(visitor())
    worker = worker_at(printer.url)
    with device_lock(printer.url) as ours:
        assert ours
        assert worker.step() == "held"
        with device_lock(printer.url) as again:
            assert not again
    assert printer.connections == 0
    assert worker.step() == "done"


def test_not_one_byte_out_puts_the_job_back(desk: Desk, worker_at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    [number] = desk.put(visitor())
    worker = worker_at("dummy:")

    def refuse(self: Dummy, payload: bytes, told: object = None) -> Outcome:
        raise NotStarted("打印机不收数据：请检查电源和连线")

    with monkeypatch.context() as patch:
        patch.setattr(Dummy, "send", refuse)
        assert worker.step() == "held"
    job = spool.job(desk.db, number)
    assert (job.state, job.reason) == ("queued", "打印机不收数据：请检查电源和连线")
    assert desk.attempts() == [(number, 0, 1, "not-started")]
    assert worker.step() == "done"


def test_a_busy_file_loses_no_outcome(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    [number] = desk.put(visitor())
    worker = worker_at(printer.url)
    assert worker.step() == "done"
    [second] = desk.put(visitor(), "p2")
    assert worker._db is not None
    worker._db.execute("PRAGMA busy_timeout = 0")
    # A long writer (rebuild) takes the file while the slip is being printed.
    printer.before_slip = lambda: blocker.execute("BEGIN IMMEDIATE") and None
    blocker = dbapi2.connect(str(desk.path), isolation_level=None, check_same_thread=False)
    assert worker.step() == "held"
    assert spool.job(desk.db, second).state == "sending"
    blocker.execute("ROLLBACK")
    blocker.close()
    assert worker.step() == "idle"
    assert spool.job(desk.db, second).state == "confirmed"
    assert spool.job(desk.db, number).state == "confirmed"
    assert len(printer.slips) == 2


def test_a_confirmation_outweighs_a_recover_but_not_a_person(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    first, second = desk.put(visitor())[0], desk.put(visitor(), "p2")[0]
    worker = worker_at(printer.url)

    def other_program() -> None:
        db = desk.connect()
        spool.recover(db)
        db.close()

    printer.before_slip = other_program
    assert worker.step() == "done"
    assert spool.job(desk.db, first).state == "confirmed"

    def person() -> None:
        db = desk.connect()
        spool.recover(db)
        spool.settle(db, second, "cancel", "王")
        db.close()

    printer.before_slip = person
    assert worker.step() == "done"
    settled = spool.job(desk.db, second)
    assert (settled.state, settled.confirmed_by) == ("cancelled", "王")


def test_a_reprint_is_the_slip_as_it_was_under_a_mark(desk: Desk, printer: FakePrinter, worker_at: At) -> None:
    number = desk.put()[0]
    worker = worker_at(printer.url)
    while worker.step() != "idle":
        pass
    again = spool.reprint(desk.db, number, "", "王", AT, "k1")
    assert spool.reprint(desk.db, number, "", "王", AT, "k1") == again
    old, new = spool.job(desk.db, number), spool.job(desk.db, again)
    assert (old.state, new.supersedes, new.seq, new.copy) == ("confirmed", number, 1, "客户联")
    mark = spool.reprint_mark(1, AT, "王")
    assert new.mark == mark and mark.startswith("※补打 第1次※ 20") and mark.endswith(" 经办 王")
    assert new.plain == plain(layout(receipt(), 32, "客户联", mark))
    assert not paper.decode(spool.payload(desk.db, again), "gbk").pulses
    worker.step()
    third = spool.job(desk.db, spool.reprint(desk.db, again, "※重打※", "王", AT))
    assert (third.seq, third.mark) == (2, "※重打※")


def test_a_slip_still_to_come_is_not_printed_again(desk: Desk) -> None:
    number = desk.put()[0]
    assert spool.reprint(desk.db, number, "", "王", AT) == number
    assert len(spool.jobs(desk.db)) == 2


def test_a_copy_still_to_come_is_not_printed_again_by_any_key(desk: Desk) -> None:
    number = desk.put()[0]
    desk.db.execute("UPDATE print_job SET state = 'uncertain' WHERE id = ?", (number,))
    again = spool.reprint(desk.db, number, "", "王", AT, "k1")
    assert spool.reprint(desk.db, number, "", "王", AT, "k2") == again
    assert spool.reprint(desk.db, again, "", "王", AT, "k3") == again
    assert [job.copy for job in spool.jobs(desk.db, "p1")] == ["客户联", "留存联", "客户联"]
    assert spool.job(desk.db, number).state == "cancelled"
    desk.db.execute("UPDATE print_job SET state = 'confirmed', done = 1 WHERE id = ?", (again,))
    assert spool.reprint(desk.db, number, "", "王", AT, "k4") != again, "once it is out, another may follow"


def test_what_a_vanished_printer_was_printing_is_in_doubt(desk: Desk) -> None:
    left, ours = desk.put(visitor(), "p1", printer="旧打印机")[0], desk.put(visitor(), "p2")[0]
    desk.db.execute("UPDATE print_job SET state = 'sending'")
    assert spool.adopt(desk.db, ["前台"], "前台") == 0
    assert [spool.job(desk.db, number).state for number in (left, ours)] == ["uncertain", "sending"]
    again = spool.reprint(desk.db, left, "", "王", AT)
    assert spool.adopt(desk.db, ["前台"], "前台") == 1
    assert spool.job(desk.db, again).printer == "前台"


def test_past_slips_are_found_by_a_piece_of_their_number(desk: Desk) -> None:
    numbers = [desk.put(visitor(), f"p{n}", doc_no=no)[0] for n, no in enumerate(("A26-000318", "A26-000319", "%_A31"))]
    assert spool.past(desk.db) == [], "nothing is over yet"
    for number in numbers:
        spool.settle(desk.db, number, "cancel", "王")
    found = {text: [job.id for job in spool.past(desk.db, text)] for text in ("", "0003", "a26-000318", "%", "_", "x")}
    first, second, odd = numbers
    assert found == {"": [odd, second, first], "0003": [second, first], "a26-000318": [first], "%": [odd], "_": [odd], "x": []}
    assert [job.id for job in spool.past(desk.db, limit=1)] == [odd]


def test_years_of_slips_cost_the_header_nothing(desk: Desk) -> None:
    """What waits is asked for at every picture; without its index it read every slip there ever was (39 ms of 100,000)."""
    asked: list[str] = []
    desk.db.set_trace_callback(asked.append)
    spool.waiting(desk.db)
    spool.jobs(desk.db, "p1")
    spool.past(desk.db, "318")
    desk.db.set_trace_callback(None)
    plans = [str(desk.db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()) for sql in asked]
    for plan, index in zip(plans, ("print_job_open", "(doc_id=?)", "COVERING INDEX print_job_number"), strict=True):
        assert index in plan


def test_a_person_settles_what_the_printer_cannot_say(desk: Desk) -> None:
    first, second, third = (desk.put(visitor(), f"p{n}")[0] for n in range(3))
    desk.db.execute("UPDATE print_job SET state = 'uncertain' WHERE id IN (?, ?)", (first, second))
    spool.settle(desk.db, first, "printed", "李敏")
    spool.settle(desk.db, second, "cancel", "李敏")
    spool.settle(desk.db, third, "cancel", "李敏")
    assert desk.states() == ["confirmed", "cancelled", "cancelled"]
    assert {job.confirmed_by for job in spool.jobs(desk.db)} == {"李敏"}
    assert spool.waiting(desk.db) == []


@pytest.mark.parametrize(
    ("state", "answer", "words"),
    [
        ("queued", "printed", "还没开始打"),
        ("sending", "cancel", "正在打印"),
        ("confirmed", "cancel", "已经打好"),
        ("cancelled", "printed", "已经作废"),
        ("uncertain", "maybe", "不认识的答复"),
    ],
)
def test_an_answer_that_comes_too_late_is_refused(desk: Desk, state: str, answer: str, words: str) -> None:
    [number] = desk.put(visitor())
    desk.db.execute("UPDATE print_job SET state = ? WHERE id = ?", (state, number))
    with pytest.raises(ValueError, match=words):
        spool.settle(desk.db, number, answer, "王")
    assert desk.states() == [state]


def test_an_unknown_job_is_named(desk: Desk) -> None:
    for ask in (
        lambda: spool.job(desk.db, 7),
        lambda: spool.payload(desk.db, 7),
        lambda: spool.reprint(desk.db, 7, "", "王", AT),
        lambda: spool.settle(desk.db, 7, "cancel", "王"),
    ):
        with pytest.raises(ValueError, match="没有第 7 号打印任务"):
            ask()


def test_what_a_slip_said_can_be_erased_but_not_that_it_was_printed(desk: Desk, worker_at: At) -> None:
    [number], [open_job] = desk.put(visitor()), desk.put(Slip("x", "单", (Text("王芳"),)), kind="note")
    spool.settle(desk.db, number, "cancel", "王")
    assert spool.forget(desk.db, "p1") == 1
    assert (spool.job(desk.db, number).plain, spool.payload(desk.db, number)) == ("", b"")
    assert "王芳" in spool.job(desk.db, open_job).plain
    with pytest.raises(ValueError, match="已按规定删除"):
        spool.reprint(desk.db, number, "", "王", AT)


def test_jobs_of_one_document_newest_first(desk: Desk) -> None:
    desk.put()
    desk.put(visitor(), "p2", kind="visitor")
    desk.put()
    assert [(job.doc_id, job.seq) for job in spool.jobs(desk.db, "p1", limit=3)] == [("p1", 1), ("p1", 1), ("p1", 0)]


def test_the_thread_prints_when_poked_and_stops(desk: Desk, printer: FakePrinter) -> None:
    changed = threading.Condition()
    confirmed: list[int] = []

    def look() -> None:
        with changed:
            confirmed.append(1)
            changed.notify_all()

    printer.paper_out = True
    desk.put()
    worker = spool.Worker(desk.connect, "前台", printer.url, look, QUICK)
    worker.start()
    with changed:
        assert changed.wait_for(lambda: len(confirmed) == 1, 10), "the reason it waits for"
    printer.load_paper()
    worker.poke()
    with changed:
        assert changed.wait_for(lambda: len(confirmed) >= 5, 10)
    worker.stop()
    worker.join(10)
    assert not worker.is_alive()
    assert desk.states() == ["confirmed", "confirmed"]


def test_a_wrong_address_is_refused_before_anything_runs(desk: Desk) -> None:
    with pytest.raises(ValueError, match="打印机地址"):
        spool.Worker(desk.connect, "前台", "lpt1", desk.changed)


def test_the_schema_can_be_made_twice_and_says_its_states(desk: Desk) -> None:
    spool.create(desk.db)
    desk.put()
    with pytest.raises(dbapi2.IntegrityError):
        desk.db.execute("UPDATE print_job SET state = 'printed'")


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, no copy is on paper twice without a mark, and none is forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.db = dbapi2.connect(":memory:", isolation_level=None)
        spool.create(self.db)
        self.paper: list[bytes] = []
        self.fate = "confirmed"
        self.documents = 0
        outer = self

        class Odd(Dummy):
            def open(self) -> None:
                if outer.fate == "unreachable":
                    raise NotStarted("连不上")

            def send(self, payload: bytes, told: object = None) -> Outcome:
                if outer.fate == "refused":
                    raise NotStarted("不收")
                if outer.fate != "lost":
                    outer.paper.append(payload.lstrip(b"\0"))
                if outer.fate == "crash":
                    raise KeyboardInterrupt
                return Outcome(outer.fate == "confirmed", "" if outer.fate == "confirmed" else "不知道", len(payload))

        self.worker = spool.Worker(lambda: self.db, "p", "dummy:", lambda: None)
        self.worker.device = Odd("dummy:")

    @rule(again=st.booleans())
    def put(self, again: bool) -> None:
        self.documents += not again or not self.documents
        spool.enqueue(
            self.db, kind="x", doc_id=str(self.documents), doc_no="1", slip=Slip("x", "单", (Text(f"号{self.documents}。"),)),
            printer="p", profile=Profile(), at_ms=AT, operator="王",
        )  # fmt: skip

    @rule(fate=st.sampled_from(["confirmed", "uncertain", "lost", "unreachable", "refused", "crash"]))
    def print(self, fate: str) -> None:
        self.fate = fate
        try:
            self.worker.step()
        except KeyboardInterrupt:
            spool.recover(self.db)

    @rule(answer=st.sampled_from(["printed", "cancel"]), n=st.integers(0, 5))
    def settle(self, answer: str, n: int) -> None:
        waiting = spool.waiting(self.db)
        if waiting:
            with _refusal():
                spool.settle(self.db, waiting[n % len(waiting)].id, answer, "王")

    @rule(n=st.integers(0, 5))
    def reprint(self, n: int) -> None:
        jobs = spool.jobs(self.db)
        if jobs:
            spool.reprint(self.db, jobs[n % len(jobs)].id, "", "王", AT)

    @invariant()
    def at_most_one_unmarked_slip_a_document(self) -> None:
        unmarked = [slip for slip in self.paper if "补打".encode("gbk") not in slip]
        assert len(unmarked) == len(set(unmarked))
        assert len(self.paper) == len(set(self.paper)), "no job is on paper twice"

    @invariant()
    def nothing_is_left_being_sent(self) -> None:
        assert "sending" not in {job.state for job in spool.waiting(self.db)}

    @invariant()
    def what_is_confirmed_by_the_device_is_on_paper(self) -> None:
        for job in spool.jobs(self.db):
            if job.confirmed_by == spool.DEVICE:
                assert spool.payload(self.db, job.id) in self.paper

    def teardown(self) -> None:
        self.db.close()


class _refusal:
    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, ValueError)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_a_reprint_uses_the_printer_the_slip_was_made_for(desk: Desk) -> None:
    number = desk.put(profile=Profile(48, feed=6))[0]
    desk.db.execute("UPDATE print_job SET state = 'confirmed', done = 1 WHERE id = ?", (number,))
    again = spool.reprint(desk.db, number, "", "王", AT)
    read = paper.decode(spool.payload(desk.db, again), "gbk")
    assert read.feeds == [6]
    assert paper.text(read, 48) == spool.job(desk.db, again).plain
