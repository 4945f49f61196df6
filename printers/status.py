"""What the printer says back: its answers told apart by their fixed bits, its complaints in the clerk's words.

The table is printing.md §4; python-escpos's own status functions are not used (they call a silent printer well).
"""

ASK_OFFLINE, ASK_PAPER = b"\x10\x04\x02", b"\x10\x04\x04"

COVER = "打印机盖子没盖好：请合上盖子，会自动接着打"
PAPER = "打印机缺纸：请装纸，装好会自动接着打"
FAULT = "打印机报错（卡纸或切刀卡住）：请关机再开机，看看面板上的灯"

_BLOCK = frozenset((0x35, 0x37, 0x3B, 0x3D, 0x5F))


class Replies:
    """Cuts the bytes of one connection into answers, whatever pieces they come in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """The answers complete so far as (kind, bytes); kind is real-time, asb, done (GS r) or block.

        Bytes no printer should send (XON, XOFF, noise) are dropped.
        """
        rest = self._rest + data
        found: list[tuple[str, bytes]] = []
        while rest:
            first = rest[0]
            if first & 0x93 == 0x12:
                kind, length = "real-time", 1
            elif first & 0x93 == 0x10:
                kind, length = "asb", 4
            elif first & 0x90 == 0:
                kind, length = "done", 1
            elif first in _BLOCK:
                kind, length = "block", rest.find(0) + 1 or len(rest) + 1
            else:
                rest = rest[1:]
                continue
            if len(rest) < length:
                break
            found.append((kind, rest[:length]))
            rest = rest[length:]
        self._rest = rest
        return found


def offline_cause(answer: int) -> str:
    """The complaint in an answer to DLE EOT 2, "" when there is none."""
    if answer & 0x20:
        return PAPER
    if answer & 0x04:
        return COVER
    return FAULT if answer & 0x40 else ""


def paper_out(answer: int) -> str:
    """The complaint in an answer to DLE EOT 4, "" when there is paper (or it is only near its end)."""
    return PAPER if answer & 0x60 else ""
