"""Photos of an album that arrive after its report was filed: they belong to that report."""

from __future__ import annotations

from sqlmodel import SQLModel

from models import progress
from models.db import ident
from models.progress import ProgressReport, ReportPart, report_lookup, report_revisions
from services.drafts import late_parts
from services.drafts.draft_parts import Addition
from services.drafts.late_parts import FiledPaper
from services.progress import report_wordings
from services.turn import Turn
from services.views import View, say


async def join_report(turn: Turn, addition: Addition) -> View | None:
    """Add the files to the evidence of the report that was made from the rest of their album.

    None: there is no such report, or it has no room left, or the message says something new and is a report
    of its own.
    """
    if (album := late_parts.late_album(addition)) is None:
        return None
    report = await progress.report_of_album(turn.session, turn.actor.id, turn.chat, album)
    if report is None or turn.now - report.reported_at > late_parts.WITHIN:
        return None
    answers = [await _join(turn, addition, album, one) for one in await _with_album(turn, report, album)]
    return next((answer for answer in answers if answer is not None), None)


async def _with_album(turn: Turn, report: ProgressReport, album: str) -> list[ProgressReport]:
    """Of the reports that were filed together, those to which the album's other photos went."""
    parts = await report_revisions.parts_of(turn.session, ident(report))
    came_in = {part.message_id for part in parts if part.album == album}
    together = [report, *await report_lookup.filed_together(turn.session, report)]
    if len(together) == 1:
        return together
    found = []
    for one in together:
        evidence = await progress.evidence_of(turn.session, one)
        if came_in.intersection(row.message_id for row in evidence):
            found.append(one)
    return found or [report]


async def _join(turn: Turn, addition: Addition, album: str, report: ProgressReport) -> View | None:
    # The report may be under correction in another chat: the photo belongs to the last wording.
    await report_revisions.lock(turn.session, ident(report))
    if report.withdrawn:
        return None
    kept = len(await progress.evidence_of(turn.session, report))
    rows: list[SQLModel] = [
        report_wordings.evidence(report, addition.message_id, file) for file in addition.files
    ]
    # A message has one row, with the first report that was made of it.
    if addition.message_id is not None and report.filed_with is None:
        part = ReportPart(
            chat_id=turn.chat,
            message_id=addition.message_id,
            report_id=ident(report),
            position=kept,
            album=album,
        )
        rows.append(part)
    joined = say("progress.joined_late", number=report.receipt_no)
    paper = FiledPaper(kept, ("report", report.id), "evidence", "evidence", joined)
    return await late_parts.join(turn, addition, paper, rows)
