"""A second set of books: the desk's money added up from its entries alone, by rules written down here and nowhere else.

Nothing of desk/ is asked but the shape of what entries say, so that the desk's own sums have something to agree with.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlmodel import Session, select

from data import journal
from data.entry import Entry
from data.file import raw
from data.records import Actor
from data.store import Store
from desk import bills, days, figures, prepaid, refunds, shifts, staff
from desk.days import Day
from desk.shifts import Shift

BOSS = Actor("m", "账", staff.MANAGER)


@dataclass
class Ledger:
    """Fen by bill, by account (预存), by deposit and by shift; numbers of receipts by series."""

    billed: dict[str, int] = field(default_factory=dict)
    deposits: set[str] = field(default_factory=set)
    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    waived: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    accounts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    drawer: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    returned: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    numbers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def given_up(self, bill: str) -> int:
        """What is waived of a bill: no more than it asks for, whatever was said at two desks."""
        return min(self.waived[bill], self.billed[bill])

    def open(self, bill: str) -> int:
        """What is owed of a bill: what it asks for, less what is paid and what is waived; below 0 what was paid too much.

        A deposit that went back was not paid too much, and what went back of it twice is owed.
        """
        return max(self.billed[bill] - self.given_up(bill) - self.paid[bill], self.returned[bill] - self.paid[bill])


def books(entries: Iterable[Entry]) -> Ledger:
    """Add up every entry; what an entry of another kind says is no money."""
    by_subject: dict[str, list[Entry]] = defaultdict(list)
    ledger = Ledger()
    for entry in sorted(entries, key=lambda one: (one.clock, one.id)):
        by_subject[entry.subject].append(entry)
        if "-" in entry.number or entry.kind == "shift.closed":
            head = entry.number.rstrip("0123456789")
            ledger.numbers[head].append(int(entry.number.removeprefix(head)))
    for subject, said in by_subject.items():
        first = said[0].kind
        if first == "bill.billed":
            _bill(ledger, subject, said)
        elif first in ("payment.paid", "payment.applied"):
            _payment(ledger, said)
        elif first == "refund.requested":
            _refund(ledger, said)
        elif first == "shift.opened":
            _shift(ledger, subject, said)
    return ledger


def _bill(ledger: Ledger, subject: str, said: list[Entry]) -> None:
    body = said[0].body
    ledger.billed[subject] = 0 if any(one.kind == "bill.withdrawn" for one in said) else body["fen"]
    if body.get("klass") == "押金":
        ledger.deposits.add(subject)
    gone = {one.body["waiver"] for one in said if one.kind == "bill.waiver_withdrawn"}
    ledger.waived[subject] += sum(one.body["fen"] for one in said if one.kind == "bill.waived" and one.id not in gone)


def _payment(ledger: Ledger, said: list[Entry]) -> None:
    if any(one.kind == "payment.voided" for one in said):
        return
    body = said[0].body
    if said[0].kind == "payment.applied":
        ledger.paid[body["bill"]] += body["fen"]
        ledger.held[body["bill"]] += body["fen"]
        ledger.accounts[body["source"]] -= body["fen"]
    for part in body.get("parts", ()):
        into = ledger.accounts if part.get("kind") == "预存" else ledger.paid
        into[part["bill"]] += part["fen"]
        ledger.waived[part["bill"]] += part.get("waived", 0)
        ledger.held[part["bill"]] += part["fen"]
        ledger.taken[body["shift"]] += part["fen"]
    for tender in body.get("tenders", ()):
        if tender["kind"] == "现金":
            ledger.drawer[body["shift"]] += tender["given"] - tender.get("change", 0)
        if tender["kind"] == "预存":
            ledger.accounts[tender["source"]] -= tender["fen"]
    left = {part["bill"]: part["fen"] for part in body.get("parts", (body,))}
    for one in said:
        if one.kind == "payment.moved":
            bill = one.body["bill"]
            fen = min(one.body["fen"], left[bill])  # two desks apart both moved it: no more goes than was paid
            left[bill] -= fen
            item = next((part["item"] for part in body.get("parts", ()) if part["bill"] == bill), body.get("item"))
            ledger.paid[bill] -= fen
            ledger.held[bill] -= fen
            ledger.accounts[f"prepaid:{body['room']}/{item}"] += fen


def _refund(ledger: Ledger, said: list[Entry]) -> None:
    body, out = said[0].body, [one for one in said if one.kind == "refund.paid"]
    if not out:
        return
    for part in body["parts"]:
        if body["sort"] == "红冲":
            into = ledger.accounts if part["target"].startswith("prepaid:") else ledger.paid
            into[part["target"]] -= part["fen"]
        elif body["sort"] == "预存":
            ledger.accounts[part["target"]] -= part["fen"]
        else:
            ledger.returned[part["target"]] += part["fen"] + part.get("deducted", 0)
        ledger.held[part["target"]] -= part["fen"] + part.get("deducted", 0)
        if body["route"] == "转预存":
            ledger.accounts[f"prepaid:{body['room']}/{part['into']}"] += part["fen"]
    for one in out if body["route"] == "备用金现金" else ():
        ledger.drawer[one.body["shift"]] -= sum(part["fen"] for part in body["parts"])


def _shift(ledger: Ledger, subject: str, said: list[Entry]) -> None:
    ledger.drawer[subject] += sum(fen * count for fen, count in said[0].body.get("pieces", ()))
    for one in said:
        if one.kind == "shift.cash_moved":
            ledger.drawer[subject] += one.body["fen"] * (1 if one.body["direction"] == "入" else -1)


def _chained(read: Session) -> None:
    """Each Z of a drawer names the one before it, and a day's books are the sum of its shifts."""
    for drawer in set(read.exec(select(Shift.drawer))):
        before = ""
        for one in shifts.closed(read, drawer):
            assert one.z_before.partition(" ")[0] == before
            before = one.z
    for day in read.exec(select(Day)):
        found = [one for one in days.shifts_of(read, day.drawer, day.date)]
        assert day.shifts.split() == [one.z for one in found]
        assert day.taken == sum(shifts.stands(read, one).taken for one in found)


def agree(store: Store) -> Ledger:
    """Assert that the desk's own sums agree with the books to the fen, and that nothing is missing; gives the books."""
    with store.read() as read:
        db = raw(read.connection())
        ledger = books(journal.everything(db))
        settled = bills.settled(read)
        for bill, fen in ledger.billed.items():
            assert fen - settled.get(bill, 0) == ledger.open(bill), bill
        fees = ledger.billed.keys() - ledger.deposits
        assert sum(ledger.billed[bill] for bill in fees) == sum(
            ledger.paid[bill] + ledger.given_up(bill) + ledger.open(bill) for bill in fees
        )
        stands = {account: fen for account, fen in ledger.accounts.items() if fen}
        assert {one.id: one.fen for one in prepaid.accounts(read, BOSS)} == stands
        deposits = {bill: ledger.held[bill] for bill in ledger.deposits if ledger.held[bill]}
        assert {one.bill.id: one.held for one in refunds.held(read, BOSS)} == deposits
        for shift, fen in ledger.drawer.items():
            if found := read.get(Shift, shift):
                now = figures.figures(read, shift)
                assert (now.expected, now.taken) == (fen, ledger.taken[shift]), shift
                assert sum(amount for _, amount in now.tenders.values()) == now.taken
                kept = shifts.stands(read, found)
                assert (kept.expected, kept.taken, kept.tenders) == (now.expected, now.taken, now.tenders), "a Z never changes"
        _chained(read)
        for series, numbers in ledger.numbers.items():
            assert sorted(numbers) == list(range(1, len(numbers) + 1)), f"{series} has a gap or a number twice"
    return ledger
