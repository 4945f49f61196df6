"""An emergency on the glass: one key and a digit write it down, then whom to ring, what to say and what to do stand there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Digits, Input, Static

from data.records import Refused
from desk import fields, incidents, places
from desk.china import fold_digits
from desk.emergencies import HINTS, SORTS, Sort, advice
from desk.evacuation import Listed
from desk.find import room_meant
from desk.incident_events import STEPS, Opened, Placed, Told
from desk.incidents import Incident
from screens.ask import Pick
from screens.form import Field, Form
from screens.slips import Preview
from screens.widgets import Box, Footer

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk

OUTAGE, BOOK = "公共事件（停水、停电……）", "看事件簿"


class Which(Pick):
    """What has happened, by digit."""

    def __init__(self, outage: bool) -> None:
        more = [OUTAGE, BOOK] if outage else [BOOK]
        super().__init__("出了什么事？按数字立刻记下时间", [*(f"{sort}  {HINTS[sort]}" for sort in SORTS), *more])
        self.more = more


def begin(app: FrontDesk) -> None:
    """Ask what has happened, over whatever is on the glass; pressed again while that is asked, nothing more."""
    if app.actor is None or isinstance(app.screen, Which | Emergency):
        return
    room = str(getattr(getattr(getattr(app.screen, "shown", None), "room", None), "code", ""))
    which = Which(may_announce(app))

    def chosen(answer: int | None) -> None:
        if answer is None:
            return
        if answer < len(SORTS):
            written(app, SORTS[answer], room)
        elif which.more[answer - len(SORTS)] == BOOK:
            app.action_place("events")
        else:
            from screens.outage_forms import Announce

            app.push_screen(Announce())

    app.push_screen(which, chosen)


def may_announce(app: FrontDesk) -> bool:
    """Whether whoever is logged in may announce an outage now: a guard only at night."""
    return app.actor is not None and (app.actor.role != "guard" or fields.at_night(fields.wall()))


def written(app: FrontDesk, sort: Sort, room: str = "") -> None:
    """Write it down and show what to do. What cannot be written is said, and what to do is shown all the same."""
    try:
        subject = app.act(Opened(sort=sort, room=room)).record.id
    except Refused as refused:
        app.turn_down(refused)
        subject = ""
    app.push_screen(Emergency(sort, subject))


def print_list(app: FrontDesk) -> None:
    """Print the evacuation list and show it too: the printer may be where it burns."""
    assert app.actor is not None
    try:
        slips = app.store.rehearse(Listed(), app.actor)
        number = app.act(Listed()).record.number
    except Refused as refused:
        app.turn_down(refused)
        return
    app.push_screen(Preview(slips))
    app.notify(f"撤离名单 {number} 已送打印机")


class Emergency(ModalScreen[None]):
    """One incident while it lasts. Everything is already written; what is typed here adds to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9", "came", "已到场", tooltip="救护车、消防、民警、维保到了：记下时间"),
        Binding("f8", "tell", "记一笔", tooltip="到场、离开、情况、处理、涉及的房号和访客单"),
        Binding("ctrl+y", "evacuate", "撤离名单", tooltip="打印并显示：哪栋有谁、谁要先救", priority=True),
        Binding("escape", "dismiss(None)", "收起", tooltip="收起提示；事件还在，夜班台和事件簿里都能再打开"),
    ]

    def __init__(self, sort: str, subject: str) -> None:
        super().__init__()
        self.sort, self.subject = sort, subject

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """Whom to ring in big digits over what to say and do; then where, and what was told so far."""
        assert self.desk.config is not None
        with Vertical(classes="form"):
            yield Static("", id="what", classes="form-title", markup=False)
            with VerticalScroll(can_focus=False):
                with Horizontal(id="ring"):
                    for who, number in advice(self.sort, self.desk.config).ring:
                        yield Static(who, classes="ring-who", markup=False)
                        if re.fullmatch(r"[\d -]+", number):
                            yield Digits(number)
                        else:
                            yield Static(number, classes="ring-who", markup=False)
                yield Static("", id="advice")
                yield Static("", id="told")
            if self.subject:
                with Horizontal(classes="field"):
                    yield Static("在哪里", classes="label")
                    yield Box(id="place", compact=True)
                    yield Static("楼栋、单元或房号，Enter 记下", classes="options")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """The minutes go on."""
        self.reload()
        self.set_interval(10, self.reload)

    def reload(self) -> None:
        """What is so now."""
        record, told = self.kept()
        assert self.desk.config is not None
        place = " ".join(dict.fromkeys(filter(None, (record.place, record.room)))) if record else ""
        head = "没有记下，请另外记在纸上"
        if record:
            passed = incidents.minutes(record, fields.wall())
            head = f"{record.number} {record.sort}  {record.opened_at[11:16]} 已记下，{passed} 分钟  {record.state}"
        self.query_one("#what", Static).update(head)
        found, said = advice(record.sort if record else self.sort, self.desk.config, place), Text()
        for label, lines in (("说", found.say), ("做", found.do)):
            for n, line in enumerate(lines):
                said.append(f"{label if n == 0 else '  '} ", "bold reverse" if n == 0 else "")
                said.append(f" {line}\n", "bold")
        self.query_one("#advice", Static).update(said)
        self.query_one("#told", Static).update(Text("\n".join(told[-4:]), "dim"))

    def kept(self) -> tuple[Incident | None, list[str]]:
        """The record and its lines as people read them."""
        with self.desk.store.read() as read:
            record = read.get(Incident, self.subject) if self.subject else None
            found = incidents.lines(read, record) if record else ()
        return record, [f"{one.at[11:16]} {' '.join(filter(None, (one.step, one.room, one.text)))}" for one in found]

    def did(self, event: Placed | Told) -> bool:
        """Write a line more; says why where that is not done."""
        try:
            self.desk.act(event, self.subject)
        except Refused as refused:
            self.desk.turn_down(refused)
            return False
        self.reload()
        return True

    @on(Input.Submitted, "#place")
    def placed(self, event: Input.Submitted) -> None:
        """Where it is: a flat in any writing, or words."""
        typed = event.value.strip()
        if not typed:
            return
        try:
            with self.desk.store.read() as read:
                room = room_meant(read, typed)
        except Refused:
            room = ""
        with suppress(ValueError):  # a building or unit in any writing; other words stay as they are
            typed = places.where(typed)
        if self.did(Placed(place="" if room else typed, room=room)):
            event.input.value = ""

    def action_came(self) -> None:
        """Help is there."""
        record, _ = self.kept()
        if record is None:
            return
        if record.came:
            self.notify(f"{record.came[11:16]} 已记到场；后来的、离开的请按 F8 记一笔")
            return
        self.did(Told(step="到场"))

    @work
    async def action_tell(self) -> None:
        """A line more."""
        if not self.is_current:
            return
        record, _ = self.kept()
        if record and await tell_more(self.desk, record):
            self.reload()

    def action_evacuate(self) -> None:
        """Who is where."""
        print_list(self.desk)


def past(text: str) -> str:
    """An hour that has gone by (`23:50` said at ten past midnight is yesterday's) as events keep it; others as `wall_time`."""
    said, now = fields.wall_time(text), fields.wall()
    if re.fullmatch(r"\d{1,2}:\d\d", fold_digits(text)) and said > fields.moment_of(now):
        try:
            return fields.moment_of(datetime.fromisoformat(said) - timedelta(days=1))
        except ValueError:
            return said
    return said


class Tell(Form):
    """A line of an incident, at once or filled in afterwards."""

    def __init__(self, record: Incident) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"{record.number} {incidents.called(record)}  记一笔"
        self.lead = "先选哪一种；时间空着就是现在"

    def fields(self) -> Sequence[Field]:
        """What step, in which words, when; then whom it concerns."""
        return (
            Field("step", "哪一种", STEPS),
            Field("text", "内容", hint="谁到了、怎么样了、怎么处理的", enough=True),
            Field("at", "时间", hint="空着就是现在；或 22:41"),
            Field("room", "涉及房号", hint="没有就空着", room=True),
            Field("visit", "访客单号", hint="如 A1042；记了这一单就不会到期删除"),
        )

    def event(self, values: dict[str, str]) -> Told:
        """The line."""
        with self.desk.store.read() as read:
            visit = incidents.visit_meant(read, values["visit"])
        return Told.model_validate(values | {"at": past(values["at"]), "visit": visit})


async def tell_more(app: FrontDesk, record: Incident) -> Done | None:
    """Ask for a line more; runs in a worker."""
    return await app.push_screen_wait(Tell(record))
