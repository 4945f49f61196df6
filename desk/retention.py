"""What the desk promises to forget, and forgets: names, phones and plates of those who came, after thirty days (个保法 §19)."""

from datetime import datetime, timedelta

from data.journal import Db
from data.store import Store
from desk import inquiries
from desk.barrings import Barring
from desk.bookings import Booking
from desk.permits import Permit
from desk.releases import Release
from desk.rules import rules
from desk.staff import COMMAND_LINE
from desk.visits import INSIDE
from printers import spool

AT_ONCE = 200
"""Entries one erasing entry names, well below the size an entry may have."""

OURS = (
    "JOIN entry ON entry.subject = one.id JOIN personal ON personal.id = entry.id "
    "JOIN link ON link.entry = entry.n JOIN chain ON chain.id = link.chain AND chain.ours > 0"
)
"""What our own entries say of the record `one`, as long as it is not erased."""

ASKED_FOR = (
    "SELECT 1 FROM inquiry WHERE inquiry.state = ? AND substr(one.opened_at, 1, 10) <= inquiry.until "
    "AND substr(COALESCE(NULLIF(one.left_at, ''), one.opened_at), 1, 10) >= inquiry.since"
)
"""Whether an open inquiry asks for the days of the visit `one`."""


def expire(store: Store) -> int:
    """Erase what our own entries say of visitors who left, and of leave that ended, longer ago than the rules keep it.

    Here, at every desk and on kept slips; each desk erases what it wrote itself, so that two desks do not both say so. What an
    incident names, or an open inquiry asks for, is kept. Gives how many entries were erased.
    """
    with store.read() as read:
        days = rules(read).visitor_days
    before = store.now() - timedelta(days=days)
    rows = store.look(lambda db: [*_visits(db, before), *_leave(db, before)])
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        store.forget([identity for identity, _ in part], f"访客信息保存期满 {days} 天", COMMAND_LINE)
        store.transact(lambda db, part=part: [spool.forget(db, subject) for _, subject in part])  # type: ignore[misc]
    return len(rows)


def _visits(db: Db, before: datetime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = db.execute(
        f"SELECT DISTINCT entry.id, entry.subject FROM visit AS one {OURS} WHERE one.state <> ? "
        f"AND COALESCE(NULLIF(one.left_at, ''), one.opened_at) < ? AND NOT EXISTS ({ASKED_FOR}) "
        "AND NOT EXISTS (SELECT 1 FROM incident_visit WHERE incident_visit.visit = one.id)",
        (INSIDE, before.isoformat(), inquiries.OPEN),
    ).fetchall()
    return found


def _leave(db: Db, before: datetime) -> list[tuple[str, str]]:
    """Permissions, bookings, refuse lists and slips of goods: they end when they are closed, else with their last moment."""
    found: list[tuple[str, str]] = []
    for record in (Permit, Booking, Barring, Release):
        found += db.execute(
            f"SELECT DISTINCT entry.id, entry.subject FROM {record.__tablename__} AS one {OURS} "
            "WHERE substr(COALESCE(NULLIF(one.closed_at, ''), one.until), 1, 10) < ? AND one.until <> ''",
            (f"{before:%Y-%m-%d}",),
        ).fetchall()
    return found
