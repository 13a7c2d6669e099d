"""The inbox: raw updates that come in, kept until they are done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import ColumnValues, Session, ident
from models.groups import GroupChat
from models.inserts import insert_into
from models.partial_indexes import partial_index
from models.people import Contact
from models.restorations import RESTORED
from models.written import NOTHING_DUE


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    DEAD = "dead"


THROTTLED: Final = "throttled"


class Inbox(SQLModel, table=True):
    """A raw update, kept before Telegram is told that we have it.

    ``subject``: what it is about; an id that comes again with another subject is another update. What is no
    update is kept as text, under a negative id.
    ``error``: why it was not handled; ``THROTTLED`` for what a stranger wrote beyond the limit.
    ``seen_at``: when the office has seen that it could not be handled.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("bot_id", "update_id", "subject"),
        # Intake looks only at rows that are not done. Nearly all rows of the table are done.
        partial_index("ix_inbox_open", "bot_id", "lane", "id", where="state = 'new'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    bot_id: int = Field(sa_type=sa.BigInteger)
    update_id: int = Field(sa_type=sa.BigInteger)
    subject: str = Field(default="", max_length=80, sa_column_kwargs={"server_default": ""})
    lane: int = Field(sa_type=sa.BigInteger)
    payload: str = Field(sa_type=sa.Text)
    state: InboxState = Field(default=InboxState.NEW, sa_type=enum_type(InboxState, "inbox_state"))
    attempts: int = 0
    received_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = Field(default=None, sa_type=sa.Text)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many updates wait, and when the oldest of them came."""

    number: int
    since: datetime


# The words are those of the partial index: SQLite does not use it for a state that is a bound parameter.
_NOT_DONE: Final = sa.text("inbox.state = 'new'")
_FIRST_OF_LANE: Final = (
    select(Inbox)
    .where(_NOT_DONE, Inbox.bot_id == sa.bindparam("bot"), Inbox.lane == sa.bindparam("lane"))
    .order_by(col(Inbox.id))
    .limit(1)
)


# More than come during a call that waits as long as it may.
NEWEST: Final = 1000
"""The number of the newest updates that ``heard_since`` looks at."""


@cache
def _store(dialect: str) -> Any:
    store = insert_into(dialect, Inbox).on_conflict_do_nothing()
    # Who stores them hands them over itself.
    return store.returning(col(Inbox.id), col(Inbox.update_id), col(Inbox.subject)).execution_options(
        **NOTHING_DUE
    )


async def store(session: Session, rows: Sequence[ColumnValues]) -> list[Inbox]:
    """Keep updates; those that were kept earlier stay as they are. Returns the new ones, in their order."""
    if not rows:
        return []
    found = await (await session.connection()).execute(_store(session.get_bind().dialect.name), list(rows))
    ids = {(update_id, subject): id for id, update_id, subject in found}
    kept = [Inbox(**row, id=id) for row in rows if (id := ids.pop((row["update_id"], row["subject"]), None))]
    return sorted(kept, key=ident)


async def known_lanes(session: Session, lanes: Collection[int]) -> set[int]:
    """Those of the chats that we know: contacts and bound groups."""
    contacts = sa.select(col(Contact.telegram_user_id)).where(col(Contact.telegram_user_id).in_(lanes))
    groups = sa.select(col(GroupChat.chat_id)).where(col(GroupChat.chat_id).in_(lanes))
    return set((await session.execute(contacts.union_all(groups))).scalars())


def _is_known(lane: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether we know a chat: it is a contact's, or a bound group."""
    contact = sa.exists().where(col(Contact.telegram_user_id) == lane)
    return sa.or_(contact, sa.exists().where(col(GroupChat.chat_id) == lane))


async def open_lanes(session: Session, bot_id: int) -> dict[int, bool]:
    """The chats that have something in the inbox, and whether we know them: contacts and bound groups."""
    lanes = sa.select(col(Inbox.lane)).where(_NOT_DONE, col(Inbox.bot_id) == bot_id).distinct().subquery()
    query = sa.select(lanes.c.lane, _is_known(lanes.c.lane).label("known"))
    return {row.lane: bool(row.known) for row in (await session.execute(query)).all()}


async def backlog(session: Session, bot_id: int) -> Backlog | None:
    """What waits in the chats that we know; None: nothing does."""
    updates = sa.func.count().label("updates")
    lanes = (
        sa.select(col(Inbox.lane), updates, sa.func.min(col(Inbox.id)).label("oldest"))
        .where(_NOT_DONE, col(Inbox.bot_id) == bot_id)
        .group_by(col(Inbox.lane))
        .subquery()
    )
    totals = sa.func.sum(lanes.c.updates).label("updates"), sa.func.min(lanes.c.oldest).label("oldest")
    found = (await session.execute(sa.select(*totals).where(_is_known(lanes.c.lane)))).one()
    if found.oldest is None:
        return None
    since = await session.execute(sa.select(col(Inbox.received_at)).where(col(Inbox.id) == found.oldest))
    return Backlog(int(found.updates), since.scalar_one())


async def first_of_lane(session: Session, bot_id: int, lane: int) -> Inbox | None:
    return (await session.exec(_FIRST_OF_LANE, params={"bot": bot_id, "lane": lane})).first()


async def of_update(session: Session, bot_id: int, update_id: int) -> Inbox:
    """The row of a stored update; ``LookupError`` if there is none."""
    row = (
        await session.exec(select(Inbox).where(Inbox.bot_id == bot_id, Inbox.update_id == update_id))
    ).first()
    if row is None:
        raise LookupError(f"update {update_id} is not stored")
    return row


async def heard_since(session: Session, lane: int, since: datetime) -> bool:
    """Whether an update of the chat was received at ``since`` or later.

    It looks only at the newest: no index leads from a chat to its updates, and ``since`` is the beginning of
    a call.
    """
    newest = select(Inbox.lane, Inbox.received_at).order_by(col(Inbox.id).desc()).limit(NEWEST).subquery()
    query = sa.select(newest.c.lane).where(newest.c.lane == lane, newest.c.received_at >= since).limit(1)
    return (await session.execute(query)).first() is not None


_FINISH: Final = (
    sa.update(Inbox)
    .where(col(Inbox.id) == sa.bindparam("inbox"), col(Inbox.state) == InboxState.NEW)
    .values(state=sa.bindparam("to"), done_at=sa.bindparam("at"), error=sa.bindparam("why"))
    .execution_options(synchronize_session=False, **NOTHING_DUE)
)


async def finish_inbox(
    session: Session, inbox_id: int, state: InboxState, now: datetime, error: str | None = None
) -> bool:
    """Move a row out of ``new``, once; False if the row was finished already."""
    said = {"inbox": inbox_id, "to": state, "at": now, "why": error}
    return rows_changed(await session.execute(_FINISH, said)) == 1


async def count_inbox_attempt(session: Session, inbox_id: int, error: str) -> None:
    await session.execute(
        sa.update(Inbox)
        .where(col(Inbox.id) == inbox_id)
        .values(attempts=col(Inbox.attempts) + 1, error=error)
        .execution_options(**NOTHING_DUE)
    )


async def dead_unseen(session: Session) -> Sequence[Inbox]:
    """The updates that could not be handled and that nobody has seen to, the oldest first."""
    query = select(Inbox).where(Inbox.state == InboxState.DEAD, col(Inbox.seen_at).is_(None))
    return (await session.exec(query.order_by(col(Inbox.id)))).all()


async def see_dead(session: Session, ids: Collection[int] | None, now: datetime) -> int:
    """Note that somebody has seen these dead updates (None: all); how many were not seen before."""
    dead = sa.and_(col(Inbox.state) == InboxState.DEAD, col(Inbox.seen_at).is_(None))
    if ids is not None:
        dead &= col(Inbox.id).in_(ids)
    return rows_changed(await session.execute(sa.update(Inbox).where(dead).values(seen_at=now)))


async def set_aside(session: Session, now: datetime) -> int:
    """Let the office decide about updates that a restore found unhandled; how many there are."""
    waiting = sa.update(Inbox).where(col(Inbox.state) == InboxState.NEW)
    done = waiting.values(state=InboxState.DEAD, done_at=now, error=RESTORED)
    return rows_changed(await session.execute(done.execution_options(synchronize_session=False)))


async def revive(session: Session, inbox_id: int) -> bool:
    """Let a dead update be handled anew; False if it is not dead, or was kept as text only."""
    dead = sa.and_(col(Inbox.id) == inbox_id, col(Inbox.state) == InboxState.DEAD, col(Inbox.update_id) > 0)
    new = {"state": InboxState.NEW, "attempts": 0, "done_at": None, "error": None, "seen_at": None}
    return rows_changed(await session.execute(sa.update(Inbox).where(dead).values(**new))) == 1
