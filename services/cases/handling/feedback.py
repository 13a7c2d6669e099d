"""反馈: the unit sends photos of how the place looks now, sees what has come in, and confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from locales import Text
from models import cases, drafts
from models.cases import Case, CasePhase
from models.db import Session, known
from models.drafts import Draft, DraftKind
from reports.formats import short
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services import questions
from services.access import Actor
from services.cases import case_access, case_steps, case_wording
from services.cases.cards import case_card
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.handling import feedback_notices
from services.cases.submitting import case_filing
from services.drafts import draft_changes, draft_kinds, draft_parts, repeated_words, set_aside
from services.drafts.draft_changes import Addition, EvidenceFile
from services.drafts.draft_kinds import draft_button
from services.errors import DomainError, OldCardError
from services.reasons import REASON_LIMIT
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View, say


async def begin(turn: Turn, case_id: int, *, seen: int | None = None) -> View:
    """Begin 反馈 by its button: show what was sent already, or ask for the first photo."""
    case, draft = await open_draft(turn, case_id, seen=seen)
    if not draft_changes.is_empty(draft):
        return await show_feedback(turn.session, turn.actor, draft)
    await questions.ask_for_paper(turn)
    line = Text("orders.feedback.ask", number=case.number, place=case_wording.place_text(case))
    waiting = await set_aside.lines(turn.session, turn.actor.id, turn.chat)
    return View([line, *waiting], case_ids=[case_id])


async def open_draft(turn: Turn, case_id: int, *, seen: int | None = None) -> tuple[Case, Draft]:
    """The case and the half-made feedback on it, to which the next photos belong.

    ``seen``: how many steps the case had on the pressed message. An old button works for as long as the unit
    has to mend the case; after that: ``MovedOnError``. A half-made report or problem is set aside meanwhile.
    """
    case = await case_access.visible_case(turn.session, turn.actor, case_id)
    if seen not in {None, case.steps} and not case_steps.can(
        turn.actor, case, CaseEvent.FEEDBACK, now=turn.now
    ):
        raise MovedOnError(case_id)
    case_steps.require(turn.actor, case, CaseEvent.FEEDBACK, now=turn.now)
    await set_aside.make_room(turn)
    return case, await draft_kinds.open_as(turn, DraftKind.FEEDBACK, case_id=case_id)


async def receive(turn: Turn, draft: Draft, addition: Addition) -> View | None:
    """Put a message into the draft, and return its card; None while more of an album may follow."""
    if repeated_words.set_aside(turn, draft, addition):
        return await show_feedback(turn.session, turn.actor, draft)
    show_now = await draft_changes.add(turn, draft, addition)
    return await show_feedback(turn.session, turn.actor, draft) if show_now else None


async def show_feedback(session: Session, actor: Actor, draft: Draft) -> View:
    """The draft's card: what has come in so far."""
    case = None if draft.case_id is None else await cases.case_by_id(session, draft.case_id)
    if case is None:
        raise DomainError("cases.not_yours")
    files = draft_changes.files_of(draft)
    lines = [
        Text("orders.feedback.title", number=case.number, category=case.category),
        Text("cases.card.place", value=case_wording.place_text(case)),
    ]
    if draft.text:
        lines.append(Text("progress.card.text", text=draft.text))
    if files:
        lines.append(Text("orders.feedback.files", count=len(files)))
    if count := draft_parts.left_out_of(draft):
        lines.append(Text("orders.feedback.files_left_out", limit=draft_changes.EVIDENCE_LIMIT, count=count))
    if draft_parts.lost_words(draft):
        lines.append(Text("orders.feedback.words_left_out", limit=draft_changes.TEXT_LIMIT))
    lines += repeated_words.lines(draft)
    lines += await set_aside.lines(session, draft.contact_id, draft.chat_id)
    lines.append(Text("orders.feedback.confirm" if _shows(files) else "orders.feedback.photo_missing"))
    return View(lines, [_row(actor, draft)], case_ids=[known(draft.case_id)], draft_id=draft.id)


def _shows(files: Sequence[EvidenceFile]) -> bool:
    """Whether a picture shows how the place looks now. A document may be anything, so it does not count."""
    return any(file.kind != "document" for file in files)


def _row(actor: Actor, draft: Draft) -> list[ButtonSpec]:
    about = {"case_id": draft.case_id}
    return [
        draft_button("orders.feedback.confirm_button", "feedback.confirm", actor.id, draft, **about),
        draft_button("progress.cancel_button", "feedback.cancel", actor.id, draft, **about),
    ]


async def _current(turn: Turn, case_id: int, revision: int) -> Draft:
    """The draft of the pressed card.

    ``MovedOnError``: the draft is gone, because it was confirmed or cancelled; the presser is shown how the
    case stands.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.kind is not DraftKind.FEEDBACK or draft.case_id != case_id:
        raise MovedOnError(case_id)
    if draft.revision != revision:
        raise OldCardError
    return draft


async def cancel(turn: Turn, case_id: int, revision: int) -> View:
    await _current(turn, case_id, revision)
    await draft_changes.discard(turn)
    return say("progress.cancelled")


async def confirm(turn: Turn, case_id: int, revision: int) -> TurnOutcome:
    """确认反馈: in one transaction the step with its photos, the receipt, and the notice to the checkers.

    The answer is the card of the case. ``DomainError``, with the draft kept: there is no photo, or the unit
    does not have to mend the case any more.
    """
    draft = await _current(turn, case_id, revision)
    case = await _mendable(turn, case_id)
    files = draft_changes.files_of(draft)
    if not _shows(files):
        raise DomainError("orders.feedback.photo_needed")
    await draft_changes.take(turn.session, draft)
    await feedback_notices.tell_checkers(turn, case, draft.text, len(files))
    # The history shows so much of the words; the step's data keeps all of them.
    change = StepDetails(reason=short(draft.text, REASON_LIMIT) or None, data=_data(draft))
    was_suspended = case.state is CaseState.SUSPENDED
    case = await case_steps.take(turn, case_id, CaseEvent.FEEDBACK, actor=turn.actor, change=change)
    case_filing.keep_files(turn.session, case, files, CasePhase.AFTER)
    await turn.session.flush()
    await feedback_notices.promise_receipt(turn, case, len(files), was_suspended=was_suspended)
    return TurnOutcome(await case_card.card(turn, case_id), Text("orders.feedback.done"))


async def _mendable(turn: Turn, case_id: int) -> Case:
    """The locked case. ``DomainError``: it was closed or given to another unit meanwhile."""
    case = await cases.locked_case(turn.session, case_id)
    if case is None or not turn.actor.belongs_to(case.unit_id):
        raise DomainError("orders.feedback.not_yours_now")
    if not case_steps.can(turn.actor, case, CaseEvent.FEEDBACK, now=turn.now):
        raise DomainError(
            "orders.feedback.not_now", number=case.number, state=case_wording.state_text(case, turn.now)
        )
    return case


def _data(draft: Draft) -> dict[str, object] | None:
    """What the history's line does not hold: all of the words, the location, and the albums.

    The albums let late photos of theirs find this feedback.
    """
    data: dict[str, Any] = {}
    if albums := draft_parts.albums_of(draft_changes.parts_of(draft)):
        data["albums"] = albums
    if len(draft.text) > REASON_LIMIT:
        data["text"] = draft.text
    if (location := draft_changes.location_of(draft)) is not None:
        data["location"] = list(location)
    return data or None
