"""What a shift took and gave: the one sum that X, Z and 交接单 share, by the shift each record names, never by time."""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from data.file import raw
from data.journal import Db

CASH, PREPAID_TENDER = "现金", "预存"
QR = ("微信", "支付宝")
"""Tenders that count as 待核 until the merchant's bill agrees."""

DRAWER_REFUND = "备用金现金"
"""The one route by which a refund leaves the drawer."""


class Late(BaseModel):
    """A QR payment made before the shift began and taken in it (跨班): receipt, tender, fen, and the payer's wall time."""

    model_config = ConfigDict(frozen=True)

    number: str
    kind: str
    fen: int
    at: str


class Figures(BaseModel):
    """Everything a shift comes to, in fen; dicts are by name, amounts of tenders without what was voided.

    cashiers         staff ids, who took or gave money first named first
    receipts         how many were written, the voided ones too, from `first` to `last`
    classes          by class of fee, paid ahead under 预存
    tenders          by tender, (how many, fen)
    voids, voided    receipt numbers taken back, and what they came to
    reds, refunds    red numbers paid out, and fen by route; `deducted` was kept back of deposits
    waived           by reason, given up on receipts and on bills
    cash_in, cash_out by reason, beside payments and refunds
    expected         what must be in the drawer: float + net cash − cash refunds + in − out
    """

    model_config = ConfigDict(frozen=True)

    cashiers: tuple[str, ...] = ()
    receipts: int = 0
    first: str = ""
    last: str = ""
    classes: dict[str, int] = {}
    tenders: dict[str, tuple[int, int]] = {}
    voids: tuple[str, ...] = ()
    voided: int = 0
    reds: tuple[str, ...] = ()
    refunds: dict[str, int] = {}
    deducted: int = 0
    waived: dict[str, int] = {}
    deposits_in: int = 0
    deposits_out: int = 0
    prepaid_in: int = 0
    prepaid_used: int = 0
    prepaid_back: int = 0
    cash_in: dict[str, int] = {}
    cash_out: dict[str, int] = {}
    float_fen: int = 0
    expected: int = 0
    unchecked: tuple[int, int] = (0, 0)
    invoices: int = 0
    late: tuple[Late, ...] = ()

    def tender(self, kind: str) -> int:
        """What a tender came to, in fen."""
        return self.tenders.get(kind, (0, 0))[1]

    @property
    def taken(self) -> int:
        """What all receipts that stand came to, in fen."""
        return sum(self.classes.values())

    @property
    def drawer_refunds(self) -> int:
        """What went back in cash, in fen."""
        return self.refunds.get(DRAWER_REFUND, 0)

    @property
    def other_tenders(self) -> tuple[str, ...]:
        """The tenders besides cash that a merchant's bill or a terminal can be asked about."""
        return tuple(kind for kind in self.tenders if kind not in (CASH, PREPAID_TENDER))

    @property
    def moved(self) -> bool:
        """Whether anything happened at all, so that the drawer must be counted."""
        return bool(self.receipts or self.voids or self.reds or self.cash_in or self.cash_out)

    def as_dict(self) -> dict[str, object]:
        """The figures as JSON values."""
        return self.model_dump(mode="json")

    @classmethod
    def read(cls, snapshot: str) -> Self:
        """The figures a closed shift kept, or none at all for ""."""
        return cls.model_validate_json(snapshot) if snapshot else cls()


def figures(read: Session, shift: str) -> Figures:
    """What a shift comes to as the records stand now. A closed shift's Z keeps its own, see Shift.snapshot."""
    db = raw(read.connection())
    float_fen, opened_at = _first(db, "SELECT float_fen, opened_at FROM shift WHERE id = ?", shift) or (0, "")
    numbers = _column(db, "SELECT number FROM payment WHERE shift = ? AND number <> '' ORDER BY opened_at, id", shift)
    voids = _rows(db, "SELECT number, fen FROM payment WHERE void_shift = ? ORDER BY opened_at, id", shift)
    classes = _pairs(db, CLASSES, shift)
    tenders = {kind: (int(count), int(fen)) for kind, count, fen in _rows(db, TENDERS, shift)}
    refunds = _pairs(db, REFUNDS, shift)
    moves = [(reason, int(fen)) for reason, fen in _rows(db, MOVES, shift)]
    back = {kind: (int(fen), int(deducted)) for kind, fen, deducted in _rows(db, GIVEN_BACK, shift)}
    cash_in = {reason: fen for reason, fen in moves if fen > 0}
    cash_out = {reason: -fen for reason, fen in moves if fen < 0}
    cash = tenders.get(CASH, (0, 0))[1] - refunds.get(DRAWER_REFUND, 0)
    waiting = [tenders[kind] for kind in QR if kind in tenders]
    return Figures(
        cashiers=tuple(_column(db, CASHIERS, shift)),
        receipts=len(numbers),
        first=numbers[0] if numbers else "",
        last=numbers[-1] if numbers else "",
        classes=classes,
        tenders=tenders,
        voids=tuple(number for number, _ in voids),
        voided=sum(int(fen) for _, fen in voids),
        reds=tuple(_column(db, REDS, shift)),
        refunds=refunds,
        deducted=back.get("押金", (0, 0))[1],
        waived=_pairs(db, WAIVED, shift),
        deposits_in=classes.get("押金", 0),
        deposits_out=back.get("押金", (0, 0))[0],
        prepaid_in=classes.get("预存", 0) + back.get("转入预存", (0, 0))[0],
        prepaid_used=tenders.get(PREPAID_TENDER, (0, 0))[1],
        prepaid_back=back.get("预存", (0, 0))[0],
        cash_in=cash_in,
        cash_out=cash_out,
        float_fen=int(float_fen),
        expected=int(float_fen) + cash + sum(cash_in.values()) - sum(cash_out.values()),
        unchecked=(sum(count for count, _ in waiting), sum(fen for _, fen in waiting)),
        invoices=len(_column(db, "SELECT id FROM payment WHERE shift = ? AND invoice <> ''", shift)),
        late=tuple(
            Late(number=number, kind=kind, fen=fen, at=at) for number, kind, fen, at in _rows(db, LATE, shift, opened_at[:16])
        ),
    )


CLASSES = """
SELECT COALESCE(bill.klass, CASE WHEN allocation.bill LIKE 'prepaid:%' THEN '预存' ELSE '其他' END) AS klass,
    SUM(allocation.fen)
FROM payment JOIN allocation ON allocation.owner = payment.id LEFT JOIN bill ON bill.id = allocation.bill
WHERE payment.shift = ? AND NOT allocation.void GROUP BY klass ORDER BY klass
"""

TENDERS = """
SELECT kind, COUNT(*), SUM(paymenttender.fen) FROM payment JOIN paymenttender ON paymenttender.owner = payment.id
WHERE shift = ? AND NOT void GROUP BY kind ORDER BY kind
"""

WAIVED = """
SELECT why, SUM(fen) FROM (
    SELECT why, waived AS fen FROM payment JOIN allocation ON allocation.owner = payment.id
    WHERE shift = ?1 AND NOT void AND waived > 0
    UNION ALL SELECT reason, fen FROM waiver WHERE shift = ?1
) GROUP BY why ORDER BY why
"""

PAID_OUT = """(
    SELECT red, route, fen, shift, paid_at AS at FROM refund WHERE red <> ''
    UNION ALL SELECT red, route, fen, shift, at FROM refundagain
)"""
"""Every red number with what went out under it, also where two desks apart both paid one refund."""

REDS = f"SELECT red FROM {PAID_OUT} WHERE shift = ? ORDER BY at, red"
REFUNDS = f"SELECT route, SUM(fen) FROM {PAID_OUT} WHERE shift = ? GROUP BY route ORDER BY route"

GIVEN_BACK = """
SELECT CASE WHEN target LIKE 'prepaid:%' THEN CASE WHEN refundline.fen < 0 THEN '转入预存' ELSE '预存' END
        ELSE COALESCE(bill.klass, '其他') END AS kind,
    ABS(SUM(refundline.fen)), SUM(refundline.deducted)
FROM refund JOIN refundline ON refundline.owner = refund.id LEFT JOIN bill ON bill.id = target
WHERE refund.shift = ? AND done GROUP BY kind
"""

MOVES = "SELECT reason, SUM(fen) FROM cashmove WHERE owner = ? GROUP BY reason, fen > 0 ORDER BY reason"

CASHIERS = """
SELECT who FROM (
    SELECT opened_by AS who, opened_at AS at FROM shift WHERE id = ?1
    UNION ALL SELECT opened_by, opened_at FROM payment WHERE shift = ?1
    UNION ALL SELECT by, at FROM cashmove WHERE owner = ?1
) GROUP BY who ORDER BY MIN(at)
"""

LATE = """
SELECT payment.number, kind, paymenttender.fen, at FROM payment JOIN paymenttender ON paymenttender.owner = payment.id
WHERE shift = ? AND NOT void AND at <> '' AND at < ? ORDER BY at
"""


def _rows(db: Db, sql: str, *given: str) -> list[tuple[str, ...]]:
    return list(db.execute(sql, given))


def _column(db: Db, sql: str, *given: str) -> list[str]:
    return [row[0] for row in _rows(db, sql, *given)]


def _pairs(db: Db, sql: str, *given: str) -> dict[str, int]:
    return {name: int(fen) for name, fen in _rows(db, sql, *given)}


def _first(db: Db, sql: str, *given: str) -> tuple[str, ...] | None:
    return next(iter(_rows(db, sql, *given)), None)


def summed(parts: Sequence[Figures]) -> Figures:
    """The figures of several shifts as one, for a day; each drawer's float and expected cash stay with their shift."""
    tenders: dict[str, tuple[int, int]] = {}
    for one in parts:
        for kind, (count, fen) in one.tenders.items():
            had = tenders.get(kind, (0, 0))
            tenders[kind] = (had[0] + count, had[1] + fen)
    numbers = {name: sum(getattr(one, name) for one in parts) for name in NUMBERS}
    dicts = {name: _total([getattr(one, name) for one in parts]) for name in DICTS}
    lists = {name: tuple(dict.fromkeys(said for one in parts for said in getattr(one, name))) for name in LISTS}
    unchecked = (sum(one.unchecked[0] for one in parts), sum(one.unchecked[1] for one in parts))
    return Figures.model_validate({**numbers, **dicts, **lists, "tenders": tenders, "unchecked": unchecked})


NUMBERS = (
    "receipts", "voided", "deducted", "deposits_in", "deposits_out", "prepaid_in", "prepaid_used", "prepaid_back", "invoices",
)  # fmt: skip
DICTS = ("classes", "refunds", "waived", "cash_in", "cash_out")
LISTS = ("cashiers", "voids", "reds", "late")


def _total(parts: Sequence[dict[str, int]]) -> dict[str, int]:
    return {name: sum(part.get(name, 0) for part in parts) for name in dict.fromkeys(name for part in parts for name in part)}
