"""The tests' own reader of ESC/POS: bytes back to what a person holds in the hand.

It knows nothing of printers/; a command it does not know is an error, so every byte a slip sends is accounted for.
"""

from dataclasses import dataclass, field

ALIGN = ("left", "center", "right")


@dataclass(frozen=True)
class Line:
    """A printed line: width in times, height in times."""

    text: str
    size: int
    align: str
    bold: bool
    tall: bool = False


@dataclass
class Paper:
    """Everything one job did; `items` holds lines, codes and pictures in order."""

    lines: list[Line] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    modules: list[int] = field(default_factory=list)
    pictures: list[list[list[bool]]] = field(default_factory=list)
    items: list[Line | str] = field(default_factory=list)
    feeds: list[int] = field(default_factory=list)
    cuts: int = 0
    pulses: list[bytes] = field(default_factory=list)
    beeps: int = 0
    asked: int = 0
    order: list[str] = field(default_factory=list)


def width(text: str) -> int:
    """Columns: a byte each in ASCII, two for anything else."""
    return sum(1 if char < "\x80" else 2 for char in text)


def decode(data: bytes, charset: str = "gb18030", apart: bool = False) -> Paper:
    """Read one job. Raises ValueError at bytes that are no command, Chinese outside Chinese mode, uneven sizes.

    `apart` reads as a clone does whose GS ! leaves the size of hanzi to FS !.
    """
    paper = Paper()
    at = 0
    align, bold, chinese = "left", False, False
    latin = hanzi = (1, 1)
    module, level, stored = 0, "", b""
    text = bytearray()

    def need(count: int) -> bytes:
        nonlocal at
        if at + count > len(data):
            raise ValueError(f"the job ends in mid-command at {at}")
        taken = data[at : at + count]
        at += count
        return taken

    while at < len(data):
        byte = need(1)[0]
        if byte == 0x0A:
            said = bytes(text).decode(charset)
            if not said.isascii() and latin != hanzi:
                raise ValueError(f"letters {latin} and hanzi {hanzi} differ in size: {said}")
            line = Line(said, latin[0], align, bold, latin[1] > latin[0])
            paper.lines.append(line)
            paper.items.append(line)
            paper.order.append("line")
            text.clear()
        elif byte == 0x1B:
            match need(1):
                case b"@":
                    align, bold, chinese = "left", False, False
                    latin = hanzi = (1, 1)
                case b"R":
                    if need(1) != b"\0":
                        raise ValueError("another country's letters")
                case b"a":
                    if text:
                        raise ValueError("alignment in mid-line")
                    align = ALIGN[need(1)[0]]
                case b"E":
                    bold = bool(need(1)[0])
                case b"d":
                    paper.feeds.append(need(1)[0])
                    paper.order.append("feed")
                case b"p":
                    paper.pulses.append(need(3))
                    paper.order.append("pulse")
                case b"B":
                    need(2)
                    paper.beeps += 1
                    paper.order.append("beep")
                case other:
                    raise ValueError(f"ESC {other!r}")
        elif byte == 0x1C:
            match need(1):
                case b"&":
                    if text or paper.lines:
                        raise ValueError("Chinese mode in the middle of the slip")
                    chinese = True
                case b"S":
                    if need(2) != b"\0\0":
                        raise ValueError("spacing round hanzi")
                case b"!":
                    n = need(1)[0]
                    hanzi = (2 if n & 4 else 1, 2 if n & 8 else 1)
                case other:
                    raise ValueError(f"FS {other!r}")
        elif byte == 0x1D:
            match need(1):
                case b"!":
                    n = need(1)[0]
                    latin = ((n >> 4) + 1, (n & 15) + 1)
                    hanzi = hanzi if apart else latin
                case b"V":
                    if need(1) not in (b"\0", b"\1"):
                        raise ValueError("unknown cut")
                    paper.cuts += 1
                    paper.order.append("cut")
                case b"r":
                    need(1)
                    paper.asked += 1
                    paper.order.append("ask")
                case b"(":
                    if need(1) != b"k":
                        raise ValueError("GS ( of another kind")
                    body = need(int.from_bytes(need(2), "little"))
                    match body[:2]:
                        case b"1A":
                            pass
                        case b"1C":
                            module = body[2]
                        case b"1E":
                            level = "LMQH"[body[2] - 48]
                        case b"1P":
                            stored = body[3:]
                        case b"1Q":
                            paper.codes.append(stored.decode("ascii"))
                            paper.levels.append(level)
                            paper.modules.append(module)
                            paper.items.append(f"[二维码 {stored.decode('ascii')}]")
                            paper.order.append("code")
                            if align != "center":
                                raise ValueError("a code that is not in the middle")
                        case other:
                            raise ValueError(f"GS ( k {other!r}")
                case b"v":
                    if need(2) != b"0\0":
                        raise ValueError("GS v of another kind")
                    across = int.from_bytes(need(2), "little")
                    rows = int.from_bytes(need(2), "little")
                    picture = [
                        [bool(byte >> bit & 1) for byte in need(across) for bit in range(7, -1, -1)] for _ in range(rows)
                    ]
                    paper.pictures.append(picture)
                    paper.items.append("[图]")
                    paper.order.append("picture")
                case other:
                    raise ValueError(f"GS {other!r}")
        elif byte >= 0x80:
            if not chinese:
                raise ValueError("Chinese outside Chinese mode")
            text += bytes((byte,)) + need(1)
            if charset == "gb18030" and 0x30 <= text[-1] <= 0x39:
                text += need(2)
        elif byte >= 0x20:
            text.append(byte)
        else:
            raise ValueError(f"control byte {byte:#x} at {at - 1}")
    if text:
        raise ValueError("text without a line feed")
    return paper


def text(paper: Paper, columns: int) -> str:
    """The paper as text, each line at its place on `columns` columns, the last gap of a big line drawn out."""
    lines: list[str] = []
    for item in paper.items:
        if isinstance(item, str):
            lines.append(item)
            continue
        if width(item.text) > columns // item.size:
            raise ValueError(f"wider than the paper: {item.text}")
        room = columns - width(item.text)
        left = {"left": 0, "center": room // 2, "right": room}[item.align]
        said = item.text
        gap = said.rfind("  ")
        if item.size > 1 and item.align == "left" and said[: max(gap, 0)].strip(" "):
            # On paper the value of a label ends at the right edge, less the columns a big letter leaves over.
            edge = columns - (columns // item.size - width(said))
            said = said[:gap] + " " * (edge - width(said)) + said[gap:]
        lines.append((" " * left + said).rstrip(" ") if said else "")
    return "\n".join(lines)
