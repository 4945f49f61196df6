"""What is said of an incident: opened by a key, placed, told line by line; corrected, joined and closed by a supervisor."""

from typing import Annotated, ClassVar, Literal, get_args

from data.records import Event, PersonalText
from desk import doubts, staff
from desk.emergencies import Sort
from desk.fields import Moment, Words, words

Step = Literal["到场", "离开", "情况", "处理", "涉及"]
STEPS: tuple[Step, ...] = get_args(Step)
"""By digit 1-5: help came, help left, what happened, what was done, whom it concerns."""


class Opened(Event):
    """Something happened. Nothing need be said: the time is the entry's; `place` is where in the estate, `room` which flat."""

    kind: ClassVar[str] = "incident.opened"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    sort: Sort
    room: str = ""
    place: Words = ""
    text: Words = ""


class Placed(Event):
    """Where it is was said, or said better: words for the telephone, and the flat if it is one."""

    kind: ClassVar[str] = "incident.placed"
    roles = staff.EVERYONE

    place: Words = ""
    room: str = ""


class Told(Event):
    """A line more. `at` is when it happened, "" as the entry says; `room` and `visit` (a record's id) whom it concerns."""

    kind: ClassVar[str] = "incident.told"
    roles = staff.EVERYONE

    step: Step
    text: Words = ""
    at: Moment = ""
    room: str = ""
    visit: str = ""


class Corrected(Event):
    """A supervisor put right what it was, or added what came to light after it was closed."""

    kind: ClassVar[str] = "incident.corrected"
    roles = staff.SUPERVISION

    text: Annotated[PersonalText, words(2, "请写更正了什么、为什么")]
    sort: Sort | None = None


class Joined(Event):
    """It is the same as another, pressed at two desks at once; `into` is that one's id."""

    kind: ClassVar[str] = "incident.joined"
    roles = staff.SUPERVISION

    into: str


class Parted(Event):
    """It is another matter after all."""

    kind: ClassVar[str] = "incident.parted"
    roles = staff.SUPERVISION

    why: Annotated[PersonalText, words(2, "请写为什么分开")]


class Closed(Event):
    """It is over, and a supervisor has read it."""

    kind: ClassVar[str] = "incident.closed"
    roles = staff.SUPERVISION

    result: Annotated[PersonalText, words(2, "请写处理结果，例如 已送医、已移交民警、误报")]


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one incident."""

    kind: ClassVar[str] = "incident.checked"
