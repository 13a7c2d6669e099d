"""Drafts of several kinds in one chat: there is one at a time, and none is discarded without asking."""

from __future__ import annotations

from locales import Text
from models import drafts
from models.db import Session
from models.drafts import Draft, DraftKind
from services.drafts import correction_drafts, draft_changes
from services.errors import DomainError, OldCardError
from services.turn import Turn
from services.views import ButtonSpec, button


async def holds_something(session: Session, draft: Draft) -> bool:
    """Whether discarding the draft would lose something; a correction that was only opened holds nothing."""
    if draft.content.get("place") or draft.content.get("point"):
        return True
    if draft.content.get("untouched"):
        return False  # an entry of the log that was opened to correct it, and is as it was
    return not draft_changes.is_empty(draft) and not await correction_drafts.is_untouched(session, draft)


async def unfinished(turn: Turn, kind: DraftKind, case_id: int | None = None) -> Draft | None:
    """The draft in this chat of that kind and about that case; None: there is none, or it holds nothing.

    ``DomainError``: a draft about something else has to be finished first.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or not await holds_something(turn.session, draft):
        return None
    if draft.kind is not kind or draft.case_id != case_id:
        raise DomainError(f"issues.finish_first.{draft.kind.value}")
    return draft


async def open_as(turn: Turn, kind: DraftKind, *, case_id: int | None = None) -> Draft:
    """The unfinished draft of that kind, else a new one; ``DomainError`` as ``unfinished``."""
    draft = await unfinished(turn, kind, case_id)
    if draft is None:
        draft = await draft_changes.open_draft(turn, task_id=None)
        draft.kind, draft.case_id = kind, case_id
        await turn.session.flush()
    return draft


async def current(turn: Turn, kind: DraftKind, revision: int | None = None) -> Draft:
    """The draft in this chat of that kind.

    ``DomainError`` if there is none, or the button's card is older.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.kind is not kind:
        raise DomainError("issues.no_draft")
    if revision is not None and draft.revision != revision:
        raise OldCardError
    return draft


def draft_button(
    label: str | Text, action: str, only_for: int, draft: Draft, /, **arguments: object
) -> ButtonSpec:
    """A button on the draft's card. Its ``revision`` guards it: it holds for exactly what the card shows."""
    return button(label, action, only_for, revision=draft.revision, **arguments)
