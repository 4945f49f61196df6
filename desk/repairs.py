"""Repairs: what is broken, by when the desk promised to come and to have it whole, and who was sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import ValidationInfo, field_validator
from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import doubts, fields, repair_slips, residents, staff
from desk.fields import Moment, Phone, Words, is_public, moment_of, within, words
from desk.urgency import URGENCIES, Category, promises, urgency_of
from printers.slip import QR, Slip

Channel = Literal["到访", "电话", "对讲", "门岗", "巡检", "代报"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
REGISTERED, DISPATCHED, ON_SITE, FINISHED, CLOSED, CANCELLED = "已登记", "已派工", "已到场", "已完工", "已关闭", "已取消"
OPEN = (REGISTERED, DISPATCHED, ON_SITE)
LINE = (REGISTERED, DISPATCHED, ON_SITE, CANCELLED, FINISHED, CLOSED)
"""States from first to last: of two that exclude each other the later one stands, and work that was done beats 取消."""


class Reported(Event):
    """Something was reported broken. The promises are wall times; what is not said, `complete` promises by urgency."""

    kind: ClassVar[str] = "repair.reported"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: Annotated[str, words(1, "请填房号；公共部位写明是哪里，例如 公共-电梯3")]
    category: Category
    problem: Annotated[PersonalText, words(2, "请写清哪里坏了，至少两个字")]
    reporter: Annotated[PersonalText, words(1, "请填报修人怎么称呼，例如 张阿姨")]
    phone: Phone = ""
    channel: Channel = "到访"
    urgency: Literal["", "特急", "急修", "一般", "工程"] = ""
    when_home: Words = ""
    promised_arrive: Moment = ""
    promised_done: Moment = ""
    again: bool = False

    @field_validator("promised_done")
    @classmethod
    def after_arrival(cls, done: str, info: ValidationInfo) -> str:
        """Nothing is whole before anyone came."""
        arrive = info.data.get("promised_arrive", "")
        if done and arrive and done < arrive:
            raise ValueError("承诺修好的时间早于到场时间，请改")
        return done

    def complete(self, read: Session) -> Self:
        """With urgency and promises filled in where they were not said."""
        urgency = self.urgency or urgency_of(self.category, self.problem)
        arrive, done = promises(urgency, fields.wall())
        if self.promised_arrive and arrive and done:
            # Who comes later than usual also has it whole later than usual.
            done += max(timedelta(), datetime.fromisoformat(self.promised_arrive) - arrive)
        said_done = self.promised_done or moment_of(done)
        said_arrive = self.promised_arrive or (min(moment_of(arrive), said_done or moment_of(arrive)) if arrive else "")
        return self.model_copy(update={"urgency": urgency, "promised_arrive": said_arrive, "promised_done": said_done})


class Assigned(Event):
    """A worker was sent; sent again, another one goes."""

    kind: ClassVar[str] = "repair.assigned"
    roles = staff.DESK

    worker: Annotated[PersonalText, words(1, "请选派给哪位师傅")]
    worker_phone: Phone = ""


class WorkerArrived(Event):
    """The worker said to be there; `at` wall time, "" as the entry says."""

    kind: ClassVar[str] = "repair.worker_arrived"
    roles = staff.DESK

    at: Moment = ""


class Finished(Event):
    """The work is done."""

    kind: ClassVar[str] = "repair.finished"
    roles = staff.DESK

    result: Annotated[PersonalText, words(2, "请写修了什么、结果怎样，至少两个字")]


class Closed(Event):
    """The household was asked how it went; `rating` 1-5, or None when nobody could be asked."""

    kind: ClassVar[str] = "repair.closed"
    roles = staff.DESK

    rating: Annotated[int | None, within(1, 5, "评价是 1 到 5 分，没问到可以不填")] = None
    comment: Words = ""


class Cancelled(Event):
    """It is not to be repaired after all."""

    kind: ClassVar[str] = "repair.cancelled"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写取消的原因，例如 业主撤回、重复、误报")]


class Urged(Event):
    """The household asked again where the worker stays."""

    kind: ClassVar[str] = "repair.urged"
    roles = staff.EVERYONE

    note: Words = ""


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one repair."""

    kind: ClassVar[str] = "repair.checked"


STEPS: Mapping[type[Event], tuple[tuple[str, ...], str, str, str]] = {
    Assigned: ((REGISTERED, DISPATCHED), DISPATCHED, "派工", "assigned_at"),
    WorkerArrived: ((DISPATCHED,), ON_SITE, "登记到场", ""),
    Finished: ((ON_SITE,), FINISHED, "登记完工", "finished_at"),
    Closed: ((FINISHED,), CLOSED, "回访关闭", "closed_at"),
    Urged: (OPEN, "", "催办", ""),
    Cancelled: (OPEN, CANCELLED, "取消", "closed_at"),
}
"""By event: the states it is allowed in, where it leads ("" nowhere), what it is called, and the column that keeps when."""


class Repair(Record, table=True):
    """One thing to be repaired. Times are ISO; `urged` counts 催办."""

    kinds = {event.kind: event for event in (Reported, Assigned, WorkerArrived, Finished, Closed, Cancelled, Urged, Checked)}

    room: str = Field(default="", index=True)
    category: str = ""
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
    finished_at: str = ""
    closed_at: str = ""
    result: str = ""
    rating: int | None = None
    comment: str = ""
    reason: str = ""
    urged: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What another desk did out of turn is taken where it leads on, and is in doubt either way."""
        if isinstance(event, Checked):
            doubts.settle(self, event)
            return
        if isinstance(event, Reported):
            if self.room:
                self.doubted("同一单登记了两次，请核对")
                return
        elif step := STEPS.get(type(event)):
            states, to, word, when = step
            if self.state not in states:
                self.doubted(f"“{self.state}”之后又有“{word}”（{entry.at[5:16].replace('T', ' ')}），请核对")
                if to and LINE.index(to) <= LINE.index(self.state):
                    return
            self.state = to or self.state
            if when:
                setattr(self, when, entry.at)
        for name in type(event).model_fields:
            if name in type(self).model_fields:
                setattr(self, name, getattr(event, name))
        if isinstance(event, WorkerArrived):
            self.arrived_at = event.at or entry.at[:16]
        self.urged += isinstance(event, Urged)

    @classmethod
    def refusal(cls, read: Session, record: "Repair | None", event: Event, by: Actor) -> Refused | None:
        """A known place, no second order for the same thing, promises ahead, each step in its turn. Arrears never matter."""
        if isinstance(event, Reported):
            return _refuse_report(read, event)
        if record and isinstance(event, Checked):
            return doubts.refuse(record, event)
        if record and (step := STEPS.get(type(event))) and record.state not in step[0]:
            possible = "、".join(word for states, _, word, _ in STEPS.values() if record.state in states)
            after = f"现在可以：{possible}" if possible else "已经了结；又坏了请新登记一单"
            return Refused(f"{record.number} 现在是“{record.state}”，不能{step[2]}。{after}")
        if record and isinstance(event, WorkerArrived) and event.at:
            if event.at > moment_of(fields.wall()):
                return Refused("到场时间还没到，请填已经过去的时间；不填就是现在", "at")
            if event.at < record.assigned_at[:16]:
                return Refused(f"到场时间早于派工时间 {record.assigned_at[11:16]}，请核对", "at")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """受理单 for the household when it is registered, 派工单 for the worker when one is sent."""
        token = QR(f"{self.number}.{check_letters(link)}")
        if isinstance(event, Reported):
            return [repair_slips.household_slip(read, self, entry, token, by)]
        return [repair_slips.worker_slip(read, self, entry, token, by)] if isinstance(event, Assigned) else ()


def _refuse_report(read: Session, event: Reported) -> Refused | None:
    if not is_public(event.room) and (unknown := residents.refuse_unknown_room(read, event.room)):
        return unknown
    now = moment_of(fields.wall())
    for field in ("promised_done", "promised_arrive"):
        if "" < getattr(event, field) < now:
            return Refused("承诺的时间已经过去了，请改成以后的时间", field)
    twin = next((one for one in open_repairs(read, event.room) if one.category == event.category), None)
    if twin and not event.again:
        first = f"{event.room} 的“{event.category}”已有 {twin.number}（{twin.opened_at[5:10]} 登记，{twin.state}）"
        return Refused(f"{first}，请追加催办；确是另一处坏了再选另开一单", "again")
    return None


def next_step(record: Repair) -> type[Event] | None:
    """What comes next for a repair, or None when it is over."""
    steps: dict[str, type[Event]] = {REGISTERED: Assigned, DISPATCHED: WorkerArrived, ON_SITE: Finished, FINISHED: Closed}
    return steps.get(record.state)


def open_repairs(read: Session, room: str | None = None) -> Sequence[Repair]:
    """What is still to be repaired, of one place or all; most urgent first, then oldest first."""
    wanted = select(Repair).where(col(Repair.state).in_(OPEN))
    found = read.exec(wanted if room is None else wanted.where(Repair.room == room)).all()
    ranks: dict[str, int] = {urgency: rank for rank, urgency in enumerate(URGENCIES)}
    return sorted(found, key=lambda one: (ranks.get(one.urgency, len(ranks)), one.opened_at, one.id))


def recent(read: Session, limit: int = 500) -> Sequence[Repair]:
    """The latest repairs, newest first."""
    return read.exec(select(Repair).order_by(col(Repair.opened_at).desc(), col(Repair.id).desc()).limit(limit)).all()
