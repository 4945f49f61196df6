"""Doubts (待核对): what two desks apart did to one record, looked into by a person and settled, equal at every desk."""

from typing import Annotated, TypeVar

from sqlmodel import Session

from data.file import raw
from data.records import Event, PersonalText, Record, Refused
from data.store import Store
from desk.fields import words
from desk.staff import DESK

Doubted = TypeVar("Doubted", bound=Record)


class Checked(Event):
    """Somebody looked into a doubt. `doubt` is what they read: what comes to light later is not settled by it.

    Each job has one of its own, with a kind; it belongs into the `kinds` of the job's record.
    """

    roles = DESK

    doubt: str
    found: Annotated[PersonalText, words(2, "请写核对的结果，例如 已问过住户，确实取走了")]


def settle(record: Record, event: Checked) -> None:
    """Fold one settling in: the doubt goes if it is the one that was read."""
    if record.doubt == event.doubt:
        record.doubt = ""


def refuse(record: Record, event: Checked) -> Refused | None:
    """Why there is nothing to settle, or None."""
    if not record.doubt:
        return Refused(f"{record.number} 没有待核对的事")
    if record.doubt != event.doubt:
        return Refused("刚刚又有新的情况，请按 Esc 返回重新看一遍再核对")
    return None


def checking(record: Record) -> type[Checked] | None:
    """The event that settles a doubt of this kind of record, or None where none does."""
    return next((event for event in type(record).kinds.values() if issubclass(event, Checked)), None)


def of_room(read: Session, kind: type[Doubted], room: str) -> list[Doubted]:
    """Records of one kind and one room that have a doubt, over or not, oldest first."""
    sql = f"SELECT id FROM {kind.__tablename__} WHERE room = ? AND doubt > '' ORDER BY opened_at LIMIT 9"
    rows = raw(read.connection()).execute(sql, (room,)).fetchall()
    return [record for (identity,) in rows if (record := read.get(kind, identity))]


def waiting(read: Session, store: Store, limit: int = 50) -> list[Record]:
    """Records of every job that have a doubt somebody at the desk can settle, oldest first within a job."""
    db, found = raw(read.connection()), list[Record]()
    for kind in store.kinds:
        if not any(issubclass(event, Checked) for event in kind.kinds.values()):
            continue
        rows = db.execute(
            f"SELECT id FROM {kind.__tablename__} WHERE doubt > '' ORDER BY opened_at LIMIT ?", (limit - len(found),)
        ).fetchall()
        found += [record for (identity,) in rows if (record := read.get(kind, identity))]
    return found
