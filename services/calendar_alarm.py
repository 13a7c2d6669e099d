"""The alarm before the known calendar ends: the office has to enter next year's days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from locales import Text
from models.db import Session
from reports.formats import day_text
from services import outbox
from services.campaign import Campaign
from services.views import View

AHEAD: Final = timedelta(days=45)


def is_alarm_due(now: datetime, campaign: Campaign) -> bool:
    """Whether the calendar ends within 45 days, with the later years that the office has entered."""
    return campaign.today(now) + AHEAD >= campaign.calendar.known_until


async def alarm_tick(session: Session, *, now: datetime, campaign: Campaign) -> bool:
    """Tell the office once a week, in its waking hours; returns whether there was something to tell."""
    if not is_alarm_due(now, campaign) or not campaign.quiet.allows(now, campaign.zone, campaign.calendar):
        return False
    end = campaign.calendar.known_until
    week = campaign.today(now).isocalendar()
    lines = [
        Text("calendar.ends", year=end.year + 1, end=day_text(end)),
        Text("calendar.what_to_do", year=end.year + 1),
    ]
    await outbox.tell_office(session, f"calendar-alarm:{week.year}-W{week.week:02}", View(lines), now=now)
    return True


def fallback_lines(day: date, campaign: Campaign) -> list[Text]:
    """The note that nobody knows yet whether ``day`` is a working day."""
    return [Text("common.calendar_fallback", year=day.year)] if campaign.calendar.is_fallback(day) else []
