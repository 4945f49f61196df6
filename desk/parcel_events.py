"""What can happen to a parcel: taken in, told of, carried to the door, into somebody's hands, back, or gone astray."""

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, ValidationInfo, field_validator
from sqlmodel import Session

from data.records import Event, PersonalText
from desk import china, doubts, fields, shelves, staff
from desk.fields import Words, within, words
from desk.shelves import FLOOR, Size

Condition = Literal["完好", "破损", "湿"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
Special = Literal["", "生鲜", "药", "贵重", "到付"]
SPECIALS: tuple[Special, ...] = get_args(Special)
Picker = Literal["本人", "家人", "代取"]
PICKERS: tuple[Picker, ...] = get_args(Picker)
Proof = Literal["取件码", "房号+姓名", "手机尾号", "熟识", "电话核实"]
PROOFS: tuple[Proof, ...] = get_args(Proof)
BY_CODE, BY_NAME, BY_TAIL, KNOWN, BY_PHONE = PROOFS
SHOWN: dict[str, str] = {BY_CODE: "报取件码", BY_NAME: "报收件人姓名", BY_TAIL: "报手机尾号"}
"""The proofs that are checked against what is said, and what is asked for; the others are the clerk's own word."""
Way = Literal["电话", "短信", "微信", "门贴", "当面"]
WAYS: tuple[Way, ...] = get_args(Way)
Trouble = Literal["误领", "找不到", "错投", "破损争议"]
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)
WRONG_HANDS, MISSING, ASTRAY, DAMAGED = TROUBLES
Outcome = Literal["待取", "已取", "已退", "赔付"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def courier_known(courier: str) -> str:
    """One of china.COURIERS. Raises ValueError in Chinese."""
    if courier not in china.COURIERS:
        raise ValueError(f"请选快递公司：{'、'.join(china.COURIERS)}")
    return courier


Courier = Annotated[str, AfterValidator(courier_known)]
Waybill = Annotated[str, AfterValidator(lambda text: text and china.waybill(text))]


class TakenIn(Event):
    """A parcel was taken in, free of charge. `code` is the desk's to give; shelf 0 is the floor, for 超大 only.

    `description` stands for a waybill that cannot be read, `consented` for the household's yes to this one parcel,
    `batch` for the id of the courier's round it came with, "" for a single one.
    """

    kind: ClassVar[str] = "parcel.taken_in"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    courier: Courier
    room: Annotated[str, words(1, "请填收件的房号或收件人手机尾号")]
    waybill: Waybill = ""
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


class Undone(Event):
    """The one that was just taken in was a slip of the hand; its label is void and its code rests."""

    kind: ClassVar[str] = "parcel.undone"
    roles = staff.DESK


class Notified(Event):
    """The household was told, or was tried to be.

    `codes` are all of the household it was told of at once and stand on one 取件通知: None this alone, () none.
    """

    kind: ClassVar[str] = "parcel.notified"
    roles = staff.EVERYONE

    way: Way
    note: Words = ""
    codes: tuple[str, ...] | None = None


class SentOut(Event):
    """A parcel left the desk for its household's door; `carrier` is who carries it."""

    kind: ClassVar[str] = "parcel.sent_out"
    roles = staff.DESK

    carrier: Annotated[PersonalText, words(1, "请写谁送上门")]


class BroughtBack(Event):
    """Nobody was at home; the parcel stands at its place again."""

    kind: ClassVar[str] = "parcel.brought_back"
    roles = staff.DESK

    why: Words = ""


class Collected(Event):
    """A parcel was handed over. `codes` are all that went at once and stand on one 签收单: None this one alone, () none.

    `shown` is what was said for `proof`: a code, a name, the last four digits of a phone.
    """

    kind: ClassVar[str] = "parcel.collected"
    roles = staff.EVERYONE

    by_whom: Picker = "本人"
    name: Words = ""
    relation: Words = ""
    proof: Proof = "取件码"
    codes: tuple[str, ...] | None = None
    shown: Words = ""


class ReturnChosen(Event):
    """A parcel shall go back with the next courier."""

    kind: ClassVar[str] = "parcel.return_chosen"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写退件原因，例如 超过七天无人取、拒收、查无此人")]


class ReturnDropped(Event):
    """A parcel shall not go back after all."""

    kind: ClassVar[str] = "parcel.return_dropped"
    roles = staff.DESK

    why: Words = ""


class Returned(Event):
    """The courier took a parcel back; `courier` is the person who did.

    `codes` are all that went at once and stand on one 退件交接单: None this one alone, () none.
    """

    kind: ClassVar[str] = "parcel.returned"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写退件原因，例如 超过七天无人取、拒收、查无此人")]
    courier: Annotated[PersonalText, words(1, "请填来取退件的快递员姓名或工号")]
    codes: tuple[str, ...] | None = None


class Troubled(Event):
    """Something is wrong with a parcel: into the wrong hands, not to be found, not of this estate, damaged and disputed."""

    kind: ClassVar[str] = "parcel.troubled"
    roles = staff.EVERYONE

    sort: Trouble
    note: Annotated[PersonalText, words(2, "请写清楚情况，例如 3-2-502 拿错了，已打电话")]


class Pursued(Event):
    """Somebody went after a troubled parcel: called, looked, fetched."""

    kind: ClassVar[str] = "parcel.pursued"
    roles = staff.EVERYONE

    note: Annotated[PersonalText, words(2, "请写做了什么，例如 打电话给拿错的住户，今晚送回")]


class Resolved(Event):
    """A trouble is over: the parcel waits again, is with its household, went back, or is paid for (赔付, no sum here)."""

    kind: ClassVar[str] = "parcel.resolved"
    roles = staff.DESK

    how: Outcome
    note: Annotated[PersonalText, words(2, "请写清楚怎么了结的")]


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one parcel."""

    kind: ClassVar[str] = "parcel.checked"
