"""Paper on the glass: a slip before it is printed, and every slip that was, with what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from data.journal import Db
from desk.paper import dressed, print_now, printer_for, printers_of, profile, slips_of
from desk.staff import sees_money
from printers import qr, spool
from printers.cells import columns_of, glass_cut
from printers.line import SEE
from printers.slip import Slip, layout, preview
from printers.spool import Job
from printers.thermal import missing
from screens.widgets import Box, Footer

if TYPE_CHECKING:
    from data.records import Record
    from screens.app import FrontDesk

Made = TypeVar("Made")

STATES = {
    "queued": "等待打印", "sending": "正在打印", "confirmed": "已打印", "uncertain": "请看是否出纸", "cancelled": "已取消",
}  # fmt: skip
LIST = 29
"""Cells of a line of the list."""
_CODE = re.compile(r"\[二维码 ([!-~]{1,40})\]")


def titled(job: Job) -> str:
    """What a slip is called: the line under the letterhead, without the spaces that spread it."""
    lines = [line for line in job.plain.splitlines() if line.strip()]
    return lines[1].replace(" ", "") if len(lines) > 1 else job.kind


def when(ms: int, now: datetime) -> str:
    """A moment as short as it can be told today."""
    at = datetime.fromtimestamp(ms / 1000)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d}"


def told(job: Job, now: datetime) -> str:
    """What became of a slip, and what a person does about it."""
    done = when(job.done, now) if job.done else ""
    reason = job.reason
    if reason.startswith("打印机"):
        # Of two printers only the name says which one to walk to.
        reason = job.printer + reason.removeprefix("打印机")
    match job.state:
        case "queued":
            return f"{reason or '排着队，前面的打完就打这一张'}\n不要了：F8 不打了"
        case "sending" if reason:
            return f"{reason}\n会接着打，不要补打。打印机没有反应就关机再开，过一会儿这里会问是否出纸"
        case "sending":
            return "正在打印，打印机还没有回话"
        case "uncertain":
            why = reason.removesuffix(f"：{SEE}")
            return f"{why}\n纸上有这张，字齐全：F9 已出纸\n没有，或没打全：F12 补打\n不要了：F8 不打了"
        case "confirmed" if job.confirmed_by == spool.DEVICE:
            return f"{done} 打印机已打好\n还要一张：F12 补打"
        case "confirmed":
            return f"{done} {job.confirmed_by} 看过，已出纸\n还要一张：F12 补打"
    return f"{done} {job.confirmed_by} {job.reason or '取消了，没有打'}\n还是要打：F12 补打"


def unprintable(chars: str) -> str:
    """What a person should know of a slip with characters its printer cannot print and no font draws; "" for none."""
    if not chars:
        return ""
    stands = "、".join(f"“{char}”印成 [U+{ord(char):04X}]" for char in chars[:3])
    more = f"等 {len(chars)} 个字" if len(chars) > 3 else ""
    return f"打印机没有的字：{stands}{more}。请念给住户听；电脑装上有这个字的字库就能印"


def on_glass(plain: str) -> str:
    """A slip as it was frozen, its columns standing as on paper and its code drawn to be scanned."""
    lines = plain.split("\n")
    across = max(map(columns_of, lines))
    shown: list[str] = []
    for line in lines:
        if code := _CODE.fullmatch(line):
            picture = qr.blocks(code[1]).split("\n")
            shown += [" " * ((across - cell_len(row)) // 2) + row for row in picture]
        else:
            shown.append("".join(char if char <= "~" else char + " " * (2 - cell_len(char)) for char in line))
    return "\n".join(shown)


class Preview(ModalScreen[None]):
    """Slips as they would come out of the printer; Esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "返回")]

    def __init__(self, slips: Sequence[Slip]) -> None:
        super().__init__()
        self.slips = slips

    def compose(self) -> ComposeResult:
        """Each copy of each slip, as wide as its paper."""
        desk = cast("FrontDesk", self.app)
        assert desk.config is not None
        printers = printers_of(desk.config, desk.home)
        with VerticalScroll(classes="paper-frame"):
            for slip in self.slips:
                printer = printer_for(printers, slip.kind)
                columns, can = printer.columns, profile(printer, desk.config.font)
                shown = layout(dressed(slip, desk.config), columns, copy=slip.copies[0])
                if warning := unprintable(missing(shown, can.charset, can.font)):
                    yield Static(warning, classes="error paper-warning", markup=False)
                paper = Static(preview(shown, codes=True, columns=columns), classes="paper", markup=False)
                paper.styles.width = columns + 2
                yield paper
        yield Footer(show_command_palette=False, compact=True)


class Printed(Preview):
    """A slip no act leaves, as it would be printed; F12 prints it once, and says `told`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f12", "print", "打印", tooltip="打印这张")]

    def __init__(self, slip: Slip, record: Record, told: str) -> None:
        super().__init__([slip])
        self.slip, self.record, self.told = slip, record, told

    def action_print(self) -> None:
        """Print it once."""
        desk = cast("FrontDesk", self.app)
        if self.is_current and desk.actor is not None and desk.config is not None:
            print_now(desk.store, desk.config, desk.home, self.slip, self.record, desk.actor)
            desk.wake()
            desk.notify(self.told)
            self.dismiss(None)


class Slips(ModalScreen[None]):
    """The slips of one record, or all that wait and all that were: what was on each, what became of it, what to do now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f12", "again", "补打", tooltip="再打一张，单上印明补打次数和经办人"),
        Binding("f9", "printed", "已出纸", tooltip="这张已经打出来了，不再打"),
        Binding("f8", "cancel", "不打了", tooltip="取消还没打出的这张"),
        Binding("pagedown", "turn(1)", "往下看", tooltip="单据往下翻", priority=True),
        Binding("pageup", "turn(-1)", "往上看", tooltip="单据往上翻", show=False, priority=True),
        Binding("escape", "dismiss(None)", "返回"),
    ]

    def __init__(self, record: str, number: str) -> None:
        super().__init__()
        self.record, self.number = record, number
        self.jobs: list[Job] = []
        self.shown: int | None = None  # the job whose slip is beside the list, from its top

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """The list of slips beside the marked one."""
        with Horizontal(classes="slips"):
            with Vertical(classes="slips-list"):
                yield Static("", id="title", classes="form-title", markup=False)
                if not self.record:
                    with Vertical(classes="field"):
                        yield Box(placeholder="单号里的几位，找打过的", id="number", compact=True)
                yield OptionList(id="jobs", markup=False)
                yield Static("", id="reason", markup=False)
            with VerticalScroll(id="sheet", can_focus=False):
                yield Static("", id="paper", classes="paper", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Read the spool, and again as long as one looks: printers work on."""
        self.query_one("#jobs").focus()
        self.reload(mark=0)
        self.set_interval(1, self.reload)

    # ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────

    def found(self) -> list[Job]:
        """The slips to list, first those that want something."""
        actor = self.desk.actor
        if actor is None:
            return []
        if self.record:
            return self.desk.store.look(lambda db: slips_of(db, self.record, actor))
        number = self.query_one("#number", Input).value.strip()
        waiting, past = self.desk.store.look(lambda db: (slips_of(db, "", actor), spool.past(db, number)))
        seen = [job for job in past if sees_money(actor) or not job.money]
        return [job for job in waiting if number.upper() in job.doc_no.upper()] + seen

    def reload(self, mark: int | None = None) -> None:
        """Show what the spool says now: a slip stays in its place whatever becomes of it, and so does the mark.

        `mark` puts it on another job, or with 0 on the first.
        """
        found, place = self.found(), {job.id: n for n, job in enumerate(self.jobs)}
        found.sort(key=lambda job: place.get(job.id, -1))
        if found == self.jobs and mark is None:
            return
        marked = self.marked()
        mark = marked.id if mark is None and marked else mark
        self.jobs = found
        options = self.query_one("#jobs", OptionList)
        with self.app.batch_update():
            options.clear_options()
            options.add_options([self.line(job) for job in found])
            if found:
                options.highlighted = next((n for n, job in enumerate(found) if job.id == mark), 0)
            waits = sum(job.done is None for job in found)
            title = f"{self.number} 的单据" if self.record else "打印单据"
            self.query_one("#title", Static).update(f"{title}{f'  {waits} 张没打完' if waits else ''}")
            self.show()

    def line(self, job: Job) -> str:
        """One slip in the list: which, and what became of it."""
        name = f"{job.doc_no} {job.copy or titled(job)}" if not self.record else f"{titled(job)} {job.copy}"
        first = glass_cut(f"{when(job.created, self.desk.now())} {name}", LIST)
        nth = re.search(r"第(\d+)次", job.mark)
        why = job.reason.split("：")[0] if job.state in ("queued", "sending") else ""
        second = " ".join(filter(None, (nth and f"补打{nth[1]}", STATES[job.state], why)))
        return f"{first}\n{glass_cut(f'  {second}', LIST)}"

    @on(OptionList.OptionHighlighted)
    def show(self) -> None:
        """Show the marked slip as it was frozen."""
        job = self.marked()
        paper, reason = self.query_one("#paper", Static), self.query_one("#reason", Static)
        shown = on_glass(job.plain) if job and job.plain else ""
        gone = "内容已按规定删除，只留下打过的记录" if job else "没有这样的单据" if not self.record else "这个号还没有打过单据"
        paper.update(shown or gone)
        marked = job.id if job else None
        if marked != self.shown:
            self.shown = marked
            self.query_one("#sheet").scroll_home(animate=False)
        paper.styles.width = max(map(cell_len, shown.split("\n"))) + 2 if shown else "auto"
        said = told(job, self.desk.now()) if job else ""
        warning = unprintable(self.desk.store.look(lambda db: spool.spelled(db, job.id))) if job and job.plain else ""
        reason.update("\n".join(filter(None, (said, warning))))
        reason.set_class(job is not None and job.done is None, "error")

    def marked(self) -> Job | None:
        """The job under the mark."""
        place = self.query_one("#jobs", OptionList).highlighted
        return self.jobs[place] if place is not None and place < len(self.jobs) else None

    @on(Input.Changed, "#number")
    def search(self) -> None:
        """Search while typing; what is found comes in its own order."""
        self.jobs = []
        self.reload(mark=0)

    @on(Input.Submitted, "#number")
    def searched(self) -> None:
        """Enter goes from the search box to the list."""
        self.query_one("#jobs").focus()

    # ── what a person says ─────────────────────────────────────────────────────────────────────────────────────────

    def action_turn(self, way: int) -> None:
        """Show the rest of a long slip."""
        sheet = self.query_one("#sheet")
        sheet.scroll_relative(y=way * (sheet.size.height - 2), animate=False)

    def action_again(self) -> None:
        """Print it again, marked, and never twice for one key."""
        job, desk = self.marked(), self.desk
        if job is None or desk.actor is None or desk.config is None:
            return
        by, now, key = desk.actor.name, int(desk.now().timestamp() * 1000), f"again:{max(j.id for j in self.jobs)}:{job.id}"
        printers = printers_of(desk.config, desk.home)

        def work(db: Db) -> int:
            again = spool.reprint(db, job.id, "", by, now, key)
            # Its printer may be gone from the settings since.
            spool.adopt(db, [printer.name for printer in printers], printer_for(printers, job.kind).name)
            return again

        again = self.change(work)
        if again in {job.id for job in self.jobs}:
            self.notify("这一联还没打出来，先不再打", severity="warning")
        self.reload(mark=again)

    def action_printed(self) -> None:
        """A person saw the paper."""
        self.settle("printed")

    def action_cancel(self) -> None:
        """A person gives it up."""
        self.settle("cancel")

    def settle(self, answer: str) -> None:
        """Write a person's answer."""
        job = self.marked()
        if job is not None and self.desk.actor is not None:
            by = self.desk.actor.name
            self.change(lambda db: spool.settle(db, job.id, answer, by))
            self.reload()

    def change(self, work: Callable[[Db], Made]) -> Made | None:
        """Change the spool and wake its worker; what the spool does not do is said."""
        try:
            return self.desk.store.transact(work)
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
            return None
        finally:
            self.desk.wake()
