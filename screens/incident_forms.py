"""What a supervisor does with an incident: puts it right, joins two that are one, closes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.records import Event, Refused
from desk import incidents
from desk.emergencies import SORTS, Sort
from desk.incident_events import Closed, Corrected, Joined, Parted
from desk.incidents import Incident
from screens.ask import Pick
from screens.form import Field, Form

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk


class Close(Form):
    """It is over; the 事件记录 is printed to be signed."""

    def __init__(self, record: Incident) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"结案 {record.number}  {incidents.called(record)}"
        self.lead = "先看记录全不全：谁到场、怎么处理、涉及谁；结案后打事件记录签字"

    def fields(self) -> Sequence[Field]:
        """How it ended."""
        return (Field("result", "处理结果", ("已送医", "已移交民警", "已扑灭", "已救出", "误报", "已劝离"), free=True),)

    def event(self, values: dict[str, str]) -> Closed:
        """The end of it."""
        return Closed(result=values["result"])


class Correct(Form):
    """What was pressed or written wrongly."""

    def __init__(self, record: Incident) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"更正 {record.number}  {incidents.called(record)}"
        self.lead = "原来的记录不删，更正另起一行；结案后要补记也写在这里"

    def fields(self) -> Sequence[Field]:
        """What and why; another sort where the wrong digit was pressed."""
        return (Field("text", "更正、补记", enough=True), Field("sort", "改为", SORTS))

    def event(self, values: dict[str, str]) -> Corrected:
        """The correction."""
        return Corrected(text=values["text"], sort=_sort(values["sort"]))


def _sort(word: str) -> Sort | None:
    return next((sort for sort in SORTS if sort == word), None)


class Part(Form):
    """It is another matter after all."""

    def __init__(self, record: Incident) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"撤销并案 {record.number}"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("why", "原因", ("不是同一件", "并错了"), free=True),)

    def event(self, values: dict[str, str]) -> Event:
        """The parting."""
        return Parted(why=values["why"])


async def join(app: FrontDesk, record: Incident) -> Done | None:
    """Choose which one it is the same as, among those not closed and the latest; runs in a worker."""
    with app.store.read() as read:
        others = {one.id: one for one in (*incidents.open_incidents(read), *incidents.recent(read, 20))}
    found = [one for one in others.values() if one.id != record.id and one.state != incidents.JOINED][:9]
    if not found:
        app.notify("没有别的事件可以并")
        return None
    words = [f"{one.number} {incidents.called(one)} {one.opened_at[5:16].replace('T', ' ')} {one.state}" for one in found]
    chosen = await app.push_screen_wait(Pick(f"{record.number} 和哪一件是同一件？", words))
    if chosen is None:
        return None
    try:
        return app.act(Joined(into=found[chosen].id), record.id)
    except Refused as refused:
        app.turn_down(refused)
        return None
