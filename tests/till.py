"""Tills of the tests: desks of one estate that take money, close, refund, crash and meet, in whatever order a test draws."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from sqlmodel import Session, col, select

from data import journal
from data.entry import new_id
from data.records import Actor, Event, Refused
from data.store import Store
from desk import billing, bills, days, fields, figures, prepaid, refunds, sales, shifts, staff, taking
from desk.billed import Billed, Waived, WaiverWithdrawn, Withdrawn
from desk.bills import Allocation, Bill, Waiver
from desk.charges import Reading, ReadingCorrected, ReadingTaken, reading_id
from desk.jobs import JOBS
from desk.paid import SCANNED, Invoiced, InvoiceIssued, Moved, Paid, Part, Tender, TenderKind, Voided
from desk.payments import APPLIED, Payment, paid_for
from desk.refunded import Approved, Cancelled, PaidOut, RefundPart, Rejected, Requested, Route, Sort
from desk.residents import Room, RoomRegistered
from desk.shifts import CashMoved, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened
from desk.tariffs import EVERY_ROOM, TariffChanged, TariffSet, tariff_id
from tests.conftest import BEIJING, certificate

ITEM, DEPOSIT, WATER = "物业费", "装修押金", "水费"
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
        said = Billed(
            room=room, item=ITEM, klass="物业费", period_from=month, period_to=month, fen=14400 + n, due=f"{month}-28"
        )
        self._one(said, self.boss)

    def run(self, room: str, n: int) -> None:
        """The billing run of a month, for every room."""
        with self.store.read() as read:
            acts = billing.plan_run(read, f"2026-{n % 12 + 1:02}", self.boss).acts
        self.store.act_all(acts, self.boss)

    def reprice(self, room: str, n: int) -> None:
        """The fee changes from a month on, with 违约金 by the contract or without."""
        clause = {"penalty_ppm": 500, "clause": "合同第十二条", "grace": n % 3} if n % 2 else {}
        said = {
            "item": ITEM,
            "klass": "物业费",
            "basis": "面积",
            "price": 18000 + n % 5 * 100,
            "since": f"2026-{n % 12 + 1:02}-01",
        }
        self._one(TariffChanged.model_validate(said | clause), self.boss, tariff_id(ITEM))

    def read_meter(self, room: str, n: int) -> None:
        """A meter is read, or its reading put right."""
        month = f"2026-{n % 12 + 1:02}"
        said = {"room": room, "item": WATER, "month": month, "previous": n, "current": n + 1000 * (n % 40)}
        with self.store.read() as read:
            known = read.get(Reading, reading_id(room, WATER, month)) is not None
        event = (ReadingCorrected if known else ReadingTaken).model_validate(said)
        self._one(event, self.cashier, event.key() if known else None)

    def sell(self, room: str, n: int) -> None:
        """A room changes hands within a month."""
        with self.store.read() as read:
            day = f"2026-{n % 12 + 1:02}-{n % 27 + 2:02}"
            acts = sales.sale_acts(read, room, day, "张秀兰", f"王{n}", self.cashier, self.boss.id).acts
        self.store.act_all(acts, self.cashier)

    def waive(self, room: str, n: int) -> None:
        """Something of the newest bill is given up, by the supervisor's word."""
        lines = self._table(room)
        if lines:
            fen = max(1, lines[-1].open * (n % 5 + 1) // 6)
            self._one(Waived(fen=fen, reason="政策减免", approved_by=self.boss.id), self.cashier, lines[-1].bill)

    def round(self, room: str, n: int) -> None:
        """Some fen of a bill are let go, by the cashier alone."""
        if lines := self._table(room):
            self._one(Waived(fen=n % 99 + 1, reason="抹零"), self.cashier, lines[n % len(lines)].bill)

    def unwaive(self, room: str, n: int) -> None:
        """A waiver is taken back."""
        with self.store.read() as read:
            of = select(Waiver).join(Bill, col(Bill.id) == col(Waiver.owner)).where(Bill.room == room)
            found = sorted(read.exec(of), key=lambda one: one.entry)
        if found:
            one = found[n % len(found)]
            self._one(WaiverWithdrawn(waiver=one.entry, reason="减错了"), self.boss, one.owner)

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
        if kind in SCANNED and n % 3 == 0:  # paid before this shift began, and shown now (跨班)
            return (
                Tender(kind=kind, fen=fen, reference=f"{n:06}", at=f"{self.clock.at - timedelta(hours=10):%Y-%m-%dT%H:%M}"),
            )
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
        billed = Billed(room=room, item=DEPOSIT, klass="押金", period_from=day, period_to=day, fen=200_00 + n)
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

    def invoice(self, room: str, n: int) -> None:
        """The payer wants an invoice, or gets it."""
        if payment := self._payment(room, n):
            said = Invoiced(title="王建国") if n % 2 else InvoiceIssued(number="2" * 20)
            self._one(said, self.cashier, payment.id)

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
        self._out(said, n)

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
        self._out(said, n)

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
        self._out(said, n)

    def _out(self, said: Requested, n: int = 1) -> None:
        """Asked for, and mostly approved and paid out at once."""
        refund = self._one(said, self.cashier)
        if n % 4:
            self._one(Approved(), self.boss, refund)
            self._one(PaidOut(reference="20261201001"), self.cashier, refund)

    def decide(self, room: str, n: int) -> None:
        """A refund that waits is approved, rejected, called off or paid out."""
        with self.store.read() as read:
            found = sorted(one.id for one in refunds.open_refunds(read, self.boss))
        if found:
            ways: tuple[Event, ...] = (
                Approved(), PaidOut(reference="1"), Rejected(reason="没有凭据"), Cancelled(reason="不退了"),
            )  # fmt: skip
            self._one(ways[n % 4], self.boss, found[n % len(found)])

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

    def bank(self, room: str, n: int) -> None:
        """The bank took the envelope of a closed shift."""
        with self.store.read() as read:
            found = [one.id for one in shifts.closed(read, shifts.drawer_of(read)) if one.banked and not one.bank_slip]
        if found:
            self._one(ShiftBanked(slip=f"HD{n}"), self.cashier, found[n % len(found)])

    def day(self, room: str, n: int) -> None:
        """The books of a date are closed."""
        with self.store.read() as read:
            waiting = days.unclosed(read)
            said = days.closing(read, waiting[0]) if waiting else None
        if said:
            self._one(said, self.boss)

    # ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

    def wind_up(self) -> None:
        """Settle everything by what people can do, whatever came before: nothing is left owed, held, paid ahead or open."""
        with self.store.read() as read:
            codes = sorted(read.exec(select(Room.code)))
            waiting = [one.id for one in refunds.open_refunds(read, self.boss)]
        for refund in waiting:
            self._one(Cancelled(reason="清账"), self.cashier, refund)
        for code in codes:
            self._fill(code)
            self._give_over(code)
            self._pay_all(code)
            self._empty(code)
            with self.store.read() as read:
                assert bills.open_bills(read, code, self.boss) == []
                assert prepaid.accounts(read, self.boss, code) == []
        with self.store.read() as read:
            assert refunds.held(read, self.boss) == []

    def _fill(self, room: str) -> None:
        """What two desks both used of an account is paid in."""
        with self.store.read() as read:
            missing = [one for one in prepaid.accounts(read, self.boss, room) if one.fen < 0]
        for one in missing:
            part = Part(bill=one.id, item=one.item, fen=-one.fen, kind="预存")
            self._one(Paid(room=room, parts=(part,), tenders=(_tender("现金", -one.fen, 0),), request=new_id()), self.cashier)

    def _give_over(self, room: str) -> None:
        """What was paid too much goes back."""
        with self.store.read() as read:
            over = [row for row in bills.open_bills(read, room, self.boss) if row.open < 0]
        for row in over:
            left = -row.open
            if row.bill.klass == "押金":
                self._back("押金", room, row.bill.id, left)
                continue
            with self.store.read() as read:
                paid = bills_paid(read, row.bill.id, self.boss)
            for payment, fen in paid:
                part = min(left, fen)
                if part <= 0:
                    continue
                left -= part
                if payment.state == APPLIED:
                    self._one(Moved(bill=row.bill.id, fen=part, reason="清账"), self.boss, payment.id)
                else:
                    self._back("红冲", room, row.bill.id, part, payment.id)
            assert left == 0, f"{left} fen of {row.bill.id} can go nowhere"

    def _pay_all(self, room: str) -> None:
        """Everything that is owed is paid in cash."""
        if lines := self._table(room):
            parts = tuple(line.part(line.open) for line in lines)
            acts: list[tuple[Event, str | None]] = [(billed, None) for billed in taking.first_of(parts, lines)]
            cash = _tender("现金", sum(part.fen for part in parts), 0)
            self.store.act_all([*acts, (Paid(room=room, parts=parts, tenders=(cash,), request=new_id()), None)], self.cashier)

    def _empty(self, room: str) -> None:
        """Deposits and what is paid ahead go back."""
        for row in self.held(room):
            self._back("押金", room, row.bill.id, row.held)
        with self.store.read() as read:
            stands = prepaid.accounts(read, self.boss, room)
        for one in stands:
            self._back("预存", room, one.id, one.fen)

    def _back(self, sort: Sort, room: str, target: str, fen: int, payment: str = "") -> None:
        said = Requested(
            sort=sort, room=room, parts=(RefundPart(target=target, fen=fen),), route="银行转账", reason="清账", payment=payment,
            request=new_id(), payee="王建国", account="6222000011112222", slip="原单收回", inspection="现场完好",
        )  # fmt: skip
        self._out(said)


def bills_paid(read: Session, bill: str, by: Actor) -> list[tuple[Payment, int]]:
    """The payments of a bill with what may still be taken off each, in fen."""
    return [(one, refunds.refundable(read, one.id).get(bill, 0)) for one in paid_for(read, bill, by)]


def _tender(kind: TenderKind, fen: int, n: int) -> Tender:
    if kind == "现金":
        given = -(-fen // 100_00) * 100_00
        return Tender(kind=kind, fen=fen, given=given, change=given - fen)
    return Tender(kind=kind, fen=fen, reference=f"{n % 10**6:06}")


STEPS = (
    "bill", "bill", "pay", "pay", "pay", "prepay", "apply", "deposit", "void", "refund", "deposit_back", "prepaid_back",
    "waive", "round", "unwaive", "withdraw", "move", "cash", "turn", "turn", "run", "reprice", "read_meter", "sell", "invoice",
    "decide", "bank", "day",
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
    water = TariffSet(item=WATER, klass="代收水电", basis="用量", price=38500, since="2026-01-01", applies=EVERY_ROOM)
    acts.append((water, None))
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
