"""A few pictures of the glass at 80×24 and 120×36; each docstring says what one should see."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from data.records import Actor
from screens.app import FrontDesk
from tests.office import office, until

NARROW, WIDE = (80, 24), (120, 36)
Before = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture
def glass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FrontDesk, dict[str, Actor]]:
    """The program on a furnished office, at a minute that stands still, with a caret that does not blink."""
    store, staff = office(tmp_path)
    store.close()
    monkeypatch.setattr(FrontDesk, "now", lambda self: datetime(2026, 11, 20, 9, 12))
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    return FrontDesk(tmp_path), staff


def served(app: FrontDesk, actor: Actor | None, typed: str = "", *keys: str) -> Before:
    """Brings the program to a household's card and presses keys."""

    async def run(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: app.opened)
        if actor is None:
            return
        app.enter(actor)
        await pilot.pause()
        app.screen.query_one("#find", Input).value = typed
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return run


Glass = tuple[FrontDesk, dict[str, Actor]]


def test_login(snap_compare: Any, glass: Glass) -> None:
    """The roster with numbers, the caret in the name field, the estate at the top."""
    assert snap_compare(glass[0], terminal_size=NARROW, run_before=served(glass[0], None))


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "120x36"])
def test_card(snap_compare: Any, glass: Glass, size: tuple[int, int]) -> None:
    """Two people with masked phones and care marks, ￥483.84 owed, and a key for each job; nothing cut in half."""
    app, staff = glass
    assert snap_compare(app, terminal_size=size, run_before=served(app, staff["李敏"], "32501"))


def test_card_of_a_guard(snap_compare: Any, glass: Glass) -> None:
    """The same household without a word of money and without F6."""
    app, staff = glass
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["老周"], "32501"))


def test_pay(snap_compare: Any, glass: Glass) -> None:
    """Three ticked bills, 483.84 in big digits with its capitals, 16.16 change for 500."""
    app, staff = glass
    keys = ("f6", "5", "0", "0")
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["李敏"], "32501", *keys))


def test_refusal_beside_its_field(snap_compare: Any, glass: Glass) -> None:
    """400 typed for 483.84 owed: the sentence stands under 实收, what was typed is still there."""
    app, staff = glass
    keys = ("f6", "4", "0", "0", "ctrl+s")
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["李敏"], "32501", *keys))


def test_visitor_form(snap_compare: Any, glass: Glass) -> None:
    """Room filled in, every choice with its digit, four fields are enough."""
    app, staff = glass
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["老周"], "32501", "f4"))


def test_money_menu(snap_compare: Any, glass: Glass) -> None:
    """Nine things by digit for the household on the card, none of them cut."""
    app, staff = glass
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["李敏"], "32501", "ctrl+o"))


def test_blind_count(snap_compare: Any, glass: Glass) -> None:
    """A field for each note and coin, 1,250.00 counted in big digits, and nothing of what is expected."""
    app, staff = glass
    keys = ("f6", "ctrl+s", "f10", "f9", "1", "2", "enter", "1")
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["李敏"], "32501", *keys))


def test_split_tender(snap_compare: Any, glass: Glass) -> None:
    """300.00 in cash on the table, 183.84 still to come, asked by 微信 with its order number and time."""
    app, staff = glass
    keys = ("f6", "3", "0", "0", "f8", "2")
    assert snap_compare(app, terminal_size=NARROW, run_before=served(app, staff["李敏"], "32501", *keys))
