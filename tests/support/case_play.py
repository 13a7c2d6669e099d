"""Plays cases at random through the services: orders, 退单, 改派, 复开, 返工, 延期, 挂账 and 申诉."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from models.cases import Case
from models.people import Unit
from rules.cases.case_facts import refusal
from rules.cases.case_lifecycle import CaseEvent
from services.access import Actor
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching
from tests.support.cases import UNITS_OWN, CaseDesk
from tests.support.turns import turn_for

ORDERING: Final = frozenset({CaseEvent.DISPATCH, CaseEvent.REASSIGN})
# How often an event that is possible is chosen. All others are not played.
_WEIGHTS: Final = {
    **dict.fromkeys((CaseEvent.REGISTER, CaseEvent.DISPATCH, CaseEvent.FEEDBACK), 8),
    **dict.fromkeys((CaseEvent.CLOSE, CaseEvent.EXTEND, CaseEvent.APPEAL, CaseEvent.RESUME), 6),
    **dict.fromkeys((CaseEvent.REASSIGN, CaseEvent.REOPEN), 3),
    **dict.fromkeys((CaseEvent.ACKNOWLEDGE, CaseEvent.ASK_EXTENSION, CaseEvent.REWORK), 4),
    **dict.fromkeys((CaseEvent.SEND_BACK, CaseEvent.SUSPEND), 3),
    **dict.fromkeys((CaseEvent.GRANT_APPEAL, CaseEvent.REFUSE_APPEAL), 6),
    **dict.fromkeys((CaseEvent.HANDLE, CaseEvent.REFUSE_EXTENSION), 1),
}


@dataclass(slots=True)
class CasePlay:
    """``units``: each with somebody who acts for it. ``at``: the moment of the play, which only goes on.

    ``sign_by``: for each order, by its case and dispatch, the moment that the case then had to be signed by.
    """

    desk: CaseDesk
    office: Actor
    units: list[tuple[Unit, Actor]]
    at: datetime
    random: Random
    cases: list[Case] = field(default_factory=list)
    sign_by: dict[tuple[int, datetime], datetime | None] = field(default_factory=dict)
    taken: Counter[CaseEvent] = field(default_factory=Counter)

    async def report(self, number: int) -> None:
        categories = [
            await self.desk.category(name, amount=hours) for name, hours in (("占道", 4), ("垃圾", 9))
        ]
        for _ in range(number):
            category = self.random.choice(categories)
            self.cases.append(await self.desk.report(self.office, category, at=self.at))

    async def play(self, steps: int) -> None:
        """Take that many steps of any of the cases, some minutes or hours apart."""
        for _ in range(steps):
            self.at += timedelta(minutes=self.random.choice((5, 20, 40, 90)))
            case = self.random.choice(self.cases)
            facts = case.facts
            possible = [event for event in _WEIGHTS if refusal(facts, event, self.at) is None]
            if possible:
                weights = [_WEIGHTS[event] for event in possible]
                await self._take(case, self.random.choices(possible, weights)[0])

    async def _take(self, case: Case, event: CaseEvent) -> None:
        self.taken[event] += 1
        if event in ORDERING:
            await self._order(case, event)
            return
        holder = next((actor for unit, actor in self.units if unit.id == case.unit_id), self.office)
        await self.desk.step(
            case,
            event,
            holder if event in UNITS_OWN else self.office,
            at=self.at,
            change=StepDetails(
                reason="因故", until=self.at + timedelta(hours=20) if event is CaseEvent.SUSPEND else None
            ),
        )

    async def _order(self, case: Case, event: CaseEvent) -> None:
        """Dispatch on paper, and now and then without any, as histories before papers may have it."""
        unit, _ = self.random.choice([one for one in self.units if one[0].id != case.unit_id])
        if self.random.random() < 0.8:
            turn = turn_for(self.desk.session, self.office, self.at, self.desk.campaign)
            await dispatching.dispatch(turn, [case.id or 0], unit.id or 0, reason="因故")
        else:
            change = StepDetails(reason="因故", unit_id=unit.id)
            await self.desk.step(case, event, self.office, at=self.at, change=change)
        await self.desk.session.refresh(case)
        assert case.dispatched_at is not None
        self.sign_by[case.id or 0, case.dispatched_at] = case.sign_by
