"""``/find``: tasks by any of their words, a report by its number; for the office also people and units."""

from __future__ import annotations

from collections.abc import Sequence

from locales import Text
from models import tasks
from models.db import Session
from models.progress import ProgressReport, report_lookup, reported_figures
from models.tasks import task_search
from reports.formats import moment_text, quantity_text, short
from rules.people.typed_names import normalise
from rules.progress.report_words import RECEIPT_NUMBER
from services import access
from services.access import Actor
from services.directory_names import DirectoryNames
from services.errors import DomainError
from services.people import person_card
from services.people.name_search import CHOICES, people_named, unit_button, units_named, words_of
from services.task_wording import report_words
from services.tasks import task_lists
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging


async def find(turn: Turn, words: str, *, offset: int = 0) -> View:
    """What holds all of ``words`` and the reader may see: tasks by due date, page by page, with buttons.

    ``DomainError`` without words, or with too many.
    """
    wanted = words_of(words)
    if not wanted:
        raise DomainError("find.example")
    if RECEIPT_NUMBER.fullmatch(normalise(words)):
        return await _report(turn, normalise(words))
    found, count = await task_search.tasks_with_words(
        turn.session,
        [{word, normalise(word) or word} for word in wanted],
        contact_ids=turn.actor.duties,
        unit_ids=turn.actor.scope,
        offset=offset,
        limit=LISTED,
    )
    shown = " ".join(wanted)
    listed, rows = await task_lists.listing(turn, found, offset)
    lines = [Text("find.tasks", words=shown, count=count), *listed] if count else []
    rows += paging("find.page", turn.actor.id, offset, count, words=shown)
    if turn.actor.is_office and offset == 0:
        await _add_people_and_units(turn.session, turn.actor, wanted, lines, rows)
    if not lines:
        return View([Text("find.nothing", words=shown)])
    return View(lines, rows, [task.id for task in found if task.id is not None])


async def _add_people_and_units(
    session: Session,
    actor: Actor,
    words: Sequence[str],
    lines: list[Text],
    rows: list[list[ButtonSpec]],
) -> None:
    contacts = await people_named(session, words)
    if contacts:
        lines += [Text("find.people", count=len(contacts)), *_only_first(contacts)]
        buttons = [person_card.person_button("person.card", c, unit, contact_id=c.id) for c, unit in contacts]
        rows += [[button] for button in buttons[:CHOICES]]
    units = await units_named(session, words)
    if units:
        lines += [Text("find.units", count=len(units)), *_only_first(units)]
        rows += [[unit_button(actor, unit)] for unit in units[:CHOICES]]


def _only_first(found: Sequence[object]) -> list[Text]:
    return [Text("find.only_first", shown=CHOICES)] if len(found) > CHOICES else []


async def _report(turn: Turn, receipt_no: str) -> View:
    """A report by its number; the same answer if it is another unit's or does not exist."""
    report = await report_lookup.report_by_number(turn.session, receipt_no)
    if report is None or not await _may_see(turn.session, turn.actor, report):
        raise DomainError("find.no_report", number=receipt_no)
    names = await DirectoryNames.load(turn.session)
    task = None if report.task_id is None else await tasks.task_by_id(turn.session, report.task_id)
    lines = [
        Text(
            "find.report",
            number=report.receipt_no,
            who=names.who(report.contact_id),
            at=moment_text(report.reported_at, turn.campaign.zone),
        )
    ]
    if report.withdrawn:
        lines.append(Text("find.report_withdrawn"))
    if task is not None:
        lines.append(Text("find.report_task", objective=task.objective))
    lines.append(Text("find.report_text", text=report.text or report_words(report)))
    for one in await reported_figures.figures_of_report(turn.session, report):
        added = quantity_text(one.added, one.measure, approx=one.approx)
        total = quantity_text(one.total, one.measure)
        lines.append(Text("find.report_figure", item=one.item, added=added, total=total))
    rows = [] if task is None else [[_card(turn.actor, task.id, task.objective)]]
    return View(lines, rows, [] if task is None or task.id is None else [task.id])


def _card(actor: Actor, task_id: int | None, objective: str) -> ButtonSpec:
    label = Text("find.card_button", objective=short(objective, 18))
    return button(label, "task.card", actor.id, task_id=task_id)


async def _may_see(session: Session, actor: Actor, report: ProgressReport) -> bool:
    if actor.scope is None or report.contact_id == actor.id or report.unit_id in actor.scope:
        return True
    return report.task_id is not None and await access.sees_all_of(session, actor, [report.task_id])
