"""receiptline's ruler beside ours, and its printing client receiptio at work with the tests' fake printer.

Both by the Open Foodservice System Consortium; checked with receiptline 4.0.4 and receiptio 2.1.2 on node 20. Where node
or one of them is absent (tests/node.py says how to get them) all of this is skipped.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from printers.cells import columns_of
from printers.slip import Pair, Slip, Table, layout
from tests.fakeprinter import FakePrinter
from tests.node import needs_node, node
from tests.slips_of_a_day import GROUP, day, one_of_each
from tests.test_encoders import PAPERS, escaped, in_receiptline, of_receiptline

pytestmark = [needs_node, GROUP]

TEXTS = """
const { transform } = require('receiptline');
answer(asked.map(([columns, lines]) => transform(lines.join('\\n'), {
  cpl: columns, encoding: 'gb18030', command: 'text', spacing: false, cutting: false })));
"""


def shown(papers: Sequence[tuple[int, Sequence[str]]]) -> list[list[str]]:
    """What receiptline makes of each paper: so many columns, and lines in its language."""
    return [[line.rstrip(" ") for line in text.split("\n")[:-1]] for text in node(TEXTS, papers)]


def abreast(cells: Sequence[str], aligns: str) -> str:
    """Cells beside each other in receiptline's language; one leans away from its blank."""
    leaning = {"l": "{} ", "r": " {}", "c": " {} "}
    return "|" + "|".join(leaning[side].format(escaped(cell)) for cell, side in zip(cells, aligns, strict=True)) + "|"


@pytest.mark.parametrize("columns", PAPERS)
def test_every_line_is_as_wide_as_receiptline_says(columns: int) -> None:
    rows = {row for made in day() for row in made.rows(columns) if row.kind == "text" and row.text.strip()}
    asked: list[tuple[int, list[str]]] = []
    wanted: list[list[str]] = []
    for size in {row.size for row in rows}:
        texts = sorted({row.text.strip(" ") for row in rows if row.size == size})
        # Pushed to the right edge, a text stands as far from the left as it is narrower than the paper.
        asked.append((columns // size, [f"| {escaped(text)}" for text in texts]))
        wanted.append([" " * (columns // size - columns_of(text)) + text for text in texts])
    assert len(asked) > 2
    assert shown(asked) == wanted


@pytest.mark.parametrize("columns", PAPERS)
def test_values_stand_beside_their_labels_as_receiptline_puts_them(columns: int) -> None:
    found = [node for made in day() for node in made.slip.nodes if isinstance(node, Pair)]
    half = columns // 2
    pairs = dict.fromkeys(
        (pair.label.strip(), pair.value)
        for pair in found
        if pair.value and columns_of(pair.label) < half and columns_of(pair.value) <= half and "\n" not in pair.value
    )
    assert len(pairs) > 100
    wanted = [row.text for label, value in pairs for row in layout(Slip("x", "", (Pair(label, value),)), columns)]
    lines = [f"{{border:space;width:*,{half}}}", *(abreast(pair, "lr") for pair in pairs)]
    assert shown([(columns, lines)]) == [wanted]


@pytest.mark.parametrize("columns", PAPERS)
def test_tables_stand_as_receiptline_draws_them(columns: int) -> None:
    tables = {node for made in one_of_each() for node in made.slip.nodes if isinstance(node, Table)}
    asked: list[tuple[int, list[str]]] = []
    wanted: list[list[str]] = []
    for table in tables:
        full = [row for row in table.rows if len(row) == len(table.widths)]
        whole = [max((columns_of(row[n]) for row in full), default=0) for n in range(len(table.widths))]
        widths = [str(max(width, widest)) if width else "*" for width, widest in zip(table.widths, whole, strict=True)]
        rows = layout(Slip("x", "", (Table(tuple(full), table.widths, table.aligns),)), columns)
        if not full or len(rows) != len(full):
            continue  # a cell that wraps does so between words with us and anywhere with them
        lines = [f"{{border:space;width:{','.join(widths)}}}", *(abreast(row, table.aligns) for row in full)]
        asked.append((columns, lines))
        wanted.append([row.text.rstrip(" ") for row in rows])
    assert len(asked) > 10
    assert shown(asked) == wanted


PRINT = """
const net = require('net'), connect = net.connect, { later } = asked;
// It knows no port but 9100.
let port = 0;
net.connect = (_, host) => connect(port, host);
// For the printer that never answers: twelve seconds in half a one.
const wait = [setTimeout, setInterval];
if (later > 1) [global.setTimeout, global.setInterval] = wait.map(how => (then, ms) => how(then, ms / later));
const { print } = require('receiptio');
(async () => {
  const said = [];
  for (const [to, options] of asked.jobs) {
    port = to;
    said.push(await print(asked.text, `-d 127.0.0.1 -l zh-hans -c 32 ${options}`));
  }
  answer(said);
})();
"""


def receiptio(text: Sequence[str], jobs: Sequence[tuple[FakePrinter | int, str]], later: int = 1) -> list[str]:
    """What receiptio says of printing or asking, one job after the other; `later` makes its patience so much shorter."""
    ports = [(to if isinstance(to, int) else to.port, options) for to, options in jobs]
    found: list[str] = node(PRINT, {"text": "\n".join(text), "jobs": ports, "later": later})
    return found


def a_receipt() -> list[str]:
    """The lines of a receipt in receiptline's language; its code, which it would send as a picture, left out."""
    made = next(made for made in one_of_each() if made.slip.kind == "receipt")
    return [in_receiptline(row) for row in made.rows(32) if row.kind not in ("qr", "drawer")]


def test_receiptio_takes_the_fake_for_a_printer_and_gets_its_slip_printed() -> None:
    with FakePrinter() as fake:
        assert receiptio(a_receipt(), [(fake, "-q -p generic"), (fake, "-p generic")]) == ["online", "success"]
        assert len(fake.slips) == fake.cuts == 1
        assert min(fake.unknown, default=0x20) >= 0x20, "a command the fake does not know"
        lines = of_receiptline(fake.slips[0])
        assert len(lines) == len(a_receipt())
        assert any(text.startswith("人民币") for text, *_ in lines)
        # In Epson's own words, and once it has found out by itself what it talks to.
        assert receiptio(a_receipt(), [(fake, "-p escpos"), (fake, "")]) == ["success", "success"]
        assert len(fake.slips) == fake.cuts == 3


@pytest.mark.parametrize(("knob", "word"), [("paper_out", "paperempty"), ("cover", "coveropen")])
def test_receiptio_hears_from_the_fake_what_is_wrong(knob: str, word: str) -> None:
    with FakePrinter() as fake:
        setattr(fake, knob, True)
        assert receiptio(a_receipt(), [(fake, "-q"), (fake, "-p generic")]) == [word, word]
        assert fake.slips == [] and fake.cuts == 0


def test_receiptio_hears_that_paper_ended_in_mid_slip_and_the_fake_prints_on_with_a_new_roll() -> None:
    with FakePrinter() as fake:
        fake.paper_lines = 6
        assert receiptio(a_receipt(), [(fake, "-p generic")]) == ["paperempty"]
        assert fake.slips == []
        fake.load_paper()
        assert len(fake.slips) == 1 and fake.cuts == 1


def test_receiptio_gives_up_on_a_silent_fake_and_on_nobody() -> None:
    with ExitStack() as stack:
        fake = stack.enter_context(FakePrinter())
        fake.silent = True
        with FakePrinter() as gone:
            port = gone.port
        assert receiptio(a_receipt(), [(port, "-q"), (fake, "-p generic")], later=20) == ["disconnect", "offline"]
        assert fake.slips == []
