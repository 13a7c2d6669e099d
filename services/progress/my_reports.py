"""``/mine``: the reader's last reports, each with everything that became of it."""

from __future__ import annotations

from locales import Text
from models import tasks
from models.db import Session, ident
from models.progress import ProgressReport, ReportKind, ReportRevision, report_revisions
from reports.formats import moment_text, short
from services.campaign import Campaign
from services.progress import corrections, report_corrections, report_lines
from services.progress.report_corrections import stated_text
from services.turn import Turn
from services.views import FileSpec, View, button, say

LISTED = 10
EARLIER_TEXT = 500


async def list_view(turn: Turn) -> View:
    """The last reports, newest first, each with a button."""
    found = await report_revisions.of_contact(turn.session, turn.actor.id, LISTED)
    if not found:
        return say("mine.none")
    names = await tasks.tasks_by_id(turn.session, {one.task_id for one in found if one.task_id is not None})
    lines, rows = [Text("mine.title", count=len(found))], []
    for place, report in enumerate(found, 1):
        task = None if report.task_id is None else names.get(report.task_id)
        what = Text("mine.whole_unit") if task is None else short(task.objective, 30)
        lines.append(
            Text(
                "mine.line",
                place=place,
                number=report.receipt_no,
                at=moment_text(report.reported_at, turn.campaign.zone),
                task=what,
                counted=await _counted(turn.session, report),
            )
        )
        if marks := report_lines.marks(report, turn.campaign):
            lines.append(Text("mine.marks", marks=marks))
        label = Text("mine.open_button", place=place, number=report.receipt_no)
        rows.append([button(label, "mine.open", turn.actor.id, report_id=report.id)])
    return View(lines, rows)


async def _counted(session: Session, report: ProgressReport) -> Text | list[Text]:
    """What the last wording counted, in short."""
    if report.kind is ReportKind.ZERO:
        return Text("mine.zero")
    figures = await report_revisions.figures(session, ident(report), report.revision - report.withdrawn)
    shown = [
        Text("mine.in_short", item=short(metric.item, 16), quantity=stated_text(figure, metric))
        for figure, metric in figures
    ]
    return shown or Text("mine.words_only")


async def open_one(turn: Turn, report_id: int) -> View:
    """One of the reader's reports: text, earlier wordings, files, and 撤销 and 更正 while allowed."""
    found = await report_corrections.mine(turn, report_id)
    report = found.report
    lines = await report_lines.of(turn.session, report, found.task, turn.campaign, whole=True)
    for earlier in await report_revisions.earlier(turn.session, report_id):
        if not (report.withdrawn and earlier.number == report.revision - 1):
            lines += await _earlier_lines(turn.session, report, earlier, turn.campaign)
    if found.hindrance is not None and not report.withdrawn:
        lines.append(found.hindrance)
    evidence = await report_revisions.evidence(turn.session, report_id, report.revision - report.withdrawn)
    files = [FileSpec(row.kind.value, file_id=row.file_id, name=row.file_name) for row in evidence]
    rows = [row for row in corrections.buttons(turn.actor, found) if row[0].action != "correction.keep"]
    return View(lines, rows, found.task_ids, files)


async def _earlier_lines(
    session: Session, report: ProgressReport, earlier: ReportRevision, campaign: Campaign
) -> list[Text]:
    until = moment_text(earlier.ended_at, campaign.zone)
    lines = [Text("mine.earlier", until=until)]
    if earlier.text:
        lines.append(Text("mine.text", text=short(earlier.text, EARLIER_TEXT)))
    return lines + await report_lines.details(session, report, earlier.number)
