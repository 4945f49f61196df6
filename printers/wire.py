"""Printers that answer: on the network, on USB, on a serial port."""

import socket
import time
from typing import Any

from printers.line import NotStarted, Talking
from printers.quiet import escpos_printer

CONNECT = 2.0  # seconds until a printer that does not answer counts as switched off
_PACKET = 512  # a multiple of every USB packet size, so a read never overflows


class Tcp(Talking):
    """A printer on the network, raw port 9100."""

    def __init__(self, url: str, timeout: float, host: str, port: int) -> None:
        super().__init__(url, timeout)
        self._address = (host, port)
        self._line: socket.socket | None = None

    def connect(self) -> None:
        try:
            self._line = socket.create_connection(self._address, timeout=min(CONNECT, self.timeout))
        except OSError as error:
            raise NotStarted(f"打印机连不上 {self.url}：请检查电源和网线") from error

    def _connected(self) -> socket.socket:
        if self._line is None:
            raise NotStarted(f"打印机 {self.url} 还没连上")
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
        self, url: str, timeout: float, vendor: int, product: int, serial: str, ends: tuple[int | None, int | None]
    ) -> None:
        super().__init__(url, timeout)
        self._vendor, self._product, self._serial = vendor, product, serial
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
            raise NotStarted(f"打不开 USB 打印机 {self.url}：请检查权限（{error}）") from error
        if self._device is None:
            raise NotStarted(f"找不到 USB 打印机 {self.url}：请检查电源和 USB 线")
        try:
            self._claim(usb.util)
        except usb.core.USBError as error:
            raise NotStarted(f"USB 打印机 {self.url} 被占用或没有权限：请关掉别的打印程序（{error}）") from error

    def _claim(self, util: Any) -> None:
        """Find the printer interface (class 7) and its two ends, take it from the kernel, claim it."""
        try:
            configuration = self._device.get_active_configuration()
        except OSError:  # USBError: the printer was never configured
            self._device.set_configuration()
            configuration = self._device.get_active_configuration()
        interface = util.find_descriptor(configuration, bInterfaceClass=7) or configuration[(0, 0)]
        self._number = interface.bInterfaceNumber
        for end in interface:
            incoming = util.endpoint_direction(end.bEndpointAddress) == util.ENDPOINT_IN
            if incoming and self._in is None:
                self._in = end.bEndpointAddress
            elif not incoming and self._out is None:
                self._out = end.bEndpointAddress
        if self._out is None:
            raise NotStarted(f"USB 设备 {self.url} 不像打印机：请检查地址里的编号")
        try:
            if self._device.is_kernel_driver_active(self._number):
                self._device.detach_kernel_driver(self._number)
                self._detached = True
        except NotImplementedError:
            pass  # Windows: no kernel driver to step aside
        util.claim_interface(self._device, self._number)

    def write(self, data: bytes) -> int:
        return int(self._device.write(self._out, data, int(self.timeout * 1000)))

    def read(self, seconds: float) -> bytes:
        import usb.core

        if self._in is None:
            # A printer wired one way; waiting is all that is left.
            time.sleep(seconds)
            return b""
        try:
            return bytes(self._device.read(self._in, _PACKET, max(1, int(seconds * 1000))))
        except usb.core.USBTimeoutError:
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

    def __init__(self, url: str, timeout: float, port: str, baud: int, flow: str) -> None:
        super().__init__(url, timeout)
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
            raise NotStarted(f"打不开串口 {self._port}：请检查线和端口号，关掉别的打印程序") from error
        printer.device.write_timeout = self.timeout
        printer.device.rtscts = self._flow == "rtscts"
        printer.device.reset_input_buffer()
        self._printer = printer

    def write(self, data: bytes) -> int:
        return int(self._printer.device.write(data))

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
