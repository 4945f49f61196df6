"""Hours and days as people at the counter type them, as the events keep them."""

from __future__ import annotations

import re
from datetime import timedelta

from desk import fields
from desk.china import fold_digits


def clock(text: str) -> str:
    """An hour as typed (`18:30`, `1830`, `18点`) as the next wall time of that hour; anything else as it is."""
    said = fold_digits(text)
    match = re.fullmatch(r"(\d{1,2})(?:[:点时]?(\d{2})分?|[:点时])", said)
    if not match or int(match[1]) > 23 or int(match[2] or 0) > 59:
        return said
    now = fields.wall()
    then = now.replace(hour=int(match[1]), minute=int(match[2] or 0), second=0, microsecond=0)
    return (then if then > now else then + timedelta(days=1)).isoformat(timespec="minutes")


def next_day(text: str) -> str:
    """A day as said (`今天`, `明天`, `11-30`, `11月30日`) as its date; anything else as it is."""
    said, today = fold_digits(text), fields.wall().date()
    if said in ("今天", "明天", "后天"):
        return (today + timedelta(days=("今天", "明天", "后天").index(said))).isoformat()
    match = re.fullmatch(r"(\d{1,2})[-/.月](\d{1,2})[日号]?", said)
    if not match:
        return said
    # What has just gone by is a slip of the finger and refused; what is long past means the next year.
    month, number = int(match[1]), int(match[2])
    year = today.year + (today.month - month > 6)
    return f"{year}-{month:02d}-{number:02d}"


def back_by(text: str) -> str:
    """When something should be back (`18:30`, `明天`, `明天 18:30`): an hour alone is the next such, a day alone all of it."""
    day, _, hour_of_day = fold_digits(text).rpartition(" ")
    if day and re.fullmatch(r"\d{1,2}:\d\d", hour_of_day):
        return f"{next_day(day)}T{hour_of_day:0>5}"
    said = next_day(clock(text))
    return f"{said}T23:59" if re.fullmatch(r"\d{4}-\d\d-\d\d", said) else said
