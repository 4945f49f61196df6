"""What hangs on the doors (门口通知): in large type what is cut off, until when, and what to do; torn off nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data.entry import Entry
from desk.slip_lines import when
from printers.slip import Node, Pair, Rule, Slip, Text

if TYPE_CHECKING:
    from desk.outages import Outage


def _moment(moment: str) -> str:
    """`11月26日09:00`: with a word beside it one line of double size on 58 mm."""
    return f"{int(moment[5:7])}月{int(moment[8:10])}日{moment[11:16]}"


def _sheet(record: "Outage", title: str, nodes: Sequence[Node], doors: Sequence[str], entry: Entry) -> Slip:
    foot: tuple[Node, ...] = (Rule(), Pair(f"单号 {record.number}", when(entry.at)))
    return Slip("door", title, (Rule(), *nodes, *foot), copies=tuple(dict.fromkeys(doors)))


def notice(record: "Outage", called: str, doors: Sequence[str], entry: Entry) -> Slip:
    """Where, from when to when, and what the desk has to say; a copy for each door."""
    begin = Text(f"{_moment(record.begin)}起", size=2, bold=True)
    if record.planned and record.until:
        until: tuple[Node, ...] = (Text(f"到{_moment(record.until)}", size=2, bold=True),)
    elif record.until:
        until = (Text("预计恢复"), Text(_moment(record.until), size=2, bold=True))
    else:
        until = (Text("恢复时间另行通知", size=2, bold=True),)
    nodes = (Text(record.place, size=2, bold=True), begin, *until, Rule(), Text(record.say, size=2))
    return _sheet(record, f"{called}通知", nodes, doors, entry)


def restored(record: "Outage", called: str, doors: Sequence[str], entry: Entry) -> Slip:
    """That it is over; a copy for each door."""
    nodes = (
        Text(record.place, size=2, bold=True),
        Text(f"{_moment(record.ended_at)}\n已恢复", size=2, bold=True),
        Text("还有不正常的请告诉前台", size=2),
    )
    return _sheet(record, f"{called}恢复通知", nodes, doors, entry)
