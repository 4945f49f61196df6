"""The paper of a repair: the household's copy with its promises in large type, and the worker's with whom to ring."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import Session

from data.entry import Entry
from data.records import Actor
from desk import residents, staff
from desk.repair_guide import cost_of
from desk.slip_lines import sign
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.repairs import Repair

CARE_WORDS = {"独居": "独居·先打电话再敲门", "听力": "听力不好·多敲几下多等一会", "不便": "行动不便·请多等一会"}
"""What the worker is told of a household, by care flag; the flag's reason stays at the desk."""


WAYS_IN_WORDS = {"钥匙在前台": "钥匙在前台·领用要登记·两人进门", "要家属在场": "家属到场才进门"}
"""What the worker is told of how to get in."""


def _by_when(promise: str) -> str:
    """`11月20日 14:30前`: 16 columns, one line of double size on 58 mm."""
    when = datetime.fromisoformat(promise)
    return f"{when.month}月{when.day}日 {when:%H:%M}前"


def _promised(record: "Repair") -> list[Node]:
    nodes: list[Node] = []
    for label, promise in (("承诺到场", record.promised_arrive), ("承诺修好", record.promised_done)):
        if promise:
            nodes += [Text(label), Text(_by_when(promise), size=2, bold=True)]
    return nodes or [Text("工程类维修，日期由主管另行答复")]


def _whose(record: "Repair") -> list[Node]:
    """Whose it is to mend and what that costs; mended again, it costs nothing."""
    nodes: list[Node] = [Text(f"第 {record.redo} 次返修", bold=True)] if record.redo_of else []
    if record.duty:
        nodes.append(Pair("责任", record.duty))
    return [*nodes, Text("费用"), Text(f"  {cost}", bold=True)] if (cost := cost_of(record)) else nodes


def household_slip(read: Session, record: "Repair", entry: Entry, token: QR, by: Actor) -> Slip:
    """The household's copy (受理单, domain.md B1): number and promises large; neither name nor phone lies on the counter."""
    nodes: list[Node] = [
        Text(record.number, size=3, bold=True, align="center"),
        Rule(),
        Pair("房号", record.room, bold=True),
        Pair("事项", f"{record.category} {record.problem}"),
        Pair("登记", f"{entry.at[:10]} {entry.at[11:16]}"),
        Pair("经办", f"{staff.POSTS.get(by.role, '')} {by.name}"),
    ]
    if record.when_home:
        nodes.append(Pair("预约", record.when_home))
    nodes += [
        Rule(),
        *_promised(record),
        Rule(),
        *_whose(record),
        Text("查询、催办请报单号"),
        Text("修好后评价 满意□ 一般□ 不满□"),
        Feed(1),
        token,
    ]
    return Slip("repair", "报修受理单", tuple(nodes), large=residents.wants_large_print(read, record.room))


def _used(record: "Repair") -> list[Node]:
    """Room for what was used: with prices only where the household may be asked to pay, for a quote that is signed first."""
    blank = f"{'_' * 12} {'_' * 6} {'_' * 7}"
    if record.redo_of or record.duty not in ("", "业主自理", "现场查明"):
        return [Text("用料（不收费）"), Text("_" * 27)]
    return [Text("要收费先回前台报价签字", bold=True), Text("用料/工时    数量   单价"), *(Text(blank) for _ in range(3))]


def worker_slip(read: Session, record: "Repair", entry: Entry, token: QR, by: Actor) -> Slip:
    """The worker's copy (派工单): whom to ring, what to mind at this door, and room to sign."""
    flags = {flag for _, person in residents.household(read, record.room) for flag in person.care.split(",")}
    minded = [text for flag, text in CARE_WORDS.items() if flag in flags]
    nodes: list[Node] = [
        Pair("单号", record.number, bold=True),
        Pair("紧急", record.urgency, bold=True),
        Pair("房号", record.room, size=2, bold=True),
        Pair("事项", f"{record.category} {record.problem}"),
        Pair("报修人", record.reporter),
        Pair("电话", record.phone or "没留，请直接敲门", bold=True),
    ]
    if record.when_home:
        nodes.append(Pair("预约", record.when_home))
    minded += [f"返修第 {record.redo} 次·不收费·看清上次为什么没好"] if record.redo_of else []
    minded += [WAYS_IN_WORDS[record.way_in]] if record.way_in in WAYS_IN_WORDS else []
    nodes += [Text(f"注意 {text}", bold=True) for text in minded]
    nodes += [
        Rule(),
        *_promised(record),
        Rule(),
        Pair("师傅", f"{record.worker} {record.worker_phone}".strip()),
        Pair("派工", f"{entry.at[5:10]} {entry.at[11:16]} {by.name}"),
        Text("到场 ___:___    完工 ___:___"),
        *_used(record),
        *sign("业主签字", "维修签字"),
        Text("满意□ 一般□ 不满□"),
        Feed(1),
        token,
    ]
    return Slip("job", "派工单", tuple(nodes))
