"""The demonstration: 明强小区 with its 1,220 doors, four people at work and a day in full swing, in a folder of its own.

The names and PINs are at the top, for the login screen; everything heavy is imported when the estate is made.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from desk.folder import DATABASE, DEMO, SETTINGS

if TYPE_CHECKING:
    from data.records import Actor, Event
    from data.store import Store
    from desk.shelves import Size
    from desk.staff import Role


@dataclass(frozen=True, slots=True)
class Member:
    """Someone who works in the demonstration, and the PIN that everyone may know."""

    name: str
    role: "Role"
    post: str
    pin: str


MANAGER = Member("赵强", "manager", "主管", "161803")
CLERK = Member("王芳", "clerk", "前台", "314159")
CASHIER = Member("李敏", "cashier", "收费员", "271828")
GUARD = Member("老周", "guard", "门岗", "141421")
MEMBERS = (MANAGER, CLERK, CASHIER, GUARD)

_NOTE = """这里是物业前台的演示数据，由 desk demo 造出，人和事都是编的。
打印的单据在 slips 目录里。不想要了，把整个目录删掉即可，不影响正式数据。
"""


def prepare(home: Path, say: Callable[[str], None]) -> None:
    """Make the demonstration in `home` where it is not there yet, telling `say` how far it is.

    It appears whole or not at all. Raises Refused where `home` holds anything that is not a demonstration.
    """
    from data.records import Refused

    if (home / DEMO).exists():
        return
    if (home / DATABASE).exists() or (home / SETTINGS).exists():
        raise Refused(f"{home} 里是正式的前台，不能当演示打开；演示请用 --home 换一个目录")
    if home.exists() and any(home.iterdir()):
        raise Refused(f"{home} 里有别的文件，演示请用 --home 换一个空目录")
    growing = home.with_name(f"{home.name}.new")
    if (growing / DEMO).exists():
        shutil.rmtree(growing)  # the last time it was not finished
    growing.mkdir(parents=True)
    (growing / DEMO).write_text(_NOTE, encoding="utf-8")
    _make(growing, home, say)
    if home.exists():
        home.rmdir()
    growing.replace(home)
    say(f"演示已造好，在 {home}")


def _make(growing: Path, home: Path, say: Callable[[str], None]) -> None:
    """Make everything in `growing` as it will stand in `home`."""
    from data.records import Actor
    from desk import example
    from desk.config import Config, Printer
    from desk.setup import found
    from desk.staff import join

    slips = Printer(name="演示打印机", url=(home / "slips").absolute().as_uri())
    config = Config(
        estate=example.ESTATE, phone="010-0000 1234", notice="3 栋明天 9:00–12:00 停水检修（请告知）", printer=(slips,)
    )
    say(f"正在造演示小区“{example.ESTATE}”……")
    store, manager = found(growing, config, MANAGER.name, MANAGER.pin)
    try:
        staff = {MANAGER: manager}
        for member in MEMBERS[1:]:
            staff[member] = Actor(join(store, member.name, member.role, member.pin, manager), member.name, member.role)
        _register(store, manager, say)
        say("正在登记今天的报修、访客、快递和收费……")
        _Day(store, staff).happen()
    finally:
        store.close()


@contextmanager
def _at(store: "Store", when: datetime) -> Iterator[None]:
    """What is done inside was done at `when`."""
    clock, store.now = store.now, lambda: when
    try:
        yield
    finally:
        store.now = clock


def _register(store: "Store", by: "Actor", say: Callable[[str], None]) -> None:
    """The households and bills of the example, entered some days ago, the way an office's lists are."""
    from desk import example
    from desk.dues import BillRow, BillSheet
    from desk.imports import plan_bills, plan_residents
    from desk.sheets import HouseholdRow, PersonRow, Sheet
    from desk.tariffs import TariffSet

    now = store.now()
    homes = [
        HouseholdRow(n, home["room"], home["area"], tuple(PersonRow(**one) for one in home["people"]), home["note"])
        for n, home in enumerate(example.households(), 1)
    ]
    with store.read() as read:
        plan = plan_residents(read, Sheet(tuple(homes), (), ()))
    say(f"正在登记 {len(homes):,} 户……")
    with _at(store, now - timedelta(days=12)):
        store.act_all(plan.acts, by)
    fee = TariffSet(item="物业费", klass="物业费", basis="面积", price=example.RATE * 100, since="2020-01-01")
    store.act(fee, by)
    owed = tuple(BillRow(n, **bill) for n, bill in enumerate(example.bills(f"{now:%Y-%m}"), 1))
    with store.read() as read:
        plan = plan_bills(read, BillSheet(owed, (), ()))
    say(f"正在出 {len(owed):,} 笔账单……")
    with _at(store, now - timedelta(days=11)):
        store.act_all(plan.acts, by)


class _Day:
    """What happened at the desk these days. Rooms with nobody named here take the household the example has there."""

    def __init__(self, store: "Store", staff: "dict[Member, Actor]") -> None:
        self.store, self.staff, self.now = store, staff, store.now()

    def did(self, who: Member, hours: float, event: "Event", subject: str | None = None) -> str:
        """`who` did it so many hours ago; gives the record's id."""
        with _at(self.store, self.now - timedelta(hours=hours)):
            return self.store.act(event, self.staff[who], subject).record.id

    def happen(self) -> None:
        """All of it."""
        self.repairs()
        self.visits()
        self.parcels()
        self.payments()
        self.notes()
        self.care()

    def repairs(self) -> None:
        """Some waiting, one under way, one late, one done."""
        from desk.repair_events import Assigned, Closed, Finished, Reported, Urged, WorkerArrived
        from desk.workers import Joined

        self.did(CLERK, 200, Joined(name="刘师傅", phone="15400009001", trades=("水", "下水", "门窗锁")))
        self.did(CLERK, 200, Joined(name="孙师傅", trades=("电", "公区照明", "门禁")))
        self.did(CLERK, 200, Joined(name="电梯维保", phone="15400009002", trades=("电梯",), company=True))

        self.did(CLERK, 0.3, Reported(room="3-2-502", category="水", problem="水龙头关不住", reporter="王磊", channel="电话"))
        sink = self.did(CLERK, 5, Reported(room="3-2-501", category="下水", problem="厨房下水堵了", reporter="张秀兰"))
        self.did(CLERK, 4.8, Assigned(worker="刘师傅", worker_phone="15400009001"), sink)
        self.did(CLERK, 1, Urged(note="老人一个人在家，等了一上午"), sink)
        lift = self.did(
            GUARD, 2, Reported(room="公共-电梯3", category="电梯", problem="电梯门关不上", reporter="老周", channel="门岗")
        )
        self.did(CLERK, 1.9, Assigned(worker="维保陈工", worker_phone="15400009002"), lift)
        dark = Reported(room="公共-5栋2单元", category="公区照明", problem="楼道灯不亮", reporter="孙师傅", channel="巡检")
        lamp = self.did(CLERK, 30, dark)
        self.did(CLERK, 29, Assigned(worker="孙师傅"), lamp)
        self.did(CLERK, 27, WorkerArrived(at=f"{self.now - timedelta(hours=27):%Y-%m-%dT%H:%M}"), lamp)
        self.did(CLERK, 26, Finished(result="换声控灯头一只"), lamp)
        self.did(CLERK, 25, Closed(rating=5), lamp)

    def visits(self) -> None:
        """Four inside, one of them too long, one gone, one turned away."""
        from desk.visits import Arrived, Left, TurnedAway

        self.did(GUARD, 3, Arrived(room="1-1-101", category="访友", confirmed_by="对讲已同意", name="陈女士", headcount=2))
        self.did(GUARD, 1.5, Arrived(room="3-2-501", category="家政护工", confirmed_by="电话已同意", name="何阿姨"))
        self.did(GUARD, 0.9, Arrived(room="6-3-402", category="外卖", confirmed_by="门岗放行"))
        by_car = Arrived(room="2-1-302", category="访友", confirmed_by="电话已同意", name="吴先生", plate="京A12345")
        self.did(GUARD, 0.2, by_car)
        gone = self.did(GUARD, 2.5, Arrived(room="4-2-201", category="快递", confirmed_by="门岗放行", company="顺丰"))
        self.did(GUARD, 2.1, Left(), gone)
        self.did(GUARD, 1.2, TurnedAway(room="9-1-601", category="看房中介", reason="无法联系"))
        self.leave()

    def leave(self) -> None:
        """A carer who comes every day, a guest tonight, a flat that wants no agents, a sofa that goes out."""
        from datetime import timedelta

        from desk.barrings import Barred
        from desk.bookings import Booked
        from desk.permits import Granted
        from desk.releases import Issued, Item

        year = f"{self.now + timedelta(days=300):%Y-%m-%d}"
        carer = Granted(
            room="3-2-501", relation="保姆", name="何阿姨", hours="8-18", until=year, how="业主当面", said_by="张秀兰"
        )  # fmt: skip
        self.did(CLERK, 50, carer)
        later = f"{self.now + timedelta(hours=8):%Y-%m-%dT%H:%M}"
        self.did(CLERK, 1.4, Booked(room="5-1-302", name="陈先生", until=later, said_by="孙女士"))
        self.did(GUARD, 40, Barred(room="9-1-601", sort="住户不接待", category="看房中介", until=year, said_by="住户"))
        sofa = Issued(
            room="2-1-302", way="搬出", items=(Item(what="沙发", large=True), Item(what="纸箱", count=12)),
            how="业主当面", said_by="吴女士", until=later,
        )  # fmt: skip
        self.did(CLERK, 0.5, sofa)

    def parcels(self) -> None:
        """A shelf with fresh ones, old ones, and one that should go back."""
        from desk.parcels import Collected, Notified, TakenIn

        def taken(hours: float, courier: str, number: str, room: str, size: "Size" = "小") -> str:
            event = TakenIn(courier=courier, waybill=number, room=room, size=size, consented=True)
            return self.did(CLERK, hours, event)

        taken(2, "顺丰", "SF1456000000301", "3-2-501")
        taken(75, "中通", "78012345678901", "3-2-501", "中")
        taken(1.8, "圆通", "YT1234567890123", "3-2-502")
        taken(1.8, "京东", "JD0012345678901", "1-1-101", "大")
        taken(1.7, "韵达", "310123456789012", "7-1-202")
        taken(1.7, "极兔", "JT1234567890123", "11-2-1001", "袋")
        late = taken(200, "申通", "770123456789012", "8-2-301")
        self.did(CLERK, 120, Notified(way="电话", note="出差，下周回来取"), late)
        fetched = taken(26, "邮政EMS", "9876543210987", "5-1-302", "信")
        self.did(CLERK, 3, Collected(by_whom="本人", proof="熟识"), fetched)

    def payments(self) -> None:
        """What the cashier took this morning."""
        from desk.bills import open_bills
        from desk.paid import Paid, Part, Tender, TenderKind
        from desk.shifts import ShiftOpened

        by = self.staff[CASHIER]
        self.did(CASHIER, 4.5, ShiftOpened(pieces=((100_00, 2), (50_00, 2), (10_00, 15), (1_00, 50))))
        came: tuple[tuple[float, str, TenderKind], ...] = (
            (4, "1-1-101", "现金"), (3.2, "2-1-302", "微信"), (2.6, "5-1-302", "支付宝"), (1.4, "12-3-501", "现金"),
            (0.6, "4-2-201", "刷卡"),
        )  # fmt: skip
        for hours, room, kind in came:
            with self.store.read() as read:
                owed = [row for row in open_bills(read, room, by) if row.open > 0]
            parts = tuple(Part(bill=row.bill.id, item=row.bill.item, period=row.bill.period, fen=row.open) for row in owed)
            due = sum(part.fen for part in parts)
            given = -(-due // 10_000) * 10_000 if kind == "现金" else 0  # the next hundred yuan
            tender = Tender(
                kind=kind, fen=due, given=given, change=given - due if given else 0,
                reference="318204" if kind in ("微信", "支付宝") else "",
            )  # fmt: skip
            if parts:
                self.did(CASHIER, hours, Paid(room=room, parts=parts, tenders=(tender,), request=f"demo-{room}"))
        self.ahead(by)

    def ahead(self, by: "Actor") -> None:
        """A deposit held, three months paid ahead, and a refund that waits for the supervisor."""
        from desk.billed import Billed
        from desk.paid import Paid, Part, Tender
        from desk.prepaid import account_id
        from desk.refunded import RefundPart, Requested

        month = f"{self.now:%Y-%m}"
        deposit = Billed(room="6-3-402", item="装修押金", klass="押金", period_from=month, period_to=month, fen=2000_00)
        self.did(CASHIER, 0.5, deposit)
        part = Part(bill=deposit.key(), item="装修押金", period=month, fen=2000_00)
        card = Tender(kind="刷卡", fen=2000_00, reference="004217")
        self.did(CASHIER, 0.5, Paid(room="6-3-402", parts=(part,), tenders=(card,), request="demo-deposit"))
        account = account_id("5-1-302", "物业费")
        part = Part(bill=account, item="物业费", period="3个月", fen=300_00, kind="预存")
        cash = Tender(kind="现金", fen=300_00, given=300_00)
        self.did(CASHIER, 0.4, Paid(room="5-1-302", parts=(part,), tenders=(cash,), request="demo-ahead"))
        back = Requested(
            sort="预存", room="5-1-302", parts=(RefundPart(target=account, fen=100_00),), route="银行转账", payee="孙女士",
            account="6222000011112222", reason="多存了，改退一部分", request="demo-refund",
        )  # fmt: skip
        self.did(CASHIER, 0.3, back)

    def notes(self) -> None:
        """What the next shift must know, a key that is out, a wheelchair lent."""
        from desk.notes import Left

        self.did(CLERK, 6, Left(sort="交班必读", text="3 栋明天 9 点到 12 点停水，来电都告知"))
        self.did(CLERK, 3, Left(sort="钥匙", text="水泵房钥匙", holder="刘师傅"))
        self.did(GUARD, 2, Left(sort="借出", text="轮椅一辆", room="1-1-101", holder="陈女士"))

    def care(self) -> None:
        """Two who want to be seen every day, whom to ring for one of them, what she asked for, and her key."""
        from sqlmodel import select

        from desk.care_events import CareAgreed
        from desk.contacts import ContactNamed
        from desk.instructions import InstructionGiven
        from desk.keys_held import KeyKept
        from desk.lending import StockCounted
        from desk.residents import Home, Person

        with self.store.read() as read:
            joined = select(Person).join(Home, Home.person == Person.id)  # type: ignore[arg-type]
            lives = {
                room: read.exec(joined.where(Home.room == room, Home.role == "业主")).first() for room in ("3-2-501", "1-1-101")
            }
        for room, person in lives.items():
            if person:
                kept = CareAgreed(flags=person.care or "独居", tier="A" if room == "3-2-501" else "B", said_by=person.name)
                self.did(CLERK, 50, kept, person.id)
        self.did(
            CLERK, 50, ContactNamed(room="3-2-501", name="张敏", relation="女儿", phone="15400008888", agreed_by="张秀兰",
            quiet_from=22, quiet_to=7, phrase="腊梅"),
        )  # fmt: skip
        self.did(CLERK, 49, InstructionGiven(room="3-2-501", sort="先打电话", text="请先打电话再敲门", said_by="张秀兰"))
        key = KeyKept(
            room="3-2-501", what="入户门钥匙 1 把", bag="B0012", owner="张秀兰", signed="已签字", second=self.staff[MANAGER].id
        )
        self.did(CLERK, 48, key)
        for item, count in (("轮椅", 2), ("推车", 3), ("雨伞", 10)):
            self.did(CLERK, 48, StockCounted(item=item, count=count))
