"""What the desk lends (借用物品): how many wheelchairs, carts and umbrellas there are, and how many are left."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from sqlmodel import Session, select

from data.entry import Entry
from data.records import Event, Record
from desk import staff
from desk.fields import within, words


class StockCounted(Event):
    """So many of a thing are there to be lent, out or in; 0 takes it off the list."""

    kind: ClassVar[str] = "stock.counted"
    opens: ClassVar[bool] = True
    roles = staff.DESK

    item: Annotated[str, words(1, "请写是什么东西，例如 轮椅")]
    count: Annotated[int, within(0, 99, "数量是 0 到 99")]

    def key(self) -> str:
        """Two desks that count the same thing meet in one record."""
        return stock_id(self.item)


class StockRecounted(StockCounted):
    """Counted again: bought, broken or lost."""

    kind: ClassVar[str] = "stock.recounted"
    opens: ClassVar[bool] = False


class Stock(Record, table=True):
    """How many of one thing there are; of two counts the later stands."""

    __tablename__ = "lending_stock"
    kinds = {event.kind: event for event in (StockCounted, StockRecounted)}

    item: str = ""
    count: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        assert isinstance(event, StockCounted)
        self.item, self.count = event.item, event.count


def stock_id(item: str) -> str:
    """The id of the record of a thing."""
    return f"stock:{item}"


def counted(read: Session, item: str) -> int | None:
    """How many of a thing there are, lent or here; None where nobody counted them, or it is off the list."""
    stock = read.get(Stock, stock_id(item))
    return stock.count or None if stock else None


def known(read: Session, item: str) -> bool:
    """Whether a thing was counted at any time, so that counting it now is counting again."""
    return read.get(Stock, stock_id(item)) is not None


def stocks(read: Session) -> Sequence[Stock]:
    """Everything that is lent and was counted, by name."""
    return read.exec(select(Stock).where(Stock.count > 0).order_by(Stock.item).limit(50)).all()
