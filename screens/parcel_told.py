"""What a courier's round says while it goes on: how far it is, and what the last parcels became."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from desk.batches import Batch
from desk.parcels import Parcel

LINES = 4
"""What the last parcels became, however many there were: so that the fields below never move under a scan."""


def round_line(cart: Batch, counted: int, now: datetime) -> str:
    """`入库 · 顺丰 · 快递员 李 · 架 2   已扫 37 / 应收 60   用时 1:44`; `now` a wall time."""
    took = int((now - datetime.fromisoformat(cart.opened_at).replace(tzinfo=None)).total_seconds())
    where = f" · 架 {cart.shelf}" if cart.shelf else ""
    wanted = "" if cart.announced is None else f" / 应收 {cart.announced}"
    away = f"（另拒收 {cart.away}）" if cart.away else ""
    who = f"入库 · {cart.courier} · 快递员 {cart.person or '无人交接'}{where}"
    return f"{who}   已扫 {counted}{away}{wanted}   用时 {took // 60}:{took % 60:02d}"


def taken_lines(taken: Sequence[Parcel], told: str) -> Text:
    """What the last ones became, newest first; `told` is what to know of the one before."""
    said = Text(f"已入 {len(taken)} 件，请贴好标签" if taken else "还没有入库：扫一件，这里就有它的取件码", "bold")
    if told:
        said.append(f"\n  ! {told}", "bold")
    left = LINES - (2 if told else 1)
    for parcel in reversed(taken[-left:]):
        said.append(f"\n  {parcel.code}", "bold")
        said.append(f"  {parcel.room} {parcel.addressee}  {parcel.courier} {parcel.waybill[-4:]}", "not bold")
    return said
