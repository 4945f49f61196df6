"""The folder of a desk: where it is when nobody says, and what is said when there is no desk in it. Loads nothing heavy."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data.records import Refused

SETTINGS, DATABASE = "desk.toml", "desk.db"
DEMO = "演示.txt"
"""Lies in the folder of a demonstration, so that no real desk is ever taken for one."""


def default_home(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Where programs of this system keep a user's data: DESK_HOME when it is set, else a folder of our own there."""
    if said := environment.get("DESK_HOME"):
        return Path(said)
    if platform == "win32":
        base = environment.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "wuye-desk"


def require_none(home: Path) -> None:
    """Look that no desk is kept here yet. Raises Refused; nothing of it is touched."""
    if (home / DATABASE).exists() or (home / SETTINGS).exists():
        from data.records import Refused

        raise Refused(f"{home} 里已经有一个前台了。直接运行 desk 打开它；要另建一个，请用 --home 换一个目录")


def none_here(home: Path) -> "Refused":
    """What is said where no desk was ever set up."""
    from data.records import Refused

    return Refused(f"{home} 还没有设置过前台，请先运行 desk setup（或 desk demo 看演示）")


def require(home: Path) -> None:
    """Look whether a desk was set up here and its database is still there. Raises Refused or data.file.Damaged.

    A database that is gone is never made anew: the office would go on with an empty one and not notice.
    """
    if not (home / SETTINGS).exists() and not (home / DATABASE).exists():
        raise none_here(home)
    database = home / DATABASE
    if not database.exists() or not database.stat().st_size:  # SQLite would take an empty file for a new database
        from data.file import RESTORE, Damaged

        raise Damaged(f"{'数据库文件是空的' if database.exists() else '找不到数据库文件'} {database}。{RESTORE}")
