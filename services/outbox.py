"""Promised messages: enqueued in the caller's transaction, rendered when they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Any, Final

from locales import Text
from models import campaign as groups
from models import messages, people
from models.db import Session
from models.messages import Outbox
from models.people import Contact
from rules.delivery import DeliveryState, MessageKind
from rules.people import Role
from rules.slots import local_slot
from services import access, audit
from services.campaign import Campaign
from services.cases import access as case_access
from services.cases import order_view
from services.nags import letters, office, returning
from services.views import ButtonSpec, View, say

DAY_BOUND: Final = frozenset({MessageKind.NAG, MessageKind.HINT, MessageKind.BRIEF})


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
    """Promise ``view`` to a contact or to a chat (id, topic; ``locale``: its reader's language). ``live_id``:
    the live message that it becomes once it is sent. ``role``: what the contact must be when it goes out.
    False: it was promised already, or the contact cannot be reached."""
    body = view.to_json() | ({} if locale is None else {"locale": locale})
    body |= {} if role is None else {"role": role.value}
    return await enqueue_raw(
        session, kind, dedupe_key, ("view", body), now=now, contact=contact, chat=chat, live_id=live_id
    )


async def enqueue_raw(
    session: Session,
    kind: MessageKind,
    dedupe_key: str,
    body: tuple[str, dict[str, Any]],
    *,
    now: datetime,
    contact: Contact | None = None,
    chat: tuple[int, int | None] | None = None,
    live_id: int | None = None,
) -> bool:
    """As ``enqueue``; ``body`` is a renderer's name and what it renders from."""
    if contact is not None:
        if not contact.reachable or contact.telegram_user_id is None:
            return False
        chat = (contact.telegram_user_id, None)
    if chat is None:
        raise ValueError("a message needs a contact or a chat")
    row = _row(kind, dedupe_key, body, now=now, contact=contact, chat=chat, live_id=live_id)
    return await messages.insert_once(session, Outbox, [row]) == 1


def _row(
    kind: MessageKind,
    dedupe_key: str,
    body: tuple[str, dict[str, Any]],
    *,
    now: datetime,
    contact: Contact | None,
    chat: tuple[int, int | None],
    live_id: int | None = None,
) -> dict[str, Any]:
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
    contact: Contact, kind: MessageKind, dedupe_key: str, body: tuple[str, dict[str, Any]], now: datetime
) -> dict[str, Any]:
    """A promise to a contact who can be reached, for ``enqueue_many``."""
    if contact.telegram_user_id is None:
        raise ValueError(f"contact {contact.id} has no account to write to")
    return _row(kind, dedupe_key, body, now=now, contact=contact, chat=(contact.telegram_user_id, None))


async def enqueue_many(session: Session, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Promise many messages at once; their ids by their keys."""
    await messages.insert_many_once(session, Outbox, rows)
    return await messages.ids_of_keys(session, [row["dedupe_key"] for row in rows])


async def render(session: Session, row: Outbox, campaign: Campaign, now: datetime) -> tuple[View, str] | None:
    """The view as it should go out now, and the reader's language; None: it is not wanted any more."""
    if _is_of_the_past(row, campaign, now):
        return None
    to_group = row.contact_id is None and row.kind in {MessageKind.TALLY, MessageKind.BRIEF}
    if to_group and (group := await groups.group_by_chat(session, row.chat_id)) and not group.active:
        return None  # of a chat that nobody knows any more, Telegram says where its group has gone
    contact = await _reader(session, row)
    if row.contact_id is not None and contact is None:
        return None
    if await returning.is_asleep(session, row, now=now, campaign=campaign):
        return None
    view = await _RENDERERS[row.view](session, row, campaign, now)
    if view is None or (
        contact is not None and not await _may_read(session, contact, row, view, campaign.today(now))
    ):
        return None
    locale = row.content.get("locale") if contact is None else contact.locale
    return view, locale or campaign.locale


def _is_of_the_past(row: Outbox, campaign: Campaign, now: datetime) -> bool:
    """Whether its day is over: its next slot is its retry. A colour has none, and is told late. A brief's day
    ends with the tally."""
    if row.kind not in DAY_BOUND or returning.is_told_late(row):
        return False
    today = campaign.today(now)
    over = row.kind is MessageKind.BRIEF and now >= local_slot(today, campaign.slots.tally, campaign.zone)
    return over or campaign.today(row.created_at) != today


async def new_account(session: Session, row: Outbox) -> int | None:
    """The account that its reader has by now, if it is another than that to which it was to go."""
    if row.contact_id is None:
        return None
    contact = await session.get(Contact, row.contact_id, populate_existing=True)
    if contact is None or not contact.reachable or contact.telegram_user_id == row.chat_id:
        return None
    return contact.telegram_user_id


async def not_sent(
    session: Session, row: Outbox, shown: View | None, *, now: datetime, campaign: Campaign
) -> None:
    """A message is not wanted any more, its reader was lost, or only a part of it is ``shown``: what it was
    to remind of besides is not forgotten."""
    if row.view == "nag" and not row.parts_sent:
        await returning.take_back(session, row, shown, now=now, campaign=campaign)


async def _reader(session: Session, row: Outbox) -> Contact | None:
    if row.contact_id is None:
        return None
    contact = await session.get(Contact, row.contact_id, populate_existing=True)
    # Another account may be bound by now: then this chat is no longer his.
    return contact if contact is not None and contact.telegram_user_id == row.chat_id else None


async def _may_read(session: Session, contact: Contact, row: Outbox, view: View, today: date) -> bool:
    role = row.content.get("role")
    if role is None and (row.view in _WEIGHED or not (view.task_ids or view.case_ids)):
        return True
    actor = await access.actor_of(session, contact, today=today)
    if role is not None and role not in actor.roles:
        return False
    if not await access.sees_all_of(session, actor, view.task_ids):
        return False
    return await case_access.sees_all_of(session, actor, view.case_ids)


async def _static(_session: Session, row: Outbox, _campaign: Campaign, _now: datetime) -> View | None:
    return View.from_json(row.content)


Renderer = Callable[[Session, Outbox, Campaign, datetime], Awaitable[View | None]]
_RENDERERS: Final[dict[str, Renderer]] = {
    "view": _static,
    "nag": letters.render,
    "nag_office": office.render,
    "order": order_view.render,
    # What an earlier release promised of colours alone.
    "colours": letters.render,
}
# These leave out by themselves, duty by duty, what their reader is not to hear of now.
_WEIGHED: Final = frozenset({"nag", "colours"})


async def tell_office(
    session: Session,
    dedupe_key: str,
    view: View,
    *,
    now: datetime,
    kind: MessageKind = MessageKind.NOTICE,
) -> int:
    """Promise ``view`` to every reachable member of the office; how many there are."""
    office = await people.enrolled_with_role(session, Role.OFFICE)
    for contact in office:
        key = f"{dedupe_key}:{contact.id}"
        await enqueue(session, kind, key, view, now=now, contact=contact, role=Role.OFFICE)
    return len(office)


async def report_held(session: Session, row: Outbox, state: DeliveryState, *, now: datetime) -> None:
    """Tell the office that nobody knows whether a message arrived, and offer to send it again."""
    contact = None if row.contact_id is None else await session.get(Contact, row.contact_id)
    group = await groups.group_by_chat(session, row.chat_id)
    reader = contact.name if contact else group.title if group else str(row.chat_id)
    resend = ButtonSpec(Text("outbox.resend_button"), "outbox.resend", {"outbox_id": row.id})
    key = "outbox.held_unknown" if state is DeliveryState.UNKNOWN else "outbox.held_undeliverable"
    view = View([Text(key, reader=reader, kind=Text(f"outbox.kind.{row.kind.value}"))], [[resend]])
    await tell_office(session, f"held:{row.id}:{now.isoformat()}", view, now=now)


async def resend(
    session: Session, actor: access.Actor, outbox_id: int, *, now: datetime, campaign: Campaign
) -> View:
    """The office wants a held message sent again; once, whoever presses first."""
    access.require_office(actor)
    row = await session.get(Outbox, outbox_id)
    if row is not None and _is_of_the_past(row, campaign, now):
        return say("outbox.too_late_to_resend")
    moved = await messages.send_again(session, outbox_id)
    if moved:
        audit.record(session, "resend", ("outbox", outbox_id), now=now, actor_id=actor.id)
    return say("outbox.resent" if moved else "outbox.not_held")
