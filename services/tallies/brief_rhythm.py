"""How often a leader wants the brief: every working day or once a week. Their last choice is in the audit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from models import audit_log
from models.db import Session
from rules.slots import latest_slot, local_date, local_slot
from rules.working_days import WorkingDays
from services import audit
from services.turn import Turn

_EVENT = "brief"


class BriefRhythm(StrEnum):
    """每个工作日, or 每周: on the first working day of each week."""

    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class ChosenRhythm:
    """A leader's choice, and the local day since which it holds.

    None: they never chose, or took back a choice before any brief came by it.
    """

    rhythm: BriefRhythm = BriefRhythm.DAILY
    since: date | None = None


async def rhythms(session: Session, contact_ids: Collection[int], zone: ZoneInfo) -> dict[int, ChosenRhythm]:
    """What these people chose, by their id; who is not in it gets the brief every working day."""
    rows = await audit_log.last_of_each(session, "contact", contact_ids, _EVENT)
    return {
        row.subject_id: ChosenRhythm(
            BriefRhythm(row.after["brief"]),
            local_date(row.at, zone) if row.after.get("went_out", True) else None,
        )
        for row in rows
        if row.subject_id and row.after
    }


async def of(turn: Turn) -> BriefRhythm:
    """The reader's own."""
    found = await rhythms(turn.session, [turn.actor.id], turn.campaign.zone)
    return found.get(turn.actor.id, ChosenRhythm()).rhythm


async def choose(turn: Turn, wanted: BriefRhythm) -> None:
    before = await of(turn)
    if wanted is before:
        return
    rows = await audit_log.last_of_each(turn.session, "contact", [turn.actor.id], _EVENT)
    calendar, slots = turn.campaign.calendar, turn.campaign.slots
    slot_day = latest_slot(turn.now, slots.brief, turn.campaign.zone, calendar.is_working_day)
    hour = None if slot_day is None else local_slot(slot_day, slots.brief, turn.campaign.zone)
    # Of a choice that is taken back before the next brief's hour no brief has come.
    went_out = not rows or (hour is not None and hour > rows[0].at)
    after = {"brief": wanted.value, "went_out": went_out}
    audit.note(turn, _EVENT, ("contact", turn.actor.id), before={"brief": before.value}, after=after)


def brief_before(day: date, chosen: ChosenRhythm, calendar: WorkingDays) -> date | None:
    """The working day of the brief before that of ``day``; None: there is no brief on ``day``.

    The first daily brief after weekly ones goes back to the last weekly one, so that no day is left out.
    """
    before = calendar.before(day, 1)
    if chosen.rhythm is BriefRhythm.WEEKLY:
        return None if _week(before) == _week(day) else _first_of_week(before, calendar)
    if chosen.since is not None and before <= chosen.since < day:
        return _last_weekly(chosen.since, calendar)
    return before


def _last_weekly(day: date, calendar: WorkingDays) -> date:
    """The day of the last weekly brief on or before ``day``."""
    first = _first_of_week(day, calendar)
    return first if first <= day else _first_of_week(calendar.before(first, 1), calendar)


def _first_of_week(day: date, calendar: WorkingDays) -> date:
    """The first working day from that week's Monday on."""
    first = day - day.weekday() * timedelta(days=1)
    return first if calendar.is_working_day(first) else calendar.add(first, 1)


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]
