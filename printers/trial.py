"""The calibration slip: what may go wrong on a printer, numbered, in bytes that trust no profile (printing.md §2.4)."""

from printers import picture
from printers.cells import cut
from printers.thermal import ASK_DONE, BEEP, CUT, INIT, PULSES, native_qr, raster

CLASSES = (("GB2312", "啊阿埃"), ("GBK", "镕喆堃"), ("2BYTE", "䶮㭎䴔"), ("4BYTE", "㛃𠮷𬱖"))
"""Lines 1–4: each kind of characters that printers have or lack, the commonest first, with three of its kind."""

RULER = "".join(f"{n:.>5}" for n in range(5, 46, 5)) + ".48"
"""Line 5: 48 columns; a number ends at the column it names. What a printer cannot hold comes out on the next line."""

IMAGE, NATIVE = "IMAGE-8", "NATIVE-9"
"""What the codes under 8 and 9 say, so that whoever scans one knows which it was."""

_NARROW = 24  # columns of the narrowest paper: nothing but the ruler is wider
_ONCE, _TWICE = b"\x1d!\x00", b"\x1d!\x11"  # all letters
_HANZI_ONCE, _HANZI_TWICE = b"\x1c!\x00", b"\x1c!\x0c"  # Chinese ones, on printers that keep them apart
_CENTER, _LEFT = b"\x1ba\x01", b"\x1ba\x00"
_BOLD, _PLAIN = b"\x1bE\x01", b"\x1bE\x00"
_FEED = b"\x1bd\x04"


def trial(name: str, pin: int = 2) -> bytes:
    """The slip for the printer of this name, as one job; `pin` 2 or 5 is where the drawer is kicked.

    Commands that not every printer knows stand last, so that a printer put out by one has printed the rest.
    """

    def line(text: str) -> bytes:
        return text.encode("gb18030") + b"\n"

    return b"".join(
        (
            INIT,
            cut(f"校准单 {name}", _NARROW).encode("gbk", "replace") + b"\n",
            line("-" * _NARROW),
            *(line(f"{n} {label:<7} {sample} |") for n, (label, sample) in enumerate(CLASSES, 1)),
            line("5 第一行印到第几列"),
            line(RULER),
            _TWICE + line("6A 大字AB") + _ONCE,
            _TWICE + _HANZI_TWICE + line("6B 大字AB") + _ONCE + _HANZI_ONCE,
            line("7 平常 Abc 123"),
            _BOLD + line("7 加粗 Abc 123") + _PLAIN,
            line(f"8 二维码 {IMAGE}"),
            raster(picture.code(IMAGE, _NARROW)),
            line(f"9 二维码 {NATIVE}"),
            _CENTER + native_qr(NATIVE, 6) + _LEFT,
            line("10 钱箱弹开"),
            line("11 响两声"),
            line("12 切纸"),
            PULSES[pin],
            BEEP,
            _FEED,
            CUT,
            ASK_DONE,
        )
    )


def kick(pin: int) -> bytes:
    """A job without paper that kicks the drawer on the pin (2 or 5)."""
    return INIT + PULSES[pin] + ASK_DONE


EMPTY = INIT + ASK_DONE
"""A job without paper: only asked whether it is done."""
