"""What happens by the clock: a table of named ticks. Each is safe to run at any time, twice, or late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services import Session, buttons, jobs, messages, nags, summaries, told
from services.campaign import Campaign
from services.cases import colours

Run = Callable[[Session, datetime, Campaign], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """``every``: seconds between two looks. What is due is found in the database, not by this timer."""

    name: str
    every: float
    run: Run


async def _nags(session: Session, now: datetime, campaign: Campaign) -> object:
    return await nags.tick(session, now=now, campaign=campaign)


async def _cases(session: Session, now: datetime, campaign: Campaign) -> object:
    return await colours.tick(session, now=now, campaign=campaign)


async def _brief(session: Session, now: datetime, campaign: Campaign) -> object:
    return await summaries.brief_tick(session, now=now, campaign=campaign)


async def _tally(session: Session, now: datetime, campaign: Campaign) -> object:
    return await summaries.tally_tick(session, now=now, campaign=campaign)


async def _housekeeping(session: Session, now: datetime, campaign: Campaign) -> object:
    await buttons.forget_old(session, now)
    await messages.forget_old_messages(session, now)
    await jobs.tidy(session, now=now)
    await told.forget_old(session, now)
    return await messages.forget_old_updates(session, now)


TICKS: Final = (
    Tick("brief", 20.0, _brief),
    Tick("nags", 20.0, _nags),
    Tick("cases", 20.0, _cases),
    Tick("tally", 20.0, _tally),
    Tick("housekeeping", 6 * 3600.0, _housekeeping),
)
