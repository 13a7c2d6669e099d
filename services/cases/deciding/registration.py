"""立案 and 不予立案, by the office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from locales import Text, plain
from models.db import Session
from rules.cases.case_lifecycle import CaseEvent
from services import questions
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_steps
from services.cases.cards import case_card
from services.cases.case_steps import StepDetails
from services.cases.deciding.verifying import back_button

# Re-exported, so that all decisions on a reported case are reached from this module.
from services.cases.deciding.verifying import receive_verification as receive_verification
from services.cases.deciding.verifying import show_verification as show_verification
from services.reasons import REASON_LIMIT, reason_rows, written_reason
from services.tasks.completion import CompletionOutcome
from services.views import View, button

ASKED: Final = "dispatch.reject"
"""The question whose answer is the written reason."""

REASONS: Final[Mapping[str, str]] = {
    "not_there": "desk.reject_not_there",
    "not_ours": "desk.reject_not_ours",
    "mended": "desk.reject_mended",
}
"""The reasons with a button; any other reason is written."""


async def register(
    session: Session, actor: Actor, case_id: int, seen: int, *, now: datetime, campaign: Campaign
) -> CompletionOutcome:
    """立案: the case waits for its dispatch from now on."""
    await case_steps.take(
        session, case_id, CaseEvent.REGISTER, now=now, campaign=campaign, actor=actor, seen=seen
    )
    shown = await case_card.card(session, actor, case_id, now=now, campaign=campaign)
    return CompletionOutcome(shown, Text("desk.registered"))


async def ask_reason(session: Session, actor: Actor, case_id: int, seen: int, *, now: datetime) -> View:
    """Ask for the reason of 不予立案."""
    case = await case_steps.case_for_step(session, actor, case_id, CaseEvent.REJECT, seen, now=now)
    said = {"case_id": case_id, "seen": seen}
    labels = {name: Text(key) for name, key in REASONS.items()}
    write = button("completion.write_reason_button", "desk.reject_write", actor.id, **said)
    rows = reason_rows(actor, labels, "desk.reject_for", said, write)
    line = Text("desk.why_reject", number=case.number)
    return View([line], [*rows, [back_button(actor, case_id)]], case_ids=[case_id])


async def ask_words(
    session: Session, actor: Actor, chat_id: int, case_id: int, seen: int, *, now: datetime
) -> View:
    """Ask for a written reason: the next words in this chat are the answer."""
    case = await case_steps.case_for_step(session, actor, case_id, CaseEvent.REJECT, seen, now=now)
    account = actor.contact.telegram_user_id or chat_id
    said = {"case_id": case_id, "seen": seen}
    await questions.ask(session, account, chat_id, ASKED, now=now, arguments=said)
    line = Text("desk.write_reject", number=case.number, limit=REASON_LIMIT)
    return View([line], [[back_button(actor, case_id)]], case_ids=[case_id])


async def reject_for(
    session: Session, actor: Actor, case_id: int, seen: int, name: str, *, now: datetime, campaign: Campaign
) -> CompletionOutcome:
    """不予立案 for a reason given by a button; the reason is stored in words."""
    reason = plain(Text(REASONS[name]), campaign.locale)
    return await reject(session, actor, case_id, seen, reason, now=now, campaign=campaign)


async def reject(
    session: Session, actor: Actor, case_id: int, seen: int, reason: str, *, now: datetime, campaign: Campaign
) -> CompletionOutcome:
    """不予立案: the case ends, and its reporter learns why."""
    reason = written_reason(reason)
    await case_steps.take(
        session,
        case_id,
        CaseEvent.REJECT,
        now=now,
        campaign=campaign,
        actor=actor,
        seen=seen,
        change=StepDetails(reason=reason),
    )
    shown = await case_card.card(session, actor, case_id, now=now, campaign=campaign)
    return CompletionOutcome(shown, Text("desk.rejected"))
