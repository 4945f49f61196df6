"""What the counter asks when parcels leave: all of a household into somebody's hands, to its door, back to the courier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.widgets import Input, SelectionList, Static
from textual.widgets.selection_list import Selection

from data.records import Event, Refused
from data.store import Done
from desk import parcels
from desk.parcel_events import BY_CODE, SHOWN
from desk.parcels import HELD, OUT, PICKERS, PROOFS, Collected, Parcel, Returned, SentOut
from desk.proxies import Proxy
from screens.form import Field, Form

RELATIONS = ("邻居", "亲戚", "朋友", "保姆", "同事")
REASONS = ("超过七天无人取", "住户拒收", "查无此人", "送错小区")


class Ticks(SelectionList[int]):
    """Parcels to tick, by space or by their digit."""

    def on_key(self, event: Key) -> None:
        """A digit ticks or unticks its line."""
        if event.character and event.character in "123456789" and int(event.character) <= self.option_count:
            event.stop()
            self.toggle(int(event.character) - 1)


def line(n: int, one: Parcel, now: datetime) -> Text:
    """One parcel to tick: its digit, code, courier and tail, size, how long it waits or where it is."""
    how = parcels.LEVELS[parcels.level(one, now)] if one.state == HELD else one.state
    special = f"·{one.special}" if one.special else ""
    what = one.waybill[-4:] or one.description[:6]
    return Text(f"{n if n < 10 else ' '} {one.code}  {one.courier} {what}  {one.size}{special}  {how}")


class Ticked(Form):
    """A form over parcels to tick; `wanted` says which are ticked at first."""

    BINDINGS = [Binding("ctrl+g", "tick", "选包裹", tooltip="去包裹列表：空格或数字勾选")]
    moment = "快递"

    def __init__(self, held: Sequence[Parcel], wanted: Sequence[str]) -> None:
        super().__init__()
        self.held, self.wanted = tuple(held), wanted
        self.given = 0

    def above(self) -> ComposeResult:
        """The parcels, longest held first."""
        now = self.desk.now()
        lines = (Selection(line(n, one, now), n - 1, one.id in self.wanted) for n, one in enumerate(self.held, 1))
        yield Ticks(*lines, id="held")

    def ticked(self) -> list[Parcel]:
        """What is to go. Raises Refused when nothing is ticked."""
        chosen = self.query_one("#held", Ticks).selected
        found = [one for n, one in enumerate(self.held) if n in chosen]
        if not found:
            raise Refused("请至少勾选一件（Ctrl+G 到列表，空格或数字勾选）")
        return found

    def act(self, event: Event) -> Done:
        """Do it to all that is ticked in one transaction, all or none."""
        done = self.desk.act_all(self.acts(event))
        self.given = len(done)
        return done[0]

    def action_tick(self) -> None:
        """Go to the parcels."""
        self.query_one("#held").focus()


class HandOver(Ticked):
    """Everything held for a household, all ticked, into somebody's hands in one go; `shown` is the code that was scanned.

    What is out to the door is only ticked where `carried` says that it is there.
    """

    def __init__(
        self,
        room: str,
        held: Sequence[Parcel],
        owner: str,
        proxies: Sequence[Proxy] = (),
        shown: str = "",
        carried: bool = False,
    ) -> None:
        super().__init__(held, [one.id for one in held if (one.state == OUT) is carried or all(o.state == OUT for o in held)])
        self.room, self.proxies, self.shown = room, tuple(proxies), shown
        self.title = f"取件  {room}  {owner}"
        self.lead = f"可代取：{'、'.join(f'{one.name}（{one.relation}）' for one in proxies)}" if proxies else ""

    def fields(self) -> Sequence[Field]:
        """Who takes them and what shows that they may."""
        names = tuple(one.name for one in self.proxies)
        return (
            Field("by_whom", "取件人", PICKERS),
            Field("name", "姓名", names, hint="代取人的姓名", free=True),
            Field("relation", "关系", RELATIONS, free=True),
            Field("proof", "凭据", PROOFS, default=BY_CODE if self.shown else "", enough=True),
            Field("shown", "报的是", default=self.shown),
        )

    def on_mount(self) -> None:
        """Name and relation are asked of who is no member of the household, and what was said where it is checked."""
        self.row("name").display = self.row("relation").display = False
        self.ask_shown()

    def settled(self, name: str) -> None:
        """Somebody else needs a name; a standing proxy's relation is known."""
        values = self.values()
        if name == "by_whom":
            other = values["by_whom"] == "代取"
            self.row("name").display = self.row("relation").display = other
        elif name == "name" and (proxy := next((one for one in self.proxies if one.name == values["name"]), None)):
            self.query_one("#relation", Input).value = proxy.relation

    @on(Input.Changed, "#proof")
    def proof_changed(self) -> None:
        """Another proof is another question; what was scanned answers only the first."""
        if self.values()["proof"] != BY_CODE and self.values()["shown"] == self.shown:
            self.query_one("#shown", Input).value = ""
        self.ask_shown()

    def ask_shown(self) -> None:
        """The line for what is said, where it is checked."""
        proof = self.values()["proof"]
        self.row("shown").display = proof in SHOWN
        if proof in SHOWN:
            self.query_one("#shown-error", Static).set_class(True, "hidden")
            self.offer(Field("shown", SHOWN[proof].removeprefix("报").removeprefix("收件人"), hint="扫标签或通知单也行"))

    def action_save(self) -> None:
        """Enter on the proof goes on to what is said for it, where that is still empty."""
        here = self.focused
        if here is not None and here.id == "proof" and self.row("shown").display and not self.values()["shown"]:
            self.query_one("#shown").focus()
            return
        super().action_save()

    def event(self, values: dict[str, str]) -> Collected:
        """The hand-over, as the first of the ticked parcels says it for all."""
        ticked = self.ticked()
        if values["by_whom"] != "代取":
            values = values | {"name": "", "relation": ""}
        shown = values["shown"] if values["proof"] in SHOWN else ""
        return Collected.model_validate(values | {"shown": shown, "codes": tuple(one.code for one in ticked)})

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """One hand-over for each."""
        assert isinstance(event, Collected)
        return parcels.collect_all(self.ticked(), event)


class SendOut(Ticked):
    """Somebody carries a household's parcels to its door."""

    def __init__(self, room: str, held: Sequence[Parcel]) -> None:
        super().__init__(held, [one.id for one in held])
        self.title = f"送上门  {room}"
        self.lead = "送到以后按 F9 登记取件；家里没人按 Ctrl+O 拿回"

    def fields(self) -> Sequence[Field]:
        """Who carries them."""
        return (Field("carrier", "谁送", hint="保安、保洁或前台同事的姓名"),)

    def event(self, values: dict[str, str]) -> SentOut:
        """The way to the door."""
        self.ticked()
        return SentOut.model_validate(values)

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """One for each."""
        return [(event, one.id) for one in self.ticked()]


class GiveBack(Form):
    """The courier takes a parcel back."""

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.subject = parcel.id
        self.parcel = parcel
        self.title = f"退件 {parcel.code}  {parcel.room}"
        self.lead = f"{parcel.courier} {parcel.waybill}；交给快递员本人签字，不拆不扔。已通知 {parcel.notices} 次"

    def fields(self) -> Sequence[Field]:
        """Why, and who of the courier's took it."""
        return (
            Field("reason", "原因", REASONS, default=self.parcel.reason, free=True),
            Field("courier", "快递员", hint="来取的人，姓名或工号"),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The return."""
        return Returned.model_validate(values)


class GiveBackAll(Ticked):
    """All that is to go back with one courier; what has waited long enough to go back may be ticked as well."""

    def __init__(self, courier: str, chosen: Sequence[Parcel], ready: Sequence[Parcel]) -> None:
        super().__init__((*chosen, *ready), [one.id for one in chosen])
        self.title = f"退件交接  {courier}"
        self.lead = "列入退件的已勾好；超7天并通知过两次的可以一起勾。快递员在交接单上签字"

    def fields(self) -> Sequence[Field]:
        """Who of the courier's takes them."""
        return (Field("courier", "快递员", hint="来取的人，姓名或工号"),)

    def event(self, values: dict[str, str]) -> Returned:
        """The return, as the first says it for all."""
        return Returned.model_validate(values | {"reason": self.ticked()[0].reason or REASONS[0]})

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """One return for each, each for its own reason."""
        assert isinstance(event, Returned)
        ticked = self.ticked()
        found = parcels.together(ticked, event)
        return [
            (act.model_copy(update={"reason": one.reason or REASONS[0]}), subject)
            for (act, subject), one in zip(found, ticked, strict=True)
        ]
