"""The tasks on which a person may report, and those of them that their words mean."""

from __future__ import annotations

from collections.abc import Sequence

from models import people, tasks
from models.db import Session, ident
from models.tasks import Task
from reports.formats import short
from rules.progress.percent import read_percent
from rules.tasks.task_lifecycle import OPEN_STATES
from services import access
from services.access import Actor
from services.drafts import task_split, which_task
from services.errors import DomainError, NothingToReportError
from services.tasks import covered
from services.turn import Turn


async def open_to(turn: Turn) -> list[Task]:
    """The open tasks on which the actor may report."""
    session, actor = turn.session, turn.actor
    # Of a unit that they only oversee they may report nothing, so these are all.
    found = await tasks.open_tasks_of_contact(session, actor.duties, actor.reporting_units)
    # Which units assist matters only where somebody else answers for the task.
    others = [ident(task) for task in found if task.responsible_id not in actor.duties]
    assisting = await tasks.assisting_units(session, others)

    def is_theirs(task: Task) -> bool:
        """Whether they answer for the task, themselves or as 联络员 of its units."""
        units = {task.lead_unit_id, *assisting.get(ident(task), ())}
        return task.responsible_id in actor.duties or bool(actor.answered_units & units)

    reportable = [task for task in found if access.may_report(actor, task, assisting.get(ident(task), ()))]
    reportable = await covered.without_covered(session, actor, reportable)
    return sorted(reportable, key=lambda task: not is_theirs(task))


async def offered(turn: Turn) -> list[Task]:
    """As ``open_to``, the actor's own first; ``NothingToReportError``: there is none."""
    found = await open_to(turn)
    if not found:
        raise nothing_to_report(turn.actor)
    return sorted(found, key=lambda task: task.responsible_id not in turn.actor.duties)


def nothing_to_report(actor: Actor) -> NothingToReportError:
    """That there is no open task of theirs; the office is not sent to itself."""
    return NothingToReportError("progress.no_task_office" if actor.is_office else "progress.no_open_task")


async def meant(turn: Turn, candidates: Sequence[Task], text: str) -> list[int]:
    """The tasks that are meant, if that is clear: the only one, those named, or the person's only own one.

    Several are meant where numbers name them. The percentage of one task could belong to any of these, and
    who stands in for somebody may count under several units; then it is asked.
    """
    candidates = await _of_the_named_unit(turn, candidates, text)
    if len(candidates) == 1:
        return [ident(candidates[0])]
    named = await which_task.named(turn.session, turn.actor, text, candidates)
    if len(named) > 1:
        clear = not turn.actor.represented and read_percent(text) is None
        return named if clear and len(named) <= task_split.MOST_TASKS else []
    own = [ident(task) for task in candidates if task.responsible_id in turn.actor.duties]
    return named or (own if len(own) == 1 else [])


async def _of_the_named_unit(turn: Turn, candidates: Sequence[Task], text: str) -> Sequence[Task]:
    """Those of the tasks whose unit the words name, if they name one. Who acts for two has two of a name."""
    units = {task.lead_unit_id for task in candidates}
    if len(units) < 2:
        return candidates
    names = await people.unit_names(turn.session, units)
    said = [unit_id for unit_id in units if names[unit_id] in text]
    return [task for task in candidates if task.lead_unit_id == said[0]] if len(said) == 1 else candidates


async def refuse_finished(session: Session, actor: Actor, about: Sequence[int]) -> None:
    """Refuse a reply about tasks that are all over, if the person may see them."""
    found = await tasks.tasks_by_id(session, about)
    if not found or any(task.state in OPEN_STATES for task in found.values()):
        return
    if await access.sees_all_of(session, actor, about):
        objective = short(found[about[0]].objective, 60)
        raise DomainError("progress.task_finished", objective=objective)
