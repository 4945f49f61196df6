"""What is typed to set prices, to bring in charges and readings, and to bill a month."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from desk.lists import DryRun, File, carry_out, progress, readable
from desk.usage import Command, Group, misuse, opened, say

if TYPE_CHECKING:
    from desk.billing import Run
    from desk.tariffs import TariffRate

tariffs = typer.Typer(
    cls=Group, help="收费标准：每个项目的单价、周期、到期日、违约金。", add_completion=False, no_args_is_help=True
)
charges = typer.Typer(cls=Group, help="登记收费的房屋：哪一户有几个车位之类。", add_completion=False, no_args_is_help=True)
readings = typer.Typer(cls=Group, help="抄表读数。", add_completion=False, no_args_is_help=True)

CYCLE_WORDS = {"月": 1, "每月": 1, "季": 3, "每季": 3, "年": 12, "每年": 12}
AHEAD = 12
"""Months ahead that may be billed: a year fee in January; a year further on is a slip of the finger."""


@tariffs.command("set", cls=Command, help="设定或更改一个项目的收费标准，从一天起生效；更改时没写的照旧。")
def set_tariff(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="项目", help="收费项目，例如 物业费、停车费、电费")],
    price: Annotated[str, typer.Argument(metavar="单价", help="元：面积为每㎡每月，固定为每月，用量为每度或每吨")],
    since: Annotated[str, typer.Option("--since", metavar="日期", help="从哪天起，例如 2026-12-01")],
    klass: Annotated[
        str, typer.Option("--class", metavar="类别", help="物业费、停车、代收水电、公共收益 或 其他；新项目必写")
    ] = "",
    basis: Annotated[str, typer.Option("--basis", metavar="算法", help="面积、固定 或 用量；新项目必写")] = "",
    cycle: Annotated[str, typer.Option("--cycle", metavar="周期", help="月、季 或 年，默认月")] = "",
    due: Annotated[str, typer.Option("--due", metavar="期初/期末", help="到期日从哪头算，默认期末")] = "",
    due_days: Annotated[int | None, typer.Option("--due-days", metavar="天数", help="期初或期末之后几天到期，默认 0")] = None,
    applies: Annotated[
        str, typer.Option("--applies", metavar="范围", help="全部房屋 或 登记的房屋；默认面积收全部，其余收登记的")
    ] = "",
    penalty: Annotated[
        str, typer.Option("--penalty", metavar="百分数", help="每日违约金，例如 0.05；0 为不收。要同时写 --clause")
    ] = "",
    clause: Annotated[str, typer.Option("--clause", metavar="原文", help="合同里约定违约金的条款")] = "",
    grace: Annotated[int | None, typer.Option("--grace", metavar="天数", help="违约金宽限几天，默认 0")] = None,
    cap: Annotated[int | None, typer.Option("--cap", metavar="百分数", help="违约金最多为本金的百分之几，默认 100")] = None,
) -> None:
    """Set what an item costs from a day on."""
    from pydantic import ValidationError

    from data.records import Refused
    from desk.fee_sheets import why
    from desk.penalty import excessive
    from desk.rules import rules
    from desk.staff import COMMAND_LINE
    from desk.tariffs import BASES, DUES, TERMS, TariffChanged, TariffSet, item_name, parse_price, rates, tariff_id

    if cycle and cycle not in CYCLE_WORDS:
        misuse(f"“--cycle”没有“{cycle}”，请写 月、季 或 年")
    for option, said, words in (("--basis", basis, BASES), ("--due", due, DUES), ("--class", klass, CLASS_WORDS),
                                ("--applies", applies, APPLIES_WORDS)):  # fmt: skip
        if said and said not in words:
            misuse(f"“{option}”没有“{said}”，请写 {'、'.join(words)} 之一")
    try:
        item = item_name(item)
        typed = {
            "item": item, "price": parse_price(price), "since": since, "klass": klass, "basis": basis,
            "cycle": CYCLE_WORDS.get(cycle), "due": due, "due_days": due_days, "applies": applies,
            "penalty_ppm": parse_price(penalty) if penalty else None, "clause": clause, "grace": grace, "cap_percent": cap,
        }  # fmt: skip
    except ValueError as error:
        misuse(str(error))
    terms = {name: value for name, value in typed.items() if value not in ("", None)}
    _, _, store = opened(ctx)
    with store.read() as read:
        standing = rates(read, item)
        lpr = rules(read).lpr_bp
    if not standing and not (klass and basis):
        store.close()
        misuse(f"“{item}”是新项目，请写上 --class 类别 和 --basis 算法，例如 --class 物业费 --basis 面积")
    if standing:
        before = {name: getattr(standing[-1], name) for name in TERMS}
        if basis and basis != before["basis"]:
            del before["applies"]
        terms = before | terms
    try:
        event = (TariffChanged if standing else TariffSet).model_validate(terms)
    except ValidationError as error:
        raise Refused(why(error)) from error
    store.act(event, COMMAND_LINE, tariff_id(item) if standing else None)
    with store.read() as read:
        now = next(rate for rate in rates(read, item) if rate.since == event.since)
        say(f"已设定：{_line(now)}")
    if event.penalty_ppm and excessive(event.penalty_ppm, lpr):
        say("注意：这个违约金一年超过 LPR 的 1.3 倍，住户可以请求法院调低（民法典 §585）。")
    store.close()


CLASS_WORDS = ("物业费", "停车", "代收水电", "公共收益", "其他")
APPLIES_WORDS = ("全部房屋", "登记的房屋")


@tariffs.command("list", cls=Command, help="看收费标准，连同以后才生效的。")
def list_tariffs(ctx: typer.Context) -> None:
    """Say what each item costs, and from when."""
    from desk.fields import wall
    from desk.tariffs import rates

    _, _, store = opened(ctx)
    today = f"{wall():%Y-%m-%d}"
    with store.read() as read:
        lines = [f"{'（已停）' if rate.until and rate.until < today else ''}{_line(rate)}" for rate in rates(read)]
    store.close()
    for line in lines or ["还没有收费标准。设定：desk tariffs set 物业费 1.80 --class 物业费 --basis 面积 --since 2026-01-01"]:
        say(line)


def _line(rate: "TariffRate") -> str:
    """A rate in one line."""
    from desk.penalty import percent
    from desk.tariffs import CYCLES, price_text

    unit = {"面积": "元/㎡·月", "固定": "元/月"}.get(rate.basis, "元/单位用量")
    until = f"～{rate.until}" if rate.until else " 起"
    said = [f"{rate.item}（{rate.klass}）{price_text(rate.price)} {unit}", f"{rate.since}{until}", f"{CYCLES[rate.cycle]}出账"]
    said += [f"{rate.due}{f'后 {rate.due_days} 天' if rate.due_days else ''}到期", rate.applies]
    if rate.penalty_ppm:
        grace = f"宽限 {rate.grace} 天，" if rate.grace else ""
        said.append(f"违约金 {percent(rate.penalty_ppm)}/日（{grace}最多为本金的 {rate.cap_percent}%，依据：{rate.clause}）")
    return "，".join(said)


@tariffs.command("end", cls=Command, help="停一个项目，收到一天为止。")
def end_tariff(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="项目", help="收费项目")],
    until: Annotated[str, typer.Option("--until", metavar="日期", help="收到哪天为止，例如 2026-12-31")],
) -> None:
    """End what is charged for an item."""
    from pydantic import ValidationError

    from data.records import Refused
    from desk.fee_sheets import why
    from desk.staff import COMMAND_LINE
    from desk.tariffs import TariffEnded, rates, tariff_id

    try:
        event = TariffEnded(until=until)
    except ValidationError as error:
        raise Refused(why(error)) from error
    item = " ".join(item.split())
    _, _, store = opened(ctx)
    with store.read() as read:
        known = sorted({rate.item for rate in rates(read)})
    if item not in known:
        raise Refused(f"没有“{item}”的收费标准，现有的项目：{'、'.join(known) or '无'}")
    store.act(event, COMMAND_LINE, tariff_id(item))
    store.close()
    say(f"“{item}”收到 {event.until} 为止。")


# ── lists ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@charges.command(
    "import", cls=Command, help="导入登记收费的房屋：房号、项目、数量、开始日期、结束日期。有一处看不懂就整张不写入。"
)
def import_charges(ctx: typer.Context, file: File, dry_run: DryRun = False) -> None:
    """Register what rooms have, from an office's list."""
    from desk.fee_sheets import plan_charges, read_charges
    from desk.imports import known_rooms

    _, _, store = opened(ctx)
    with store.read() as read:
        known = known_rooms(read)
    sheet = readable(file, lambda path: read_charges(path, known))
    with store.read() as read:
        plan = plan_charges(read, sheet)
    carry_out(store, plan, sheet.ignored_columns, "户", dry_run)


@readings.command("import", cls=Command, help="导入一个月的抄表：房号、项目、上期、本期。上期不写就接上一次的读数。")
def import_readings(
    ctx: typer.Context,
    file: File,
    month: Annotated[str, typer.Option("--month", metavar="月份", help="哪个月的抄表，例如 2026-12")],
    dry_run: DryRun = False,
) -> None:
    """Take down what meters showed, from an office's list."""
    from desk.fee_sheets import plan_readings, read_readings
    from desk.imports import known_rooms
    from desk.periods import month as month_of

    try:
        month = month_of(month)
    except ValueError as error:
        misuse(str(error))
    _, _, store = opened(ctx)
    with store.read() as read:
        known = known_rooms(read)
    sheet = readable(file, lambda path: read_readings(path, known))
    with store.read() as read:
        plan = plan_readings(read, sheet, month)
    carry_out(store, plan, sheet.ignored_columns, "户", dry_run)


# ── billing ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def run_bills(
    ctx: typer.Context,
    period: Annotated[str, typer.Option("--period", metavar="月份", help="出哪个月的账，例如 2026-12")],
    dry_run: DryRun = False,
) -> None:
    """Bill a month: say what there is to bill, then write all of it or nothing."""
    from data.records import Refused
    from desk.billing import plan_run
    from desk.fields import wall
    from desk.money import yuan
    from desk.periods import month
    from desk.prepaid import apply_all
    from desk.staff import COMMAND_LINE

    _, _, store = opened(ctx)
    with store.read() as read:
        run = plan_run(read, period, COMMAND_LINE)
    period = month(period)
    if _months_ahead(period, wall().date()) > AHEAD:
        raise Refused(f"{period} 在一年以后，是不是写错了年份？请核对账期")
    _preview(run, period)
    if dry_run:
        say("试算，没有写入；去掉 --dry-run 再运行就会写入。" if run.acts else "试算，没有写入。")
        store.close()
        return
    if run.acts:
        store.act_all(run.acts, COMMAND_LINE, progress(len(run.acts)))
        say(f"已出账单 {len(run.acts):,} 笔，共 {yuan(run.fen)} 元。")
    count, fen = apply_all(store, COMMAND_LINE)
    if count:
        say(f"预存抵扣 {count:,} 笔，共 {yuan(fen)} 元。")
    store.close()


def _months_ahead(period: str, today: date) -> int:
    first = date.fromisoformat(f"{period}-01")
    return (first.year - today.year) * 12 + first.month - today.month


def _preview(run: "Run", period: str) -> None:
    from desk.money import yuan

    for total in run.totals:
        called = total.item if total.item == total.klass else f"{total.item}（{total.klass}）"
        say(f"{called}：{total.count:,} 笔，{yuan(total.fen)} 元")
    for note in run.notes:
        say(f"注意 {note}")
    if run.skipped:
        say(f"已出过的 {run.skipped:,} 笔不再出。")
    if not run.acts:
        say(f"{period} 没有要出的账单。")


def sold(
    ctx: typer.Context,
    room: Annotated[str, typer.Argument(metavar="房号", help="例如 3-2-501")],
    day: Annotated[str, typer.Option("--date", metavar="日期", help="新业主的第一天，例如 2026-12-15")],
    seller: Annotated[str, typer.Option("--seller", metavar="姓名", help="原业主")],
    buyer: Annotated[str, typer.Option("--buyer", metavar="姓名", help="新业主")],
    dry_run: DryRun = False,
) -> None:
    """Register a sale and split the open bills of its period."""
    from pydantic import ValidationError

    from data.records import Refused
    from desk.billed import Billed
    from desk.fee_sheets import why
    from desk.money import yuan
    from desk.sales import sale_acts
    from desk.staff import COMMAND_LINE

    _, _, store = opened(ctx)
    try:
        with store.read() as read:
            transfer = sale_acts(read, room, day, seller, buyer, COMMAND_LINE)
    except ValidationError as error:
        raise Refused(why(error)) from error
    if not dry_run:
        store.act_all(transfer.acts, COMMAND_LINE)
    for event, _ in transfer.acts:
        if isinstance(event, Billed):
            say(f"{event.item} {event.period_from}～{event.period_to} {yuan(event.fen)} 元，由 {event.owner} 承担")
    for note in transfer.notes:
        say(f"注意 {note}")
    store.close()
    say("试算，没有写入；去掉 --dry-run 再运行就会登记。" if dry_run else f"已登记 {room} 过户。住户变更请在柜台办理。")
