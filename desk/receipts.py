"""The paper of money taken: the receipt (收款收据) and the slip that says it was taken back; domain.md B4."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlmodel import Session

from data.entry import Entry, check_letters
from data.file import raw
from data.records import Actor
from desk import periods, prepaid, residents, staff
from desk.bills import Bill, open_of, owed, paid_until, waivers
from desk.china import mask_name
from desk.money import capital, yuan
from desk.paid import SCANNED, Paid, Part, Tender, Voided
from desk.slip_lines import AMOUNTS, Row, charged, given_up, sign, total, when
from printers.slip import QR, Drawer, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.payments import Payment


def receipt(read: Session, event: Paid, entry: Entry, link: bytes, by: Actor) -> Slip:
    """The receipt: what was paid, in capitals too, and how. No phone, names masked."""
    bills = {part.bill: read.get(Bill, part.bill) for part in event.parts}
    found = [bill for bill in bills.values() if bill]
    nodes: list[Node] = [
        Text(f"No. {entry.number}", bold=True),
        Pair("房号", event.room, size=2, bold=True),
        *_payer(read, event, found),
        Rule(),
        Table(tuple(row for part in event.parts for row in _part(read, part, bills[part.bill], entry.subject)), *AMOUNTS),
    ]
    second = [event.approved_by, *(one.approved_by for bill in found for one in waivers(read, bill.id))]
    if agreed := _named(read, second):
        nodes.append(Text(f"减免经 {agreed} 同意"))
    nodes += [Rule(), *total("合计", event.fen), Text(capital(event.fen))]
    for tender in event.tenders:
        nodes += _tender(read, tender)
    if event.designated:
        nodes.append(Text("按缴款人指定的账单收取"))
    if found:
        left = sum(max(open_of(read, bill), 0) for bill in found)
        nodes.append(Pair("本单尚欠", yuan(left) if left else "无", bold=bool(left)))
    for part in event.parts:
        if part.kind == "预存":
            nodes.append(Pair(f"{part.item}预存余额", yuan(prepaid.balance(read, part.bill)), bold=True))
    for item in dict.fromkeys(bill.item for bill in found if bill.klass == "物业费"):
        if until := _until(paid_until(read, event.room, item, by)):
            nodes.append(Text(f"{item}已缴至 {until}", bold=True))
    nodes += [
        Rule(),
        Text(f"收款人 {by.name}  {when(entry.at)}"),
        Text("收款单位（盖章）"),
        Feed(2),
        QR(f"{entry.number}.{check_letters(link)}"),
        Text(f"校验 {check_letters(link)}", align="center"),
        Text("本收据不作发票；需发票凭此登记"),
    ]
    if any(bill.klass == "押金" for bill in found):
        nodes.append(Text("押金凭本收据原件退还，请妥善保管", bold=True))
    nodes.append(Text("热敏纸会褪色，请复印或拍照留存"))
    if any(tender.kind == "现金" for tender in event.tenders):
        nodes.append(Drawer())
    large = residents.wants_large_print(read, event.room)
    return Slip("receipt", "收款收据", tuple(nodes), copies=("客户联", "留存联"), large=large, money=True)


def _payer(read: Session, event: Paid, found: Iterable[Bill]) -> list[Node]:
    """Whose receipt it is, by whom it was paid for them; the area where the arithmetic of a 物业费 does not say it."""
    nodes: list[Node] = []
    if people := residents.household(read, event.room):
        home, person = people[0]
        nodes.append(Pair("业主" if home.role in residents.OWNERS else home.role, mask_name(person.name)))
    area = residents.room(read, event.room).area
    if area and any(bill.klass == "物业费" and "㎡" not in bill.how for bill in found):
        nodes.append(Pair("面积", f"{area / 100:.2f} 平方米"))
    if event.payer:
        nodes.append(Pair("缴款", f"{mask_name(event.payer)}{f'（{event.relation}·代缴）' if event.relation else ''}"))
    return nodes


def _part(read: Session, part: Part, bill: Bill | None, payment: str) -> list[Row]:
    """What was paid for, its arithmetic, what was given up of it; of a bill paid in parts what it asked for in all."""
    if bill is None:
        return charged(f"预存 {part.item}", part.period, part.fen)
    whole = part.fen + part.waived
    item = f"代收 {part.item}" if bill.klass == "代收水电" else part.item
    if bill.fen == whole:
        rows = charged(item, part.period, whole, bill.how.removeprefix("违约金 "))
    else:
        still = open_of(read, bill)
        rows = charged(f"{item}（{'部分' if still > 0 else '余款'}）", part.period, whole)
        rows += [(f"  账单共 {yuan(bill.fen)}",), *_earlier(read, bill, owed(bill) - still - whole, payment)]
    if bill.owner:
        rows.append((f"  应缴人 {mask_name(bill.owner)}",))
    if part.waived:
        rows.append((given_up(part.why), yuan(-part.waived)))
    return rows


def _earlier(read: Session, bill: Bill, settled: int, payment: str) -> list[Row]:
    """What of a bill was settled before this payment: given up on it, and paid."""
    granted = [(one.reason, one.fen) for one in waivers(read, bill.id)]
    sums = "SELECT why, waived FROM allocation WHERE bill = ? AND owner <> ? AND NOT void AND waived > 0"
    granted += raw(read.connection()).execute(sums, (bill.id, payment)).fetchall()
    paid = settled - sum(fen for _, fen in granted)
    return [
        (f"  {word} {yuan(fen)}",) for word, fen in (*((given_up(why), fen) for why, fen in granted), ("前已缴", paid)) if fen
    ]


def _tender(read: Session, tender: Tender) -> list[Node]:
    if tender.kind == "现金":
        return [Pair(f"现金 {yuan(tender.given)}", f"找零 {yuan(tender.change)}")]
    if tender.source:
        return [Pair("预存抵扣", yuan(tender.fen)), Text(f"  预存还剩 {yuan(prepaid.balance(read, tender.source))} 元")]
    return [Pair(f"{tender.kind} {_known_by(tender)}".rstrip(), yuan(tender.fen))]


def _known_by(tender: Tender) -> str:
    """What finds a tender on the bank's or the merchant's bill, never a whole account: 尾号318204, 0045."""
    known = tender.reference
    return f"尾号{known[-6:]}" if known and (tender.kind in SCANNED or len(known) > 8) else known


def _until(period: str) -> str:
    """The last day of a month or day as bills keep it: 2026-12 → 2026-12-31."""
    days = periods.days_of(period, period)
    return days[1].isoformat() if days else period


def _named(read: Session, people: Iterable[str]) -> str:
    """The names of these staff ids, each once."""
    names = staff.names(read)
    return "、".join(names[one] for one in dict.fromkeys(people) if one in names)


def void_slip(read: Session, payment: Payment, event: Voided, entry: Entry, by: Actor) -> Slip:
    """The slip that says a receipt was taken back (作废单); the receipt keeps its number (会计基础工作规范 §51)."""
    db = raw(read.connection())
    tenders = db.execute("SELECT kind, fen FROM paymenttender WHERE owner = ? ORDER BY n", (payment.id,)).fetchall()
    bills = db.execute("SELECT 1 FROM allocation WHERE owner = ? AND bill LIKE 'bill:%'", (payment.id,)).fetchone()
    nodes = (
        Text(f"原收据 No. {payment.number}", bold=True),
        Pair("房号", payment.room),
        Pair("金额", f"￥{yuan(payment.fen)}", bold=True),
        *(Pair(f"退回 {kind}", yuan(fen)) for kind, fen in tenders),
        Pair("原因", event.reason),
        Text(f"两联已收回，{'账单恢复未缴' if bills else '预存已冲回'}"),
        Rule(),
        Text(f"经办 {by.name}  复核 {_named(read, [event.approved_by])}"),
        Text(when(entry.at)),
        *sign("缴款人签字"),
        *(Drawer() for kind, _ in tenders if kind == "现金"),
    )
    return Slip("void", "收据作废单", nodes, money=True)
