"""Goods that leave or come in (放行条): what, on whose word and when; held against at the gate, never a matter of arrears."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict
from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry, check_letters
from data.records import PERSONAL, Actor, Event, Record, Refused
from desk import china, doubts, fields, residents, staff, visit_slips
from desk.fields import Moment, moment_of, within, words
from desk.visitor_fields import Flat, How, Plate, SaidBy, Why, Words, refuse_place, refuse_window
from printers.slip import QR, Slip

Way = Literal["搬出", "搬入"]
WAYS: tuple[Way, ...] = get_args(Way)

OPEN, PASSED, CANCELLED = "待放行", "已放行", "已作废"
LONGEST = timedelta(days=7)


class Item(BaseModel):
    """One line of goods; `large` for 大件, which the gate looks at and asks the lift for."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    what: Annotated[str, words(1, "请写是什么东西")]
    count: Annotated[int, within(1, 999, "数量是 1 到 999")] = 1
    large: bool = False


class Issued(Event):
    """A household's goods may pass the gate. `since` and `until` are wall times, by default from now to the end of that day.

    No ID number is asked, and nobody asks what the household owes (民法典 §944; domain.md d-14).
    """

    kind: ClassVar[str] = "release.issued"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: Flat
    way: Way
    items: Annotated[tuple[Item, ...], PERSONAL] = ()
    how: How
    said_by: SaidBy
    since: Moment = ""
    until: Moment = ""
    plate: Plate = ""
    carrier: Words = ""
    note: Words = ""

    def complete(self, read: Session) -> Self:
        """With its window."""
        since = self.since or moment_of(fields.wall())
        return self.model_copy(update={"since": since, "until": self.until or f"{since[:10]}T23:59"})


class Passed(Event):
    """The gate held the goods against the slip and let them pass."""

    kind: ClassVar[str] = "release.passed"
    roles = staff.EVERYONE

    note: Words = ""


class Cancelled(Event):
    """The slip does not hold."""

    kind: ClassVar[str] = "release.cancelled"
    roles = staff.EVERYONE

    reason: Why


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one slip of goods."""

    kind: ClassVar[str] = "release.checked"


class ReleaseItem(SQLModel, table=True):
    """A line of goods of the slip `owner`."""

    __tablename__ = "release_item"

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    what: str
    count: int
    large: bool


class Release(Record, table=True):
    """One slip of goods. `closed_at` and `closed_by` (a staff id) are of the passing or the cancelling."""

    # RELEASE is a word of SQL.
    __tablename__ = "goods_release"
    kinds = {event.kind: event for event in (Issued, Passed, Cancelled, Checked)}

    room: str = Field(default="", index=True)
    way: str = ""
    how: str = ""
    said_by: str = ""
    since: str = ""
    until: str = Field(default="", index=True)
    plate: str = ""
    carrier: str = ""
    note: str = ""
    state: str = Field(default=OPEN, index=True)
    closed_at: str = ""
    closed_by: str = ""
    reason: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What passed the gate has passed, whatever was cancelled; what passed twice is looked into."""
        when = entry.at[5:16].replace("T", " ")
        match event:
            case Issued() if self.room:
                self.doubted("同一张放行条登记了两次，请核对")
            case Issued():
                for name in type(event).model_fields.keys() & type(self).model_fields.keys():
                    setattr(self, name, getattr(event, name))
            case Passed() if self.state == PASSED:
                self.doubted(f"两处都核对放行了（{when} 又一次），请核对物品")
            case Passed():
                if self.state == CANCELLED:
                    self.doubted(f"作废以后 {when} 又核对放行，请核对物品")
                self.state, self.closed_at, self.closed_by = PASSED, entry.at, entry.by
                self.reason = ""
            case Cancelled() if self.state == OPEN:
                self.state, self.closed_at, self.closed_by, self.reason = CANCELLED, entry.at, entry.by, event.reason
            case Cancelled() if self.state == PASSED:
                self.doubted(f"放行以后 {when} 又登记作废，请核对物品")
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (ReleaseItem,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """The goods, as the slip was first issued."""
        first = next((event for _, event in said if isinstance(event, Issued)), None)
        items = enumerate(first.items) if first else ()
        return [ReleaseItem(owner=self.id, n=n, what=one.what, count=one.count, large=one.large) for n, one in items]

    @classmethod
    def refusal(cls, read: Session, record: "Release | None", event: Event, by: Actor) -> Refused | None:
        """A flat of the register and something to carry; through the gate once, within its time. Nobody asks for arrears."""
        match event:
            case Issued():
                return _refuse_issued(read, event)
            case Passed() if record and (why := why_not(record, fields.wall())):
                return Refused(f"{record.number} {why}")
            case Cancelled() if record and record.state != OPEN:
                return Refused(f"{record.number} 在 {_when(record)} {record.state}，不能作废；还要搬请新开一张")
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """放行条, one copy for the gate and one for the household."""
        if not isinstance(event, Issued):
            return ()
        token, large = QR(f"{self.number}.{check_letters(link)}"), residents.wants_large_print(read, self.room)
        return [visit_slips.release(self, items(read, self), entry, token, by, large)]


def _refuse_issued(read: Session, event: Issued) -> Refused | None:
    if unknown := refuse_place(read, event.room):
        return unknown
    if not event.items:
        return Refused("请写搬的是什么，一样一样写，例如 冰箱，纸箱 12", "items")
    return refuse_window(event.since, event.until, moment_of(fields.wall()), LONGEST, "分几天搬的请分开开放行条")


def _when(record: Release) -> str:
    return record.closed_at[5:16].replace("T", " ")


def why_not(record: Release, now: datetime) -> str:
    """Why goods do not pass on this slip at that moment, with what is possible instead; "" when they do."""
    at = moment_of(now)
    if record.state == PASSED:
        return f"已在 {_when(record)} 核对放行；还有东西要搬请新开一张"
    if record.state == CANCELLED:
        return f"已在 {_when(record)} 作废；还要搬请问住户后新开一张"
    if at > record.until:
        return f"只到 {record.until[5:16].replace('T', ' ')} 有效，已过时间；请问住户后新开一张"
    if at < record.since:
        return f"从 {record.since[5:16].replace('T', ' ')} 起有效，还没到时间；要提前搬请问住户后新开一张"
    return ""


def standing(record: Release, now: datetime) -> str:
    """A slip's state as people say it; one that was not used in its time is 已过期. Computed, never stored."""
    return "已过期" if record.state == OPEN and moment_of(now) > record.until else record.state


def items(read: Session, record: Release) -> Sequence[ReleaseItem]:
    """The goods of a slip, as they were written."""
    return read.exec(select(ReleaseItem).where(ReleaseItem.owner == record.id).order_by(col(ReleaseItem.n))).all()


def goods_of(text: str) -> tuple[Item, ...]:
    """Goods as typed, one after another: `冰箱 大件，纸箱 12，椅子 4把`. Raises ValueError in Chinese."""
    found = []
    for piece in re.split(r"[，,、；;\n]+", china.fold_digits(text)):
        what = re.sub(r"\s*[（(]?大件?[)）]?$", "", piece.strip())
        large = what != piece.strip()
        match = re.fullmatch(r"(.*?\D)\s*[×x*]?\s*(\d{1,3})\s*[个件箱台张把袋辆套只]?", what)
        if what:
            found.append(Item(what=match[1] if match else what, count=int(match[2]) if match else 1, large=large))
    return tuple(found)


def listed(goods: Sequence[ReleaseItem]) -> str:
    """Goods in one line: 冰箱（大件）、纸箱 12."""
    return "、".join(f"{one.what}{f' {one.count}' if one.count > 1 else ''}{'（大件）' if one.large else ''}" for one in goods)
