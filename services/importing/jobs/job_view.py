"""The one message about a file that is imported: received, previewed, written, done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from locales import Text, plain
from models import people
from models.importing import Job, JobKind, JobState
from models.people import Contact
from reports.formats import short
from rules.people.roles import Role
from services.importing.jobs.job_claims import ImportProgress
from services.importing.plans.previews import ImportPreview, Remark
from services.importing.rows.file_kinds import FileKind
from services.turn import TickTurn
from services.views import View, button

_KINDS: Final = {JobKind.IMPORT_ROSTER: FileKind.ROSTER, JobKind.IMPORT_LADDER: FileKind.LADDER}
_NAME: Final = 30
_SAID: Final = 160


async def render(turn: TickTurn, job_id: int) -> tuple[View, str] | None:
    """What the message shows now, in its reader's language; None: they may no longer read it."""
    job = await turn.session.get(Job, job_id, populate_existing=True)
    contact = None if job is None else await turn.session.get(Contact, job.contact_id, populate_existing=True)
    if job is None or contact is None or contact.telegram_user_id != job.chat_id:
        return None
    if Role.OFFICE not in await people.roles_of(turn.session, job.contact_id):
        return None
    locale = contact.locale or turn.campaign.locale
    return _SHOWN[job.state](job, locale), locale


def _waiting(job: Job, _locale: str) -> View:
    return View([Text("jobs.received", file=job.file_name)])


def _preview(job: Job, locale: str) -> View:
    question = Text("jobs.ask_confirm")
    rows = [
        [
            button("jobs.confirm_button", "job.confirm", job_id=job.id),
            button("jobs.cancel_button", "job.cancel", job_id=job.id),
        ]
    ]
    return View([*_read(job, locale), question], rows)


def _writing(job: Job, _locale: str) -> View:
    return View([Text("jobs.writing", file=job.file_name, done=job.done, total=job.total)])


def _done(job: Job, locale: str) -> View:
    if not job.total:
        return View([*_read(job, locale), Text("jobs.nothing_to_write")])
    planned, shown = ImportProgress.of(job).counts, ImportPreview.from_json(job.result).counts
    lines = [Text("jobs.done", file=job.file_name), _counts(job, planned)]
    # Warnings and notices are about the file; these counts are about what existed already.
    if any(planned[name] != shown.get(name) for name in planned):
        lines.append(Text("jobs.other_than_shown", counts=_counts(job, shown)))
    return View(lines)


def _failed(job: Job, _locale: str) -> View:
    lines = [Text.from_json(job.message or {})]
    if job.done:
        lines.append(Text("jobs.written_so_far", done=job.done, total=job.total))
    return View(lines)


def _cancelled(job: Job, _locale: str) -> View:
    return View([Text("jobs.cancelled", file=job.file_name)])


_SHOWN: Final = {
    JobState.WAITING: _waiting,
    JobState.PREVIEW: _preview,
    JobState.CONFIRMED: _writing,
    JobState.DONE: _done,
    JobState.FAILED: _failed,
    JobState.CANCELLED: _cancelled,
}


def _read(job: Job, locale: str) -> list[Text]:
    """What was read from the file."""
    preview = ImportPreview.from_json(job.result)
    counts = preview.counts
    kind = Text(f"jobs.kind.{_kind(job).value}")
    lines = [Text("jobs.preview", file=job.file_name, kind=kind), _counts(job, counts)]
    lines += [Text("jobs.notice", notice=notice) for notice in preview.notices]
    lines += [_remark("jobs.refused", remark, locale) for remark in preview.refused]
    if counts["refused"] > len(preview.refused):
        lines.append(Text("jobs.more_refused", count=counts["refused"] - len(preview.refused)))
    lines += [_remark("jobs.warning", remark, locale) for remark in preview.warnings]
    if counts["warned"] > len(preview.warnings):
        lines.append(Text("jobs.more_warnings", count=counts["warned"] - len(preview.warnings)))
    return lines


def _kind(job: Job) -> FileKind:
    return _KINDS.get(job.kind, FileKind.TASKS)


def _counts(job: Job, counts: Mapping[str, int]) -> Text:
    return Text(f"jobs.counts.{_kind(job).value}", **counts)


def _remark(key: str, remark: Remark, locale: str) -> Text:
    return Text(key, row=remark.row, name=short(remark.name, _NAME) or "—", said=_said(remark.texts, locale))


def _said(texts: Sequence[Text], locale: str) -> str:
    # Each text is a sentence with its own commas, so a list's comma would not separate them.
    between = plain(Text("common.sentence_separator"), locale)
    return short(between.join(plain(text, locale) for text in texts), _SAID)
