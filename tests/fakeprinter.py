"""A small ESC/POS printer on a local port, with the ways real ones misbehave (printing.md §7).

Real-time questions (DLE EOT) are answered on reception; the rest goes through a buffer that is eaten command by command
only while there is paper, so paper that ends in mid-slip stops there and loading it goes on. The buffer outlives a
connection, as a printer's own memory does: only switching it off empties it.
"""

import contextlib
import re
import socket
import threading
from collections.abc import Callable

_REALTIME = re.compile(rb"\x10\x04[\x01-\x04]")
_RUN = re.compile(rb"\0+|[\x20-\xff]+")  # nothing at all, or letters
_LENGTHS = {
    **dict.fromkeys((b"\x1b@", b"\x1b2", b"\x1c&", b"\x1c."), 2),
    **dict.fromkeys((b"\x1b" + bytes((n,)) for n in b"REadt!-{ 3MGV"), 3),
    **dict.fromkeys((b"\x1c" + bytes((n,)) for n in b"!WC-"), 3),
    **dict.fromkeys((b"\x1d" + bytes((n,)) for n in b"!raIBbhwfH"), 3),
    **dict.fromkeys((b"\x1bB", b"\x1cS", b"\x1dL", b"\x1dW", b"\x1b$", b"\x1b\\"), 4),
    b"\x1bp": 5,
}


def _length(data: bytes) -> int:
    """Bytes of the first command in `data`; 0 while it is not all there; 1 for a byte that begins none."""
    if run := _RUN.match(data):
        return run.end()
    if data[0] not in b"\x1b\x1c\x1d":
        return 1
    head, n = data[:2], 0
    match head:
        case b"\x1d(" if len(data) >= 5:
            n = 5 + data[3] + 256 * data[4]
        case b"\x1b*" if len(data) >= 5:
            n = 5 + (data[3] + 256 * data[4]) * (3 if data[2] >= 32 else 1)
        case b"\x1dv" if len(data) >= 8:
            n = 8 + (data[4] + 256 * data[5]) * (data[6] + 256 * data[7])
        case b"\x1dV" if len(data) >= 3:
            n = 4 if data[2] in b"AB" else 3
        case b"\x1d(" | b"\x1b*" | b"\x1dv" | b"\x1dV":
            return 0
        case _ if len(head) == 2:
            n = _LENGTHS.get(head, 1)
    return n if n <= len(data) else 0


class FakePrinter:
    """`with FakePrinter() as printer: … printer.url`.

    Knobs, to be set before or while it runs: `paper_out`; `paper_lines` left before the paper ends (None = plenty);
    `cover` open; `near_end` of the roll (no reason to stop); `silent` answers nothing; `mute_done` answers questions
    but never GS r; `answers_id` gives a job's number back (GS ( H, Epson); `drop_after` hangs up after so many bytes of
    slips, which are lost unless `drop_keeps`; `power_lines` left before somebody pulls the plug and puts it back;
    `stall` stops reading; `frozen` reads, but neither answers nor prints until `thaw`.

    `slips` are the whole jobs printed, `scraps` what was begun and never finished, `received` every byte but questions,
    `unknown` the bytes no printer would know. `before_slip` is called when a job is on paper and about to be answered.
    """

    def __init__(self, port: int = 0, rcvbuf: int = 0) -> None:
        self.paper_out = False
        self.paper_lines: int | None = None
        self.cover = False
        self.near_end = False
        self.silent = False
        self.mute_done = False
        self.answers_id = False
        self.drop_after: int | None = None
        self.drop_keeps = False
        self.power_lines: int | None = None
        self.stall = False
        self.frozen = False
        self.before_slip: Callable[[], None] = lambda: None
        self.received = b""
        self.unknown = b""
        self.slips: list[bytes] = []
        self.scraps: list[bytes] = []
        self.cuts = self.kicks = 0
        self.connections = 0
        self.asked_out = threading.Event()  # a complaint about paper has been given
        self._on_paper = b""
        self._buffer = b""
        self._tells = False  # every change, unasked (GS a)
        self._change = threading.Condition()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", port))
        if rcvbuf:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self._line: socket.socket | None = None
        self._caller: object = None
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

    # ── what a person does ─────────────────────────────────────────────────────────────────────────────────────────

    def load_paper(self) -> None:
        """Put in a roll; what waits in the buffer is printed."""
        with self._change:
            self.paper_out, self.paper_lines = False, None
            self._tell()
            self._print()

    def thaw(self) -> None:
        """It comes to itself and prints what it was sent."""
        with self._change:
            self.frozen = False
            self._print()

    def power_cycle(self) -> None:
        """Off and on again: the line drops, what was not yet printed is gone."""
        with self._change:
            self._buffer, self._tells = b"", False
            self._scrap()
            if self._line is not None:
                self._shut(self._line)
                self._line = None
            self._change.notify_all()

    # ── what a test asks ───────────────────────────────────────────────────────────────────────────────────────────

    def wait_for(self, condition: Callable[["FakePrinter"], bool], seconds: float = 5) -> bool:
        """Until `condition` holds for this printer."""
        with self._change:
            return self._change.wait_for(lambda: condition(self), seconds)

    def quiet(self) -> bool:
        """Until all who called before now were heard out: what was under way is on paper, or never will be."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as last:
            address = last.getsockname()
        return self.wait_for(lambda fake: fake._line is None and fake._caller == address)

    # ── the machine ────────────────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def _shut(line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    def _say(self, answer: bytes) -> None:
        if not self.silent and not self.frozen and self._line is not None:
            with contextlib.suppress(OSError):
                self._line.sendall(answer)

    def _tell(self) -> None:
        """The four bytes of ASB, to one who asked for them."""
        if self._tells:
            stopped = self.paper_out or self.cover
            paper = 0x0C * self.paper_out | 0x03 * (self.near_end or self.paper_out)
            self._say(bytes((0x10 | 0x08 * stopped | 0x20 * self.cover, 0, paper, 0x0F)))

    def _status(self, question: int) -> bytes:
        answer = 0x12
        if question == 1:
            answer |= 0x08 * (self.cover or self.paper_out)
        if question == 2:
            answer |= 0x04 * self.cover | 0x20 * self.paper_out
        if question == 4:
            answer |= 0x0C * (self.near_end or self.paper_out) | 0x60 * self.paper_out
        return bytes((answer,))

    def _scrap(self) -> None:
        if b"\n" in self._on_paper:
            self.scraps.append(self._on_paper)
        self._on_paper = b""

    def _print(self) -> None:
        """Eat the buffer, a command at a time, as long as there is paper."""
        while self._buffer and not (self.paper_out or self.cover or self.frozen):
            size = _length(self._buffer)
            if not size:
                break
            command, self._buffer = self._buffer[:size], self._buffer[size:]
            self._obey(command)
        self._change.notify_all()

    def _obey(self, command: bytes) -> None:
        if command[0] == 0:
            return
        if command == b"\x1b@":
            self._scrap()
        self._on_paper += command
        if command == b"\n":
            if self.power_lines is not None:
                self.power_lines -= 1
                if self.power_lines <= 0:
                    self.power_lines = None
                    self.power_cycle()
                    return
            if self.paper_lines is not None:
                self.paper_lines -= 1
                self.paper_out = self.paper_lines <= 0
                if self.paper_out:
                    self._tell()
        elif command[:2] == b"\x1dr":
            self.slips.append(self._on_paper)
            self._on_paper = b""
            self.before_slip()
            if not self.mute_done:
                self._say(b"\x03" if self.near_end else b"\x00")
        elif command[:2] == b"\x1da":
            self._tells = command[2] != 0
            self._tell()
        elif command[:3] == b"\x1d(H" and self.answers_id:
            self._say(b"\x37\x22" + command[7:11] + b"\0")
        elif command[:2] == b"\x1dI":
            self._say(b"_" + {66: b"FAKE", 67: b"TM-T82III"}.get(command[2], b"1") + b"\0")
        elif command[:2] == b"\x1dV":
            self.cuts += 1
        elif command[:2] == b"\x1bp":
            self.kicks += 1
        elif len(command) == 1 and command not in (b"\r", b"\t", b"\x0c"):
            self.unknown += command

    def _hear(self, data: bytes) -> bool:
        """One reading; False when this printer hangs up."""
        if self._line is None:
            return False
        for question in _REALTIME.findall(data):
            self._say(self._status(question[2]))
            if self.paper_out:
                self.asked_out.set()
        slip = _REALTIME.sub(b"", data)
        self.received += slip
        dropped = self.drop_after is not None and len(self.received) >= self.drop_after
        if dropped and not self.drop_keeps:
            return False
        if dropped:
            self._line = None  # it prints what it has, and nobody hears of it
        self._buffer += slip
        self._print()
        return self._line is not None

    def _serve(self) -> None:
        while True:
            line, caller = self._listener.accept()
            with line:
                with self._change:
                    if self._closed:
                        return
                    self._line, self._caller = line, caller
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
                    self._change.notify_all()
