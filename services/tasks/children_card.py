"""A parent's card: what lies below it, each number a button to its list. A child's card: what lies above."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from locales import Text
from models import people, tasks
from models.db import Session, ident, row_of
from models.people import Contact, ContactState
from models.progress import child_counts
from models.progress.child_counts import ChildSums
from models.tasks import Task, children
from reports.formats import moment_text, short
from reports.missed_reports import window_text
from rules.tasks.breakdown import MOST_LEVELS, ChildPart
from rules.tasks.task_lifecycle import NAGGED_STATES, OPEN_STATES, TaskState
from services import access, audit
from services.access import Actor
from services.duties import reports_below
from services.duties.reports_below import WindowBelow
from services.duties.task_duties import ReminderKind
from services.errors import DomainError
from services.task_wording import (
    card_button,
    differing_targets,
    lamp_text,
    last_day_of_pause,
    marked,
    state_text,
)
from services.tasks import breakdown_rights, deciders, open_parts
from services.turn import Turn
from services.views import LISTED, ButtonSpec, CardPart, View, button, paging

_SHOWN: Final = tuple(part for part in ChildPart if part is not ChildPart.REOPENED)
_A_ROW: Final = 3


async def on_card(turn: Turn, task: Task, assisting: Collection[int]) -> CardPart:
    """The lines and buttons of a task's family."""
    sums = await child_counts.child_sums(turn.session, ident(task), turn.today)
    above = await children.ancestors(turn.session, task)
    lines, rows = await _above_lines(turn.session, above[:1]), []
    if sums.counts[ChildPart.ALL]:
        lines += _below_lines(task, sums)
        sees_all = await access.scope_below(turn.session, turn.actor, task) is None
        windows = await reports_below.standing(turn, task)
        lines += [_window_line(turn, one) for one in windows]
        if sees_all:
            rows += _part_rows(turn.actor, task, sums)
            rows += [[_missing_button(turn.actor, task, one)] for one in windows if one.missing]
        reopened = await _reopened_part(turn, task, sums)
        lines += reopened.lines
        rows += reopened.rows
    able = await _able_row(turn, task, assisting, len(above) + 1, sums)
    able += await _part_row(turn, task)
    return CardPart(lines, [*rows, able] if able else rows)


async def _part_row(turn: Turn, task: Task) -> list[ButtonSpec]:
    """催办 and 解除归入 of a part, for who decides on it."""
    if task.parent_id is None or task.state not in OPEN_STATES:
        return []
    if not await access.decides_on(turn.session, turn.actor, task):
        return []
    row = []
    if task.state in NAGGED_STATES and last_day_of_pause(task, turn.now, turn.campaign) is None:
        about = {"kind": ReminderKind.TASK, "subject": task.id}
        row.append(button("children.remind_button", "remind.preview", turn.actor.id, **about))
    if await breakdown_rights.attached(turn.session, task) is not None:
        row.append(button("breakdowns.release_button", "child.release", turn.actor.id, task_id=task.id))
    return row


async def _reopened_part(turn: Turn, task: Task, sums: ChildSums) -> CardPart:
    """已核实, for who answers for a completed task below which something was reopened, or decides on it.

    Who decides reads who of the others has said it.
    """
    if task.state is not TaskState.COMPLETED or not sums.counts[ChildPart.REOPENED]:
        return CardPart()
    decides = await access.decides_on(turn.session, turn.actor, task)
    reopened = await children.reopened_of(turn.session, ident(task))
    newest = max(at for _, at in reopened)
    row = (await breakdown_rights.verified(turn.session, {ident(task): newest})).get(ident(task))
    lines = []
    if row is not None:
        at = moment_text(row.at, turn.campaign.zone)
        lines.append(Text("children.verified_by", who=await audit.who_of(turn.session, row), at=at))
    if not decides and (row is not None or not access.answers_for(turn.actor, task)):
        return CardPart(lines)
    if not decides:
        lines.append(Text("children.reopen_by", who=await deciders.name_of(turn, task)))
    shown = open_parts.mark_of_reopened(reopened)
    verify = button("children.verified_button", "child.verified", turn.actor.id, task_id=task.id, shown=shown)
    return CardPart(lines, [[verify]])


async def _above_lines(session: Session, above: Sequence[Task]) -> list[Text]:
    names = await breakdown_rights.unit_names(session, above) if above else {}
    return [breakdown_rights.said_above(one, names) for one in above]


def _below_lines(task: Task, sums: ChildSums) -> list[Text]:
    counts = sums.counts
    parts = [
        Text(f"children.count.{part.value}", count=counts[part])
        for part in _SHOWN
        if part is not ChildPart.ALL and counts[part]
    ]
    lines = [
        Text("children.below", count=counts[ChildPart.ALL], parts=parts)
        if parts
        else Text("children.below_bare", count=counts[ChildPart.ALL])
    ]
    if task.state is TaskState.COMPLETED and counts[ChildPart.REOPENED]:
        lines.append(Text("children.reopened", count=counts[ChildPart.REOPENED]))
    done = counts[ChildPart.COMPLETED] == counts[ChildPart.ALL]
    if done and task.state in NAGGED_STATES and task.frequency is not None and not task.own_reports:
        lines.append(Text("children.nobody_reports"))
    return [*lines, *(differing_targets(task, sums.target) if task.state in OPEN_STATES else ())]


def _part_rows(actor: Actor, task: Task, sums: ChildSums) -> list[list[ButtonSpec]]:
    there: list[ChildPart] = [part for part in _SHOWN if sums.counts[part]]
    if task.state is TaskState.COMPLETED and sums.counts[ChildPart.REOPENED]:
        there.append(ChildPart.REOPENED)
    made = [
        button(
            Text(f"children.button.{part.value}", count=sums.counts[part]),
            "child.list",
            actor.id,
            task_id=task.id,
            part=part,
        )
        for part in there
    ]
    return [made[at : at + _A_ROW] for at in range(0, len(made), _A_ROW)]


def _window_line(turn: Turn, one: WindowBelow) -> Text:
    """How a window stands below the task."""
    key = "windows.below_closed" if one.window.is_late(turn.now) else "windows.below"
    closes = moment_text(one.window.closes, turn.campaign.zone)
    return Text(key, window=window_text(one.window.key), met=one.met, owed=one.owed, closes=closes)


def _missing_button(actor: Actor, task: Task, one: WindowBelow) -> ButtonSpec:
    """The button to those that have not met the window."""
    label = Text("children.missing_button", window=window_text(one.window.key), count=len(one.missing))
    return button(label, "child.missing", actor.id, task_id=task.id, window=one.window.key)


async def _able_row(
    turn: Turn, task: Task, assisting: Collection[int], level: int, sums: ChildSums
) -> list[ButtonSpec]:
    """分解到下级 and 撤回分解, for who may do that now. ``level``: that of the task, 1 at the top."""
    if task.state not in OPEN_STATES or not breakdown_rights.may_break_down(turn.actor, task):
        return []
    able = await breakdown_rights.able_units(turn.session, task, assisting) if level < MOST_LEVELS else set()
    taken = (
        await children.units_below(turn.session, ident(task)) if able and sums.counts[ChildPart.ALL] else ()
    )
    row = []
    if able.difference(taken):
        row.append(button("breakdowns.start_button", "breakdown.start", turn.actor.id, task_id=task.id))
    if sums.counts[ChildPart.ALL]:
        if await breakdown_rights.may_undo(turn, task):
            row.append(button("breakdowns.undo_button", "breakdown.undo", turn.actor.id, task_id=task.id))
        if task.frequency is not None:
            own = task.own_reports
            label = "breakdowns.own_off_button" if own else "breakdowns.own_on_button"
            row.append(button(label, "child.own", turn.actor.id, task_id=task.id, on=not own))
    return row


async def list_view(turn: Turn, task_id: int, part: ChildPart, *, offset: int = 0) -> View:
    """The children in a part, page by page: unit, person, state, and a button to the card of each."""
    task = await _with_all_parts(turn, task_id)
    sums = await child_counts.child_sums(turn.session, task_id, turn.today)
    count = sums.counts[part]
    offset = offset if offset < count else 0
    page = await child_counts.children_in(
        turn.session, task_id, part, turn.today, offset=offset, limit=LISTED
    )
    title = Text(f"children.title.{part.value}", count=count, objective=short(task.objective, 60))
    turning = paging("child.list", turn.actor.id, offset, count, task_id=task_id, part=part)
    return await _listed(turn, task_id, title, page, offset, turning)


async def missing_view(turn: Turn, task_id: int, window: str, *, offset: int = 0) -> View:
    """The children that have not met a window of the task, page by page, and a button to urge them all.

    ``window``: its key. One that is over since is no longer shown.
    """
    task = await _with_all_parts(turn, task_id)
    there = {one.window.key: one.missing for one in await reports_below.standing(turn, task)}
    missing = there.get(window, ())
    offset = offset if offset < len(missing) else 0
    found = await tasks.tasks_by_id(turn.session, missing[offset : offset + LISTED])
    values = {"window": window_text(window), "count": len(missing), "objective": short(task.objective, 60)}
    turning = paging("child.missing", turn.actor.id, offset, len(missing), task_id=task_id, window=window)
    if missing and breakdown_rights.may_break_down(turn.actor, task):
        about = {"kind": ReminderKind.BELOW, "subject": task_id}
        turning.append([button("children.remind_all_button", "remind.preview", turn.actor.id, **about)])
    return await _listed(
        turn, task_id, Text("children.missing_title", **values), list(found.values()), offset, turning
    )


async def _with_all_parts(turn: Turn, task_id: int) -> Task:
    """The task; ``DomainError``: they may not see all that lies below it."""
    task = await access.visible_task(turn.session, turn.actor, task_id)
    if await access.scope_below(turn.session, turn.actor, task) is not None:
        raise DomainError("tasks.not_yours")
    return task


async def _listed(
    turn: Turn,
    task_id: int,
    title: Text,
    shown: Sequence[Task],
    offset: int,
    turning: Sequence[Sequence[ButtonSpec]],
) -> View:
    """A page of children, with the way back to the task above. ``turning``: the rows of buttons between."""
    names = await breakdown_rights.unit_names(turn.session, shown)
    ids = {child.responsible_id for child in shown if child.responsible_id is not None}
    people_by_id = await people.contacts_by_id(turn.session, ids)
    late = await child_counts.late_below(turn.session, [ident(child) for child in shown], turn.today)
    lines, rows = [title], []
    for number, child in enumerate(shown, offset + 1):
        person, unit = row_of(people_by_id, child.responsible_id), names[child.lead_unit_id]
        lines.append(_line(turn, number, child, unit, person, late.get(ident(child), 0)))
        rows.append([card_button(turn.actor, number, child, unit)])
    if not shown:
        lines.append(Text("children.none"))
    rows += map(list, turning)
    rows.append([button("children.parent_button", "task.card", turn.actor.id, task_id=task_id)])
    return View(lines, rows, [task_id, *(ident(child) for child in shown)])


def _line(turn: Turn, number: int, child: Task, unit: str, person: Contact | None, late_below: int) -> Text:
    """Who has not joined is marked: they have not read what they do not sign for."""
    joined = person is None or person.state is not ContactState.NOT_ENROLLED
    name = Text("common.as_is" if joined else "breakdowns.not_joined", text=child.responsible_person)
    return Text(
        "children.line",
        number=number,
        lamp=lamp_text(child, turn.now, turn.campaign),
        unit=unit,
        person=name,
        state=marked(state_text(child, turn.now, turn.campaign), child, turn.now, turn.campaign, late_below),
    )


def reopened_button(actor: Actor, task: Task) -> ButtonSpec:
    """The button to the card of a completed task below which something was reopened."""
    label = Text("children.reopened_button", objective=short(task.objective, 18))
    return button(label, "task.card", actor.id, task_id=task.id)
