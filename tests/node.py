"""Printing programs nobody here wrote that run on node: how the tests ask them, and why not where they are absent.

Nothing is installed from here. For a check by hand, in an empty folder outside this one:
npm install receiptio@2.1.2 receiptline@4.0.4 iconv-lite@0.6.3 @point-of-sale/receipt-printer-encoder@4.0.1
and run the tests with NODE_PATH naming its node_modules.
"""

import functools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("receiptio", "receiptline", "iconv-lite", "@point-of-sale/receipt-printer-encoder")

_ASK = "const asked = JSON.parse(require('fs').readFileSync(0)), answer = said => console.log(JSON.stringify(said));\n"


def node(script: str, asked: object) -> Any:
    """What the script answers: it finds `asked` there and calls `answer` once. Raises CalledProcessError."""
    done = subprocess.run(
        [shutil.which("node") or "node", "-e", _ASK + script],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
        timeout=60,
        cwd=Path(__file__).parents[1],
    )
    return json.loads(done.stdout)


@functools.cache
def lacking() -> str:
    """Why node cannot be asked here; "" if it can."""
    if not shutil.which("node"):
        return "node is not installed"
    found = "answer(asked.filter(name => { try { require.resolve(name) } catch { return true } }))"
    missing = node(found, PACKAGES)
    return f"npm packages not found (see tests/node.py): {', '.join(missing)}" if missing else ""


needs_node = pytest.mark.skipif(bool(lacking()), reason=lacking())
