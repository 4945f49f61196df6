"""One day of one person on the care list: seen by somebody, or looked for by a ladder of steps in their turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry
from data.records import Actor, Event, Record, Refused
from desk import contacts, doubts, fields, keys_held, staff
from desk.care_events import (
    AGAIN,
    ANSWERED,
    COMMUNITY,
    ENTER,
    FAMILY,
    HERSELF,
    KNOCK,
    RING,
    RUNGS,
    SAFE,
    CareBegun,
    CareChecked,
    CareClosed,
    CareSeen,
    CareTried,
    CareUnseen,
)
from desk.contacts import Contact
from desk.residents import Person

DUE, SEEN, SEARCHED, CLOSED = "待看", "已见", "寻找中", "已结"
OPEN = (DUE, SEARCHED)

WAIT = timedelta(minutes=30)
"""Between the first knock and the second."""


class CareStep(SQLModel, table=True):
    """One rung tried on the day `owner`; `contact` the id of who was rung, `note` for the desk alone."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    at: str
    by: str
    rung: str
    answer: str
    contact: str = ""
    urgent: bool = False
    second: str = ""
    witness: str = ""
    way_in: str = ""
    note: str = ""


class CareDay(Record, table=True):
    """One day of one person on the list. `rung` is the highest tried, `tried_at` when the last was.

    `other` is how another desk says it ended, `unseen` why a tick was taken back.
    """

    kinds = {event.kind: event for event in (CareBegun, CareSeen, CareUnseen, CareTried, CareClosed, CareChecked)}

    person: str = Field(default="", index=True)
    day: str = Field(default="", index=True)
    room: str = Field(default="", index=True)
    tier: str = ""
    state: str = Field(default=DUE, index=True)
    signal: str = ""
    seen_at: str = ""
    seen_by: str = ""
    rung: str = ""
    tried_at: str = ""
    outcome: str = ""
    other: str = ""
    closed_at: str = ""
    closed_by: str = ""
    note: str = ""
    unseen: str = ""

    def doubted(self, sentence: str) -> None:
        """A day has no number of its own: the room says which it is."""
        super().doubted(f"{self.room} {sentence}")

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Seen at two desks is seen; what ends otherwise than well beside it, a person looks into."""
        when = entry.at[5:16].replace("T", " ")
        match event:
            case CareBegun() if not self.person:
                self.person, self.day, self.room, self.tier = event.person, event.day, event.room, event.tier
            case CareSeen():
                self._see(event.signal, entry, when)
            case CareUnseen() if self.state == SEEN:
                self.state, self.unseen = SEARCHED if self.rung else DUE, event.reason
                self.signal = self.seen_at = self.seen_by = ""
            case CareUnseen() if self.state == CLOSED:
                self.doubted(f"已结（{self.outcome}）之后 {when} 又撤回了 ✔，请核对")
            case CareTried() if self.state in OPEN:
                higher = max((self.rung or RUNGS[0], event.rung), key=RUNGS.index)
                self.state, self.rung, self.tried_at = SEARCHED, higher, entry.at
                if event.answer == ANSWERED and event.rung in HERSELF:
                    self._see(HERSELF[event.rung], entry, when)
            case CareTried() if event.rung == ENTER:
                self.doubted(f"“{self.state}”之后 {when} 又登记了入户，请核对")
            case CareClosed() if self.state == CLOSED:
                if event.outcome != self.outcome:
                    self.other = event.outcome
                    self.doubted(f"两处结果不同（{self.outcome}，{when} 又登记“{event.outcome}”），请核对")
            case CareClosed():
                if self.state == SEEN and event.outcome != SAFE:
                    self.doubted(f"见到之后 {when} 又登记“{event.outcome}”，请核对")
                self.state, self.outcome, self.note = CLOSED, event.outcome, event.note
                self.closed_at, self.closed_by = entry.at, entry.by
            case CareChecked():
                doubts.settle(self, event)

    def _see(self, signal: str, entry: Entry, when: str) -> None:
        if self.state in OPEN:
            self.state, self.signal, self.seen_at, self.seen_by = SEEN, signal, entry.at, entry.by
        elif self.state == CLOSED and self.outcome != SAFE:
            self.doubted(f"登记“{self.outcome}”之后 {when} 又登记见到，请核对")

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (CareStep,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Every rung tried, in order."""
        tried = [(entry, event) for entry, event in said if isinstance(event, CareTried)]
        return [
            CareStep(owner=self.id, n=n, at=entry.at, by=entry.by, **event.model_dump())
            for n, (entry, event) in enumerate(tried)
        ]

    @classmethod
    def refusal(cls, read: Session, record: "CareDay | None", event: Event, by: Actor) -> Refused | None:
        """Only who agreed to it and today; a tick once; each rung in its turn; an end for what was begun."""
        match event:
            case CareBegun():
                return _refuse_beginning(read, event)
            case CareSeen() if record and record.state not in OPEN:
                return _refuse_over(record)
            case CareUnseen() if record and record.state != SEEN:
                what = (
                    f"已结（{record.outcome}），不能撤回 ✔"
                    if record.state == CLOSED
                    else "还没有 ✔，不用撤回；现在可以登记见到"
                )
                return Refused(f"{record.room} {what}")
            case CareTried() if record:
                return _refuse_rung(read, record, event, by)
            case CareClosed() if record and record.state not in OPEN:
                return _refuse_over(record)
            case CareClosed() if record and not record.rung:
                return Refused(
                    f"{record.room} 还没有找过人，不能结案；见到了请打 ✔，没见到请按 Ctrl+U 先{next_rung(read, record)[0]}"
                )
            case CareClosed() if event.outcome != SAFE and len(event.note) < 2:
                return Refused("请写明情况和已通知谁，例如 120 已送市一院、女儿已到", "note")
            case CareChecked() if record:
                return doubts.refuse(record, event)
        return None


def _refuse_beginning(read: Session, event: CareBegun) -> Refused | None:
    person = read.get(Person, event.person)
    if person is None or not person.tier:
        return Refused("这位不在关怀名单上；要上名单请先做关怀登记（本人或家属同意）")
    if event.day != f"{fields.wall():%Y-%m-%d}":
        return Refused("只能登记今天的关怀；刚过零点请按 Esc 返回再进一次")
    return None


def _refuse_over(record: CareDay) -> Refused:
    if record.state == CLOSED:
        return Refused(
            f"{record.room} 已在 {record.closed_at[11:16]} 结案（{record.outcome}），不用再登记；不对请按 Ctrl+O 核对"
        )
    return Refused(f"{record.room} 今天 {record.seen_at[11:16]} 已经 ✔（{record.signal}），不用再登记；打错了请撤回 ✔")


def _refuse_rung(read: Session, record: CareDay, event: CareTried, by: Actor) -> Refused | None:
    if record.state not in OPEN:
        return _refuse_over(record)
    if event.urgent and len(event.note) < 2:
        return Refused("紧急越级要写明原因，例如 屋里有呼救声、闻到煤气", "note")
    step, contact = next_rung(read, record)
    if event.rung == FAMILY:
        if refused := _refuse_family(read, record, event, contact):
            return refused
    elif event.rung != step and not event.urgent:
        said = f"{step} {contact.relation}{contact.name}" if contact and by.role in staff.DESK else step
        return Refused(f"现在该“{said}”，不是“{event.rung}”；屋里有异常请选“紧急”并写明原因", "rung")
    if event.rung == AGAIN and not event.urgent and (after := record_time(record) + WAIT) > fields.wall():
        return Refused(f"{record.tried_at[11:16]} 敲过门，请等到 {after:%H:%M} 再敲；屋里有异常请选“紧急”并写明原因", "rung")
    if event.rung == ENTER:
        return _refuse_entry(read, record, event, by)
    return None


def _refuse_family(read: Session, record: CareDay, event: CareTried, expected: Contact | None) -> Refused | None:
    contact = read.get(Contact, event.contact)
    if contact is None or contact.room != record.room or contact.state == contacts.GONE:
        return Refused("请从这一户的联系人里选一位；没有登记过的人一律不告知", "contact")
    step, _ = next_rung(read, record)
    if not event.urgent and step != FAMILY:
        return Refused(f"现在该“{step}”，不是“{FAMILY}”；屋里有异常请选“紧急”并写明原因", "rung")
    if refused := contacts.refuse_call(contact, fields.wall(), event.urgent):
        return refused
    if not event.urgent and expected and contact.id != expected.id:
        return Refused(f"按次序该先联系 {expected.relation}{expected.name}", "contact")
    return None


def _refuse_entry(read: Session, record: CareDay, event: CareTried, by: Actor) -> Refused | None:
    if not event.way_in:
        return Refused("请选怎么进的门；没有进门就登记到上一步", "way_in")
    if event.way_in == "托管钥匙" and not any(key.state == keys_held.OUT for key in keys_held.held(read, record.room)):
        return Refused(f"{record.room} 没有取出的托管钥匙，请先登记取用（两人），再登记入户", "way_in")
    if len(event.note) < 2:
        return Refused("请写入户前后的情况，例如 门反锁、人在卧室已叫 120", "note")
    return keys_held.refuse_alone(read, event.second, event.witness, True, by)


def record_time(record: CareDay) -> datetime:
    """The minute of the last rung tried; long ago where none was or it cannot be read."""
    try:
        return datetime.fromisoformat(record.tried_at[:16])
    except ValueError:
        return datetime.min


def next_rung(read: Session, record: CareDay) -> tuple[str, Contact | None]:
    """Which rung comes next, and at 联系家属 whom to ring: the next in turn that was not tried and may be rung at this hour.

    "" where nothing is left to try, or the person was seen.
    """
    if record.state not in OPEN or record.rung == ENTER:
        return "", None
    if not record.rung:
        person = read.get(Person, record.person)
        return (RING if person and person.phone else KNOCK), None
    if record.rung in (RING, KNOCK):
        return RUNGS[RUNGS.index(record.rung) + 1], None
    if record.rung == COMMUNITY:
        return ENTER, None
    rung = {one.contact for one in steps(read, record)}
    now = fields.wall()
    for contact in contacts.tree(read, record.room):
        if contact.id not in rung and contacts.refuse_call(contact, now, False) is None:
            return FAMILY, contact
    return COMMUNITY, None


def steps(read: Session, record: CareDay) -> Sequence[CareStep]:
    """The rungs tried on a day, in order."""
    return read.exec(select(CareStep).where(CareStep.owner == record.id).order_by(col(CareStep.n))).all()


def acts(read: Session, record: CareDay, event: Event) -> list[tuple[Event, str | None]]:
    """What is done in one transaction: the day's record begun where it is not yet, and what happened."""
    begun = CareBegun(person=record.person, day=record.day, room=record.room, tier=record.tier)
    return [*([] if read.get(CareDay, record.id) else [(begun, None)]), (event, record.id)]
