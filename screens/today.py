"""Today: what waits for somebody at this desk, and the daybook of everything that happened, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Static

from desk import daybook, doubts, incidents, outages, parcels, repairs, visits
from desk.paper import slips_of
from printers.cells import glass_cut
from screens.header import Header
from screens.widgets import Footer

if TYPE_CHECKING:
    from screens.app import FrontDesk

PAGE = 200


class Today(Screen[None]):
    """The state of the desk beside its daybook."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "older", "更早", tooltip="往前翻一页"),
        Binding("f8", "newest", "最新", tooltip="回到最新一页"),
        Binding("f12", "app.slips", "待打单据", tooltip="看还没打出或要确认的单据"),
        Binding("escape", "home", "返回", show=False),
    ]

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """The daybook beside what waits."""
        yield Header()
        with Horizontal(id="work"):
            yield DataTable(cursor_type="row", id="rows", zebra_stripes=True)
            with VerticalScroll(id="side", can_focus=False):
                yield Static("", id="detail")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Columns first."""
        table = self.query_one("#rows", DataTable)
        table.border_title = "日志"
        for label, width in (("时间", 12), ("经办", 8), ("事项", 30)):
            table.add_column(label, width=width)
        self.before: int | None = None
        self.reload()
        table.focus()

    def on_screen_resume(self) -> None:
        """Show what is so now."""
        if hasattr(self, "before"):
            self.reload()

    def reload(self) -> None:
        """Read the page again."""
        actor = self.desk.actor
        if actor is None:
            return
        table = self.query_one("#rows", DataTable)
        with self.desk.store.read() as read:
            self.lines = daybook.latest(read, actor, self.before, PAGE)
            held = sum(parcels.counts(read, self.desk.now()).values())
            open_repairs, inside = repairs.open_repairs(read), visits.inside(read)
            events = f"突发事件  {len(incidents.open_incidents(read))} 件未结\n公共事件  {len(outages.standing(read))} 件\n"
            doubtful = doubts.waiting(read, self.desk.store)
        table.clear()
        for line in self.lines:
            table.add_row(line.at[5:16].replace("T", " "), glass_cut(line.who, 8), glass_cut(line.what, 30))
        said = Text()
        said.append("现在\n", "bold")
        said.append(f"在场访客  {len(inside)} 位\n待取快递  {held} 件\n未完报修  {len(open_repairs)} 单\n{events}")
        waiting = self.desk.store.look(lambda db: slips_of(db, "", actor))
        said.append(f"待打单据  {len(waiting)} 张\n")
        for job in [job for job in waiting if job.reason][:3]:
            said.append(f"  {job.doc_no} {job.reason}\n", "italic")
        if self.desk.exchange:
            said.append(f"\n同步  {self.desk.exchange.text}\n")
        if doubtful:
            said.append("\n待核对（到那一条按 Ctrl+O）\n", "bold")
            for record in doubtful[:5]:
                said.append(f"  {record.number} {record.doubt}\n")
            said.append(f"  ……另 {len(doubtful) - 5} 条\n" if len(doubtful) > 5 else "")
        self.query_one("#detail", Static).update(said)

    def action_older(self) -> None:
        """A page back in time."""
        if len(self.lines) < PAGE and self.before is None:
            self.notify("没有更早的了")
            return
        self.before = self.lines[-1].n if self.lines else None
        self.reload()

    def action_newest(self) -> None:
        """Back to now."""
        self.before = None
        self.reload()

    def action_home(self) -> None:
        """Back to the counter."""
        self.app.switch_mode("home")
