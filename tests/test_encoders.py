"""Every slip's bytes beside what encoders nobody here wrote make of the same rows, both read by the tests' own reader.

python-escpos is always there. Checked by hand with receiptline 4.0.4, iconv-lite 0.6.3 and
@point-of-sale/receipt-printer-encoder 4.0.1 on node 20 (tests/node.py says how); without node those tests are skipped.
"""

import io
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

import desk
from printers import fonts
from printers.picture import COLUMN, PIECE, code, picture
from printers.quiet import escpos_printer
from printers.slip import Row
from printers.thermal import Profile, encode
from tests import paper
from tests.node import needs_node, node
from tests.paper import Line, Paper
from tests.slips_of_a_day import GROUP, Made, day, one_of_each

pytestmark = GROUP

CHARSETS = {"gb2312": "gbk", "gbk": "gbk", "gb18030-2": "gb18030", "gb18030-4": "gb18030"}
"""Each with what its bytes are read by."""
PAPERS = (32, 42, 48)
FEED = 6  # as python-escpos feeds before a cut
SPELLED = re.compile(r"\[U\+([0-9A-F]{4,5})\]")


@cache
def has(char: str, charset: str) -> bool:
    """Whether a printer of this charset has the character: what the standards say, not what the product thinks."""
    if charset == "gb2312":
        # GB 2312 has both; Python's codec alone knows them by other names than GBK.
        return char in "·—" or _encodes(char, "gb2312")
    return _encodes(char, CHARSETS[charset]) and (charset != "gb18030-2" or len(char.encode("gb18030")) <= 2)


def _encodes(char: str, codec: str) -> bool:
    try:
        return bool(char.encode(codec))
    except UnicodeEncodeError:
        return False


def told(row: Row, charset: str) -> str:
    """What a row says on paper without the blanks that only place it; [U+XXXX] for what the printer lacks."""
    text = row.text.rstrip(" ") if row.align == "left" else row.text.strip(" ")
    return text if text.isascii() else "".join(c if has(c, charset) else f"[U+{ord(c):04X}]" for c in text)


def ours(rows: tuple[Row, ...], columns: int, charset: str, codes: str = "native", kanji: str = "gs+fs") -> bytes:
    """The job as the desk sends it."""
    return encode(rows, Profile(columns, charset, codes, feed=FEED, kanji=kanji))


def drawn(dots: list[list[bool]]) -> Image.Image:
    """Dots as a picture, to the byte that the last one is in."""
    width = -(-max(map(len, dots)) // 8) * 8
    image = Image.new("L", (width, len(dots)))
    image.putdata([0 if dot else 255 for row in dots for dot in [*row, *[False] * (width - len(row))]])
    return image


def by_python_escpos(rows: Sequence[Row], columns: int, charset: str, codes: str = "native") -> bytes:
    """The same job by python-escpos, but for what it has no command for: Chinese mode, GB bytes, GS r."""
    dummy = escpos_printer("Dummy")(profile="TM-T20II")
    dummy.hw("INIT")
    dummy._raw(b"\x1c&")
    for row in rows:
        if row.kind == "qr" and codes == "native":
            dummy.set(align="center")
            dummy.qr(row.data, ec=1, size=6 if columns < 42 else 8, native=True)
        elif row.kind == "qr":
            dots = drawn(code(row.data, columns))
            dummy.image(dots, impl="bitImageRaster", fragment_height=PIECE)
        elif row.kind != "drawer":
            dummy.set(row.align, bold=row.bold, custom_size=True, width=row.size, height=2 if row.tall else row.size)
            dummy._raw(told(row, charset).encode(CHARSETS[charset]) + b"\n")
    if any(row.kind == "drawer" for row in rows):
        dummy.cashdraw([0x1B, 0x70, 0x00, 0x32, 0xFA])
    dummy.cut(mode="PART")
    dummy._raw(b"\x1dr\x01")
    return bytes(dummy.output)


def seen(read: Paper) -> tuple[object, ...]:
    """All that a person, a scanner and a drawer notice of a job; the size of a blank line is not among it."""
    items = [Line("", 1, "left", False) if isinstance(item, Line) and not item.text else item for item in read.items]
    codes = read.pictures, read.levels, read.modules
    return items, *codes, read.feeds, read.cuts, read.pulses, read.beeps, read.asked, read.order


def said(read: Paper) -> str:
    """Every character on paper, in order, but blanks; what was spelled out is back to what it stands for."""
    return SPELLED.sub(lambda found: chr(int(found[1], 16)), re.sub(r"\s", "", "".join(line.text for line in read.lines)))


def same(job: bytes, witness: bytes, charset: str) -> bool:
    """Whether two jobs come to the same paper; False as well where one of them is no job at all."""
    try:
        return seen(paper.decode(job, CHARSETS[charset])) == seen(paper.decode(witness, CHARSETS[charset]))
    except ValueError:
        return False


def lacks(rows: Sequence[Row], charset: str) -> bool:
    """Whether some character has to be spelled out, which may take further lines."""
    return any(not has(char, charset) for row in rows for char in row.text)


def test_no_slip_of_the_desk_is_left_out() -> None:
    sources = [path.read_text("utf-8") for path in Path(desk.__file__).parent.glob("*.py")]
    kinds = {kind for source in sources for kind in re.findall(r"\bSlip\(\s*\"(\w+)\"", source)}
    assert {made.slip.kind for made in day()} == kinds and len(kinds) >= 22


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("columns", PAPERS)
def test_every_slip_is_what_python_escpos_makes_of_it(columns: int, charset: str) -> None:
    spelled = 0
    # Every slip for the commonest charset, one of each form for the others.
    for made in day() if charset == "gbk" else [*one_of_each(), *rare()]:
        rows = made.rows(columns)
        job, witness = ours(rows, columns, charset), by_python_escpos(rows, columns, charset)
        if lacks(rows, charset):
            spelled += 1
            found, wanted = paper.decode(job, CHARSETS[charset]), paper.decode(witness, CHARSETS[charset])
            assert said(found) == said(wanted), made.name
            assert seen(found)[1:-1] == seen(wanted)[1:-1], made.name
        else:
            assert same(job, witness, charset), made.name
    assert bool(spelled) == (charset != "gb18030-4")


def rare() -> list[Made]:
    """The slips with a name that few printers have."""
    return [made for made in day() if lacks(made.rows(32), "gbk")]


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_printer_gets_nothing_it_cannot_print(charset: str) -> None:
    found: set[str] = set()
    for made in [*one_of_each(), *rare()]:
        read = paper.decode(ours(made.rows(32), 32, charset), CHARSETS[charset])
        found |= {char for line in read.lines for char in line.text}
    assert [char for char in found if not has(char, charset)] == []
    assert {"堃", "䶮", "㛃"} & found == {char for char in "堃䶮㛃" if has(char, charset)}


def escaped(text: str) -> str:
    """A text that receiptline takes for nothing but text."""
    return "".join(char if char.isalnum() or char > "~" else f"\\x{ord(char):02x}" for char in text)


def in_receiptline(row: Row) -> str:
    """A row in receiptline's language: ^^ is tall, ^^^ double, " bold, a bar on the side it leans away from."""
    text = escaped(told(row, "gb18030-4"))
    scale = "^^" if row.tall else "^" * (row.size + 1) if row.size > 1 else ""
    text = f"{scale}{text}{scale}" if text else ""
    text = f'"{text}"' if row.bold and text else text
    return {"left": f"{text} |", "center": f"| {text} |", "right": f"| {text}"}[row.align]


RECEIPTLINE = """
const { transform } = require('receiptline');
answer(asked.map(([columns, lines]) => Buffer.from(transform(lines.join('\\n'), {
  cpl: columns, encoding: 'gb18030', command: 'generic', spacing: false, cutting: false }), 'latin1').toString('hex')));
"""


def of_receiptline(job: bytes) -> list[tuple[str, tuple[int, int], bool, int]]:
    """Its lines: the text, how often as wide and as high, whether bold, dots from the left edge."""
    lines: list[tuple[str, tuple[int, int], bool, int]] = []
    for line in job.split(b"\n")[:-1]:
        text = line.partition(b"\x1c&")[2].decode("gb18030")
        if not text.strip():
            lines.append(("", (1, 1), False, 0))
            continue
        size = int(re.findall(rb"\x1d!(.)", line, re.S)[-1][0])
        moved = re.search(rb"\x1b\\(..)", line, re.S)
        assert moved, line
        dots = int.from_bytes(moved[1], "little")
        lines.append((text, ((size >> 4) + 1, (size & 15) + 1), b"\x1bE\x01" in line, dots))
    return lines


@needs_node
@pytest.mark.parametrize("columns", PAPERS)
def test_every_line_is_where_and_how_receiptline_prints_it(columns: int) -> None:
    slips = [made.rows(columns) for made in day()]
    texts = [[row for row in rows if row.kind not in ("qr", "drawer")] for rows in slips]
    asked = [[columns, [in_receiptline(row) for row in rows]] for rows in texts]
    for rows, job in zip(slips, node(RECEIPTLINE, asked), strict=True):
        found = []
        for line in paper.decode(ours(rows, columns, "gb18030-4"), "gb18030").lines:
            spare = columns * COLUMN - paper.width(line.text) * COLUMN * line.size
            left = {"left": 0, "center": spare // 2, "right": spare}[line.align]
            found.append((line.text, (line.size, 2 if line.tall else line.size), line.bold, left))
        theirs = of_receiptline(bytes.fromhex(job))
        assert [line if line[0] else ("", (1, 1), False, 0) for line in found] == theirs


ENCODER = """
const found = require('@point-of-sale/receipt-printer-encoder'), Encoder = found.default || found;
const { encode } = require('iconv-lite');
answer(asked.map(([columns, charset, module, rows]) => {
  const to = new Encoder({ language: 'esc-pos', columns: columns, feedBeforeCut: 0, newline: '\\n' });
  to.initialize();
  for (const row of rows) {
    if (row.kind === 'qr')
      to.align('center').qrcode(row.data, { model: 2, size: module, errorlevel: 'm' }).align('left');
    else if (row.kind !== 'drawer')
      to.bold(row.bold).size(row.size, row.tall ? 2 : row.size).raw([...encode(row.text, charset)]).newline();
  }
  if (rows.some(row => row.kind === 'drawer')) to.pulse(0, 100, 500);
  return Buffer.from(to.cut('partial').encode()).toString('hex');
}));
"""
ITS_OWN = (
    # Chinese mode, where it ends it, and its font; style put back before the line's end and not after it; a line's end
    # after a code, a drawer, a cut.
    (re.compile(rb"\A\x1b@\x1c\.\x1bM\x00"), b"\x1b@\x1c&"),
    (re.compile(rb"((?:\x1bE\x00|\x1d!\x00)+)\n"), rb"\n\1"),
    (re.compile(rb"(1Q0|\x1bp\x00\x32\xfa|\x1dV\x01)\n"), rb"\1"),
)


@needs_node
@pytest.mark.parametrize("charset", CHARSETS)
def test_styles_codes_and_hanzi_are_those_of_receipt_printer_encoder_and_iconv(charset: str) -> None:
    slips = [(columns, made.rows(columns)) for made in one_of_each() for columns in PAPERS]
    slips = [(columns, rows) for columns, rows in slips if not lacks(rows, charset)]
    codec = {"gb18030-2": "gb18030", "gb18030-4": "gb18030"}.get(charset, charset)
    asked: list[list[Any]] = []
    for columns, rows in slips:
        texts = [vars(row) | {"text": told(row, charset)} for row in rows]
        asked.append([columns, codec, 6 if columns < 42 else 8, texts])
    for (columns, rows), job in zip(slips, node(ENCODER, json.loads(json.dumps(asked))), strict=True):
        theirs = bytes.fromhex(job)
        for pattern, said_so in ITS_OWN:
            theirs = pattern.sub(said_so, theirs)
        found = paper.decode(ours(rows, columns, charset), CHARSETS[charset])
        wanted = paper.decode(theirs, CHARSETS[charset])
        # It aligns with blanks, not for raw bytes; the paper's end is not its affair.
        assert [(line.text, line.size, line.tall, line.bold) for line in found.lines if line.text] == [
            (line.text, line.size, line.tall, line.bold) for line in wanted.lines if line.text
        ]
        assert (found.codes, found.levels, found.modules) == (wanted.codes, wanted.levels, wanted.modules)
        assert (found.pulses, found.cuts) == (wanted.pulses, wanted.cuts)
        assert [what for what in found.order if what not in ("feed", "ask")] == wanted.order


def coded() -> list[Made]:
    """The forms that bear a code."""
    return [made for made in one_of_each() if any(row.kind == "qr" for row in made.rows(32))]


def scanned(image: Image.Image) -> list[tuple[str, str]]:
    """What a scanner reads, and at which level."""
    return [(found.text, found.ec_level) for found in zxingcpp.read_barcodes(image)]


def test_every_code_is_short_and_names_nobody() -> None:
    tokens = [row.data for made in day() for row in made.rows(32) if row.kind == "qr"]
    assert len(tokens) > 40
    assert all(re.fullmatch(r"[A-Z0-9-]+(\.[A-Z0-9]{4})?", token) and len(token) <= 40 for token in tokens)


@pytest.mark.parametrize("columns", PAPERS)
def test_every_code_sent_as_a_picture_is_read_by_a_scanner_at_level_m(columns: int) -> None:
    for made in coded():
        rows = made.rows(columns)
        read = paper.decode(encode(rows, Profile(columns, "gb18030-4", qr="image")))
        assert read.pictures and not read.codes
        for dots in read.pictures:
            image = Image.new("L", (columns * COLUMN, len(dots)), 255)
            image.paste(drawn(dots))
            assert scanned(image) == [(row.data, "M") for row in rows if row.kind == "qr"], made.name


@pytest.mark.skipif(not fonts.found(fonts.ANY), reason="this PC has no Chinese font to draw a slip with")
@pytest.mark.parametrize("columns", PAPERS)
def test_every_code_of_the_png_is_read_by_a_scanner_at_level_m(columns: int) -> None:
    for made in coded()[PAPERS.index(columns) :: len(PAPERS)]:
        rows = made.rows(columns)
        image = Image.open(io.BytesIO(picture(rows, columns))).convert("L")
        assert image.width == columns * COLUMN
        assert scanned(image) == [(row.data, "M") for row in rows if row.kind == "qr"], made.name


def test_a_text_slip_is_at_most_a_kilobyte() -> None:
    sizes = {made.name: len(ours(made.rows(32), 32, "gbk")) for made in day()}
    # What closes a shift or a day has as many lines as the day had.
    long = tuple(name for name, size in sizes.items() if size > 1000)
    assert all(name.startswith(("X报表", "Z报表", "收费日报", "现金日记账", "交接单")) for name in long), sizes
