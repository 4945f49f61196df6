"""Reports of what is owed: by household and building with the age of the debt, how much of a period came in, 违约金, 减免."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from data.file import raw
from data.journal import Db
from data.records import Actor
from desk import fields, staff
from desk.bills import SETTLED
from desk.china import mask_name
from desk.money import yuan
from desk.report import (
    Cell,
    Chart,
    Column,
    Report,
    Row,
    Span,
    Table,
    columns,
    in_order,
    moved,
    period,
    rate,
    table,
    without_empty,
)
from desk.report_takings import ORDER
from desk.residents import HOME_ROLES
from desk.visits import building_of

AGES = ("未到期", "1个月内", "1～3个月", "3～12个月", "1～3年", "3年以上")
"""How long a bill is overdue."""

LIMITATION_SOON = timedelta(days=90)

DONE = SETTLED.format(these="LIKE 'bill:%'")

OWING = f"""
WITH done AS ({DONE}), owing AS (
    SELECT bill.id AS id, room, klass, item, period_from, bill.owner AS debtor, bill.fen - COALESCE(done.fen, 0) AS open,
        CASE WHEN due <> '' THEN due WHEN length(period_to) = 7 THEN date(period_to || '-01', '+1 month', '-1 day')
            ELSE period_to END AS since
    FROM bill LEFT JOIN done ON done.bill = bill.id WHERE withdrawn = '' AND bill.fen > COALESCE(done.fen, 0)
), told AS (
    SELECT owing.*,
        (SELECT MAX(substr(delivered_at, 1, 10)) FROM demandline JOIN demand ON demand.id = demandline.owner
         WHERE demandline.bill = owing.id AND state = '已送达') AS asked,
        (SELECT MAX(substr(payment.opened_at, 1, 10)) FROM allocation JOIN payment ON payment.id = allocation.owner
         WHERE allocation.bill = owing.id AND NOT void AND allocation.fen > 0) AS paid
    FROM owing
), clocked AS (
    SELECT told.*, MAX(since, COALESCE(asked, ''), COALESCE(paid, '')) AS clock FROM told
)
"""
"""What is open by bill: `since` it is due, and `clock`, when its three years began anew (民法典 §188, §195)."""

BY_AGE = """
    SUM(CASE WHEN since >= :today THEN open END),
    SUM(CASE WHEN since < :today AND since >= :m1 THEN open END), SUM(CASE WHEN since < :m1 AND since >= :m3 THEN open END),
    SUM(CASE WHEN since < :m3 AND since >= :m12 THEN open END), SUM(CASE WHEN since < :m12 AND since >= :m36 THEN open END),
    SUM(CASE WHEN since < :m36 THEN open END), SUM(open)
"""
BY_ROOM = f"""
SELECT room, debtor, COUNT(*), MIN(period_from), {BY_AGE}, MAX(asked), SUM(clock < :m36), SUM(clock >= :m36 AND clock < :soon)
FROM clocked GROUP BY room, debtor
"""
BY_ITEM = f"""
SELECT klass, substr(item, 1, instr(item || ' ', ' ') - 1) AS stem, COUNT(DISTINCT room), COUNT(*), {BY_AGE}
FROM owing GROUP BY klass, stem ORDER BY SUM(open) DESC
"""
OVERPAID = f"""
SELECT COUNT(*), COALESCE(SUM(done.fen - CASE WHEN withdrawn = '' THEN bill.fen ELSE 0 END), 0)
FROM bill JOIN ({DONE}) AS done ON done.bill = bill.id WHERE done.fen > CASE WHEN withdrawn = '' THEN bill.fen ELSE 0 END
"""
HOUSEHOLDS = """
SELECT room, role, home.opened_at, name FROM home JOIN person ON person.id = home.person WHERE NOT ended
"""


def arrears(read: Session, by: Actor, span: Span) -> Report:
    """欠费 as things stand now, whatever the span: by building, household and item, by age. Raises Refused for a guard."""
    staff.require_money(by)
    db, today = raw(read.connection()), fields.wall().date()
    back = {f"m{months}": str(moved("月", today, -months)) for months in (1, 3, 12, 36)}
    ends = {"today": str(today), "soon": str(moved("年", today, -3) + LIMITATION_SOON), **back}
    names = households(db)
    rows: list[Row] = []
    over = soon = 0
    for room, debtor, count, oldest, *ages, owed, asked, gone, going in db.execute(OWING + BY_ROOM, ends):
        said = f"{gone} 笔满3年" if gone else f"{going} 笔快满3年" if going else ""
        rows.append((room, mask_name(debtor or names.get(room, "")), count, oldest, *ages, owed, asked or "", said))
        over, soon = over + gone, soon + going
    rows.sort(key=lambda row: in_order(str(row[0])))
    money = " ".join(AGES)
    heads = columns(
        "房号", "欠款人", "笔数", "最早", *AGES, "合计", "催告送达", "时效", count="笔数", fen=f"{money} 合计", day="催告送达"
    )
    houses = table("按楼栋", columns("楼栋", "户数", *AGES, "合计", count="户数", fen=f"{money} 合计"), _by_building(rows))
    items = columns("类别", "项目", "户数", "笔数", *AGES, "合计", count="户数 笔数", fen=f"{money} 合计")
    by_item = table("按项目", items, [tuple(row) for row in db.execute(OWING + BY_ITEM, ends)])
    if by_item.total:  # a household that owes two items is still one
        by_item = replace(by_item, total=(*by_item.total[:2], None, *by_item.total[3:]))
    sums = tuple(int(cell or 0) for cell in (houses.total or ())[2:-1])
    chart = Chart("欠费按拖欠时间", AGES, sums) if any(sums) else None
    tables = tuple(without_empty(one, ("合计",)) for one in (houses, table("按户", heads, rows), by_item))
    return Report("欠费", span, f"截至 {today}", tables, _limits(over, soon) + _overpaid(db), chart)


def _limits(over: int, soon: int) -> str:
    if not over and not soon:
        return "没有满三年的欠费。"
    return (
        f"到期、上次付款、上次送达催告都满 3 年的 {over} 笔，90 天内将满的 {soon} 笔：请尽快催告并登记送达，"
        "过了诉讼时效住户可以不还（民法典 §188），送达后重新计算（§195）。"
    )


def _overpaid(db: Db) -> str:
    count, fen = next(iter(db.execute(OVERPAID)))
    return f"另有 {count} 笔多收共 {yuan(fen)} 元，不在其中，请主管处理。" if count else ""


def households(db: Db) -> dict[str, str]:
    """What each household is called by its room, as residents.owner_name says it of one."""
    first: dict[str, tuple[int, str, str]] = {}
    for room, role, since, name in db.execute(HOUSEHOLDS):
        rank = (HOME_ROLES.index(role) if role in HOME_ROLES else len(HOME_ROLES), since, name)
        first[room] = min(rank, first.get(room, rank))
    return {room: rank[2] for room, rank in first.items()}


def _by_building(rooms: Iterable[Row]) -> list[Row]:
    """The rows of households added up by building: how many of them, then the columns of money."""
    seen: dict[str, set[Cell]] = {}
    sums: dict[str, list[int]] = {}
    for row in rooms:
        house = building_of(str(row[0]))
        seen.setdefault(house, set()).add(row[0])
        had = sums.setdefault(house, [0] * (len(AGES) + 1))
        sums[house] = [a + int(b or 0) for a, b in zip(had, row[4 : 5 + len(AGES)], strict=True)]
    return [(house, len(seen[house]), *(fen or None for fen in sums[house])) for house in sorted(sums, key=in_order)]


COLLECTED = """
WITH due AS (
    SELECT room, klass, item, fen,
        COALESCE((SELECT SUM(allocation.fen) FROM allocation WHERE allocation.bill = bill.id AND NOT void), 0)
            - COALESCE((SELECT SUM(refundline.fen) FROM refundline WHERE target = bill.id AND done AND reopens), 0) AS paid,
        MIN(fen, COALESCE((SELECT SUM(allocation.waived) FROM allocation WHERE allocation.bill = bill.id AND NOT void), 0)
            + COALESCE((SELECT SUM(waiver.fen) FROM waiver WHERE waiver.owner = bill.id), 0)) AS waived
    FROM bill WHERE withdrawn = '' AND klass <> '押金' AND substr(period_from, 1, 7) BETWEEN :from_month AND :to_month
)
SELECT {by}, COUNT(*), SUM(fen), SUM(waived), SUM(MIN(paid, fen - waived)) FROM due GROUP BY {by}
"""


def collection(read: Session, by: Actor, span: Span) -> Report:
    """收缴率 of the bills whose period begins in the months of a span, by building and item. Raises Refused for a guard."""
    staff.require_money(by)
    db = raw(read.connection())
    months = {"from_month": f"{span.first:%Y-%m}", "to_month": f"{span.last:%Y-%m}"}
    houses: list[Row] = [
        _rated((building_of(house),), count, billed, waived, paid)
        for house, count, billed, waived, paid in db.execute(
            COLLECTED.format(by="substr(room, 1, instr(room || '-', '-') - 1)"), months
        )
    ]
    houses.sort(key=lambda row: in_order(str(row[0])))
    items: list[Row] = [
        _rated((klass, stem), count, billed, waived, paid)
        for klass, stem, count, billed, waived, paid in db.execute(
            COLLECTED.format(by="klass, substr(item, 1, instr(item || ' ', ' ') - 1)"), months
        )
    ]
    items.sort(key=lambda row: (ORDER.index(str(row[0])) if row[0] in ORDER else len(ORDER), str(row[1])))
    kinds = {"count": "笔数", "fen": "应收 减免 已收 尚欠", "rate": "收缴率"}
    money = ("收缴率", "应收", "已收", "尚欠", "减免", "笔数")
    tables = (
        _with_rate("按楼栋", columns("楼栋", *money, **kinds), houses),
        _with_rate("按项目", columns("类别", "项目", *money, **kinds), items),
    )
    drawn = [(str(row[0]), row[1]) for row in houses if isinstance(row[1], int)]
    chart = Chart("收缴率按楼栋", tuple(name for name, _ in drawn), tuple(bp for _, bp in drawn), "rate") if drawn else None
    note = "收缴率＝已收÷（应收－减免），包括后来补交的；不含押金、撤销的账单和多收的钱。"
    return Report("收缴率", span, f"账期 {span.months}", tables, note, chart)


def _rated(named: Row, count: int, billed: int, waived: int, paid: int) -> Row:
    return (*named, rate(paid, billed - waived), billed, paid, billed - waived - paid, waived or None, count)


def _with_rate(title: str, heads: tuple[Column, ...], rows: list[Row]) -> Table:
    """A table with the rate of all of it in its total."""
    made = table(title, heads, rows)
    *named, _, billed, paid, still, waived, count = made.total or ()
    whole = rate(int(paid or 0), int(billed or 0) - int(waived or 0))
    return Table(title, heads, made.rows, (*named, whole, billed, paid, still, waived, count))


PENALTIES = """
SELECT substr(bill.opened_at, 1, 10), bill.room, bill.item, COALESCE(of.period_from, bill.period_from),
    COALESCE(of.period_to, bill.period_to), bill.how, bill.fen,
    COALESCE((SELECT SUM(waived) FROM allocation WHERE allocation.bill = bill.id AND NOT void), 0)
        + COALESCE((SELECT SUM(waiver.fen) FROM waiver WHERE waiver.owner = bill.id), 0),
    COALESCE((SELECT SUM(allocation.fen) FROM allocation WHERE allocation.bill = bill.id AND NOT void), 0)
        - COALESCE((SELECT SUM(refundline.fen) FROM refundline WHERE target = bill.id AND done AND reopens), 0)
FROM bill LEFT JOIN bill AS of ON of.id = bill.of
WHERE bill.klass = '违约金' AND bill.withdrawn = '' AND substr(bill.opened_at, 1, 10) BETWEEN :first AND :last
ORDER BY bill.opened_at, bill.id
"""


def penalties(read: Session, by: Actor, span: Span) -> Report:
    """违约金清单: what was billed in a span, with its arithmetic and what became of it. Raises Refused for a guard."""
    staff.require_money(by)
    rows: list[Row] = [
        (day, room, item, period(first, last), how, fen, waived or None, paid, fen - waived - paid)
        for day, room, item, first, last, how, fen, waived, paid in raw(read.connection()).execute(PENALTIES, span.ends)
    ]
    heads = columns(
        "出账日", "房号", "项目", "账期", "算式", "金额", "减免", "已收", "尚欠", day="出账日", fen="金额 减免 已收 尚欠"
    )
    note = "只列合同约定、已经出账的违约金；没交的欠费到收款时才算到当天。"
    return Report("违约金清单", span, str(span), (table("违约金", heads, rows),), note)


WAIVED = """
SELECT substr(waiver.at, 1, 10) AS counts, bill.room, bill.item, bill.period_from, bill.period_to, waiver.fen, reason,
    waiver.note, '', by, approved_by
FROM waiver JOIN bill ON bill.id = waiver.owner WHERE substr(waiver.at, 1, 10) BETWEEN :first AND :last
UNION ALL
SELECT COALESCE(NULLIF(business_date, ''), substr(payment.opened_at, 1, 10)), payment.room, allocation.item, allocation.period,
    allocation.period, waived, why, '', payment.number, payment.opened_by,
    (SELECT json_extract(CAST(bytes AS TEXT), '$.body.approved_by') FROM entry
     WHERE subject = payment.id AND kind = 'payment.paid' ORDER BY clock, id LIMIT 1)
FROM allocation JOIN payment ON payment.id = allocation.owner LEFT JOIN shift ON shift.id = payment.shift
WHERE waived > 0 AND NOT void
    AND COALESCE(NULLIF(business_date, ''), substr(payment.opened_at, 1, 10)) BETWEEN :first AND :last
ORDER BY 1, 2
"""


def waivers(read: Session, by: Actor, span: Span) -> Report:
    """减免清单: granted on bills and on receipts, why, by whom and who agreed; and by reason. Raises Refused for a guard."""
    staff.require_money(by)
    names = staff.names(read)
    rows: list[Row] = []
    reasons: dict[str, list[int]] = {}
    for day, room, item, first, last, fen, why, note, receipt, who, second in raw(read.connection()).execute(WAIVED, span.ends):
        agreed = names.get(second or "", "")
        rows.append((day, room, item, period(first, last), fen, why, note, receipt, names.get(who, ""), agreed))
        had = reasons.setdefault(why, [0, 0])
        had[0], had[1] = had[0] + 1, had[1] + fen
    heads = columns("日期", "房号", "项目", "账期", "金额", "原因", "说明", "收据号", "经办", "复核人", day="日期", fen="金额")
    by_reason: list[Row] = [(why, count, fen) for why, (count, fen) in sorted(reasons.items())]
    tables = table("减免", heads, rows), table("按原因", columns("原因", "笔数", "金额", count="笔数", fen="金额"), by_reason)
    note = "抹零和每笔 50 元以内的违约金收费员可以自己免，其余要另一人复核；后来撤销的不列。"
    return Report("减免清单", span, str(span), tables, note)
