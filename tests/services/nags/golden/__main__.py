"""``python -m tests.services.nags.golden``: compare twelve weeks of all campaigns, on both engines.

``--write``: keep what the code does now instead, from one run on SQLite. ``--weeks N``: only so many weeks.
Names of campaigns limit the run to these. It exits with 1 if any line differs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.services.nags.golden.runs import WEEKS, GoldenResult, GoldenRun, run
from tests.services.nags.golden.towns import TOWNS
from tests.support.postgres import PostgresServer

PROCESSES: Final = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.services.nags.golden")
    parser.add_argument("names", nargs="*", default=list(TOWNS), metavar="campaign")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--weeks", type=int, default=WEEKS)
    said = parser.parse_args()
    started, good = time.monotonic(), True
    with tempfile.TemporaryDirectory(prefix="chuangcheng-golden-") as folder:
        jobs = [
            GoldenRun(f"sqlite+aiosqlite:///{Path(folder) / name}.db", name, said.weeks, said.write)
            for name in said.names
        ]
        results = _all(jobs) if said.write else _on_both(jobs)
        for result in results:
            good = _show(result) and good
    sys.stdout.write(f"{(time.monotonic() - started) / 60:.1f} minutes\n")
    return 0 if good else 1


def _on_both(jobs: Sequence[GoldenRun]) -> Iterator[GoldenResult]:
    server = PostgresServer()
    server.start()
    try:
        for job in jobs:
            server.create(job.name)
        more = [GoldenRun(server.url(job.name), job.name, job.weeks, keep=False) for job in jobs]
        yield from _all([*jobs, *more])
    finally:
        server.stop()


def _all(jobs: Sequence[GoldenRun]) -> Iterator[GoldenResult]:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        yield from pool.imap_unordered(run, jobs)


def _show(result: GoldenResult) -> bool:
    ends = "differs" if result.differs else "equal"
    sys.stdout.write(f"{result.title}: {result.lines} lines in {result.seconds:.0f} s, {ends}\n")
    sys.stdout.writelines(f"{line}\n" for line in result.differs)
    sys.stdout.flush()
    return not result.differs


if __name__ == "__main__":
    sys.exit(main())
