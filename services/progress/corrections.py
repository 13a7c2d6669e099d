"""Correcting a filed report: an edited message, ``/undo``, 更正 and 撤销."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from locales import Text
from models.db import Session
from models.drafts import DraftKind
from models.progress import ProgressReport, ReportKind, report_revisions
from rules.progress.report_words import is_zero_report
from services.access import Actor
from services.campaign import Campaign
from services.drafts import correction_drafts, draft_changes, draft_kinds
from services.drafts.correction_drafts import OpenedCorrection
from services.drafts.draft_parts import EVIDENCE_LIMIT, TEXT_LIMIT, Addition, DraftPart, EvidenceFile
from services.errors import DomainError
from services.progress import report_card, report_corrections, report_lines
from services.progress.report_corrections import OwnReport
from services.views import ButtonSpec, View, button, say


async def is_part(session: Session, actor: Actor, chat_id: int, message_id: int) -> bool:
    """Whether one of ``actor``'s reports was made from this message."""
    part = await report_revisions.part_at(session, chat_id, message_id)
    report = None if part is None else await session.get(ProgressReport, part.report_id)
    return report is not None and report.contact_id == actor.id


async def correct_by_edit(
    session: Session,
    actor: Actor,
    chat_id: int,
    message_id: int,
    addition: Addition,
    *,
    now: datetime,
    thread_id: int | None = None,
) -> View | None:
    """Correct the report that was made from a message which its author has now edited.

    If everything is clear, the report is corrected at once and the receipt says so; else a card asks. None:
    nothing more is to be said.
    """
    row = await report_revisions.part_at(session, chat_id, message_id)
    if row is None:
        return None
    found = await report_corrections.mine(session, actor, row.report_id)
    filed = await correction_drafts.parts_of(session, found.report)
    parts = _with_edited(filed, chat_id, message_id, addition)
    if parts is None:
        return None
    report_corrections.refuse_unchangeable(found)
    zero = is_zero_report(" ".join(part.text for part in parts)) and not any(part.files for part in parts)
    if found.report.kind is ReportKind.ZERO:
        if zero:
            return None
        raise DomainError("corrections.zero_stays")
    if zero:
        raise DomainError("corrections.progress_stays")
    opened = await correction_drafts.open_again(session, actor, found.report, parts, chat_id=chat_id, now=now)
    opened.draft.thread_id = thread_id
    if opened.clear:
        await report_corrections.file(session, actor, opened.draft, found, now=now)
        return None
    return await _show_card(session, actor, chat_id, opened, now)


def _with_edited(
    parts: Sequence[DraftPart], chat_id: int, message_id: int, addition: Addition
) -> list[DraftPart] | None:
    """The parts with the edited one in its place; None if it says and shows the same as before."""
    changed = []
    for part in parts:
        edited = part
        if part.is_message(chat_id, message_id):
            edited = replace(part, text=addition.text, files=_files_of(part, addition))
        changed.append(edited)
    if changed == list(parts):
        return None
    if sum(len(part.text) + 1 for part in changed) - 1 > TEXT_LIMIT:
        raise DomainError("progress.too_long", limit=TEXT_LIMIT)
    if sum(len(part.files) for part in changed) > EVIDENCE_LIMIT:
        raise DomainError("progress.too_many_files", limit=EVIDENCE_LIMIT)
    return changed


def _files_of(part: DraftPart, addition: Addition) -> tuple[EvidenceFile, ...]:
    """The files of the edited message.

    The same file may come under another id, and a file of an album that was left out stays left out. A
    message of words only may have been given a picture.
    """
    old, new = part.files, tuple(addition.files)
    same = [file.file_unique_id for file in old] == [file.file_unique_id for file in new]
    return old if same or not (old or part.album is None) else new


async def _show_card(
    session: Session, actor: Actor, chat_id: int, opened: OpenedCorrection, now: datetime
) -> View:
    """Open the correction as a draft, which is confirmed like any report.

    Another unfinished draft stays, unless nothing was written for it: 更正 may be pressed twice, or on one
    report after another.
    """
    if await draft_kinds.unfinished(session, actor, chat_id, DraftKind.REPORT) is not None:
        raise DomainError("corrections.finish_first")
    draft = await draft_changes.open_draft(session, actor, chat_id, now=now, task_id=opened.draft.task_id)
    correction_drafts.copy_into(draft, opened)
    session.add(draft)
    await session.flush()
    return await report_card.draft_view(session, actor, draft)


async def ask(session: Session, actor: Actor, *, campaign: Campaign) -> View:
    """``/undo``: the last report, and what can be done about it."""
    report = await report_revisions.last_standing(session, actor.id)
    if report is None or report.id is None:
        return say("corrections.nothing_to_undo")
    return await _question(session, actor, await report_corrections.mine(session, actor, report.id), campaign)


async def _question(
    session: Session, actor: Actor, found: OwnReport, campaign: Campaign, *notes: Text
) -> View:
    """The report as it stands, with the buttons that apply."""
    lines = [*notes, *await report_lines.of(session, found.report, found.task, campaign)]
    if found.report.withdrawn:
        lines.append(Text("corrections.is_withdrawn"))
    else:
        lines.append(found.hindrance or Text("corrections.ask"))
    return View(lines, buttons(actor, found), found.task_ids)


def buttons(actor: Actor, found: OwnReport) -> list[list[ButtonSpec]]:
    """确认撤销, 更正 and 不撤销 if the report may be changed."""
    if found.hindrance is not None:
        return []
    about = {"report_id": found.report.id, "revision": found.report.revision}
    row = [button("corrections.withdraw_button", "correction.withdraw", actor.id, **about)]
    if found.report.kind is ReportKind.PROGRESS:
        row.append(button("corrections.correct_button", "correction.begin", actor.id, **about))
    return [row, [button("corrections.keep_button", "correction.keep", actor.id)]]


async def withdraw(
    session: Session, actor: Actor, report_id: int, revision: int, *, now: datetime, campaign: Campaign
) -> View:
    """确认撤销. An old button changes nothing and shows how the report stands."""
    found = await report_corrections.mine(session, actor, report_id)
    if (stands := await _as_it_stands(session, actor, found, revision, campaign)) is not None:
        return stands
    await report_corrections.withdraw(session, actor, found, now=now)
    return say("corrections.withdrawn", number=found.report.receipt_no)


async def begin(
    session: Session,
    actor: Actor,
    chat_id: int,
    report_id: int,
    revision: int,
    *,
    now: datetime,
    campaign: Campaign,
) -> View:
    """更正: the report as a draft. The next words replace its words; files stay."""
    found = await report_corrections.mine(session, actor, report_id)
    if (stands := await _as_it_stands(session, actor, found, revision, campaign)) is not None:
        return stands
    parts = await correction_drafts.parts_of(session, found.report)
    opened = await correction_drafts.open_again(session, actor, found.report, parts, chat_id=chat_id, now=now)
    opened.draft.awaiting_text = True
    card = await _show_card(session, actor, chat_id, opened, now)
    return replace(card, lines=[*card.lines, Text("corrections.write_anew")])


async def _as_it_stands(
    session: Session, actor: Actor, found: OwnReport, revision: int, campaign: Campaign
) -> View | None:
    """The view that an old button shows; None: the report is unchanged since the button was made."""
    if found.report.withdrawn:
        return await _question(session, actor, found, campaign)
    if found.report.revision != revision:
        return await _question(session, actor, found, campaign, Text("corrections.changed_since"))
    report_corrections.refuse_unchangeable(found)
    return None


def unchanged_view() -> View:
    """不撤销."""
    return say("corrections.kept")
