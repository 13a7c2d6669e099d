"""Submitting a problem: from the first photo, here or in a group, to the case with its number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from locales import Text
from models import drafts, groups, numbers
from models.cases import Case, categories
from models.db import Session
from models.drafts import Draft, DraftKind
from models.people import retirement
from rules.cases import geo
from rules.delivery.delivery import MessageKind
from services import number_gaps, outbox, questions
from services.cases import follower_notices
from services.cases.case_buttons import open_button
from services.cases.submitting import (
    case_filing,
    duplicate_cases,
    issue_card,
    issue_draft,
    late_case_files,
    places,
)
from services.cases.submitting.case_filing import NewCase
from services.cases.submitting.issue_draft import Issue, IssueStage
from services.drafts import draft_changes, draft_kinds, draft_parts, repeated_words
from services.drafts.draft_changes import Addition
from services.errors import DomainError, OldCardError
from services.turn import Turn
from services.views import View, say

# Longer words are a description, not a place.
PLACE_LIMIT = 100


async def open_draft(turn: Turn) -> Draft:
    """The half-made problem of this chat, or a new one.

    ``DomainError``: there are no categories, or another half-made paper has to be finished first.
    """
    if not await categories.active_categories(turn.session):
        raise DomainError(no_categories(turn))
    return await draft_kinds.open_as(turn, DraftKind.ISSUE)


def no_categories(turn: Turn) -> str:
    """The key of what is said while no categories are known: the office imports them, others ask it."""
    return "issues.no_categories_office" if turn.actor.is_office else "issues.no_categories"


async def begin(turn: Turn, addition: Addition) -> View | None:
    """``/issue``: alone, with words after it, in reply to a photo, or as a photo's caption."""
    begun = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if begun is not None and _is_of_this(begun, addition):
        _make_issue(begun, turn.now)
    draft = await open_draft(turn)
    addition = _without_known(draft, addition)
    if not (addition.text or addition.files or addition.location):
        return await issue_card.issue_view(turn.session, turn.actor, draft)
    return await receive(turn, draft, addition)


def _is_of_this(draft: Draft, addition: Addition) -> bool:
    """Whether a half-made report holds nothing but the photo or album that now turns out to be a problem."""
    if draft.kind is not DraftKind.REPORT or draft.report_id is not None:
        return False
    if draft_parts.is_only_album(draft, addition.album):
        return True
    shown = {file.file_unique_id for file in addition.files}
    return bool(shown) and all(
        part.files and {file.file_unique_id for file in part.files} <= shown
        for part in draft_parts.parts_of(draft)
    )


def _without_known(draft: Draft, addition: Addition) -> Addition:
    """The addition without the photos and words that the draft already holds."""
    parts = draft_parts.parts_of(draft)
    known = {file.file_unique_id for part in parts for file in part.files}
    files = [file for file in addition.files if file.file_unique_id not in known]
    if len(files) == len(addition.files):
        return addition
    text = "" if any(part.text == addition.text for part in parts) else addition.text
    return replace(addition, text=text, files=files)


async def from_report(turn: Turn, revision: int) -> View:
    """📌 上报问题 under the card of a report: turn what was sent into a half-made problem."""
    draft = await draft_changes.current(turn, revision)
    if draft.kind is not DraftKind.REPORT or draft.report_id is not None:
        raise OldCardError
    if not await categories.active_categories(turn.session):
        raise DomainError(no_categories(turn))
    _make_issue(draft, turn.now)
    location = draft_changes.location_of(draft)
    if location is not None and await places.is_odd(turn.session, location[:2]):
        draft.content = {**draft.content, "location": None}
        return await _ask_place_again(turn, draft, location)
    return await issue_card.issue_view(turn.session, turn.actor, draft)


def _make_issue(draft: Draft, now: datetime) -> None:
    """Turn a draft of a report into one of a problem. Its task and its numbers are dropped."""
    kept = {"parts", "location", "left_out", "words_left_out"}
    draft.content = {name: value for name, value in draft.content.items() if name in kept}
    draft.kind, draft.task_id, draft.awaiting_text = DraftKind.ISSUE, None, False
    issue_draft.note(draft, now)


async def receive(turn: Turn, draft: Draft, addition: Addition) -> View | None:
    """Put a photo, words or a place into the problem, and return its card.

    None while an album comes in: its card comes later.
    """
    # Words that are asked for anew take the place of the draft's own.
    if draft.content.get("asking") != IssueStage.CONTENT and repeated_words.set_aside(turn, draft, addition):
        return await issue_card.issue_view(turn.session, turn.actor, draft)
    issue = await issue_draft.read(turn.session, draft)
    if addition.location is not None and await _is_to_be_asked(turn.session, draft, addition.location):
        return await _ask_place_again(turn, draft, addition.location)
    alone = not addition.files and addition.location is None
    if alone and issue.step is IssueStage.PLACE:
        return await _take_words_as_place(turn, draft, addition)
    if addition.location is not None and issue.step is IssueStage.PLACE:
        issue_draft.note(draft, turn.now, place=None, place_message=None, point=None, asking=None)
    if addition.text and draft.content.get("asking") == IssueStage.CONTENT:
        issue_draft.note(draft, turn.now, asking=None)
    if not await draft_changes.add(turn, draft, addition):
        return None
    return await issue_card.issue_view(turn.session, turn.actor, draft)


async def _is_to_be_asked(session: Session, draft: Draft, location: draft_parts.Location) -> bool:
    """Whether to ask about a location that is hardly meant: once, but always at 0, 0, which is no place."""
    spot = location[:2]
    if not await places.is_odd(session, spot):
        return False
    return geo.is_nowhere(spot) or not draft.content.get("place_asked")


async def _ask_place_again(turn: Turn, draft: Draft, location: draft_parts.Location) -> View:
    # A question about 0, 0 does not count: the person may still be asked about the place they send instead.
    asked = bool(draft.content.get("place_asked")) or not geo.is_nowhere(location[:2])
    issue_draft.note(draft, turn.now, place_asked=asked, asking=IssueStage.PLACE.value)
    draft.card_message_id = None
    await questions.ask_for_paper(turn)
    return say("issues.odd_place")


async def _take_words_as_place(turn: Turn, draft: Draft, addition: Addition) -> View:
    place = _place_in(addition.text)
    repeated_words.forget(draft)
    if draft.content.get("asking") == IssueStage.PLACE:
        draft.content = {**draft.content, "location": None}
    message_id = addition.message_id
    issue_draft.note(draft, turn.now, place=place, place_message=message_id, point=None, asking=None)
    draft.card_message_id = None
    return await issue_card.issue_view(turn.session, turn.actor, draft)


def _place_in(text: str) -> str:
    place = " ".join(text.split())
    if len(place) > PLACE_LIMIT:
        raise DomainError("issues.place_too_long", limit=PLACE_LIMIT)
    return place


def change_place(draft: Draft, message_id: int, addition: Addition, now: datetime) -> bool:
    """Change the place if the edited message is the one that gave it in words. False: it is another one."""
    if draft.kind is not DraftKind.ISSUE or draft.content.get("place_message") != message_id:
        return False
    place = _place_in(addition.text)
    if place and place != draft.content.get("place"):
        issue_draft.note(draft, now, place=place)
        draft.card_due_at = draft.card_due_at or addition.arrived_at or now
    return True


async def submit(turn: Turn, revision: int, *, after: int = 0) -> View:
    """提交: make the case, or ask for what is missing, or show cases that may be the same problem.

    ``after``: 仍要提交, with the highest id of the cases that were shown.
    """
    draft = await draft_kinds.current(turn, DraftKind.ISSUE, revision)
    issue = await issue_draft.read(turn.session, draft)
    if issue.category is None or issue.step is not IssueStage.READY:
        return await issue_card.issue_view(turn.session, turn.actor, draft)
    point_id = None if issue.point is None else issue.point.id
    same = await duplicate_cases.find(
        turn.session, issue.category, spot=issue.spot, point_id=point_id, after=after
    )
    if same:
        return await issue_card.show_duplicates(turn, draft, same)
    place_unit_id = await _ground(turn, issue)
    await draft_changes.take(turn.session, draft)
    filing = NewCase(
        issue.category,
        draft.text,
        draft_changes.files_of(draft),
        draft_changes.location_of(draft),
        await places.described(turn.session, issue, turn.campaign.locale),
        issue.point,
        place_unit_id,
        issue.hidden,
    )
    case = await case_filing.report(turn, filing)
    await late_case_files.note_parts(turn.session, case, draft_parts.parts_of(draft))
    await _promise_receipt(turn, case, issue)
    return say("issues.submitted", number=case.number)


async def _ground(turn: Turn, issue: Issue) -> int | None:
    """The unit of the place; None if it went out of use since the place was chosen."""
    unit_id = await places.unit_of_place(turn.session, turn.actor, issue)
    return unit_id if unit_id in await retirement.in_use(turn.session, [unit_id or 0]) else None


async def _promise_receipt(turn: Turn, case: Case, issue: Issue) -> None:
    view = issue_card.receipt(turn.actor, case, len(draft_changes.files_of(issue.draft)))
    serial = number_gaps.serial_of(case.number)
    gap = await number_gaps.lines(turn.session, numbers.cases_of(turn.today), serial)
    view = replace(view, lines=[*view.lines, *gap])
    key = f"case:{case.id}:receipt"
    await outbox.enqueue(
        turn.session, MessageKind.RECEIPT, key, view, now=turn.now, contact=turn.actor.contact
    )


async def follow_instead(turn: Turn, revision: int, case_id: int) -> View:
    """就是这个，关注: the actor follows that case, and no new case is made."""
    draft = await draft_kinds.current(turn, DraftKind.ISSUE, revision)
    case = await follower_notices.follow(turn, case_id)
    await draft_changes.take(turn.session, draft)
    line = Text("issues.followed", number=case.number, state=Text(f"cases.state.{case.state.value}"))
    return View([line], [[open_button(case, turn.actor.id)]], case_ids=[case_id])


async def take_from_group(turn: Turn, group_chat_id: int, addition: Addition) -> None:
    """Put a group's photo into a new problem, whose card is due in the private chat at once.

    ``DomainError``: the group is not bound, there is no photo, the person cannot be reached in their private
    chat, or something unfinished is there.
    """
    if not await groups.is_bound(turn.session, group_chat_id):
        raise DomainError("groups.bind_first")
    if not any(file.kind != "document" for file in addition.files):
        raise DomainError("issues.group.reply_to_photo")
    chat_id = turn.actor.contact.telegram_user_id
    if chat_id is None or not turn.actor.contact.reachable:
        raise DomainError("issues.group.write_first")
    begun = await drafts.draft_of(turn.session, turn.actor.id, chat_id)
    if begun is not None and await draft_kinds.holds_something(turn.session, begun):
        raise DomainError("issues.group.busy")
    draft = await open_draft(replace(turn, chat=chat_id))
    if addition.source == turn.actor.contact.name:
        addition = replace(addition, source=None)
    if addition.location is not None and await places.is_odd(turn.session, addition.location[:2]):
        addition = replace(addition, location=None)
    draft_parts.append(draft, addition)
    draft.card_message_id = None
    draft.card_due_at = addition.arrived_at or turn.now
    issue_draft.note(draft, turn.now)
