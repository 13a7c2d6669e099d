"""``python -m tests.faults``: tries all families on both engines, and prints what became of them as a table.

``--seed``: makes the choices of an earlier run again. ``--only 1 7``: these families alone. ``--engine``: one
engine alone. What the programs logged is in ``out/faults.log``. The exit code is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import TextIO

from tests.faults.catalogue import FAMILIES
from tests.faults.family import HEADER, FamilyResult, Ground, Trial
from tests.faults.growth import Growth
from tests.support.engines import ENGINES
from tests.support.migrating import migrate
from tests.support.postgres import PostgresServer
from tests.support.processes import ROOT, Forge

LOG = ROOT / "out" / "faults.log"
TEMPLATE = "migrated"
# Where there is such a place, databases are kept in memory: what is tried is the program, not the disk.
_MEMORY = Path("/dev/shm")  # noqa: S108  # the folder in it is our own
MEMORY = _MEMORY if _MEMORY.exists() else None


class SqliteFiles:
    """Makes databases that are migrated and empty, each a file of its own."""

    server = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def prepare(self) -> None:
        await migrate(self._url(TEMPLATE))

    def make(self, name: str) -> str:
        shutil.copy(self._folder / f"{TEMPLATE}.db", self._folder / f"{name}.db")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"sqlite+aiosqlite:///{self._folder / name}.db"


class PostgresDatabases:
    """The same in a server of its own."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server

    async def prepare(self) -> None:
        self.server.create(TEMPLATE)
        await migrate(self.server.url(TEMPLATE))

    def make(self, name: str) -> str:
        self.server.create(name, TEMPLATE)
        return self.server.url(name)


async def _series(
    engine: str,
    databases: SqliteFiles | PostgresDatabases,
    families: Sequence[Trial],
    forge: Forge,
    seed: str,
    shown: TextIO,
) -> list[FamilyResult]:
    """Try the families one after the other; other series run beside this one."""
    results = []
    for place, family in enumerate(families):
        if engine in family.engines:
            url = databases.make(f"faults_{family.number}_{place}")
            result = await family.try_out(Ground(forge, engine, url, seed, databases.server))
            results.append(result)
            print(result.row(), *result.findings.lines(), sep="\n", file=shown, flush=True)
    return results


async def _all(engines: Sequence[str], families: Sequence[Trial], seed: str) -> list[FamilyResult]:
    shown = sys.stdout
    with ExitStack() as stack:
        kept = tempfile.TemporaryDirectory(prefix="chuangcheng-faults-", dir=MEMORY)
        folder = Path(stack.enter_context(kept))
        os.chdir(folder)
        LOG.parent.mkdir(exist_ok=True)
        log = stack.enter_context(LOG.open("w"))
        stack.enter_context(redirect_stdout(log))
        logging.basicConfig(stream=log, level=logging.WARNING)
        forge = Forge()
        stack.callback(forge.close)
        makers: dict[str, SqliteFiles | PostgresDatabases] = {"sqlite": SqliteFiles(folder)}
        if "postgres" in engines:
            server = PostgresServer()
            server.start()
            stack.callback(server.stop)
            makers["postgres"] = PostgresDatabases(server)
        series = []
        # All others mostly wait, so there is time to count on besides.
        years = [one for one in families if isinstance(one, Growth)]
        others = [one for one in families if one not in years]
        for engine in engines:
            await makers[engine].prepare()
            series += [
                _series(engine, makers[engine], part, forge, seed, shown) for part in (years, others) if part
            ]
        return [result for results in await asyncio.gather(*series) for result in results]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    parser.add_argument("--only", type=int, nargs="*", default=[])
    parser.add_argument("--engine", choices=ENGINES)
    chosen = parser.parse_args()
    engines = [chosen.engine] if chosen.engine else ENGINES
    families = [family for family in FAMILIES if not chosen.only or family.number in chosen.only]
    sys.stdout.write(f"seed {chosen.seed}\n")
    # What was started is ended, too, when a supervisor has had enough.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = asyncio.run(_all(engines, families, chosen.seed))
    rows = sorted(results, key=lambda result: (result.number, result.name, result.engine))
    notes = [note for result in rows for note in result.notes]
    sys.stdout.write("\n".join(["", HEADER, *(result.row() for result in rows), *notes, ""]))
    return int(any(result.findings.lines() for result in rows))


if __name__ == "__main__":
    sys.exit(main())
