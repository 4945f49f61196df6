"""What is asked of those who come and go, the same in visits, permits, bookings, refuse lists and goods; never an ID number."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator
from sqlmodel import Session

from data.records import PERSONAL, PersonalText, Refused
from desk import china, residents
from desk.fields import day, is_public, words

Category = Literal["访友", "外卖", "快递", "家政护工", "维修装修", "看房中介", "搬家", "公务", "其他"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
"""By digit 1-9."""

How = Literal["业主当面", "电话回拨", "业主字条"]
HOWS: tuple[How, ...] = get_args(How)
"""How the household's word was got for what outlasts the moment; a caller is rung back, anybody can say who they are."""

OFFICE = "公共事务"
"""Where those go who visit no flat but the office or the estate itself."""

YEAR = timedelta(days=366)
"""Nothing that lets in, or keeps out, is good for longer without being asked for again."""

_ID = re.compile(r"(?<!\d)\d{6}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")


def no_id(text: str) -> str:
    """Free text as it is. Raises ValueError where it holds an ID number (个保法 §6, 居民身份证法 §13)."""
    said = china.fold_digits(text)
    if _ID.search(said) or _ID.search(re.sub(r"(?<=\d)[\s-]+(?=[\dXx])", "", said)):
        raise ValueError("这里有身份证号。访客登记不留证件号码，请删掉；看过证件只选“已查验证件”")
    return text


Words = Annotated[PersonalText, words(), AfterValidator(no_id)]
Plate = Annotated[str, PERSONAL, AfterValidator(lambda text: text and china.plate(text))]
Place = Annotated[str, words(1, "请填到访房号；到物业办事填 公共事务")]
Flat = Annotated[str, words(1, "请填房号，例如 3-2-501")]
SaidBy = Annotated[PersonalText, words(1, "请写是住户家哪一位同意的"), AfterValidator(no_id)]
Why = Annotated[PersonalText, words(2, "请写原因，至少两个字"), AfterValidator(no_id)]


def _last_day(text: str) -> str:
    if not text:
        raise ValueError("请写有效到哪一天，最长一年，例如 2026-11-30")
    return day(text)


LastDay = Annotated[str, AfterValidator(_last_day)]
"""The last day something holds, `YYYY-MM-DD`."""


def building_of(room: str) -> str:
    """What a visitor slip says of a room, and no more: `3-2-501` → `3栋`, `商铺-12` → `商铺`."""
    first = room.partition("-")[0]
    return first if first.startswith(china.PLACES) else f"{first}栋"


def refuse_place(read: Session, place: str) -> Refused | None:
    """Why nobody can be sent there, or None: a room of the register, the office, or a public place."""
    return None if place == OFFICE or is_public(place) else residents.refuse_unknown_room(read, place)


def refuse_last_day(until: str, today: date) -> Refused | None:
    """Why a last day does not do, or None: it is not over, and at most a year off."""
    if until < today.isoformat():
        return Refused("有效期已经过去了，请改成今天或以后", "until")
    if until > (today + YEAR).isoformat():
        return Refused(f"最长一年，请改到 {today + YEAR} 或以前；到期可以再登记", "until")
    return None


def refuse_window(since: str, until: str, now: str, longest: timedelta, otherwise: str) -> Refused | None:
    """Why a stretch of wall times does not do, or None; `otherwise` says what to do where it is longer than `longest`."""
    if until <= now:
        return Refused("结束的时间已经过去了，请改成以后的时间", "until")
    if until <= since:
        return Refused("结束的时间要在开始以后，请改一下", "until")
    if datetime.fromisoformat(until) - datetime.fromisoformat(since) > longest:
        return Refused(f"最长 {longest.days} 天，请改近一些；{otherwise}", "until")
    return None
