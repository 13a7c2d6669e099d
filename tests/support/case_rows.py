"""Cases for tests of queries: two units, two categories, and cases that are made in any state at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from models.cases import Case, CaseFile, CaseFollower, CasePhase
from models.cases.categories import Category
from models.people import Contact, Unit
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseState
from rules.people.roles import Tier
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.rows import Rows, id_of

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CaseRows:
    """Makes cases in any state; ``reporter`` and ``other_person`` belong to the unit ``ours``."""

    rows: Rows
    ours: Unit
    other: Unit
    reporter: Contact
    other_person: Contact
    stalls: Category
    litter: Category

    async def add(
        self,
        state: CaseState = CaseState.HANDLING,
        limit: int | None = None,
        *,
        category: Category | None = None,
        **values: Any,
    ) -> Case:
        """Add a case in ``state``; ``limit`` counts its time limit in hours from ``now``."""
        limit_at = None if limit is None else self.at(limit)
        usual: dict[str, Any] = {"limit_at": limit_at}
        return await self.rows.case(category or self.stalls, self.reporter, state, **(usual | values))

    def at(self, hours: int) -> datetime:
        return self.rows.now + hours * HOUR

    async def file(self, case: Case, phase: CasePhase, kind: EvidenceKind, **values: Any) -> CaseFile:
        usual: dict[str, Any] = {"step": 1, "file_id": "f", "file_unique_id": "f"}
        return await self.rows.add(CaseFile(case_id=id_of(case), phase=phase, kind=kind, **(usual | values)))

    async def follow(self, case: Case, contact: Contact, *, muted: bool = False) -> CaseFollower:
        row = CaseFollower(case_id=id_of(case), contact_id=id_of(contact), muted=muted)
        return await self.rows.add(row)


async def make_case_rows(roster: Roster, maker: CaseDesk, rows: Rows) -> CaseRows:
    ours, other = await roster.unit("甲街道", Tier.STREET), await roster.unit("乙街道", Tier.STREET)
    reporter, person = [await roster.contact(ours, name) for name in ("张三", "李四")]
    return CaseRows(
        rows,
        ours,
        other,
        reporter,
        person,
        await maker.category("占道经营"),
        await maker.category("垃圾满溢"),
    )
