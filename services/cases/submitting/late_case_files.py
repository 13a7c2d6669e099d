"""Late photos of an album whose case or feedback is already filed: they join that case."""

from __future__ import annotations

from collections.abc import Sequence

from models import cases
from models.cases import Case, CasePhase, CaseStep, case_search
from models.db import Session, ident
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services.cases.submitting import case_filing
from services.drafts import late_parts
from services.drafts.draft_parts import Addition, DraftPart, albums_of
from services.drafts.late_parts import WITHIN, FiledPaper
from services.turn import Turn
from services.views import View, say


async def note_parts(session: Session, case: Case, parts: Sequence[DraftPart]) -> None:
    """Keep the messages and albums that the case was made from.

    Each file keeps its message, the case's first step keeps the albums.
    """
    sent = {file.file_unique_id: part.message_id for part in parts for file in part.files}
    for file in await cases.files_of(session, ident(case)):
        file.message_id = sent.get(file.file_unique_id)
    if albums := albums_of(parts):
        first = (await cases.steps_of(session, ident(case)))[0]
        first.data = {**(first.data or {}), "albums": albums}
        await session.flush()


async def join_case(turn: Turn, addition: Addition) -> View | None:
    """Add the files to the case that was made from the rest of their album.

    None: there is no such case, or it has no room left, or the message brings words and is a problem of its
    own.
    """
    album = late_parts.late_album(addition)
    step = None if album is None else await _report_with(turn, album)
    case = None if step is None else await cases.locked_case(turn.session, step.case_id)
    if step is None or case is None:
        return None
    joined = say("issues.joined_late", number=case.number)
    return await _join(turn, case, step, CasePhase.BEFORE, addition, joined)


async def _report_with(turn: Turn, album: str) -> CaseStep | None:
    """The first step of the actor's case that holds a part of the album."""
    for _, step in await case_search.reported_since(turn.session, turn.actor.id, turn.now - WITHIN):
        if _holds(step, album):
            return step
    return None


async def join_feedback(turn: Turn, addition: Addition) -> View | None:
    """Add the files to the feedback that was made from the rest of their album, until somebody checks it.

    None: there is no such feedback, or it has no room left, or the message brings words.
    """
    album = late_parts.late_album(addition)
    step = None if album is None else await _feedback_with(turn, album)
    case = None if step is None else await cases.locked_case(turn.session, step.case_id)
    if step is None or case is None or case.state is not CaseState.FED_BACK:
        return None
    joined = say("orders.feedback.joined_late", number=case.number)
    return await _join(turn, case, step, CasePhase.AFTER, addition, joined)


async def _feedback_with(turn: Turn, album: str) -> CaseStep | None:
    """The actor's feedback that holds a part of the album and still waits to be checked."""
    units = turn.actor.reporting_units | {turn.actor.contact.unit_id}
    for case in await case_search.fed_back_since(turn.session, units, turn.now - WITHIN):
        found = await cases.steps_of(turn.session, ident(case))
        last = [step for step in found if step.event is CaseEvent.FEEDBACK][-1]
        if last.actor_id == turn.actor.id and _holds(last, album):
            return last
    return None


def _holds(step: CaseStep, album: str) -> bool:
    return album in (step.data or {}).get("albums", [])


async def _join(
    turn: Turn, case: Case, step: CaseStep, phase: CasePhase, addition: Addition, joined: View
) -> View | None:
    """Add the files to those of the step."""
    kept = [file for file in await cases.files_of(turn.session, step.case_id) if file.step == step.number]
    rows = case_filing.file_rows(step.case_id, step.number, addition.files, phase, addition.message_id)
    paper = FiledPaper(len(kept), ("case", case.id), "case_files", "files", joined)
    return await late_parts.join(turn, addition, paper, rows)
