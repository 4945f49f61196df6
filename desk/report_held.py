"""Reports of money that is not ours: deposits held, and what was paid ahead with the months in which it is earned."""

from datetime import date

from sqlmodel import Session

from data.file import raw
from data.records import Actor
from desk import fields, prepaid, staff
from desk.china import mask_name
from desk.earned import schedule
from desk.report import Report, Row, Span, Table, columns, in_order, moved, table
from desk.report_dues import households

HELD = """
SELECT room, item, debtor, first, numbers, came, back, kept, came - back - kept FROM (
    SELECT bill.id, room, item, bill.owner AS debtor,
        (SELECT MIN(substr(payment.opened_at, 1, 10)) FROM allocation JOIN payment ON payment.id = allocation.owner
         WHERE allocation.bill = bill.id AND NOT void) AS first,
        (SELECT group_concat(payment.number, ' ') FROM allocation JOIN payment ON payment.id = allocation.owner
         WHERE allocation.bill = bill.id AND NOT void) AS numbers,
        COALESCE((SELECT SUM(allocation.fen) FROM allocation WHERE allocation.bill = bill.id AND NOT void), 0) AS came,
        COALESCE((SELECT SUM(refundline.fen) FROM refundline WHERE target = bill.id AND done), 0) AS back,
        COALESCE((SELECT SUM(deducted) FROM refundline WHERE target = bill.id AND done), 0) AS kept
    FROM bill WHERE klass = '押金'
) WHERE came <> back + kept
"""


def deposits(read: Session, by: Actor, span: Span) -> Report:
    """押金余额 as things stand now: what is held of each deposit, by room. Raises Refused for a guard."""
    staff.require_money(by)
    db = raw(read.connection())
    names = households(db)
    rows: list[Row] = [
        (
            room,
            mask_name(debtor or names.get(room, "")),
            item,
            first or "",
            numbers or "",
            came,
            back or None,
            kept or None,
            held,
        )
        for room, item, debtor, first, numbers, came, back, kept, held in db.execute(HELD)
    ]
    rows.sort(key=lambda row: (in_order(str(row[0])), str(row[3])))
    sums: dict[str, list[int]] = {}
    for row in rows:
        had = sums.setdefault(str(row[2]), [0, 0])
        had[0], had[1] = had[0] + 1, had[1] + int(row[-1] or 0)
    heads = columns(
        "房号", "业主", "项目", "收款日", "收据号", "收到", "已退", "扣留", "余额", day="收款日", fen="收到 已退 扣留 余额"
    )
    by_item: list[Row] = [(item, count, fen) for item, (count, fen) in sorted(sums.items())]
    items = columns("项目", "笔数", "余额", count="笔数", fen="余额")
    note = "押金是要退的钱，不是收入；退时要验收、收回原单。"
    tables = table("按户", heads, rows), table("按项目", items, by_item)
    return Report("押金余额", span, f"截至 {fields.wall():%Y-%m-%d}", tables, note)


BILLED_TO = """
SELECT room, item, MAX(substr(period_to, 1, 7)) FROM bill WHERE withdrawn = '' GROUP BY room, item
"""
UNKNOWN = "没有标准"


def ahead(read: Session, by: Actor, span: Span) -> Report:
    """预存余额 as things stand now, and the months in which it is earned. Raises Refused for a guard."""
    from desk.tariffs import monthly_fee

    staff.require_money(by)
    db, today = raw(read.connection()), fields.wall().date()
    names = households(db)
    stands = prepaid.accounts(read, by)
    billed = {(room, item): month for room, item, month in db.execute(BILLED_TO)} if stands else {}
    rows: list[Row] = []
    months: dict[str, list[int]] = {}
    for one in sorted(stands, key=lambda one: (in_order(one.room), one.item)):
        last = billed.get((one.room, one.item), "")
        begins = max(f"{today:%Y-%m}", _next(last) if last else "")
        monthly = monthly_fee(read, one.room, one.item, str(today)) or 0
        earned = schedule(one.fen, monthly, begins) if monthly else [(UNKNOWN, one.fen)]
        until = earned[-1][0] if earned else "两台前台都用过，请核对"
        rows.append((one.room, mask_name(names.get(one.room, "")), one.item, one.fen, monthly or None, until))
        for month, fen in earned or [(UNKNOWN, one.fen)]:
            had = months.setdefault(month, [0, 0])
            had[0], had[1] = had[0] + 1, had[1] + fen
    heads = columns("房号", "业主", "项目", "余额", "每月", "可用到", fen="余额 每月")
    total = sum(one.fen for one in stands)
    accounts = Table("按户", heads, tuple(rows), ("合计", None, None, total, None, None))
    by_month: list[Row] = [(month, count, fen) for month, (count, fen) in sorted(months.items())]
    planned = columns("月份", "户数", "金额", count="户数", fen="金额")
    plan = Table("按月转收入", planned, tuple(by_month), ("合计", None, sum(fen for _, fen in months.values())))
    note = "预存到每月出账抵扣时才算收入；合同终止要退还没用的部分（物业服务纠纷解释 §3）。"
    return Report("预存余额", span, f"截至 {today}", (accounts, plan), note)


def _next(month: str) -> str:
    """The month after one, both `YYYY-MM`."""
    return f"{moved('月', date.fromisoformat(f'{month}-01'), 1):%Y-%m}"
