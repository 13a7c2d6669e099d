"""The table of ``docs/reliability.md`` is one that ``make faults`` printed for the families of today."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.catalogue import FAMILIES
from tests.faults.family import Family

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
ROW = re.compile(
    r"^\| (?P<number>\d+) \| (?P<name>.+?) \| (?P<engine>sqlite|postgres) \| (?P<tries>\d+)"
    r" \| (?P<lost>\d+) \| (?P<doubled>\d+) \| (?P<astray>\d+) \| (?P<broken>\d+) \| \d+ \|$",
    re.MULTILINE,
)


def test_each_family_is_in_the_table_with_its_tries() -> None:
    rows = list(ROW.finditer(PAGE.read_text("utf-8")))
    shown = {(row["number"], row["name"], row["engine"]): int(row["tries"]) for row in rows}
    wanted = {(str(one.number), one.name, engine): one for one in FAMILIES for engine in one.engines}
    assert len(rows) == len(wanted)
    assert shown.keys() == wanted.keys()
    tries = {key: one.tries for key, one in wanted.items() if isinstance(one, Family)}
    assert {key: shown[key] for key in tries} == tries
    assert {row[kind] for row in rows for kind in ("lost", "doubled", "astray", "broken")} == {"0"}
    # A suite that tries nothing would hold, too.
    assert min(shown.values()) > 0
