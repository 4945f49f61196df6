"""The way to the printer: what is said about a slip when the printer works, sulks, dies or was never there."""

import contextlib
import errno
import os
import subprocess
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import usb.backend
import usb.core
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
    with pytest.raises(NotStarted, match=r"连不上 tcp://127\.0\.0\.1:.*请检查电源和网线"), open_device(url):
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
        "file:///var/slips",
        "usb://0x0416:0x5011?in=0x81&out=0x03&serial=A1",
        "usb://0416:5011",
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


@POSIX
def test_a_cups_queue_is_believed_by_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotStarted, match="没有 lp 程序"), open_device("cups://XP-80"):
        pytest.fail("there is no lp")
    program = tmp_path / "lp"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n/bin/cat > {tmp_path}/job\n', encoding="utf-8")
    program.chmod(0o755)
    with open_device("cups://XP-80") as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed and "请看是否出纸" in outcome.reason
    assert (tmp_path / "job").read_bytes() == SLIP
    assert (tmp_path / "said").read_text(encoding="utf-8").startswith("-d XP-80 -o raw")
    program.write_text("#!/bin/sh\necho 'lp: unknown destination' >&2\nexit 1\n", encoding="utf-8")
    with open_device("cups://XP-80") as device, pytest.raises(NotStarted, match="unknown destination"):
        device.send(SLIP)


class Wire:
    """A printer at the far end of a pseudo-terminal: answers questions and GS r, keeps what it got."""

    def __init__(self) -> None:
        self.far, near = os.openpty()
        import tty

        tty.setraw(near)
        self.near = near
        self.port = os.ttyname(near)
        self.got = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self.far, 4096):
                self.got += data
                for _ in range(data.count(b"\x10\x04")):
                    os.write(self.far, b"\x12")
                if self.got.endswith(b"\x1dr\x01"):
                    os.write(self.far, b"\0")

    def close(self) -> None:
        os.close(self.near)
        self.thread.join(5)
        os.close(self.far)


@POSIX
@pytest.mark.parametrize("flow", ["none", "xonxoff"])
def test_a_serial_printer_answers_as_a_network_one(flow: str) -> None:
    wire = Wire()
    try:
        with open_device(f"serial://{wire.port}?baud=115200&flow={flow}", 2) as device:
            assert device.send(SLIP).confirmed
        assert wire.got.endswith(SLIP)
    finally:
        wire.close()


def test_a_serial_port_that_is_not_there() -> None:
    with pytest.raises(NotStarted, match="打不开串口"), open_device("serial:///dev/no-such-port"):
        pytest.fail("there is no such port")


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("usb://0x0416:0x5011", "usb.core", "usb"),
        ("serial:///dev/ttyS0", "serial", "serial"),
        ("win32://XP-80", "win32print", "win32"),
    ],
)
def test_a_missing_part_names_the_extra_to_install(url: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotStarted, match=rf"安装 wuye-desk\[{extra}\]"), open_device(url):
        pytest.fail("the part is missing")


class UsbBackend(usb.backend.IBackend):  # type: ignore[misc]
    """What libusb would say of one receipt printer with the ends 0x81 and 0x03 and a kernel driver on it."""

    def __init__(self) -> None:
        self.got = b""
        self.answers: list[bytes] = []
        self.calls: list[str] = []
        self.pulled = False

    def enumerate_devices(self) -> Iterator[object]:
        yield object()

    def get_device_descriptor(self, dev: object) -> Any:
        return types.SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x0200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=0x0416, idProduct=0x5011, bcdDevice=0x0100, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=1, bus=1, port_number=1, port_numbers=(1,), speed=2,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: object, config: int) -> Any:
        if config:
            raise IndexError
        return types.SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0x80, bMaxPower=50, extra_descriptors=b"",
        )  # fmt: skip

    def get_interface_descriptor(self, dev: object, intf: int, alt: int, config: int) -> Any:
        if intf or alt:
            raise IndexError
        return types.SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2, bInterfaceClass=7,
            bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=b"",
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: object, ep: int, intf: int, alt: int, config: int) -> Any:
        return types.SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(0x81, 0x03)[ep], bmAttributes=2, wMaxPacketSize=64,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=b"",
        )  # fmt: skip

    def open_device(self, dev: object) -> object:
        return dev

    def close_device(self, handle: object) -> None:
        self.calls.append("close")

    def get_configuration(self, handle: object) -> int:
        return 1

    def claim_interface(self, handle: object, intf: int) -> None:
        self.calls.append("claim")

    def release_interface(self, handle: object, intf: int) -> None:
        self.calls.append("release")

    def is_kernel_driver_active(self, handle: object, intf: int) -> bool:
        return True

    def detach_kernel_driver(self, handle: object, intf: int) -> None:
        self.calls.append("detach")

    def attach_kernel_driver(self, handle: object, intf: int) -> None:
        self.calls.append("attach")

    def bulk_write(self, handle: object, ep: int, intf: int, data: Any, timeout: int) -> int:
        if self.pulled:
            raise usb.core.USBError("no device", None, errno.ENODEV)
        assert ep == 0x03
        assert 0 < timeout <= 10_000
        self.got += bytes(data)
        if self.got.endswith((b"\x10\x04\x02", b"\x10\x04\x04")):
            self.answers.append(b"\x12")
        elif self.got.endswith(b"\x1dr\x01"):
            self.answers.append(b"\0")
        return len(data)

    def bulk_read(self, handle: object, ep: int, intf: int, buff: Any, timeout: int) -> int:
        assert ep == 0x81
        if not self.answers:
            raise usb.core.USBTimeoutError("silence", None, errno.ETIMEDOUT)
        answer = self.answers.pop(0)
        buff[: len(answer)] = type(buff)("B", answer)
        return len(answer)


@pytest.fixture
def usb_printer(monkeypatch: pytest.MonkeyPatch) -> UsbBackend:
    backend = UsbBackend()
    find = usb.core.find
    monkeypatch.setattr(usb.core, "find", lambda **wanted: find(backend=backend, **wanted))
    return backend


def test_a_usb_printer_is_found_by_its_descriptors_and_given_back(usb_printer: UsbBackend) -> None:
    with open_device("usb://0x0416:0x5011", 2) as device:
        assert device.send(SLIP).confirmed
    assert usb_printer.got.endswith(SLIP)
    assert usb_printer.calls == ["detach", "claim", "release", "attach", "close"]


def test_a_usb_printer_pulled_out_in_mid_slip_leaves_doubt(usb_printer: UsbBackend) -> None:
    with open_device("usb://0x0416:0x5011", QUICK) as device:
        usb_printer.pulled = True
        outcome = device.send(SLIP)
    assert not outcome.confirmed and "断" in outcome.reason


def test_a_usb_printer_that_is_not_there(usb_printer: UsbBackend) -> None:
    with pytest.raises(NotStarted, match="找不到 USB 打印机"), open_device("usb://0x0416:0x9999"):
        pytest.fail("another printer")


class _WinError(Exception):
    strerror = "打印机脱机"


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The spooler calls python-escpos makes, recorded: pywin32 exists on Windows only."""
    import escpos.printer.win32raw as raw

    seen: dict[str, Any] = {"calls": [], "job": b"", "fails": False}

    def write(handle: str, data: bytes) -> int:
        if seen["fails"]:
            raise _WinError
        seen["job"] += data
        return len(data)

    def call(name: str, answer: object = None) -> Any:
        return lambda *arguments: (seen["calls"].append(name), answer)[1]

    spooler = types.SimpleNamespace(
        PRINTER_ENUM_NAME=8,
        EnumPrinters=lambda *_: ({"pPrinterName": "XP-80 收银"},),
        OpenPrinter=call("open", "handle"),
        StartDocPrinter=call("start", 7),
        StartPagePrinter=call("page"),
        WritePrinter=write,
        EndPagePrinter=call("end page"),
        EndDocPrinter=call("end"),
        ClosePrinter=call("close"),
        SetJob=call("delete"),
        JOB_CONTROL_DELETE=5,
    )
    types_ = types.SimpleNamespace(error=_WinError)
    monkeypatch.setitem(sys.modules, "win32print", spooler)
    monkeypatch.setitem(sys.modules, "pywintypes", types_)
    monkeypatch.setattr(raw, "win32print", spooler, raising=False)
    monkeypatch.setattr(raw, "pywintypes", types_, raising=False)
    monkeypatch.setattr(raw, "_DEP_WIN32PRINT", True)
    return seen


def test_a_windows_queue_takes_the_slip_and_knows_no_more(windows: dict[str, Any]) -> None:
    with open_device("win32://XP-80%20收银") as device:
        outcome = device.send(SLIP)
    assert windows["job"] == SLIP
    assert windows["calls"] == ["open", "start", "page", "end page", "end", "close"]
    assert not outcome.confirmed and "Windows 打印队列 XP-80 收银" in outcome.reason


def test_a_windows_queue_that_is_not_there_or_fails(windows: dict[str, Any]) -> None:
    with open_device("win32://HP") as device, pytest.raises(NotStarted, match="没有打印机 HP"):
        device.send(SLIP)
    windows["fails"] = True
    with open_device("win32://XP-80%20收银") as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed and "打印机脱机" in outcome.reason
    assert windows["calls"][-4:] == ["delete", "end page", "end", "close"], "it must not print by itself later"


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
