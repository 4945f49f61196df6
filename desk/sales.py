"""A room that changes hands: the day its new owner begins, and the open bills of that period split between the two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.records import PERSONAL, Actor, Event, Record, Refused
from desk import bills, staff, tariffs
from desk.billed import Billed, FeeClass, Withdrawn, bill_id
from desk.bills import Bill
from desk.fields import words
from desk.money import yuan
from desk.periods import DAY, count_days, days_of, shares, written
from desk.residents import refuse_unknown_room
from desk.tariffs import Day

SPLIT: tuple[FeeClass, ...] = ("物业费", "停车", "代收水电")
"""Classes that are owed day by day. Of any other only what has a tariff is; a deposit or a penalty never."""

Act = tuple[Event, str | None]
"""An event and the record it happens to; None where the event opens one. What `Store.act_all` takes."""

Name = Annotated[str, PERSONAL, words()]


class RoomSold(Event):
    """A room was sold; `date` is the new owner's first day."""

    kind: ClassVar[str] = "sale.made"
    opens: ClassVar[bool] = True
    roles = staff.MONEY

    room: str
    date: Day
    seller: Name
    buyer: Name

    def key(self) -> str:
        """One sale a room and day."""
        return sale_id(self.room, self.date)


class RoomSale(Record, table=True):
    """That a room was sold, by whom to whom."""

    kinds = {RoomSold.kind: RoomSold}

    room: str = Field(default="", index=True)
    date: str = ""
    seller: str = ""
    buyer: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; two desks that name other people leave the first and a doubt."""
        assert isinstance(event, RoomSold)
        if not self.room:
            self.room, self.date, self.seller, self.buyer = event.room, event.date, event.seller, event.buyer
        elif (event.seller, event.buyer) != (self.seller, self.buyer):
            self.doubt = "两台前台登记的买卖双方不同，请核对合同"

    @classmethod
    def refusal(cls, read: Session, record: "RoomSale | None", event: Event, by: Actor) -> Refused | None:
        """For a known room, with both names."""
        assert isinstance(event, RoomSold)
        if not (event.seller and event.buyer):
            return Refused("请写上原业主和新业主的姓名，拆开的账单要写明由谁承担", "buyer" if event.seller else "seller")
        return refuse_unknown_room(read, event.room)


def sale_id(room: str, day: str) -> str:
    """The id of the sale of a room on a day."""
    return f"sale:{room}/{day}"


def sales(read: Session, room: str = "") -> dict[str, list[RoomSale]]:
    """The sales of a room, or of all rooms, by room and then oldest first."""
    found: dict[str, list[RoomSale]] = {}
    every = select(RoomSale).order_by(col(RoomSale.date))
    for sale in read.exec(every.where(RoomSale.room == room) if room else every):
        found.setdefault(sale.room, []).append(sale)
    return found


def owner_after(known: Iterable[RoomSale], day: str, otherwise: str = "") -> str:
    """Who owned a room on a day, as far as its sales, oldest first, tell: whoever sold it next after that day."""
    return next((sale.seller for sale in known if sale.date > day), otherwise)


class Again:
    """Counts, for bills that are written anew after one was withdrawn, which writing it is."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = set(ids)

    def of(self, room: str, item: str, period_from: str, period_to: str) -> int:
        """The first number that no bill of this item and period has yet; the number is taken."""
        again = 0
        while (name := bill_id(room, item, period_from, period_to, again)) in self.ids:
            again += 1
        self.ids.add(name)
        return again


@dataclass(frozen=True, slots=True)
class Transfer:
    """What registering a sale does, for one `Store.act_all`; the notes say in Chinese what is left to people."""

    acts: list[Act]
    notes: list[str]


def sale_acts(read: Session, room: str, day: str, seller: str, buyer: str, by: Actor, approved_by: str = "") -> Transfer:
    """Register that a room was sold, and split each bill of that period by days: what is before `day` is the seller's.

    `approved_by` agrees to what is withdrawn for it, where `by` is no supervisor. A bill on which anything was paid or waived
    stays as it is, and is named in the notes. Raises Refused for a guard, and where that sale is registered already;
    ValidationError for a `day` that is none.
    """
    staff.require_money(by)
    sold = RoomSold(room=room, date=day, seller=seller, buyer=buyer)
    if read.get(RoomSale, sold.key()):
        raise Refused(f"{room} 在 {sold.date} 过户已经登记过，不用再登记", "date")
    acts: list[Act] = [(sold, None)]
    notes: list[str] = []
    found = sorted(read.exec(select(Bill).where(Bill.room == room)), key=bills.age)
    done, again = bills.settled(read, room), Again(bill.id for bill in found)
    with_tariff = {one.item for one in tariffs.rates(read)}
    buyers = owner_after(sales(read, room).get(room, ()), sold.date, sold.buyer)
    before = date.fromisoformat(sold.date)
    earlier = 0
    for bill in found:
        days = days_of(bill.period_from, bill.period_to)
        if bill.withdrawn or days is None or bill.of or bill.klass in tariffs.ONCE:
            continue
        if days[1] < before:
            earlier += max(bill.fen - done.get(bill.id, 0), 0)
        elif days[0] < before and (bill.klass in SPLIT or bill.item in with_tariff):
            late = [one.id for one in found if one.of == bill.id and not one.withdrawn]
            if any(done.get(one, 0) for one in (bill.id, *late)):
                notes.append(f"{bill.item} {bill.period} 已收过款或减免过，没有拆分，请双方自行结算或走退款")
            else:
                acts += [(Withdrawn(reason=f"{sold.date} 过户，账单重出", approved_by=approved_by), one) for one in late]
                acts.append((Withdrawn(reason=f"{sold.date} 过户，按天拆分", approved_by=approved_by), bill.id))
                acts += _split(bill, days, sold, buyers, again)
    if earlier > 0:
        notes.append(f"过户前的账单还欠 {yuan(earlier)} 元，由原业主承担，请在过户时结清")
    return Transfer(acts, notes)


def _split(bill: Bill, days: tuple[date, date], sold: RoomSold, buyer: str, again: Again) -> Iterator[Act]:
    """Bill the two parts of a bill that is taken back, rounded so that they add up to it."""
    (first, last), begins = days, date.fromisoformat(sold.date)
    before, whole = count_days(first, begins - DAY), count_days(first, last)
    parts = shares(bill.fen, [before, whole - before])
    full = bill.how or yuan(bill.fen)
    for fen, start, end, owner, how in (
        (parts[0], first, begins - DAY, sold.seller, part_of(full, before, whole)),
        (parts[1], begins, last, buyer, f"{full}-{yuan(parts[0])}"),
    ):
        if fen:
            since, until = written(start, end)
            number = again.of(bill.room, bill.item, since, until)
            said = {"room": bill.room, "item": bill.item, "klass": bill.klass, "period_from": since, "period_to": until}
            said |= {"due": bill.due, "how": how, "owner": owner}
            yield Billed.model_validate({**said, "fen": fen, "again": number}), None


def part_of(how: str, days: int, whole: int) -> str:
    """The arithmetic of a part by days: (A+B)×14/31天."""
    return f"({how})×{days}/{whole}天" if "+" in how or "-" in how else f"{how}×{days}/{whole}天"
