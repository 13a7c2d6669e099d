"""Which modules of ours a call passes on its way to a statement."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import greenlet
import sqlalchemy as sa

from models.db import Database

ROOMS = ("bot.", "handlers.", "scheduler.", "services.", "models.")
Path = tuple[str, ...]


@contextmanager
def paths_from(module: str, database: Database) -> Iterator[set[Path]]:
    """Collect, for each statement below a function of ``module``, the modules passed, each once."""
    found: set[Path] = set()

    def note(*_: object) -> None:
        passed = list(dict.fromkeys(_modules()))
        if module in passed:
            found.add(tuple(passed[passed.index(module) :]))

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def _modules() -> list[str]:
    """The modules on the stack, outermost first. A statement runs in a greenlet below the caller's."""
    names: list[str] = []
    frame: FrameType | None = sys._getframe()
    thread = greenlet.getcurrent()
    while True:
        while frame is not None:
            names.append(frame.f_globals.get("__name__", ""))
            frame = frame.f_back
        if thread.parent is None:
            return [name for name in reversed(names) if name.startswith(ROOMS)]
        thread = thread.parent
        frame = thread.gr_frame
