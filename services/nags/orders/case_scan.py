"""The scan of cases: what is due on each.

It ends suspensions, moves colours on, and finds unsigned and overdue orders and waiting extensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from models import cases
from models.cases import Case, case_due
from models.db import Session, ident
from rules.cases import case_colours, case_ladder
from rules.cases.case_facts import Colour
from rules.cases.case_ladder import CaseNewsKind, signing_cycle
from rules.cases.case_lifecycle import RUNNING, CaseEvent, CaseState
from rules.nags.ladder import DueSlots, Ladder, Obligation
from rules.nags.levels import Level
from rules.nags.policy import DutyKind, Policy, ReleaseMode, RungMeasure
from rules.slots import local_date, slot_key
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.deciding import unit_notices
from services.cases.deciding.case_checking import last_step
from services.nags.orders.case_escalation import Escalation
from services.nags.subject import DueNag, RowScan, SkippedSlots
from services.turn import TickTurn

log = structlog.get_logger(__name__)

MOST: Final = 300
"""How many cases one scan looks at. The next one goes on: a longer transaction would block writers."""

LATER: Final = timedelta(minutes=15)
"""After how long a case that failed is tried again."""


async def scan(escalation: Escalation, ladder: Ladder) -> RowScan[Case]:
    """Look at the cases that are due at the escalation's moment."""
    found = await case_due.due_for_look(escalation.session, escalation.now, MOST)
    due = [one for case in found for one in await _look_safely(escalation, case, ladder)]
    return RowScan(due, found, len(found) == MOST)


async def _look_safely(escalation: Escalation, case: Case, ladder: Ladder) -> list[DueNag]:
    """Look at one case. A case that fails is tried again later, and does not hold up the others."""
    session, case_id, taken = escalation.session, ident(case), case.steps
    try:
        async with session.begin_nested():
            return await _look(escalation, case, ladder)
    except MovedOnError:
        return []  # the step that moved it on has set its next look
    except Exception:
        log.exception("a case cannot be looked at", case_id=case_id)
    await case_due.look_again_at(session, case_id, taken, escalation.now + LATER)
    return []


async def _look(escalation: Escalation, case: Case, ladder: Ladder) -> list[DueNag]:
    session, campaign, now = escalation.session, escalation.campaign, escalation.now
    if case.suspended_until is not None and case.suspended_until <= now:
        # The clock goes on from the promised moment, however late the scan sees it.
        case = await _resume(session, case, case.suspended_until, campaign)
    clock, limit, before = campaign.working_time, case_steps.limit_of(case), case.colour
    new = case_colours.colour_at(case.facts, limit, now, clock)
    rises = case_ladder.rises(before, new)
    told_at = case_ladder.told_at(new, case.limit_unit, now, campaign.zone, campaign.quiet, campaign.calendar)
    told = []
    if new is not before and not (rises and told_at > now):
        case = await _take(session, case, CaseEvent.COLOUR, now, campaign, StepDetails(colour=new))
        told += [risen(escalation, case, CaseNewsKind(new.value), now)] if rises else []
    owed = await owed_of(session, case, campaign)
    told += [one for one in (due_of(case, news, what, now, ladder) for news, what in owed) if one is not None]
    await _look_again(escalation, case, owed, told_at if rises else None, now, ladder)
    return told


def risen(escalation: Escalation, case: Case, news: CaseNewsKind, now: datetime) -> DueNag:
    """The news that a case's colour has risen."""
    if case.unit_id is None:
        raise LookupError(f"case {case.number} has a colour and no unit")
    slot, policy = slot_key(escalation.campaign.today(now), news.value), escalation.campaign.policy
    levels = escalation.hears(news, case)
    return due_nag(case, DutyKind.ORDER, news, str(case.steps), slot, now, levels, policy)


async def owed_of(session: Session, case: Case, campaign: Campaign) -> list[tuple[CaseNewsKind, Obligation]]:
    """What is owed on a case by the ladder: a 签收, an overdue order, the answer to a request for 延期."""
    found = []
    if case.state is CaseState.DISPATCHED and case.colour is not Colour.RED and case.sign_by is not None:
        day, cycle = local_date(case.sign_by, campaign.zone), signing_cycle(case.sign_by)
        unsigned = Obligation(DutyKind.UNSIGNED, cycle, case.dispatched_at or case.sign_by, case.sign_by, day)
        found.append((CaseNewsKind.UNSIGNED, unsigned))
    if case.state in RUNNING and case.colour is Colour.RED and case.limit_at is not None:
        day = local_date(case.limit_at, campaign.zone)
        owed = Obligation(DutyKind.ORDER, day.isoformat(), case.limit_at, case.limit_at, day)
        found.append((CaseNewsKind.OVERDUE, owed))
    if case.state in RUNNING and case.extension_asked:
        asked = last_step(await cases.steps_of(session, ident(case)), CaseEvent.ASK_EXTENSION)
        if asked is not None:
            day, cycle = local_date(asked.at, campaign.zone), f"asked:{asked.number}"
            found.append(
                (CaseNewsKind.EXTENSION, Obligation(DutyKind.EXTENSION, cycle, asked.at, asked.at, day))
            )
    return found


def due_of(case: Case, news: CaseNewsKind, owed: Obligation, now: datetime, ladder: Ladder) -> DueNag | None:
    """The news of the slot that is due; None: none is. The scan tells an order's colours itself."""
    due = ladder.due(owed, _seen(case, owed), now)
    slots = [slot for slot in due.slots if not _is_colour(slot.rungs[0].measure, owed)] if due else []
    if not slots:
        return None
    slot, count = DueSlots(slots).slot, len(slots) - 1
    daily = all(rung.measure is RungMeasure.WORKING_DAY and rung.at is None for rung in slot.rungs)
    gone = SkippedSlots(slot.key, slot.at, count) if count else None
    made = due_nag(case, owed.kind, news, owed.cycle, slot.key, slot.at, slot.hears, ladder.policy)
    return replace(made, daily=daily, gone=gone)


def _is_colour(measure: RungMeasure, owed: Obligation) -> bool:
    return owed.kind == DutyKind.ORDER and measure is RungMeasure.PERCENT


def _seen(case: Case, owed: Obligation) -> datetime:
    return max(case.nagged_until or owed.opens, owed.opens)


async def _resume(session: Session, case: Case, at: datetime, campaign: Campaign) -> Case:
    case = await _take(session, case, CaseEvent.RESUME, at, campaign)
    holder = unit_notices.CaseHolder.of(case)
    await unit_notices.tell(TickTurn(session, at, campaign), case, CaseEvent.RESUME, holder)
    return case


async def _take(
    session: Session,
    case: Case,
    event: CaseEvent,
    at: datetime,
    campaign: Campaign,
    change: StepDetails | None = None,
) -> Case:
    return await case_steps.take(
        TickTurn(session, at, campaign), ident(case), event, seen=case.steps, change=change or StepDetails()
    )


async def _look_again(
    escalation: Escalation,
    case: Case,
    owed: Sequence[tuple[CaseNewsKind, Obligation]],
    told_at: datetime | None,
    now: datetime,
    ladder: Ladder,
) -> None:
    """Store when the scan looks at the case again.

    That is when the suspension ends, the next colour begins, the ladder has a slot, or at ``told_at``.
    """
    seen = max(now, case.nagged_until or now)
    at = next_look(case, owed, told_at, now, ladder)
    await case_due.look_again_at(escalation.session, ident(case), case.steps, at, seen_until=seen)


def next_look(
    case: Case,
    owed: Sequence[tuple[CaseNewsKind, Obligation]],
    told_at: datetime | None,
    now: datetime,
    ladder: Ladder,
) -> datetime | None:
    """When something may be due on the case again, strictly later than ``now``; None: never."""
    moments = [moment for moment in (told_at, case.suspended_until) if moment is not None]
    if case.facts.clock_from is not None and case.limit_at is not None:
        marks_of = case_colours.marks(case_steps.limit_of(case), case.limit_at, ladder.clock)
        moments += [since for since, _ in marks_of]
    seen = max(now, case.nagged_until or now)
    moments += [at for _, one in owed if (at := ladder.next_after(one, seen)) is not None]
    return min((moment for moment in moments if moment > now), default=None)


def due_nag(
    case: Case,
    kind: str,
    news: CaseNewsKind,
    cycle: str,
    slot: str,
    due_at: datetime,
    levels: Sequence[Level],
    policy: Policy,
) -> DueNag:
    """News about one case. Where the office releases what 主要领导 hear, its button tells them, not a nag."""
    by_office = policy.release is ReleaseMode.OFFICE
    heard = [level for level in levels if not (by_office and level is Level.PRINCIPAL_LEADER)]
    exempt = news is CaseNewsKind.RED or case_ladder.is_exempt(Colour.NONE, case.limit_unit)
    # People still hear that a colour rises when they have put off reminders of an unsigned or overdue case.
    lasting = news in case_ladder.DAILY
    about = ("case", ident(case), kind, cycle, slot, news.value)
    limit_at = case.limit_at if news in case_ladder.RISING else None
    rises_until = None if limit_at is None else case_colours.red_at(limit_at)
    return DueNag(*about, due_at, heard, exempt=exempt, lasting=lasting, rises_until=rises_until)
