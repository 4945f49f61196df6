"""What the desk refuses of a shift: two open at once, cash from a frozen drawer, a close nobody counted or explained."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, select

from data.records import Actor, Event, Refused
from desk import fields, shifts, staff
from desk.figures import figures
from desk.money import yuan
from desk.rules import rules
from desk.till import CashMoved, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened

if TYPE_CHECKING:
    from desk.shifts import Shift

CLOCK_SLACK = timedelta(minutes=5)
"""How far a PC's clock is put back when it is set right; further back, its battery is dead."""


def refusal(read: Session, record: "Shift | None", event: Event, by: Actor) -> Refused | None:
    """Why this desk does not do this to a shift now, or None."""
    if isinstance(event, ShiftOpened):
        return _refuse_opening(read, event, by)
    if record is None:
        return None
    if isinstance(event, ShiftBanked):
        return _refuse_banked(record)
    if record.state == shifts.CLOSED:
        return Refused(f"这一班已经结了，Z 号 {record.z}，请按 F10 开新的一班")
    mine = shifts.open_shift(read)
    if mine is None or mine.id != record.id:
        return Refused("这一班是另一个钱箱的，请到那台前台办理")
    match event:
        case CashMoved():
            return _refuse_move(read, record, event)
        case ShiftCounted():
            return _refuse_count(read, record, event)
        case ShiftClosed():
            return _refuse_close(read, record, event, by)
    return None


def _approve(read: Session, approved_by: str, by: Actor) -> Refused | None:
    """The supervisor agrees, or, when that is who acts, another cashier or supervisor."""
    return staff.refuse_second(read, approved_by, by, staff.MONEY if by.role in staff.SUPERVISION else staff.SUPERVISION)


def _refuse_opening(read: Session, event: ShiftOpened, by: Actor) -> Refused | None:
    if shift := shifts.open_shift(read):
        return Refused(f"上一班（{shifts.called(read, shift)}）还没有结，请先按 F10 结班")
    newest = shifts.newest_of_ours(read)
    if newest and fields.wall() < newest - CLOCK_SLACK and (refused := _approve(read, event.approved_by, by)):
        return Refused(
            f"电脑时间 {fields.wall():%Y-%m-%d %H:%M} 早于上一条记录 {newest:%Y-%m-%d %H:%M}，请先校准时间；"
            f"确实无误由主管复核后开班。{refused}",
            refused.field,
        )
    return None


def _refuse_move(read: Session, record: "Shift", event: CashMoved) -> Refused | None:
    if record.state != shifts.ON:
        return Refused("正在盘点结班，钱箱不能再进出现金，请先结班（F10）")
    if refused := shifts.refuse_without(read):
        return refused
    if read.exec(select(shifts.CashMove).where(shifts.CashMove.request == event.request)).first():
        return Refused("这笔现金出入已经登记过了，不会再登记一次")
    if event.reason == "其他" and not event.note:
        return Refused("原因选“其他”时，请写明是什么事", "note")
    if event.reason == "解款" and event.direction == "入":
        return Refused("解款是从钱箱取出，请选“出”", "direction")
    if event.direction == "出" and event.fen > figures(read, record.id).expected:
        return Refused("钱箱里没有这么多现金，请核对金额", "fen")  # how much there is, a count is to find out blind
    return None


def _refuse_count(read: Session, record: "Shift", event: ShiftCounted) -> Refused | None:
    kinds = [kind for kind, _ in event.totals]
    if len(set(kinds)) != len(kinds):
        return Refused("同一种收款方式只填一个合计", "totals")
    used = figures(read, record.id).other_tenders
    if missing := [kind for kind in used if kind not in kinds]:
        return Refused(f"请按商户账单或终端小票填合计：{'、'.join(missing)}", "totals")
    if strange := [kind for kind in kinds if kind not in used]:
        return Refused(f"这一班没有用过 {'、'.join(strange)}，不用填", "totals")
    return None


def _refuse_close(read: Session, record: "Shift", event: ShiftClosed, by: Actor) -> Refused | None:
    found = event.figures
    assert found is not None, "complete fills it in"
    if record.state == shifts.ON and found.moved:
        return Refused("请先点清钱箱、填好各收款方式合计，再结班")
    counted = {one.kind: one.counted for one in shifts.tenders(read, record.id)}
    if any(kind not in counted for kind in found.other_tenders):
        return Refused("盘点之后又收到另一台前台的收款，请重新盘点")
    if event.left is None:
        return Refused("请填留在钱箱里的备用金", "left")
    if event.left > event.counted:
        return Refused(f"点到现金 {yuan(event.counted)} 元，留不下 {yuan(event.left)} 元，请改", "left")
    if event.banked and not event.envelope:
        return Refused(f"解款 {yuan(event.banked)} 元，请填封包号", "envelope")
    off = event.difference or any(counted[kind] != found.tender(kind) for kind in found.other_tenders)
    if off and len(event.reason) < 2:
        word = "短款" if event.difference < 0 else "长款" if event.difference else "收款方式有差额"
        return Refused(f"{word}，请写明原因；查不出就写“原因不明”", "reason")
    if abs(event.difference) > rules(read).difference_limit:
        return _approve(read, event.approved_by, by)
    return None


def _refuse_banked(record: "Shift") -> Refused | None:
    if record.state != shifts.CLOSED:
        return Refused("这一班还没有结，请先按 F10 结班")
    if not record.banked:
        return Refused("这一班没有解款，不用登记银行回单")
    if record.bank_slip:
        return Refused(f"已登记银行回单 {record.bank_slip}，不用再登记")
    return None
