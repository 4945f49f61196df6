"""What stands on the table when a household pays: open bills, 违约金 where the contract says so, an amount spread on them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.file import raw
from data.records import Actor
from desk import bills, periods, tariffs
from desk.allocation import Owing, suggest
from desk.billed import Billed, WaiveReason
from desk.bills import Bill
from desk.paid import Part
from desk.penalty import NOTHING, Clause, Penalty, excessive, penalty
from desk.rules import rules
from desk.tariffs import TariffRate


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to pay: `open` in fen, `due` as `YYYY-MM-DD` or "", `how` its arithmetic.

    `billed` is set for 违约金 that nobody billed yet: that event goes first, in the same transaction as the payment.
    """

    bill: str
    item: str
    period: str
    klass: str
    open: int
    due: str = ""
    how: str = ""
    billed: Billed | None = None

    def part(self, fen: int) -> Part:
        """So much of it, in fen."""
        return Part(bill=self.bill, item=self.item, period=self.period, fen=fen)


def on_the_table(read: Session, room: str, by: Actor, until: str) -> list[Line]:
    """What a household can pay now, oldest first, each 违约金 right after its bill; `until` is the last day it is counted for.

    Also the 违约金 of what was paid late without it. Raises Refused for a guard.
    """
    lines: list[Line] = []
    with_clause = {rate.item for rate in tariffs.rates(read) if rate.penalty_ppm}
    for row in bills.open_bills(read, room, by, whole=True):
        bill = row.bill
        if row.open > 0:
            lines.append(Line(bill.id, bill.item, bill.period, bill.klass, row.open, bill.due, bill.how))
        owing = overdue(read, bill, until) if bill.item in with_clause else NOTHING
        if owing.fen > 0:
            said = Billed(
                room=room, item=f"{bill.item}违约金", klass="违约金", period_from=bill.due, period_to=until, fen=owing.fen,
                due=until, how=owing.how, of=bill.id,
            )  # fmt: skip
            if read.get(Bill, said.key()) is None:  # withdrawn, it is not asked again for the same day
                lines.append(Line(said.key(), said.item, bill.period, "违约金", owing.fen, until, owing.how, said))
    return lines


def overdue(read: Session, bill: Bill, until: str) -> Penalty:
    """The 违约金 of a bill up to and with `until` that nobody billed yet; none without a clause of the contract."""
    if not bill.due or bill.due >= until or bill.klass in ("违约金", "押金") or bill.withdrawn:
        return NOTHING
    rate = terms(read, bill)
    if rate is None or not rate.penalty_ppm:
        return NOTHING
    db = raw(read.connection())
    less = db.execute(
        "SELECT substr(opened_at, 1, 10), allocation.fen + waived FROM allocation JOIN payment ON payment.id = owner "
        "WHERE bill = ? AND NOT void UNION ALL SELECT substr(at, 1, 10), fen FROM waiver WHERE owner = ? "
        "UNION ALL SELECT substr(paid_at, 1, 10), -refundline.fen FROM refundline JOIN refund ON refund.id = owner "
        "WHERE target = ? AND done AND reopens ORDER BY 1", (bill.id, bill.id, bill.id),
    ).fetchall()  # fmt: skip
    steps, still = [(bill.due, bill.fen)], bill.fen
    for day, fen in less:
        still -= fen
        steps.append((max(day, bill.due), still))
    of = select(Bill).where(Bill.of == bill.id, col(Bill.withdrawn) == "")
    already = sum(one.fen for one in read.exec(of))
    return penalty(steps, bill.due, until, Clause(rate.penalty_ppm, rate.grace, rate.cap_percent), already)


def terms(read: Session, bill: Bill) -> TariffRate | None:
    """The tariff a bill is under: that of the last day of its period, also when it fell due after a change."""
    days = periods.days_of(bill.period_from, bill.period_to)
    return tariffs.rate(read, bill.item, days[1].isoformat() if days else bill.due)


def dear(read: Session, line: Line) -> bool:
    """Whether a line is 违约金 at a rate that a court would probably lower."""
    of = read.get(Bill, line.billed.of if line.billed else line.bill)
    bill = read.get(Bill, of.of) if of and of.of else of
    rate = terms(read, bill) if bill and line.klass == "违约金" else None
    return rate is not None and excessive(rate.penalty_ppm, rules(read).lpr_bp)


def spread(lines: Sequence[Line], fen: int, today: str) -> list[Part]:
    """The parts of a payment of so many fen on these lines, in the order of the law (民法典 §560-561)."""
    of = {line.bill: line for line in lines}
    rows = [Owing(line.bill, line.open, line.due, line.period[:7], line.klass == "违约金") for line in lines]
    return [of[bill].part(share) for bill, share in suggest(rows, fen, today)]


def waive(parts: Sequence[Part], lines: Sequence[Line], fen: int, why: WaiveReason) -> list[Part]:
    """The parts with so many fen given up, the newest bill first; 违约金免收 takes only 违约金. Less where there is less."""
    of = {line.bill: line for line in lines}
    left, made = fen, []
    for part in reversed(parts):
        fits = part.kind == "账单" and (why != "违约金免收" or of[part.bill].klass == "违约金")
        share = min(left, part.fen) if fits else 0
        left -= share
        made.append(part.model_copy(update={"fen": part.fen - share, "waived": share, "why": why}) if share else part)
    return made[::-1]


def first_of(parts: Sequence[Part], lines: Sequence[Line]) -> list[Billed]:
    """The 违约金 that must be billed before these parts can be paid."""
    named = {part.bill for part in parts}
    return [line.billed for line in lines if line.billed and line.bill in named]
