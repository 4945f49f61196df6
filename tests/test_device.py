"""The way to the printer: what is said about a slip when the printer works, sulks, dies or was never there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printers import line
from printers.device import NotStarted, open_device
from printers.queues import Dummy
from printers.slip import layout
from printers.status import Replies
from printers.thermal import Profile, encode
from tests import paper
from tests.fakeprinter import FakePrinter
from tests.test_slips import receipt

SLIP = encode(layout(receipt(), 32, "客户联"), Profile())
QUICK = 0.2
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    with FakePrinter() as fake:
        yield fake


def test_a_slip_is_confirmed_by_the_printer_and_the_line_given_back(printer: FakePrinter) -> None:
    for number in (1, 2):
        with open_device(printer.url) as device:
            outcome = device.send(SLIP)
        assert (outcome.confirmed, outcome.reason, outcome.sent) == (True, "", len(SLIP))
        assert printer.wait_for(lambda fake: fake._line is None)
        assert (printer.connections, len(printer.slips)) == (number, number)
    assert printer.slips == [SLIP, SLIP]
    assert paper.decode(printer.slips[0], "gbk").cuts == 1


@pytest.mark.parametrize(("knob", "words"), [("paper_out", "缺纸"), ("cover", "盖子")])
def test_a_printer_that_cannot_print_gets_nothing(printer: FakePrinter, knob: str, words: str) -> None:
    setattr(printer, knob, True)
    with pytest.raises(NotStarted, match=words) as refused, open_device(printer.url):
        pytest.fail("it should not have started")
    assert words in refused.value.reason
    assert printer.received == b""


def test_a_roll_near_its_end_still_prints(printer: FakePrinter) -> None:
    printer.near_end = True
    with open_device(printer.url) as device:
        assert device.send(SLIP).confirmed


def test_nobody_listens(printer: FakePrinter) -> None:
    with FakePrinter() as gone:
        url = gone.url
    with pytest.raises(NotStarted, match=r"^打印机连不上：请检查电源和网线（tcp://127\.0\.0\.1:"), open_device(url):
        pytest.fail("nobody is there")


def test_paper_that_ends_in_mid_slip_is_waited_for_and_the_slip_is_one(printer: FakePrinter) -> None:
    printer.paper_lines = 6
    said: list[str] = []

    def told(complaint: str) -> None:
        said.append(complaint)
        if complaint:
            printer.load_paper()

    with open_device(printer.url, QUICK) as device:
        outcome = device.send(SLIP, told)
    assert outcome.confirmed
    assert said[0].startswith("打印机缺纸：请装纸")
    assert printer.slips == [SLIP]


def test_paper_nobody_loads_ends_in_doubt_and_warns_of_a_second_slip(
    printer: FakePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.1)
    printer.paper_lines = 6
    with open_device(printer.url, QUICK) as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed
    assert "缺纸" in outcome.reason and "不要补打" in outcome.reason
    printer.load_paper()
    assert printer.slips == [SLIP]


def test_a_printer_that_never_speaks_leaves_doubt(printer: FakePrinter) -> None:
    printer.silent = True
    with open_device(printer.url, QUICK) as device:
        outcome = device.send(SLIP)
    assert (outcome.confirmed, outcome.sent) == (False, len(SLIP))
    assert "请看是否出纸" in outcome.reason
    assert printer.slips == [SLIP]


def test_a_printer_that_only_forgets_the_last_answer_leaves_doubt(printer: FakePrinter) -> None:
    printer.mute_done = True
    with open_device(printer.url, QUICK) as device:
        assert not device.send(SLIP).confirmed


def test_a_line_that_drops_in_mid_slip_leaves_doubt(printer: FakePrinter) -> None:
    printer.drop_after = 150
    with open_device(printer.url, QUICK) as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed
    assert outcome.sent > 0
    assert "断" in outcome.reason
    assert printer.slips == []


def test_a_printer_that_stops_reading_does_not_hold_us_for_ever(printer: FakePrinter) -> None:
    printer.stall = True
    with open_device(printer.url, QUICK) as device:
        outcome = device.send(SLIP * 20_000)
    assert not outcome.confirmed
    assert 0 < outcome.sent < len(SLIP) * 20_000


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([b"\x12", b"\x16", b"\x32", b"\x10\0\0\0", b"\x14\0\x0c\x0f", b"\0", b"\x0f", b"\x37\x22ab\0"]))
)
def test_answers_are_told_apart_however_they_arrive(answers: list[bytes]) -> None:
    kinds = {0x12: "real-time", 0x16: "real-time", 0x32: "real-time", 0x10: "asb", 0x14: "asb", 0x37: "block"}
    wanted = [(kinds.get(answer[0], "done"), answer) for answer in answers]
    assert Replies().feed(b"".join(answers)) == wanted
    bytewise = Replies()
    assert [found for byte in b"".join(answers) for found in bytewise.feed(bytes((byte,)))] == wanted


@given(st.binary(max_size=80))
def test_noise_never_breaks_the_reader(noise: bytes) -> None:
    reader = Replies()
    reader.feed(noise)
    reader.feed(b"\0" * 8)
    assert ("done", b"\0") in reader.feed(b"\0\0")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "开头 （空） 不认识"),
        ("printer", "开头 （空） 不认识"),
        ("http://a", "开头 http 不认识"),
        ("tcp://", "没有写主机"),
        ("tcp://host:99999", "端口"),
        ("tcp://host:x", "端口"),
        ("tcp://host:9100/path", "应像 tcp"),
        ("tcp://host?speed=1", "选项 speed 不认识"),
        ("tcp://[::1", "不对"),
        ("file:", "没有写文件夹"),
        ("file://slips", "没有写文件夹"),
        ("usb://0x0416", "厂商和产品编号"),
        ("usb://0x0416:zz", "产品编号 zz 不是十六进制"),
        ("usb://0x0416:0x5011?in=0x999", "端点 in 0x999"),
        ("usb://0x0416:0x5011?baud=1", "选项 baud 不认识"),
        ("serial://", "没有写串口"),
        ("serial:///dev/ttyS0?baud=fast", "波特率 baud=fast"),
        ("serial:///dev/ttyS0?flow=river", "流控 flow=river"),
        ("tcp://a..b:9100", "主机 a..b 写得不对"),
        ("tcp://host?answers=maybe", "回话方式 answers=maybe 不认识，可用 yes"),
        ("cups://XP-80?answers=no", "这种地址没有选项"),
        ("win32://", "没有写打印机名"),
        ("cups://", "没有写打印机名"),
        ("cups://-o", "没有写打印机名"),
    ],
)
def test_a_wrong_address_is_named_and_explained(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^打印机地址 .*不对：") as refused:
        open_device(url)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "tcp://192.168.1.9",
        "tcp://[::1]:9100",
        "tcp://打印机.local?answers=no",
        "file:///var/slips",
        "usb://0x0416:0x5011?in=0x81&out=0x03&serial=A1",
        "usb://0416:5011?answers=id",
        "serial:///dev/ttyS0?baud=9600&flow=rtscts",
        "serial://COM3",
        "win32://XP-80%20收银",
        "cups://XP-80",
        "dummy:",
    ],
)
def test_a_right_address_opens_nothing_yet(url: str) -> None:
    assert open_device(url).url == url


def test_a_folder_takes_one_file_a_slip(tmp_path: Path) -> None:
    url = f"file://{(tmp_path / '小票 1').as_posix()}" if os.name != "nt" else f"file:///{(tmp_path / '小票 1').as_posix()}"
    for job in (b"one", b"two"):
        with open_device(url) as device:
            assert device.send(job).confirmed
    files = sorted((tmp_path / "小票 1").iterdir())
    assert [(file.name, file.read_bytes()) for file in files] == [("000001.bin", b"one"), ("000002.bin", b"two")]


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    device = open_device("file:///x")
    device._folder = tmp_path / "file" / "slips"  # type: ignore[attr-defined]
    with pytest.raises(NotStarted, match="建不了文件夹"), device:
        pytest.fail("a file is not a folder")


def test_memory_keeps_the_slip() -> None:
    with open_device("dummy:") as device:
        assert isinstance(device, Dummy)
        assert device.send(SLIP).confirmed
    assert list(device.paper) == [SLIP]


QUIET = """\
import logging, os, sys
before = list(logging.getLogger().handlers)
from printers.quiet import escpos_printer
assert escpos_printer("Dummy")().output == b""
assert list(logging.getLogger().handlers) == before
print(os.listdir(os.environ["TMPDIR"]))
"""


@POSIX
def test_python_escpos_comes_in_without_a_trace(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", QUIET], capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
