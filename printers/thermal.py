"""A slip's rows as the bytes of an ESC/POS printer that speaks Chinese (commands and their pitfalls: printing.md §2–§4)."""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from printers import picture, qr
from printers.cells import columns_of, wrap
from printers.slip import Row

INIT = b"\x1b@\x1c&\x1cS\x00\x00\x1bR\x00"  # reset, Chinese mode, no spacing round hanzi, $ stays $
CUT = b"\x1dV\x01"  # partial: the slip hangs on until someone takes it
PULSE = b"\x1bp\x00\x32\xfa"  # drawer on pin 2, 100 ms on, 500 ms off
PULSES = {2: PULSE, 5: b"\x1bp\x01\x32\xfa"}  # by the pin of the drawer's plug
BEEP = b"\x1bB\x02\x02"
ASK_DONE = b"\x1dr\x01"  # answered in order with the data: an answer means that everything before was processed

_ALIGN = {"left": b"\x1ba\x00", "center": b"\x1ba\x01", "right": b"\x1ba\x02"}
_BITS = bytes.maketrans(b"\0\1", b"01")
_CODECS = {"gb2312": "gbk", "gbk": "gbk", "gb18030-2": "gb18030", "gb18030-4": "gb18030"}


@dataclass(frozen=True)
class Profile:
    """What one printer can do, as its calibration slip showed.

    `columns` 24–48; `charset` gb2312, gbk, gb18030-2 (two-byte area only) or gb18030-4; `qr` native or image; `feed`
    lines before the cut; `kanji` gs+fs (Chinese size by FS ! as well, for clones) or gs; `font` draws the lines with
    characters the charset lacks (as in `fonts.found`), "" spells such characters out;
    `drawer_pin` 2 or 5. Raises ValueError otherwise.
    """

    columns: int = 32
    charset: str = "gbk"
    qr: str = "native"
    cutter: bool = True
    drawer: bool = True
    feed: int = 4
    beep: bool = False
    kanji: str = "gs+fs"
    font: str = ""
    drawer_pin: int = 2

    def __post_init__(self) -> None:
        if not 24 <= self.columns <= 48:
            raise ValueError(f"打印机设置 columns = {self.columns} 不行，应在 24 到 48 之间")
        if not 0 <= self.feed <= 255:
            raise ValueError(f"打印机设置 feed = {self.feed} 不行，应在 0 到 255 之间")
        if self.drawer_pin not in PULSES:
            raise ValueError(f"打印机设置 drawer_pin = {self.drawer_pin} 不行，只有 2 和 5")
        choices = (("charset", tuple(_CODECS)), ("qr", ("native", "image")), ("kanji", ("gs+fs", "gs")))
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise ValueError(f"打印机设置 {name} = {getattr(self, name)} 不认识，可用 {'、'.join(allowed)}")

    @property
    def dots(self) -> int:
        """Dots across the paper."""
        return self.columns * picture.COLUMN


@functools.cache
def _prints(char: str, charset: str) -> bool:
    """Whether a printer of this charset has the character."""
    try:
        code = char.encode(_CODECS[charset])
        if charset == "gb2312":
            # Python's gb2312 codec names · and — differently than GBK does; the code point on the wire is what counts.
            code.decode("gb2312")
    except UnicodeError:
        return False
    return charset != "gb18030-2" or len(code) <= 2


def _lacks(text: str, charset: str) -> list[str]:
    """The characters of a text this charset cannot print; nearly always none, which one look at the whole tells."""
    if text.isascii():
        return []
    if charset in ("gbk", "gb18030-4"):
        try:
            text.encode(_CODECS[charset])
        except UnicodeError:
            pass
        else:
            return []
    return [char for char in text if not _prints(char, charset)]


def missing(rows: tuple[Row, ...], charset: str, font: str = "") -> str:
    """The characters of the slip this charset cannot print, nor a picture by `font` show, each once, in order."""
    lacking = [(row.text, _lacks(row.text, charset)) for row in rows]
    return "".join(dict.fromkeys(char for text, chars in lacking if chars and not _drawable(text, font) for char in chars))


def _drawable(text: str, font: str) -> bool:
    """Whether a line can go as a picture: wholly, or its missing characters are spelled out instead."""
    return bool(font) and not picture.lacking(text, font)


def _picture(row: Row, profile: Profile) -> bytes:
    """The row as a picture when it has characters the printer lacks and the font has; else nothing."""
    if not _lacks(row.text, profile.charset) or not _drawable(row.text, profile.font):
        return b""
    return _graphics(picture.strip(row, profile.columns, profile.font))


def _spelled(row: Row, profile: Profile) -> list[str]:
    """The row's text with characters the printer lacks as [U+XXXX], on further lines where that makes it too wide."""
    lacking = set(_lacks(row.text, profile.charset))
    if not lacking:
        return [row.text]
    columns = profile.columns // row.size
    text = "".join(f"[U+{ord(char):04X}]" if char in lacking else char for char in row.text).rstrip(" ")
    while columns_of(text) > columns and "  " in text.strip(" "):
        gap = max(re.finditer("  +", text.strip(" ")), key=lambda found: len(found[0]))
        start = gap.start() + len(text) - len(text.lstrip(" "))
        text = text[:start] + text[start + 1 :]
    if row.align != "left":
        text = text.strip(" ")
    return wrap(text, columns)


def _letters(size: int, tall: bool, kanji: str) -> bytes:
    """Size of all characters, then of Chinese ones for printers that keep them apart (up to double: FS ! has no more)."""
    command = bytes((0x1D, 0x21, (size - 1) << 4 | (size - 1 + tall)))
    if kanji == "gs+fs" and size <= 2:
        command += bytes((0x1C, 0x21, 0x08 if tall else 0x0C if size == 2 else 0x00))
    return command


def native_qr(data: str, module: int) -> bytes:
    """GS ( k: model 2, `module` dots (1–16), level M, store, print."""
    payload = qr.check(data)
    parts = (b"1A2\x00", b"1C" + bytes((module,)), b"1E1", b"1P0" + payload, b"1Q0")
    return b"".join(b"\x1d(k" + len(part).to_bytes(2, "little") + part for part in parts)


def harmless(dots: bytes) -> bytes:
    """Picture data without the bytes a printer would obey in mid-picture (DLE EOT, ENQ, DC4; ESC =): one dot each."""
    return re.sub(rb"\x1b(?=\x3d)", b"\x1a", re.sub(rb"\x10(?=[\x04\x05\x14])", b"\x11", dots))


def raster(dots: Sequence[bytes]) -> bytes:
    """A picture by GS v 0, in pieces of 240 rows; `dots` a byte each, dark = 1, a row padded to whole bytes with white."""
    width = (max(map(len, dots), default=0) + 7) // 8
    lines: list[bytes] = []
    for n, row in enumerate(dots):
        lines.append(lines[-1] if n and row is dots[n - 1] else _packed(row, width))
    return _graphics(lines)


def _packed(row: bytes, width: int) -> bytes:
    bits = row.translate(_BITS).ljust(width * 8, b"0")
    return int(bits, 2).to_bytes(width, "big")


def _graphics(lines: list[bytes]) -> bytes:
    """Lines of dots, eight a byte and all as long, by GS v 0."""
    out: list[bytes] = []
    for start in range(0, len(lines), picture.PIECE):
        piece = lines[start : start + picture.PIECE]
        out.append(b"\x1dv0\x00" + len(piece[0]).to_bytes(2, "little") + len(piece).to_bytes(2, "little"))
        out.append(harmless(b"".join(piece)))
    return b"".join(out)


@functools.lru_cache(maxsize=16)
def _code(data: str, profile: Profile) -> bytes:
    """A code's bytes, kept for the copies of one receipt: drawing it takes longer than all the rest of a slip."""
    if profile.qr == "image":
        # Moved to the middle with white dots: not every printer centres GS v 0 by ESC a.
        return raster(picture.code(data, profile.columns))
    return _ALIGN["center"] + native_qr(data, qr.module_size(data, profile.dots)) + _ALIGN["left"]


def encode(rows: tuple[Row, ...], profile: Profile) -> bytes:
    """The whole job: text and codes, the drawer's pulse if a row asks for it, feed, cut, and the question GS r 1.

    Rows are those `layout` made for `profile.columns`. Imports nothing unless a code or a rare character has to be drawn.
    """
    codec = _CODECS[profile.charset]
    out: list[bytes] = [INIT]
    size, tall, bold, align = 1, False, False, "left"
    for row in rows:
        if row.kind == "drawer":
            continue
        drawn = _code(row.data, profile) if row.kind == "qr" else _picture(row, profile)
        wanted = "left" if drawn else row.align
        if wanted != align:
            align = wanted
            out.append(_ALIGN[align])
        if drawn:
            out.append(drawn)
            continue
        if row.kind != "feed" and (row.size, row.tall) != (size, tall):
            size, tall = row.size, row.tall
            out.append(_letters(size, tall, profile.kanji))
        if row.bold != bold:
            bold = row.bold
            out.append(b"\x1bE" + bytes((bold,)))
        for line in _spelled(row, profile):
            text = line.rstrip(" ") if align == "left" else line.strip(" ")
            out.append(text.encode(codec) + b"\n")
    if profile.drawer and any(row.kind == "drawer" for row in rows):
        out.append(PULSES[profile.drawer_pin])
    if profile.beep:
        out.append(BEEP)
    out.append(b"\x1bd" + bytes((profile.feed,)))
    if profile.cutter:
        out.append(CUT)
    out.append(ASK_DONE)
    return b"".join(out)
