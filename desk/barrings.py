"""Who is not let in (不放行名单): by one household or by the estate; the guard is told the kind of reason, no more."""

from collections.abc import Sequence
from typing import ClassVar, Literal, get_args

from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.records import Actor, Event, Record, Refused
from desk import doubts, fields, staff
from desk.visitor_fields import Category, LastDay, Plate, SaidBy, Why, Words, refuse_last_day, refuse_place

Sort = Literal["住户不接待", "推销骗子", "有过纠纷", "扰乱秩序", "其他原因"]
SORTS: tuple[Sort, ...] = get_args(Sort)
"""The kind of reason, by digit 1-5; all a guard is told."""

ACTIVE, LIFTED = "不放行", "已撤销"
ESTATE = ""
"""The room of what holds for the whole estate."""


class Barred(Event):
    """A household, or with `room` "" the supervisor for the whole estate, does not want somebody let in.

    Who is not let in is found by `name` (also within a longer one: 李四先生) or `plate`, and of that `category` if one is
    said; with none of them nobody is.
    `reason` is the whole story, for the supervisor alone.
    """

    kind: ClassVar[str] = "barring.barred"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: str = ESTATE
    sort: Sort
    until: LastDay
    said_by: SaidBy
    name: Words = ""
    plate: Plate = ""
    category: Literal["", Category] = ""
    reason: Words = ""


class Lifted(Event):
    """Whoever asked for it changed their mind; `said_by` is who said so."""

    kind: ClassVar[str] = "barring.lifted"
    roles = staff.EVERYONE

    said_by: SaidBy
    reason: Why


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one line of the list."""

    kind: ClassVar[str] = "barring.checked"


class Barring(Record, table=True):
    """One line of a list. `closed_at` and `closed_by` (a staff id) are "" until it was lifted."""

    kinds = {event.kind: event for event in (Barred, Lifted, Checked)}

    room: str = Field(default="", index=True)
    sort: str = ""
    until: str = Field(default="", index=True)
    said_by: str = ""
    name: str = ""
    plate: str = ""
    category: str = ""
    reason: str = ""
    state: str = Field(default=ACTIVE, index=True)
    closed_at: str = ""
    closed_by: str = ""
    lifted_for: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Lifted at two desks is lifted, by whoever was first; nobody need look at that."""
        match event:
            case Barred() if self.sort:
                self.doubted("同一条不放行登记了两次，请核对")
            case Barred():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case Lifted() if self.state == ACTIVE:
                self.state, self.closed_at, self.closed_by, self.lifted_for = LIFTED, entry.at, entry.by, event.reason
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Barring | None", event: Event, by: Actor) -> Refused | None:
        """The estate's list is the supervisor's and names somebody; at most a year; lifted once."""
        match event:
            case Barred():
                return _refuse_barred(read, event, by)
            case Lifted() if record and record.state == LIFTED:
                when = record.closed_at[5:16].replace("T", " ")
                return Refused(f"{record.number} 已在 {when} 撤销，不用再办；又不接待了请新登记")
            case Lifted() if record and not record.room and by.role not in staff.SUPERVISION:
                return Refused(f"{record.number} 是全小区的名单，只有主管可以撤销；请报当班主管")
            case Checked() if record:
                return doubts.refuse(record, event)
        return None


def _refuse_barred(read: Session, event: Barred, by: Actor) -> Refused | None:
    if event.room and (unknown := refuse_place(read, event.room)):
        return unknown
    if not event.room and by.role not in staff.SUPERVISION:
        return Refused("全小区的名单只有主管可以登记；住户自己不接待的请填房号", "room")
    if not event.room and not (event.name or event.plate):
        return Refused("全小区的名单要写称呼或车牌，不能谁都不放", "name")
    return refuse_last_day(event.until, fields.wall().date())


def whom(record: Barring) -> str:
    """Whom a line keeps out: 王某 京A12345, 外卖, 一律不接待."""
    return " ".join(filter(None, (record.name, record.plate, record.category))) or "一律不接待"


def holds(record: Barring, today: str) -> bool:
    """Whether a line is in force on that date."""
    return record.state == ACTIVE and record.until >= today


def standing(record: Barring, today: str) -> str:
    """A line's state as people say it: 不放行, 已撤销, or 已到期."""
    return record.state if record.state == LIFTED or holds(record, today) else "已到期"


def full_reason(record: Barring, by: Actor) -> str:
    """The whole story. Raises Refused for those who are only told its kind."""
    if by.role not in staff.SUPERVISION:
        raise Refused("不放行的详细原因只有主管可以看；门口按原因类别处理即可")
    return record.reason


def _meant(record: Barring, category: str, name: str, plate: str) -> bool:
    if record.category and record.category != category:
        return False
    named = (record.name and record.name in name) or (record.plate and record.plate == plate)
    return bool(named) if record.name or record.plate else True


def refuse(read: Session, room: str, category: str, name: str, plate: str) -> Refused | None:
    """Why somebody is not let in there, with what to do, or None. Whoever comes on duty (公务) is never kept out."""
    if category == "公务":
        return None
    today = fields.wall().date().isoformat()
    wanted = select(Barring).where(Barring.state == ACTIVE, Barring.until >= today, col(Barring.room).in_((room, ESTATE)))
    found = next((one for one in read.exec(wanted.order_by(col(Barring.room))) if _meant(one, category, name, plate)), None)
    if found is None:
        return None
    named = "name" if found.name and found.name in name else "plate" if found.plate else ""
    beside = named or ("category" if found.category else "room")
    if not found.room:
        return Refused(f"全小区不放行（{found.sort}，{found.number}）：请不要放行，马上报当班主管", beside)
    what = "一律不接待" if whom(found) == "一律不接待" else "不接待这位"
    return Refused(
        f"{room} {what}（{found.sort}，{found.number}）：请电话问住户，不接待就登记不放行；住户改主意请先撤销名单", beside
    )


def of_room(read: Session, room: str, today: str) -> Sequence[Barring]:
    """The lines in force for one household, newest first."""
    wanted = select(Barring).where(Barring.room == room, Barring.state == ACTIVE, Barring.until >= today)
    return read.exec(wanted.order_by(col(Barring.opened_at).desc(), col(Barring.id).desc())).all()
