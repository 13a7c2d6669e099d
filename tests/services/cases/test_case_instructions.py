"""批示: who may write one, who reads what, and that it is released once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from locales import Text, plain
from models.cases import CaseStep, Instruction
from models.cases.case_piles import Pile
from models.db import Database
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services.access import Actor
from services.campaign import Campaign
from services.cases.cards import case_card
from services.cases.deciding import instruction_release, instruction_writing
from services.cases.leader_instructions import leader_text
from services.cases.lists import case_piles
from services.cases.orders import dispatching
from services.turn import Turn
from services.views import TurnOutcome, View
from tests.services.cases.judged import Judged, labels, read
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for

WORDS = "城管局要举一反三，三日内全面排查。个别同志作风拖沓"
SHORT = "请举一反三，三日内全面排查"


@pytest.fixture
async def district(roster: Roster) -> Actor:
    actor = await roster.actor(await roster.unit("区政府"), "王区长", Role.DISTRICT_LEADER)
    actor.contact.post = "副区长"
    return actor


@pytest.fixture
async def judged(case_desk: CaseDesk, world: World) -> Judged:
    case = await case_desk.report(world.office, await case_desk.category(unit=world.unit))
    found = Judged(case_desk, case, world.office, world.liaison)
    await found.dispatched()
    return found


def turn_of(judged: Judged, actor: Actor) -> Turn:
    return turn_for(judged.session, actor, judged.desk.now, judged.desk.campaign)


async def draft(judged: Judged, leader: Actor, words: str = WORDS) -> int:
    """Write an instruction and leave it unconfirmed; return its id."""
    await instruction_writing.write(turn_of(judged, leader), judged.id, words)
    query = select(Instruction).order_by(col(Instruction.id).desc())
    row = (await judged.session.exec(query)).first()
    assert row is not None
    return row.id or 0


async def write(judged: Judged, leader: Actor, words: str = WORDS) -> int:
    """Write an instruction and send it; return its id."""
    number = await draft(judged, leader, words)
    outcome = await instruction_writing.send(turn_of(judged, leader), number)
    assert outcome.done
    return number


async def release(judged: Judged, instruction_id: int, words: str | None = None) -> TurnOutcome:
    return await instruction_release.release(
        turn_for(judged.session, judged.office, judged.desk.now, judged.desk.campaign), instruction_id, words
    )


async def card_of(judged: Judged, actor: Actor) -> View:
    return await case_card.card(
        turn_for(judged.session, actor, judged.desk.now, judged.desk.campaign), judged.id
    )


async def notes(judged: Judged) -> list[str | None]:
    query = select(CaseStep.reason).where(CaseStep.event == CaseEvent.INSTRUCT).order_by(col(CaseStep.id))
    return list(await judged.session.exec(query))


async def test_kept_until_the_office_releases_it(judged: Judged, world: World, district: Actor) -> None:
    number = await write(judged, district)
    office = (await judged.told(world.office))[-1]
    assert "区政府副区长 王区长" in office
    assert WORDS in office
    assert not [told for told in await judged.told(world.liaison) if WORDS in told]
    for reader, reads in (
        (world.office, True),
        (district, True),
        (world.liaison, False),
        (world.leader, False),
    ):
        assert (WORDS in read(await card_of(judged, reader))) is reads
    view = (await release(judged, number)).view
    assert "instruction.release" not in {b.action for row in view.rows for b in row}
    assert WORDS in (await judged.told(world.liaison))[-1]
    assert "王区长" in read(await card_of(judged, world.liaison))
    assert await notes(judged) == [WORDS]


async def test_an_excerpt_is_all_that_the_unit_learns(judged: Judged, world: World, district: Actor) -> None:
    number = await write(judged, district)
    await release(judged, number, SHORT)
    assert SHORT in (await judged.told(world.liaison))[-1]
    for reader in (world.liaison, world.responsible, world.leader):
        words = read(await card_of(judged, reader))
        assert SHORT in words
        assert "作风拖沓" not in words
    assert "作风拖沓" not in "".join(await judged.told(world.liaison))
    for reader in (world.office, district):
        assert "作风拖沓" in read(await card_of(judged, reader))


async def test_released_once(judged: Judged, world: World, district: Actor) -> None:
    number = await write(judged, district)
    await release(judged, number, SHORT)
    told, steps = await judged.told(world.liaison), judged.case.steps
    again = await release(judged, number)
    assert not again.done
    assert SHORT in read(again.view)
    asked = await instruction_release.ask_excerpt(
        turn_for(judged.session, world.office, judged.desk.now, judged.desk.campaign), number
    )
    assert not asked.done
    assert await judged.told(world.liaison) == told
    await judged.session.refresh(judged.case)
    assert (judged.case.steps, await notes(judged)) == (steps, [SHORT])


async def test_several_by_several(judged: Judged, world: World, district: Actor) -> None:
    for leader, words in ((district, "一"), (district, "二"), (world.leader, "三")):
        await release(judged, await write(judged, leader, words))
    assert await notes(judged) == ["一", "二", "三"]
    assert "城管局单位分管领导 城管局分管领导：三" in read(await card_of(judged, world.liaison))


async def test_who_may_write(judged: Judged, world: World, roster: Roster) -> None:
    """Leaders write on orders in their view; an inspector who leads elsewhere leads nothing here."""
    both = await roster.actor(world.other_unit, "东风街道领导", Role.PRINCIPAL_LEADER, Role.INSPECTOR)
    stranger = await roster.actor(world.other_unit, "东风街道分管领导", Role.LEADER_IN_CHARGE)
    for actor, refusal in (
        (world.office, "checking.leaders_only"),
        (world.liaison, "checking.leaders_only"),
        (both, "checking.leaders_only"),
        (stranger, "cases.not_yours"),
    ):
        assert await refused(write(judged, actor)) == refusal
    assert "批示" in labels(await card_of(judged, world.leader))
    assert "批示" not in labels(await card_of(judged, both))
    assert "批示" not in labels(await card_of(judged, world.liaison))


@pytest.mark.parametrize(
    ("post", "name", "shown"),
    [
        ("副区长", "王区长", "区政府副区长 王区长"),
        ("区政府副区长", "李四", "区政府副区长 李四"),
        ("副区长", "副区长", "区政府 副区长"),
        ("区政府副区长", "副区长", "区政府 副区长"),
        (None, "李四", "区政府区领导 李四"),
    ],
)
async def test_no_title_stands_twice(
    judged: Judged, district: Actor, post: str | None, name: str, shown: str
) -> None:
    district.contact.post, district.contact.name = post, name
    judged.session.add(district.contact)
    await judged.session.flush()
    assert plain(await leader_text(judged.session, district.id), "zh") == shown


async def test_without_an_order(case_desk: CaseDesk, world: World, district: Actor) -> None:
    case = await case_desk.report(world.office, await case_desk.category(unit=world.unit))
    assert await refused(write(Judged(case_desk, case, world.office, world.liaison), district)) == (
        "checking.no_order"
    )


@pytest.mark.parametrize(("words", "refusal"), [(" \u200b", "invisible"), ("长" * 501, "too_long")])
async def test_what_is_no_instruction(judged: Judged, district: Actor, words: str, refusal: str) -> None:
    assert await refused(write(judged, district, words)) == f"checking.{refusal}"
    await write(judged, district, "长" * 500)


async def test_only_the_office_releases(judged: Judged, world: World, district: Actor) -> None:
    number = await write(judged, district)
    for actor in (district, world.liaison):
        turn = turn_for(judged.session, actor, judged.desk.now, judged.desk.campaign)
        refusal = await refused(instruction_release.release(turn, number))
        assert refusal == "cases.not_for_you.office"
        assert await refused(instruction_release.show_instruction(turn, number)) == refusal
    assert await notes(judged) == []


async def test_of_a_closed_case(judged: Judged, world: World, district: Actor) -> None:
    """The unit is told and its card shows the words; the closed case does not change."""
    await judged.fed_back("a")
    await judged.bring(CaseEvent.CLOSE)
    await release(judged, await write(judged, district))
    assert WORDS in (await judged.told(world.liaison))[-1]
    assert WORDS in read(await card_of(judged, world.liaison))
    assert (judged.case.state, await notes(judged)) == (CaseState.CLOSED, [])


async def test_what_another_unit_holds_by_now(judged: Judged, world: World, district: Actor) -> None:
    """Words to one unit are not for the next unit that holds the case."""
    early, late = await write(judged, district, "早"), await write(judged, district, "晚")
    await release(judged, early)
    await dispatching.dispatch(
        turn_for(judged.session, world.office, judged.desk.now, judged.desk.campaign),
        [judged.id],
        world.other_unit.id or 0,
    )
    outcome = await release(judged, late)
    assert not outcome.done
    assert not buttons(outcome.view, "case.card")
    assert not buttons(outcome.view, "instruction.release")
    # Who wrote it hears that nobody got it, once.
    assert "晚" in (await judged.told(district))[-1]
    assert plain(Text("checking.answer_void"), "zh") in (await judged.told(district))[-1]
    told = await judged.told(district)
    assert not (await release(judged, late)).done
    assert await judged.told(district) == told
    assert "领导批示" not in read(await card_of(judged, world.other_liaison))
    assert "领导批示" in read(await card_of(judged, world.office))


async def test_what_is_not_passed_on_waits_for_the_office(
    judged: Judged, world: World, district: Actor
) -> None:
    """The office may overlook the message about it, so the instruction also waits in a list."""
    number, second = await write(judged, district), await write(judged, world.leader, "抓紧整改")
    how: dict[str, Any] = {"now": judged.desk.now, "campaign": judged.desk.campaign}
    front = await case_piles.front(turn_for(judged.session, world.office, judged.desk.now))
    (waiting,) = buttons(front, "desk.list")
    assert (waiting.arguments["pile"], waiting.label.values["count"]) == ("to_relay", 1)
    view = await case_piles.list_view(turn_for(judged.session, world.office, **how), Pile.TO_RELAY)
    shown = [button.arguments["instruction_id"] for button in buttons(view, "instruction.show")]
    assert shown == [number, second]
    await release(judged, number)
    # It still waits when the case is closed.
    await judged.fed_back("a1")
    await judged.decide(judged.office, CaseEvent.CLOSE)
    view = await case_piles.list_view(turn_for(judged.session, world.office, **how), Pile.TO_RELAY)
    assert [b.arguments["instruction_id"] for b in buttons(view, "instruction.show")] == [second]
    await release(judged, second)
    assert not buttons(
        await case_piles.front(turn_for(judged.session, world.office, judged.desk.now)), "desk.list"
    )
    refusal = await refused(case_piles.list_view(turn_for(judged.session, district, **how), Pile.TO_RELAY))
    assert refusal == "desk.not_your_pile"


@pytest.mark.both_engines("side by side")
async def test_two_release_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        second = await roster.actor(await roster.unit("督查科"), "创城办第二人", Role.OFFICE)
        case = await desk.report(world.office, await desk.category(unit=world.unit))
        judged = Judged(desk, case, world.office, world.liaison)
        await judged.dispatched()
        number = await write(judged, world.leader)
    other = Database(database_url)

    async def press(engine: Database, actor: Actor) -> bool:
        async with engine.transaction() as session:
            outcome = await instruction_release.release(turn_for(session, actor, now, campaign), number)
        return outcome.done

    try:
        answers = await asyncio.gather(press(database, world.office), press(other, second))
    finally:
        await other.close()
    assert sorted(answers) == [False, True]
    async with database.reading() as session:
        steps = (await session.exec(select(CaseStep).where(CaseStep.event == CaseEvent.INSTRUCT))).all()
    assert len(steps) == 1
