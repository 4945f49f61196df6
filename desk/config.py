"""What the office decided about this desk: desk.toml, read once, refused where it says something not known."""

import json
import re
import tomllib
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
    slips: tuple[str, ...] = ("*",)


class Config(BaseModel):
    """The whole of desk.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    estate: str = Field(min_length=1, max_length=20)
    desk: str = Field(default="前台", min_length=1, max_length=10)
    office: str = ""
    phone: str = ""
    server: str = ""
    theme: Literal["auto", "light", "dark"] = "auto"
    notice: str = ""
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


def write_config(home: Path, config: Config) -> None:
    """Write a desk.toml that explains itself; keeps nothing of an older one."""
    quoted = {name: _quoted(value) for name, value in config if isinstance(value, str)}
    lines = [
        "# 前台设置。改完保存，重新打开 desk 生效；写错了会指出是哪一行。",
        f"estate = {quoted['estate']}      # 小区名称",
        f"desk = {quoted['desk']}        # 这个前台叫什么（前台、门岗……）",
        f"office = {quoted['office']}         # 单据抬头；空着就用“小区名+物业服务中心”",
        f"phone = {quoted['phone']}          # 印在单据上的服务电话",
        f"server = {quoted['server']}         # 中心服务器地址；没有就空着",
        f"theme = {quoted['theme']}      # auto（傍晚自动变暗）、light、dark",
        f"notice = {quoted['notice']}         # 今日提示，显示在住户卡上",
    ]
    for printer in config.printer:
        lines += [
            "",
            "[[printer]]",
            f"name = {_quoted(printer.name)}",
            "# tcp://地址:9100  usb://0x0416:0x5011  serial://COM3  win32://打印机名  cups://打印机名  file:///目录",
            f"url = {_quoted(printer.url)}",
            f"columns = {printer.columns}          # 58 毫米纸 32，80 毫米纸 48",
            f'charset = "{printer.charset}"       # gb2312、gbk、gb18030-2、gb18030-4',
            f'qr = "{printer.qr}"          # image 任何机型都行；native 打得快',
            f"cutter = {str(printer.cutter).lower()}         # 有没有切刀",
            f"slips = [{', '.join(map(_quoted, printer.slips))}]        # 打哪些单据，* 为全部",
        ]
    home.mkdir(parents=True, exist_ok=True)
    (home / SETTINGS).write_text("\n".join(lines) + "\n", encoding="utf-8")
