"""``/notice``: from the first words to the card of a notice."""

from __future__ import annotations

from models import drafts
from models.drafts import Draft
from rules.notices.secrecy_marks import secrecy_mark
from services import questions
from services.drafts import draft_changes, draft_kinds, repeated_words
from services.drafts.draft_changes import Addition
from services.errors import DomainError
from services.notices import audience as audiences
from services.notices import notice_card, notice_drafts, notice_following
from services.notices.notice_drafts import FILES_LIMIT, TEXT_LIMIT
from services.turn import Turn
from services.views import View


async def begin_with(turn: Turn, addition: Addition) -> View | None:
    """``/notice`` with what stands behind it: a new notice. Alone: the last ones, with the way to one."""
    if not addition.text.strip() and not addition.files:
        if await notice_following.followed(turn):
            return await notice_following.list_view(turn)
        return await begin(turn)
    await _require_readers(turn)
    _refuse(addition)
    return await receive(turn, await _opened(turn), addition)


async def begin(turn: Turn) -> View:
    """写通知: ask what it says."""
    await _require_readers(turn)
    draft = await _opened(turn)
    await questions.ask_for_paper(turn)
    return await notice_card.card(turn.session, turn.actor, draft)


async def _require_readers(turn: Turn) -> None:
    """``DomainError``: they may not send notices, or there is no unit below theirs."""
    if not await audiences.units_for(turn.session, turn.actor):
        raise DomainError("notices.nobody_below")


async def _opened(turn: Turn) -> Draft:
    """A new draft. ``DomainError``: another half-made paper has to be finished first."""
    begun = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if begun is not None and await draft_kinds.holds_something(turn.session, begun):
        raise DomainError(f"issues.finish_first.{begun.kind.value}")
    draft = await draft_changes.open_draft(turn, task_id=None)
    await notice_drafts.begin(turn, draft)
    return draft


async def receive(turn: Turn, draft: Draft, addition: Addition) -> View | None:
    """Put words or files into the notice, and return its card. None while an album comes in.

    ``DomainError``: it has a mark of secrecy, or it is too much; nothing of it is kept.
    """
    if not addition.text and not addition.files:
        raise DomainError("notices.no_place")
    _refuse(addition)
    if not repeated_words.is_in(turn, draft, addition):
        _refuse_too_much(draft, addition)
        if not await draft_changes.add(turn, draft, addition):
            return None
    return await notice_card.card(turn.session, turn.actor, draft)


def _refuse(addition: Addition) -> None:
    mark = secrecy_mark(addition.text, *(file.file_name or "" for file in addition.files))
    if mark is not None:
        raise DomainError("notices.secret", mark=mark)


def _refuse_too_much(draft: Draft, addition: Addition) -> None:
    before = "" if draft.awaiting_text else draft.text
    if len(before) + len(addition.text) > TEXT_LIMIT:
        raise DomainError("notices.too_long", limit=TEXT_LIMIT)
    if len(draft_changes.files_of(draft)) + len(addition.files) > FILES_LIMIT:
        raise DomainError("notices.too_many_files", limit=FILES_LIMIT)
