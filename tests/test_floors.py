"""The walls of the house: who may know whom, and what may be loaded before the first picture."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = (
    "sqlmodel", "sqlalchemy", "pydantic", "typer", "escpos", "qrcode", "PIL", "httpx", "pypinyin", "openpyxl", "argon2",
    "cryptography", "fastapi", "psycopg",
)  # fmt: skip


def loaded(code: str) -> set[str]:
    """The top-level modules a fresh Python has after running `code`."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(run.stdout.split())


@pytest.mark.parametrize("floor", ["data.store, data.sync, data.keys", "desk.jobs, desk.setup, desk.find", "printers.spool"])
def test_below_the_glass_nobody_knows_textual(floor: str) -> None:
    assert "textual" not in loaded(f"import {floor}")


@pytest.mark.parametrize("floor", ["data", "printers"])
def test_memory_and_paper_know_no_job(floor: str) -> None:
    found = loaded(f"import pkgutil, importlib, {floor}\nfor m in pkgutil.iter_modules({floor}.__path__):\n"
                   f"    importlib.import_module('{floor}.' + m.name)")  # fmt: skip
    assert not found & {"desk", "screens"}


def test_nothing_heavy_is_loaded_before_the_first_picture() -> None:
    """measures.md: each of these costs the first paint tens to hundreds of milliseconds."""
    found = loaded("import desk.__main__, screens.app")
    assert "textual" in found
    assert not found & set(HEAVY)


def test_the_kitty_protocol_is_off_before_textual_is_there() -> None:
    """Textual 8.2.8 turns five committed Chinese characters into garbage keys under it (models.md §6.1)."""
    run = subprocess.run(
        [sys.executable, "-c", "import desk.__main__, textual.constants as c; print(c.DISABLE_KITTY_KEY, c.MAX_FPS)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.split() == ["True", "1000"]
