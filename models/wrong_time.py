"""What was noted while the clock was ahead: marks, moments and slots of a time that has not come yet.

Each function takes the present moment. What was really sent stays sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select

from models.cases import Case
from models.columns import rows_changed
from models.db import Session
from models.delivery.messages import Outbox, ToldTopic
from models.delivery.pictures import PictureState, PromisedPicture
from models.delivery.push_notes import PushNote
from models.groups import GroupChat, GroupTally
from models.nags import Nag, NagState
from models.tasks import Task
from models.ticks import TickMark
from rules.delivery.delivery import DeliveryState
from rules.period_days import day_of_key
from rules.slots import day_of_slot
from rules.tally_hours import TallyHour


async def last_tick(session: Session) -> datetime | None:
    """The latest moment at which any tick ran."""
    latest: datetime | None = (await session.exec(select(sa.func.max(TickMark.ran_at)))).one()
    return latest


async def forget_marks(session: Session, now: datetime, today: date) -> None:
    """Let no tick have run later than now, nor have done the slot of a day to come."""
    for mark in await session.exec(select(TickMark).with_for_update()):
        if mark.ran_at is not None and mark.ran_at > now:
            mark.ran_at = now
        done = day_of_key(mark.slot_key)
        if done is not None and done > today:
            mark.slot_key = ""
        session.add(mark)
    await session.flush()


async def forget_scans(session: Session, now: datetime, since: datetime) -> None:
    """Let slots from ``since`` on be looked at anew where they are marked as done up to a time to come.

    Who was told in such a slot is not told again: that is in the nags.
    """
    for table in (Task, Case):
        await _set(session, table, col(table.nagged_until) > now, nagged_until=since)


async def forget_tallies(
    session: Session, now: datetime, today: date, last: Mapping[TallyHour, datetime]
) -> None:
    """Let the groups be tallied until ``last``, by the hour of each.

    A tally that went out for a day to come is not that day's, and no such day has closed.
    """
    for hour, until in last.items():
        ahead = sa.and_(col(GroupChat.tallied_until) > now, col(GroupChat.tally_hour) == hour)
        await _set(session, GroupChat, ahead, tallied_until=until)
    for tally in await session.exec(select(GroupTally).where(GroupTally.as_of > now)):
        day = day_of_slot(tally.slot_key)
        if not tally.promised:
            await session.delete(tally)
        elif day is not None and day > today:
            tally.slot_key = f"{tally.slot_key}/early"
            session.add(tally)
    await session.flush()


async def forget_promises(session: Session, now: datetime, today: date) -> None:
    """Withdraw what was promised for a slot to come and has not gone out; its true slot may promise it.

    The other messages of that time were promised and sent just now.
    """
    waiting = (DeliveryState.NEW, DeliveryState.RETRY)
    for row in await session.exec(select(Outbox).where(Outbox.created_at > now)):
        day = day_of_key(row.dedupe_key)
        if day is not None and day > today:
            row.dedupe_key = f"{row.dedupe_key}:early"[:120]
            row.state = DeliveryState.WITHDRAWN if row.state in waiting else row.state
        row.created_at = now
        session.add(row)
    await session.flush()
    await _set(session, Outbox, col(Outbox.sent_at) > now, sent_at=now)


async def forget_pictures(session: Session, now: datetime, today: date) -> None:
    """Let the pictures of a slot to come be none of its; what is not promised yet is drawn no more."""
    for row in await session.exec(select(PromisedPicture).where(PromisedPicture.created_at > now)):
        day = day_of_key(row.promise_key)
        if day is not None and day > today:
            row.promise_key = f"{row.promise_key}:early"[:120]
            if not row.promised:
                # It is no tally's any more, so that no correction has it drawn.
                row.state, row.subject_id = PictureState.FAILED, None
        row.created_at = now
        session.add(row)
    await session.flush()
    await _set(session, PromisedPicture, col(PromisedPicture.edited_at) > now, edited_at=now)


async def forget_push_notes(session: Session, now: datetime, today: date) -> None:
    """Forget what was decided about what goes out on a day to come: it was meant for another day."""
    for note in await session.exec(select(PushNote).where(PushNote.changed_at > now)):
        day = day_of_key(note.slot_key)
        if day is not None and day > today:
            await session.delete(note)
    await session.flush()


async def forget_nags(session: Session, now: datetime) -> int:
    """Delete the nags of a time to come that nobody was told; returns how many.

    Nags from before that time that were settled in it wait again. What was told was told just now.
    """
    withdrawn = sa.select(col(Outbox.id)).where(col(Outbox.state) == DeliveryState.WITHDRAWN)
    untold = sa.or_(col(Nag.state) != NagState.TOLD, col(Nag.outbox_id).in_(withdrawn))
    later = col(Nag.created_at) > now
    gone = await session.execute(
        sa.delete(Nag).where(later, untold).execution_options(synchronize_session=False)
    )
    settled = sa.and_(col(Nag.settled_at) > now, sa.or_(col(Nag.state) == NagState.MOOT, untold))
    waits = {"state": NagState.WAITING, "reason": None, "settled_at": None, "outbox_id": None}
    await _set(session, Nag, settled, hold_until=now, **waits)
    await _set(session, Nag, later, created_at=now)
    await _set(session, Nag, col(Nag.settled_at) > now, settled_at=now)
    return rows_changed(gone)


async def forget_told_topics(session: Session, now: datetime) -> None:
    await _set(session, ToldTopic, col(ToldTopic.told_at) > now, told_at=now)


async def _set(
    session: Session, table: type[SQLModel], where: sa.ColumnElement[bool], **values: object
) -> None:
    changed = sa.update(table).where(where).values(**values)
    await session.execute(changed.execution_options(synchronize_session=False))
