"""The answer to 换模板 of ``/work_report``: a document, which is no import and no evidence then."""

from __future__ import annotations

from telegram import Message

from handlers.work import Work
from services.work_reports import report_templates


async def take_template(work: Work, message: Message) -> bool:
    """Take a document as the template that was asked for. False: none is waited for."""
    if message.document is None or work.actor is None:
        return False
    turn = work.turn(work.actor)
    if not await report_templates.is_asked(turn):
        return False
    file = message.document
    name = file.file_name or file.file_unique_id
    work.say(await report_templates.receive(turn, file.file_id, name, file.file_size))
    return True
