"""The paper of a repair that is signed or taken along: 报价单 before the work, 完工单 to pay by, 转办单 with whom to ask."""

from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk import staff
from desk.money import yuan
from desk.repair_lines import Line, counted, total
from desk.slip_lines import AMOUNTS, Row, sign, when
from desk.slip_lines import total as sum_of
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.repair_events import Finished, Quoted
    from desk.repairs import Repair


def _head(record: "Repair", entry: Entry, by: Actor) -> list[Node]:
    return [
        Pair("单号", record.number, bold=True),
        Pair("房号", record.room, bold=True),
        Pair("事项", f"{record.category} {record.problem}"),
        Pair("时间", when(entry.at)),
        Pair("经办", f"{staff.POSTS.get(by.role, '')} {by.name}"),
    ]


def _lines(lines: tuple[Line, ...]) -> list[Node]:
    """Each line with what it comes to, below it how many at what price."""
    rows: list[Row] = []
    for line in lines:
        rows += [(line.item, yuan(line.fen)), (f"  {counted(line.qty, line.unit)}×{yuan(line.price)}",)]
    return [Table(tuple(rows), *AMOUNTS)]


def quote_slip(record: "Repair", event: "Quoted", entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """The quote (报价单, domain.md B1): each line, the most it may come to, and where the household signs before the work."""
    nodes: list[Node] = [
        *_head(record, entry, by),
        Rule(),
        *_lines(event.lines),
        Rule(),
        Pair("合计", f"￥{yuan(total(event.lines))}", bold=True),
        *sum_of("最多不超过", event.most),
        Text("本单为报价确认，签字后施工", bold=True),
        Text("不同意可以不修"),
        *sign("住户签字", "日期"),
        Feed(1),
        token,
    ]
    return Slip("quote", "维修报价单", tuple(nodes), copies=("客户联", "存根联"), large=large, money=True)


def finish_slip(record: "Repair", event: "Finished", entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """What was done and what it comes to (完工单); the receipt is another paper, given when the money is."""
    nodes: list[Node] = [
        *_head(record, entry, by),
        Pair("师傅", record.worker),
        Pair("结果", record.result),
        Rule(),
        *_lines(event.lines),
        Rule(),
        *sum_of("应付", record.cost),
        Text(f"签字报价上限 {yuan(record.cap)} 元"),
        Text("请到前台交费，本单不是收据"),
        *sign("住户签字", "维修签字"),
        Feed(1),
        token,
    ]
    return Slip("done", "维修完工单", tuple(nodes), large=large, money=True)


def transfer_slip(record: "Repair", entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """To whom it was passed on, with their number in large type (转办单); we still ask how it went."""
    nodes: list[Node] = [
        *_head(record, entry, by),
        Rule(),
        Text("这一项由"),
        Text(record.sent_to, size=2, bold=True),
        Text("负责，电话"),
        Text(record.sent_phone, size=2, bold=True),
        Rule(),
        Text("我们会打电话回访，没人来修\n请报单号找我们"),
        Feed(1),
        token,
    ]
    return Slip("transfer", "报修转办单", tuple(nodes), large=large)
