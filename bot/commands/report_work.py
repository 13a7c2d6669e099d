"""A worker's turn at a 工作情况汇报 or at its template."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import structlog

from bot.workers import pdf, templates
from bot.workers.templates import TemplateRefusedError
from locales import Text
from models.db import Database
from models.importing import Job, JobKind
from reports.work_report import WorkReport
from services import calendar
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.jobs import job_claims
from services.importing.jobs.job_claims import JobClaim
from services.paper_orders import MadeWorkbook
from services.tallies import source_sheets
from services.tallies.number_sources import TracedNumber
from services.turn import TickTurn
from services.work_reports import report_orders, report_templates
from services.work_reports.report_orders import MadeReport

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReportWork:
    """Makes reports and tries templates. What a template does, it does in a process with limits."""

    database: Database
    campaign: Campaign
    now: datetime

    async def do(self, job: Job, claim: JobClaim) -> None:
        """Do the job. ``DomainError``: it has failed, with a sentence for its reader."""
        await (self._report if job.kind is JobKind.WORK_REPORT else self._template)(job, claim)

    async def _report(self, job: Job, claim: JobClaim) -> None:
        with tempfile.TemporaryDirectory() as folder:
            await self._report_in(Path(folder), job, claim)

    async def _report_in(self, folder: Path, job: Job, claim: JobClaim) -> None:
        sources = None
        async with self.database.reading() as session:
            campaign = await calendar.current_campaign(session, self.campaign)
            turn = TickTurn(session, self.now, campaign)
            asked = await report_orders.asked_for(turn, job)
            report, numbers = await report_orders.write(turn, asked)
            if numbers and await report_orders.brings_sources(turn, job):
                sources = await written_sources(turn, numbers, folder, job.file_name)
            template = await report_templates.content(session)
        made = await made_report(job.file_name, report, template, campaign.locale)
        made = replace(made, sources=sources)
        async with self.database.transaction() as session:
            turn = TickTurn(session, self.now, campaign)
            view, role = await report_orders.deliver(turn, job, made, asked)
            await job_claims.deliver(session, claim, job, view, now=self.now, role=role)

    async def _template(self, job: Job, claim: JobClaim) -> None:
        async with self.database.reading() as session:
            content = await report_templates.source(session, job)
        try:
            await templates.try_out(content, report_orders.sample(self.campaign.locale))
        except TemplateRefusedError as error:
            refused = report_templates.refusal(job.file_name, error.faults)
            raise DomainError(refused.key, **refused.values) from error
        async with self.database.transaction() as session:
            turn = TickTurn(session, self.now, self.campaign)
            view = await report_templates.accept(turn, job)
            await job_claims.deliver(session, claim, job, view, now=self.now)


async def written_sources(
    turn: TickTurn, numbers: Sequence[TracedNumber], folder: Path, name: str
) -> MadeWorkbook:
    """The workbook of all that the numbers of the report ``name`` are made of, in the folder."""
    locale = turn.campaign.locale
    name = report_orders.sources_name(name, locale)
    return await source_sheets.build(turn, numbers, folder, name=name, locale=locale)


async def made_report(
    name: str,
    report: WorkReport,
    template: bytes | None,
    locale: str,
    *,
    given: str | None = None,
    with_pdf: bool = True,
) -> MadeReport:
    """The report in a template (None: the program's own), and a PDF where LibreOffice is there.

    A template that fails is replaced by the program's own, and a note says so. ``given``: the name of one
    that nothing may replace; ``DomainError``: it has failed.
    """
    notes = []
    try:
        content = await templates.rendered(template, report, locale)
    except TemplateRefusedError as error:
        if given is not None:
            refused = report_templates.refusal(given, error.faults)
            raise DomainError(refused.key, **refused.values) from error
        if template is None:
            raise
        log.warning("the office's template failed", faults=[one.kind.value for one in error.faults])
        notes.append(Text("work_report.own_instead"))
        content = await templates.rendered(None, report, locale)
    made = MadeReport(name, content, None, notes)
    if not with_pdf:
        return made
    paper = await pdf.converted(content)
    return replace(made, pdf=paper.content, notes=[*notes, *paper.notes])
