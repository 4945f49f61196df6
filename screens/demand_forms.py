"""Asking a household for what is overdue (催告): the paper, and the proof that it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.records import Event, Refused
from desk import demands, fields
from desk.demands import BEFORE, LAWYERS, STAGES, WAITING, WAYS, Claim, Delivered, Demand, Made, Stage
from desk.money import yuan
from screens.ask import Pick
from screens.form import Field, Form
from screens.second import second

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk

POSTED, COURIER = WAYS[2], WAYS[3]


class Write(Form):
    """Writes a demand; what it asks for is all that may be asked at this step."""

    def __init__(self, room: str, stage: Stage, claims: Sequence[Claim], pay_by: str) -> None:
        super().__init__()
        self.room, self.stage, self.claims, self.pay_by = room, stage, tuple(claims), pay_by
        self.title = f"{stage}  {room}"
        listed = "、".join(f"{one.item} {one.period}".strip() for one in self.claims[:3])
        more = f" 等 {len(self.claims)} 笔" if len(self.claims) > 3 else ""
        self.lead = f"{listed}{more}  共 {yuan(sum(one.fen for one in self.claims))} 元"

    def fields(self) -> Sequence[Field]:
        """Until when; nothing is given any more where it goes to the lawyers."""
        term = () if self.stage == LAWYERS else (Field("pay_by", "缴费期限", default=self.pay_by, hint="含当天"),)
        return (*term, Field("note", "备注", hint="只留在前台，不印；可以不填"))

    def event(self, values: dict[str, str]) -> Event:
        """The demand."""
        return Made.model_validate({"room": self.room, "stage": self.stage, "bills": self.claims} | values)


class Deliver(Form):
    """A demand reached the household: how, when, into whose hands."""

    def __init__(self, demand: Demand) -> None:
        super().__init__()
        self.subject = demand.id
        self.title = f"登记送达  {demand.number} {demand.stage}"
        self.lead = f"{demand.room}  {yuan(demand.fen)} 元；送达后诉讼时效重新起算，请照回执填"

    def fields(self) -> Sequence[Field]:
        """How; then what proves it."""
        return (
            Field("way", "送达方式", WAYS),
            Field("by_whom", "签收人", hint="谁签收或接的电话，例如 儿子王建国"),
            Field("tracking", "快递单号"),
            Field("witness", "见证人", hint="一起去张贴的另一位员工"),
            Field("pin", "见证密码", secret=True, hint="由见证人自己输入"),
            Field("at", "送达时间", hint="现在就空着；14:30 或 11-20 14:30"),
        )

    def on_mount(self) -> None:
        """What proves it depends on how."""
        self.settled("way")

    def settled(self, name: str) -> None:
        """Ask only what this way needs."""
        if name == "way":
            way = self.values()["way"]
            self.row("by_whom").display = way in (WAYS[0], WAYS[1], WAYS[4])
            self.row("tracking").display = way == COURIER
            self.row("witness").display = self.row("pin").display = way == POSTED

    def event(self, values: dict[str, str]) -> Event:
        """The delivery, with the witness who proved who they are."""
        pin, posted = values.pop("pin"), values["way"] == POSTED
        if posted:
            try:
                values["witness"] = second(self.desk, {"approver": values["witness"], "pin": pin})
            except Refused as refused:
                raise Refused(str(refused), "witness" if refused.field == "approver" else refused.field) from None
        unasked = {"witness"} if not posted else set()
        unasked |= {"tracking"} if values["way"] != COURIER else set()
        unasked |= {"by_whom"} if values["way"] in (POSTED, COURIER) else set()
        return Delivered.model_validate(values | {"at": fields.wall_time(values["at"])} | dict.fromkeys(unasked, ""))


async def demand_for(desk: FrontDesk, room: str) -> Done | None:
    """Write the next demand of a household, or note that one was delivered; runs in a worker."""
    assert desk.actor is not None
    with desk.store.read() as read:
        waiting = [one for one in demands.demands_of(read, room, desk.actor) if one.state == WAITING]
    answers = [f"登记送达 {one.number} {one.stage} {yuan(one.fen)}" for one in waiting[:6]]
    steps = [stage if stage == LAWYERS else f"出{stage}" for stage in STAGES]
    chosen = await desk.push_screen_wait(Pick(f"{room}  催告", [*answers, *steps]))
    if chosen is None:
        return None
    if chosen < len(answers):
        return await desk.push_screen_wait(Deliver(waiting[chosen]))
    return await _write(desk, room, STAGES[chosen - len(answers)])


async def _write(desk: FrontDesk, room: str, stage: Stage) -> Done | None:
    assert desk.actor is not None
    with desk.store.read() as read:
        claims = demands.claims(read, room, stage, desk.actor)
        pay_by = str(demands.earliest_term(read))
        of = {claim.bill: next(iter(demands.debtors(read, room, [claim.bill]))) for claim in claims}
    if not claims:
        before = f"要先送达{BEFORE[stage]}、过了期限仍未缴" if stage in BEFORE else "没有到期未缴的账单"
        desk.notify(f"{room} 现在不能{'' if stage == LAWYERS else '出'}{stage}：{before}", severity="warning")
        return None
    owners = sorted(set(of.values()))
    owner = owners[0]
    if len(owners) > 1:
        answers = [f"原业主 {name}" if name else "现住户" for name in owners]
        chosen = await desk.push_screen_wait(Pick(f"{room} 换过业主，催谁的", answers))
        if chosen is None:
            return None
        owner = owners[chosen]
    return await desk.push_screen_wait(Write(room, stage, [one for one in claims if of[one.bill] == owner], pay_by))
