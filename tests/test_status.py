"""What a printer says of itself: read bit by bit, believed only as far as it goes, and put in words a clerk can act on."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator

import pytest

from printers import line, status
from printers.device import NotStarted, Outcome, open_device
from printers.thermal import ASK_DONE
from tests.test_device import QUICK, SLIP

_QUESTION = re.compile(rb"\x10\x04([\x01-\x04])")
_NUMBER = re.compile(rb"\x1d\(H\x06\x0000(....)", re.DOTALL)

WORDS = [value for name, value in vars(status).items() if name.isupper() and isinstance(value, str)]


class Talker:
    """A printer on a local port that says what it is told to, and keeps what it got.

    `answers`: to DLE EOT 1–4, b"" for none; `first` to DLE EOT 2 before that, one by one. `done`: to each GS r 1, in
    order, the last again and again. `numbers` echoes process ids. `full_at`: reads no further there, says `unasked`,
    and reads on once `loaded` is set.
    """

    def __init__(self) -> None:
        self.answers = {n: b"\x12" for n in (1, 2, 3, 4)}
        self.first: list[bytes] = []
        self.done = [b"\0"]
        self.numbers = False
        self.full_at: int | None = None
        self.unasked = b""
        self.loaded = threading.Event()
        self.asked: list[int] = []
        self.got = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="talker", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"

    def _reply(self, data: bytes) -> bytes:
        """To what came in one piece: questions are answered at once, the rest in order."""
        said = b""
        for question in _QUESTION.findall(data):
            self.asked.append(question[0])
            said += self.first.pop(0) if question == b"\x02" and self.first else self.answers[question[0]]
        before = len(self.got)
        self.got += _QUESTION.sub(b"", data)
        if self.numbers and (number := _NUMBER.search(self.got, max(0, before - 10))):
            said += b'7"' + number[1] + b"\0"
        for _ in range(self.got.count(ASK_DONE, max(0, before - 2))):
            said += self.done.pop(0) if len(self.done) > 1 else self.done[0]
        return said

    def _serve(self) -> None:
        while True:
            wire, _ = self._listener.accept()
            if self._closed:
                wire.close()
                return
            with wire, contextlib.suppress(OSError):
                while data := wire.recv(65536):
                    wire.sendall(self._reply(data))
                    if self.full_at is not None and len(self.got) >= self.full_at:
                        self.full_at = None
                        wire.sendall(self.unasked)
                        self.loaded.wait(20)

    def close(self) -> None:
        self._closed = True
        self.loaded.set()
        socket.create_connection(self._listener.getsockname(), timeout=1).close()
        self._thread.join(5)
        self._listener.close()
        assert not self._thread.is_alive()


@pytest.fixture
def talker() -> Iterator[Talker]:
    talker = Talker()
    yield talker
    talker.close()


def send(talker: Talker, payload: bytes = SLIP, timeout: float = 2, options: str = "") -> Outcome:
    with open_device(talker.url + options, timeout) as device:
        return device.send(payload)


@pytest.mark.parametrize("words", WORDS)
def test_every_complaint_says_what_is_wrong_and_what_to_do(words: str) -> None:
    wrong, colon, remedy = words.partition("：")
    assert wrong.startswith("打印机") and colon and remedy.startswith("请")
    assert len(wrong) <= 9, "it stands in the header"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({2: 0x16}, status.COVER),
        ({2: 0x32}, status.PAPER),
        ({2: 0x36}, status.PAPER),
        ({4: 0x72}, status.PAPER),
        ({4: 0x7E}, status.PAPER),
        ({2: 0x52, 3: 0x1A}, status.CUTTER),
        ({2: 0x52, 3: 0x32}, status.BROKEN),
        ({2: 0x52, 3: 0x52}, status.HOT),
        ({2: 0x52, 3: 0x16}, status.FAULT),
        ({2: 0x52, 3: None}, status.FAULT),
        ({1: 0x1A}, status.OFFLINE),
    ],
)
def test_a_printer_that_says_it_cannot_print_gets_nothing(talker: Talker, answers: dict[int, int | None], words: str) -> None:
    talker.answers |= {n: b"" if bits is None else bytes((bits,)) for n, bits in answers.items()}
    with pytest.raises(NotStarted) as held, open_device(talker.url, QUICK):
        pytest.fail("it said no")
    assert held.value.reason == words
    assert talker.got == b""


@pytest.mark.parametrize("answers", [{1: 0x16}, {2: 0x1A}, {3: 0x7E}])
def test_a_drawer_a_feed_button_and_an_error_that_is_over_hold_nothing(talker: Talker, answers: dict[int, int]) -> None:
    talker.answers |= {n: bytes((bits,)) for n, bits in answers.items()}
    assert send(talker).proof == "done"


@pytest.mark.parametrize(
    ("four", "words"),
    [
        (b"\x10\0\0\x0f", ""),
        (b"\x14\0\0\x0f", ""),
        (b"\x18\0\x0c\x0f", status.PAPER),
        (b"\x38\0\0\x0f", status.COVER),
        (b"\x38\0\x0c\x0f", status.PAPER),
        (b"\x18\x08\0\x0f", status.CUTTER),
        (b"\x18\x20\0\x0f", status.BROKEN),
        (b"\x18\x40\0\x0f", status.HOT),
        (b"\x18\x04\0\x0f", status.FAULT),
        (b"\x18\0\0\x0f", status.OFFLINE),
        (b"\x10\0\x03\x0f", ""),
    ],
)
def test_what_it_says_unasked_is_read(four: bytes, words: str) -> None:
    assert status.unasked(four) == words


def test_a_pause_byte_within_an_answer_is_no_answer() -> None:
    assert status.Replies().feed(b"\x18\x13\0\x11\x0c\x0f\0") == [("asb", b"\x18\0\x0c\x0f"), ("done", b"\0")]


def test_a_roll_near_its_end_is_noticed_and_a_new_one_too(talker: Talker) -> None:
    talker.answers[4] = b"\x1e"
    talker.done = [b"\x03", b"\0"]
    device = open_device(talker.url, 2)
    for notice in (status.NEAR_END, ""):
        with device:
            assert device.send(SLIP).confirmed
        assert device.notice == notice
        talker.answers[4] = b"\x12"


def test_a_question_it_does_not_know_is_not_asked_at_every_slip(talker: Talker) -> None:
    talker.answers[1] = b""
    device = open_device(talker.url, QUICK)
    for _ in range(3):
        with device:
            assert device.send(SLIP).confirmed
    assert talker.asked.count(1) == 1
    assert talker.asked.count(2) == 3


def test_a_question_unanswered_in_trouble_is_asked_again(talker: Talker) -> None:
    talker.answers[1], talker.done = b"", [b""]
    device = open_device(talker.url, QUICK)
    for _ in range(2):
        with device:
            assert not device.send(SLIP).confirmed
    assert talker.asked.count(1) == 2


def test_a_printer_that_missed_one_question_is_asked_again(talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    talker.first, talker.answers[2], talker.done = [b"\x12", b""], b"\x32", [b""]
    assert send(talker, timeout=QUICK).reason.startswith("打印机缺纸")


def test_a_late_answer_does_not_stand_for_the_last_question(talker: Talker) -> None:
    talker.first = [b"\x12\x32"]
    with pytest.raises(NotStarted, match="缺纸"), open_device(talker.url, QUICK):
        pytest.fail("the second answer is the one to this question")


def test_a_printer_without_a_voice_is_neither_asked_nor_waited_for(talker: Talker) -> None:
    talker.answers, talker.done = dict.fromkeys(talker.answers, b""), [b""]
    outcome = send(talker, timeout=600, options="?answers=no")
    assert (outcome.confirmed, outcome.sent) == (False, len(SLIP))
    assert outcome.reason.startswith("打印机不会回话，打没打出来它不说：请看是否出纸")
    assert talker.asked == []


def test_a_job_is_proved_by_its_own_number(talker: Talker) -> None:
    talker.numbers, talker.done = True, [b""]
    assert send(talker, options="?answers=id") == Outcome(True, sent=len(SLIP) + 11, proof="id")
    assert re.fullmatch(re.escape(SLIP.removesuffix(ASK_DONE)) + _NUMBER.pattern + re.escape(ASK_DONE), talker.got, re.DOTALL)


def test_the_number_of_another_job_proves_nothing(talker: Talker) -> None:
    talker.done = [b'7"zzzz\0']
    outcome = send(talker, timeout=QUICK, options="?answers=id")
    assert not outcome.confirmed and "没有回话" in outcome.reason


def test_a_printer_that_numbers_nothing_is_believed_by_gs_r(talker: Talker) -> None:
    assert send(talker, timeout=QUICK, options="?answers=id").proof == "done"


@pytest.mark.parametrize(("late", "confirmed"), [(b"\0", False), (b"\0\0", True)])
def test_a_late_answer_does_not_prove_the_next_slip(
    talker: Talker, late: bytes, confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    device = open_device(talker.url, QUICK)
    talker.done = [b"", late]
    with device:
        talker.answers[2] = b"\x32"
        first = device.send(SLIP)
    assert not first.confirmed and "缺纸" in first.reason and "不要补打" in first.reason
    talker.answers[2] = b"\x12"
    with device:
        second = device.send(SLIP)
    assert second.confirmed == confirmed


def test_an_answer_that_is_lost_is_not_waited_for_at_the_next_slip(talker: Talker) -> None:
    talker.done = [b"", b"\0"]
    device = open_device(talker.url, QUICK)
    with device:
        assert not device.send(SLIP).confirmed
    with device:
        assert device.send(SLIP).confirmed


def test_only_a_long_slip_asks_to_be_told_of_trouble(talker: Talker) -> None:
    assert send(talker).confirmed
    assert talker.got == SLIP
    talker.got.clear()
    picture = b"\xca\n" * 3000
    assert send(talker, b"\0\0\x1b@" + picture + ASK_DONE).confirmed
    assert talker.got == b"\0\0\x1b@\x1da\x0e" + picture + b"\x1da\0" + ASK_DONE, "after what would silence it again"


LONG = b"\x1b@" + b"\xca" * 8_000_000 + ASK_DONE  # more than a network connection holds on its way


def test_paper_that_ends_while_a_long_slip_is_written_is_waited_for(talker: Talker) -> None:
    talker.full_at, talker.unasked = 100_000, b"\x18\0\x0c\x0f"
    said: list[str] = []

    def told(complaint: str) -> None:
        said.append(complaint)
        talker.loaded.set()

    with open_device(talker.url, QUICK) as device:
        outcome = device.send(LONG, told)
    assert outcome.confirmed
    assert said[:2] == [status.PAPER, ""]
    assert len(talker.got) == len(LONG) + 6, "nothing was sent twice"


def test_paper_nobody_loads_while_a_long_slip_is_written_leaves_doubt(talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    talker.full_at, talker.unasked = 100_000, b"\x18\0\x0c\x0f"
    outcome = send(talker, LONG, QUICK)
    assert not outcome.confirmed
    assert re.match(r"打印机缺纸，没打完（已送出 \d+ 字节）：请看是否出纸", outcome.reason)
