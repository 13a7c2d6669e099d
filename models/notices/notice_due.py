"""When the scan of the nags looks at who owes an answer to a notice, and the notices with their parties."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.columns import UtcDateTime, earlier_of
from models.db import Session, ident
from models.notices import Notice, NoticeCopy, NoticeParty
from rules.notices.notice_lifecycle import NoticeState

_OPEN = sa.select(col(Notice.id)).where(col(Notice.state) == NoticeState.OPEN)
_UNANSWERED = (col(NoticeParty.answer).is_(None), col(NoticeParty.notice_id).in_(_OPEN))


async def due_for_look(session: Session, now: datetime, limit: int) -> Sequence[NoticeParty]:
    """The parties that the scan has to look at, the longest waiting first."""
    query = select(NoticeParty).where(col(NoticeParty.look_at) <= sa.literal(now, UtcDateTime))
    query = query.order_by(col(NoticeParty.look_at), col(NoticeParty.id)).limit(limit)
    return (await session.exec(query.execution_options(populate_existing=True))).all()


async def seen_to(session: Session, party: NoticeParty, look_at: datetime | None, until: datetime) -> None:
    """Note that all slots up to ``until`` are done, and when to look next, unless somebody has answered
    since the party was read, or is asked anew."""
    await session.execute(
        sa.update(NoticeParty)
        .where(col(NoticeParty.id) == ident(party), col(NoticeParty.answers) == party.answers)
        .values(look_at=look_at, nagged_until=until)
        .execution_options(synchronize_session=False)
    )


async def look_again(session: Session, now: datetime) -> None:
    """Let the next scan decide anew about everybody who owes an answer."""
    again = sa.update(NoticeParty).where(*_UNANSWERED).values(look_at=now)
    await session.execute(again.execution_options(synchronize_session=False))


async def stand_at(session: Session, moment: datetime, *, backlog: bool) -> None:
    """For a rehearsal: all slots up to that moment count as done; with ``backlog`` others stay due."""
    seen = earlier_of(col(NoticeParty.nagged_until), moment) if backlog else moment
    stands = sa.update(NoticeParty).where(*_UNANSWERED).values(nagged_until=seen, look_at=moment)
    await session.execute(stands.execution_options(synchronize_session=False))


async def next_look(session: Session) -> datetime | None:
    """The moment at which the scan has to look next."""
    query = sa.select(col(NoticeParty.look_at)).where(col(NoticeParty.look_at).is_not(None))
    return (await session.execute(query.order_by(col(NoticeParty.look_at)).limit(1))).scalar()


async def with_notices(session: Session, party_ids: Collection[int]) -> dict[int, tuple[NoticeParty, Notice]]:
    """The parties by id, each with its notice, read anew."""
    query = select(NoticeParty, Notice).join(Notice, col(Notice.id) == col(NoticeParty.notice_id))
    query = query.where(col(NoticeParty.id).in_(party_ids)).execution_options(populate_existing=True)
    return {ident(party): (party, notice) for party, notice in await session.exec(query)}


async def copies_by_party(session: Session, party_ids: Collection[int]) -> dict[int, list[NoticeCopy]]:
    """The copies that count of people who have joined, by party."""
    query = select(NoticeCopy).join(Notice, col(Notice.id) == col(NoticeCopy.notice_id))
    query = query.where(col(NoticeCopy.revision) == col(Notice.asked_revision))
    query = query.where(col(NoticeCopy.party_id).in_(party_ids), ~col(NoticeCopy.waits))
    found: dict[int, list[NoticeCopy]] = {}
    for copy in await session.exec(query.order_by(col(NoticeCopy.id))):
        found.setdefault(copy.party_id, []).append(copy)
    return found
