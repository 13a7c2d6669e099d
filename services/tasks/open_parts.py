"""What is still open below a task: named before 办结 and, with what was reported, before 取消."""

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


async def mark_of(session: Session, found: Sequence[Task]) -> str:
    """Differs when other parts are open, or when more was reported on them; 16 hex digits."""
    reports = await child_counts.report_numbers(session, [ident(one) for one in found])
    told = [(ident(one), reports.get(ident(one), 0)) for one in found]
    return hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:16] if told else ""
