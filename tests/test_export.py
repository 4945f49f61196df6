"""The hand-over: everything is in it, in three formats that agree, and anyone can check the chain without our program."""

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.records import Refused
from data.store import Store
from desk.export import ENTRY_COLUMNS, FORMATS, Format, export, format_of
from desk.jobs import JOBS
from desk.residents import RoomChanged, RoomRegistered
from desk.staff import COMMAND_LINE, join
from tests.conftest import certificate
from tests.office import furnish

NASTY = '=1+1,"引号"\n第二行\t\x0b尾'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "desk.db", JOBS)
    made.create(certificate("c1"))
    furnish(made)
    made.act(RoomRegistered(code="商铺-1", note=NASTY), COMMAND_LINE)
    yield made
    made.close()


def jsonl(folder: Path, table: str) -> list[dict[str, Any]]:
    lines = (folder / f"{table}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def sheets(folder: Path) -> dict[str, list[list[Any]]]:
    from openpyxl import load_workbook

    book = load_workbook(folder / "前台数据.xlsx", read_only=True)
    found = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
    book.close()
    return found


def commas(folder: Path, table: str) -> list[list[str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_table_and_every_entry_is_there(store: Store, tmp_path: Path, kind: Format) -> None:
    counts = export(store, tmp_path / "out", kind)
    tables = {str(table.__tablename__) for record in JOBS for table in (record, *record.tables())}
    assert counts.keys() == tables | {"journal", "chain"}
    assert counts["room"] == 5 and counts["bill"] == 3 and counts["chain"] == 1
    with store.read() as read:
        assert counts["journal"] == read.connection().exec_driver_sql("SELECT count(*) FROM entry").scalar()
    written = {path.stem for path in (tmp_path / "out").iterdir()} - {"说明"}
    assert written == ({"前台数据"} if kind == "xlsx" else counts.keys())


def test_the_formats_agree(store: Store, tmp_path: Path) -> None:
    for kind in FORMATS:
        export(store, tmp_path / kind, format_of(kind))
    book = sheets(tmp_path / "xlsx")
    for table in ("room", "person", "bill", "staff", "allocation"):
        lines = jsonl(tmp_path / "jsonl", table)
        heads, *rows = commas(tmp_path / "csv", table)
        if lines:
            assert heads == list(lines[0])
        said = [["" if value is None else str(value) for value in line.values()] for line in lines]
        assert [[cell.replace("\r\n", "\n") for cell in row] for row in rows] == said
        spread = [["" if cell is None else str(cell) for cell in row] for row in book[table][1:]]
        assert spread == [[text.replace("\x0b", "\ufffd") for text in row] for row in said]


def test_text_that_looks_like_a_formula_stays_text(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "xlsx")
    rooms = sheets(tmp_path / "out")["room"]
    note = rooms[0].index("note")
    assert NASTY.replace("\x0b", "\ufffd") in {row[note] for row in rooms[1:]}


def test_anyone_can_check_the_chain(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "jsonl")
    (chain,) = jsonl(tmp_path / "out", "chain")
    link = hashlib.sha256(b"front-desk/genesis\x00" + chain["certificate"].encode()).digest()
    entries = jsonl(tmp_path / "out", "journal")
    assert [entry["seq"] for entry in entries] == list(range(1, chain["seq"] + 1))
    for entry in entries:
        said = hashlib.sha256(entry["bytes"].encode()).digest()
        place = entry["chain"].encode() + entry["seq"].to_bytes(8, "big")
        link = hashlib.sha256(b"front-desk/1\x00" + place + link + said).digest()
        assert link.hex() == entry["link"]
        assert json.loads(entry["bytes"])["body"] == entry["body"]
    assert link.hex() == chain["link"]


def test_personal_parts_are_there_and_pins_are_not(store: Store, tmp_path: Path) -> None:
    join(store, "新人", "clerk", "302918")
    for kind in FORMATS:
        export(store, tmp_path / kind, format_of(kind))
    text = "".join(path.read_text(encoding="utf-8-sig") for kind in ("csv", "jsonl") for path in (tmp_path / kind).iterdir())
    text += json.dumps(sheets(tmp_path / "xlsx"), ensure_ascii=False, default=str)
    assert "13800001234" in text and "张秀兰" in text and "新人" in text
    assert "argon2" not in text and '"pin"' not in text


def test_what_was_forgotten_is_not_in_it(store: Store, tmp_path: Path) -> None:
    with store.read() as read:
        ids = [row[0] for row in read.connection().exec_driver_sql("SELECT id FROM personal")]
    store.forget(ids, "住户要求", COMMAND_LINE)
    export(store, tmp_path / "out", "jsonl")
    entries = jsonl(tmp_path / "out", "journal")
    assert not any(entry["personal"] or entry["salt"] for entry in entries)
    assert "13800001234" not in (tmp_path / "out" / "person.jsonl").read_text(encoding="utf-8")


def test_a_folder_that_holds_something_is_refused(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out", "csv")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    store.act(RoomChanged(area=1), COMMAND_LINE, "room:3-2-501")
    with pytest.raises(Refused, match="不是空目录"):
        export(store, tmp_path / "out", "csv")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(Refused, match="jsonl"):
        format_of("pdf")


def test_columns_of_an_entry_are_as_many_as_its_cells(store: Store, tmp_path: Path) -> None:
    """An entry this version cannot read still has its place, its link and its bytes."""
    store.transact(lambda db: db.execute("UPDATE entry SET bytes = ? WHERE n = 2", (b'{"v":9}',)))
    export(store, tmp_path / "out", "jsonl")
    second = jsonl(tmp_path / "out", "journal")[1]
    assert tuple(second) == ENTRY_COLUMNS
    assert (second["seq"], second["bytes"], second["kind"]) == (2, '{"v":9}', "")
