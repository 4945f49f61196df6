"""What a household owes: bills, each a record of its own, what was waived of them, and what is still open."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import fields, shifts, staff
from desk.billed import PENALTY_ALONE, ROUNDING, Billed, Waived, WaiverWithdrawn, Withdrawn
from desk.money import yuan
from desk.residents import refuse_unknown_room


class Waiver(SQLModel, table=True):
    """One waiver of a bill; `entry` is its entry's id, `at` when it was granted."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    entry: str
    at: str = Field(index=True)
    fen: int
    reason: str
    note: str
    approved_by: str
    by: str
    shift: str = Field(default="", index=True)


class Bill(Record, table=True):
    """One item a household owes. How much of it is open is always computed, see `open_bills`."""

    kinds = {event.kind: event for event in (Billed, Withdrawn, Waived, WaiverWithdrawn)}

    room: str = Field(default="", index=True)
    item: str = ""
    klass: str = ""
    period_from: str = ""
    period_to: str = ""
    fen: int = 0
    due: str = ""
    how: str = ""
    owner: str = ""
    of: str = Field(default="", index=True)
    withdrawn: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Two desks that bill different amounts leave the first and a doubt."""
        match event:
            case Billed() if not self.room:
                for field in ("room", "item", "klass", "period_from", "period_to", "fen", "due", "how", "owner", "of"):
                    setattr(self, field, getattr(event, field))
            case Billed() if event.fen != self.fen:
                self.doubt = "两台前台出了不同金额的同一笔账单，请核对后作废重出"
            case Withdrawn():
                self.withdrawn = event.reason

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The table of `lines`."""
        return (Waiver,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Its waivers that stand; more than the bill itself, from two desks apart, leaves a doubt."""
        gone = {event.waiver for _, event in said if isinstance(event, WaiverWithdrawn)}
        granted = [(entry, event) for entry, event in said if isinstance(event, Waived) and entry.id not in gone]
        if sum(event.fen for _, event in granted) > self.fen:
            self.doubt = "两台前台都减免了这笔账单，减免超过账单金额，请主管撤销其中一次"
        return [
            Waiver(
                owner=self.id, n=n, entry=entry.id, at=entry.at, fen=event.fen, reason=event.reason, note=event.note,
                approved_by=event.approved_by, by=entry.by, shift=event.shift,
            )
            for n, (entry, event) in enumerate(granted)
        ]  # fmt: skip

    @classmethod
    def refusal(cls, read: Session, record: "Bill | None", event: Event, by: Actor) -> Refused | None:
        """A bill is for a known room and is taken back once; nothing is waived beyond what is open."""
        match event:
            case Billed():
                return refuse_unknown_room(read, event.room) or _refuse_penalty(read, event)
            case Withdrawn() if record:
                return _refuse_withdrawn(read, record) or refuse_withdrawal(read, record, event.approved_by, by)
            case Waived() if record:
                if event.fen > (still := open_of(read, record)):
                    return Refused(f"这笔账单只欠 {yuan(max(still, 0))} 元，不能减免 {yuan(event.fen)} 元", "fen")
                before = given_up(read, record.id, event.reason)
                return refuse_waiver(read, record.klass, event.fen, event.reason, event.approved_by, by, before)
            case WaiverWithdrawn() if record:
                if event.waiver not in {one.entry for one in waivers(read, record.id)}:
                    return Refused("没有这次减免，或已经撤销，请刷新后再看")
        return None

    @property
    def period(self) -> str:
        """The period as people write it: 2026-10 or 2026-10～2026-12."""
        return self.period_from if self.period_from == self.period_to else f"{self.period_from}～{self.period_to}"


class Allocation(SQLModel, table=True):
    """Part of a payment that goes to a bill or a prepaid account; belongs to the payment `owner`. `void` follows it.

    fen      what was paid of it
    waived   what was given up of it in the same receipt (抹零), for the reason `why`
    """

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    bill: str = Field(index=True)
    item: str
    period: str
    fen: int
    waived: int = 0
    why: str = ""
    void: bool = False


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill with what is still owed of it in fen; negative where two desks were both paid (多收)."""

    bill: Bill
    open: int


def refuse_withdrawal(read: Session, record: Bill, approved_by: str, by: Actor) -> Refused | None:
    """Why this person may not take a bill back, or None: a cashier alone only what they billed in the open shift.

    A debt withdrawn is a debt given up, so it asks for who a waiver asks for.
    """
    shift = shifts.open_shift(read)
    own = record.opened_by == by.id and shift is not None and record.opened_at >= shift.opened_at
    if own or by.role in staff.SUPERVISION:
        return None
    return staff.refuse_second(read, approved_by, by, staff.SUPERVISION)


def _refuse_withdrawn(read: Session, bill: Bill) -> Refused | None:
    """A bill is taken back once, and not from under its 违约金: written anew, it would be charged for the same days again."""
    if bill.withdrawn:
        return Refused("这笔账单已经撤销，不用再撤")
    if late := read.exec(select(Bill).where(Bill.of == bill.id, col(Bill.withdrawn) == "")).first():
        return Refused(f"这笔账单出过违约金 {yuan(late.fen)} 元，请先撤销那笔违约金，再撤销账单")
    return None


def _refuse_penalty(read: Session, event: Billed) -> Refused | None:
    """No 违约金 beyond what the contract's clause comes to until today (民法典 §585)."""
    from desk.taking import overdue

    if not event.of:
        return None
    of = read.get(Bill, event.of)
    if of is None or of.room != event.room or event.klass != "违约金" or event.period_to > f"{fields.wall():%Y-%m-%d}":
        return Refused(f"没有这样的违约金可收，请重新打开 {event.room} 的收费")
    if event.fen > (most := overdue(read, of, event.period_to).fen):
        return Refused(f"{event.item}按合同到 {event.period_to} 最多再计 {yuan(most)} 元，请重新打开收费")
    return None


SETTLED = """
SELECT told.bill AS bill, CASE WHEN asked.id IS NULL THEN paid + waived
    ELSE MIN(paid + MIN(waived, owed), owed + paid - back) END AS fen
FROM (
    SELECT bill, SUM(paid) AS paid, SUM(waived) AS waived, SUM(back) AS back FROM (
        SELECT bill, fen AS paid, waived, 0 AS back FROM allocation WHERE NOT void AND bill {these}
        UNION ALL SELECT owner, 0, fen, 0 FROM waiver WHERE owner {these}
        UNION ALL SELECT target, CASE WHEN reopens THEN -fen ELSE 0 END, 0, CASE WHEN reopens THEN 0 ELSE fen + deducted END
            FROM refundline WHERE done AND target {these}
    ) GROUP BY bill
) AS told LEFT JOIN (SELECT id, CASE WHEN withdrawn = '' THEN fen ELSE 0 END AS owed FROM bill) AS asked ON asked.id = told.bill
"""
"""What of each bill is paid or waived, less what was paid back by a red receipt; `{these}` limits the bills.

Nobody overpaid by what was given up, nor by a deposit that went back; where more of a deposit went back than was paid (two
desks apart), the rest is owed.
"""


def settled(read: Session, room: str | None = None) -> dict[str, int]:
    """What is paid or waived by bill id, in fen, of one room or of all; see SETTLED."""
    these = "IN (SELECT id FROM bill WHERE room = :room)" if room is not None else "LIKE 'bill:%'"
    found = raw(read.connection()).execute(SETTLED.format(these=these), {"room": room} if room is not None else {})
    return {bill: int(fen) for bill, fen in found}


def open_bills(read: Session, room: str, by: Actor, whole: bool = False) -> list[OpenBill]:
    """A household's bills with something open (or overpaid), oldest first; all of them when `whole`.

    Raises Refused for a guard.
    """
    staff.require_money(by)
    done = settled(read, room)
    found = read.exec(select(Bill).where(Bill.room == room)).all()
    rows = [OpenBill(bill, owed(bill) - done.get(bill.id, 0)) for bill in found]
    return sorted((row for row in rows if whole or row.open), key=lambda row: age(row.bill))


def age(bill: Bill) -> tuple[str, str, str]:
    """Sorts bills oldest first."""
    return bill.period_from, bill.period_to, bill.item


def owed(bill: Bill) -> int:
    """What a bill asks for: nothing once it was withdrawn."""
    return 0 if bill.withdrawn else bill.fen


def open_of(read: Session, bill: Bill) -> int:
    """What is still owed of one bill, in fen."""
    found = raw(read.connection()).execute(SETTLED.format(these="= :bill"), {"bill": bill.id}).fetchone()
    return owed(bill) - (int(found[1]) if found else 0)


def waivers(read: Session, bill: str) -> Sequence[Waiver]:
    """The waivers of a bill that stand, first first."""
    return read.exec(select(Waiver).where(Waiver.owner == bill).order_by(col(Waiver.n))).all()


def given_up(read: Session, bill: str, reason: str) -> int:
    """What of a bill is waived for a reason, on the bill and on receipts, in fen."""
    found = raw(read.connection()).execute(
        "SELECT COALESCE(SUM(fen), 0) FROM (SELECT fen FROM waiver WHERE owner = ?1 AND reason = ?2 "
        "UNION ALL SELECT waived FROM allocation WHERE bill = ?1 AND why = ?2 AND NOT void)", (bill, reason)
    ).fetchone()  # fmt: skip
    return int(found[0])


def refuse_waiver(
    read: Session, klass: str, fen: int, reason: str, approved_by: str, by: Actor, before: int = 0
) -> Refused | None:
    """Why so much of a bill of that class may not be waived by this person, or None.

    抹零 below a yuan and 违约金 up to ¥50 a bill a cashier waives alone; all else a second person agrees to: the supervisor,
    or, when that is who asks, another cashier. `before` is what was waived of the bill for that reason already.
    """
    if reason == "抹零" and fen + before > ROUNDING:
        had = f"这笔账单已抹零 {yuan(before)} 元，一共" if before else "抹零"
        return Refused(f"{had}最多 {yuan(ROUNDING)} 元，再多请改选别的减免原因并由主管复核", "reason")
    if reason == "违约金免收" and klass != "违约金":
        return Refused("“违约金免收”只能用在违约金上，请改选别的原因", "reason")
    if reason == "抹零" or (reason == "违约金免收" and fen + before <= PENALTY_ALONE):
        return None
    agreed = staff.refuse_second(read, approved_by, by, staff.MONEY if by.role in staff.SUPERVISION else staff.SUPERVISION)
    if agreed and reason == "违约金免收" and fen <= PENALTY_ALONE:
        had = f"这笔违约金已免 {yuan(before)} 元，收费员一共最多免 {yuan(PENALTY_ALONE)} 元"
        return Refused(f"{had}；再免请改选别的减免原因并由主管复核", "reason")
    return agreed


def paid_until(read: Session, room: str, item: str, by: Actor) -> str:
    """The last month up to which an item of a room is paid without a gap (已缴至), "" where nothing is."""
    until = ""
    rows = [row for row in open_bills(read, room, by, whole=True) if row.bill.item == item and not row.bill.withdrawn]
    for row in rows:
        if row.open > 0:
            break
        until = row.bill.period_to
    return until
