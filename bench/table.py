"""Prints what the hot paths cost, what they are to cost, and whether that holds; exits with 1 if it does not.

Each row runs in a process of its own: five times, or three times where one run takes more than 20 seconds.
The table shows medians.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from product import ROOT
from speed.figures import Figure, Place, medians
from speed.printing import head, show, write

RUNS, LONG_RUNS, LONG = 5, 3, 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """A module of ``speed``. ``once``: it repeats by itself what it measures. ``long``: only if asked for."""

    module: str
    once: bool = False
    long: bool = False


ROWS: Final[Mapping[str, Row]] = {
    "messages": Row("messages"),
    "counts": Row("counts"),
    "burst": Row("burst"),
    "pace": Row("paced"),
    "history": Row("history", once=True),
    "tick": Row("tick", once=True),
    "start": Row("startup"),
    "idle": Row("idle", once=True),
    "soak": Row("soak", once=True, long=True),
    "backlog": Row("backlog", once=True, long=True),
}


def here(name: str, place: Place) -> list[Figure]:
    """Run a row in this process."""
    module: Any = importlib.import_module(f"speed.{ROWS[name].module}")
    found: list[Figure] = module.measure(place)
    return found


def run(name: str, product: Path, kept: Path) -> list[Figure]:
    """Run a row once, in a process of its own, on a checkout."""
    with tempfile.TemporaryDirectory(prefix="chuangcheng-bench-") as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, __file__, "--row", name, "--keep", str(kept), "--answer", str(answer)]
        env = os.environ | {"BENCH_PRODUCT": str(product)}
        subprocess.run(command, check=True, env=env)  # noqa: S603  # our own program
        return [Figure.of(one) for one in json.loads(answer.read_text())]


def runs(name: str, products: Sequence[Path], kept: Path) -> list[list[Figure]]:
    """Run a row on all checkouts in turns. Returns the medians of each."""
    found: list[list[list[Figure]]] = [[] for _ in products]
    most = 1 if ROWS[name].once else RUNS
    while len(found[0]) < most:
        for product, mine in zip(products, found, strict=True):
            began = time.perf_counter()
            mine.append(run(name, product, kept))
            if time.perf_counter() - began > LONG:
                most = min(most, LONG_RUNS)
    return [medians(mine) for mine in found]


def wanted() -> argparse.Namespace:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chuangcheng-bench"
    parser = argparse.ArgumentParser(
        description="Measures the hot paths; exits with 1 if a target is missed."
    )
    add = parser.add_argument
    rows = ", ".join(ROWS)
    add("--only", action="append", choices=list(ROWS), metavar="NAME", help=f"these rows alone: {rows}")
    add("--long", action="store_true", help="also the rows that take very long")
    add("--beside", type=Path, metavar="FOLDER", help="measure that checkout, too, in turns with this one")
    add("--keep", type=Path, default=cache, metavar="FOLDER", help="where built databases are kept")
    add("--row", choices=list(ROWS), help=argparse.SUPPRESS)
    add("--answer", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    asked = wanted()
    kept = asked.keep.resolve()
    if asked.row is not None:
        found = here(asked.row, Place(asked.answer.parent, kept))
        asked.answer.write_text(json.dumps([figure.to_json() for figure in found]))
        return 0
    names = asked.only or [name for name, row in ROWS.items() if asked.long or not row.long]
    products = [ROOT] if asked.beside is None else [ROOT, asked.beside.resolve()]
    head(beside=asked.beside is not None)
    good = True
    for name in names:
        mine, *others = runs(name, products, kept)
        good = show(name, mine, others[0] if others else None) and good
    write(f"\nload when it ended: {os.getloadavg()[0]:.1f}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
