"""The morning brief of the leaders, once per working day."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models import people, ticks
from models.db import Session
from models.people import Contact
from reports.tally import brief_lines
from rules.delivery.delivery import MessageKind
from rules.people.roles import LEADERS
from rules.slots import latest_slot, local_slot, slot_key
from services import calendar, outbox
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.dry_run import PlannedMessage
from services.errors import DomainError
from services.tallies import tally_counting, tally_sources
from services.task_wording import list_button
from services.views import View


async def brief_tick(session: Session, *, now: datetime, campaign: Campaign) -> list[PlannedMessage]:
    """Promise every enrolled leader the brief of this working day.

    A missed day's brief is not made up for.
    """
    mark = await ticks.tick_turn(session, "brief", now)
    day = latest_slot(now, campaign.slots.brief, campaign.zone, campaign.calendar.is_working_day)
    if day != campaign.today(now) or now >= local_slot(day, campaign.slots.brief_ends, campaign.zone):
        return []
    slot = slot_key(day, "brief")
    if mark.slot_key == slot:
        return []
    mark.slot_key = slot
    session.add(mark)
    planned = []
    for contact in await _leaders(session):
        actor = await actor_of(session, contact, today=campaign.today(now))
        planned.append(await _promise_brief(session, actor, slot, now, campaign))
    return planned


async def _leaders(session: Session) -> list[Contact]:
    found: dict[int | None, Contact] = {}
    for role in sorted(LEADERS):
        for contact in await people.enrolled_with_role(session, role):
            found.setdefault(contact.id, contact)
    return list(found.values())


async def _promise_brief(
    session: Session, actor: Actor, slot: str, now: datetime, campaign: Campaign
) -> PlannedMessage:
    view = await brief(session, actor, now=now, campaign=campaign)
    await outbox.enqueue(
        session, MessageKind.BRIEF, f"{slot}:{actor.id}", view, now=now, contact=actor.contact
    )
    return PlannedMessage(
        recipient=Text("common.contact", unit=actor.unit.name, name=actor.contact.name),
        chat=actor.contact.telegram_user_id,
        slot=slot,
        duties=[],
        reason=Text("brief.reason"),
        make=lambda: view,
    )


async def brief(session: Session, actor: Actor, *, now: datetime, campaign: Campaign) -> View:
    """``/brief`` and the morning brief: the reader's scope since the brief of the working day before."""
    if not (actor.is_leader or actor.scope is None):
        raise DomainError("brief.leaders_only")
    day = campaign.today(now)
    since = local_slot(campaign.calendar.before(day, 1), campaign.slots.brief, campaign.zone)
    # A brief is not corrected later, so this one contains everything that came in since the last one.
    tally = await tally_counting.count(
        session, since=since, as_of=now, campaign=campaign, scope=actor.oversight, by_arrival=True
    )
    scope = Text("brief.scope_all") if actor.scope is None else Text("common.as_is", text=actor.unit.name)
    lines = [*brief_lines(tally, day, scope, campaign.zone), *calendar.fallback_lines(day, campaign)]
    return View(lines, [*tally_sources.sources_row(now, actor.oversight), [list_button(actor.id)]])
