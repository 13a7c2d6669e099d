"""Words in the private chat: the answer to an open question, else a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import Message, Update

from handlers import documents, papers, progress, work_reports
from handlers.actions import ANSWERS, FOR_EVERYBODY, OF_DECIDERS
from handlers.binding import bound
from handlers.progress import replied_to
from handlers.work import Context, Work, current
from services import message_subjects, once_a_day, questions
from services.cases.deciding import instruction_writing
from services.message_subjects import MessageSubjects
from services.nags import small_words
from services.tasks import task_steps


async def receive(update: Update, context: Context) -> None:
    """A message in the private chat.

    Text alone answers an open question. Text with a file, or without an open question, is a report, unless it
    is a small word such as 收到. Either ends the question, so that it cannot swallow what is written later.
    """
    work = current.get()
    message = update.effective_message
    text = (message.text or "").strip() if message else ""
    gone = message is not None and await progress.say_if_gone(work, message, context.bot.id)
    if message is not None and text:
        about = await message_subjects.subjects(work.session, work.chat_id, replied_to(message))
        about_cases = await message_subjects.case_subjects(work.session, work.chat_id, replied_to(message))
        question = await questions.take(
            work.session, work.user_id, work.chat_id, now=work.now, about=about, about_cases=about_cases
        )
        if question is not None and await _is_theirs(work, question.action, question.arguments):
            found = bound(ANSWERS, question.action, question.arguments)
            if found is not None:
                run, arguments = found
                await run(work, text, **arguments)
                return
        if work.actor is not None and message.forward_origin is None:
            subjects = MessageSubjects(about, about_cases)
            answered = await small_words.answer(work.turn(work.actor), text, subjects, replied_to(message))
            if answered is not None:
                work.say(None if gone else answered)
                return
    else:
        if message is not None and await _words_are_wanted(work, message):
            return
        if message is not None and await work_reports.take_template(work, message):
            return
        await drop_question(update, context)
    named = None if message is None else progress.caption_command(message, work.bot_name)
    if message is not None and named is not None:
        await papers.from_caption(work, message, named)
    elif message is not None and message.document is not None and message.animation is None:
        await documents.receive(update, context)
    else:
        await progress.receive(update, context)


async def _words_are_wanted(work: Work, message: Message) -> bool:
    """Whether a photo, a place or the like came although a 批示 is being waited for; then that is said.

    The words that follow would else belong to what the photo begins.
    """
    case_id = await questions.instructed_case(work.session, work.user_id, work.chat_id, now=work.now)
    if case_id is None or work.actor is None:
        return False
    view = await instruction_writing.words_only(work.turn(work.actor), case_id)
    album = message.media_group_id
    work.say(await once_a_day.once_for_album(work.session, work.chat_id, album, view, now=work.now))
    return True


async def _is_theirs(work: Work, action: str, arguments: Mapping[str, Any]) -> bool:
    """Whether this person may still answer a question of this action.

    Most questions go to applicants and the office only, so they are void for a person who has left the
    office, and those to who decides on a task for a person who no longer does. Those about cases, leave and
    转办 go to others, too; the answer's own action checks their rights.
    """
    if work.actor is None or work.actor.is_office or action in FOR_EVERYBODY:
        return True
    return action in OF_DECIDERS and await task_steps.decides(work.session, work.actor, arguments["task_id"])


async def drop_question(update: Update, context: Context, *, whatever: bool = False) -> None:
    """End the open question: a command means that the person has turned to something else."""
    work = current.get()
    work.question_ended = await work.end_question(whatever=whatever)
