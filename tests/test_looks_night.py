"""Pictures of the night board and of an emergency at 80×24 and 120×36; each docstring says what one should see."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from data.records import Actor
from desk import fields, notes
from desk.outages import Announced
from desk.repairs import Reported
from desk.visits import Arrived
from screens.app import FrontDesk
from tests.office import office, until

NIGHT = datetime(2036, 11, 20, 23, 10)
NARROW, WIDE = (80, 24), (120, 36)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FrontDesk, Actor]:
    """The program on an office at night: two visitors, one too long, a stopped lift, no water, a key out, a note to read."""
    at = NIGHT - timedelta(minutes=95)
    monkeypatch.setattr(fields, "wall", lambda: at)
    store, staff = office(tmp_path)
    store.now = at.astimezone
    guard, clerk = staff["老周"], staff["王芳"]
    friend = {"name": "王先生", "headcount": 2, "leave_by": "2036-11-21T02:00"}
    for by, event in (
        (guard, Arrived(room="3-2-501", category="外卖", confirmed_by="门岗放行", name="外卖员")),
        (guard, Arrived.model_validate({"room": "3-2-502", "category": "访友", "confirmed_by": "电话已同意"} | friend)),
        (guard, Reported(room="公共-电梯3", category="电梯", problem="电梯不动", reporter="老周")),
        (clerk, Announced(category="水", place="3栋", say="正在抢修，请先存一点水", until="2036-11-21T03:00")),
        (clerk, notes.Left(sort="钥匙", text="泵房 2 号", holder="王师傅", back_by="2036-11-21T06:00")),
        (clerk, notes.Left(sort="交班必读", text="二号楼水泵今晚检修，有人问就说明早六点好")),
    ):
        store.act(event, by)
    store.close()
    monkeypatch.setattr(fields, "wall", lambda: NIGHT)
    monkeypatch.setattr(FrontDesk, "now", lambda self: NIGHT)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    return FrontDesk(tmp_path), guard


def pressed(app: FrontDesk, actor: Actor, *keys: str) -> Any:
    """Brings the guard to the board and presses keys."""

    async def run(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.opened)
        app.store.now = NIGHT.astimezone
        app.enter(actor)
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return run


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
def test_board(snap_compare: Any, board: tuple[FrontDesk, Actor], size: tuple[int, int]) -> None:
    """Three people inside, the courier marked ! and 超65分; what is to come by its hour; water, lift and the note unread."""
    assert snap_compare(board[0], terminal_size=size, run_before=pressed(*board))


def test_fire(snap_compare: Any, board: tuple[FrontDesk, Actor]) -> None:
    """119 in big digits, what to say and what to do, the time it was written, and a field for where."""
    assert snap_compare(board[0], terminal_size=NARROW, run_before=pressed(*board, "ctrl+z", "2"))
