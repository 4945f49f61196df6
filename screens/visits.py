"""Visitors at the counter and the gate: in by three digits, out by one key, and who has been inside too long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from data.records import Refused
from desk import bookings, fields, find, residents, staff, visits
from desk.bookings import Booking
from desk.china import fold_digits, mask_phone
from desk.visits import Left, SignedOutBySystem, Visit
from screens.ask import Pick
from screens.counter import SHOWN, Counter, Way, hour
from screens.form import Form
from screens.visit_forms import Arrive, GroupOut, StayOver, TurnAway

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk


class Visits(Counter):
    """Who is inside, those too long first; then who else came today."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "turn_away", "不放行", tooltip="没有让进来的访客：记下原因", priority=True)
    ]
    heading = "访客"
    looking_for = "房号 / 称呼 / 车牌 / 单号；扫访客单签离，输预约码放行"
    columns = (("进入", 6), ("到访", 10), ("来访", 10), ("状态", 12))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(30, self.reload)

    def rows(self, read: Session, text: str) -> Sequence[Visit]:
        """Inside first, then the rest of today; with something in the search box, those it means."""
        now = fields.wall()
        if text:
            records, rooms = self.meant(read, text, "visits")
            return visits.meant(read, text, records, rooms, SHOWN)
        inside = sorted(visits.inside(read), key=lambda one: -visits.overstay(one, now))
        today = visits.since(read, f"{now:%Y-%m-%d}", SHOWN)
        return list({one.id: one for one in (*inside, *today)}.values())[:SHOWN]

    def cells(self, record: Any) -> Sequence[str]:
        """When, whom to, who, and whether it is time to go."""
        return record.opened_at[11:16], record.room, visits.called(record), standing(record)

    def detail(self, read: Session, record: Any) -> Text:
        """Everything noted of the visit, by whose leave, and until when."""
        said = Text()
        said.append(f"{record.number}  {standing(record)}\n", "bold")
        owner = residents.owner_name(read, record.room)
        said.append(f"{record.room}{f' {owner}' if owner else ''}\n")
        people = f" {record.headcount} 人" if record.headcount > 1 else ""
        said.append(f"{record.category} · {visits.called(record)}{people}\n")
        said.append(f"确认  {record.confirmed_by}\n" if record.confirmed_by else f"不放行  {record.reason}\n")
        for label, value in (
            ("电话", mask_phone(record.phone)),
            ("车牌", record.plate),
            ("单位", record.company),
            ("备注", record.note),
        ):
            if value:
                said.append(f"{label}  {value}\n")
        said.append(f"登记  {hour(record.opened_at)} {staff.names(read).get(record.opened_by, '')}\n")
        until = visits.due(record)
        if record.state == visits.INSIDE:
            night = "（留宿，住户已知）" if record.stays else ""
            said.append(f"应离  {hour(until.isoformat()) if until else '不限时'}{night}\n\n")
            said.append("F9 签离\n", "bold")
        elif record.state == visits.LEFT:
            said.append(f"离开  {hour(record.left_at)}\n")
        elif record.state == visits.SIGNED_OUT:
            said.append("离开时间不详（系统签离）\n")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """A visitor at the gate, to the room in the search box if one stands there."""
        return Arrive(room or self.room_typed())

    def entered(self, text: str) -> None:
        """A slip signs its visitor out, a code lets its guest in; anything else goes to the list."""
        typed = fold_digits(text).upper()
        if number := find.NUMBER.fullmatch(typed):
            self.scanned(number[1])
        elif re.fullmatch(r"\d{4}", typed):
            self.said_code(typed)
        else:
            super().entered(text)

    def scanned(self, number: str) -> None:
        """Sign out whom a slip belongs to; who is out already stays out, and that is said."""
        with self.desk.store.read() as read:
            visit = visits.by_number(read, number)
        if visit is None:
            self.lead_on(number)
            return
        try:
            done = sign_out(self.desk, visit.id)
        except Refused as refused:
            self.desk.turn_down(refused)
        else:
            self.said(done)
        self.mark(visit.id)

    @work
    async def lead_on(self, number: str) -> None:
        """A slip of leave or of goods is looked at where those are; any other number goes to the list."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            found = [one for one in find.search(read, number, self.desk.actor) if one.place == "access"]
        if not found:
            self.table.focus()
            return
        self.query_one("#find", Input).value = ""
        await self.app.switch_mode("access")
        assert isinstance(self.app.screen, Counter)
        self.app.screen.mark(found[0].record)

    @work
    async def said_code(self, code: str) -> None:
        """Let in the guest with that code; where it is none, the digits were the end of something else."""
        with self.desk.store.read() as read:
            booking = bookings.by_code(read, code)
        if booking is None:
            if not self.listed:
                self.notify(bookings.UNKNOWN.format(code), severity="warning")
            self.table.focus()
            return
        done = await arrive_booked(self.desk, booking)
        if done:
            self.said(done)
            self.mark(done.record.id)

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """Leave for longer, for once, for goods and for nobody; then what is done about the marked one."""
        from screens.access import INQUIRY, openable

        sorts = [sort for sort in openable(self.post) if sort != INQUIRY]
        ways: list[tuple[str, Way]] = [*((sort, self.beginning(sort)) for sort in sorts), ("看出入授权", self.go)]
        if record is not None and record.state == visits.INSIDE:
            ways.append(("留宿（住户已知）", lambda: self.app.push_screen_wait(StayOver(record))))
            if record.headcount > 1:
                ways.append(("签离并更正人数", lambda: self.app.push_screen_wait(GroupOut(record))))
        if self.post in staff.SUPERVISION:
            ways.append(("主管：系统签离、调取登记", self.supervise))
        return ways

    def beginning(self, sort: str) -> Way:
        """The way that opens one of the sorts of 出入授权, for the room in the search box or of the marked visit."""

        async def way() -> None:
            from screens.access import begin

            marked = self.marked()
            await begin(self.desk, sort, self.room_typed() or (marked.room if marked and marked.room != visits.OFFICE else ""))

        return way

    async def go(self) -> None:
        """To the list of who and what may pass."""
        await self.app.switch_mode("access")

    async def supervise(self) -> Done | None:
        """What only the supervisor does here."""
        from screens.access import INQUIRY

        what = await self.app.push_screen_wait(Pick("主管", ("系统签离（逐个确认）", INQUIRY)))
        if what == 0:
            await self.sweep()
        elif what == 1:
            await self.beginning(INQUIRY)()
        return None

    async def sweep(self) -> None:
        """One by one, those of earlier days whom nobody saw leaving; when they left is not made up."""
        with self.desk.store.read() as read:
            left = visits.left_over(read, fields.wall())
        if not left:
            self.notify("没有过夜没签离的访客")
            return
        for n, visit in enumerate(left, 1):
            question = f"{n}/{len(left)}  {visit.number} {visit.room} {visits.called(visit)}  {hour(visit.opened_at)} 进"
            answers = ("没人看到离开：系统签离", "还在里面：先不动", "住户已知：留宿")
            answer = await self.app.push_screen_wait(Pick(question, answers))
            if answer is None:
                return
            try:
                if answer == 0:
                    self.desk.act(SignedOutBySystem(), visit.id)
                elif answer == 2:
                    await self.app.push_screen_wait(StayOver(visit))
            except Refused as refused:  # another desk was quicker
                self.desk.turn_down(refused)
        self.notify("过夜的访客都看过了")

    async def next_step(self, record: Any) -> Done | None:
        """Out; who is out already stays out."""
        if visits.next_step(record) is None:
            self.notify(f"{record.number} {record.state}，不用签离")
            return None
        try:
            return sign_out(self.desk, record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    def said(self, done: Done) -> None:
        """Say who is in, out or turned away."""
        record = done.record
        assert isinstance(record, Visit)
        word = {visits.INSIDE: "已放行", visits.LEFT: "已签离"}.get(record.state, record.state)
        word = "留宿" if done.entry.kind == visits.StayedOver.kind else word
        self.notify(f"{word} {record.number} {visits.called(record)}", markup=False)

    @work
    async def action_turn_away(self) -> None:
        """Note who was not let in."""
        if not self.is_current:
            return
        done = await self.app.push_screen_wait(TurnAway(self.room_typed()))
        if done:
            self.said(done)
            self.mark(done.record.id)


def standing(record: Visit) -> str:
    """A visit's state as the list says it: `! 超时 +52分` for who has been inside too long."""
    beyond = visits.overstay(record, fields.wall())
    if not beyond:
        return record.state
    return f"! 超时 +{beyond}分" if beyond < 100 else f"! 超时 +{beyond // 60}时"


def sign_out(app: FrontDesk, visit: str) -> Done:
    """A visitor was seen leaving. Raises Refused."""
    return app.act(Left(), visit)


async def arrive_for(app: FrontDesk, room: str) -> Done | None:
    """Let a visitor in to a household; runs in a worker."""
    return await app.push_screen_wait(Arrive(room))


async def arrive_booked(app: FrontDesk, booking: Booking) -> Done | None:
    """Let in the guest of a booking, or say why its code opens nothing now; runs in a worker."""
    if why := bookings.why_not(booking, fields.wall()):
        app.notify(f"预约码 {booking.code} {why}", severity="warning", markup=False)
        return None
    return await app.push_screen_wait(Arrive(booking=booking))


async def arrive_for_code(app: FrontDesk, booking: str) -> Done | None:
    """Let in the guest of the booking of that id; runs in a worker."""
    with app.store.read() as read:
        found = read.get(Booking, booking)
    return await arrive_booked(app, found) if found else None
