"""How a part of a slip becomes lines of a given width: a paragraph, a label with its value, a table."""

from collections.abc import Callable

from printers.cells import clean, columns_of, longest_run, pad, wrap

# Lines for so many columns; None where a number would have to break, so that the caller may try a smaller letter.
Draw = Callable[[int], list[str] | None]

_ALIGNS = {"l": "left", "r": "right", "c": "center"}
_NAME = 8  # a table's flexible column below four Chinese characters reads like a totem pole


def paragraph(text: str) -> Draw:
    """A text in lines; its newlines break lines."""
    run = max(longest_run(clean(part)) for part in text.split("\n"))
    return lambda columns: wrap(text, columns) if run <= columns else None


def pair(label: str, value: str) -> Draw:
    """A label left and its value right in one line; a longer value hangs beside the label, or stands below it."""
    label = clean(label)
    parts = [clean(part) for part in value.split("\n")]
    taken = columns_of(label)
    run = max(map(longest_run, parts))
    label_run = longest_run(label)

    def draw(columns: int) -> list[str] | None:
        if max(run, label_run) > columns:
            return None
        spare = columns - taken - columns_of(parts[0])
        if len(parts) == 1 and spare >= 1:
            return [label + " " * spare + parts[0]]
        room = columns - taken - 2
        below = len(parts) == 1 and room < 2 * _NAME and columns_of(parts[0]) <= columns - 2
        if room >= max(_NAME, run) and not below:
            hanging = " " * (taken + 2)
            first, *others = wrap(value, room)
            return [f"{label}  {first}", *(hanging + line for line in others)]
        indent = "  " if run <= columns - 2 else ""
        return wrap(label, columns) + [indent + line for line in wrap(value, columns - len(indent))]

    return draw


def check(cells: tuple[tuple[str, ...], ...], widths: tuple[int, ...], aligns: str) -> None:
    """Raises ValueError when rows, widths and aligns of a table do not belong together."""
    if not widths or any(width < 0 or width == 1 for width in widths):
        raise ValueError(f"表格列宽 {widths} 不行：每列至少 2 列宽，0 表示占余下的")
    if aligns and (len(aligns) != len(widths) or set(aligns) - set(_ALIGNS)):
        raise ValueError(f"表格对齐 {aligns} 不行：每列一个 l、r 或 c")
    if any(not 1 <= len(row) <= len(widths) for row in cells):
        raise ValueError(f"表格有一行的格数不对，应是 1 到 {len(widths)} 格")


def _shared(widths: tuple[int, ...], wanted: list[int], least: list[int], columns: int) -> list[int] | None:
    """Fixed columns as wide as wanted, the rest shared; None when a flexible one gets less than its least."""
    found = [max(width, want) if width else 0 for width, want in zip(widths, wanted, strict=True)]
    flexible = [i for i, width in enumerate(widths) if not width]
    rest = columns - sum(found) - (len(found) - 1)
    if not flexible:
        return found if rest >= 0 else None
    share, left_over = divmod(rest, len(flexible))
    for n, i in enumerate(flexible):
        found[i] = share + (n < left_over)
        if found[i] < max(2, least[i]):
            return None
    return found


def table(cells: tuple[tuple[str, ...], ...], widths: tuple[int, ...], aligns: str) -> Draw:
    """Rows of cells side by side, each wrapping in its column; folded under the first cell where they do not fit.

    A row whose other cells are empty takes the whole width. No number is broken.
    """
    rows = [tuple(map(clean, row)) for row in cells]
    sides = [_ALIGNS[letter] for letter in aligns or "l" + "r" * (len(widths) - 1)]
    full = [row for row in rows if any(row[1:])]
    runs = [max((longest_run(row[i]) for row in full if i < len(row)), default=0) for i in range(len(widths))]
    whole = [max((columns_of(row[i]) for row in full if i < len(row)), default=0) for i in range(len(widths))]
    least = [max(run, min(_NAME, width)) for run, width in zip(runs, whole, strict=True)]
    run = max((longest_run(cell) for row in rows for cell in row), default=0)

    def folded(row: tuple[str, ...], columns: int) -> list[str]:
        others = wrap(" ".join(filter(None, row[1:])), columns)
        return wrap(row[0], columns) + [pad(line, columns, "right") for line in others if line]

    def beside(row: tuple[str, ...], found: list[int]) -> list[str]:
        parts = [wrap(cell, width) for cell, width in zip(row, found, strict=False)]
        return [
            " ".join(
                pad(part[n] if n < len(part) else "", width, side)
                for part, width, side in zip(parts, found, sides, strict=False)
            )
            for n in range(max(map(len, parts)))
        ]

    def draw(columns: int) -> list[str] | None:
        if run > columns:
            return None
        found = _shared(widths, whole, least, columns) or _shared(widths, runs, least, columns)
        lines: list[str] = []
        for row in rows:
            if not any(row[1:]):
                lines += wrap(row[0], columns)
            elif found is None:
                lines += folded(row, columns)
            else:
                lines += beside(row, found)
        return lines

    return draw


def broken(words: tuple[str, ...], columns: int) -> list[str]:
    """The words one below the other at single size: the last resort, where a run is wider than the paper itself."""
    return [line for word in words for line in wrap(word, columns)]
