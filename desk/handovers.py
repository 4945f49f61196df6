"""Handing over (交接班): what the next one must know on one sheet, which both sign; the night belongs to the day it began."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Self

from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import (
    care_list,
    fields,
    handover_slips,
    incidents,
    keys_held,
    notes,
    outages,
    paper,
    parcel_lists,
    parcels,
    repair_times,
    repairs,
    shifts,
    staff,
    visits,
)
from desk.care import CareDay
from desk.fields import Words
from desk.incidents import Incident
from desk.keys_held import KeyHeld
from desk.notes import Note
from desk.outages import Outage
from desk.parcels import Parcel
from desk.repairs import Repair
from desk.rules import rules
from desk.shift_slips import unsent
from desk.shifts import Shift
from desk.visits import Visit
from printers.slip import Slip

LONG = timedelta(hours=2)
"""Who is inside longer than this is named on the sheet (domain.md B5 ②)."""

URGENT = ("特急", "急修")


class HandoverSigned(Event):
    """One duty ended and `taken_by` (a staff id, who proved themselves by PIN) took over; `remarks` is what else to know.

    `complete` fills in the drawer's last shift, the day the duty began on, and how much of everything there was.
    """

    kind: ClassVar[str] = "handover.signed"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    taken_by: str
    remarks: Words = ""
    shift: str = ""
    business_date: str = ""
    counts: dict[str, int] = {}

    def complete(self, read: Session) -> Self:
        """With the shift, the date and the counts."""
        shift = last_shift(read)
        told = {"shift": shift.id if shift else "", "business_date": _began(read, shift)}
        return self.model_copy(update={**told, "counts": standing(read, self.taken_by).counts()})


class Handover(Record, table=True):
    """One handing over: by whom (`opened_by`), to whom, which shift of the drawer, for which business date."""

    kinds = {HandoverSigned.kind: HandoverSigned}

    taken_by: str = Field(default="", index=True)
    remarks: str = ""
    shift: str = Field(default="", index=True)
    business_date: str = Field(default="", index=True)

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        assert isinstance(event, HandoverSigned)
        if self.taken_by:
            self.doubt = self.doubt or "同一次交接登记了两次，请核对"
            return
        self.taken_by, self.remarks, self.shift = event.taken_by, event.remarks, event.shift
        self.business_date = event.business_date or entry.at[:10]

    @classmethod
    def refusal(cls, read: Session, record: "Handover | None", event: Event, by: Actor) -> Refused | None:
        """Somebody else takes over, who works here."""
        assert isinstance(event, HandoverSigned)
        return staff.refuse_second(read, event.taken_by, by, staff.EVERYONE)

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """The 交接单: with the money only where both who sign it may see money."""
        taker = read.get(staff.Staff, self.taken_by)
        money = staff.sees_money(by) and taker is not None and staff.sees_money(Actor(taker.id, taker.name, taker.role))
        shift = read.get(Shift, self.shift) if money else None
        found = standing(read, self.taken_by)
        return [handover_slips.sheet(read, self, shift, found, entry, by, taker.name if taker else "", money)]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at the desk at a moment, for whoever takes over; nothing of money in it.

    inside, long    who is inside, and those longer than LONG
    parcels         held, by LEVELS; `overdue` those held longest, `aside` those at the door, going back or in trouble, by state
    urgent, late, today   open repairs: 特急 and 急修, past what was promised, promised for today
    out, found      keys and things out, lost property
    unread          must-read notes the taker has not read
    incidents, outages   those not closed, those that stand
    care, keys      who on the care list has not been seen yet, and households' keys out of their bags
    waiting, uncertain, unsent   slips still to print, slips nobody is sure of, entries central has not got (None: no central)
    """

    at: datetime
    inside: Sequence[Visit]
    long: Sequence[Visit]
    parcels: dict[str, int]
    overdue: Sequence[Parcel]
    open: Sequence[Repair]
    urgent: Sequence[Repair]
    late: Sequence[Repair]
    today: Sequence[Repair]
    notices: Sequence[Note]
    out: Sequence[Note]
    found: Sequence[Note]
    unread: Sequence[Note]
    waiting: int
    uncertain: int
    unsent: int | None
    incidents: Sequence[Incident] = ()
    outages: Sequence[Outage] = ()
    aside: Mapping[str, int] = field(default_factory=dict)
    care: Sequence[CareDay] = ()
    keys: Sequence[KeyHeld] = ()

    def counts(self) -> dict[str, int]:
        """How many of everything, as the journal keeps it; those of which there are none are left out."""
        several = ["inside", "long", "overdue", "open", "urgent", "late", "today", "notices", "out", "found", "unread"]
        several += ["incidents", "outages", "care", "keys"]
        said = {name: len(getattr(self, name)) for name in several}
        said |= {"parcels": sum(self.parcels.values()), "waiting": self.waiting, "uncertain": self.uncertain}
        said["unsent"] = self.unsent or 0
        return {name: count for name, count in said.items() if count}


def standing(read: Session, taker: str) -> Standing:
    """What stands at the desk now, for the person of that staff id."""
    now = fields.wall()
    minute, today = now.isoformat(timespec="minutes"), f"{now:%Y-%m-%d}"
    inside, broken = visits.inside(read), repairs.open_repairs(read)
    jobs = paper.slips_of(raw(read.connection()), "", staff.COMMAND_LINE)
    return Standing(
        at=now,
        inside=inside,
        long=[one for one in inside if one.opened_at[:16] < (now - LONG).isoformat(timespec="minutes")],
        parcels=parcels.counts(read, now),
        overdue=parcel_lists.overdue(read, now),
        open=broken,
        urgent=[one for one in broken if one.urgency in URGENT],
        late=[one for one in broken if is_late(one, minute)],
        today=[one for one in broken if today in (one.promised_arrive[:10], one.promised_done[:10])],
        notices=notes.notices(read, now.date()),
        out=notes.out(read),
        found=notes.open_notes(read, "失物"),
        unread=notes.unread(read, taker),
        waiting=sum(job.state != "uncertain" for job in jobs),
        uncertain=sum(job.state == "uncertain" for job in jobs),
        unsent=unsent(read),
        incidents=incidents.open_incidents(read),
        outages=outages.standing(read),
        aside=parcel_lists.count_aside(read),
        care=care_list.open_today(read, now),
        keys=keys_held.out(read),
    )


def is_late(repair: Repair, minute: str) -> bool:
    """Whether nobody came, or it is not whole, by when that was promised; `minute` is the wall time as kept."""
    return bool(repair_times.late(repair, minute))


def last_shift(read: Session) -> Shift | None:
    """This drawer's shift that is open, else the one that was closed last."""
    return shifts.open_shift(read) or shifts.last_closed(read)


def last(read: Session) -> Handover | None:
    """The newest handing over, or None."""
    return read.exec(select(Handover).order_by(col(Handover.opened_at).desc(), col(Handover.id).desc())).first()


def _began(read: Session, shift: Shift | None) -> str:
    """The day the duty that ends now began on: its shift's, else that of the last handing over, where that is not too old."""
    now, before = fields.wall(), last(read)
    oldest = (now - timedelta(hours=rules(read).shift_hours)).isoformat(timespec="minutes")
    since = before.opened_at if before and before.opened_at > oldest else ""
    if shift and (shift.state != shifts.CLOSED or shift.closed_at > (since or oldest)):
        return shift.business_date
    return since[:10] or f"{now:%Y-%m-%d}"


def recent(read: Session, limit: int = 100) -> Sequence[Handover]:
    """The latest handings over, newest first."""
    return read.exec(select(Handover).order_by(col(Handover.opened_at).desc(), col(Handover.id).desc()).limit(limit)).all()
