"""The night board: what a guard alone at the gate must see at a glance; nothing of money, no telephone numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from data.records import Actor
from desk import bookings, incidents, notes, outages, proposals, repair_states, visits
from desk.fields import moment_of
from desk.repairs import Repair
from desk.visits import Visit

SHOWN = 60
"""Lines of a column at most; further ones are counted."""

NIGHT = timedelta(hours=12)
"""How far the board looks ahead and back."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the board: when ("" no time), what, whether it needs somebody (`!`), and the record it is of with its place."""

    at: str
    text: str
    urgent: bool = False
    record: str = ""
    place: str = ""


def inside(read: Session, now: datetime) -> list[Visit]:
    """Who is inside: those too long first, longest first, then as they came."""
    return sorted(visits.inside(read), key=lambda one: -visits.overstay(one, now))


def inside_line(visit: Visit, now: datetime) -> Line:
    """`! 21:10 3-2-501 外卖员 超52分`: the mark and the word say what the colour says."""
    late = visits.overstay(visit, now)
    people = f" {visit.headcount}人" if visit.headcount > 1 else ""
    beyond = f" 超{late}分" if 0 < late < 100 else f" 超{late // 60}时" if late else ""
    return Line(visit.opened_at[11:16], f"{visit.room} {visits.called(visit)}{people}{beyond}", bool(late), visit.id, "visits")


def expected(read: Session, now: datetime) -> list[Line]:
    """What is to come this night, by its hour: guests, who must leave, keys and things to be back, what will be cut off."""
    found = [*_booked(read, now), *_leaving(read, now), *_back(read, now), *_cut_off(read, now)]
    return sorted(found, key=lambda line: (not line.at, line.at))


def _booked(read: Session, now: datetime) -> list[Line]:
    until = moment_of(now + NIGHT)
    return [
        Line(one.since, f"{one.room} {one.name or one.category} 口令 {one.code}", False, one.id, "access")
        for one in bookings.expected(read, now)
        if one.since <= until
    ]


def _leaving(read: Session, now: datetime) -> list[Line]:
    until = moment_of(now + NIGHT)
    said = [(visits.due(one), one) for one in visits.inside(read)]
    return [
        Line(moment_of(due), f"{one.room} {visits.called(one)} 该离开", False, one.id, "visits")
        for due, one in said
        if due and moment_of(now) <= moment_of(due) <= until
    ]


def _back(read: Session, now: datetime) -> list[Line]:
    until = moment_of(now + NIGHT)
    return [
        Line(one.back_by, f"{one.sort} {one.text} 该还", bool(notes.overdue(one, now)), one.id, "notes")
        for one in notes.out(read)
        if "" < one.back_by <= until
    ]


def _cut_off(read: Session, now: datetime) -> list[Line]:
    until = moment_of(now + NIGHT)
    return [
        Line(one.begin, f"{one.place} {outages.called(one)}", False, one.id, "events")
        for one in outages.standing(read)
        if moment_of(now) < one.begin <= until
    ]


def tonight(read: Session, now: datetime, by: Actor) -> list[Line]:
    """What stands and what happened this night: incidents, outages, repairs reported, then what this person must read."""
    return [*_incidents(read, now), *_outages(read, now), *_repairs(read, now), *_unread(read, by)]


def _incidents(read: Session, now: datetime) -> list[Line]:
    since = moment_of(now - NIGHT)
    still = {one.id: one for one in incidents.open_incidents(read)}
    late = [one for one in incidents.recent(read, SHOWN) if one.opened_at >= since and one.state == incidents.CLOSED]
    lines = [
        Line(
            one.opened_at[:16],
            f"{incidents.called(one)} {'已到场' if one.came else '等人到场'} {incidents.minutes(one, now)}分",
            not one.came,
            one.id,
            "events",
        )
        for one in still.values()
    ]
    return lines + [Line(one.opened_at[:16], f"{incidents.called(one)} {one.state}", False, one.id, "events") for one in late]


def _outages(read: Session, now: datetime) -> list[Line]:
    return [
        Line(one.begin, f"{one.place} {outages.called(one)} {_until(one, now)}", outages.overdue(one, now), one.id, "events")
        for one in outages.standing(read)
        if one.begin <= moment_of(now)
    ]


def _until(one: outages.Outage, now: datetime) -> str:
    if outages.overdue(one, now):
        return f"已过预计 {one.until[11:16]}"
    return f"预计 {one.until[11:16]} 恢复" if one.until else "恢复时间待定"


def _repairs(read: Session, now: datetime) -> list[Line]:
    wanted = select(Repair).where(Repair.opened_at >= moment_of(now - NIGHT), Repair.state != repair_states.CANCELLED)
    found = read.exec(wanted.order_by(col(Repair.opened_at).desc()).limit(SHOWN)).all()
    return [
        Line(
            one.opened_at[:16],
            f"{one.room} {one.problem} {one.state}",
            one.urgency == "特急" and one.state in repair_states.OPEN,
            one.id,
            "repairs",
        )
        for one in found
    ]


def _unread(read: Session, by: Actor) -> list[Line]:
    return [Line("", f"必读 {one.text}", True, one.id, "notes") for one in notes.unread(read, by.id)]


def hour(moment: str, now: datetime) -> str:
    """A wall time as the board says it: `22:30`, `明06:00`, `11-28` for any other day, "" for none."""
    if not moment:
        return ""
    day = moment[:10]
    if day == f"{now:%Y-%m-%d}":
        return moment[11:16]
    if day == f"{now + timedelta(days=1):%Y-%m-%d}":
        return f"明{moment[11:16]}"
    if day == f"{now - timedelta(days=1):%Y-%m-%d}":
        return f"昨{moment[11:16]}"
    return moment[5:10]


def hints(read: Session, now: datetime) -> Sequence[Line]:
    """Repairs that look like one outage and are not announced as one."""
    return [Line("", f"{one}：登记公共事件", True) for one in proposals.proposed(read, now)]
