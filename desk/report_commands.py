"""What an accountant or supervisor types for the reports: on the terminal, or as a workbook."""

from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.usage import misuse, opened, say

if TYPE_CHECKING:
    from desk.report import Report, Table

HELP = "报表：收费日报、欠费、收缴率等，在屏幕上看，或存成表格。不写名称就列出有哪些。"
CHART = 72, 14


def report(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="名称", help="哪个报表：名称、开头几个字或序号；存表格时不写就是全部")] = "",
    first: Annotated[str, typer.Option("--from", metavar="日期", help="从哪天，如 2026-11-01；整月写 2026-11")] = "",
    last: Annotated[str, typer.Option("--to", metavar="日期", help="到哪天；两头都不写就是本月")] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="文件", help="存成表格，例如 报表.xlsx")] = None,
) -> None:
    """Show a report, or write it; without a name list them, or write all."""
    from desk import reports
    from desk.report_sheets import write
    from desk.staff import COMMAND_LINE

    if not name and xlsx is None:
        for n, (called, (_, what)) in enumerate(reports.REPORTS.items(), 1):
            say(f"{n:2} {called}{'　' * (5 - len(called))}  {what}")
        say("看一个：desk report 欠费；换期间：--from 2026-10 --to 2026-11；存成表格：--xlsx 报表.xlsx")
        return
    if xlsx is not None and xlsx.suffix.lower() != ".xlsx":
        misuse(f"表格的文件名要以 .xlsx 结尾，例如 {xlsx.with_suffix('.xlsx').name}")
    span = reports.span_of(first, last, datetime.now().date())
    _, config, store = opened(ctx)
    try:
        with store.read() as read:
            made = [reports.make(name, read, COMMAND_LINE, span)] if name else reports.every(read, COMMAND_LINE, span)
    finally:
        store.close()
    if xlsx is not None:
        write(xlsx, made, config.estate, COMMAND_LINE.name, datetime.now())
        say(f"已存成 {xlsx}：{len(made)} 个报表，{sum(len(one.tables) for one in made)} 张工作表。")
        return
    for one in made:
        _say(one)


def _say(made: "Report") -> None:
    """A report on the terminal: its tables, its chart, what to know of it."""
    from desk.charts import drawn

    say(f"{made.name}  {made.covers}  （元）")
    for table in made.tables:
        say()
        say(_laid_out(table))
    if made.chart:
        say()
        say(drawn(made.chart, *CHART))
    if made.note:
        say(f"\n{made.note}")


def _laid_out(table: "Table") -> str:
    """A table in as many columns as it needs, nothing cut; figures stand right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    from desk.report import shown
    from desk.report_sheets import widths

    if not table.rows:
        return f"{table.title}：没有"
    grid = Grid(box=box.SIMPLE_HEAD, title=table.title, title_justify="left", show_footer=False, pad_edge=False)
    for column in table.columns:
        grid.add_column(column.label, justify="left" if column.kind in ("text", "day") else "right", no_wrap=True)
    for row in (*table.rows, *([table.total] if table.total else [])):
        cells = [Text(shown(cell, column.kind)) for cell, column in zip(row, table.columns, strict=True)]
        grid.add_row(*cells, end_section=row is table.rows[-1])
    text = StringIO()
    Console(file=text, width=sum(widths(table)) + 3 * len(table.columns) + 4, color_system=None).print(grid)
    return "\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines())
