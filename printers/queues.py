"""Printers that do not answer: a folder, a queue of the operating system, memory."""

import os
import shutil
import subprocess
from collections import deque
from contextlib import suppress
from pathlib import Path

from printers.line import SEE, WRITE, Device, NotStarted, Outcome, Told
from printers.quiet import escpos_printer


class Folder(Device):
    """A folder that takes each job as a file 000001.bin …; a job written and synced counts as confirmed."""

    def __init__(self, url: str, timeout: float, folder: Path) -> None:
        super().__init__(url, timeout)
        self._folder = folder

    def open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotStarted(f"建不了文件夹 {self._folder}：请换一个能写的文件夹（{error.strerror}）") from error

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        taken = [int(path.stem) for path in self._folder.glob("*.bin") if path.stem.isdecimal()]
        path = self._folder / f"{max(taken, default=0) + 1:06}.bin"
        try:
            handle = path.open("xb", buffering=0)
        except OSError as error:
            raise NotStarted(f"写不了文件 {path}：请检查磁盘和权限（{error.strerror}）") from error
        with handle:
            try:
                handle.write(payload)
                os.fsync(handle.fileno())
            except OSError as error:
                return Outcome(False, f"文件 {path} 没写完（{error.strerror}）：请检查磁盘", handle.tell())
        return Outcome(True, sent=len(payload))


class Cups(Device):
    """A CUPS queue, through the `lp` program; what the queue does with the job is not known here."""

    def __init__(self, url: str, timeout: float, queue: str) -> None:
        super().__init__(url, timeout)
        self._queue = queue

    def open(self) -> None:
        if shutil.which("lp") is None:
            raise NotStarted("这台电脑没有 lp 程序：请安装 CUPS（cups-client）")

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        command = ["lp", "-d", self._queue, "-o", "raw", "-t", "wuye-desk"]
        try:
            done = subprocess.run(command, input=payload, capture_output=True, timeout=self.timeout, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(False, f"打印队列 {self._queue} 没有反应：{SEE}", len(payload))
        except OSError as error:
            raise NotStarted(f"lp 程序运行不了（{error.strerror}）：请检查 CUPS") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise NotStarted(f"打印队列 {self._queue} 不收：请检查 CUPS 里的打印机名（{said}）")
        return Outcome(False, f"已交给打印队列 {self._queue}，打没打出来这里看不到：{SEE}", len(payload))


class Dummy(Device):
    """Memory instead of paper, for tests and demonstrations: the last hundred jobs in `paper`."""

    exclusive = False

    def __init__(self, url: str, timeout: float = WRITE) -> None:
        super().__init__(url, timeout)
        self.paper: deque[bytes] = deque(maxlen=100)

    def open(self) -> None:
        pass

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        self.paper.append(payload)
        return Outcome(True, sent=len(payload))


class Windows(Device):
    """A printer of the Windows spooler, carried by python-escpos; the spooler tells nothing of the paper."""

    def __init__(self, url: str, timeout: float, name: str) -> None:
        super().__init__(url, timeout)
        self._name = name

    def open(self) -> None:
        try:
            import win32print  # noqa: F401  (python-escpos hides its absence until the first byte)
        except ImportError as error:
            raise NotStarted("没有 Windows 打印的部件：请在 Windows 上安装 wuye-desk[win32]") from error

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        import pywintypes
        import win32print
        from escpos.exceptions import DeviceNotFoundError

        printer = escpos_printer("Win32Raw")(self._name)
        try:
            printer.open(job_name="wuye-desk")
        except DeviceNotFoundError as error:
            raise NotStarted(f"Windows 里没有打印机 {self._name}：请在“打印机和扫描仪”里核对名字") from error
        try:
            printer._raw(payload)  # python-escpos's way of sending bytes as they are
            printer.close()
        except pywintypes.error as error:
            # Left in the queue it would print by itself some day.
            with suppress(pywintypes.error):
                win32print.SetJob(printer.device, printer.current_job, 0, None, win32print.JOB_CONTROL_DELETE)
            with suppress(pywintypes.error):
                printer.close()
            printer.device = None
            return Outcome(False, f"Windows 打印队列报错（{error.strerror}）：{SEE}", len(payload))
        return Outcome(False, f"已交给 Windows 打印队列 {self._name}，打没打出来这里看不到：{SEE}", len(payload))
