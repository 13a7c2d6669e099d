"""已知悉: a leader says that they have read a hint. The history of each task and case in it says so."""

from __future__ import annotations

from locales import Text
from models import audit_log
from models.delivery.messages import Outbox
from models.nags import BELOW
from services import audit
from services.errors import DomainError
from services.nags.messages import nag_delivery
from services.turn import Turn

EVENT = "hint_noted"


async def note(turn: Turn, outbox_id: int) -> Text:
    """Record that the presser has read their hint; returns the answer. A second press changes nothing."""
    row = await turn.session.get(Outbox, outbox_id)
    if row is None or row.contact_id != turn.actor.id:
        raise DomainError("buttons.expired")
    about = [
        ("task" if subject.word == BELOW else subject.word, line.subject_id)
        for subject, lines, _ in await nag_delivery.left(turn, row, turn.actor.contact, any_day=True)
        for line in lines
    ]
    if not about:
        raise DomainError("nags.nothing_left")
    for one in dict.fromkeys(about):
        last = await audit_log.last_of_events(turn.session, one, {EVENT})
        if last is None or (last.after or {}).get("outbox_id") != outbox_id:
            audit.note(turn, EVENT, one, after={"outbox_id": outbox_id})
    return Text("nags.noted")
