"""Every slip of the desk in one place: a day of money, visitors, parcels and repairs, laid out anew for any paper."""

import functools
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk import staff
from desk.checkup import TEST
from desk.evacuation import Listed
from desk.incident_events import Closed, Opened, Placed, Told
from desk.outages import Announced, Ended
from desk.paper import dressed
from desk.parcels import Collected, Notified, TakenIn
from desk.repairs import Assigned, Reported
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
        d.did("", Collected(by_whom="家人", name="张敏", relation="女儿"), d.clerk, parcel)
    leave = f"{d.at + timedelta(hours=6):%Y-%m-%dT%H:%M}"
    fitters = {"room": OTHER, "category": "维修装修", "confirmed_by": "对讲已同意", "company": "安居装饰", "phone": PHONE}
    d.did("", Arrived.model_validate(fitters | {"name": "周", "leave_by": leave}), d.guard)
    for room in (LARGE, ROOM):
        said = Reported(room=room, category="下水", problem="厨房地漏返水，水漫到客厅木地板", reporter="张敏", phone=PHONE)
        repair = d.did("", said, d.clerk).id
        d.did("", Assigned(worker="刘师傅", worker_phone="13900005678"), d.clerk, repair)


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


def the_rare_name(d: Day) -> None:
    """What few printers have; past the day's own reader, which holds the bytes against a text without substitutes."""
    said = Reported(room=OTHER, category="电", problem="进门总开关跳闸", reporter="欧阳㛃", phone=PHONE)
    repair = d.store.act(said, d.clerk).record.id
    d.store.act(Assigned(worker="䶮师傅", worker_phone="13900005678"), d.clerk, repair)


@functools.cache
def day() -> tuple[Made, ...]:
    """Every copy of every slip of the day, oldest first, and the one `desk print test` prints. A second to make, once."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        patch.setattr(staff, "HASHING", (1, 8, 1))
        d = Day(Path(home), 32, patch)
        for part in (the_counter, *WHOLE, the_night, the_rare_name):
            part(d)
        found = d.store.look(lambda db: db.execute("SELECT slip, copy, mark FROM print_job ORDER BY id").fetchall())
        d.store.close()
        return (*(Made(Slip.from_json(slip), copy, mark) for slip, copy, mark in found), Made(dressed(TEST, d.config)))


def one_of_each() -> list[Made]:
    """The first copy of each of the desk's forms, in plain print and, where a household asked for it, in large."""
    found: dict[tuple[str, bool, bool], Made] = {}
    for made in day():
        key = made.slip.title, bool(made.mark)
        found.setdefault((*key, False), replace(made, slip=replace(made.slip, large=False)))
        if made.slip.large:
            found.setdefault((*key, True), made)
    return list(found.values())
