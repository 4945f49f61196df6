"""Repairs that belong together: mended again within the warranty, and the two households of one leak."""

import re
from collections.abc import Sequence

from sqlmodel import Session, col, select

from data.entry import new_id
from data.records import Event
from desk.notes import MUST_READ, Left
from desk.repair_events import Reported
from desk.repairs import Repair
from desk.residents import Room


def last_mended(read: Session, first: Repair) -> str:
    """When a repair, or what mended it again, was done last; "" while it never was."""
    again = read.exec(select(Repair.finished_at).where(Repair.redo_of == first.id)).all()
    return max((first.finished_at, *again))


def mended(read: Session, of: str) -> dict[str, str | int]:
    """What mending a repair again says of it: the first of all its orders, and how many times by now."""
    one = read.get(Repair, of)
    root = one.redo_of if one and one.redo_of else of
    return {"redo_of": root, "redo": len(read.exec(select(Repair.id).where(Repair.redo_of == root)).all()) + 1}


def redo_acts(read: Session, report: Reported) -> list[tuple[Event, str | None]]:
    """The acts of a 返修, for one Store.act_all; from the second time on the supervisor is told by a must-read note."""
    count = mended(read, report.redo_of)["redo"]
    if isinstance(count, int) and count >= 2:
        text = f"{report.room} {report.category}第 {count} 次返修，请主管过问"
        return [(Left(sort=MUST_READ, text=text, room=report.room), None), (report, None)]
    return [(report, None)]


def pair_acts(above: str, report: Reported) -> list[tuple[Event, str | None]]:
    """The acts that register a leak from above as two orders that name each other, neither of them to blame.

    `above` is the code of the other room; its order is first, so that the household's own is the last act.
    """
    pair = new_id()
    said = {
        "room": above,
        "problem": "楼下反映漏水，请配合查看",
        "reporter": "楼下住户",
        "phone": "",
        "when_home": "",
        "way_in": "",
    }
    other = report.model_copy(
        update={**said, "pair": pair, "side": "可能的漏水方", "again": True, "duty": "现场查明", "teller": "邻居"}
    )
    return [(other, None), (report.model_copy(update={"pair": pair, "side": "受损方"}), None)]


def linked(read: Session, record: Repair) -> Sequence[Repair]:
    """The other order of the same leak, and the orders of the same repair mended again, oldest first."""
    root = record.redo_of or record.id
    same = (col(Repair.redo_of) == root) | (col(Repair.id) == root)
    if record.pair:
        same = same | (col(Repair.pair) == record.pair)
    return read.exec(select(Repair).where(same, Repair.id != record.id).order_by(col(Repair.opened_at), col(Repair.id))).all()


def other_number(read: Session, record: Repair) -> str:
    """The number of the other order of the same leak, "" where there is none."""
    if not record.pair:
        return ""
    return next((one.number for one in linked(read, record) if one.pair == record.pair), "")


def above(read: Session, room: str) -> str:
    """The flat over one: the same column, a floor higher (`3-2-501` → `3-2-601`); "" where none is registered."""
    found = re.fullmatch(r"(.+-)(\d{1,2})(\d\d)", room)
    if found is None:
        return ""
    code = f"{found[1]}{int(found[2]) + 1}{found[3]}"
    return code if read.exec(select(Room.id).where(Room.code == code)).first() else ""
