"""When a person may be disturbed: outside their own quiet hours or, without any, those of the deployment."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models.people import Contact
from rules.nags.quiet_hours import QuietHours
from services.campaign import Campaign


def quiet_of(contact: Contact, campaign: Campaign) -> QuietHours:
    """The hours in which a person must not be disturbed: their own, else the deployment's."""
    if contact.quiet_from is None or contact.quiet_until is None:
        return campaign.quiet
    return QuietHours(contact.quiet_from, contact.quiet_until, campaign.quiet.days_off)


def free_from(
    contact: Contact, moment: datetime, campaign: Campaign, *, daily: bool = False, all_hours: bool = False
) -> datetime:
    """When a person may next be disturbed: at that moment, or when their quiet hours end.

    ``daily``: the message belongs to the hour of the nags and merges with them. ``all_hours``: days off count
    too.
    """
    quiet = quiet_of(contact, campaign)
    if all_hours:
        quiet = replace(quiet, days_off=False)
    earliest = campaign.slots.nag if daily else None
    return quiet.end_of(moment, campaign.zone, campaign.calendar, earliest=earliest)
