"""Questions asked in a chat: the person's next words there are the answer, or begin a half-made paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from models.db import Session
from models.delivery import messages
from models.delivery.messages import Question
from services.turn import Turn
from services.views import kept_arguments

# Later words are no answer any more and have their usual meaning.
KEPT: Final = timedelta(minutes=30)
PAPER: Final = "paper"
INSTRUCTION: Final = "case.instruct"
"""A leader is asked for a 批示. What they do beside it does not end this question: their words would begin
something else. Its own buttons end it, another question, and time."""
# Where a session keeps the question that was asked last.
ASKED: Final = "asked"


async def ask(
    session: Session,
    user_id: int,
    chat_id: int,
    action: str,
    *,
    now: datetime,
    arguments: Mapping[str, object] | None = None,
) -> None:
    """Note that ``action`` waits for the person's next words here; an earlier question is dropped."""
    row = Question(
        user_id=user_id,
        chat_id=chat_id,
        action=action,
        arguments=kept_arguments(arguments or {}),
        asked_at=now,
    )
    session.info[ASKED] = await session.merge(row)
    await session.flush()


def asked_now(session: Session, user_id: int, chat_id: int) -> Question | None:
    """The question that was asked in this transaction, of this person in this chat."""
    question: Question | None = session.info.get(ASKED)
    if question is None or question not in session or sa.inspect(question).expired:
        return None  # it has ended, or its savepoint was undone
    return question if (question.user_id, question.chat_id) == (user_id, chat_id) else None


async def ask_here(turn: Turn, action: str, arguments: Mapping[str, object] | None = None) -> None:
    """Note that ``action`` waits for the next words of the person whose turn it is, in its chat."""
    await ask(turn.session, turn.account, turn.chat, action, now=turn.now, arguments=arguments)


async def ask_for_paper(turn: Turn) -> None:
    """Note that the answer asks for a report, a photo or a place, or for a press on its buttons.

    So it comes again if it is lost. The person's next words end it and have their usual meaning.
    """
    await ask_here(turn, PAPER)


async def ask_privately(turn: Turn, action: str, arguments: Mapping[str, object]) -> None:
    """As ``ask_here``, in the person's private chat."""
    await ask(turn.session, turn.account, turn.account, action, now=turn.now, arguments=arguments)


async def take(
    session: Session,
    user_id: int,
    chat_id: int,
    *,
    now: datetime,
    about: Sequence[int] = (),
    about_cases: Sequence[int] = (),
) -> Question | None:
    """The open question of this chat; it ends with this call.

    None: there is none, it is too old, it asks for a paper, or the words reply to a message about tasks
    (``about``) or cases (``about_cases``) other than the question's, and so belong to those.
    """
    question = await session.get(Question, (user_id, chat_id))
    if question is None or not await messages.end_question(session, user_id, chat_id):
        return None
    if question.action == PAPER:
        return None
    if about and list(about) != [question.arguments.get("task_id")]:
        return None
    if about_cases and not _may_be_about(question, about_cases):
        return None
    # The clock may have been set back: a question from the future is as stale as one from long ago.
    return question if abs(now - question.asked_at) <= KEPT else None


def _may_be_about(question: Question, case_ids: Sequence[int]) -> bool:
    """Whether the question may be about these cases. It may not, if it names other cases or a task.

    A question about an order names neither.
    """
    case_id = question.arguments.get("case_id")
    named = question.arguments.get("case_ids") or ([] if case_id is None else [case_id])
    return bool({*named} & {*case_ids}) if named else "task_id" not in question.arguments


async def drop(session: Session, user_id: int, chat_id: int) -> bool:
    """Forget the open question of this chat, unless it is ``INSTRUCTION``; returns whether one ended."""
    return await messages.end_question(session, user_id, chat_id, but=INSTRUCTION)


async def end(session: Session, user_id: int, chat_id: int) -> bool:
    """Forget the open question of this chat, whatever it is; returns whether there was one."""
    return await messages.end_question(session, user_id, chat_id)


async def is_open(turn: Turn, action: str) -> bool:
    """Whether this question waits for an answer of the person whose turn it is, in its chat."""
    question = await turn.session.get(Question, (turn.account, turn.chat))
    return question is not None and question.action == action and abs(turn.now - question.asked_at) <= KEPT


async def end_here(turn: Turn) -> None:
    """As ``end``, for the person whose turn it is."""
    await end(turn.session, turn.account, turn.chat)


async def instructed_case(session: Session, user_id: int, chat_id: int, *, now: datetime) -> int | None:
    """The case for which a 批示 is being waited for here; None: no words are waited for, or not any more."""
    question = await session.get(Question, (user_id, chat_id))
    if question is None or question.action != INSTRUCTION or abs(now - question.asked_at) > KEPT:
        return None
    return int(question.arguments["case_id"])
