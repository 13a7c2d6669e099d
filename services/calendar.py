"""What the office has said of its days and rules, as it is known now."""

from __future__ import annotations

from dataclasses import replace

from models import calendar, policies
from models.db import Session
from rules.working_days import WorkingDays
from services.campaign import Campaign


async def current(session: Session, campaign: Campaign) -> Campaign:
    """The campaign with the days, the 迎检 periods and the policy of the ladder that the office has given.
    Whoever opens a transaction asks for it there: so an import counts at once, and nothing changes in the
    middle of a use case."""
    known = await calendar.known(session)
    if known.days != campaign.calendar.overrides:
        campaign = replace(campaign, calendar=WorkingDays(known.days))
    if known.inspections != campaign.inspections:
        campaign = replace(campaign, inspections=known.inspections)
    if known.policy != campaign.policy.version:
        campaign = replace(campaign, policy=await policies.current(session))
    return campaign
