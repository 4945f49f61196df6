"""The paper of care: 关怀登记同意书 and its withdrawal, the day's list for a round on foot, keys in custody."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk import china
from desk.care_events import TIERS
from desk.slip_lines import sign, when
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.care_events import CareAgreed, CareWithdrawn
    from desk.keys_held import KeyHeld

PURPOSE = "只用于上门照顾、打印大字和按约探望；不登记病情，门岗只看到标记。随时可以到前台撤回，撤回后不再保存。"
"""What the consent is for (个保法 §17, §30): read aloud, and printed."""


def consent(event: "CareAgreed", name: str, rooms: Sequence[str], entry: Entry, by: Actor) -> Slip:
    """关怀登记同意书: what is kept, what for, how to take it back; signed by who agreed and by the desk."""
    nodes: list[Node] = [
        Pair("住户", f"{name} {'、'.join(rooms)}".rstrip(), bold=True),
        Rule(),
        Text("同意物业登记", bold=True),
    ]
    if event.flags:
        nodes.append(Text(event.flags.replace(",", " · "), size=2, bold=True))
    if event.tier:
        nodes.append(Text(f"探望 {event.tier} 档 {TIERS[event.tier]}", size=2, bold=True))
    nodes += [
        Text(PURPOSE),
        Rule(),
        Pair("同意人", f"{event.who} {event.said_by}（{event.proof}）"),
        Pair("经办", by.name),
        *sign("同意人签字", "经办人签字"),
    ]
    return Slip("consent", "关怀登记同意书", tuple(nodes), copies=(when(entry.at),), large=True, money=True)


def withdrawal(event: "CareWithdrawn", name: str, rooms: Sequence[str], entry: Entry, by: Actor) -> Slip:
    """关怀撤回单: that nothing is kept any more."""
    nodes = (
        Pair("住户", f"{name} {'、'.join(rooms)}".rstrip(), bold=True),
        Text("已撤回关怀登记，标记和探望都不再保存。想恢复随时到前台。"),
        Pair("提出人", f"{event.who} {event.said_by}"),
        Pair("经办", by.name),
        *sign("提出人签字"),
    )
    return Slip("withdrawal", "关怀撤回单", nodes, copies=(when(entry.at),), large=True, money=True)


def round_list(at: str, rows: Sequence[tuple[str, str, str]], by: Actor) -> Slip:
    """今日关怀名单 for a round on foot at a wall time: each (room, name, flags) with a box to tick, large."""
    nodes: list[Node] = [Pair(at[:10], f"{len(rows)} 位", bold=True), Rule()]
    for room, name, flags in rows:
        nodes += [
            Text(f"□ {room}", size=2, bold=True),
            Text(f"   {name}  {flags}".rstrip()),
            Text("   时间 ______ 见到□ 没应□"),
        ]
    nodes += [
        Rule(),
        Text("没人应：30 分钟后再敲一次，回前台登记。用完交回前台销毁。"),
        Pair("打印", by.name),
        *sign("巡访人签字"),
    ]
    return Slip("round", "今日关怀名单", tuple(nodes), copies=(at[11:16],), large=True)


def _key(record: "KeyHeld") -> tuple[Node, ...]:
    """Which key a slip is of: its number, whose, what there is of it."""
    number, room = Text(record.number, size=2, bold=True, align="center"), Pair("房号", record.room, size=2, bold=True)
    return number, Rule(), room, Pair("钥匙", record.what)


def kept(record: "KeyHeld", entry: Entry, token: QR, by: Actor, second: str, large: bool) -> Slip:
    """钥匙托管单, one for the owner and one for the file: which key, in which sealed bag, and three signatures."""
    nodes = (
        *_key(record),
        Pair("封袋号", record.bag, bold=True),
        Pair("交来", china.mask_name(record.owner)),
        Pair("时间", when(entry.at)),
        Text("只在您要求或紧急时两人一起取用，每次都有记录；随时可以取回。"),
        Pair("经办", by.name),
        Pair("见证", second),
        *sign("委托人签字", "经办人签字", "见证人签字"),
        Feed(1),
        token,
    )
    return Slip("key", "钥匙托管单", nodes, copies=("住户联", "存根联"), large=large)


def used(
    record: "KeyHeld", rows: Sequence[tuple[str, str]], entry: Entry, token: QR, by: Actor, second: str, large: bool
) -> Slip:
    """取用记录: why a key left its bag or in which new bag it lies, and who was by; `rows` are label and value."""
    nodes = (
        *_key(record),
        Table(tuple(rows), (8, 0), "ll"),
        Pair("时间", when(entry.at)),
        Pair("经办", by.name),
        Pair("见证", second),
        *sign("经办人签字", "见证人签字"),
        Feed(1),
        token,
    )
    return Slip("keyuse", "钥匙取用记录", nodes, copies=(f"第{record.uses}次{rows[0][0]}",), large=large)


def given_back(record: "KeyHeld", entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """钥匙退还单: into whose hands it went."""
    nodes = (
        *_key(record),
        Pair("封袋号", record.bag, bold=True),
        Pair("领回", china.mask_name(record.taker)),
        Pair("时间", when(entry.at)),
        Text("封袋完好，已当面交还。"),
        Pair("经办", by.name),
        *sign("领回人签字", "经办人签字"),
        Feed(1),
        token,
    )
    return Slip("keyback", "钥匙退还单", nodes, large=large)
