"""The paper of those who come and go: 访客单, 长期授权确认单, 预约单, 放行条, 调取登记单."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk import china
from desk.slip_lines import sign, when
from desk.visitor_fields import building_of
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.bookings import Booking
    from desk.inquiries import Inquiry
    from desk.permits import Permit
    from desk.releases import Release, ReleaseItem
    from desk.visits import Visit


def visit(record: "Visit", until: datetime | None, kept: int, entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """The visitor's slip (访客单, domain.md B2): the building and not the door, no name, no phone; `kept` days are promised."""
    nodes: list[Node] = [
        Text(record.number, size=3, bold=True, align="center"),
        Rule(),
        Pair("类型", f"{record.category} {record.headcount} 人"),
        Pair("到访", building_of(record.room), size=2, bold=True),
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
        Text(f"个人信息只用于出入，保存{kept}天"),
    ]
    return Slip("visit", "访客单", tuple(nodes), large=large)


def permit(record: "Permit", times: str, entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """The household's proof of whom it lets in without being asked (长期授权确认单), and how to take that back."""
    nodes: list[Node] = [
        Text(record.number, size=3, bold=True, align="center"),
        Rule(),
        Pair("房号", record.room, size=2, bold=True),
        Pair("授权", f"{record.relation} {record.name}", bold=True),
        Pair("时间", times, bold=True),
        Text(f"有效到 {record.until}", bold=True),
    ]
    if record.plate:
        nodes.append(Pair("车牌", record.plate))
    nodes += [
        Rule(),
        Pair("同意人", f"{china.mask_name(record.said_by)}（{record.how}）"),
        Pair("登记", when(entry.at)),
        Pair("经办", by.name),
        Rule(),
        Text("在这些时间里来，门岗不再问您，登记后放行。"),
        Text("不想让他来了，随时来前台或打电话终止。"),
        Feed(1),
        token,
    ]
    return Slip("permit", "长期授权确认单", tuple(nodes), large=large)


def booking(record: "Booking", window: str, entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """What whoever books at the counter takes home (预约单): four digits to say to the guest, in the largest type; no names."""
    nodes: tuple[Node, ...] = (
        Text("预约码", align="center"),
        Text(record.code, size=4, bold=True, align="center"),
        Rule(),
        Pair("到访", building_of(record.room), size=2, bold=True),
        Pair("来访", f"{record.category} {record.headcount} 人"),
        Text(window, bold=True),
        Rule(),
        Text("请把这四个数字告诉客人，到门岗报这四个数字就能进。"),
        Text("只用一次，过了时间就不能用。不来了请告诉前台。"),
        Pair("单号", record.number),
        Pair("经办", f"{by.name} {when(entry.at)}"),
        Feed(1),
        token,
    )
    return Slip("booking", "预约单", nodes, large=large)


def release(record: "Release", goods: "Sequence[ReleaseItem]", entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """What the gate holds the goods against (放行条, two copies): what and how many, from when to when, on whose word."""
    since, until = record.since[5:16].replace("T", " "), record.until[5:16].replace("T", " ")
    nodes: list[Node] = [
        Text(record.number, size=3, bold=True, align="center"),
        Rule(),
        Pair("房号", record.room, size=2, bold=True),
        Pair("方向", record.way, size=2, bold=True),
        Rule(),
        *(Pair(f"{one.what}{'（大件）' if one.large else ''}", f"× {one.count}") for one in goods),
        Pair("共", f"{sum(one.count for one in goods)} 件", bold=True),
        Rule(),
        Text(f"从 {since}", bold=True),
        Text(f"到 {until} 有效", bold=True),
    ]
    for label, value in (("车牌", record.plate), ("搬运", record.carrier)):
        if value:
            nodes.append(Pair(label, value))
    nodes += [
        Pair("放行人", f"{china.mask_name(record.said_by)}（{record.how}）"),
        Pair("开条", when(entry.at)),
        Pair("经办", by.name),
        *sign("住户签字", "门岗核对"),
        Feed(1),
        token,
    ]
    return Slip("release", "放行条", tuple(nodes), copies=("门岗联", "业主联"), large=large)


def inquiry(record: "Inquiry", entry: Entry, token: QR, by: Actor) -> Slip:
    """Who was given what of the visits (调取登记单), signed by both sides; kept by the office."""
    nodes: tuple[Node, ...] = (
        Text(record.number, size=2, bold=True, align="center"),
        Rule(),
        Pair("单位", record.unit, bold=True),
        Pair("来人", record.officer),
        Pair("文号", record.document),
        Pair("期间", f"{record.since} 至\n{record.until}"),
        Pair("事由", record.asked),
        Pair("提供", record.given, bold=True),
        Rule(),
        Pair("登记", when(entry.at)),
        Pair("经办", by.name),
        Text("办结以前，这一期间的访客记录不删除。"),
        *sign("调取人签字", "主管签字"),
        Feed(1),
        token,
    )
    return Slip("inquiry", "调取登记单", nodes, copies=("物业留存", "调取单位"))
