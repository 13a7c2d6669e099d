"""Whatever asks for a report, a photo, a place or a press comes again if it was lost, and only then."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.db import Database
from models.people import Unit, contact_by_account
from models.tasks import Task
from rules.cases.case_lifecycle import CaseEvent
from rules.duties.frequencies import Frequency
from tests.handlers.conftest import People
from tests.handlers.test_orders_chat import FEEDBACK, Scene
from tests.support.cases import CaseDesk
from tests.support.chat import Chats, Shown, own_button, photo, pressed, said, update
from tests.support.chat import message as written
from tests.support.chat import text_of as says
from tests.support.issues import Issues, picture, spot
from tests.support.people import Roster

TODAY_NONE = "今日无新增"


async def lost(chats: Chats, raw: Any) -> Shown:
    """The answer to an update, which is lost on its way and comes again."""
    assert await chats.handle(raw) == []
    (first,) = chats.screen.prompts
    chats.screen.prompts.clear()
    (again,) = await chats.cards()
    assert again.parts == first.rendered.parts
    assert again.labels() == [
        button.text for row in getattr(first.rendered.keyboard, "inline_keyboard", ()) for button in row
    ]
    assert await chats.cards() == [], "now it is out"
    return again


async def recurring(database: Database, task: Task) -> None:
    async with database.transaction() as session:
        found = await session.get_one(Task, task.id)
        found.frequency, found.deadline = Frequency.DAILY, None


async def test_the_card_of_nothing_new(chats: Chats, people: People, database: Database) -> None:
    await recurring(database, people.task)
    card = await lost(chats, said(people.responsible, TODAY_NONE))
    (done,) = await chats.press(people.responsible, card, says("progress.confirm_button"))
    assert done.text == says("progress.zero_taken")


async def test_the_card_of_nothing_new_ends_with_the_next_words(
    chats: Chats, people: People, database: Database
) -> None:
    """An old card never comes late, and it swallows no words."""
    await recurring(database, people.task)
    await chats.handle(said(people.responsible, TODAY_NONE))
    chats.screen.prompts.clear()
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    assert "12处" in card.text
    assert await chats.cards() == []


async def test_a_press_that_begins_a_report(chats: Chats, people: People) -> None:
    key = await own_button(chats, "report.start", task_id=people.task.id)
    asked = await lost(chats, pressed(people.responsible, key, 1))
    assert asked.text == says("progress.ask_text", objective=people.task.objective)
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    assert "12处" in card.text


async def test_a_task_that_was_picked(chats: Chats, people: People, database: Database) -> None:
    async with database.transaction() as session:
        unit = await session.get_one(Unit, people.unit.id)
        contact = await contact_by_account(session, people.responsible.id)
        await Roster(session, chats.clock.moment, chats.campaign).task(
            unit, "清运建筑垃圾", date(2026, 12, 25), contact
        )
    which = await chats.say(people.responsible, "/report")
    asked = await lost(chats, pressed(people.responsible, which.data("清运建筑垃圾"), which.message_id))
    assert asked.text == says("progress.ask_text", objective="清运建筑垃圾")


async def test_feedback(database: Database, chats: Chats, people: People) -> None:
    order, (case,) = await Scene(database, chats, people).order()
    asked = await lost(chats, pressed(people.liaison, order.data(FEEDBACK), order.message_id))
    assert case.number in asked.text
    card = await chats.answer(update("message", written(people.liaison, photo=photo("a"))))
    assert says("orders.feedback.files", count=1) in card.text


async def test_a_verification(database: Database, chats: Chats, people: People) -> None:
    async with database.transaction() as session:
        desk = CaseDesk(session, chats.clock.moment, chats.campaign)
        scene = Scene(database, chats, people)
        office = await scene.actor(session, people.office)
        inspector = await scene.actor(session, people.inspector)
        reporter = await scene.actor(session, people.other_liaison)
        case = await desk.report(reporter, await desk.category(unit=people.unit), place="人民路1号")
        await desk.step(case, CaseEvent.ASK_VERIFICATION, office, verifier_id=inspector.id)
    key = await own_button(chats, "desk.verify_photos", case_id=case.id, seen=case.steps)
    asked = await lost(chats, pressed(people.inspector, key, 1))
    assert asked.text == says("desk.send_photos", number=case.number)


async def test_a_place_that_can_hardly_be_meant(database: Database, chats: Chats, people: People) -> None:
    issues = await Issues.make(database, chats, people.other_unit)
    await issues.send(picture(issues.grid, caption="占道经营"))
    asked = await lost(chats, spot(issues.grid, (0.0, 0.0)))
    assert asked.text == says("issues.odd_place")
    card = await chats.say(issues.grid, "人民路12号")
    assert "人民路12号" in card.text
