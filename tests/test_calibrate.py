"""Calibration: the slip says what it asks about, the answers become one printer's settings, and nothing else changes."""

import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import Result

from data.records import Refused
from desk import calibrate
from desk import config as settings
from desk.calibrate import QUESTIONS, changes
from desk.config import PROFILE, Config, Printer, change_printer, read_config, write_config
from desk.paper import profile
from printers import trial
from printers.device import Answers, answering, open_device
from printers.line import Talking
from printers.lock import device_lock
from printers.slip import Drawer, Slip, Text, layout
from printers.thermal import encode
from tests import paper
from tests.fakeprinter import FakePrinter
from tests.test_cli import Desk, desk, ready  # noqa: F401  (fixtures)

ENTER = "\n" * len(QUESTIONS)


# ── the slip ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_number_is_on_the_slip_once_and_in_order() -> None:
    read = paper.decode(trial.trial("小票机"))
    numbers = [found[0] for line in read.lines if (found := re.match(r"\d+[AB]?(?= )", line.text))]
    assert numbers == ["1", "2", "3", "4", "5", "6A", "6B", "7", "7", "8", "9", "10", "11", "12"]
    assert read.lines[0].text == "校准单 小票机"
    assert all(paper.width(line.text) * line.size <= 24 for line in read.lines if line.text != trial.RULER)


def test_each_class_is_of_the_characters_its_label_says() -> None:
    ways = [("gb2312", 2), ("gbk", 2), ("gb18030", 2), ("gb18030", 4)]
    for n, (_, sample) in enumerate(trial.CLASSES):
        for char in sample:
            lengths = [_length(char, codec) == length for codec, length in ways]
            assert lengths.index(True) == n, char
    lines = [line.text for line in paper.decode(trial.trial("x")).lines[2:6]]
    assert {paper.width(line) for line in lines} == {18} and all(line.endswith(" |") for line in lines)


def _length(char: str, codec: str) -> int:
    try:
        return len(char.encode(codec))
    except UnicodeEncodeError:
        return 0


def test_a_number_on_the_ruler_ends_at_the_column_it_names() -> None:
    assert trial.RULER in [line.text for line in paper.decode(trial.trial("x")).lines]
    found = list(re.finditer(r"\d+", trial.RULER))
    assert [found_.end() for found_ in found] == [int(found_[0]) for found_ in found] == [*range(5, 46, 5), 48]
    assert len(trial.RULER) == 48


def test_sizes_bold_and_codes_are_shown_and_put_back() -> None:
    job = trial.trial("x")
    read = paper.decode(job)
    by_start = {line.text[:4].strip(): (line.size, line.bold) for line in read.lines}
    assert (by_start["6A 大"], by_start["6B 大"]) == ((2, False), (2, False))
    assert (by_start["7 平常"], by_start["7 加粗"]) == ((1, False), (1, True))
    assert (read.lines[-1].size, read.lines[-1].bold, read.lines[-1].align) == (1, False, "left")
    # 6A by GS ! alone, 6B with FS ! as well: what tells one kind of printer from the other.
    double, rest = job.split(b"6A ")[1].split(b"6B ")
    assert b"\x1c!" not in double.partition(b"\n")[0] and double.endswith(b"\x1d!\x11\x1c!\x0c") and b"\x1c!\x00" in rest
    assert (read.codes, read.levels) == ([trial.NATIVE], ["M"])
    (drawn,) = read.pictures
    image = Image.new("L", (len(drawn[0]), len(drawn)), 255)
    image.putdata([0 if dark else 255 for row in drawn for dark in row])
    assert image.width <= 24 * 12
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [trial.IMAGE]


@pytest.mark.parametrize(("pin", "pulse"), [(2, b"\0\x32\xfa"), (5, b"\1\x32\xfa")])
def test_drawer_beep_and_cut_come_last_and_once(pin: int, pulse: bytes) -> None:
    read = paper.decode(trial.trial("x", pin))
    assert read.pulses == [pulse]
    assert read.order[-5:] == ["pulse", "beep", "feed", "cut", "ask"]
    assert (read.order.count("pulse"), read.beeps, read.feeds, read.cuts, read.asked) == (1, 1, [4], 1, 1)
    alone = paper.decode(trial.kick(pin))
    assert (alone.order, alone.pulses) == (["pulse", "ask"], [pulse])


@given(st.text(max_size=40))
def test_whatever_the_printer_is_called_the_slip_can_be_read(name: str) -> None:
    job = trial.trial(name)
    assert paper.width(paper.decode(job).lines[0].text) <= 24
    assert not re.search(rb"\x10[\x04\x05\x14]", job)


# ── what an answer means ───────────────────────────────────────────────────────────────────────────────────────────────


def meant(name: str, answer: str, printer: Printer | None = None) -> dict[str, object]:
    question = next(one for one in QUESTIONS if one.name == name)
    return dict(question.means(answer, printer or Printer(url="dummy:")))


@pytest.mark.parametrize(
    ("name", "answer", "settings"),
    [
        ("lines", "1", {"charset": "gb2312"}),
        ("lines", "12", {"charset": "gbk"}),
        ("lines", "１、２，３", {"charset": "gb18030-2"}),
        ("lines", "4 3 2 1", {"charset": "gb18030-4"}),
        ("lines", "124", {"charset": "gbk"}),
        ("lines", "134", {"charset": "gb2312"}),
        ("ruler", "42", {"columns": 42}),
        ("ruler", "３２", {"columns": 32}),
        ("double", "a", {"kanji": "gs"}),
        ("double", "AB", {"kanji": "gs+fs"}),
        ("double", "b", {"kanji": "gs+fs"}),
        ("double", "0", {}),
        ("codes", "8", {"qr": "image"}),
        ("codes", "89", {"qr": "native"}),
        ("codes", "9", {"qr": "native"}),
        ("codes", "0", {"qr": "image"}),
        ("drawer", "y", {"drawer": True, "drawer_pin": 2}),
        ("drawer", "没有", {"drawer": False}),
        ("drawer", "5", {"drawer": True, "drawer_pin": 5}),
        ("beep", "Ｙ", {"beep": True}),
        ("cut", "否", {"cutter": False}),
    ],
)
def test_an_answer_becomes_a_setting(name: str, answer: str, settings: dict[str, object]) -> None:
    assert meant(name, answer) == settings


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("lines", "5"), ("lines", "1-4"), ("lines", "01"), ("lines", " "), ("ruler", "23"), ("ruler", "49"),
        ("ruler", "四十八"), ("double", "C"), ("codes", "7"), ("drawer", "3"), ("beep", "?"), ("cut", ""),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_not_taken(name: str, answer: str) -> None:
    with pytest.raises(ValueError, match=r"请写|列数"):
        meant(name, answer)


def test_a_printer_without_chinese_is_said_to_be_one() -> None:
    with pytest.raises(Refused, match="打不出汉字"):
        meant("lines", "0")


@pytest.mark.parametrize(
    "printer",
    [
        Printer(url="dummy:"),
        Printer(url="dummy:", columns=48, charset="gb18030-4", qr="native", cutter=False, drawer=False, beep=True, kanji="gs"),
        Printer(url="dummy:", columns=42, charset="gb2312", drawer_pin=5),
        Printer(url="dummy:", charset="gb18030-2"),
    ],
)
def test_the_default_answers_are_the_settings_as_they_stand(printer: Printer) -> None:
    stands = {question.name: question.stands(printer) for question in QUESTIONS}
    assert changes(stands, printer) == {}
    everything: dict[str, object] = {}
    for question in QUESTIONS:
        everything |= question.means(stands[question.name], printer)
    assert set(everything) >= set(PROFILE) - {"drawer_pin"}


def test_the_settings_reach_the_paper() -> None:
    rows = layout(Slip("x", "", (Text("收据", 2), Drawer())), 24)
    plain = Printer(url="dummy:", columns=24)
    read = paper.decode(encode(rows, profile(plain)))
    assert (read.pulses, read.beeps, read.cuts) == ([b"\0\x32\xfa"], 0, 1)
    other = plain.model_copy(update={"drawer_pin": 5, "beep": True, "cutter": False, "kanji": "gs"})
    job = encode(rows, profile(other))
    read = paper.decode(job)
    assert (read.pulses, read.beeps, read.cuts) == ([b"\1\x32\xfa"], 1, 0)
    assert b"\x1c!" not in job
    assert not paper.decode(encode(rows, profile(plain.model_copy(update={"drawer": False})))).pulses


# ── desk.toml ──────────────────────────────────────────────────────────────────────────────────────────────────────────

FILE = """# 明强小区前台，王师傅 2026 年装
estate = "明强小区"   # 小区
phone = "8888"
notice = '今天停水 # 不是注释'

[[printer]]   # 柜台上的
name = "前台 # 1"
url = "tcp://192.168.1.9:9100"
# columns = 32 是原来的
columns = 32          # 58 毫米纸 32，80 毫米纸 48
slips = [
    "receipt",   # 收据
    "*",
]

[[ printer ]]
  name = "门岗"
  url = 'usb://0x0416:0x5011'
  "charset"='gbk'# 中文
  cutter = true

  # 完
"""


def written(home: Path, text: str, encoding: str = "utf-8") -> Path:
    home.mkdir(exist_ok=True)
    (home / "desk.toml").write_bytes(text.encode(encoding))
    return home


def changed(home: Path, text: str, nth: int, wanted: dict[str, settings.Setting], encoding: str = "utf-8") -> str:
    written(home, text, encoding)
    before = tomllib.loads(text.encode().decode("utf-8"))
    change_printer(home, read_config(home).printer[nth], wanted)
    after = (home / "desk.toml").read_bytes().decode(encoding)
    before["printer"][nth].update(wanted)
    assert tomllib.loads(after) == before
    assert [file.name for file in home.iterdir()] == ["desk.toml"]
    return after


def test_a_key_changes_where_it_stands_and_nothing_else_does(tmp_path: Path) -> None:
    after = changed(tmp_path, FILE, 0, {"columns": 48})
    assert after == FILE.replace("\ncolumns = 32  ", "\ncolumns = 48  ")
    after = changed(tmp_path, FILE, 1, {"charset": "gb18030-4", "cutter": False})
    assert after == FILE.replace("\"charset\"='gbk'#", '"charset"="gb18030-4"#').replace("cutter = true", "cutter = false")


def test_a_key_that_is_not_there_is_added_below_the_others_with_what_it_is(tmp_path: Path) -> None:
    after = changed(tmp_path, FILE, 0, {"qr": "native"})
    line = 'qr = "native"         # 二维码：image 任何机型都行；native 打得快\n'
    assert after == FILE.replace("80 毫米纸 48\nslips", f"80 毫米纸 48\n{line}slips")
    after = changed(tmp_path, FILE, 1, {"drawer": False, "beep": True})
    lines = [line for line in after.splitlines() if line not in FILE.splitlines()]
    assert [line.split("#")[0].rstrip() for line in lines] == ["  drawer = false", "  beep = true"]
    for line in lines:
        after = after.replace(f"{line}\n", "")
    assert after == FILE


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_of_notepad_stays_one(tmp_path: Path, ending: str, encoding: str) -> None:
    text = FILE.replace("\n", ending)
    after = changed(tmp_path, text, 1, {"cutter": False, "columns": 42}, encoding)
    assert len(re.findall("\n", after)) == len(re.findall(ending, after)) == FILE.count("\n") + 1
    kept = [line.replace("cutter = false", "cutter = true") for line in after.split(ending) if "columns = 42" not in line]
    assert ending.join(kept) == text


def test_a_last_line_without_an_end_is_no_trap(tmp_path: Path) -> None:
    text = 'estate = "明强"\n[[printer]]\nurl = "dummy:"'
    after = changed(tmp_path, text, 0, {"columns": 40})
    assert after.startswith(f"{text}\ncolumns = 40 ")


@given(
    st.sampled_from((0, 1)),
    st.fixed_dictionaries(
        {},
        optional={
            "columns": st.integers(24, 48), "charset": st.sampled_from(("gb2312", "gbk", "gb18030-2", "gb18030-4")),
            "qr": st.sampled_from(("native", "image")), "cutter": st.booleans(), "drawer": st.booleans(),
            "drawer_pin": st.sampled_from((2, 5)), "beep": st.booleans(), "kanji": st.sampled_from(("gs", "gs+fs")),
        },
    ),
)  # fmt: skip
def test_any_change_leaves_every_other_line_alone(
    tmp_path_factory: pytest.TempPathFactory, nth: int, wanted: dict[str, settings.Setting]
) -> None:
    home = tmp_path_factory.mktemp("desk")
    after = changed(home, FILE, nth, wanted)
    keys = "|".join(wanted) or "nothing"

    def kept(text: str) -> list[str]:
        sections = re.split(r"(?m)^(?=\[\[)", text)
        lines = sections[nth + 1].split("\n")
        sections[nth + 1] = "\n".join(line for line in lines if not re.match(rf'\s*"?({keys})"?\s*=', line))
        return sections

    assert kept(after) == kept(FILE)


@pytest.mark.parametrize(
    "text",
    [
        'estate = "明强"\nprinter = [{ url = "dummy:" }]\n',
        'estate = "明强"\nnotice = """\n[[printer]]\ncolumns = 32\n"""\n[[printer]]\nurl = "dummy:"\n',
        'estate = "明强"\n[[printer]]\nurl = """dummy:\\\n"""\n',
        'estate = "明强"\n[["printer"]]\nurl = "dummy:"\n',
    ],
)
def test_a_file_that_cannot_be_followed_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    home = written(tmp_path, text)
    with pytest.raises(Refused, match="columns = 48，beep = true"):
        change_printer(home, read_config(home).printer[0], {"columns": 48, "beep": True})
    assert (home / "desk.toml").read_bytes() == text.encode()


def test_a_bad_file_or_one_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    printer = read_config(written(tmp_path, FILE)).printer[1]
    for text, said in (
        (FILE + "x = ", "行格式不对"),
        (FILE.replace("cutter", "cuter"), "cuter"),
        (FILE.replace("cutter = true", "cutter = false"), "刚才被改过"),
    ):
        written(tmp_path, text)
        with pytest.raises(Refused, match=said):
            change_printer(tmp_path, printer, {"columns": 48})
        assert (tmp_path / "desk.toml").read_text(encoding="utf-8") == text


def test_a_stop_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = written(tmp_path, FILE)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        change_printer(home, read_config(home).printer[0], {"columns": 48})
    assert (home / "desk.toml").read_text(encoding="utf-8") == FILE
    assert [file.name for file in home.iterdir()] == ["desk.toml"]


def test_what_write_config_writes_can_be_changed(tmp_path: Path) -> None:
    old = Printer(name="门岗", url="file:///slips", drawer=False, drawer_pin=5, beep=True, kanji="gs")
    write_config(tmp_path, Config(estate="明强", printer=(old,)))
    assert read_config(tmp_path).printer == (old,)
    lines = (tmp_path / "desk.toml").read_text(encoding="utf-8").splitlines()
    change_printer(tmp_path, old, {"beep": False, "drawer_pin": 2, "columns": 48})
    assert read_config(tmp_path).printer == (old.model_copy(update={"beep": False, "drawer_pin": 2, "columns": 48}),)
    assert len((tmp_path / "desk.toml").read_text(encoding="utf-8").splitlines()) == len(lines)


# ── the command ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Office:
    """A desk with printers that are folders, and the command line on it."""

    def __init__(self, ready: Desk) -> None:  # noqa: F811
        self.desk = ready
        self.file = ready.home / "desk.toml"
        self.folder = ready.home / "paper"
        self.append(f'[[printer]]\nname = "前台"   # 这一台\nurl = "{self.folder.as_uri()}"\n')

    def append(self, text: str) -> None:
        self.file.write_text(self.file.read_text(encoding="utf-8") + text, encoding="utf-8")

    def run(self, *args: str, typed: str = "") -> Result:
        return self.desk.run("print", "calibrate", *args, typed=typed)

    @property
    def jobs(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("*.bin"))]

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def printer(self) -> Printer:
        return read_config(self.desk.home).printer[0]


@pytest.fixture
def office(ready: Desk) -> Iterator[Office]:  # noqa: F811
    yield Office(ready)


def test_answers_typed_become_the_printer_s_settings(office: Office) -> None:
    before = office.text
    done = office.run(typed="123\n48\nA\n89\ny\ny\nn\n")
    assert done.exit_code == 0, done.output
    assert office.jobs == [trial.trial("前台")]
    assert office.printer == Printer(
        name="前台", url=office.folder.as_uri(), columns=48, charset="gb18030-2",
        qr="native", cutter=False, beep=True, kanji="gs",
    )  # fmt: skip
    kept = [line for line in office.text.splitlines() if not re.match("columns|charset|qr|cutter|beep|kanji", line)]
    assert kept == before.splitlines()
    for said in ("columns：32 → 48", "charset：gbk → gb18030-2", "qr：image → native", "cutter：true → false", "重新打开"):
        assert said in done.stdout
    assert "drawer" not in done.stdout


def test_enter_all_the_way_changes_nothing(office: Office) -> None:
    before = office.file.read_bytes()
    done = office.run(typed=ENTER)
    assert done.exit_code == 0 and "没有改动" in done.stdout, done.output
    assert office.file.read_bytes() == before


def test_a_wrong_answer_is_asked_again_in_chinese(office: Office) -> None:
    done = office.run(typed="1-4\n1234\n80\n48\n\n\n\n\n也许\n\n")
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines() == [
        "请写 1、2、3、4 里的，可以写几个，一个也没有就写 0", "列数要在 24 到 48 之间，写的是 80", "请写 y（是）或 n（否）"
    ]  # fmt: skip
    assert (office.printer.charset, office.printer.columns) == ("gb18030-4", 48)


@pytest.mark.parametrize(("again", "drawer", "pin"), [("y", True, 5), ("n", False, 2)])
def test_a_drawer_that_stays_shut_is_tried_on_the_other_pin(office: Office, again: str, drawer: bool, pin: int) -> None:
    done = office.run(typed=f"\n\n\n\nn\n{again}\n\n\n")
    assert done.exit_code == 0, done.output
    assert office.jobs == [trial.trial("前台"), trial.kick(5)]
    assert (office.printer.drawer, office.printer.drawer_pin) == (drawer, pin)


def test_by_options_nothing_is_asked(office: Office) -> None:
    done = office.run(
        "--yes", "--lines", "12", "--ruler", "42", "--double", "B", "--codes", "8", "--drawer", "5", "--beep", "n", "--cut", "n"
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert len(office.jobs) == 1
    expected = Printer(name="前台", url=office.folder.as_uri(), columns=42, cutter=False, drawer_pin=5)
    assert office.printer == expected


def test_answers_can_be_given_without_printing_again(office: Office) -> None:
    done = office.run("--no-print", "--ruler", "48", typed="\n\n\nn\n\n\n")
    assert done.exit_code == 0, done.output
    assert not office.jobs
    assert (office.printer.columns, office.printer.drawer) == (48, False)


def test_a_wrong_option_ends_with_2_before_anything_is_printed(office: Office) -> None:
    done = office.run("--yes", "--ruler", "80")
    assert (done.exit_code, done.stderr) == (2, "--ruler：列数要在 24 到 48 之间，写的是 80\n")
    assert not office.jobs


def test_stopping_half_way_changes_nothing(office: Office) -> None:
    before = office.file.read_bytes()
    done = office.run(typed="123\n48\n")
    assert done.exit_code == 1 and "--no-print" in done.stderr
    assert office.file.read_bytes() == before


def test_no_chinese_at_all_changes_nothing(office: Office) -> None:
    before = office.file.read_bytes()
    done = office.run(typed="0\n")
    assert done.exit_code == 1 and "打不出汉字" in done.stderr
    assert office.file.read_bytes() == before


def test_which_printer_is_meant(office: Office, ready: Desk) -> None:  # noqa: F811
    office.append('\n[[printer]]\nname = "门岗"\nurl = "dummy:"\n')
    done = office.run("--yes")
    assert done.exit_code == 1 and "前台、门岗" in done.stderr
    done = office.run("--yes", "--printer", "岗亭")
    assert done.exit_code == 1 and "没有叫“岗亭”" in done.stderr
    assert not office.jobs
    done = office.run("--yes", "--printer", "门岗", "--ruler", "48")
    assert done.exit_code == 0, done.output
    assert [printer.columns for printer in read_config(ready.home).printer] == [32, 48]
    assert not office.jobs
    office.append('\n[[printer]]\nname = "门岗"\nurl = "dummy:"\n')
    done = office.run("--yes", "--printer", "门岗")
    assert done.exit_code == 1 and "都叫“门岗”" in done.stderr


def test_a_desk_without_printers_is_told_how_to_have_one(ready: Desk) -> None:  # noqa: F811
    done = ready.run("print", "calibrate", "--yes")
    assert done.exit_code == 1 and "[[printer]]" in done.stderr


def test_a_printer_that_cannot_print_is_not_asked_about(office: Office, tmp_path: Path) -> None:
    with FakePrinter() as gone:
        url = gone.url
    before = office.text.replace(office.folder.as_uri(), url)
    office.file.write_text(before, encoding="utf-8")
    done = office.run(typed="1234\n48\n\n\n\n\n\n")
    assert done.exit_code == 1 and "连不上" in done.stderr and "对着纸" not in done.stdout
    assert office.text == before
    office.file.write_text(before.replace(url, "ftp://x"), encoding="utf-8")
    assert "开头 ftp 不认识" in office.run("--yes").stderr
    office.file.write_text(before.replace(url, "dummy:"), encoding="utf-8")
    with device_lock("dummy:") as free:
        assert free
        assert "正被另一个程序使用" in office.run("--yes").stderr


@pytest.mark.parametrize(
    ("url", "answers", "said"),
    [
        ("tcp://h:9100", "id", "tcp://h:9100?answers=id"),
        ("tcp://h:9100?answers=no", "yes", "tcp://h:9100"),
        ("usb://0x0416:0x5011?in=0x81&answers=id&serial=A%20B", "no", "usb://0x0416:0x5011?in=0x81&serial=A%20B&answers=no"),
        ("serial:///dev/ttyS0?baud=9600", "no", "serial:///dev/ttyS0?baud=9600&answers=no"),
        ("serial://COM3?answers=id", "yes", "serial://COM3"),
    ],
)
def test_a_voice_is_written_into_the_address_and_nothing_else_is(url: str, answers: Answers, said: str) -> None:
    assert answering(url, answers) == said
    device = open_device(said)
    assert isinstance(device, Talking) and device.answers == answers


@pytest.mark.parametrize("before", ["", "?answers=yes", "?answers=id", "?answers=no"])
@pytest.mark.parametrize(
    ("knob", "heard", "after"), [("answers_id", "id", "?answers=id"), ("", "yes", ""), ("silent", "no", "?answers=no")]
)
def test_how_a_printer_answers_is_found_out_and_written_down(
    office: Office, monkeypatch: pytest.MonkeyPatch, before: str, knob: str, heard: Answers, after: str
) -> None:
    monkeypatch.setattr(calibrate, "try_out", functools.partial(calibrate.try_out, timeout=0.4))
    with FakePrinter() as printer:
        if knob:
            setattr(printer, knob, True)
        url = printer.url + before
        office.file.write_text(office.text.replace(office.folder.as_uri(), url), encoding="utf-8")
        done = office.run(typed=ENTER)
        assert done.exit_code == 0, done.output
        assert printer.quiet()
        assert sum("校准单".encode("gbk") in slip for slip in printer.slips) == 1, "one slip of paper, whatever is asked"
    device = open_device(office.printer.url)
    assert isinstance(device, Talking) and device.answers == heard
    same = before == after or (before, after) == ("?answers=yes", "")
    assert office.printer.url == (url if same else url.removesuffix(before) + after)
    assert ("没有改动" in done.stdout) == same and (calibrate.VOICES[heard] in done.stdout) != same


def test_a_printer_that_says_nothing_is_called_mute_only_by_one_who_saw_its_paper(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate, "try_out", functools.partial(calibrate.try_out, timeout=0.4))
    with FakePrinter() as printer:
        printer.silent = True
        office.file.write_text(office.text.replace(office.folder.as_uri(), printer.url), encoding="utf-8")
        before = office.text
        assert "看不到打没打出来" in office.run("--yes").stdout
        assert office.run(typed="12\n").exit_code == 1
        assert office.text == before
        # One that answers questions and breaks off in mid-slip is not mute.
        printer.silent, printer.mute_done = False, True
        assert office.run(typed=ENTER).exit_code == 0
        assert office.text == before


def test_a_printer_that_answers_and_one_that_does_not(office: Office) -> None:
    with FakePrinter() as printer:
        office.file.write_text(office.text.replace(office.folder.as_uri(), printer.url), encoding="utf-8")
        done = office.run("--yes", "--cut", "n")
        assert done.exit_code == 0 and "已在“前台”上打出" in done.stdout, done.output
        # The slip, and the question without paper whether it can give a job's number back.
        assert printer.wait_for(lambda fake: len(fake.slips) == 2)
        assert "校准单 前台".encode("gbk") in printer.slips[0]
        # Hung up on in mid-slip: nobody knows what is on the paper.
        printer.drop_after = len(printer.received) + 100
        done = office.run("--yes", "--cut", "y")
        assert done.exit_code == 0 and "看不到打没打出来" in done.stdout, done.output
    assert office.printer.cutter
