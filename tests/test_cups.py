"""A CUPS queue: believed by what its programs say, watched, and emptied of what nobody prints."""

from pathlib import Path

import pytest

from printers import line
from printers.device import NotStarted, open_device
from tests.test_device import POSIX, QUICK, SLIP

IDLE = "printer XP-80 is idle.  enabled since Mon Nov 16 09:00:00 2026\n\tAlerts: none\n"
BUSY = "printer XP-80 now printing XP-80-7.  enabled since Mon Nov 16 09:00:00 2026\n\tAlerts: {}\n"
JOB = "XP-80-7                 limin             1024   Mon Nov 16 09:00:01 2026\n\tAlerts: {}\n\tqueued for XP-80\n"
PROGRAM = """\
#!/bin/sh
cd "{folder}" || exit 9
echo "$(basename "$0") $*" >> calls
[ "$LANGUAGE" = C ] || exit 8
case "$(basename "$0")" in
lp) /bin/cat > job; echo "request id is XP-80-7 (1 file(s))";;
lpstat) case "$*" in *" completed "*) /bin/cat ended;; *) n=$(/bin/cat looks); echo $((n + 1)) > looks
  if [ -f "said$n" ]; then /bin/cat "said$n"; else /bin/cat said; fi;; esac;;
cancel) exit $(/bin/cat refused);;
esac
"""


class Cups:
    """lp, lpstat and cancel in a folder of their own, saying what they are told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("lp", "lpstat", "cancel"):
            self.write(name, PROGRAM.format(folder=folder))
            (folder / name).chmod(0o755)
        (folder / "basename").symlink_to("/usr/bin/basename")
        self.write("refused", "0\n")
        self.write("ended", JOB.format("job-completed-successfully"))
        self.says(IDLE)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def says(self, *looks: str) -> None:
        """What lpstat says at each look, the first being that before the slip; the last stays."""
        for number, text in enumerate(looks):
            self.write(f"said{number}", text)
        self.write("said", looks[-1])
        self.write("looks", "0\n")

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def cups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cups:
    monkeypatch.setenv("PATH", str(tmp_path))
    return Cups(tmp_path)


@POSIX
def test_a_slip_that_left_the_queue_is_looked_for_on_paper(cups: Cups) -> None:
    cups.says(IDLE, BUSY.format("none") + JOB.format("job-printing"), IDLE)
    with open_device("cups://XP-80", 2) as device:
        outcome = device.send(SLIP)
    assert (cups.folder / "job").read_bytes() == SLIP
    assert cups.calls[0] == "lpstat -l -p XP-80"
    assert cups.calls[1].startswith("lp -d XP-80 -o raw")
    assert not outcome.confirmed
    assert outcome.reason == "打印队列已把单据交给打印机，打没打出来它不说：请看是否出纸，再点“已出纸”或“补打”"
    assert not any(call.startswith("cancel") for call in cups.calls)


@POSIX
@pytest.mark.parametrize(
    ("alerts", "words"), [("job-canceled-by-user", "被人取消"), ("aborted-by-system", "没打成"), ("", "已把单据交给打印机")]
)
def test_how_a_slip_left_the_queue_is_told(cups: Cups, alerts: str, words: str) -> None:
    cups.write("ended", JOB.format(alerts) if alerts else "")
    with open_device("cups://XP-80", 2) as device:
        assert words in device.send(SLIP).reason


@POSIX
def test_what_the_queue_complains_of_is_told_while_the_slip_waits(cups: Cups) -> None:
    waits = JOB.format("job-printing")
    empty, lid = (BUSY.format(f"{reason}-error") + waits for reason in ("media-empty", "cover-open"))
    cups.says(IDLE, empty, lid, BUSY.format("none") + waits, IDLE)
    said: list[str] = []
    with open_device("cups://XP-80", QUICK) as device:
        device.send(SLIP, said.append)
    assert [words.split("：")[0] for words in said] == ["打印机缺纸", "打印机盖子没盖好", ""]


@POSIX
def test_a_slip_that_does_not_leave_the_queue_is_taken_back(cups: Cups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PATIENCE", 0.0)
    cups.says(IDLE, BUSY.format("media-empty-error") + JOB.format("job-printing"))
    with open_device("cups://XP-80", QUICK) as device:
        outcome = device.send(SLIP)
    assert cups.calls[-1] == "cancel XP-80-7"
    assert not outcome.confirmed
    assert outcome.reason.startswith("打印机缺纸，这张已从队列撤回，不会再自己打出：请看是否出纸")


@POSIX
def test_a_slip_that_cannot_be_taken_back_is_warned_of(cups: Cups) -> None:
    cups.says(IDLE, IDLE + JOB.format("none"))
    cups.write("refused", "1\n")
    with open_device("cups://XP-80", QUICK) as device:
        outcome = device.send(SLIP)
    assert outcome.reason.startswith("打印队列一直没有打，这张撤不回来，过后可能自己打出：请先清空打印队列")


@POSIX
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("printer XP-80 disabled since Mon Nov 16 09:00:00 2026 -\n\tpaused\n\tAlerts: paused\n", "打印队列停了：请在"),
        ("printer XP-80 is holding new jobs.  enabled since Mon\n\tAlerts: hold-new-jobs\n", "打印队列停了：请在"),
        ("printer XP-80 disabled since Mon -\n\tUnplugged\n\tAlerts: offline-report paused\n", "打印机离线：请检查电源"),
    ],
)
def test_a_queue_that_stands_still_gets_nothing(cups: Cups, said: str, words: str) -> None:
    cups.says(said)
    with pytest.raises(NotStarted) as held, open_device("cups://XP-80"):
        pytest.fail("it would wait in the queue")
    assert held.value.reason.startswith(words)
    assert not (cups.folder / "job").exists()


@POSIX
def test_an_old_alert_of_a_queue_that_runs_keeps_nothing_back(cups: Cups) -> None:
    cups.says(IDLE.replace("none", "media-empty-error"))
    with open_device("cups://XP-80", 2) as device:
        device.send(SLIP)
    assert (cups.folder / "job").read_bytes() == SLIP


@POSIX
def test_a_cups_queue_is_believed_by_its_exit_code(cups: Cups) -> None:
    (cups.folder / "lpstat").unlink()
    with open_device("cups://XP-80") as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed and "打没打出来这里看不到：请看是否出纸" in outcome.reason
    cups.write("lp", "#!/bin/sh\necho 'lp: unknown destination' >&2\nexit 1\n")
    with open_device("cups://XP-80") as device, pytest.raises(NotStarted, match="unknown destination"):
        device.send(SLIP)
    (cups.folder / "lp").unlink()
    with pytest.raises(NotStarted, match="没有 lp 程序"), open_device("cups://XP-80"):
        pytest.fail("there is no lp")


@POSIX
def test_a_queue_cups_does_not_know_is_named(cups: Cups) -> None:
    cups.write("lpstat", '#!/bin/sh\necho "lpstat: Invalid destination name in list \\"HP\\"." >&2\nexit 1\n')
    with pytest.raises(NotStarted, match=r"请检查 CUPS 里有没有 HP（lpstat: Invalid destination"), open_device("cups://HP"):
        pytest.fail("there is no such queue")


@POSIX
def test_a_cups_that_hangs_is_not_waited_for(cups: Cups) -> None:
    hang = "#!/bin/sh\nexec /bin/sleep 60\n"
    cups.write("lp", hang)
    with open_device("cups://XP-80", QUICK) as device:
        outcome = device.send(SLIP)
    assert not outcome.confirmed and "没有反应" in outcome.reason
    cups.write("lpstat", hang)
    with pytest.raises(NotStarted, match="打印队列没有反应"), open_device("cups://XP-80", QUICK):
        pytest.fail("it does not answer")
