"""Lists of repairs for the glass, each picked out in SQL: all, what a search means, and the queues people work off."""

from collections.abc import Callable, Collection, Mapping, Sequence

from sqlmodel import Session, col, or_, select

from data.records import Actor
from desk import fields, repair_times, staff
from desk.fields import moment_of
from desk.repair_follow import before
from desk.repair_states import CLOSED, DUE, FINISHED, MISSED, OPEN, SUSPENDED, TO_CALL, TRANSFERRED
from desk.repairs import Repair, open_repairs, recent
from desk.rules import rules


def listed(read: Session, limit: int) -> Sequence[Repair]:
    """What is open, most urgent first; then whom to ring; then the rest, newest first."""
    found = {one.id: one for one in open_repairs(read, limit=limit)}
    for more in (to_call, recent):
        if len(found) < limit:
            found |= {one.id: one for one in more(read, limit) if one.id not in found}
    return list(found.values())[:limit]


def matching(read: Session, text: str, records: Collection[str], rooms: Collection[str], limit: int) -> Sequence[Repair]:
    """Repairs of these ids, of these rooms, or with the text in their place, problem, reporter or worker; newest first."""
    said = (col(column).contains(text, autoescape=True) for column in _SAID)
    meant = or_(col(Repair.id).in_(records), col(Repair.room).in_(rooms), *said)
    return read.exec(
        select(Repair).where(meant).order_by(col(Repair.opened_at).desc(), col(Repair.id).desc()).limit(limit)
    ).all()


_SAID = (Repair.room, Repair.problem, Repair.reporter, Repair.worker)


def to_call(read: Session, limit: int) -> Sequence[Repair]:
    """Whom to ring, those who wait longest first."""
    since = before(fields.wall(), rules(read).auto_close_days)
    due = or_(
        (col(Repair.state) == FINISHED) & ((col(Repair.finished_at) > since) | (col(Repair.doubt) != "")),
        col(Repair.state) == TRANSFERRED,
    )
    waits = select(Repair).where(due, col(Repair.follow).in_((TO_CALL, MISSED)))
    return read.exec(waits.order_by(col(Repair.finished_at), col(Repair.sent_at), col(Repair.id)).limit(limit)).all()


def unrated(read: Session, limit: int) -> Sequence[Repair]:
    """What is closed, by somebody or by itself, without a word of the household, newest first."""
    since = before(fields.wall(), rules(read).auto_close_days)
    alone = (col(Repair.state) == FINISHED) & (col(Repair.finished_at) <= since) & (col(Repair.doubt) == "")
    silent = or_((col(Repair.state) == CLOSED) & col(Repair.rating).is_(None), alone)
    return read.exec(select(Repair).where(silent).order_by(col(Repair.finished_at).desc(), col(Repair.id)).limit(limit)).all()


def put_off(read: Session, limit: int) -> Sequence[Repair]:
    """What waits for something, and what came back by itself; soonest first."""
    waits = select(Repair).where(Repair.state == SUSPENDED)
    return read.exec(waits.order_by(col(Repair.restart), col(Repair.id)).limit(limit)).all()


def overdue(read: Session, limit: int) -> Sequence[Repair]:
    """What is past a promise, the clocks' pauses counted; longest first."""
    now = moment_of(fields.wall())
    past = or_(*((col(promise) > "") & (col(promise) < now) for promise in (Repair.promised_arrive, Repair.promised_done)))
    found = read.exec(
        select(Repair).where(col(Repair.state).in_(OPEN), past).order_by(col(Repair.opened_at), col(Repair.id)).limit(limit)
    ).all()
    return [one for one in found if repair_times.late(one, now)]


def again(read: Session, limit: int) -> Sequence[Repair]:
    """What was mended again, newest first."""
    found = select(Repair).where(Repair.redo_of > "")
    return read.exec(found.order_by(col(Repair.opened_at).desc(), col(Repair.id)).limit(limit)).all()


def unbilled(read: Session, limit: int, room: str = "") -> Sequence[Repair]:
    """What was done for money and stands on no account yet, of all or of one place, oldest first."""
    due = select(Repair).where(Repair.charge == DUE)
    due = due.where(Repair.room == room) if room else due
    return read.exec(due.order_by(col(Repair.finished_at), col(Repair.id)).limit(limit)).all()


QUEUES: Mapping[str, Callable[[Session, int], Sequence[Repair]]] = {
    "待回访": to_call, "未评价": unrated, "挂起": put_off, "超时": overdue, "返修": again, "待收": unbilled,
}  # fmt: skip
"""The queues by the word that is typed or chosen for them."""

MONEY_QUEUE = "待收"


def queues(by: Actor) -> list[str]:
    """The queues this person is shown: none of money to a guard."""
    return [word for word in QUEUES if word != MONEY_QUEUE or staff.sees_money(by)]
