"""Paper on the glass: a slip before it is printed, and every slip that was, with what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, OptionList, Static

from data.journal import Db
from desk.paper import dressed, printer_for, printers_of, slips_of
from printers import spool
from printers.slip import Slip, layout, preview
from printers.spool import Job

if TYPE_CHECKING:
    from screens.app import FrontDesk

STATES = {
    "queued": "等待打印", "sending": "正在打印", "confirmed": "已打印", "uncertain": "请看是否出纸", "cancelled": "已取消",
}  # fmt: skip


def titled(job: Job) -> str:
    """What a slip is called: the line under the letterhead, without the spaces that spread it."""
    lines = [line for line in job.plain.splitlines() if line.strip()]
    return lines[1].replace(" ", "") if len(lines) > 1 else job.kind


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
                columns = printer_for(printers, slip.kind).columns
                shown = layout(dressed(slip, desk.config), columns, copy=slip.copies[0])
                paper = Static(preview(shown, codes=True), classes="paper", markup=False)
                paper.styles.width = columns + 2
                yield paper
        yield Footer(show_command_palette=False, compact=True)


class Slips(ModalScreen[None]):
    """The slips of one record, or without one all that wait: what was on each, whether it came out, printing it again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f12", "again", "补打", tooltip="再打一张，单上印明补打次数和经办人"),
        Binding("f9", "printed", "已出纸", tooltip="这张已经打出来了，不再打"),
        Binding("f8", "cancel", "不打了", tooltip="取消还没打出的这张"),
        Binding("escape", "dismiss(None)", "返回"),
    ]

    def __init__(self, record: str, number: str) -> None:
        super().__init__()
        self.record, self.number = record, number

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def compose(self) -> ComposeResult:
        """The list of slips beside the marked one."""
        with Horizontal(classes="slips"):
            with Vertical(classes="slips-list"):
                yield Static(f"{self.number} 的单据", classes="form-title")
                yield OptionList(id="jobs", markup=False)
                yield Static("", id="reason", classes="error")
            with VerticalScroll(can_focus=False):
                yield Static("", id="paper", classes="paper", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Read the spool."""
        self.reload()

    def reload(self) -> None:
        """Show what the spool says now."""
        actor = self.desk.actor
        assert actor is not None
        self.jobs: list[Job] = self.desk.store.look(lambda db: slips_of(db, self.record, actor))
        options = self.query_one("#jobs", OptionList)
        marked = options.highlighted
        options.clear_options()
        for job in self.jobs:
            at = datetime.fromtimestamp(job.created / 1000)
            again = f"补打{job.seq - 1}" if job.seq > 1 else ""
            name = " ".join(filter(None, ("" if self.record else job.doc_no, job.copy or titled(job), again)))
            options.add_option(f"{at:%H:%M} {name} {STATES[job.state]}")
        if self.jobs:
            options.highlighted = min(marked or 0, len(self.jobs) - 1)
        self.show()

    @on(OptionList.OptionHighlighted)
    def show(self) -> None:
        """Show the marked slip as it was frozen."""
        job = self.marked()
        paper = self.query_one("#paper", Static)
        paper.update(job.plain if job else "这个号还没有打过单据")
        paper.styles.width = max((cell_len(line) for line in job.plain.splitlines()), default=30) + 2 if job else "auto"
        self.query_one("#reason", Static).update(job.reason if job else "")

    def marked(self) -> Job | None:
        """The job under the mark."""
        place = self.query_one("#jobs", OptionList).highlighted
        return self.jobs[place] if place is not None and place < len(self.jobs) else None

    def action_again(self) -> None:
        """Print it again, marked, and never twice for one key."""
        job = self.marked()
        if job is not None and self.desk.actor is not None:
            by, now = self.desk.actor.name, int(datetime.now().timestamp() * 1000)
            key = f"again:{job.id}:{len(self.jobs)}"
            self.change(lambda db: spool.reprint(db, job.id, "", by, now, key))

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

    def change(self, work: Callable[[Db], object]) -> None:
        """Change the spool, wake its worker, show what is so now; what the spool does not do is said."""
        try:
            self.desk.store.transact(work)
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
        self.desk.wake()
        self.reload()
