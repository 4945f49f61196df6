"""The counter of one job: find, list, detail, keys; every job's screen is one of these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import Key
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static

from data.records import Event, Record, Refused
from desk import doubts, find
from printers.cells import glass_cut
from screens.ask import Pick
from screens.check import Check
from screens.form import Form
from screens.header import Header
from screens.keys import turn
from screens.widgets import Box, Footer

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk

Way = Callable[[], Awaitable["Done | None"]]
"""What a word of the list under Ctrl+O does; gives what was done, or None."""

SHOWN = 300
"""Rows a list shows at most: a DataTable of 10,000 costs a second; search narrows it in SQL."""


class Counter(Screen[None]):
    """A job's list with what is known of the marked row beside it. A subclass says what its rows are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "new", "新建", tooltip="登记一条新的"),
        Binding("f9", "next", "下一步", tooltip="这一条接下来要做的事"),
        Binding("ctrl+o", "more", "其他", tooltip="这一条还能办的事；有待核对的也在这里核对", priority=True),
        Binding("f12", "paper", "补打", tooltip="看这一条打过的单据，需要时补打"),
        Binding("escape", "clear", "返回", tooltip="清空搜索；已空时回柜台", show=False),
    ]
    heading: ClassVar[str] = ""
    columns: ClassVar[Sequence[tuple[str, int]]] = ()
    """Label and width in cells of each column; even widths, so that no Chinese character is cut in half."""
    looking_for: ClassVar[str] = ""

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    # ── what a job says ────────────────────────────────────────────────────────────────────────────────────────────

    def rows(self, read: Session, text: str) -> Sequence[Record]:
        """The records to list for what stands in the search box, best first, at most SHOWN."""
        raise NotImplementedError

    def cells(self, record: Any) -> Sequence[str]:
        """A record's cells, one a column."""
        raise NotImplementedError

    def detail(self, read: Session, record: Any) -> Text:
        """What is known of a record."""
        raise NotImplementedError

    def new_form(self, room: str = "") -> Form | None:
        """The form that opens a record, with the household filled in."""
        raise NotImplementedError

    async def next_step(self, record: Any) -> Done | None:
        """Do what comes next for a record; runs in a worker, so it may await forms."""
        raise NotImplementedError

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """What else can be done, besides the keys: words for a list chosen by digit, and what each does.

        `record` is the marked one, or None: then only what needs none. Ways run in a worker, so they may await forms.
        """
        return ()

    def room_typed(self) -> str:
        """The one room that stands in the search box, or ""."""
        typed = self.query_one("#find", Input).value.strip()
        try:
            with self.desk.store.read() as read:
                return find.room_meant(read, typed) if typed else ""
        except Refused:
            return ""

    def meant(self, read: Session, text: str, place: str) -> tuple[set[str], set[str]]:
        """What a text in the search box means to a place: ids of its records, and codes of rooms."""
        assert self.desk.actor is not None
        matches = find.search(read, text, self.desk.actor, 50)
        return (
            {match.record for match in matches if match.place == place},
            {match.room for match in matches if match.place == "home"},
        )

    # ── the glass ──────────────────────────────────────────────────────────────────────────────────────────────────

    def compose(self) -> ComposeResult:
        """Search box over list and detail."""
        yield Header()
        yield Box(placeholder=self.looking_for, id="find", compact=True)
        with Horizontal(id="work"):
            table: DataTable[Text] = DataTable(cursor_type="row", id="rows", zebra_stripes=True)
            yield table
            with VerticalScroll(id="side", can_focus=False):
                yield Static("", id="detail")
        yield Footer(show_command_palette=False, compact=True)

    @property
    def table(self) -> DataTable[Text]:
        """The list."""
        return cast("DataTable[Text]", self.query_one("#rows", DataTable))

    def on_mount(self) -> None:
        """Columns first, rows after."""
        self.listed: dict[str, Record] = {}
        self.table.border_title = self.heading
        for label, width in self.columns:
            self.table.add_column(label, width=width, key=label)
        self.reload()
        self.query_one("#find").focus()

    def on_screen_resume(self) -> None:
        """Show what is so now."""
        if hasattr(self, "listed"):
            self.reload()

    def reload(self) -> None:
        """Read the list again; rows that stay are changed in place, and the mark stays on its row."""
        if self.desk.actor is None or not self.is_current:  # somebody logged out, or a form stands over it; a timer may ask
            return
        with self.desk.store.read() as read:
            found = {record.id: record for record in self.rows(read, self.query_one("#find", Input).value.strip())[:SHOWN]}
        marked = self.marked()
        if list(found) == list(self.listed):
            for key, record in found.items():
                # What is written may change with the hour while the record does not: 超时 +52分.
                for (label, _), was, cell in zip(self.columns, self.table.get_row(key), self._cut(record), strict=True):
                    if was != cell:
                        self.table.update_cell(key, label, cell)
        else:
            self.table.clear()
            for key, record in found.items():
                self.table.add_row(*self._cut(record), key=key)
            if marked and marked.id in found:
                self.table.move_cursor(row=list(found).index(marked.id))
        self.listed = found
        self.table.border_subtitle = f"{len(found)}{'+' if len(found) == SHOWN else ''} 条"
        self.show()

    def _cut(self, record: Record) -> list[Text]:
        # Not plain strings: a table takes those for markup, and what people type may hold brackets.
        return [Text(glass_cut(cell, width)) for cell, (_, width) in zip(self.cells(record), self.columns, strict=True)]

    def marked(self) -> Any:
        """The record the mark stands on, or None."""
        keys = list(self.listed)
        row = self.table.cursor_row
        return self.listed[keys[row]] if 0 <= row < len(keys) else None

    def mark(self, record: str) -> None:
        """Put the mark on a record, looking for it where the list does not show it."""
        if record not in self.listed:
            self.query_one("#find", Input).value = ""
            self.reload()
        if record in self.listed:
            self.table.move_cursor(row=list(self.listed).index(record))
            self.show()

    def show(self) -> None:
        """Show what is known of the marked record."""
        record, place = self.marked(), self.query_one("#detail", Static)
        if record is None:
            place.update(Text("没有找到。F8 新建", "dim"))
            return
        with self.desk.store.read() as read:
            said = self.detail(read, record)
        if record.doubt:
            said.append(f"\n! 待核对：{record.doubt}", "bold")
        place.update(said)

    @on(Input.Changed, "#find")
    def find(self) -> None:
        """Search while typing."""
        if hasattr(self, "listed"):
            self.reload()

    @on(Input.Submitted, "#find")
    def found(self) -> None:
        """Enter in the search box."""
        self.entered(self.query_one("#find", Input).value.strip())

    def entered(self, text: str) -> None:
        """What Enter does with what stands in the search box: go from there to the list."""
        self.table.focus()

    def on_key(self, event: Key) -> None:
        """From the search box a page more of what is known of the marked record; in the list the list turns."""
        if event.key in ("pagedown", "pageup") and self.query_one("#find").has_focus:
            turn(self.query_one("#side", VerticalScroll), event)

    @on(DataTable.RowHighlighted)
    def highlighted(self) -> None:
        """The mark moved."""
        self.show()

    @on(DataTable.RowSelected)
    def selected(self) -> None:
        """Enter on a row does what comes next for it."""
        self.action_next()

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @work
    async def action_new(self) -> None:
        """Open a record."""
        if not self.is_current:
            return
        form = self.new_form()
        if form is None:
            return
        done = await self.app.push_screen_wait(form)
        if done:
            self.said(done)
            self.mark(done.record.id)

    @work
    async def action_next(self) -> None:
        """Do what comes next for the marked record."""
        if not self.is_current:
            return
        record = self.marked()
        if record is None:
            self.notify("请先选一条", severity="warning")
            return
        done = await self.next_step(record)
        if done:
            self.said(done)
            self.mark(done.record.id)

    @work
    async def action_more(self) -> None:
        """What else can be done with the marked record, by digit."""
        if not self.is_current:
            return
        record = self.marked()
        ways = list(self.others(record))
        if record is not None and record.doubt and (event := doubts.checking(record)) and self.post in event.roles:
            ways.insert(0, ("核对完毕", lambda: self.app.push_screen_wait(Check(record, event))))
        if not ways:
            self.notify("这一条没有别的事可办")
            return
        question = f"{record.number if record else self.heading} 其他"
        chosen = await self.app.push_screen_wait(Pick(question, [word for word, _ in ways]))
        if chosen is None:
            return
        done = await ways[chosen][1]()
        if done:
            self.said(done)
            self.mark(done.record.id)

    @property
    def post(self) -> str:
        """The post of whoever is logged in."""
        return self.desk.actor.role if self.desk.actor else ""

    def may(self, event: type[Event]) -> bool:
        """Whether this post may do that; says so where it may not."""
        actor = self.desk.actor
        if actor is not None and actor.role in event.roles:
            return True
        self.notify("您的岗位不能办理这一步，请找前台或当班主管", severity="warning")
        return False

    def said(self, done: Done) -> None:
        """Say that it is kept."""
        self.notify(f"已保存 {done.record.number}".rstrip())

    def action_paper(self) -> None:
        """Show the slips of the marked record; all that wait where none is marked."""
        from screens.slips import Slips

        record = self.marked()
        self.app.push_screen(Slips(record.id, record.number) if record is not None else Slips("", "待打"))

    def action_clear(self) -> None:
        """Empty the search box; when it is empty already, go back to the counter."""
        box = self.query_one("#find", Input)
        if box.value or not box.has_focus:
            box.value = ""
            box.focus()
        else:
            self.app.switch_mode("home")


async def go_to(app: FrontDesk, place: str, record: str) -> None:
    """Go to a record at its place, the mark on it."""
    await app.switch_mode(place)
    if isinstance(app.screen, Counter):
        app.screen.mark(record)


def hour(moment: str) -> str:
    """A wall time as the glass says it: today's without its day."""
    if moment[:10] == f"{datetime.now():%Y-%m-%d}":
        return f"今天 {moment[11:16]}"
    return moment[5:16].replace("T", " ")
