"""What an office's list would change at the desk: read against the register first, then acted as one or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlmodel import Session, select

from data.entry import new_id
from data.records import Event
from desk.billed import Billed, bill_id
from desk.bills import Bill
from desk.china import mask_phone, room_key
from desk.dues import BillRow, BillSheet
from desk.money import yuan
from desk.residents import (
    CARE,
    Home,
    HomeBegan,
    HomeChanged,
    Person,
    PersonChanged,
    PersonRegistered,
    Room,
    RoomChanged,
    RoomRegistered,
    initials,
    room_id,
)
from desk.sheets import HouseholdRow, PersonRow, Sheet
from desk.tables import Fault

Act = tuple[Event, str | None]
"""An event and the record it happens to; None where the event opens one. What `Store.act_all` takes."""

LineKind = Literal["新增", "变更", "无法识别", "保留"]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What becomes of one line of the list, for the clerk; `line` as the office sees it, 0 for the list as a whole."""

    line: int
    kind: LineKind
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. The counts are of households or of bills, whichever the list is of."""

    acts: Sequence[Act]
    added: int
    changed: int
    unchanged: int
    lines: Sequence[PlanLine]

    @property
    def faults(self) -> list[PlanLine]:
        """What cannot be taken; with any of these nothing of the list is."""
        return [line for line in self.lines if line.kind == "无法识别"]


@dataclass(slots=True)
class _Draft:
    """A person while the list is read: who it is in the register, if anyone, and what all lines together say."""

    uid: str
    known: Person | None
    name: str
    line: int
    phone: str = ""
    care: set[str] = field(default_factory=set)


class _Register:
    """The register as it stands, with everyone the list has named so far."""

    def __init__(self, read: Session) -> None:
        self.rooms = {room.code: room for room in read.exec(select(Room))}
        self.people = {person.id: person for person in read.exec(select(Person))}
        self.homes: dict[str, list[Home]] = {}
        for home in read.exec(select(Home)):
            self.homes.setdefault(home.room, []).append(home)
        self.drafts: dict[str, _Draft] = {}
        self.by_phone = {(person.name, person.phone): person.id for person in self.people.values() if person.phone}

    def draft(self, row: PersonRow, room: str, line: int) -> _Draft:
        """Whoever a row means: one of the room of that name, else that name with that phone anywhere, else someone new."""
        there = [self.people[home.person] for home in self.homes.get(room, ()) if home.person in self.people]
        alike = [person.id for person in there if person.name == row.name]
        uid = next((one for one in alike if self.people[one].phone == (row.phone or "")), alike[0] if alike else "")
        if not uid and row.phone:
            uid = self.by_phone.get((row.name, row.phone), "")
        uid = uid or new_id()
        return self.drafts.setdefault(uid, _Draft(uid, self.people.get(uid), row.name, line))

    def tell(self, draft: _Draft, row: PersonRow) -> str:
        """Take in what a row says of a person; gives the reason when an earlier line said otherwise, else ""."""
        if row.phone and draft.phone and row.phone != draft.phone:
            here, there = mask_phone(row.phone), mask_phone(draft.phone)
            return f"{row.name} 的电话 {here} 与第 {draft.line} 行的 {there} 不同，登记的是同一个人，请核对改成一样"
        draft.phone = draft.phone or row.phone or ""
        draft.care.update(row.care)
        if draft.phone:
            self.by_phone.setdefault((draft.name, draft.phone), draft.uid)
        return ""


def plan_residents(read: Session, sheet: Sheet) -> Plan:
    """What a list of households would change. What it leaves empty stays; nobody it does not name is removed.

    Read again against the register it has just made, the same list gives no acts.
    """
    register = _Register(read)
    lines = list(_unreadable(sheet.faults))
    named: list[tuple[HouseholdRow, list[tuple[_Draft, PersonRow]]]] = []
    for row in sheet.rows:
        people = [(register.draft(person, row.room, row.line), person) for person in row.people]
        reasons = [reason for draft, person in people if (reason := register.tell(draft, person))]
        lines += [PlanLine(row.line, "无法识别", f"{row.room}：{reason}") for reason in reasons]
        named.append((row, people))
    acts: list[Act] = []
    told: set[str] = set()
    counts = {"新增": 0, "变更": 0, "": 0}
    for row, people in named:
        known = row.room in register.rooms
        did = [*_room(register, row), *_people(register, row, people, told)]
        acts += [act for act, _ in did]
        kind: LineKind = "变更" if known else "新增"
        counts[kind if did else ""] += 1
        if did:
            said = "；".join(words for _, words in did if words)
            lines.append(PlanLine(row.line, kind, f"{row.room} {said}".rstrip()))
    lines += _kept(register, named)
    return Plan(acts, counts["新增"], counts["变更"], counts[""], sorted(lines, key=lambda line: line.line))


def _unreadable(faults: Iterable[Fault]) -> Iterator[PlanLine]:
    for fault in faults:
        cell = f"“{fault.column}”一列的「{fault.text}」：" if fault.text else f"“{fault.column}”一列："
        yield PlanLine(fault.line, "无法识别", cell + fault.reason)


Did = tuple[Act, str]
"""An act and the words for it, "" where another act's words say it already."""


def _area(area: int) -> str:
    return f"{area / 100:.2f}㎡"


def _room(register: _Register, row: HouseholdRow) -> Iterator[Did]:
    room = register.rooms.get(row.room)
    if room is None:
        yield (RoomRegistered(code=row.room, area=row.area, note=row.note), None), _area(row.area) if row.area else ""
        return
    area = row.area if row.area and row.area != room.area else None
    note = row.note if row.note and row.note != room.note else None
    words = [f"面积改为 {_area(area)}"] if area else []
    words += [f"备注改为“{note}”"] if note else []
    if words:
        yield (RoomChanged(area=area, note=note), room_id(row.room)), "；".join(words)


def _people(
    register: _Register, row: HouseholdRow, people: Sequence[tuple[_Draft, PersonRow]], told: set[str]
) -> Iterator[Did]:
    """The people of a household and their homes; `told` are those already registered or changed by an earlier line."""
    homes = {home.person: home for home in register.homes.get(row.room, ())}
    for draft, person in people:
        if draft.uid not in told:
            told.add(draft.uid)
            yield from _person(draft)
        home = homes.get(draft.uid)
        who = f"{draft.name}（{person.role}）"
        if home is None:
            yield (HomeBegan.model_validate({"room": row.room, "person": draft.uid, "role": person.role}), None), who
        elif home.ended:
            # HomeBegan would open the same record a second time; a changed role takes back that it ended.
            yield (HomeChanged.model_validate({"role": person.role}), home.id), f"{who}曾迁出，按表重新登记"
        elif home.role != person.role:
            changed = f"{draft.name} 由{home.role}改为{person.role}"
            yield (HomeChanged.model_validate({"role": person.role}), home.id), changed


def _person(draft: _Draft) -> Iterator[Did]:
    care = ",".join(mark for mark in CARE if mark in draft.care)
    if draft.known is None:
        letters = initials(draft.name)
        new = PersonRegistered(uid=draft.uid, name=draft.name, phone=draft.phone, initials=letters, care=care)
        yield (new, None), ""
        return
    phone = draft.phone if draft.phone and draft.phone != draft.known.phone else None
    # What was said at the counter, with a name under it, stands before a list.
    flags = care if care and not draft.known.consent and care != draft.known.care else None
    words = [f"{draft.name} 电话改为 {mask_phone(phone)}"] if phone else []
    words += [f"{draft.name} 关爱标记改为 {flags.replace(',', '、')}"] if flags else []
    if words:
        yield (PersonChanged(phone=phone, care=flags), draft.uid), "；".join(words)


def _kept(register: _Register, named: Sequence[tuple[HouseholdRow, Sequence[tuple[_Draft, PersonRow]]]]) -> Iterator[PlanLine]:
    """One line for all the list does not name."""
    listed = {row.room: {draft.uid for draft, _ in people} for row, people in named}
    rooms = sum(code not in listed for code in register.rooms)
    people = sum(
        not home.ended and home.person not in uids for room, uids in listed.items() for home in register.homes.get(room, ())
    )
    parts = [f"{rooms} 户" if rooms else "", f"同户的 {people} 人" if people else ""]
    if said := "、".join(part for part in parts if part):
        yield PlanLine(0, "保留", f"表里没有的 {said} 保留不动；有人迁出请在柜台逐户办理")


def plan_bills(read: Session, sheet: BillSheet) -> Plan:
    """What a list of bills would add. A bill that stands is never changed by a list: another amount is a fault."""
    rooms = set(read.exec(select(Room.code)))
    standing = {bill.id: bill for bill in read.exec(select(Bill))}
    lines = list(_unreadable(sheet.faults))
    acts: list[Act] = []
    unchanged = withdrawn = 0
    for row in sheet.rows:
        bill = standing.get(bill_id(row.room, row.item, row.period_from, row.period_to))
        if row.room not in rooms:
            text = f"住户表里没有“{row.room}”，请核对房号，或先用 desk residents import 导入住户"
            lines.append(PlanLine(row.line, "无法识别", text))
        elif bill is None:
            acts.append((_billed(row), None))
            lines.append(PlanLine(row.line, "新增", f"{_called(row)} {yuan(row.fen)} 元"))
        elif bill.fen != row.fen:
            lines.append(PlanLine(row.line, "无法识别", _other_amount(row, bill)))
        elif bill.withdrawn:
            withdrawn += 1
        else:
            unchanged += 1
    if withdrawn:
        lines.append(PlanLine(0, "保留", f"表里有 {withdrawn} 笔账单已经撤销，不再出账；要重出请把费用项目换个名字"))
    return Plan(acts, len(acts), 0, unchanged + withdrawn, sorted(lines, key=lambda line: line.line))


def _called(row: BillRow) -> str:
    period = row.period_from if row.period_from == row.period_to else f"{row.period_from}～{row.period_to}"
    return f"{row.room} {row.item} {period}"


def _billed(row: BillRow) -> Billed:
    said = {name: getattr(row, name) for name in ("room", "item", "klass", "period_from", "period_to", "fen")}
    return Billed.model_validate(said | {"due": row.due or ""})


def _other_amount(row: BillRow, bill: Bill) -> str:
    """A bill's key is its room, item and period for good, so the right amount needs another name of the item."""
    again = f"再把表里的费用项目改名（如“{row.item}更正”）重新导入"
    if bill.withdrawn:
        return f"{_called(row)} 已有一笔 {yuan(bill.fen)} 元的账单并已撤销，表里是 {yuan(row.fen)} 元：请{again}"
    first = f"请先撤销原账单，{again}；原来没错就把表里改回 {yuan(bill.fen)}"
    return f"{_called(row)} 已有账单 {yuan(bill.fen)} 元，表里是 {yuan(row.fen)} 元：{first}"


def known_rooms(read: Session) -> list[str]:
    """The codes of every room in the register, as people walk; what `read_bills` checks a list against."""
    return sorted(read.exec(select(Room.code)), key=room_key)
