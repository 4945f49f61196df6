"""What is typed to get to know a printer: the calibration slip, and the answers that become its settings."""

from typing import TYPE_CHECKING, Annotated

import typer

from desk.trouble import REFUSED, complain
from desk.usage import misuse, say

if TYPE_CHECKING:
    from desk.calibrate import Question
    from desk.config import Printer


def calibrate(
    ctx: typer.Context,
    name: Annotated[str, typer.Option("--printer", metavar="名称", help="哪一台；只有一台时不用写")] = "",
    lines: Annotated[str, typer.Option("--lines", metavar="行号", help="1–4 行里打对的，例如 12")] = "",
    ruler: Annotated[str, typer.Option("--ruler", metavar="列数", help="尺子第一行印到第几列，24 到 48")] = "",
    double: Annotated[str, typer.Option("--double", metavar="A/B", help="6A、6B 里大小打对的；都不对写 0")] = "",
    codes: Annotated[str, typer.Option("--codes", metavar="8/9", help="扫得出的二维码；都扫不出写 0")] = "",
    drawer: Annotated[str, typer.Option("--drawer", metavar="y/n", help="钱箱弹开没有；也可以写接在哪一脚：2 或 5")] = "",
    beep: Annotated[str, typer.Option("--beep", metavar="y/n", help="以后每张单据要不要响两声")] = "",
    cut: Annotated[str, typer.Option("--cut", metavar="y/n", help="纸切开没有")] = "",
    no_print: Annotated[bool, typer.Option("--no-print", help="不打单，对着已经打出的纸回答")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="什么也不问，没写的照旧，供脚本使用")] = False,
) -> None:
    """Print the calibration slip of one printer, ask what came out right, and change its settings in desk.toml."""
    from desk.calibrate import QUESTIONS, VOICES, changes, chosen, try_out, voice
    from desk.config import PROFILE, change_printer, read_config
    from desk.folder import SETTINGS, require
    from printers.trial import trial

    home = ctx.meta["home"]
    require(home)
    printer = chosen(read_config(home), name)
    said = {"lines": lines, "ruler": ruler, "double": double, "codes": codes, "drawer": drawer, "beep": beep, "cut": cut}
    answers = {option: answer for option, answer in said.items() if answer}
    for option, answer in answers.items():
        try:
            changes({option: answer}, printer)
        except ValueError as error:
            misuse(f"--{option}：{error}")
    heard = None
    if not no_print:
        say(f"正在“{printer.name}”上打校准单，等它回话（可能要十几秒）……")
        outcome, heard = try_out(printer, trial(printer.name, printer.drawer_pin))
        say(f"校准单已在“{printer.name}”上打出。" if outcome.confirmed else _UNSEEN)
    if not yes:
        say("请对着纸回答，直接回车就用方括号里的。")
        try:
            for question in QUESTIONS:
                if question.name not in answers:
                    answers[question.name] = _answer(question, printer, tried=not no_print)
        except typer.Abort:
            complain("没有答完，设置没有改。纸留着，加上 --no-print 可以接着答，不再打一张")
            raise typer.Exit(REFUSED) from None
    elif heard == "no":
        heard = None  # nobody has said that there is paper: it may as well be switched off
    spoken = voice(printer, heard)
    changed = changes(answers, printer) | spoken
    if not changed:
        say(f"打印机“{printer.name}”和原来的设置一样，没有改动。")
        return
    change_printer(home, printer, changed)
    say(f"已改 {SETTINGS} 里打印机“{printer.name}”的设置：")
    for key, value in changed.items():
        if key in spoken:
            assert heard is not None
            say(f"  {key}：{value}（{VOICES[heard]}）")
            continue
        say(f"  {key}：{str(getattr(printer, key)).lower()} → {str(value).lower()}（{PROFILE[key]}）")
    say("柜台重新打开后照新的打；可以再用 desk print test 打一张看看。")


_UNSEEN = "校准单已经送出，这里看不到打没打出来：请看纸；没有出纸就按 Ctrl+C，查好电源和连线再来。"


def _answer(question: "Question", printer: "Printer", tried: bool) -> str:
    """An answer that can be used; a drawer that stayed shut is tried on its other pin, where the slip was printed now."""
    answer = _ask(question.asks, question, question.stands(printer), printer)
    if question.name != "drawer" or not tried or question.means(answer, printer).get("drawer"):
        return answer
    from data.records import Refused
    from desk.calibrate import send
    from printers.trial import kick

    other = 5 if printer.drawer_pin == 2 else 2
    try:
        send(printer, kick(other))
    except Refused as refused:
        complain(f"没能换一脚再试：{refused}")
        return answer
    again = _ask("刚才换一脚又试了一次，这回弹开了吗（y 弹开了，n 没有或没接钱箱）", question, "n", printer)
    return str(other) if question.means(again, printer).get("drawer") else again


def _ask(asks: str, question: "Question", default: str, printer: "Printer") -> str:
    while True:
        answer = str(typer.prompt(asks, default=default))
        try:
            question.means(answer, printer)
        except ValueError as error:
            complain(str(error))
        else:
            return answer
