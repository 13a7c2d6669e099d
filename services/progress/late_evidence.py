"""Photos of an album that arrive after its report was filed: they belong to that report."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models import progress
from models.db import Session
from models.progress import Evidence, EvidenceKind, ReportPart, report_revisions
from services import audit
from services.access import Actor
from services.drafts.draft_parts import EVIDENCE_LIMIT, Addition
from services.views import View, say

# Telegram may delay parts of an album while a phone has no network.
WITHIN: Final = timedelta(minutes=10)


async def join_report(
    session: Session, actor: Actor, chat_id: int, addition: Addition, *, now: datetime
) -> View | None:
    """Add the files to the evidence of the report that was made from the rest of their album.

    None: there is no such report, or the message says something new and is a report of its own.
    """
    if addition.album is None or addition.text or not addition.files:
        return None
    report = await progress.report_of_album(session, actor.id, chat_id, addition.album)
    if report is None or report.id is None or now - report.reported_at > WITHIN:
        return None
    # The report may be under correction in another chat: the photo belongs to the last wording.
    await report_revisions.lock(session, report.id)
    if report.withdrawn:
        return None
    kept = await progress.evidence_of(session, report)
    if len(kept) + len(addition.files) > EVIDENCE_LIMIT:
        return None
    for file in addition.files:
        evidence = Evidence(
            report_id=report.id,
            revision=report.revision,
            message_id=addition.message_id,
            kind=EvidenceKind(file.kind),
            file_id=file.file_id,
            file_unique_id=file.file_unique_id,
            file_name=file.file_name,
        )
        session.add(evidence)
    if addition.message_id is not None:
        part = ReportPart(
            chat_id=chat_id,
            message_id=addition.message_id,
            report_id=report.id,
            position=len(kept),
            album=addition.album,
        )
        session.add(part)
    await session.flush()
    count = len(kept) + len(addition.files)
    audit.record(
        session,
        "evidence",
        ("report", report.id),
        now=now,
        actor_id=actor.id,
        before={"evidence": len(kept)},
        after={"evidence": count},
    )
    return say("progress.joined_late", number=report.receipt_no)
