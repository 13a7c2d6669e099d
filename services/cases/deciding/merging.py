"""并案: a case about the same problem ends in the other case, and its followers follow that one."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, case_piles, categories
from models.cases.categories import Category
from models.db import Session, ident
from models.delivery import messages
from models.people import Contact
from reports.formats import short
from rules.cases.case_lifecycle import OPEN, CaseEvent
from rules.delivery.delivery import MessageKind
from rules.geo import distance_m
from rules.people.typed_names import normalise
from services import outbox, questions
from services.access import Actor
from services.campaign import Campaign
from services.cases import case_access, case_steps, case_wording
from services.cases.cards import case_card
from services.cases.case_buttons import mute_button, open_button
from services.cases.case_steps import StepDetails
from services.cases.deciding.verifying import back_button
from services.errors import DomainError
from services.tasks.completion import CompletionOutcome
from services.views import View, button

ASKED: Final = "dispatch.merge"
"""The question whose answer is the number of the other case."""

OFFERED: Final = 8


async def choose(
    session: Session,
    actor: Actor,
    chat_id: int,
    case_id: int,
    seen: int,
    *,
    now: datetime,
    campaign: Campaign,
) -> View:
    """Offer nearby cases of the same category for 并案. The number of any other case is written."""
    case = await case_steps.case_for_step(session, actor, case_id, CaseEvent.MERGE, seen, now=now)
    category = await session.get(Category, case.category_id)
    radius = category.radius_m if category else categories.RADIUS_M
    found = await case_piles.maybe_the_same(session, case, radius, OFFERED)
    account = actor.contact.telegram_user_id or chat_id
    said = {"case_id": case_id, "seen": seen}
    await questions.ask(session, account, chat_id, ASKED, now=now, arguments=said)
    lines = [Text("desk.choose_merge" if found else "desk.write_merge", number=case.number)]
    rows = []
    for number, other in enumerate(found, 1):
        lines.append(case_wording.line(number, other, now, campaign))
        label = _label(number, case, other)
        rows.append([button(label, "desk.merge_into", actor.id, **said, into=other.id)])
    return View(lines, [*rows, [back_button(actor, case_id)]], case_ids=[case_id])


def _label(number: int, case: Case, other: Case) -> Text:
    far = _far(case, other)
    if far is None:
        return Text("desk.merge_into_button", n=number, number=other.number)
    return Text("desk.merge_into_near_button", n=number, number=other.number, far=far)


def _far(case: Case, other: Case) -> Text | None:
    """How far apart the two cases are; None if one of the places is not known."""
    if case.point_id is not None and case.point_id == other.point_id:
        return Text("desk.same_place")
    if None in (case.latitude, case.longitude, other.latitude, other.longitude):
        return None
    one = (case.latitude or 0.0, case.longitude or 0.0)
    metres = distance_m(one, (other.latitude or 0.0, other.longitude or 0.0))
    if metres < 1_000:
        return Text("desk.metres", metres=round(metres))
    return Text("desk.kilometres", kilometres=f"{metres / 1_000:.1f}")


async def by_number(
    session: Session, actor: Actor, case_id: int, seen: int, words: str, *, now: datetime
) -> View:
    """Find the other case by the written number, and ask whether the merge is meant."""
    number = normalise(words)
    other = await cases.case_by_number(session, number) if number and len(number) <= 20 else None
    if other is None or other.id is None:
        raise DomainError("desk.no_such_case", number=short(number, 40))
    return await ask(session, actor, case_id, seen, other.id, now=now)


async def ask(session: Session, actor: Actor, case_id: int, seen: int, into: int, *, now: datetime) -> View:
    """Ask whether the merge is meant: it cannot be undone."""
    case = await case_steps.case_for_step(session, actor, case_id, CaseEvent.MERGE, seen, now=now)
    other = await _target(session, actor, case, into, now=now)
    lines = [
        Text("desk.ask_merge", number=case.number, into=other.number),
        _described(case),
        _described(other),
        Text("desk.merge_means"),
    ]
    confirm = button(
        "desk.merge_now_button", "desk.merge_now", actor.id, case_id=case_id, seen=seen, into=into
    )
    return View(lines, [[confirm], [back_button(actor, case_id)]], case_ids=[case_id])


def _described(case: Case) -> Text:
    return Text(
        "desk.merge_case",
        number=case.number,
        category=case.category,
        place=case_wording.place_text(case),
        text=short(case.text, 60),
    )


async def _target(session: Session, actor: Actor, case: Case, into: int, *, now: datetime) -> Case:
    if into == case.id:
        raise DomainError("desk.merge_self")
    other = await case_access.visible_case(session, actor, into)
    if other.state not in OPEN:
        state = Text(f"cases.state.{other.state.value}")
        raise DomainError("desk.merge_ended", number=other.number, state=state)
    case_steps.require(actor, other, CaseEvent.ABSORB, now=now)
    return other


async def merge(
    session: Session, actor: Actor, case_id: int, seen: int, into: int, *, now: datetime, campaign: Campaign
) -> CompletionOutcome:
    """Merge two cases: both take their step, or neither does. The photos stay where they are."""
    async with session.begin_nested():
        # Always in the same order, so that two merges never wait for each other.
        for locked in sorted({case_id, into}):
            await cases.locked_case(session, locked)
        case = await case_steps.case_as_seen(session, actor, case_id, seen)
        other = await _target(session, actor, case, into, now=now)
        change = StepDetails(reason=other.number, data={"into": into})
        await case_steps.take(
            session,
            case_id,
            CaseEvent.MERGE,
            now=now,
            campaign=campaign,
            actor=actor,
            seen=seen,
            change=change,
            merged_into=into,
        )
        change = StepDetails(reason=case.number, data={"case": case_id})
        await case_steps.take(
            session, into, CaseEvent.ABSORB, now=now, campaign=campaign, actor=actor, change=change
        )
        await _tell_followers(session, actor, case, other, now=now)
        await case_piles.follow_along(session, case_id, into)
    shown = await case_card.card(session, actor, case_id, now=now, campaign=campaign)
    return CompletionOutcome(shown, Text("desk.merged", number=other.number))


async def _tell_followers(session: Session, actor: Actor, case: Case, other: Case, *, now: datetime) -> None:
    """Tell followers under which number the case goes on. This takes the place of the step's notice."""
    line = Text("desk.merged_told", number=case.number, category=case.category, into=other.number)
    for follower in await cases.followers_of(session, ident(case)):
        contact = await session.get(Contact, follower.contact_id)
        if follower.muted or contact is None or contact.id == actor.id:
            continue
        key = f"case:{case.id}:{case.steps}:{contact.id}"
        await messages.take_back(session, key)
        row = [open_button(other, contact.id), mute_button(other, contact.id)]
        view = View([line], [row], case_ids=[ident(other)])
        await outbox.enqueue(session, MessageKind.NOTICE, key, view, now=now, contact=contact)
