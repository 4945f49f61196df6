"""What a refund may not do with money: more than is left, back by a way it never came, in cash beyond the float's limit."""

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Session, select

from data.records import Refused
from desk import prepaid
from desk.fields import wall
from desk.money import yuan
from desk.payments import APPLIED, Payment, PaymentTender
from desk.refund_lines import RefundLine
from desk.refundable import left_of
from desk.refunded import CASH, COMMON, DEPOSIT, TO_ACCOUNT, RefundPart, Requested
from desk.rules import rules


def refuse_parts(
    read: Session, sort: str, room: str, payment: str, parts: Sequence[RefundPart | RefundLine], own: str = ""
) -> Refused | None:
    """No more of a target than is left beside refunds other than `own`; only of a deposit is anything kept back, and proven."""
    for part in parts:
        if part.deducted and sort != DEPOSIT:
            return Refused("只有押金可以扣款，请去掉扣款", "parts")
        if part.deducted and not (part.why and part.evidence):
            return Refused(f"扣 {yuan(part.deducted)} 元要写明原因和凭据，例如 墙面破损、验收照片 3 张", "parts")
        left = left_of(read, sort, room, payment, part.target, own)
        called = f"{part.item or part.target} {part.period}".rstrip()
        if left is None:
            return Refused(f"“{called}”不在 {room} 可以退的{sort}款项里，请按 Esc 返回后重选", "parts")
        if part.fen + part.deducted > left:
            most = yuan(max(left, 0))
            return Refused(f"{called} 最多还能退 {most} 元（已退的和别的申请都算在内），请改小金额或先取消别的申请", "parts")
    return None


def refuse_route(read: Session, event: Requested, payment: Payment | None) -> Refused | None:
    """How the money goes: signed for where no bank bears witness, and back the way it came only where it came by one."""
    if payment and payment.state == APPLIED and event.route != TO_ACCOUNT:
        return Refused("这笔是用预存抵扣的，没有收过钱，请选“转预存”", "route")
    if not event.fen:
        return None
    if event.route == TO_ACCOUNT and any(part.target.startswith(prepaid.HEAD) for part in event.parts):
        return Refused("预存本来就在账上，不用再转，请改选别的退款方式", "route")
    if event.route == TO_ACCOUNT and (refused := _refuse_over_cap(read, event, payment)):
        return refused
    if event.route in (CASH, TO_ACCOUNT) and not event.signed:
        return Refused(f"{event.route}要收款人当面签字，请签字后再选“已签字”", "signed")
    if event.route in (CASH, "银行转账") and not event.payee:
        return Refused("请填收款人姓名，与签字或银行账户一致", "payee")
    if event.route == "银行转账" and not event.account:
        return Refused("请填收款人的银行账号", "account")
    if event.route == "原路退回" and payment:
        kinds = set(read.exec(select(PaymentTender.kind).where(PaymentTender.owner == payment.id)).all())
        if kinds <= {"现金", "预存"}:
            return Refused(f"收据 {payment.number} 没有扫码、刷卡或转账，没有原路可退，请改选银行转账", "route")
    return refuse_much_cash(read, event.fen) if event.route == CASH else None


def _refuse_over_cap(read: Session, event: Requested, payment: Payment | None) -> Refused | None:
    """No more goes to an account than may be paid ahead; what came from there may always go back."""
    if payment and payment.state == APPLIED:
        return None
    credit = Counter[str]()
    for part in event.parts:
        credit[part.into or COMMON] += part.fen
    today = f"{wall():%Y-%m-%d}"
    refused = (prepaid.refuse_moved_over_cap(read, event.room, item, fen, today) for item, fen in credit.items())
    return next(filter(None, refused), None)


def refuse_much_cash(read: Session, fen: int) -> Refused | None:
    """In cash, no more than the float may pay at once."""
    limit = rules(read).cash_refund_limit
    if fen > limit:
        return Refused(f"备用金现金每笔最多退 {yuan(limit)} 元，{yuan(fen)} 元请改走银行转账或原路退回", "route")
    return None
