"""One short form for each step of a repair's work: sent, given back, put off, passed on, there, done."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.widgets import Input

from data.records import Event, Refused
from desk import china, fields, repair_lines, workers
from desk.money import yuan
from desk.repair_charges import bill_of
from desk.repair_events import (
    HOLDS,
    RESIDENT_SIDE,
    Assigned,
    Cancelled,
    Charged,
    Finished,
    Returned,
    Suspended,
    Transferred,
    Urged,
    WorkerArrived,
)
from desk.repair_guide import UNITS, unit_of
from desk.repair_states import AGREED
from desk.repairs import Repair
from desk.staff import MONEY
from screens.form import Field, Form
from screens.hours import next_day


class Assign(Form):
    """Sends a worker; those sent lately stand by digit, with the phone they had (shown masked, printed in full)."""

    def __init__(self, repair: Repair, known: dict[str, str], duty: str = "") -> None:
        """`known` are phones by name, those on duty first; `duty` what is said of them."""
        super().__init__()
        self.subject, self.known, self.urgent = repair.id, known, repair.urgency == "特急"
        self.title = f"派工 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  {repair.urgency}{duty}"

    def fields(self) -> Sequence[Field]:
        """Who goes, and under which number."""
        called = (Field("called", "电话", ("打通了", "没打通")),) if self.urgent else ()
        return (
            Field("worker", "师傅", tuple(self.known)[:9], free=True, hint="姓名，如 刘师傅"),
            Field("worker_phone", "师傅电话", hint="没有可以不填"),
            *called,
        )

    def settled(self, name: str) -> None:
        """A known worker brings the phone along."""
        box = self.query_one("#worker_phone", Input)
        if name == "worker" and (not box.value or box.value in map(china.mask_phone, self.known.values())):
            box.value = china.mask_phone(self.known.get(self.values()["worker"], ""))

    def event(self, values: dict[str, str]) -> Assigned:
        """The dispatch."""
        phone = self.known.get(values["worker"], "")
        kept = phone if values["worker_phone"] == china.mask_phone(phone) else values["worker_phone"]
        return Assigned.model_validate({**values, "worker_phone": kept})


class Arrive(Form):
    """The worker is there: now, or at an hour already past."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"到场 {repair.number}  {repair.room}"
        self.lead = f"{repair.worker}到了，直接按 Enter；早些时候到的填时间"

    def fields(self) -> Sequence[Field]:
        """The hour, empty for now."""
        return (Field("at", "到场时间", hint="空着就是现在；或写 14:30"),)

    def event(self, values: dict[str, str]) -> WorkerArrived:
        """The arrival; an hour without a day is today's."""
        at = re.sub(r"^(\d{1,2})(\d\d)$", r"\1:\2", china.fold_digits(values["at"]))
        return WorkerArrived(at=f"{fields.wall():%Y-%m-%d} {at:0>5}" if at and len(at) <= 5 else at)


class Finish(Form):
    """The work is done: with what result, and where a quote was signed, what is to be paid."""

    def __init__(self, repair: Repair, quote: str = "") -> None:
        """`quote` is what was signed, as lines are typed; "" where nothing is to be paid."""
        super().__init__()
        self.subject, self.repair, self.quote = repair.id, repair, quote
        self.title = f"完工 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  {repair.worker}"
        if repair.charge == AGREED:
            self.lead += f"\n签字的报价最多 {yuan(repair.cap)} 元；没收费的清空用料工时"

    def fields(self) -> Sequence[Field]:
        """The result, a usual one by digit, and the lines of the bill."""
        usual = ("已修好", "已疏通", "换件后修好", "临时处理，待配件", "不是故障，已说明")
        result = Field("result", "结果", usual, free=True, enough=not self.quote)
        lines = Field("lines", "用料工时", default=self.quote, hint="名称 数量 单价；……")
        return (result, lines) if self.quote else (result,)

    def on_mount(self) -> None:
        """Lines need a wide field."""
        super().on_mount()
        if self.quote:
            widen(self, "lines")

    def settled(self, name: str) -> None:
        """What the lines come to."""
        if name == "lines":
            explain(self)

    def event(self, values: dict[str, str]) -> Finished:
        """The end of the work."""
        return Finished(result=values["result"], lines=read_lines(values.get("lines", "")))

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The end of the work, and its bill at once where who is logged in bills."""
        assert isinstance(event, Finished) and self.desk.actor is not None
        done = super().acts(event)
        if not event.lines or self.desk.actor.role not in MONEY:
            return done
        billed = bill_of(self.repair.number, self.repair.room, event.lines)
        return [*done, (billed, None), (Charged(bill=billed.key()), self.subject)]


class Cancel(Form):
    """It is not to be repaired after all."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"取消报修 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}；单号保留，记录不删"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", ("业主撤回", "重复登记", "误报", "业主自行修好"), free=True),)

    def event(self, values: dict[str, str]) -> Cancelled:
        """The cancellation."""
        return Cancelled(reason=values["reason"])


class Urge(Form):
    """The household asked again where the worker stays."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"催办 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  {repair.state} {repair.worker}"

    def fields(self) -> Sequence[Field]:
        """What was said, if it matters."""
        return (Field("note", "住户说", hint="可以不填，直接按 Enter"),)

    def event(self, values: dict[str, str]) -> Urged:
        """One more 催办."""
        return Urged(note=values["note"])


class GiveBack(Form):
    """The worker gave the order back; it waits for another one."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"退单 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  {repair.worker}退回；之后请马上另派"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("because", "原因", ("人手不够", "不是本工种", "找不到人"), free=True),)

    def event(self, values: dict[str, str]) -> Returned:
        """The order given back."""
        return Returned(because=values["because"])


class PutOff(Form):
    """The work waits for something; it comes back by itself."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"挂起 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  到日子自己回到派工。{'、'.join(RESIDENT_SIDE)}暂停计时，其他照算"

    def fields(self) -> Sequence[Field]:
        """What it waits for, and until when."""
        return (
            Field("hold", "等什么", HOLDS),
            Field("restart", "重启日期", hint="明天、11-25 或 11-25 14:00"),
        )

    def event(self, values: dict[str, str]) -> Suspended:
        """The waiting; a day without an hour is its morning."""
        return Suspended.model_validate({"hold": values["hold"], "restart": morning(values["restart"])})


def morning(text: str) -> str:
    """A day as said (明天, 11-25, 明天 14:00) as a wall time; without an hour at eight; anything else as it is."""
    day, _, hour = china.fold_digits(text).rpartition(" ")
    if re.fullmatch(r"\d{1,2}:\d\d", hour):
        return f"{next_day(day)} {hour:0>5}" if day else fields.wall_time(hour)
    said = next_day(text)
    return f"{said} 08:00" if re.fullmatch(r"\d{4}-\d\d-\d\d", said) else said


class PassOn(Form):
    """It is passed on to those whose it is; the household gets a number, and is still asked how it went."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject, self.category = repair.id, repair.category
        self.title = f"转办 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  打转办单给住户；修没修好还要回访"

    def fields(self) -> Sequence[Field]:
        """To whom, companies of the trade that stand here first; under which number, whether the household knows."""
        with self.desk.store.read() as read:
            ours = [one.name for one in workers.to_ring(read, self.category) if one.company and one.trades]
        known = tuple(dict.fromkeys((*ours, *UNITS)))
        return (
            Field("sent_to", "转给", known[:9], default=unit_of(self.category), free=True),
            Field("sent_phone", "对方电话", hint="请核对本地电话"),
            Field("told", "告诉住户", ("已告诉", "还没有"), default="已告诉"),
        )

    def on_mount(self) -> None:
        """The usual one brings the number along."""
        super().on_mount()
        self.settled("sent_to")

    def settled(self, name: str) -> None:
        """A known company brings its number along: as registered here, else the one of the whole country."""
        box, unit = self.query_one("#sent_phone", Input), self.values()["sent_to"]
        if name != "sent_to" or box.value not in ("", *UNITS.values(), self.filled):
            return
        with self.desk.store.read() as read:
            known = workers.company_for(read, unit)
        box.value = self.filled = known.phone if known and known.phone else UNITS.get(unit, "")

    filled = ""

    def event(self, values: dict[str, str]) -> Transferred:
        """The passing on."""
        return Transferred.model_validate({**values, "told": values["told"] != "还没有"})


def widen(form: Form, name: str) -> None:
    """A field for a long line takes what its hint leaves."""
    form.query_one(f"#{name}", Input).styles.width = "1fr"
    form.row(name).query_one(".options").styles.width = "auto"


def read_lines(text: str) -> tuple[repair_lines.Line, ...]:
    """Lines as typed. Raises Refused beside them."""
    try:
        return repair_lines.typed(text)
    except ValueError as error:
        raise Refused(str(error), "lines") from None


def explain(form: Form) -> None:
    """Say beside the lines what they come to, once they can be read."""
    try:
        lines = repair_lines.typed(form.values()["lines"])
    except ValueError as error:
        form.say("lines", str(error))
        return
    form.say("lines", f"合计 {yuan(repair_lines.total(lines))} 元" if lines else "")
