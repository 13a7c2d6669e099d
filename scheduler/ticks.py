"""The table of ticks: what happens by the clock. Each tick is safe to run at any time, twice, or late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from services import buttons, calendar, message_subjects, once_a_day
from services.groups import evening_tallies
from services.importing.jobs import import_jobs
from services.nags import inspections, nag_engine
from services.tallies import briefs
from services.turn import TickTurn

Run = Callable[[TickTurn], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A named tick. ``every``: seconds between two looks; the database, not this timer, says what is due."""

    name: str
    every: float
    run: Run


async def _housekeeping(turn: TickTurn) -> object:
    session, now = turn.session, turn.now
    await buttons.forget_old(session, now)
    await message_subjects.forget_old_messages(session, now)
    await import_jobs.tidy(session, now=now)
    await once_a_day.forget_old(session, now)
    return await message_subjects.forget_old_updates(session, now)


TICKS: Final = (
    Tick("brief", 20.0, briefs.brief_tick),
    Tick("nags", 20.0, nag_engine.tick),
    Tick("tally", 20.0, evening_tallies.tally_tick),
    Tick("countdown", 20.0, inspections.countdown_tick),
    Tick("calendar", 3600.0, calendar.alarm_tick),
    Tick("housekeeping", 6 * 3600.0, _housekeeping),
)
