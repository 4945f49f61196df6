"""Beside care: who is told, what a household asked for, its keys, what was done for it, and what the desk lends."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.records import Actor, Event, Record, Refused, fold_whole, values
from data.store import Store
from desk import care_list, contacts, favours, find, household, instructions, keys_held, lending, notes
from desk.contacts import Contact, ContactChanged, ContactEnded, ContactTold
from desk.favours import Favour, FavourDone, FavourVoided
from desk.handovers import HandoverSigned, standing
from desk.instructions import Instruction, InstructionEnded, InstructionExtended, InstructionGiven
from desk.keys_held import KeyGivenBack, KeyHeld, KeyKept, KeyReturned, KeyTaken
from desk.lending import StockCounted, StockRecounted
from desk.notes import Left, Settled
from printers.cells import paper_width
from printers.slip import layout, plain
from tests.care import CLERK, DAUGHTER, GUARD, MANAGER, OTHER, ROOM, Estate, estate, kept
from tests.jobs import NOON, entry

CHANGED = ContactChanged.model_validate(DAUGHTER.model_dump(exclude={"room"}) | {"phone": "13700001111", "place": 1})
TOLD = ContactTold(what="平安，一切正常", answer="通了")
ASKED = InstructionGiven(room=ROOM, sort="先打电话", text="请先打电话再敲门", said_by="张秀兰")
KEY = KeyKept(room=ROOM, what="入户门钥匙 1 把", bag="B1", owner="张秀兰", signed="已签字", second=GUARD.id)
TAKEN = KeyTaken(reason="报修", before="封袋完好，两人同去", second=GUARD.id)
BACK = KeyReturned(bag="B2", after="门已锁好", second=GUARD.id)
GIVEN = KeyGivenBack(taker="张敏", signed="已签字")
HELPED = FavourDone(room=ROOM, sort="换灯泡", helper="老孙")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Estate]:
    with estate(tmp_path) as made:
        yield made


@pytest.fixture
def store(made: Estate) -> Store:
    return made.furnished()


def refused(store: Store, event: Event, subject: str | None = None, by: Actor = CLERK) -> Refused:
    with pytest.raises(Refused) as caught:
        store.act(event, by, subject)
    return caught.value


# ── every state and every event ────────────────────────────────────────────────────────────────────────────────────

OPENINGS: dict[type[Record], Event] = {Contact: DAUGHTER, Instruction: ASKED, KeyHeld: KEY, Favour: HELPED}
WAYS: dict[type[Record], dict[str, tuple[Event, ...]]] = {
    Contact: {"有效": (), "已撤下": (ContactEnded(reason="号码停用"),)},
    Instruction: {"有效": (), "已结束": (InstructionEnded(reason="已回家"),)},
    KeyHeld: {"在库": (), "取出": (TAKEN,), "已退还": (GIVEN,)},
    Favour: {"": (), "作废": (FavourVoided(reason="写错房号"),)},
}
STEPS: dict[type[Record], tuple[Event, ...]] = {
    Contact: (CHANGED, TOLD, ContactEnded(reason="住户要求")),
    Instruction: (InstructionExtended(until="2027-01-01", said_by="张敏"), InstructionEnded(reason="住户取消")),
    KeyHeld: (TAKEN, BACK, GIVEN),
    Favour: (FavourVoided(reason="重复登记"),),
}
ALLOWED = {("有效", event) for event in (*STEPS[Contact], *STEPS[Instruction])} | {
    ("在库", TAKEN), ("在库", GIVEN), ("取出", BACK), ("", STEPS[Favour][0]),
}  # fmt: skip
CASES = [(kind, state, event) for kind, states in WAYS.items() for state in states for event in STEPS[kind]]


@pytest.mark.parametrize(("kind", "state", "event"), CASES)
def test_every_step_from_every_state(store: Store, kind: type[Record], state: str, event: Event) -> None:
    subject = store.act(OPENINGS[kind], CLERK).record.id
    for before in WAYS[kind][state]:
        store.act(before, CLERK, subject)
    standing = values(kept(store, kind, subject))
    if (state, event) in ALLOWED:
        assert store.act(event, CLERK, subject).record.doubt == ""
        return
    said = str(refused(store, event, subject))
    assert "A1" in said and ("请" in said or "现在可以" in said or "不能" in said)
    assert values(kept(store, kind, subject)) == standing


@pytest.mark.parametrize("kind", OPENINGS)
@given(data=st.data())
def test_a_fold_is_one_thing_in_every_order(kind: type[Record], data: Any) -> None:
    said = st.sampled_from([OPENINGS[kind], *STEPS[kind], *(event for way in WAYS[kind].values() for event in way)])
    steps = data.draw(st.lists(st.tuples(said, st.integers(0, 5)), max_size=6))
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(OPENINGS[kind], 0), *steps])]
    shuffled = [*entries, *entries[:2]]
    random.Random(data.draw(st.integers(0, 99))).shuffle(shuffled)
    one, other = fold_whole(kind, "s", entries), fold_whole(kind, "s", shuffled)
    assert one is not None and other is not None and values(one[0]) == values(other[0])
    assert "张" not in one[0].doubt


@pytest.mark.parametrize(
    ("kind", "said", "state", "doubt"),
    [
        (Contact, (ContactEnded(reason="停用"), CHANGED), "已撤下", "撤下之后"),
        (Contact, (CHANGED, CHANGED), "有效", ""),
        (Contact, (ContactEnded(reason="停用"), ContactEnded(reason="换号")), "已撤下", ""),
        (Contact, (DAUGHTER,), "有效", "登记了两次"),
        (Instruction, (InstructionEnded(reason="回家"), STEPS[Instruction][0]), "已结束", "结束之后"),
        (Instruction, (ASKED,), "有效", "登记了两次"),
        (KeyHeld, (TAKEN, TAKEN), "取出", "“取出”之后又有“取用”"),
        (KeyHeld, (GIVEN, TAKEN), "已退还", "“已退还”之后又有“取用”"),
        (KeyHeld, (TAKEN, GIVEN), "已退还", "“取出”之后又有“退还住户”"),
        (KeyHeld, (TAKEN, BACK, BACK), "在库", "“在库”之后又有“还回封袋”"),
        (KeyHeld, (KEY,), "在库", "登记了两次"),
        (Favour, (FavourVoided(reason="重复"), FavourVoided(reason="写错")), "", ""),
        (Favour, (HELPED,), "", "登记了两次"),
    ],
)
def test_what_two_desks_say_differently(kind: type[Record], said: tuple[Event, ...], state: str, doubt: str) -> None:
    whole = fold_whole(kind, "s", [entry(n, event, n) for n, event in enumerate([OPENINGS[kind], *said])])
    assert whole and getattr(whole[0], "state", "") == state
    assert doubt in whole[0].doubt if doubt else whole[0].doubt == ""


def test_two_desks_that_take_one_key_end_alike_and_a_person_settles_it(made: Estate) -> None:
    here, there = made.furnished("A"), made.desk("B")
    made.exchange()
    key = here.act(KEY, CLERK).record.id
    made.exchange()
    here.act(TAKEN, CLERK, key)
    there.act(TAKEN.model_copy(update={"reason": "探视"}), CLERK, key)
    made.exchange()
    first, second = (kept(one, KeyHeld, key) for one in (here, there))
    assert values(first) == values(second) and "请清点核对" in first.doubt
    here.act(keys_held.KeyChecked(doubt=first.doubt, found="只取了一次"), MANAGER, key)
    made.exchange()
    assert kept(there, KeyHeld, key).doubt == "" and values(kept(here, KeyHeld, key)) == values(kept(there, KeyHeld, key))


# ── contacts ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"room": "9-9-999"}, "room"),
        ({"name": "张敏"}, "name"),
        ({"phone": ""}, "phone"),
        ({"quiet_from": 22}, "quiet_to"),
        ({"quiet_to": 7}, "quiet_from"),
        ({"quiet_from": 7, "quiet_to": 7}, "quiet_to"),
    ],
)
def test_what_the_desk_knows_of_contacts_refuses(store: Store, change: dict[str, Any], field: str) -> None:
    store.act(DAUGHTER, CLERK)
    said = refused(store, DAUGHTER.model_copy(update={"name": "张强"} | change))
    assert said.field == field


def test_a_neighbour_with_the_key_needs_no_telephone_and_nine_are_enough(store: Store) -> None:
    for n in range(9):
        done = store.act(DAUGHTER.model_copy(update={"name": f"邻居{n}", "phone": "", "holds_key": True}), CLERK)
        assert isinstance(done.record, Contact) and done.record.place == n + 1
    assert refused(store, DAUGHTER).field == "name"


@pytest.mark.parametrize(
    ("start", "end", "quiet"),
    [(22, 7, {22, 23, 0, 6}), (12, 14, {12, 13}), (None, None, set())],
)
def test_quiet_hours_may_go_over_midnight(start: int | None, end: int | None, quiet: set[int]) -> None:
    contact = Contact(id="c", quiet_from=start, quiet_to=end)
    assert {hour for hour in (22, 23, 0, 6, 7, 12, 13, 14, 21) if contacts.quiet(contact, NOON.replace(hour=hour))} == quiet


def test_a_call_waits_for_the_end_of_the_quiet_hours_and_for_consent(store: Store) -> None:
    asleep = DAUGHTER.model_copy(update={"quiet_from": 11, "quiet_to": 14})
    subject = store.act(asleep, CLERK).record.id
    assert "静默时段（11–14 点）" in str(refused(store, TOLD, subject))
    done = store.act(TOLD.model_copy(update={"urgent": True}), CLERK, subject).record
    assert isinstance(done, Contact) and (done.told, done.answer) == ("平安，一切正常", "通了")
    for tell, urgent in (("只紧急时", False), ("不告知", True)):
        store.act(CHANGED.model_copy(update={"tell": tell, "quiet_from": None, "quiet_to": None}), CLERK, subject)
        assert "告知" in str(refused(store, TOLD.model_copy(update={"urgent": urgent}), subject))


def test_the_phrase_and_the_tree_are_the_desk_s(store: Store) -> None:
    record = store.act(DAUGHTER, CLERK).record
    assert isinstance(record, Contact)
    assert contacts.phrase(record, CLERK) == "腊梅"
    with pytest.raises(Refused, match="只有前台"):
        contacts.phrase(record, GUARD)
    for event in (DAUGHTER, CHANGED, TOLD, ContactEnded(reason="停用")):
        assert "岗位" in str(refused(store, event, None if event.opens else record.id, GUARD))
    assert contacts.line(record) == "女儿 张敏 139****8888（可告知）" and "腊梅" not in contacts.line(record, full=True)


# ── instructions ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_instruction_holds_ninety_days_unless_said_and_a_year_at_most(made: Estate, store: Store) -> None:
    subject = store.act(ASKED, GUARD).record.id
    found = kept(store, Instruction, subject)
    assert isinstance(found, Instruction) and found.until == "2027-02-18"
    for until in ("2026-11-19", "2027-12-01"):
        assert refused(store, InstructionExtended(until=until, said_by="张敏"), subject).field == "until"
        assert refused(store, ASKED.model_copy(update={"text": "别的事", "until": until})).field == "until"
    assert "已有同样的嘱托 A1" in str(refused(store, ASKED))
    assert refused(store, ASKED.model_copy(update={"room": "9-9-999"})).field == "room"
    made.at = datetime(2027, 2, 19, 8, 0)
    with store.read() as read:
        assert instructions.holding(read, ROOM, made.at.date()) == []
    store.act(ASKED, CLERK)  # what has run out may be asked again


@pytest.mark.parametrize("moment", instructions.MOMENTS)
def test_each_is_shown_at_its_moment_and_what_always_holds_first(made: Estate, store: Store, moment: str) -> None:
    for one in reversed(instructions.MOMENTS):
        store.act(ASKED.model_copy(update={"moment": one, "text": f"嘱托{one}"}), CLERK)
    store.act(ASKED.model_copy(update={"room": OTHER, "text": "别户的嘱托"}), CLERK)
    with store.read() as read:
        lines = instructions.for_moment(read, ROOM, moment, made.at.date())
        assert instructions.for_moment(read, "", moment, made.at.date()) == []
        assert instructions.for_moment(read, ROOM, moment, date(2027, 2, 19)) == []
    wanted = ["嘱托总是", *([f"嘱托{moment}"] if moment != "总是" else [])]
    assert [line.partition("〕")[2].partition("（")[0] for line in lines] == wanted


@pytest.mark.parametrize(
    ("field", "value"), [("sort", "其他事"), ("text", "好"), ("moment", "晚上"), ("until", "下周"), ("said_by", "")]
)
def test_a_wrong_instruction_is_refused_beside_its_field(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        InstructionGiven.model_validate(ASKED.model_dump() | {field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


# ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"room": "9-9-999"}, "room"),
        ({"signed": "未签字"}, "signed"),
        ({"second": ""}, "approver"),
        ({"second": CLERK.id}, "approver"),
        ({"bag": "B0"}, "bag"),
    ],
)
def test_a_key_is_signed_for_and_sealed_before_another(store: Store, change: dict[str, str], field: str) -> None:
    store.act(KEY.model_copy(update={"bag": "B0"}), CLERK)
    assert refused(store, KEY.model_copy(update=change)).field == field


def test_a_key_goes_out_and_in_before_two_with_a_new_bag_and_each_leaves_paper(made: Estate, store: Store) -> None:
    done = store.act(KEY, CLERK)
    (slip,) = made.papers
    said = plain(layout(slip, 32))
    assert slip.copies == ("住户联", "存根联") and slip.large  # she wants large print
    for text in ("A1", ROOM, "B1", "张*兰", "王芳", "老周", "委托人签字", "见证人签字"):
        assert text in said
    assert "张秀兰" not in said
    key = done.record.id
    assert refused(store, TAKEN.model_copy(update={"second": ""}), key).field == "approver"
    assert refused(store, TAKEN.model_copy(update={"second": "", "witness": "李民警"}), key).field == "approver"
    store.act(TAKEN, CLERK, key)
    assert "钥匙取用记录" in plain(layout(made.papers[0], 32))
    assert refused(store, BACK.model_copy(update={"bag": "B1"}), key).field == "bag"
    assert refused(store, BACK.model_copy(update={"second": ""}), key).field == "approver"
    store.act(BACK, CLERK, key)
    assert "B2" in plain(layout(made.papers[0], 32))
    assert refused(store, GIVEN.model_copy(update={"signed": "未签字"}), key).field == "signed"
    record = store.act(GIVEN, CLERK, key).record
    assert isinstance(record, KeyHeld) and (record.state, record.uses, record.bag) == ("已退还", 1, "B2")
    assert "钥匙退还单" in plain(layout(made.papers[0], 32))
    for slip in made.papers:
        rows = layout(slip, 32)
        assert all(paper_width(row.text) * row.size <= 32 for row in rows if row.kind == "text")


def test_alone_at_night_somebody_named_stands_by_in_an_emergency(store: Store) -> None:
    key = store.act(KEY, CLERK).record.id
    urgent = KeyTaken(reason="紧急", before="封袋完好")
    assert refused(store, urgent, key, GUARD).field == "witness"
    store.act(urgent.model_copy(update={"witness": "民警 0123"}), GUARD, key)
    store.act(BACK.model_copy(update={"second": "", "witness": "民警 0123"}), GUARD, key)
    with store.read() as read:
        assert [one.state for one in keys_held.held(read, ROOM)] == ["在库"] and not keys_held.out(read)


def test_a_guard_takes_keys_but_neither_receives_nor_gives_them_back(store: Store) -> None:
    key = store.act(KEY, CLERK).record.id
    for event, subject in ((KEY, None), (GIVEN, key)):
        assert "岗位" in str(refused(store, event, subject, GUARD))


def test_a_key_is_found_by_the_number_of_its_slip(store: Store) -> None:
    store.act(KEY, CLERK)
    with store.read() as read:
        (found,) = find.search(read, "a1", CLERK)
    assert (found.place, found.room, found.title) == ("home", ROOM, f"A1 托管钥匙 {ROOM} 在库")


# ── favours ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["帮取现金", "用银行卡取款", "问了密码", "代买处方药", "帮她打针", "先垫付药费", "代转账"])
def test_what_the_desk_must_not_touch_is_refused_with_a_reason(store: Store, text: str) -> None:
    said = refused(store, HELPED.model_copy(update={"text": text}))
    assert said.field == "text" and "请" in str(said)


def test_favours_are_counted_by_the_month_and_void_ones_are_not(made: Estate, store: Store) -> None:
    assert refused(store, HELPED.model_copy(update={"room": "9-9-999"})).field == "room"
    first = store.act(HELPED.model_copy(update={"sort": "代买药", "text": "非处方感冒药"}), GUARD).record.id
    store.act(HELPED, CLERK)
    store.act(FavourVoided(reason="写错房号"), CLERK, first)
    with store.read() as read:
        assert favours.month_count(read, ROOM) == 1 and len(favours.recent(read, ROOM)) == 2
    made.at = datetime(2026, 12, 1, 8, 0)
    with store.read() as read:
        assert favours.month_count(read, ROOM) == 0


@pytest.mark.parametrize("minutes", [0, 121, "半"])
def test_what_takes_hours_is_no_small_favour(minutes: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        FavourDone.model_validate(HELPED.model_dump() | {"minutes": minutes})
    assert [fault["loc"] for fault in caught.value.errors()] == [("minutes",)]


# ── things lent, lost property ─────────────────────────────────────────────────────────────────────────────────────

LENT = Left(sort="借出", text="轮椅", holder="张敏")


def test_what_was_counted_is_lent_until_none_is_left(store: Store) -> None:
    with store.read() as read:
        assert notes.left(read, "轮椅") is None
    store.act(LENT, CLERK)
    store.act(StockCounted(item="轮椅", count=2), CLERK)
    store.act(StockCounted(item="推车", count=1), CLERK)
    second = store.act(LENT.model_copy(update={"back_by": "2026-11-20T18:00"}), GUARD).record.id
    said = refused(store, LENT)
    assert said.field == "text" and "都借出去了" in str(said) and "最早应在 11-20 18:00 归还" in str(said)
    assert "现在可借 推车 1" in str(said)
    store.act(Settled(how="已归还", who="张敏"), CLERK, second)
    with store.read() as read:
        assert (notes.left(read, "轮椅"), [one.item for one in lending.stocks(read)]) == (1, ["推车", "轮椅"])
    store.act(StockRecounted(item="轮椅", count=1), CLERK, "stock:轮椅")
    with store.read() as read:
        assert notes.left(read, "轮椅") == 0
    store.act(StockRecounted(item="轮椅", count=0), CLERK, "stock:轮椅")
    store.act(LENT, CLERK)  # no longer counted


def test_two_desks_that_count_one_thing_meet_and_the_later_count_stands(made: Estate) -> None:
    here, there = made.furnished("A"), made.desk("B")
    made.exchange()
    here.act(StockCounted(item="轮椅", count=2), CLERK)
    there.act(StockCounted(item="轮椅", count=3), CLERK)
    made.exchange()
    for store in (here, there):
        with store.read() as read:
            assert lending.counted(read, "轮椅") == 3
    assert "岗位" in str(refused(here, StockRecounted(item="轮椅", count=9), "stock:轮椅", GUARD))


def test_lost_property_goes_to_the_police_after_thirty_days(made: Estate, store: Store) -> None:
    record = store.act(Left(sort="失物", text="黑色雨伞"), CLERK).record
    assert isinstance(record, notes.Note)
    days = [n for n in (0, 29, 30, 400) if notes.to_police(record, NOON.date() + timedelta(days=n))]
    assert days == [30, 400]
    over = store.act(Settled(how="已领走", who="李女士"), CLERK, record.id).record
    assert isinstance(over, notes.Note) and not notes.to_police(over, NOON.date() + timedelta(days=30))


# ── the card and the sheet ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_card_says_what_waits_and_a_guard_reads_nothing_of_money(store: Store) -> None:
    for event in (DAUGHTER, ASKED, ASKED.model_copy(update={"moment": "收费", "text": "缴费单给女儿"}), KEY, HELPED):
        store.act(event, CLERK)
    with store.read() as read:
        clerk, guard = (household.card(read, ROOM, by) for by in (CLERK, GUARD))
        other = household.card(read, OTHER, CLERK)
        assert [label for label, _, _ in clerk.minded] == ["关怀", "钥匙", "帮忙"]
        assert ("关怀", "张秀兰 待看", "^F 关怀") in household.waiting(clerk, CLERK)
        assert "缴费单" in str(clerk.asked) and "缴费单" not in str(guard.asked) and len(guard.asked) == 1
        assert "张*兰 待看" in str(guard.minded)
        assert ([one.name for one in clerk.contacts], other.contacts, other.minded) == (["张敏"], [], [])


def test_who_takes_over_reads_who_was_not_seen_and_which_key_is_out(made: Estate, store: Store) -> None:
    key = store.act(KEY, CLERK).record.id
    store.act(TAKEN, CLERK, key)
    with store.read() as read:
        found = standing(read, GUARD.id)
        assert (found.counts()["care"], found.counts()["keys"]) == (1, 1)
        assert [one.person for one in care_list.open_today(read, made.at)] == ["p1"]
    store.act(HandoverSigned(taken_by=GUARD.id), CLERK)
    said = plain(layout(made.papers[0], 32))
    assert "今天还没见到 1 位" in said and f"{ROOM} 未见到" in said and "托管钥匙 A1" in said and "张秀兰" not in said
