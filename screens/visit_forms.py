"""The forms of visitors: let in by four answers, one digit or a code; turned away; staying the night; a group going out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget
from textual.widgets import Input

from data.records import Event, Refused
from data.store import Done
from desk import bookings, fields, permits, staff, visits
from desk.bookings import Booking
from desk.china import fold_digits
from desk.permits import Permit
from desk.visitor_fields import CATEGORIES, OFFICE
from desk.visits import CONFIRMATIONS, REASONS, TRADES, Arrived, Left, StayedOver, TurnedAway, Visit
from screens.choice import Choice
from screens.form import Field, Form
from screens.hours import back_by, clock

TITLES = ("先生", "女士", "师傅", "一家人")

OTHER = "其他来访"
"""Whoever comes to a household without being one of those it lets in for longer."""


class Arrive(Form):
    """A visitor is let in; four answers are enough, and Enter on the fourth saves.

    Whoever the household lets in for longer stands by digit before the rest; a booking's four digits in 到访 fill it all in.
    """

    TITLE = "访客登记"
    moment = "访客"
    lead = "前四项填好按 Enter 就放行；有预约码的在“到访”里输入四位码"

    def __init__(self, room: str = "", permit: Permit | None = None, booking: Booking | None = None) -> None:
        super().__init__()
        self.room, self.permit, self.booking = room, permit, booking
        self.called = ""
        self.known: dict[str, Permit] = {}
        if booking:
            self.room = booking.room
            self.lead = f"请客人报出四位预约码 {booking.code}，对上了按 Enter 放行"

    def fields(self) -> Sequence[Field]:
        """Whom to, what for, how called, by whose leave; then what may be added."""
        return (
            Field("room", "到访", default=self.room, hint="房号或预约码；办事填 公共事务", room=True),
            Field("known", "授权", (OTHER,)),
            Field("category", "类型", CATEGORIES),
            Field("name", "称呼", TITLES, free=True),
            Field("confirmed_by", "确认方式", CONFIRMATIONS, enough=True),
            Field("headcount", "人数", default="1"),
            Field("phone", "电话", hint="装修、搬家必填"),
            Field("plate", "车牌", hint="京A12345"),
            Field("company", "单位"),
            Field("leave_by", "预计离开", hint="18:30"),
            Field("note", "备注", hint="不记证件号码"),
        )

    def on_mount(self) -> None:
        """With what is known of the household, then the first field that is empty."""
        self.offer_known()
        if self.booking:
            self.book(self.booking)
        elif self.permit:
            self.query_one("#known", Input).value = permits.called(self.permit)
            self.let(self.permit)
        super().on_mount()

    def first(self) -> Widget:
        """The first that is empty and asked; by whose leave, where that is filled in."""
        if self.booking or self.permit:
            return self.query_one("#confirmed_by", Input)
        asked = [box for box in self.query(Input) if self.row(box.id or "").display]
        return next((box for box in asked if not box.value), asked[0])

    def offer_known(self) -> None:
        """Put those whom the household lets in now by digit; with none of them nobody is asked."""
        with self.desk.store.read() as read:
            holding = permits.valid(read, self.room, fields.wall()) if self.room else []
        self.known = {permits.called(one): one for one in holding[:8]}
        options = (*self.known, OTHER)
        self.offer(Field("known", "授权", options))
        box = self.query_one("#known", Choice)
        box.options, box.value = options, ""
        self.row("known").display = bool(self.known) and not self.booking

    def settle(self, name: str) -> bool:
        """The office is no room, but may be visited; four digits are a guest's code."""
        box = self.query_one(f"#{name}", Input)
        typed = box.value.strip()
        if name == "room" and typed and OFFICE.startswith(typed):
            box.value = OFFICE
            self.say(name, "")
            self.settled(name)
            return True
        if name == "room" and re.fullmatch(r"\d{4}", code := fold_digits(typed)):
            try:
                with self.desk.store.read() as read:
                    self.book(bookings.said(read, code, fields.wall()))
            except Refused as refused:
                self.say(name, str(refused))
                return False
        return super().settle(name)

    def settled(self, name: str) -> None:
        """Another room, another household's leave; who comes for a trade is called by it."""
        values = self.values()
        if name == "room" and values["room"] != self.room:
            self.room, self.booking = values["room"], None
            self.let(None)
            self.offer_known()
        elif name == "known" and self.known.get(values["known"]) is not self.permit:
            self.let(self.known.get(values["known"]))
        box = self.query_one("#name", Input)
        if name == "category" and box.value == self.called:
            box.value = self.called = TRADES.get(self.values()["category"], "")

    def let(self, permit: Permit | None) -> None:
        """Fill in what a permission says, or take away what the one before said."""
        if permit is None and self.permit is None:
            return
        self.permit = permit
        if permit:
            self.put(permits.category(permit), permit.name, "长期授权", permit.plate)
        else:
            self.put("", "", "", "")

    def book(self, booking: Booking) -> None:
        """Fill in what a booking says."""
        self.room, self.booking, self.permit = booking.room, booking, None
        self.query_one("#room", Input).value = booking.room
        self.query_one("#headcount", Input).value = str(booking.headcount)
        self.row("known").display = False
        self.put(booking.category, booking.name, "预约码", booking.plate)

    def put(self, category: str, name: str, confirmed_by: str, plate: str) -> None:
        """Who comes, and by whose leave."""
        for field, value in (("category", category), ("name", name), ("confirmed_by", confirmed_by), ("plate", plate)):
            self.query_one(f"#{field}", Input).value = value

    def after(self, name: str) -> str | None:
        """Who is known is let in; a guard at night types no Chinese, and a delivery has its name already."""
        guard = self.desk.actor is not None and self.desk.actor.role == staff.GUARD
        if (name == "room" and self.booking) or (name == "known" and self.permit):
            return "confirmed_by"
        if name == "category" and (self.called or guard):
            return "confirmed_by"
        return super().after(name)

    def event(self, values: dict[str, str]) -> Arrived:
        """The arrival; a permission or booking counts as long as its word is chosen."""
        values.pop("known")
        by = values["confirmed_by"]
        said = {
            "headcount": fold_digits(values["headcount"]) or "1",
            "leave_by": clock(values["leave_by"]),
            "permit": self.permit.id if self.permit and by == "长期授权" else "",
            "booking": self.booking.id if self.booking and by == "预约码" else "",
        }
        return Arrived.model_validate(values | said)

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The visit, and that the code was used."""
        assert isinstance(event, Arrived)
        return visits.arrival(event)

    def act(self, event: Event) -> Done:
        """Let them in. Raises Refused."""
        return self.desk.act_all(self.acts(event))[0]


class TurnAway(Form):
    """A visitor is not let in."""

    TITLE = "拒绝来访"
    lead = "没有放行的来访也记下来；不当面争执，必要时报主管或 110"

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room

    def fields(self) -> Sequence[Field]:
        """Whom to, what for, why not; then what may be added."""
        return (
            Field("room", "到访", default=self.room, hint="房号", room=True),
            Field("category", "类型", CATEGORIES),
            Field("reason", "原因", REASONS, free=True, enough=True),
            Field("name", "称呼"),
            Field("plate", "车牌"),
            Field("note", "备注", hint="不记证件号码"),
        )

    def event(self, values: dict[str, str]) -> TurnedAway:
        """The refusal."""
        return TurnedAway.model_validate(values)


class OfVisit(Form):
    """What is done about one visit."""

    words: ClassVar[str] = ""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit, self.subject = visit, visit.id
        self.title = f"{self.words} {visit.number}  {visit.room} {visits.called(visit)}"


class StayOver(OfVisit):
    """A guest stays the night, and the household knows."""

    words = "留宿"
    lead = "问过住户再登记；空着按 Enter 就是到明天中午"

    def fields(self) -> Sequence[Field]:
        """Until when."""
        return (Field("until", "到什么时候", hint="明天 10:00、11-28；空着是明天中午"), Field("note", "备注"))

    def event(self, values: dict[str, str]) -> StayedOver:
        """The night."""
        return StayedOver(until=back_by(values["until"]), note=values["note"])


class GroupOut(OfVisit):
    """A group goes out, and there are not as many as were written down."""

    words = "签离"
    lead = "实际是几个人，改好按 Enter 签离"

    def fields(self) -> Sequence[Field]:
        """How many they were."""
        return (Field("headcount", "人数", default=str(self.visit.headcount)),)

    def event(self, values: dict[str, str]) -> Left:
        """They were seen leaving."""
        return Left.model_validate({"headcount": fold_digits(values["headcount"]) or None})
