"""What the counter asks about the price of a repair: the quote, whether it was signed, the bill, and giving it up."""

from __future__ import annotations

from collections.abc import Sequence

from data.records import Event, Refused
from desk.money import parse_yuan, yuan
from desk.repair_charges import charging
from desk.repair_events import ChargeWaived, QuoteAgreed, Quoted, QuoteDeclined
from desk.repairs import Repair
from screens.form import Field, Form
from screens.repair_steps import explain, read_lines, widen


class Quote(Form):
    """What it will cost, on a 报价单 to sign; signed again where it was changed."""

    def __init__(self, repair: Repair, before: str = "") -> None:
        """`before` is the last quote, as lines are typed."""
        super().__init__()
        self.subject, self.before = repair.id, before
        self.title = f"报价 {repair.number}  {repair.room}"
        self.lead = f"{repair.category} {repair.problem}  打两联报价单，住户签字以后才动工"

    def fields(self) -> Sequence[Field]:
        """The lines, and the most it may come to."""
        return (
            Field("lines", "用料工时", default=self.before, hint="弯头 1个 35；工时 1.5小时 60"),
            Field("cap", "最多多少", hint="元；空着就按合计"),
        )

    def on_mount(self) -> None:
        """Lines need a wide field."""
        super().on_mount()
        widen(self, "lines")

    def settled(self, name: str) -> None:
        """What the lines come to."""
        if name == "lines":
            explain(self)

    def event(self, values: dict[str, str]) -> Quoted:
        """The quote."""
        lines = read_lines(values["lines"])
        if not lines:
            raise Refused("请写用料或工时，例如 弯头 1个 35；工时 1.5小时 60", "lines")
        try:
            cap = parse_yuan(values["cap"]) if values["cap"] else 0
        except ValueError as error:
            raise Refused(str(error), "cap") from None
        return Quoted(lines=lines, cap=cap)


class Agree(Form):
    """The household signed the quote it read."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject, self.repair = repair.id, repair
        self.title = f"报价已签字 {repair.number}  {repair.room}"
        self.lead = f"报价 {yuan(repair.quoted)} 元，最多 {yuan(repair.cap)} 元；请看着签好的存根联登记"

    def fields(self) -> Sequence[Field]:
        """Who signed."""
        return (Field("signed_by", "谁签的字", default=self.repair.reporter),)

    def event(self, values: dict[str, str]) -> QuoteAgreed:
        """The signature, of the quote that is shown here."""
        return QuoteAgreed(signed_by=values["signed_by"], cap=self.repair.cap)


class Decline(Form):
    """The household does not want it for that; nothing is begun."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"不同意报价 {repair.number}  {repair.room}"
        self.lead = f"报价 {yuan(repair.quoted)} 元。之后可以重新报价、转办，或按 Ctrl+D 取消"

    def fields(self) -> Sequence[Field]:
        """Nothing but the yes."""
        return (Field("sure", "确认", ("住户不同意",), default="住户不同意"),)

    def event(self, values: dict[str, str]) -> QuoteDeclined:
        """The no."""
        return QuoteDeclined()


class Bill(Form):
    """What was done goes on the household's account, to be paid by F6."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject, self.repair = repair.id, repair
        self.title = f"维修费入账 {repair.number}  {repair.room}"
        self.lead = f"应付 {yuan(repair.cost)} 元（签字上限 {yuan(repair.cap)} 元）；入账后按 F6 收费"

    def fields(self) -> Sequence[Field]:
        """Nothing but the yes."""
        return (Field("sure", "确认", ("入账",), default="入账"),)

    def event(self, values: dict[str, str]) -> Event:
        """The last of the acts."""
        return self.acts_of()[-1][0]

    def acts(self, event: Event) -> Sequence[tuple[Event, str | None]]:
        """The bill, and that it is written."""
        return self.acts_of()

    def acts_of(self) -> list[tuple[Event, str | None]]:
        """What is done in one transaction. Raises Refused."""
        assert self.desk.actor is not None
        with self.desk.store.read() as read:
            return charging(read, self.repair, self.desk.actor)


class GiveUp(Form):
    """Nothing is asked for it after all."""

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self.subject = repair.id
        self.title = f"不收维修费 {repair.number}  {repair.room}"
        self.lead = f"应付 {yuan(repair.cost)} 元，不再收；记录不删"

    def fields(self) -> Sequence[Field]:
        """Why."""
        return (Field("free_because", "原因", ("服务补偿", "返工", "协商减免"), free=True),)

    def event(self, values: dict[str, str]) -> ChargeWaived:
        """The waiver."""
        return ChargeWaived(free_because=values["free_because"])
