"""Messages that may not have arrived: the office hears of them, and may send them again (重发)."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models import groups
from models.db import Session
from models.delivery import messages
from models.delivery.messages import Outbox
from models.people import Contact
from rules.delivery.delivery import DeliveryState
from services import access, audit, outbox
from services.delivery import rendering
from services.turn import TickTurn
from services.views import View, button, say


async def report_held(session: Session, row: Outbox, state: DeliveryState, *, now: datetime) -> None:
    """Tell the office that nobody knows whether a message arrived, and offer to send it again."""
    contact = None if row.contact_id is None else await session.get(Contact, row.contact_id)
    group = await groups.group_by_chat(session, row.chat_id)
    reader = contact.name if contact else group.title if group else str(row.chat_id)
    resend = button("outbox.resend_button", "outbox.resend", outbox_id=row.id)
    key = "outbox.held_unknown" if state is DeliveryState.UNKNOWN else "outbox.held_undeliverable"
    view = View([Text(key, reader=reader, kind=Text(f"outbox.kind.{row.kind.value}"))], [[resend]])
    await outbox.tell_office(session, f"held:{row.id}:{now.isoformat()}", view, now=now)


async def resend(turn: TickTurn, actor: access.Actor, outbox_id: int) -> View:
    """Send a held message again for the office, once: the first press counts."""
    access.require_office(actor)
    row = await turn.session.get(Outbox, outbox_id)
    if row is not None and rendering.is_of_the_past(row, turn.campaign, turn.now):
        return say("outbox.too_late_to_resend")
    moved = await messages.send_again(turn.session, outbox_id)
    if moved:
        audit.record(turn.session, "resend", ("outbox", outbox_id), now=turn.now, actor_id=actor.id)
    return say("outbox.resent" if moved else "outbox.not_held")
