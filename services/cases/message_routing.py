"""Where a message in a private chat belongs: to a draft, a case, a new problem, or a progress report.

A draft is the half-made paper of this chat. A message belongs to a case if it replies to a message about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

from models import cases, drafts
from models import progress as reports
from models.cases import Case
from models.drafts import Draft, DraftKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.progress.report_words import is_zero_report
from services import once_a_day, questions
from services.activities import activity_dialogue
from services.cases import case_steps
from services.cases.deciding import verifying
from services.cases.handling import feedback
from services.cases.submitting import issue_submission, late_case_files
from services.drafts import draft_changes, draft_kinds, draft_parts
from services.drafts.draft_changes import Addition
from services.errors import DomainError
from services.notices import notice_dialogue
from services.progress import reportable_tasks
from services.turn import Turn
from services.views import View


class OtherMessage(Enum):
    """The answer for a message that is not about a case: it is a progress report, or about one."""

    NOT_MINE = "not_mine"


NOT_MINE: Final = OtherMessage.NOT_MINE
# Papers that somebody may open and leave.
_LEFT: Final = frozenset({DraftKind.ISSUE, DraftKind.ACTIVITY, DraftKind.NOTICE})
IncomingAnswer = View | None | OtherMessage


async def receive(
    turn: Turn, addition: Addition, about_cases: Sequence[int] = (), *, about: Sequence[int] = ()
) -> IncomingAnswer:
    """Put a message where it belongs, and return the answer.

    None while an album comes in: its card comes later. ``about``, ``about_cases``: the tasks and the cases of
    the message that it replies to.
    """
    if addition.album is None:
        return await _receive(turn, addition, about_cases, about)
    try:
        async with turn.session.begin_nested():
            return await _receive(turn, addition, about_cases, about)
    except DomainError as refusal:
        # An album is refused once, not each of its parts.
        return await once_a_day.once_for_album(
            turn.session, turn.chat, addition.album, View([refusal.text]), now=turn.now
        )


async def _receive(
    turn: Turn, addition: Addition, about_cases: Sequence[int], about: Sequence[int]
) -> IncomingAnswer:
    draft = await _open_draft(turn)
    if draft is None or not draft_parts.holds_album(draft, addition.album):
        joined = await late_case_files.join_case(turn, addition)
        joined = joined or await late_case_files.join_feedback(turn, addition)
        if joined is not None:
            return await once_a_day.once_for_album(
                turn.session, turn.chat, addition.album, joined, now=turn.now
            )
        draft = await _draft_for(turn, draft, addition, about, about_cases)
    if draft is None or draft.kind is DraftKind.REPORT:
        return NOT_MINE
    draft.thread_id = turn.thread
    return await _put(turn, draft, addition)


async def _put(turn: Turn, draft: Draft, addition: Addition) -> View | None:
    """Put a message into the draft that it belongs to."""
    puts = {
        DraftKind.FEEDBACK: feedback.receive,
        DraftKind.VERIFICATION: verifying.receive_verification,
        DraftKind.ISSUE: issue_submission.receive,
        DraftKind.ACTIVITY: activity_dialogue.receive,
        DraftKind.NOTICE: notice_dialogue.receive,
    }
    return await puts[draft.kind](turn, draft, addition)


async def _draft_for(
    turn: Turn, draft: Draft | None, addition: Addition, about: Sequence[int], about_cases: Sequence[int]
) -> Draft | None:
    """The draft that a message belongs to. ``draft``: the open one. None: the message is about no case."""
    if about or not (addition.files or addition.text or addition.location):
        return None
    if await _begins_answer(turn, draft, about_cases):
        return await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is not None and draft.kind is not DraftKind.REPORT:
        # 无情况 describes no problem.
        zero = turn.actor.reports and is_zero_report(addition.text) and not addition.files
        return None if zero else draft
    if draft is not None and await draft_kinds.holds_something(turn.session, draft):
        return draft
    if not await _begins_issue(turn, addition):
        return None
    return await issue_submission.open_draft(turn)


async def _begins_answer(turn: Turn, draft: Draft | None, about_cases: Sequence[int]) -> bool:
    """Whether a reply is a unit's feedback or an inspector's verification; if so, its draft is opened.

    ``DomainError``: the reply may be about several cases of the unit.
    """
    if draft is not None and draft.case_id in about_cases:
        return False
    case = await _meant(turn, about_cases)
    if case is None or case.id is None:
        return False
    if case.unit_id in turn.actor.reporting_units:
        await feedback.open_draft(turn, case.id)
        return True
    if case.state is CaseState.VERIFYING and case.verifier_id == turn.actor.id:
        await verifying.open_draft(turn, case.id, case.steps)
        return True
    return False


async def _meant(turn: Turn, about_cases: Sequence[int]) -> Case | None:
    """The one case that a reply to a message can be about.

    If the message is about several cases, it is the one that the unit has still to mend. If that is not
    exactly one, the program does not guess (``DomainError``): the reply is no report of a task either.
    """
    if len(about_cases) == 1:
        return await cases.case_by_id(turn.session, about_cases[0])
    found = (await cases.cases_by_id(turn.session, about_cases)).values() if turn.actor.reports else ()
    own = [case for case in found if case.unit_id in turn.actor.reporting_units]
    open_ones = [case for case in own if case_steps.can(turn.actor, case, CaseEvent.FEEDBACK, now=turn.now)]
    if own and len(open_ones) != 1:
        raise DomainError("orders.feedback.which" if open_ones else "orders.none_left")
    return open_ones[0] if open_ones else None


async def _open_draft(turn: Turn) -> Draft | None:
    """The draft of this chat.

    After half an hour one that somebody may leave (``_LEFT``) is dropped, if it holds nothing.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.kind not in _LEFT or abs(turn.now - draft.updated_at) <= questions.KEPT:
        return draft
    if await draft_kinds.holds_something(turn.session, draft):
        return draft
    await draft_changes.discard(turn)
    return None


async def _begins_issue(turn: Turn, addition: Addition) -> bool:
    """Whether a photo or a place begins a new problem: it does if the actor has no task to report on."""
    if not (addition.files or addition.location):
        return False
    album = addition.album
    if (
        album is not None
        and await reports.report_of_album(turn.session, turn.actor.id, turn.chat, album) is not None
    ):
        return False
    return not await reportable_tasks.open_to(turn)


async def edit_part(turn: Turn, message_id: int, addition: Addition) -> bool:
    """Change the draft about a case that an edited message is part of; its card changes at once.

    False: the message is no part of such a draft.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.kind is DraftKind.REPORT:
        return False
    if draft_parts.holds_message(draft, message_id):
        await draft_changes.change_part(turn, draft, message_id, addition)
        return True
    return issue_submission.change_place(draft, message_id, addition, turn.now)
