"""Characters a printer lacks: their line goes as a picture, the others as text, and no picture gives a command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.config import Config, Printer, read_config, write_config
from desk.paper import profile
from desk.repairs import Reported
from desk.setup import store_of
from printers import fonts, picture, spool, thermal
from printers.slip import QR, Pair, Row, Rule, Slip, Text, layout
from printers.thermal import Profile, encode, missing
from tests import paper
from tests.office import office
from tests.test_picture import drawn, needs_font
from tests.test_slips import NODES, SLIPS

HAZARD = re.compile(rb"\x10[\x04\x05\x14]|\x1b\x3d")
CODECS = {"gb2312": "gbk", "gbk": "gbk", "gb18030-2": "gb18030", "gb18030-4": "gb18030"}

RARE = Slip(
    "x",
    "收款收据",
    (
        Rule(),
        Pair("户主", "欧阳㛃"),
        Text("𠮷田", 3, True, "center"),
        Pair("合计", "￥497.00", 2, True),
        Text("取件人 䶮", 4),
        Text("经办 李敏", align="right"),
    ),
)

Dots = list[list[bool]]


def pictures(job: bytes) -> list[tuple[str, Dots]]:
    """Every GS v 0 of a job: how the printer was aligned when it came, and its dots. Knows nothing of printers/."""
    found: list[tuple[str, Dots]] = []
    align, at = b"\0", 0
    while (start := job.find(b"\x1dv0\0", at)) >= 0:
        align = re.findall(rb"\x1ba(.)", b"\x1ba" + align + job[at:start], re.S)[-1]
        across, down = (int.from_bytes(job[start + n : start + n + 2], "little") for n in (4, 6))
        data, at = job[start + 8 : start + 8 + across * down], start + 8 + across * down
        assert len(data) == across * down
        bits = [f"{int.from_bytes(data[n : n + across], 'big'):0{across * 8}b}" for n in range(0, len(data), across)]
        found.append((("left", "center", "right")[align[0]], [[bit == "1" for bit in line] for line in bits]))
    return found


def on_png(rows: tuple[Row, ...], columns: int) -> list[Dots]:
    """The strips of the PNG, row by row, as dots."""
    return [
        [[bool(strip.getpixel((x, y))) for x in range(strip.width)] for y in range(strip.height)]
        for _, strip in drawn(rows, columns)
    ]


@needs_font
@pytest.mark.parametrize("columns", [24, 32, 42, 48])
@pytest.mark.parametrize(
    ("charset", "pictured"), [("gb2312", "㛃𠮷䶮"), ("gbk", "㛃𠮷䶮"), ("gb18030-2", "㛃𠮷"), ("gb18030-4", "")]
)
def test_only_the_lines_with_what_the_printer_lacks_are_pictures(columns: int, charset: str, pictured: str) -> None:
    rows = layout(RARE, columns)
    job = encode(rows, Profile(columns, charset, font=fonts.ANY))
    read = paper.decode(job, CODECS[charset])
    lines = [row for row in rows if not set(row.text) & set(pictured)]
    assert [line.text for line in read.lines] == [
        row.text.rstrip(" ") if row.align == "left" else row.text.strip(" ") for row in lines
    ]
    assert [(line.size, line.bold, line.align) for line in read.lines] == [(row.size, row.bold, row.align) for row in lines]
    assert ["[图]" if item == "[图]" else "line" for item in read.items] == [
        "[图]" if set(row.text) & set(pictured) else "line" for row in rows
    ]
    assert missing(rows, charset, fonts.ANY) == ""


@needs_font
@pytest.mark.parametrize("columns", [24, 32, 42, 48])
def test_such_a_line_is_dot_for_dot_that_of_the_png(columns: int) -> None:
    rows = layout(RARE, columns)
    sent = pictures(encode(rows, Profile(columns, font=fonts.ANY)))
    wanted = [dots for row, dots in zip(rows, on_png(rows, columns), strict=True) if set(row.text) & set("㛃𠮷䶮")]
    assert [align for align, _ in sent] == ["left"] * 3, "not every printer aligns pictures as text: white dots do it"
    assert len(sent) == len(wanted) == 3
    for (_, dots), png in zip(sent, wanted, strict=True):
        assert all(len(line) <= -(-columns * 12 // 8) * 8 for line in dots)
        padded = [(line + [False] * (columns * 12))[: columns * 12] for line in dots]
        assert padded == png


@needs_font
def test_a_picture_line_on_58_mm_is_at_most_1440_bytes() -> None:
    rows = layout(Slip("x", "", (Text("㛃" * 16),)), 32)
    assert len(encode(rows, Profile(font=fonts.ANY))) - len(encode((), Profile())) <= 1440 + 8


@needs_font
def test_a_large_slip_stays_large_as_a_picture() -> None:
    slip = Slip("x", "", (Text("户主 欧阳㛃，本楼本单元本层本户今日"), Text("㛃")), large=True)
    rows = layout(slip, 32)
    assert [(row.size, row.tall) for row in rows] == [(1, True), (1, True), (2, False)]
    sent = [len(dots) for _, dots in pictures(encode(rows, Profile(font=fonts.ANY)))]
    assert sent == [54, 54]


def test_without_a_font_the_number_stands_for_the_character_and_that_is_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = layout(RARE, 32)
    spelled = encode(rows, Profile())
    assert missing(rows, "gbk") == "㛃𠮷䶮"
    monkeypatch.setattr(fonts, "found", lambda font: ())
    picture._drawn_by.cache_clear()
    try:
        assert missing(rows, "gbk", fonts.ANY) == "㛃𠮷䶮"
        assert encode(rows, Profile(font=fonts.ANY)) == spelled
    finally:
        picture._drawn_by.cache_clear()
    said = "".join(line.text for line in paper.decode(spelled, "gbk").lines)
    assert "[U+36C3]" in said and "[U+20BB7]" in said and "[U+4DAE]" in said


@needs_font
def test_what_no_font_has_is_spelled_out_and_told() -> None:
    rows = layout(Slip("x", "", (Text("甲\ue000㛃"), Text("㛃"))), 32)
    assert missing(rows, "gbk", fonts.ANY) == "\ue000㛃"
    read = paper.decode(encode(rows, Profile(font=fonts.ANY)), "gbk")
    assert [line.text for line in read.lines] == ["甲[U+E000][U+36C3]"] and len(read.pictures) == 1


@settings(deadline=None, max_examples=150)
@given(
    st.lists(NODES, max_size=4),
    st.integers(24, 48),
    st.sampled_from(sorted(CODECS)),
    st.sampled_from(["native", "image"]),
    st.booleans(),
    st.sampled_from(["", fonts.ANY]),
)
def test_no_job_holds_a_real_time_command(
    nodes: list[object], columns: int, charset: str, codes: str, large: bool, font: str
) -> None:
    rows = layout(Slip("x", "", tuple(nodes), large=large), columns)  # type: ignore[arg-type]
    job = encode(rows, Profile(columns, charset, codes, font=font))
    assert not HAZARD.search(job)
    read = paper.decode(job, CODECS[charset])
    assert len(read.items) >= sum(row.kind != "drawer" for row in rows)


@needs_font
def test_the_pictures_of_many_names_would_hold_such_commands_and_do_not() -> None:
    names = [chr(code) for code in range(0x3400, 0x4DB6, 4) if not picture.lacking(chr(code), fonts.ANY)]
    if len(names) < 1500:
        pytest.skip("the fonts here lack Extension A")
    lines = ["".join(names[n : n + 16]) for n in range(0, len(names) - 16, 16)]
    rows = layout(Slip("x", "", tuple(Text(line) for line in lines)), 32)
    raw = [b"".join(picture.strip(row, 32, fonts.ANY)) for row in rows]
    sent = encode(rows, Profile(font=fonts.ANY))
    assert any(HAZARD.search(dots) for dots in raw), "the danger is real"
    assert not HAZARD.search(sent)
    changed = 0
    for dots, (_, cleared) in zip(raw, pictures(sent), strict=True):
        before = "".join(f"{byte:08b}" for byte in dots)
        after = "".join("01"[dot] for line in cleared for dot in line)
        changed += sum(a != b for a, b in zip(before, after, strict=True))
    assert 0 < changed < len(lines) / 4, "a dot here and there, no more"


def test_escape_equals_is_cleared_as_well() -> None:
    assert thermal.harmless(b"\x1b\x3d\x1b\x1b\x3d\x10\x10\x04") == b"\x1a\x3d\x1b\x1a\x3d\x10\x11\x04"


LIGHT = """\
import sys
from printers import fonts
from printers.thermal import Profile, encode
from printers.slip import Pair, QR, Slip, Text, layout
rows = layout(Slip("x", "收据", (Text("一"), Pair("合计", "1.00", 2), QR("A1042"))), 32)
encode(rows, Profile(font=fonts.ANY))
print(sorted({"PIL", "qrcode"} & {name.split(".")[0] for name in sys.modules}), fonts._installed.cache_info().misses)
"""


def test_a_slip_of_plain_characters_looks_for_no_font() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[] 0"


@needs_font
@pytest.mark.parametrize("font", ["", "named"])
def test_the_desk_s_font_draws_the_name_the_printer_lacks(tmp_path: Path, font: str) -> None:
    made, people = office(tmp_path)
    made.close()
    setting = fonts.found(fonts.ANY)[0] if font else ""
    printer = Printer(url="dummy:")
    config = Config(estate="明强小区", printer=(printer,), font=setting)
    write_config(tmp_path, config)
    assert read_config(tmp_path).font == setting
    assert profile(printer, setting).font == (setting or fonts.ANY)
    store = store_of(tmp_path, config)
    store.open()
    try:
        said = Reported(room="3-2-501", category="下水", problem="地漏返水", reporter="欧阳㛃", phone="13800001234")
        record = store.act(said, people["赵强"]).record
        [job] = store.look(lambda db: spool.jobs(db, record.id))
        read = paper.decode(store.look(lambda db: spool.payload(db, job.id)), "gbk")
    finally:
        store.close()
    assert "[图]" in read.items
    assert not any("U+" in line.text for line in read.lines)


def test_every_slip_still_goes_as_text() -> None:
    for make in SLIPS:
        rows = layout(make(), 32)
        assert encode(rows, Profile(font=fonts.ANY)) == encode(rows, Profile())


def test_a_code_as_a_picture_is_the_one_of_the_png() -> None:
    job = encode(layout(Slip("x", "", (QR("A1042"),)), 48), Profile(48, qr="image"))
    [(align, dots)] = pictures(job)
    wide = len(dots[0])
    assert (align, dots) == ("left", [list(map(bool, line.ljust(wide, b"\0"))) for line in picture.code("A1042", 48)])
