"""派遣, 立案 and 提示主要领导 for many cases at once, each by its own default."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import col, select

from locales import plain
from models.cases import Case, SupervisionOrder
from models.cases.case_piles import Pile
from models.db import ident
from models.people import Unit
from rules.cases.case_lifecycle import CaseEvent, CaseState
from services.cases.deciding import registration
from services.cases.lists import case_piles
from services.cases.orders import dispatch_plan, dispatching
from services.turn import Turn
from services.views import ButtonSpec, TurnOutcome, View
from tests.services.cases.judged import read
from tests.services.cases.test_pile_bulk import Desk, labelled, pairs
from tests.services.conftest import World
from tests.services.progress.talk import buttons, keys, refused
from tests.support.binding import brought
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
def office(case_desk: CaseDesk, world: World) -> Desk:
    return Desk(case_desk, world, {"now": case_desk.now, "campaign": case_desk.campaign})


def turn_of(office: Desk) -> Turn:
    return turn_for(office.session, office.world.office, chat=1, **office.at)


def picked(found: Sequence[Case]) -> tuple[tuple[int, int], ...]:
    return tuple((ident(case), case.steps) for case in found)


async def plan(office: Desk, found: Sequence[Case], pile: Pile = Pile.TO_REGISTER) -> View:
    return await dispatch_plan.preview(turn_of(office), picked(found), pile)


async def confirm(office: Desk, view: View) -> TurnOutcome:
    (button,) = buttons(view, "desk.plan_confirm")
    said: dict[str, Any] = brought(button)
    return await dispatch_plan.confirm(turn_of(office), **said)


async def orders(office: Desk) -> list[SupervisionOrder]:
    return list(await office.session.exec(select(SupervisionOrder).order_by(col(SupervisionOrder.serial))))


async def nowhere(office: Desk) -> Case:
    """A case that has no default unit."""
    category = await office.cases.category(f"别处{secrets.token_hex(4)}")
    return await office.cases.report(office.world.other_liaison, category)


async def reported(office: Desk, count: int, unit: Unit | None = None) -> list[Case]:
    """Cases that the office has not decided on."""
    return [await office.make(unit=unit) for _ in range(count)]


async def test_ten_new_cases_in_four_presses(office: Desk, roster: Roster) -> None:
    other = await roster.unit("城东街道")
    found = [*await reported(office, 6), *await reported(office, 4, other)]
    (pile,) = buttons(await case_piles.front(turn_of(office)), "desk.list")
    listed = await office.press(pile)
    (every,) = labelled(listed, "desk.pick_page_button")
    view = await office.press(every)
    (both,) = labelled(view, "desk.quick_picked_button")
    preview = await dispatch_plan.preview(turn_of(office), **brought(both))
    outcome = await confirm(office, preview)
    assert outcome.done
    for case in found:
        await office.session.refresh(case)
    assert {case.state for case in found} == {CaseState.DISPATCHED}
    assert [(order.unit_id, order.serial) for order in await orders(office)] == [
        (office.world.unit.id, 1),
        (other.id, 2),
    ]
    assert [case.unit_id for case in found] == [office.world.unit.id] * 6 + [other.id] * 4


async def test_each_goes_under_the_task_that_it_belongs_to(office: Desk, roster: Roster) -> None:
    world = office.world
    task = await roster.task(world.unit, "清理楼道堆物", None, world.responsible.contact)
    fits, other = await reported(office, 2)
    fits.text, other.text = "楼道堆物没有清理", "路灯不亮"
    await office.session.flush()
    lots, open_ones = await dispatch_plan.lots_of(turn_of(office), [fits, other])
    assert open_ones == []
    assert [(lot.unit.id, lot.task and lot.task.id, lot.cases) for lot in lots] == [
        (world.unit.id, task.id, [fits]),
        (world.unit.id, None, [other]),
    ]
    view = await plan(office, [fits, other])
    await confirm(office, view)
    assert [order.task_id for order in await orders(office)] == [task.id, None]


async def test_what_has_no_default_stays_and_is_named(office: Desk) -> None:
    known, lost = await reported(office, 2), await nowhere(office)
    view = await plan(office, [*known, lost])
    assert lost.number in read(view)
    assert "desk.plan_without_unit" in keys(view)
    await confirm(office, view)
    await office.session.refresh(lost)
    assert lost.state is CaseState.REPORTED
    assert (await orders(office))[0].unit_id == office.world.unit.id


async def test_one_order_has_its_own_preview(office: Desk) -> None:
    view = await plan(office, await reported(office, 3))
    assert keys(view)[0] == "desk.plan_register"
    assert buttons(view, "desk.confirm")
    assert keys(await plan(office, [await nowhere(office)]))[0] == "desk.write_unit"


async def test_those_that_moved_on_are_named_and_the_rest_goes_through(office: Desk, roster: Roster) -> None:
    other = await roster.unit("城东街道")
    ours, theirs = await reported(office, 3), await reported(office, 2, other)
    view = await plan(office, [*ours, *theirs])
    for case in (ours[0], *theirs):
        await office.cases.step(case, CaseEvent.REJECT, office.world.office)
    outcome = await confirm(office, view)
    assert outcome.done
    said = read(outcome.view)
    assert all(case.number in said for case in (ours[0], *theirs))
    assert ours[1].number not in said
    (order,) = await orders(office)
    assert order.unit_id == office.world.unit.id
    for case in ours[1:]:
        await office.session.refresh(case)
    assert {case.order_id for case in ours[1:]} == {order.id}
    # A second press finds nothing to do.
    again = await confirm(office, view)
    assert not again.done
    assert len(await orders(office)) == 1


async def test_two_hundred_make_orders_of_twenty(office: Desk) -> None:
    found = await reported(office, 2 * dispatching.MOST + 1)
    view = await plan(office, found)
    outcome = await confirm(office, view)
    assert outcome.done
    assert len(await orders(office)) == 3
    # The preview counts what it does not name.
    assert "desk.plan_more" in keys(view)


async def test_too_many_without_a_unit(office: Desk) -> None:
    found = [await nowhere(office) for _ in range(dispatching.MOST + 1)]
    assert await refused(plan(office, found)) == "desk.too_many_without_unit"


async def test_nothing_is_left(office: Desk) -> None:
    (case,) = await reported(office, 1)
    seen = picked([case])
    await office.cases.step(case, CaseEvent.REJECT, office.world.office)
    turn = turn_of(office)
    assert await refused(dispatch_plan.preview(turn, seen, Pile.TO_REGISTER)) == "desk.all_moved_on"
    assert await refused(dispatch_plan.preview(turn, (), Pile.TO_REGISTER)) == "desk.nothing_chosen"


async def test_only_the_office_plans(office: Desk) -> None:
    found = picked(await reported(office, 2))
    turn = turn_for(office.session, office.world.leader, **office.at)
    assert await refused(dispatch_plan.preview(turn, found, Pile.TO_REGISTER)) == "tasks.office_only"
    assert await refused(dispatch_plan.confirm(turn, (), Pile.TO_REGISTER)) == "tasks.office_only"
    assert await refused(registration.register_picked(turn, found, Pile.TO_REGISTER)) == "tasks.office_only"


async def test_a_task_that_is_gone_stops_its_own_order_alone(office: Desk, roster: Roster) -> None:
    other = await roster.unit("城东街道")
    ours, theirs = await reported(office, 1), await reported(office, 1, other)
    gone = dispatch_plan.PlannedOrder(ident(office.world.unit), 999, picked(ours))
    good = dispatch_plan.PlannedOrder(ident(other), None, picked(theirs))
    outcome = await dispatch_plan.confirm(turn_of(office), (gone, good), Pile.TO_REGISTER)
    assert outcome.done
    assert keys(outcome.view) == ["desk.dispatched_many", "desk.lot_refused", "desk.lot_dispatched"]
    await office.session.refresh(ours[0])
    assert ours[0].state is CaseState.REPORTED


async def test_many_are_registered(office: Desk) -> None:
    found = await reported(office, 3)
    view = await office.shown(Pile.TO_REGISTER, picked=picked(found))
    (only,) = labelled(view, "desk.register_picked_button")
    await office.cases.step(found[0], CaseEvent.REJECT, office.world.office)
    outcome = await registration.register_picked(turn_of(office), **brought(only))
    assert outcome.done
    assert found[0].number in read(outcome.view)
    for case in found:
        await office.session.refresh(case)
    assert [case.state for case in found[1:]] == [CaseState.REGISTERED] * 2
    assert not (await registration.register_picked(turn_of(office), **brought(only))).done


def whole(button: ButtonSpec) -> str:
    return plain(button.label, "zh")


async def test_what_a_list_offers(office: Desk) -> None:
    found = await reported(office, 21)
    view = await office.shown(Pile.TO_REGISTER)
    (every,) = labelled(view, "desk.pick_all_button")
    assert every.arguments["picked"] == pairs(found)
    view = await office.press(every)
    assert "21" in whole(labelled(view, "desk.quick_picked_button")[0])
    assert not labelled(view, "desk.reassign_picked_button")
