"""What the counter asks about the people of a household: who came, who went, what is to be put right, and on whose word."""

from __future__ import annotations

from collections.abc import Sequence

from data.entry import new_id
from data.records import Event, Refused
from desk import china, residents
from desk.residents import HOME_ROLES, HomeBegan, HomeChanged, Person, PersonChanged, PersonRegistered, initials
from screens.form import Field, Form

PROOFS = ("本人到场", "回拨原号码", "家属持证件")
"""How the desk knows that who asks for another telephone may (domain.md (f) 4)."""


def phone(text: str) -> str:
    """A phone as typed, "" for none. Raises Refused beside its field."""
    try:
        return china.phone(text) if text else ""
    except ValueError as error:
        raise Refused(str(error), "phone") from None


class Correct(Form):
    """Name, phone or note of a person are put right."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person, self.subject = person, person.id
        self.title = f"更正资料  {person.name}"
        self.lead = "别人代改电话的，要本人到场或回拨原号码问过本人；改前的都留在日志里"

    def fields(self) -> Sequence[Field]:
        """As it stands, the phone masked, and how the desk knows that it is right."""
        return (
            Field("name", "姓名", default=self.person.name),
            Field("phone", "电话", default=china.mask_phone(self.person.phone), hint="没有就空着"),
            Field("note", "备注", default=self.person.note, hint="不写病情"),
            Field("proof", "凭什么改", PROOFS),
        )

    def event(self, values: dict[str, str]) -> PersonChanged:
        """What differs from what stands; nothing else is written."""
        same = values["phone"] == china.mask_phone(self.person.phone)
        number = None if same else phone(values["phone"])
        name = values["name"] if values["name"] != self.person.name else None
        note = values["note"] if values["note"] != self.person.note else None
        if name == "":
            raise Refused("请写姓名", "name")
        if name is None and number is None and note is None:
            raise Refused("没有改动；不改请按 Esc 返回", "name")
        if not values["proof"]:
            raise Refused("请选凭什么改：本人到场、回拨原号码，或家属持证件", "proof")
        letters = initials(name) if name else None
        return PersonChanged.model_validate(
            {"name": name, "phone": number, "note": note, "initials": letters, "proof": values["proof"]}
        )


class MoveIn(Form):
    """Somebody comes to belong to a room."""

    def __init__(self, room: str) -> None:
        super().__init__()
        self.room, self.uid = room, new_id()
        self.title = f"登记住户  {room}"
        self.lead = "只登记称呼、身份和电话，不登记证件号码"

    def fields(self) -> Sequence[Field]:
        """Who, as what, how to reach them."""
        return (
            Field("name", "姓名"),
            Field("role", "身份", HOME_ROLES),
            Field("phone", "电话", hint="没有可以不填"),
        )

    def event(self, values: dict[str, str]) -> HomeBegan:
        """That they belong here."""
        if not values["name"]:
            raise Refused("请写姓名", "name")
        phone(values["phone"])
        with self.desk.store.read() as read:
            if any(person.name == values["name"] for _, person in residents.household(read, self.room)):
                raise Refused(f"{values['name']}已登记在 {self.room}；要改资料请选这个人", "name")
        return HomeBegan.model_validate({"room": self.room, "person": self.uid, "role": values["role"]})

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The person first, then the home that names them."""
        values = self.values()
        said = PersonRegistered(
            uid=self.uid, name=values["name"], phone=phone(values["phone"]), initials=initials(values["name"])
        )
        return [(said, None), (event, None)]


class Role(Form):
    """Somebody belongs to a room in another role."""

    def __init__(self, home: str, name: str, role: str) -> None:
        super().__init__()
        self.subject, self.role = home, role
        self.title = f"改身份  {name}"

    def fields(self) -> Sequence[Field]:
        """As what from now on."""
        return (Field("role", "身份", HOME_ROLES, default=self.role),)

    def event(self, values: dict[str, str]) -> HomeChanged:
        """The other role."""
        if values["role"] == self.role:
            raise Refused(f"已经是{self.role}；不改请按 Esc 返回", "role")
        return HomeChanged.model_validate({"role": values["role"]})
