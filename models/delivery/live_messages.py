"""Messages that edit themselves: what each shows, where, and whether the program has to look at it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Field, SQLModel, col, select

from models.columns import enum_type
from models.db import Session
from models.inserts import insert_once
from models.partial_indexes import partial_index
from models.people import Contact
from models.written import NOTHING_DUE, TOLD


class LiveKind(StrEnum):
    """What a message that edits itself shows."""

    BOARD = "board"
    TALLY = "tally"
    JOB = "job"
    NAG = "nag"
    NOTICE = "notice"
    PICTURE = "picture"
    PREVIEW = "preview"
    BREAKDOWN = "breakdown"
    NOTICE_COPY = "notice_copy"
    NOTICE_COUNT = "notice_count"
    NOTICE_GROUP = "notice_group"


class LiveMessage(SQLModel, table=True):
    """A message of ours that the program keeps up to date by edits. It is a state and no promise.

    ``subject_id``: the id of the group, the tally, the job, the picture, or the promised message of a nag, a
    notice to the office, a preview, new children of a task, or the copy of a 通知 that a reader
    (``NOTICE_COPY``) or a group (``NOTICE_GROUP``) gets; of ``NOTICE_COUNT`` that of the 通知, whose answers
    it counts.
    ``message_ids``: its parts in the chat; without any, it has to be posted. ``version`` rises whenever it
    gets ``dirty``, so that a change during an edit is not lost. ``content_hash``: what it shows now.
    ``pinned``: whether that was pinned. ``stale_ids``: the messages whose place it takes; they are deleted
    once the new one stands. ``content``: what a nag listed when it went out.
    """

    __tablename__ = "live_message"
    __table_args__ = (
        sa.UniqueConstraint("kind", "subject_id"),
        partial_index("ix_live_message_dirty", "id", where="dirty"),
        # Only of what gets dirty anything is told.
        {"info": {TOLD: lambda row: row.get("dirty") or row.get("version") or None}},
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: LiveKind = Field(sa_type=enum_type(LiveKind, "live_kind"))
    subject_id: int
    chat_id: int = Field(sa_type=sa.BigInteger, index=True)
    thread_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    message_ids: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    dirty: bool = True
    version: int = 0
    content_hash: str | None = Field(default=None, max_length=64)
    pinned: bool = False
    stale_ids: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    content: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))


_LAST: Final = 300
_DIRTY: Final = sa.text("live_message.dirty")


async def live_message(session: Session, kind: LiveKind, subject_id: int) -> LiveMessage | None:
    """The live message of a subject as it is now, locked until the commit."""
    query = select(LiveMessage).where(LiveMessage.kind == kind, LiveMessage.subject_id == subject_id)
    # Statements change other rows of this kind, and no loaded object knows of that.
    return (await session.exec(query.with_for_update().execution_options(populate_existing=True))).first()


async def keep_list(
    session: Session,
    outbox_id: int,
    chat_id: int,
    content: Mapping[str, Any],
    *,
    kind: LiveKind = LiveKind.NAG,
) -> None:
    """Keep what a nag or a notice lists that goes out now. One that is sent again will stand in a new place.

    It is kept before it is sent: whoever is quick presses it before its place is known.
    """
    columns = {"chat_id": chat_id, "message_ids": [], "content": dict(content), "dirty": False}
    key = {"kind": kind, "subject_id": outbox_id}
    rest = {"version": 0, "pinned": False, "stale_ids": []}
    if not await insert_once(session, LiveMessage, [{**key, **columns, **rest}]):
        kept = _list_of(kind, outbox_id).values(**columns, content_hash=None)
        await session.execute(kept.execution_options(**NOTHING_DUE))


async def place_list(
    session: Session,
    outbox_id: int,
    message_ids: Sequence[int],
    *,
    kind: LiveKind = LiveKind.NAG,
    dirty: bool = False,
) -> None:
    """Note where a nag or a notice stands, now that it is sent.

    ``dirty``: what it shows may have changed on the way, when nobody could see its row yet.
    """
    values: dict[str, Any] = {"message_ids": list(message_ids)}
    if dirty:
        values |= {"dirty": True, "version": col(LiveMessage.version) + 1}
    placed = _list_of(kind, outbox_id).values(**values)
    await session.execute(placed.execution_options(**({} if dirty else NOTHING_DUE)))


def _list_of(kind: LiveKind, outbox_id: int) -> sa.Update:
    return (
        sa.update(LiveMessage)
        .where(col(LiveMessage.kind) == kind, col(LiveMessage.subject_id) == outbox_id)
        .execution_options(synchronize_session=False)
    )


_LAST_NOTICES: Final = (
    select(LiveMessage)
    .where(LiveMessage.chat_id == sa.bindparam("chat"), LiveMessage.kind == LiveKind.NOTICE)
    .order_by(col(LiveMessage.id).desc())
    .limit(_LAST)
)


async def let_go_of_notice(session: Session, chat_id: int, message_id: int) -> None:
    """Leave a notice as it is from now on: an answer to a press stands in its place.

    Only the last notices of the chat are looked at; older ones are not edited any more by anybody's step.
    """
    rows = await session.exec(_LAST_NOTICES, params={"chat": chat_id})
    gone = [row.id for row in rows if message_id in row.message_ids]
    if gone:
        await session.execute(sa.delete(LiveMessage).where(col(LiveMessage.id).in_(gone)))


async def is_last_list(session: Session, row: LiveMessage) -> bool:
    """Whether no later nag stands in the chat."""
    later = select(LiveMessage.id).where(
        LiveMessage.chat_id == row.chat_id,
        LiveMessage.kind == LiveKind.NAG,
        col(LiveMessage.subject_id) > row.subject_id,
    )
    return (await session.exec(later.limit(1))).first() is None


async def touch_last_lists(session: Session, contact_ids: Collection[int]) -> None:
    """Mark the last nag of each of these people dirty."""
    chats = sa.select(col(Contact.telegram_user_id)).where(col(Contact.id).in_(contact_ids))
    last = (
        sa.select(sa.func.max(col(LiveMessage.subject_id)))
        .where(col(LiveMessage.kind) == LiveKind.NAG, col(LiveMessage.chat_id).in_(chats))
        .group_by(col(LiveMessage.chat_id))
    )
    touched = sa.update(LiveMessage).where(
        col(LiveMessage.kind) == LiveKind.NAG, col(LiveMessage.subject_id).in_(last)
    )
    await session.execute(
        touched.values(dirty=True, version=col(LiveMessage.version) + 1).execution_options(
            synchronize_session=False
        )
    )


async def version_of(session: Session, live_id: int) -> int | None:
    """The row's version as it is now; None: it is gone."""
    return (await session.exec(select(LiveMessage.version).where(LiveMessage.id == live_id))).first()


async def lock_live(session: Session, live_id: int) -> LiveMessage | None:
    """The row as it is now, locked until the commit."""
    return await session.get(LiveMessage, live_id, populate_existing=True, with_for_update=True)


async def any_live(session: Session, *kinds: LiveKind) -> bool:
    query = select(LiveMessage.id).where(col(LiveMessage.kind).in_(kinds)).limit(1)
    return (await session.exec(query)).first() is not None


async def live_messages_of(session: Session, chat_id: int) -> Sequence[LiveMessage]:
    query = select(LiveMessage).where(LiveMessage.chat_id == chat_id).order_by(col(LiveMessage.id).desc())
    return (await session.exec(query)).all()


async def dirty_live(session: Session, *, lists: bool = True) -> Sequence[LiveMessage]:
    """The dirty messages, without what nags list; with ``lists`` False without the nags."""
    query = select(LiveMessage).where(_DIRTY).order_by(col(LiveMessage.id))
    if not lists:
        query = query.where(col(LiveMessage.kind) != LiveKind.NAG)
    without = defer(LiveMessage.content)  # type: ignore[arg-type]  # SQLModel types a column as its value
    return (await session.exec(query.options(without))).all()


async def touch_standing(session: Session, kind: LiveKind, subject_id: int) -> None:
    """Mark the message of a subject dirty, if it stands in its chat as far as is known."""
    touched = sa.update(LiveMessage).where(
        col(LiveMessage.kind) == kind,
        col(LiveMessage.subject_id) == subject_id,
        col(LiveMessage.content_hash).is_not(None),
    )
    await session.execute(touched.values(dirty=True, version=col(LiveMessage.version) + 1))


async def touch_live(session: Session, kind: LiveKind, subject_id: int | None = None) -> None:
    """Mark live messages dirty. The version rises, which shows a change during an edit."""
    touched = sa.update(LiveMessage).where(col(LiveMessage.kind) == kind)
    if subject_id is not None:
        touched = touched.where(col(LiveMessage.subject_id) == subject_id)
    await session.execute(touched.values(dirty=True, version=col(LiveMessage.version) + 1))
