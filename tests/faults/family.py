"""A family of faults, and what became of its tries."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults.district import District, district
from tests.faults.ledger import Findings
from tests.support.engines import ENGINES
from tests.support.postgres import PostgresServer
from tests.support.processes import Forge

HEADER: Final = (
    "| # | family | engine | tries | lost | doubled | astray | seconds |\n|---|---|---|---|---|---|---|---|"
)


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


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """What became of the tries of a family on one engine."""

    number: int
    name: str
    engine: str
    tries: int
    seconds: float
    findings: Findings

    def row(self) -> str:
        found = self.findings
        counts = [self.tries, len(found.lost), len(found.doubled), len(found.astray), round(self.seconds)]
        cells = [self.number, self.name, self.engine, *counts]
        return "| " + " | ".join(map(str, cells)) + " |"


async def try_out(
    family: Family,
    tries: int,
    forge: Forge,
    engine: str,
    database_url: str,
    seed: str,
    server: PostgresServer | None = None,
) -> FamilyResult:
    """Do the tries on an empty database. The same ``seed`` brings the same choices."""
    chance = random.Random(f"{seed}/{family.number}/{family.name}/{engine}")  # noqa: S311  # repeatable
    began = time.monotonic()
    async with district(forge, engine, database_url, chance, server) as place:
        try:
            await family.inject(place, tries)
        except (AssertionError, Exception) as error:
            place.ledger.findings.broken.append(f"{type(error).__name__}: {error}")
    return FamilyResult(
        family.number, family.name, engine, tries, time.monotonic() - began, place.ledger.findings
    )
