"""The paper of a day's books: 收费日报 with the receipt numbers, and the cash journal (现金日记账; domain.md B5)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlmodel import Session

from data.entry import Entry
from data.records import Actor
from desk import shifts
from desk.billed import OWN_INCOME
from desk.figures import Figures
from desk.money import yuan
from desk.shift_slips import asides, by_class, new_money, signed
from desk.slip_lines import from_to, numbers, sign, when
from printers.slip import Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.days import CashLine, DayClosed, Range
    from desk.shifts import Shift


def report(read: Session, event: "DayClosed", found: "Sequence[Shift]", entry: Entry, by: Actor) -> Slip:
    """What the shifts of a date came to together (收费日报), and the receipt numbers they used up (号段)."""
    nodes: list[Node] = [Text(event.date, size=2, bold=True, align="center"), Rule()]
    for shift in found:
        nodes += [Pair(shift.z, shifts.called(read, shift)), Pair("  长短款", signed(shift.difference))]
        nodes.append(Pair("  解款", _banking(shift)))
    nodes += [Rule(), *by_class(event.figures), *_whose(event.figures), *new_money(event.figures), Rule()]
    tenders: list[Node] = [Pair(f"{kind} {count}笔", yuan(fen)) for kind, (count, fen) in event.figures.tenders.items()]
    nodes += tenders or [Text("没有收款")]
    waiting = [one for shift in found for one in shifts.pending(read, shift.id)]
    if waiting:
        nodes.append(Pair("扫码待核", f"{len(waiting)} 笔 {yuan(sum(one.fen for one in waiting))}", bold=True))
    nodes += [Rule(), *asides(event.figures), Rule()]
    nodes += [Pair("长短款合计", signed(event.difference)), Pair("解款合计", f"￥{yuan(event.banked)}", bold=True), Rule()]
    nodes += [Text("号段", bold=True), *(node for one in event.ranges for node in _range(one))]
    if not event.ranges:
        nodes.append(Text("没有开收据"))
    nodes += [Rule(), Pair("制表", f"{by.name} {when(entry.at)}"), *sign("主管签字")]
    return Slip("day", "收费日报", tuple(nodes), money=True)


def _banking(shift: "Shift") -> str:
    if not shift.banked:
        return "无"
    state = f"回单 {shift.bank_slip}" if shift.bank_slip else "封包入柜待送存" if shift.sealed else "待送存"
    return f"{yuan(shift.banked)} {state}"


def _whose(found: Figures) -> list[Node]:
    """Whose the takings are: the office earns only part of what it takes (物业管理条例 §44, 民法典 §282)."""
    own = sum(found.classes.get(klass, 0) for klass in OWN_INCOME)
    return [Pair("其中公司收入", yuan(own)), Pair("其中代收、押金等", yuan(found.taken - own))]


def _range(one: "Range") -> list[Node]:
    """A series: from, to, how many, and every number there is something to say of."""
    nodes: list[Node] = [Pair(from_to(one.first, one.last), f"{one.count} 张")]
    for word, found in (("作废", one.voided), ("红字", one.red), ("缺号", one.gaps), ("重号", one.twice)):
        if found:
            nodes += [Text(f"{word} {len(found)} 张", bold=word in ("缺号", "重号")), *numbers(found)]
    return nodes if one.gaps else [*nodes, Text("无缺号")]


def cashbook(event: "DayClosed", lines: "Sequence[CashLine]", entry: Entry, by: Actor) -> Slip:
    """The cash of a date line by line, closed with the count (逐笔记载、日清月结，现金管理暂行条例 §12)."""
    nodes: list[Node] = [Text(event.date, size=2, bold=True, align="center"), Rule()]
    stood: int | None = None
    for line in lines:
        what = f"{line.at[11:16]} {line.what}".rstrip()
        moved = f"收 {yuan(line.into)}" if line.into else f"支 {yuan(line.out)}" if line.out else ""
        left = f"余 {yuan(line.balance)}"
        if moved:
            nodes += [Text(what), Pair(f"  {moved}", left)]
        else:
            nodes.append(Text(what) if line.balance == stood else Pair(what, left))
        stood = line.balance
    into, out = sum(line.into for line in lines), sum(line.out for line in lines)
    nodes += [
        Rule(),
        Pair("收入合计", yuan(into)),
        Pair("支出合计", yuan(out)),
        Pair("日终余额", f"￥{yuan(lines[-1].balance if lines else 0)}", bold=True),
        Rule(),
        Pair("出纳", f"{by.name} {when(entry.at)}"),
        *sign("复核签字"),
    ]
    return Slip("cashbook", "现金日记账", tuple(nodes), money=True)
