"""A slip as dots, row by row as a thermal printer sets them: for a PNG, and for a line with characters the printer lacks.

A column is 12 dots, a line 24 and a gap of 6, as on the paper; every character stands in the columns `cells` gives it.
"""

import functools
import io
from typing import TYPE_CHECKING

from printers import fonts, qr
from printers.cells import columns_of
from printers.slip import Row

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFont import FreeTypeFont

COLUMN, LINE, GAP = 12, 24, 6
PIECE = 240  # dot rows a picture command; cheap boards overrun on more (python-escpos #628)

_QUIET = 4  # white modules round a code (ISO/IEC 18004)
_EM = 23  # of a line's 24 dots: a dot of air between two hanzi
_BASE = 20.5  # the baseline's place in them; letters that hang (g, y) use the gap
_INK = 100  # of 255: thinner strokes vanish on thermal paper, thicker ones close (printing.md §2.5)
_NOWHERE = "\U0010ffff"  # no font has it, so every font shows its sign for “lacking”


@functools.cache
def _index(path: str) -> int:
    """Which face of a collection: simplified Chinese, letters half as wide as hanzi where there is one."""
    from PIL import ImageFont

    names: list[str] = []
    while len(names) < 32:
        try:
            names.append(ImageFont.truetype(path, _EM, len(names)).getname()[0] or "")
        except OSError:
            break
    for wanted in ("Mono CJK SC", "CJK SC", "Hans SC", " SC"):
        for n, name in enumerate(names):
            if wanted in name:
                return n
    return 0


@functools.lru_cache(maxsize=64)
def _face(path: str, pixels: int) -> "FreeTypeFont | None":
    """The font at a size; None when the file is no font."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype(path, pixels, _index(path), layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        return None


def _ink(char: str, face: "FreeTypeFont", size: int) -> "tuple[Image.Image, int, int]":
    """The character in grey, cropped to its ink, with the ink's distance from its left edge and from the baseline."""
    from PIL import Image, ImageDraw

    side = 2 * LINE * size
    sheet = Image.new("L", (2 * side, 2 * side), 0)
    ImageDraw.Draw(sheet).text((side // 2, side), char, fill=255, font=face, anchor="ls")
    box = sheet.getbbox() or (side // 2, side, side // 2, side)
    return sheet.crop(box), box[0] - side // 2, box[1] - side


@functools.lru_cache(maxsize=8192)
def _drawn_by(char: str, font: str) -> str:
    """The first font file that has the character, "" when none has."""
    for path in fonts.found(font):
        face = _face(path, _EM)
        if face is None:
            continue
        own, lacking = _ink(char, face, 1), _ink(_NOWHERE, face, 1)
        if own[1:] != lacking[1:] or own[0].size != lacking[0].size or own[0].tobytes() != lacking[0].tobytes():
            return path
    return ""


def lacking(text: str, font: str) -> str:
    """The characters of the text that none of the fonts `fonts.found` gives for `font` has."""
    return "".join(char for char in dict.fromkeys(text) if char not in " \u3000" and not _drawn_by(char, font))


@functools.lru_cache(maxsize=1024)
def _glyph(char: str, size: int, tall: bool, bold: bool, font: str) -> "Image.Image":
    """A character in its own columns: white ink on black, nothing of it outside; a box where no font has it."""
    from PIL import Image, ImageDraw

    times = 2 if tall else size
    width, height = columns_of(char) * COLUMN * times, LINE * times + GAP
    cell = Image.new("L", (width, height), 0)
    path = _drawn_by(char, font)
    face = _face(path, _EM * times) if path else None
    if face is not None:
        ink, left, top = _ink(char, face, times)
        if ink.width > width:
            ink = ink.resize((width, ink.height), Image.Resampling.BOX)
        if ink.height > height:
            ink = ink.resize((ink.width, height), Image.Resampling.BOX)
        x = left + int(width - face.getlength(char)) // 2
        y = int(_BASE * times) + top
        cell.paste(ink, (min(max(x, 0), width - ink.width), min(max(y, 0), height - ink.height)))
    elif char not in " \u3000":
        ImageDraw.Draw(cell).rectangle(
            (times, 2 * times, width - 2 * times, LINE * times - 2 * times), outline=255, width=times
        )
    if tall:
        cell = cell.resize((width // 2, height), Image.Resampling.BOX)
    cell = cell.point(lambda grey: 255 if grey >= _INK else 0, "1")
    if bold:
        # As the printer makes it: struck twice, a dot apart.
        once = cell.copy()
        cell.paste(255, (1 if tall else size, 0), once)
    return cell


def _row(row: Row, columns: int, font: str) -> "Image.Image":
    """A row across the whole paper, white ink on black."""
    from PIL import Image

    dots = columns * COLUMN
    strip = Image.new("1", (dots, LINE * (2 if row.tall else row.size) + GAP), 0)
    text = row.text.rstrip(" ") if row.align == "left" else row.text.strip(" ")
    spare = dots - columns_of(text) * COLUMN * row.size
    at = {"left": 0, "center": spare // 2, "right": spare}[row.align]
    for char in text:
        if char != " ":
            strip.paste(_glyph(char, row.size, row.tall, row.bold, font), (at, 0))
        at += columns_of(char) * COLUMN * row.size
    return strip


def strip(row: Row, columns: int, font: str) -> list[bytes]:
    """A row of text as lines of dots, eight a byte, dark = 1, white at the right left out; 24 · height + 6 lines.

    `font` is as in `fonts.found`; what none of them has is a box.
    """
    ink = _row(row, columns, font)
    box = ink.getbbox()
    # Never narrower than a byte: a picture command of no width is no command.
    width = max(1, -(-(box[2] if box else 0) // 8))
    packed = ink.crop((0, 0, width * 8, ink.height)).tobytes()
    return [packed[start : start + width] for start in range(0, len(packed), width)]


def code(data: str, columns: int) -> list[bytes]:
    """The square code in the middle of the paper, a byte a dot, dark = 1, white above and below it; at most `PIECE` rows.

    A seam between two pieces would run across the code, so on wide paper a long one gets smaller modules instead.
    Raises ValueError as `qr.check` does.
    """
    modules = qr.matrix(data)
    whole = len(modules) + 2 * _QUIET
    module = min(qr.module_size(data, columns * COLUMN), PIECE // whole)
    margin = bytes((columns * COLUMN - len(modules) * module) // 2)
    wide = [margin + b"".join((b"\1" if dark else b"\0") * module for dark in line) for line in modules]
    quiet = [bytes(len(wide[0]))] * (_QUIET * module)
    return [*quiet, *(line for line in wide for _ in range(module)), *quiet]


def picture(rows: tuple[Row, ...], columns: int, font: str = fonts.ANY) -> bytes:
    """The slip as a PNG, black on white, `columns` · 12 dots across, from the rows `layout` made for these `columns`.

    `font` is as in `fonts.found`. Raises ValueError when this PC has no font to draw with.
    """
    from PIL import Image

    if not any(_face(path, _EM) for path in fonts.found(font)):
        raise ValueError("没有能用的中文字库：请装一个（如思源黑体、Noto Sans CJK），或在 desk.toml 的 font 写明字库文件")
    parts: list[Image.Image] = []
    for row in rows:
        if row.kind == "qr":
            dots = code(row.data, columns)
            part = Image.new("1", (len(dots[0]), len(dots)), 0)
            part.putdata([255 * dark for line in dots for dark in line])
            parts.append(part)
        elif row.kind != "drawer":
            parts.append(_row(row, columns, font))
    paper = Image.new("1", (columns * COLUMN, sum(part.height for part in parts) or 1), 1)
    top = 0
    for part in parts:
        paper.paste(0, (0, top), part)
        top += part.height
    file = io.BytesIO()
    paper.save(file, "PNG", optimize=True)
    return file.getvalue()
