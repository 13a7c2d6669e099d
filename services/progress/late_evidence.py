"""Photos of an album that arrive after its report was filed: they belong to that report."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import SQLModel

from models import progress
from models.db import Session
from models.progress import ReportPart, report_revisions
from services.access import Actor
from services.drafts import late_parts
from services.drafts.draft_parts import Addition
from services.drafts.late_parts import FiledPaper
from services.progress import report_wordings
from services.views import View, say


async def join_report(
    session: Session, actor: Actor, chat_id: int, addition: Addition, *, now: datetime
) -> View | None:
    """Add the files to the evidence of the report that was made from the rest of their album.

    None: there is no such report, or it has no room left, or the message says something new and is a report
    of its own.
    """
    if (album := late_parts.late_album(addition)) is None:
        return None
    report = await progress.report_of_album(session, actor.id, chat_id, album)
    if report is None or report.id is None or now - report.reported_at > late_parts.WITHIN:
        return None
    # The report may be under correction in another chat: the photo belongs to the last wording.
    await report_revisions.lock(session, report.id)
    if report.withdrawn:
        return None
    kept = len(await progress.evidence_of(session, report))
    rows: list[SQLModel] = [
        report_wordings.evidence(report, addition.message_id, file) for file in addition.files
    ]
    if addition.message_id is not None:
        part = ReportPart(
            chat_id=chat_id,
            message_id=addition.message_id,
            report_id=report.id,
            position=kept,
            album=album,
        )
        rows.append(part)
    joined = say("progress.joined_late", number=report.receipt_no)
    paper = FiledPaper(kept, ("report", report.id), "evidence", "evidence", joined)
    return await late_parts.join(session, actor, addition, paper, rows, now=now)
