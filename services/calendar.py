"""The days and rules that the office has set, and the alarm before the calendar ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from locales import Text
from models import calendar
from models.calendar import InspectionPeriod
from models.db import Session
from models.nags import policies
from reports.formats import day_text
from rules.nags.inspections import in_force
from rules.nags.ladder import Period
from rules.working_days import WorkingDays
from services import office_notices
from services.campaign import Campaign
from services.turn import TickTurn
from services.views import View


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


AHEAD: Final = timedelta(days=45)


def is_alarm_due(now: datetime, campaign: Campaign) -> bool:
    """Whether the calendar ends within 45 days, with the later years that the office has entered."""
    return campaign.today(now) + AHEAD >= campaign.calendar.known_until


async def alarm_tick(turn: TickTurn) -> bool:
    """Tell the office once a week, in its waking hours; returns whether there was something to tell."""
    if not is_alarm_due(turn.now, turn.campaign) or not turn.campaign.quiet.allows(
        turn.now, turn.campaign.zone, turn.campaign.calendar
    ):
        return False
    end = turn.campaign.calendar.known_until
    week = turn.today.isocalendar()
    lines = [
        Text("calendar.ends", year=end.year + 1, end=day_text(end)),
        Text("calendar.what_to_do", year=end.year + 1),
    ]
    await office_notices.tell(
        turn.session, f"calendar-alarm:{week.year}-W{week.week:02}", View(lines), now=turn.now
    )
    return True


def fallback_lines(day: date, campaign: Campaign) -> list[Text]:
    """The note that nobody knows yet whether ``day`` is a working day."""
    return [Text("common.calendar_fallback", year=day.year)] if campaign.calendar.is_fallback(day) else []
