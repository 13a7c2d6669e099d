"""办理记录: what happened to a task and its reports, newest last; in the chat and as a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from locales import Text, plain
from models import audit_log, progress, tasks
from models.audit_log import Audit
from models.db import row_of
from models.tasks import Task
from reports.formats import moment_text, short, stamp
from services import access, exports
from services.absences import in_place
from services.access import Actor
from services.audit_texts import FieldChange, changes, event_text
from services.campaign import Campaign
from services.directory_names import DirectoryNames
from services.errors import DomainError
from services.people.name_search import words_of
from services.tasks import breakdown_rights
from services.turn import Turn
from services.views import ButtonSpec, View, button

PAGE: Final = 12
OFFERED: Final = 12
CHANGES: Final = 6
COLUMNS: Final = (
    *(("number", 6.0), ("at", 18.0), ("unit", 20.0), ("person", 14.0), ("event", 16.0)),
    *(("subject", 18.0), ("before", 40.0), ("after", 40.0), ("reason", 30.0)),
)


async def view(turn: Turn, task_id: int, *, until: int | None = None) -> View:
    """A page of the history.

    ``until``: the page ends after this many entries, counted from the oldest; None: the last page.
    """
    task = await access.visible_task(turn.session, turn.actor, task_id)
    found = _entries(await audit_log.audit_of_task(turn.session, task_id))
    if not found:
        return View([Text("history.none")], (), [task_id])
    end = len(found) if until is None else min(until, len(found))
    start = max(end - PAGE, 0)
    names = await _names(turn, found[start:end])
    wordings = await progress.first_wordings(turn.session, task_id)
    name = await breakdown_rights.name_of(turn.session, task, 60)
    title = Text("history.title", objective=name, count=len(found))
    lines = [title]
    for row in found[start:end]:
        lines += _lines(row, names, wordings, turn.campaign)
    return View(lines, _buttons(turn.actor, task_id, start, end, len(found)), [task_id])


async def _names(turn: Turn, found: Sequence[Audit]) -> DirectoryNames:
    """The names of all people and units, and of the tasks above the one that these entries are about."""
    above = {(side or {}).get("parent_id") for row in found for side in (row.before, row.after)}
    return await (await DirectoryNames.load(turn.session)).knowing(
        turn.session, {one for one in above if one is not None}
    )


def _entries(found: Sequence[Audit]) -> list[Audit]:
    """The entries without a report's mark on a task if the state stayed the same.

    The report has its own entry.
    """
    return [row for row in found if row.subject_type != "task" or not _is_idle(row)]


def _is_idle(row: Audit) -> bool:
    return row.before is not None and row.before == row.after


def _lines(row: Audit, names: DirectoryNames, wordings: Mapping[int, str], campaign: Campaign) -> list[Text]:
    """Who did what and when, with the changes below."""
    at, who = moment_text(row.at, campaign.zone), _who(row, names.who(row.actor_id), names)
    lines = [Text("history.entry", at=at, who=who, event=event_text(row))]
    if row.event == "import" and row.before is None:
        return lines  # the card shows all that the breakdown says
    found = changes(row, names)
    lines += [_change_line(change) for change in found[:CHANGES]]
    if len(found) > CHANGES:
        lines.append(Text("tasks.more", count=len(found) - CHANGES))
    if _is_filing(row) and (words := row_of(wordings, row.subject_id)):
        lines.append(Text("history.words", text=short(words, 80)))
    return lines


def _who(row: Audit, who: Text | str, names: DirectoryNames) -> Text:
    """The person who did it, and in whose place if they stood in for somebody."""
    person = row_of(names.contacts, (row.after or {}).get("in_place_of"))
    return in_place(who, person.name if person else None)


def _is_filing(row: Audit) -> bool:
    """Whether a report came in. Its words are stored beside the audit, not in it."""
    return (row.subject_type, row.event) == ("report", "report")


def _change_line(change: FieldChange) -> Text:
    if change.old is None or change.left:
        return Text("history.set", field=change.field, new=change.new or change.old)
    new = change.new or Text("history.nothing")
    return Text("history.change", field=change.field, old=change.old, new=new)


def _buttons(actor: Actor, task_id: int, start: int, end: int, count: int) -> list[list[ButtonSpec]]:
    turning = []  # by the last row shown, not the first: ``paging`` counts the other way
    if start > 0:
        turning.append(
            button("history.earlier_button", "task.history", actor.id, task_id=task_id, until=start)
        )
    if end < count:
        turning.append(
            button("history.later_button", "task.history", actor.id, task_id=task_id, until=end + PAGE)
        )
    result = [turning] if turning else []
    if may_export(actor):
        result.append([button("history.export_button", "history.export", actor.id, task_id=task_id)])
    return result


def may_export(actor: Actor) -> bool:
    return actor.is_office or actor.is_leader


async def export(turn: Turn, task_id: int) -> View:
    """The whole history as a sheet, for the office and leaders."""
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if not may_export(turn.actor):
        raise DomainError("history.office_and_leaders")
    locale = turn.actor.contact.locale or turn.campaign.locale
    found = await audit_log.audit_of_task(turn.session, task_id)
    names = await _names(turn, found)
    receipts = {row.subject_id: (row.after or {}).get("receipt_no") for row in found if _is_filing(row)}
    wordings = await progress.first_wordings(turn.session, task_id)
    heads = [(plain(Text(f"history.column.{name}"), locale), width) for name, width in COLUMNS]
    title = plain(Text("history.file", objective=short(task.objective, 30)), locale)

    def table() -> list[list[str | int]]:
        cells = partial(_cells, names=names, receipts=receipts, wordings=wordings, locale=locale)
        return [[number, *cells(row, campaign=turn.campaign)] for number, row in enumerate(found, 1)]

    file = exports.as_document(title, heads, table)
    return View([Text("history.exported", count=len(found))], (), [task_id], [file])


def _cells(
    row: Audit,
    names: DirectoryNames,
    receipts: Mapping[int | None, str | None],
    wordings: Mapping[int, str],
    locale: str,
    campaign: Campaign,
) -> list[str]:
    contact = row_of(names.contacts, row.actor_id)
    subject = Text("history.subject_task")
    if row.subject_type == "report":
        subject = Text("common.as_is", text=receipts.get(row.subject_id) or row.subject_id)
    found = changes(row, names, whole=True)
    new = [_cell_line(change.field, change.new, locale) for change in found if change.new]
    if _is_filing(row) and (words := row_of(wordings, row.subject_id)):
        new.append(_cell_line(Text("history.field.text"), Text("common.as_is", text=words), locale))
    return [
        stamp(row.at, campaign.zone),
        names.units[contact.unit_id] if contact else "",
        plain(_who(row, contact.name if contact else Text("common.program"), names), locale),
        plain(event_text(row), locale),
        plain(subject, locale),
        "\n".join(_cell_line(change.field, change.old, locale) for change in found if change.old),
        "\n".join(new),
        str((row.after or {}).get("reason") or ""),
    ]


def _cell_line(field: Text, value: Text, locale: str) -> str:
    return plain(Text("history.cell", field=field, value=value), locale)


async def choose(turn: Turn, found: Sequence[Task]) -> View:
    """The history of the one task, or the question which of several is meant."""
    ids = [task.id for task in found if task.id is not None]
    if len(ids) == 1:
        return await view(turn, ids[0])
    labels = await breakdown_rights.names_of(turn.session, found[:OFFERED], 30)
    buttons = [
        [button(label, "task.history", turn.actor.id, task_id=task_id)] for task_id, label in labels.items()
    ]
    lines = [Text("history.which")]
    if len(found) > OFFERED:
        lines.append(Text("history.more", count=OFFERED))
    return View(lines, buttons, ids[:OFFERED])


async def find_by_words(turn: Turn, words: str) -> View:
    """``/history 词``: the history of the task whose objective holds all the words."""
    wanted = words_of(words)  # SQLite cannot take thousands of words
    if not wanted:
        raise DomainError("history.how")
    found = await tasks.tasks_named(turn.session, turn.actor.duties, turn.actor.scope, wanted, OFFERED + 1)
    if not found:
        raise DomainError("history.not_found")
    return await choose(turn, found)


async def of_message(turn: Turn, task_ids: Sequence[int]) -> View:
    """``/history`` in reply to a message of ours about ``task_ids``; without one, how to use it."""
    known = await tasks.tasks_by_id(turn.session, task_ids)
    there = [known[task_id] for task_id in task_ids if task_id in known]
    found = await access.seen_of(turn.session, turn.actor, there)
    if not found:
        raise DomainError("history.how")
    return await choose(turn, found)
