"""Sheets that hold a whole list, such as categories or known places.

What a sheet leaves out is no longer in use, but is never deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from locales import Text, plain
from models.db import Session
from services import audit

Status = Literal["new", "changed", "unchanged"]


class RegisteredEntry(Protocol):
    """A row of the list as the database has it."""

    id: int | None
    name: str
    active: bool
    updated_at: datetime


class SheetEntry(Protocol):
    """A line of the sheet."""

    @property
    def row(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def warnings(self) -> tuple[Text, ...]: ...
    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=SheetEntry)
K = TypeVar("K", bound=RegisteredEntry)


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A refused line, with every reason.

    ``key``: the key that it would have, as far as the line states it.
    """

    row: int
    name: str
    key: str
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class PlannedLine(Generic[R]):
    """``fields``: what the sheet states; what it leaves blank stays as it is."""

    row: R
    status: Status
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RegisterPlan(Generic[R]):
    """What importing a file would do.

    ``missing``: key → (area or unit, name) of the rows in use that the file lacks; they go out of use.
    ``moved``: the order has changed.
    """

    lines: Sequence[PlannedLine[R]]
    refused: Sequence[RefusedLine]
    missing: Mapping[str, tuple[str, str]]
    notices: Sequence[Text]
    moved: bool = False

    def count(self, status: Status) -> int:
        return sum(line.status == status for line in self.lines)

    @property
    def changes_anything(self) -> bool:
        return self.moved or bool(self.missing) or any(line.status != "unchanged" for line in self.lines)

    def refused_json(self, locale: str) -> list[dict[str, object]]:
        return [
            {"row": one.row, "name": one.name, "reasons": [plain(reason, locale) for reason in one.reasons]}
            for one in self.refused
        ]


def planned(row: R, stored: RegisteredEntry | None, fields: Mapping[str, object]) -> PlannedLine[R]:
    """Compare a line with the stored row."""
    if stored is None:
        return PlannedLine(row, "new", fields)
    same = stored.active and not _changes(stored, fields)
    return PlannedLine(row, "unchanged" if same else "changed", fields)


def missing_of(
    stored: Mapping[str, K], rows: Collection[SheetEntry], refused: Collection[RefusedLine]
) -> dict[str, K]:
    """The rows in use that the file lacks, by key.

    A refused line still counts as part of the file. A file without any readable line says nothing about what
    it leaves out.
    """
    if not rows:
        return {}
    there = {row.key for row in rows} | {one.key for one in refused}
    return {key: one for key, one in stored.items() if one.active and key not in there}


async def write_register(
    session: Session,
    plan: RegisterPlan[R],
    stored: Mapping[str, K],
    make: Callable[[PlannedLine[R]], K],
    *,
    subject: str,
    now: datetime,
) -> dict[str, K]:
    """Write the whole plan in the caller's transaction, and return all rows of the file by key.

    Each row that is new, changed or out of use gets an audit row. The plan may be older: what is stored now
    decides.
    """
    made = {line.row.key: make(line) for line in plan.lines if line.row.key not in stored}
    session.add_all(made.values())
    await session.flush()
    for line in plan.lines:
        if line.row.key in made:
            _record(session, subject, made[line.row.key], None, line.fields, now)
        else:
            _change(session, subject, stored[line.row.key], {**line.fields, "active": True}, now)
    for key in plan.missing:
        if key in stored:
            _change(session, subject, stored[key], {"active": False}, now)
    await session.flush()
    return {line.row.key: made.get(line.row.key) or stored[line.row.key] for line in plan.lines}


def _changes(stored: RegisteredEntry, fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if getattr(stored, name) != value}


def _change(
    session: Session, subject: str, stored: RegisteredEntry, fields: Mapping[str, object], now: datetime
) -> None:
    after = _changes(stored, fields)
    if not after:
        return
    before = {name: getattr(stored, name) for name in after}
    for name, value in after.items():
        setattr(stored, name, value)
    stored.updated_at = now
    _record(session, subject, stored, before, after, now)


def _record(
    session: Session,
    subject: str,
    stored: RegisteredEntry,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    now: datetime,
) -> None:
    shown = None if before is None else _shown(before)
    audit.record(session, "import", (subject, stored.id), now=now, before=shown, after=_shown(after))


def _shown(fields: Mapping[str, object]) -> dict[str, object]:
    """Field values as JSON for the audit."""
    return {
        name: value if value is None or isinstance(value, int | float | str) else str(value)
        for name, value in fields.items()
    }
