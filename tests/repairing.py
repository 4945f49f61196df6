"""What the tests of repairs share: a desk that keeps every job, its clock in the test's hand, and a repair led anywhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data import journal
from data.file import raw
from data.records import Actor, Event
from data.store import Paper, Store
from desk import fields, staff
from desk.jobs import JOBS
from desk.repair_charges import charging
from desk.repair_events import (
    Assigned,
    Cancelled,
    Closed,
    Finished,
    QuoteAgreed,
    Quoted,
    QuoteDeclined,
    Reported,
    Suspended,
    Transferred,
    WorkerArrived,
)
from desk.repair_lines import typed
from desk.repairs import Repair
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, certificate
from tests.jobs import NOON

CLERK = Actor("k1", "王芳", staff.CLERK)
CASHIER = Actor("c1", "李敏", staff.CASHIER)
GUARD = Actor("g1", "老周", staff.GUARD)
ROOM, ABOVE = "3-2-501", "3-2-601"

SINK = Reported(room=ROOM, category="下水", problem="厨房下水堵了", reporter="张阿姨", phone="13800001234")
LAMP = Reported(room="公共-5栋", category="公区照明", problem="楼道灯不亮", reporter="孙师傅", channel="巡检")
LINES = typed("弯头 2个 35；工时 1.5小时 60")
"""￥160.00."""
QUOTE = Quoted(lines=LINES, cap=200_00)
SIGNED = QuoteAgreed(signed_by="张阿姨", cap=200_00)
SENT, THERE = Assigned(worker="刘师傅", worker_phone="13900005678"), WorkerArrived()
DONE, PAID_WORK = Finished(result="已疏通"), Finished(result="换了弯头", lines=LINES)


class At:
    """One desk: what it keeps, the slips it made, and what time it is there."""

    def __init__(self, home: Path, prefix: str = "A") -> None:
        self.now, self.papers = NOON, list[Slip]()
        paper: Paper = lambda db, slips, record, entry, by: self.papers.extend(slips)  # noqa: E731
        self.store = Store(home / prefix / "desk.db", JOBS, paper=paper, now=lambda: self.now.astimezone())
        self.store.create(certificate(f"c{prefix}", prefix))
        for code, uid, name, care in ((ROOM, "p1", "张秀兰", "独居,大字"), (ABOVE, "p2", "王磊", "")):
            self.store.act(RoomRegistered(code=code), MANAGER)
            self.store.act(PersonRegistered(uid=uid, name=name, phone="13700009999", care=care), MANAGER)
            self.store.act(HomeBegan(room=code, person=uid), MANAGER)

    def wait(self, **time: float) -> None:
        """Later."""
        self.now += timedelta(**time)

    def did(self, *events: Event, to: str | None = None, by: Actor = CLERK) -> Repair:
        """These one after another, to the repair the first of them opens, or to that one."""
        for event in events:
            record = self.store.act(event, by, None if event.opens else to).record
            to = record.id
        assert isinstance(record, Repair)
        return record

    def get(self, repair: str) -> Repair:
        """A repair as it stands."""
        with self.store.read() as read:
            found = read.get(Repair, repair)
        assert found is not None
        return found

    def charged(self, repair: str, by: Actor = CASHIER) -> Repair:
        """Its work put on the household's account."""
        with self.store.read() as read:
            acts = charging(read, self.get(repair), by)
        record = self.store.act_all(acts, by)[-1].record
        assert isinstance(record, Repair)
        return record


def stop(at: At, patch: pytest.MonkeyPatch) -> At:
    """The clock of fields stands where this desk's does."""

    def wall() -> datetime:
        return at.now

    patch.setattr(fields, "wall", wall)
    return at


def exchange(*desks: At) -> None:
    """Each gives the others what it wrote; more than enough at once."""
    for sender in desks:
        with sender.store.read() as read:
            db = raw(read.connection())
            chain = journal.active(db).id
            sent = journal.since(db, chain, 0, 9999)
        for receiver in desks:
            if receiver is not sender:
                with receiver.store.read() as read:
                    known = next((one.seq for one in journal.chains(raw(read.connection())) if one.id == chain), 0)
                receiver.store.receive([certificate(chain, chain[1])], sent[known:])


def printed(slip: Slip) -> str:
    """A slip as people read it on 58 mm, every row of it fitting."""
    rows = layout(slip, 32, slip.copies[0])
    for row in rows:
        assert paper_width(row.text) * row.size <= 32, row
    return plain(rows)


def titles(papers: Sequence[Slip]) -> list[str]:
    """What slips are called."""
    return [slip.title for slip in papers]


SUSPENDED = Suspended(hold="待配件", restart="2026-11-22T08:00")
PASSED_ON = Transferred(sent_to="自来水公司", sent_phone="010-96116")
WORK: dict[str, tuple[Event, ...]] = {
    "已登记": (),
    "已派工": (SENT,),
    "挂起": (SENT, SUSPENDED),
    "已到场": (SENT, THERE),
    "转办": (PASSED_ON,),
    "已取消": (Cancelled(reason="业主撤回"),),
    "已完工": (SENT, THERE, DONE),
    "已关闭": (SENT, THERE, DONE, Closed(rating=5)),
}
"""How the work gets into each of its states."""

CHARGE: dict[str, tuple[Event, ...]] = {
    "待报价": (),
    "已报价": (QUOTE,),
    "不同意": (QUOTE, QuoteDeclined()),
    "已同意": (QUOTE, SIGNED),
}
"""How the charge of what is the household's to pay gets into each of its states before the work is done."""
