"""Asking how it went: a rating by voice, nobody there, and what a household says after it was closed without it."""

from __future__ import annotations

from collections.abc import Sequence

from data.records import Event, Refused
from desk.repair_events import CallMissed, Closed, Rated
from desk.repairs import Repair
from screens.form import Field, Form

RATINGS = ("很不满意", "不满意", "一般", "满意", "很满意", "没问到")
"""By digit: 1-5 are the rating itself, 6 none."""

NO_ANSWER = "没人接，改天再打"
"""The seventh: rung in vain, and rung again."""


class Close(Form):
    """The household was asked how it went, or could not be."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"回访 {repair.number}  {repair.room}"
        done = repair.result or f"转给 {repair.sent_to} {repair.sent_phone}"
        asked = "请问：修好了吗？从 1 分很不满意到 5 分很满意，您给几分"
        self.lead = f"{repair.category} {repair.problem}：{done}  {repair.worker}\n{asked}"

    def fields(self) -> Sequence[Field]:
        """Rating by digit, then what else was said."""
        return (Field("rating", "评价", (*RATINGS, NO_ANSWER)), Field("comment", "住户说", hint="可以不填"))

    def event(self, values: dict[str, str]) -> Event:
        """The close; 没问到 rates nothing, and who did not answer is rung again."""
        if values["rating"] == NO_ANSWER:
            return CallMissed()
        return Closed(rating=rated(values["rating"]), comment=values["comment"])


class Rate(Form):
    """What a household says of a repair that was closed without its word."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"补登评价 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}：{repair.result}  {repair.worker}"

    def fields(self) -> Sequence[Field]:
        """Rating by digit, then what else was said."""
        return (Field("rating", "评价", RATINGS[:5]), Field("comment", "住户说", hint="可以不填"))

    def event(self, values: dict[str, str]) -> Rated:
        """The rating."""
        return Rated(rating=rated(values["rating"]) or 0, comment=values["comment"])


def rated(word: str) -> int | None:
    """The rating a word stands for, None for 没问到. Raises Refused where nothing was chosen."""
    if word not in RATINGS:
        raise Refused("请按数字键选评价；联系不上选 6 没问到", "rating")
    place = RATINGS.index(word) + 1
    return place if place <= 5 else None
