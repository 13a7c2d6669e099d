"""What the office answers about a file before it is imported. The last answer has the file read again."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locales import Text
from models import importing
from models.db import ident
from models.delivery.live_messages import LiveKind
from models.importing import Job, JobState
from reports.formats import short
from services import audit, live_updates
from services.access import require_office
from services.errors import DomainError
from services.importing.jobs.import_jobs import PREVIEW_KEPT, open_questions
from services.importing.plans.previews import ImportPreview
from services.importing.rows.chosen_columns import asked_about_column, columns_given, label_key
from services.importing.rows.questions import KEPT, RETURN_REST
from services.importing.rows.sheet_lines import named_column
from services.turn import Turn
from services.views import ButtonSpec, View, button, say

_BUTTONS_A_ROW: Final = 2
_LABELS: Final = 90
_LABEL: Final = 16


async def answer(turn: Turn, job_id: int, question: str, value: str) -> Text:
    """Answer one question, once: the first press of an office member counts. Returns the answer to it."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return job
    asked = next((one for one in open_questions(job) if one.key == question), None)
    if asked is None:
        return Text("jobs.answered_already")
    chosen = next((option for option in asked.options if option.value == value), None)
    if chosen is None:
        raise DomainError("buttons.expired")
    if value and asked_about_column(question) and value in columns_given(job.answers):
        return Text("jobs.answered_already")
    await _keep(turn, job, {**job.answers, question: value})
    return Text("jobs.answered", answer=chosen.label)


async def step_back(turn: Turn, job_id: int) -> Text:
    """Take the last answer back, and ask its question again."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return job
    if not job.answers:
        return Text("jobs.answered_already")
    *before, last = job.answers
    asked = {one.key for one in ImportPreview.from_json(job.result).questions}
    await _keep(turn, job, {key: job.answers[key] for key in before}, again=last not in asked)
    return Text("jobs.asked_again")


async def assign(turn: Turn, job_id: int, label: str, column: str) -> View:
    """State which column a label means. The file is read again at once."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return View([job])
    preview = ImportPreview.from_json(job.result)
    if label not in preview.unread or column not in preview.free:
        return say("jobs.answered_already")
    await _keep(turn, job, {**job.answers, label_key(label): column}, again=True)
    named = named_column(column)
    return say("jobs.assigned", label=label, column=named)


async def return_rest(turn: Turn, job_id: int) -> Text:
    """Answer nothing more about lines: those that wait for an answer go back to the sender."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return job
    await _keep(turn, job, {**job.answers, RETURN_REST: KEPT}, again=True)
    return Text("jobs.reading_again")


async def ask_again(turn: Turn, job_id: int) -> Text:
    """Forget all answers, and ask anew."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return job
    await _keep(turn, job, {}, again=True)
    return Text("jobs.reading_again")


async def choose_column(turn: Turn, job_id: int, label: str) -> View:
    """The columns that a label of the file may mean."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return View([job])
    preview = ImportPreview.from_json(job.result)
    if label not in preview.unread:
        raise DomainError("buttons.expired")
    account = turn.actor.id
    buttons = [
        button(
            Text("importing.ask.column_button", column=named_column(column)),
            *("job.assign", account),
            job_id=job_id,
            label=label,
            column=column,
        )
        for column in preview.free
    ]
    rows = [buttons[at : at + _BUTTONS_A_ROW] for at in range(0, len(buttons), _BUTTONS_A_ROW)]
    leave = button("jobs.not_assigned_button", "job.not_assigned", account)
    return View([Text("jobs.ask_label", label=label)], [*rows, [leave]])


async def list_labels(turn: Turn, job_id: int) -> View:
    """All columns that are not imported, each with the button to assign it."""
    job = await _in_preview(turn, job_id)
    if isinstance(job, Text):
        return View([job])
    labels = ImportPreview.from_json(job.result).unread[:_LABELS]
    buttons = [label_button(job_id, label, turn.actor.id) for label in labels]
    rows = [buttons[at : at + _BUTTONS_A_ROW] for at in range(0, len(buttons), _BUTTONS_A_ROW)]
    return View([Text("jobs.ask_which_label", count=len(labels))], rows)


def label_button(job_id: int, label: str, only_for: int | None = None) -> ButtonSpec:
    """The button that asks which column a label means."""
    text = Text("jobs.label_button", label=short(label, _LABEL))
    return button(text, "job.label", only_for, job_id=job_id, label=label)


async def _in_preview(turn: Turn, job_id: int) -> Job | Text:
    """The job, locked, while its preview waits for the office; else the line that says how it stands."""
    require_office(turn.actor)
    job = await importing.locked(turn.session, job_id)
    if job is None:
        raise DomainError("buttons.expired")
    if job.state is JobState.PREVIEW and _is_current(job, turn.now):
        return job
    if job.state is JobState.PREVIEW:
        return Text("jobs.too_late")
    return Text(f"jobs.state.{job.state.value}")


def _is_current(job: Job, now: datetime) -> bool:
    return now - job.updated_at <= PREVIEW_KEPT


async def _keep(turn: Turn, job: Job, answers: dict[str, str], *, again: bool = False) -> None:
    """Keep the answers; once none is missing, or ``again``, the file waits to be read with them."""
    before = dict(job.answers)
    job.answers, job.updated_at = answers, turn.now
    if again or not open_questions(job):
        job.state = JobState.WAITING
    turn.session.add(job)
    await turn.session.flush()
    await live_updates.touch(turn.session, LiveKind.JOB, ident(job))
    audit.note(turn, "answer", ("job", job.id), before=_only(before, answers), after=_only(answers, before))


def _only(answers: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    """The answers that the other set has not, or has otherwise."""
    return {key: value for key, value in answers.items() if other.get(key) != value}
