"""A printer of the Windows spooler, recorded: watched, complained of, and emptied of what nobody prints."""

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from printers import line
from printers.device import NotStarted, open_device
from tests.test_device import QUICK, SLIP


class WinError(Exception):
    """pywintypes.error."""

    def __init__(self, winerror: int, strerror: str) -> None:
        super().__init__(winerror, strerror)
        self.winerror, self.strerror = winerror, strerror


class Spooler(types.SimpleNamespace):
    """win32print, which exists on Windows only: a printer XP-80 收银 whose job stands as `jobs` says, look by look.

    A job is its status bits, or None once it has gone. `takes` bytes a write, `error` raised instead.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.job = b""
        self.jobs: list[int | None] = [None]
        self.printer = self.attributes = 0
        self.takes = 1 << 20
        self.error: WinError | None = None
        self.stuck = False

    def OpenPrinter(self, name: str) -> str:
        if name not in ("XP-80 收银", r"\\PC2\XP-80"):
            raise WinError(1801, "打印机名无效。")
        self.calls.append("open")
        return "handle"

    def GetPrinter(self, handle: str, level: int) -> dict[str, int]:
        assert (handle, level) == ("handle", 2)
        return {"Status": self.printer, "Attributes": self.attributes}

    def StartDocPrinter(self, handle: str, level: int, about: tuple[str, None, str]) -> int:
        assert (level, about[1:]) == (1, (None, "RAW"))
        self.calls.append("start")
        return 7

    def StartPagePrinter(self, handle: str) -> None:
        self.calls.append("page")

    def WritePrinter(self, handle: str, data: bytes) -> int:
        if self.error:
            raise self.error
        self.job += data[: self.takes]
        return len(data[: self.takes])

    def EndPagePrinter(self, handle: str) -> None:
        self.calls.append("end page")

    def EndDocPrinter(self, handle: str) -> None:
        self.calls.append("end")

    def ClosePrinter(self, handle: str) -> None:
        self.calls.append("close")

    def GetJob(self, handle: str, job: int, level: int) -> dict[str, int]:
        assert (job, level) == (7, 1)
        status = self.jobs.pop(0) if len(self.jobs) > 1 else self.jobs[0]
        if status is None:
            raise WinError(87, "参数错误。")
        return {"Status": status}

    def SetJob(self, handle: str, job: int, level: int, about: None, command: int) -> None:
        assert (job, level, about, command) == (7, 0, None, 5), "JOB_CONTROL_DELETE"
        self.calls.append("delete")
        self.jobs = [0x14 if self.stuck else None]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spooler]:
    spooler = Spooler()
    monkeypatch.setitem(sys.modules, "win32print", spooler)
    monkeypatch.setitem(sys.modules, "pywintypes", types.SimpleNamespace(error=WinError))
    yield spooler
    assert spooler.calls.count("open") == spooler.calls.count("close")


XP = "win32://XP-80%20收银"


def test_a_slip_windows_passed_on_is_looked_for_on_paper(windows: Spooler) -> None:
    windows.jobs, windows.takes = [0x08, 0x10, 0x90], 100
    with open_device(XP, QUICK) as device:
        outcome = device.send(SLIP)
    assert windows.job == SLIP, "what the spooler left over is written again"
    assert windows.calls == ["open", "start", "page", "end page", "end", "close"]
    assert (outcome.confirmed, outcome.sent) == (False, len(SLIP))
    assert outcome.reason.startswith("Windows 已把单据交给打印机，打没打出来它不说：请看是否出纸")


def test_a_job_that_vanished_was_passed_on(windows: Spooler) -> None:
    with open_device(r"win32://%5C%5CPC2%5CXP-80", QUICK) as device:
        assert "已把单据交给打印机" in device.send(SLIP).reason
    assert "delete" not in windows.calls


def test_a_job_somebody_deleted_says_so(windows: Spooler) -> None:
    windows.jobs = [0x10, 0x04]
    with open_device(XP, QUICK) as device:
        assert "被人删了" in device.send(SLIP).reason


def test_what_windows_complains_of_is_told_while_the_slip_waits(windows: Spooler) -> None:
    windows.jobs = [0x10, 0x40, 0x20, 0x200, 0x01, 0x10, None]
    said: list[str] = []
    with open_device(XP, QUICK) as device:
        device.send(SLIP, said.append)
    heads = [words.split("：")[0] for words in said]
    assert heads == ["打印机缺纸", "打印机离线", "打印队列卡住", "打印队列停了", ""]


@pytest.mark.parametrize(("bits", "words"), [(0x400000, "盖子"), (0x10, "缺纸"), (0x08, "报错"), (0x80, "离线"), (0, "报错")])
def test_a_job_in_error_asks_the_printer_why(windows: Spooler, bits: int, words: str) -> None:
    windows.jobs = [0x12, None]
    said: list[str] = []
    with open_device(XP, QUICK) as device:
        windows.printer = bits
        device.send(SLIP, said.append)
    assert words in said[0]


@pytest.mark.parametrize(
    ("bits", "attributes", "words"),
    [(0x01, 0, "队列停了"), (0x80, 0, "离线"), (0, 0x400, "离线"), (0x10, 0, ""), (0x02, 0, "")],
)
def test_only_what_the_spooler_knows_for_sure_keeps_a_slip_back(
    windows: Spooler, bits: int, attributes: int, words: str
) -> None:
    windows.printer, windows.attributes = bits, attributes
    if not words:
        windows.jobs = [0x80]
        with open_device(XP, QUICK) as device:
            device.send(SLIP)
        assert windows.job == SLIP
        return
    with pytest.raises(NotStarted, match=words), open_device(XP, QUICK):
        pytest.fail("it would wait in the queue")
    assert windows.calls == ["open", "close"]


def test_a_slip_windows_does_not_print_is_taken_back(windows: Spooler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    windows.jobs = [0x50]
    with open_device(XP, QUICK) as device:
        outcome = device.send(SLIP)
    assert windows.calls[-2:] == ["delete", "close"]
    assert outcome.reason.startswith("打印机缺纸，这张已从队列撤回")


def test_paper_is_waited_for_longer_than_silence(windows: Spooler) -> None:
    windows.jobs = [0x50] * 100 + [None]
    with open_device(XP, QUICK) as device:
        assert "已把单据交给打印机" in device.send(SLIP).reason
    assert "delete" not in windows.calls


def test_a_slip_that_stays_deleting_may_still_come_out(windows: Spooler) -> None:
    windows.jobs, windows.stuck = [0x10], True
    with open_device(XP, QUICK) as device:
        assert "撤不回来，过后可能自己打出" in device.send(SLIP).reason


def test_a_windows_printer_that_is_not_there(windows: Spooler) -> None:
    with pytest.raises(NotStarted, match="核对名字 HP"), open_device("win32://HP"):
        pytest.fail("there is no such printer")


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda spooler: setattr(spooler, "error", WinError(1, "磁盘已满。")), "磁盘已满"),
        (lambda spooler: setattr(spooler, "takes", 0), "只收下一部分"),
    ],
)
def test_a_slip_half_taken_must_not_print_by_itself_later(
    windows: Spooler, break_it: Callable[[Spooler], None], words: str
) -> None:
    break_it(windows)
    with open_device(XP, QUICK) as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed and words in outcome.reason
    assert windows.calls[-3:] == ["delete", "end", "close"]


def test_a_spooler_that_takes_no_job(windows: Spooler, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*about: Any) -> int:
        raise WinError(5, "拒绝访问。")

    monkeypatch.setattr(windows, "StartDocPrinter", refuse, raising=False)
    with open_device(XP) as device, pytest.raises(NotStarted, match=r"队列不收.*拒绝访问"):
        device.send(SLIP)
