"""The night board and the evacuation list: what a guard sees at a glance, and whom the fire brigade looks for first."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from data.records import Actor
from data.store import Store
from desk import board, evacuation, fields, find, notes
from desk.evacuation import Evacuation, Listed
from desk.fields import at_night
from desk.incident_events import Closed, Opened, Told
from desk.outages import Announced
from desk.parcels import TakenIn
from desk.repairs import Cancelled, Reported
from desk.visits import Arrived, Left
from printers.slip import Slip
from tests.conftest import MANAGER
from tests.nights import CLERK, EVERYBODY, GUARD, NIGHT, PHONE, Clock, printed

FRIEND = Arrived(room="3-2-501", category="访友", confirmed_by="电话已同意", name="王先生", phone="13800001234", headcount=2)
COURIER = Arrived(room="3-1-101", category="外卖", confirmed_by="门岗放行", name="外卖员")


@pytest.fixture
def store(night_desks: Callable[[str], Store]) -> Store:
    return night_desks("A")


def shown(store: Store, column: Callable[..., object], *more: object) -> list[str]:
    """The lines of a column as `at text`, with a mark where somebody is needed."""
    with store.read() as read:
        lines = column(read, fields.wall(), *more)
    assert isinstance(lines, list)
    return [f"{'! ' if line.urgent else ''}{line.at[-5:]} {line.text}".replace("!  ", "! ") for line in lines]


@pytest.mark.parametrize(("hour", "night"), [(21, False), (22, True), (0, True), (5, True), (6, False), (12, False)])
def test_the_night_is_from_ten_to_six(hour: int, night: bool) -> None:
    assert at_night(NIGHT.replace(hour=hour)) is night


# ── the columns ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_inside_stand_those_too_long_first(store: Store, clock: Clock) -> None:
    clock.at = NIGHT - timedelta(hours=3)
    store.act(COURIER, GUARD)
    clock.at = NIGHT - timedelta(minutes=80, seconds=30)
    store.act(COURIER.model_copy(update={"room": "3-1-102", "category": "快递", "name": "快递员"}), GUARD)
    clock.at = NIGHT
    store.act(FRIEND.model_copy(update={"leave_by": "2026-11-21T02:00"}), GUARD)
    gone = store.act(FRIEND.model_copy(update={"name": "吴先生"}), GUARD).record.id
    store.act(Left(), GUARD, gone)
    with store.read() as read:
        lines = [board.inside_line(one, NIGHT) for one in board.inside(read, NIGHT)]
    assert [(line.at, line.text, line.urgent) for line in lines] == [
        ("20:10", "3-1-101 外卖员 超2时", True),
        ("21:49", "3-1-102 快递员 超20分", True),
        ("23:10", "3-2-501 王先生 2人", False),
    ]


def test_what_is_to_come_stands_by_its_hour(store: Store, clock: Clock) -> None:
    store.act(FRIEND.model_copy(update={"leave_by": "2026-11-21T02:00"}), GUARD)
    store.act(FRIEND.model_copy(update={"name": "搬家师傅", "leave_by": "2026-11-22T18:00"}), GUARD)
    clock.at = NIGHT - timedelta(hours=4)
    for text, back in (("泵房 2 号", "2026-11-21T06:00"), ("天台门", "2026-11-20T22:00"), ("轮椅", "2026-11-25T18:00")):
        store.act(notes.Left(sort="钥匙", text=text, holder="王师傅", back_by=back), CLERK)
    for day in (21, 24):
        begin, until = f"2026-11-{day}T05:00", f"2026-11-{day}T08:00"
        store.act(Announced(category="水", place="3栋", planned=True, begin=begin, until=until, say="请提前存水"), CLERK)
    clock.at = NIGHT
    assert shown(store, board.expected) == [
        "! 22:00 钥匙 天台门 该还", "02:00 3-2-501 王先生 该离开", "05:00 3栋 计划停水", "06:00 钥匙 泵房 2 号 该还",
    ]  # fmt: skip


def test_tonight_stand_incidents_then_outages_then_repairs_then_what_must_be_read(store: Store, clock: Clock) -> None:
    clock.at = NIGHT - timedelta(hours=13)
    yesterday = store.act(Opened(sort="其他"), GUARD).record.id
    store.act(Reported(room="3-1-101", category="水", problem="早上的事", reporter="张阿姨"), CLERK)
    clock.at = NIGHT - timedelta(minutes=20)
    stuck = Reported(room="公共-电梯3", category="电梯", problem="有人被困", reporter="老周")
    store.act(stuck, GUARD)
    again = store.act(stuck.model_copy(update={"again": True}), GUARD).record.id
    store.act(Cancelled(reason="重复"), CLERK, again)
    opened = store.act(Opened(sort="困人", place="3栋电梯"), GUARD).record.id
    over = store.act(Opened(sort="110"), GUARD).record.id
    store.act(Closed(result="误报"), MANAGER, over)
    store.act(Announced(category="电", place="3栋", say="正在抢修", until="2026-11-20T23:00"), CLERK)
    store.act(notes.Left(sort="交班必读", text="二号楼水泵检修"), CLERK)
    clock.at = NIGHT
    assert shown(store, board.tonight, GUARD) == [
        "! 10:10 其他 等人到场 779分", "! 22:50 困人 3栋电梯 等人到场 19分", "22:50 110 已结案",
        "! 22:50 3栋 停电 已过预计 23:00", "! 22:50 公共-电梯3 有人被困 已登记", "! 必读 二号楼水泵检修",
    ]  # fmt: skip
    store.act(Told(step="到场"), GUARD, opened)
    store.act(Closed(result="已处理"), MANAGER, yesterday)
    assert shown(store, board.tonight, CLERK)[:2] == ["22:50 困人 3栋电梯 已到场 19分", "22:50 110 已结案"]
    assert not any("必读" in line for line in shown(store, board.tonight, CLERK))  # who wrote it knows


def test_three_repairs_of_one_kind_are_hinted_at(store: Store) -> None:
    for room in ("3-1-101", "3-1-102", "3-2-501"):
        store.act(Reported(room=room, category="下水", problem="返水了", reporter="住户"), GUARD)
    assert shown(store, lambda read, now: list(board.hints(read, now))) == ["! 3栋 下水 60 分钟内 3 单：登记公共事件"]


@pytest.mark.parametrize(
    ("moment", "said"),
    [("2026-11-20T22:30", "22:30"), ("2026-11-21T06:00", "明06:00"), ("2026-11-19T23:50", "昨23:50"),
     ("2026-11-28T09:00", "11-28"), ("", "")],
)  # fmt: skip
def test_an_hour_says_its_day_where_it_is_not_today(moment: str, said: str) -> None:
    assert board.hour(moment, NIGHT) == said


# ── the evacuation list ────────────────────────────────────────────────────────────────────────────────────────────


def test_who_may_be_where_is_counted_by_building(store: Store) -> None:
    second = COURIER.model_copy(update={"name": ""})
    for event in (FRIEND, COURIER, second, COURIER.model_copy(update={"room": "公共事务", "category": "公务"})):
        store.act(event, GUARD)
    out = store.act(FRIEND.model_copy(update={"name": "吴先生", "room": "11-1-101"}), GUARD).record.id
    store.act(Left(), GUARD, out)
    with store.read() as read:
        found = evacuation.on_site(read)
    assert [(block.name, block.registered, block.visitors) for block in found.blocks] == [
        ("3栋", 3, 4), ("11栋", 1, 0), ("公共事务", 0, 1),
    ]  # fmt: skip
    assert found.blocks[0].visits == (("3-1-101", "外卖", 2), ("3-2-501", "访友", 2))
    # Those who cannot walk first; large print is no business of a fireman.
    assert found.blocks[0].care == (("3-2-501", "不便"), ("3-1-101", "独居·听力")) and found.blocks[1].care == ()
    assert (found.visitors, found.registered, found.need_help) == (5, 4, 2)


@pytest.mark.parametrize("by", EVERYBODY.values(), ids=list(EVERYBODY))
def test_the_list_names_rooms_and_nobody(store: Store, papers: list[Slip], by: Actor) -> None:
    store.act(FRIEND, GUARD)
    store.act(TakenIn(courier="顺丰", waybill="SF1456000007712", room="3-2-501", consented=True), CLERK)
    papers.clear()
    done = store.act(Listed(), by)
    assert done.entry.body == {"visitors": 2, "registered": 4, "need_help": 2}
    assert isinstance(done.record, Evacuation) and done.record.need_help == 2
    (slip,) = papers
    assert (slip.kind, slip.title, slip.money) == ("evacuation", "撤离名单", False)
    for columns in (24, 32, 48):
        flat = "".join(printed(slip, columns).split())
        for words in ("在场访客2人", "需帮助2户", "登记住户4人", "□3-2-501不便先找", "□3-1-101独居·听力先找", "□3-2-501访友2人",
                      "11栋登记1人", "2026-11-2023:10", f"单号{done.record.number}"):  # fmt: skip
            assert words in flat, (columns, words)
        for kept in ("张秀兰", "王先生", PHONE, "13800001234", "￥", "大字", "欧阳"):
            assert kept not in flat
        assert flat.index("不便") < flat.index("独居")
    with store.read() as read:
        (found,) = find.search(read, done.record.number, GUARD)
    assert found.place == "night" and "撤离名单" in found.title


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ({"place": "11栋1单元"}, "11栋"),
        ({"room": "11-1-101"}, "11栋"),
        ({"place": "东门"}, "3栋"),
        ({"place": "全小区"}, "3栋"),
        ({}, "3栋"),
    ],
)
def test_where_it_burns_stands_first_until_that_is_closed(store: Store, said: dict[str, str], first: str) -> None:
    def blocks() -> list[str]:
        with store.read() as read:
            return [block.name for block in evacuation.on_site(read).blocks]

    assert blocks() == ["3栋", "11栋"]
    fire = store.act(Opened.model_validate({"sort": "消防"} | said), GUARD).record.id
    assert blocks()[0] == first and len(blocks()) == 2
    store.act(Closed(result="已扑灭"), MANAGER, fire)
    assert blocks() == ["3栋", "11栋"]


def test_an_empty_estate_has_a_short_list(store: Store, papers: list[Slip]) -> None:
    store.act(Listed(), GUARD)
    text = printed(papers[0])
    assert "在场访客" in text and text.count("\n") < 24
