"""The household card: who stands there, and all that waits for this household, in one look."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from data.records import Actor
from desk import (
    bills,
    bookings,
    care_list,
    contacts,
    fields,
    instructions,
    outages,
    parcels,
    permits,
    prepaid,
    repair_lists,
    repairs,
    residents,
    staff,
    visits,
)
from desk.bills import OpenBill
from desk.bookings import Booking
from desk.contacts import Contact
from desk.money import yuan
from desk.outages import Outage
from desk.parcels import Parcel
from desk.permits import Permit
from desk.prepaid import Account
from desk.repairs import Repair
from desk.residents import Home, Person, Room
from desk.visits import Visit


@dataclass(frozen=True)
class Card:
    """All that waits for one household. `bills` is None, `prepaid` empty for those who are shown no money.

    `contacts` are who may be told of it, `asked` the lines of what it asked for, `minded` those of care and keys.
    """

    room: Room
    people: Sequence[tuple[Home, Person]]
    bills: Sequence[OpenBill] | None
    parcels: Sequence[Parcel]
    repairs: Sequence[Repair]
    visits: Sequence[Visit]
    prepaid: Sequence[Account] = ()
    permits: Sequence[Permit] = ()
    bookings: Sequence[Booking] = ()
    outages: Sequence[Outage] = ()
    contacts: Sequence[Contact] = ()
    asked: Sequence[str] = ()
    minded: Sequence[tuple[str, str, str]] = ()
    unbilled: Sequence[Repair] = ()

    @property
    def owed(self) -> int:
        """What is open in all, in fen; 0 where it is not shown."""
        return sum(row.open for row in self.bills or () if row.open > 0)

    @property
    def overpaid(self) -> Sequence[OpenBill]:
        """Bills that two desks were both paid for, to be settled by a person."""
        return [row for row in self.bills or () if row.open < 0]


def card(read: Session, code: str, by: Actor) -> Card:
    """The card of a room. Raises Refused when there is no such room."""
    return Card(
        room=residents.room(read, code),
        people=residents.household(read, code),
        bills=bills.open_bills(read, code, by) if staff.sees_money(by) else None,
        parcels=parcels.held(read, code),
        repairs=repairs.open_repairs(read, code),
        visits=visits.inside(read, code),
        prepaid=prepaid.accounts(read, by, code) if staff.sees_money(by) else (),
        permits=permits.standing(read, code, f"{fields.wall():%Y-%m-%d}"),
        bookings=bookings.expected(read, fields.wall(), code),
        outages=outages.standing(read, code),
        contacts=contacts.tree(read, code),
        asked=instructions.on_card(read, code, by),
        minded=care_list.card_lines(read, code, by),
        unbilled=repair_lists.unbilled(read, 20, code) if staff.sees_money(by) else (),
    )


def _leave(shown: Card) -> list[str]:
    """Who may come: 长期授权 1（保姆 周一至五 08:00-18:00）, 预约 1."""
    lasting = "、".join(f"{one.relation} {permits.times(one)}" for one in shown.permits[:2])
    more = "…" if len(shown.permits) > 2 else ""
    found = [f"长期授权 {len(shown.permits)}（{lasting}{more}）"] if shown.permits else []
    return found + ([f"预约 {len(shown.bookings)}"] if shown.bookings else [])


def waiting(shown: Card, by: Actor) -> list[tuple[str, str, str]]:
    """What waits, a line for each job: its name, what there is, and what its key would do; no money where none is shown."""
    lines = [("请告知", outages.told(one, fields.wall()), "") for one in shown.outages]
    if shown.bills is not None:
        due = [row.bill for row in shown.bills if row.open > 0]
        owed = f"欠 ￥{yuan(shown.owed)}  {len(due)} 笔，{due[0].period} 起" if due else "没有未缴账单"
        lines.append(("费用", owed, "F6 收费" if by.role in staff.MONEY and due else ""))
        over = "^O 多收处理" if by.role in staff.SUPERVISION else "请主管处理"
        lines += [("多收", f"{row.bill.item} {row.bill.period} ￥{yuan(-row.open)}，待核对", over) for row in shown.overpaid]
        lines += [("预存", f"{one.item} ￥{yuan(one.fen)}", "") for one in shown.prepaid]
        put = "F3 ^O 入账" if by.role in staff.MONEY else "收费员入账"
        lines += [("维修费", f"{one.number} ￥{yuan(one.cost)} 待入账", put) for one in shown.unbilled]
    held = shown.parcels
    codes = " · ".join(f"{parcel.code} {parcel.courier}" for parcel in held[:3])
    lines.append(
        (
            "快递",
            f"{len(held)} 件  {codes}{' …' if len(held) > 3 else ''}" if held else "没有待取",
            "F5 取件" if held else "F5 入库",
        )
    )
    first = shown.repairs[0] if shown.repairs else None
    repair = f"{len(shown.repairs)} 单  {first.number} {first.problem} {first.state}" if first else "没有未完成的"
    lines.append(("报修", repair, "F3 催办 / 报修" if first else "F3 报修"))
    inside = f"{len(shown.visits)} 位在场" if shown.visits else "没有在场访客"
    lines.append(("访客", " · ".join([inside, *_leave(shown)]), "F4 登记"))
    lines += shown.minded
    return lines
