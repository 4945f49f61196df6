"""The drawer's shifts on the glass: opened, counted blind, closed under a Z, handed over, and the day's books closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from data.records import Record, Refused
from desk import days, handovers, shifts, staff
from desk.days import Day, DayClosed
from desk.figures import figures
from desk.handovers import Handover
from desk.money import yuan
from desk.paper import slips_of
from desk.rules import rules
from desk.shift_slips import x_report
from desk.shifts import CashMoved, Shift, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened
from screens.ask import Ask, Pick
from screens.counter import SHOWN, Counter, hour
from screens.counting import Count, Open
from screens.form import Form
from screens.shift_forms import Banked, Close, HandOver, Move
from screens.shift_told import SAID, called, named, standing, step, told
from screens.slips import Printed, Slips

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from printers.slip import Slip

LISTED = 100
"""Shifts a list shows."""

FOR_MONEY = ("new", "next", "cash", "x_report", "day")
"""Keys that a guard is not shown."""


class Report(Printed):
    """The X report as it would be printed; F12 prints it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f12", "print", "打印", tooltip="打印这张；不清零，不影响结班")]

    def __init__(self, slip: Slip, shift: Shift) -> None:
        super().__init__(slip, shift, "X 报表已送去打印")


class Shifts(Counter):
    """This drawer's shifts with the handings over and closed days between them, newest first.

    Where somebody sees no money there are only the handings over.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "new", "开班", tooltip="点备用金开班；正在盘点时重新盘点"),
        Binding("f9", "next", "下一步", tooltip="盘点、结班、登记银行回单，做到哪一步就接着哪一步"),
        Binding("ctrl+e", "hand_over", "交接单", tooltip="接班人输密码，打印交接单", priority=True),
        Binding("ctrl+o", "cash", "现金出入", tooltip="找零补充、解款、备用金支取，打印现金出入单", priority=True),
        Binding("ctrl+x", "x_report", "X报表", tooltip="这一班到现在的收款；先看后打，不清零", priority=True),
        Binding("ctrl+y", "day", "日结", tooltip="一天的班都结了，打印收费日报和现金日记账", priority=True),
    ]
    looking_for = "单号 / 日期 / 姓名"
    columns = (("单号", 8), ("时间", 12), ("经办", 8), ("状态", 12))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(60, self.tick)

    def on_screen_resume(self) -> None:
        """Somebody else may be logged in now, with other keys."""
        self.refresh_bindings()

    def tick(self) -> None:
        """The list of whoever is logged in; nobody's where nobody is."""
        if self.desk.actor is not None:
            self.reload()

    @property
    def sees_money(self) -> bool:
        """Whether whoever is logged in is shown any."""
        return self.desk.actor is not None and staff.sees_money(self.desk.actor)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A guard hands over and prints that again; the drawer is not theirs."""
        return self.sees_money or action not in FOR_MONEY

    # ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, read: Session, text: str) -> Sequence[Record]:
        """The open shift, then everything by its time; with something in the search box, what says it."""
        actor = self.desk.actor
        if actor is None:
            return []
        self.people = staff.names(read)
        self.hours = rules(read).shift_hours
        found: list[Record] = list(handovers.recent(read, LISTED))
        if staff.sees_money(actor):
            drawer = shifts.drawer_of(read)
            found += [one for one in shifts.recent(read, actor, SHOWN) if one.drawer == drawer][:LISTED]
            found += [one for one in days.recent(read, actor, LISTED) if one.drawer == drawer]
        found.sort(key=lambda one: (isinstance(one, Shift) and one.state != shifts.CLOSED, one.opened_at), reverse=True)
        return [one for one in found if text.upper() in " ".join((*self.cells(one), one.number, called(one)))]

    def reload(self) -> None:
        """Whoever sees no money is shown handings over, and told so."""
        self.table.border_title = "班次" if self.sees_money else "交接"
        super().reload()

    def cells(self, record: Any) -> Sequence[str]:
        """What people say for it, when, who, and what is so of it."""
        who = named(self.people, record.opened_by)
        match record:
            case Handover():
                return record.number, hour(record.opened_at), who, f"交 {named(self.people, record.taken_by)}"
            case Day():
                return "日结", record.date, who, yuan(record.taken)
        return called(record), hour(record.opened_at), who, standing(record, self.hours)

    def show(self) -> None:
        """An empty list says what to do first."""
        super().show()
        if self.marked() is None and not self.query_one("#find", Input).value:
            self.query_one("#detail", Static).update(
                "还没有开过班。F8 开班" if self.sees_money else "还没有交接过。Ctrl+E 交接单"
            )

    def detail(self, read: Session, record: Any) -> Text:
        """What is so of it."""
        return told(read, record, self.people)

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def opened(self) -> Shift | None:
        """This drawer's shift that is not closed, or None."""
        with self.desk.store.read() as read:
            return shifts.open_shift(read)

    def new_form(self, room: str = "") -> Form | None:
        """A shift is opened; one that is being counted is counted again."""
        if not self.may(ShiftOpened):
            return None
        shift = self.opened()
        if shift is None:
            return Open()
        if shift.state == shifts.COUNTING:
            return self.count(shift)
        self.notify("这一班还开着；要结班请按 F9")
        return None

    def count(self, shift: Shift) -> Count:
        """The blind count of a shift."""
        with self.desk.store.read() as read:
            return Count(shift, figures(read, shift.id).other_tenders)

    async def next_step(self, record: Any) -> Done | None:
        """Go on where the record says: count, close, hand over; or the bank's slip."""
        if not isinstance(record, Shift) or step(record) is None:
            self.notify("这一条没有下一步；开班按 F8" if self.opened() is None else "请选正在进行的那一班再按 F9")
            return None
        if not self.may(ShiftClosed):
            return None
        if step(record) is ShiftBanked:
            return await self.app.push_screen_wait(Banked(record))
        done = await self.to_close(record)
        if done:
            self.said(done)
            self.mark(record.id)
            if await self.app.push_screen_wait(Pick("已结班。现在签交接单吗？", ("现在交接", "以后"))) == 0:
                return await self.app.push_screen_wait(HandOver())
        return None

    async def to_close(self, shift: Shift) -> Done | None:
        """Count what was not counted, then close; a shift in which nothing moved is closed at once."""
        if shift.state == shifts.ON:
            with self.desk.store.read() as read:
                moved = figures(read, shift.id).moved
            if not moved:
                return await self.close_unmoved(shift)
            counted = await self.app.push_screen_wait(self.count(shift))
            if counted is None:
                return None
            self.said(counted)
            assert isinstance(counted.record, Shift)
            shift = counted.record
        return await self.app.push_screen_wait(Close(shift))

    async def close_unmoved(self, shift: Shift) -> Done | None:
        """One question, and the Z."""
        question = f"这一班没有收付款，备用金 ￥{yuan(shift.float_fen)} 原样留在钱箱。结班吗？"
        if not await self.app.push_screen_wait(Ask(question, "结班", "返回")):
            return None
        try:
            return self.desk.act(ShiftClosed(), shift.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    def said(self, done: Done) -> None:
        """Say what became of it."""
        record = done.record
        match record:
            case Handover():
                taker = self.people.get(record.taken_by, "接班人")
                self.notify(f"已交接 {record.number}；请{taker}按 Ctrl+L 登录", markup=False)
            case Day():
                self.notify(f"{record.date} 已日结，收费日报正在打印")
            case Shift():
                self.notify(SAID[done.entry.kind].format(called(record)))

    @work
    async def action_cash(self) -> None:
        """Cash in or out."""
        if not self.is_current or not self.may(CashMoved):
            return
        shift = self.opened()
        if shift is None:
            self.notify("还没有开班，请先按 F8 开班", severity="warning")
        elif done := await self.app.push_screen_wait(Move(shift)):
            self.said(done)
            self.mark(shift.id)

    def action_x_report(self) -> None:
        """Show what the open shift comes to so far; it may be printed from there."""
        actor, shift = self.desk.actor, self.opened()
        if not self.is_current or actor is None or not self.may(ShiftCounted):
            return
        if shift is None:
            self.notify("没有开着的班；结了的班按 F12 看 Z 报表", severity="warning")
            return
        try:
            with self.desk.store.read() as read:
                slip = x_report(read, shift, actor)
        except Refused as refused:
            self.desk.turn_down(refused)
        else:
            self.app.push_screen(Report(slip, shift))

    @work
    async def action_hand_over(self) -> None:
        """The sheet that both sign."""
        if not self.is_current or self.desk.actor is None:
            return
        done = await self.app.push_screen_wait(HandOver())
        if done:
            self.said(done)
            self.mark(done.record.id)

    @work
    async def action_day(self) -> None:
        """Close the books of a day whose shifts are all closed."""
        if not self.is_current or not self.may(DayClosed):
            return
        with self.desk.store.read() as read:
            waiting, shift = days.unclosed(read), shifts.open_shift(read)
        if not waiting:
            self.notify("请先按 F9 结班，再日结" if shift else "没有要日结的日子", severity="warning")
            return
        which = await self.app.push_screen_wait(Pick("日结哪一天？", waiting)) if len(waiting) > 1 else 0
        if which is None:
            return
        date = waiting[which]
        question = f"日结 {date}：打印收费日报和现金日记账。之后再开的班算下一天。"
        if not await self.app.push_screen_wait(Ask(question, "日结", "返回")):
            return
        try:
            with self.desk.store.read() as read:
                event = days.closing(read, date)
            done = self.desk.act(event)
        except Refused as refused:
            self.desk.turn_down(refused)
        else:
            self.said(done)
            self.mark(done.record.id)

    def action_paper(self) -> None:
        """Show the slips of the marked record; a sheet with money on it is not a guard's to print."""
        record, actor = self.marked(), self.desk.actor
        if record is None or actor is None:
            return
        if not self.sees_money and not self.desk.store.look(lambda db: slips_of(db, record.id, actor)):
            self.notify("这张交接单上有收费内容，请收费员或主管来补打", severity="warning")
            return
        self.app.push_screen(Slips(record.id, called(record)))
