"""Doubts: what two desks apart did to one record is settled by a person, and never what that person had not read."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from textual.widgets import Static

from data import journal
from data.records import Event, Refused, fold
from desk import doubts, visits
from desk.jobs import JOBS
from desk.residents import RoomRegistered
from desk.visits import Arrived, Checked, Left, TurnedAway, Visit
from tests.conftest import MANAGER, Desks
from tests.jobs import NOON, entry
from tests.office import office, opened, until

CAME = Arrived(room="3-2-501", category="外卖", confirmed_by="对讲已同意")
FIRST = "“已离开”之后又登记离开（11-20 12:02），请核对"


def folded(*said: Event) -> Visit:
    """The visit these events make, each a second after the one before."""
    record = fold(Visit, "s", [entry(n, event, n) for n, event in enumerate(said)])
    assert isinstance(record, Visit)
    return record


def test_what_was_read_is_settled() -> None:
    assert folded(CAME, Left(), Left()).doubt == FIRST
    assert folded(CAME, Left(), Left(), Checked(doubt=FIRST, found="同一个人")).doubt == ""


def test_what_came_from_elsewhere_before_the_settling_still_stands() -> None:
    record = folded(CAME, Left(), Left(), Left(), Checked(doubt=FIRST, found="同一个人"))
    assert record.doubt.startswith(FIRST) and "12:03" in record.doubt


def test_what_comes_after_the_settling_is_a_new_doubt() -> None:
    assert "12:04" in folded(CAME, Left(), Left(), Checked(doubt=FIRST, found="同一个人"), Left()).doubt


def test_the_result_is_said_in_words() -> None:
    with pytest.raises(ValidationError, match="请写核对的结果"):
        Checked(doubt=FIRST, found="")


def test_the_desk_settles_a_doubt_once_and_only_the_one_it_read(desks: Desks) -> None:
    store = desks("A", Visit, lambda: NOON.astimezone())
    store.act(RoomRegistered(code="3-2-501"), MANAGER)
    visit = store.act(CAME, MANAGER).record
    with pytest.raises(Refused, match="没有待核对的事"):
        store.act(Checked(doubt="", found="没事"), MANAGER, visit.id)
    store.act(Left(), MANAGER, visit.id)
    store.transact(lambda db: db.execute("UPDATE visit SET doubt = ? WHERE id = ?", (FIRST, visit.id)))
    with store.read() as read:
        assert [one.id for one in doubts.waiting(read, store)] == [visit.id]
    with pytest.raises(Refused, match="刚刚又有新的情况"):
        store.act(Checked(doubt=f"{FIRST}；又一次", found="同一个人"), MANAGER, visit.id)


@pytest.mark.parametrize("job", [job for job in JOBS if doubts.checking(job(id="s"))])
def test_every_job_with_a_settling_settles(job: type[visits.Visit]) -> None:
    """The menu under Ctrl+O offers it for these records; their fold and their refusal know it."""
    event = doubts.checking(job(id="s"))
    assert event is not None
    record = job(id="s", number="A7", doubt="请核对")
    record.apply(event(doubt="请核对", found="问清了"), entry(1, event(doubt="请核对", found="问清了"), 1))
    assert record.doubt == ""


async def test_a_clerk_settles_it_at_the_list(tmp_path: Path) -> None:
    """Ctrl+O, 1, a sentence, saved: the mark is gone from the glass."""
    store, people = office(tmp_path)
    visit = store.act(TurnedAway(room="3-2-501", category="访友", reason="无法联系"), people["王芳"]).record
    store.transact(
        lambda db: journal.append(
            db, kind=Left.kind, subject=visit.id, by="x", body={}, personal={}, number="", now=store.now()
        )
    )
    store.rebuild()
    store.close()
    async with opened(tmp_path, people["王芳"]) as pilot:
        await pilot.press("f4")
        await pilot.pause()
        assert "待核对" in str(pilot.app.screen.query_one("#detail", Static).render())
        await pilot.press("ctrl+o")
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("2", "enter")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
        assert "待核对" not in str(pilot.app.screen.query_one("#detail", Static).render())
