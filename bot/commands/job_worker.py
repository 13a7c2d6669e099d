"""``work-job``: does one turn at a job in a process of its own, so that a large file holds up nobody."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from bot.commands.command_context import CommandContext, UsageError
from bot.commands.report_work import ReportWork
from bot.workers.parent import end_with_parent
from locales import Text
from models import importing
from models.db import Database
from models.importing import Job, JobKind, JobState
from models.people import Contact
from services import calendar
from services.campaign import Campaign
from services.errors import DomainError
from services.importing.jobs import job_claims, plan_steps
from services.importing.jobs.file_plans import FilePlan, plan_file
from services.importing.jobs.import_steps import ImportStep
from services.importing.jobs.job_claims import ImportProgress, JobClaim, OvertakenError, ReturnedFile
from services.importing.jobs.returned_rows import returned_name, returned_sheets
from services.importing.plans import unit_aliases
from services.importing.plans.policy_plan import PolicyPlan
from services.importing.plans.preview_making import Plan, counts_of, preview_of
from services.importing.plans.previews import ImportPreview, asking
from services.importing.reading.grids import read_grids
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import ImportQuestion
from services.office.ledger import ledger_making, ledger_orders
from services.tallies import source_sheets, tally_numbers
from services.turn import TickTurn

log = structlog.get_logger(__name__)
NICENESS: Final = 10
# The least pause between two transactions. SQLite lets one writer in; the others look ten times a second.
PAUSE: Final = 0.15


async def work_job(context: CommandContext, job_id: int, worker: int, now: str) -> None:
    """Do one turn at a job. It ends at once when standard input does, for then the parent process is gone."""
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        raise UsageError("cli.unreadable_moment", text=now) from None
    os.nice(NICENESS)
    threading.Thread(target=end_with_parent, daemon=True).start()
    await JobWork(context.database, context.campaign, moment).do(job_id, worker)


class JobWork:
    """Reads a file that waits, writes one that is confirmed, or makes one that was asked for.

    ``pause``: seconds between transactions.
    """

    def __init__(
        self, database: Database, campaign: Campaign, now: datetime, *, pause: float = PAUSE
    ) -> None:
        self._db = database
        self._campaign = campaign
        self._now = now
        self._pause = pause

    async def do(self, job_id: int, worker: int) -> None:
        """Do what the job's state asks for; nothing if this worker's turn is over."""
        async with self._db.reading() as session:
            job = await session.get(Job, job_id)
        if job is None or job.attempt != worker:
            return
        claim = JobClaim(job_id, worker, job.state)
        try:
            try:
                await self._do(job, claim)
            except DomainError as refusal:
                async with self._db.transaction() as session:
                    await job_claims.fail(session, claim, job, refusal.text, now=self._now)
                    await job_claims.follow_up(TickTurn(session, self._now, self._campaign), claim)
        except OvertakenError:
            log.info("the job is somebody else's by now", job=job_id)

    async def _do(self, job: Job, claim: JobClaim) -> None:
        if job.kind in {JobKind.WORK_REPORT, JobKind.REPORT_TEMPLATE}:
            await ReportWork(self._db, self._campaign, self._now).do(job, claim)
        elif job.kind is JobKind.TALLY_SOURCES:
            await self._trace(job, claim)
        elif job.state is JobState.WAITING:
            await self._read(job, claim)
        elif job.state is JobState.CONFIRMED and job.kind is JobKind.LEDGER:
            await self._export(job, claim)
        elif job.state is JobState.CONFIRMED:
            await self._write(job, claim)

    async def _read(self, job: Job, claim: JobClaim) -> None:
        planned = await self._planned(job)
        if not isinstance(planned, FilePlan):
            async with self._db.transaction() as session:
                await job_claims.keep_preview(session, claim, job, None, asking(planned), now=self._now)
            return
        await self._show(job, claim, planned)

    async def _show(self, job: Job, claim: JobClaim, planned: FilePlan, notices: Sequence[Text] = ()) -> None:
        """Keep the preview of a plan, send back what is refused; ``notices``: what has to be said first."""
        preview, details = preview_of(planned.plan, planned.parsed, planned.questions, notices)
        # While questions are open, nothing goes back: an answer may make the line good.
        returned = None if planned.questions else await self._returned(job, planned)
        async with self._db.transaction() as session:
            await job_claims.keep_preview(
                session,
                claim,
                job,
                planned.kind,
                preview,
                details=details.to_bytes(),
                returned=returned,
                now=self._now,
            )

    async def _planned(self, job: Job) -> FilePlan | list[ImportQuestion]:
        async with self._db.reading() as session:
            content = None if job.source_id is None else await importing.content_of(session, job.source_id)
        if content is None:
            raise DomainError("jobs.source_gone", file=job.file_name)
        grids = read_grids(content, job.file_name)
        async with self._db.reading() as session:
            campaign = await calendar.current_campaign(session, self._campaign)
            return await plan_file(TickTurn(session, self._now, campaign), job, grids)

    async def _returned(self, job: Job, planned: FilePlan) -> ReturnedFile | None:
        reasons = {one.line: one.reasons for one in planned.returnable}
        if not reasons:
            return None
        async with self._db.reading() as session:
            contact = await session.get(Contact, job.contact_id)
        locale = (contact.locale if contact else None) or self._campaign.locale
        name = returned_name(job.file_name, len(reasons), locale)
        whole = planned.kind is FileKind.LADDER
        return ReturnedFile(name, returned_sheets(planned.sources, reasons, locale, whole=whole))

    async def _export(self, job: Job, claim: JobClaim) -> None:
        """Make the ledger: read all of it from a snapshot, which makes nobody wait, and only then write."""
        with tempfile.TemporaryDirectory() as folder:
            async with self._db.reading() as session:
                contact = await session.get(Contact, job.contact_id)
                locale = (contact.locale if contact else None) or self._campaign.locale
                campaign = await calendar.current_campaign(session, self._campaign)
                turn = TickTurn(session, self._now, campaign)
                made = await ledger_making.build(turn, Path(folder), job.file_name, locale)
            async with self._db.transaction() as session:
                view = await ledger_orders.deliver(TickTurn(session, self._now, campaign), made)
                await job_claims.deliver(session, claim, job, view, now=self._now)

    async def _trace(self, job: Job, claim: JobClaim) -> None:
        """Make the sheet of all that the numbers of a tally are made of."""
        with tempfile.TemporaryDirectory() as folder:
            async with self._db.reading() as session:
                campaign = await calendar.current_campaign(session, self._campaign)
                turn = TickTurn(session, self._now, campaign)
                numbers, locale = await tally_numbers.asked_for(turn, job)
                name = f"{job.file_name}.xlsx"
                made = await source_sheets.build(turn, numbers, Path(folder), name=name, locale=locale)
            async with self._db.transaction() as session:
                view = await tally_numbers.deliver(TickTurn(session, self._now, campaign), job, made)
                await job_claims.deliver(session, claim, job, view, now=self._now, role=None)

    async def _write(self, job: Job, claim: JobClaim) -> None:
        """Write the rows that are not written yet.

        The plan is made anew: things may have changed since the preview, and rows that an earlier worker
        wrote are no longer new.
        """
        planned = await self._planned(job)
        if not isinstance(planned, FilePlan):
            raise DomainError("jobs.not_read", file=job.file_name)
        kind, plan = planned.kind, planned.plan
        _require_shown(job, plan)
        written = ImportProgress.of(job)
        if not written.counts and _has_moved_on(job, planned):
            await self._show(job, claim, planned, [Text("importing.notice.moved_on")])
            return
        if not written.counts:
            written = replace(written, counts=counts_of(plan))
        occasion = job_claims.occasion_of(job, self._now, self._campaign)
        steps = plan_steps.steps_of(occasion, plan, after=written.row)
        done, total = job.done, job.done + sum(step.rows for step in steps)
        for step in steps:
            done += step.rows
            written = await self._step(claim, step, written, done, total)
        if kind in {FileKind.TASKS, FileKind.ROSTER}:
            async with self._db.reading() as session:
                of_tasks = kind is FileKind.TASKS
                closing = await occasion.closing_steps(session, written.created, of_tasks=of_tasks)
            for step in closing:
                written = await self._step(claim, step, written, done, total)
        async with self._db.transaction() as session:
            await unit_aliases.remember(session, job.answers, now=occasion.now, actor_id=occasion.actor_id)
            await job_claims.finish(session, claim, job, written, now=self._now)

    async def _step(
        self, claim: JobClaim, step: ImportStep, written: ImportProgress, done: int, total: int
    ) -> ImportProgress:
        started = time.monotonic()
        async with self._db.transaction() as session:
            written = await job_claims.do_step(
                session, claim, step, written, done=done, total=total, now=self._now
            )
        if self._pause:
            # The others get as much time as we took.
            await asyncio.sleep(max(self._pause, time.monotonic() - started))
        return written


def _has_moved_on(job: Job, planned: FilePlan) -> bool:
    """Whether the plan would write something else than its preview showed, so that it is shown anew."""
    mark = ImportPreview.from_json(job.result).mark
    return mark is not None and preview_of(planned.plan, planned.parsed, planned.questions)[0].mark != mark


def _require_shown(job: Job, plan: Plan) -> None:
    """Refuse a policy whose preview was compared with another version than the present one.

    Otherwise a change that somebody else made since the preview would be lost.
    """
    if isinstance(plan, PolicyPlan) and plan.changes_anything:
        version = plan.current.version
        if ImportPreview.from_json(job.result).counts["replaces"] != version:
            raise DomainError("jobs.ladder_moved_on", file=job.file_name)
