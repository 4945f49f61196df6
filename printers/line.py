"""One job's talk with a printer: what is asked, what is answered, and what may be believed about the slip.

A device is opened, given one job and closed; it is used from a worker thread, never from the glass.
"""

import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from printers import status
from printers.thermal import ASK_DONE

WRITE = 10.0  # seconds for a piece to be taken, and for the answer after the last one
PATIENCE = 600.0  # seconds a slip begun may wait for paper or a closed cover
_PIECE = 4096  # bytes a write; a slip no longer than this fits into any printer's own memory

SEE = "请看是否出纸，再点“已出纸”或“补打”"
SILENT = f"打印机没有回话：{SEE}"

Answers = Literal["yes", "no", "id"]


@dataclass(frozen=True)
class Outcome:
    """What became of a job of which at least one byte went out: confirmed by the printer, or uncertain and why.

    `proof` is what confirmed it: id (the job's own number came back when its printing was over), done (GS r: everything
    before was processed), kept (written to disk or memory); "" when uncertain.
    """

    confirmed: bool
    reason: str = ""
    sent: int = 0
    proof: str = ""


class NotStarted(OSError):
    """Nothing of the job went out; it may be tried again as it is. `reason` says why and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Told = Callable[[str], None]


def _unheard(complaint: str) -> None:
    pass


class Device(ABC):
    """A printer's address. `with device:` connects (raises NotStarted), `send` prints one job, the end hangs up."""

    exclusive = True  # whether two programs on this PC must take turns
    notice = ""  # what a person should know though the printer works: 纸快用完

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
    """A printer with a way back: asked for its state first, and waited for until it says the slip is done.

    `answers` yes: by GS r, as most printers do; id: by the job's own number as well (GS ( H, Epson); no: the printer
    has no voice, so it is neither asked nor waited for.
    """

    counts = True  # whether a write that fails is known to have taken nothing

    def __init__(self, url: str, timeout: float, answers: Answers = "yes") -> None:
        super().__init__(url, timeout)
        self.answers = answers
        self._mute = False  # no way back on this connection
        self.talks = False  # has answered on this connection
        self._unanswered: set[bytes] = set()  # questions a printer that answers others does not know
        # Jobs the printer still owes a GS r for, this one included: a slip given up while it was out of paper is
        # printed when there is some, and its late answer must not be taken for the next slip's.
        self._owed = 0
        self._id = b""
        self._numbered = False  # the number of this job has come back
        self._complaint = ""  # the last it said unasked
        self._done = False  # the last job was confirmed

    @abstractmethod
    def connect(self) -> None:
        """Open the line. Raises NotStarted."""

    @abstractmethod
    def write(self, data: bytes) -> int:
        """Bytes taken. Raises TimeoutError when the printer took none in time, any other OSError when the line is gone."""

    @abstractmethod
    def read(self, seconds: float) -> bytes:
        """What the printer said within `seconds`, b"" for nothing. Raises OSError when the line is gone."""

    def plugged(self) -> str:
        """What the plug itself tells of a printer that does not speak; "" when nothing is wrong or it has no such sense."""
        return ""

    def open(self) -> None:
        self._replies = status.Replies()
        self._mute = self.answers == "no"
        self.talks, self._complaint = False, ""
        if not self._done:
            self._unanswered.clear()  # it may have been silent for another reason
        self._done = False
        try:
            self.connect()
            trouble = self.plugged() if self._mute else self._trouble() or self._off_line()
            if trouble:
                raise NotStarted(trouble)
        except NotStarted:
            self.close()
            raise
        except TimeoutError as error:
            self.close()
            raise NotStarted(f"打印机不收数据：请看有没有缺纸、开盖，再关机重开（{self.url}）") from error
        except OSError as error:
            self.close()
            raise NotStarted(f"打印机一连上就断开：请关机再开机，检查连线（{self.url} {error}）") from error

    def _listen(self, seconds: float) -> list[int]:
        """Real-time answers heard within `seconds`; notes on the way what else the printer said."""
        realtime: list[int] = []
        for kind, answer in self._replies.feed(self.read(seconds)):
            match kind:
                case "real-time":
                    realtime.append(answer[0])
                case "asb":
                    self._complaint = status.unasked(answer)
                case "done":
                    self._owed = max(0, self._owed - 1)
                    self.notice = status.near_end_after(answer[0])
                case "block" if self._id and answer == b'7"' + self._id + b"\0":
                    self._numbered = True
        return realtime

    def _answer(self, question: bytes) -> int | None:
        """One real-time answer, None when the printer stays silent for a short while."""
        if question in self._unanswered:
            return None
        self.write(question)
        until = time.monotonic() + min(0.5, self.timeout / 4)
        while (left := until - time.monotonic()) > 0:
            if heard := self._listen(left):
                self.talks = True
                return heard[-1]
        if self.talks and question != status.ASK_OFFLINE:
            self._unanswered.add(question)
        return None

    def _trouble(self) -> str:
        """What the printer complains of; "" when it is ready or does not say."""
        offline = self._answer(status.ASK_OFFLINE)
        if offline is None:
            return self.plugged()
        complaint = status.offline_cause(offline)
        if complaint == status.FAULT:
            error = self._answer(status.ASK_ERROR)
            return complaint if error is None else status.error_cause(error)
        if complaint:
            return complaint
        paper = self._answer(status.ASK_PAPER)
        if paper is None:
            return ""
        self.notice = status.near_end(paper)
        return status.paper_out(paper)

    def _off_line(self) -> str:
        """Whether a printer without a complaint is off line all the same, by its own button."""
        online = self._answer(status.ASK_ONLINE) if self.talks else None
        return status.OFFLINE if online is not None and status.is_offline(online) else ""

    def _dressed(self, payload: bytes) -> bytes:
        """The job as it goes out: a long one asks to be told of trouble while it is written, and carries its number."""
        if self._mute or not (self.talks or self.answers == "id"):
            return payload
        body = payload.removesuffix(ASK_DONE)
        if len(payload) > _PIECE and self.talks:
            # After the reset, which silences some printers again (Bixolon SRP-332II manual, GS a), and what fills up
            # a command the slip before left open.
            head = re.match(rb"\0*(\x1b@)?", body)
            start = head.end() if head else 0
            body = body[:start] + status.SPEAK_UP + body[start:] + status.BE_QUIET
        if self._id:
            body += b"\x1d(H\x06\x0000" + self._id
        return body + ASK_DONE

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        told = told or _unheard
        self._id, self._numbered = secrets.token_hex(2).encode() if self.answers == "id" else b"", False
        data = self._dressed(payload)
        sent, until = 0, time.monotonic() + PATIENCE
        try:
            while sent < len(data):
                sent += self._push(data[sent : sent + _PIECE], told, until)
        except OSError as error:
            if not sent and (self.counts or isinstance(error, TimeoutError)):
                raise NotStarted(f"打印机不收数据：请检查电源和连线（{self.url} {error}）") from error
            why = f"{self._complaint.split('：')[0]}，没打完" if self._complaint else "打印途中断了"
            return Outcome(False, f"{why}（已送出 {sent} 字节）：{SEE}", sent)
        if self._mute:
            return Outcome(False, f"打印机不会回话，打没打出来它不说：{SEE}", sent)
        self._owed += 1
        try:
            # About as long as the paper takes: 10 s and a tenth more for ten lines, or for ten thousand bytes of picture.
            return self._wait(sent, self.timeout * (1 + payload.count(b"\n") / 100 + len(payload) / 100_000), told)
        except OSError:
            self._owed = 0
            return Outcome(False, f"打印途中断线，打印机没有回话：{SEE}", sent)

    def _push(self, piece: bytes, told: Told, until: float) -> int:
        """Bytes of `piece` taken. A printer that takes none, but says by itself what it lacks, is waited for."""
        said = ""
        while True:
            try:
                taken = self.write(piece)
            except TimeoutError:
                self._listen(self.timeout / 100)
                if not self._complaint or time.monotonic() > until:
                    raise
                if self._complaint != said:
                    said = self._complaint
                    told(said)
                continue
            if said:
                told("")
            return taken

    def _proof(self) -> str:
        """What proves the slip, "" while nothing does. A printer that numbers its jobs has the last word by the number."""
        if self._numbered:
            return "id"
        return "" if self._id or self._owed else "done"

    def _wait(self, sent: int, patience: float, told: Told) -> Outcome:
        """Until the printer says it is done; a printer out of paper or open is waited for as long as a person needs."""
        started = heard = time.monotonic()
        complaint = ""
        while not (proof := self._proof()):
            self._listen(self.timeout / 5)
            if proof := self._proof():
                break
            now = time.monotonic()
            before, complaint = complaint, self._trouble()
            if complaint != before:
                told(complaint)
            if complaint and now - started < PATIENCE:
                heard = now
            elif now - heard >= patience:
                if complaint:
                    return Outcome(False, f"{complaint}；不要补打，装好后{SEE}", sent)
                if not self._owed:
                    proof = "done"  # its number did not come back, yet everything was processed
                    break
                self._owed = 0  # nothing is wrong with it and nothing comes: what it owed is lost
                return Outcome(False, SILENT, sent)
        if proof == "id":
            self._owed = 0
        self._done = True
        return Outcome(True, sent=sent, proof=proof)
