"""What the office is told of: matters that somebody there settles, and the notices about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col, select

from models.columns import UtcDateTime, rows_changed
from models.db import Session, ident
from models.delivery.live_messages import LiveKind, LiveMessage
from models.delivery.messages import withdraw_unsent
from models.inserts import insert_once
from models.partial_indexes import partial_index


class OfficeMatter(SQLModel, table=True):
    """Something that a member of the office has to see to. All its notices have the key ``key:contact``.

    ``subject``: the word of what it is about (case, task, …), and ``subject_id`` its row. ``claimed_by``: who
    said 我来办. ``outcome``: how it was settled, as a ``Text``; ``settled_by`` None: by the program.
    """

    __tablename__ = "office_matter"
    __table_args__ = (
        partial_index("ix_office_matter_open", "subject", "subject_id", where="settled_at IS NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=80, unique=True)
    subject: str = Field(max_length=20)
    subject_id: int
    opened_at: datetime = Field(sa_type=UtcDateTime)
    claimed_by: int | None = Field(default=None, foreign_key="contact.id")
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: int | None = Field(default=None, foreign_key="contact.id")
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))


class OfficeNotice(SQLModel, table=True):
    """A notice for one member of the office. ``content``: its view.

    ``outbox_id``: the message that tells it, alone or with others. None: it waits for its reader's hour.
    """

    __tablename__ = "office_notice"
    __table_args__ = (partial_index("ix_office_notice_waiting", "contact_id", where="outbox_id IS NULL"),)

    id: int | None = Field(default=None, primary_key=True)
    contact_id: int = Field(foreign_key="contact.id")
    dedupe_key: str = Field(max_length=120, unique=True)
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    matter_id: int | None = Field(default=None, foreign_key="office_matter.id", index=True)
    outbox_id: int | None = Field(default=None, foreign_key="outbox.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


_WAITING: Final = sa.text("office_notice.outbox_id IS NULL")
_OPEN: Final = sa.text("office_matter.settled_at IS NULL")


async def open_matter(session: Session, key: str, subject: tuple[str, int], *, now: datetime) -> int:
    """The matter with that key, made if there is none; returns its id."""
    row = {"key": key, "subject": subject[0], "subject_id": subject[1], "opened_at": now}
    await insert_once(session, OfficeMatter, [row])
    found = (await session.exec(select(OfficeMatter).where(OfficeMatter.key == key))).one()
    return ident(found)


async def matter_by_id(session: Session, matter_id: int) -> OfficeMatter | None:
    """The matter as it stands, read anew."""
    return await session.get(OfficeMatter, matter_id, populate_existing=True)


async def matters_by_id(session: Session, ids: Collection[int]) -> dict[int, OfficeMatter]:
    if not ids:
        return {}
    query = select(OfficeMatter).where(col(OfficeMatter.id).in_(ids))
    rows = await session.exec(query.execution_options(populate_existing=True))
    return {row.id: row for row in rows if row.id is not None}


async def claim(
    session: Session, matter_id: int, by: int, *, after: int | None = None, now: datetime
) -> bool:
    """Note who sees to it; False if somebody does already, or it is settled.

    ``after``: who saw to it until now and cannot any more.
    """
    claimed = col(OfficeMatter.claimed_by)
    free = claimed.is_(None) if after is None else claimed == after
    return await _change(session, matter_id, free, by, now)


async def give_back(session: Session, matter_id: int, by: int) -> bool:
    """Note that ``by`` does not see to it any more; False if they did not, or it is settled."""
    return await _change(session, matter_id, col(OfficeMatter.claimed_by) == by, None, None)


async def _change(
    session: Session, matter_id: int, condition: Any, by: int | None, at: datetime | None
) -> bool:
    changed = await session.execute(
        sa.update(OfficeMatter)
        .where(col(OfficeMatter.id) == matter_id, _OPEN, condition)
        .values(claimed_by=by, claimed_at=at)
        .execution_options(synchronize_session=False)
    )
    return rows_changed(changed) == 1


async def open_ids(session: Session, subject: tuple[str, int]) -> Sequence[int]:
    """The unsettled matters of a subject."""
    return await _ids_of(session, subject, _OPEN)


async def ids_to_settle(
    session: Session, subject: tuple[str, int], by: int | None, *, now: datetime, but: str
) -> Sequence[int]:
    """The unsettled matters of a subject, except the one with the key ``but``.

    With them those that the same person has settled at this very moment, by one press.
    """
    still = sa.and_(_OPEN, col(OfficeMatter.key) != but)
    at_once = sa.and_(col(OfficeMatter.settled_at) == now, col(OfficeMatter.settled_by) == by)
    return await _ids_of(session, subject, still if by is None else sa.or_(still, at_once))


async def _ids_of(session: Session, subject: tuple[str, int], condition: Any) -> Sequence[int]:
    word, subject_id = subject
    query = select(OfficeMatter).where(
        OfficeMatter.subject == word, OfficeMatter.subject_id == subject_id, condition
    )
    return [ident(row) for row in await session.exec(query)]


async def settle(
    session: Session, ids: Collection[int], by: int | None, outcome: Mapping[str, Any], *, now: datetime
) -> None:
    """Note that matters are settled, and how."""
    await session.execute(
        sa.update(OfficeMatter)
        .where(col(OfficeMatter.id).in_(ids), sa.or_(_OPEN, col(OfficeMatter.settled_at) == now))
        .values(settled_by=by, settled_at=now, outcome=dict(outcome))
        .execution_options(synchronize_session=False)
    )


async def add_notices(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep notices; those that are kept already stay as they are."""
    await insert_once(session, OfficeNotice, rows)


async def holds(session: Session, dedupe_key: str) -> bool:
    """Whether a notice of that key waits for its reader's hour."""
    query = select(OfficeNotice.id).where(OfficeNotice.dedupe_key == dedupe_key, _WAITING)
    return (await session.exec(query)).first() is not None


async def kept_keys(session: Session, dedupe_keys: Collection[str]) -> set[str]:
    """Those of the keys of which a notice is kept, told or not."""
    query = select(OfficeNotice.dedupe_key).where(col(OfficeNotice.dedupe_key).in_(dedupe_keys))
    return set(await session.exec(query))


async def readers_waited_for(session: Session) -> Sequence[int]:
    """The contacts for whom notices wait."""
    query = select(OfficeNotice.contact_id).where(_WAITING).distinct()
    return (await session.exec(query.order_by(col(OfficeNotice.contact_id)))).all()


async def waiting_for(
    session: Session, contact_id: int, *, until: datetime | None = None, limit: int | None = None
) -> Sequence[OfficeNotice]:
    """The notices that wait for a contact's hour and were made up to ``until``, the first first."""
    query = select(OfficeNotice).where(OfficeNotice.contact_id == contact_id, _WAITING)
    if until is not None:
        query = query.where(col(OfficeNotice.created_at) <= until)
    return (await session.exec(query.order_by(col(OfficeNotice.id)).limit(limit))).all()


async def forget_all_of(session: Session, contact_id: int) -> None:
    """Delete what waits for a contact who must not hear of it any more."""
    await session.execute(sa.delete(OfficeNotice).where(col(OfficeNotice.contact_id) == contact_id, _WAITING))


async def was_moved_on(session: Session, outbox_id: int) -> bool:
    """Whether a matter that a message is about is claimed or settled."""
    query = (
        select(OfficeMatter.id)
        .join(OfficeNotice, col(OfficeNotice.matter_id) == col(OfficeMatter.id))
        .where(
            OfficeNotice.outbox_id == outbox_id,
            sa.or_(col(OfficeMatter.claimed_by).is_not(None), col(OfficeMatter.settled_at).is_not(None)),
        )
    )
    return (await session.exec(query.limit(1))).first() is not None


async def notices_by_id(session: Session, ids: Sequence[int]) -> Sequence[OfficeNotice]:
    query = select(OfficeNotice).where(col(OfficeNotice.id).in_(ids)).order_by(col(OfficeNotice.id))
    return (await session.exec(query)).all()


async def put_into(session: Session, ids: Collection[int], outbox_id: int) -> None:
    """Note the message that tells these notices."""
    await session.execute(
        sa.update(OfficeNotice)
        .where(col(OfficeNotice.id).in_(ids))
        .values(outbox_id=outbox_id)
        .execution_options(synchronize_session=False)
    )


async def forget(session: Session, ids: Collection[int]) -> None:
    """Delete notices that nobody has to be told any more."""
    await session.execute(sa.delete(OfficeNotice).where(col(OfficeNotice.id).in_(ids)))


async def withdraw(session: Session, keys: Sequence[str]) -> None:
    """Take back notices of these keys that have not begun to go out."""
    await session.execute(sa.delete(OfficeNotice).where(col(OfficeNotice.dedupe_key).in_(keys), _WAITING))
    await withdraw_unsent(session, keys)


async def touch_messages(session: Session, matter_ids: Collection[int]) -> None:
    """Mark the messages about these matters dirty, so that they are edited."""
    told = sa.select(col(OfficeNotice.outbox_id)).where(col(OfficeNotice.matter_id).in_(matter_ids))
    await session.execute(
        sa.update(LiveMessage)
        .where(col(LiveMessage.kind) == LiveKind.NOTICE, col(LiveMessage.subject_id).in_(told))
        .values(dirty=True, version=col(LiveMessage.version) + 1)
        .execution_options(synchronize_session=False)
    )
