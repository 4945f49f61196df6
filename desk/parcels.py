"""Parcels held for residents: whose, on which shelf, under which pick-up code, and into whose hands they went."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import custody_slips, doubts, parcel_refusals, parcel_slips, residents, shelves
from desk.parcel_events import (
    BY_CODE,
    CONDITIONS,
    DAMAGED,
    MISSING,
    PICKERS,
    PROOFS,
    SPECIALS,
    TROUBLES,
    WAYS,
    WRONG_HANDS,
    BroughtBack,
    Checked,
    Collected,
    Notified,
    Pursued,
    Resolved,
    ReturnChosen,
    ReturnDropped,
    Returned,
    SentOut,
    TakenIn,
    Troubled,
    Undone,
)
from desk.shelves import HELD
from printers.slip import QR, Slip

__all__ = [
    "BY_CODE", "CONDITIONS", "HELD", "LEVELS", "PICKERS", "PROOFS", "SPECIALS", "TROUBLES", "WAYS",
    "BroughtBack", "Checked", "Collected", "Notified", "Parcel", "Pursued", "Resolved", "ReturnChosen", "ReturnDropped",
    "Returned", "SentOut", "TakenIn", "Troubled", "Undone",
]  # fmt: skip

OUT, COLLECTED, CHOSEN, RETURNED, TROUBLE, PAID, UNDONE = "送上门", "已取", "待退", "已退", "异常", "赔付", "已撤回"
"""The states besides HELD: being carried to the door; to go back with a courier; settled with money by the supervisor."""
STATES = (HELD, OUT, COLLECTED, CHOSEN, RETURNED, TROUBLE, PAID, UNDONE)
GIVABLE = (HELD, OUT, CHOSEN)
"""What can be handed over."""
PRESENT = (*GIVABLE, TROUBLE)
"""What the desk answers for: its waybill cannot come again, its code names nobody else."""
ASIDE = (TROUBLE, OUT, CHOSEN)
"""What stands aside from what simply waits, in the order somebody must see to it."""

LEVELS = ("新", "超1天", "超3天", "超7天")
"""How long a parcel has been held: up to 24 h, 72 h, 7 days, longer (then it should go back)."""
DAYS = (1, 3, 7)


class Parcel(Record, table=True):
    """One parcel. `serial` is the number in its code, `closed_at` when it went, `handed_by` the id of who handed it over.

    second       who another desk says it went to as well
    carrier      who carries it to the door, or carried it
    trouble, trouble_at   what is wrong with it and since when; "" when nothing is
    pursuit, pursued      what was last done about that, and how many times something was
    notices, first_notice, notified_at   how often the household was told, the first time and the last
    waits, here, place, claim   for the desk's own lists, each in an index: since when it is HELD, whose while it is
                 GIVABLE, where it stands, what it has to say of its number
    """

    kinds = {
        event.kind: event
        for event in (
            TakenIn, Undone, Notified, SentOut, BroughtBack, Collected, ReturnChosen, ReturnDropped, Returned, Troubled,
            Pursued, Resolved, Checked,
        )
    }  # fmt: skip

    room: str = Field(default="", index=True)
    courier: str = ""
    waybill: str = Field(default="", index=True)
    description: str = ""
    addressee: str = ""
    size: str = ""
    shelf: int | None = None
    layer: int | None = None
    condition: str = ""
    special: str = ""
    batch: str = Field(default="", index=True)
    code: str = Field(default="", index=True)
    serial: int = 0
    state: str = Field(default=HELD, index=True)
    closed_at: str = Field(default="", index=True)
    handed_by: str = ""
    by_whom: str = ""
    picker: str = ""
    relation: str = ""
    proof: str = ""
    second: str = ""
    reason: str = ""
    carrier: str = ""
    trouble: str = ""
    trouble_at: str = ""
    pursuit: str = ""
    pursued: int = 0
    notices: int = 0
    first_notice: str = ""
    notified_at: str = ""
    waits: str = Field(default="", index=True)
    here: str = Field(default="", index=True)
    place: str = Field(default="", index=True)
    claim: str = Field(default="", index=True)

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What went twice stays with whom it went to first, and a hand-over beats everything else."""
        match event:
            case TakenIn() if self.room:
                self.doubted("同一件登记了两次，请核对")
            case TakenIn():
                for name in type(event).model_fields.keys() & type(self).model_fields.keys():
                    setattr(self, name, getattr(event, name))
                serial = event.code.rpartition("-")[2]
                self.serial = int(serial) if serial.isascii() and serial.isdecimal() and 4 <= len(serial) <= 6 else 0
            case Notified():
                # Another desk may ring for what just went; that is nobody's fault and no doubt.
                self.notices, self.notified_at = self.notices + 1, entry.at
                self.first_notice = self.first_notice or entry.at
            case Pursued():
                self.pursued, self.pursuit = self.pursued + 1, event.note
            case Collected() | Returned() | Undone():
                self._go(event, entry)
            case Troubled() | Resolved():
                self._err(event, entry)
            case Checked():
                doubts.settle(self, event)
            case _:
                self._move(event, entry)
        self.waits = self.opened_at if self.state == HELD else ""
        self.here = self.room if self.state in GIVABLE else ""
        self.place = shelves.place(self.shelf, self.layer) if self.state in (HELD, CHOSEN) else ""
        self.claim = shelves.claim(self.serial, self.closed_at)

    def _odd(self, did: str, entry: Entry) -> None:
        self.doubted(f"“{self.state}”之后 {entry.at[5:16].replace('T', ' ')} 又登记{did}，请核对")

    def _close(self, state: str, entry: Entry) -> None:
        self.state, self.closed_at, self.handed_by = state, entry.at, entry.by

    def _go(self, event: Collected | Returned | Undone, entry: Entry) -> None:
        """It left the desk's hands."""
        match event:
            case Collected() if self.state == COLLECTED:
                self.second = hands(event.by_whom, event.name)
                when = entry.at[5:16].replace("T", " ")
                self.doubted(f"两处都登记了取走（{when} 又交给{event.by_whom}），请核对")
            case Collected():
                if self.state not in GIVABLE:
                    self._odd("取走", entry)
                self._close(COLLECTED, entry)
                self.by_whom, self.picker, self.relation, self.proof = event.by_whom, event.name, event.relation, event.proof
            case Returned() if self.state in PRESENT:
                if self.state in (OUT, TROUBLE):
                    self._odd("退件", entry)
                self._close(RETURNED, entry)
                self.reason, self.picker = event.reason, event.courier
            case Returned():
                self._odd("退件", entry)
            case Undone() if self.state == HELD:
                self._close(UNDONE, entry)
            case Undone() if self.state != UNDONE:
                self._odd("撤回", entry)

    def _move(self, event: Event, entry: Entry) -> None:
        """It stays with the desk, or is on its way to the door."""
        match event:
            case SentOut() if self.state == HELD:
                self.state, self.carrier = OUT, event.carrier
            case SentOut():
                self._odd("送上门", entry)
            case BroughtBack() if self.state == OUT:
                self.state = HELD
            case ReturnChosen() if self.state == HELD:
                self.state, self.reason = CHOSEN, event.reason
            case ReturnChosen() if self.state != CHOSEN:
                self._odd("列入退件", entry)
            case ReturnDropped() if self.state == CHOSEN:
                self.state, self.reason = HELD, ""
            case BroughtBack() | ReturnDropped() if self.state != HELD:
                self._odd("放回货架", entry)

    def _err(self, event: Troubled | Resolved, entry: Entry) -> None:
        """Something is wrong with it, or no longer is."""
        match event:
            case Troubled() if self.state in GIVABLE or (self.state == COLLECTED and event.sort in (WRONG_HANDS, DAMAGED)):
                # It is the desk's business again: its code must not name another meanwhile.
                self.state, self.closed_at = TROUBLE, ""
                self.trouble, self.trouble_at, self.pursuit = event.sort, entry.at, event.note
            case Troubled() if self.state != TROUBLE or event.sort != self.trouble:
                self._odd(event.sort, entry)
            case Resolved() if self.state == TROUBLE:
                self.pursuit = event.note
                if event.how == HELD:
                    self.state, self.trouble, self.trouble_at = HELD, "", ""
                else:
                    self._close(event.how, entry)
            case Resolved() if self.state != event.how:
                self._odd(f"处理为{event.how}", entry)

    @classmethod
    def refusal(cls, read: Session, record: "Parcel | None", event: Event, by: Actor) -> Refused | None:
        """A known and willing household, no waybill twice, each step from where it can be made, out only into proven hands."""
        return parcel_refusals.refusal(read, record, event, by)

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """包裹标签 on the way in, 取件通知 for the door, 签收单 on the way out, 退件交接单 for a courier, 查找单."""
        token = QR(f"{self.number}.{check_letters(link)}")
        large = residents.wants_large_print(read, self.room)
        match event:
            case TakenIn():
                return [custody_slips.label(self, token, large)]
            case Notified() if event.way == "门贴" and event.codes != ():
                return [custody_slips.notice(self, token, large, event.codes or ())]
            case Collected() if event.codes != ():
                grave = named(read, self.room, event.codes or (self.code,))
                return [custody_slips.handover(self, event, entry, token, by, large, parcel_slips.of_weight(grave))]
            case Returned() if event.codes != ():
                return [parcel_slips.returned(self, event, by_codes(read, event.codes or (self.code,)), entry, token, by)]
            case Troubled() if event.sort == MISSING:
                return [parcel_slips.search(self, entry, token, by)]
        return ()


def hands(by_whom: str, name: str) -> str:
    """Who took it, as said: 家人张敏, 本人."""
    return f"{by_whom}{name}"


def collect_all(parcels: Sequence[Parcel], said: Collected) -> list[tuple[Event, str]]:
    """The acts that hand several parcels of one household over at once, for Store.act_all; one 签收单 names them all."""
    return together(parcels, said)


def together(parcels: Sequence[Parcel], said: Collected | Returned | Notified) -> list[tuple[Event, str]]:
    """The acts that say one thing of several parcels at once, for Store.act_all; the slip of the first names them all."""
    codes = tuple(parcel.code for parcel in parcels)
    acts = [said.model_copy(update={"codes": () if n else codes}) for n in range(len(parcels))]
    return [(act, parcel.id) for act, parcel in zip(acts, parcels, strict=True)]


def next_step(record: Parcel) -> type[Event] | None:
    """What comes next for a parcel, or None when it is gone."""
    return Collected if record.state in GIVABLE else Resolved if record.state == TROUBLE else None


def level(record: Parcel, now: datetime) -> int:
    """How overdue a parcel is, 0-3, an index of LEVELS; 0 when it is not held. Computed, never stored."""
    try:
        age = now.replace(tzinfo=None) - datetime.fromisoformat(record.opened_at).replace(tzinfo=None)
    except ValueError:
        return 0
    return sum(age > timedelta(days=days) for days in DAYS) if record.state == HELD else 0


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def held(read: Session, room: str | None = None, limit: int = 300) -> Sequence[Parcel]:
    """What waits, longest first: all that can be handed over to a room, or the first `limit` on all shelves."""
    if room is not None:
        wanted = select(Parcel).where(Parcel.here == room, col(Parcel.state).in_(GIVABLE))
        return read.exec(wanted.order_by(col(Parcel.opened_at), col(Parcel.id))).all()
    wanted = select(Parcel).where(col(Parcel.waits) > "").order_by(col(Parcel.waits), col(Parcel.id))
    return read.exec(wanted.limit(limit)).all()


def newest(read: Session, **wanted: str) -> Parcel | None:
    """The newest parcel of that kind, one that the desk has before any that went."""
    newest = select(Parcel).filter_by(**wanted).order_by(col(Parcel.state).not_in(PRESENT), col(Parcel.opened_at).desc())
    return read.exec(newest.limit(1)).first()


def by_waybill(read: Session, waybill: str) -> Parcel | None:
    """The parcel of a waybill; none has the waybill ""."""
    return newest(read, waybill=waybill) if waybill else None


def recent(read: Session, limit: int = 500) -> Sequence[Parcel]:
    """The latest parcels, newest first."""
    return read.exec(select(Parcel).order_by(col(Parcel.opened_at).desc(), col(Parcel.id).desc()).limit(limit)).all()


def counts(read: Session, now: datetime) -> dict[str, int]:
    """How many parcels wait on the shelves, by LEVELS."""
    db = raw(read.connection())
    bounds = ["~", *((now - timedelta(days=days)).isoformat() for days in DAYS), ""]
    wanted = "SELECT count(*) FROM parcel WHERE waits > ? AND waits < ?"
    # An hour of opening is never exactly a bound's text: it carries its offset.
    between = [db.execute(wanted, (low, high)).fetchone()[0] for high, low in pairwise(bounds)]
    return dict(zip(LEVELS, between, strict=True))


def named(read: Session, room: str, codes: Sequence[str]) -> Sequence[Parcel]:
    """The newest parcels of a room under those codes."""
    return [one for one in by_codes(read, codes) if one.room == room]


def by_codes(read: Session, codes: Sequence[str]) -> Sequence[Parcel]:
    """The newest parcel under each code, in that order."""
    wanted = select(Parcel).where(col(Parcel.code).in_(codes)).order_by(col(Parcel.opened_at))
    newest = {one.code: one for one in read.exec(wanted)}
    return [newest[code] for code in codes if code in newest]
