"""The forms of leave: who may come for longer or once, who may not, what may be carried out, and who asked for records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import ValidationError

from data.records import Event, Refused
from desk import bookings, fields, inquiries, permits, releases, residents
from desk.barrings import SORTS, Barred, Lifted
from desk.bookings import Booked
from desk.china import fold_digits
from desk.inquiries import Opened
from desk.permits import RELATIONS, Granted
from desk.releases import WAYS, Issued, Passed
from desk.visitor_fields import CATEGORIES, HOWS
from screens.form import Field, Form
from screens.hours import back_by, next_day

SPANS: Mapping[str, int] = {"一个月": 30, "三个月": 91, "半年": 182, "一年": 365}
"""How long, by digit, and so many days it is."""

DAYS = ("每天", "周一至五", "周末")
HOURS = ("全天", "上午 8-12", "白天 8-18", "晚上 18-22", "夜里 20-6")


def last_day(text: str) -> str:
    """The last day of a span (`半年`) or of a day as said; anything else as it is."""
    if text in SPANS:
        return (fields.wall().date() + timedelta(days=SPANS[text])).isoformat()
    return next_day(text)


def past_day(text: str) -> str:
    """A day that was: one said without its year that is still to come was last year's."""
    day = next_day(text)
    ahead = day > f"{fields.wall():%Y-%m-%d}" and not re.match(r"\d{4}", fold_digits(text))
    return f"{int(day[:4]) - 1}{day[4:]}" if ahead and re.fullmatch(r"\d{4}-\d\d-\d\d", day) else day


def window(values: Mapping[str, str]) -> dict[str, str]:
    """`since` and `until` as typed: a day alone begins in the morning, an hour alone ends on the day it began."""
    since = back_by(values["since"])
    if since.endswith("T23:59") and ":" not in values["since"]:
        since = f"{since[:10]}T00:00"
    until, hour = back_by(values["until"]), re.fullmatch(r"(\d{1,2})[:点](\d\d)?", fold_digits(values["until"]))
    if since and hour:
        until = f"{since[:10]}T{int(hour[1]):02}:{hour[2] or '00'}"
    return {"since": since, "until": until}


class Leave(Form):
    """What opens a record of leave, for a room; the household's names stand by digit where somebody's word is asked."""

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room

    def on_mount(self) -> None:
        """With the household of the room."""
        super().on_mount()
        self.offer_household()

    def settled(self, name: str) -> None:
        """Another room, another household."""
        if name == "room":
            self.offer_household()

    def offer_household(self) -> None:
        """Those registered there, by digit."""
        if "said_by" not in self.asked or "room" not in self.asked:
            return
        with self.desk.store.read() as read:
            names = [person.name for _, person in residents.household(read, self.values()["room"])]
        self.offer(Field("said_by", self.asked["said_by"].label, tuple(names[:9]), free=True, hint="姓名"))


class Grant(Leave):
    """Somebody is let in for longer, without being asked for each time."""

    TITLE = "长期授权"
    lead = "住户当面来办，或按登记的电话打回去问过；最长一年，打一张确认单给住户"

    def fields(self) -> Sequence[Field]:
        """Where, who, when, until when, on whose word."""
        return (
            Field("room", "房号", default=self.room, room=True),
            Field("relation", "关系", RELATIONS),
            Field("name", "称呼", hint="如 小陈、何阿姨"),
            Field("days", "哪几天", DAYS, default=DAYS[0], free=True),
            Field("hours", "时段", HOURS, default=HOURS[0], free=True),
            Field("until", "有效到", tuple(SPANS), free=True),
            Field("said_by", "谁同意", hint="姓名", free=True),
            Field("how", "怎么确认", HOWS, enough=True),
            Field("plate", "车牌", hint="没有可以不填"),
            Field("note", "备注"),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The permission."""
        return Granted.model_validate(values | {"until": last_day(values["until"])})


class Book(Leave):
    """A household says who comes."""

    TITLE = "预约来访"
    lead = "打出四位预约码，住户告诉客人；客人在门岗报码就放行"

    def fields(self) -> Sequence[Field]:
        """Where, what for, who, when."""
        return (
            Field("room", "房号", default=self.room, room=True),
            Field("category", "类型", CATEGORIES),
            Field("name", "称呼", hint="没有可以不填"),
            Field("since", "从", hint="18:00、明天 14:00；空着是现在"),
            Field("until", "到", hint="22:00；空着是当天结束", enough=True),
            Field("headcount", "人数", default="1"),
            Field("plate", "车牌", hint="没有可以不填"),
            Field("said_by", "谁预约的", hint="姓名", free=True),
            Field("note", "备注"),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The booking."""
        return Booked.model_validate(values | window(values) | {"headcount": fold_digits(values["headcount"]) or "1"})


class Bar(Leave):
    """Somebody is not to be let in."""

    TITLE = "不放行名单"
    lead = "只写认得出人的；称呼、车牌、类型都空着就是一律不接待。门岗只看到原因类别"

    def fields(self) -> Sequence[Field]:
        """Where, why, until when, on whose word; whom; then the whole story."""
        return (
            Field("room", "房号", default=self.room, hint="空着是全小区，主管才能办", room=True),
            Field("name", "称呼", hint="与登记时写的一样"),
            Field("plate", "车牌", hint="没有可以不填"),
            Field("category", "类型", CATEGORIES, hint="只不接待这一类时选"),
            Field("sort", "原因", SORTS),
            Field("until", "到哪天", tuple(SPANS), free=True),
            Field("said_by", "谁说的", hint="姓名", free=True, enough=True),
            Field("reason", "详细", hint="只有主管看得到"),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The line of the list."""
        return Barred.model_validate(values | {"until": last_day(values["until"])})


class Issue(Leave):
    """Goods may pass the gate."""

    TITLE = "放行条"
    lead = "问过住户再开；不看证件，也不查欠费。打两联：门岗核对，业主留存"

    def fields(self) -> Sequence[Field]:
        """Where, which way, what, on whose word, when."""
        return (
            Field("room", "房号", default=self.room, room=True),
            Field("way", "方向", WAYS),
            Field("items", "物品", hint="如 冰箱 大件，纸箱 12"),
            Field("said_by", "谁放行", hint="姓名", free=True),
            Field("how", "怎么确认", HOWS, enough=True),
            Field("since", "从", hint="明天 9:00；空着是现在"),
            Field("until", "到", hint="18:00；空着是当天结束"),
            Field("plate", "车牌", hint="搬家车"),
            Field("carrier", "搬运", hint="搬家公司，不写证件"),
            Field("note", "备注"),
        )

    def on_mount(self) -> None:
        """A list of goods needs a wide field."""
        super().on_mount()
        self.query_one("#items").styles.width = "2fr"

    def event(self, values: dict[str, str]) -> Event:
        """The slip of goods."""
        return Issued.model_validate(values | window(values) | {"items": self.goods(values["items"])})

    @staticmethod
    def goods(text: str) -> tuple[releases.Item, ...]:
        """The goods typed. Raises Refused beside them."""
        try:
            return releases.goods_of(text)
        except ValidationError as error:
            raise Refused(str(error.errors()[0].get("ctx", {}).get("error", "")), "items") from None


class Inquire(Leave):
    """Somebody entitled asks for records of visits."""

    TITLE = "调取登记"
    lead = "凭文书调取，只给要查的；打两联双方签字。办结以前这一期间的访客记录不删除"

    def fields(self) -> Sequence[Field]:
        """Who, by which paper, of which days, what, and what was given."""
        return (
            Field("unit", "单位", hint="如 明强派出所"),
            Field("officer", "来人", hint="姓名或警号，不写证件号"),
            Field("document", "文号", hint="调取证据通知书的文号"),
            Field("since", "从哪天", hint="11-18"),
            Field("until", "到哪天", hint="11-20"),
            Field("asked", "查什么", hint="事由和范围"),
            Field("given", "给了什么", hint="如 打印 3 条；没给写 未提供"),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The inquiry."""
        return Opened.model_validate(values | {name: past_day(values[name]) for name in ("since", "until")})


class OfLeave(Form):
    """What is done about one record of leave."""

    words: ClassVar[str] = ""
    done_by: ClassVar[type[Event]]

    def __init__(self, record: Any, about: str) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"{self.words} {record.number}  {getattr(record, 'room', '')}"
        self.lead = about

    def event(self, values: dict[str, str]) -> Event:
        """What was done."""
        return self.done_by.model_validate(values)


class EndPermit(OfLeave):
    """The household takes it back."""

    words, done_by = "终止授权", permits.Ended

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("住户不用了", "换人了", "住户不放心"), free=True),)


class CancelBooking(OfLeave):
    """Nobody comes after all."""

    words, done_by = "取消预约", bookings.Cancelled

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("住户取消", "改期重约", "登记错了"), free=True),)


class CancelRelease(OfLeave):
    """The slip of goods does not hold."""

    words, done_by = "作废放行条", releases.Cancelled

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("住户取消", "改期再搬", "登记错了"), free=True),)


class Pass(OfLeave):
    """The gate holds the goods against the slip."""

    words, done_by = "核对放行", Passed

    def fields(self) -> Sequence[Field]:
        """What was found, if anything."""
        return (Field("note", "备注", hint="东西对得上直接按 Enter"),)


class Lift(OfLeave):
    """They may be let in again."""

    words, done_by = "撤销不放行", Lifted

    def fields(self) -> Sequence[Field]:
        """Who said so, and why."""
        return (
            Field("said_by", "谁说的", hint="住户或主管的姓名"),
            Field("reason", "原因", ("住户改主意", "误登记", "事情已解决"), free=True),
        )


class CloseInquiry(OfLeave):
    """The matter is over."""

    words, done_by = "办结调取", inquiries.Closed

    def fields(self) -> Sequence[Field]:
        """How it ended."""
        return (Field("result", "结果", ("已交接完毕", "对方撤回", "无此记录"), free=True),)
