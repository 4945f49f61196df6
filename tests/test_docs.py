"""What the README says is what the program does."""

import re
from pathlib import Path

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

import screens.ask
import screens.parcel_forms
import screens.parcel_intake
import screens.repair_forms
from screens.access import Access
from screens.app import FrontDesk
from screens.care import Care
from screens.counter import Counter
from screens.emergency import Emergency
from screens.events import Events
from screens.form import Form
from screens.home import Home
from screens.night import Night
from screens.notes import Notes
from screens.parcels import Parcels
from screens.payments import Payments
from screens.refunds import Refunds
from screens.repairs import Repairs
from screens.shifts import Report, Shifts
from screens.slips import Preview, Slips
from screens.today import Today
from screens.visits import Visits

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = {"Esc": "escape"}
PLACES: tuple[type[App[None]] | type[Screen], ...] = (  # type: ignore[type-arg]
    FrontDesk, Home, Counter, Repairs, Visits, Parcels, Payments, Today, Form, Slips, Preview, Shifts, Report,
    Refunds, Notes, Access, Night, Emergency, Events, Care,
    screens.parcel_forms.Ticked, screens.parcel_intake.TakeIn, screens.repair_forms.Report, screens.ask.Pick, screens.ask.Ask,
)  # fmt: skip


def test_the_keys_table_is_the_keys() -> None:
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \| [^|]+ \|$", README, re.M)
    told = {NAMES.get(key, key.lower()) for key in rows if key not in ("key", "Enter", "1–9")}
    bound = {binding.key for place in PLACES for binding in place.__dict__.get("BINDINGS", []) if isinstance(binding, Binding)}
    assert told == bound


def test_no_bare_letter_is_a_key() -> None:
    """An input method swallows them."""
    for place in PLACES:
        for binding in place.__dict__.get("BINDINGS", []):
            assert isinstance(binding, Binding)
            assert not re.fullmatch(r"[a-z0-9]", binding.key), (place, binding)


def test_ci_runs_the_readme_s_test_command() -> None:
    command = next(line for line in README.splitlines() if line.endswith("-m tests"))
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1] == command


def test_every_command_of_the_first_day_exists() -> None:
    from typer.main import get_command

    from desk.commands import app

    told = {tuple(line.split()) for line in re.findall(r"^desk((?: [a-z]+)+)", README, re.M)}
    for words in told:
        command = get_command(app)
        for word in words:
            found = getattr(command, "commands", {}).get(word)
            if found is None:
                assert not getattr(command, "commands", {}), f"desk {' '.join(words)}"
                break
            command = found


def test_the_manual_names_no_key_that_is_not_there() -> None:
    manual = (ROOT / "docs" / "使用手册.md").read_text(encoding="utf-8")
    bound = {binding.key for place in PLACES for binding in place.__dict__.get("BINDINGS", []) if isinstance(binding, Binding)}
    for key in re.findall(r"\b(F\d{1,2}|Ctrl\+[A-Z])\b", manual):
        assert key.lower() in bound, key
