"""Cards that are shown with a short delay, because the parts of an album arrive one by one.

The draft's ``card_due_at`` is the promise. It is committed with each part and cleared only when the card
has been sent, so a program that is killed in between shows the card after its restart.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models import drafts
from models.db import Session
from models.drafts import Draft, DraftKind
from models.people import Contact, ContactState
from services.access import actor_of
from services.campaign import Campaign
from services.cases.deciding import verifying
from services.cases.handling import feedback
from services.cases.submitting import issue_card
from services.drafts import draft_parts
from services.errors import DomainError
from services.progress import report_card
from services.views import View

_CARDS: Final = {
    DraftKind.REPORT: report_card.draft_view,
    DraftKind.ISSUE: issue_card.issue_view,
    DraftKind.FEEDBACK: feedback.show_feedback,
    DraftKind.VERIFICATION: verifying.show_verification,
}


@dataclass(frozen=True, slots=True)
class DueCard:
    """A card and where it goes.

    ``edit``: the id of the message that shows an older state of it. ``reply_to``: the message that it
    answers; in a group that shows whose card it is.
    """

    view: View
    locale: str
    chat_id: int
    thread_id: int | None
    edit: int | None
    reply_to: int | None


async def to_come(session: Session) -> list[tuple[int, datetime]]:
    """(draft id, when its card is due by the system's clock), the first due first."""
    return await drafts.cards_to_come(session)


async def due_card(session: Session, draft_id: int, due: datetime, campaign: Campaign) -> DueCard | None:
    """The card as it stands; None when it is no longer due, or has no reader."""
    draft = await session.get(Draft, draft_id, populate_existing=True)
    if draft is None or draft.card_due_at != due:
        return None
    contact = await session.get(Contact, draft.contact_id)
    if contact is None or contact.state is not ContactState.ENROLLED:
        draft.card_due_at = None  # their next message shows it
        return None
    actor = await actor_of(session, contact, today=campaign.today(due))
    try:
        view = await _CARDS[draft.kind](session, actor, draft)
    except DomainError as refusal:
        view = View([refusal.text], draft_id=draft.id)
    locale = contact.locale or campaign.locale
    last = draft_parts.parts_of(draft)[-1:] if draft.chat_id < 0 else []
    reply_to = last[0].message_id if last else None
    return DueCard(view, locale, draft.chat_id, draft.thread_id, draft.card_message_id, reply_to)


def shown(draft_id: int, due: datetime | None = None) -> Callable[[Session, int], Awaitable[int | None]]:
    """What to do once a draft's card has been sent, given the session and the message's id.

    If a part has arrived since ``due``, the card stays due and is edited later. Returns the id of the message
    that is a card no more: the one before, or this one if the draft is gone.
    """

    async def note(session: Session, message_id: int) -> int | None:
        is_there, before = await drafts.card_of(session, draft_id)
        await drafts.note_card(session, draft_id, message_id, due)
        if not is_there:
            return message_id
        return None if before == message_id else before

    return note


async def card_out(session: Session, contact_id: int, chat_id: int) -> tuple[int, int] | None:
    """(id of the draft, its card) of a contact in a chat; None: there is no card."""
    return await drafts.card_out(session, contact_id, chat_id)


async def is_over(session: Session, draft_id: int, message_id: int) -> bool:
    """Whether the message is the draft's card no more: it was filed, cancelled or gets another card."""
    return await drafts.card_of(session, draft_id) != (True, message_id)
