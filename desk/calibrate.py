"""What a printer can do, learnt from its calibration slip: what is asked about the paper, and the settings an answer means."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from data.records import Refused
from desk.config import Config, Printer, Setting
from printers.device import Answers, Device, NotStarted, Outcome, answering, open_device
from printers.line import SILENT, WRITE, Talking
from printers.lock import device_lock
from printers.trial import CLASSES, EMPTY

_CHARSETS = ("gb2312", "gbk", "gb18030-2", "gb18030-4")  # what lines 1–1, 1–2, 1–3, 1–4 of the slip show
_NO_CHINESE = (
    "打印机打不出汉字，没有改设置：可能不是中文机型，或者编码设成了别的。"
    "请看说明书，把它设成 GBK 或 GB18030（有的机型是底部的拨码开关），再来校准"
)


VOICES: dict[Answers, str] = {
    "yes": "会回话：打好了它自己说",
    "id": "会报单号：打好了哪一张它自己说",
    "no": "不会回话：不等它，每张由人看纸",
}
"""How a printer answers, by the word for it in its address."""
_NUMBERED = 1.0  # seconds until a number that has not come back will not come


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked about the slip, under the name its option has.

    `stands` is the answer that says what the printer's settings say now; `means` the settings an answer stands for,
    raising ValueError with what may be answered.
    """

    name: str
    asks: str
    stands: Callable[[Printer], str]
    means: Callable[[str, Printer], dict[str, Setting]]


def _marks(answer: str, known: str) -> set[str]:
    """The numbers or letters of an answer, however they are set apart; "0" for none of them. Raises ValueError."""
    said = set(re.sub(r"[\s,、和]", "", unicodedata.normalize("NFKC", answer).upper()))
    if not said or said - {*known, "0"} or ("0" in said and len(said) > 1):
        raise ValueError(f"请写 {'、'.join(known)} 里的，可以写几个，一个也没有就写 0")
    return said - {"0"}


def _yes(answer: str) -> bool:
    said = unicodedata.normalize("NFKC", answer).strip().lower()
    if said in ("y", "yes", "是", "有", "要"):
        return True
    if said in ("n", "no", "否", "没有", "不要", "不"):
        return False
    raise ValueError("请写 y（是）或 n（否）")


def _word(yes: bool) -> str:
    return "y" if yes else "n"


def _charset(answer: str, printer: Printer) -> dict[str, Setting]:
    """The last class before the first that came out wrong. Raises Refused where none came out: nothing else matters then."""
    right = _marks(answer, "1234")
    known = next((n for n in range(4) if str(n + 1) not in right), 4)
    if not known:
        raise Refused(_NO_CHINESE)
    return {"charset": _CHARSETS[known - 1]}


def _columns(answer: str, printer: Printer) -> dict[str, Setting]:
    said = unicodedata.normalize("NFKC", answer).strip()
    if not re.fullmatch("[0-9]{1,3}", said) or not 24 <= int(said) <= 48:
        raise ValueError(f"列数要在 24 到 48 之间，写的是 {said}")
    return {"columns": int(said)}


def _kanji(answer: str, printer: Printer) -> dict[str, Setting]:
    right = _marks(answer, "AB")
    return {"kanji": "gs+fs" if "B" in right else "gs"} if right else {}


def _qr(answer: str, printer: Printer) -> dict[str, Setting]:
    return {"qr": "native" if "9" in _marks(answer, "89") else "image"}


def _drawer(answer: str, printer: Printer) -> dict[str, Setting]:
    """y: it opened on the pin that was tried, which is the one of the settings."""
    if (said := unicodedata.normalize("NFKC", answer).strip()) in ("2", "5"):
        return {"drawer": True, "drawer_pin": int(said)}
    try:
        opened = _yes(answer)
    except ValueError:
        raise ValueError("请写 y（弹开了）、n（没有），或钱箱接的脚 2、5") from None
    return {"drawer": True, "drawer_pin": printer.drawer_pin} if opened else {"drawer": False}


QUESTIONS = (
    Question(
        "lines",
        f"1–4 行应是 {'、'.join(sample for _, sample in CLASSES)}，竖线上下对齐。打对的是哪几行（都不对写 0）",
        lambda printer: "1234"[: _CHARSETS.index(printer.charset) + 1],
        _charset,
    ),
    Question(
        "ruler",
        "5 尺子第一行印到第几列（末尾是“30..”写 32，“40..”写 42，“.48”写 48）",
        lambda printer: str(printer.columns),
        _columns,
    ),
    Question(
        "double",
        "6A、6B 里，汉字和字母都是两倍大的是哪行（A、B 或 AB，都不对写 0）",
        lambda printer: "B" if printer.kanji == "gs+fs" else "A",
        _kanji,
    ),
    Question(
        "codes",
        "扫得出的二维码是哪个（8、9 或 89，都扫不出写 0）",
        lambda printer: "9" if printer.qr == "native" else "8",
        _qr,
    ),
    Question("drawer", "10 钱箱弹开了吗（y 弹开了，n 没有）", lambda printer: _word(printer.drawer), _drawer),
    Question(
        "beep",
        "11 以后每出一张单据都响两声吗（y 要，n 不要或刚才没响）",
        lambda printer: _word(printer.beep),
        lambda answer, printer: {"beep": _yes(answer)},
    ),
    Question(
        "cut",
        "12 纸切开了吗（y 切开了，n 没有）",
        lambda printer: _word(printer.cutter),
        lambda answer, printer: {"cutter": _yes(answer)},
    ),
)
"""In the order of the slip, which prints what is asked under these numbers."""


def chosen(config: Config, name: str) -> Printer:
    """The printer to be calibrated: the one of this name, or with "" the only one. Raises Refused."""
    names = "、".join(printer.name for printer in config.printer)
    if not config.printer:
        raise Refused("desk.toml 里还没有打印机，请先加上 [[printer]]，写好 name 和 url，再来校准")
    if not name and len(config.printer) > 1:
        raise Refused(f"有 {len(config.printer)} 台打印机，请用 --printer 写上要校准哪一台：{names}")
    found = [printer for printer in config.printer if name in ("", printer.name)]
    if not found:
        raise Refused(f"没有叫“{name}”的打印机，desk.toml 里有：{names}")
    if len(found) > 1:
        raise Refused(f"有 {len(found)} 台打印机都叫“{name}”，请先在 desk.toml 里起不同的名字")
    return found[0]


def send(printer: Printer, job: bytes) -> Outcome:
    """Print a job at once, past the spool. Raises Refused when nothing of it went out."""
    return _sent(printer.name, _device(printer.url), job)


def try_out(printer: Printer, job: bytes, timeout: float = WRITE) -> tuple[Outcome, Answers | None]:
    """Print the calibration slip and learn how the printer answers; None where that did not come out.

    Whatever its address says of its voice is tried anew. That it has none (no) still wants a person who saw the paper.
    Raises Refused as `send` does.
    """
    device = _device(printer.url, timeout)
    if isinstance(device, Talking):
        device = _device(answering(printer.url, "yes"), timeout)
    outcome = _sent(printer.name, device, job)
    if not isinstance(device, Talking):
        return outcome, None
    if not outcome.confirmed:
        return outcome, "no" if outcome.reason == SILENT and not device.talks else None
    try:
        numbered = _sent(printer.name, _device(answering(printer.url, "id"), _NUMBERED), EMPTY)
    except Refused:
        return outcome, "yes"
    return outcome, "id" if numbered.proof == "id" else "yes"


def _device(url: str, timeout: float = WRITE) -> Device:
    try:
        return open_device(url, timeout)
    except ValueError as error:
        raise Refused(str(error)) from error


def _sent(name: str, device: Device, job: bytes) -> Outcome:
    with device_lock(device.url) as free:
        if not free:
            raise Refused(f"打印机“{name}”正被另一个程序使用（柜台开着时会这样），请稍后再试")
        try:
            with device:
                return device.send(job)
        except NotStarted as error:
            raise Refused(error.reason) from error


def voice(printer: Printer, heard: Answers | None) -> dict[str, Setting]:
    """The printer's address with how it answers, where that is not what it says already."""
    device = _device(printer.url)
    if heard is None or not isinstance(device, Talking) or device.answers == heard:
        return {}
    return {"url": answering(printer.url, heard)}


def changes(answers: Mapping[str, str], printer: Printer) -> dict[str, Setting]:
    """The printer's settings that the answers, by the question's name, change. Raises ValueError, Refused."""
    meant = {}
    for question in QUESTIONS:
        if question.name in answers:
            meant.update(question.means(answers[question.name], printer))
    return {key: value for key, value in meant.items() if value != getattr(printer, key)}
