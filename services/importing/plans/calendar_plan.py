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
from services.importing.plans.remarks import Remark, change_text
from services.importing.rows.calendar_rows import CalendarColumn, DayRow, ParsedCalendar, RefusedDay
from services.importing.rows.line_refs import LineRef
from services.importing.rows.sheet_lines import column_name

Status = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """What importing a file would do. Days that the file lacks are left alone."""

    days: Sequence[tuple[DayRow, Status]]
    refused: Sequence[RefusedDay]
    notices: Sequence[Text]
    changes: Sequence[Remark] = ()

    @property
    def added(self) -> list[Remark]:
        """Every new day, worked or free."""
        return [
            Remark(LineRef(0, row.row), row.day.isoformat(), [_working_text(row.working)])
            for row, status in self.days
            if status == "new"
        ]

    @property
    def warned(self) -> list[Remark]:
        return []

    @property
    def absent(self) -> list[Remark]:
        """Days that the file lacks are left alone; there are too many to list."""
        return []

    @property
    def changes_anything(self) -> bool:
        return bool(self.to_write())

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
    changes = [_change(row, there[row.day]) for row, status in days if status == "changed"]
    return CalendarPlan(days, parsed.refused, parsed.notices, changes)


def _change(row: DayRow, stored: WorkingDayOverride) -> Remark:
    found = []
    if stored.working is not row.working:
        old, new = (_working_text(working) for working in (stored.working, row.working))
        found.append(change_text(column_name(CalendarColumn.WORKING), old, new))
    if row.note not in {"", stored.note}:
        found.append(change_text(column_name(CalendarColumn.NOTE), stored.note, row.note))
    return Remark(LineRef(0, row.row), row.day.isoformat(), found)


def _status(row: DayRow, stored: WorkingDayOverride | None) -> Status:
    if stored is None:
        return "new"
    # A blank 说明 deletes nothing.
    same = stored.working is row.working and row.note in {"", stored.note}
    return "unchanged" if same else "changed"


def _working_text(working: bool) -> Text:
    return Text(f"importing.change.working.{'true' if working else 'false'}")


async def apply_calendar(
    session: Session, plan: CalendarPlan, *, now: datetime, actor_id: int | None = None
) -> None:
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
        audit.record(
            session, "import", ("calendar", None), now=now, actor_id=actor_id, before=before, after=after
        )
        await rescan.look_again(session, now)
    await session.flush()


def _described(stored: WorkingDayOverride) -> dict[str, object]:
    return {"working": stored.working, "note": stored.note}
