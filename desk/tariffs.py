"""What things cost: the tariff of each fee item, its rates from a date on, and what a room pays a month."""

import re
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Strict, model_validator
from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import periods, staff
from desk.billed import FeeClass
from desk.china import fold_digits
from desk.fields import within, words
from desk.money import half_up

Basis = Literal["面积", "固定", "用量"]
BASES: tuple[Basis, ...] = get_args(Basis)
Cycle = Literal[1, 3, 12]
CYCLES: dict[int, str] = {1: "每月", 3: "每季", 12: "每年"}
Due = Literal["期初", "期末"]
DUES: tuple[Due, ...] = get_args(Due)
Applies = Literal["全部房屋", "登记的房屋"]
APPLIES: tuple[Applies, ...] = get_args(Applies)
EVERY_ROOM, REGISTERED = APPLIES

ONCE: tuple[FeeClass, ...] = ("押金", "违约金")
"""Classes that are billed when there is a reason to, never by the run."""


def item_name(text: str) -> str:
    """The name of a fee item; it is part of the names of records. Raises ValueError in Chinese."""
    plain = " ".join(text.split()).replace("滞纳金", "违约金")  # an authority's word (domain.md d-9)
    if not plain or len(plain) > 20 or set(plain) & set("/#~"):
        raise ValueError("收费项目的名称要 1 到 20 个字，不能有 / # ~，例如 物业费")
    return plain


Item = Annotated[str, AfterValidator(item_name)]
Day = Annotated[str, AfterValidator(periods.day)]


class TariffSet(Event):
    """An item got its first rate, from the day `since` on.

    price        in 1/10,000 yuan: of a ㎡ and month (面积), a month (固定) or a unit of use (用量); 1.80 is 18000
    cycle        months that one bill covers
    due          the bill is due `due_days` after the first or last day of its period
    applies      which rooms; None: all of them by 面积, else those that have a Charge
    penalty_ppm  违约金 a day in millionths of the principal (500 = 0.05 %), only with the contract's `clause`; `grace`
                 days of it free, at most `cap_percent` of the principal (民法典 §585)
    """

    kind: ClassVar[str] = "tariff.set"
    opens: ClassVar[bool] = True
    roles = staff.SUPERVISION

    item: Item
    klass: FeeClass
    basis: Basis
    price: Annotated[int, Strict()] = 0
    cycle: Cycle = 1
    since: Day
    due: Due = "期末"
    due_days: Annotated[int, within(0, 180, "到期日要在期初或期末之后 0 到 180 天")] = 0
    applies: Applies | None = None
    penalty_ppm: Annotated[int, within(0, 10_000, "违约金每日最多写到 1%，请核对合同")] = 0
    clause: Annotated[str, words()] = ""
    grace: Annotated[int, within(0, 365, "宽限要在 0 到 365 天之间")] = 0
    cap_percent: Annotated[int, within(1, 100, "违约金上限要在本金的 1% 到 100% 之间")] = 100

    @model_validator(mode="after")
    def can_be_billed(self) -> Self:
        """There is a price, the class falls due again and again, and 违约金 stands in the contract."""
        if self.price <= 0:
            raise ValueError(f"“{self.item}”还没有单价，请写上大于 0 的单价，例如 1.80")
        if self.klass in ONCE:
            raise ValueError(f"{self.klass}不按期出账，不设收费标准；请选别的类别")
        if self.basis == "用量" and self.cycle != 1:
            raise ValueError("按用量的项目在抄表的月份出账，周期请写每月；不抄表的月份不会出账")
        if self.penalty_ppm and not self.clause:
            raise ValueError("合同里有约定才能收违约金：请写上合同条款原文，没有约定就不设违约金")
        return self

    def key(self) -> str:
        """One tariff an item, whichever desk sets it."""
        return tariff_id(self.item)


class TariffChanged(TariffSet):
    """An item costs something else, or by other terms, from the day `since` on; said whole."""

    kind: ClassVar[str] = "tariff.changed"
    opens: ClassVar[bool] = False


class TariffEnded(Event):
    """An item is charged up to and with the day `until`; what was set for later days is off too."""

    kind: ClassVar[str] = "tariff.ended"
    roles = staff.SUPERVISION

    until: Day


class TariffRate(SQLModel, table=True):
    """What an item costs from `since` to `until` ("" while no end is set), both included; units as in TariffSet."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    item: str = Field(index=True)
    klass: str
    basis: str
    price: int
    cycle: int
    since: str
    until: str
    due: str
    due_days: int
    applies: str
    penalty_ppm: int
    clause: str
    grace: int
    cap_percent: int


TERMS = (
    "item", "klass", "basis", "price", "cycle", "since", "due", "due_days", "applies", "penalty_ppm", "clause", "grace",
    "cap_percent",
)  # fmt: skip
"""What TariffSet and TariffRate both say."""


class Tariff(Record, table=True):
    """A fee item; what it costs on a day is asked with `rate`."""

    kinds = {event.kind: event for event in (TariffSet, TariffChanged, TariffEnded)}

    item: str = ""
    klass: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in; the class last said is the item's."""
        if isinstance(event, TariffSet):
            self.item, self.klass = event.item, event.klass

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The table of `lines`."""
        return (TariffRate,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Its rates, oldest first; two desks that set one day differently leave the later said and a doubt."""
        told: list[tuple[Entry, str, _Terms | None]] = []
        for entry, event in said:
            if isinstance(event, TariffSet):
                told.append((entry, event.since, _terms(event)))
            elif isinstance(event, TariffEnded):
                told.append((entry, periods.day_after(event.until), None))
        rates, apart = periods.spells(told)
        if apart:
            self.doubt = "两台前台给同一天定了不同的收费标准，现按后定的算，请主管核对后重新设定"
        return [
            TariffRate.model_validate({"owner": self.id, "n": n, "until": until} | dict(zip(TERMS, terms, strict=True)))
            for n, (_, until, terms) in enumerate(rates)
        ]

    @classmethod
    def refusal(cls, read: Session, record: "Tariff | None", event: Event, by: Actor) -> Refused | None:
        """Nothing is set or ended that stands so already."""
        if record is None or record.doubt:
            return None
        match event:
            case TariffSet():
                found = rate(read, event.item, event.since)
                if found and found.since == event.since and tuple(getattr(found, name) for name in TERMS) == _terms(event):
                    return Refused(f"“{event.item}”从 {event.since} 起已经是这个标准，不用再设", "price")
            case TariffEnded():
                found = rate(read, record.item, event.until)
                if found is None:
                    return Refused(f"“{record.item}”在 {event.until} 没有收费标准，不用停", "until")
                if found.until == event.until and found.n == len(rates(read, record.item)) - 1:
                    return Refused(f"“{record.item}”已经收到 {event.until} 为止，不用再停", "until")
        return None


_Terms = tuple[str | int, ...]


def _terms(event: TariffSet) -> _Terms:
    """What an event says of each of TERMS, with the rooms it applies to where that was left open."""
    applies = event.applies or (EVERY_ROOM if event.basis == "面积" else REGISTERED)
    return tuple(applies if name == "applies" else getattr(event, name) for name in TERMS)


def tariff_id(item: str) -> str:
    """The id of the tariff of an item."""
    return f"tariff:{item}"


def rate(read: Session, item: str, day: str) -> TariffRate | None:
    """What an item costs on a day, `YYYY-MM-DD`; None where it costs nothing."""
    found = select(TariffRate).where(TariffRate.item == item, TariffRate.since <= day)
    return read.exec(found.where((col(TariffRate.until) == "") | (col(TariffRate.until) >= day))).first()


def rates(read: Session, item: str = "") -> Sequence[TariffRate]:
    """Every rate of an item, or of all, by item and then oldest first."""
    found = select(TariffRate).order_by(TariffRate.item, TariffRate.since)
    return read.exec(found.where(TariffRate.item == item) if item else found).all()


def per_month(basis: str, price: int, quantity: int, area: int | None) -> Fraction:
    """What a month costs, exactly, in fen: `price` in 1/10,000 yuan, `quantity` in thousandths, `area` in 1/100 ㎡."""
    many = Fraction(price * quantity, 100 * 1000)
    return many * (area or 0) / 100 if basis == "面积" else many


SPAN = "SELECT quantity FROM chargespan WHERE room = ? AND item = ? AND since <= ? AND (until = '' OR until >= ?)"


def monthly_fee(read: Session, room: str, item: str, day: str) -> int | None:
    """What a room pays for an item in a month, in fen, by the rate of that day; None where nobody can know it."""
    found, db = rate(read, item, day), raw(read.connection())
    if found is None or found.basis == "用量":
        return None
    area = db.execute("SELECT area FROM room WHERE code = ?", (room,)).fetchone()
    spans = [(1000,)] if found.applies == EVERY_ROOM else db.execute(SPAN, (room, item, day, day)).fetchall()
    if not area or not spans or (found.basis == "面积" and not area[0]):
        return None
    fee = per_month(found.basis, found.price, int(spans[0][0]), area[0])
    return half_up(fee.numerator, fee.denominator)


def due_day(found: TariffRate, first: date, last: date) -> str:
    """When the bill of a period is due, `YYYY-MM-DD`."""
    return ((first if found.due == "期初" else last) + found.due_days * periods.DAY).isoformat()


def parse_price(text: str) -> int:
    """A price as typed (1.8 · ￥0.4883) in 1/10,000 yuan. Raises ValueError in Chinese."""
    plain = re.sub(r"^¥|元$", "", fold_digits(text).replace(" ", ""))
    found = re.fullmatch(r"(\d{1,6})(?:\.(\d{1,4}))?", plain)
    if not found:
        raise ValueError(f"「{text}」不是单价，请只写数字，最多四位小数，例如 1.80 或 0.4883")
    return int(found[1]) * 10_000 + int((found[2] or "").ljust(4, "0"))


def price_text(price: int) -> str:
    """A price in 1/10,000 yuan as people write it, at least two decimals: 18000 → 1.80, 4883 → 0.4883."""
    whole, rest = divmod(price, 10_000)
    decimals = f"{rest:04}".rstrip("0").ljust(2, "0")
    return f"{whole:,}.{decimals}"
