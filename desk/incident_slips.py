"""The record of an incident (事件记录): what happened minute by minute, who wrote it, and whom it concerns; to be signed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data.records import Actor
from desk import fields
from desk.slip_lines import sign, when
from printers.slip import Node, Pair, Rule, Slip, Table, Text

if TYPE_CHECKING:
    from desk.incidents import Incident, IncidentLine
    from desk.visits import Visit


def sheet(
    record: "Incident",
    joined: Sequence[str],
    told: Sequence["IncidentLine"],
    concerned: Sequence["Visit"],
    people: Mapping[str, str],
    by: Actor,
) -> Slip:
    """Number, what and where, every line with its time and its writer; of visitors only number and plate.

    While it is not closed its copy says until when it was written: the sheet that closes it is no reprint of that.
    """
    nodes: list[Node] = [
        Pair(f"单号 {record.number}", record.state, bold=True),
        Pair("类别", record.sort, bold=True),
        Pair("地点", " ".join(dict.fromkeys(filter(None, (record.place, record.room)))) or "没有登记"),
        Pair("发生", when(record.opened_at)),
    ]
    if record.came:
        nodes.append(Pair("到场", when(record.came)))
    if record.closed_at:
        nodes.append(Pair("结案", when(record.closed_at)))
    if joined:
        nodes.append(Pair("并案", "、".join(joined)))
    nodes.append(Rule())
    rows = []
    for one in told:
        said = (one.step, one.room, one.text, people.get(one.by, "其他前台"))
        rows.append((f"{one.at[5:10]} {one.at[11:16]}", " ".join(filter(None, said))))
    if rows:
        nodes += [Table(tuple(rows), (11, 0), "ll"), Rule()]
    nodes += [Text(f"访客单 {visit.number} {visit.room} {visit.category} {visit.plate}".rstrip()) for visit in concerned]
    nodes += [Pair("打印", by.name), *sign("记录人签字", "主管签字")]
    until = "" if record.closed_at else f"记到 {fields.wall():%m-%d %H:%M}"
    return Slip("incident", "事件记录", tuple(nodes), copies=(until,))
