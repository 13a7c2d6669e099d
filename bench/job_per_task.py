"""Makes 100,000 tasks known and fires 1,000 of them: by one APScheduler job for each, and by our scan.

``nags.py`` runs each act in a process of its own, so that its memory is its own. The answer is a JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PATIENCE: Final = 600.0
DUE: Final = 1_000
Answer = dict[str, float]


def resident(field: str = "VmRSS") -> float:
    """The memory of this process in MB. ``VmHWM``: the most it ever had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


class Counter:
    """Counts jobs that have fired; the jobs do nothing else."""

    def __init__(self) -> None:
        self.all_fired = threading.Event()
        self._lock = threading.Lock()
        self._count = 0

    def count(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == DUE:
                self.all_fired.set()


COUNTER: Final = Counter()


def fired(_task_id: int) -> None:
    """The function of each job. The job store remembers it by its name."""
    COUNTER.count()


def _their_scheduler(path: str) -> Any:
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    return BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{path}")},
        job_defaults={"coalesce": True, "misfire_grace_time": None},
        timezone="UTC",
    )


def their_load(path: str, total: int) -> Answer:
    """Add all jobs and start the scheduler, which then writes them; nothing fires yet."""
    from apscheduler.triggers.date import DateTrigger

    scheduler, now = _their_scheduler(path), datetime.now(UTC)
    started = time.perf_counter()
    for number in range(1, total + 1):
        due = number % (total // DUE) == 0
        at = now if due else now + timedelta(days=20 + number % 7)
        scheduler.add_job(fired, DateTrigger(at), args=[number], id=str(number))
    scheduler.start(paused=True)
    took = time.perf_counter() - started
    # All is committed. The scheduler is not shut down, for it would then look once more at what is due.
    return {"seconds": took, "memory": resident(), "most": resident("VmHWM")}


def their_fire(path: str, _total: int) -> Answer:
    """Fire 1,000 jobs as after a restart: the store is full, and they are due as soon as it resumes."""
    scheduler = _their_scheduler(path)
    scheduler.start(paused=True)
    ready, started = resident(), time.perf_counter()
    scheduler.resume()
    if not COUNTER.all_fired.wait(PATIENCE):
        raise TimeoutError("the jobs did not fire")
    answer = {"seconds": time.perf_counter() - started, "memory": ready, "most": resident("VmHWM")}
    scheduler.shutdown()
    return answer


def our_load(path: str, total: int) -> Answer:
    """Give each task the moment at which the scan looks at it, in one transaction."""
    return asyncio.run(_our_load(path, total))


async def _our_load(path: str, total: int) -> Answer:
    import many_tasks

    from models.db import Database
    from models.tasks import task_due

    database, due = Database(f"sqlite+aiosqlite:///{path}"), set(many_tasks.due_ids(total))
    later = many_tasks.NOW + timedelta(days=20)
    looks = [(n, many_tasks.SLOT if n in due else later) for n in range(1, total + 1)]
    started = time.perf_counter()
    async with database.transaction() as session:
        await task_due.seen_to(session, looks, many_tasks.SEEN)
    answer = {"seconds": time.perf_counter() - started, "memory": resident(), "most": resident("VmHWM")}
    await database.close()
    return answer


def our_tick(path: str, total: int) -> Answer:
    """Run one tick, which promises 1,000 letters."""
    return asyncio.run(_our_tick(path, total))


async def _our_tick(path: str, _total: int) -> Answer:
    import many_tasks

    from models.db import Database

    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.reading() as session:
        await session.connection()
    ready, started = resident(), time.perf_counter()
    told = await many_tasks.tick(database)
    answer = {"seconds": time.perf_counter() - started, "memory": ready, "most": resident("VmHWM")}
    await database.close()
    if len(told) != DUE:
        raise AssertionError(f"{len(told)} letters")
    return answer


ACTS: Final[dict[str, Callable[[str, int], Answer]]] = {
    "their-load": their_load,
    "their-fire": their_fire,
    "our-load": our_load,
    "our-tick": our_tick,
}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ACTS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
