"""Who lives where: rooms, people, and the homes that join them; 0 to n owners a room, a phone never required."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import care_slips
from desk.care_events import CARE as CARE
from desk.care_events import CareAgreed, CareWithdrawn
from desk.china import phone_tail
from desk.staff import DESK, EVERYONE
from printers.slip import Slip

HomeRole = Literal["业主", "共有人", "租户", "家属", "保姆", "护工", "法人"]
HOME_ROLES: tuple[HomeRole, ...] = ("业主", "共有人", "租户", "家属", "保姆", "护工", "法人")
OWNERS = ("业主", "共有人", "法人")

AGREED, WITHDRAWN = "同意", "撤回"
"""What was last said of care at the counter; "" where the flags came with the office's list."""

Consent = Literal["是", "否", "每次问"]


class RoomRegistered(Event):
    """A room was entered in the register; `area` in hundredths of a ㎡."""

    kind: ClassVar[str] = "room.registered"
    opens: ClassVar[bool] = True
    roles = DESK

    code: str
    area: int | None = Field(default=None, ge=1, le=100_000_00)
    note: PersonalText = ""

    def key(self) -> str:
        """Two desks that register the same room meet in one record."""
        return room_id(self.code)


class RoomChanged(Event):
    """Area or note of a room were put right; what is None stays."""

    kind: ClassVar[str] = "room.changed"
    roles = DESK

    area: int | None = Field(default=None, ge=1, le=100_000_00)
    note: PersonalText | None = None


class ConsentGiven(Event):
    """The household said whether parcels may be taken in for it (快递市场管理办法, from 2024-03-01: only with consent)."""

    kind: ClassVar[str] = "room.consented"
    roles = EVERYONE

    parcels: Consent
    said_by: PersonalText = ""


class PhonesShown(Event):
    """Someone looked at the household's full phone numbers; changes nothing, and is why masking means something."""

    kind: ClassVar[str] = "room.phones_shown"
    roles = DESK


class Room(Record, table=True):
    """One room, shop or place of the estate."""

    kinds = {event.kind: event for event in (RoomRegistered, RoomChanged, ConsentGiven, PhonesShown)}

    code: str = Field(default="", index=True)
    area: int | None = None
    note: str = ""
    parcels: str = "每次问"

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; a second registration from another desk counts as a correction."""
        match event:
            case RoomRegistered():
                self.code, self.area, self.note = event.code, event.area, event.note
            case RoomChanged():
                self.area = self.area if event.area is None else event.area
                self.note = self.note if event.note is None else event.note
            case ConsentGiven():
                self.parcels = event.parcels


class PersonRegistered(Event):
    """A person was entered in the register. `initials` are those of the name's pinyin, made at registration."""

    kind: ClassVar[str] = "person.registered"
    opens: ClassVar[bool] = True
    roles = DESK

    uid: str
    name: PersonalText
    phone: PersonalText = ""
    initials: PersonalText = ""
    care: PersonalText = ""
    note: PersonalText = ""

    def key(self) -> str:
        """Made beforehand, so that one transaction can register a person and the homes that name them."""
        return self.uid


class PersonChanged(Event):
    """Name, phone, care flags or note of a person were put right; what is None stays.

    `proof` says how the desk knew that it was the person who asked, "" for an office's list: who asks for another
    telephone may be a swindler (domain.md (f) 4).
    """

    kind: ClassVar[str] = "person.changed"
    roles = DESK

    name: PersonalText | None = None
    phone: PersonalText | None = None
    initials: PersonalText | None = None
    care: PersonalText | None = None
    note: PersonalText | None = None
    proof: Literal["", "本人到场", "回拨原号码", "家属持证件"] = ""


class Person(Record, table=True):
    """One person. `tail` is the last four digits of the phone, `care` flags joined by a comma.

    `tier` is how often somebody on the list wants to be seen, `consent` what was last said of care at the counter: by
    whom (`care_who`, `care_said_by`), how (`care_proof`) and when.
    """

    kinds = {event.kind: event for event in (PersonRegistered, PersonChanged, CareAgreed, CareWithdrawn)}

    name: str = Field(default="", index=True)
    phone: str = ""
    tail: str = Field(default="", index=True)
    initials: str = Field(default="", index=True)
    care: str = ""
    note: str = ""
    tier: str = Field(default="", index=True)
    consent: str = ""
    care_who: str = ""
    care_said_by: str = ""
    care_proof: str = ""
    care_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; of two that speak of care the later one stands."""
        match event:
            case CareAgreed():
                self.care, self.tier, self.care_proof = event.flags, event.tier, event.proof
                self._told(AGREED, event, entry)
            case CareWithdrawn():
                self.care = self.tier = self.care_proof = ""
                self._told(WITHDRAWN, event, entry)
        if not isinstance(event, PersonRegistered | PersonChanged):
            return
        for field in ("name", "phone", "initials", "care", "note"):
            said = getattr(event, field)
            if said is not None:
                setattr(self, field, said)
        self.tail = phone_tail(self.phone)

    def _told(self, consent: str, event: CareAgreed | CareWithdrawn, entry: Entry) -> None:
        self.consent, self.care_who, self.care_said_by, self.care_at = consent, event.who, event.said_by, entry.at

    @classmethod
    def refusal(cls, read: Session, record: "Person | None", event: Event, by: Actor) -> Refused | None:
        """Care is kept of who lives here, for something, and taken back where there is any; a phone changes with proof."""
        match event:
            case CareAgreed() if record and not rooms_of(read, record.id):
                return Refused("这位已经迁出，不再登记关怀；搬回来请先登记入住")
            case CareAgreed() if not (event.flags or event.tier):
                return Refused("请至少选一个标记或一个档次；都不要了请选“撤回关怀”", "flags")
            case CareWithdrawn() if record and not (record.care or record.tier):
                return Refused("没有登记关怀，不用撤回；要登记请选“关怀登记”")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """关怀登记同意书 when it was agreed, 关怀撤回单 when it was taken back."""
        match event:
            case CareAgreed():
                return [care_slips.consent(event, self.name, rooms_of(read, self.id), entry, by)]
            case CareWithdrawn():
                return [care_slips.withdrawal(event, self.name, rooms_of(read, self.id), entry, by)]
        return ()


class HomeBegan(Event):
    """A person came to belong to a room in some role."""

    kind: ClassVar[str] = "home.began"
    opens: ClassVar[bool] = True
    roles = DESK

    room: str
    person: str
    role: HomeRole = "业主"

    def key(self) -> str:
        """One home per room and person, whichever desk says so."""
        return f"home:{self.room}/{self.person}"


class HomeChanged(Event):
    """The role changed: a tenant bought, an owner became a relative."""

    kind: ClassVar[str] = "home.changed"
    roles = DESK

    role: HomeRole


class HomeEnded(Event):
    """A person no longer belongs to a room."""

    kind: ClassVar[str] = "home.ended"
    roles = DESK

    reason: str = ""


class Home(Record, table=True):
    """That a person belongs to a room. `room` is the room's code."""

    kinds = {event.kind: event for event in (HomeBegan, HomeChanged, HomeEnded)}

    room: str = Field(default="", index=True)
    person: str = Field(default="", index=True)
    role: str = ""
    ended: bool = False

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; moving in again after moving out begins anew."""
        match event:
            case HomeBegan():
                self.room, self.person, self.role, self.ended = event.room, event.person, event.role, False
            case HomeChanged():
                self.role, self.ended = event.role, False
            case HomeEnded():
                self.ended = True


def room_id(code: str) -> str:
    """The id of the record of a room, by its code."""
    return f"room:{code}"


def room(read: Session, code: str) -> Room:
    """The room of that code. Raises Refused, for the field `room`, when there is none."""
    found = read.get(Room, room_id(code))
    if found is None:
        raise unknown_room(code)
    return found


def household(read: Session, code: str) -> Sequence[tuple[Home, Person]]:
    """Who belongs to a room now: owners first, then by when they came."""
    found = read.exec(
        select(Home, Person)
        .join(Person, col(Person.id) == col(Home.person))
        .where(Home.room == code, col(Home.ended).is_(False))
    ).all()
    return sorted(found, key=lambda pair: rank(pair[0].role, pair[0].opened_at, pair[1].name))


def consent(read: Session, code: str) -> str:
    """What a household said of its parcels (是, 否, 每次问); "" of no room. Plain SQL, because every scan asks it."""
    row = raw(read.connection()).execute("SELECT parcels FROM room WHERE id = ?", (room_id(code),)).fetchone()
    return str(row[0]) if row else ""


def rooms_of(read: Session, person: str) -> Sequence[str]:
    """Codes of the rooms a person belongs to now, the one they came to first first."""
    wanted = select(Home.room).where(Home.person == person, col(Home.ended).is_(False))
    return read.exec(wanted.order_by(col(Home.opened_at), col(Home.id))).all()


def rank(role: str, came: str, name: str) -> tuple[int, str, str]:
    """Sorts a household as people name it: owners first, then by when they came."""
    return HOME_ROLES.index(role), came, name


def owner_name(read: Session, code: str) -> str:
    """What a slip calls the household: its first owner, else whoever lives there, else nothing."""
    people = household(read, code)
    return people[0][1].name if people else ""


def wants_large_print(read: Session, code: str) -> bool:
    """Whether anyone of the household asked for large print; plain SQL, because every act with a slip asks it."""
    asked = "SELECT 1 FROM home JOIN person ON person.id = person WHERE room = ? AND NOT ended AND care LIKE '%大字%'"
    return raw(read.connection()).execute(asked, (code,)).fetchone() is not None


def initials(name: str) -> str:
    """Lower-case first letters of a name's pinyin (张秀兰 → zxl); several readings of a surname are not guessed."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda text: text)).lower()[:20]


def refuse_unknown_room(read: Session, code: str) -> Refused | None:
    """The refusal for a room that is not in the register; plain SQL, because every act that names a room asks it."""
    known = raw(read.connection()).execute("SELECT 1 FROM room WHERE id = ?", (room_id(code),)).fetchone()
    return None if known else unknown_room(code)


def unknown_room(code: str) -> Refused:
    """What is said, beside the field `room`, of a room that is not in the register."""
    return Refused(f"没有“{code}”这个房号，请核对后重新输入，例如 3-2-501", "room")
