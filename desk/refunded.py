"""What is said of money given back: asked for, approved or rejected, called off, paid out."""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from sqlmodel import Session

from data.records import PERSONAL, Event
from desk import prepaid, shifts, staff
from desk.billed import FeeClass
from desk.bills import Bill
from desk.china import fold_digits
from desk.fields import Words, words
from desk.money import Fen

Sort = Literal["红冲", "押金", "预存"]
SORTS: tuple[Sort, ...] = get_args(Sort)
Route = Literal["原路退回", "银行转账", "备用金现金", "转预存"]
ROUTES: tuple[Route, ...] = get_args(Route)
"""By digit. Cash comes from the float alone, never from takings (坐支, 现金管理暂行条例 §11)."""
Original = Literal["", "原单收回", "遗失声明"]
RED: Sort = "红冲"
DEPOSIT: Sort = "押金"
CASH: Route = "备用金现金"
TO_ACCOUNT: Route = "转预存"

ASKED, APPROVED, REJECTED, CANCELLED, DONE = "待审批", "已批准", "已驳回", "已取消", "已退"
OPEN = (ASKED, APPROVED)
"""A refund in these states holds the money it asks for, so that nothing is asked back twice."""

RECURRING: tuple[FeeClass, ...] = ("物业费", "停车", "代收水电")
COMMON = "物业费"
"""The item whose account 转预存 goes to, unless what is given back falls due again and so has an account of its own."""


def _account(text: str) -> str:
    plain = fold_digits(text).replace(" ", "").replace("-", "")
    if plain and not (plain.isascii() and plain.isdigit() and 8 <= len(plain) <= 32):
        raise ValueError("银行账号只写数字，8 到 32 位，请核对后重填")
    return plain


def _day(text: str) -> str:
    try:
        return text and date.fromisoformat(fold_digits(text)).isoformat()
    except ValueError:
        raise ValueError(f"「{text}」不是日期，请写成 2026-11-20") from None


class RefundPart(BaseModel):
    """What is given back of one bill or prepaid account (`target`), in fen.

    deducted         kept back of a deposit, for the reason `why`, shown by `evidence`
    item, period, into   filled in by the desk: what the target is, and whose account 转预存 goes to
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    target: str
    item: str = ""
    period: str = ""
    fen: Fen
    deducted: Fen = 0
    why: str = ""
    evidence: str = ""
    into: str = ""


class Requested(Event):
    """Money is asked back. `payment` is the id of the receipt a 红冲 reverses, "" else.

    `account` is the payee's bank account, `slip` what became of the original, `signed` that the payee signed, `inspection`
    what was found before a deposit goes back. `request` is made when the form opens: one request, one refund.
    """

    kind: ClassVar[str] = "refund.requested"
    opens: ClassVar[bool] = True
    series: ClassVar[str] = "record"
    roles = staff.MONEY

    sort: Sort
    room: str
    parts: tuple[RefundPart, ...]
    route: Route
    reason: Annotated[str, words(2, "请写退款原因，例如 重复缴费、装修验收合格、迁出结清")]
    request: str
    payment: str = ""
    payee: Words = ""
    account: Annotated[str, PERSONAL, AfterValidator(_account)] = ""
    slip: Original = ""
    signed: bool = False
    inspection: Annotated[str, words()] = ""

    @model_validator(mode="after")
    def adds_up(self) -> Self:
        """Every part gives back or keeps back something, and no target stands there twice."""
        if not self.parts:
            raise ValueError("请先勾选要退的款项")
        if any(part.fen < 0 or part.deducted < 0 or part.fen + part.deducted <= 0 for part in self.parts):
            raise ValueError("每一笔退款金额都要大于 0")
        if len({part.target for part in self.parts}) != len(self.parts):
            raise ValueError("同一笔款项不能在一张申请里退两次，请合成一笔")
        return self

    def complete(self, read: Session) -> Self:
        """With what each part is of, as the register has it; only a 红冲 is of a receipt."""
        parts = tuple(_named(read, part, self.route) for part in self.parts)
        return self.model_copy(update={"parts": parts, "payment": self.payment if self.sort == RED else ""})

    @property
    def fen(self) -> int:
        """What goes back in all, in fen."""
        return sum(part.fen for part in self.parts)


class Approved(Event):
    """A supervisor who did not ask for it agreed to a refund."""

    kind: ClassVar[str] = "refund.approved"
    roles = staff.SUPERVISION


class Rejected(Event):
    """A supervisor did not agree."""

    kind: ClassVar[str] = "refund.rejected"
    roles = staff.SUPERVISION

    reason: Annotated[str, words(2, "请写驳回原因，申请人要照着改")]


class Cancelled(Event):
    """A refund not paid yet was called off."""

    kind: ClassVar[str] = "refund.cancelled"
    roles = staff.MONEY

    reason: Annotated[str, words(2, "请写取消原因，例如 住户不退了、改走银行转账")]


class PaidOut(Event):
    """The money went back; this entry's number is the red document's.

    `reference` is the bank's or the merchant's, `shift` the open shift of the drawer, `day` (`YYYY-MM-DD`) when the bank did
    it, where that is not today.
    """

    kind: ClassVar[str] = "refund.paid"
    series: ClassVar[str] = "receipt"
    roles = staff.MONEY

    reference: Annotated[str, words()] = ""
    shift: str = ""
    day: Annotated[str, AfterValidator(_day)] = ""

    def complete(self, read: Session) -> Self:
        """With the shift whose float the money comes from."""
        found = shifts.open_shift(read)
        return self.model_copy(update={"shift": found.id if found else ""})


def _named(read: Session, part: RefundPart, route: Route) -> RefundPart:
    """The part with what its target is, and with the item whose account it goes to by 转预存."""
    if part.target.startswith(prepaid.HEAD):
        return part.model_copy(update={"item": part.target.partition("/")[2], "period": "", "into": ""})
    if (bill := read.get(Bill, part.target)) is None:
        return part
    own = bill.item if bill.klass in RECURRING else COMMON
    return part.model_copy(update={"item": bill.item, "period": bill.period, "into": own if route == TO_ACCOUNT else ""})
