"""Words, photos and documents in the private chat: the report itself."""

from __future__ import annotations

from typing import Any

from telegram import Message, Update

from handlers.work import current
from services import help_texts, messages, progress
from services.drafts import Addition, EvidenceFile


async def receive(update: Update, context: Any) -> None:
    """A report in words, with a photo or a document, perhaps as a reply to one of our messages."""
    work = current.get()
    actor = work.require_actor()
    message = update.effective_message
    if message is None:
        return
    replied = message.reply_to_message.message_id if message.reply_to_message else None
    about = await messages.subjects(work.session, work.chat_id, replied)
    view = await progress.receive(
        work.session,
        actor,
        work.chat_id,
        read_addition(message),
        about=about,
        now=work.now,
        campaign=work.campaign,
    )
    work.say(view)


def read_addition(message: Message) -> Addition:
    """The words and files of a message; a photo's largest size counts."""
    files = []
    if message.photo:
        largest = message.photo[-1]
        files.append(EvidenceFile("photo", largest.file_id, largest.file_unique_id))
    elif message.document:
        document = message.document
        name = document.file_name[:255] if document.file_name else None
        files.append(EvidenceFile("document", document.file_id, document.file_unique_id, name))
    text = (message.text or message.caption or "").strip()
    return Addition(text, files, message.media_group_id)


async def unsupported(update: Update, context: Any) -> None:
    """A sticker, a voice, a video …: what can be sent instead."""
    work = current.get()
    work.require_actor()
    work.say(help_texts.unsupported())


async def edited(update: Update, context: Any) -> None:
    """A message that was edited changes nothing that was read from it; he must not believe it did."""
    work = current.get()
    if work.actor is not None:
        work.say(help_texts.edited())
