"""A family that is tried on a PostgreSQL whose data stand on a small file system of their own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.faults.family import Family, FamilyResult, Ground
from tests.faults.ledger import Findings
from tests.support.migrating import migrate
from tests.support.postgres import PostgresServer

# A new server needs half of it.
_SIZE: Final = "size=256m"
_NAME: Final = "faults"


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """``family``: what is tried there. Only root may make a file system; without one nothing is tried."""

    family: Family

    @property
    def number(self) -> int:
        return self.family.number

    @property
    def name(self) -> str:
        return self.family.name

    @property
    def engines(self) -> Sequence[str]:
        return self.family.engines

    async def try_out(self, ground: Ground) -> FamilyResult:
        with _small_disk() as folder:
            if folder is None:
                note = f"not tried, for it needs a file system of its own: {self.name}"
                return FamilyResult(self.number, self.name, ground.engine, 0, 0.0, Findings(), [note])
            server = PostgresServer(folder)
            server.start()
            try:
                server.create(_NAME)
                await migrate(server.url(_NAME))
                there = replace(ground, database_url=server.url(_NAME), server=server)
                return await self.family.try_out(there)
            finally:
                server.stop()


@contextmanager
def _small_disk() -> Iterator[Path | None]:
    """A folder that is a file system in memory. None: none can be made here."""
    with tempfile.TemporaryDirectory(prefix="chuangcheng-small-disk-") as name:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", _SIZE, "tmpfs", name], check=False)  # noqa: S603, S607  # our own arguments
        if made.returncode:
            yield None
            return
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)  # noqa: S603, S607  # our own arguments
