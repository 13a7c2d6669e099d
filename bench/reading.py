"""What it costs to read quantities: one chat sentence, and reports of 10 and of 100 kilobytes.

A long report must cost as much for each sentence as a short one. The texts take turns, ``RUNS`` times; the
table shows medians of processor time. It takes about ten seconds, and exits with 1 if 100 kilobytes take a
second or if a sentence of them costs more than twice as much as it does alone.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from rules.progress.quantities import read_quantities  # noqa: E402  # the path comes first

RUNS: Final = 7
LONGEST_SECONDS, LARGEST_RATIO = 1.0, 2.0
SENTENCE: Final = "清理违规广告牌匾576处，出动执法人员120人次、车辆35台次；"
SIZE: Final = len(SENTENCE.encode())
REPEATS: Final = {"a sentence": 1, "10 KB": 10_000 // SIZE, "100 KB": 100_000 // SIZE}
ROUNDS: Final = {"a sentence": 1000, "10 KB": 10, "100 KB": 1}


def seconds(text: str, rounds: int) -> float:
    """Seconds of processor time for one reading of a text."""
    started = time.process_time()
    for _ in range(rounds):
        read_quantities(text)
    return (time.process_time() - started) / rounds


def main() -> int:
    """Measure, print the table. Returns 1 when a promise is broken."""
    runs: dict[str, list[float]] = {name: [] for name in REPEATS}
    for _ in range(RUNS):
        for name, repeats in REPEATS.items():
            runs[name].append(seconds(SENTENCE * repeats, ROUNDS[name]))
    took = {name: statistics.median(values) for name, values in runs.items()}
    lines = ["| text | milliseconds | a sentence of it, milliseconds |", "|---|--:|--:|"]
    for name, repeats in REPEATS.items():
        lines.append(f"| {name} | {1000 * took[name]:.2f} | {1000 * took[name] / repeats:.3f} |")
    sys.stdout.write("\n".join(lines) + "\n")
    ratio = took["100 KB"] / REPEATS["100 KB"] / took["a sentence"]
    return int(took["100 KB"] >= LONGEST_SECONDS or ratio > LARGEST_RATIO)


if __name__ == "__main__":
    raise SystemExit(main())
