"""Words, photos, videos, documents and places in the private chat: parts of a report or of a case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from telegram import (
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
    Update,
)

from handlers.work import Context, Work, current
from services import help_texts, message_subjects, once_a_day
from services.access import Actor
from services.cases import message_routing
from services.cases.submitting import issue_offer
from services.drafts import draft_changes
from services.drafts.draft_changes import Addition, EvidenceFile, Location
from services.errors import NothingToReportError
from services.notices import notice_revising
from services.progress import corrections, progress_dialogue
from services.views import View

NAME_LIMIT: Final = 255
# Telegram marks no command in a caption, so we look for it ourselves.
_CAPTION: Final = re.compile(r"\A\s*/(?P<name>issue|log|notice)(?:@(?P<bot>\w+))?(?:\s+|\Z)", re.IGNORECASE)


async def receive(update: Update, context: Context) -> None:
    """A message to the bot: words, a photo, a document, perhaps as a reply to one of our messages."""
    work = current.get()
    actor = work.require_actor()
    message = update.effective_message
    if message is None:
        return
    addition, replied = read_addition(message), replied_to(message)
    about = await message_subjects.subjects(work.session, work.chat_id, replied)
    about_cases = await message_subjects.case_subjects(work.session, work.chat_id, replied)
    work.say(await answer(work, actor, addition, about, about_cases))


async def say_if_gone(work: Work, message: Message, bot_id: int) -> bool:
    """Say that a restore has lost what the answered message of ours was about; False: it has not."""
    replied = message.reply_to_message
    if replied is None or not is_ours(replied, bot_id) or work.actor is None:
        return False
    view = await message_subjects.gone(work.session, replied.date)
    work.say(view)
    return view is not None


async def answer(
    work: Work,
    actor: Actor,
    addition: Addition,
    about: Sequence[int] = (),
    about_cases: Sequence[int] = (),
) -> View | None:
    """Add what was sent to the half-made paper that it belongs to; None while an album still comes in."""
    turn = work.turn(actor)
    view = await message_routing.receive(turn, addition, about_cases, about=about)
    if view is None or isinstance(view, View):
        return view
    begun = about or about_cases or await draft_changes.is_begun(turn)
    try:
        return await progress_dialogue.receive(turn, addition, about=about)
    except NothingToReportError:
        offer = None if begun else await issue_offer.for_words(turn, addition)
        if offer is None:
            raise
        return offer


def is_ours(message: Message, bot_id: int) -> bool:
    """Whether the bot itself wrote the message."""
    return message.from_user is not None and message.from_user.id == bot_id


def replied_to(message: Message) -> int | None:
    """The id of the message that this one replies to."""
    return message.reply_to_message.message_id if message.reply_to_message else None


def read_addition(message: Message) -> Addition:
    """What a message brings to a report."""
    return Addition(
        text=(message.text or _CAPTION.sub("", message.caption or "", count=1)).strip(),
        files=_files(message),
        album=message.media_group_id,
        message_id=message.message_id,
        location=_location(message),
        source=_source(message),
        arrived_at=datetime.now(UTC),
    )


def caption_command(message: Message, bot_name: str) -> str | None:
    """The command of ours that begins a paper, if a caption begins with it; ``read_addition`` drops it."""
    command = _CAPTION.match(message.caption or "")
    if command is None or (command["bot"] or bot_name).casefold() != bot_name.casefold():
        return None
    return command["name"].lower()


def begun_with(message: Message, bot_id: int) -> Addition:
    """What a command brings to a paper: the words behind it, and the message that it replies to."""
    addition = replace(read_addition(message), text=words_of(message), files=[], location=None)
    replied = message.reply_to_message
    if replied is None:
        return addition
    shown = read_addition(replied)
    text = addition.text or ("" if is_ours(replied, bot_id) else shown.text)
    return replace(addition, text=text, files=shown.files, location=shown.location)


def words_of(message: Message) -> str:
    """The words behind the command."""
    return "".join((message.text or "").split(maxsplit=1)[1:]).strip()


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
    """A place: its coordinates, and its name where one was given."""
    if message.venue:
        place = message.venue.location
        return place.latitude, place.longitude, message.venue.title[:NAME_LIMIT]
    if message.location:
        return message.location.latitude, message.location.longitude, None
    return None


def _source(message: Message) -> str | None:
    """The name of the author of a forwarded message; None for the sender's own words."""
    match message.forward_origin:
        case MessageOriginUser(sender_user=user):
            own = message.from_user is not None and user.id == message.from_user.id
            return None if own else user.full_name
        case MessageOriginHiddenUser(sender_user_name=name):
            return name
        case MessageOriginChat(sender_chat=chat) | MessageOriginChannel(chat=chat):
            return chat.effective_name
    return None


async def unsupported(update: Update, context: Context) -> None:
    """Answer what cannot be read.

    A voice or a round video always gets an answer, for its sender believes that it is a report. A sticker,
    a poll and the like get one once a day.
    """
    work = current.get()
    work.require_actor()
    message = update.effective_message
    if message is None:
        return
    if message.video_note:
        work.say(help_texts.video_note())
    elif message.voice or message.audio:
        album, voice = message.media_group_id, help_texts.voice()
        work.say(await once_a_day.once_for_album(work.session, work.chat_id, album, voice, now=work.now))
    elif await once_a_day.once(work.session, work.chat_id, "unsupported", now=work.now):
        work.say(help_texts.unsupported())


async def receive_edit(update: Update, context: Context) -> None:
    """An edited message changes the paper being made of it, or the report that was filed of it."""
    work = current.get()
    message = update.effective_message
    # A live location edits itself all the time. What counts is where the sender was when they sent it.
    if work.actor is None or message is None or message.location:
        return
    await change(work, work.actor, message, read_addition(message))


async def change(work: Work, actor: Actor, message: Message, addition: Addition) -> None:
    """Apply an edit: ``message`` now says ``addition``."""
    turn, part = work.turn(actor), message.message_id
    if await message_routing.edit_part(turn, part, addition):
        return
    if await progress_dialogue.edit_part(turn, part, addition):
        return
    if await corrections.is_part(turn, part):
        work.say(await corrections.correct_by_edit(turn, part, addition))
        return
    notice = await notice_revising.part_at(turn, part)
    if notice is not None:
        work.say(await notice_revising.edit(turn, notice, addition))
        return
    work.say(help_texts.edited())
