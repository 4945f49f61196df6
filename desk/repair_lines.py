"""Material and work with their prices: as typed in one line, as written, and what they come to."""

import re
from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

from desk import china
from desk.fields import within, words
from desk.money import Fen, half_up, parse_yuan, yuan


class Priced(Protocol):
    """What lines of events and of the table have alike."""

    @property
    def item(self) -> str:
        """What it is."""

    @property
    def qty(self) -> int:
        """How much, in 1/100."""

    @property
    def unit(self) -> str:
        """Of what, "" for pieces."""

    @property
    def price(self) -> int:
        """Fen for one."""


class Line(BaseModel):
    """Material or work on a quote or a bill: `qty` in 1/100 of `unit`, `price` in fen for one unit."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    item: Annotated[str, words(1, "用料或工时要有名称，例如 弯头")]
    qty: Annotated[int, within(1, 999_900, "数量要在 0.01 到 9999 之间")] = 100
    unit: str = ""
    price: Fen

    @field_validator("price")
    @classmethod
    def at_least_nothing(cls, price: int) -> int:
        """What is given for nothing may stand on a quote; nothing is paid back by one."""
        if price < 0:
            raise ValueError("单价不能小于 0")
        return price

    @property
    def fen(self) -> int:
        """What the line comes to: rounded half up, once (domain.md B0)."""
        return half_up(self.qty * self.price, 100)


Lines = Annotated[tuple[Line, ...], Field(max_length=20)]


def total(lines: Sequence[Line]) -> int:
    """What lines come to, in fen."""
    return sum(line.fen for line in lines)


def typed(text: str) -> tuple[Line, ...]:
    """Lines as typed, `弯头 1个 35；工时 1.5小时 60` or without a quantity `开锁 80`. Raises ValueError in Chinese."""
    return tuple(_line(part.strip()) for part in re.split(r"[；;\n]", text) if part.strip())


def _line(text: str) -> Line:
    words = text.split()
    counted = re.fullmatch(r"(\d{1,4})(?:\.(\d{1,2}))?(\D{0,4})", china.fold_digits(words[-2])) if len(words) > 2 else None
    if len(words) < 2 or (len(words) > 2 and counted is None):
        raise ValueError(f"「{text}」看不懂，请写 名称 数量 单价，例如 弯头 1个 35；多项用分号隔开")
    qty = int(counted[1]) * 100 + int((counted[2] or "0").ljust(2, "0")) if counted else 100
    if not qty:
        raise ValueError(f"「{text}」数量是 0，请改或去掉这一项")
    item = " ".join(words[: -2 if counted else -1])
    if len(item) > 20:
        raise ValueError(f"「{item}」名称太长，请缩短到 20 个字以内")
    return Line(item=item, qty=qty, unit=counted[3] if counted else "", price=parse_yuan(words[-1]))


def counted(qty: int, unit: str) -> str:
    """A quantity as people write it: 1个, 1.5小时, 2."""
    whole, rest = divmod(qty, 100)
    return f"{whole}{f'.{rest:02}'.rstrip('0') if rest else ''}{unit}"


def written(lines: Sequence[Priced]) -> str:
    """Lines as they are typed."""
    return "；".join(f"{one.item} {counted(one.qty, one.unit)} {yuan(one.price).replace(',', '')}" for one in lines)
