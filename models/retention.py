"""What is deleted when its time is over. Each function returns the number of rows deleted.

``before``: what was over before that moment goes. The periods are those of ``services.retention``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from models.cases import Case, CaseStep, SentCase
from models.columns import rows_changed
from models.db import Session
from models.delivery.inbox import Inbox, InboxState
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import Button, Outbox, Question, SentMessage, ToldTopic
from models.delivery.office_matters import OfficeMatter, OfficeNotice
from models.delivery.pauses import ChatPause
from models.delivery.pictures import PromisedPicture
from models.drafts import Draft
from models.groups import GroupTally
from models.importing import OVER, Job
from models.nags import Nag, Snooze
from models.tasks import Task
from models.tasks.breakdowns import TaskBreakdown
from rules.cases.case_lifecycle import OPEN
from rules.delivery.delivery import DeliveryState
from rules.tasks.task_lifecycle import OPEN_STATES

_FINISHED: Final = (DeliveryState.SENT, DeliveryState.WITHDRAWN)
_HELD: Final = (DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE)


async def _delete(session: Session, table: type[SQLModel], *over: sa.ColumnElement[Any]) -> int:
    return rows_changed(await session.execute(sa.delete(table).where(*over)))


async def delete_done_updates(session: Session, before: datetime) -> int:
    """They hold people's words, so they are kept no longer than needed to trace a fault."""
    return await _delete(session, Inbox, col(Inbox.state) == InboxState.DONE, col(Inbox.done_at) < before)


async def delete_seen_dead_updates(session: Session, before: datetime) -> int:
    """What nobody in the office has seen stays."""
    return await _delete(session, Inbox, col(Inbox.state) == InboxState.DEAD, col(Inbox.seen_at) < before)


async def delete_finished_messages(session: Session, before: datetime) -> int:
    """Messages that went out or were withdrawn."""
    return await _delete_messages(session, _FINISHED, before)


async def delete_held_messages(session: Session, before: datetime) -> int:
    """Messages that never arrived, or perhaps did, and that nobody has sent again."""
    return await _delete_messages(session, _HELD, before)


async def _delete_messages(session: Session, states: tuple[DeliveryState, ...], before: datetime) -> int:
    over = sa.and_(col(Outbox.state).in_(states), col(Outbox.created_at) < before)
    message = sa.select(col(Outbox.state)).where(col(Outbox.id) == col(Nag.outbox_id)).scalar_subquery()
    # The records of a duty are read for years, so a nag keeps what became of its message.
    await session.execute(
        sa.update(Nag)
        .where(col(Nag.outbox_id).in_(sa.select(col(Outbox.id)).where(over)))
        .values(delivery=message, outbox_id=None)
        .execution_options(synchronize_session=False)
    )
    told = col(OfficeNotice.outbox_id).in_(sa.select(col(Outbox.id)).where(over))
    await _delete(session, OfficeNotice, told)
    return await _delete(session, Outbox, over)


async def delete_buttons(session: Session, before: datetime) -> int:
    return await _delete(session, Button, col(Button.created_at) < before)


async def delete_told_topics(session: Session, before: datetime) -> int:
    return await _delete(session, ToldTopic, col(ToldTopic.told_at) <= before)


async def delete_questions(session: Session, before: datetime) -> int:
    return await _delete(session, Question, col(Question.asked_at) < before)


async def delete_drafts(session: Session, before: datetime) -> int:
    return await _delete(session, Draft, col(Draft.updated_at) < before)


async def delete_begun_breakdowns(session: Session, before: datetime) -> int:
    """What was begun and never confirmed. A confirmed 分解 stays."""
    begun = col(TaskBreakdown.confirmed_at).is_(None)
    return await _delete(session, TaskBreakdown, begun, col(TaskBreakdown.updated_at) < before)


async def delete_snoozes(session: Session, before: datetime) -> int:
    return await _delete(session, Snooze, col(Snooze.until) < before)


async def delete_pauses(session: Session, before: datetime) -> int:
    return await _delete(session, ChatPause, col(ChatPause.until) < before)


async def delete_live_messages(session: Session, before: datetime) -> int:
    """Tallies, jobs and pictures that nobody corrects any more. A board lives as long as its group."""
    old_tallies = sa.select(col(GroupTally.id)).where(col(GroupTally.as_of) < before)
    old_jobs = sa.select(col(Job.id)).where(col(Job.state).in_(OVER), col(Job.updated_at) < before)
    promised = sa.select(col(Outbox.live_id)).where(col(Outbox.live_id).is_not(None))
    kind, subject_id = col(LiveMessage.kind), col(LiveMessage.subject_id)
    over = sa.or_(
        sa.and_(kind == LiveKind.TALLY, subject_id.in_(old_tallies)),
        sa.and_(kind == LiveKind.JOB, subject_id.in_(old_jobs)),
        sa.and_(kind == LiveKind.PICTURE, subject_id.not_in(sa.select(col(PromisedPicture.id)))),
    )
    return await _delete(session, LiveMessage, over, col(LiveMessage.id).not_in(promised))


async def delete_pictures(session: Session, before: datetime) -> int:
    """Pictures of tallies that are corrected no more. Their files go earlier."""
    return await _delete(session, PromisedPicture, col(PromisedPicture.created_at) < before)


async def delete_nag_lists(session: Session, before: datetime) -> int:
    """Lists whose lines nobody marks any more: their presses still act, and leave the message as it is."""
    return await _delete_promised(session, LiveKind.NAG, before)


async def delete_live_notices(session: Session, before: datetime) -> int:
    """Notices that nobody's step changes any more, and previews of what is long out."""
    kinds = (LiveKind.PREVIEW, LiveKind.NOTICE, LiveKind.BREAKDOWN)
    return sum([await _delete_promised(session, kind, before) for kind in kinds])


async def _delete_promised(session: Session, kind: LiveKind, before: datetime) -> int:
    old = sa.select(col(Outbox.id)).where(col(Outbox.created_at) < before)
    row = sa.and_(col(LiveMessage.kind) == kind, col(LiveMessage.subject_id).in_(old))
    return await _delete(session, LiveMessage, row)


async def delete_office_matters(session: Session, before: datetime) -> int:
    """Matters of which no notice is kept any more."""
    kept = sa.select(col(OfficeNotice.matter_id)).where(col(OfficeNotice.matter_id).is_not(None))
    return await _delete(
        session, OfficeMatter, col(OfficeMatter.opened_at) < before, col(OfficeMatter.id).not_in(kept)
    )


async def delete_sent_about_tasks(session: Session, before: datetime) -> int:
    """What our messages about tasks that are over were about."""
    ended = sa.func.coalesce(col(Task.completed_at), col(Task.updated_at))
    over = sa.select(col(Task.id)).where(col(Task.state).not_in(OPEN_STATES), ended < before)
    return await _delete(session, SentMessage, col(SentMessage.task_id).in_(over))


async def delete_sent_about_cases(session: Session, before: datetime) -> int:
    """What our messages about cases that are over were about. A case ends with its last step."""
    later = sa.select(col(CaseStep.id)).where(
        col(CaseStep.case_id) == col(Case.id), col(CaseStep.at) >= before
    )
    over = sa.select(col(Case.id)).where(col(Case.state).not_in(OPEN), ~sa.exists(later))
    return await _delete(session, SentCase, col(SentCase.case_id).in_(over))
