"""``/tasks``: the tasks that somebody answers for or oversees, by due date, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locales import Text
from models import tasks
from models.db import Session, ident, row_of
from models.progress import child_counts
from models.tasks import Task, counted_tasks
from rules.tasks.task_lifecycle import AwaitedAnswer, TaskState
from services import access
from services.access import Actor
from services.task_wording import card_button, list_line, sign_all_button
from services.tasks import breakdown_rights, covered, deciders
from services.turn import Turn
from services.views import LISTED, ButtonSpec, View, button, paging


async def my_tasks(session: Session, actor: Actor) -> Sequence[Task]:
    """Open tasks that ``actor`` is responsible for (a contact) or oversees (a leader, the office).

    Who oversees sees a task, and not the parts of it beside it. Who has a part sees that.
    """
    if actor.scope is None and not actor.reports:
        return await counted_tasks.open_in(session, None)
    mine = await covered.without_covered(
        session, actor, await tasks.open_tasks_of_contact(session, actor.duties, actor.answered_units)
    )
    if actor.scope is not None and not actor.overseen_units:
        return mine
    overseen = await counted_tasks.open_in(session, None if actor.scope is None else actor.overseen_units)
    known = {task.id for task in overseen}
    return [*overseen, *(task for task in mine if task.id not in known)]


async def list_view(turn: Turn, *, offset: int = 0, waits: AwaitedAnswer | None = None) -> View:
    """``/tasks``: by due date with lamps, page by page, each with a button to its card.

    ``waits``: only those that wait for that answer of the office.
    """
    if waits is None:
        found = await my_tasks(turn.session, turn.actor)
    else:
        found = (await deciders.waiting(turn))[waits]
    if not found:
        none = "tasks.none" if waits is None else f"tasks.none_waits.{waits.value}"
        return View([Text(none)], _list_ends(turn.actor, found, waits))
    shown = found[offset : offset + LISTED]
    title = "tasks.list_title" if waits is None else f"tasks.waits_title.{waits.value}"
    listed, rows = await listing(turn, shown, offset)
    lines = [Text(title, count=len(found)), *listed]
    unsigned = _unsigned(turn.actor, found)
    if len(unsigned) > 1:
        rows.insert(0, [sign_all_button(unsigned, turn.actor.id)])
    more: dict[str, Any] = {} if waits is None else {"waits": waits}
    rows += paging("task.list", turn.actor.id, offset, len(found), **more) + _list_ends(
        turn.actor, found, waits
    )
    return View(lines, rows, [task.id for task in shown if task.id is not None])


async def listing(
    turn: Turn, shown: Sequence[Task], offset: int
) -> tuple[list[Text], list[list[ButtonSpec]]]:
    """A page of a list: a line and a button to its card for each task; a part has its unit's name."""
    units = await breakdown_rights.units_of_parts(turn.session, turn.actor, shown)
    late = await child_counts.late_below(turn.session, [ident(task) for task in shown], turn.today)
    lines, rows = [], []
    for number, task in enumerate(shown, offset + 1):
        unit = row_of(units, task.id)
        below = late.get(ident(task), 0)
        lines.append(list_line(number, task, turn.now, turn.campaign, unit, below))
        rows.append([card_button(turn.actor, number, task, unit)])
    return lines, rows


def _list_ends(actor: Actor, found: Sequence[Task], waits: AwaitedAnswer | None) -> list[list[ButtonSpec]]:
    """The last rows: today's 零报告 for reporters, below their own tasks.

    For the office, its waiting submissions and the 销号清单.
    """
    rows = []
    if actor.reports and waits is None and any(task.own_reports for task in found):
        rows.append([button("progress.zero_button.daily", "report.zero", actor.id)])
    if actor.is_office:
        mine = [task for task in found if task.parent_id is None]
        counts = {one: sum(deciders.waits_for(task, one) for task in mine) for one in AwaitedAnswer}
        row = [waits_button(actor, one, count) for one, count in counts.items() if 0 < count < len(found)]
        rows.append([*row, button("tasks.done_list_button", "done.list", actor.id, offset=0)])
    return rows


def waits_button(actor: Actor, answer: AwaitedAnswer, count: int) -> ButtonSpec:
    label = Text(f"tasks.waits_button.{answer.value}", count=count)
    return button(label, "task.list", actor.id, offset=0, waits=answer)


def _unsigned(actor: Actor, found: Sequence[Task]) -> list[int]:
    """Tasks that wait for this contact's 签收."""
    fresh = [task for task in found if task.state is TaskState.ASSIGNED and access.may_sign(actor, task)]
    return [task.id for task in fresh if task.id is not None]
