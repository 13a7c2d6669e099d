"""The one message about a file that is imported: received, previewed, written, done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from locales import Text
from models import people
from models.importing import Job, JobKind, JobState
from models.people import Contact
from rules.people.roles import Role
from services.importing.jobs.import_jobs import open_among
from services.importing.jobs.job_answers import label_button
from services.importing.jobs.job_claims import ImportProgress
from services.importing.jobs.preview_pages import is_cut, remark_line
from services.importing.plans.previews import ImportPreview, Section
from services.importing.plans.unit_aliases import answered
from services.importing.rows.chosen_columns import asked_about_column, columns_given, heads_text
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.questions import ImportQuestion
from services.turn import TickTurn
from services.views import ButtonSpec, View, button

_KINDS: Final = {JobKind(f"import_{kind.value}"): kind for kind in FileKind}
_SAID: Final = 120
_A_ROW: Final = 2
_OPTIONS: Final = 80
_FEW: Final = 8
_LABELS: Final = 4
_ALIASES: Final = 8
# How many lines of each section the message begins with; all together stay below Telegram's limit.
BEGINNINGS: Final = {
    Section.NOTICES: 4,
    Section.CHANGES: 5,
    Section.ADDED: 0,
    Section.MEANINGS: 4,
    Section.REFUSED: 5,
    Section.WARNINGS: 3,
}


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
    cancel = button("jobs.cancel_button", "job.cancel", job_id=job.id)
    back = [button("jobs.step_back_button", "job.step_back", job_id=job.id)]
    again = [[*back, button("jobs.ask_again_button", "job.ask_again", job_id=job.id)]] if job.answers else []
    preview = ImportPreview.from_json(job.result)
    if questions := open_among(preview, job.answers):
        rest = [[button("jobs.return_rest_button", "job.return_rest", job_id=job.id)]]
        of_column = asked_about_column(questions[0].key)
        more = [] if of_column else [*_labels(job, preview), *rest[: len(questions) - 1]]
        return _asking(job, preview, questions, [*more, *([back] if job.answers else []), [cancel]])
    confirm = button("jobs.confirm_button", "job.confirm", job_id=job.id, seen=job.attempt)
    writes = bool(job.total or answered(job.answers))
    rows = [[confirm, cancel] if writes else [cancel], *_labels(job, preview)]
    line = Text("jobs.ask_confirm" if writes else "jobs.nothing_to_write")
    return View([*_read(job, preview, locale), line], [*rows, *_sections(job, preview, locale), *again])


def _labels(job: Job, preview: ImportPreview) -> list[list[ButtonSpec]]:
    """A button for each of the first columns that are not imported, though they might be."""
    if not preview.free or job.id is None:
        return []
    rows = [[label_button(job.id, one)] for one in preview.unread[:_LABELS]]
    if (more := len(preview.unread) - _LABELS) > 0:
        rows.append([button(Text("jobs.labels_button", count=more), "job.labels", job_id=job.id)])
    return rows


def _asking(
    job: Job,
    preview: ImportPreview,
    questions: Sequence[ImportQuestion],
    more: Sequence[list[ButtonSpec]],
) -> View:
    """The first open question alone; what was read is shown once all are answered.

    A label that has been given to a column is not offered for another one.
    """
    asked, question = len(preview.questions), questions[0]
    of_column = asked_about_column(question.key)
    taken = columns_given(job.answers) if of_column else set()
    options = [one for one in question.options if one.value not in taken]
    buttons = [
        button(one.label, "job.answer", job_id=job.id, question=question.key, value=one.value)
        # The last one declines.
        for one in (*options[: _OPTIONS - 1], *options[_OPTIONS - 1 :][-1:])
    ]
    wide = 1 if len(buttons) <= _FEW else _A_ROW
    rows = [buttons[at : at + wide] for at in range(0, len(buttons), wide)]
    number = asked - len(questions) + 1
    line = Text("jobs.question", number=number, count=asked, question=question.text)
    hint = bool(preview.unread and preview.free) and not of_column
    unread = [Text("jobs.columns_first", labels=heads_text(preview.unread))] if hint else []
    return View([*_heading(job, preview, waiting=True), *unread, line], [*rows, *more])


def _writing(job: Job, _locale: str) -> View:
    return View([Text("jobs.writing", file=job.file_name, done=job.done, total=job.total)])


def _done(job: Job, locale: str) -> View:
    preview = ImportPreview.from_json(job.result)
    if not job.total:
        lines = [*_read(job, preview, locale), Text("jobs.nothing_to_write")]
        return View(lines, _sections(job, preview, locale))
    planned, shown = ImportProgress.of(job).counts, preview.counts
    lines = [Text("jobs.done", file=job.file_name), _counts(job, planned), *children_text(planned)]
    # Warnings and notices are about the file; these counts are about what existed already.
    if any(planned[name] != shown.get(name) for name in planned):
        lines.append(Text("jobs.other_than_shown", counts=_counts(job, shown)))
    if job.refused_id is not None:
        lines.append(Text("jobs.returned_apart"))
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


def _heading(job: Job, preview: ImportPreview, *, waiting: bool = False) -> list[Text]:
    """The file, its kind and the counts; while something is asked, only how many lines wait for it."""
    if job.kind is JobKind.IMPORT:
        return [Text("jobs.preview_of_unknown", file=job.file_name)]
    counts = preview.counts
    title = Text("jobs.preview", file=job.file_name, kind=Text(f"jobs.kind.{_kind(job).value}"))
    if not waiting:
        return [title, _counts(job, counts), *children_text(counts)]
    count, refused = counts.get("waiting", 0), counts.get("refused", 0)
    key = "jobs.waiting_and_refused" if refused else "jobs.waiting_lines"
    return [title, *([Text(key, count=count, refused=refused)] if count else [])]


def _read(job: Job, preview: ImportPreview, locale: str) -> list[Text]:
    """What was read from the file: the counts, and the beginning of each section."""
    lines = _heading(job, preview)
    if aliases := answered(job.answers):
        names = [Text("jobs.alias", name=name, unit=unit) for name, unit in aliases.items()]
        key = "jobs.aliases_more" if len(names) > _ALIASES else "jobs.aliases"
        lines.append(Text(key, aliases=names[:_ALIASES], count=len(names)))
    for section, most in BEGINNINGS.items():
        found = preview.of(section)[:most]
        lines += [remark_line(section, one, locale, _SAID) for one in found]
        if most and (more := preview.size(section) - len(found)) > 0:
            lines.append(Text(f"jobs.more.{section.value}", count=more))
    return lines


def _sections(job: Job, preview: ImportPreview, locale: str) -> list[list[ButtonSpec]]:
    """A button for each section of which the message does not show everything."""
    if job.details_id is None:
        return []
    buttons = [
        button(
            Text(f"jobs.section_button.{section.value}", count=preview.size(section)),
            "job.section",
            job_id=job.id,
            section=section.value,
        )
        for section in Section
        if not _is_shown(preview, section, locale)
    ]
    return [buttons[at : at + _A_ROW] for at in range(0, len(buttons), _A_ROW)]


def _is_shown(preview: ImportPreview, section: Section, locale: str) -> bool:
    """Whether the message holds all lines of the section, and each of them whole."""
    most = BEGINNINGS.get(section, 0)
    return preview.size(section) <= most and not any(
        is_cut(one, locale, _SAID) for one in preview.of(section)[:most]
    )


def _kind(job: Job) -> FileKind:
    return _KINDS.get(job.kind, FileKind.TASKS)


def children_text(counts: Mapping[str, int]) -> list[Text]:
    """How many tasks become children of how many others, if any do."""
    count = counts.get("children", 0)
    return [Text("jobs.children", count=count, parents=counts["parents"])] if count else []


def _counts(job: Job, counts: Mapping[str, int]) -> Text:
    return Text(f"jobs.counts.{_kind(job).value}", **counts)
