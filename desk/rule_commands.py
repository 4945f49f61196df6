"""What a supervisor sets for every desk of the estate on the command line: the limits of desk/rules.py."""

from typing import Annotated

import typer

from desk.usage import Command, Group, misuse, opened, say

rules = typer.Typer(
    cls=Group,
    help="全小区共用的规则：预存、长短款、退款、班次、催告、访客信息、报修。",
    add_completion=False,
    no_args_is_help=True,
)


@rules.command("show", cls=Command, help="看现在的规则。")
def show(ctx: typer.Context) -> None:
    """Say every limit as it stands."""
    from desk.money import yuan
    from desk.rules import rules as stand

    _, _, store = opened(ctx)
    with store.read() as read:
        found = stand(read)
    store.close()
    say(f"预存最多 {found.prepay_months} 个月")
    say(f"长短款 {yuan(found.difference_limit)} 元以内收费员自己结，超过要主管复核")
    say(f"备用金退款每笔最多 {yuan(found.cash_refund_limit)} 元")
    say(f"一班最长 {found.shift_hours} 小时，超过要先结班再收款")
    say(f"LPR {found.lpr_bp / 100:.2f}%（提示违约金是否过高）")
    say(f"催告给 {found.notice_days} 天")
    say(f"访客信息保存 {found.visitor_days} 天")
    say(f"维修保修 {found.warranty_days} 天，期内返修不收费")
    say(f"报修完工 {found.auto_close_days} 天没回访，标“未回访自动关闭”")
    say(f"关怀名单 {found.care_hour} 点还没见到的标红")


@rules.command("set", cls=Command, help="改规则，没写的不变；会同步到每一台前台。")
def set_rules(
    ctx: typer.Context,
    prepay_months: Annotated[
        int | None, typer.Option("--prepay-months", metavar="月数", help="预存最多几个月，0 为不收")
    ] = None,
    difference: Annotated[
        str, typer.Option("--difference-limit", metavar="元", help="长短款多少以内收费员自己结，如 10.00")
    ] = "",
    cash_refund: Annotated[str, typer.Option("--cash-refund-limit", metavar="元", help="备用金退款每笔上限，如 200")] = "",
    shift_hours: Annotated[int | None, typer.Option("--shift-hours", metavar="小时", help="一班最长几小时")] = None,
    lpr: Annotated[str, typer.Option("--lpr", metavar="百分数", help="一年期 LPR，如 3.00")] = "",
    notice_days: Annotated[int | None, typer.Option("--notice-days", metavar="天数", help="催告的合理期限")] = None,
    visitor_days: Annotated[int | None, typer.Option("--visitor-days", metavar="天数", help="访客信息保存几天")] = None,
    warranty: Annotated[int | None, typer.Option("--warranty-days", metavar="天数", help="返修不收费的保修期")] = None,
    auto_close: Annotated[int | None, typer.Option("--auto-close-days", metavar="天数", help="没回访多少天自动关闭")] = None,
    care_hour: Annotated[int | None, typer.Option("--care-hour", metavar="钟点", help="关怀几点还没见到就标红")] = None,
) -> None:
    """Change limits."""
    from pydantic import ValidationError

    from data.records import Refused
    from desk.money import parse_yuan
    from desk.rules import KEY, Rules, RulesChanged, RulesSet
    from desk.staff import COMMAND_LINE

    try:
        said = {
            "prepay_months": prepay_months,
            "difference_limit": parse_yuan(difference) if difference else None,
            "cash_refund_limit": parse_yuan(cash_refund) if cash_refund else None,
            "shift_hours": shift_hours,
            "lpr_bp": parse_yuan(lpr) if lpr else None,  # 3.00 % is 300, as 3.00 yuan are 300 fen
            "notice_days": notice_days,
            "visitor_days": visitor_days,
            "warranty_days": warranty,
            "auto_close_days": auto_close,
            "care_hour": care_hour,
        }
    except ValueError as error:
        misuse(str(error))
    if all(value is None for value in said.values()):
        misuse("请写上要改哪一条规则，可改的见 desk rules set --help")
    _, _, store = opened(ctx)
    with store.read() as read:
        known = read.get(Rules, KEY)
    try:
        event = (RulesChanged if known else RulesSet).model_validate(said)
    except ValidationError as error:
        raise Refused("；".join(str(fault["ctx"]["error"]) for fault in error.errors())) from error
    store.act(event, COMMAND_LINE, KEY if known else None)
    store.close()
    say("已改好。看全部：desk rules show")
