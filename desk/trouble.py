"""What the desk says on the command line when it cannot go on: one sentence on stderr, an exit code, never a traceback.

Loads nothing: it stands around every start of the desk, and what can go wrong is looked up once something has.
"""

import sys
from collections.abc import Callable

DONE, REFUSED, MISUSED = 0, 1, 2
"""Exit codes: done; refused or a fault found; typed wrongly."""


def complain(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def sentences() -> tuple[type[Exception], ...]:
    """The exceptions whose text is a sentence for people."""
    from data.entry import Broken
    from data.file import Damaged
    from data.keys import RefusedByCentral
    from data.records import Refused
    from data.sync import Offline

    return Refused, Broken, Damaged, RefusedByCentral, Offline


def database_faults() -> tuple[type[Exception], ...]:
    """What SQLite raises, through SQLAlchemy or not."""
    from sqlalchemy.exc import DatabaseError
    from sqlcipher3 import dbapi2

    return DatabaseError, dbapi2.DatabaseError


def of_database(error: Exception) -> str:
    """What SQLite complains of, and what to do."""
    from data.file import RESTORE

    said = str(getattr(error, "orig", error))
    if "locked" in said or "busy" in said:
        return "数据库正忙（另一个程序正在写），请稍等几秒再试"
    if "full" in said:
        return "磁盘满了，什么也没有写入，请腾出空间再试"
    return f"数据库读写出错（{said}）。{RESTORE}"


def of_system(error: OSError) -> str:
    """What the system did not allow, with the file it was about."""
    kinds = {PermissionError: "没有权限", FileNotFoundError: "找不到", IsADirectoryError: "是一个目录"}
    what = next((words for kind, words in kinds.items() if isinstance(error, kind)), f"读写不了（{error.strerror}）")
    return f"{error.filename or '文件'}：{what}，请检查后再试"


def guarded(work: Callable[[], None]) -> int:
    """Run `work`; what it refuses is said in one sentence on stderr. Gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A console of another code page shows ? for what it lacks instead of ending the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        work()
    except sentences() as error:
        complain(str(error))
    except database_faults() as error:
        complain(of_database(error))
    except OSError as error:
        complain(of_system(error))
    else:
        return DONE
    return REFUSED
