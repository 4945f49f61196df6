"""Lists against the register: what is added, changed, left alone and refused; and that the same list again does nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from data.records import Record, Refused
from data.store import Store
from desk.billed import Billed, Withdrawn
from desk.bills import Bill
from desk.dues import BillRow, BillSheet
from desk.imports import Plan, plan_bills, plan_residents
from desk.jobs import JOBS
from desk.residents import CARE, HOME_ROLES, HomeEnded, Person, PersonChanged, Room, household
from desk.sheets import HouseholdRow, PersonRow, Sheet
from desk.staff import COMMAND_LINE
from desk.tables import Fault
from tests.conftest import certificate


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = desk_in(tmp_path)
    yield made
    made.close()


def desk_in(folder: Path) -> Store:
    made = Store(folder / "desk.db", JOBS)
    made.create(certificate("c1"))
    return made


def person(name: str, role: str = "业主", phone: str | None = None, *care: str) -> PersonRow:
    return PersonRow(name, role, phone, care)


def home(room: str, *people: PersonRow, area: int | None = 8960, note: str = "", line: int = 2) -> HouseholdRow:
    return HouseholdRow(line, room, area, people, note)


def planned(store: Store, *rows: HouseholdRow, faults: Sequence[Fault] = ()) -> Plan:
    with store.read() as read:
        return plan_residents(read, Sheet(rows, tuple(faults), ()))


def imported(store: Store, *rows: HouseholdRow) -> Plan:
    plan = planned(store, *rows)
    assert not plan.faults
    store.act_all(plan.acts, COMMAND_LINE)
    return plan


def people_of(store: Store, room: str) -> list[tuple[str, str, str, str]]:
    with store.read() as read:
        return [(one.name, link.role, one.phone, one.care) for link, one in household(read, room)]


def kinds(plan: Plan) -> list[str]:
    return [event.kind for event, _ in plan.acts]


def rows_of(store: Store, kind: type[Record]) -> int:
    with store.read() as read:
        return len(read.exec(select(kind)).all())


ZHANG = home("3-2-501", person("张秀兰", "业主", "13800001234", "独居", "大字"), person("李建国", "租户"), note="先打电话")


def test_a_new_household_is_registered_whole(store: Store) -> None:
    plan = imported(store, ZHANG)
    assert (plan.added, plan.changed, plan.unchanged) == (1, 0, 0)
    assert people_of(store, "3-2-501") == [
        ("张秀兰", "业主", "13800001234", "独居,大字"),
        ("李建国", "租户", "", ""),
    ]
    with store.read() as read:
        room = read.exec(select(Room)).one()
        assert (room.area, room.note) == (8960, "先打电话")
        assert {one.initials for one in read.exec(select(Person))} == {"zxl", "ljg"}


def test_the_same_list_again_does_nothing(store: Store) -> None:
    imported(store, ZHANG)
    plan = planned(store, ZHANG)
    assert (plan.acts, plan.added, plan.changed, plan.unchanged, list(plan.lines)) == ([], 0, 0, 1, [])


def test_what_differs_is_changed_and_said(store: Store) -> None:
    imported(store, ZHANG)
    plan = imported(
        store,
        home("3-2-501", person("张秀兰", "共有人", "13900009999", "听力"), person("李建国", "租户"), area=9000, note="有狗"),
    )
    assert (plan.added, plan.changed) == (0, 1)
    assert sorted(kinds(plan)) == ["home.changed", "person.changed", "room.changed"]
    assert people_of(store, "3-2-501")[0] == ("张秀兰", "共有人", "13900009999", "听力")
    said = plan.lines[0].text
    assert "90.00㎡" in said and "有狗" in said and "139****9999" in said and "共有人" in said
    assert "13900009999" not in said


def test_what_a_list_leaves_empty_stays(store: Store) -> None:
    imported(store, ZHANG)
    assert not planned(store, home("3-2-501", person("张秀兰"), person("李建国", "租户"), area=None)).acts


def test_nobody_is_removed_and_that_is_said_once(store: Store) -> None:
    imported(store, ZHANG, home("3-2-502", person("王磊")))
    plan = imported(store, home("3-2-501", person("张秀兰"), person("张敏", "家属")))
    assert [name for name, *_ in people_of(store, "3-2-501")] == ["张秀兰", "李建国", "张敏"]
    kept = [line for line in plan.lines if line.kind == "保留"]
    assert len(kept) == 1 and "1 户" in kept[0].text and "1 人" in kept[0].text


def test_one_owner_of_two_rooms_is_one_person(store: Store) -> None:
    phone = "13800001234"
    imported(store, home("1-1-101", person("张秀兰", phone=phone)), home("1-1-102", person("张秀兰", phone=phone), line=3))
    imported(store, home("1-1-103", person("张秀兰", phone=phone)))
    assert rows_of(store, Person) == 1
    assert [people_of(store, f"1-1-10{n}")[0][0] for n in (1, 2, 3)] == ["张秀兰"] * 3


def test_namesakes_without_one_phone_are_two_people(store: Store) -> None:
    imported(store, home("1-1-101", person("王磊")), home("1-1-102", person("王磊"), line=3))
    imported(store, home("1-1-103", person("王磊", phone="13800001234")))
    assert rows_of(store, Person) == 3


def test_one_person_with_two_phones_in_one_list_is_a_fault(store: Store) -> None:
    phone = "13800001234"
    imported(store, home("1-1-101", person("张秀兰", phone=phone)), home("1-1-102", person("张秀兰", phone=phone), line=3))
    plan = planned(
        store,
        home("1-1-101", person("张秀兰", phone="13900000001"), line=2),
        home("1-1-102", person("张秀兰", phone="13900000002"), line=3),
    )
    assert [(line.line, line.kind) for line in plan.faults] == [(3, "无法识别")]
    assert "第 2 行" in plan.faults[0].text


def test_someone_who_moved_out_and_is_listed_again_moves_in_again(store: Store) -> None:
    imported(store, ZHANG)
    with store.read() as read:
        tenant = next(link.id for link, one in household(read, "3-2-501") if one.name == "李建国")
    store.act(HomeEnded(reason="退租"), COMMAND_LINE, tenant)
    plan = imported(store, ZHANG)
    assert kinds(plan) == ["home.changed"] and "曾迁出" in plan.lines[0].text
    assert len(people_of(store, "3-2-501")) == 2


def test_what_the_reader_could_not_take_is_a_fault_of_the_plan(store: Store) -> None:
    plan = planned(store, ZHANG, faults=[Fault(7, "房号", "3栋501", "缺单元，请写成 楼-单元-室")])
    assert [(line.line, line.kind) for line in plan.faults] == [(7, "无法识别")]
    assert "房号" in plan.faults[0].text and "3栋501" in plan.faults[0].text


def test_a_change_at_the_desk_between_two_lists_is_put_right_by_the_second(store: Store) -> None:
    imported(store, ZHANG)
    with store.read() as read:
        uid = next(one.id for _, one in household(read, "3-2-501") if one.name == "张秀兰")
    store.act(PersonChanged(phone="13700000000"), COMMAND_LINE, uid)
    assert kinds(imported(store, ZHANG)) == ["person.changed"]
    assert not planned(store, ZHANG).acts


NAMES = st.sampled_from(["张秀兰", "王磊", "李建国"])
PHONES = st.sampled_from([None, "13800000001", "13800000002"])
PEOPLE = st.builds(
    PersonRow, NAMES, st.sampled_from(HOME_ROLES), PHONES, st.lists(st.sampled_from(CARE), unique=True, max_size=2).map(tuple)
)
LISTS = st.lists(
    st.tuples(
        st.sampled_from(["1-1-101", "1-1-102", "2-1-101"]),
        st.lists(PEOPLE, max_size=3, unique_by=lambda one: one.name),
        st.sampled_from([None, 5000, 8960]),
        st.sampled_from(["", "有狗"]),
    ),
    max_size=3,
    unique_by=lambda row: row[0],
).map(lambda rows: [home(room, *people, area=area, note=note, line=n) for n, (room, people, area, note) in enumerate(rows, 2)])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=st.lists(LISTS, min_size=1, max_size=3))
def test_any_list_taken_twice_is_taken_once(tmp_path_factory: pytest.TempPathFactory, lists: list[list[HouseholdRow]]) -> None:
    """Whatever was imported before: a list that is taken leaves nothing to do when it comes again."""
    store = desk_in(tmp_path_factory.mktemp("desk"))
    try:
        for rows in lists:
            plan = planned(store, *rows)
            if plan.faults:
                continue
            if plan.acts:
                store.act_all(plan.acts, COMMAND_LINE)
            again = planned(store, *rows)
            assert (again.acts, again.faults, again.unchanged) == ([], [], len(rows))
    finally:
        store.close()


# ── bills ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bill(room: str = "3-2-501", fen: int = 16128, item: str = "物业费", line: int = 2) -> BillRow:
    return BillRow(line, room, item, "物业费", "2026-11", "2026-11", fen, "2026-11-30")


def billed(store: Store, *rows: BillRow) -> Plan:
    with store.read() as read:
        return plan_bills(read, BillSheet(rows, (), ()))


def bill_of(read: Session) -> Bill:
    return read.exec(select(Bill)).one()


def test_bills_are_added_once(store: Store) -> None:
    imported(store, ZHANG)
    plan = billed(store, bill())
    assert (plan.added, plan.unchanged, kinds(plan)) == (1, 0, ["bill.billed"])
    store.act_all(plan.acts, COMMAND_LINE)
    again = billed(store, bill())
    assert (again.acts, again.added, again.unchanged, again.faults) == ([], 0, 1, [])
    with store.read() as read:
        assert (bill_of(read).fen, bill_of(read).due) == (16128, "2026-11-30")


def test_another_amount_is_a_fault_that_says_what_to_do(store: Store) -> None:
    imported(store, ZHANG)
    store.act_all(billed(store, bill()).acts, COMMAND_LINE)
    plan = billed(store, bill(fen=20000, line=5))
    assert not plan.acts and [line.line for line in plan.faults] == [5]
    assert "161.28" in plan.faults[0].text and "200.00" in plan.faults[0].text and "撤销" in plan.faults[0].text


def test_a_withdrawn_bill_is_not_made_again(store: Store) -> None:
    imported(store, ZHANG)
    done = store.act(billed(store, bill()).acts[0][0], COMMAND_LINE)
    store.act(Withdrawn(reason="算错了"), COMMAND_LINE, done.record.id)
    same = billed(store, bill())
    assert not same.acts and not same.faults and [line.kind for line in same.lines] == ["保留"]
    assert "改名" in billed(store, bill(fen=1)).faults[0].text
    renamed = billed(store, bill(fen=1, item="物业费更正"))
    store.act_all(renamed.acts, COMMAND_LINE)
    assert rows_of(store, Bill) == 2


def test_a_bill_for_an_unknown_room_is_a_fault(store: Store) -> None:
    imported(store, ZHANG)
    plan = billed(store, bill(), bill("9-9-901", line=3))
    assert [line.line for line in plan.faults] == [3] and "9-9-901" in plan.faults[0].text


def test_what_somebody_else_did_meanwhile_lets_nothing_through(store: Store) -> None:
    """The plan was made before another window billed the same: then all of it is refused, none of it is written."""
    imported(store, ZHANG, home("3-2-502", person("王磊")))
    plan = billed(store, bill("3-2-502"), bill(line=3))
    event, _ = plan.acts[1]
    assert isinstance(event, Billed)
    store.act(event, COMMAND_LINE)
    with pytest.raises(Refused):
        store.act_all(plan.acts, COMMAND_LINE)
    assert rows_of(store, Bill) == 1
