"""The square code on a slip: its modules, its size on the paper and its look on the glass.

A slip's code carries a number or a token, never a person: short ASCII, error correction M (printing.md §3).
"""

LONGEST = 40
# Bytes a version holds in byte mode at level M (ISO/IEC 18004 table 7); digits and capitals need no larger version.
_HOLDS = (14, 26, 42)
_QUIET = 4


def check(data: str) -> bytes:
    """The payload as bytes. Raises ValueError when it is empty, not printable ASCII or longer than 40 bytes."""
    if not data:
        raise ValueError("二维码内容是空的")
    if not (data.isascii() and data.isprintable()):
        raise ValueError(f"二维码只能放英文字母、数字和符号：{data}")
    if len(data) > LONGEST:
        raise ValueError(f"二维码内容有 {len(data)} 个字符，最多 {LONGEST} 个：{data}")
    return data.encode("ascii")


def module_size(data: str, dots: int) -> int:
    """Dots per module on a paper `dots` wide: up to 6 on 58 mm, 8 on 80 mm, less where the code would not fit.

    A printer prints nothing at all when a native code with its quiet zone is wider than the paper.
    """
    size = len(check(data))
    version = next(number for number, bytes_held in enumerate(_HOLDS, 1) if size <= bytes_held)
    modules = 17 + 4 * version + 2 * _QUIET
    return max(1, min(8 if dots >= 500 else 6, dots // modules))


def matrix(data: str) -> list[list[bool]]:
    """The code's modules, dark = True, without quiet zone, level M. Raises ValueError as `check` does."""
    check(data)
    from qrcode import QRCode
    from qrcode.constants import ERROR_CORRECT_M

    # Any of the eight masks reads back; weighing them all is nine tenths of the time, and an act waits for its slip.
    code = QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=3)
    code.add_data(data)
    code.best_fit()
    code.make(fit=False)  # it would look for the version twice
    return [[bool(module) for module in row] for row in code.modules]


def blocks(data: str) -> str:
    """The code in half blocks with a quiet zone of two, one cell wide a module, to be shown black on white."""
    modules = matrix(data)
    quiet = [False] * (len(modules) + 4)
    rows = [quiet, quiet, *([False, False, *row, False, False] for row in modules), quiet, quiet]
    if len(rows) % 2:
        rows.append(quiet)
    glyphs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(glyphs[cell] for cell in zip(upper, lower, strict=True)) for upper, lower in pairs)
