"""The font the desk draws with what a printer lacks: the file the office named, a package beside the program, the system's.

Only names and places; nothing is opened here, so that a slip of plain characters costs nothing.
"""

import functools
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ANY = "auto"

_PACKAGE = "noto_cjk_sans_otc"  # the extra `font`: Noto Sans CJK, OFL-1.1, 19 MB
# Best first: sans and even strokes for old eyes. Letters half as wide as hanzi, or narrow enough to be made so.
_KNOWN = (
    "NotoSansMonoCJKsc-Regular.otf", "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf", "SourceHanSansCN-Regular.otf", "SourceHanSans.ttc", "NotoSansSC-VF.ttf",
    "msyh.ttc", "Deng.ttf", "simhei.ttf", "simsun.ttc", "PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc",
    "wqy-zenhei.ttc", "wqy-microhei.ttc", "Songti.ttc", "unifont.otf", "unifont.ttf",
    # Nothing but rare characters: after the others, for what they lack.
    "simsunb.ttf", "BabelStoneHan.ttf", "HanaMinB.ttf", "unifont_upper.otf", "unifont_upper.ttf",
)  # fmt: skip


def _folders() -> Iterator[Path]:
    """Where this system keeps its fonts and this person theirs."""
    home = Path.home()
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        yield home / "AppData" / "Local" / "Microsoft" / "Windows" / "Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts")
    else:
        yield from (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
        yield from (home / ".local" / "share" / "fonts", home / ".fonts")


@functools.cache
def _installed() -> dict[str, str]:
    """The font files of this PC by name in small letters, the package's first."""
    files: dict[str, str] = {}
    package = importlib.util.find_spec(_PACKAGE)
    places = [Path(package.origin).parent] if package and package.origin else []
    for place in (*places, *_folders()):
        for folder, _, names in os.walk(place):
            for name in names:
                files.setdefault(name.lower(), os.path.join(folder, name))
    return files


def _named(setting: str) -> str:
    """The file a setting means: a path, or the name of an installed font file; "" where there is none."""
    path = Path(setting).expanduser()
    if path.is_file():
        return str(path)
    return _installed().get(setting.lower(), "")


@functools.cache
def found(font: str) -> tuple[str, ...]:
    """The font files to draw with, best first; what one lacks the next may have.

    `font` is a path or the name of an installed file (that one first, then the others), `ANY` for those of package and
    system, or "" for none.
    """
    if not font:
        return ()
    first = [] if font == ANY else [_named(font)]
    known = (_installed().get(name.lower(), "") for name in _KNOWN)
    return tuple(dict.fromkeys(filter(None, (*first, *known))))


def fault(setting: str) -> str:
    """What is wrong with the office's setting, or with a PC that has no font at all, in one sentence; "" if nothing."""
    if setting and not _named(setting):
        return f"desk.toml 的 font 写的是“{setting}”，没有这个字库文件，请改成存在的文件，或空着让程序自己找"
    if not found(setting or ANY):
        return "这台电脑没有中文字库，打印机缺的字会印成编号：请装一个（如思源黑体、Noto Sans CJK），再重新打开"
    return ""
