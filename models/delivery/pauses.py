"""The pauses of chats that Telegram wants left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, select

from models.columns import UtcDateTime
from models.db import Session


class ChatPause(SQLModel, table=True):
    """A pause of a chat for which Telegram said 429. It outlives a restart.

    ``seconds``: its whole length; None: it was stored by a release that did not keep it.
    """

    __tablename__ = "chat_pause"

    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    until: datetime = Field(sa_type=UtcDateTime)
    seconds: float | None = None


async def pause_chat(session: Session, chat_id: int, seconds: float, now: datetime) -> None:
    """Note that a chat rests for so long from ``now`` on."""
    until = now + timedelta(seconds=seconds)
    await session.merge(ChatPause(chat_id=chat_id, until=until, seconds=seconds))


async def pauses(session: Session) -> dict[int, datetime]:
    return {row.chat_id: row.until for row in await session.exec(select(ChatPause))}


async def cut_pauses(session: Session, now: datetime) -> dict[int, float]:
    """The seconds that are left of each pause, by chat.

    None lasts longer from ``now`` on than its whole length: the clock may have been put back.
    """
    left = {}
    for pause in await session.exec(select(ChatPause)):
        if pause.seconds is not None:
            pause.until = min(pause.until, now + timedelta(seconds=pause.seconds))
            session.add(pause)
        left[pause.chat_id] = max((pause.until - now).total_seconds(), 0.0)
    await session.flush()
    return left
