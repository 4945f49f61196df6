"""What households paid ahead (预存): an account for each room and item, its balance, and using it when bills fall due."""

from dataclasses import dataclass

from sqlmodel import Session, select

from data.file import raw
from data.records import Actor, Refused
from data.store import Store
from desk import staff
from desk.bills import Bill, age, owed, settled
from desk.money import yuan
from desk.paid import Applied, applied_id
from desk.rules import rules

HEAD = "prepaid:"

BALANCE = """
SELECT account, SUM(fen) FROM (
    SELECT bill AS account, fen FROM allocation WHERE NOT void AND bill >= :low AND bill < :high
    UNION ALL SELECT source, -fen FROM paymenttender WHERE NOT void AND source >= :low AND source < :high
    UNION ALL SELECT target, -fen FROM refundline WHERE done AND target >= :low AND target < :high
) GROUP BY account
"""
"""What was paid in, less what was used and given back, by account; a range of ids, because an index answers it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a room has paid ahead for an item, in fen."""

    room: str
    item: str
    fen: int

    @property
    def id(self) -> str:
        """The id of the account."""
        return account_id(self.room, self.item)


def account_id(room: str, item: str) -> str:
    """The id of the account of a room for an item."""
    return f"{HEAD}{room}/{item}"


def _balances(read: Session, low: str, high: str) -> dict[str, int]:
    found = raw(read.connection()).execute(BALANCE, {"low": low, "high": high})
    return {account: int(fen) for account, fen in found}


def balance(read: Session, account: str) -> int:
    """What stands on an account, in fen; negative where two desks apart both used it."""
    return _balances(read, account, f"{account}\0").get(account, 0)


def available(read: Session, account: str) -> int:
    """What may be used of an account now, in fen: less what is asked back and not yet paid out."""
    from desk.refundable import pending_of

    return balance(read, account) - pending_of(read, account)


def accounts(read: Session, by: Actor, room: str = "") -> list[Account]:
    """Every account on which anything stands, of one room or of all. Raises Refused for a guard."""
    staff.require_money(by)
    head = f"{HEAD}{room}/" if room else HEAD
    found = _balances(read, head, f"{head[:-1]}{chr(ord(head[-1]) + 1)}")
    named = [(account.removeprefix(HEAD).partition("/"), fen) for account, fen in sorted(found.items()) if fen]
    return [Account(code, item, fen) for (code, _, item), fen in named]


def refuse_over_cap(read: Session, room: str, item: str, fen: int, day: str) -> Refused | None:
    """Why so much may not be paid ahead, or None: at most so many months' fee (物业服务收费; 杭州市物业管理条例 §55)."""
    from desk.earned import over_cap
    from desk.tariffs import monthly_fee

    stands = balance(read, account_id(room, item))
    if fen <= -stands:  # two desks apart used or gave back the same money; what is missing may always be paid in
        return None
    months = rules(read).prepay_months
    monthly = monthly_fee(read, room, item, day)
    if not months:
        return Refused("本小区不收预存，请只收已出的账单")
    if not monthly:
        return Refused(f"{room} 没有“{item}”的收费标准，算不出能预存多少；请主管先设收费标准", "amount")
    if over := over_cap(stands, fen, months, monthly):
        most = max(fen - over, 0)
        return Refused(
            f"预存最多 {months} 个月（{yuan(months * monthly)} 元），已存 {yuan(stands)} 元，这次最多再存 {yuan(most)} 元",
            "amount",
        )
    return None


def refuse_moved_over_cap(read: Session, room: str, item: str, fen: int, day: str) -> Refused | None:
    """Why so much may not be moved onto an account instead of going back, or None; without a monthly fee nobody can say."""
    from desk.earned import over_cap
    from desk.tariffs import monthly_fee

    months, monthly = rules(read).prepay_months, monthly_fee(read, room, item, day)
    if monthly is None or not over_cap(balance(read, account_id(room, item)), fen, months, monthly):
        return None
    return Refused(f"{item}预存最多 {months} 个月（{yuan(months * monthly)} 元），转过去就超过了，请改走退款", "route")


def _applied(bill: Bill, fen: int, account: Account) -> Applied:
    return Applied(room=bill.room, bill=bill.id, item=bill.item, period=bill.period, fen=fen, source=account.id)


def apply_all(store: Store, by: Actor) -> tuple[int, int]:
    """Pay the open bills of every item that was paid ahead from its account, oldest first; gives how many and the fen.

    One entry a bill, named by it, so that two desks that both do this meet in one.
    """
    acts: list[tuple[Applied, None]] = []
    with store.read() as read:
        db = raw(read.connection())
        for account in accounts(read, by):
            left, done = available(read, account.id), settled(read, account.room)
            owing = read.exec(select(Bill).where(Bill.room == account.room, Bill.item == account.item)).all()
            for bill in sorted(owing, key=age):
                fen = min(owed(bill) - done.get(bill.id, 0), left)
                known = db.execute("SELECT 1 FROM payment WHERE id = ?", (applied_id(bill.id),)).fetchone()
                if fen > 0 and not known:
                    left -= fen
                    acts.append((_applied(bill, fen, account), None))
    if acts:
        store.act_all(acts, by)
    return len(acts), sum(event.fen for event, _ in acts)
