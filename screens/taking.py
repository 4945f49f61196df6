"""How money is taken, whatever it is for: the sums in big digits, one tender after another, a sentence to say aloud."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Digits, Input, Static

from data.entry import new_id
from data.records import Event, Refused
from desk import prepaid, shifts
from desk.billed import Billed
from desk.money import capital, parse_yuan, yuan
from desk.paid import SCANNED, TENDERS, Paid, Part, Tender
from screens import tendered
from screens.aloud import aloud
from screens.ask import Ask
from screens.form import Field, Form
from screens.widgets import put

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk

CASH, AHEAD = TENDERS[0], TENDERS[5]
RELATIONS = ("子女", "亲属", "租户", "邻居", "护工")


class Taking(Form):
    """Asks how money is paid, and takes it once. A subclass says for what: `asked_for` and, with `how`, the fields."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "another", "再加一种付款", tooltip="几种方式一起付：先填这一种的金额，按 F8 记下，差的再选一种"),
        Binding("ctrl+d", "drop", "去掉一种", tooltip="去掉最后加的那种付款", priority=True),
    ]
    losing = "钱还没收，要放弃吗？"

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room
        self.request = new_id()
        self.added: list[Tender] = []
        self.before: list[Billed] = []
        self.told = ""

    # ── what a subclass says ───────────────────────────────────────────────────────────────────────────────────────

    def asked_for(self, values: dict[str, str]) -> tuple[list[Billed], list[Part]]:
        """What is billed first, in the same transaction, and what is paid. Raises Refused beside its field."""
        raise NotImplementedError

    def beside(self) -> ComposeResult:
        """What stands beside the sums."""
        yield Static("", id="about", markup=False)

    def designated(self) -> bool:
        """Whether the payer named what it is for (民法典 §560)."""
        return False

    def approved_by(self, values: dict[str, str], parts: Sequence[Part]) -> str:
        """The id of who agreed to what is waived, "" where nobody need. Raises Refused."""
        return ""

    def short(self, taken: int, missing: int) -> str:
        """What to do when a tender does not reach; `taken` is all that was handed over, both in fen."""
        return f"还差 {yuan(missing)} 元；还有别的付款方式就按 F8 再加一种"

    def left(self, parts: Sequence[Part]) -> int:
        """What stays open of what is paid now, in fen."""
        return 0

    # ── the glass ──────────────────────────────────────────────────────────────────────────────────────────────────

    def above(self) -> ComposeResult:
        """What it is for beside the amounts in big digits; below, the tenders that are already on the table."""
        with Horizontal(id="pay"):
            yield from self.beside()
            with Vertical(id="sums"):
                for name, label in (("owed", "应\n收"), ("handed", "实\n收"), ("change", "找\n零")):
                    with Horizontal(classes="sum"):
                        yield Static(label, id=f"{name}-label", classes="sum-label")
                        yield Digits("0.00", id=name)
                yield Static("", id="capital", markup=False)
        yield Static("", id="added", classes="hidden", markup=False)

    def how(self) -> Sequence[Field]:
        """How it is paid, and by whom where that is somebody else."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            standing = {one.item: prepaid.available(read, one.id) for one in prepaid.accounts(read, self.desk.actor, self.room)}
        self.standing = {item: fen for item, fen in standing.items() if fen > 0}
        return (
            Field("kind", "付款方式", TENDERS, default=CASH),
            Field("source", "哪项预存", tuple(self.standing), default=next(iter(self.standing), "")),
            Field("reference", "订单尾号"),
            Field("given", "实收", hint="收到的现金；刚好就直接 Ctrl+S"),
            Field("at", "付款时间", hint="刚付的空着；早先付的如 11-20 18:20"),
            Field("payer", "缴款人", hint="本人就空着"),
            Field("relation", "关系", RELATIONS, free=True, hint="代缴时填"),
        )

    def on_mount(self) -> None:
        """Show the sums from the start."""
        self.row("relation").display = False
        self.show_kind()
        self.sum_up()

    def first(self) -> Widget:
        """Wait for the money."""
        return self.query_one("#given")

    def values(self) -> dict[str, str]:
        """What stands in the fields, and the tenders on the table: giving the form up would lose them too."""
        return super().values() | {"added": " ".join(f"{one.kind}{one.fen}" for one in self.added)}

    @on(Input.Changed, "#kind")
    def show_kind(self) -> None:
        """Each tender asks its own: what cash was given, what the others are known by and how much goes by them."""
        kind = self.query_one("#kind", Input).value
        self.row("reference").display = kind in tendered.KNOWN_BY
        self.row("at").display = kind in SCANNED
        self.row("source").display = kind == AHEAD and len(self.standing) > 1
        if kind in tendered.KNOWN_BY:
            label, hint = tendered.KNOWN_BY[kind]
            self.offer(Field("reference", label, hint=hint))
        hint = "收到的现金；刚好就直接 Ctrl+S" if kind == CASH else f"全部用{kind or '这一种'}付就空着"
        self.offer(Field("given", "实收" if kind == CASH else "金额", hint=hint))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what was added can be taken off again."""
        return action != "drop" or bool(self.added)

    def settled(self, name: str) -> None:
        """Somebody who pays for another says how they belong together."""
        if name == "payer":
            self.row("relation").display = bool(self.values()["payer"])
        if name == "kind" and self.values()["kind"] == AHEAD and not self.standing:
            self.say("kind", f"{self.room} 没有可用的预存，请另选付款方式")

    @on(Input.Changed)
    def sum_up(self) -> None:
        """Owed, in capitals, handed over, and what change is due or what is missing."""
        values = self.values()
        owed: int | None
        try:
            owed = sum(part.fen for part in self.asked_for(values)[1])
            said = capital(owed)
        except Refused as refused:
            owed, said = None, str(refused)
        on_table = sum(one.fen for one in self.added)
        try:
            given = self.money("given")
        except Refused:
            given = None
        taken = max(owed or 0, on_table) if given is None else on_table + given
        over = taken - (taken if owed is None else owed)
        self.query_one("#owed", Digits).update(yuan(owed or 0))
        self.query_one("#handed", Digits).update(yuan(taken))
        self.query_one("#change", Digits).update(yuan(abs(over)))
        self.tell("change-label", "还\n差" if over < 0 else "找\n零")
        self.tell("capital", said)
        tenders = " · ".join(f"{one.kind} {yuan(one.fen)} {one.reference}".rstrip() for one in self.added)
        self.tell("added", f"已加 {tenders}   还要收 {yuan(max((owed or 0) - on_table, 0))}" if self.added else "")

    def tell(self, name: str, text: str) -> None:
        """Put a text in its place, which is not there where there is none."""
        place = self.query_one(f"#{name}", Static)
        put(place, text)
        place.set_class(not text, "hidden")

    # ── the tenders ────────────────────────────────────────────────────────────────────────────────────────────────

    def money(self, name: str) -> int | None:
        """What amount stands in a field, in fen; None where nothing does. Raises Refused beside it."""
        typed = self.query_one(f"#{name}", Input).value.strip()
        try:
            return parse_yuan(typed) if typed else None
        except ValueError as error:
            raise Refused(str(error), name) from None

    def tender(self, values: dict[str, str], rest: int) -> Tender:
        """The tender as typed towards the rest, in fen; it may be less. Raises Refused."""
        kind, typed = tendered.tender_kind(values["kind"]), self.money("given")
        if typed == 0:
            raise Refused("金额要大于 0；刚好就空着", "given")
        if kind == CASH:
            given = rest if typed is None else typed
            return Tender(kind=CASH, fen=min(given, rest), given=given, change=max(given - rest, 0))
        if typed is not None and typed > rest:
            raise Refused(f"只要收 {yuan(rest)} 元，{kind}多付的请当场退给对方，按应收重付", "given")
        fen = rest if typed is None else typed
        if kind == AHEAD:
            return self.from_account(values["source"], fen)
        at = tendered.paid_at(values["at"]) if kind in SCANNED else ""
        return Tender(kind=kind, fen=fen, reference=tendered.reference(kind, values["reference"]), at=at)

    def from_account(self, item: str, fen: int) -> Tender:
        """So much of what was paid ahead for an item. Raises Refused."""
        if not self.standing:
            raise Refused(f"{self.room} 没有可用的预存，请另选付款方式", "kind")
        if item not in self.standing:
            raise Refused("请按数字键选用哪一项预存", "source")
        if fen > (most := self.standing[item] - sum(one.fen for one in self.added if one.source.endswith(f"/{item}"))):
            raise Refused(f"{item}预存只有 {yuan(most)} 元：金额填 {yuan(most)}，再按 F8 加一种付款", "given")
        return Tender(kind=AHEAD, fen=fen, source=prepaid.account_id(self.room, item))

    def action_another(self) -> None:
        """The tender typed so far goes on the table; the rest is asked with another."""
        if not self.is_current or self.done:
            return
        for name in ("kind", "source", "reference", "at", "given"):
            self.say(name, "")
        values = self.values()
        try:
            rest = sum(part.fen for part in self.asked_for(values)[1]) - sum(one.fen for one in self.added)
            if self.money("given") is None:
                raise Refused("这一种付多少？请先填金额，再按 F8", "given")
            tender = self.tender(values, rest)
            if tender.fen >= rest:
                raise Refused("这一种已经够了，直接按 Ctrl+S 收款", "given")
            same = (tender.kind, tender.reference, tender.source)
            if any((one.kind, one.reference, one.source) == same for one in self.added):
                raise Refused(f"{tender.kind}已经加过一笔，请按 Ctrl+D 去掉后合成一笔", "kind")
        except Refused as refused:
            self.fault([(refused.field, str(refused))])
            return
        self.added.append(tender)
        for name in ("given", "reference", "at"):
            self.query_one(f"#{name}", Input).value = ""
        self.query_one("#kind", Input).value = "" if any(one.kind == CASH for one in self.added) else CASH
        self.query_one("#kind").focus()
        self.table_changed()

    def action_drop(self) -> None:
        """The tender added last is taken off the table again."""
        if not self.done:
            self.added.pop()
            self.table_changed()

    def table_changed(self) -> None:
        """Other tenders on the table: other sums, and other keys."""
        self.sum_up()
        self.refresh_bindings()

    # ── taking it ──────────────────────────────────────────────────────────────────────────────────────────────────

    def event(self, values: dict[str, str]) -> Paid:
        """The payment, with all its tenders."""
        self.before, parts = self.asked_for(values)
        owed, on_table = sum(part.fen for part in parts), sum(one.fen for one in self.added)
        tenders, rest = list(self.added), owed - on_table
        if rest < 0:
            raise Refused(f"已加的付款比应收多 {yuan(-rest)} 元，请按 Ctrl+D 去掉一种再收")
        if rest == 0 and values["given"]:
            raise Refused("前面加的已经付清，这里不用再填", "given")
        if rest > 0:
            tenders.append(tender := self.tender(values, rest))
            if tender.fen < rest:
                raise Refused(self.short(on_table + tender.fen, rest - tender.fen), "given")
        approved_by = self.approved_by(values, parts)
        self.told = aloud(self.room, parts, tenders, self.left(parts))
        return Paid(
            room=self.room, parts=tuple(parts), tenders=tuple(tenders), request=self.request, payer=values["payer"],
            relation=values["relation"] if values["payer"] else "", designated=self.designated(), approved_by=approved_by,
        )  # fmt: skip

    def on_key(self, event: Key) -> None:
        """What is typed while the form opens, before anything has the focus, is the money that was handed over."""
        first = self.first()
        if self.focused is None and event.character and event.is_printable and isinstance(first, Input):
            event.stop()
            first.insert_text_at_cursor(event.character)

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The payment, and before it what must be billed for it."""
        return [*((billed, None) for billed in self.before), (event, None)]


async def shift_open(desk: FrontDesk) -> bool:
    """Whether money may be taken now; where not, says why and offers the way to the shift."""
    with desk.store.read() as read:
        refused = shifts.refuse_without(read)
    if refused is None:
        return True
    if await desk.push_screen_wait(Ask(str(refused), "去班次（F10）", "返回")):
        await desk.switch_mode("shifts")
    return False


async def take(desk: FrontDesk, form: Taking) -> Done | None:
    """Await a form that takes money; once it is kept, show the sentence to say aloud."""
    desk.clear_notifications()  # what was said to the one before would cover the fields
    done = await desk.push_screen_wait(form)
    if done:
        desk.notify(form.told, title=f"收据 {done.record.number}", timeout=20, markup=False)
    return done
