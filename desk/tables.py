"""The lists an office keeps, as files: .xlsx or .csv with a title above, headings in any order and merged cells."""

import csv
import datetime
import io
import re
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from desk.china import fold_digits, room_code, room_codes

HEADING_DEPTH = 20
"""Lines from the top in which the headings are looked for: titles, dates and remarks stand above them."""

WIDTH = 64
"""Columns looked at: a title merged over the whole line makes a sheet sixteen thousand columns wide."""

_FOOT = re.compile(r"(?:合计|总计|小计|共计|制表|填表|审核|说明|注[:：])")


@dataclass(frozen=True, slots=True)
class Merged:
    """A cell covered by the merged cell above it, whose value it repeats."""

    value: object


@dataclass(frozen=True, slots=True)
class Row:
    """One line under the headings: its number as the office sees it, and its cells by field."""

    line: int
    cells: Mapping[str, tuple[object, ...]]

    def raw(self, name: str) -> object:
        """The first cell of a field that is not empty, or None. Where merged, a Merged."""
        return next((cell for cell in self.cells.get(name, ()) if text_of(cell)), None)

    def text(self, name: str) -> str:
        """What the first cell of a field that is not empty says, or ""."""
        return text_of(self.raw(name))


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that cannot be taken: its line as the office sees it, its heading, what was typed, what to do about it."""

    line: int
    column: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet below its headings. `titles` are the headings as written, by field, prefixed `sheet·` when several."""

    titles: Mapping[str, str]
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]

    @property
    def place(self) -> str:
        """The heading of the room, or of what stands for it."""
        return self.titles.get("room") or self.titles["number"]


@dataclass(frozen=True, slots=True)
class Headings:
    """What the headings of a list may be called.

    names     field → headings, already plain (see `plain_heading`), with spaces between
    many      fields that may have several columns; of any other the first counts and the rest are ignored
    required  sets of fields of which one each must be there, with what to call it when it is not
    """

    names: Mapping[str, str]
    many: frozenset[str]
    required: Sequence[tuple[str, Sequence[frozenset[str]]]]
    by_name: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {name: key for key, names in self.names.items() for name in names.split()})

    def missing(self, found: Iterable[str]) -> list[str]:
        """What is required and not among the fields found."""
        have = set(found)
        return [called for called, ways in self.required if not any(way <= have for way in ways)]


def text_of(cell: object) -> str:
    """A cell as the office reads it: 501.0 is 501, 1.38e10 is 13800000000, a date is 2026-11-01."""
    match cell:
        case None:
            return ""
        case Merged():
            return text_of(cell.value)
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer():
            return f"{cell:.0f}"
        case float():
            # Sums made in a spreadsheet carry the noise of binary fractions: 161.28000000000003.
            exact = Decimal(repr(cell))
            near = exact.quantize(Decimal("0.01"))
            return f"{near:f}".rstrip("0") if abs(near - exact) < Decimal("1e-6") else repr(cell)
        case datetime.datetime():
            return cell.date().isoformat()
        case datetime.date():
            return cell.isoformat()
        case _:
            return str(cell).replace("\u3000", " ").strip()


def is_date(cell: object) -> bool:
    """Whether the spreadsheet holds a date here, whatever was typed."""
    return isinstance(cell.value if isinstance(cell, Merged) else cell, datetime.date)


def plain_heading(cell: object) -> str:
    """A heading without units, stars, spaces and counters: 建筑面积(㎡) → 建筑面积, ＊联系电话2 → 联系电话."""
    plain = re.sub(r"[\s*★:#]|\(.*?\)|【.*?】|\[.*?\]", "", fold_digits(text_of(cell)))
    return re.sub(r"(?<=\D)(?:\d|m2|平方米|平米)$", "", plain)


def read_tables(path: Path, headings: Headings) -> list[Table]:
    """Every visible sheet of the file that has these headings.

    Raises ValueError in Chinese when the file cannot be read, or when no sheet has them: then it names those missing.
    """
    grids = _grids(path)
    found = [(name, grid, top) for name, grid in grids if (top := _top(grid, headings)) is not None]
    if not found:
        near = max(
            (_fields(line, headings) for _, grid in grids for line in grid[:HEADING_DEPTH]),
            key=lambda fields: len(set(fields) - {""}),
            default=[],
        )
        missing = "、".join(headings.missing(near))
        raise ValueError(f"「{path.name}」里找不到表头：缺 {missing} 这些列。请在第一行或标题下面一行写上列名再导入。")
    return [_table(f"{name}·" if len(found) > 1 else "", grid, top, headings) for name, grid, top in found]


def _fields(line: Sequence[object], headings: Headings) -> list[str]:
    """The field of each cell of a line taken as headings, "" where it is none."""
    fields: list[str] = []
    for cell in line:
        key = headings.by_name.get(plain_heading(cell), "")
        fields.append("" if key in fields and key not in headings.many else key)
    return fields


def _top(grid: Sequence[Sequence[object]], headings: Headings) -> int | None:
    """The index of the line of headings, or None."""
    tops = (i for i, line in enumerate(grid[:HEADING_DEPTH]) if not headings.missing(_fields(line, headings)))
    return next(tops, None)


def _table(prefix: str, grid: Sequence[Sequence[object]], top: int, headings: Headings) -> Table:
    heads = grid[top]
    fields = _fields(heads, headings)
    titles: dict[str, str] = {}
    for cell, key in zip(heads, fields, strict=True):
        if key:
            titles.setdefault(key, prefix + " ".join(text_of(cell).split()))
    rows = []
    for number, line in enumerate(grid[top + 1 :], start=top + 2):
        said = [text_of(cell) for cell in line]
        first = next((text for text in said if text), "")
        # Headings come again at the top of every printed page, sums and signatures at the foot.
        if _FOOT.match(first) or said == [text_of(cell) for cell in heads]:
            continue
        cells: dict[str, tuple[object, ...]] = {}
        for cell, key in zip(line, fields, strict=False):
            if key:
                cells[key] = (*cells.get(key, ()), cell)
        # Lines numbered in advance, or covered by a merged building, say nothing yet.
        if not any(text_of(cell) and not isinstance(cell, Merged) for same in cells.values() for cell in same):
            continue
        rows.append(Row(number, cells))
    ignored = [text for cell, key in zip(heads, fields, strict=True) if not key and (text := text_of(cell))]
    return Table(titles, tuple(rows), tuple(ignored))


# --- where ---------------------------------------------------------------------------------------------------------

PLACE_NAMES = {
    "room": "房号 房屋 房屋号 房屋编号 房间编号 门牌 门牌号 房产 住址 地址 房屋地址 商铺号",
    "building": "楼栋 楼号 楼栋号 栋 栋号 幢 幢号 楼 座 座号 楼宇",
    "unit": "单元 单元号",
    "number": "室 室号 房间 房间号 门号 户室",
}
PLACE_WAYS = (frozenset({"room"}), frozenset({"number"}))


class Places:
    """Finds the room of each line; a building and unit written once stand for the lines below them."""

    def __init__(self) -> None:
        self.building = self.unit = ""

    def of(self, row: Row, known: Collection[str] | None = None) -> str:
        """The room's code, "" when the line names none. Raises ValueError in Chinese when it cannot be read."""
        for name in ("room", "building", "unit", "number"):
            if is_date(cell := row.raw(name)):
                # 3-2-12 becomes the 12th of some month; which way round, nobody can tell afterwards.
                raise ValueError(f"房号被表格软件改成了日期 {text_of(cell)}，请把这一列设成文本后重填，如 3-2-501。")
        if building := row.text("building"):
            self.building, self.unit = building, row.text("unit")
        elif unit := row.text("unit"):
            self.unit = unit
        said = row.text("room") or row.text("number")
        if not said:
            return ""
        if self.building and re.fullmatch(r"[A-Za-z]?\d{1,4}[A-Za-z]?[室号]?", fold_digits(said)):
            said = "-".join(_bare(part) for part in (self.building, self.unit, said) if part)
        if known is None:
            return room_code(said)
        codes = room_codes(said, known)
        if not codes:
            raise ValueError(f"住户表里没有「{room_code(said)}」，请核对房号，或先导入住户。")
        if len(codes) > 1:
            raise ValueError(f"「{said}」可以读成 {' 或 '.join(codes)}，请带横线写清楚。")
        return codes[0]


def _bare(part: str) -> str:
    """A part of a room without the word for it: 3号楼 → 3."""
    return re.sub(r"^第|(?:号楼|栋楼?|幢|座|号|楼|单元|室|#)$", "", fold_digits(part)) or part


def place_text(row: Row) -> str:
    """What a line says of its room, for a fault."""
    said = (row.text(name) for name in PLACE_NAMES)
    return " ".join(text for text in said if text)


# --- files ---------------------------------------------------------------------------------------------------------


def _grids(path: Path) -> list[tuple[str, list[list[object]]]]:
    """The cells of every visible sheet, with its name; a .csv is one sheet without a name."""
    try:
        match path.suffix.lower():
            case ".xlsx" | ".xlsm":
                return _workbook(path)
            case ".csv" | ".txt":
                return [("", _csv(path.read_bytes(), path.name))]
    except PermissionError as error:
        raise ValueError(f"「{path.name}」打不开，请先在表格软件里关掉它再导入。") from error
    raise ValueError(f"「{path.name}」不是 .xlsx 或 .csv，请在表格软件里另存为 .xlsx 再导入。")


def _workbook(path: Path) -> list[tuple[str, list[list[object]]]]:
    from xml.etree.ElementTree import ParseError
    from zipfile import BadZipFile

    import openpyxl

    # Read whole, not read_only: that mode hides merged cells, and believes the sheet size other programs wrote wrongly.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, data_only=True)
    except (BadZipFile, KeyError, ParseError, TypeError, ValueError) as error:
        raise ValueError(f"「{path.name}」打不开：可能设了密码或已损坏，请另存为新的 .xlsx 再导入。") from error
    grids: list[tuple[str, list[list[object]]]] = []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        grid: list[list[object]] = [
            list(line) for line in sheet.iter_rows(max_col=min(WIDTH, sheet.max_column), values_only=True)
        ]
        for area in sheet.merged_cells.ranges:
            if area.min_col > WIDTH:
                continue
            value = grid[area.min_row - 1][area.min_col - 1]
            for covered in grid[area.min_row : area.max_row]:
                covered[area.min_col - 1] = Merged(value)
        grids.append((sheet.title, grid))
    book.close()
    return grids


def _csv(data: bytes, name: str) -> list[list[object]]:
    """The cells of a .csv: UTF-8 or UTF-16 with their marks, UTF-8 without, else GB 18030 as Chinese Windows saves it."""
    marked = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    for encoding in (marked, "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError(f"「{name}」里的文字认不出来，请在表格软件里另存为 .xlsx 再导入。")
    head = text[:4000]
    delimiter = max(",\t;", key=head.count)
    try:
        return [list(line) for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        raise ValueError(f"「{name}」不是表格，请在表格软件里另存为 .xlsx 再导入。") from error
