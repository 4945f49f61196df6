"""The command line: what each command does, says and ends with, and that what goes wrong is said in Chinese on stderr."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from data.file import RESTORE
from desk import example
from desk.__main__ import asked_for_counter
from desk.commands import Faces, app
from desk.config import read_config
from desk.demo import MEMBERS
from desk.folder import default_home
from desk.setup import open_store
from desk.staff import login
from tests.central_fixtures import Served, central, database, served  # noqa: F401  (fixtures)

ROOT = Path(__file__).parents[1]
TYPER = "Usage|Options?|Arguments?|Commands?|Show|message|exit|help for|required|default|Error|Try|such|Missing|env var"
ENGLISH = re.compile(rf"\b({TYPER}|TEXT|PATH|INTEGER|FILE|ARGS)\b")


@dataclass
class Desk:
    """A folder and the command line on it; `shown` are the faces a command asked for."""

    home: Path
    shown: list[tuple[Any, ...]] = field(default_factory=list)

    def run(self, *args: object, typed: str = "") -> Result:
        faces = Faces(lambda home, demo: self.shown.append((home, demo)), lambda *said: self.shown.append(said))
        words = ["--home", str(self.home), *map(str, args)]
        result = CliRunner().invoke(app, words, input=typed, obj=faces, prog_name="desk")
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def set_up(self) -> "Desk":
        done = self.run("setup", "--yes", "--estate", "明强小区", "--manager", "赵强", "--pin", "258036")
        assert done.exit_code == 0, done.output
        return self


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture
def ready(desk: Desk) -> Desk:
    return desk.set_up()


def sheet(folder: Path, *rows: str, heads: str = "房号,姓名,身份,电话,面积") -> Path:
    path = folder / "住户.csv"
    path.write_text("\n".join((heads, *rows)) + "\n", encoding="utf-8-sig")
    return path


def bill_sheet(folder: Path, *rows: str) -> Path:
    path = folder / "账单.csv"
    path.write_text("\n".join(("房号,费用项目,账期,金额", *rows)) + "\n", encoding="utf-8-sig")
    return path


HOUSEHOLDS = ("3-2-501,张秀兰,业主,13800001234,89.60", "3-2-502,王磊,业主,,72.50")


def count(home: Path, table: str) -> int:
    store = open_store(home, read_config(home))
    try:
        with store.read() as read:
            return int(read.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0)
    finally:
        store.close()


# ── help and usage ─────────────────────────────────────────────────────────────────────────────────────────────────────


def every_command(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    command = command or typer.main.get_command(app)
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from every_command(child, (*path, name))


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_every_help_is_chinese(desk: Desk, path: tuple[str, ...]) -> None:
    done = desk.run(*path, "--help")
    assert done.exit_code == 0
    assert done.output.startswith(f"用法：{' '.join(('desk', *path))} [选项]")
    assert "显示这一页" in done.output and not ENGLISH.search(done.output)
    for line in done.output.splitlines():
        assert sum(1 if char.isascii() else 2 for char in line) <= 78
    assert not desk.shown


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("residents", "inport"), "没有“inport”这个命令，是不是 import"),
        (("residents",), "用法：desk residents"),
        (("central",), "serve"),
        (("residents", "import"), "还缺“文件”"),
        (("setup", "--estat", "x"), "--estate"),
        (("export", "a", "--format"), "选项“--format”后面要写上内容"),
        (("export", "a", "b"), "多写了“b”"),
        (("export", "a", "--format", "pdf"), "xlsx、csv、jsonl"),
        (("central", "serve", "--port", "x"), "“--port”写得不对"),
        (("setup", "--yes", "--estate", "明强"), "--manager、--pin"),
        (("setup", "--yes=1"), "--yes"),
    ],
)
def test_wrong_usage_ends_with_2_and_is_said_in_chinese(desk: Desk, args: tuple[str, ...], said: str) -> None:
    done = desk.run(*args)
    assert done.exit_code == 2
    assert said in done.stderr and not done.stdout
    assert not ENGLISH.search(done.stderr)


# ── the counter ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_a_folder_asks_for_the_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_HOME", "/somewhere")
    assert asked_for_counter([]) == Path("/somewhere")
    assert asked_for_counter(["--home", "a"]) == asked_for_counter(["--home=a"]) == Path("a")
    for args in (["--help"], ["--home", "--help"], ["check"], ["--home", "a", "check"], ["--home"]):
        assert asked_for_counter(args) is None


def test_data_is_kept_where_the_system_keeps_it() -> None:
    assert default_home({"XDG_DATA_HOME": "/data"}, "linux") == Path("/data/wuye-desk")
    assert default_home({"LOCALAPPDATA": "/local"}, "win32") == Path("/local/wuye-desk")
    assert default_home({}, "linux") == Path.home() / ".local/share/wuye-desk"
    assert default_home({}, "darwin") == Path.home() / "Library/Application Support/wuye-desk"


def python(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *args],
        capture_output=True, encoding="utf-8", cwd=ROOT, env=os.environ | {"PYTHONUTF8": "1"}, timeout=60, check=False,
    )  # fmt: skip


def test_the_counter_does_not_wait_for_what_it_does_not_need() -> None:
    """Up to the first paint nothing of the command line or the database is loaded, and Textual is told how to behave."""
    done = python(
        "-c",
        "import sys, desk.__main__; from screens.app import FrontDesk; from textual import constants;"
        "heavy = {'typer', 'pydantic', 'sqlmodel', 'sqlalchemy', 'openpyxl', 'httpx', 'escpos', 'qrcode', 'pypinyin'};"
        "print(sorted(heavy & set(sys.modules)), constants.DISABLE_KITTY_KEY, constants.MAX_FPS)",
    )
    assert done.stdout.split("\n")[0] == "[] True 1000", done.stderr


def test_a_real_process_says_where_to_begin_and_ends_with_1(tmp_path: Path) -> None:
    done = python("-m", "desk", "--home", str(tmp_path / "nothing"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "desk setup" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_a_real_process_helps_and_ends_with_0() -> None:
    done = python("-m", "desk", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("用法：desk [选项]")


# ── setting up ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_setup_by_options(desk: Desk) -> None:
    done = desk.run(
        "setup", "--yes", "--estate", "明强小区", "--desk", "门岗", "--phone", "8888", "--manager", "赵强", "--pin", "258036"
    )  # fmt: skip
    assert done.exit_code == 0 and "赵强" in done.stdout
    config = read_config(desk.home)
    assert (config.estate, config.desk, config.phone) == ("明强小区", "门岗", "8888")
    store = open_store(desk.home, config)
    assert login(store, "赵强", "258036").role == "manager"
    store.close()


def test_setup_by_asking_and_a_pin_typed_twice(desk: Desk) -> None:
    typed = "明强小区\n\n\n\n赵强\n258036\n258037\n258036\n258036\n"
    done = desk.run("setup", typed=typed)
    assert done.exit_code == 0, done.output
    assert "两遍不一样" in done.stderr and not ENGLISH.search(done.output)
    assert read_config(desk.home).desk == "前台"


def test_setup_given_up_leaves_nothing(desk: Desk) -> None:
    done = desk.run("setup", typed="明强小区\n")
    assert done.exit_code == 1 and "已取消" in done.stderr
    assert not desk.home.exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--pin", "123456"), "太容易猜"),
        (("--pin", "12"), "6 位"),
        (("--estate", "长" * 21), "1 到 20 个字"),
        (("--estate", "  "), "小区名称"),
    ],
)
def test_setup_refuses_and_leaves_nothing(desk: Desk, args: tuple[str, str], said: str) -> None:
    given = {"--estate": "明强", "--manager": "赵强", "--pin": "258036", args[0]: args[1]}
    done = desk.run("setup", "--yes", *(word for pair in given.items() for word in pair))
    assert done.exit_code == 1 and said in done.stderr
    assert not (desk.home / "desk.db").exists() and not (desk.home / "desk.toml").exists()


def test_setup_never_touches_a_desk_that_is_there(ready: Desk) -> None:
    before = (ready.home / "desk.toml").read_bytes()
    done = ready.run("setup", "--yes", "--estate", "别的小区", "--manager", "孙", "--pin", "258036")
    assert done.exit_code == 1 and "已经有一个前台" in done.stderr
    assert (ready.home / "desk.toml").read_bytes() == before


def test_the_demo_is_made_once_and_everyone_can_log_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {"3-2-501", "3-2-502", "1-1-101", "2-1-302", "4-2-201", "5-1-302", "6-3-402", "7-1-202", "8-2-301", "9-1-601"}
    shown |= {"11-2-1001", "12-3-501"}
    households, bills = example.households, example.bills
    monkeypatch.setattr(example, "households", lambda: [one for one in households() if one["room"] in shown])
    monkeypatch.setattr(example, "bills", lambda last: [one for one in bills(last, 2) if one["room"] in shown])
    done = desk.run("demo")
    place = desk.home / "demo"
    assert done.exit_code == 0, done.output
    assert desk.shown == [(place, True)]
    assert not place.with_name("demo.new").exists()
    store = open_store(place, read_config(place))
    for member in MEMBERS:
        assert login(store, member.name, member.pin).role == member.role
    store.close()
    assert count(place, "visit") == 6 and count(place, "parcel") == 8 and count(place, "repair") == 4
    assert 1 <= count(place, "payment") <= 7
    checked = Desk(place).run("check")
    assert checked.exit_code == 0, checked.output
    entries = count(place, "entry")
    assert desk.run("demo").exit_code == 0
    assert count(place, "entry") == entries


def test_the_demo_is_never_made_over_a_real_desk(ready: Desk) -> None:
    done = ready.run("demo", "--home", ready.home)
    assert done.exit_code == 1 and "正式" in done.stderr and not ready.shown


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_residents_are_imported_once(ready: Desk, tmp_path: Path) -> None:
    file = sheet(tmp_path, *HOUSEHOLDS)
    tried = ready.run("residents", "import", file, "--dry-run")
    assert tried.exit_code == 0 and "新增 2 户" in tried.stdout and "3-2-501" in tried.stdout
    assert count(ready.home, "room") == 0
    assert "新增 2 户，变更 0 户，不变 0 户" in ready.run("residents", "import", file).stdout
    again = ready.run("residents", "import", file)
    assert again.exit_code == 0 and "新增 0 户，变更 0 户，不变 2 户" in again.stdout
    assert (count(ready.home, "room"), count(ready.home, "person")) == (2, 2)


def test_one_fault_and_nothing_is_imported(ready: Desk, tmp_path: Path) -> None:
    done = ready.run("residents", "import", sheet(tmp_path, *HOUSEHOLDS, "3栋501,李建国,业主,,"))
    assert done.exit_code == 1
    assert "第 4 行" in done.stderr and "3栋501" in done.stderr and "什么也没有写入" in done.stderr
    assert count(ready.home, "room") == 0


def test_bills_are_imported_once_and_a_changed_one_is_refused(ready: Desk, tmp_path: Path) -> None:
    ready.run("residents", "import", sheet(tmp_path, *HOUSEHOLDS))
    file = bill_sheet(tmp_path, "3-2-501,物业费,2026-11,161.28", "3-2-502,物业费,2026-11,130.50")
    assert "新增 2 笔" in ready.run("bills", "import", file).stdout
    assert "不变 2 笔" in ready.run("bills", "import", file).stdout
    done = ready.run("bills", "import", bill_sheet(tmp_path, "3-2-501,物业费,2026-11,99", "3-2-502,停车费,2026-11,150"))
    assert done.exit_code == 1 and "撤销" in done.stderr
    assert count(ready.home, "bill") == 2


@pytest.mark.parametrize("command", ["residents", "bills"])
def test_a_file_that_is_none_is_refused(ready: Desk, tmp_path: Path, command: str) -> None:
    missing = ready.run(command, "import", tmp_path / "没有.xlsx")
    assert missing.exit_code == 1 and "找不到文件" in missing.stderr
    (tmp_path / "坏.xlsx").write_bytes(b"PK not a workbook")
    broken = ready.run(command, "import", tmp_path / "坏.xlsx")
    assert broken.exit_code == 1 and "坏.xlsx" in broken.stderr
    other = ready.run(command, "import", sheet(tmp_path, "1,2", heads="甲,乙"))
    assert other.exit_code == 1 and "表头" in other.stderr


# Stops at the nth act inside the transaction, says so, and waits to be killed.
STOPPING = """
import sys
from data.store import Store
from desk.__main__ import main
act, done, at = Store._act, [], int(sys.argv[1])
def stop(self, *args):
    done.append(1)
    if len(done) == at:
        print("here", flush=True)
        sys.stdin.read()
    return act(self, *args)
Store._act = stop
sys.argv = ["desk", *sys.argv[2:]]
main()
"""


@pytest.mark.parametrize("at", [1, 100, 300])
def test_an_import_killed_half_way_leaves_nothing(ready: Desk, tmp_path: Path, at: int) -> None:
    """100 rooms with one person each are 300 acts; whichever it dies at, none is there, and the next run brings all."""
    file = sheet(tmp_path, *(f"1-1-{n},住户,业主,138{n:08},80" for n in range(101, 201)))
    words = ["--home", str(ready.home), "residents", "import", str(file)]
    child = subprocess.Popen(
        [sys.executable, "-c", STOPPING, str(at), *words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin and child.stdout
    assert child.stdout.readline() == "here\n"
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()
    assert count(ready.home, "room") == count(ready.home, "person") == count(ready.home, "home") == 0
    assert ready.run("check").exit_code == 0
    assert "新增 100 户" in ready.run("residents", "import", file).stdout
    assert count(ready.home, "home") == 100


# ── looking after ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_check_says_what_it_looked_at(ready: Desk) -> None:
    done = ready.run("check")
    assert done.exit_code == 0 and not done.stderr
    for word in ("设置", "打印机", "日志", "记录", "单据", "字头", "一切正常"):
        assert word in done.stdout


def test_check_finds_a_record_that_is_not_what_the_journal_says_and_rebuild_mends_it(ready: Desk, tmp_path: Path) -> None:
    ready.run("residents", "import", sheet(tmp_path, *HOUSEHOLDS))
    store = open_store(ready.home, read_config(ready.home))
    store.transact(lambda db: db.execute("UPDATE room SET area = 1 WHERE code = '3-2-501'"))
    store.close()
    found = ready.run("check")
    assert found.exit_code == 1 and "desk rebuild" in found.stderr and "一切正常" not in found.stdout
    assert "重建" in ready.run("rebuild").stdout
    assert ready.run("check").exit_code == 0


def test_check_finds_slips_that_wait_for_no_printer_and_addresses_that_are_none(ready: Desk) -> None:
    store = open_store(ready.home, read_config(ready.home))
    from desk.repairs import Reported
    from desk.staff import COMMAND_LINE

    store.act(Reported(room="公共-电梯3", category="电梯", problem="按键失灵", reporter="保安"), COMMAND_LINE)
    store.close()
    with (ready.home / "desk.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[printer]]\nname = "门岗"\nurl = "ftp://x"\n')
    done = ready.run("check")
    assert done.exit_code == 1
    assert "“文件”" in done.stderr and "ftp" in done.stderr


NEEDS_STORE: tuple[tuple[str, ...], ...] = (
    ("residents", "import", "住户.csv"), ("bills", "import", "账单.csv"), ("sync",),
    ("sync", "enrol", "ABCDE12345", "--server", "https://x"), ("rebuild",), ("export", "out"),
)  # fmt: skip


def in_folder(args: tuple[str, ...], folder: Path) -> list[str]:
    return [str(folder / word) if word in ("住户.csv", "账单.csv", "out") else word for word in args]


@pytest.mark.parametrize("args", [*NEEDS_STORE, ("check",), ("print", "test"), ()], ids=lambda args: " ".join(args) or "desk")
def test_no_desk_there_is_said_and_none_is_made(desk: Desk, tmp_path: Path, args: tuple[str, ...]) -> None:
    if not args:
        done = python("-m", "desk", "--home", str(desk.home))
        assert done.returncode == 1 and "desk setup" in done.stderr
    else:
        refused = desk.run(*in_folder(args, tmp_path))
        assert refused.exit_code == 1 and "desk setup" in refused.stderr
    assert not desk.home.exists()


@pytest.mark.parametrize("args", [*NEEDS_STORE, ("check",), ("print", "test")], ids=" ".join)
def test_a_missing_database_is_never_made_anew(ready: Desk, tmp_path: Path, args: tuple[str, ...]) -> None:
    for path in ready.home.glob("desk.db*"):
        path.unlink()
    done = ready.run(*in_folder(args, tmp_path))
    assert done.exit_code == 1 and RESTORE in done.stderr
    assert not list(ready.home.glob("desk.db*"))


def zeroed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


HURTS: dict[str, Callable[[Path], object]] = {
    "not a database": lambda path: path.write_bytes(b"this is no database at all, is it" * 300),
    "empty": lambda path: path.write_bytes(b""),
    "pages of zeros": zeroed,
    "cut short": cut_short,
}


@pytest.mark.parametrize("hurt", HURTS)
@pytest.mark.parametrize("args", [*NEEDS_STORE, ("check",)], ids=" ".join)
def test_a_hurt_database_is_refused_and_left_alone(ready: Desk, tmp_path: Path, args: tuple[str, ...], hurt: str) -> None:
    for path in ready.home.glob("desk.db-*"):
        path.unlink()
    HURTS[hurt](ready.home / "desk.db")
    before = (ready.home / "desk.db").read_bytes()
    done = ready.run(*in_folder(args, tmp_path))
    assert done.exit_code == 1
    assert RESTORE in done.stderr, done.output
    assert (ready.home / "desk.db").read_bytes() == before


@pytest.mark.parametrize("args", [*NEEDS_STORE, ("check",), ("print", "test")], ids=" ".join)
def test_a_wrong_setting_is_named_with_its_line(ready: Desk, tmp_path: Path, args: tuple[str, ...]) -> None:
    path = ready.home / "desk.toml"
    text = path.read_text(encoding="utf-8")
    line = next(n for n, said in enumerate(text.splitlines(), 1) if said.startswith("phone"))
    path.write_text(text.replace("phone =", "fone ="), encoding="utf-8")
    done = ready.run(*in_folder(args, tmp_path))
    assert done.exit_code == 1
    assert f"第 {line} 行" in done.stderr and "fone" in done.stderr


def test_the_test_slip_is_printed_on_every_printer(ready: Desk, tmp_path: Path) -> None:
    with (ready.home / "desk.toml").open("a", encoding="utf-8") as file:
        for name, url in (("甲", (tmp_path / "甲").as_uri()), ("乙", "tcp://127.0.0.1:1"), ("丙", "nowhere://x")):
            file.write(f'\n[[printer]]\nname = "{name}"\nurl = "{url}"\n')
    done = ready.run("print", "test")
    assert done.exit_code == 1
    assert "“甲”" in done.stdout and "已打出" in done.stdout
    assert "“乙”" in done.stderr and "连不上" in done.stderr and "“丙”" in done.stderr
    (paper,) = (tmp_path / "甲").glob("*.bin")
    assert "打印测试".encode("gbk") in paper.read_bytes()


def test_a_test_slip_alone_ends_with_0(ready: Desk) -> None:
    assert ready.run("print", "test").exit_code == 0
    assert list((ready.home / "slips").glob("*.bin"))


def test_export_by_the_command(ready: Desk, tmp_path: Path) -> None:
    ready.run("residents", "import", sheet(tmp_path, *HOUSEHOLDS))
    done = ready.run("export", tmp_path / "out", "--format", "jsonl")
    assert done.exit_code == 0 and "个人信息" in done.stdout
    rooms = [json.loads(line) for line in (tmp_path / "out/room.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {room["code"] for room in rooms} == {"3-2-501", "3-2-502"}
    again = ready.run("export", tmp_path / "out", "--format", "jsonl")
    assert again.exit_code == 1 and "不是空目录" in again.stderr


# ── several desks ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_desk_without_central_says_how_to_join(ready: Desk) -> None:
    done = ready.run("sync")
    assert done.exit_code == 1 and "desk sync enrol" in done.stderr
    assert ready.run("sync", "enrol", "ABCDE12345").exit_code == 1


@pytest.mark.parametrize(("server", "said"), [("https://127.0.0.1:1", "连不上中心"), ("ftp://x", "https://")])
def test_offline_and_a_wrong_address_end_with_1_and_change_nothing(ready: Desk, server: str, said: str) -> None:
    before = (ready.home / "desk.toml").read_bytes()
    done = ready.run("sync", "enrol", "ABCDE12345", "--server", server)
    assert done.exit_code == 1 and said in done.stderr
    assert (ready.home / "desk.toml").read_bytes() == before


def test_two_desks_join_and_agree(tmp_path: Path, database: str, served: Served) -> None:  # noqa: F811
    """The whole way by commands alone: an estate, a code for each desk, a list at one, and both have it."""
    made = Desk(tmp_path / "central")
    named = made.run("central", "estate", "和平里", "--database", database)
    assert named.exit_code == 0, named.output
    number = re.search(r"编号 (\w+)", named.stdout)
    assert number
    first, second = Desk(tmp_path / "a").set_up(), Desk(tmp_path / "b").set_up()
    (first.home / "desk.toml").write_text(
        '# 我的注释\nestate = "和平里"\nserver = ""  # 待填\n\n[[printer]]\nname = "甲"\nurl = "dummy:"\n', encoding="utf-8"
    )
    for desk in (first, second):
        code = made.run("central", "enrol", number[1], "前台", "--database", database)
        assert code.exit_code == 0 and "10 分钟" in code.stdout
        letters = re.search(r"登记码 (\w+)", code.stdout)
        assert letters
        joined = desk.run("sync", "enrol", letters[1], "--server", served.url)
        assert joined.exit_code == 0, joined.output
        assert read_config(desk.home).server == served.url
        again = Desk(desk.home).run("sync", "enrol", letters[1], "--server", served.url)
        assert again.exit_code == 1 and "登记码" in again.stderr
    text = (first.home / "desk.toml").read_text(encoding="utf-8")
    assert text.startswith("# 我的注释\n") and "# 待填" in text and read_config(first.home).printer[0].url == "dummy:"
    first.run("residents", "import", sheet(tmp_path, *HOUSEHOLDS))
    for desk in (first, second, first):
        done = desk.run("sync")
        assert done.exit_code == 0 and "还有 0 条等着送" in done.stdout, done.output
        assert desk.run("check").exit_code == 0
    assert count(second.home, "room") == 2 == count(first.home, "room")
    assert count(second.home, "staff") == 2


def test_central_refuses_estates_it_does_not_know_and_databases_it_cannot_open(desk: Desk, database: str) -> None:  # noqa: F811
    unknown = desk.run("central", "enrol", "没有的小区", "前台", "--database", database)
    assert unknown.exit_code == 1 and "desk central estate" in unknown.stderr
    for url in ("postgresql://127.0.0.1:1/x", "nonsense"):
        closed = desk.run("central", "estate", "和平里", "--database", url)
        assert closed.exit_code == 1 and "数据库" in closed.stderr and "Traceback" not in closed.output


def test_central_serves_with_the_face_it_is_given(desk: Desk, database: str) -> None:  # noqa: F811
    done = desk.run("central", "serve", "--database", database, "--host", "0.0.0.0", "--port", 9001)
    assert done.exit_code == 0
    ((place, *where),) = desk.shown
    assert place.url == database and where == ["0.0.0.0", 9001]
