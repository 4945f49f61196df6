"""Repairs that look like one outage: several of one kind in one building within the hour, and nobody has announced it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from desk import places, visits
from desk.fields import is_public, moment_of
from desk.outages import LATELY, recent, standing
from desk.repair_states import CANCELLED
from desk.repairs import Repair

FEW = 3
"""So many repairs of one category in one building within LATELY are one outage (domain.md B1)."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Several repairs that look like one outage: where, of what, how many, reported since when (a wall time)."""

    place: str
    category: str
    count: int
    since: str

    def __str__(self) -> str:
        return f"{self.place} {self.category} {int(LATELY.total_seconds()) // 60} 分钟内 {self.count} 单"


def proposed(read: Session, now: datetime) -> list[Proposal]:
    """What should be announced as an outage and is not yet, most repairs first."""
    since = moment_of(now - LATELY)
    lately = select(Repair).where(Repair.opened_at >= since, Repair.state != CANCELLED).order_by(col(Repair.opened_at))
    found: dict[tuple[str, str], list[Repair]] = {}
    for one in read.exec(lately.limit(500)).all():
        if not is_public(one.room):
            found.setdefault((visits.building_of(one.room), one.category), []).append(one)
    several = {key: them for key, them in found.items() if len(them) >= FEW}
    if not several:
        return []
    known = [one for one in recent(read) if one.opened_at >= since]
    known += [one for one in standing(read) if one.begin <= moment_of(now)]
    proposals = [
        Proposal(building, category, len(them), them[0].opened_at[:16])
        for (building, category), them in several.items()
        if not any(one.category == category and places.overlap(one.place, building) for one in known)
    ]
    return sorted(proposals, key=lambda one: -one.count)
