"""The paper of money given back: 退款申请单, 红字收据 and 押金退还单 (domain.md B4); no phone, no whole account."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlmodel import Session

from data.entry import Entry
from data.file import raw
from data.records import Actor
from desk import prepaid, residents, staff
from desk.bills import Bill, open_of
from desk.china import mask_name
from desk.money import capital, yuan
from desk.refundable import held_of
from desk.refunded import CASH, DEPOSIT, TO_ACCOUNT
from desk.slip_lines import AMOUNTS, Row, charged, sign, total, when
from printers.slip import QR, Drawer, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.refunds import Refund, RefundLine

COPIES = ("客户联", "留存联")


def application(read: Session, refund: "Refund", rows: Sequence["RefundLine"], entry: Entry, token: QR, by: Actor) -> Slip:
    """What the supervisor and finance sign before any money goes (退款申请单)."""
    nodes: list[Node] = [
        Text(f"No. {refund.number}", bold=True),
        Pair("房号", refund.room, size=2, bold=True),
        Pair("类别", refund.sort),
        *_originals(read, refund, rows),
        Rule(),
    ]
    nodes.append(Table(tuple(line for row in _asked(rows) for line in _line(row)), *AMOUNTS))
    nodes += [
        Rule(),
        *total("申请退", refund.fen),
        Text(capital(refund.fen)),
        *_way(refund),
        Pair("原因", refund.reason),
        *_inspected(refund),
        Rule(),
        Pair("申请", f"{by.name} {when(entry.at)}"),
        *([Text("收款人已当面签字")] if refund.signed else []),
        *sign("主管审批", "财务", "收款人签字"),
        Feed(1),
        token,
        Text("本单只是申请，不是收付款凭证"),
    ]
    return Slip("refund", "退款申请单", tuple(nodes), large=_large(read, refund), money=True)


def red_receipt(read: Session, refund: "Refund", rows: Sequence["RefundLine"], entry: Entry, token: QR, by: Actor) -> Slip:
    """The receipt that takes another back, every amount negative; the original stays as it is (会计法 §14)."""
    bills = [bill for row in rows if row.reopens and (bill := read.get(Bill, row.target))]
    owed = sum(max(open_of(read, bill), 0) for bill in bills)
    nodes: list[Node] = [
        Text(f"No. {entry.number}"),
        Pair("房号", refund.room, size=2, bold=True),
        *_originals(read, refund, rows),
        Rule(),
        Table(tuple(line for row in _asked(rows) for line in _line(row, -1)), *AMOUNTS),
        Rule(),
        *total("合计", -refund.fen),
        Text(capital(-refund.fen)),
        *_way(refund),
        *_credits(rows),
        *_left(read, rows),
    ]
    if owed:
        nodes.append(Text(f"以上账单恢复欠费 {yuan(owed)} 元", bold=True))
    nodes += _foot(read, refund, entry, token, by)
    return Slip("red", "收款收据(红字)", tuple(nodes), copies=COPIES, large=_large(read, refund), money=True)


def deposit_back(read: Session, refund: "Refund", rows: Sequence["RefundLine"], entry: Entry, token: QR, by: Actor) -> Slip:
    """What a deposit was, what is kept of it and why, and what goes back (押金退还单)."""
    nodes: list[Node] = [
        Text(f"No. {entry.number}"),
        Pair("房号", refund.room, size=2, bold=True),
        *_originals(read, refund, rows),
        Rule(),
    ]
    nodes.append(Table(tuple(line for row in _asked(rows) for line in _line(row)), *AMOUNTS))
    nodes += [
        Rule(),
        *total("转存" if refund.route == TO_ACCOUNT else "实退", refund.fen),
        Text(capital(refund.fen)),
        *_way(refund),
        *_credits(rows),
        *_left(read, rows),
        *_inspected(refund),
        *_foot(read, refund, entry, token, by),
    ]
    return Slip("deposit", "押金退还单", tuple(nodes), copies=COPIES, large=_large(read, refund), money=True)


def _asked(rows: Sequence["RefundLine"]) -> list["RefundLine"]:
    return [row for row in rows if row.fen >= 0]


def _line(row: "RefundLine", sign: int = 1) -> list[Row]:
    """What goes back, and what is kept back of a deposit, with its reason and what shows it."""
    item = f"预存 {row.item}" if row.target.startswith(prepaid.HEAD) else row.item
    kept = [(f"扣 {row.why}", yuan(-row.deducted)), (f"  凭据 {row.evidence}",)] if row.deducted else []
    return [*charged(item, row.period, sign * (row.fen + row.deducted)), *kept]


def _left(read: Session, rows: Sequence["RefundLine"]) -> list[Node]:
    """What still stands on a prepaid account, or is held of a deposit, once this went back."""
    nodes: list[Node] = []
    for row in _asked(rows):
        if row.target.startswith(prepaid.HEAD):
            nodes.append(Pair(f"{row.item}预存余额", yuan(prepaid.balance(read, row.target))))
        elif (bill := read.get(Bill, row.target)) and bill.klass == DEPOSIT and (held := held_of(read, row.target)):
            nodes.append(Pair(f"{row.item}尚存", yuan(held)))
    return nodes


def _credits(rows: Sequence["RefundLine"]) -> list[Node]:
    return [Text(f"转入{row.item}预存 {yuan(-row.fen)} 元", bold=True) for row in rows if row.fen < 0]


def _originals(read: Session, refund: "Refund", rows: Sequence["RefundLine"]) -> list[Node]:
    """The receipts the money came by, and what became of the household's copies."""
    db = raw(read.connection())
    if refund.payment:
        found = db.execute("SELECT number FROM payment WHERE id = ?", (refund.payment,)).fetchall()
    else:
        targets = [row.target for row in _asked(rows) if row.target.startswith("bill:")]
        found = db.execute(
            "SELECT DISTINCT number FROM payment JOIN allocation ON allocation.owner = payment.id "
            f"WHERE NOT void AND bill IN ({', '.join('?' * len(targets))}) ORDER BY number", targets,
        ).fetchall()  # fmt: skip
    numbers: list[Node] = [Text(f"原收据 No. {number}", bold=True) for (number,) in found if number]
    return [*numbers, *([Pair("原单处理", refund.slip)] if refund.slip else [])]


def _way(refund: "Refund") -> list[Node]:
    nodes: list[Node] = [Pair("退款方式", refund.route)]
    if refund.payee:
        nodes.append(Pair("收款人", mask_name(refund.payee)))
    if refund.account:
        nodes.append(Pair("银行账号", f"尾号 {refund.account[-4:]}"))
    if refund.reference:
        nodes.append(Pair("流水号", refund.reference))
    if refund.day:
        nodes.append(Pair("退款日期", refund.day))
    return nodes


def _inspected(refund: "Refund") -> list[Node]:
    return [Pair("验收", refund.inspection)] if refund.inspection else []


def _foot(read: Session, refund: "Refund", entry: Entry, token: QR, by: Actor) -> list[Node]:
    """Who asked, who agreed, who paid, and where the payee signs for the money (会计基础工作规范 §48)."""
    names = staff.names(read)
    nodes: list[Node] = [
        Pair("原因", refund.reason),
        Rule(),
        Pair("退款单", refund.number),
        Text(f"申请 {names.get(refund.opened_by, '其他前台')}  审批 {names.get(refund.approved_by, '其他前台')}"),
        Text(f"经办 {by.name}  {when(entry.at)}"),
        *sign("收款人签字"),
        Text("收款单位（盖章）"),
        Feed(2),
        token,
        Text(f"校验 {token.data.rpartition('.')[2]}", align="center"),
    ]
    if refund.route == CASH and refund.fen:
        nodes.append(Drawer())
    return nodes


def _large(read: Session, refund: "Refund") -> bool:
    return residents.wants_large_print(read, refund.room)
