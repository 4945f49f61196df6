"""The day's ✔ list (今日关怀): who wants to be seen today, who was, and what each post may see of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from data import journal
from data.journal import Db
from data.records import Actor
from data.store import Done, Store
from desk import china, favours, fields, keys_held, residents, staff
from desk.care import CLOSED, DUE, OPEN, SEARCHED, SEEN, CareDay, steps
from desk.care_events import SAFE, TIERS, CareAgreed, CareWithdrawn, care_id
from desk.contacts import Contact
from desk.parcels import COLLECTED, Parcel
from desk.repairs import Repair
from desk.residents import Home, Person
from desk.retention import AT_ONCE
from desk.rules import rules
from printers import spool


def enrolled(read: Session, room: str | None = None, limit: int = 300) -> Sequence[tuple[Person, str]]:
    """Who is on the list, each with the room they are looked for in, of one room or all, as people walk."""
    wanted = select(Person, Home).join(Home, col(Home.person) == col(Person.id))
    wanted = wanted.where(Person.tier > "", col(Home.ended).is_(False))
    wanted = wanted if room is None else wanted.where(Home.room == room)
    found: dict[str, tuple[Person, str]] = {}
    for person, home in read.exec(wanted.order_by(col(Home.opened_at), col(Home.id)).limit(limit)):
        found.setdefault(person.id, (person, home.room))
    return sorted(found.values(), key=lambda pair: (china.room_key(pair[1]), pair[0].id))


def due_on(tier: str, today: date, seen_this_week: bool) -> bool:
    """Whether somebody of that tier is on the list today: A every day, B Monday, Wednesday, Friday, C until seen that week."""
    return tier == "A" or (tier == "B" and today.weekday() in (0, 2, 4)) or (tier == "C" and not seen_this_week)


def todays(read: Session, now: datetime, room: str | None = None) -> Sequence[CareDay]:
    """The day's list: searches that are not over, of yesterday too, then who was not seen, those late first, then who was.

    Who nobody looked for yet has no entry; their record here is not kept.
    """
    day, monday = f"{now:%Y-%m-%d}", f"{now.date() - timedelta(days=now.weekday()):%Y-%m-%d}"
    people = enrolled(read, room)
    ids = [person.id for person, _ in people]
    there = select(CareDay).where(CareDay.day == day)
    kept = {one.person: one for one in read.exec(there if room is None else there.where(col(CareDay.person).in_(ids))).all()}
    well = (CareDay.state == SEEN) | ((CareDay.state == CLOSED) & (CareDay.outcome == SAFE))
    seen = set(read.exec(select(CareDay.person).where(CareDay.day >= monday, CareDay.tier == "C", well)).all())
    listed = [
        kept.get(person.id) or CareDay(id=care_id(person.id, day), person=person.id, day=day, room=where, tier=person.tier)
        for person, where in people
        if person.id in kept or due_on(person.tier, now.date(), person.id in seen)
    ]
    # Of yesterday, and of who took the consent back meanwhile: who is looked for is looked for until found.
    wanted = select(CareDay).where(CareDay.state == SEARCHED).limit(300)
    searches = read.exec(wanted if room is None else wanted.where(CareDay.room == room)).all()
    before = [one for one in searches if one.id not in {one.id for one in listed}]
    hour, known = rules(read).care_hour, hints(read, people, day)
    order = {SEARCHED: 0, DUE: 2, CLOSED: 3, SEEN: 4}

    def rank(one: CareDay) -> tuple[int, object]:
        return 1 if late(one, now, hour, known.get(one.person, "")) and one.state == DUE else order[one.state], china.room_key(
            one.room
        )

    return [*sorted(before, key=lambda one: one.day), *sorted(listed, key=rank)]


def late(record: CareDay, now: datetime, hour: int, hint: str = "") -> bool:
    """Whether nobody saw this person though the hour is past: A and B the same evening, C on Friday evening."""
    if record.state == SEARCHED:
        return True
    return record.state == DUE and not hint and now.hour >= hour and (record.tier != "C" or now.weekday() >= 4)


def hints(read: Session, people: Sequence[tuple[Person, str]], day: str) -> Mapping[str, str]:
    """What else shows that somebody is well today, by person: 取件 10:12, 报修 09:40.

    Only where one of the household is on the list: of two nobody knows which it was. Computed, never stored.
    """
    rooms: dict[str, list[Person]] = {}
    for person, where in people:
        rooms.setdefault(where, []).append(person)
    alone = {where: found[0] for where, found in rooms.items() if len(found) == 1}
    said: dict[str, str] = {}
    if not alone:
        return said
    fetched = select(Parcel).where(Parcel.state == COLLECTED, col(Parcel.closed_at) >= day, Parcel.by_whom == "本人")
    for parcel in read.exec(fetched.where(col(Parcel.room).in_(list(alone))).limit(300)):
        said[alone[parcel.room].id] = f"取件 {parcel.closed_at[11:16]}"
    spoke = select(Repair).where(col(Repair.opened_at) >= day, col(Repair.channel).in_(("到访", "电话")))
    for repair in read.exec(spoke.where(col(Repair.room).in_(list(alone))).limit(300)):
        who = alone[repair.room]
        if repair.reporter == who.name:
            said.setdefault(who.id, f"报修 {repair.opened_at[11:16]}")
    return said


@dataclass(frozen=True, slots=True)
class Shown:
    """A person on the list as this post may see them: a guard the room and the flags, the desk the name and phone too."""

    name: str
    phone: str
    flags: str
    tier: str


def shown(read: Session, record: CareDay, by: Actor) -> Shown:
    """Who it is, for whoever is logged in; for a guard the name masked and no phone (domain.md (f) 6)."""
    person = read.get(Person, record.person)
    if person is None:
        return Shown("", "", "", record.tier)
    flags = person.care.replace(",", " · ")
    if by.role not in staff.DESK:
        return Shown(china.mask_name(person.name), "", flags, "")
    return Shown(person.name, china.mask_phone(person.phone), flags, record.tier)


def told(read: Session, record: CareDay, by: Actor) -> Sequence[str]:
    """What was tried so far, a line each; notes, contacts and the end's words for the desk alone."""
    desk, people = by.role in staff.DESK, staff.names(read)
    lines = []
    for one in steps(read, record):
        contact = read.get(Contact, one.contact) if one.contact else None
        whom = f" {contact.relation}{contact.name if desk else ''}" if contact else ""
        second = people.get(one.second, "") or (one.witness if desk else "")
        said = f"{one.at[5:16].replace('T', ' ')} {one.rung}{whom} {one.answer}{'（紧急）' if one.urgent else ''}"
        said += f" {one.way_in}" if one.way_in else ""
        said += f" 同去 {second}" if second else ""
        lines.append(f"{said} {people.get(one.by, '其他前台')}")
        if one.note and desk:
            lines.append(f"  {one.note}")
    if record.state == SEEN:
        lines.append(f"{record.seen_at[5:16].replace('T', ' ')} ✔ {record.signal} {people.get(record.seen_by, '其他前台')}")
    if record.state == CLOSED:
        lines.append(
            f"{record.closed_at[5:16].replace('T', ' ')} 结案 {record.outcome} {people.get(record.closed_by, '其他前台')}"
        )
        if desk and record.note:
            lines.append(f"  {record.note}")
    if record.unseen and desk:
        lines.append(f"撤回过 ✔：{record.unseen}")
    return lines


def said(record: CareDay, now: datetime, hour: int, hint: str = "") -> str:
    """How a day stands, short: ✔ 10:12 见到, 取件 10:12, ! 未见到, 待看, ! 敲门 10:12, 送医."""
    if record.state == SEEN:
        return f"✔ {record.seen_at[11:16]} {record.signal}"
    if record.state == CLOSED:
        return record.outcome
    if record.state == SEARCHED:
        return f"! {record.rung} {record.tried_at[11:16]}"
    return hint or ("! 未见到" if late(record, now, hour) else DUE)


def card_lines(read: Session, room: str, by: Actor) -> list[tuple[str, str, str]]:
    """What the household card says of care, keys and favours: label, words, key; nothing where there is none."""
    now = fields.wall()
    days = todays(read, now, room)
    known = hints(read, enrolled(read, room), f"{now:%Y-%m-%d}") if days else {}
    lines = [
        ("关怀", f"{shown(read, one, by).name} {said(one, now, rules(read).care_hour, known.get(one.person, ''))}", "^F 关怀")
        for one in days
    ]
    for key in keys_held.held(read, room):
        away = (
            f"! {key.taken_at[5:16].replace('T', ' ')} 取出（{key.reason}）"
            if key.state == keys_held.OUT
            else f"封袋 {key.bag}"
        )
        lines.append(("钥匙", f"{key.number} {key.what} {away}", ""))
    if helped := favours.month_count(read, room):
        lines.append(("帮忙", f"本月 {helped} 次", ""))
    return lines


def open_today(read: Session, now: datetime) -> Sequence[CareDay]:
    """Who has not been seen yet, for who takes over."""
    return [one for one in todays(read, now) if one.state in OPEN]


def withdraw(store: Store, person: str, event: CareWithdrawn, by: Actor) -> Done:
    """Take the consent back and erase what was agreed and noted, here, at every desk and on kept slips (个保法 §47).

    That somebody was seen on a day stays, without a word about them. Raises Refused.
    """
    done = store.act(event, by, person)

    def personal(db: Db) -> list[str]:
        days = [row[0] for row in db.execute("SELECT id FROM careday WHERE person = ?", (person,))]
        said = [one for day in days for one in journal.history(db, day)]
        said += [one for one in journal.history(db, person) if one.kind == CareAgreed.kind]
        return [one.id for one in said if one.personal]

    gone = store.look(personal)
    for start in range(0, len(gone), AT_ONCE):
        store.forget(gone[start : start + AT_ONCE], "住户撤回关怀同意", by)
    store.transact(lambda db: spool.forget(db, person))
    return done


def agreed(person: Person) -> str:
    """What is kept of a person's care: 独居 · 大字 A 档 每天（2026-11-20 本人同意）."""
    if not (person.care or person.tier):
        return "已撤回关怀" if person.consent == residents.WITHDRAWN else "未登记关怀"
    said = " ".join(filter(None, (person.care.replace(",", " · "), person.tier and f"{person.tier} 档 {TIERS[person.tier]}")))
    return f"{said}（{f'{person.care_at[:10]} {person.care_who}同意' if person.consent else '住户表带来，待补同意'}）"
