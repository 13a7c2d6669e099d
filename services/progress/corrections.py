"""Correcting a filed report: an edited message, ``/undo``, 更正 and 撤销."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from locales import Text
from models.drafts import DraftKind
from models.progress import ProgressReport, ReportKind, report_lookup, report_revisions
from rules.people.typed_names import normalise
from rules.progress.report_words import RECEIPT_NUMBER, is_zero_report
from services.access import Actor
from services.drafts import correction_drafts, draft_changes, draft_kinds
from services.drafts.correction_drafts import OpenedCorrection
from services.drafts.draft_parts import EVIDENCE_LIMIT, TEXT_LIMIT, Addition, DraftPart, EvidenceFile
from services.errors import DomainError
from services.progress import report_card, report_corrections, report_lines
from services.progress.report_corrections import OwnReport
from services.turn import Turn
from services.views import ButtonSpec, View, button, say


async def is_part(turn: Turn, message_id: int) -> bool:
    """Whether one of the sender's reports was made from this message."""
    part = await report_revisions.part_at(turn.session, turn.chat, message_id)
    report = None if part is None else await turn.session.get(ProgressReport, part.report_id)
    return report is not None and report.contact_id == turn.actor.id


async def correct_by_edit(turn: Turn, message_id: int, addition: Addition) -> View | None:
    """Correct the report that was made from a message which its author has now edited.

    If everything is clear, the report is corrected at once and the receipt says so; else a card asks. None:
    nothing more is to be said.
    """
    row = await report_revisions.part_at(turn.session, turn.chat, message_id)
    if row is None:
        return None
    found = await report_corrections.mine(turn, row.report_id)
    if others := await report_lookup.filed_together(turn.session, found.report):
        numbers = [report.receipt_no for report in (found.report, *others)]
        return say("corrections.split_message", numbers=numbers)
    filed = await correction_drafts.parts_of(turn.session, found.report)
    parts = _with_edited(filed, turn.chat, message_id, addition)
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
    opened = await correction_drafts.open_again(turn, found.report, parts)
    opened.draft.thread_id = turn.thread
    if opened.clear:
        await report_corrections.file(turn, opened.draft, found)
        return None
    return await _show_card(turn, opened)


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


async def _show_card(turn: Turn, opened: OpenedCorrection) -> View:
    """Open the correction as a draft, which is confirmed like any report.

    Another unfinished draft stays, unless nothing was written for it: 更正 may be pressed twice, or on one
    report after another.
    """
    if await draft_kinds.unfinished(turn, DraftKind.REPORT) is not None:
        raise DomainError("corrections.finish_first")
    draft = await draft_changes.open_draft(turn, task_id=opened.draft.task_id)
    correction_drafts.copy_into(draft, opened)
    turn.session.add(draft)
    await turn.session.flush()
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def ask(turn: Turn, words: str = "") -> View:
    """``/undo``: the last report, or the one with that receipt number, and what can be done about it.

    ``DomainError``: that report is not theirs, or there is none.
    """
    if (number := RECEIPT_NUMBER.search(normalise(words))) is not None:
        named = await report_lookup.report_by_number(turn.session, number[0])
        if named is None or named.id is None:
            raise DomainError("corrections.no_such_report", number=number[0])
        return await _question(turn, await report_corrections.mine(turn, named.id))
    report = await report_revisions.last_standing(turn.session, turn.actor.id)
    if report is None or report.id is None:
        return say("corrections.nothing_to_undo")
    return await _question(turn, await report_corrections.mine(turn, report.id))


async def _question(turn: Turn, found: OwnReport, *notes: Text) -> View:
    """The report as it stands, with the buttons that apply."""
    lines = [*notes, *await report_lines.of(turn.session, found.report, found.task, turn.campaign)]
    if found.report.withdrawn:
        lines.append(Text("corrections.is_withdrawn"))
    else:
        lines.append(found.hindrance or Text("corrections.ask"))
    return View(lines, buttons(turn.actor, found), found.task_ids)


def buttons(actor: Actor, found: OwnReport) -> list[list[ButtonSpec]]:
    """确认撤销, 更正 and 不撤销 if the report may be changed."""
    if found.hindrance is not None:
        return []
    about = {"report_id": found.report.id, "revision": found.report.revision}
    row = [button("corrections.withdraw_button", "correction.withdraw", actor.id, **about)]
    if found.report.kind is ReportKind.PROGRESS:
        row.append(button("corrections.correct_button", "correction.begin", actor.id, **about))
    return [row, [button("corrections.keep_button", "correction.keep", actor.id)]]


async def withdraw(turn: Turn, report_id: int, revision: int) -> View:
    """确认撤销. An old button changes nothing and shows how the report stands."""
    found = await report_corrections.mine(turn, report_id)
    if (stands := await _as_it_stands(turn, found, revision)) is not None:
        return stands
    await report_corrections.withdraw(turn, found)
    return say("corrections.withdrawn", number=found.report.receipt_no)


async def begin(turn: Turn, report_id: int, revision: int) -> View:
    """更正: the report as a draft. The next words replace its words; files stay."""
    found = await report_corrections.mine(turn, report_id)
    if (stands := await _as_it_stands(turn, found, revision)) is not None:
        return stands
    parts = await correction_drafts.parts_of(turn.session, found.report)
    opened = await correction_drafts.open_again(turn, found.report, parts)
    opened.draft.awaiting_text = True
    card = await _show_card(turn, opened)
    return replace(card, lines=[*card.lines, Text("corrections.write_anew")])


async def _as_it_stands(turn: Turn, found: OwnReport, revision: int) -> View | None:
    """The view that an old button shows; None: the report is unchanged since the button was made."""
    if found.report.withdrawn:
        return await _question(turn, found)
    if found.report.revision != revision:
        return await _question(turn, found, Text("corrections.changed_since"))
    report_corrections.refuse_unchangeable(found)
    return None
