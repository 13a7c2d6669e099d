"""From the days of a file to a plan, and from the plan to the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from locales import Text, plain
from models import calendar
from models.calendar import WorkingDayOverride
from models.db import Session
from services import audit, rescan
from services.importing.rows.calendar_rows import DayRow, ParsedCalendar, RefusedDay

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """What importing a file would do. Days that the file lacks are left alone."""

    days: Sequence[tuple[DayRow, Status]]
    refused: Sequence[RefusedDay]
    notices: Sequence[Text]

    def count(self, status: Status) -> int:
        return sum(found == status for _, found in self.days)

    def to_write(self) -> list[DayRow]:
        return [row for row, status in self.days if status != "unchanged"]

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "days": [
                {
                    "day": row.day.isoformat(),
                    "working": row.working,
                    "note": row.note or None,
                    "status": status,
                    "row": row.row,
                }
                for row, status in self.days
            ],
            "refused": [
                {
                    "row": row.row,
                    "text": row.text,
                    "reasons": [plain(reason, locale) for reason in row.reasons],
                }
                for row in self.refused
            ],
        }


async def plan_calendar(session: Session, parsed: ParsedCalendar) -> CalendarPlan:
    """Compare the days with those that are stored already."""
    there = await calendar.override_rows(session)
    days = [(row, _status(row, there.get(row.day))) for row in parsed.days]
    return CalendarPlan(days, parsed.refused, parsed.notices)


def _status(row: DayRow, stored: WorkingDayOverride | None) -> Status:
    if stored is None:
        return "new"
    # A blank 说明 deletes nothing.
    same = stored.working is row.working and row.note in {"", stored.note}
    return "unchanged" if same else "changed"


async def apply_calendar(session: Session, plan: CalendarPlan, *, now: datetime) -> None:
    """Write the whole plan in the caller's transaction, and let nags and colours be decided anew.

    What was planned for a day that is now free, or after a day that is now worked, moves. Time limits that
    people were told stay.
    """
    there = await calendar.override_rows(session)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for row in plan.to_write():
        stored = there.get(row.day)
        before[row.day.isoformat()] = None if stored is None else _described(stored)
        if stored is None:
            stored = WorkingDayOverride(day=row.day, working=row.working, updated_at=now)
            session.add(stored)
        stored.working, stored.note, stored.updated_at = row.working, row.note or stored.note, now
        after[row.day.isoformat()] = _described(stored)
    if after:
        audit.record(session, "import", ("calendar", None), now=now, before=before, after=after)
        await rescan.look_again(session, now)
    await session.flush()


def _described(stored: WorkingDayOverride) -> dict[str, object]:
    return {"working": stored.working, "note": stored.note}
