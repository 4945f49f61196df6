"""The billing run: every room's bills of a month, planned from tariffs, charges, readings and sales, each only once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from sqlmodel import Session

from data.file import raw
from data.records import Actor, Refused
from desk import charges, sales, staff, tariffs
from desk.billed import Billed
from desk.charges import Reading
from desk.china import room_key
from desk.money import half_up, yuan
from desk.periods import DAY, days_of, month, month_end, shares, written
from desk.sales import RoomSale
from desk.stretches import Reign, Span, Stretch, charged, end_of, how, reigns, used
from desk.tariffs import CYCLES, EVERY_ROOM

NAMED = 8
"""Rooms named in a note; of more only how many."""


@dataclass(frozen=True, slots=True)
class Total:
    """What a run adds for one item: so many bills, so many fen in all."""

    item: str
    klass: str
    count: int
    fen: int


@dataclass(frozen=True, slots=True)
class Run:
    """What a run would write, for one `Store.act_all`; `skipped` bills were there already, `notes` are for people to see to."""

    acts: Sequence[tuple[Billed, None]]
    totals: Sequence[Total]
    notes: Sequence[str]
    skipped: int

    @property
    def fen(self) -> int:
        """All of it, in fen."""
        return sum(total.fen for total in self.totals)


@dataclass(frozen=True, slots=True)
class _Estate:
    """All the run asks of the register, read in a few questions, whatever the number of rooms.

    spans by item and room, readings and days covered by bills that stand by room and item
    """

    areas: dict[str, int | None]
    sold: dict[str, list[RoomSale]]
    spans: dict[str, dict[str, list[Span]]]
    readings: dict[str, dict[str, Reading]]
    covered: dict[tuple[str, str], list[tuple[date, date]]]
    again: sales.Again


def plan_run(read: Session, period: str, by: Actor) -> Run:
    """The bills to add for the month `2026-12`, rounded half up once a bill, and what keeps others from being made.

    Monthly items are billed for that month, quarterly and yearly ones in the first month of their quarter or year and for
    the whole of it; what begins within a quarter or year, in the month in which it begins, to the end of it. What is
    charged by use is billed where a meter was read for the month. A day is billed once: whatever a bill that stands covers
    is skipped, so a second run adds nothing, and one after a bill was withdrawn writes it anew.
    Raises Refused for who takes no money, a period that is no month, and where nothing has a price.
    """
    if by.role not in staff.MONEY:
        raise Refused("您的岗位不能出账单，请找收费员或主管")
    try:
        first = date.fromisoformat(f"{month(period)}-01")
    except ValueError:
        raise Refused(f"账期「{period}」不是月份，请写成 2026-12", "period") from None
    every = tariffs.rates(read)
    if not every:
        raise Refused("还没有收费标准，请主管先用 desk tariffs set 设定")
    ruling = [reign for _, found in groupby(every, lambda rate: rate.item) for reign in reigns(found, first)]
    if not ruling:
        raise Refused(f"{first:%Y-%m} 没有在用的收费标准，请核对账期，或用 desk tariffs list 查看")
    estate = _look(read, first, ruling)
    acts: list[tuple[Billed, None]] = []
    totals: list[Total] = []
    notes = _doubts(read)
    skipped = 0
    for reign in ruling:
        owed, told = _owed(estate, reign, first)
        notes += told
        rate, fens, broken = reign.rates[0], [], []
        for stretch in sorted(owed, key=lambda one: room_key(one.room)):
            for said in _bills(estate, stretch):
                if isinstance(said, Billed):
                    acts.append((said, None))
                    fens.append(said.fen)
                else:
                    skipped += 1
                    broken += [] if said else [stretch.room]
        if broken:
            notes.append(f"“{rate.item}”：{_named(broken)} 的账期有一部分已另外出账，没有再出；要重出请先撤销那一笔")
        if fens:
            totals.append(Total(rate.item, rate.klass, len(fens), sum(fens)))
    return Run(acts, totals, notes, skipped)


def _look(read: Session, first: date, ruling: Sequence[Reign]) -> _Estate:
    db = raw(read.connection())
    begins, ends = min(reign.first for reign in ruling), max(reign.last for reign in ruling)
    areas: dict[str, int | None] = dict(db.execute("SELECT code, area FROM room"))
    spans: dict[str, dict[str, list[Span]]] = {}
    for item, room, since, until, quantity in db.execute(
        "SELECT item, room, since, until, quantity FROM chargespan WHERE since <= ? AND (until = '' OR until >= ?) "
        "ORDER BY room, item, since", (ends.isoformat(), begins.isoformat()),
    ):  # fmt: skip
        if room in areas:
            span = date.fromisoformat(since), end_of(until), int(quantity)
            spans.setdefault(item, {}).setdefault(room, []).append(span)
    covered: dict[tuple[str, str], list[tuple[date, date]]] = {}
    ids: list[str] = []
    for bill, room, item, since, until, withdrawn in db.execute(
        "SELECT id, room, item, period_from, period_to, withdrawn FROM bill WHERE period_from <= ? AND period_to >= ?",
        (ends.isoformat(), f"{begins:%Y-%m}"),
    ):
        ids.append(bill)
        if not withdrawn and (days := days_of(since, until)):
            covered.setdefault((room, item), []).append(days)
    readings: dict[str, dict[str, Reading]] = {}
    for reading in charges.readings(read, f"{first:%Y-%m}"):
        if reading.room in areas:
            readings.setdefault(reading.item, {})[reading.room] = reading
    return _Estate(areas, sales.sales(read), spans, readings, covered, sales.Again(ids))


def _owed(estate: _Estate, reign: Reign, first: date) -> tuple[list[Stretch], list[str]]:
    """What rooms owe by a reign, as far as it is billed in the month that begins with `first`, and what is to be seen to."""
    rate = reign.rates[0]
    if rate.basis == "用量":
        return _by_use(estate, reign, first)
    having: dict[str, list[Span]] = estate.spans.get(rate.item, {})
    if rate.applies == EVERY_ROOM:
        having = {room: [(reign.first, reign.last, 1000)] for room in estate.areas}
    notes: list[str] = []
    bare = [room for room in having if rate.basis == "面积" and not estate.areas[room]]
    if not having:
        notes.append(f"“{rate.item}”没有登记的房屋，请用 desk charges import 导入")
    if bare:
        notes.append(f"“{rate.item}”：{_named(bare)} 没有面积，没有出账；请在住户表里补上面积导入后再运行一次")
    owed = [
        stretch
        for room in having.keys() - set(bare)
        for stretch in charged(room, reign, having[room], estate.areas[room])
        if first <= stretch.first <= month_end(first)
    ]
    if not owed and having and reign.first < first:
        notes.append(
            f"“{rate.item}”{CYCLES[rate.cycle]}出一次，这一期在 {reign.first:%Y-%m} 出；"
            f"要补出请运行 desk bills run --period {reign.first:%Y-%m}"
        )
    return owed, notes


def _by_use(estate: _Estate, reign: Reign, first: date) -> tuple[list[Stretch], list[str]]:
    rate, said = reign.rates[0], f"{first:%Y-%m}"
    found = estate.readings.get(rate.item, {})
    having = estate.areas.keys() if rate.applies == EVERY_ROOM else estate.spans.get(rate.item, {}).keys()
    missing, doubtful = having - found.keys(), [room for room, reading in found.items() if reading.doubt]
    notes: list[str] = []
    if not found:
        notes.append(f"“{rate.item}”还没有 {said} 的抄表，请先用 desk readings import 导入再运行一次")
    elif missing:
        notes.append(f"“{rate.item}”：{_named(missing)} 没有 {said} 的读数，没有出账；导入读数后再运行一次")
    if doubtful:
        notes.append(f"“{rate.item}”：{_named(doubtful)} 两台前台抄的读数不同，没有出账；请更正读数后再运行一次")
    return [used(reign, reading) for reading in found.values() if not reading.doubt], notes


def _bills(estate: _Estate, stretch: Stretch) -> Iterator[Billed | bool]:
    """The bill of a stretch, or its parts where the room was sold within it; for one that is there already no bill.

    Then it is said whether all of its days are billed.
    """
    rate, room, exact = stretch.rate, stretch.room, stretch.fen
    full = half_up(exact.numerator, exact.denominator)
    if full <= 0:
        return
    known = estate.sold.get(room, [])
    cuts = [sale for sale in known if stretch.first < date.fromisoformat(sale.date) <= stretch.last]
    begins = [stretch.first, *(date.fromisoformat(sale.date) for sale in cuts)]
    ends = [*(day - DAY for day in begins[1:]), stretch.last]
    parts = [
        [part for piece in stretch.pieces if (part := piece.part(since, until))]
        for since, until in zip(begins, ends, strict=True)
    ]
    fens = shares(full, [sum((piece.fen for piece in part), Fraction(0)) for part in parts])
    due = tariffs.due_day(rate, stretch.first, stretch.last)
    for n, (since, until, fen) in enumerate(zip(begins, ends, fens, strict=True)):
        billed = _billed(estate.covered.get((room, rate.item), ()), since, until)
        if billed is not None:
            yield billed
        elif fen:
            last = n and n == len(cuts)
            first_day, last_day = written(since, until)
            said = {"room": room, "item": rate.item, "klass": rate.klass, "period_from": first_day, "period_to": last_day}
            said["how"] = f"{how(stretch.pieces)}-{yuan(sum(fens[:n]))}" if last else how(parts[n])
            said["owner"] = sales.owner_after(known, since.isoformat(), cuts[-1].buyer if cuts else "")
            again = estate.again.of(room, rate.item, first_day, last_day)
            yield Billed.model_validate({**said, "due": due, "fen": fen, "again": again})


def _billed(covered: Iterable[tuple[date, date]], first: date, last: date) -> bool | None:
    """Whether bills that stand cover all of some days; None where they cover none."""
    left, touched = first, False
    for since, until in sorted(covered):
        touched = touched or (since <= last and until >= first)
        if since <= left <= until:
            left = until + DAY
    return left > last if touched else None


def _doubts(read: Session) -> list[str]:
    """What two desks said differently, and what is billed by the later of the two meanwhile."""
    db = raw(read.connection())
    notes = [
        f"“{item}”：两台前台定了不同的收费标准，现按后定的算，请主管核对后重新设定再出账"
        for (item,) in db.execute("SELECT item FROM tariff WHERE doubt <> '' ORDER BY item")
    ]
    if rooms := [f"{room}（{item}）" for room, item in db.execute("SELECT room, item FROM charge WHERE doubt <> ''")]:
        notes.append(f"两台前台登记的数量不同，现按后登记的算，请核对：{'、'.join(sorted(rooms))}")
    return notes


def _named(rooms: Iterable[str]) -> str:
    ordered = sorted(rooms, key=room_key)
    return "、".join(ordered[:NAMED]) + (f" 等 {len(ordered):,} 户" if len(ordered) > NAMED else "")
