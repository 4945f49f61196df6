"""Whether the comparison of test_encoders can fail: every form's bytes spoilt in each way a printer may be, and caught."""

import re
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_L

from printers import qr, thermal
from tests import paper
from tests.slips_of_a_day import GROUP, Made, one_of_each
from tests.test_encoders import PAPERS, by_python_escpos, drawn, ours, same, scanned

pytestmark = GROUP

CHARSET = "gbk"
HANZI = rb"(?:[\x81-\xfe][\x40-\xfe])"
TEXT = re.compile(rb"(?:[ -~]|" + HANZI + rb")*" + HANZI + rb"\n")  # a line with a hanzi at its end


def nth(pattern: bytes, new: bytes | Callable[[re.Match[bytes]], bytes], which: int = -1) -> Callable[[bytes], bytes]:
    """Another thing in place of one of those a pattern finds: the last of them, or another."""

    def spoil(job: bytes) -> bytes:
        found = list(re.finditer(pattern, job, re.S))
        if not found:
            return job
        one = found[which % len(found)]
        return job[: one.start()] + (new if isinstance(new, bytes) else new(one)) + job[one.end() :]

    return spoil


def every(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """Another thing wherever the old one stands."""
    return lambda job: job.replace(old, new)


def in_utf8(label: re.Match[bytes]) -> bytes:
    """The label in the charset of everything but printers."""
    return label[0].decode(CHARSET).encode()


def a_line_twice(line: re.Match[bytes]) -> bytes:
    """The line, and the line again."""
    return line[0] * 2


def swapped(lines: re.Match[bytes]) -> bytes:
    """The second line before the first."""
    return lines[2] + lines[1]


RESET = b"\x1d!\x00\x1c!\x00"
LINE = rb"(?:[ -~]|" + HANZI + rb")+\n"
MUTATIONS: dict[str, Callable[[bytes], bytes]] = {
    "size never reset": every(RESET, b""),
    "size not reset once": nth(re.escape(RESET), b""),
    "double became single": nth(rb"\x1d!\x11\x1c!\x0c", RESET, 0),
    "tall became single": nth(rb"\x1d!\x01\x1c!\x08", RESET, 0),
    "wide and not high": nth(rb"\x1d!\x11", b"\x1d!\x10", 0),
    "FS ! without its argument": nth(rb"\x1c!.", b"\x1c!"),
    "one LF lost": nth(LINE, lambda line: line[0][:-1]),
    "another LF lost": nth(LINE, lambda line: line[0][:-1], 1),
    "one LF too many": nth(LINE, lambda line: line[0] + b"\n", 2),
    "one label in UTF-8": nth(HANZI + rb"+", in_utf8),
    "the title in UTF-8": nth(HANZI + rb"+", in_utf8, 1),
    "half a hanzi": nth(HANZI, lambda hanzi: hanzi[0][:1]),
    "another hanzi": nth(HANZI, b"\xd2\xbb", 3),
    "one digit": nth(rb"(?<=[ \d])\d(?=[ \d.]*\n)", lambda digit: b"%d" % ((int(digit[0]) + 1) % 10)),
    "no Chinese mode": every(b"\x1c&", b""),
    "room between hanzi": nth(rb"\x1cS\x00\x00", b"\x1cS\x00\x02"),
    "centre never reset": every(b"\x1ba\x00", b""),
    "never centred": every(b"\x1ba\x01", b"\x1ba\x00"),
    "bold never ends": every(b"\x1bE\x00", b""),
    "not bold once": nth(rb"\x1bE\x01", b"\x1bE\x00", 0),
    "a line lost": nth(LINE, b"", 2),
    "a line twice": nth(LINE, a_line_twice),
    "two lines swapped": nth(rb"(" + LINE + rb")(" + LINE + rb")", swapped),
    "QR level L": nth(rb"\x1d\(k\x03\x001E1", b"\x1d(k\x03\x001E0"),
    "QR level Q": nth(rb"\x1d\(k\x03\x001E1", b"\x1d(k\x03\x001E2"),
    "QR length wrong": nth(rb"\x1d\(k(.)\x001P0", lambda found: b"\x1d(k" + bytes((found[1][0] + 1,)) + b"\x001P0"),
    "QR of another": nth(rb"(?<=1P0)[A-Z]", b"Z"),
    "QR smaller": nth(rb"1C[\x06\x08]", b"1C\x04"),
    "QR stored and not printed": every(b"\x1d(k\x03\x001Q0", b""),
    "QR not in the middle": nth(rb"\x1ba\x01(?=\x1d\(k)", b""),
    "drawer stays shut": every(b"\x1bp\x00\x32\xfa", b""),
    "drawer's pulse one byte short": every(b"\x1bp\x00\x32\xfa", b"\x1bp\x00\x32"),
    "drawer opens twice": every(b"\x1bp\x00\x32\xfa", b"\x1bp\x00\x32\xfa" * 2),
    "cut through the last line": nth(rb"\x1bd\x06\x1dV\x01", b"\x1dV\x01\x1bd\x06"),
    "not cut": every(b"\x1dV\x01", b""),
    "cut twice": every(b"\x1dV\x01", b"\x1dV\x01" * 2),
    "not asked whether it is done": every(b"\x1dr\x01", b""),
    "asked before it is cut": nth(rb"\x1bd\x06\x1dV\x01\x1dr\x01", b"\x1dr\x01\x1bd\x06\x1dV\x01"),
    "ends in mid-slip": lambda job: job[: len(job) // 2],
    "another slip's end behind it": lambda job: job + job[-20:],
}


@cache
def pairs(columns: int) -> list[tuple[Made, bytes, bytes]]:
    """Each form with its job and python-escpos's."""
    found = []
    for made in one_of_each():
        rows = made.rows(columns)
        found.append((made, ours(rows, columns, CHARSET), by_python_escpos(rows, columns, CHARSET)))
    return [(made, job, witness) for made, job, witness in found if same(job, witness, CHARSET)]


def spoilt(how: str) -> Iterator[tuple[Made, bytes, bytes]]:
    """Each form that has what is to be spoilt, spoilt, on one of the papers in turn."""
    for n in range(len(one_of_each())):
        for made, job, witness in pairs(PAPERS[n % len(PAPERS)])[n : n + 1]:
            bad = MUTATIONS[how](job)
            if bad != job:
                yield made, bad, witness


def test_the_forms_agree_before_they_are_spoilt() -> None:
    # All but the one with characters that GBK lacks.
    assert {len(pairs(columns)) for columns in PAPERS} == {len(one_of_each()) - 1}


@pytest.mark.parametrize("how", MUTATIONS)
def test_what_is_spoilt_is_noticed(how: str) -> None:
    tried = [(made.name, same(bad, witness, CHARSET)) for made, bad, witness in spoilt(how)]
    assert tried, "nothing was spoilt"
    assert [name for name, missed in tried if missed] == []


def read_apart(job: bytes) -> list[paper.Line] | None:
    """The lines of a job on a clone that keeps the sizes of letters and hanzi apart; None where they differ."""
    try:
        return paper.decode(job, CHARSET, apart=True).lines
    except ValueError:
        return None


def test_on_a_clone_hanzi_are_as_large_as_letters_and_a_size_left_standing_is_noticed() -> None:
    # FS ! knows no more than double; a clone cannot print larger hanzi at all.
    small = [one for one in pairs(32) if all(line.size < 3 for line in paper.decode(one[1], CHARSET).lines)]
    assert len(small) > 20
    for made, job, _ in small:
        assert read_apart(job) == paper.decode(job, CHARSET).lines, made.name
        assert read_apart(nth(rb"\x1c!\x00", b"")(job)) != read_apart(job), made.name
        assert read_apart(nth(rb"\x1c!\x0c", b"", 0)(job)) != read_apart(job), made.name


DRAWN: dict[str, Callable[[bytes], bytes]] = {
    "a row more than there is": lambda head: head[:6] + (int.from_bytes(head[6:], "little") + 1).to_bytes(2, "little"),
    "a row less than there is": lambda head: head[:6] + (int.from_bytes(head[6:], "little") - 1).to_bytes(2, "little"),
    "a byte too wide": lambda head: head[:4] + (int.from_bytes(head[4:6], "little") + 1).to_bytes(2, "little") + head[6:],
    "another density": lambda head: head[:3] + b"\x01" + head[4:],
}


@pytest.mark.parametrize("columns", PAPERS)
def test_a_spoilt_picture_is_noticed(columns: int) -> None:
    rows = next(made for made in one_of_each() if made.slip.kind == "visit").rows(columns)
    job, witness = (make(rows, columns, CHARSET, "image") for make in (ours, by_python_escpos))
    assert same(job, witness, CHARSET)
    [at] = [found.start() for found in re.finditer(rb"\x1dv0\x00", job)]
    head = job[at : at + 8]
    end = at + 8 + int.from_bytes(head[4:6], "little") * int.from_bytes(head[6:], "little")
    for how, spoil in DRAWN.items():
        assert not same(job[:at] + spoil(head) + job[at + 8 :], witness, CHARSET), how
    body = job[at + 8 : end]
    for bad in (bytes(255 - byte for byte in body), body[1:] + body[:1], body[:-1], bytes(len(body)), b""):
        assert not same(job[: at + 8] + bad + job[end:], witness, CHARSET)


def test_a_code_drawn_at_level_l_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = next(made for made in one_of_each() if made.slip.kind == "visit")
    [data] = [row.data for row in made.rows(32) if row.kind == "qr"]

    def at_level_l(data: str) -> list[list[bool]]:
        drawing = QRCode(error_correction=ERROR_CORRECT_L, border=0)
        drawing.add_data(data)
        return [[bool(module) for module in row] for row in drawing.get_matrix()]

    def levels() -> list[tuple[str, str]]:
        thermal._code.cache_clear()
        read = paper.decode(ours(made.rows(32), 32, CHARSET, "image"), CHARSET)
        return [found for dots in read.pictures for found in scanned(drawn(dots))]

    assert levels() == [(data, "M")]
    monkeypatch.setattr(qr, "matrix", at_level_l)
    assert levels() == [(data, "L")]
    thermal._code.cache_clear()
