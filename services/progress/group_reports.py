"""Reports in a group: a responsible person replies to one of our messages about their tasks.

A reply that leaves nothing to decide is filed at once and gets a reaction; any other gets its card in the
group. Talk is never answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from models import drafts, groups, tasks
from models import progress as rows
from models.db import Session
from models.drafts import Draft, DraftKind
from models.groups import GroupChat
from models.people import Contact, ContactState
from models.tasks import Task
from rules.chatter import is_chatter
from rules.delivery.delivery import MessageKind
from services import live_updates, message_subjects, outbox
from services.access import Actor, actor_of
from services.drafts import draft_changes, draft_parts, repeated_words, task_split, unusual_figures
from services.drafts.draft_changes import Addition
from services.errors import DomainError
from services.groups import group_scopes
from services.progress import another_report, filing, late_reports, progress_dialogue
from services.tasks import covered
from services.turn import TickTurn, Turn, turn_of
from services.views import View, say

COUNTED: Final = "👌"
TAKEN: Final = "👍"
# In a private chat a sentence says it; in a group a reaction does.
_DONE: Final = frozenset({"progress.zero_taken", "progress.zero_already", "progress.joined_late"})
# What a draft leaves out; the card says so.
_LEFT_OUT: Final = ("percent_over", "left_out", "words_left_out", "numbers_left_out", "asides")


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """Where something was said in a group; ``answered``: our message that it replies to."""

    chat_id: int
    thread_id: int | None
    answered: int | None


@dataclass(frozen=True, slots=True)
class GroupAnswer:
    """A reaction, a card, or nothing."""

    reaction: str | None = None
    view: View | None = None


NOTHING: Final = GroupAnswer()


async def receive(turn: Turn, place: GroupPlace, addition: Addition) -> GroupAnswer:
    """The answer to what somebody said in a group."""
    draft = await drafts.draft_of(turn.session, turn.actor.id, place.chat_id)
    about = await _about(turn.session, turn.actor, place, draft, addition)
    if about is None or is_talk(addition):
        return NOTHING
    if not about:
        await _tell_none_is_theirs(turn, place)
        return NOTHING
    # If a card was sent already, its decision is theirs to make.
    asked = draft is not None and not draft_changes.is_empty(draft)
    view = await progress_dialogue.receive(
        replace(turn, chat=place.chat_id, thread=place.thread_id), addition, about=about
    )
    draft = await drafts.draft_of(turn.session, turn.actor.id, place.chat_id)
    if draft is None:
        done = view is not None and view.lines[0].key in _DONE
        return GroupAnswer(TAKEN) if done else GroupAnswer(view=view)
    if view is None or asked:
        return GroupAnswer(view=view)
    reaction = await _file_if_clear(turn, draft)
    return GroupAnswer(view=view) if reaction is None else GroupAnswer(reaction)


async def may_be_report(session: Session, place: GroupPlace, addition: Addition) -> bool:
    """Whether the message looks like a report; its sender does not matter."""
    return not is_talk(addition) and await _is_about_tasks(session, place)


async def _is_about_tasks(session: Session, place: GroupPlace) -> bool:
    """Whether a reply to the answered message can be a report."""
    if place.answered is None:
        return False
    if await _group_shown_in(session, place.chat_id, place.answered) is not None:
        return True
    return bool(await message_subjects.subjects(session, place.chat_id, place.answered))


async def unreadable(session: Session, actor: Actor, place: GroupPlace) -> View | None:
    """What to tell a person who may report, but whose reply cannot be read."""
    wanted = await _is_about_tasks(session, place) and await _mine(session, actor)
    return say("groups.unreadable") if wanted else None


async def file_due(turn: TickTurn, draft_id: int, due: datetime) -> tuple[int, int, str] | None:
    """File an album that has arrived, if it leaves nothing to decide.

    Returns (chat, message, reaction to it); None: its card has to be shown, as in a private chat.
    """
    # Locked: a photo that arrives now either moves the due moment or finds the report filed.
    draft = await turn.session.get(Draft, draft_id, populate_existing=True, with_for_update=True)
    if draft is None or draft.kind is not DraftKind.REPORT or draft.chat_id > 0:
        return None
    if draft.card_due_at != due or draft.card_message_id is not None:
        return None
    contact = await turn.session.get(Contact, draft.contact_id)
    if contact is None or contact.state is not ContactState.ENROLLED:
        return None
    first = draft_parts.parts_of(draft)[0]
    if first.message_id is None or not draft_parts.is_only_album(draft, first.album):
        return None
    chat_id = draft.chat_id
    reaction = await _file_if_clear(
        turn_of(turn, await actor_of(turn.session, contact, today=turn.today)), draft
    )
    return None if reaction is None else (chat_id, first.message_id, reaction)


async def _file_if_clear(turn: Turn, draft: Draft) -> str | None:
    """File a draft that leaves nothing to decide; returns the reaction. None: its card has to be shown."""
    if not await _is_clear(turn.session, turn.actor, draft):
        return None
    counted = any(not figure.dropped for figure in draft_changes.figures_of(draft))
    try:
        async with turn.session.begin_nested():
            await filing.confirm(replace(turn, chat=draft.chat_id), draft.revision)
    except DomainError:
        return None
    return COUNTED if counted else TAKEN


async def _is_clear(session: Session, actor: Actor, draft: Draft) -> bool:
    """Whether the draft leaves the person nothing to decide."""
    figures = draft_changes.figures_of(draft)
    if draft.task_id is None or draft.report_id is not None:
        return False
    if task_split.is_split(draft) or another_report.waits(draft) or repeated_words.asks(draft):
        return False
    # Somebody else's words, or a past day's tally: the person has to see how they were understood.
    if draft_parts.sources_of(draft) or late_reports.for_day(draft) is not None:
        return False
    if any(figure.has_to_be_seen for figure in figures):
        return False
    if any(draft.content.get(name) for name in _LEFT_OUT):
        return False
    return not await unusual_figures.find(session, actor, draft)


async def _about(
    session: Session, actor: Actor, place: GroupPlace, draft: Draft | None, addition: Addition
) -> Sequence[int] | None:
    """The actor's tasks that the answered message is about; None: the message does not concern us.

    A further part of an album need not be a reply itself.
    """
    if place.answered is None:
        return await _about_rest_of_album(session, actor, place, draft, addition.album)
    mine = await _mine(session, actor)
    group = await _group_shown_in(session, place.chat_id, place.answered)
    if group is not None:
        units = await group_scopes.units_of(session, group)
        found = [t for t in mine if units is None or {t.lead_unit_id, actor.unit.id} & units]
        return [task.id for task in found if task.id is not None]
    subjects = await message_subjects.subjects(session, place.chat_id, place.answered)
    own = {task.id for task in mine}
    return [task_id for task_id in subjects if task_id in own] if subjects else None


async def _about_rest_of_album(
    session: Session, actor: Actor, place: GroupPlace, draft: Draft | None, album: str | None
) -> Sequence[int] | None:
    """The tasks of the draft or filed report to which the other parts of the album belong."""
    if album is None:
        return None
    if draft is not None and draft_parts.holds_album(draft, album):
        return task_split.tasks_of(draft) or draft_changes.candidates_of(draft)
    report = await rows.report_of_album(session, actor.id, place.chat_id, album)
    return None if report is None or report.task_id is None else [report.task_id]


async def _group_shown_in(session: Session, chat_id: int, message_id: int) -> GroupChat | None:
    """The group whose board or tally the message is."""
    if not await live_updates.stands_at(session, chat_id, message_id):
        return None
    group = await groups.group_by_chat(session, chat_id)
    return group if group is not None and group.active else None


async def _mine(session: Session, actor: Actor) -> Sequence[Task]:
    found = await tasks.open_tasks_of_contact(session, actor.duties, actor.reporting_units)
    return await covered.without_covered(session, actor, found)


def is_talk(addition: Addition) -> bool:
    """Whether a message is no more than 收到 or the like."""
    return not addition.files and addition.location is None and is_chatter(addition.text)


async def _tell_none_is_theirs(turn: Turn, place: GroupPlace) -> None:
    """Tell the person privately that nothing was reported, so that they do not believe it was."""
    if not turn.actor.reports:
        return
    group = await groups.group_by_chat(turn.session, place.chat_id)
    view = say("groups.no_task_here", title=group.title if group else "")
    key = f"no-task-here:{place.chat_id}:{turn.actor.id}:{turn.now.isoformat()}"
    await outbox.enqueue(
        turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=turn.actor.contact
    )
