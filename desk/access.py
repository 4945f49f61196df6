"""Who and what may pass, asked of all five records of leave at once: what holds, what a text means, how each is called."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from data.records import Actor, Record
from desk import barrings, bookings, permits, releases, staff
from desk.barrings import Barring
from desk.bookings import Booking
from desk.inquiries import OPEN as INQUIRY_OPEN
from desk.inquiries import Inquiry
from desk.permits import Permit
from desk.releases import Release, ReleaseItem

NAMES: Mapping[type[Record], str] = {
    Booking: "预约", Permit: "长期授权", Release: "放行条", Barring: "不放行名单", Inquiry: "调取登记"
}  # fmt: skip
"""The five, by what people call them."""

EACH = 100
"""Records of one kind a list shows at most."""

_WORDS: Mapping[Any, tuple[Any, ...]] = {
    Booking: (Booking.name, Booking.plate, Booking.code),
    Permit: (Permit.name, Permit.plate, Permit.relation),
    Release: (Release.plate, Release.way),
    Barring: (Barring.name, Barring.plate, Barring.category),
    Inquiry: (Inquiry.unit, Inquiry.document),
}
"""Where a text is looked for in each."""


def _shown(by: Actor) -> Iterator[Any]:
    """The kinds that somebody is told of."""
    return (kind for kind in NAMES if kind is not Inquiry or by.role in staff.SUPERVISION)


def standing(read: Session, now: datetime, by: Actor) -> Sequence[Record]:
    """What holds or is to come: guests by when they come, goods, permissions, refuse lists, open inquiries; then the rest.

    Nothing of inquiries for those who are not told of them.
    """
    today, found = f"{now:%Y-%m-%d}", list[Record](bookings.expected(read, now, limit=EACH))
    holding = {
        Release: (Release.state == releases.OPEN, Release.until >= today),
        Permit: (Permit.state == permits.ACTIVE, Permit.until >= today),
        Barring: (Barring.state == barrings.ACTIVE, Barring.until >= today),
        Inquiry: (Inquiry.state == INQUIRY_OPEN,),
    }
    for kind in _shown(by):
        if kind in holding:
            by_room = col(kind.room) if kind is Permit else col(kind.opened_at)
            found += read.exec(select(kind).where(*holding[kind]).order_by(by_room).limit(EACH))
    for kind in _shown(by):
        found += read.exec(select(kind).order_by(col(kind.opened_at).desc(), col(kind.id).desc()).limit(EACH // 5))
    return list({record.id: record for record in found}.values())


def meant(
    read: Session, text: str, ids: set[str], rooms: set[str], sorts: Sequence[type[Record]], by: Actor
) -> Sequence[Record]:
    """Those of these ids, rooms or sorts, or with that text in them, the newest of each kind first."""
    found: list[Record] = []
    for kind in _shown(by):
        newest = select(kind).order_by(col(kind.opened_at).desc(), col(kind.id).desc()).limit(EACH)
        if kind in sorts:
            found += read.exec(newest)
            continue
        said = {column: text.upper() if column.key == "plate" else text for column in _WORDS[kind]}
        written = [col(column).contains(words, autoescape=True) for column, words in said.items()]
        there = [] if kind is Inquiry else [col(kind.room).in_(rooms)]
        if kind is Release:
            goods = select(ReleaseItem.owner).where(col(ReleaseItem.what).contains(text, autoescape=True))
            written.append(col(Release.id).in_(goods))
        found += read.exec(newest.where(or_(col(kind.id).in_(ids), *there, *written)))
    return found


def called(record: Record) -> str:
    """Who or what it is about, in a few words."""
    match record:
        case Booking():
            return f"{record.code} {record.name or record.category}"
        case Permit():
            return f"{record.relation} {record.name}"
        case Release():
            return f"{record.way} {record.plate}".rstrip()
        case Barring():
            return barrings.whom(record)
        case Inquiry():
            return record.unit
    return ""


def state(record: Record, now: datetime) -> str:
    """Whether it holds now, in a word."""
    match record:
        case Booking():
            return bookings.standing(record, now)
        case Permit():
            why = permits.why_not(record, now)
            return "现在可进" if not why else "已到期" if "到期" in why else "不在时段" if why.startswith("只许") else why
        case Release():
            return releases.standing(record, now)
        case Barring():
            return barrings.standing(record, f"{now:%Y-%m-%d}")
        case Inquiry():
            return record.state
    return ""


def why_not(record: Record, now: datetime) -> str:
    """Why its next step cannot be done now, with what is possible instead; "" when it can."""
    match record:
        case Booking():
            return bookings.why_not(record, now)
        case Permit():
            why = permits.why_not(record, now)
            return f"{why}；请电话或对讲问住户，再按 F4 登记来访" if why else ""
        case Release():
            return releases.why_not(record, now)
        case Barring() if record.state == barrings.LIFTED:
            return "已撤销，不用再办；又不接待了请新登记"
        case Inquiry() if record.state != INQUIRY_OPEN:
            return "已办结，不用再办；又来调取请新登记"
    return ""


def told(read: Session, record: Record) -> list[tuple[str, str]]:
    """What is known of it, label and value; the whole story of a refuse list is `barrings.full_reason`'s to tell."""
    match record:
        case Booking():
            people = f"{record.category} {record.name} {record.headcount} 人"
            said = [("预约码", record.code), ("来访", people), ("时间", bookings.window(record)), ("车牌", record.plate)]
            return [*said, ("预约人", record.said_by), ("备注", record.note), ("原因", record.reason)]
        case Permit():
            said = [("授权", f"{record.relation} {record.name}"), ("时间", permits.times(record)), ("有效到", record.until)]
            said += [("车牌", record.plate), ("同意人", f"{record.said_by}（{record.how}）")]
            return [*said, ("备注", record.note), ("原因", record.reason)]
        case Release():
            goods = releases.listed(releases.items(read, record))
            until = f"{record.since[5:16]} 至 {record.until[5:16]}".replace("T", " ")
            said = [("方向", record.way), ("物品", goods), ("时间", until), ("车牌", record.plate), ("搬运", record.carrier)]
            return [*said, ("放行人", f"{record.said_by}（{record.how}）"), ("备注", record.note), ("原因", record.reason)]
        case Barring():
            said = [("不放行", barrings.whom(record)), ("原因", record.sort), ("到", record.until)]
            return [*said, ("谁说的", record.said_by), ("撤销", record.lifted_for)]
        case Inquiry():
            said = [("单位", record.unit), ("来人", record.officer), ("文号", record.document)]
            said += [("期间", f"{record.since} 至 {record.until}"), ("查", record.asked), ("给", record.given)]
            return [*said, ("结果", record.result)]
    return []
