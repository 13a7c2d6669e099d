"""The steps of 延期: what keeps one from being taken, what it changes, and who hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from locales import Text
from models.audit_log import Audit
from models.db import ident
from models.tasks import Task, children
from reports.formats import full_day_text
from rules.tasks.task_extensions import LONGEST_EXTENSION, ExtensionStep, refusal_of
from rules.tasks.task_lifecycle import NAGGED_STATES
from services.tasks import completion, extension_card, open_parts, task_card, task_decisions, task_steps
from services.tasks.task_decisions import TaskStep, UnitNames
from services.turn import Turn
from services.views import TurnOutcome


async def hindrance(turn: Turn, task: Task, step: ExtensionStep, seen: int) -> Text | None:
    """Why the step cannot be taken now, also because another one came after ``seen``; None: it can."""
    if task.state not in NAGGED_STATES:
        return await completion.present(turn.session, task, turn.campaign)
    refusal = refusal_of(step, extension_card.facts_of(task), turn.today, turn.campaign.calendar)
    if refusal is not None:
        return Text(f"extensions.refused.{refusal.value}", most=LONGEST_EXTENSION)
    last = await extension_card.last_step(turn.session, ident(task))
    return Text("extensions.moved_on") if seen != (0 if last is None else last.id) else None


async def latest_day(turn: Turn, task: Task) -> date | None:
    """The deadline of the task above; None: there is none, and the deadline may move freely."""
    above = await children.parent_of(turn.session, task)
    return None if above is None else above.deadline


async def beyond_parent(turn: Turn, task: Task, day: date) -> Text | None:
    """Why the deadline cannot move to a day after that of the task above; None: it is not after it."""
    latest = await latest_day(turn, task)
    if latest is None or day <= latest:
        return None
    return Text("extensions.after_parent", day=full_day_text(latest))


async def done(turn: Turn, task_id: int, step: ExtensionStep, warning: Text | None = None) -> TurnOutcome:
    """The step was taken: show the card as it is now. ``warning``: that nobody can be told of it."""
    card = await task_card.card(turn, task_id)
    if warning is not None:
        card = replace(card, lines=[warning, *card.lines])
    return TurnOutcome(card, Text(f"extensions.done.{step.value}"))


async def ask(turn: Turn, task: Task, day: date, reason: str) -> Audit:
    """The request waits for the office, which owes an answer from now on."""
    after = {"extension_until": day.isoformat(), "reason": reason}
    values = {"extension_until": day, "extension_asked_at": turn.now, "next_nag_at": turn.now}
    return await task_steps.keep_state(turn, task, ExtensionStep.ASK.event, {}, after, **values)


async def move(
    turn: Turn, task: Task, day: date, asked: Audit | None, reason: str | None = None
) -> Text | None:
    """Move the deadline; the ladder begins anew. Returns the warning that nobody can be told, if so.

    Open parts of the task that have its deadline go along; those with one of their own keep it. The caller
    holds the task and all below it locked. ``asked``: the request that is granted; None: who decides moves
    the deadline by themselves.
    """
    old = task.deadline
    if old is None:
        raise ValueError("a task without a deadline has none to move")
    parts = [one for one in await open_parts.open_parts(turn.session, task) if one.deadline == old]
    rows = [
        await _move_one(turn, one, old, day, asked if one is task else None, reason) for one in (task, *parts)
    ]
    moved = Text("extensions.from_to", old=full_day_text(old), day=full_day_text(day))
    steps = [TaskStep(one, row) for one, row in zip((task, *parts), rows, strict=True)]
    key = "extensions.told_grant" if asked is not None else "extensions.told_move"
    return await _tell(turn, [replace(steps[0], asked=asked), *steps[1:]], key, moved)


async def _move_one(
    turn: Turn, task: Task, old: date, day: date, asked: Audit | None, reason: str | None
) -> Audit:
    overdue = task.was_overdue or turn.today > old
    after: dict[str, object] = {"deadline": day.isoformat()}
    after |= {"reason": reason} if reason else {}
    after |= {"was_overdue": True} if overdue and not task.was_overdue else {}
    row = await task_steps.keep_state(
        turn,
        task,
        ExtensionStep.MOVE.event,
        {"deadline": old.isoformat()},
        after,
        deadline=day,
        first_deadline=task.first_deadline or old,
        was_overdue=overdue,
        extensions=task.extensions + (asked is not None),
        extension_until=None,
        extension_asked_at=None,
    )
    task_steps.schedule_nags(task, turn.now)
    return row


async def refuse(turn: Turn, task: Task, asked: Audit, reason: str) -> Text | None:
    """The deadline stays; the request does not count. Returns as ``move``."""
    wanted = {} if task.extension_until is None else {"extension_until": task.extension_until.isoformat()}
    values = {"extension_until": None, "extension_asked_at": None}
    row = await task_steps.keep_state(
        turn, task, ExtensionStep.REFUSE.event, wanted, {"reason": reason}, **values
    )
    stays = [] if task.deadline is None else [Text("extensions.stays", day=full_day_text(task.deadline))]
    return await _tell(turn, [TaskStep(task, row, asked)], "extensions.told_refuse", *stays)


async def _tell(turn: Turn, steps: Sequence[TaskStep], key: str, *lines: Text) -> Text | None:
    """Who hears of a part alone hears that its deadline was moved; the request was for the whole."""

    async def lines_of(first: TaskStep, others: Sequence[Task], names: UnitNames) -> list[Text]:
        own = key if first is steps[0] else "extensions.told_move"
        told = [await task_decisions.told_title(turn, first, own, names), *lines]
        if others:
            told.append(open_parts.told_line(open_parts.EXTENDED, others, names))
        return [*told, *task_decisions.reason_lines(first.row)]

    return await task_decisions.tell_concerned(turn, steps, lines_of, urgent=True)
