"""Keys in custody (钥匙托管): a household's key in a sealed bag, out and in only before two people, each time with a reason."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.records import Actor, Event, PersonalText, Record, Refused
from desk import care_slips, doubts, residents, staff
from desk.fields import Words, words
from printers.slip import QR, Slip

Reason = Literal["住户取用", "报修", "探视", "紧急", "清点"]
REASONS: tuple[Reason, ...] = get_args(Reason)
EMERGENCY: Reason = "紧急"
Signed = Literal["已签字", "未签字"]
SIGNED: tuple[Signed, ...] = get_args(Signed)

HELD, OUT, GIVEN = "在库", "取出", "已退还"

Bag = Annotated[str, words(1, "请写封袋上的编号")]


class KeyKept(Event):
    """A household left a key. `owner` brought it and signed for it, `second` (a staff id) saw the bag sealed."""

    kind: ClassVar[str] = "key.kept"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    room: str
    what: Annotated[PersonalText, words(2, "请写是哪把钥匙，例如 入户门 1 把、门禁卡 1 张")]
    bag: Bag
    owner: Annotated[PersonalText, words(1, "请写是谁交来的")]
    signed: Signed
    second: str


class KeyTaken(Event):
    """The bag was opened: why, what it looked `before`, before `second` (a staff id) or, in an emergency, `witness`."""

    kind: ClassVar[str] = "key.taken"
    roles = staff.EVERYONE

    reason: Reason
    before: Annotated[PersonalText, words(2, "请写取用前的情况，例如 封袋完好、和谁一起去")]
    second: str = ""
    witness: Words = ""


class KeyReturned(Event):
    """The key lies in a new bag; `after` is how things were left."""

    kind: ClassVar[str] = "key.returned"
    roles = staff.EVERYONE

    bag: Bag
    after: Annotated[PersonalText, words(2, "请写用后的情况，例如 门已锁好、屋里正常")]
    second: str = ""
    witness: Words = ""


class KeyGivenBack(Event):
    """The household has its key again."""

    kind: ClassVar[str] = "key.given_back"
    roles = staff.DESK

    taker: Annotated[PersonalText, words(1, "请写钥匙交还给了谁")]
    signed: Signed


class KeyChecked(doubts.Checked):
    """Somebody looked into what two desks said of one key."""

    kind: ClassVar[str] = "key.checked"


STEPS: Mapping[type[Event], tuple[str, str, str]] = {
    KeyTaken: (HELD, OUT, "取用"),
    KeyReturned: (OUT, HELD, "还回封袋"),
    KeyGivenBack: (HELD, GIVEN, "退还住户"),
}
"""By event: the state it is allowed in, where it leads, and what it is called."""


class KeyHeld(Record, table=True):
    """One key in custody. `reason`, `before` and `taken_at` are of the last taking, `uses` how many there were."""

    kinds = {event.kind: event for event in (KeyKept, KeyTaken, KeyReturned, KeyGivenBack, KeyChecked)}

    room: str = Field(default="", index=True)
    what: str = ""
    bag: str = Field(default="", index=True)
    owner: str = ""
    second: str = ""
    state: str = Field(default=HELD, index=True)
    reason: str = ""
    before: str = ""
    after: str = ""
    witness: str = ""
    taken_at: str = ""
    taken_by: str = ""
    uses: int = 0
    taker: str = ""
    closed_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What another desk did out of turn is in doubt; a key given back is nowhere here any more."""
        if isinstance(event, KeyChecked):
            doubts.settle(self, event)
            return
        if isinstance(event, KeyKept):
            if self.room:
                self.doubted("同一把钥匙登记了两次，请核对")
                return
            self.room, self.what, self.bag, self.owner, self.second = (
                event.room,
                event.what,
                event.bag,
                event.owner,
                event.second,
            )
            return
        state, to, word = STEPS[type(event)]
        if self.state != state:
            self.doubted(f"“{self.state}”之后又有“{word}”（{entry.at[5:16].replace('T', ' ')}），请清点核对")
            if self.state == GIVEN:
                return
        self.state = to
        match event:
            case KeyTaken():
                self.reason, self.before, self.witness = event.reason, event.before, event.witness
                self.second, self.taken_at, self.taken_by, self.uses = event.second, entry.at, entry.by, self.uses + 1
            case KeyReturned():
                self.bag, self.after, self.second, self.witness = event.bag, event.after, event.second, event.witness
            case KeyGivenBack():
                self.taker, self.closed_at = event.taker, entry.at

    @classmethod
    def refusal(cls, read: Session, record: "KeyHeld | None", event: Event, by: Actor) -> Refused | None:
        """Signed for, sealed in a bag of its own, before two people, each step in its turn."""
        match event:
            case KeyChecked() if record:
                return doubts.refuse(record, event)
            case KeyKept():
                return (
                    residents.refuse_unknown_room(read, event.room)
                    or _refuse_unsigned(event.signed, "住户没有在托管单上签字，先不要收钥匙；签好再登记")
                    or _refuse_bag(read, event.bag)
                    or staff.refuse_second(read, event.second, by, staff.EVERYONE)
                )
            case KeyTaken() | KeyReturned() | KeyGivenBack() if record and record.state != STEPS[type(event)][0]:
                return _refuse_turn(record, STEPS[type(event)][2])
            case KeyTaken():
                return refuse_alone(read, event.second, event.witness, event.reason == EMERGENCY, by)
            case KeyReturned() if record:
                return _refuse_bag(read, event.bag) or refuse_alone(
                    read, event.second, event.witness, record.reason == EMERGENCY, by
                )
            case KeyGivenBack():
                return _refuse_unsigned(event.signed, "请领回人先在退还单上签字，再交钥匙")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """钥匙托管单, 钥匙取用记录 out and in, 钥匙退还单."""
        token, large = QR(f"{self.number}.{check_letters(link)}"), residents.wants_large_print(read, self.room)
        second = staff.names(read).get(self.second, "") or self.witness
        match event:
            case KeyKept():
                return [care_slips.kept(self, entry, token, by, second, large)]
            case KeyTaken():
                rows = [("取用", event.reason), ("封袋号", self.bag), ("取前", event.before)]
                return [care_slips.used(self, rows, entry, token, by, second, large)]
            case KeyReturned():
                rows = [("还回", self.reason), ("新封袋", self.bag), ("用后", event.after)]
                return [care_slips.used(self, rows, entry, token, by, second, large)]
            case KeyGivenBack():
                return [care_slips.given_back(self, entry, token, by, large)]
        return ()


def _refuse_unsigned(signed: str, sentence: str) -> Refused | None:
    return None if signed == "已签字" else Refused(sentence, "signed")


def _refuse_bag(read: Session, bag: str) -> Refused | None:
    """A bag is used once; its number is what shows that nobody opened it."""
    used = read.exec(select(KeyHeld).where(KeyHeld.bag == bag)).first()
    return Refused(f"封袋 {bag} 已经用过（{used.number}），请换一个新封袋", "bag") if used else None


def _refuse_turn(record: KeyHeld, word: str) -> Refused:
    if record.state == GIVEN:
        when = record.closed_at[5:16].replace("T", " ")
        return Refused(f"{record.number} 已在 {when} 退还住户，不能再{word}；又交来请新登记托管")
    possible = "、".join(called for state, _, called in STEPS.values() if state == record.state)
    return Refused(f"{record.number} 现在是“{record.state}”，不能{word}。现在可以：{possible}")


def refuse_alone(read: Session, second: str, witness: str, emergency: bool, by: Actor) -> Refused | None:
    """Why one person alone may not, or None: another of the staff, or in an emergency somebody named who stands by."""
    if emergency and witness and not second:
        return None
    if emergency and not second:
        return Refused("紧急时也要两个人：请另一位员工输入密码，或写明在场见证人（社区、民警、邻居）", "witness")
    return staff.refuse_second(read, second, by, staff.EVERYONE)


def next_step(record: KeyHeld) -> type[Event] | None:
    """What comes next for a key, or None when it was given back."""
    steps: dict[str, type[Event]] = {HELD: KeyTaken, OUT: KeyReturned}
    return steps.get(record.state)


def held(read: Session, room: str | None = None) -> Sequence[KeyHeld]:
    """Keys in custody of one room or all, those that are out first, then by when they came; at most 300."""
    wanted = select(KeyHeld).where(col(KeyHeld.state).in_((HELD, OUT)))
    wanted = wanted if room is None else wanted.where(KeyHeld.room == room)
    return read.exec(wanted.order_by(col(KeyHeld.state) != OUT, col(KeyHeld.opened_at), col(KeyHeld.id)).limit(300)).all()


def out(read: Session) -> Sequence[KeyHeld]:
    """Keys that are out of their bags, longest first."""
    return read.exec(select(KeyHeld).where(KeyHeld.state == OUT).order_by(col(KeyHeld.taken_at)).limit(300)).all()
