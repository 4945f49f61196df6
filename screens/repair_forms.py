"""What the counter asks about a repair: the report itself, and one short form for each step after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from textual.widgets import Input

from data.records import Event, Refused
from desk import china, repairs, residents
from desk.repairs import (
    CHANNELS,
    Assigned,
    Cancelled,
    Closed,
    Finished,
    Repair,
    Reported,
    Urged,
    WorkerArrived,
)
from desk.urgency import CANNED, CATEGORIES, URGENCIES, urgency_of
from screens.form import Field, Form

RATINGS = ("很不满意", "不满意", "一般", "满意", "很满意", "没问到")
"""By digit: 1-5 are the rating itself, 6 none."""

AGAIN = ("催办原来那单", "另开一单")


class Report(Form):
    """A new repair; who lives there fills in who reports it, the problem how urgent it is."""

    TITLE = "登记报修"
    moment = "报修"

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room
        self.filled: dict[str, str] = {}
        self.unmasked: dict[str, str] = {}
        self.asked_again: tuple[str, str] | None = None

    def fields(self) -> Sequence[Field]:
        """Place, category, problem; the rest is filled in or optional."""
        name, phone = self.first_person(self.room)
        self.filled = {"reporter": name, "phone": phone}
        return (
            Field("room", "房号", default=self.room, hint="3-2-501；公共部位写 公共-电梯3", room=True),
            Field("category", "类别", CATEGORIES),
            Field("problem", "问题", hint="哪里怎么坏了", free=True),
            Field("again", "同类未完", AGAIN),
            Field("reporter", "报修人", default=name, hint="怎么称呼"),
            Field("phone", "电话", default=phone, hint="没有可以不填"),
            Field("channel", "渠道", CHANNELS, default=CHANNELS[0]),
            Field("urgency", "紧急", URGENCIES),
            Field("when_home", "在家时段", ("全天", "上午", "下午", "晚上"), free=True),
        )

    def on_mount(self) -> None:
        """The question about a second order is asked only when there is a first."""
        self.row("again").display = False

    def first_person(self, room: str) -> tuple[str, str]:
        """Name and masked phone of the household's first person, "" where nobody is known."""
        with self.desk.store.read() as read:
            people = residents.household(read, room) if room else ()
        if not people:
            return "", ""
        person = people[0][1]
        self.unmasked = {china.mask_phone(person.phone): person.phone}
        return person.name, china.mask_phone(person.phone)

    def settled(self, name: str) -> None:
        """The room says who reports, the category what is usual, the problem how urgent it is."""
        values = self.values()
        if name == "room":
            if values["room"].startswith("公共") and "-" not in values["room"] and (codes := china.room_codes(values["room"])):
                self.query_one("#room", Input).value = codes[0]
            if values["room"] != self.room:
                self.room = values["room"]
                reporter, phone = self.first_person(self.room)
                self.fill("reporter", reporter)
                self.fill("phone", phone)
        elif name == "category" and values["category"] in CATEGORIES:
            canned = CANNED[values["category"]]
            self.offer(Field("problem", "问题", canned, free=True))
        if self.asked_again and self.asked_again != (self.room, values["category"]):
            self.asked_again = None
            self.row("again").display = False
            self.query_one("#again", Input).value = ""
        if name in ("category", "problem") and values["category"] in CATEGORIES:
            problem = self.query_one("#problem", Input).value
            self.fill("urgency", urgency_of(values["category"], problem) if problem else "")

    def fill(self, name: str, text: str) -> None:
        """Put in what follows from other fields, unless somebody wrote there."""
        box = self.query_one(f"#{name}", Input)
        if box.value == self.filled.get(name, ""):
            box.value = self.filled[name] = text

    def event(self, values: dict[str, str]) -> Event:
        """The report, or one more 催办 of the order that exists."""
        again = values.pop("again")
        values["phone"] = self.unmasked.get(values["phone"], values["phone"])
        self.subject = None
        if again == AGAIN[0] and (twin := self.twin(values)):
            self.subject = twin.id
            return Urged(note=values["problem"])
        return Reported(**values, again=again == AGAIN[1])

    def twin(self, values: dict[str, str]) -> Repair | None:
        """The open order of the same category in the same place."""
        with self.desk.store.read() as read:
            there = repairs.open_repairs(read, values["room"])
        return next((one for one in there if one.category == values["category"]), None)

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """A refusal for a second order asks which of the two is meant."""
        if any(name == "again" for name, _ in faults):
            self.row("again").display = True
            self.asked_again = (self.room, self.values()["category"])
        super().fault(faults)


class Assign(Form):
    """Sends a worker; those sent lately stand by digit, with the phone they had (shown masked, printed in full)."""

    def __init__(self, repair: Repair, known: dict[str, str]) -> None:
        super().__init__()
        self.subject, self.known = repair.id, known
        self.title = f"派工 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  {repair.urgency}"

    def fields(self) -> Sequence[Field]:
        """Who goes, and under which number."""
        return (
            Field("worker", "师傅", tuple(self.known)[:9], free=True, hint="姓名，如 刘师傅"),
            Field("worker_phone", "师傅电话", hint="没有可以不填"),
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
        return Assigned(worker=values["worker"], worker_phone=kept)


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
        return WorkerArrived(at=f"{datetime.now():%Y-%m-%d} {at:0>5}" if at and len(at) <= 5 else at)


class Finish(Form):
    """The work is done: with what result."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"完工 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  {repair.worker}"

    def fields(self) -> Sequence[Field]:
        """The result, a usual one by digit."""
        return (Field("result", "结果", ("已修好", "已疏通", "换件后修好", "临时处理，待配件", "不是故障，已说明"), free=True),)

    def event(self, values: dict[str, str]) -> Finished:
        """The end of the work."""
        return Finished(result=values["result"])


class Close(Form):
    """The household was asked how it went."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"回访 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}：{repair.result}  {repair.worker}"

    def fields(self) -> Sequence[Field]:
        """Rating by digit, then what else was said."""
        return (Field("rating", "评价", RATINGS), Field("comment", "住户说", hint="可以不填"))

    def event(self, values: dict[str, str]) -> Closed:
        """The close; 没问到 rates nothing."""
        if values["rating"] not in RATINGS:
            raise Refused("请按数字键选评价；联系不上选 6 没问到", "rating")
        place = RATINGS.index(values["rating"]) + 1
        return Closed(rating=place if place <= 5 else None, comment=values["comment"])


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
