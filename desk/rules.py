"""What the supervisor decided for every desk of the estate: the limits its refusals ask, kept as entries like all else."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator
from sqlmodel import Session

from data.entry import Entry
from data.records import Actor, Event, Record
from desk.fields import within
from desk.staff import SUPERVISION

KEY = "rules"


def _limit(low: int, high: int, sentence: str) -> AfterValidator:
    return within(low, high, sentence)


class RulesSet(Event):
    """Limits were set for the first time; what is None keeps its default. See `Rules` for units."""

    kind: ClassVar[str] = "rules.set"
    opens: ClassVar[bool] = True
    roles = SUPERVISION

    prepay_months: Annotated[int | None, _limit(0, 12, "预存最多 12 个月（杭州市物业管理条例 §55），0 为不收预存")] = None
    difference_limit: Annotated[int | None, _limit(0, 100_00, "长短款限额要在 0 到 100 元之间")] = None
    cash_refund_limit: Annotated[int | None, _limit(0, 1000_00, "备用金退款限额要在 0 到 1,000 元之间")] = None
    shift_hours: Annotated[int | None, _limit(4, 36, "一班要在 4 到 36 小时之间")] = None
    lpr_bp: Annotated[int | None, _limit(1, 2000, "LPR 要写成万分数，如 3.00% 写 300")] = None
    notice_days: Annotated[int | None, _limit(7, 180, "催告的合理期限要在 7 到 180 天之间")] = None
    visitor_days: Annotated[int | None, _limit(7, 180, "访客信息保存的天数要在 7 到 180 天之间")] = None
    warranty_days: Annotated[int | None, _limit(0, 730, "维修保修期要在 0 到 730 天之间")] = None
    auto_close_days: Annotated[int | None, _limit(1, 90, "报修自动关闭要在完工后 1 到 90 天之间")] = None

    care_hour: Annotated[int | None, _limit(8, 23, "关怀提醒的钟点要在 8 到 23 点之间")] = None

    def key(self) -> str:
        """There is one set of rules."""
        return KEY


class RulesChanged(RulesSet):
    """Limits were changed; what is None stays."""

    kind: ClassVar[str] = "rules.changed"
    opens: ClassVar[bool] = False


class Rules(Record, table=True):
    """The limits as they stand.

    prepay_months      how many months may be paid ahead
    difference_limit   fen of 长款/短款 a cashier closes with alone
    cash_refund_limit  fen a refund may pay in cash, from the float
    shift_hours        after so many hours a shift must be closed before money is taken
    lpr_bp             the loan prime rate in 1/100 %, to warn of a 违约金 that a court would lower
    notice_days        how long a 欠费通知单 gives before a 催告函
    visitor_days       how long what visitors said of themselves is kept, as their slip promises (个保法 §19)
    warranty_days      how long after a repair it is mended again free of charge (合同约定)
    auto_close_days    after so many days a repair nobody was asked about reads as closed
    care_hour          from this hour on, who was not seen today stands in red on the care list
    """

    kinds = {event.kind: event for event in (RulesSet, RulesChanged)}

    prepay_months: int = 12
    difference_limit: int = 10_00
    cash_refund_limit: int = 200_00
    shift_hours: int = 18
    lpr_bp: int = 300
    notice_days: int = 30
    visitor_days: int = 30
    warranty_days: int = 90
    auto_close_days: int = 7
    care_hour: int = 18

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        assert isinstance(event, RulesSet)
        for name in LIMITS:
            if (said := getattr(event, name)) is not None:
                setattr(self, name, said)

    @classmethod
    def refusal(cls, read: Session, record: "Rules | None", event: Event, by: Actor) -> None:
        """The limits themselves are checked by the event."""


LIMITS = {
    "prepay_months": "预存最多几个月",
    "difference_limit": "长短款多少以内收费员自己结（分）",
    "cash_refund_limit": "备用金退款每笔上限（分）",
    "shift_hours": "一班最长几小时",
    "lpr_bp": "LPR（万分数）",
    "notice_days": "催告期限（天）",
    "visitor_days": "访客信息保存（天）",
    "warranty_days": "维修保修期（天）",
    "auto_close_days": "报修完工后多少天没回访自动关闭",
    "care_hour": "关怀几点还没见到就标红",
}
"""What each limit is called."""


def rules(read: Session) -> Rules:
    """The limits as they stand; the defaults where nobody set any."""
    return read.get(Rules, KEY) or Rules(id=KEY)
