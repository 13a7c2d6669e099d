"""Categories, places and cases for tests, made through the services that the program uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from models.cases import Case
from models.cases.categories import Category, InspectionPoint
from models.db import Session
from models.people import Unit
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Tier
from rules.working_time import TimeUnit
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.case_steps import StepDetails
from services.cases.submitting import case_filing
from services.cases.submitting.case_filing import NewCase
from services.drafts.draft_parts import EvidenceFile
from tests.support.turns import tick_for, turn_for

# The events that take a case straight from its report to its end.
TO_DISPATCHED = (CaseEvent.REGISTER, CaseEvent.DISPATCH)
TO_FED_BACK = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE, CaseEvent.FEEDBACK)
TO_CLOSED = (*TO_FED_BACK, CaseEvent.CLOSE)
UNITS_OWN = frozenset(
    {
        CaseEvent.ACKNOWLEDGE,
        CaseEvent.HANDLE,
        CaseEvent.FEEDBACK,
        CaseEvent.SEND_BACK,
        CaseEvent.ASK_EXTENSION,
        CaseEvent.APPEAL,
    }
)


def photo(name: str = "p1") -> EvidenceFile:
    return EvidenceFile("photo", f"file-{name}", f"unique-{name}")


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """Makes rows in the caller's session, at ``now`` unless told otherwise."""

    session: Session
    now: datetime
    campaign: Campaign

    async def category(
        self,
        name: str = "占道经营",
        *,
        area: str = "街面秩序",
        unit: Unit | None = None,
        tier: Tier | None = None,
        amount: Decimal | int = 4,
        measure: TimeUnit = TimeUnit.WORKING_HOUR,
        radius_m: int = 250,
    ) -> Category:
        """A category of ``unit``; without one, of the unit of ``tier`` (by default the street) there."""
        row = Category(
            area=area,
            name=name,
            unit_id=unit.id if unit else None,
            tier=None if unit else (tier or Tier.STREET),
            limit_amount=Decimal(amount),
            limit_unit=measure,
            standard="恢复原状，人走场清",
            radius_m=radius_m,
            updated_at=self.now,
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def point(
        self, name: str, unit: Unit, latitude: float | None = None, longitude: float | None = None
    ) -> InspectionPoint:
        row = InspectionPoint(
            name=name, unit_id=unit.id or 0, latitude=latitude, longitude=longitude, updated_at=self.now
        )
        self.session.add(row)
        await self.session.flush()
        return row

    async def report(
        self, actor: Actor, category: Category, *, at: datetime | None = None, **filing: Any
    ) -> Case:
        """A case with one photo, unless ``filing`` says otherwise (see ``NewCase``)."""
        filing = {"text": "商户占道摆摊", "files": [photo()], "place": "人民路12号", **filing}
        made = NewCase(category=category, **filing)
        return await case_filing.report(turn_for(self.session, actor, at or self.now, self.campaign), made)

    async def step(
        self,
        case: Case,
        event: CaseEvent,
        actor: Actor | None,
        *,
        at: datetime | None = None,
        change: StepDetails | None = None,
        seen: int | None = None,
        **values: Any,
    ) -> Case:
        return await case_steps.take(
            tick_for(self.session, at or self.now, self.campaign),
            case.id or 0,
            event,
            actor=actor,
            seen=seen,
            change=change or StepDetails(),
            **values,
        )

    async def bring(
        self, case: Case, *events: CaseEvent, office: Actor, unit: Actor, at: datetime | None = None
    ) -> Case:
        """Take the case through ``events``: each side takes its own steps; ``unit``'s unit gets the case."""
        for event in events:
            to = unit.unit.id if event in {CaseEvent.DISPATCH, CaseEvent.REASSIGN} else None
            actor = unit if event in UNITS_OWN else office
            case = await self.step(case, event, actor, at=at, change=StepDetails(unit_id=to))
        return case
