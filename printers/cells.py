"""The desk's ruler: how wide a text is on the paper of a slip and on the glass of the terminal.

Paper: a printer in Chinese mode draws ASCII in one column and everything else in two (GB18030: one byte, one column).
Glass: what rich counts, which is narrower for characters such as × ÷ … □ √ (1 cell there, 2 columns on paper).
"""

import re
import unicodedata

from rich.cells import cell_len

# What a thermal printer's GBK font lacks or draws wrongly → the character the trade writes instead.
_WRITTEN_AS = str.maketrans(
    {
        "¥": "￥",
        "²": "2",
        "³": "3",
        "•": "·",
        "‧": "·",
        "⋅": "·",
        "・": "·",
        "☑": "√",
        "✓": "√",
        "✔": "√",
        "✗": "×",
        "✘": "×",
        "☐": "□",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "〜": "～",
        "™": "",
        "®": "",
        "©": "",
    }
)
# No control, format, surrogate or unassigned character; combining marks left over after NFC have no glyph of their own.
_SILENT = frozenset({"Cc", "Cf", "Cs", "Cn"})
_MARKS = frozenset({"Mn", "Me"})
_GAPS = frozenset({"Zs", "Zl", "Zp"})

# What stands as it is, at one look: most of what a slip says.
_READY = re.compile("[ -~\u3000-\u3011\u4e00-\u9fff\uff01-\uff5e￥㎡×·…※□√℃—“”‘’]*")

# Masked names (王*芳) and sums (1.80×3) stay in one piece as well.
_NO_START = frozenset("，。、；：！？）》〉】」』〕”’…％℃×～·□√*,.;:!?)%]}")
_NO_END = frozenset("（《〈【「『〔“‘*([{")
_TOKENS = re.compile(r"[!-~]+| +|[^ -~]")
_RUNS = re.compile(r"[!-~]+")


def _spoken(text: str) -> str:
    """Drop what has no shape, turn every kind of gap but the ideographic space into a plain space."""
    kept: list[str] = []
    for char in text:
        if " " <= char <= "~":
            kept.append(char)
        elif char in "\t\n\r":
            kept.append(" ")
        elif (category := unicodedata.category(char)) in _GAPS:
            kept.append("\u3000" if char == "\u3000" else " ")
        elif category not in _SILENT:
            kept.append(char)
    return "".join(kept)


def clean(text: str) -> str:
    """The text as a slip prints it: NFC, no control or zero-width characters, ¥→￥, ²→2, •→·, ☑→√, one line.

    Cleaning twice changes nothing.
    """
    if _READY.fullmatch(text):
        return text
    composed = unicodedata.normalize("NFC", _spoken(text)).translate(_WRITTEN_AS)
    kept = "".join(char for char in composed if char <= "~" or unicodedata.category(char) not in _MARKS)
    return unicodedata.normalize("NFC", kept)


def columns_of(text: str) -> int:
    """Paper columns of a text that is already clean."""
    return len(text) if text.isascii() else 2 * len(text) - len(text.encode("ascii", "ignore"))


def paper_width(text: str) -> int:
    """Paper columns the text takes once cleaned: 1 for ASCII, 2 for anything else."""
    return columns_of(clean(text))


def cut(text: str, columns: int) -> str:
    """The text in at most `columns` paper columns, … (two columns) in place of what did not fit."""
    text = clean(text)
    if columns_of(text) <= columns:
        return text
    if columns < 2:
        return "." * columns
    room = columns - 2
    for end, char in enumerate(text):
        room -= 1 if char <= "~" else 2
        if room < 0:
            return text[:end] + "…"
    return text


def pad(text: str, columns: int, align: str = "left") -> str:
    """The text in exactly `columns` paper columns; `align` is left, right or center. Too long is cut."""
    text = cut(text, columns)
    spare = columns - columns_of(text)
    if align == "right":
        return " " * spare + text
    if align == "center":
        return " " * (spare // 2) + text + " " * (spare - spare // 2)
    return text + " " * spare


def longest_run(text: str) -> int:
    """Columns of the longest run of ASCII without a space: what should not be broken over two lines."""
    return max(map(len, _RUNS.findall(text)), default=0)


def _units(text: str) -> list[list[str]]:
    """Pieces between which a line may break; each is the tokens that should stay together."""
    units: list[list[str]] = []
    opening = False
    for token in _TOKENS.findall(text):
        if token[0] == " ":
            units.append([token])
            opening = False
            continue
        joins = bool(units) and units[-1][0][0] != " " and (opening or token[0] in _NO_START)
        if joins:
            units[-1].append(token)
        else:
            units.append([token])
        opening = token[-1] in _NO_END
    return units


def _chunks(token: str, columns: int) -> list[str]:
    return [token[start : start + columns] for start in range(0, len(token), columns)]


def _wrap_line(text: str, columns: int) -> list[str]:
    if columns_of(text) <= columns:
        return [text]
    lines: list[str] = []
    line, used = "", 0
    for unit in _units(text):
        whole = "".join(unit)
        # A unit wider than the paper comes apart into its tokens; a token wider than the paper into columns.
        fits = columns_of(whole) <= columns
        pieces = [whole] if fits else [part for token in unit for part in _chunks(token, columns)]
        for piece in pieces:
            width = columns_of(piece)
            if piece[0] == " " and ((not line and lines) or used + width > columns):
                if line:
                    lines.append(line.rstrip(" "))
                line, used = "", 0
                continue
            if used + width > columns:
                if line.strip(" "):
                    lines.append(line.rstrip(" "))
                line, used = "", 0
            line += piece
            used += width
    if line.strip(" ") or not lines:
        lines.append(line)
    return lines


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most `columns` paper columns; a newline in it breaks a line.

    A run of ASCII (a number, a plate, a time) is split only when it is wider than the paper; no line starts with
    ，。、；：） unless the run before it fills the line; spaces at a break vanish, everything else is kept.
    Raises ValueError when `columns` is below 2, where no Chinese character fits.
    """
    if columns < 2:
        raise ValueError(f"纸宽 {columns} 列放不下一个汉字")
    return [line for part in text.split("\n") for line in _wrap_line(clean(part), columns)]


def glass_cut(text: str, cells: int) -> str:
    """The text in at most `cells` terminal cells, … (one cell) in place of what did not fit."""
    text = _spoken(text)
    if cell_len(text) <= cells:
        return text
    if cells < 1:
        return ""
    end = len(text)
    while end and cell_len(text[:end]) > cells - 1:
        end -= 1
    return text[:end] + "…"


def glass_pad(text: str, cells: int, align: str = "left") -> str:
    """The text in exactly `cells` terminal cells; `align` is left, right or center. Too long is cut."""
    text = glass_cut(text, cells)
    spare = cells - cell_len(text)
    if align == "right":
        return " " * spare + text
    if align == "center":
        return " " * (spare // 2) + text + " " * (spare - spare // 2)
    return text + " " * spare
