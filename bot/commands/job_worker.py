"""``work-job``: does one turn at a job in a process of its own, so that a large file holds up nobody."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from bot.commands.command_context import CommandContext, UsageError
from models import importing
from models.db import Database
from models.importing import Job, JobKind, JobState
from models.people import Contact
from services import calendar
from services.campaign import Campaign
from services.cases import ledger
from services.errors import DomainError
from services.importing.jobs import job_claims
from services.importing.jobs.import_steps import ImportStep
from services.importing.jobs.job_claims import ImportProgress, JobClaim, OvertakenError, ReturnedFile
from services.importing.plans.policy_plan import PolicyPlan, plan_policy
from services.importing.plans.previews import ImportPreview, Plan, counts_of, preview_of
from services.importing.plans.roster_plan import plan_roster
from services.importing.plans.task_plan import plan_tasks
from services.importing.reading.cells import Grid
from services.importing.reading.grids import read_grids
from services.importing.rows.file_kinds import FileKind, kind_of
from services.importing.rows.policy_rows import ParsedPolicy, read_policy
from services.importing.rows.returned_rows import returned_name, returned_sheet
from services.importing.rows.roster_rows import ParsedRoster, read_roster
from services.importing.rows.task_lines import ParsedTasks
from services.importing.rows.task_rows import read_tasks
from services.people.enrolment import known_units
from services.turn import TickTurn

log = structlog.get_logger(__name__)
ParsedFile = ParsedTasks | ParsedRoster | ParsedPolicy
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
    threading.Thread(target=_end_with_parent, daemon=True).start()
    await JobWork(context.database, context.campaign, moment).do(job_id, worker)


def _end_with_parent() -> None:
    # This does not read sys.stdin: its lock would be in the way when this process ends by itself.
    while os.read(0, 4096):
        pass
    os._exit(1)


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
        if job.state is JobState.WAITING:
            await self._read(job, claim)
        elif job.state is JobState.CONFIRMED and job.kind is JobKind.EXPORT_CASES:
            await self._export(job, claim)
        elif job.state is JobState.CONFIRMED:
            await self._write(job, claim)

    async def _read(self, job: Job, claim: JobClaim) -> None:
        kind, parsed, plan = await self._planned(job)
        preview = preview_of(plan)
        returned = await self._returned(job, parsed, plan)
        async with self._db.transaction() as session:
            await job_claims.keep_preview(session, claim, job, kind, preview, returned, now=self._now)

    async def _planned(self, job: Job) -> tuple[FileKind, ParsedFile, Plan]:
        async with self._db.reading() as session:
            content = None if job.source_id is None else await importing.content_of(session, job.source_id)
        if content is None:
            raise DomainError("jobs.source_gone", file=job.file_name)
        grids = read_grids(content, job.file_name)
        kind = kind_of(grids, job.file_name)
        match kind:
            case FileKind.TASKS:
                return kind, *await self._tasks(job, grids)
            case FileKind.ROSTER:
                return kind, *await self._roster(job, grids)
            case FileKind.LADDER:
                return kind, *await self._ladder(job, grids)

    async def _tasks(self, job: Job, grids: list[Grid]) -> tuple[ParsedTasks, Plan]:
        # The day the file was sent: a deadline without a year then means the same when it is written.
        parsed = read_tasks(grids, job.file_name, today=self._campaign.today(job.created_at))
        async with self._db.reading() as session:
            return parsed, await plan_tasks(session, parsed)

    async def _roster(self, job: Job, grids: list[Grid]) -> tuple[ParsedRoster, Plan]:
        async with self._db.reading() as session:
            parsed = read_roster(grids, job.file_name, known_units=await known_units(session))
            return parsed, await plan_roster(session, parsed)

    async def _ladder(self, job: Job, grids: list[Grid]) -> tuple[ParsedPolicy, Plan]:
        async with self._db.reading() as session:
            parsed = read_policy(grids, job.file_name)
            return parsed, await plan_policy(session, parsed)

    async def _returned(self, job: Job, parsed: ParsedFile, plan: Plan) -> ReturnedFile | None:
        # For a policy only rows of its own table; the preview alone names what is wrong in other tables.
        found = parsed.refused if isinstance(parsed, ParsedPolicy) else plan.refused
        reasons = {refused.row: refused.reasons for refused in found}
        if not reasons or parsed.source is None:
            return None
        async with self._db.reading() as session:
            contact = await session.get(Contact, job.contact_id)
        locale = (contact.locale if contact else None) or self._campaign.locale
        name = returned_name(job.file_name, len(reasons), locale)
        whole = isinstance(parsed, ParsedPolicy)
        return ReturnedFile(name, returned_sheet(parsed.source, reasons, locale, whole=whole))

    async def _export(self, job: Job, claim: JobClaim) -> None:
        """Make the ledger: read all of it from a snapshot, which makes nobody wait, and only then write."""
        async with self._db.reading() as session:
            contact = await session.get(Contact, job.contact_id)
            locale = (contact.locale if contact else None) or self._campaign.locale
            campaign = await calendar.current_campaign(session, self._campaign)
            made = await ledger.build(TickTurn(session, self._now, campaign), job.file_name, locale)
        async with self._db.transaction() as session:
            view = await ledger.deliver_ledger(session, made, now=self._now)
            await job_claims.deliver(session, claim, job, view, now=self._now)

    async def _write(self, job: Job, claim: JobClaim) -> None:
        """Write the rows that are not written yet.

        The plan is made anew: things may have changed since the preview, and rows that an earlier worker
        wrote are no longer new.
        """
        kind, _, plan = await self._planned(job)
        _require_shown(job, plan)
        written = ImportProgress.of(job)
        if not written.counts:
            written = replace(written, counts=counts_of(plan))
        occasion = job_claims.occasion_of(job, self._now, self._campaign)
        steps = occasion.steps(plan, after=written.row)
        done, total = job.done, job.done + sum(step.rows for step in steps)
        for step in steps:
            done += step.rows
            written = await self._step(claim, step, written, done, total)
        if kind is not FileKind.LADDER:
            async with self._db.reading() as session:
                of_tasks = kind is FileKind.TASKS
                closing = await occasion.closing_steps(session, written.created, of_tasks=of_tasks)
            for step in closing:
                written = await self._step(claim, step, written, done, total)
        async with self._db.transaction() as session:
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


def _require_shown(job: Job, plan: Plan) -> None:
    """Refuse a policy whose preview was compared with another version than the present one.

    Otherwise a change that somebody else made since the preview would be lost.
    """
    if isinstance(plan, PolicyPlan) and plan.changes_anything:
        version = plan.current.version
        if ImportPreview.from_json(job.result).counts["replaces"] != version:
            raise DomainError("jobs.ladder_moved_on", file=job.file_name)
