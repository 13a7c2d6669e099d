"""Several cases at once: how they are picked, which may be picked, and two members who dispatch at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.cases import Case, SupervisionOrder, case_by_id
from models.cases.case_piles import Pile
from models.cases.categories import Category
from models.db import Database, Session
from models.people import Unit
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases.lists import case_piles, pile_bulk
from services.cases.orders import dispatching, order_choice, order_confirm
from services.cases.orders.order_choice import DispatchChoice
from services.cases.orders.picked_cases import PickedCase, PickedCases
from services.errors import DomainError
from services.views import LISTED, ButtonSpec, View
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, refused
from tests.support.binding import brought
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

LATE = timedelta(days=3)
PAIRS = ((1, 2), (3, 4))


class Desk:
    """The office's lists, with the cases of one unit on them."""

    def __init__(self, cases: CaseDesk, world: World, at: dict[str, Any]) -> None:
        self.cases, self.world, self.at = cases, world, at
        self._categories: dict[int | None, Category] = {}

    @property
    def session(self) -> Session:
        return self.cases.session

    async def make(self, *events: CaseEvent, unit: Unit | None = None) -> Case:
        unit = unit or self.world.unit
        if unit.id not in self._categories:
            self._categories[unit.id] = await self.cases.category(f"归{unit.name}", unit=unit)
        case = await self.cases.report(self.world.other_liaison, self._categories[unit.id])
        return await self.cases.bring(case, *events, office=self.world.office, unit=self.world.liaison)

    async def several(self, count: int, *events: CaseEvent, unit: Unit | None = None) -> list[Case]:
        return [await self.make(*(events or (CaseEvent.REGISTER,)), unit=unit) for _ in range(count)]

    async def shown(
        self, pile: Pile, actor: Actor | None = None, *, now: datetime | None = None, **page: Any
    ) -> View:
        turn = turn_for(
            self.session, actor or self.world.office, **{**self.at, **({"now": now} if now else {})}
        )
        return await case_piles.list_view(turn, pile, **page)

    async def press(self, spec: ButtonSpec, **at: Any) -> View:
        return await self.shown(**brought(spec), **at)


@pytest.fixture
def at(now: datetime, campaign: Campaign) -> dict[str, Any]:
    return {"now": now, "campaign": campaign}


@pytest.fixture
def office(case_desk: CaseDesk, world: World, at: dict[str, Any]) -> Desk:
    return Desk(case_desk, world, at)


def labelled(view: View, key: str) -> list[ButtonSpec]:
    return [button for row in view.rows for button in row if button.label.key == key]


def pairs(found: Sequence[Case]) -> list[list[int]]:
    return [[case.id or 0, case.steps] for case in found]


@pytest.mark.parametrize(
    ("picked", "toggled", "picks"),
    [
        ([], None, {}),
        (PAIRS, None, {1: 2, 3: 4}),
        (PAIRS, (5, 6), {1: 2, 3: 4, 5: 6}),
        (PAIRS, (1, 2), {3: 4}),
        # A case picked at two steps is unpicked, though it has more steps by now.
        (PAIRS, (1, 9), {3: 4}),
    ],
)
def test_what_a_button_picks(picked: PickedCases, toggled: PickedCase | None, picks: dict[int, int]) -> None:
    assert pile_bulk.picks_of(picked, toggled) == picks


async def test_what_is_picked_is_kept_over_the_pages(office: Desk) -> None:
    found = await office.several(LISTED + 1)
    view = await office.shown(Pile.TO_DISPATCH)
    view = await office.press(labelled(view, "desk.unpicked_button")[0])
    (later,) = [b for b in buttons(view, "desk.list") if b.arguments["offset"] == LISTED]
    view = await office.press(later)
    view = await office.press(labelled(view, "desk.unpicked_button")[0])
    (send,) = buttons(view, "desk.plan")
    assert send.arguments["picked"] == pairs([found[0], found[-1]])
    (unpick,) = labelled(view, "desk.unpick_button")
    view = await office.press(unpick)
    assert not buttons(view, "desk.plan")
    assert not labelled(view, "desk.picked_button")


async def test_the_units_with_most_come_first_and_one_alone_is_none(office: Desk, roster: Roster) -> None:
    others = [await roster.unit(f"第{n}街道办") for n in range(pile_bulk.OFFERED)]
    for count, unit in enumerate([*others, office.world.unit], 1):
        await office.several(count, unit=unit)
    view = await office.shown(Pile.TO_DISPATCH)
    offered = [
        (b.label.values["unit"], b.label.values["count"]) for b in labelled(view, "desk.same_unit_button")
    ]
    assert offered == [("城管局", 5), ("第3街道办", 4), ("第2街道办", 3), ("第1街道办", 2)]


async def test_an_order_takes_so_many_and_no_more(office: Desk) -> None:
    found = await office.several(dispatching.MOST + 1)
    view = await office.shown(Pile.TO_DISPATCH)
    (same,) = labelled(view, "desk.same_unit_button")
    assert same.arguments["picked"] == pairs(found[: dispatching.MOST])
    unit_id = office.world.unit.id or 0
    ids = [case.id or 0 for case in found]
    session, actor = office.session, office.world.office
    assert (
        await refused(dispatching.dispatch(turn_for(session, actor, **office.at), ids, unit_id))
        == "desk.too_many"
    )
    assert (
        await refused(dispatching.dispatch(turn_for(session, actor, **office.at), [], unit_id))
        == "desk.nothing_chosen"
    )
    assert not list(await session.exec(select(SupervisionOrder)))


async def test_the_overdue_are_reminded_of_together(office: Desk) -> None:
    found = await office.several(LISTED + 1, *TO_DISPATCHED)
    late = {"now": office.at["now"] + LATE}
    view = await office.shown(Pile.OVERDUE, **late)
    (every,) = labelled(view, "desk.remind_all_button")
    assert every.arguments["cases"] == [case.id for case in found]
    (page,) = labelled(view, "desk.pick_page_button")
    view = await office.press(page, **late)
    view = await office.press(labelled(view, "desk.picked_button")[0], **late)
    (picked,) = labelled(view, "desk.remind_picked_button")
    assert picked.arguments["cases"] == [case.id for case in found[1:LISTED]]
    assert not buttons(view, "desk.plan"), "they have their unit"


async def test_only_the_office_picks_and_not_on_every_list(office: Desk) -> None:
    late = {"now": office.at["now"] + LATE}
    await office.make(*TO_DISPATCHED)
    await office.make()
    led = await office.shown(Pile.OVERDUE, office.world.leader, **late)
    assert buttons(led, "case.card")
    assert not labelled(led, "desk.unpicked_button")
    assert not buttons(led, "desk.remind")
    checked = await office.shown(Pile.VERIFYING)
    assert not labelled(checked, "desk.unpicked_button")


async def test_several_are_given_to_another_unit_under_a_new_order(office: Desk) -> None:
    found = await office.several(2, *TO_DISPATCHED)
    late = {"now": office.at["now"] + LATE}
    (page,) = labelled(await office.shown(Pile.OVERDUE, **late), "desk.pick_page_button")
    (again,) = labelled(await office.press(page, **late), "desk.reassign_picked_button")
    assert again.action == "desk.units"
    wanted = replace(brought(again)["wanted"], unit_id=office.world.other_unit.id)
    assert wanted.cases == tuple((case.id or 0, case.steps) for case in found)
    view = await order_choice.preview(
        turn_for(office.session, office.world.office, chat=1, **office.at), wanted
    )
    assert view.lines[0].key == "desk.plan_reassign"
    (back,) = labelled(view, "desk.back_button")
    assert back.arguments["pile"] == "overdue", "back to the list that they were picked from"
    outcome = await order_confirm.confirm_for(
        turn_for(office.session, office.world.office, **office.at), wanted, "unable"
    )
    assert outcome.done
    for case in found:
        await office.session.refresh(case)
    assert {case.unit_id for case in found} == {office.world.other_unit.id}
    assert len({case.order_id for case in found}) == 1
    mixed = DispatchChoice(tuple((case.id or 0, case.steps) for case in [found[0], *await office.several(1)]))
    previewed = order_choice.preview(
        turn_for(office.session, office.world.office, chat=1, **office.at), mixed
    )
    assert await refused(previewed) == "desk.several_states"


class TestAtOnce:
    """Two members of the office, each with a connection of their own."""

    @pytest.fixture
    async def scene(
        self, database: Database, now: datetime, campaign: Campaign
    ) -> tuple[World, Actor, list[Case]]:
        async with database.transaction() as session:
            roster, cases = Roster(session, now, campaign), CaseDesk(session, now, campaign)
            world = await make_world(roster)
            second = await roster.actor(await roster.unit("督查科"), "创城办第二人", Role.OFFICE)
            made = Desk(cases, world, {"now": now, "campaign": campaign})
            return world, second, await made.several(4)

    async def both(
        self,
        database: Database,
        database_url: str,
        presses: Sequence[tuple[Actor, Sequence[Case]]],
        unit_id: int | None,
        at: dict[str, Any],
    ) -> list[str]:
        """The result of each member's order: its number, or the key of the refusal."""
        other = Database(database_url)

        async def press(engine: Database, actor: Actor, found: Sequence[Case]) -> str:
            try:
                async with engine.transaction() as session:
                    ids, seen = [case.id or 0 for case in found], {case.id or 0: case.steps for case in found}
                    order = await dispatching.dispatch(
                        turn_for(session, actor, **at), ids, unit_id or 0, seen=seen
                    )
                    return order.number
            except DomainError as refusal:
                return refusal.text.key

        try:
            first, second = presses
            return list(await asyncio.gather(press(database, *first), press(other, *second)))
        finally:
            await other.close()

    @pytest.mark.both_engines("side by side")
    async def test_the_same_cases(
        self,
        database: Database,
        database_url: str,
        scene: tuple[World, Actor, list[Case]],
        at: dict[str, Any],
    ) -> None:
        """The two orders share one case: one order gets all its cases, the other gets none."""
        world, second, found = scene
        presses = [(world.office, found[:3]), (second, found[2:])]
        answers = await self.both(database, database_url, presses, world.unit.id, at)
        assert sorted(answers) == ["cases.moved_on", "创城督办〔2026〕1号"]
        winner = presses[answers.index("创城督办〔2026〕1号")][1]
        async with database.reading() as session:
            (order,) = await session.exec(select(SupervisionOrder))
            now = [await case_by_id(session, case.id or 0) for case in found]
        dispatched = [case.id for case in now if case is not None and case.state is CaseState.DISPATCHED]
        assert dispatched == [case.id for case in winner]
        assert {case.order_id for case in now if case is not None} == {order.id, None}

    @pytest.mark.both_engines("side by side")
    async def test_different_cases(
        self,
        database: Database,
        database_url: str,
        scene: tuple[World, Actor, list[Case]],
        at: dict[str, Any],
    ) -> None:
        world, second, found = scene
        presses = [(world.office, found[:2]), (second, found[2:])]
        answers = await self.both(database, database_url, presses, world.unit.id, at)
        assert sorted(answers) == ["创城督办〔2026〕1号", "创城督办〔2026〕2号"]
        async with database.reading() as session:
            orders = await session.exec(select(SupervisionOrder).order_by(col(SupervisionOrder.serial)))
            assert [order.serial for order in orders] == [1, 2]
