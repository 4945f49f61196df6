"""A form: fields in, one act out; a refusal stands beside its field, and what was typed stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from pydantic import ValidationError
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from data.records import Event, Refused
from data.store import Done
from desk import fields, instructions
from desk.find import room_meant
from screens.ask import Ask
from screens.choice import Choice, sentences
from screens.widgets import Box, Footer, put

if TYPE_CHECKING:
    from screens.app import FrontDesk


@dataclass(frozen=True)
class Field:
    """One field of a form; `name` is the event's field, so that a refusal finds its place.

    `options` are chosen by digit; with `free` they only save typing and anything else may be written.
    `room` takes a room in any writing. `secret` hides what is typed. `enough`: what follows is optional, so Enter saves here.
    """

    name: str
    label: str
    options: Sequence[str] = ()
    default: str = ""
    hint: str = ""
    free: bool = False
    room: bool = False
    secret: bool = False
    enough: bool = False


class Form(ModalScreen[Done | None]):
    """Asks for the fields of one event and acts it; gives what was done, or None when it was given up.

    A subclass sets `title` and `fields()` and makes the event in `event()`; `subject` is the record it happens to.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "保存", tooltip="保存并关闭；只保存一次", priority=True),
        Binding("ctrl+r", "preview", "看单据", tooltip="保存前先看看会打出什么"),
        Binding("escape", "back", "返回", tooltip="不保存；填过东西会先问"),
    ]
    AUTO_FOCUS = ""  # the first that is still empty, not the first
    focused = Reactive(None, repaint=False)  # the field that has the focus draws itself; not all that lies beneath the form
    title: str | None = ""
    subject: str | None = None
    lead: str = ""
    moment: ClassVar[str] = ""
    """What this form is about (快递, 访客, 报修, 收费), for the standing instructions of its room; "" shows none."""
    losing: str = "填过的内容还没保存，要放弃吗？"
    done: Done | None = None
    minded: str | None = None

    def fields(self) -> Sequence[Field]:
        """The fields, in the order they are asked."""
        raise NotImplementedError

    def event(self, values: dict[str, str]) -> Event:
        """The event these values say. Raises ValidationError or Refused."""
        raise NotImplementedError

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """Label, field and options in a line; beneath it the place for a refusal."""
        self.asked = {field.name: field for field in self.fields()}
        self.boxes: dict[str, Input] = {}
        self.errors: dict[str, Static] = {}
        with Vertical(classes="form"):
            yield Static(str(self.title), classes="form-title", markup=False)
            yield Static(self.lead, classes="form-lead" if self.lead else "hidden", markup=False)
            if self.moment:
                yield Static("", id="minded", classes="hidden", markup=False)
            with VerticalScroll(can_focus=False):
                yield from self.above()
                for field in self.asked.values():
                    with Horizontal(classes="field"):
                        yield Static(field.label, classes="label")
                        yield self.widget(field)
                        yield Static(self.hint(field), classes="options", markup=False)
                    yield Static("", id=f"{field.name}-error", classes="error hidden", markup=False)
            yield Static("", id="form-error", classes="error hidden", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def above(self) -> ComposeResult:
        """What a subclass shows over the fields."""
        yield from ()

    def widget(self, field: Field) -> Input:
        """The input of a field."""
        if field.options and not field.free:
            last = field is list(self.asked.values())[-1]
            return Choice(field.options, field.default, field.name, stays=field.enough or last)
        return Box(field.default, id=field.name, compact=True, password=field.secret, select_on_focus=False)

    @staticmethod
    def hint(field: Field) -> str:
        """The options with their digits, else the hint."""
        # No tenth digit: those are reached by arrow or by their first character.
        return "  ".join(f"{n if n < 10 else '·'}{option}" for n, option in enumerate(field.options, 1)) or field.hint

    @on(Input.Changed)
    def emptied(self, event: Input.Changed) -> None:
        """What one household asked does not stand there for the next."""
        field = self.asked.get(event.input.id or "")
        if field and field.room and not event.value:
            self.mind()

    def on_mount(self) -> None:
        """Begin at the first field that is still empty."""
        self.begun = self.values()
        self.mind()
        self.set_focus(self.first())

    def mind(self) -> None:
        """Show what the household asked staff to mind: that of the room that stands here, typed or given."""
        if not self.moment:
            return
        asked = next((field.name for field in self.asked.values() if field.room), "")
        room = self.values()[asked] if asked else getattr(self, "room", "")
        if room == self.minded:  # asked again at every Enter and once more before saving
            return
        self.minded = room
        with self.desk.store.read() as read:
            lines = instructions.for_moment(read, room, self.moment, fields.wall().date())
        place = self.query_one("#minded", Static)
        put(place, "\n".join(lines))
        place.set_class(not lines, "hidden")

    def first(self) -> Widget:
        """Where to begin."""
        shown = [box for box in self.query(Input) if box.id not in self.asked or self.row(box.id).display]
        return next((box for box in shown if not box.value), shown[0])

    def box(self, name: str) -> Input:
        """Where a field is written; looked for in the tree once, not a hundred times for each answer."""
        found = self.boxes.get(name)
        if found is None:
            found = self.boxes[name] = self.query_one(f"#{name}", Input)
        return found

    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {name: self.box(name).value.strip() for name in self.asked}

    @on(Input.Submitted)
    def next_field(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field; on the last it saves."""
        event.stop()
        name = event.input.id or ""
        if not self.settle(name):
            return
        after = self.after(name)
        if self.asked[name].enough or after is None:
            self.action_save()
        else:
            self.set_focus(self.box(after))

    @on(Choice.Scanned)
    def answer_first(self, event: Choice.Scanned) -> None:
        """What was scanned is not taken; the ear hears it, the eye reads what to do."""
        event.stop()
        self.app.bell()
        self.say(event.choice.id or "", "刚才扫的没有收下：请先按数字键回答这一项，再扫一次")

    def after(self, name: str) -> str | None:
        """The field that is asked after this one, or None after the last."""
        names = list(self.asked)
        return next((later for later in names[names.index(name) + 1 :] if self.row(later).display), None)

    def row(self, name: str) -> Widget:
        """The line of a field; hidden, it is not asked."""
        return cast("Widget", self.box(name).parent)

    def offer(self, field: Field) -> None:
        """Put a field in the place of the one of its name: another label, other options, another hint."""
        self.asked[field.name] = field
        label, _, options = self.row(field.name).children
        put(cast("Static", label), field.label)
        put(cast("Static", options), self.hint(field))

    def settle(self, name: str) -> bool:
        """Put what was typed in its proper form: a digit becomes its phrase, a room its code; False if it cannot be."""
        field, box = self.asked[name], self.box(name)
        typed = box.value.strip()
        if field.free and field.options and typed.isdecimal():
            if not 1 <= int(typed) <= len(field.options):
                self.say(name, f"没有第 {typed} 项；请按 1 到 {len(field.options)} 选，或者写字")
                return False
            box.value = field.options[int(typed) - 1]
        if field.room and typed:
            try:
                with self.desk.store.read() as read:
                    box.value = room_meant(read, typed)
            except Refused as refused:
                self.say(name, str(refused))
                return False
        self.say(name, "")
        if field.room:
            self.mind()
        self.settled(name)
        return True

    def settled(self, name: str) -> None:
        """A field was answered; a subclass may fill others from it."""

    def say(self, name: str, text: str) -> None:
        """Put a sentence beside a field (or under the form), or take it away."""
        name = name if name in self.asked else "form"
        place = self.errors.get(name)
        if place is None:
            place = self.errors[name] = self.query_one(f"#{name}-error", Static)
        put(place, text)
        place.set_class(not text, "hidden")

    def made(self) -> Event | None:
        """The event of what is typed, or None with every fault said beside its field."""
        for name in self.asked:
            self.say(name, "")
        self.say("form", "")
        for name in self.asked:
            if not self.settle(name):
                self.box(name).focus()
                return None
        try:
            return self.event(self.values())
        except ValidationError as error:
            faults = sentences(error)
        except Refused as refused:
            faults = [(refused.field, str(refused))]
        self.fault(faults)
        return None

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """Say every fault and go to the first that has a field."""
        for name, text in faults:
            self.say(name, text)
        first = next((name for name, _ in faults if name in self.asked), None)
        if first:
            self.box(first).focus()

    def action_save(self) -> None:
        """Act once; a refusal keeps the form open with all that was typed."""
        if not self.is_current or self.nothing_to_save():
            return
        event = self.made()
        if event is None:
            return
        try:
            done = self.act(event)
        except Refused as refused:
            self.fault([(refused.field, str(refused))])
            return
        self.saved(done)

    def nothing_to_save(self) -> bool:
        """Whether this key was pressed once more than needed."""
        return self.done is not None

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """All that is done in one transaction; the last is what the form is for."""
        return [(event, self.subject)]

    def act(self, event: Event) -> Done:
        """Do what the form is for. Raises Refused."""
        return self.desk.act_all(self.acts(event))[-1]

    def saved(self, done: Done) -> None:
        """It is kept: close, and give it to whoever asked."""
        self.done = done
        self.dismiss(done)

    def action_preview(self) -> None:
        """Show the paper this would leave, without leaving anything."""
        from screens.slips import Preview

        event = self.made()
        if event is None or self.desk.actor is None:
            return
        try:
            slips = self.desk.store.rehearse_all(self.acts(event), self.desk.actor)
        except Refused as refused:
            self.fault([(refused.field, str(refused))])
            return
        if slips:
            self.app.push_screen(Preview(slips))
        else:
            self.notify("这一步不打单据")

    @work
    async def action_back(self) -> None:
        """Give up; asks only if something would be lost."""
        if not self.is_current:
            return
        if self.values() != self.begun and not await self.app.push_screen_wait(Ask(self.losing, "放弃", "继续填")):
            return
        self.dismiss(self.done)
