"""Visitors at the counter and the gate: in by three digits, out by one key, and who has been inside too long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Input

from data.records import Refused
from desk import fields, residents, staff, visits
from desk.china import fold_digits, mask_phone
from desk.visits import CATEGORIES, CONFIRMATIONS, REASONS, Arrived, Left, TurnedAway, Visit
from screens.counter import SHOWN, Counter, hour
from screens.form import Field, Form

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk

CALLED = {"外卖": "外卖员", "快递": "快递员"}
"""What somebody is called whose name nobody asks for."""

TITLES = ("先生", "女士", "师傅", "一家人")


def clock(text: str) -> str:
    """An hour as typed (`18:30`, `1830`, `18点`) as the next wall time of that hour; anything else as it is."""
    said = fold_digits(text)
    match = re.fullmatch(r"(\d{1,2})(?:[:点时]?(\d{2})分?|[:点时])", said)
    if not match or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return said
    now = fields.wall()
    then = now.replace(hour=int(match[1]), minute=int(match[2] or 0), second=0, microsecond=0)
    return (then if then > now else then + timedelta(days=1)).isoformat(timespec="minutes")


class Arrive(Form):
    """A visitor is let in; four answers are enough, and Enter on the fourth saves."""

    TITLE = "访客登记"
    lead = "前四项填好按 Enter 就放行；Tab 往下可以多记几样"

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room
        self.called = ""

    def fields(self) -> Sequence[Field]:
        """Whom to, what for, how called, by whose leave; then what may be added."""
        return (
            Field("room", "到访", default=self.room, hint="房号；办事填 公共事务", room=True),
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

    def settle(self, name: str) -> bool:
        """The office is no room, but may be visited."""
        box = self.query_one(f"#{name}", Input)
        if name == "room" and box.value.strip() and visits.OFFICE.startswith(box.value.strip()):
            box.value = visits.OFFICE
            self.say(name, "")
            return True
        return super().settle(name)

    def settled(self, name: str) -> None:
        """Who comes for a trade is called by it."""
        box = self.query_one("#name", Input)
        if name == "category" and box.value == self.called:
            box.value = self.called = CALLED.get(self.values()["category"], "")

    def after(self, name: str) -> str | None:
        """A guard at night types no Chinese, and a delivery has its name already: both go on to whose leave it is."""
        guard = self.desk.actor is not None and self.desk.actor.role == staff.GUARD
        if name == "category" and (self.called or guard):
            return "confirmed_by"
        return super().after(name)

    def event(self, values: dict[str, str]) -> Arrived:
        """The arrival."""
        return Arrived.model_validate(
            values | {"headcount": fold_digits(values["headcount"]) or "1", "leave_by": clock(values["leave_by"])}
        )


class TurnAway(Form):
    """A visitor is not let in."""

    TITLE = "拒绝来访"
    lead = "没有放行的来访也记下来；不当面争执，必要时报主管或 110"

    def fields(self) -> Sequence[Field]:
        """Whom to, what for, why not; then what may be added."""
        return (
            Field("room", "到访", hint="房号", room=True),
            Field("category", "类型", CATEGORIES),
            Field("reason", "原因", REASONS, free=True, enough=True),
            Field("name", "称呼"),
            Field("plate", "车牌"),
            Field("note", "备注", hint="不记证件号码"),
        )

    def event(self, values: dict[str, str]) -> TurnedAway:
        """The refusal."""
        return TurnedAway.model_validate(values)


class Visits(Counter):
    """Who is inside, those too long first; then who else came today."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "turn_away", "不放行", tooltip="没有让进来的访客：记下原因", priority=True)
    ]
    heading = "访客"
    looking_for = "房号 / 称呼 / 车牌 / 单号；扫访客单签离"
    columns = (("进入", 6), ("到访", 10), ("来访", 10), ("状态", 12))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(30, self.reload)

    def rows(self, read: Session, text: str) -> Sequence[Visit]:
        """Inside first, then the rest of today; with something in the search box, those it means."""
        now = datetime.now()
        inside = sorted(visits.inside(read), key=lambda one: -visits.overstay(one, now))
        recent = visits.recent(read)
        if not text:
            today = [one for one in recent if one.opened_at[:10] == f"{now:%Y-%m-%d}"]
            return list({one.id: one for one in (*inside, *today)}.values())[:SHOWN]
        records, rooms = self.meant(read, text, "visits")
        listed = {one.id: one for one in (*inside, *recent)}
        return [
            one
            for one in listed.values()
            if one.id in records or one.room in rooms or text.upper() in f"{one.room} {one.name} {one.plate} {one.category}"
        ]

    def cells(self, record: Any) -> Sequence[str]:
        """When, whom to, who, and whether it is time to go."""
        return record.opened_at[11:16], record.room, visits.called(record), standing(record)

    def detail(self, read: Session, record: Any) -> Text:
        """Everything noted of the visit, by whose leave, and until when."""
        said = Text()
        said.append(f"{record.number}  {standing(record)}\n", "bold")
        owner = residents.owner_name(read, record.room)
        said.append(f"{record.room}{f' {owner}' if owner else ''}\n")
        people = f" {record.headcount} 人" if record.headcount > 1 else ""
        said.append(f"{record.category} · {visits.called(record)}{people}\n")
        said.append(f"确认  {record.confirmed_by}\n" if record.confirmed_by else f"不放行  {record.reason}\n")
        for label, value in (
            ("电话", mask_phone(record.phone)),
            ("车牌", record.plate),
            ("单位", record.company),
            ("备注", record.note),
        ):
            if value:
                said.append(f"{label}  {value}\n")
        said.append(f"登记  {hour(record.opened_at)} {staff.names(read).get(record.opened_by, '')}\n")
        until = visits.due(record)
        if record.state == visits.INSIDE:
            said.append(f"应离  {hour(until.isoformat()) if until else '不限时'}\n\n")
            said.append("F9 签离\n", "bold")
        elif record.state == visits.LEFT:
            said.append(f"离开  {hour(record.left_at)}\n")
        elif record.state == visits.SIGNED_OUT:
            said.append("离开时间不详（系统签离）\n")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """A visitor at the gate."""
        return Arrive(room)

    async def next_step(self, record: Any) -> Done | None:
        """Out; who is out already stays out."""
        if visits.next_step(record) is None:
            self.notify(f"{record.number} {record.state}，不用签离")
            return None
        try:
            return sign_out(self.desk, record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    def said(self, done: Done) -> None:
        """Say who is in, out or turned away."""
        record = done.record
        assert isinstance(record, Visit)
        word = {visits.INSIDE: "已放行", visits.LEFT: "已签离"}.get(record.state, record.state)
        self.notify(f"{word} {record.number} {visits.called(record)}", markup=False)

    @work
    async def action_turn_away(self) -> None:
        """Note who was not let in."""
        if not self.is_current:
            return
        done = await self.app.push_screen_wait(TurnAway())
        if done:
            self.said(done)
            self.mark(done.record.id)


def standing(record: Visit) -> str:
    """A visit's state as the list says it: `! 超时 +52分` for who has been inside too long."""
    beyond = visits.overstay(record, datetime.now())
    if not beyond:
        return record.state
    return f"! 超时 +{beyond}分" if beyond < 100 else f"! 超时 +{beyond // 60}时"


def sign_out(app: FrontDesk, visit: str) -> Done:
    """A visitor was seen leaving. Raises Refused."""
    return app.act(Left(), visit)


async def arrive_for(app: FrontDesk, room: str) -> Done | None:
    """Let a visitor in to a household; runs in a worker."""
    return await app.push_screen_wait(Arrive(room))
