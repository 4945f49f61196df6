"""What is typed of a tender, in its proper form: which it is, what it is known by, when it was paid."""

from __future__ import annotations

from data.records import Refused
from desk import fields
from desk.china import fold_digits
from desk.paid import SCANNED, TENDERS, TenderKind

KNOWN_BY = {
    "微信": ("订单尾号", "对方手机上订单号的后 6 位"),
    "支付宝": ("订单尾号", "对方手机上订单号的后 6 位"),
    "刷卡": ("小票号", "刷卡小票上的凭证号，至少 4 位"),
    "转账": ("流水号", "银行流水号；没有可以不填"),
    "支票": ("支票号", "至少 4 位"),
}
"""What a tender is known by, and where it is read."""


def tender_kind(typed: str) -> TenderKind:
    """The tender that was chosen. Raises Refused."""
    found = next((kind for kind in TENDERS if kind == typed), None)
    if found is None:
        raise Refused("请按数字键选付款方式", "kind")
    return found


def reference(kind: TenderKind, typed: str) -> str:
    """What a tender is known by, in its proper form. Raises Refused."""
    said = fold_digits(typed).replace(" ", "")
    if kind in SCANNED and not (said.isascii() and said.isdigit() and len(said) == 6):
        raise Refused("请填对方手机上显示的订单号后 6 位数字；没有显示成功不能算收到", "reference")
    if kind not in SCANNED and kind != "转账" and len(said) < 4:
        label, hint = KNOWN_BY[kind]
        raise Refused(f"请填{label}（{hint}），对账时要用", "reference")
    return said


def paid_at(typed: str) -> str:
    """When the payer's phone says it was paid, as events keep it; "" for now. Raises Refused."""
    try:
        at = fields.moment(fields.wall_time(typed)) if typed else ""
    except ValueError:
        raise Refused(f"「{typed}」不是时间，请写成 18:20 或 11-20 18:20", "at") from None
    if at > fields.moment_of(fields.wall()):
        raise Refused("付款时间不能晚于现在，请照对方手机上的时间填", "at")
    return at
