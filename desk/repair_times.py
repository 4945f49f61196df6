"""The two clocks of a repair, 到场 and 修好: what is left of each, and what stops them; computed, never stored."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk.fields import moment_of
from desk.repair_events import RESIDENT_SIDE
from desk.repair_states import DISPATCHED, ON_SITE, REGISTERED, SUSPENDED

if TYPE_CHECKING:
    from desk.repairs import Repair

TICKING = (REGISTERED, DISPATCHED, SUSPENDED, ON_SITE)
"""Where the clocks run; what was passed on is in others' hands."""


def minutes(begin: str, end: str) -> int:
    """Whole minutes between two wall times as kept, 0 where they cannot be read or run backwards."""
    try:
        apart = datetime.fromisoformat(end[:16]) - datetime.fromisoformat(begin[:16])
    except ValueError:
        return 0
    return max(0, int(apart.total_seconds()) // 60)


def is_back(record: "Repair", minute: str) -> bool:
    """Whether what was put off came back by itself: `minute` is the wall time as kept."""
    return record.state == SUSPENDED and record.restart <= minute


def work_state(record: "Repair", minute: str) -> str:
    """The state of the work at a minute: what was put off until then reads as 已派工 again, with whom it was sent to."""
    return DISPATCHED if is_back(record, minute) else record.state


def held(record: "Repair", minute: str) -> int:
    """Minutes the clocks stood still until now, for reasons of the household alone."""
    if record.state == SUSPENDED and record.hold in RESIDENT_SIDE:
        return record.paused + minutes(record.held_at, min(minute, record.restart))
    return record.paused


def dues(record: "Repair", minute: str) -> tuple[str, str]:
    """By when somebody must be there and it must be whole: what was promised, later by what the clocks stood still."""
    later = timedelta(minutes=held(record, minute))
    arrive, done = (
        moment_of(datetime.fromisoformat(promise) + later) if promise else ""
        for promise in (record.promised_arrive, record.promised_done)
    )
    return arrive, done


def late(record: "Repair", minute: str) -> str:
    """Which promise was broken, "" while none is."""
    if record.state not in TICKING:
        return ""
    arrive, done = dues(record, minute)
    if not record.arrived_at and "" < arrive < minute:
        return "超时未到场"
    return "超时未修好" if "" < done < minute else ""


def clocks(record: "Repair", minute: str) -> list[str]:
    """Each clock that runs, with what is left of it or by how much it is over: 到场 剩 25 分钟, ! 修好 已超 2 小时."""
    if record.state not in TICKING:
        return []
    arrive, done = dues(record, minute)
    stopped = "（暂停计时）" if record.hold in RESIDENT_SIDE and work_state(record, minute) == SUSPENDED else ""
    said = []
    for label, due in (("到场", "" if record.arrived_at else arrive), ("修好", done)):
        if due:
            over = due < minute
            apart = minutes(due, minute) if over else minutes(minute, due)
            said.append(f"{'! ' if over else ''}{label} {'已超' if over else '剩'} {span(apart)}{stopped}")
    return said


def span(apart: int) -> str:
    """Minutes as people say them: 25 分钟, 3 小时 5 分, 23 小时, 2 天 4 小时."""
    days, rest = divmod(apart, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} 天{f' {hours} 小时' if hours else ''}"
    if hours >= 10:
        return f"{hours} 小时"
    return f"{hours} 小时{f' {left} 分' if left else ''}" if hours else f"{left} 分钟"
