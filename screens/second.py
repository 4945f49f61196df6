"""The second person: who agrees to what one alone may not do, by name and PIN beside the form's own fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from data.records import Refused
from desk import bills, staff
from screens.form import Field

if TYPE_CHECKING:
    from screens.app import FrontDesk

SECOND = (
    Field("approver", "复核人", hint="另一位有权复核的人的姓名"),
    Field("pin", "复核密码", secret=True, hint="由复核人自己输入"),
)


def second(desk: FrontDesk, values: dict[str, str]) -> str:
    """The id of the second person of the fields `approver` and `pin`. Raises Refused beside one of them."""
    if not values["approver"]:
        raise Refused("请另一位有权复核的人填姓名", "approver")
    try:
        return staff.login(desk.store, values["approver"], values["pin"]).id
    except Refused as refused:
        raise Refused(str(refused), "approver" if refused.field == "name" else "pin") from None


def second_needed(desk: FrontDesk, waived: Iterable[tuple[str, int, str]]) -> Refused | None:
    """Why (class, fen, reason) of these waivers need a second person, or None where who is logged in may alone."""
    assert desk.actor is not None
    with desk.store.read() as read:
        for klass, fen, reason in waived:
            refused = bills.refuse_waiver(read, klass, fen, reason, "", desk.actor)
            if refused and refused.field == "approver":
                return refused
    return None
