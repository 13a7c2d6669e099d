"""What the ticks of a past span would have said: a restore plays them, since the lost program did say it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from services import Session, calendar
from services.campaign import Campaign
from services.groups import evening_tallies
from services.nags import inspections, nag_engine
from services.tallies import briefs
from services.turn import TickTurn

log = structlog.get_logger(__name__)
_STEP: Final = timedelta(hours=1)
_SAYING: Final = (
    briefs.brief_tick,
    nag_engine.catch_up,
    evening_tallies.tally_tick,
    inspections.countdown_tick,
    calendar.alarm_tick,
)


async def play(session: Session, campaign: Campaign, since: datetime, until: datetime) -> None:
    """Do what was due between the two moments, hour by hour, so that its slots are done.

    The caller sees to it that nothing of it goes out. A tick that fails holds up nothing else.
    """
    at = since
    while at < until:
        at = min(at + _STEP, until)
        for tick in _SAYING:
            try:
                async with session.begin_nested():
                    await tick(TickTurn(session, at, campaign))
            except Exception:
                log.exception("tick failed", tick=tick.__module__, at=at.isoformat())
