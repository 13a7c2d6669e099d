"""``/log``: from the first words to the entry, and from an entry to its correction."""

from __future__ import annotations

from models import drafts
from models.drafts import Draft, DraftKind
from services import questions
from services.activities import (
    activity_card,
    activity_drafts,
    activity_list,
    activity_rights,
)
from services.drafts import draft_changes, draft_kinds, repeated_words
from services.drafts.draft_changes import Addition
from services.errors import DomainError
from services.turn import Turn
from services.views import View


async def begin_with(turn: Turn, addition: Addition) -> View | None:
    """``/log`` with what stands behind it, or in reply to a message: a new entry.

    Alone it lists the entries. The number of an entry shows that entry, and words of somebody who may only
    read are a search.
    """
    words = addition.text.strip()
    if activity_list.is_number(words) or not activity_rights.writes(turn.actor):
        return await activity_list.find(turn, words)
    if not words and not addition.files:
        return await activity_list.list_view(turn)
    return await receive(turn, await _opened(turn), addition)


async def begin(turn: Turn) -> View:
    """记一条: ask what there is to record."""
    draft = await _opened(turn)
    await questions.ask_for_paper(turn)
    return await activity_card.card(turn.session, turn.actor, draft)


async def _opened(turn: Turn) -> Draft:
    """A new draft. ``DomainError``: another half-made paper has to be finished first, or they only read."""
    activity_rights.require_writer(turn.actor)
    begun = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if begun is not None and await draft_kinds.holds_something(turn.session, begun):
        raise DomainError(f"issues.finish_first.{begun.kind.value}")
    draft = await draft_changes.open_draft(turn, task_id=None)
    draft.kind = DraftKind.ACTIVITY
    await turn.session.flush()
    return draft


async def receive(turn: Turn, draft: Draft, addition: Addition) -> View | None:
    """Put words or files into the entry, and return its card.

    None while an album comes in: its card comes later.
    """
    if not addition.text and not addition.files:
        raise DomainError("activities.no_place")
    if repeated_words.set_aside(turn, draft, addition):
        return await activity_card.card(turn.session, turn.actor, draft)
    repeated_words.forget(draft)
    activity_drafts.note_day(draft, turn.today)
    if not await draft_changes.add(turn, draft, addition):
        return None
    return await activity_card.card(turn.session, turn.actor, draft)


async def correct(turn: Turn, activity_id: int) -> View:
    """更正: the entry as a draft, to be changed and recorded again."""
    activity = await activity_rights.writable(turn, activity_id)
    if activity.withdrawn:
        raise DomainError("activities.restore_first", number=activity.number)
    draft = await _opened(turn)
    await activity_drafts.begin_correction(turn, draft, activity)
    return await activity_card.card(turn.session, turn.actor, draft)
