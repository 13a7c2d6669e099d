"""What the ticks of a past span would have said: a restore plays them, since the lost program did say it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from scheduler.ticks import SAYING
from services import Session
from services.campaign import Campaign
from services.nags import nag_engine
from services.tallies import brief_pushes
from services.turn import TickTurn

log = structlog.get_logger(__name__)
_STEP: Final = timedelta(hours=1)
# A step leaves much to the next one, and here there is none.
_WHOLE: Final = {"nags": nag_engine.tick, "brief": brief_pushes.brief_tick}


async def play(session: Session, campaign: Campaign, since: datetime, until: datetime) -> None:
    """Do what was due between the two moments, hour by hour, so that its slots are done.

    The caller sees to it that nothing of it goes out. A tick that fails holds up nothing else.
    """
    at = since
    while at < until:
        at = min(at + _STEP, until)
        for tick in SAYING:
            run = _WHOLE.get(tick.name, tick.run)
            try:
                async with session.begin_nested():
                    await run(TickTurn(session, at, campaign))
            except Exception:
                log.exception("tick failed", tick=tick.name, at=at.isoformat())
