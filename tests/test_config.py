"""desk.toml: what it may say, and what is said, with its line, when it says something else."""

from pathlib import Path

import pytest

from data.records import Refused
from desk.config import Config, Printer, read_config, write_config

GOOD = """estate = "明强小区"
desk = "门岗"

[[printer]]
name = "前台"
url = "tcp://192.168.1.9:9100"

[[printer]]
name = "门岗"
url = "usb://0x0416:0x5011"
columns = 48
"""


def settings(home: Path, text: str, encoding: str = "utf-8") -> Path:
    (home / "desk.toml").write_text(text, encoding=encoding)
    return home


def refused(home: Path, text: str) -> str:
    with pytest.raises(Refused) as said:
        read_config(settings(home, text))
    return str(said.value)


def test_reads_what_is_written(tmp_path: Path) -> None:
    config = read_config(settings(tmp_path, GOOD))
    assert (config.estate, config.desk, config.letterhead) == ("明强小区", "门岗", "明强小区物业服务中心")
    assert [(one.name, one.columns, one.charset) for one in config.printer] == [("前台", 32, "gbk"), ("门岗", 48, "gbk")]


def test_reads_a_file_saved_by_notepad(tmp_path: Path) -> None:
    assert read_config(settings(tmp_path, GOOD, "utf-8-sig")).estate == "明强小区"


def test_no_settings_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="desk setup"):
        read_config(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("change", "line", "key"),
    [
        (("desk = ", "dest = "), 2, "dest"),
        (("name = ", "names = "), 5, "names"),
        (("columns = ", "colums = "), 11, "colums"),
    ],
)
def test_unknown_key_is_named_with_its_line(tmp_path: Path, change: tuple[str, str], line: int, key: str) -> None:
    said = refused(tmp_path, GOOD.replace(*change, 1))
    assert f"第 {line} 行" in said
    assert f"“{key}”" in said.replace("printer.", "") or key in said
    assert "不认识" in said


def test_unknown_table_is_named_with_its_line(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD + "\n[backup]\nfolder = 1\n")
    assert "第 13 行" in said and "backup" in said


@pytest.mark.parametrize("broken", ['estate = "明强', "estate 明强", "estate = 明强", 'estate = "a"\nestate = "b"'])
def test_broken_toml_is_refused_with_a_line(tmp_path: Path, broken: str) -> None:
    assert "行格式不对" in refused(tmp_path, broken)


def test_missing_estate_and_missing_url(tmp_path: Path) -> None:
    assert "缺少设置“estate”" in refused(tmp_path, 'desk = "前台"')
    said = refused(tmp_path, GOOD.replace('url = "usb://0x0416:0x5011"\n', ""))
    assert "缺少设置" in said and "url" in said


@pytest.mark.parametrize(
    ("line", "number", "allowed"),
    [
        ('theme = "blue"', 3, "auto"),
        ('estate = ""', 1, "至少"),
        (f'desk = "{"长" * 11}"', 2, "最多"),
        ("phone = 12345", 3, "phone"),
    ],
)
def test_wrong_value_is_named_with_its_line(tmp_path: Path, line: str, number: int, allowed: str) -> None:
    lines = GOOD.splitlines()
    lines[number - 1] = line
    said = refused(tmp_path, "\n".join(lines))
    assert f"第 {number} 行" in said
    assert allowed in said


@pytest.mark.parametrize(
    ("line", "allowed"),
    [("columns = 80", "最大 48"), ("columns = 10", "最小 24"), ('columns = "宽"', "columns"), ('charset = "utf8"', "gb18030")],
)
def test_wrong_value_of_the_second_printer(tmp_path: Path, line: str, allowed: str) -> None:
    said = refused(tmp_path, GOOD.replace("columns = 48", line))
    assert "第 11 行" in said
    assert allowed in said


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, GOOD.replace("desk =", "dest =").replace("columns = 48", "columns = 80"))
    assert len(said.splitlines()) == 2


@pytest.mark.parametrize(
    "config",
    [
        Config(estate="明强小区"),
        Config(estate='带"引号"\\的', desk="门岗", phone="010-88880000", server="https://center.example.com", theme="dark"),
        Config(
            estate="两台打印机",
            printer=(
                Printer(name="前台", url="tcp://192.168.1.9:9100", slips=("receipt", "void")),
                Printer(name="门岗", url="file:///C:/slips", columns=48, charset="gb18030-4", qr="native", cutter=False),
            ),
        ),
    ],
)
def test_written_settings_read_back_the_same(tmp_path: Path, config: Config) -> None:
    write_config(tmp_path / "new", config)
    assert read_config(tmp_path / "new") == config


def test_a_file_that_is_not_utf8_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_bytes('estate = "明强小区"'.encode("gbk"))
    with pytest.raises(Refused, match="UTF-8"):
        read_config(tmp_path)


def test_what_is_written_can_be_read_whatever_the_names_hold(tmp_path: Path) -> None:
    odd = Config(estate='“明"强\\', printer=(Printer(name='小"票', url="file:///a\\b", slips=('x"',)),))
    write_config(tmp_path, odd)
    assert read_config(tmp_path) == odd
