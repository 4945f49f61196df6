"""Two more lists of an office: what each room has (parking spaces and the like) and what its meters showed."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError
from sqlmodel import Session, select

from data.file import raw
from desk import charges
from desk.charges import Charge, ChargeBegan, ChargeChanged, ChargeEnded, Reading, ReadingCorrected, ReadingTaken, thousandths
from desk.china import fold_digits
from desk.imports import Act, LineKind, Plan, PlanLine
from desk.periods import day, day_after
from desk.tables import PLACE_NAMES, PLACE_WAYS, Fault, Headings, Merged, Places, Row, place_text, read_tables, text_of
from desk.tariffs import EVERY_ROOM, TariffRate, item_name, rates

_ITEM = "项目 收费项目 费用项目 收费名称 费用名称 费项"
_CHARGES = Headings(
    names=PLACE_NAMES
    | {
        "item": _ITEM,
        "quantity": "数量 个数 车位数",
        "since": "开始日期 起始日期 开始 生效日期 起租日期 起租日 计费开始",
        "until": "结束日期 终止日期 截止日期 结束 到期日期 到期日 计费结束",
    },
    many=frozenset(),
    required=(
        ("房号（或 楼栋、单元、室）", PLACE_WAYS),
        ("项目", [frozenset({"item"})]),
        ("开始日期", [frozenset({"since"})]),
    ),
)
_READINGS = Headings(
    names=PLACE_NAMES
    | {
        "item": _ITEM,
        "previous": "上期 上期读数 上次读数 上月读数 上期表数 起码 起数",
        "current": "本期 本期读数 本次读数 本月读数 本期表数 读数 止码 止数",
        "reason": "换表原因 换表",
        "old_end": "旧表止码 旧表读数",
        "new_start": "新表起码 新表读数",
    },
    many=frozenset(),
    required=(
        ("房号（或 楼栋、单元、室）", PLACE_WAYS),
        ("项目", [frozenset({"item"})]),
        ("本期（读数）", [frozenset({"current"})]),
    ),
)


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """That a room has `quantity` thousandths of an item from `since` to `until` ("" for no end), `YYYY-MM-DD`."""

    line: int
    room: str
    item: str
    quantity: int
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What a meter showed, in thousandths; `previous` None where the list leaves it to the last reading."""

    line: int
    room: str
    item: str
    previous: int | None
    current: int
    reason: str
    old_end: int | None
    new_start: int


Span = tuple[str, str, int]
"""From when to when ("" for no end) a room has how many thousandths."""

Line = TypeVar("Line", ChargeRow, ReadingRow)


@dataclass(frozen=True, slots=True)
class FeeSheet(Generic[Line]):
    """The lines of such a list. Money is not guessed: any fault costs its line."""

    rows: tuple[Line, ...]
    faults: tuple[Fault, ...]
    ignored_columns: tuple[str, ...]


def read_charges(path: Path, known: Collection[str]) -> FeeSheet[ChargeRow]:
    """A .xlsx or .csv of 房号, 项目, 开始日期 and if there 数量 and 结束日期; `known` are the codes of the estate.

    Raises ValueError in Chinese when the file or its headings cannot be read.
    """
    return _read(path, _CHARGES, known, _charge)


def read_readings(path: Path, known: Collection[str]) -> FeeSheet[ReadingRow]:
    """A .xlsx or .csv of 房号, 项目, 本期 and if there 上期, 换表原因, 旧表止码 and 新表起码; `known` as in `read_charges`.

    Raises ValueError in Chinese when the file or its headings cannot be read.
    """
    return _read(path, _READINGS, known, _reading)


class _Cell:
    """Reads the cells of one line and remembers which one it was at, for the fault."""

    def __init__(self, row: Row) -> None:
        self.row, self.at = row, "room"

    def text(self, name: str) -> str:
        self.at = name
        if isinstance(self.row.raw(name), Merged) and name not in ("item", "reason"):
            raise ValueError("是合并的单元格，看不出各是多少，请拆开逐行填写。")
        return self.row.text(name)

    def number(self, name: str) -> int | None:
        """Thousandths, None for an empty cell."""
        text = self.text(name)
        found = re.fullmatch(r"(\d{1,7})(?:\.(\d{1,3})0*)?", fold_digits(text).replace(",", ""))
        if text and not found:
            raise ValueError(f"「{text}」不是数，请只写数字，最多三位小数。")
        return int(found[1]) * 1000 + int((found[2] or "").ljust(3, "0")) if found else None


def _charge(cell: _Cell, room: str, item: str) -> ChargeRow:
    quantity = cell.number("quantity")
    if quantity == 0:
        raise ValueError("数量是 0：不再收的请写结束日期，还没有的请删掉这一行。")
    since = day(cell.text("since"))
    until = day(text) if (text := cell.text("until")) else ""
    if until and until < since:
        raise ValueError("结束日期早于开始日期，请核对。")
    return ChargeRow(cell.row.line, room, item, 1000 if quantity is None else quantity, since, until)


def _reading(cell: _Cell, room: str, item: str) -> ReadingRow:
    current = cell.number("current")
    if current is None:
        raise ValueError("没有本期读数，请补上；没抄到的请删掉这一行。")
    previous, reason = cell.number("previous"), cell.text("reason")
    old_end, new_start = cell.number("old_end"), cell.number("new_start")
    return ReadingRow(cell.row.line, room, item, previous, current, reason, old_end, new_start or 0)


def _read(path: Path, headings: Headings, known: Collection[str], read: Callable[[_Cell, str, str], Line]) -> FeeSheet[Line]:
    rows: dict[tuple[str, str], Line] = {}
    faults: list[Fault] = []
    tables = read_tables(path, headings)
    for table in tables:
        places = Places()
        for row in table.rows:
            cell, text = _Cell(row), place_text(row)
            try:
                if not (room := places.of(row, known)):
                    raise ValueError("这一行没有房号，请补上。")
                if not (text := cell.text("item")):
                    raise ValueError("没有项目，请补上，如 停车费。")
                item = item_name(text)
                made = read(cell, room, item)
                if other := rows.get((room, item)):
                    again = f"与第 {other.line} 行是同一户同一个项目（{room} {item}）"
                    raise ValueError(f"{again}，请合成一行；有两个车位的，数量写 2。")
            except ValueError as error:
                said = text_of(row.raw(cell.at)) if cell.at != "room" else text
                faults.append(Fault(row.line, table.titles.get(cell.at) or table.place, said, str(error)))
                continue
            rows[room, item] = made
    ignored = dict.fromkeys(name for table in tables for name in table.ignored)
    return FeeSheet(tuple(rows.values()), tuple(faults), tuple(ignored))


# ── against what stands ────────────────────────────────────────────────────────────────────────────────────────────────


def _unreadable(faults: Iterable[Fault]) -> Iterator[PlanLine]:
    for fault in faults:
        yield PlanLine(
            fault.line, "无法识别", f"“{fault.column}”一列{f'的「{fault.text}」' if fault.text else ''}：{fault.reason}"
        )


def why(error: ValidationError) -> str:
    """What an event does not take, as a sentence."""
    return "；".join(str(fault.get("ctx", {}).get("error", fault["msg"])) for fault in error.errors())


def plan_charges(read: Session, sheet: FeeSheet[ChargeRow]) -> Plan:
    """What a list of charges would change; what it does not name stays. Read again it gives no acts."""
    last = {rate.item: rate for rate in rates(read)}
    held = set(read.exec(select(Charge.id)))
    spans: dict[tuple[str, str], list[Span]] = {}
    for room, item, since, until, quantity in raw(read.connection()).execute(
        "SELECT room, item, since, until, quantity FROM chargespan ORDER BY since"
    ):
        spans.setdefault((room, item), []).append((since, until, quantity))
    lines, acts, counts = list(_unreadable(sheet.faults)), list[Act](), {"新增": 0, "变更": 0, "": 0}
    for row in sheet.rows:
        known, there = charges.charge_id(row.room, row.item), spans.get((row.room, row.item), [])
        now = next(((many, until) for since, until, many in there if since <= row.since <= (until or row.since)), None)
        if fault := _wrong(row, last.get(row.item), there, now):
            lines.append(PlanLine(row.line, "无法识别", fault))
            continue
        called = f"{row.room} {row.item} {thousandths(row.quantity)} 个，{row.since} 起"
        did: list[Act] = []
        if known not in held:
            did.append((ChargeBegan(room=row.room, item=row.item, quantity=row.quantity, since=row.since), None))
        elif now is None or now[0] != row.quantity:
            did.append((ChargeChanged(room=row.room, item=row.item, quantity=row.quantity, since=row.since), known))
        if row.until and (did or (now and now[1] != row.until)):
            did.append((ChargeEnded(until=row.until), known))
            called += f"到 {row.until}"
        kind: LineKind = "变更" if known in held else "新增"
        counts[kind if did else ""] += 1
        if did:
            acts += did
            lines.append(PlanLine(row.line, kind, called))
    return Plan(acts, counts["新增"], counts["变更"], counts[""], sorted(lines, key=lambda line: line.line))


def _wrong(row: ChargeRow, rate: TariffRate | None, there: Sequence[Span], now: tuple[int, str] | None) -> str:
    """Why a line cannot be taken, "" when it can; `now` is what the room has on its first day."""
    if rate is None:
        return f"还没有“{row.item}”的收费标准，请主管先用 desk tariffs set 设定"
    if rate.applies == EVERY_ROOM:
        return f"“{row.item}”对全部房屋收，不用逐户登记"
    for since, _, many in there:
        if since > row.since and many != row.quantity:
            return f"{row.room} 从 {since} 起已登记 {thousandths(many)} 个“{row.item}”，请把开始日期写成那天或之后"
    if now and now[0] == row.quantity and now[1] and row.until > now[1]:
        return f"{row.room} 的“{row.item}”已登记到 {now[1]}，要续收请把开始日期写成 {day_after(now[1])}"
    return ""


def plan_readings(read: Session, sheet: FeeSheet[ReadingRow], month: str) -> Plan:
    """What a list of readings of a month (`2026-12`) would add or put right; what was billed stands. Again: no acts."""
    db = raw(read.connection())
    by_use = {rate.item for rate in rates(read) if rate.basis == "用量"}
    before: dict[tuple[str, str], tuple[str, int]] = {
        (room, item): (said, current)
        for room, item, said, current in db.execute(
            "SELECT room, item, month, current FROM reading WHERE month < ? ORDER BY month", (month,)
        )
    }
    taken = {one.id: one for one in read.exec(select(Reading).where(Reading.month == month))}
    billed = set(db.execute(
        "SELECT room, item FROM bill WHERE withdrawn = '' AND substr(period_from, 1, 7) <= ? AND period_to >= ?", (month, month)
    ))  # fmt: skip
    lines, acts, counts = list(_unreadable(sheet.faults)), list[Act](), {"新增": 0, "变更": 0, "": 0}
    for row in sheet.rows:
        known = taken.get(charges.reading_id(row.room, row.item, month))
        try:
            if row.item not in by_use:
                raise ValueError(f"没有按用量收的“{row.item}”，请核对项目名称，或请主管先用 desk tariffs set 设定")
            said = _said(row, month, before.get((row.room, row.item)))
            same = known and not known.doubt and _same(known, said)
            if known and not same and (row.room, row.item) in billed:
                raise ValueError(f"{row.room} {row.item} {month} 已按原来的读数出账，请先撤销账单再更正")
        except ValidationError as error:
            lines.append(PlanLine(row.line, "无法识别", f"{row.room} {row.item}：{why(error)}"))
            continue
        except ValueError as error:
            lines.append(PlanLine(row.line, "无法识别", str(error)))
            continue
        counts["" if same else "变更" if known else "新增"] += 1
        if not same:
            event = ReadingCorrected.model_validate(said.model_dump()) if known else said
            acts.append((event, known.id if known else None))
            text = (
                f"{row.room} {row.item} {thousandths(said.previous)}→{thousandths(said.current)}，用 {thousandths(said.usage)}"
            )
            lines.append(PlanLine(row.line, "变更" if known else "新增", text))
    return Plan(acts, counts["新增"], counts["变更"], counts[""], sorted(lines, key=lambda line: line.line))


def _said(row: ReadingRow, month: str, before: tuple[str, int] | None) -> ReadingTaken:
    """The reading of a line, joined to the last one. Raises ValueError (also as ValidationError) in Chinese."""
    previous = row.previous if row.previous is not None else before[1] if before else None
    if previous is None:
        raise ValueError(f"{row.room} {row.item} 没有上一次的读数，请在“上期”一列写上")
    if before and previous != before[1]:
        shown = f"上期 {thousandths(previous)} 与 {before[0]} 抄的 {thousandths(before[1])} 不同"
        raise ValueError(f"{row.room} {row.item} {shown}，请核对；中间漏抄的月份请先导入")
    return ReadingTaken(
        room=row.room, item=row.item, month=month, previous=previous, current=row.current, reason=row.reason,
        old_end=row.old_end, new_start=row.new_start,
    )  # fmt: skip


def _same(known: Reading, said: ReadingTaken) -> bool:
    return (known.previous, known.current, known.usage, known.reason) == (said.previous, said.current, said.usage, said.reason)
