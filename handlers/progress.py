"""Words, photos, videos, documents and places in the private chat: the report itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from telegram import (
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    Update,
)

from handlers.work import current
from services import corrections, help_texts, messages, progress, told
from services.drafts import Addition, EvidenceFile, Location

NAME_LIMIT: Final = 255


async def receive(update: Update, context: Any) -> None:
    """A report in words, with a photo or a document, perhaps as a reply to one of our messages."""
    work = current.get()
    actor = work.require_actor()
    message = update.effective_message
    if message is None:
        return
    about = await messages.subjects(work.session, work.chat_id, replied_to(message))
    view = await progress.receive(
        work.session,
        actor,
        work.chat_id,
        read_addition(message),
        about=about,
        now=work.now,
        campaign=work.campaign,
        thread_id=work.thread_id,
    )
    work.say(view)


def replied_to(message: Message) -> int | None:
    """The message that this one replies to."""
    return message.reply_to_message.message_id if message.reply_to_message else None


def read_addition(message: Message) -> Addition:
    """What a message brings to a report."""
    return Addition(
        text=(message.text or message.caption or "").strip(),
        files=_files(message),
        album=message.media_group_id,
        message_id=message.message_id,
        location=_location(message),
        source=_source(message),
        arrived_at=datetime.now(UTC),
    )


def _files(message: Message) -> list[EvidenceFile]:
    """A photo's largest size, a video or a document."""
    if message.photo:
        largest = message.photo[-1]
        return [EvidenceFile("photo", largest.file_id, largest.file_unique_id)]
    kind, found = ("video", message.video) if message.video else ("document", message.document)
    if found is None:
        return []
    name = found.file_name[:NAME_LIMIT] if found.file_name else None
    return [EvidenceFile(kind, found.file_id, found.file_unique_id, name)]


def _location(message: Message) -> Location | None:
    """A place by its coordinates, and with its name where that was given."""
    if message.venue:
        place = message.venue.location
        return place.latitude, place.longitude, message.venue.title[:NAME_LIMIT]
    if message.location:
        return message.location.latitude, message.location.longitude, None
    return None


def _source(message: Message) -> str | None:
    """From whom a forwarded message stems; one's own words are one's own."""
    match message.forward_origin:
        case MessageOriginUser(sender_user=user):
            own = message.from_user is not None and user.id == message.from_user.id
            return None if own else user.full_name
        case MessageOriginHiddenUser(sender_user_name=name):
            return name
        case MessageOriginChat(sender_chat=chat) | MessageOriginChannel(chat=chat):
            return chat.effective_name
    return None


async def unsupported(update: Update, context: Any) -> None:
    """A voice or a round video is always answered, for he believes that he has reported; a sticker, a poll
    and the like once a day."""
    work = current.get()
    work.require_actor()
    message = update.effective_message
    if message is None:
        return
    if message.video_note:
        work.say(help_texts.video_note())
    elif message.voice or message.audio:
        album = message.media_group_id
        if album is None or await told.once(work.session, work.chat_id, f"album:{album}"[:40], now=work.now):
            work.say(help_texts.voice())
    elif await told.once(work.session, work.chat_id, "unsupported", now=work.now):
        work.say(help_texts.unsupported())


async def edited(update: Update, context: Any) -> None:
    """A message that was edited changes the report that is being made of it, or was filed."""
    work = current.get()
    message = update.effective_message
    # A live location edits itself all the time: where he was when he sent it is what counts.
    if work.actor is None or message is None or message.location:
        return
    addition = read_addition(message)
    where = (work.session, work.actor, work.chat_id, message.message_id)
    if await progress.edit_part(*where, addition, now=work.now, campaign=work.campaign):
        return
    if await corrections.is_part(*where):
        work.say(await corrections.edited(*where, addition, now=work.now))
        return
    work.say(help_texts.edited())
