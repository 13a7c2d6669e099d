"""How often a leader wants the brief: every working day or once a week. Their last choice is in the audit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

from models import audit_log
from models.db import Session
from rules.working_days import WorkingDays
from services import audit
from services.turn import Turn

_EVENT = "brief"


class BriefRhythm(StrEnum):
    """每个工作日, or 每周: on the first working day of each week."""

    DAILY = "daily"
    WEEKLY = "weekly"


async def rhythms(session: Session, contact_ids: Collection[int]) -> dict[int, BriefRhythm]:
    """What these people chose, by their id; who is not in it gets the brief every working day."""
    rows = await audit_log.last_of_each(session, "contact", contact_ids, _EVENT)
    return {row.subject_id: BriefRhythm(row.after["brief"]) for row in rows if row.subject_id and row.after}


async def of(turn: Turn) -> BriefRhythm:
    """The reader's own."""
    return (await rhythms(turn.session, [turn.actor.id])).get(turn.actor.id, BriefRhythm.DAILY)


async def choose(turn: Turn, wanted: BriefRhythm) -> None:
    before = await of(turn)
    if wanted is not before:
        said = {"before": {"brief": before.value}, "after": {"brief": wanted.value}}
        audit.note(turn, _EVENT, ("contact", turn.actor.id), **said)


def brief_before(day: date, rhythm: BriefRhythm, calendar: WorkingDays) -> date | None:
    """The working day of the brief before that of ``day``; None: there is no brief on ``day``."""
    before = calendar.before(day, 1)
    if rhythm is BriefRhythm.DAILY:
        return before
    if _week(before) == _week(day):
        return None
    first = before - before.weekday() * timedelta(days=1)
    return first if calendar.is_working_day(first) else calendar.add(first, 1)


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]
