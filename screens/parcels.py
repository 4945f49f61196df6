"""Parcels at the counter: what waits and for how long, taken in by scanner, handed over by household."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType

from data.records import Refused
from desk import batches, fields, parcel_lists, parcel_refusals, parcels, proxies, residents, staff
from desk.emergencies import MISTAKEN
from desk.parcels import (
    CHOSEN,
    COLLECTED,
    GIVABLE,
    HELD,
    LEVELS,
    OUT,
    RETURNED,
    TROUBLE,
    WAYS,
    BroughtBack,
    Notified,
    Parcel,
    Resolved,
    ReturnDropped,
    Returned,
    TakenIn,
)
from screens.ask import Pick
from screens.check import Check
from screens.counter import SHOWN, Counter, Way, hour
from screens.form import Form
from screens.parcel_batch import OpenBatch, close_batch
from screens.parcel_forms import GiveBack, HandOver, SendOut
from screens.parcel_intake import TakeIn
from screens.parcel_others import ChooseReturn, Err, Pursue, Resolve, count_shelf, give_back_all, proxies_of, tell_all

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk


class Parcels(Counter):
    """What must be seen to, what is held, longest first; then what went today."""

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
        """What must be seen to, what waits, then what went today; with something in the search box, what that means."""
        if text:
            records, rooms = self.meant(read, text, "parcels")
            return parcel_lists.found(read, text, rooms, records, SHOWN)
        waiting = [*parcel_lists.aside(read, SHOWN), *parcels.held(read, limit=SHOWN)]
        left = max(0, SHOWN - len(waiting))
        return [*waiting[:SHOWN], *parcel_lists.gone_since(read, f"{fields.wall():%Y-%m-%d}", left)]

    def cells(self, record: Any) -> Sequence[str]:
        """Code, room, courier, and how long it has waited."""
        return record.code, record.room, record.courier, standing(record)

    def detail(self, read: Session, record: Any) -> Text:
        """Everything noted of the parcel, and into whose hands it went."""
        people = staff.names(read)
        look = "" if record.condition == "完好" else f"{record.condition} "
        lines = [
            f"{record.room} {record.addressee}",
            f"{record.courier} {record.waybill or '无单号'}",
            f"{record.size}件 {look}{record.special} {record.description}".rstrip(),
            f"入库  {hour(record.opened_at)} {people.get(record.opened_by, '')}",
        ]
        if record.batch and (cart := read.get(batches.Batch, record.batch)):
            lines.append(f"批次  {cart.number} {cart.courier}{cart.person} {cart.state}")
        if record.notices:
            lines.append(f"通知  {record.notices} 次，最近 {hour(record.notified_at)}")
        if record.carrier:
            lines.append(f"送门  {record.carrier}")
        if record.trouble:
            lines += [f"! {record.trouble}  {hour(record.trouble_at)}起，追查 {record.pursued} 次", f"  {record.pursuit}"]
        if record.state in GIVABLE and (others := len(parcels.held(read, record.room)) - 1):
            lines.append(f"同户  另有 {others} 件")
        if record.state in (CHOSEN, RETURNED):
            lines.append(f"退件  {hour(record.closed_at)} {record.reason}")
        if record.state == RETURNED:
            lines.append(f"交给  {record.picker}")
        elif record.by_whom:
            relation = f"（{record.relation}）" if record.relation else ""
            lines.append(f"取走  {hour(record.closed_at)} {parcels.hands(record.by_whom, record.picker)}{relation}")
            lines += [f"另记  {record.second}"] if record.second else []
            lines += [f"凭据  {record.proof}", f"经办  {people.get(record.handed_by, '')}"]
        elif record.closed_at:
            lines.append(f"{record.state}  {hour(record.closed_at)} {people.get(record.handed_by, '')}")
        said = Text()
        said.append(f"{record.code}  {standing(record)}\n", "bold")
        said.append("".join(f"{line}\n" for line in lines))
        if parcels.next_step(record):
            said.append(f"\nF9 {'了结' if record.state == TROUBLE else '取件'}\n", "bold")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """The loop of a courier's round, the one that is open where there is one."""
        return TakeIn(room, self.my_batch()) if self.may(TakenIn) else None

    def my_batch(self) -> batches.Batch | None:
        """The round whoever is logged in has begun and not closed."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            return batches.open_batch(read, self.desk.actor)

    def odd_batch(self) -> batches.Batch | None:
        """A round two desks closed with other counts, which stands in no list of its own."""
        with self.desk.store.read() as read:
            return batches.doubtful(read)

    async def next_step(self, record: Any) -> Done | None:
        """Hand over all that is held for its household; end a trouble."""
        if record.state == TROUBLE:
            return await self.app.push_screen_wait(Resolve(record)) if self.may(Resolved) else None
        if parcels.next_step(record) is None:
            self.notify(f"{record.code} {record.state}，不用再办")
            return None
        return await hand_over_for(self.desk, record.room, carried=record.state == OUT)

    def said(self, done: Done) -> None:
        """Say what became of it; hand-overs, rounds of parcels and what is no parcel say so themselves."""
        record = done.record
        if not isinstance(record, Parcel):
            return
        if record.state == RETURNED:
            self.notify(f"{record.code} 已退给快递员{record.picker}，请在退件交接单上签字", markup=False)
        elif done.entry.kind not in (TakenIn.kind, parcels.Collected.kind):
            self.notify(f"{record.code} {standing(record)}")

    # ── what is rarer ──────────────────────────────────────────────────────────────────────────────────────────────

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """To the door and back, into the return pile, astray, proxies; then the round, returns, notices, a shelf."""
        clerk = self.post in staff.DESK
        ways: list[tuple[str, Way]] = []
        if record is not None:
            if record.state == TROUBLE:
                ways.append(("记追查经过", lambda: self.ask(Pursue(record))))
                if record.trouble == MISTAKEN:
                    ways.append(("写成突发事件", lambda: self.write_down(record)))
            ways += self.steps(record) if clerk else ()
            if record.state in (*GIVABLE, COLLECTED):
                ways.append(("异常：误领、找不到、错投、破损", lambda: self.ask(Err(record))))
            if clerk and not fields.is_public(record.room):
                ways.append((f"代取授权 {record.room}", lambda: proxies_of(self.desk, record.room)))
        if clerk:
            cart = self.my_batch()
            if cart:
                ways.append((f"结批 {cart.courier}，打交接单", lambda: close_batch(self.desk, cart)))
            else:
                ways.append(("快递员来了一批", self.take_batch))
            if odd := self.odd_batch():
                ways.append((f"核对批次 {odd.number}", lambda: self.ask(Check(odd, batches.Checked))))
            ways += [("退件交给快递员", lambda: give_back_all(self.desk)), ("通知名单、门贴", lambda: tell_all(self.desk))]
        return [*ways, ("盘点一个架", lambda: count_shelf(self.desk))]

    async def write_down(self, record: Parcel) -> None:
        """What was taken by mistake is an incident: its lines are told there, and a supervisor reads them."""
        from screens.emergency import written

        written(self.desk, MISTAKEN, record.room)

    def steps(self, record: Parcel) -> Sequence[tuple[str, Way]]:
        """What a clerk does with one parcel besides handing it over."""
        match record.state:
            case parcels.HELD:
                return (
                    ("送上门", lambda: self.send_out(record)),
                    ("列入退件，等快递员来取", lambda: self.ask(ChooseReturn(record))),
                )
            case parcels.OUT:
                return (("家里没人，拿回来了", lambda: self.step(BroughtBack(), record)),)
            case parcels.CHOSEN:
                return (("不退了，放回货架", lambda: self.step(ReturnDropped(), record)),)
        return ()

    async def ask(self, form: Form) -> Done | None:
        """Ask a form."""
        return await self.app.push_screen_wait(form)

    async def take_batch(self) -> Done | None:
        """Begin a round, and go on with its loop."""
        done = await self.ask(OpenBatch())
        if done and isinstance(done.record, batches.Batch):
            return await self.ask(TakeIn(cart=done.record))
        return None

    async def send_out(self, record: Parcel) -> Done | None:
        """Somebody carries what waits for the marked one's household."""
        with self.desk.store.read() as read:
            held = [one for one in parcels.held(read, record.room) if one.state == HELD]
        return await self.ask(SendOut(record.room, held))

    async def step(self, event: BroughtBack | ReturnDropped, record: Parcel) -> Done | None:
        """One thing that needs no more words."""
        try:
            return self.desk.act(event, record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    @work
    async def action_tell(self) -> None:
        """Note how the household was told of all that waits for it."""
        record = self.marked()
        if record is None or not self.is_current:
            return
        if record.state not in parcel_refusals.STEPS[Notified]:
            self.notify(f"{record.code} {record.state}，不用通知", severity="warning")
            return
        way = await self.app.push_screen_wait(Pick(f"{record.code}  {record.room} {record.addressee} 怎么通知的", WAYS))
        if way is None:
            return
        with self.desk.store.read() as read:
            held = [one for one in parcels.held(read, record.room) if one.state in parcel_refusals.STEPS[Notified]]
        try:
            self.desk.act_all(parcels.together(held, Notified(way=WAYS[way])))
        except Refused as refused:
            self.desk.turn_down(refused)
        else:
            self.notify(f"{record.room} 已{WAYS[way]}通知 {len(held)} 件")

    @work
    async def action_give_back(self) -> None:
        """The courier takes the marked parcel back."""
        record = self.marked()
        if record is None or not self.is_current or not self.may(Returned):
            return
        if record.state not in parcel_refusals.STEPS[Returned]:
            self.notify(f"{record.code} {record.state}，不能退件", severity="warning")
            return
        done = await self.app.push_screen_wait(GiveBack(record))
        if done:
            self.said(done)
            self.mark(record.id)


def standing(record: Parcel) -> str:
    """A parcel's state as the list says it: 新, 超1天, `! 超3天` while it waits, `! 误领`, else where it is or went."""
    if record.state == TROUBLE:
        return f"! {record.trouble}"
    if record.state != HELD:
        return record.state
    level = parcels.level(record, fields.wall())
    return f"! {LEVELS[level]}" if level > 1 else LEVELS[level]


async def hand_over_for(app: FrontDesk, room: str, shown: str = "", carried: bool = False) -> Done | None:
    """Hand over what is held for a household; gives the first of it, or None. Runs in a worker.

    `shown` is what was scanned, `carried` whether this is about what is out to the door.
    """
    with app.store.read() as read:
        held, owner = parcels.held(read, room), residents.owner_name(read, room)
        may_fetch = proxies.of_room(read, room, fields.wall())
    if not held:
        app.notify(f"{room} 没有待取的快递")
        return None
    form = HandOver(room, held, owner, may_fetch, shown, carried)
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
