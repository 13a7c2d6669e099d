"""``make-paper``: makes one sheet or Word file. It needs no settings and no database."""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from typing import Final

from bot.workers.parent import end_with_parent
from reports.papers import made_of

# Somebody waits for a paper, so it goes before an import; all other answers go before it.
NICENESS: Final = 5


def make_paper(length: int) -> int:
    """Read on stdin what a paper says, in so many bytes, and write the file to stdout. Returns the exit code.

    Stdin closes when the program that waits for the paper ends; then this process ends, too.
    """
    os.nice(NICENESS)
    said = read_stdin(length)
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        content = made_of(json.loads(said))
    except Exception as error:
        tell_where(error)
        return 1
    sys.stdout.buffer.write(content)
    return 0


def tell_where(error: Exception) -> None:
    """Say where it failed, without the error's own words: they may be somebody's."""
    where = "".join(traceback.format_tb(error.__traceback__))
    sys.stderr.write(f"{where}{type(error).__name__}\n")


def read_stdin(length: int) -> bytes:
    """So many bytes of stdin. It is not read as a file: what is behind them would be waited for."""
    parts = []
    while length and (part := os.read(0, length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
