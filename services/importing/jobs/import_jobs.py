"""Files that the office sends for import: sent, confirmed or cancelled by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from locales import Text
from models import drafts, importing
from models.cases import case_search
from models.db import Session, ident
from models.delivery.live_messages import LiveKind
from models.importing import Job, JobState
from models.progress import report_revisions
from services import audit, live_updates
from services.access import require_office
from services.drafts.draft_parts import parts_of
from services.errors import DomainError
from services.importing.plans.previews import ImportPreview
from services.importing.reading.archives import MAX_FILE_BYTES
from services.importing.reading.file_errors import ImportFileError
from services.importing.rows.questions import Answers, ImportQuestion
from services.turn import TickTurn, Turn
from services.views import ButtonSpec, View

PREVIEW_KEPT: Final = timedelta(hours=24)
_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class SentFile:
    """A document as Telegram describes it; ``size`` in bytes, if Telegram states it."""

    file_id: str
    name: str
    size: int | None = None

    @property
    def shown_name(self) -> str:
        """The name on one line; if it is too long, its end is kept."""
        name = " ".join(self.name.split())
        return name if len(name) <= _NAME else "…" + name[1 - _NAME :]


class DocumentUse(StrEnum):
    """The purpose of a document."""

    EVIDENCE = "evidence"
    IMPORT = "import"
    UNCLEAR = "unclear"


async def use_of(turn: Turn, *, about_tasks: bool, of_album: bool, picture: bool) -> DocumentUse:
    """The purpose of a document that somebody sent.

    ``about_tasks``: it replies to a message about tasks or cases; ``of_album``: it belongs to an album;
    ``picture``: it is an image or a video.
    """
    if not turn.actor.is_office or about_tasks or picture:
        return DocumentUse.EVIDENCE
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None and not turn.actor.reports:
        return DocumentUse.IMPORT
    return DocumentUse.EVIDENCE if of_album else DocumentUse.UNCLEAR


def ask_use(file: SentFile, imported: ButtonSpec, evidence: ButtonSpec) -> View:
    """Ask a person who may mean either what a document is for."""
    return View([Text("jobs.ask_use", file=file.shown_name)], [[imported, evidence]])


async def is_evidence(turn: Turn, message_id: int | None) -> bool:
    """Whether the document of that message is evidence in a report, a case or a draft."""
    if message_id is None:
        return False
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is not None and any(part.message_id == message_id for part in parts_of(draft)):
        return True
    if await report_revisions.part_at(turn.session, turn.chat, message_id) is not None:
        return True
    return await case_search.sent_as_message(turn.session, turn.actor.id, message_id)


async def receive(turn: Turn, file: SentFile) -> Text | None:
    """Take a file for import: it waits to be read, and a live message shows its state.

    If the file is here already, the answer says how it stands, and its message is posted anew: the first one
    may be far up, or may never have arrived. ``DomainError``: the person may not import, or the file is too
    large or empty by what Telegram states.
    """
    require_office(turn.actor)
    if file.size is not None and file.size > MAX_FILE_BYTES:
        raise ImportFileError("too_large", file=file.shown_name, limit=MAX_FILE_BYTES // 1024 // 1024)
    if file.size == 0:
        raise ImportFileError("empty", file=file.shown_name)
    if (there := await importing.open_with_file(turn.session, turn.chat, file.file_id)) is not None:
        await live_updates.ensure_live(
            turn.session, LiveKind.JOB, ident(there), chat=(turn.chat, None), again=True
        )
        return Text(f"jobs.state.{there.state.value}")
    job = Job(
        kind=importing.JobKind.IMPORT,
        contact_id=turn.actor.id,
        chat_id=turn.chat,
        telegram_file_id=file.file_id,
        file_name=file.shown_name,
        created_at=turn.now,
        updated_at=turn.now,
    )
    turn.session.add(job)
    await turn.session.flush()
    await live_updates.ensure_live(turn.session, LiveKind.JOB, ident(job), chat=(turn.chat, None))
    audit.note(turn, "receive", ("job", job.id), after={"state": job.state.value, "file": job.file_name})
    return None


async def confirm(turn: Turn, job_id: int, seen: int | None = None) -> Text:
    """确认导入, once: the first press of an office member counts. Returns the answer to the press.

    ``seen``: the reading of the file (``Job.attempt``) that the card shows; a later one has to be looked at.
    """
    job = await turn.session.get(Job, job_id, populate_existing=True)
    if job is not None and job.state is JobState.PREVIEW and seen not in {None, job.attempt}:
        require_office(turn.actor)
        return Text("jobs.answered_already")
    who = {"confirmed_by": turn.actor.id, "confirmed_at": turn.now}
    return await _decide(turn, job_id, JobState.CONFIRMED, "confirm", **who)


async def cancel(turn: Turn, job_id: int) -> Text:
    """取消 of a preview."""
    return await _decide(turn, job_id, JobState.CANCELLED, "cancel")


async def _decide(turn: Turn, job_id: int, new: JobState, event: str, **values: object) -> Text:
    require_office(turn.actor)
    job = await turn.session.get(Job, job_id, populate_existing=True)
    if job is None:
        raise DomainError("buttons.expired")
    if new is JobState.CONFIRMED and open_questions(job):
        return Text("jobs.answer_first")
    if job.state is JobState.PREVIEW and turn.now - job.updated_at > PREVIEW_KEPT:
        # The message says so already; the tick that expires previews runs only now and then.
        new, event, values = JobState.CANCELLED, "expire", {}
    moved = await importing.move(turn.session, job_id, JobState.PREVIEW, new, updated_at=turn.now, **values)
    await live_updates.touch(turn.session, LiveKind.JOB, job_id)
    if not moved:
        await turn.session.refresh(job)
        return Text(f"jobs.state.{job.state.value}")
    _record_end_of_preview(turn.session, job, event, new, turn.now, turn.actor.id)
    return Text(f"jobs.state.{new.value}")


def open_questions(job: Job) -> list[ImportQuestion]:
    """The questions of the preview that nobody has answered yet."""
    if job.state is not JobState.PREVIEW:
        return []
    return open_among(ImportPreview.from_json(job.result), job.answers)


def open_among(preview: ImportPreview, answers: Answers) -> list[ImportQuestion]:
    """The questions of a preview that ``answers`` leave open."""
    return [one for one in preview.questions if one.key not in answers]


async def expire_previews(turn: TickTurn) -> None:
    """Cancel previews that nobody has confirmed for a day."""
    session, now = turn.session, turn.now
    for job in await importing.forgotten_previews(session, now - PREVIEW_KEPT):
        if await importing.move(session, ident(job), JobState.PREVIEW, JobState.CANCELLED, updated_at=now):
            await live_updates.touch(session, LiveKind.JOB, job.id)
            _record_end_of_preview(session, job, "expire", JobState.CANCELLED, now, None)


def _record_end_of_preview(
    session: Session, job: Job, event: str, new: JobState, now: datetime, actor_id: int | None
) -> None:
    before, after = {"state": JobState.PREVIEW.value}, {"state": new.value}
    audit.record(session, event, ("job", job.id), now=now, actor_id=actor_id, before=before, after=after)
