"""What the office decided about this desk: desk.toml, read once, refused where it says something not known."""

import codecs
import json
import os
import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.records import Refused
from desk.folder import SETTINGS, none_here


class Printer(BaseModel):
    """One printer: where it is, how wide its paper, what it can print, and which kinds of slips go to it ("*" all)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "小票机"
    url: str
    columns: int = Field(default=32, ge=24, le=48)
    charset: Literal["gb2312", "gbk", "gb18030-2", "gb18030-4"] = "gbk"
    qr: Literal["native", "image"] = "image"
    cutter: bool = True
    drawer: bool = True
    drawer_pin: Literal[2, 5] = 2
    beep: bool = False
    kanji: Literal["gs+fs", "gs"] = "gs+fs"
    slips: tuple[str, ...] = ("*",)


Setting = str | int | bool
"""What one key of a printer's profile holds."""

PROFILE = {
    "columns": "每行列数：58 毫米纸 32，80 毫米纸 48",
    "charset": "汉字范围：gb2312、gbk、gb18030-2、gb18030-4",
    "qr": "二维码：image 任何机型都行；native 打得快",
    "cutter": "有没有切刀",
    "drawer": "有没有接钱箱",
    "drawer_pin": "钱箱接在第几脚：2 或 5",
    "beep": "每出一张单据响两声",
    "kanji": "大字命令：gs+fs 或 gs",
}
"""What a printer can do, by the key that says it in desk.toml."""


class Config(BaseModel):
    """The whole of desk.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    estate: str = Field(min_length=1, max_length=20)
    desk: str = Field(default="前台", min_length=1, max_length=10)
    office: str = ""
    phone: str = ""
    address: str = ""
    lift: str = ""
    gas: str = ""
    server: str = ""
    theme: Literal["auto", "light", "dark"] = "auto"
    notice: str = ""
    font: str = ""
    printer: tuple[Printer, ...] = ()

    @property
    def letterhead(self) -> str:
        """Who issues a slip, as printed at its top."""
        return self.office or f"{self.estate}物业服务中心"


def read_config(home: Path) -> Config:
    """The desk.toml of a home folder. Raises Refused naming the key and its line."""
    path = home / SETTINGS
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise none_here(home) from None
    except UnicodeDecodeError:
        raise Refused(f"{path} 不是 UTF-8 编码，请用记事本打开，另存为时编码选 UTF-8") from None
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise Refused(f"{path} 第 {found[1] if found else '?'} 行格式不对，请检查引号和等号（{error}）") from None
    try:
        return Config.model_validate(held)
    except ValidationError as error:
        raise Refused("\n".join(_sentence(path, text, fault) for fault in error.errors())) from None


def _sentence(path: Path, text: str, fault: object) -> str:
    """One fault of the file: which key, in which line, what is wrong and what is allowed."""
    assert isinstance(fault, dict)
    keys = [str(part) for part in fault["loc"]]
    line = _line(text, keys)
    where = f"{path.name} 第 {line} 行" if line else path.name
    name = ".".join(key for key in keys if not key.isdigit())
    if fault["type"] == "extra_forbidden":
        return f"{where}：不认识的设置“{name}”，请删掉这一行，或核对拼写"
    if fault["type"] == "missing":
        return f"{where}：缺少设置“{name}”，请补上"
    if fault["type"] == "literal_error":
        return f"{where}：“{name}”只能写 {fault['ctx']['expected'].replace(' or ', ' 或 ')}，现在是 {fault['input']!r}"
    limits = fault.get("ctx", {})
    bounds = "、".join(
        f"{word} {limits[key]}"
        for key, word in (("ge", "最小"), ("le", "最大"), ("min_length", "至少几个字："), ("max_length", "最多几个字："))
        if key in limits
    )
    return f"{where}：“{name}”写得不对，现在是 {fault['input']!r}{f'，{bounds}' if bounds else ''}"


def _line(text: str, keys: list[str]) -> int:
    """The line a key stands in, 1 first; 0 where it is not written. `keys` may lead through the nth [[printer]]."""
    table, nth = (keys[0], int(keys[1])) if len(keys) > 2 and keys[1].isdigit() else ("", -1)
    seen, here = -1, ""
    for number, line in enumerate(text.splitlines(), 1):
        heading = re.match(r"\s*\[+\s*([\w-]+)", line)
        if heading:
            here = heading[1]
            seen += here == table
            if [here] == keys:
                return number
        elif here == table and seen == nth and re.match(rf"\s*[\"']?{re.escape(keys[-1])}[\"']?\s*=", line):
            return number
    return 0


def _quoted(text: str) -> str:
    """Text as TOML writes it; a JSON string is one."""
    return json.dumps(text, ensure_ascii=False)


def _written(value: Setting) -> str:
    return _quoted(value) if isinstance(value, str) else str(value).lower()


def write_config(home: Path, config: Config) -> None:
    """Write a desk.toml that explains itself; keeps nothing of an older one."""
    quoted = {name: _quoted(value) for name, value in config if isinstance(value, str)}
    lines = [
        "# 前台设置。改完保存，重新打开 desk 生效；写错了会指出是哪一行。",
        f"estate = {quoted['estate']}      # 小区名称",
        f"desk = {quoted['desk']}        # 这个前台叫什么（前台、门岗……）",
        f"office = {quoted['office']}         # 单据抬头；空着就用“小区名+物业服务中心”",
        f"phone = {quoted['phone']}          # 印在单据上的服务电话",
        f"address = {quoted['address']}        # 路名门牌，报 120、119、110 时照着念",
        f"lift = {quoted['lift']}           # 电梯维保电话，困人时用",
        f"gas = {quoted['gas']}            # 燃气抢修电话",
        f"server = {quoted['server']}         # 中心服务器地址；没有就空着",
        f"theme = {quoted['theme']}      # auto（傍晚自动变暗）、light、dark",
        f"notice = {quoted['notice']}         # 今日提示，显示在住户卡上",
        f"font = {quoted['font']}         # 打印机缺的字用哪个字库画（文件路径，用 / 隔开）；空着就自己找",
    ]
    for printer in config.printer:
        lines += [
            "",
            "[[printer]]",
            f"name = {_quoted(printer.name)}",
            "# tcp://地址:9100  usb://0x0416:0x5011  serial://COM3  win32://打印机名  cups://打印机名  file:///目录",
            f"url = {_quoted(printer.url)}",
            *(f"{f'{key} = {_written(getattr(printer, key))}':20}  # {said}" for key, said in PROFILE.items()),
            f"slips = [{', '.join(map(_quoted, printer.slips))}]        # 打哪些单据，* 为全部",
        ]
    home.mkdir(parents=True, exist_ok=True)
    (home / SETTINGS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def change_printer(home: Path, printer: Printer, changes: Mapping[str, Setting]) -> None:
    """Write these keys of one printer into desk.toml, whole or not at all; every other character of it stays as it is.

    `printer` is one that `read_config` gave. Raises Refused where the file has a fault, says something else of this
    printer by now, or is written in a way that cannot be followed.
    """
    path = (home / SETTINGS).resolve()
    printers = read_config(home).printer
    if printer not in printers:
        raise Refused(f"{path} 里打印机“{printer.name}”的设置刚才被改过，这次没有写入，请重新校准")
    raw = path.read_bytes()
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    old = raw.decode("utf-8-sig")
    nth = printers.index(printer)
    text = old
    for key, value in changes.items():
        text = _changed(text, nth, key, _written(value))
    wanted = tomllib.loads(old)
    wanted["printer"][nth].update(changes)
    try:
        followed = tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        followed = False
    if not followed:
        said = "，".join(f"{key} = {_written(value)}" for key, value in changes.items())
        raise Refused(f"{path} 的写法特别，程序没有改动；请自己在打印机“{printer.name}”下面写上：{said}")
    _replace(path, mark + text.encode("utf-8"))


def _changed(text: str, nth: int, key: str, value: str) -> str:
    """The settings with one key of the nth printer changed where it stands, or added below its other short settings."""
    lines = text.splitlines(keepends=True)
    if at := _line(text, ["printer", str(nth), key]):
        pattern = r"""^([^=]*=[ \t]*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#]+)"""
        lines[at - 1] = re.sub(pattern, lambda found: found[1] + value, lines[at - 1], count=1)
        return "".join(lines)
    short = ["name", "url", *PROFILE]
    at = max(_line(text, ["printer", str(nth), one]) for one in short)
    above = lines[at - 1]
    indent, end = above[: len(above) - len(above.lstrip(" \t"))], "\r\n" if "\r\n" in text else "\n"
    if not above.endswith("\n"):
        lines[at - 1] += end
    lines.insert(at, f"{indent}{f'{key} = {value}':20}  # {PROFILE[key]}{end}")
    return "".join(lines)


def _replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of a file; a stop half-way leaves the old one whole."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, fresh)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
