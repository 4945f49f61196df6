"""The slip as a PNG: every character in the columns the layout gave it, every code readable, whatever the font."""

import io
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from printers import fonts, picture
from printers.slip import QR, Pair, Row, Slip, Text, layout
from tests.paper import width
from tests.test_slips import SLIPS, TYPED, receipt

needs_font = pytest.mark.skipif(
    not fonts.found(fonts.ANY), reason='no CJK font here: pip install "wuye-desk[font]" or install one'
)
MARK = "※补打 第2次※ 2026-12-01 09:10 经办 王"


def opened(png: bytes) -> Image.Image:
    """The PNG with its ink white, so that a box round ink is `getbbox`."""
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.mode) == ("PNG", "1")
    return ImageChops.invert(image.convert("L"))


def drawn(rows: tuple[Row, ...], columns: int) -> list[tuple[Row, Image.Image]]:
    """Each row with its strip of the PNG; the strips fill it to the last dot."""
    whole = opened(picture.picture(rows, columns))
    assert whole.width == columns * 12
    strips: list[tuple[Row, Image.Image]] = []
    top = 0
    for row in rows:
        if row.kind == "drawer":
            continue
        height = len(picture.code(row.data, columns)) if row.kind == "qr" else 24 * (2 if row.tall else row.size) + 6
        strips.append((row, whole.crop((0, top, whole.width, top + height))))
        top += height
    assert top == whole.height
    return strips


def cells(row: Row, columns: int) -> list[tuple[int, int, bool]]:
    """Left and right dot of each character of a row, as the printer sets it, and whether ink must be there."""
    said = row.text.rstrip(" ") if row.align == "left" else row.text.strip(" ")
    room = 12 * (columns - width(said) * row.size)
    at = {"left": 0, "center": room // 2, "right": room}[row.align]
    found = []
    for char in said:
        right = at + 12 * row.size * width(char)
        found.append((at, right, char not in " \u3000"))
        at = right
    return found


def stands_in_its_columns(row: Row, strip: Image.Image, columns: int) -> None:
    places = cells(row, columns)
    for left, right, inked in places:
        assert (strip.crop((left, 0, right, strip.height)).getbbox() is not None) == inked, (row.text, left)
    begin, end = (places[0][0], places[-1][1]) if places else (0, 0)
    assert strip.crop((0, 0, begin, strip.height)).getbbox() is None
    assert strip.crop((end, 0, strip.width, strip.height)).getbbox() is None


@needs_font
@pytest.mark.parametrize("columns", [24, 31, 32, 42, 48])
@pytest.mark.parametrize("large", [False, True])
def test_ink_stands_where_the_rows_have_text_and_nowhere_else(columns: int, large: bool) -> None:
    for make in SLIPS:
        for row, strip in drawn(layout(make(large), columns, "客户联", MARK), columns):
            if row.kind != "qr":
                stands_in_its_columns(row, strip, columns)


@needs_font
@settings(deadline=None, max_examples=40)
@given(TYPED, st.integers(24, 48), st.integers(1, 4), st.booleans(), st.sampled_from(["left", "center", "right"]))
def test_so_does_whatever_is_typed(typed: str, columns: int, size: int, bold: bool, align: str) -> None:
    for row, strip in drawn(layout(Slip("x", "", (Text(typed, size, bold, align),)), columns), columns):
        for left, right, inked in cells(row, columns):
            assert inked or strip.crop((left, 0, right, strip.height)).getbbox() is None
        begin = min((left for left, _, _ in cells(row, columns)), default=0)
        end = max((right for _, right, _ in cells(row, columns)), default=0)
        box = strip.getbbox()
        assert box is None or (begin <= box[0] and box[2] <= end)


@needs_font
def test_a_character_wider_than_its_columns_is_made_to_fit() -> None:
    # Å is broader than its two columns' neighbours would like, U+FDFD is a whole sentence in one character.
    for size in (1, 2, 3, 4):
        row = Row("甲Å\ufdfdW—m", size)
        [(_, strip)] = drawn((row,), 48)
        stands_in_its_columns(row, strip, 48)


@needs_font
def test_letters_of_uneven_width_stand_in_their_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    [best, *_] = fonts.found(fonts.ANY)
    if Path(best).name != "NotoSansCJK-Regular.ttc":
        pytest.skip("needs a collection with both kinds of letters")
    monkeypatch.setattr(picture, "_index", lambda path: 2)
    caches = (picture._face, picture._drawn_by, picture._glyph)
    try:
        for cache in caches:
            cache.cache_clear()
        face = picture._face(best, 96)
        assert face is not None and face.getlength("W") > 48 > face.getlength("i")
        for size in (1, 2, 3, 4):
            row = Row("WiMm@%国", size)
            [(_, strip)] = drawn((row,), 48)
            stands_in_its_columns(row, strip, 48)
            # Narrowed, not cut off: a W is the same from both sides.
            letter = strip.crop((0, 0, 12 * size, strip.height))
            other_way = letter.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            unlike = sum(ImageChops.difference(letter, other_way).histogram()[255:])
            assert unlike < 0.4 * sum(letter.histogram()[255:])
    finally:
        for cache in caches:
            cache.cache_clear()


@needs_font
@pytest.mark.parametrize("columns", range(24, 49))
def test_a_scanner_reads_the_code_off_the_png_of_every_paper(columns: int) -> None:
    for data in ("A1042", "SJ01A26-000318.K7Q2", "https://w.example.cn/r/SJ01A26000318K7Q2"):
        rows = layout(Slip("x", "查验", (Text("扫码查验"), QR(data), Text("谢谢"))), columns)
        found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.picture(rows, columns))).convert("L"))
        assert [(one.text, one.ec_level) for one in found] == [(data, "M")]
        middle = (found[0].position.top_left.x + found[0].position.bottom_right.x) / 2
        assert abs(middle - columns * 6) <= 8


@pytest.mark.parametrize("columns", range(24, 49))
@pytest.mark.parametrize("data", ["A1042", "x" * 20, "x" * 40])
def test_a_code_has_white_round_it_and_no_seam_through_it(data: str, columns: int) -> None:
    dots = picture.code(data, columns)
    dark = [(x, y) for y, line in enumerate(dots) for x, dot in enumerate(line) if dot]
    left, right = min(x for x, _ in dark), max(x for x, _ in dark)
    top, bottom = min(y for _, y in dark), max(y for _, y in dark)
    # The finder's outer edge is seven modules: a module's size without asking who drew it.
    module = next(x for x in range(left, right) if not dots[top][x]) - left
    assert module % 7 == 0 and module >= 5 * 7
    quiet = 4 * (module // 7)
    assert len(dots) <= 240
    assert top >= quiet and len(dots) - 1 - bottom >= quiet and left >= quiet and columns * 12 - 1 - right >= quiet


@needs_font
def test_bold_is_the_same_letters_with_more_ink() -> None:
    for size in (1, 2, 3, 4):
        plain_, bold = (drawn((Row("合计 ￥497", size, weight),), 48)[0][1] for weight in (False, True))
        assert ImageChops.lighter(plain_, bold).tobytes() == bold.tobytes()
        assert sum(bold.histogram()[255:]) > 1.1 * sum(plain_.histogram()[255:])


@needs_font
def test_big_letters_are_the_small_ones_times_their_size() -> None:
    def box(row: Row) -> tuple[int, int, int, int]:
        found = drawn((row,), 48)[0][1].getbbox()
        assert found is not None
        return found

    once = box(Row("国"))
    for size in (2, 3, 4):
        assert all(abs(big - size * small) <= size + 1 for big, small in zip(box(Row("国", size)), once, strict=True))
    tall = box(Row("国", tall=True))
    assert all(abs(a - b) <= 1 for a, b in zip(tall[::2], once[::2], strict=True))
    assert abs((tall[3] - tall[1]) - 2 * (once[3] - once[1])) <= 3


@needs_font
def test_rare_characters_come_out_and_unlike_one_another() -> None:
    rare = "㛃𠮷䶮㭎喆镕"
    if picture.lacking(rare, fonts.ANY):
        pytest.skip(f"the fonts here lack {picture.lacking(rare, fonts.ANY)}")
    shapes = {drawn((Row(char),), 24)[0][1].tobytes() for char in rare}
    assert len(shapes) == len(rare)


@needs_font
def test_what_no_font_has_is_a_box() -> None:
    assert picture.lacking("甲\ue000 乙\ue000\u3000", fonts.ANY) == "\ue000"
    row = Row("甲\ue000乙")
    [(_, strip)] = drawn((row,), 24)
    stands_in_its_columns(row, strip, 24)


@needs_font
def test_the_drawer_leaves_nothing_on_the_paper() -> None:
    rows = layout(receipt(), 32, "客户联")
    assert any(row.kind == "drawer" for row in rows)
    without = tuple(row for row in rows if row.kind != "drawer")
    assert picture.picture(rows, 32) == picture.picture(without, 32)


@needs_font
def test_the_font_is_the_one_asked_for_then_any_other(tmp_path: Path) -> None:
    [best, *_] = fonts.found(fonts.ANY)
    copy = tmp_path / "宋体.ttc"
    copy.write_bytes(Path(best).read_bytes())
    assert fonts.found(str(copy)) == (str(copy), *fonts.found(fonts.ANY))
    assert fonts.found(Path(best).name) == fonts.found(fonts.ANY)
    assert fonts.fault(str(copy)) == fonts.fault(Path(best).name) == fonts.fault("") == ""

    missing = str(tmp_path / "没有.ttf")
    assert fonts.found(missing) == fonts.found(fonts.ANY)
    assert "没有这个字库文件" in fonts.fault(missing)

    broken = tmp_path / "坏.ttf"
    broken.write_text("not a font", encoding="utf-8")
    rows = (Row("欧阳㛃"),)
    assert picture.picture(rows, 32, str(broken)) == picture.picture(rows, 32, str(copy)) == picture.picture(rows, 32)


def test_without_any_font_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "found", lambda font: ())
    assert "中文字库" in fonts.fault("")
    with pytest.raises(ValueError, match="中文字库"):
        picture.picture(layout(Slip("x", "收据", (Pair("合计", "1.00"),)), 32), 32)
