"""Photos of an album that arrive when its feedback is confirmed already: they belong to that feedback."""

from __future__ import annotations

from datetime import datetime

from models import case_search, cases
from models.cases import CaseFile, CasePhase, CaseStep
from models.db import Session
from models.progress import EvidenceKind
from rules.case_lifecycle import CaseEvent, CaseState
from services import audit
from services.access import Actor
from services.draft_parts import EVIDENCE_LIMIT, Addition
from services.late_parts import WITHIN
from services.views import View, say


async def join_feedback(session: Session, actor: Actor, addition: Addition, *, now: datetime) -> View | None:
    """Add the files to the feedback that was made from the rest of their album, as long as nobody has
    checked it. None: there is no such feedback, or they say something new."""
    if addition.album is None or addition.text or not addition.files:
        return None
    step = await _step_of(session, actor, addition.album, now)
    if step is None:
        return None
    case = await cases.locked_case(session, step.case_id)
    if case is None or case.state is not CaseState.FED_BACK:
        return None
    kept = [file for file in await cases.files_of(session, step.case_id) if file.step == step.number]
    if len(kept) + len(addition.files) > EVIDENCE_LIMIT:
        return None
    session.add_all(
        CaseFile(
            case_id=step.case_id,
            step=step.number,
            phase=CasePhase.AFTER,
            kind=EvidenceKind(file.kind),
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            file_name=file.file_name,
            message_id=addition.message_id,
        )
        for file in addition.files
    )
    before, after = {"files": len(kept)}, {"files": len(kept) + len(addition.files)}
    subject = ("case", case.id)
    audit.record(session, "case_files", subject, now=now, actor_id=actor.id, before=before, after=after)
    await session.flush()
    return say("orders.feedback.joined_late", number=case.number)


async def _step_of(session: Session, actor: Actor, album: str, now: datetime) -> CaseStep | None:
    """The feedback of his that some of the album is in, while it waits to be checked."""
    units = actor.reporting_units | {actor.contact.unit_id}
    for case in await case_search.fed_back_since(session, units, now - WITHIN):
        found = await cases.steps_of(session, case.id or 0)
        last = [step for step in found if step.event is CaseEvent.FEEDBACK][-1]
        if last.actor_id == actor.id and album in (last.data or {}).get("albums", []):
            return last
    return None
