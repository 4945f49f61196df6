"""What the counter asks when something is broken: the report, whom to ring first, what to say, the flat above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Input, Static

from data.records import Actor, Event, Refused
from desk import china, repair_linked, repairs, residents, staff, workers
from desk.fields import is_public
from desk.repair_events import CHANNELS, TELLERS, WAYS_IN, Reported, Urged
from desk.repair_guide import COSTS, DUTIES, duty_of, first_calls, sentence
from desk.repair_states import REGISTERED
from desk.repairs import Repair
from desk.urgency import CANNED, CATEGORIES, URGENCIES, urgency_of
from screens import outage_forms
from screens.form import Field, Form

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done
    from screens.app import FrontDesk

AGAIN = ("催办原来那单", "另开一单")
ABOVE = "楼上"
"""What is said of water that comes from the flat above."""


class Report(Form):
    """A new repair; who lives there fills in who reports it, the problem how urgent it is."""

    TITLE = "登记报修"
    lead = "选好问题，这里写着该怎么说"
    moment = "报修"

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room
        self.filled: dict[str, str] = {}
        self.unmasked: dict[str, str] = {}
        self.asked_again: tuple[str, str] | None = None
        self.other = ""

    def fields(self) -> Sequence[Field]:
        """Place, category, problem; the rest is filled in or optional."""
        name, phone = self.first_person(self.room)
        self.filled = {"reporter": name, "phone": phone}
        return (
            Field("room", "房号", default=self.room, hint="3-2-501；公共部位写 公共-电梯3", room=True),
            Field("category", "类别", CATEGORIES),
            Field("problem", "问题", hint="哪里怎么坏了", free=True),
            Field("again", "同类未完", AGAIN),
            Field("above", "楼上一户", hint="一起登记成两单，互相写明；不登记就清空", room=True),
            Field("reporter", "报修人", default=name, hint="怎么称呼"),
            Field("phone", "电话", default=phone, hint="没有可以不填"),
            Field("channel", "渠道", CHANNELS, default=CHANNELS[0]),
            Field("urgency", "紧急", URGENCIES),
            Field("lowered", "降级原因", hint="为什么没那么急"),
            Field("when_home", "在家时段", ("全天", "上午", "下午", "晚上"), free=True, enough=True),
            Field("duty", "责任", DUTIES),
            Field("way_in", "怎么进门", WAYS_IN),
            Field("teller", "谁来报的", TELLERS),
        )

    def on_mount(self) -> None:
        """What is asked only where there is reason to: a second order, the flat above, why it is less urgent."""
        for name in ("again", "above", "lowered"):
            self.row(name).display = False

    def first_person(self, room: str) -> tuple[str, str]:
        """Name and masked phone of the household's first person, "" where nobody is known."""
        with self.desk.store.read() as read:
            people = residents.household(read, room) if room else ()
        if not people:
            return "", ""
        person = people[0][1]
        self.unmasked = {china.mask_phone(person.phone): person.phone}
        return person.name, china.mask_phone(person.phone)

    def settled(self, name: str) -> None:
        """The room says who reports, the category what is usual, the problem how urgent it is."""
        values = self.values()
        if name == "room":
            if values["room"].startswith("公共") and "-" not in values["room"] and (codes := china.room_codes(values["room"])):
                self.query_one("#room", Input).value = codes[0]
            if values["room"] != self.room:
                self.room = values["room"]
                reporter, phone = self.first_person(self.room)
                self.fill("reporter", reporter)
                self.fill("phone", phone)
        elif name == "category" and values["category"] in CATEGORIES:
            canned = CANNED[values["category"]]
            self.offer(Field("problem", "问题", canned, free=True))
        if self.asked_again and self.asked_again != (self.room, values["category"]):
            self.asked_again = None
            self.row("again").display = False
            self.query_one("#again", Input).value = ""
        if name in ("category", "problem") and values["category"] in CATEGORIES:
            problem = self.query_one("#problem", Input).value
            self.fill("urgency", urgency_of(values["category"], problem) if problem else "")
            self.fill("duty", duty_of(self.room, values["category"], problem) if problem else "")
            self.look_up(problem)
        self.tell()

    def look_up(self, problem: str) -> None:
        """Water from above asks for the flat above, the same column a floor higher."""
        leaks = ABOVE in problem and not is_public(self.room)
        if leaks and not self.row("above").display:
            with self.desk.store.read() as read:
                self.query_one("#above", Input).value = repair_linked.above(read, self.room)
        self.row("above").display = leaks

    def tell(self) -> None:
        """For 特急 whom to ring before anything is written, else whose it is to mend and what to say of the price."""
        values = self.values()
        category, problem, urgency = values["category"], values["problem"], values["urgency"]
        usual = urgency_of(category, problem) if problem else ""
        known = urgency in URGENCIES and usual in URGENCIES
        self.row("lowered").display = known and URGENCIES.index(urgency) > URGENCIES.index(usual)
        said = outage_forms.told(self, self.room, category) or self.lead
        if problem and urgency == "特急":
            with self.desk.store.read() as read:
                said = first_calls(numbers(read, category, self.desk.actor), category, problem)
        elif said == self.lead and problem and values["duty"] in COSTS:
            said = f"{values['duty']}：{COSTS[values['duty']]}"
        place = self.query_one(".form-lead", Static)
        place.update(Text(said, "bold" if urgency == "特急" else ""))

    def fill(self, name: str, text: str) -> None:
        """Put in what follows from other fields, unless somebody wrote there."""
        box = self.query_one(f"#{name}", Input)
        if box.value == self.filled.get(name, ""):
            box.value = self.filled[name] = text

    def event(self, values: dict[str, str]) -> Event:
        """The report, or one more 催办 of the order that exists."""
        again, self.other = values.pop("again"), values.pop("above") if self.row("above").display else ""
        values.pop("above", None)
        if not self.row("lowered").display:
            values["lowered"] = ""
        values["phone"] = self.unmasked.get(values["phone"], values["phone"])
        self.subject = None
        if again == AGAIN[0] and (twin := self.twin(values)):
            self.subject = twin.id
            return Urged(note=values["problem"])
        if self.other == values["room"]:
            raise Refused("楼上一户和报修的是同一户，请改；不一起登记就清空", "above")
        return Reported.model_validate({**values, "again": again == AGAIN[1]})

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The report; of a leak from above two, that name each other."""
        if isinstance(event, Reported) and self.other:
            return repair_linked.pair_acts(self.other, event)
        return super().acts(event)

    def saved(self, done: Done) -> None:
        """It is kept: what to say to who stands there; a third of its kind in one building is asked about."""
        speak(self.desk, done)
        super().saved(done)
        outage_forms.propose(self.desk, done)

    def twin(self, values: dict[str, str]) -> Repair | None:
        """The open order of the same category in the same place."""
        with self.desk.store.read() as read:
            there = repairs.open_repairs(read, values["room"])
        return next((one for one in there if one.category == values["category"]), None)

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """A refusal for a second order asks which of the two is meant."""
        if any(name == "again" for name, _ in faults):
            self.row("again").display = True
            self.asked_again = (self.room, self.values()["category"])
        super().fault(faults)


class Redo(Form):
    """What was mended is broken again: a new order, linked, free of charge within the warranty."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.repair = repair
        self.title = f"返修 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  上次：{repair.result} {repair.worker}；保修期内不收费"

    def fields(self) -> Sequence[Field]:
        """What is wrong with it, who says so, when somebody is in."""
        return (
            Field("problem", "哪里没好", ("又坏了，和上次一样", "没修到位", "修好的地方漏"), free=True),
            Field("when_home", "在家时段", ("全天", "上午", "下午", "晚上"), free=True, enough=True),
            Field("reporter", "报修人", default=self.repair.reporter),
        )

    def event(self, values: dict[str, str]) -> Reported:
        """The new order, with what is known from the first."""
        said = {name: getattr(self.repair, name) for name in ("room", "category", "phone", "duty", "way_in", "teller")}
        urgent = (urgency_of(said["category"], values["problem"]), self.repair.urgency)
        least = min((one for one in URGENCIES if one in urgent), key=URGENCIES.index)  # never less urgent than it sounds
        return Reported.model_validate({**said, **values, "redo_of": self.repair.id, "urgency": least})

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The order, and from the second time on the supervisor is told."""
        assert isinstance(event, Reported)
        with self.desk.store.read() as read:
            return repair_linked.redo_acts(read, event)

    def saved(self, done: Done) -> None:
        """It is kept: what to say."""
        speak(self.desk, done)
        super().saved(done)


def speak(desk: FrontDesk, done: Done) -> None:
    """Show the sentence to say aloud of what was just registered; in the list of repairs it stands beside it anyway."""
    repair = done.record
    if not isinstance(repair, Repair) or repair.state != REGISTERED or repair.urged or desk.current_mode == "repairs":
        return
    with desk.store.read() as read:
        said = sentence(repair, desk.now(), repair_linked.other_number(read, repair))
    desk.notify(f"请说：{said}", title=f"报修 {repair.number}", timeout=20, markup=False)


def numbers(read: Session, category: str, by: Actor | None) -> list[tuple[str, str]]:
    """Whom of the office's own to ring first, with the numbers this person may see: of a company everybody."""
    full = by is not None and by.role in staff.DESK
    ring = workers.to_ring(read, category)
    return [(one.name, one.phone if full or one.company else china.mask_phone(one.phone)) for one in ring]
