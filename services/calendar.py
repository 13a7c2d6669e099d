"""The working days as they are known now: the published calendar, and the office's own days over it."""

from __future__ import annotations

from dataclasses import replace

from models import calendar
from models.db import Session
from rules.working_days import WorkingDays
from services.campaign import Campaign


async def current(session: Session, campaign: Campaign) -> Campaign:
    """The campaign with the days that the office has imported. Whoever opens a transaction asks for it
    there: so an import counts at once, and nothing changes in the middle of a use case."""
    overrides = await calendar.overrides(session)
    if overrides == campaign.calendar.overrides:
        return campaign
    return replace(campaign, calendar=WorkingDays(overrides))
