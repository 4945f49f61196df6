"""Records made anew: every table from the journal, and the check that compares the two."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlmodel import SQLModel

from data import journal
from data.entry import Broken, Entry, Personal, link_after
from data.journal import Db
from data.records import Record, columns, fingerprint, fold_whole, values

Kinds = Mapping[str, type[Record]]
"""Which record class an entry's kind belongs to."""


Whole = tuple[Record, Sequence[SQLModel]]
"""A record and the rows that belong to it."""


def put(db: Db, rows: Sequence[SQLModel]) -> None:
    """Write rows of one table, over those with the same key."""
    if not rows:
        return
    names = ", ".join(f'"{name}"' for name in columns(type(rows[0])))
    holes = ", ".join("?" * len(columns(type(rows[0]))))
    db.executemany(f"INSERT OR REPLACE INTO {rows[0].__tablename__}({names}) VALUES({holes})", [values(row) for row in rows])


def put_all(db: Db, whole: Whole) -> None:
    """Write a record and the rows that belong to it."""
    put(db, [whole[0]])
    for table in type(whole[0]).tables():
        put(db, [line for line in whole[1] if isinstance(line, table)])


def folds(db: Db, of_kind: Kinds) -> Iterator[tuple[Whole | None, list[Entry]]]:
    """Every record of the journal freshly folded, with the entries it took; None for kinds not known here."""
    group: list[Entry] = []
    for entry in journal.everything(db):
        if group and entry.subject != group[0].subject:
            yield _folded(group, of_kind), group
            group = []
        group.append(entry)
    if group:
        yield _folded(group, of_kind), group


def _folded(group: list[Entry], of_kind: Kinds) -> Whole | None:
    kind = next((of_kind[entry.kind] for entry in group if entry.kind in of_kind), None)
    return fold_whole(kind, group[0].subject, group) if kind else None


def make_anew(
    connection: Connection, db: Db, kinds: Sequence[type[Record]], of_kind: Kinds, progress: Callable[[int], None]
) -> int:
    """Drop the tables of `kinds`, fold the whole journal into new ones, and find again where each series stands."""
    models = [SQLModel.metadata.tables[str(table.__tablename__)] for kind in kinds for table in (kind, *kind.tables())]
    SQLModel.metadata.drop_all(connection, models)
    SQLModel.metadata.create_all(connection, models)
    folded = 0
    waiting: dict[type[SQLModel], list[SQLModel]] = {}
    series: dict[str, int] = {}
    for whole, entries in folds(db, of_kind):
        folded += len(entries)
        for entry in entries:
            head = entry.number.rstrip("0123456789")
            if head and 0 < len(entry.number) - len(head) < 16:  # another desk may number as it likes
                series[head] = max(series.get(head, 0), int(entry.number[len(head) :]))
        for row in (whole[0], *whole[1]) if whole else ():
            rows = waiting.setdefault(type(row), [])
            rows.append(row)
            if len(rows) == 1000:
                put(db, rows)
                rows.clear()
                progress(folded)
    for rows in waiting.values():
        put(db, rows)
    progress(folded)
    db.execute("DELETE FROM series")
    db.executemany("INSERT INTO series VALUES(?, ?)", list(series.items()))
    db.execute(f"PRAGMA user_version = {fingerprint(kinds)}")
    return folded


def _kept(db: Db, table: type[SQLModel], subject: str) -> list[list[Any]]:
    names = ", ".join(f'"{name}"' for name in columns(table))
    key = "id" if issubclass(table, Record) else "owner"
    return [list(row) for row in db.execute(f"SELECT {names} FROM {table.__tablename__} WHERE {key} = ?", (subject,))]


def check_chains(db: Db, tail: int | None = None) -> tuple[int, list[str]]:
    """Verify every chain over the bytes as stored; gives how many links were checked and the faults, in Chinese.

    `tail` checks only the last so many links of each chain, for a quick look at start.
    """
    checked, faults = 0, []
    for chain in journal.chains(db):
        first = 1 if tail is None else max(1, chain.seq - tail + 1)
        before = journal.link_at(db, chain.id, first - 1)
        expected = first
        for seq, link, stored in db.execute(
            "SELECT link.seq, link.link, COALESCE(entry.bytes, parked.bytes) FROM link "
            "LEFT JOIN entry ON entry.n = link.entry "
            "LEFT JOIN parked ON parked.chain = link.chain AND parked.seq = link.seq "
            "WHERE link.chain = ? AND link.seq >= ? ORDER BY link.seq", (chain.id, first),
        ):  # fmt: skip
            checked += 1
            if seq != expected or stored is None or before is None:
                faults.append(f"{chain.desk}（{chain.prefix}）第 {expected} 条记录缺失")
                break
            if link_after(chain.id, seq, before, stored) != link:
                faults.append(f"{chain.desk}（{chain.prefix}）第 {seq} 条记录与它的校验值不符，内容被改动过或磁盘损坏")
                break
            before, expected = link, seq + 1
        else:
            if expected - 1 != chain.seq or before != chain.link:
                faults.append(f"{chain.desk}（{chain.prefix}）的末尾与登记的不符：应到第 {chain.seq} 条")
    if tail is None:
        for identity, stored, salt, payload in db.execute(
            "SELECT entry.id, entry.bytes, personal.salt, personal.payload FROM entry JOIN personal USING(id)"
        ):
            if json.loads(stored).get("personal") != Personal(salt, payload).commitment():
                faults.append(f"记录 {identity} 的个人信息与原记录对不上")
    return checked, faults


def check(db: Db, kinds: Sequence[type[Record]], of_kind: Kinds) -> tuple[list[str], list[str]]:
    """Pages, links, and records against a fresh fold; gives what was checked and the faults, both as Chinese lines."""
    pages = [row[0] for row in db.execute("PRAGMA integrity_check(20)")]
    faults = [f"数据库页损坏：{page}" for page in pages if page != "ok"]
    compared = 0
    try:
        links, broken = check_chains(db)
        faults += broken
        for whole, _ in folds(db, of_kind):
            if whole is None:
                continue
            record, lines = whole
            compared += 1
            kept = [row for table in (type(record), *type(record).tables()) for row in _kept(db, table, record.id)]
            if sorted(kept, key=str) != sorted(([*map(values, (record, *lines))]), key=str):
                faults.append(f"{record.number or record.id} 的记录与日志不符，请运行 desk rebuild 重建")
    except Broken as error:
        return [], [*faults, str(error)]
    known = sum(db.execute(f"SELECT count(*) FROM {kind.__tablename__}").fetchone()[0] for kind in kinds)
    if known != compared:
        faults.append(f"记录表与日志差 {abs(known - compared)} 条记录，请运行 desk rebuild 重建")
    return [f"日志：{links} 条，逐条验过校验值", f"记录：{compared} 条，逐条与日志重算比对"], faults
