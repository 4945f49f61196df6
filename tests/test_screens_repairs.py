"""Repairs to their full depth by keys: whom to ring, what to say, what waits, what it costs, who is sent, and wrong input."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import select
from textual.widgets import Input, Static

from data.records import Actor, columns
from desk.bills import Bill
from desk.notes import Note
from desk.repair_events import Assigned, Closed, Finished, QuoteAgreed, Quoted, Reported, WorkerArrived
from desk.repair_lines import typed
from desk.repairs import Repair
from desk.residents import RoomRegistered
from desk.workers import Joined, Worker
from screens.ask import Pick
from screens.repairs import Repairs
from tests.test_screens_jobs import ROOM, Desk, desk

SINK = Reported(room=ROOM, category="下水", problem="厨房下水堵了", reporter="张阿姨", phone="13800001234")
SENT = Assigned(worker="刘师傅", worker_phone="13900005678")


def led(d: Desk, *events: object) -> str:
    """A repair led so far, by the desk itself; its id."""
    subject = d.pilot.app.act(events[0]).record.id  # type: ignore[attr-defined]
    for event in events[1:]:
        d.pilot.app.act(event, subject)  # type: ignore[attr-defined]
    return subject


def one(d: Desk) -> Repair:
    """The newest repair."""
    return d.all(Repair)[-1]


def lead(d: Desk) -> str:
    """What stands over the fields of a form."""
    return str(d.pilot.app.screen.query_one(".form-lead", Static).render())


def shown(d: Desk) -> str:
    """What stands beside the list."""
    return str(d.pilot.app.screen.query_one("#detail", Static).render())


async def chosen(d: Desk, word: str) -> None:
    """Ctrl+O, then the digit of a word of its list."""
    await d.press("ctrl+o")
    screen = d.pilot.app.screen
    assert isinstance(screen, Pick)
    assert word in screen.answers, screen.answers
    await d.press(str(screen.answers.index(word) + 1))


async def marked(d: Desk, repair: str) -> Repairs:
    """The list, with the mark on a repair."""
    screen = await d.place("f3")
    assert isinstance(screen, Repairs)
    screen.mark(repair)
    await d.pilot.pause()
    return screen


# ── registering ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_sentence_to_say_stands_on_the_glass(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        assert await d.press("f3", "4", "1", "enter", "ctrl+s") <= 12
        assert "请说：3-2-501，" in d.notices and "看后报价，您签字才动工，单号A2" in d.notices
        assert (one(d).duty, one(d).charge) == ("业主自理", "待报价")


async def test_whose_it_is_stands_there_before_it_is_saved(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "2", "1", "enter")
        assert d.typed("duty") == "专业单位" and "归专业单位管" in lead(d)


async def test_特急_first_says_whom_to_ring(tmp_path: Path) -> None:
    lift = Joined(name="通力电梯", phone="88886666", trades=("电梯",), company=True)
    async with desk(tmp_path, "老周", before=[lift]) as d:
        await d.place("f3")
        await d.press("f8")
        await d.scan("公共电梯3")
        await d.press("5", "1", "enter")
        assert "特急，先打电话：通力电梯 88886666；消防 119" in lead(d) and "不要扒门" in lead(d)
        await d.scan("路人")
        await d.press("ctrl+s")
        assert one(d).urgency == "特急" and "五分钟内到" in shown(d)


async def test_a_guard_is_not_shown_a_worker_s_whole_number(tmp_path: Path) -> None:
    worker = Joined(name="刘师傅", phone="13900005678", trades=("电",))
    async with desk(tmp_path, "老周", before=[worker]) as d:
        await d.household()
        await d.press("f3", "2", *"插座冒烟", "enter")
        assert "刘师傅 139****5678" in lead(d)


async def test_lowering_the_urgency_asks_why(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "1", "2", "enter")
        assert not d.form.row("lowered").display
        d.form.query_one("#urgency", Input).value = "一般"
        await d.press("ctrl+s")
        assert "降为“一般”请写原因" in d.said("lowered") and not d.all(Repair)
        await d.press(*"不急", "ctrl+s")
        assert (one(d).urgency, one(d).lowered) == ("一般", "不急")


async def test_water_from_above_is_registered_as_two_with_no_more_keys(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[RoomRegistered(code="3-2-601")]) as d:
        await d.household()
        await d.press("f3", "4", "4", "enter")
        assert d.typed("above") == "3-2-601" and d.form.row("above").display
        await d.press("ctrl+s")
        above, own = d.all(Repair)
        assert (above.room, above.side, own.room, own.side) == ("3-2-601", "可能的漏水方", ROOM, "受损方")
        assert "楼上那户我们也登记了（A2）" in d.notices
        await d.press("f7")
        await marked(d, own.id)
        assert "A2 3-2-601 可能的漏水方" in shown(d)


async def test_the_flat_above_may_be_left_out_or_wrong(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "4", "4", "enter")
        assert d.typed("above") == "" and d.form.row("above").display
        d.form.query_one("#above", Input).value = ROOM
        await d.press("ctrl+s")
        assert "同一户" in d.said("above") and not d.all(Repair)
        d.form.query_one("#above", Input).value = ""
        await d.press("ctrl+s")
        assert [(repair.room, repair.pair) for repair in d.all(Repair)] == [(ROOM, "")]


# ── sending ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_is_on_duty_is_toggled_by_digit_and_stands_first(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[Joined(name="孙师傅", trades=("电",)), SINK]) as d:
        await d.place("f3")
        await chosen(d, "师傅值班")
        await d.press("2")
        await d.scan("刘师傅")
        await d.scan("13900005678")
        await d.scan("飞机")
        assert "没有“飞机”这个类别" in d.said("trades")
        d.form.query_one("#trades", Input).value = "水、下水"
        await d.press("enter")
        assert [(worker.name, worker.trades) for worker in d.all(Worker)] == [("孙师傅", "电"), ("刘师傅", "水,下水")]
        await d.press("1")
        assert {worker.name: worker.on_duty for worker in d.all(Worker)} == {"孙师傅": False, "刘师傅": True}
        await d.press("1", "escape")
        assert {worker.on_duty for worker in d.all(Worker)} == {False}
        await chosen(d, "师傅值班")
        await d.press("2", "escape", "f9", "1", "enter")
        assert d.typed("worker") == "刘师傅" and d.typed("worker_phone") == "139****5678"
        await d.press("enter")
        assert (one(d).worker, one(d).worker_phone, one(d).state) == ("刘师傅", "13900005678", "已派工")


async def test_a_worker_is_corrected_and_leaves(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[Joined(name="孙师傅", phone="13900000001")]) as d:
        await d.place("f3")
        await chosen(d, "师傅值班")
        await d.press("3", "1", "1")
        assert d.typed("phone") == "139****0001"
        await d.press(*"水", "enter")
        assert [(worker.phone, worker.trades) for worker in d.all(Worker)] == [("13900000001", "水")]
        await d.press("3", "1", "2", "escape")
        assert [worker.active for worker in d.all(Worker)] == [False]


async def test_特急_is_sent_with_the_call_that_was_made(tmp_path: Path) -> None:
    stuck = Reported(room="公共-电梯3", category="电梯", problem="困人", reporter="路人")
    async with desk(tmp_path, before=[stuck]) as d:
        await d.place("f3")
        await d.press("f9")
        await d.scan("通力电梯")
        await d.press("enter", "ctrl+s")
        assert "特急要先打电话" in d.said("called")
        await d.press("2", "enter")
        assert one(d).called == "没打通" and "! 没打通" in shown(d)


async def test_given_back_put_off_and_passed_on(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[SINK]) as d:
        repair = d.all(Repair)[0].id
        d.pilot.app.act(SENT, repair)  # type: ignore[attr-defined]
        await marked(d, repair)
        await chosen(d, "退单")
        await d.press("2", "enter")
        assert (one(d).state, one(d).because) == ("已登记", "不是本工种")
        d.pilot.app.act(SENT, repair)  # type: ignore[attr-defined]
        await d.press("f9", "4", "2")
        await d.scan("昨天")
        assert "不是时间" in d.said("restart")
        d.form.query_one("#restart", Input).value = "明天"
        await d.press("enter")
        tomorrow = f"{datetime.now() + timedelta(days=1):%Y-%m-%d}T08:00"
        assert (one(d).state, one(d).hold, one(d).restart) == ("挂起", "业主不在", tomorrow)
        assert "暂停计时" in shown(d)
        await d.press("f9", "1")
        assert one(d).state == "已派工"
        await chosen(d, "转办")
        await d.press("enter", "ctrl+s")
        assert "对方的电话" in d.said("sent_phone") or "转给谁" in d.said("sent_to")
        d.form.query_one("#sent_to", Input).value = "供电公司"
        d.form.query_one("#sent_to").focus()
        await d.press("enter")
        assert d.typed("sent_phone") == "95598"
        await d.press("ctrl+s")
        assert (one(d).state, one(d).sent_to, one(d).told) == ("转办", "供电公司", True)
        await d.press("f9")
        assert "转给 供电公司 95598" in lead(d)
        await d.press("escape")
        await chosen(d, "收回自己派")
        await d.scan("孙师傅")
        await d.press("ctrl+s")
        assert (one(d).state, one(d).worker, one(d).follow) == ("已派工", "孙师傅", "无需")


async def test_what_was_put_off_comes_back_with_a_mark(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[SINK]) as d:
        repair = d.all(Repair)[0].id
        d.store.act(SENT, d.pilot.app.actor, repair)  # type: ignore[attr-defined]
        put_off = "UPDATE repair SET state = '挂起', hold = '天气', restart = '2026-01-02T08:00' WHERE id = ?"
        d.store.transact(lambda db: db.execute(put_off, (repair,)))
        screen = await marked(d, repair)
        assert str(screen.table.get_cell_at((0, 3))) == "!已派工"  # type: ignore[arg-type]
        assert "! 挂起到期（天气）" in shown(d) and "F9 登记到场" in shown(d)


# ── what it costs ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_quoted_signed_done_and_billed(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏", before=[SINK]) as d:
        await marked(d, d.all(Repair)[0].id)
        await chosen(d, "报价")
        await d.scan("弯头 两个 35")
        assert "看不懂" in d.said("lines")
        d.form.query_one("#lines", Input).value = "弯头 2个 35；工时 1.5小时 60"
        d.form.query_one("#lines").focus()
        await d.press("enter")
        assert "合计 160.00 元" in d.said("lines")
        await d.scan("100")
        assert "上限金额比报价合计还少" in d.said("cap")
        d.form.query_one("#cap", Input).value = "200"
        await d.press("enter")
        assert (one(d).charge, one(d).quoted, one(d).cap) == ("已报价", 160_00, 200_00)
        await chosen(d, "报价已签字")
        await d.press("enter")
        assert (one(d).charge, one(d).signed_by) == ("已同意", "张阿姨")
        await d.press("f9")
        await d.scan("刘师傅")
        await d.press("enter", "f9", "1", "enter", "f9", "3", "enter")
        assert d.typed("lines") == "弯头 2个 35.00；工时 1.5小时 60.00"
        d.form.query_one("#lines", Input).value = "弯头 9个 35"
        await d.press("enter")
        assert "超过住户签字的上限" in d.said("lines") and one(d).state == "已到场"
        d.form.query_one("#lines", Input).value = "弯头 1个 35；工时 1.5小时 60"
        await d.press("enter")
        assert (one(d).state, one(d).charge, one(d).cost) == ("已完工", "已入账", 125_00)
        assert [(bill.item, bill.fen) for bill in d.all(Bill) if bill.item.startswith("维修费")] == [("维修费 A2", 125_00)]
        assert "应付  125.00 元" in shown(d)


async def test_a_clerk_s_work_is_billed_by_the_cashier_or_given_up_by_the_supervisor(tmp_path: Path) -> None:
    lines = typed("工时 1 60")
    signed = (Quoted(lines=lines), QuoteAgreed(signed_by="张", cap=60_00))
    paid = (SENT, WorkerArrived(), *signed, Finished(result="通了", lines=lines))
    async with desk(tmp_path, "赵强") as d:
        first = led(d, SINK, *paid)
        assert one(d).charge == "待收"
        screen = await marked(d, first)
        await chosen(d, "维修费入账")
        await d.press("enter")
        assert one(d).charge == "已入账"
        second = led(d, SINK.model_copy(update={"category": "水"}), *paid)
        screen.mark(second)
        await chosen(d, "不收维修费")
        await d.press("1", "enter")
        assert (one(d).charge, one(d).free_because) == ("已减免", "服务补偿")


async def test_a_guard_sees_no_price_and_no_queue_of_money(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周", before=[SINK]) as d:
        repair = d.all(Repair)[0].id
        with d.store.read() as read:
            boss = read.exec(select(Repair.opened_by)).one()
        d.store.act(Quoted(lines=typed("工时 1 60")), Actor(boss, "赵强", "manager"), repair)
        screen = await marked(d, repair)
        assert "60.00" not in shown(d) and "收费" not in shown(d)
        screen.query_one("#find", Input).value = "待收"
        await d.pilot.pause()
        assert screen.table.row_count == 0
        screen.query_one("#find", Input).value = ""
        await d.press("ctrl+o")
        asked = d.pilot.app.screen
        assert isinstance(asked, Pick) and list(asked.answers) == ["只看…"]


# ── asking after it, and mended again ──────────────────────────────────────────────────────────────────────────────


async def test_queues_by_word_and_ratings_by_digit(tmp_path: Path) -> None:
    done = (SENT, WorkerArrived(), Finished(result="已疏通"))
    async with desk(tmp_path) as d:
        first = led(d, SINK, *done)
        led(d, SINK.model_copy(update={"category": "水"}))
        screen = await marked(d, first)
        screen.query_one("#find").focus()
        await d.press(*"待回访")
        assert list(screen.listed) == [first]
        await d.press("f9")
        assert "您给几分" in lead(d)
        await d.press("7", "enter")
        assert (one(d).calls, d.all(Repair)[0].follow) == (0, "联系不上")
        await chosen(d, "回访没人接")
        assert d.all(Repair)[0].calls == 2 and "联系不上×2" in shown(d)
        await d.press("f9", "6", "enter")
        assert (d.all(Repair)[0].state, d.all(Repair)[0].follow) == ("已关闭", "未评价")
        assert screen.query_one("#find", Input).value == "待回访" and not screen.listed  # the queue goes on
        screen.query_one("#find", Input).value = ""
        await chosen(d, "只看…")
        await d.press("2")
        assert list(screen.listed) == [first] and screen.query_one("#find", Input).value == "未评价"
        await chosen(d, "补登评价")
        await d.press("4", "enter")
        assert (d.all(Repair)[0].rating, d.all(Repair)[0].follow) == (4, "已回访")


async def test_after_a_week_it_reads_as_closed_by_itself(tmp_path: Path) -> None:
    async with desk(tmp_path, "赵强") as d:
        d.store.now = lambda: datetime.now().astimezone() - timedelta(days=8)
        actor = d.pilot.app.actor  # type: ignore[attr-defined]
        repair = d.store.act(SINK, actor).record.id
        for event in (SENT, WorkerArrived(), Finished(result="已疏通")):
            d.store.act(event, actor, repair)
        screen = await marked(d, repair)
        assert str(screen.table.get_cell_at((0, 3))) == "自动关闭"  # type: ignore[arg-type]
        assert "未回访自动关闭" in shown(d)


async def test_mended_again_from_what_is_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        calm = SINK.model_copy(update={"urgency": "一般", "lowered": "不急"})
        first = led(d, calm, SENT, WorkerArrived(), Finished(result="已疏通"), Closed(rating=5))
        await marked(d, first)
        for count in (1, 2):
            screen = d.pilot.app.screen
            assert isinstance(screen, Repairs)
            screen.mark(first)
            await chosen(d, "返修")
            await d.press("3", "enter", "enter")
            repair = one(d)
            assert (repair.redo_of, repair.redo, repair.charge, repair.problem) == (first, count, "无", "修好的地方漏")
            for event in (SENT, WorkerArrived(), Finished(result="已疏通")):
                d.pilot.app.act(event, repair.id)  # type: ignore[attr-defined]
        assert ["请主管过问" in note.text for note in d.all(Note)] == [True]
        screen.mark(one(d).id)
        assert "! 请主管过问" in shown(d) and "返修不收费" in shown(d)


async def test_the_search_reaches_beyond_the_newest(tmp_path: Path) -> None:
    async with desk(tmp_path, size=(120, 36)) as d:
        done = (SENT, WorkerArrived(), Finished(result="通了"), Closed(rating=5))
        old = led(d, SINK.model_copy(update={"problem": "阳台地漏"}), *done)
        names = [name for name in columns(Repair) if name not in ("id", "problem", "opened_at")]
        copy = f"INSERT INTO repair (id, problem, opened_at, {', '.join(names)}) SELECT ?, '路灯', '2030', {', '.join(names)} "
        rows = [(f"copy{n}", old) for n in range(320)]
        d.store.transact(lambda db: db.executemany(f"{copy} FROM repair WHERE id = ?", rows))
        screen = await d.place("f3")
        assert screen.table.row_count == 300 and old not in screen.listed
        await d.press(*"阳台")
        assert list(screen.listed) == [old]
