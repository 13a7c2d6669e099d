"""Commands in the private chat, strangers who write there, and commands that the program does not know."""

from __future__ import annotations

from dataclasses import replace

from telegram import Message, Update

from handlers.progress import change, read_addition, replied_to
from handlers.work import Context, current
from services import help_texts, message_subjects
from services.people import enrolment, joining
from services.progress import progress_dialogue
from services.tasks import task_lists


async def start(update: Update, context: Context) -> None:
    """``/start``, alone or with the token of a link, which intake has replaced by its hash."""
    work = current.get()
    if context.args:
        work.actor = await enrolment.enrol(
            work.session, token_hash=context.args[0], telegram_user_id=work.user_id, now=work.now
        )
        work.menus_changed = True
        work.say(help_texts.welcome(work.actor))
        if not work.actor.reports:
            return  # people who oversee a whole district need not begin with a list of all its tasks
        work.say(await task_lists.list_view(work.turn(work.actor)))
        return
    if work.actor is None:
        work.say(await joining.greet(work.session, work.user_id, now=work.now, spoke=True, asked=True))
        return
    work.say(help_texts.help_for(work.actor))


async def greet(update: Update, context: Context) -> None:
    """Answer a stranger: words always, a sticker and the like once a day."""
    work, message = current.get(), update.effective_message
    spoke = bool(message and (message.text or message.caption))
    work.say(await joining.greet(work.session, work.user_id, now=work.now, spoke=spoke))


async def join(update: Update, context: Context) -> None:
    """``/join``, by a person without an enrolled account."""
    work = current.get()
    work.say(await joining.begin(work.session, work.user_id, now=work.now))


async def language(update: Update, context: Context) -> None:
    work = current.get()
    work.say(help_texts.languages(work.require_actor()))


async def show_help(update: Update, context: Context) -> None:
    work = current.get()
    work.say(help_texts.help_for(work.require_actor()))


async def report(update: Update, context: Context) -> None:
    """``/report``, alone or followed by words, which then are the report."""
    work, message = current.get(), update.effective_message
    actor = work.require_actor()
    words = _behind(message)
    if message is None or not words:
        work.say(await progress_dialogue.begin_without_task(work.turn(actor)))
        return
    about = await message_subjects.subjects(work.session, work.chat_id, replied_to(message))
    addition = replace(read_addition(message), text=words)
    work.say(await progress_dialogue.begin_in_words(work.turn(actor), addition, about=about))


async def edited_report(update: Update, context: Context) -> None:
    """``/report`` with words behind it was edited: change the report made of these words."""
    work, message = current.get(), update.effective_message
    words = _behind(message)
    if work.actor is not None and message is not None and words:
        await change(work, work.actor, message, replace(read_addition(message), text=words))


def _behind(message: Message | None) -> str:
    """The words behind a command."""
    _command, *words = ((message.text if message else None) or "").split(maxsplit=1) or [""]
    return "".join(words).strip()


async def cancel(update: Update, context: Context) -> None:
    """``/cancel``: drop what is half-made or asked; for an applicant, what they have entered so far."""
    work = current.get()
    if work.actor is None and work.question_ended:
        work.say(await joining.cancel(work.session, work.user_id))
        return
    actor, asked = work.require_actor(), work.question_ended
    work.say(await progress_dialogue.cancel(work.turn(actor), asked=asked))


async def unknown(update: Update, context: Context) -> None:
    work = current.get()
    actor = work.require_actor()
    typed = _typed(update)
    work.say(await help_texts.unknown_command(work.turn(actor), typed, work.bot_name))


async def unknown_in_group(update: Update, context: Context) -> None:
    """Answer a command in a group only if it names this bot: most commands there are for other bots."""
    work = current.get()
    if _typed(update).partition("@")[2].casefold() == work.bot_name.casefold():
        work.say(await help_texts.command_in_group(work.session, work.actor, now=work.now))


def _typed(update: Update) -> str:
    """The command as it was typed, with its slash."""
    message = update.effective_message
    words = ((message.text or message.caption or "") if message else "").split()
    return words[0] if words else ""
