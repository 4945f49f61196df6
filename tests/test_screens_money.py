"""Money by keys: dues paid in every way, what is taken beside them, receipts taken back and invoiced; asserted on records."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.widgets import Digits, Input, SelectionList, Static

from desk import bills, fields, penalty, prepaid, shifts
from desk.billed import Billed, Withdrawn, bill_id
from desk.bills import Allocation, Bill, Waiver
from desk.demands import Demand
from desk.paid import Paid, Part, Tender
from desk.payments import Payment, PaymentTender
from desk.residents import owner_name
from desk.staff import COMMAND_LINE
from desk.tariffs import TariffSet
from desk.till import ShiftClosed
from screens.aloud import aloud
from screens.ask import Ask, Pick
from screens.payments import Payments
from screens.slips import Preview
from tests.office import PIN, until
from tests.test_screens_jobs import ROOM, Desk, desk

OWED = 48384
FEE = TariffSet(item="物业费", klass="物业费", basis="面积", price=18000, since="2026-01-01")
LATE = FEE.model_copy(update={"penalty_ppm": 500, "clause": "逾期每日万分之五"})
OLD = Billed(room=ROOM, item="物业费", klass="物业费", period_from="2026-08", period_to="2026-08", fen=16128, due="2026-08-31")


def ahead(fen: int, item: str = "物业费") -> Paid:
    """Paid ahead in cash."""
    part = Part(bill=prepaid.account_id(ROOM, item), item=item, fen=fen, kind="预存")
    return Paid(room=ROOM, parts=(part,), tenders=(Tender(kind="现金", fen=fen, given=fen),), request=f"ahead-{item}")


def still(d: Desk) -> int:
    """What the household owes, in fen."""
    with d.store.read() as read:
        found = [(bill.id, bills.open_of(read, bill)) for bill in d.all(Bill) if bill.room == ROOM]
    return sum(fen for _, fen in found)


def parts(d: Desk) -> list[tuple[str, int, int, str]]:
    """What was paid and waived, by period, with the reason."""
    return [(one.period, one.fen, one.waived, one.why) for one in sorted(d.all(Allocation), key=lambda one: (one.owner, one.n))]


def tenders(d: Desk) -> list[tuple[str, int, int, int]]:
    """How it was paid: kind, net, given, change."""
    rows = sorted(d.all(PaymentTender), key=lambda one: (one.owner, one.n))
    return [(one.kind, one.fen, one.given, one.change) for one in rows]


def shown(d: Desk, name: str) -> str:
    """An amount in big digits."""
    return d.pilot.app.screen.query_one(f"#{name}", Digits).value


async def stands_there(d: Desk) -> None:
    """The household is on the card."""
    d.pilot.app.screen.query_one("#find", Input).value = ""
    d.pilot.app.screen.query_one("#find", Input).value = ROOM
    await d.pilot.pause()


async def pay(d: Desk) -> None:
    """The household stands there and pays."""
    await stands_there(d)
    await d.press("f6")


async def fill(d: Desk, **texts: str) -> None:
    """Write into fields, as if typed."""
    for name, text in texts.items():
        d.form.query_one(f"#{name}", Input).value = text
    await d.pilot.pause()


async def menu(d: Desk, digit: str) -> None:
    """One of the other things that are done with money."""
    await stands_there(d)
    await d.press("ctrl+o", digit)


# ── dues ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_all_dues_in_exact_cash_take_eight_keys_and_a_sentence_to_say(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        assert await d.household() + await d.press("f6", "ctrl+s") <= 8
        assert (still(d), tenders(d)) == (0, [("现金", OWED, OWED, 0)])
        assert "3-2-501，三个月物业费四百八十三块八毛四，收您四百八十三块八毛四，正好。" in d.notices


async def test_change_stands_in_big_digits_and_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press(*"500")
        assert (shown(d, "owed"), shown(d, "handed"), shown(d, "change")) == ("483.84", "500.00", "16.16")
        await d.press("ctrl+s")
        assert tenders(d) == [("现金", OWED, 50000, 1616)] and "找您十六块一毛六" in d.notices


async def test_keys_pressed_at_once_take_the_money_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.at_once("ctrl+s", "ctrl+s", "enter", "ctrl+s")
        assert len(d.all(Payment)) == 1 and len(d.pilot.app.screen_stack) == 1


async def test_what_is_typed_faster_than_the_form_opens_is_not_lost(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await stands_there(d)
        await d.at_once("f6")
        await d.at_once(*"500", "ctrl+s")
        await until(d.pilot, lambda: d.all(Payment))
        assert tenders(d) == [("现金", OWED, 50000, 1616)]


async def test_a_part_goes_to_the_oldest_bills_and_the_rest_stays_owed(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await fill(d, fen="200")
        assert shown(d, "owed") == "200.00"
        await d.press("ctrl+s")
        assert parts(d) == [("2026-09", 16128, 0, ""), ("2026-10", 3872, 0, "")]
        assert still(d) == OWED - 20000 and not d.all(Payment)[0].doubt
        assert "还欠两百八十三块八毛四" in d.notices and "个月" not in d.notices


@pytest.mark.parametrize(
    ("typed", "said"),
    [("500", "多的 16.16 元可以存预存"), ("0", "大于 0"), ("-5", "负数"), ("1.234", "多于两位"), ("abc", "不是金额")],
)
async def test_an_amount_that_cannot_be_is_said_beside_it_and_stays(tmp_path: Path, typed: str, said: str) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await fill(d, fen=typed)
        await d.press("ctrl+s")
        assert said in d.said("fen") and d.typed("fen") == typed and not d.all(Payment)
        await fill(d, fen="")
        await d.press("ctrl+s")
        assert still(d) == 0


async def test_too_little_cash_offers_just_that_much(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press(*"400", "ctrl+s")
        assert "还差 83.84 元" in d.said("given") and "“本次交”填 400.00" in d.said("given")
        await fill(d, fen="400")
        await d.press("ctrl+s")
        assert tenders(d) == [("现金", 40000, 40000, 0)]


async def test_a_line_left_out_is_the_payer_s_word(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("ctrl+g", "space", "tab", "ctrl+s")
        assert [one[0] for one in parts(d)] == ["2026-10", "2026-11"]
        (entry,) = d.store.look(lambda db: db.execute("SELECT bytes FROM entry WHERE kind = 'payment.paid'").fetchall())
        assert b'"designated":true' in entry[0]


async def test_what_is_not_due_yet_is_listed_and_not_ticked(tmp_path: Path) -> None:
    later = Billed(
        room=ROOM, item="车位费", klass="停车", period_from="2099-01", period_to="2099-01", fen=30000, due="2099-01-31"
    )
    async with desk(tmp_path, "李敏", before=[later]) as d:
        await pay(d)
        assert shown(d, "owed") == "483.84"
        listed = d.form.query_one("#bills", SelectionList)
        assert listed.option_count == 4 and "未到期" in str(listed.get_option_at_index(3).prompt)
        await d.press("ctrl+s")
        assert still(d) == 30000
        await pay(d)
        assert d.form.focused is d.form.query_one("#bills")
        await d.press("ctrl+s")
        assert "请先勾选" in d.said("form")
        await d.press("space", "ctrl+s")
        assert still(d) == 0


async def test_nothing_ticked_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("ctrl+g", *["space", "down"] * 3, "ctrl+s")
        assert "请先勾选" in d.said("form") and not d.all(Payment)


# ── tenders ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_two_tenders_pay_one_receipt(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("shift+tab", "2", *"318204", "enter", *"200", "f8")
        assert (d.typed("kind"), d.typed("given"), d.typed("reference")) == ("现金", "", "")
        await d.press("enter", *"300")
        assert shown(d, "change") == "16.16"
        await d.press("ctrl+s")
        assert tenders(d) == [("微信", 20000, 0, 0), ("现金", 28384, 30000, 1616)]
        assert len(d.all(Payment)) == 1 and still(d) == 0
        assert "微信收到两百块，现金三百块，找您十六块一毛六" in d.notices


async def test_a_tender_that_is_enough_is_not_added_and_one_too_many_is_taken_off(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("f8")
        assert "请先填金额" in d.said("given")
        await d.press(*"500", "f8")
        assert "已经够了" in d.said("given")
        await fill(d, given="100")
        await d.press("f8")
        assert d.typed("kind") == "" and "现金 100.00   还要收 383.84" in str(d.form.query_one("#added", Static).render())
        await d.press("1", *"100", "f8")
        assert "合成一笔" in d.said("kind")
        await d.press("ctrl+d")
        assert d.form.query_one("#added").has_class("hidden")
        await fill(d, given="400")
        await d.press("f8", "ctrl+g", "space", "down", "space", "tab", "ctrl+s")
        assert "比应收多 238.72 元" in d.said("form") and not d.all(Payment)
        await d.press("ctrl+d", "ctrl+s")
        assert "付款方式" in d.said("kind")
        await fill(d, kind="现金")
        await d.press("ctrl+s")
        assert tenders(d) == [("现金", 16128, 16128, 0)]


@pytest.mark.parametrize(
    ("kind", "reference", "said"),
    [("2", "", "没有显示成功不能算收到"), ("3", "12345", "后 6 位"), ("4", "12", "小票号"), ("7", "", "支票号")],
)
async def test_what_a_tender_is_known_by_is_asked(tmp_path: Path, kind: str, reference: str, said: str) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("shift+tab", kind, *reference, "ctrl+s")
        assert said in d.said("reference") and d.typed("reference") == reference and not d.all(Payment)
        await fill(d, reference="３１８２０４")
        await d.press("ctrl+s")
        assert [one.reference for one in d.all(PaymentTender)] == ["318204"]


async def test_a_transfer_needs_no_number_and_more_than_owed_is_turned_down(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("shift+tab", "5", "enter", *"500", "ctrl+s")
        assert "只要收 483.84 元" in d.said("given") and not d.all(Payment)
        await fill(d, given="")
        await d.press("ctrl+s")
        assert tenders(d) == [("转账", OWED, 0, 0)]


async def test_what_was_paid_ahead_pays_as_far_as_it_goes(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[FEE, ahead(10000)]) as d:
        await pay(d)
        await d.press("shift+tab", "6", "ctrl+s")
        assert "预存只有 100.00 元" in d.said("given")
        await fill(d, given="100")
        await d.press("f8", "1", "ctrl+s")
        assert tenders(d)[1:] == [("预存", 10000, 0, 0), ("现金", OWED - 10000, OWED - 10000, 0)]
        with d.store.read() as read:
            assert prepaid.balance(read, prepaid.account_id(ROOM, "物业费")) == 0


async def test_nothing_paid_ahead_is_said_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("shift+tab", "6")
        assert "没有可用的预存" in d.said("kind")
        await d.press("ctrl+s")
        assert "没有可用的预存" in d.said("kind") and not d.all(Payment)


async def test_a_tender_on_the_table_is_not_lost_without_a_question(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("shift+tab", "2")
        await fill(d, reference="318204", given="200")
        await d.press("f8", "escape")
        assert isinstance(d.pilot.app.screen, Ask)


# ── giving up ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_cashier_rounds_off_alone(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("f9", "1")
        assert d.typed("waive") == "0.84" and shown(d, "owed") == "483.00"
        await d.press("ctrl+s")
        assert parts(d)[-1] == ("2026-11", 16044, 84, "抹零") and still(d) == 0
        assert tenders(d) == [("现金", 48300, 48300, 0)]


async def test_rounding_off_more_than_a_yuan_is_turned_down(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("f9", "1")
        await fill(d, waive="3.84")
        await d.press("ctrl+s")
        assert "抹零最多 0.99 元" in d.said("why") and not d.all(Payment)


async def test_a_waiver_needs_the_supervisor(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("f9", "3", *"100", "enter")
        assert d.form.focused is d.form.query_one("#approver")
        await d.press("ctrl+s")
        assert "主管" in d.said("approver") and not d.all(Payment)
        await fill(d, approver="赵强", pin="000000")
        await d.press("ctrl+s")
        assert "密码不对" in d.said("pin") and not d.all(Payment)
        await fill(d, approver="李敏", pin=PIN["李敏"])
        await d.press("ctrl+s")
        assert "请由主管" in d.said("approver") and not d.all(Payment)
        await fill(d, approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s")
        assert parts(d)[-1] == ("2026-11", 6128, 10000, "政策减免") and still(d) == 0


async def test_f9_again_gives_nothing_up(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("f9", "3", *"100", "f9", "ctrl+s")
        assert [one[2] for one in parts(d)] == [0, 0, 0] and tenders(d) == [("现金", OWED, OWED, 0)]


async def test_a_reason_without_amount_and_all_given_up_are_said(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await d.press("f9", "3", "ctrl+s")
        assert "减免多少" in d.said("waive")
        await fill(d, waive="500")
        await d.press("ctrl+s")
        assert "Ctrl+O 选“减免”" in d.said("waive")
        await fill(d, why="", waive="10")
        await d.press("ctrl+s")
        assert "减免原因" in d.said("why") and not d.all(Payment)


# ── 违约金 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def late_fen() -> int:
    """The fen of 违约金 on the old bill up to yesterday."""
    yesterday = f"{fields.wall().date() - timedelta(days=1)}"
    return penalty.penalty([(OLD.due, OLD.fen)], OLD.due, yesterday, penalty.Clause(500)).fen


async def test_a_penalty_is_shown_with_its_arithmetic_and_billed_as_it_is_paid(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[LATE, OLD]) as d:
        await pay(d)
        listed = d.form.query_one("#bills", SelectionList)
        line = str(listed.get_option_at_index(1).prompt)
        fen = late_fen()
        assert fen > 0 and line.startswith("违约金 ") and "0.05%/日" in line and line.endswith("!")
        assert not [bill for bill in d.all(Bill) if bill.klass == "违约金"]
        await d.press("ctrl+r")
        assert isinstance(d.pilot.app.screen, Preview)
        await d.press("escape")
        assert not [bill for bill in d.all(Bill) if bill.klass == "违约金"] and not d.all(Payment)
        await d.press("ctrl+s")
        (billed,) = [bill for bill in d.all(Bill) if bill.klass == "违约金"]
        assert billed.fen == fen and still(d) == 0
        assert d.all(Payment)[0].fen == OWED + 16128 + fen
        assert "和违约金" in d.notices


async def test_the_cashier_waives_a_small_penalty_alone(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[LATE, OLD]) as d:
        await pay(d)
        await d.press("f9", "2", "ctrl+s")
        fen = late_fen()
        assert [one[1:] for one in parts(d) if one[2]] == [(0, fen, "违约金免收")]
        assert tenders(d) == [("现金", OWED + 16128, OWED + 16128, 0)] and still(d) == 0


async def test_a_penalty_left_out_is_not_billed(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[LATE, OLD]) as d:
        await pay(d)
        await d.press("ctrl+g", "down", "space", "ctrl+s")
        assert not [bill for bill in d.all(Bill) if bill.klass == "违约金"] and still(d) == 0


# ── who may, and when ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_without_a_shift_nothing_is_typed_in_vain(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        with d.store.read() as read:
            shift = shifts.open_shift(read)
        assert shift and d.pilot.app.actor  # type: ignore[attr-defined]
        d.store.act(ShiftClosed(), d.pilot.app.actor, shift.id)  # type: ignore[attr-defined]
        await pay(d)
        assert isinstance(d.pilot.app.screen, Ask) and "F10 开班" in d.pilot.app.screen.question
        await d.press("1")
        assert d.pilot.app.current_mode == "home" and len(d.pilot.app.screen_stack) == 1
        await d.press("f6", "2")
        assert d.pilot.app.current_mode == "shifts"


async def test_a_shift_forgotten_since_yesterday_takes_no_money(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(tmp_path, "李敏") as d:
        monkeypatch.setattr(fields, "wall", lambda: datetime.now() + timedelta(hours=20))
        await pay(d)
        assert isinstance(d.pilot.app.screen, Ask) and "结班" in d.pilot.app.screen.question


async def test_a_clerk_is_told_who_takes_money(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await pay(d)
        await d.press("ctrl+o")
        assert "不收费" in d.notices and "不办收费" in d.notices and len(d.pilot.app.screen_stack) == 1


async def test_money_taken_meanwhile_at_another_window_is_not_taken_again(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        part = Part(bill=bill_id(ROOM, "物业费", "2026-09", "2026-09"), item="物业费", period="2026-09", fen=16128)
        cash = Tender(kind="现金", fen=16128, given=16128)
        assert d.pilot.app.actor  # type: ignore[attr-defined]
        d.store.act(Paid(room=ROOM, parts=(part,), tenders=(cash,), request="x"), d.pilot.app.actor)  # type: ignore[attr-defined]
        await d.press("ctrl+s")
        assert "只欠 0.00 元" in d.said("form") and len(d.all(Payment)) == 1


# ── beside the dues ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_months_are_paid_ahead_up_to_the_cap(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[FEE]) as d:
        await menu(d, "1")
        await d.press("1", "3", "ctrl+s")
        assert "预存最多 12 个月" in d.said("months") and not d.all(Payment)
        await d.press("backspace", "backspace", "3")
        assert shown(d, "owed") == "483.84" and "每月 161.28 元" in str(d.form.query_one("#about", Static).render())
        await d.press("ctrl+s")
        with d.store.read() as read:
            assert prepaid.balance(read, prepaid.account_id(ROOM, "物业费")) == 3 * 16128
        assert parts(d) == [("3个月", 48384, 0, "")] and still(d) == OWED
        assert "预存三个月物业费" in d.notices


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [({}, "months", "填几个月"), ({"months": "3", "amount": "5"}, "amount", "只填一个"), ({"months": "x"}, "months", "例如 3")],
)
async def test_how_much_ahead_must_be_clear(tmp_path: Path, typed: dict[str, str], field: str, said: str) -> None:
    async with desk(tmp_path, "李敏", before=[FEE]) as d:
        await menu(d, "1")
        await fill(d, **typed)
        await d.press("ctrl+s")
        assert said in d.said(field) and not d.all(Payment)


async def test_without_a_tariff_nothing_is_paid_ahead(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await menu(d, "1")
        assert "收费标准" in d.notices and len(d.pilot.app.screen_stack) == 1


async def test_a_deposit_is_a_bill_and_its_payment_in_one(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await menu(d, "2")
        await d.press("1", "enter", *"2000", "enter", "2")
        await fill(d, reference="318204")
        await d.press("ctrl+s")
        (deposit,) = [bill for bill in d.all(Bill) if bill.klass == "押金"]
        assert (deposit.item, deposit.fen, deposit.room) == ("装修押金", 200000, ROOM)
        assert tenders(d) == [("微信", 200000, 0, 0)] and still(d) == OWED
        assert "装修押金两千块" in d.notices


async def test_a_refused_payment_leaves_no_bill_behind(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await menu(d, "2")
        await d.press("3", "enter", *"100", "enter", "enter", *"50", "ctrl+s")
        assert "还差 50.00 元" in d.said("given") and "本次交" not in d.said("given")
        assert not [bill for bill in d.all(Bill) if bill.klass == "押金"]
        await fill(d, amount="")
        await d.press("ctrl+s")
        assert "请填金额" in d.said("amount")


async def test_something_is_charged_twice_in_a_month(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        for _ in range(2):
            await menu(d, "3")
            await d.press("5", "1", "enter", *"20", "ctrl+s")
        charged = [bill for bill in d.all(Bill) if bill.item == "出入证工本费"]
        assert [(bill.klass, bill.fen) for bill in charged] == [("其他", 2000)] * 2 and still(d) == OWED


async def test_what_has_a_tariff_is_not_charged_once(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[FEE]) as d:
        await menu(d, "3")
        await d.press("1")
        await d.scan("物业费")
        await d.press(*"20", "ctrl+s")
        assert "有收费标准" in d.said("item") and not d.all(Payment)


async def test_a_bill_is_waived_without_a_payment(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await menu(d, "4")
        assert isinstance(d.pilot.app.screen, Pick)
        await d.press("1", "4", "ctrl+s")
        assert "主管" in d.said("approver") and not d.all(Waiver)
        await fill(d, fen="61.28", note="空置证明已收", approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s")
        assert [(one.fen, one.reason, one.note) for one in d.all(Waiver)] == [(6128, "空置减免", "空置证明已收")]
        assert still(d) == OWED - 6128


async def test_an_unpaid_bill_is_taken_back_with_a_reason(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await menu(d, "6")
        await d.press("2", "ctrl+s")
        assert "原因" in d.said("reason")
        await d.press("4", "enter", "ctrl+s")
        assert "复核" in d.said("approver") and not [bill for bill in d.all(Bill) if bill.withdrawn]
        await fill(d, approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s")
        assert [bill.period for bill in d.all(Bill) if bill.withdrawn == "重复出账"] == ["2026-10"]


@pytest.mark.parametrize(("who", "moved"), [("李敏", 0), ("赵强", 16128)])
async def test_what_was_paid_twice_is_moved_by_the_supervisor(tmp_path: Path, who: str, moved: int) -> None:
    whole = [
        Part(bill=bill_id(ROOM, "物业费", month, month), item="物业费", period=month, fen=16128)
        for month in ("2026-09", "2026-10")
    ]
    paid = Paid(room=ROOM, parts=tuple(whole), tenders=(Tender(kind="现金", fen=32256, given=32256),), request="twice")
    withdrawn = Withdrawn(reason="重复出账")
    async with desk(tmp_path, who, before=[paid]) as d:
        d.store.act(withdrawn, COMMAND_LINE, bill_id(ROOM, "物业费", "2026-09", "2026-09"))
        await menu(d, "5")
        await d.press("1", "1", "3", "enter")
        with d.store.read() as read:
            assert prepaid.balance(read, prepaid.account_id(ROOM, "物业费")) == moved
        assert ("由主管决定" in d.notices) == (moved == 0)


async def test_a_demand_is_written_and_its_posting_witnessed(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[OLD]) as d:
        await menu(d, "8")
        await d.press("1", "ctrl+s")
        (made,) = d.all(Demand)
        assert (made.stage, made.state) == ("欠费通知单", "待送达") and made.fen >= 16128
        await menu(d, "8")
        await d.press("1", "3", "ctrl+s")
        assert d.said("witness") and d.all(Demand)[0].state == "待送达"
        await fill(d, witness="王芳", pin=PIN["王芳"])
        await d.press("ctrl+s")
        assert [(one.state, one.way) for one in d.all(Demand)] == [("已送达", "张贴")]
        await menu(d, "8")
        await d.press("2")
        assert "现在不能出催告函" in d.notices


async def test_a_room_changes_hands(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await menu(d, "9")
        await d.press("ctrl+s")
        assert "新业主" in d.said("buyer")
        await fill(d, date="2026-10-16", buyer="钱多多", phone="13800009999", approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s")
        with d.store.read() as read:
            assert owner_name(read, ROOM) == "钱多多"
        split = [(bill.owner, bill.period) for bill in d.all(Bill) if bill.owner and not bill.withdrawn]
        assert ("张秀兰", "2026-10-01～2026-10-15") in split and ("钱多多", "2026-10-16～2026-10-31") in split
        assert still(d) == OWED and "由原业主承担" in d.notices


# ── the receipts ───────────────────────────────────────────────────────────────────────────────────────────────────


async def taken(d: Desk) -> Payments:
    """A receipt, and its list."""
    await pay(d)
    await d.press("ctrl+s")
    screen = await d.place("f6")
    assert isinstance(screen, Payments)
    return screen


def detail(screen: Payments) -> str:
    """What is known of the marked receipt."""
    return str(screen.query_one("#detail", Static).render())


async def test_the_list_says_what_was_waived_and_what_is_to_be_checked(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await pay(d)
        await fill(d, kind="微信", reference="318204", why="抹零", waive="0.84")
        await d.press("ctrl+s")
        screen = await d.place("f6")
        assert isinstance(screen, Payments)
        said = detail(screen)
        assert "减免 抹零 -0.84" in said and "微信 483.00 尾号 318204  待核" in said and "班次" in said and "李敏" in said


async def test_an_invoice_locks_the_receipt(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        screen = await taken(d)
        await d.press("ctrl+g")
        assert d.typed("title") == "张秀兰"
        await fill(d, tax_id="12")
        await d.press("ctrl+s")
        assert "15、18 或 20 位" in d.said("tax_id") and d.typed("tax_id") == "12"
        await fill(d, tax_id="")
        await d.press("ctrl+s")
        assert "发票已登记 张秀兰" in detail(screen)
        await d.press("ctrl+d")
        assert "不能作废" in d.notices and len(d.pilot.app.screen_stack) == 1
        await d.press("ctrl+g")
        await fill(d, number="26312000000012345678")
        await d.press("enter")
        assert [(one.invoice, one.invoice_number) for one in d.all(Payment)] == [("已开具", "26312000000012345678")]
        await d.press("ctrl+g")
        assert "发票已开具 26312000000012345678" in d.notices


async def test_a_receipt_of_another_shift_is_not_voided(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await taken(d)
        d.store.transact(lambda db: db.execute("UPDATE payment SET shift = 'yesterday'"))
        await d.press("f2", "f7")
        await d.place("f6")
        await d.press("ctrl+d")
        assert "不是这一班收的" in d.notices and len(d.pilot.app.screen_stack) == 1


async def test_a_receipt_is_voided_by_two(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await taken(d)
        await d.press("ctrl+d", "1", "enter", "1")
        await fill(d, approver="李敏", pin=PIN["李敏"])
        await d.press("ctrl+s")
        assert "不能是同一个人" in d.said("approver") and d.all(Payment)[0].state == "已收"
        await fill(d, approver="赵强", pin=PIN["赵强"])
        await d.press("ctrl+s")
        assert d.all(Payment)[0].state == "已作废" and still(d) == OWED


# ── the sentence ───────────────────────────────────────────────────────────────────────────────────────────────────


def owed(period: str, fen: int, item: str = "物业费") -> Part:
    """A part of a payment."""
    return Part(bill=f"{item}{period}", item=item, period=period, fen=fen)


@pytest.mark.parametrize(
    ("what", "how", "said"),
    [
        (
            [owed("2026-07～2026-11", 128400)],
            [Tender(kind="现金", fen=128400, given=130000, change=1600)],
            "五个月物业费一千二百八十四块，收您一千三百块，找您十六块。",
        ),
        ([owed("2026-11", 20000)], [Tender(kind="支付宝", fen=20000)], "物业费两百块，支付宝收到两百块。"),
        (
            [owed("2026-11", 20000), owed("2026-11", 1000, "公摊电")],
            [Tender(kind="预存", fen=21000, source="x")],
            "物业费、公摊电一共两百一十块，预存抵两百一十块。",
        ),
        ([owed("2026-11", 120, "物业费违约金")], [Tender(kind="现金", fen=120, given=120)], "违约金一块二，收您一块二，正好。"),
    ],
)
def test_the_sentence_guesses_nothing_of_who_stands_there(what: Sequence[Part], how: Sequence[Tender], said: str) -> None:
    assert aloud(ROOM, what, how, 0) == f"{ROOM}，{said}"
