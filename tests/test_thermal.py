"""What reaches the printer: bytes read back by the tests' own reader and compared with encoders we did not write."""

import re
import time

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from printers import qr, thermal
from printers.quiet import escpos_printer
from printers.slip import QR, Drawer, Pair, Row, Slip, Text, layout, plain
from printers.thermal import Profile, encode, missing
from tests import paper
from tests.test_slips import NODES, SLIPS, pickup, receipt, repair, visitor

MARK = "※补打 第2次※ 2026-12-01 09:10 经办 王"


@pytest.mark.parametrize("kanji", ["gs+fs", "gs"])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("columns", [24, 32, 42, 48])
def test_the_bytes_say_what_the_plain_text_says(columns: int, large: bool, kanji: str) -> None:
    for make in SLIPS:
        for mark in ("", MARK):
            rows = layout(make(large), columns, "客户联", mark)
            read = paper.decode(encode(rows, Profile(columns, kanji=kanji)), "gbk")
            assert paper.text(read, columns) == plain(rows)
            shown = [row for row in rows if row.kind not in ("qr", "drawer")]
            assert [(line.size, line.bold, line.tall) for line in read.lines if line.text] == [
                (row.size, row.bold, row.tall) for row in shown if row.text.strip()
            ]


@settings(deadline=None)
@given(st.lists(NODES, max_size=5), st.sampled_from([32, 42, 48]), st.booleans(), st.sampled_from(["native", "image"]))
def test_whatever_is_typed_reaches_the_paper(nodes: list[object], columns: int, large: bool, codes: str) -> None:
    rows = layout(Slip("x", "", tuple(nodes), large=large), columns)  # type: ignore[arg-type]
    read = paper.decode(encode(rows, Profile(columns, "gb18030-4", codes)))
    assert [line.text.replace(" ", "") for line in read.lines] == [
        row.text.replace(" ", "") for row in rows if row.kind != "qr"
    ]
    assert all(paper.width(line.text) <= columns // line.size for line in read.lines)
    assert len(read.codes) + len(read.pictures) == sum(row.kind == "qr" for row in rows)


@pytest.mark.parametrize(("make", "codes"), [(receipt, 1), (repair, 0), (visitor, 1), (pickup, 0)])
def test_a_job_ends_with_drawer_feed_cut_and_the_question(make: object, codes: int) -> None:
    job = encode(layout(make(), 32), Profile())  # type: ignore[operator]
    assert job.startswith(b"\x1b@\x1c&\x1cS\0\0\x1bR\0")
    read = paper.decode(job, "gbk")
    assert len(read.codes) == codes
    assert read.pulses == ([b"\0\x32\xfa"] if make is receipt else [])
    assert read.order[-3:] == ["feed", "cut", "ask"]
    if read.pulses:
        assert read.order[-4] == "pulse"
    assert (read.feeds, read.cuts, read.asked) == ([4], 1, 1)


def test_a_printer_without_cutter_or_drawer_gets_neither() -> None:
    rows = layout(receipt(), 32)
    read = paper.decode(encode(rows, Profile(cutter=False, drawer=False, feed=6, beep=True)), "gbk")
    assert (read.cuts, read.pulses, read.feeds, read.beeps, read.asked) == (0, [], [6], 1, 1)


def test_sizes_of_one_times_to_four_and_back() -> None:
    slip = Slip("x", "", (Text("号", 4), Text("房", 3), Text("a"), Text("名", 2), Text("单")))
    for kanji in ("gs+fs", "gs"):
        read = paper.decode(encode(layout(slip, 32), Profile(kanji=kanji)), "gbk")
        assert [(line.text, line.size) for line in read.lines] == [("号", 4), ("房", 3), ("a", 1), ("名", 2), ("单", 1)]


def test_no_question_is_hidden_in_a_job() -> None:
    for make in SLIPS:
        for codes in ("native", "image"):
            assert not re.search(rb"\x10[\x04\x05\x14]", encode(layout(make(), 32), Profile(qr=codes)))


@pytest.mark.parametrize(
    ("char", "charsets"),
    [
        ("房", {"gb2312", "gbk", "gb18030-2", "gb18030-4"}),
        ("·", {"gb2312", "gbk", "gb18030-2", "gb18030-4"}),
        ("—", {"gb2312", "gbk", "gb18030-2", "gb18030-4"}),
        ("￥", {"gb2312", "gbk", "gb18030-2", "gb18030-4"}),
        ("镕", {"gbk", "gb18030-2", "gb18030-4"}),
        ("喆", {"gbk", "gb18030-2", "gb18030-4"}),
        ("㎡", {"gbk", "gb18030-2", "gb18030-4"}),
        ("䶮", {"gb18030-2", "gb18030-4"}),
        ("㭎", {"gb18030-2", "gb18030-4"}),
        ("㛃", {"gb18030-4"}),
        ("𠮷", {"gb18030-4"}),
        ("😀", {"gb18030-4"}),
    ],
)
def test_which_printer_has_which_character(char: str, charsets: set[str]) -> None:
    rows = layout(Slip("x", "", (Text(f"欧阳{char}{char}"),)), 32)
    for charset in ("gb2312", "gbk", "gb18030-2", "gb18030-4"):
        has = charset in charsets
        assert missing(rows, charset) == ("" if has else char)
        read = paper.decode(encode(rows, Profile(charset=charset)), "gb18030" if charset.startswith("gb18030") else "gbk")
        assert read.lines[0].text == (f"欧阳{char}{char}" if has else f"欧阳[U+{ord(char):04X}][U+{ord(char):04X}]")


def test_a_spelled_out_character_takes_its_room_from_the_gaps_then_from_further_lines() -> None:
    slip = Slip("x", "㛃", (Pair("户主", "欧阳㛃"), Text("㛃" * 12, align="center"), Pair("合计", "㛃 497.00", 2)))
    for columns in (24, 32, 48):
        read = paper.decode(encode(layout(slip, columns), Profile(columns)), "gbk")
        assert all(paper.width(line.text) <= columns // line.size for line in read.lines)
        said = "".join(line.text for line in read.lines)
        assert said.count("[U+36C3]") == 15
    read = paper.decode(encode(layout(slip, 32), Profile()), "gbk")
    assert read.lines[1].text == "户主                欧阳[U+36C3]"
    assert paper.width(read.lines[1].text) == 32


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40), st.integers(1, 16))
def test_native_codes_are_byte_for_byte_those_of_python_escpos(data: str, module: int) -> None:
    dummy = escpos_printer("Dummy")()
    dummy.qr(data, ec=1, size=module, native=True)
    assert thermal.native_qr(data, module) == dummy.output


def test_the_rest_of_the_commands_are_those_of_python_escpos() -> None:
    dummy = escpos_printer("Dummy")(profile="TM-T20II")
    dummy.print_and_feed(4)
    dummy.cut(mode="PART", feed=True)
    assert dummy.output.endswith(thermal.CUT)
    assert dummy.output.startswith(b"\x1bd\x04")
    dummy = escpos_printer("Dummy")()
    dummy.cashdraw([0x1B, 0x70, 0x00, 0x32, 0xFA])
    assert dummy.output == thermal.PULSE


@settings(deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=40, max_size=40), min_size=1, max_size=30))
def test_pictures_are_those_of_python_escpos_but_for_the_cleared_hazard(dots: list[list[bool]]) -> None:
    image = Image.new("L", (40, len(dots)), 255)
    for y, row in enumerate(dots):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x, y), 0)
    dummy = escpos_printer("Dummy")()
    dummy.image(image, impl="bitImageRaster")
    assert thermal.raster([bytes(row) for row in dots]) == dummy.output[:8] + thermal.harmless(dummy.output[8:])


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"\x10\x04\x01", b"\x10\x05\x02", b"\x10\x14\x01\0\x01", b"\x10\x10\x04"]))
def test_a_picture_never_asks_the_printer_anything(data: bytes, hazard: bytes) -> None:
    clear = thermal.harmless(data + hazard + data)
    assert not re.search(rb"\x10[\x04\x05\x14]", clear)
    assert sum(a != b for a, b in zip(data + hazard + data, clear, strict=True)) >= 1
    assert all((a ^ b) in (0, 1) for a, b in zip(data + hazard + data, clear, strict=True))


@pytest.mark.parametrize("columns", [24, 32, 48])
@pytest.mark.parametrize("data", ["A1042", "https://w.example.cn/r/SJ01A26000318K7Q2"])
def test_a_code_printed_as_a_picture_can_be_scanned(data: str, columns: int) -> None:
    job = encode(layout(Slip("x", "查验", (Text("扫码查验"), QR(data), Text("谢谢"))), columns), Profile(columns, qr="image"))
    read = paper.decode(job, "gbk")
    assert [type(item).__name__ for item in read.items][-2:] == ["str", "Line"]
    dots = [row for picture in read.pictures for row in picture]
    assert all(len(picture) <= 240 for picture in read.pictures)
    wide = len(dots[0])
    assert wide <= columns * 12
    # The strip of paper round it, as the printer leaves it.
    image = Image.new("L", (columns * 12, len(dots) + 60), 255)
    for y, row in enumerate(dots):
        for x, dark in enumerate(row):
            if dark:
                image.putpixel((x, y + 30), 0)
    [found] = zxingcpp.read_barcodes(image)
    assert (found.text, found.ec_level) == (data, "M")
    centre = (found.position.top_left.x + found.position.top_right.x) / 2
    assert abs(centre - columns * 6) <= 8


def test_a_native_code_has_level_m_and_a_size_that_fits() -> None:
    for columns, module in ((24, 6), (32, 6), (48, 8)):
        read = paper.decode(encode(layout(visitor(), columns), Profile(columns)), "gbk")
        assert (read.codes, read.levels, read.modules) == (["V-01HZX8K3"], ["M"], [module])
        assert (len(qr.matrix("V-01HZX8K3")) + 8) * module <= columns * 12


@pytest.mark.parametrize(
    "wrong",
    [{"columns": 20}, {"charset": "utf-8"}, {"qr": "svg"}, {"kanji": "fs"}, {"feed": 300}],
)
def test_a_profile_names_what_is_wrong_with_it(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"打印机设置 {next(iter(wrong))} = "):
        Profile(**wrong)  # type: ignore[arg-type]


def test_a_drawer_opens_only_from_its_node() -> None:
    assert not paper.decode(encode((Row("a" * 32),), Profile())).pulses
    rows = layout(Slip("x", "", (Drawer(), Text("a"))), 32)
    read = paper.decode(encode(rows, Profile()))
    assert read.order == ["line", "pulse", "feed", "cut", "ask"]


def test_a_receipt_is_made_within_a_millisecond_and_a_kilobyte() -> None:
    slip, profile = receipt(), Profile()
    job = encode(layout(slip, 32, "客户联"), profile)
    assert len(job) <= 1000
    best = 1.0
    for _ in range(200):
        start = time.perf_counter()
        encode(layout(slip, 32, "客户联"), profile)
        best = min(best, time.perf_counter() - start)
    assert best <= 0.001
