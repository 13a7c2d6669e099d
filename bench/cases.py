"""How long lists, searches and figures take with 10,000 open cases and 20,000 closed ones: median and p95.

Each answer is made as the chat makes it: by its service, in its own session, down to the last button.
``cases.py [DATABASE_URL ...]`` takes empty databases; by default it uses SQLite in a temporary folder and a
PostgreSQL on the tests' own server. It exits with 1 if a 95th percentile is over the limit.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from models.db import Database, Session  # noqa: E402  # the path comes first
from models.people import Contact, ContactState  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from rules.cases.case_figures import CaseCount, FigureBreakdown  # noqa: E402
from rules.cases.case_parts import CaseListPart  # noqa: E402
from services.access import Actor  # noqa: E402
from services.campaign import Campaign  # noqa: E402
from services.cases.lists import case_figure_views, case_finding, case_listing  # noqa: E402
from services.cases.lists.case_figure_views import FigureSelection  # noqa: E402
from services.cases.lists.case_figures import FigurePeriod  # noqa: E402
from services.cases.submitting import duplicate_cases  # noqa: E402
from services.errors import DomainError  # noqa: E402
from tests.conftest import NOW  # noqa: E402
from tests.support.many_cases import CENTRE, Town, fill, make_town  # noqa: E402
from tests.support.plans import analyse  # noqa: E402
from tests.support.postgres import PostgresServer  # noqa: E402
from tests.support.turns import turn_for  # noqa: E402

OPENED, CLOSED, PEOPLE = 10_000, 20_000, 5_000
RUNS: Final = 40
MOST_MS: Final = 100.0
CAMPAIGN: Final = Campaign()
Ask = Callable[[Session], Awaitable[object]]


class Questions:
    """The questions that are timed. Each asking looks for another thing."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._month = FigureSelection(FigurePeriod.MONTH, NOW)
        self._chance = random.Random(2)  # noqa: S311  # the same questions on each engine

    def all(self) -> dict[str, Ask]:
        return {
            "/orders: the office, first page": self._office_list,
            "/orders: the office, red ones": self._red_list,
            "/orders: the office, closed ones": self._closed_list,
            "/orders: a unit, first page": self._unit_list,
            "duplicates within 250 m": self._duplicates,
            "/case 12: last digits": self._serial,
            "/case: a place, few cases": self._place,
            "/case: a word of every case": self._common_word,
            "/case: a word of no case": self._no_word,
            "/case: a unit, a place": self._unit_place,
            "/figures: this month, all": self._overview,
            "/figures: by unit": self._by_unit,
            "/figures: by category": self._by_category,
            "/figures: the cases behind": self._behind,
            "/figures: a leader, all their time": self._of_leader,
        }

    def _office_list(self, session: Session) -> Awaitable[object]:
        return case_listing.list_view(turn_for(session, self._town.office, NOW, CAMPAIGN))

    def _red_list(self, session: Session) -> Awaitable[object]:
        return case_listing.list_view(
            turn_for(session, self._town.office, NOW, CAMPAIGN), which=CaseListPart.RED
        )

    def _closed_list(self, session: Session) -> Awaitable[object]:
        return case_listing.list_view(
            turn_for(session, self._town.office, NOW, CAMPAIGN), which=CaseListPart.CLOSED
        )

    def _unit_list(self, session: Session) -> Awaitable[object]:
        return case_listing.list_view(turn_for(session, self._town.liaison, NOW, CAMPAIGN))

    def _duplicates(self, session: Session) -> Awaitable[object]:
        spot = (CENTRE[0] + self._chance.uniform(-0.1, 0.1), CENTRE[1] + self._chance.uniform(-0.1, 0.1))
        category = self._chance.choice(self._town.categories)
        return duplicate_cases.find(session, category, spot=spot, point_id=None)

    def _serial(self, session: Session) -> Awaitable[object]:
        return self._found(session, self._town.office, str(self._chance.randrange(1, 100)))

    def _place(self, session: Session) -> Awaitable[object]:
        return self._found(session, self._town.office, f"人民路{self._chance.randrange(3000)}号")

    def _common_word(self, session: Session) -> Awaitable[object]:
        return self._found(session, self._town.office, "占道摆摊")

    def _no_word(self, session: Session) -> Awaitable[object]:
        return self._found(session, self._town.office, f"没有{self._chance.randrange(3000)}")

    def _unit_place(self, session: Session) -> Awaitable[object]:
        return self._found(session, self._town.liaison, f"人民路{self._chance.randrange(300)}")

    async def _found(self, session: Session, actor: Actor, words: str) -> object:
        try:
            return await case_finding.find(turn_for(session, actor, NOW, CAMPAIGN), words)
        except DomainError as nothing:
            return nothing

    def _overview(self, session: Session) -> Awaitable[object]:
        return case_figure_views.overview(turn_for(session, self._town.office, NOW, CAMPAIGN), self._month)

    def _by_unit(self, session: Session) -> Awaitable[object]:
        return self._by(session, FigureBreakdown.UNIT)

    def _by_category(self, session: Session) -> Awaitable[object]:
        return self._by(session, FigureBreakdown.CATEGORY)

    def _by(self, session: Session, by: FigureBreakdown) -> Awaitable[object]:
        office = self._town.office
        return case_figure_views.breakdown(
            turn_for(session, office, campaign=CAMPAIGN), self._month, by, offset=0
        )

    def _of_leader(self, session: Session) -> Awaitable[object]:
        leader = turn_for(session, self._town.leader, NOW, CAMPAIGN)
        return case_figure_views.overview(leader, FigureSelection(FigurePeriod.CAMPAIGN, NOW))

    def _behind(self, session: Session) -> Awaitable[object]:
        return case_figure_views.behind(
            turn_for(session, self._town.office, NOW, CAMPAIGN), self._month, CaseCount.DUE, offset=0
        )


async def prepare(database: Database) -> Town:
    await upgrade(database)
    async with database.transaction() as session:
        town = await make_town(session, NOW, CAMPAIGN)
        state = ContactState.NOT_ENROLLED
        people = [
            {"unit_id": town.unit_ids[n % len(town.unit_ids)], "name": f"第{n}人", "state": state}
            for n in range(PEOPLE)
        ]
        await session.execute(sa.insert(Contact), people)
        await fill(session, town, NOW, opened=OPENED, closed=CLOSED)
    await analyse(database)
    return town


async def measure(database: Database, ask: Ask) -> tuple[float, float]:
    """Median and 95th percentile of the answers in milliseconds. The first answer is not counted.

    As in ``chuangcheng run``, what was there before is frozen: else the garbage collector goes through all
    that the bench has made, within some of the answers.
    """
    gc.collect()
    gc.freeze()
    times = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        async with database.reading() as session:
            await ask(session)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times[1:]), statistics.quantiles(times[1:], n=20, method="inclusive")[-1]


async def bench(url: str) -> dict[str, tuple[float, float]]:
    database = Database(url)
    try:
        town = await prepare(database)
        return {name: await measure(database, ask) for name, ask in Questions(town).all().items()}
    finally:
        await database.close()


@contextmanager
def own_databases() -> Iterator[list[str]]:
    """The addresses of an empty database on each engine."""
    server = PostgresServer()
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as folder:
        server.start()
        try:
            server.create("bench")
            yield [f"sqlite+aiosqlite:///{folder}/chuangcheng.db", server.url("bench")]
        finally:
            server.stop()


def show(found: dict[str, dict[str, tuple[float, float]]]) -> bool:
    """Print one table. Returns whether all times stay below the limit."""
    engines = list(found)
    heads = "".join(f" | {engine + ' median':>18} | {'p95':>8}" for engine in engines)
    lines = [f"| {'milliseconds':34}{heads} |", "|---" + "|--:|--:" * len(engines) + "|"]
    for name in found[engines[0]]:
        cells = "".join(f" | {found[one][name][0]:18.1f} | {found[one][name][1]:8.1f}" for one in engines)
        lines.append(f"| {name:34}{cells} |")
    sys.stdout.write("\n".join(lines) + "\n")
    return all(p95 < MOST_MS for times in found.values() for _, p95 in times.values())


def run(bench: Callable[[str], Coroutine[Any, Any, dict[str, tuple[float, float]]]]) -> int:
    """Measure on the databases that are named, else on two of its own; returns the exit code."""
    if urls := sys.argv[1:]:
        found = {url.partition(":")[0].partition("+")[0]: asyncio.run(bench(url)) for url in urls}
    else:
        with own_databases() as own:
            found = {url.partition(":")[0].partition("+")[0]: asyncio.run(bench(url)) for url in own}
    return 0 if show(found) else 1


if __name__ == "__main__":
    sys.exit(run(bench))
