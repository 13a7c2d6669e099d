"""The scan of the cases: suspensions that end, colours that change, and who is told, one message each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from locales import Text
from models import campaign as marks
from models import case_due
from models.cases import Case
from models.db import Session
from models.people import Contact, Unit
from rules import case_colours, case_ladder
from rules.case_facts import Colour
from rules.case_ladder import Level, News
from rules.case_lifecycle import CaseEvent
from rules.delivery import MessageKind
from rules.people import Role
from rules.slots import slot_key
from services import outbox
from services.campaign import Campaign
from services.cases import colour_view, steps, unit_notices, wording
from services.cases.escalation import Entry, Escalation
from services.cases.steps import Change, MovedOnError
from services.planned import Planned

log = structlog.get_logger(__name__)

MOST: Final = 300
"""Cases of one scan; the next one goes on. A longer transaction would keep others from writing."""

LATER: Final = timedelta(minutes=15)
"""When a case that could not be looked at is tried again."""


@dataclass(slots=True)
class _Told:
    """All that one person hears of. ``office``: as one of the office, which is a message of its own."""

    contact: Contact
    office: bool
    entries: dict[int, Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        # Who answers for a case needs no hint about it too.
        there = self.entries.get(entry.case_id)
        if there is None or there.level is not Level.RESPONSIBLE:
            self.entries[entry.case_id] = entry


@dataclass(frozen=True, slots=True)
class _News:
    """What became of one case. ``step``: the number of the step, which makes telling it twice impossible."""

    case_id: int
    unit_id: int
    step: int
    news: News
    readers: Sequence[tuple[Level, Contact]]


async def tick(session: Session, *, now: datetime, campaign: Campaign) -> list[Planned]:
    """Look at what is due at ``now``; what was promised to whom. Safe to run at any time and twice."""
    await marks.tick_turn(session, "cases", now)
    escalation = Escalation(session)
    found = []
    for case in await case_due.due_for_look(session, now, MOST):
        news = await _look_safely(escalation, case, now, campaign)
        if news is not None:
            found.append(news)
    return [await _promise(escalation, told, found, now, campaign) for told in _merge(found)]


async def _look_safely(escalation: Escalation, case: Case, now: datetime, campaign: Campaign) -> _News | None:
    """A case that fails is tried again later, and holds up no other."""
    session, case_id, taken = escalation.session, case.id or 0, case.steps
    try:
        async with session.begin_nested():
            return await _look(escalation, case, now, campaign)
    except MovedOnError:
        return None  # whoever moved it on has seen to its next look
    except Exception:
        log.exception("a case cannot be looked at", case_id=case_id)
    await case_due.look_again_at(session, case_id, taken, now + LATER)
    return None


async def _look(escalation: Escalation, case: Case, now: datetime, campaign: Campaign) -> _News | None:
    session = escalation.session
    if case.suspended_until is not None and case.suspended_until <= now:
        # Its clock goes on from the moment that was promised, however late this is seen.
        case = await _resume(session, case, case.suspended_until, campaign)
    clock, limit, before = campaign.working_time, steps.limit_of(case), case.colour
    new = case_colours.colour_at(case.facts, limit, now, clock)
    rises = case_ladder.rises(before, new)
    told_at = case_ladder.told_at(new, case.limit_unit, now, campaign.zone, campaign.calendar)
    if new is before or (rises and told_at > now):
        await _look_again(session, case, told_at if rises else None, now, campaign)
        return None
    case = await _take(session, case, CaseEvent.COLOUR, now, campaign, Change(colour=new))
    return await _news(escalation, case, News(new.value)) if rises else None


async def _resume(session: Session, case: Case, at: datetime, campaign: Campaign) -> Case:
    case = await _take(session, case, CaseEvent.RESUME, at, campaign)
    holder = unit_notices.Holder.of(case)
    await unit_notices.tell(session, case, CaseEvent.RESUME, holder, now=at, campaign=campaign)
    return case


async def _take(
    session: Session,
    case: Case,
    event: CaseEvent,
    at: datetime,
    campaign: Campaign,
    change: Change | None = None,
) -> Case:
    return await steps.take(
        session,
        case.id or 0,
        event,
        now=at,
        campaign=campaign,
        seen=case.steps,
        change=change or Change(),
    )


async def _look_again(
    session: Session, case: Case, told_at: datetime | None, now: datetime, campaign: Campaign
) -> None:
    """Nothing is to be done before the suspension ends or the next colour begins, or before ``told_at``."""
    moments = [moment for moment in (told_at, case.suspended_until) if moment is not None]
    if case.facts.clock_from is not None and case.limit_at is not None:
        marks_of = case_colours.marks(steps.limit_of(case), case.limit_at, campaign.working_time)
        moments += [since for since, _ in marks_of]
    at = min((moment for moment in moments if moment > now), default=None)
    await case_due.look_again_at(session, case.id or 0, case.steps, at)


async def _news(escalation: Escalation, case: Case, news: News) -> _News:
    if case.id is None or case.unit_id is None:
        raise LookupError(f"case {case.number} has a colour and no unit")
    levels = case_ladder.hears(news, case.state)
    readers = [(level, contact) for level in levels for contact in await escalation.readers(case, level)]
    return _News(case.id, case.unit_id, case.steps, news, readers)


def _merge(found: Sequence[_News]) -> list[_Told]:
    merged: dict[tuple[int | None, bool], _Told] = {}
    for news in found:
        for level, contact in news.readers:
            office = level is Level.OFFICE
            told = merged.setdefault((contact.id, office), _Told(contact, office))
            told.add(Entry(news.case_id, news.unit_id, level, news.news))
    return list(merged.values())


async def _promise(
    escalation: Escalation, told: _Told, found: Sequence[_News], now: datetime, campaign: Campaign
) -> Planned:
    contact, entries = told.contact, list(told.entries.values())
    first = next(news for news in found if news.case_id in told.entries)
    duties = await colour_view.still(escalation, entries, contact)
    kind = MessageKind.NOTICE
    if not told.office:
        kind = MessageKind.NAG if any(duty.nag for duty in duties) else MessageKind.HINT
    key = f"{first.case_id}.{first.step}"
    await promise(escalation.session, kind, key, entries, contact, now=now, campaign=campaign)
    day = campaign.today(now)
    unit = await escalation.session.get(Unit, contact.unit_id)
    return Planned(
        recipient=Text("common.contact", unit=unit.name if unit else "", name=contact.name),
        chat=contact.telegram_user_id,
        slot=slot_key(day, "cases"),
        duties=[duty.case.number for duty in duties],
        reason=_reason(entries, campaign),
        view=colour_view.build(duties, contact.id, day, now=now, campaign=campaign),
    )


async def promise(
    session: Session,
    kind: MessageKind,
    key: str,
    entries: Sequence[Entry],
    contact: Contact,
    *,
    now: datetime,
    campaign: Campaign,
) -> None:
    """Promise one person one message about ``entries``. ``key``: a case and its step, told here alone."""
    day = campaign.today(now)
    content = {"day": day.isoformat(), "entries": [entry.to_json() for entry in entries]}
    office = any(entry.level is Level.OFFICE for entry in entries)
    content |= {"role": Role.OFFICE.value} if office else {}
    side = "office" if office else "unit"
    dedupe = f"{slot_key(day, 'cases')}:{key}:{side}:{contact.id}"
    await outbox.enqueue_raw(session, kind, dedupe, ("colours", content), now=now, contact=contact)


def _reason(entries: Sequence[Entry], campaign: Campaign) -> Text:
    """Why this person hears now: to which colours his cases have changed."""
    told = {entry.news for entry in entries}
    colours = [Colour(news.value) for news in (News.RED, News.YELLOW, News.BLUE) if news in told]
    return Text("colours.reason", colours=[wording.colour_text(colour, campaign) for colour in colours])


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[Planned]:
    """Who would be told at ``at`` if the program had run until the minute before.

    Leaves changed rows behind: for a transaction that is rolled back.
    """
    before = at - timedelta(minutes=1)
    while await case_due.due_for_look(session, before, 1):
        await tick(session, now=before, campaign=campaign)
    return await tick(session, now=at, campaign=campaign)
