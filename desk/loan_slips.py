"""The paper of a thing that is lent: what, to whom, until when, and the stub that the borrower signs."""

from typing import TYPE_CHECKING

from data.entry import Entry
from data.records import Actor
from desk import china
from desk.slip_lines import sign, when
from printers.slip import QR, Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.notes import Left


def loan(event: "Left", entry: Entry, token: QR, by: Actor, large: bool) -> Slip:
    """借物单: what was lent, to whom (the name masked, no phone), until when; torn off below it what the borrower signs."""
    name = china.mask_name(event.holder)
    nodes: list[Node] = [
        Text(entry.number, size=2, bold=True, align="center"),
        Rule(),
        Pair("物品", event.text, bold=True),
        Pair("借用人", name),
        Pair("借出", when(entry.at)),
    ]
    if event.back_by:
        nodes.append(Text(f"请于 {event.back_by[5:16].replace('T', ' ')} 前归还", bold=True))
    nodes += [
        Pair("经办", by.name),
        token,
        Text("归还时请出示本单或报单号"),
        Rule(),
        Text(f"存根 {entry.number} 前台留", bold=True),
        Text(f"{event.text}  {name}"),
        *sign("借用人签字"),
    ]
    return Slip("loan", "借物单", tuple(nodes), large=large)
