"""Parcels by what is asked of them: what must be seen to, what waits too long, what goes back, what a scan or a text means."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from data.file import raw
from data.records import Actor
from desk.parcel_refusals import may_go_back
from desk.parcels import ASIDE, CHOSEN, DAYS, PRESENT, Parcel, by_waybill, newest


def overdue(read: Session, now: datetime, days: int = DAYS[-1], limit: int = 300) -> Sequence[Parcel]:
    """What has waited for more than so many days, longest first."""
    old = select(Parcel).where(col(Parcel.waits) > "", col(Parcel.waits) < (now - timedelta(days=days)).isoformat())
    return read.exec(old.order_by(col(Parcel.waits), col(Parcel.id)).limit(limit)).all()


def aside(read: Session, limit: int = 300) -> Sequence[Parcel]:
    """What stands aside and must be seen to: troubles first, then what is out, then what is to go back."""
    wanted = select(Parcel).where(col(Parcel.state).in_(ASIDE)).order_by(col(Parcel.opened_at)).limit(limit)
    return sorted(read.exec(wanted), key=lambda one: (ASIDE.index(one.state), one.opened_at))


def gone_since(read: Session, day: str, limit: int = 300) -> Sequence[Parcel]:
    """What went since that day (`2026-11-20`), latest first."""
    wanted = select(Parcel).where(col(Parcel.closed_at) >= day).order_by(col(Parcel.closed_at).desc())
    return read.exec(wanted.limit(limit)).all()


def found(read: Session, text: str, rooms: set[str], records: set[str], limit: int = 300) -> Sequence[Parcel]:
    """What a text in the search box means, what waits before what went: any part of what is held, the start of what went.

    `records` are ids it means elsewhere, of parcels or of a courier's round; `rooms` codes of rooms.
    """
    typed = text.upper()
    places = (col(Parcel.code), col(Parcel.waybill), col(Parcel.addressee), col(Parcel.room))
    meant: list[ColumnElement[bool]] = [
        (col(Parcel.waits) > "") & or_(*(place.contains(typed, autoescape=True) for place in places))
    ]
    meant += [(place >= typed) & (place < typed + "\uffff") for place in places[:2]]
    if rooms:
        meant.append(col(Parcel.room).in_(rooms))
    if records:
        meant += [col(Parcel.id).in_(records), col(Parcel.batch).in_(records)]
    listed: dict[str, Parcel] = {}
    for where in meant:
        latest = select(Parcel).where(where).order_by(col(Parcel.opened_at).desc()).limit(limit)
        listed |= {one.id: one for one in read.exec(latest)}
    return sorted(listed.values(), key=lambda one: (one.state not in PRESENT, one.opened_at))[:limit]


def scanned(read: Session, text: str) -> Parcel | None:
    """The parcel a label, a code or a waybill means (`A1042.7Q3F`, `2-5-0318`, `SF…`), or None."""
    said = text.strip().upper()
    number = said.partition(".")[0]
    return newest(read, code=said) or by_waybill(read, said) or newest(read, number=number)


def count_aside(read: Session) -> dict[str, int]:
    """How many stand aside, by state, those of which there are none left out."""
    holes = ", ".join("?" * len(ASIDE))
    rows = raw(read.connection()).execute(
        f"SELECT state, count(*) FROM parcel WHERE state IN ({holes}) GROUP BY state", ASIDE
    ).fetchall()  # fmt: skip
    return {state: dict(rows)[state] for state in ASIDE if state in dict(rows)}


def ready_to_go_back(read: Session, now: datetime, by: Actor, limit: int = 100) -> list[Parcel]:
    """What nobody fetched for seven days and was told of twice, oldest first: it may be chosen to go back."""
    old = overdue(read, now, DAYS[-1], limit)
    return [one for one in old if may_go_back(one, "", by)]


def chosen(read: Session, courier: str = "") -> list[Parcel]:
    """What is to go back, of one courier or all, oldest first."""
    wanted = select(Parcel).where(Parcel.state == CHOSEN)
    found = read.exec(wanted.where(Parcel.courier == courier) if courier else wanted).all()
    return sorted(found, key=lambda one: one.opened_at)
