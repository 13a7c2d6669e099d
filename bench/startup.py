"""Start-up time of ``chuangcheng quantities`` and of a bare Python: median of ten runs each, in turns."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = Path(sys.executable).parent / "chuangcheng"
SENTENCE = "清理违规广告牌匾576处，清理野广告11.6万张。"
RUNS = 10


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
    return time.perf_counter() - started


def main() -> None:
    bare: list[float] = []
    ours: list[float] = []
    for _ in range(RUNS):
        bare.append(seconds([sys.executable, "-c", "pass"]))
        ours.append(seconds([str(PROGRAM), "quantities", SENTENCE]))
    plain, program = statistics.median(bare), statistics.median(ours)
    sys.stdout.write(f"bare python          {plain:.3f} s\n")
    sys.stdout.write(f"chuangcheng quantities {program:.3f} s  ({program / plain:.1f} times)\n")


if __name__ == "__main__":
    main()
