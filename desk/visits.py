"""Visitors: who is inside, since when, by whose leave, and until when; three facts a visitor and never an ID number."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from sqlmodel import Field, Session, col, or_, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, Record, Refused
from desk import barrings, bookings, china, doubts, fields, permits, residents, visit_slips
from desk.bookings import Booking
from desk.fields import moment_of
from desk.rules import rules
from desk.visit_events import CONFIRMATIONS as CONFIRMATIONS
from desk.visit_events import REASONS as REASONS
from desk.visit_events import Arrived as Arrived
from desk.visit_events import Checked as Checked
from desk.visit_events import Left as Left
from desk.visit_events import SignedOutBySystem as SignedOutBySystem
from desk.visit_events import StayedOver as StayedOver
from desk.visit_events import TurnedAway as TurnedAway
from desk.visitor_fields import CATEGORIES as CATEGORIES
from desk.visitor_fields import OFFICE as OFFICE
from desk.visitor_fields import building_of as building_of
from desk.visitor_fields import refuse_place
from printers.slip import QR, Slip

INSIDE, LEFT, TURNED_AWAY, SIGNED_OUT = "在场", "已离开", "已拒绝", "系统签离"
LATEST = 5000
"""So many of the latest visits are searched word for word: a month of a busy gate."""

WITH_PHONE = ("维修装修", "搬家")
STAYS: Mapping[str, timedelta | time] = {
    "访友": time(23), "外卖": timedelta(minutes=30), "快递": timedelta(minutes=60), "家政护工": time(23),
    "维修装修": time(18), "看房中介": timedelta(hours=2), "搬家": time(18), "其他": time(23),
}  # fmt: skip
"""How long a stay may last unless said otherwise, or until which hour (domain.md B2); 公务 as long as it takes."""


TRADES: Mapping[str, str] = {"外卖": "外卖员", "快递": "快递员"}
"""What somebody is called whose name nobody asks for; two of a trade may come to one door."""


class Visit(Record, table=True):
    """One visit. `left_at` is "" while inside, and where nobody saw it; `stays` says that a guest spends the night."""

    kinds = {event.kind: event for event in (Arrived, TurnedAway, Left, StayedOver, SignedOutBySystem, Checked)}

    room: str = Field(default="", index=True)
    category: str = ""
    name: str = ""
    headcount: int = 1
    phone: str = ""
    plate: str = Field(default="", index=True)
    company: str = ""
    confirmed_by: str = ""
    leave_by: str = ""
    note: str = ""
    document_checked: bool = False
    permit: str = ""
    booking: str = ""
    stays: bool = False
    reason: str = ""
    state: str = Field(default=INSIDE, index=True)
    left_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Who was seen leaving has left, whatever the system thought before or after."""
        match event:
            case Arrived() | TurnedAway() if self.room:
                self.doubted("同一单登记了两次，请核对")
            case Arrived() | TurnedAway():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
                self.state = INSIDE if isinstance(event, Arrived) else TURNED_AWAY
            case Left() if self.state in (INSIDE, SIGNED_OUT):
                self.state, self.left_at = LEFT, entry.at
                self.headcount = event.headcount or self.headcount
            case Left():
                self.doubted(f"“{self.state}”之后又登记离开（{entry.at[5:16].replace('T', ' ')}），请核对")
            case StayedOver() if self.state in (INSIDE, SIGNED_OUT):
                # The household says that they are there; that nobody had seen them leave says nothing against it.
                self.state, self.leave_by, self.stays = INSIDE, event.until, True
                self.note = "；".join(filter(None, (self.note, event.note)))
            case StayedOver():
                self.doubted(f"“{self.state}”之后又登记留宿（{entry.at[5:16].replace('T', ' ')}），请核对")
            case SignedOutBySystem() if self.state == INSIDE:
                self.state = SIGNED_OUT
            case SignedOutBySystem() if self.state == TURNED_AWAY:
                self.doubted("没有放行的来访被系统签离，请核对")
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Visit | None", event: Event, by: Actor) -> Refused | None:
        """A known place by somebody's leave, nobody inside twice or on a refuse list; out goes only who is in."""
        match event:
            case Arrived():
                return refuse_place(read, event.room) or _refuse_arrival(read, event)
            case TurnedAway():
                return refuse_place(read, event.room)
            case Left() if record and record.state not in (INSIDE, SIGNED_OUT):
                return _refuse_out(record)
            case StayedOver() | SignedOutBySystem() if record and record.state != INSIDE:
                return _refuse_out(record)
            case StayedOver() if event.until <= moment_of(fields.wall()):
                return Refused("留宿到的时间已经过去了，请改成以后的时间；空着就是明天中午", "until")
            case SignedOutBySystem() if record and record.stays and not overstay(record, fields.wall()):
                until = record.leave_by[5:16].replace("T", " ")
                return Refused(f"{record.number} 住户已知留宿，到 {until}；不用系统签离，走了再登记离开")
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """访客单 on the way in."""
        if not isinstance(event, Arrived):
            return ()
        token, large = QR(f"{self.number}.{check_letters(link)}"), residents.wants_large_print(read, self.room)
        return [visit_slips.visit(self, due(self), rules(read).visitor_days, entry, token, by, large)]


def _refuse_arrival(read: Session, event: Arrived) -> Refused | None:
    if barred := barrings.refuse(read, event.room, event.category, event.name, event.plate):
        return barred
    if event.confirmed_by == "长期授权" and (without := permits.refuse_leave(read, event.room, event.permit, event.name)):
        return without
    if event.confirmed_by == "预约码" and (without := _refuse_code(read, event)):
        return without
    if event.category in WITH_PHONE and not event.phone:
        return Refused(f"{event.category}要留一个能打通的电话", "phone")
    if "" < event.leave_by <= fields.wall().isoformat(timespec="minutes"):
        return Refused("预计离开的时间已经过去了，请改成以后的时间", "leave_by")
    same = select(Visit).where(Visit.state == INSIDE, Visit.room == event.room, Visit.name == event.name)
    named = event.name and event.name not in TRADES.values()
    if named and (one := read.exec(same).first()):
        return Refused(f"{event.name}已在场 {one.number}，请先签离；是另一个人请在称呼上加以区分", "name")
    if event.plate and event.plate not in china.PLATE_KINDS:
        for one in by_plate(read, event.plate):
            if one.state == INSIDE:
                return Refused(f"{event.plate}已在场 {one.number}，请先签离", "plate")
    return None


def _refuse_code(read: Session, event: Arrived) -> Refused | None:
    booking = read.get(Booking, event.booking) if event.booking else None
    if booking is None or booking.room != event.room:
        return Refused("请在“到访”里输入客人说的 4 位预约码；没有预约码的请电话或对讲问住户，同意了选 2 或 3", "confirmed_by")
    why = bookings.why_not(booking, fields.wall())
    return Refused(f"预约码 {booking.code} {why}", "confirmed_by") if why else None


def _refuse_out(record: Visit) -> Refused:
    if record.state == TURNED_AWAY:
        return Refused(f"{record.number} 没有放行，不用签离；现在来了请新登记")
    if record.state == SIGNED_OUT:
        return Refused(f"{record.number} 已经系统签离；看到本人离开可以登记离开")
    return Refused(f"{record.number} 已在 {record.left_at[5:16].replace('T', ' ')} 签离，不用再签；又来了请新登记")


def arrival(said: Arrived) -> list[tuple[Event, str | None]]:
    """The acts that let a visitor in, for Store.act_all: the visit, and that the code of its booking was used."""
    used = [(bookings.Came(), said.booking)] if said.booking else []
    return [(said, None), *used]


def next_step(record: Visit) -> type[Event] | None:
    """What comes next for a visit, or None when it is over."""
    return Left if record.state == INSIDE else None


def called(record: Visit) -> str:
    """What to call a visitor: their name, else what they came for."""
    return record.name or record.category


def due(record: Visit) -> datetime | None:
    """The wall time by which a visitor should be out; None when there is none, or the arrival's time cannot be read."""
    try:
        arrived = datetime.fromisoformat(record.opened_at).replace(tzinfo=None)
    except ValueError:
        return None
    if record.leave_by:
        return datetime.fromisoformat(record.leave_by)
    stay = STAYS.get(record.category)
    if isinstance(stay, time):
        tonight = datetime.combine(arrived, stay)
        return tonight if tonight > arrived else tonight + timedelta(days=1)
    return arrived + stay if stay else None


def overstay(record: Visit, now: datetime) -> int:
    """Whole minutes a visitor has been inside beyond `due`; 0 when not, or not inside. Computed, never stored."""
    until = due(record)
    if record.state != INSIDE or until is None:
        return 0
    return max(0, int((now.replace(tzinfo=None) - until).total_seconds()) // 60)


def inside(read: Session, room: str | None = None) -> Sequence[Visit]:
    """Who is inside now, of one room or all, those longest inside first."""
    wanted = select(Visit).where(Visit.state == INSIDE).order_by(col(Visit.opened_at), col(Visit.id))
    return read.exec(wanted if room is None else wanted.where(Visit.room == room)).all()


def _newest(read: Session, limit: int, **wanted: str) -> Sequence[Visit]:
    return read.exec(
        select(Visit).filter_by(**wanted).order_by(col(Visit.opened_at).desc(), col(Visit.id).desc()).limit(limit)
    ).all()


def by_plate(read: Session, plate: str, limit: int = 20) -> Sequence[Visit]:
    """The latest visits with that number plate, newest first."""
    return _newest(read, limit, plate=plate)


def by_number(read: Session, number: str) -> Visit | None:
    """The visit of a number, or None."""
    return next(iter(_newest(read, 1, number=number)), None)


def recent(read: Session, limit: int = 500) -> Sequence[Visit]:
    """The latest visits, newest first."""
    return _newest(read, limit)


def since(read: Session, day: str, limit: int = 300) -> Sequence[Visit]:
    """The visits opened on that date or later, newest first."""
    wanted = select(Visit).where(Visit.opened_at >= day).order_by(col(Visit.opened_at).desc(), col(Visit.id).desc())
    return read.exec(wanted.limit(limit)).all()


def meant(read: Session, text: str, ids: set[str], rooms: set[str], limit: int = 300) -> Sequence[Visit]:
    """The visits of these ids or rooms, or with that text in what the latest say; those inside first, then the newest.

    Older ones are looked for by number, plate or room: what else they said is soon erased.
    """
    latest = select(Visit).order_by(col(Visit.opened_at).desc()).limit(LATEST).subquery()
    said = [latest.c[name].contains(text, autoescape=True) for name in ("room", "name", "category")]
    written = select(latest.c.id).where(or_(latest.c.plate.contains(text.upper(), autoescape=True), *said)).limit(limit)
    found = ids | set(read.exec(written))
    if not found and not rooms:
        return []
    wanted = select(Visit).where(or_(col(Visit.id).in_(found), col(Visit.room).in_(rooms)))
    return read.exec(
        wanted.order_by(col(Visit.state) != INSIDE, col(Visit.opened_at).desc(), col(Visit.id).desc()).limit(limit)
    ).all()


def left_over(read: Session, now: datetime) -> list[Visit]:
    """Who should long be out and nobody saw leaving, longest first: inside since an earlier day and beyond their time."""
    return [one for one in inside(read) if one.opened_at[:10] < f"{now:%Y-%m-%d}" and (overstay(one, now) or due(one) is None)]
