"""When what the office says has changed: the next scan decides anew about everything."""

from __future__ import annotations

from datetime import datetime

from models import case_due, tasks
from models.db import Session


async def look_again(session: Session, now: datetime, *, seen: bool = False) -> None:
    """At tasks first, then at cases, as everybody locks them. ``seen``: see ``models.tasks.look_again``."""
    await tasks.look_again(session, now, seen=seen)
    await case_due.look_again(session, now, seen=seen)
