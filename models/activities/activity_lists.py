"""Lists of the activity log: by kind, by words, in a reader's view."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.activities import Activity
from models.columns import holds_any
from models.db import Session
from models.people import Unit
from rules.activities.activity_kinds import ActivityKind


@dataclass(frozen=True, slots=True)
class ActivitySelection:
    """Which entries a list has. ``unit_ids`` None: of all units; ``kind`` None: of all kinds.

    ``words``: each in all its spellings; an entry holds every one in its text, its title or its unit's name.
    """

    unit_ids: Collection[int] | None = None
    kind: ActivityKind | None = None
    words: Sequence[Collection[str]] = ()

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = [col(Activity.withdrawn).is_(False)]
        if self.unit_ids is not None:
            found.append(col(Activity.unit_id).in_(self.unit_ids))
        if self.kind is not None:
            found.append(col(Activity.kind) == self.kind)
        return [*found, *(_holds(spellings) for spellings in self.words)]


def _holds(spellings: Collection[str]) -> sa.ColumnElement[bool]:
    units = sa.select(col(Unit.id)).where(holds_any(col(Unit.name), spellings))
    texts = [holds_any(col(column), spellings) for column in (Activity.text, Activity.title, Activity.number)]
    return sa.or_(*texts, col(Activity.unit_id).in_(units))


async def listed(
    session: Session, selection: ActivitySelection, limit: int, offset: int
) -> tuple[Sequence[Activity], int]:
    """A page of the entries, the last day first, and the number of all of them."""
    wanted = selection.conditions()
    count = await session.execute(sa.select(sa.func.count()).select_from(Activity).where(*wanted))
    query = select(Activity).where(*wanted).order_by(col(Activity.day).desc(), col(Activity.id).desc())
    return (await session.exec(query.offset(offset).limit(limit))).all(), int(count.scalar_one())


async def count_by_kind(session: Session, unit_ids: Collection[int] | None) -> dict[ActivityKind, int]:
    """How many entries of each kind stand; kinds of which there are none are left out."""
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(col(Activity.kind).label("kind"), sa.func.count().label("n"))
        .where(*ActivitySelection(unit_ids).conditions())
        .group_by(col(Activity.kind))
    )
    return {row["kind"]: row["n"] for row in (await session.execute(query)).mappings()}
