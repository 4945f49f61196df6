"""Every slip of a cashier's whole day, from the act to the bytes in the spool, decoded back to what a person holds."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from data.entry import new_id
from data.records import Actor, Event, Record
from desk import days, demands, fields, notes, prepaid, setup, shifts, taking
from desk import paper as desk_paper
from desk.billed import Billed, Waived, bill_id
from desk.config import Config, Printer
from desk.handovers import HandoverSigned
from desk.paid import Invoiced, Paid, Part, Tender, TenderKind, Voided
from desk.parcels import TakenIn
from desk.refunded import Approved, PaidOut, RefundPart, Requested, Route
from desk.repairs import Reported
from desk.residents import HomeBegan, PersonRegistered
from desk.shift_slips import x_report
from desk.shifts import CashMoved, Shift, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened
from desk.slip_lines import charged, from_to
from desk.tariffs import TariffSet
from desk.visits import Arrived
from printers import spool
from tests import paper
from tests.conftest import BEIJING
from tests.office import PIN, furnish

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
        self.records: dict[str, str] = {}
        self.config = Config(**CONFIG, printer=(Printer(url="dummy:", columns=columns, qr="native"),))
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
            read = paper.decode(self.store.look(partial(spool.payload, job_id=job.id)), "gbk")
            assert paper.text(read, self.columns) == job.plain, "what is kept is what was printed"
            self.papers.setdefault(name, []).append(Read(job, read))

    def did(self, name: str, said: Event, by: Actor | None = None, subject: str | None = None) -> Record:
        """Do one thing a few minutes later and keep its paper under `name`."""
        self.at += timedelta(minutes=3)
        done = self.store.act(said, by or self.cashier, subject)
        self.records[name] = done.record.id
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
        self.records[name] = done.record.id
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
    d.did("", Waived(fen=11_28, reason="服务补偿", approved_by=d.boss.id), subject=first.bill)
    d.pay("余款", LARGE, [first.part(50_00)], by("微信", 50_00, "667788"), payer="张敏", relation="女儿")
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
    d.store.act(PersonRegistered(uid="p-shop", name="孙丽", phone="13700009999"), d.boss)
    d.store.act(HomeBegan(room=SHOP, person="p-shop", role="租户"), d.boss)
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
    moved = CashMoved(direction="出", reason="其他", fen=35_50, request="out", note="垫付快递到付")
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
    totals = (("微信", 624_05), ("支付宝", 648_00), ("刷卡", 2150_00), ("转账", 107_000_53))
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
    wrong = RefundPart(target=bill_id(ROOM, "公摊电", "2026-10", "2026-10"), fen=11_98)
    red = {"sort": "红冲", "room": ROOM, "payment": d.records["现金"], "slip": "原单收回", "reason": "抄表有误"}
    refund(d, "红冲", "备用金现金", wrong, PaidOut(), **red, payee="王建国", signed=True)
    deposit = bill_id(ROOM, "装修押金", "2026-11-20", "2026-11-20")
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
    d.did("", notes.Left(sort="交班必读", text="消防通道今晚清理"), d.guard)
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


CASH_RECEIPT = """
明强小区物业服务中心
收款收据
（客户联）
No. A26-000001
房号 3-2-502
业主 王*
缴款 王*国（儿子·代缴）
--------------------------------
物业费 2026-07～2026-09 391.50
72.50㎡×1.80×3月
物业费违约金 3.52
2026-07～2026-09 18天 0.05%/日
代收 公摊电 2026-10 12.36
减免 抹零 -0.38
--------------------------------
合计 ￥407.00
人民币肆佰零柒元整
现金 500.00 找零 93.00
本单尚欠 无
物业费已缴至 2026-09-30
--------------------------------
收款人 李敏 2026-11-20 08:03
收款单位（盖章）
"""
"""The receipt of domain.md B4, as far as the seal."""

SAID: dict[tuple[str, str], tuple[str, ...]] = {
    ("开班单", "shift"): ("开班单", "班次A1", "营业日2026-11-20", "100元2200.00", "备用金￥500.00", "开班人签字__"),
    ("现金", "receipt"): (
        "收款收据", "No.A26-000001", "18天0.05%/日", "减免抹零-0.38", "人民币肆佰零柒元整", "现金500.00找零93.00", "本单尚欠无",
        "王*国（儿子·代缴）", "收款人李敏2026-11-2008:03", "本收据不作发票；需发票凭此登记", "热敏纸会褪色",
    ),
    ("多种", "receipt"): (
        "业主欧阳*", "地下车位费600.002026-10～2026-12200.00×3月", "现金150.00找零0.00", "微信尾号318204300.00",
        "刷卡0045150.00",
    ),
    ("部分", "receipt"): (
        "物业费（部分）2026-09100.00账单共161.28", "按缴款人指定的账单收取", "本单尚欠61.28", "面积89.60平方米",
    ),
    ("余款", "receipt"): (
        "物业费（余款）2026-0950.00账单共161.28减免服务补偿11.28前已缴100.00", "减免经赵强同意", "张*（女儿·代缴）",
        "物业费已缴至2026-09-30",
    ),
    ("预存", "receipt"): ("预存物业费648.00", "支付宝尾号990017648.00", "物业费预存余额648.00"),
    ("押金", "receipt"): ("装修押金2026-11-202,000.00", "人民币贰仟元整", "押金凭本收据原件退还，请妥善保管"),
    ("减免", "receipt"): ("391.50", "空置减免-117.45减免经赵强同意", "合计￥274.05人民币贰佰柒拾肆元零伍分"),
    ("抵扣", "receipt"): ("预存抵扣300.00预存还剩348.00元", "现金50.00找零26.00", "物业费已缴至2026-12-31"),
    ("单位", "receipt"): ("租户孙*缴款明强广告有限公司", "合计￥107,000.53人民币壹拾万柒仟元零伍角叁分", "转账107,000.53"),
    ("作废", "void"): (
        "收据作废单", "原收据No.A26-000010", "金额￥20.00退回现金20.00", "收错账单", "两联已收回，账单恢复未缴",
        "经办李敏复核赵强",
    ),
    ("现金入", "cash"): ("现金出入单（第1张）", "原因找零补充", "现金入￥200.00人民币贰佰元整", "交款人签字__"),
    ("现金出", "cash"): ("（第2张）", "原因其他垫付快递到付", "现金出￥35.50人民币叁拾伍元伍角整", "领款人签字__"),
    ("X", "x"): ("X报表", "不是结班，不清零", "收据10张A26-000001～000010", "扫码待核4笔1,272.05", "应有现金￥1,345.50"),
    ("盘点", "count"): ("盘点单（第1次）", "现金￥1,345.00", "微信合计624.05", "盘点人签字__"),
    ("结班", "z"): (
        "Z报表", "AZ00001", "收据10张A26-000001～000010作废1张20.00A26-000010", "补打1张", "发票登记1张",
        "物业费1,139.55停车600.00违约金3.52代收水电11.98公共收益107,000.53押金2,000.00预存648.00实收合计￥111,403.58",
        "减预存抵扣-300.00新收款￥111,103.58", "微信3笔624.05相符", "刷卡2笔2,150.00相符", "现金4笔681.00", "扫码待核无",
        "备用金500.00＋现金收681.00＋找零补充200.00－其他35.50应有现金￥1,345.50实点现金￥1,345.00短款-0.50",
        "解款845.00封包FB-1120封包入保险柜，次日送存", "上一张Z无，这是第一张", "交班签字__", "接班签字__", "主管签字__",
    ),
    ("结班", "banking"): ("解款单", "Z号AZ00001", "封包号FB-1120", "解款￥845.00人民币捌佰肆拾伍元整", "银行回单号__"),
    ("接班开班", "shift"): ("备用金￥499.00上一班留下500.00（AZ00001）交接差异-1.00，记上一班",),
    ("红冲申请", "refund"): (
        "退款申请单", "原收据No.A26-000001", "申请退￥11.98人民币壹拾壹元玖角捌分", "备用金现金", "抄表有误",
        "主管审批__", "财务__", "收款人签字__", "不是收付款凭证",
    ),
    ("红冲", "red"): (
        "收款收据(红字)", "No.A26-000011", "原收据No.A26-000001原单处理原单收回", "公摊电2026-10-11.98", "合计￥-11.98",
        "(红字)人民币壹拾壹元玖角捌分", "以上账单恢复欠费11.98元", "申请李敏审批赵强", "收款人签字__",
    ),
    ("押金退还", "deposit"): (
        "押金退还单", "装修押金2026-11-201,500.00扣墙面破损-120.00凭据验收照片3张", "实退￥1,380.00人民币壹仟叁佰捌拾元整",
        "银行账号尾号4567", "流水号20261120009981", "装修押金尚存500.00", "墙面破损一处，已修补", "收款人签字__",
    ),
    ("押金转预存", "deposit"): ("原单处理遗失声明", "转存￥500.00", "转入物业费预存500.00元"),
    ("预存退款", "red"): ("预存物业费-348.00", "(红字)人民币叁佰肆拾捌元整", "物业费预存余额0.00"),
    ("再结班", "z"): (
        "AZ00002", "收据0张无", "红字4张2,239.98A26-000011、A26-000012A26-000013、A26-000014", "没有收款", "押金扣款120.00",
        "备用金499.00－现金退11.98应有现金￥487.02实点现金￥487.02差额0.00", "上一张ZAZ00001",
    ),
    ("日结", "day"): (
        "收费日报2026-11-20", "长短款-0.50解款845.00回单ICBC-778", "其中公司收入1,743.07其中代收、押金等109,660.51",
        "长短款合计-0.50解款合计￥845.00", "号段A26-000001～00001414张作废1张A26-000010红字4张A26-000011", "无缺号",
    ),
    ("日结", "cashbook"): (
        "现金日记账2026-11-20", "08:00A1开班备用金余500.00", "收据A26-000001收407.00余907.00", "收据A26-000010作废",
        "短款支0.50余1,345.00", "解款FB-1120支845.00余500.00", "交接差异支1.00余499.00", "退款A26-000011支11.98余487.02",
        "收入合计881.00支出合计893.98日终余额￥487.02",
    ),
    ("交接", "handing"): (
        "交班李敏接班赵强", "■收费班次AZ00002已结", "实点现金487.02", "■在场访客1单，超2小时1单", "■快递在库1件", "电梯超时",
        "钥匙A13地库配电间李*明应还11-2022:00", "轮椅2号张*", "黑色雨伞一把", "消防通道今晚清理",
        "巡逻钥匙在抽屉里", "接班签字__",
    ),
    ("门岗交接", "handing"): ("交班老周接班王芳", "■在场访客1单", "3栋明天9点到12点停水", "■备注无"),
    ("借物", "loan"): ("借物单A2", "轮椅2号借用人张*", "请于11-2118:00前归还", "存根A2前台留轮椅2号张*借用人签字__"),
    ("欠费通知单", "demand"): (
        "物业费2026-10161.28物业费2026-11161.28合计￥322.56", "请在2026-12-20前缴纳（含当天）", "对金额有疑问",
        "逾期不影响报修、访客、快递等服务",
    ),
    ("欠费通知单", "proof"): (
        "送达回执欠费通知单", "业主张*兰", "2笔￥322.56", "□当面签收□家属签收□张贴□快递□电话",
        "收件人签字__", "送达人签字__", "见证人签字__",
    ),
    ("催告函", "demand"): ("依《民法典》第九百四十四条，请在合理期限内缴清", "请在2027-01-20前缴纳", "起诉或申请仲裁"),
    ("移交法务", "demand"): ("欠费移交单", "￥322.56", "欠费通知单A18限2026-12-202026-11-20家属签收催告函A19", "法务签收__"),
}  # fmt: skip
"""What each slip must say, by the name of its act and its kind, without blanks."""

TWICE = {"receipt", "red", "deposit", "z"}
"""Kinds in two copies."""

OPENS = [
    ("开班单", "shift"), ("现金", "receipt"), ("多种", "receipt"), ("部分", "receipt"), ("抵扣", "receipt"),
    ("收错", "receipt"), ("作废", "void"), ("现金入", "cash"), ("现金出", "cash"), ("盘点", "count"), ("结班", "banking"),
    ("接班开班", "shift"),
    ("红冲", "red"),
    ("再盘点", "count"),
]  # fmt: skip
"""The acts by which cash goes into or out of the drawer, or is counted."""

SECRETS = (
    PHONE, PHONE[-8:], CARD, CARD[:8], "王建国", "王磊", "张秀兰", "张敏", "欧阳㛃", "李建明", "陈女士", "孙丽", "月底交",
    "滞纳金",
)  # fmt: skip
"""What no slip of money, of a loan or of a handing over may say."""


def everything(day: Day) -> Iterator[tuple[str, Read]]:
    """Every slip of the money's day, with the name of its act; not those of visitors, parcels and repairs."""
    for name, reads in day.papers.items():
        for read in reads if name else ():
            yield name, read


@pytest.mark.parametrize(("name", "kind"), SAID)
def test_every_slip_says_what_matters(day: Day, name: str, kind: str) -> None:
    found = [read for read in day.papers[name] if read.job.kind == kind]
    if kind in TWICE:
        assert [read.job.copy for read in found] == ["财务联" if kind == "z" else "客户联", "留存联"]
    else:
        assert len(found) == 1
    for read in found:
        flat = read.flat.replace("-" * day.columns, "")
        for words in SAID[name, kind]:
            assert words in flat, (words, flat)


def test_no_slip_was_forgotten(day: Day) -> None:
    seen = {(name, read.job.kind) for name, read in everything(day)}
    like_others = {("收错", "receipt"), ("补打", "receipt"), ("再盘点", "count"), ("催告函", "proof")}
    like_others |= {(f"{name}申请", "refund") for name in ("押金退还", "押金转预存", "预存退款")}
    assert seen - like_others == set(SAID)


def test_the_receipt_is_that_of_the_sample(day: Day) -> None:
    lines = [line for line in day.one("现金", copy="客户联").lines if line]
    wanted = CASH_RECEIPT.replace("-" * 32, "-" * day.columns).split("\n")[1:-1]
    assert lines[: len(wanted)] == wanted
    assert lines[len(wanted)].startswith("校验 ")


def test_nothing_is_cut_off_or_broken_in_mid_amount_or_mid_word(day: Day) -> None:
    for name, read in everything(day):
        lines = read.paper.lines
        for line, after in zip(lines, [*lines[1:], paper.Line("", 1, "left", False)], strict=True):
            said, then, across = line.text.rstrip(), after.text.strip(), day.columns // line.size
            assert paper.width(said) <= across, (name, said)
            assert "…" not in said and not said.endswith(("～", "×", "￥")), (name, said)
            for number in re.findall(r"\d[\d.,]*", said):
                assert re.fullmatch(r"\d+(\.\d\d?)?|\d{1,3}(,\d{3})+\.\d\d", number), (name, said)
            # A line full from edge to edge, but for a label with its value, goes on in the next one.
            full = paper.width(said) >= across - 1 and set(said) != {"-"} and "  " not in said
            if full and line.align == after.align == "left":
                assert not then or paper.width(then) > 4, (name, said, then)


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("现金", "receipt", "热敏纸会褪色，请复印或拍照留存"),
        ("押金", "receipt", "押金凭本收据原件退还，请妥善保管"),
        ("结班", "banking", "封包入保险柜，次日送存银行"),
        ("欠费通知单", "demand", "逾期不影响报修、访客、快递等服务"),
        ("欠费通知单", "demand", "已缴的请不必理会，或带收据核对。"),
        ("催告函", "demand", "期满不缴，可能依法起诉或申请仲裁"),
        ("欠费通知单", "demand", "请在 2026-12-20 前缴纳（含当天）"),
    ],
)
def test_a_sentence_stands_on_one_line_of_the_narrowest_paper(day: Day, name: str, kind: str, sentence: str) -> None:
    """In large print it may go on in a second line, as long as that is large as well."""
    read = next(read for read in day.papers[name] if read.job.kind == kind)
    large = [line.text.strip() for line in read.paper.lines if line.size > 1]
    in_two = [f"{first} {second}" for first, second in itertools.pairwise(large)]
    assert sentence in read.lines or sentence.replace(" ", "") in [line.replace(" ", "") for line in in_two]


def test_nobody_is_named_in_full_and_no_phone_or_account_is_on_paper(day: Day) -> None:
    for name, read in everything(day):
        for secret in SECRETS:
            assert secret not in read.flat, (name, read.job.kind, secret)
        assert all(code.isascii() and len(code) <= 20 for code in read.paper.codes)


def test_the_drawer_opens_where_cash_moves_and_nowhere_else(day: Day) -> None:
    opened = [(name, read.job.kind) for name, read in everything(day) for _ in read.paper.pulses]
    assert opened == OPENS
    assert all(
        read.job.copy in ("", "客户联") or read.job.kind in ("cash", "count")
        for _, read in everything(day)
        if read.paper.pulses
    )


def test_each_slip_is_cut_off_signed_by_the_office_and_kept_from_the_guard(day: Day) -> None:
    for name, read in everything(day):
        assert read.paper.cuts == 1
        assert read.lines[0] == "明强小区物业服务中心" and read.lines[-1] == "服务电话 8888 1234"
        assert read.job.money == (name not in ("借物", "门岗交接")), name
        assert bool(read.job.mark) == (name == "补打"), "a first print is none made again"
    seen = day.store.look(lambda db: desk_paper.slips_of(db, "", day.guard))
    assert {job.kind for job in seen} == {"loan", "visit", "parcel", "repair", "handing"}


def test_what_is_printed_again_says_so_and_keeps_who_took_the_money_and_when(day: Day) -> None:
    again, first = day.one("补打"), day.one("现金", copy="客户联")
    mark = "".join(again.job.mark.split())
    assert mark.startswith("※补打第1次※2026-11-") and mark.endswith("经办王芳") and mark in again.flat
    assert again.flat.replace(mark, "") == first.flat


def test_what_was_counted_is_on_paper_before_what_was_expected(day: Day) -> None:
    counted = day.one("盘点").flat
    assert "1,345.00" in counted and "1,345.50" not in counted and "应有" not in counted
    sheet = day.one("门岗交接").flat
    assert not any(word in sheet for word in ("￥", "备用金", "收费", "现金", "487.02"))


def test_the_sum_is_large_and_all_is_larger_where_the_household_wants_it(day: Day) -> None:
    assert day.one("现金", copy="客户联").large("合计￥407.00") == 2
    assert day.one("现金", copy="客户联").large("房号3-2-502") == 2
    assert day.one("单位", copy="客户联").large("￥107,000.53") == 2
    assert day.one("结班", "z", "财务联").large("AZ00001") == 3
    plain = [read for name, read in everything(day) if name in ("现金", "欠费通知单") and read.job.kind in ("receipt", "proof")]
    assert plain and all(
        read.large("合计") and any(line.size == 1 and not line.tall for line in read.paper.lines) for read in plain
    )
    wanted = [read for name, read in everything(day) if name in ("部分", "余款", "借物", "催告函") and read.job.kind != "proof"]
    assert len(wanted) == 6
    for read in wanted:
        for line in read.paper.lines:
            assert line.size > 1 or line.tall or not line.text.strip("- "), line.text


def test_a_receipt_on_58_mm_is_no_longer_than_it_must_be(day: Day) -> None:
    longest = max(len(read.paper.lines) for _, read in everything(day) if read.job.kind == "receipt")
    assert longest <= (31 if day.columns == 32 else 34), "large print on wide paper is larger, and so a little longer"
    assert len(day.one("交接").paper.lines) <= 41 and len(day.one("门岗交接").paper.lines) <= 32


@pytest.mark.parametrize(
    ("item", "period", "fen", "how", "rows"),
    [
        ("停车", "2026-10", 100, "", [("停车 2026-10", "1.00")]),
        ("停车", "2026-10", 100, "1.00×1月", [("停车 2026-10", "1.00"), ("  1.00×1月",)]),
        ("地下车位费", "2026-10～2026-12", 600_00, "", [("地下车位费", "600.00"), ("  2026-10～2026-12",)]),
        ("地下车位费", "2026-10～2026-12", 60_00, "20.00×3月", [("地下车位费", "60.00"), ("  2026-10～2026-12 20.00×3月",)]),
        (
            "地下车位费", "2026-12-01～2026-12-14", 90_32, "200.00×14/31月",
            [("地下车位费", "90.32"), ("  2026-12-01～2026-12-14",), ("  200.00×14/31月",)],
        ),
        ("东区地下一层机械车位年度维护费用", "", 1, "", [("东区地下一层机械车位年度维护费用", "0.01")]),
    ],
)  # fmt: skip
def test_an_item_stands_beside_its_amount_and_its_period_in_one_piece(
    item: str, period: str, fen: int, how: str, rows: list[tuple[str, ...]]
) -> None:
    assert charged(item, period, fen, how) == rows


def test_a_stretch_of_numbers_over_new_year_is_told_in_full() -> None:
    assert from_to("A26-000318", "A26-000320") == "A26-000318～000320"
    assert from_to("A26-000318", "A27-000002") == "A26-000318～A27-000002"
