"""Who and what may pass (出入授权): standing permissions, bookings, slips of goods, refuse lists, inquiries, in one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import work

from data.records import Event, Record, Refused
from desk import access, barrings, bookings, fields, inquiries, permits, releases, residents, staff
from desk.barrings import Barred, Barring, Lifted
from desk.bookings import Booked, Booking
from desk.inquiries import Inquiry, Opened
from desk.permits import Granted, Permit
from desk.releases import Issued, Release
from screens.access_forms import (
    Bar,
    Book,
    CancelBooking,
    CancelRelease,
    CloseInquiry,
    EndPermit,
    Grant,
    Inquire,
    Issue,
    Leave,
    Lift,
    Pass,
)  # fmt: skip
from screens.ask import Pick
from screens.counter import Counter, Way, hour
from screens.visit_forms import Arrive

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk

INQUIRY = "调取登记"
SORTS: Mapping[str, tuple[type[Event], type[Leave]]] = {
    "预约": (Booked, Book),
    "长期授权": (Granted, Grant),
    "放行条": (Issued, Issue),
    "不放行名单": (Barred, Bar),
    INQUIRY: (Opened, Inquire),
}
"""What can be opened, by digit: its event and its form."""

SHORT: Mapping[type[Record], str] = {Booking: "预约", Permit: "授权", Release: "放行条", Barring: "不放行", Inquiry: "调取"}


class Access(Counter):
    """What holds now: who is expected, what may be carried out, whom households let in, whom they do not; then the rest."""

    heading = "出入授权"
    looking_for = "房号 / 称呼 / 车牌 / 预约码 / 单号 / 类别"
    columns = (("类别", 6), ("房号", 10), ("谁 · 什么", 14), ("状态", 8))

    def rows(self, read: Session, text: str) -> Sequence[Record]:
        """What holds; with something in the search box, those it means, also what is over."""
        assert self.desk.actor is not None
        if not text:
            return access.standing(read, fields.wall(), self.desk.actor)
        records, rooms = self.meant(read, text, "access")
        sorts = [kind for kind, word in SHORT.items() if text in word or text in access.NAMES[kind]]
        return access.meant(read, text, records, rooms, sorts, self.desk.actor)

    def cells(self, record: Any) -> Sequence[str]:
        """What it is, where, who or what, and whether it holds now."""
        room = "" if isinstance(record, Inquiry) else record.room or "全小区"
        return SHORT[type(record)], room, access.called(record), access.state(record, fields.wall())

    def detail(self, read: Session, record: Any) -> Text:
        """Everything noted of it, and what comes next."""
        assert self.desk.actor is not None
        said = Text()
        said.append(f"{record.number}  {access.NAMES[type(record)]}  {access.state(record, fields.wall())}\n", "bold")
        room = getattr(record, "room", "")
        owner = residents.owner_name(read, room) if room else ""
        for label, value in (("房号", f"{room} {owner}".rstrip()), *access.told(read, record)):
            if value:
                said.append(f"{label}  {value}\n")
        people = staff.names(read)
        said.append(f"登记  {hour(record.opened_at)} {people.get(record.opened_by, '其他前台')}\n")
        if record.closed_at:
            said.append(f"{record.state}  {hour(record.closed_at)} {people.get(record.closed_by, '其他前台')}\n")
        elif step := STEPS.get(type(record)):
            said.append(f"\nF9 {step}   Ctrl+O 其他\n", "bold")
        return said

    @work
    async def action_new(self) -> None:
        """One of the sorts, for the room in the search box."""
        if not self.is_current:
            return
        sorts = openable(self.post)
        sort = await self.app.push_screen_wait(Pick("登记什么", sorts))
        if sort is None:
            return
        done = await begin(self.desk, sorts[sort], self.room_typed())
        if done:
            self.mark(done.record.id)

    async def next_step(self, record: Any) -> Done | None:
        """Let them in, let it pass, lift it, or end the matter; what does not hold says why."""
        if why := access.why_not(record, fields.wall()):
            self.desk.turn_down(Refused(f"{record.number} {why}"))
            return None
        match record:
            case Permit():
                return await self.app.push_screen_wait(Arrive(record.room, permit=record))
            case Booking():
                return await self.app.push_screen_wait(Arrive(booking=record))
            case Barring():
                return await self.ask(Lifted, Lift(record, barrings.whom(record)))
            case Inquiry():
                return await self.ask(inquiries.Closed, CloseInquiry(record, f"{record.unit} {record.document}"))
        with self.desk.store.read() as read:
            goods = releases.listed(releases.items(read, record))
        return await self.app.push_screen_wait(Pass(record, f"{record.way}：{goods}"))

    async def ask(self, event: type[Event], form: Any) -> Done | None:
        """Await a form, if this post may do what it is for."""
        return await self.app.push_screen_wait(form) if self.may(event) else None

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """Take back what holds; the whole story of a refuse list, for those who may read it."""
        ways: list[tuple[str, Way]] = []
        match record:
            case Permit() if record.state == permits.ACTIVE:
                ways = [("终止授权", lambda: self.ask(permits.Ended, EndPermit(record, permits.called(record))))]
            case Booking() if record.state == bookings.BOOKED:
                about = f"{record.code} {access.called(record)}"
                ways = [("取消预约", lambda: self.ask(bookings.Cancelled, CancelBooking(record, about)))]
            case Release() if record.state == releases.OPEN:
                ways = [("作废放行条", lambda: self.ask(releases.Cancelled, CancelRelease(record, record.way)))]
            case Barring():
                ways = [("看详细原因", lambda: self.tell(record))]
        return ways

    async def tell(self, record: Barring) -> None:
        """Say why, to the supervisor alone."""
        assert self.desk.actor is not None
        try:
            self.notify(barrings.full_reason(record, self.desk.actor) or "没有写详细原因", markup=False)
        except Refused as refused:
            self.desk.turn_down(refused)

    def said(self, done: Done) -> None:
        """Say what became of it."""
        tell(self.desk, done)


STEPS: Mapping[type[Record], str] = {
    Booking: "报码放行", Permit: "登记来访", Release: "核对放行", Barring: "撤销", Inquiry: "办结"
}  # fmt: skip
"""What F9 does with each."""


def tell(app: FrontDesk, done: Done) -> None:
    """Say what was kept; a code is said as it is told to the guest."""
    record = done.record
    code = f"，预约码 {record.code}，请告诉客人" if isinstance(record, Booking) and record.state == bookings.BOOKED else ""
    app.notify(f"已保存 {record.number}{code}", markup=False)


def openable(post: str) -> list[str]:
    """Which of SORTS somebody of that post opens."""
    return [sort for sort, (event, _) in SORTS.items() if post in event.roles]


async def begin(app: FrontDesk, sort: str, room: str = "") -> Done | None:
    """Open one of SORTS for a room, and say so; runs in a worker."""
    done = await app.push_screen_wait(SORTS[sort][1](room))
    if done:
        tell(app, done)
    return done
