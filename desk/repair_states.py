"""The three states of a repair side by side: its work, its charge, its follow-up; where each step is allowed and leads."""

from collections.abc import Mapping, Sequence

from data.records import Event
from desk.repair_events import (
    Assigned,
    CallMissed,
    Cancelled,
    Charged,
    ChargeWaived,
    Closed,
    Finished,
    QuoteAgreed,
    Quoted,
    QuoteDeclined,
    Rated,
    Resumed,
    Returned,
    Suspended,
    Transferred,
    Urged,
    WorkerArrived,
)

REGISTERED, DISPATCHED, ON_SITE, FINISHED, CLOSED, CANCELLED = "已登记", "已派工", "已到场", "已完工", "已关闭", "已取消"
SUSPENDED, TRANSFERRED = "挂起", "转办"
OPEN = (REGISTERED, DISPATCHED, SUSPENDED, ON_SITE, TRANSFERRED)
"""What is not mended yet; what was passed on is still asked after (转办≠不管)."""

LINE = (REGISTERED, DISPATCHED, SUSPENDED, ON_SITE, CANCELLED, TRANSFERRED, FINISHED, CLOSED)
"""States from first to last: of two that exclude each other the later one stands, and work that was done beats 取消."""

NOTHING, UNQUOTED, QUOTED, DECLINED, AGREED = "无", "待报价", "已报价", "不同意", "已同意"
DUE, WAIVED, BILLED = "待收", "已减免", "已入账"
CHARGE_LINE = (NOTHING, UNQUOTED, QUOTED, DECLINED, AGREED, DUE, WAIVED, BILLED)

NO_CALL, TO_CALL, MISSED, ASKED, UNRATED = "无需", "待回访", "联系不上", "已回访", "未评价"
ALONE = "未回访自动关闭"
"""What a follow-up reads as when the days are over and nobody asked; computed, see repair_follow."""

Step = tuple[tuple[str, ...], str, str, str]

STEPS: Mapping[type[Event], Step] = {
    Assigned: ((REGISTERED, DISPATCHED, TRANSFERRED), DISPATCHED, "派工", "assigned_at"),
    WorkerArrived: ((DISPATCHED,), ON_SITE, "登记到场", ""),
    Finished: ((ON_SITE,), FINISHED, "登记完工", "finished_at"),
    Closed: ((FINISHED, TRANSFERRED), CLOSED, "回访关闭", "closed_at"),
    Returned: ((DISPATCHED,), REGISTERED, "退单", ""),
    Suspended: ((DISPATCHED, ON_SITE, SUSPENDED), SUSPENDED, "挂起", "held_at"),
    Resumed: ((SUSPENDED,), DISPATCHED, "恢复", ""),
    Transferred: ((REGISTERED, DISPATCHED, SUSPENDED, ON_SITE), TRANSFERRED, "转办", "sent_at"),
    Urged: (OPEN, "", "催办", ""),
    Cancelled: (OPEN, CANCELLED, "取消", "closed_at"),
}
"""By event: the states it is allowed in, where it leads ("" nowhere), what it is called, and the column that keeps when."""

CHARGES: Mapping[type[Event], Step] = {
    Quoted: ((NOTHING, UNQUOTED, QUOTED, DECLINED, AGREED), QUOTED, "报价", "quoted_at"),
    QuoteAgreed: ((QUOTED,), AGREED, "登记签字", "agreed_at"),
    QuoteDeclined: ((QUOTED,), DECLINED, "登记不同意报价", ""),
    Charged: ((DUE,), BILLED, "入账", ""),
    ChargeWaived: ((DUE,), WAIVED, "减免", ""),
}
"""The same of the charge; Finished leads it to 待收 or back to 无, see Repair."""

CALLS: Mapping[type[Event], Step] = {
    CallMissed: ((TO_CALL, MISSED), MISSED, "登记联系不上", ""),
    Rated: ((UNRATED,), ASKED, "补登评价", ""),
}
"""The same of the follow-up; Finished and Transferred lead it to 待回访, Closed to its end."""


def possible(steps: Mapping[type[Event], Step], state: str) -> Sequence[str]:
    """What can be done in a state, as it is called."""
    return [word for states, _, word, _ in steps.values() if state in states]
