"""A family of faults, and what became of its tries."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tests.faults.district import District, district
from tests.faults.ledger import Findings
from tests.support.engines import ENGINES
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge

COLUMNS: Final = ("#", "family", "engine", "tries", "lost", "doubled", "astray", "broken", "seconds")
HEADER: Final = "\n".join(
    f"|{'|'.join(cells)}|" for cells in ([f" {one} " for one in COLUMNS], ["---"] * len(COLUMNS))
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a family is tried: an empty database of one engine. The same ``seed`` brings the same choices.

    ``server``: the PostgreSQL of the database, if it may be restarted.
    """

    forge: Forge
    engine: str
    database_url: str
    seed: str
    server: PostgresServer | None = None


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """What became of the tries of a family on one engine. ``notes``: what else there is to say, as lines."""

    number: int
    name: str
    engine: str
    tries: int
    seconds: float
    findings: Findings
    notes: Sequence[str] = ()

    def row(self) -> str:
        found = self.findings
        kinds = [len(lines) for lines in (found.lost, found.doubled, found.astray, found.broken)]
        cells = [self.number, self.name, self.engine, self.tries, *kinds, round(self.seconds)]
        return "| " + " | ".join(map(str, cells)) + " |"


class Trial(Protocol):
    """A line of the table: a family of faults, or a part of one."""

    @property
    def number(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def engines(self) -> Sequence[str]: ...

    async def try_out(self, ground: Ground) -> FamilyResult:
        """Do all tries on one engine."""
        ...


@dataclass(frozen=True, slots=True)
class Family:
    """``inject`` does a number of tries in a district and ends with ``District.finish``.

    ``tries``: in ``make faults``. ``short``: in ``make test``; 0: it is not there.
    """

    number: int
    name: str
    tries: int
    inject: Callable[[District, int], Awaitable[None]]
    short: int = 0
    engines: Sequence[str] = ENGINES

    async def try_out(self, ground: Ground, tries: int | None = None) -> FamilyResult:
        chance = random.Random(f"{ground.seed}/{self.number}/{self.name}/{ground.engine}")  # noqa: S311  # repeatable
        began, times = time.monotonic(), self.tries if tries is None else tries
        where = (ground.forge, ground.engine, ground.database_url, chance, ground.server)
        async with district(*where) as place:
            findings = place.ledger.findings
            try:
                await self.inject(place, times)
            except Exception as error:
                # What stops a family is a finding, too, and the others are still tried.
                findings.broken.append(f"{type(error).__name__}: {error}")
        return FamilyResult(self.number, self.name, ground.engine, times, time.monotonic() - began, findings)
