"""What the desk does not do with a repair, and what is possible instead; nothing here asks what a household owes."""

from datetime import timedelta

from sqlmodel import Session

from data.records import Event, Refused
from desk import fields, repair_linked, repair_times, residents
from desk.fields import is_public, moment_of
from desk.repair_events import Assigned, Reported, Suspended, WorkerArrived
from desk.repair_states import ASKED, CALLS, FINISHED, STEPS, possible
from desk.repairs import Repair, open_repairs
from desk.rules import rules
from desk.urgency import URGENCIES, urgency_of


def step(record: Repair, event: Event) -> Refused | None:
    """A step of the work or of the follow-up out of its turn, with what is possible now."""
    now = moment_of(fields.wall())
    state = repair_times.work_state(record, now)
    if (turn := STEPS.get(type(event))) and state not in turn[0]:
        can = "、".join(possible(STEPS, state))
        after = f"现在可以：{can}" if can else "已经了结；又坏了请新登记一单"
        return Refused(f"{record.number} 现在是“{state}”，不能{turn[2]}。{after}")
    if (turn := CALLS.get(type(event))) and record.follow not in turn[0]:
        way = "请按 F9 回访" if state == FINISHED else "没有要补的评价" if record.follow == ASKED else "现在没有要打的回访"
        return Refused(f"{record.number} 回访是“{record.follow}”，不能{turn[2]}。{way}")
    match event:
        case WorkerArrived() if event.at > now:
            return Refused("到场时间还没到，请填已经过去的时间；不填就是现在", "at")
        case WorkerArrived() if "" < event.at < record.assigned_at[:16]:
            return Refused(f"到场时间早于派工时间 {record.assigned_at[11:16]}，请核对", "at")
        case Suspended() if event.restart <= now:
            return Refused("重新开始的时间要在以后，例如 明天 或 11-25 09:00", "restart")
        case Assigned() if record.urgency == "特急" and not event.called:
            return Refused("特急要先打电话叫人：打通了选 1，没打通选 2，再换一位打", "called")
    return None


def report(read: Session, event: Reported) -> Refused | None:
    if not is_public(event.room) and (unknown := residents.refuse_unknown_room(read, event.room)):
        return unknown
    now = moment_of(fields.wall())
    for field in ("promised_done", "promised_arrive"):
        if "" < getattr(event, field) < now:
            return Refused("承诺的时间已经过去了，请改成以后的时间", field)
    usual = urgency_of(event.category, event.problem)
    if event.urgency and URGENCIES.index(event.urgency) > URGENCIES.index(usual) and not event.lowered:
        return Refused(f"这个问题一般按“{usual}”，降为“{event.urgency}”请写原因", "lowered")
    if event.duty == "业主自理" and is_public(event.room):
        return Refused(f"{event.room} 是公共部位，责任不能选业主自理，请改选公共部位", "duty")
    if event.redo_of and (refused := _refuse_redo(read, event)):
        return refused
    twin = next((one for one in open_repairs(read, event.room) if one.category == event.category), None)
    if twin and not event.again:
        first = f"{event.room} 的“{event.category}”已有 {twin.number}（{twin.opened_at[5:10]} 登记，{twin.state}）"
        return Refused(f"{first}，请追加催办；确是另一处坏了再选另开一单", "again")
    return None


def _refuse_redo(read: Session, event: Reported) -> Refused | None:
    """Mended again, free of charge, is what was done before, within the warranty."""
    first = read.get(Repair, event.redo_of)
    if first is None or first.room != event.room:
        return Refused("找不到原来那单，请从原报修单上办返修")
    latest = repair_linked.last_mended(read, first)
    if not latest:
        return Refused(f"{first.number} 现在是“{first.state}”，还没修好过，不能返修；请催办")
    days = rules(read).warranty_days
    if latest[:16] < moment_of(fields.wall() - timedelta(days=days)):
        return Refused(f"{first.number} 修好在 {latest[:10]}，过了 {days} 天保修期，请按 F8 新登记一单")
    return None
