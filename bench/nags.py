"""What one tick of the nags costs with 1,000 due duties among 1,000, 100,000 and 1,000,000 open tasks.

It measures SQLite and PostgreSQL, and beside them the usual way: one APScheduler job per task in its
SQLAlchemy job store. A tick is the scheduler's own, commit included: 1,000 letters to 1,000 people. It exits
with 1 if a tick among 1,000,000 takes more than 1.5 times as long as one among 1,000, or does not use the
index. ``nags.py ticks`` and ``nags.py usual`` do one half each. ``nags.py children`` measures only a tick
among 1,000,000 tasks (or ``--total N``) of which half are children, beside one without. Who broke a task down
hears of its late parts, so more nags are due there: it exits with 1 if one nag takes more than 1.1 times as
long. It needs about 2 GB in the temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import many_tasks  # noqa: E402  # the path comes first
from job_per_task import DUE, Answer  # noqa: E402
from many_tasks import Layout  # noqa: E402

from models.db import Database  # noqa: E402
from models.upgrade import upgrade  # noqa: E402
from tests.support.postgres import PostgresServer  # noqa: E402

TOTALS: Final = (1_000, 100_000, 1_000_000)
RUNS: Final = 9
MOST: Final = 1.5
MOST_WITH_CHILDREN: Final = 1.1
INDEX: Final = "ix_task_due"
BESIDE: Final = 100_000
REPEATS: Final = 3
TOO_LONG: Final = 300.0
"""Seconds for loading the jobs; if it takes longer, the output says so."""


class Town:
    """One filled database of one engine, and how long its ticks took."""

    def __init__(self, url: str, total: int, layout: Layout = Layout.EVENLY) -> None:
        self.database = Database(url)
        self.engine = self.database.url.get_backend_name()
        self.total, self.layout = total, layout
        self.times: list[float] = []
        self.plan = ""
        self.nags = 0

    async def fill(self) -> None:
        await upgrade(self.database)
        await many_tasks.fill(self.database, self.total, layout=self.layout)
        self.plan = await self._plan()

    async def _plan(self) -> str:
        """The database's plan for the statement of a tick that finds due tasks. That tick is not timed."""
        asked: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            if "next_nag_at <= " in statement:
                asked.append((statement, parameters))

        sa.event.listen(self.database.engine.sync_engine, "before_cursor_execute", note)
        await many_tasks.tick(self.database)
        sa.event.remove(self.database.engine.sync_engine, "before_cursor_execute", note)
        self.nags = await many_tasks.count_nags(self.database)
        await many_tasks.take_back(self.database, self.total, self.layout)
        statement, parameters = asked[0]
        explain = "EXPLAIN QUERY PLAN " if self.database.is_sqlite else "EXPLAIN "
        async with self.database.reading() as session:
            connection = await session.connection()
            rows = await connection.exec_driver_sql(explain + statement, parameters)
            return "\n".join(str(row[-1]) for row in rows)

    async def run(self) -> None:
        gc.collect()
        started = time.perf_counter()
        told = await many_tasks.tick(self.database)
        self.times.append(time.perf_counter() - started)
        if len(told) != DUE:
            raise AssertionError(f"{len(told)} letters of {DUE}")
        await many_tasks.take_back(self.database, self.total, self.layout)

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20, method="inclusive")[-1]


async def ticks(folder: Path, server: PostgresServer) -> list[Town]:
    """Fill all towns and run their ticks in turns."""
    towns = []
    for total in TOTALS:
        server.create(f"nags{total}")
        towns.append(Town(f"sqlite+aiosqlite:///{folder}/nags{total}.db", total))
        towns.append(Town(server.url(f"nags{total}"), total))
    return await played(towns)


async def children(folder: Path, server: PostgresServer, total: int) -> list[Town]:
    """Fill a town with children and one without on both engines, and run their ticks in turns."""
    towns = []
    for layout in (Layout.EIGHTS, Layout.FAMILIES):
        server.create(layout.value)
        towns.append(Town(f"sqlite+aiosqlite:///{folder}/nags{layout.value}.db", total, layout))
        towns.append(Town(server.url(layout.value), total, layout))
    return await played(towns)


async def played(towns: list[Town]) -> list[Town]:
    for town in towns:
        await town.fill()
    gc.freeze()  # as the program does with what it has imported
    for _ in range(RUNS):
        for town in towns:
            await town.run()
    for town in towns:
        await town.database.close()
    return towns


def show_ticks(towns: Sequence[Town]) -> bool:
    """Print one table. Returns whether the cost follows the number of due tasks."""
    write("| one tick, 1,000 due, milliseconds | open tasks | median | p95 | ratio | index |")
    write("|---|--:|--:|--:|--:|---|")
    good = True
    for engine in dict.fromkeys(town.engine for town in towns):
        mine = [town for town in towns if town.engine == engine]
        for town in mine:
            ratio, used = town.median / mine[0].median, INDEX in town.plan
            # Where all tasks are due, reading the whole table is the shorter way.
            good = good and ratio <= MOST and (used or town.total == DUE)
            figures = f"{1000 * town.median:.0f} | {1000 * town.p95:.0f} | {ratio:.2f}"
            how = INDEX if used else "all are read"
            write(f"| {engine} | {town.total:,} | {figures} | {how} |")
    return good


def show_children(towns: Sequence[Town]) -> bool:
    """Print one table. Returns whether a nag costs no more where there are children than it may."""
    write("| one tick, 1,000 tasks due, ms | open tasks | children | nags | median | p95 | ratio | a nag |")
    write("|---|--:|--:|--:|--:|--:|--:|--:|")
    good = True
    for engine in dict.fromkeys(town.engine for town in towns):
        mine = [town for town in towns if town.engine == engine]
        for town in mine:
            ratio = town.median / mine[0].median
            each = ratio * mine[0].nags / town.nags
            good = good and each <= MOST_WITH_CHILDREN
            count = town.total // 2 if town.layout is Layout.FAMILIES else 0
            figures = f"{1000 * town.median:.0f} | {1000 * town.p95:.0f} | {ratio:.2f} | {each:.2f}"
            write(f"| {engine} | {town.total:,} | {count:,} | {town.nags:,} | {figures} |")
    return good


def act(name: str, path: Path) -> Answer:
    """Do an act in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("job_per_task.py")), name, str(path), str(BESIDE)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own program
    answer: Answer = json.loads(done.stdout)
    return answer


def act_on_copies(name: str, path: Path) -> Answer:
    """Repeat an act, each time on a fresh copy of the database. Returns the medians."""
    found = []
    for _ in range(REPEATS):
        copy = path.with_name("copy.db")
        shutil.copyfile(path, copy)
        os.sync()
        found.append(act(name, copy))
        for left in path.parent.glob("copy.db*"):
            left.unlink()
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


async def prepare(path: Path, *, known: bool) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    await upgrade(database)
    await many_tasks.fill(database, BESIDE, known=known)
    await database.close()
    await many_tasks.settle(database)


def usual(folder: Path) -> None:
    """Measure the usual way beside the scan, and print the second table."""
    jobs, unknown, known = folder / "jobs.db", folder / "unknown.db", folder / "known.db"
    theirs = [act("their-load", jobs), act_on_copies("their-fire", jobs)]
    asyncio.run(prepare(unknown, known=False))
    asyncio.run(prepare(known, known=True))
    ours = [act_on_copies("our-load", unknown), act_on_copies("our-tick", known)]
    write(f"| {BESIDE:,} tasks, 1,000 due, SQLite | APScheduler, a job each | the scan | ratio |")
    write("|---|--:|--:|--:|")
    for name, which, key, unit in (
        ("made known, until committed", 0, "seconds", "s"),
        ("memory meanwhile, at most", 0, "most", "MB"),
        ("memory after a restart", 1, "memory", "MB"),
        ("all 1,000 due ones done", 1, "seconds", "s"),
        ("memory while doing them, at most", 1, "most", "MB"),
    ):
        one, other = theirs[which][key], ours[which][key]
        digits = 2 if unit == "s" else 0
        write(f"| {name} | {one:.{digits}f} {unit} | {other:.{digits}f} {unit} | {one / other:.1f} |")
    write("\nTheir jobs do nothing but count; the scan decides, keeps reasons and promises 1,000 letters.")
    if theirs[0]["seconds"] > TOO_LONG:
        write(f"Adding the jobs took more than {TOO_LONG / 60:.0f} minutes, so it was done once.")


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/nags.py")
    parser.add_argument("parts", nargs="*", choices=("ticks", "usual", "children", []))
    parser.add_argument("--total", type=int, default=TOTALS[-1])
    said = parser.parse_args()
    parts, good = said.parts or ["ticks", "usual"], True
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as name:
        folder = Path(name)
        if {"ticks", "children"} & {*parts}:
            server = PostgresServer()
            server.start()
            try:
                if "ticks" in parts:
                    good = show_ticks(asyncio.run(ticks(folder, server)))
                if "children" in parts:
                    good = show_children(asyncio.run(children(folder, server, said.total))) and good
            finally:
                server.stop()
            for left in folder.glob("nags*"):
                left.unlink()
        if "usual" in parts:
            write("")
            usual(folder)
    write(f"\nload when it ended: {os.getloadavg()[0]:.1f}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
