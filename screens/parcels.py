"""Parcels at the counter: what waits and for how long, taken in by scanner, handed over by household."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType

from data.records import Refused
from desk import parcels, residents, staff
from desk.parcels import LEVELS, WAYS, Notified, Parcel, Returned, TakenIn
from desk.shelves import HELD
from screens.ask import Pick
from screens.counter import SHOWN, Counter, hour
from screens.form import Form
from screens.parcel_forms import GiveBack, HandOver, TakeIn

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk


class Parcels(Counter):
    """What is held, longest first; then what went today."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+u", "tell", "通知", tooltip="记下怎么通知了住户；门贴会打一张", priority=True),
        Binding("ctrl+d", "give_back", "退件", tooltip="快递员取回这一件", priority=True),
    ]
    heading = "快递"
    looking_for = "房号 / 取件码 / 单号 / 收件人"
    columns = (("取件码", 10), ("房号", 10), ("快递", 10), ("状态", 8))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(60, self.reload)

    def rows(self, read: Session, text: str) -> Sequence[Parcel]:
        """Held ones, then today's; with something in the search box, those it means."""
        held, recent = parcels.held(read), parcels.recent(read)
        if not text:
            today = f"{datetime.now():%Y-%m-%d}"
            return list({one.id: one for one in (*held, *(one for one in recent if one.closed_at[:10] == today))}.values())[
                :SHOWN
            ]
        records, rooms = self.meant(read, text, "parcels")
        return [
            one
            for one in {one.id: one for one in (*held, *recent)}.values()
            if one.id in records or one.room in rooms or text.upper() in f"{one.room} {one.code} {one.waybill} {one.addressee}"
        ]

    def cells(self, record: Any) -> Sequence[str]:
        """Code, room, courier, and how long it has waited."""
        return record.code, record.room, record.courier, standing(record)

    def detail(self, read: Session, record: Any) -> Text:
        """Everything noted of the parcel, and into whose hands it went."""
        said = Text()
        said.append(f"{record.code}  {standing(record)}\n", "bold")
        said.append(f"{record.room} {record.addressee}\n{record.courier} {record.waybill or '无单号'}\n")
        look = "" if record.condition == "完好" else f"{record.condition} "
        said.append(f"{record.size}件 {look}{record.special} {record.description}".rstrip() + "\n")
        said.append(f"入库  {hour(record.opened_at)} {staff.names(read).get(record.opened_by, '')}\n")
        if record.notices:
            said.append(f"通知  {record.notices} 次，最近 {hour(record.notified_at)}\n")
        if record.state == HELD:
            others = len(parcels.held(read, record.room)) - 1
            said.append(f"同户  另有 {others} 件\n" if others else "")
            said.append("\nF9 取件\n", "bold")
        elif record.state == parcels.COLLECTED:
            relation = f"（{record.relation}）" if record.relation else ""
            said.append(f"取走  {hour(record.closed_at)} {parcels.hands(record.by_whom, record.picker)}{relation}\n")
            said.append(f"另记  {record.second}\n" if record.second else "")
            said.append(f"凭据  {record.proof}\n经办  {staff.names(read).get(record.handed_by, '')}\n")
        else:
            said.append(f"退件  {hour(record.closed_at)} {record.reason}\n交给  {record.picker}\n")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """The round of a courier."""
        return TakeIn(room) if self.may(TakenIn) else None

    async def next_step(self, record: Any) -> Done | None:
        """Hand over all that is held for its household."""
        if parcels.next_step(record) is None:
            self.notify(f"{record.code} {record.state}，不用再办")
            return None
        return await hand_over_for(self.desk, record.room)

    def said(self, done: Done) -> None:
        """Say what became of it; hand-overs and rounds of parcels say so themselves."""
        record = done.record
        assert isinstance(record, Parcel)
        if record.state == parcels.RETURNED:
            self.notify(f"{record.code} 已退给快递员{record.picker}", markup=False)

    @work
    async def action_tell(self) -> None:
        """Note how the household was told."""
        record = self.marked()
        if record is None or not self.is_current:
            return
        if record.state != HELD:
            self.notify(f"{record.code} {record.state}，不用通知", severity="warning")
            return
        way = await self.app.push_screen_wait(Pick(f"{record.code}  {record.room} {record.addressee} 怎么通知的", WAYS))
        if way is None:
            return
        try:
            self.desk.act(Notified(way=WAYS[way]), record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
        else:
            self.notify(f"{record.code} 已{WAYS[way]}通知")

    @work
    async def action_give_back(self) -> None:
        """The courier takes the marked parcel back."""
        record = self.marked()
        if record is None or not self.is_current or not self.may(Returned):
            return
        if record.state != HELD:
            self.notify(f"{record.code} {record.state}，不能退件", severity="warning")
            return
        done = await self.app.push_screen_wait(GiveBack(record))
        if done:
            self.said(done)
            self.mark(record.id)


def standing(record: Parcel) -> str:
    """A parcel's state as the list says it: 新, 超1天, `! 超3天` while it waits, else where it went."""
    level = parcels.level(record, datetime.now())
    if record.state != HELD:
        return record.state
    return f"! {LEVELS[level]}" if level > 1 else LEVELS[level]


async def hand_over_for(app: FrontDesk, room: str) -> Done | None:
    """Hand over what is held for a household; gives the first of it, or None. Runs in a worker."""
    with app.store.read() as read:
        held, owner = parcels.held(read, room), residents.owner_name(read, room)
    if not held:
        app.notify(f"{room} 没有待取的快递")
        return None
    form = HandOver(room, held, owner)
    done = await app.push_screen_wait(form)
    if done:
        app.notify(f"{room} 已取走 {form.given} 件")
    return done


async def take_in_for(app: FrontDesk, room: str) -> Done | None:
    """Take parcels in, the first for a household; gives the last of them, or None. Runs in a worker."""
    assert app.actor is not None
    if app.actor.role not in TakenIn.roles:
        app.notify("门岗不收快递，请快递员白天到前台", severity="warning")
        return None
    return await app.push_screen_wait(TakeIn(room))
