"""A shift from its float to its Z: one a drawer, counted blind, never plugged, the same after a crash, chained to the last."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data import journal
from data.entry import check_letters, new_id
from data.file import connect, raw
from data.records import Actor, Event, Refused, fold, fold_whole
from data.store import Done, Store
from desk import fields, shift_slips, shifts
from desk.billed import Billed, FeeClass, Waived
from desk.config import Config
from desk.figures import figures, summed
from desk.paid import Paid, Part, Tender, TenderKind, Voided
from desk.paper import slips_of
from desk.repairs import Reported
from desk.setup import open_store, store_of
from desk.shifts import CashMove, CashMoved, Shift, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened, ShiftTender
from desk.till import Pieces
from printers.slip import Drawer, Slip, layout, plain
from tests.conftest import certificate
from tests.jobs import entry
from tests.office import FLOAT, office

ROOM = "3-2-501"
HEAD = f"A{datetime.now():%y}-"
"""What this year's receipts are numbered in."""
HALF = ((100_00, 5),)
"""￥500.00, what the office's float comes to, in other notes."""

At = tuple[Store, dict[str, Actor], str]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[At]:
    """A furnished office with the cashier's shift open over ￥500.00; its id comes third."""
    store, people = office(tmp_path)
    with store.read() as read:
        shift = shifts.open_id(read)
    yield store, people, shift
    store.close()


def shift_of(store: Store, shift: str) -> Shift:
    """The shift as it stands."""
    with store.read() as read:
        found = read.get(Shift, shift)
        assert found is not None
        read.expunge(found)
        return found


def pay(
    store: Store, by: Actor, fen: int, kind: TenderKind = "现金", klass: FeeClass = "其他", when: str = "", waived: int = 0
) -> Done:
    """A bill of a class made and paid by one tender, cash with change."""
    day = f"2026-01-{store.look(lambda db: db.execute('SELECT COUNT(*) FROM bill').fetchone()[0]) % 28 + 1:02}"
    bill = Billed(room=ROOM, item=new_id()[-6:], klass=klass, period_from=day, period_to=day, fen=fen + waived)
    store.act(bill, by)
    given = {"given": fen + 100, "change": 100} if kind == "现金" else {"reference": "318204", "at": when}
    part = Part(bill=bill.key(), item=bill.item, fen=fen, waived=waived, why="抹零" if waived else "")
    return store.act(Paid(room=ROOM, parts=(part,), tenders=(Tender(kind=kind, fen=fen, **given),), request=new_id()), by)  # type: ignore[arg-type]


def move(fen: int, direction: str = "入", reason: str = "找零补充", note: str = "", request: str = "") -> CashMoved:
    """Cash in or out."""
    return CashMoved(direction=direction, reason=reason, fen=fen, note=note, request=request or new_id())  # type: ignore[arg-type]


def counted(fen: int, **totals: int) -> ShiftCounted:
    """A count that comes to so many fen."""
    pieces: Pieces = ((100_00, fen // 100_00), (1_00, fen % 100_00 // 100), (1, fen % 100))
    return ShiftCounted(pieces=pieces, totals=tuple(totals.items()))


def papers_of(store: Store, record: str, by: Actor) -> str:
    """Everything printed of a record so far, as text."""
    return "\n".join(job.plain for job in store.transact(lambda db: slips_of(db, record, by)))


def later(hours: float) -> Callable[[], datetime]:
    """The wall, so many hours from now."""
    return lambda: datetime.now() + timedelta(hours=hours)


# ── states and events ──────────────────────────────────────────────────────────────────────────────────────────────────

EVENTS: dict[str, Callable[[], Event]] = {
    "开班": lambda: ShiftOpened(pieces=HALF),
    "出入": lambda: move(100),
    "盘点": lambda: counted(500_00),
    "结班": lambda: ShiftClosed(left=400_00, envelope="F1"),
    "解款": lambda: ShiftBanked(slip="B1"),
}
STATES: dict[str, tuple[tuple[str, ...], str]] = {
    "没动过": ((), "出入 盘点 结班"),
    "动过": (("出入",), "出入 盘点"),
    "盘点": (("盘点",), "盘点 结班"),
    "已结": (("盘点", "结班"), "开班 解款"),
    "已解款": (("盘点", "结班", "解款"), "开班"),
}
"""By state: the way there, and all that may be done in it."""


@pytest.mark.parametrize("state", STATES)
def test_in_each_state_the_desk_does_just_what_follows(at: At, state: str) -> None:
    store, people, shift = at
    way, may = STATES[state]
    for step in way:
        store.act(EVENTS[step](), people["李敏"], shift)
    allowed = []
    for word, make in EVENTS.items():
        try:
            store.rehearse(make(), people["李敏"], None if word == "开班" else shift)
        except Refused as refused:
            assert len(str(refused)) > 8 and str(refused)[-1] not in "。！"
        else:
            allowed.append(word)
    assert allowed == may.split()


@pytest.mark.parametrize("who", ["王芳", "老周"])
def test_only_those_who_handle_money_touch_a_drawer_or_see_its_paper(at: At, who: str) -> None:
    store, people, shift = at
    for word, make in EVENTS.items():
        with pytest.raises(Refused, match="岗位"):
            store.act(make(), people[who], None if word == "开班" else shift)
    with store.read() as read, pytest.raises(Refused, match="门岗"):
        shift_slips.x_report(read, shift_of(store, shift), people["老周"])
    with store.read() as read, pytest.raises(Refused, match="门岗"):
        shifts.recent(read, people["老周"])
    assert store.transact(lambda db: slips_of(db, shift, people["老周"])) == []
    assert store.transact(lambda db: slips_of(db, shift, people["李敏"])) != []


def test_any_order_of_what_other_copies_say_folds_and_the_first_close_counts() -> None:
    makes: tuple[Callable[[], Event], ...] = (
        lambda: ShiftOpened(drawer="d2", pieces=((100_00, 9),)),
        lambda: move(100, request="r"),
        lambda: counted(400_00, 微信=500),
        lambda: ShiftClosed(left=0, counted=300_00),
        lambda: ShiftClosed(left=0, counted=200_00, reason="再结"),
        lambda: ShiftBanked(slip="B1"),
    )
    for said in product(makes, repeat=3):
        events = [ShiftOpened(drawer="d", pieces=HALF), *(make() for make in said)]
        entries = [entry(n, event, n) for n, event in enumerate(events)]
        folded = fold_whole(Shift, "s", entries)
        assert folded is not None
        record, lines = folded
        assert isinstance(record, Shift)
        assert (record.drawer, record.float_fen) == ("d", 500_00)
        closes = [event for event in events if isinstance(event, ShiftClosed)]
        assert (record.state == shifts.CLOSED) == bool(closes)
        if closes:
            assert record.counted == closes[0].counted
        if len(closes) > 1 or isinstance(events[-1], ShiftOpened):
            assert record.doubt
        assert sum(isinstance(line, CashMove) for line in lines) == sum(isinstance(event, CashMoved) for event in events)
        again = fold(Shift, "s", [*reversed(entries), *entries])
        assert again is not None and again.model_dump() == record.model_dump()


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_money_waits_for_a_shift_and_says_what_to_press(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    with store.read() as read:
        assert shifts.refuse_without(read) is None
    store.act(counted(500_00), cashier, shift)
    with pytest.raises(Refused, match="正在盘点结班，请先结班（F10）再收款"):
        pay(store, cashier, 100)
    store.act(ShiftClosed(left=500_00), cashier, shift)
    with pytest.raises(Refused, match="还没有开班，请按 F10 开班后再收款"):
        pay(store, cashier, 100)
    second = store.act(ShiftOpened(pieces=HALF), cashier).record
    pay(store, cashier, 100)
    monkeypatch.setattr(fields, "wall", later(17.9))
    with store.read() as read:
        assert shifts.refuse_without(read) is None
    monkeypatch.setattr(fields, "wall", later(18.1))
    with pytest.raises(Refused, match=rf"上一班（{second.opened_at[5:10]} 李敏）还没有结，请先按 F10 结班"):
        pay(store, cashier, 100)
    with pytest.raises(Refused, match="请先按 F10 结班"):
        store.act(move(100), cashier, second.id)
    store.act(Reported(room=ROOM, category="水", problem="水龙头漏水", reporter="张秀兰"), people["王芳"])


def test_a_shift_somebody_forgot_is_closed_by_another_and_says_so(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    store, people, shift = at
    pay(store, people["李敏"], 100)
    monkeypatch.setattr(fields, "wall", later(30))
    store.act(counted(501_00), people["赵强"], shift)
    store.act(ShiftClosed(left=501_00), people["赵强"], shift)
    closed = shift_of(store, shift)
    assert (closed.opened_by, closed.closed_by) == (people["李敏"].id, people["赵强"].id)
    paper = papers_of(store, shift, people["赵强"])
    assert "代结：这一班由 李敏 开" in paper and "结班人                      赵强" in paper


def test_what_was_left_is_what_should_be_there_and_a_difference_blocks_nobody(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    first = shift_of(store, shift)
    assert (first.carried, first.float_fen, first.business_date) == (None, 500_00, first.opened_at[:10])
    store.act(ShiftClosed(), cashier, shift)
    second = store.act(ShiftOpened(pieces=((100_00, 4), (50_00, 1), (10_00, 4), (5, 10))), cashier).record
    assert isinstance(second, Shift)
    assert (second.carried, second.float_fen, second.drawer) == (500_00, 490_50, first.drawer)
    paper = papers_of(store, second.id, cashier)
    assert "交接差异" in paper and "-9.50，记上一班" in paper and "500.00（AZ00001）" in paper and "5分" in paper


def test_a_pc_that_lost_its_clock_opens_only_with_the_supervisor(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    store, people, shift = at
    cashier, manager = people["李敏"], people["赵强"]
    store.act(ShiftClosed(), cashier, shift)
    monkeypatch.setattr(fields, "wall", later(-0.05))
    store.rehearse(ShiftOpened(pieces=HALF), cashier)  # somebody set the clock right by three minutes
    monkeypatch.setattr(fields, "wall", lambda: datetime(2009, 1, 1, 0, 4))
    with pytest.raises(Refused, match=r"电脑时间 2009-01-01 00:04 早于上一条记录 .*，请先校准时间"):
        store.act(ShiftOpened(pieces=HALF), cashier)
    with pytest.raises(Refused, match="同一个人") as refused:
        store.act(ShiftOpened(pieces=HALF, approved_by=manager.id), manager)
    assert refused.value.field == "approver"
    opened = store.act(ShiftOpened(pieces=HALF, approved_by=manager.id), cashier).record
    assert "时间核对                    赵强" in papers_of(store, opened.id, cashier)


def test_another_desks_clock_and_shift_are_its_own_business(at: At, tmp_path: Path) -> None:
    store, people, shift = at
    there = Store(tmp_path / "b" / "desk.db", store.kinds, now=lambda: datetime.now().astimezone() + timedelta(days=3))
    there.create(certificate("other", "B"))
    there.act(ShiftOpened(pieces=HALF), people["李敏"])
    placed = there.look(lambda db: journal.since(db, "other", 0, 100))
    there.close()
    store.receive([certificate("other", "B")], placed)
    other = placed[-1]
    foreign = store.look(lambda db: db.execute("SELECT id FROM entry ORDER BY n DESC LIMIT 1").fetchone()[0])
    assert other.chain == "other"
    with store.read() as read:
        assert shifts.open_id(read) == shift
    for event in (counted(0), move(1), ShiftClosed()):
        with pytest.raises(Refused, match="另一个钱箱"):
            store.act(event, people["李敏"], foreign)
    store.act(ShiftClosed(), people["李敏"], shift)
    with store.read() as read:
        assert shifts.open_id(read) == ""
    assert store.act(ShiftOpened(pieces=HALF), people["李敏"]).record.number


@pytest.mark.parametrize(
    "pieces",
    [((100_00, 1), (100_00, 2)), ((200_00, 1),), ((100_00, -1),), ((100_00, 100_001),)],
    ids=["twice", "no such note", "negative", "a barcode"],
)
def test_notes_that_are_none_are_not_counted(pieces: Pieces) -> None:
    for event in (ShiftOpened, ShiftCounted):
        with pytest.raises(ValidationError, match=r"面额|张数"):
            event(pieces=pieces)


def test_counted_notes_stand_largest_first_without_empty_rows() -> None:
    assert ShiftOpened(pieces=((1_00, 3), (100_00, 1), (50, 0))).pieces == ((100_00, 1), (1_00, 3))


# ── cash in and out ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_cash_is_moved_once_for_a_reason_and_never_beyond_what_is_there(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    done = store.act(move(200_00, request="once"), cashier, shift)
    with pytest.raises(Refused, match="已经登记过"):
        store.act(move(200_00, request="once"), cashier, shift)
    with pytest.raises(Refused, match="写明") as refused:
        store.act(move(100, reason="其他"), cashier, shift)
    assert refused.value.field == "note"
    with pytest.raises(Refused, match="请选“出”"):
        store.act(move(100, reason="解款"), cashier, shift)
    with pytest.raises(Refused) as refused:
        store.act(move(700_01, "出", "解款"), cashier, shift)
    assert "700" not in str(refused.value), "how much is in the drawer is not told before it is counted"
    store.act(move(700_00, "出", "解款"), cashier, shift)
    with store.read() as read:
        assert figures(read, shift).expected == 0
        assert [one.fen for one in shifts.moves(read, shift)] == [200_00, -700_00]
    jobs = store.transact(lambda db: slips_of(db, shift, cashier))
    slips = [job for job in jobs if job.kind == "cash"]
    assert [(job.copy, job.mark) for job in slips] == [("第2张", ""), ("第1张", "")]
    assert "人民币柒佰元整" in slips[0].plain
    assert isinstance(done.record, Shift)
    for fen in (0, -1, 10**11):
        with pytest.raises(ValidationError, match="金额"):
            move(fen)


def test_the_drawer_opens_for_what_goes_in_or_out_of_it(at: At) -> None:
    store, people, shift = at
    shown: list[Slip] = []
    for event in (move(100), counted(500_00)):
        shown += store.rehearse(event, people["李敏"], shift)
    store.act(counted(501_00), people["李敏"], shift)
    closing = store.rehearse(ShiftClosed(left=500_00, reason="多收一元", envelope="F1"), people["李敏"], shift)
    opens = {slip.kind: any(isinstance(node, Drawer) for node in slip.nodes) for slip in (*shown, *closing)}
    assert opens == {"cash": True, "count": True, "z": False, "banking": True}
    assert all(slip.money for slip in (*shown, *closing))


# ── counting and closing ───────────────────────────────────────────────────────────────────────────────────────────────


def test_blind_close_short_by_half_a_yuan_is_kept_with_its_reason(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    pay(store, cashier, 161_28, klass="物业费")
    store.act(counted(660_78), cashier, shift)
    shown = papers_of(store, shift, cashier)
    assert "660.78" in shown and "661.28" not in shown, "nothing expected is on paper before the close"
    assert shift_of(store, shift).expected == 0
    close = ShiftClosed(left=500_00, envelope="F1")
    with pytest.raises(Refused, match="短款，请写明原因") as refused:
        store.act(close, cashier, shift)
    assert refused.value.field == "reason"
    done = store.act(close.model_copy(update={"reason": "找零少点五角"}), cashier, shift)
    closed = done.record
    assert isinstance(closed, Shift)
    assert (closed.counted, closed.expected, closed.difference) == (660_78, 661_28, -50)
    assert (closed.left, closed.banked, closed.z, done.entry.number) == (500_00, 160_78, "AZ00001", "AZ00001")
    paper = papers_of(store, shift, cashier)
    for words in (
        "短款                       -0.50",
        "找零少点五角",
        "应有现金                ￥661.28",
        "人民币壹佰陆拾元零柒角捌分",
    ):
        assert words in paper


@pytest.mark.parametrize(("off", "needs"), [(10_00, False), (-10_00, False), (10_01, True), (-10_01, True)])
def test_beyond_the_limit_the_supervisor_agrees(at: At, off: int, needs: bool) -> None:
    store, people, shift = at
    cashier, manager, clerk = people["李敏"], people["赵强"], people["王芳"]
    store.act(counted(500_00 + off), cashier, shift)
    close = ShiftClosed(left=100_00, envelope="F1", reason="原因不明")
    if needs:
        for approved in ("", cashier.id, clerk.id):
            with pytest.raises(Refused, match="主管") as refused:
                store.act(close.model_copy(update={"approved_by": approved}), cashier, shift)
            assert refused.value.field == "approver"
        with pytest.raises(Refused, match="同一个人"):
            store.act(close.model_copy(update={"approved_by": manager.id}), manager, shift)
        close = close.model_copy(update={"approved_by": manager.id})
    store.act(close, cashier, shift)
    assert shift_of(store, shift).difference == off
    assert ("复核                        赵强" in papers_of(store, shift, cashier)) == needs


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (ShiftClosed(), "left"),
        (ShiftClosed(left=500_01), "left"),
        (ShiftClosed(left=499_99), "envelope"),
    ],
)
def test_what_stays_and_what_goes_to_the_bank_is_said(at: At, said: ShiftClosed, field: str) -> None:
    store, people, shift = at
    store.act(counted(500_00), people["李敏"], shift)
    with pytest.raises(Refused) as refused:
        store.act(said, people["李敏"], shift)
    assert refused.value.field == field
    store.act(ShiftClosed(left=500_00), people["李敏"], shift)


def test_a_shift_in_which_nothing_moved_closes_in_one_act(at: At) -> None:
    store, people, shift = at
    done = store.act(ShiftClosed(), people["李敏"], shift)
    closed = done.record
    assert isinstance(closed, Shift)
    assert (closed.counts, closed.counted, closed.left, closed.banked, closed.difference) == (0, 500_00, 500_00, 0, 0)
    assert closed.z == "AZ00001"
    paper = papers_of(store, shift, people["李敏"])
    assert "未动用                  ￥500.00" in paper and "解款单" not in paper
    assert "100元         2           200.00" in paper, "the float it was opened with"


def test_every_tender_used_is_read_off_its_bill_and_agrees_or_is_explained(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    pay(store, cashier, 100_00, "微信")
    pay(store, cashier, 50_00, "支付宝")
    for totals, word in (({"微信": 100_00}, "支付宝"), ({"微信": 1, "支付宝": 1, "刷卡": 1}, "刷卡")):
        with pytest.raises(Refused, match=word):
            store.act(counted(500_00, **totals), cashier, shift)
    with pytest.raises(Refused, match="只填一个"):
        store.act(ShiftCounted(pieces=HALF, totals=(("微信", 1), ("微信", 1), ("支付宝", 1))), cashier, shift)
    with store.read() as read:
        assert [(one.kind, one.fen, one.reference) for one in shifts.pending(read, shift)] == [
            ("微信", 100_00, "318204"), ("支付宝", 50_00, "318204"),
        ]  # fmt: skip
    store.act(counted(500_00, 微信=0, 支付宝=0), cashier, shift)
    with store.read() as read:
        assert len(shifts.pending(read, shift)) == 2, "nothing is checked before the close"
    store.act(counted(500_00, 微信=100_00, 支付宝=49_00), cashier, shift)
    with pytest.raises(Refused, match="收款方式有差额，请写明原因"):
        store.act(ShiftClosed(left=500_00), cashier, shift)
    store.act(ShiftClosed(left=500_00, reason="有一笔付了两次一半"), cashier, shift)
    with store.read() as read:
        rows = [(one.kind, one.system, one.counted, one.ok) for one in shifts.tenders(read, shift)]
        assert rows == [("微信", 100_00, 100_00, True), ("支付宝", 50_00, 49_00, False)]
        assert [one.kind for one in shifts.pending(read)] == ["支付宝"]
    paper = papers_of(store, shift, cashier)
    assert "100.00 相符" in paper and "49.00 差 -1.00" in paper and "扫码待核              1 笔 50.00" in paper


def test_counted_again_the_last_count_stands_and_the_first_is_not_forgotten(at: At) -> None:
    store, people, shift = at
    store.act(counted(498_00), people["李敏"], shift)
    store.act(counted(500_00), people["李敏"], shift)
    found = shift_of(store, shift)
    assert (found.counts, found.first_counted, found.counted) == (2, 498_00, 500_00)
    store.act(ShiftClosed(left=500_00), people["李敏"], shift)
    paper = papers_of(store, shift, people["李敏"])
    assert "盘点 2 次，首次 498.00" in paper and "※补打" not in paper


@pytest.mark.parametrize("clean", [True, False], ids=["closed", "killed"])
def test_a_crash_goes_on_at_the_same_step(at: At, tmp_path: Path, clean: bool) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    pay(store, cashier, 100_00)
    store.act(counted(600_00), cashier, shift)
    if clean:
        store.close()
    again = open_store(tmp_path, Config(estate="明强小区"))
    found = shift_of(again, shift)
    assert (found.state, found.counted, found.counts) == (shifts.COUNTING, 600_00, 1)
    with pytest.raises(Refused, match="正在盘点"):
        pay(again, cashier, 100)
    again.act(ShiftClosed(left=500_00, envelope="F1"), cashier, shift)
    assert again.check()[1] == []
    again.close()


def test_each_z_names_the_one_before_even_after_a_rebuild(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    letters = ""
    for n in range(1, 4):
        done = store.act(ShiftClosed(), cashier, shift)
        closed = done.record
        assert isinstance(closed, Shift)
        assert closed.z == f"AZ{n:05d}" and closed.z_before == (f"AZ{n - 1:05d} {letters}" if letters else "")
        letters = check_letters(done.link)
        paper = papers_of(store, shift, cashier)
        assert f"[二维码 AZ{n:05d}.{letters}]" in paper and (closed.z_before or "无，这是第一张") in paper
        if n == 2:
            store.rebuild()
        opened = store.act(ShiftOpened(pieces=HALF), cashier).record
        assert opened.number == f"A{n + 1}", "Z and shift are counted apart"
        shift = opened.id
    jobs = store.transact(lambda db: slips_of(db, closed.id, cashier))
    assert sorted(job.copy for job in jobs if job.kind == "z") == ["留存联", "财务联"]


def test_money_goes_to_the_bank_once(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    store.act(counted(500_00), cashier, shift)
    store.act(ShiftClosed(left=0, envelope="F7", sealed=True), cashier, shift)
    paper = papers_of(store, shift, cashier)
    assert "封包入保险柜，次日送存" in paper and "人民币伍佰元整" in paper
    store.act(ShiftBanked(slip="ICBC-778", at="2026-11-21 09:30"), cashier, shift)
    banked = shift_of(store, shift)
    assert (banked.bank_slip, banked.banked_at) == ("ICBC-778", "2026-11-21T09:30")
    with pytest.raises(Refused, match="ICBC-778"):
        store.act(ShiftBanked(slip="2"), cashier, shift)
    second = store.act(ShiftOpened(pieces=()), cashier).record
    with pytest.raises(Refused, match="还没有结"):
        store.act(ShiftBanked(slip="2"), cashier, second.id)
    store.act(ShiftClosed(), cashier, second.id)
    with pytest.raises(Refused, match="没有解款"):
        store.act(ShiftBanked(slip="2"), cashier, second.id)


def test_two_copies_of_a_desk_close_one_shift_and_the_first_counts(at: At, tmp_path: Path) -> None:
    here, people, shift = at
    cashier = people["李敏"]
    (tmp_path / "b").mkdir()
    source, copy = connect(here.path), connect(tmp_path / "b" / "desk.db")
    source.backup(copy)
    source.close()
    copy.close()
    there = store_of(tmp_path / "b", Config(estate="明强小区"))
    there.begin_chain(certificate("other", "B"), 10_000)
    here.act(counted(500_00), cashier, shift)
    here.act(ShiftClosed(left=500_00), cashier, shift)
    there.act(counted(499_00), cashier, shift)
    there.act(ShiftClosed(left=499_00, reason="少一元"), cashier, shift)
    here.receive([certificate("other", "B")], there.look(lambda db: journal.since(db, "other", 0, 100)))
    there.close()
    closed = shift_of(here, shift)
    assert (closed.z, closed.counted, closed.difference) == ("AZ00001", 500_00, 0)
    assert "“已结”之后又有“盘点”" in closed.doubt
    assert here.check()[1] == []


# ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_payment_made_before_the_shift_began_is_named_and_leaves_the_last_z_alone(at: At) -> None:
    store, people, shift = at
    cashier = people["李敏"]
    before = f"{datetime.now() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    store.act(ShiftClosed(), cashier, shift)
    first = shift_of(store, shift).snapshot
    second = store.act(ShiftOpened(pieces=HALF), cashier).record.id
    number = pay(store, cashier, 88_00, "微信", when=before).record.number
    pay(store, cashier, 12_00, "微信")
    with store.read() as read:
        late = figures(read, second).late
        assert [(one.number, one.kind, one.fen, one.at) for one in late] == [(number, "微信", 88_00, before)]
        x = shift_slips.x_report(read, shift_of(store, second), cashier)
    assert f"跨班 {number} 微信 88.00" in plain(layout(x, 32)).replace("\n", " ")
    assert shift_of(store, shift).snapshot == first


def test_x_changes_nothing_says_what_z_says_and_is_not_shown_while_counting(at: At) -> None:
    store, people, shift = at
    cashier, manager = people["李敏"], people["赵强"]
    pay(store, cashier, 161_00, klass="物业费", waived=28)
    pay(store, cashier, 30_00, "微信", klass="代收水电")
    pay(store, cashier, 2000_00, "刷卡", klass="押金")
    gone = pay(store, cashier, 5_00).record
    store.act(Voided(reason="收错账单", approved_by=manager.id, copies_recovered=True), cashier, gone.id)
    store.act(move(20_00), cashier, shift)
    store.act(move(10_00, "出", "备用金支取"), cashier, shift)
    with store.read() as read:
        before = store.look(lambda db: db.execute("SELECT COUNT(*) FROM entry").fetchone()[0])
        live = figures(read, shift)
        x = plain(layout(shift_slips.x_report(read, shift_of(store, shift), cashier), 32))
        assert store.look(lambda db: db.execute("SELECT COUNT(*) FROM entry").fetchone()[0]) == before
    assert live.classes == {"物业费": 161_00, "代收水电": 30_00, "押金": 2000_00} and live.taken == 2191_00
    assert live.tenders == {"现金": (1, 161_00), "微信": (1, 30_00), "刷卡": (1, 2000_00)}
    assert (live.receipts, live.first, live.last) == (4, f"{HEAD}000001", f"{HEAD}000004")
    assert (live.voids, live.voided, live.waived) == ((f"{HEAD}000004",), 5_00, {"抹零": 28})
    assert (live.deposits_in, live.unchecked) == (2000_00, (1, 30_00))
    assert (live.cash_in, live.cash_out) == ({"找零补充": 20_00}, {"备用金支取": 10_00})
    assert live.expected == 500_00 + 161_00 + 20_00 - 10_00
    assert live.cashiers == (cashier.id,)
    store.act(counted(671_00, 微信=30_00, 刷卡=2000_00), cashier, shift)
    with store.read() as read:
        with pytest.raises(Refused, match="不显示应有金额"):
            shift_slips.x_report(read, shift_of(store, shift), cashier)
        assert shift_slips.x_report(read, shift_of(store, shift), manager).kind == "x"
    store.act(ShiftClosed(left=500_00, envelope="F1"), cashier, shift)
    with store.read() as read:
        closed = shifts.stands(read, shift_of(store, shift))
    assert closed == live
    z = papers_of(store, shift, cashier)
    for line in x.split("\n"):
        if "￥" in line or "合计" in line or HEAD in line:
            assert line.strip() in z


def test_what_is_waived_on_a_bill_is_listed_in_the_shift_and_moves_no_cash(at: At) -> None:
    store, people, shift = at
    bill = Billed(room=ROOM, item="停车", klass="停车", period_from="2026-10", period_to="2026-10", fen=300_00)
    store.act(bill, people["李敏"])
    store.act(Waived(fen=50_00, reason="政策减免", approved_by=people["赵强"].id), people["李敏"], bill.key())
    with store.read() as read:
        found = figures(read, shift)
    assert found.waived == {"政策减免": 50_00} and found.expected == 500_00 and not found.moved


STEP = st.one_of(
    st.tuples(st.sampled_from(("现金", "微信", "刷卡")), st.integers(1, 300_00)),
    st.tuples(st.sampled_from(("入", "出")), st.integers(1, 400_00)),
    st.tuples(st.sampled_from(("作废", "崩溃", "结班")), st.integers(0, 200)),
)


@given(st.lists(STEP, max_size=14))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_drawer_holds_float_and_net_cash_less_what_went_out(
    tmp_path_factory: pytest.TempPathFactory, steps: Sequence[tuple[str, int]]
) -> None:
    home = tmp_path_factory.mktemp("t")
    store, people = office(home)
    cashier, manager = people["李敏"], people["赵强"]
    drawer, taken, before = 500_00, dict[str, tuple[str, int]](), list[Shift]()
    for step, n in steps:
        with store.read() as read:
            shift = shifts.open_id(read)
        match step:
            case "现金" | "微信" | "刷卡":
                taken[pay(store, cashier, n, step).record.id] = (step, n)  # type: ignore[arg-type]
                drawer += n if step == "现金" else 0
            case "入" | "出":
                if step == "出" and n > drawer:
                    with pytest.raises(Refused, match="没有这么多"):
                        store.act(move(n, step), cashier, shift)
                else:
                    store.act(move(n, step), cashier, shift)
                    drawer += n if step == "入" else -n
            case "作废" if taken:
                payment, (kind, fen) = taken.popitem()
                store.act(Voided(reason="收错", approved_by=manager.id, copies_recovered=True), cashier, payment)
                drawer -= fen if kind == "现金" else 0
            case "崩溃":
                store.engine.dispose()
                store = open_store(home, Config(estate="明强小区"))
            case "结班":
                sums: dict[str, int] = {}
                for kind, fen in taken.values():
                    if kind != "现金":
                        sums[kind] = sums.get(kind, 0) + fen
                off = min(n, drawer) - 100 if n % 2 else 0
                off = max(off, -drawer)
                store.act(counted(drawer + off, **sums), cashier, shift)
                left = (drawer + off) // 2
                closed = store.act(ShiftClosed(left=left, reason="原因不明", envelope="F1"), cashier, shift).record
                assert isinstance(closed, Shift)
                assert (closed.expected, closed.difference, closed.banked) == (drawer, off, drawer + off - left)
                before.append(closed)
                taken.clear()
                pieces = counted(left).pieces
                opened = store.act(ShiftOpened(pieces=pieces), cashier).record
                assert isinstance(opened, Shift) and opened.carried == opened.float_fen == left
                drawer = left
        with store.read() as read:
            found = figures(read, shifts.open_id(read))
            assert found.expected == drawer
            assert found.taken == sum(fen for _, fen in found.tenders.values()) == sum(fen for _, fen in taken.values())
    assert store.check()[1] == []
    with store.read() as read:
        kept = [shifts.stands(read, one) for one in before]
        assert summed(kept).taken == sum(one.taken for one in kept)
        numbers = raw(read.connection()).execute("SELECT COUNT(*) FROM payment WHERE shift = ''").fetchone()
    assert numbers[0] == 0 and [one.z for one in before] == [f"AZ{n + 1:05d}" for n in range(len(before))]
    store.close()


def test_the_office_of_the_tests_opened_with_its_float(at: At) -> None:
    store, _, shift = at
    with store.read() as read:
        pieces = [(one.fen, one.count) for one in shifts.pieces(read, shift, closing=False)]
    assert tuple(pieces) == FLOAT
    assert ShiftTender.__tablename__ == "shifttender"
