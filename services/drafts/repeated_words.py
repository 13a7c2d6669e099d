"""The same words again: who got no answer writes once more. They count twice only if the person says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from locales import Text
from models.drafts import Draft, DraftKind
from models.progress import report_lookup
from reports.formats import short
from rules.hidden_characters import readable
from services.access import Actor
from services.drafts import draft_changes, draft_parts
from services.drafts.draft_kinds import draft_button
from services.drafts.draft_parts import Addition, DraftPart
from services.turn import Turn
from services.views import View

WITHIN: Final = timedelta(minutes=10)


def _alike(words: str, others: str) -> bool:
    return readable(words).split() == readable(others).split()


def _is_words_alone(addition: Addition) -> bool:
    return bool(addition.text) and not addition.files and addition.location is None and not addition.source


def is_in(turn: Turn, draft: Draft, addition: Addition) -> bool:
    """Whether the draft, changed within ten minutes, has these very words already.

    As long as its card is not known to be out, they are a repetition however late they come: the person has
    seen no answer. Words that are to take the place of the draft's own are never a repetition.
    """
    unanswered = draft.card_promised_at is not None or draft.card_due_at is not None
    recent = unanswered or abs(turn.now - draft.updated_at) <= WITHIN
    if draft.awaiting_text or not recent or not _is_words_alone(addition):
        return False
    return any(_alike(part.text, addition.text) for part in draft_parts.parts_of(draft))


def keep_aside(draft: Draft, addition: Addition) -> None:
    """Do not count the words; the card says so and offers 另计一次, unless it asks about them already."""
    if not asks(draft):
        draft.content = {**draft.content, "repeated": DraftPart.of(addition).to_json()}
    draft.card_message_id = None


def set_aside(turn: Turn, draft: Draft, addition: Addition) -> bool:
    """Keep the words aside if the draft has them already, and let its older cards end; whether it has."""
    if not is_in(turn, draft, addition):
        return False
    keep_aside(draft, addition)
    draft_changes.end_buttons(draft, turn.now)
    return True


def forget(draft: Draft) -> None:
    """Other words have come, or the person has decided."""
    if draft.content.get("repeated") or draft.content.get("filed_as"):
        draft.content = {**draft.content, "repeated": None, "filed_as": None}


def kept_aside(draft: Draft) -> DraftPart | None:
    """The repeated words that are not counted, if there are any."""
    kept = draft.content.get("repeated")
    return DraftPart.from_json(kept) if kept else None


def lines(draft: Draft) -> list[Text]:
    """What the card says about words that are not counted."""
    return [Text("progress.repeated.not_counted")] if kept_aside(draft) else []


async def note_filed(turn: Turn, draft: Draft, addition: Addition) -> None:
    """Note in a new draft that its words were filed within ten minutes, so that the person is asked first.

    About another task they are another report: who answers for several may write 已完成 to each.
    """
    if draft.kind is not DraftKind.REPORT or draft.report_id is not None or not _is_words_alone(addition):
        return
    last = await report_lookup.last_messages(turn.session, turn.actor.id)
    for text, number, reported_at, task_id in last:
        elsewhere = draft.task_id is not None and task_id is not None and draft.task_id != task_id
        if not elsewhere and abs(turn.now - reported_at) <= WITHIN and _alike(text, addition.text):
            draft.content = {**draft.content, "filed_as": number}
            return


def asks(draft: Draft) -> bool:
    """Whether the person has to say first whether the words count once more."""
    return bool(draft.content.get("filed_as"))


def question(actor: Actor, draft: Draft) -> View:
    """与刚才已报送的相同: 另计一次, or not."""
    lines = [
        Text("progress.repeated.filed", words=short(draft.text, 80), number=draft.content["filed_as"]),
    ]
    row = [
        draft_button("progress.repeated.again_button", "report.count_again", actor.id, draft),
        draft_button("progress.repeated.drop_button", "report.cancel", actor.id, draft),
    ]
    return View(lines, [row], draft_id=draft.id)
