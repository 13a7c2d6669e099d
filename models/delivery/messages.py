"""What goes out: outbox, buttons, open questions, lines said once, what each message was about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session
from models.delivery.live_messages import LiveKind, LiveMessage
from models.inserts import insert_into
from models.partial_indexes import partial_index
from models.restorations import RESTORED
from models.written import NOTHING_DUE, TOLD
from rules.delivery.delivery import AWAITED, DeliveryState, ForbiddenOutcome, MessageKind


class Outbox(SQLModel, table=True):
    """A promised message. ``view`` names the renderer of ``content`` when the message is sent."""

    __tablename__ = "outbox"
    __table_args__ = (
        # The sender looks only at messages that still have to go.
        partial_index("ix_outbox_open", "chat_id", "id", where="state IN ('new', 'retry')"),
        # The chat to which something was promised, and whether somebody waits for it.
        {"info": {TOLD: lambda row: (row["chat_id"], row["kind"] in AWAITED)}},
    )

    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(max_length=120, unique=True)
    kind: MessageKind = Field(sa_type=enum_type(MessageKind, "message_kind"))
    chat_id: int = Field(sa_type=sa.BigInteger)
    thread_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    live_id: int | None = Field(default=None, foreign_key="live_message.id")
    view: str = Field(max_length=32)
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    state: DeliveryState = Field(
        default=DeliveryState.NEW, sa_type=enum_type(DeliveryState, "delivery_state")
    )
    attempts: int = 0
    parts_sent: int = 0
    repeats: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    error: str | None = Field(default=None, sa_type=sa.Text)

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for the message."""
        return self.kind in AWAITED


class Question(SQLModel, table=True):
    """A question that the program has asked a person in a chat. Their next words are the answer.

    ``prompt``: what the chat shows of it (``view``, ``thread``, ``locale``), as long as that is not known to
    be out.
    """

    __tablename__ = "question"

    user_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    action: str = Field(max_length=40)
    arguments: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    prompt: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))


class ToldTopic(SQLModel, table=True):
    """A helpful line that a person has got already, so that they do not get it at every sticker."""

    __tablename__ = "told"

    user_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    topic: str = Field(max_length=40, primary_key=True)
    told_at: datetime = Field(sa_type=UtcDateTime)


class SentMessage(SQLModel, table=True):
    """A task that a message of ours was about, so that a reply to the message finds it."""

    __tablename__ = "sent_message"

    chat_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    message_id: int = Field(sa_type=sa.BigInteger, primary_key=True)
    task_id: int = Field(foreign_key="task.id", primary_key=True)


class Button(SQLModel, table=True):
    """An inline button. Telegram carries only its opaque key; the meaning stays here."""

    __tablename__ = "button"

    key: str = Field(max_length=24, primary_key=True)
    action: str = Field(max_length=40)
    arguments: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


_TO_GO: Final = sa.text("outbox.state IN ('new', 'retry')")
_RANK: Final = sa.case((col(Outbox.kind).in_(AWAITED), 0), else_=1)
_WAITING: Final = (DeliveryState.NEW, DeliveryState.RETRY)
_OVER: Final = (DeliveryState.SENT, DeliveryState.WITHDRAWN)

BLOCKED: Final = ForbiddenOutcome.__name__
"""The error of a message that met a blocked chat. It comes when its reader does."""
TOLD_AGAIN: Final = "told again at the next slot"
"""The error of an unknown message whose nags are all told once more."""
_MANY: Final = 500


async def ids_of_keys(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """The ids of promised messages, by their keys."""
    found: dict[str, int] = {}
    for start in range(0, len(keys), _MANY):
        part = keys[start : start + _MANY]
        query = sa.select(col(Outbox.dedupe_key), col(Outbox.id)).where(col(Outbox.dedupe_key).in_(part))
        found |= {row["dedupe_key"]: row["id"] for row in (await session.execute(query)).mappings()}
    return found


async def chats_to_send(session: Session) -> dict[int, bool]:
    """The chats to which messages have to go, and whether somebody waits for one of them.

    The chat whose message is the oldest comes first.
    """
    rank = sa.func.min(_RANK).label("rank")
    query = sa.select(col(Outbox.chat_id), rank).where(_TO_GO).group_by(col(Outbox.chat_id))
    query = query.order_by(sa.func.min(col(Outbox.id)))
    return {row["chat_id"]: row["rank"] == 0 for row in (await session.execute(query)).mappings()}


async def next_to_send(session: Session, chat_id: int, most: int) -> Sequence[Outbox]:
    """The messages promised to a chat: those for which somebody waits, then the rest, the oldest first."""
    query = select(Outbox).where(Outbox.chat_id == chat_id, _TO_GO)
    return (await session.exec(query.order_by(_RANK, col(Outbox.id)).limit(most))).all()


async def orphaned(session: Session) -> Sequence[Outbox]:
    """Rows that a former sender had taken. Nobody knows whether they went out."""
    return (await session.exec(select(Outbox).where(Outbox.state == DeliveryState.SENDING))).all()


async def hold_all(session: Session) -> int:
    """Hold every message that is promised and not known to be out, after a restore; how many there are."""
    done = await session.execute(
        sa.update(Outbox)
        .where(col(Outbox.state).in_((DeliveryState.NEW, DeliveryState.SENDING, DeliveryState.RETRY)))
        .values(state=DeliveryState.UNKNOWN, error=RESTORED)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(done)


async def held(session: Session) -> Sequence[Outbox]:
    """The messages of which nobody knows whether they arrived, or that did not, the oldest first.

    Not those to a blocked chat: they come when their reader does. Not those whose nags are told once more by
    themselves. Not notices either, except after a restore: notices about notices would never end. Nor
    pictures: their words are what matters.
    """
    query = select(Outbox).where(
        col(Outbox.state).in_((DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE)),
        sa.or_(col(Outbox.kind) != MessageKind.NOTICE, col(Outbox.error) == RESTORED),
        col(Outbox.kind) != MessageKind.PICTURE,
        sa.func.coalesce(col(Outbox.error), "").not_in((BLOCKED, TOLD_AGAIN)),
    )
    return (await session.exec(query.order_by(col(Outbox.id)))).all()


async def waits(session: Session, contact_id: int, view: str) -> bool:
    """Whether a message with this renderer waits to be sent to a contact."""
    query = select(Outbox.id).where(_TO_GO, Outbox.contact_id == contact_id, Outbox.view == view)
    return (await session.exec(query.limit(1))).first() is not None


async def undelivered_to(
    session: Session, contact_id: int, kinds: Collection[MessageKind]
) -> Sequence[Outbox]:
    """The messages of these kinds that met a chat which the contact had blocked, the last first."""
    query = select(Outbox).where(
        Outbox.contact_id == contact_id,
        Outbox.state == DeliveryState.UNDELIVERABLE,
        Outbox.error == BLOCKED,
        col(Outbox.kind).in_(kinds),
    )
    return (await session.exec(query.order_by(col(Outbox.id).desc()))).all()


async def messages_by_id(session: Session, ids: Sequence[int]) -> Sequence[Outbox]:
    """Promised messages, the last first."""
    query = select(Outbox).where(col(Outbox.id).in_(ids)).order_by(col(Outbox.id).desc())
    return (await session.exec(query)).all()


async def move_delivery(
    session: Session,
    outbox_id: int,
    old: Collection[DeliveryState],
    new: DeliveryState,
    *,
    there: int | None = None,
    **values: Any,
) -> bool:
    """Change a row's delivery state, guarded.

    False if the row is in none of the ``old`` states, or goes to another chat than ``there`` by now.
    """
    row = sa.and_(col(Outbox.id) == outbox_id, col(Outbox.state).in_(old))
    if there is not None:
        row &= col(Outbox.chat_id) == there
    move = sa.update(Outbox).where(row).values(state=new, **values)
    if new not in _WAITING:
        move = move.execution_options(**NOTHING_DUE)
    return rows_changed(await session.execute(move)) == 1


async def note_part(session: Session, row: Outbox) -> None:
    """Note that a part of a long message went out. After a crash only the rest is sent."""
    await session.execute(
        sa.update(Outbox)
        .where(col(Outbox.id) == row.id, col(Outbox.state) == DeliveryState.SENDING)
        .values(parts_sent=row.parts_sent)
        .execution_options(**NOTHING_DUE)
    )


async def send_again(session: Session, outbox_id: int) -> bool:
    """Send a held row again. If it may have arrived, it is marked as a possible repeat."""
    unknown, lost, retry = DeliveryState.UNKNOWN, DeliveryState.UNDELIVERABLE, DeliveryState.RETRY
    if await move_delivery(session, outbox_id, [unknown], retry, attempts=0, repeats=1):
        return True
    return await move_delivery(session, outbox_id, [lost], retry, attempts=0)


async def note_told_again(session: Session, outbox_id: int) -> None:
    """Note that all nags of an unknown message are told once more by themselves."""
    noted = sa.update(Outbox).where(col(Outbox.id) == outbox_id).values(error=TOLD_AGAIN)
    await session.execute(noted.execution_options(**NOTHING_DUE))


async def take_back(session: Session, dedupe_key: str) -> None:
    """Delete a promise that was made in this transaction, because another message says it better."""
    await session.execute(
        sa.delete(Outbox)
        .where(col(Outbox.dedupe_key) == dedupe_key, col(Outbox.state) == DeliveryState.NEW)
        .execution_options(synchronize_session=False)
    )


async def withdraw_unsent(session: Session, dedupe_keys: Sequence[str]) -> None:
    """Withdraw promises that have not begun to go out."""
    await session.execute(
        sa.update(Outbox)
        .where(col(Outbox.dedupe_key).in_(dedupe_keys), col(Outbox.state) == DeliveryState.NEW)
        .values(state=DeliveryState.WITHDRAWN)
        .execution_options(synchronize_session=False, **NOTHING_DUE)
    )


async def subjects_of(session: Session, chat_id: int, message_id: int) -> Sequence[int]:
    """Ids of the tasks that a message of ours was about."""
    query = select(SentMessage.task_id).where(
        SentMessage.chat_id == chat_id, SentMessage.message_id == message_id
    )
    return (await session.exec(query.order_by(col(SentMessage.task_id)))).all()


async def repoint_chat(session: Session, old: int, new: int) -> None:
    """Point the rows of a group that became a supergroup to the new id.

    That concerns waiting and held messages, and questions. The new chat has no messages yet: boards are
    posted anew, tallies are history.
    """
    await session.execute(
        sa.update(Outbox)
        .where(col(Outbox.chat_id) == old, col(Outbox.state).not_in(_OVER))
        .values(chat_id=new)
    )
    await session.execute(
        sa.update(LiveMessage)
        .where(col(LiveMessage.chat_id) == old)
        .values(
            chat_id=new,
            message_ids=[],
            stale_ids=[],
            content_hash=None,
            pinned=False,
            dirty=col(LiveMessage.kind) == LiveKind.BOARD,
            version=col(LiveMessage.version) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    asked = sa.select(col(Question.user_id)).where(col(Question.chat_id) == new)
    await session.execute(
        sa.update(Question)
        .where(col(Question.chat_id) == old, col(Question.user_id).not_in(asked))
        .values(chat_id=new)
    )


async def follow_account(session: Session, contact_id: int, old: int, new: int) -> None:
    """Point a contact's waiting and held messages to their new account. They are sent from the beginning."""
    await session.execute(
        sa.update(Outbox)
        .where(
            col(Outbox.contact_id) == contact_id,
            col(Outbox.chat_id) == old,
            col(Outbox.state).not_in(_OVER),
        )
        .values(chat_id=new, parts_sent=0)
    )


async def leave_thread(session: Session, chat_id: int, thread_id: int) -> None:
    """Point the messages of a topic that is closed or gone to the general topic."""
    await session.execute(
        sa.update(Outbox)
        .where(
            col(Outbox.chat_id) == chat_id,
            col(Outbox.thread_id) == thread_id,
            col(Outbox.state).not_in(_OVER),
        )
        .values(thread_id=None)
    )
    await session.execute(
        sa.update(LiveMessage)
        .where(col(LiveMessage.chat_id) == chat_id, col(LiveMessage.thread_id) == thread_id)
        .values(thread_id=None)
        .execution_options(synchronize_session=False)
    )


async def end_question(session: Session, user_id: int, chat_id: int, *, but: str | None = None) -> bool:
    """Forget the question of a chat; returns whether there was one. ``but``: the action that stays."""
    delete = sa.delete(Question).where(col(Question.user_id) == user_id, col(Question.chat_id) == chat_id)
    if but is not None:
        delete = delete.where(col(Question.action) != but)
    return rows_changed(await session.execute(delete)) == 1


async def tell_again(session: Session, user_id: int, topic: str, *, now: datetime, before: datetime) -> bool:
    """Note that a topic is told now; False if it was told after ``before``.

    It is one statement, so that one of two simultaneous calls is False.
    """
    statement = insert_into(session.get_bind().dialect.name, ToldTopic).values(
        user_id=user_id, topic=topic, told_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "topic"],
        set_={"told_at": now},
        where=col(ToldTopic.told_at) <= before,
    )
    done = await session.execute(statement.execution_options(preserve_rowcount=True))
    return rows_changed(done) == 1


async def questions_to_come(session: Session) -> Sequence[Question]:
    """The questions that are not known to be out."""
    return (await session.exec(select(Question).where(col(Question.prompt).is_not(None)))).all()


async def forget_prompts(session: Session) -> None:
    """Show no question again that is perhaps out."""
    forget = sa.update(Question).values(prompt=None)
    await session.execute(forget.execution_options(synchronize_session=False))


async def note_question(session: Session, user_id: int, chat_id: int, asked_at: datetime) -> None:
    """Note that the question is out, unless another one was asked since."""
    await session.execute(
        sa.update(Question)
        .where(
            col(Question.user_id) == user_id,
            col(Question.chat_id) == chat_id,
            col(Question.asked_at) == asked_at,
        )
        .values(prompt=None)
        .execution_options(synchronize_session=False)
    )
