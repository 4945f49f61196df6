"""Shifts: whose drawer it is from its counted float to its numbered Z, counted blind, never plugged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, col, select

from data import journal
from data.entry import Entry, check_letters
from data.file import raw
from data.records import Actor, Event, Record, Refused
from desk import fields, shift_refusals, shift_slips, staff
from desk.figures import QR, Figures, figures
from desk.rules import rules
from desk.till import CashMoved, ShiftBanked, ShiftClosed, ShiftCounted, ShiftOpened, pieces_fen
from printers.slip import Slip

__all__ = ["CashMoved", "ShiftBanked", "ShiftClosed", "ShiftCounted", "ShiftOpened"]

ON, COUNTING, CLOSED = "在班", "盘点", "已结"


class ShiftTender(SQLModel, table=True):
    """A tender of a counted shift: what the records say (`system`, at the close) and what the merchant's bill says, fen.

    `ok` where both agree: its QR payments are 已核 then.
    """

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    kind: str
    system: int
    counted: int
    ok: bool


class CashMove(SQLModel, table=True):
    """Cash put into a drawer or taken out; `fen` above 0 in, below 0 out."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    reason: str
    fen: int
    note: str
    request: str = Field(index=True)
    at: str
    by: str


class ShiftPiece(SQLModel, table=True):
    """Counted notes or coins of a shift: of its float (`closing` False) or of its last count."""

    owner: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    closing: bool
    fen: int
    count: int


class Shift(Record, table=True):
    """One shift of one drawer. Amounts in fen; `snapshot` is the Figures of its close as JSON, "" before.

    `counts` is how often it was counted, `counted` what the last count came to, `first_counted` the first, blind one.
    """

    kinds = {event.kind: event for event in (ShiftOpened, CashMoved, ShiftCounted, ShiftClosed, ShiftBanked)}

    drawer: str = Field(default="", index=True)
    business_date: str = Field(default="", index=True)
    state: str = Field(default=ON, index=True)
    float_fen: int = 0
    carried: int | None = None
    approved_by: str = ""
    counts: int = 0
    first_counted: int = 0
    counted: int = 0
    expected: int = 0
    difference: int = 0
    left: int = 0
    banked: int = 0
    envelope: str = ""
    sealed: bool = False
    reason: str = ""
    close_approved_by: str = ""
    closed_at: str = Field(default="", index=True)
    closed_by: str = ""
    z: str = Field(default="", index=True)
    z_entry: str = ""
    z_before: str = ""
    snapshot: str = ""
    bank_slip: str = ""
    banked_at: str = ""

    def apply(self, event: Event, entry: Entry) -> None:
        """Fold one event in. The first close counts; what another copy of this desk did after it leaves a doubt."""
        match event:
            case ShiftOpened() if not self.drawer:
                self.drawer, self.business_date = event.drawer or self.id, event.business_date or entry.at[:10]
                self.float_fen, self.carried = pieces_fen(event.pieces), event.carried
                self.approved_by = event.approved_by
            case ShiftBanked() if self.state == CLOSED and not self.bank_slip:
                self.bank_slip, self.banked_at = event.slip, event.at or entry.at[:16]
            case ShiftCounted() if self.state != CLOSED:
                self.state, self.counted, self.counts = COUNTING, pieces_fen(event.pieces), self.counts + 1
                self.first_counted = self.first_counted if self.counts > 1 else self.counted
            case ShiftClosed() if self.state != CLOSED:
                self._close(event, entry)
            case CashMoved() if self.state == ON:
                pass
            case _:
                word = WORDS[type(event)]
                self.doubt = self.doubt or f"“{self.state}”之后又有“{word}”（{entry.at[5:16].replace('T', ' ')}），请主管核对"

    def _close(self, event: ShiftClosed, entry: Entry) -> None:
        self.state, self.closed_at, self.closed_by = CLOSED, entry.at, entry.by
        self.z, self.z_entry, self.z_before = entry.number, entry.id, event.z_before
        self.counted, self.left, self.banked, self.difference = event.counted, event.left or 0, event.banked, event.difference
        self.envelope, self.sealed, self.reason = event.envelope, event.sealed, event.reason
        self.close_approved_by = event.approved_by
        if event.figures:
            self.expected, self.snapshot = event.figures.expected, event.figures.model_dump_json()

    @classmethod
    def tables(cls) -> tuple[type[SQLModel], ...]:
        """The tables of `lines`."""
        return (ShiftTender, CashMove, ShiftPiece)

    def lines(self, said: Sequence[tuple[Entry, Event]]) -> Sequence[SQLModel]:
        """Its cash in and out, its counted notes, and each tender as counted against what the records said at the close."""
        rows: list[SQLModel] = []
        moves = [(entry, event) for entry, event in said if isinstance(event, CashMoved)]
        for n, (entry, event) in enumerate(moves):
            fen = event.fen if event.direction == "入" else -event.fen
            rows.append(
                CashMove(
                    owner=self.id, n=n, reason=event.reason, fen=fen, note=event.note, request=event.request, at=entry.at,
                    by=entry.by,
                )
            )  # fmt: skip
        closed = next((at for at, (_, event) in enumerate(said) if isinstance(event, ShiftClosed)), len(said))
        counts = [event for _, event in said[:closed] if isinstance(event, ShiftCounted)]
        opened = [event for _, event in said[:1] if isinstance(event, ShiftOpened)]
        counted = [(one.pieces, closing) for closing, found in ((False, opened), (True, counts[-1:])) for one in found]
        pieces = [(closing, fen, count) for whole, closing in counted for fen, count in whole]
        rows += [ShiftPiece(owner=self.id, n=n, closing=c, fen=fen, count=count) for n, (c, fen, count) in enumerate(pieces)]
        close = said[closed][1] if closed < len(said) else None
        found = close.figures if isinstance(close, ShiftClosed) else None
        for n, (kind, fen) in enumerate(counts[-1].totals if counts else ()):
            system = found.tender(kind) if found else 0
            rows.append(
                ShiftTender(owner=self.id, n=n, kind=kind, system=system, counted=fen, ok=bool(found) and fen == system)
            )
        return rows

    @classmethod
    def refusal(cls, read: Session, record: "Shift | None", event: Event, by: Actor) -> Refused | None:
        """One open shift a drawer; a frozen one moves no cash; counted before it is closed; differences explained."""
        return shift_refusals.refusal(read, record, event, by)

    def slips(self, read: Session, event: Event, entry: Entry, link: bytes, by: Actor) -> Sequence[Slip]:
        """开班单, 现金出入单, 盘点单 without anything expected, Z报表 in two copies and 解款单."""
        match event:
            case ShiftOpened():
                return [shift_slips.opened(read, self, entry, by)]
            case CashMoved():
                return [shift_slips.moved(self, event, len(moves(read, self.id)), entry, by)]
            case ShiftCounted():
                return [shift_slips.counted(read, self, event, entry, by)]
            case ShiftClosed():
                z = shift_slips.z_report(read, self, check_letters(link), by)
                return [z, shift_slips.paying_in(self, entry, by)] if self.banked else [z]
        return ()


WORDS: dict[type[Event], str] = {
    ShiftOpened: "开班", CashMoved: "现金出入", ShiftCounted: "盘点", ShiftClosed: "结班", ShiftBanked: "解款",
}  # fmt: skip
"""What each event is called in a doubt."""


def drawer_of(read: Session) -> str:
    """The id of this desk's drawer, "" before its first shift."""
    return journal.note(raw(read.connection()), "drawer") or ""


def open_shift(read: Session) -> Shift | None:
    """This drawer's shift that is not closed yet, or None."""
    wanted = select(Shift).where(Shift.drawer == drawer_of(read), Shift.state != CLOSED)
    return read.exec(wanted.order_by(col(Shift.opened_at), col(Shift.id))).first()


def open_id(read: Session) -> str:
    """The id of this drawer's open shift, "" where there is none; what a money event carries as `shift`."""
    found = open_shift(read)
    return found.id if found else ""


def closed(read: Session, drawer: str) -> Sequence[Shift]:
    """The closed shifts of a drawer, in the order they were opened in."""
    wanted = select(Shift).where(Shift.drawer == drawer, Shift.state == CLOSED)
    return read.exec(wanted.order_by(col(Shift.opened_at), col(Shift.id))).all()


def last_closed(read: Session) -> Shift | None:
    """This drawer's shift that was closed last, or None: last written, whatever the PC's clock said then."""
    found = raw(read.connection()).execute(
        "SELECT shift.id FROM shift JOIN entry ON entry.id = z_entry WHERE drawer = ? ORDER BY entry.n DESC LIMIT 1",
        (drawer_of(read),),
    ).fetchone()  # fmt: skip
    return read.get(Shift, found[0]) if found else None


def refuse_without(read: Session) -> Refused | None:
    """Why no money is taken or given now, or None: a shift of this drawer is open, not being counted, and not too old."""
    shift = open_shift(read)
    if shift is None:
        return Refused("还没有开班，请按 F10 开班后再收款")
    if shift.state == COUNTING:
        return Refused("正在盘点结班，请先结班（F10）再收款")
    if age(shift) > timedelta(hours=rules(read).shift_hours):
        return Refused(f"上一班（{called(read, shift)}）还没有结，请先按 F10 结班")
    return None


def age(shift: Shift) -> timedelta:
    """How long a shift has been open by the wall."""
    return fields.wall() - _local(shift.opened_at)


def called(read: Session, shift: Shift) -> str:
    """A shift as people say it: 11-20 王芳."""
    return f"{shift.opened_at[5:10]} {staff.names(read).get(shift.opened_by, '其他前台')}"


def tenders(read: Session, shift: str) -> Sequence[ShiftTender]:
    """The tenders of a counted shift."""
    return read.exec(select(ShiftTender).where(ShiftTender.owner == shift).order_by(col(ShiftTender.n))).all()


def pieces(read: Session, shift: str, closing: bool) -> Sequence[ShiftPiece]:
    """The notes and coins of a shift's float or of its last count, largest first."""
    wanted = select(ShiftPiece).where(ShiftPiece.owner == shift, ShiftPiece.closing == closing)
    return read.exec(wanted.order_by(col(ShiftPiece.n))).all()


def moves(read: Session, shift: str) -> Sequence[CashMove]:
    """What cash went into and out of a drawer in a shift beside payments and refunds, first first."""
    return read.exec(select(CashMove).where(CashMove.owner == shift).order_by(col(CashMove.n))).all()


@dataclass(frozen=True, slots=True)
class Pending:
    """A QR payment nobody has found on the merchant's bill yet (待核)."""

    payment: str
    number: str
    kind: str
    fen: int
    reference: str
    at: str


def pending(read: Session, shift: str = "") -> list[Pending]:
    """The QR payments of a shift, or of all, that are 待核: their tender was not counted yet, or did not agree."""
    marks = ", ".join("?" * len(QR))
    found = raw(read.connection()).execute(
        "SELECT payment.id, number, kind, paymenttender.fen, reference, COALESCE(NULLIF(at, ''), opened_at) FROM payment "
        f"JOIN paymenttender ON owner = payment.id WHERE kind IN ({marks}) AND NOT void AND (shift = ? OR ? = '') "
        "AND NOT EXISTS (SELECT 1 FROM shifttender WHERE shifttender.owner = shift AND shifttender.kind = paymenttender.kind "
        "AND ok) ORDER BY opened_at, payment.id, n", (*QR, shift, shift),
    )  # fmt: skip
    return [Pending(*row) for row in found]


def stands(read: Session, shift: Shift) -> Figures:
    """What a shift comes to: as its Z says once it is closed, as the records say before."""
    return Figures.read(shift.snapshot) if shift.state == CLOSED else figures(read, shift.id)


def recent(read: Session, by: Actor, limit: int = 100) -> Sequence[Shift]:
    """The latest shifts, newest first. Raises Refused for a guard."""
    staff.require_money(by)
    return read.exec(select(Shift).order_by(col(Shift.opened_at).desc(), col(Shift.id).desc()).limit(limit)).all()


def newest_of_ours(read: Session) -> datetime | None:
    """The wall time of the newest entry this desk wrote; another desk's says nothing of this PC's clock."""
    found = raw(read.connection()).execute(
        "SELECT json_extract(CAST(entry.bytes AS TEXT), '$.at') FROM chain JOIN link ON link.chain = chain.id AND "
        "link.seq = chain.seq JOIN entry ON entry.n = link.entry WHERE chain.ours = 2"
    ).fetchone()  # fmt: skip
    return _local(found[0]) if found else None


def _local(at: str) -> datetime:
    """An entry's wall time; what another desk wrote as a time that is none counts as long ago."""
    try:
        return datetime.fromisoformat(at).replace(tzinfo=None)
    except ValueError:
        return datetime.min


def z_letters(read: Session, shift: Shift | None) -> str:
    """The number and check letters of a shift's Z, "" for none: what chains each Z to the one before."""
    if shift is None:
        return ""
    row = raw(read.connection()).execute(
        "SELECT link.link FROM link JOIN chain ON chain.id = link.chain JOIN entry ON entry.n = link.entry "
        "WHERE entry.id = ? ORDER BY chain.ours DESC, chain.id LIMIT 1", (shift.z_entry,),
    ).fetchone()  # fmt: skip
    return f"{shift.z} {check_letters(row[0])}" if row else shift.z


def business_date(read: Session, drawer: str) -> str:
    """The first day after today whose books this drawer has not closed, where today's are; else "", the day of opening."""
    today = day = fields.wall()
    db = raw(read.connection())
    while db.execute("SELECT 1 FROM day WHERE id = ?", (f"day:{drawer}:{day:%Y-%m-%d}",)).fetchone():
        day += timedelta(days=1)
    return "" if day == today else f"{day:%Y-%m-%d}"
