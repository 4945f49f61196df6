"""What the tests of parcels share: desks of an estate of three households, a clock, and what is said of one parcel."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from data.records import Actor, Event, Record, fold
from data.store import Store
from desk import fields, staff
from desk.batches import Batch
from desk.parcels import (
    BroughtBack,
    Collected,
    Notified,
    Parcel,
    Pursued,
    Resolved,
    ReturnChosen,
    ReturnDropped,
    Returned,
    SentOut,
    TakenIn,
    Troubled,
    Undone,
)
from desk.proxies import Proxy
from desk.residents import ConsentGiven, HomeBegan, PersonRegistered, RoomRegistered, room_id
from tests.conftest import MANAGER, Desks
from tests.jobs import NOON, entry

CLERK = Actor("k1", "王芳", staff.CLERK)
GUARD = Actor("g1", "老周", staff.GUARD)
WAYBILL = "SF1456000007712"

TAKEN = TakenIn(courier="顺丰", waybill=WAYBILL, room="3-2-501", addressee="张秀兰", description="红色纸箱", shelf=2, layer=5)
HANDED = Collected(by_whom="家人", name="张敏", relation="女儿", proof="熟识")
BACK = Returned(reason="住户拒收", courier="小李")
TOLD = Notified(way="电话", note="女儿接的")

NEXT: dict[str, Event] = {
    "取走": HANDED,
    "退件": BACK,
    "通知": TOLD,
    "撤回": Undone(),
    "送上门": SentOut(carrier="小周"),
    "拿回": BroughtBack(),
    "列入退件": ReturnChosen(reason="住户拒收"),
    "不退了": ReturnDropped(),
    "误领": Troubled(sort="误领", note="3-2-502 拿错"),
    "找不到": Troubled(sort="找不到", note="架上没有"),
    "追查": Pursued(note="打过电话"),
    "找回": Resolved(how="待取", note="在地上"),
    "定已取": Resolved(how="已取", note="住户说拿到了"),
    "定已退": Resolved(how="已退", note="快递员带走了"),
    "赔付": Resolved(how="赔付", note="主管谈妥"),
}
"""Every step there is, by the word the tests call it."""

PATHS: dict[str, tuple[str, ...]] = {
    "待取": (),
    "送上门": ("送上门",),
    "已取": ("取走",),
    "待退": ("列入退件",),
    "已退": ("退件",),
    "异常": ("误领",),
    "已撤回": ("撤回",),
    "赔付": ("误领", "赔付"),
}
"""How a parcel comes into each state."""


class Clock:
    """The wall time of all desks of a test."""

    def __init__(self) -> None:
        self.at, self.ticks = NOON, count()

    def now(self) -> datetime:
        return self.at.astimezone() + timedelta(milliseconds=10 * next(self.ticks))


def stopped(patch: pytest.MonkeyPatch) -> Clock:
    """A clock that goes only when it is told to, for the desk as well."""
    clock = Clock()
    patch.setattr(fields, "wall", lambda: clock.at)
    return clock


def maker(desks: Desks, clock: Clock, *more: type[Record]) -> Callable[[str], Store]:
    """Desks of one estate: 3-2-501 lets parcels be taken in, 3-2-502 must be asked, 3-2-503 does not want it."""

    def desk(prefix: str) -> Store:
        store = desks(prefix, Parcel, clock.now, Batch, Proxy, *more)
        for code in ("3-2-501", "3-2-502", "3-2-503"):
            store.act(RoomRegistered(code=code), MANAGER)
        store.act(ConsentGiven(parcels="是", said_by="张秀兰"), MANAGER, room_id("3-2-501"))
        store.act(ConsentGiven(parcels="否"), MANAGER, room_id("3-2-503"))
        store.act(PersonRegistered(uid="p1", name="张秀兰", phone="13700009999", care="大字"), MANAGER)
        store.act(HomeBegan(room="3-2-501", person="p1"), MANAGER)
        return store

    return desk


def taken(**said: Any) -> TakenIn:
    """A parcel without a waybill for 3-2-501."""
    return TakenIn.model_validate({"courier": "中通", "room": "3-2-501", "description": "无单号小盒", **said})


def take(store: Store, **said: Any) -> Parcel:
    """Take one in."""
    record = store.act(taken(**said), CLERK).record
    assert isinstance(record, Parcel)
    return record


def led(store: Store, state: str) -> str:
    """A parcel brought into a state; gives its id."""
    subject = store.act(TAKEN, CLERK).record.id
    for step in PATHS[state]:
        store.act(NEXT[step], MANAGER if step == "赔付" else CLERK, subject)
    return subject


def folded(*said: Event, personal: bool = True) -> Parcel:
    """The record of these events, one after another."""
    record = fold(Parcel, "s", [entry(n, event, n, personal) for n, event in enumerate(said)])
    assert isinstance(record, Parcel)
    return record
