"""提示主要领导 by the office: in a list, on a card, twice, too late, and two people at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models.cases import Case, CaseStep
from models.db import Database, Session
from models.people import Contact, ContactState, set_roles
from models.tasks import Task
from rules.cases.case_facts import Colour
from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import Role
from scheduler.ticks import TICKS
from services import access
from services.access import Actor
from services.cases.case_steps import StepDetails
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.support.cases import TO_DISPATCHED, CaseDesk
from tests.support.chat import Chats, Person, Shown, own_button, pressed
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import tick_for

pytestmark = pytest.mark.usefixtures("colours_at_once")

RELEASE = says("colours.release_button")
RELEASED = (says("colours.released_to", names=["城管局主要领导"]), False)
MOVED_ON = (says("cases.moved_on"), True)
ACKNOWLEDGED = (*TO_DISPATCHED, CaseEvent.ACKNOWLEDGE)
# A case dispatched at 08:45 with four working hours is overdue from 14:45 on.
YELLOW, RED = NOW + timedelta(hours=5, minutes=45), NOW + timedelta(hours=6, minutes=15)


async def _actor(session: Session, person: Person) -> Actor:
    found = await access.actor_by_account(session, person.id)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Scene:
    """城管局 with a 主要领导 of its own, and cases whose limits end on the same afternoon."""

    database: Database
    chats: Chats
    people: People
    principal: Person

    async def case(self, name: str = "占道经营") -> Case:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            office = await _actor(session, self.people.office)
            unit = await _actor(session, self.people.responsible)
            case = await desk.report(office, await desk.category(name, unit=self.people.unit))
            return await desk.bring(case, *ACKNOWLEDGED, office=office, unit=unit)

    async def step(self, case: Case, event: CaseEvent, person: Person, reason: str | None = None) -> None:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            await desk.step(case, event, await _actor(session, person), change=StepDetails(reason=reason))

    async def tick(self, at: datetime) -> dict[int, Shown]:
        """Tick at ``at`` as the scheduler does; return the messages that go out, by chat."""
        self.chats.clock.moment = at
        await self.chats.post()
        (nags,) = [tick for tick in TICKS if tick.name == "nags"]
        async with self.database.transaction() as session:
            await nags.run(tick_for(session, at, self.chats.campaign))
        return await self.told()

    async def told(self) -> dict[int, Shown]:
        shown = await self.chats.post()
        assert len({message.chat_id for message in shown}) == len(shown), "one message each"
        return {message.chat_id: message for message in shown}

    async def card(self, case: Case, person: Person) -> Shown:
        key = await own_button(self.chats, "case.card", case_id=case.id)
        return await self.chats.answer(pressed(person, key, 1))

    async def releases(self, case: Case) -> list[CaseStep]:
        async with self.database.reading() as session:
            steps = select(CaseStep).where(CaseStep.case_id == case.id, CaseStep.event == CaseEvent.RELEASE)
            return list((await session.exec(steps.order_by(col(CaseStep.number)))).all())

    async def second_office(self) -> Person:
        """Add a colleague of the office."""
        async with self.database.transaction() as session:
            roster = Roster(session, self.chats.clock.moment, self.chats.campaign)
            contact = await roster.contact(await roster.unit("综合科"), "创城办同事", Role.OFFICE)
        assert contact.telegram_user_id is not None
        return Person(contact.telegram_user_id)


@pytest.fixture
async def scene(database: Database, chats: Chats, people: People) -> Scene:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact = await roster.contact(people.unit, "城管局主要领导", Role.PRINCIPAL_LEADER)
        # Nags about tasks would come in the same messages, so no task is due.
        await session.execute(sa.update(Task).values(next_nag_at=None))
    assert contact.telegram_user_id is not None
    return Scene(database, chats, people, Person(contact.telegram_user_id))


async def test_released_from_the_list(scene: Scene, chats: Chats, people: People) -> None:
    """The list stays for the other case, whose button still works; the leader hears once of each case."""
    first, second = await scene.case(), await scene.case("乱停车")
    told = await scene.tick(RED)
    assert set(told) == {people.responsible.id, people.leader.id, people.office.id}
    listed = told[people.office.id]
    assert listed.labels().count(RELEASE) == 2
    for number, case in enumerate((first, second)):
        data = [data for label, data in listed.buttons if label == RELEASE][number]
        (card,) = await chats.answers(pressed(people.office, data, listed.message_id))
        assert not card.edit
        assert case.number in card.text
        assert RELEASE not in card.labels()
        assert chats.toasts[-1] == RELEASED
        hint = (await scene.told())[scene.principal.id]
        assert "【督办提示】" in hint.text
        assert case.number in hint.text
        assert RELEASE not in hint.labels()
        (step,) = await scene.releases(case)
        async with scene.database.reading() as session:
            assert step.actor_id == (await _actor(session, people.office)).id


async def test_the_leader_opens_the_card_from_their_hint(scene: Scene, chats: Chats, people: People) -> None:
    case = await scene.case()
    await chats.press(people.office, (await scene.tick(RED))[people.office.id], RELEASE)
    hint = (await scene.told())[scene.principal.id]
    (card,) = await chats.press(scene.principal, hint, case.number)
    assert case.number in card.text
    assert not {RELEASE, says("orders.feedback_button")} & set(card.labels())


async def test_a_double_press_in_the_list(scene: Scene, chats: Chats, people: People) -> None:
    case = await scene.case()
    listed = (await scene.tick(RED))[people.office.id]
    await chats.press(people.office, listed, RELEASE)
    assert set(await scene.told()) == {scene.principal.id}
    (card,) = await chats.press(people.office, listed, RELEASE)
    assert chats.toasts[-1] == MOVED_ON
    assert not card.edit
    assert case.number in card.text
    assert await scene.told() == {}
    assert len(await scene.releases(case)) == 1


async def test_on_the_card_and_again_on_the_old_card(scene: Scene, chats: Chats, people: People) -> None:
    case = await scene.case()
    await scene.tick(RED)
    old = await scene.card(case, people.office)
    (card,) = await chats.press(people.office, old, RELEASE)
    assert card.edit
    assert RELEASE not in card.labels()
    assert chats.toasts[-1] == RELEASED
    assert set(await scene.told()) == {scene.principal.id}
    (present,) = await chats.press(people.office, old, RELEASE)
    assert present.edit
    assert RELEASE not in present.labels()
    assert chats.toasts[-1] == MOVED_ON
    assert await scene.told() == {}


@pytest.mark.both_engines("side by side")
async def test_two_of_the_office_at_once(scene: Scene, chats: Chats, people: People) -> None:
    """One person releases the case; the other is told so and sees the present card."""
    colleague = await scene.second_office()
    case = await scene.case()
    told = await scene.tick(RED)
    presses = [
        pressed(person, told[person.id].data(RELEASE), told[person.id].message_id)
        for person in (people.office, colleague)
    ]
    await asyncio.gather(*(chats.handle(press) for press in presses))
    assert sorted(chats.toasts, key=str) == sorted([RELEASED, MOVED_ON], key=str)
    cards = await chats._show_prompts()
    assert {card.chat_id for card in cards} == {people.office.id, colleague.id}
    assert not any(RELEASE in card.labels() for card in cards)
    assert set(await scene.told()) == {scene.principal.id}
    assert len(await scene.releases(case)) == 1


@pytest.mark.parametrize("who", ["leader", "responsible", "liaison", "inspector", "other_liaison"])
async def test_the_wrong_person(scene: Scene, chats: Chats, people: People, who: str) -> None:
    """The wrong person is refused on the office's button and on a button of their own."""
    case = await scene.case()
    listed = (await scene.tick(RED))[people.office.id]
    person: Person = getattr(people, who)
    assert await chats.press(person, listed, RELEASE) == []
    assert chats.toasts[-1] == (says("buttons.not_yours"), True)
    key = await own_button(chats, "case.release", case_id=case.id, seen=case.steps + 1)
    assert await chats.answers(pressed(person, key, 1)) == []
    foreign = "cases.not_yours" if who == "other_liaison" else "cases.not_for_you.office"
    assert chats.toasts[-1] == (says(foreign), True)
    assert await scene.releases(case) == []
    assert await scene.told() == {}


async def test_who_has_left_the_office_meanwhile(
    scene: Scene, chats: Chats, people: People, database: Database
) -> None:
    case = await scene.case()
    listed = (await scene.tick(RED))[people.office.id]
    async with database.transaction() as session:
        actor = await _actor(session, people.office)
        await set_roles(session, actor.id, {Role.INSPECTOR})
    assert await chats.press(people.office, listed, RELEASE) == []
    assert chats.toasts[-1] == (says("cases.not_for_you.office"), True)
    assert await scene.releases(case) == []


async def test_mended_meanwhile(scene: Scene, chats: Chats, people: People) -> None:
    case = await scene.case()
    listed = (await scene.tick(RED))[people.office.id]
    card = await scene.card(case, people.office)
    await scene.step(case, CaseEvent.FEEDBACK, people.responsible)
    await scene.told()
    for shown in (listed, card):
        (present,) = await chats.press(people.office, shown, RELEASE)
        assert chats.toasts[-1] == MOVED_ON
        assert says("cases.state.fed_back") in present.text
        assert RELEASE not in present.labels()
    assert await scene.releases(case) == []
    assert await scene.told() == {}


@pytest.mark.parametrize("state", [ContactState.UNREACHABLE, ContactState.NOT_ENROLLED])
async def test_nobody_to_let_know(
    scene: Scene, chats: Chats, people: People, database: Database, state: ContactState
) -> None:
    """The list says that there is nobody; a press keeps nothing until there is a leader."""
    async with database.transaction() as session:
        principal = (await _actor(session, scene.principal)).contact
        principal.state = state
        session.add(principal)
    case = await scene.case()
    listed = (await scene.tick(RED))[people.office.id]
    assert says("common.role.principal_leader") in listed.text
    assert await chats.press(people.office, listed, RELEASE) == []
    assert chats.toasts[-1] == (says("colours.no_leader", unit="城管局"), True)
    assert await scene.releases(case) == []
    async with database.transaction() as session:
        there = await session.get_one(Contact, principal.id)
        there.state = ContactState.ENROLLED
        session.add(there)
    await chats.press(people.office, listed, RELEASE)
    assert chats.toasts[-1] == RELEASED
    assert set(await scene.told()) == {scene.principal.id}


async def test_only_what_is_red_has_the_button(scene: Scene, people: People) -> None:
    case = await scene.case()
    told = await scene.tick(YELLOW)
    assert case.number in told[people.office.id].text
    assert RELEASE not in told[people.office.id].labels()
    assert RELEASE not in (await scene.card(case, people.office)).labels()
    told = await scene.tick(RED)
    assert RELEASE in told[people.office.id].labels()
    assert RELEASE in (await scene.card(case, people.office)).labels()
    for person in (people.leader, people.responsible, scene.principal):
        assert RELEASE not in (await scene.card(case, person)).labels()


async def test_red_again_after_an_extension(scene: Scene, chats: Chats, people: People) -> None:
    """An extension is granted late: the colour falls, rises to red again, and is released again."""
    case = await scene.case()
    chats.clock.moment = YELLOW
    await scene.step(case, CaseEvent.ASK_EXTENSION, people.responsible, "设备在外地")
    await chats.press(people.office, (await scene.tick(RED))[people.office.id], RELEASE)
    await scene.told()
    await scene.step(case, CaseEvent.EXTEND, people.office)
    assert await scene.tick(RED) == {}
    assert RELEASE not in (await scene.card(case, people.office)).labels()
    again = await scene.tick(RED + timedelta(hours=20))
    await chats.press(people.office, again[people.office.id], RELEASE)
    assert chats.toasts[-1] == RELEASED
    assert set(await scene.told()) == {scene.principal.id}
    assert len(await scene.releases(case)) == 2
    async with scene.database.reading() as session:
        assert (await session.get_one(Case, case.id)).colour is Colour.RED
