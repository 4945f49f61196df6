"""What is done for a household beside its jobs, by digit: care, contacts, instructions, keys, favours, who lives there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from data.records import Record
from desk import care, care_list, contacts, doubts, favours, fields, instructions, keys_held, residents, staff
from desk.contacts import Contact, ContactEnded
from desk.favours import Favour, FavourVoided
from desk.instructions import Instruction, InstructionEnded
from desk.keys_held import KeyHeld
from desk.residents import HomeEnded
from printers.cells import glass_cut
from screens.ask import Pick
from screens.care import tick
from screens.care_forms import Agree, Why, Withdraw
from screens.check import Check
from screens.counter import Way
from screens.custody_forms import Extend, GiveBack, Help, Instruct, Keep, Listing, PutBack, Take, Tell
from screens.form import Form
from screens.person_forms import Correct, MoveIn, Role
from screens.slips import Slips

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk

Ways = Sequence[tuple[str, Way]]
Listed = TypeVar("Listed", bound=Record)

WIDE = 60
"""Cells a line of a menu has at 80 columns."""


def asks(app: FrontDesk, form: Form) -> Way:
    """A way that asks a form."""
    return lambda: app.push_screen_wait(form)


async def pick(app: FrontDesk, question: str, ways: Ways) -> Done | None:
    """One of these by digit, and what came of it."""
    chosen = await app.push_screen_wait(Pick(question, [glass_cut(word, WIDE) for word, _ in ways]))
    return await ways[chosen][1]() if chosen is not None else None


def checks(app: FrontDesk, record: Record) -> Ways:
    """The settling of a record's doubt, where there is one and this post may."""
    event = doubts.checking(record)
    if not record.doubt or event is None or app.actor is None or app.actor.role not in event.roles:
        return ()
    return (("核对完毕", asks(app, Check(record, event))),)


def unsettled(found: Sequence[Listed], doubtful: Sequence[Listed]) -> list[Listed]:
    """A list with what a person must look at first, also where it is over."""
    return list({one.id: one for one in (*doubtful, *found)}.values())


def marked(record: Record, said: str) -> str:
    """A line of a list, marked where a person must look."""
    return f"! 待核对 {said}" if record.doubt else said


async def menu_for(app: FrontDesk, room: str) -> Done | None:
    """Everything for one household; a guard ticks, writes instructions and favours down, and takes keys."""
    actor = app.actor
    assert actor is not None
    desk = actor.role in staff.DESK
    now = fields.wall()
    with app.store.read() as read:
        days = [one for one in care_list.todays(read, now, room) if one.state in care.OPEN]
        called = {one.id: care_list.shown(read, one, actor).name for one in days}
        people = residents.household(read, room)
        told, asked = contacts.tree(read, room), instructions.holding(read, room, now.date())
        keys, helped = keys_held.held(read, room), favours.month_count(read, room)
    ways: list[tuple[str, Way]] = [(f"✔ 见到 {called[one.id]}", _ticks(app, one)) for one in days[:2]]
    kept = [person for _, person in people if person.care or person.tier]
    if desk:
        ways.append(("关怀登记、修改", asks(app, Agree(room))))
    if desk and kept:
        out: Ways = [(f"{one.name} {care_list.agreed(one)}", asks(app, Withdraw(one))) for one in kept[:9]]
        ways.append(("撤回关怀", lambda: pick(app, f"{room} 撤回谁的？", out)))
    if desk:
        ways.append((f"联系人（{len(told)}）", lambda: contacts_of(app, room)))
    ways += [
        (f"嘱托（{len(asked)}）", lambda: instructions_of(app, room)),
        (f"托管钥匙（{len(keys)}）", lambda: keys_of(app, room)),
        (f"小事帮忙（本月 {helped} 次）", lambda: favours_of(app, room)),
    ]
    if desk:
        ways.append(("住户资料", lambda: people_of(app, room)))
    return await pick(app, f"{room} 关怀", ways)


def _ticks(app: FrontDesk, record: care.CareDay) -> Way:
    async def done() -> Done | None:
        return tick(app, record, "")

    return done


async def contacts_of(app: FrontDesk, room: str) -> Done | None:
    """Who is told of a household: one of them, or one more."""
    with app.store.read() as read:
        found = unsettled(contacts.tree(read, room), doubts.of_room(read, Contact, room))
    ways: list[tuple[str, Way]] = [(marked(one, f"{one.place} {contacts.line(one)}"), _contact(app, one)) for one in found[:8]]
    return await pick(app, f"{room} 联系人", [*ways, ("新登记一位", asks(app, Listing(room)))])


def _contact(app: FrontDesk, record: Contact) -> Way:
    assert app.actor is not None
    phrase = contacts.phrase(record, app.actor)
    title, lead = f"撤下联系人  {record.name}", "撤下后不再告知任何事；记录不删"
    reasons = ("住户要求", "号码停用", "不愿再联系")
    end = Why(title, lead, record.id, reasons, lambda reason: ContactEnded(reason=reason))
    ways = [
        *checks(app, record),
        ("告知（记一次通话）", asks(app, Tell(record, phrase))),
        ("改资料", asks(app, Listing(record.room, record))),
        ("撤下", asks(app, end)),
    ]
    return lambda: pick(app, f"{record.relation} {record.name}  {record.number}", ways)


async def instructions_of(app: FrontDesk, room: str) -> Done | None:
    """What a household asked for: one of it, or something more."""
    with app.store.read() as read:
        holding = instructions.holding(read, room, fields.wall().date())
        found = unsettled(holding, doubts.of_room(read, Instruction, room))
    ways: list[tuple[str, Way]] = [(marked(one, instructions.line(one)), _instruction(app, one)) for one in found[:8]]
    return await pick(app, f"{room} 嘱托", [*ways, ("新登记一条", asks(app, Instruct(room)))])


def _instruction(app: FrontDesk, record: Instruction) -> Way:
    title, lead = f"结束嘱托 {record.number}", instructions.line(record)
    reasons = ("已回家", "住户取消", "情况变了")
    end = Why(title, lead, record.id, reasons, lambda reason: InstructionEnded(reason=reason))
    ways = [*checks(app, record), ("延长", asks(app, Extend(record))), ("结束", asks(app, end))]
    return lambda: pick(app, f"{lead} {record.moment}显示", ways)


async def keys_of(app: FrontDesk, room: str | None) -> Done | None:
    """Keys in custody of a household, or with None of all, those that are out first."""
    with app.store.read() as read:
        found = unsettled(keys_held.held(read, room), doubts.of_room(read, KeyHeld, room) if room else ())
    ways: list[tuple[str, Way]] = [
        (marked(one, f"{one.number} {one.room} {one.what} {one.state} {one.bag}"), _key(app, one)) for one in found[:8]
    ]
    if room and app.actor and app.actor.role in staff.DESK:
        ways.append(("新收一把", asks(app, Keep(room))))
    if not ways:
        app.notify("没有托管的钥匙")
        return None
    more = f"，另有 {len(found) - 8} 把请从住户卡上找" if len(found) > 8 else ""
    return await pick(app, f"{room or '全部'} 托管钥匙 {len(found)} 把{more}", ways)


def _key(app: FrontDesk, record: KeyHeld) -> Way:
    ways: list[tuple[str, Way]] = list(checks(app, record))
    if record.state == keys_held.HELD:
        ways.append(("取用（两人）", asks(app, Take(record))))
        if app.actor and app.actor.role in staff.DESK:
            ways.append(("退还住户", asks(app, GiveBack(record))))
    else:
        ways.append(("还回，换新封袋", asks(app, PutBack(record))))
    ways.append(("看单据、补打", lambda: _slips(app, record)))
    return lambda: pick(app, f"{record.number} {record.room} {record.what} {record.state}", ways)


async def _slips(app: FrontDesk, record: Record) -> Done | None:
    await app.push_screen_wait(Slips(record.id, record.number))
    return None


async def favours_of(app: FrontDesk, room: str) -> Done | None:
    """What was done for a household lately, and one thing more."""
    with app.store.read() as read:
        found = [one for one in favours.recent(read, room, 8) if not one.void]
    ways: list[tuple[str, Way]] = [("新记一件", asks(app, Help(room)))]
    ways += [
        (marked(one, f"{one.opened_at[5:10]} {one.sort} {one.text} {one.helper} {one.minutes} 分"), _favour(app, one))
        for one in found
    ]
    return await pick(app, f"{room} 小事帮忙", ways)


def _favour(app: FrontDesk, record: Favour) -> Way:
    title, lead = f"作废 {record.number}", f"{record.sort} {record.text}；单号保留，记录不删"
    reasons = ("写错房号", "重复登记")
    void = Why(title, lead, record.id, reasons, lambda reason: FavourVoided(reason=reason))
    return lambda: pick(app, f"{record.number} {record.sort}", [*checks(app, record), ("作废", asks(app, void))])


async def people_of(app: FrontDesk, room: str) -> Done | None:
    """Who lives there: one of them, or somebody who comes."""
    with app.store.read() as read:
        found = residents.household(read, room)
    ways: list[tuple[str, Way]] = []
    for home, person in found[:8]:
        title, lead = f"迁出  {person.name}", f"不再属于 {room}；记录不删，账单跟房走"
        reasons = ("搬走", "租约到期", "去世", "登记错了")
        end = Why(title, lead, home.id, reasons, lambda reason: HomeEnded(reason=reason))
        acts: Ways = [
            ("更正姓名、电话、备注", asks(app, Correct(person))),
            ("改身份", asks(app, Role(home.id, person.name, home.role))),
            ("迁出", asks(app, end)),
        ]
        ways.append((f"{person.name} {home.role}", _menu(app, person.name, acts)))
    return await pick(app, f"{room} 住户资料", [*ways, ("登记新住户", asks(app, MoveIn(room)))])


def _menu(app: FrontDesk, question: str, ways: Ways) -> Way:
    return lambda: pick(app, question, ways)
