"""The table of ticks: what happens by the clock. Each tick is safe to run at any time, twice, or late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services import Session, buttons, calendar, message_subjects, once_a_day
from services.campaign import Campaign
from services.groups import evening_tallies
from services.importing.jobs import import_jobs
from services.nags import inspections, nag_engine
from services.tallies import briefs
from services.turn import TickTurn

Run = Callable[[Session, datetime, Campaign], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A named tick. ``every``: seconds between two looks; the database, not this timer, says what is due."""

    name: str
    every: float
    run: Run


async def _nags(session: Session, now: datetime, campaign: Campaign) -> object:
    return await nag_engine.tick(TickTurn(session, now, campaign))


async def _brief(session: Session, now: datetime, campaign: Campaign) -> object:
    return await briefs.brief_tick(TickTurn(session, now, campaign))


async def _tally(session: Session, now: datetime, campaign: Campaign) -> object:
    return await evening_tallies.tally_tick(TickTurn(session, now, campaign))


async def _countdown(session: Session, now: datetime, campaign: Campaign) -> object:
    return await inspections.countdown_tick(TickTurn(session, now, campaign))


async def _calendar(session: Session, now: datetime, campaign: Campaign) -> object:
    return await calendar.alarm_tick(TickTurn(session, now, campaign))


async def _housekeeping(session: Session, now: datetime, campaign: Campaign) -> object:
    await buttons.forget_old(session, now)
    await message_subjects.forget_old_messages(session, now)
    await import_jobs.tidy(session, now=now)
    await once_a_day.forget_old(session, now)
    return await message_subjects.forget_old_updates(session, now)


TICKS: Final = (
    Tick("brief", 20.0, _brief),
    Tick("nags", 20.0, _nags),
    Tick("tally", 20.0, _tally),
    Tick("countdown", 20.0, _countdown),
    Tick("calendar", 3600.0, _calendar),
    Tick("housekeeping", 6 * 3600.0, _housekeeping),
)
