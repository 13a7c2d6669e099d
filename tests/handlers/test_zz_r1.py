from __future__ import annotations
import pytest
from datetime import timedelta, date
from sqlmodel import select
from models.db import Database
from models.messages import Question, Inbox
from models.progress import ProgressReport
from models.people import Contact
from rules.people import Role
from tests.handlers.conftest import People
from tests.handlers.test_completion_chat import submitted, task_of, RETURN, OTHER, second
from tests.support.chat import *
from tests.support.chat import text_of as says
from tests.support.people import Roster

@pytest.fixture
async def both(database, people, chats):
    """In the office and responsible person of a task."""
    async with database.transaction() as session:
        roster = Roster(session, chats.clock.moment, chats.campaign)
        from models.people import Unit
        c = await roster.contact(await session.get_one(Unit, people.unit.id), "两职", Role.OFFICE, Role.RESPONSIBLE_PERSON)
        t = await roster.task(await session.get_one(Unit, people.unit.id), "清运建筑垃圾", date(2026,12,25), c)
    return Person(c.telegram_user_id)

async def ask(chats, people, both):
    order = (await submitted(chats, people))[both.id]
    (reasons,) = await chats.press(both, order, RETURN)
    (write,) = await chats.press(both, reasons, OTHER)
    return write

async def test_start_then_words(chats, people, both, database):
    listed = await chats.say(both, "/tasks")
    (card,) = await chats.press(both, listed, "清运建筑垃圾")
    await ask(chats, people, both)
    (a,) = await chats.press(both, card, says("tasks.report_button"))
    print(a.text)
    b = await chats.say(both, "今天清运建筑垃圾5吨")
    print(b.text[:80]); print((await task_of(database, people)).state, (await task_of(database, people)).return_reason)

async def test_reply_to_other(chats, people, both, database):
    listed = await chats.say(both, "/tasks")
    (card,) = await chats.press(both, listed, "清运建筑垃圾")
    await ask(chats, people, both)
    b = await chats.say(both, "今天清运建筑垃圾5吨", reply_to=card.message_id)
    print(b.text[:80]); print((await task_of(database, people)).state, (await task_of(database, people)).return_reason)

async def test_photo_then_words(chats, people, both, database):
    await ask(chats, people, both)
    print([x.text[:60] for x in await chats.answers(update("message", message(both, photo=photo("a"), caption="清运建筑垃圾")))])
    b = await chats.say(both, "今天清运建筑垃圾5吨")
    print(b.text[:80]); print((await task_of(database, people)).state, (await task_of(database, people)).return_reason)

async def test_role_lost(chats, people, both, database):
    await ask(chats, people, both)
    async with database.transaction() as session:
        from models.people import ContactRole
        for r in (await session.exec(select(ContactRole))).all():
            if r.role is Role.OFFICE: await session.delete(r)
    for i in range(3):
        b = await chats.say(both, "今天清运建筑垃圾5吨")
        print(b.text[:80])

async def test_report_words(chats, people, database):
    b = await chats.say(people.responsible, "/report 今天清理违规广告牌匾12处"); print(b.text)
    b = await chats.answers(update("message", message(people.responsible, photo=photo("a"), caption="/report 今天清理违规广告牌匾12处"))); print([x.text for x in b])

async def test_correction_old_edit(chats, people, database):
    """report filed in draft; location then edits"""
    b = await chats.answers(update("message", message(people.responsible, poll={"id":"1","question":"q","options":[],"total_voter_count":0,"is_closed":False,"is_anonymous":True,"type":"regular","allows_multiple_answers":False}))); print([x.text for x in b])
