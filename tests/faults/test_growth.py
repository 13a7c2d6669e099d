"""What is said about the simulated years: when a table has grown too much, and that the page names all."""

from __future__ import annotations

import re
from pathlib import Path

from models.tables import METADATA
from tests.faults.growth import FEW, grown_too_much, page_of
from tests.faults.years import RETAINED

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
SAME = {name: [100, 100, 100] for name in METADATA.tables}


def test_what_is_in_retention_may_grow_by_a_fifth() -> None:
    assert grown_too_much(SAME) == []
    assert grown_too_much(SAME | {"outbox": [100, 100, 120]}) == []
    assert grown_too_much(SAME | {"outbox": [100, 100, 121]}) == [
        "outbox: 100 rows at month 12, 121 at month 36"
    ]


def test_a_few_rows_are_chance_and_what_grows_by_right_may_grow() -> None:
    assert grown_too_much(SAME | {"chat_pause": [0, 0, FEW]}) == []
    assert grown_too_much(SAME | {"chat_pause": [0, 0, FEW + 1]}) != []
    assert grown_too_much(SAME | {"audit": [100, 200, 300]}) == []


def test_rows_a_year_are_those_of_the_last() -> None:
    lines = page_of(SAME | {"audit": [100, 250, 420], "inbox": [5, 6, 7]})
    assert "| `audit` | 170 |" in lines
    assert "| `inbox` | 5 | 7 |" in lines


def test_the_page_names_each_table() -> None:
    page = PAGE.read_text("utf-8")
    retained = re.findall(r"^\| `(\w+)` \| \d+ \| \d+ \|$", page, re.MULTILINE)
    by_right = re.findall(r"^\| `(\w+)` \| \d+ \|$", page, re.MULTILINE)
    assert sorted(retained) == sorted(RETAINED)
    assert sorted(by_right) == sorted(METADATA.tables.keys() - set(RETAINED))
    figures = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert grown_too_much({name: [int(first), 0, int(last)] for name, first, last in figures}) == []
