"""Words in the private chat: the answer to what was asked, else a report."""

from __future__ import annotations

from typing import Any

from telegram import Update

from handlers import documents, issues, progress
from handlers.actions import ANSWERS, FOR_EVERYBODY
from handlers.progress import replied_to
from handlers.work import Work, current
from services import message_subjects, questions


async def receive(update: Update, context: Any) -> None:
    """Text alone answers a question that is open; with a file, or without a question, it is a report. Either
    ends the question, so that it cannot swallow what is written later."""
    work = current.get()
    message = update.effective_message
    text = (message.text or "").strip() if message else ""
    if message is not None and text:
        about = await message_subjects.subjects(work.session, work.chat_id, replied_to(message))
        where = (work.session, work.user_id, work.chat_id)
        about_cases = await message_subjects.case_subjects(work.session, work.chat_id, replied_to(message))
        question = await questions.take(*where, now=work.now, about=about, about_cases=about_cases)
        if question is not None and _is_his(work, question.action):
            await ANSWERS[question.action](work, text, question.arguments)
            return
    else:
        await drop_question(update, context)
    if message is not None and progress.is_issue(message, work.bot_name):
        await issues.from_caption(work, message)
    elif message is not None and message.document is not None and message.animation is None:
        await documents.receive(update, context)
    else:
        await progress.receive(update, context)


def _is_his(work: Work, action: str) -> bool:
    """Beside who is nobody yet, only the office is asked: a question to somebody who has left it is void.
    About cases, leave and 转办 others are asked, too; their rights are looked at where they are answered."""
    return work.actor is None or work.actor.is_office or action in FOR_EVERYBODY


async def drop_question(update: Update, context: Any) -> None:
    """A command means that he has turned to something else."""
    work = current.get()
    work.question_ended = await questions.drop(work.session, work.user_id, work.chat_id)
