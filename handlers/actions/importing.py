"""Buttons about files that may be imported: what a file is for, and whether its preview is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers import progress
from handlers.binding import Binding, acts
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.drafts.draft_parts import Addition, DraftPart
from services.importing.jobs import import_jobs
from services.importing.jobs.import_jobs import SentFile
from services.views import say


async def _import(work: Work, actor: Actor, *, file_id: str, name: str, size: int | None) -> None:
    file = SentFile(file_id, name, size)
    await import_jobs.receive(work.turn(actor), file)
    work.replace(say("jobs.taken_as_import"))


async def _evidence(work: Work, actor: Actor, *, part: DraftPart) -> None:
    if await import_jobs.is_evidence(work.turn(actor), part.message_id or 0):
        work.flash(Text("jobs.already_evidence"))
        return
    addition = Addition(part.text, part.files, message_id=part.message_id, source=part.source)
    view = await progress.answer(work, actor, addition)
    if view is not None:
        work.replace(view)


async def _confirm(work: Work, actor: Actor, *, job_id: int) -> None:
    # The live message that shows the job changes by itself.
    work.flash(await import_jobs.confirm(work.turn(actor), job_id))


async def _cancel(work: Work, actor: Actor, *, job_id: int) -> None:
    work.flash(await import_jobs.cancel(work.turn(actor), job_id))


ACTIONS: Final[Mapping[str, Binding]] = {
    "job.import": acts(_import),
    "job.evidence": acts(_evidence),
    "job.confirm": acts(_confirm),
    "job.cancel": acts(_cancel),
}
