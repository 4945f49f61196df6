"""The desk's paper: which printer each slip goes to, under which letterhead, into the spool of the same transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from data.entry import Entry
from data.journal import Db
from data.records import Actor, Record
from data.store import Paper, Store
from desk.config import Config, Printer
from desk.staff import sees_money
from printers import fonts, spool
from printers.slip import Slip, Text
from printers.spool import Job
from printers.thermal import Profile

HARMLESS = frozenset({"visit", "parcel", "notice"})
"""Kinds of slips that may come a second time by themselves, marked 补打, when a printer broke off; never money."""


def printers_of(config: Config, home: Path) -> tuple[Printer, ...]:
    """The printers of a desk; one without any keeps its slips as files in its own folder, so that none is lost."""
    return config.printer or (Printer(name="文件", url=(home / "slips").absolute().as_uri()),)


def profile(printer: Printer, font: str = "") -> Profile:
    """What the printer can do, for the encoder; `font`, as in desk.toml, draws what it lacks ("" = any font found)."""
    return Profile(
        columns=printer.columns,
        charset=printer.charset,
        qr=printer.qr,
        cutter=printer.cutter,
        drawer=printer.drawer,
        drawer_pin=printer.drawer_pin,
        beep=printer.beep,
        kanji=printer.kanji,
        font=font or fonts.ANY,
    )


def printer_for(printers: Sequence[Printer], kind: str) -> Printer:
    """The printer a kind of slip goes to: the first that names it, else the first that takes all, else the first."""
    for wanted in (kind, "*"):
        for printer in printers:
            if wanted in printer.slips:
                return printer
    return printers[0]


def slips_of(db: Db, record: str, by: Actor) -> list[Job]:
    """The slips of a record, or with "" all that wait for paper or for a person; none of money for those who see none."""
    jobs = spool.jobs(db, doc_id=record) if record else spool.waiting(db)
    return [job for job in jobs if sees_money(by) or not job.money]


def dressed(slip: Slip, config: Config) -> Slip:
    """A slip under the office's letterhead, with the telephone people call at its foot."""
    foot = (Text(f"服务电话 {config.phone}", align="center"),) if config.phone else ()
    return replace(slip, heading=config.letterhead, nodes=(*slip.nodes, *foot))


def spooler(config: Config, home: Path) -> Paper:
    """What the store calls with the slips of an act: their bytes are frozen in the spool before the act is committed."""

    def put(db: Db, slips: Sequence[Slip], record: Record, entry: Entry, by: Actor) -> None:
        for slip in slips:
            _put(db, config, home, slip, record, datetime.fromisoformat(entry.at), by)

    return put


def print_now(store: Store, config: Config, home: Path, slip: Slip, record: Record, by: Actor) -> None:
    """Put a slip of a record in the spool that no act leaves, such as an X report; the journal knows nothing of it."""
    store.transact(lambda db: _put(db, config, home, slip, record, store.now(), by))


def _put(db: Db, config: Config, home: Path, slip: Slip, record: Record, at: datetime, by: Actor) -> None:
    printer = printer_for(printers_of(config, home), slip.kind)
    spool.enqueue(
        db,
        kind=slip.kind,
        doc_id=record.id,
        doc_no=record.number,
        slip=dressed(slip, config),
        printer=printer.name,
        profile=profile(printer, config.font),
        at_ms=int(at.timestamp() * 1000),
        operator=by.name,
    )
