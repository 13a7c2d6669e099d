"""Every text that an import can say exists in every language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import services.importing as room
from locales import LOCALES, keys
from rules.cases.time_limits import LimitFault
from services.importing.reading.cells import CellFault
from services.importing.rows.calendar_rows import CalendarColumn
from services.importing.rows.category_rows import CategoryColumn
from services.importing.rows.point_rows import PointColumn
from services.importing.rows.roster_lines import RosterColumn
from services.importing.rows.task_columns import TaskColumn

SOURCES = "\n".join(p.read_text("utf-8") for p in sorted(Path(next(iter(room.__path__))).rglob("*.py")))
USED = {
    *re.findall(r'Text\(\s*"(importing\.[a-z_.]+)"', SOURCES),
    *(f"importing.file.{reason}" for reason in re.findall(r'ImportFileError\(\s*"([a-z_]+)"', SOURCES)),
    *(f"importing.reason.{fault.value}" for fault in CellFault),
    *(f"importing.reason.limit_{fault.value}" for fault in LimitFault),
    *(f"importing.column.{column.value}" for column in (*TaskColumn, *RosterColumn, *CalendarColumn)),
    *(f"importing.column.{column.value}" for column in (*CategoryColumn, *PointColumn)),
}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_text_that_is_used_exists(locale: str) -> None:
    assert len(USED) > 50
    assert set(keys(locale)) >= USED


def test_the_languages_take_the_same_values() -> None:
    ours = [
        {key: fields for key, fields in keys(locale).items() if key.startswith("importing.")}
        for locale in LOCALES
    ]
    assert ours[0] == ours[1]
