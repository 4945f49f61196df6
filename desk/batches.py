"""A courier's round (交接批): what came on one cart, what was turned away, and the count both sign for."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, get_args

from sqlmodel import Field, Session, SQLModel, col, select

from data.entry import Entry, check_letters
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import doubts, parcel_slips, staff
from desk.fields import Words, within
from desk.parcel_events import Courier, Waybill
from printers.slip import QR, Slip

Why = Literal["未同意", "到付", "破损已拆", "活体", "危险品", "无收件人", "不是本小区", "其他"]
WHYS: tuple[Why, ...] = get_args(Why)
"""Why a parcel is not taken into custody, by digit."""

OPEN, CLOSED = "入库中", "已交接"


class Opened(Event):
    """A courier came. `person` is their name or number, "" when nobody handed it over; `announced` their own count."""

    kind: ClassVar[str] = "batch.opened"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.DESK

    courier: Courier
    person: Words = ""
    shelf: Annotated[int | None, within(1, 99, "架号是 1 到 99")] = None
    announced: Annotated[int | None, within(1, 2000, "应收件数是 1 到 2000")] = None


class TurnedAway(Event):
    """One of the cart was not taken in; the courier keeps it, so the desk answers for nothing."""

    kind: ClassVar[str] = "batch.turned_away"
    roles = staff.DESK

    why: Why
    waybill: Waybill = ""
    room: str = ""


class Closed(Event):
    """The courier and the desk agree. `counted` is what was taken in; `why` says what differs from the courier's count."""

    kind: ClassVar[str] = "batch.closed"
    roles = staff.DESK

    counted: int
    why: Words = ""


class Checked(doubts.Checked):
    """Somebody looked into what two desks said of one round."""

    kind: ClassVar[str] = "batch.checked"


class BatchLine(SQLModel, table=True):
    """One parcel of the round `owner` that was turned away."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    at: str
    why: str
    waybill: str
    room: str


class Batch(Record, table=True):
    """One round. `counted`, `why`, `closed_at` are empty until it is closed; `away` is how many were turned away."""

    kinds = {event.kind: event for event in (Opened, TurnedAway, Closed, Checked)}

    courier: str = ""
    person: str = ""
    shelf: int | None = None
    announced: int | None = None
    away: int = 0
    state: str = Field(default=OPEN, index=True)
    counted: int = 0
    why: str = ""
    closed_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. The first count stands; another one, or a line after it, must be looked at."""
        match event:
            case Opened() if self.courier:
                self.doubted("同一批登记了两次，请核对")
            case Opened():
                for name in type(event).model_fields:
                    setattr(self, name, getattr(event, name))
            case TurnedAway():
                self.away += 1
                if self.state == CLOSED:
                    self.doubted("交接以后又登记了拒收，请核对")
            case Closed() if self.state == OPEN:
                self.state, self.closed_at, self.counted, self.why = CLOSED, entry.at, event.counted, event.why
            case Closed() if event.counted != self.counted:
                self.doubted(f"两处都交接了这一批，件数不同（{self.counted} 和 {event.counted}），请核对")
            case Checked():
                doubts.settle(self, event)

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (BatchLine,)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """What was turned away, in order."""
        away = [(entry, event) for entry, event in said if isinstance(event, TurnedAway)]
        return [
            BatchLine(owner=self.id, n=n, at=entry.at, why=event.why, waybill=event.waybill, room=event.room)
            for n, (entry, event) in enumerate(away)
        ]

    @classmethod
    def refusal(cls, read: Session, record: "Batch | None", event: Event, by: Actor) -> Refused | None:
        """One open round a person; closed once, with the count that is in the book, and a word where counts differ."""
        match event:
            case Opened() if mine := open_batch(read, by):
                return Refused(f"{mine.courier}那一批（{mine.number}）还没交接，请先结批", "courier")
            case TurnedAway() | Closed() if record and record.state == CLOSED:
                return Refused(f"这一批已在 {record.closed_at[5:16].replace('T', ' ')} 交接，请开新的一批")
            case Closed() if record:
                return _refuse_close(read, record, event)
            case Checked() if record:
                return doubts.refuse(record, event)
        return None

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """快递交接单, one for the courier and one for the desk."""
        if not isinstance(event, Closed):
            return ()
        token = QR(f"{self.number}.{check_letters(link)}")
        return [parcel_slips.batch(self, taken(read, self.id), turned_away(read, self.id), entry, token, by)]


def _refuse_close(read: Session, record: Batch, event: Closed) -> Refused | None:
    counted = count(read, record.id)
    if counted == 0 and record.away == 0:
        return Refused("这一批还一件都没有入库；快递员走了请写明拒收，或接着入库")
    if event.counted != counted:
        return Refused(f"刚刚件数又变了，现在是 {counted} 件，请重新核对", "counted")
    if record.announced is not None and counted + record.away != record.announced and len(event.why) < 2:
        return Refused(f"快递员说 {record.announced} 件，实收 {counted} 件、拒收 {record.away} 件，请写明差在哪里", "why")
    return None


def refuse_more(read: Session, batch: str) -> Refused | None:
    """Why nothing more comes into a round or is undone in it, or None."""
    row = raw(read.connection()).execute("SELECT number, state FROM batch WHERE id = ?", (batch,)).fetchone()
    if row is None:
        return Refused("找不到这一批，请按 Esc 退出后重新开批", "batch")
    return Refused(f"{row[0]} 这一批已经交接，请开新的一批", "batch") if row[1] == CLOSED else None


def open_batch(read: Session, by: Actor) -> Batch | None:
    """The round somebody began and did not close, the newest, or None."""
    mine = select(Batch).where(Batch.state == OPEN, Batch.opened_by == by.id).order_by(col(Batch.opened_at).desc())
    return read.exec(mine).first()


def count(read: Session, batch: str) -> int:
    """How many of a round are taken in and not undone."""
    rows = raw(read.connection()).execute("SELECT count(*) FROM parcel WHERE batch = ? AND state <> '已撤回'", (batch,))
    return int(rows.fetchone()[0])


def taken(read: Session, batch: str) -> list[tuple[str, str]]:
    """Code and waybill of each parcel of a round, in the order they came."""
    rows: list[tuple[str, str]] = (
        raw(read.connection())
        .execute("SELECT code, waybill FROM parcel WHERE batch = ? AND state <> '已撤回' ORDER BY opened_at, id", (batch,))
        .fetchall()
    )
    return rows


def turned_away(read: Session, batch: str) -> Sequence[BatchLine]:
    """What of a round was not taken in."""
    return read.exec(select(BatchLine).where(BatchLine.owner == batch).order_by(col(BatchLine.n))).all()


def doubtful(read: Session) -> Batch | None:
    """The oldest round somebody must look into, or None."""
    return read.exec(select(Batch).where(Batch.doubt != "").order_by(col(Batch.opened_at))).first()


def recent(read: Session, limit: int = 30) -> Sequence[Batch]:
    """The latest rounds, newest first."""
    return read.exec(select(Batch).order_by(col(Batch.opened_at).desc()).limit(limit)).all()
