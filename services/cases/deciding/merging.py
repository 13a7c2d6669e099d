"""并案: a case about the same problem ends in the other case, and its followers follow that one."""

from __future__ import annotations

from typing import Final

from locales import Text
from models import cases
from models.cases import Case, case_merges, case_piles, categories
from models.cases.categories import Category
from models.db import ident
from models.delivery import messages
from models.people import Contact
from reports.formats import short
from rules.cases.case_lifecycle import OPEN, CaseEvent
from rules.cases.geo import distance_m
from rules.delivery.delivery import MessageKind
from rules.people.typed_names import normalise
from services import outbox, questions
from services.cases import case_access, case_steps, case_wording
from services.cases.cards import case_card
from services.cases.case_buttons import mute_button, open_button
from services.cases.case_steps import StepDetails
from services.cases.deciding.verifying import back_button
from services.cases.orders import order_view
from services.errors import DomainError
from services.recipients import unit_readers
from services.turn import Turn
from services.views import TurnOutcome, View, button

ASKED: Final = "dispatch.merge"
"""The question whose answer is the number of the other case."""

OFFERED: Final = 8


async def choose(turn: Turn, case_id: int, seen: int) -> View:
    """Offer nearby cases of the same category for 并案. The number of any other case is written."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.MERGE, seen, now=turn.now
    )
    category = await turn.session.get(Category, case.category_id)
    radius = category.radius_m if category else categories.RADIUS_M
    found = await case_piles.maybe_the_same(turn.session, case, radius, OFFERED)
    said = {"case_id": case_id, "seen": seen}
    await questions.ask_here(turn, ASKED, said)
    lines = [Text("desk.choose_merge" if found else "desk.write_merge", number=case.number)]
    rows = []
    for number, other in enumerate(found, 1):
        lines.append(case_wording.line(number, other, turn.now, turn.campaign))
        label = _label(number, case, other)
        rows.append([button(label, "desk.merge_into", turn.actor.id, **said, into=other.id)])
    return View(lines, [*rows, [back_button(turn.actor, case_id)]], case_ids=[case_id])


def _label(number: int, case: Case, other: Case) -> Text:
    far = _far(case, other)
    if far is None:
        return Text("desk.merge_into_button", n=number, number=other.number)
    return Text("desk.merge_into_near_button", n=number, number=other.number, far=far)


def _far(case: Case, other: Case) -> Text | None:
    """How far apart the two cases are; None if one of the places is not known."""
    if case.point_id is not None and case.point_id == other.point_id:
        return Text("desk.same_place")
    if case.latitude is None or case.longitude is None or other.latitude is None or other.longitude is None:
        return None
    metres = distance_m((case.latitude, case.longitude), (other.latitude, other.longitude))
    if metres < 1_000:
        return Text("desk.metres", metres=round(metres))
    return Text("desk.kilometres", kilometres=f"{metres / 1_000:.1f}")


async def by_number(turn: Turn, case_id: int, seen: int, words: str) -> View:
    """Find the other case by the written number, and ask whether the merge is meant."""
    number = normalise(words)
    other = await cases.case_by_number(turn.session, number) if number and len(number) <= 20 else None
    if other is None or other.id is None:
        raise DomainError("desk.no_such_case", number=short(number, 40))
    return await ask(turn, case_id, seen, other.id)


async def ask(turn: Turn, case_id: int, seen: int, into: int) -> View:
    """Ask whether the merge is meant: it cannot be undone."""
    case = await case_steps.case_for_step(
        turn.session, turn.actor, case_id, CaseEvent.MERGE, seen, now=turn.now
    )
    other = await _target(turn, case, into)
    lines = [
        Text("desk.ask_merge", number=case.number, into=other.number),
        _described(case),
        _described(other),
        Text("desk.merge_means"),
    ]
    confirm = button(
        "desk.merge_now_button", "desk.merge_now", turn.actor.id, case_id=case_id, seen=seen, into=into
    )
    return View(lines, [[confirm], [back_button(turn.actor, case_id)]], case_ids=[case_id])


def _described(case: Case) -> Text:
    return Text(
        "desk.merge_case",
        number=case.number,
        category=case.category,
        place=case_wording.place_text(case),
        text=short(case.text, 60),
    )


async def _target(turn: Turn, case: Case, into: int) -> Case:
    if into == case.id:
        raise DomainError("desk.merge_self")
    other = await case_access.visible_case(turn.session, turn.actor, into)
    if other.state not in OPEN:
        state = Text(f"cases.state.{other.state.value}")
        raise DomainError("desk.merge_ended", number=other.number, state=state)
    case_steps.require(turn.actor, other, CaseEvent.ABSORB, now=turn.now)
    return other


async def merge(turn: Turn, case_id: int, seen: int, into: int) -> TurnOutcome:
    """Merge two cases: both take their step, or neither does.

    The photos stay with their own case, and the unit of the other one sees them there.
    """
    async with turn.session.begin_nested():
        # Always in the same order, so that two merges never wait for each other.
        for locked in sorted({case_id, into}):
            await cases.locked_case(turn.session, locked)
        case = await case_steps.case_as_seen(turn.session, turn.actor, case_id, seen)
        other = await _target(turn, case, into)
        change = StepDetails(reason=other.number, data={"into": into})
        await case_steps.take(
            turn, case_id, CaseEvent.MERGE, actor=turn.actor, seen=seen, change=change, merged_into=into
        )
        change = StepDetails(reason=case.number, data={"case": case_id})
        await case_steps.take(turn, into, CaseEvent.ABSORB, actor=turn.actor, change=change)
        await _tell_followers(turn, case, other)
        await case_piles.follow_along(turn.session, case_id, into)
        await turn.session.flush()
        await _tell_unit(turn, case, other)
    return TurnOutcome(await case_card.card(turn, case_id), Text("desk.merged", number=other.number))


async def _tell_unit(turn: Turn, case: Case, other: Case) -> None:
    """Show the unit that holds the other case what was reported with this one. Before 派遣 nobody holds it.

    The order shows it to the unit that gets the case later.
    """
    if other.unit_id is None:
        return
    files = order_view.pictures(
        await cases.files_of(turn.session, ident(case)), order_view.merged_caption(case)
    )
    for merged, more in await case_merges.merged_files(turn.session, ident(case)):
        files += order_view.pictures(more, order_view.merged_caption(merged))
    lines = [
        Text("desk.absorbed_told", number=case.number, into=other.number, category=other.category),
        Text("cases.card.place", value=case_wording.place_text(case)),
    ]
    if case.text:
        lines.append(Text("cases.card.text", value=short(case.text, 200)))
    for contact in await unit_readers(turn.session, other.unit_id, turn.today, other.responsible_id):
        key = f"case:{other.id}:{other.steps}:absorbed:{contact.id}"
        row = [open_button(other, contact.id)]
        view = View(lines, [row], files=files[: order_view.PHOTOS], case_ids=[ident(other)])
        await outbox.enqueue(turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=contact)


async def _tell_followers(turn: Turn, case: Case, other: Case) -> None:
    """Tell followers under which number the case goes on. This takes the place of the step's notice."""
    line = Text("desk.merged_told", number=case.number, category=case.category, into=other.number)
    for follower in await cases.followers_of(turn.session, ident(case)):
        contact = await turn.session.get(Contact, follower.contact_id)
        if follower.muted or contact is None or contact.id == turn.actor.id:
            continue
        key = f"case:{case.id}:{case.steps}:{contact.id}"
        await messages.take_back(turn.session, key)
        row = [open_button(other, contact.id), mute_button(other, contact.id)]
        view = View([line], [row], case_ids=[ident(other)])
        await outbox.enqueue(turn.session, MessageKind.NOTICE, key, view, now=turn.now, contact=contact)
