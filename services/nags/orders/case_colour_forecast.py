"""A forecast of the scan of orders: which colours will change, and what will be told about them then.

It does what the scan does, ahead of time and without writing anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final

from models.cases import Case
from models.db import Session, ident
from models.nags import NagReason, NagState
from models.people import Contact
from rules.cases import case_colours, case_ladder
from rules.cases.case_ladder import CaseNewsKind
from rules.nags.ladder import Ladder
from services.campaign import Campaign
from services.cases import case_steps
from services.nags.expected_nags import ExpectedNag
from services.nags.orders import case_colour_view, case_scan
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.orders.case_scan import CaseNews

LOOKS: Final = 100
"""How many times the forecast looks at one case at most."""


@dataclass(slots=True)
class ForecastCases:
    """The states that the cases will have.

    ``states``: by case, pairs of a moment and the case as it is from then on; the first pair is for now.
    """

    session: Session
    campaign: Campaign
    now: datetime
    ladder: Ladder
    states: dict[int, list[tuple[datetime, Case]]] = field(default_factory=dict)
    escalations: dict[date, Escalation] = field(default_factory=dict)

    def know(self, found: Iterable[Case]) -> None:
        """Add cases. They stay as they are until the forecast looks at them."""
        for case in found:
            self.states.setdefault(ident(case), [(self.now, case)])

    async def look(self, found: Sequence[Case], until: datetime) -> list[dict[str, Any]]:
        """The nags that the scan will keep until then. A row's ``created_at`` is the moment of its scan."""
        self.know(found)
        return [row for case in found for row in await self._follow(case, until)]

    async def still(self, entry: CaseEntry, contact: Contact, at: datetime) -> tuple[Case, bool] | None:
        """The case, and whether it is a 催办, if ``contact`` is to hear of it at that moment."""
        case, escalation = self.case_at(entry.case_id, at), self.at(at)
        if not escalation.still(entry, case):
            return None
        if contact.id not in {reader.id for reader in await escalation.readers(case, entry.level)}:
            return None
        return case, case_ladder.is_nag(entry.level, await escalation.roles_of(contact))

    async def duty(
        self, entry: CaseEntry, contact: Contact, at: datetime
    ) -> case_colour_view.CaseDuty | None:
        """The duty as it will stand in the message to ``contact``; None: they will not hear of it."""
        there = await self.still(entry, contact, at)
        return (
            None
            if there is None
            else await case_colour_view.duty_of(self.at(at), entry, there[0], nag=there[1])
        )

    def entry(self, row: ExpectedNag, at: datetime) -> CaseEntry:
        """The entry that an expected nag stands for."""
        case_id = row.case_id or 0
        return CaseEntry(case_id, self.case_at(case_id, at).unit_id, row.level, CaseNewsKind(row.rung))

    async def passed_on(self, row: ExpectedNag, at: datetime) -> list[dict[str, Any]]:
        """The nags for others, if the reader of a row will not hear of it; see ``case_scan.pass_on``."""
        case, escalation = self.case_at(row.case_id or 0, at), self.at(at)
        if row.reason is NagReason.SNOOZED or not escalation.still(self.entry(row, at), case):
            return []
        return await case_scan.rows_of(escalation, case_scan.told_anew(row, case, row.level, at), at)

    def case_at(self, case_id: int, at: datetime) -> Case:
        states = self.states[case_id]
        return next((case for since, case in reversed(states) if since <= at), states[0][1])

    def at(self, moment: datetime) -> Escalation:
        """The people on each level, on the day of that moment."""
        day = self.campaign.today(moment)
        if day not in self.escalations:
            self.escalations[day] = Escalation(self.session, self.campaign, moment)
        return self.escalations[day]

    async def _follow(self, case: Case, until: datetime) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        at: datetime | None = max(case.look_at or self.now, self.now)
        for _ in range(LOOKS):
            if at is None or at > until:
                break
            told, following = await self._look(ident(case), at)
            rows += [row for one in told for row in await case_scan.rows_of(self.at(at), one, at)]
            at = following
        return [row for row in rows if row["state"] is NagState.WAITING]

    async def _look(self, case_id: int, at: datetime) -> tuple[list[CaseNews], datetime | None]:
        """Look at one case as ``case_scan.scan`` does. Returns the news, and when to look next."""
        case, escalation, clock = self.case_at(case_id, at), self.at(at), self.ladder.clock
        if case.suspended_until is not None and case.suspended_until <= at:
            case = _changed(case, asdict(case_steps.resumed(case, case.suspended_until, clock)))
        new = case_colours.colour_at(case.facts, case_steps.limit_of(case), at, clock)
        rises = case_ladder.rises(case.colour, new)
        zone, quiet, calendar = self.campaign.zone, self.campaign.quiet, self.campaign.calendar
        told_at = case_ladder.told_at(new, case.limit_unit, at, zone, quiet, calendar)
        told = []
        if new is not case.colour and not (rises and told_at > at):
            case = _changed(case, {"colour": new, "steps": case.steps + 1})
            told += [case_scan.risen(escalation, case, CaseNewsKind(new.value), at)] if rises else []
        owed = await case_scan.owed_of(self.session, case, self.campaign)
        due = [case_scan.due_of(case, news, what, at, self.ladder) for news, what in owed]
        told += [one for one in due if one is not None]
        following = case_scan.next_look(case, owed, told_at if rises else None, at, self.ladder)
        seen = max(at, case.nagged_until or at)
        self.states[case_id].append((at, _changed(case, {"nagged_until": seen})))
        return told, following


def _changed(case: Case, values: dict[str, Any]) -> Case:
    """A changed copy of the case. It belongs to no session, so it is never written."""
    return Case(**(case.model_dump() | values))
