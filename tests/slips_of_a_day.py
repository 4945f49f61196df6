"""Every slip of the desk in one place: a day of money, visitors, parcels and repairs, laid out anew for any paper."""

import functools
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk import residents, staff
from desk.care_events import CareAgreed, CareWithdrawn
from desk.care_slips import round_list
from desk.checkup import TEST
from desk.keys_held import KeyGivenBack, KeyKept, KeyReturned, KeyTaken
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
        for part in (the_counter, the_care, *WHOLE, the_care_withdrawn, the_rare_name):
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
