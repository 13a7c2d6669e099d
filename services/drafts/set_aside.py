"""Papers that wait while their person finishes 反馈: they are set aside for it, and come back then."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import drafts
from models.db import Session
from models.drafts import Draft, DraftKind
from services.drafts import draft_kinds
from services.turn import Turn

KINDS: Final = (DraftKind.REPORT, DraftKind.ISSUE, DraftKind.ACTIVITY, DraftKind.NOTICE)
"""The kinds that are set aside. An answer to another case is finished first: its photos look the same."""


async def make_room(turn: Turn) -> None:
    """Set the draft of this chat aside, unless nothing would be lost without it."""
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.kind not in KINDS or not await draft_kinds.holds_something(turn.session, draft):
        return
    draft.set_aside_at = turn.now
    # Its card is over, and shows by itself no more: what was read from it stands in the row.
    draft.card_due_at = draft.card_promised_at = draft.card_message_id = None
    draft.revision += 1
    await turn.session.flush()
    drafts.look_again(turn.session)


async def bring_back(turn: Turn) -> Draft | None:
    """The draft that waits in this chat, which goes on now; None: another one is open, or none waits."""
    if not drafts.may_have_ended(turn.session):
        return None
    draft = await drafts.waiting_alone(turn.session, turn.actor.id, turn.chat)
    if draft is not None:
        draft.set_aside_at = None
        await turn.session.flush()
    return draft


async def lines(session: Session, contact_id: int, chat_id: int) -> list[Text]:
    """The line that says what waits in the chat."""
    draft = await drafts.waiting_in(session, contact_id, chat_id)
    return [] if draft is None else [Text(f"orders.feedback.set_aside.{draft.kind.value}")]
