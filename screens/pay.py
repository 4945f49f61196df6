"""Taking what a household owes: its bills with their 违约金, part of them or all, less what is given up, paid in any way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, SelectionList, Static
from textual.widgets.selection_list import Selection

from data.records import Refused
from desk import fields, prepaid, residents, staff, taking
from desk.billed import ROUNDING, WAIVE_REASONS, Billed
from desk.money import yuan
from desk.paid import Part
from desk.taking import Line
from printers.cells import glass_pad
from screens.form import Field
from screens.second import SECOND, second, second_needed
from screens.taking import Taking, shift_open, take

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk

PENALTY = "违约金"
WAIVING = ("why", "waive")
DEAR = "!"
"""Marks a 违约金 whose rate a court would probably lower (合同编通则解释 §65)."""


class Pay(Taking):
    """Takes money for a household's bills: what is due is ticked, oldest first; space leaves one out or takes one in."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+g", "tick", "选账单", tooltip="去账单列表：空格勾选或去掉，Tab 回来"),
        Binding("f9", "waive", "减免抹零", tooltip="抹零、违约金免收、减免；再按一次不减了"),
    ]
    moment = "收费"

    def __init__(self, room: str, lines: Sequence[Line], called: str, dear: frozenset[str] = frozenset()) -> None:
        """`called` stands beside the room in the title; `dear` are the ids of 违约金 to be marked."""
        super().__init__(room)
        self.title = f"收费  {room}  {called}".rstrip()
        self.lines, self.dear = tuple(lines), dear
        today = f"{fields.wall():%Y-%m-%d}"
        self.due = [n for n, line in enumerate(self.lines) if (line.due or f"{line.period[:7]}-01") <= today]
        self.proposed = ""

    def beside(self) -> ComposeResult:
        """The bills, and the arithmetic of the marked one."""
        with Vertical(id="bills-side"):
            yield SelectionList[int](
                *(Selection(self.drawn(line, n in self.due), n, n in self.due) for n, line in enumerate(self.lines)), id="bills"
            )
            yield Static("", id="how", markup=False)

    def drawn(self, line: Line, due: bool) -> Text:
        """A bill in one line, its amount at the right; 违约金 with its arithmetic, marked where a court would lower it."""
        # 33 cells, so that nothing is cut at 80 columns, with a scrollbar.
        period = re.sub(r"^(\d{4}-)(.*～)\1", r"\1\2", line.period)
        called = line.how if line.klass == PENALTY and line.how else f"{line.item} {period}{'' if due else ' 未到期'}"
        return Text(f"{glass_pad(called, 22)}{glass_pad(yuan(line.open), 10, 'right')}{DEAR * (line.bill in self.dear)}")

    def fields(self) -> Sequence[Field]:
        """How much now, how it is paid, by whom; what is given up only where it is asked for."""
        return (
            Field("fen", "本次交", hint="勾选的全交就空着；少交填这次的数"),
            *self.how(),
            Field("why", "减免原因", WAIVE_REASONS),
            Field("waive", "减免金额"),
            *SECOND,
        )

    def on_mount(self) -> None:
        """Giving up is asked by F9, a second person where one is needed."""
        for name in (*WAIVING, *(field.name for field in SECOND)):
            self.row(name).display = False

    def first(self) -> Widget:
        """Wait for the money; where nothing is due yet, for what is to be paid."""
        return super().first() if self.due else self.query_one("#bills")

    # ── what is paid ───────────────────────────────────────────────────────────────────────────────────────────────

    def ticked(self) -> list[int]:
        """The places of the ticked lines."""
        return sorted(self.query_one("#bills", SelectionList).selected)

    def chosen(self) -> list[Line]:
        """The ticked lines, oldest first."""
        return [self.lines[n] for n in self.ticked()]

    def asked_for(self, values: dict[str, str]) -> tuple[list[Billed], list[Part]]:
        """The ticked lines, or so much of them in the order of the law, less what is given up."""
        lines = self.chosen()
        whole = sum(line.open for line in lines)
        if not lines:
            raise Refused("请先勾选要交的账单（Ctrl+G 到账单，空格勾选）")
        waive, why = self.money("waive") or 0, next((one for one in WAIVE_REASONS if one == values["why"]), None)
        now = self.money("fen")
        if waive >= whole:
            raise Refused("减免后没有要收的钱；请按 Esc 返回，再按 Ctrl+O 选“减免”", "waive")
        if now == 0:
            raise Refused("本次交要大于 0；全交就空着", "fen")
        if now is not None and now > whole - waive:
            over = yuan(now - whole + waive)
            raise Refused(f"勾选的只要交 {yuan(whole - waive)} 元；多的 {over} 元可以存预存：收完后按 Ctrl+O 选“预存”", "fen")
        gross = whole if now is None else now + waive
        parts = [line.part(line.open) for line in lines]
        if gross < whole:
            parts = taking.spread(lines, gross, f"{fields.wall():%Y-%m-%d}")
        if waive and why:
            parts = taking.waive(parts, lines, waive, why)
            if (given_up := sum(part.waived for part in parts)) < waive:
                raise Refused(f"这次交的钱里违约金只有 {yuan(given_up)} 元，不能免 {yuan(waive)} 元", "waive")
        elif waive:
            raise Refused("请按数字键选减免原因", "why")
        elif why:
            raise Refused("请填减免多少；不减了再按一次 F9", "waive")
        return taking.first_of(parts, lines), parts

    def designated(self) -> bool:
        """The payer named the bills, where others are ticked than the desk proposed."""
        return self.ticked() != self.due

    def short(self, taken: int, missing: int) -> str:
        """Pay that much, or the rest in another way."""
        return f"还差 {yuan(missing)} 元；只交这些就在“本次交”填 {yuan(taken)}，另有别的付款方式就填金额按 F8"

    def left(self, parts: Sequence[Part]) -> int:
        """What stays open of the ticked lines."""
        return sum(line.open for line in self.chosen()) - sum(part.fen + part.waived for part in parts)

    @on(SelectionList.SelectedChanged)
    def tick_changed(self) -> None:
        """Other bills, other sums."""
        self.propose()
        self.sum_up()

    @on(SelectionList.SelectionHighlighted)
    def marked(self, event: SelectionList.SelectionHighlighted[int]) -> None:
        """The whole of the marked line, where the list has no room for it."""
        line = self.lines[event.selection_index]
        due = f"{line.due} 到期" if line.due and line.klass != PENALTY else ""
        said = line.how if line.klass == PENALTY and line.how else f"{line.item} {line.period}  {due}"
        self.tell("how", f"! 偏高 {said}" if line.bill in self.dear else said)

    def action_tick(self) -> None:
        """Go to the bills."""
        self.query_one("#bills").focus()

    # ── what is given up ───────────────────────────────────────────────────────────────────────────────────────────

    def action_waive(self) -> None:
        """Ask what is given up and why; again, give up nothing."""
        show = not self.row("why").display
        for name in WAIVING:
            self.row(name).display = show
        if show:
            self.query_one("#why").focus()
            return
        for name in (*WAIVING, *(field.name for field in SECOND)):
            self.query_one(f"#{name}", Input).value = ""
            self.say(name, "")
            self.row(name).display = False
        self.proposed = ""
        self.query_one("#given").focus()

    def propose(self) -> None:
        """抹零 is what is below a yuan, 违约金免收 all that is ticked of it; unless somebody wrote there."""
        box, why = self.query_one("#waive", Input), self.query_one("#why", Input).value
        if box.value not in ("", self.proposed):
            return
        lines = self.chosen()
        fen = 0
        if why == "抹零":
            fen = sum(line.open for line in lines) % (ROUNDING + 1)
        elif why == "违约金免收":
            fen = sum(line.open for line in lines if line.klass == PENALTY)
        self.proposed = box.value = yuan(fen) if fen else ""

    def settled(self, name: str) -> None:
        """What is given up decides whether a second person is asked."""
        super().settled(name)
        if name == "why":
            self.propose()
        if name in WAIVING:
            try:
                _, parts = self.asked_for(self.values())
            except Refused:
                return
            needed = self.second_needed(parts) is not None
            for field in SECOND:
                self.row(field.name).display = needed

    def second_needed(self, parts: Sequence[Part]) -> Refused | None:
        """Why a second person must agree to what is given up, or None."""
        klass = {line.bill: line.klass for line in self.lines}
        return second_needed(self.desk, ((klass[part.bill], part.waived, part.why) for part in parts if part.waived))

    def approved_by(self, values: dict[str, str], parts: Sequence[Part]) -> str:
        """The second person's id, where one is needed."""
        needed = self.second_needed(parts)
        if needed and not values["approver"]:
            raise needed
        return second(self.desk, values) if needed else ""

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """A waiver's faults stand beside its fields, which are shown for it."""
        faults = [("why" if name == "reason" else name, text) for name, text in faults]
        named = {name for name, _ in faults}
        for field in SECOND:
            if named & {one.name for one in SECOND}:
                self.row(field.name).display = True
        super().fault(faults)


async def pay_for(desk: FrontDesk, room: str) -> Done | None:
    """Take money from a household; gives the payment, or None. Says why where nothing can be taken."""
    assert desk.actor is not None
    if desk.actor.role not in staff.MONEY:
        desk.notify("您的岗位不收费，请请收费员或主管来收", severity="warning")
        return None
    with desk.store.read() as read:
        yesterday = fields.wall() - timedelta(days=1)
        lines = taking.on_the_table(read, room, desk.actor, f"{yesterday:%Y-%m-%d}")
        dear = frozenset(line.bill for line in lines if taking.dear(read, line))
        ahead = sum(one.fen for one in prepaid.accounts(read, desk.actor, room))
        called = f"{residents.owner_name(read, room)}{f'  有预存 {yuan(ahead)}' if ahead > 0 else ''}"
    if not lines:
        desk.notify(f"{room} 没有未缴账单，下面是以前的收据；预存、押金请回柜台按 Ctrl+O")
        await desk.switch_mode("payments")
        desk.screen.query_one("#find", Input).value = room
        return None
    if not await shift_open(desk):
        return None
    return await take(desk, Pay(room, lines, called, dear))
