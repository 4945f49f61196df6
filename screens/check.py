"""What the counter asks of a doubt: what two desks apart did to one record, looked into by a person."""

from __future__ import annotations

from collections.abc import Sequence

from data.records import Event, Record
from desk import doubts
from screens.form import Field, Form


class Check(Form):
    """A doubt was looked into: what was found."""

    def __init__(self, record: Record, event: type[doubts.Checked]) -> None:
        super().__init__()
        self.subject, self.doubt, self.checked = record.id, record.doubt, event
        self.title = f"核对 {record.number}"
        self.lead = f"{record.doubt}。问清楚以后写下结果，两台前台都会看到"

    def fields(self) -> Sequence[Field]:
        """What was found."""
        return (Field("found", "结果", ("以现在的记录为准", "已找到本人问清", "是重复登记"), free=True),)

    def event(self, values: dict[str, str]) -> Event:
        """The settling of what was read."""
        return self.checked(doubt=self.doubt, found=values["found"])
