"""Who should have heard of a day's nags and cannot be reached, as the office's digest counts them.

The rule is that of the notice of the first time (``unreachable``): who misses only nags about children
concerns who decides on these. Where nobody decides, the office hears, and counts them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Final

from locales import Text
from models import tasks
from models.db import Session, row_of
from models.nags import nag_views
from models.nags.nag_views import HeardInPlace
from models.people import Contact
from models.tasks import Task
from rules.nags.levels import Level
from rules.people.roles import Role
from services.recipients import Directory

NAMES: Final = 10


@dataclass(slots=True)
class _Missed:
    """The names of 责任人 and of leaders, by contact or by name. The office passes it on to ``relayed``."""

    responsible: dict[int | str, str] = field(default_factory=dict)
    leaders: dict[int | str, str] = field(default_factory=dict)
    relayed: set[int | str] = field(default_factory=set)


async def lines(
    session: Session, since: datetime, until: datetime, day: date, subjects: Collection[str]
) -> list[Text]:
    """How many they are, with their names; ``subjects``: what the office reads of."""
    rows = await nag_views.heard_in_place(session, since, until, subjects)
    if not rows:
        return []
    found = await tasks.tasks_by_id(session, {row.subject_id for row in rows if row.subject == "task"})
    directory = await (await Directory.load(session, day)).knowing(session, found.values())
    missed = _missed(rows, found, directory)
    said = []
    if missed.responsible:
        names = list(missed.responsible.values())
        values = {"count": len(names), "names": names[:NAMES]}
        relayed = len(missed.relayed)
        said.append(
            Text("nags.digest_missed_here", relayed=relayed, **values)
            if relayed
            else Text("nags.digest_missed", **values)
        )
    if missed.leaders:
        names = list(missed.leaders.values())
        said.append(Text("nags.digest_missed_leaders", count=len(names), names=names[:NAMES]))
    return said


def _missed(rows: Collection[HeardInPlace], found: Mapping[int, Task], directory: Directory) -> _Missed:
    missed = _Missed()
    for row in rows:
        task = found.get(row.subject_id) if row.subject == "task" else None
        if task is not None and directory.deciders(task):
            continue
        person = _person(row, task, directory)
        if person is not None and directory.deputy_of(person) is not None:
            continue  # they are away, and their deputy has their duties
        key = row.instead_of if person is None or person.id is None else person.id
        if row.level is not Level.RESPONSIBLE:
            missed.leaders[key] = row.instead_of
            continue
        missed.responsible[key] = row.instead_of
        if Role.OFFICE in directory.roles.get(row.contact_id or 0, ()):
            missed.relayed.add(key)
    return missed


def _person(row: HeardInPlace, task: Task | None, directory: Directory) -> Contact | None:
    """Whom the nag names: who answers for the task, or somebody of that name, first in its unit."""
    own = None if task is None else row_of(directory.by_id, task.responsible_id)
    there = () if task is None else directory.by_unit.get(task.lead_unit_id, ())
    known = chain(() if own is None else (own,), there, directory.contacts)
    return next((one for one in known if one.name == row.instead_of), None)
