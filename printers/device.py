"""A printer's address, as written in the desk's settings, and the device behind it."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from printers.cups import Cups
from printers.line import WRITE, Answers, Device, NotStarted, Outcome
from printers.queues import Dummy, Folder
from printers.windows import Windows
from printers.wire import Serial, Tcp, Usb

__all__ = ["Answers", "Device", "NotStarted", "Outcome", "answering", "open_device"]

_FLOWS = ("none", "dsrdtr", "rtscts", "xonxoff")


def _options(parts: SplitResult, *known: str) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(set(options) - set(known)):
        allowed = f"可用 {'、'.join(known)}" if known else "这种地址没有选项"
        raise ValueError(f"选项 {'、'.join(unknown)} 不认识，{allowed}")
    return options


def _answers(options: dict[str, str]) -> Answers:
    match options.get("answers", "yes"):
        case "yes":
            return "yes"
        case "no":
            return "no"
        case "id":
            return "id"
        case other:
            raise ValueError(f"回话方式 answers={other} 不认识，可用 yes（会回话）、id（能报单号，爱普生）、no（不会回话）")


def _hex(text: str, name: str, top: int) -> int:
    if not re.fullmatch(r"(0[xX])?[0-9a-fA-F]{1,4}", text) or int(text, 16) > top:
        raise ValueError(f"{name} {text} 不是十六进制编号")
    return int(text, 16)


def _tcp(url: str, parts: SplitResult, timeout: float) -> Device:
    answers = _answers(_options(parts, "answers"))
    if not parts.hostname:
        raise ValueError("没有写主机，应像 tcp://192.168.1.9:9100")
    try:
        parts.hostname.encode("idna")
    except UnicodeError as error:
        raise ValueError(f"主机 {parts.hostname} 写得不对，应像 tcp://192.168.1.9:9100") from error
    try:
        port = 9100 if parts.port is None else parts.port
    except ValueError as error:
        raise ValueError("端口要是 1 到 65535 的数字") from error
    if not port or parts.path not in ("", "/"):
        raise ValueError("应像 tcp://192.168.1.9:9100")
    return Tcp(url, timeout, answers, parts.hostname, port)


def _file(url: str, parts: SplitResult, timeout: float) -> Device:
    _options(parts)
    path = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not path.strip("/"):
        raise ValueError("没有写文件夹，应像 file:///var/slips（三个斜杠）")
    # file:///C:/slips
    return Folder(url, timeout, Path(path[1:] if re.match(r"/[A-Za-z]:", path) else path))


def _usb(url: str, parts: SplitResult, timeout: float) -> Device:
    options = _options(parts, "in", "out", "serial", "answers")
    vendor, colon, product = parts.netloc.partition(":")
    if not colon:
        raise ValueError("要写厂商和产品编号，应像 usb://0x0416:0x5011")
    ends = tuple(_hex(options[end], f"端点 {end}", 0xFF) if end in options else None for end in ("in", "out"))
    ids = _hex(vendor, "厂商编号", 0xFFFF), _hex(product, "产品编号", 0xFFFF)
    return Usb(url, timeout, _answers(options), *ids, options.get("serial", ""), (ends[0], ends[1]))


def _serial(url: str, parts: SplitResult, timeout: float) -> Device:
    options = _options(parts, "baud", "flow", "answers")
    port = unquote(parts.netloc or parts.path)
    if not port.strip("/") or (parts.netloc and parts.path not in ("", "/")):
        raise ValueError("没有写串口，应像 serial:///dev/ttyS0 或 serial://COM3")
    baud, flow = options.get("baud", "9600"), options.get("flow", "none")
    if not baud.isascii() or not baud.isdecimal() or not int(baud):
        raise ValueError(f"波特率 baud={baud} 要是数字，常用 9600、19200、115200")
    if flow not in _FLOWS:
        raise ValueError(f"流控 flow={flow} 不认识，可用 {'、'.join(_FLOWS)}")
    return Serial(url, timeout, _answers(options), port, int(baud), flow)


def _name(parts: SplitResult, example: str) -> str:
    _options(parts)
    name = unquote(parts.netloc + parts.path).rstrip("/")
    if not name or name.startswith("-"):
        raise ValueError(f"没有写打印机名，应像 {example}")
    return name


def _cups(url: str, parts: SplitResult, timeout: float) -> Device:
    return Cups(url, timeout, _name(parts, "cups://XP-80"))


def _win32(url: str, parts: SplitResult, timeout: float) -> Device:
    return Windows(url, timeout, _name(parts, "win32://XP-80"))


def _dummy(url: str, parts: SplitResult, timeout: float) -> Device:
    return Dummy(url, timeout)


def answering(url: str, answers: Answers) -> str:
    """The address with this said of the printer's voice, all else as written; `yes` needs no word."""
    place, _, query = url.partition("?")
    kept = [option for option in query.split("&") if option and not option.startswith("answers=")]
    if answers != "yes":
        kept.append(f"answers={answers}")
    return "?".join(filter(None, (place, "&".join(kept))))


_SCHEMES: dict[str, Callable[[str, SplitResult, float], Device]] = {
    "tcp": _tcp,
    "file": _file,
    "usb": _usb,
    "serial": _serial,
    "win32": _win32,
    "cups": _cups,
    "dummy": _dummy,
}


def open_device(url: str, timeout: float = WRITE) -> Device:
    """The device at `url`; it connects when entered: `with open_device(url) as device: device.send(payload)`.

    tcp://host:9100 · file:///folder · usb://0x0416:0x5011[?in=0x81&out=0x03&serial=…] ·
    serial:///dev/ttyS0[?baud=9600&flow=rtscts] · serial://COM3 · win32://NAME · cups://NAME · dummy:
    tcp, usb and serial take ?answers= as well: yes (asked and waited for; what holds when it is not written), id (the
    job's own number is asked back as well, Epson), no (a printer without a voice: neither asked nor waited for).
    `timeout` in seconds for a piece to be taken and for the answer after the last one.
    Raises ValueError with a Chinese sentence naming what is wrong in the address.
    """
    try:
        parts = urlsplit(url)
        make = _SCHEMES.get(parts.scheme)
        if make is None:
            raise ValueError(f"开头 {parts.scheme or '（空）'} 不认识，可用 {'、'.join(_SCHEMES)}")
        return make(url, parts, timeout)
    except ValueError as wrong:
        raise ValueError(f"打印机地址 {url} 不对：{wrong}") from wrong
