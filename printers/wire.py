"""The three ways to a printer that can answer: the network, USB, a serial port."""

import socket
import time
from typing import Any

from printers.line import Answers, NotStarted, Talking
from printers.quiet import escpos_printer
from printers.status import PAPER

CONNECT = 2.0  # seconds until a printer that does not answer counts as switched off
_PACKET = 512  # a multiple of every USB packet size, so a read never overflows
_PRINTER = 7  # USB class
_SERIAL_PIECE = 1024  # bytes a serial port's own memory always takes once it is empty


class Tcp(Talking):
    """A printer on the network, raw port 9100."""

    def __init__(self, url: str, timeout: float, answers: Answers, host: str, port: int) -> None:
        super().__init__(url, timeout, answers)
        self._address = (host, port)
        self._line: socket.socket | None = None

    def connect(self) -> None:
        try:
            self._line = socket.create_connection(self._address, timeout=min(CONNECT, self.timeout))
        except OSError as error:
            raise NotStarted(f"打印机连不上：请检查电源和网线（{self.url}）") from error

    def _connected(self) -> socket.socket:
        if self._line is None:
            raise NotStarted(f"打印机还没连上：请重试（{self.url}）")
        return self._line

    def write(self, data: bytes) -> int:
        line = self._connected()
        line.settimeout(self.timeout)
        return line.send(data)

    def read(self, seconds: float) -> bytes:
        line = self._connected()
        line.settimeout(seconds)
        try:
            data = line.recv(256)
        except TimeoutError:
            return b""
        if not data:
            raise ConnectionResetError("对方挂断")
        return data

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class Usb(Talking):
    """A printer on USB, by pyusb itself.

    python-escpos would reset it at every opening, wait without end and never give it back to the kernel's driver.
    """

    counts = False

    def __init__(
        self,
        url: str,
        timeout: float,
        answers: Answers,
        vendor: int,
        product: int,
        serial: str,
        ends: tuple[int | None, int | None],
    ) -> None:
        super().__init__(url, timeout, answers)
        self._vendor, self._product, self._serial = vendor, product, serial
        self._wanted = ends
        self._in, self._out = ends
        self._device: Any = None
        self._number = 0
        self._detached = False

    def connect(self) -> None:
        try:
            import usb.core
            import usb.util
        except ImportError as error:
            raise NotStarted("没有 USB 打印的部件：请安装 wuye-desk[usb]") from error
        wanted: dict[str, Any] = {"idVendor": self._vendor, "idProduct": self._product}
        if self._serial:
            wanted["serial_number"] = self._serial
        try:
            self._device = usb.core.find(**wanted)
        except usb.core.NoBackendError as error:
            raise NotStarted("没有 libusb：请安装 libusb（Windows 上改用 win32:// 更稳）") from error
        except (usb.core.USBError, ValueError) as error:
            raise NotStarted(f"打印机打不开：请检查 USB 权限（{self.url} {error}）") from error
        if self._device is None:
            raise NotStarted(f"打印机找不到：请检查电源和 USB 线（{self.url}）")
        try:
            self._claim(usb.util)
        except usb.core.USBError as error:
            raise NotStarted(f"打印机被占用或没有权限：请关掉别的打印程序（{self.url} {error}）") from error

    def _claim(self, util: Any) -> None:
        """Find the printer interface and its two ends in the descriptors, take it from the kernel, claim it."""
        try:
            configuration = self._device.get_active_configuration()
        except OSError:  # USBError: the printer was never configured
            self._device.set_configuration()
            configuration = self._device.get_active_configuration()
        interface, self._in, self._out = self._ends(configuration, util)
        if self._out is None:
            raise NotStarted(f"USB 设备不像打印机：请检查地址里的编号（{self.url}）")
        self._mute = self._mute or self._in is None
        self._number = interface.bInterfaceNumber
        try:
            if self._device.is_kernel_driver_active(self._number):
                self._device.detach_kernel_driver(self._number)
                self._detached = True
        except NotImplementedError:
            pass  # Windows: no kernel driver to step aside
        util.claim_interface(self._device, self._number)
        if interface.bAlternateSetting:
            self._device.set_interface_altsetting(self._number, interface.bAlternateSetting)

    def _ends(self, configuration: Any, util: Any) -> tuple[Any, int | None, int | None]:
        """The printer interface that can answer, else the first; its bulk ends in and out, where the address names none."""
        found: list[tuple[Any, int | None, int | None]] = []
        for interface in [face for face in configuration if face.bInterfaceClass == _PRINTER] or list(configuration)[:1]:
            ends: dict[int, int] = {}
            for end in interface:
                if util.endpoint_type(end.bmAttributes) == util.ENDPOINT_TYPE_BULK:
                    ends.setdefault(util.endpoint_direction(end.bEndpointAddress), end.bEndpointAddress)
            into, out = self._wanted
            into = ends.get(util.ENDPOINT_IN) if into is None else into
            found.append((interface, into, ends.get(util.ENDPOINT_OUT) if out is None else out))
        return next((way for way in found if None not in way[1:]), found[0])

    def plugged(self) -> str:
        """The paper bit of the printer class's own status (GET_PORT_STATUS), which needs no ESC/POS."""
        import usb.core

        try:
            told = self._device.ctrl_transfer(0xA1, 1, 0, self._number, 1, 500)
        except (usb.core.USBError, NotImplementedError):
            return ""
        # Bits 3 and 4: no error, selected. A printer that gives any byte but a well-formed one is not believed.
        return PAPER if len(told) == 1 and told[0] & 0xC7 == 0 and told[0] & 0x20 else ""

    def write(self, data: bytes) -> int:
        import usb.core

        try:
            return int(self._device.write(self._out, data, int(self.timeout * 1000)))
        except usb.core.USBTimeoutError as error:
            raise TimeoutError("USB") from error  # pyusb raises it only when nothing at all was taken

    def read(self, seconds: float) -> bytes:
        import usb.core

        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                data = bytes(self._device.read(self._in, _PACKET, max(1, int(left * 1000))))
            except usb.core.USBTimeoutError:
                return b""
            if data:
                return data
            time.sleep(0.005)  # cheap boards answer with empty packets until they have something to say
        return b""

    def close(self) -> None:
        if self._device is None:
            return
        import usb.core
        import usb.util

        device, self._device = self._device, None
        try:
            usb.util.release_interface(device, self._number)
            if self._detached:
                device.attach_kernel_driver(self._number)
        except (usb.core.USBError, NotImplementedError):
            pass  # pulled out: nothing left to give back
        finally:
            self._detached = False
            usb.util.dispose_resources(device)


class Serial(Talking):
    """A printer on a serial port or a maker's virtual COM port, carried by python-escpos with a write timeout added."""

    counts = False

    def __init__(self, url: str, timeout: float, answers: Answers, port: str, baud: int, flow: str) -> None:
        super().__init__(url, timeout, answers)
        self._port, self._baud, self._flow = port, baud, flow
        self._printer: Any = None

    def connect(self) -> None:
        try:
            import serial  # noqa: F401  (python-escpos hides its absence until the first byte)
        except ImportError as error:
            raise NotStarted("没有串口打印的部件：请安装 wuye-desk[serial]") from error
        from escpos.exceptions import DeviceNotFoundError

        printer = escpos_printer("Serial")(
            self._port,
            baudrate=self._baud,
            timeout=self.timeout,
            xonxoff=self._flow == "xonxoff",
            dsrdtr=self._flow == "dsrdtr",
        )
        try:
            printer.open()
        except DeviceNotFoundError as error:
            raise NotStarted(f"打印机串口打不开：请检查线和端口号 {self._port}，关掉别的打印程序") from error
        printer.device.write_timeout = self.timeout
        printer.device.rtscts = self._flow == "rtscts"
        printer.device.reset_input_buffer()
        self._printer = printer

    def write(self, data: bytes) -> int:
        """Waits for the port to run dry first, so that a printer that stops is told from one that took half a piece."""
        line = self._printer.device
        until = time.monotonic() + self.timeout
        while line.out_waiting:
            if time.monotonic() > until:
                raise TimeoutError(self._port)
            time.sleep(0.01)
        return int(line.write(data[:_SERIAL_PIECE]))

    def read(self, seconds: float) -> bytes:
        line = self._printer.device
        line.timeout = seconds
        first: bytes = line.read(1)
        return first + line.read(line.in_waiting) if first else b""

    def close(self) -> None:
        if self._printer is None:
            return
        printer, self._printer = self._printer, None
        try:
            if not self._done:
                # Closing waits for the port to run dry, which a printer that has stopped never lets happen.
                printer.device.reset_output_buffer()
            printer.close()
        except OSError:
            pass  # the port is gone
