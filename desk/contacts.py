"""Who is told of a household (家属联系人): in which order, of what, not in their quiet hours, and only who was listed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self, get_args

from sqlmodel import Field, Session, col, select

from data.entry import Entry
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import china, doubts, fields, residents, staff
from desk.care_events import Answer
from desk.fields import Phone, Words, within, words

RELATIONS = ("女儿", "儿子", "配偶", "亲属", "邻居", "网格员", "护工")
"""What contacts usually are, by digit; anything else may be written."""

Relation = Annotated[PersonalText, words(1, "请写与住户的关系，例如 女儿、邻居")]
Tell = Literal["可告知", "只告知平安", "只紧急时", "不告知"]
TELLS: tuple[Tell, ...] = get_args(Tell)
"""What may be told to a contact, as the household agreed."""

MOST = 9
LISTED, GONE = "有效", "已撤下"
_HOUR = within(0, 23, "静默时段写整点 0 到 23，例如 22 到 7；没有就空着")


class ContactNamed(Event):
    """Somebody was named to be told. `place` is their turn, `quiet_from` and `quiet_to` full hours they are not rung in.

    `phrase` is what they say to prove on the telephone who they are; `agreed_by` who of the household agreed.
    """

    kind: ClassVar[str] = "contact.named"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    room: str
    name: Annotated[PersonalText, words(1, "请写联系人的姓名")]
    relation: Relation
    phone: Phone = ""
    tell: Tell = "可告知"
    agreed_by: Annotated[PersonalText, words(1, "请写住户里是谁同意告知的")]
    quiet_from: Annotated[int | None, _HOUR] = None
    quiet_to: Annotated[int | None, _HOUR] = None
    holds_key: bool = False
    phrase: Words = ""
    place: Annotated[int | None, within(1, MOST, f"次序是 1 到 {MOST}")] = None

    def complete(self, read: Session) -> Self:
        """Last in turn where nobody said which."""
        last = max((one.place for one in tree(read, self.room)), default=0)
        return self if self.place else self.model_copy(update={"place": min(last + 1, MOST)})


class ContactChanged(Event):
    """What is known of a contact was put right; as it now stands, whole."""

    kind: ClassVar[str] = "contact.changed"
    roles = staff.DESK

    name: Annotated[PersonalText, words(1, "请写联系人的姓名")]
    relation: Relation
    phone: Phone = ""
    tell: Tell
    agreed_by: Annotated[PersonalText, words(1, "请写住户里是谁同意告知的")]
    quiet_from: Annotated[int | None, _HOUR] = None
    quiet_to: Annotated[int | None, _HOUR] = None
    holds_key: bool = False
    phrase: Words = ""
    place: Annotated[int, within(1, MOST, f"次序是 1 到 {MOST}")]


class ContactEnded(Event):
    """They are no longer told anything."""

    kind: ClassVar[str] = "contact.ended"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写为什么撤下，例如 住户要求、号码停用")]


class ContactTold(Event):
    """They were rung, outside the ladder of a missed person, about `what`."""

    kind: ClassVar[str] = "contact.told"
    roles = staff.DESK

    what: Annotated[PersonalText, words(2, "请写告知了什么事")]
    answer: Answer
    urgent: bool = False


class ContactChecked(doubts.Checked):
    """Somebody looked into what two desks said of one contact."""

    kind: ClassVar[str] = "contact.checked"


class Contact(Record, table=True):
    """One contact of a household. `told_at`, `told` and `answer` are of the last call, `reason` why it ended."""

    kinds = {event.kind: event for event in (ContactNamed, ContactChanged, ContactEnded, ContactTold, ContactChecked)}

    room: str = Field(default="", index=True)
    name: str = ""
    relation: str = ""
    phone: str = ""
    tell: str = ""
    agreed_by: str = ""
    quiet_from: int | None = None
    quiet_to: int | None = None
    holds_key: bool = False
    phrase: str = ""
    place: int = 0
    state: str = Field(default=LISTED, index=True)
    reason: str = ""
    told_at: str = ""
    told: str = ""
    answer: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Of two corrections the later stands; who was taken off stays off, and a person looks."""
        match event:
            case ContactNamed() if self.room:
                self.doubted("同一位联系人登记了两次，请核对")
            case ContactNamed():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
                self.place = event.place or MOST
            case ContactChanged() if self.state == GONE:
                self.doubted(f"联系人撤下之后 {entry.at[5:16].replace('T', ' ')} 又改了资料，请核对还要不要告知")
            case ContactChanged():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case ContactEnded() if self.state == LISTED:
                self.state, self.reason = GONE, event.reason
            case ContactTold():
                self.told_at, self.told, self.answer = entry.at, event.what, event.answer
            case ContactChecked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Contact | None", event: Event, by: Actor) -> Refused | None:
        """A known room, nobody twice, a way to reach them, a quiet time with two ends; told only who and when may be."""
        if isinstance(event, ContactChecked) and record:
            return doubts.refuse(record, event)
        if record and record.state == GONE:
            return Refused(f"{record.number} 已撤下，不能再改、再告知；要恢复请重新登记一位")
        if isinstance(event, ContactNamed) and (unknown := residents.refuse_unknown_room(read, event.room)):
            return unknown
        if isinstance(event, ContactNamed | ContactChanged):
            room = event.room if isinstance(event, ContactNamed) else record.room if record else ""
            return _refuse_facts(tree(read, room), record, event)
        if isinstance(event, ContactTold) and record:
            return refuse_call(record, fields.wall(), event.urgent)
        return None


def _refuse_facts(there: Sequence[Contact], record: Contact | None, event: ContactNamed | ContactChanged) -> Refused | None:
    others = [one for one in there if record is None or one.id != record.id]
    if any(one.name == event.name for one in others):
        return Refused(f"{event.name}已在联系人里，请改原来那一位；同名的请加称呼区分", "name")
    if record is None and len(others) >= MOST:
        return Refused(f"一户最多 {MOST} 位联系人，请先撤下一位", "name")
    if not event.phone and not event.holds_key:
        return Refused("请填电话；没有电话的，只能登记拿着钥匙的邻居", "phone")
    if (event.quiet_from is None) != (event.quiet_to is None):
        return Refused("静默时段要写起止两个钟点，或者都空着", "quiet_to" if event.quiet_to is None else "quiet_from")
    if event.quiet_from is not None and event.quiet_from == event.quiet_to:
        return Refused("静默时段的起止不能是同一个钟点；全天不方便请选“只紧急时”", "quiet_to")
    return None


def refuse_call(record: Contact, now: datetime, urgent: bool) -> Refused | None:
    """Why a contact is not rung now, or None; in an emergency quiet hours and 只紧急时 do not hold, 不告知 always does."""
    if record.tell == "不告知":
        return Refused(f"{record.name}登记为“不告知”，请联系下一位；住户同意了再改登记", "contact")
    if record.tell == "只紧急时" and not urgent:
        return Refused(f"{record.name}只在紧急时告知；确实紧急请选“紧急”，否则联系下一位", "contact")
    if quiet(record, now) and not urgent:
        hours = f"{record.quiet_from}–{record.quiet_to} 点"
        return Refused(f"现在是{record.name}的静默时段（{hours}）；确实紧急请选“紧急”，否则联系下一位或过后再打", "contact")
    return None


def quiet(record: Contact, now: datetime) -> bool:
    """Whether a contact does not want to be rung at this hour; 22 to 7 goes over midnight."""
    start, end = record.quiet_from, record.quiet_to
    if start is None or end is None:
        return False
    return start <= now.hour < end if start < end else now.hour >= start or now.hour < end


def tree(read: Session, room: str) -> Sequence[Contact]:
    """The contacts of a household, in the order they are told; nobody else is told anything."""
    wanted = select(Contact).where(Contact.room == room, Contact.state == LISTED)
    return read.exec(wanted.order_by(col(Contact.place), col(Contact.opened_at), col(Contact.id))).all()


def phrase(record: Contact, by: Actor) -> str:
    """What a contact says on the telephone to prove who they are, "" where none was agreed. Raises Refused for a guard."""
    if by.role not in staff.DESK:
        raise Refused("口令只有前台能看，请转前台或当班主管")
    return record.phrase


def line(record: Contact, full: bool = False) -> str:
    """A contact as the card says it: 子女 张敏 139****8888（可告知） 静默 22–7 有钥匙."""
    phone = record.phone if full else china.mask_phone(record.phone)
    said = f"{record.relation} {record.name} {phone or '无电话'}（{record.tell}）"
    if record.quiet_from is not None:
        said += f" 静默 {record.quiet_from}–{record.quiet_to}"
    return said + (" 有钥匙" if record.holds_key else "")
