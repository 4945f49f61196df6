"""Repairs: what is broken, by when the desk promised to come and to have it whole, and who was sent."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, ValidationInfo, field_validator
from sqlmodel import Field, Session, col, select

from data.entry import Entry, check_letters
from data.records import PERSONAL, Actor, Event, PersonalText, Record, Refused
from desk import china, residents, staff
from printers.slip import QR, Feed, Node, Pair, Rule, Slip, Text

Category = Literal["水", "电", "门窗锁", "下水", "电梯", "公区照明", "门禁", "消防", "燃气", "屋面外墙", "其他"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
Channel = Literal["到访", "电话", "对讲", "门岗", "巡检", "代报"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Urgency = Literal["特急", "急修", "一般", "工程"]
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)

REGISTERED, DISPATCHED, ON_SITE, FINISHED, CLOSED, CANCELLED = "已登记", "已派工", "已到场", "已完工", "已关闭", "已取消"
OPEN = (REGISTERED, DISPATCHED, ON_SITE)
LINE = (REGISTERED, DISPATCHED, ON_SITE, CANCELLED, FINISHED, CLOSED)
"""States from first to last: of two that exclude each other the later one stands, and work that was done beats 取消."""

CANNED: Mapping[Category, tuple[str, ...]] = {
    "水": ("水龙头关不住", "水管漏水", "家里没水", "水压小", "水表不走", "热水器漏水"),
    "电": ("家里没电", "空气开关跳闸", "插座没电", "灯不亮", "电线有焦味", "电表故障"),
    "门窗锁": ("门打不开", "门锁坏了", "钥匙断在锁里", "窗户关不上", "玻璃破了", "闭门器坏了"),
    "下水": ("厨房下水堵了", "马桶堵了", "地漏返水", "楼上往下漏水", "下水管漏水", "污水井冒水"),
    "电梯": ("困人", "电梯不动", "电梯门关不上", "运行有异响", "按键失灵", "到站不平"),
    "公区照明": ("楼道灯不亮", "声控灯常亮", "路灯不亮", "地库灯不亮", "应急灯坏了"),
    "门禁": ("单元门打不开", "单元门关不上", "对讲不响", "门禁卡刷不开", "道闸不抬杆"),
    "消防": ("报警器一直响", "消火栓漏水", "灭火器缺失", "消防通道被堵", "喷淋漏水"),
    "燃气": ("闻到燃气味", "燃气灶打不着火", "燃气表故障"),
    "屋面外墙": ("顶层漏雨", "外墙渗水", "外墙皮要掉", "雨水管坏了"),
    "其他": ("地砖松了", "健身器材坏了", "井盖松动", "树枝断了"),
}
"""What people say most of each category, by digit from 1."""

_SIGNS: tuple[tuple[Urgency, str, str], ...] = (
    ("特急", "", "困人|被困|困在|着火|起火|冒烟|明火|触电|漏电(?!保护)|[燃煤]气味|漏气|坠落|坠物|掉下来"),
    ("特急", "燃气", "闻到|漏"),
    ("急修", "水", "漏|爆|喷|没水|停水|关不住"),
    ("急修", "电", "没电|停电|跳闸|火花|焦"),
    ("急修", "下水", "返水|反水|倒灌|溢|冒|堵|漏"),
    ("急修", "门窗锁|门禁", "打不开|刷不开|进不去|出不去|锁里|玻璃破"),
    ("急修", "电梯|消防|燃气", ""),
    ("急修", "其他", "井盖"),
    ("工程", "屋面外墙", ""),
)
WINDOWS = ((time(9), time(12)), (time(14), time(18)))
"""When workers go out for what is not urgent."""

CARE_WORDS = {"独居": "独居·先打电话再敲门", "听力": "听力不好·多敲几下多等一会", "不便": "行动不便·请多等一会"}
"""What the worker is told of a household, by care flag; the flag's reason stays at the desk."""

LONGEST = 200


def words(least: int = 0, sentence: str = "") -> AfterValidator:
    """A validator of free text: at least so many characters, else the sentence; at most 200."""

    def checked(text: str) -> str:
        if len(text) < least:
            raise ValueError(sentence)
        if len(text) > LONGEST:
            raise ValueError(f"写了 {len(text)} 个字，太长了，请缩短到 {LONGEST} 个字以内")
        return text

    return AfterValidator(checked)


def within(low: int, high: int, sentence: str) -> AfterValidator:
    """A validator of a whole number, or of None: from `low` to `high`, else the sentence."""

    def checked(number: int | None) -> int | None:
        if number is not None and not low <= number <= high:
            raise ValueError(sentence)
        return number

    return AfterValidator(checked)


def moment(text: str) -> str:
    """A wall time as kept, `2026-11-20T14:30`; "" stays. Raises ValueError in Chinese."""
    if not text:
        return ""
    try:
        return datetime.fromisoformat(china.fold_digits(text)).replace(tzinfo=None).isoformat(timespec="minutes")
    except ValueError:
        raise ValueError(f"「{text}」不是时间，请写成 2026-11-20 14:30") from None


Phone = Annotated[str, PERSONAL, AfterValidator(lambda text: text and china.phone(text))]
Moment = Annotated[str, AfterValidator(moment)]
Words = Annotated[PersonalText, words()]


class Reported(Event):
    """Something was reported broken. The promises are wall times; what is not said, `complete` promises by urgency."""

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

    @field_validator("promised_done")
    @classmethod
    def after_arrival(cls, done: str, info: ValidationInfo) -> str:
        """Nothing is whole before anyone came."""
        arrive = info.data.get("promised_arrive", "")
        if done and arrive and done < arrive:
            raise ValueError("承诺修好的时间早于到场时间，请改")
        return done

    def complete(self, read: Session) -> Self:
        """With urgency and promises filled in where they were not said."""
        urgency = self.urgency or urgency_of(self.category, self.problem)
        arrive, done = promises(urgency, wall())
        if self.promised_arrive and arrive and done:
            # Who comes later than usual also has it whole later than usual.
            done += max(timedelta(), datetime.fromisoformat(self.promised_arrive) - arrive)
        said_done = self.promised_done or _iso(done)
        said_arrive = self.promised_arrive or (min(_iso(arrive), said_done or _iso(arrive)) if arrive else "")
        return self.model_copy(update={"urgency": urgency, "promised_arrive": said_arrive, "promised_done": said_done})


class Assigned(Event):
    """A worker was sent; sent again, another one goes."""

    kind: ClassVar[str] = "repair.assigned"
    roles = staff.DESK

    worker: Annotated[PersonalText, words(1, "请选派给哪位师傅")]
    worker_phone: Phone = ""


class WorkerArrived(Event):
    """The worker said to be there; `at` wall time, "" as the entry says."""

    kind: ClassVar[str] = "repair.worker_arrived"
    roles = staff.DESK

    at: Moment = ""


class Finished(Event):
    """The work is done."""

    kind: ClassVar[str] = "repair.finished"
    roles = staff.DESK

    result: Annotated[PersonalText, words(2, "请写修了什么、结果怎样，至少两个字")]


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


STEPS: Mapping[type[Event], tuple[tuple[str, ...], str, str, str]] = {
    Assigned: ((REGISTERED, DISPATCHED), DISPATCHED, "派工", "assigned_at"),
    WorkerArrived: ((DISPATCHED,), ON_SITE, "登记到场", ""),
    Finished: ((ON_SITE,), FINISHED, "登记完工", "finished_at"),
    Closed: ((FINISHED,), CLOSED, "回访关闭", "closed_at"),
    Urged: (OPEN, "", "催办", ""),
    Cancelled: (OPEN, CANCELLED, "取消", "closed_at"),
}
"""By event: the states it is allowed in, where it leads ("" nowhere), what it is called, and the column that keeps when."""


class Repair(Record, table=True):
    """One thing to be repaired. Times are ISO; `urged` counts 催办."""

    kinds = {event.kind: event for event in (Reported, Assigned, WorkerArrived, Finished, Closed, Cancelled, Urged)}

    room: str = Field(default="", index=True)
    category: str = ""
    problem: str = ""
    reporter: str = ""
    phone: str = ""
    channel: str = ""
    urgency: str = ""
    when_home: str = ""
    promised_arrive: str = ""
    promised_done: str = ""
    state: str = Field(default=REGISTERED, index=True)
    worker: str = ""
    worker_phone: str = ""
    assigned_at: str = ""
    arrived_at: str = ""
    finished_at: str = ""
    closed_at: str = ""
    result: str = ""
    rating: int | None = None
    comment: str = ""
    reason: str = ""
    urged: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. What another desk did out of turn is taken where it leads on, and is in doubt either way."""
        if isinstance(event, Reported):
            if self.room:
                self.doubt = self.doubt or "同一单登记了两次，请核对"
                return
        elif step := STEPS.get(type(event)):
            states, to, word, when = step
            if self.state not in states:
                self.doubt = self.doubt or f"“{self.state}”之后又有“{word}”（{entry.at[5:16].replace('T', ' ')}），请核对"
                if to and LINE.index(to) <= LINE.index(self.state):
                    return
            self.state = to or self.state
            if when:
                setattr(self, when, entry.at)
        for name in type(event).model_fields:
            if name in type(self).model_fields:
                setattr(self, name, getattr(event, name))
        if isinstance(event, WorkerArrived):
            self.arrived_at = event.at or entry.at[:16]
        self.urged += isinstance(event, Urged)

    @classmethod
    def refusal(cls, read: Session, record: "Repair | None", event: Event, by: Actor) -> Refused | None:
        """A known place, no second order for the same thing, promises ahead, each step in its turn. Arrears never matter."""
        if isinstance(event, Reported):
            return _refuse_report(read, event)
        if record and (step := STEPS.get(type(event))) and record.state not in step[0]:
            possible = "、".join(word for states, _, word, _ in STEPS.values() if record.state in states)
            after = f"现在可以：{possible}" if possible else "已经了结；又坏了请新登记一单"
            return Refused(f"{record.number} 现在是“{record.state}”，不能{step[2]}。{after}")
        if record and isinstance(event, WorkerArrived) and event.at:
            if event.at > _iso(wall()):
                return Refused("到场时间还没到，请填已经过去的时间；不填就是现在", "at")
            if event.at < record.assigned_at[:16]:
                return Refused(f"到场时间早于派工时间 {record.assigned_at[11:16]}，请核对", "at")
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """受理单 for the household when it is registered, 派工单 for the worker when one is sent."""
        token = QR(f"{self.number}.{check_letters(link)}")
        if isinstance(event, Reported):
            return [_household_slip(read, self, entry, token, by)]
        return [_worker_slip(read, self, entry, token, by)] if isinstance(event, Assigned) else ()


def _refuse_report(read: Session, event: Reported) -> Refused | None:
    if not is_public(event.room) and (unknown := residents.refuse_unknown_room(read, event.room)):
        return unknown
    now = _iso(wall())
    for field in ("promised_done", "promised_arrive"):
        if "" < getattr(event, field) < now:
            return Refused("承诺的时间已经过去了，请改成以后的时间", field)
    twin = next((one for one in open_repairs(read, event.room) if one.category == event.category), None)
    if twin and not event.again:
        first = f"{event.room} 的“{event.category}”已有 {twin.number}（{twin.opened_at[5:10]} 登记，{twin.state}）"
        return Refused(f"{first}，请追加催办；确是另一处坏了再选另开一单", "again")
    return None


def wall() -> datetime:
    """The wall time of this PC, without offset; read here alone, so that it can be stopped in one place."""
    return datetime.now()


def is_public(place: str) -> bool:
    """Whether a place is no flat and need not be in the register: `公共-电梯3`."""
    return place.startswith("公共-") and len(place) > 3


def _iso(when: datetime | None) -> str:
    return when.isoformat(timespec="minutes") if when else ""


def urgency_of(category: Category, problem: str) -> Urgency:
    """How urgent a problem is until someone at the desk says otherwise."""
    for urgency, categories, signs in _SIGNS:
        if (not categories or category in categories.split("|")) and re.search(signs, problem):
            return urgency
    return "一般"


def promises(urgency: Urgency, now: datetime) -> tuple[datetime | None, datetime | None]:
    """By when someone comes and by when it is whole, if nothing else is said; None: not promised (domain.md B1).

    特急 5 min; 急修 30 min, 24 h; 一般 by the end of the next of WINDOWS, 48 h; 工程 the supervisor's word.
    """
    match urgency:
        case "特急":
            return now + timedelta(minutes=5), None
        case "急修":
            return now + timedelta(minutes=30), now + timedelta(hours=24)
        case "一般":
            days = (now.date(), now.date() + timedelta(days=1))
            ahead = (
                datetime.combine(day, end) for day in days for begin, end in WINDOWS if datetime.combine(day, begin) >= now
            )
            return next(ahead), now + timedelta(hours=48)
        case "工程":
            return None, None


def next_step(record: Repair) -> type[Event] | None:
    """What comes next for a repair, or None when it is over."""
    steps: dict[str, type[Event]] = {REGISTERED: Assigned, DISPATCHED: WorkerArrived, ON_SITE: Finished, FINISHED: Closed}
    return steps.get(record.state)


def open_repairs(read: Session, room: str | None = None) -> Sequence[Repair]:
    """What is still to be repaired, of one place or all; most urgent first, then oldest first."""
    wanted = select(Repair).where(col(Repair.state).in_(OPEN))
    found = read.exec(wanted if room is None else wanted.where(Repair.room == room)).all()
    ranks: dict[str, int] = {urgency: rank for rank, urgency in enumerate(URGENCIES)}
    return sorted(found, key=lambda one: (ranks.get(one.urgency, len(ranks)), one.opened_at, one.id))


def by_number(read: Session, number: str) -> Repair | None:
    """The repair people call by that number."""
    return read.exec(select(Repair).where(Repair.number == number).order_by(col(Repair.opened_at).desc())).first()


def recent(read: Session, limit: int = 500) -> Sequence[Repair]:
    """The latest repairs, newest first."""
    return read.exec(select(Repair).order_by(col(Repair.opened_at).desc(), col(Repair.id).desc()).limit(limit)).all()


def _by_when(promise: str) -> str:
    """`11月20日 14:30前`: 16 columns, one line of double size on 58 mm."""
    when = datetime.fromisoformat(promise)
    return f"{when.month}月{when.day}日 {when:%H:%M}前"


def _promised(record: Repair) -> list[Node]:
    nodes: list[Node] = []
    for label, promise in (("承诺到场", record.promised_arrive), ("承诺修好", record.promised_done)):
        if promise:
            nodes += [Text(label), Text(_by_when(promise), size=2, bold=True)]
    return nodes or [Text("工程类维修，日期由主管另行答复")]


def _household_slip(read: Session, record: Repair, entry: Entry, token: QR, by: Actor) -> Slip:
    """The household's copy (受理单, domain.md B1): number and promises large; neither name nor phone lies on the counter."""
    nodes: list[Node] = [
        Text(record.number, size=3, bold=True, align="center"),
        Rule(),
        Pair("房号", record.room, bold=True),
        Pair("事项", f"{record.category} {record.problem}"),
        Pair("登记", f"{entry.at[:10]} {entry.at[11:16]}"),
        Pair("经办", f"{staff.POSTS.get(by.role, '')} {by.name}"),
    ]
    if record.when_home:
        nodes.append(Pair("预约", record.when_home))
    nodes += [
        Rule(),
        *_promised(record),
        Rule(),
        Text("查询、催办请报单号"),
        Text("修好后评价 满意□ 一般□ 不满□"),
        Feed(1),
        token,
    ]
    return Slip("repair", "报修受理单", tuple(nodes), large=residents.wants_large_print(read, record.room))


def _worker_slip(read: Session, record: Repair, entry: Entry, token: QR, by: Actor) -> Slip:
    """The worker's copy (派工单): whom to ring, what to mind at this door, and room to sign."""
    flags = {flag for _, person in residents.household(read, record.room) for flag in person.care.split(",")}
    minded = [text for flag, text in CARE_WORDS.items() if flag in flags]
    nodes: list[Node] = [
        Pair("单号", record.number, bold=True),
        Pair("紧急", record.urgency, bold=True),
        Pair("房号", record.room, size=2, bold=True),
        Pair("事项", f"{record.category} {record.problem}"),
        Pair("报修人", record.reporter),
        Pair("电话", record.phone or "没留，请直接敲门", bold=True),
    ]
    if record.when_home:
        nodes.append(Pair("预约", record.when_home))
    nodes += [Text(f"注意 {text}", bold=True) for text in minded]
    nodes += [
        Rule(),
        *_promised(record),
        Rule(),
        Pair("师傅", f"{record.worker} {record.worker_phone}".strip()),
        Pair("派工", f"{entry.at[5:10]} {entry.at[11:16]} {by.name}"),
        Text("到场 ___:___    完工 ___:___"),
        Text("用料 ________________________\n     ________________________"),
        Text("业主签字 ____________________"),
        Text("维修签字 ____________________"),
        Text("满意□ 一般□ 不满□"),
        Feed(1),
        token,
    ]
    return Slip("job", "派工单", tuple(nodes))
