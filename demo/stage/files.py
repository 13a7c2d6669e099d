"""The office's files: the tour writes them for everybody to read, then imports them as the office would."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Final

from demo.sample import data, documents, workbooks
from demo.stage.errors import DemoError
from demo.stage.processes import Stage

_ROSTER: Final = "sample/roster.xlsx"
TASKS: Final = "sample/tasks.docx"
_CATEGORIES: Final = "sample/categories.xlsx"
_POINTS: Final = "sample/points.xlsx"
_CALENDAR: Final = "sample/calendar.xlsx"
_LOG: Final = "sample/log.xlsx"
REPORT: Final = "汇报.docx"
LEDGER: Final = "台账.xlsx"
PICTURE: Final = "进展图.png"
WEEK_PICTURE: Final = "周报图.png"
MONTH_PICTURE: Final = "本月统计图.png"


async def import_roster(stage: Stage) -> list[str]:
    """Write the sample's files and import the roster. Returns the lines of the preview.

    ``DemoError``: the database already has a roster, where people and tasks of a demo do not belong.
    """
    await asyncio.to_thread(_write, stage.out)
    file = str(stage.out / _ROSTER)
    if stage.shared_database:
        shown = json.loads(await stage.command("import-roster", file, "--dry-run", "--json"))
        if shown["missing"] or any(unit["status"] != "new" for unit in shown["units"]):
            raise DemoError("tour.failed.used_database")
    return (await stage.command("import-roster", file, "--yes")).splitlines()


async def import_tasks(stage: Stage) -> list[str]:
    """Import the breakdown from the Word file. Returns the lines of the preview."""
    return (await stage.command("import-tasks", str(stage.out / TASKS), "--yes")).splitlines()


async def import_registers(stage: Stage) -> list[str]:
    """Import categories of cases and known places, after the roster. Returns the lines of the previews."""
    shown = await stage.command("import-categories", str(stage.out / _CATEGORIES), "--yes")
    shown += await stage.command("import-points", str(stage.out / _POINTS), "--yes")
    return shown.splitlines()


async def import_calendar(stage: Stage) -> list[str]:
    """Import the office's own calendar. Returns the lines of the preview."""
    return (await stage.command("import-calendar", str(stage.out / _CALENDAR), "--yes")).splitlines()


async def import_log(stage: Stage) -> list[str]:
    """Import the activity log. Returns the lines of the preview."""
    return (await stage.command("import-log", str(stage.out / _LOG), "--yes")).splitlines()


async def write_report(stage: Stage, first: date, last: date) -> Path:
    """Have the program write the 工作情况汇报 of these days; returns its path."""
    file = stage.out / REPORT
    days = ("--from", first.isoformat(), "--to", last.isoformat())
    await stage.command("work-report", *days, "--out", str(file), "--sources")
    return file


async def write_ledger(stage: Stage) -> Path:
    """Have the program write the ledger; returns its path."""
    file = stage.out / LEDGER
    await stage.command("ledger", "--out", str(file))
    return file


def _write(out: Path) -> None:
    (out / "sample").mkdir(exist_ok=True)
    breakdown = data.breakdown()
    workbooks.write_roster(out / _ROSTER, data.roster())
    workbooks.write_tasks(out / "sample/tasks.xlsx", breakdown)
    documents.write_tasks(out / TASKS, breakdown)
    workbooks.write_categories(out / _CATEGORIES, data.categories())
    workbooks.write_points(out / _POINTS, data.points())
    workbooks.write_log(out / _LOG, data.log())
    workbooks.write_calendar(out / _CALENDAR, data.week().calendar)
