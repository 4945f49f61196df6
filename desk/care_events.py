"""What is said of care (关怀): who agreed to what being kept of a person, and what was done on a day to see them well."""

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator

from data.records import PERSONAL, Event, PersonalText
from desk import doubts, staff
from desk.fields import Words, words

CARE = ("独居", "听力", "大字", "不便")
"""Care flags: lives alone, hard of hearing, wants large print, walks badly. Kept with consent only (个保法 §28-29)."""

Tier = Literal["", "A", "B", "C"]
TIERS = {"A": "每天", "B": "周一三五", "C": "每周"}
"""How often somebody on the list wants to be seen (domain.md (f) 6)."""

Who = Literal["本人", "家属", "监护人"]
WHO: tuple[Who, ...] = get_args(Who)
Proof = Literal["书面", "口头"]
PROOFS: tuple[Proof, ...] = get_args(Proof)

Signal = Literal["见到", "门岗", "取件", "电话", "上门"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)

Rung = Literal["打电话", "敲门", "再敲门", "联系家属", "社区网格员", "110入户"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
RING, KNOCK, AGAIN, FAMILY, COMMUNITY, ENTER = RUNGS
"""The ladder for somebody nobody saw, lowest first."""

HERSELF = {RING: "电话", KNOCK: "上门", AGAIN: "上门"}
"""Rungs where an answer is the person's own, and the signal it then is."""

Answer = Literal["没人应", "通了"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
NONE, ANSWERED = ANSWERS

Outcome = Literal["平安", "外出", "送医", "去世", "其他"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SAFE: Outcome = "平安"

WayIn = Literal["", "托管钥匙", "家属开门", "本人开门", "警方开门"]
WAYS_IN: tuple[WayIn, ...] = get_args(WayIn)[1:]


def flags_kept(text: str) -> str:
    """Care flags as kept, in the order of CARE and joined by a comma; raises ValueError for any other word."""
    said = [one for one in text.replace("，", ",").replace("、", ",").replace(" ", ",").split(",") if one]
    if strange := [one for one in said if one not in CARE]:
        raise ValueError(f"没有“{'、'.join(strange)}”这种标记，只有 {'、'.join(CARE)}；病情不登记")
    return ",".join(one for one in CARE if one in said)


class CareAgreed(Event):
    """Flags and tier may be kept of a person: `who` said so, by name `said_by`, on paper or aloud; replaces what was agreed.

    Sensitive personal data, so nothing without a consent of its own (个保法 §28-29); which illness is nowhere kept.
    """

    kind: ClassVar[str] = "person.care_agreed"
    roles = staff.DESK

    flags: Annotated[PersonalText, AfterValidator(flags_kept)] = ""
    tier: Annotated[Tier, PERSONAL] = ""
    who: Who = "本人"
    said_by: Annotated[PersonalText, words(1, "请写是谁同意的，例如 本人姓名或女儿张敏")]
    proof: Proof = "书面"


class CareWithdrawn(Event):
    """The consent was taken back, which needs no reason (个保法 §15): nothing of it is kept."""

    kind: ClassVar[str] = "person.care_withdrawn"
    roles = staff.DESK

    who: Who = "本人"
    said_by: Annotated[PersonalText, words(1, "请写是谁提出撤回的")]


class CareBegun(Event):
    """Somebody on the list is looked after on a `day` (2026-11-20); the record of it is the person's and the day's."""

    kind: ClassVar[str] = "care.begun"
    opens: ClassVar[bool] = True
    roles = staff.EVERYONE

    person: str
    day: str
    room: str
    tier: Tier = ""

    def key(self) -> str:
        """Two desks that look after the same person on the same day meet in one record."""
        return care_id(self.person, self.day)


class CareSeen(Event):
    """The person was seen or heard."""

    kind: ClassVar[str] = "care.seen"
    roles = staff.EVERYONE

    signal: Signal = "见到"


class CareUnseen(Event):
    """The tick was a slip: the person was not seen after all, and is looked for again."""

    kind: ClassVar[str] = "care.unseen"
    roles = staff.EVERYONE

    reason: Annotated[PersonalText, words(2, "请写为什么撤回，例如 勾错人了")]


class CareTried(Event):
    """One rung of the ladder. `contact` is the id of who was rung, `second` the staff id or `witness` the name of who was by.

    `urgent` leaves the order and the quiet hours aside, for a reason said in `note`, which only the desk is shown.
    """

    kind: ClassVar[str] = "care.tried"
    roles = staff.EVERYONE

    rung: Rung
    answer: Answer
    contact: str = ""
    urgent: bool = False
    second: str = ""
    witness: Words = ""
    way_in: WayIn = ""
    note: Words = ""


class CareClosed(Event):
    """The search is over."""

    kind: ClassVar[str] = "care.closed"
    roles = staff.EVERYONE

    outcome: Outcome
    note: Words = ""


class CareChecked(doubts.Checked):
    """Somebody looked into what two desks said of one person's day."""

    kind: ClassVar[str] = "care.checked"


def care_id(person: str, day: str) -> str:
    """The id of the record of a person's day."""
    return f"care:{person}/{day}"
