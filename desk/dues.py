"""The bills an office's list brings to the desk: what is owed, for which months, to the fen."""

import datetime
import re
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from desk.china import fold_digits
from desk.money import parse_yuan
from desk.tables import PLACE_NAMES, PLACE_WAYS, Fault, Headings, Merged, Places, Row, Table, place_text, read_tables, text_of

CLASSES = ("物业费", "停车", "代收水电", "押金", "公共收益", "违约金", "其他")
"""The classes of bills; what is collected for others (代收水电) and 押金 are no income of ours (物业管理条例 §44)."""


@dataclass(frozen=True, slots=True)
class BillRow:
    """One bill: months as 2026-10, `fen` > 0, `due` as 2026-12-31 or None, `klass` one of CLASSES."""

    line: int
    room: str
    item: str
    klass: str
    period_from: str
    period_to: str
    fen: int
    due: str | None


@dataclass(frozen=True, slots=True)
class BillSheet:
    """The bills of a list. Money is not guessed: any fault costs its line."""

    rows: tuple[BillRow, ...]
    faults: tuple[Fault, ...]
    ignored_columns: tuple[str, ...]


_BILLS = Headings(
    names=PLACE_NAMES
    | {
        "item": "费用项目 收费项目 费用名称 费项 费用 项目 收费名称",
        "klass": "类别 费用类别 费用类型 收费类别",
        "period": "账期 期间 费用期间 计费期间 收费期间 账单月份 月份 所属期",
        "from": "开始月份 起始月份 开始账期 起始日期 开始日期 费用起始",
        "to": "结束月份 截止月份 结束账期 终止日期 结束日期 费用截止",
        "amount": "金额 应收 应收金额 欠费 欠费金额 账单金额 应缴 应缴金额 应交金额",
        "due": "到期日 截止日期 应缴日期 到期日期 缴费截止 缴费期限 最迟缴费日",
    },
    many=frozenset(),
    required=(
        ("房号（或 楼栋、单元、室）", PLACE_WAYS),
        ("费用项目", [frozenset({"item"})]),
        ("账期", [frozenset({"period"}), frozenset({"from", "to"})]),
        ("金额（应收）", [frozenset({"amount"})]),
    ),
)
_CLASS_WORDS = (
    ("违约金", ("违约金", "滞纳金")),
    ("押金", ("押金", "保证金")),
    ("公共收益", ("公共收益", "广告", "场地", "快递柜", "售卖机")),
    ("停车", ("停车", "车位", "泊位")),
    ("代收水电", ("代收", "水费", "电费", "燃气", "暖气", "采暖", "公摊")),
    ("物业费", ("物业", "管理费")),
)
_MONTH = r"(\d{4})[-/.年](\d{1,2})(?:月份?)?(?:[-/.]?(\d{1,2})日?)?"
_MONTHS = re.compile(rf"{_MONTH}[~至到-](?:{_MONTH}|(\d{{1,2}})月?份?)")


def read_bills(path: Path, known: Collection[str] | None = None) -> BillSheet:
    """The bills of a .xlsx or .csv: 房号, 费用项目, 账期, 金额, and if there 到期日 and 类别.

    `known` are the codes of the estate: with it, bills of other rooms are faults. The same bill twice is one too.
    Raises ValueError in Chinese when the file or its headings cannot be read.
    """
    bills: dict[tuple[str, str, str, str], BillRow] = {}
    faults: list[Fault] = []
    tables = read_tables(path, _BILLS)
    for table in tables:
        places = Places()
        for row in table.rows:
            key, text = "room", place_text(row)
            try:
                room = places.of(row, known)
                if not room:
                    raise ValueError("这一行没有房号，请补上。")
                key, text = "item", row.text("item")
                item = _item(text)
                key, text = "klass", row.text("klass")
                klass = _klass(text, item)
                key, text = _period_cell(row, table)
                first, last = _period(text)
                key, text = "amount", row.text("amount")
                fen = _amount(row.raw("amount"))
                key, text = "due", row.text("due")
                due = _day(text) if text else None
                key, text = "room", room
                if other := bills.get((room, item, first, last)):
                    again = f"与第 {other.line} 行是同一笔（{room} {item} {first}）"
                    raise ValueError(f"{again}，请删掉一行；有两个车位的，请在费用项目里写上车位号。")
            except ValueError as error:
                faults.append(Fault(row.line, table.titles.get(key) or table.place, text, str(error)))
                continue
            bills[room, item, first, last] = BillRow(row.line, room, item, klass, first, last, fen, due)
    ignored = dict.fromkeys(name for table in tables for name in table.ignored)
    return BillSheet(tuple(bills.values()), tuple(faults), tuple(ignored))


def _item(text: str) -> str:
    if not text:
        raise ValueError("没有费用项目，请补上，如 物业费。")
    return " ".join(text.split())


def _klass(text: str, item: str) -> str:
    """The class a cell says, or else the one the item's words belong to."""
    if text in CLASSES:
        return text
    found = (klass for klass, words in _CLASS_WORDS if any(word in (text or item) for word in words))
    klass = next(found, None if text else "其他")
    if klass is None:
        raise ValueError(f"不认识的类别，请写 {'、'.join(CLASSES)} 之一，或空着。")
    return klass


def _period_cell(row: Row, table: Table) -> tuple[str, str]:
    """The field that says the period, and what it says, joined when it stands in two columns."""
    if row.text("period") or "from" not in row.cells:
        return "period", row.text("period")
    first, last = row.text("from"), row.text("to")
    if "日" not in table.titles.get("to", ""):
        # A month typed into a spreadsheet becomes its first day.
        last = re.sub(r"^(\d{4}-\d\d)-01$", r"\1", last)
    return "from", f"{first}~{last}" if last else first


def _period(text: str) -> tuple[str, str]:
    """2026-11, 2026年10月至12月, 2026-10~2026-12, 2026-10-01~2026-12-31 as first and last month."""
    plain = re.sub(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(?!\d)", r"\1-\2", fold_digits(text).replace(" ", ""))
    advice = "请写成 2026-11 或 2026-10~2026-12；一次性的费用写收费的那个月。"
    if not plain:
        raise ValueError(f"没有账期，{advice}")
    if re.fullmatch(r"\d{4}\.10?", plain):
        raise ValueError(f"「{text}」分不清是 1 月还是 10 月，{advice}")
    if one := re.fullmatch(_MONTH, plain):
        # A spreadsheet turns 2026-11 into the first of that month; any other day may be a month meant as an end.
        if one[3] and int(one[3]) != 1:
            raise ValueError(f"「{text}」看不出是哪个月，{advice}")
        month = _month(one[1], one[2], advice)
        return month, month
    if not (two := _MONTHS.fullmatch(plain)):
        raise ValueError(f"「{text}」不是账期，{advice}")
    first, last = _month(two[1], two[2], advice), _month(two[4] or two[1], two[5] or two[7], advice)
    if last < first:
        raise ValueError(f"「{text}」结束早于开始，请核对。")
    if int(two[3] or 1) != 1 or (two[6] and int(two[6]) != monthrange(int(last[:4]), int(last[5:]))[1]):
        raise ValueError(f"「{text}」不是整月，{advice}")
    return first, last


def _month(year: str, month: str, advice: str) -> str:
    if not 2000 <= int(year) <= 2099 or not 1 <= int(month) <= 12:
        raise ValueError(f"没有 {year} 年 {month} 月，{advice}")
    return f"{year}-{int(month):02}"


def _amount(cell: object) -> int:
    if isinstance(cell, Merged):
        raise ValueError("金额是合并的单元格，看不出各是多少，请拆开逐行填写。")
    fen = parse_yuan(text_of(cell))
    if not fen:
        raise ValueError("金额是 0，没有要收的请删掉这一行。")
    return fen


def _day(text: str) -> str:
    found = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?: 0?0:00(?::00)?)?", fold_digits(text))
    try:
        if found:
            return datetime.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        found = None
    raise ValueError(f"「{text}」不是日期，请写成 2026-12-31。")
