"""Bookings (预约): a household says beforehand who comes and when, and its guest says four digits at the gate."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Self

from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.file import raw
from data.journal import active, next_number
from data.records import Actor, Event, Record, Refused
from desk import barrings, doubts, fields, residents, shelves, staff, visit_slips
from desk.fields import Moment, moment_of, within
from desk.visitor_fields import Category, Flat, Plate, Why, Words, refuse_place, refuse_window
from printers.slip import QR, Slip

BOOKED, CAME, CANCELLED = "预约", "已到", "已取消"
MISSED = "未到"
"""What a booking is called whose time is over; computed, never stored."""

LONGEST = timedelta(days=7)
REST = timedelta(days=1)
"""How long a code rests after its window, so that yesterday's guest opens no door with it."""

UNKNOWN = "没有预约码 {}；请再问一遍，或电话、对讲问住户"

_STEP = 379
"""Codes are drawn this far apart, so that nobody says his neighbour's by adding one; prime to every range of codes."""


class Booked(Event):
    """A household booked a guest. `since` and `until` are wall times, by default from now until the end of that day.

    `code` is the desk's to give.
    """

    kind: ClassVar[str] = "booking.booked"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: Flat
    category: Category = "访友"
    name: Words = ""
    headcount: Annotated[int, within(1, 99, "人数是 1 到 99")] = 1
    plate: Plate = ""
    since: Moment = ""
    until: Moment = ""
    said_by: Words = ""
    note: Words = ""
    code: str = ""

    def complete(self, read: Session) -> Self:
        """With its window, and with a code nobody else holds."""
        now = fields.wall()
        since = self.since or moment_of(now)
        given = {"since": since, "until": self.until or f"{since[:10]}T23:59", "code": free_code(read, now)}
        return self.model_copy(update=given)


class Came(Event):
    """The guest said the code and was let in; the visit is a record of its own and names this booking."""

    kind: ClassVar[str] = "booking.came"
    roles = staff.EVERYONE


class Cancelled(Event):
    """The household expects nobody after all."""

    kind: ClassVar[str] = "booking.cancelled"
    roles = staff.EVERYONE

    reason: Why


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one booking."""

    kind: ClassVar[str] = "booking.checked"


class Booking(Record, table=True):
    """One booking. `closed_at` and `closed_by` (a staff id) are of the coming or the cancelling."""

    kinds = {event.kind: event for event in (Booked, Came, Cancelled, Checked)}

    room: str = Field(default="", index=True)
    category: str = ""
    name: str = ""
    headcount: int = 1
    plate: str = Field(default="", index=True)
    since: str = ""
    until: str = Field(default="", index=True)
    said_by: str = ""
    note: str = ""
    code: str = Field(default="", index=True)
    state: str = Field(default=BOOKED, index=True)
    closed_at: str = ""
    closed_by: str = ""
    reason: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Who was let in has come, whatever was cancelled; a code that let in twice is looked into."""
        when = entry.at[5:16].replace("T", " ")
        match event:
            case Booked() if self.room:
                self.doubted("同一预约登记了两次，请核对")
            case Booked():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case Came() if self.state == CAME:
                self.doubted(f"同一预约码放行了两次（{when} 又一次），请核对")
            case Came():
                if self.state == CANCELLED:
                    self.doubted(f"预约取消以后 {when} 又凭码放行，请核对")
                self.state, self.closed_at, self.closed_by = CAME, entry.at, entry.by
            case Cancelled() if self.state == BOOKED:
                self.state, self.closed_at, self.closed_by, self.reason = CANCELLED, entry.at, entry.by, event.reason
            case Cancelled() if self.state == CAME:
                self.doubted(f"客人到了以后 {when} 又登记取消，请核对")
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Booking | None", event: Event, by: Actor) -> Refused | None:
        """A flat of the register and nobody on a refuse list; let in by a code that is due, cancelled before."""
        match event:
            case Booked():
                return _refuse_booked(read, event)
            case Came() if record and (why := why_not(record, fields.wall())):
                return Refused(f"{record.code} {why}", "room")
            case Cancelled() if record and record.state != BOOKED:
                return Refused(f"{record.number} {_when(record)} {record.state}，不能取消；客人又要来请新预约")
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """预约单 with the code in large type, for whoever booked at the counter."""
        if not isinstance(event, Booked):
            return ()
        token, large = QR(f"{self.number}.{check_letters(link)}"), residents.wants_large_print(read, self.room)
        return [visit_slips.booking(self, window(self), entry, token, by, large)]


def _refuse_booked(read: Session, event: Booked) -> Refused | None:
    if unknown := refuse_place(read, event.room):
        return unknown
    advice = "常来的请登记长期授权"
    if wrong := refuse_window(event.since, event.until, moment_of(fields.wall()), LONGEST, advice):
        return wrong
    return barrings.refuse(read, event.room, event.category, event.name, event.plate)


def _when(record: Booking) -> str:
    return record.closed_at[5:16].replace("T", " ")


def window(record: Booking) -> str:
    """When a guest is expected: `11-20 18:00-22:00`, over several days `11-20 18:00 至 11-21 12:00`."""
    since, until = record.since[5:16].replace("T", " "), record.until[5:16].replace("T", " ")
    return f"{since}-{until[6:]}" if since[:5] == until[:5] else f"{since} 至 {until}"


def why_not(record: Booking, now: datetime) -> str:
    """Why a code lets nobody in at that moment, with what is possible instead; "" when it does."""
    at = moment_of(now)
    if record.state == CAME:
        return f"已在 {_when(record)} 用过；又来的请电话或对讲问住户"
    if record.state == CANCELLED:
        return f"已在 {_when(record)} 取消；请电话或对讲问住户"
    if at > record.until:
        return f"{window(record)} 的预约已过时间；请电话或对讲问住户"
    if at < record.since:
        return f"是 {window(record)} 的预约，还没到时间；要提前进请电话或对讲问住户"
    return ""


def standing(record: Booking, now: datetime) -> str:
    """A booking's state as people say it: 预约, 已到, 已取消, or 未到 once its time is over."""
    return MISSED if record.state == BOOKED and moment_of(now) > record.until else record.state


def free_code(read: Session, now: datetime) -> str:
    """A code of four digits that no booking holds or held until yesterday, from this chain's own range.

    Two desks that cannot see each other draw from different thousands (shelves.ranges_of). Raises Refused when all are held.
    """
    db = raw(read.connection())
    prefix = active(db).prefix
    first, last = shelves.ranges_of(prefix)[0]
    rows = db.execute("SELECT code FROM booking WHERE until >= ?", (moment_of(now - REST),))
    held, count = {code for (code,) in rows}, last - first + 1
    drawn = next_number(db, f"booking {prefix}")
    for n in range(drawn, drawn + count):
        if (code := f"{first + n * _STEP % count:04d}") not in held:
            return code
    raise Refused(f"{count} 个预约码都在用，请先取消不用的预约")


def by_code(read: Session, code: str) -> Booking | None:
    """The newest booking of a code, one still open before any that is over."""
    newest = select(Booking).where(Booking.code == code).order_by(col(Booking.state) != BOOKED, col(Booking.until).desc())
    return read.exec(newest.limit(1)).first()


def said(read: Session, code: str, now: datetime) -> Booking:
    """The booking whose guest says these digits now. Raises Refused, beside the field `room`, saying what is possible."""
    found = by_code(read, code)
    if found is None:
        raise Refused(UNKNOWN.format(code), "room")
    if why := why_not(found, now):
        raise Refused(f"预约码 {code} {why}", "room")
    return found


def expected(read: Session, now: datetime, room: str | None = None, limit: int = 300) -> Sequence[Booking]:
    """Who is still expected, of one room or all, the earliest first."""
    wanted = select(Booking).where(Booking.state == BOOKED, Booking.until >= moment_of(now))
    wanted = wanted if room is None else wanted.where(Booking.room == room)
    return read.exec(wanted.order_by(col(Booking.since), col(Booking.id)).limit(limit)).all()
