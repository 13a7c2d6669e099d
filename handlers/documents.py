"""Documents in the private chat: those of the office may be sheets to import, all others are evidence."""

from __future__ import annotations

from typing import Final

from telegram import Document, Message, Update

from handlers import progress
from handlers.work import Context, current
from services import message_subjects
from services.drafts.draft_parts import DraftPart
from services.importing.jobs import import_jobs
from services.importing.jobs.import_jobs import DocumentUse, SentFile
from services.views import ButtonSpec, View, arguments_of, button

_PICTURES: Final = ("image/", "video/")


async def receive(update: Update, context: Context) -> None:
    """Import a document, ask what it is for, or take it as evidence, which it is for everybody else."""
    work = current.get()
    actor = work.require_actor()
    message = update.effective_message
    if message is None or message.document is None:
        return
    replied = message.reply_to_message.message_id if message.reply_to_message else None
    about_tasks = await message_subjects.subjects(work.session, work.chat_id, replied)
    about_cases = await message_subjects.case_subjects(work.session, work.chat_id, replied)
    use = await import_jobs.use_of(
        work.turn(actor),
        about_tasks=bool(about_tasks or about_cases),
        of_album=message.media_group_id is not None,
        picture=(message.document.mime_type or "").startswith(_PICTURES),
    )
    file = _sent(message.document)
    if use is DocumentUse.IMPORT:
        there = await import_jobs.receive(work.turn(actor), file)
        work.say(View([there]) if there else None)
    elif use is DocumentUse.UNCLEAR:
        work.say(import_jobs.ask_use(file, *_buttons(message, file, actor.id)))
    else:
        await progress.receive(update, context)


def _sent(document: Document) -> SentFile:
    name = document.file_name or document.file_unique_id
    return SentFile(document.file_id, name, document.file_size)


def _buttons(message: Message, file: SentFile, contact_id: int) -> tuple[ButtonSpec, ButtonSpec]:
    part = DraftPart.of(progress.read_addition(message))
    return (
        button("jobs.import_button", "job.import", contact_id, **arguments_of(file)),
        button("jobs.evidence_button", "job.evidence", contact_id, part=part),
    )
