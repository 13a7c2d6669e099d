"""What is open below a task: named before 办结, shown with its reports before 取消, and told of after it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from locales import Text
from models.db import Session, ident
from models.progress import child_counts
from models.tasks import Task, children
from rules.tasks.task_lifecycle import OPEN_STATES
from services.tasks import breakdown_rights

_NAMED: Final = 8


async def open_parts(session: Session, task: Task) -> list[Task]:
    """The open tasks below a task, by unit."""
    return [one for one in await children.descendants(session, ident(task)) if one.state in OPEN_STATES]


async def named_line(session: Session, found: Sequence[Task]) -> Text:
    """Which units have not completed their part."""
    names = await breakdown_rights.unit_names(session, found)
    units = [names[one.lead_unit_id] for one in found[:_NAMED]]
    key = "children.open_named" if len(found) <= _NAMED else "children.open_named_more"
    return Text(key, count=len(found), units=units)


async def reported_lines(session: Session, found: Sequence[Task]) -> list[Text]:
    """What goes along with a task that is cancelled, and how often each part was reported on."""
    names = await breakdown_rights.unit_names(session, found)
    reports = await child_counts.report_numbers(session, [ident(one) for one in found])
    lines = [Text("children.cancelled_too", count=len(found))]
    lines += [
        Text(
            "children.cancelled_line",
            unit=names[one.lead_unit_id],
            person=one.responsible_person,
            reports=reports.get(ident(one), 0),
        )
        for one in found[:_NAMED]
    ]
    if len(found) > _NAMED:
        rest = found[_NAMED:]
        count = sum(reports.get(ident(one), 0) for one in rest)
        lines.append(Text("children.cancelled_more", count=len(rest), reports=count))
    return lines


async def cancelled_line(session: Session, along: Sequence[Task]) -> Text:
    """Whose parts were cancelled along with the task that a message is about."""
    names = await breakdown_rights.unit_names(session, along)
    units = [names[one.lead_unit_id] for one in along[:_NAMED]]
    key = "children.told_cancelled" if len(along) <= _NAMED else "children.told_cancelled_more"
    return Text(key, count=len(along), units=units)


def mark_of_named(found: Sequence[Task]) -> str:
    """Differs when other parts are open; 16 hex digits, nothing for none."""
    return _digest([ident(one) for one in found])


async def mark_of(session: Session, found: Sequence[Task]) -> str:
    """As ``mark_of_named``; differs, too, when more was reported on the parts."""
    reports = await child_counts.report_numbers(session, [ident(one) for one in found])
    return _digest([(ident(one), reports.get(ident(one), 0)) for one in found])


def _digest(told: Sequence[object]) -> str:
    return hashlib.sha256(repr(sorted(told, key=repr)).encode()).hexdigest()[:16] if told else ""
