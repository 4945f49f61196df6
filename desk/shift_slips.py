"""The paper of a shift: 开班单, 现金出入单, 盘点单, X and Z of one pen, 解款单 (domain.md B5)."""

from typing import TYPE_CHECKING

from sqlmodel import Session

from data import journal
from data.entry import Entry
from data.file import raw
from data.records import Actor, Refused
from desk import fields, shifts, staff
from desk.figures import CASH, Figures
from desk.money import capital, yuan
from desk.slip_lines import from_to, given_up, numbers, sign, total, when
from desk.till import CashMoved, ShiftCounted
from printers import spool
from printers.slip import QR, Drawer, Feed, Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.shifts import Shift, ShiftPiece

CLASSES = ("物业费", "停车", "违约金", "其他", "代收水电", "公共收益", "押金", "预存")
"""In which order takings are told: what the office earns first, then what is others' money."""


def signed(fen: int) -> str:
    """A difference with its sign: +0.50, -0.50, 0.00."""
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def denomination(fen: int) -> str:
    """A note or coin as people say it: 100元, 5角, 1分."""
    return f"{fen // 100}元" if fen >= 100 else f"{fen // 10}角" if fen >= 10 else f"{fen}分"


def _table(pieces: "tuple[ShiftPiece, ...]") -> list[Node]:
    if not pieces:
        return [Text("面额：钱箱是空的")]
    rows = [("面额", "张数", "金额"), *((denomination(one.fen), str(one.count), yuan(one.fen * one.count)) for one in pieces)]
    return [Table(tuple(rows), (8, 6, 0), "lrr")]


def _named(read: Session, who: str) -> str:
    return staff.names(read).get(who, "")


def opened(read: Session, shift: "Shift", entry: Entry, by: Actor) -> Slip:
    """What was in the drawer when the shift began (开班单), against what the last one left."""
    nodes: list[Node] = [
        Pair("班次", shift.number, bold=True),
        Pair("营业日", shift.business_date),
        Pair("开班", when(entry.at)),
        Pair("开班人", by.name),
        Rule(),
        *_table(tuple(shifts.pieces(read, shift.id, closing=False))),
        Rule(),
        *total("备用金", shift.float_fen),
    ]
    if shift.carried is not None:
        before = shifts.last_closed(read)
        nodes.append(Pair("上一班留下", f"{yuan(shift.carried)}{f'（{before.z}）' if before else ''}"))
        if shift.float_fen != shift.carried:
            nodes.append(Pair("交接差异", f"{signed(shift.float_fen - shift.carried)}，记上一班", bold=True))
    if shift.approved_by:
        nodes += [Text("电脑时间早于上一条记录"), Pair("时间核对", _named(read, shift.approved_by))]
    nodes += [*sign("开班人签字"), Drawer()]
    return Slip("shift", "开班单", tuple(nodes), money=True)


def moved(shift: "Shift", event: CashMoved, nth: int, entry: Entry, by: Actor) -> Slip:
    """Cash put into the drawer or taken out of it (现金出入单), the `nth` of its shift."""
    nodes: tuple[Node, ...] = (
        Pair("班次", shift.number),
        Pair("时间", when(entry.at)),
        Pair("原因", event.reason, bold=True),
        *([Text(event.note)] if event.note else []),
        Rule(),
        *total(f"现金{event.direction}", event.fen),
        Text(capital(event.fen)),
        Rule(),
        Pair("经办", by.name),
        *sign("交款人签字" if event.direction == "入" else "领款人签字"),
        Drawer(),
    )
    return Slip("cash", "现金出入单", nodes, copies=(f"第{nth}张",), money=True)


def counted(read: Session, shift: "Shift", event: ShiftCounted, entry: Entry, by: Actor) -> Slip:
    """What was counted (盘点单), and nothing of what was expected."""
    nodes: list[Node] = [
        Pair("班次", shift.number),
        Pair("盘点", when(entry.at)),
        Rule(),
        *_table(tuple(shifts.pieces(read, shift.id, closing=True))),
        Rule(),
        *total("现金", shift.counted),
        *(Pair(f"{kind}合计", yuan(fen)) for kind, fen in event.totals),
        Rule(),
        Pair("盘点人", by.name),
        *sign("盘点人签字"),
        Drawer(),
    ]
    return Slip("count", "盘点单", tuple(nodes), copies=(f"第{shift.counts}次",), money=True)


def x_report(read: Session, shift: "Shift", by: Actor) -> Slip:
    """What a shift comes to so far; changes nothing. Raises Refused for a guard, and while a cashier counts blind."""
    staff.require_money(by)
    if shift.state == shifts.COUNTING and by.role not in staff.SUPERVISION:
        raise Refused("正在盘点，结班前不显示应有金额；请先结班，再看 Z 报表")
    now = f"{fields.wall():%Y-%m-%d %H:%M:%S}"
    nodes: list[Node] = [Text("不是结班，不清零", align="center"), *_head(read, shift, shifts.stands(read, shift))]
    nodes += [*_body(read, shift, shifts.stands(read, shift)), Rule(), Pair("打印", f"{by.name} {now[:16]}"), Feed(1)]
    return Slip("x", "X报表", tuple(nodes), copies=(now[5:],), money=True)


def z_report(read: Session, shift: "Shift", letters: str, by: Actor) -> Slip:
    """The closed shift (Z报表): everything it came to, counted against the records, chained to the Z before."""
    found = shifts.stands(read, shift)
    nodes: list[Node] = [Text(shift.z, size=3, bold=True, align="center"), *_head(read, shift, found)]
    nodes += [Pair("结班", when(shift.closed_at)), Pair("结班人", by.name)]
    if shift.closed_by != shift.opened_by:
        nodes.append(Text(f"代结：这一班由 {_named(read, shift.opened_by) or '其他前台'} 开", bold=True))
    nodes += [*_body(read, shift, found), *_result(read, shift), Rule()]
    nodes += _table(tuple(shifts.pieces(read, shift.id, closing=shift.counts > 0)))
    behind = unsent(read)
    nodes += [
        Rule(),
        Pair("未打印", f"{len(spool.waiting(raw(read.connection())))} 张"),
        Pair("未上传", "没有中心" if behind is None else f"{behind} 条"),
        Rule(),
        Pair("上一张Z", shift.z_before or "无，这是第一张"),
        Pair("校验", letters, bold=True),
        *sign("交班签字", "接班签字", "主管签字"),
        Feed(1),
        QR(f"{shift.z}.{letters}"),
    ]
    return Slip("z", "Z报表", tuple(nodes), copies=("财务联", "留存联"), money=True)


def paying_in(shift: "Shift", entry: Entry, by: Actor) -> Slip:
    """What goes with the takings to the bank (解款单), the same day (现金管理暂行条例 §11)."""
    nodes: tuple[Node, ...] = (
        Pair("Z号", shift.z, bold=True),
        Pair("营业日", shift.business_date),
        Pair("封包号", shift.envelope, bold=True),
        Rule(),
        *total("解款", shift.banked),
        Text(capital(shift.banked)),
        Rule(),
        Text("封包入保险柜，次日送存银行" if shift.sealed else "当日送存银行", bold=True),
        Pair("经办", f"{by.name} {when(entry.at)}"),
        *sign("银行回单号", "交款签字", "复核签字"),
        Drawer(),
    )
    return Slip("banking", "解款单", nodes, money=True)


def _head(read: Session, shift: "Shift", found: Figures) -> list[Node]:
    names = staff.names(read)
    return [
        Pair("班次", shift.number),
        Pair("营业日", shift.business_date),
        Pair("开班", when(shift.opened_at)),
        Pair("开班人", names.get(shift.opened_by, "其他前台")),
        Pair("收款人", "、".join(names.get(who, "其他前台") for who in found.cashiers)),
    ]


def _body(read: Session, shift: "Shift", found: Figures) -> list[Node]:
    """What X and Z share, so that the two can never differ."""
    nodes: list[Node] = [Rule()]
    nodes.append(Pair(f"收据 {found.receipts} 张", from_to(found.first, found.last) if found.receipts else "无"))
    nodes += [Pair(f"作废 {len(found.voids)} 张", yuan(found.voided)), *numbers(found.voids)]
    nodes += [Pair(f"红字 {len(found.reds)} 张", yuan(sum(found.refunds.values()))), *numbers(found.reds)]
    nodes += [Pair("补打", f"{_reprints(read, shift)} 张"), Pair("发票登记", f"{found.invoices} 张"), Rule()]
    nodes += [*by_class(found), *new_money(found), Rule(), *_tenders(read, shift, found)]
    if found.unchecked[0]:
        waiting = shifts.pending(read, shift.id)
        said = f"{len(waiting)} 笔 {yuan(sum(one.fen for one in waiting))}" if waiting else "无"
        nodes.append(Pair("扫码待核", said, bold=bool(waiting)))
    nodes += [Text(f"跨班 {one.number} {one.kind} {yuan(one.fen)}\n  付于 {when(one.at)}") for one in found.late]
    nodes.append(Rule())
    nodes += asides(found)
    return [*nodes, Rule(), *_cash(found)]


def by_class(found: Figures) -> list[Node]:
    """Takings by class of fee, and their sum."""
    order = [*CLASSES, *(klass for klass in found.classes if klass not in CLASSES)]
    nodes: list[Node] = [Pair(klass, yuan(found.classes[klass])) for klass in order if klass in found.classes]
    return [*nodes, Pair("实收合计", f"￥{yuan(found.taken)}", bold=True)]


def new_money(found: Figures) -> list[Node]:
    """The takings without what was paid ahead earlier and used now, where there was any."""
    used, taken = found.prepaid_used, found.taken
    return [Pair("减预存抵扣", yuan(-used)), Pair("新收款", f"￥{yuan(taken - used)}", bold=True)] if used else []


def _tenders(read: Session, shift: "Shift", found: Figures) -> list[Node]:
    """Takings by tender; once counted, whether the merchant's bill says the same."""
    counted = {one.kind: one for one in shifts.tenders(read, shift.id)} if shift.state == shifts.CLOSED else {}
    rows: list[tuple[str, ...]] = []
    for kind, (count, fen) in found.tenders.items():
        one = counted.get(kind)
        rows.append((f"{kind} {count}笔", yuan(fen), "相符" if one and one.ok else ""))
        if one and not one.ok:
            rows.append(("  账单", yuan(one.counted), f"差 {signed(one.counted - one.system)}"))
    if not rows:
        return [Text("没有收款")]
    return [Table(tuple(rows), (0, 10, 4), "lrl")] if counted else [Pair(kind, fen) for kind, fen, _ in rows]


def asides(found: Figures) -> list[Node]:
    """减免, what went back of 押金 and 预存, and refunds by route, where there were any."""
    said: list[tuple[str, int]] = [(given_up(why), fen) for why, fen in found.waived.items()]
    said += [("押金退", found.deposits_out), ("押金扣款", found.deducted)]
    said += [("退款转入预存", found.prepaid_in - found.classes.get("预存", 0)), ("预存退", found.prepaid_back)]
    said += [(f"退款 {route}", fen) for route, fen in found.refunds.items()]
    return [Pair(word, yuan(fen)) for word, fen in said if fen] or [Text("无减免、退款")]


def _cash(found: Figures) -> list[Node]:
    """How much cash must be there, and why."""
    said = [("备用金", found.float_fen)]
    said += [(word, fen) for word, fen in (("＋现金收", found.tender(CASH)), ("－现金退", found.drawer_refunds)) if fen]
    said += [(f"＋{reason}", fen) for reason, fen in found.cash_in.items()]
    said += [(f"－{reason}", fen) for reason, fen in found.cash_out.items()]
    return [*(Pair(word, yuan(fen)) for word, fen in said), Pair("应有现金", f"￥{yuan(found.expected)}", bold=True)]


def _result(read: Session, shift: "Shift") -> list[Node]:
    """What was counted, what differs and why, and where the cash goes."""
    nodes: list[Node] = [Pair("实点现金" if shift.counts else "未动用", f"￥{yuan(shift.counted)}", bold=True)]
    if shift.counts > 1:
        nodes.append(Text(f"盘点 {shift.counts} 次，首次 {yuan(shift.first_counted)}"))
    word = "长款" if shift.difference > 0 else "短款" if shift.difference else "差额"
    nodes.append(Pair(word, signed(shift.difference), bold=bool(shift.difference)))
    if shift.reason:
        nodes.append(Pair("原因", shift.reason))
    if shift.close_approved_by:
        nodes.append(Pair("复核", _named(read, shift.close_approved_by)))
    nodes.append(Pair("留下备用金", yuan(shift.left)))
    if shift.banked:
        nodes.append(Pair("解款", f"{yuan(shift.banked)} 封包 {shift.envelope}"))
    if shift.sealed:
        nodes.append(Text("封包入保险柜，次日送存", bold=True))
    return nodes


def _reprints(read: Session, shift: "Shift") -> int:
    """How often a receipt or red receipt of the shift was printed again, here, until now."""
    row = raw(read.connection()).execute(
        "SELECT COUNT(*) FROM print_job WHERE mark <> '' AND doc_id IN "
        "(SELECT id FROM payment WHERE shift = ?1 UNION SELECT id FROM refund WHERE shift = ?1)", (shift.id,),
    ).fetchone()  # fmt: skip
    return int(row[0])


def unsent(read: Session) -> int | None:
    """How many own entries central has not got yet; None for a desk that belongs to none."""
    db = raw(read.connection())
    chain = journal.active(db)
    return max(0, chain.seq - chain.acked) if journal.note(db, "estate") else None
