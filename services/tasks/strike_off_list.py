"""The 销号清单: which tasks are completed, when and by whom; in the chat and as a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from locales import Text, plain
from models import tasks
from models.db import ident, row_of
from models.tasks import Task, counted_tasks
from reports.formats import full_day_text, short, stamp
from services import exports
from services.access import require_office
from services.campaign import Campaign
from services.directory_names import DirectoryNames
from services.task_wording import card_button, due_text
from services.tasks import breakdown_rights
from services.turn import Turn
from services.views import LISTED, View, button, paging

COLUMNS: Final = (
    *(("number", 6.0), ("action", 20.0), ("objective", 40.0), ("standard", 40.0), ("deadline", 16.0)),
    *(("lead_unit", 20.0), ("assisting_units", 24.0), ("responsible_person", 16.0)),
    *(("completed_at", 18.0), ("completed_by", 24.0)),
)


async def list_view(turn: Turn, *, offset: int = 0) -> View:
    """``/done``: the completed tasks that the reader may see, the last one first, page by page.

    As in a tally, the parts of a task do not count beside it.
    """
    found = await counted_tasks.completed_in_view(turn.session, turn.actor.duties, turn.actor.scope)
    if not found:
        return View([Text("done.none")])
    names = await DirectoryNames.load(turn.session)
    lines, rows = [Text("done.title", count=len(found))], []
    shown = found[offset : offset + LISTED]
    units = await breakdown_rights.units_of_parts(turn.session, turn.actor, shown)
    for number, task in enumerate(shown, offset + 1):
        lines.append(_line(number, task, names, turn.campaign))
        rows.append([card_button(turn.actor, number, task, row_of(units, task.id))])
    rows += paging("done.list", turn.actor.id, offset, len(found))
    if turn.actor.is_office:
        rows.append([button("done.export_button", "done.export", turn.actor.id)])
    return View(lines, rows, [task.id for task in shown if task.id is not None])


def _line(number: int, task: Task, names: DirectoryNames, campaign: Campaign) -> Text:
    at = task.completed_at or task.updated_at
    return Text(
        "done.line",
        number=number,
        objective=short(task.objective, 40),
        unit=names.units[task.lead_unit_id],
        day=full_day_text(campaign.today(at)),
        who=names.who(task.completed_by),
    )


async def export(turn: Turn) -> View:
    """The whole list as a sheet, for the office."""
    require_office(turn.actor)
    found = await counted_tasks.completed_in_view(turn.session, turn.actor.duties, turn.actor.scope)
    locale = turn.actor.contact.locale or turn.campaign.locale
    heads = [(plain(Text(f"done.column.{name}"), locale), width) for name, width in COLUMNS]
    title = plain(Text("done.file", day=turn.today.isoformat()), locale)
    names = await DirectoryNames.load(turn.session)
    assisting = await tasks.assisting_units(turn.session, [task.id for task in found if task.id is not None])
    rows = partial(_rows, found, names, assisting, locale, turn.now, turn.campaign)
    return View([Text("done.exported", count=len(found))], files=[exports.as_document(title, heads, rows)])


def _rows(
    found: Sequence[Task],
    names: DirectoryNames,
    assisting: Mapping[int, Sequence[int]],
    locale: str,
    now: datetime,
    campaign: Campaign,
) -> list[list[str | int]]:
    def row(number: int, task: Task) -> list[str | int]:
        helped = [names.units[unit_id] for unit_id in assisting[ident(task)]]
        return [
            number,
            task.action,
            task.objective,
            task.standard,
            plain(due_text(task, now, campaign), locale),
            names.units[task.lead_unit_id],
            plain(Text("common.as_is", text=helped), locale),
            task.responsible_person,
            stamp(task.completed_at or task.updated_at, campaign.zone),
            plain(names.who(task.completed_by), locale),
        ]

    return [row(number, task) for number, task in enumerate(found, 1)]
