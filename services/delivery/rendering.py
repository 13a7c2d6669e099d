"""Rendering a promised message as it goes out, with its reader's rights checked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final

from models import groups
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact
from rules.delivery.delivery import MessageKind
from services import access, office_notices, outbox
from services.breakdown import breakdown_notices
from services.cases import case_access
from services.cases.orders import order_view
from services.delivery import notice_views, past_messages, resending, while_away
from services.groups import push_previews
from services.nags import nag_digest
from services.nags.messages import nag_delivery, requeue
from services.notices import notice_copies, notice_group_copies, notice_reminding
from services.tallies import promised_pictures
from services.turn import TickTurn, turn_of
from services.views import View

_TO_GROUPS: Final = frozenset({MessageKind.TALLY, MessageKind.BRIEF, MessageKind.PICTURE, MessageKind.DIGEST})


async def render(turn: TickTurn, row: Outbox) -> tuple[View, str] | None:
    """The view as it should be sent now, and the reader's language; None: it is no longer wanted."""
    if past_messages.is_of_the_past(row, turn.campaign, turn.now):
        return None
    to_group = row.contact_id is None and row.kind in _TO_GROUPS
    if to_group and (group := await groups.group_by_chat(turn.session, row.chat_id)) and not group.active:
        return None  # a chat without a group passes: Telegram's error then says where the group has gone
    contact = await _reader(turn.session, row)
    if row.contact_id is not None and contact is None:
        return None
    return await _shown(turn, row, contact)


async def _shown(turn: TickTurn, row: Outbox, contact: Contact | None) -> tuple[View, str] | None:
    """The view for its reader as far as they may still read it; ``contact`` None: it goes to a chat."""
    if await requeue.is_asleep(turn, row):
        return None
    view = await _RENDERERS[row.view](turn, row)
    if view is None or (
        contact is not None and not await _may_read(turn.session, contact, row, view, turn.today)
    ):
        return None
    locale = row.content.get("locale") if contact is None else contact.locale
    return view, locale or turn.campaign.locale


async def new_account(session: Session, row: Outbox) -> int | None:
    """The reader's present account, if it is not the one that the message was meant for."""
    if row.contact_id is None:
        return None
    contact = await session.get(Contact, row.contact_id, populate_existing=True)
    if contact is None or not contact.reachable or contact.telegram_user_id == row.chat_id:
        return None
    return contact.telegram_user_id


async def not_sent(turn: TickTurn, row: Outbox, shown: View | None) -> None:
    """Handle a message that is no longer wanted, has lost its reader, or is only partly ``shown``.

    The duties that it did not show are taken back, so that they are not forgotten.
    """
    if row.view == "nag" and not row.parts_sent:
        await requeue.take_back(turn, row, shown)


async def unconfirmed(turn: TickTurn, row: Outbox) -> bool:
    """Handle a message that perhaps did not arrive; returns whether all of it is told once more by itself."""
    return await requeue.repeat_once(turn, row)


async def _reader(session: Session, row: Outbox) -> Contact | None:
    if row.contact_id is None:
        return None
    contact = await session.get(Contact, row.contact_id, populate_existing=True)
    # Another account may be bound by now; then this chat is no longer the contact's.
    return contact if contact is not None and contact.telegram_user_id == row.chat_id else None


async def _may_read(session: Session, contact: Contact, row: Outbox, view: View, today: date) -> bool:
    role = row.content.get("role")
    if role is None and (row.view == _WEIGHED or not (view.task_ids or view.case_ids)):
        return True
    actor = await access.actor_of(session, contact, today=today)
    if role is not None and role not in actor.roles:
        return False
    if not await access.sees_all_of(session, actor, view.task_ids):
        return False
    return await case_access.sees_all_of(session, actor, view.case_ids)


async def _static(_turn: TickTurn, row: Outbox) -> View | None:
    return View.from_json(row.content)


async def _while_away(turn: TickTurn, row: Outbox) -> View | None:
    contact = await _reader(turn.session, row)
    if contact is None:
        return None
    actor = await access.actor_of(turn.session, contact, today=turn.today)
    # The messages were meant for the chat that the reader had then, so only their rights are checked.
    return await while_away.render(turn_of(turn, actor), row, lambda one: _shown(turn, one, contact))


Renderer = Callable[[TickTurn, Outbox], Awaitable[View | None]]
_RENDERERS: Final[dict[str, Renderer]] = {
    "view": _static,
    "nag": nag_delivery.render,
    "nag_office": nag_digest.render,
    "order": order_view.render,
    office_notices.ALONE: notice_views.render_alone,
    office_notices.GATHERED: notice_views.render_gathered,
    resending.HELD_LIST: resending.render,
    outbox.WHILE_AWAY: _while_away,
    promised_pictures.RENDERER: promised_pictures.render,
    office_notices.PREVIEW: push_previews.render,
    office_notices.BREAKDOWN: breakdown_notices.render,
    office_notices.NOTICE_COPY: notice_copies.render,
    office_notices.NOTICE_GROUP: notice_group_copies.render,
    office_notices.NOTICE_REMINDER: notice_reminding.render,
}
# This view's renderer itself leaves out each duty that the reader must not hear of now.
_WEIGHED: Final = "nag"
