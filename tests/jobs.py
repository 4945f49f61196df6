"""What the tests of the jobs share: a noon that stands still, and entries as another desk might have written them."""

from datetime import datetime
from typing import Any

from data.entry import Entry, Personal, canonical
from data.records import Event

NOON = datetime(2026, 11, 20, 12, 0)


def entry(n: int, event: Event, clock: int, personal: bool = True) -> Entry:
    """The nth entry of the subject `s`, saying an event; without its personal part when that was erased."""
    body, said = event.split()
    sealed = Personal.seal(said) if said else None
    envelope: dict[str, Any] = {
        "v": 1, "id": f"{n:032x}", "kind": event.kind, "subject": "s", "clock": clock, "by": f"k{n}", "body": body,
        "at": f"2026-11-20T12:{n:02d}:00.000+08:00",
    }  # fmt: skip
    if event.opens:
        envelope["number"] = "A7"
    if sealed:
        envelope["personal"] = sealed.commitment()
    return Entry.read(canonical(envelope), sealed if personal else None)
