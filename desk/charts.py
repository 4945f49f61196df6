"""Charts drawn in characters by plotext, Chinese names measured by the cells they take."""

from rich.cells import cell_len

from desk.report import Chart, Kind, shown


def load() -> None:
    """Load the library where nobody waits for it; it takes a tenth of a second."""
    import plotext  # noqa: F401


def drawn(chart: Chart, width: int, height: int) -> str:
    """The chart in at most `width` cells and, with standing bars, `height` lines; lying ones take a line each and two more."""
    top = max(chart.values, default=0)
    if (top <= 0 and chart.kind != "rate") or not chart.values:
        return f"{chart.title}：没有数据"
    body = _lying(chart, top, width) if chart.lying else _standing(chart, top, width, height)
    return f"{chart.title}\n{body}"


def _lying(chart: Chart, top: int, width: int) -> str:
    """A bar a line, the first on top, each with its figure beside its name."""
    values = [shown(value, chart.kind) for value in chart.values]
    names, figures = max(map(cell_len, chart.labels)), max(map(cell_len, values))
    labels = [
        f"{name}{' ' * (names - cell_len(name))} {' ' * (figures - cell_len(value))}{value}"
        for name, value in zip(chart.labels, values, strict=True)
    ]
    high = 10_000 if chart.kind == "rate" else round_up(top)
    return _bars(chart, labels[::-1], chart.values[::-1], high, (width, len(labels) + 2), 1)


def _standing(chart: Chart, top: int, width: int, height: int) -> str:
    """A bar a day, as wide as there is room; every fifth is named where not all can be."""
    high = round_up(top)
    axis = cell_len(_tick(high, chart.kind)) + 1
    each = min(max((width - axis) // len(chart.values), 1), 8)
    named = max(map(cell_len, chart.labels)) + 1 < each
    labels = [name if named or n % 5 == 0 else "" for n, name in enumerate(chart.labels)]
    return _bars(chart, labels, chart.values, high, (axis + each * len(labels), max(height - 1, 5)), each)


def _bars(chart: Chart, labels: list[str], values: tuple[int, ...], high: int, size: tuple[int, int], each: int) -> str:
    """The bars of one chart, one every `each` cells with a gap after it where there are two or more.

    plotext keeps a single figure, so it is cleared first; limits are the middles of the first and the last cell.
    """
    import plotext

    figure = plotext.figure
    plotext.terminal.limit(False, False)
    figure.clear.all()
    figure.theme("colorless")
    figure.plot_size(*size)
    along, across = ("x", "y") if chart.lying else ("y", "x")
    places, body = list(range(1, len(values) + 1)), max(each - 2, 0) / each
    way = "horizontal" if chart.lying else "vertical"
    figure.draw(figure.bar(places, [max(value, 0) for value in values], orientation=way, width=body + 0.02))
    marks = [0, high // 2, high]
    figure.ruler(along).lim(0, high)
    figure.ruler(along).ticks(marks, [_tick(mark, chart.kind) for mark in marks])
    first, cells = 1 - body / 2, each * len(values)
    figure.ruler(across).lim(*((first, first + (cells - 1) / each) if cells > 1 else (0.5, 1.5)))
    named = [(place, label) for place, label in zip(places, labels, strict=True) if label]
    figure.ruler(across).ticks([place for place, _ in named], [label for _, label in named])
    figure.axes(False, axis="x", side="upper")
    figure.axes(False, axis="y", side="right")
    return "\n".join(line.rstrip() for line in figure.build().string(colorless=True).splitlines())


def round_up(value: int) -> int:
    """The next number of one figure and zeros that halves well, in whole yuan where fen are meant."""
    step = 100
    while True:
        for lead in (1, 2, 3, 4, 5, 6, 8):
            if lead * step >= value:
                return lead * step
        step *= 10


def _tick(value: int, kind: Kind) -> str:
    """A mark on an axis, short: no fen, whole percents."""
    return f"{value // 100:,}" if kind == "fen" else f"{value // 100}%" if kind == "rate" else f"{value:,}"
