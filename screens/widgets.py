"""Widgets of Textual that do less: a key in a field lays nothing out anew, a footer that says the same stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.binding import Binding
from textual.color import Color
from textual.events import Key
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Footer as TextualFooter
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.screen import Screen


OWN = {
    binding.key: binding.action
    for binding in Binding.make_bindings(Input.BINDINGS)
    if binding.key in ("enter", "backspace", "delete", "left", "right", "home", "end")
}
"""The keys a field knows what to do with, and what."""


def does(event: Key) -> bool:
    """Whether a field does this key itself."""
    return event.is_printable or event.key in OWN


class Box(Input):
    """A field to write in. Its place is fixed, so that what is written moves nothing else on the glass."""

    virtual_size = Reactive(Size(0, 0), layout=False)

    async def _on_key(self, event: Key) -> None:
        """Do its own keys when their turn comes: handed up to the program and back they are overtaken by what follows."""
        if event.key in OWN and not event.is_printable:
            event.stop()
            await self.run_action(OWN[event.key])

    def watch_has_focus(self, has_focus: bool) -> None:
        """In a form light up at once: the whole stylesheet, asked again, takes 2 ms at each end of every move."""
        if not isinstance(self.parent, Widget) or not self.parent.has_class("field"):
            super().watch_has_focus(has_focus)
            return
        theme = self.app.theme_variables
        self.styles.background = Color.parse(theme["primary"]).with_alpha(0.3) if has_focus else None
        self.styles.background_tint = Color.parse(theme["foreground"]).with_alpha(0.05 if has_focus else 0)


class Footer(TextualFooter):
    """The keys of this screen, made anew only when they are others: not whenever the focus moves on by a field."""

    told: tuple[tuple[str, str, bool], ...] = ()

    def bindings_changed(self, screen: Screen[object]) -> None:
        """The bindings may have changed."""
        now = tuple(
            (binding.key, binding.description, enabled)
            for _, binding, enabled, _ in screen.active_bindings.values()
            if binding.show
        )
        if not self._bindings_ready or now != self.told:
            self.told = now
            super().bindings_changed(screen)


def put(place: Static, text: str) -> None:
    """Put a text in its place if it is not there already, and lay out anew only what it may move.

    One line for one line moves nothing; a text that comes, goes or wraps may.
    """
    was = str(place.content)
    if was != text:
        wide = place.size.width
        place.update(text, layout=not (0 < cell_len(was) <= wide and 0 < cell_len(text) <= wide))
