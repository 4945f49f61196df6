"""Everything the desk knows, in open formats: handed over with the office, taken along, or read by any other program.

An office must hand its registers and documents over when it leaves (民法典 §949); nothing of ours is needed to read them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, cast, get_args

from sqlmodel import SQLModel

from data import journal
from data.entry import Broken, Entry, Placed
from data.file import raw
from data.journal import Chain, Db
from data.records import Record, Refused, columns
from data.store import Store

Format = Literal["xlsx", "csv", "jsonl"]
FORMATS: tuple[str, ...] = get_args(Format)

SECRET = frozenset({"pin"})
"""Fields that prove who someone is; a six-digit PIN is found from its hash within days, so no copy leaves the desk."""

JOURNAL, CHAINS = "journal", "chain"
CHAIN_COLUMNS = ("id", "prefix", "desk", "seq", "link", "certificate")
ENTRY_COLUMNS = (
    "chain", "desk", "seq", "link", "id", "kind", "subject", "number", "clock", "at", "by", "after", "body", "personal",
    "salt", "bytes",
)  # fmt: skip
_SHEET_ROWS = 1_048_575
"""Rows under the headings of one .xlsx sheet."""

README = """这是物业前台的全部数据，{at} 从 {desk} 导出。

每张表一个文件（xlsx 格式是一个工作表）：{tables}。
journal 是日志，一行一条记录：谁（by）、什么时候（at）、对哪一笔（subject）、做了什么（kind、body）。
其余各表都由日志算出。body 是业务内容，personal 是其中的个人信息；已按规定删除的个人信息为空。
校验：link = SHA-256("front-desk/1" + 零字节 + chain + seq（8 字节大端）+ 上一条 link + SHA-256(bytes))；
第一条的“上一条 link”是 SHA-256("front-desk/genesis" + 零字节 + chain 表里的 certificate)。
金额单位为分，面积单位为百分之一平方米，时间带时区，id 相同即同一笔。员工密码不导出。

本目录含住户个人信息，请按个人信息保护的规定保管，用完即删。
"""

Rows = Iterable[Sequence[Any]]
Sink = Callable[[str, Sequence[str], Rows], int]
"""Writes one table, by its name, headings and rows; gives how many rows there were."""


def export(store: Store, folder: Path, kind: Format) -> dict[str, int]:
    """Write every record table and every entry into an empty folder, as of one moment; rows by table.

    Raises Refused when the folder holds something already: what was exported before is not mixed with it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refused(f"{folder} 不是空目录，请换一个新目录再导出")
    folder.mkdir(parents=True, exist_ok=True)
    tables: list[type[SQLModel]] = [table for record in store.kinds for table in (record, *record.tables())]
    counts: dict[str, int] = {}
    with store.read() as session, ExitStack() as stack:
        db = raw(session.connection())
        sink = _SINKS[kind](folder, stack)
        for table in tables:
            name = str(table.__tablename__)
            counts[name] = sink(name, [one for one in columns(table) if one not in SECRET], _records(db, table))
        chains = journal.chains(db)
        counts[CHAINS] = sink(
            CHAINS, CHAIN_COLUMNS,
            [(one.id, one.prefix, one.desk, one.seq, one.link.hex(), one.certificate.decode()) for one in chains],
        )  # fmt: skip
        counts[JOURNAL] = sink(JOURNAL, ENTRY_COLUMNS, _entries(db, chains))
        desk = journal.active(db).desk
    said = README.format(at=f"{store.now():%Y-%m-%d %H:%M}", desk=desk, tables="、".join(counts))
    (folder / "说明.txt").write_text(said, encoding="utf-8")
    return counts


def _records(db: Db, table: type[SQLModel]) -> Iterator[Sequence[Any]]:
    names = ", ".join(f'"{name}"' for name in columns(table) if name not in SECRET)
    order = "id" if issubclass(table, Record) else "owner, n"
    flags = [name for name in columns(table) if name not in SECRET]
    boolean = {n for n, name in enumerate(flags) if table.model_fields[name].annotation is bool}
    for row in db.execute(f"SELECT {names} FROM {table.__tablename__} ORDER BY {order}"):
        yield [bool(value) if n in boolean else value for n, value in enumerate(row)]


def _entries(db: Db, chains: Sequence[Chain]) -> Iterator[Sequence[Any]]:
    for chain in chains:
        seq = 0
        while page := journal.since(db, chain.id, seq, 500):
            yield from (_entry(placed, chain.desk) for placed in page)
            seq = page[-1].seq


def _entry(placed: Placed, desk: str) -> Sequence[Any]:
    """One line of the journal where it stands. What cannot be read here still has its place, its link and its bytes."""
    place = (placed.chain, desk, placed.seq, placed.link.hex())
    try:
        entry = Entry.judged(placed.stored, placed.personal)
    except Broken:
        return (*place, *[""] * 11, placed.stored.decode("utf-8", "replace"))
    personal = entry.personal.fields() if entry.personal else {}
    # Salt and bytes let anyone check the link and the commitment, but a hash of a PIN is not among what they may check.
    salt = entry.personal.salt.hex() if entry.personal and not SECRET & personal.keys() else ""
    shown = {name: value for name, value in personal.items() if name not in SECRET}
    return (
        *place, entry.id, entry.kind, entry.subject, entry.number, entry.clock, entry.at, entry.by, entry.after or "",
        entry.body, shown, salt, entry.stored.decode("utf-8", "replace"),
    )  # fmt: skip


def _flat(value: Any) -> Any:
    """A cell of a sheet; what is itself a structure goes in as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value


def _jsonl(folder: Path, stack: ExitStack) -> Sink:
    def put(name: str, heads: Sequence[str], rows: Rows) -> int:
        count = 0
        with (folder / f"{name}.jsonl").open("x", encoding="utf-8", newline="\n") as file:
            for row in rows:
                count += 1
                file.write(json.dumps(dict(zip(heads, row, strict=True)), ensure_ascii=False) + "\n")
        return count

    return put


def _csv(folder: Path, stack: ExitStack) -> Sink:
    import csv

    def put(name: str, heads: Sequence[str], rows: Rows) -> int:
        count = 0
        # With a mark at the start, or spreadsheets on Chinese Windows read it as GBK.
        with (folder / f"{name}.csv").open("x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(heads)
            for row in rows:
                count += 1
                writer.writerow([_flat(cell) for cell in row])
        return count

    return put


def _xlsx(folder: Path, stack: ExitStack) -> Sink:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    stack.callback(lambda: book.save(folder / "前台数据.xlsx"))

    def cell(sheet: Any, value: Any) -> Any:
        value = _flat(value)
        if not isinstance(value, str):
            # A clock has more digits than a spreadsheet's number keeps.
            return str(value) if isinstance(value, int) and abs(value) >= 10**15 else value
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)[:32_767])
        made.data_type = "s"  # a note that begins with = is no formula
        return made

    def put(name: str, heads: Sequence[str], rows: Rows) -> int:
        sheet: Any = None
        count = 0
        for count, row in enumerate(rows, 1):
            if (count - 1) % _SHEET_ROWS == 0:
                sheet = _sheet(book, name, count // _SHEET_ROWS + 1, heads)
            sheet.append([cell(sheet, value) for value in row])
        if sheet is None:
            _sheet(book, name, 1, heads)
        return count

    return put


def _sheet(book: Any, name: str, nth: int, heads: Sequence[str]) -> Any:
    sheet = book.create_sheet(name if nth == 1 else f"{name} {nth}")
    sheet.freeze_panes = "A2"
    sheet.append(list(heads))
    return sheet


_SINKS: dict[Format, Callable[[Path, ExitStack], Sink]] = {"xlsx": _xlsx, "csv": _csv, "jsonl": _jsonl}


def format_of(text: str) -> Format:
    """The format of that name. Raises Refused."""
    if text not in FORMATS:
        raise Refused(f"没有“{text}”这种格式，只有 {'、'.join(FORMATS)}")
    return cast(Format, text)
