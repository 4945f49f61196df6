"""The note book on the glass: what this shift must read, what is out, what to tell, what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import Binding, BindingType
from textual.widgets import Static

from data.records import Refused
from desk import fields, find, lending, notes, residents, staff
from desk.china import fold_digits, mask_phone
from desk.lending import StockCounted, StockRecounted
from desk.notes import FOUND, KEY, LOAN, MUST_READ, NOTICE, SORTS, VOID, Left, Note, Read, Settled
from screens.counter import SHOWN, Counter, Way, hour
from screens.form import Field, Form
from screens.hours import back_by, next_day

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done

LENT = ("轮椅", "推车", "雨伞", "充电宝", "工具箱")
"""What the desk lends, by digit."""

ASKS: Mapping[str, Sequence[Field]] = {
    MUST_READ: (Field("text", "内容", hint="写给下一班"),),
    KEY: (Field("text", "哪把钥匙", hint="如 泵房 2 号"), Field("holder", "交给谁", hint="姓名或单位")),
    LOAN: (Field("text", "借什么", LENT, free=True), Field("holder", "借给谁", hint="姓名")),
    FOUND: (
        Field("text", "什么东西", hint="样子、在哪里捡的"),
        Field("holder", "谁捡到的", hint="不愿留名就空着"),
    ),
    NOTICE: (Field("text", "内容", hint="要告诉住户的话"),),
}
"""What the same fields are for in each sort of note."""

ENDS: Mapping[str, str] = {MUST_READ: "办完", KEY: "归还", LOAN: "归还", FOUND: "领走", NOTICE: "办完"}
PEOPLE: Mapping[str, str] = {KEY: "钥匙在", LOAN: "借给", FOUND: "拾到"}


class Leave(Form):
    """A new note; its sort says what else is asked."""

    TITLE = "写留言"
    lead = "先选类别；交班必读要接班的人逐个标已读"

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room

    def fields(self) -> Sequence[Field]:
        """Of what sort, what, who has it, until when; where, if it is about a place."""
        return (
            Field("sort", "类别", SORTS),
            Field("text", "内容"),
            Field("holder", "谁"),
            Field("phone", "电话", hint="没有可以不填"),
            Field("back_by", "何时归还", hint="18:30、明天 18:30 或 11-30；可不填"),
            Field("until", "到期日", hint="11-30；空着就一直有效"),
            Field("room", "房号", default=self.room, hint="与哪一户有关；没有就空着", room=True),
        )

    def on_mount(self) -> None:
        """What depends on the sort waits for it; a sentence needs a wide field."""
        for name in notes.CALLED:
            self.row(name).display = False
        self.query_one("#text").styles.width = "1fr"
        self.row("text").query_one(".options").styles.width = "auto"

    def settled(self, name: str) -> None:
        """The sort says what is asked."""
        sort = self.values()["sort"]
        if name != "sort" or sort not in SORTS:
            return
        for field in notes.CALLED:
            self.row(field).display = field in notes.ASKED[sort]
        for asked in ASKS[sort]:
            self.offer(asked)
        if sort == LOAN:
            self.query_one(".form-lead", Static).update(self.stocked() or self.lead)

    def stocked(self) -> str:
        """How many of what is lent are still here, where they were counted."""
        with self.desk.store.read() as read:
            here = [(item, notes.left(read, item)) for item in LENT]
        return "、".join(f"{item}还有 {count}" for item, count in here if count is not None)

    def offer(self, field: Field) -> None:
        """Another hint, and another name for the same thing."""
        super().offer(field)
        self.row(field.name).query_one(".label", Static).update(field.label)

    def event(self, values: dict[str, str]) -> Left:
        """The note, without what was typed for another sort."""
        unasked = notes.CALLED.keys() - set(notes.ASKED.get(values["sort"], notes.CALLED))
        said = values | {"back_by": back_by(values["back_by"]), "until": next_day(values["until"])}
        return Left.model_validate(said | dict.fromkeys(unasked, ""))


class Counted(Form):
    """How many of a thing the desk has to lend."""

    TITLE = "借用物品数量"
    lead = "总数，连借出去的也算；坏了、丢了改小，不再出借写 0"

    def fields(self) -> Sequence[Field]:
        """What, and how many."""
        return (Field("item", "物品", LENT, free=True), Field("count", "共有", hint="几件"))

    def event(self, values: dict[str, str]) -> StockCounted:
        """The count; of what was counted before, another."""
        with self.desk.store.read() as read:
            again = lending.known(read, values["item"])
        self.subject = lending.stock_id(values["item"]) if again else None
        said = values | {"count": fold_digits(values["count"])}
        return (StockRecounted if again else StockCounted).model_validate(said)


class Settle(Form):
    """A note is over: what became of it, and into whose hands a thing went."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.subject, self.note = note.id, note
        self.ways = tuple(way for way in notes.WAYS[note.sort] if way != VOID)
        self.title = f"{ENDS[note.sort]} {note.number}  {note.sort}"
        self.lead = note.text if note.sort != FOUND else f"{note.text}；请对方说出特征，对得上再交还"

    def fields(self) -> Sequence[Field]:
        """Only what this sort of note leaves open."""
        how = (Field("how", "结果", self.ways),) if len(self.ways) > 1 else ()
        people: Mapping[str, Field] = {
            KEY: Field("who", "谁还的", default=self.note.holder),
            LOAN: Field("who", "谁还的", default=self.note.holder),
            FOUND: Field("who", "交给谁", hint="领走的人；没人领的送派出所，写收件人"),
        }
        who = people.get(self.note.sort)
        return (*how, *((who,) if who else ()), Field("why", "说明", hint="可以不填，直接按 Enter"))

    def event(self, values: dict[str, str]) -> Settled:
        """The end of the note."""
        return Settled.model_validate({"how": self.ways[0]} | values)


class Void(Form):
    """A note was wrong or is no longer so."""

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.subject = note.id
        self.title = f"作废 {note.number}  {note.sort}"
        self.lead = f"{note.text}；单号保留，记录不删"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("why", "原因", ("写错了", "重复登记", "情况有变", "找不回来了"), free=True),)

    def event(self, values: dict[str, str]) -> Settled:
        """The end of the note."""
        return Settled(how=VOID, why=values["why"])


class Notes(Counter):
    """Unread first, then what is overdue and out, then the other notes in force, then what was settled today."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d", "void", "作废", tooltip="写错了或不作数了：写明原因，单号保留", priority=True)
    ]
    heading = "留言簿"
    looking_for = "内容 / 姓名 / 房号 / 单号；或扫借物单"
    columns = (("类别", 4), ("内容", 18), ("谁", 8), ("状态", 8))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(60, self.tick)

    def tick(self) -> None:
        """The list of whoever is logged in; nobody's where nobody is."""
        if self.desk.actor is not None:
            self.reload()

    def rows(self, read: Session, text: str) -> Sequence[Note]:
        """In force first; with something in the search box, those it means."""
        assert self.desk.actor is not None
        today = fields.wall().date()
        unread, now_open = notes.unread(read, self.desk.actor.id), notes.open_notes(read)
        self.unread = {one.id for one in unread}
        ranked = sorted(now_open, key=lambda one: (notes.expired(one, today), SORTS.index(one.sort)))
        must_read = [one for one in now_open if one.sort == MUST_READ]
        late = [one for one in notes.out(read) if notes.overdue(one, fields.wall())]
        listed = {one.id: one for one in (*unread, *late, *must_read, *notes.out(read), *ranked)}
        recent = notes.recent(read)
        if not text:
            closed = [one for one in recent if one.closed_at[:10] == today.isoformat()]
            return list((listed | {one.id: one for one in closed}).values())[:SHOWN]
        _, rooms = self.meant(read, text, "notes")
        number = find.NUMBER.fullmatch(fold_digits(text).upper())
        return [
            one
            for one in (listed | {one.id: one for one in recent}).values()
            if (one.number == number[1] if number else False)
            or one.room in rooms
            or text in f"{one.sort} {one.text} {one.holder} {one.who}"
        ]

    def cells(self, record: Any) -> Sequence[str]:
        """What sort (必读 for 交班必读), what, who has it, and since when or what is the matter."""
        return record.sort[-2:], record.text, record.who or record.holder, standing(record, record.id in self.unread)

    def detail(self, read: Session, record: Any) -> Text:
        """The whole note, who has read it, and what became of it."""
        people = staff.names(read)
        said = Text()
        said.append(f"{record.number}  {record.sort}  {record.how or record.state}\n", "bold")
        said.append(f"{record.text}\n")
        if record.room:
            said.append(f"房号  {record.room} {residents.owner_name(read, record.room)}\n")
        for label, value in (
            (PEOPLE.get(record.sort, "经手"), record.holder),
            ("电话", mask_phone(record.phone)),
            ("到期", record.until),
        ):
            if value:
                said.append(f"{label}  {value}\n")
        if record.back_by and record.state == notes.OPEN:
            late = notes.overdue(record, fields.wall())
            said.append(f"应还  {hour(record.back_by)}{f'  ! {beyond(late)}' if late else ''}\n", "bold" if late else "")
        if notes.to_police(record, fields.wall().date()):
            said.append(f"! 满 {notes.FOUND_DAYS} 天没人领，请送派出所并办结（民法典 §314）\n", "bold")
        said.append(f"登记  {hour(record.opened_at)} {people.get(record.opened_by, '')}\n")
        for one in notes.readers(read, record):
            said.append(f"已读  {hour(one.at)} {people.get(one.by, '其他前台')}\n")
        if record.state == notes.SETTLED:
            said.append(
                f"{record.how}  {hour(record.closed_at)} {record.who}\n经办  {people.get(record.closed_by, '其他前台')}\n"
            )
            said.append(f"另记  {record.second}\n" if record.second else "")
            said.append(f"说明  {record.why}\n" if record.why else "")
        else:
            said.append(f"\nF9 {'已读' if record.id in self.unread else ENDS[record.sort]}\n", "bold")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """A note."""
        return Leave(room)

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """How many there are to lend."""
        return (("借用物品数量", self.count),)

    async def count(self) -> Done | None:
        """Count what is lent."""
        return await self.app.push_screen_wait(Counted()) if self.may(StockCounted) else None

    async def next_step(self, record: Any) -> Done | None:
        """已读 for who has not read it, else the end of it."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            step = notes.next_step(read, record, self.desk.actor.id)
        if step is None:
            self.notify(f"{record.number} {record.how}，不用再办")
            return None
        if step is Settled:
            return await self.app.push_screen_wait(Settle(record))
        try:
            return self.desk.act(Read(), record.id)
        except Refused as refused:
            self.desk.turn_down(refused)
            return None

    def said(self, done: Done) -> None:
        """Say what became of it."""
        record = done.record
        if isinstance(record, lending.Stock):
            self.notify(f"已记下 {record.item} {record.count}", markup=False)
            return
        assert isinstance(record, Note)
        word = "已读" if done.entry.kind == Read.kind else record.how or "已记下"
        self.notify(f"{word} {record.number} {record.text[:12]}", markup=False)

    @work
    async def action_void(self) -> None:
        """The marked note does not hold."""
        record = self.marked()
        if record is None or not self.is_current:
            return
        if record.state == notes.SETTLED:
            self.notify(f"{record.number} {record.how}，不能作废", severity="warning")
            return
        done = await self.app.push_screen_wait(Void(record))
        if done:
            self.said(done)
            self.mark(record.id)


def beyond(minutes: int) -> str:
    """How long something is overdue: 超52分, 超3时, 超2天."""
    return f"超{minutes}分" if minutes < 100 else f"超{minutes // 60}时" if minutes < 48 * 60 else f"超{minutes // 1440}天"


def standing(record: Note, unread: bool) -> str:
    """A note's state as the list says it: how it ended, `! 未读`, `! 超2天`, 已过期, else since when."""
    if record.how:
        return record.how
    if unread:
        return "! 未读"
    if late := notes.overdue(record, fields.wall()):
        return f"! {beyond(late)}"
    today = fields.wall().date()
    if notes.to_police(record, today):
        return f"! 满{notes.FOUND_DAYS}天"
    if notes.expired(record, today):
        return "已过期"
    return record.opened_at[11:16] + "起" if record.opened_at[:10] == today.isoformat() else record.opened_at[5:10] + "起"
