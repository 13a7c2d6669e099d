"""The texts that a notice had before, and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, select

from models.db import Session
from models.notices import NoticeParty, NoticeReceipt, NoticeRevision


async def texts_of(session: Session, notice_id: int) -> Sequence[NoticeRevision]:
    """The earlier texts of a notice, the first one first."""
    query = select(NoticeRevision).where(NoticeRevision.notice_id == notice_id)
    return (await session.exec(query.order_by(col(NoticeRevision.number)))).all()


async def ask_anew(session: Session, notice_id: int, now: datetime) -> None:
    """Let no answer count any more: each party owes one again, and reminders begin anew."""
    nothing = {"answer": None, "words": "", "answered_by": None, "answered_at": None}
    anew = sa.update(NoticeParty).where(col(NoticeParty.notice_id) == notice_id)
    anew = anew.values(answers=col(NoticeParty.answers) + 1, look_at=now, nagged_until=now, **nothing)
    await session.execute(anew.execution_options(synchronize_session="fetch"))


async def earlier_answers(session: Session, notice_id: int, before: int) -> dict[int, NoticeReceipt]:
    """The last answer of each party to a text before that number, by party."""
    query = select(NoticeReceipt).join(NoticeParty, col(NoticeParty.id) == col(NoticeReceipt.party_id))
    query = query.where(NoticeParty.notice_id == notice_id, NoticeReceipt.revision < before)
    found = await session.exec(query.order_by(col(NoticeReceipt.party_id), col(NoticeReceipt.number)))
    return {receipt.party_id: receipt for receipt in found}


async def answer_to(
    session: Session, notice_id: int, party_id: int, asked_revision: int
) -> NoticeReceipt | None:
    """The party's last answer after the notice was sent with that text, and before it was sent anew."""
    later = sa.select(sa.func.min(col(NoticeRevision.number))).where(
        col(NoticeRevision.notice_id) == notice_id,
        col(NoticeRevision.number) >= asked_revision,
        col(NoticeRevision.asked_anew),
    )
    until = (await session.execute(later)).scalar()
    query = select(NoticeReceipt).where(
        NoticeReceipt.party_id == party_id, NoticeReceipt.revision >= asked_revision
    )
    if until is not None:
        query = query.where(NoticeReceipt.revision <= until)
    return (await session.exec(query.order_by(col(NoticeReceipt.number).desc()).limit(1))).first()
