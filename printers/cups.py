"""A CUPS queue, by its own programs: lp puts the slip in, lpstat tells how it stands, cancel takes it back."""

import os
import re
import shutil
import subprocess

from printers.line import SEE, NotStarted, Outcome
from printers.queues import Queue
from printers.status import COVER, FAULT, OFFLINE, PAPER

STOPPED = "打印队列停了：请在系统的打印机设置里恢复这台打印机，会自动接着打"

# What CUPS calls it (printer-state-reasons, RFC 8011 §5.4.12), whatever follows: -error, -warning, -report.
_REASONS = (
    ("media-empty", PAPER),
    ("media-needed", PAPER),
    ("cover-open", COVER),
    ("door-open", COVER),
    ("interlock-open", COVER),
    ("media-jam", FAULT),
    ("offline", OFFLINE),
    ("shutdown", OFFLINE),
)
_ENDS = (
    ("job-completed", "打印队列已把单据交给打印机，打没打出来它不说"),
    ("job-canceled", "单据在打印队列里被人取消了"),
    ("abort", "打印队列没打成，已经放弃"),
)


class Cups(Queue):
    """The queue `queue`; where lpstat is missing, a slip taken by lp is left to itself."""

    def __init__(self, url: str, timeout: float, queue: str) -> None:
        super().__init__(url, timeout)
        self._queue = queue
        self._job = ""

    def open(self) -> None:
        if shutil.which("lp") is None:
            raise NotStarted("这台电脑没有 lp 程序：请安装 CUPS（cups-client）")
        if shutil.which("lpstat") is None:
            return
        done = self._run("lpstat", "-l", "-p", self._queue)
        if done is None:
            raise NotStarted("打印队列没有反应：请检查 CUPS 是否在运行")
        if done.returncode:
            raise NotStarted(f"打印队列用不了：请检查 CUPS 里有没有 {self._queue}（{_said(done)}）")
        # Only a queue that was stopped keeps a slip back: its reasons may be those of a slip long gone.
        if _stopped(done.stdout):
            raise NotStarted(_complaint(done.stdout))

    def _run(self, *command: str, payload: bytes | None = None) -> "subprocess.CompletedProcess[bytes] | None":
        """A program of CUPS, speaking English whatever the desk's language; None when it did not end or did not run."""
        english = {**os.environ, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "LANGUAGE": "C"}
        try:
            return subprocess.run(
                command, input=payload or b"", capture_output=True, timeout=self.timeout, check=False, env=english
            )
        except (OSError, subprocess.TimeoutExpired):
            return None

    def submit(self, payload: bytes) -> Outcome | None:
        done = self._run("lp", "-d", self._queue, "-o", "raw", "-t", "wuye-desk", payload=payload)
        if done is None:
            return Outcome(False, f"打印队列 {self._queue} 没有反应：{SEE}", len(payload))
        if done.returncode:
            raise NotStarted(f"打印队列不收：请检查 CUPS 里的打印机 {self._queue}（{_said(done)}）")
        number = re.search(rb"request id is (\S+-\d+)", done.stdout)
        self._job = number[1].decode("utf-8", "replace") if number else ""
        if not self._job or shutil.which("lpstat") is None:
            return Outcome(False, f"已交给打印队列 {self._queue}，打没打出来这里看不到：{SEE}", len(payload))
        return None

    def look(self) -> tuple[str, str]:
        done = self._run("lpstat", "-l", "-p", self._queue, "-W", "not-completed", "-o", self._queue)
        if done is None or done.returncode:
            return "", "打印队列没有反应：请检查 CUPS 是否在运行"
        if re.search(rf"^{re.escape(self._job)}\s".encode(), done.stdout, re.MULTILINE):
            return "", _complaint(done.stdout)
        ended = self._run("lpstat", "-l", "-W", "completed", "-o", self._queue)
        reasons = _reasons(ended.stdout if ended else b"", self._job)
        return next((words for word, words in _ENDS if word in reasons), _ENDS[0][1]), ""

    def withdraw(self) -> bool:
        done = self._run("cancel", self._job)
        return done is not None and done.returncode == 0


def _said(done: "subprocess.CompletedProcess[bytes]") -> str:
    return done.stderr.decode("utf-8", "replace").strip()


def _reasons(listed: bytes, head: str) -> str:
    """The Alerts of the entry of lpstat -l that begins with `head`, "" when there is none."""
    entry = re.search(rf"^{re.escape(head)}\s.*\n((?:\t.*\n?)*)".encode(), listed, re.MULTILINE)
    alerts = re.search(rb"^\tAlerts: (.*)$", entry[1], re.MULTILINE) if entry else None
    return alerts[1].decode("utf-8", "replace") if alerts else ""


def _stopped(listed: bytes) -> bool:
    return re.search(rb"^printer \S+ (disabled since|is holding new jobs)", listed, re.MULTILINE) is not None


def _complaint(listed: bytes) -> str:
    reasons = _reasons(listed, "printer")
    words = next((words for word, words in _REASONS if word in reasons), "")
    return words or (STOPPED if _stopped(listed) else "")
