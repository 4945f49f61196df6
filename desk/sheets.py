"""The lists an office brings to the desk: its households with their people, and (from desk.dues) its bills."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from desk.china import COMPANY, fold_digits, phone
from desk.dues import BillRow, BillSheet, read_bills
from desk.tables import (
    PLACE_NAMES,
    PLACE_WAYS,
    Fault,
    Headings,
    Merged,
    Places,
    Row,
    Table,
    place_text,
    read_tables,
    text_of,
)

__all__ = [
    "CARES",
    "ROLES",
    "BillRow",
    "BillSheet",
    "Fault",
    "HouseholdRow",
    "PersonRow",
    "Sheet",
    "read_bills",
    "read_residents",
]

ROLES = ("业主", "共有人", "租户", "家属", "保姆", "护工", "法人")
CARES = ("独居", "听力", "大字", "不便")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of a household; `role` is one of ROLES, `phone` canonical or None, `care` some of CARES."""

    name: str
    role: str
    phone: str | None
    care: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A room with everyone in it, first named on `line`; `area` in hundredths of a ㎡ or None."""

    line: int
    room: str
    area: int | None
    people: tuple[PersonRow, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The households of a list. A fault in a room or name costs its line, in any other cell only that cell."""

    rows: tuple[HouseholdRow, ...]
    faults: tuple[Fault, ...]
    ignored_columns: tuple[str, ...]


# --- households ----------------------------------------------------------------------------------------------------

_PHONE_NAMES = (
    "电话",
    "手机",
    "联系电话",
    "手机号码",
    "手机号",
    "电话号码",
    "联系方式",
    "移动电话",
    "固定电话",
    "固话",
    "备用电话",
)
_GROUPS = ("共有人", "租户", "家属")
_RESIDENTS = Headings(
    names=PLACE_NAMES
    | {
        "name": "业主 姓名 户主 住户 房主 产权人 业主姓名 户主姓名 住户姓名 业主名称 客户姓名 客户名称 名称",
        "role": "身份 类型 关系 人员类型 住户类型 客户类型 身份类型 与业主关系 与户主关系",
        "phone": " ".join(f"{who}{called}" for who in ("", "业主", "户主", "住户") for called in _PHONE_NAMES),
        "area": "面积 建筑面积 产权面积 房屋面积 收费面积 计费面积 建面",
        "care": "关爱 标记 关爱标记 关爱对象 关怀 特殊标记 特殊人群 标签",
        "note": "备注 说明 备注说明",
    }
    | {group: f"{group} {group}姓名" for group in _GROUPS}
    | {f"{group}电话": " ".join(group + called for called in _PHONE_NAMES) for group in _GROUPS},
    many=frozenset({"phone", "note", *(f"{group}电话" for group in _GROUPS)}),
    required=(
        ("房号（或 楼栋、单元、室）", PLACE_WAYS),
        ("姓名（业主、户主）、电话或面积", [frozenset({name}) for name in ("name", "phone", "area")]),
    ),
)

_ROLE_WORDS = {
    "业主": "业主 户主 房主 产权人 本人 所有人 所有权人",
    "共有人": "共有人 共有 共有产权人 共同共有 按份共有",
    "租户": "租户 租客 承租人 承租 租赁 出租 租住",
    "家属": "家属 家人 家庭成员 亲属 配偶 夫妻 丈夫 妻子 夫 妻 父亲 母亲 父母 子女 儿子 女儿 儿媳 女婿 孙子 孙女 住户 同住人",
    "保姆": "保姆 住家保姆 家政 阿姨 月嫂",
    "护工": "护工 护理员 陪护",
    "法人": "法人 法人代表 法定代表人 商户 店主 经营者 公司 单位 企业",
}
_ROLE_OF = {word: role for role, words in _ROLE_WORDS.items() for word in words.split()}
_CARE_WORDS = {
    "独居": ("独居", "空巢", "孤寡"),
    "听力": ("听力", "耳背", "失聪", "聋"),
    "大字": ("大字", "视力", "老花", "眼神", "低视"),
    "不便": ("不便", "轮椅", "拐杖", "瘫", "失能", "卧床", "残疾"),
}
_NOBODY = frozenset(("无", "空", "空置", "空房", "未售", "未知", "不详", "-", "/", "—", "无人", "未入住", "暂无"))
_BETWEEN = re.compile(r"[、/,，;；|\n]")


@dataclass(slots=True)
class _Household:
    """A household while its lines are read."""

    line: int
    room: str
    area: int | None = None
    people: list[PersonRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    assumed: set[str] = field(default_factory=set)
    """Names of those whose role no cell said."""

    def note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)

    def meet(self, person: PersonRow, assumed: bool) -> Iterator[tuple[str, str, str]]:
        """Take a person in, joining what other lines said; yields (field, text, reason) where two lines disagree."""
        known = next((i for i, other in enumerate(self.people) if other.name == person.name), None)
        if known is None:
            # Of several owners nobody told apart, the first is the owner and the others own together with them.
            if assumed and person.role == "业主" and any(other.role == "业主" for other in self.people):
                person = replace(person, role="共有人")
            self.people.append(person)
            self.assumed |= {person.name} if assumed else set()
            return
        other = self.people[known]
        if other.phone and person.phone and other.phone != person.phone:
            yield "phone", person.phone, f"{person.name}在同一房号里有另一个电话 {other.phone}，请核对后合成一格。"
        role = person.role if person.name in self.assumed and not assumed else other.role
        if not assumed and role != person.role:
            yield "role", person.role, f"{person.name}在同一房号里又写成{other.role}，请核对留一个。"
        care = tuple(mark for mark in CARES if mark in other.care + person.care)
        self.people[known] = PersonRow(other.name, role, other.phone or person.phone, care)
        self.assumed -= set() if assumed else {person.name}


def read_residents(path: Path) -> Sheet:
    """The households of a .xlsx or .csv: 房号 (or 楼栋, 单元, 室) and any of 姓名, 身份, 电话, 面积, 关爱, 备注.

    Lines of one room are joined, over all sheets of the file. Raises ValueError in Chinese when the file or its
    headings cannot be read.
    """
    homes: dict[str, _Household] = {}
    faults: list[Fault] = []
    tables = read_tables(path, _RESIDENTS)
    for table in tables:
        places = Places()
        for row in table.rows:
            seen = list(_read_row(row, places, homes))
            faults += [Fault(row.line, _called(table, key), text, reason) for key, text, reason in seen]
    rows = tuple(HouseholdRow(h.line, h.room, h.area, tuple(h.people), "；".join(h.notes)) for h in homes.values())
    return Sheet(rows, tuple(faults), tuple(dict.fromkeys(name for table in tables for name in table.ignored)))


def _called(table: Table, key: str) -> str:
    """The heading a fault stands under, or what it would be called."""
    if key == "room":
        return table.place
    return table.titles.get(key, "姓名")


def _read_row(row: Row, places: Places, homes: dict[str, _Household]) -> Iterator[tuple[str, str, str]]:
    """Take one line into the household of its room; yields (field, text, reason) for each cell that cannot be taken."""
    try:
        room = places.of(row)
    except ValueError as error:
        yield "room", place_text(row), str(error)
        return
    if not room:
        yield "room", "", "这一行没有房号；与上一行同住的人也请写上房号。"
        return
    draft = _Household(row.line, room)
    seen = list(_read_household(row, draft))
    yield from seen
    if any(key == "name" for key, _, _ in seen):
        return
    home = homes.setdefault(room, _Household(row.line, room))
    if home.area and draft.area and home.area != draft.area:
        reason = f"{room} 在第 {home.line} 行的面积是 {home.area / 100:.2f}，请核对改成一样。"
        yield "area", row.text("area"), reason
    home.area = home.area or draft.area
    for person in draft.people:
        yield from home.meet(person, person.name in draft.assumed)
    for note in draft.notes:
        home.note(note)


def _read_household(row: Row, into: _Household) -> Iterator[tuple[str, str, str]]:
    """Read one line into a household; yields (field, text, reason) for each cell that cannot be taken."""
    if said := row.text("area"):
        try:
            # A total merged over several rooms is the area of none of them.
            into.area = None if isinstance(row.raw("area"), Merged) else _area(said)
        except ValueError as error:
            yield "area", said, str(error)
    care: list[str] = []
    for word in filter(None, re.split(r"[、/,，;；|\s·]+", row.text("care"))):
        marks = [mark for mark, words in _CARE_WORDS.items() if any(part in word for part in words)]
        care += marks
        if not marks and word not in _NOBODY | {"否", "正常"}:
            yield "care", word, f"不认识的标记，可以写 {'、'.join(CARES)}，其他情况请写在备注里。"
    flags = tuple(mark for mark in CARES if mark in care)
    yield from _read_people(row, "name", "phone", "", flags, into)
    for group in _GROUPS:
        yield from _read_people(row, group, f"{group}电话", group, (), into)
    for cell in row.cells.get("note", ()):
        into.note(" ".join(text_of(cell).split()))


def _read_people(
    row: Row, name_field: str, phone_field: str, role: str, care: tuple[str, ...], into: _Household
) -> Iterator[tuple[str, str, str]]:
    """Read the people of one pair of columns; `role` is theirs when the column says it, "" when the line must."""
    said = row.text(name_field)
    names = [part for part in (_name(part) for part in _BETWEEN.split(said)) if part and part not in _NOBODY]
    if said in _NOBODY and len(said) > 1 and not role:
        into.note(said)
    if any(re.search(r"\d", fold_digits(name)) for name in names):
        yield "name", said, "姓名里有数字，是不是填错了列？请核对后重填。"
        return
    phones: list[list[str]] = [[] for _ in names]
    for cell in row.cells.get(phone_field, ()):
        for i, part in enumerate(_phone_parts(text_of(cell))):
            try:
                number = phone(part) if part and part not in _NOBODY else ""
            except ValueError as error:
                yield phone_field, part, _phone_reason(part, str(error))
                continue
            if number and not names:
                yield name_field, number, "这一行有电话没有姓名，请补上称呼，如 张先生。"
                return
            if number and number not in phones[min(i, len(names) - 1)]:
                phones[min(i, len(names) - 1)].append(number)
    column = role or row.text("role")
    roles = [part.strip() for part in _BETWEEN.split(column)]
    for i, name in enumerate(names):
        name, bracket = _bracket(name)
        typed = roles[i] if len(roles) == len(names) else column
        found = _ROLE_OF.get(typed or bracket)
        if typed and not found:
            yield "role", typed, f"不认识的身份，请写 {'、'.join(ROLES)} 之一。"
        if found == "业主" and i and len(roles) == 1:
            found = "共有人"
        if bracket and bracket not in _ROLE_OF:
            into.note(f"{name}：{bracket}")
        for other in phones[i][1:]:
            into.note(f"{name}另有电话 {other}")
        person = PersonRow(name, found or ("法人" if COMPANY.search(name) else "业主"), next(iter(phones[i]), None), care)
        yield from into.meet(person, assumed=found is None)


def _name(text: str) -> str:
    """A name without the blanks that line it up with longer ones (张　三 → 张三); its characters stay as they are."""
    return re.sub(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])", "", " ".join(text.split())).strip("\u200b\u200e\u200f\ufeff")


def _bracket(name: str) -> tuple[str, str]:
    """张三（租户） → 张三, 租户."""
    found = re.fullmatch(r"(.+?)\s*[(（](.+?)[)）]", name)
    return (found[1], found[2]) if found and not COMPANY.search(name) else (name, "")


def _phone_parts(text: str) -> list[str]:
    parts = [part.strip() for part in _BETWEEN.split(text)] if text else []
    spaced = fold_digits(text).split(" ")
    if len(parts) == 1 and len(spaced) > 1 and all(re.fullmatch(r"1\d{10}|0\d{2,3}-?\d{7,8}", part) for part in spaced):
        return spaced
    return parts


def _phone_reason(text: str, reason: str) -> str:
    if re.fullmatch(r"[\d.]+E\+?\d+", fold_digits(text).upper()):
        return "表格软件把电话存成了科学计数，后几位已经丢了，请把这一列设成文本后重填。"
    if re.fullmatch(r"(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}", text):
        return f"「{text}」像是固定电话，前面的 0 被表格软件去掉了，请把这一列设成文本后补上。"
    return reason


def _area(text: str) -> int:
    plain = re.sub(r"(?:m2|m²|平方米|平米|平)$", "", fold_digits(text).lower()).strip()
    try:
        hundredths = Decimal(plain) * 100
    except InvalidOperation as error:
        raise ValueError("面积请只写数字，如 89.60。") from error
    if not hundredths.is_finite() or hundredths != hundredths.to_integral_value():
        raise ValueError("面积最多写两位小数，如 89.60。")
    if not 1 <= hundredths / 100 <= 100_000:
        raise ValueError("面积不像真的，请写 1 到 100000 之间的平方米数。")
    return int(hundredths)
