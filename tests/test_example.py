"""The example estate: always the same, believable, and readable by the desk's own reader."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from desk import example
from desk.china import phone, room_codes, room_key
from desk.sheets import BillSheet, Sheet, read_bills, read_residents

KEPT = Path(__file__).parent.parent / "docs" / "example"


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sheet, BillSheet]:
    """What the reader makes of the lists as they are written now."""
    residents, bills = example.write(tmp_path_factory.mktemp("estate"))
    sheet = read_residents(residents)
    return sheet, read_bills(bills, {row.room for row in sheet.rows})


def test_the_estate_is_the_same_on_every_run_and_machine() -> None:
    again = "from desk import example; print(repr((example.households(), example.bills())))"
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONUTF8": "1"}
    other = subprocess.run(
        [sys.executable, "-c", again],
        cwd=KEPT.parent.parent,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert other.stdout.strip() == repr((example.households(), example.bills()))


def test_it_looks_like_an_old_estate() -> None:
    homes = example.households()
    people = [person for home in homes for person in home["people"]]
    flats = [home for home in homes if not home["room"].startswith("商铺")]
    assert len(flats) == 1200 and len(homes) == 1220
    assert [home["room"] for home in homes] == sorted({home["room"] for home in homes}, key=room_key)
    roles = Counter(person["role"] for person in people)
    assert roles["租户"] > 100 and roles["共有人"] > 100 and roles["家属"] > 100 and roles["法人"] == 20 and roles["保姆"]
    assert Counter(mark for person in people for mark in person["care"]).keys() == {"独居", "听力", "大字", "不便"}
    assert sum(not home["people"] for home in homes) > 20
    assert sum(person["phone"] is None for person in people) > 100
    names = "".join(person["name"] for person in people)
    assert all(rare in names for rare in "㛃䶮堃喆镕𠮷") and any(person["name"].startswith("欧阳") for person in people)
    numbers = [person["phone"] for person in people if person["phone"]]
    assert len(numbers) == len(set(numbers))
    assert all(phone(number) == number and number.startswith("154") for number in numbers)
    known = {home["room"] for home in homes}
    assert room_codes("111101", known) == ["1-1-1101", "11-1-101"]


def test_the_lists_read_back_without_a_fault(lists: tuple[Sheet, BillSheet]) -> None:
    sheet, owed = lists
    assert sheet.faults == () and sheet.ignored_columns == ()
    read = [
        {
            "room": row.room,
            "area": row.area,
            "people": [{"name": p.name, "role": p.role, "phone": p.phone, "care": p.care} for p in row.people],
            "note": row.note,
        }
        for row in sheet.rows
    ]
    assert read == example.households()
    assert owed.faults == () and owed.ignored_columns == ()
    assert [{name: getattr(row, name) for name in example.Bill.__annotations__} for row in owed.rows] == example.bills()


def test_the_lists_kept_beside_the_guide_are_these(lists: tuple[Sheet, BillSheet]) -> None:
    assert read_residents(KEPT / "residents.xlsx") == lists[0]
    assert read_bills(KEPT / "bills.xlsx") == lists[1]


def test_arrears_of_the_door_everyone_speaks_of() -> None:
    dues = [bill for bill in example.bills() if bill["room"] == "3-2-501" and bill["item"] == "物业费"]
    assert [bill["period_from"] for bill in dues] == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]
    assert {bill["fen"] for bill in dues} == {16128}
    assert [bill["due"] for bill in dues][-2:] == ["2026-10-31", "2026-11-30"]
    february = example.bills("2028-02", 1)
    assert {bill["period_from"] for bill in february} == {"2028-02"} and {bill["due"] for bill in february} == {"2028-02-29"}
