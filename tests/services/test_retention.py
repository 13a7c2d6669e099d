"""The table of periods is the one of docs/reliability.md, and each kind has a tick of its own."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from scheduler.ticks import HOUSEKEEPING
from services.retention import RULES

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_the_page_names_each_kind_and_its_days() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| (\d+) \| .+ \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert rows == [(rule.name, str(rule.kept // timedelta(days=1))) for rule in RULES]


def test_each_kind_is_deleted_by_itself() -> None:
    assert [tick.name for tick in HOUSEKEEPING] == ["previews", *(f"old {rule.name}" for rule in RULES)]
