"""Incidents (突发事件): written the moment a key is pressed, told line by line afterwards, closed by a supervisor."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, Session, SQLModel, and_, col, or_, select

from data.entry import Entry
from data.records import Actor, Event, Record, Refused
from desk import china, doubts, fields, incident_slips, residents, staff
from desk.fields import is_public, moment_of
from desk.incident_events import Checked, Closed, Corrected, Joined, Opened, Parted, Placed, Told
from desk.visits import OFFICE, Visit
from printers.slip import Slip

OPEN, JOINED, CLOSED = "处理中", "已并案", "已结案"
LINE = (OPEN, JOINED, CLOSED)
"""States from first to last: of two that exclude each other the later one stands."""


class IncidentLine(SQLModel, table=True):
    """A line of the incident `owner`: when it happened, who wrote it (a staff id), what step, in whose words."""

    __tablename__ = "incident_line"

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    at: str
    by: str
    step: str
    text: str
    room: str


class IncidentVisit(SQLModel, table=True):
    """That the incident `owner` concerns a visit: what the visitor said of themselves is then kept longer than 30 days."""

    __tablename__ = "incident_visit"

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    visit: str = Field(index=True)


class Incident(Record, table=True):
    """One incident. `into` is the one it was joined to; `came` when help first came, both times ISO, "" not yet."""

    kinds = {event.kind: event for event in (Opened, Placed, Told, Corrected, Joined, Parted, Closed, Checked)}

    sort: str = Field(default="", index=True)
    room: str = Field(default="", index=True)
    place: str = ""
    text: str = ""
    state: str = Field(default=OPEN, index=True)
    came: str = ""
    into: str = Field(default="", index=True)
    result: str = ""
    closed_at: str = ""
    closed_by: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What is closed stays closed; what was written without knowing makes somebody look."""
        if isinstance(event, Checked):
            doubts.settle(self, event)
            return
        late = f"（{entry.at[5:16].replace('T', ' ')}），请核对"
        match event:
            case Opened() if self.sort:
                self.doubted("同一件事件登记了两次，请核对")
            case Opened():
                self.sort, self.room, self.place, self.text = event.sort, event.room, event.place, event.text
            case Placed():
                self.place, self.room = event.place, event.room
            case Told() if event.step == "到场":
                self.came = min(self.came, event.at or entry.at[:16]) if self.came else event.at or entry.at[:16]
            case Corrected():
                self.sort = event.sort or self.sort
            case Joined() if self.state == OPEN:
                self.state, self.into = JOINED, event.into
            case Joined() if self.state == CLOSED or event.into != self.into:
                self.doubted(f"“{self.state}”之后又并案{late}")
            case Parted() if self.state == JOINED:
                self.state, self.into = OPEN, ""
            case Parted() if self.state == CLOSED:
                self.doubted(f"“{self.state}”之后又撤销并案{late}")
            case Closed():
                self._close(event, entry, late)
        if isinstance(event, Placed | Told) and self.state != OPEN:
            self.doubted(f"“{self.state}”之后又有记录{late}")

    def _close(self, event: Closed, entry: Entry, late: str) -> None:
        if self.state == CLOSED:
            if event.result != self.result:
                self.doubted(f"两处都结案了{late}")
            return
        if self.state == JOINED:
            self.doubted(f"“{self.state}”之后又结案{late}")
        self.state, self.into, self.result = CLOSED, "", event.result
        self.closed_at, self.closed_by = entry.at, entry.by

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (IncidentLine, IncidentVisit)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """What was told, in the order it happened, and the visits it concerns, each once."""
        told: list[tuple[str, Entry, str, str, str]] = []
        concerned: dict[str, None] = {}
        for entry, event in said:
            match event:
                case Opened():
                    told.append((entry.at[:16], entry, event.sort, event.text, event.room))
                case Placed():
                    told.append((entry.at[:16], entry, "地点", event.place, event.room))
                case Told():
                    told.append((event.at or entry.at[:16], entry, event.step, event.text, event.room))
                    if event.visit:
                        concerned.setdefault(event.visit)
                case Corrected():
                    told.append((entry.at[:16], entry, "更正", f"{event.sort or ''} {event.text}".strip(), ""))
                case Joined():
                    told.append((entry.at[:16], entry, "并案", "", ""))
                case Parted():
                    told.append((entry.at[:16], entry, "撤销并案", event.why, ""))
                case Closed():
                    told.append((entry.at[:16], entry, "结案", event.result, ""))
        told.sort(key=lambda line: line[0])
        return [
            *(
                IncidentLine(owner=self.id, n=n, at=at, by=entry.by, step=step, text=text, room=room)
                for n, (at, entry, step, text, room) in enumerate(told)
            ),
            *(IncidentVisit(owner=self.id, n=n, visit=visit) for n, visit in enumerate(concerned)),
        ]

    @classmethod
    def refusal(cls, read: Session, record: "Incident | None", event: Event, by: Actor) -> Refused | None:
        """Known rooms and visits, times gone by; nothing is added to what is closed but by a supervisor's correction."""
        room = getattr(event, "room", "")
        if room and room != OFFICE and not is_public(room) and (unknown := residents.refuse_unknown_room(read, room)):
            return unknown
        if record is None:
            return None
        match event:
            case Checked():
                return doubts.refuse(record, event)
            case Placed() if not (event.place or event.room):
                return Refused("请写在哪里，例如 3栋2单元门口", "place")
            case Placed() | Told() if record.state != OPEN:
                return _over(read, record)
            case Told():
                return _refuse_told(read, record, event)
            case Joined():
                return _refuse_joined(read, record, event)
            case Parted() if record.state != JOINED:
                return Refused(f"{record.number} {record.state}，没有并到别的事件里，不用撤销")
            case Closed() if record.state != OPEN:
                return _over(read, record)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """事件记录 when it is closed."""
        return [sheet(read, self, by)] if isinstance(event, Closed) else ()


def _over(read: Session, record: Incident) -> Refused:
    if record.state == JOINED:
        other = read.get(Incident, record.into)
        return Refused(f"{record.number} 已并到 {other.number if other else '另一件'}，请记到那一件里")
    return Refused(f"{record.number} 已在 {record.closed_at[5:16].replace('T', ' ')} 结案；还要补记请主管更正")


def _refuse_told(read: Session, record: Incident, event: Told) -> Refused | None:
    if event.at > moment_of(fields.wall()):
        return Refused("这个时间还没到，请填已经过去的时间；不填就是现在", "at")
    if event.visit and read.get(Visit, event.visit) is None:
        return Refused("没有这张访客单，请核对单号", "visit")
    if event.step in ("情况", "处理") and len(event.text) < 2:
        return Refused("请写清楚是什么情况、怎么处理的", "text")
    if event.step == "涉及" and not (event.text or event.room or event.visit):
        return Refused("请写涉及哪一户、哪张访客单，或写明是谁", "room")
    return None


def _refuse_joined(read: Session, record: Incident, event: Joined) -> Refused | None:
    if record.state != OPEN:
        return _over(read, record)
    other = read.get(Incident, event.into)
    if other is None or other.id == record.id:
        return Refused("请选要并入的另一件事件", "into")
    if other.state == JOINED:
        return Refused(f"{other.number} 自己已经并案，请并到它并入的那一件", "into")
    if read.exec(select(Incident).where(Incident.into == record.id)).first():
        return Refused(f"已有别的事件并到 {record.number}，请反过来把另一件并进来", "into")
    return None


def sheet(read: Session, record: Incident, by: Actor) -> Slip:
    """The 事件记录 as it stands, with the lines of those that were joined to it."""
    people = staff.names(read)
    joined = joined_to(read, record)
    told = sorted((one for incident in (record, *joined) for one in lines(read, incident)), key=lambda one: (one.at, one.n))
    return incident_slips.sheet(record, [one.number for one in joined], told, visits_of(read, record), people, by)


def lines(read: Session, record: Incident) -> Sequence[IncidentLine]:
    """What was told of it, in the order it happened."""
    return read.exec(select(IncidentLine).where(IncidentLine.owner == record.id).order_by(col(IncidentLine.n))).all()


def visits_of(read: Session, record: Incident) -> Sequence[Visit]:
    """The visits it concerns."""
    joined = select(Visit).join(IncidentVisit, col(IncidentVisit.visit) == col(Visit.id))
    return read.exec(joined.where(IncidentVisit.owner == record.id).order_by(col(IncidentVisit.n))).all()


def visit_meant(read: Session, number: str) -> str:
    """The id of the visit of that number, "" for none typed. Raises Refused where there is no such visit."""
    said = china.fold_digits(number).upper().partition(".")[0]
    found = read.exec(select(Visit.id).where(Visit.number == said)).first() if said else ""
    if found is None:
        raise Refused(f"没有访客单 {said}，请核对单号", "visit")
    return found


def joined_to(read: Session, record: Incident) -> Sequence[Incident]:
    """Those that were joined to it, oldest first."""
    return read.exec(select(Incident).where(Incident.into == record.id).order_by(col(Incident.opened_at))).all()


def open_incidents(read: Session) -> Sequence[Incident]:
    """What is not closed, oldest first; among it what two desks joined to each other, which else nobody would see."""
    away = select(Incident.id).where(Incident.state == JOINED)
    lost = and_(col(Incident.state) == JOINED, col(Incident.into).in_(away))
    wanted = select(Incident).where(or_(col(Incident.state) == OPEN, lost))
    return read.exec(wanted.order_by(col(Incident.opened_at), col(Incident.id)).limit(100)).all()


def recent(read: Session, limit: int = 200) -> Sequence[Incident]:
    """The latest incidents, newest first."""
    return read.exec(select(Incident).order_by(col(Incident.opened_at).desc(), col(Incident.id).desc()).limit(limit)).all()


def called(record: Incident) -> str:
    """What it is and where: `救护 3栋2单元`."""
    return f"{record.sort} {record.place or record.room}".strip()


def minutes(record: Incident, now: datetime) -> int:
    """Whole minutes since it began, until it was closed; 0 where the time cannot be read."""
    try:
        began = datetime.fromisoformat(record.opened_at).replace(tzinfo=None)
        until = datetime.fromisoformat(record.closed_at).replace(tzinfo=None) if record.closed_at else now.replace(tzinfo=None)
    except ValueError:
        return 0
    return max(0, int((until - began).total_seconds()) // 60)
