"""What runs beneath the glass: the store that is opened and acted on, and the slow lane of printers and central.

Nothing heavy is imported here: the glass is painted first, then a thread loads the desk and opens its store.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.reactive import var

from screens.keys import InOrder

if TYPE_CHECKING:
    from data.records import Actor, Event, Record
    from data.store import Done, Store
    from data.sync import Worker as SyncWorker
    from desk.config import Config
    from printers.spool import Worker as PrintWorker


class Engine(InOrder):
    """A desk that is opened, acts, prints and exchanges. `home` is the folder with everything this desk keeps."""

    actor: var[Actor | None] = var(None)

    class Opened(Message):
        """The store is open and everything is loaded."""

    class Rebuilding(Message):
        """An update makes every table anew; `done` entries are folded."""

        def __init__(self, done: int) -> None:
            super().__init__()
            self.done = done

    class Trouble(Message):
        """The desk cannot open; `text` says why and what to do."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Changed(Message):
        """Records changed, by us or by another desk; `kinds` are their classes."""

        def __init__(self, kinds: set[type[Record]]) -> None:
            super().__init__()
            self.kinds = kinds

    class Status(Message):
        """A printer or central has something new to say."""

    def __init__(self, home: Path, demo: bool = False) -> None:
        super().__init__()
        self.home, self.demo = home, demo
        self.store: Store
        self.config: Config | None = None
        self.opened = False
        self.trouble = ""
        self.since = ""
        self.printing: list[PrintWorker] = []
        self.exchange: SyncWorker | None = None

    # ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_ready(self) -> None:
        """The first picture is on the glass: now load the desk."""
        self.open_desk()

    @work(thread=True, group="open")
    def open_desk(self) -> None:
        """Import the jobs, read the settings, look the database over; news comes by message."""
        from data.file import Damaged
        from data.records import Refused
        from desk.config import read_config
        from desk.setup import open_store

        try:
            self.config = read_config(self.home)
            self.store = open_store(self.home, self.config, self.rebuilding)
        except (Refused, Damaged) as error:
            self.post_message(self.Trouble(str(error)))
            return
        self.post_message(self.Opened())

    def rebuilding(self, done: int) -> None:
        """So many entries are folded; said from the opening thread."""
        self.post_message(self.Rebuilding(done))

    def heard(self, kinds: set[type[Record]]) -> None:
        """The store committed something, in whatever thread."""
        self.post_message(self.Changed(kinds))

    def loaded(self) -> None:
        """All that is loaded stays: start the slow lane."""
        from screens.lanes import start

        self.opened = True
        self.store.changed = self.heard
        start(self)
        gc.collect()
        gc.freeze()
        # Looking through all that forms and lists left takes 50 ms and more: `rest` does it while nobody types, never a scan.
        gc.set_threshold(700, 10, 10_000)

    def rest(self) -> None:
        """Nobody types: clear away what closed forms and lists left."""
        if gc.get_count()[2] >= 10:
            gc.collect()

    def on_unmount(self) -> None:
        """Stop the slow lane; what waits there is kept in the database."""
        for worker in self.printing:
            worker.stop()
        if self.exchange:
            self.exchange.stop()
        if self.opened:
            self.store.close()

    # ── acting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def act(self, event: Event, subject: str | None = None) -> Done:
        """Do one thing as whoever is logged in, then wake the slow lane. Raises Refused."""
        assert self.actor is not None
        done = self.store.act(event, self.actor, subject)
        self.wake()
        return done

    def act_all(self, acts: Sequence[tuple[Event, str | None]]) -> list[Done]:
        """Do several things in one transaction, all or none. Raises Refused."""
        assert self.actor is not None
        done = self.store.act_all(acts, self.actor)
        self.wake()
        return done

    def wake(self) -> None:
        """There may be something to print or to send; the slow lane begins when the glass has said what was saved."""
        self.set_timer(0.05, self.poke)
        self.post_message(self.Status())

    def poke(self) -> None:
        """Wake the printers and central."""
        for worker in self.printing:
            worker.poke()
        if self.exchange:
            self.exchange.poke()
