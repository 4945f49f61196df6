"""What a repair costs a household: a quote that is signed first, and the bill that the lines of the work become."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlmodel import Field, Session, SQLModel, col, select

from data.records import Actor, Event, Refused
from desk import fields, staff
from desk.billed import Billed
from desk.bills import Bill
from desk.fields import is_public
from desk.money import yuan
from desk.repair_events import Charged, Finished, QuoteAgreed, Quoted
from desk.repair_lines import Line, counted, total
from desk.repair_states import AGREED, CHARGES, ON_SITE, OPEN, possible

if TYPE_CHECKING:
    from desk.repairs import Repair

ITEM = "维修费"


class RepairLine(SQLModel, table=True):
    """A line of the quote or of the work (`part`) that stands of the repair `owner`; `qty` in 1/100, `price`, `fen` in fen."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    part: str
    item: str
    qty: int
    unit: str
    price: int
    fen: int


QUOTE, WORK = "报价", "完工"


def lines_of(read: Session, repair: str, part: str, by: Actor) -> Sequence[RepairLine]:
    """The lines of the quote or the work that stand. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(
        select(RepairLine).where(RepairLine.owner == repair, RepairLine.part == part).order_by(col(RepairLine.n))
    ).all()


def rows(owner: str, part: str, lines: Sequence[Line], first: int = 0) -> list[RepairLine]:
    """Lines as the table keeps them."""
    return [
        RepairLine(owner=owner, n=n, part=part, item=one.item, qty=one.qty, unit=one.unit, price=one.price, fen=one.fen)
        for n, one in enumerate(lines, first)
    ]


def bill_of(number: str, room: str, lines: Sequence[Line], day: str = "") -> Billed:
    """The bill that lines of work become. Two desks that write it meet in one; `day` is today where nothing is said."""
    day = day or f"{fields.wall():%Y-%m-%d}"
    how = f"{len(lines)}项，签字报价" if len(lines) > 1 else f"{lines[0].item} {counted(lines[0].qty, lines[0].unit)}，签字报价"
    return Billed(
        room=room, item=f"{ITEM} {number}", klass="其他", period_from=day, period_to=day, fen=total(lines), due=day, how=how
    )


def charging(read: Session, repair: "Repair", by: Actor) -> list[tuple[Event, str | None]]:
    """The acts that put what was done on the household's account, for one Store.act_all. Raises Refused for a guard."""
    done = [Line(item=one.item, qty=one.qty, unit=one.unit, price=one.price) for one in lines_of(read, repair.id, WORK, by)]
    if not done:
        raise Refused(f"{repair.number} 没有要收的项目")
    billed = bill_of(repair.number, repair.room, done, repair.finished_at[:10])
    return [(billed, None), (Charged(bill=billed.key()), repair.id)]


def refuse(read: Session, record: "Repair", event: Event) -> Refused | None:
    """Why a step of the charge is not taken now, with what is possible, or None. It asks nothing about the work but whether
    it is still to be done: the charge never holds the work up."""
    if isinstance(event, Finished):
        return _refuse_lines(record, event)
    step = CHARGES.get(type(event))
    if step is None:
        return None
    if record.charge not in step[0]:
        can = "、".join(possible(CHARGES, record.charge))
        now = f"现在可以：{can}" if can else "收费这边已经了结"
        return Refused(f"{record.number} 收费是“{record.charge}”，不能{step[2]}。{now}")
    if isinstance(event, Quoted):
        return _refuse_quote(record)
    if isinstance(event, QuoteAgreed) and event.cap != record.cap:
        return Refused(f"刚刚又改过报价，现在上限是 {yuan(record.cap)} 元，请让住户看最新的报价单再签字")
    if isinstance(event, Charged):
        bill = read.get(Bill, event.bill)
        if bill is None or bill.fen != record.cost or bill.room != record.room:
            return Refused(f"{record.number} 的账单和完工登记的 {yuan(record.cost)} 元对不上，请刷新后再入账")
        if not record.agreed_at or record.cost > record.cap:
            return Refused(f"{record.number} 没有签字的报价，或超过签字的上限，不能入账；请主管减免")
    return None


def _refuse_quote(record: "Repair") -> Refused | None:
    if record.state not in OPEN:
        return Refused(f"{record.number} 现在是“{record.state}”，没有要报价的活；又坏了请新登记一单")
    if record.redo_of:
        return Refused(f"{record.number} 是保修期内的返修，不收费，不用报价")
    if is_public(record.room):
        return Refused(f"{record.room} 是公共部位，物业来修，不向住户报价")
    return None


def _refuse_lines(record: "Repair", event: Finished) -> Refused | None:
    """Nothing is to be paid that was not signed for, and not more than was signed for."""
    if not event.lines or record.state != ON_SITE:
        return None
    fen = total(event.lines)
    if fen <= 0:
        return Refused("这几项合计是 0 元；不收费请把用料工时空着", "lines")
    if record.charge != AGREED:
        return Refused(f"收费要先报价、住户签字（现在是“{record.charge}”）；不收费请把用料工时空着", "lines")
    if fen > record.cap:
        return Refused(f"合计 {yuan(fen)} 元，超过住户签字的上限 {yuan(record.cap)} 元；请减项，或重新报价签字", "lines")
    return None
