"""Records: what an event is, what a record folded from its entries is, and the one fold that makes it."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import Field, Session, SQLModel

from data.entry import Entry

PERSONAL = "personal"
"""Marks a field of an event that names or reaches a person: it lies beside the entry's bytes and can be erased."""

ERASED = "已删除"
"""What a required personal text reads as once it has been erased."""

PersonalText = Annotated[str, PERSONAL]


class Refused(Exception):
    """What the desk does not do, said to the clerk: one Chinese sentence of what is wrong and what to do.

    `field` names the event's field the sentence belongs beside, "" when it belongs to the whole.
    """

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the id that entries carry as `by`, the name on slips, and the role that decides what is allowed."""

    id: str
    name: str
    role: str


class Event(BaseModel):
    """What an entry says, named in the past tense. Meaning never changes under a kind; later fields have defaults.

    kind    as entries carry it, e.g. `parcel.arrived`
    opens   whether it begins a record
    series  what it is numbered in: "" nothing, "record" (A1042), "receipt" (A26-000318, gapless per chain and year), else
            letters of its own (Z: AZ00017)
    roles   the roles that may act it, anywhere and whatever the glass shows
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    kind: ClassVar[str]
    opens: ClassVar[bool] = False
    series: ClassVar[str] = ""
    roles: ClassVar[frozenset[str]] = frozenset()
    personal: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.personal = frozenset(
            name
            for name, field in cls.model_fields.items()
            if PERSONAL in field.metadata
            or any(PERSONAL in getattr(one, "__metadata__", ()) for one in get_args(field.annotation))
        )

    def key(self) -> str | None:
        """The subject of an opening event that has a name of its own (a room, a bill), or None: its entry's id names it.

        Two desks apart that open the same key meet in one record instead of making two.
        """
        return None

    def complete(self, read: Session) -> Self:
        """The event with what only the writing transaction can know filled in, such as a free pick-up code."""
        return self

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Body and personal part as JSON values, without defaults."""
        said = self.model_dump(mode="json", exclude_defaults=True)
        return (
            {name: value for name, value in said.items() if name not in self.personal},
            {name: value for name, value in said.items() if name in self.personal},
        )

    @classmethod
    def said(cls, entry: Entry) -> Self | None:
        """The event an entry says, or None when this version cannot read it. Erased personal fields read as ERASED."""
        fields = dict(entry.body)
        if entry.personal:
            fields.update(entry.personal.fields())
        for name in cls.personal:
            if name not in fields and cls.model_fields[name].is_required():
                fields[name] = ERASED
        try:
            return cls.model_validate(fields)
        except ValidationError:
            return None


class Record(SQLModel):
    """A row folded from its own entries; a cache that `rebuild` makes anew.

    id         the subject of its entries
    number     what people say for it
    opened_at, opened_by   when (ISO with offset) and by whom it was opened
    clock, newest          of its newest entry
    doubt      "" or why a person must look at it (待核对), in Chinese
    """

    kinds: ClassVar[Mapping[str, type[Event]]]

    id: str = Field(primary_key=True)
    number: str = Field(default="", index=True)
    opened_at: str = Field(default="", index=True)
    opened_by: str = ""
    clock: int = 0
    newest: str = ""
    doubt: str = Field(default="", index=True)

    def doubted(self, sentence: str) -> None:
        """A person must look at this, for one reason more; the sentence names nobody, so that erasing changes no doubt."""
        if sentence not in self.doubt:
            self.doubt = f"{self.doubt}；{sentence}" if self.doubt else sentence

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. Total and pure: never raises, reads nothing but itself, marks `doubt` instead."""
        raise NotImplementedError

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Rows that belong to this record alone (a payment's allocations), each of a table with an `owner` column.

        `said` are the entries it was folded from with what they say, the opening one first. Total and pure like `apply`.
        """
        return ()

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return ()

    @classmethod
    def refusal(cls, read: Session, record: Self | None, event: Event, by: Actor) -> Refused | str | None:
        """Why this desk does not do this now, or None. Runs inside the writing transaction, on own acts only."""
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Any]:
        """The paper this event leaves; what a slip is, is the printers' business. Runs in the writing transaction."""
        return ()


def fold(kind: type[Record], subject: str, entries: Iterable[Entry]) -> Record | None:
    """The record these entries make, or None while none of them opens it; see `fold_whole`."""
    whole = fold_whole(kind, subject, entries)
    return whole[0] if whole else None


def fold_whole(kind: type[Record], subject: str, entries: Iterable[Entry]) -> tuple[Record, Sequence[SQLModel]] | None:
    """The record these entries make and the rows that belong to it, or None while none of them opens it.

    The same for every order of arrival and with duplicates: entries are put in clock order, ties by id, and the first
    that opens goes first, whatever a foreign clock says.
    """
    lined = sorted({entry.id: entry for entry in entries}.values(), key=lambda entry: (entry.clock, entry.id))
    said = [(entry, event) for entry in lined if (event := read_event(kind, entry))]
    first = next((pair for pair in said if pair[1].opens), None)
    if first is None:
        return None
    opening = first[0]
    record = kind(id=subject, number=opening.number, opened_at=opening.at, opened_by=opening.by)
    said = [first, *(pair for pair in said if pair is not first)]
    for entry, event in said:
        record.apply(event, entry)
    record.clock, record.newest = lined[-1].clock, lined[-1].id
    return record, record.lines(said)


def read_event(kind: type[Record], entry: Entry) -> Event | None:
    """The event an entry says of this kind of record, or None when this version does not know or cannot read it."""
    event = kind.kinds.get(entry.kind)
    return event.said(entry) if event else None


def columns(kind: type[SQLModel]) -> list[str]:
    """Column names of a record's table, in order."""
    return list(kind.model_fields)


def values(row: SQLModel) -> list[Any]:
    """Column values of a row, for SQLite."""
    return [getattr(row, name) for name in columns(type(row))]


def fingerprint(kinds: Iterable[type[Record]]) -> int:
    """A number that changes with the shape of any table or the name of any kind; 31 bits, for `user_version`."""
    shape = [
        [table.__name__, [(name, str(field.annotation)) for name, field in table.model_fields.items()]]
        for kind in kinds
        for table in (kind, *kind.tables())
    ]
    return zlib.crc32(json.dumps([shape, [sorted(kind.kinds) for kind in kinds]]).encode()) & 0x7FFFFFFF
