"""Where something is that concerns more than one door: the whole estate, buildings, or units of them."""

import re
from typing import Annotated

from pydantic import AfterValidator
from sqlmodel import Session

from data.file import raw
from data.records import Refused
from desk import china

WHOLE = "全小区"
_WHOLE = ("全小区", "全部", "所有", "全园", "小区")
_PART = re.compile(r"第?([A-Z]?\d{1,3}[A-Z]?|[A-Z])(?:号楼|栋|幢|座|#)?(?:-|第)?(?:(\d{1,2})(?:单元|门)?)?")


def where(text: str) -> str:
    """Where, as people write it (`3栋 5#2单元`, `3,5-2`, `全部`), as it is kept: `3栋、5栋2单元`, `全小区`.

    Raises ValueError in Chinese.
    """
    said = china.fold_digits(text).upper()
    found: list[str] = []
    for part in re.split(r"[,、;。\s和]+", said):
        if not part:
            continue
        if part in _WHOLE:
            return WHOLE
        if part in china.PLACES and part != "公共":
            found.append(part)
        elif match := _PART.fullmatch(part):
            building, unit = match[1], match[2]
            found.append(f"{_plain(building)}栋{f'{_plain(unit)}单元' if unit else ''}")
        else:
            raise ValueError(f"“{part}”看不懂，请写楼栋或单元，例如 3栋 5栋2单元；整个小区写 {WHOLE}")
    if not found:
        raise ValueError(f"请写影响哪里，例如 3栋 5栋2单元；整个小区写 {WHOLE}")
    return "、".join(dict.fromkeys(found))


Where = Annotated[str, AfterValidator(where)]


def _plain(number: str) -> str:
    return re.sub(r"^([A-Z]?)0+(?=\d)", r"\1", number)


def prefixes(place: str) -> tuple[str, ...]:
    """How the codes of its rooms begin: `3栋、5栋2单元` → `3-`, `5-2-`; of the whole estate with nothing."""
    if place == WHOLE:
        return ("",)
    return tuple(f"{part.replace('栋', '-').removesuffix('单元').rstrip('-')}-" for part in place.split("、") if part)


def touches(place: str, room: str) -> bool:
    """Whether a room lies there; of what is public only where the whole estate is meant."""
    return room.startswith(prefixes(place))


def overlap(one: str, other: str) -> bool:
    """Whether two places have a room in common."""
    return any(a.startswith(b) or b.startswith(a) for a in prefixes(one) for b in prefixes(other))


def within(part: str, place: str) -> bool:
    """Whether every room of `part` lies in `place`."""
    return all(one.startswith(prefixes(place)) for one in prefixes(part))


def staircases(read: Session, place: str = WHOLE) -> list[str]:
    """The units there, as `3栋2单元` (`商铺` where there is none), as people walk; from the rooms of the register."""
    # What a code ends in, taken off: 3-2-501 → 3-2-.
    ends = raw(read.connection()).execute("SELECT DISTINCT rtrim(code, replace(code, '-', '')) FROM room").fetchall()
    begins = sorted((end for (end,) in ends if end.startswith(prefixes(place))), key=china.room_key)
    return [named for begin in begins if (named := _named(begin.rstrip("-")))]


def _named(prefix: str) -> str:
    building, _, unit = prefix.partition("-")
    if building in china.PLACES:
        return "" if building == "公共" else building
    return f"{building}栋{f'{unit}单元' if unit else ''}"


def refuse_unknown(read: Session, place: str) -> Refused | None:
    """The refusal, beside the field `place`, for a building or unit that is not in the register."""
    known = staircases(read)
    for part in place.split("、"):
        if place != WHOLE and not any(within(one, part) for one in known):
            return Refused(f"小区里没有“{part}”，请核对楼栋和单元", "place")
    return None
