"""The daybook: what happened, as people read it, newest first, with nothing of money for those who are shown none."""

from dataclasses import dataclass

from sqlmodel import Session

from data import journal
from data.entry import Entry
from data.file import raw
from data.records import Actor
from desk import staff

LABELS = {
    "staff.joined": "员工入职", "staff.pin_set": "改密码", "staff.left": "员工离职",
    "room.registered": "登记房屋", "room.changed": "更正房屋", "room.consented": "代收授权",
    "room.phones_shown": "查看完整电话",
    "person.registered": "登记住户", "person.changed": "更正住户",
    "home.began": "入住", "home.changed": "身份变更", "home.ended": "迁出",
    "repair.reported": "报修", "repair.assigned": "派工", "repair.worker_arrived": "到场", "repair.finished": "完工",
    "repair.closed": "关闭报修", "repair.cancelled": "取消报修", "repair.urged": "催办", "repair.checked": "核对报修",
    "repair.returned": "退单", "repair.suspended": "挂起报修", "repair.resumed": "恢复报修", "repair.transferred": "转办报修",
    "repair.quoted": "维修报价", "repair.quote_agreed": "报价签字", "repair.quote_declined": "不同意报价",
    "repair.charged": "维修费入账", "repair.charge_waived": "维修费减免", "repair.call_missed": "回访没接通",
    "repair.rated": "补登评价", "worker.joined": "登记师傅", "worker.changed": "更正师傅", "worker.duty_changed": "师傅值班",
    "worker.left": "师傅离开",
    "visit.arrived": "访客到达", "visit.left": "访客离开", "visit.turned_away": "拒绝来访",
    "visit.signed_out_by_system": "系统签离", "visit.checked": "核对访客",
    "parcel.taken_in": "快递入库", "parcel.collected": "快递取走", "parcel.returned": "快递退件", "parcel.notified": "通知取件",
    "parcel.checked": "核对快递",
    "tariff.set": "设定收费标准", "tariff.changed": "更改收费标准", "tariff.ended": "停用收费标准",
    "charge.began": "登记收费项目", "charge.changed": "更改收费项目", "charge.ended": "停收费项目",
    "reading.taken": "抄表", "reading.corrected": "更正抄表", "sale.made": "房屋过户",
    "bill.billed": "出账单", "bill.withdrawn": "撤销账单", "bill.waived": "减免", "bill.waiver_withdrawn": "撤销减免",
    "payment.paid": "收费", "payment.applied": "预存抵扣", "payment.voided": "作废收据", "payment.moved": "多收转预存",
    "payment.invoiced": "登记发票", "payment.invoice_issued": "开具发票", "rules.set": "设定规则", "rules.changed": "更改规则",
    "refund.requested": "申请退款", "refund.approved": "批准退款", "refund.rejected": "驳回退款",
    "refund.cancelled": "取消退款", "refund.paid": "退款",
    "note.left": "留言", "note.read": "留言已读", "note.settled": "留言办结", "note.checked": "核对留言",
    "demand.made": "出催缴单", "demand.delivered": "登记送达",
    "shift.opened": "开班", "shift.cash_moved": "现金出入", "shift.counted": "盘点", "shift.closed": "结班",
    "shift.banked": "登记解款", "day.closed": "日结", "handover.signed": "交接班",
    "journal.forgot": "删除个人信息",
}  # fmt: skip
"""What each kind of entry is called in the daybook."""

MONEY = (
    "tariff.", "charge.", "reading.", "bill.", "payment.", "refund.", "demand.", "shift.", "day.",
    "repair.quote", "repair.charge",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One entry as people read it. `n` is its place in the order of arrival, to page by."""

    n: int
    at: str
    who: str
    what: str
    subject: str


def latest(read: Session, by: Actor, before: int | None = None, limit: int = 200) -> list[Line]:
    """The latest entries, newest first, at most `limit`, older than the place `before`."""
    people, db = staff.names(read), raw(read.connection())
    found = journal.newest(db, before, limit)
    numbers = {entry.subject: entry.number or journal.number_of(db, entry.subject) for _, entry in found}
    return [
        Line(n, entry.at, people.get(entry.by, "其他前台"), _what(entry, numbers[entry.subject]), entry.subject)
        for n, entry in found
        if staff.sees_money(by) or not entry.kind.startswith(MONEY)
    ]


def _what(entry: Entry, number: str) -> str:
    place = entry.body.get("room") or entry.body.get("code") or ""
    return " ".join(filter(None, (LABELS.get(entry.kind, entry.kind), number, str(place))))
