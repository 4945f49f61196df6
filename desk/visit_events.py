"""What is said of a visit: let in or turned away, left, staying the night, signed out without anybody seeing it."""

from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, ValidationInfo, field_validator
from sqlmodel import Session

from data.records import Event, PersonalText
from desk import doubts, fields, permits, staff
from desk.fields import Moment, Phone, moment_of, within, words
from desk.visitor_fields import Category, Place, Plate, Words, no_id

Confirmation = Literal["预约码", "电话已同意", "对讲已同意", "业主下楼接", "长期授权", "免确认公务", "门岗放行"]
CONFIRMATIONS: tuple[Confirmation, ...] = get_args(Confirmation)
"""By digit, in the order of the night board; 无法联系 is none of them: who cannot be announced is turned away."""

REASONS = ("业主拒绝", "无法联系", "不放行名单", "本人不配合", "人数过多")
"""Why visitors are turned away, by digit."""


class Arrived(Event):
    """A visitor was let in. `name` is how to call them, "" where the category says enough; `leave_by` a wall time.

    `document_checked` says that a paper was looked at; which number it bore is nowhere kept. `permit` and `booking` are the
    ids of what spared the household's word, "" where it was asked.
    """

    kind: ClassVar[str] = "visit.arrived"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: Place
    category: Category
    confirmed_by: Confirmation
    name: Words = ""
    headcount: Annotated[int, within(1, 99, "人数是 1 到 99")] = 1
    phone: Phone = ""
    plate: Plate = ""
    company: Words = ""
    leave_by: Moment = ""
    note: Words = ""
    document_checked: bool = False
    permit: str = ""
    booking: str = ""

    @field_validator("confirmed_by")
    @classmethod
    def fits(cls, confirmed_by: Confirmation, info: ValidationInfo) -> Confirmation:
        """What spares the household's word is for those who need none."""
        category, place = info.data.get("category"), str(info.data.get("room", ""))
        if confirmed_by == "免确认公务" and category != "公务":
            raise ValueError("只有公务来访可以免确认，请先联系住户")
        if confirmed_by == "门岗放行" and category not in ("外卖", "快递") and not place.startswith("公共"):
            raise ValueError("门岗只能直接放行外卖、快递和到物业办事的人，其他来访请先联系住户")
        return confirmed_by

    def complete(self, read: Session) -> Self:
        """With the one permission that can be meant where 长期授权 names none."""
        if self.confirmed_by != "长期授权" or self.permit:
            return self
        meant = [one for one in permits.valid(read, self.room, fields.wall()) if self.name in ("", one.name)]
        if len(meant) != 1:
            return self
        return self.model_copy(update={"permit": meant[0].id, "name": meant[0].name})


class TurnedAway(Event):
    """A visitor was not let in."""

    kind: ClassVar[str] = "visit.turned_away"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: Place
    category: Category
    reason: Annotated[PersonalText, words(2, "请写不放行的原因，例如 业主拒绝、无法联系"), AfterValidator(no_id)]
    name: Words = ""
    headcount: Annotated[int, within(1, 99, "人数是 1 到 99")] = 1
    plate: Plate = ""
    note: Words = ""


class Left(Event):
    """The visitor was seen leaving; `headcount` puts right how many of a group they had been, None where it was so."""

    kind: ClassVar[str] = "visit.left"
    roles = staff.EVERYONE

    headcount: Annotated[int | None, within(1, 99, "人数是 1 到 99")] = None


class StayedOver(Event):
    """A guest stays the night and the household knows (留宿); `until` by default noon of the next day."""

    kind: ClassVar[str] = "visit.stayed_over"
    roles = staff.EVERYONE

    until: Moment = ""
    note: Words = ""

    def complete(self, read: Session) -> Self:
        """With its end."""
        noon = datetime.combine(fields.wall().date() + timedelta(days=1), time(12))
        return self if self.until else self.model_copy(update={"until": moment_of(noon)})


class SignedOutBySystem(Event):
    """Nobody saw the visitor leave and the day is over; when they left is not known and not invented."""

    kind: ClassVar[str] = "visit.signed_out_by_system"
    roles = staff.SUPERVISION


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one visit."""

    kind: ClassVar[str] = "visit.checked"
