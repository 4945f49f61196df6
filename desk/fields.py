"""What may stand in a field: the checks that events of several jobs share, each with its sentence for the clerk."""

import re
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator

from data.records import PERSONAL, PersonalText
from desk import china

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


def day(text: str) -> str:
    """A date as kept, `2026-11-30`; "" stays. Raises ValueError in Chinese."""
    try:
        return text and date.fromisoformat(china.fold_digits(text)).isoformat()
    except ValueError:
        raise ValueError(f"「{text}」不是日期，请写成 2026-11-30") from None


Phone = Annotated[str, PERSONAL, AfterValidator(lambda text: text and china.phone(text))]
Moment = Annotated[str, AfterValidator(moment)]
Words = Annotated[PersonalText, words()]


def wall() -> datetime:
    """The wall time of this PC, without offset; read here alone, so that it can be stopped in one place."""
    return datetime.now()


def wall_time(text: str) -> str:
    """A wall time as typed (`14:30` today, `11-20 14:30` this year) as events keep it; anything else as it is."""
    said = china.fold_digits(text)
    found = re.fullmatch(r"(?:(\d{1,2})[-/.月](\d{1,2})日?[ T]*)?(\d{1,2}):(\d\d)", said)
    if found is None:
        return said
    now = wall()
    month, day = found[1] or now.month, found[2] or now.day
    return f"{now.year}-{int(month):02}-{int(day):02}T{int(found[3]):02}:{found[4]}"


def is_public(place: str) -> bool:
    """Whether a place is no flat and need not be in the register: `公共-电梯3`."""
    return place.startswith("公共-") and len(place) > 3


def moment_of(when: datetime | None) -> str:
    """A wall time as events keep it, "" for none."""
    return when.isoformat(timespec="minutes") if when else ""


def at_night(now: datetime) -> bool:
    """Whether the gate stands alone: 22:00–06:00 (domain.md B2)."""
    return now.hour >= 22 or now.hour < 6
