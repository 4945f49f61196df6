"""Parcels: consent, codes that never meet, proven hands, and the lists and the paper that come of them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from data import journal
from data.entry import check_letters
from data.file import raw
from data.records import ERASED, Actor, Event, Refused
from data.store import Store
from desk import parcels, shelves, staff
from desk.parcels import Collected, Notified, Parcel, Returned
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, Desks, certificate
from tests.jobs import NOON
from tests.parcels import BACK, CLERK, GUARD, HANDED, TAKEN, TOLD, WAYBILL, Clock, folded, led, maker, stopped, take, taken


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped(monkeypatch)


@pytest.fixture
def make(desks: Desks, clock: Clock) -> Callable[[str], Store]:
    return maker(desks, clock)


@pytest.fixture
def store(make: Callable[[str], Store]) -> Store:
    return make("A")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("courier", "菜鸟"),
        ("room", ""),
        ("waybill", "SF12"),
        ("size", "巨大"),
        ("shelf", -1),
        ("shelf", 0),
        ("shelf", 100),
        ("layer", 0),
        ("layer", 10),
        ("condition", "已拆"),
        ("special", "到付"),
        ("addressee", "张" * 201),
    ],
)
def test_a_wrong_field_is_refused_beside_it(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        taken(**{field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("event", "fields"), [(Returned, {"courier": "李", "reason": ""}), (Returned, {"reason": "拒收", "courier": ""})]
)
def test_a_return_names_why_and_to_whom(event: type[Event], fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        event.model_validate(fields)
    assert caught.value.errors()[0]["loc"] == (list(fields)[-1],)


def test_a_second_collection_is_told_when_and_by_whom(store: Store) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    someone = store.act(staff.Joined(name="王芳", role="clerk", pin="x"), MANAGER).record.id
    store.act(HANDED, Actor(someone, "王芳", staff.CLERK), subject)
    with pytest.raises(Refused, match="由家人张敏取走，经办 王芳"):
        store.act(HANDED, CLERK, subject)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"room": "9-9-999"}, "room", "没有"),
        ({"description": ""}, "description", "单号"),
        ({"waybill": "sf 1456000007712"}, "waybill", "这个单号已在库，取件码 2-5-0001"),
        ({"room": "3-2-502"}, "consented", "打电话"),
        ({"room": "3-2-503"}, "room", "不同意代收"),
        ({"room": "3-2-503", "consented": True}, "room", "代收授权"),
        ({"special": "贵重"}, "consented", "贵重"),
        ({"special": "生鲜"}, "consented", "生鲜"),
    ],
)
def test_what_is_not_taken_in(store: Store, change: dict[str, Any], field: str, sentence: str) -> None:
    store.act(TAKEN, CLERK)
    with pytest.raises(Refused, match=sentence) as caught:
        store.act(taken(**change), CLERK)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"room": "3-2-502", "consented": True},
        {"special": "生鲜", "consented": True},
        {"special": "药"},
        {"room": "公共-物业办公室"},
    ],
)
def test_what_is_taken_in(store: Store, change: dict[str, Any]) -> None:
    assert take(store, **change).state == "待取"


def test_a_waybill_that_went_may_come_again(store: Store) -> None:
    for state in ("已退", "已取"):
        led(store, state)
    assert store.act(TAKEN, CLERK).record.number == "A3"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (Collected(by_whom="代取", proof="熟识"), "name"),
        (Collected(by_whom="代取", name="老张", proof="熟识"), "relation"),
        (Collected(codes=("9-9-9999",)), "codes"),
    ],
)
def test_hands_must_be_named(store: Store, event: Event, field: str) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    with pytest.raises(Refused) as caught:
        store.act(event, CLERK, subject)
    assert caught.value.field == field
    store.act(Collected(by_whom="代取", name="老张", relation="邻居", proof="房号+姓名", shown="张秀兰"), CLERK, subject)


def test_guards_hand_out_and_take_nothing_in(store: Store) -> None:
    with pytest.raises(Refused, match="岗位"):
        store.act(TAKEN, GUARD)
    subject = store.act(TAKEN, CLERK).record.id
    with pytest.raises(Refused, match="岗位"):
        store.act(BACK, GUARD, subject)
    store.act(TOLD, GUARD, subject)
    store.act(HANDED, GUARD, subject)


# ── codes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_codes_say_where_and_count_on(store: Store) -> None:
    assert [take(store, shelf=2, layer=5).code, take(store, shelf=12, layer=1).code] == ["2-5-0001", "12-1-0002"]
    big = take(store, size="超大")
    assert (big.code, big.shelf, big.serial) == ("地-1-0003", 0, 3)
    assert take(store, code="9-9-0001").code != "9-9-0001"


@pytest.mark.parametrize(
    ("prefix", "ranges"),
    [
        ("A", ((1, 999), (10000, 18999), (100000, 189999))),
        ("B", ((1000, 1999), (19000, 27999), (190000, 279999))),
        ("J", ((9000, 9999), (91000, 99999), (910000, 999999))),
        ("K", ((1, 999), (10000, 18999), (100000, 189999))),
        ("", ((1, 999), (10000, 18999), (100000, 189999))),
    ],
)
def test_each_chain_draws_from_ranges_of_its_own(prefix: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert shelves.ranges_of(prefix) == ranges


def test_ten_desks_never_meet_and_use_every_number() -> None:
    drawn = sorted(one for prefix in "ABCDEFGHIJ" for one in shelves.ranges_of(prefix))
    assert drawn[0][0] == 1 and drawn[-1][1] == 999_999
    assert all(after[0] == before[1] + 1 for before, after in pairwise(drawn))


def test_a_refused_parcel_takes_no_code(store: Store) -> None:
    with pytest.raises(Refused):
        take(store, room="3-2-503")
    assert take(store).serial == 1


def wind(store: Store, to: int) -> None:
    """The counter of the shortest codes stands before `to`."""
    store.transact(lambda db: db.execute("INSERT OR REPLACE INTO series VALUES('parcel A1', ?)", (to - 1,)))


def test_a_number_rests_thirty_days_and_is_never_given_while_held(store: Store, clock: Clock) -> None:
    waiting, gone = take(store), take(store)
    store.act(Collected(proof="熟识"), CLERK, gone.id)
    wind(store, 1)
    assert take(store).serial == 3
    clock.at = NOON + timedelta(days=30, seconds=-1)
    wind(store, 1)
    assert take(store).serial == 4
    clock.at = NOON + timedelta(days=30, minutes=1)
    wind(store, 1)
    assert take(store).serial == gone.serial
    assert waiting.serial == 1


def test_after_999_comes_1_again(store: Store) -> None:
    wind(store, 999)
    assert [take(store).serial, take(store).serial] == [999, 1]


def test_a_code_grows_longer_when_every_short_one_is_held_or_rests(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "ranges_of", lambda prefix: ((1, 2), (10000, 10001), (100000, 100000)))
    first, second = take(store), take(store)
    store.act(Collected(proof="熟识"), CLERK, second.id)
    longer = [take(store), take(store), take(store)]
    assert [one.code.rpartition("-")[2] for one in longer] == ["10000", "10001", "100000"]
    assert [one.serial for one in (first, second, *longer)] == [1, 2, 10000, 10001, 100000]
    with pytest.raises(Refused, match="取件码都用完了"):
        take(store)
    clock.at = NOON + timedelta(days=31)
    assert take(store).serial == second.serial


def test_numbers_are_found_again_when_the_counter_is_forgotten(store: Store) -> None:
    given = [take(store).serial for _ in range(5)]
    store.rebuild()
    assert given == [1, 2, 3, 4, 5] and take(store).serial == 6


def test_a_full_stretch_is_passed_over_a_piece_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "TRIED", 2)
    for _ in range(6):
        take(store)
    wind(store, 1)
    assert [take(store).serial for _ in range(4)] == [10000, 10001, 10002, 7]


def test_the_least_full_place_of_the_size_is_proposed(store: Store) -> None:
    with store.read() as read:
        assert shelves.suggest(read, "小") == (2, 1)
        assert shelves.suggest(read, "超大") == (0, 1)
        assert shelves.suggest(read, "小", 7) == (7, 1)
        assert shelves.suggest(read, "小", None, 9) == (2, 9)
    found = [(one.shelf, one.layer) for one in (take(store) for _ in range(11))]
    assert found == [*((shelf, layer) for shelf in (2, 3) for layer in range(1, 6)), (2, 1)]
    with store.read() as read:
        on_2_1 = [one for one in parcels.held(read) if (one.shelf, one.layer) == (2, 1)]
    for one in on_2_1:
        store.act(Collected(proof="熟识"), CLERK, one.id)
    assert take(store).code.startswith("2-1-")
    assert take(store, shelf=4).code.startswith("4-1-")


# ── folds ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_erased_people_leave_a_parcel_that_still_folds() -> None:
    record = folded(TAKEN, TOLD, HANDED, personal=False)
    assert (record.state, record.waybill, record.addressee, record.description, record.picker) == ("已取", WAYBILL, "", "", "")
    assert folded(TAKEN, BACK, personal=False).reason == ERASED


def test_erasing_takes_the_names_out_of_the_doubt_too(store: Store) -> None:
    subject = led(store, "已取")
    with store.read() as read:
        held = journal.history(raw(read.connection()), subject)
    store.forget([one.id for one in held], "住户要求删除", MANAGER)
    with store.read() as read:
        record = read.get(Parcel, subject)
    assert record is not None
    assert (record.state, record.picker, record.addressee) == ("已取", "", "")


def test_nothing_personal_lies_in_the_bytes(store: Store) -> None:
    subject = led(store, "已取")
    with store.read() as read:
        stored = b"".join(one.stored for one in journal.history(raw(read.connection()), subject)).decode()
    for text in ("张秀兰", "红色", "张敏", "女儿"):
        assert text not in stored


# ── queries and paper ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("age", "level"),
    [
        ({"hours": 24}, 0),
        ({"hours": 25}, 1),
        ({"hours": 72}, 1),
        ({"hours": 73}, 2),
        ({"days": 7}, 2),
        ({"days": 7, "minutes": 1}, 3),
    ],
)
def test_level(age: dict[str, int], level: int) -> None:
    record = Parcel(id="s", opened_at="2026-11-20T12:00:00.000+08:00")
    assert parcels.level(record, NOON + timedelta(**age)) == level
    record.state = "已取"
    assert parcels.level(record, NOON + timedelta(**age)) == 0
    assert parcels.level(Parcel(id="s", opened_at="昨天"), NOON) == 0


def test_queries(store: Store, clock: Clock) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    clock.at = NOON + timedelta(days=2)
    take(store, room="3-2-502", consented=True)
    with store.read() as read:
        assert [one.number for one in parcels.held(read)] == ["A1", "A2"]
        assert [one.number for one in parcels.held(read, "3-2-502")] == ["A2"]
        assert parcels.counts(read, clock.at) == {"新": 1, "超1天": 1, "超3天": 0, "超7天": 0}
        assert [one.number for one in parcels.recent(read)] == ["A2", "A1"]
        assert parcels.by_waybill(read, "") is None
    store.act(BACK, CLERK, subject)
    clock.at = NOON + timedelta(days=3)
    again = store.act(TAKEN, CLERK).record.id
    clock.at = NOON + timedelta(days=4)
    with store.read() as read:
        found = parcels.by_waybill(read, WAYBILL)
        assert found is not None and found.id == again
        assert parcels.counts(read, clock.at) == {"新": 1, "超1天": 1, "超3天": 0, "超7天": 0}


def test_the_one_that_is_held_is_found_before_a_newer_one_that_went(make: Callable[[str], Store], clock: Clock) -> None:
    here, there = make("A"), make("B")
    held = here.act(TAKEN, CLERK).record.id
    clock.at = NOON + timedelta(hours=1)
    led(there, "已取")
    with there.read() as read:
        sent = journal.since(raw(read.connection()), "cB", 0, 999)
    here.receive([certificate("cB", "B")], sent)
    with here.read() as read:
        found = parcels.by_waybill(read, WAYBILL)
    assert found is not None and found.id == held


def printed(slip: Slip) -> str:
    rows = layout(slip, 32)
    assert all(paper_width(row.text) * row.size <= 32 for row in rows)
    return plain(rows)


def test_label_and_notice_show_the_code_and_nobody(store: Store, papers: list[Slip]) -> None:
    done = store.act(TAKEN, CLERK)
    store.act(Notified(way="电话"), CLERK, done.record.id)
    store.act(Notified(way="门贴"), CLERK, done.record.id)
    assert [(slip.kind, slip.title) for slip in papers] == [("parcel", "包裹标签"), ("notice", "取件通知")]
    for slip in papers:
        text = printed(slip)
        for fact in ("2-5-0001", "顺丰 尾号 7712", "11-20 入库", "[二维码 A1."):
            assert fact in text
        for kept in (WAYBILL, "3-2-501", "张秀兰", "红色", "13700009999"):
            assert kept not in text
        assert slip.large
    assert f"[二维码 A1.{check_letters(done.link)}]" in printed(papers[0])
    rows = layout(take_slip(store, papers), 32)
    assert [row.size for row in rows if "0002" in row.text] == [3]


def take_slip(store: Store, papers: list[Slip]) -> Slip:
    take(store, room="3-2-502", consented=True, description="张秀兰的药")
    assert "无单号" in printed(papers[-1]) and "张秀兰" not in printed(papers[-1])
    return papers[-1]


def test_one_handover_slip_names_all_that_went_at_once(store: Store, papers: list[Slip]) -> None:
    for n in range(3):
        take(store, shelf=2, layer=n + 1)
    del papers[:]
    with store.read() as read:
        waiting = parcels.held(read, "3-2-501")
    done = store.act_all(
        parcels.collect_all(waiting, Collected(by_whom="家人", name="张小敏", relation="女儿", proof="熟识")), CLERK
    )
    assert [one.record.state for one in done if isinstance(one.record, Parcel)] == ["已取"] * 3
    assert [slip.kind for slip in papers] == ["handover"]
    text = printed(papers[0])
    for fact in (
        "签收单",
        "3-2-501",
        "2-1-0001",
        "2-2-0002",
        "2-3-0003",
        "3 件",
        "家人 张*敏（女儿）",
        "2026-11-20 12:00",
        "王芳",
        "签字",
    ):
        assert fact in text
    assert "张小敏" not in text


def test_one_parcel_has_a_slip_of_its_own(store: Store, papers: list[Slip]) -> None:
    subject = store.act(TAKEN, CLERK).record.id
    store.act(Collected(proof="熟识"), CLERK, subject)
    text = printed(papers[-1])
    assert "2-5-0001" in text and "1 件" in text and "本人" in text
