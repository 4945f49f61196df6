"""What is said of bills: a household owes, a bill is taken back, part of it is given up."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator
from sqlmodel import Session

from data.records import Event, PersonalText
from desk import shifts, staff
from desk.money import Fen

FeeClass = Literal["物业费", "停车", "代收水电", "押金", "公共收益", "违约金", "其他"]

OWN_INCOME: tuple[FeeClass, ...] = ("物业费", "停车", "违约金", "其他")
"""What the office earns. 代收 is others' money (物业管理条例 §44), 公共收益 the owners' (民法典 §282), 押金 is owed back."""

WaiveReason = Literal["抹零", "违约金免收", "政策减免", "空置减免", "服务补偿", "历史遗留", "其他"]
WAIVE_REASONS: tuple[WaiveReason, ...] = ("抹零", "违约金免收", "政策减免", "空置减免", "服务补偿", "历史遗留", "其他")

ROUNDING, PENALTY_ALONE = 99, 50_00
"""What a cashier may waive alone, in fen: 抹零 below a yuan, 违约金 up to ¥50 a bill (domain.md B4)."""


class Billed(Event):
    """A household owes an amount for an item and a period (`YYYY-MM` or `YYYY-MM-DD`, both ends included).

    `due` is `YYYY-MM-DD`; `how` the arithmetic as printed (89.60㎡×1.80×3月); `owner` who owes it where the room was sold
    within the period; `again` counts the bills written anew after one was withdrawn; `of` the bill a 违约金 is for.
    """

    kind: ClassVar[str] = "bill.billed"
    opens: ClassVar[bool] = True
    roles = staff.MONEY

    room: str
    item: str
    klass: FeeClass = "其他"
    period_from: str
    period_to: str
    fen: Fen
    due: str = ""
    how: str = ""
    owner: PersonalText = ""
    again: int = 0
    of: str = ""

    @field_validator("item")
    @classmethod
    def named_by_law(cls, item: str) -> str:
        """Only an authority levies 滞纳金; what a contract has is 违约金, also where an imported list says otherwise."""
        return item.replace("滞纳金", "违约金")

    @field_validator("fen")
    @classmethod
    def more_than_nothing(cls, fen: int) -> int:
        """A bill is of at least one fen."""
        if fen <= 0:
            raise ValueError("账单金额要大于 0")
        return fen

    def key(self) -> str:
        """Two desks that bill one item for one period of one room meet in one bill; nobody is billed twice.

        A 违约金 is named by the bill it is for and the last day it counts.
        """
        if self.of:
            return f"{self.of}+{self.period_to}"
        return bill_id(self.room, self.item, self.period_from, self.period_to, self.again)


class Withdrawn(Event):
    """A bill was taken back with a reason; what was paid on it stays paid. `approved_by` agreed, where that is needed."""

    kind: ClassVar[str] = "bill.withdrawn"
    roles = staff.MONEY

    reason: str = Field(min_length=2)
    approved_by: str = ""


class Waived(Event):
    """Part of a bill is given up (减免), for a coded reason, by a second person where it is more than a cashier may."""

    kind: ClassVar[str] = "bill.waived"
    roles = staff.MONEY

    fen: Fen
    reason: WaiveReason
    note: PersonalText = ""
    policy: str = ""
    approved_by: str = ""
    shift: str = ""

    @field_validator("fen")
    @classmethod
    def more_than_nothing(cls, fen: int) -> int:
        """A waiver is of at least one fen."""
        if fen <= 0:
            raise ValueError("减免金额要大于 0")
        return fen

    def complete(self, read: Session) -> "Waived":
        """With the drawer's open shift, whose Z lists it; a waiver moves no cash, so it needs none."""
        return self.model_copy(update={"shift": shifts.open_id(read)})


class WaiverWithdrawn(Event):
    """A waiver was taken back; `waiver` is the id of its entry."""

    kind: ClassVar[str] = "bill.waiver_withdrawn"
    roles = staff.SUPERVISION

    waiver: str
    reason: str = Field(min_length=2)


def bill_id(room: str, item: str, period_from: str, period_to: str, again: int = 0) -> str:
    """The id of the bill for an item and a period of a room."""
    return f"bill:{room}/{item}/{period_from}~{period_to}{f'#{again + 1}' if again else ''}"
