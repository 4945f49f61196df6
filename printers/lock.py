"""One printer, one program at a time: an operating-system lock that dies with the process that held it."""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        # Another user of this PC made the file; holding a lock does not need to write.
        return os.open(path, os.O_RDONLY)


def machine(url: str) -> str:
    """The machine behind an address: two ways to write one printer's address give one name."""
    parts = urlsplit(url)
    place = unquote(parts.netloc + parts.path).rstrip("/")
    match parts.scheme:
        case "tcp":
            place = place.lower() if re.search(r":\d+$", place) else f"{place.lower()}:9100"
        case "usb":
            # Of two printers of one make the serial number is all that tells them apart; 0x0416 is 416.
            place = re.sub(r"(?<![0-9a-f])(0x)?0*(?=[0-9a-f])", "", place.lower())
            place = "#".join([place, *parse_qs(parts.query).get("serial", [])])
        case "serial" | "win32":
            place = place.lower() if not place.startswith("/") else place
    return f"{parts.scheme}:{place}"


@contextmanager
def device_lock(url: str) -> Iterator[bool]:
    """Holds the printer at `url` for the block; yields False when another thread or program has it."""
    name = hashlib.sha256(machine(url).encode()).hexdigest()[:16]
    handle = _open(Path(tempfile.gettempdir()) / f"wuye-printer-{name}.lock")
    try:
        try:
            _take(handle)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
