"""A question with a few answers, by digit or Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from screens.widgets import Footer


class Pick(ModalScreen[int | None]):
    """One of a short list; gives its place, 0 first, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "none", "返回")]

    def __init__(self, question: str, answers: Sequence[str]) -> None:
        super().__init__()
        self.question, self.answers = question, tuple(answers)

    def compose(self) -> ComposeResult:
        """The question over its answers."""
        with Vertical(classes="form"):
            yield Static(self.question, classes="form-title", markup=False)
            yield OptionList(*(f"{n} {answer}" for n, answer in enumerate(self.answers, 1)), markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_key(self, event: Key) -> None:
        """A digit answers at once."""
        if event.character and event.character.isdecimal() and 1 <= int(event.character) <= len(self.answers):
            event.stop()
            self.answer(int(event.character) - 1)

    @on(OptionList.OptionSelected)
    def picked(self, event: OptionList.OptionSelected) -> None:
        """Enter answers with the marked one."""
        self.answer(event.option_index)

    def action_none(self) -> None:
        """No answer."""
        self.answer(None)

    def answer(self, answer: int | None) -> None:
        """Answer once; a second key that was under way would close the screen beneath."""
        if self.is_current:
            self.dismiss(answer)


class Ask(ModalScreen[bool]):
    """Yes or no; the harmless answer is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "no", "返回")]

    def __init__(self, question: str, yes: str = "是", no: str = "否") -> None:
        super().__init__()
        self.question, self.yes, self.no = question, yes, no

    def compose(self) -> ComposeResult:
        """The question over its two answers."""
        with Vertical(classes="form"):
            yield Static(self.question, classes="form-title", markup=False)
            yield OptionList(f"1 {self.no}", f"2 {self.yes}", markup=False)
        yield Footer(show_command_palette=False, compact=True)

    def on_key(self, event: Key) -> None:
        """A digit answers at once."""
        if event.character in ("1", "2"):
            event.stop()
            self.answer(event.character == "2")

    @on(OptionList.OptionSelected)
    def picked(self, event: OptionList.OptionSelected) -> None:
        """Enter answers with the marked one."""
        self.answer(event.option_index == 1)

    def action_no(self) -> None:
        """Esc means no."""
        self.answer(False)

    def answer(self, answer: bool) -> None:
        """Answer once; a second key that was under way would close the screen beneath."""
        if self.is_current:
            self.dismiss(answer)
