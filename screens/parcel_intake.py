"""Taking parcels in at the counter: scan, room, Enter, one after another, alone or as a courier's round."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import Input, Static

from data.records import Event, Refused
from data.store import Done
from desk import china, parcel_refusals, parcel_rooms, shelves
from desk.batches import Batch, TurnedAway
from desk.parcels import CONDITIONS, SPECIALS, Parcel, TakenIn, Undone
from desk.shelves import SIZES, Size
from screens.form import Field
from screens.parcel_batch import Round
from screens.parcel_told import taken_lines

CONSENTS = ("已电话同意", "未同意")
NONE = ("无", *SPECIALS[1:])
SAME, UNDO, AWAY = "+", "-", "*"
"""Keys of the number block: as the one before; undo the last one; not taken in."""


class TakeIn(Round):
    """Takes parcels in, one after another: scan, room, Enter. Courier and shelf stay for the next; Esc ends the round."""

    TITLE = "包裹入库"
    moment = "快递"
    lead = "扫单号 → 房号或手机尾号 → Enter。房号：+ 与上一件同户，* 不收；单号：- 撤回上一件，+ 整批。Esc 结束"
    losing = "这一件还没入库，要放弃吗？"

    def __init__(self, room: str = "", cart: Batch | None = None) -> None:
        super().__init__(cart)
        self.room, self.told = room, ""
        self.taken: list[Parcel] = []
        self.place: tuple[int, int] | None = None
        self.tails: Sequence[tuple[str, str]] = ()
        self.sure: dict[str, str] = {}
        self.scanned = self.guessed = self.known = self.called = ""
        self.sized = ""

    def above(self) -> ComposeResult:
        """How many so far, and the last few codes."""
        yield Static("", id="taken")

    def fields(self) -> Sequence[Field]:
        """In the order a scanner and a clerk fill them; after the room everything may be left alone."""
        return (
            Field("waybill", "单号", hint="扫码；没有单号就空着"),
            self.room_field(),
            Field("consented", "代收同意", CONSENTS, enough=True),
            Field("courier", "快递公司", china.COURIERS, enough=True),
            Field("size", "件型", SIZES, default="小"),
            Field("shelf", "货架"),
            Field("addressee", "收件称呼", hint="空着写户主"),
            Field("description", "样子", hint="没有单号时写明是什么样的包裹"),
            Field("condition", "外观", CONDITIONS, default=CONDITIONS[0]),
            Field("special", "特殊", NONE, default=NONE[0]),
        )

    def room_field(self, told: str = "") -> Field:
        """The room, with what is known of its household beside it."""
        return Field("room", "房号", default=self.room, hint=told or "+ 与上一件同户；手机尾号也行", room=True, enough=True)

    def on_mount(self) -> None:
        """Whether the household agrees is asked only where it is not known."""
        self.row("consented").display = False
        self.show_taken()
        if self.cart:
            self.begin_batch(self.cart)
        else:
            self.suggest()
        self.set_interval(1, self.head)

    def begin_batch(self, batch: Batch) -> None:
        """Its shelf is another one."""
        super().begin_batch(batch)
        self.suggest()

    def suggest(self) -> None:
        """Say where the desk would put a parcel of this size, and how full it is there."""
        size = self.sized = self.values()["size"]
        kind: Size = next((one for one in SIZES if one == size), "小")
        with self.desk.store.read() as read:
            shelf, layer = self.place = shelves.suggest(read, kind, self.shelf_of(size))
            standing = shelves.standing_at(read, shelf, layer)
        full = f"，那里已有 {standing} 件" if standing >= shelves.FULL else ""
        self.offer(Field("shelf", "货架", hint=f"空着就放 {shelves.place(shelf, layer)}{full}"))

    def shelf_of(self, size: str) -> int | None:
        """The shelf of the round, for what a shelf can bear."""
        return self.cart.shelf if self.cart and size not in ("大", "超大") else None

    def settle(self, name: str) -> bool:
        """A waybill in its proper form and not here already; a room, or one of those a phone's last four mean."""
        box = self.box(name)
        if self.sure.get(name) == box.value:  # asked once more before saving
            return True
        typed = china.fold_digits(box.value)
        if name == "waybill" and typed in (SAME, UNDO):
            return self.undo() if typed == UNDO else self.whole_cart()
        if name == "waybill" and typed:
            try:
                box.value = china.waybill(typed)
            except ValueError as error:
                return self.buzz(name, str(error))
            with self.desk.store.read() as read:
                twin = parcel_refusals.refuse_twin(read, box.value)
            if twin:
                return self.buzz(name, str(twin))
        if name == "room" and typed == AWAY:
            box.value = ""
            if self.cart is None:
                return self.buzz(name, "没有开批，不收的让快递员带回就行；整批请先在单号里填 +")
            self.turn_away()
            return False
        if name == "room" and not self.settle_room(box, typed):
            return False
        if not super().settle(name):
            return self.ring()
        self.sure[name] = box.value
        return True

    def settle_room(self, box: Input, typed: str) -> bool:
        """+ for the room before; a digit for one of those offered; four digits for whose phone ends so, never guessed."""
        if typed == SAME and self.taken:
            box.value = self.taken[-1].room
        if self.tails and typed.isdecimal() and 1 <= int(typed) <= len(self.tails):
            box.value = self.tails[int(typed) - 1][0]
        elif re.fullmatch(r"\d{4}", typed):
            with self.desk.store.read() as read:
                self.tails = parcel_rooms.by_tail(read, typed)
            if self.tails:
                listed = "  ".join(f"{n}) {room} {china.mask_name(who)}" for n, (room, who) in enumerate(self.tails, 1))
                many = "有两户" if len(self.tails) == 2 else f"有 {len(self.tails)} 户" if len(self.tails) > 1 else "是"
                self.say("room", f"尾号 {typed} {many}：{listed}，按数字选")
                box.action_select_all()
                return False
        self.tails = ()
        return True

    def undo(self) -> bool:
        """The one before was a slip of the hand."""
        if not self.taken:
            return self.buzz("waybill", "这一轮还没有入过库，没有可撤回的")
        last = self.taken[-1]
        try:
            self.desk.act(Undone(), last.id)
        except Refused as refused:
            return self.buzz("waybill", str(refused))
        self.taken.pop()
        self.counted -= 1
        self.begin_next(f"已撤回 {last.code} {last.room}，请撕掉它的标签")
        return False

    def settled(self, name: str) -> None:
        """The waybill tells the courier, the room the household, the size the shelf."""
        values = self.values()
        if name == "waybill" and values["waybill"] != self.scanned:
            self.scanned = values["waybill"]
            guess = china.courier_of(self.scanned) or ""
            if guess or values["courier"] in ("", self.guessed):
                self.box("courier").value = guess or self.sticky
                self.guessed = guess
        elif name == "room" and values["room"] != self.known:
            self.known = values["room"]
            with self.desk.store.read() as read:
                about = parcel_rooms.about(read, self.known)
            self.called = about.owner
            self.offer(self.room_field(about.told))
            self.row("consented").display = about.consent == "每次问"
            self.box("consented").value = ""
        elif name == "size" and values["size"] != self.sized:
            self.suggest()

    def event(self, values: dict[str, str]) -> Event:
        """The parcel, or, where its household does not want it, a line of the round; a shelf is written `2`, `2-5` or 地."""
        self.subject = None
        if self.cart and values["consented"] == CONSENTS[1]:
            self.subject = self.cart.id
            return TurnedAway(why="未同意", waybill=values["waybill"], room=values["room"])
        where = re.fullmatch(r"(\d{1,2}|地)(?:-(\d))?", china.fold_digits(values["shelf"]))
        if values["shelf"] and not where:
            raise Refused("货架写架号或架-层，例如 2-5；空着自动安排", "shelf")
        shelf, layer = self.place or (self.shelf_of(values["size"]), None)  # as it was said beside the field
        if where:
            shelf, layer = shelves.FLOOR if where[1] == "地" else int(where[1]), int(where[2] or 0)
        return TakenIn.model_validate(
            values
            | {
                "shelf": shelf,
                "layer": layer or None,
                "addressee": values["addressee"] or self.called,
                "special": values["special"].replace(NONE[0], ""),
                "consented": values["consented"] == CONSENTS[0],
                "batch": self.cart.id if self.cart else "",
            }
        )

    def nothing_to_save(self) -> bool:
        """A second press finds the next parcel not begun."""
        return bool(self.taken or self.told) and self.values() == self.begun

    def saved(self, done: Done) -> None:
        """Taken in, or turned away; begin the next."""
        if isinstance(done.record, Batch):
            self.cart = done.record
            self.begin_next(f"已记拒收第 {self.cart.away} 件，请快递员带回")
            return
        assert isinstance(done.record, Parcel)
        self.done = done
        self.taken.append(done.record)
        self.counted += 1
        odd = (
            self.cart and done.record.courier != self.cart.courier and f"像是{done.record.courier}的件，不是{self.cart.courier}"
        )
        drug = done.record.special == "药" and "药品请今天送上门"
        self.begin_next(odd or drug or "")

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """What the household must be asked gets its line; everything else is heard as well as seen."""
        faults = [({"layer": "shelf", "batch": "waybill"}.get(name, name), text) for name, text in faults]
        if any(name == "consented" for name, _ in faults):
            self.row("consented").display = True
        else:
            self.app.bell()
        super().fault(faults)

    def begin_next(self, told: str = "") -> None:
        """Empty what belongs to one parcel, keep what belongs to the cart; `told` is what to know of the one before."""
        self.told = told
        values = self.values()
        if self.cart is None and values["courier"] != self.guessed:
            self.sticky = values["courier"]
        fresh = dict.fromkeys(("waybill", "room", "consented", "addressee", "description"), "")
        fresh |= {"size": "小", "condition": CONDITIONS[0], "special": NONE[0]}
        if self.cart:
            fresh |= {"shelf": "", "courier": self.sticky}
            self.guessed = ""
        with self.prevent(Input.Changed):
            for name, value in fresh.items():
                self.box(name).value = value
        self.scanned = self.known = self.called = ""
        self.tails, self.sure = (), {}
        self.row("consented").display = False
        self.room = ""
        self.offer(self.room_field())
        self.place = None
        self.set_timer(0.05, self.suggest)  # thousands are counted for it: the eye first
        self.say("waybill", "")
        self.mind()
        self.begun = self.values()
        self.show_taken()
        self.head()
        self.set_focus(self.box("waybill"))

    def show_taken(self) -> None:
        """What the last ones became, newest first; no line wraps, so nothing below moves."""
        self.query_one("#taken", Static).update(taken_lines(self.taken, self.told), layout=False)
