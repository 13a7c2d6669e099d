"""Which members of the office want previews pushed to them. Their last choice is in the audit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from models import audit_log
from models.db import Session
from services import audit
from services.access import require_office
from services.turn import Turn

_EVENT: Final = "previews"


async def who_wants(session: Session, contact_ids: Collection[int]) -> set[int]:
    """Those of these people who have chosen previews; nobody gets them unasked."""
    rows = await audit_log.last_of_each(session, "contact", contact_ids, _EVENT)
    return {row.subject_id for row in rows if row.subject_id and (row.after or {}).get("previews")}


async def of(turn: Turn) -> bool:
    """The reader's own."""
    return turn.actor.id in await who_wants(turn.session, [turn.actor.id])


async def choose(turn: Turn, *, on: bool) -> None:
    require_office(turn.actor)
    if on is not await of(turn):
        said = {"before": {"previews": not on}, "after": {"previews": on}}
        audit.note(turn, _EVENT, ("contact", turn.actor.id), **said)
        await turn.session.flush()
