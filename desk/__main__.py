"""The door of the desk: opens the counter, or hands what was typed to its commands; the one module that looks up."""

# Read once, when Textual is imported. The kitty key protocol takes keys away from input methods, and Textual's own
# 60 frames a second make every key wait two of them (measures.md).
import os

os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")
os.environ.setdefault("TEXTUAL_FPS", "1000")

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desk.folder import default_home, require
from desk.trouble import guarded

if TYPE_CHECKING:
    from data.central import Central


def open_counter(home: Path, demo: bool = False) -> None:
    """Show the counter of the desk in `home` until it is left. Raises Refused or Damaged where there is none to show."""
    require(home)
    sys.setswitchinterval(0.0005)  # a printer's thread keeps the glass waiting for half a millisecond, not for Python's five
    from screens.app import FrontDesk

    FrontDesk(home.absolute(), demo).run()


def serve_central(central: "Central", host: str, port: int) -> None:
    """Answer desks at `host`:`port` until the process is told to stop."""
    import signal

    from screens.web.app import serve

    # Uvicorn ends by the signal it was given; left to itself that one leaves an embedded PostgreSQL running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(central, host, port)


def asked_for_counter(args: Sequence[str]) -> Path | None:
    """The folder of the desk to open when nothing but that was asked for, else None."""
    match args:
        case []:
            return default_home()
        case ["--home", place] if not place.startswith("-"):
            return Path(place)
        case [one] if one.startswith("--home="):
            return Path(one.removeprefix("--home="))
    return None


def main() -> None:
    """Run what was typed; ends the process with 0 done, 1 refused or a fault found, 2 typed wrongly."""
    home = asked_for_counter(sys.argv[1:])
    if home is not None:
        # The counter does not wait for the command line's own libraries.
        sys.exit(guarded(lambda: open_counter(home)))
    from desk.commands import Faces, app

    app(prog_name="desk", obj=Faces(open_counter, serve_central))


if __name__ == "__main__":
    main()
