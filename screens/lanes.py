"""The slow lane: a printer's worker for each printer and one for central, started when the desk has opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.file import connect
from desk.paper import printer_for, printers_of
from desk.retention import expire
from printers import spool

if TYPE_CHECKING:
    from screens.app import FrontDesk


def start(app: FrontDesk) -> None:
    """Start what prints and what exchanges; both report by message and never touch a widget."""
    assert app.config is not None

    def changed() -> None:
        app.post_message(app.Status())

    app.store.transact(spool.recover)
    printers = printers_of(app.config, app.home)
    names = [printer.name for printer in printers]
    app.store.transact(lambda db: spool.adopt(db, names, printer_for(printers, "*").name))
    for printer in printers:
        worker = spool.Worker(lambda: connect(app.store.path), printer.name, printer.url, changed)
        app.printing.append(worker)
        worker.start()
    app.run_worker(lambda: expire(app.store), thread=True, group="retention")
    app.set_interval(24 * 3600, lambda: app.run_worker(lambda: expire(app.store), thread=True, group="retention"))
    if app.config.server:
        from data.sync import Worker

        app.exchange = Worker(app.store, app.home, app.config.server, changed)
        app.exchange.start()


def printing(app: FrontDesk) -> tuple[str, bool]:
    """What the header says of the printers, and whether a person should look."""
    jobs = app.store.look(spool.waiting)
    unsure = [job for job in jobs if job.state == "uncertain"]
    if unsure:
        return f"打印 {len(unsure)} 张待确认 F12", True
    stuck = next((job.reason for job in jobs if job.reason), "")
    if stuck:
        return f"打印 待 {len(jobs)} 张：{stuck.split('：')[0]}", True
    return ("打印 ✓", False) if not jobs else (f"打印 {len(jobs)} 张…", False)


def syncing(app: FrontDesk) -> tuple[str, bool]:
    """What the header says of central, and whether a person should look."""
    if app.exchange is None:
        return "单机", False
    state, waiting = app.exchange.state, app.exchange.waiting
    if state == "synced":
        return "已同步 ✓", False
    if state == "waiting":
        return f"待传 {waiting} 条", False
    if state == "offline":
        return f"离线 待传 {waiting} 条", True
    return f"同步停 {waiting} 条 F7", True
