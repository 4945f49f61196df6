"""A printer of the Windows spooler, by pywin32 itself.

python-escpos would refuse a shared printer, leave the spooler's count of bytes unread and lose sight of the job.
"""

import time
from contextlib import suppress
from typing import Any

from printers.line import SEE, NotStarted, Outcome
from printers.queues import Queue
from printers.status import COVER, FAULT, OFFLINE, PAPER

STOPPED = "打印队列停了：请打开 Windows 的打印队列，在菜单里去掉“暂停打印”，会自动接着打"
BLOCKED = "打印队列卡住：请打开 Windows 的打印队列，看看最前面那张"
_LEFT = "Windows 已把单据交给打印机，打没打出来它不说"
_VANISHED = 87  # ERROR_INVALID_PARAMETER: no such job any more
_DELETE = 5  # JOB_CONTROL_DELETE

# winspool.h: JOB_STATUS_…, and PRINTER_STATUS_… below
_GONE = ((0x104, "单据在 Windows 打印队列里被人删了"), (0x1080, _LEFT))
_JOB = ((0x40, PAPER), (0x20, OFFLINE), (0x402, FAULT), (0x200, BLOCKED), (0x01, STOPPED))
_PRINTER = ((0x50, PAPER), (0x400000, COVER), (0x08, FAULT), (0x2001080, OFFLINE), (0x100002, FAULT), (0x01, STOPPED))
_HELD = ((0x01, STOPPED), (0x2001080, OFFLINE))  # what the spooler itself keeps up to date while nothing is printed
_WORK_OFFLINE = 0x400  # PRINTER_ATTRIBUTE_WORK_OFFLINE


def _words(table: tuple[tuple[int, str], ...], bits: int) -> str:
    return next((words for mask, words in table if bits & mask), "")


class Windows(Queue):
    r"""The printer called `name` in Windows, or \\computer\share."""

    def __init__(self, url: str, timeout: float, name: str) -> None:
        super().__init__(url, timeout)
        self._name = name
        self._printer: Any = None
        self._job = 0

    def open(self) -> None:
        try:
            import pywintypes
            import win32print
        except ImportError as error:
            raise NotStarted("没有 Windows 打印的部件：请在 Windows 上安装 wuye-desk[win32]") from error
        try:
            self._printer = win32print.OpenPrinter(self._name)
        except pywintypes.error as error:
            raise NotStarted(f"Windows 里没有这台打印机：请在“打印机和扫描仪”里核对名字 {self._name}") from error
        try:
            trouble = self._state(_HELD)
        except pywintypes.error:
            trouble = ""  # a share that tells nothing of itself may print all the same
        if trouble:
            self.close()
            raise NotStarted(trouble)

    def _state(self, table: tuple[tuple[int, str], ...]) -> str:
        """What the printer itself complains of. Raises pywintypes.error."""
        import win32print

        about = win32print.GetPrinter(self._printer, 2)
        return _words(table, about["Status"]) or (OFFLINE if about["Attributes"] & _WORK_OFFLINE else "")

    def submit(self, payload: bytes) -> Outcome | None:
        import pywintypes
        import win32print

        try:
            self._job = win32print.StartDocPrinter(self._printer, 1, ("wuye-desk", None, "RAW"))
        except pywintypes.error as error:
            raise NotStarted(f"Windows 打印队列不收：请看看打印机 {self._name} 的队列（{error.strerror}）") from error
        taken = 0
        try:
            win32print.StartPagePrinter(self._printer)
            while taken < len(payload):
                more = win32print.WritePrinter(self._printer, payload[taken:])
                if not more:
                    break
                taken += more
            if taken == len(payload):
                win32print.EndPagePrinter(self._printer)
                win32print.EndDocPrinter(self._printer)
                return None
            why = "只收下一部分"
        except pywintypes.error as error:
            why = error.strerror
        withdrawn = self.withdraw()
        with suppress(pywintypes.error):
            win32print.EndDocPrinter(self._printer)
        rest = "" if withdrawn else "，这张撤不回来，过后可能自己打出"
        return Outcome(False, f"Windows 打印队列报错（{why}）{rest}：{SEE}", taken)

    def look(self) -> tuple[str, str]:
        import pywintypes
        import win32print

        try:
            status = win32print.GetJob(self._printer, self._job, 1)["Status"]
        except pywintypes.error as error:
            if error.winerror == _VANISHED:
                return _LEFT, ""
            return "", f"Windows 打印队列不回答：请看看打印机 {self._name} 的队列（{error.strerror}）"
        if gone := _words(_GONE, status):
            return gone, ""
        complaint = _words(_JOB, status)
        if not complaint or complaint == FAULT:
            # The job says only that something is wrong; the printer may know what.
            with suppress(pywintypes.error):
                complaint = self._state(_PRINTER) or complaint
        return "", complaint

    def withdraw(self) -> bool:
        import pywintypes
        import win32print

        until = time.monotonic() + self.timeout / 5
        try:
            win32print.SetJob(self._printer, self._job, 0, None, _DELETE)
            # One being passed to a printer that hangs stays “deleting”, and may still come out.
            while time.monotonic() < until:
                win32print.GetJob(self._printer, self._job, 1)
                time.sleep(self.timeout / 100)
        except pywintypes.error as error:
            return bool(error.winerror == _VANISHED)
        return False

    def close(self) -> None:
        if self._printer is None:
            return
        import pywintypes
        import win32print

        printer, self._printer = self._printer, None
        with suppress(pywintypes.error):
            win32print.ClosePrinter(printer)
