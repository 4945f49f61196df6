"""What is held of deposits and what may still go back of anything: sums over lines, nothing stored."""

from dataclasses import dataclass

from sqlmodel import Session, select

from data.file import raw
from data.records import Actor, Refused
from desk import prepaid, staff
from desk.bills import Bill, age
from desk.china import room_key
from desk.figures import PAID_OUT, figures
from desk.refunded import CASH, DEPOSIT, DONE, OPEN, RED
from desk.shifts import Shift, closed


@dataclass(frozen=True, slots=True)
class Held:
    """A deposit and what is held of it, in fen; negative where two desks apart both gave it back."""

    bill: Bill
    held: int


HELD = """
SELECT bill, SUM(fen) FROM (
    SELECT bill, fen FROM allocation WHERE NOT void AND bill {these}
    UNION ALL SELECT target, -(fen + deducted) FROM refundline WHERE done AND target {these}
) GROUP BY bill
"""

TAKEN = f"""
SELECT target, SUM(refundline.fen) FROM refundline JOIN refund ON refund.id = refundline.owner
WHERE refundline.payment = :payment AND refundline.owner <> :own AND state IN {(*OPEN, DONE)} GROUP BY target
"""

PENDING = f"""
SELECT COALESCE(SUM(refundline.fen + refundline.deducted), 0) FROM refundline JOIN refund ON refund.id = refundline.owner
WHERE target = :target AND refundline.owner <> :own AND refundline.fen >= 0 AND state IN {OPEN}
"""


def held(read: Session, by: Actor) -> list[Held]:
    """The deposits of which anything is held, by room, oldest first. Raises Refused for a guard."""
    staff.require_money(by)
    standing = dict(
        raw(read.connection()).execute(HELD.format(these="IN (SELECT id FROM bill WHERE klass = '押金')")).fetchall()
    )
    rows = [Held(bill, standing.get(bill.id, 0)) for bill in read.exec(select(Bill).where(Bill.klass == DEPOSIT))]
    return sorted((row for row in rows if row.held), key=lambda row: (room_key(row.bill.room), age(row.bill)))


def held_of(read: Session, bill: str) -> int:
    """What is held of one deposit, in fen."""
    found = raw(read.connection()).execute(HELD.format(these="= :bill"), {"bill": bill}).fetchone()
    return int(found[1]) if found else 0


def pending_of(read: Session, target: str, own: str = "") -> int:
    """What refunds not paid out yet ask of a bill or an account, in fen, without the refund `own`."""
    return int(raw(read.connection()).execute(PENDING, {"target": target, "own": own}).fetchone()[0])


def refundable(read: Session, payment: str, own: str = "") -> dict[str, int]:
    """What a red receipt may still reverse of a payment, in fen by bill or account: 0 where all of it went back already.

    A deposit or prepaid account gives no more than stands on it. The refund `own` is not counted.
    """
    db = raw(read.connection())
    taken = dict(db.execute(TAKEN, {"payment": payment, "own": own}).fetchall())
    paid = db.execute("SELECT bill, SUM(fen) FROM allocation WHERE owner = ? AND NOT void GROUP BY bill", (payment,)).fetchall()
    found = {}
    for target, fen in paid:
        left, standing = fen - taken.get(target, 0), _standing(read, target)
        found[target] = left if standing is None else min(left, standing - pending_of(read, target, own))
    return found


def _standing(read: Session, target: str) -> int | None:
    """What stands on a prepaid account or is held of a deposit; None for any other bill."""
    if target.startswith(prepaid.HEAD):
        return prepaid.balance(read, target)
    bill = read.get(Bill, target)
    return held_of(read, target) if bill and bill.klass == DEPOSIT else None


def left_of(read: Session, sort: str, room: str, payment: str, target: str, own: str) -> int | None:
    """What may still go back of a target, beside other refunds than `own`; None where it is nothing of that sort and room."""
    if sort == RED:
        return refundable(read, payment, own).get(target)
    if sort == DEPOSIT:
        bill = read.get(Bill, target)
        known = bill is not None and bill.klass == DEPOSIT and bill.room == room
    else:
        known = target.startswith(prepaid.account_id(room, ""))
    standing = _standing(read, target) if known else None
    return None if standing is None else standing - pending_of(read, target, own)


def cash_left(read: Session, shift: str) -> int:
    """What is left of a shift's float to refund in cash, in fen; takings never count (坐支, 现金管理暂行条例 §11).

    The float is what was counted at the opening, without takings that earlier shifts left in the drawer, with what was added
    to it and without what was drawn from it or refunded since; never more than the drawer holds.
    """
    found = read.get(Shift, shift)
    if found is None:
        return 0
    takings = 0
    for before in closed(read, found.drawer):
        if before.id != shift:
            takings = max(before.left - max(_float_left(read, before, takings), 0), 0)
    return min(_float_left(read, found, takings), figures(read, shift).expected)


def _float_left(read: Session, shift: Shift, takings: int) -> int:
    """What is left of a shift's float, `takings` fen of which were none."""
    db = raw(read.connection())
    sums = "SELECT COALESCE(SUM(fen), 0) FROM cashmove WHERE owner = ? AND reason IN ('找零补充', '备用金支取')"
    (moved,) = db.execute(sums, (shift.id,)).fetchone()
    sums = f"SELECT COALESCE(SUM(fen), 0) FROM {PAID_OUT} WHERE shift = ? AND route = ?"
    (back,) = db.execute(sums, (shift.id, CASH)).fetchone()
    return max(shift.float_fen - takings, 0) + int(moved) - int(back)


def refuse_less(read: Session, bill: str, fen: int) -> Refused | None:
    """Why so much may not be taken off what was paid on a bill, or None: of a deposit only what nobody asked back."""
    held = _standing(read, bill) if not bill.startswith(prepaid.HEAD) else None
    if held is None or held - pending_of(read, bill) >= fen:
        return None
    return Refused("这笔押金已经退了或正在退，不能再作废或转走；请先取消退款申请")
