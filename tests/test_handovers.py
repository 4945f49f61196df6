"""Handing over: one sheet with all that is open, money only before those who may see it, signed by two people."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data import journal
from data.records import Actor, Event, Refused, fold
from data.store import Done, Store
from desk import daybook, fields, handovers, notes, shifts, staff
from desk.billed import Billed
from desk.handovers import Handover, HandoverSigned
from desk.paid import Paid, Part, Tender
from desk.paper import slips_of
from desk.parcels import TakenIn
from desk.repairs import Assigned, Finished, Reported, WorkerArrived
from desk.shifts import ShiftClosed, ShiftCounted, ShiftOpened
from desk.visits import Arrived, Left
from tests.jobs import entry
from tests.office import office

ROOM = "3-2-501"
NOON = datetime(2036, 11, 20, 12, 0)
"""Later than the office of the tests was made."""

Clock = Callable[[float], None]
At = tuple[Store, dict[str, Actor], Clock]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:
    """A furnished office whose clock stands at noon; the third sets it to so many hours from there."""
    store, people = office(tmp_path)

    def hour(hours: float) -> None:
        wall = NOON + timedelta(hours=hours)
        monkeypatch.setattr(fields, "wall", lambda: wall)
        store.now = wall.astimezone

    with store.read() as read:
        shift = shifts.open_id(read)
    store.act(ShiftClosed(), people["李敏"], shift)
    hour(0)
    yield store, people, hour
    store.close()


def open_shift(store: Store, people: dict[str, Actor]) -> str:
    """A shift over ￥500.00."""
    return store.act(ShiftOpened(pieces=((100_00, 5),)), people["李敏"]).record.id


def hand(store: Store, by: Actor, to: Actor, remarks: str = "") -> tuple[Done, str]:
    """A handing over, and its sheet with one space where there are several."""
    done = store.act(HandoverSigned(taken_by=to.id, remarks=remarks), by)
    assert isinstance(done.record, Handover)
    (job,) = store.transact(lambda db: slips_of(db, done.record.id, staff.COMMAND_LINE))
    return done, re.sub(" +", " ", job.plain)


def furnish(store: Store, people: dict[str, Actor], hour: Clock) -> None:
    """A bit of everything, some of it late, as it stands at noon."""
    clerk, guard = people["王芳"], people["老周"]

    def did(hours: float, event: Event, subject: str | None = None, by: Actor = clerk) -> str:
        hour(hours)
        return store.act(event, by, subject).record.id

    friend = Arrived(room=ROOM, category="访友", confirmed_by="对讲已同意", name="陈女士")
    did(-3, friend, by=guard)
    did(-1, friend.model_copy(update={"name": "吴先生"}), by=guard)
    gone = did(-4, friend.model_copy(update={"name": "何阿姨"}), by=guard)
    did(-3.5, Left(), gone, guard)
    did(-200, TakenIn(courier="顺丰", waybill="SF1456000000301", room=ROOM, consented=True))
    did(-1, TakenIn(courier="中通", waybill="78012345678901", room=ROOM, consented=True))
    did(-2, Reported(room="公共-电梯3", category="电梯", problem="有人被困", reporter="老周"))
    did(-1, Reported(room=ROOM, category="门窗锁", problem="闭门器坏了", reporter="张秀兰"))
    done = did(-5, Reported(room=ROOM, category="水", problem="水龙头坏了", reporter="张秀兰"))
    for event in (Assigned(worker="刘师傅"), WorkerArrived(), Finished(result="换了阀芯")):
        did(-4.5, event, done)
    did(-6, notes.Left(sort="通知", text="3栋明天停水"))
    did(-6, notes.Left(sort="钥匙", text="地库配电间", holder="李建明", back_by="2036-11-20T10:00"))
    did(-6, notes.Left(sort="失物", text="黑色雨伞一把"))
    read = did(-6, notes.Left(sort="交班必读", text="张秀兰的女儿下午来拿钥匙"), by=guard)
    did(-5, notes.Left(sort="交班必读", text="消防通道今晚清理"), by=guard)
    did(-5, notes.Read(), read, clerk)
    hour(0)


def test_the_sheet_names_what_is_open_and_what_is_late(at: At) -> None:
    store, people, hour = at
    furnish(store, people, hour)
    done, sheet = hand(store, people["老周"], people["王芳"], "巡逻钥匙在抽屉里")
    for words in (
        "交班 老周", "接班 王芳", "■在场访客 2 单，超 2 小时 1 单", "3栋 访友 09:00入", "在库 2 件", "超7天 1", "顺丰",
        "未完 2 单，超时 1 单", "公共-电梯3", "电梯 超时", "门窗锁 今天18:00前", "3栋明天停水", "地库配电间 李*明",
        "超时未还 11-20 10:00", "黑色雨伞一把", "接班人未读 1 条", "消防通道今晚清理", "巡逻钥匙在抽屉里", "接班签字",
    ):  # fmt: skip
        assert words in re.sub(r"\n ?", "", sheet), words
    assert "女儿" not in sheet and "何阿姨" not in sheet and "阀芯" not in sheet
    counts = done.entry.body["counts"]
    waiting = counts.pop("waiting")
    assert counts == {
        "inside": 2, "long": 1, "parcels": 2, "overdue": 1, "open": 2, "urgent": 1, "late": 1, "today": 2, "notices": 1,
        "out": 1, "found": 1, "unread": 1,
    }  # fmt: skip
    assert waiting > 0 and "巡逻" not in str(done.entry.body), "what is remarked can be erased"


def test_an_empty_desk_is_handed_over_on_a_short_sheet(at: At) -> None:
    store, people, _ = at
    _, sheet = hand(store, people["老周"], people["王芳"])
    assert "在库 0 件" in sheet and "备注" in sheet and "无" in sheet
    assert len(sheet.split("\n")) < 40


def test_of_a_long_list_the_first_are_named_and_the_rest_counted(at: At) -> None:
    store, people, _ = at
    for n in range(11):
        store.act(notes.Left(sort="失物", text=f"雨伞{n:02}"), people["王芳"])
    _, sheet = hand(store, people["王芳"], people["老周"])
    assert "雨伞07" in sheet and "雨伞08" not in sheet and "另 3 条" in sheet


@pytest.mark.parametrize(("by", "to", "money"), [
    ("李敏", "赵强", True), ("王芳", "李敏", True), ("李敏", "老周", False), ("老周", "李敏", False),
])  # fmt: skip
def test_money_stands_there_only_where_both_may_see_it(at: At, by: str, to: str, money: bool) -> None:
    store, people, _ = at
    shift = open_shift(store, people)
    bill = Billed(room=ROOM, item="停车", klass="停车", period_from="2026-10", period_to="2026-10", fen=161_28)
    store.act(bill, people["李敏"])
    part = Part(bill=bill.key(), item="停车", fen=161_28)
    store.act(
        Paid(room=ROOM, parts=(part,), tenders=(Tender(kind="现金", fen=161_28, given=161_28),), request="r"), people["李敏"]
    )
    done, sheet = hand(store, people[by], people[to])
    assert "161.28" not in sheet and ("本班还没有结" in sheet.replace("\n", "")) == money
    store.act(ShiftCounted(pieces=((100_00, 6), (1_00, 61))), people["李敏"], shift)
    _, sheet = hand(store, people[by], people[to])
    assert "161.28" not in sheet, "nobody is told while the drawer is counted"
    store.act(ShiftClosed(left=500_00, reason="零头没收到", envelope="F1"), people["李敏"], shift)
    done, sheet = hand(store, people[by], people[to])
    for words in ("AZ00002 已结", "应有现金 661.28", "实点现金 661.00", "差额 -0.28", "解款 161.00 待送存"):
        assert (words in sheet) == money
    seen = store.transact(lambda db: slips_of(db, done.record.id, people["老周"]))
    assert len(seen) == (0 if money else 1)
    with store.read() as read:
        lines = daybook.latest(read, people["老周"])
    assert any(line.what.startswith("交接班") for line in lines)
    assert not any("结班" in line.what or "开班" in line.what for line in lines)


def test_somebody_else_who_works_here_takes_over(at: At) -> None:
    store, people, _ = at
    for taken, why in ((people["王芳"].id, "同一个人"), ("nobody", "另一位员工"), ("", "另一位员工")):
        with pytest.raises(Refused, match=why) as refused:
            store.act(HandoverSigned(taken_by=taken), people["王芳"])
        assert refused.value.field == "approver"
    store.act(staff.Left(), people["赵强"], people["老周"].id)
    with pytest.raises(Refused, match="另一位员工"):
        store.act(HandoverSigned(taken_by=people["老周"].id), people["王芳"])


def test_the_night_belongs_to_the_day_it_began_on(at: At) -> None:
    store, people, hour = at
    guard, clerk = people["老周"], people["王芳"]

    def date(hours: float, by: Actor, to: Actor) -> str:
        hour(hours)
        record = hand(store, by, to)[0].record
        assert isinstance(record, Handover)
        return record.business_date

    assert date(7, clerk, guard) == "2036-11-20"
    assert date(20, guard, clerk) == "2036-11-20", "eight in the morning of the 21st"
    assert date(31, clerk, guard) == "2036-11-21"
    assert date(55, clerk, guard) == "2036-11-22", "nobody signed in the morning"


def test_a_cashiers_night_belongs_to_its_shift(at: At) -> None:
    store, people, hour = at
    hour(10)
    shift = open_shift(store, people)
    hour(19)
    done, _ = hand(store, people["李敏"], people["赵强"])
    assert isinstance(done.record, Handover)
    assert (done.record.shift, done.record.business_date) == (shift, "2036-11-20")
    hour(19.2)
    store.act(ShiftClosed(), people["李敏"], shift)
    hour(19.5)
    record = hand(store, people["李敏"], people["赵强"])[0].record
    assert isinstance(record, Handover) and record.business_date == "2036-11-20"
    hour(43)
    record = hand(store, people["王芳"], people["老周"])[0].record
    assert isinstance(record, Handover) and record.business_date == "2036-11-22"
    with store.read() as read:
        last = handovers.last(read)
        assert last is not None and last.id == record.id
        assert len(handovers.recent(read)) == 3


def test_one_handing_over_said_twice_stays_as_it_was_first() -> None:
    said = [HandoverSigned(taken_by="a", remarks="一"), HandoverSigned(taken_by="b", remarks="二")]
    folded = fold(Handover, "s", [entry(n, event, n) for n, event in enumerate(said)])
    assert isinstance(folded, Handover)
    assert (folded.taken_by, folded.remarks) == ("a", "一") and folded.doubt
    assert folded.business_date == "2026-11-20"


def test_what_central_has_not_got_is_told_of_a_desk_that_has_one(at: At) -> None:
    store, people, _ = at
    assert "没有中心" in hand(store, people["王芳"], people["老周"])[1]
    store.transact(lambda db: journal.set_note(db, "estate", "明强小区"))
    behind = store.look(journal.active)
    assert f"未上传 {behind.seq + 1 - behind.acked} 条" in hand(store, people["王芳"], people["老周"])[1]
