"""Small favours (小事帮忙): what was done for a household for nothing, by whom, and what the desk must not do."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field, Session, col, func, select

from data.entry import Entry
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import doubts, fields, residents, staff
from desk.fields import Words, within, words

Sort = Literal["换灯泡", "搬重物", "量血压", "代买药", "读信填表", "手机帮忙", "送上门", "其他"]
SORTS: tuple[Sort, ...] = get_args(Sort)

MOST_MINUTES = 120

FORBIDDEN: Mapping[str, str] = {
    r"(?<!非)处方": "处方药不经手，请家属、社区医生或药店送药",
    r"银行卡|存折|取款|取钱|存钱|转账|汇款|垫钱|垫付": "住户的现金、存折和银行卡不经手，请家属或银行上门服务",
    r"现金|代缴现|密码|验证码": "住户的现金、密码和验证码不经手，也不问；要交费请到收费窗口开收据",
    r"打针|输液|换药|喂药": "打针、换药这些医疗的事请社区医生或家属，物业不做",
}
"""What the desk does not do, and what is said instead (domain.md (f) 10, (f) 11)."""


class FavourDone(Event):
    """Something small was done; no money is taken for it or passes through the helper's hands."""

    kind: ClassVar[str] = "favour.done"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: str
    sort: Sort
    text: Words = ""
    helper: Annotated[PersonalText, words(1, "请写是谁去帮的")]
    minutes: Annotated[int, within(1, MOST_MINUTES, f"用时写 1 到 {MOST_MINUTES} 分钟；两小时以上的活请走报修")] = 15


class FavourVoided(Event):
    """It was written down wrongly."""

    kind: ClassVar[str] = "favour.voided"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写为什么作废，例如 写错房号、重复登记")]


class FavourChecked(doubts.Checked):
    """Somebody looked into what two desks said of one favour."""

    kind: ClassVar[str] = "favour.checked"


class Favour(Record, table=True):
    """One favour; `reason` says why it does not count, "" where it does."""

    kinds = {event.kind: event for event in (FavourDone, FavourVoided, FavourChecked)}

    room: str = Field(default="", index=True)
    sort: str = ""
    text: str = ""
    helper: str = ""
    minutes: int = 0
    void: bool = False
    reason: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; void twice is void."""
        match event:
            case FavourDone() if self.room:
                self.doubted("同一件小事登记了两次，请核对")
            case FavourDone():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case FavourVoided() if not self.void:
                self.void, self.reason = True, event.reason
            case FavourChecked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Favour | None", event: Event, by: Actor) -> Refused | None:
        """A known room, and nothing the desk must not touch."""
        match event:
            case FavourChecked() if record:
                return doubts.refuse(record, event)
            case FavourDone():
                why = next((said for found, said in FORBIDDEN.items() if re.search(found, event.text)), None)
                return residents.refuse_unknown_room(read, event.room) or (Refused(why, "text") if why else None)
            case FavourVoided() if record and record.void:
                return Refused(f"{record.number} 已经作废，不用再作废；又帮了忙请新登记")
        return None


def month_count(read: Session, room: str) -> int:
    """How often a household was helped this month."""
    since = f"{fields.wall():%Y-%m}"
    wanted = select(func.count()).select_from(Favour)
    return read.exec(wanted.where(Favour.room == room, col(Favour.void).is_(False), col(Favour.opened_at) >= since)).one()


def recent(read: Session, room: str, limit: int = 20) -> Sequence[Favour]:
    """The latest favours for a household, newest first; void ones too."""
    wanted = select(Favour).where(Favour.room == room)
    return read.exec(wanted.order_by(col(Favour.opened_at).desc(), col(Favour.id).desc()).limit(limit)).all()
