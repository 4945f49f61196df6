"""What a cashier does beside taking dues, by a short list; waivers, bills taken back, bills that were paid twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from data.records import Event, Refused
from desk import bills, payments, staff
from desk.billed import WAIVE_REASONS, Waived, Withdrawn
from desk.bills import Bill, OpenBill
from desk.money import parse_yuan, yuan
from desk.paid import Moved
from desk.payments import Payment
from screens.ask import Pick
from screens.charge_forms import pay_ahead, take_charge, take_deposit
from screens.form import Field, Form
from screens.second import SECOND, second, second_needed

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk


class Waive(Form):
    """Gives up part of a bill, or all of it, without taking money."""

    def __init__(self, row: OpenBill) -> None:
        super().__init__()
        self.subject, self.row_of = row.bill.id, row
        self.title = f"减免  {row.bill.room}"
        self.lead = f"{row.bill.item} {row.bill.period}  尚欠 {yuan(row.open)} 元"

    def fields(self) -> Sequence[Field]:
        """Why, how much, by what."""
        return (
            Field("reason", "减免原因", WAIVE_REASONS),
            Field("fen", "减免金额", default=yuan(self.row_of.open), hint="默认全部"),
            Field("note", "说明", hint="例如 空置证明已收"),
            Field("policy", "依据", hint="文件或会议纪要；可以不填"),
            *SECOND,
        )

    def on_mount(self) -> None:
        """A second person is asked where one is needed."""
        self.ask_second(False)

    def ask_second(self, show: bool) -> None:
        """Show the fields of the second person, or not."""
        for field in SECOND:
            self.row(field.name).display = show

    def settled(self, name: str) -> None:
        """The reason and the amount decide whether a second person is asked."""
        if name in ("reason", "fen"):
            try:
                self.ask_second(self.needed(self.values()) is not None)
            except Refused:
                return

    def needed(self, values: dict[str, str]) -> Refused | None:
        """Why a second person must agree, or None. Raises Refused for an amount that is none."""
        return second_needed(self.desk, [(self.row_of.bill.klass, amount(values, "fen"), values["reason"])])

    def event(self, values: dict[str, str]) -> Event:
        """The waiver, agreed to where that is needed."""
        needed = self.needed(values)
        if needed and not values["approver"]:
            raise needed
        said = {name: values[name] for name in ("reason", "note", "policy")}
        agreed = second(self.desk, values) if needed else ""
        return Waived.model_validate(said | {"fen": amount(values, "fen"), "approved_by": agreed})

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """Where a second person must agree, the fields for it are shown."""
        if {name for name, _ in faults} & {field.name for field in SECOND}:
            self.ask_second(True)
        super().fault(faults)


class Withdraw(Form):
    """Takes a bill back on which nothing was paid."""

    def __init__(self, bill: Bill, alone: bool) -> None:
        super().__init__()
        self.alone = alone
        self.subject = bill.id
        self.title = f"撤销账单  {bill.room}"
        self.lead = f"{bill.item} {bill.period}  {yuan(bill.fen)} 元；撤销后不再欠，记录不删"

    def fields(self) -> Sequence[Field]:
        """Why, and who agrees to what was not billed just now."""
        reasons = Field("reason", "原因", ("开错项目", "金额有误", "房号有误", "重复出账"), free=True)
        return (reasons,) if self.alone else (reasons, *SECOND)

    def event(self, values: dict[str, str]) -> Event:
        """The bill is off."""
        if len(values["reason"]) < 2:
            raise Refused("请写清撤销原因，至少两个字", "reason")
        return Withdrawn(reason=values["reason"], approved_by="" if self.alone else second(self.desk, values))


class MoveOver(Form):
    """What was paid twice for a bill goes to the household's account."""

    def __init__(self, payment: Payment, bill: Bill, fen: int) -> None:
        super().__init__()
        self.subject, self.bill, self.fen = payment.id, bill, fen
        self.title = f"多收处理  {bill.room}"
        paper = f"收据 {payment.number}" if payment.number else "预存抵扣"
        self.lead = f"{bill.item} {bill.period} 多收 {yuan(fen)} 元，从{paper}转为{bill.item}预存；要退的转好后再退预存"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("两台前台重复收款", "住户重复付款", "账单改小"), free=True),)

    def event(self, values: dict[str, str]) -> Event:
        """So much of the payment is paid ahead from now on."""
        if len(values["reason"]) < 2:
            raise Refused("请写清原因，至少两个字", "reason")
        return Moved(bill=self.bill.id, fen=self.fen, reason=values["reason"])


def amount(values: dict[str, str], name: str) -> int:
    """The amount of a field, in fen. Raises Refused beside it."""
    try:
        return parse_yuan(values[name])
    except ValueError as error:
        raise Refused(str(error), name) from None


def bills_of(desk: FrontDesk, room: str) -> list[OpenBill]:
    """The household's bills with something open or overpaid, oldest first."""
    assert desk.actor is not None
    with desk.store.read() as read:
        return bills.open_bills(read, room, desk.actor)


async def pick_bill(desk: FrontDesk, question: str, rows: Sequence[OpenBill]) -> OpenBill | None:
    """One of these bills."""
    answers = [f"{row.bill.item} {row.bill.period}  {yuan(abs(row.open))}" for row in rows]
    chosen = await desk.push_screen_wait(Pick(question, answers))
    return None if chosen is None else rows[chosen]


async def waive(desk: FrontDesk, room: str) -> Done | None:
    """Give up part of a bill."""
    rows = [row for row in bills_of(desk, room) if row.open > 0]
    if not rows:
        desk.notify(f"{room} 没有未缴账单，没有可减免的")
        return None
    row = await pick_bill(desk, f"{room}  减免哪一笔", rows)
    return await desk.push_screen_wait(Waive(row)) if row else None


async def withdraw(desk: FrontDesk, room: str) -> Done | None:
    """Take a bill back."""
    rows = [row for row in bills_of(desk, room) if row.open == row.bill.fen > 0]
    if not rows:
        desk.notify(f"{room} 没有一分未收的账单；收过款的请先作废收据或办退款")
        return None
    row = await pick_bill(desk, f"{room}  撤销哪一笔", rows)
    if row is None:
        return None
    assert desk.actor is not None
    with desk.store.read() as read:
        alone = bills.refuse_withdrawal(read, row.bill, "", desk.actor) is None
    return await desk.push_screen_wait(Withdraw(row.bill, alone))


async def move_over(desk: FrontDesk, room: str) -> Done | None:
    """Settle a bill that was paid twice; a supervisor's choice."""
    assert desk.actor is not None
    rows = [row for row in bills_of(desk, room) if row.open < 0]
    if not rows:
        desk.notify(f"{room} 没有多收的账单")
        return None
    if desk.actor.role not in staff.SUPERVISION:
        desk.notify("多收怎么处理由主管决定，请请主管登录后再办", severity="warning")
        return None
    row = await pick_bill(desk, f"{room}  哪一笔多收", rows)
    if row is None:
        return None
    with desk.store.read() as read:
        paid = payments.paid_for(read, row.bill.id, desk.actor)
        on_it = {
            one.id: sum(part.fen for part in payments.allocations(read, one, desk.actor) if part.bill == row.bill.id)
            for one in paid
        }
    answers = [f"{one.number or '预存抵扣'}  {one.opened_at[:16].replace('T', ' ')}  {yuan(on_it[one.id])}" for one in paid]
    chosen = await desk.push_screen_wait(Pick(f"{row.bill.item} {row.bill.period}  转哪一笔的钱", answers)) if paid else None
    if chosen is None:
        return None
    one = paid[chosen]
    return await desk.push_screen_wait(MoveOver(one, row.bill, min(-row.open, on_it[one.id])))


async def refund(desk: FrontDesk, room: str) -> Done | None:
    """Ask for a deposit or what was paid ahead back."""
    from screens.refunds import request_for

    return await request_for(desk, room)


async def demand(desk: FrontDesk, room: str) -> Done | None:
    """Ask for what is overdue, or note that a demand was delivered."""
    from screens.demand_forms import demand_for

    return await demand_for(desk, room)


async def sell(desk: FrontDesk, room: str) -> Done | None:
    """The room changes hands."""
    from screens.sale_forms import sell_for

    return await sell_for(desk, room)


MENU: tuple[tuple[str, Callable[[FrontDesk, str], Awaitable[Done | None]]], ...] = (
    ("预存", pay_ahead),
    ("收押金", take_deposit),
    ("临时收费", take_charge),
    ("减免", waive),
    ("多收处理", move_over),
    ("撤销账单", withdraw),
    ("退押金 / 退预存", refund),
    ("催告", demand),
    ("房屋过户", sell),
)
"""By digit."""


async def menu_for(desk: FrontDesk, room: str) -> Done | None:
    """What is done with money for a household beside taking its dues, one of a short list; runs in a worker."""
    assert desk.actor is not None
    if desk.actor.role not in staff.MONEY:
        desk.notify("您的岗位不办收费，请请收费员或主管来办", severity="warning")
        return None
    chosen = await desk.push_screen_wait(Pick(f"{room}  还要办什么", [name for name, _ in MENU]))
    return await MENU[chosen][1](desk, room) if chosen is not None else None
