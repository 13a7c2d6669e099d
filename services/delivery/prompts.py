"""Cards and questions that have to come: promised by an answer, or delayed until an album is complete.

Rows say so (``Draft.card_promised_at``, ``Draft.card_due_at``, ``Question.prompt``). They are committed with
what the person sent, and cleared only when the prompt is out. So a prompt that is lost on its way, or by a
kill, is shown again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from locales import Text
from models import drafts, people
from models.db import Session, ident
from models.delivery import messages
from models.delivery.messages import Question
from models.drafts import Draft, DraftKind
from models.people import Contact, ContactState
from services import questions
from services.access import Actor, actor_of
from services.activities import activity_card
from services.campaign import Campaign
from services.cases.deciding import verifying
from services.cases.handling import feedback
from services.cases.submitting import issue_card
from services.drafts import draft_parts, set_aside
from services.errors import DomainError
from services.notices import notice_card
from services.progress import report_card
from services.turn import Turn
from services.views import View

_CARDS: Final = {
    DraftKind.REPORT: report_card.draft_view,
    DraftKind.ISSUE: issue_card.issue_view,
    DraftKind.FEEDBACK: feedback.show_feedback,
    DraftKind.VERIFICATION: verifying.show_verification,
    DraftKind.ACTIVITY: activity_card.card,
    DraftKind.NOTICE: notice_card.card,
}
PromptKey = int | tuple[int, int]
"""The id of the draft whose card it is, or the account and the chat of a question."""
PromptShown = Callable[[Session, int], Awaitable[int | None]]
"""Is called with the id of the message that shows a prompt. Returns the id of a card that is over, if any."""


@dataclass(frozen=True, slots=True)
class DuePrompt:
    """A prompt and where it goes.

    ``edit``: the id of the message that shows an older state of it. ``reply_to``: the message that it
    answers; in a group that shows whose card it is.
    """

    view: View
    locale: str
    chat_id: int
    thread_id: int | None
    edit: int | None = None
    reply_to: int | None = None


async def promise(
    session: Session, answer: DuePrompt, account: int, *, at: datetime
) -> tuple[PromptKey, datetime] | None:
    """Note that an answer is on its way, and return what it is and from when.

    None: nothing depends on it, as on a menu. An answer without a draft is the prompt of the question that
    was just asked, if one was. ``at``: the moment by the system's clock.
    """
    if answer.view.draft_id is not None:
        await drafts.promise_card(session, answer.view.draft_id, at)
        return answer.view.draft_id, at
    question = questions.asked_now(session, account, answer.chat_id)
    if question is None:
        return None
    question.prompt = {"view": answer.view.to_json(), "locale": answer.locale, "thread": answer.thread_id}
    return (account, answer.chat_id), question.asked_at


async def to_come(session: Session) -> list[tuple[PromptKey, datetime]]:
    """The prompts that are to come, each with the moment from which: cards by the system's clock."""
    asked = await messages.questions_to_come(session)
    questions = [((row.user_id, row.chat_id), row.asked_at) for row in asked]
    return [*await drafts.cards_to_come(session), *questions]


async def due_prompt(session: Session, key: PromptKey, due: datetime, campaign: Campaign) -> DuePrompt | None:
    """The prompt as it stands; None when it is no longer due, or has no reader."""
    if isinstance(key, int):
        return await _due_card(session, key, due, campaign)
    return await _due_question(session, key, due)


async def _due_question(session: Session, key: tuple[int, int], due: datetime) -> DuePrompt | None:
    question = await session.get(Question, key, populate_existing=True)
    if question is None or question.prompt is None or question.asked_at != due:
        return None
    kept = question.prompt
    contact = await people.contact_by_account(session, question.user_id)
    if contact is not None and not contact.reachable:
        question.prompt = None
        return None
    return DuePrompt(View.from_json(kept["view"]), kept["locale"], question.chat_id, kept["thread"])


async def _due_card(session: Session, draft_id: int, due: datetime, campaign: Campaign) -> DuePrompt | None:
    draft = await session.get(Draft, draft_id, populate_existing=True)
    if draft is None or due not in {draft.card_due_at, draft.card_promised_at}:
        return None
    contact = await session.get(Contact, draft.contact_id)
    if contact is None or contact.state is not ContactState.ENROLLED or not contact.reachable:
        draft.card_due_at = draft.card_promised_at = None  # their next message shows it
        return None
    view = await _card(session, await actor_of(session, contact, today=campaign.today(due)), draft)
    locale = contact.locale or campaign.locale
    last = draft_parts.parts_of(draft)[-1:] if draft.chat_id < 0 else []
    reply_to = last[0].message_id if last else None
    return DuePrompt(view, locale, draft.chat_id, draft.thread_id, draft.card_message_id, reply_to)


async def _card(session: Session, actor: Actor, draft: Draft) -> View:
    try:
        return await _CARDS[draft.kind](session, actor, draft)
    except DomainError as refusal:
        return View([refusal.text], draft_id=draft.id)


async def present_card(turn: Turn, pressed: int | None) -> View | None:
    """The card of what the person is writing in this chat, as it is now.

    None: nothing is half written, or the message ``pressed`` shows it already, as after a double tap.
    """
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if draft is None or draft.card_message_id == pressed:
        return None
    return await _card(turn.session, turn.actor, draft)


async def brought_back(turn: Turn) -> View | None:
    """The card of the paper that was set aside in this chat and goes on now; None: there is none."""
    draft = await set_aside.bring_back(turn)
    if draft is None:
        return None
    card = await _card(turn.session, turn.actor, draft)
    return replace(card, lines=[Text(f"orders.feedback.back.{draft.kind.value}"), *card.lines])


async def forget_all(session: Session) -> None:
    """Show no prompt by itself that is perhaps out, after a restore."""
    await drafts.forget_cards(session)
    await messages.forget_prompts(session)


def shown(key: PromptKey, due: datetime | None = None) -> PromptShown:
    """What to do once a prompt has been sent.

    If a part has arrived since ``due``, the card stays due and is edited later. The message that is a card no
    more is the one before, or this one if the draft is gone.
    """

    async def note(session: Session, message_id: int) -> int | None:
        if isinstance(key, tuple):
            if due is not None:
                await messages.note_question(session, *key, due)
            return None
        is_there, before = await drafts.card_of(session, key)
        await drafts.note_card(session, key, message_id, due)
        if not is_there:
            return message_id
        return None if before == message_id else before

    return note


async def card_out(session: Session, contact_id: int, chat_id: int) -> tuple[int, int] | None:
    """(id of the draft, its card) of a contact in a chat; None: there is no card."""
    if chat_id < 0:
        return await drafts.card_out(session, contact_id, chat_id)
    # In a private chat nobody else files the draft, so what follows takes the row that is read here.
    draft = await drafts.draft_of(session, contact_id, chat_id)
    return None if draft is None or draft.card_message_id is None else (ident(draft), draft.card_message_id)


async def is_over(session: Session, draft_id: int, message_id: int) -> bool:
    """Whether the message is the draft's card no more: it was filed, cancelled or gets another card."""
    return await drafts.card_of(session, draft_id) != (True, message_id)
