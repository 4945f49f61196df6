"""The sheet of a handing over (交接单, domain.md B5): twelve short parts on one page, and two signatures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlmodel import Session

from data.entry import Entry
from data.records import Actor
from desk import china, incidents, outages, shifts, visits
from desk.money import yuan
from desk.shift_slips import signed
from desk.slip_lines import sign, when
from printers.slip import Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.handovers import Handover, Standing
    from desk.notes import Note
    from desk.repairs import Repair
    from desk.shifts import Shift

LONGEST = 8
"""So many of each part are named; of the rest only how many."""


def sheet(
    read: Session,
    record: "Handover",
    shift: "Shift | None",
    found: "Standing",
    entry: Entry,
    by: Actor,
    taker: str,
    money: bool,
) -> Slip:
    """One page for who goes and who comes; without `money` there is nothing of money on it."""
    nodes: list[Node] = [
        Pair(f"单号 {record.number}", f"营业日 {record.business_date}", bold=True),
        Pair("时间", when(entry.at)),
        Pair(f"交班 {by.name}", f"接班 {taker}", bold=True),
        Rule(),
    ]
    if money:
        nodes += [*_part("收费"), *_money(read, shift)]
    nodes += _part("在场访客", f"{len(found.inside)} 单，超 2 小时 {len(found.long)} 单")
    nodes += _named(
        [f"{one.number} {visits.building_of(one.room)} {one.category} {one.opened_at[11:16]}入" for one in found.long]
    )
    held = sum(found.parcels.values())
    nodes += _part("快递", f"在库 {held} 件")
    nodes += _named(["、".join(f"{level} {count} 件" for level, count in found.parcels.items() if count)] if held else [])
    nodes += _named(["、".join(f"{state} {count} 件" for state, count in found.aside.items())] if found.aside else [])
    nodes += _named([f"{one.code} {one.room} {one.courier}" for one in found.overdue])
    nodes += _part("报修", f"未完 {len(found.open)} 单，超时 {len(found.late)} 单")
    nodes += _named([_repair(one, found) for one in found.open if one in (*found.late, *found.urgent, *found.today)])
    nodes += _part("突发事件", f"未结 {len(found.incidents)} 件") if found.incidents else []
    nodes += _named([f"{one.number} {incidents.called(one)} {one.opened_at[11:16]}" for one in found.incidents])
    nodes += _part("公共事件", f"{len(found.outages)} 件") if found.outages else []
    nodes += _named([f"{one.number} {outages.told(one, found.at)}" for one in found.outages])
    nodes += _part("通知", f"{len(found.notices)} 条")
    nodes += _named([one.text for one in found.notices])
    nodes += _part("钥匙、借出", f"{len(found.out)} 件在外")
    nodes += _named([_out(one, found) for one in found.out])
    if found.care or found.keys:  # an estate that keeps no care list has no lines for it
        nodes += _part("关怀", f"今天还没见到 {len(found.care)} 位")
        nodes += _named([f"{one.room} {one.rung or '未见到'} {one.tried_at[11:16]}".rstrip() for one in found.care])
        nodes += _named([f"托管钥匙 {one.number} {one.room} 取出（{one.reason}）" for one in found.keys])
    nodes += _part("失物", f"{len(found.found)} 件")
    nodes += _named([f"{one.number} {one.text}" for one in found.found])
    nodes += _part("必读留言", f"接班人未读 {len(found.unread)} 条")
    nodes += _named([f"{one.number} {one.text}" for one in found.unread])
    nodes += _part("单据与上传", f"待打 {found.waiting}，存疑 {found.uncertain}")
    nodes.append(Text("  没有中心" if found.unsent is None else f"  未上传 {found.unsent} 条"))
    nodes += [*_part("备注", "" if record.remarks else "无"), *_named([record.remarks] if record.remarks else [])]
    nodes += [Rule(), *sign("交班签字", "接班签字")]
    return Slip("handing", "交接单", tuple(nodes), money=money)


def _part(title: str, said: str = "") -> list[Node]:
    return [Pair(f"■{title}", said, bold=True)]


def _named(lines: Sequence[str]) -> list[Node]:
    """The first of them one by one, and how many more there are."""
    said = [*lines[:LONGEST], *([f"……另 {len(lines) - LONGEST} 条，见屏幕"] if len(lines) > LONGEST else [])]
    return [Table(tuple(("", line) for one in said for line in one.split("\n")), (2, 0), "ll")] if said else []


def _money(read: Session, shift: "Shift | None") -> list[Node]:
    """The drawer: what its last shift came to, counted or not yet."""
    if shift is None:
        return [Text("  没有开过班")]
    found = shifts.stands(read, shift)
    nodes: list[Node] = [Pair("  班次", f"{shift.z or shift.number} {shift.state}"), Pair("  备用金", yuan(shift.float_fen))]
    if shift.state == shifts.COUNTING:
        return [*nodes, Text("  正在盘点，结班后见 Z 报表", bold=True)]
    nodes.append(Pair("  收据", f"{found.receipts} 张，作废 {len(found.voids)} 张"))
    if shift.state != shifts.CLOSED:  # the drawer is counted blind: what was taken is not said before
        return [*nodes, Text("  本班还没有结，接班人先按 F10 结班", bold=True)]
    nodes += [Pair(f"  {kind} {count}笔", yuan(fen)) for kind, (count, fen) in found.tenders.items()]
    nodes += [Pair("  应有现金", yuan(shift.expected)), Pair("  实点现金", yuan(shift.counted))]
    nodes += [Pair("  差额", signed(shift.difference), bold=bool(shift.difference)), Pair("  留下备用金", yuan(shift.left))]
    if shift.banked:
        where = f"回单 {shift.bank_slip}" if shift.bank_slip else "封包入柜待送存" if shift.sealed else "待送存"
        nodes.append(Pair("  解款", f"{yuan(shift.banked)} {where}"))
    return nodes


def _repair(one: "Repair", found: "Standing") -> str:
    """特急 A12 公共-电梯3 电梯 超时, or what was promised for today."""
    if one in found.late:
        state = "超时"
    elif one in found.today:
        promised = next(when for when in (one.promised_arrive, one.promised_done) if when[:10] == f"{found.at:%Y-%m-%d}")
        state = f"今天{promised[11:16]}前"
    else:
        state = one.state
    return f"{one.urgency} {one.number} {one.room} {one.category} {state}"


def _out(one: "Note", found: "Standing") -> str:
    """钥匙 A7 地库 李*明 应还 11-20 18:00."""
    back = ""
    if one.back_by:
        late = one.back_by < found.at.isoformat(timespec="minutes")
        back = f"\n{'超时未还' if late else '应还'} {one.back_by[5:16].replace('T', ' ')}"
    return f"{one.sort} {one.number} {one.text} {china.mask_name(one.holder) if one.holder else ''}{back}".rstrip()
