"""Standing permissions: whom a household lets in without being asked each time, on which days and hours, until when."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator
from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import china, doubts, fields, residents, staff, visit_slips
from desk.fields import words
from desk.visitor_fields import Category, Flat, How, LastDay, Plate, SaidBy, Why, Words, no_id, refuse_last_day, refuse_place
from printers.slip import QR, Slip

Relation = Literal["家属", "保姆", "护工", "送餐", "家教", "钟点工", "其他"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)
"""By digit 1-7."""

CARERS = ("保姆", "护工", "钟点工")
"""Those who come as 家政护工."""

ACTIVE, ENDED = "有效", "已终止"
EVERY_DAY = "1234567"
_NAMED = {"": EVERY_DAY, "每天": EVERY_DAY, "天天": EVERY_DAY, "工作日": "12345", "周末": "67"}
_DIGITS = str.maketrans("一二三四五六日天七", "123456777")


def weekdays(text: str) -> str:
    """Days of the week as kept, `12345`, from `周一至五`, `一三五`, `1-5`, 每天, 周末. Raises ValueError in Chinese."""
    said = china.fold_digits(text)
    if said in _NAMED:
        return _NAMED[said]
    plain = re.sub(r"周|星期|礼拜|[、,，和\s]", "", said).translate(_DIGITS)
    plain = re.sub(r"([1-7])[-~～至到]([1-7])", lambda to: EVERY_DAY[int(to[1]) - 1 : int(to[2])] or "?", plain)
    if not re.fullmatch(r"[1-7]+", plain):
        raise ValueError(f"「{said}」不是星期几，请写 周一至五、一三五 或 每天")
    return "".join(sorted(set(plain)))


def said_days(days: str) -> str:
    """Days of the week as people say them: 每天, 周一至五, 周一、三、五."""
    if days == EVERY_DAY:
        return "每天"
    names = "一二三四五六日"
    if len(days) > 2 and days in EVERY_DAY:
        return f"周{names[int(days[0]) - 1]}至{names[int(days[-1]) - 1]}"
    return "周" + "、".join(names[int(one) - 1] for one in days)


def day_hours(text: str) -> str:
    """Hours of the day as kept, `08:00-18:00`, past midnight `20:00-06:00`; "" all day. Raises ValueError in Chinese."""
    said = re.sub(r"^(?:上午|下午|白天|晚上|夜里) *", "", china.fold_digits(text))
    if said in ("", "全天"):
        return ""
    clock = r"(\d{1,2})(?:[:点时](\d{2})?分?)?"
    found = re.fullmatch(rf"{clock}[-~～至到]{clock}", said.replace(" ", ""))
    if found is None:
        raise ValueError(f"「{said}」不是时段，请写 8-18 或 8:00-18:30；整天就空着")
    first, last = (f"{int(found[n]):02}:{found[n + 1] or '00'}" for n in (1, 3))
    if first == last or first > "23:59" or last > "24:00" or max(first[3:], last[3:]) > "59":
        raise ValueError(f"「{said}」不是时段，请写 8-18 或 8:00-18:30；整天就空着")
    return f"{first}-{last}"


class Granted(Event):
    """A household let somebody in for longer. `until` is the last day; `days` and `hours` as `weekdays`, `day_hours` keep them.

    `said_by` is who of the household said so, `how` in person or when rung back.
    """

    kind: ClassVar[str] = "permit.granted"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    room: Flat
    relation: Relation
    name: Annotated[PersonalText, words(1, "请写怎么称呼，例如 小陈、何阿姨"), AfterValidator(no_id)]
    until: LastDay
    how: How
    said_by: SaidBy
    days: Annotated[str, AfterValidator(weekdays)] = EVERY_DAY
    hours: Annotated[str, AfterValidator(day_hours)] = ""
    plate: Plate = ""
    note: Words = ""


class Ended(Event):
    """The household took it back before its last day; anybody on duty may note that, since it opens no door."""

    kind: ClassVar[str] = "permit.ended"
    roles = staff.EVERYONE

    reason: Why


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one permission."""

    kind: ClassVar[str] = "permit.checked"


class Permit(Record, table=True):
    """One standing permission. `closed_at`, `closed_by` (a staff id) and `reason` are "" until it was ended."""

    kinds = {event.kind: event for event in (Granted, Ended, Checked)}

    room: str = Field(default="", index=True)
    relation: str = ""
    name: str = ""
    until: str = Field(default="", index=True)
    how: str = ""
    said_by: str = ""
    days: str = EVERY_DAY
    hours: str = ""
    plate: str = Field(default="", index=True)
    note: str = ""
    state: str = Field(default=ACTIVE, index=True)
    closed_at: str = ""
    closed_by: str = ""
    reason: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Ended at two desks is ended, by whoever was first; nobody need look at that."""
        match event:
            case Granted() if self.room:
                self.doubted("同一份授权登记了两次，请核对")
            case Granted():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case Ended() if self.state == ACTIVE:
                self.state, self.closed_at, self.closed_by, self.reason = ENDED, entry.at, entry.by, event.reason
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Permit | None", event: Event, by: Actor) -> Refused | None:
        """A flat of the register, at most a year, nobody twice; ended once."""
        match event:
            case Granted():
                return _refuse_granted(read, event)
            case Ended() if record and record.state == ENDED:
                when = record.closed_at[5:16].replace("T", " ")
                return Refused(f"{record.number} 已在 {when} 终止，不用再办；住户又同意了请新登记")
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """长期授权确认单 for the household, so that it knows whom it lets in."""
        if not isinstance(event, Granted):
            return ()
        large = residents.wants_large_print(read, self.room)
        return [visit_slips.permit(self, times(self), entry, QR(f"{self.number}.{check_letters(link)}"), by, large)]


def _refuse_granted(read: Session, event: Granted) -> Refused | None:
    if unknown := refuse_place(read, event.room):
        return unknown
    today = fields.wall().date()
    if over := refuse_last_day(event.until, today):
        return over
    twin = next((one for one in standing(read, event.room, today.isoformat()) if one.name == event.name), None)
    if twin:
        return Refused(f"{event.name}已有授权 {twin.number}（{times(twin)}，到 {twin.until}）；要改请先终止再登记", "name")
    return None


def times(record: Permit) -> str:
    """When a permission holds: 周一至五 08:00-18:00, 每天."""
    return f"{said_days(record.days)} {record.hours}".rstrip()


def called(record: Permit) -> str:
    """A permission in a few words: 保姆 小陈 周一至五 08:00-18:00."""
    return f"{record.relation} {record.name} {times(record)}"


def category(record: Permit) -> Category:
    """As what somebody with that permission comes."""
    return "家政护工" if record.relation in CARERS else "访友" if record.relation == "家属" else "其他"


def why_not(record: Permit, now: datetime) -> str:
    """Why a permission does not hold at that moment, in Chinese; "" when it does. Past midnight is the evening before's."""
    if record.state != ACTIVE:
        return "已终止"
    first, _, last = record.hours.partition("-")
    clock, day, within = f"{now:%H:%M}", now.date(), True
    if record.hours and first < last:
        within = first <= clock < last
    elif record.hours:
        within = clock >= first or clock < last
        day -= timedelta(days=clock < last)
    if day.isoformat() > record.until:
        return f"{record.until} 已到期"
    if str(day.isoweekday()) not in record.days or not within:
        return f"只许{times(record)}"
    return ""


def standing(read: Session, room: str, today: str) -> Sequence[Permit]:
    """The permissions of a room that are neither ended nor run out on that date, oldest first; a night may outlast its day."""
    wanted = select(Permit).where(Permit.room == room, Permit.state == ACTIVE, Permit.until >= today)
    return read.exec(wanted.order_by(col(Permit.opened_at), col(Permit.id))).all()


def valid(read: Session, room: str, now: datetime) -> list[Permit]:
    """The permissions of a room that hold at that moment."""
    since = (now - timedelta(days=1)).date().isoformat()
    return [one for one in standing(read, room, since) if not why_not(one, now)]


def refuse_leave(read: Session, room: str, permit: str, name: str) -> Refused | None:
    """Why 长期授权 lets nobody of that name in to a room now, or None; says what is possible instead."""
    now, instead = fields.wall(), "请电话或对讲问住户，同意了选 2 或 3"
    found = read.get(Permit, permit) if permit else None
    if found is not None and found.room == room:
        if why := why_not(found, now):
            return Refused(f"{found.number} {found.relation} {found.name}：{why}；{instead}", "confirmed_by")
        if name != found.name:
            return Refused(f"{found.number} 授权的是{found.name}；换了人{instead}", "name")
        return None
    if holding := valid(read, room, now):
        return Refused(f"{room} 现在有 {'、'.join(map(called, holding))}；请在“授权”里选，不是本人{instead}", "confirmed_by")
    others = "；".join(map(called, standing(read, room, now.date().isoformat())))
    return Refused(f"{room} 现在没有有效的长期授权{f'（{others}）' if others else ''}；{instead}", "confirmed_by")
