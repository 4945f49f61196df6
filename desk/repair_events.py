"""What is said of a repair: its work, its charge and its follow-up, each in events of its own."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import ValidationInfo, field_validator
from sqlmodel import Session

from data.records import Event, PersonalText
from desk import doubts, fields, repair_guide, staff
from desk.fields import Moment, Phone, Words, moment_of, within, words
from desk.money import Fen
from desk.repair_guide import Duty, Hotline
from desk.repair_lines import Lines, total
from desk.urgency import Category, promises, urgency_of

Channel = Literal["到访", "电话", "对讲", "门岗", "巡检", "代报"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Teller = Literal["", "业主", "租户", "家属", "邻居", "巡查", "门岗"]
TELLERS: tuple[Teller, ...] = get_args(Teller)[1:]
WayIn = Literal["", "有人在家", "钥匙在前台", "要家属在场"]
WAYS_IN: tuple[WayIn, ...] = get_args(WayIn)[1:]
"""How the worker gets in, by digit."""

Hold = Literal["待配件", "业主不在", "待第三方", "待报价确认", "待维修资金", "天气"]
HOLDS: tuple[Hold, ...] = get_args(Hold)
RESIDENT_SIDE: tuple[Hold, ...] = ("业主不在", "待报价确认")
"""What stops the clocks: the household's reasons alone, never the office's own (domain.md B1)."""

Side = Literal["", "受损方", "可能的漏水方"]


class Reported(Event):
    """Something was reported broken. The promises are wall times; what is not said, `complete` promises by urgency.

    lowered     why it is less urgent than its problem sounds
    duty        who must mend it (责任归属), "" as the problem says
    redo_of     the id of the repair it mends again, free of charge; `redo` how many times by now
    pair, side  what two orders for one leak share, and which of the two this is; neither side is blamed
    """

    kind: ClassVar[str] = "repair.reported"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    room: Annotated[str, words(1, "请填房号；公共部位写明是哪里，例如 公共-电梯3")]
    category: Category
    problem: Annotated[PersonalText, words(2, "请写清哪里坏了，至少两个字")]
    reporter: Annotated[PersonalText, words(1, "请填报修人怎么称呼，例如 张阿姨")]
    phone: Phone = ""
    channel: Channel = "到访"
    urgency: Literal["", "特急", "急修", "一般", "工程"] = ""
    when_home: Words = ""
    promised_arrive: Moment = ""
    promised_done: Moment = ""
    again: bool = False
    lowered: Words = ""
    duty: Duty | Literal[""] = ""
    teller: Teller = ""
    way_in: WayIn = ""
    redo_of: str = ""
    redo: int = 0
    pair: str = ""
    side: Side = ""

    @field_validator("promised_done")
    @classmethod
    def after_arrival(cls, done: str, info: ValidationInfo) -> str:
        """Nothing is whole before anyone came."""
        arrive = info.data.get("promised_arrive", "")
        if done and arrive and done < arrive:
            raise ValueError("承诺修好的时间早于到场时间，请改")
        return done

    def complete(self, read: Session) -> Self:
        """With urgency, promises, whose it is and how many times it was mended filled in where they were not said."""
        urgency = self.urgency or urgency_of(self.category, self.problem)
        arrive, done = promises(urgency, fields.wall())
        if self.promised_arrive and arrive and done:
            # Who comes later than usual also has it whole later than usual.
            done += max(timedelta(), datetime.fromisoformat(self.promised_arrive) - arrive)
        said_done = self.promised_done or moment_of(done)
        said_arrive = self.promised_arrive or (min(moment_of(arrive), said_done or moment_of(arrive)) if arrive else "")
        duty = self.duty or repair_guide.duty_of(self.room, self.category, self.problem)
        filled: dict[str, str | int] = {
            "urgency": urgency,
            "promised_arrive": said_arrive,
            "promised_done": said_done,
            "duty": duty,
        }
        if self.redo_of:
            from desk.repair_linked import mended

            filled |= mended(read, self.redo_of)
        return self.model_copy(update=filled)


class Assigned(Event):
    """A worker was sent; sent again, another one goes. `called` whether they were reached, which 特急 asks for."""

    kind: ClassVar[str] = "repair.assigned"
    roles = staff.DESK

    worker: Annotated[PersonalText, words(1, "请选派给哪位师傅")]
    worker_phone: Hotline = ""
    called: Literal["", "打通了", "没打通"] = ""


class WorkerArrived(Event):
    """The worker said to be there; `at` wall time, "" as the entry says."""

    kind: ClassVar[str] = "repair.worker_arrived"
    roles = staff.DESK

    at: Moment = ""


class Returned(Event):
    """The worker gave the order back (退单); another one must be sent."""

    kind: ClassVar[str] = "repair.returned"
    roles = staff.DESK

    because: Annotated[PersonalText, words(2, "请写退单原因，例如 人手不够、不是本工种、找不到人")]


class Suspended(Event):
    """The work waits for something until `restart` (a wall time), when it comes back by itself."""

    kind: ClassVar[str] = "repair.suspended"
    roles = staff.DESK

    hold: Hold
    restart: Annotated[Moment, words(1, "请填哪天重新开始，例如 明天 或 11-25；到时自己回到派工")]


class Resumed(Event):
    """What it waited for came sooner."""

    kind: ClassVar[str] = "repair.resumed"
    roles = staff.DESK


class Transferred(Event):
    """It was passed on to those whose it is (转办); the desk still asks how it went. `told` whether the household knows."""

    kind: ClassVar[str] = "repair.transferred"
    roles = staff.DESK

    sent_to: Annotated[str, words(2, "请写转给谁，例如 供电公司、开发商")]
    sent_phone: Annotated[str, words(3, "请填对方的电话，住户要拿着问")]
    told: bool = True

    @field_validator("sent_phone")
    @classmethod
    def a_number(cls, phone: str) -> str:
        """A telephone number as it is kept."""
        return repair_guide.line_of(phone)


class Finished(Event):
    """The work is done; `lines` are what is to be paid for it, within what the household signed."""

    kind: ClassVar[str] = "repair.finished"
    roles = staff.DESK

    result: Annotated[PersonalText, words(2, "请写修了什么、结果怎样，至少两个字")]
    lines: Lines = ()


class Closed(Event):
    """The household was asked how it went; `rating` 1-5, or None when nobody could be asked."""

    kind: ClassVar[str] = "repair.closed"
    roles = staff.DESK

    rating: Annotated[int | None, within(1, 5, "评价是 1 到 5 分，没问到可以不填")] = None
    comment: Words = ""


class Cancelled(Event):
    """It is not to be repaired after all."""

    kind: ClassVar[str] = "repair.cancelled"
    roles = staff.DESK

    reason: Annotated[PersonalText, words(2, "请写取消的原因，例如 业主撤回、重复、误报")]


class Urged(Event):
    """The household asked again where the worker stays."""

    kind: ClassVar[str] = "repair.urged"
    roles = staff.EVERYONE

    note: Words = ""


class Quoted(Event):
    """What it will cost, and at most `cap` fen (0: what its lines come to); nothing paid is begun before it is signed."""

    kind: ClassVar[str] = "repair.quoted"
    roles = staff.DESK

    lines: Lines
    cap: Fen = 0

    @field_validator("lines")
    @classmethod
    def for_money(cls, lines: Lines) -> Lines:
        """A quote is of something to be paid."""
        if total(lines) <= 0:
            raise ValueError("报价合计是 0 元，不收费的不用报价，直接完工")
        return lines

    @field_validator("cap")
    @classmethod
    def covers(cls, cap: int, info: ValidationInfo) -> int:
        """The most it may come to is not less than what stands on it."""
        if cap and cap < total(info.data.get("lines", ())):
            raise ValueError("上限金额比报价合计还少，请改；空着就按合计")
        return cap

    @property
    def most(self) -> int:
        """What it may come to at most, in fen."""
        return self.cap or total(self.lines)


class QuoteAgreed(Event):
    """The household signed a quote; `cap` is the one they read."""

    kind: ClassVar[str] = "repair.quote_agreed"
    roles = staff.DESK

    signed_by: Annotated[PersonalText, words(1, "请填谁签的字")]
    cap: Fen


class QuoteDeclined(Event):
    """The household does not want it for that."""

    kind: ClassVar[str] = "repair.quote_declined"
    roles = staff.DESK


class Charged(Event):
    """What was done stands on the household's account; `bill` is the id of its bill, written in the same transaction."""

    kind: ClassVar[str] = "repair.charged"
    roles = staff.MONEY

    bill: str


class ChargeWaived(Event):
    """Nothing is asked for it after all."""

    kind: ClassVar[str] = "repair.charge_waived"
    roles = staff.SUPERVISION

    free_because: Annotated[PersonalText, words(2, "请写为什么不收，例如 服务补偿")]


class CallMissed(Event):
    """Nobody answered when the household was rung to be asked how it went."""

    kind: ClassVar[str] = "repair.call_missed"
    roles = staff.DESK


class Rated(Event):
    """What a household said of a repair that was closed without its word."""

    kind: ClassVar[str] = "repair.rated"
    roles = staff.DESK

    rating: Annotated[int, within(1, 5, "评价是 1 到 5 分")]
    comment: Words = ""


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one repair."""

    kind: ClassVar[str] = "repair.checked"
