"""The daybook: every kind of entry has a name people read, and money is only shown to those who see it."""

from pathlib import Path

from desk import daybook
from desk.jobs import JOBS
from tests.office import office


def test_every_kind_of_every_job_is_called_something() -> None:
    kinds = {kind for job in JOBS for kind in job.kinds}
    assert kinds <= daybook.LABELS.keys()
    assert daybook.LABELS.keys() - kinds == {"journal.forgot"}


def test_a_guard_reads_no_line_of_money(tmp_path: Path) -> None:
    store, people = office(tmp_path)
    with store.read() as read:
        all_lines = daybook.latest(read, people["赵强"])
        guards = daybook.latest(read, people["老周"])
    assert any("账单" in line.what for line in all_lines)
    assert guards and not any("账单" in line.what or "收" in line.what for line in guards)
    assert [line.who for line in all_lines[:2]] == ["李敏", "命令行"]
    store.close()
