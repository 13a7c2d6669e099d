"""The evening tally of the groups and the morning brief of the leaders, each once per slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from locales import Text
from models import campaign as marks
from models import people
from models.campaign import GroupChat
from models.db import Session
from models.people import Contact
from reports.tally import brief_lines
from rules.delivery import MessageKind
from rules.people import LEADERS
from rules.slots import latest_slot, local_slot, slot_key
from services import inspections, outbox, past_tallies, tallies, windows
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.errors import DomainError
from services.past_tallies import Scope
from services.planned import Planned
from services.views import ButtonSpec, View

_INSTANT: Final = timedelta(microseconds=1)


async def tally_tick(session: Session, *, now: datetime, campaign: Campaign) -> list[Planned]:
    """Promise each bound group the tally of the latest slot; missed slots collapse into it."""
    await marks.tick_turn(session, "tally", now)
    day = latest_slot(now, campaign.slots.tally, campaign.zone, campaign.calendar.is_working_day)
    if day is None or not _may_go_out(day, campaign.slots.tally, now, campaign):
        return []
    as_of = local_slot(day, campaign.slots.tally, campaign.zone)
    groups = [group for group in await marks.active_groups(session) if group.tallied_until < as_of]
    return [await _promise_tally(session, group, day, as_of, now, campaign) for group in groups]


def _may_go_out(day: date, at: time, now: datetime, campaign: Campaign) -> bool:
    """Whether it may be sent: on its own day until the quiet hours.

    After an outage, in a working day's hours.
    """
    today = campaign.today(now)
    if now >= local_slot(today, campaign.quiet.begins, campaign.zone):
        return False
    if day == today:
        return True
    from_hours = local_slot(today, campaign.slots.brief, campaign.zone)
    return campaign.calendar.is_working_day(today) and now >= from_hours


async def _promise_tally(
    session: Session, group: GroupChat, day: date, as_of: datetime, now: datetime, campaign: Campaign
) -> Planned:
    scope = await Scope.of(session, group)
    since, slot = await _period_begins(session, group), slot_key(day, "tally")
    standing = await tallies.stand(session, since=since, as_of=as_of, campaign=campaign, scope=scope.units)
    # Counts from the last tally, even if the group never got that one: see ``_period_begins``.
    due = await windows.closing(
        session, since=group.tallied_until, until=as_of, campaign=campaign, scope=scope.units
    )
    standing = replace(standing, due=due)
    tally = await tallies.recount(session, standing, since=since, as_of=as_of, scope=scope.units)
    view = past_tallies.view(tally, scope, campaign)
    shown = await past_tallies.keep(session, group, slot, tally, standing, scope)
    await outbox.enqueue(
        session,
        MessageKind.TALLY,
        f"{slot}:{group.id}",
        view,
        now=now,
        chat=(group.chat_id, group.thread_id),
        live_id=shown.id,
    )
    group.tallied_until = as_of
    session.add(group)
    return Planned(
        recipient=Text("common.as_is", text=group.title),
        chat=group.chat_id,
        slot=slot,
        duties=[task.objective for task in tally.late],
        reason=Text("tally.reason"),
        make=lambda: view,
    )


async def _period_begins(session: Session, group: GroupChat) -> datetime:
    """The start of a group's next tally (exclusive): the end of its last one.

    If the group never got that one, what counts at its very moment, such as the reports of the evening
    before, is still new to the group.
    """
    got = await marks.got_tally_of(session, group.id or 0, group.tallied_until)
    return group.tallied_until if got else group.tallied_until - _INSTANT


async def brief_tick(session: Session, *, now: datetime, campaign: Campaign) -> list[Planned]:
    """Promise every enrolled leader the brief of this working day.

    A missed day's brief is not made up for.
    """
    mark = await marks.tick_turn(session, "brief", now)
    day = latest_slot(now, campaign.slots.brief, campaign.zone, campaign.calendar.is_working_day)
    if day != campaign.today(now) or now >= local_slot(day, campaign.slots.tally, campaign.zone):
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
) -> Planned:
    view = await brief(session, actor, now=now, campaign=campaign)
    await outbox.enqueue(
        session, MessageKind.BRIEF, f"{slot}:{actor.id}", view, now=now, contact=actor.contact
    )
    return Planned(
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
    tally = await tallies.count(
        session, since=since, as_of=now, campaign=campaign, scope=actor.oversight, by_arrival=True
    )
    scope = Text("brief.scope_all") if actor.scope is None else Text("common.as_is", text=actor.unit.name)
    lines = [*brief_lines(tally, day, scope, campaign.zone), *past_tallies.fallback_lines(day, campaign)]
    list_button = ButtonSpec(Text("nags.list_button"), "task.list", {}, actor.id)
    return View(lines, [*past_tallies.sources_row(now, actor.oversight), [list_button]])


async def rehearse(session: Session, *, at: datetime, campaign: Campaign) -> list[Planned]:
    """The tallies, briefs and countdowns that would be sent at ``at`` after a run until the minute before.

    It leaves changed rows behind, so it must run in a transaction that is rolled back.
    """
    before = at - timedelta(minutes=1)
    mark = await marks.tick_turn(session, "brief", before)
    day = latest_slot(before, campaign.slots.brief, campaign.zone, campaign.calendar.is_working_day)
    mark.slot_key = "" if day is None else slot_key(day, "brief")
    session.add(mark)
    for group in await marks.active_groups(session):
        group.tallied_until = campaign.last_tally(before)
        session.add(group)
    await session.flush()
    briefs = await brief_tick(session, now=at, campaign=campaign)
    counted = await inspections.rehearse(session, at=at, campaign=campaign)
    return [*briefs, *counted, *await tally_tick(session, now=at, campaign=campaign)]
