"""Promised messages: enqueued in the caller's transaction, rendered when they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from models import inserts, people
from models.db import Session, ident
from models.delivery import messages
from models.delivery.messages import Outbox
from models.people import Contact, ContactState
from rules.delivery.delivery import DeliveryState, MessageKind
from rules.people.roles import Role
from services.views import View

WHILE_AWAY: Final = "while_away"
"""The renderer of the list of what met a blocked chat."""
MISSED: Final = (MessageKind.ORDER, MessageKind.RECEIPT)
"""What is told to a contact who comes back after they had blocked the bot."""


async def enqueue(
    session: Session,
    kind: MessageKind,
    dedupe_key: str,
    view: View,
    *,
    now: datetime,
    contact: Contact | None = None,
    chat: tuple[int, int | None] | None = None,
    locale: str | None = None,
    live_id: int | None = None,
    role: Role | None = None,
) -> bool:
    """Promise ``view`` to a contact or to a chat (id, topic; ``locale``: its reader's language).

    ``live_id``: the live message that it becomes once it is sent. ``role``: the role that the contact must
    still have when it is sent. False: it was promised already, or the contact cannot be reached.
    """
    body = view.to_json() | ({} if locale is None else {"locale": locale})
    body |= {} if role is None else {"role": role.value}
    return await enqueue_raw(
        session, kind, dedupe_key, ("view", body), now=now, contact=contact, chat=chat, live_id=live_id
    )


async def enqueue_raw(
    session: Session,
    kind: MessageKind,
    dedupe_key: str,
    body: tuple[str, Mapping[str, object]],
    *,
    now: datetime,
    contact: Contact | None = None,
    chat: tuple[int, int | None] | None = None,
    live_id: int | None = None,
) -> bool:
    """As ``enqueue``; ``body`` is a renderer's name and what it renders from.

    An order or a receipt for a contact who has blocked the bot is kept for their return.
    """
    blocked = contact is not None and contact.state is ContactState.UNREACHABLE
    if contact is not None:
        if contact.telegram_user_id is None or not (contact.reachable or (blocked and kind in MISSED)):
            return False
        chat = (contact.telegram_user_id, None)
    if chat is None:
        raise ValueError("a message needs a contact or a chat")
    row = _row(kind, dedupe_key, body, now=now, contact=contact, chat=chat, live_id=live_id)
    if blocked:
        row |= {"state": DeliveryState.UNDELIVERABLE, "error": messages.BLOCKED}
    return await inserts.insert_once(session, Outbox, [row]) == 1 and not blocked


def _row(
    kind: MessageKind,
    dedupe_key: str,
    body: tuple[str, Mapping[str, object]],
    *,
    now: datetime,
    contact: Contact | None,
    chat: tuple[int, int | None],
    live_id: int | None = None,
) -> dict[str, object]:
    return {
        "dedupe_key": dedupe_key,
        "kind": kind,
        "chat_id": chat[0],
        "thread_id": chat[1],
        "contact_id": None if contact is None else contact.id,
        "live_id": live_id,
        "view": body[0],
        "content": body[1],
        "state": DeliveryState.NEW,
        "attempts": 0,
        "parts_sent": 0,
        "repeats": 0,
        "created_at": now,
    }


def row_for(
    contact: Contact,
    kind: MessageKind,
    dedupe_key: str,
    body: tuple[str, Mapping[str, object]],
    now: datetime,
) -> dict[str, object]:
    """A promise to a contact who can be reached, for ``enqueue_many``."""
    if contact.telegram_user_id is None:
        raise ValueError(f"contact {contact.id} has no account to write to")
    return _row(kind, dedupe_key, body, now=now, contact=contact, chat=(contact.telegram_user_id, None))


async def promise_missed(session: Session, contact: Contact, *, now: datetime) -> None:
    """Promise one list of the orders and receipts for the chat that the contact had blocked.

    The messages themselves are withdrawn. A list that met a blocked chat, too, becomes part of the new one.
    """
    rows = await messages.undelivered_to(session, ident(contact), MISSED)
    if not rows:
        return
    # Each row is listed once, so the newest one names the list; a moment could come again.
    key = f"away:{contact.id}:{ident(rows[0])}"
    listed: list[int] = []
    for row in rows:
        listed += row.content["rows"] if row.view == WHILE_AWAY else [ident(row)]
        lost = [DeliveryState.UNDELIVERABLE]
        await messages.move_delivery(session, ident(row), lost, DeliveryState.WITHDRAWN)
    body = WHILE_AWAY, {"rows": listed}
    await enqueue_raw(session, MessageKind.RECEIPT, key, body, now=now, contact=contact)


async def enqueue_many(session: Session, rows: Sequence[dict[str, object]]) -> dict[str, int]:
    """Promise many messages at once; returns their ids by their keys."""
    await inserts.insert_once(session, Outbox, rows)
    return await messages.ids_of_keys(session, [str(row["dedupe_key"]) for row in rows])


async def tell_office(
    session: Session,
    dedupe_key: str,
    view: View,
    *,
    now: datetime,
    kind: MessageKind = MessageKind.NOTICE,
) -> int:
    """Promise ``view`` to every reachable member of the office; returns how many there are."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    for contact in office:
        key = f"{dedupe_key}:{contact.id}"
        await enqueue(session, kind, key, view, now=now, contact=contact, role=Role.OFFICE)
    return len(office)


async def untell_office(session: Session, dedupe_key: str) -> None:
    """Withdraw what ``tell_office`` has promised and what has not begun to go out."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    await messages.withdraw_unsent(session, [f"{dedupe_key}:{contact.id}" for contact in office])


async def is_office_told(session: Session, dedupe_key: str) -> bool:
    """Whether a member of the office was promised what has that key."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    return bool(await messages.ids_of_keys(session, [f"{dedupe_key}:{contact.id}" for contact in office]))
