"""Buttons from 申请办结 to 办结, 退回, 复开 and 取消."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, AnswerAction, Arguments, Work
from rules.tasks.task_lifecycle import TaskEvent
from services.access import Actor
from services.tasks import completion, task_card, task_decisions


async def _ask_to_submit(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await completion.ask(work.turn(actor), arguments["task_id"]),
    )


async def _submit(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await completion.submit(work.turn(actor), arguments["task_id"], arguments["seen"]),
    )


async def _show_card(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await task_card.card(work.turn(actor), arguments["task_id"])
    work.replace(view)


async def _review(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Go back from a question to the review; the question ends."""
    await work.end_question()
    view = await completion.review(work.turn(actor), arguments["task_id"])
    work.replace(view)


async def _evidence(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await completion.evidence(work.turn(actor), arguments["task_id"]))


def _asks(event: TaskEvent) -> Action:
    async def ask(work: Work, actor: Actor, arguments: Arguments) -> None:
        work.show(
            await task_decisions.ask(work.turn(actor), arguments["task_id"], event, arguments["seen"]),
        )

    return ask


def _decides(event: TaskEvent) -> Action:
    async def decide(work: Work, actor: Actor, arguments: Arguments) -> None:
        name = arguments.get("reason")
        reason = None if name is None else task_decisions.named_reason(name, work.campaign)
        await _decide(work, actor, arguments, event, reason)

    return decide


async def _decide(
    work: Work, actor: Actor, arguments: Arguments, event: TaskEvent, reason: str | None
) -> None:
    await work.end_question()
    work.show(
        await task_decisions.decide(
            work.turn(actor),
            arguments["task_id"],
            event,
            arguments["seen"],
            reason,
            figures=arguments.get("figures"),
        ),
    )


async def _cancel_for(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await task_decisions.ask_cancel(
            work.turn(actor),
            arguments["task_id"],
            arguments["seen"],
            task_decisions.named_reason(arguments["reason"], work.campaign),
        ),
    )


async def _cancel_now(work: Work, actor: Actor, arguments: Arguments) -> None:
    await _decide(work, actor, arguments, TaskEvent.CANCEL, arguments["reason"])


async def _write_reason(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await task_decisions.ask_in_words(
            work.turn(actor),
            arguments["task_id"],
            TaskEvent(arguments["event"]),
            arguments["seen"],
            figures=arguments.get("figures"),
        ),
    )


async def _reason(work: Work, text: str, arguments: Arguments) -> None:
    """Decide with a written reason; the answer is a message of its own, headed by the result."""
    outcome = await task_decisions.answer(
        work.turn(work.require_actor()),
        arguments["task_id"],
        TaskEvent(arguments["event"]),
        arguments["seen"],
        text,
        figures=arguments.get("figures"),
    )
    work.say_headed(outcome.text, outcome.view)


ACTIONS: Final[Mapping[str, Action]] = {
    "task.submit": _ask_to_submit,
    "task.submit_now": _submit,
    "task.show": _show_card,
    "task.review": _review,
    "task.evidence": _evidence,
    "task.complete": _decides(TaskEvent.COMPLETE),
    "task.return": _asks(TaskEvent.RETURN),
    "task.return_for": _decides(TaskEvent.RETURN),
    "task.reopen": _asks(TaskEvent.REOPEN),
    "task.reopen_for": _decides(TaskEvent.REOPEN),
    "task.cancel": _asks(TaskEvent.CANCEL),
    "task.cancel_for": _cancel_for,
    "task.cancel_now": _cancel_now,
    "task.write_reason": _write_reason,
}
ANSWERS: Final[Mapping[str, AnswerAction]] = {"task.reason": _reason}
