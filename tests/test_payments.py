"""Money by the rules of the desk: to the fen, once, in capitals, and never lost by a void or by two desks apart."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.entry import new_id
from data.file import connect
from data.records import Actor, Refused
from data.store import Store
from desk import bills, payments, staff
from desk.billed import Billed, Withdrawn, bill_id
from desk.bills import Bill
from desk.paid import Paid, Part, Tender, Voided
from desk.paper import slips_of
from desk.payments import Payment
from tests.office import office

ROOM = "3-2-501"


@pytest.fixture
def at(tmp_path: Path) -> tuple[Store, dict[str, Actor]]:
    """A furnished office."""
    return office(tmp_path)


def part(month: str = "2026-09", fen: int = 16128) -> Part:
    """A share of a month's fee."""
    return Part(bill=bill_id(ROOM, "物业费", month, month), item="物业费", period=month, fen=fen)


def paid(*parts: Part, request: str | None = None, given: int | None = None, kind: str = "现金") -> Paid:
    """A payment of these shares by one tender."""
    whole = sum(one.fen for one in parts)
    cash = (
        {"given": whole if given is None else given, "change": 0 if given is None else given - whole} if kind == "现金" else {}
    )
    tender = Tender(kind=kind, fen=whole, **cash)  # type: ignore[arg-type]
    return Paid(room=ROOM, parts=parts, tenders=(tender,), request=request or new_id())


def still(store: Store, by: Actor) -> int:
    """What the household owes, in fen."""
    with store.read() as read:
        return sum(row.open for row in bills.open_bills(read, ROOM, by))


def test_receipts_are_numbered_without_a_gap_and_one_request_pays_once(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier = people["李敏"]
    first = store.act(paid(part(), request="r1"), cashier).record
    with pytest.raises(Refused, match="已经收过了，收据号 A26-000001"):
        store.act(paid(part("2026-10"), request="r1"), cashier)
    with pytest.raises(Refused, match=r"只欠 0\.00 元"):
        store.act(paid(part()), cashier)
    second = store.act(paid(part("2026-10")), cashier).record
    assert [first.number, second.number] == ["A26-000001", "A26-000002"]
    assert still(store, cashier) == 16128


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Paid(room=ROOM, parts=(), tenders=(), request="x"), "勾选"),
        (lambda: paid(part(fen=0)), "大于 0"),
        (lambda: paid(part(), part()), "收两次"),
        (lambda: paid(part(), given=100), "还差"),
        (lambda: Paid(room=ROOM, parts=(part(),), tenders=(Tender(kind="微信", fen=1),), request="x"), "不相等"),
        (
            lambda: Paid(
                room=ROOM, parts=(part(),), tenders=(Tender(kind="微信", fen=16128, given=20000, change=3872),), request="x"
            ),
            "只有现金才有找零",
        ),
        (lambda: Billed(room=ROOM, item="x", period_from="2026-01", period_to="2026-01", fen=0), "大于 0"),
    ],
)
def test_money_that_does_not_add_up_is_no_event(made: object, said: str) -> None:
    assert callable(made)
    with pytest.raises(ValidationError, match=said):
        made()


def test_a_void_reopens_the_bill_and_keeps_the_number(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier, manager, guard = people["李敏"], people["赵强"], people["老周"]
    payment = store.act(paid(part()), cashier).record
    for said, why in (
        (Voided(reason="收错账单", approved_by=manager.id), "收回"),
        (Voided(reason="收错账单", approved_by=cashier.id, copies_recovered=True), "同一个人"),
        (Voided(reason="收错账单", approved_by=guard.id, copies_recovered=True), "另一位收费员或主管"),
        (Voided(reason="收错账单", approved_by="nobody", copies_recovered=True), "另一位收费员或主管"),
    ):
        with pytest.raises(Refused, match=why):
            store.act(said, cashier, payment.id)
    agreed = Voided(reason="收错账单", approved_by=manager.id, copies_recovered=True)
    voided = store.act(agreed, cashier, payment.id).record
    assert isinstance(voided, Payment)
    assert (voided.number, voided.state) == ("A26-000001", "已作废")
    assert still(store, cashier) == 3 * 16128
    with pytest.raises(Refused, match="不用再作废"):
        store.act(agreed, cashier, payment.id)
    assert store.act(paid(part()), cashier).record.number == "A26-000002"


def test_two_desks_apart_keep_both_payments_and_show_it(tmp_path: Path) -> None:
    here, people = office(tmp_path / "a")
    cashier = people["李敏"]
    here.close()
    there_folder = tmp_path / "b"
    there_folder.mkdir()
    source, copy = connect(here.path), connect(there_folder / "desk.db")
    source.backup(copy)
    source.close()
    copy.close()
    from data.file import raw
    from desk.config import Config
    from desk.setup import store_of
    from tests.conftest import certificate

    there = store_of(there_folder, Config(estate="明强小区"))
    there.begin_chain(certificate("other", "B"), 10_000)
    here.act(paid(part()), cashier)
    there.act(paid(part(), kind="微信"), cashier)
    with there.read() as read:
        placed = journal.since(raw(read.connection()), "other", 0, 100)
    here.receive([certificate("other", "B")], placed)
    with here.read() as read:
        row = next(row for row in bills.open_bills(read, ROOM, cashier) if row.bill.period_from == "2026-09")
        assert row.open == -16128
        assert sorted(one.number for one in payments.recent(read, cashier)) == ["A26-000001", "B26-000001"]
    here.close()
    there.close()


def test_two_desks_that_bill_different_amounts_leave_a_doubt(at: tuple[Store, dict[str, Actor]]) -> None:
    from data.entry import Entry, canonical
    from data.records import fold

    store, _ = at
    bill = bill_id(ROOM, "物业费", "2026-09", "2026-09")
    (first,) = store.look(lambda db: journal.history(db, bill))
    other = canonical({**__import__("json").loads(first.stored), "id": "f" * 32, "clock": first.clock + 1})
    other = other.replace(b'"fen":16128', b'"fen":99')
    folded = fold(Bill, bill, [first, Entry.read(other)])
    assert isinstance(folded, Bill)
    assert folded.fen == 16128 and "不同金额" in folded.doubt


def test_a_guard_is_refused_money_by_the_desk_itself(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    guard, clerk = people["老周"], people["王芳"]
    with store.read() as read:
        for asked in (
            lambda: bills.open_bills(read, ROOM, guard),
            lambda: payments.recent(read, guard),
            lambda: payments.payments_of(read, ROOM, guard),
            lambda: payments.allocations(read, Payment(id="x"), guard),
            lambda: payments.tenders(read, Payment(id="x"), guard),
            lambda: bills.paid_until(read, ROOM, "物业费", guard),
        ):
            with pytest.raises(Refused, match="门岗"):
                asked()
    for by in (guard, clerk):
        with pytest.raises(Refused, match="岗位"):
            store.act(paid(part()), by)
    with pytest.raises(Refused):
        store.act(Withdrawn(reason="出错了"), guard, bill_id(ROOM, "物业费", "2026-09", "2026-09"))


def test_a_guard_reads_no_receipt_in_the_spool(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    payment = store.act(paid(part()), people["李敏"]).record.id
    assert len(store.transact(lambda db: slips_of(db, payment, people["李敏"]))) == 2
    for record in (payment, ""):
        assert store.transact(lambda db, record=record: slips_of(db, record, people["老周"])) == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20000), st.booleans()), max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_billed_is_paid_plus_open_to_the_fen_whatever_is_done(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]]
) -> None:
    store, people = office(tmp_path_factory.mktemp("m"))
    cashier, manager = people["李敏"], people["赵强"]
    taken: list[str] = []
    for month, fen, void in steps:
        try:
            if void and taken:
                store.act(Voided(reason="收错", approved_by=manager.id, copies_recovered=True), cashier, taken.pop())
            else:
                taken.append(store.act(paid(part(f"2026-{9 + month:02d}", fen)), cashier).record.id)
        except Refused:
            continue
        with store.read() as read:
            valid = sum(one.fen for one in payments.recent(read, cashier) if one.state == payments.PAID)
        assert still(store, cashier) + valid == 3 * 16128
    with store.read() as read:
        numbers = sorted(one.number for one in payments.recent(read, cashier))
    assert numbers == [f"A26-{n + 1:06d}" for n in range(len(numbers))]
    assert store.check()[1] == []
    store.close()


def test_staff_are_locked_after_five_wrong_pins(at: tuple[Store, dict[str, Actor]]) -> None:
    store, _ = at
    for _ in range(5):
        with pytest.raises(Refused):
            staff.login(store, "李敏", "000000")
    with pytest.raises(Refused, match="已锁到"):
        staff.login(store, "李敏", "246813")
    assert staff.login(store, "赵强", "258036").role == staff.MANAGER
