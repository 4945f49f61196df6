"""催告: only what is overdue, step by step, with proof of delivery; in writing that presses nobody and names nobody."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from pydantic import ValidationError

from data.records import Actor, Refused, fold, fold_whole
from desk import daybook, demands, fields, staff
from desk.billed import Billed, Waived, Withdrawn, bill_id
from desk.demands import LAWYERS, LETTER, NOTICE, Claim, Delivered, Demand, DemandLine, Made
from desk.paper import slips_of
from desk.residents import HomeEnded
from desk.rules import RulesSet
from printers.slip import Slip, layout, plain
from tests.conftest import BEIJING
from tests.jobs import entry
from tests.office import office

ROOM = "3-2-501"
START = datetime(2026, 12, 1, 10, 0)


class Desk:
    """An office whose day can be set; `by` is its cashier."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store, self.people = office(home)
        self.by = self.people["李敏"]
        self.wall = START
        monkeypatch.setattr(fields, "wall", lambda: self.wall)
        self.store.now = lambda: self.wall.replace(tzinfo=BEIJING)

    def later(self, days: int) -> None:
        """Some days on."""
        self.wall += timedelta(days=days)

    def claims(self, stage: demands.Stage = NOTICE, room: str = ROOM) -> tuple[Claim, ...]:
        """What may be asked for now."""
        with self.store.read() as read:
            return demands.claims(read, room, stage, self.by)

    def make(self, stage: demands.Stage = NOTICE, **said: object) -> Demand:
        """A demand of all that may be asked for now."""
        made = Made(room=ROOM, stage=stage, bills=said.pop("bills", None) or self.claims(stage), **said)  # type: ignore[arg-type]
        record = self.store.act(made, self.by).record
        assert isinstance(record, Demand)
        return record

    def deliver(self, demand: Demand, said: Delivered | None = None) -> Demand:
        """It gets there, by hand unless said otherwise."""
        record = self.store.act(said or Delivered(way="当面签收"), self.by, demand.id).record
        assert isinstance(record, Demand)
        return record

    def refused(self, why: str, said: Made | Delivered, subject: str | None = None, by: Actor | None = None) -> Refused:
        """The refusal an act meets."""
        with pytest.raises(Refused, match=why) as caught:
            self.store.act(said, by or self.by, subject)
        return caught.value

    def last(self, bill: str) -> str:
        """When a bill was last asked for."""
        with self.store.read() as read:
            return demands.last_demand(read, bill)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An office on the first of December."""
    made = Desk(tmp_path, monkeypatch)
    yield made
    made.store.close()


def fee(month: str) -> str:
    """The id of a month's bill."""
    return bill_id(ROOM, "物业费", month, month)


def printed(slip: Slip) -> str:
    """A slip on 58 mm."""
    return plain(layout(slip, 32))


def test_a_notice_asks_for_all_that_is_overdue_and_gives_the_time_the_rules_say(desk: Desk) -> None:
    notice = desk.make(note="电话里说年底回来交")
    assert (notice.number[0], notice.state, notice.fen, notice.pay_by) == ("A", "待送达", 3 * 161_28, "2026-12-31")
    with desk.store.read() as read:
        lines = demands.lines_of(read, notice, desk.by)
        assert [(line.bill, line.period, line.fen) for line in lines] == [
            (fee(month), month, 161_28) for month in ("2026-09", "2026-10", "2026-11")
        ]
    desk.store.act(RulesSet(notice_days=7), desk.people["赵强"])
    assert desk.make(bills=desk.claims()[:1]).pay_by == "2026-12-08"


def test_nothing_owed_is_nothing_to_ask_for(desk: Desk) -> None:
    empty = Made(room="3-2-502", stage=NOTICE, bills=())
    assert desk.refused("3-2-502 没有可以出欠费通知单的到期欠费", empty).field == "bills"
    claims = desk.claims()
    desk.store.act(Withdrawn(reason="算错面积"), desk.people["赵强"], claims[0].bill)
    desk.refused("物业费 2026-09 已缴清或已撤销", Made(room=ROOM, stage=NOTICE, bills=claims))
    waived = Waived(fen=100_00, reason="服务补偿", approved_by=desk.people["赵强"].id)
    desk.store.act(waived, desk.by, claims[1].bill)
    desk.refused(r"2026-10 欠 61\.28 元，不能催 161\.28 元", Made(room=ROOM, stage=NOTICE, bills=claims[1:]))
    assert desk.make().fen == 61_28 + 161_28


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (lambda claims: (claims[0], claims[0]), "催两次"),
        (lambda claims: (Claim(bill="bill:none", item="停车", period="2026-09", fen=1),), "没有“停车 2026-09”这笔账单"),
        (lambda claims: (claims[0].model_copy(update={"fen": 0}),), "不能催 0.00 元"),
        (lambda claims: (claims[0].model_copy(update={"fen": -5}),), "不能催 -0.05 元"),
    ],
)
def test_bad_claims_are_refused_beside_the_bills(desk: Desk, bad: Callable[..., tuple[Claim, ...]], why: str) -> None:
    assert desk.refused(why, Made(room=ROOM, stage=NOTICE, bills=bad(desk.claims()))).field == "bills"


def test_another_households_bill_and_an_unknown_room_are_refused(desk: Desk) -> None:
    desk.refused("3-2-502 没有“物业费", Made(room="3-2-502", stage=NOTICE, bills=desk.claims()))
    assert desk.refused("没有“9-9-999”这个房号", Made(room="9-9-999", stage=NOTICE, bills=desk.claims())).field == "room"


def test_a_bill_is_asked_for_from_the_day_after_it_was_due(desk: Desk) -> None:
    due = Billed(room="3-2-502", item="物业费", period_from="2026-12", period_to="2026-12", fen=100, due="2026-12-01")
    desk.store.act(due, desk.by)
    claim = Claim(bill=due.key(), item="物业费", period="2026-12", fen=100)
    made = Made(room="3-2-502", stage=NOTICE, bills=(claim,))
    assert desk.claims(room="3-2-502") == ()
    desk.refused("2026-12-01 才到期", made)
    desk.later(1)
    assert desk.claims(room="3-2-502") == (claim,)
    desk.store.act(made, desk.by)


def test_a_term_too_short_or_no_day_is_refused(desk: Desk) -> None:
    made = Made(room=ROOM, stage=NOTICE, bills=desk.claims(), pay_by="2026-12-30")
    assert desk.refused("最早写 2026-12-31", made).field == "pay_by"
    with pytest.raises(ValidationError, match="不是日期"):
        Made(room=ROOM, stage=NOTICE, bills=(), pay_by="2026-02-30")
    assert desk.make(pay_by="２０２７-０１-１５").pay_by == "2027-01-15"


def test_a_key_pressed_twice_writes_one_demand(desk: Desk) -> None:
    made = Made(room=ROOM, stage=NOTICE, bills=desk.claims())
    first = desk.store.act(made, desk.by).record
    desk.refused(f"已经出过（{first.number}），还没送达", made)
    desk.later(31)
    # Nobody got it and its day is over: a new one may be written.
    assert desk.make().id != first.id


def test_one_step_after_the_other_each_once_its_time_is_over(desk: Desk) -> None:
    claims = desk.claims()
    letter, lawyers = (Made(room=ROOM, stage=stage, bills=claims) for stage in (LETTER, LAWYERS))
    assert desk.claims(LETTER) == ()
    desk.refused("还没有送达过欠费通知单，请先出欠费通知单", letter)
    notice = desk.make()
    desk.refused("还没有送达过欠费通知单", letter)
    desk.later(3)
    desk.deliver(notice)
    desk.refused("欠费通知单期限到 2027-01-03，过了期限", letter)
    desk.later(30)
    # The paper says 12-31, but it got there three days late: thirty days are thirty days.
    desk.refused("2027-01-03", letter)
    assert desk.claims(LETTER) == ()
    desk.later(1)
    assert desk.claims(LETTER) == claims
    desk.refused("还没有送达过催告函", lawyers)
    sent = desk.deliver(desk.make(LETTER))
    assert sent.pay_by == "2027-02-03"
    desk.later(30)
    desk.refused("催告函期限到 2027-02-03", lawyers)
    desk.later(1)
    handed = desk.make(LAWYERS)
    assert (handed.state, handed.pay_by) == ("已移交", "")
    desk.refused("不用登记送达", Delivered(way="当面签收"), handed.id)
    with desk.store.read() as read:
        assert [one.stage for one in demands.demands_of(read, ROOM, desk.by)] == [LAWYERS, LETTER, NOTICE]


def test_the_next_step_takes_only_the_bills_that_were_asked_for_before(desk: Desk) -> None:
    claims = desk.claims()
    desk.deliver(desk.make(bills=claims[:1]))
    desk.later(31)
    assert desk.claims(LETTER) == claims[:1]
    assert desk.refused("2026-10 还没有送达过欠费通知单", Made(room=ROOM, stage=LETTER, bills=claims)).field == "bills"
    desk.deliver(desk.make())
    assert desk.claims(LETTER) == claims[:1], "a second notice does not put the first one off"


def test_a_longer_term_on_the_paper_is_kept_to(desk: Desk) -> None:
    desk.deliver(desk.make(pay_by="2027-02-28"))
    desk.later(89)
    assert desk.wall.date().isoformat() == "2027-02-28" and desk.claims(LETTER) == ()
    desk.later(1)
    assert len(desk.claims(LETTER)) == 3


def test_a_notice_still_on_its_way_keeps_no_letter_back(desk: Desk) -> None:
    desk.deliver(desk.make())
    desk.later(31)
    desk.make()
    assert desk.make(LETTER).state == "待送达"


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        (Delivered(way="当面签收", witness="nobody"), "witness", "另一位员工"),
        (Delivered(way="家属签收"), "by_whom", "谁签收"),
        (Delivered(way="电话"), "by_whom", "谁签收或接的电话"),
        (Delivered(way="快递"), "tracking", "快递单号"),
        (Delivered(way="张贴"), "witness", "两个人在场"),
        (Delivered(way="当面签收", at="2026-12-01T10:01"), "at", "还没有到"),
        (Delivered(way="当面签收", at="2026-12-01T09:59"), "at", "不能早于出单时间 2026-12-01 10:00"),
    ],
)
def test_a_delivery_is_proven_in_the_manner_of_its_way(desk: Desk, said: Delivered, field: str, why: str) -> None:
    notice = desk.make()
    assert desk.refused(why, said, notice.id).field == field
    assert desk.last(fee("2026-09")) == ""


def test_two_people_post_on_a_door_and_neither_is_the_guard(desk: Desk) -> None:
    notice = desk.make()
    for witness in (desk.by.id, desk.people["老周"].id, "nobody"):
        assert desk.refused("不能是门岗", Delivered(way="张贴", witness=witness), notice.id).field == "witness"
    posted = desk.deliver(notice, Delivered(way="张贴", witness=desk.people["王芳"].id))
    assert (posted.state, posted.way, posted.witness) == ("已送达", "张贴", desk.people["王芳"].id)
    assert posted.delivered_by == desk.by.id


def test_a_delivery_is_registered_once_with_its_time(desk: Desk) -> None:
    notice = desk.make()
    desk.later(2)
    sent = desk.deliver(notice, Delivered(way="快递", at="2026-12-02 15:30", tracking="1234 5678 90123"))
    assert (sent.delivered_at, sent.tracking) == ("2026-12-02T15:30", "1234567890123")
    desk.refused("已在 2026-12-02 15:30 送达（快递），不用再登记", Delivered(way="当面签收"), notice.id)
    with pytest.raises(ValidationError, match="快递单号"):
        Delivered(way="快递", tracking="123")


def test_the_newest_delivered_demand_restarts_the_three_years_for_its_bills_alone(desk: Desk) -> None:
    claims = desk.claims()
    desk.deliver(desk.make(bills=claims[:2]))
    assert [desk.last(claim.bill) for claim in claims] == ["2026-12-01", "2026-12-01", ""]
    desk.later(10)
    again = desk.make(bills=claims[1:])
    assert desk.last(claims[1].bill) == "2026-12-01", "what did not get there asks for nothing"
    desk.deliver(again, Delivered(way="电话", by_whom="张秀兰"))
    assert [desk.last(claim.bill) for claim in claims] == ["2026-12-01", "2026-12-11", "2026-12-11"]
    desk.later(30)
    desk.make(LETTER, bills=claims[:1])
    assert desk.last(claims[0].bill) == "2026-12-01"


def test_lawyers_are_no_debtor_and_their_paper_restarts_nothing(desk: Desk) -> None:
    desk.deliver(desk.make())
    desk.later(31)
    desk.deliver(desk.make(LETTER), Delivered(way="快递", tracking="EMS1234567890"))
    lost = desk.make()
    desk.later(31)
    (paper,) = desk.store.rehearse(Made(room=ROOM, stage=LAWYERS, bills=desk.claims(LAWYERS)), desk.by)
    desk.make(LAWYERS)
    assert desk.last(fee("2026-09")) == "2027-01-01"
    text = printed(paper)
    assert paper.title == "欠费移交单" and paper.money
    assert text.index("2026-12-01 当面签收") < text.index("2027-01-01 快递 EMS1234567890")
    assert text.count(NOTICE) == 1 and lost.number not in text.split()


def test_the_notice_is_neutral_names_nobody_and_ties_no_service_to_money(desk: Desk) -> None:
    notice, proof = desk.store.rehearse(Made(room=ROOM, stage=NOTICE, bills=desk.claims(), note="儿子王建国会来"), desk.by)
    text, kept = printed(notice).replace("\n", ""), printed(proof).replace("\n", "")
    for said in (
        "欠费通知单", ROOM, "物业费 2026-09", "161.28", "￥483.84", "2026-12-31", "现金", "有疑问", "12345",
        "逾期不影响报修、访客、快递等服务", "封口送达，请勿张贴姓名", "收件人签字",
    ):  # fmt: skip
        assert said in text, said
    for threat in ("起诉", "滞纳金", "停水", "停电", "门禁", "法务"):
        assert threat not in text + kept
    assert "张" not in text.replace("张贴", "") and "张*兰" in kept
    for secret in ("张秀兰", "李建国", "王建国", "13800001234", "1234 ", "会来"):
        assert secret not in text + kept
    assert notice.money and proof.money
    assert notice.large and not proof.large
    assert "见证人签字" in kept and "送达人签字" in kept


def test_the_letter_names_the_law_and_still_ties_no_service_to_money(desk: Desk) -> None:
    desk.deliver(desk.make())
    desk.later(31)
    letter, _ = desk.store.rehearse(Made(room=ROOM, stage=LETTER, bills=desk.claims(LETTER)), desk.by)
    text = printed(letter).replace("\n", "")
    assert letter.title == "催告函"
    for said in ("第九百四十四条", "合理期限", "起诉或申请仲裁", "逾期不影响报修、访客、快递等服务"):
        assert said in text, said


def test_where_nobody_is_registered_the_proof_has_no_name(desk: Desk) -> None:
    due = Billed(room="1-1-1101", item="物业费", period_from="2026-09", period_to="2026-09", fen=100)
    desk.store.act(due, desk.by)
    made = Made(room="1-1-1101", stage=NOTICE, bills=desk.claims(room="1-1-1101"))
    _, proof = desk.store.rehearse(made, desk.by)
    assert "业主" not in printed(proof)


def test_who_sold_the_room_is_asked_apart_and_not_on_its_door(desk: Desk) -> None:
    before = Billed(room=ROOM, item="车位费", period_from="2026-08", period_to="2026-08", fen=100, owner="赵老板娘")
    own = Billed(room=ROOM, item="车位费", period_from="2026-09", period_to="2026-09", fen=100, owner="张秀兰")
    desk.store.act_all([(before, None), (own, None)], desk.by)
    claims = {claim.bill: claim for claim in desk.claims()}
    desk.refused("欠款人不同", Made(room=ROOM, stage=NOTICE, bills=tuple(claims.values())))
    here = tuple(claim for bill, claim in claims.items() if bill != before.key())
    assert desk.make(bills=here).debtor == ""
    made = Made(room=ROOM, stage=NOTICE, bills=(claims[before.key()],))
    slip, proof = desk.store.rehearse(made, desk.by)
    assert "赵" not in printed(slip) and "原业主" in printed(proof) and "老" not in printed(proof)
    sold = desk.make(bills=made.bills)
    assert sold.debtor == "赵老板娘"
    posted = Delivered(way="张贴", witness=desk.people["王芳"].id)
    assert desk.refused("已不住这里", posted, sold.id).field == "way"
    desk.deliver(sold, Delivered(way="快递", tracking="EMS1234567890"))
    desk.store.act(HomeEnded(), desk.by, f"home:{ROOM}/p-{ROOM}-0")
    with desk.store.read() as read:
        assert demands.debtors(read, ROOM, [own.key()]) == {"张秀兰"}


def test_a_guard_and_a_clerk_ask_nobody_for_money_and_the_guard_sees_nothing_of_it(desk: Desk) -> None:
    guard, clerk = desk.people["老周"], desk.people["王芳"]
    made = Made(room=ROOM, stage=NOTICE, bills=desk.claims())
    notice = desk.make()
    for by in (guard, clerk):
        desk.refused("岗位", made, by=by)
        desk.refused("岗位", Delivered(way="当面签收"), notice.id, by)
    with desk.store.read() as read:
        for asked in (
            lambda: demands.demands_of(read, ROOM, guard),
            lambda: demands.lines_of(read, notice, guard),
            lambda: demands.claims(read, ROOM, NOTICE, guard),
        ):
            with pytest.raises(Refused, match="门岗"):
                asked()
        assert not any(notice.number in line.what.split() for line in daybook.latest(read, guard))
        assert any("出催缴单" in line.what for line in daybook.latest(read, desk.by))
    assert len(desk.store.transact(lambda db: slips_of(db, notice.id, desk.by))) == 2
    assert desk.store.transact(lambda db: slips_of(db, notice.id, guard)) == []


def test_two_desks_that_register_a_delivery_keep_the_first_and_say_so() -> None:
    claim = Claim(bill=fee("2026-09"), item="物业费", period="2026-09", fen=161_28)
    made = Made(room=ROOM, stage=NOTICE, bills=(claim,), pay_by="2026-12-31")
    said = [
        entry(1, made, 10),
        entry(2, Delivered(way="当面签收", at="2026-12-02T10:00"), 20),
        entry(3, Delivered(way="电话", at="2026-12-01T09:00", by_whom="张秀兰"), 30),
    ]
    for order in permutations(said):
        whole = fold_whole(Demand, "s", order)
        assert whole is not None
        record, lines = whole
        assert isinstance(record, Demand)
        assert (record.state, record.way, record.delivered_at) == ("已送达", "当面签收", "2026-12-02T10:00")
        assert "两台前台" in record.doubt and record.fen == 161_28
        assert [line.bill for line in lines if isinstance(line, DemandLine)] == [claim.bill]
    alone = fold(Demand, "s", said[:2])
    assert isinstance(alone, Demand) and alone.doubt == ""


def test_what_was_said_of_people_can_be_erased_and_the_demand_stands() -> None:
    made = Made(room=ROOM, stage=NOTICE, bills=(), pay_by="2026-12-31", note="儿子会来", owner="赵老板娘")
    said = [
        entry(1, made, 10, personal=False),
        entry(2, Delivered(way="电话", at="2026-12-02T10:00", by_whom="张秀兰"), 20, personal=False),
    ]
    record = fold(Demand, "s", said)
    assert isinstance(record, Demand)
    assert (record.note, record.debtor, record.by_whom) == ("", "", "")
    assert (record.state, record.delivered_at) == ("已送达", "2026-12-02T10:00")


def test_the_tables_rebuild_to_what_they_were(desk: Desk) -> None:
    desk.deliver(desk.make(), Delivered(way="张贴", witness=desk.people["王芳"].id))
    assert desk.store.check()[1] == []
    desk.store.rebuild()
    assert desk.last(fee("2026-09")) == "2026-12-01"
    assert desk.store.check()[1] == []


def test_only_those_who_take_money_may_write_or_deliver() -> None:
    for event in (Made, Delivered):
        assert event.roles == staff.MONEY and staff.GUARD not in event.roles
