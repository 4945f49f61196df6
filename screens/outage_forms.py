"""What the counter asks about an outage, and where it says that there is one: after a third repair, and in a repair's form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.records import Event
from desk import fields, outages, places, proposals, visits
from desk.outages import Announced, Corrected, Ended, Outage, Withdrawn
from desk.proposals import Proposal
from desk.urgency import CATEGORIES
from screens.ask import Ask
from screens.emergency import may_announce, past
from screens.form import Field, Form
from screens.hours import back_by

if TYPE_CHECKING:
    from data.store import Done
    from desk.repairs import Repair
    from screens.app import FrontDesk

SUDDEN, PLANNED = "突发", "计划"
SAYS = {
    SUDDEN: ("正在抢修，修好马上通知大家", "已报供水供电单位，正在等恢复", "请先不要使用，修好再通知"),
    PLANNED: ("计划检修，请提前存水", "计划检修，请提前安排用电", "施工期间请绕行，注意安全"),
}
"""What is told most, by digit."""
NONE, EACH = "不打", "每单元一张"
DOORS = Field("doors", "门口通知", (NONE, EACH), free=True)
"""Empty prints none; units may be written too: 3-1 3-2."""


class Doors(Form):
    """A form that may hang notices on doors; `place` is where they may hang."""

    def doors(self, typed: str, place: str) -> tuple[str, ...]:
        """The doors that are meant. A place nobody can read hangs nothing: its own field says so."""
        if typed in ("", NONE):
            return ()
        if typed != EACH:
            return tuple(part for part in typed.replace("、", " ").replace("，", " ").replace(",", " ").split() if part)
        try:
            where = places.where(place)
        except ValueError:
            return ()
        with self.desk.store.read() as read:
            return tuple(places.staircases(read, where))


class Announce(Doors):
    """Something is cut off: what, where, until when, what to tell."""

    TITLE = "登记公共事件"
    lead = "登记一次，住户卡、报修单、夜班台上都会提示；给住户的话写清楚怎么办"

    def __init__(self, proposal: Proposal | None = None) -> None:
        super().__init__()
        self.proposal = proposal

    def fields(self) -> Sequence[Field]:
        """What and where; planned or sudden, from when until when; what to say, and on which doors it hangs."""
        proposal = self.proposal
        return (
            Field("category", "什么", CATEGORIES, default=proposal.category if proposal else ""),
            Field("place", "哪里", default=proposal.place if proposal else "", hint="3栋 5栋2单元；整个小区写 全小区"),
            Field("planned", "突发/计划", (SUDDEN, PLANNED), default=SUDDEN),
            Field("begin", "从何时", default=proposal.since[11:] if proposal else "", hint="空着就是现在；或 明天 9:00"),
            Field("until", "预计恢复", hint="18:00、明天 12:00；不知道就空着"),
            Field("say", "给住户的话", SAYS[SUDDEN], free=True),
            DOORS,
        )

    def on_mount(self) -> None:
        """A sentence needs a wide field."""
        self.query_one("#say").styles.width = "1fr"

    def settled(self, name: str) -> None:
        """What is usually told follows from whether it is planned."""
        if name == "planned" and self.values()["planned"] in SAYS:
            self.offer(Field("say", "给住户的话", SAYS[self.values()["planned"]], free=True))

    def event(self, values: dict[str, str]) -> Announced:
        """The announcement."""
        planned = values["planned"] == PLANNED
        said = values | {
            "begin": back_by(values["begin"]) if planned and values["begin"] else past(values["begin"]),
            "until": values["until"] and back_by(values["until"]),
            "doors": self.doors(values["doors"], values["place"]),
        }
        return Announced.model_validate(said | {"planned": planned})


class Correct(Doors):
    """Other words, another hour, another place."""

    def __init__(self, record: Outage) -> None:
        super().__init__()
        self.subject, self.record = record.id, record
        self.title = f"更正 {record.number}  {outages.called(record)} {record.place}"
        self.lead = "改过的话立刻换到住户卡上；恢复时间说不准就清空"

    def fields(self) -> Sequence[Field]:
        """As it stands."""
        return (
            Field("until", "预计恢复", default=self.record.until.replace("T", " "), hint="18:00、明天 12:00"),
            Field("say", "给住户的话", default=self.record.say),
            Field("place", "哪里", default=self.record.place),
            DOORS,
        )

    def on_mount(self) -> None:
        """A sentence needs a wide field."""
        self.query_one("#say").styles.width = "1fr"

    def event(self, values: dict[str, str]) -> Corrected:
        """What differs from what is told."""
        until = values["until"]
        kept = self.record.until.replace("T", " ")
        changed = {"until": back_by(until) if until else ""} if until != kept else {}
        changed |= {name: values[name] for name in ("say", "place") if values[name] != getattr(self.record, name)}
        return Corrected.model_validate(changed | {"doors": self.doors(values["doors"], values["place"])})


class End(Doors):
    """All is as it should be again."""

    def __init__(self, record: Outage, repairs: int) -> None:
        super().__init__()
        self.subject, self.record = record.id, record
        self.title = f"已恢复 {record.number}  {outages.called(record)} {record.place}"
        self.lead = f"相关报修 {repairs} 单，请逐单问一声好了没有" if repairs else "现在恢复的直接按 Enter"

    def fields(self) -> Sequence[Field]:
        """When, and whether that is hung on the doors."""
        return (Field("at", "恢复时间", hint="空着就是现在；或 14:30"), DOORS)

    def event(self, values: dict[str, str]) -> Ended:
        """The end of it."""
        return Ended(at=past(values["at"]), doors=self.doors(values["doors"], self.record.place))


class Withdraw(Form):
    """It was entered wrongly, or the work does not take place."""

    def __init__(self, record: Outage) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"取消 {record.number}  {outages.called(record)} {record.place}"
        self.lead = "修好了的请登记恢复；单号保留，记录不删"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("改期", "不做了", "登记错了", "重复登记"), free=True),)

    def event(self, values: dict[str, str]) -> Event:
        """The withdrawal."""
        return Withdrawn(reason=values["reason"])


def propose(app: FrontDesk, done: Done) -> None:
    """After a repair was saved: where it is the third of its kind in a building within the hour, ask for an outage."""
    record, now = done.record, fields.wall()
    if not isinstance(record, _repair()) or not may_announce(app):
        return
    building = visits.building_of(record.room)
    with app.store.read() as read:
        found = [one for one in proposals.proposed(read, now) if (one.place, one.category) == (building, record.category)]
    # Asked at the third, the sixth …: who said no to the third is not asked by every neighbour.
    if found and found[0].count % proposals.FEW == 0:
        app.run_worker(_offer(app, found[0]))


def _repair() -> type[Repair]:
    from desk.repairs import Repair

    return Repair


async def _offer(app: FrontDesk, proposal: Proposal) -> None:
    if await app.push_screen_wait(Ask(f"{proposal}：登记公共事件吗？", "登记", "不用")):
        await app.push_screen_wait(Announce(proposal))


def told(form: Form, room: str, category: str) -> str:
    """In a form about a room: what is known to be cut off there, "" where nothing is."""
    with form.desk.store.read() as read:
        found = outages.standing(read, room, category) if room and category else ()
    return "\n".join(f"{outages.told(one, fields.wall())} 告诉住户即可，不用另开单" for one in found)
