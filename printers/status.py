"""What the printer says back: its answers told apart by their fixed bits, its complaints in the clerk's words.

The table is printing.md §4; python-escpos's own status functions are not used (they call a silent printer well).
Every complaint is "what is wrong：what to do"; the part before the colon stands in the header.
"""

ASK_ONLINE, ASK_OFFLINE, ASK_ERROR, ASK_PAPER = (bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
SPEAK_UP, BE_QUIET = b"\x1da\x0e", b"\x1da\x00"  # tell every change of on-line, error and paper by yourself, or no more

COVER = "打印机盖子没盖好：请合上盖子，会自动接着打"
PAPER = "打印机缺纸：请装纸合盖，装好会自动接着打"
FAULT = "打印机报错：请关机，取出卡住的纸，再开机，看看面板上的灯"
CUTTER = "打印机切刀卡住：请关机，取出卡住的纸，再开机"
HOT = "打印机过热：请等一两分钟，凉了会自动接着打"
BROKEN = "打印机故障：请关机再开机；灯还亮红就要报修，先换一台打印机"
OFFLINE = "打印机离线：请检查电源、数据线和面板上的灯，再按一下面板上的联机（FEED）键"
NEAR_END = "打印机纸快用完：请备好一卷新纸"

_BLOCK = frozenset((0x35, 0x37, 0x3B, 0x3D, 0x5F))
_FLOW = b"\x11\x13"  # XON and XOFF may stand even inside an answer of several bytes


class Replies:
    """Cuts the bytes of one connection into answers, whatever pieces they come in."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """The answers complete so far as (kind, bytes); kind is real-time, asb, done (GS r) or block.

        XON, XOFF and bytes no printer should send are dropped.
        """
        rest = self._rest + data.translate(None, _FLOW)
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


def is_offline(answer: int) -> bool:
    """Whether an answer to DLE EOT 1 says that the printer takes nothing, for whatever reason."""
    return bool(answer & 0x08)


def offline_cause(answer: int) -> str:
    """The complaint in an answer to DLE EOT 2, "" when there is none."""
    if answer & 0x20:
        return PAPER
    if answer & 0x04:
        return COVER
    return FAULT if answer & 0x40 else ""


def error_cause(answer: int) -> str:
    """What kind of error an answer to DLE EOT 3 tells, asked once an error is known."""
    if answer & 0x08:
        return CUTTER
    if answer & 0x20:
        return BROKEN
    return HOT if answer & 0x40 else FAULT


def paper_out(answer: int) -> str:
    """The complaint in an answer to DLE EOT 4, "" when there is paper (or it is only near its end)."""
    return PAPER if answer & 0x60 else ""


def near_end(answer: int) -> str:
    """The notice in an answer to DLE EOT 4, "" while there is plenty of paper."""
    return NEAR_END if answer & 0x0C else ""


def near_end_after(answer: int) -> str:
    """The notice in an answer to GS r 1, "" while there is plenty of paper."""
    return NEAR_END if answer & 0x03 else ""


def unasked(answer: bytes) -> str:
    """The complaint in the four bytes a printer sends by itself (ASB), "" when it is over."""
    if answer[2] & 0x0C:
        return PAPER
    if answer[0] & 0x20:
        return COVER
    if answer[1] & 0x6C:
        return error_cause(answer[1])
    return OFFLINE if answer[0] & 0x08 else ""
