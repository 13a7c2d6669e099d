"""A job as its worker handles it.

A worker writes only as the worker that holds the job. One that was overtaken (its parent was killed and the
program started again) can change nothing any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from locales import Text
from models import importing
from models.db import Session, ident
from models.delivery.live_messages import LiveKind
from models.importing import Job, JobKind, JobState
from models.people import Contact
from rules.delivery.delivery import MessageKind
from rules.people.roles import Role
from services import audit, live_updates, outbox
from services.campaign import Campaign
from services.importing.jobs.import_steps import ImportOccasion, ImportStep
from services.importing.plans.previews import ImportPreview, rows_to_write
from services.importing.rows.file_kinds import FileKind
from services.turn import TickTurn
from services.views import FileSpec, View


class OvertakenError(Exception):
    """Another worker has the job, or a person has decided about it: nothing may be written."""


@dataclass(frozen=True, slots=True)
class JobClaim:
    """The right to work on a job in its present state. ``worker``: the number of the attempt."""

    job_id: int
    worker: int
    state: JobState

    async def write(self, session: Session, **values: object) -> None:
        """Write to the job and update its message; ``OvertakenError`` undoes the transaction."""
        if not await importing.hold(session, self.job_id, self.worker, self.state, **values):
            raise OvertakenError
        await live_updates.touch(session, LiveKind.JOB, self.job_id)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is.

    All rows up to the place ``row`` are written (of tasks, those above others come first); ``created``: ids
    of the tasks that it made, or changed so that somebody must hear; ``counts``: the plan's counts when the
    import began.
    """

    row: int = 0
    created: list[int] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> ImportProgress:
        return cls(**job.written) if job.written else cls()

    def to_json(self) -> dict[str, object]:
        return {"row": self.row, "created": self.created, "counts": dict(self.counts)}


@dataclass(frozen=True, slots=True)
class ReturnedFile:
    """The sheet with the refused rows."""

    name: str
    content: bytes


async def take(session: Session, job: Job) -> JobClaim | None:
    """The next worker's turn; None: the job has moved on."""
    if job.id is None or not await importing.claim(session, job):
        return None
    return JobClaim(job.id, job.attempt + 1, job.state)


async def keep_source(session: Session, claim: JobClaim, job: Job, content: bytes, *, now: datetime) -> None:
    """Store the file that has been downloaded."""
    await claim.write(session, source_id=await importing.store(session, job.file_name, content, now))


async def keep_preview(
    session: Session,
    claim: JobClaim,
    job: Job,
    kind: FileKind | None,
    preview: ImportPreview,
    *,
    details: bytes | None = None,
    returned: ReturnedFile | None = None,
    now: datetime,
) -> None:
    """Record the preview of a file that was read, and send the refused rows back to their sender.

    The job then waits for answers or for confirmation, or is done if the file holds nothing to write.
    ``kind`` None: it is not known yet. ``details``: all lines of the preview.
    """
    total = rows_to_write(preview.counts)
    # Names of units are remembered at the end, even if there is nothing else to write; a column may still be
    # assigned, an answer given anew.
    waits = total or preview.questions or job.answers or (preview.unread and preview.free)
    state = JobState.PREVIEW if waits else JobState.DONE
    refused_id = details_id = None
    if details is not None:
        details_id = await importing.store(session, job.file_name, details, now)
    if returned is not None:
        refused_id = await importing.store(session, returned.name, returned.content, now)
    await claim.write(
        session,
        kind=JobKind.IMPORT if kind is None else JobKind(f"import_{kind.value}"),
        state=state,
        result=preview.to_json(),
        refused_id=refused_id,
        details_id=details_id,
        total=total,
        updated_at=now,
    )
    if returned is not None:
        await _send_back(
            session, job, FileSpec("document", stored_id=refused_id, name=returned.name), preview, claim, now
        )
    _record(session, job, "read", state, now, {"counts": dict(preview.counts)})


async def _send_back(
    session: Session, job: Job, file: FileSpec, preview: ImportPreview, claim: JobClaim, now: datetime
) -> None:
    contact = await session.get(Contact, job.contact_id)
    if contact is None:
        return
    count = preview.counts["refused"]
    view = View([Text("jobs.returned", count=count, file=job.file_name)], files=[file])
    # Other answers may return other rows: each reading of the file has a message of its own.
    key = f"job:{job.id}:refused:{claim.worker}"
    # Only the office may see a roster's telephone numbers.
    await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=contact, role=Role.OFFICE)


async def do_step(
    session: Session,
    claim: JobClaim,
    step: ImportStep,
    written: ImportProgress,
    *,
    done: int,
    total: int,
    now: datetime,
) -> ImportProgress:
    """Write a part of an import together with the new progress.

    ``done``: the number of rows written after it.
    """
    # This comes first, so that nobody else takes the job while the part is written.
    await claim.write(session, done=done, total=total, updated_at=now)
    made = await step.write(session)
    after = ImportProgress(max(written.row, step.upto), [*written.created, *made], written.counts)
    await claim.write(session, written=after.to_json())
    return after


async def finish(
    session: Session, claim: JobClaim, job: Job, written: ImportProgress, *, now: datetime
) -> None:
    """Record that everything is written."""
    await claim.write(session, state=JobState.DONE, written=written.to_json(), updated_at=now)
    _record(session, job, "finish", JobState.DONE, now, {"counts": dict(written.counts)}, job.confirmed_by)


async def deliver(
    session: Session,
    claim: JobClaim,
    job: Job,
    view: View,
    *,
    now: datetime,
    role: Role | None = Role.OFFICE,
) -> None:
    """Promise what was made to the person who asked for it, if they still have the role."""
    await claim.write(session, state=JobState.DONE, updated_at=now)
    await _answer(session, job, view, now, role)
    _record(session, job, "finish", JobState.DONE, now, {}, job.contact_id)


async def _answer(session: Session, job: Job, view: View, now: datetime, role: Role | None) -> None:
    contact = await session.get(Contact, job.contact_id)
    if contact is not None:
        key = f"job:{job.id}:made"
        await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=contact, role=role)


async def fail(session: Session, claim: JobClaim, job: Job, reason: Text, *, now: datetime) -> None:
    """Record that the job has failed; ``reason`` is shown."""
    await claim.write(session, state=JobState.FAILED, message=reason.to_json(), updated_at=now)
    if job.kind in importing.EXPORTS:
        # What somebody waits for has no live message.
        await _answer(session, job, View([reason]), now, None)
    _record(session, job, "fail", JobState.FAILED, now, {"reason": reason.key})


async def follow_up(turn: TickTurn, claim: JobClaim) -> None:
    """Do what follows from the part of a failed import that was written.

    The same file, sent again, finds that part unchanged and would tell nobody about it.
    """
    job = await turn.session.get(Job, claim.job_id, populate_existing=True)
    if job is None or claim.state is not JobState.CONFIRMED:
        return
    if job.kind not in {JobKind.IMPORT_TASKS, JobKind.IMPORT_ROSTER}:
        return
    of_tasks = job.kind is JobKind.IMPORT_TASKS
    occasion = occasion_of(job, turn.now, turn.campaign)
    for step in await occasion.closing_steps(turn.session, ImportProgress.of(job).created, of_tasks=of_tasks):
        await step.write(turn.session)


def occasion_of(job: Job, now: datetime, campaign: Campaign) -> ImportOccasion:
    return ImportOccasion(f"job{job.id}", job.confirmed_at or now, campaign, job.confirmed_by, ident(job))


def _record(
    session: Session,
    job: Job,
    event: str,
    state: JobState,
    now: datetime,
    more: dict[str, object],
    actor_id: int | None = None,
) -> None:
    before, after = {"state": job.state.value}, {"state": state.value, **more}
    audit.record(session, event, ("job", job.id), now=now, actor_id=actor_id, before=before, after=after)
