"""The paper between desk and courier, and of what goes wrong: 快递交接单, 退件交接单, 查找单, 快递盘点单, 电话通知名单."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk.parcel_events import Returned
from desk.slip_lines import sign, when
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.batches import Batch, BatchLine
    from desk.notice_rounds import Household
    from desk.parcels import Parcel
    from desk.stocktakes import Counted

ACROSS = 4
"""Tails of waybills in a line on 58 mm."""

WEIGHTY = ("贵重",)

CHECKLIST = (
    "本架上下层、左右架、架底",
    "地面大件区、待退区",
    "送上门没登记的",
    "同户当天取走的有没有夹带",
    "同批入库贴错标签的（核单号）",
    "当班和上一班问过没有",
    "监控（入库到现在）",
    "问快递员是否带回",
)
"""Where a parcel is looked for, in the order in which they turn up (domain.md B3)."""


def of_weight(parcels: "Sequence[Parcel]") -> str:
    """What a hand-over must be signed for with a look at it, said on its slip; "" for the ordinary ones."""
    grave = [one.code for one in parcels if one.special in WEIGHTY or one.size == "超大" or one.doubt or one.pursued]
    return f"{'、'.join(grave)} 请当面验看外观后签字" if grave else ""


def tail(waybill: str) -> str:
    """What courier and desk call a parcel by: the last four of its waybill."""
    return waybill[-4:] or "无单"


def _tails(waybills: Sequence[str]) -> list[Node]:
    """Tails, four a line; neither room nor name."""
    found = [tail(one) for one in waybills]
    rows = [tuple((found[at : at + ACROSS] + [""] * ACROSS)[:ACROSS]) for at in range(0, len(found), ACROSS)]
    return [Table(tuple(rows), (0,) * ACROSS, "l" * ACROSS)] if rows else []


def batch(
    record: "Batch", taken: Sequence[tuple[str, str]], away: "Sequence[BatchLine]", entry: Entry, token: QR, by: Actor
) -> Slip:
    """快递交接单: how many came, how many stay, the tails of all, both signatures; one for each."""
    said = "没说" if record.announced is None else f"{record.announced} 件"
    nodes: list[Node] = [
        Pair(f"单号 {record.number}", record.courier, bold=True),
        Pair("快递员", record.person or "无人交接"),
        Pair("时间", when(entry.at)),
        Pair("快递员说", said),
        Pair("实收", f"{record.counted} 件", size=2, bold=True),
    ]
    if away:
        nodes.append(Pair("拒收带回", f"{len(away)} 件"))
    if record.why:
        nodes.append(Pair("差异", record.why))
    nodes += [Rule(), Text("实收单号尾四位"), *_tails([waybill for _, waybill in taken])]
    if away:
        nodes += [Rule(), Text("拒收，快递员带回"), *(Pair(f"  {tail(one.waybill)}", one.why) for one in away)]
    courier = ["快递员签字"] if record.person else []
    nodes += [
        Rule(),
        Text("免费代收，未签收本单的不算入库"),
        Pair("经办", by.name),
        *sign("前台签字", *courier),
        Feed(1),
        token,
    ]
    return Slip("batch", "快递交接单", tuple(nodes), copies=("前台联", "快递员联") if record.person else ("前台联",))


def returned(record: "Parcel", event: Returned, parcels: "Sequence[Parcel]", entry: Entry, token: QR, by: Actor) -> Slip:
    """退件交接单: which went back to whom and why, signed by the courier."""
    nodes: tuple[Node, ...] = (
        Pair("快递公司", record.courier, bold=True),
        Pair("快递员", event.courier),
        Pair("件数", f"{len(parcels)} 件", size=2, bold=True),
        Rule(),
        *(Pair(f"{one.code} 尾号 {tail(one.waybill)}", one.reason or event.reason) for one in parcels),
        Rule(),
        Text("原封未拆，当面点清"),
        Pair("时间", when(entry.at)),
        Pair("经办", by.name),
        *sign("快递员签字"),
        Feed(1),
        token,
    )
    return Slip("returned", "退件交接单", nodes)


def search(record: "Parcel", entry: Entry, token: QR, by: Actor) -> Slip:
    """查找单: what to look for, and a box for every place to look."""
    nodes: tuple[Node, ...] = (
        Text(record.code, size=3, bold=True, align="center"),
        Pair(f"{record.courier} 尾号 {tail(record.waybill)}", f"{record.opened_at[5:10]} 入库"),
        Pair("件型", f"{record.size} {record.condition}"),
        Pair("登记", f"{when(entry.at)} {by.name}"),
        Rule(),
        *(Text(f"[ ] {where}") for where in CHECKLIST),
        Rule(),
        Text("24 小时内找到就撕掉本单；满 24 小时没找到，由主管决定", bold=True),
        *sign("查找人签字"),
        token,
    )
    return Slip("search", "查找单", nodes)


def stocktake(event: "Counted", entry: Entry, token: QR, by: Actor) -> Slip:
    """快递盘点单: what is missing, too many, misplaced on one shelf."""
    faults = (("缺", event.missing), ("多", event.extra), ("错位", event.misplaced))
    nodes: list[Node] = [
        Pair("货架", "地面" if event.shelf == 0 else f"{event.shelf} 架", size=2, bold=True),
        Pair("账上", f"{event.expected} 件"),
        Pair("扫到", f"{event.counted} 件"),
        Pair("时间", f"{when(entry.at)} {by.name}"),
    ]
    for word, codes in faults:
        if codes:
            nodes += [Rule(), Text(f"{word} {len(codes)} 件", bold=True), *(Text(f"  [ ] {code}") for code in codes)]
    nodes.append(token)
    return Slip("stocktake", "快递盘点单", tuple(nodes))


def call_list(found: "Sequence[Household]", entry: Entry, by: Actor) -> Slip:
    """电话通知名单 by building, with whole phones, for whoever rings; what came of it is written beside and then entered."""
    nodes: list[Node] = [Pair("时间", f"{when(entry.at)} {by.name}"), Pair("共", f"{len(found)} 户")]
    for one in found:
        nodes += [
            Rule(),
            Pair(one.room, f"{len(one.codes)} 件 {one.days} 天", bold=True),
            *(Text(f"{name} {phone}".rstrip()) for name, phone in one.phones or (("没有登记电话，请贴门贴", ""),)),
            Text("[ ] 接通  [ ] 没接  [ ] 号码错"),
        ]
    nodes += [Rule(), Text("含住户电话，用完请碎掉，勿外传", bold=True)]
    # Not money, but for the same eyes: what guards are not shown (whole phones) they cannot look up among the slips either.
    return Slip("calls", "电话通知名单", tuple(nodes), money=True)
