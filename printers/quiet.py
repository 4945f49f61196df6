"""python-escpos, loaded without the traces its import leaves on a terminal program."""

import importlib
import logging
import os
import shutil
import sys
from typing import Any

_PICKLES = "ESCPOS_CAPABILITIES_PICKLE_DIR"


def escpos_printer(name: str) -> Any:
    """A printer class of python-escpos: Dummy, Serial.

    Its import would put a stderr handler on the root logger (which draws over the glass) and leave a new temporary
    folder at every start; here the logger stays as it was and the folder goes.
    """
    if "escpos.capabilities" not in sys.modules:
        root, deaf = logging.getLogger(), logging.NullHandler()
        root.addHandler(deaf)
        try:
            capabilities = importlib.import_module("escpos.capabilities")
        finally:
            root.removeHandler(deaf)
        if _PICKLES not in os.environ:
            shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)
    return getattr(importlib.import_module("escpos.printer"), name)
