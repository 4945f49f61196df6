"""Every command that could be pressed now: by name in the palette, with its key in the help; both read the bindings."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.containers import VerticalScroll
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from printers.cells import glass_pad
from screens.widgets import Footer


@dataclass(frozen=True)
class Command:
    """A key of ours on a screen: how it is printed on the keyboard, what it is called and does, and doing it."""

    key: str
    name: str
    said: str
    run: Callable[[], Awaitable[bool]]


def commands(screen: Screen[object]) -> list[Command]:
    """The keys of ours that are enabled on a screen, each once; what Textual's widgets bind for themselves is not named."""
    found: dict[str, Command] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.enabled and re.search(r"[\u4e00-\u9fff]", binding.description):
            key = screen.app.get_key_display(binding)
            run = partial(screen.app.run_action, binding.action, active.node)
            found.setdefault(binding.action, Command(key, binding.description, binding.tooltip, run))
    return list(found.values())


BY_NAME = (("出入授权", "预约、长期授权、放行条、不放行名单、调取登记", "place('access')"),)
"""Places without a key of their own: name, what is there, action."""


def unkeyed(screen: Screen[object]) -> list[Command]:
    """The places gone to by name alone; none before somebody logged in."""
    app = screen.app
    return [
        Command("", name, said, partial(app.run_action, action))
        for name, said, action in BY_NAME
        if app.check_action(action.partition("(")[0], (action.split("'")[1],))
    ]


class Keys(Provider):
    """The commands of the screen below the palette."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for one in (*commands(self.screen), *unkeyed(self.screen)):
            yield DiscoveryHit(f"{one.name}  {one.key}", one.run, help=one.said)

    async def search(self, query: str) -> Hits:
        """Those whose name or explanation fits."""
        matcher = self.matcher(query)
        for one in (*commands(self.screen), *unkeyed(self.screen)):
            score = max(matcher.match(one.name), matcher.match(one.said))
            if score:
                yield Hit(score, matcher.highlight(f"{one.name}  {one.key}"), one.run, help=one.said)


class Help(ModalScreen[None]):
    """The keys of the screen below, and what they do."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "返回")]

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self.listed = commands(below)

    def compose(self) -> ComposeResult:
        """A line for each key."""
        said = Text("这一屏能按的键\n\n", "bold")
        for one in self.listed:
            said.append(glass_pad(one.key, 6), "bold")
            said.append(f"{glass_pad(one.name, 10)} {one.said}\n")
        said.append("\nEnter 下一项 / 确定   数字键 选短列表   ↑↓ 在列表里移动   鼠标也都能点", "dim")
        with VerticalScroll(classes="form"):
            yield Static(said)
        yield Footer(show_command_palette=False, compact=True)
