"""The table of ``docs/reliability.md`` is one that ``make faults`` printed for the families of today."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.catalogue import FAMILIES

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
ROW = re.compile(
    r"^\| (?P<number>\d+) \| (?P<name>.+?) \| (?P<engine>sqlite|postgres) \| (?P<tries>\d+)"
    r" \| (?P<lost>\d+) \| (?P<doubled>\d+) \| (?P<astray>\d+) \| \d+ \|$",
    re.MULTILINE,
)


def test_each_family_is_in_the_table_with_its_tries() -> None:
    rows = list(ROW.finditer(PAGE.read_text("utf-8")))
    shown = [(int(row["number"]), row["name"], row["engine"], int(row["tries"])) for row in rows]
    wanted = {
        (family.number, family.name, engine, family.tries) for family in FAMILIES for engine in family.engines
    }
    assert len(shown) == len(wanted)
    assert set(shown) == wanted
    assert {row[kind] for row in rows for kind in ("lost", "doubled", "astray")} == {"0"}
