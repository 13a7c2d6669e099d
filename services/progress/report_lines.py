"""A filed report for its author: number, task, time, what was counted, and what became of it."""

from __future__ import annotations

from locales import Text
from models.db import Session, ident
from models.progress import ProgressReport, ReportKind, report_revisions
from models.tasks import Task
from reports.formats import day_text, files_text, moment_text, short
from services.campaign import Campaign
from services.progress import receipts, report_card
from services.progress.report_corrections import stated_text, times_corrected
from services.tallies.tally_counting import is_made_up

SHORT = 200


async def of(
    session: Session, report: ProgressReport, task: Task | None, campaign: Campaign, *, whole: bool = False
) -> list[Text]:
    """The present wording; ``whole``: with its full text."""
    lines = [Text("mine.number", number=report.receipt_no)]
    if found := marks(report, campaign):
        lines.append(Text("mine.status", marks=found))
    lines.append(Text("mine.at", at=moment_text(report.reported_at, campaign.zone)))
    if task is not None:
        lines += await receipts.task_lines(session, report, task)
    if report.kind is ReportKind.ZERO:
        lines.append(Text("mine.zero"))
    if report.text:
        lines.append(Text("mine.text", text=report.text if whole else short(report.text, SHORT)))
    return lines + await details(session, report, report.revision - report.withdrawn)


async def details(session: Session, report: ProgressReport, revision: int) -> list[Text]:
    """Figures, progress, place and files of one wording."""
    lines = [
        Text("mine.figure", item=metric.item, quantity=stated_text(figure, metric))
        for figure, metric in await report_revisions.figures(session, ident(report), revision)
    ]
    if revision >= report.revision - report.withdrawn:
        if report.percent is not None:
            lines.append(Text("progress.card.percent", percent=report.percent))
        if report.latitude is not None and report.longitude is not None:
            place = report_card.place_text((report.latitude, report.longitude, report.place))
            lines.append(Text("progress.card.location", place=place))
    evidence = await report_revisions.evidence(session, ident(report), revision)
    if files := files_text(one.kind for one in evidence):
        lines.append(Text("progress.receipt.files", files=files))
    return lines


def marks(report: ProgressReport, campaign: Campaign) -> list[Text]:
    """The report's marks: 第1次修订, 已撤销, 补报."""
    found = []
    if times := times_corrected(report):
        found.append(Text("mine.mark.corrected", times=times))
    if report.withdrawn:
        found.append(Text("mine.mark.withdrawn"))
    if is_made_up(report):
        day = day_text(campaign.today(report.counted_at))
        found.append(Text("mine.mark.made_up", day=day))
    return found
