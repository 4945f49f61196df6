"""The file on the desk: one known SQLite, its settings, and what is said when the file is hurt."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from data.journal import Db
from data.records import Refused

SETTINGS = (
    "cipher_log_level = NONE",  # it would write over the glass
    "journal_mode = WAL",
    "synchronous = FULL",
    "busy_timeout = 5000",
    "foreign_keys = ON",
    "secure_delete = ON",  # what is forgotten leaves the pages too
    "cache_size = -16000",  # kB; a scan looks into far corners of a million parcels
)

WHO_WAITS = "wal_autocheckpoint = 4000"
"""Pages after which the counter itself copies the log into the file, for 10 ms or more: a printer's thread, which does so
after 1,000, is there first."""

RESTORE = (
    "请不要在原文件上继续操作：先把整个数据目录复制一份留底，再用最近的备份替换 desk.db 后运行 desk check；"
    "已与中心同步的记录会自动补回。没有备份请联系管理员。"
)


class Damaged(Exception):
    """A database that must not be opened for work. The text says in Chinese what was found and how to restore."""


@contextmanager
def kept_or_said() -> Iterator[None]:
    """Turns what SQLite could not write into a sentence for the clerk. Raises Refused; then nothing was kept."""
    from sqlcipher3 import dbapi2

    try:
        yield
    except (DBAPIError, dbapi2.Error) as error:
        said = str(getattr(error, "orig", error))
        if "locked" in said or "busy" in said:
            raise Refused("数据库正被另一个程序占用，这次没有保存，请再保存一次") from error
        if "full" in said:
            raise Refused("磁盘满了，这次没有保存。请清出空间后再保存一次，填的内容还在") from error
        raise Refused(f"磁盘读写出错，这次没有保存（{said}）。请先用纸笔记下，退出后运行 desk check") from error


def raw(connection: Connection) -> Db:
    """The SQLite connection under SQLAlchemy's, for the journal's own statements."""
    driver: Db = connection.connection.driver_connection  # type: ignore[assignment]
    return driver


def engine_of(path: Path) -> Engine:
    """SQLAlchemy over the file; writers take the lock when they begin, readers never do."""
    from sqlcipher3 import dbapi2  # one known SQLite on every PC (measures.md): the stdlib's has a bug in its log

    engine = create_engine(f"sqlite:///{path.as_posix()}", module=dbapi2, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _: Any) -> None:
        _settle(connection, WHO_WAITS)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction that turns to writing fails at once when another writes; busy_timeout does not help it.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN")

    return engine


def connect(path: Path) -> Any:
    """A bare connection to the same file with the same settings, for the printer's worker."""
    from sqlcipher3 import dbapi2

    connection = dbapi2.connect(str(path), check_same_thread=False)
    _settle(connection)
    return connection


def _settle(connection: Any, *more: str) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for setting in (*SETTINGS, *more):
        connection.execute(f"PRAGMA {setting}")
