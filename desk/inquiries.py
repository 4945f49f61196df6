"""Who was given what of the visits (调取登记): a unit, an officer, a document; while it is open those visits are kept."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import AfterValidator
from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import doubts, fields, staff, visit_slips
from desk.fields import day, words
from desk.visitor_fields import Why, no_id
from printers.slip import QR, Slip

OPEN, CLOSED = "办理中", "已办结"


def _a_day(text: str) -> str:
    if not text:
        raise ValueError("请写要调取哪一天的记录，例如 2026-11-20")
    return day(text)


class Opened(Event):
    """Somebody entitled asked for visits of a period, `since` to `until`, both days included, and was given some or none.

    `document` is the number of the paper they came with: without one nothing is given (个保法 §13, §25; domain.md B2).
    `officer` is a name or a service number; no ID number is written down.
    """

    kind: ClassVar[str] = "inquiry.opened"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.SUPERVISION

    unit: Annotated[str, words(2, "请写是哪个单位，例如 明强派出所")]
    officer: Annotated[PersonalText, words(1, "请写来人的姓名或警号"), AfterValidator(no_id)]
    document: Annotated[str, words(2, "请写调取文书的文号；没有文书的不能调取")]
    since: Annotated[str, AfterValidator(_a_day)]
    until: Annotated[str, AfterValidator(_a_day)]
    asked: Annotated[PersonalText, words(2, "请写要查什么"), AfterValidator(no_id)]
    given: Annotated[PersonalText, words(1, "请写给了什么；没有给的写 未提供"), AfterValidator(no_id)]


class Closed(Event):
    """The matter is over; what it held may be erased in its time."""

    kind: ClassVar[str] = "inquiry.closed"
    roles = staff.SUPERVISION

    result: Why


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one inquiry."""

    kind: ClassVar[str] = "inquiry.checked"


class Inquiry(Record, table=True):
    """One inquiry. `closed_at` and `closed_by` (a staff id) are "" while it is open."""

    kinds = {event.kind: event for event in (Opened, Closed, Checked)}

    unit: str = ""
    officer: str = ""
    document: str = ""
    since: str = ""
    until: str = ""
    asked: str = ""
    given: str = ""
    state: str = Field(default=OPEN, index=True)
    closed_at: str = ""
    closed_by: str = ""
    result: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Closed at two desks is closed, by whoever was first; nobody need look at that."""
        match event:
            case Opened() if self.unit:
                self.doubted("同一次调取登记了两次，请核对")
            case Opened():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case Closed() if self.state == OPEN:
                self.state, self.closed_at, self.closed_by, self.result = CLOSED, entry.at, entry.by, event.result
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Inquiry | None", event: Event, by: Actor) -> Refused | None:
        """A period of days that are past; closed once."""
        match event:
            case Opened() if event.until < event.since:
                return Refused("结束的一天不能在开始的一天以前，请核对日期", "until")
            case Opened() if event.since > fields.wall().date().isoformat():
                return Refused("还没到的日子没有记录可调，请核对日期", "since")
            case Closed() if record and record.state == CLOSED:
                when = record.closed_at[5:16].replace("T", " ")
                return Refused(f"{record.number} 已在 {when} 办结，不用再办；又来调取请新登记")
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """调取登记单, to be signed by both sides."""
        if not isinstance(event, Opened):
            return ()
        return [visit_slips.inquiry(self, entry, QR(f"{self.number}.{check_letters(link)}"), by)]


def require(by: Actor) -> None:
    """Raises Refused for those who are not told who asked for what."""
    if by.role not in staff.SUPERVISION:
        raise Refused("调取登记只有主管可以看和办；有人来调取请报当班主管")


def latest(read: Session, by: Actor, limit: int = 300) -> Sequence[Inquiry]:
    """Inquiries, open ones first, then the newest. Raises Refused for those who are not told."""
    require(by)
    newest = select(Inquiry).order_by(col(Inquiry.state) != OPEN, col(Inquiry.opened_at).desc(), col(Inquiry.id).desc())
    return read.exec(newest.limit(limit)).all()
