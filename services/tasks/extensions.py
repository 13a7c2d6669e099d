"""延期: the responsible person asks for a later deadline, or the office moves it: a day, a reason, one step.

Until the office answers, deadline, lamp and nags are as they were. ``extension_answers`` has the answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from locales import Text
from models import tasks
from models.tasks import Task, children
from reports.formats import full_day_text
from rules.said_days import read_days, read_said_day
from rules.tasks.task_extensions import EXTENSIONS_LIMIT, LONGEST_EXTENSION, ExtensionStep, day_refusal
from services import access, questions
from services.errors import DomainError
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.tasks import (
    breakdown_rights,
    completion,
    deciders,
    extension_answers,
    extension_card,
    extension_steps,
    task_card,
    task_steps,
)
from services.tasks.task_card import task_button
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, arguments_of, button

DAYS: Final = (7, 15, 30)
"""Days after the deadline, or after today if that is over, that one press chooses."""
ExtensionReason = Literal["big_work", "weather", "others_needed", "plan_changed"]
# The reasons with a button; any other reason is written.
REASONS: Final[Mapping[ExtensionStep, Sequence[ExtensionReason]]] = {
    ExtensionStep.ASK: ("big_work", "weather", "others_needed"),
    ExtensionStep.MOVE: ("plan_changed", "weather", "others_needed"),
}


@dataclass(frozen=True, slots=True)
class ExtensionMatter:
    """A later deadline that is asked for (``ASK``) or given (``MOVE``).

    ``seen``: the last step of 延期 when the card was shown. ``day``: the new deadline, once it is chosen.
    """

    task_id: int
    step: ExtensionStep
    seen: int
    day: date | None = None


async def start(turn: Turn, matter: ExtensionMatter) -> TurnOutcome:
    """Ask for the new deadline: by a button, or in words."""
    task = await _task_of(turn, matter)
    if (why_not := await extension_steps.hindrance(turn, task, matter.step, matter.seen)) is not None:
        return await completion.refused(turn, matter.task_id, why_not)
    first = max(task.deadline or turn.today, turn.today)
    latest = await extension_steps.latest_day(turn, task)
    if latest is not None and latest <= first:
        return await completion.refused(turn, matter.task_id, await _no_room(turn, task, matter, latest))
    days = [first + timedelta(days=days) for days in DAYS]
    rows = [[_day_button(turn, matter, first, day)] for day in days if latest is None or day <= latest]
    if latest is not None and latest < days[-1] and latest not in days:
        rows.append([_day_button(turn, matter, first, latest)])
    await questions.ask_here(turn, "extension.day", arguments_of(matter))
    lines = [*await _title(turn, task, matter), Text("extensions.choose_day")]
    return TurnOutcome(View(lines, [*rows, _back(turn, task)], [matter.task_id]))


def _day_button(turn: Turn, matter: ExtensionMatter, first: date, day: date) -> ButtonSpec:
    label = Text("extensions.day_button", days=(day - first).days, day=full_day_text(day))
    return button(label, "extension.reason", turn.actor.id, **arguments_of(replace(matter, day=day)))


async def _no_room(turn: Turn, task: Task, matter: ExtensionMatter, latest: date) -> Text:
    """A part cannot go on after the task above it; who decides on that one has to move it first."""
    if matter.step is ExtensionStep.MOVE or task.deadline != latest:
        return Text("extensions.after_parent", day=full_day_text(latest))
    above = await children.parent_of(turn.session, task)
    name = task.responsible_person if above is None else above.responsible_person
    return Text("extensions.no_room", day=full_day_text(latest), name=name)


async def _title(turn: Turn, task: Task, matter: ExtensionMatter) -> list[Text]:
    key = f"extensions.{matter.step.value}_title"
    values: dict[str, object] = {
        "objective": await breakdown_rights.name_of(turn.session, task, 80),
        "most": EXTENSIONS_LIMIT,
    }
    if matter.step is ExtensionStep.ASK:
        values["who"] = await deciders.name_of(turn, task)
    return [Text(key, **values), *task_card.demand_lines(task, turn.now, turn.campaign)[:1]]


def _back(turn: Turn, task: Task) -> list[ButtonSpec]:
    return [task_button("completion.back_button", "task.show", turn.actor, task)]


async def day_in_words(turn: Turn, matter: ExtensionMatter, words: str) -> TurnOutcome:
    """Take the written day, and ask for the reason. ``DomainError``: it is no day, or not a possible one."""
    day, days = read_said_day(words, turn.today), read_days(words)
    if days is not None:  # from where the buttons count
        task = await _task_of(turn, matter)
        day = max(task.deadline or turn.today, turn.today) + timedelta(days=days)
    if day is None:
        raise DomainError("extensions.no_day")
    return await ask_reason(turn, replace(matter, day=day))


async def ask_reason(turn: Turn, matter: ExtensionMatter) -> TurnOutcome:
    """Ask for the reason of the day that was chosen; ``DomainError``: the deadline cannot move to it."""
    task = await _task_of(turn, matter)
    if (why_not := await extension_steps.hindrance(turn, task, matter.step, matter.seen)) is not None:
        return await completion.refused(turn, matter.task_id, why_not)
    day = await _day_of(turn, task, matter)
    labels = {name: Text(f"extensions.reason.{name}") for name in REASONS[matter.step]}
    rows = reason_rows(turn.actor, labels, "extension.decide", arguments_of(matter))
    await questions.ask_here(turn, "extension.reason", arguments_of(matter))
    moved = Text("extensions.new_day", day=full_day_text(day))
    asked = Text("extensions.choose_reason", limit=REASON_LIMIT)
    lines = [*await _title(turn, task, matter), moved, asked]
    return TurnOutcome(View(lines, [*rows, _back(turn, task)], [matter.task_id]))


async def _day_of(turn: Turn, task: Task, matter: ExtensionMatter) -> date:
    if matter.day is None:
        raise ValueError("no day was chosen")
    refusal = day_refusal(matter.day, extension_card.facts_of(task), turn.today)
    if refusal is not None:
        raise DomainError(f"extensions.refused.{refusal.value}", most=LONGEST_EXTENSION)
    if (why_not := await extension_steps.beyond_parent(turn, task, matter.day)) is not None:
        raise DomainError(why_not.key, **why_not.values)
    return matter.day


async def decide_for(turn: Turn, matter: ExtensionMatter, reason: ExtensionReason) -> TurnOutcome:
    """As ``decide``, for the reason on a button."""
    return await decide(turn, matter, named_reason(f"extensions.reason.{reason}", turn.campaign))


async def answer(turn: Turn, matter: ExtensionMatter, words: str) -> TurnOutcome:
    """As ``decide``, for the written reason."""
    return await decide(turn, matter, written_reason(words))


async def decide(turn: Turn, matter: ExtensionMatter, reason: str) -> TurnOutcome:
    """Ask the office, or move the deadline and tell the people concerned. Of two presses the first counts."""
    task = await _task_of(turn, matter)
    if (why_not := await extension_steps.hindrance(turn, task, matter.step, matter.seen)) is not None:
        return await completion.refused(turn, matter.task_id, why_not)
    day = await _day_of(turn, task, matter)
    if matter.step is ExtensionStep.MOVE:
        warning = await extension_steps.move(turn, task, day, None, reason)
        return await extension_steps.done(turn, matter.task_id, matter.step, warning)
    await extension_answers.tell_deciders(turn, task, await extension_steps.ask(turn, task, day, reason))
    return await extension_steps.done(turn, matter.task_id, matter.step)


async def _task_of(turn: Turn, matter: ExtensionMatter) -> Task:
    """The task, locked before the rights are checked, for it may be on its way to others at this moment."""
    if matter.step is ExtensionStep.MOVE:
        await children.lock_tree(turn.session, matter.task_id)
        return await task_steps.for_decider(turn.session, turn.actor, matter.task_id)
    await tasks.lock(turn.session, matter.task_id)
    task = await access.visible_task(turn.session, turn.actor, matter.task_id)
    if not access.answers_for(turn.actor, task):
        raise DomainError("extensions.not_yours")
    return task
