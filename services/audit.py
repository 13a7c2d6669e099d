"""The append-only record of who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models.campaign import Audit
from models.db import Session


def record(
    session: Session,
    event: str,
    subject: tuple[str, int | None],
    *,
    now: datetime,
    actor_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add one row. ``actor_id`` None: the program itself, or the office at the command line."""
    session.add(
        Audit(
            at=now,
            actor_id=actor_id,
            event=event,
            subject_type=subject[0],
            subject_id=subject[1],
            before=before,
            after=after,
        )
    )
