"""An office's list as a command takes it: the file read, what it would change said, all of it done or nothing."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from desk.trouble import REFUSED, complain
from desk.usage import say

if TYPE_CHECKING:
    from data.store import Store
    from desk.imports import Plan

AnySheet = TypeVar("AnySheet")

File = Annotated[Path, typer.Argument(metavar="文件", help="表格文件，.xlsx 或 .csv")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只看会改什么，不写入")]


def progress(of: int) -> Callable[[int], None]:
    """Tells how far a long job is, where someone watches; `of` 0 where the end is not known."""
    end = f" / {of:,}" if of else ""

    def tell(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r已处理 {done:,}{end} 条……\r")
            sys.stderr.flush()

    return tell


def readable(file: Path, read: "Callable[[Path], AnySheet]") -> "AnySheet":
    """The list in a file. Raises Refused where there is none, or it cannot be read."""
    from data.records import Refused

    if not file.is_file():
        raise Refused(f"找不到文件 {file}，请核对文件名")
    try:
        return read(file)
    except ValueError as error:
        raise Refused(str(error)) from error


def carry_out(store: "Store", plan: "Plan", ignored: tuple[str, ...], unit: str, dry_run: bool) -> None:
    """Say what an import does, and do it: all of it, or with a fault anywhere nothing."""
    from desk.staff import COMMAND_LINE

    if ignored:
        say(f"没有用到的列：{'、'.join(ignored)}")
    if plan.faults:
        for line in plan.faults:
            complain(f"第 {line.line} 行 {line.text}")
        complain(f"有 {len(plan.faults)} 处看不懂或不能导入，什么也没有写入。请按上面改好再导入。")
        raise typer.Exit(REFUSED)
    for line in plan.lines:
        if dry_run or line.kind != "新增":
            say(f"{f'第 {line.line} 行 ' if line.line else ''}{line.kind}：{line.text}")
    counts = f"新增 {plan.added:,} {unit}，变更 {plan.changed:,} {unit}，不变 {plan.unchanged:,} {unit}"
    if dry_run:
        say(f"试算：{counts}。没有写入；去掉 --dry-run 再运行就会写入。")
        return
    if plan.acts:
        store.act_all(plan.acts, COMMAND_LINE, progress(len(plan.acts)))
    store.close()
    say(f"已导入：{counts}。")
