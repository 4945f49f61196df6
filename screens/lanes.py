"""The slow lane: a printer's worker for each printer and one for central, started when the desk has opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.file import connect
from desk.paper import HARMLESS, printer_for, printers_of
from desk.retention import expire
from printers import spool
from printers.qr import matrix

if TYPE_CHECKING:
    from screens.engine import Engine


def start(app: Engine) -> None:
    """Start what prints and what exchanges; both report by message and never touch a widget."""
    assert app.config is not None

    def changed() -> None:
        app.post_message(app.Status())

    printers = printers_of(app.config, app.home)
    names = [printer.name for printer in printers]
    app.store.transact(lambda db: spool.adopt(db, names, printer_for(printers, "*").name))
    for printer in printers:
        # Nothing is recovered here: what is being sent may be a living program's; each worker knows, under its lock.
        worker = spool.Worker(lambda: connect(app.store.path), printer.name, printer.url, changed, harmless=HARMLESS)
        app.printing.append(worker)
        worker.start()
    if any(printer.qr == "image" for printer in printers):
        app.run_worker(lambda: matrix("A1"), thread=True)  # loads what draws a code: the first slip does not wait for it
    app.run_worker(lambda: expire(app.store), thread=True, group="retention")
    app.set_interval(24 * 3600, lambda: app.run_worker(lambda: expire(app.store), thread=True, group="retention"))
    if app.config.server:
        from data.sync import Worker

        app.exchange = Worker(app.store, app.home, app.config.server, changed)
        app.exchange.start()


def printing(app: Engine) -> tuple[str, bool]:
    """What the header says of the printers, and whether a person should look: what is wrong first, then what is unsure."""
    jobs = app.store.look(spool.waiting)
    coming = [job for job in jobs if job.state != "uncertain"]
    stuck = next((job for job in coming if job.reason), None)
    if stuck is not None:
        # “打印机缺纸：请装纸” of the printer called 小票机 is “小票机缺纸” up here; what to do stands with the slips.
        trouble = stuck.reason.split("：")[0]
        if trouble.startswith("打印机"):
            trouble = stuck.printer + trouble.removeprefix("打印机")
        return f"{trouble}，待打 {len(coming)} 张", True
    if len(jobs) > len(coming):
        return f"打印 {len(jobs) - len(coming)} 张待确认 F12", True
    said = f"打印 {len(jobs)} 张…" if jobs else "打印 ✓"
    notice = next((worker.device.notice for worker in app.printing if worker.device.notice), "")
    return f"{said} {notice.split('：')[0].removeprefix('打印机')}".rstrip(), False


def syncing(app: Engine) -> tuple[str, bool]:
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
