"""``make-paper``: makes one sheet or Word file. It needs no settings and no database."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Final

from reports.papers import made_of

# Somebody waits for a paper, so it goes before an import; all other answers go before it.
NICENESS: Final = 5


def make_paper() -> int:
    """Read on stdin what a paper says, and write the file to stdout. Returns the exit code."""
    os.nice(NICENESS)
    try:
        content = made_of(json.load(sys.stdin.buffer))
    except Exception as error:
        # Where it failed, without the error's own words: they may be somebody's.
        where = "".join(traceback.format_tb(error.__traceback__))
        sys.stderr.write(f"{where}{type(error).__name__}\n")
        return 1
    sys.stdout.buffer.write(content)
    return 0
