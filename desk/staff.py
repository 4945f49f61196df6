"""Who works at the desk, what their post lets them do and see, and how they prove who they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar, Literal

from sqlmodel import Session, col, select

from data.entry import Entry
from data.file import raw
from data.journal import note, set_note
from data.records import Actor, Event, PersonalText, Record, Refused
from data.store import Store

Role = Literal["guard", "clerk", "cashier", "manager"]
GUARD: Role = "guard"
CLERK: Role = "clerk"
CASHIER: Role = "cashier"
MANAGER: Role = "manager"
SYSTEM = "system"
POSTS: dict[str, str] = {GUARD: "门岗", CLERK: "前台", CASHIER: "收费员", MANAGER: "主管", SYSTEM: "系统"}
"""What each role is called on glass and paper."""

EVERYONE = frozenset(POSTS)
DESK = EVERYONE - {GUARD}
MONEY = frozenset({CASHIER, MANAGER, SYSTEM})
SUPERVISION = frozenset({MANAGER, SYSTEM})

COMMAND_LINE = Actor("system", "命令行", SYSTEM)
"""Who acts when an administrator runs a command on the desk's own PC."""

HASHING = (3, 65536, 1)
"""argon2id: passes, KiB, lanes; 127 ms a try here, 35 h for all six-digit PINs of one person (sync.md §2.5)."""

FREE_TRIES, FIRST_LOCK = 5, timedelta(minutes=1)


class Joined(Event):
    """Someone began to work at the desk; `pin` is the argon2id hash."""

    kind: ClassVar[str] = "staff.joined"
    opens: ClassVar[bool] = True
    roles = SUPERVISION

    name: PersonalText
    role: Role
    pin: PersonalText


class PinSet(Event):
    """A new PIN was set; `pin` is the argon2id hash."""

    kind: ClassVar[str] = "staff.pin_set"
    roles = DESK | {GUARD}

    pin: PersonalText


class Left(Event):
    """Someone no longer works here; what they did keeps their name."""

    kind: ClassVar[str] = "staff.left"
    roles = SUPERVISION


class Staff(Record, table=True):
    """One person who works at the desk."""

    kinds = {event.kind: event for event in (Joined, PinSet, Left)}

    name: str = ""
    role: str = GUARD
    pin: str = ""
    active: bool = True

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in."""
        match event:
            case Joined():
                self.name, self.role, self.pin = event.name, event.role, event.pin
            case PinSet():
                self.pin = event.pin
            case Left():
                self.active = False

    @classmethod
    def refusal(cls, read: Session, record: "Staff | None", event: Event, by: Actor) -> Refused | None:
        """Names are how people log in, so no two alike; a PIN is set by its owner or the supervisor."""
        if isinstance(event, Joined) and any(one.name == event.name for one in roster(read)):
            return Refused(f"已经有一位“{event.name}”，请在姓名后加工号区分", "name")
        if isinstance(event, PinSet) and record and by.id != record.id and by.role not in SUPERVISION:
            return Refused("只能改自己的密码，忘记密码请找主管", "pin")
        return None


def roster(read: Session) -> Sequence[Staff]:
    """Who works here now, guards last."""
    found = read.exec(select(Staff).where(col(Staff.active).is_(True))).all()
    return sorted(found, key=lambda one: (list(POSTS).index(one.role) == 0, one.opened_at))


def names(read: Session) -> dict[str, str]:
    """Name by staff id, also of those who have left; for what entries carry as `by`."""
    return {COMMAND_LINE.id: COMMAND_LINE.name} | {one.id: one.name for one in read.exec(select(Staff)).all()}


def sees_money(by: Actor) -> bool:
    """Guards may not collect debts (保安服务管理条例 §30(4)), so they are shown none."""
    return by.role != GUARD


def require_money(by: Actor) -> None:
    """Raises Refused for those who are shown no money."""
    if not sees_money(by):
        raise Refused("门岗不办理、也不查看收费，请住户在白天到前台办理")


def hash_pin(pin: str) -> str:
    """The argon2id hash of a PIN of at least six digits that is not easily guessed. Raises Refused."""
    from argon2 import PasswordHasher

    if not (pin.isascii() and pin.isdigit() and len(pin) >= 6):
        raise Refused("密码要 6 位以上数字", "pin")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1:
        raise Refused("这个密码太容易猜（连号或同一个数字），请换一个", "pin")
    return PasswordHasher(*HASHING).hash(pin)


def join(store: Store, name: str, role: Role, pin: str, by: Actor = COMMAND_LINE) -> str:
    """Take someone on; gives their id. Raises Refused."""
    return store.act(Joined(name=name, role=role, pin=hash_pin(pin)), by).record.id


def login(store: Store, name: str, pin: str) -> Actor:
    """The person of that name, when the PIN is theirs. Raises Refused.

    After five wrong PINs in a row the name is locked for a minute, then 2, 4 … 16; the count is kept in the database, so
    neither a restart nor a second window resets it.
    """
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    with store.read() as session:
        staff = next((one for one in roster(session) if one.name == name.strip()), None)
        if staff is None:
            raise Refused("没有这个人，请从名单里选", "name")
        key = f"login:{staff.id}"
        tries, until = (note(raw(session.connection()), key) or "0 ").split(" ", 1)
    now = store.now()
    if until and now < datetime.fromisoformat(until):
        raise Refused(f"密码连错 {tries} 次，已锁到 {datetime.fromisoformat(until):%H:%M:%S}，请稍后再试或找主管", "pin")
    try:
        PasswordHasher(*HASHING).verify(staff.pin, pin)
    except VerificationError:
        wrong = int(tries) + 1
        lock = (now + FIRST_LOCK * 2 ** min(wrong - FREE_TRIES, 4)).isoformat() if wrong >= FREE_TRIES else ""
        store.transact(lambda db: set_note(db, key, f"{wrong} {lock}"))
        left = f"，再错 {FREE_TRIES - wrong} 次将锁定" if wrong < FREE_TRIES else "，已锁定，请稍后再试或找主管"
        raise Refused(f"密码不对{left}", "pin") from None
    if tries != "0":
        store.transact(lambda db: set_note(db, key, "0 "))
    return Actor(staff.id, staff.name, staff.role)


def refuse_second(read: Session, second: str, by: Actor, roles: frozenset[str]) -> Refused | None:
    """Why that person cannot be the one who agrees to what `by` does, or None: somebody else, active, of these roles."""
    who = "主管" if roles == SUPERVISION else "收费员或主管" if roles == MONEY else "员工"
    found = read.get(Staff, second)
    if found is None or not found.active or found.role not in roles:
        return Refused(f"请由{'另一位' if by.role in roles else ''}{who}输入姓名和密码复核", "approver")
    if found.id == by.id:
        return Refused(f"经办人和复核人不能是同一个人，请另一位{who}复核", "approver")
    return None
