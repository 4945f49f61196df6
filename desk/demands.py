"""Asking for what is overdue (催告): on paper, step by step, with proof of delivery, and never by the guard."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict
from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry, check_letters
from data.file import raw
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import china, demand_slips, fields, periods, residents, staff
from desk.bills import Bill, open_bills, open_of
from desk.fields import Moment, Words
from desk.money import Fen, yuan
from desk.rules import rules
from printers.slip import QR, Slip

Stage = Literal["欠费通知单", "催告函", "移交法务"]
STAGES: tuple[Stage, ...] = get_args(Stage)
NOTICE, LETTER, LAWYERS = STAGES
BEFORE: dict[Stage, Stage] = {LETTER: NOTICE, LAWYERS: LETTER}
"""What must have been delivered, and its time be over, before the next step (民法典 §944: 催告, 合理期限, then the court)."""

Way = Literal["当面签收", "家属签收", "张贴", "快递", "电话"]
WAYS: tuple[Way, ...] = get_args(Way)

WAITING, DELIVERED, HANDED_OVER = "待送达", "已送达", "已移交"


class Claim(BaseModel):
    """What of one bill is asked for, in fen."""

    model_config = ConfigDict(frozen=True)

    bill: str
    item: str
    period: str = ""
    fen: Fen


class Made(Event):
    """A demand was written. `pay_by` is the last day to pay, `YYYY-MM-DD`, by default as far off as the rules say.

    `owner` is who owes it where that is no longer who lives there, for the desk to fill in; `note` is never printed.
    """

    kind: ClassVar[str] = "demand.made"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.MONEY

    room: str
    stage: Stage
    bills: tuple[Claim, ...]
    pay_by: Annotated[str, AfterValidator(lambda text: text and periods.day(text))] = ""
    note: Words = ""
    owner: PersonalText = ""

    def complete(self, read: Session) -> Self:
        """With the term the rules give, and with who owes it where the room was sold."""
        term = "" if self.stage == LAWYERS else str(earliest_term(read))
        owners = debtors(read, self.room, [claim.bill for claim in self.bills])
        return self.model_copy(update={"pay_by": self.pay_by or term, "owner": "、".join(sorted(filter(None, owners)))})


class Delivered(Event):
    """A demand reached the household, which restarts the three years (民法典 §188, §195).

    `at` is a wall time, now where none was said; `by_whom` who took it or was rung; `witness` the id of the second of the
    two who post on a door; `tracking` the courier's number.
    """

    kind: ClassVar[str] = "demand.delivered"
    roles = staff.MONEY

    way: Way
    at: Moment = ""
    by_whom: Words = ""
    witness: str = ""
    tracking: Annotated[str, AfterValidator(lambda text: text and china.waybill(text))] = ""

    def complete(self, read: Session) -> Self:
        """With the time."""
        return self.model_copy(update={"at": self.at or fields.moment_of(fields.wall())})


class DemandLine(SQLModel, table=True):
    """One bill a demand asks for; belongs to the demand `owner`."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    bill: str = Field(index=True)
    item: str
    period: str
    fen: int


class Demand(Record, table=True):
    """One demand. `fen` is what it asks for in all, `debtor` who owes it where that is no longer who lives there.

    delivered_at, way, by_whom, witness, tracking   how it got there; "" until then
    delivered_by                                    the id of who says so
    """

    kinds = {event.kind: event for event in (Made, Delivered)}

    room: str = Field(default="", index=True)
    stage: str = ""
    fen: int = 0
    pay_by: str = ""
    note: str = ""
    debtor: str = ""
    state: str = Field(default=WAITING, index=True)
    way: str = ""
    delivered_at: str = ""
    delivered_by: str = ""
    by_whom: str = ""
    witness: str = ""
    tracking: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; delivered at two desks, the first stays."""
        match event:
            case Made() if not self.room:
                self.room, self.stage, self.pay_by, self.note = event.room, event.stage, event.pay_by, event.note
                self.fen, self.debtor = sum(claim.fen for claim in event.bills), event.owner
                self.state = HANDED_OVER if event.stage == LAWYERS else WAITING
            case Delivered() if self.state == WAITING:
                self.state, self.way, self.delivered_at, self.delivered_by = DELIVERED, event.way, event.at, entry.by
                self.by_whom, self.witness, self.tracking = event.by_whom, event.witness, event.tracking
            case _:
                self.doubt = self.doubt or "两台前台都登记了送达，请核对回执"

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The table of `lines`."""
        return (DemandLine,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """The bills it asks for."""
        made = said[0][1]
        assert isinstance(made, Made)
        return [DemandLine(owner=self.id, n=n, **claim.model_dump()) for n, claim in enumerate(made.bills)]

    @classmethod
    def refusal(cls, read: Session, record: "Demand | None", event: Event, by: Actor) -> Refused | None:
        """Only what is overdue is asked for, one step after the other; a delivery is proven and registered once."""
        match event:
            case Made():
                return _refuse_made(read, event, by)
            case Delivered() if record:
                return _refuse_delivered(read, record, event, by)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """What goes to the household, without a name, and the 送达回执 that stays; or the one paper for the lawyers."""
        token = QR(f"{self.number}.{check_letters(link)}")
        if not isinstance(event, Made):
            return ()
        if event.stage == LAWYERS:
            return [demand_slips.for_lawyers(read, self, event, entry, token, by)]
        return [demand_slips.for_household(read, self, event, entry, token, by), demand_slips.proof(read, self, event, token)]


def _refuse_made(read: Session, event: Made, by: Actor) -> Refused | None:
    if unknown := residents.refuse_unknown_room(read, event.room):
        return unknown
    if not event.bills:
        return Refused(f"{event.room} 没有可以出{event.stage}的到期欠费，不用催", "bills")
    if len({claim.bill for claim in event.bills}) != len(event.bills):
        return Refused("同一笔账单不能催两次，请只勾一次", "bills")
    today, over = fields.wall().date(), _terms(read, event.room, event.stage)
    for claim in event.bills:
        bill, name = read.get(Bill, claim.bill), f"{claim.item} {claim.period}".strip()
        if bill is None or bill.room != event.room:
            return Refused(f"{event.room} 没有“{name}”这笔账单，请按 Esc 返回后重新打开", "bills")
        still = open_of(read, bill)
        if still <= 0:
            return Refused(f"{name} 已缴清或已撤销，不用催，请去掉这一笔", "bills")
        if not 0 < claim.fen <= still:
            return Refused(f"{name} 欠 {yuan(still)} 元，不能催 {yuan(claim.fen)} 元", "bills")
        if bill.due >= str(today):
            return Refused(f"{name} {bill.due} 才到期，过了这一天才能催", "bills")
        if why := _refuse_step(name, event.stage, over.get(bill.id), today):
            return why
    if len(debtors(read, event.room, [claim.bill for claim in event.bills])) > 1:
        return Refused("这些账单的欠款人不同（房屋换过业主），请分开出单", "bills")
    if event.stage != LAWYERS and event.pay_by < str(earliest := earliest_term(read)):
        return Refused(f"要给住户合理的缴费期限（民法典 §944），最早写 {earliest}", "pay_by")
    if twin := _twin(read, event, today):
        return Refused(f"同样的{event.stage}已经出过（{twin.number}），还没送达，请送达或补打那一张")
    return None


def _refuse_step(name: str, stage: Stage, end: date | None, today: date) -> Refused | None:
    if stage == NOTICE:
        return None
    if end is None:
        return Refused(f"{name} 还没有送达过{BEFORE[stage]}，请先出{BEFORE[stage]}并登记送达", "bills")
    if end >= today:
        return Refused(f"{name} 的{BEFORE[stage]}期限到 {end}，过了期限仍未缴才能出{stage}", "bills")
    return None


def _refuse_delivered(read: Session, record: Demand, event: Delivered, by: Actor) -> Refused | None:
    if record.state == HANDED_OVER:
        return Refused(f"{record.number} 是交给法务的移交单，不用登记送达")
    if record.state == DELIVERED:
        when = record.delivered_at.replace("T", " ")
        return Refused(f"{record.number} 已在 {when} 送达（{record.way}），不用再登记")
    if event.at > fields.moment_of(fields.wall()):
        return Refused("送达时间还没有到，请填实际送达的时间", "at")
    if event.at < record.opened_at[:16]:
        return Refused(f"送达时间不能早于出单时间 {record.opened_at[:16].replace('T', ' ')}，请核对", "at")
    if event.way in ("家属签收", "电话") and not event.by_whom:
        return Refused("请填是谁签收或接的电话，例如 儿子王建国", "by_whom")
    if event.way == "快递" and not event.tracking:
        return Refused("快递送达要填快递单号，作送达凭据", "tracking")
    if event.way == "张贴" and record.debtor:
        return Refused("欠款人已不住这里，贴在门上不算送达，请改用快递或电话", "way")
    if (event.way == "张贴" or event.witness) and staff.refuse_second(read, event.witness, by, staff.DESK):
        return Refused("张贴要两个人在场，请另一位员工（不能是门岗）输入姓名和密码作证", "witness")
    return None


def _terms(read: Session, room: str, stage: Stage) -> dict[str, date]:
    """When the time ends that the step before gave, by bill: the day on its paper, or so many days after it got there."""
    if stage not in BEFORE:
        return {}
    days = timedelta(days=rules(read).notice_days)
    found = read.exec(
        select(DemandLine.bill, Demand.pay_by, Demand.delivered_at)
        .join(Demand, col(Demand.id) == col(DemandLine.owner))
        .where(Demand.room == room, Demand.stage == BEFORE[stage], Demand.state == DELIVERED)
    ).all()
    ends: dict[str, date] = {}
    for bill, pay_by, delivered in found:
        end = max(date.fromisoformat(pay_by), date.fromisoformat(delivered[:10]) + days)
        ends[bill] = min(end, ends.get(bill, end))
    return ends


def _twin(read: Session, event: Made, today: date) -> Demand | None:
    """The same demand, made before and not delivered yet: a key pressed twice writes no second one."""
    asked = {(claim.bill, claim.fen) for claim in event.bills}
    waiting = select(Demand).where(Demand.room == event.room, Demand.stage == event.stage, Demand.state == WAITING)
    for demand in read.exec(waiting.where(Demand.pay_by >= str(today))).all():
        if {(line.bill, line.fen) for line in _lines(read, demand.id)} == asked:
            return demand
    return None


def claims(read: Session, room: str, stage: Stage, by: Actor) -> tuple[Claim, ...]:
    """What may be asked of a household at this step today, oldest first. Raises Refused for a guard."""
    today, over = fields.wall().date(), _terms(read, room, stage)
    return tuple(
        Claim(bill=row.bill.id, item=row.bill.item, period=row.bill.period, fen=row.open)
        for row in open_bills(read, room, by)
        if row.open > 0 and row.bill.due < str(today) and not _refuse_step("", stage, over.get(row.bill.id), today)
    )


def earliest_term(read: Session) -> date:
    """The first day a demand written today may name as its last day to pay."""
    return fields.wall().date() + timedelta(days=rules(read).notice_days)


def debtors(read: Session, room: str, bills: Sequence[str]) -> set[str]:
    """Who owes these bills: "" for the household of today, else the owner of then by name."""
    here = {"", *(person.name for _, person in residents.household(read, room))}
    found = read.exec(select(Bill.owner).where(col(Bill.id).in_(bills))).all()
    return {"" if owner in here else owner for owner in found}


def demands_of(read: Session, room: str, by: Actor) -> Sequence[Demand]:
    """A household's demands, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    wanted = select(Demand).where(Demand.room == room)
    return read.exec(wanted.order_by(col(Demand.opened_at).desc(), col(Demand.id).desc())).all()


def lines_of(read: Session, demand: Demand, by: Actor) -> Sequence[DemandLine]:
    """The bills a demand asks for. Raises Refused for a guard."""
    staff.require_money(by)
    return _lines(read, demand.id)


def _lines(read: Session, demand: str) -> Sequence[DemandLine]:
    return read.exec(select(DemandLine).where(DemandLine.owner == demand).order_by(col(DemandLine.n))).all()


def last_demand(read: Session, bill: str) -> str:
    """The day of the newest delivered demand that names a bill, `YYYY-MM-DD`, or "": limitation restarts (民法典 §195)."""
    newest = "SELECT MAX(delivered_at) FROM demand JOIN demandline ON owner = demand.id WHERE bill = ?"
    (found,) = raw(read.connection()).execute(newest, (bill,)).fetchone()
    return (found or "")[:10]
