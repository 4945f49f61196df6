"""Everything that must hold before a change lands: style, types, floors, behaviour. Run as `python -m tests`."""

import subprocess
import sys
import time

CHECKS = (
    ("ruff", ["-m", "ruff", "check", "."]),
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("mypy", ["-m", "mypy"]),
    ("floors", ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]),
    ("pytest", ["-m", "pytest", "-n", "2", "--dist", "loadgroup"]),
)


def main() -> int:
    """Run every check, also after one failed; 1 if any did."""
    failed = []
    for name, command in CHECKS:
        begun = time.monotonic()
        code = subprocess.run([sys.executable, *command], check=False).returncode
        print(f"{name}: {'ok' if code == 0 else 'FAILED'} in {time.monotonic() - begun:.0f} s", flush=True)
        if code:
            failed.append(name)
    print("failed: " + ", ".join(failed) if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
