"""How things stand with some cases at one moment, now or in the coming days if nothing is done.

The days ahead are looked at as the scan does it, without writing anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Final, Self

from locales import Text
from models import cases
from models.cases import Case
from models.db import ColumnValues, ident
from models.delivery.messages import Outbox
from models.nags import Nag, NagReason, nag_views
from models.people import Contact
from rules.cases import case_colours, case_ladder
from rules.cases.case_ladder import CaseNewsKind
from rules.cases.case_lifecycle import RUNNING
from rules.nags.ladder import Ladder
from rules.nags.levels import Level
from services.cases import case_steps
from services.nags.nag_keeper import ladder_of
from services.nags.orders import case_colour_view, case_scan
from services.nags.orders.case_colour_view import CaseDuty
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.subject import DueNag, PageMaker, PersonLines
from services.recipients import Recipient
from services.turn import TickTurn

_COLOURS: Final = frozenset({CaseNewsKind.BLUE, CaseNewsKind.YELLOW, CaseNewsKind.RED})


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """``found``: the cases as they are at the escalation's moment, by id."""

    escalation: Escalation
    found: Mapping[int, Case]

    async def readers(self, subject_id: int, level: Level) -> Sequence[Recipient]:
        return [Recipient(one) for one in await self.escalation.readers(self.found[subject_id], level)]

    async def weigh(self, rows: Sequence[Nag], reader: Contact) -> PersonLines[CaseDuty]:
        """What is still news, one line per case, the reddest and the longest overdue first."""
        entries: dict[int, CaseEntry] = {}
        by_case: dict[int, list[Nag]] = {}
        for row in rows:
            entries[row.subject_id] = self._entry(row).over(entries.get(row.subject_id))
            by_case.setdefault(row.subject_id, []).append(row)
        found = PersonLines(await self.still(list(entries.values()), reader))
        there = {duty.subject_id for duty in found.lines}
        for case_id, mine in by_case.items():
            if case_id in there:
                found.told += mine
                continue
            for row in mine:
                moved = self.escalation.still(self._entry(row), self.found[case_id])
                found.moot.append((row, NagReason.MOVED if moved else NagReason.DONE))
        return found

    async def still(self, entries: Sequence[CaseEntry], reader: Contact) -> list[CaseDuty]:
        """The cases of which ``reader`` still has to hear."""
        duties = []
        roles = await self.escalation.roles_of(reader) if entries else frozenset()
        for entry in entries:
            case = self.found[entry.case_id]
            if not self.escalation.still(entry, case):
                continue
            if reader.id in {one.id for one in await self.escalation.readers(case, entry.level)}:
                nag = case_ladder.is_nag(entry.level, roles)
                duties.append(await case_colour_view.duty_of(self.escalation, entry, case, nag=nag))
        return sorted(duties, key=case_colour_view.urgency)

    def _entry(self, row: Nag) -> CaseEntry:
        if row.level is None:
            raise LookupError(f"nag {row.id} is for nobody")
        unit_id = self.found[row.subject_id].unit_id
        return CaseEntry(row.subject_id, unit_id, row.level, CaseNewsKind(row.rung))

    async def again(self, row: Nag, due_at: datetime) -> DueNag | None:
        if row.level is None:
            return None
        case, news, policy = (
            self.found[row.subject_id],
            CaseNewsKind(row.rung),
            self.escalation.campaign.policy,
        )
        return case_scan.due_nag(case, row.kind, news, row.cycle, row.slot, due_at, [row.level], policy)

    async def comes_again(self, row: Nag) -> bool:
        """A colour is told once; the rest has the slots of its ladder."""
        if row.level is None:
            return True
        if CaseNewsKind(row.rung) in _COLOURS:
            return False
        campaign, case = self.escalation.campaign, self.found[row.subject_id]
        owed = [one for _, one in await case_scan.owed_of(self.escalation.session, case, campaign)]
        mine = [one for one in owed if (one.kind, one.cycle) == (row.kind, row.cycle)]
        ladder = ladder_of(campaign)
        return not mine or ladder.hears_again(mine[0], row.due_at, row.level)

    async def page(self, lines: Sequence[CaseDuty], reader: Contact) -> PageMaker:
        return partial(case_colour_view.order_page, lines)

    async def done(self, row: Outbox, reader: Contact) -> Mapping[tuple[int, str], Text]:
        found = {}
        for item in row.content["entries"]:
            entry = CaseEntry.from_json(item)
            case, case_id = self.found[entry.case_id], entry.case_id
            hears = {one.id for one in await self.escalation.readers(case, entry.level)}
            there = case.unit_id == entry.unit_id and reader.id in hears
            how = _how(entry, case, row.created_at) if there else Text("nags.done.moved")
            if how is None and there and self._is_extended(entry, case):
                how = Text("nags.done.extended")
            if how is not None:
                found[case_id, ""] = how
        return found

    def _is_extended(self, entry: CaseEntry, case: Case) -> bool:
        """Whether the limit that was over when this was told lies ahead by now."""
        late = entry.news in {CaseNewsKind.RED, CaseNewsKind.OVERDUE, CaseNewsKind.RELEASED}
        return late and case.state in RUNNING and not case.facts.overdue(self.escalation.now)

    def name(self, subject_id: int) -> str:
        return self.found[subject_id].number

    def brief(self, subject_id: int) -> Text:
        case = self.found[subject_id]
        return Text("common.as_is", text=f"{case.number} {case.category}")

    def paused_until(self, subject_id: int) -> datetime | None:
        return None  # 挂账 stops the clock of a case itself

    def answers(self, subject_id: int) -> int | None:
        """Somebody else of the unit hears of a case, so nobody is missed."""
        return None


def _how(entry: CaseEntry, case: Case, since: datetime) -> Text | None:
    """What was done about the case since then; None: nothing that its reader waits for."""
    if case.state not in RUNNING:
        return Text(f"cases.state.{case.state.value}")
    if entry.news is CaseNewsKind.EXTENSION:
        return None if case.facts.extension_asked else Text("nags.done.decided")
    signed = case.acknowledged_at is not None and case.acknowledged_at >= since
    return Text("nags.done.signed") if signed else None


LOOKS: Final = 100
"""How many times the forecast looks at one case at most."""
MOST: Final = 500
"""At most so many orders are considered: those that are due first."""


@dataclass(slots=True)
class CasesAhead:
    """The states that the cases will have.

    ``found``: the cases that the scan will look at. ``states``: by case, pairs of a moment and the case as it
    is from then on; the first pair is for now.
    """

    turn: TickTurn
    until: datetime
    ladder: Ladder
    found: Sequence[Case]
    states: dict[int, list[tuple[datetime, Case]]] = field(default_factory=dict)
    escalations: dict[date, Escalation] = field(default_factory=dict)

    @classmethod
    async def read(cls, turn: TickTurn, until: datetime, waiting: Collection[int]) -> Self:
        found = await nag_views.cases_to_look_at(turn.session, until, MOST)
        told_of = set(waiting) - {ident(case) for case in found}
        known = [*found, *(await cases.cases_by_id(turn.session, sorted(told_of))).values()]
        states = {ident(case): [(turn.now, case)] for case in known}
        return cls(turn, until, ladder_of(turn.campaign), found, states)

    @property
    def looked(self) -> int:
        return len(self.found)

    @property
    def whole(self) -> bool:
        return len(self.found) < MOST

    async def standing(self, subject_ids: Collection[int], at: datetime) -> OrderStanding:
        return OrderStanding(self._at(at), {case_id: self._case_at(case_id, at) for case_id in subject_ids})

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        found = [event for case in self.found for event in await self._follow(case)]
        return sorted(found, key=lambda event: event[0])

    def _case_at(self, case_id: int, at: datetime) -> Case:
        states = self.states[case_id]
        return next((case for since, case in reversed(states) if since <= at), states[0][1])

    def _at(self, moment: datetime) -> Escalation:
        """The people on each level, on the day of that moment."""
        day = self.turn.campaign.today(moment)
        if day not in self.escalations:
            self.escalations[day] = Escalation(self.turn.session, self.turn.campaign, moment)
        return self.escalations[day]

    async def _follow(self, case: Case) -> list[tuple[datetime, DueNag]]:
        found: list[tuple[datetime, DueNag]] = []
        at: datetime | None = max(case.look_at or self.turn.now, self.turn.now)
        for _ in range(LOOKS):
            if at is None or at > self.until:
                break
            due, following = await self._look(ident(case), at)
            found += [(at, one) for one in due]
            at = following
        return found

    async def _look(self, case_id: int, at: datetime) -> tuple[list[DueNag], datetime | None]:
        """Look at one case as ``case_scan.scan`` does. Returns what is due, and when to look next."""
        campaign = self.turn.campaign
        case, escalation, clock = self._case_at(case_id, at), self._at(at), self.ladder.clock
        if case.suspended_until is not None and case.suspended_until <= at:
            case = _changed(case, asdict(case_steps.resumed(case, case.suspended_until, clock)))
        new = case_colours.colour_at(case.facts, case_steps.limit_of(case), at, clock)
        rises = case_ladder.rises(case.colour, new)
        zone, quiet, calendar = campaign.zone, campaign.quiet, campaign.calendar
        told_at = case_ladder.told_at(new, case.limit_unit, at, zone, quiet, calendar)
        told = []
        if new is not case.colour and not (rises and told_at > at):
            case = _changed(case, {"colour": new, "steps": case.steps + 1})
            told += [case_scan.risen(escalation, case, CaseNewsKind(new.value), at)] if rises else []
        owed = await case_scan.owed_of(self.turn.session, case, campaign)
        due = [case_scan.due_of(case, news, what, at, self.ladder) for news, what in owed]
        told += [one for one in due if one is not None]
        following = case_scan.next_look(case, owed, told_at if rises else None, at, self.ladder)
        seen = max(at, case.nagged_until or at)
        self.states[case_id].append((at, _changed(case, {"nagged_until": seen})))
        return told, following


def _changed(case: Case, values: ColumnValues) -> Case:
    """A changed copy of the case. It belongs to no session, so it is never written."""
    return Case(**(case.model_dump() | values))
