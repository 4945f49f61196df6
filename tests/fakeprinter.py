"""A small ESC/POS printer on a local port, with the ways real ones misbehave (printing.md §7).

Real-time questions (DLE EOT) are answered on reception; the rest goes through a buffer that is eaten only while there
is paper, so paper that ends in mid-slip stops there and loading it goes on.
"""

import contextlib
import re
import socket
import threading
from collections.abc import Callable

_REALTIME = re.compile(rb"\x10\x04[\x01-\x04]")
_DONE = b"\x1dr\x01"


class FakePrinter:
    """`with FakePrinter() as printer: … printer.url`.

    Knobs, to be set before or while it runs: `paper_out`; `paper_lines` left before the paper ends (None = plenty);
    `cover` open; `near_end` of the roll (no reason to stop);
    `silent` answers nothing; `mute_done` answers questions but never GS r; `drop_after` hangs up after so
    many bytes of slips; `stall` stops reading. `slips` are the whole jobs printed, `received` every byte but questions.
    `before_slip` is called when a job has arrived and is about to be answered.
    """

    def __init__(self) -> None:
        self.paper_out = False
        self.paper_lines: int | None = None
        self.cover = False
        self.near_end = False
        self.silent = False
        self.mute_done = False
        self.drop_after: int | None = None
        self.stall = False
        self.before_slip: Callable[[], None] = lambda: None
        self.received = b""
        self.slips: list[bytes] = []
        self.connections = 0
        self.asked_out = threading.Event()  # a complaint about paper has been given
        self._on_paper = b""
        self._buffer = b""
        self._change = threading.Condition()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._line: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, name="fake printer", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def __enter__(self) -> "FakePrinter":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
            if self._line is not None:
                self._shut(self._line)
        # A last knock wakes the accept.
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(5)
        self._listener.close()
        assert not self._thread.is_alive()

    def load_paper(self) -> None:
        """Put in a roll; what waits in the buffer is printed."""
        with self._change:
            self.paper_out, self.paper_lines = False, None
            self._print()

    def wait_for(self, condition: Callable[["FakePrinter"], bool], seconds: float = 5) -> bool:
        """Until `condition` holds for this printer."""
        with self._change:
            return self._change.wait_for(lambda: condition(self), seconds)

    @staticmethod
    def _shut(line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    def _say(self, answer: bytes) -> None:
        if not self.silent and self._line is not None:
            with contextlib.suppress(OSError):
                self._line.sendall(answer)

    def _status(self, question: int) -> bytes:
        answer = 0x12
        if question == 2:
            answer |= 0x04 * self.cover | 0x20 * self.paper_out
        if question == 4:
            answer |= 0x0C * (self.near_end or self.paper_out) | 0x60 * self.paper_out
        return bytes((answer,))

    def _print(self) -> None:
        """Eat the buffer, a line at a time, as long as there is paper."""
        while self._buffer and not self.paper_out and not self.cover:
            end = self._buffer.find(b"\n") + 1
            done = self._buffer.find(_DONE)
            if done >= 0 and (not end or done < end):
                self._on_paper += self._buffer[: done + len(_DONE)]
                self._buffer = self._buffer[done + len(_DONE) :]
                self.slips.append(self._on_paper)
                self._on_paper = b""
                self.before_slip()
                if not self.mute_done:
                    self._say(b"\x03" if self.near_end else b"\x00")
            elif end:
                self._on_paper += self._buffer[:end]
                self._buffer = self._buffer[end:]
                if self.paper_lines is not None:
                    self.paper_lines -= 1
                    self.paper_out = self.paper_lines <= 0
            else:
                break
        self._change.notify_all()

    def _hear(self, data: bytes) -> bool:
        """One reading; False when this printer hangs up."""
        for question in _REALTIME.findall(data):
            self._say(self._status(question[2]))
            if self.paper_out:
                self.asked_out.set()
        slip = _REALTIME.sub(b"", data)
        self.received += slip
        if self.drop_after is not None and len(self.received) >= self.drop_after:
            return False
        self._buffer += slip
        self._print()
        return True

    def _serve(self) -> None:
        while True:
            line, _ = self._listener.accept()
            with line:
                with self._change:
                    if self._closed:
                        return
                    self._line = line
                    self.connections += 1
                while True:
                    with self._change:
                        self._change.wait_for(lambda: not self.stall or self._closed)
                    try:
                        data = line.recv(4096)
                    except OSError:
                        break
                    if not data:
                        break
                    with self._change:
                        if not self._hear(data):
                            break
                with self._change:
                    self._line = None
                    self._on_paper = b"" if not self._buffer else self._on_paper
                    self._change.notify_all()
