"""How the desk speaks on the command line: help pages, and what was typed wrongly, in Chinese.

Typer's own pages are English and measure Chinese by characters; these are laid out by the columns it takes.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from desk.folder import require
from desk.trouble import DONE, MISUSED, REFUSED, complain, guarded
from printers.cells import pad, paper_width, wrap

if TYPE_CHECKING:
    from data.store import Store
    from desk.config import Config

USAGE = "用法："

_WIDTH = 78


def _parameters(command: Any, ctx: Any, kind: str) -> list[Any]:
    return [one for one in command.get_params(ctx) if one.param_type_name == kind and not one.hidden]


def _usage(command: Any, ctx: Any) -> str:
    pieces = [ctx.command_path, "[选项]"]
    for one in _parameters(command, ctx, "argument"):
        pieces.append(f"<{one.metavar}>" if one.required else f"[{one.metavar}]")
    if isinstance(command, TyperGroup):
        pieces.append("[命令] …" if command.invoke_without_command else "<命令> …")
    return f"{USAGE}{' '.join(pieces)}"


def _row(name: str, said: str, column: int) -> Iterator[str]:
    first, *rest = wrap(said, _WIDTH - column - 4)
    if paper_width(name) > column:
        yield f"  {name}"
        name = ""
    yield f"  {pad(name, column)}  {first}"
    yield from (" " * (column + 4) + line for line in rest)


def _described(one: Any) -> tuple[str, str]:
    """A parameter as a help page lists it: how it is typed, and what it is for."""
    if one.param_type_name == "argument":
        return one.metavar, one.help or ""
    name = " / ".join([*one.opts, *one.secondary_opts])
    if not one.is_flag:
        name += f" {one.metavar}"
    said = "显示这一页" if "--help" in one.opts else one.help or ""
    if one.envvar:
        said += f"（也可用环境变量 {one.envvar}）"
    return name, said


def help_page(command: Any, ctx: Any) -> str:
    """The help of a command or group, in lines of at most 78 columns."""
    lines = [_usage(command, ctx)]
    if command.help:
        lines += ["", *(f"  {line}" for line in wrap(command.help, _WIDTH - 2))]
    parts = [
        (title, [_described(one) for one in _parameters(command, ctx, kind)])
        for title, kind in (("参数", "argument"), ("选项", "option"))
    ]
    if isinstance(command, TyperGroup):
        found = [(name, command.commands[name]) for name in command.list_commands(ctx)]
        parts.append(("命令", [(name, (one.help or "").split("。")[0]) for name, one in found if not one.hidden]))
    for title, rows in parts:
        if rows:
            column = min(max(paper_width(name) for name, _ in rows), 28)
            lines += ["", f"{title}：", *(line for name, said in rows for line in _row(name, said, column))]
    return "\n".join(lines) + "\n"


def _misused(error: Any) -> str:
    """What was typed wrongly, as a sentence; Typer's own are English."""
    one = getattr(error, "param", None)
    name = getattr(error, "option_name", "")
    if one is not None:
        called = one.metavar if one.param_type_name == "argument" else one.opts[0]
        if hasattr(error, "param_type"):
            return f"还缺“{called}”，请补上"
        return f"“{called}”写得不对，请看下面的说明"
    if hasattr(error, "possibilities"):
        near = f"，是不是 {'、'.join(error.possibilities)}" if error.possibilities else ""
        return f"没有“{name}”这个选项{near}"
    if name:
        return f"选项“{name}”后面要写上内容" if "requires" in error.message else f"选项“{name}”后面不用写内容"
    if found := re.match(r"No such command '(.*?)'(?:\. Did you mean '(.*?)')?", error.message):
        return f"没有“{found[1]}”这个命令{f'，是不是 {found[2]}' if found[2] else ''}"
    if found := re.search(r"\(s\) \((.*)\)$", error.message):
        return f"多写了“{found[1]}”，请去掉"
    return "请写上要做什么"


def say(text: str = "") -> None:
    """A line for whoever runs the command."""
    typer.echo(text)


def misuse(text: str) -> NoReturn:
    """End a command that was typed wrongly."""
    complain(text)
    raise typer.Exit(MISUSED)


def opened(ctx: typer.Context) -> "tuple[Path, Config, Store]":
    """The folder, settings and store of the desk a command is about. Raises Refused, Damaged."""
    from desk.config import read_config
    from desk.setup import open_store

    home: Path = ctx.meta["home"]
    require(home)
    config = read_config(home)
    return home, config, open_store(home, config)


class Command(TyperCommand):
    """A command with a Chinese help page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page in place of Typer's."""
        formatter.write(help_page(self, ctx))


class Group(TyperGroup):
    """Commands under one name, with a Chinese help page, run so that everything that goes wrong is said in Chinese."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page in place of Typer's."""
        formatter.write(help_page(self, ctx))

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run what was typed and end the program with its exit code."""
        extra["standalone_mode"] = False
        codes: list[int] = []

        def work() -> None:
            try:
                codes.append(super(Group, self).main(args, prog_name, **extra) or DONE)
            except typer.Abort:
                complain("已取消，什么也没有做")
                codes.append(REFUSED)
            except typer.TyperException as error:
                ctx = getattr(error, "ctx", None)
                if error.message.startswith(USAGE):  # a group alone: the error is its help page
                    complain(error.message)
                    ctx = None
                else:
                    complain(_misused(error))
                if ctx is not None:
                    complain(f"{_usage(ctx.command, ctx)}\n详细说明：{ctx.command_path} --help")
                codes.append(MISUSED)

        refused = guarded(work)
        sys.exit(refused or codes[0])
