"""Whether whoever stands there may have it: what they say is held against the parcels, the household, and its proxies."""

from typing import TYPE_CHECKING

from sqlmodel import Session

from data.file import raw
from data.records import Refused
from desk import china, fields, proxies, residents
from desk.parcel_events import BY_CODE, BY_NAME, SHOWN, Collected

if TYPE_CHECKING:
    from desk.parcels import Parcel

ELSE = "请先打电话给住户核实，同意后凭据选“电话核实”"


def refuse(read: Session, record: "Parcel", event: Collected) -> Refused | None:
    """Hands are named, the codes are this household's, and what was said for the proof is right."""
    if event.by_whom == "代取" and not (event.name and event.relation):
        return Refused("代取要写代取人姓名和与住户的关系", "relation" if event.name else "name")
    known = _codes(read, record.room)
    if strange := [code for code in event.codes or () if code not in known]:
        return Refused(f"{'、'.join(strange)} 不是 {record.room} 的包裹，请核对", "codes")
    asked = SHOWN.get(event.proof)
    if asked and not event.shown:
        return Refused(f"请住户{asked}，没有的换一种凭据", "shown")
    if event.proof == BY_CODE and not any(_says(event.shown, one) for one in _rows(read, event, record)):
        return Refused(f"“{event.shown}”不是要取的这几件的取件码。{ELSE}", "shown")
    if asked and event.proof != BY_CODE:
        return _refuse_person(read, record, event)
    return None


def _codes(read: Session, room: str) -> set[str]:
    """Codes of what a room has here, or had today."""
    today = f"{fields.wall():%Y-%m-%d}"
    rows = raw(read.connection()).execute(
        "SELECT code FROM parcel WHERE room = ? AND (closed_at = '' OR closed_at >= ?)", (room, today)
    )
    return {code for (code,) in rows}


def _rows(read: Session, event: Collected, record: "Parcel") -> list[tuple[str, int, str, str]]:
    """Code, serial, number and waybill of what goes; of the others of one gesture, all the room has here or had today."""
    codes = event.codes or (sorted(_codes(read, record.room)) if event.codes == () else (record.code,))
    holes = ", ".join("?" * len(codes))
    rows: list[tuple[str, int, str, str]] = (
        raw(read.connection())
        .execute(
            f"SELECT code, serial, number, waybill FROM parcel WHERE code IN ({holes}) AND room = ?", (*codes, record.room)
        )
        .fetchall()
    )
    return rows


def _says(shown: str, parcel: tuple[str, int, str, str]) -> bool:
    """Whether a text means a parcel: its whole code, its number alone, what its label's square code holds, its waybill."""
    code, serial, number, waybill = parcel
    said = china.fold_digits(shown).upper()
    if said.isdecimal() and len(said) <= 6 and int(said) == serial:
        return True
    return said in (code, number, waybill) or said.startswith(f"{number}.")


def _refuse_person(read: Session, record: "Parcel", event: Collected) -> Refused | None:
    """A name or the last four digits of a phone, of the household, of whom it is addressed to, or of a standing proxy."""
    people = [person for _, person in residents.household(read, record.room)]
    standing = proxies.of_room(read, record.room, fields.wall())
    if event.proof == BY_NAME:
        names = {person.name for person in people} | {proxy.name for proxy in standing} | {record.addressee}
        right, what = event.shown in names - {""}, "姓名"
    else:
        tails = {person.tail for person in people} | {proxy.tail for proxy in standing}
        right, what = china.fold_digits(event.shown)[-4:] in tails - {""}, "手机尾号"
    return None if right else Refused(f"{what}和 {record.room} 登记的不一致。{ELSE}", "shown")
