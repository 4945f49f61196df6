"""All the desk's slips side by side, as they come out of a printer of 58 mm and one of 80 mm; to be looked at by people.

python -m tests.contact_sheet [folder]      (docs/ without one; slips-58.png and slips-80.png)
"""

import io
import sys
from pathlib import Path

from PIL import Image

from printers.picture import COLUMN, picture
from printers.slip import Row
from tests.slips_of_a_day import one_of_each

PAPERS = ((58, 32, 8), (80, 48, 8))
"""Millimetres, columns of letters, and how many papers stand side by side."""
EDGE, GAP = 40, 48  # dots: the paper beside what can be printed on it, and the desk between two papers
DESK, INK, PAPER = 208, 0, 255


def drawn(rows: tuple[Row, ...], columns: int) -> Image.Image:
    """These rows as a picture."""
    return Image.open(io.BytesIO(picture(rows, columns))).convert("L")


def sheet(columns: int, across: int) -> Image.Image:
    """Every form of the desk on paper of so many columns, each under its name, `across` of them side by side."""
    width = columns * COLUMN + 2 * EDGE
    parts: list[Image.Image] = []
    for made in one_of_each():
        slip, name = drawn(made.rows(columns), columns), drawn((Row(made.name, bold=True),), columns)
        part = Image.new("L", (width, name.height + slip.height + 3 * EDGE), DESK)
        part.paste(name.point(lambda dot: DESK if dot else INK), (0, EDGE // 2))
        part.paste(PAPER, (0, name.height + EDGE, width, part.height))
        part.paste(slip, (EDGE, name.height + 2 * EDGE))
        parts.append(part)
    tops, places = [GAP] * across, []
    for part in parts:
        lane = tops.index(min(tops))
        places.append((GAP + lane * (width + GAP), tops[lane]))
        tops[lane] += part.height + GAP
    whole = Image.new("L", (GAP + across * (width + GAP), max(tops)), DESK)
    for part, place in zip(parts, places, strict=True):
        whole.paste(part, place)
    return whole


def main() -> None:
    """Draw both sheets."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for millimetres, columns, across in PAPERS:
        path = folder / f"slips-{millimetres}.png"
        # Three greys are all there is: two bits a dot.
        sheet(columns, across).quantize(4).save(path, optimize=True)
        print(f"{path}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
