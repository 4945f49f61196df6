"""What is taken beside the dues: money paid ahead, deposits, and what is charged once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widget import Widget

from data.records import Refused
from desk import bills, fields, prepaid, rules, tariffs
from desk.billed import Billed, FeeClass, bill_id
from desk.bills import Bill
from desk.china import fold_digits
from desk.money import yuan
from desk.paid import Part
from screens.form import Field
from screens.taking import Taking, shift_open, take

if TYPE_CHECKING:
    from data.store import Done
    from screens.app import FrontDesk

DEPOSITS = ("装修押金", "出入证押金", "钥匙押金", "场地押金")
CHARGES: dict[FeeClass, tuple[str, ...]] = {
    "物业费": (),
    "停车": ("临时停车", "车位月租"),
    "代收水电": ("水费", "电费"),
    "公共收益": ("场地租金", "广告位", "摊位费"),
    "其他": ("出入证工本费", "维修材料费", "垃圾清运费", "复印费"),
}
"""What is charged once, by class. Deposits have a form of their own, 违约金 comes from the contract alone."""


class PayAhead(Taking):
    """A household pays ahead for an item, by months or by an amount; never more than the cap."""

    def __init__(self, room: str, monthly: dict[str, int], standing: dict[str, int], months: int) -> None:
        """`monthly` is the fee of a month and `standing` what stands on the account, in fen by item; `months` the cap."""
        super().__init__(room)
        self.title = f"预存  {room}"
        self.monthly, self.stands, self.most = monthly, standing, months

    def fields(self) -> Sequence[Field]:
        """For what, how much, how it is paid."""
        items = tuple(self.monthly)
        return (
            Field("item", "项目", items, default=items[0] if len(items) == 1 else ""),
            Field("months", "几个月", hint=f"最多 {self.most} 个月"),
            Field("amount", "或金额", hint="不按整月存时填；填了月数就空着"),
            *self.how(),
        )

    def first(self) -> Widget:
        """How many months, once the item is known."""
        return self.query_one("#months" if len(self.monthly) == 1 else "#item")

    def asked_for(self, values: dict[str, str]) -> tuple[list[Billed], list[Part]]:
        """What goes to the account."""
        item = values["item"]
        if item not in self.monthly:
            raise Refused("请按数字键选预存的项目", "item")
        self.explain(item)
        months, fen = fold_digits(values["months"]), self.money("amount")
        if months and fen is not None:
            raise Refused("月数和金额只填一个", "amount")
        if not months and not fen:
            raise Refused("请填几个月，或填金额", "months")
        if months and not (months.isascii() and months.isdigit() and 1 <= int(months) <= 99):
            raise Refused("请填几个月，例如 3", "months")
        period = f"{int(months)}个月" if months else ""
        amount = fen or int(months) * self.monthly[item]
        return [], [Part(bill=prepaid.account_id(self.room, item), item=item, period=period, fen=amount, kind="预存")]

    def fault(self, faults: list[tuple[str, str]]) -> None:
        """Too much is said where it was written: beside the months or the amount."""
        months = bool(self.values()["months"]) and not self.values()["amount"]
        super().fault([("months" if name == "amount" and months else name, text) for name, text in faults])

    def explain(self, item: str) -> None:
        """What a month costs, what stands there, what may still be added."""
        monthly, stands = self.monthly[item], self.stands.get(item, 0)
        most = max(self.most * monthly - stands, 0)
        self.tell(
            "about",
            f"{item}  每月 {yuan(monthly)} 元\n最多预存 {self.most} 个月  {yuan(self.most * monthly)} 元\n"
            f"已存 {yuan(stands)} 元\n这次最多再存 {yuan(most)} 元\n\n到期自动抵扣，不用的可以退。",
        )


class Once(Taking):
    """Bills something once and takes the money for it, in one transaction; the period is this month."""

    def billed(self, klass: FeeClass, item: str, how: str = "") -> tuple[list[Billed], list[Part]]:
        """The bill of what is typed, and its payment. Raises Refused."""
        if not item:
            raise Refused("请选收的是什么，或写上名称", "item")
        try:
            item = tariffs.item_name(item)
        except ValueError as error:
            raise Refused(str(error), "item") from None
        fen = self.money("amount")
        if not fen:
            raise Refused("请填金额，例如 200", "amount")
        month, today = f"{fields.wall():%Y-%m}", f"{fields.wall():%Y-%m-%d}"
        with self.desk.store.read() as read:
            if tariffs.rates(read, item):
                raise Refused(f"“{item}”有收费标准，按期出账后按 F6 收；这里收的请另起名称", "item")
            again = 0
            while twin := read.get(Bill, bill_id(self.room, item, month, month, again)):
                if bills.open_of(read, twin) > 0:
                    raise Refused(f"{month} 已有一笔没交的“{item}”，请按 Esc 返回，按 F6 收那一笔", "item")
                again += 1
        bill = Billed(
            room=self.room, item=item, klass=klass, period_from=month, period_to=month, fen=fen, due=today, how=how, again=again
        )
        return [bill], [Part(bill=bill.key(), item=item, period=month, fen=fen)]


class TakeDeposit(Once):
    """A deposit is taken; it is owed back against the receipt."""

    def __init__(self, room: str) -> None:
        super().__init__(room)
        self.title = f"收押金  {room}"

    def fields(self) -> Sequence[Field]:
        """For what, how much, how it is paid."""
        return (
            Field("item", "押金名目", DEPOSITS, free=True),
            Field("amount", "金额"),
            *self.how(),
        )

    def first(self) -> Widget:
        """What it is for."""
        self.tell("about", "押金不是收入，\n验收后凭收据原件退还。\n\n请提醒住户保管好客户联，\n丢了要写遗失声明。")
        return self.query_one("#item")

    def asked_for(self, values: dict[str, str]) -> tuple[list[Billed], list[Part]]:
        """The deposit."""
        return self.billed("押金", values["item"])


class TakeCharge(Once):
    """Something is charged that comes up once."""

    def __init__(self, room: str) -> None:
        super().__init__(room)
        self.title = f"临时收费  {room}"

    def fields(self) -> Sequence[Field]:
        """Of what class, for what, how much, how it is paid."""
        return (
            Field("klass", "类别", tuple(CHARGES)),
            Field("item", "项目", free=True, hint="会印在收据上"),
            Field("amount", "金额"),
            Field("note", "计算", hint="例如 3次×5.00，可以不填"),
            *self.how(),
        )

    def first(self) -> Widget:
        """The class."""
        self.tell("about", "开一笔本月的账单，当场收清。\n\n代收水电不加收手续费，\n公共收益归全体业主。")
        return self.query_one("#klass")

    def settled(self, name: str) -> None:
        """The class says what is usual."""
        super().settled(name)
        usual = next((items for klass, items in CHARGES.items() if klass == self.values()["klass"]), ())
        if name == "klass" and usual:
            self.offer(Field("item", "项目", usual, free=True))

    def asked_for(self, values: dict[str, str]) -> tuple[list[Billed], list[Part]]:
        """The charge."""
        klass = next((one for one in CHARGES if one == values["klass"]), None)
        if klass is None:
            raise Refused("请按数字键选类别", "klass")
        return self.billed(klass, values["item"], values["note"])


async def pay_ahead(desk: FrontDesk, room: str) -> Done | None:
    """Take money ahead."""
    today = f"{fields.wall():%Y-%m-%d}"
    assert desk.actor is not None
    with desk.store.read() as read:
        items = dict.fromkeys(rate.item for rate in tariffs.rates(read))
        monthly = {item: fee for item in items if (fee := tariffs.monthly_fee(read, room, item, today))}
        standing = {one.item: one.fen for one in prepaid.accounts(read, desk.actor, room)}
        months = rules.rules(read).prepay_months
    if not months or not monthly:
        why = (
            f"{room} 没有按月的收费标准，算不出能预存多少；请主管先设收费标准" if months else "本小区不收预存，请只收已出的账单"
        )
        desk.notify(why, severity="warning")
        return None
    return await take(desk, PayAhead(room, monthly, standing, months)) if await shift_open(desk) else None


async def take_deposit(desk: FrontDesk, room: str) -> Done | None:
    """Take a deposit."""
    return await take(desk, TakeDeposit(room)) if await shift_open(desk) else None


async def take_charge(desk: FrontDesk, room: str) -> Done | None:
    """Charge something once."""
    return await take(desk, TakeCharge(room)) if await shift_open(desk) else None
