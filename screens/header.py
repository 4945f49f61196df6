"""The line at the top: which desk, who works at it, whether central and the printers keep up, what time it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

if TYPE_CHECKING:
    from screens.app import FrontDesk

WEEKDAYS = "一二三四五六日"


class Header(Widget):
    """One line; what needs a person stands out by words, not by colour alone."""

    def render(self) -> Text:
        """The line, cut to the glass."""
        app = cast("FrontDesk", self.app)
        now = app.now()
        clock = f"{now:%m-%d} 周{WEEKDAYS[now.weekday()]} {now:%H:%M}"
        left = Text(f" {app.config.estate} · {app.config.desk}" if app.config else " 物业前台")
        if app.actor:
            from desk.staff import POSTS

            left.append(f"  {app.actor.name} {POSTS[app.actor.role]} {app.since}起")
        right = Text()
        if app.opened:
            from screens.lanes import printing, syncing

            for said, wanted in (syncing(app), printing(app)):
                right.append(f" {'!' if wanted else ''}{said} ", "bold reverse" if wanted else "")
        right.append(f" {clock} ")
        room = self.size.width - cell_len(left.plain) - cell_len(right.plain)
        left.append(" " * max(1, room))
        left.append_text(right)
        left.truncate(self.size.width, overflow="ellipsis")
        return left
