"""Care at the counter and the gate (今日关怀): who is to be seen today, one key for each who was, a ladder for who was not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from data.records import Refused
from desk import care, care_list, care_slips, contacts, fields, instructions, staff
from desk.care import CareDay
from desk.care_events import SIGNALS, TIERS, CareAgreed, CareSeen, CareUnseen
from desk.rules import rules
from screens.ask import Pick
from screens.care_forms import Agree, Close, Try, Why
from screens.counter import SHOWN, Counter, Way
from screens.form import Form
from screens.slips import Printed

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk

SLIPS = ("勾错人了", "是别人代答的", "时间不对")
"""Why a tick is taken back, by digit."""


class Care(Counter):
    """Who is to be seen today: searches first, then who is late, then who is still to be seen, then who was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "tick", "✔ 见到", tooltip="标出的这位见到了；搜到房号后直接按空格也行"),
        Binding(
            "ctrl+u", "rung", "没见到", tooltip="没见到：打电话、敲门、再敲门、联系家属、社区、入户，一步一步记", priority=True
        ),
        Binding("f12", "paper", "打名单", tooltip="今天还没见到的打成一张名单，拿着去看"),
        Binding("ctrl+d", "untick", "撤回✔", tooltip="✔ 打错了：写明原因，再去看", priority=True),
    ]
    heading = "今日关怀"
    looking_for = "房号 / 姓名；空格 ✔"
    columns = (("房号", 10), ("住户", 8), ("标记", 8), ("今天", 12))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(60, self.reload)

    def rows(self, read: Session, text: str) -> Sequence[CareDay]:
        """The day's list; with something in the search box, those it means."""
        assert self.desk.actor is not None
        now = fields.wall()
        found = care_list.todays(read, now)
        self.hints = care_list.hints(read, care_list.enrolled(read), f"{now:%Y-%m-%d}")
        self.hour = rules(read).care_hour
        self.people = {one.id: care_list.shown(read, one, self.desk.actor) for one in found}
        if text:
            _, rooms = self.meant(read, text, "care")
            found = [one for one in found if one.room in rooms or text in f"{one.room} {self.people[one.id].name}"]
        return found[:SHOWN]

    def cells(self, record: Any) -> Sequence[str]:
        """Where, who, what to mind, and how it stands."""
        who, today = self.people[record.id], fields.wall()
        said = care_list.said(record, today, self.hour, self.hints.get(record.person, ""))
        when = f"{record.day[5:]} " if record.day != f"{today:%Y-%m-%d}" else ""
        return record.room, who.name, marks(who.flags), when + said

    def detail(self, read: Session, record: Any) -> Text:
        """Who it is, what to mind at the door, what was tried, and what comes next."""
        actor = self.desk.actor
        assert actor is not None
        who = self.people[record.id]
        hint = self.hints.get(record.person, "")
        said = Text()
        said.append(f"{record.room} {who.name}\n", "bold")
        said.append(f"{who.phone}\n" if who.phone else "")
        said.append(f"♥{who.flags}\n" if who.flags else "", "bold")
        said.append(f"{who.tier} 档 {TIERS[who.tier]}\n" if who.tier in TIERS else "")
        for line in instructions.for_moment(read, record.room, instructions.ALWAYS, fields.wall().date()):
            said.append(f"{line}\n", "italic")
        if hint and record.state == care.DUE:
            said.append(f"{hint}，算今天见过；空格补记 ✔\n")
        for line in care_list.told(read, record, actor):
            said.append(f"{line}\n")
        step, contact = care.next_rung(read, record)
        if record.state in care.OPEN:
            said.append("\n空格 / F9 ✔ 见到\n", "bold")
            named = f" {contacts.line(contact)}" if contact and actor.role in staff.DESK else ""
            said.append(f"^U {step}{named}\n" if step else "^O 结案\n", "bold")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """Somebody agrees to be looked after."""
        return Agree(room) if self.may(CareAgreed) else None

    async def next_step(self, record: Any) -> Done | None:
        """Seen."""
        return tick(self.desk, record, self.hints.get(record.person, ""))

    def action_tick(self) -> None:
        """Space is what F9 is."""
        self.action_next()

    @on(Input.Changed, "#find")
    def spaced(self, event: Input.Changed) -> None:
        """A space behind what is typed ticks who was found: no room and no name ends in one."""
        if event.value != event.value.rstrip():
            event.input.value = event.value.rstrip()
            self.action_next()

    def said(self, done: Done) -> None:
        """Say who, and what became of it."""
        record = done.record
        if not isinstance(record, CareDay):
            self.notify("已保存")
            return
        self.notify(f"{record.room} {care_list.said(record, fields.wall(), self.hour)}", markup=False)

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """Another way of being seen, the end of a search, the household's own menu, the list on paper."""
        from screens.care_menu import keys_of, menu_for

        ways: list[tuple[str, Way]] = []
        if record is not None:
            called = self.people[record.id].name
            ways += [
                ("✔ 怎么见到的", lambda: self.seen_by(record)),
                ("结案", lambda: self.app.push_screen_wait(Close(record, called))),
                (f"{record.room} 的关怀、嘱托、钥匙", lambda: menu_for(self.desk, record.room)),
            ]
        return [*ways, ("托管的钥匙", lambda: keys_of(self.desk, None)), ("打印今日名单", self.print_list)]

    async def seen_by(self, record: CareDay) -> Done | None:
        """Seen, and how."""
        chosen = await self.app.push_screen_wait(Pick(f"{record.room} 怎么见到的？", SIGNALS))
        return None if chosen is None else tick(self.desk, record, SIGNALS[chosen])

    async def print_list(self) -> Done | None:
        """The list for a round on foot: who is still to be seen."""
        actor, now = self.desk.actor, fields.wall()
        assert actor is not None
        with self.desk.store.read() as read:
            rows = [
                (one.room, who.name, who.flags)
                for one in care_list.open_today(read, now)
                if (who := care_list.shown(read, one, actor))
            ]
        if not rows:
            self.notify("今天的都见到了，没有要打的名单")
            return None
        day = f"{now:%Y-%m-%d}"
        slip = care_slips.round_list(now.isoformat(), rows, actor)
        await self.app.push_screen_wait(Printed(slip, CareDay(id=f"care:{day}", number=day), "名单已送去打印，用完请交回"))
        return None

    @work
    async def action_rung(self) -> None:
        """Not seen: the next rung."""
        record = self.marked()
        if record is None or not self.is_current:
            return
        done = await self.app.push_screen_wait(Try(record, self.people[record.id].name))
        if done:
            self.said(done)
            self.mark(record.id)

    @work
    async def action_untick(self) -> None:
        """The tick was a slip."""
        record = self.marked()
        if record is None or not self.is_current:
            return
        if record.state != care.SEEN:
            self.notify(f"{record.room} 没有 ✔，不用撤回", severity="warning")
            return
        title, lead = f"撤回 ✔  {record.room}", "撤回以后回到待看，请再去看一次；记录不删"
        done = await self.app.push_screen_wait(Why(title, lead, record.id, SLIPS, lambda reason: CareUnseen(reason=reason)))
        if done:
            self.said(done)
            self.mark(record.id)

    def action_paper(self) -> None:
        """The list on paper."""
        self.print_now()

    @work
    async def print_now(self) -> None:
        """The list on paper, in a worker."""
        if self.is_current:
            await self.print_list()


def marks(flags: str) -> str:
    """Care flags in eight cells: 独居大字, or of more than two the first character of each: 独听大."""
    said = flags.split(" · ") if flags else []
    return "".join(said) if len(said) <= 2 else "".join(flag[0] for flag in said)


def tick(app: FrontDesk, record: CareDay, how: str) -> Done | None:
    """Somebody on the list was seen: at the gate by a guard, else as `how` begins to say, else at the desk."""
    assert app.actor is not None
    usual = SIGNALS[1] if app.actor.role == staff.GUARD else SIGNALS[0]
    event = CareSeen(signal=next((one for one in SIGNALS if how and how.startswith(one)), usual))
    try:
        with app.store.read() as read:
            acts = care.acts(read, record, event)
        return app.act_all(acts)[-1]
    except Refused as refused:
        app.turn_down(refused)
        return None
