"""What lies on the table when a household pays, paid ahead, paid twice, paid with an invoice; by the rules, to the fen."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.entry import new_id
from data.records import Actor, Event, Refused
from data.store import Store
from desk import bills, fields, payments, prepaid, shifts, taking
from desk.billed import Billed, Waived, WaiverWithdrawn, bill_id
from desk.paid import Applied, Invoiced, InvoiceIssued, Moved, Paid, Part, Tender, TenderKind, Voided
from desk.payments import Payment
from desk.rules import KEY, RulesChanged, RulesSet
from desk.shifts import ShiftClosed, ShiftCounted, ShiftOpened
from desk.tariffs import TariffSet
from tests.office import FLOAT, office
from tests.till import estate, meet

ROOM, ITEM = "3-2-501", "物业费"
ACCOUNT = prepaid.account_id(ROOM, ITEM)
CLAUSE = "逾期按日万分之五支付违约金（物业服务合同第十二条）"


@pytest.fixture
def at(tmp_path: Path) -> tuple[Store, dict[str, Actor]]:
    """A furnished office."""
    return office(tmp_path)


def tariff(ppm: int = 0) -> TariffSet:
    """1.80 a ㎡ and month; with a rate, 违约金 as the contract has it."""
    clause = {"penalty_ppm": ppm, "clause": CLAUSE} if ppm else {}
    return TariffSet.model_validate(
        {"item": ITEM, "klass": "物业费", "basis": "面积", "price": 18000, "since": "2026-01-01"} | clause
    )


def dues(month: str, fen: int) -> Billed:
    """A bill that was due on the last of July."""
    return Billed(room=ROOM, item=ITEM, klass="物业费", period_from=month, period_to=month, fen=fen, due="2026-07-31")


def take(parts: list[Part], kind: TenderKind = "现金", **more: object) -> Paid:
    """A payment of these parts by one tender."""
    fen = sum(part.fen for part in parts)
    tender = Tender(kind=kind, fen=fen, given=fen if kind == "现金" else 0, reference="" if kind == "现金" else "318204")
    said = {"room": ROOM, "parts": tuple(parts), "tenders": (tender,), "request": new_id()}
    return Paid.model_validate(said | more)


def ahead(fen: int, **more: object) -> Paid:
    """So much paid ahead for the 物业费."""
    return take([Part(bill=ACCOUNT, item=ITEM, fen=fen, kind="预存")], **more)


def table(store: Store, by: Actor, until: str = "2026-11-20") -> list[taking.Line]:
    """What the household can pay."""
    with store.read() as read:
        return taking.on_the_table(read, ROOM, by, until)


def turn(store: Store, by: Actor, boss: Actor) -> None:
    """The shift is closed to the fen, and the next one opened."""
    with store.read() as read:
        shift = shifts.open_shift(read)
        assert shift is not None
        from desk.figures import figures

        found = figures(read, shift.id)
    totals = tuple((kind, found.tender(kind)) for kind in found.other_tenders)
    store.act(ShiftCounted(pieces=((1_00, found.expected // 100), (1, found.expected % 100)), totals=totals), by, shift.id)
    store.act(ShiftClosed(left=min(found.expected, 500_00), envelope="F1"), by, shift.id)
    store.act(ShiftOpened(pieces=FLOAT), by)


# ── 违约金 ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_clause_of_the_contract_there_is_no_penalty(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    store.act(tariff(), people["赵强"])
    store.act(dues("2026-07", 100_00), people["李敏"])
    assert [line.klass for line in table(store, people["李敏"])] == ["物业费"] * 4


def test_two_bills_due_on_one_day_each_have_their_own_penalty(at: tuple[Store, dict[str, Actor]]) -> None:
    """Both were named by the due day once, met under one id, and one of them vanished."""
    store, people = at
    cashier = people["李敏"]
    store.act(tariff(500), people["赵强"])
    for month, fen in (("2026-06", 100_00), ("2026-07", 200_00)):
        store.act(dues(month, fen), cashier)
    lines = [line for line in table(store, cashier) if line.klass == "违约金"]
    assert [(line.period, line.open, line.how) for line in lines] == [
        ("2026-06", 5_60, "违约金 112天 0.05%/日"), ("2026-07", 11_20, "违约金 112天 0.05%/日"),
    ]  # fmt: skip
    parts = taking.spread(lines, 16_80, "2026-11-21")
    assert sorted(part.fen for part in parts) == [5_60, 11_20]
    acts: list[tuple[Event, str | None]] = [(billed, None) for billed in taking.first_of(parts, lines)]
    store.act_all([*acts, (take(parts), None)], cashier)
    assert [line.open for line in table(store, cashier) if line.klass == "违约金"] == []
    later = [line.open for line in table(store, cashier, "2026-11-30") if line.klass == "违约金"]
    assert later == [50, 1_00], "ten more days of what is still open"


def test_what_was_paid_late_without_its_penalty_can_still_be_asked_or_waived(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier = people["李敏"]
    store.now = lambda: fields.wall().astimezone().replace(year=2026, month=8, day=20)
    store.act(tariff(500), people["赵强"])
    bill = Billed(
        room=ROOM, item=ITEM, klass="物业费", period_from="2026-07", period_to="2026-07", fen=100_00, due="2026-07-31"
    )
    store.act(bill, cashier)
    store.act(take([Part(bill=bill.key(), item=ITEM, fen=100_00)]), cashier)
    (line,) = [line for line in table(store, cashier) if line.klass == "违约金"]
    assert (line.open, line.how) == (95, "违约金 19天 0.05%/日"), "from the day after it was due to the day before it was paid"
    assert line.billed is not None
    store.act_all([(line.billed, None), (Waived(fen=95, reason="违约金免收"), line.bill)], cashier)
    assert [line.klass for line in table(store, cashier)] == ["物业费"] * 3


def test_a_penalty_may_not_be_older_than_its_bill_or_of_a_deposit(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    store.act(tariff(500), people["赵强"])
    assert all(line.billed is None for line in table(store, people["李敏"])), "bills without a due day are never late"


# ── an amount on several bills ─────────────────────────────────────────────────────────────────────────────────────────


def test_part_of_a_debt_goes_to_the_oldest_and_what_is_waived_to_the_newest(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    lines = table(store, people["李敏"])
    parts = taking.spread(lines, 200_00, "2026-12-31")
    assert [(part.period, part.fen) for part in parts] == [("2026-09", 16128), ("2026-10", 3872)]
    given_up = taking.waive(taking.spread(lines, 48384, "2026-12-31"), lines, 84, "抹零")
    assert [(part.fen, part.waived, part.why) for part in given_up] == [(16128, 0, ""), (16128, 0, ""), (16044, 84, "抹零")]
    paid = store.act(take(given_up), people["李敏"]).record
    assert isinstance(paid, Payment) and paid.fen == 48300
    assert table(store, people["李敏"]) == []


def test_a_payment_by_several_tenders_is_one_receipt(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    part = table(store, people["李敏"])[0].part(16128)
    tenders = (Tender(kind="现金", fen=100_00, given=100_00), Tender(kind="微信", fen=6128, reference="123456"))
    done = store.act(Paid(room=ROOM, parts=(part,), tenders=tenders, request="r"), people["李敏"])
    with store.read() as read:
        found = payments.tenders(read, done.record, people["李敏"])  # type: ignore[arg-type]
        assert [(one.kind, one.fen) for one in found] == [("现金", 100_00), ("微信", 6128)]
    for bad, why in (
        ((Tender(kind="微信", fen=8064, reference="1"), Tender(kind="微信", fen=8064, reference="1")), "合成一笔"),
        ((Tender(kind="预存", fen=16128),), "哪一项预存"),
    ):
        with pytest.raises(ValidationError, match=why):
            Paid(room=ROOM, parts=(part,), tenders=bad, request="x")


def test_waivers_need_a_supervisor_but_for_small_ones(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier, boss = people["李敏"], people["赵强"]
    bill = bill_id(ROOM, ITEM, "2026-09", "2026-09")
    for said, why in (
        (Waived(fen=100, reason="抹零"), "抹零最多"),
        (Waived(fen=100, reason="违约金免收"), "只能用在违约金"),
        (Waived(fen=100, reason="政策减免"), "请由主管"),
        (Waived(fen=100, reason="政策减免", approved_by=cashier.id), "请由主管"),
        (Waived(fen=20000, reason="政策减免", approved_by=boss.id), "只欠 161.28"),
    ):
        with pytest.raises(Refused, match=why):
            store.act(said, cashier, bill)
    done = store.act(Waived(fen=100, reason="政策减免", approved_by=boss.id), cashier, bill)
    store.act(Waived(fen=28, reason="抹零"), cashier, bill)
    assert table(store, cashier)[0].open == 16000
    store.act(WaiverWithdrawn(waiver=done.entry.id, reason="减错了"), boss, bill)
    assert table(store, cashier)[0].open == 16100
    with pytest.raises(Refused, match="没有这次减免"):
        store.act(WaiverWithdrawn(waiver=done.entry.id, reason="减错了"), boss, bill)


# ── paid ahead ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_more_is_paid_ahead_than_the_cap(at: tuple[Store, dict[str, Actor]]) -> None:
    """At most twelve months (杭州市物业管理条例 §55), or fewer where the supervisor says so."""
    store, people = at
    cashier, boss = people["李敏"], people["赵强"]
    with pytest.raises(Refused, match="没有“物业费”的收费标准"):
        store.act(ahead(16128), cashier)
    store.act(tariff(), boss)
    store.act(ahead(10 * 16128), cashier)
    with pytest.raises(Refused, match=r"预存最多 12 个月（1,935\.36 元），已存 1,612\.80 元，这次最多再存 322\.56 元"):
        store.act(ahead(3 * 16128), cashier)
    store.act(ahead(2 * 16128), cashier)
    store.act(RulesSet(prepay_months=0), boss)
    with pytest.raises(Refused, match="不收预存"):
        store.act(ahead(1), cashier)
    store.act(RulesChanged(prepay_months=6, notice_days=30), boss, KEY)
    with pytest.raises(Refused, match=r"最多再存 0\.00 元"):
        store.act(ahead(1), cashier)


def test_what_was_paid_ahead_settles_bills_once_and_no_further(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier, boss = people["李敏"], people["赵强"]
    store.act(tariff(), boss)
    paid = store.act(ahead(200_00), cashier).record
    assert prepaid.apply_all(store, boss) == (2, 200_00)
    assert prepaid.apply_all(store, boss) == (0, 0)
    assert [line.open for line in table(store, cashier)] == [2 * 16128 - 200_00, 16128]
    with store.read() as read:
        assert prepaid.accounts(read, cashier) == []
        assert [one.state for one in payments.payments_of(read, ROOM, cashier)].count("已冲抵") == 2
        assert all(one.number for one in payments.recent(read, cashier)), "no receipt where no money moved"
    with pytest.raises(Refused, match="已经用过"):
        store.act(Voided(reason="收错了", approved_by=boss.id, copies_recovered=True), cashier, paid.id)
    said = Applied(room=ROOM, bill=bill_id(ROOM, ITEM, "2026-11", "2026-11"), item=ITEM, fen=100, source=ACCOUNT)
    with pytest.raises(Refused, match="预存不够"):
        store.act(said, boss)


def test_paid_ahead_is_a_tender_up_to_its_balance(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier = people["李敏"]
    store.act(tariff(), people["赵强"])
    store.act(ahead(100_00), cashier)
    part = table(store, cashier)[0].part(16128)
    whole = Tender(kind="预存", fen=16128, source=ACCOUNT)
    with pytest.raises(Refused, match=r"预存只剩 100\.00 元"):
        store.act(Paid(room=ROOM, parts=(part,), tenders=(whole,), request="x"), cashier)
    some = Tender(kind="预存", fen=100_00, source=ACCOUNT), Tender(kind="现金", fen=6128, given=6128)
    store.act(Paid(room=ROOM, parts=(part,), tenders=some, request="y"), cashier)
    with store.read() as read:
        assert prepaid.balance(read, ACCOUNT) == 0


# ── paid twice, voids, invoices ────────────────────────────────────────────────────────────────────────────────────────


def test_what_two_desks_took_for_one_bill_goes_where_a_supervisor_says(tmp_path: Path) -> None:
    with estate(tmp_path, 1, desks=2) as (_, tills):
        here = tills[0]
        room = "1-1-101"
        here.bill(room, 8)
        meet(tills)
        for till in tills:
            till.pay(room, 1203)
        meet(tills)
        with here.store.read() as read:
            (over,) = bills.open_bills(read, room, here.boss)
            first, second = payments.paid_for(read, over.bill.id, here.boss)
        assert over.open == -over.bill.fen
        said = Moved(bill=over.bill.id, fen=-over.open, reason="两台都收了")
        with pytest.raises(Refused, match="岗位"):
            here.store.act(said, here.cashier, second.id)
        here.store.act(said, here.boss, second.id)
        with pytest.raises(Refused, match="没有多收"):
            here.store.act(said, here.boss, first.id)
        meet(tills)
        for till in tills:
            with till.store.read() as read:
                assert bills.open_bills(read, room, till.boss) == []
                (account,) = prepaid.accounts(read, till.boss)
                assert (account.room, account.item, account.fen) == (room, over.bill.item, over.bill.fen)


def test_a_receipt_of_a_closed_shift_or_with_an_invoice_is_not_voided(at: tuple[Store, dict[str, Actor]]) -> None:
    store, people = at
    cashier, boss = people["李敏"], people["赵强"]
    lines = table(store, cashier)
    first, second = (store.act(take([line.part(line.open)]), cashier).record.id for line in lines[:2])
    void = Voided(reason="收错账单", approved_by=boss.id, copies_recovered=True)
    store.act(Invoiced(title="张秀兰", contact="13800001234"), cashier, first)
    with pytest.raises(Refused, match="发票已登记"):
        store.act(void, cashier, first)
    number = "26112000000012345678"
    with pytest.raises(Refused, match="先登记发票抬头"):
        store.act(InvoiceIssued(number=number), cashier, second)
    issued = store.act(InvoiceIssued(number=number), cashier, first).record
    assert isinstance(issued, Payment) and (issued.invoice, issued.invoice_number) == ("已开具", number)
    with pytest.raises(Refused, match="不能再登记"):
        store.act(Invoiced(title="李建国"), cashier, first)
    turn(store, cashier, boss)
    with pytest.raises(Refused, match="不是这一班收的"):
        store.act(void, cashier, second)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: Invoiced(title="张"), "抬头"),
        (lambda: Invoiced(title="某某公司", tax_id="123"), "税号"),
        (lambda: InvoiceIssued(number="12"), "20 位"),
    ],
)
def test_an_invoice_is_named_properly(made: object, said: str) -> None:
    assert callable(made)
    with pytest.raises(ValidationError, match=said):
        made()


def test_no_money_without_a_shift_or_while_it_is_counted_or_too_long_open(
    at: tuple[Store, dict[str, Actor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, people = at
    cashier = people["李敏"]
    part = table(store, cashier)[0].part(100)
    now = fields.wall()
    monkeypatch.setattr(fields, "wall", lambda: now + timedelta(hours=19))
    with pytest.raises(Refused, match="还没有结"):
        store.act(take([part]), cashier)
    monkeypatch.setattr(fields, "wall", lambda: now)
    with store.read() as read:
        shift = shifts.open_id(read)
    store.act(ShiftCounted(pieces=FLOAT), cashier, shift)
    with pytest.raises(Refused, match="正在盘点"):
        store.act(take([part]), cashier)
    store.act(ShiftClosed(left=500_00), cashier, shift)
    with pytest.raises(Refused, match="还没有开班"):
        store.act(take([part]), cashier)
