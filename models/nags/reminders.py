"""Reminders: those of the ladder, and those that the office sent by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from models.audit_log import Audit
from models.db import Session
from models.delivery.messages import Outbox
from rules.delivery.delivery import NOT_ARRIVED, DeliveryState


async def reminders_since(session: Session, since: datetime) -> Sequence[Outbox]:
    """催办 of any kind that were promised from then on and arrived or are on their way."""
    gone = (*NOT_ARRIVED, DeliveryState.WITHDRAWN)
    query = select(Outbox).where(
        Outbox.view == "nag", Outbox.created_at >= since, col(Outbox.state).not_in(gone)
    )
    return (await session.exec(query.order_by(col(Outbox.id)))).all()


async def last_reminder(session: Session) -> Audit | None:
    """The audit row of the office's last 催办 by hand."""
    query = select(Audit).where(Audit.event == "remind").order_by(col(Audit.id).desc()).limit(1)
    return (await session.exec(query)).first()
