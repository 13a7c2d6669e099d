"""The running numbers given so far, in a file beside the database: a restore goes on behind them.

It is written before the transaction that gives a number commits. So it may name a number that was never
given, and never lacks one that was. Without the file a restore skips some numbers.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from bot.backups.making import sync_folder
from models import numbers
from models.db import Database

log = structlog.get_logger(__name__)
# Of each kind: the counters of this many latest days or years.
_LATEST: Final = 10


class NumberFile:
    """The file and what stands in it. One process writes it: the one that holds the instance's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given: dict[str, int] = {}
        self._writing = asyncio.Lock()

    async def follow(self, database: Database) -> None:
        """Write down each number that the database gives from now on, and those it has given already."""
        async with database.reading() as session:
            so_far = await numbers.given(session)
        self._given = read(self._path) or {}
        await self.keep(so_far)
        database.keep_numbers = self.keep

    async def keep(self, given: Mapping[str, int]) -> None:
        """Write numbers down, durably. If they cannot be written there is no file, for it must not lack any.

        ``OSError``: the old file cannot be deleted, either. Then the numbers must not be given.
        """
        async with self._writing:
            higher = {name: value for name, value in given.items() if value > self._given.get(name, 0)}
            if higher:
                known = _latest(self._given | higher)
                self._given = known
                await asyncio.to_thread(self._write, known)

    def _write(self, known: Mapping[str, int]) -> None:
        try:
            self._write_durably(known)
        except OSError as error:
            log.error("the file of the numbers cannot be written", path=str(self._path), error=error.strerror)
            self._path.unlink(missing_ok=True)

    def _write_durably(self, known: Mapping[str, int]) -> None:
        part = self._path.with_name(self._path.name + ".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        sync_folder(self._path.parent)


def read(path: Path) -> dict[str, int] | None:
    """The last number given, by the counter's name; None if there is no file that can be read."""
    try:
        found = json.loads(path.read_bytes())
        return {str(name): int(value) for name, value in found.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("the file of the numbers cannot be read", path=str(path), error=type(error).__name__)
        return None


def _latest(given: Mapping[str, int]) -> dict[str, int]:
    """Those of the latest days and years, for only they may still rise."""
    return {name: given[name] for names in numbers.by_kind(given) for name in names[-_LATEST:]}
