"""A fresh look at all tasks and cases: the next scan decides them anew, after the office changed a rule."""

from __future__ import annotations

from datetime import datetime

from models import tasks
from models.cases import case_due
from models.db import Session


async def look_again(session: Session, now: datetime, *, seen: bool = False) -> None:
    """Mark tasks first, then cases, in everybody's locking order.

    ``seen``: see ``models.tasks.look_again``.
    """
    await tasks.look_again(session, now, seen=seen)
    await case_due.look_again(session, now, seen=seen)
