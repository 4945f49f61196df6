"""A small office for the tests: an estate of a few households, four people who work there, and its program opened."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from data.records import Actor
from data.store import Store
from desk import staff
from desk.billed import Billed
from desk.config import Config
from desk.residents import HomeBegan, PersonRegistered, RoomRegistered, initials
from desk.setup import found, open_store
from desk.shifts import ShiftOpened
from screens.app import FrontDesk

PIN = {"王芳": "135790", "李敏": "246813", "赵强": "258036", "老周": "147038"}
HOUSEHOLDS = (
    ("3-2-501", 8960, (("张秀兰", "业主", "13800001234", "独居,大字"), ("李建国", "租户", "13900005678", ""))),
    ("3-2-502", 7250, (("王磊", "业主", "", ""),)),
    ("11-1-101", 6000, (("欧阳㛃", "业主", "15400001234", ""),)),
    ("1-1-1101", 6000, ()),
)
CONFIG = Config(estate="明强小区", desk="前台", phone="8888 1234", theme="dark")
MONTHS = ("2026-09", "2026-10", "2026-11")


FLOAT = ((100_00, 2), (50_00, 2), (10_00, 15), (1_00, 50))
"""The counted float: ￥500.00."""


def furnish(store: Store) -> dict[str, Actor]:
    """Households, three months of bills for the first, staff, and the cashier's shift open; gives the staff by name."""
    store.act_all([(RoomRegistered(code=code, area=area), None) for code, area, _ in HOUSEHOLDS], staff.COMMAND_LINE)
    for code, _, people in HOUSEHOLDS:
        for n, (name, role, phone, care) in enumerate(people):
            uid = f"p-{code}-{n}"
            person = PersonRegistered(uid=uid, name=name, phone=phone, care=care, initials=initials(name))
            home = HomeBegan(room=code, person=uid, role=role)  # type: ignore[arg-type]
            store.act_all([(person, None), (home, None)], staff.COMMAND_LINE)
    for month in MONTHS:
        bill = Billed(room="3-2-501", item="物业费", klass="物业费", period_from=month, period_to=month, fen=16128)
        store.act(bill, staff.COMMAND_LINE)
    actors = {}
    for name, role in (("王芳", staff.CLERK), ("李敏", staff.CASHIER), ("老周", staff.GUARD)):
        actors[name] = Actor(staff.join(store, name, role, PIN[name]), name, role)
    store.act(ShiftOpened(pieces=FLOAT), actors["李敏"])
    return actors


def founded(home: Path) -> tuple[Store, dict[str, Actor]]:
    """A furnished office made from nothing, by whatever clock the desk has; `store` is open."""
    store, manager = found(home, CONFIG, "赵强", PIN["赵强"])
    return store, {"赵强": manager, **furnish(store)}


@functools.cache
def _aside(minute: str) -> tuple[Path, dict[str, Actor]]:
    """An office to copy: its PINs alone take half a second. One for each `minute`, so that none is of yesterday."""
    home = Path(tempfile.mkdtemp(prefix="office-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    store, people = founded(home)
    store.close()
    return home, people


def office(home: Path) -> tuple[Store, dict[str, Actor]]:
    """A furnished office in an empty folder; `store` is open. All have one chain: none can meet another at central."""
    kept, people = _aside(f"{datetime.now():%Y-%m-%d %H:%M}")
    shutil.copytree(kept, home, dirs_exist_ok=True)
    return open_store(home, CONFIG), dict(people)


@asynccontextmanager
async def opened(
    home: Path, actor: Actor | None = None, size: tuple[int, int] = (80, 24), find: str = "", night: bool = False
) -> AsyncIterator[Pilot[None]]:
    """The program on that folder, open and, with `actor`, logged in at the counter with `find` in its search box.

    With `night`, where the program itself leads whoever comes at that hour.
    """
    app = FrontDesk(home)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.opened or bool(app.trouble))
        if actor:
            app.enter(actor)
            if not night:
                app.switch_mode("home")  # whatever hour the tests run at
            await pilot.pause()
        if find:
            app.screen.query_one("#find", Input).value = find
            await pilot.pause()
        yield pilot


async def until(pilot: Pilot[None], so: object, tries: int = 500) -> None:
    """Let the program run until `so()` holds."""
    assert callable(so)
    for _ in range(tries):
        await pilot.pause()
        if so():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came")
