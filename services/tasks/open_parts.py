"""What is open below a task: named before 办结, shown with its reports before 取消, and told of after it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from locales import Text
from models.db import Session, ident
from models.progress import child_counts
from models.tasks import Task, children
from rules.tasks.task_lifecycle import OPEN_STATES
from services.tasks import breakdown_rights

_NAMED: Final = 8
CANCELLED: Final = ("children.told_cancelled", "children.told_cancelled_more")
EXTENDED: Final = ("children.told_extended", "children.told_extended_more")


async def open_parts(session: Session, task: Task) -> list[Task]:
    """The open tasks below a task, by unit."""
    return list(await children.descendants(session, ident(task), OPEN_STATES))


async def named_line(session: Session, found: Sequence[Task]) -> Text:
    """Which units have not completed their part, and that a reason is needed."""
    return _with_units(("children.open_named", "children.open_named_more"), await _units(session, found))


async def standing_line(session: Session, found: Sequence[Task]) -> Text:
    """As ``named_line``, for who only reads that it is so."""
    return _with_units(("children.still_open", "children.still_open_more"), await _units(session, found))


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


def told_line(keys: tuple[str, str], along: Sequence[Task], names: Mapping[int, str]) -> Text:
    """Whose parts went along with the task that a message is about. ``keys``: ``CANCELLED``, ``EXTENDED``."""
    return _with_units(keys, [names[one.lead_unit_id] for one in along])


async def _units(session: Session, found: Sequence[Task]) -> list[str]:
    names = await breakdown_rights.unit_names(session, found)
    return [names[one.lead_unit_id] for one in found]


def _with_units(keys: tuple[str, str], units: Sequence[str]) -> Text:
    """The text with the first units; ``keys``: of the text with all of them, and of the one with some."""
    all_of_them, some = keys
    key = all_of_them if len(units) <= _NAMED else some
    return Text(key, count=len(units), units=units[:_NAMED])


def mark_of_named(found: Sequence[Task]) -> str:
    """Differs when other parts are open; 16 hex digits, nothing for none."""
    return _digest([ident(one) for one in found])


async def mark_of(session: Session, found: Sequence[Task]) -> str:
    """As ``mark_of_named``; differs, too, when more was reported on the parts."""
    reports = await child_counts.report_numbers(session, [ident(one) for one in found])
    return _digest([(ident(one), reports.get(ident(one), 0)) for one in found])


def mark_of_reopened(reopened: Sequence[tuple[int, datetime]]) -> str:
    """Differs when other parts were reopened, or one of them anew. ``reopened``: their ids, and when."""
    return _digest(reopened)


def _digest(told: Sequence[object]) -> str:
    return hashlib.sha256(repr(sorted(told, key=repr)).encode()).hexdigest()[:16] if told else ""
