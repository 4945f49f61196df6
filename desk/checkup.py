"""Whether all of a desk is in order: its settings, its database, its slips, its key, and its printers on real paper."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data import journal, keys
from data.entry import Broken
from data.file import Damaged
from data.keys import RefusedByCentral
from data.records import Refused
from data.store import Store
from desk.calibrate import send
from desk.config import Config, Printer, read_config
from desk.paper import dressed, printers_of, profile
from desk.setup import open_store
from desk.trouble import database_faults, of_database
from printers import fonts, spool
from printers.device import open_device
from printers.slip import QR, Pair, Rule, Slip, Text, layout
from printers.thermal import encode


@dataclass
class Findings:
    """What was looked at, what a person may want to know, and what is wrong; all Chinese lines."""

    checked: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def look_over(home: Path) -> Findings:
    """Look at everything a desk keeps in `home`; nothing is changed, but tables of an older version are made anew."""
    found = Findings()
    try:
        config = read_config(home)
    except Refused as refused:
        # The database can be looked at without what the office decided.
        found.faults.append(str(refused))
        config = Config(estate="？")
    else:
        found.checked.append(f"设置：{config.estate} · {config.desk}")
        _printers(config, home, found)
    try:
        store = open_store(home, config)
        try:
            checked, faults = store.check()
            found.checked += checked
            found.faults += faults
            if not faults:
                _spool(store, config, home, found)
                _chain(store, config, home, found)
        finally:
            store.close()
    except (Damaged, Broken) as error:
        found.faults.append(str(error))
    except database_faults() as error:
        found.faults.append(of_database(error))
    return found


def _printers(config: Config, home: Path, found: Findings) -> None:
    for printer in printers_of(config, home):
        try:
            open_device(printer.url)
        except ValueError as error:
            found.faults.append(f"打印机“{printer.name}”：{error}")
        else:
            found.checked.append(f"打印机“{printer.name}”：地址 {printer.url} 写得对（没有连接，试打请用 desk print test）")
    if fault := fonts.fault(config.font):
        found.notes.append(fault)


def _spool(store: Store, config: Config, home: Path, found: Findings) -> None:
    waiting = store.look(spool.waiting)
    found.checked.append(f"单据：{len(waiting)} 张还没有打完")
    unsure = sum(job.state == "uncertain" for job in waiting)
    if unsure:
        found.notes.append(f"有 {unsure} 张单据不确定是否出纸，请在柜台按 F12 核对")
    known = {printer.name for printer in printers_of(config, home)}
    for name in sorted({job.printer for job in waiting} - known):
        count = sum(job.printer == name for job in waiting)
        found.faults.append(f"有 {count} 张单据等着打印机“{name}”，但 desk.toml 里没有它，请补上或改回名字")


def _chain(store: Store, config: Config, home: Path, found: Findings) -> None:
    chain, parked = store.look(journal.active), store.look(lambda db: db.execute("SELECT count(*) FROM parked").fetchone()[0])
    enrolled = bool(store.look(lambda db: journal.note(db, "estate")))
    found.checked.append(f"本机字头：{chain.prefix}，已记 {chain.seq} 条，中心已收 {chain.acked} 条")
    if parked:
        found.notes.append(f"有 {parked} 条别处传来的记录格式不对，已另存、不生效，其余照常；请联系管理员")
    if config.server and not enrolled:
        found.faults.append("desk.toml 写了中心地址，但这台电脑还没有登记，请用 desk sync enrol 登记")
    if enrolled:
        try:
            keys.key_of(home, chain.id)
        except RefusedByCentral as error:
            found.faults.append(str(error))


TEST = Slip(
    "test",
    "打印测试",
    (
        Text("12345678901234567890123456789012"),
        Text("每行 32 列的纸，上一行应正好一行"),
        Rule(),
        Pair("房号", "3-2-501", size=2, bold=True),
        Pair("合计", "￥1,284.00"),
        Text("常用字 啊阿埃 镕喆堃"),
        Text("生僻字 䶮㭎 㛃𠮷（机内没有的画成图）"),
        Rule(),
        QR("TEST-0000"),
        Text("二维码应能扫出 TEST-0000", align="center"),
    ),
)
"""Shows what a printer's settings can have wrong: width, sizes, the characters it lacks, the code (printing.md §2)."""


def print_test(config: Config, home: Path) -> Iterator[tuple[Printer, str, bool]]:
    """Print the test slip on each printer at once, past the spool; gives what became of it and whether that is a fault."""
    slip = dressed(TEST, config)
    for printer in printers_of(config, home):
        yield printer, *_print(printer, encode(layout(slip, printer.columns), profile(printer, config.font)))


def _print(printer: Printer, payload: bytes) -> tuple[str, bool]:
    try:
        outcome = send(printer, payload)
    except Refused as refused:
        return str(refused), True
    return ("已打出" if outcome.confirmed else outcome.reason), False
