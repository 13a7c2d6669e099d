"""Starts ``chuangcheng run`` with what a row needs for measuring; the program itself knows nothing of it.

The menus of all people are set without pauses, so that measuring need not wait for them. ``BENCH_COUNTS``: a
file to which the counts so far are written at each SIGUSR1.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import bot.menus
from bot.cli import main

counts: Counter[str] = Counter()


def count_statements() -> None:
    """Count what every engine does. The BEGIN that SQLite gets is a statement, too."""

    def statement(*_: object) -> None:
        counts["statements"] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", statement)
    for name in ("begin", "commit", "rollback"):
        sa.event.listen(sa.Engine, name, lambda _c, name=name: counts.update([name]))


def count_hops() -> None:
    """Count how often another thread hands something to the program's loop, by whatever way it does that."""
    loop_class: Any = asyncio.BaseEventLoop
    hand_over = loop_class.call_soon_threadsafe
    main_thread = threading.main_thread().ident

    def counted(self: Any, *arguments: Any, **named: Any) -> Any:
        if self._thread_id == main_thread and threading.get_ident() != main_thread:
            counts["hops"] += 1
        return hand_over(self, *arguments, **named)

    loop_class.call_soon_threadsafe = counted


def write_counts(path: Path) -> None:
    """Write the counts at each signal: whole, and with the number of the signal."""

    def write(*_: object) -> None:
        counts["signals"] += 1
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(counts))
        unfinished.rename(path)

    signal.signal(signal.SIGUSR1, write)


def start() -> None:
    if hasattr(bot.menus, "PAUSE_SECONDS"):
        vars(bot.menus)["PAUSE_SECONDS"] = 0.0
    if path := os.environ.get("BENCH_COUNTS"):
        count_statements()
        count_hops()
        write_counts(Path(path))
    main()


if __name__ == "__main__":
    start()
