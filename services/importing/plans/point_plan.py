"""From the known places of a file to a plan, and from the plan to the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from locales import Text, plain
from models import people
from models.cases import categories
from models.cases.categories import InspectionPoint
from models.db import Session
from rules.people.typed_names import normalise
from services.importing.plans.register_plan import (
    PlannedLine,
    RegisterPlan,
    changes_of,
    missing_of,
    planned,
    write_register,
)
from services.importing.plans.remarks import change_text
from services.importing.rows.point_rows import ParsedPoints, PointColumn, PointRow
from services.importing.rows.sheet_lines import column_name
from services.unit_use import require_in_use

C = PointColumn
Line = PlannedLine[PointRow]


@dataclass(frozen=True, slots=True)
class PointPlan(RegisterPlan[PointRow]):
    """What importing a file of places would do."""

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "points": [_json(line, locale) for line in self.lines],
            "refused": self.refused_json(locale),
            "missing": [{"unit": unit, "name": name} for unit, name in self.missing.values()],
        }


def _json(line: Line, locale: str) -> dict[str, object]:
    row = line.row
    return {
        "name": row.name,
        "unit": row.unit,
        "address": row.address,
        "longitude": row.place.longitude if row.place else None,
        "latitude": row.place.latitude if row.place else None,
        "status": line.status,
        "warnings": [plain(warning, locale) for warning in row.warnings],
        "row": row.row,
    }


async def plan_points(session: Session, parsed: ParsedPoints) -> PointPlan:
    """Compare the lines with the places that are stored already."""
    units = await people.all_units(session, retired=True)
    names = {unit.id: unit.name for unit in units}
    ids = {unit.name: unit.id for unit in units if unit.id is not None and unit.retired_at is None}
    stored = await _stored(session)
    lines = [planned(row, stored.get(row.key), _fields(row, ids)) for row in parsed.rows]
    missing = missing_of(stored, parsed.rows, parsed.refused)
    named = {key: (names[one.unit_id], one.name) for key, one in missing.items()}
    changes = changes_of(lines, stored, lambda entry, after: _texts(entry, after, names))
    return PointPlan(lines, parsed.refused, named, parsed.notices, changes=changes)


def _texts(
    entry: InspectionPoint, after: Mapping[str, Any], names: Mapping[int | None, str]
) -> Iterator[Text]:
    """What changes of a place, old → new."""
    if "unit_id" in after:
        yield change_text(column_name(C.UNIT), names[entry.unit_id], names[after["unit_id"]])
    if "address" in after:
        yield change_text(column_name(C.ADDRESS), entry.address, after["address"])
    if {"latitude", "longitude"} & after.keys():
        old = None if entry.longitude is None else f"{entry.longitude:.6f},{entry.latitude:.6f}"
        east, north = after.get("longitude", entry.longitude), after.get("latitude", entry.latitude)
        yield change_text(column_name(C.COORDINATES), old, f"{east:.6f},{north:.6f}")


async def apply_points(
    session: Session, plan: PointPlan, *, now: datetime, actor_id: int | None = None
) -> None:
    """Write the whole plan in the caller's transaction."""

    def make(line: Line) -> InspectionPoint:
        return InspectionPoint(name=line.row.name, updated_at=now, **line.fields)

    await require_in_use(session, [line.fields["unit_id"] for line in plan.lines])
    stored = await _stored(session)
    subject = "inspection_point"
    await write_register(session, plan, stored, make, subject=subject, now=now, actor_id=actor_id)


async def _stored(session: Session) -> dict[str, InspectionPoint]:
    return {normalise(one.name): one for one in await categories.all_points(session)}


def _fields(row: PointRow, ids: Mapping[str, int]) -> dict[str, object]:
    """The fields that the line states; a blank address or position deletes nothing."""
    fields: dict[str, Any] = {"unit_id": ids[row.unit]}
    if row.address is not None:
        fields["address"] = row.address
    if row.place is not None:
        fields |= {"latitude": row.place.latitude, "longitude": row.place.longitude}
    return fields
