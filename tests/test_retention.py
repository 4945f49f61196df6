"""What a visitor's slip promises about their data is what happens to it."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from data.file import connect
from desk.config import Config
from desk.retention import expire
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
