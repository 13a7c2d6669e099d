"""The office's decisions about a task (办结, 退回, 复开, 取消), their reasons, and who is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from locales import Text
from models import tasks as stored
from models.audit_log import Audit
from models.db import Session, ident, row_of
from models.people import Contact
from models.tasks import Task, children
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskEvent
from services import access, audit, outbox, questions
from services.access import Actor
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.recipients import Directory
from services.tasks import breakdown_rights, completion, open_parts, task_card, task_steps
from services.tasks.task_card import task_button
from services.turn import Turn
from services.views import TurnOutcome, View, button

# These decisions rest on the figures; 取消 and 复开 do not.
ON_FIGURES: Final = frozenset({TaskEvent.COMPLETE, TaskEvent.RETURN})
# What is open below the task is locked with it: it is named, or goes along.
_OVER_PARTS: Final = frozenset({TaskEvent.COMPLETE, TaskEvent.CANCEL})
DecisionReason = Literal[
    "no_evidence", "wrong_figures", "below_standard", "duplicate", "changed", "reached", "goes_on"
]
# The reasons that one press gives; any other reason is written.
REASONS: Final[Mapping[TaskEvent, Sequence[DecisionReason]]] = {
    TaskEvent.RETURN: ("no_evidence", "wrong_figures", "below_standard"),
    TaskEvent.CANCEL: ("duplicate", "changed"),
    # Something is still open below the task.
    TaskEvent.COMPLETE: ("reached", "goes_on"),
}


async def decide(
    turn: Turn,
    task_id: int,
    event: TaskEvent,
    seen: int,
    reason: str | None = None,
    *,
    figures: str | None = None,
    below: str = "",
) -> TurnOutcome:
    """Record the decision of who decides on the task, and tell the people concerned.

    ``seen``: the last decision that the office knew of (see ``tasks.complete``). ``reason``: needed for 退回
    and 取消. ``figures``: the mark of the figures that was shown (see ``task_card.TaskVersion``). ``below``:
    the mark of the open parts that were shown (see ``open_parts``); 取消 takes them along.
    """
    open_ones = await children.lock_tree(turn.session, task_id) if event in _OVER_PARTS else []
    if event in ON_FIGURES and await _are_others(turn.session, turn.actor, task_id, event, seen, figures):
        return await completion.other_figures(turn, task_id)
    if event is TaskEvent.COMPLETE and open_ones and below != open_parts.mark_of_named(open_ones):
        again = await ask(turn, task_id, event, seen)
        return (
            again
            if reason is None
            else replace(again, text=again.text or Text("children.changed_open"), done=False)
        )
    parts = open_ones if event is TaskEvent.CANCEL else []
    if reason and parts and below != await open_parts.mark_of(turn.session, parts):
        again = await ask_cancel(turn, task_id, seen, reason)
        return TurnOutcome(again.view, again.text or Text("children.changed"), done=False)
    row = await _decided(turn, task_id, event, seen, reason)
    if row is None:
        return await completion.too_late(turn, task_id)
    task = await task_steps.for_decider(turn.session, turn.actor, task_id)
    along = [(part, await task_steps.cancel_part(turn, part, reason or "")) for part in parts]
    warning = await _tell(turn, task, row, [(part, step) for part, step in along if step is not None])
    card = await task_card.card(turn, task_id)
    if warning is not None:
        card = replace(card, lines=[warning, *card.lines])
    return TurnOutcome(card, Text(f"completion.done_{event.value}"))


async def decide_for(
    turn: Turn,
    task_id: int,
    event: TaskEvent,
    seen: int,
    reason: DecisionReason | None = None,
    *,
    figures: str | None = None,
    below: str = "",
) -> TurnOutcome:
    """As ``decide``, for the reason on a button; None: the button has none."""
    said = None if reason is None else _in_words(reason, turn)
    return await decide(turn, task_id, event, seen, said, figures=figures, below=below)


def _in_words(reason: DecisionReason, turn: Turn) -> str:
    return named_reason(f"completion.reason.{reason}", turn.campaign)


async def _are_others(
    session: Session, actor: Actor, task_id: int, event: TaskEvent, seen: int, figures: str | None
) -> bool:
    """Whether the figures are no longer those shown: a report was filed, corrected or withdrawn since.

    The task is locked, so a report that comes now waits until the decision is made.
    """
    await stored.lock_with_above(session, task_id)
    task = await _undecided(session, actor, task_id, event, seen)
    return task is not None and not await task_card.are_shown(session, task, figures)


async def _decided(turn: Turn, task_id: int, event: TaskEvent, seen: int, reason: str | None) -> Audit | None:
    match event:
        case TaskEvent.COMPLETE:
            return await task_steps.complete(turn, task_id, seen=seen, reason=reason)
        case TaskEvent.RETURN if reason:
            return await task_steps.send_back(turn, task_id, reason, seen=seen)
        case TaskEvent.REOPEN:
            return await task_steps.reopen(turn, task_id, seen=seen, reason=reason)
        case TaskEvent.CANCEL if reason:
            return await task_steps.cancel(turn, task_id, reason, seen=seen)
        case _:
            raise ValueError(f"{event.value} is not decided here, or lacks its reason")


async def ask(turn: Turn, task_id: int, event: TaskEvent, seen: int) -> TurnOutcome:
    """Ask for the reason after 退回, 复开 or 取消 was pressed."""
    task = await _undecided(turn.session, turn.actor, task_id, event, seen)
    if task is None:
        return await completion.too_late(turn, task_id)
    shown: dict[str, object] = {"seen": seen}
    found = await open_parts.open_parts(turn.session, task) if event is TaskEvent.COMPLETE else []
    if event in ON_FIGURES:
        shown["figures"] = (await task_card.measure(turn.session, task)).mark
    if found:
        shown["below"] = open_parts.mark_of_named(found)
    labels = {name: Text(f"completion.reason.{name}") for name in REASONS.get(event, ())}
    said, action = {"task_id": task_id, **shown}, f"task.{event.value}_for"
    others = [
        task_button(
            "completion.write_reason_button", "task.write_reason", turn.actor, task, event=event, **shown
        )
    ]
    if event is TaskEvent.REOPEN:
        others.insert(0, task_button("completion.reopen_now_button", action, turn.actor, task, **shown))
    rows = [*reason_rows(turn.actor, labels, action, said, *others), completion.back_row(turn.actor, task)]
    lines = [
        Text(f"completion.why_{event.value}", objective=await breakdown_rights.name_of(turn.session, task))
    ]
    if event is TaskEvent.RETURN:
        # The person still sees what they return.
        review = await completion.review(turn, task_id)
        lines = [*review.lines, *lines]
    if found:
        lines.append(await open_parts.named_line(turn.session, found))
    await _take_words(turn, task_id, event, **shown)
    return TurnOutcome(View(lines, rows, [task_id]))


async def _take_words(turn: Turn, task_id: int, event: TaskEvent, **shown: object) -> None:
    """Let the next words in this chat be the reason."""
    await questions.ask_here(turn, "task.reason", {"task_id": task_id, "event": event, **shown})


async def ask_in_words(
    turn: Turn,
    task_id: int,
    event: TaskEvent,
    seen: int,
    *,
    figures: str | None = None,
    below: str = "",
) -> TurnOutcome:
    """Ask for the reason in words: the next words in this chat are the reason."""
    task = await _undecided(turn.session, turn.actor, task_id, event, seen)
    if task is None:
        return await completion.too_late(turn, task_id)
    await _take_words(turn, task_id, event, seen=seen, figures=figures, below=below)
    name = await breakdown_rights.name_of(turn.session, task)
    line = Text(f"completion.write_{event.value}", objective=name, limit=REASON_LIMIT)
    return TurnOutcome(View([line], [completion.back_row(turn.actor, task)], [task_id]))


async def answer(
    turn: Turn,
    task_id: int,
    event: TaskEvent,
    seen: int,
    words: str,
    *,
    figures: str | None = None,
    below: str = "",
) -> TurnOutcome:
    """Take the written reason: 退回 and 复开 take effect with it, 取消 asks once more."""
    reason = written_reason(words)
    if event is TaskEvent.CANCEL:
        return await ask_cancel(turn, task_id, seen, reason)
    return await decide(turn, task_id, event, seen, reason, figures=figures, below=below)


async def ask_cancel_for(turn: Turn, task_id: int, seen: int, reason: DecisionReason) -> TurnOutcome:
    """As ``ask_cancel``, for the reason on a button."""
    return await ask_cancel(turn, task_id, seen, _in_words(reason, turn))


async def ask_cancel(turn: Turn, task_id: int, seen: int, reason: str, *, sure: bool = False) -> TurnOutcome:
    """Ask once more before cancelling, for a cancelled task stays cancelled.

    What is open below it goes along: it is shown, and asked twice. ``sure``: the first question was answered.
    """
    task = await _undecided(turn.session, turn.actor, task_id, TaskEvent.CANCEL, seen)
    if task is None:
        return await completion.too_late(turn, task_id)
    lines = [
        Text("completion.confirm_cancel", objective=await breakdown_rights.name_of(turn.session, task)),
        Text("completion.reason_line", reason=reason),
    ]
    found = await open_parts.open_parts(turn.session, task)
    said: dict[str, object] = {"seen": seen, "reason": reason}
    if found:
        lines += await open_parts.reported_lines(turn.session, found)
    if found and not sure:
        confirm = task_button("children.cancel_button", "task.cancel_all", turn.actor, task, **said)
    else:
        lines += [Text("children.cancel_again", count=len(found))] if found else []
        said["below"] = await open_parts.mark_of(turn.session, found)
        confirm = task_button("completion.confirm_cancel_button", "task.cancel_now", turn.actor, task, **said)
    return TurnOutcome(View(lines, [[confirm], completion.back_row(turn.actor, task)], [task_id]))


async def _undecided(
    session: Session, actor: Actor, task_id: int, event: TaskEvent, seen: int
) -> Task | None:
    """The task if ``event`` is possible and the actor has seen the last decision, else None."""
    task = await task_steps.for_decider(session, actor, task_id)
    last = task_card.seen_of(await task_steps.last_decision(session, task_id))
    return task if seen == last and completion.is_possible(task, event) else None


async def _tell(turn: Turn, task: Task, row: Audit, along: Sequence[tuple[Task, Audit]]) -> Text | None:
    """Tell the people concerned what was decided, by whom and why; ``along``: the parts cancelled with it.

    Returns as ``tell_concerned``.
    """
    taken = [(task, row), *along]
    asked = await task_steps.last_submissions(turn.session, [ident(one) for one, _ in taken])
    steps = [TaskStep(one, step, row_of(asked, one.id)) for one, step in taken]

    async def lines_of(first: TaskStep, others: Sequence[Task], names: UnitNames) -> list[Text]:
        event = TaskEvent(first.row.event)
        lines = [await told_title(turn, first, f"completion.told_{event.value}", names)]
        if others:
            lines.append(open_parts.told_line(open_parts.CANCELLED, others, names))
        lines += reason_lines(first.row)
        return [*lines, Text("completion.mend")] if event is TaskEvent.RETURN else lines

    return await tell_concerned(turn, steps, lines_of, urgent=row.event == TaskEvent.RETURN.value)


UnitNames = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class TaskStep:
    """A step of a task that people hear of. ``asked``: the request on which it was decided."""

    task: Task
    row: Audit
    asked: Audit | None = None


async def told_title(turn: Turn, step: TaskStep, key: str, names: UnitNames) -> Text:
    """The first line of what is told of a step: the task, who has taken the step, and when."""
    who, at = await audit.who_of(turn.session, step.row), moment_text(step.row.at, turn.campaign.zone)
    return Text(key, objective=breakdown_rights.named(step.task, names), who=who, at=at)


def reason_lines(row: Audit) -> list[Text]:
    reason = (row.after or {}).get("reason")
    return [Text("completion.reason_line", reason=reason)] if reason else []


async def tell_concerned(
    turn: Turn,
    steps: Sequence[TaskStep],
    lines_of: Callable[[TaskStep, Sequence[Task], UnitNames], Awaitable[list[Text]]],
    *,
    urgent: bool,
) -> Text | None:
    """Tell the people whom some steps concern once, in one message, except the person who took the steps.

    The first step is about a task, the others about what lies below it. Who broke the task above down hears
    of the first, if the office has taken it. ``lines_of``: what a person reads who hears of a step and of
    these other tasks: of their own, or of all if they hear of the first; it gets the units' names by id.
    ``urgent``: see ``_concerned``.
    Returns the warning that nobody concerned can be told of the first; None: somebody can.
    """
    directory = await Directory.about(turn.session, [step.task for step in steps], turn.today)
    theirs: dict[int, list[TaskStep]] = {}
    contacts: dict[int, Contact] = {}
    can_be_told = False
    for step in steps:
        found = await _concerned(turn, directory, step, urgent=urgent)
        if step is steps[0]:
            can_be_told = bool(found)
            found += _deciders(turn, directory, step.task, found)
        for contact in found:
            contacts[ident(contact)] = contact
            theirs.setdefault(ident(contact), []).append(step)
    for contact_id, heard in theirs.items():
        first = heard[0]
        others = steps[1:] if first is steps[0] else heard[1:]
        lines = await lines_of(first, [step.task for step in others], directory.unit_names)
        await _promise(turn, contacts[contact_id], first.task, first.row, lines)
    if can_be_told:
        return None
    return Text("completion.nobody_told" if steps[0].asked is not None else "completion.owners_not_told")


def _deciders(turn: Turn, directory: Directory, task: Task, known: Sequence[Contact]) -> list[Contact]:
    """Who broke the task above down, and hears what the office does with a part."""
    found = [who.contact for who in directory.deciders(task)] if turn.actor.is_office else []
    return [contact for contact in found if contact is not None and contact not in known]


async def _promise(turn: Turn, contact: Contact, task: Task, row: Audit, lines: Sequence[Text]) -> None:
    if contact.id == turn.actor.id:
        return
    opened = button("completion.card_button", "task.card", contact.id, task_id=task.id)
    view = View(lines, [[opened]], [ident(task)])
    key = f"decided:{row.id}:{contact.id}"
    await outbox.enqueue(turn.session, MessageKind.ORDER, key, view, now=turn.now, contact=contact)


async def _concerned(turn: Turn, directory: Directory, step: TaskStep, *, urgent: bool) -> list[Contact]:
    """The people whom a decision concerns.

    They are the person who asked for it, the 责任人 and their deputy, and the 联络员. If it is ``urgent``,
    the person who has to act hears, and the 联络员 only if nobody else can.
    """
    task = step.task
    own = row_of(directory.by_id, task.responsible_id)
    deputy = None if own is None else directory.deputy_of(own)
    found = [one for one in (own, deputy, await _asker(turn, task, step.asked)) if one and one.reachable]
    if not urgent or not found:
        liaisons = directory.holders(Role.LIAISON, task.lead_unit_id)
        found += [one for one in liaisons if one.reachable]
    return list({contact.id: contact for contact in found}.values())


async def _asker(turn: Turn, task: Task, asked: Audit | None) -> Contact | None:
    """Who asked for it, if they still see the task.

    They may have given the task away since. Then they would not get the message, and nobody in their place.
    """
    asker = None if asked is None else await turn.session.get(Contact, asked.actor_id)
    if asker is None or asker.id == task.responsible_id:
        return None
    actor = await access.actor_of(turn.session, asker, today=turn.today)
    return asker if await access.sees_all_of(turn.session, actor, [ident(task)]) else None
