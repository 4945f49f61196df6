"""Parcels by keys: a courier's round from header to signature, proven hands, the door, returns, what goes astray, counting."""

from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from textual.widgets import Input, Static

from data.records import Event
from desk.batches import Batch, BatchLine, Opened
from desk.notice_rounds import NoticeRound
from desk.parcels import Collected, Notified, Parcel, Returned, SentOut, TakenIn
from desk.proxies import Named, Proxy
from desk.residents import ConsentGiven
from desk.stocktakes import Stocktake
from screens.ask import Pick
from screens.counter import Counter
from screens.parcel_batch import CloseBatch
from screens.parcel_intake import TakeIn
from screens.parcels import Parcels
from tests.office import until
from tests.test_screens_jobs import ROOM, SCAN, SCAN_TOO, Desk, desk, parcel

YES = ConsentGiven(parcels="是")


async def chosen(d: Desk, word: str) -> None:
    """Under Ctrl+O the line that begins so."""
    await d.press("ctrl+o")
    screen = d.pilot.app.screen
    assert isinstance(screen, Pick)
    place = next(n for n, answer in enumerate(screen.answers, 1) if answer.startswith(word))
    await d.press(str(place))


async def round_begun(d: Desk, announced: str = "", shelf: str = "") -> None:
    """A courier of 顺丰 stands there."""
    await d.place("f5")
    await chosen(d, "快递员来了一批")
    await d.press("1")
    for text in ("小李", shelf, announced):
        await d.scan(text)
    assert isinstance(d.pilot.app.screen, TakeIn)


def shown(d: Desk, where: str) -> str:
    """What stands at a place of the form."""
    return str(d.form.query_one(where, Static).render())


# ── one after another ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_parcel_stands_where_the_glass_said_and_bears_the_owners_name(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[YES]) as d:
        await d.place("f5")
        await d.press("f8")
        hint = d.form.row("shelf").query(Static).last()
        await until(d.pilot, lambda: "空着就放 2-1" in str(hint.render()))
        await d.scan(SCAN)
        await d.scan("32501")
        # Said again once the code has been seen: the next one stands elsewhere.
        await until(d.pilot, lambda: "空着就放 2-2" in str(hint.render()))
        await d.scan(SCAN_TOO)
        await d.press(*"32501", "tab", "tab", "5")
        await until(d.pilot, lambda: "空着就放 5-1" in str(hint.render()))
        d.form.query_one("#addressee", Input).value = "王阿姨"
        await d.press("ctrl+s")
        assert [(one.shelf, one.layer, one.addressee) for one in d.all(Parcel)] == [(2, 1, "张秀兰"), (5, 1, "王阿姨")]


# ── the round ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_round_is_begun_once_scanned_counted_and_signed(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[YES]) as d:
        await round_begun(d, "3", "4")
        head = shown(d, ".form-title")
        assert "入库 · 顺丰 · 快递员 小李 · 架 4" in head and "已扫 0 / 应收 3" in head
        assert await d.scan("123456789012") + await d.press(*"32501", "enter") <= 7
        await d.scan(SCAN_TOO)
        await d.scan("+")
        assert "像是圆通的件，不是顺丰" in shown(d, "#taken") and "已扫 2 / 应收 3" in shown(d, ".form-title")
        await d.press("escape", "1")
        assert isinstance(d.pilot.app.screen, CloseBatch)
        await d.press("enter")
        assert "请写明差在哪里" in d.said("why")
        await d.press("1", "enter")
        await d.pilot.pause()
        (batch,) = d.all(Batch)
        assert (batch.state, batch.counted, batch.announced, batch.why) == ("已交接", 2, 3, "快递员少带了")
        assert [(one.courier, one.shelf, one.batch) for one in d.all(Parcel)] == [("顺丰", 4, batch.id), ("圆通", 4, batch.id)]
        jobs = d.store.look(lambda db: db.execute("SELECT copy FROM print_job WHERE kind = 'batch'").fetchall())
        assert [copy for (copy,) in jobs] == ["前台联", "快递员联"]
        assert isinstance(d.pilot.app.screen, Parcels)


async def test_a_round_left_alone_goes_on_with_f8(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[YES]) as d:
        await round_begun(d)
        await d.scan(SCAN)
        await d.scan("32501")
        await d.press("escape", "2")
        await d.press("f8")
        assert "已扫 1" in shown(d, ".form-title") and d.typed("courier") == "顺丰"
        await d.scan("+")
        assert "正在入库" in d.said("waybill")
        d.form.query_one("#waybill", Input).value = ""
        await d.press("escape", "3")
        assert isinstance(d.pilot.app.screen, TakeIn)


async def test_plus_in_the_waybill_begins_a_round(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("f5")
        await d.press("f8")
        await d.scan("+")
        await d.press("2")
        for _ in range(3):
            await d.press("enter")
        assert "入库 · 中通 · 快递员 无人交接" in shown(d, ".form-title") and len(d.all(Batch)) == 1


async def test_minus_takes_the_last_one_back(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[YES]) as d:
        await round_begun(d)
        await d.scan("-")
        assert "没有可撤回的" in d.said("waybill")
        await d.scan(SCAN)
        await d.scan("32501")
        await d.scan("-")
        (gone,) = d.all(Parcel)
        assert (gone.state, d.typed("waybill")) == ("已撤回", "")
        assert f"已撤回 {gone.code}" in shown(d, "#taken") and "已扫 0" in shown(d, ".form-title")
        await d.scan(SCAN)
        await d.scan("32501")
        assert [one.state for one in d.all(Parcel)] == ["已撤回", "待取"]


async def test_what_is_not_taken_in_is_a_line_of_the_round(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await round_begun(d, "2")
        await d.scan(SCAN)
        await d.scan("*")
        await d.press("2")
        await d.scan(SCAN_TOO)
        await d.scan("32501")
        assert "请先打电话" in d.said("consented")
        await d.press("2", "enter")
        assert not d.all(Parcel) and d.typed("waybill") == ""
        with d.store.read() as read:
            lines = [(one.why, one.waybill, one.room) for one in batches_lines(read)]
        assert lines == [("到付", SCAN, ""), ("未同意", SCAN_TOO, ROOM)]
        await d.press("escape", "1", "enter")
        (batch,) = d.all(Batch)
        assert (batch.state, batch.counted, batch.away) == ("已交接", 0, 2)


def batches_lines(read: object) -> list[BatchLine]:
    """What was turned away, in order."""
    from sqlmodel import Session, select

    assert isinstance(read, Session)
    return sorted(read.exec(select(BatchLine)).all(), key=lambda one: one.n)


async def test_star_without_a_round_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("f5")
        await d.press("f8")
        await d.scan(SCAN)
        await d.scan("*")
        assert "没有开批" in d.said("room") and not d.all(Batch)


async def test_a_phone_s_last_four_offer_households_by_digit(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[YES]) as d:
        await d.place("f5")
        await d.press("f8")
        await d.scan(SCAN)
        await d.scan("1234")
        assert "尾号 1234 有两户：1) 3-2-501 张*兰  2) 11-1-101 欧阳*" in d.said("room")
        assert not d.all(Parcel)
        await d.scan("1")
        assert [one.room for one in d.all(Parcel)] == [ROOM]
        await d.scan(SCAN_TOO)
        await d.scan("5678")
        assert "尾号 5678 是：1) 3-2-501 李*国" in d.said("room")
        await d.scan("9999")
        assert "没有“9999”" in d.said("room") and len(d.all(Parcel)) == 1


async def test_the_household_s_word_is_seen_as_soon_as_its_room_is_typed(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("f5")
        await d.press("f8")
        await d.scan(SCAN)
        await d.scan("32501")
        options = d.form.row("room").query_one(".options", Static)
        assert str(options.render()) == "张*兰  每次代收都要问  ♥ 送上门"
        assert d.form.row("consented").display


async def test_thirty_parcels_of_one_cart_by_bursts(tmp_path: Path) -> None:
    """Scan, room, Enter, thirty times: seven gestures each at most, none lost, every one with a code of its own."""
    async with desk(tmp_path, before=[YES]) as d:
        await round_begun(d, "30", "2")
        keys, begun = 0, process_time()  # not the wall: other tests run beside this one
        for n in range(30):
            keys += await d.scan(f"SF{1234567890000 + n}")
            keys += await d.scan("32501") if n % 3 == 0 else await d.scan("+")
        assert keys == 60 and process_time() - begun < 90
        assert len({one.code for one in d.all(Parcel)}) == 30 and {one.shelf for one in d.all(Parcel)} == {2}
        assert "已扫 30 / 应收 30" in shown(d, ".form-title")
        await d.press("escape", "1", "enter")
        assert [one.counted for one in d.all(Batch)] == [30]


# ── out of the house ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_scanned_code_is_its_own_proof_in_three_keys(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[parcel(SCAN), parcel(SCAN_TOO)]) as d:
        (code, _) = (one.code for one in d.all(Parcel))
        assert await d.scan(code) + await d.press("1", "enter") <= 6
        assert [(one.state, one.proof) for one in d.all(Parcel)] == [("已取", "取件码")] * 2


async def test_a_wrong_tail_asks_for_a_call(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[parcel(SCAN)]) as d:
        await d.household()
        await d.press("f5", "1", "3", "enter")
        await d.scan("0000")
        assert "手机尾号和 3-2-501 登记的不一致" in d.said("shown") and d.all(Parcel)[0].state == "待取"
        d.form.query_one("#shown", Input).value = ""
        await d.scan("1234")
        assert [(one.state, one.proof) for one in d.all(Parcel)] == [("已取", "手机尾号")]


async def test_another_proof_does_not_take_the_scanned_code(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        await d.scan(d.all(Parcel)[0].code)
        await d.press("1", "2")
        assert d.typed("shown") == ""
        await d.press("5", "enter")
        assert [(one.state, one.proof) for one in d.all(Parcel)] == [("已取", "电话核实")]


async def test_a_standing_proxy_is_chosen_by_digit(tmp_path: Path) -> None:
    named = Named(room=ROOM, name="老孙", relation="邻居", tail="4321", said_by="张秀兰")
    async with desk(tmp_path, before=[parcel(SCAN), named]) as d:
        await d.household()
        await d.press("f5", "3", "1", "enter")
        assert (d.typed("name"), d.typed("relation")) == ("老孙", "邻居")
        await d.press("enter", "3", "enter")
        await d.scan("4321")
        assert [(one.state, one.picker, one.relation) for one in d.all(Parcel)] == [("已取", "老孙", "邻居")]


async def test_proxies_are_named_and_ended(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        await d.place("f5")
        await chosen(d, "代取授权")
        await d.press("1", "1", "enter")
        await d.scan("老孙")
        await d.press("1", "enter")
        await d.scan("43")
        await d.press("enter")
        assert "四位" in d.said("tail")
        d.form.query_one("#tail", Input).value = "4321"
        await d.press("ctrl+s")
        assert [(one.name, one.relation, one.said_by, one.ended_at) for one in d.all(Proxy)] == [("老孙", "邻居", "张秀兰", "")]
        await chosen(d, "代取授权")
        await d.press("2")
        assert d.all(Proxy)[0].ended_at and "已停用" in d.notices


async def test_to_the_door_and_back_and_into_hands(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN), parcel(SCAN_TOO)]) as d:
        await d.place("f5")
        await chosen(d, "送上门")
        await d.scan("小周")
        assert [(one.state, one.carrier) for one in d.all(Parcel)] == [("送上门", "小周")] * 2
        await chosen(d, "家里没人")
        assert sorted(one.state for one in d.all(Parcel)) == ["待取", "送上门"]
        screen = d.pilot.app.screen
        assert isinstance(screen, Parcels)
        screen.mark(next(one.id for one in d.all(Parcel) if one.state == "送上门"))
        await d.press("f9", "2", "4", "enter")
        assert sorted(one.state for one in d.all(Parcel)) == ["已取", "待取"]


# ── back to the courier ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_courier_takes_back_all_that_is_chosen(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN), parcel("SF1234567890777", "3-2-502"), parcel(SCAN_TOO)]) as d:
        await d.place("f5")
        for waybill in (SCAN, "SF1234567890777"):
            assert isinstance(d.pilot.app.screen, Parcels)
            d.pilot.app.screen.mark(next(one.id for one in d.all(Parcel) if one.waybill == waybill))
            await chosen(d, "列入退件")
            await d.press("3", "enter")
        await chosen(d, "不退了")
        await chosen(d, "列入退件")
        await d.press("2", "enter")
        await chosen(d, "退件交给快递员")
        await d.press("1")
        await d.scan("小李")
        found = {one.number: (one.state, one.reason, one.picker) for one in d.all(Parcel)}
        assert sorted(found.values()) == sorted([("已退", "查无此人", "小李"), ("已退", "住户拒收", "小李"), ("待取", "", "")])
        slips = d.store.look(lambda db: db.execute("SELECT count(*) FROM print_job WHERE kind = 'returned'").fetchone()[0])
        assert slips == 1


async def test_nothing_to_give_back_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        await d.place("f5")
        await chosen(d, "退件交给快递员")
        assert "没有列入退件的" in d.notices and isinstance(d.pilot.app.screen, Counter)


# ── astray, counted, told ──────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_not_found_is_looked_for_and_found(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        screen = await d.place("f5")
        await chosen(d, "异常")
        await d.press("2")
        await d.scan("架上没有")
        assert str(screen.table.get_cell_at((0, 3))) == "! 找不到"  # type: ignore[arg-type]
        await chosen(d, "记追查经过")
        await d.scan("问过上一班")
        await d.press("f9", "4")
        await d.scan("赔")
        assert "写得太短" in d.said("note") or "怎么了结" in d.said("note")
        d.form.query_one("#note", Input).value = "主管谈妥"
        await d.press("ctrl+s")
        assert "主管决定" in d.said("how")
        d.form.query_one("#how", Input).value = "待取"
        await d.press("ctrl+s")
        assert [(one.state, one.pursued, one.trouble) for one in d.all(Parcel)] == [("待取", 1, "")]


async def test_a_guard_says_what_is_wrong_and_decides_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[parcel(SCAN)]) as d:
        await d.place("f5")
        await d.press("ctrl+o")
        screen = d.pilot.app.screen
        assert isinstance(screen, Pick)
        assert [answer[:2] for answer in screen.answers] == ["异常", "盘点"]
        await d.press("1", "1")
        await d.scan("隔壁拿错了")
        await d.press("f9")
        assert "岗位" in d.notices and [one.state for one in d.all(Parcel)] == ["异常"]


async def test_a_shelf_is_counted_by_scans(tmp_path: Path) -> None:
    before = [parcel(SCAN).model_copy(update={"shelf": 2}), parcel(SCAN_TOO).model_copy(update={"shelf": 2})]
    other = parcel("SF1234567890777", "3-2-502").model_copy(update={"shelf": 7})
    async with desk(tmp_path, before=[*before, other]) as d:
        codes = [one.code for one in d.all(Parcel)]
        await d.place("f5")
        await chosen(d, "盘点一个架")
        await d.scan("二")
        assert "架号" in d.said("shelf")
        d.form.query_one("#shelf", Input).value = "2"
        await d.press("enter")
        for scan, told in ((SCAN, "✓"), (codes[2], "放错架了"), ("SF0000000000000", "没有这一件"), (SCAN.lower(), "扫过了")):
            await d.scan(scan)
            assert told in shown(d, "#taken")
        await d.scan("-")
        assert "去掉 SF0000000000000" in shown(d, "#taken")
        await d.press("enter")
        (taken,) = d.all(Stocktake)
        assert (taken.expected, taken.counted, taken.missing, taken.misplaced, taken.extra) == (2, 2, codes[1], codes[2], "")
        assert f"缺 {codes[1]}，错位 {codes[2]}" in d.notices


async def test_who_waits_too_long_is_rung_or_finds_a_slip_on_the_door(tmp_path: Path) -> None:
    before = [parcel(SCAN), parcel(SCAN_TOO), parcel("SF1234567890777", "3-2-502")]
    async with desk(tmp_path, before=before, ago=timedelta(days=4)) as d:
        await d.place("f5")
        await chosen(d, "通知名单")
        screen = d.pilot.app.screen
        assert isinstance(screen, Pick) and screen.answers == ("超1天  2 户", "超3天  2 户", "超7天  0 户")
        await d.press("2")
        screen = d.pilot.app.screen
        assert isinstance(screen, Pick) and "138****1234" in screen.question and "13800001234" not in screen.question
        await d.press("1")
        assert [(one.days, one.households) for one in d.all(NoticeRound)] == [(3, 2)]
        assert [one.notices for one in d.all(Parcel)] == [0, 0, 0]
        listed = d.store.look(lambda db: db.execute("SELECT slip, money FROM print_job WHERE kind = 'calls'").fetchall())
        assert "13800001234" in listed[0][0] and listed[0][1]
        d.store.now = lambda: datetime.now().astimezone()
        await chosen(d, "通知名单")
        await d.press("2", "2")
        assert [one.notices for one in d.all(Parcel)] == [1, 1, 1]
        slips = d.store.look(lambda db: db.execute("SELECT count(*) FROM print_job WHERE kind = 'notice'").fetchone()[0])
        assert slips == 2
        await chosen(d, "通知名单")
        await d.press("2")
        assert "没有要通知的住户" in d.notices


@pytest.mark.parametrize("event", [SentOut(carrier="小周"), Returned(reason="住户拒收", courier="小李"), Notified(way="电话")])
async def test_the_detail_says_what_became_of_it(tmp_path: Path, event: Event) -> None:
    async with desk(tmp_path, before=[parcel(SCAN)]) as d:
        screen = await d.place("f5")
        d.store.act(event, d.pilot.app.actor, d.all(Parcel)[0].id)  # type: ignore[attr-defined]
        await d.pilot.pause()
        screen.reload()
        said = str(screen.query_one("#detail", Static).render())
        assert {"parcel.sent_out": "送门  小周", "parcel.returned": "交给  小李"}.get(event.kind, "通知  1 次") in said


async def test_a_search_finds_what_waits_by_any_part_and_what_went_by_its_start(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[parcel("SF1456000007712"), parcel(SCAN_TOO)]) as d:
        gone = d.all(Parcel)[0]
        d.store.act(Collected(proof="熟识"), d.pilot.app.actor, gone.id)  # type: ignore[attr-defined]
        screen = await d.place("f5")
        for text, numbers in ((SCAN_TOO[4:], 1), ("0007712", 0), ("SF1456", 1), (gone.code, 1), ("32501", 2)):
            screen.query_one("#find", Input).value = text
            await d.pilot.pause()
            assert screen.table.row_count == numbers, text


def test_taking_in_is_not_for_guards() -> None:
    assert "guard" not in TakenIn.roles and "guard" in Collected.roles


async def test_a_round_s_number_leads_to_its_parcels_and_a_doubtful_round_can_be_settled(tmp_path: Path) -> None:
    cart = Opened(courier="顺丰", person="小李")
    async with desk(tmp_path, before=[cart]) as d:
        (batch,) = d.all(Batch)
        d.store.act(parcel(SCAN).model_copy(update={"batch": batch.id}), d.pilot.app.actor)  # type: ignore[attr-defined]
        d.store.act(parcel(SCAN_TOO), d.pilot.app.actor)  # type: ignore[attr-defined]
        screen = await d.place("f5")
        screen.query_one("#find", Input).value = batch.number
        await d.pilot.pause()
        assert screen.table.row_count == 1
        d.store.transact(lambda db: db.execute("UPDATE batch SET doubt = '两处都交接了'"))
        await chosen(d, "核对批次")
        await d.press("1")
        assert d.form.asked["found"].label == "结果"
