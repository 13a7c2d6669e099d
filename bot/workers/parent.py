"""The end of a worker with the program that started it: its stdin closes then."""

from __future__ import annotations

import os


def end_with_parent() -> None:
    """Wait for the end of stdin, and end this process; to be run in a thread."""
    # This does not read sys.stdin: its lock would be in the way when this process ends by itself.
    while os.read(0, 4096):
        pass
    os._exit(1)
