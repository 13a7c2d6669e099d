"""Late photos of an album whose case or feedback is already filed: they join that case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models import cases
from models.cases import Case, CaseFile, CasePhase, CaseStep, case_search
from models.db import Session
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services import audit
from services.access import Actor
from services.drafts.draft_parts import EVIDENCE_LIMIT, Addition, DraftPart
from services.progress.late_evidence import WITHIN
from services.views import View, say


async def note_parts(session: Session, case: Case, parts: Sequence[DraftPart]) -> None:
    """Keep the messages and albums that the case was made from.

    Each file keeps its message, the case's first step keeps the albums.
    """
    sent = {file.file_unique_id: part.message_id for part in parts for file in part.files}
    for file in await cases.files_of(session, case.id or 0):
        file.message_id = sent.get(file.file_unique_id)
    albums = sorted({part.album for part in parts if part.album is not None})
    if albums:
        first = (await cases.steps_of(session, case.id or 0))[0]
        first.data = {**(first.data or {}), "albums": albums}
        await session.flush()


async def join_case(session: Session, actor: Actor, addition: Addition, *, now: datetime) -> View | None:
    """Add the files to the case that was made from the rest of their album.

    None: there is no such case, or it has no room left, or the message brings words and is a problem of its
    own.
    """
    if addition.album is None or addition.text or not addition.files:
        return None
    case = await _case_of(session, actor, addition.album, now)
    if case is None or case.id is None:
        return None
    await cases.locked_case(session, case.id)
    kept = [file for file in await cases.files_of(session, case.id) if file.step == 1]
    if len(kept) + len(addition.files) > EVIDENCE_LIMIT:
        return None
    session.add_all(
        CaseFile(
            case_id=case.id,
            step=1,
            phase=CasePhase.BEFORE,
            kind=EvidenceKind(file.kind),
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            file_name=file.file_name,
            message_id=addition.message_id,
        )
        for file in addition.files
    )
    count = len(kept) + len(addition.files)
    before, after = {"files": len(kept)}, {"files": count}
    subject = ("case", case.id)
    audit.record(session, "case_files", subject, now=now, actor_id=actor.id, before=before, after=after)
    await session.flush()
    return say("issues.joined_late", number=case.number)


async def _case_of(session: Session, actor: Actor, album: str, now: datetime) -> Case | None:
    for case, step in await case_search.reported_since(session, actor.id, now - WITHIN):
        if album in (step.data or {}).get("albums", []):
            return case
    return None


async def join_feedback(session: Session, actor: Actor, addition: Addition, *, now: datetime) -> View | None:
    """Add the files to the feedback that was made from the rest of their album, until somebody checks it.

    None: there is no such feedback, or it has no room left, or the message brings words.
    """
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
    """The actor's feedback that holds a part of the album and still waits to be checked."""
    units = actor.reporting_units | {actor.contact.unit_id}
    for case in await case_search.fed_back_since(session, units, now - WITHIN):
        found = await cases.steps_of(session, case.id or 0)
        last = [step for step in found if step.event is CaseEvent.FEEDBACK][-1]
        if last.actor_id == actor.id and album in (last.data or {}).get("albums", []):
            return last
    return None
