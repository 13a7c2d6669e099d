"""The copies of notices that go to groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime
from models.db import Session
from models.groups import GroupChat
from models.notices import NoticeParty
from models.partial_indexes import partial_index


class NoticeGroup(SQLModel, table=True):
    """A copy of a notice for a group (抄送工作群).

    ``due_at``: when it may go out; None: it was promised. ``revision``: as ``NoticeCopy`` has it.
    """

    __tablename__ = "notice_group"
    __table_args__ = (partial_index("ix_notice_group_due", "due_at", where="due_at IS NOT NULL"),)

    notice_id: int = Field(foreign_key="notice.id", primary_key=True)
    group_id: int = Field(foreign_key="group_chat.id", primary_key=True)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revision: int = Field(default=1, sa_column_kwargs={"server_default": "1"})


async def of_notice(session: Session, notice_id: int) -> Sequence[tuple[NoticeGroup, GroupChat]]:
    """The copies of a notice with their groups."""
    query = select(NoticeGroup, GroupChat).join(GroupChat, col(GroupChat.id) == col(NoticeGroup.group_id))
    query = query.where(NoticeGroup.notice_id == notice_id).order_by(col(NoticeGroup.group_id))
    return (await session.exec(query)).all()


async def due(session: Session, until: datetime, limit: int) -> Sequence[tuple[NoticeGroup, GroupChat]]:
    """The copies that may go out by then, with their groups; locked, so that each is promised once."""
    moment = col(NoticeGroup.due_at)
    query = select(NoticeGroup, GroupChat).join(GroupChat, col(GroupChat.id) == col(NoticeGroup.group_id))
    query = query.where(moment.is_not(None), moment <= sa.literal(until, UtcDateTime))
    query = query.order_by(moment, col(NoticeGroup.notice_id), col(NoticeGroup.group_id)).limit(limit)
    return (await session.exec(query.with_for_update(of=NoticeGroup))).all()


async def hold_back(session: Session, notice_id: int) -> None:
    """Let no copy of the notice go to a group that was not promised yet."""
    unsent = (col(NoticeGroup.notice_id) == notice_id, col(NoticeGroup.due_at).is_not(None))
    held = sa.update(NoticeGroup).where(*unsent).values(due_at=None)
    await session.execute(held.execution_options(synchronize_session=False))


async def answers(session: Session, notice_id: int) -> tuple[int, int]:
    """How many answers a notice has, and how many are asked."""
    counts = sa.func.count(col(NoticeParty.answer)), sa.func.count(col(NoticeParty.id))
    return (await session.exec(select(*counts).where(NoticeParty.notice_id == notice_id))).one()
