"""The contents of a report, wording by wording: words, figures, evidence, and the messages they came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from models import ticks
from models.db import Session, ident
from models.drafts import Draft
from models.progress import Evidence, Figure, ProgressReport, ReportPart, report_revisions, report_totals
from models.tasks import Metric, Task
from reports.formats import short
from services import audit
from services.drafts import draft_changes, draft_parts, task_split
from services.drafts.draft_parts import DraftPart, EvidenceFile
from services.groups import past_tallies
from services.progress import report_figures
from services.turn import Turn

FiledFigures = Sequence[tuple[Figure, Metric]]
LOGGED_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class CorrectionEffect:
    """What a report counted ``before`` and ``after``, and how many sent ``tallies`` it corrects."""

    before: FiledFigures
    after: FiledFigures
    tallies: int


async def write(session: Session, report: ProgressReport, draft: Draft) -> None:
    """Give the report's present wording what the draft holds, but for the figures (``report_figures``)."""
    fill(report, draft)
    session.add(report)
    parts = _parts_of(report, draft)
    for part in parts:
        for file in part.files:
            session.add(evidence(report, part.message_id, file))
    await _write_parts(session, report, draft.chat_id, parts)


def fill(report: ProgressReport, draft: Draft) -> None:
    """Give the report's own columns what the draft says."""
    report.text = draft_parts.words_of(_parts_of(report, draft))
    report.percent = draft_changes.percent_of(draft)
    report.latitude, report.longitude, report.place = draft_changes.location_of(draft) or (None, None, None)


def _parts_of(report: ProgressReport, draft: Draft) -> list[DraftPart]:
    """The draft's parts; of a draft about several tasks, those for the report's."""
    if report.task_id is None or not task_split.is_split(draft):
        return draft_changes.parts_of(draft)
    return task_split.parts_for(draft, report.task_id)


def evidence(report: ProgressReport, message_id: int | None, file: EvidenceFile) -> Evidence:
    """The row of a file of the report's present wording; ``message_id``: the message in which it came."""
    return Evidence(
        report_id=ident(report),
        revision=report.revision,
        message_id=message_id,
        kind=draft_changes.evidence_kind(file),
        file_id=file.file_id,
        file_unique_id=file.file_unique_id,
        file_name=file.file_name,
    )


async def _write_parts(
    session: Session, report: ProgressReport, chat_id: int, parts: Sequence[DraftPart]
) -> None:
    """Store the messages that the report is now made from; editing any other one no longer corrects it."""
    # Nothing was made into a report before its first wording.
    before = await report_revisions.parts_of(session, ident(report)) if report.revision > 1 else ()
    rows = {(row.chat_id, row.message_id): row for row in before}
    for position, part in enumerate(parts):
        if part.message_id is None:
            continue
        where = (part.chat_id or chat_id, part.message_id)
        row = rows.pop(where, None) or await _part_at(session, report, *where)
        if row is None:
            continue
        row.position, row.text, row.album = position, part.text, part.album
        session.add(row)
    for row in rows.values():
        await session.delete(row)
    await session.flush()


async def _part_at(
    session: Session, report: ProgressReport, chat_id: int, message_id: int
) -> ReportPart | None:
    """A new row for that message; None: another report has it.

    A draft that has moved to another chat, as when a group becomes a supergroup, brings the old chat's
    message numbers along.
    """
    if await report_revisions.part_at(session, chat_id, message_id) is not None:
        return None
    return ReportPart(chat_id=chat_id, message_id=message_id, report_id=ident(report), position=0)


async def note_message(session: Session, report: ProgressReport, chat_id: int, message_id: int) -> None:
    """Record that the report was made from this one message."""
    row = await _part_at(session, report, chat_id, message_id)
    if row is not None:
        row.text = report.text
        session.add(row)
        await session.flush()


async def revise(turn: Turn, report: ProgressReport, task: Task, draft: Draft) -> CorrectionEffect:
    """File the draft as the report's next wording; the old one is kept. Task and report are locked."""
    old = await _begin_next(turn, report)
    before = await _logged(turn.session, report, old)
    report.revision += 1
    await turn.session.flush()
    await report_figures.uncount(turn.session, report, [figure for figure, _ in old])
    await write(turn.session, report, draft)
    changed = await report_figures.write(turn.session, report, task, draft_changes.figures_of(draft))
    new = await report_revisions.figures(turn.session, ident(report), report.revision)
    kept = {figure.metric_id for figure, _ in new}
    for figure, metric in old:
        if figure.metric_id not in kept:
            changed += await report_figures.renew_additions(turn.session, report, metric)
    _note(turn, "revise", report, before, await _logged(turn.session, report, new), changed)
    if _counted(old) == _counted(new):
        return CorrectionEffect(old, new, 0)
    return CorrectionEffect(
        old, new, await past_tallies.correct(turn.session, [report, *changed], now=turn.now)
    )


async def withdraw(turn: Turn, report: ProgressReport) -> CorrectionEffect:
    """Take the report back: from now on it counts nowhere. Task and report are locked."""
    old = await _begin_next(turn, report)
    before = await _logged(turn.session, report, old)
    report.revision += 1
    report.withdrawn = True
    turn.session.add(report)
    await turn.session.flush()
    await report_totals.take_off(turn.session, report)
    await report_figures.uncount(turn.session, report, [figure for figure, _ in old])
    changed: list[ProgressReport] = []
    for _, metric in old:
        changed += await report_figures.renew_additions(turn.session, report, metric)
    after: dict[str, object] = {"revision": report.revision, "withdrawn": True}
    _note(turn, "withdraw", report, before, after, changed)
    return CorrectionEffect(
        old, [], await past_tallies.correct(turn.session, [report, *changed], now=turn.now)
    )


async def _begin_next(turn: Turn, report: ProgressReport) -> FiledFigures:
    """Store the present wording as an earlier one, and return its figures.

    No tally can run until the commit, so it either sees the new figures or is corrected.
    """
    await ticks.last_tick(turn.session, "tally")
    report_revisions.keep_wording(turn.session, report, now=turn.now, contact_id=turn.actor.id)
    return await report_revisions.figures(turn.session, ident(report), report.revision)


def _counted(found: FiledFigures) -> set[tuple[int, Decimal, bool]]:
    return {(figure.metric_id, figure.added, figure.approx) for figure, _ in found}


async def _logged(session: Session, report: ProgressReport, found: FiledFigures) -> dict[str, object]:
    """A wording as the audit records it; the tables hold all of it."""
    counted = [
        f"{metric.item} {figure.mode.value} {figure.stated:f}{metric.unit}" for figure, metric in found
    ]
    logged = {"revision": report.revision, "text": short(report.text, LOGGED_TEXT), "figures": counted}
    more = {
        "percent": report.percent,
        "place": report.place,
        "evidence": len(await report_revisions.evidence(session, ident(report), report.revision)),
    }
    return logged | {name: value for name, value in more.items() if value}


def _note(
    turn: Turn,
    event: str,
    report: ProgressReport,
    before: dict[str, object],
    after: dict[str, object],
    changed: Sequence[ProgressReport],
) -> None:
    if changed:
        after["recounted"] = list(dict.fromkeys(other.receipt_no for other in changed))
    subject = ("report", report.id)
    audit.note(turn, event, subject, before=before, after=after)
