"""The office's answer to a request for 延期: grant it, or refuse it with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from locales import Text
from models.audit_log import Audit
from models.tasks import Task, children
from rules.tasks.task_extensions import EXTENSIONS_LIMIT, ExtensionStep
from services import questions
from services.access import Actor
from services.reasons import REASON_LIMIT, named_reason, reason_rows, written_reason
from services.tasks import (
    breakdown_rights,
    completion,
    deciders,
    extension_card,
    extension_steps,
    task_card,
    task_steps,
)
from services.tasks.task_card import task_button
from services.turn import Turn
from services.views import TurnOutcome, View

RefusalReason = Literal["time_enough", "no_ground"]
# The reasons that one press gives; any other reason is written.
REASONS: Final[Sequence[RefusalReason]] = ("time_enough", "no_ground")


async def tell_deciders(turn: Turn, task: Task, asked: Audit) -> None:
    """Send the request to who decides on the task."""
    await deciders.tell(turn, task, f"extension:{asked.id}", await _request(turn, task, asked, None))


async def review(turn: Turn, task_id: int) -> View:
    """The request as the office reads it; the card, if none waits any more."""
    task = await task_steps.for_decider(turn.session, turn.actor, task_id)
    asked = await extension_card.last_step(turn.session, task_id)
    if asked is None or task.extension_until is None:
        return await task_card.card(turn, task_id)
    return await _request(turn, task, asked, turn.actor)


async def _request(turn: Turn, task: Task, asked: Audit, reader: Actor | None) -> View:
    """The request that ``asked`` records, for one member of the office, or for all of them (None)."""
    lines = [
        Text("extensions.request_title", objective=await breakdown_rights.name_of(turn.session, task)),
        *task_card.demand_lines(task, turn.now, turn.campaign)[:1],
        *await extension_card.request_lines(turn.session, task, asked, turn.campaign),
        Text("extensions.granted_before", count=task.extensions, most=EXTENSIONS_LIMIT),
    ]
    grant = task_button("extensions.grant_button", "extension.grant", reader, task, seen=asked.id)
    refuse = task_button("extensions.refuse_button", "extension.refuse", reader, task, seen=asked.id)
    card = task_button("completion.card_button", "task.card", reader, task)
    return View(lines, [[grant, refuse], [card]], [] if task.id is None else [task.id])


async def grant(turn: Turn, task_id: int, seen: int) -> TurnOutcome:
    """同意延期: the deadline moves to the day that was asked for."""
    task, asked, why_not = await _asked(turn, task_id, ExtensionStep.GRANT, seen)
    if asked is None or task.extension_until is None:
        return await completion.refused(turn, task_id, why_not)
    beyond = await extension_steps.beyond_parent(turn, task, task.extension_until)
    if beyond is not None:
        return await completion.refused(turn, task_id, beyond)
    warning = await extension_steps.move(turn, task, task.extension_until, asked)
    return await extension_steps.done(turn, task_id, ExtensionStep.GRANT, warning)


async def ask_refusal(turn: Turn, task_id: int, seen: int) -> TurnOutcome:
    """不同意延期 was pressed: ask for the reason."""
    task, asked, why_not = await _asked(turn, task_id, ExtensionStep.REFUSE, seen)
    if asked is None:
        return await completion.refused(turn, task_id, why_not)
    said = {"task_id": task_id, "seen": seen}
    labels = {name: Text(f"extensions.refusing.{name}") for name in REASONS}
    back = [task_button("completion.back_button", "extension.review", turn.actor, task, back=True)]
    await questions.ask_here(turn, "extension.refused", said)
    lines = [
        Text("extensions.why_refuse", objective=await breakdown_rights.name_of(turn.session, task, 80)),
        *await extension_card.request_lines(turn.session, task, asked, turn.campaign),
        Text("extensions.choose_reason", limit=REASON_LIMIT),
    ]
    return TurnOutcome(
        View(lines, [*reason_rows(turn.actor, labels, "extension.refuse_for", said), back], [task_id])
    )


async def refuse_for(turn: Turn, task_id: int, seen: int, reason: RefusalReason) -> TurnOutcome:
    """As ``refuse``, for the reason on a button."""
    return await refuse(turn, task_id, seen, named_reason(f"extensions.refusing.{reason}", turn.campaign))


async def answer(turn: Turn, task_id: int, seen: int, words: str) -> TurnOutcome:
    """As ``refuse``, for the written reason."""
    return await refuse(turn, task_id, seen, written_reason(words))


async def refuse(turn: Turn, task_id: int, seen: int, reason: str) -> TurnOutcome:
    """不同意延期: the deadline stays as it is."""
    task, asked, why_not = await _asked(turn, task_id, ExtensionStep.REFUSE, seen)
    if asked is None:
        return await completion.refused(turn, task_id, why_not)
    warning = await extension_steps.refuse(turn, task, asked, reason)
    return await extension_steps.done(turn, task_id, ExtensionStep.REFUSE, warning)


async def _asked(turn: Turn, task_id: int, step: ExtensionStep, seen: int) -> tuple[Task, Audit | None, Text]:
    """The task, locked, with the request to answer; without one, the text says why it cannot be answered."""
    # A deadline that moves takes those of the parts along.
    await children.lock_tree(turn.session, task_id)
    task = await task_steps.for_decider(turn.session, turn.actor, task_id)
    why_not = await extension_steps.hindrance(turn, task, step, seen)
    asked = None if why_not is not None else await extension_card.last_step(turn.session, task_id)
    return task, asked, why_not or Text("extensions.moved_on")
