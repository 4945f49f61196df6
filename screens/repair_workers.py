"""Who is on duty: a list toggled by digit, and the forms that take a worker or a company on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.records import Event, Refused
from desk import china, workers
from desk.urgency import CATEGORIES
from desk.workers import Changed, DutyChanged, Joined, Worker
from desk.workers import Left as Gone
from screens.ask import Pick
from screens.form import Field, Form

if TYPE_CHECKING:
    from screens.app import FrontDesk

KINDS = ("师傅", "单位")
TRADES = "不填什么都修；或写 水 电 下水"


def trades(text: str) -> tuple[str, ...]:
    """Categories as typed, `水、电 下水`. Raises Refused where one is none."""
    said = tuple(re.findall(r"[^\s、,，;；]+", text))
    if strange := [one for one in said if one not in CATEGORIES]:
        raise Refused(f"没有“{strange[0]}”这个类别，可写：{' '.join(CATEGORIES)}", "trades")
    return said


class Join(Form):
    """A worker or a company that can be sent."""

    TITLE = "登记师傅"
    title = "登记师傅或维保单位"
    lead = "登记后就算在班；单位的电话大家都能看，特急时照着打"

    def fields(self) -> Sequence[Field]:
        """Who, under which number, for what."""
        return (
            Field("company", "哪一种", KINDS, default=KINDS[0]),
            Field("name", "姓名", hint="刘师傅；单位写 电梯维保、燃气公司"),
            Field("phone", "电话", hint="没有可以不填（用对讲机叫）"),
            Field("trades", "修什么", hint=TRADES),
        )

    def event(self, values: dict[str, str]) -> Joined:
        """The taking on."""
        return Joined.model_validate({**values, "company": values["company"] == KINDS[1], "trades": trades(values["trades"])})


class Change(Form):
    """Another number, other trades."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.subject, self.worker = worker.id, worker
        self.title = f"更正 {worker.name}"

    def fields(self) -> Sequence[Field]:
        """What may change."""
        return (
            Field("phone", "电话", default=china.mask_phone(self.worker.phone), hint="没有可以不填"),
            Field("trades", "修什么", default=self.worker.trades.replace(",", " "), hint=TRADES),
        )

    def event(self, values: dict[str, str]) -> Event:
        """The change; a number that still stands masked stays."""
        kept = self.worker.phone if values["phone"] == china.mask_phone(self.worker.phone) else values["phone"]
        return Changed.model_validate({"phone": kept, "trades": trades(values["trades"])})


async def duty(desk: FrontDesk) -> None:
    """Show who is on duty; a digit toggles one, until Esc; runs in a worker."""
    while True:
        with desk.store.read() as read:
            people = workers.roster(read)
        answers = [described(one) for one in people]
        answer = await desk.push_screen_wait(Pick("师傅值班（按数字换班）", (*answers, "登记新师傅或单位", "更正、离职")))
        if answer is None:
            return
        if answer < len(people):
            try:
                desk.act(DutyChanged(on_duty=not people[answer].on_duty), people[answer].id)
            except Refused as refused:
                desk.turn_down(refused)
        elif answer == len(people):
            await desk.push_screen_wait(Join())
        else:
            await correct(desk, people)


async def correct(desk: FrontDesk, people: Sequence[Worker]) -> None:
    """Change one, or say that they left."""
    who = await desk.push_screen_wait(Pick("更正谁？", [one.name for one in people])) if people else None
    if who is None:
        return
    what = await desk.push_screen_wait(Pick(people[who].name, ("改电话、修什么", "不再派（离职）")))
    if what == 0:
        await desk.push_screen_wait(Change(people[who]))
    elif what == 1:
        try:
            desk.act(Gone(), people[who].id)
        except Refused as refused:
            desk.turn_down(refused)


def described(worker: Worker) -> str:
    """✓ 刘师傅 水 下水 139****5678 在班."""
    phone = worker.phone if worker.company else china.mask_phone(worker.phone)
    trade = worker.trades.replace(",", " ") or "什么都修"
    mark, duty = ("✓", "在班") if worker.on_duty else ("·", "不在班")
    return f"{mark} {worker.name}  {trade}  {phone or '没电话'}  {duty}"
