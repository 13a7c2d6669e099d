"""Pictures that were promised to a group or a person: each is drawn, stored, and then sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, enum_type, rows_changed
from models.db import Session, ident
from models.delivery.live_messages import LiveKind, LiveMessage
from models.inserts import insert_once
from models.partial_indexes import partial_index
from models.written import NOTHING_DUE


class PictureKind(StrEnum):
    """What a picture stands under. Only one of an evening tally is corrected with it."""

    TALLY = "tally"
    BRIEF = "brief"


class PictureState(StrEnum):
    """``WAITING``: it has to be drawn, for the first time or anew. ``FAILED``: it cannot be drawn."""

    WAITING = "waiting"
    DRAWN = "drawn"
    FAILED = "failed"


class PromisedPicture(SQLModel, table=True):
    """A picture for a group or a person, which follows a text of ours.

    ``promise_key``: the key of its message. ``subject_id``: the tally that it shows. ``content``: what it
    says, without what it says of a correction. ``version`` rises whenever that may have changed; such a
    picture is counted anew before it is drawn. ``attempts``: how often that version could not be drawn.
    ``promised``: whether its message is. ``file_id``: the drawn file. ``corrected_at``: when its tally was
    last corrected; ``drawn_for``: the correction of which the file tells; ``edited_at``: when its message
    last changed.
    """

    __tablename__ = "picture"
    __table_args__ = (
        sa.CheckConstraint("group_id IS NULL OR contact_id IS NULL", name="one_reader"),
        sa.UniqueConstraint("kind", "subject_id"),
        partial_index("ix_picture_waiting", "id", where="state = 'waiting'"),
        # An id is never used again: the live message of a picture may stay longer than the picture.
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    promise_key: str = Field(max_length=120, unique=True)
    kind: PictureKind = Field(sa_type=enum_type(PictureKind, "picture_kind"))
    subject_id: int | None = None
    group_id: int | None = Field(default=None, foreign_key="group_chat.id", index=True)
    contact_id: int | None = Field(default=None, foreign_key="contact.id")
    state: PictureState = Field(
        default=PictureState.WAITING, sa_type=enum_type(PictureState, "picture_state")
    )
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    version: int = 0
    attempts: int = 0
    promised: bool = False
    file_id: int | None = Field(default=None, foreign_key="stored_file.id")
    corrected_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    drawn_for: datetime | None = Field(default=None, sa_type=UtcDateTime)
    edited_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


_WAITING: Final = sa.text("picture.state = 'waiting'")


async def add(session: Session, picture: PromisedPicture) -> None:
    """Promise a picture, once under its key."""
    await insert_once(session, PromisedPicture, [picture.model_dump(exclude={"id"})])


async def to_draw(session: Session, now: datetime, rest: timedelta, most: int) -> list[PromisedPicture]:
    """The next pictures to draw: first those that never failed, the oldest first.

    Of a group's pictures that stand there one changes at a time, and none within ``rest`` of the last change.
    """
    other = aliased(PromisedPicture)
    live = sa.and_(col(LiveMessage.kind) == LiveKind.PICTURE, col(LiveMessage.subject_id) == other.id)
    # What does not stand there, or was deleted, has no hash, and nothing of it changes.
    changes = sa.and_(col(LiveMessage.dirty), col(LiveMessage.content_hash).is_not(None))
    changing = (
        sa.select(sa.literal(1))
        .select_from(other)
        .outerjoin(LiveMessage, live)
        .where(
            col(other.group_id) == col(PromisedPicture.group_id),
            sa.or_(col(other.edited_at) > now - rest, changes),
        )
    )
    stands = col(PromisedPicture.promised)
    query = select(PromisedPicture).where(
        _WAITING, sa.or_(~stands, ~changing.correlate(PromisedPicture).exists())
    )
    found, changed = [], set()
    order = (col(PromisedPicture.attempts) > 0, col(PromisedPicture.id))
    for picture in (await session.exec(query.order_by(*order))).all():
        if picture.promised and picture.group_id in changed:
            continue
        changed |= {picture.group_id} if picture.promised else set()
        found.append(picture)
    return found[:most]


async def write(session: Session, picture: PromisedPicture, **values: Any) -> bool:
    """Write to a picture as it was read; False if its tally was corrected meanwhile."""
    same = col(PromisedPicture.version) == picture.version, _WAITING
    return await _write(session, ident(picture), *same, **values)


async def promise(session: Session, picture: PromisedPicture, **values: Any) -> bool:
    """Note that the message of a picture is promised, once, also if its tally was corrected meanwhile."""
    return await _write(session, ident(picture), ~col(PromisedPicture.promised), promised=True, **values)


async def note_edited(session: Session, picture_id: int, now: datetime) -> None:
    """Note that the message of a picture has changed."""
    await _write(session, picture_id, edited_at=now)


async def _write(
    session: Session, picture_id: int, *conditions: sa.ColumnElement[bool] | sa.TextClause, **values: Any
) -> bool:
    row = col(PromisedPicture.id) == picture_id
    written = sa.update(PromisedPicture).where(row, *conditions).values(**values)
    done = await session.execute(written.execution_options(synchronize_session=False, **NOTHING_DUE))
    return rows_changed(done) == 1


async def correct(session: Session, kind: PictureKind, subject_id: int, now: datetime) -> None:
    """Have the picture of a subject counted anew, and drawn if it has changed."""
    row = col(PromisedPicture.kind) == kind, col(PromisedPicture.subject_id) == subject_id
    anew = {"version": col(PromisedPicture.version) + 1, "attempts": 0, "corrected_at": now}
    corrected = sa.update(PromisedPicture).where(*row).values(state=PictureState.WAITING, **anew)
    await session.execute(corrected.execution_options(synchronize_session=False))


async def let_go(session: Session) -> None:
    """Draw nothing any more that is not promised yet: after a restore its words are held, too.

    It is no tally's any more, so that no correction has it drawn.
    """
    waiting = sa.update(PromisedPicture).where(_WAITING, ~col(PromisedPicture.promised))
    gone = waiting.values(state=PictureState.FAILED, subject_id=None)
    await session.execute(gone.execution_options(synchronize_session=False))
