"""What the desk promises to forget, and forgets: a visitor's name, phone and plate after thirty days (个保法 §19)."""

from datetime import timedelta

from data.journal import Db
from data.store import Store
from desk.custody_slips import KEPT_DAYS
from desk.staff import COMMAND_LINE
from desk.visits import INSIDE
from printers import spool

AT_ONCE = 200
"""Entries one erasing entry names, well below the size an entry may have."""


def expire(store: Store) -> int:
    """Erase what our own entries say of visitors who left more than KEPT_DAYS ago, here, at every desk and on kept slips.

    Each desk erases what it wrote itself, so that two desks do not both say so. Gives how many entries were erased.
    """
    before = (store.now() - timedelta(days=KEPT_DAYS)).isoformat()

    def due(db: Db) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = db.execute(
            "SELECT DISTINCT entry.id, entry.subject FROM visit JOIN entry ON entry.subject = visit.id "
            "JOIN personal ON personal.id = entry.id JOIN link ON link.entry = entry.n "
            "JOIN chain ON chain.id = link.chain AND chain.ours > 0 WHERE visit.state <> ? AND visit.opened_at < ?",
            (INSIDE, before),
        ).fetchall()
        return found

    rows = store.look(due)
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        store.forget([identity for identity, _ in part], f"访客信息保存期满 {KEPT_DAYS} 天", COMMAND_LINE)
        store.transact(lambda db, part=part: [spool.forget(db, visit) for _, visit in part])  # type: ignore[misc]
    return len(rows)
