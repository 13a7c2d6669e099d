"""A process whose children are killed inside a commit; its arguments are a database's URL, rounds and a seed.

Each child writes transactions of many rows, and tells the number of each that was committed. It measures how
long its commits take. Then it begins one more, and ends by ``SIGKILL`` at a random moment of that commit.
For each round one JSON line is printed: the numbers that were told, and the one under way.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import statistics
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from models.audit_log import Audit
from models.db import Database
from models.sqlite_connection import SqliteConnection

ROWS: Final = 2_000
WARM: Final = 4
AT: Final = datetime(2026, 12, 15, tzinfo=UTC)


class Commits:
    """Stands in for ``SqliteConnection._commit``: it measures commits, and dies in the one that is told.

    ``where``: the moment of its death, as a part of a usual commit.
    """

    def __init__(self, where: float) -> None:
        self._inner = SqliteConnection._commit
        self._took: list[float] = []
        self._where = where
        self._begins = threading.Event()

    def commit(self, connection: SqliteConnection) -> None:
        self._begins.set()
        began = time.perf_counter()
        self._inner(connection)
        self._took.append(time.perf_counter() - began)

    def die_in_the_next(self) -> None:
        self._begins.clear()
        threading.Thread(target=self._die, daemon=True).start()

    def _die(self) -> None:
        self._begins.wait()
        dies_at = time.perf_counter() + self._where * statistics.median(self._took)
        while time.perf_counter() < dies_at:
            pass  # a sleep would be longer than the commit
        os.kill(os.getpid(), signal.SIGKILL)


def _rows(number: int) -> list[dict[str, object]]:
    about = {"at": AT, "subject_type": "kill", "subject_id": number}
    return [about | {"event": f"row {place}"} for place in range(ROWS)]


async def write(url: str, first: int, where: float, told: int) -> None:
    """Commit transactions from ``first`` on, and tell them to a pipe; the last one never ends."""
    commits = Commits(where)

    def commit(connection: SqliteConnection) -> None:
        commits.commit(connection)

    SqliteConnection._commit = commit  # type: ignore[assignment,method-assign]  # see Commits
    database = Database(url)
    for number in range(first, first + WARM + 1):
        if number == first + WARM:
            commits.die_in_the_next()
        async with database.transaction() as session:
            await session.execute(sa.insert(Audit), _rows(number))
        os.write(told, f"{number}\n".encode())
    await asyncio.sleep(60)  # the killer may be a little late


def play(url: str, first: int, where: float) -> list[int]:
    """Play one child to its end; the numbers that it told."""
    read, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        asyncio.run(write(url, first, where, told))
        os._exit(1)
    os.close(told)
    with os.fdopen(read) as lines:
        numbers = [int(line) for line in lines]
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
        raise RuntimeError(f"the child ended by itself: {status}")
    return numbers


def main() -> None:
    url, rounds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)  # noqa: S311  # moments, no secrets
    for number in range(rounds):
        first = 1 + number * (WARM + 1)
        told = play(url, first, chance.uniform(0.0, 1.0))
        sys.stdout.write(json.dumps({"told": told, "under_way": first + WARM}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
