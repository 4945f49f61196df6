"""One folder with everything a desk keeps: setting it up, and opening its store."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from data.keys import own_certificate
from data.records import Actor
from data.store import Store
from desk.config import Config, write_config
from desk.folder import DATABASE, require_none
from desk.jobs import JOBS
from desk.paper import spooler
from desk.staff import MANAGER, hash_pin, join
from printers import spool


def store_of(home: Path, config: Config, now: Callable[[], datetime] | None = None) -> Store:
    """The store of a home folder, not opened yet."""
    return Store(home / DATABASE, JOBS, paper=spooler(config, home), schema=spool.SCHEMA, now=now)


def open_store(home: Path, config: Config, progress: Callable[[int], None] = lambda done: None) -> Store:
    """The store of a home folder, looked over and ready. Raises data.file.Damaged; nothing is made anew over it.

    `progress` is told how many entries are folded where an update makes every table anew.
    """
    store = store_of(home, config)
    store.open(progress)
    return store


def found(home: Path, config: Config, manager: str, pin: str, prefix: str = "A") -> tuple[Store, Actor]:
    """Set up a desk in an empty folder: its settings, its database with a first chain, its first supervisor.

    Raises Refused where a desk is kept already; nothing of it is touched.
    """
    require_none(home)
    hash_pin(pin)
    write_config(home, config)
    store = store_of(home, config)
    store.create(own_certificate(home, config.desk, prefix))
    staff = join(store, manager, MANAGER, pin)
    return store, Actor(staff, manager, MANAGER)
