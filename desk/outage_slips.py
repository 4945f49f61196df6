"""What hangs on the doors (门口通知): in large type what is cut off, until when, and what to do."""

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


def _foot(record: "Outage", entry: Entry) -> tuple[Node, ...]:
    return (Rule(), Pair(f"单号 {record.number}", when(entry.at)))


def notice(record: "Outage", called: str, doors: Sequence[str], entry: Entry, corrected: bool) -> Slip:
    """Where, from when to when, and what the desk has to say; a copy for each door.

    One that was corrected says when, so that it is told from the one it is hung over, and is no reprint of it.
    """
    begin = Text(f"{_moment(record.begin)}起", size=2, bold=True)
    if record.planned and record.until:
        until: tuple[Node, ...] = (Text(f"到{_moment(record.until)}", size=2, bold=True),)
    elif record.until:
        until = (Text("预计恢复"), Text(_moment(record.until), size=2, bold=True))
    else:
        until = (Text("恢复时间另行通知", size=2, bold=True),)
    nodes = (Text(record.place, size=2, bold=True), begin, *until, Rule(), Text(record.say, size=2))
    later = f" {entry.at[11:16]}更正" if corrected else ""
    copies = tuple(f"{door}{later}" for door in dict.fromkeys(doors))
    return Slip("door", f"{called}通知", (Rule(), *nodes, *_foot(record, entry)), copies=copies)


def restored(record: "Outage", called: str, doors: Sequence[str], entry: Entry) -> Slip:
    """That it is over; a copy for each door."""
    nodes = (
        Text(record.place, size=2, bold=True),
        Text(f"{_moment(record.ended_at)}\n已恢复", size=2, bold=True),
        Text("还有不正常的请告诉前台", size=2),
    )
    return Slip("restored", f"{called}恢复通知", (Rule(), *nodes, *_foot(record, entry)), copies=tuple(dict.fromkeys(doors)))
