"""What becomes of the tables in three years: retention holds, and the rest grows by right."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults.family import FamilyResult, Ground
from tests.faults.ledger import Findings
from tests.faults.years import RETAINED, YEARS
from tests.support.engines import ENGINES
from tests.support.processes import ROOT

# What is in retention may be so much more at month 36 than at month 12. A few rows are chance.
MORE: Final = 0.2
FEW: Final = 5
RowsByYear = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Growth:
    """The simulated years, in a process of their own: they keep one core busy."""

    number: int
    name: str
    engines: Sequence[str] = ENGINES

    async def try_out(self, ground: Ground) -> FamilyResult:
        """A try is a year."""
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.years", ground.database_url),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        findings, notes = Findings(), []
        if process.returncode:
            findings.broken.append(err.decode()[-2000:])
        else:
            rows_of: RowsByYear = json.loads(out)
            findings.broken += grown_too_much(rows_of)
            notes = page_of(rows_of)
        return FamilyResult(
            self.number, self.name, ground.engine, YEARS, time.monotonic() - began, findings, notes
        )


def grown_too_much(rows_of: RowsByYear) -> list[str]:
    """The tables in retention that go on growing."""
    return [
        f"{name}: {rows_of[name][0]} rows at month 12, {rows_of[name][-1]} at month 36"
        for name in RETAINED
        if rows_of[name][-1] - rows_of[name][0] > max(rows_of[name][0] * MORE, FEW)
    ]


def page_of(rows_of: RowsByYear) -> list[str]:
    """The two tables of the page, as Markdown."""
    retained = [f"| `{name}` | {rows_of[name][0]} | {rows_of[name][-1]} |" for name in sorted(RETAINED)]
    grown = {name: rows[-1] - rows[-2] for name, rows in rows_of.items() if name not in RETAINED}
    by_right = [f"| `{name}` | {rows} |" for name, rows in sorted(grown.items(), key=lambda one: -one[1])]
    return [
        *("", "| in retention | month 12 | month 36 |", "|---|---|---|", *retained),
        *("", "| grows by right | rows a year |", "|---|---|", *by_right),
    ]
