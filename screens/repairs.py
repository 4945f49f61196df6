"""Repairs at the counter: reported in a few digits, then dispatched, arrived, finished, asked after, urged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType

from data.records import Event, Refused
from desk import repairs, residents, staff
from desk.china import mask_phone
from desk.repair_slips import CARE_WORDS
from desk.repairs import Assigned, Cancelled, Finished, Repair, Urged, WorkerArrived
from screens.ask import Pick
from screens.counter import SHOWN, Counter, hour
from screens.form import Form
from screens.repair_forms import RATINGS, Arrive, Assign, Cancel, Close, Finish, Report, Urge

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk


class Repairs(Counter):
    """What is to be repaired, most urgent first; then what waits for a call back; then the rest, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+u", "urge", "催办", tooltip="住户又来问：记一次催办", priority=True),
        Binding("ctrl+d", "cancel", "取消", tooltip="不修了：写明原因，单号保留", priority=True),
    ]
    heading = "报修"
    looking_for = "房号 / 单号 / 姓名 / 问题"
    columns = (("单号", 8), ("房号", 10), ("事项", 12), ("状态", 8))

    def rows(self, read: Session, text: str) -> Sequence[Repair]:
        """Open ones first; with something in the search box, those it means."""
        recent = repairs.recent(read)
        if text:
            records, rooms = self.meant(read, text, "repairs")
            return [
                one
                for one in recent
                if one.id in records or one.room in rooms or text in f"{one.room} {one.problem} {one.reporter} {one.worker}"
            ]
        finished = [one for one in recent if one.state == repairs.FINISHED]
        listed = {one.id: one for one in (*repairs.open_repairs(read), *finished, *recent)}
        return list(listed.values())[:SHOWN]

    def cells(self, record: Any) -> Sequence[str]:
        """Number, place, what, state with a mark when a promise was broken."""
        return record.number, record.room, record.problem, f"{'!' if late(record) else ''}{record.state}"

    def detail(self, read: Session, record: Any) -> Text:
        """Everything said of it, and by when what was promised."""
        said = Text()
        said.append(f"{record.number}  {record.state}", "bold")
        if broken := late(record):
            said.append(f"  ! {broken}", "bold reverse")
        said.append(f"\n{record.room}\n{record.category} · {record.problem}\n")
        said.append(f"紧急  {record.urgency}{f'  催办 {record.urged} 次' if record.urged else ''}\n")
        said.append(f"报修  {record.reporter} {mask_phone(record.phone)}\n")
        if record.when_home:
            said.append(f"在家  {record.when_home}\n")
        said.append(f"登记  {hour(record.opened_at)} {record.channel} {staff.names(read).get(record.opened_by, '')}\n")
        for label, promise in (("到场", record.promised_arrive), ("修好", record.promised_done)):
            if promise and record.state in repairs.OPEN:
                said.append(f"承诺  {hour(promise)} 前{label}\n")
        if record.worker:
            said.append(f"师傅  {record.worker} {mask_phone(record.worker_phone)}\n派工  {hour(record.assigned_at)}\n")
        if record.arrived_at:
            said.append(f"到场  {hour(record.arrived_at)}\n")
        if record.finished_at:
            said.append(f"完工  {hour(record.finished_at)} {record.result}\n")
        if record.state == repairs.CLOSED:
            rating = RATINGS[record.rating - 1] if record.rating else RATINGS[5]
            said.append(f"回访  {rating} {record.comment}\n")
        if record.reason:
            said.append(f"取消  {record.reason}\n")
        step = repairs.next_step(record)
        if step:
            said.append(f"\nF9 {repairs.STEPS[step][2]}\n", "bold")
        flags = {flag for _, person in residents.household(read, record.room) for flag in person.care.split(",")}
        for flag, minded in CARE_WORDS.items():
            said.append(f"♥ {minded}\n" if flag in flags else "")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """A new report."""
        return Report(room)

    async def next_step(self, record: Any) -> Done | None:
        """Dispatch, arrival, end of work, call back: whichever is next."""
        step = repairs.next_step(record)
        if step is None:
            self.notify(f"{record.number} 已经了结；又坏了请按 F8 新登记")
            return None
        if not self.may(step):
            return None
        if step is Assigned:
            return await self.app.push_screen_wait(Assign(record, self.sent_lately()))
        if step is WorkerArrived:
            answer = await self.app.push_screen_wait(Pick(f"{record.number}  {record.worker}", ("师傅已到场", "改派别的师傅")))
            if answer is None:
                return None
            return await self.app.push_screen_wait(Assign(record, self.sent_lately()) if answer else Arrive(record))
        return await self.app.push_screen_wait(Finish(record) if step is Finished else Close(record))

    def sent_lately(self) -> dict[str, str]:
        """Phone by name of those sent lately, the latest first."""
        with self.desk.store.read() as read:
            sent = [one for one in repairs.recent(read) if one.worker]
        found: dict[str, str] = {}
        for one in sorted(sent, key=lambda one: one.assigned_at, reverse=True):
            found.setdefault(one.worker, one.worker_phone)
        return found

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
        if record.state not in repairs.OPEN:
            self.notify(f"{record.number} {record.state}，不能再{repairs.STEPS[event][2]}", severity="warning")
            return
        done = await self.app.push_screen_wait(form(record))
        if done:
            self.said(done)
            self.mark(record.id)


def late(record: Repair) -> str:
    """Which promise was broken, "" while none is."""
    now = f"{datetime.now():%Y-%m-%dT%H:%M}"
    if record.state in (repairs.REGISTERED, repairs.DISPATCHED) and "" < record.promised_arrive < now:
        return "超时未到场"
    if record.state in repairs.OPEN and "" < record.promised_done < now:
        return "超时未修好"
    return ""


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
