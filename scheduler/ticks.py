"""The table of ticks: what happens by the clock. Each tick is safe to run at any time, twice, or late."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog

from services import calendar, office_notices, retention
from services.groups import evening_tallies, group_digests, push_previews
from services.importing.jobs import import_jobs
from services.nags import inspections, nag_engine
from services.notices import notice_readers
from services.office import monthly_papers
from services.retention import RetentionRule
from services.tallies import brief_pushes
from services.turn import TickTurn

log = structlog.get_logger(__name__)
Run = Callable[[TickTurn], Coroutine[Any, Any, object]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A named tick. ``every``: seconds between two looks; the database, not this timer, says what is due.

    ``run`` may do a part and return a ``TickStep``; then the rest follows at once, in other transactions.
    ``deletes``: what it does in a wrong time cannot be made good.
    """

    name: str
    every: float
    run: Run
    deletes: bool = False


_SIX_HOURS: Final = 6 * 3600.0


def _forgetting(rule: RetentionRule) -> Tick:
    async def run(turn: TickTurn) -> None:
        count = await rule.run(turn)
        if count:
            log.info("what is over is deleted", kind=rule.name, rows=count)

    return Tick(f"old {rule.name}", _SIX_HOURS, run, deletes=True)


# A tick each: what cannot be deleted holds up nothing else.
HOUSEKEEPING: Final = (
    Tick("previews", _SIX_HOURS, import_jobs.expire_previews, deletes=True),
    *(_forgetting(rule) for rule in retention.RULES),
)
# Each says something to people, at its slots.
SAYING: Final = (
    Tick("brief", 20.0, brief_pushes.brief_step),
    Tick("foresight", 20.0, push_previews.preview_tick),
    Tick("nags", 20.0, nag_engine.step),
    Tick("digest", 20.0, group_digests.digest_tick),
    Tick("papers", 20.0, monthly_papers.papers_tick),
    Tick("tally", 20.0, evening_tallies.tally_tick),
    Tick("office notices", 20.0, office_notices.tick),
    Tick("notices", 5.0, notice_readers.tick),
    Tick("notice readers", 120.0, notice_readers.look_again),
    Tick("countdown", 20.0, inspections.countdown_tick),
    Tick("calendar", 3600.0, calendar.alarm_tick),
)
TICKS: Final = (*SAYING, *HOUSEKEEPING)
