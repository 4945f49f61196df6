"""Standing proxies (代取授权): who may fetch a household's parcels without being named each time, until it says otherwise."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator
from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import china, fields, residents, staff
from desk.fields import Words, day, words

AT_MOST = 6
"""Proxies of one household: they are chosen by digit, with room for somebody else."""


def last_four(text: str) -> str:
    """The last four digits of a phone; "" stays. Raises ValueError in Chinese."""
    said = china.fold_digits(text).replace(" ", "")
    if said and not (said.isdecimal() and said.isascii() and len(said) in (4, 11)):
        raise ValueError("请填手机号最后四位")
    return said[-4:]


class Named(Event):
    """A household named somebody who may fetch its parcels. `until` is the last day, "" for no end."""

    kind: ClassVar[str] = "proxy.named"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    room: Annotated[str, words(1, "请填是哪一户授权的")]
    name: Annotated[PersonalText, words(1, "请填代取人姓名")]
    relation: Annotated[PersonalText, words(1, "请填与住户的关系，例如 邻居、女儿")]
    tail: Annotated[PersonalText, AfterValidator(last_four)] = ""
    said_by: Annotated[PersonalText, words(1, "请填是家里谁说的")]
    until: Annotated[str, AfterValidator(day)] = ""


class Ended(Event):
    """The household took it back, or it is no longer so."""

    kind: ClassVar[str] = "proxy.ended"
    roles = staff.DESK

    why: Words = ""


class Proxy(Record, table=True):
    """One standing permission; `ended_at` is "" while it holds."""

    kinds = {event.kind: event for event in (Named, Ended)}

    room: str = Field(default="", index=True)
    name: str = ""
    relation: str = ""
    tail: str = ""
    said_by: str = ""
    until: str = ""
    ended_at: str = Field(default="", index=True)
    why: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; taken back twice is taken back."""
        match event:
            case Named() if not self.room:
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case Ended() if not self.ended_at:
                self.ended_at, self.why = entry.at, event.why

    @classmethod
    def refusal(cls, read: Session, record: "Proxy | None", event: Event, by: Actor) -> Refused | None:
        """A known household, nobody twice, and ended once."""
        if isinstance(event, Named):
            if unknown := residents.refuse_unknown_room(read, event.room):
                return unknown
            standing = of_room(read, event.room, fields.wall())
            if any(one.name == event.name for one in standing):
                return Refused(f"{event.room} 已经授权过 {event.name}，不用再登记", "name")
            if len(standing) >= AT_MOST:
                return Refused(f"{event.room} 已有 {AT_MOST} 位代取人，请先停掉不用的", "room")
            if "" < event.until < f"{fields.wall():%Y-%m-%d}":
                return Refused("截止日已经过去了，请改成今天或以后；长期有效就空着", "until")
        elif record and record.ended_at:
            return Refused(f"{record.room} 对 {record.name} 的授权已在 {record.ended_at[5:16].replace('T', ' ')} 停用")
        return None


def of_room(read: Session, room: str, now: datetime) -> Sequence[Proxy]:
    """Who may fetch a household's parcels now, by when they were named."""
    wanted = select(Proxy).where(Proxy.room == room, Proxy.ended_at == "").order_by(col(Proxy.opened_at), col(Proxy.id))
    return [one for one in read.exec(wanted) if not one.until or one.until >= f"{now:%Y-%m-%d}"]
