"""The evacuation list (撤离名单): who may be in which building when it burns; no names, no phones, no money.

It says where people live who cannot come out by themselves, so that it was printed is an entry.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from sqlmodel import Session

from data.entry import Entry
from data.file import raw
from data.records import Actor, Event, Record
from desk import china, fields, incidents, places, staff, visits
from desk.slip_lines import sign, when
from printers.slip import Node, Pair, Rule, Slip, Table, Text

CARE = ("不便", "独居", "听力")
"""Care flags a fireman must know, those who cannot walk first; 大字 is none of his business."""


class Listed(Event):
    """The list was printed. `complete` says how many visitors and households there were, so that a drill can be compared."""

    kind: ClassVar[str] = "evacuation.listed"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.EVERYONE

    visitors: int = 0
    registered: int = 0
    need_help: int = 0

    def complete(self, read: Session) -> Self:
        """With the counts."""
        found = on_site(read)
        told = {"visitors": found.visitors, "registered": found.registered, "need_help": found.need_help}
        return self.model_copy(update=told)


class Evacuation(Record, table=True):
    """One list that was printed."""

    kinds = {Listed.kind: Listed}

    visitors: int = 0
    registered: int = 0
    need_help: int = 0

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        assert isinstance(event, Listed)
        self.visitors, self.registered, self.need_help = event.visitors, event.registered, event.need_help

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """撤离名单."""
        return [sheet(on_site(read), self.number, entry.at, by)]


@dataclass(frozen=True, slots=True)
class Block:
    """What is known of one building: people registered in it, visitors inside as (room, category, head count), and the
    rooms of those who need help with their flags."""

    name: str
    registered: int
    visits: tuple[tuple[str, str, int], ...]
    care: tuple[tuple[str, str], ...]

    @property
    def visitors(self) -> int:
        """How many visitors are inside."""
        return sum(count for _, _, count in self.visits)


@dataclass(frozen=True, slots=True)
class OnSite:
    """Every building with anybody in it: first those where something is happening, then as people walk, public places last."""

    at: datetime
    blocks: tuple[Block, ...]

    @property
    def visitors(self) -> int:
        """Visitors inside in all."""
        return sum(block.visitors for block in self.blocks)

    @property
    def registered(self) -> int:
        """People registered in all."""
        return sum(block.registered for block in self.blocks)

    @property
    def need_help(self) -> int:
        """Rooms with somebody who needs help, in all."""
        return sum(len(block.care) for block in self.blocks)


def on_site(read: Session) -> OnSite:
    """Who may be where now, counted in SQL: residents are those registered, whether at home nobody knows."""
    db = raw(read.connection())
    living: dict[str, int] = {}
    # A person with two homes counts in both: the list errs on the side of looking once more.
    homes = db.execute(
        "SELECT substr(room, 1, instr(room || '-', '-') - 1), count(DISTINCT person) FROM home WHERE NOT ended GROUP BY 1"
    )
    for begin, count in homes.fetchall():
        living[visits.building_of(begin)] = count
    care: dict[str, dict[str, set[str]]] = {}
    frail = db.execute(
        "SELECT room, care FROM home JOIN person ON person.id = person WHERE NOT ended AND "
        + " OR ".join("care LIKE ?" for _ in CARE).join("()"),
        [f"%{flag}%" for flag in CARE],
    )
    for room, flags in frail.fetchall():
        care.setdefault(visits.building_of(room), {}).setdefault(room, set()).update(set(flags.split(",")) & set(CARE))
    inside: dict[str, list[tuple[str, str, int]]] = {}
    for one in visits.inside(read):
        inside.setdefault(_block(one.room), []).append((one.room, one.category, one.headcount))
    first = _happening(read)
    names = sorted(
        living.keys() | care.keys() | inside.keys(),
        key=lambda name: (name not in first, name in _LAST, china.room_key(name)),
    )
    return OnSite(
        fields.wall(),
        tuple(Block(name, living.get(name, 0), _summed(inside.get(name, [])), _flagged(care.get(name, {}))) for name in names),
    )


_LAST = ("公共", visits.OFFICE)


def _happening(read: Session) -> set[str]:
    """The buildings of the incidents that are not closed, as far as they say where."""
    found: set[str] = set()
    for one in incidents.open_incidents(read):
        if one.room:
            found.add(_block(one.room))
        with suppress(ValueError):  # words such as 东门 are no building
            found |= {visits.building_of(begin) for begin in places.prefixes(places.where(one.place)) if begin}
    return found


def _block(room: str) -> str:
    return room if room == visits.OFFICE else visits.building_of(room)


def _summed(inside: list[tuple[str, str, int]]) -> tuple[tuple[str, str, int], ...]:
    """Visits of one category to one room in one line."""
    found: dict[tuple[str, str], int] = {}
    for room, category, count in inside:
        found[room, category] = found.get((room, category), 0) + count
    said = [(room, category, count) for (room, category), count in found.items()]
    return tuple(sorted(said, key=lambda one: china.room_key(one[0])))


def _flagged(rooms: dict[str, set[str]]) -> tuple[tuple[str, str], ...]:
    """Rooms with their flags: those who cannot walk first, then as people walk."""
    said = [(room, "·".join(flag for flag in CARE if flag in flags)) for room, flags in rooms.items() if flags]
    return tuple(sorted(said, key=lambda one: (not one[1].startswith(CARE[0]), china.room_key(one[0]))))


def sheet(found: OnSite, number: str, at: str, by: Actor) -> Slip:
    """The list: how many in all, then each building that has visitors or somebody who needs help, then the others in short."""
    nodes: list[Node] = [
        Pair(f"单号 {number}", when(at)),
        Pair("打印", f"{staff.POSTS.get(by.role, '')} {by.name}"),
        Rule(),
        Pair("在场访客", f"{found.visitors} 人", size=2, bold=True),
        Pair("需帮助", f"{found.need_help} 户", size=2, bold=True),
        Pair("登记住户", f"{found.registered} 人（是否在家不详）"),
    ]
    quiet = [block for block in found.blocks if not block.visits and not block.care]
    for block in found.blocks:
        if block in quiet:
            continue
        nodes += [Rule(), Text(block.name, size=2, bold=True)]
        nodes.append(Text(f"访客 {block.visitors} 人，登记 {block.registered} 人", bold=True))
        if block.care:
            nodes.append(Table(tuple((f"□{room}", f"{flags} 先找") for room, flags in block.care), (12, 0), "ll"))
        if block.visits:
            nodes.append(
                Table(tuple((f"□{room}", f"{category} {count} 人") for room, category, count in block.visits), (12, 0), "ll")
            )
    if quiet:
        nodes += [Rule(), Text("没有访客、没有登记需帮助的楼")]
        nodes.append(Table(tuple((block.name, f"登记 {block.registered} 人") for block in quiet), (12, 0), "ll"))
    nodes += [Rule(), Text("找到一户在□里打勾；交现场指挥，用完收回前台"), *sign("接单人签字")]
    return Slip("evacuation", "撤离名单", tuple(nodes))
