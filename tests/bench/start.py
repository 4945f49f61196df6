"""How long from exec to the first full picture, against a bare Textual hello in the same run. Run by hand on Linux.

python -m tests.bench.start [rounds]
"""

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello-there")
Hello().run()
"""


def first_paint(command: list[str], wanted: bytes, env: dict[str, str]) -> float:
    """Milliseconds from exec until `wanted` is on a 120×36 terminal."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=env, start_new_session=True)
    os.close(side)
    seen = b""
    while wanted not in seen and time.perf_counter() - begun < 20:
        if select.select([main], [], [], 0.5)[0]:
            try:
                seen += os.read(main, 65536)
            except OSError:
                break
    took = (time.perf_counter() - begun) * 1000
    child.kill()
    child.wait()
    os.close(main)
    assert wanted in seen, f"{command} never painted"
    return took


def main() -> None:
    """Interleave the two and print medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    env = {**os.environ, "TERM": "xterm-256color", "TEXTUAL_FPS": "1000", "TEXTUAL_DISABLE_KITTY_KEY": "1"}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        setup = "from pathlib import Path; import sys; from tests.office import office; office(Path(sys.argv[1]))[0].close()"
        subprocess.run([sys.executable, "-c", setup, str(home)], check=True)
        desk = [sys.executable, "-m", "desk", "--home", str(home)]
        runs = {
            "textual hello": ([sys.executable, "-c", HELLO], b"hello-there"),
            "desk, login on the glass": (desk, "请登录".encode()),
            "desk, roster from the database": (desk, "王芳".encode()),
        }
        took: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, (command, wanted) in runs.items():
                took[name].append(first_paint(command, wanted, env))
    limit = statistics.median(took["textual hello"])
    for name, times in took.items():
        median = statistics.median(times)
        print(f"{name:32} {median:7.0f} ms  {median / limit:5.2f} ×   (min {min(times):.0f}, max {max(times):.0f}, n {rounds})")


if __name__ == "__main__":
    main()
