"""The paper of asking for what is overdue: 欠费通知单, 催告函, their 送达回执, and what goes to the lawyers (domain.md B4)."""

from typing import TYPE_CHECKING

from sqlmodel import Session

from data.entry import Entry
from data.records import Actor
from desk import china, demands, residents
from desk.money import yuan
from desk.slip_lines import AMOUNTS, charged, sign, total, when
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.demands import Demand, Made


def _claimed(event: "Made") -> list[Node]:
    """What is asked for, line by line, and in all."""
    rows = tuple(row for claim in event.bills for row in charged(claim.item, claim.period, claim.fen))
    return [Rule(), Table(rows, *AMOUNTS), Rule(), *total("合计", sum(claim.fen for claim in event.bills))]


def for_household(read: Session, record: "Demand", event: "Made", entry: Entry, token: QR, by: Actor) -> Slip:
    """欠费通知单 or 催告函: the room and no name, so that it may lie in a sealed cover at any door.

    Neutral, and it says that no service hangs on it (民法典 §944: what is owed is never pressed by withholding). Lines of at
    most 16 characters, so that none breaks in mid-word on 58 mm.
    """
    asks = "贵户有下列费用到期未缴："
    says = [
        "请到前台缴，现金、扫码、刷卡都行",
        "也可以转账，请写明房号。",
        "已缴的请不必理会，或带收据核对。",
        "对金额有疑问，请找主管核对账单，",
        "也可向业委会、社区、12345 反映。",
        "有困难请来商量，可以分次缴。",
    ]
    if event.stage == demands.LETTER:
        asks = "欠费通知已送达，下列费用仍未缴。\n依《民法典》第九百四十四条，请在合理期限内缴清："
        says.append("期满不缴，可能依法起诉或申请仲裁")
    nodes: list[Node] = [
        Pair("单号", record.number),
        Pair("房号", event.room, size=2, bold=True),
        Text(asks),
        *_claimed(event),
        Text(f"请在 {event.pay_by} 前缴纳（含当天）", bold=True),
        Rule(),
        Text("\n".join(says)),  # one text, so that large print has its lines in one size
        Text("逾期不影响报修、访客、快递等服务", bold=True),
        Rule(),
        Text(f"经办 {by.name}  {entry.at[:10]}"),
        *sign("收件人签字"),
        Feed(1),
        token,
        Text("封口送达，请勿张贴姓名", align="center"),
    ]
    return Slip("demand", event.stage, tuple(nodes), large=residents.wants_large_print(read, event.room), money=True)


def _debtor(read: Session, event: "Made") -> list[Node]:
    """Who owes it, masked: the owner of then, or the first of the household."""
    people = residents.household(read, event.room)
    role, name = ("原业主", event.owner) if event.owner else (people[0][0].role, people[0][1].name) if people else ("", "")
    return [Pair(role, china.mask_name(name))] if name else []


def proof(read: Session, record: "Demand", event: "Made", token: QR) -> Slip:
    """The office's copy, signed where it is delivered (送达回执): what proves that the household was asked."""
    nodes: list[Node] = [
        Pair(event.stage, record.number, bold=True),
        Pair("房号", event.room, size=2, bold=True),
        *_debtor(read, event),
        Pair("合计", f"{len(event.bills)} 笔 ￥{yuan(sum(claim.fen for claim in event.bills))}"),
        Pair("缴费期限", event.pay_by),
        Rule(),
        Text("□当面签收 □家属签收 □张贴\n□快递 □电话"),
        *sign("收件人签字", "送达人签字", "见证人签字"),
        Text("送达时间 ____-__-__ __:__"),
        Text("张贴须两人在场，请勿张贴姓名"),
        Text("本联前台留存，送达后请登记"),
        Feed(1),
        token,
    ]
    return Slip("proof", "送达回执", tuple(nodes), money=True)


def for_lawyers(read: Session, record: "Demand", event: "Made", entry: Entry, token: QR, by: Actor) -> Slip:
    """What goes to the lawyers: what is owed, and which demands reached the household, when, how, and to be paid by when."""
    asked = {claim.bill for claim in event.bills}
    proofs = [
        Text(f"{one.stage} {one.number} 限 {one.pay_by}\n  {one.delivered_at[:10]} {one.way} {one.tracking}".rstrip())
        for one in reversed(demands.demands_of(read, event.room, by))
        if one.state == demands.DELIVERED and asked & {line.bill for line in demands.lines_of(read, one, by)}
    ]
    nodes: list[Node] = [
        Pair("单号", record.number),
        Pair("房号", event.room, size=2, bold=True),
        *_debtor(read, event),
        *_claimed(event),
        Rule(),
        Text("送达记录", bold=True),
        *proofs,
        Rule(),
        Text(f"经办 {by.name}  {when(entry.at)}"),
        *sign("法务签收"),
        Feed(1),
        token,
    ]
    return Slip("demand", "欠费移交单", tuple(nodes), money=True)
