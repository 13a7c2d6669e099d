"""Buttons about files that may be imported: what a file is for, and whether its preview is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers import progress
from handlers.binding import Binding, acts, flashes, opens, replaces, says, tells
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.drafts.draft_parts import Addition, DraftPart
from services.importing.jobs import import_jobs, job_answers, preview_pages
from services.importing.jobs.import_jobs import SentFile
from services.views import say


async def _import(work: Work, actor: Actor, *, file: SentFile) -> None:
    await import_jobs.receive(work.turn(actor), file)
    work.replace(say("jobs.taken_as_import"))


async def _evidence(work: Work, actor: Actor, *, part: DraftPart) -> None:
    if await import_jobs.is_evidence(work.turn(actor), part.message_id):
        work.flash(Text("jobs.already_evidence"))
        return
    addition = Addition(part.text, part.files, message_id=part.message_id, source=part.source)
    view = await progress.answer(work, actor, addition)
    if view is not None:
        work.replace(view)


ACTIONS: Final[Mapping[str, Binding]] = {
    "job.import": acts(_import),
    "job.evidence": acts(_evidence),
    # The live message that shows the job changes by itself.
    "job.confirm": flashes(import_jobs.confirm),
    "job.cancel": flashes(import_jobs.cancel),
    "job.answer": flashes(job_answers.answer),
    "job.return_rest": flashes(job_answers.return_rest),
    "job.step_back": flashes(job_answers.step_back),
    "job.labels": says(job_answers.list_labels),
    "job.not_assigned": tells("jobs.not_assigned"),
    "job.ask_again": flashes(job_answers.ask_again),
    "job.section": opens(preview_pages.page),
    "job.label": says(job_answers.choose_column),
    "job.assign": replaces(job_answers.assign),
}
