"""Public outages (公共事件): what is cut off where, until when, and what to tell the households; said once, told to all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, ValidationInfo, field_validator
from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import doubts, fields, outage_slips, places, staff
from desk.fields import Moment, at_night, moment_of, words
from desk.places import Where
from desk.repairs import Repair
from desk.urgency import Category
from printers.slip import Slip

STANDING, ENDED, WITHDRAWN = "进行中", "已恢复", "已取消"

CALLED: Mapping[str, str] = {
    "水": "停水", "电": "停电", "门窗锁": "门窗故障", "下水": "下水不通", "电梯": "电梯停用", "公区照明": "公共照明故障",
    "门禁": "门禁故障", "消防": "消防设施停用", "燃气": "停气", "屋面外墙": "屋面外墙", "其他": "公共事件",
}  # fmt: skip
"""What an outage of each category of repairs is called."""

WORKS: Mapping[str, str] = {"门窗锁": "门窗检修", "下水": "下水检修", "电梯": "电梯检修", "公区照明": "照明检修",
    "门禁": "门禁检修", "消防": "消防检修", "屋面外墙": "外墙施工", "其他": "施工"}  # fmt: skip
"""What planned work is called where that is another word."""

LATELY = timedelta(minutes=60)
"""How long before an outage repairs may have been reported that belong to it (domain.md B1)."""

MOST_DOORS = 99


def _doors(doors: tuple[str, ...]) -> tuple[str, ...]:
    if len(doors) > MOST_DOORS:
        raise ValueError(f"一次最多打 {MOST_DOORS} 张，请分几次")
    return tuple(places.where(door) for door in doors)


Doors = Annotated[tuple[str, ...], AfterValidator(_doors)]
"""Where a door notice (门口通知) is hung, one printed for each."""

Say = Annotated[PersonalText, words(2, "请写给住户的话，例如 正在抢修，请先存一点水")]


class Announced(Event):
    """Something is cut off, or will be. `begin` is now where not said, `until` when it should be over, "" not known."""

    kind: ClassVar[str] = "outage.announced"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    category: Category
    place: Where
    planned: bool = False
    begin: Moment = ""
    until: Moment = ""
    say: Say
    doors: Doors = ()

    @field_validator("until")
    @classmethod
    def after_begin(cls, until: str, info: ValidationInfo) -> str:
        """Nothing is over before it began."""
        if until and until <= info.data.get("begin", ""):
            raise ValueError("恢复的时间早于开始的时间，请改")
        return until

    def complete(self, read: Session) -> Self:
        """With the time it began."""
        return self if self.begin else self.model_copy(update={"begin": moment_of(fields.wall())})


class Corrected(Event):
    """What is told was put right; what is None stays, an `until` of "" is not known any more."""

    kind: ClassVar[str] = "outage.corrected"
    roles = staff.EVERYONE

    place: Where | None = None
    until: Moment | None = None
    say: Say | None = None
    doors: Doors = ()


class Ended(Event):
    """All is as it should be again; `at` a wall time, "" as the entry says."""

    kind: ClassVar[str] = "outage.ended"
    roles = staff.EVERYONE

    at: Moment = ""
    doors: Doors = ()


class Withdrawn(Event):
    """It was entered wrongly, or the planned work does not take place."""

    kind: ClassVar[str] = "outage.withdrawn"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写取消的原因，例如 改期、登记错了")]


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one outage."""

    kind: ClassVar[str] = "outage.checked"


class Outage(Record, table=True):
    """One outage. `ended_at` is a wall time, "" until it is over."""

    kinds = {event.kind: event for event in (Announced, Corrected, Ended, Withdrawn, Checked)}

    category: str = Field(default="", index=True)
    place: str = ""
    planned: bool = False
    begin: str = ""
    until: str = ""
    say: str = ""
    state: str = Field(default=STANDING, index=True)
    ended_at: str = ""
    reason: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What is over is over, whoever withdrew it; what was told afterwards makes somebody look."""
        when = entry.at[5:16].replace("T", " ")
        match event:
            case Announced() if self.category:
                self.doubted("同一件公共事件登记了两次，请核对")
            case Announced():
                for name in ("category", "place", "planned", "until", "say"):
                    setattr(self, name, getattr(event, name))
                self.begin = event.begin or entry.at[:16]
            case Corrected() if self.state != STANDING:
                self.doubted(f"“{self.state}”之后又更正了通知（{when}），请核对是不是又停了")
            case Corrected():
                self.place = self.place if event.place is None else event.place
                self.until = self.until if event.until is None else event.until
                self.say = self.say if event.say is None else event.say
            case Ended() if self.state != ENDED:
                if self.state == WITHDRAWN:
                    self.doubted(f"取消以后又登记恢复（{when}），请核对")
                self.state, self.ended_at = ENDED, event.at or entry.at[:16]
            case Withdrawn() if self.state == ENDED:
                self.doubted(f"恢复以后又登记取消（{when}），请核对")
            case Withdrawn() if self.state == STANDING:
                self.state, self.reason = WITHDRAWN, event.reason
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Outage | None", event: Event, by: Actor) -> Refused | None:
        """Known places, one outage for one thing, times that fit; a guard only what is sudden, and only at night."""
        if isinstance(event, Checked):
            return doubts.refuse(record, event) if record else None
        planned = event.planned if isinstance(event, Announced) else record is not None and record.planned
        if by.role == staff.GUARD and (planned or not at_night(fields.wall())):
            return Refused("门岗夜里（22:00–06:00）只登记突发的停水停电；计划的和白天的请前台登记")
        if isinstance(event, Announced):
            return _refuse_announced(read, event)
        if record is None:
            return None
        if record.state != STANDING:
            over = f"，{record.ended_at[5:16].replace('T', ' ')}" if record.ended_at else ""
            return Refused(f"{record.number} {record.state}{over}，不能再改；又停了请新登记一件")
        match event:
            case Corrected():
                return _refuse_corrected(read, record, event)
            case Ended():
                return _refuse_ended(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """门口通知, one for every door it is hung on; 恢复通知 when it is over."""
        match event:
            case Announced(doors=doors) | Corrected(doors=doors) if doors:
                return [outage_slips.notice(self, called(self), doors, entry, isinstance(event, Corrected))]
            case Ended(doors=doors) if doors:
                return [outage_slips.restored(self, called(self), doors, entry)]
        return ()


def _refuse_announced(read: Session, event: Announced) -> Refused | None:
    if unknown := places.refuse_unknown(read, event.place):
        return unknown
    if "" < event.until <= moment_of(fields.wall()):
        return Refused("预计恢复的时间已经过去了，请改成以后的时间；不知道就空着", "until")
    for one in standing(read):
        same = one.category == event.category and places.overlap(one.place, event.place)
        if same and one.begin < (event.until or "9") and event.begin < (one.until or "9"):
            return Refused(f"{called(one)}已经登记了 {one.number}（{one.place}），有变化请更正那一件", "category")
    return _refuse_doors(event.doors, event.place)


def _refuse_corrected(read: Session, record: Outage, event: Corrected) -> Refused | None:
    if event.place is not None and (unknown := places.refuse_unknown(read, event.place)):
        return unknown
    if event.until and event.until <= max(record.begin, moment_of(fields.wall())):
        return Refused("预计恢复的时间已经过去了，请改成以后的时间；不知道就空着", "until")
    return _refuse_doors(event.doors, event.place or record.place)


def _refuse_ended(record: Outage, event: Ended) -> Refused | None:
    now = moment_of(fields.wall())
    if not event.at and record.begin > now:
        return Refused(f"{record.number} {record.begin[5:16].replace('T', ' ')} 才开始；不做了请登记取消")
    if event.at and not record.begin <= event.at <= now:
        return Refused(f"恢复的时间要在 {record.begin[5:16].replace('T', ' ')} 到现在之间，请核对；不填就是现在", "at")
    return _refuse_doors(event.doors, record.place)


def _refuse_doors(doors: Sequence[str], place: str) -> Refused | None:
    strange = [door for door in doors if not places.within(door, place)]
    return Refused(f"{strange[0]}不在 {place} 里，请核对门口通知贴在哪", "doors") if strange else None


def next_step(record: Outage) -> type[Event] | None:
    """What comes next for an outage, or None when it is over."""
    return Ended if record.state == STANDING else None


def called(record: Outage) -> str:
    """What is cut off: 停水, 计划停水, 电梯检修."""
    word = CALLED.get(record.category, record.category)
    return WORKS.get(record.category, f"计划{word}") if record.planned else word


def span(record: Outage, now: datetime) -> str:
    """From when to when, as it is told: 今天 14:10 起，预计 18:00 恢复; 明天 09:00 到 12:00."""
    begin, until = _day(record.begin, now), _day(record.until, now, record.begin)
    if record.begin > moment_of(now) or record.planned:
        return f"{begin} 到 {until}" if until else f"{begin} 起"
    if overdue(record, now):
        return f"{begin} 起，! 已过预计的 {until}，还没恢复"
    return f"{begin} 起，{f'预计 {until} 恢复' if until else '恢复时间待定'}"


def _day(moment: str, now: datetime, after: str = "") -> str:
    """今天 14:10, 明天 09:00, 11-28 09:00; without its day where `after` said it."""
    if not moment or after[:10] == moment[:10]:
        return moment[11:16]
    days = {(now + timedelta(days=n)).date().isoformat(): word for n, word in ((-1, "昨天"), (0, "今天"), (1, "明天"))}
    return f"{days.get(moment[:10], moment[5:10])} {moment[11:16]}"


def told(record: Outage, now: datetime) -> str:
    """One sentence of it, for card, form and board."""
    return f"{record.place} {called(record)}，{span(record, now)}。{record.say}"


def overdue(record: Outage, now: datetime) -> bool:
    """Whether it still stands after the time it should have been over. Computed, never stored."""
    return record.state == STANDING and "" < record.until < moment_of(now)


def standing(read: Session, room: str | None = None, category: str = "") -> Sequence[Outage]:
    """What stands or is announced, oldest first; with a room what touches it, with a category what is of it."""
    wanted = select(Outage).where(Outage.state == STANDING).order_by(col(Outage.begin), col(Outage.id)).limit(100)
    return [
        one
        for one in read.exec(wanted).all()
        if (room is None or places.touches(one.place, room)) and category in ("", one.category)
    ]


def recent(read: Session, limit: int = 200) -> Sequence[Outage]:
    """The latest outages, newest first."""
    return read.exec(select(Outage).order_by(col(Outage.opened_at).desc(), col(Outage.id).desc()).limit(limit)).all()


def linked(read: Session, record: Outage) -> Sequence[Repair]:
    """The repairs that belong to it: of its category, there, reported from an hour before it until it was over."""
    first = min(record.begin, record.opened_at[:16]) or record.opened_at[:16]
    since = moment_of(datetime.fromisoformat(first) - LATELY)
    wanted = select(Repair).where(Repair.category == record.category, Repair.opened_at >= since).order_by(col(Repair.opened_at))
    if record.ended_at:
        wanted = wanted.where(Repair.opened_at <= f"{record.ended_at}:59")
    return [one for one in read.exec(wanted.limit(500)).all() if places.touches(record.place, one.room)]
