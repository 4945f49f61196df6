"""The front desk on the terminal: a mode for every place, the function keys, the line at the top kept up to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.screen import Screen
from textual.widgets import Static

from screens.ask import Ask
from screens.engine import Engine
from screens.login import Login

if TYPE_CHECKING:
    from data.records import Actor, Refused

PLACES = (
    "home", "repairs", "visits", "parcels", "payments", "today", "notes", "shifts", "reports", "refunds",
    "access", "night", "events", "care",
)  # fmt: skip

MONEY_PLACES = frozenset({"payments", "reports", "refunds"})
"""Where a guard is not let in, who may not even see what is owed (保安服务管理条例 §30(4))."""


def _place(name: str) -> Callable[[], Screen[None]]:
    """Makes the screen of a place, imported when it is first gone to."""

    def made() -> Screen[None]:
        screen: Screen[None] = getattr(import_module(f"screens.{name}"), name.title())()
        return screen

    return made


class FrontDesk(Engine):
    """The whole counter."""

    CSS_PATH = "desk.tcss"
    TITLE = "物业前台"
    ENABLE_COMMAND_PALETTE = False

    MODES = {"login": Login, **{name: _place(name) for name in PLACES}}
    DEFAULT_MODE = "login"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "place('home')", "柜台", tooltip="找人、扫码、住户卡", priority=True),
        Binding("f3", "place('repairs')", "报修", tooltip="报修单；柜台上选了住户时直接登记", priority=True),
        Binding("f4", "place('visits')", "访客", tooltip="访客；柜台上选了住户时直接登记", priority=True),
        Binding("f5", "place('parcels')", "快递", tooltip="快递；柜台上选了住户时直接取件或入库", priority=True),
        Binding("f6", "place('payments')", "收费", tooltip="收据；柜台上选了住户时直接收费", priority=True),
        Binding("f7", "place('today')", "今日", tooltip="今天发生的事", priority=True),
        Binding("f10", "place('shifts')", "交班", tooltip="开班、盘点、结班、交接单、日结", priority=True),
        Binding("ctrl+p", "commands", "命令", tooltip="按名字找命令", priority=True),
        Binding("f1", "help", "帮助", tooltip="这一屏能按什么键", priority=True),
        Binding(
            "ctrl+n", "place('notes')", "留言", tooltip="留言簿：交班事项、钥匙、借物、通知、失物", show=False, priority=True
        ),
        Binding("ctrl+b", "place('reports')", "报表", tooltip="收费日报、欠费、收缴率、押金、预存", show=False, priority=True),
        Binding("ctrl+w", "place('night')", "夜班", tooltip="夜班台：在场、要来要走、今夜的事", show=False, priority=True),
        Binding(
            "ctrl+z", "urgent", "急", tooltip="突发事件：立刻记下时间，告诉您打哪个电话、怎么说", show=False, priority=True
        ),
        Binding("ctrl+f", "place('care')", "关怀", tooltip="今日关怀 ✔；有住户时办这户的关怀嘱托", show=False, priority=True),
        Binding("f12", "slips", "待打单据", tooltip="看还没打出或要确认的单据，也能找打过的", show=False),
        Binding("ctrl+l", "leave", "换人", tooltip="退出登录，换一个人", show=False, priority=True),
        Binding("ctrl+q", "quit", "退出", tooltip="关掉程序；没保存的会先问", show=False, priority=True),
    ]

    news: var[int] = var(0)
    told_at = 0.0

    # ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────

    def on_ready(self) -> None:
        """The first picture is on the glass: the clock goes."""
        self.set_interval(0.7, self.tick)

    def on_engine_opened(self) -> None:
        """Let people log in."""
        self.loaded()
        self.tell()
        if isinstance(self.screen, Login):
            self.screen.opened()

    def on_engine_rebuilding(self, message: Engine.Rebuilding) -> None:
        """Say how far it is."""
        if isinstance(self.screen, Login):
            self.screen.query_one("#roster", Static).update(f"程序更新过，正在由日志重建记录：{message.done:,} 条……")

    def on_engine_trouble(self, message: Engine.Trouble) -> None:
        """Say on the login screen why nothing can be done."""
        self.trouble = message.text
        if isinstance(self.screen, Login):
            self.screen.trouble(message.text)

    # ── saying ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def now(self) -> datetime:
        """The time on the glass."""
        return datetime.now()

    def turn_down(self, refused: Refused) -> None:
        """Say what the desk does not do, where there is no field to say it beside."""
        self.notify(str(refused), severity="warning", markup=False)

    def on_engine_changed(self) -> None:
        """Let every place show what is so now: the visible one at once, the others when they come back.

        What a form stands over comes back when it closes: a cart of parcels must not wait for a list nobody reads.
        """
        self.news += 1
        reload = getattr(self.screen, "reload", None)
        if reload:
            reload()

    def on_engine_status(self) -> None:
        """Say in the header what printers and central said."""
        self.tell()

    def tick(self) -> None:
        """Time goes by, also while a form is open, but not between two keys."""
        now = monotonic()
        if now - self.pressed_at < 0.3 or now - self.told_at < 5:
            return
        self.told_at = now
        self.tell(beneath=True)
        if now - self.pressed_at > 2:
            self.rest()

    def tell(self, beneath: bool = False) -> None:
        """Bring the header of the visible screen up to date, and the light to the time of day.

        Beneath a form only every few seconds: Textual draws all of both screens anew for it, in the midst of the typing.
        """
        wanted = self.config.theme if self.config else "dark"
        if wanted == "auto":
            wanted = "light" if 7 <= self.now().hour < 18 else "dark"
        self.theme = f"textual-{wanted}"
        if self._screen_stack and (beneath or len(self._screen_stack) == 1):
            for header in self.screen_stack[0].query("Header"):
                header.refresh()

    # ── going ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_place(self, name: str) -> None:
        """Go to a place; from a household's card, start that job for it instead."""
        if self.actor is None:
            return
        if name in MONEY_PLACES and self.actor.role == "guard":
            self.notify("门岗不办理收费，请住户白天到前台", severity="warning")
            return
        job = getattr(self.screen, "job", None)
        if job is not None and job(name):
            return
        self.switch_mode(name)

    def action_slips(self) -> None:
        """Every slip that waits for paper or for a person, wherever no record of its own is marked."""
        from screens.slips import Slips

        self.push_screen(Slips("", "待打"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Before login there is nowhere to go; a guard is shown no key to money."""
        if action in ("place", "leave", "urgent", "slips") and self.actor is None:
            return False
        closed = action == "place" and parameters[0] in MONEY_PLACES
        return not (closed and self.actor and self.actor.role == "guard")

    def enter(self, actor: Actor) -> None:
        """Somebody logged in; a guard who comes at night has the board before them."""
        from desk.fields import at_night

        self.actor, self.since = actor, f"{self.now():%H:%M}"
        self.switch_mode("night" if actor.role == "guard" and at_night(self.now()) else "home")

    def unfinished(self) -> bool:
        """Whether a form is open anywhere, also in a place that is not shown."""
        return any(len(stack) > 1 for mode, stack in self._screen_stacks.items() if mode != "login")

    async def action_quit(self) -> None:
        """Close the program; asks first where a form is open."""
        if not self.unfinished():
            self.exit()
        elif not isinstance(self.screen, Ask):
            self.push_screen(
                Ask("还有没填完的单子，要关掉程序吗？", "关掉", "回去填"), lambda yes: self.exit() if yes else None
            )

    def action_leave(self) -> None:
        """Log out; not while a form is open, so that nobody finds another's half-filled one."""
        if self.unfinished():
            self.notify("还有没填完的单子，请先保存或按 Esc 关掉再换人", severity="warning")
            return
        self.actor = None
        self.switch_mode("login")

    def get_key_display(self, binding: Binding) -> str:
        """Keys as they are printed on the keyboard: F2, ^P."""
        return super().get_key_display(binding).upper()

    def action_commands(self) -> None:
        """Every command of this screen by name."""
        from textual.command import CommandPalette

        from screens.palette import Keys

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette([Keys], placeholder="输入命令的名字……"))

    def action_urgent(self) -> None:
        """Somebody is in danger: one digit more writes it down and says whom to ring."""
        from screens.emergency import begin

        begin(self)

    def action_help(self) -> None:
        """Show the keys of this screen; again, hide them."""
        from screens.palette import Help

        if isinstance(self.screen, Help):
            self.screen.dismiss(None)
        else:
            self.push_screen(Help(self.screen))
