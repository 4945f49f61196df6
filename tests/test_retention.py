"""What a visitor's slip promises about their data is what happens to it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from data.file import connect
from data.records import ERASED, Event
from data.store import Store
from desk import bookings, fields, incident_events, inquiries, permits
from desk.barrings import Barred, Barring
from desk.bookings import Booked, Booking
from desk.config import Config
from desk.permits import Granted, Permit
from desk.releases import Issued, Item, Release, ReleaseItem
from desk.retention import expire
from desk.rules import KEY, RulesChanged, RulesSet
from desk.setup import store_of
from desk.staff import COMMAND_LINE
from desk.visits import Arrived, Left, Visit
from printers import spool
from tests.office import office


def test_visitors_are_forgotten_after_thirty_days_here_and_on_kept_slips(tmp_path: Path) -> None:
    now, _ = office(tmp_path)
    now.close()
    then = now.now() - timedelta(days=31)
    past = store_of(tmp_path, Config(estate="明强小区"), now=lambda: then)
    past.open()
    gone = past.act(
        Arrived(room="3-2-501", category="访友", name="李先生", plate="京A12345", confirmed_by="电话已同意"), COMMAND_LINE
    )
    past.act(Left(), COMMAND_LINE, gone.record.id)
    stays = past.act(Arrived(room="3-2-501", category="访友", name="王女士", confirmed_by="电话已同意"), COMMAND_LINE)
    past.transact(lambda db: db.execute("UPDATE print_job SET state = 'confirmed', done = 1"))
    past.close()
    today = store_of(tmp_path, Config(estate="明强小区"))
    today.open()
    fresh = today.act(Arrived(room="3-2-502", category="访友", name="陈先生", confirmed_by="电话已同意"), COMMAND_LINE)
    today.act(Left(), COMMAND_LINE, fresh.record.id)
    assert expire(today) == 1
    assert expire(today) == 0
    with today.read() as read:
        names = {visit.id: (visit.name, visit.plate, visit.room) for visit in read.exec(select(Visit)).all()}
    assert names[gone.record.id] == ("", "", "3-2-501")
    assert names[stays.record.id][0] == "王女士" and names[fresh.record.id][0] == "陈先生"
    assert [job.plain for job in today.look(lambda db: spool.jobs(db, doc_id=gone.record.id))] == [""]
    assert today.check()[1] == []
    today.close()
    db = connect(today.path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    assert "李先生".encode() not in today.path.read_bytes()


class Long:
    """One desk through the months: its clock is put where a test wants it."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        store, _ = office(home)
        store.close()
        self.at = datetime.now().astimezone()
        patch.setattr(fields, "wall", lambda: self.at.replace(tzinfo=None))
        self.store: Store = store_of(home, Config(estate="明强小区"), now=lambda: self.at)
        self.store.open()

    def did(self, event: Event, subject: str | None = None) -> str:
        return self.store.act(event, COMMAND_LINE, subject).record.id

    def after(self, days: float) -> int:
        """So many days later the desk forgets; gives how many entries."""
        self.store.transact(lambda db: db.execute("UPDATE print_job SET state = 'confirmed', done = 1"))
        self.at += timedelta(days=days)
        return expire(self.store)

    def name(self, visit: str) -> str:
        with self.store.read() as read:
            found = read.get(Visit, visit)
        assert found is not None
        return found.name


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    desk = Long(tmp_path, monkeypatch)
    yield desk
    desk.store.close()


GUEST = Arrived(room="3-2-501", category="访友", name="李先生", confirmed_by="电话已同意")


def test_the_supervisor_sets_how_long_and_the_slip_says_so(long: Long) -> None:
    long.did(RulesSet(visitor_days=60))
    visit = long.did(GUEST)
    (job,) = long.store.look(lambda db: spool.jobs(db, doc_id=visit))
    assert "保存60天" in job.plain
    long.did(Left(), visit)
    assert long.after(59) == 0 and long.name(visit) == "李先生"
    long.did(RulesChanged(visitor_days=7), KEY)
    assert long.after(0) == 1 and long.name(visit) == ""


def test_the_days_begin_when_they_left(long: Long) -> None:
    visit = long.did(GUEST)
    long.at += timedelta(days=40)
    long.did(Left(), visit)
    assert long.after(29) == 0 and long.after(2) == 1 and long.name(visit) == ""


def test_what_an_open_inquiry_asks_for_is_kept_until_it_is_closed(long: Long) -> None:
    before = long.did(GUEST)
    long.did(Left(), before)
    long.at += timedelta(days=1)
    asked, day = long.did(GUEST), f"{long.at:%Y-%m-%d}"
    long.did(Left(), asked)
    police = inquiries.Opened(unit="派出所", officer="警号 1", document="18 号", since=day, until=day, asked="来访", given="无")
    inquiry = long.did(police)
    assert long.after(40) == 1
    assert (long.name(before), long.name(asked)) == ("", "李先生")
    long.did(inquiries.Closed(result="已交接"), inquiry)
    assert long.after(0) == 1 and long.name(asked) == ""


def test_what_an_incident_names_is_kept(long: Long) -> None:
    """The incidents' own table: lines of which visits each names."""
    named, other = long.did(GUEST), long.did(GUEST.model_copy(update={"name": "王女士"}))
    for visit in (named, other):
        long.did(Left(), visit)
    long.did(incident_events.Told(step="涉及", visit=named), long.did(incident_events.Opened(sort="110")))
    assert long.after(31) == 1
    assert (long.name(named), long.name(other)) == ("李先生", "")


def test_leave_that_ended_is_forgotten_as_well_and_what_holds_is_not(long: Long) -> None:
    until = f"{long.at + timedelta(days=5):%Y-%m-%d}"
    later = f"{long.at + timedelta(days=200):%Y-%m-%d}"
    soon = f"{long.at + timedelta(hours=3):%Y-%m-%dT%H:%M}"
    carer = Granted(room="3-2-501", relation="保姆", name="小陈", until=later, how="业主当面", said_by="张秀兰")
    lasting = long.did(carer)
    ended = long.did(carer.model_copy(update={"name": "小李"}))
    long.did(permits.Ended(reason="换人了"), ended)
    booking = long.did(Booked(room="3-2-501", name="陈先生", until=soon))
    cancelled = long.did(Booked(room="3-2-501", name="孙先生", until=soon))
    long.did(bookings.Cancelled(reason="改期"), cancelled)
    line = long.did(Barred(room="3-2-501", sort="推销骗子", name="赵某", until=until, said_by="张秀兰", reason="卖保健品"))
    goods = (Item(what="沙发"),)
    slip = long.did(Issued(room="3-2-501", way="搬出", items=goods, how="业主当面", said_by="张秀兰", until=soon))
    assert long.after(32) == 6, "two entries each of the ended and the cancelled, one of the booking and the goods"
    assert long.after(10) == 1, "the line of the list ran out five days later"
    with long.store.read() as read:
        found = {one: read.get(kind, one) for kind, one in (
            (Permit, lasting), (Permit, ended), (Booking, booking), (Booking, cancelled), (Barring, line), (Release, slip)
        )}  # fmt: skip
        assert read.exec(select(ReleaseItem)).all() == []
    names = [getattr(found[one], "name", "") for one in (lasting, ended, booking, cancelled, line)]
    assert names == ["小陈", ERASED, "", "", ""]
    assert getattr(found[slip], "said_by", "") == ERASED
    for one in (ended, booking, cancelled, slip):
        assert {job.plain for job in long.store.look(lambda db, one=one: spool.jobs(db, doc_id=one))} <= {""}  # type: ignore[misc]
    assert long.store.check()[1] == []
