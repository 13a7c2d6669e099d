"""The days and rules that the office has set, as they are known now."""

from __future__ import annotations

from dataclasses import replace

from models import calendar, policies
from models.calendar import InspectionPeriod
from models.db import Session
from rules.inspections import in_force
from rules.ladder import Period
from rules.working_days import WorkingDays
from services.campaign import Campaign


async def current_campaign(session: Session, campaign: Campaign) -> Campaign:
    """The campaign with the days, the 迎检 periods and the ladder's policy that the office has set.

    The code that opens a transaction calls this there. So an import counts at once, and nothing changes in
    the middle of a use case.
    """
    known = await calendar.known(session)
    if known.days != campaign.calendar.overrides:
        campaign = replace(campaign, calendar=WorkingDays(known.days))
    periods = tuple(filter(None, (_period(said, campaign) for said in known.inspections)))
    if periods != campaign.inspections:
        campaign = replace(campaign, inspections=periods)
    if known.policy != campaign.policy.version:
        campaign = replace(campaign, policy=await policies.current(session))
    return campaign


def _period(said: InspectionPeriod, campaign: Campaign) -> Period | None:
    ended = None if said.ended_at is None else campaign.today(said.ended_at)
    return in_force((said.first, said.last), campaign.today(said.made_at), ended)
