"""Reports as a workbook: a sheet a table, numbers as numbers, and no text that a spreadsheet could take for a formula."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from data.records import Refused
from desk.report import Cell, Kind, Report, Row, Table, shown

FORMATS: dict[Kind, str] = {"text": "@", "day": "yyyy-mm-dd", "count": "#,##0", "fen": "#,##0.00", "rate": "0.00%"}
WIDEST = 60
HEAD = 4
"""The line of the headings; above it title, period, and when it was made."""


def write(path: Path, reports: Sequence[Report], estate: str, who: str, at: datetime) -> None:
    """Write reports into a new .xlsx, a sheet for each of their tables. Raises Refused where it cannot be written."""
    from openpyxl import Workbook

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            book = Workbook(write_only=True)
            for report in reports:
                for one in report.tables:
                    name = report.name if len(report.tables) == 1 else f"{report.name} {one.title}"
                    _fill(
                        book.create_sheet(name[:31]),
                        report,
                        one,
                        f"{estate} {name}",
                        f"金额单位：元   制表 {who} {at:%Y-%m-%d %H:%M}",
                    )
            book.save(file)
    except OSError as error:
        raise Refused(f"表格写不进 {path}（{error.strerror}），请关掉打开着的同名表格，或换一个地方再存") from error


def _fill(sheet: Any, report: Report, one: Table, title: str, made: str) -> None:
    """One table: widths first, as such a sheet must have it, then line by line."""
    for n, width in enumerate(widths(one)):
        sheet.column_dimensions[_letter(n)].width = min(width, WIDEST) + 2
    sheet.freeze_panes = f"A{HEAD + 1}"
    sheet.append([_text(sheet, title, bold=True)])
    sheet.append([_text(sheet, f"{report.covers}   {made}")])
    sheet.append([_text(sheet, report.note)])
    sheet.append([_text(sheet, column.label, bold=True) for column in one.columns])
    for row in one.rows:
        sheet.append(_line(sheet, one, row))
    if one.total:
        sheet.append(_line(sheet, one, one.total, bold=True))


def _line(sheet: Any, one: Table, row: Row, bold: bool = False) -> list[Any]:
    return [_cell(sheet, cell, column.kind, bold) for cell, column in zip(row, one.columns, strict=True)]


def _cell(sheet: Any, cell: Cell, kind: Kind, bold: bool) -> Any:
    """A cell that a spreadsheet can reckon with: yuan with two decimals, a rate as a part of one, a day as a day."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if cell is None or cell == "":
        return None
    if isinstance(cell, str) and kind == "day" and len(cell) == 10:
        value: Any = date.fromisoformat(cell)
    elif isinstance(cell, str):
        return _text(sheet, cell, bold)
    else:
        value = Decimal(cell) / {"fen": 100, "rate": 10_000}.get(kind, 1) if kind in ("fen", "rate") else cell
    made = WriteOnlyCell(sheet, value)
    made.number_format = FORMATS[kind]
    made.font = Font(bold=bold)
    return made


def _text(sheet: Any, text: str, bold: bool = False) -> Any:
    """Words as words: a note that begins with = is no formula, and 3-2-12 is no day in February."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:32_767])
    made.data_type, made.number_format, made.font = "s", FORMATS["text"], Font(bold=bold)
    return made


def widths(one: Table) -> list[int]:
    """How many cells each column takes, its heading and its total with it."""
    rows = (*one.rows, one.total) if one.total else one.rows
    return [
        max(cell_len(column.label), *(cell_len(shown(row[n], column.kind)) for row in rows), 0)
        for n, column in enumerate(one.columns)
    ]


def _letter(n: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(n + 1))
