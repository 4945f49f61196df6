"""What a slip looks like before any printer is chosen: widths, wrapping, the four jobs' slips as a person reads them."""

import itertools
import subprocess
import sys
from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len

from printers import qr
from printers.cells import clean, cut, glass_cut, glass_pad, pad, paper_width, wrap
from printers.slip import QR, Drawer, Feed, Node, Pair, Row, Rule, Slip, Table, Text, layout, plain, preview
from tests.paper import width

# What people type at a counter, and what a pasted message may bring along.
TYPED = st.text(
    st.one_of(
        st.sampled_from("物业费收据号楼单元室王李张，。、；：（）“”…×～￥㎡·※□√①→"),
        st.sampled_from("0123456789ABCxyz -./:*%"),
        st.characters(),
    ),
    max_size=60,
)
COLUMNS = st.integers(24, 48)
NO_START = "，。、；：）"


def receipt(large: bool = False) -> Slip:
    return Slip(
        "receipt",
        "收款收据",
        (
            Text("幸福里小区物业服务中心", align="center"),
            Rule(),
            Text("No. SJ01A26-000318"),
            Text("房号 3-2-501   业主 王*芳"),
            Text("缴款 王建国（儿子·代缴）"),
            Rule(),
            Table(
                (
                    ("物业费 2026-10～2026-12", ""),
                    (" 89.60㎡×1.80×3月", "483.84"),
                    ("公摊电 2026-10", "12.36"),
                    ("违约金 18天 0.05%/日", "1.20"),
                    ("减免 抹零", "-0.40"),
                ),
                (0, 8),
            ),
            Rule(),
            Pair("合计", "￥497.00", 2, True),
            Text("人民币肆佰玖拾柒元整"),
            Pair("现金 500.00", "找零 3.00"),
            Pair("尚欠", "无"),
            Text("物业费已缴至 2026-12-31"),
            Rule(),
            Text("收款人 李敏  2026-11-20 10:05"),
            Text("收款单位（盖章）"),
            Feed(2),
            QR("SJ01A26-000318.K7Q2"),
            Text("本收据不作发票；需发票凭此登记"),
            Text("热敏纸会褪色，可换A4大字收据"),
            Drawer(),
        ),
        ("客户联", "留存联"),
        large,
        money=True,
    )


def repair(large: bool = False) -> Slip:
    return Slip(
        "repair",
        "报修受理单",
        (
            Text("幸福里小区物业服务中心", align="center"),
            Rule(),
            Text("BX01261120-003", 3, True, "center"),
            Pair("房号", "3-2-501"),
            Pair("事项", "下水 厨房地漏返水，水漫到客厅木地板，请先打电话再敲门"),
            Pair("登记", "2026-11-20 09:42 前台 李"),
            Pair("承诺", "今天 14:30 前到场\n明天 18:00 前修好", 1, True),
            Pair("费用", "看后报价，您签字才动工"),
            Rule(),
            Text("查询催办 8888 1234（24小时）"),
            Text("修好后评价 满意□一般□不满□"),
        ),
        large=large,
    )


def visitor(large: bool = False) -> Slip:
    return Slip(
        "visitor",
        "访客单",
        (
            Pair("单号", "FK01261120-017"),
            Text("3号楼", 3, True, "center"),
            Pair("类型", "维修装修 2人"),
            Pair("车牌", "沪AD12345"),
            Pair("入", "14:05"),
            Pair("请于", "18:00 前离开", 2, True),
            QR("V-01HZX8K3"),
            Text("出门请交回，或报号签离", align="center"),
            Text("登记信息只用于门岗，30天后删除", align="center"),
        ),
        large=large,
    )


def pickup(large: bool = False) -> Slip:
    return Slip(
        "parcel",
        "取件通知",
        (
            Text("2-5-0318", 4, True, "center"),
            Pair("房号", "3-2-1201", 2),
            Rule(),
            Pair("收件人", "欧阳*"),
            Pair("快递", "顺丰 尾号4471"),
            Pair("存放", "前台 B架3层"),
            Pair("到件", "11-20 14:32"),
        ),
        large=large,
    )


SLIPS = (receipt, repair, visitor, pickup)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("¥12.50", "￥12.50"),
        ("89.6m²", "89.6m2"),
        ("☑ 已查验", "√ 已查验"),
        ("娜•扎", "娜·扎"),
        ("3号\u200b楼\ufeff", "3号楼"),
        ("a\u00a0b\tc", "a b c"),
        ("e\u0301", "é"),
        ("好\ud800", "好"),
        ("☎\ufe0f", "☎"),
        ("品™", "品"),
        ("\x1b@\x10\x04\x01", "@"),
        ("全\u3000角", "全\u3000角"),
    ],
)
def test_what_a_printer_garbles_is_written_as_the_trade_writes_it(typed: str, printed: str) -> None:
    assert clean(typed) == printed


@settings(deadline=None)
@given(TYPED)
def test_cleaning_twice_changes_nothing_and_no_byte_of_a_command_survives(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert all(char >= " " and not 0x7F <= ord(char) < 0xA0 and not 0xD800 <= ord(char) < 0xE000 for char in once)
    assert paper_width(text) == width(once)


@settings(deadline=None)
@given(TYPED, st.integers(0, 48), st.sampled_from(["left", "right", "center"]))
def test_padded_text_is_exactly_as_wide_as_asked(text: str, columns: int, align: str) -> None:
    padded = pad(text, columns, align)
    assert width(padded) == columns
    if width(clean(text)) <= columns:
        assert padded.strip(" ") == clean(text).strip(" ")


@settings(deadline=None)
@given(TYPED, st.integers(0, 48))
def test_cut_text_fits_and_says_that_it_was_cut(text: str, columns: int) -> None:
    short = cut(text, columns)
    assert width(short) <= columns
    if short != clean(text):
        assert columns < 2 or (short.endswith("…") and clean(text).startswith(short[:-1]))


@settings(deadline=None)
@given(TYPED, st.integers(2, 48))
def test_wrapping_fits_the_paper_and_loses_nothing(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(map(clean, text.split("\n"))).replace(" ", "")


@settings(deadline=None)
@given(TYPED, COLUMNS)
def test_a_number_is_not_broken_and_no_line_starts_with_a_stop(text: str, columns: int) -> None:
    lines = wrap(text, columns)
    whole = clean(text.replace("\n", " "))
    start = 0
    for before, line in itertools.pairwise(lines):
        start = whole.index(before.strip(" "), start) + len(before.strip(" "))
        rest = whole[start:]
        if before[-1:].isascii() and before[-1:].isalnum() and line[:1].isascii() and line[:1].isalnum():
            broken = rest[:1] != " " and "\n" not in text
            run = before.split(" ")[-1]
            assert not broken or width(run) >= columns, lines
        if line[:1] and line[0] in NO_START and "\n" not in text and rest[:1] != " ":
            # Only where what it belongs to leaves it no room: a run of stops, or a number as wide as the paper.
            belongs = before.split(" ")[-1]
            assert width(belongs) + 2 > columns or all(char in NO_START for char in line[:1] + belongs[-1:]), lines


def test_wrapping_reads_well() -> None:
    assert wrap("水漫到客厅木地板，老人独居", 16) == ["水漫到客厅木地", "板，老人独居"]
    assert wrap("电话 13812345678，请先打电话", 16) == ["电话", "13812345678，请", "先打电话"]
    assert wrap("业主（王*芳）", 11) == ["业主", "（王*芳）"]
    assert wrap("https://example.cn/receipts/2026/000318", 16) == ["https://example.", "cn/receipts/2026", "/000318"]
    assert wrap("甲\n乙", 16) == ["甲", "乙"]
    assert wrap("", 16) == [""]
    with pytest.raises(ValueError, match="放不下"):
        wrap("字", 1)


@settings(deadline=None)
@given(TYPED, st.integers(0, 60), st.sampled_from(["left", "right", "center"]))
def test_on_glass_cells_are_counted_as_rich_counts_them(text: str, cells: int, align: str) -> None:
    assert cell_len(glass_cut(text, cells)) <= cells
    assert cell_len(glass_pad(text, cells, align)) == cells


def test_glass_and_paper_differ_where_the_fonts_do() -> None:
    assert (paper_width("2.80×96.5"), cell_len("2.80×96.5")) == (10, 9)
    assert glass_cut("欧阳建国", 5) == "欧阳…"
    assert cut("欧阳建国", 6) == "欧阳…"


RECEIPT_32 = """\
            收款收据
           （客户联）
     幸福里小区物业服务中心
--------------------------------
No. SJ01A26-000318
房号 3-2-501   业主 王*芳
缴款 王建国（儿子·代缴）
--------------------------------
物业费 2026-10～2026-12
 89.60㎡×1.80×3月       483.84
公摊电 2026-10             12.36
违约金 18天 0.05%/日        1.20
减免 抹零                  -0.40
--------------------------------
合计                    ￥497.00
人民币肆佰玖拾柒元整
现金 500.00            找零 3.00
尚欠                          无
物业费已缴至 2026-12-31
--------------------------------
收款人 李敏  2026-11-20 10:05
收款单位（盖章）


[二维码 SJ01A26-000318.K7Q2]
本收据不作发票；需发票凭此登记
热敏纸会褪色，可换A4大字收据"""

REPAIR_32 = """\
           报修受理单
     幸福里小区物业服务中心
--------------------------------
         BX01261120-003
房号                     3-2-501
事项  下水 厨房地漏返水，水漫到
      客厅木地板，请先打电话再敲
      门
登记    2026-11-20 09:42 前台 李
承诺  今天 14:30 前到场
      明天 18:00 前修好
费用      看后报价，您签字才动工
--------------------------------
查询催办 8888 1234（24小时）
修好后评价 满意□一般□不满□"""

VISITOR_32 = """\
             访客单
单号              FK01261120-017
             3号楼
类型                维修装修 2人
车牌                   沪AD12345
入                         14:05
请于
  18:00 前离开
[二维码 V-01HZX8K3]
     出门请交回，或报号签离
 登记信息只用于门岗，30天后删除"""

PICKUP_32 = """\
            取件通知
            2-5-0318
房号                    3-2-1201
--------------------------------
收件人                     欧阳*
快递               顺丰 尾号4471
存放                 前台 B架3层
到件                 11-20 14:32"""


@pytest.mark.parametrize(
    ("slip", "copy", "paper"),
    [
        (receipt(), "客户联", RECEIPT_32),
        (repair(), "", REPAIR_32),
        (visitor(), "", VISITOR_32),
        (pickup(), "", PICKUP_32),
    ],
    ids=["receipt", "repair", "visitor", "pickup"],
)
def test_the_four_slips_on_58_mm(slip: Slip, copy: str, paper: str) -> None:
    assert plain(layout(slip, 32, copy)) == paper


@pytest.mark.parametrize("columns", range(24, 49))
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("make", SLIPS)
def test_every_slip_fits_every_paper_with_every_word(make: Callable[[bool], Slip], large: bool, columns: int) -> None:
    slip = make(large)
    rows = layout(slip, columns, "客户联", "※补打 第2次※ 2026-12-01 09:10 经办 王")
    assert all(width(row.text) == columns // row.size for row in rows if row.kind not in ("qr", "drawer"))
    printed = "".join(row.text for row in rows if row.kind == "text").replace(" ", "")
    wanted = "".join([slip.title, "（客户联）※补打第2次※2026-12-0109:10经办王", *_words(slip)]).replace(" ", "")
    assert sorted(printed) == sorted(wanted)


def _words(slip: Slip) -> list[str]:
    found: list[str] = []
    for node in slip.nodes:
        match node:
            case Text(text):
                found.append(text)
            case Pair(label, value):
                found += [label, *value.split("\n")]
            case Table(cells):
                found += [cell for row in cells for cell in row]
    return found


NODES = st.one_of(
    st.builds(Text, TYPED, st.integers(1, 4), st.booleans(), st.sampled_from(["left", "right", "center"])),
    st.builds(Pair, TYPED, TYPED, st.integers(1, 4), st.booleans()),
    st.builds(
        Table,
        st.lists(st.tuples(TYPED, TYPED, TYPED), max_size=4).map(tuple),
        st.sampled_from([(0, 8, 8), (0, 0, 10), (10, 10, 10), (4, 0, 4), (0, 20, 20)]),
        st.sampled_from(["", "lrr", "rcl"]),
    ),
    st.just(Rule()),
    st.builds(Feed, st.integers(0, 3)),
    st.just(QR("A1042")),
)


@settings(deadline=None)
@given(st.lists(NODES, max_size=6), COLUMNS, st.booleans(), TYPED)
def test_no_row_is_wider_than_the_paper_whatever_is_typed(nodes: list[Node], columns: int, large: bool, title: str) -> None:
    slip = Slip("x", title, tuple(nodes), large=large)
    rows = layout(slip, columns, "客户联", "※补打 第1次※")
    assert all(width(row.text) == columns // row.size for row in rows if row.kind != "qr")
    printed = sorted("".join(row.text for row in rows if row.kind == "text").replace(" ", ""))
    wanted = "".join(map(clean, [title, "（客户联）", "※补打 第1次※", *_words(slip)])).replace(" ", "")
    assert printed == sorted(wanted)


@settings(deadline=None)
@given(st.lists(NODES, max_size=6), st.booleans(), TYPED)
def test_a_slip_comes_back_from_the_spool_as_it_was(nodes: list[Node], large: bool, title: str) -> None:
    slip = Slip("x", title, tuple(nodes), ("客户联", "留存联"), large, money=True)
    assert Slip.from_json(slip.to_json()) == slip


def test_a_number_in_a_table_takes_the_room_it_needs() -> None:
    table = Table((("物业服务费", "2.80×96.5", "810.60"), ("公摊电费（公共照明与电梯）", "0.30×96.5", "28.95")), (0, 9, 8))
    assert plain(layout(Slip("x", "", (table,)), 32)).split("\n") == [
        "物业服务费   2.80×96.5   810.60",
        "公摊电费（公 0.30×96.5    28.95",
        "共照明与电",
        "梯）",
    ]
    assert plain(layout(Slip("x", "", (table,)), 24)).split("\n") == [
        "物业服务费",
        "       2.80×96.5 810.60",
        "公摊电费（公共照明与电",
        "梯）",
        "        0.30×96.5 28.95",
    ]


def test_a_big_line_that_would_break_a_number_is_printed_smaller() -> None:
    rows = layout(Slip("x", "", (Text("BX01261120-003", 4),)), 32)
    assert [(row.size, row.text.strip()) for row in rows] == [(2, "BX01261120-003")]


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_large_print_is_larger_and_says_the_same(columns: int) -> None:
    for make in SLIPS:
        for node in make().nodes:
            small, big = (layout(Slip("x", "", (node,), large=large), columns) for large in (False, True))
            words = [sorted("".join(row.text for row in rows).replace(" ", "")) for rows in (small, big)]
            assert words[0] == words[1]
            for row in big if small[:1] and small[0].kind == "text" else ():
                assert row.size > small[0].size or row.tall or small[0].size > 1
    [row] = layout(Slip("x", "", (Text("今天到场", 2),), large=True), columns)
    assert row.size == 3


def test_large_print_goes_on_further_lines_where_that_reads_well() -> None:
    """On 80 mm always; on 58 mm what is bold. Letters that are only twice as high are hard to read."""

    def sizes(node: Node, columns: int) -> list[tuple[int, bool, str]]:
        rows = layout(Slip("x", "", (node,), large=True), columns)
        return [(row.size, row.tall, row.text.rstrip()) for row in rows]

    said = "出门请交回本单，或报单号签离"
    assert sizes(Text(said), 32) == [(1, True, said)]
    assert sizes(Text(said), 48) == [(2, False, "出门请交回本单，"), (2, False, "或报单号签离")]
    assert sizes(Text("请于 11-21 18:00 前归还", bold=True), 32) == [(2, False, "请于 11-21"), (2, False, "18:00 前归还")]
    assert sizes(Pair("事项", "厨房地漏返水，水漫到客厅"), 48)[0] == (2, False, "事项  厨房地漏返水，水漫")
    assert sizes(Table((("物业费 2026-09", "100.00"),), (0, 8)), 48) == [(2, False, "物业费 2026-09    100.00")]
    table = Table((("物业费（部分） 2026-09", "100.00"),), (0, 8))
    assert sizes(table, 48) == [(1, True, "物业费（部分） 2026-09" + " " * 20 + "100.00")], "an amount stays beside its item"
    # Three times is for one line, and a number is never broken for it.
    assert {size for size, *_ in sizes(Pair("请于", "18:00 前离开", 2), 32)} == {2}
    assert sizes(Text("12345678901234567890", bold=True), 32) == [(1, True, "12345678901234567890")]


def test_a_reprint_keeps_the_drawer_shut() -> None:
    assert any(row.kind == "drawer" for row in layout(receipt(), 32, "客户联"))
    assert not any(row.kind == "drawer" for row in layout(receipt(), 32, "客户联", "※补打 第1次※"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Slip("x", "", (), ("联", "联")),
        lambda: Slip("x", "", (Text("a", 5),)),
        lambda: Slip("x", "", (Text("a", align="middle"),)),
        lambda: Slip("x", "", (QR("王芳"),)),
        lambda: Slip("x", "", (QR("x" * 41),)),
        lambda: Slip("x", "", (Table((("a", "b"),), (0,)),)),
        lambda: Slip("x", "", (Table((("a", "b"),), (0, 8), "lx"),)),
        lambda: layout(Slip("x", "", ()), 23),
        lambda: layout(Slip("x", "", ()), 49),
        lambda: qr.check(""),
    ],
)
def test_a_slip_that_cannot_be_printed_is_refused_in_chinese(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
        wrong()


@pytest.mark.parametrize("columns", [32, 42, 48])
def test_the_preview_stands_in_columns_as_the_paper_does(columns: int) -> None:
    for make in SLIPS:
        rows = layout(make(), columns)
        shown = preview(rows).split("\n")
        drawn = [row for row in rows if row.kind != "drawer"]
        assert len(shown) == len(drawn)
        for line, row in zip(shown, drawn, strict=True):
            assert cell_len(line) <= columns
            if row.kind == "text" and row.size == 1:
                # A narrow last character needs no space after it.
                narrow = cell_len(line[-1:]) < width(line[-1:])
                assert cell_len(line) + narrow == width(row.text.rstrip(" ")), line
                assert line.replace(" ", "") == row.text.replace(" ", "")
    total = next(line for line in preview(layout(receipt(), columns)).split("\n") if line.startswith("合计"))
    assert cell_len(total) == columns


MIXED = st.text(st.one_of(st.sampled_from("×°·—…√□①℃"), st.sampled_from("物业费：（）ab019 ,.-"), st.characters()), max_size=40)
"""What is two columns wide on paper and, some of it, one cell wide on glass."""
PARTS = st.one_of(
    st.builds(Text, MIXED, st.integers(1, 4), st.booleans(), st.sampled_from(["left", "right", "center"])),
    st.builds(Pair, MIXED, MIXED, st.integers(1, 4), st.booleans()),
    st.builds(Table, st.lists(st.tuples(MIXED, MIXED), min_size=1, max_size=3).map(tuple), st.just((0, 8)), st.just("")),
)


def stands(text: str, wide: Callable[[str], int]) -> dict[int, str]:
    """What stands at which column, blanks left out; `wide` says how wide a character is."""
    found, at = {}, 0
    for char in text:
        if char != " ":
            found[at] = char
        at += wide(char)
    return found


@settings(deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=4), COLUMNS, st.booleans())
def test_preview_and_paper_agree_column_by_column(nodes: list[Node], columns: int, large: bool) -> None:
    """Letters of one size stand in the columns of the paper; larger ones begin, end or stand in the middle as there."""
    rows = layout(Slip("x", "单据", tuple(nodes), large=large), columns)
    shown = preview(rows, columns=columns).split("\n")
    assert len(shown) == len(rows)
    for line, row in zip(shown, rows, strict=True):
        on_glass, on_paper = stands(line, cell_len), stands(row.text, width)
        assert cell_len(line) <= columns
        assert list(on_glass.values()) == list(on_paper.values())
        if row.size == 1:
            assert on_glass == on_paper
            continue
        if not on_paper:
            continue
        # What a big line leaves free on its sides, in columns of the paper; the spare beyond the letters is on glass more.
        first, last = min(on_paper), max(on_paper) + width(on_paper[max(on_paper)])
        begins, ends = min(on_glass), max(on_glass) + width(on_glass[max(on_glass)])
        match row.align:
            case "left":
                assert begins == first
            case "right":
                assert columns - ends == columns // row.size - last
            case "center":
                assert abs(begins - (columns - ends)) <= 1


def test_the_preview_can_draw_the_code() -> None:
    shown = preview(layout(visitor(), 32), codes=True)
    assert "二维码" not in shown and "█▀▀▀▀▀█" in shown


def _picture(modules: list[list[bool]], scale: int = 4, quiet: int = 4) -> Image.Image:
    size = len(modules) + 2 * quiet
    image = Image.new("L", (size, size), 255)
    for y, line in enumerate(modules):
        for x, dark in enumerate(line):
            image.putpixel((x + quiet, y + quiet), 0 if dark else 255)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize("data", ["A1042", "SJ01A26-000318.K7Q2", "https://w.example.cn/r/SJ01A26000318K7Q2", "x" * 40])
def test_a_scanner_reads_the_code_at_level_m(data: str) -> None:
    [found] = zxingcpp.read_barcodes(_picture(qr.matrix(data)))
    assert (found.text, found.ec_level) == (data, "M")


def test_a_scanner_reads_the_code_off_the_glass() -> None:
    halves = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}
    lines = qr.blocks("V-01HZX8K3").split("\n")
    modules = [[halves[char][half] for char in line] for line in lines for half in (0, 1)]
    assert all(len(line) == len(lines[0]) for line in lines)
    width_ = len(lines[0])
    [found] = zxingcpp.read_barcodes(_picture(modules[:width_], quiet=2))
    assert found.text == "V-01HZX8K3"


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40), st.integers(288, 576))
def test_a_code_with_its_quiet_zone_always_fits_the_paper(data: str, dots: int) -> None:
    module = qr.module_size(data, dots)
    assert (len(qr.matrix(data)) + 8) * module <= dots
    assert 5 <= module <= 8


def test_a_row_is_only_what_it_says() -> None:
    assert layout(Slip("x", "", (Text("甲", bold=True),)), 24) == (Row("甲" + " " * 22, bold=True),)


LIGHT = """\
import sys
import printers.device, printers.spool
from printers.slip import QR, Pair, Slip, Text, layout
from printers.thermal import Profile, encode
encode(layout(Slip("x", "收据", (Text("一"), Pair("合计", "1.00", 2), QR("A1042"))), 32), Profile())
heavy = {"PIL", "escpos", "qrcode", "usb", "serial", "textual", "sqlalchemy", "sqlmodel"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


def test_laying_out_and_encoding_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[]"
