"""The paper of those who come and of what is left for others: 访客单, 包裹标签, 取件通知, 签收单."""

from datetime import datetime
from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk import china
from desk.slip_lines import sign
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.parcels import Collected, Parcel
    from desk.visits import Visit


KEPT_DAYS = 30
"""How long what a visitor said of themselves is kept, as their slip promises."""


def visit(record: "Visit", building: str, until: datetime | None, entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """The visitor's slip (访客单, domain.md B2): the building and not the door, no name, no phone."""
    nodes: list[Node] = [
        Text(record.number, size=3, bold=True, align="center"),
        Rule(),
        Pair("类型", f"{record.category} {record.headcount} 人"),
        Pair("到访", building, size=2, bold=True),
    ]
    if record.plate:
        nodes.append(Pair("车牌", record.plate))
    nodes.append(Pair("入", f"{entry.at[:10]} {entry.at[11:16]}"))
    if until:
        same_day = f"{until:%Y-%m-%d}" == entry.at[:10]
        # 16 columns, one line of double size on 58 mm; with a date two.
        nodes.append(Text(f"请于 {until:{'%H:%M' if same_day else '%m-%d %H:%M'}}前离开", size=2, bold=True))
    nodes += [
        Pair("值班", by.name),
        Rule(),
        Text("出门请交回本单，或报单号签离"),
        Feed(1),
        token,
        Text(f"个人信息只用于出入，保存{KEPT_DAYS}天"),
    ]
    return Slip("visit", "访客单", tuple(nodes), large=large)


def _tag(record: "Parcel") -> tuple[Node, ...]:
    """What label and notice show (domain.md B3): the code, the courier, the day; neither room nor name."""
    tail = f"尾号 {record.waybill[-4:]}" if record.waybill else "无单号"
    return (
        Text(record.code, size=3, bold=True, align="center"),
        Pair(f"{record.courier} {tail}", f"{record.opened_at[5:10]} 入库"),
    )


def label(record: "Parcel", token: QR, large: bool) -> Slip:
    """What is stuck on the parcel on the way in."""
    return Slip("parcel", "包裹标签", (*_tag(record), token), large=large)


def notice(record: "Parcel", token: QR, large: bool, codes: tuple[str, ...] = ()) -> Slip:
    """What is stuck on the door of those who cannot be rung; with `codes` of all that wait for them."""
    others = [Text(code, size=2, bold=True, align="center") for code in codes if code != record.code]
    asked = Text("请凭取件码\n到前台领取", size=2, bold=True, align="center")
    count = (Pair("共", f"{len(codes)} 件"),) if others else ()
    return Slip("notice", "取件通知", (*_tag(record), *others, *count, asked, token), large=large)


def handover(record: "Parcel", event: "Collected", entry: Entry, token: QR, by: Actor, large: bool, look: str = "") -> Slip:
    """The proof that parcels went (签收单): whose, which, into whose hands, by whom; the name masked; `look` at what."""
    codes = event.codes or (record.code,)
    name = china.mask_name(event.name) if event.name else ""
    nodes: tuple[Node, ...] = (
        Pair("房号", record.room, size=2, bold=True),
        *(Text(code, size=2, bold=True) for code in codes),
        Pair("件数", f"{len(codes)} 件"),
        Pair("取件", f"{event.by_whom} {name}{f'（{event.relation}）' if event.relation else ''}".strip()),
        Pair("凭据", event.proof),
        Pair("时间", f"{entry.at[:10]} {entry.at[11:16]}"),
        Pair("经办", by.name),
        Rule(),
        *((Text(look, bold=True),) if look else ()),
        *sign("取件人签字"),
        Feed(1),
        token,
    )
    return Slip("handover", "签收单", nodes, large=large)
