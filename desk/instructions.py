"""Standing instructions (嘱托): what a household asked to be done or minded, until when, and when staff must see it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator
from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import doubts, fields, residents, staff
from desk.fields import day, words

Sort = Literal["先打电话", "外出停收", "不接待", "长期许可", "钥匙在", "宠物", "找子女", "其他"]
SORTS: tuple[Sort, ...] = get_args(Sort)
"""By digit (BuildingLink's front desk instructions, domain.md App. 4)."""

Moment = Literal["总是", "快递", "访客", "报修", "收费"]
MOMENTS: tuple[Moment, ...] = get_args(Moment)
ALWAYS, PARCEL, VISIT, REPAIR, PAY = MOMENTS

USUAL: Mapping[str, Moment] = {
    "先打电话": ALWAYS, "外出停收": PARCEL, "不接待": VISIT, "长期许可": VISIT, "钥匙在": REPAIR, "宠物": REPAIR,
    "找子女": PAY, "其他": ALWAYS,
}  # fmt: skip
"""When each sort is usually to be seen."""

DAYS, LONGEST = 90, 366
"""How long an instruction holds unless said otherwise, and at most."""

HOLDS, ENDED = "有效", "已结束"


class InstructionGiven(Event):
    """The household asked for something. `until` is the last day; not said, 90 days from now."""

    kind: ClassVar[str] = "instruction.given"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: str
    sort: Sort
    text: Annotated[PersonalText, words(2, "请写清楚嘱托什么，例如 请先打电话再敲门")]
    moment: Moment = ALWAYS
    until: Annotated[str, AfterValidator(day)] = ""
    said_by: Annotated[PersonalText, words(1, "请写是谁嘱托的")]

    def complete(self, read: Session) -> Self:
        """With a last day where none was said."""
        return self if self.until else self.model_copy(update={"until": f"{fields.wall().date() + timedelta(days=DAYS)}"})


class InstructionExtended(Event):
    """It holds until another day."""

    kind: ClassVar[str] = "instruction.extended"
    roles = staff.DESK

    until: Annotated[str, AfterValidator(day)]
    said_by: Annotated[PersonalText, words(1, "请写是谁说的")]


class InstructionEnded(Event):
    """It no longer holds."""

    kind: ClassVar[str] = "instruction.ended"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写为什么结束，例如 已回家、住户取消")]


class InstructionChecked(doubts.Checked):
    """Somebody looked into what two desks said of one instruction."""

    kind: ClassVar[str] = "instruction.checked"


class Instruction(Record, table=True):
    """One instruction of a household; whether its time is over is computed from `until`."""

    kinds = {event.kind: event for event in (InstructionGiven, InstructionExtended, InstructionEnded, InstructionChecked)}

    room: str = Field(default="", index=True)
    sort: str = ""
    text: str = ""
    moment: str = ALWAYS
    until: str = Field(default="", index=True)
    said_by: str = ""
    state: str = Field(default=HOLDS, index=True)
    reason: str = ""
    closed_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What was ended stays ended, and a person looks where another desk made it longer."""
        match event:
            case InstructionGiven() if self.room:
                self.doubted("同一条嘱托登记了两次，请核对")
            case InstructionGiven():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case InstructionExtended() if self.state == ENDED:
                self.doubted(f"嘱托结束之后 {entry.at[5:16].replace('T', ' ')} 又登记延期到 {event.until}，请核对")
            case InstructionExtended():
                self.until, self.said_by = event.until, event.said_by
            case InstructionEnded() if self.state == HOLDS:
                self.state, self.reason, self.closed_at = ENDED, event.reason, entry.at
            case InstructionChecked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Instruction | None", event: Event, by: Actor) -> Refused | None:
        """A known room, not the same twice, a last day ahead and within a year; what is over stays over."""
        match event:
            case InstructionChecked() if record:
                return doubts.refuse(record, event)
            case InstructionGiven():
                same = [one for one in holding(read, event.room, fields.wall().date()) if one.text == event.text]
                if unknown := residents.refuse_unknown_room(read, event.room):
                    return unknown
                if same:
                    return Refused(f"这一户已有同样的嘱托 {same[0].number}（到 {same[0].until}），要延长请选延期", "text")
                return _refuse_until(event.until)
            case InstructionExtended() | InstructionEnded() if record and record.state == ENDED:
                return Refused(
                    f"{record.number} 已在 {record.closed_at[5:16].replace('T', ' ')} 结束，不能再改；又有嘱托请新登记"
                )
            case InstructionExtended():
                return _refuse_until(event.until)
        return None


def _refuse_until(until: str) -> Refused | None:
    today = fields.wall().date()
    if until < today.isoformat():
        return Refused("到期日已经过去了，请改成今天或以后", "until")
    if until > (today + timedelta(days=LONGEST)).isoformat():
        return Refused("嘱托最长一年，到期再问一次住户；请改近一点", "until")
    return None


def holding(read: Session, room: str, today: date) -> Sequence[Instruction]:
    """The instructions of a household in force on that day, oldest first."""
    wanted = select(Instruction).where(
        Instruction.room == room, Instruction.state == HOLDS, col(Instruction.until) >= today.isoformat()
    )
    return read.exec(wanted.order_by(col(Instruction.opened_at), col(Instruction.id)).limit(50)).all()


def for_moment(read: Session, room: str, moment: str, today: date) -> list[str]:
    """What staff must see when they do something (快递, 访客, 报修, 收费) for a room, a line each: what always holds first."""
    any_of_it = "SELECT 1 FROM instruction WHERE room = ? LIMIT 1"  # what every scan but one in a hundred has none of
    if not (room and raw(read.connection()).execute(any_of_it, (room,)).fetchone()):
        return []
    found = [one for one in holding(read, room, today) if one.moment in (ALWAYS, moment)]
    return [line(one) for one in sorted(found, key=lambda one: one.moment != ALWAYS)]


def on_card(read: Session, room: str, by: Actor) -> list[str]:
    """All that a household asked for, a line each, for its card; nothing about paying where no money is shown."""
    found = holding(read, room, fields.wall().date())
    return [line(one) for one in found if one.moment != PAY or staff.sees_money(by)]


def line(record: Instruction) -> str:
    """An instruction as glass says it: 〔先打电话〕请先打电话再敲门（到 02-18）."""
    return f"〔{record.sort}〕{record.text}（到 {record.until[5:]}）"
