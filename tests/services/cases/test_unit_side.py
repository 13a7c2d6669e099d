"""签收, 开始处置, 退单, 申请延期, 超时申诉: what the unit does with an order, which it cannot pass on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from locales import LOCALES, Text, plain
from models import cases
from models.cases import Case
from models.db import Database
from models.people import Contact, set_roles
from reports.formats import moment_text
from rules.cases.case_facts import AppealState
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services import reasons
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases.case_steps import MovedOnError, StepDetails
from services.cases.handling import unit_side
from services.cases.orders import dispatching
from services.errors import DomainError
from services.views import TurnOutcome
from tests.services.cases.judged import labels, read
from tests.services.cases.ordered import Orders
from tests.services.conftest import Local, World, make_world
from tests.services.progress.talk import buttons, refused
from tests.support.cases import CaseDesk
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import turn_for

UNITS = (CaseEvent.SEND_BACK, CaseEvent.ASK_EXTENSION, CaseEvent.APPEAL)


@pytest.fixture
def orders(case_desk: CaseDesk, world: World) -> Orders:
    return Orders(case_desk, world)


async def last(orders: Orders, case: Case) -> cases.CaseStep:
    return (await cases.steps_of(orders.session, case.id or 0))[-1]


# -- 签收 and 开始处置 ---------------------------------------------------------------------------------


async def test_all_of_an_order_is_signed_at_once(orders: Orders, world: World) -> None:
    order, found = await orders.several(3)
    assert await orders.sign(world.liaison, order.id) == 3
    for case in found:
        await orders.session.refresh(case)
        assert case.state is CaseState.ACKNOWLEDGED
        assert (case.acknowledged_at, case.responsible_id) == (orders.desk.now, world.liaison.id)
        assert (await last(orders, case)).actor_id == world.liaison.id


async def test_the_second_signature_changes_nothing(orders: Orders, world: World) -> None:
    order, (case,) = await orders.several(1)
    await orders.sign(world.liaison, order.id)
    assert await orders.sign(world.responsible, order.id) == 0
    await orders.session.refresh(case)
    assert (case.steps, case.responsible_id) == (4, world.liaison.id)


async def test_what_waits_of_it_is_signed(orders: Orders, world: World) -> None:
    """One case of the order is in work already, another was sent back."""
    order, (one, two, three) = await orders.several(3)
    await orders.desk.step(one, CaseEvent.HANDLE, world.responsible)
    await orders.decide(world.responsible, two, CaseEvent.SEND_BACK)
    assert await orders.sign(world.liaison, order.id) == 1
    await orders.session.refresh(three)
    assert three.state is CaseState.ACKNOWLEDGED
    assert one.responsible_id == world.responsible.id


@pytest.mark.parametrize("who", ["leader", "office"])
async def test_who_looks_does_not_sign(orders: Orders, world: World, who: str) -> None:
    order, _ = await orders.several(1)
    assert await refused(orders.sign(getattr(world, who), order.id)) == "cases.not_for_you.unit"


async def test_the_card_offers_the_next_step_first(orders: Orders, world: World) -> None:
    case = await orders.one()
    view = await orders.card(world.liaison, case)
    names = ("sign", "feedback", "send_back", "ask_extension", "paper")
    assert labels(view)[:5] == [says(f"orders.{name}_button") for name in names]
    (sign,) = buttons(view, "order.acknowledge")
    assert sign.arguments == {"case_id": case.id, "seen": case.steps}
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, world.liaison)
    assert labels(await orders.card(world.liaison, case))[0] == says("orders.handle_button")
    await orders.desk.step(case, CaseEvent.HANDLE, world.liaison)
    assert labels(await orders.card(world.liaison, case))[0] == says("orders.feedback_button")


async def test_leaders_and_the_office_get_the_paper_alone(orders: Orders, world: World) -> None:
    case = await orders.one()
    for actor in (world.leader, world.office):
        pressed = [b.action for row in (await orders.card(actor, case)).rows for b in row]
        assert [name for name in pressed if name.startswith("order.")] == ["order.paper"]


# -- 退单 ----------------------------------------------------------------------------------------------


async def test_sent_back_to_the_office(orders: Orders, world: World) -> None:
    case = await orders.one()
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, world.liaison)
    decided = await orders.decide(world.liaison, case, CaseEvent.SEND_BACK, "不属于本单位职责")
    await orders.session.refresh(case)
    assert case.state is CaseState.REGISTERED
    assert (case.unit_id, case.order_id, case.responsible_id, case.sign_by) == (None, None, None, None)
    step = await last(orders, case)
    assert (step.reason, step.data) == ("不属于本单位职责", {"unit_id": world.unit.id})
    assert said(decided) == "orders.done.send_back"
    assert read(decided.view) == says("orders.gone", number=case.number)
    told = [words for words in await orders.told(world.office) if "不属于本单位职责" in words]
    assert len(told) == 1
    assert case.number in told[0]
    assert world.liaison.contact.name in told[0]
    assert await refused(orders.card(world.liaison, case)) == "cases.not_yours"


async def test_the_rest_of_the_order_is_one_press_away(orders: Orders, world: World) -> None:
    order, (one, other) = await orders.several(2)
    first = await orders.decide(world.liaison, one, CaseEvent.SEND_BACK)
    (back,) = buttons(first.view, "order.show")
    assert back.arguments == {"order_id": order.id}
    second = await orders.decide(world.liaison, other, CaseEvent.SEND_BACK)
    assert not second.view.rows


async def test_a_sent_back_case_gets_another_order(orders: Orders, world: World) -> None:
    """The new order has its own number, limit and signature; the first unit no longer sees the case."""
    case = await orders.one()
    await orders.sign(world.liaison, case.order_id)
    first = case.order_id
    await orders.decide(world.liaison, case, CaseEvent.SEND_BACK)
    order = await dispatching.dispatch(
        turn_for(orders.session, world.office, **orders.where), [case.id or 0], world.other_unit.id or 0
    )
    assert (order.serial, first != order.id) == (2, True)
    assert case.number in read(await orders.view(world.other_liaison, order.id))
    for order_id in (first, order.id):
        assert await refused(orders.view(world.liaison, order_id)) == "orders.not_yours"
    assert await orders.sign(world.other_liaison, order.id) == 1


async def test_nobody_of_the_unit_passes_it_on(orders: Orders, world: World) -> None:
    case = await orders.one()
    for actor in (world.liaison, world.responsible, world.leader):
        passed = dispatching.dispatch(
            turn_for(orders.session, actor, **orders.where), [case.id or 0], world.other_unit.id or 0
        )
        assert await refused(passed) == "cases.not_for_you.office"
        pressed = [b.action for row in (await orders.card(actor, case)).rows for b in row]
        assert not [name for name in pressed if name.startswith("desk.")]


async def test_after_a_rework_it_is_not_returned(orders: Orders, world: World) -> None:
    case = await orders.one()
    await orders.desk.step(case, CaseEvent.FEEDBACK, world.liaison)
    await orders.desk.step(case, CaseEvent.REWORK, world.office, change=StepDetails(reason="仍有堆物"))
    key = await refused(orders.decide(world.liaison, case, CaseEvent.SEND_BACK))
    assert key == "cases.refused.not_now"


# -- 申请延期 and 超时申诉 -----------------------------------------------------------------------------


async def test_more_time_is_asked_for(orders: Orders, world: World) -> None:
    case = await orders.one()
    limit = case.limit_at
    decided = await orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION, "需要吊车")
    await orders.session.refresh(case)
    assert (case.state, case.extension_asked, case.limit_at) == (CaseState.DISPATCHED, True, limit)
    assert case.number in read(decided.view)
    (told,) = [words for words in await orders.told(world.office) if "需要吊车" in words]
    assert says("cases.event.ask_extension") in told
    again = orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION)
    assert await refused(again) == "cases.refused.extension_waits"


async def test_not_once_it_is_overdue(orders: Orders, world: World) -> None:
    case = await orders.one()
    assert case.limit_at is not None
    late = case.limit_at + timedelta(seconds=1)
    asked = orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION, at=late)
    with pytest.raises(DomainError) as raised:
        await asked
    assert raised.value.text.key == "orders.extension_too_late"
    at = plain(moment_text(case.limit_at, orders.desk.campaign.zone))
    for locale in LOCALES:
        told = plain(raised.value.text, locale)
        assert case.number in told
        assert plain(Text("orders.feedback_button"), locale) in told
        assert len(told) <= 200, "Telegram shows no more of an alert"
    assert f"已于{at}到期" in plain(raised.value.text)
    await orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION, at=case.limit_at)
    again = orders.decide(world.liaison, case, CaseEvent.ASK_EXTENSION, at=late)
    assert await refused(again) == "cases.refused.extension_waits"


async def test_an_appeal_once_after_closing(orders: Orders, world: World, local: Local) -> None:
    case = await orders.one()
    await orders.desk.step(case, CaseEvent.FEEDBACK, world.liaison, at=local(12, 20))
    early = orders.decide(world.liaison, case, CaseEvent.APPEAL)
    assert await refused(early) == "cases.refused.not_now"
    await orders.desk.step(case, CaseEvent.CLOSE, world.office, at=local(12, 21))
    assert says("orders.appeal_button") in labels(await orders.card(world.liaison, case))
    decided = await orders.decide(world.liaison, case, CaseEvent.APPEAL, "派遣有误")
    await orders.session.refresh(case)
    assert case.appeal is AppealState.ASKED
    assert said(decided) == "orders.done.appeal"
    assert [words for words in await orders.told(world.office) if "派遣有误" in words]
    assert await refused(orders.decide(world.liaison, case, CaseEvent.APPEAL)) == "cases.refused.appealed"


async def test_what_was_in_time_is_not_appealed(orders: Orders, world: World) -> None:
    case = await orders.one()
    await orders.desk.step(case, CaseEvent.FEEDBACK, world.liaison)
    await orders.desk.step(case, CaseEvent.CLOSE, world.office)
    assert says("orders.appeal_button") not in labels(await orders.card(world.liaison, case))
    assert await refused(orders.decide(world.liaison, case, CaseEvent.APPEAL)) == "cases.refused.not_late"


def said(outcome: TurnOutcome) -> str:
    assert outcome.text is not None
    return outcome.text.key


# -- reasons -------------------------------------------------------------------------------------------


async def test_a_reason_by_a_press_or_in_words(orders: Orders, world: World) -> None:
    case = await orders.one()
    turn = turn_for(orders.session, world.liaison, orders.desk.now)
    view = await unit_side.ask(turn, case.id or 0, CaseEvent.SEND_BACK, case.steps)
    named = [button.arguments["reason"] for button in buttons(view, "order.reason")]
    assert named == list(unit_side.REASONS[CaseEvent.SEND_BACK])
    assert all(b.only_for == world.liaison.id for row in view.rows for b in row)
    assert [b.action for row in view.rows for b in row][-2:] == ["order.write", "order.back"]
    assert case.state is CaseState.DISPATCHED


@pytest.mark.parametrize("event", UNITS)
def test_every_reason_has_words(event: CaseEvent, campaign: Campaign) -> None:
    found = [reasons.named_reason(f"orders.reason.{name}", campaign) for name in unit_side.REASONS[event]]
    assert len(set(found)) == len(found) == 3


@pytest.mark.parametrize("words", ["", "  \n ", "\u200b\u200b"])
def test_a_reason_says_something(words: str) -> None:
    with pytest.raises(DomainError) as refusal:
        reasons.written_reason(words)
    assert refusal.value.text.key == "completion.reason_invisible"


def test_a_reason_is_one_line_of_no_more_than_300() -> None:
    assert reasons.written_reason(" 不归\n我们管 ") == "不归 我们管"
    assert reasons.written_reason("长" * 300) == "长" * 300
    with pytest.raises(DomainError):
        reasons.written_reason("长" * 301)


# -- old cards, others, two at once --------------------------------------------------------------------


async def test_an_old_card_changes_nothing(orders: Orders, world: World) -> None:
    case = await orders.one()
    seen = case.steps
    await orders.desk.step(case, CaseEvent.ACKNOWLEDGE, world.responsible)
    for event in (CaseEvent.SEND_BACK, CaseEvent.ASK_EXTENSION):
        with pytest.raises(MovedOnError) as moved:
            await orders.decide(world.liaison, case, event, seen=seen)
        assert moved.value.case_id == case.id
        with pytest.raises(MovedOnError):
            await unit_side.ask(
                turn_for(orders.session, world.liaison, orders.desk.now), case.id or 0, event, seen
            )
    await orders.session.refresh(case)
    assert case.steps == seen + 1


@pytest.mark.parametrize("event", UNITS)
@pytest.mark.parametrize("who", ["other_liaison", "leader", "office"])
async def test_it_is_the_units_own(orders: Orders, world: World, event: CaseEvent, who: str) -> None:
    """The reporter, who may look, belongs to another unit."""
    case = await orders.one()
    assert await refused(orders.decide(getattr(world, who), case, event)) == "cases.not_for_you.unit"
    assert case.steps == 3


async def test_another_unit_learns_nothing(orders: Orders, world: World, roster: Roster) -> None:
    case = await orders.one()
    stranger = await roster.actor(await roster.unit("交警大队"), "交警联络员", Role.LIAISON)
    assert await refused(orders.decide(stranger, case, CaseEvent.SEND_BACK)) == "cases.not_yours"
    assert not await orders.told(stranger)


async def test_who_lost_the_right_meanwhile(orders: Orders, world: World) -> None:
    case = await orders.one()
    contact = await orders.session.get_one(Contact, world.liaison.id)
    await set_roles(orders.session, contact.id or 0, {Role.LEADER_IN_CHARGE})
    actor = await actor_of(orders.session, contact)
    assert await refused(orders.sign(actor, case.order_id)) == "cases.not_for_you.unit"
    assert await refused(orders.decide(actor, case, CaseEvent.SEND_BACK)) == "cases.not_for_you.unit"


async def together(
    engines: tuple[Database, Database], actors: tuple[Actor, Actor], step: Callable[..., Any]
) -> list[str]:
    """The result of two steps in separate transactions: ``done``, or the key of the refusal."""

    async def run(engine: Database, actor: Actor) -> str:
        try:
            async with engine.transaction() as session:
                return str(await step(session, actor))
        except DomainError as refusal:
            return refusal.text.key

    return sorted(await asyncio.gather(*map(run, engines, actors)))


@pytest.mark.both_engines("side by side")
@pytest.mark.parametrize("event", [CaseEvent.ACKNOWLEDGE, CaseEvent.SEND_BACK, CaseEvent.ASK_EXTENSION])
async def test_two_of_the_unit_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign, event: CaseEvent
) -> None:
    other = Database(database_url)
    async with database.transaction() as session:
        world = await make_world(Roster(session, now, campaign))
        orders = Orders(CaseDesk(session, now, campaign), world)
        case = await orders.one()
        case_id, seen, order_id = case.id or 0, case.steps, case.order_id or 0

    async def step(session: Any, actor: Actor) -> str:
        if event is CaseEvent.ACKNOWLEDGE:
            return str(await unit_side.sign_all(turn_for(session, actor, now, campaign), order_id))
        await unit_side.decide(turn_for(session, actor, now, campaign), case_id, event, seen, "天气")
        return "done"

    came = await together((database, other), (world.liaison, world.responsible), step)
    await other.close()
    expected = {
        CaseEvent.ACKNOWLEDGE: ["0", "1"],
        CaseEvent.SEND_BACK: ["cases.not_yours", "done"],
        CaseEvent.ASK_EXTENSION: ["cases.moved_on", "done"],
    }
    assert came == expected[event]
    async with database.reading() as session:
        assert len(await cases.steps_of(session, case_id)) == seen + 1
