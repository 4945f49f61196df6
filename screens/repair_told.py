"""What is known of a repair, beside the list: its three states each on a line of its own, its clocks, what belongs to it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from data.records import Actor
from desk import repair_charges, repair_follow, repair_linked, repair_times, repairs, residents, staff
from desk.china import mask_phone
from desk.fields import moment_of
from desk.money import yuan
from desk.repair_charges import QUOTE, WORK
from desk.repair_guide import cost_of, sentence
from desk.repair_lines import counted
from desk.repair_slips import CARE_WORDS
from desk.repair_states import (
    CANCELLED,
    CLOSED,
    FINISHED,
    NO_CALL,
    NOTHING,
    OPEN,
    REGISTERED,
    STEPS,
    SUSPENDED,
    TRANSFERRED,
    WAIVED,
)
from desk.repairs import Repair
from desk.rules import rules
from screens.counter import hour
from screens.repair_calls import RATINGS

if TYPE_CHECKING:
    from sqlmodel import Session

REDO_TOLD = 2
"""From so many on the supervisor looks into it."""


def told(read: Session, record: Repair, by: Actor, now: datetime) -> Text:
    """Everything said of a repair; what it costs only to those who are shown money."""
    minute, days = moment_of(now), rules(read).auto_close_days
    said = Text()
    state = repair_times.work_state(record, minute)
    said.append(f"{record.number}  {state}", "bold")
    if broken := repair_times.late(record, minute):
        said.append(f"  ! {broken}", "bold reverse")
    if repair_times.is_back(record, minute):
        said.append(f"  ! 挂起到期（{record.hold}）", "bold reverse")
    if step := repairs.next_step(record, now):
        said.append(f"\nF9 {STEPS[step][2]}", "bold")
    if state == REGISTERED and not record.returned and not broken:
        said.append(f"\n请说：{sentence(record, now, repair_linked.other_number(read, record))}", "italic")
    said.append(f"\n{record.room}\n{record.category} · {record.problem}\n")
    said.append(f"紧急  {record.urgency}{f'  催办 {record.urged} 次' if record.urged else ''}\n")
    if record.lowered:
        said.append(f"      降级：{record.lowered}\n")
    said.append(_promises(record, minute))
    if record.redo_of:
        said.append(f"返修  第 {record.redo} 次，不收费{'  ! 请主管过问' if record.redo >= REDO_TOLD else ''}\n", "bold")
    for one in repair_linked.linked(read, record):
        side = f"{one.side} " if record.pair and one.pair == record.pair else "返修 "
        said.append(f"关联  {one.number} {one.room} {side}{one.state}\n")
    if record.duty:
        said.append(f"责任  {record.duty}  {cost_of(record)}\n")
    said.append(_charge(read, record, by))
    if (follow := repair_follow.follow_up(record, now, days)) != NO_CALL:
        until = repair_follow.call_by(record)
        over = "! " if "" < until < minute[:10] and record.state in (FINISHED, TRANSFERRED) else ""
        said.append(f"回访  {over}{follow}{f'  {until[5:]} 前' if until and record.state in (FINISHED, TRANSFERRED) else ''}\n")
    said.append(_history(read, record, state))
    flags = {flag for _, person in residents.household(read, record.room) for flag in person.care.split(",")}
    for flag, minded in CARE_WORDS.items():
        said.append(f"♥ {minded}\n" if flag in flags else "")
    return said


def _promises(record: Repair, minute: str) -> Text:
    said = Text()
    for label, promise in (("到场", record.promised_arrive), ("修好", record.promised_done)):
        if promise and record.state in OPEN:
            said.append(f"承诺  {hour(promise)} 前{label}\n")
    for clock in repair_times.clocks(record, minute):
        said.append(f"计时  {clock}\n", "bold reverse" if clock.startswith("!") else "")
    if record.state == SUSPENDED:
        said.append(f"挂起  {record.hold}，{hour(record.restart)} 重启\n")
    return said


def _charge(read: Session, record: Repair, by: Actor) -> Text:
    """The charge, its quote and its lines; nothing of it to a guard."""
    said = Text()
    if not staff.sees_money(by) or record.charge == NOTHING:
        return said
    said.append(f"收费  {record.charge}\n", "bold")
    if record.quoted:
        signed = f"，{record.signed_by}签字 {hour(record.agreed_at)}" if record.agreed_at else "，没有签字"
        said.append(f"报价  {yuan(record.quoted)} 元，最多 {yuan(record.cap)} 元{signed}\n")
    for line in repair_charges.lines_of(read, record.id, WORK if record.work else QUOTE, by):
        said.append(f"  {line.item} {counted(line.qty, line.unit)}×{yuan(line.price)} = {yuan(line.fen)}\n")
    if record.cost:
        said.append(f"应付  {yuan(record.cost)} 元\n", "bold")
    if record.charge == WAIVED:
        said.append(f"不收  {record.free_because}\n")
    return said


def _history(read: Session, record: Repair, state: str) -> Text:
    said = Text()
    said.append(f"报修  {record.teller}{record.reporter} {mask_phone(record.phone)}\n")
    if record.when_home or record.way_in:
        said.append(f"在家  {record.when_home} {record.way_in}\n")
    said.append(f"登记  {hour(record.opened_at)} {record.channel} {staff.names(read).get(record.opened_by, '')}\n")
    if record.returned:
        said.append(f"退单  {record.returned} 次：{record.because}\n")
    if record.worker:
        missed = "  ! 没打通" if record.called == "没打通" else ""
        said.append(f"师傅  {record.worker} {mask_phone(record.worker_phone)}{missed}\n派工  {hour(record.assigned_at)}\n")
    if record.arrived_at:
        said.append(f"到场  {hour(record.arrived_at)}\n")
    if record.sent_to and state in (TRANSFERRED, CLOSED):
        said.append(f"转办  {record.sent_to} {record.sent_phone}{'' if record.told else '  ! 还没告诉住户'}\n")
    if record.finished_at:
        said.append(f"完工  {hour(record.finished_at)} {record.result}\n")
    if record.state == CLOSED:
        said.append(f"评价  {RATINGS[record.rating - 1] if record.rating else RATINGS[5]} {record.comment}\n")
    if record.reason and record.state == CANCELLED:
        said.append(f"取消  {record.reason}\n")
    return said
