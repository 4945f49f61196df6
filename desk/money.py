"""The desk's money: whole fen, how people type it, read it, write it out in capitals and say it aloud."""

import re
from typing import Annotated

from pydantic import Strict

from desk.china import fold_digits

Fen = Annotated[int, Strict()]
"""An amount in fen (1/100 yuan). Strict: pydantic refuses floats, strings and booleans where money is meant."""

_LIMIT = 10**12
"""Yuan from here on are not written out: the capitals of a counter end below 万亿."""


def yuan(fen: Fen) -> str:
    """Fen as people read them: 128400 → "1,284.00"."""
    whole, cents = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{cents:02}"


def parse_yuan(text: str) -> Fen:
    """Yuan as typed (1,284 · 1284.5 · ￥12.30 · １２元) in fen; ValueError in Chinese when it is no amount of money."""
    said = fold_digits(text)
    plain = re.sub(r"^(?:人民币)?¥?|元?整?$", "", said.replace(" ", "").replace("。", "."))
    if plain.startswith("-"):
        raise ValueError(f"「{said}」是负数，金额不能小于 0；退款请走退款。")
    found = re.fullmatch(r"(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?", plain)
    if found is None or not re.search(r"\d", plain):
        raise ValueError(f"「{said}」不是金额，请只写数字，如 1284 或 1284.50。")
    whole, cents = int(found[1].replace(",", "") or "0"), found[2] or ""
    if len(cents) > 2:
        raise ValueError(f"「{said}」小数多于两位，金额最小到分。")
    # A scanned barcode lands in whichever field has the focus, and is longer than any bill of a counter.
    if whole >= 10**8:
        raise ValueError(f"「{said}」超过一亿元，是不是把条码扫到了金额里？")
    return whole * 100 + int(cents.ljust(2, "0"))


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, halves away from zero, so that a red line cancels its black one.

    Raises ZeroDivisionError like any division.
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    return sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))


def _read(number: int, digits: str, units: tuple[str, ...]) -> str:
    """A whole number below 10**12 in characters: one zero for a gap, none at the end of a group of four."""
    words, skipped = "", False
    for power, name in ((8, "亿"), (4, "万"), (0, "")):
        group = number // 10**power % 10**4
        part, gap = "", False
        for place in (3, 2, 1, 0):
            digit = group // 10**place % 10
            if digit:
                part += (digits[0] if gap and part else "") + digits[digit] + units[place]
            gap = not digit
        # 壹拾万柒仟 has no zero although a figure is missing before 万: only one missing after it counts.
        if part:
            words += (digits[0] if words and (group < 1000 or skipped) else "") + part + name
        skipped = not group
    return words or digits[0]


def capital(fen: Fen) -> str:
    """The amount in capitals for a receipt: 140950 → 人民币壹仟肆佰零玖元伍角整.

    整 after 元 or 角, none after 分 (会计基础工作规范 §52); negative only on red documents: (红字)人民币….
    Raises ValueError from a 万亿 yuan on.
    """
    whole, cents = divmod(abs(fen), 100)
    if whole >= _LIMIT:
        raise ValueError("金额达到万亿，无法写成大写，请核对。")
    digits, units = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟")
    jiao, rest = divmod(cents, 10)
    words = _read(whole, digits, units) + "元" if whole or not cents else ""
    if whole and cents and (not jiao or not whole % 10):
        words += "零"
    words += (digits[jiao] + "角" if jiao else "") + (digits[rest] + "分" if rest else "")
    return ("(红字)" if fen < 0 else "") + "人民币" + words + ("" if rest else "整")


def spoken(fen: Fen) -> str:
    """The amount as it is said over the counter: 128400 → 一千二百八十四块, 1650 → 十六块五, 5 → 五分.

    Raises ValueError from a 万亿 yuan on.
    """
    whole, cents = divmod(abs(fen), 100)
    if whole >= _LIMIT:
        raise ValueError("金额达到万亿，无法读出，请核对。")
    digits = "零一二三四五六七八九"
    jiao, rest = divmod(cents, 10)
    words = _read(whole, digits, ("", "十", "百", "千")) + "块" if whole else ""
    words = re.sub(r"^一十", "十", words)
    words = re.sub(r"^二(?=[百千万亿块])", "两", words)
    if whole and cents and (not jiao or not whole % 10):
        words += "零"
    if jiao:
        # 十六块五 is sixteen fifty, but after a zero (二十块零五毛) the word 毛 must be said.
        short = not rest and whole and whole % 10
        words += ("两" if jiao == 2 and not short else digits[jiao]) + ("" if short else "毛")
    if rest:
        words += digits[rest] + ("" if jiao else "分")
    return ("负" if fen < 0 else "") + (words or "零元")
