"""A fresh look at all tasks and cases: the next scan decides them anew.

That is needed after the office changed a rule, and after the clock was wrong.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from models import wrong_time
from models.cases import case_due
from models.db import Session
from models.delivery import pauses
from models.tasks import task_due
from rules.clock_trust import WRONG_FROM
from rules.tally_hours import TallyHour
from services.turn import TickTurn

log = structlog.get_logger(__name__)


async def look_again(session: Session, now: datetime, *, seen: bool = False) -> None:
    """Mark tasks first, then cases, in everybody's locking order.

    ``seen``: see ``models.tasks.task_due.look_again``.
    """
    await task_due.look_again(session, now, seen=seen)
    await case_due.look_again(session, now, seen=seen)


async def ran_ahead(turn: TickTurn) -> bool:
    """Whether ticks ran in a time to come: the clock was ahead then or is behind now.

    By less than an hour nothing of it matters: ticks are followed then, too.
    """
    last = await wrong_time.last_tick(turn.session)
    return last is not None and last > turn.now + WRONG_FROM


async def after_wrong_time(turn: TickTurn) -> None:
    """Undo the marks of ticks that ran in a time to come. The caller is sure that the clock is right now.

    What was seen to then is looked at anew, and what was sent is not sent again.
    """
    session, now, today = turn.session, turn.now, turn.today
    await wrong_time.forget_marks(session, now, today)
    await wrong_time.forget_promises(session, now, today)
    await wrong_time.forget_pictures(session, now, today)
    await wrong_time.forget_push_notes(session, now, today)
    nags = await wrong_time.forget_nags(session, now)
    await wrong_time.forget_scans(session, now, turn.campaign.midnight(today))
    last = {hour: turn.campaign.last_tally(now, hour) for hour in TallyHour}
    await wrong_time.forget_tallies(session, now, today, last)
    await wrong_time.forget_told_topics(session, now)
    await pauses.cut_pauses(session, now)
    await look_again(session, now)
    log.warning("ticks ran while the clock was ahead: all is looked at anew", nags=nags)
