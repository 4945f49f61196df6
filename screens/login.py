"""The first thing on the glass: who works at the desk now, by name or number, with a PIN."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input, Static

from screens.header import Header
from screens.widgets import Box, Footer

if TYPE_CHECKING:
    from data.records import Actor
    from screens.app import FrontDesk


class Login(Screen[None]):
    """Name and PIN. What is typed before the store is open is kept and answered when it is."""

    def compose(self) -> ComposeResult:
        """The frame; the roster comes when the store is open."""
        yield Header()
        with Vertical(id="login"):
            yield Static("请登录", id="welcome")
            yield Static("正在打开……", id="roster")
            yield Box(placeholder="序号或姓名", id="name", compact=True)
            yield Static("", id="name-error", classes="error")
            yield Box(placeholder="密码（6 位以上数字）", password=True, id="pin", compact=True)
            yield Static("", id="pin-error", classes="error")
            yield Static("Enter 下一步 / 登录    Ctrl+Q 退出", classes="hint")
        yield Footer(show_command_palette=False, compact=True)

    @property
    def desk(self) -> FrontDesk:
        """The program."""
        return cast("FrontDesk", self.app)

    def on_mount(self) -> None:
        """Start at the name."""
        self.query_one("#name").focus()

    def on_screen_resume(self) -> None:
        """After somebody left: empty fields, fresh roster."""
        if self.desk.opened:
            self.opened()
            for field in self.query(Input):
                field.value = ""
            self.query_one("#name").focus()

    def opened(self) -> None:
        """The store is open: show who may log in."""
        from desk.staff import POSTS, roster

        with self.desk.store.read() as read:
            self.staff = [(one.name, POSTS[one.role]) for one in roster(read)]
        pins: dict[str, str] = {}
        if self.desk.demo:
            from desk.demo import MEMBERS

            pins = {member.name: f"  演示密码 {member.pin}" for member in MEMBERS}
        lines = [f"{n}  {name}  {post}{pins.get(name, '')}" for n, (name, post) in enumerate(self.staff, 1)]
        self.query_one("#roster", Static).update("\n".join(lines))

    def trouble(self, text: str) -> None:
        """The desk cannot open."""
        self.query_one("#welcome", Static).update("打不开前台")
        self.query_one("#roster", Static).update(text)
        for field in self.query(Input):
            field.disabled = True

    @on(Input.Submitted, "#name")
    def named(self) -> None:
        """A number of the roster becomes its name; then the PIN."""
        self.name_number()
        self.query_one("#pin").focus()

    def name_number(self) -> None:
        """A number typed before the roster came is answered now."""
        field = self.query_one("#name", Input)
        typed, staff = field.value.strip(), getattr(self, "staff", [])
        if typed.isdecimal() and 1 <= int(typed) <= len(staff):
            field.value = staff[int(typed) - 1][0]

    @on(Input.Submitted, "#pin")
    def answered(self) -> None:
        """Check the PIN in the slow lane: it takes an eighth of a second by design."""
        if self.desk.opened:
            self.say("", "")
            self.name_number()
            self.verify(self.query_one("#name", Input).value, self.query_one("#pin", Input).value)
        elif not self.desk.trouble:
            self.say("pin", "还在打开数据库，请稍等一下再按 Enter")

    @work(thread=True, exclusive=True, group="login")
    def verify(self, name: str, pin: str) -> None:
        """Ask the desk whether that is them."""
        from data.records import Refused
        from desk.staff import login

        try:
            actor: Actor = login(self.desk.store, name, pin)
        except Refused as refused:
            self.app.call_from_thread(self.say, refused.field or "pin", str(refused))
        else:
            self.app.call_from_thread(self.desk.enter, actor)

    def say(self, field: str, text: str) -> None:
        """Put a sentence beside its field and take away the other's."""
        for name in ("name", "pin"):
            self.query_one(f"#{name}-error", Static).update(text if name == field else "")
        if field == "pin":
            self.query_one("#pin", Input).value = ""
        if field:
            self.query_one(f"#{field}", Input).focus()
