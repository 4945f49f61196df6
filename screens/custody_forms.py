"""What the counter asks for a household beside its jobs: who is told, what it asked for, its keys, and what was done for it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Input

from desk import favours, instructions, keys_held
from desk.care_events import ANSWERS
from desk.china import fold_digits, mask_phone
from desk.contacts import RELATIONS, TELLS, Contact, ContactChanged, ContactNamed, ContactTold
from desk.favours import FavourDone
from desk.instructions import InstructionExtended, InstructionGiven
from desk.keys_held import KeyGivenBack, KeyHeld, KeyKept, KeyReturned, KeyTaken
from screens.care_forms import NO_YES, WITNESSED
from screens.form import Field, Form
from screens.hours import next_day
from screens.second import SECOND, second

USUAL_WORDS = ("请先打电话再敲门", "外出，快递请快递员带回", "不接待推销和中介", "保姆周一至五可以直接进", "家里有狗，开门要慢")
"""What instructions usually say, by digit."""


class Listing(Form):
    """Somebody is to be told of a household, or what is known of them is put right."""

    def __init__(self, room: str, contact: Contact | None = None) -> None:
        super().__init__()
        self.room, self.contact = room, contact
        self.subject = contact.id if contact else None
        self.title = f"联系人  {room}"
        self.lead = "只告知名单上的人；号码打来要求告知的，先对口令"

    def fields(self) -> Sequence[Field]:
        """Who, how to reach them, of what they are told, when not."""
        known = self.contact
        masked = mask_phone(known.phone) if known else ""
        hours = f"{known.quiet_from}-{known.quiet_to}" if known and known.quiet_from is not None else ""
        return (
            Field("name", "姓名", default=known.name if known else ""),
            Field("relation", "关系", RELATIONS, default=known.relation if known else "", free=True),
            Field("phone", "电话", default=masked, hint="手机或固话；拿着钥匙的邻居可以没有"),
            Field("tell", "可告知", TELLS, default=known.tell if known else TELLS[0]),
            Field("agreed_by", "谁同意的", default=known.agreed_by if known else "", hint="住户里谁同意告知"),
            Field("quiet", "静默时段", default=hours, hint="22-7；没有就空着"),
            Field("holds_key", "有钥匙", NO_YES, default=NO_YES[bool(known and known.holds_key)]),
            Field("phrase", "口令", default=known.phrase if known else "", hint="防骗：电话里对得上才告知；可不填"),
            Field("place", "次序", default=str(known.place) if known else "", hint="先打给谁：1、2……空着排最后"),
        )

    def event(self, values: dict[str, str]) -> ContactNamed | ContactChanged:
        """The contact as typed; a masked phone is the one that was known."""
        start, _, end = fold_digits(values.pop("quiet")).replace("–", "-").partition("-")
        if self.contact and values["phone"] == mask_phone(self.contact.phone):
            values["phone"] = self.contact.phone
        said = values | {
            "holds_key": values["holds_key"] == NO_YES[1],
            "quiet_from": start.strip() or None,
            "quiet_to": end.strip() or None,
            "place": fold_digits(values["place"]) or None,
        }
        if self.contact:
            return ContactChanged.model_validate(said | {"place": said["place"] or self.contact.place})
        return ContactNamed.model_validate(said | {"room": self.room})

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """What is wrong with either end of the quiet time stands beside it."""
        super().fault([("quiet" if name.startswith("quiet") else name, text) for name, text in faults])


class Tell(Form):
    """A contact was rung: about what, and whether they answered."""

    def __init__(self, contact: Contact, phrase: str) -> None:
        super().__init__()
        self.subject = contact.id
        self.title = f"告知  {contact.relation} {contact.name} {mask_phone(contact.phone)}"
        self.lead = f"{contact.tell}；口令：{phrase or '没有约定，对方打来的不要告知，回拨登记的号码'}"

    def fields(self) -> Sequence[Field]:
        """What about, and what came of it."""
        return (
            Field("what", "告知什么", ("平安，一切正常", "报修进度", "没有见到人，请联系", "已送医"), free=True),
            Field("answer", "结果", ANSWERS),
            Field("urgent", "紧急", NO_YES, default=NO_YES[0], hint="静默时段只打紧急的"),
        )

    def event(self, values: dict[str, str]) -> ContactTold:
        """The call."""
        return ContactTold.model_validate(values | {"urgent": values["urgent"] == NO_YES[1]})

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """Why they may not be rung stands beside 紧急."""
        super().fault([("urgent" if name == "contact" else name, text) for name, text in faults])


class Instruct(Form):
    """A household asks for something that holds for a while."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room
        self.title = f"嘱托  {room}"
        self.lead = f"到时候会自己显示；不写到期日就是 {instructions.DAYS} 天，最长一年"

    def fields(self) -> Sequence[Field]:
        """What sort, what, when to show it, until when, by whose word."""
        return (
            Field("sort", "类别", instructions.SORTS),
            Field("text", "内容", USUAL_WORDS, free=True),
            Field("moment", "何时显示", instructions.MOMENTS),
            Field("until", "到期", hint="明天、12-31；空着 90 天"),
            Field("said_by", "谁嘱托的", hint="姓名"),
        )

    def settled(self, name: str) -> None:
        """The sort says when it is usually to be seen."""
        values = self.values()
        if name == "sort" and not values["moment"] and values["sort"] in instructions.SORTS:
            self.query_one("#moment", Input).value = instructions.USUAL[values["sort"]]

    def event(self, values: dict[str, str]) -> InstructionGiven:
        """The instruction."""
        return InstructionGiven.model_validate(values | {"room": self.room, "until": next_day(values["until"])})


class Extend(Form):
    """An instruction holds longer."""

    def __init__(self, record: instructions.Instruction) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"延长嘱托 {record.number}"
        self.lead = instructions.line(record)

    def fields(self) -> Sequence[Field]:
        """Until when, by whose word."""
        return (Field("until", "到期", hint="12-31；最长一年"), Field("said_by", "谁说的", hint="姓名"))

    def event(self, values: dict[str, str]) -> InstructionExtended:
        """The longer time."""
        return InstructionExtended.model_validate(values | {"until": next_day(values["until"])})


class Keep(Form):
    """A household leaves a key: sealed in a bag before a second person, signed for."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room
        self.title = f"托管钥匙  {room}"
        self.lead = "当面装袋封口，三方签字；袋上只写编号，不写房号"

    def fields(self) -> Sequence[Field]:
        """Which key, in which bag, from whom, and who saw it sealed."""
        return (
            Field("what", "钥匙", ("入户门钥匙 1 把", "入户门钥匙、门禁卡各 1"), free=True),
            Field("bag", "封袋号", hint="袋上印的编号"),
            Field("owner", "交来的人", hint="姓名"),
            Field("signed", "签字", keys_held.SIGNED),
            *SECOND,
        )

    def event(self, values: dict[str, str]) -> KeyKept:
        """The key, sealed before another of the staff."""
        said = {name: values[name] for name in ("what", "bag", "owner", "signed")}
        return KeyKept.model_validate(said | {"room": self.room, "second": second(self.desk, values)})


class Witnessed(Form):
    """A key leaves its bag or lies in a new one, before two people."""

    def __init__(self, record: KeyHeld) -> None:
        super().__init__()
        self.record_of, self.subject = record, record.id

    def two(self, values: dict[str, str]) -> dict[str, str]:
        """The second person by PIN, or the witness by name. Raises Refused."""
        agreed = second(self.desk, values) if values["approver"] else ""
        return {"second": agreed, "witness": values["witness"]}


class Take(Witnessed):
    """The bag is opened."""

    def fields(self) -> Sequence[Field]:
        """Why, what it looks like, and who goes along."""
        self.title = f"取用钥匙 {self.record_of.number}  {self.record_of.room}  封袋 {self.record_of.bag}"
        self.lead = "两人一起开袋、一起去；紧急又没有别的员工时写在场见证人"
        return (
            Field("reason", "为什么", keys_held.REASONS),
            Field("before", "取用前", ("封袋完好，两人同去", "封袋完好，住户电话同意"), free=True),
            *WITNESSED,
        )

    def event(self, values: dict[str, str]) -> KeyTaken:
        """The taking."""
        said = {name: values[name] for name in ("reason", "before")}
        return KeyTaken.model_validate(said | self.two(values))


class PutBack(Witnessed):
    """The key lies in a new bag."""

    def fields(self) -> Sequence[Field]:
        """Which bag, how things were left, and who saw it."""
        self.title = f"还回钥匙 {self.record_of.number}  {self.record_of.room}"
        self.lead = f"换新封袋（原 {self.record_of.bag}），两人签字"
        return (
            Field("bag", "新封袋号"),
            Field("after", "用后情况", ("门已锁好，屋里正常", "门已锁好，已告知家属"), free=True),
            *WITNESSED,
        )

    def event(self, values: dict[str, str]) -> KeyReturned:
        """The return."""
        said = {name: values[name] for name in ("bag", "after")}
        return KeyReturned.model_validate(said | self.two(values))


class GiveBack(Form):
    """The household has its key again."""

    def __init__(self, record: KeyHeld) -> None:
        super().__init__()
        self.subject = record.id
        self.title = f"退还钥匙 {record.number}  {record.room}"
        self.lead = f"{record.what}，封袋 {record.bag}：请对方当面验封袋、签字再交"

    def fields(self) -> Sequence[Field]:
        """Into whose hands, and that they signed."""
        return (Field("taker", "交还给", hint="姓名"), Field("signed", "签字", keys_held.SIGNED))

    def event(self, values: dict[str, str]) -> KeyGivenBack:
        """The giving back."""
        return KeyGivenBack.model_validate(values)


class Help(Form):
    """Something small was done for a household."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room = room
        self.title = f"小事帮忙  {room}"
        self.lead = "不收钱，也不经手现金、银行卡、密码和处方药"

    def fields(self) -> Sequence[Field]:
        """What, by whom, how long."""
        assert self.desk.actor is not None
        return (
            Field("sort", "帮了什么", favours.SORTS),
            Field("text", "说明", hint="可以不填"),
            Field("helper", "谁帮的", default=self.desk.actor.name),
            Field("minutes", "用时", default="15", hint="分钟"),
        )

    def event(self, values: dict[str, str]) -> FavourDone:
        """The favour."""
        return FavourDone.model_validate(values | {"room": self.room, "minutes": fold_digits(values["minutes"])})
