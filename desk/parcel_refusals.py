"""What the desk refuses of a parcel: to take in what nobody agreed to, to give it to just anybody, to send it back untold."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session

from data.file import raw
from data.records import Actor, Event, Refused
from desk import batches, doubts, fields, parcel_proofs, parcels, residents, staff
from desk.fields import is_public
from desk.parcel_events import (
    DAMAGED,
    MISSING,
    WRONG_HANDS,
    BroughtBack,
    Checked,
    Collected,
    Notified,
    Pursued,
    Resolved,
    ReturnChosen,
    ReturnDropped,
    Returned,
    SentOut,
    TakenIn,
    Troubled,
    Undone,
)
from desk.shelves import HELD, REST

if TYPE_CHECKING:
    from desk.parcels import Parcel

BY_CALL = ("生鲜", "贵重")
"""What is only taken in on the household's word, whatever is on file (as 智能快件箱寄递服务管理办法; domain.md B3)."""

UNDO = timedelta(minutes=10)
"""How long whoever took a parcel in by mistake can undo it."""

APART = timedelta(hours=8)
"""Two notices this far apart come before a parcel goes back that nobody fetched (浙江省快递业促进条例 §33)."""

SEARCH = timedelta(hours=24)
"""How long the desk looks for a parcel before the supervisor decides."""

AT_ONCE = ("拒收", "查无此人", "错投", "送错", "破损")
"""Words of reasons for which nobody need be told twice."""

STEPS: dict[type[Event], tuple[str, ...]] = {
    SentOut: (HELD,),
    Undone: (HELD,),
    Notified: (HELD, "待退"),
    ReturnChosen: (HELD,),
    ReturnDropped: ("待退",),
    BroughtBack: ("送上门",),
    Returned: (HELD, "待退"),
    Collected: (HELD, "送上门", "待退"),
    Pursued: ("异常",),
    Resolved: ("异常",),
    Troubled: (HELD, "送上门", "待退", "已取"),
}
"""From which states each step is made."""

CALLED: dict[type[Event], str] = {
    SentOut: "送上门",
    Undone: "撤回",
    Notified: "通知",
    ReturnChosen: "列入退件",
    ReturnDropped: "取消退件",
    BroughtBack: "拿回",
    Returned: "退件",
    Collected: "取走",
    Pursued: "追查",
    Resolved: "了结",
    Troubled: "登记异常",
}

POSSIBLE = {
    HELD: "可以取件、送上门、退件，或按 Ctrl+O 登记异常", "送上门": "送到了按 F9 取件，没人在家按 Ctrl+O 拿回",
    "待退": "可以取件、交快递员退件，或按 Ctrl+O 不退了", "异常": "按 F9 了结，或按 Ctrl+O 记追查经过",
    "赔付": "已由主管赔付了结", "已撤回": "登记有误已撤回，请重新入库",
}  # fmt: skip
"""What can be done in each state; what went is told with when and by whom."""


def refusal(read: Session, record: "Parcel | None", event: Event, by: Actor) -> Refused | None:
    """Why this desk does not do this to a parcel now, or None."""
    if isinstance(event, TakenIn):
        return _refuse_intake(read, event)
    if record is None:
        return None
    if isinstance(event, Checked):
        return doubts.refuse(record, event)
    if record.state not in STEPS[type(event)]:
        return _refuse_step(read, record, event)
    match event:
        case Collected():
            return parcel_proofs.refuse(read, record, event)
        case Undone():
            return _refuse_undo(read, record, by)
        case Returned() | ReturnChosen() if not may_go_back(record, event.reason, by):
            return Refused(
                f"{record.code} 退件前要通知两次、相隔 8 小时以上（现在 {record.notices} 次），请按 Ctrl+U 通知；"
                "拒收、错投的写明原因，急办请主管",
                "reason",
            )
        case Troubled() if record.state == "已取":
            return _refuse_back(record, event)
        case Resolved():
            return _refuse_resolved(record, event, by)
    return None


def may_go_back(record: "Parcel", reason: str, by: Actor) -> bool:
    """Whether a parcel may go back: told twice far enough apart, not wanted or not of here, or the supervisor says so."""
    if by.role in staff.SUPERVISION or record.state == "待退" or any(word in reason for word in AT_ONCE):
        return True
    if record.notices < 2:
        return False
    return datetime.fromisoformat(record.notified_at) - datetime.fromisoformat(record.first_notice) >= APART


def _refuse_intake(read: Session, event: TakenIn) -> Refused | None:
    if not is_public(event.room) and (unknown := residents.refuse_unknown_room(read, event.room)):
        return unknown
    if not (event.waybill or event.description):
        return Refused("请扫单号；没有单号的请写明是什么样的包裹", "description")
    if twin := refuse_twin(read, event.waybill):
        return twin
    if event.batch and (closed := batches.refuse_more(read, event.batch)):
        return closed
    if is_public(event.room):
        return None
    consent = residents.consent(read, event.room)
    if consent == "否":
        return Refused(f"{event.room} 不同意代收，请快递员送上门或带回；住户改主意请先改代收授权", "room")
    if not event.consented and (consent != "是" or event.special in BY_CALL):
        why = f"{event.special}件" if event.special in BY_CALL else f"{event.room} 每次代收都要问"
        return Refused(f"{why}，请先打电话，同意后选“已电话同意”；联系不上请快递员带回", "consented")
    return None


def refuse_twin(read: Session, waybill: str) -> Refused | None:
    """The refusal for a waybill the desk has already, or None."""
    known = raw(read.connection()).execute("SELECT 1 FROM parcel WHERE waybill = ? AND waybill <> '' LIMIT 1", (waybill,))
    if known.fetchone() is None:  # what every scan but one in a thousand finds
        return None
    twin = parcels.by_waybill(read, waybill)
    if twin is None or twin.state not in parcels.PRESENT:
        return None
    how = "" if twin.state == HELD else f"、{twin.state}"
    return Refused(f"这个单号已在库，取件码 {twin.code}（{twin.room}{how}），不用再入", "waybill")


def _refuse_step(read: Session, record: "Parcel", event: Event) -> Refused:
    when = record.closed_at[5:16].replace("T", " ")
    if record.state == "已退":
        return Refused(f"{record.code} 已在 {when} 退给快递员{record.picker}，请住户联系{record.courier}")
    if record.state == "已取":
        clerk = staff.names(read).get(record.handed_by, "")
        to = parcels.hands(record.by_whom, record.picker)
        return Refused(
            f"{record.code} 已在 {when} 由{to}取走{f'，经办 {clerk}' if clerk else ''}；住户说没拿到请按 Ctrl+O 登记误领"
        )
    return Refused(f"{record.code} {record.trouble or record.state}，不能{CALLED[type(event)]}；{POSSIBLE[record.state]}")


def _refuse_undo(read: Session, record: "Parcel", by: Actor) -> Refused | None:
    age = fields.wall() - datetime.fromisoformat(record.opened_at).replace(tzinfo=None)
    if record.opened_by != by.id or age > UNDO:
        return Refused(f"{record.code} 只能由入库的人在 10 分钟内撤回；现在请办退件，或登记取件")
    if record.batch and batches.refuse_more(read, record.batch):
        return Refused(f"{record.code} 这一批已经和快递员交接，不能撤回，请办退件")
    return None


def _refuse_back(record: "Parcel", event: Troubled) -> Refused | None:
    if event.sort not in (WRONG_HANDS, DAMAGED):
        return Refused(f"{record.code} 已经取走，只能登记误领或破损争议", "sort")
    gone = datetime.fromisoformat(record.closed_at).replace(tzinfo=None)
    if fields.wall() - gone > REST:
        return Refused(f"{record.code} 取走已过 {REST.days} 天，请主管写进留言簿处理", "sort")
    return None


def _refuse_resolved(record: "Parcel", event: Resolved, by: Actor) -> Refused | None:
    if event.how != "赔付":
        return None
    if by.role not in staff.SUPERVISION:
        return Refused("赔付由主管决定，请主管登录后办理", "how")
    since = fields.wall() - datetime.fromisoformat(record.trouble_at).replace(tzinfo=None)
    if record.trouble == MISSING and since < SEARCH:
        return Refused("找不到的件先找满 24 小时再定赔付，请照查找单逐项找", "how")
    return None
