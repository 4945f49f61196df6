"""USB and serial printers: found by their descriptors, given back, never waited for without end."""

import contextlib
import errno
import os
import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import pytest
import serial
import usb.backend
import usb.core

from printers import line
from printers.device import NotStarted, open_device
from tests.test_device import POSIX, QUICK, SLIP


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
    with pytest.raises(NotStarted, match="串口打不开"), open_device("serial:///dev/no-such-port"):
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
    """What libusb would say of one receipt printer with a kernel driver on it.

    `faces`: for each way its printer interface can be used (alternate setting), its ends as (address, kind: 2 bulk,
    3 interrupt). `port` is its port status, None where it has none; `empty` packets come before each answer;
    `jams` writes time out once so many bytes are in, and `unasked` is what it then says by itself.
    """

    def __init__(self) -> None:
        self.got = b""
        self.answers: list[bytes] = []
        self.calls: list[str] = []
        self.pulled = False
        self.faces: list[list[tuple[int, int]]] = [[(0x83, 3), (0x81, 2), (0x03, 2)]]
        self.port: int | None = None
        self.speaks = True
        self.empty = 0
        self.reads = 0
        self.full_at: int | None = None
        self.jams = 0
        self.unasked = b""

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
        if intf or alt >= len(self.faces):
            raise IndexError
        return types.SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=alt, bNumEndpoints=len(self.faces[alt]),
            bInterfaceClass=7, bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=b"",
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: object, ep: int, intf: int, alt: int, config: int) -> Any:
        address, kind = self.faces[alt][ep]
        return types.SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=kind, wMaxPacketSize=64,
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

    def set_interface_altsetting(self, handle: object, intf: int, alt: int) -> None:
        self.calls.append(f"alternate {alt}")

    def ctrl_transfer(self, handle: object, kind: int, request: int, value: int, index: int, data: Any, timeout: int) -> int:
        assert (kind, request, value, index, len(data)) == (0xA1, 1, 0, 0, 1), "GET_PORT_STATUS of interface 0"
        if self.port is None:
            raise usb.core.USBError("stalled", None, errno.EPIPE)
        data[0] = self.port
        return 1

    def bulk_write(self, handle: object, ep: int, intf: int, data: Any, timeout: int) -> int:
        if self.pulled:
            raise usb.core.USBError("no device", None, errno.ENODEV)
        assert ep == 0x03
        assert 0 < timeout <= 60_000
        if self.full_at is not None and len(self.got) >= self.full_at and self.jams:
            self.jams -= 1
            self.answers.append(self.unasked)
            raise usb.core.USBTimeoutError("full", None, errno.ETIMEDOUT)
        self.got += bytes(data)
        if not self.speaks:
            return len(data)
        self.answers += [b""] * self.empty
        if self.got[-3:-1] == b"\x10\x04":
            self.answers.append(b"\x12")
        elif self.got.endswith(b"\x1dr\x01"):
            self.answers.append(b"\0")
        return len(data)

    def bulk_read(self, handle: object, ep: int, intf: int, buff: Any, timeout: int) -> int:
        assert ep == 0x81
        self.reads += 1
        if not self.answers and self.empty:
            return 0
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
    assert SLIP in usb_printer.got
    assert usb_printer.calls == ["detach", "claim", "release", "attach", "close"]


def test_a_usb_printer_pulled_out_in_mid_slip_leaves_doubt(usb_printer: UsbBackend) -> None:
    with open_device("usb://0x0416:0x5011", QUICK) as device:
        usb_printer.pulled = True
        outcome = device.send(SLIP)
    assert not outcome.confirmed and "断" in outcome.reason


def test_a_usb_printer_that_is_not_there(usb_printer: UsbBackend) -> None:
    with pytest.raises(NotStarted, match="打印机找不到：请检查电源和 USB 线"), open_device("usb://0x0416:0x9999"):
        pytest.fail("another printer")


def test_the_way_that_can_answer_is_chosen(usb_printer: UsbBackend) -> None:
    usb_printer.faces = [[(0x01, 2)], [(0x81, 2), (0x03, 2)]]
    with open_device("usb://0x0416:0x5011", 2) as device:
        assert device.send(SLIP).confirmed
    assert usb_printer.calls[:3] == ["detach", "claim", "alternate 1"]


def test_a_usb_printer_without_a_way_back_is_not_waited_for(usb_printer: UsbBackend) -> None:
    usb_printer.faces = [[(0x03, 2)]]
    with open_device("usb://0x0416:0x5011", 60) as device:
        outcome = device.send(SLIP)
    assert usb_printer.got == SLIP, "no question was asked"
    assert not outcome.confirmed and outcome.reason.startswith("打印机不会回话")


def test_what_is_no_printer_at_all_says_so(usb_printer: UsbBackend) -> None:
    usb_printer.faces = [[(0x81, 2)]]
    with pytest.raises(NotStarted, match="不像打印机"), open_device("usb://0x0416:0x5011"):
        pytest.fail("it has no way in")


def test_empty_packets_are_no_answer(usb_printer: UsbBackend) -> None:
    usb_printer.empty = 3
    with open_device("usb://0x0416:0x5011", 2) as device:
        assert device.send(SLIP).confirmed
    usb_printer.speaks, usb_printer.reads = False, 0
    with open_device("usb://0x0416:0x5011", QUICK) as device:
        assert not device.send(SLIP).confirmed
    assert usb_printer.reads < 500, "it is not asked as fast as the processor runs"


@pytest.mark.parametrize(("port", "held"), [(0x38, True), (0x18, False), (0xFF, False), (None, False)])
def test_a_silent_usb_printer_is_asked_by_its_plug(usb_printer: UsbBackend, port: int | None, held: bool) -> None:
    usb_printer.speaks, usb_printer.port = False, port
    if held:
        with pytest.raises(NotStarted, match="缺纸"), open_device("usb://0x0416:0x5011", QUICK):
            pytest.fail("there is no paper")
    else:
        with open_device("usb://0x0416:0x5011", QUICK) as device:
            assert not device.send(SLIP).confirmed
        assert SLIP in usb_printer.got


def test_a_usb_printer_that_takes_nothing_is_not_begun(usb_printer: UsbBackend) -> None:
    usb_printer.full_at, usb_printer.jams = 0, 1
    with pytest.raises(NotStarted, match=r"^打印机不收数据：请看有没有缺纸、开盖"), open_device("usb://0x0416:0x5011"):
        pytest.fail("it took nothing")
    assert usb_printer.calls[-1] == "close"


def test_a_long_slip_goes_on_where_it_stopped_when_paper_is_loaded(usb_printer: UsbBackend) -> None:
    usb_printer.full_at, usb_printer.jams, usb_printer.unasked = 5000, 2, b"\x18\0\x0c\0"
    said: list[str] = []
    long = SLIP * 20
    with open_device("usb://0x0416:0x5011", QUICK) as device:
        assert device.send(long, said.append).confirmed
    assert [words.split("：")[0] for words in said] == ["打印机缺纸", ""]
    assert usb_printer.got.count(b"\x1dr\x01") == long.count(b"\x1dr\x01"), "nothing was sent twice"


def test_a_long_slip_nobody_loads_paper_for_ends_in_doubt(usb_printer: UsbBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    usb_printer.full_at, usb_printer.jams, usb_printer.unasked = 5000, 2, b"\x18\0\x0c\0"
    with open_device("usb://0x0416:0x5011", QUICK) as device:
        outcome = device.send(SLIP * 20)
    assert not outcome.confirmed and outcome.reason.startswith("打印机缺纸，没打完（已送出 ")


@POSIX
def test_a_serial_port_that_does_not_run_dry_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire()
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda port: 5))
    try:
        with pytest.raises(NotStarted, match="打印机不收数据"), open_device(f"serial://{wire.port}", QUICK):
            pytest.fail("it took nothing")
    finally:
        wire.close()
    assert wire.got == b""
