"""Messages that may not have arrived: the office gets one list of them, and may send them again (重发)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from locales import Text
from models import groups, people
from models.db import Session, ident
from models.delivery import messages
from models.delivery.messages import Outbox
from models.nags import nag_waits
from models.people import Contact
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from services import access, audit, outbox
from services.delivery import past_messages
from services.turn import TickTurn, Turn
from services.views import View, button

LISTED: Final = 10
HELD_LIST: Final = "held"
"""The renderer of the list."""


async def report_held(session: Session, *, now: datetime) -> None:
    """Tell the office that nobody knows whether messages arrived, or that they did not.

    Each of them gets one list, made when it goes out. While one waits to be sent, it will tell of this, too.
    """
    for contact in await people.enrolled_with_role(session, Role.OFFICE):
        if await messages.waits(session, ident(contact), HELD_LIST):
            continue
        key = f"held:{contact.id}:{now.isoformat()}"
        body = HELD_LIST, {"role": Role.OFFICE.value}
        await outbox.enqueue_raw(session, MessageKind.NOTICE, key, body, now=now, contact=contact)


async def render(turn: TickTurn, row: Outbox) -> View | None:
    """The list as it is when it goes out; None: a colleague has seen to everything."""
    return await _list(turn, await messages.held(turn.session))


async def _list(turn: TickTurn, held: Sequence[Outbox]) -> View | None:
    open_rows = [row for row in held if not past_messages.is_of_the_past(row, turn.campaign, turn.now)]
    if not open_rows:
        return None
    several = len(open_rows) > 1
    lines = [Text("outbox.held_title", count=len(open_rows))] if several else []
    rows = []
    for number, row in enumerate(open_rows[:LISTED], 1):
        line = await _line(turn.session, row)
        lines.append(Text("outbox.held_line", number=number, line=line) if several else line)
        label = Text("outbox.resend_one_button", number=number) if several else Text("outbox.resend_button")
        rows.append([button(label, "outbox.resend", outbox_id=row.id)])
    if (rest := len(open_rows) - LISTED) > 0:
        lines.append(Text("outbox.held_rest", count=rest))
    if several:
        rows.append([button("outbox.resend_all_button", "outbox.resend_all")])
    return View(lines, rows)


async def _line(session: Session, row: Outbox) -> Text:
    contact = None if row.contact_id is None else await session.get(Contact, row.contact_id)
    group = await groups.group_by_chat(session, row.chat_id)
    reader = contact.name if contact else group.title if group else str(row.chat_id)
    key = "outbox.held_unknown" if row.state is DeliveryState.UNKNOWN else "outbox.held_undeliverable"
    return Text(key, reader=reader, kind=Text(f"outbox.kind.{row.kind.value}"))


async def resend(turn: Turn, outbox_id: int) -> View:
    """Send a held message again for the office, once: the first press counts. Returns what is left."""
    access.require_office(turn.actor)
    row = await turn.session.get(Outbox, outbox_id)
    if row is not None and past_messages.is_of_the_past(row, turn.campaign, turn.now):
        return await _left(turn, Text("outbox.too_late_to_resend"))
    done = await _send_again(turn, outbox_id)
    return await _left(turn, Text("outbox.resent" if done else "outbox.not_held"))


async def resend_all(turn: Turn) -> View:
    """全部重发: as ``resend`` for all that are still of use."""
    access.require_office(turn.actor)
    count = 0
    for row in await messages.held(turn.session):
        if not past_messages.is_of_the_past(row, turn.campaign, turn.now):
            count += await _send_again(turn, ident(row))
    return await _left(turn, Text("outbox.resent_all", count=count) if count else Text("outbox.not_held"))


async def _send_again(turn: Turn, outbox_id: int) -> bool:
    moved = await messages.send_again(turn.session, outbox_id)
    if moved:
        await nag_waits.drop_repeats(turn.session, outbox_id)
        audit.note(turn, "resend", ("outbox", outbox_id))
    return moved


async def _left(turn: Turn, done: Text) -> View:
    """The result, and the list of what is still held."""
    left = await _list(turn, await messages.held(turn.session))
    return View([done]) if left is None else View([done, *left.lines], left.rows)
