"""Repairs: what is broken, by when the desk promised to come and to have it whole, who was sent, what it costs."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, case, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, Record, Refused
from desk import doubts, fields, repair_charges, repair_papers, repair_slips, repair_times, residents
from desk.fields import is_public, moment_of
from desk.repair_charges import QUOTE, WORK, RepairLine
from desk.repair_events import (
    Assigned,
    CallMissed,
    Cancelled,
    Charged,
    ChargeWaived,
    Checked,
    Closed,
    Finished,
    QuoteAgreed,
    Quoted,
    QuoteDeclined,
    Rated,
    Reported,
    Resumed,
    Returned,
    Suspended,
    Transferred,
    Urged,
    WorkerArrived,
)
from desk.repair_lines import total
from desk.repair_states import (
    AGREED,
    ASKED,
    CALLS,
    CHARGE_LINE,
    CHARGES,
    DISPATCHED,
    DUE,
    FINISHED,
    LINE,
    MISSED,
    NO_CALL,
    NOTHING,
    ON_SITE,
    OPEN,
    REGISTERED,
    STEPS,
    SUSPENDED,
    TO_CALL,
    TRANSFERRED,
    UNQUOTED,
    UNRATED,
    Step,
)
from desk.urgency import URGENCIES
from printers.slip import QR, Slip


class Repair(Record, table=True):
    """One thing to be repaired: `state` of the work, `charge` and `follow` each on its own, so that none blocks another.

    Times are ISO; `urged` counts 催办, `returned` 退单, `calls` how often nobody answered; `paused` minutes the clocks stood
    still; `quoted`, `cap`, `cost` in fen; `quote`, `work` the entries whose lines stand; `bill` the bill it became;
    `work_seen`, `charge_seen` the entries from whose knowing the last step of work or charge was known.
    """

    kinds = {
        event.kind: event
        for event in (
            Reported, Assigned, WorkerArrived, Finished, Closed, Cancelled, Urged, Checked, Returned, Suspended, Resumed,
            Transferred, Quoted, QuoteAgreed, QuoteDeclined, Charged, ChargeWaived, CallMissed, Rated,
        )
    }  # fmt: skip

    room: str = Field(default="", index=True)
    category: str = Field(default="", index=True)
    problem: str = ""
    reporter: str = ""
    phone: str = ""
    channel: str = ""
    urgency: str = ""
    when_home: str = ""
    promised_arrive: str = ""
    promised_done: str = ""
    state: str = Field(default=REGISTERED, index=True)
    worker: str = ""
    worker_phone: str = ""
    assigned_at: str = ""
    arrived_at: str = ""
    finished_at: str = Field(default="", index=True)
    closed_at: str = ""
    result: str = ""
    rating: int | None = None
    comment: str = ""
    reason: str = ""
    urged: int = 0
    lowered: str = ""
    duty: str = ""
    teller: str = ""
    way_in: str = ""
    redo_of: str = Field(default="", index=True)
    redo: int = 0
    pair: str = Field(default="", index=True)
    side: str = ""
    called: str = ""
    returned: int = 0
    because: str = ""
    hold: str = ""
    restart: str = ""
    held_at: str = ""
    paused: int = 0
    sent_to: str = ""
    sent_phone: str = ""
    sent_at: str = ""
    told: bool = True
    charge: str = Field(default=NOTHING, index=True)
    quote: str = ""
    quoted: int = 0
    quoted_at: str = ""
    cap: int = 0
    signed_by: str = ""
    agreed_at: str = ""
    work: str = ""
    cost: int = 0
    bill: str = ""
    free_because: str = ""
    follow: str = Field(default=NO_CALL, index=True)
    calls: int = 0
    work_seen: str = ""
    charge_seen: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What another desk did out of turn is taken where it leads on, and is in doubt either way;
        of two steps by desks that did not know of each other the later one stands, in doubt."""
        self.work_seen, self.charge_seen = f"{self.work_seen} {entry.id}", f"{self.charge_seen} {entry.id}"
        if isinstance(event, Checked):
            doubts.settle(self, event)
        elif isinstance(event, Reported):
            self._opened(event)
        elif type(event) in CHARGES:
            self._charged(event, entry)
        elif type(event) in CALLS:
            self._called(event, entry)
        elif type(event) in STEPS:
            self._worked(event, entry)

    def _opened(self, event: Reported) -> None:
        if self.room:
            self.doubted("同一单登记了两次，请核对")
            return
        self._keep(event)
        paid = event.duty == "业主自理" and not event.redo_of and not is_public(event.room)
        self.charge = UNQUOTED if paid else NOTHING

    def _keep(self, event: Event) -> None:
        for name in type(event).model_fields.keys() & type(self).model_fields.keys():
            setattr(self, name, getattr(event, name))

    def _turn(self, was: str, step: Step, line: Sequence[str], entry: Entry, seen: str) -> bool:
        """Whether a step is taken; one out of turn is in doubt, and taken where it leads on from `was` in `line`.

        So is one whose writer knew none of `seen`, what was written since the last step.
        """
        states, to, word, _ = step
        when = entry.at[5:16].replace("T", " ")
        if was not in states:
            self.doubted(f"“{was}”之后又有“{word}”（{when}），请核对")
            return not to or line.index(to) > line.index(was)
        if to and entry.after and entry.after not in seen:
            both = f"两台前台都登记了“{word}”" if was == to else f"登记“{word}”时还不知道已经是“{was}”"
            self.doubted(f"{both}（{when}），请核对")
        return True

    def _worked(self, event: Event, entry: Entry) -> None:
        step = STEPS[type(event)]
        if not self._turn(repair_times.work_state(self, entry.at[:16]), step, LINE, entry, self.work_seen):
            return
        _, to, _, when = step
        self.work_seen = entry.id if to else self.work_seen
        if to and self.state == SUSPENDED:
            self.paused = repair_times.held(self, entry.at[:16])
            self.hold = self.restart = self.held_at = ""
        self.state = to or self.state
        if when:
            setattr(self, when, entry.at)
        self._keep(event)
        match event:
            case Assigned():
                self.follow = NO_CALL
            case WorkerArrived():
                self.arrived_at = self.arrived_at or event.at or entry.at[:16]
            case Returned():
                self.worker = self.worker_phone = self.called = ""
                self.returned += 1
            case Urged():
                self.urged += 1
            case Transferred():
                self.follow = TO_CALL
            case Finished():
                self._finished(event, entry)
            case Closed():
                self.follow = ASKED if event.rating else UNRATED
            case Cancelled():
                self.follow = NO_CALL
                self.charge = NOTHING if CHARGE_LINE.index(self.charge) < CHARGE_LINE.index(DUE) else self.charge

    def _finished(self, event: Finished, entry: Entry) -> None:
        self.follow, self.work, self.cost = TO_CALL, entry.id, total(event.lines)
        if self.cost and (self.charge != AGREED or self.cost > self.cap):
            self.doubted("完工登记了收费，但没有签字的报价或超过签字的上限，请核对")
        self.charge = DUE if self.cost else NOTHING

    def _charged(self, event: Event, entry: Entry) -> None:
        if not self._turn(self.charge, CHARGES[type(event)], CHARGE_LINE, entry, self.charge_seen):
            return
        self.charge_seen = entry.id
        if isinstance(event, Quoted) and self.state not in OPEN:
            self.doubted(f"“{self.state}”之后又有“报价”，请核对")
            return
        if isinstance(event, QuoteAgreed) and event.cap != self.cap:
            self.doubted("住户签字的不是最新的报价，请核对")
        _, self.charge, _, when = CHARGES[type(event)]
        self._keep(event)
        if when:
            setattr(self, when, entry.at)
        if isinstance(event, Quoted):
            self.quote, self.quoted, self.cap = entry.id, total(event.lines), event.most
            self.agreed_at = self.signed_by = ""

    def _called(self, event: Event, entry: Entry) -> None:
        if isinstance(event, CallMissed):  # ringing once more harms nobody and is no doubt
            self.calls += 1
            self.follow = MISSED if self.follow in (TO_CALL, MISSED) else self.follow
        elif self.follow == ASKED:
            self.doubted(f"两处都登记了评价（{entry.at[5:16].replace('T', ' ')}），请核对")
        else:
            self.follow = ASKED
            self._keep(event)

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The table of `lines`."""
        return (RepairLine,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """What stands on the quote, then what was done, of the entries that count."""
        events = {entry.id: event for entry, event in said}
        quote, work = events.get(self.quote), events.get(self.work)
        found = repair_charges.rows(self.id, QUOTE, quote.lines) if isinstance(quote, Quoted) else []
        return [*found, *(repair_charges.rows(self.id, WORK, work.lines, len(found)) if isinstance(work, Finished) else [])]

    @classmethod
    def refusal(cls, read: Session, record: "Repair | None", event: Event, by: Actor) -> Refused | None:
        """A known place, no second order for the same thing, promises ahead, each step in its turn. Arrears never matter."""
        from desk import repair_refusals

        if isinstance(event, Reported):
            return repair_refusals.report(read, event)
        if record is None:
            return None
        if isinstance(event, Checked):
            return doubts.refuse(record, event)
        return repair_refusals.step(record, event) or repair_charges.refuse(read, record, event)

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """受理单 when it is registered, 派工单 for the worker, 报价单 to sign, 转办单, and 完工单 where it is to be paid."""
        token = QR(f"{self.number}.{check_letters(link)}")
        large = residents.wants_large_print(read, self.room)
        match event:
            case Reported():
                return [repair_slips.household_slip(read, self, entry, token, by)]
            case Assigned():
                return [repair_slips.worker_slip(read, self, entry, token, by)]
            case Quoted():
                return [repair_papers.quote_slip(self, event, entry, token, by, large)]
            case Transferred():
                return [repair_papers.transfer_slip(self, entry, token, by, large)]
            case Finished() if event.lines:
                return [repair_papers.finish_slip(self, event, entry, token, by, large)]
        return ()


def next_step(record: Repair, now: datetime | None = None) -> type[Event] | None:
    """What comes next for the work of a repair, or None when it is over; `now` a wall time, else this moment's."""
    steps: Mapping[str, type[Event]] = {
        REGISTERED: Assigned, DISPATCHED: WorkerArrived, ON_SITE: Finished, FINISHED: Closed, SUSPENDED: Resumed,
        TRANSFERRED: Closed,
    }  # fmt: skip
    return steps.get(repair_times.work_state(record, moment_of(now or fields.wall())))


_RANK = case({urgency: rank for rank, urgency in enumerate(URGENCIES)}, value=col(Repair.urgency), else_=len(URGENCIES))


def open_repairs(read: Session, room: str | None = None, limit: int = -1) -> Sequence[Repair]:
    """What is still to be repaired, of one place or all; most urgent first, then oldest first; `limit` -1 for all."""
    wanted = select(Repair).where(col(Repair.state).in_(OPEN))
    wanted = wanted if room is None else wanted.where(Repair.room == room)
    return read.exec(wanted.order_by(_RANK, col(Repair.opened_at), col(Repair.id)).limit(limit)).all()


def recent(read: Session, limit: int = 500) -> Sequence[Repair]:
    """The latest repairs, newest first."""
    return read.exec(select(Repair).order_by(col(Repair.opened_at).desc(), col(Repair.id).desc()).limit(limit)).all()
