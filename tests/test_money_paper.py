"""Every slip of a cashier's whole day, from the act to the bytes in the spool, decoded back to what a person holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data.entry import new_id
from data.records import Actor, Event, Record
from data.store import Store
from desk import bills, days, demands, fields, notes, paper as desk_paper, prepaid, setup, shifts, taking
from desk.bills import Billed
from desk.config import Config, Printer
from desk.handovers import HandoverSigned
from desk.paid import Invoiced, Paid, Part, Tender, TenderKind, Voided
from desk.parcels import TakenIn
from desk.refunded import Approved, PaidOut, RefundPart, Requested, Route
from desk.repairs import Reported
from desk.shift_slips import x_report
from desk.shifts import CashMoved, Shift, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened
from desk.tariffs import TariffSet
from desk.visits import Arrived
from printers import spool
from tests import paper
from tests.conftest import BEIJING
from tests.office import FLOAT, PIN, furnish

LARGE, ROOM, OTHER, SHOP = "3-2-501", "3-2-502", "11-1-101", "1-1-1101"
"""A household that wants large print, two that do not, and a room nobody is registered in."""
CARD, PHONE = "6222021234564567", "13800001234"
CONFIG = {"estate": "明强小区", "phone": "8888 1234"}


@dataclass(frozen=True)
class Read:
    """One slip as it came out: `lines` without the gaps that only place them, `flat` without any."""

    job: spool.Job
    paper: paper.Paper

    @property
    def lines(self) -> list[str]:
        """Its lines, one space for every gap."""
        return [" ".join(line.text.split()) for line in self.paper.lines]

    @property
    def flat(self) -> str:
        """All it says without a blank."""
        return "".join("".join(line.text.split()) for line in self.paper.lines)

    def large(self, words: str) -> int:
        """How large the line is that says `words`, 0 where none does."""
        return next((line.size for line in self.paper.lines if words in "".join(line.text.split())), 0)


class Day:
    """A desk whose clock moves on with every act; what each act left on paper is kept under a name."""

    def __init__(self, home: Path, columns: int, patch: pytest.MonkeyPatch) -> None:
        self.at = datetime(2026, 11, 20, 8, 0)
        self.columns, self.home = columns, home
        self.papers: dict[str, list[Read]] = {}
        self.number: dict[str, str] = {}
        self.records: dict[str, str] = {}
        self.config = Config(**CONFIG, printer=(Printer(url="dummy:", columns=columns, qr="native"),))  # type: ignore[arg-type]
        store_of = setup.store_of
        patch.setattr(fields, "wall", lambda: self.at)
        patch.setattr(setup, "store_of", lambda home, config: store_of(home, config, lambda: self.at.replace(tzinfo=BEIJING)))
        self.store, self.boss = setup.found(home, self.config, "赵强", PIN["赵强"])
        self.seen = 0
        people = furnish(self.store)
        self.cashier, self.clerk, self.guard = people["李敏"], people["王芳"], people["老周"]
        self._keep("开班单")

    def _keep(self, name: str) -> None:
        """The slips that came since the last look."""
        jobs = self.store.look(lambda db: spool.jobs(db, limit=500))
        new = sorted((job for job in jobs if job.id > self.seen), key=lambda job: job.id)
        self.seen = max((job.id for job in jobs), default=0)
        for job in new:
            read = paper.decode(self.store.look(lambda db, job=job: spool.payload(db, job.id)), "gbk")
            assert paper.text(read, self.columns) == job.plain, "what is kept is what was printed"
            self.papers.setdefault(name, []).append(Read(job, read))

    def did(self, name: str, said: Event, by: Actor | None = None, subject: str | None = None) -> Record:
        """Do one thing a few minutes later and keep its paper under `name`."""
        self.at += timedelta(minutes=3)
        done = self.store.act(said, by or self.cashier, subject)
        self.number[name], self.records[name] = done.entry.number, done.record.id
        self._keep(name)
        return done.record

    def shift(self) -> str:
        """The id of the open shift."""
        with self.store.read() as read:
            return shifts.open_id(read)

    def bill(self, room: str, item: str, fen: int, *period: str, klass: str = "物业费", **more: str) -> str:
        """A bill; its id."""
        said = {"room": room, "item": item, "fen": fen, "klass": klass, "period_from": period[0], "period_to": period[-1]}
        return self.store.act(Billed.model_validate(said | more), self.boss).record.id

    def table(self, room: str) -> list[taking.Line]:
        """What a household can pay today."""
        with self.store.read() as read:
            yesterday = f"{self.at - timedelta(days=1):%Y-%m-%d}"
            return taking.on_the_table(read, room, self.cashier, yesterday)

    def pay(self, name: str, room: str, parts: list[Part], *tenders: Tender, **more: object) -> Record:
        """A receipt; 违约金 among the parts is billed in the same transaction."""
        said = {"room": room, "parts": tuple(parts), "tenders": tenders, "request": new_id()} | more
        self.at += timedelta(minutes=3)
        acts: list[tuple[Event, str | None]] = [(one, None) for one in taking.first_of(parts, self.table(room))]
        done = self.store.act_all([*acts, (Paid.model_validate(said), None)], self.cashier)[-1]
        self.number[name], self.records[name] = done.entry.number, done.record.id
        self._keep(name)
        return done.record

    def one(self, name: str, kind: str = "", copy: str = "") -> Read:
        """The one slip of that name, kind and copy."""
        (found,) = (
            read for read in self.papers[name] if (not kind or read.job.kind == kind) and (not copy or read.job.copy == copy)
        )
        return found


def cash(fen: int, given: int = 0) -> Tender:
    """So much in cash, out of a larger note."""
    return Tender(kind="现金", fen=fen, given=given or fen, change=(given or fen) - fen)


def by(kind: TenderKind, fen: int, reference: str = "") -> Tender:
    """So much by another tender."""
    return Tender(kind=kind, fen=fen, reference=reference)


def fee(room: str, line: int = 0) -> str:
    """The id of the first shift's 物业费 bill."""
    return bills.bill_id(room, "物业费", "2026-07", "2026-09")


def the_morning(d: Day) -> None:
    """Bills, and receipts of every kind."""
    d.store.act(
        TariffSet(
            item="物业费", klass="物业费", basis="面积", price=18000, since="2026-01-01", penalty_ppm=500,
            clause="逾期按日万分之五支付违约金（物业服务合同第十二条）",
        ), d.boss,
    )  # fmt: skip
    d.bill(ROOM, "物业费", 391_50, "2026-07", "2026-09", due="2026-11-01", how="72.50㎡×1.80×3月")
    d.bill(ROOM, "公摊电", 12_36, "2026-10", klass="代收水电")
    lines = d.table(ROOM)
    parts = taking.waive([line.part(line.open) for line in lines], lines, 38, "抹零")
    d.pay("现金", ROOM, parts, cash(407_00, 500_00), payer="王建国", relation="儿子")
    parking = d.bill(OTHER, "地下车位费", 600_00, "2026-10", "2026-12", klass="停车", how="200.00×3月")
    tenders = (cash(150_00), by("微信", 300_00, "318204"), by("刷卡", 150_00, "0045"))
    d.pay("多种", OTHER, [Part(bill=parking, item="地下车位费", period="2026-10～2026-12", fen=600_00)], *tenders)
    first = d.table(LARGE)[0]
    d.pay("部分", LARGE, [first.part(100_00)], cash(100_00), designated=True)
    account = prepaid.account_id(OTHER, "物业费")
    d.pay("预存", OTHER, [Part(bill=account, item="物业费", fen=648_00, kind="预存")], by("支付宝", 648_00, "990017"))
    deposit = d.bill(ROOM, "装修押金", 2000_00, "2026-11-20", klass="押金")
    d.pay("押金", ROOM, [Part(bill=deposit, item="装修押金", period="2026-11-20", fen=2000_00)], by("刷卡", 2000_00, "0046"))
    vacant = d.bill(ROOM, "物业费", 391_50, "2026-10", "2026-12", how="72.50㎡×1.80×3月")
    part = Part(bill=vacant, item="物业费", period="2026-10～2026-12", fen=274_05, waived=117_45, why="空置减免")
    d.pay("减免", ROOM, [part], by("微信", 274_05, "551230"), approved_by=d.boss.id)
    quarter = d.bill(OTHER, "物业费", 324_00, "2026-10", "2026-12", how="60.00㎡×1.80×3月")
    part = Part(bill=quarter, item="物业费", period="2026-10～2026-12", fen=324_00)
    used = Tender(kind="预存", fen=300_00, source=account)
    d.pay("抵扣", OTHER, [part], used, cash(24_00, 50_00))
    rent = d.bill(SHOP, "电梯广告收入", 107_000_53, "2026-01", "2026-12", klass="公共收益")
    part = Part(bill=rent, item="电梯广告收入", period="2026-01～2026-12", fen=107_000_53)
    company = d.pay("单位", SHOP, [part], by("转账", 107_000_53), payer="明强广告有限公司")
    d.did("发票", Invoiced(title="明强广告有限公司", tax_id="91110105MA01ABCD2X"), subject=company.id)
    wrong = d.bill(OTHER, "出入证工本费", 20_00, "2026-11", klass="其他")
    gone = d.pay("收错", OTHER, [Part(bill=wrong, item="出入证工本费", period="2026-11", fen=20_00)], cash(20_00))
    d.did("作废", Voided(reason="收错账单", approved_by=d.boss.id, copies_recovered=True), subject=gone.id)


def the_noon(d: Day) -> None:
    """Cash in and out, a wheelchair lent, a receipt printed again, X."""
    d.did("现金入", CashMoved(direction="入", reason="找零补充", fen=200_00, request="in"), subject=d.shift())
    moved = CashMoved(direction="出", reason="其他", fen=35_50, request="out", note="垫付快递到付，凭票报销")
    d.did("现金出", moved, subject=d.shift())
    lent = notes.Left(sort="借出", text="轮椅 2号", room=LARGE, holder="张敏", phone=PHONE, back_by="2026-11-21T18:00")
    d.did("借物", lent, d.clerk)
    job = d.one("现金", copy="客户联").job
    d.store.transact(lambda db: db.execute("UPDATE print_job SET state = 'confirmed', done = 1 WHERE id = ?", (job.id,)))
    d.store.transact(lambda db: spool.reprint(db, job.id, "", "王芳", int(d.at.timestamp() * 1000)))
    d._keep("补打")
    d.at += timedelta(minutes=3)
    with d.store.read() as read:
        shift = read.get(Shift, d.shift())
        assert shift
        x = x_report(read, shift, d.cashier)
    desk_paper.print_now(d.store, d.config, d.home, x, shift, d.cashier)
    d._keep("X")


def the_evening(d: Day) -> None:
    """Counted blind, short by half a yuan, closed, the money to the bank."""
    d.at = datetime(2026, 11, 20, 17, 30)
    pieces = ((100_00, 9), (50_00, 4), (10_00, 20), (1_00, 45), (50, 0))
    totals = (("微信", 574_05), ("支付宝", 648_00), ("刷卡", 2150_00), ("转账", 107_000_53))
    d.did("盘点", ShiftCounted(pieces=pieces, totals=totals), subject=d.shift())
    said = ShiftClosed(left=500_00, reason="硬币找错，原因不明", envelope="FB-1120", sealed=True)
    d.did("结班", said, subject=d.shift())


def refund(d: Day, name: str, route: Route, part: RefundPart, fen_out: PaidOut, **more: object) -> None:
    """Asked for by the cashier, approved by the supervisor, paid out."""
    said = {"parts": (part,), "route": route, "request": new_id()} | more
    asked = d.did(f"{name}申请", Requested.model_validate(said)).id
    d.did(f"{name}批准", Approved(), d.boss, asked)
    d.did(name, fen_out, subject=asked)


def the_refunds(d: Day) -> None:
    """The next shift: a receipt reversed, deposits back, and what was paid ahead."""
    d.did("接班开班", ShiftOpened(pieces=((100_00, 2), (50_00, 2), (10_00, 15), (1_00, 49))))
    wrong = RefundPart(target=bills.bill_id(ROOM, "公摊电", "2026-10", "2026-10"), fen=11_98)
    red = {"sort": "红冲", "room": ROOM, "payment": d.records["现金"], "slip": "原单收回", "reason": "抄表有误"}
    refund(d, "红冲", "备用金现金", wrong, PaidOut(), **red, payee="王建国", signed=True)
    deposit = bills.bill_id(ROOM, "装修押金", "2026-11-20", "2026-11-20")
    part = RefundPart(target=deposit, fen=1380_00, deducted=120_00, why="墙面破损", evidence="验收照片 3 张")
    back = {"sort": "押金", "room": ROOM, "slip": "原单收回", "reason": "装修完工", "inspection": "墙面破损一处，已修补"}
    out = PaidOut(reference="20261120009981", day="2026-11-20")
    refund(d, "押金退还", "银行转账", part, out, **back, payee="王磊", account=CARD)
    part = RefundPart(target=deposit, fen=500_00)
    refund(d, "押金转预存", "转预存", part, PaidOut(), **back | {"slip": "遗失声明"}, payee="王磊", signed=True)
    ahead = RefundPart(target=prepaid.account_id(OTHER, "物业费"), fen=348_00)
    said = {"sort": "预存", "room": OTHER, "reason": "迁出结清", "payee": "欧阳㛃", "account": CARD}
    refund(d, "预存退款", "银行转账", ahead, PaidOut(reference="20261120009982"), **said)
    pieces = ((100_00, 2), (50_00, 2), (10_00, 13), (1_00, 57), (10, 0), (1, 2))
    d.did("再盘点", ShiftCounted(pieces=pieces), subject=d.shift())
    d.did("再结班", ShiftClosed(left=487_02), subject=d.shift())
    shift = d.records["结班"]
    d.did("银行", ShiftBanked(slip="ICBC-778"), subject=shift)
    with d.store.read() as read:
        said_day = days.closing(read, "2026-11-20")
    d.did("日结", said_day, d.boss)


def the_handing_over(d: Day) -> None:
    """Something of everything open; one sheet with the money and one without."""
    d.did("", Arrived(room=LARGE, category="访友", confirmed_by="对讲已同意", name="陈女士", phone=PHONE), d.guard)
    d.did("", TakenIn(courier="顺丰", waybill="SF1456000000301", room=LARGE, consented=True), d.clerk)
    d.did("", Reported(room="公共-电梯3", category="电梯", problem="有人被困", reporter="老周"), d.guard)
    d.did("", Reported(room=LARGE, category="门窗锁", problem="闭门器坏了", reporter="张秀兰", phone=PHONE), d.clerk)
    d.did("", notes.Left(sort="通知", text="3栋明天 9 点到 12 点停水"), d.clerk)
    d.did("", notes.Left(sort="钥匙", text="地库配电间", holder="李建明", back_by="2026-11-20T22:00"), d.clerk)
    d.did("", notes.Left(sort="失物", text="黑色雨伞一把"), d.clerk)
    d.did("", notes.Left(sort="交班必读", text="消防通道今晚清理，车请挪走"), d.guard)
    d.at += timedelta(hours=3)
    d.did("交接", HandoverSigned(taken_by=d.boss.id, remarks="巡逻钥匙在抽屉里"))
    d.did("门岗交接", HandoverSigned(taken_by=d.clerk.id), d.guard)


def demand(d: Day, stage: demands.Stage) -> None:
    """All that is due is asked for, and handed over in person; then its time runs out."""
    with d.store.read() as read:
        claims = demands.claims(read, LARGE, stage, d.cashier)
    made = d.did(stage, demands.Made(room=LARGE, stage=stage, bills=claims, note="电话说月底交")).id
    if stage != demands.LAWYERS:
        d.did("", demands.Delivered(way="家属签收", by_whom="女儿张敏"), subject=made)
        d.at += timedelta(days=31)


def the_demands(d: Day) -> None:
    """Three steps, each when the one before has run out."""
    for stage in demands.STAGES:
        demand(d, stage)


WHOLE = (the_morning, the_noon, the_evening, the_refunds, the_handing_over, the_demands)


@pytest.fixture(scope="module", params=[32, 42, 48])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The whole day, on paper of one width."""
    with pytest.MonkeyPatch.context() as patch:
        d = Day(tmp_path_factory.mktemp("d"), request.param, patch)
        for part in WHOLE:
            part(d)
        yield d
        d.store.close()

