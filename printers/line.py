"""One job's talk with a printer: what is asked, what is answered, and what may be believed about the slip.

A device is opened, given one job and closed; it is used from a worker thread, never from the glass.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from printers import status

WRITE = 10.0  # seconds for a piece to be taken, and for the answer after the last one
PATIENCE = 600.0  # seconds a slip begun may wait for paper or a closed cover
_PIECE = 4096

SEE = "请看是否出纸，再点“已出纸”或“补打”"


@dataclass(frozen=True)
class Outcome:
    """What became of a job of which at least one byte went out: confirmed by the printer, or uncertain and why."""

    confirmed: bool
    reason: str = ""
    sent: int = 0


class NotStarted(OSError):
    """Nothing of the job went out; it may be tried again as it is. `reason` says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Told = Callable[[str], None]


class Device(ABC):
    """A printer's address. `with device:` connects (raises NotStarted), `send` prints one job, the end hangs up."""

    exclusive = True  # whether two programs on this PC must take turns

    def __init__(self, url: str, timeout: float = WRITE) -> None:
        self.url = url
        self.timeout = timeout

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def open(self) -> None:
        """Connect. Raises NotStarted."""

    @abstractmethod
    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        """Print one job. Raises NotStarted when not one byte went out.

        `told` hears the printer's complaints (缺纸…) while it still works on the slip, and "" when they are over.
        """

    def close(self) -> None:  # noqa: B027  (not every device has something to hang up)
        """Hang up; never raises."""


class Talking(Device):
    """A printer with a way back: asked for its state first, and waited for until it says the slip is done."""

    counts = True  # whether a write that fails is known to have taken nothing

    @abstractmethod
    def connect(self) -> None:
        """Open the line. Raises NotStarted."""

    @abstractmethod
    def write(self, data: bytes) -> int:
        """Bytes taken. Raises OSError."""

    @abstractmethod
    def read(self, seconds: float) -> bytes:
        """What the printer said within `seconds`, b"" for nothing. Raises OSError when the line is gone."""

    def open(self) -> None:
        self._replies = status.Replies()
        self._done = False
        try:
            self.connect()
            trouble = self._trouble()
            if trouble:
                raise NotStarted(trouble)
        except NotStarted:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise NotStarted(f"打印机 {self.url} 一连上就断开：请关机再开机，检查连线（{error}）") from error

    def _listen(self, seconds: float) -> list[int]:
        """Real-time answers heard within `seconds`; notes on the way that the job is done."""
        heard = self._replies.feed(self.read(seconds))
        self._done = self._done or any(kind == "done" for kind, _ in heard)
        return [answer[0] for kind, answer in heard if kind == "real-time"]

    def _answer(self, question: bytes) -> int | None:
        """One real-time answer, None when the printer stays silent for a short while."""
        self.write(question)
        until = time.monotonic() + min(0.5, self.timeout / 4)
        while (left := until - time.monotonic()) > 0:
            if heard := self._listen(left):
                return heard[0]
        return None

    def _trouble(self) -> str:
        """What the printer complains of; "" when it is ready or does not say."""
        offline = self._answer(status.ASK_OFFLINE)
        if offline is None:
            return ""
        if complaint := status.offline_cause(offline):
            return complaint
        paper = self._answer(status.ASK_PAPER)
        return "" if paper is None else status.paper_out(paper)

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        sent = 0
        self._done = False
        try:
            while sent < len(payload):
                sent += self.write(payload[sent : sent + _PIECE])
        except OSError as error:
            if not sent and self.counts:
                raise NotStarted(f"打印机 {self.url} 不收数据：请检查电源和连线（{error}）") from error
            return Outcome(False, f"打印途中断了（已送出 {sent} 字节）：{SEE}", sent)
        try:
            return self._wait(sent, told or (lambda complaint: None))
        except OSError:
            return Outcome(False, f"打印途中断线，打印机没有回话：{SEE}", sent)

    def _wait(self, sent: int, told: Told) -> Outcome:
        """Until the printer says it is done; a printer out of paper or open is waited for as long as a person needs."""
        started = heard = time.monotonic()
        complaint = ""
        while not self._done:
            self._listen(self.timeout / 5)
            if self._done:
                break
            now = time.monotonic()
            before, complaint = complaint, self._trouble()
            if complaint != before:
                told(complaint)
            if complaint and now - started < PATIENCE:
                heard = now
            elif now - heard >= self.timeout:
                reason = f"{complaint}；不要补打，装好后{SEE}" if complaint else f"打印机没有回话：{SEE}"
                return Outcome(False, reason, sent)
        return Outcome(True, sent=sent)
