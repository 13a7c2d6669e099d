"""Updates that could not be handled: their sender and the office hear of them, and the office decides.

Nothing shows what was written: it may be private, and the log leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from locales import Text
from models import groups, people
from models.db import Session, ident
from models.delivery import inbox
from models.delivery.inbox import Inbox
from reports.formats import moment_text
from rules.delivery.delivery import MessageKind
from services import access, audit, office_notices, outbox
from services.turn import TickTurn, Turn
from services.views import View, button, say

LISTED: Final = 10
LIST_BUTTON: Final = button("outbox.dead.list_button", "dead.list")


@dataclass(frozen=True, slots=True)
class DeadUpdate:
    """An update that could not be handled. ``sender``: a person, a group, or an id."""

    number: int
    received_at: datetime
    sender: str
    error: str
    may_run: bool


async def tell(session: Session, row: Inbox, *, now: datetime) -> None:
    """Promise the two notices; the sender gets one only if they wrote privately."""
    key = f"dead:{row.bot_id}:{row.id}"
    if row.lane > 0:
        view = say("outbox.dead_letter_sender")
        await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, chat=(row.lane, None))
    line = "outbox.dead_letter_office" if row.lane > 0 else "outbox.dead_letter_office_alone"
    told = View([Text(line, number=row.id)], [[LIST_BUTTON]])
    await office_notices.tell(session, f"{key}:office", told, now=now)


async def unseen(session: Session) -> list[DeadUpdate]:
    """What nobody in the office has seen to yet, the oldest first."""
    return [
        DeadUpdate(
            ident(row), row.received_at, await _sender(session, row.lane), row.error or "?", row.update_id > 0
        )
        for row in await inbox.dead_unseen(session)
    ]


async def _sender(session: Session, lane: int) -> str:
    if lane < 0:
        group = await groups.group_by_chat(session, lane)
        return str(lane) if group is None else group.title
    contact = await people.contact_by_account(session, lane)
    return (str(lane) if lane else "?") if contact is None else contact.name


async def listed(turn: Turn) -> View:
    """The list for the office, with 再处理 and 已阅."""
    access.require_office(turn.actor)
    found = await unseen(turn.session)
    if not found:
        return say("outbox.dead.none")
    lines, rows = [Text("outbox.dead.title", count=len(found))], []
    for one in found[:LISTED]:
        at = moment_text(one.received_at, turn.campaign.zone)
        lines.append(Text("outbox.dead.line", number=one.number, at=at, sender=one.sender, error=one.error))
        seen = button(Text("outbox.dead.seen_button", number=one.number), "dead.seen", number=one.number)
        again = button(Text("outbox.dead.again_button", number=one.number), "dead.again", number=one.number)
        rows.append([again, seen] if one.may_run else [seen])
    if (rest := len(found) - LISTED) > 0:
        lines.append(Text("outbox.dead.rest", count=rest))
    if len(found) > 1:
        rows.append([button("outbox.dead.all_seen_button", "dead.seen")])
    return View(lines, rows)


async def see(turn: Turn, number: int | None = None) -> View:
    """已阅: the office has seen it (None: all); it is deleted in time. Returns the list."""
    access.require_office(turn.actor)
    await mark_seen(turn, None if number is None else [number])
    return await listed(turn)


async def handle_again(turn: Turn, number: int) -> View:
    """再处理: the update is handled as if it had just come. Returns the list."""
    access.require_office(turn.actor)
    await run_again(turn, number, turn.actor.id)
    return await listed(turn)


async def mark_seen(turn: TickTurn, numbers: Sequence[int] | None) -> int:
    """Note that somebody has seen to these (None: all); how many there were."""
    return await inbox.see_dead(turn.session, numbers, turn.now)


async def run_again(turn: TickTurn, number: int, actor_id: int | None = None) -> bool:
    """Put a dead update back into the inbox; False: it is not dead, or no update at all.

    ``actor_id``: the member of the office who wants it; None: somebody at the terminal.
    """
    if not await inbox.revive(turn.session, number):
        return False
    audit.record(turn.session, "handle_again", ("inbox", number), now=turn.now, actor_id=actor_id)
    return True
