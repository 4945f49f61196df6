"""What a household owes: bills, each a record of its own, and what is still open of them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import field_validator
from sqlalchemy import func
from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry
from data.records import Actor, Event, Record, Refused
from desk.money import Fen
from desk.residents import refuse_unknown_room
from desk.staff import MONEY, require_money

FeeClass = Literal["物业费", "停车", "代收水电", "押金", "公共收益", "其他"]


class Billed(Event):
    """A household owes an amount for an item and a period (`YYYY-MM`, both ends included); `due` is `YYYY-MM-DD`."""

    kind: ClassVar[str] = "bill.billed"
    opens: ClassVar[bool] = True
    roles = MONEY

    room: str
    item: str
    klass: FeeClass = "其他"
    period_from: str
    period_to: str
    fen: Fen
    due: str = ""

    @field_validator("fen")
    @classmethod
    def more_than_nothing(cls, fen: int) -> int:
        """A bill is of at least one fen."""
        if fen <= 0:
            raise ValueError("账单金额要大于 0")
        return fen

    def key(self) -> str:
        """Two desks that bill one item for one period of one room meet in one bill; nobody is billed twice."""
        return bill_id(self.room, self.item, self.period_from, self.period_to)


class Withdrawn(Event):
    """A bill was taken back with a reason; what was paid on it stays paid."""

    kind: ClassVar[str] = "bill.withdrawn"
    roles = MONEY

    reason: str = Field(min_length=2)


class Bill(Record, table=True):
    """One item a household owes. How much of it is open is always computed, see `open_bills`."""

    kinds = {event.kind: event for event in (Billed, Withdrawn)}

    room: str = Field(default="", index=True)
    item: str = ""
    klass: str = ""
    period_from: str = ""
    period_to: str = ""
    fen: int = 0
    due: str = ""
    withdrawn: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Two desks that bill different amounts leave the first and a doubt."""
        match event:
            case Billed() if not self.room:
                for field in ("room", "item", "klass", "period_from", "period_to", "fen", "due"):
                    setattr(self, field, getattr(event, field))
            case Billed() if event.fen != self.fen:
                self.doubt = "两台前台出了不同金额的同一笔账单，请核对后作废重出"
            case Withdrawn():
                self.withdrawn = event.reason

    @classmethod
    def refusal(cls, read: Session, record: "Bill | None", event: Event, by: Actor) -> Refused | None:
        """A bill is for a known room, and is taken back once."""
        if isinstance(event, Billed):
            return refuse_unknown_room(read, event.room)
        if isinstance(event, Withdrawn) and record and record.withdrawn:
            return Refused("这笔账单已经撤销，不用再撤")
        return None

    @property
    def period(self) -> str:
        """The period as people write it: 2026-10 or 2026-10～2026-12."""
        return self.period_from if self.period_from == self.period_to else f"{self.period_from}～{self.period_to}"


class Allocation(SQLModel, table=True):
    """Part of a payment that goes to a bill; belongs to the payment `owner`. `void` follows the payment."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    bill: str = Field(index=True)
    item: str
    period: str
    fen: int
    void: bool = False


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill with what is still owed of it in fen; negative where two desks were both paid (多收)."""

    bill: Bill
    open: int


def bill_id(room: str, item: str, period_from: str, period_to: str) -> str:
    """The id of the bill for an item and a period of a room."""
    return f"bill:{room}/{item}/{period_from}~{period_to}"


def open_bills(read: Session, room: str, by: Actor, whole: bool = False) -> list[OpenBill]:
    """A household's bills with something open (or overpaid), oldest first; all of them when `whole`.

    Raises Refused for a guard.
    """
    require_money(by)
    paid = select(Allocation.bill, func.sum(Allocation.fen).label("fen")).where(col(Allocation.void).is_(False))
    sums = paid.group_by(col(Allocation.bill)).subquery()
    found = read.exec(
        select(Bill, func.coalesce(sums.c.fen, 0)).outerjoin(sums, sums.c.bill == col(Bill.id)).where(Bill.room == room)
    ).all()
    rows = [OpenBill(bill, (0 if bill.withdrawn else bill.fen) - int(done)) for bill, done in found]
    return sorted((row for row in rows if whole or row.open), key=lambda row: (row.bill.period_from, row.bill.item))


def open_of(read: Session, bill: Bill) -> int:
    """What is still owed of one bill, in fen."""
    done = read.exec(
        select(func.coalesce(func.sum(Allocation.fen), 0)).where(Allocation.bill == bill.id, col(Allocation.void).is_(False))
    ).one()
    return (0 if bill.withdrawn else bill.fen) - int(done)


def paid_until(read: Session, room: str, item: str, by: Actor) -> str:
    """The last month up to which an item of a room is paid without a gap (已缴至), "" where nothing is."""
    until = ""
    rows = [row for row in open_bills(read, room, by, whole=True) if row.bill.item == item and not row.bill.withdrawn]
    for row in rows:
        if row.open > 0:
            break
        until = row.bill.period_to
    return until
