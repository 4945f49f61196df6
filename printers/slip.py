"""A slip of the desk before any printer is chosen: what is on it, and its rows for a paper of so many columns."""

import json
from dataclasses import dataclass

from rich.cells import cell_len

from printers import lines as drawn
from printers import qr
from printers.cells import columns_of, pad, wrap

NARROWEST, WIDEST = 24, 48
_READABLE = 21  # columns of large letters that make a line worth reading: ten Chinese characters


@dataclass(frozen=True)
class Text:
    """A line or paragraph; `size` 1–4 times, `align` left, center or right. A newline breaks the line."""

    text: str
    size: int = 1
    bold: bool = False
    align: str = "left"


@dataclass(frozen=True)
class Pair:
    """A label on the left and its value on the right; a long value, or one with newlines, wraps under itself."""

    label: str
    value: str
    size: int = 1
    bold: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells. `widths` in columns (0 = a share of the rest), one column apart; `aligns` one of l, r, c each.

    Without `aligns` the first column stands left, the others right. Cells wrap; a number too wide for its column
    takes room from the others, and where there is none the row folds under its first cell.
    """

    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]
    aligns: str = ""


@dataclass(frozen=True)
class Rule:
    """A line across the paper."""


@dataclass(frozen=True)
class QR:
    """A square code: ASCII, at most 40 bytes, a token or a number and nothing about a person."""

    data: str


@dataclass(frozen=True)
class Feed:
    """Blank lines."""

    lines: int = 1


@dataclass(frozen=True)
class Drawer:
    """Opens the cash drawer once the text is out. Never on a slip printed again."""


Node = Text | Pair | Table | Rule | QR | Feed | Drawer
_NODES: dict[str, type[Node]] = {node.__name__: node for node in (Text, Pair, Table, Rule, QR, Feed, Drawer)}


@dataclass(frozen=True)
class Slip:
    """One document for the printer; `copies` names the 联 (each is printed and cut by itself).

    `money` keeps it from those who are shown none, with what is as little a guard's business: consents and what they say.

    Raises ValueError when two copies have one name, a size is not 1–4, a table's shape does not
    hold together, or a code is not printable.
    """

    kind: str
    title: str
    nodes: tuple[Node, ...]
    copies: tuple[str, ...] = ("",)
    large: bool = False
    money: bool = False
    heading: str = ""

    def __post_init__(self) -> None:
        if not self.copies or len(set(self.copies)) != len(self.copies):
            raise ValueError(f"联次要有，也不能重名：{'、'.join(self.copies)}")
        for node in self.nodes:
            if isinstance(node, QR):
                qr.check(node.data)
            elif isinstance(node, Text | Pair) and not 1 <= node.size <= 4:
                raise ValueError(f"字号 {node.size} 倍不行，只有 1 到 4 倍")
            elif isinstance(node, Table):
                drawn.check(node.rows, node.widths, node.aligns)
            if isinstance(node, Text) and node.align not in ("left", "center", "right"):
                raise ValueError(f"不认识的对齐 {node.align}，只有 left、center、right")

    def to_json(self) -> str:
        """The slip as JSON, to be laid out again when it is printed again."""
        nodes = [[type(node).__name__, vars(node)] for node in self.nodes]
        return json.dumps({**vars(self), "nodes": nodes}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Slip":
        """The slip `to_json` wrote."""
        stored = json.loads(text)
        nodes: list[Node] = []
        for name, fields in stored.pop("nodes"):
            if name == "Table":
                fields["rows"] = tuple(map(tuple, fields["rows"]))
                fields["widths"] = tuple(fields["widths"])
            nodes.append(_NODES[name](**fields))
        stored["copies"] = tuple(stored["copies"])
        return cls(nodes=tuple(nodes), **stored)


@dataclass(frozen=True)
class Row:
    """One line of paper: `text` padded to columns//size columns. `tall` = double height only.

    `kind` is text, rule, feed, qr (the payload in `data`) or drawer.
    """

    text: str
    size: int = 1
    bold: bool = False
    align: str = "left"
    kind: str = "text"
    data: str = ""
    tall: bool = False


def _words(node: Text | Pair | Table) -> tuple[str, ...]:
    match node:
        case Text(text):
            return (text,)
        case Pair(label, value):
            return (label, value)
        case Table(cells):
            return tuple(cell for row in cells for cell in row)


def _even(text: str, columns: int) -> list[str]:
    """A text in as few lines as it needs, about as long as each other, so that no last word stands alone."""
    found: list[str] = []
    for part in text.split("\n"):
        draw, width = drawn.paragraph(part), columns
        lines = wrap(part, width)
        while len(lines) > 1 and width > 2 and (closer := draw(width := width - 1)) and len(closer) == len(lines):
            lines = closer
        found += lines
    return found


def _rows(node: Text | Pair | Table, columns: int, large: bool) -> list[Row]:
    match node:
        case Text(text):
            draw, size, bold, align = drawn.paragraph(text), node.size, node.bold, node.align
        case Pair(label, value):
            draw, size, bold, align = drawn.pair(label, value), node.size, node.bold, "left"
        case Table(cells, widths, aligns):
            draw, size, bold, align = drawn.table(cells, widths, aligns), 1, False, "left"
    while size > 1 and draw(columns // size) is None:
        size -= 1
    lines = draw(columns // size)
    if lines is None:
        lines = drawn.broken(_words(node), columns)
    tall = False
    if large:
        # Large print: one size up wherever the line still fits as it stood; else a text on further lines, where that much
        # fits into one (80 mm) or what it says is weighty (bold); else twice as high. The same words always.
        bigger = draw(columns // (size + 1))
        wraps = not isinstance(node, Table) and (columns // (size + 1) >= _READABLE or (bold and size == 1))
        if bigger is not None and (wraps or len(bigger) == len(lines)):
            lines, size = _even(node.text, columns // (size + 1)) if isinstance(node, Text) else bigger, size + 1
        else:
            tall = size == 1
    return [Row(pad(line, columns // size, align), size, bold, align, tall=tall) for line in lines]


def layout(slip: Slip, columns: int, copy: str = "", mark: str = "") -> tuple[Row, ...]:
    """The slip's rows for a paper of 24–48 `columns`: heading, title, （copy）, mark, then its nodes.

    The drawer opens with the first copy only, and never with a `mark` (补打). Raises ValueError for any other paper.
    """
    if not NARROWEST <= columns <= WIDEST:
        raise ValueError(f"纸宽 {columns} 列不行，应在 {NARROWEST} 到 {WIDEST} 列之间")
    rows: list[Row] = []
    if slip.heading:
        rows += _rows(Text(slip.heading, align="center"), columns, slip.large)
    if slip.title:
        rows += _rows(Text(slip.title, 2, True, "center"), columns, slip.large)
    if copy:
        rows += _rows(Text(f"（{copy}）", align="center"), columns, slip.large)
    if mark:
        rows += _rows(Text(mark, bold=True, align="center"), columns, slip.large)
    blank = " " * columns
    for node in slip.nodes:
        match node:
            case Rule():
                rows.append(Row("-" * columns, kind="rule"))
            case Feed(lines):
                rows += [Row(blank, kind="feed")] * lines
            case QR(data):
                rows.append(Row("", align="center", kind="qr", data=data))
            case Drawer():
                if not mark and copy in ("", slip.copies[0]):
                    rows.append(Row("", kind="drawer"))
            case Text() | Pair() | Table():
                rows += _rows(node, columns, slip.large)
    return tuple(rows)


def _across(rows: tuple[Row, ...]) -> int:
    return max((columns_of(row.text) * row.size for row in rows), default=0)


def _spread(row: Row, columns: int) -> str:
    """The row at its place on the whole paper, in letters of one size."""
    if row.size == 1:
        return row.text
    spare = columns - columns_of(row.text)
    if row.align == "center":
        return pad(row.text.strip(" "), columns, "center")
    if row.align == "right":
        return " " * spare + row.text
    gap = row.text.rstrip(" ").rfind("  ")
    if not row.text[: gap + 1].strip(" "):
        return row.text + " " * spare
    return row.text[:gap] + " " * spare + row.text[gap:]


def plain(rows: tuple[Row, ...], columns: int = 0) -> str:
    """What is on the paper, as text, big letters at their place: a code as [二维码 …], the drawer not at all.

    `columns` are the paper's; 0 for as many as the widest row takes, which may be fewer where all letters are large.
    """
    columns = columns or _across(rows)
    lines = (
        f"[二维码 {row.data}]" if row.kind == "qr" else _spread(row, columns).rstrip(" ")
        for row in rows
        if row.kind != "drawer"
    )
    return "\n".join(lines)


def preview(rows: tuple[Row, ...], codes: bool = False, columns: int = 0) -> str:
    """The slip for the terminal, its columns standing as on paper; `codes` draws the square codes in half blocks.

    A character of two columns on paper and one cell on glass gets a space after it. `columns` as in `plain`.
    """
    columns = columns or _across(rows)
    lines: list[str] = []
    for row in rows:
        if row.kind == "drawer":
            continue
        if row.kind == "qr":
            picture = qr.blocks(row.data).split("\n") if codes else [f"[二维码 {row.data}]"]
            lines += [" " * ((columns - cell_len(line)) // 2) + line for line in picture]
            continue
        text = _spread(row, columns)
        if not text.isascii():
            text = "".join(char if char <= "~" else char + " " * (2 - cell_len(char)) for char in text)
        lines.append(text.rstrip(" "))
    return "\n".join(lines)
