"""Asking how it went (回访): until when a household should be rung, and what closed without a word; computed, never stored."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk.fields import moment_of
from desk.repair_states import ALONE, FINISHED, MISSED, TRANSFERRED

if TYPE_CHECKING:
    from desk.repairs import Repair

SAME_DAY = ("特急", "急修")
"""Whose household is asked the day it was done; the others the day after (domain.md B1)."""


def before(now: datetime, days: int) -> str:
    """The wall time so many days ago, as kept."""
    return moment_of(now - timedelta(days=days))


def closed_alone(record: "Repair", now: datetime, days: int) -> bool:
    """Whether a repair closed by itself, `days` after it was done: nobody was asked, nobody complained.

    What was passed on never does (转办≠不管), nor what is in doubt.
    """
    return record.state == FINISHED and not record.doubt and "" < record.finished_at <= before(now, days)


def follow_up(record: "Repair", now: datetime, days: int) -> str:
    """The follow-up as people read it: 待回访, 联系不上×2, 已回访, 未回访自动关闭."""
    if closed_alone(record, now, days):
        return ALONE
    return f"{record.follow}×{record.calls}" if record.follow == MISSED else record.follow


def call_by(record: "Repair") -> str:
    """The last day on which a household should be asked; "" where there is nothing to ask."""
    since = record.finished_at if record.state == FINISHED else record.sent_at if record.state == TRANSFERRED else ""
    if not since:
        return ""
    later = 0 if record.urgency in SAME_DAY and record.state == FINISHED else 1
    try:
        return f"{datetime.fromisoformat(since[:10]) + timedelta(days=later):%Y-%m-%d}"
    except ValueError:
        return ""
