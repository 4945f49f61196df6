"""Every report by its name: who may see it is said in each, what it shows in the file it is made in."""

from collections.abc import Callable, Sequence
from datetime import date

from sqlmodel import Session

from data.records import Actor, Refused
from desk import report_dues, report_held, report_takings
from desk.report import Report, Span

Maker = Callable[[Session, Actor, Span], Report]

REPORTS: dict[str, tuple[Maker, str]] = {
    "收费日报": (report_takings.daily, "每天收了多少、怎么收的、退了多少"),
    "收入分类": (report_takings.income, "本公司收入与代收、公共收益、押金、预存分开"),
    "欠费": (report_dues.arrears, "现在谁欠多少、欠了多久，快过诉讼时效的"),
    "收缴率": (report_dues.collection, "某个账期收上来多少，按楼栋、按项目"),
    "违约金清单": (report_dues.penalties, "出账的违约金和算式"),
    "减免清单": (report_dues.waivers, "减免了什么、为什么、谁复核"),
    "作废清单": (report_takings.voids, "作废的收据和撤销的账单"),
    "退款清单": (report_takings.refunds, "退款、红冲，和还没办结的"),
    "押金余额": (report_held.deposits, "现在收着谁的押金"),
    "预存余额": (report_held.ahead, "现在谁有预存、能用到哪个月"),
    "号段报告": (report_takings.numbers, "一年的收据号：首号、末号、作废、缺号"),
}
"""How each report is made, and what it is for."""


def make(name: str, read: Session, by: Actor, span: Span) -> Report:
    """The report of that name. Raises Refused for a guard, and where there is none of that name."""
    return REPORTS[named(name)][0](read, by, span)


def named(text: str) -> str:
    """The name of a report as somebody writes it: whole, how it begins, or its number. Raises Refused."""
    names = list(REPORTS)
    if text.isascii() and text.isdecimal() and 1 <= int(text) <= len(names):
        return names[int(text) - 1]
    found = [name for name in names if name == text] or [name for name in names if text and name.startswith(text)]
    if len(found) != 1:
        raise Refused(f"没有“{text}”这个报表，有：{'、'.join(names)}")
    return found[0]


def every(read: Session, by: Actor, span: Span) -> Sequence[Report]:
    """All of them, in their order. Raises Refused for a guard."""
    return [make(name, read, by, span) for name in REPORTS]


def span_of(first: str, last: str, today: date) -> Span:
    """The days between two as typed (2026-11-01, or 2026-11 for the month); "" this month's ends. Raises Refused."""
    begin, end = (_said(text) if text else None for text in (first, last))
    if begin is None and end is None:
        return Span.of("月", today)
    if begin is None:
        assert end is not None
        return Span(Span.of("月", end.last).first, end.last)
    return Span(begin.first, end.last if end else max(Span.of("月", begin.first).last, begin.last))


def _said(text: str) -> Span:
    from desk.china import fold_digits

    plain = fold_digits(text).strip()
    try:
        if len(plain) == 7:
            return Span.of("月", date.fromisoformat(f"{plain}-01"))
        return Span.of("日", date.fromisoformat(plain))
    except ValueError:
        raise Refused(f"「{text}」不是日期，请写成 2026-11-20，整月写 2026-11") from None
