"""Reporting progress in conversation: from the first words to the card that is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from locales import Text
from models import drafts, tasks
from models.db import Session, ident
from models.drafts import Draft, DraftKind
from models.tasks import Task
from reports.formats import short
from rules.progress.percent import read_percent
from rules.progress.report_words import is_zero_report
from rules.tasks.task_lifecycle import OPEN_STATES
from services import once_a_day, questions
from services.drafts import (
    correction_drafts,
    draft_changes,
    draft_kinds,
    draft_parts,
    kept_choices,
    repeated_words,
    task_split,
)
from services.drafts.draft_changes import Addition
from services.errors import DomainError
from services.progress import (
    another_report,
    filing,
    late_evidence,
    late_reports,
    parent_choice,
    report_card,
    reportable_tasks,
    zero_reports,
)
from services.progress.another_report import Answer
from services.tasks import blank_reports
from services.turn import Turn
from services.views import View, say


async def begin(turn: Turn, task_id: int, window: str | None = None) -> View:
    """报进展 was pressed, perhaps for a line's window: a draft waits for words or photos, or has them."""
    task = await filing.open_task(turn.session, turn.actor, task_id)
    draft = await _unfinished(turn, [task_id])
    opened = draft or await draft_changes.open_draft(turn, task_id=task_id)
    late_reports.begin_for(opened, task_id, window)
    if draft is None:
        return await _ask_text(turn, task, await late_reports.begun_lines(turn, opened))
    await _settle_on(turn, draft, [task_id])
    task_split.note_picked(draft)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def _ask_text(turn: Turn, task: Task, about: Sequence[Text] = ()) -> View:
    await questions.ask_for_paper(turn)
    line = Text("progress.ask_text", objective=short(task.objective, 60))
    blank = await blank_reports.last_blank(turn, ident(task))
    return View([line, *about, *blank.lines], [blank.buttons] if blank.buttons else (), [ident(task)])


async def _settle_on(turn: Turn, draft: Draft, task_ids: Sequence[int]) -> None:
    """Make the draft about these tasks; numbers filed under another task's metrics are read anew."""
    if task_split.tasks_of(draft) != list(task_ids):
        task_split.settle(draft, task_ids)
        draft.content = {**draft.content, "figures": []}
    await draft_changes.reread(turn, draft)
    await late_reports.note(turn, draft, written=False)


async def _unfinished(turn: Turn, about: Sequence[int]) -> Draft | None:
    """Words or photos that wait for a task, or a draft about one of ``about``.

    A draft about another task is not discarded without asking: ``DomainError`` says to finish it first.
    """
    draft = await draft_kinds.unfinished(turn, DraftKind.REPORT)
    if draft is None:
        return None
    task = None if draft.task_id is None else await tasks.task_by_id(turn.session, draft.task_id)
    if task is None or task.state not in OPEN_STATES:
        # A filed report can no longer be corrected; later words have nothing to do with a task that is over.
        alone = task is not None and len(task_split.tasks_of(draft)) == 1
        stale = alone and abs(turn.now - draft.updated_at) > questions.KEPT
        return None if stale or draft.report_id is not None else draft
    if task.id in about:
        return draft
    raise _finish_first(task)


def _finish_first(task: Task) -> DomainError:
    return DomainError("progress.finish_first", objective=short(task.objective, 60))


async def begin_without_task(turn: Turn) -> View:
    """``/report``: take the only task or offer several; an unfinished report is shown again."""
    draft = await draft_kinds.unfinished(turn, DraftKind.REPORT)
    if draft is not None:
        return await report_card.draft_view(turn.session, turn.actor, draft)
    candidates = await reportable_tasks.offered(turn)
    if len(candidates) == 1 and candidates[0].id is not None:
        return await begin(turn, candidates[0].id)
    draft = await draft_changes.open_draft(turn, task_id=None)
    draft.content = {"candidates": [task.id for task in candidates]}
    return await report_card.choose_task(turn.session, draft, candidates, turn.actor)


async def begin_in_words(turn: Turn, addition: Addition, *, about: Sequence[int]) -> View | None:
    """``/report`` with words: as ``receive``, but they do not answer 更正, whose report stays as it is."""
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is not None and await correction_drafts.is_untouched(turn.session, draft):
        await draft_changes.discard(turn)
    return await receive(turn, addition, about=about)


async def receive(turn: Turn, addition: Addition, *, about: Sequence[int]) -> View | None:
    """Handle what a contact wrote or sent, other than a command.

    ``about``: the tasks of the message that it replies to. The answer is the card, a question which task is
    meant, or nothing: while an album comes in, its card is due later (``services.delivery.prompts``).
    """
    if not (addition.files or addition.text or addition.location):
        raise DomainError("help.unsupported")
    draft = await _draft_here(turn)
    if _is_zero(addition):
        return await _zero(turn, draft, addition, about)
    if addition.album is None:
        return await _add(turn, draft, addition, about)
    if not (draft and draft_parts.holds_album(draft, addition.album)):
        joined = await late_evidence.join_report(turn, addition)
        if joined is not None:
            return await once_a_day.once_for_album(
                turn.session, turn.chat, addition.album, joined, now=turn.now
            )
    try:
        async with turn.session.begin_nested():
            return await _add(turn, draft, addition, about)
    except DomainError as refusal:
        return await once_a_day.once_for_album(
            turn.session, turn.chat, addition.album, View([refusal.text]), now=turn.now
        )


async def _draft_here(turn: Turn) -> Draft | None:
    """The draft that a message may continue.

    The question that 更正 asks becomes stale: today's words must not replace yesterday's report.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is not None and draft.kind is not DraftKind.REPORT:
        return None
    if draft is None or abs(turn.now - draft.updated_at) <= questions.KEPT:
        return draft
    if not await correction_drafts.is_untouched(turn.session, draft):
        return draft
    await draft_changes.discard(turn)
    return None


def _is_zero(addition: Addition) -> bool:
    """Whether it is the person's own 无情况; a forwarded message is not their own."""
    alone = not addition.files and addition.location is None and addition.source is None
    return alone and is_zero_report(addition.text)


async def _add(turn: Turn, draft: Draft | None, addition: Addition, about: Sequence[int]) -> View | None:
    # The draft changes step by step, and no query on the way reads it: it is written once, at the end.
    with turn.session.no_autoflush:
        return await _added(turn, draft, addition, about)


async def _added(turn: Turn, draft: Draft | None, addition: Addition, about: Sequence[int]) -> View | None:
    elsewhere = draft is not None and set(task_split.tasks_of(draft)).isdisjoint(about)
    if draft is not None and elsewhere and draft_parts.holds_album(draft, addition.album):
        # Only one part of an album may be the reply; anything else that came in by then stays with its task.
        if about and draft_parts.is_only_album(draft, addition.album):
            task_split.settle(draft, [])
        else:
            about = ()
    if draft is not None and repeated_words.asks(draft) and not repeated_words.is_in(turn, draft, addition):
        draft = await _instead_of_an_answer(turn, draft, addition)
    if draft is None or not await _goes_on(turn.session, draft, about):
        draft = await _draft_for(turn, addition, about)
        await repeated_words.note_filed(turn, draft, addition)
    elif another_report.waits(draft):
        raise DomainError("progress.another.first")
    elif repeated_words.is_in(turn, draft, addition):
        return await _not_counted_again(turn, draft, addition)
    elif draft.awaiting_text and draft.task_id is not None:
        await _follow_words(turn, draft, addition)
    elif not about and (others := await _others_to_ask(turn, draft, addition)):
        return await another_report.ask(turn, draft, addition, others)
    else:
        await _place(turn, draft, addition)
    draft.thread_id = turn.thread
    show_now = await draft_changes.add(turn, draft, addition)
    await late_reports.note(turn, draft, written=bool(addition.text))
    await turn.session.flush()
    if not show_now:
        return None
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def _instead_of_an_answer(turn: Turn, draft: Draft, addition: Addition) -> Draft | None:
    """The draft after something else has come than the answer whether its words count once more.

    With a file they are no repetition. Other words leave them aside, as nobody has said that they count.
    """
    if addition.text:
        await draft_changes.discard(turn)
        return None
    repeated_words.forget(draft)
    return draft


async def _not_counted_again(turn: Turn, draft: Draft, addition: Addition) -> View:
    """Show the card once more, with what the draft has already."""
    repeated_words.keep_aside(draft, addition)
    draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def count_again(turn: Turn, revision: int) -> View:
    """另计一次 was pressed: the same words count once more."""
    draft = await draft_changes.current(turn, revision)
    part = repeated_words.kept_aside(draft)
    repeated_words.forget(draft)
    if part is None:
        draft_changes.store(draft, draft_changes.figures_of(draft), turn.now)
    else:
        draft_parts.append(draft, Addition(part.text, message_id=part.message_id))
        await draft_changes.reread_and_compare(turn, draft)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def _place(turn: Turn, draft: Draft, addition: Addition) -> None:
    """Give a draft without a task the task that the words name, if they do."""
    if draft.task_id is None and addition.text:
        candidates = await reportable_tasks.offered(turn)
        task_split.settle(draft, await reportable_tasks.meant(turn, candidates, addition.text))


async def _others_to_ask(turn: Turn, draft: Draft, addition: Addition) -> list[int]:
    """The tasks that the words fit instead of the draft's own; the person is asked about them.

    Words that fit both split the draft, as they would in one message. So does an album, whose parts cannot
    wait for an answer. Who stands in for somebody may count under several units, so they finish one first.
    """
    candidates = await reportable_tasks.open_to(turn) if addition.text else []
    others, with_own = await another_report.others_named(turn, draft, addition, candidates)
    if others and turn.actor.represented:
        raise _finish_first(await turn.session.get_one(Task, draft.task_id))
    if others and (with_own or addition.album is not None) and draft_changes.percent_of(draft) is None:
        task_split.settle(draft, [*task_split.tasks_of(draft), *others])
        return []
    return [] if addition.album is not None else others


async def edit_part(turn: Turn, message_id: int, addition: Addition) -> bool:
    """Apply an edited message to its part of the draft; the card changes at once.

    False: the message is no part of it.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.kind is not DraftKind.REPORT:
        return False
    if another_report.asks_about(draft, message_id):
        candidates = await reportable_tasks.open_to(turn)
        others, _ = await another_report.others_named(turn, draft, addition, candidates)
        another_report.change(turn, draft, addition, others)
        return True
    if not draft_parts.holds_message(draft, message_id):
        return await _change_repeated(turn, draft, message_id, addition)
    if repeated_words.asks(draft):
        repeated_words.forget(draft)
        await repeated_words.note_filed(turn, draft, addition)
    await _place(turn, draft, addition)
    await _follow_words(turn, draft, addition)
    await draft_changes.change_part(turn, draft, message_id, addition)
    await late_reports.note(turn, draft)
    return True


async def _change_repeated(turn: Turn, draft: Draft, message_id: int, addition: Addition) -> bool:
    """The message that was not counted, as it said the same, was edited: it counts with its new words."""
    kept = repeated_words.kept_aside(draft)
    if kept is None or not kept.is_message(draft.chat_id, message_id):
        return False
    if repeated_words.is_in(turn, draft, addition):
        return True
    repeated_words.forget(draft)
    await _place(turn, draft, addition)
    await _follow_words(turn, draft, addition)
    draft_parts.append(draft, addition)
    await draft_changes.reread_and_compare(turn, draft)
    draft.card_due_at = draft.card_due_at or addition.arrived_at or turn.now
    await late_reports.note(turn, draft)
    return True


async def _follow_words(turn: Turn, draft: Draft, addition: Addition) -> None:
    """Let the draft be about the tasks that words written anew name, among those it could be about.

    They are an edited message, or what follows 修改. A task that the person picked stays until 修改.
    """
    anew = draft.awaiting_text and bool(draft.text)
    if task_split.is_picked(draft) and not anew:
        return
    offered = set(draft_changes.candidates_of(draft))
    percent = read_percent(addition.text) if draft.awaiting_text else draft_changes.percent_of(draft)
    if draft.task_id is None or len(offered) < 2 or percent is not None:
        return
    candidates = [task for task in await reportable_tasks.open_to(turn) if task.id in offered]
    others, with_own = await another_report.others_named(turn, draft, addition, candidates)
    if others and not turn.actor.represented:
        task_split.settle(draft, [*task_split.tasks_of(draft), *others])
    elif len(others) == 1 and not with_own:
        task_split.settle(draft, others)


async def _zero(turn: Turn, draft: Draft | None, addition: Addition, about: Sequence[int]) -> View:
    """无情况: about the task that was replied to or asked about, else about the whole unit."""
    task_id = about[0] if len(about) == 1 else None
    if draft is not None and draft.report_id is not None and draft.awaiting_text:
        # It answers 更正 and does not report about the whole unit.
        await draft_changes.discard(replace(turn, chat=draft.chat_id))
        return say("corrections.progress_stays")
    if draft is not None and set(about) <= set(task_split.tasks_of(draft)):
        empty = draft_changes.is_empty(draft)
        # 修改: it takes the place of the words; without a file nothing else is left.
        if empty or (draft.awaiting_text and not draft_changes.files_of(draft)):
            task_id = draft.task_id if empty else task_id
            await draft_changes.discard(replace(turn, chat=draft.chat_id))
    if task_id is None:
        return await zero_reports.of_unit(turn, addition.text, addition.message_id)
    return await zero_reports.of_task(turn, task_id, addition.text, addition.message_id)


async def _goes_on(session: Session, draft: Draft, about: Sequence[int]) -> bool:
    """Whether a message belongs to the draft; not if it replies about another task, or the task is over."""
    own = task_split.tasks_of(draft)
    if about and set(own).isdisjoint(about):
        return False
    task = None if draft.task_id is None else await tasks.task_by_id(session, draft.task_id)
    return draft.task_id is None or (task is not None and task.state in OPEN_STATES)


async def _draft_for(turn: Turn, addition: Addition, about: Sequence[int]) -> Draft:
    """A draft for a message, which also gives words or photos that waited for a task their task."""
    unfinished = await _unfinished(turn, about)
    if about:
        await reportable_tasks.refuse_finished(turn.session, turn.actor, about)
    candidates = await reportable_tasks.offered(turn)
    named = [task for task in candidates if task.id in about]
    if about and not named:
        raise DomainError("tasks.not_yours_to_report")
    candidates = named or candidates
    meant = await reportable_tasks.meant(turn, candidates, addition.text)
    draft = unfinished or await draft_changes.draft_for_words(turn)
    if unfinished is not None:
        await _settle_on(turn, draft, meant)
    else:
        task_split.settle(draft, meant)
    draft.content = {**draft.content, "candidates": [task.id for task in candidates]}
    return draft


async def pick_task(turn: Turn, revision: int, task_id: int) -> View:
    """Take the contact's choice of the task that the draft is about."""
    draft = await draft_changes.current(turn, revision)
    task = await filing.open_task(turn.session, turn.actor, task_id)
    chosen = await parent_choice.note(turn.session, draft, task)
    await _settle_on(turn, draft, [task_id])
    await kept_choices.bring(turn, draft, chosen)
    task_split.note_picked(draft)
    if draft_changes.is_empty(draft):
        return await _ask_text(turn, task)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def answer_another(turn: Turn, revision: int, answer: Answer) -> View:
    """另一份报告？ was answered: the card of what the draft is now."""
    draft = await draft_changes.current(turn, revision)
    await another_report.settle(turn, draft, answer)
    await late_reports.note(turn, draft, written=False)
    return await report_card.draft_view(turn.session, turn.actor, draft)


async def cancel(turn: Turn, *, asked: bool = False) -> View:
    """``/cancel`` and 取消: discard the draft. ``asked``: an open question was dropped as well."""
    gone = await draft_changes.discard(turn)
    return say("progress.cancelled" if gone or asked else "progress.nothing_to_cancel")
