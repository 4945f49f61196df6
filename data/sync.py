"""Sync: how a desk joins central, and the worker that keeps the two alike while people work."""

import random
import threading
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any

from data import journal, keys
from data.entry import Broken
from data.exchange import Exchange, Report, begin, waiting
from data.keys import RefusedByCentral
from data.line import Line, Offline, readable
from data.store import Store

__all__ = ["Exchange", "Offline", "RefusedByCentral", "Report", "Worker", "enrol", "waiting"]


def enrol(store: Store, home: Path, server: str, code: str, desk: str, now: Callable[[], float] = time) -> str:
    """Join central with a code: a chain from it, with every own entry written again on that chain; gives its prefix.

    `home` holds the keys, `desk` is what this place is called. Raises Offline, RefusedByCentral (BAD_CODE …); then
    nothing has changed, and the same code may be tried again.
    """
    line = Line(server, now)
    prefix = store.look(journal.active).prefix
    try:
        key = keys.coming(home)
        said = line.ask("POST", "/v1/enrol", {"code": code, "key": key.public, "prefix": prefix, "desk": desk}, None)
    finally:
        line.close()
    with readable():
        return _join(store, home, server, said, key)


def _join(store: Store, home: Path, server: str, said: dict[str, Any], key: keys.Key) -> str:
    notes = {"server": server, "estate": str(said["estate"]), "central": str(said["central"])}
    return begin(store, home, said, key, 0, notes | {"feed": str(said["feed"]), "cursor": "0"})


FIRST_DELAY, LAST_DELAY = 1.0, 300.0
"""Seconds between rounds that failed: at most these, at random below, so that desks do not come back all at once."""


class Worker(threading.Thread):
    """Rounds with central at `server` while the desk is open: each `every` seconds, sooner when poked, later after failures.

    state    "synced", "waiting" (own entries still to go), "offline", "trouble" (a person must look)
    waiting  own entries central has not acknowledged
    text     what the header says of it, in Chinese
    aside    what central keeps without effect, in Chinese, since the start
    `changed` is called in this thread after each of these may have changed.
    """

    def __init__(
        self, store: Store, home: Path, server: str, changed: Callable[[], None] = lambda: None, *, every: float = 10.0
    ) -> None:
        super().__init__(name="sync", daemon=True)
        self.exchange, self.every, self.changed = Exchange(store, home, server), every, changed
        self.state, self.waiting, self.text = "waiting", 0, "正在连接中心"
        self.aside: list[str] = []
        self.failures = 0
        self._poked, self._stopping = threading.Event(), threading.Event()

    def poke(self) -> None:
        """Something was done at this desk: have a round soon, even while waiting after a failure. From any thread."""
        self._poked.set()

    def stop(self) -> None:
        """End after the round that is under way; `join` waits for it. From any thread."""
        self._stopping.set()
        self._poked.set()

    def run(self) -> None:
        """Rounds until `stop`; a round that failed always makes the next one due."""
        try:
            while not self._stopping.is_set():
                self._rest(self._once())
        finally:
            self.exchange.close()

    def _once(self) -> float:
        """One round; gives the seconds until the next."""
        from sqlalchemy.exc import SQLAlchemyError
        from sqlcipher3 import dbapi2

        least = 0.0
        try:
            report = self.exchange.round()
        except Offline as error:
            self._say("offline", str(error))
        except RefusedByCentral as error:
            least = float(error.facts.get("retry_after", 0))
            self._say("offline" if error.code == "SLOW_DOWN" else "trouble", error.detail)
        except Broken as error:
            self._say("trouble", str(error))
        except (OSError, SQLAlchemyError, dbapi2.Error, ArithmeticError) as error:
            self._say("trouble", f"同步遇到意外，稍后自动重试，一直如此请联系管理员（{type(error).__name__}：{error}）")
        else:
            return self._went(report)
        self.failures += 1
        return max(least, random.uniform(0, min(LAST_DELAY, FIRST_DELAY * 2 ** min(self.failures, 16))))

    def _went(self, report: Report) -> float:
        self.failures = 0
        self.aside += report.aside
        skewed = f"；本机时钟与中心相差 {abs(report.skew) // 60} 分钟，请校准" if abs(report.skew) > keys.SKEW else ""
        if report.waiting:
            self._say("waiting", f"待上传 {report.waiting} 条{skewed}", report.waiting)
        else:
            self._say("synced", f"已同步{skewed}", 0)
        return FIRST_DELAY if report.again or report.waiting else self.every

    def _say(self, state: str, text: str, left: int | None = None) -> None:
        self.waiting = waiting(self.exchange.store) if left is None else left
        self.state, self.text = state, text if state in ("synced", "waiting") else f"{text}（待上传 {self.waiting} 条）"
        self.changed()

    def _rest(self, seconds: float) -> None:
        """Wait for the next round. After a failure no poke makes it sooner than a second, so that acts do not hammer."""
        if self.failures and self._stopping.wait(min(seconds, FIRST_DELAY)):
            return
        self._poked.wait(max(0.0, seconds - (FIRST_DELAY if self.failures else 0.0)))
        self._poked.clear()
