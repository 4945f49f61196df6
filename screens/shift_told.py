"""What the glass says of a shift, a handing over and a closed day; of an open shift never what should be in the drawer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.text import Text

from data.records import Record
from desk import shifts
from desk.days import Day
from desk.figures import Figures, figures
from desk.handovers import Handover
from desk.money import yuan
from desk.rules import rules
from desk.shift_slips import signed
from desk.shifts import CashMoved, Shift, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened
from screens.counter import hour

if TYPE_CHECKING:
    from sqlmodel import Session

People = Mapping[str, str]
"""Names by staff id."""

Step = type[ShiftCounted] | type[ShiftClosed] | type[ShiftBanked]

STEPS: Mapping[Step, str] = {
    ShiftCounted: "F9 盘点结班", ShiftClosed: "F9 结班   F8 重新盘点", ShiftBanked: "F9 登记银行回单",
}  # fmt: skip
"""What F9 does next, as the glass says it."""

SAID: Mapping[str, str] = {
    ShiftOpened.kind: "已开班 {}，可以收款了",
    CashMoved.kind: "已登记现金出入",
    ShiftCounted.kind: "已盘点 {}，现在不收款；请接着结班",
    ShiftClosed.kind: "已结班 {}",
    ShiftBanked.kind: "已登记银行回单 {}",
}
"""What is said after each; the shift's number or Z goes in."""


def step(shift: Shift) -> Step | None:
    """What comes next for a shift, or None."""
    if shift.state == shifts.ON:
        return ShiftCounted
    if shift.state == shifts.COUNTING:
        return ShiftClosed
    return ShiftBanked if shift.banked and not shift.bank_slip else None


def called(record: Record) -> str:
    """What people say for it: a shift's Z, 日结 and its date, else the number."""
    match record:
        case Day():
            return f"日结 {record.date}"
        case Shift():
            return record.z or record.number
    return record.number


def named(people: People, who: str) -> str:
    """The name of a staff id; another desk's people may be unknown here."""
    return people.get(who, "其他前台")


def off(record: Shift | Day) -> str:
    """How much more or less was counted than there should be: 短款 0.50; "" for nothing."""
    word = "长款" if record.difference > 0 else "短款"
    return f"{word} {yuan(abs(record.difference))}" if record.difference else ""


def standing(shift: Shift, hours: int) -> str:
    """A shift's state as the list says it: 在班, `! 超18时未结`, 盘点, 已结, 短款 0.50."""
    if shift.state == shifts.CLOSED:
        return off(shift) or shift.state
    return f"! 超{hours}时未结" if shifts.age(shift) > timedelta(hours=hours) else shift.state


def told(read: Session, record: Handover | Day | Shift, people: People) -> Text:
    """What is so of it."""
    match record:
        case Handover():
            return _handover(record, people)
        case Day():
            return _day(record)
    said = _open(read, record, people)
    if record.state == shifts.CLOSED:
        _closed(read, record, people, said)
    elif record.state == shifts.COUNTING:
        said.append(f"盘点  现金 {yuan(record.counted)}，第 {record.counts} 次\n")
        for tender in shifts.tenders(read, record.id):
            said.append(f"      {tender.kind} {yuan(tender.counted)}\n")
        said.append("正在盘点，不收款\n", "bold")
    else:
        said.append(f"收据  {figures(read, record.id).receipts} 张\n")
    return said


def _open(read: Session, shift: Shift, people: People) -> Text:
    """State, what comes next, float, cash in and out."""
    said = Text(f"{called(shift)}  {standing(shift, rules(read).shift_hours)}\n", "bold")
    following = step(shift)
    said.append(f"{STEPS[following]}\n\n" if following else "\n", "bold")
    said.append(f"营业日  {shift.business_date}\n开班  {hour(shift.opened_at)} {named(people, shift.opened_by)}\n")
    said.append(f"备用金  {yuan(shift.float_fen)}\n")
    if shift.carried is not None and shift.carried != shift.float_fen:
        said.append(f"交接差异  {signed(shift.float_fen - shift.carried)}\n", "bold")
    for one in shifts.moves(read, shift.id):
        said.append(f"现金{'入' if one.fen > 0 else '出'}  {yuan(abs(one.fen))} {one.reason} {one.note}".rstrip() + "\n")
    return said


def _closed(read: Session, shift: Shift, people: People, said: Text) -> None:
    """What a closed shift came to."""
    found = Figures.read(shift.snapshot)
    said.append(f"结班  {hour(shift.closed_at)} {named(people, shift.closed_by)}\n")
    said.append(f"收据  {found.receipts} 张，作废 {len(found.voids)} 张\n实收  {yuan(found.taken)}\n")
    said.append(f"应有现金  {yuan(shift.expected)}\n实点现金  {yuan(shift.counted)}\n")
    for one in shifts.tenders(read, shift.id):
        word = "相符" if one.ok else f"差 {signed(one.counted - one.system)}"
        said.append(f"{one.kind}  {yuan(one.system)} {word}\n", "" if one.ok else "bold")
    said.append(f"{off(shift)}\n" if shift.difference else "", "bold")
    said.append(f"原因  {shift.reason}\n" if shift.reason else "")
    said.append(f"复核  {named(people, shift.close_approved_by)}\n" if shift.close_approved_by else "")
    said.append(f"留备用金  {yuan(shift.left)}\n")
    if shift.banked:
        where = f"回单 {shift.bank_slip}" if shift.bank_slip else "在保险柜，待送存" if shift.sealed else "待送存"
        said.append(f"解款  {yuan(shift.banked)}\n封包  {shift.envelope}，{where}\n")


def _handover(record: Handover, people: People) -> Text:
    """Who gave what to whom."""
    said = Text(f"{record.number}  交接单\n", "bold")
    said.append(f"营业日  {record.business_date}\n时间  {hour(record.opened_at)}\n")
    said.append(f"交班  {named(people, record.opened_by)}\n接班  {named(people, record.taken_by)}\n")
    said.append(f"备注  {record.remarks}\n" if record.remarks else "")
    return said.append("\nF12 看交接单\n", "bold")


def _day(record: Day) -> Text:
    """What a closed day came to."""
    said = Text(f"{called(record)}\n", "bold")
    said.append(f"班次  {record.shifts}\n实收  {yuan(record.taken)}\n")
    said.append(f"{off(record)}\n" if record.difference else "", "bold")
    said.append(f"解款  {yuan(record.banked)}\n" if record.banked else "")
    return said.append("\nF12 看收费日报\n", "bold")
