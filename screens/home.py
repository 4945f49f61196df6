"""The counter itself: one box finds whoever stands there, one card shows all that waits for them, one key acts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from data.records import Actor, Refused
from desk import contacts, fields, find, outages
from desk.china import mask_phone
from desk.find import Found
from desk.household import Card, card, waiting
from desk.staff import MONEY
from printers.cells import glass_cut
from screens.ask import Pick
from screens.header import Header
from screens.keys import turn
from screens.widgets import Box, Footer

if TYPE_CHECKING:
    from screens.app import FrontDesk


class Home(Screen[None]):
    """Search box over results and household card; the focus is in the box whenever nothing else needs it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "reveal", "看电话", tooltip="显示完整电话 30 秒；会记入日志", show=False),
        Binding("ctrl+k", "consent", "代收授权", tooltip="记下这一户同不同意代收快递", show=False, priority=True),
        Binding("ctrl+o", "money", "其他收费", tooltip="预存、押金、临时收费、减免、催告、过户……", show=False),
        Binding("escape", "clear", "清空", tooltip="清空搜索，准备接待下一位", show=False),
    ]

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """The box, the results, the card."""
        yield Header()
        yield Box(placeholder="房号 / 姓名拼音 / 手机尾号 / 车牌 / 单号 / 扫码", id="find", compact=True)
        with Horizontal(id="work"):
            yield OptionList(id="results", markup=False)
            with VerticalScroll(id="side", can_focus=False):
                yield Static("", id="card")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Nobody stands there yet."""
        self.found: list[Found] = []
        self.shown: Card | None = None
        self.revealed = False
        self.query_one("#results").can_focus = False
        self.query_one("#find").border_title = "找人 · 扫码"
        self.show(None)
        self.query_one("#find").focus()

    def on_screen_resume(self) -> None:
        """Back at the counter: what waits may have changed; another person may be logged in."""
        if hasattr(self, "found"):
            self.reload()
            self.query_one("#find").focus()

    def reload(self) -> None:
        """Read the household again."""
        self.show(self.shown.room.code if self.shown else None)

    # ── finding ────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(Input.Changed, "#find")
    def search(self) -> None:
        """Find while typing; the first match shows its card."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            self.found = find.search(read, self.box.value, self.desk.actor)
        results = self.query_one("#results", OptionList)
        results.clear_options()
        width = max(20, results.size.width - 4)
        results.add_options([Option(glass_cut(found.title, width)) for found in self.found])
        results.border_title = f"{len(self.found)} 个结果" if self.box.value.strip() else ""
        if self.found:
            results.highlighted = 0
        else:
            self.show(None)

    @property
    def box(self) -> Input:
        """The search box."""
        return self.query_one("#find", Input)

    @on(OptionList.OptionHighlighted, "#results")
    def highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The mark moved to another match."""
        if event.option_index < len(self.found):
            self.revealed = False
            self.show(self.found[event.option_index].room or None)

    def on_key(self, event: Key) -> None:
        """Up and down move through the matches while the focus stays in the box; a page more of the card."""
        results = self.query_one("#results", OptionList)
        if event.key == "down":
            results.action_cursor_down()
            event.stop()
        elif event.key == "up":
            results.action_cursor_up()
            event.stop()
        elif event.key in ("pagedown", "pageup"):
            turn(self.query_one("#side", VerticalScroll), event)

    @on(Input.Submitted, "#find")
    @on(OptionList.OptionSelected, "#results")
    def chosen(self) -> None:
        """Enter: a household stays on its card; a slip does what that slip is for."""
        marked = self.query_one("#results", OptionList).highlighted
        if marked is None or marked >= len(self.found):
            if self.box.value.strip():
                self.notify("没有找到，请换一种写法：房号、姓名、拼音首字母、手机尾号、车牌或单号", severity="warning")
            return
        found = self.found[marked]
        if found.record:
            self.open_record(found)
        elif self.box.value != found.room:
            self.box.value = found.room

    @work
    async def open_record(self, found: Found) -> None:
        """A visitor leaves, a parcel is handed over, a repair and a receipt are shown."""
        from screens import parcels, visits

        try:
            if found.place == "visits" and found.waits:
                done = visits.sign_out(self.desk, found.record)
                self.notify(f"已签离 {done.record.number}")
                self.box.value = ""
                return
        except Refused as refused:
            self.desk.turn_down(refused)
            return
        if found.place == "access" and found.waits:
            done_in = await visits.arrive_for_code(self.desk, found.record)
            if done_in:
                self.notify(f"已放行 {done_in.record.number}")
                self.box.value = ""
            return
        if found.place == "parcels" and found.waits:
            await parcels.hand_over_for(self.desk, found.room, self.box.value)
            return
        from screens.counter import go_to

        await go_to(self.desk, found.place, found.record)

    def action_clear(self) -> None:
        """Ready for the next person."""
        self.box.value = ""
        self.show(None)
        self.box.focus()

    # ── the card ───────────────────────────────────────────────────────────────────────────────────────────────────

    def show(self, code: str | None) -> None:
        """Show a household's card, or what to do when nobody stands there."""
        place = self.query_one("#card", Static)
        actor = self.desk.actor
        if code is None or actor is None:
            self.shown = None
            place.update(self.idle())
            return
        try:
            with self.desk.store.read() as read:
                self.shown = card(read, code, actor)
        except Refused:  # a public place has no card
            self.shown = None
            place.update(Text(code))
            return
        place.update(self.drawn(self.shown, actor))

    def idle(self) -> Text:
        """What stands on the card while nobody does."""
        said = Text("输入房号、姓名、拼音首字母、手机尾号、\n车牌或单号，或直接扫单据上的二维码。\n", "dim")
        if self.desk.config and self.desk.config.notice:
            said.append(f"\n今日提示  {self.desk.config.notice}")
        if self.desk.actor:
            with self.desk.store.read() as read:
                for one in outages.standing(read):
                    said.append(f"\n{outages.told(one, fields.wall())}", "bold")
        return said

    def drawn(self, shown: Card, actor: Actor) -> Text:
        """The card: who, how to treat them, and a line for each job with its key."""
        room = shown.room
        said = Text()
        said.append(room.code, "bold")
        if room.area:
            said.append(f" · {room.area / 100:.2f}㎡")
        said.append("\n")
        for home, person in shown.people:
            phone = person.phone if self.revealed else mask_phone(person.phone)
            said.append(f"{person.name} ", "bold")
            said.append(f"{home.role} {phone or '无电话'}")
            if person.care:
                said.append(f"  ♥{person.care.replace(',', ' · ')}", "bold")
            said.append("\n")
            if person.note:
                said.append(f"  {person.note}\n", "italic")
        if not shown.people:
            said.append("没有登记住户\n", "dim")
        for contact in shown.contacts:
            said.append(f"联系 {contacts.line(contact, self.revealed)}\n")
        for asked in shown.asked:
            said.append(f"{asked}\n", "bold")
        if room.note:
            said.append(f"{room.note}\n", "italic")
        said.append("─" * 30 + "\n", "dim")
        for label, text, key in waiting(shown, actor):
            said.append(f"{label}  ", "bold")
            said.append(text)
            said.append(f"  {key}\n", "bold")
        if self.desk.config and self.desk.config.notice:
            said.append(f"今日提示  {self.desk.config.notice}\n")
        return said

    def job(self, name: str) -> bool:
        """A place's key pressed while a household is shown does that job for it; False lets the key go to the place."""
        if self.shown is None or name not in ("repairs", "visits", "parcels", "payments", "care"):
            return False
        if not self.is_current:
            return True
        self.serve(name, self.shown)
        return True

    @work
    async def serve(self, name: str, shown: Card) -> None:
        """Do a job for the household on the card."""
        from screens import parcels, pay, repairs, visits

        room = shown.room.code
        if name == "care":
            from screens.care_menu import menu_for

            done = await menu_for(self.desk, room)
        elif name == "repairs":
            done = await repairs.report_for(self.desk, room)
        elif name == "visits":
            done = await visits.arrive_for(self.desk, room)
        elif name == "payments":
            await pay.pay_for(self.desk, room)
            return
        elif shown.parcels:
            await parcels.hand_over_for(self.desk, room)
            return
        else:
            await parcels.take_in_for(self.desk, room)
            return
        if done:
            self.notify(f"已保存 {done.record.number}".rstrip())

    @work
    async def action_consent(self) -> None:
        """Write down whether the household wants its parcels taken in, and who said so."""
        from typing import get_args

        from desk.residents import Consent, ConsentGiven

        shown, choices = self.shown, get_args(Consent)
        if shown is None or not self.is_current:
            return
        question = f"{shown.room.code} 同意我们代收快递吗？现在是：{shown.room.parcels}"
        chosen = await self.app.push_screen_wait(Pick(question, choices))
        if chosen is None:
            return
        names = [person.name for _, person in shown.people]
        who = await self.app.push_screen_wait(Pick("谁说的？", [*names, "其他人"]))
        if who is not None:
            said_by = names[who] if who < len(names) else ""
            self.desk.act(ConsentGiven(parcels=choices[chosen], said_by=said_by), shown.room.id)
            self.notify(f"已记下：{choices[chosen]}")

    @work
    async def action_money(self) -> None:
        """What is done with money besides taking dues: a short list for the household on the card."""
        from desk.payments import Payment
        from screens.money_forms import menu_for

        if self.shown is None or self.desk.actor is None or not self.is_current:
            return
        if self.desk.actor.role not in MONEY:
            self.notify("您的岗位不办收费，请请收费员或主管来办", severity="warning")
            return
        done = await menu_for(self.desk, self.shown.room.code)
        if done and not isinstance(done.record, Payment):  # of a receipt the sentence to say aloud stands there
            self.notify(f"已保存 {done.record.number}".rstrip())

    def action_reveal(self) -> None:
        """Show full phone numbers for half a minute; that they were looked at is an entry."""
        from desk.residents import PhonesShown

        if self.shown is None or self.desk.actor is None:
            return
        try:
            self.desk.act(PhonesShown(), self.shown.room.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return
        self.revealed = True
        self.reload()
        self.set_timer(30, self.conceal)

    def conceal(self) -> None:
        """Mask the phones again."""
        self.revealed = False
        if self.is_current:
            self.reload()
