"""What our messages were about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models import cases, inserts, restorations
from models.cases import SentCase
from models.db import Session
from models.delivery import messages
from models.delivery.messages import SentMessage
from services.views import View, say


async def subjects(session: Session, chat_id: int, message_id: int | None) -> Sequence[int]:
    """Ids of the tasks that our message was about; empty if it was not ours or about none."""
    return [] if message_id is None else await messages.subjects_of(session, chat_id, message_id)


async def case_subjects(session: Session, chat_id: int, message_id: int | None) -> Sequence[int]:
    """Ids of the cases that our message was about; empty if it was not ours or about none."""
    return [] if message_id is None else await cases.case_subjects(session, chat_id, message_id)


async def gone(session: Session, sent_at: datetime) -> View | None:
    """The answer to a reply to our message of ``sent_at``, if a restore has lost what it was about."""
    lost = await restorations.is_lost(session, sent_at)
    return say("outbox.restored.gone") if lost else None


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
    await inserts.insert_once(session, SentMessage, tasks)
    found = [{**where, "case_id": case_id} for case_id in about.case_ids]
    await inserts.insert_once(session, SentCase, found)
