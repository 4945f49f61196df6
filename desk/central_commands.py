"""Several desks as one: what is typed at the central server, and what is typed at a desk to join it and exchange."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.folder import SETTINGS
from desk.trouble import REFUSED
from desk.usage import Command, Group, opened, say

if TYPE_CHECKING:
    from data.central import Central

sync = typer.Typer(
    cls=Group, help="与中心同步：把本机的记录送上去，把别台的取回来。", add_completion=False, invoke_without_command=True
)
central = typer.Typer(
    cls=Group, help="中心服务器：登记小区和前台，收发各台的记录。", add_completion=False, no_args_is_help=True
)

ROUNDS = 20
"""A round sends and takes all there is; more are due only after a new chain or a restored central."""

Database = Annotated[
    str,
    typer.Option(
        "--database", metavar="网址", envvar="DESK_CENTRAL_DATABASE",
        help="PostgreSQL 的网址 postgresql://…；不写就在前台目录下自带一个",
    ),
]  # fmt: skip


@sync.callback()
def exchange(ctx: typer.Context) -> None:
    """Exchange with central until nothing waits."""
    if ctx.invoked_subcommand is not None:
        return
    from data.records import Refused
    from data.sync import Exchange

    home, config, store = opened(ctx)
    if not config.server:
        raise Refused("这个前台没有中心：desk.toml 里 server 是空的。要加入中心请用 desk sync enrol 登记码 --server 网址")
    line = Exchange(store, home, config.server)
    pushed = pulled = 0
    try:
        for _ in range(ROUNDS):
            report = line.round()
            pushed, pulled = pushed + report.pushed, pulled + report.pulled
            for fault in report.aside:
                say(f"中心另存待查 {fault}")
            if not report.again and not report.waiting:
                break
    finally:
        line.close()
        store.close()
    say(f"已送出 {pushed:,} 条，取回 {pulled:,} 条，还有 {report.waiting:,} 条等着送。")
    if abs(report.skew) > 60:
        say(f"注意：这台电脑的时钟与中心差 {abs(report.skew)} 秒，请校准时间。")
    if report.waiting:
        raise typer.Exit(REFUSED)


@sync.command(cls=Command, help="用管理员给的登记码把这台电脑加入中心。")
def enrol(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="登记码", help="管理员在中心用 desk central enrol 生成的登记码")],
    server: Annotated[str, typer.Option("--server", metavar="网址", help="中心服务器地址，不写就用 desk.toml 里的")] = "",
) -> None:
    """Join central with a code, and note its address in the settings."""
    from data.records import Refused
    from data.sync import enrol as join

    home, config, store = opened(ctx)
    server = server or config.server
    if not server:
        raise Refused("请用 --server 写上中心服务器地址，例如 --server https://center.example.com")
    try:
        prefix = join(store, home, server, code, config.desk)
    finally:
        store.close()
    if server != config.server:
        note_server(home, server)
    say(f"已加入中心 {server}，本机单号字头 {prefix}。运行 desk sync 或打开柜台就会同步。")


def note_server(home: Path, server: str) -> None:
    """Write central's address into desk.toml and leave every other line of it as the office wrote it."""
    path = home / SETTINGS
    text = path.read_text(encoding="utf-8-sig")
    quoted = server.replace("\\", "\\\\").replace('"', '\\"')
    head, table, rest = text.partition("\n[")
    line = f'server = "{quoted}"'
    written, found = re.subn(r"""(?m)^server[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*')""", lambda _: line, head, count=1)
    if not found:
        written = f"{line}\n{head}"
    fresh = path.with_suffix(".new")
    fresh.write_text(written + table + rest, encoding="utf-8")
    fresh.replace(path)


# ── at central ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _central(ctx: typer.Context, database: str) -> "Iterator[Central]":
    """Central over its database, its tables made. Raises Refused where a part is missing or the database does not open."""
    from data.records import Refused

    try:
        import psycopg

        from data.central import Central, embedded

        place = Central(database or embedded(ctx.meta["home"] / "central"))
    except ModuleNotFoundError as error:
        raise Refused(f"没有中心的部件（{error.name}）：请安装 wuye-desk[central]") from error
    try:
        place.create()
        yield place
    except psycopg.ProgrammingError as error:
        raise Refused(f"中心的数据库打不开，请检查 --database 的网址（{str(error).splitlines()[0]}）") from error
    finally:
        place.close()


@central.command(cls=Command, help="开始服务，一直运行到被关掉。对外请放在 HTTPS 反向代理后面。")
def serve(
    ctx: typer.Context,
    database: Database = "",
    host: Annotated[str, typer.Option("--host", metavar="地址", help="在哪个地址上听，默认只在本机 127.0.0.1")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="端口", help="端口，默认 8470")] = 8470,
) -> None:
    """Answer desks until told to stop."""
    with _central(ctx, database) as place:
        say(f"中心已在 http://{host}:{port} 开始服务，按 Ctrl+C 停止。")
        ctx.obj.central(place, host, port)


@central.command(cls=Command, help="登记一个小区，给出它的编号。")
def estate(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="小区", help="小区名称")],
    database: Database = "",
) -> None:
    """Add an estate."""
    with _central(ctx, database) as place:
        say(f"已登记小区“{name}”，编号 {place.add_estate(name)}。")


@central.command("enrol", cls=Command, help="给一个前台生成登记码，只能用一次。")
def new_code(
    ctx: typer.Context,
    estate: Annotated[str, typer.Argument(metavar="小区", help="小区编号，或没有重名时的小区名称")],
    desk: Annotated[str, typer.Argument(metavar="前台", help="这个前台叫什么")],
    database: Database = "",
) -> None:
    """Make a code that enrols one desk."""
    from data.admission import LIFE

    with _central(ctx, database) as place:
        code = place.new_code(_estate(place, estate), desk)
    say(f"登记码 {code}")
    say(f"{LIFE // 60} 分钟内在那台电脑上运行：desk sync enrol {code} --server 中心网址")


def _estate(place: "Central", said: str) -> str:
    """The id of an estate, by its id or its name. Raises Refused where it is none or not the only one."""
    from data.records import Refused

    with place.work() as db:
        found = [str(row[0]) for row in db.execute("SELECT id FROM estate WHERE id = %s OR name = %s", (said, said))]
    if not found:
        raise Refused(f"中心没有登记“{said}”这个小区，请先运行 desk central estate {said}")
    if len(found) > 1:
        raise Refused(f"有 {len(found)} 个小区都叫“{said}”，请写编号：{'、'.join(found)}")
    return found[0]
