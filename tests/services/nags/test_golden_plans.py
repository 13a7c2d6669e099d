"""Two weeks of the sample campaign are planned, promised and shown line by line as they were before.

``python -m tests.services.nags.golden`` compares twelve weeks of four campaigns on both engines. With
``--write`` it keeps what is to be read from now on.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from models.db import Database
from tests.services.nags.golden import files
from tests.services.nags.golden.lives import STEPS
from tests.services.nags.golden.plans import chronicle
from tests.services.nags.golden.towns import TOWNS
from tests.support.repeats import Part

WEEKS = 2


async def test_two_weeks_of_the_sample_campaign(database: Database, part: Part) -> None:
    kept = files.read("sample")
    made: list[str] = []
    async for lines in chronicle(database, TOWNS["sample"], part(WEEKS)):
        made += lines
        differs = files.difference(kept[: len(made)], made)
        assert not differs, "\n".join(differs)
    looks = sum(line.startswith("== ") for line in made)
    assert looks > part(30), "hardly anything was due"


@pytest.mark.parametrize("name", TOWNS)
def test_each_campaign_has_what_moves_nags(name: str) -> None:
    happened = _happened([name])
    wanted = {"_inspect", "_take_leave", "_hand_over", "_move_task", "_change_policy", "_block", "_dispatch"}
    assert not {*wanted, "_snooze_message", "_snooze_task", "_snooze_case"} - happened


def test_together_they_have_all_that_people_do() -> None:
    assert {step.__name__ for step in STEPS} == _happened(TOWNS)
    text = "\n".join(line for name in TOWNS for line in files.read(name))
    said = ("停机至", "Telegram 不通至", "网络中断", "免打扰", "超出每日条数上限", "首次变色", "延期待批")
    assert not [one for one in said if one not in text]


def _happened(names: Iterable[str]) -> set[str]:
    """The steps of people's lives that succeeded at least once."""
    lines = (line.split() for name in names for line in files.read(name))
    return {words[1] for words in lines if len(words) == 2 and words[1].startswith("_")}
