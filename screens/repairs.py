"""Repairs at the counter: reported in a few digits, then dispatched, arrived, finished, asked after, urged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from data.records import Event, Refused
from desk import repair_charges, repair_follow, repair_lists, repair_times, repairs, workers
from desk.fields import is_public, moment_of
from desk.repair_charges import QUOTE
from desk.repair_events import (
    Assigned,
    CallMissed,
    Cancelled,
    Charged,
    ChargeWaived,
    Finished,
    QuoteAgreed,
    Quoted,
    QuoteDeclined,
    Rated,
    Reported,
    Resumed,
    Returned,
    Suspended,
    Transferred,
    Urged,
    WorkerArrived,
)
from desk.repair_lines import written
from desk.repair_states import AGREED, CALLS, CHARGES, CLOSED, FINISHED, OPEN, QUOTED, REGISTERED, STEPS, TRANSFERRED
from desk.repairs import Repair
from desk.rules import rules
from screens.ask import Pick
from screens.counter import SHOWN, Counter, Way
from screens.form import Form
from screens.repair_calls import Close, Rate
from screens.repair_forms import Redo, Report, numbers
from screens.repair_quotes import Agree, Bill, Decline, GiveUp, Quote
from screens.repair_steps import Arrive, Assign, Cancel, Finish, GiveBack, PassOn, PutOff, Urge
from screens.repair_told import told
from screens.repair_workers import duty

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk

About = Callable[[Repair], Form]
"""A form about a repair."""

FORMS: dict[type[Event], tuple[str, About]] = {
    Returned: ("退单", GiveBack), Suspended: ("挂起", PutOff), Transferred: ("转办", PassOn), Quoted: ("报价", Quote),
    QuoteAgreed: ("报价已签字", Agree), QuoteDeclined: ("不同意报价", Decline), Charged: ("维修费入账", Bill),
    ChargeWaived: ("不收维修费", GiveUp), Rated: ("补登评价", Rate),
}  # fmt: skip
"""What is under Ctrl+O beside the steps that have keys: what each is called, and its form."""


class Repairs(Counter):
    """What is to be repaired, most urgent first; then what waits for a call back; then the rest, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+u", "urge", "催办", tooltip="住户又来问：记一次催办", priority=True),
        Binding("ctrl+d", "cancel", "取消", tooltip="不修了：写明原因，单号保留", priority=True),
    ]
    heading = "报修"
    looking_for = "房号 / 单号 / 姓名 / 问题；或 待回访 未评价 挂起 超时"
    columns = (("单号", 8), ("房号", 10), ("事项", 12), ("状态", 8))
    days = 0

    def rows(self, read: Session, text: str) -> Sequence[Repair]:
        """Open ones first; with something in the search box, those it means, or the queue of that name."""
        self.days = rules(read).auto_close_days
        assert self.desk.actor is not None
        if text in repair_lists.queues(self.desk.actor):
            return repair_lists.QUEUES[text](read, SHOWN)
        if text:
            return repair_lists.matching(read, text, *self.meant(read, text, "repairs"), SHOWN)
        return repair_lists.listed(read, SHOWN)

    def cells(self, record: Any) -> Sequence[str]:
        """Number, place, what, state with a mark when a promise was broken or it came back by itself."""
        now = self.desk.now()
        minute = moment_of(now)
        state = repair_times.work_state(record, minute)
        if repair_follow.closed_alone(record, now, self.days):
            state = "自动关闭"
        marked = repair_times.late(record, minute) or repair_times.is_back(record, minute)
        return record.number, record.room, record.problem, f"{'!' if marked else ''}{state}"

    def detail(self, read: Session, record: Any) -> Text:
        """Everything said of it, and by when what was promised."""
        assert self.desk.actor is not None
        return told(read, record, self.desk.actor, self.desk.now())

    def mark(self, record: str) -> None:
        """Put the mark on a record; one that just left the queue that is worked off does not end the queue."""
        with self.desk.store.read() as read:
            known = read.get(Repair, record)
        queued = self.query_one("#find", Input).value.strip() in repair_lists.QUEUES
        if queued and record not in self.listed and known is not None and known.state != REGISTERED:
            return
        super().mark(record)

    def new_form(self, room: str = "") -> Form | None:
        """A new report."""
        return Report(room)

    async def next_step(self, record: Any) -> Done | None:
        """Dispatch, arrival, end of work, call back: whichever is next."""
        step = repairs.next_step(record, self.desk.now())
        if step is None:
            self.notify(f"{record.number} 已经了结；又坏了请按 F8 新登记，没修好按 Ctrl+O 返修")
            return None
        if not self.may(step):
            return None
        if step is Assigned:
            return await self.assign(record)
        if step is WorkerArrived:
            ways = ("师傅已到场", "改派别的师傅", "师傅退单", "挂起")
            answer = await self.app.push_screen_wait(Pick(f"{record.number}  {record.worker}", ways))
            if answer == 1:
                return await self.assign(record)
            forms: dict[int | None, About] = {0: Arrive, 2: GiveBack, 3: PutOff}
            return await self.push(forms[answer], record) if answer in forms else None
        if step is Resumed:
            answer = await self.app.push_screen_wait(
                Pick(f"{record.number}  {record.hold}", ("等到了，恢复派工", "改重启日期"))
            )
            return self.done(Resumed(), record) if answer == 0 else await self.push(PutOff, record) if answer else None
        return await self.push(Finish if step is Finished else Close, record)

    def done(self, event: Event, record: Repair) -> Done | None:
        """Do what needs no form; says why where it is refused."""
        try:
            return self.desk.act(event, record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    async def push(self, form: About, record: Repair) -> Done | None:
        """Await a form about a repair, with the quote where it starts from one."""
        assert self.desk.actor is not None
        if form is not Finish and form is not Quote:
            return await self.app.push_screen_wait(form(record))
        with self.desk.store.read() as read:
            quote = written(repair_charges.lines_of(read, record.id, QUOTE, self.desk.actor))
        if form is Quote:
            return await self.app.push_screen_wait(Quote(record, quote))
        return await self.app.push_screen_wait(Finish(record, quote if record.charge == AGREED else ""))

    async def assign(self, record: Repair) -> Done | None:
        """Send somebody: those on duty who do this stand first, then those sent lately."""
        with self.desk.store.read() as read:
            on_duty = workers.for_trade(read, record.category)
            sent = [one for one in repairs.recent(read) if one.worker]
            ring = numbers(read, record.category, self.desk.actor) if record.urgency == "特急" else []
        known = {one.name: one.phone for one in on_duty}
        for one in sorted(sent, key=lambda one: one.assigned_at, reverse=True):
            known.setdefault(one.worker, one.worker_phone)
        said = f"\n在班 {len(on_duty)} 位" if on_duty else "\n没有人登记在班（Ctrl+O 师傅值班），可以直接写姓名"
        said = f"\n! 先打电话：{'、'.join(f'{name} {phone}' for name, phone in ring[:2])}" if ring else said
        return await self.app.push_screen_wait(Assign(record, known, said))

    # ── what else can be done ──────────────────────────────────────────────────────────────────────────────────────

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """What its three states allow, mended again, what belongs to it; then the queues and who is on duty."""
        ways = self.possible(record) if record is not None else []
        ways.append(("只看…", self.queue))
        if self.post in Assigned.roles:
            ways.append(("师傅值班", self.duty))
        return ways

    def possible(self, record: Repair) -> list[tuple[str, Way]]:
        """The steps of a repair that have no key of their own."""
        state = repair_times.work_state(record, moment_of(self.desk.now()))
        now = {**{step: state for step in STEPS}, **{step: record.charge for step in CHARGES}}
        allowed = {**STEPS, **CHARGES, **CALLS}
        ways: list[tuple[str, Way]] = []
        for event, (word, form) in FORMS.items():
            if self.post not in event.roles or now.get(event, record.follow) not in allowed[event][0]:
                continue
            if event is Quoted and (state not in OPEN or record.redo_of or is_public(record.room)):
                continue
            word = "改报价" if event is Quoted and record.charge in (QUOTED, AGREED) else word
            ways.append((word, lambda form=form: self.push(form, record)))  # type: ignore[misc]
        if record.follow in CALLS[CallMissed][0] and self.post in CallMissed.roles:
            ways.append(("回访没人接", lambda: self.at_once(CallMissed(), record)))
        if state == TRANSFERRED and self.post in Assigned.roles:
            ways.append(("收回自己派", lambda: self.assign(record)))
        if state in (FINISHED, CLOSED) and self.post in Reported.roles:
            ways.append(("返修", lambda: self.push(Redo, record)))
        return ways

    async def at_once(self, event: Event, record: Repair) -> Done | None:
        """What needs no form, as a way."""
        return self.done(event, record)

    async def duty(self) -> None:
        """Who is on duty."""
        await duty(self.desk)

    async def queue(self) -> None:
        """Show one of the queues; its word stands in the search box, and Esc shows all again."""
        assert self.desk.actor is not None
        words = repair_lists.queues(self.desk.actor)
        answer = await self.app.push_screen_wait(Pick("只看哪些？（Esc 看全部）", words))
        box = self.query_one("#find", Input)
        box.value = words[answer] if answer is not None else ""
        box.focus()

    @work
    async def action_urge(self) -> None:
        """One more 催办 of the marked repair."""
        await self.ask(Urged, Urge)

    @work
    async def action_cancel(self) -> None:
        """The marked repair is not to be done."""
        await self.ask(Cancelled, Cancel)

    async def ask(self, event: type[Event], form: type[Urge | Cancel]) -> None:
        """Await a form about the marked repair, if it is still open."""
        record = self.marked()
        if record is None or not self.is_current or not self.may(event):
            return
        if record.state not in OPEN:
            self.notify(f"{record.number} {record.state}，不能再{STEPS[event][2]}", severity="warning")
            return
        done = await self.app.push_screen_wait(form(record))
        if done:
            self.said(done)
            self.mark(record.id)


def urge(app: FrontDesk, repair: str) -> Done:
    """Note that a household asked again. Raises Refused."""
    return app.act(Urged(), repair)


async def report_for(app: FrontDesk, room: str) -> Done | None:
    """A household's repairs: urge one that is open, or report another; runs in a worker."""
    with app.store.read() as read:
        waiting = repairs.open_repairs(read, room)
    if waiting:
        answers = [f"催办 {one.number} {one.problem} {one.state}" for one in waiting[:8]]
        answer = await app.push_screen_wait(Pick(f"{room} 有 {len(waiting)} 单报修没完", (*answers, "新报修")))
        if answer is None:
            return None
        if answer < len(answers):
            try:
                return urge(app, waiting[answer].id)
            except Refused as refused:
                app.turn_down(refused)
                return None
    return await app.push_screen_wait(Report(room))
