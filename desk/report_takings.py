"""Reports of the money that moved: by day and tender, by class of income, what was voided, refunded, and the receipt numbers.

Everything counts for the business date of its shift, so that the night belongs to the day it began on.
"""

from datetime import date, timedelta

from sqlmodel import Session

from data.file import raw
from data.journal import Db
from data.records import Actor
from desk import days, staff
from desk.billed import OWN_INCOME
from desk.money import yuan
from desk.paid import TENDERS
from desk.report import Chart, Report, Row, Span, Table, columns, period, table, without_empty

MOVED = """
WITH taken AS (
    SELECT payment.*, COALESCE(NULLIF(business_date, ''), substr(payment.opened_at, 1, 10)) AS counts
    FROM payment LEFT JOIN shift ON shift.id = payment.shift
    WHERE COALESCE(NULLIF(business_date, ''), substr(payment.opened_at, 1, 10)) BETWEEN :first AND :last
), given AS (
    SELECT refund.*, COALESCE(NULLIF(business_date, ''), substr(paid_at, 1, 10)) AS counts
    FROM refund LEFT JOIN shift ON shift.id = refund.shift
    WHERE red <> '' AND COALESCE(NULLIF(business_date, ''), substr(paid_at, 1, 10)) BETWEEN :first AND :last
)
"""
"""The payments and the refunds paid out of a span; `counts` is the date each counts for."""

RECEIPTS = """
SELECT counts, SUM(state = '已收'), SUM(state = '已作废'), SUM(CASE WHEN state = '已作废' THEN fen ELSE 0 END)
FROM taken WHERE state <> '已冲抵' GROUP BY counts
"""
TENDERED = """
SELECT counts, kind, SUM(paymenttender.fen) FROM taken JOIN paymenttender ON paymenttender.owner = taken.id
WHERE NOT void GROUP BY counts, kind
"""
RETURNED = "SELECT counts, SUM(fen) FROM given WHERE route <> '转预存' GROUP BY counts"

BY_ITEM = """
SELECT klass, substr(item, 1, instr(item || ' ', ' ') - 1) AS stem, SUM(n), SUM(came), SUM(back), SUM(used), SUM(kept) FROM (
    SELECT COALESCE(bill.klass, CASE WHEN allocation.bill LIKE 'prepaid:%' THEN '预存' ELSE '其他' END) AS klass,
        allocation.item, 1 AS n, allocation.fen AS came, 0 AS back, 0 AS used, 0 AS kept
    FROM taken JOIN allocation ON allocation.owner = taken.id LEFT JOIN bill ON bill.id = allocation.bill WHERE NOT void
    UNION ALL
    SELECT COALESCE(bill.klass, CASE WHEN target LIKE 'prepaid:%' THEN '预存' ELSE '其他' END),
        refundline.item, 0, 0, refundline.fen, 0, refundline.deducted
    FROM given JOIN refundline ON refundline.owner = given.id LEFT JOIN bill ON bill.id = target WHERE done
    UNION ALL
    SELECT '预存', substr(source, instr(source, '/') + 1), 0, 0, 0, paymenttender.fen, 0
    FROM taken JOIN paymenttender ON paymenttender.owner = taken.id WHERE kind = '预存' AND NOT void
) GROUP BY klass, stem
"""
"""What came, went back, was used of what was paid ahead, and was kept of deposits, by class and item (车位号 left out)."""

NATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("本公司收入", OWN_INCOME),
    ("代收代付", ("代收水电",)),
    ("公共收益（业主）", ("公共收益",)),
    ("押金（应退）", ("押金",)),
    ("预存（未到期）", ("预存",)),
)
"""Whose money it is: own income, others' (物业管理条例 §44), the owners' (民法典 §282), owed back, and not earned yet."""
ORDER = [klass for _, classes in NATURES for klass in classes]


def daily(read: Session, by: Actor, span: Span) -> Report:
    """收费日报: each day by tender with what was paid back, and the same money by item. Raises Refused for a guard."""
    staff.require_money(by)
    db = raw(read.connection())
    lines: dict[str, dict[str, int]] = {}
    for counts, good, voids, voided in db.execute(MOVED + RECEIPTS, span.ends):
        lines.setdefault(counts, {}).update({"张数": good, "作废": voids, "作废额": voided})
    for counts, kind, fen in db.execute(MOVED + TENDERED, span.ends):
        lines.setdefault(counts, {})[kind] = fen
    for counts, fen in db.execute(MOVED + RETURNED, span.ends):
        lines.setdefault(counts, {})["退款"] = fen
    tenders = [kind for kind in TENDERS if kind != "预存"]
    heads = columns(
        "日期", "张数", *tenders, "收款", "退款", "净收", "作废", "作废额", "预存抵扣",
        day="日期", count="张数 作废", fen=" ".join([*tenders, "收款 退款 净收 作废额 预存抵扣"]),
    )  # fmt: skip
    rows: list[Row] = []
    for counts, line in sorted(lines.items()):
        came, back = sum(line.get(kind, 0) for kind in tenders), line.get("退款", 0)
        rows.append(
            (
                counts, line.get("张数", 0), *(line.get(kind) for kind in tenders), came, back or None, came - back,
                line.get("作废") or None, line.get("作废额") or None, line.get("预存"),
            )
        )  # fmt: skip
    every = without_empty(table("按日", heads, rows), ("张数", "收款", "净收"))
    net = {str(row[0]): sum(lines[str(row[0])].get(kind, 0) for kind in tenders) for row in rows}
    chart = _by_day(net, span) if span.first != span.last else None
    return Report("收费日报", span, str(span), (every, _by_item(db, span)), "作废的收据不计；夜班算开班那一天。", chart)


def _by_day(came: dict[str, int], span: Span) -> Chart | None:
    """Takings by day; by month where there are too many days."""
    if not came:
        return None
    length = (span.last - span.first).days + 1
    if length > 62:
        months: dict[str, int] = {}
        for day, fen in came.items():
            months[day[:7]] = months.get(day[:7], 0) + fen
        return Chart("每月收款", tuple(months), tuple(months.values()), "fen", len(months) > 24)
    every: list[date] = [span.first + timedelta(days=n) for n in range(length)]
    labels = tuple(str(day.day) for day in every)
    return Chart("每日收款", labels, tuple(came.get(str(day), 0) for day in every), "fen", False)


def _by_item(db: Db, span: Span) -> Table:
    rows: list[Row] = []
    for klass, stem, count, came, back, used, _ in _found(db, span):
        rows.append((klass, stem, count or None, came, back or None, used or None, came - back - used))
    heads = columns("类别", "项目", "笔数", "收到", "退回", "抵扣", "净收", count="笔数", fen="收到 退回 抵扣 净收")
    return without_empty(table("按项目", heads, rows), ("收到", "净收"))


def _found(db: Db, span: Span) -> list[tuple[str, str, int, int, int, int, int]]:
    """Class, item, count, then fen that came, went back, was used and was kept, in the order of the classes."""
    rows: list[tuple[str, str, int, int, int, int, int]] = list(db.execute(MOVED + BY_ITEM, span.ends))
    return sorted(rows, key=lambda row: (ORDER.index(row[0]) if row[0] in ORDER else len(ORDER), row[1]))


def income(read: Session, by: Actor, span: Span) -> Report:
    """收入分类: own income apart from others' money, the owners', deposits and what is not earned yet. Refused for a guard."""
    staff.require_money(by)
    sums: dict[str, list[int]] = {}
    for klass, _, *numbers in _found(raw(read.connection()), span):
        had = sums.setdefault(klass if klass in ORDER else "其他", [0] * 5)
        sums[klass if klass in ORDER else "其他"] = [a + b for a, b in zip(had, numbers, strict=True)]
    rows: list[Row] = []
    for nature, classes in NATURES:
        for klass in classes:
            if klass in sums:
                count, came, back, used, _ = sums[klass]
                rows.append((nature, klass, count or None, came, back or None, used or None, came - back - used))
    heads = columns("性质", "类别", "笔数", "收到", "退回", "抵扣", "净额", count="笔数", fen="收到 退回 抵扣 净额")
    own = tuple(row for row in rows if row[0] == NATURES[0][0])
    others = tuple(row for row in rows if row[0] != NATURES[0][0])
    kept = sum(numbers[4] for numbers in sums.values())
    note = "代收、公共收益、押金、预存都不是本公司收入；“全部”的净额与收费日报的净收相同。"
    note += f"扣留的押金 {yuan(kept)} 元没有退出，不在其中。" if kept else ""
    tables = (
        without_empty(table("全部", heads, rows), ("收到", "净额")),
        without_empty(table("本公司收入", heads, own), ("收到", "净额")),
        without_empty(table("不是本公司收入", heads, others), ("收到", "净额")),
    )
    return Report("收入分类", span, str(span), tables, note)


VOIDS = """
SELECT number, counts, room, fen, void_reason, opened_by,
    (SELECT json_extract(CAST(bytes AS TEXT), '$.body.approved_by') FROM entry
     WHERE subject = taken.id AND kind = 'payment.voided' ORDER BY clock, id LIMIT 1)
FROM taken WHERE state = '已作废' ORDER BY counts, number
"""
WITHDRAWN = """
SELECT substr(at, 1, 10), room, item, period_from, period_to, fen, withdrawn, who FROM (
    SELECT bill.*, json_extract(CAST(bytes AS TEXT), '$.at') AS at, json_extract(CAST(bytes AS TEXT), '$.by') AS who,
        ROW_NUMBER() OVER (PARTITION BY subject ORDER BY entry.clock DESC, entry.id DESC) AS nth
    FROM bill JOIN entry ON subject = bill.id AND kind = 'bill.withdrawn' WHERE withdrawn <> ''
) WHERE nth = 1 AND substr(at, 1, 10) BETWEEN :first AND :last ORDER BY at, id
"""


def voids(read: Session, by: Actor, span: Span) -> Report:
    """作废清单: receipts taken back, with who agreed, and bills taken back. Raises Refused for a guard."""
    staff.require_money(by)
    db, names = raw(read.connection()), staff.names(read)
    receipts: list[Row] = [
        (day, number, room, fen, reason, names.get(cashier, ""), names.get(second or "", ""))
        for number, day, room, fen, reason, cashier, second in db.execute(MOVED + VOIDS, span.ends)
    ]
    bills: list[Row] = [
        (day, room, item, period(first, last), fen, reason, names.get(who, ""))
        for day, room, item, first, last, fen, reason, who in db.execute(WITHDRAWN, span.ends)
    ]
    heads = columns("日期", "收据号", "房号", "金额", "原因", "收款人", "复核人", day="日期", fen="金额")
    undone = columns("日期", "房号", "项目", "账期", "金额", "原因", "经办", day="日期", fen="金额")
    tables = table("作废的收据", heads, receipts), table("撤销的账单", undone, bills)
    return Report("作废清单", span, str(span), tables, "作废的收据号码保留，不会再用。")


GIVEN = """
SELECT counts, red, sort, given.room, route, given.fen, deducted, reason, given.approved_by, payment.number
FROM given LEFT JOIN payment ON payment.id = given.payment ORDER BY counts, red
"""
WAITING = """
SELECT substr(opened_at, 1, 10), number, sort, room, route, fen, deducted, reason, opened_by, state FROM refund
WHERE state IN ('待审批', '已批准') ORDER BY opened_at, id
"""


def refunds(read: Session, by: Actor, span: Span) -> Report:
    """退款清单: what was paid out, with its red number, and what still waits. Raises Refused for a guard."""
    staff.require_money(by)
    db, names = raw(read.connection()), staff.names(read)
    out: list[Row] = [
        (day, red, sort, room, route, fen, kept or None, reason, names.get(second, ""), receipt or "")
        for day, red, sort, room, route, fen, kept, reason, second, receipt in db.execute(MOVED + GIVEN, span.ends)
    ]
    waiting: list[Row] = [
        (day, number, sort, room, route, fen, kept or None, reason, names.get(who, ""), state)
        for day, number, sort, room, route, fen, kept, reason, who, state in db.execute(WAITING)
    ]
    heads = columns(
        "日期", "红字号", "种类", "房号", "方式", "金额", "扣留", "原因", "批准人", "原收据", day="日期", fen="金额 扣留"
    )
    asked = columns(
        "日期", "申请号", "种类", "房号", "方式", "金额", "扣留", "原因", "申请人", "状态", day="日期", fen="金额 扣留"
    )
    tables = without_empty(table("已退", heads, out), ("金额",)), without_empty(table("未办结", asked, waiting), ("金额",))
    return Report("退款清单", span, str(span), tables, "转预存的钱没有退出；“未办结”是现在的情况。")


def numbers(read: Session, by: Actor, span: Span) -> Report:
    """号段报告: the receipt numbers of the year by series, and those that are no plain receipt. Raises Refused for a guard."""
    staff.require_money(by)
    ranges = days.number_ranges(read, f"{span.last:%y}")
    rows: list[Row] = [
        (one.series.rstrip("-"), one.first, one.last, one.count, len(one.voided), len(one.red), len(one.gaps), len(one.twice))
        for one in ranges
    ]
    heads = columns("号段", "首号", "末号", "张数", "作废", "红字", "缺号", "重号", count="张数 作废 红字 缺号 重号")
    special: list[Row] = [
        (number, what)
        for one in ranges
        for what, given in (("缺号", one.gaps), ("重号", one.twice), ("作废", one.voided), ("红字", one.red))
        for number in given
    ]
    gaps = sum(len(one.gaps) + len(one.twice) for one in ranges)
    note = "缺号或重号请立即告诉主管，并运行 desk check。" if gaps else "号码连续，没有缺号、重号。"
    tables = table("号段", heads, rows), table("作废与红字号码", columns("号码", "情况"), special, "")
    return Report("号段报告", span, f"{span.last.year}年", tables, note if ranges else "这一年还没有开过收据。")
