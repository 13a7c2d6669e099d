"""Taking back what a message should have said but does not: it waits again.

Its reader sleeps by now, was lost, or no longer hears of it. The next tick decides anew, and tells the people
who hear now. What is said only once, and perhaps did not arrive, waits once more, too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from models.db import ident
from models.delivery.messages import Outbox
from models.nags import NagReason, nag_waits
from models.people import Contact
from rules.slots import local_slot
from services.campaign import Campaign
from services.nags.subject import TurnDirectory, by_subject
from services.nags.subjects import SUBJECTS, about_of, told_in
from services.people.free_hours import free_from
from services.turn import TickTurn
from services.views import View


def is_told_late(row: Outbox) -> bool:
    """Whether the message has something without a next slot, which is also told on a later day."""
    return any(subject.is_told_late(item) for subject, item in told_in(row))


async def is_asleep(turn: TickTurn, row: Outbox) -> bool:
    """Whether its reader's quiet hours have begun since it was promised.

    It is sent all the same if the office asked for it by hand, if it is exempt, or if its first parts were
    sent.
    """
    if row.view != "nag" or "asked" in row.content or row.parts_sent:
        return False
    contact = await turn.session.get(Contact, row.contact_id)
    return (
        contact is not None
        and _sleeps(contact, turn.now, turn.campaign)
        and await nag_waits.may_wait(turn.session, ident(row))
    )


def _sleeps(contact: Contact, now: datetime, campaign: Campaign) -> bool:
    """Whether it is in the contact's quiet hours.

    On a day off, too, only the hours count: what is promised on that day is meant for every day.
    """
    return free_from(contact, now, campaign, all_hours=True) > now


async def take_back(turn: TickTurn, row: Outbox, shown: View | None) -> None:
    """Let the part of the message that is not ``shown`` wait for its reader's morning or the next tick.

    What could not be told on its own day waits for the next message at the hour of the nags.
    """
    left_out = sorted({about_of(*one) for one in told_in(row)} - set(() if shown is None else shown.shows))
    if not left_out:
        return
    contact = await turn.session.get_one(Contact, row.contact_id)
    until, reason = turn.now, None
    if await nag_waits.may_wait(turn.session, ident(row)):
        until, reason = _when(row, contact, turn.now, turn.campaign)
    await nag_waits.take_back(turn.session, ident(row), left_out, until, reason)


async def repeat_once(turn: TickTurn, row: Outbox) -> bool:
    """Let what has no next slot, and perhaps did not arrive, wait once more for the next hour of the nags.

    Returns whether the whole message is told again so.
    """
    if row.view != "nag":
        return False
    told = await nag_waits.told_by(turn.session, ident(row))
    once, everybody = [], TurnDirectory(turn)
    for word, mine in by_subject(told).items():
        standing = await SUBJECTS[word].standing(turn, {nag.subject_id for nag in mine}, everybody)
        once += [nag for nag in mine if not (nag.may_repeat or await standing.comes_again(nag))]
    if once:
        contact = await turn.session.get_one(Contact, row.contact_id)
        tomorrow = turn.campaign.midnight(turn.today + timedelta(days=1))
        until = free_from(contact, tomorrow, turn.campaign, daily=True)
        await nag_waits.repeat(turn.session, once, until, turn.now)
    return bool(told) and len(once) == len(told)


def _when(
    row: Outbox, contact: Contact, now: datetime, campaign: Campaign
) -> tuple[datetime, NagReason | None]:
    """Until when it waits, and why."""
    promised_on, today = campaign.today(row.created_at), campaign.today(now)
    if promised_on != today:
        passed = now >= local_slot(today, campaign.slots.nag, campaign.zone)
        since = campaign.midnight(today + timedelta(days=1)) if passed else now
        return free_from(contact, since, campaign, daily=True), NagReason.OUTAGE
    if not _sleeps(contact, now, campaign):
        return now, None
    every_day = not campaign.calendar.is_working_day(promised_on)
    return free_from(contact, now, campaign, daily=True, all_hours=every_day), NagReason.QUIET
