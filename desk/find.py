"""The search box: whoever stands there, by a room in any writing, a name, a phone tail, a plate, or anything printed."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.records import Actor, Refused
from desk import barrings, bookings, fields, permits, releases
from desk.barrings import Barring
from desk.batches import Batch
from desk.bookings import Booking
from desk.china import fold_digits, room_codes, room_key, waybill
from desk.evacuation import Evacuation
from desk.incidents import Incident
from desk.inquiries import Inquiry
from desk.keys_held import KeyHeld
from desk.notes import Note
from desk.outages import Outage
from desk.parcels import GIVABLE, Parcel
from desk.payments import Payment
from desk.permits import Permit
from desk.refunds import Refund
from desk.releases import Release
from desk.repairs import Repair
from desk.residents import Home, Person, Room, rank, refuse_unknown_room, unknown_room
from desk.staff import SUPERVISION, sees_money
from desk.stocktakes import Stocktake
from desk.visits import Visit

LIMIT = 20
NUMBER = re.compile(r"([A-Z]{1,2}\d{1,7}|[A-Z]{1,2}\d{2}-\d{6})(?:\.[0-9A-HJKMNP-TV-Z]{4})?")
"""A record's number as said, or as the QR of a slip says it, with the check letters of its link."""


@dataclass(frozen=True)
class Found:
    """One match: `place` is where it leads (home, or the place of a job), `room` the household's code.

    `record` is the id of what was found there, "" for a household; `waits` whether the visitor is still inside, the parcel
    still held, or the guest with that code still expected.
    """

    place: str
    room: str
    record: str
    title: str
    waits: bool = False


def search(read: Session, text: str, by: Actor, limit: int = LIMIT) -> list[Found]:
    """What `text` could mean, best first, at most `limit`; nothing of money for those who are shown none."""
    typed = fold_digits(text).strip().upper()
    if not typed:
        return []
    found: dict[tuple[str, str, str], Found] = {}
    for match in _matches(read, text, typed, by, limit):
        found.setdefault((match.place, match.room, match.record or match.title), match)
        if len(found) >= limit:
            break
    return list(found.values())


def _matches(read: Session, text: str, typed: str, by: Actor, limit: int) -> Iterator[Found]:
    yield from _numbers(read, typed, by)
    yield from _leave(read, typed, by)
    yield from _codes(read, typed)
    yield from _parcels(read, typed)
    yield from _plates(read, typed)
    yield from _rooms(read, typed, limit)
    # Names as they were typed: folding for scanners swaps some rare characters.
    yield from _people(read, typed if typed.isascii() else text.strip(), limit)


def _numbers(read: Session, typed: str, by: Actor) -> Iterator[Found]:
    match = NUMBER.fullmatch(typed)
    if not match:
        return
    number = match[1]
    for repair in read.exec(select(Repair).where(Repair.number == number)):
        yield Found("repairs", repair.room, repair.id, f"{number} 报修 {repair.room} {repair.state}")
    for visit in read.exec(select(Visit).where(Visit.number == number)):
        yield Found("visits", visit.room, visit.id, f"{number} 访客 {visit.room} {visit.state}", visit.state == "在场")
    for parcel in read.exec(select(Parcel).where(Parcel.number == number)):
        title = f"{number} 快递 {parcel.room} {parcel.state}"
        yield Found("parcels", parcel.room, parcel.id, title, parcel.state in GIVABLE)
    for batch in read.exec(select(Batch).where(Batch.number == number)):
        yield Found("parcels", "", batch.id, f"{number} 快递交接 {batch.courier}{batch.person} {batch.state}")
    for shelf in read.exec(select(Stocktake).where(Stocktake.number == number)):
        yield Found("parcels", "", shelf.id, f"{number} 快递盘点 {shelf.shelf or '地面'}{'架' if shelf.shelf else ''}")
    for note in read.exec(select(Note).where(Note.number == number)):
        yield Found("notes", note.room, note.id, f"{number} {note.sort} {note.state}")
    for outage in read.exec(select(Outage).where(Outage.number == number)):
        yield Found("events", "", outage.id, f"{number} 公共事件 {outage.place} {outage.state}")
    for incident in read.exec(select(Incident).where(Incident.number == number)):
        yield Found("events", incident.room, incident.id, f"{number} 突发事件 {incident.sort} {incident.state}")
    for listed in read.exec(select(Evacuation).where(Evacuation.number == number)):
        yield Found("night", "", listed.id, f"{number} 撤离名单 {listed.opened_at[5:16].replace('T', ' ')}")
    for key in read.exec(select(KeyHeld).where(KeyHeld.number == number)):
        yield Found("home", key.room, "", f"{number} 托管钥匙 {key.room} {key.state}")
    if sees_money(by):
        for payment in read.exec(select(Payment).where(Payment.number == number)):
            yield Found("payments", payment.room, payment.id, f"{number} 收据 {payment.room} {payment.state}")
        for refund in read.exec(select(Refund).where((col(Refund.number) == number) | (col(Refund.red) == number))):
            yield Found("refunds", refund.room, refund.id, f"{number} 退款 {refund.room} {refund.state}")


def _leave(read: Session, typed: str, by: Actor) -> Iterator[Found]:
    """What lets in, keeps out or lets goods pass, by its number; an inquiry only for those who are told of it."""
    match = NUMBER.fullmatch(typed)
    if not match:
        return
    number, now = match[1], fields.wall()
    for permit in read.exec(select(Permit).where(Permit.number == number)):
        yield Found("access", permit.room, permit.id, f"{number} 长期授权 {permit.room} {permits.called(permit)}")
    for booking in read.exec(select(Booking).where(Booking.number == number)):
        yield Found("access", booking.room, booking.id, f"{number} 预约 {booking.room} {bookings.standing(booking, now)}")
    for release in read.exec(select(Release).where(Release.number == number)):
        yield Found("access", release.room, release.id, f"{number} 放行条 {release.room} {releases.standing(release, now)}")
    for barring in read.exec(select(Barring).where(Barring.number == number)):
        standing = barrings.standing(barring, f"{now:%Y-%m-%d}")
        yield Found("access", barring.room, barring.id, f"{number} 不放行 {barring.room or '全小区'} {standing}")
    if by.role in SUPERVISION:
        for inquiry in read.exec(select(Inquiry).where(Inquiry.number == number)):
            yield Found("access", "", inquiry.id, f"{number} 调取登记 {inquiry.unit} {inquiry.state}")


def _codes(read: Session, typed: str) -> Iterator[Found]:
    """A booking by its four digits, which may as well be the end of a phone: those are found too."""
    if not re.fullmatch(r"\d{4}", typed):
        return
    booking, now = bookings.by_code(read, typed), fields.wall()
    if booking and booking.until >= fields.moment_of(now - bookings.REST):
        title = f"预约码 {typed} {booking.room} {booking.name or booking.category} {bookings.standing(booking, now)}"
        yield Found("access", booking.room, booking.id, title, not bookings.why_not(booking, now))


def _parcels(read: Session, typed: str) -> Iterator[Found]:
    if re.fullmatch(r"(\d{1,2}|地)-\d-\d{4,6}", typed):
        where = col(Parcel.code) == typed
    elif re.fullmatch(r"[A-Z0-9-]{8,30}", typed):
        try:
            where = col(Parcel.waybill) == waybill(typed)
        except ValueError:
            return
    else:
        return
    newest = select(Parcel).where(where).order_by(col(Parcel.opened_at).desc()).limit(3)
    for parcel in read.exec(newest):
        title = f"{parcel.code} {parcel.courier} {parcel.room} {parcel.state}"
        yield Found("parcels", parcel.room, parcel.id, title, parcel.state in GIVABLE)


def _plates(read: Session, typed: str) -> Iterator[Found]:
    if not re.fullmatch(r"[\u4e00-\u9fff]?[A-Z][A-Z0-9·]{4,7}", typed):
        return
    plate = typed.replace("·", "")
    by_time = select(Visit).where(col(Visit.plate).endswith(plate, autoescape=True)).order_by(col(Visit.opened_at).desc())
    for visit in read.exec(by_time.limit(3)):
        yield Found("visits", visit.room, visit.id, f"{visit.plate} {visit.room} {visit.state}", visit.state == "在场")
    now = fields.wall()
    for booking in read.exec(select(Booking).where(col(Booking.plate).endswith(plate, autoescape=True)).limit(3)):
        title = f"{booking.plate} 预约 {booking.room} {bookings.standing(booking, now)}"
        yield Found("access", booking.room, booking.id, title, not bookings.why_not(booking, now))
    for permit in read.exec(select(Permit).where(col(Permit.plate).endswith(plate, autoescape=True)).limit(3)):
        yield Found("access", permit.room, permit.id, f"{permit.plate} 长期授权 {permit.room} {permits.called(permit)}")


class Register(Collection[str]):
    """The codes of the estate's rooms, asked for one by one: there are thousands, and every scan and every key means one."""

    def __init__(self, read: Session) -> None:
        self.read = read

    def __contains__(self, code: object) -> bool:
        return refuse_unknown_room(self.read, str(code)) is None

    def __iter__(self) -> Iterator[str]:
        return iter(self.read.exec(select(Room.code)).all())

    def __len__(self) -> int:
        return len(list(self))


def room_meant(read: Session, text: str) -> str:
    """The one room a writing means. Raises Refused when there is none, or several: nothing is guessed."""
    typed = fold_digits(text).strip().upper()
    codes = room_codes(typed, Register(read))
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise Refused(f"“{text}”可以是 {'、'.join(codes[:6])}，请带横线写清楚", "room")
    if typed.startswith("公共") and (place := room_codes(typed)):
        return place[0]
    raise unknown_room(text)


def _rooms(read: Session, typed: str, limit: int) -> Iterator[Found]:
    exact = room_codes(typed, Register(read))
    started = re.sub(r"\s+", "", typed)
    begins = read.exec(
        select(Room.code).where(col(Room.code) >= started, col(Room.code) < started + "\uffff").order_by(Room.code).limit(limit)
    ).all() if re.match(r"[\dA-Z\u4e00-\u9fff]+-", started) else []  # fmt: skip
    codes = [*sorted(exact, key=room_key), *sorted((code for code in begins if code not in exact), key=room_key)]
    joined = select(Home, Person).join(Person, col(Person.id) == col(Home.person))
    living: dict[str, list[tuple[Home, Person]]] = {code: [] for code in codes}
    for home, person in read.exec(joined.where(col(Home.room).in_(codes), col(Home.ended).is_(False))) if codes else ():
        living[home.room].append((home, person))
    for code, people in living.items():
        first = min(people, key=lambda pair: rank(pair[0].role, pair[0].opened_at, pair[1].name), default=None)
        title = f"{code} {first[1].name} {first[0].role}{' ♥' if first[1].care else ''}" if first else code
        yield Found("home", code, "", title)


def _people(read: Session, typed: str, limit: int) -> Iterator[Found]:
    lower = typed.lower()
    if re.fullmatch(r"\d{4}", typed):
        where = col(Person.tail) == typed
    elif re.fullmatch(r"\d{7,12}", typed):
        where = col(Person.phone) == typed
    elif re.fullmatch(r"[a-z]{1,20}", lower):
        where = (col(Person.initials) >= lower) & (col(Person.initials) < lower + "\uffff")
    elif re.search(r"[\u3400-\U0003ffff]", typed):
        where = col(Person.name).contains(typed, autoescape=True)
    else:
        return
    joined = select(Home, Person).join(Person, col(Person.id) == col(Home.person))
    for home, person in read.exec(joined.where(where, col(Home.ended).is_(False)).order_by(Person.name).limit(limit)):
        yield Found("home", home.room, "", f"{home.room} {person.name} {home.role}{' ♥' if person.care else ''}")
