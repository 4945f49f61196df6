"""Tills of the tests: desks of one estate that take money, close, refund, crash and meet, in whatever order a test draws."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from sqlmodel import select

from data import journal
from data.entry import new_id
from data.records import Actor, Event, Refused
from data.store import Store
from desk import bills, fields, figures, prepaid, refunds, shifts, staff, taking
from desk.bills import Allocation, Bill, Billed, Waived, Withdrawn
from desk.jobs import JOBS
from desk.paid import Moved, Paid, Part, Tender, TenderKind, Voided
from desk.payments import Payment
from desk.refunded import Approved, PaidOut, RefundPart, Requested, Route
from desk.residents import RoomRegistered
from desk.shifts import CashMoved, ShiftClosed, ShiftCounted, ShiftOpened
from desk.tariffs import TariffSet
from tests.conftest import BEIJING, certificate

ITEM, DEPOSIT = "物业费", "装修押金"
KINDS: tuple[TenderKind, ...] = ("现金", "微信", "支付宝", "刷卡", "转账", "支票")
ROUTES: tuple[Route, ...] = ("银行转账", "备用金现金", "转预存")
FLOAT = ((100_00, 3), (10_00, 20))


class Clock:
    """The wall of every desk of a test; it goes on a little whenever it is read."""

    def __init__(self) -> None:
        self.at = datetime(2026, 12, 1, 8, 0, tzinfo=BEIJING)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=7)
        return self.at

    def wall(self) -> datetime:
        """Without its offset, as fields.wall gives it."""
        return self.at.replace(tzinfo=None)

    @property
    def today(self) -> str:
        """The day, as events keep it."""
        return f"{self.at:%Y-%m-%d}"


class Till:
    """One desk with a cashier and a supervisor. What it did and what it turned down is counted, by step."""

    def __init__(self, path: Path, clock: Clock, cashier: Actor, boss: Actor) -> None:
        self.path, self.clock, self.cashier, self.boss = path, clock, cashier, boss
        self.did: Counter[str] = Counter()
        self.turned_down: Counter[str] = Counter()
        self.store = Store(path, JOBS, now=clock)
        self.store.open()

    def crash(self) -> None:
        """The program was killed and started again: it knows what is in the file and nothing else."""
        self.store.engine.dispose()
        self.store = Store(self.path, JOBS, now=self.clock)
        self.store.open()

    def receipts(self, room: str) -> list[str]:
        """The ids of a room's payments, oldest first."""
        with self.store.read() as read:
            return list(read.exec(select(Payment.id).where(Payment.room == room).order_by(Payment.opened_at)).all())

    def held(self, room: str) -> list[refunds.Held]:
        """The deposits of a room of which something is held."""
        with self.store.read() as read:
            return [row for row in refunds.held(read, self.boss) if row.bill.room == room and row.held > 0]

    def expected(self) -> int:
        """What must be in the drawer now, in fen."""
        with self.store.read() as read:
            return figures.figures(read, shifts.open_id(read)).expected

    def step(self, name: str, room: str, n: int) -> None:
        """Do one step with a number that decides how; what the desk turns down leaves everything as it was."""
        try:
            getattr(self, name)(room, n)
        except Refused as refused:
            self.turned_down[f"{name}: {refused}"] += 1
        else:
            self.did[name] += 1

    def _one(self, event: Event, by: Actor, subject: str | None = None) -> str:
        return self.store.act(event, by, subject).record.id

    # ── bills ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def bill(self, room: str, n: int) -> None:
        """A month of fees for a room."""
        month = f"2026-{n % 12 + 1:02}"
        self._one(Billed(room=room, item=ITEM, klass="物业费", period_from=month, period_to=month, fen=14400 + n), self.boss)

    def waive(self, room: str, n: int) -> None:
        """Something of the newest bill is given up, by the supervisor's word."""
        lines = self._table(room)
        if lines:
            fen = max(1, lines[-1].open * (n % 5 + 1) // 6)
            self._one(Waived(fen=fen, reason="政策减免", approved_by=self.boss.id), self.cashier, lines[-1].bill)

    def withdraw(self, room: str, n: int) -> None:
        """A bill is taken back, paid or not."""
        with self.store.read() as read:
            found = sorted(read.exec(select(Bill.id).where(Bill.room == room)).all())
        if found:
            self._one(Withdrawn(reason="出错账单"), self.boss, found[n % len(found)])

    def _table(self, room: str) -> list[taking.Line]:
        with self.store.read() as read:
            return taking.on_the_table(read, room, self.cashier, self.clock.today)

    # ── money in ───────────────────────────────────────────────────────────────────────────────────────────────────

    def pay(self, room: str, n: int) -> None:
        """Part or all of what is owed, by one tender or two, with 抹零 now and then."""
        lines = self._table(room)
        owed = sum(line.open for line in lines)
        if not owed:
            return
        fen = owed if n % 3 == 0 else max(1, owed * (n % 7 + 1) // 8)
        parts = taking.spread(lines, fen, self.clock.today)
        odd = fen % 100
        if odd and n % 4 == 0 and fen > 100:
            parts, fen = taking.waive(parts, lines, odd, "抹零"), fen - odd
        acts: list[tuple[Event, str | None]] = [(billed, None) for billed in taking.first_of(parts, lines)]
        acts.append((Paid(room=room, parts=tuple(parts), tenders=self._tenders(fen, n, room), request=new_id()), None))
        self.store.act_all(acts, self.cashier)

    def _tenders(self, fen: int, n: int, room: str = "") -> tuple[Tender, ...]:
        account = prepaid.account_id(room, ITEM)
        with self.store.read() as read:
            stands = prepaid.available(read, account) if room else 0
        if stands > 0 and n % 2:
            used = min(stands, fen)
            first = Tender(kind="预存", fen=used, source=account)
            return (first,) if used == fen else (first, _tender("现金", fen - used, n))
        kind = KINDS[n % len(KINDS)]
        if fen > 1 and n % 5 == 0:
            other = KINDS[(n + 1) % len(KINDS)]
            return (_tender(kind, fen // 2, n), _tender(other, fen - fen // 2, n))
        return (_tender(kind, fen, n),)

    def prepay(self, room: str, n: int) -> None:
        """Some months ahead; more than the cap is turned down."""
        fen = 14400 * (n % 9 + 1)
        part = Part(bill=prepaid.account_id(room, ITEM), item=ITEM, fen=fen, kind="预存")
        self._one(Paid(room=room, parts=(part,), tenders=self._tenders(fen, n), request=new_id()), self.cashier)

    def apply(self, room: str, n: int) -> None:
        """What was paid ahead goes to what fell due, of every room."""
        prepaid.apply_all(self.store, self.boss)

    def deposit(self, room: str, n: int) -> None:
        """A deposit is billed and paid."""
        day = f"2026-12-{n % 28 + 1:02}"
        billed = Billed(room=room, item=DEPOSIT, klass="押金", period_from=day, period_to=day, fen=2000_00 + n)
        part = Part(bill=billed.key(), item=DEPOSIT, fen=billed.fen)
        paid = Paid(room=room, parts=(part,), tenders=self._tenders(billed.fen, n), request=new_id())
        self.store.act_all([(billed, None), (paid, None)], self.cashier)

    def void(self, room: str, n: int) -> None:
        """A receipt of a room is taken back, where its shift is still open."""
        if payment := self._payment(room, n):
            said = Voided(reason="收错账单", approved_by=self.boss.id, copies_recovered=True)
            self._one(said, self.cashier, payment.id)

    def _payment(self, room: str, n: int) -> Payment | None:
        with self.store.read() as read:
            found = sorted(read.exec(select(Payment).where(Payment.room == room)).all(), key=lambda one: one.id)
        return found[n % len(found)] if found else None

    def move(self, room: str, n: int) -> None:
        """What two desks both took for one bill goes to the household's account, by the supervisor's choice."""
        with self.store.read() as read:
            over = [row for row in bills.open_bills(read, room, self.boss) if row.open < 0]
            wanted = [select(Allocation).where(Allocation.bill == row.bill.id, Allocation.fen > 0) for row in over]
            held = [(row.open, part) for row, those in zip(over, wanted, strict=True) for part in read.exec(those)]
        if held:
            still, part = held[n % len(held)]
            self._one(Moved(bill=part.bill, fen=min(-still, part.fen), reason="两台都收了"), self.boss, part.owner)

    # ── money out ──────────────────────────────────────────────────────────────────────────────────────────────────

    def refund(self, room: str, n: int) -> None:
        """A receipt is reversed, asked, agreed to and paid out."""
        payment = self._payment(room, n)
        if payment is None:
            return
        with self.store.read() as read:
            left = refunds.refundable(read, payment.id)
        parts = tuple(
            RefundPart(target=bill, fen=max(1, fen * (n % 4 + 1) // 4)) for bill, fen in sorted(left.items()) if fen > 0
        )
        if not parts:
            return
        said = Requested(
            sort="红冲", room=room, parts=parts, route=ROUTES[n % 3], reason="重复缴费", request=new_id(), payment=payment.id,
            payee="王建国", account="6222000011112222", slip="原单收回", signed=True,
        )  # fmt: skip
        self._out(said)

    def deposit_back(self, room: str, n: int) -> None:
        """A deposit goes back, with something kept back now and then."""
        held = self.held(room)
        if not held:
            return
        row = held[n % len(held)]
        kept = row.held // 10 if n % 2 else 0
        part = RefundPart(target=row.bill.id, fen=row.held - kept, deducted=kept, why="墙面破损", evidence="照片 3 张")
        said = Requested(
            sort="押金", room=room, parts=(part,), route=ROUTES[n % 3], reason="装修完工", request=new_id(), payee="王建国",
            account="6222000011112222", slip="原单收回", signed=True, inspection="现场完好",
        )  # fmt: skip
        self._out(said)

    def prepaid_back(self, room: str, n: int) -> None:
        """What was paid ahead goes back."""
        account = prepaid.account_id(room, ITEM)
        with self.store.read() as read:
            stands = prepaid.available(read, account)
        part = RefundPart(target=account, fen=max(1, stands * (n % 3 + 1) // 3))
        said = Requested(
            sort="预存", room=room, parts=(part,), route=ROUTES[n % 2], reason="迁出结清", request=new_id(), payee="王建国",
            account="6222000011112222", signed=True,
        )  # fmt: skip
        self._out(said)

    def _out(self, said: Requested) -> None:
        refund = self._one(said, self.cashier)
        self._one(Approved(), self.boss, refund)
        self._one(PaidOut(reference="20261201001"), self.cashier, refund)

    # ── the drawer ─────────────────────────────────────────────────────────────────────────────────────────────────

    def cash(self, room: str, n: int) -> None:
        """Cash in or out of the drawer, for a reason."""
        with self.store.read() as read:
            shift = shifts.open_id(read)
        way = "入" if n % 2 else "出"
        said = CashMoved(direction=way, reason="找零补充", fen=100 * (n % 50 + 1), request=new_id())  # type: ignore[arg-type]
        self._one(said, self.cashier, shift or "none")

    def turn(self, room: str, n: int) -> None:
        """The shift is counted blind and closed, short by some jiao now and then; the next one opens."""
        with self.store.read() as read:
            shift = shifts.open_shift(read)
            found = figures.figures(read, shift.id) if shift else None
        if shift and found:
            counted = max(0, found.expected - (50 if n % 3 == 0 else 0))
            totals = tuple((kind, found.tender(kind)) for kind in found.other_tenders)
            pieces = ((100_00, counted // 100_00), (1, counted % 100_00))
            self._one(ShiftCounted(pieces=pieces, totals=totals), self.cashier, shift.id)
            if n % 4 == 0:
                self.crash()
            closed = ShiftClosed(left=min(counted, 500_00), reason="原因不明", approved_by=self.boss.id, envelope="F1")
            self._one(closed, self.cashier, shift.id)
        self.clock.at += timedelta(hours=9)
        self._one(ShiftOpened(pieces=FLOAT), self.cashier)


def _tender(kind: TenderKind, fen: int, n: int) -> Tender:
    if kind == "现金":
        given = -(-fen // 100_00) * 100_00
        return Tender(kind=kind, fen=fen, given=given, change=given - fen)
    return Tender(kind=kind, fen=fen, reference=f"{n % 10**6:06}")


STEPS = (
    "bill", "bill", "pay", "pay", "pay", "prepay", "apply", "deposit", "void", "refund", "deposit_back", "prepaid_back",
    "waive", "withdraw", "move", "cash", "turn",
)  # fmt: skip
"""What may happen at a till; what happens often is there more than once."""


def rooms(count: int) -> list[str]:
    """So many rooms, four a floor."""
    return [f"{n // 400 + 1}-1-{n // 4 % 100 + 1}{n % 4 + 1:02}" for n in range(count)]


@contextmanager
def estate(folder: Path, count: int, desks: int = 1) -> Iterator[tuple[Clock, list[Till]]]:
    """Desks of one estate of so many rooms, each on a chain and a drawer of its own, the first shift open."""
    clock = Clock()
    first = folder / "d0" / "desk.db"
    store = Store(first, JOBS, now=clock)
    store.create(certificate("c0", "A"))
    people = []
    with patch.object(staff, "hash_pin", lambda pin: pin):
        for name, role in (("李敏", staff.CASHIER), ("赵强", staff.MANAGER)):
            people.append(Actor(staff.join(store, name, role, "1"), name, role))
    acts: list[tuple[Event, str | None]] = [(RoomRegistered(code=room, area=8000), None) for room in rooms(count)]
    acts.append((TariffSet(item=ITEM, klass="物业费", basis="面积", price=18000, since="2026-01-01"), None))
    store.act_all(acts, people[1])
    store.close()
    with patch.object(fields, "wall", clock.wall):
        tills = []
        for n in range(desks):
            path = folder / f"d{n}" / "desk.db"
            if n:
                path.parent.mkdir()
                shutil.copy(first, path)
            tills.append(Till(path, clock, people[0], people[1]))
        for n, till in enumerate(tills):
            if n:
                common = till.store.look(journal.active).seq
                till.store.begin_chain(certificate(f"c{n}", chr(ord("A") + n)), common)
            till.store.act(ShiftOpened(pieces=FLOAT), till.cashier)
        yield clock, tills
        for till in tills:
            till.store.close()


def meet(tills: list[Till]) -> None:
    """Every desk takes what the others wrote, as through central."""
    for to in tills:
        for of in tills:
            if of is to:
                continue
            chain = of.store.look(journal.active)
            known = {one.id: one.seq for one in to.store.look(journal.chains)}.get(chain.id, 0)
            written = of.store.look(lambda db, chain=chain, known=known: journal.since(db, chain.id, known, 10**6))
            to.store.receive([chain.certificate], written)
