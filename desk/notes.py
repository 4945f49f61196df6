"""The note book (留言簿): what one shift must tell the next, which keys and things are out, notices, lost property."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator
from sqlmodel import Field, Session, SQLModel, col, func, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import doubts, fields, lending, loan_slips, residents, staff
from desk.fields import Moment, Phone, Words, is_public, words
from printers.slip import QR, Slip

Sort = Literal["交班必读", "钥匙", "借出", "失物", "通知"]
SORTS: tuple[Sort, ...] = get_args(Sort)
"""By digit 1-5."""
MUST_READ, KEY, LOAN, FOUND, NOTICE = SORTS

How = Literal["已归还", "已办完", "已领走", "作废"]
VOID: How = "作废"
WAYS: Mapping[str, tuple[How, ...]] = {
    MUST_READ: ("已办完", VOID),
    KEY: ("已归还", VOID),
    LOAN: ("已归还", VOID),
    FOUND: ("已领走", "已办完", VOID),
    NOTICE: ("已办完", VOID),
}
"""How a note of each sort is settled; lost property nobody claims goes to the police and is then 已办完 (民法典 §314)."""

ASKED: Mapping[str, tuple[str, ...]] = {
    MUST_READ: (),
    KEY: ("holder", "back_by"),
    LOAN: ("holder", "phone", "back_by"),
    FOUND: ("holder",),
    NOTICE: ("until",),
}
"""Which of the fields in CALLED a note of each sort may fill; the form asks no others."""

CALLED = {"holder": "人名", "phone": "电话", "back_by": "归还时间", "until": "到期日"}
TAKERS = {KEY: "请写是谁还的钥匙", LOAN: "请写是谁来还的", FOUND: "请写失物交给了谁"}
"""What is said where it is not told into or out of whose hands a thing went."""

OPEN, SETTLED = "有效", "已结"

FOUND_DAYS = 30
"""How long lost property is kept for its owner before it goes to the police."""


class Left(Event):
    """A note was left. `holder` has the key, borrowed the thing, or found it and wants to be named.

    `back_by` a wall time, when a key or thing should be back; `until` the last day of a notice, "" for no end.
    """

    kind: ClassVar[str] = "note.left"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    sort: Sort
    text: Annotated[PersonalText, words(1, "请写清楚是什么事、哪把钥匙或什么东西")]
    room: str = ""
    holder: Words = ""
    phone: Phone = ""
    back_by: Moment = ""
    until: Annotated[str, AfterValidator(fields.day)] = ""


class Read(Event):
    """A 交班必读 was read by whoever acts; several people may."""

    kind: ClassVar[str] = "note.read"
    roles = staff.EVERYONE


class Settled(Event):
    """A note is over; `who` brought back or was given the thing, `why` what else there is to say."""

    kind: ClassVar[str] = "note.settled"
    roles = staff.EVERYONE

    how: How
    who: Words = ""
    why: Words = ""


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one note."""

    kind: ClassVar[str] = "note.checked"


class NoteRead(SQLModel, table=True):
    """That somebody read the note `owner`: the first time, by their staff id."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    by: str = Field(index=True)
    at: str


class Note(Record, table=True):
    """One note. `how`, `who`, `why`, `closed_at` and `closed_by` (a staff id) are "" until it is settled.

    `second` is into whose hands another desk says it went.
    """

    # The journal has a table `note` of its own.
    __tablename__ = "desk_note"
    kinds = {event.kind: event for event in (Left, Read, Settled, Checked)}

    sort: str = Field(default="", index=True)
    text: str = ""
    room: str = Field(default="", index=True)
    holder: str = ""
    phone: str = ""
    back_by: str = ""
    until: str = ""
    state: str = Field(default=OPEN, index=True)
    how: str = ""
    who: str = ""
    second: str = ""
    why: str = ""
    closed_at: str = Field(default="", index=True)
    closed_by: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What was settled twice stays as it was first; only where the two differ must somebody look."""
        match event:
            case Left() if self.sort:
                self.doubted("同一条留言登记了两次，请核对")
            case Left():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case Settled() if self.state == OPEN:
                self.state, self.closed_at, self.closed_by = SETTLED, entry.at, entry.by
                self.how, self.who, self.why = event.how, event.who, event.why
            case Settled() if (event.how, event.who) != (self.how, self.who):
                when, self.second = entry.at[5:16].replace("T", " "), event.who
                self.doubted(f"两处都办结了（{when} 又登记“{event.how}”），请核对")
            case Read() if self.sort != MUST_READ:
                self.doubted("不是交班必读却登记了已读，请核对")
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (NoteRead,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Who read it, each person once."""
        first: dict[str, Entry] = {}
        for entry, event in said:
            if isinstance(event, Read):
                first.setdefault(entry.by, entry)
        return [NoteRead(owner=self.id, n=n, by=entry.by, at=entry.at) for n, entry in enumerate(first.values())]

    @classmethod
    def refusal(cls, read: Session, record: "Note | None", event: Event, by: Actor) -> Refused | None:
        """A known place and only what fits the sort; read once a person; settled once, and things into named hands."""
        match event:
            case Left():
                return _refuse_left(read, event)
            case Read() if record:
                return _refuse_read(read, record, by)
            case Settled() if record:
                return _refuse_settled(record, event)
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """借物单 for what is lent."""
        if not isinstance(event, Left) or event.sort != LOAN:
            return ()
        large = bool(event.room) and residents.wants_large_print(read, event.room)
        return [loan_slips.loan(event, entry, QR(f"{self.number}.{check_letters(link)}"), by, large)]


def _refuse_left(read: Session, event: Left) -> Refused | None:
    for name, called in CALLED.items():
        if getattr(event, name) and name not in ASKED[event.sort]:
            return Refused(f"“{event.sort}”不用填{called}，请清空这一项", name)
    if event.room and not is_public(event.room) and (unknown := residents.refuse_unknown_room(read, event.room)):
        return unknown
    if event.sort in (KEY, LOAN) and not event.holder:
        return Refused("请写钥匙交给了谁" if event.sort == KEY else "请写借给了谁", "holder")
    now = fields.wall()
    if "" < event.back_by <= now.isoformat(timespec="minutes"):
        return Refused("归还的时间已经过去了，请改成以后的时间", "back_by")
    if "" < event.until < now.date().isoformat():
        return Refused("到期日已经过去了，请改成今天或以后；不过期就空着", "until")
    if event.sort == LOAN and left(read, event.text) == 0:
        return _refuse_lent_out(read, event.text)
    return None


def _refuse_lent_out(read: Session, item: str) -> Refused:
    first = next(one for one in out(read) if one.sort == LOAN and one.text == item)
    back = f"，最早应在 {first.back_by[5:16].replace('T', ' ')} 归还" if first.back_by else ""
    others = [f"{one.item} {still}" for one in lending.stocks(read) if (still := left(read, one.item))]
    here = f"；现在可借 {'、'.join(others)}" if others else ""
    return Refused(f"{item}都借出去了（{first.number}{back}）；先登记归还，或数量不对请按 Ctrl+O 改数量{here}", "text")


def _refuse_read(read: Session, record: Note, by: Actor) -> Refused | None:
    if record.sort != MUST_READ:
        return Refused(f"{record.number} 是{record.sort}，只有交班必读要标已读")
    if record.state == SETTLED:
        return _over(record)
    if any(one.by == by.id for one in readers(read, record)):
        return Refused(f"{record.number} 您已经标过已读；事情办完了请办结")
    return None


def _refuse_settled(record: Note, event: Settled) -> Refused | None:
    if record.state == SETTLED:
        return _over(record)
    if event.how not in WAYS[record.sort]:
        return Refused(f"{record.sort}不能登记“{event.how}”，请选 {'、'.join(WAYS[record.sort])}", "how")
    if event.how == VOID:
        return None if len(event.why) >= 2 else Refused("请写明为什么作废，例如 写错了、重复登记", "why")
    if record.sort in TAKERS and not event.who:
        return Refused(TAKERS[record.sort], "who")
    return None


def _over(record: Note) -> Refused:
    when, whose = record.closed_at[5:16].replace("T", " "), f"（{record.who}）" if record.who else ""
    return Refused(f"{record.number} 在 {when} {record.how}{whose}，不用再办；又有事请新写一条")


def next_step(read: Session, record: Note, staff_id: str) -> type[Event] | None:
    """What comes next for a note where that person stands, or None when it is over."""
    if record.state == SETTLED:
        return None
    return Read if record.id in {one.id for one in unread(read, staff_id)} else Settled


def overdue(record: Note, now: datetime) -> int:
    """Whole minutes a key or thing is out beyond the time it should be back; 0 when not. Computed, never stored."""
    if record.state == SETTLED or not record.back_by:
        return 0
    return max(0, int((now.replace(tzinfo=None) - datetime.fromisoformat(record.back_by)).total_seconds()) // 60)


def expired(record: Note, today: date) -> bool:
    """Whether a notice has run out without anybody settling it."""
    return record.state == OPEN and "" < record.until < today.isoformat()


def open_notes(read: Session, sort: Sort | None = None) -> Sequence[Note]:
    """What is not settled, of one sort or all, oldest first; a notice that has run out is still among them."""
    wanted = select(Note).where(Note.state == OPEN).order_by(col(Note.opened_at), col(Note.id))
    return read.exec(wanted if sort is None else wanted.where(Note.sort == sort)).all()


def unread(read: Session, staff_id: str) -> Sequence[Note]:
    """交班必读 still in force that this person neither wrote nor read, oldest first."""
    was_read = select(NoteRead.owner).where(NoteRead.by == staff_id)
    wanted = select(Note).where(Note.state == OPEN, Note.sort == MUST_READ, Note.opened_by != staff_id)
    return read.exec(wanted.where(col(Note.id).not_in(was_read)).order_by(col(Note.opened_at), col(Note.id))).all()


def readers(read: Session, record: Note) -> Sequence[NoteRead]:
    """Who read a note, in that order."""
    return read.exec(select(NoteRead).where(NoteRead.owner == record.id).order_by(col(NoteRead.n))).all()


def out(read: Session) -> Sequence[Note]:
    """Keys and things that are out: overdue first, then by when they should be back, those without a time last."""
    found = [one for one in open_notes(read) if one.sort in (KEY, LOAN)]
    return sorted(found, key=lambda one: (not one.back_by, one.back_by))


def left(read: Session, item: str) -> int | None:
    """How many of a thing are still here to be lent, never below 0; None where nobody counted them."""
    stock = lending.counted(read, item)
    if stock is None:
        return None
    lent = select(func.count()).select_from(Note).where(Note.sort == LOAN, Note.state == OPEN, Note.text == item)
    return max(0, stock - read.exec(lent).one())


def to_police(record: Note, today: date) -> bool:
    """Whether lost property has been kept for FOUND_DAYS and belongs with the police (民法典 §314)."""
    since = (today - timedelta(days=FOUND_DAYS)).isoformat()
    return record.sort == FOUND and record.state == OPEN and record.opened_at[:10] <= since


def notices(read: Session, today: date) -> Sequence[Note]:
    """Notices to tell people on that day, oldest first."""
    return [one for one in open_notes(read, NOTICE) if not expired(one, today)]


def recent(read: Session, limit: int = 500) -> Sequence[Note]:
    """The latest notes, newest first."""
    return read.exec(select(Note).order_by(col(Note.opened_at).desc(), col(Note.id).desc()).limit(limit)).all()
