"""What the counter asks about parcels: scanned in one after another, handed over all at once, given back to the courier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key
from textual.widgets import Input, SelectionList, Static
from textual.widgets.selection_list import Selection

from data.records import Event, Refused
from data.store import Done
from desk import china, parcels, residents, shelves
from desk.parcels import CONDITIONS, PICKERS, PROOFS, Collected, Parcel, Returned, TakenIn
from desk.shelves import SIZES
from screens.form import Field, Form

CONSENTS = ("已电话同意", "未同意")
SPECIALS = ("无", *parcels.SPECIALS[1:])
LAST = 3
"""How many of the parcels just taken in stay on the glass."""


class TakeIn(Form):
    """Takes parcels in, one after another: scan, room, Enter. Courier and shelf stay for the next; Esc ends the round."""

    TITLE = "包裹入库"
    moment = "快递"
    lead = "扫单号 → 房号 → Enter 入库，接着下一件。房号填 + 与上一件同户。Esc 结束"
    losing = "这一件还没入库，要放弃吗？"

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room
        self.taken: list[Parcel] = []
        self.scanned = self.guessed = self.sticky = self.known = self.called = ""

    def above(self) -> ComposeResult:
        """How many so far, and the last few codes."""
        yield Static("", id="taken")

    def fields(self) -> Sequence[Field]:
        """In the order a scanner and a clerk fill them; after the room everything may be left alone."""
        return (
            Field("waybill", "单号", hint="扫码；没有单号就空着"),
            Field("room", "房号", default=self.room, hint="+ 与上一件同户", room=True, enough=True),
            Field("consented", "代收同意", CONSENTS, enough=True),
            Field("courier", "快递公司", china.COURIERS, enough=True),
            Field("size", "件型", SIZES, default="小"),
            Field("shelf", "货架", hint=self.free("小")),
            Field("addressee", "收件称呼"),
            Field("description", "样子", hint="没有单号时写明是什么样的包裹"),
            Field("condition", "外观", CONDITIONS, default=CONDITIONS[0]),
            Field("special", "特殊", SPECIALS, default=SPECIALS[0]),
        )

    def on_mount(self) -> None:
        """Whether the household agrees is asked only where it is not known."""
        self.row("consented").display = False
        self.query_one("#taken").display = False

    def free(self, size: str) -> str:
        """Where the desk would put a parcel of that size."""
        with self.desk.store.read() as read:
            shelf, layer = shelves.suggest(read, next((one for one in SIZES if one == size), "小"))
        return f"空着就放 {shelf or '地'}-{layer}"

    def settle(self, name: str) -> bool:
        """A waybill in its proper form and not here already; + for the room before."""
        box = self.query_one(f"#{name}", Input)
        typed = box.value.strip()
        if name == "room" and china.fold_digits(typed) == "+" and self.taken:
            box.value = self.taken[-1].room
        if name == "waybill" and typed:
            try:
                box.value = china.waybill(typed)
            except ValueError as error:
                return self.buzz(name, str(error))
            with self.desk.store.read() as read:
                twin = parcels.by_waybill(read, box.value)
            if twin and twin.state == shelves.HELD:
                return self.buzz(name, f"这个单号已在库，取件码 {twin.code}（{twin.room}），不用再入")
        return super().settle(name)

    def buzz(self, name: str, text: str) -> bool:
        """A sound for the ear at the scanner, and the sentence for the eye; the next scan replaces what was read."""
        self.say(name, text)
        self.app.bell()
        self.query_one(f"#{name}", Input).action_select_all()
        return False

    def settled(self, name: str) -> None:
        """The waybill tells the courier, the room the addressee, the size the shelf."""
        values = self.values()
        if name == "waybill" and values["waybill"] != self.scanned:
            self.scanned = values["waybill"]
            guess = china.courier_of(self.scanned) or ""
            if guess or values["courier"] in ("", self.guessed):
                self.query_one("#courier", Input).value = guess or self.sticky
                self.guessed = guess
        elif name == "room" and values["room"] != self.known:
            self.known = values["room"]
            with self.desk.store.read() as read:
                owner = residents.owner_name(read, self.known)
            box = self.query_one("#addressee", Input)
            if box.value == self.called:
                box.value = self.called = owner
            self.row("consented").display = False
            self.query_one("#consented", Input).value = ""
        elif name == "size":
            self.offer(Field("shelf", "货架", hint=self.free(values["size"])))

    def event(self, values: dict[str, str]) -> TakenIn:
        """The parcel; a shelf is written `2`, `2-5` or 地."""
        where = re.fullmatch(r"(\d{1,2}|地)(?:-(\d))?", china.fold_digits(values["shelf"]))
        if values["shelf"] and not where:
            raise Refused("货架写架号或架-层，例如 2-5；空着自动安排", "shelf")
        shelf = None if where is None else shelves.FLOOR if where[1] == "地" else int(where[1])
        return TakenIn.model_validate(
            values
            | {
                "shelf": shelf,
                "layer": int(where[2]) if where and where[2] else None,
                "special": values["special"].replace(SPECIALS[0], ""),
                "consented": values["consented"] == CONSENTS[0],
            }
        )

    def nothing_to_save(self) -> bool:
        """A second press finds the next parcel not begun."""
        return bool(self.taken) and self.values() == self.begun

    def saved(self, done: Done) -> None:
        """Taken in; begin the next."""
        assert isinstance(done.record, Parcel)
        self.done = done
        self.taken.append(done.record)
        self.begin_next()

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """What the household must be asked gets its line; everything else is heard as well as seen."""
        faults = [("shelf" if name == "layer" else name, text) for name, text in faults]
        if any(name == "consented" for name, _ in faults):
            self.row("consented").display = True
        else:
            self.app.bell()
        super().fault(faults)

    def begin_next(self) -> None:
        """Empty what belongs to one parcel, keep what belongs to the cart."""
        values = self.values()
        if values["courier"] != self.guessed:
            self.sticky = values["courier"]
        for name in ("waybill", "room", "consented", "addressee", "description"):
            self.query_one(f"#{name}", Input).value = ""
        for name, first in (("size", "小"), ("condition", CONDITIONS[0]), ("special", SPECIALS[0])):
            self.query_one(f"#{name}", Input).value = first
        self.scanned = self.known = self.called = ""
        self.row("consented").display = False
        self.offer(Field("shelf", "货架", hint=self.free("小")))
        self.begun = self.values()
        said = Text(f"已入 {len(self.taken)} 件，请贴好标签", "bold")
        for parcel in reversed(self.taken[-LAST:]):
            said.append(f"\n  {parcel.code}", "bold")
            said.append(f"  {parcel.room} {parcel.addressee}  {parcel.courier} {parcel.waybill[-4:]}", "not bold")
        shown = self.query_one("#taken", Static)
        shown.update(said)
        shown.display = True
        self.query_one("#waybill", Input).focus()


class Ticks(SelectionList[int]):
    """Parcels to tick, by space or by their digit."""

    def on_key(self, event: Key) -> None:
        """A digit ticks or unticks its line."""
        if event.character and event.character in "123456789" and int(event.character) <= self.option_count:
            event.stop()
            self.toggle(int(event.character) - 1)


class HandOver(Form):
    """Everything held for a household, all ticked, into somebody's hands in one go."""

    BINDINGS = [Binding("ctrl+g", "tick", "选包裹", tooltip="去包裹列表：空格或数字勾选")]
    moment = "快递"

    def __init__(self, room: str, held: Sequence[Parcel], owner: str) -> None:
        super().__init__()
        self.room, self.held = room, tuple(held)
        self.title = f"取件  {room}  {owner}"
        self.given = 0

    def above(self) -> ComposeResult:
        """The parcels, longest held first."""
        now = datetime.now()
        yield Ticks(
            *(
                Selection(
                    Text(
                        f"{n if n < 10 else ' '} {one.code}  {one.courier} {one.waybill[-4:] or one.description[:6]}  "
                        f"{one.size}{f'·{one.special}' if one.special else ''}  {parcels.LEVELS[parcels.level(one, now)]}"
                    ),
                    n - 1,
                    initial_state=True,
                )
                for n, one in enumerate(self.held, 1)
            ),
            id="held",
        )

    def fields(self) -> Sequence[Field]:
        """Who takes them and what shows that they may."""
        return (
            Field("by_whom", "取件人", PICKERS),
            Field("name", "姓名", hint="代取人的姓名"),
            Field("relation", "关系", ("邻居", "亲戚", "朋友", "保姆", "同事"), free=True),
            Field("proof", "凭据", PROOFS, enough=True),
        )

    def on_mount(self) -> None:
        """Name and relation are asked of who is no member of the household."""
        self.row("name").display = self.row("relation").display = False

    def settled(self, name: str) -> None:
        """Somebody else needs a name."""
        if name == "by_whom":
            other = self.values()["by_whom"] == "代取"
            self.row("name").display = self.row("relation").display = other

    def ticked(self) -> list[Parcel]:
        """What is to go."""
        chosen = self.query_one("#held", Ticks).selected
        return [one for n, one in enumerate(self.held) if n in chosen]

    def event(self, values: dict[str, str]) -> Collected:
        """The hand-over, as the first of the ticked parcels says it for all."""
        ticked = self.ticked()
        if not ticked:
            raise Refused("请至少勾选一件（Ctrl+G 到列表，空格或数字勾选）")
        if values["by_whom"] != "代取":
            values = values | {"name": "", "relation": ""}
        self.subject = ticked[0].id
        return Collected.model_validate(values | {"codes": tuple(one.code for one in ticked)})

    def act(self, event: Event) -> Done:
        """Hand over all that is ticked in one transaction, all or none."""
        assert isinstance(event, Collected)
        ticked = self.ticked()
        done = self.desk.act_all(parcels.collect_all(ticked, event))
        self.given = len(ticked)
        return done[0]

    def action_tick(self) -> None:
        """Go to the parcels."""
        self.query_one("#held").focus()


class GiveBack(Form):
    """The courier takes a parcel back."""

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.subject = parcel.id
        self.title = f"退件 {parcel.code}  {parcel.room}"
        self.lead = f"{parcel.courier} {parcel.waybill}；交给快递员本人，不拆不扔"

    def fields(self) -> Sequence[Field]:
        """Why, and who of the courier's took it."""
        return (
            Field("reason", "原因", ("超过七天无人取", "住户拒收", "查无此人", "送错小区"), free=True),
            Field("courier", "快递员", hint="来取的人，姓名或工号"),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The return."""
        return Returned.model_validate(values)
