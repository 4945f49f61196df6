"""Holes in the money that were found by looking for them, each named after what went wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.entry import new_id
from data.records import Refused
from desk import bills, days, figures, prepaid, refundable, refunds, sales, shifts, taking
from desk.billed import Billed, Waived, Withdrawn, bill_id
from desk.bills import Bill
from desk.jobs import JOBS
from desk.paid import Applied, Moved, Paid, Part, Tender, Voided
from desk.refunded import Approved, PaidOut, RefundPart, Requested
from desk.residents import PersonChanged, RoomChanged
from desk.rules import RulesSet
from desk.shifts import CashMoved, ShiftClosed, ShiftCounted, ShiftOpened
from desk.tariffs import TariffChanged, TariffSet
from tests.test_refunds import ACCOUNT, CARD, DEPOSIT, FEE, ROOM, Office, ahead, deposit
from tests.till import estate, meet

OTHER = "3-2-502"
TARIFF = TariffSet(item="物业费", klass="物业费", basis="面积", price=18000, since="2026-01-01")


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Office]:
    """An office with its tariff and a deposit of ￥500 billed."""
    made = Office(tmp_path)
    made.store.act(TARIFF, made.manager)
    yield made
    made.store.close()


def from_account(source: str, fen: int, *tenders: Tender, bill: str = FEE) -> Paid:
    """So much of a bill, out of what was paid ahead."""
    used = tenders or (Tender(kind="预存", fen=fen, source=source),)
    return Paid(room=ROOM, parts=(Part(bill=bill, item="物业费", fen=fen),), tenders=used, request=new_id())


def put_ahead(at: Office, fen: int, room: str = ROOM) -> None:
    """So much is paid ahead in cash."""
    part = Part(bill=prepaid.account_id(room, "物业费"), item="物业费", fen=fen, kind="预存")
    at.store.act(
        Paid(room=room, parts=(part,), tenders=(Tender(kind="现金", fen=fen, given=fen),), request=new_id()), at.cashier
    )


def voided(at: Office) -> Voided:
    """A receipt is taken back, with all that takes."""
    return Voided(reason="收错了", approved_by=at.manager.id, copies_recovered=True)


# ── money out of nothing, or of somebody else ──────────────────────────────────────────────────────────────────────────


def test_a_neighbours_account_or_a_paid_deposit_was_a_tender(at: Office) -> None:
    """What is named as the source is an account of this household and nothing else that sums to something."""
    put_ahead(at, 100_00, OTHER)
    at.pay(DEPOSIT, 500_00)
    for source in (prepaid.account_id(OTHER, "物业费"), DEPOSIT, f"prepaid:{ROOM}1/物业费"):
        at.refused(from_account(source, 100_00), "本户自己的预存")
    said = {"room": ROOM, "bill": FEE, "item": "物业费", "fen": 100_00}
    for source in (prepaid.account_id(OTHER, "物业费"), DEPOSIT, prepaid.account_id(ROOM, "停车费")):
        at.refused(Applied.model_validate(said | {"source": source}), "不能用这项预存")


def test_one_account_used_twice_in_a_receipt_was_overdrawn(at: Office) -> None:
    put_ahead(at, 100_00)
    twice = (
        Tender(kind="预存", fen=80_00, source=ACCOUNT, reference="1"),
        Tender(kind="预存", fen=80_00, source=ACCOUNT, reference="2"),
    )
    at.refused(from_account(ACCOUNT, 160_00, *twice), r"预存只剩 100\.00 元")


def test_what_was_refunded_of_a_receipt_was_moved_to_an_account_as_well(tmp_path: Path) -> None:
    """Two desks took one bill, one receipt was reversed, the bill withdrawn: only the other receipt has money to move."""
    with estate(tmp_path, 1, desks=2) as (_, tills):
        here, there = tills
        room, bill = "1-1-101", Billed(room="1-1-101", item="物业费", period_from="2026-11", period_to="2026-11", fen=100_00)
        here.store.act(bill, here.boss)
        meet(tills)
        for till in tills:
            part = Part(bill=bill.key(), item="物业费", fen=100_00)
            cash = Tender(kind="现金", fen=100_00, given=100_00)
            till.store.act(Paid(room=room, parts=(part,), tenders=(cash,), request=new_id()), till.cashier)
        here.turn(room, 1)
        there.turn(room, 1)
        meet(tills)
        first, second = (here.receipts(room)[0], there.receipts(room)[1])
        said = Requested(
            sort="红冲", room=room, parts=(RefundPart(target=bill.key(), fen=100_00),), route="银行转账", reason="重复缴费",
            request=new_id(), payment=first, payee="王建国", account=CARD.replace(" ", ""), slip="原单收回",
        )  # fmt: skip
        refund = here.store.act(said, here.cashier).record.id
        here.store.act(Approved(), here.boss, refund)
        here.store.act(PaidOut(reference="1"), here.cashier, refund)
        here.store.act(Withdrawn(reason="房号有误"), here.boss, bill.key())
        moved = Moved(bill=bill.key(), fen=100_00, reason="账单撤销")
        with pytest.raises(Refused, match="已经退了或正在退"):
            here.store.act(moved, here.boss, first)
        here.store.act(moved, here.boss, second)
        with here.store.read() as read:
            assert bills.open_bills(read, room, here.boss) == []
            assert prepaid.balance(read, prepaid.account_id(room, "物业费")) == 100_00


def test_small_waivers_repeated_gave_up_a_whole_bill(at: Office) -> None:
    """抹零 is below a yuan a bill, however often it is asked, on the bill or on receipts."""
    at.store.act(Waived(fen=60, reason="抹零"), at.cashier, FEE)
    at.refused(Waived(fen=60, reason="抹零"), r"已抹零 0\.60 元", subject=FEE)
    part = Part(bill=FEE, item="物业费", fen=1, waived=60, why="抹零")
    paid = Paid(room=ROOM, parts=(part,), tenders=(Tender(kind="现金", fen=1, given=1),), request=new_id())
    at.refused(paid, r"已抹零 0\.60 元")
    at.store.act(Waived(fen=39, reason="抹零"), at.cashier, FEE)
    late = Billed(room=ROOM, item="旧账违约金", klass="违约金", period_from="2026-01", period_to="2026-01", fen=500_00)
    at.store.act(late, at.manager)
    free = Waived(fen=50_00, reason="违约金免收")
    at.store.act(free, at.cashier, late.key())
    at.refused(free, r"已免 50\.00 元，收费员一共最多免 50\.00 元", subject=late.key())
    at.store.act(free.model_copy(update={"approved_by": at.manager.id}), at.cashier, late.key())


def test_a_penalty_without_a_clause_beyond_it_or_of_days_to_come_was_billed(at: Office) -> None:
    late = Billed(
        room=ROOM, item="物业费", klass="物业费", period_from="2026-08", period_to="2026-08", fen=161_28, due="2026-09-30"
    )
    at.store.act(late, at.manager)
    said = Billed(
        room=ROOM,
        item="物业费违约金",
        klass="违约金",
        period_from="2026-10-01",
        period_to="2026-10-18",
        fen=1_45,
        of=late.key(),
    )
    at.refused(said, r"最多再计 0\.00 元")
    terms = TARIFF.model_dump() | {"penalty_ppm": 500, "clause": "合同第十二条", "since": "2026-02-01"}
    at.store.act(TariffChanged.model_validate(terms), at.manager, TARIFF.key())
    at.refused(said.model_copy(update={"fen": 1_46}), r"最多再计 1\.45 元")
    at.refused(said.model_copy(update={"period_to": "2099-10-18", "fen": 161_28}), "没有这样的违约金")
    at.refused(said.model_copy(update={"room": OTHER}), "没有这样的违约金")
    at.store.act(said, at.cashier)
    at.refused(Withdrawn(reason="金额有误"), "请先撤销那笔违约金", subject=late.key())
    at.store.act(Withdrawn(reason="金额有误"), at.manager, said.key())
    with at.store.read() as read:
        today = {line.klass for line in taking.on_the_table(read, ROOM, at.cashier, "2026-10-18")}
    assert "违约金" not in today, "what was withdrawn cannot be billed again for the same day, so it is not asked"
    at.store.act(Withdrawn(reason="金额有误"), at.manager, late.key())


def test_a_room_sold_was_charged_twice_for_the_same_late_days(at: Office) -> None:
    """A bill whose 违约金 was paid is not split and written anew; where nothing was paid, both are."""
    terms = {"penalty_ppm": 500, "clause": "合同第十二条", "since": "2026-02-01"}
    at.store.act(TariffChanged.model_validate(TARIFF.model_dump() | terms), at.manager, TARIFF.key())
    for month, pay in (("2026-07", True), ("2026-08", False)):
        late = Billed(
            room=ROOM, item="物业费", klass="物业费", period_from=month, period_to=month, fen=161_28, due=f"{month}-05"
        )
        on = Billed(
            room=ROOM, item="物业费违约金", klass="违约金", period_from=f"{month}-06", period_to="2026-09-30", fen=1_00,
            of=late.key(),
        )  # fmt: skip
        at.store.act_all([(late, None), (on, None)], at.manager)
        if pay:
            at.pay(on.key(), 1_00)
        with at.store.read() as read:
            transfer = sales.sale_acts(read, ROOM, f"{month}-15", "张秀兰", "王磊", at.cashier, at.manager.id)
        at.store.act_all(transfer.acts, at.cashier)
        with at.store.read() as read:
            told = [read.get(Bill, one) for one in (late.key(), on.key())]
        assert [bool(one and one.withdrawn) for one in told] == [not pay, not pay]


def test_a_cashier_took_a_friend_s_debt_back_alone(at: Office) -> None:
    """Withdrawing a bill gives it up as a waiver does: alone a cashier takes back only what they billed in this shift."""
    at.refused(Withdrawn(reason="开错项目"), "复核", subject=FEE)
    at.refused(Withdrawn(reason="开错项目", approved_by=at.cashier.id), "复核", subject=FEE)
    own = Billed(room=ROOM, item="垃圾清运", period_from="2026-11", period_to="2026-11", fen=30_00)
    at.store.act_all([(own, None), (Withdrawn(reason="开错项目"), own.key())], at.cashier)
    at.store.act(Withdrawn(reason="开错项目", approved_by=at.manager.id), at.cashier, FEE)


# ── what could not be settled any more ─────────────────────────────────────────────────────────────────────────────────


def test_a_waived_bill_withdrawn_looked_overpaid_for_good(at: Office) -> None:
    """Nobody paid what was given up, so nobody is owed it back."""
    at.store.act(Waived(fen=50, reason="抹零"), at.cashier, FEE)
    at.store.act(Withdrawn(reason="开错项目"), at.manager, FEE)
    assert at.open_of(FEE) == 0
    paid = at.pay(other := bill_id(ROOM, "物业费", "2026-10", "2026-10"), 100_00)
    at.store.act(Waived(fen=50_00, reason="服务补偿", approved_by=at.manager.id), at.cashier, other)
    at.store.act(Withdrawn(reason="开错项目"), at.manager, other)
    assert at.open_of(other) == -100_00
    at.store.act(Moved(bill=other, fen=100_00, reason="账单撤销"), at.manager, paid.id)
    assert at.open_of(other) == 0


def test_a_deposit_given_back_looked_overpaid_for_good(at: Office) -> None:
    """A deposit bill taken back, or taken twice by two desks, is settled once nothing is held of it."""
    at.pay(DEPOSIT, 500_00)
    at.store.act(Withdrawn(reason="开错项目"), at.manager, DEPOSIT)
    assert at.open_of(DEPOSIT) == -500_00
    at.give(at.ask(deposit(200_00, 100_00)))
    assert at.open_of(DEPOSIT) == -200_00
    at.give(at.ask(deposit(200_00)))
    assert (at.open_of(DEPOSIT), at.held()) == (0, 0)


def test_an_item_with_a_slash_kept_its_money_for_good(at: Office) -> None:
    """公摊水/电 comes from imported lists; what was overpaid of it goes to an account one can name and refund."""
    bill = Billed(room=ROOM, item="公摊水/电", klass="代收水电", period_from="2026-11", period_to="2026-11", fen=12_36)
    at.store.act(bill, at.manager)
    paid = at.pay(bill.key(), 12_36)
    at.store.act(Withdrawn(reason="重复出账"), at.manager, bill.key())
    at.store.act(Moved(bill=bill.key(), fen=12_36, reason="重复"), at.manager, paid.id)
    with at.store.read() as read:
        assert [(one.room, one.item, one.fen) for one in prepaid.accounts(read, at.cashier)] == [(ROOM, "公摊水/电", 12_36)]
    refund = at.give(at.ask(ahead(12_36, target=prepaid.account_id(ROOM, "公摊水/电"))))
    with at.store.read() as read:
        assert [line.item for line in refunds.lines_of(read, refund.id, at.cashier)] == ["公摊水/电"]
        assert prepaid.accounts(read, at.cashier) == []


# ── the drawer ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refund_two_desks_paid_left_one_drawer_without_a_word(tmp_path: Path) -> None:
    """The household's account counts it once; each drawer gave its own cash, and its Z and its numbers say so."""
    with estate(tmp_path, 1, desks=2) as (_, tills):
        here, there = tills
        room = "1-1-101"
        here.deposit(room, 0)
        meet(tills)
        bill = next(one.bill.id for one in here.held(room))
        part = RefundPart(target=bill, fen=100_00)
        said = Requested(
            sort="押金", room=room, parts=(part,), route="备用金现金", reason="装修完工", request=new_id(), payee="王建国",
            slip="原单收回", signed=True, inspection="现场完好",
        )  # fmt: skip
        refund = here.store.act(said, here.cashier).record.id
        here.store.act(Approved(), here.boss, refund)
        meet(tills)
        before = [till.expected() for till in tills]
        for till in tills:
            till.store.act(PaidOut(), till.cashier, refund)
        meet(tills)
        assert [till.expected() for till in tills] == [fen - 100_00 for fen in before]
        with there.store.read() as read:
            shift = shifts.open_shift(read)
            assert shift
            assert figures.figures(read, shift.id).reds == ("B26-000001",)
            assert [one.red for one in days.number_ranges(read, of=[shift.id])] == [("B26-000001",)]
            assert days.cash_journal(read, [shift])[-1].balance == there.expected()


def test_takings_left_in_the_drawer_became_the_float_that_refunds(at: Office) -> None:
    """坐支: what a shift took and did not bank is no float of the next."""
    at.pay(FEE, 161_28, kind="现金")
    with at.store.read() as read:
        shift = shifts.open_shift(read)
    assert shift
    at.store.act(
        ShiftCounted(pieces=((100_00, 6), (50_00, 1), (10_00, 1), (1_00, 1), (10, 2), (5, 1), (1, 3))), at.cashier, shift.id
    )
    at.store.act(ShiftClosed(left=661_28), at.cashier, shift.id)
    at.store.act(ShiftOpened(pieces=((100_00, 6), (50_00, 1), (10_00, 1), (1_00, 1), (10, 2), (5, 1), (1, 3))), at.cashier)
    with at.store.read() as read:
        assert refundable.cash_left(read, shifts.open_id(read)) == 500_00


def test_a_drawer_without_its_float_still_refunded_from_it(at: Office) -> None:
    """What was taken out for any reason is not there to be given back, by a refund or by a void."""
    paid = at.pay(FEE, 161_28, kind="现金")
    with at.store.read() as read:
        shift = shifts.open_id(read)
    at.store.act(CashMoved(direction="出", reason="解款", fen=600_00, request=new_id()), at.cashier, shift)
    with at.store.read() as read:
        assert refundable.cash_left(read, shift) == 61_28
    at.refused(voided(at), "钱箱里没有这么多现金可退", subject=paid.id)
    at.store.act(CashMoved(direction="入", reason="找零补充", fen=100_00, request=new_id()), at.cashier, shift)
    at.store.act(voided(at), at.cashier, paid.id)


# ── what the law says ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_more_than_may_be_paid_ahead_came_in_by_the_back_door(at: Office) -> None:
    """The cap of months holds for deposits turned into 预存 and for 多收 too (杭州市物业管理条例 §55)."""
    at.store.act(RulesSet(prepay_months=1), at.manager)
    at.pay(DEPOSIT, 500_00)
    at.refused(deposit(route="转预存", signed=True), "预存最多 1 个月")
    at.ask(deposit(100_00, route="转预存", signed=True))
    paid = at.pay(FEE, 161_28)
    put_ahead(at, 161_28)
    at.store.act(Withdrawn(reason="重复出账"), at.manager, FEE)
    at.refused(Moved(bill=FEE, fen=161_28, reason="重复"), "请改走退款", by=at.manager, subject=paid.id)


def test_an_imported_list_put_the_authorities_word_on_a_receipt() -> None:
    """滞纳金 is levied by an authority; a contract has 违约金."""
    said = Billed(room=ROOM, item="滞纳金", klass="违约金", period_from="2026-01", period_to="2026-01", fen=1)
    assert said.item == "违约金" and "滞纳金" not in said.key()
    assert TariffSet(item="滞纳金", klass="其他", basis="固定", price=1, since="2026-01-01").item == "违约金"


def test_why_a_household_was_let_off_could_never_be_erased() -> None:
    """A note says who is ill or poor, or who lent the change: it lies beside the entry's bytes (个保法 §28, §47)."""
    for event in (
        Waived(fen=1, reason="其他", note="张秀兰 低保"),
        CashMoved(direction="入", reason="其他", fen=1, request="x", note="王建国垫付"),
    ):
        body, personal = event.split()
        assert "note" not in body and personal == {"note": event.note}


def test_a_name_or_phone_put_right_could_never_be_erased() -> None:
    """`PersonalText | None` was not seen to be personal, so a corrected name lay in the bytes that every chain keeps."""
    assert PersonChanged.personal == {"name", "phone", "initials", "care", "note"}
    assert RoomChanged.personal == {"note"}
    for job in JOBS:
        for event in job.kinds.values():
            said = {
                name for name, field in event.model_fields.items() if "'personal'" in f"{field.annotation} {field.metadata}"
            }
            assert event.personal == said, event.kind
