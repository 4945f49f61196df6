"""What an administrator types: setting a desk up, filling it from lists, looking after it, handing its data over."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.central_commands import central, sync
from desk.fee_commands import charges, readings, run_bills, sold, tariffs
from desk.folder import SETTINGS, default_home, require, require_none
from desk.lists import DryRun, File, carry_out, progress, readable
from desk.print_commands import calibrate
from desk.report_commands import HELP as REPORT_HELP
from desk.report_commands import report
from desk.rule_commands import rules
from desk.trouble import REFUSED, complain
from desk.usage import Command, Group, misuse, opened, say

if TYPE_CHECKING:
    from data.central import Central
    from desk.config import Config


@dataclass(frozen=True, slots=True)
class Faces:
    """What may be shown to people; given by the one module that looks up, so that no command knows a screen."""

    counter: "Callable[[Path, bool], None]"
    central: "Callable[[Central, str, int], None]"


def _group(said: str) -> typer.Typer:
    return typer.Typer(cls=Group, help=said, add_completion=False, no_args_is_help=True)


app = typer.Typer(
    name="desk",
    cls=Group,
    help="物业前台：报修、访客、快递、收费，打单、离线、多台同步。不带命令直接打开柜台。",
    add_completion=False,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
)
residents, bills, printing = _group("住户登记。"), _group("账单。"), _group("打印机。")
app.add_typer(residents, name="residents")
app.add_typer(tariffs, name="tariffs")
app.add_typer(charges, name="charges")
app.add_typer(readings, name="readings")
app.add_typer(bills, name="bills")
app.add_typer(sync, name="sync")
app.add_typer(rules, name="rules")
app.add_typer(printing, name="print")
app.add_typer(central, name="central")
app.command("report", cls=Command, help=REPORT_HELP)(report)


@app.callback()
def home_of(
    ctx: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="目录", envvar="DESK_HOME", help="前台数据所在的目录；不写就用本机默认的")
    ] = None,
) -> None:
    """Take the folder the command is about; without a command, open its counter."""
    ctx.meta["home"] = (home or default_home()).absolute()
    if ctx.invoked_subcommand is None:
        ctx.obj.counter(ctx.meta["home"], False)


# ── setting up ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@app.command(cls=Command, help="看演示：一个编好的小区，首次运行时造好，不影响正式数据。")
def demo(
    ctx: typer.Context,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="目录", help="演示数据放在哪个目录；不写就在前台目录下的 demo")
    ] = None,
) -> None:
    """Make the demonstration where it is not there yet, and open its counter."""
    from desk.demo import prepare

    place = (home or ctx.meta["home"] / "demo").absolute()
    prepare(place, say)
    ctx.obj.counter(place, True)


@app.command(cls=Command, help="设置一个新前台。没写的会问；--yes 不问，用默认值。")
def setup(
    ctx: typer.Context,
    estate: Annotated[str, typer.Option("--estate", metavar="名称", help="小区名称，1 到 20 个字")] = "",
    desk: Annotated[str, typer.Option("--desk", metavar="名称", help="这个前台叫什么，默认“前台”")] = "",
    phone: Annotated[str, typer.Option("--phone", metavar="号码", help="印在单据上的服务电话")] = "",
    server: Annotated[str, typer.Option("--server", metavar="网址", help="中心服务器地址，没有不写")] = "",
    manager: Annotated[str, typer.Option("--manager", metavar="姓名", help="第一位主管")] = "",
    pin: Annotated[
        str, typer.Option("--pin", metavar="密码", envvar="DESK_PIN", help="主管的密码，6 位以上数字；不写会问，不显示")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="什么也不问，供脚本使用")] = False,
) -> None:
    """Found a desk in the folder."""

    home: Path = ctx.meta["home"]
    require_none(home)
    if yes:
        missing = [name for name, said in (("--estate", estate), ("--manager", manager), ("--pin", pin)) if not said]
        if missing:
            misuse(f"用 --yes 时要写上 {'、'.join(missing)}")
    else:
        estate = estate or typer.prompt("小区名称")
        desk = desk or typer.prompt("这个前台叫什么", default="前台")
        phone = phone or typer.prompt("服务电话（可空）", default="", show_default=False)
        server = server or typer.prompt("中心服务器地址（没有就空着）", default="", show_default=False)
        manager = manager or typer.prompt("主管姓名")
        pin = pin or _new_pin()
    from desk.setup import found

    config = _settings(estate, desk or "前台", phone, server)
    store, _ = found(home, config, manager, pin)
    store.close()
    say(f"已在 {home} 设好“{config.estate}”的{config.desk}，主管 {manager}。")
    say("下一步：desk residents import 住户表.xlsx 导入住户；desk 打开柜台。")
    say(f"单据现在存成文件；接打印机请在 {home / SETTINGS} 里加上 [[printer]]，再用 desk print calibrate 校准。")


def _settings(estate: str, desk: str, phone: str, server: str) -> "Config":
    """The settings a new desk begins with. Raises Refused."""
    from pydantic import ValidationError

    from data.records import Refused
    from desk.config import Config

    try:
        return Config(estate=estate.strip(), desk=desk.strip(), phone=phone.strip(), server=server.strip())
    except ValidationError as error:
        names = {"estate": "小区名称要 1 到 20 个字", "desk": "前台的名称要 1 到 10 个字"}
        raise Refused("；".join(names[str(fault["loc"][0])] for fault in error.errors())) from error


def _new_pin() -> str:
    """A PIN typed twice, not shown."""
    while True:
        first = str(typer.prompt("主管密码（6 位以上数字，不显示）", hide_input=True))
        if first == typer.prompt("再输一遍", hide_input=True):
            return first
        complain("两遍不一样，请重新输入")


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@residents.command("import", cls=Command, help="导入住户表。只增改，从不删人；有一处看不懂就整张不写入。")
def import_residents(ctx: typer.Context, file: File, dry_run: DryRun = False) -> None:
    """Bring the register up to date from an office's list."""
    from desk.imports import plan_residents
    from desk.sheets import read_residents

    _, _, store = opened(ctx)
    sheet = readable(file, read_residents)
    with store.read() as read:
        plan = plan_residents(read, sheet)
    carry_out(store, plan, sheet.ignored_columns, "户", dry_run)


@bills.command("import", cls=Command, help="导入账单表。同一笔不会出两次；金额与已有的不同就整张不写入。")
def import_bills(ctx: typer.Context, file: File, dry_run: DryRun = False) -> None:
    """Bill households from an office's list."""
    from desk.imports import known_rooms, plan_bills
    from desk.sheets import read_bills

    _, _, store = opened(ctx)
    with store.read() as read:
        known = known_rooms(read)
    sheet = readable(file, lambda path: read_bills(path, known))
    with store.read() as read:
        plan = plan_bills(read, sheet)
    carry_out(store, plan, sheet.ignored_columns, "笔", dry_run)


bills.command("run", cls=Command, help="按收费标准出一个月的账单。先 --dry-run 看；已出过的不会再出。")(run_bills)
residents.command("sold", cls=Command, help="登记房屋过户，跨过户日的未缴账单按天拆给原业主和新业主。")(sold)


# ── looking after ──────────────────────────────────────────────────────────────────────────────────────────────────────


@app.command(cls=Command, help="全面检查：设置、日志、校验值、记录、待打单据、打印机地址。有毛病时退出码为 1。")
def check(ctx: typer.Context) -> None:
    """Look everything over and say what was looked at."""
    from desk.checkup import look_over

    require(ctx.meta["home"])
    found = look_over(ctx.meta["home"])
    for line in found.checked:
        say(f"查过 {line}")
    for line in found.notes:
        say(f"注意 {line}")
    for line in found.faults:
        complain(f"毛病 {line}")
    if found.faults:
        raise typer.Exit(REFUSED)
    say("一切正常。")


@app.command(cls=Command, help="由日志重建所有记录表。日志不变，随时可以做。")
def rebuild(ctx: typer.Context) -> None:
    """Make every table anew from the journal."""
    _, _, store = opened(ctx)
    folded = store.rebuild(progress(0))
    store.close()
    say(f"已由 {folded:,} 条日志重建所有记录。")


@printing.command("test", cls=Command, help="在每台打印机上立刻打一张测试单。打不出时退出码为 1。")
def print_test(ctx: typer.Context) -> None:
    """Print the test slip on every printer."""
    from desk.checkup import print_test as printed
    from desk.config import read_config

    home: Path = ctx.meta["home"]
    require(home)
    failed = False
    for printer, said, fault in printed(read_config(home), home):
        (complain if fault else say)(f"打印机“{printer.name}”（{printer.url}）：{said}")
        failed = failed or fault
    if failed:
        raise typer.Exit(REFUSED)


printing.command("calibrate", cls=Command, help="校准一台打印机：打一张校准单，问打对了哪些，记进 desk.toml。")(calibrate)


@app.command(cls=Command, help="导出全部数据：每张记录表和每条日志，开放格式。内有住户个人信息，请妥善保管；员工密码不导出。")
def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="目录", help="导出到哪个新目录")],
    kind: Annotated[str, typer.Option("--format", metavar="格式", help="xlsx（一个工作簿）、csv 或 jsonl，默认 xlsx")] = "xlsx",
) -> None:
    """Write everything the desk knows into a new folder."""
    from desk.export import FORMATS, format_of
    from desk.export import export as write_all

    if kind not in FORMATS:
        misuse(f"没有“{kind}”这种格式，只有 {'、'.join(FORMATS)}")
    _, _, store = opened(ctx)
    counts = write_all(store, folder, format_of(kind))
    store.close()
    say(f"已导出到 {folder}：{len(counts)} 张表，共 {sum(counts.values()):,} 行，说明见 说明.txt。")
    say("内有住户个人信息，请妥善保管，用完即删。")
