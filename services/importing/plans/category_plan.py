"""From the categories of a file to a plan, and from the plan to the table.

Cases keep the limit, standard and indicator with which they were reported, so nothing here touches them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from locales import Text, plain
from models import people
from models.cases import categories
from models.cases.categories import Category
from models.db import Session
from rules.cases.time_limits import TimeLimit
from services.directory_names import tier_text
from services.importing.plans.register_plan import (
    PlannedLine,
    RegisterPlan,
    changes_of,
    missing_of,
    planned,
    write_register,
)
from services.importing.plans.remarks import change_text
from services.importing.rows.category_rows import (
    CategoryColumn,
    CategoryRow,
    ParsedCategories,
    category_key,
    limit_text,
)
from services.importing.rows.sheet_lines import column_name
from services.unit_use import require_in_use

C = CategoryColumn
_LIMIT: Final = ("limit_amount", "limit_unit")
Line = PlannedLine[CategoryRow]


@dataclass(frozen=True, slots=True)
class CategoryPlan(RegisterPlan[CategoryRow]):
    """What importing a file of categories would do."""

    def to_json(self, locale: str) -> dict[str, object]:
        return {
            "categories": [_json(line, locale) for line in self.lines],
            "refused": self.refused_json(locale),
            "missing": [{"area": area, "name": name} for area, name in self.missing.values()],
        }


def _json(line: Line, locale: str) -> dict[str, object]:
    row = line.row
    return {
        "area": row.area,
        "name": row.name,
        "unit": row.unit,
        "tier": row.tier.value if row.tier else None,
        "limit_amount": _number(row.limit.amount),
        "limit_unit": row.limit.unit.value,
        "standard": row.standard,
        "indicator": row.indicator,
        "radius_m": row.radius_m,
        "status": line.status,
        "warnings": [plain(warning, locale) for warning in row.warnings],
        "row": row.row,
    }


def _number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


async def plan_categories(session: Session, parsed: ParsedCategories) -> CategoryPlan:
    """Compare the lines with the categories that are stored already."""
    units = await people.all_units(session, retired=True)
    names = {unit.id: unit.name for unit in units}
    ids = {unit.name: unit.id for unit in units if unit.retired_at is None}
    stored = await _stored(session)
    lines = [planned(row, stored.get(row.key), _fields(row, ids)) for row in parsed.rows]
    missing = missing_of(stored, parsed.rows, parsed.refused)
    moved = _moved(lines, stored)
    notices = [*parsed.notices, *_notices(lines, stored, moved=moved)]
    named = {key: (one.area, one.name) for key, one in missing.items()}
    changes = changes_of(lines, stored, lambda entry, after: _texts(entry, after, names))
    return CategoryPlan(lines, parsed.refused, named, notices, moved, changes)


def _texts(entry: Category, after: Mapping[str, Any], names: Mapping[int | None, str]) -> Iterator[Text]:
    """What changes of a category, old → new."""

    def changed(*fields: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        if not set(fields) & after.keys():
            return None
        old = {field: getattr(entry, field) for field in fields}
        return old, {field: after.get(field, value) for field, value in old.items()}

    if pair := changed("unit_id", "tier"):
        yield change_text(column_name(C.UNIT), *(_owner(one, names) for one in pair))
    if pair := changed("limit_amount", "limit_unit"):
        yield change_text(column_name(C.LIMIT), *(_limit_text(one) for one in pair))
    for field, column in (("standard", C.STANDARD), ("indicator", C.INDICATOR)):
        if field in after:
            yield change_text(column_name(column), getattr(entry, field), after[field])
    if "radius_m" in after:
        yield change_text(column_name(C.RADIUS), str(entry.radius_m), str(after["radius_m"]))


def _owner(fields: Mapping[str, Any], names: Mapping[int | None, str]) -> Text | str:
    tier = fields["tier"]
    if tier is None:
        return names[fields["unit_id"]]
    return Text("importing.change.unit_of_place", tier=tier_text(tier))


def _limit_text(fields: Mapping[str, Any]) -> Text:
    return limit_text(TimeLimit(fields["limit_amount"], fields["limit_unit"]))


async def apply_categories(
    session: Session, plan: CategoryPlan, *, now: datetime, actor_id: int | None = None
) -> None:
    """Write the whole plan in the caller's transaction. The categories get the order of the sheet."""

    def make(line: Line) -> Category:
        return Category(area=line.row.area, name=line.row.name, updated_at=now, **line.fields)

    await require_in_use(session, [line.fields["unit_id"] for line in plan.lines])
    stored = await _stored(session)
    written = await write_register(
        session, plan, stored, make, subject="category", now=now, actor_id=actor_id
    )
    for position, line in enumerate(plan.lines):
        written[line.row.key].position = position
    await session.flush()


async def _stored(session: Session) -> dict[str, Category]:
    return {category_key(one.area, one.name): one for one in await categories.all_categories(session)}


def _fields(row: CategoryRow, ids: Mapping[str, int | None]) -> dict[str, object]:
    """The fields that the line states; a blank 测评指标 or 查重半径 deletes nothing."""
    fields: dict[str, Any] = {
        "unit_id": ids[row.unit] if row.unit else None,
        "tier": row.tier,
        "limit_amount": row.limit.amount,
        "limit_unit": row.limit.unit,
        "standard": row.standard,
    }
    if row.indicator is not None:
        fields["indicator"] = row.indicator
    if row.radius_m is not None:
        fields["radius_m"] = row.radius_m
    return fields


def _moved(lines: Sequence[Line], stored: Mapping[str, Category]) -> bool:
    """Whether the categories that were stored already now have another order."""
    known = [stored[line.row.key].position for line in lines if line.row.key in stored]
    return any(one > other for one, other in pairwise(known))


def _notices(lines: Sequence[Line], stored: Mapping[str, Category], *, moved: bool) -> list[Text]:
    known = [(line.fields, stored[line.row.key]) for line in lines if line.row.key in stored]
    limits = sum(any(getattr(one, name) != fields[name] for name in _LIMIT) for fields, one in known)
    found = [Text("importing.notice.new_limits", count=limits)] if limits else []
    if moved:
        found.append(Text("importing.notice.new_order"))
    return found
