"""Works off the files that people send or ask for, one after another, each in a process of its own.

Imports and exports have a line each.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from telegram import Bot

from bot import downloads
from bot.clock import Clock
from bot.loops import NET_SECONDS, Loop
from bot.waiting import wait_up_to, work_unless
from bot.workers import worker_process
from locales import Text
from models import importing
from models.db import Database
from models.importing import Job, JobKind, JobState
from models.written import WrittenRows
from services import calendar
from services.campaign import Campaign
from services.importing.jobs import job_claims
from services.importing.jobs.job_claims import JobClaim, OvertakenError
from services.importing.reading.archives import MAX_FILE_BYTES
from services.importing.reading.file_errors import ImportFileError
from services.turn import TickTurn

log = structlog.get_logger(__name__)
FAILED_SECONDS: Final = 1.0
DOWNLOAD_SECONDS: Final = 180.0
# Seconds for one turn of a worker, by the state in which it finds the job.
WORK_SECONDS: Final = {JobState.WAITING: 180.0, JobState.CONFIRMED: 900.0}
# Seconds until a failed job is tried again. After the last of them it is given up.
DELAYS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
# A worker that ends badly will probably do so again.
WORKER_TRIES: Final = 3
# The limit for all lives of the program together: a file that kills it must not do so for ever.
MOST_ATTEMPTS: Final = 30
_FAILED: Final = {
    JobKind.LEDGER: "ledger.failed",
    JobKind.WORK_REPORT: "work_report.failed",
    JobKind.REPORT_TEMPLATE: "work_report.not_tried",
    JobKind.TALLY_SOURCES: "sources.sheet_failed",
}
Work = Callable[[int, int, datetime], Coroutine[Any, Any, int]]


@dataclass(slots=True)
class _Rest:
    """How often a job has failed in this life of the program, and until when (loop time) it rests."""

    failures: int = 0
    until: float = 0.0


class JobRunner(Loop):
    """One loop, one job at a time. Only the instance that holds the database's lock runs them.

    ``stop_looking`` cuts a download and a worker; the next life of the program goes on from the last commit.
    ``worked``: is called after a turn, for the worker's commits are those of another process.
    ``kinds``: the jobs of its line. ``work``: does a worker's turn (id of the job, number of the attempt,
    now); its exit code.
    """

    def __init__(
        self,
        database: Database,
        bot: Bot,
        clock: Clock,
        campaign: Campaign,
        worked: Callable[[], None],
        *,
        kinds: Collection[JobKind] = frozenset(JobKind),
        work: Work | None = None,
    ) -> None:
        super().__init__("jobs cannot be looked at")
        self._db = database
        self._bot = bot
        self._clock = clock
        self._campaign = campaign
        self._worked = worked
        self._kinds = kinds
        self._work = work or in_a_process
        self._rests: dict[int, _Rest] = {}
        self._failed = False

    def committed(self, written: WrittenRows) -> None:
        """Look if a job was made or moved on."""
        if written.has(Job):
            self.wake()

    async def look(self) -> float:
        """Do the next job's turn; the one after it follows at once."""
        return 0.0 if await self.step() else self._until_next()

    async def _sleep(self, rest: float) -> None:
        # Beginning a turn is a commit about a job. It must not cut the rest after a turn that failed.
        await wait_up_to(rest, self._stopping if self._failed else self._woken)

    async def step(self) -> bool:
        """Do the next job's turn. False: there is none, or it failed."""
        try:
            worked = await self._next()
        except Exception:
            # A job must not end the program, however it fails.
            log.exception("job not worked on")
            self._failed = True
            return False
        self._failed = False
        if worked:
            self._worked()
        return worked

    def _until_next(self) -> float:
        """Seconds until the next look: after a turn that failed, or when the rest of a job is over."""
        if self._failed:
            return FAILED_SECONDS
        now = asyncio.get_running_loop().time()
        return min([NET_SECONDS, *(rest.until - now for rest in self._rests.values() if rest.until > now)])

    async def _next(self) -> bool:
        time = asyncio.get_running_loop().time()
        resting = [job_id for job_id, rest in self._rests.items() if rest.until > time]
        async with self._db.reading() as session:
            job = await importing.next_open(session, resting, self._kinds)
        if job is None:
            return False
        async with self._db.transaction() as session:
            claim = await job_claims.take(session, job)
        if claim is not None:
            try:
                await self._do(job, claim)
            except OvertakenError:
                log.info("the job was decided about meanwhile", job=job.id)
        return True

    async def _do(self, job: Job, claim: JobClaim) -> None:
        if claim.worker > MOST_ATTEMPTS:
            await self._fail(job, claim, _badly_ended(job))
        elif job.state is JobState.CONFIRMED or job.source_id is not None or await self._fetch(job, claim):
            await self._have_it_done(job, claim)

    async def _fetch(self, job: Job, claim: JobClaim) -> bool:
        """Download the file and keep it. False: it cannot be had, or not now."""
        file = job.file_name
        try:
            async with asyncio.timeout(DOWNLOAD_SECONDS):
                download = downloads.download(self._bot, job.telegram_file_id, MAX_FILE_BYTES)
                content = await work_unless(self._stopping, download)
        except downloads.TooLargeError:
            limit = MAX_FILE_BYTES // 1024 // 1024
            await self._fail(job, claim, ImportFileError("too_large", file=file, limit=limit).text)
            return False
        except downloads.GoneError:
            await self._fail(job, claim, Text("jobs.gone", file=file))
            return False
        except (downloads.UnreachedError, TimeoutError) as error:
            rest = error.rest if isinstance(error, downloads.UnreachedError) else 0.0
            log.warning("file not downloaded", job=job.id, error=str(error))
            await self._later(job, claim, Text("jobs.not_downloaded", file=file), len(DELAYS) + 1, rest)
            return False
        if content is None:
            return False
        async with self._db.transaction() as session:
            await job_claims.keep_source(session, claim, job, content, now=await self._clock.now())
        return True

    async def _have_it_done(self, job: Job, claim: JobClaim) -> None:
        try:
            async with asyncio.timeout(WORK_SECONDS[claim.state]):
                work = self._work(claim.job_id, claim.worker, await self._clock.now())
                code = await work_unless(self._stopping, work)
        except TimeoutError:
            slow = Text("jobs.too_slow", file=job.file_name)
            await self._fail(job, claim, _badly_ended(job) if job.kind in importing.EXPORTS else slow)
            return
        if code is None:
            return
        async with self._db.reading() as session:
            after = await session.get(Job, claim.job_id)
        if after is None or (after.attempt, after.state) != (claim.worker, claim.state):
            self._rests.pop(claim.job_id, None)
            return
        log.warning("a worker ended badly", job=job.id, code=code)
        await self._later(job, claim, _badly_ended(job), WORKER_TRIES)

    async def _later(self, job: Job, claim: JobClaim, reason: Text, tries: int, rest: float = 0.0) -> None:
        """Try the job again after a rest, or give it up with ``reason`` after ``tries`` failures."""
        kept = self._rests.setdefault(claim.job_id, _Rest())
        kept.failures += 1
        if kept.failures >= tries:
            await self._fail(job, claim, reason)
            return
        delay = max(rest, DELAYS[kept.failures - 1])
        kept.until = asyncio.get_running_loop().time() + delay

    async def _fail(self, job: Job, claim: JobClaim, reason: Text) -> None:
        self._rests.pop(claim.job_id, None)
        now = await self._clock.now()
        async with self._db.transaction() as session:
            await job_claims.fail(session, claim, job, reason, now=now)
            try:
                async with session.begin_nested():
                    campaign = await calendar.current_campaign(session, self._campaign)
                    await job_claims.follow_up(TickTurn(session, now, campaign), claim)
            except Exception:
                # The same fault may have failed the import. The job must come to its end all the same.
                log.exception("a failed import is not followed up", job=job.id)


def _badly_ended(job: Job) -> Text:
    if job.kind in _FAILED:
        return Text(_FAILED[job.kind], file=job.file_name)
    key = "jobs.not_written" if job.state is JobState.CONFIRMED else "jobs.not_read"
    return Text(key, file=job.file_name)


async def in_a_process(job_id: int, worker: int, now: datetime) -> int:
    """Do a worker's turn in a process that ends with this one. Returns its exit code.

    The process reads a pipe from us, which closes when we end. It loads its settings from where ours are.
    """
    claim = ("work-job", str(job_id), str(worker), "--now", now.isoformat())
    process = await asyncio.create_subprocess_exec(
        *worker_process.PROGRAM, *claim, stdin=PIPE, stdout=DEVNULL
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
