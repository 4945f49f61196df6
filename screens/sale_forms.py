"""A room changes hands: its bills split by the day, its new owner in the register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from data.entry import new_id
from data.records import Event, Refused
from data.store import Done
from desk import china, fields, residents, sales, staff
from desk.residents import OWNERS, Home, HomeBegan, HomeChanged, HomeEnded, Person, PersonRegistered
from screens.form import Field, Form
from screens.second import SECOND, second

if TYPE_CHECKING:
    from screens.app import FrontDesk

Acts = list[tuple[Event, str | None]]


class Sell(Form):
    """The sale of a room, with what it does to bills and register in one transaction."""

    def __init__(self, room: str, people: Sequence[tuple[Home, Person]]) -> None:
        super().__init__()
        self.room, self.people = room, tuple(people)
        self.all: Acts = []
        self.notes: list[str] = []
        self.title = f"房屋过户  {room}"
        self.lead = "过户当天起归新业主；跨过这一天、还没收过款的账单按天拆成两笔"

    def fields(self) -> Sequence[Field]:
        """From when, from whom, to whom."""
        owners = "、".join(person.name for home, person in self.people if home.role in OWNERS)
        return (
            Field("date", "过户日期", default=f"{fields.wall():%Y-%m-%d}", hint="新业主的第一天"),
            Field("seller", "原业主", default=owners, hint="共有人都写上"),
            Field("buyer", "新业主", hint="姓名；有共有人的先写一位"),
            Field("phone", "电话", hint="新业主的，可以不填"),
            *(() if self.alone else SECOND),
        )

    @property
    def alone(self) -> bool:
        """A supervisor may take bills back alone."""
        return self.desk.actor is not None and self.desk.actor.role in staff.SUPERVISION

    def first(self) -> Widget:
        """The day is only proposed."""
        return self.query_one("#date")

    def event(self, values: dict[str, str]) -> Event:
        """The sale; what else goes with it waits for `acts`."""
        assert self.desk.actor is not None
        if not values["buyer"]:
            raise Refused("请写上新业主的姓名，拆开的账单要写明由谁承担", "buyer")
        try:
            phone = china.phone(values["phone"]) if values["phone"] else ""
        except ValueError as error:
            raise Refused(str(error), "phone") from None
        agreed = "" if self.alone else second(self.desk, values)
        said = (self.room, values["date"], values["seller"], values["buyer"])
        with self.desk.store.read() as read:
            transfer = sales.sale_acts(read, *said, self.desk.actor, agreed)
        sold = transfer.acts[0][0]
        assert isinstance(sold, sales.RoomSold)
        self.all, self.notes = list(transfer.acts), list(transfer.notes)
        if sold.date <= f"{fields.wall():%Y-%m-%d}":
            self.all += self.register(sold.buyer, phone)
        else:
            self.notes.append(f"{sold.date} 才过户，住户资料还是原业主，到那天请更新")
        return sold

    def register(self, buyer: str, phone: str) -> Acts:
        """The buyer becomes the owner, the owners of before belong to the room no longer; who else lives there stays."""
        gone: Acts = [
            (HomeEnded(reason="过户"), home.id) for home, person in self.people if home.role in OWNERS and person.name != buyer
        ]
        here = next((home for home, person in self.people if person.name == buyer), None)
        if here:
            return [*gone, *([(HomeChanged(role="业主"), here.id)] if here.role != "业主" else [])]
        person = PersonRegistered(uid=new_id(), name=buyer, phone=phone, initials=residents.initials(buyer))
        return [*gone, (person, None), (HomeBegan(room=self.room, person=person.uid), None)]

    def acts(self, event: Event) -> Acts:
        """The sale first."""
        return self.all

    def act(self, event: Event) -> Done:
        """All of it, or nothing. Raises Refused."""
        return self.desk.act_all(self.all)[0]


async def sell_for(desk: FrontDesk, room: str) -> Done | None:
    """Register the sale of a room; what is left to people is said. Runs in a worker."""
    with desk.store.read() as read:
        form = Sell(room, residents.household(read, room))
    done = await desk.push_screen_wait(form)
    for note in form.notes if done else ():
        desk.notify(note, severity="warning", timeout=20, markup=False)
    return done
