"""Groups, and the tallies that were promised to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type
from models.db import Session
from rules.people.roles import Tier
from rules.tally_hours import TallyHour


class GroupChat(SQLModel, table=True):
    """A group that gets the daily tally and the board, in the topic in which it was bound.

    They are about all units, the units of a tier, or one unit with those below it. ``tally_hour``: when it
    wants its tally. ``tallied_until``: the end of its last one, or what stands for it.
    """

    __tablename__ = "group_chat"
    __table_args__ = (sa.CheckConstraint("tier IS NULL OR unit_id IS NULL", name="one_scope"),)

    id: int | None = Field(default=None, primary_key=True)
    chat_id: int = Field(sa_type=sa.BigInteger, unique=True)
    thread_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    title: str = Field(default="", max_length=255)
    tier: Tier | None = Field(default=None, sa_type=enum_type(Tier, "group_tier"))
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    may_pin: bool = True
    active: bool = True
    bound_by: int = Field(foreign_key="contact.id")
    bound_at: datetime = Field(sa_type=UtcDateTime)
    tallied_until: datetime = Field(sa_type=UtcDateTime)
    tally_hour: TallyHour = Field(
        default=TallyHour.USUAL,
        sa_type=enum_type(TallyHour, "tally_hour"),
        sa_column_kwargs={"server_default": TallyHour.USUAL.value},
    )


class GroupTally(SQLModel, table=True):
    """A tally that was promised to a group.

    ``frozen`` keeps what cannot be found again later: the states of the tasks at ``as_of``. So late and
    corrected reports can correct the rest. ``promised`` False: a group that gets its tally after the close of
    the day has not got it yet, and the row keeps how the day closed.
    """

    __tablename__ = "group_tally"
    __table_args__ = (sa.UniqueConstraint("group_id", "slot_key"),)

    id: int | None = Field(default=None, primary_key=True)
    group_id: int = Field(foreign_key="group_chat.id")
    slot_key: str = Field(max_length=40)
    since: datetime = Field(sa_type=UtcDateTime)
    as_of: datetime = Field(sa_type=UtcDateTime, index=True)
    promised: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    corrected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    frozen: dict[str, Any] = Field(sa_type=sa.JSON)


HELD_BACK: Final = "held_back"
"""In ``frozen``: the office had said 今日不发, so no message went out."""
_PROMISED: Final = col(GroupTally.promised).is_(True)


async def group_by_chat(session: Session, chat_id: int) -> GroupChat | None:
    return (await session.exec(select(GroupChat).where(GroupChat.chat_id == chat_id))).first()


async def locked_group(session: Session, group_id: int) -> GroupChat | None:
    """A group as it is now. Nobody else changes it until the transaction ends."""
    return await session.get(GroupChat, group_id, populate_existing=True, with_for_update=True)


async def is_bound(session: Session, chat_id: int) -> bool:
    query = select(GroupChat.id).where(GroupChat.chat_id == chat_id, col(GroupChat.active).is_(True))
    return (await session.exec(query)).first() is not None


async def active_groups(session: Session) -> Sequence[GroupChat]:
    query = select(GroupChat).where(col(GroupChat.active).is_(True)).order_by(col(GroupChat.id))
    return (await session.exec(query)).all()


async def group_tally(session: Session, group_id: int, slot_key: str) -> GroupTally | None:
    query = select(GroupTally).where(GroupTally.group_id == group_id, GroupTally.slot_key == slot_key)
    return (await session.exec(query)).first()


async def chosen_hours(session: Session) -> set[TallyHour]:
    """The hours that the active groups have chosen."""
    query = select(col(GroupChat.tally_hour)).where(col(GroupChat.active).is_(True)).distinct()
    return set((await session.execute(query)).scalars())


async def got_tally_of(session: Session, group_id: int, as_of: datetime) -> bool:
    """Whether a group was promised the tally of that moment."""
    query = select(GroupTally.id).where(GroupTally.group_id == group_id, GroupTally.as_of == as_of, _PROMISED)
    return (await session.exec(query.limit(1))).first() is not None


async def last_promised(session: Session, group_id: int, now: datetime) -> datetime | None:
    """The end of the last tally that a group was promised; None: it had none."""
    query = select(sa.func.max(GroupTally.as_of)).where(
        GroupTally.group_id == group_id, GroupTally.as_of <= now, _PROMISED
    )
    found: datetime | None = (await session.exec(query)).one()
    return found


async def tallies_of_slot(session: Session, slot_key: str) -> dict[int, GroupTally]:
    """The tallies of a slot by their groups, those that only keep how the day closed among them."""
    rows = await session.exec(select(GroupTally).where(GroupTally.slot_key == slot_key))
    return {row.group_id: row for row in rows}


async def promised_of_slot(session: Session, slot_key: str) -> dict[int, bool]:
    """The groups that have had a slot's tally: whether its message was held back."""
    held_back = col(GroupTally.frozen)[HELD_BACK].as_boolean()
    query = select(GroupTally.group_id, held_back).where(GroupTally.slot_key == slot_key, _PROMISED)
    return {group_id: bool(held) for group_id, held in await session.exec(query)}


async def forget_closed(session: Session, group_id: int) -> None:
    """Delete what is kept for a tally that a group has not got yet."""
    query = sa.delete(GroupTally).where(col(GroupTally.group_id) == group_id, ~_PROMISED)
    await session.execute(query)


_TO_CORRECT: Final = (
    select(GroupTally)
    .join(GroupChat, col(GroupChat.id) == col(GroupTally.group_id))
    .where(
        col(GroupTally.as_of) >= sa.bindparam("from"),
        col(GroupTally.as_of) > sa.bindparam("since"),
        _PROMISED,
        col(GroupChat.active).is_(True),
    )
    .order_by(col(GroupTally.id))
    .with_for_update(of=GroupTally)
    .execution_options(populate_existing=True)
)


async def tallies_to_correct(
    session: Session, *, counted_from: datetime, since: datetime
) -> Sequence[GroupTally]:
    """Tallies of active groups after ``since`` that include a report which counts at ``counted_from``.

    They are locked until the transaction ends, in an order that is the same for all.
    """
    said = {"from": counted_from, "since": since}
    return (await session.exec(_TO_CORRECT, params=said)).all()
