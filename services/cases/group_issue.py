"""A problem made from a photo in a group: it is finished in the private chat of who asked for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from models import groups, report_drafts
from models.db import Session
from services import draft_kinds, draft_parts
from services.access import Actor
from services.cases import issue_draft, places, submission
from services.drafts import Addition
from services.errors import DomainError


async def take_from_group(
    session: Session, actor: Actor, group_chat_id: int, addition: Addition, *, now: datetime
) -> None:
    """Put the photo into a fresh problem, whose card is due in the private chat at once. ``DomainError``: the
    group is not bound, there is no photo, or something unfinished is in the way."""
    if not await groups.is_bound(session, group_chat_id):
        raise DomainError("groups.bind_first")
    if not any(file.kind != "document" for file in addition.files):
        raise DomainError("issues.group.reply_to_photo")
    chat_id = actor.contact.telegram_user_id
    if chat_id is None or not actor.contact.reachable:
        raise DomainError("issues.group.write_first")
    begun = await report_drafts.draft_of(session, actor.id, chat_id)
    if begun is not None and await draft_kinds.holds_something(session, begun):
        raise DomainError("issues.group.busy")
    draft = await submission.open_draft(session, actor, chat_id, now=now)
    if addition.source == actor.contact.name:
        addition = replace(addition, source=None)
    if addition.location is not None and await places.is_odd(session, addition.location[:2]):
        addition = replace(addition, location=None)
    draft_parts.append(draft, addition)
    draft.card_message_id = None
    draft.card_due_at = addition.arrived_at or now
    issue_draft.note(draft, now)
