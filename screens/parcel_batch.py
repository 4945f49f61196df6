"""A courier's round at the counter: begun with a header, closed with a count that both sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.widgets import Static

from data.records import Refused
from data.store import Done
from desk import batches, china
from desk.batches import WHYS, Batch, Closed, Opened, TurnedAway
from screens.ask import Pick
from screens.form import Field, Form
from screens.parcel_told import round_line

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


class Round(Form):
    """A form filled over and over; with a `cart`, for a courier's round until it is counted and signed."""

    def __init__(self, cart: Batch | None) -> None:
        super().__init__()
        self.cart, self.counted = cart, 0
        self.sticky = cart.courier if cart else ""

    def begin_batch(self, batch: Batch) -> None:
        """From here on everything belongs to this round."""
        self.cart = batch
        with self.desk.store.read() as read:
            self.counted = batches.count(read, batch.id)
        self.sticky = batch.courier
        self.box("courier").value = self.sticky
        self.begun = self.values()
        self.head()

    def head(self) -> None:
        """The round in one line, with the time it takes."""
        if self.cart is None:
            return
        said = round_line(self.cart, self.counted, self.desk.now())
        # One line before and after: nothing below it moves, so nothing need be laid out.
        self.query_one(".form-title", Static).update(said, layout=False)

    @work
    async def open_batch(self) -> None:
        """The courier of a whole cart stands there."""
        done = await self.app.push_screen_wait(OpenBatch())
        if done and isinstance(done.record, Batch):
            self.box("waybill").value = ""
            self.begin_batch(done.record)

    @work
    async def turn_away(self) -> None:
        """This one stays with the courier; it is a line of the round."""
        assert self.cart is not None
        why = await self.app.push_screen_wait(Pick("为什么不收", WHYS))
        if why is None:
            return
        try:
            self.saved(self.desk.act(TurnedAway(why=WHYS[why], waybill=self.values()["waybill"]), self.cart.id))
        except Refused as refused:
            self.buzz("room", str(refused))

    @work
    async def action_back(self) -> None:
        """Out of the loop; a round is counted and signed, or waits."""
        if not self.is_current:
            return
        if self.values() != self.begun or self.cart is None:
            super().action_back()
            return
        answers = ("结批，打交接单", "先离开，这一批等会儿接着扫", "继续扫")
        chosen = await self.app.push_screen_wait(Pick(f"{self.cart.courier}这一批已扫 {self.counted} 件", answers))
        if (chosen == 0 and await close_batch(self.desk, self.cart)) or chosen == 1:
            self.dismiss(self.done)

    def whole_cart(self) -> bool:
        """A round is begun, once."""
        if self.cart:
            return self.buzz("waybill", "这一批正在入库；换一批请先按 Esc 结批")
        self.open_batch()
        return False

    def ring(self) -> bool:
        """What was said beside a field is heard as well."""
        self.app.bell()
        return False

    def buzz(self, name: str, text: str) -> bool:
        """A sound for the ear at the scanner, and the sentence for the eye; the next scan replaces what was read."""
        self.say(name, text)
        self.box(name).action_select_all()
        return self.ring()
