"""Widgets of Textual that do less: a key in a field lays nothing out anew, a footer that says the same stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Footer as TextualFooter
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.screen import Screen


class Box(Input):
    """A field to write in. Its place is fixed, so that what is written moves nothing else on the glass."""

    virtual_size = Reactive(Size(0, 0), layout=False)


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
