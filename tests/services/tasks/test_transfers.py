"""转办: nothing changes before it is accepted; one offer at a time; a void offer is refused at the press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from locales import plain
from models.db import Session
from models.delivery.messages import Outbox
from models.people import Contact, ContactState, absences
from models.people.absences import Absence, OfferState, TransferOffer
from rules.people.roles import Role
from rules.tasks.task_lifecycle import TaskState
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.office import handover
from services.people import leave
from services.tasks import reassign, task_card, task_history, task_steps, transfers
from services.views import View
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, line, refused
from tests.support.people import Roster
from tests.support.turns import turn_for

CAMPAIGN = Campaign()
TODAY = date(2026, 12, 15)


@pytest.fixture
async def colleague(roster: Roster, world: World) -> Actor:
    return await roster.actor(world.unit, "李四", Role.RESPONSIBLE_PERSON)


async def offer(
    session: Session,
    world: World,
    to: Actor,
    now: datetime,
    by: Actor | None = None,
    reason: str | None = None,
) -> int:
    what = (world.task_id, to.id, reason)
    view = await transfers.offer(turn_for(session, by or world.responsible, now, CAMPAIGN), *what)
    (button,) = buttons(view, "transfers.withdraw")
    return int(button.arguments["offer_id"])


async def notices(session: Session, contact: Contact) -> list[str]:
    query = select(Outbox).where(Outbox.contact_id == contact.id).order_by(col(Outbox.id))
    return [row.content["lines"][0]["$text"] for row in await session.exec(query)]


async def card(session: Session, reader: Actor, world: World, now: datetime) -> View:
    return await task_card.card(turn_for(session, reader, now, CAMPAIGN), world.task_id)


async def accept(session: Session, actor: Actor, offer_id: int, now: datetime) -> Any:
    return await transfers.accept(turn_for(session, actor, now, CAMPAIGN), offer_id)


async def test_offered_and_accepted(
    session: Session, world: World, roster: Roster, colleague: Actor, now: datetime
) -> None:
    await roster.contact(world.unit, "没入册的人", enrolled=False)
    away, today = await roster.contact(world.unit, "请假的人", Role.RESPONSIBLE_PERSON), CAMPAIGN.today(now)
    theirs, deputy = away.id or 0, world.liaison.id
    session.add(
        Absence(contact_id=theirs, deputy_id=deputy, first=today, last=today, made_by=theirs, made_at=now)
    )
    choice = await transfers.choose(turn_for(session, world.responsible, now, CAMPAIGN), world.task_id)
    labels = [plain(button.label, "zh") for button in buttons(choice, "transfers.to")]
    assert labels == ["城管局联络员", "李四", "城管局分管领导"]
    assert "transfers.only_here" in keys(choice)
    await task_steps.acknowledge(turn_for(session, world.responsible, now), [world.task_id])
    before = (world.task.responsible_id, world.task.state)
    offer_id = await offer(session, world, colleague, now, reason="本周外出培训")
    await session.refresh(world.task)
    assert (world.task.responsible_id, world.task.state) == before
    for reader in (world.responsible, world.liaison):
        shown = await card(session, reader, world, now)
        assert line(shown, "transfers.waiting").values["name"] == "李四"
        assert buttons(shown, "transfers.withdraw")
        assert not buttons(shown, "transfers.start")
    assert buttons(await card(session, colleague, world, now), "transfers.accept")
    twice = transfers.choose(turn_for(session, world.responsible, now, CAMPAIGN), world.task_id)
    assert await refused(twice) == "transfers.waits_already"
    for other in (world.responsible, world.liaison, world.office):
        assert await refused(accept(session, other, offer_id, now)) == "buttons.not_yours"
    assert (await accept(session, colleague, offer_id, now)).view.task_ids == [world.task_id]
    await session.refresh(world.task)
    task = world.task
    # Accepting is 签收, too.
    assert (task.responsible_id, task.responsible_person, task.state) == (
        colleague.id,
        "李四",
        TaskState.ACKNOWLEDGED,
    )
    assert await notices(session, colleague.contact) == ["transfers.asked"]
    assert await notices(session, world.responsible.contact) == ["reassign.from_you"]
    told = await task_history.view(turn_for(session, world.office, campaign=CAMPAIGN), world.task_id)
    text = "\n".join(plain(one, "zh") for one in told.lines)
    assert "<" not in text.replace("<b>", "").replace("</b>", "")
    for words in (
        "提出转办",
        "转办 城管局 李四",
        "转办人：城管局 城管局责任人",
        "本周外出培训",
        "城管局责任人 → 李四",
    ):
        assert words in text, text
    assert await refused(accept(session, colleague, offer_id, now)) == "transfers.was_accepted"


async def test_declined_and_withdrawn(
    session: Session, world: World, colleague: Actor, now: datetime
) -> None:
    first = await offer(session, world, colleague, now)
    asked = await transfers.ask_why(
        turn_for(session, colleague, now, chat=colleague.contact.telegram_user_id or 0), first
    )
    assert buttons(asked, "transfers.decline")
    await transfers.decline(turn_for(session, colleague, now), first, "  手头 任务较多 ")
    assert await notices(session, world.responsible.contact) == ["transfers.declined"]
    assert (
        await refused(transfers.decline(turn_for(session, colleague, now), first, None))
        == "transfers.was_declined"
    )
    second = await offer(session, world, colleague, now, by=world.liaison)
    assert (
        await refused(transfers.withdraw(turn_for(session, colleague, now), second)) == "transfers.not_yours"
    )
    await transfers.withdraw(turn_for(session, world.responsible, now), second)
    assert (await notices(session, colleague.contact))[-1] == "transfers.taken_back"
    assert await refused(accept(session, colleague, second, now)) == "transfers.was_withdrawn"
    await session.refresh(world.task)
    assert world.task.responsible_id == world.responsible.id


async def test_who_may_offer_and_to_whom(
    session: Session, world: World, roster: Roster, colleague: Actor, now: datetime
) -> None:
    for stranger in (colleague, world.leader, world.office):
        choice = transfers.choose(turn_for(session, stranger, now, CAMPAIGN), world.task_id)
        assert await refused(choice) == "transfers.not_yours"
        assert not buttons(await card(session, stranger, world, now), "transfers.start")
    unseen = transfers.choose(turn_for(session, world.other_liaison, now, CAMPAIGN), world.task_id)
    assert await refused(unseen) == "tasks.not_yours"
    new = await roster.contact(world.unit, "没入册的人", enrolled=False)
    for contact, why in (
        (world.other_liaison.contact, "transfers.other_unit"),
        (world.responsible.contact, "reassign.kept_theirs"),
        (new, "transfers.not_reachable"),
    ):
        what = (world.task_id, contact.id or 0, None)
        made = transfers.offer(turn_for(session, world.responsible, now, CAMPAIGN), *what)
        assert await refused(made) == why
    # The responsible person's deputy may offer the task; both hear what becomes of the offer.
    deputy = await roster.contact(world.other_unit, "王五")
    who = (world.responsible.id, deputy.id or 0)
    await leave.confirm(turn_for(session, world.responsible, now, CAMPAIGN), *who, TODAY, TODAY)
    actor = await actor_of(session, deputy, today=TODAY)
    offer_id = await offer(session, world, colleague, now, by=actor)
    await transfers.decline(turn_for(session, colleague, now), offer_id, None)
    for contact in (deputy, world.responsible.contact):
        assert (await notices(session, contact))[-1] == "transfers.declined"


async def _complete(session: Session, world: World, _colleague: Actor, now: datetime) -> None:
    assert await task_steps.complete(turn_for(session, world.office, now), world.task_id)


async def _cancel(session: Session, world: World, _colleague: Actor, now: datetime) -> None:
    assert await task_steps.cancel(turn_for(session, world.office, now), world.task_id, "重复")


async def _reassign(session: Session, world: World, _colleague: Actor, now: datetime) -> None:
    to = world.liaison.id
    moved = await reassign.move_tasks(turn_for(session, world.office, now, CAMPAIGN), [world.task_id], to)
    assert moved.tasks


async def _receiver_leaves(session: Session, world: World, colleague: Actor, now: datetime) -> None:
    await handover.leave_post(turn_for(session, world.office, now, CAMPAIGN), colleague.id, 0)
    assert await notices(session, world.responsible.contact) == ["transfers.gone"]


async def _giver_leaves(session: Session, world: World, colleague: Actor, now: datetime) -> None:
    await handover.leave_post(turn_for(session, world.office, now, CAMPAIGN), world.responsible.id, 1)
    assert (await notices(session, colleague.contact))[-1] == "transfers.gone"


@pytest.mark.parametrize("happens", [_complete, _cancel, _reassign, _receiver_leaves, _giver_leaves])
async def test_what_withdraws_an_offer(
    session: Session,
    world: World,
    colleague: Actor,
    now: datetime,
    happens: Callable[[Session, World, Actor, datetime], Awaitable[None]],
) -> None:
    offer_id = await offer(session, world, colleague, now)
    await happens(session, world, colleague, now)
    made = await session.get_one(TransferOffer, offer_id, populate_existing=True)
    assert made.state is OfferState.WITHDRAWN
    assert await absences.pending_offer(session, world.task_id) is None
    assert await refused(accept(session, colleague, offer_id, now)) == "transfers.was_withdrawn"


async def test_an_offer_is_void_when_somebody_else_answers_for_the_task(
    session: Session, world: World, colleague: Actor, now: datetime
) -> None:
    """An import may do this, for example: nobody accepts a task that the giver no longer has."""
    offer_id = await offer(session, world, colleague, now)
    world.task.responsible_id = world.liaison.id
    await session.flush()
    assert await refused(accept(session, colleague, offer_id, now)) == "transfers.void"
    assert "transfers.waiting" not in keys(await card(session, world.liaison, world, now))
    again = await offer(session, world, colleague, now, by=world.liaison)
    assert again != offer_id
    colleague.contact.state = ContactState.LEFT
    await session.flush()
    assert await refused(accept(session, colleague, again, now)) == "transfers.void"
