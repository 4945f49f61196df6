"""The reports on the glass: which one by a digit, which month by left and right, as tables or as a picture, kept as a sheet."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, OptionList, Static

from data.records import Refused
from desk import charts, reports, staff
from desk.report import UNITS, Report, Span, Table, Unit, moved, shown
from printers.cells import glass_cut, wrap
from screens.header import Header
from screens.picture import Picture
from screens.widgets import Footer

if TYPE_CHECKING:
    from data.records import Actor
    from screens.app import FrontDesk

SHOWN = 500
"""Rows a table shows at most; a sheet has all of them."""
WIDEST = 24
BOTH = 32
"""Lines of glass from which on table and picture stand together."""


class Names(OptionList):
    """The reports by name; left and right go through time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.step(-1)", "上一期", tooltip="上一个月（或日、年）"),
        Binding("right", "screen.step(1)", "下一期", tooltip="下一个月（或日、年）"),
    ]


class Reports(Screen[None]):
    """The list of reports beside the marked one, read in a thread: the glass never waits for a sum."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "keep", "存表格", tooltip="把这个报表存成 .xlsx"),
        Binding("f9", "turn", "换看法", tooltip="同一个报表的另一张表，或图"),
        Binding("ctrl+u", "unit", "日/月/年", tooltip="按日、按月或按年看", priority=True),
        Binding("escape", "home", "返回", show=False),
    ]

    class Made(Message):
        """A report was read, or `refused` says why not."""

        def __init__(self, name: str, span: Span, report: Report | None, refused: str = "") -> None:
            super().__init__()
            self.name, self.span, self.report, self.refused = name, span, report, refused

    class Kept(Message):
        """A sheet was written, or not; `text` says where, or why."""

        def __init__(self, text: str, well: bool) -> None:
            super().__init__()
            self.text, self.well = text, well

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """Names on the left; on the right the table, the picture, and what to know."""
        yield Header()
        with Horizontal(id="work"):
            yield Names(*(f"{n:2} {name}" for n, name in enumerate(reports.REPORTS, 1)), id="names", markup=False)
            with Vertical(id="report"):
                table: DataTable[Text] = DataTable(cursor_type="row", id="figures", zebra_stripes=True)
                yield table
                yield Picture(id="picture", can_focus=True)
                yield Static("", id="said", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """This month, the first report."""
        self.unit: Unit = "月"
        self.day = self.desk.now().date()
        self.report: Report | None = None
        self.view = 0
        self.reading = False
        names = self.query_one("#names", Names)
        names.border_title = "报表"
        names.highlighted = 0
        names.focus()
        self.reload()

    def on_screen_resume(self) -> None:
        """Show what is so now; whoever was here before took their report along."""
        if hasattr(self, "report"):
            self.reload()

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def name_marked(self) -> str:
        """The marked report."""
        return list(reports.REPORTS)[self.query_one("#names", Names).highlighted or 0]

    @property
    def span(self) -> Span:
        """The days asked for."""
        return Span.of(self.unit, self.day)

    def reload(self) -> None:
        """Read the marked report; where one is being read already, the wish is looked at when it has come."""
        actor = self.desk.actor
        if actor is None or not staff.sees_money(actor):
            self.report = None
            self.show()
            return
        if not self.reading:
            self.reading = True
            self.read(self.name_marked, self.span, actor)
        if self.report is None or (self.report.name, self.report.span) != (self.name_marked, self.span):
            self.report = None
            self.show()

    @work(thread=True)
    def read(self, name: str, span: Span, actor: Actor) -> None:
        """Make a report, and load what draws it, away from the glass."""
        try:
            with self.desk.store.read() as session:
                made = reports.make(name, session, actor, span)
        except Refused as refused:
            self.post_message(self.Made(name, span, None, str(refused)))
            return
        if made.chart:
            charts.load()
        self.post_message(self.Made(name, span, made))

    @on(Made)
    def made(self, message: Made) -> None:
        """A report came: show it if it is still wanted, else read what is."""
        self.reading = False
        if (message.name, message.span) != (self.name_marked, self.span):
            self.reload()
        elif message.report is None:
            self.query_one("#said", Static).update(message.refused)
        elif self.desk.actor and staff.sees_money(self.desk.actor) and message.report != self.report:
            self.report = message.report
            self.show()

    # ── the glass ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def both(self) -> bool:
        """Whether table and picture stand together."""
        return self.size.height >= BOTH

    @property
    def views(self) -> int:
        """How many looks the report has, one after the other."""
        if self.report is None:
            return 1
        return len(self.report.tables) + (1 if self.report.chart and not self.both else 0)

    def show(self) -> None:
        """Show the report: one of its tables, its picture, or both."""
        report = self.report
        self.view = min(self.view, self.views - 1)
        figures, picture = self.query_one("#figures", DataTable), self.query_one(Picture)
        drawing = report is not None and report.chart is not None and (self.both or self.view == len(report.tables))
        figures.display = not drawing or self.both
        picture.display = drawing
        said = wrap(report.note, max(self.size.width - 20, 20)) if report else []
        self.query_one("#said", Static).update("\n".join(said))
        if report is None:
            figures.clear(columns=True)
            waits = self.desk.actor is not None
            figures.border_title, figures.border_subtitle = f"{self.name_marked} {self.span}", "正在统计……" if waits else ""
            return
        if figures.display:
            self.fill(figures, report, report.tables[self.view])
        if drawing and report.chart:
            picture.border_title = f"{report.name} {report.covers}"
            lines = len(report.chart.labels) + 5 if report.chart.lying else 14
            picture.styles.height = min(lines, self.size.height - 16) if self.both else "1fr"
            picture.show(report.chart)

    def fill(self, figures: DataTable[Text], report: Report, table: Table) -> None:
        """Put one table on the glass: figures right, the sum under it."""
        figures.clear(columns=True)
        rows = table.rows[:SHOWN]
        cells = [[shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True)] for row in rows]
        total = [shown(cell, column.kind) for cell, column in zip(table.total or (), table.columns, strict=False)]
        for n, column in enumerate(table.columns):
            width = max(cell_len(column.label), *(cell_len(row[n]) for row in (*cells, *([total] if total else []))), 2)
            figures.add_column(self.cell(column.label, table, n), width=min(width, WIDEST))
        figures.fixed_columns = 1 if len(table.columns) > 4 else 0
        for row in cells:
            figures.add_row(*(self.cell(text, table, n) for n, text in enumerate(row)))
        if total and rows:
            figures.add_row(*(self.cell(text, table, n, "bold") for n, text in enumerate(total)))
        nth = f"（{self.view + 1}/{self.views}）" if self.views > 1 else ""
        figures.border_title = f"{report.name} {report.covers} · {table.title}{nth}"
        more = f"只列前 {SHOWN} 行，F8 存表格看全部" if len(table.rows) > SHOWN else ""
        figures.border_subtitle = more or (f"{len(table.rows)} 行" if table.rows else "没有")

    def cell(self, text: str, table: Table, n: int, style: str = "") -> Text:
        """One cell, words left and figures right."""
        left = table.columns[n].kind in ("text", "day")
        return Text(glass_cut(text, WIDEST), style, justify="left" if left else "right")

    def on_resize(self) -> None:
        """More glass, more picture."""
        if hasattr(self, "report"):
            self.show()

    # ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @on(OptionList.OptionHighlighted, "#names")
    def marked(self) -> None:
        """The mark moved to another report."""
        if hasattr(self, "report") and (self.report is None or self.report.name != self.name_marked):
            self.view = 0
            self.reload()

    @on(OptionList.OptionSelected, "#names")
    def entered(self) -> None:
        """Enter goes from the names to the table."""
        self.query_one("#figures" if self.query_one("#figures").display else "#picture").focus()

    def on_key(self, event: Key) -> None:
        """A digit marks a report, 0 the tenth."""
        if event.character and event.character.isascii() and event.character.isdecimal():
            event.stop()
            self.query_one("#names", Names).highlighted = (int(event.character) or 10) - 1

    def action_step(self, by: int) -> None:
        """The month before or after; not beyond today, where nothing has happened yet."""
        day = moved(self.unit, self.day, by)
        if Span.of(self.unit, day).first <= self.desk.now().date() and day > date(2000, 1, 1):
            self.day = day
            self.reload()

    def action_unit(self) -> None:
        """By day, by month, by year."""
        self.unit = UNITS[(UNITS.index(self.unit) + 1) % len(UNITS)]
        self.reload()

    def action_turn(self) -> None:
        """Another look at the same report."""
        self.view = (self.view + 1) % self.views
        self.show()
        if not self.query_one("#names").has_focus:
            self.entered()

    def action_keep(self) -> None:
        """Keep the report as a sheet in the desk's folder."""
        actor = self.desk.actor
        if self.report is None or actor is None:
            self.notify("报表还在统计，请稍等再存", severity="warning")
            return
        self.write(self.report, actor.name)

    @work(thread=True)
    def write(self, report: Report, who: str) -> None:
        """Write the sheet away from the glass, and say where it is."""
        from desk.report_sheets import write

        assert self.desk.config is not None
        at = datetime.now()
        path = self.desk.home / "reports" / f"{report.name}_{report.span}_{at:%m%d-%H%M%S}.xlsx"
        try:
            write(path, [report], self.desk.config.estate, who, at)
        except Refused as refused:
            self.post_message(self.Kept(str(refused), False))
            return
        self.post_message(self.Kept(f"已存成 {path}", True))

    @on(Kept)
    def kept(self, message: Kept) -> None:
        """Say where the sheet is."""
        self.notify(message.text, severity="information" if message.well else "warning", timeout=10, markup=False)

    def action_home(self) -> None:
        """Back to the counter."""
        self.app.switch_mode("home")
