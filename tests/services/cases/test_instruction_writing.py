"""批示, the leader's side: confirmed before it goes, withdrawn until it is released, answered afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from locales import Text, plain
from models.cases import Case, Instruction
from models.cases.case_piles import Pile
from models.db import Database, ident
from models.people import set_roles
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from services.access import Actor, actor_of
from services.campaign import Campaign
from services.cases.deciding import instruction_release, instruction_writing
from services.cases.lists import case_piles
from services.cases.orders import dispatching
from tests.services.cases.judged import Judged, read
from tests.services.cases.test_case_instructions import WORDS, card_of, draft, release, turn_of, write
from tests.services.conftest import World, make_world
from tests.services.progress.talk import buttons, keys, refused
from tests.support.cases import CaseDesk
from tests.support.people import Roster
from tests.support.turns import turn_for


@pytest.fixture
async def district(roster: Roster) -> Actor:
    return await roster.actor(await roster.unit("区政府"), "王区长", Role.DISTRICT_LEADER)


@pytest.fixture
async def judged(case_desk: CaseDesk, world: World) -> Judged:
    case = await case_desk.report(world.office, await case_desk.category(unit=world.unit))
    found = Judged(case_desk, case, world.office, world.liaison)
    await found.dispatched()
    return found


async def two_on_an_order(case_desk: CaseDesk, world: World) -> tuple[Judged, list[Case]]:
    """Two cases on one order of the unit; the first is the one that is judged."""
    category = await case_desk.category(unit=world.unit)
    both = [await case_desk.report(world.office, category) for _ in range(2)]
    for case in both:
        await case_desk.step(case, CaseEvent.REGISTER, world.office)
    judged = Judged(case_desk, both[0], world.office, world.liaison)
    ids = [ident(case) for case in both]
    await dispatching.dispatch(turn_of(judged, world.office), ids, ident(world.unit))
    return judged, both


async def heard(judged: Judged, leader: Actor) -> list[str]:
    """What the leader was told about their words."""
    title = plain(Text("checking.answer_title", number=""), "zh").strip()
    return [told for told in await judged.told(leader) if title in told]


async def test_nobody_knows_of_it_before_it_is_confirmed(
    judged: Judged, world: World, district: Actor
) -> None:
    number = await draft(judged, district)
    assert not [told for told in await judged.told(world.office) if WORDS in told]
    for reader in (world.office, district, world.liaison):
        assert WORDS not in read(await card_of(judged, reader))
    assert not buttons(await case_piles.front(turn_of(judged, world.office)), "desk.list")
    refusal = await refused(release(judged, number))
    assert refusal == "cases.not_for_you.office"
    outcome = await instruction_writing.send(turn_of(judged, district), number)
    assert outcome.done
    assert buttons(outcome.view, "instruction.withdraw")
    assert WORDS in (await judged.told(world.office))[-1]
    told = await judged.told(world.office)
    assert not (await instruction_writing.send(turn_of(judged, district), number)).done
    assert await judged.told(world.office) == told


async def test_further_words_take_its_place(judged: Judged, world: World, district: Actor) -> None:
    """An old card sends nothing that its reader does not see."""
    first, second = await draft(judged, district, "早"), await draft(judged, district, "晚")
    turn = turn_of(judged, district)
    assert await refused(instruction_writing.send(turn, first)) == "checking.written_anew"
    assert await refused(instruction_writing.show_unsent(turn, first)) == "checking.written_anew"
    assert (await instruction_writing.send(turn, second)).done
    assert "晚" in (await judged.told(world.office))[-1]
    assert "早" not in "".join(await judged.told(world.office))


async def test_dropped(judged: Judged, world: World, district: Actor) -> None:
    number = await draft(judged, district)
    view = await instruction_writing.discard(turn_of(judged, district), number)
    assert keys(view) == ["checking.instruction_dropped"]
    assert (
        await refused(instruction_writing.send(turn_of(judged, district), number)) == "checking.written_anew"
    )
    sent = await write(judged, district)
    view = await instruction_writing.discard(turn_of(judged, district), sent)
    assert "checking.own_instruction.kept" in keys(view)
    assert WORDS in (await judged.told(world.office))[-1]


async def test_it_waits_in_the_todo_of_its_leader(judged: Judged, district: Actor, world: World) -> None:
    front = await case_piles.front(turn_of(judged, district))
    assert keys(front) == ["desk.nothing_to_know"]
    number = await draft(judged, district)
    front = await case_piles.front(turn_of(judged, district))
    assert keys(front) == ["desk.title", "desk.unsent_line"]
    judged.case.limit_at = judged.desk.now.replace(year=2020)
    await judged.session.flush()
    front = await case_piles.front(turn_of(judged, district))
    assert keys(front) == ["desk.title", "desk.unsent_line", "desk.title_to_know", "desk.pile_line"]
    (unsent,) = buttons(front, "instruction.unsent")
    assert unsent.arguments["instruction_id"] == number
    view = await instruction_writing.show_unsent(turn_of(judged, district), number)
    assert WORDS in read(view)
    assert buttons(view, "instruction.send")
    refusal = await refused(instruction_writing.show_unsent(turn_of(judged, world.leader), number))
    assert refusal == "checking.written_anew"


async def test_who_only_has_to_know_is_not_told_to_act(judged: Judged, district: Actor, world: World) -> None:
    judged.case.limit_at = judged.desk.now.replace(year=2020)
    await judged.session.flush()
    assert keys(await case_piles.front(turn_of(judged, district)))[0] == "desk.title_to_know"
    assert keys(await case_piles.front(turn_of(judged, world.liaison)))[0] == "desk.title"
    assert keys(await case_piles.front(turn_of(judged, world.office)))[0] == "desk.title"


async def test_withdrawn_before_it_is_released(judged: Judged, world: World, district: Actor) -> None:
    number = await write(judged, district)
    view = await instruction_writing.ask(turn_of(judged, district), judged.id)
    (withdraw,) = buttons(view, "instruction.withdraw")
    assert withdraw.arguments["instruction_id"] == number
    outcome = await instruction_writing.withdraw(turn_of(judged, district), number)
    assert outcome.done
    # Its message to the office had not gone out yet.
    assert not [told for told in await judged.told(world.office) if WORDS in told]
    again = await instruction_writing.withdraw(turn_of(judged, district), number)
    assert (again.done, again.text and again.text.key) == (False, "checking.withdrawn_before")
    late = await release(judged, number)
    assert (late.done, late.text and late.text.key) == (False, "checking.instruction_withdrawn")
    assert not buttons(late.view, "instruction.release")
    for reader in (world.office, district, world.liaison):
        assert WORDS not in read(await card_of(judged, reader))
    assert await heard(judged, district) == []
    listed = case_piles.list_view(turn_of(judged, world.office), Pile.TO_RELAY)
    assert not buttons(await listed, "instruction.show")


async def test_released_words_cannot_be_withdrawn(judged: Judged, district: Actor, world: World) -> None:
    number = await write(judged, district)
    await release(judged, number)
    outcome = await instruction_writing.withdraw(turn_of(judged, district), number)
    assert (outcome.done, outcome.text and outcome.text.key) == (False, "checking.withdrawn_too_late")
    assert WORDS in read(await card_of(judged, world.liaison))


async def test_only_its_leader_sends_and_withdraws(judged: Judged, district: Actor, world: World) -> None:
    unsent = await draft(judged, district)
    for act in (instruction_writing.send, instruction_writing.withdraw, instruction_writing.discard):
        assert await refused(act(turn_of(judged, world.leader), unsent)) == "checking.written_anew"
    assert (await instruction_writing.withdraw(turn_of(judged, district), unsent)).done is False


async def test_who_is_no_leader_any_more_sends_nothing(judged: Judged, world: World) -> None:
    number = await draft(judged, world.leader)
    await set_roles(judged.session, world.leader.id, [Role.LIAISON])
    leader = await actor_of(judged.session, world.leader.contact)
    assert await refused(instruction_writing.send(turn_of(judged, leader), number)) == "checking.leaders_only"
    assert not [told for told in await judged.told(world.office) if WORDS in told]


async def test_nothing_goes_to_an_order_without_cases(judged: Judged, world: World, district: Actor) -> None:
    number = await draft(judged, district)
    await dispatching.dispatch(turn_of(judged, world.office), [judged.id], ident(world.other_unit))
    refusal = await refused(instruction_writing.send(turn_of(judged, district), number))
    assert refusal == "checking.nothing_to_instruct"


@pytest.mark.parametrize("excerpt", [None, "请举一反三"])
async def test_its_leader_hears_that_the_unit_has_it(
    judged: Judged, district: Actor, excerpt: str | None
) -> None:
    number = await write(judged, district)
    await release(judged, number, excerpt)
    (told,) = await heard(judged, district)
    assert "城管局" in told
    assert (excerpt or "") in told
    await release(judged, number, excerpt)
    assert len(await heard(judged, district)) == 1


@pytest.mark.parametrize(("late", "words"), [(False, "按期"), (True, "超时")])
async def test_its_leader_hears_that_the_case_is_closed(
    judged: Judged, district: Actor, late: bool, words: str
) -> None:
    await release(judged, await write(judged, district))
    if late:
        judged.case.limit_at = judged.desk.now.replace(year=2020)
        await judged.session.flush()
    await judged.fed_back("a")
    assert len(await heard(judged, district)) == 1
    await judged.bring(CaseEvent.CLOSE)
    told = (await heard(judged, district))[-1]
    assert judged.case.number in told
    assert words in told
    await judged.bring(CaseEvent.REOPEN)
    assert len(await heard(judged, district)) == 2


async def test_of_several_cases_its_leader_hears_once(
    case_desk: CaseDesk, world: World, district: Actor
) -> None:
    judged, both = await two_on_an_order(case_desk, world)
    await release(judged, await write(judged, district))
    told = len(await heard(judged, district))
    for done, case in enumerate(both):
        await case_desk.session.refresh(case)
        await Judged(case_desk, case, world.office, world.liaison).bring(CaseEvent.FEEDBACK, CaseEvent.CLOSE)
        assert len(await heard(judged, district)) == told + done
    last = (await heard(judged, district))[-1]
    assert all(case.number in last for case in both)


@pytest.mark.parametrize("leaves", ["sent back", "reassigned"])
async def test_the_rest_is_answered_when_the_last_open_case_leaves_the_order(
    case_desk: CaseDesk, world: World, district: Actor, leaves: str
) -> None:
    judged, both = await two_on_an_order(case_desk, world)
    turn = turn_of(judged, world.office)
    await release(judged, await write(judged, district))
    await case_desk.session.refresh(both[0])
    await judged.bring(CaseEvent.FEEDBACK, CaseEvent.CLOSE)
    told = await heard(judged, district)
    if leaves == "sent back":
        await case_desk.session.refresh(both[1])
        await case_desk.step(both[1], CaseEvent.SEND_BACK, world.liaison)
    else:
        await dispatching.dispatch(turn, [ident(both[1])], ident(world.other_unit))
    now = await heard(judged, district)
    assert len(now) == len(told) + 1
    assert both[0].number in now[-1]
    assert both[1].number not in now[-1]


async def test_a_case_that_went_to_another_unit_is_answered_too(
    judged: Judged, world: World, district: Actor
) -> None:
    await release(judged, await write(judged, district))
    await dispatching.dispatch(turn_of(judged, world.office), [judged.id], ident(world.other_unit))
    await judged.session.refresh(judged.case)
    other = Judged(judged.desk, judged.case, world.office, world.other_liaison)
    await other.bring(CaseEvent.FEEDBACK, CaseEvent.CLOSE)
    assert judged.case.number in (await heard(judged, district))[-1]


async def test_words_are_about_those_cases_that_were_on_the_order_then(
    case_desk: CaseDesk, world: World, district: Actor
) -> None:
    """A case that left the order before they were written is not meant, and its unit reads nothing."""
    judged, both = await two_on_an_order(case_desk, world)
    turn = turn_of(judged, world.office)
    await dispatching.dispatch(turn, [ident(both[1])], ident(world.other_unit))
    await case_desk.session.refresh(both[0])
    later = replace(case_desk, now=case_desk.now + timedelta(minutes=5))
    judged = Judged(later, both[0], world.office, world.liaison)
    await release(judged, await write(judged, district))
    assert WORDS in read(await card_of(judged, world.office))
    gone = Judged(later, both[1], world.office, world.other_liaison)
    assert WORDS not in read(await card_of(gone, world.office))
    told = await heard(judged, district)
    await case_desk.session.refresh(both[1])
    await gone.bring(CaseEvent.FEEDBACK, CaseEvent.CLOSE)
    assert await heard(judged, district) == told


async def test_an_instruction_on_a_former_order_says_so(
    judged: Judged, world: World, district: Actor
) -> None:
    await release(judged, await write(judged, district))
    await dispatching.dispatch(turn_of(judged, world.office), [judged.id], ident(world.other_unit))
    await judged.session.refresh(judged.case)
    assert "对督办单 创城督办〔2026〕1号" in read(await card_of(judged, world.office))
    other = Judged(judged.desk, judged.case, world.office, world.other_liaison)
    await other.bring(CaseEvent.FEEDBACK, CaseEvent.CLOSE)
    assert "已改派东风街道" in (await heard(judged, district))[-1]


@pytest.mark.parametrize("leaves", ["sent back", "reassigned"])
async def test_what_waits_is_void_when_the_order_loses_its_last_case(
    judged: Judged, world: World, district: Actor, leaves: str
) -> None:
    """Its leader hears at once, and the office has nothing to release any more."""
    number = await write(judged, district)
    if leaves == "sent back":
        await judged.bring(CaseEvent.SEND_BACK)
    else:
        await dispatching.dispatch(turn_of(judged, world.office), [judged.id], ident(world.other_unit))
    (told,) = await heard(judged, district)
    assert plain(Text("checking.answer_void"), "zh") in told
    assert not (await release(judged, number)).done
    outcome = await instruction_writing.withdraw(turn_of(judged, district), number)
    assert "checking.own_instruction.void" in keys(outcome.view)
    assert len(await heard(judged, district)) == 1


async def test_closed_before_it_was_released(judged: Judged, world: World, district: Actor) -> None:
    number = await write(judged, district)
    await judged.fed_back("a")
    await judged.bring(CaseEvent.CLOSE)
    assert plain(Text("checking.answer_unreleased"), "zh") in (await heard(judged, district))[-1]
    asked = await instruction_release.show_instruction(turn_of(judged, world.office), number)
    assert "checking.order_over" in keys(asked)
    await release(judged, number)
    assert plain(Text("checking.excerpt_over"), "zh") in (await judged.told(world.liaison))[-1]


async def test_who_is_no_leader_any_more_hears_nothing(judged: Judged, world: World) -> None:
    await release(judged, await write(judged, world.leader))
    heard_before = await heard(judged, world.leader)
    await set_roles(judged.session, world.leader.id, [])
    await judged.fed_back("a")
    await judged.bring(CaseEvent.CLOSE)
    assert await heard(judged, world.leader) == heard_before


@pytest.mark.both_engines("side by side")
async def test_withdrawn_and_released_at_once(
    database: Database, database_url: str, now: datetime, campaign: Campaign
) -> None:
    """One of both wins: the unit has the words, or the leader has them back."""
    async with database.transaction() as session:
        roster, desk = Roster(session, now, campaign), CaseDesk(session, now, campaign)
        world = await make_world(roster)
        case = await desk.report(world.office, await desk.category(unit=world.unit))
        judged = Judged(desk, case, world.office, world.liaison)
        await judged.dispatched()
        number = await write(judged, world.leader)
    other = Database(database_url)

    async def withdraw() -> bool:
        async with database.transaction() as session:
            turn = turn_for(session, world.leader, now, campaign)
            return (await instruction_writing.withdraw(turn, number)).done

    async def pass_on() -> bool:
        async with other.transaction() as session:
            at_once = Judged(CaseDesk(session, now, campaign), case, world.office, world.liaison)
            return (await release(at_once, number)).done

    try:
        withdrawn, released = await asyncio.gather(withdraw(), pass_on())
    finally:
        await other.close()
    assert withdrawn is not released
    async with database.reading() as session:
        row, kept = await session.get_one(Instruction, number), await session.get_one(Case, ident(case))
    assert (row.released_at is None) is withdrawn
    assert (row.withdrawn_at is None) is released
    assert kept.order_id == row.order_id
