"""What else the counter does with parcels: what goes astray, standing proxies, counting a shelf, telling who must be told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Input, Static

from data.records import Event, Refused
from data.store import Done
from desk import china, fields, notice_rounds, parcel_lists, parcels, proxies, residents, shelves, stocktakes
from desk.notice_rounds import ListMade
from desk.parcel_events import MISSING, OUTCOMES, TROUBLES, WRONG_HANDS
from desk.parcel_slips import CHECKLIST
from desk.parcels import LEVELS, Parcel, Pursued, Resolved, ReturnChosen, Troubled
from desk.proxies import Ended, Named
from desk.stocktakes import Counted, Stocktake
from screens.ask import Pick
from screens.form import Field, Form
from screens.parcel_forms import REASONS, GiveBackAll

if TYPE_CHECKING:
    from screens.app import FrontDesk


class ChooseReturn(Form):
    """A parcel shall go back with the next courier."""

    lead = "等快递员来取；在这之前住户来了还可以取"

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.subject = parcel.id
        self.title = f"列入退件 {parcel.code}  {parcel.room}"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", REASONS, free=True),)

    def event(self, values: dict[str, str]) -> ReturnChosen:
        """The choice."""
        return ReturnChosen.model_validate(values)


class Err(Form):
    """Something is wrong with a parcel."""

    lead = "误领：先打电话给两家，把件追回；找不到：打一张查找单，24 小时内逐处找"

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.subject = parcel.id
        self.title = f"异常 {parcel.code}  {parcel.room}"

    def fields(self) -> Sequence[Field]:
        """What, and what is known."""
        return (Field("sort", "什么情况", TROUBLES), Field("note", "经过", hint="谁拿的、打给了谁、什么样子"))

    def event(self, values: dict[str, str]) -> Troubled:
        """The trouble."""
        return Troubled.model_validate(values)


class Pursue(Form):
    """Somebody went after a troubled parcel."""

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.subject = parcel.id
        self.title = f"追查 {parcel.code}  {parcel.trouble}"
        self.lead = f"上次：{parcel.pursuit}"
        if parcel.trouble == MISSING:
            self.lead += f"\n要找：{'；'.join(CHECKLIST)}"

    def fields(self) -> Sequence[Field]:
        """What was done."""
        return (Field("note", "做了什么", hint="打给谁、去哪里找了、约了几点"),)

    def event(self, values: dict[str, str]) -> Pursued:
        """What was done."""
        return Pursued.model_validate(values)


class Resolve(Form):
    """A trouble is over."""

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.subject = parcel.id
        self.title = f"了结 {parcel.code}  {parcel.trouble}"
        who = (
            f"，取走的是{parcels.hands(parcel.by_whom, parcel.picker)}"
            if parcel.trouble == WRONG_HANDS and parcel.by_whom
            else ""
        )
        self.lead = f"{parcel.room}{who}。找回了选待取，再按 F9 交给本户；赔付由主管定"

    def fields(self) -> Sequence[Field]:
        """How it ended."""
        return (Field("how", "结果", OUTCOMES), Field("note", "说明", hint="怎么找回的、谁确认的"))

    def event(self, values: dict[str, str]) -> Resolved:
        """The end of the trouble."""
        return Resolved.model_validate(values)


class NameProxy(Form):
    """A household names somebody who may fetch its parcels."""

    lead = "住户本人来说的才登记；随时可以停。取件时还要核对姓名或手机尾号"

    def __init__(self, room: str, people: Sequence[str]) -> None:
        super().__init__()
        self.room, self.people = room, tuple(people)
        self.title = f"代取授权  {room}"

    def fields(self) -> Sequence[Field]:
        """Who, and who says so."""
        return (
            Field("said_by", "谁授权的", self.people, free=True),
            Field("name", "代取人"),
            Field("relation", "关系", ("邻居", "女儿", "儿子", "亲戚", "保姆", "朋友"), free=True),
            Field("tail", "手机尾号", hint="四位，可以不填"),
            Field("until", "截止", hint="如 2026-12-31；长期就空着"),
        )

    def event(self, values: dict[str, str]) -> Named:
        """The permission."""
        return Named.model_validate(values | {"room": self.room})


async def proxies_of(app: FrontDesk, room: str) -> Done | None:
    """Name a proxy of a household, or end one. Runs in a worker."""
    with app.store.read() as read:
        standing = proxies.of_room(read, room, fields.wall())
        people = [person.name for _, person in residents.household(read, room)]
    answers = ["新授权一位", *(f"停用 {one.name} {one.relation} {one.tail}".rstrip() for one in standing)]
    chosen = await app.push_screen_wait(Pick(f"{room} 的代取授权", answers))
    if chosen is None:
        return None
    if chosen == 0:
        done = await app.push_screen_wait(NameProxy(room, people))
        if done:
            app.notify(f"已记下 {room} 的代取授权")
        return done
    one = standing[chosen - 1]
    try:
        app.act(Ended(), one.id)
    except Refused as refused:
        app.turn_down(refused)
    else:
        app.notify(f"已停用 {room} 对 {one.name} 的授权", markup=False)
    return None


class Count(Form):
    """A shelf is scanned, label by label; an empty Enter ends it."""

    TITLE = "盘点一个架"
    lead = "架号 → 一件一件扫标签或单号；- 去掉刚扫的；扫完空着按 Enter"
    losing = "扫过的还没记下来，要放弃吗？"

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.told = ""

    def above(self) -> ComposeResult:
        """What the last scan is by the book."""
        yield Static("", id="taken", classes="hidden")

    def fields(self) -> Sequence[Field]:
        """The shelf, then scan after scan."""
        return (Field("shelf", "货架", hint="架号，地上的写 地"), Field("seen", "扫标签", hint="标签、取件码或单号"))

    @property
    def shelf(self) -> int | None:
        """The shelf that is counted, or None while nobody can tell."""
        said = china.fold_digits(self.values()["shelf"])
        return shelves.FLOOR if said == "地" else int(said) if said.isdecimal() and said.isascii() and len(said) < 3 else None

    def settle(self, name: str) -> bool:
        """A scan is one more; nothing is saved until an Enter without one."""
        box = self.query_one(f"#{name}", Input)
        typed = china.fold_digits(box.value).upper()
        if name == "shelf" and self.shelf is None:
            self.say(name, "请写架号，地上的写 地")
            return False
        if name == "seen" and typed:
            box.value = ""
            self.scan(typed)
            return False
        return super().settle(name)

    def scan(self, typed: str) -> None:
        """Say at once what it is."""
        if typed == "-":
            self.told = f"去掉 {self.seen.pop()}" if self.seen else "还没有扫过"
        elif typed in self.seen:
            self.told = f"! {typed} 扫过了"
            self.app.bell()
        else:
            self.seen.append(typed)
            with self.desk.store.read() as read:
                found = parcel_lists.scanned(read, typed)
            self.told = verdict(found, self.shelf)
            if self.told.startswith("!"):
                self.app.bell()
        shown = self.query_one("#taken", Static)
        shown.update(Text(f"已扫 {len(self.seen)} 件\n  {self.told}", "bold"))
        shown.remove_class("hidden")

    def event(self, values: dict[str, str]) -> Counted:
        """The count."""
        assert self.shelf is not None
        return Counted(shelf=self.shelf, seen=tuple(self.seen))

    def nothing_to_save(self) -> bool:
        """Saved once."""
        return self.done is not None


def verdict(found: Parcel | None, shelf: int | None) -> str:
    """What a scan is by the book: right, misplaced, gone, unknown."""
    if found is None:
        return "! 没有这一件的记录，放一边"
    if found.state not in stocktakes.ON_SHELF:
        return f"! {found.code} {found.room} 账上{found.state}，放一边"
    if found.shelf != shelf:
        return f"! {found.code} 放错架了，请放回 {shelves.place(found.shelf, found.layer)}"
    return f"{found.code} {found.courier} {found.waybill[-4:]} ✓"


async def count_shelf(app: FrontDesk) -> Done | None:
    """Count one shelf and say what is wrong there. Runs in a worker."""
    done = await app.push_screen_wait(Count())
    if done and isinstance(done.record, Stocktake):
        one = done.record
        where = "地面" if one.shelf == shelves.FLOOR else f"{one.shelf} 架"
        faults = "，".join(
            f"{word} {codes}" for word, codes in (("缺", one.missing), ("多", one.extra), ("错位", one.misplaced)) if codes
        )
        app.notify(f"{where} 账上 {one.expected} 件，扫到 {one.counted} 件：{faults or '都对'}", markup=False, timeout=20)
    return done


async def give_back_all(app: FrontDesk) -> Done | None:
    """A courier takes back what is to go back with them. Runs in a worker."""
    assert app.actor is not None
    with app.store.read() as read:
        chosen = parcel_lists.chosen(read)
        ready = parcel_lists.ready_to_go_back(read, fields.wall(), app.actor)
    couriers = [one for one in china.COURIERS if any(parcel.courier == one for parcel in (*chosen, *ready))]
    if not couriers:
        app.notify("没有列入退件的，也没有超7天且通知过两次的")
        return None
    answers = [f"{one}  {sum(parcel.courier == one for parcel in chosen)} 件待退" for one in couriers]
    place = await app.push_screen_wait(Pick("哪家快递来取退件", answers))
    if place is None:
        return None
    mine = couriers[place]
    form = GiveBackAll(mine, *([one for one in found if one.courier == mine][:100] for found in (chosen, ready)))
    done = await app.push_screen_wait(form)
    if done:
        app.notify(f"已退给{mine}快递员 {form.given} 件，请在交接单上签字")
    return done


async def tell_all(app: FrontDesk) -> Done | None:
    """Whoever has parcels that wait too long is rung from a list, or told by a slip on the door. Runs in a worker."""
    now = fields.wall()
    with app.store.read() as read:
        counted = notice_rounds.counts(read, now)
    answers = [f"{LEVELS[n]}  {counted[days]} 户" for n, days in enumerate(parcels.DAYS, 1)]
    level = await app.push_screen_wait(Pick("通知哪些住户（8 小时内通知过的不算）", answers))
    if level is None:
        return None
    days = parcels.DAYS[level]
    with app.store.read() as read:
        due = notice_rounds.due(read, days, now)
    if not due:
        app.notify("没有要通知的住户")
        return None
    lines = [f"{one.room}  {len(one.codes)} 件 {one.days} 天  {phones(one)}" for one in due]
    shown = "\n".join([*lines[:10], *([f"……另 {len(lines) - 10} 户"] if len(lines) > 10 else [])])
    answers = [f"打印电话名单（{len(due)} 户，打完按 Ctrl+U 逐户登记）", f"打印门贴（{len(due)} 张），并登记已通知"]
    way = await app.push_screen_wait(Pick(shown, answers))
    if way is None:
        return None
    acts: Sequence[tuple[Event, str | None]] = [(ListMade(days=days, rooms=tuple(one.room for one in due)), None)]
    if way == 1:
        with app.store.read() as read:
            acts = notice_rounds.door_slips(read, days, now)
    try:
        app.act_all(acts)
    except Refused as refused:
        app.turn_down(refused)
        return None
    app.notify(f"已打印电话名单 {len(due)} 户" if way == 0 else f"已打印门贴 {len(due)} 张，请今天贴好")
    return None


def phones(one: notice_rounds.Household) -> str:
    """Whom to ring, masked: the glass stands at the counter."""
    return "、".join(f"{name} {china.mask_phone(phone)}" for name, phone in one.phones[:2]) or "没有电话，贴门贴"
