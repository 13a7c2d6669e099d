"""Sheets that hold a whole list, such as categories or known places.

What a sheet leaves out is no longer in use, but is never deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from locales import Text
from models.db import Session
from services import audit
from services.importing.plans.remarks import Remark
from services.importing.rows.line_refs import LineRef
from services.importing.rows.sheet_lines import RefusedLine

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
class PlannedLine(Generic[R]):
    """``fields``: what the sheet states; what it leaves blank stays as it is."""

    row: R
    status: Status
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RegisterPlan(Generic[R]):
    """What importing a file would do.

    ``missing``: key → (area or unit, name) of the rows in use that the file lacks; they go out of use.
    ``moved``: the order has changed. ``changes``: the lines that change something, old → new.
    """

    lines: Sequence[PlannedLine[R]]
    refused: Sequence[RefusedLine]
    missing: Mapping[str, tuple[str, str]]
    notices: Sequence[Text]
    moved: bool = False
    changes: Sequence[Remark] = ()

    @property
    def added(self) -> list[Remark]:
        """Every new entry."""
        new = (line.row for line in self.lines if line.status == "new")
        return [Remark(LineRef(0, row.row), row.name, []) for row in new]

    @property
    def warned(self) -> list[Remark]:
        rows = (line.row for line in self.lines)
        return [Remark(LineRef(0, row.row), row.name, row.warnings) for row in rows if row.warnings]

    @property
    def absent(self) -> list[Remark]:
        """The entries that the file lacks; they go out of use."""
        return [
            Remark(None, name, [Text("common.as_is", text=whose)]) for whose, name in self.missing.values()
        ]

    def count(self, status: Status) -> int:
        return sum(line.status == status for line in self.lines)

    @property
    def changes_anything(self) -> bool:
        return self.moved or bool(self.missing) or any(line.status != "unchanged" for line in self.lines)

    def refused_json(self, locale: str) -> list[dict[str, object]]:
        return [one.to_json(locale) for one in self.refused]


def changes_of(
    lines: Sequence[PlannedLine[R]],
    stored: Mapping[str, K],
    texts: Callable[[K, Mapping[str, Any]], Iterable[Text]],
) -> list[Remark]:
    """Every line that changes an entry; ``texts``: says of an entry and its new values what changes."""
    found = []
    for line in lines:
        if line.status == "changed":
            entry = stored[line.row.key]
            said = [] if entry.active else [Text("importing.change.used_again")]
            said += texts(entry, _changes(entry, line.fields))
            found.append(Remark(LineRef(0, line.row.row), line.row.name, said))
    return found


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
    actor_id: int | None = None,
) -> dict[str, K]:
    """Write the whole plan in the caller's transaction, and return all rows of the file by key.

    Each row that is new, changed or out of use gets an audit row. The plan may be older: what is stored now
    decides.
    """
    made = {line.row.key: make(line) for line in plan.lines if line.row.key not in stored}
    session.add_all(made.values())
    await session.flush()
    by = _Writing(session, subject, now, actor_id)
    for line in plan.lines:
        if line.row.key in made:
            by.record(made[line.row.key], None, line.fields)
        else:
            by.change(stored[line.row.key], {**line.fields, "active": True})
    for key in plan.missing:
        if key in stored:
            by.change(stored[key], {"active": False})
    await session.flush()
    return {line.row.key: made.get(line.row.key) or stored[line.row.key] for line in plan.lines}


def _changes(stored: RegisteredEntry, fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if getattr(stored, name) != value}


@dataclass(frozen=True, slots=True)
class _Writing:
    session: Session
    subject: str
    now: datetime
    actor_id: int | None

    def change(self, stored: RegisteredEntry, fields: Mapping[str, object]) -> None:
        after = _changes(stored, fields)
        if not after:
            return
        before = {name: getattr(stored, name) for name in after}
        for name, value in after.items():
            setattr(stored, name, value)
        stored.updated_at = self.now
        self.record(stored, before, after)

    def record(
        self, stored: RegisteredEntry, before: Mapping[str, object] | None, after: Mapping[str, object]
    ) -> None:
        shown = None if before is None else _shown(before)
        audit.record(
            self.session,
            "import",
            (self.subject, stored.id),
            now=self.now,
            actor_id=self.actor_id,
            before=shown,
            after=_shown(after),
        )


def _shown(fields: Mapping[str, object]) -> dict[str, object]:
    """Field values as JSON for the audit."""
    return {
        name: value if value is None or isinstance(value, int | float | str) else str(value)
        for name, value in fields.items()
    }
