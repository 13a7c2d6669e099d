"""The scan of cases: what is due on each, and who hears of it.

It ends suspensions, moves colours on, and finds unsigned and overdue orders and waiting extensions.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog

from models import cases, nags
from models.cases import Case, case_due
from models.db import Session, ident
from models.nags import Nag, NagReason, NagState
from models.people import Contact
from rules.cases import case_colours, case_ladder
from rules.cases.case_facts import Colour
from rules.cases.case_ladder import CaseNewsKind
from rules.cases.case_lifecycle import RUNNING, CaseEvent, CaseState
from rules.delivery.delivery import MessageKind
from rules.nags.ladder import DueSlots, Ladder, Obligation
from rules.nags.levels import Level
from rules.nags.policy import DutyKind, ReleaseMode, RungMeasure
from rules.people.roles import Role
from rules.slots import local_date, slot_key
from services import outbox
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.deciding import unit_notices
from services.cases.deciding.case_checking import last_step
from services.nags.orders.case_escalation import CaseEntry, Escalation
from services.nags.quiet_hours import free_from
from services.turn import TickTurn

log = structlog.get_logger(__name__)

MOST: Final = 300
"""How many cases one scan looks at. The next one goes on: a longer transaction would block writers."""

LATER: Final = timedelta(minutes=15)
"""After how long a case that failed is tried again."""


_SNOOZED: Final = {"state": NagState.HELD, "reason": NagReason.SNOOZED, "hold_until": None}


@dataclass(frozen=True, slots=True)
class CaseNews:
    """News about one case.

    ``cycle`` and ``slot`` make it impossible to tell it twice. ``skipped``: how many slots collapsed into
    this one.
    """

    case: Case
    kind: DutyKind
    news: CaseNewsKind
    cycle: str
    slot: str
    due_at: datetime
    levels: Sequence[Level]
    daily: bool = False
    skipped: int = 0


async def scan(turn: TickTurn, *, ladder: Ladder) -> bool:
    """Look at the cases due at ``now``, and keep their nags. Returns whether more cases may be due."""
    escalation = Escalation(turn.session, turn.campaign, turn.now)
    found = await case_due.due_for_look(turn.session, turn.now, MOST)
    for case in found:
        told = await _look_safely(escalation, case, turn.now, ladder)
        await nags.add(
            turn.session, [row for one in told for row in await rows_of(escalation, one, turn.now)]
        )
    return len(found) == MOST


async def _look_safely(escalation: Escalation, case: Case, now: datetime, ladder: Ladder) -> list[CaseNews]:
    """Look at one case. A case that fails is tried again later, and does not hold up the others."""
    session, case_id, taken = escalation.session, ident(case), case.steps
    try:
        async with session.begin_nested():
            return await _look(escalation, case, now, ladder)
    except MovedOnError:
        return []  # the step that moved it on has set its next look
    except Exception:
        log.exception("a case cannot be looked at", case_id=case_id)
    await case_due.look_again_at(session, case_id, taken, now + LATER)
    return []


async def _look(escalation: Escalation, case: Case, now: datetime, ladder: Ladder) -> list[CaseNews]:
    session, campaign = escalation.session, escalation.campaign
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


def risen(escalation: Escalation, case: Case, news: CaseNewsKind, now: datetime) -> CaseNews:
    """The news that a case's colour has risen."""
    if case.id is None or case.unit_id is None:
        raise LookupError(f"case {case.number} has a colour and no unit")
    slot = slot_key(escalation.campaign.today(now), news.value)
    return CaseNews(case, DutyKind.ORDER, news, str(case.steps), slot, now, escalation.hears(news, case))


async def owed_of(session: Session, case: Case, campaign: Campaign) -> list[tuple[CaseNewsKind, Obligation]]:
    """What is owed on a case by the ladder: a 签收, an overdue order, the answer to a request for 延期."""
    found = []
    if case.state is CaseState.DISPATCHED and case.colour is not Colour.RED and case.sign_by is not None:
        day, cycle = local_date(case.sign_by, campaign.zone), f"sign:{case.sign_by:%Y%m%dT%H%M%S}"
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


def due_of(
    case: Case, news: CaseNewsKind, owed: Obligation, now: datetime, ladder: Ladder
) -> CaseNews | None:
    """The news of the slot that is due; None: none is. The scan tells an order's colours itself."""
    due = ladder.due(owed, _seen(case, owed), now)
    slots = [slot for slot in due.slots if not _is_colour(slot.rungs[0].measure, owed)] if due else []
    if not slots:
        return None
    due = DueSlots(slots)
    levels, skipped = due.slot.hears, len(due.skipped)
    daily = all(rung.measure is RungMeasure.WORKING_DAY and rung.at is None for rung in due.slot.rungs)
    return CaseNews(case, owed.kind, news, owed.cycle, due.slot.key, due.slot.at, levels, daily, skipped)


def _is_colour(measure: RungMeasure, owed: Obligation) -> bool:
    return owed.kind is DutyKind.ORDER and measure is RungMeasure.PERCENT


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


async def rows_of(escalation: Escalation, told: CaseNews, now: datetime) -> list[dict[str, Any]]:
    """The rows of a piece of news: one for each person who hears of it, and one for skipped slots."""
    rows = []
    put_off = await _put_off(escalation, told, now)
    by_office = escalation.campaign.policy.release is ReleaseMode.OFFICE
    for level in told.levels:
        if level is Level.PRINCIPAL_LEADER and by_office:
            continue  # the office tells this leader about a case by its button
        for contact in await escalation.readers(told.case, level):
            hold = _hold(told, contact, now, escalation.campaign)
            key = f"{_subject(told)}:{told.slot}:{level.value}:{contact.id}"
            waits = {"key": key, "level": level, "contact_id": contact.id, "hold_until": hold}
            reason = NagReason.QUIET if hold > now else None
            row = _row(told, now, escalation.campaign) | waits | {"reason": reason}
            if level is Level.RESPONSIBLE and contact.id in put_off:
                row |= _SNOOZED | {"settled_at": now}
            rows.append(row)
    if told.skipped:
        gone = {"state": NagState.SKIPPED, "reason": NagReason.OUTAGE, "settled_at": now}
        key = f"{_subject(told)}:{told.slot}:skipped"
        rows.append(_row(told, now, escalation.campaign) | gone | {"key": key, "skipped": told.skipped})
    return rows


async def _put_off(escalation: Escalation, told: CaseNews, now: datetime) -> Collection[int]:
    """The contacts who have put off reminders of an unsigned or overdue case.

    They still hear that its colour rises.
    """
    if told.news not in case_ladder.DAILY:
        return ()
    readers = await escalation.readers(told.case, Level.RESPONSIBLE)
    ids = [contact.id for contact in readers if contact.id is not None]
    found = await nags.snoozed(escalation.session, ids, now)
    return {one.contact_id for one in found if one.case_id == told.case.id}


def _subject(told: CaseNews) -> str:
    return f"{told.kind.value}:{told.case.id}:{told.cycle}"


def _is_exempt(told: CaseNews) -> bool:
    return told.news is CaseNewsKind.RED or case_ladder.is_exempt(Colour.NONE, told.case.limit_unit)


def _hold(told: CaseNews, contact: Contact, now: datetime, campaign: Campaign) -> datetime:
    """From when on the contact may hear of it. Red and urgent orders do not wait."""
    if _is_exempt(told):
        return now
    return free_from(contact, now, campaign, daily=told.daily)


def _row(told: CaseNews, now: datetime, campaign: Campaign) -> dict[str, Any]:
    row = nags.waiting(
        told.kind,
        cycle=told.cycle,
        slot=told.slot,
        rung=told.news.value,
        due_at=told.due_at,
        policy=campaign.policy.version,
        now=now,
    )
    return row | {"case_id": told.case.id, "exempt": _is_exempt(told)}


async def is_news_still(escalation: Escalation, row: Nag) -> bool:
    """Whether a nag is still news, if only to other readers."""
    entry = await escalation.entry(row)
    return escalation.still(entry, await escalation.session.get_one(Case, row.case_id))


async def pass_on(escalation: Escalation, rows: Sequence[Nag], *, now: datetime) -> bool:
    """Keep nags that are still news, but not for their readers, for the people who hear now.

    Returns whether there are any. A snooze is its reader's alone and is not passed on. Nobody gets a nag of
    the same slot twice.
    """
    made = []
    for row in rows:
        if row.case_id is None or row.level is None or row.reason is NagReason.SNOOZED:
            continue
        case = await escalation.session.get_one(Case, row.case_id)
        made += await rows_of(escalation, told_anew(row, case, row.level, row.due_at), now)
    await nags.add_again(escalation.session, made)
    return bool(made)


class NagLike(Protocol):
    """What kept nags and expected nags have in common."""

    kind: DutyKind
    cycle: str
    slot: str
    rung: str


def told_anew(row: NagLike, case: Case, level: Level, due_at: datetime) -> CaseNews:
    """The same news as in that row, for the people who are on that level now."""
    return CaseNews(case, row.kind, CaseNewsKind(row.rung), row.cycle, row.slot, due_at, [level])


async def promise(
    turn: TickTurn, kind: MessageKind, key: str, entries: Sequence[CaseEntry], contact: Contact
) -> None:
    """Promise one person one message about ``entries`` at once.

    ``key``: a case and its step; only this message tells of them.
    """
    day = turn.today
    content = {"day": day.isoformat(), "duties": [], "entries": [entry.to_json() for entry in entries]}
    office = any(entry.level is Level.OFFICE for entry in entries)
    content |= {"role": Role.OFFICE.value} if office else {}
    side = "office" if office else "unit"
    dedupe = f"{slot_key(day, 'cases')}:{key}:{side}:{contact.id}"
    await outbox.enqueue_raw(turn.session, kind, dedupe, ("nag", content), now=turn.now, contact=contact)
