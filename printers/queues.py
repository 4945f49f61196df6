"""Where a slip is handed over without a printer's own answer: a folder, memory, and what all queues have in common."""

import os
import time
from abc import abstractmethod
from collections import deque
from pathlib import Path

from printers import line
from printers.line import SEE, WRITE, Device, NotStarted, Outcome, Told


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
                written = handle.write(payload)
                os.fsync(handle.fileno())
            except OSError as error:
                return Outcome(False, f"文件 {path} 没写完（{error.strerror}）：请检查磁盘", handle.tell())
        if written != len(payload):
            return Outcome(False, f"文件 {path} 没写完：请检查磁盘是不是满了", written)
        return Outcome(True, sent=len(payload), proof="kept")


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
        return Outcome(True, sent=len(payload), proof="kept")


class Queue(Device):
    """A queue of the operating system. It takes the slip, lets it wait, passes it on, and never sees the paper.

    So no slip is ever confirmed here; but one that does not leave the queue is taken back before a person is asked,
    or it would come out by itself some day, beside the one printed again.
    """

    @abstractmethod
    def submit(self, payload: bytes) -> Outcome | None:
        """Put the job in the queue; an Outcome when that broke off. Raises NotStarted when the queue took nothing."""

    @abstractmethod
    def look(self) -> tuple[str, str]:
        """What became of the job, "" while it is in the queue; and what the queue complains of meanwhile."""

    @abstractmethod
    def withdraw(self) -> bool:
        """Take the job out of the queue; whether it is gone."""

    def send(self, payload: bytes, told: Told | None = None) -> Outcome:
        broken = self.submit(payload)
        if broken is not None:
            return broken
        started = heard = time.monotonic()
        complaint = ""
        while True:
            became, said = self.look()
            if became:
                return Outcome(False, f"{became}：{SEE}", len(payload))
            if said != complaint and told is not None:
                told(said)
            complaint, now = said, time.monotonic()
            if complaint and now - started < line.PATIENCE:
                heard = now
            elif now - heard >= self.timeout * 3:
                break
            time.sleep(self.timeout / 20)
        why = complaint.split("：")[0] or "打印队列一直没有打"
        if self.withdraw():
            return Outcome(False, f"{why}，这张已从队列撤回，不会再自己打出：{SEE}", len(payload))
        return Outcome(False, f"{why}，这张撤不回来，过后可能自己打出：请先清空打印队列，{SEE}", len(payload))
