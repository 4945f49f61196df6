"""Care: nothing without consent, every rung in its turn, who must be seen today, and what two desks make of a person's day."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.records import Event, Refused, fold_whole, values
from data.store import Store
from desk import care, care_list, daybook, residents
from desk.care import CLOSED, DUE, SEARCHED, SEEN, CareDay
from desk.care_events import (
    RUNGS,
    TIERS,
    CareAgreed,
    CareBegun,
    CareChecked,
    CareClosed,
    CareSeen,
    CareTried,
    CareUnseen,
    CareWithdrawn,
)
from desk.contacts import ContactEnded, ContactNamed
from desk.keys_held import KeyKept, KeyTaken
from desk.parcels import Collected, TakenIn
from desk.repairs import Reported
from desk.residents import HomeEnded, Person, PersonChanged
from desk.rules import RulesSet
from printers.slip import layout, plain
from tests.care import AGREED, CLERK, DAUGHTER, GUARD, MANAGER, OTHER, ROOM, Estate, estate, kept
from tests.jobs import NOON, entry

RANG, KNOCKED, AGAIN = (CareTried(rung=rung, answer="没人应") for rung in RUNGS[:3])
COMMUNITY = CareTried(rung="社区网格员", answer="通了")
ENTERED = CareTried(rung="110入户", answer="通了", way_in="警方开门", witness="民警 0123", note="门反锁，人在卧室")
BEGUN = CareBegun(person="p1", day="2026-11-20", room=ROOM, tier="A")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Estate]:
    with estate(tmp_path) as made:
        yield made


@pytest.fixture
def store(made: Estate) -> Store:
    return made.furnished()


def person(store: Store, uid: str = "p1") -> Person:
    found = kept(store, Person, uid)
    assert isinstance(found, Person)
    return found


def listed(made: Estate, store: Store) -> list[str]:
    """Who is on the list now, in order."""
    with store.read() as read:
        return [one.person for one in care_list.todays(read, made.at)]


# ── consent ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_care_is_kept_by_somebody_s_word_and_leaves_two_lines_to_sign(made: Estate, store: Store) -> None:
    one = person(store)
    assert (one.care, one.tier, one.consent, one.care_who, one.care_said_by) == ("独居,大字", "A", "同意", "本人", "张秀兰")
    (slip,) = made.papers
    said = plain(layout(slip, 32))
    assert slip.large and "关怀登记同意书" in said and "撤回" in said and said.count("签字") == 2 and "A 档 每天" in said


@pytest.mark.parametrize(
    ("said", "field"),
    [({"flags": "高血压"}, "flags"), ({"tier": "D"}, "tier"), ({"said_by": ""}, "said_by"), ({"proof": "微信"}, "proof")],
)
def test_an_illness_a_strange_tier_or_nobody_s_word_is_not_kept(said: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        CareAgreed.model_validate({"flags": "独居", "said_by": "张秀兰"} | said)
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


def test_agreeing_to_nothing_is_refused_and_so_is_who_moved_away(store: Store) -> None:
    with pytest.raises(Refused, match="撤回关怀"):
        store.act(CareAgreed(said_by="张秀兰"), CLERK, "p1")
    store.act(HomeEnded(reason="搬走"), CLERK, f"home:{ROOM}/p1")
    with pytest.raises(Refused, match="已经迁出"):
        store.act(AGREED, CLERK, "p1")


def test_a_guard_may_not_write_care_down_nor_take_it_off(store: Store) -> None:
    for event in (AGREED, CareWithdrawn(said_by="张秀兰")):
        with pytest.raises(Refused, match="岗位"):
            store.act(event, GUARD, "p1")


def test_what_is_withdrawn_is_kept_nowhere_not_even_in_the_journal(made: Estate, store: Store) -> None:
    made.did(store, CareTried(rung="打电话", answer="没人应", note="老人昨天说头晕"))
    care_list.withdraw(store, "p1", CareWithdrawn(said_by="张秀兰"), CLERK)
    one = person(store)
    with store.read() as read:
        assert [step.note for step in care.steps(read, made.day(store))] == [""]
    assert (one.care, one.tier, one.consent) == ("", "", "撤回") and "关怀撤回单" in plain(layout(made.papers[0], 32))
    said = [one for one in store.look(lambda db: journal.history(db, "p1")) if one.kind == CareAgreed.kind]
    assert [one.personal for one in said] == [None]
    assert listed(made, store) == ["p1"]  # who is looked for is looked for until found
    made.did(store, CareSeen())
    assert listed(made, store) == []
    with pytest.raises(Refused, match="不用撤回"):
        store.act(CareWithdrawn(said_by="张秀兰"), CLERK, "p1")
    assert store.check()[1] == []


def test_a_list_of_the_office_does_not_bring_back_what_was_withdrawn(store: Store) -> None:
    from desk.imports import plan_residents
    from desk.sheets import HouseholdRow, PersonRow, Sheet

    care_list.withdraw(store, "p1", CareWithdrawn(said_by="张秀兰"), CLERK)
    row = HouseholdRow(2, ROOM, None, (PersonRow(name="张秀兰", phone="13800001234", role="业主", care=("独居",)),), "")
    with store.read() as read:
        assert plan_residents(read, Sheet((row,), (), ())).acts == []


def test_of_two_words_the_later_stands_in_every_order() -> None:
    said = [AGREED, CareWithdrawn(said_by="张敏", who="家属"), CareAgreed(flags="听力", said_by="张秀兰")]
    registered = residents.PersonRegistered(uid="s", name="张秀兰", care="不便")
    entries = [entry(n, event, n) for n, event in enumerate([registered, *said])]
    for shuffled in (entries, entries[::-1]):
        whole = fold_whole(Person, "s", shuffled)
        assert whole and isinstance(whole[0], Person) and (whole[0].care, whole[0].tier) == ("听力", "")


def test_flags_from_the_office_s_list_stay_until_somebody_speaks(store: Store) -> None:
    store.act(PersonChanged(care="听力"), MANAGER, "p1")
    assert person(store).care == "听力"


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_tier_has_its_days() -> None:
    week = [date(2026, 11, 16) + timedelta(days=n) for n in range(7)]
    due = {tier: "".join("x" if care_list.due_on(tier, day, False) else "." for day in week) for tier in ("", *TIERS)}
    assert due == {"": ".......", "A": "xxxxxxx", "B": "x.x.x..", "C": "xxxxxxx"}
    assert not care_list.due_on("C", week[0], True)


def test_who_is_seen_once_a_week_stands_there_until_then(made: Estate, store: Store) -> None:
    store.act(AGREED.model_copy(update={"tier": "C"}), CLERK, "p1")
    made.at = datetime(2026, 11, 16, 9, 0)
    assert listed(made, store) == ["p1"]
    made.did(store, CareSeen())
    made.at = datetime(2026, 11, 17, 9, 0)
    assert listed(made, store) == []
    made.at = datetime(2026, 11, 23, 9, 0)
    assert listed(made, store) == ["p1"]


def test_it_is_late_from_the_hour_the_supervisor_set(made: Estate, store: Store) -> None:
    def said() -> str:
        with store.read() as read:
            return care_list.said(made.day(store), made.at, care_list.rules(read).care_hour)

    made.at = datetime(2026, 11, 19, 17, 59)
    assert said() == "待看"
    made.at = datetime(2026, 11, 19, 18, 0)
    assert said() == "! 未见到"
    store.act(RulesSet(care_hour=20), MANAGER)
    assert said() == "待看"
    made.at = datetime(2026, 11, 19, 20, 0)
    assert said() == "! 未见到"
    weekly = CareDay(id="x", tier="C")
    assert not care_list.late(weekly, made.at, 18) and care_list.late(weekly, made.at + timedelta(days=1), 18)


def test_a_parcel_fetched_or_a_repair_reported_says_that_somebody_is_well(made: Estate, store: Store) -> None:
    def hint() -> str:
        with store.read() as read:
            return care_list.hints(read, care_list.enrolled(read), f"{made.at:%Y-%m-%d}").get("p1", "")

    taken = TakenIn(courier="顺丰", waybill="SF1234567890123", room=ROOM, consented=True)
    for by_whom in ("家人", "本人"):
        parcel = store.act(taken.model_copy(update={"waybill": f"SF{len(by_whom)}{ord(by_whom[0])}0001"}), CLERK).record
        store.act(Collected(by_whom=by_whom, name="张敏", proof="熟识"), CLERK, parcel.id)  # type: ignore[arg-type]
        assert hint() == ("" if by_whom == "家人" else "取件 12:00")
    made.at += timedelta(days=1)
    assert hint() == ""
    store.act(Reported(room=ROOM, category="水", problem="水管漏水", reporter="张秀兰"), CLERK)
    assert hint() == "报修 12:00"
    made.person(store, "p2", "李建国", ROOM)
    store.act(AGREED.model_copy(update={"said_by": "李建国"}), CLERK, "p2")
    assert hint() == ""  # of two nobody knows who it was


def test_a_search_goes_on_after_midnight_and_stands_first(made: Estate, store: Store) -> None:
    made.did(store, RANG)
    made.at = datetime(2026, 11, 21, 0, 10)
    with store.read() as read:
        found = care_list.todays(read, made.at)
    assert [(one.day, one.state) for one in found] == [("2026-11-20", SEARCHED), ("2026-11-21", DUE)]
    with store.read() as read:
        acts = care.acts(read, found[0], KNOCKED)
    assert len(acts) == 1 and store.act_all(acts, GUARD)[-1].record.id == found[0].id


def test_only_who_agreed_is_looked_after_and_only_today(store: Store) -> None:
    with pytest.raises(Refused, match="不在关怀名单"):
        store.act(CareBegun(person="p9", day="2026-11-20", room=ROOM), CLERK)
    with pytest.raises(Refused, match="只能登记今天"):
        store.act(BEGUN.model_copy(update={"day": "2026-11-19"}), CLERK)


# ── every state and every event ────────────────────────────────────────────────────────────────────────────────────

STATES: dict[str, tuple[Event, ...]] = {
    DUE: (),
    SEEN: (CareSeen(),),
    SEARCHED: (RANG,),
    CLOSED: (RANG, CareClosed(outcome="送医", note="120 送市一院")),
}
STEPS: dict[str, Event] = {
    "seen": CareSeen(signal="门岗"),
    "unseen": CareUnseen(reason="勾错人了"),
    "rang": RANG,
    "knocked": KNOCKED,
    "closed": CareClosed(outcome="平安"),
    "checked": CareChecked(doubt="请核对", found="问清了"),
}
ALLOWED = {
    (DUE, "seen"), (DUE, "rang"), (SEARCHED, "seen"), (SEARCHED, "knocked"), (SEARCHED, "closed"), (SEEN, "unseen"),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_every_step_from_every_state(made: Estate, store: Store, state: str, step: str) -> None:
    for event in STATES[state]:
        made.did(store, event)
    before = values(made.day(store))
    if (state, step) in ALLOWED:
        assert made.did(store, STEPS[step], GUARD).doubt == ""
        return
    said = str(made.refused(store, STEPS[step]))
    assert ROOM in said or "现在该" in said or "没有待核对" in said
    assert values(made.day(store)) == before


def test_a_tick_taken_back_goes_on_where_it_was(made: Estate, store: Store) -> None:
    made.did(store, CareSeen())
    assert made.did(store, CareUnseen(reason="勾错人了")).state == DUE
    made.did(store, RANG)
    assert made.did(store, CareTried(rung="敲门", answer="通了")).signal == "上门"
    assert made.did(store, CareUnseen(reason="是邻居答的")).state == SEARCHED


# ── the ladder ─────────────────────────────────────────────────────────────────────────────────────────────────────


def rung(made: Estate, store: Store) -> str:
    """What comes next, and whom to ring."""
    with store.read() as read:
        step, contact = care.next_rung(read, made.day(store))
    return f"{step}{contact.name if contact else ''}"


def test_the_ladder_goes_rung_by_rung_with_half_an_hour_between_knocks(made: Estate, store: Store) -> None:
    daughter = store.act(DAUGHTER, CLERK).record.id
    assert rung(made, store) == "打电话"
    assert "现在该“打电话”" in str(made.refused(store, KNOCKED))
    made.did(store, RANG)
    assert "现在该“敲门”" in str(made.refused(store, RANG))
    made.did(store, KNOCKED)
    said = made.refused(store, AGAIN)
    assert "请等到 12:30" in str(said) and said.field == "rung"
    made.at += timedelta(minutes=31)
    made.did(store, AGAIN, GUARD)
    assert rung(made, store) == "联系家属张敏"
    assert "现在该“联系家属 女儿张敏”" in str(made.refused(store, COMMUNITY))
    assert "张敏" not in str(made.refused(store, COMMUNITY, GUARD))
    made.did(store, CareTried(rung="联系家属", answer="没人应", contact=daughter))
    assert rung(made, store) == "社区网格员"
    made.did(store, COMMUNITY)
    assert rung(made, store) == "110入户"
    made.did(store, ENTERED)
    assert rung(made, store) == ""
    assert made.refused(store, CareClosed(outcome="送医")).field == "note"
    made.at += timedelta(minutes=1)
    record = made.did(store, CareClosed(outcome="送医", note="120 送市一院，女儿已到"))
    assert (record.state, record.outcome, record.rung) == (CLOSED, "送医", "110入户")
    with store.read() as read:
        told = care_list.told(read, record, CLERK)
    assert [line.split()[2] for line in told if line[:2] == "11"] == [*RUNGS, "结案"]


def test_who_has_no_telephone_is_knocked_for_first(made: Estate, store: Store) -> None:
    store.act(PersonChanged(phone=""), CLERK, "p1")
    assert rung(made, store) == "敲门"


def test_family_is_rung_in_turn_never_in_quiet_hours_and_nobody_unlisted(made: Estate, store: Store) -> None:
    son = DAUGHTER.model_copy(update={"name": "张强", "relation": "儿子", "quiet_from": 11, "quiet_to": 14})
    never = DAUGHTER.model_copy(update={"name": "王五", "relation": "亲属", "tell": "不告知"})
    ids = {one.name: store.act(one, CLERK).record.id for one in (son, never, DAUGHTER)}
    for event in (RANG, KNOCKED):
        made.did(store, event)
    made.at += timedelta(minutes=40)
    made.did(store, AGAIN)
    assert rung(made, store) == "联系家属张敏"  # the son sleeps, the relative is not to be told

    def ring(contact: str, **said: object) -> CareTried:
        return CareTried.model_validate({"rung": "联系家属", "answer": "没人应", "contact": contact} | said)

    assert "没有登记过的人一律不告知" in str(made.refused(store, ring("nobody")))
    assert "静默时段（11–14 点）" in str(made.refused(store, ring(ids["张强"])))
    assert "不告知" in str(made.refused(store, ring(ids["王五"], urgent=True, note="屋里有呼救声")))
    assert made.refused(store, ring(ids["张强"], urgent=True)).field == "note"
    made.did(store, ring(ids["张强"], urgent=True, note="屋里有呼救声"))
    assert rung(made, store) == "联系家属张敏"
    store.act(ContactEnded(reason="号码停用"), CLERK, ids["张敏"])
    assert "请从这一户的联系人里选" in str(made.refused(store, ring(ids["张敏"])))
    assert rung(made, store) == "社区网格员"
    made.at = NOON.replace(hour=15)
    assert rung(made, store) == "社区网格员"  # he was rung already


def test_an_emergency_leaves_the_order_aside_for_a_reason(made: Estate, store: Store) -> None:
    urgent = ENTERED.model_copy(update={"urgent": True, "note": ""})
    assert made.refused(store, urgent).field == "note"
    record = made.did(store, ENTERED.model_copy(update={"urgent": True}), GUARD)
    assert (record.state, record.rung) == (SEARCHED, "110入户")


def test_a_door_is_opened_before_two_and_with_the_key_that_was_taken(made: Estate, store: Store) -> None:
    entering = ENTERED.model_copy(update={"urgent": True})
    assert made.refused(store, entering.model_copy(update={"witness": ""})).field == "witness"
    assert made.refused(store, entering.model_copy(update={"witness": "", "second": CLERK.id})).field == "approver"
    assert made.refused(store, entering.model_copy(update={"way_in": ""})).field == "way_in"
    by_key = entering.model_copy(update={"way_in": "托管钥匙", "witness": "", "second": GUARD.id})
    assert "没有取出的托管钥匙" in str(made.refused(store, by_key))
    key = KeyKept(room=ROOM, what="入户门 1 把", bag="B1", owner="张秀兰", signed="已签字", second=GUARD.id)
    held = store.act(key, CLERK).record.id
    assert "没有取出的托管钥匙" in str(made.refused(store, by_key))
    store.act(KeyTaken(reason="紧急", before="封袋完好", second=GUARD.id), CLERK, held)
    assert made.did(store, by_key).rung == "110入户"


# ── two desks ──────────────────────────────────────────────────────────────────────────────────────────────────────

SAID = st.sampled_from(
    [BEGUN, RANG, KNOCKED, ENTERED, CareSeen(), CareSeen(signal="电话"), CareTried(rung="打电话", answer="通了"),
     CareUnseen(reason="勾错了"), *(CareClosed(outcome=one, note="已通知") for one in ("平安", "送医", "外出"))]  # type: ignore[arg-type]
)  # fmt: skip


@given(st.lists(st.tuples(SAID, st.integers(0, 5)), max_size=7), st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order(said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(BEGUN, 0), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold_whole(CareDay, "s", entries), fold_whole(CareDay, "s", shuffled)
    assert one is not None and other is not None
    assert [values(row) for row in (one[0], *one[1])] == [values(row) for row in (other[0], *other[1])]
    record = one[0]
    assert isinstance(record, CareDay)
    assert bool(record.outcome) is (record.state == CLOSED) and "张" not in record.doubt
    assert record.state != SEEN or record.seen_at


@pytest.mark.parametrize(
    ("said", "state", "doubt"),
    [
        ((CareSeen(), CareSeen(signal="电话")), SEEN, ""),
        ((BEGUN, CareSeen()), SEEN, ""),
        ((CareSeen(), RANG), SEEN, ""),
        ((CareSeen(), CareClosed(outcome="平安")), CLOSED, ""),
        ((CareSeen(), CareClosed(outcome="送医")), CLOSED, "见到之后"),
        ((CareClosed(outcome="送医"), CareSeen()), CLOSED, "登记“送医”之后"),
        ((CareClosed(outcome="平安"), CareSeen()), CLOSED, ""),
        ((CareClosed(outcome="平安"), CareClosed(outcome="送医")), CLOSED, "两处结果不同"),
        ((CareClosed(outcome="平安"), CareClosed(outcome="平安")), CLOSED, ""),
        ((CareSeen(), ENTERED), SEEN, "又登记了入户"),
        ((CareClosed(outcome="外出"), CareUnseen(reason="勾错")), CLOSED, "又撤回了"),
    ],
)
def test_what_two_desks_say_of_one_day(said: tuple[Event, ...], state: str, doubt: str) -> None:
    whole = fold_whole(CareDay, "s", [entry(n, event, n) for n, event in enumerate([BEGUN, *said])])
    assert whole and isinstance(whole[0], CareDay)
    assert whole[0].state == state and (doubt in whole[0].doubt if doubt else whole[0].doubt == "")


def test_two_desks_apart_tick_one_day_and_one_record_comes_of_it(made: Estate) -> None:
    here, there = made.furnished("A"), made.desk("B")
    made.exchange()
    made.did(here, CareSeen(), GUARD)
    made.did(there, CareSeen(signal="电话"))
    made.exchange()
    assert values(made.day(here)) == values(made.day(there))
    assert (made.day(here).state, made.day(here).signal, made.day(here).doubt) == (SEEN, "见到", "")
    with there.read() as read:
        assert len(care_list.todays(read, made.at)) == 1


def test_a_contradiction_is_settled_by_a_person_at_both_desks(made: Estate) -> None:
    here, there = made.furnished("A"), made.desk("B")
    made.did(here, RANG)
    made.exchange()
    made.did(here, CareSeen())
    made.did(there, CareClosed(outcome="送医", note="120 送市一院"))
    made.exchange()
    doubt = made.day(here).doubt
    assert doubt and doubt == made.day(there).doubt and made.day(there).state == CLOSED
    made.did(there, CareChecked(doubt=doubt, found="下午送医，上午见过"))
    made.exchange()
    assert made.day(here).doubt == made.day(there).doubt == "" and values(made.day(here)) == values(made.day(there))


# ── who sees what ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_guard_is_told_the_room_and_the_flags_and_nothing_else(made: Estate, store: Store) -> None:
    daughter = store.act(DAUGHTER, CLERK).record.id
    urgent = CareTried(rung="联系家属", answer="通了", contact=daughter, urgent=True, note="老人昨天说头晕")
    record = made.did(store, urgent)
    record = made.did(store, CareClosed(outcome="外出", note="在女儿家养病"))
    with store.read() as read:
        guard, clerk = (care_list.shown(read, record, by) for by in (GUARD, CLERK))
        seen, told = ("\n".join(care_list.told(read, record, by)) for by in (GUARD, CLERK))
        card = str(care_list.card_lines(read, ROOM, GUARD))
        lines = "\n".join(line.what for line in daybook.latest(read, GUARD))
    assert (guard.name, guard.phone, guard.flags, guard.tier) == ("张*兰", "", "独居 · 大字", "")
    assert (clerk.name, clerk.phone) == ("张秀兰", "138****1234")
    assert "头晕" in told and "养病" in told and "张敏" in told
    for text in (seen, card, lines):
        assert not any(word in text for word in ("头晕", "养病", "张敏", "13800001234", "13900008888"))


def test_nothing_said_of_a_person_lies_in_the_bytes(made: Estate, store: Store) -> None:
    made.did(store, CareTried(rung="打电话", answer="没人应", note="老人昨天说头晕"))
    day = made.day(store).id
    said = store.look(lambda db: [*journal.history(db, "p1"), *journal.history(db, day)])
    stored = b"".join(one.stored for one in said)
    for word in ("独居", "大字", "头晕", "张秀兰"):
        assert word not in stored.decode()


def test_the_day_of_an_estate_is_asked_in_few_queries(made: Estate, store: Store) -> None:
    """A hundred on the list and one look: nothing of each person is asked alone."""
    from sqlalchemy import event as sqlevent

    for n in range(100):
        made.person(store, f"q{n}", f"老{n}", OTHER)
        store.act(AGREED, CLERK, f"q{n}")
    asked: list[str] = []
    sqlevent.listen(store.engine, "before_cursor_execute", lambda conn, cursor, statement, *_: asked.append(statement))
    with store.read() as read:
        assert len(care_list.todays(read, made.at)) == 101
    assert len(asked) <= 12


def test_contacts_named_for_another_room_are_not_asked(made: Estate, store: Store) -> None:
    store.act(ContactNamed(room=OTHER, name="王五", relation="儿子", phone="13900008888", agreed_by="王磊"), CLERK)
    for event in (RANG, KNOCKED):
        made.did(store, event)
    made.at += timedelta(minutes=30)
    made.did(store, AGAIN)
    assert rung(made, store) == "社区网格员"
