"""What it costs to read the largest breakdown: 4,900 tasks as .xlsx, .csv and HTML, up to its resolved lines.

The formats take turns, ``RUNS`` times; the table shows medians of processor time, and each format beside
.xlsx. It takes about half a minute, and exits with 1 if a sheet takes ten seconds.
"""

from __future__ import annotations

import html
import io
import statistics
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from rules.people.roles import Tier  # noqa: E402  # the path comes first
from services.importing.rows.task_rows import parse_tasks, resolve_tasks  # noqa: E402
from services.importing.rows.task_units import Roster  # noqa: E402

RUNS: Final = 5
LINES: Final = 4_900
LONGEST_SECONDS: Final = 10.0
TODAY: Final = date(2026, 12, 1)
HEADER: Final = (
    *("序号", "行动", "重点", "目标任务", "工作标准", "完成时限"),
    *("责任单位", "配合单位", "分管领导", "承办科室", "责任人", "备注"),
)
DEADLINES: Final = ("2026年12月20日前", "12月底前", "长期坚持，每周报送", "12月20日")
UNITS: Final = [f"第{number}局" for number in range(60)]
STREETS: Final = [f"街道{number}" for number in range(12)]
ROSTER: Final = Roster(
    {**dict.fromkeys(UNITS, Tier.DEPARTMENT), **dict.fromkeys(STREETS, Tier.STREET)},
    {(unit, f"人{number}") for number, unit in enumerate(UNITS)},
)


def rows() -> list[list[Any]]:
    """A breakdown with groups, several notations of deadlines and lists of units."""
    lines: list[list[Any]] = [list(HEADER)]
    for number in range(LINES):
        unit = number % len(UNITS)
        helpers = "、".join(UNITS[(unit + more) % len(UNITS)] for more in (1, 2)) if number % 3 else "各街道"
        lines.append(
            [
                number + 1,
                None if number % 100 else f"行动{number // 100}",
                None if number % 20 else f"重点{number // 20}",
                f"整治第{number}片区{number}处",
                "干净整洁、无垃圾、无积水，做到日产日清",
                DEADLINES[number % len(DEADLINES)],
                UNITS[unit],
                helpers,
                "甲领导",
                "市容科",
                f"人{unit}",
                None if number % 5 else "/",
            ]
        )
    return lines


def files() -> dict[str, bytes]:
    """The breakdown in each format."""
    lines = rows()
    book = Workbook()
    page = book.worksheets[0]
    for line in lines:
        page.append(line)
    stream = io.BytesIO()
    book.save(stream)
    shown = [["" if cell is None else str(cell) for cell in line] for line in lines]
    words = "\n".join(",".join(line) for line in shown)
    cells = ("".join(f"<td>{html.escape(cell)}</td>" for cell in line) for line in shown)
    table = f"<table>{''.join(f'<tr>{line}</tr>' for line in cells)}</table>"
    return {".xlsx": stream.getvalue(), ".csv": words.encode("gb18030"), "HTML": table.encode()}


def seconds(data: bytes) -> float:
    """Seconds of processor time from the bytes to the resolved lines."""
    started = time.process_time()
    found = resolve_tasks(parse_tasks(data, "任务分解表", today=TODAY), ROSTER)
    took = time.process_time() - started
    if len(found.rows) != LINES:
        raise ValueError(f"{len(found.rows)} of {LINES} lines are read")
    return took


def main() -> int:
    """Measure, print the table. Returns 1 when a promise is broken."""
    made = files()
    runs: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(RUNS):
        for name, data in made.items():
            runs[name].append(seconds(data))
    medians = {name: statistics.median(taken) for name, taken in runs.items()}
    sys.stdout.write(f"| {LINES} tasks | seconds | beside .xlsx |\n|---|--:|--:|\n")
    for name, median in medians.items():
        sys.stdout.write(f"| {name} | {median:.2f} | {median / medians['.xlsx']:.2f} |\n")
    return int(max(medians.values()) >= LONGEST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
