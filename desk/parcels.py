"""Parcels held for residents: whose, on which shelf, under which pick-up code, and into whose hands they went."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, ValidationInfo, field_validator
from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import china, custody_slips, doubts, fields, residents, shelves, staff
from desk.fields import Words, is_public, within, words
from desk.shelves import FLOOR, HELD, Size
from printers.slip import QR, Slip

Condition = Literal["完好", "破损", "湿"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
Special = Literal["", "生鲜", "药", "贵重", "到付"]
SPECIALS: tuple[Special, ...] = get_args(Special)
Picker = Literal["本人", "家人", "代取"]
PICKERS: tuple[Picker, ...] = get_args(Picker)
Proof = Literal["取件码", "房号+姓名", "手机尾号", "熟识"]
PROOFS: tuple[Proof, ...] = get_args(Proof)
Way = Literal["电话", "短信", "微信", "门贴", "当面"]
WAYS: tuple[Way, ...] = get_args(Way)

COLLECTED, RETURNED = "已取", "已退"
LEVELS = ("新", "超1天", "超3天", "超7天")
"""How long a parcel has been held: up to 24 h, 72 h, 7 days, longer (then it should go back)."""

BY_CALL = ("生鲜", "贵重")
"""What is only taken in on the household's word, whatever is on file (as 智能快件箱寄递服务管理办法; domain.md B3)."""


def courier_known(courier: str) -> str:
    """One of china.COURIERS. Raises ValueError in Chinese."""
    if courier not in china.COURIERS:
        raise ValueError(f"请选快递公司：{'、'.join(china.COURIERS)}")
    return courier


class TakenIn(Event):
    """A parcel was taken in, free of charge. `code` is the desk's to give; shelf 0 is the floor, for 超大 only.

    `description` stands for a waybill that cannot be read, `consented` for the household's yes to this one parcel.
    """

    kind: ClassVar[str] = "parcel.taken_in"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    courier: Annotated[str, AfterValidator(courier_known)]
    room: Annotated[str, words(1, "请填收件的房号；手机尾号可以在找人框里查房号")]
    waybill: Annotated[str, AfterValidator(lambda text: text and china.waybill(text))] = ""
    description: Words = ""
    addressee: Words = ""
    size: Size = "小"
    shelf: Annotated[int | None, within(0, 99, "架号是 1 到 99")] = None
    layer: Annotated[int | None, within(1, 9, "层号是 1 到 9")] = None
    condition: Condition = "完好"
    special: Special = ""
    consented: bool = False
    batch: Words = ""
    code: str = ""

    @field_validator("shelf")
    @classmethod
    def off_the_floor(cls, shelf: int | None, info: ValidationInfo) -> int | None:
        """Only what no shelf can bear stands on the floor."""
        if shelf == FLOOR and info.data.get("size") != "超大":
            raise ValueError("只有超大件放地上，其他请填架号 1 到 99")
        return shelf

    @field_validator("special")
    @classmethod
    def nothing_to_pay(cls, special: Special) -> Special:
        """The desk pays for nobody."""
        if special == "到付":
            raise ValueError("到付件不代收，请快递员联系收件人当面付款")
        return special

    def complete(self, read: Session) -> Self:
        """With a shelf where none was said, and with the code."""
        shelf, layer = self.shelf, self.layer
        if shelf is None or layer is None:
            shelf, layer = shelves.suggest(read, self.size, shelf, layer)
        serial = shelves.free_serial(read, fields.wall())
        where = "地" if shelf == FLOOR else str(shelf)
        return self.model_copy(update={"shelf": shelf, "layer": layer, "code": f"{where}-{layer}-{serial:04d}"})


class Notified(Event):
    """The household was told, or was tried to be."""

    kind: ClassVar[str] = "parcel.notified"
    roles = staff.EVERYONE

    way: Way
    note: Words = ""


class Collected(Event):
    """A parcel was handed over. `codes` are all that went at once and stand on one 签收单: None this one alone, () none."""

    kind: ClassVar[str] = "parcel.collected"
    roles = staff.EVERYONE

    by_whom: Picker = "本人"
    name: Words = ""
    relation: Words = ""
    proof: Proof = "取件码"
    codes: tuple[str, ...] | None = None


class Returned(Event):
    """The courier took a parcel back; `courier` is the person who did."""

    kind: ClassVar[str] = "parcel.returned"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写退件原因，例如 超过七天无人取、拒收、查无此人")]
    courier: Annotated[PersonalText, words(1, "请填来取退件的快递员姓名或工号")]


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one parcel."""

    kind: ClassVar[str] = "parcel.checked"


class Parcel(Record, table=True):
    """One parcel. `serial` is the number in its code, `closed_at` when it went, `handed_by` the id of who handed it over.

    `second` is who another desk says it went to as well.
    """

    kinds = {event.kind: event for event in (TakenIn, Notified, Collected, Returned, Checked)}

    room: str = Field(default="", index=True)
    courier: str = ""
    waybill: str = Field(default="", index=True)
    description: str = ""
    addressee: str = ""
    size: str = ""
    shelf: int | None = None
    layer: int | None = None
    condition: str = ""
    special: str = ""
    batch: str = ""
    code: str = Field(default="", index=True)
    serial: int = Field(default=0, index=True)
    state: str = Field(default=HELD, index=True)
    closed_at: str = Field(default="", index=True)
    handed_by: str = ""
    by_whom: str = ""
    picker: str = ""
    relation: str = ""
    proof: str = ""
    second: str = ""
    reason: str = ""
    notices: int = 0
    notified_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What went twice stays with whom it went to first, and a hand-over beats a return."""
        when = entry.at[5:16].replace("T", " ")
        match event:
            case TakenIn() if self.room:
                self.doubted("同一件登记了两次，请核对")
            case TakenIn():
                for name in type(event).model_fields.keys() & type(self).model_fields.keys():
                    setattr(self, name, getattr(event, name))
                serial = event.code.rpartition("-")[2]
                self.serial = int(serial) if serial.isascii() and serial.isdecimal() and len(serial) == 4 else 0
            case Notified():
                # Another desk may ring for what just went; that is nobody's fault and no doubt.
                self.notices, self.notified_at = self.notices + 1, entry.at
            case Collected() if self.state == COLLECTED:
                self.second = hands(event.by_whom, event.name)
                self.doubted(f"两处都登记了取走（{when} 又交给{event.by_whom}），请核对")
            case Collected():
                if self.state == RETURNED:
                    self.doubted(f"已退件，{when} 又登记取走，请核对")
                self.state, self.closed_at, self.handed_by = COLLECTED, entry.at, entry.by
                self.by_whom, self.picker, self.relation, self.proof = event.by_whom, event.name, event.relation, event.proof
            case Returned() if self.state == HELD:
                self.state, self.closed_at, self.handed_by, self.reason = RETURNED, entry.at, entry.by, event.reason
                self.picker = event.courier
            case Returned():
                self.doubted(f"“{self.state}”之后 {when} 又登记退件，请核对")
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def refusal(cls, read: Session, record: "Parcel | None", event: Event, by: Actor) -> Refused | None:
        """A known and willing household, no waybill twice, and out only what is held, into named hands."""
        if isinstance(event, TakenIn):
            return _refuse_intake(read, event)
        if record and isinstance(event, Checked):
            return doubts.refuse(record, event)
        if record and record.state != HELD:
            return _refuse_gone(read, record)
        if record and isinstance(event, Collected):
            if event.by_whom == "代取" and not (event.name and event.relation):
                return Refused("代取要写代取人姓名和与住户的关系", "relation" if event.name else "name")
            known = set(read.exec(select(Parcel.code).where(Parcel.room == record.room)))
            if strange := [code for code in event.codes or () if code not in known]:
                return Refused(f"{'、'.join(strange)} 不是 {record.room} 的包裹，请核对", "codes")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """包裹标签 on the way in, 取件通知 for the door, 签收单 on the way out."""
        token = QR(f"{self.number}.{check_letters(link)}")
        large = residents.wants_large_print(read, self.room)
        match event:
            case TakenIn():
                return [custody_slips.label(self, token, large)]
            case Notified() if event.way == "门贴":
                return [custody_slips.notice(self, token, large)]
            case Collected() if event.codes != ():
                return [custody_slips.handover(self, event, entry, token, by, large)]
        return ()


def _refuse_intake(read: Session, event: TakenIn) -> Refused | None:
    if not is_public(event.room) and (unknown := residents.refuse_unknown_room(read, event.room)):
        return unknown
    if not (event.waybill or event.description):
        return Refused("请扫单号；没有单号的请写明是什么样的包裹", "description")
    twin = by_waybill(read, event.waybill)
    if twin and twin.state == HELD:
        return Refused(f"这个单号已在库，取件码 {twin.code}（{twin.room}），不用再入", "waybill")
    if is_public(event.room):
        return None
    consent = residents.room(read, event.room).parcels
    if consent == "否":
        return Refused(f"{event.room} 不同意代收，请快递员送上门或带回；住户改主意请先改代收授权", "room")
    if not event.consented and (consent != "是" or event.special in BY_CALL):
        why = f"{event.special}件" if event.special in BY_CALL else f"{event.room} 每次代收都要问"
        return Refused(f"{why}，请先打电话，同意后选“已电话同意”；联系不上请快递员带回", "consented")
    return None


def _refuse_gone(read: Session, record: Parcel) -> Refused:
    when = record.closed_at[5:16].replace("T", " ")
    if record.state == RETURNED:
        return Refused(f"{record.code} 已在 {when} 退给快递员{record.picker}，请住户联系{record.courier}")
    clerk = staff.names(read).get(record.handed_by, "")
    to = hands(record.by_whom, record.picker)
    return Refused(f"{record.code} 已在 {when} 由{to}取走{f'，经办 {clerk}' if clerk else ''}；住户说没拿到请报主管")


def hands(by_whom: str, name: str) -> str:
    """Who took it, as said: 家人张敏, 本人."""
    return f"{by_whom}{name}"


def collect_all(parcels: Sequence[Parcel], said: Collected) -> list[tuple[Event, str]]:
    """The acts that hand several parcels of one household over at once, for Store.act_all; one 签收单 names them all."""
    codes = tuple(parcel.code for parcel in parcels)
    acts = [said.model_copy(update={"codes": () if n else codes}) for n in range(len(parcels))]
    return [(act, parcel.id) for act, parcel in zip(acts, parcels, strict=True)]


def next_step(record: Parcel) -> type[Event] | None:
    """What comes next for a parcel, or None when it is gone."""
    return Collected if record.state == HELD else None


def level(record: Parcel, now: datetime) -> int:
    """How overdue a parcel is, 0-3, an index of LEVELS; 0 when it is not held. Computed, never stored."""
    try:
        age = now.replace(tzinfo=None) - datetime.fromisoformat(record.opened_at).replace(tzinfo=None)
    except ValueError:
        return 0
    return sum(age > timedelta(days=days) for days in (1, 3, 7)) if record.state == HELD else 0


def held(read: Session, room: str | None = None) -> Sequence[Parcel]:
    """What waits, of one room or all, longest first."""
    wanted = select(Parcel).where(Parcel.state == HELD).order_by(col(Parcel.opened_at), col(Parcel.id))
    return read.exec(wanted if room is None else wanted.where(Parcel.room == room)).all()


def _newest(read: Session, **wanted: str) -> Parcel | None:
    """The newest parcel of that kind, one that is held before any that went."""
    newest = select(Parcel).filter_by(**wanted).order_by(col(Parcel.state) != HELD, col(Parcel.opened_at).desc())
    return read.exec(newest).first()


def by_waybill(read: Session, waybill: str) -> Parcel | None:
    """The parcel of a waybill; none has the waybill ""."""
    return _newest(read, waybill=waybill) if waybill else None


def recent(read: Session, limit: int = 500) -> Sequence[Parcel]:
    """The latest parcels, newest first."""
    return read.exec(select(Parcel).order_by(col(Parcel.opened_at).desc(), col(Parcel.id).desc()).limit(limit)).all()


def counts(read: Session, now: datetime) -> dict[str, int]:
    """How many parcels wait, by LEVELS."""
    found = dict.fromkeys(LEVELS, 0)
    for parcel in held(read):
        found[LEVELS[level(parcel, now)]] += 1
    return found
