"""Every slip of the desk in one place: a day of money, visitors, parcels and repairs, laid out anew for any paper."""

import functools
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk import batches, inquiries, residents, staff
from desk.bookings import Booked
from desk.care_events import CareAgreed, CareWithdrawn
from desk.care_slips import round_list
from desk.checkup import TEST
from desk.evacuation import Listed
from desk.incident_events import Closed, Opened, Placed, Told
from desk.keys_held import KeyGivenBack, KeyKept, KeyReturned, KeyTaken
from desk.notice_rounds import ListMade
from desk.outages import Announced, Ended
from desk.paper import dressed
from desk.parcels import Collected, Notified, Returned, TakenIn, Troubled
from desk.permits import Granted
from desk.releases import Issued, Item
from desk.repair_events import Assigned, Finished, QuoteAgreed, Quoted, Reported, Transferred, WorkerArrived
from desk.repair_lines import typed
from desk.stocktakes import Counted
from desk.visits import Arrived
from printers.slip import Row, Slip, layout
from tests.test_money_paper import LARGE, OTHER, PHONE, ROOM, WHOLE, Day

GROUP = pytest.mark.xdist_group("slips")
"""The tests that read them, in one process: the day is made once."""


@dataclass(frozen=True)
class Made:
    """A slip as it went into the tray, one of its copies; `mark` says that it was printed again."""

    slip: Slip
    copy: str = ""
    mark: str = ""

    @property
    def name(self) -> str:
        """What people call it: 收款收据 客户联, 访客单 大字, 收款收据 客户联 补打."""
        said = (self.slip.title, self.copy, "大字" if self.slip.large else "", "补打" if self.mark else "")
        return " ".join(filter(None, said))

    def rows(self, columns: int) -> tuple[Row, ...]:
        """Its rows on a paper of 24–48 columns."""
        return layout(self.slip, columns, self.copy, self.mark)


def the_counter(d: Day) -> None:
    """Visitors, parcels and repairs of a household in large print and of one that is not."""
    for room, plate in ((LARGE, "京A12345"), (ROOM, "沪AD12345")):
        d.did("", Arrived(room=room, category="访友", confirmed_by="电话已同意", plate=plate, headcount=2), d.guard)
        parcel = d.did("", TakenIn(courier="顺丰", waybill="SF1456000007712", room=room, consented=True), d.clerk).id
        d.did("", Notified(way="门贴"), d.clerk, parcel)
        d.did("", Collected(by_whom="家人", name="张敏", relation="女儿", proof="熟识"), d.clerk, parcel)
    leave = f"{d.at + timedelta(hours=6):%Y-%m-%dT%H:%M}"
    fitters = {"room": OTHER, "category": "维修装修", "confirmed_by": "对讲已同意", "company": "安居装饰", "phone": PHONE}
    d.did("", Arrived.model_validate(fitters | {"name": "周", "leave_by": leave}), d.guard)
    for room in (LARGE, ROOM):
        said = Reported(room=room, category="下水", problem="厨房地漏返水，水漫到客厅木地板", reporter="张敏", phone=PHONE)
        repair = d.did("", said, d.clerk).id
        d.did("", Assigned(worker="刘师傅", worker_phone="13900005678"), d.clerk, repair)
        lines = typed("不锈钢弯头 2个 35；工时 1.5小时 60")
        d.did("维修报价", Quoted(lines=lines, cap=200_00), d.clerk, repair)
        for event in (QuoteAgreed(signed_by="张敏", cap=200_00), WorkerArrived()):
            d.did("", event, d.clerk, repair)
        d.did("维修完工", Finished(result="换了弯头", lines=lines), d.clerk, repair)
        dry = d.did("", Reported(room=room, category="水", problem="家里没水", reporter="张敏", phone=PHONE), d.clerk).id
        d.did("", Transferred(sent_to="自来水公司", sent_phone="010-96116"), d.clerk, dry)


def the_night(d: Day) -> None:
    """An outage on two doors and its end, an incident with its lines, the list for the fire brigade."""
    say = "正在抢修，请先存一点水；有行动不便的老人请打前台电话"
    doors = ("3栋2单元", "11栋1单元")
    until = f"{d.at + timedelta(hours=6):%Y-%m-%dT%H:%M}"
    sudden = Announced(category="水", place="3栋 11栋", say=say, until=until, doors=doors)
    outage = d.did("", sudden, d.clerk).id
    begin, end = (f"{d.at + timedelta(days=1, hours=hours):%Y-%m-%dT%H:%M}" for hours in (1, 4))
    d.did(
        "",
        Announced(category="电梯", place="3栋2单元", planned=True, begin=begin, until=end, say=say, doors=doors[:1]),
        d.clerk,
    )
    d.did("", Ended(doors=doors), d.clerk, outage)
    visit = d.did("", Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", plate="京A54321"), d.guard).id
    incident = d.did("", Opened(sort="110"), d.guard).id
    for event in (
        Placed(place="3栋2单元门口"),
        Told(step="到场", text="民警两人"),
        Told(step="涉及", room=ROOM, visit=visit),
        Told(step="情况", text="两人在单元门口争吵推搡，没有人受伤，对方称是来找亲戚要钱的，情绪激动"),
    ):
        d.did("", event, d.guard, incident)
    d.did("", Closed(result="已移交民警"), d.boss, incident)
    d.did("", Listed(), d.guard)


def the_gate(d: Day) -> None:
    """Leave for longer, for once, for goods; records given to the police."""
    year, evening, how = f"{d.at + timedelta(days=300):%Y-%m-%d}", f"{d.at:%Y-%m-%d}T22:00", "业主当面"
    goods = (Item(what="双开门冰箱", large=True), Item(what="纸箱", count=12), Item(what="实木餐桌连四把餐椅", count=5))
    for room, plate in ((LARGE, "京A12345"), (ROOM, "沪AD12345")):
        carer = {
            "room": room,
            "relation": "保姆",
            "name": "何阿姨",
            "days": "一三五",
            "hours": "8-18",
            "until": year,
            "plate": plate,
        }
        d.did("", Granted.model_validate(carer | {"how": how, "said_by": "张秀兰"}), d.clerk)
        d.did("", Booked(room=room, category="家政护工", name="陈先生", headcount=2, until=evening), d.guard)
        slip = {"room": room, "way": "搬出", "items": goods, "how": how, "said_by": "张秀兰", "until": evening, "plate": plate}
        d.did("", Issued.model_validate(slip | {"carrier": "蚂蚁搬家"}), d.guard)
    today = f"{d.at:%Y-%m-%d}"
    police = {"unit": "明强派出所", "officer": "警号 012345", "document": "明公调〔2026〕18号", "since": today, "until": today}
    d.did("", inquiries.Opened.model_validate(police | {"asked": "18 日晚来访", "given": "打印 3 条"}), d.boss)


def the_courier(d: Day) -> None:
    """A courier's round, what goes back, what is looked for, a shelf that does not agree, whom to ring."""
    cart = d.did("", batches.Opened(courier="顺丰", person="李师傅", announced=4), d.clerk).id
    numbers = [f"SF14560000081{n:02d}" for n in range(3)]
    came = [d.did("", TakenIn(courier="顺丰", waybill=one, room=ROOM, consented=True, batch=cart), d.clerk) for one in numbers]
    d.did("", batches.TurnedAway(why="到付", waybill="SF1456000009999"), d.clerk, cart)
    d.did("", batches.Closed(counted=3), d.clerk, cart)
    d.did("", Troubled(sort="找不到", note="架上没有"), d.clerk, came[0].id)
    d.did("", Returned(reason="住户拒收", courier="李师傅"), d.clerk, came[1].id)
    d.did("", Counted(shelf=2, seen=("SF1456000009999",)), d.clerk)
    d.did("", ListMade(days=0, rooms=(ROOM, LARGE)), d.clerk)


def the_care(d: Day) -> None:
    """Care agreed to and withdrawn, and keys in custody of a household in large print and of one that is not."""
    with d.store.read() as read:
        person = residents.household(read, LARGE)[0][1]
    said = CareAgreed(flags="独居,听力,大字", tier="A", who="家属", said_by="张敏（女儿）")
    d.did("", said, d.clerk, person.id)
    for n, room in enumerate((LARGE, ROOM)):
        kept = KeyKept(
            room=room, what="入户门钥匙 1 把、门禁卡 1 张", bag=f"B00{n}", owner="张敏", signed="已签字", second=d.guard.id
        )
        key = d.did("", kept, d.clerk).id
        d.did("", KeyTaken(reason="报修", before="封袋完好，两人同去，住户电话同意", second=d.guard.id), d.clerk, key)
        d.did("", KeyReturned(bag=f"B01{n}", after="门已锁好，屋里正常", second=d.guard.id), d.clerk, key)
        d.did("", KeyGivenBack(taker="张敏", signed="已签字"), d.clerk, key)


def the_care_withdrawn(d: Day) -> None:
    """After the others, because it takes the large print away with the rest."""
    with d.store.read() as read:
        person = residents.household(read, LARGE)[0][1]
    d.did("", CareWithdrawn(said_by="张秀兰"), d.clerk, person.id)


def the_rare_name(d: Day) -> None:
    """What few printers have; past the day's own reader, which holds the bytes against a text without substitutes."""
    said = Reported(room=OTHER, category="电", problem="进门总开关跳闸", reporter="欧阳㛃", phone=PHONE)
    repair = d.store.act(said, d.clerk).record.id
    d.store.act(Assigned(worker="䶮师傅", worker_phone="13900005678"), d.clerk, repair)


@functools.cache
def day() -> tuple[Made, ...]:
    """Every copy of every slip of the day, oldest first, and those no act leaves. A second to make, once."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        patch.setattr(staff, "HASHING", (1, 8, 1))
        d = Day(Path(home), 32, patch)
        for part in (the_counter, the_courier, the_gate, the_care, *WHOLE, the_night, the_care_withdrawn, the_rare_name):
            part(d)
        found = d.store.look(lambda db: db.execute("SELECT slip, copy, mark FROM print_job ORDER BY id").fetchall())
        d.store.close()
        walk = [(LARGE, "张*兰", "独居 · 听力 · 大字"), ("公共-门岗", "王*", ""), ("12-3-2401A", "欧阳*", "不便")]
        loose = (TEST, round_list("2026-11-20T09:05", walk, d.clerk))
        return (
            *(Made(Slip.from_json(slip), copy, mark) for slip, copy, mark in found),
            *(Made(dressed(slip, d.config), slip.copies[0]) for slip in loose),
        )


def one_of_each() -> list[Made]:
    """The first copy of each of the desk's forms, in plain print and, where a household asked for it, in large."""
    found: dict[tuple[str, bool, bool], Made] = {}
    for made in day():
        key = made.slip.title, bool(made.mark)
        found.setdefault((*key, False), replace(made, slip=replace(made.slip, large=False)))
        if made.slip.large:
            found.setdefault((*key, True), made)
    return list(found.values())
