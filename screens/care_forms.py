"""What the counter asks about care: what may be kept and by whose word, each rung of the ladder, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.widgets import Input

from data.records import Event, Refused
from data.store import Done
from desk import care, care_list, contacts, residents, staff
from desk.care import CareDay
from desk.care_events import (
    ANSWERS,
    CARE,
    ENTER,
    FAMILY,
    OUTCOMES,
    PROOFS,
    RUNGS,
    TIERS,
    WAYS_IN,
    WHO,
    CareAgreed,
    CareClosed,
    CareTried,
    CareWithdrawn,
)
from desk.care_slips import PURPOSE
from desk.china import fold_digits
from desk.residents import Person
from screens.form import Field, Form
from screens.second import second

NO_YES = ("否", "是")
VISITS = ("不上名单", *(f"{tier} {how}" for tier, how in TIERS.items()))
WITNESSED = (
    Field("approver", "另一位员工", hint="同去的人的姓名；没有别的员工在就写下面的见证人"),
    Field("pin", "其密码", secret=True, hint="由他自己输入"),
    Field("witness", "见证人", hint="社区、民警、邻居的姓名和身份"),
)
"""Who else is there: one of the staff by PIN, or in an emergency somebody by name."""


class Why(Form):
    """Something ends or was a slip: one reason, and the event of it."""

    def __init__(self, title: str, lead: str, subject: str, reasons: Sequence[str], made: Callable[[str], Event]) -> None:
        super().__init__()
        self.title, self.lead, self.subject = title, lead, subject
        self.reasons, self.of_reason = reasons, made

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("reason", "原因", self.reasons, free=True),)

    def event(self, values: dict[str, str]) -> Event:
        """The end of it."""
        return self.of_reason(values["reason"])


def flags_of(text: str) -> str:
    """Care flags as typed (`13`, `1 3`, `独居,大字`) as their event keeps them; anything else as it is."""
    said = fold_digits(text).replace(" ", "")
    if said.isdecimal() and all(1 <= int(digit) <= len(CARE) for digit in said):
        return ",".join(CARE[int(digit) - 1] for digit in said)
    return text


class Agree(Form):
    """Care is agreed to: for whom, what is kept, how often to look in, and who said so."""

    def __init__(self, room: str = "") -> None:
        super().__init__()
        self.room = room
        self.title, self.lead = "关怀登记", f"念给住户听：{PURPOSE}"
        self.people: dict[str, Person] = {}
        self.filled: dict[str, str] = {}

    def fields(self) -> Sequence[Field]:
        """Where and who, what, and by whose word."""
        return (
            Field("room", "房号", default=self.room, hint="3-2-501", room=True),
            Field("person", "住户", self.names(self.room), free=True),
            Field("flags", "标记", hint=" ".join(f"{n}{flag}" for n, flag in enumerate(CARE, 1)) + "；可写 13，不标就空着"),
            Field("tier", "探望", VISITS),
            Field("who", "谁同意", WHO),
            Field("said_by", "同意人", hint="姓名"),
            Field("proof", "方式", PROOFS, default=PROOFS[0]),
        )

    def names(self, room: str) -> tuple[str, ...]:
        """Who lives there, by name."""
        with self.desk.store.read() as read:
            self.people = {person.name: person for _, person in residents.household(read, room)} if room else {}
        return tuple(self.people)

    def settled(self, name: str) -> None:
        """The room says who lives there; the person what is kept so far, and who usually agrees."""
        values = self.values()
        if name == "room":
            self.offer(Field("person", "住户", self.names(values["room"]), free=True))
        elif name == "person" and (person := self.people.get(values["person"])):
            visits = next((one for one in VISITS if person.tier and one[:1] == person.tier), "")
            for field, text in (("flags", person.care), ("tier", visits)):
                if values[field] == self.filled.get(field, ""):  # nobody wrote there
                    self.query_one(f"#{field}", Input).value = self.filled[field] = text
        elif name == "who" and values["who"] == WHO[0] and not values["said_by"]:
            self.query_one("#said_by", Input).value = values["person"]

    def event(self, values: dict[str, str]) -> CareAgreed:
        """What was agreed to."""
        person = self.people.get(values["person"])
        if person is None:
            raise Refused("这一户没有登记这个人，请按数字选；新住户请先在“住户资料”里登记", "person")
        self.subject = person.id
        tier = values["tier"][:1] if values["tier"] in VISITS[1:] else ""
        said = {name: values[name] for name in ("who", "said_by", "proof")}
        return CareAgreed.model_validate(said | {"flags": flags_of(values["flags"]), "tier": tier})


class Withdraw(Form):
    """The consent is taken back; what was kept is erased."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.subject = person.id
        self.title = f"撤回关怀  {person.name}"
        self.lead = f"现在登记：{care_list.agreed(person)}。撤回不用说理由；标记和名单都去掉，登记内容从日志里删除"

    def fields(self) -> Sequence[Field]:
        """Who said so."""
        return (Field("who", "谁提出", WHO, default=WHO[0]), Field("said_by", "姓名"))

    def event(self, values: dict[str, str]) -> CareWithdrawn:
        """The withdrawal."""
        return CareWithdrawn.model_validate(values)

    def act(self, event: Event) -> Done:
        """Withdrawn, and erased. Raises Refused."""
        assert self.desk.actor is not None and self.subject is not None and isinstance(event, CareWithdrawn)
        done = care_list.withdraw(self.desk.store, self.subject, event, self.desk.actor)
        self.desk.wake()
        return done


class OfDay(Form):
    """Something of one person's day, `called` by name; the day is begun with it where nobody did anything yet."""

    word = ""

    def __init__(self, record: CareDay, called: str) -> None:
        super().__init__()
        self.record_of, self.subject = record, record.id
        self.title = f"{self.word}  {record.room}  {called}".rstrip()

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """With the day begun."""
        with self.desk.store.read() as read:
            return care.acts(read, self.record_of, event)


class Try(OfDay):
    """One rung for whom nobody saw: what was tried, and whether anybody answered."""

    word = "没见到"

    def fields(self) -> Sequence[Field]:
        """The rung that comes next is filled in; who was rung, or how the door was opened, only where it is asked."""
        actor = self.desk.actor
        assert actor is not None
        with self.desk.store.read() as read:
            step, contact = care.next_rung(read, self.record_of)
            there = contacts.tree(read, self.record_of.room)
        desk = actor.role in staff.DESK
        self.whom = {f"{one.place} {one.relation}{one.name if desk else ''}": one.id for one in there}
        first = next((word for word, one in self.whom.items() if contact and one == contact.id), "")
        self.lead = f"现在该：{step}{f'（{first[2:]}）' if first else ''}。通了、有人应就是见到了" if step else "没有下一步了"
        return (
            Field("rung", "做了什么", RUNGS, default=step),
            Field("contact", "联系谁", tuple(self.whom), default=first, free=True),
            Field("way_in", "怎么进门", WAYS_IN),
            Field("answer", "结果", ANSWERS, enough=True),
            Field("urgent", "紧急", NO_YES, default=NO_YES[0]),
            Field("note", "情况", hint="紧急、入户必填；只有前台看得到"),
            *WITNESSED,
        )

    def on_mount(self) -> None:
        """What another rung asks is not shown."""
        self.show_rung()

    @on(Input.Changed, "#rung")
    def show_rung(self) -> None:
        """The family is chosen by name, a door is opened before two."""
        rung = self.values()["rung"]
        self.row("contact").display = rung == FAMILY
        for name in ("way_in", "approver", "pin", "witness"):
            self.row(name).display = rung == ENTER

    def event(self, values: dict[str, str]) -> CareTried:
        """The rung, with the second person proved by PIN."""
        entering = values["rung"] == ENTER
        said = {name: values[name] for name in ("rung", "answer", "note")} | {"urgent": values["urgent"] == NO_YES[1]}
        if values["rung"] == FAMILY:
            said["contact"] = self.whom.get(values["contact"], "")
        if entering:
            agreed = second(self.desk, values) if values["approver"] else ""
            said |= {"way_in": values["way_in"], "second": agreed, "witness": values["witness"]}
        return CareTried.model_validate(said)


class Close(OfDay):
    """The search is over: how."""

    word = "结案"
    lead = "写明结果；不是平安的，写清送到哪里、通知了谁"

    def fields(self) -> Sequence[Field]:
        """How, and what there is to say."""
        return (Field("outcome", "结果", OUTCOMES), Field("note", "说明", hint="平安可以不填；只有前台看得到"))

    def event(self, values: dict[str, str]) -> CareClosed:
        """The end."""
        return CareClosed.model_validate(values)
