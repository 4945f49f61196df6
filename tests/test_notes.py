"""The note book: what may be left and by whom settled, who has read it, and what two desks make of one note."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.entry import check_letters
from data.file import raw
from data.records import ERASED, Actor, Event, Refused, fold, fold_whole, values
from data.store import Store
from desk import fields, notes, staff
from desk.notes import ASKED, FOUND, KEY, LOAN, MUST_READ, NOTICE, SORTS, VOID, WAYS, Left, Note, NoteRead, Read, Settled
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered
from printers.cells import paper_width
from printers.slip import Slip, layout, plain
from tests.conftest import MANAGER, Desks, certificate
from tests.jobs import NOON, entry

GUARD = Actor("g1", "老周", staff.GUARD)
CLERK = Actor("k1", "王芳", staff.CLERK)
PHONE = "13800001234"

LEFT: dict[str, Left] = {
    MUST_READ: Left(sort="交班必读", text="二号楼水泵今晚八点检修"),
    KEY: Left(sort="钥匙", text="泵房 2 号", holder="王师傅", back_by="2026-11-20T18:00"),
    LOAN: Left(sort="借出", text="轮椅", holder="张敏", phone=PHONE, back_by="2026-11-21T18:00", room="3-2-501"),
    FOUND: Left(sort="失物", text="黑色雨伞，大堂沙发旁"),
    NOTICE: Left(sort="通知", text="三栋明天停水", until="2026-11-21"),
}
ENDS: dict[str, Settled] = {how: Settled(how=how, who="李女士", why="写错了") for how in ("已归还", "已办完", "已领走", "作废")}  # type: ignore[arg-type]


@pytest.fixture
def make(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """Desks of one estate, the clock stopped at noon; their slips go to `papers`."""
    monkeypatch.setattr(fields, "wall", lambda: NOON)
    ticks = count()

    def desk(prefix: str) -> Store:
        store = desks(prefix, Note, lambda: NOON.astimezone() + timedelta(milliseconds=100 * next(ticks)))
        store.act_all([(RoomRegistered(code="3-2-501"), None)], MANAGER)
        store.act(PersonRegistered(uid="p1", name="张秀兰", phone="13700009999", care="大字"), MANAGER)
        store.act(HomeBegan(room="3-2-501", person="p1"), MANAGER)
        return store

    return desk


@pytest.fixture
def store(make: Callable[[str], Store]) -> Store:
    return make("A")


def left(store: Store, sort: str, **said: str) -> str:
    return store.act(LEFT[sort].model_copy(update=said), MANAGER).record.id


def kept(store: Store, subject: str) -> Note:
    with store.read() as read:
        found = read.get(Note, subject)
    assert found is not None
    return found


def folded(*said: Event, personal: bool = True) -> Note:
    record = fold(Note, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert isinstance(record, Note)
    return record


# ── leaving ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sort", "其他"),
        ("text", ""),
        ("text", "   "),
        ("text", "好" * 201),
        ("holder", "好" * 201),
        ("phone", "1380000"),
        ("back_by", "晚上"),
        ("until", "下周"),
        ("until", "2026-02-30"),
    ],
)
def test_a_wrong_field_is_refused_beside_it(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Left.model_validate({"sort": "借出", "text": "轮椅", field: value})
    assert [fault["loc"] for fault in caught.value.errors()] == [(field,)]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("field", "value"), [("holder", "老孙"), ("phone", PHONE), ("back_by", "2026-12-01"), ("until", "2026-12-01")]
)
def test_a_note_says_what_fits_its_sort_and_nothing_else(store: Store, sort: str, field: str, value: str) -> None:
    event = Left.model_validate({**LEFT[sort].model_dump(), field: value})
    if field in ASKED[sort]:
        assert getattr(store.act(event, GUARD).record, field).startswith(value)
        return
    with pytest.raises(Refused, match="不用填") as caught:
        store.act(event, GUARD)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("sort", "change", "field"),
    [
        (MUST_READ, {"room": "9-9-999"}, "room"),
        (KEY, {"holder": ""}, "holder"),
        (LOAN, {"holder": ""}, "holder"),
        (KEY, {"back_by": "2026-11-20T12:00"}, "back_by"),
        (LOAN, {"back_by": "2026-11-19T18:00"}, "back_by"),
        (NOTICE, {"until": "2026-11-19"}, "until"),
    ],
)
def test_what_the_desk_knows_refuses(store: Store, sort: str, change: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as caught:
        left(store, sort, **change)
    assert caught.value.field == field and "请" in str(caught.value)


def test_what_need_not_be_said_is_not_asked_for(store: Store) -> None:
    for sort, change in (
        (LOAN, {"phone": "", "back_by": "", "room": ""}),
        (FOUND, {"room": "公共-电梯3"}),
        (NOTICE, {"until": "2026-11-20"}),
        (NOTICE, {"until": ""}),
    ):
        assert kept(store, left(store, sort, **change)).state == "有效"


# ── settling ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("before", ["有效", "已结"])
def test_every_end_of_every_sort_from_every_state(store: Store, sort: str, how: str, before: str) -> None:
    subject = left(store, sort)
    if before == "已结":
        store.act(ENDS[WAYS[sort][0]], MANAGER, subject)
    if before == "有效" and how in WAYS[sort]:
        record = store.act(ENDS[how], GUARD, subject).record
        assert isinstance(record, Note)
        assert (record.state, record.how, record.who, record.closed_by, record.doubt) == ("已结", how, "李女士", "g1", "")
        assert record.closed_at.startswith("2026-11-20T12:00")
        return
    with pytest.raises(Refused) as caught:
        store.act(ENDS[how], GUARD, subject)
    assert (f"A1 在 11-20 12:00 {WAYS[sort][0]}（李女士）" if before == "已结" else "、".join(WAYS[sort])) in str(caught.value)


@pytest.mark.parametrize(("sort", "how"), [(KEY, "已归还"), (LOAN, "已归还"), (FOUND, "已领走"), (FOUND, "已办完")])
def test_a_thing_goes_into_named_hands(store: Store, sort: str, how: str) -> None:
    subject = left(store, sort)
    with pytest.raises(Refused, match="请写") as caught:
        store.act(ENDS[how].model_copy(update={"who": ""}), MANAGER, subject)
    assert caught.value.field == "who" and kept(store, subject).state == "有效"


def test_words_need_nobody_s_name_and_a_void_needs_a_reason(store: Store) -> None:
    for sort in (MUST_READ, NOTICE):
        store.act(Settled(how="已办完"), MANAGER, left(store, sort))
    subject = left(store, KEY)
    with pytest.raises(Refused, match="为什么作废") as caught:
        store.act(Settled(how=VOID, why="错"), MANAGER, subject)
    assert caught.value.field == "why"
    assert store.act(Settled(how=VOID, why="写错了"), MANAGER, subject).record.doubt == ""


@pytest.mark.parametrize("sort", SORTS)
def test_only_what_must_be_read_is_read(store: Store, sort: str) -> None:
    subject = left(store, sort)
    if sort == MUST_READ:
        store.act(Read(), GUARD, subject)
        with pytest.raises(Refused, match="已经标过"):
            store.act(Read(), GUARD, subject)
        store.act(Read(), CLERK, subject)
        store.act(Settled(how="已办完"), CLERK, subject)
        with pytest.raises(Refused, match="不用再办"):
            store.act(Read(), MANAGER, subject)
        return
    with pytest.raises(Refused, match="只有交班必读"):
        store.act(Read(), GUARD, subject)


# ── folding ────────────────────────────────────────────────────────────────────────────────────────────────────────

STEPS = st.lists(st.tuples(st.sampled_from([*LEFT.values(), Read(), *ENDS.values()]), st.integers(0, 5)), max_size=7)


@given(st.sampled_from(list(LEFT.values())), STEPS, st.randoms(use_true_random=False))
def test_a_fold_is_one_thing_in_every_order(opening: Left, said: list[tuple[Event, int]], dice: random.Random) -> None:
    entries = [entry(n, event, clock) for n, (event, clock) in enumerate([(opening, 2), *said])]
    shuffled = [*entries, *entries[:2]]
    dice.shuffle(shuffled)
    one, other = fold_whole(Note, "s", entries), fold_whole(Note, "s", shuffled)
    assert one is not None and other is not None
    assert [values(row) for row in (one[0], *one[1])] == [values(row) for row in (other[0], *other[1])]
    record = one[0]
    assert isinstance(record, Note)
    assert record.state in ("有效", "已结")
    assert bool(record.closed_at) is bool(record.how) is (record.state == "已结")


@pytest.mark.parametrize(
    ("said", "how", "doubtful"),
    [
        ((LEFT[KEY], ENDS["已归还"], ENDS["已归还"]), "已归还", False),
        ((LEFT[KEY], ENDS["已归还"], ENDS["已归还"].model_copy(update={"why": "另一台也记了"})), "已归还", False),
        ((LEFT[KEY], ENDS["已归还"], ENDS["作废"]), "已归还", True),
        ((LEFT[FOUND], ENDS["已领走"], ENDS["已领走"].model_copy(update={"who": "陈先生"})), "已领走", True),
        ((LEFT[MUST_READ], Settled(how="已办完"), Read()), "已办完", False),
        ((LEFT[MUST_READ], Read(), Read()), "", False),
        ((LEFT[KEY], Read()), "", True),
        ((LEFT[KEY], LEFT[LOAN]), "", True),
    ],
)
def test_what_two_desks_say_differently_is_in_doubt(said: tuple[Event, ...], how: str, doubtful: bool) -> None:
    record = folded(*said)
    assert (record.how, bool(record.doubt)) == (how, doubtful)
    assert (record.sort, record.text) == (said[0].sort, said[0].text)  # type: ignore[attr-defined]


def test_the_doubt_names_what_was_said_second() -> None:
    record = folded(LEFT[FOUND], ENDS["已领走"], Settled(how="已领走", who="陈先生"))
    assert (record.who, record.second) == ("李女士", "陈先生") and "又登记“已领走”" in record.doubt


@pytest.mark.parametrize("sort", SORTS)
def test_erased_people_leave_a_note_that_still_folds(sort: str) -> None:
    end = ENDS[WAYS[sort][0]]
    record = folded(LEFT[sort], end, personal=False)
    assert (record.sort, record.text, record.state, record.how) == (sort, ERASED, "已结", end.how)
    assert (record.holder, record.phone, record.who, record.why) == ("", "", "", "")


def test_nothing_personal_lies_in_the_bytes(store: Store) -> None:
    done = store.act(LEFT[LOAN], MANAGER)
    ended = store.act(ENDS["已归还"], MANAGER, done.record.id)
    stored = (done.entry.stored + ended.entry.stored).decode()
    for text in ("轮椅", "张敏", PHONE, "李女士", "写错了"):
        assert text not in stored


def test_the_notes_of_the_journal_outlive_a_rebuild_of_the_note_book(store: Store) -> None:
    """The journal keeps what a copy notes for itself in a table of the same name."""
    store.transact(lambda db: journal.set_note(db, "login:x", "3 "))
    subject = left(store, MUST_READ)
    store.act(Read(), GUARD, subject)
    store.rebuild()
    assert store.look(lambda db: journal.note(db, "login:x")) == "3 "
    assert kept(store, subject).text == LEFT[MUST_READ].text
    assert store.check()[1] == []


def test_two_desks_that_settle_one_note_end_alike(make: Callable[[str], Store]) -> None:
    here, there = make("A"), make("B")
    found, told = left(here, FOUND), left(here, MUST_READ)

    def exchange() -> None:
        for sender, receiver, chain in ((here, there, "cA"), (there, here, "cB")):
            with sender.read() as read:
                sent = journal.since(raw(read.connection()), chain, 0, 999)
            receiver.receive([certificate(chain, chain[1])], sent)

    exchange()
    here.act(ENDS["已领走"], CLERK, found)
    there.act(Settled(how="已领走", who="陈先生"), GUARD, found)
    for desk in (here, there):
        desk.act(Read(), GUARD, told)
    exchange()
    assert values(kept(here, found)) == values(kept(there, found))
    assert kept(here, found).how == "已领走" and kept(here, found).doubt
    for desk in (here, there):
        with desk.read() as read:
            assert [one.by for one in notes.readers(read, kept(desk, told))] == ["g1"]
        assert desk.check()[1] == []


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_person_reads_for_themselves(store: Store) -> None:
    first, second = left(store, MUST_READ), left(store, MUST_READ, text="电梯三号停用")
    left(store, NOTICE)

    def waiting(who: Actor) -> list[str]:
        with store.read() as read:
            return [one.id for one in notes.unread(read, who.id)]

    assert waiting(GUARD) == waiting(CLERK) == [first, second]
    assert waiting(MANAGER) == []  # who wrote it knows
    store.act(Read(), GUARD, first)
    assert (waiting(GUARD), waiting(CLERK)) == ([second], [first, second])
    store.act(Settled(how="已办完"), MANAGER, second)
    assert (waiting(GUARD), waiting(CLERK)) == ([], [first])


def test_the_next_step_is_reading_then_the_end_then_nothing(store: Store) -> None:
    told, lent = left(store, MUST_READ), left(store, LOAN)

    def step(subject: str, who: Actor = GUARD) -> type[Event] | None:
        with store.read() as read:
            return notes.next_step(read, kept(store, subject), who.id)

    assert (step(told), step(told, MANAGER), step(lent)) == (Read, Settled, Settled)
    store.act(Read(), GUARD, told)
    assert step(told) is Settled
    store.act(Settled(how="已办完"), GUARD, told)
    assert (step(told), step(told, CLERK)) == (None, None)


def test_what_is_out_stands_overdue_first(store: Store) -> None:
    endless = left(store, LOAN, back_by="", text="雨伞")
    late = left(store, LOAN)
    later = left(store, KEY, back_by="2026-11-20T18:00")
    gone = left(store, KEY, text="天台门")
    store.act(ENDS["已归还"], MANAGER, gone)
    for sort in (MUST_READ, FOUND, NOTICE):
        left(store, sort)
    with store.read() as read:
        assert [one.id for one in notes.out(read)] == [later, late, endless]
        assert [one.sort for one in notes.open_notes(read)] == [LOAN, LOAN, KEY, MUST_READ, FOUND, NOTICE]
        assert [one.id for one in notes.open_notes(read, "借出")] == [endless, late]
        assert notes.recent(read)[0].sort == NOTICE


def test_how_long_something_is_overdue_is_computed() -> None:
    record, due = folded(LEFT[KEY]), NOON.replace(hour=18)
    assert [notes.overdue(record, due + timedelta(minutes=n)) for n in (-5, 0, 52)] == [0, 0, 52]
    assert notes.overdue(record, due.astimezone() + timedelta(minutes=7)) == 7
    assert notes.overdue(folded(LEFT[KEY], ENDS["已归还"]), due + timedelta(days=1)) == 0
    assert notes.overdue(folded(LEFT[MUST_READ]), due) == 0


def test_a_notice_is_told_until_its_last_day_and_no_longer(store: Store) -> None:
    soon, endless = left(store, NOTICE), left(store, NOTICE, until="", text="垃圾分类")
    with store.read() as read:
        assert [one.id for one in notes.notices(read, date(2026, 11, 21))] == [soon, endless]
        assert [one.id for one in notes.notices(read, date(2026, 11, 22))] == [endless]
        assert len(notes.open_notes(read, "通知")) == 2
    store.act(Settled(how="已办完"), MANAGER, endless)
    with store.read() as read:
        assert notes.notices(read, date(2026, 11, 22)) == []


def test_who_read_a_note_is_a_row_each(store: Store) -> None:
    subject = left(store, MUST_READ)
    for who in (CLERK, GUARD):
        store.act(Read(), who, subject)
    with store.read() as read:
        rows = notes.readers(read, kept(store, subject))
    assert [(row.owner, row.n, row.by) for row in rows] == [(subject, 0, "k1"), (subject, 1, "g1")]
    assert all(isinstance(row, NoteRead) and row.at.startswith("2026-11-20T12:00") for row in rows)


# ── paper ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("sort", SORTS)
def test_only_what_is_lent_leaves_a_slip(store: Store, papers: list[Slip], sort: str) -> None:
    subject = left(store, sort)
    store.act(ENDS[WAYS[sort][0]], MANAGER, subject)
    assert [slip.title for slip in papers] == (["借物单"] if sort == LOAN else [])


def test_the_loan_slip_says_what_who_and_until_when(store: Store, papers: list[Slip]) -> None:
    done = store.act(LEFT[LOAN], MANAGER)
    (slip,) = papers
    assert slip.large and not slip.money  # somebody of that household wants large print
    said = plain(layout(slip, 48))
    for text in ("A1", "轮椅", "张*", "2026-11-20 12:00", "请于 11-21 18:00 前归还", "赵强", f"A1.{check_letters(done.link)}"):
        assert text in said
    assert "借用人签字" in said and "张敏" not in said and "0001234" not in said and "1234" not in said
    for columns in (32, 48):
        assert all(paper_width(row.text) * row.size <= columns for row in layout(slip, columns) if row.kind == "text")


def test_a_loan_without_end_promises_none(store: Store, papers: list[Slip]) -> None:
    left(store, LOAN, back_by="", room="")
    assert "前归还" not in plain(layout(papers[0], 32)) and not papers[0].large
