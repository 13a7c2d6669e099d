"""A worker's turn at a 工作情况汇报 or at its template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.workers import pdf, templates
from bot.workers.templates import TemplateRefusedError
from models.db import Database
from models.importing import Job, JobKind
from reports.work_report import WorkReport
from services import calendar
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.jobs import job_claims
from services.importing.jobs.job_claims import JobClaim
from services.turn import TickTurn
from services.work_reports import report_orders, report_templates
from services.work_reports.report_orders import MadeReport


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
        async with self.database.reading() as session:
            campaign = await calendar.current_campaign(session, self.campaign)
            turn = TickTurn(session, self.now, campaign)
            asked = await report_orders.asked_for(turn, job)
            report = await report_orders.write(turn, asked)
            template = await report_templates.content(session)
        made = await made_report(job.file_name, report, template, campaign.locale)
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


async def made_report(
    name: str, report: WorkReport, template: bytes | None, locale: str, *, with_pdf: bool = True
) -> MadeReport:
    """The report in a template (None: the program's own), and a PDF where LibreOffice is there.

    ``DomainError``: the template has failed.
    """
    try:
        content = await templates.rendered(template, report, locale)
    except TemplateRefusedError as error:
        refused = report_templates.refusal(name, error.faults)
        raise DomainError(refused.key, **refused.values) from error
    made = MadeReport(name, content, None)
    if not with_pdf:
        return made
    paper = await pdf.converted(content)
    return replace(made, pdf=paper.content, notes=paper.notes)
