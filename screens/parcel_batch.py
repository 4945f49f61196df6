"""A courier's round at the counter: begun with a header, closed with a count that both sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.records import Refused
from data.store import Done
from desk import batches, china
from desk.batches import Batch, Closed, Opened
from screens.form import Field, Form

if TYPE_CHECKING:
    from screens.app import FrontDesk


class OpenBatch(Form):
    """A courier stands there with a cart: whose, who, which shelf, how many they say."""

    TITLE = "快递员来了一批"
    lead = "填一次，后面只要 扫单号 → 房号 → Enter"

    def fields(self) -> Sequence[Field]:
        """The courier by digit; the rest may be left alone."""
        return (
            Field("courier", "快递公司", china.COURIERS),
            Field("person", "快递员", hint="姓或工号；没人交接就空着"),
            Field("shelf", "货架", hint="都放一个架就写架号；空着按件型自动安排"),
            Field("announced", "应收件数", hint="快递员说几件；没说就空着"),
        )

    def event(self, values: dict[str, str]) -> Opened:
        """The round."""
        for name, label in (("shelf", "架号"), ("announced", "件数")):
            if values[name] and not china.fold_digits(values[name]).isdecimal():
                raise Refused(f"{label}请填数字，不知道就空着", name)
        numbers = {name: int(china.fold_digits(values[name]) or 0) or None for name in ("shelf", "announced")}
        return Opened.model_validate({**values, **numbers})


class CloseBatch(Form):
    """The round is counted: the desk's count, the courier's, and a word where they differ."""

    def __init__(self, batch: Batch, counted: int) -> None:
        super().__init__()
        self.subject, self.counted = batch.id, counted
        said = "没说件数" if batch.announced is None else f"快递员说 {batch.announced} 件"
        self.title = f"结批 {batch.number}  {batch.courier} 快递员 {batch.person or '无人交接'}"
        self.lead = f"实收 {counted} 件，拒收 {batch.away} 件，{said}。两张交接单，双方签字"

    def fields(self) -> Sequence[Field]:
        """Only what is to be said."""
        return (Field("why", "说明", ("快递员少带了", "快递员多带了", "件数数错了"), free=True, hint=""),)

    def event(self, values: dict[str, str]) -> Closed:
        """The end of the round."""
        return Closed(counted=self.counted, why=values["why"])


async def close_batch(app: FrontDesk, batch: Batch) -> Done | None:
    """Count a round and have it signed; gives what was done, or None. Runs in a worker."""
    with app.store.read() as read:
        counted, now = batches.count(read, batch.id), read.get(Batch, batch.id)
    done = await app.push_screen_wait(CloseBatch(now or batch, counted))
    if done:
        app.notify(f"{batch.courier}这一批已交接，{counted} 件，请双方在交接单上签字")
    return done
