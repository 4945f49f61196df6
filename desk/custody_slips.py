"""The paper of what is left for others: 包裹标签, 取件通知, 签收单."""

from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk import china
from desk.slip_lines import sign
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.parcels import Collected, Parcel


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
