"""A short list to choose from by digit, and what a form says of an answer that does not do."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from textual.events import Key
from textual.message import Message

from screens.widgets import Box

BURST, APART = 4, 0.05
"""So many characters, each within so many seconds of the one before, are a scanner's."""


class Choice(Box):
    """A short list chosen by digit, by arrow, or by beginning to write one of its words.

    A digit goes on to the next field; where Enter saves (`stays`) it only chooses, so that nothing is saved by a slip.
    What a scanner sends is no answer: its digits choose nothing, and its Enter saves nothing.
    """

    class Scanned(Message):
        """A scanner's burst came where an answer was asked for."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, options: Sequence[str], value: str, id: str, stays: bool = False) -> None:
        super().__init__(value=value, id=id, compact=True, select_on_focus=False)
        self.options, self.stays = tuple(options), stays
        self.at, self.run, self.was = 0.0, 0, value

    def scanned(self, event: Key) -> bool:
        """Whether a key belongs to a scanner's burst: so many characters as no hand types, with what ends them."""
        if event.time - self.at > APART:
            self.run, self.was = 0, self.value
        self.at = event.time
        self.run += event.is_printable
        if self.run == BURST and event.is_printable:
            self.value = self.was
            self.post_message(self.Scanned(self))
        return self.run >= BURST

    async def _on_key(self, event: Key) -> None:
        if self.scanned(event):
            event.prevent_default()
            event.stop()
        elif event.character and event.character in "123456789" and int(event.character) <= len(self.options):
            self.value = self.options[int(event.character) - 1]
            event.prevent_default()
            event.stop()
            if not self.stays:
                self.post_message(self.Submitted(self, self.value))
        elif event.key in ("left", "right") and self.options:
            step = 1 if event.key == "right" else -1
            here = self.options.index(self.value) if self.value in self.options else -1 if step == 1 else 0
            self.value = self.options[(here + step) % len(self.options)]
            event.prevent_default()
            event.stop()
        elif event.character and event.is_printable:
            started = [option for option in self.options if option.startswith(event.character)]
            self.value = started[0] if started else self.value
            event.prevent_default()
            event.stop()
        elif event.key in ("backspace", "delete"):
            self.value = ""
            event.prevent_default()
            event.stop()


def sentences(error: ValidationError) -> list[tuple[str, str]]:
    """What pydantic found, as (field, Chinese sentence)."""
    found = []
    for fault in error.errors():
        field = str(fault["loc"][0]) if fault["loc"] else ""
        said = fault.get("ctx", {}).get("error")
        if said is not None:
            text = str(said)
        elif fault["type"] in ("missing", "string_too_short"):
            text = "这一项要填" if not fault.get("input") else "写得太短，请写清楚一点"
        elif fault["type"] == "literal_error":
            text = "请按数字键选一项"
        elif fault["type"].startswith(("int", "greater", "less")):
            text = "请填合适的整数"
        else:
            text = "填写有误，请检查后重填"
        found.append((field, text))
    return found
