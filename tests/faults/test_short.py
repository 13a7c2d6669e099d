"""The short form of ``make faults``: some tries of the families that need no more than moments."""

from __future__ import annotations

import pytest

from tests.faults.catalogue import FAMILIES
from tests.faults.family import Family, Ground
from tests.support.processes import Forge

SEED = "short"
SHORT = [family for family in FAMILIES if isinstance(family, Family) and family.short]


@pytest.mark.parametrize("family", SHORT, ids=lambda family: family.name)
async def test_nothing_is_lost_doubled_or_astray(
    family: Family, forge: Forge, engine: str, database_url: str
) -> None:
    result = await family.try_out(Ground(forge, engine, database_url, SEED), family.short)
    assert result.findings.lines() == []
