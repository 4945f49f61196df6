"""A chart on the glass."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from desk import charts
from desk.report import Chart


class Picture(VerticalScroll):
    """The place of a chart, which is drawn anew for every size it has."""

    chart: Chart | None = None

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static("", markup=False)

    def show(self, chart: Chart) -> None:
        """Draw this one from now on."""
        self.chart = chart
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        """It has a place now, or another."""
        self.draw()

    def draw(self) -> None:
        """Draw it as large as there is room."""
        room = self.scrollable_content_region
        if self.chart and self.display and room.width:
            self.query_one(Static).update(charts.drawn(self.chart, room.width - 1, max(room.height, 8)))
