"""The night board: who is inside, what is to come, what happened; for a guard alone, in gloves, without a mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from data.records import Refused
from desk import board, find, visits
from desk.board import Line
from desk.visits import Visit
from screens.counter import go_to
from screens.emergency import print_list
from screens.header import Header
from screens.visits import arrive_for, sign_out
from screens.widgets import Box, Footer

if TYPE_CHECKING:
    from desk.find import Found
    from screens.app import FrontDesk


TALL = 30
"""From so many rows on, lines stand apart."""


class Night(Screen[None]):
    """Three columns, two where the glass is narrow; the focus is in the box for what is scanned or typed."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "arrive", "登记", tooltip="来访登记；先打了房号就直接选类型"),
        Binding("f9", "leave", "签离", tooltip="标着的这一位离开了（↑↓ 换）"),
        Binding("ctrl+y", "evacuate", "撤离名单", tooltip="打印并显示：哪栋有谁、谁要先救", priority=True),
        Binding("ctrl+z", "app.urgent", "急", tooltip="突发事件：立刻记下时间，告诉您打哪个电话、怎么说", priority=True),
        Binding("escape", "clear", "清空", show=False),
    ]

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """The box over the columns."""
        yield Header()
        yield Box(placeholder="房号 Enter 登记；扫访客单签离", id="find", compact=True)
        with Container(id="night"):
            yield OptionList(id="inside", markup=False)
            with VerticalScroll(id="expected", can_focus=False):
                yield Static("", id="coming")
            yield OptionList(id="tonight", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """The night goes on while nobody presses a key."""
        self.visits: list[Visit] = []
        self.happened: Sequence[Line] = ()
        self.query_one("#inside").can_focus = False
        self.query_one("#find").border_title = "夜班台"
        self.query_one("#expected").border_title = "要走、要还、要停"
        self.reload()
        self.box.focus()
        self.set_interval(20, self.reload)

    def on_screen_resume(self) -> None:
        """Show what is so now."""
        if hasattr(self, "visits"):
            self.reload()
            self.box.focus()

    def on_resize(self) -> None:
        """Taller glass sets the lines apart."""
        if hasattr(self, "visits"):
            self.reload()

    @property
    def box(self) -> Input:
        """Where rooms are typed and slips scanned."""
        return self.query_one("#find", Input)

    def reload(self) -> None:
        """Read it all again; the mark stays on its visitor."""
        actor = self.desk.actor
        if actor is None:
            return
        now, marked = self.desk.now(), self.marked()
        with self.desk.store.read() as read:
            self.visits = board.inside(read, now)
            expected = board.expected(read, now)
            self.happened = [*board.hints(read, now), *board.tonight(read, now, actor)]
        lines = [board.inside_line(one, now) for one in self.visits[: board.SHOWN]]
        late = sum(line.urgent for line in lines)
        people = sum(one.headcount for one in self.visits)
        self.column("inside", lines, f"在场 {people} 人{f'（超时 {late} 单）' if late else ''}", len(self.visits))
        self.column("tonight", self.happened[: board.SHOWN], f"今夜 {len(self.happened)} 件", len(self.happened))
        inside = self.query_one("#inside", OptionList)
        if self.visits:
            ids = [one.id for one in self.visits]
            inside.highlighted = ids.index(marked.id) if marked and marked.id in ids[: board.SHOWN] else 0
        coming = Text("\n").join(self.drawn(line) for line in expected[: board.SHOWN])
        self.query_one("#coming", Static).update(coming if expected else Text("没有", "dim"))

    def column(self, name: str, lines: Sequence[Line], title: str, count: int) -> None:
        """A list with its title, and how many more there are than it shows."""
        place = self.query_one(f"#{name}", OptionList)
        mark = place.highlighted
        place.clear_options()
        place.add_options([Option(self.drawn(line)) for line in lines])
        place.border_title = title
        place.border_subtitle = f"另 {count - len(lines)} 条" if count > len(lines) else ""
        if mark is not None and lines:
            place.highlighted = min(mark, len(lines) - 1)

    def drawn(self, line: Line) -> Text:
        """A line with its mark, its hour and what it says."""
        said = Text("! " if line.urgent else "  ", "bold reverse" if line.urgent else "")
        at = line.at if len(line.at) <= 5 else board.hour(line.at, self.desk.now())
        said.append(f"{at} " if at else "", "bold")
        said.append(line.text, "bold" if line.urgent else "")
        if self.size.height >= TALL:  # read from two steps away
            said.append("\n")
        return said

    def marked(self) -> Visit | None:
        """The visitor the mark stands on, or None."""
        row = self.query_one("#inside", OptionList).highlighted
        return self.visits[row] if row is not None and row < len(self.visits) else None

    def on_key(self, event: Key) -> None:
        """Up and down move through those inside while the focus stays in the box."""
        if event.key in ("up", "down") and self.focused is self.box:
            inside = self.query_one("#inside", OptionList)
            inside.action_cursor_down() if event.key == "down" else inside.action_cursor_up()
            event.stop()

    # ── doing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def found(self) -> Found | None:
        """What stands in the box, at its best."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            return next(iter(find.search(read, self.box.value, self.desk.actor, 1)), None)

    @on(Input.Changed, "#find")
    def typed(self) -> None:
        """Say what is meant while it is typed."""
        found = self.found() if self.box.value.strip() else None
        self.box.border_subtitle = found.title if found else ""

    @on(Input.Submitted, "#find")
    def entered(self) -> None:
        """A slip signs its visitor out, a room lets one in, another number leads to its record."""
        if self.box.value.strip() and self.is_current:
            self.serve()

    @work
    async def serve(self) -> None:
        """Do what the box says."""
        found = self.found()
        if found is None:
            self.notify("没有找到，请打房号或扫访客单", severity="warning")
        elif not found.record:
            await self.let_in(found.room)
        elif found.place == "visits" and found.waits:
            self.out(found.record)
        else:
            await go_to(self.desk, found.place, found.record)

    @work
    async def action_arrive(self) -> None:
        """A visitor; to the room in the box if there is one."""
        if self.is_current:
            found = self.found() if self.box.value.strip() else None
            await self.let_in(found.room if found else "")

    async def let_in(self, room: str) -> None:
        """Ask about the visitor and let them in."""
        done = await arrive_for(self.desk, room)
        if done:
            record = done.record
            assert isinstance(record, Visit)
            self.box.value = ""
            self.notify(f"已放行 {record.number} {visits.called(record)}", markup=False)

    def action_leave(self) -> None:
        """The marked visitor was seen leaving."""
        marked = self.marked()
        if marked is None:
            self.notify("没有在场的访客", severity="warning")
        else:
            self.out(marked.id)

    def out(self, visit: str) -> None:
        """Sign a visitor out."""
        try:
            done = sign_out(self.desk, visit)
        except Refused as refused:
            self.desk.turn_down(refused)
            return
        record = done.record
        assert isinstance(record, Visit)
        self.box.value = ""
        self.notify(f"已签离 {record.number} {visits.called(record)}", markup=False)

    @on(OptionList.OptionSelected, "#tonight")
    @work
    async def opened(self, event: OptionList.OptionSelected) -> None:
        """Enter on what happened leads to its record."""
        if event.option_index < len(self.happened) and (line := self.happened[event.option_index]).record:
            await go_to(self.desk, line.place, line.record)

    def action_evacuate(self) -> None:
        """Who is where, on paper and on the glass."""
        print_list(self.desk)

    def action_clear(self) -> None:
        """Ready for the next one."""
        self.box.value = ""
        self.box.focus()
