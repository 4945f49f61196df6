"""Money to the fen: typed, read, written in capitals, said aloud, rounded."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from desk.money import Fen, capital, half_up, parse_yuan, spoken, yuan


@given(st.integers(0, 10**10 - 1))
def test_what_is_shown_can_be_typed_again(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen
    assert parse_yuan(f"￥{yuan(fen)}元") == fen
    assert yuan(-fen).lstrip("-") == yuan(fen)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,284", 128400), ("1284.5", 128450), ("￥12.30", 1230), ("¥12.3", 1230), ("１２．３０元", 1230),
        ("1，284.00", 128400),
        ("12。5", 1250), (".5", 50), ("12.", 1200), ("0", 0), ("人民币 8 元整", 800), (" 0007 ", 700),
        ("99999999.99", 9999999999),
    ],
)  # fmt: skip
def test_amounts_as_typed(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12.345", "两位"), ("-5", "负数"), ("－5", "负数"), ("￥-5", "负数"), ("12a", "不是金额"), ("", "不是金额"),
        (".", "不是金额"),
        ("1,28", "不是金额"), ("1e5", "不是金额"), ("12 元 5", "不是金额"), ("773123456789012", "条码"),
        ("1.2.3", "不是金额"),
    ],
)  # fmt: skip
def test_no_amounts(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (140950, "壹仟肆佰零玖元伍角整"), (600714, "陆仟零柒元壹角肆分"), (168032, "壹仟陆佰捌拾元零叁角贰分"),
        (10700053, "壹拾万柒仟元零伍角叁分"), (1640902, "壹万陆仟肆佰零玖元零贰分"), (32504, "叁佰贰拾伍元零肆分"),
        (10000000, "壹拾万元整"), (5, "伍分"), (100000001, "壹佰万元零壹分"), (0, "零元整"), (50, "伍角整"),
        (1000, "壹拾元整"),
        (49700, "肆佰玖拾柒元整"), (10050000, "壹拾万零伍佰元整"), (10000500000, "壹亿零伍仟元整"),
        (10001000000, "壹亿零壹万元整"),
        (200010000000, "贰拾亿零壹拾万元整"), (101000, "壹仟零壹拾元整"), (100100100, "壹佰万壹仟零壹元整"),
        (128400, "壹仟贰佰捌拾肆元整"),
    ],
)  # fmt: skip
def test_capitals(fen: int, words: str) -> None:
    assert capital(fen) == "人民币" + words
    if fen:
        assert capital(-fen) == "(红字)人民币" + words


def read_capital(text: str) -> int:
    """Capitals back to fen, by adding up; knows nothing of where zeros go."""
    digits, units = "零壹贰叁肆伍陆柒捌玖", {"拾": 10, "佰": 100, "仟": 1000}
    fen = group = yuan_ = digit = 0
    for sign in text.removeprefix("人民币"):
        if sign in digits:
            digit = digits.index(sign)
        elif sign in units:
            group, digit = group + digit * units[sign], 0
        elif sign in "万亿元":
            power = {"万": 10**4, "亿": 10**8, "元": 1}[sign]
            yuan_, group, digit = yuan_ + (group + digit) * power, 0, 0
        elif sign in "角分":
            fen, digit = fen + digit * (10 if sign == "角" else 1), 0
    return yuan_ * 100 + fen


@given(st.integers(0, 10**14 - 1))
def test_capitals_say_the_same_amount(fen: int) -> None:
    words = capital(fen)
    assert read_capital(words) == fen
    assert words.endswith("整") == (fen % 10 == 0)
    assert "零零" not in words and "零万" not in words and "零亿" not in words
    assert "零元" not in words or fen == 0


def test_a_wan_yi_is_not_written() -> None:
    for write in (capital, spoken):
        with pytest.raises(ValueError, match="万亿"):
            write(10**14)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (128400, "一千二百八十四块"), (1650, "十六块五"), (1600, "十六块"), (130000, "一千三百块"),
        (1605, "十六块零五分"),
        (1655, "十六块五毛五"), (5, "五分"), (50, "五毛"), (20, "两毛"), (0, "零元"), (2050, "二十块零五毛"),
        (200, "两块"), (220, "两块二"),
        (20000, "两百块"), (22200, "两百二十二块"), (1200, "十二块"), (11000, "一百一十块"), (101000, "一千零一十块"),
        (2200000, "两万二千块"), (10000000, "十万块"), (-1600, "负十六块"),
    ],
)  # fmt: skip
def test_amounts_said_aloud(fen: int, words: str) -> None:
    assert spoken(fen) == words


@given(st.integers(-(10**15), 10**15), st.integers(-(10**6), 10**6).filter(bool))
def test_halves_go_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    near = half_up(numerator, denominator)
    assert abs(2 * (near * denominator - numerator)) <= abs(denominator)
    assert half_up(-numerator, denominator) == -near
    if (2 * numerator) % denominator == 0:
        assert near == exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def test_no_division_by_nothing() -> None:
    with pytest.raises(ZeroDivisionError):
        half_up(1, 0)


@pytest.mark.parametrize("wrong", [1.0, "100", True, None, Decimal(1)])
def test_fen_are_whole_numbers_and_nothing_else(wrong: object) -> None:
    fen: TypeAdapter[int] = TypeAdapter(Fen)
    assert fen.validate_python(100) == 100
    with pytest.raises(ValidationError):
        fen.validate_python(wrong)
