"""What our messages were about; deleting old updates and messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models import cases
from models.cases import SentCase
from models.db import Session
from models.delivery import inbox, messages
from models.delivery.messages import SentMessage

INBOX_KEPT: Final = timedelta(days=30)
OUTBOX_KEPT: Final = timedelta(days=90)


async def subjects(session: Session, chat_id: int, message_id: int | None) -> Sequence[int]:
    """Ids of the tasks that our message was about; empty if it was not ours or about none."""
    return [] if message_id is None else await messages.subjects_of(session, chat_id, message_id)


async def case_subjects(session: Session, chat_id: int, message_id: int | None) -> Sequence[int]:
    """Ids of the cases that our message was about; empty if it was not ours or about none."""
    return [] if message_id is None else await cases.case_subjects(session, chat_id, message_id)


@dataclass(frozen=True, slots=True)
class MessageSubjects:
    """What a message is about."""

    task_ids: Sequence[int] = ()
    case_ids: Sequence[int] = ()

    def __bool__(self) -> bool:
        return bool(self.task_ids or self.case_ids)


async def remember(session: Session, chat_id: int, message_id: int, about: MessageSubjects) -> None:
    """Note what a message that we sent is about."""
    where = {"chat_id": chat_id, "message_id": message_id}
    tasks = [{**where, "task_id": task_id} for task_id in about.task_ids]
    await messages.insert_once(session, SentMessage, tasks)
    found = [{**where, "case_id": case_id} for case_id in about.case_ids]
    await messages.insert_once(session, SentCase, found)


async def forget_old_updates(session: Session, now: datetime) -> int:
    """Delete raw updates that were handled long ago."""
    return await inbox.delete_done_inbox(session, now - INBOX_KEPT)


async def forget_old_messages(session: Session, now: datetime) -> int:
    """Delete messages that were sent long ago; reports, figures and audit stay."""
    return await messages.delete_finished_outbox(session, now - OUTBOX_KEPT)
