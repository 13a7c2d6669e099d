"""What was promised in a message that does not go out, or is left out of it, waits again: its reader sleeps
by now, was lost, or does not hear of it any more. The next tick weighs it anew, and takes it to who hears."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from models import nag_waits
from models.db import Session
from models.messages import Outbox
from models.nags import NagReason
from models.people import Contact
from rules.case_ladder import News
from rules.slots import local_slot
from services.campaign import Campaign
from services.quiet import free_from
from services.views import View

_DAILY = frozenset({News.UNSIGNED.value, News.OVERDUE.value})


def is_told_late(row: Outbox) -> bool:
    """Whether it says something of a case that has no next slot, and is told on another day, too."""
    return any(entry["news"] not in _DAILY for entry in row.content.get("entries", ()))


async def asleep_until(
    session: Session, row: Outbox, *, now: datetime, campaign: Campaign
) -> datetime | None:
    """Until when its reader is left alone, if his quiet hours have begun since it was promised. What the
    office has asked for itself, what is exempt, and what he has the beginning of, goes out all the same."""
    if row.view != "nag" or "asked" in row.content or row.parts_sent:
        return None
    contact = await session.get(Contact, row.contact_id)
    if contact is None or free_from(contact, now, campaign, all_hours=True) <= now:
        return None
    # What was promised on a day off belongs to every day.
    every_day = not campaign.calendar.is_working_day(campaign.today(row.created_at))
    until = free_from(contact, now, campaign, daily=True, all_hours=every_day)
    return until if await nag_waits.may_wait(session, row.id or 0) else None


async def take_back(
    session: Session, row: Outbox, shown: View | None, *, now: datetime, campaign: Campaign
) -> None:
    """Let what the message was to say and is not ``shown`` wait: for its reader's morning, or for the next
    tick; what nobody could be told on its own day, for the next message at the hour of the nags."""
    tasks, cases = _left_out(row, shown)
    contact = await session.get(Contact, row.contact_id)
    if contact is None or not (tasks or cases):
        return
    until, reason = await asleep_until(session, row, now=now, campaign=campaign), NagReason.QUIET
    today = campaign.today(now)
    if campaign.today(row.created_at) != today and await nag_waits.may_wait(session, row.id or 0):
        passed = now >= local_slot(today, campaign.slots.nag, campaign.zone)
        since = campaign.midnight(today + timedelta(days=1)) if passed else now
        until, reason = free_from(contact, since, campaign, daily=True), NagReason.OUTAGE
    await nag_waits.take_back(session, row.id or 0, tasks, cases, until or now, reason if until else None)


def _left_out(row: Outbox, shown: View | None) -> tuple[Sequence[int], Sequence[int]]:
    """Tasks and cases of the message that are not shown."""
    tasks = {duty["task_id"] for duty in row.content.get("duties", ())}
    cases = {entry["case_id"] for entry in row.content.get("entries", ())}
    there = View([]) if shown is None else shown
    return sorted(tasks - {*there.task_ids}), sorted(cases - {*there.case_ids})
