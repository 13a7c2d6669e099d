"""Words of somebody who has no task to report on: they may describe a problem, so 上报问题 is offered."""

from __future__ import annotations

from locales import Text
from models import drafts
from models.cases import categories
from rules.progress.report_words import is_zero_report
from services.cases.submitting import issue_card, issue_submission
from services.drafts import draft_parts
from services.drafts.draft_changes import Addition
from services.turn import Turn
from services.views import View, button


async def for_words(turn: Turn, addition: Addition) -> View | None:
    """The offer; None: it is no such message, or no problem can be reported here."""
    alone = not addition.files and addition.location is None
    if not (alone and addition.text) or is_zero_report(addition.text):
        return None
    if not await categories.active_categories(turn.session):
        return None
    key = "issues.offer_office" if turn.actor.is_office else "issues.offer"
    said = {"words": addition.text, "message_id": addition.message_id}
    return View(
        [Text(key)], [[button("issues.from_report_button", "issue.from_words", turn.actor.id, **said)]]
    )


async def take(turn: Turn, words: str, message_id: int | None) -> View | None:
    """Begin a problem with these words. A second press shows what the first has begun."""
    begun = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if begun is not None and message_id is not None and draft_parts.holds_message(begun, message_id):
        return await issue_card.issue_view(turn.session, turn.actor, begun)
    return await issue_submission.begin(turn, Addition(text=words, message_id=message_id))
