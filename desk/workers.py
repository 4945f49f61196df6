"""Workers: who can be sent for what, under which number, and who is on duty; companies that mend things stand here too."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import staff
from desk.fields import words
from desk.repair_guide import Hotline
from desk.urgency import Category


class Joined(Event):
    """Somebody can be sent. `trades` are the categories they do, none for all; `company` for a firm, whose number is public."""

    kind: ClassVar[str] = "worker.joined"
    opens: ClassVar[bool] = True
    roles = staff.DESK

    name: Annotated[PersonalText, words(2, "请填师傅的姓名或单位名，至少两个字")]
    phone: Hotline = ""
    trades: tuple[Category, ...] = ()
    company: bool = False


class Changed(Event):
    """Another number, other trades."""

    kind: ClassVar[str] = "worker.changed"
    roles = staff.DESK

    phone: Hotline = ""
    trades: tuple[Category, ...] = ()


class DutyChanged(Event):
    """They came on duty, or went off."""

    kind: ClassVar[str] = "worker.duty_changed"
    roles = staff.DESK

    on_duty: bool


class Left(Event):
    """They are sent no more; what they did keeps their name."""

    kind: ClassVar[str] = "worker.left"
    roles = staff.DESK


class Worker(Record, table=True):
    """One who can be sent; `trades` joined by commas. What two desks say of one stands as it was said last."""

    kinds = {event.kind: event for event in (Joined, Changed, DutyChanged, Left)}

    name: str = Field(default="", index=True)
    phone: str = ""
    trades: str = ""
    company: bool = False
    on_duty: bool = True
    active: bool = Field(default=True, index=True)

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        match event:
            case Joined() if not self.name:
                self.name, self.phone, self.company = event.name, event.phone, event.company
                self.trades = ",".join(event.trades)
            case Changed():
                self.phone, self.trades = event.phone, ",".join(event.trades)
            case DutyChanged():
                self.on_duty = event.on_duty
            case Left():
                self.active = self.on_duty = False

    @classmethod
    def refusal(cls, read: Session, record: "Worker | None", event: Event, by: Actor) -> Refused | None:
        """Names are how they are sent, so no two alike; who has left is on no duty."""
        if isinstance(event, Joined) and any(one.name == event.name for one in roster(read)):
            return Refused(f"已经有“{event.name}”，请加姓或工号区分", "name")
        if record and not record.active:
            return Refused(f"{record.name} 已经离开，要再派请重新登记")
        return None

    def does(self, category: str) -> bool:
        """Whether this is one of their trades."""
        return not self.trades or category in self.trades.split(",")


def roster(read: Session) -> Sequence[Worker]:
    """Everybody who can be sent, on duty first, then by when they joined."""
    wanted = select(Worker).where(col(Worker.active).is_(True))
    return read.exec(wanted.order_by(col(Worker.on_duty).desc(), col(Worker.opened_at), col(Worker.id))).all()


def for_trade(read: Session, category: str) -> Sequence[Worker]:
    """Who is on duty, those of the trade first, a specialist before who does everything."""
    rank = lambda one: (not one.does(category), not one.trades)  # noqa: E731
    return sorted((one for one in roster(read) if one.on_duty), key=rank)


def to_ring(read: Session, category: str) -> Sequence[Worker]:
    """Whom to ring first for an emergency of a category: on duty, of the trade, with a number; companies first."""
    found = [one for one in for_trade(read, category) if one.phone and one.does(category)]
    return sorted(found, key=lambda one: (not one.trades, not one.company))


def company_for(read: Session, name: str) -> Worker | None:
    """The company of that name that repairs are passed on to, or None."""
    return read.exec(select(Worker).where(Worker.name == name, col(Worker.active).is_(True))).first()
