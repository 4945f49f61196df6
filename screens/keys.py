"""Keys in the order they were pressed: none is given out before what the one before it set off is done.

Textual hands every key to the focus at once. What writes is done there, what deletes or submits is done two queues later,
so that in one burst (a scanner, an input method, a fast hand while the program saves) Enter is overtaken by what follows it.
"""

from __future__ import annotations

from asyncio import sleep
from collections import deque
from time import monotonic

from textual.app import App
from textual.containers import VerticalScroll
from textual.dom import DOMNode
from textual.events import Event, Key, Paste

from screens.widgets import Box, does

YIELDS = 3
"""Turns of the loop a worker is given for its first steps; it is started in the turn after it was asked for."""

PATIENCE = 0.5
"""Seconds after which a key no longer waits for the one before it; a widget that died has told nobody."""


class InOrder(App[None]):
    """A program whose keys wait for each other."""

    def __init__(self) -> None:
        super().__init__()
        self.line: deque[Key | Paste] = deque()
        self.waiting_since = 0.0
        self.writing = False
        self.pressed_at = 0.0

    async def on_event(self, event: Event) -> None:
        """Keys and pastes get in line, everything else goes its way."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self.line.append(event)
        self.pressed_at = monotonic()
        if not self.waiting_since or self.pressed_at - self.waiting_since > PATIENCE:
            await self.give()

    async def give(self) -> None:
        """Give out keys until one must be waited for."""
        self.waiting_since = 0.0
        if self.line and not self.screen.is_mounted:
            # What opens is not yet there to be written in: its queue is answered once it is.
            self.waiting_since = monotonic()
            self.screen.call_later(self.call_later, self.give)
            return
        while self.line:
            event, target = self.line[0], self.focused or self.screen
            # A Box does what it is given when its turn comes, and its turns are in order.
            box = type(target) is Box
            enter = box and isinstance(event, Key) and event.key == "enter"
            writes = box and not enter and (isinstance(event, Paste) or does(event))
            if not writes:
                self.waiting_since = monotonic()
                if self.writing and not enter:
                    self.writing = False
                    self.climb(target, target, again=False)
                    return
            self.line.popleft()
            await super().on_event(event)
            self.writing = writes
            if enter:
                target.call_later(self.climb, target, target, False)  # once it is submitted
                return
            if not writes:
                self.climb(target, target, again=True)
                return

    def climb(self, target: DOMNode, here: DOMNode, again: bool) -> None:
        """Follow a key from the focus up to the program, then what it set off, by standing behind them in every queue."""
        if here is not self:
            above = here.parent if isinstance(here.parent, DOMNode) else self
            if here.call_later(self.climb, target, above, again):
                return
        if again:
            self.call_later(self.climb, target, target, False)
        else:
            self.call_later(self.follow)

    async def follow(self) -> None:
        """Let a worker the key set off come to its first wait, where what it opens stands already; then go on."""
        for _ in range(YIELDS):
            await sleep(0)
        await self.give()


def turn(side: VerticalScroll, event: Key) -> None:
    """Turn a page of what stands beside the list, which is longer than 80×24 shows."""
    event.stop()
    if event.key == "pagedown":
        side.scroll_page_down(animate=False)
    else:
        side.scroll_page_up(animate=False)
