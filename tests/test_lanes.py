"""What the header says of the printers: what holds the paper up, in words, before anything else."""

import types
from collections.abc import Iterator
from typing import Any, cast

import pytest
from sqlcipher3 import dbapi2

from printers import spool, status
from printers.slip import Slip, Text
from printers.thermal import Profile
from screens.lanes import printing


class Glass:
    """What the header asks the program for: a spool and the printers' workers."""

    def __init__(self) -> None:
        self.db = dbapi2.connect(":memory:", isolation_level=None)
        spool.create(self.db)
        self.printing = [types.SimpleNamespace(device=types.SimpleNamespace(notice=""))]
        self.store = types.SimpleNamespace(look=lambda ask: ask(self.db))

    def put(self, state: str, reason: str = "") -> None:
        [number] = spool.enqueue(
            self.db, kind="x", doc_id="1", doc_no="1", slip=Slip("x", "单", (Text("字"),)), printer="前台小票机",
            profile=Profile(), at_ms=0, operator="王",
        )  # fmt: skip
        self.db.execute("UPDATE print_job SET state = ?, reason = ? WHERE id = ?", (state, reason, number))

    def says(self) -> tuple[str, bool]:
        return printing(cast(Any, self))


@pytest.fixture
def glass() -> Iterator[Glass]:
    glass = Glass()
    yield glass
    glass.db.close()


def test_the_header_says_that_all_is_well(glass: Glass) -> None:
    assert glass.says() == ("打印 ✓", False)
    glass.put("queued")
    assert glass.says() == ("打印 1 张…", False)


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_the_header_names_the_printer_and_what_is_wrong_with_it(glass: Glass, state: str) -> None:
    glass.put(state, status.PAPER)
    glass.put("queued")
    assert glass.says() == ("前台小票机缺纸，待打 2 张", True)


def test_the_header_says_first_what_holds_the_rest_up(glass: Glass) -> None:
    glass.put("uncertain", "打印机没有回话：请看是否出纸")
    assert glass.says() == ("打印 1 张待确认 F12", True)
    glass.put("queued", status.COVER)
    assert glass.says() == ("前台小票机盖子没盖好，待打 1 张", True)


def test_the_header_says_a_queue_of_the_system_as_it_is(glass: Glass) -> None:
    glass.put("queued", "打印队列停了：请在系统的打印机设置里恢复")
    assert glass.says() == ("打印队列停了，待打 1 张", True)


def test_the_header_notices_a_roll_near_its_end(glass: Glass) -> None:
    glass.printing[0].device.notice = status.NEAR_END
    assert glass.says() == ("打印 ✓ 纸快用完", False)
