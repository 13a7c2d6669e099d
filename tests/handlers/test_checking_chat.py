"""核查, 延期, 挂账, 申诉, 复开 and 批示 in the chats, by buttons and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from models.cases import Case, CaseFile, CasePhase
from models.db import Database, Session
from models.people import set_roles
from models.progress import EvidenceKind
from rules.cases.case_lifecycle import CaseEvent, CaseState
from rules.people.roles import Role
from services import access
from services.access import Actor
from services.cases.case_steps import StepDetails
from services.cases.orders import dispatching
from tests.handlers.conftest import People
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, Person, Shown, own_button, pressed
from tests.support.chat import text_of as says
from tests.support.people import Roster
from tests.support.turns import turn_for

CHECK, CLOSE = says("checking.check_button"), says("checking.close_button")
REWORK = says("checking.rework_button")
UNITS = {CaseEvent.ASK_EXTENSION, CaseEvent.APPEAL, CaseEvent.FEEDBACK}
OTHER, BACK = says("checking.write_reason_button"), says("checking.back_button")
MOVED_ON = (says("cases.moved_on"), True)


@dataclass(frozen=True, slots=True)
class Scene:
    """A case that 城管局 has fed back, with one photo of before and two of after."""

    database: Database
    chats: Chats
    people: People
    case_id: int

    async def actor(self, session: Session, person: Person) -> Actor:
        found = await access.actor_by_account(session, person.id)
        assert found is not None
        return found

    async def bring(self, *events: CaseEvent) -> None:
        async with self.database.transaction() as session:
            desk = CaseDesk(session, self.chats.clock.moment, self.chats.campaign)
            office = await self.actor(session, self.people.office)
            unit = await self.actor(session, self.people.liaison)
            for event in events:
                case = await session.get_one(Case, self.case_id)
                side = unit if event in UNITS else office
                await desk.step(case, event, side, change=StepDetails(reason="设备在外地"))

    async def now(self) -> Case:
        async with self.database.reading() as session:
            return await session.get_one(Case, self.case_id)

    async def card(self, person: Person) -> Shown:
        key = await own_button(self.chats, "case.card", case_id=self.case_id)
        return await self.chats.answer(pressed(person, key, 1))

    async def unread(self) -> dict[int, list[Shown]]:
        """Deliver all promised messages, and return them by reader."""
        found: dict[int, list[Shown]] = {}
        for message in await self.chats.post():
            found.setdefault(message.chat_id, []).append(message)
        return found


@pytest.fixture
async def scene(database: Database, chats: Chats, people: People) -> Scene:
    async with database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        office = await access.actor_by_account(session, people.office.id)
        unit = await access.actor_by_account(session, people.liaison.id)
        assert office is not None
        assert unit is not None
        case = await desk.report(office, await desk.category(unit=people.unit))
        await desk.step(case, CaseEvent.REGISTER, office)
        where: dict[str, Any] = {"now": desk.now, "campaign": desk.campaign}
        await dispatching.dispatch(turn_for(session, office, **where), [case.id or 0], people.unit.id or 0)
        await session.refresh(case)
        await desk.step(case, CaseEvent.FEEDBACK, unit)
        for name in ("a1", "a2"):
            file = CaseFile(
                case_id=case.id or 0,
                step=case.steps,
                phase=CasePhase.AFTER,
                kind=EvidenceKind.PHOTO,
                file_id=name,
                file_unique_id=f"u-{name}",
            )
            session.add(file)
        case_id = case.id or 0
    await chats.post()
    return Scene(database, chats, people, case_id)


async def test_an_inspector_sends_back_in_words(scene: Scene, chats: Chats, people: People) -> None:
    card = await scene.card(people.inspector)
    await chats.handle(pressed(people.inspector, card.data(CHECK), card.message_id))
    (album,) = chats.screen.prompts[-1].rendered.albums
    assert [file.file_id for file in album] == ["file-p1", "a1", "a2"]
    (check,) = await chats._show_prompts()
    (why,) = await chats.press(people.inspector, check, REWORK)
    assert why.edit
    (write,) = await chats.press(people.inspector, why, OTHER)
    assert (await scene.now()).state is CaseState.FED_BACK
    long = await chats.say(people.inspector, "长" * 301)
    assert long.text == says("checking.too_long", limit=300)
    answer = await chats.say(people.inspector, "门前仍有堆物")
    assert "核查未通过" in answer.text
    assert (await scene.now()).state is CaseState.REWORK
    (told,) = (await scene.unread())[people.liaison.id]
    assert "门前仍有堆物" in told.text
    assert says("orders.feedback_button") in told.labels()
    (asks,) = await chats.press(people.liaison, told, says("orders.feedback_button"))
    assert asks.text
    (late,) = await chats.press(people.inspector, write, BACK)
    assert says("cases.state.rework") in late.text


async def test_back_ends_the_question(scene: Scene, chats: Chats, people: People) -> None:
    """Words written after 返回 are no reason."""
    card = await scene.card(people.inspector)
    (check,) = await chats.press(people.inspector, card, CHECK)
    (why,) = await chats.press(people.inspector, check, REWORK)
    (write,) = await chats.press(people.inspector, why, OTHER)
    await chats.press(people.inspector, write, BACK)
    await chats.say(people.inspector, "门前仍有堆物")
    assert (await scene.now()).state is CaseState.FED_BACK


async def test_two_check(scene: Scene, chats: Chats, people: People) -> None:
    """One person passes the case, then the other presses buttons that they saw before."""
    checks = {}
    for person in (people.inspector, people.office):
        (checks[person.id],) = await chats.press(person, await scene.card(person), CHECK)
    (why,) = await chats.press(people.office, checks[people.office.id], REWORK)
    (write,) = await chats.press(people.office, why, OTHER)
    (closed,) = await chats.press(people.inspector, checks[people.inspector.id], CLOSE)
    assert says("cases.state.closed") in closed.text
    answer = await chats.say(people.office, "没有清净")
    assert answer.text.startswith(says("cases.moved_on"))
    assert says("cases.state.closed") in answer.text
    for person, old, label in (
        (people.inspector, checks[people.inspector.id], CLOSE),
        (people.office, checks[people.office.id], CLOSE),
        (people.office, why, OTHER),
    ):
        (present,) = await chats.press(person, old, label)
        assert chats.toasts[-1] == MOVED_ON
        assert says("cases.state.closed") in present.text
    assert (await scene.now()).state is CaseState.CLOSED
    assert write.text


async def test_an_inspector_of_the_unit_itself(
    scene: Scene, chats: Chats, people: People, database: Database
) -> None:
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        contact = await roster.contact(people.unit, "城管局督导员", Role.INSPECTOR)
    assert contact.telegram_user_id
    own = Person(contact.telegram_user_id)
    assert CHECK not in (await scene.card(own)).labels()
    seen = (await scene.now()).steps
    key = await own_button(chats, "case.rule", case_id=scene.case_id, event="close", seen=seen)
    await chats.handle(pressed(own, key, 1))
    assert chats.toasts[-1] == (says("cases.not_for_you.checker"), True)
    assert (await scene.now()).state is CaseState.FED_BACK


async def test_extension_and_suspension(scene: Scene, chats: Chats, people: People) -> None:
    await scene.bring(CaseEvent.REWORK, CaseEvent.ASK_EXTENSION)
    await scene.unread()
    card = await scene.card(people.office)
    (asked,) = await chats.press(people.office, card, says("checking.extension_button"))
    assert "设备在外地" in asked.text
    (granted,) = await chats.press(people.office, asked, says("checking.extend_button"))
    assert "同意延期" in granted.text
    assert "同意延期" in (await scene.unread())[people.liaison.id][0].text
    (twice,) = await chats.press(people.office, asked, says("checking.refuse_extension_button"))
    assert chats.toasts[-1] == MOVED_ON
    (until,) = await chats.press(people.office, twice, says("checking.suspend_button"))
    (write,) = await chats.press(people.office, until, says("checking.write_until_button"))
    assert write.edit
    assert (await chats.say(people.office, "等天晴")).text == says("checking.no_day")
    why = await chats.say(people.office, "2026-12-20")
    (done,) = await chats.press(people.office, why, says("checking.reason.weather"))
    assert says("cases.state.suspended") in done.text
    assert "12月20日18:00" in (await scene.unread())[people.liaison.id][0].text
    (ask,) = await chats.press(people.office, done, says("checking.resume_button"))
    (runs,) = await chats.press(people.office, ask, says("checking.without_reason_button"))
    assert says("cases.state.handling") in runs.text
    assert says("checking.suspend_button") not in runs.labels()


async def test_reopened_for_a_reason(scene: Scene, chats: Chats, people: People) -> None:
    await scene.bring(CaseEvent.CLOSE)
    await scene.unread()
    card = await scene.card(people.office)
    (why,) = await chats.press(people.office, card, says("checking.reopen_button"))
    (done,) = await chats.press(people.office, why, says("checking.reason.relapsed"))
    assert says("cases.state.registered") in done.text
    (told,) = (await scene.unread())[people.liaison.id]
    assert says("checking.reason.relapsed") in told.text
    assert not told.buttons


async def test_instruction_with_an_excerpt(scene: Scene, chats: Chats, people: People) -> None:
    card = await scene.card(people.leader)
    (asked,) = await chats.press(people.leader, card, says("checking.instruct_button"))
    assert asked.edit
    written = await chats.say(people.leader, "三日内全面排查，不得拖沓")
    assert await scene.unread() == {}
    (sent,) = await chats.press(people.leader, written, says("checking.send_button"))
    assert "创城办" in sent.text
    (order,) = (await scene.unread())[people.office.id]
    (asks,) = await chats.press(people.office, order, says("checking.excerpt_button"))
    assert "三日内全面排查，不得拖沓" in asks.text
    answer = await chats.say(people.office, "三日内全面排查")
    assert says("checking.released_now") in answer.text
    unread = await scene.unread()
    (told,), (heard,) = unread[people.liaison.id], unread[people.leader.id]
    assert "三日内全面排查" in told.text
    assert "拖沓" not in told.text
    assert "已摘录转发城管局" in heard.text
    (again,) = await chats.press(people.office, order, says("checking.release_button"))
    assert chats.toasts[-1] == (says("checking.released_before"), True)
    assert says("checking.release_button") not in again.labels()
    assert await scene.unread() == {}
    assert "三日内全面排查" in (await scene.card(people.liaison)).text


async def test_a_question_is_void_without_the_right(
    scene: Scene, chats: Chats, people: People, database: Database
) -> None:
    """The office takes the role away after the bot asked its question."""
    card = await scene.card(people.leader)
    await chats.press(people.leader, card, says("checking.instruct_button"))
    async with database.transaction() as session:
        actor = await scene.actor(session, people.leader)
        await set_roles(session, actor.id, [])
    answer = await chats.say(people.leader, "三日内全面排查")
    assert answer.text == says("checking.leaders_only")
    assert people.office.id not in await scene.unread()
